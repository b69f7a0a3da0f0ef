"""One account on one server: Mastodon.py and a few requests that it lacks, over one guarded session.

Lists are fetched raw: Mastodon.py has no `include_filtered`, turns an error object into a list of its keys, and takes
3 ms to cast a post (a thread of 3,000 takes ten seconds). Whatever fails leaves here as one of our own errors.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import cached_property
from typing import Any
from urllib.parse import urlencode, urlsplit

import requests
from mastodon import Mastodon
from mastodon.errors import MastodonAPIError, MastodonError, MastodonRatelimitError
from urllib3.exceptions import ConnectTimeoutError, HTTPError, NewConnectionError

from bot.errors import Exposed, NetworkError, NotFound, RateLimited, Rejected, Unauthorized, Unavailable
from bot.networks import Ask
from bot.networks.http import TIMEOUT, Forbidden, LoginSession, ReadingSession
from bot.networks.mastodon_entities import NETWORK

AGENT = "Underheard (a bot that writes to its owner only)"
CHARACTERS = 500
"""What a server that does not say can hold, as Mastodon does unless told otherwise."""
LINK_CHARACTERS = 23
OUT_OF_BAND = "urn:ietf:wg:oauth:2.0:oob"

REFUSED, FORBIDDEN, ABSENT, TOO_MANY = 401, 403, (404, 410), 429
GONE = (*ABSENT, FORBIDDEN)
SERVER_ERROR = 500


class Api:
    def __init__(self, base_url: str, token: str, session: ReadingSession | None = None) -> None:
        self.base_url = base_url
        self.session = session or ReadingSession(base_url)
        self._headers = {"Authorization": f"Bearer {token}", "User-Agent": AGENT}
        self.sdk = Mastodon(
            access_token=token,
            api_base_url=base_url,
            session=self.session,
            request_timeout=TIMEOUT,  # type: ignore[arg-type]  # a pair works; the default is 300 seconds
            ratelimit_method="throw",  # the default sleeps, for as long as the server likes
            version_check_mode="none",  # a check recurses without end when the server does not tell its version
            user_agent=AGENT,
        )

    def get(self, path: str, *, about_post: bool = False, **params: Any) -> Any:
        """Parsed JSON. `about_post`: 403 and 404 mean that this post is not to be seen, not that the key is bad."""
        query = {f"{key}[]" if isinstance(value, (list, tuple)) else key: value for key, value in params.items()}
        with translated(about_post=about_post):
            response = self.session.request(
                "GET", f"{self.base_url}{path}", params=query, headers=self._headers, auth=_keep_key
            )
            return _json(response, about_post=about_post)

    def get_list(self, path: str, **params: Any) -> list[Any]:
        raw = self.get(path, **params)
        if not isinstance(raw, list):
            raise Unavailable(NETWORK, f"{path} answered something that is no list")
        return raw

    def post(self, path: str, data: Mapping[str, Any], *, key: str) -> Any:
        headers = {**self._headers, "Idempotency-Key": key}
        with translated(maybe_done=True):
            response = self.session.request(
                "POST", f"{self.base_url}{path}", data=data, headers=headers, auth=_keep_key
            )
            return _json(response, maybe_done=True)

    def clock(self) -> datetime | None:
        """What time the server thinks it is."""
        with translated():
            response = self.session.request(
                "GET", f"{self.base_url}/api/v1/instance", headers=self._headers, auth=_keep_key
            )
        with contextlib.suppress(KeyError, ValueError, TypeError):
            return parsedate_to_datetime(response.headers["Date"]).astimezone(UTC)
        return None

    def scopes(self) -> list[str]:
        """What the key may do; empty when the server does not tell."""
        with contextlib.suppress(NotFound, Unauthorized):
            app = self.get("/api/v1/apps/verify_credentials", about_post=True)
            scopes = app.get("scopes") if isinstance(app, Mapping) else None
            return [str(scope) for scope in scopes] if isinstance(scopes, list) else str(scopes or "").split()
        return []

    def accounts_named(self, handle: str) -> Iterator[Mapping[str, Any]]:
        """Accounts that this server thinks are called so. Some find only their own."""
        user, _, host = handle.partition("@")
        queries: list[tuple[str, dict[str, Any]]] = [("/api/v1/accounts/lookup", {"acct": handle})]
        if host == urlsplit(self.base_url).netloc:
            queries.append(("/api/v1/accounts/lookup", {"acct": user}))
        queries.append(("/api/v2/search", {"q": f"@{handle}", "type": "accounts", "resolve": "true"}))
        for path, params in queries:
            with contextlib.suppress(NotFound):
                raw = self.get(path, about_post=True, **params)
                found = raw.get("accounts") if isinstance(raw, Mapping) and "accounts" in raw else [raw]
                yield from (account for account in found or () if isinstance(account, Mapping))

    @cached_property
    def instance(self) -> Mapping[str, Any]:
        """Read once. Mastodon.py's own reading recurses until it dies when `/api/v1/instance/` cannot be read."""
        for path in ("/api/v2/instance", "/api/v1/instance"):
            with contextlib.suppress(NotFound):
                raw = self.get(path, about_post=True)
                if isinstance(raw, Mapping):
                    return raw
        return {}


def log_in(server: str, scopes: str, ask: Ask, whose: str) -> str:
    """A key for the account that says yes in the browser."""
    session = LoginSession(server)
    with translated():
        client, secret = Mastodon.create_app(
            "Underheard", scopes=scopes.split(), api_base_url=server, session=session, user_agent=AGENT
        )
    query = {"client_id": client, "scope": scopes, "redirect_uri": OUT_OF_BAND, "response_type": "code"}
    code = ask(f"Open this as {whose}, and paste the code:\n{server}/oauth/authorize?{urlencode(query)}\n")
    query |= {"client_secret": secret, "grant_type": "authorization_code", "code": code}
    with translated():  # Mastodon.py's own log-in asks for the server's version, and dies where there is none
        raw = _json(session.request("POST", f"{server}/oauth/token", data=query, headers={"User-Agent": AGENT}))
    token = raw.get("access_token") if isinstance(raw, Mapping) else None
    if not isinstance(token, str):
        raise Unauthorized(NETWORK, "the server gave no key for this code")
    return token


@contextlib.contextmanager
def translated(*, about_post: bool = False, maybe_done: bool = False) -> Iterator[None]:
    """Turn whatever Mastodon.py and requests raise into our errors, by what is known of the request."""
    try:
        yield
    except Forbidden as refusal:
        raise Exposed(NETWORK, str(refusal)) from refusal
    except MastodonRatelimitError as error:
        raise RateLimited(NETWORK, "asked to wait") from error
    except MastodonAPIError as error:
        status = error.args[1] if len(error.args) > 1 and isinstance(error.args[1], int) else None
        raise problem(status, about_post=about_post, maybe_done=maybe_done) from error
    except (MastodonError, requests.RequestException, HTTPError, OSError, ValueError, RecursionError) as error:
        never_left = maybe_done and _never_left(error)
        raise Unavailable(NETWORK, _what(error), maybe_done=maybe_done and not never_left) from error


def problem(status: int | None, *, says: str = "", about_post: bool = False, maybe_done: bool = False) -> NetworkError:
    """Our error for an HTTP status; None where there was an answer but none that makes sense."""
    what = f"answered {status or 'nonsense'}{f': {says}' if says else ''}"
    if status is None or status < REFUSED - 1 or status >= SERVER_ERROR:
        return Unavailable(NETWORK, what, maybe_done=maybe_done)
    if status == TOO_MANY:
        return RateLimited(NETWORK, "asked to wait")
    if about_post and status in GONE:
        return NotFound(NETWORK, what)
    if status in {REFUSED, FORBIDDEN}:
        return Unauthorized(NETWORK, what)
    if status in ABSENT:
        return NotFound(NETWORK, what)
    return Rejected(NETWORK, what)


def _json(response: requests.Response, *, about_post: bool = False, maybe_done: bool = False) -> Any:
    if response.status_code == TOO_MANY:
        raise RateLimited(NETWORK, "asked to wait", retry_at=_retry_at(response.headers))
    try:
        raw = response.json()
    except ValueError:
        raw = None
    if not 200 <= response.status_code < 300:  # noqa: PLR2004  "ok" in requests includes redirects
        says = str(raw.get("error", "")) if isinstance(raw, Mapping) else ""
        raise problem(response.status_code, says=says[:200], about_post=about_post, maybe_done=maybe_done)
    if raw is None:
        raise problem(None, maybe_done=maybe_done)
    return raw


def _retry_at(headers: Mapping[str, str]) -> datetime | None:
    """Mastodon gives an ISO time, GoToSocial seconds since 1970, others Retry-After; on the server's own clock."""
    try:
        now = parsedate_to_datetime(headers["Date"]) if "Date" in headers else datetime.now(UTC)
        reset = headers.get("X-RateLimit-Reset", "")
        if headers.get("Retry-After", "").isdigit():
            wait = timedelta(seconds=int(headers["Retry-After"]))
        elif reset.isdigit():
            wait = datetime.fromtimestamp(int(reset), UTC) - now
        else:
            wait = datetime.fromisoformat(reset) - now
    except (ValueError, TypeError, OverflowError):
        return None
    return datetime.now(UTC) + wait


def _never_left(error: BaseException) -> bool:
    """Whether the request surely never reached the server: no address, no connection."""
    causes = [error, *getattr(error, "args", ())]
    reasons = [getattr(cause, "reason", cause) for cause in causes if isinstance(cause, BaseException)]
    return any(isinstance(reason, (NewConnectionError, ConnectTimeoutError)) for reason in reasons)


def _what(error: BaseException) -> str:
    """Its kind, not its words: those may quote an address with what somebody wrote in it."""
    cause = error.__cause__ or error.__context__ or error
    return f"did not answer ({type(cause).__name__})"


def _keep_key(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Keeps requests from replacing our key by one of a .netrc."""
    return request
