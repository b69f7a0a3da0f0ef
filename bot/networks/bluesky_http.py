"""The door to the AT network, for the client that the SDK brings (httpx): the rules of `http`, kept here too.

    a request   to the account's own servers alone, over TLS; of all writing only a log-in, a private message, a sign
                on one, and what the account says of itself
    an answer   no redirect is followed, and it ends in time and in bounds, unpacked as well

The SDK alone would follow a redirect with the password in the body, and unpack whatever comes.
"""

from __future__ import annotations

import json
import time
import zlib
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from ssl import SSLContext
from typing import Any
from urllib.parse import urlsplit

import httpx
from atproto import Request

from bot.networks import http
from bot.networks.http import Forbidden, server_address

SESSIONS = frozenset({"com.atproto.server.createSession", "com.atproto.server.refreshSession"})
OF_ITSELF = frozenset({"app.bsky.actor.profile", "chat.bsky.actor.declaration"})
"""Kinds of records that an account has one of. Not among them: anything that somebody else is told of."""
PIECE = 65536


class Door(Request):  # type: ignore[misc]  # the SDK is untyped here
    """Of one account. `writes`: whether it may send private messages; the owner's may not."""

    def __init__(self, service: str, timeout: float, *, writes: bool) -> None:
        super().__init__(
            timeout=httpx.Timeout(timeout),
            verify=_trusted(),
            headers={"Accept-Encoding": "gzip"},  # the one packing that is unpacked below
            event_hooks={"request": [self._permit], "response": [_take_in]},
        )
        self._service = service
        self._writes = writes
        self._origins = {_origin(service)}

    def admit(self, server: str) -> None:
        """The server that holds the account, as the log-in names it. Raises ValueError where the key would be read."""
        scheme, host = _origin(server)
        address = server_address(f"{scheme}://{host}")
        if address.startswith("http:") and self._service.startswith("https:"):
            raise ValueError("the key would travel in the clear")
        self._origins = {_origin(self._service), (scheme, host)}

    def _permit(self, request: httpx.Request) -> None:
        """Raise Forbidden, or let the request pass."""
        address = str(request.url)
        if _origin(address) not in self._origins:
            raise Forbidden(f"a request to {request.url.host} with the key of {_origin(self._service)[1]}")
        name = request.url.path.removeprefix("/xrpc/")
        may_write = name in SESSIONS or (self._writes and is_private(name, request.content))
        if request.method != "GET" and not (request.method == "POST" and may_write):
            raise Forbidden(f"{request.method} {name} by an account that may not do that")


@cache
def _trusted() -> SSLContext:
    """The same for every account: to read the certificates takes longer than a request."""
    return httpx.create_ssl_context()


def is_private(name: str, body: bytes) -> bool:
    """Words, or a sign on words, in one conversation; or what the account says of itself."""
    try:
        fields = json.loads(body)
        return name in WRITINGS and bool(WRITINGS[name](fields))
    except (ValueError, KeyError, TypeError, AttributeError):
        return False


def _is_message(fields: Any) -> bool:
    """Nobody is named in it, nothing is attached to it."""
    inner = fields["message"]
    features = {feature["$type"] for facet in inner.get("facets", ()) for feature in facet["features"]}
    is_plain = inner.keys() <= {"text", "facets", "replyTo"} and features <= {"app.bsky.richtext.facet#link"}
    return fields.keys() == {"convoId", "message"} and isinstance(fields["convoId"], str) and is_plain


def _is_sign(fields: Any) -> bool:
    return fields.keys() == {"convoId", "messageId", "value"} and all(isinstance(each, str) for each in fields.values())


def _is_of_itself(fields: Any) -> bool:
    known = {"repo", "collection", "rkey", "record", "swapRecord"}
    return fields.keys() <= known and fields["collection"] in OF_ITSELF and fields["rkey"] == "self"


WRITINGS: dict[str, Callable[[Any], bool]] = {
    "chat.bsky.convo.sendMessage": _is_message,
    "chat.bsky.convo.addReaction": _is_sign,
    "com.atproto.repo.putRecord": _is_of_itself,
}


def _origin(address: str) -> tuple[str, str]:
    return urlsplit(address)[:2]


def _take_in(response: httpx.Response) -> None:
    """All of an answer, before httpx reads it without a bound; and it leads nowhere else."""
    headers = response.headers
    headers.pop("Location", None)
    packing = headers.pop("Content-Encoding", "identity").strip().lower()
    response._content = _bounded(response, packing)  # noqa: SLF001  httpx has no other way to hand in a body


def _bounded(response: httpx.Response, packing: str) -> bytes:
    deadline = time.monotonic() + http.LONGEST_ANSWER
    raw = response.iter_raw()
    pieces, size = [], 0
    for piece in _unpacked(raw, packing, response.request):
        pieces.append(piece)
        size += len(piece)
        if size > http.LARGEST_ANSWER or time.monotonic() > deadline:
            response.close()
            raise httpx.ReadError(
                "an answer without end" if size > http.LARGEST_ANSWER else "too slow", request=response.request
            )
    return b"".join(pieces)


def _unpacked(raw: Iterable[bytes], packing: str, request: httpx.Request) -> Iterator[bytes]:
    """In small pieces, so that a small answer cannot become a huge one between two looks at its size."""
    if packing in {"", "identity"}:
        yield from raw
        return
    if packing != "gzip":
        raise httpx.DecodingError("packed in a way that was not asked for", request=request)
    unpacker = zlib.decompressobj(zlib.MAX_WBITS | 16)
    for packed in raw:
        waiting = packed
        while waiting:
            try:
                yield unpacker.decompress(waiting, PIECE)
            except zlib.error as error:
                raise httpx.DecodingError("no gzip", request=request) from error
            waiting = unpacker.unconsumed_tail
    if not unpacker.eof:
        raise httpx.DecodingError("the answer was cut", request=request)
