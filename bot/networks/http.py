"""HTTP with what a bot must never do taken out: no redirects, no other host, no endless answers, no unasked writes."""

from __future__ import annotations

import re
import time
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
    status_forcelist=(502, 503, 504),
    backoff_factor=0.3,
    respect_retry_after_header=False,  # it would sleep here as long as the server likes; the next tick is the retry
    raise_on_status=False,
)


class Forbidden(BaseException):
    """Our own code asked for what must not leave the house.

    Not an Exception: Mastodon.py turns every Exception of its session into "network trouble, try again".
    """


class ReadingSession(requests.Session):
    """Reads from one server, with the key for it: no other host ever sees the key, whatever a link or redirect says."""

    def __init__(self, base_url: str) -> None:
        super().__init__()
        self._origin = urlsplit(base_url)[:2]
        self.mount(f"{self._origin[0]}://", HTTPAdapter(max_retries=HEALING))

    def permit(self, method: str, path: str, data: Any) -> None:
        """Raise Forbidden, or let the request pass."""
        del data
        if method != "GET":
            raise Forbidden(f"{method} {path} by a session that may only read")

    def request(self, method: str | bytes, url: str | bytes, *args: Any, **kwargs: Any) -> requests.Response:
        address = urlsplit(str(url))
        if address[:2] != self._origin or args:
            raise Forbidden(f"a request to {address.netloc} with the key of {self._origin[1]}")
        self.permit(str(method), address.path, kwargs.get("json") or kwargs.get("data"))
        kwargs |= {"allow_redirects": False, "stream": True}  # a redirected POST would become a GET that "succeeds"
        kwargs.setdefault("timeout", TIMEOUT)
        response = super().request(method, url, **kwargs)
        response._content = _body(response)  # noqa: SLF001  requests has no other way to hand in a body read elsewhere
        return response


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
        fields = dict(data or {})
        text = str(fields.pop("status", ""))
        allowed = {"visibility", "allowed_mentions[]", "to[]", "in_reply_to_id", "language", "content_type"}
        return (
            fields.get("visibility") == "direct"
            and fields.keys() <= allowed
            and text.startswith(self._mention)
            and "@" not in text.removeprefix(self._mention)
            and not re.search(r"&(#|\w+;)", text)
        )


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
