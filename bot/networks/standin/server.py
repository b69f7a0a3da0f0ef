"""Who is there, what they write, who is told and who may see it; and the clock, the log and the faults."""

from __future__ import annotations

import heapq
import itertools
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatchcase
from functools import wraps
from types import TracebackType
from typing import Any, Self, TypeVar, cast

from bot.networks.standin import api, texts
from bot.networks.standin.entities import (
    MASTODON,
    Account,
    App,
    Notification,
    Software,
    Status,
    Token,
    Visibility,
)
from bot.networks.standin.wire import Answer, Refused, Request, listen

Fault = Callable[["Server", Request], Answer]
"""Stands before `Server.handle`; see `faults`."""


@dataclass
class Clock:
    at: datetime

    def __call__(self) -> datetime:
        return self.at

    def advance(self, by: timedelta) -> None:
        self.at += by


@dataclass
class _Planned:
    fault: Fault
    on: str
    times: float


_Method = TypeVar("_Method", bound=Callable[..., Any])


def _alone(method: _Method) -> _Method:
    """One at a time, and after everything that was due before."""

    @wraps(method)
    def alone(server: Server, *args: Any, **kwargs: Any) -> Any:
        with server._lock:  # noqa: SLF001 - its own
            server._catch_up()  # noqa: SLF001
            return method(server, *args, **kwargs)

    return cast("_Method", alone)


class Server:
    def __init__(
        self, *, now: Callable[[], datetime], domain: str = "social.example", software: Software = MASTODON
    ) -> None:
        self.now = now
        self.domain = domain
        self.software = software
        self.requests: list[Request] = []
        """All, as the client made them."""
        self.accounts: dict[str, Account] = {}
        self.statuses: dict[str, Status] = {}
        """That have arrived and are not deleted."""
        self.notifications: list[Notification] = []
        self.follows: set[tuple[Account, Account]] = set()
        self.blocks: set[tuple[Account, Account]] = set()
        self.mutes: set[tuple[Account, Account]] = set()
        self.blocked_domains: set[tuple[Account, str]] = set()
        self.tokens: dict[str, Token] = {}
        self.apps: dict[str, App] = {}
        self.at_the_browser: Account | None = None
        """Who says yes at /oauth/authorize; by default the first account."""
        self.keys: dict[tuple[Account, str], tuple[Status, datetime]] = {}
        """What was posted under an Idempotency-Key, and when."""
        self._accepted: set[tuple[Account, Account]] = set()
        self._faults: list[_Planned] = []
        self._queue: list[tuple[datetime, int, Callable[[], object]]] = []
        self._moment: datetime | None = None
        self._bugs: list[Exception] = []
        self._count = itertools.count(1)
        self._lock = threading.RLock()
        self._listener = listen(self._respond, lambda: self.time)

    def __enter__(self) -> Self:
        threading.Thread(target=self._listener.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, _: type[BaseException] | None, error: BaseException | None, __: TracebackType | None) -> None:
        """Raises what went wrong in the server itself: no test passes on an accidental 500."""
        self._listener.shutdown()
        self._listener.server_close()
        if self._bugs and not error:
            raise self._bugs[0]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._listener.server_address[1]}"

    @property
    def time(self) -> datetime:
        return self._moment or self.now()

    # -- who is there -------------------------------------------------------------------------------------------------

    @_alone
    def account(self, handle: str, **shown: Any) -> Account:
        """Here ("rosa") or elsewhere ("ines@kelp.example"); there from now on, if not before.

        `shown` is what the API shows, but for `note` (text or HTML) and `fields` ({name: text}).
        """
        account = self.find(handle) or self._join(handle)
        if not shown.get("note", "<").startswith("<"):
            shown["note"] = self._html(shown["note"])
        if "fields" in shown:
            texts_by_name = shown["fields"].items()
            shown["fields"] = [{"name": name, "value": self._html(text)[3:-4]} for name, text in texts_by_name]
        account.shown |= shown
        return account

    def _join(self, handle: str) -> Account:
        username, _, domain = handle.removeprefix("@").partition("@")
        is_local = domain in {"", self.domain}
        account = Account(
            id=self._new_id(self.time), username=username, domain=domain or self.domain, is_local=is_local
        )
        self.accounts[account.acct.lower()] = account
        return account

    def _html(self, text: str) -> str:
        return texts.to_html(text, base=f"https://{self.domain}", profiles={})

    def find(self, handle: str) -> Account | None:
        username, _, domain = handle.lower().removeprefix("@").partition("@")
        is_here = domain in {"", self.domain, self.url.removeprefix("http://")}
        return self.accounts.get(username if is_here else f"{username}@{domain}")

    def token(self, account: Account | None, scopes: str = "read") -> str:
        token = f"token-{account.acct if account else 'app'}-{next(self._count)}"
        self.tokens[token] = Token(account=account, scopes=scopes)
        return token

    def revoke(self, token: str) -> None:
        self.tokens[token].is_revoked = True

    def follow(self, follower: Account, followed: Account) -> None:
        self.follows.add((follower, followed))
        self.notify(followed, "follow", follower)

    def unfollow(self, follower: Account, followed: Account) -> None:
        self.follows.discard((follower, followed))

    @_alone
    def block(self, blocker: Account, blocked: Account) -> None:
        self.blocks.add((blocker, blocked))
        self.follows -= {(blocker, blocked), (blocked, blocker)}
        self._forget_notifications(blocker, blocked)

    @_alone
    def mute(self, muter: Account, muted: Account) -> None:
        self.mutes.add((muter, muted))
        self._forget_notifications(muter, muted)

    def block_domain(self, blocker: Account, domain: str) -> None:
        self.blocked_domains.add((blocker, domain))

    def hides(self, viewer: Account, other: Account) -> bool:
        pair = (viewer, other)
        return pair in self.blocks or pair in self.mutes or (viewer, other.domain) in self.blocked_domains

    # -- what they write ----------------------------------------------------------------------------------------------

    @_alone
    def post(
        self,
        author: Account,
        text: str,
        *,
        at: datetime | None = None,
        arrives_at: datetime | None = None,
        reply_to: Status | None = None,
        quotes: Status | None = None,
        visibility: Visibility = "public",
        warning: str = "",
        language: str | None = "en",
        **shown: Any,
    ) -> Status:
        """Seen, and with an id, from `arrives_at` on [`at`]: what comes from elsewhere may come late."""
        named = [self.find(handle) or ("@" in handle and self._join(handle)) for handle in texts.mentions_in(text)]
        status = Status(
            author=author,
            text=text,
            at=at or self.time,
            mentions=tuple(dict.fromkeys(account for account in named if account)),
            visibility=visibility,
            warning=warning,
            language=language,
            parent=reply_to,
            quoted=quotes,
            shown=shown,
        )
        self._plan(arrives_at or status.at, lambda: self.publish(status))
        self._catch_up()
        return status

    def say_direct(self, author: Account, text: str, *, to: Account, reply_to: Status | None = None) -> Status:
        return self.post(author, f"@{to.acct} {text}", reply_to=reply_to, visibility="direct")

    @_alone
    def edit(self, status: Status, text: str) -> None:
        status.text, status.edited_at = text, self.time
        status.shown.pop("content", None)

    @_alone
    def delete(self, status: Status) -> None:
        """Its answers stay, without a parent; its notifications go."""
        status.is_deleted = True
        self.statuses.pop(status.id, None)
        self.notifications = [each for each in self.notifications if each.status is not status]
        for other in self.statuses.values():
            if other.parent is status:
                other.parent = None

    @_alone
    def posts_by(self, author: Account) -> Sequence[Status]:
        return [post for post in self.statuses.values() if post.author is author]

    @_alone
    def messages_to(self, account: Account) -> Sequence[Status]:
        """The direct posts that reached them, oldest first."""
        return [post for post in self.statuses.values() if post.visibility == "direct" and account in post.mentions]

    def publish(self, status: Status) -> None:
        if status.is_deleted:
            return
        if status.parent and status.parent.is_deleted:
            status.parent = None
        status.id = self._new_id(status.at)
        status.answers = _answered(status)
        self.statuses[status.id] = status
        if status.quoted:
            self.notify(status.quoted.author, "quote", status.author, status)
        for account in status.mentions:
            self.notify(account, "mention", status.author, status)

    def addressed_by(self, text: str, parent: Status | None) -> tuple[Account, ...]:
        """Whom the worst of servers would send it to."""
        named = [self.find(handle) or self._join(handle) for handle in texts.recipients_of(text)]
        if parent and self.software.replies_reach_the_author:
            named.append(parent.author)
        return tuple(dict.fromkeys(named))

    def sees(self, viewer: Account | None, status: Status) -> bool:
        """https://github.com/mastodon/mastodon/blob/main/app/policies/status_policy.rb"""
        author = status.author
        if status.id not in self.statuses or (viewer and (author, viewer) in self.blocks):
            return False
        if status.visibility in {"public", "unlisted"} or viewer is author or viewer in status.mentions:
            return True
        return status.visibility == "private" and (viewer, author) in self.follows

    # -- what they are told -------------------------------------------------------------------------------------------

    @_alone
    def notify(self, to: Account, kind: str, by: Account, status: Status | None = None) -> None:
        """Also for what this server has no other way to do: "favourite", "reblog"."""
        if to is by or not to.is_local or self.hides(to, by):
            return
        each = Notification(
            id=self._new_id(self.time, serial=True), type=kind, at=self.time, to=to, by=by, status=status
        )
        each.is_filtered = self._is_filtered(each)
        self.notifications.append(each)

    def _is_filtered(self, each: Notification) -> bool:
        """https://github.com/mastodon/mastodon/blob/main/app/services/notify_service.rb"""
        if each.status is None or each.type != "mention" or each.status.visibility != "direct":
            return False
        is_known = (each.to, each.by) in self.follows | self._accepted
        is_answer = any(
            post.author is each.to and post.visibility == "direct" and each.by in post.mentions
            for post in each.status.ancestors
        )
        return self.software.filters_private_mentions and not is_known and not is_answer

    @_alone
    def accept_filtered(self, account: Account, sender: Account) -> None:
        """Their private mentions come out from behind the filter, under their old ids."""
        self._accepted.add((account, sender))
        for each in self.notifications:
            each.is_filtered = each.is_filtered and (each.to, each.by) != (account, sender)

    def _forget_notifications(self, to: Account, by: Account) -> None:
        self.notifications = [each for each in self.notifications if (each.to, each.by) != (to, by)]

    # -- requests and faults ------------------------------------------------------------------------------------------

    @property
    def writes(self) -> Sequence[Request]:
        return [request for request in self.requests if request.method != "GET"]

    def fault(self, fault: Fault, on: str = "*", times: float = 1) -> None:
        """The next `times` requests that match `on` ("POST /api/v1/statuses", "GET */context") go wrong."""
        self._faults.append(_Planned(fault, on, times))

    def heal(self) -> None:
        self._faults.clear()

    def handle(self, request: Request) -> Answer:
        """Does what was asked, without faults."""
        try:
            return api.answer(self, request)
        except Refused as refused:
            return refused.answer

    @_alone
    def _respond(self, request: Request) -> Answer:
        token = self.tokens.get(request.token)
        request = replace(request, account=token.account if token else None)
        self.requests.append(request)
        fault = self._next_fault(request)
        try:
            answer = fault(self, request) if fault else self.handle(request)
        except Exception as bug:  # noqa: BLE001 - raised again in __exit__
            self._bugs.append(bug)
            answer = Answer(code=500, body={"error": repr(bug)})
        return replace(answer, headers={**self._limits(), **answer.headers})

    def _next_fault(self, request: Request) -> Fault | None:
        for planned in self._faults:
            if planned.times > 0 and fnmatchcase(f"{request.method} {request.path}", planned.on):
                planned.times -= 1
                return planned.fault
        return None

    def _limits(self) -> dict[str, str]:
        """300 in five minutes, aligned to the clock: https://docs.joinmastodon.org/api/rate-limits/. Not enforced."""
        reset = datetime.fromtimestamp((self.time.timestamp() // 300 + 1) * 300, UTC)
        return {"X-RateLimit-Limit": "300", "X-RateLimit-Remaining": "299", "X-RateLimit-Reset": api.iso(reset)}

    # -- time ---------------------------------------------------------------------------------------------------------

    def later(self, seconds: float, action: Callable[[], object]) -> None:
        self._plan(self.time + timedelta(seconds=seconds), action)

    def _plan(self, due: datetime, action: Callable[[], object]) -> None:
        heapq.heappush(self._queue, (due, next(self._count), action))

    def _catch_up(self) -> None:
        """What is due happens in its order, each at its own time."""
        if self._moment:
            return
        while self._queue and self._queue[0][0] <= self.now():
            self._moment, _, action = heapq.heappop(self._queue)
            try:
                action()
            finally:
                self._moment = None

    def _new_id(self, at: datetime, *, serial: bool = False) -> str:
        number, milliseconds = next(self._count), int(at.timestamp() * 1000)
        if self.software.ids == "ulid":
            noise = number * 0x9E3779B97F4A7C15 % (1 << 48)
            return _crockford(milliseconds << 80 | number << 48 | noise)
        if self.software.ids == "flake":
            return _base62(milliseconds << 64 | number)
        if self.software.ids == "small" or serial:
            return str(number)
        return str((milliseconds << 16) + number % (1 << 16))


def _crockford(value: int) -> str:
    return "".join("0123456789ABCDEFGHJKMNPQRSTVWXYZ"[value >> shift & 31] for shift in range(125, -1, -5))


def _base62(value: int) -> str:
    digits = ""
    while value:
        value, digit = divmod(value, 62)
        digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"[digit] + digits
    return digits


def _answered(status: Status) -> Account | None:
    """Who goes on talking to themselves still answers whom they first answered.

    https://github.com/mastodon/mastodon/blob/main/app/models/status.rb: carried_over_reply_to_account_id
    """
    parent = status.parent
    if parent and parent.author is status.author and parent.answers:
        return parent.answers
    return parent.author if parent else None
