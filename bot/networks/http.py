"""HTTP with what a bot must never do taken out: no redirects, no other host, no endless answers, no unasked writes."""

from __future__ import annotations

import contextlib
import re
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

TIMEOUT = (10.0, 30.0)
"""Seconds to connect, and between two pieces of an answer."""
LONGEST_ANSWER = 60.0
LARGEST_ANSWER = 16 * 2**20
"""Bytes, unpacked: a page of 80 posts of 5,000 characters is 2 MB; a thread of 3,000 posts is 12."""

HEALING = Retry(
    total=2,
    allowed_methods={"GET"},  # a repeated POST may post twice
    other=0,  # what breaks a TLS connection half-way is retried whatever the method, unless told otherwise
    backoff_factor=0.3,
    respect_retry_after_header=False,  # it would sleep here as long as the server likes; the next tick is the retry
)
TOO_MANY, AWAY = 429, (502, 503, 504)
PAUSES = (0.0, 0.6)
"""Seconds before a GET is repeated that found the server away. `Retry` would read such answers to their end."""


def server_address(address: str) -> str:
    """Scheme and host of a server that a key may be sent to. Raises ValueError with what to write."""
    parts = urlsplit(address.strip())
    _ = parts.port  # raises where that is no number
    is_bare = not (parts.path.strip("/") or parts.query or parts.fragment or "@" in parts.netloc)
    if parts.scheme == "http" and not is_loopback(parts.hostname or ""):
        raise ValueError("the key would travel in the clear: write https://")
    if parts.scheme not in {"http", "https"} or not parts.hostname or not is_bare:
        raise ValueError('write the address of a server like "https://social.example"')
    return f"{parts.scheme}://{parts.netloc}"


def is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


class Forbidden(BaseException):
    """Our own code asked for what must not leave the house.

    Not an Exception: Mastodon.py turns every Exception of its session into "network trouble, try again".
    """


class ReadingSession(requests.Session):
    """Reads from one server, with the key for it: no other host ever sees the key, whatever a link or redirect says."""

    def __init__(self, base_url: str) -> None:
        super().__init__()
        self._origin = urlsplit(base_url)[:2]
        self.retry_at: datetime | None = None
        """When the server, that just asked to wait, wants to be asked again."""
        self.mount(f"{self._origin[0]}://", HTTPAdapter(max_retries=HEALING))

    def permit(self, method: str, path: str, data: Any) -> None:
        """Raise Forbidden, or let the request pass."""
        del data
        if method != "GET":
            raise Forbidden(f"{method} {path} by a session that may only read")

    def request(self, method: str | bytes, url: str | bytes, *args: Any, **kwargs: Any) -> requests.Response:
        method, address = str(method), urlsplit(str(url))
        if address[:2] != self._origin or args:
            raise Forbidden(f"a request to {address.netloc} with the key of {self._origin[1]}")
        if method != "GET" and (address.query or any(kwargs.get(way) for way in ("params", "json", "files"))):
            raise Forbidden(f"{method} {address.path} with fields that are not looked at")
        self.permit(method, address.path, kwargs.get("data"))
        kwargs |= {"allow_redirects": False, "stream": True}  # a redirected POST would become a GET that "succeeds"
        kwargs.setdefault("timeout", TIMEOUT)
        kwargs.setdefault("auth", _as_it_is)
        response = self._answer(method, url, **kwargs)
        for pause in PAUSES if method == "GET" else ():
            if response.status_code not in AWAY:
                break
            time.sleep(pause)
            response = self._answer(method, url, **kwargs)
        self._note_limits(response)
        return response

    def _answer(self, method: str, url: str | bytes, **kwargs: Any) -> requests.Response:
        response = super().request(method, url, **kwargs)
        response._content = _body(response)  # noqa: SLF001  requests has no other way to hand in a body read elsewhere
        return response

    def get_redirect_target(self, resp: requests.Response) -> None:
        """None: requests would read a redirect to its end, however long, only to know where it leads."""

    def _note_limits(self, response: requests.Response) -> None:
        headers = response.headers
        self.retry_at = retry_at(headers) if response.status_code == TOO_MANY else None
        if retry_at({name: headers[name] for name in ("Date", "X-RateLimit-Reset") if name in headers}) is None:
            headers.pop("X-RateLimit-Reset", None)  # Mastodon.py takes an answer for a refusal when it cannot read this


class LoginSession(ReadingSession):
    """May also ask for a key."""

    def permit(self, method: str, path: str, data: Any) -> None:
        if (method, path) not in {("POST", "/api/v1/apps"), ("POST", "/oauth/token")}:
            super().permit(method, path, data)


class WritingSession(ReadingSession):
    """May also write to one person: direct posts that name the owner and nobody else, and take its own posts back."""

    def __init__(self, base_url: str, mention: str) -> None:
        super().__init__(base_url)
        self._mention = mention
        self._own: set[str] = set()

    def permit(self, method: str, path: str, data: Any) -> None:
        if method == "POST" and path == "/api/v1/statuses" and self._reaches_owner_only(data):
            return
        if method == "DELETE" and path in self._own:
            return
        super().permit(method, path, data)

    def may_delete(self, status: str) -> None:
        """Told of a status that was posted by this session."""
        self._own.add(f"/api/v1/statuses/{status}")

    def _reaches_owner_only(self, data: Any) -> bool:
        if not isinstance(data, Mapping) or not all(isinstance(value, str) for value in data.values()):
            return False
        fields = dict(data)
        text = fields.pop("status", "")
        allowed = {"visibility", "allowed_mentions[]", "to[]", "in_reply_to_id", "language", "content_type"}
        return (
            fields.get("visibility") == "direct"
            and fields.keys() <= allowed
            and fields.get("to[]", "") in {"", self._mention.strip("@\n")}
            and text.startswith(self._mention)
            and "@" not in text.removeprefix(self._mention)
            and not re.search(r"&(#|\w+;)", text)
        )


def unreached(error: BaseException) -> str:
    """Why there was no answer, in plain words: its own may quote an address with what somebody wrote in it."""
    causes = list(_causes(error))
    kinds = {kind.__name__ for cause in causes for kind in type(cause).__mro__}
    server = next((host for cause in causes if (host := _asked(cause))), "the server")
    if kinds & {"gaierror", "NameResolutionError"}:
        return f"{server} is not found: look at its name, and at this machine's network"
    if kinds & {"SSLError", "SSLCertVerificationError"}:
        return f"{server} lets no secure connection be made"
    if kinds & {"NewConnectionError", "ConnectError", "ConnectionRefusedError"}:
        return f"{server} cannot be reached"
    if kinds & {"Timeout", "TimeoutError", "TimeoutException"}:
        return f"{server} did not answer in time"
    return f"{server} did not answer"


def _causes(error: BaseException) -> Iterator[BaseException]:
    """With itself first. urllib3 hides them in `reason`, Mastodon.py in its arguments."""
    waiting, known = [error], set[int]()
    while waiting:
        each = waiting.pop(0)
        if id(each) not in known:
            known.add(id(each))
            yield each
            inner = (each.__cause__, each.__context__, getattr(each, "reason", None), *each.args)
            waiting += [cause for cause in inner if isinstance(cause, BaseException)]


def _asked(error: BaseException) -> str:
    """Host and port, where the error knows its request."""
    with contextlib.suppress(RuntimeError):  # httpx's, of an error that knows none
        request = getattr(error, "request", None)
        return urlsplit(str(getattr(request, "url", ""))).netloc
    return ""


def retry_at(headers: Mapping[str, str]) -> datetime | None:
    """Mastodon gives an ISO time, GoToSocial seconds since 1970, others Retry-After; on the server's own clock."""
    try:
        now = parsedate_to_datetime(headers["Date"]) if "Date" in headers else datetime.now(UTC)
        return datetime.now(UTC) + _wait(headers.get("Retry-After", ""), headers.get("X-RateLimit-Reset", ""), now)
    except (ValueError, TypeError, OverflowError, OSError):
        return None


def _wait(after: str, reset: str, now: datetime) -> timedelta:
    if after.isdecimal():
        return timedelta(seconds=int(after))
    if reset.isdecimal():
        return datetime.fromtimestamp(int(reset), UTC) - now
    with contextlib.suppress(ValueError):
        return datetime.fromisoformat(reset) - now
    return parsedate_to_datetime(after) - now


def _as_it_is(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Keeps requests from putting a password of a .netrc in the place of our key."""
    return request


def _body(response: requests.Response) -> bytes:
    """All of an answer that comes in time and in bounds; a server that drips a byte a second is cut off."""
    deadline = time.monotonic() + LONGEST_ANSWER
    pieces, size = [], 0
    while piece := response.raw.read1(65536, decode_content=True):
        pieces.append(piece)
        size += len(piece)
        if size > LARGEST_ANSWER or time.monotonic() > deadline:
            response.close()
            raise requests.ConnectionError(f"an answer of over {size} bytes" if size > LARGEST_ANSWER else "too slow")
    return b"".join(pieces)
