"""Requests in, answers out: HTTP on loopback, and nothing of what they mean."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler
from socketserver import ThreadingTCPServer
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from bot.networks.standin.entities import Account

Parameters = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, kw_only=True)
class Request:
    method: str
    path: str
    query_string: str = ""
    query: Parameters = field(default_factory=dict)
    """Names without the [] of a list, here and in the body."""
    body: Parameters = field(default_factory=dict)
    token: str = ""
    account: Account | None = None
    """Whose token it is."""
    idempotency_key: str = ""

    def all(self, name: str) -> tuple[str, ...]:
        return (*self.query.get(name, ()), *self.body.get(name, ()))

    def get(self, name: str) -> str:
        return next(iter(self.all(name)), "")

    def asks(self, name: str) -> bool:
        return self.get(name).lower() in {"1", "true"}


@dataclass(frozen=True, kw_only=True)
class Answer:
    body: Any = b""
    """Bytes as they are, or what becomes JSON."""
    code: int = 200
    """0: the connection closes without an answer."""
    headers: Mapping[str, str] = field(default_factory=dict)
    piece: int = 1 << 20
    """So many bytes at a time,"""
    pause: float = 0
    """and so many real seconds after each."""

    def encoded(self) -> bytes:
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()


class Refused(Exception):
    def __init__(self, code: int, error: str, **more: Any) -> None:
        self.answer = Answer(code=code, body={"error": error, **more})


def listen(respond: Callable[[Request], Answer], now: Callable[[], datetime]) -> ThreadingTCPServer:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True  # else each answer waits 40 ms for its own headers

        def handle(self) -> None:
            with suppress(ConnectionError):
                super().handle()

        def do_GET(self) -> None:
            answer = respond(self._request())
            if answer.code:
                self._send(answer)
            else:
                self.close_connection = True
                self.connection.shutdown(socket.SHUT_RDWR)

        do_POST = do_PUT = do_PATCH = do_DELETE = do_GET  # noqa: N815 - http.server's names

        def _request(self) -> Request:
            url = urlsplit(self.path)
            raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            return Request(
                method=self.command,
                path=unquote(url.path).rstrip("/"),
                query_string=url.query,
                query=_grouped(parse_qsl(url.query, keep_blank_values=True)),
                body=_grouped(_fields(raw, self.headers.get("Content-Type") or "")),
                token=(self.headers.get("Authorization") or "").removeprefix("Bearer "),
                idempotency_key=self.headers.get("Idempotency-Key") or "",
            )

        def _send(self, answer: Answer) -> None:
            data = answer.encoded()
            self.send_response(answer.code)
            usual = {"Content-Type": "application/json; charset=utf-8", "Content-Length": str(len(data))}
            for name, value in {**usual, **answer.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            for start in range(0, len(data), answer.piece):
                self.wfile.write(data[start : start + answer.piece])
                time.sleep(answer.pause)

        def date_time_string(self, _: float | None = None) -> str:
            """Clients reckon from the `Date` of an answer when a limit ends."""
            return format_datetime(now().astimezone(UTC), usegmt=True)

        def log_message(self, *_: Any) -> None:
            pass

    # http.server's own class asks the name service who 127.0.0.1 is, which takes seconds on some machines.
    listener = ThreadingTCPServer(("127.0.0.1", 0), Handler)
    listener.daemon_threads, listener.block_on_close = True, False
    return listener


def _fields(raw: bytes, content_type: str) -> Iterable[tuple[str, str]]:
    """Of a form or of JSON, whose lists become repeated fields."""
    if "json" not in content_type:
        return parse_qsl(raw.decode(), keep_blank_values=True)
    named = [(name, values if isinstance(values, list) else [values]) for name, values in json.loads(raw).items()]
    return [(name, str(value)) for name, values in named for value in values if value is not None]


def _grouped(fields: Iterable[tuple[str, str]]) -> Parameters:
    grouped: dict[str, tuple[str, ...]] = {}
    for name, value in fields:
        bare = name.removesuffix("[]")
        grouped[bare] = (*grouped.get(bare, ()), value)
    return grouped
