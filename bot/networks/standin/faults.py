"""What goes wrong: each stands before `Server.handle` for the requests that `Server.fault` gives it.

    server.fault(faults.answer_lost, "POST /api/v1/statuses")
    server.fault(faults.refuses(500, after=True), times=3)

A fault is `(server, request) -> Answer`; a test may write its own.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from bot.networks.standin.server import Fault, Server
from bot.networks.standin.wire import Answer, Request

_DROPPED = Answer(code=0)


def lost(_: Server, __: Request) -> Answer:
    """It never arrived."""
    return _DROPPED


def answer_lost(server: Server, request: Request) -> Answer:
    server.handle(request)
    return _DROPPED


def late(seconds: float) -> Fault:
    """The connection breaks; the request is processed when the server's clock is that much further."""

    def fault(server: Server, request: Request) -> Answer:
        server.later(seconds, lambda: server.handle(request))
        return _DROPPED

    return fault


def refuses(code: int, error: str = "", *, after: bool = False, **headers: str) -> Fault:
    """`after`: although it did what was asked. `Retry_After="30"` becomes that header."""

    def fault(server: Server, request: Request) -> Answer:
        if after:
            server.handle(request)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return Answer(code=code, body={"error": error or f"Error {code}"}, headers=named)

    return fault


rate_limited: Fault = refuses(429, "Too many requests", X_RateLimit_Remaining="0")


def redirects(to: str, code: int = 301) -> Fault:
    return lambda _, __: Answer(code=code, headers={"Location": to})


def html_page(server: Server, request: Request) -> Answer:
    """A proxy's page with a 200, although it did what was asked."""
    server.handle(request)
    page = b"<!DOCTYPE html><title>One moment</title><p>Checking your browser"
    return Answer(body=page, headers={"Content-Type": "text/html"})


def truncated(server: Server, request: Request) -> Answer:
    whole = server.handle(request)
    return replace(whole, body=whole.encoded()[:-9])


def changed(change: Callable[[Any], Any]) -> Fault:
    """The JSON of the answer, made into something else."""

    def fault(server: Server, request: Request) -> Answer:
        answer = server.handle(request)
        return replace(answer, body=change(json.loads(answer.encoded())))

    return fault


def _with_nonsense(items: list[Any]) -> list[Any]:
    first = items[0] if items else {}
    odd: list[dict[str, Any]] = [
        {"status": None},
        {"status": {}},
        {"status": "a string"},
        {"type": "a.new.type"},
        {"account": None},
        {"created_at": "yesterday"},
        {"id": None},
    ]
    changed_copies = [{**first, "id": f"90000{place}", **change} for place, change in enumerate(odd)]
    return ["a string", None, {}, [], *changed_copies, *items]


nonsense: Fault = changed(_with_nonsense)
"""For lists: the true items, after some that no client can read."""


def drips(pause: float = 0.02, piece: int = 64) -> Fault:
    """So slowly, and so steadily, that no read times out."""
    return lambda server, request: replace(server.handle(request), pause=pause, piece=piece)


def padded(size: int) -> Fault:
    """That much white space before the JSON."""

    def fault(server: Server, request: Request) -> Answer:
        answer = server.handle(request)
        return replace(answer, body=b" " * size + answer.encoded())

    return fault


def reaches_also(handle: str) -> Fault:
    """The server reads a mention in the text that nobody put there, and does not mind."""

    def fault(server: Server, request: Request) -> Answer:
        changed_text = (f"{request.get('status')} @{handle}",)
        body = {**request.body, "status": changed_text, "allowed_mentions": ()}
        return server.handle(replace(request, body=body))

    return fault


def made(visibility: str) -> Fault:
    """The server has its own idea of the visibility."""
    return lambda server, request: server.handle(replace(request, body={**request.body, "visibility": (visibility,)}))
