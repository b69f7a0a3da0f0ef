"""One account on one server: Mastodon.py and a few requests that it lacks, over one guarded session.

Lists are fetched raw: Mastodon.py has no `include_filtered`, turns an error object into a list of its keys, and takes
3 ms to cast a post (a thread of 3,000 takes ten seconds). Whatever fails leaves here as one of our own errors.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

import requests
from mastodon import Mastodon
from mastodon.errors import MastodonAPIError, MastodonError, MastodonRatelimitError
from urllib3.exceptions import ConnectTimeoutError, HTTPError, NewConnectionError

from bot.errors import Exposed, NetworkError, NotFound, RateLimited, Rejected, Unauthorized, Unavailable
from bot.networks import Ask
from bot.networks.http import TIMEOUT, TOO_MANY, Forbidden, LoginSession, ReadingSession, retry_at, unreached
from bot.networks.mastodon_entities import NETWORK
from bot.text import clip, tidy

AGENT = "Underheard (a bot that writes to its owner only)"
CHARACTERS = 500
"""What a server that does not say can hold, as Mastodon does unless told otherwise."""
LINK_CHARACTERS = 23
OUT_OF_BAND = "urn:ietf:wg:oauth:2.0:oob"

REFUSED, FORBIDDEN, ABSENT = 401, 403, (404, 410)
GONE = (*ABSENT, FORBIDDEN)
CLIENT_ERROR, SERVER_ERROR = 400, 500
PASSING = (408, 409, 421, 423, 425)
"""Refusals of this moment, not of this message."""
LONGEST_REASON = 160


class Api:
    def __init__(self, base_url: str, token: str, session: ReadingSession | None = None) -> None:
        self.base_url = base_url
        self.session = session or ReadingSession(base_url)
        self._headers = {"Authorization": f"Bearer {token}", "User-Agent": AGENT}
        self.sdk = Mastodon(
            api_base_url=base_url,
            session=self.session,
            request_timeout=TIMEOUT,  # type: ignore[arg-type]  # a pair works; the default is 300 seconds
            ratelimit_method="throw",  # the default sleeps, for as long as the server likes
            version_check_mode="none",  # a check recurses without end when the server does not tell its version
            user_agent=AGENT,
        )
        self.sdk.access_token = token  # given to the constructor, it would be looked for as the name of a file

    @cached_property
    def me(self) -> Mapping[str, Any]:
        """Whose key it is."""
        with self._by_sdk():
            raw = self.sdk.account_verify_credentials()
        if not isinstance(raw, Mapping) or not (raw.get("id") and raw.get("acct")):  # the SDK fills gaps with None
            raise Unavailable(NETWORK, "the server does not say whose key this is")
        return raw

    def delete(self, status: str) -> None:
        with self._by_sdk():
            self.sdk.status_delete(status)

    @contextlib.contextmanager
    def _by_sdk(self) -> Iterator[None]:
        try:
            with translated():
                yield
        except RateLimited as error:
            raise RateLimited(NETWORK, "asked to wait", retry_at=self.session.retry_at) from error

    def get(self, path: str, *, about_post: bool = False, **params: Any) -> Any:
        """Parsed JSON. `about_post`: 403 and 404 mean that this post is not to be seen, not that the key is bad."""
        query = {f"{key}[]" if isinstance(value, (list, tuple)) else key: value for key, value in params.items()}
        with translated(about_post=about_post):
            response = self.session.request("GET", f"{self.base_url}{path}", params=query, headers=self._headers)
            return _json(response, about_post=about_post)

    def get_list(self, path: str, **params: Any) -> list[Any]:
        raw = self.get(path, **params)
        if not isinstance(raw, list):
            raise Unavailable(NETWORK, f"{path} answered something that is no list")
        return raw

    def post(self, path: str, data: Mapping[str, Any], *, key: str) -> Any:
        headers = {**self._headers, "Idempotency-Key": key}
        with translated(maybe_done=True):
            response = self.session.request("POST", f"{self.base_url}{path}", data=data, headers=headers)
            return _json(response, maybe_done=True)

    def clock(self) -> datetime | None:
        """What time the server thinks it is."""
        with translated():
            response = self.session.request("GET", f"{self.base_url}/api/v1/instance", headers=self._headers)
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
        if host.casefold() == self.domain.casefold():
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
        trouble: Unavailable | None = None
        for path in ("/api/v2/instance", "/api/v1/instance"):
            try:
                raw = self.get(path, about_post=True)
                if isinstance(raw, Mapping):
                    return raw
            except (NotFound, Rejected):
                continue
            except Unavailable as error:
                trouble = error
        if trouble:
            raise trouble
        return {}

    @property
    def domain(self) -> str:
        """What stands behind the second @ of the server's own people; may differ from the host it is reached at."""
        names = (self.instance.get(key) for key in ("account_domain", "domain", "uri"))  # GoToSocial has the first
        name = next((name for name in names if isinstance(name, str) and name), self.base_url)
        return name.rpartition("://")[2].strip("/")

    @property
    def is_mastodon(self) -> bool:
        """Whether it says so, of itself and not of what it is "(compatible; …)" with."""
        versions, version = self.instance.get("api_versions"), str(self.instance.get("version"))
        return isinstance(versions, Mapping) and "mastodon" in versions and "compatible" not in version


def log_in(server: str, scopes: str, ask: Ask, whose: str) -> str:
    """A key for the account that says yes in the browser."""
    session = LoginSession(server)
    try:
        with translated():
            client, secret = Mastodon.create_app(
                "Underheard", scopes=scopes.split(), api_base_url=server, session=session, user_agent=AGENT
            )
    except (KeyError, TypeError) as error:  # of its answer, which it does not look at
        raise Unavailable(NETWORK, "the server registers no apps") from error
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
        raise Unavailable(NETWORK, unreached(error), maybe_done=maybe_done and not never_left) from error


def problem(status: int | None, *, says: str = "", about_post: bool = False, maybe_done: bool = False) -> NetworkError:
    """Our error for an HTTP status; None where there was an answer but none that makes sense."""
    what = f"answered {status or 'nonsense'}{f': {says}' if says else ''}"
    if status is None or status in PASSING or not CLIENT_ERROR <= status < SERVER_ERROR:
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
    status = response.status_code
    if status == TOO_MANY:
        raise RateLimited(NETWORK, "asked to wait", retry_at=retry_at(response.headers))
    try:
        raw = response.json()
    except (ValueError, RecursionError):
        raw = None
    if not 200 <= status < 300:  # noqa: PLR2004  "ok" in requests includes redirects
        error = raw if isinstance(raw, Mapping) else {}
        if error.get("unexpected_accounts"):
            raise Exposed(NETWORK, "the server would have shown a message to others, and refused it")
        if status == FORBIDDEN and raw is None:  # the API itself would say why
            raise Unavailable(NETWORK, "something before the server refuses us (403)", maybe_done=maybe_done)
        says = str(error.get("error", "")).replace(_key_of(response.request), "…")
        says = clip(tidy(says), LONGEST_REASON)
        raise problem(status, says=says, about_post=about_post, maybe_done=maybe_done)
    if raw is None:
        raise problem(None, maybe_done=maybe_done)
    return raw


def _key_of(request: requests.PreparedRequest) -> str:
    return request.headers.get("Authorization", "").removeprefix("Bearer ") or "no key at all"


def _never_left(error: BaseException) -> bool:
    """Whether the request surely never reached the server: no address, no connection."""
    causes = [error, *getattr(error, "args", ())]
    reasons = [getattr(cause, "reason", cause) for cause in causes if isinstance(cause, BaseException)]
    return any(isinstance(reason, (NewConnectionError, ConnectTimeoutError)) for reason in reasons)
