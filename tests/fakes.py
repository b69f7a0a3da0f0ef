"""A network in memory, a clock that can be wrong, and an owner who answers: what the tests of the shell are told with.

    world = World(folder)
    world.mention("ines", "asks: would you co-write it?")
    world.tick()
    world.says("done 1")

A fake is as awkward as the worst real server: it shows texts in its own manner, forgets keys, loses answers, stores
late, and hands a cursor's items out once. `Fake.fault` decides what goes wrong, request by request.
"""

from __future__ import annotations

import contextlib
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest import mock

from pydantic import BaseModel

from bot import app, digest, gather, missed, revisit
from bot.commands import Answer, View
from bot.config import Config
from bot.errors import Exposed, NotFound, RateLimited, Rejected, Unauthorized, Unavailable
from bot.finding.reading import blank
from bot.finding.scoring import Dismissal
from bot.models import (
    Account,
    DirectMessage,
    Event,
    Judgement,
    Kind,
    LedgerEntry,
    Notification,
    NotificationKind,
    Post,
    Relationship,
    SentMessage,
    Signal,
    Strength,
    Thread,
    Value,
    Verb,
    Visibility,
)
from bot.networks import Connection, Heard, Inbox
from bot.outbox import Uptime
from bot.shell import Shell
from bot.store import Store

START = datetime(2026, 11, 22, 6, 50, tzinfo=UTC)
"""A Sunday, ten minutes before the digest of 08:00 in Amsterdam."""
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
KEY_LIVES = timedelta(hours=1)
HOST = "https://fake.example"
GOAL = {"name": "book", "want": "Finish the guide with people who run a seed library.", "kind": "collaborate"}


@dataclass
class Clock:
    """True time, how far the machine's clock is from it, and how long the machine has been up."""

    at: datetime = START
    off: timedelta = timedelta()
    started_at: datetime = START - DAY
    starts: int = 1

    def now(self) -> datetime:
        return self.at + self.off

    def advance(self, by: timedelta) -> None:
        self.at += by

    def reboot(self) -> None:
        self.starts, self.started_at = self.starts + 1, self.at

    def uptime(self) -> Uptime:
        return Uptime(boot=f"boot {self.starts}", seconds=(self.at - self.started_at).total_seconds())


@dataclass(frozen=True, kw_only=True)
class Message:
    """A private one, between the owner and the bot."""

    id: str
    by_bot: bool
    text: str
    at: datetime
    below: str | None = None


def no_fault(_: str) -> str:
    return ""


READ_FAULTS = ("lost", "500", "throttled", "nonsense")
SEND_FAULTS = (*READ_FAULTS, "answer lost", "500 after", "late")
"""Of a request that changes something. What "refused", "rejected" and "exposed" lead to, a test must expect."""


@dataclass
class Fake:
    """The server. What is told to it outlives every bot."""

    clock: Clock
    name: str = "fake"
    keyed: bool = True
    alone: bool = False
    tells_time: bool = True
    lateness: timedelta = MINUTE
    takes: timedelta = timedelta()
    """Time that passes with every request."""
    page: int = 3
    limit: int = 500
    posts: dict[str, Post] = field(default_factory=dict)
    written: dict[str, Post] = field(default_factory=dict)
    """All there ever was, by link."""
    inbox: list[str] = field(default_factory=list)
    hidden: set[str] = field(default_factory=set)
    messages: list[Message] = field(default_factory=list)
    keys: dict[str, tuple[str, datetime]] = field(default_factory=dict)
    rejected: list[str] = field(default_factory=list)
    taken_back: list[str] = field(default_factory=list)
    marked: set[str] = field(default_factory=set)
    """Messages of the owner that bear the bot's sign."""
    asked: Counter[str] = field(default_factory=Counter)
    fault: Callable[[str], str] = no_fault
    late: list[tuple[datetime, str, str, str | None]] = field(default_factory=list)
    _count: int = 0

    def _id(self, kind: str) -> str:
        self._count += 1
        return f"{self.name}:{kind}{self._count}"

    # -- what people do ----------------------------------------------------------------------------------------------

    @property
    def owner(self) -> Account:
        return self.account("rosa")

    @property
    def bot(self) -> Account:
        return self.owner if self.alone else self.account("rosasbot")

    def account(self, who: str) -> Account:
        return Account(id=f"{self.name}:{who}", handle=f"{who}@{self.name}.example", name=who.title())

    def mention(self, who: str, text: str, *, reply_to: Post | None = None, at: datetime | None = None) -> Post:
        post = self._post(self.account(who), text, reply_to, at)
        self.inbox.append(post.id)
        return post

    def owner_posts(self, text: str, *, reply_to: Post | None = None) -> Post:
        return self._post(self.owner, text, reply_to, None)

    def _post(self, author: Account, text: str, reply_to: Post | None, at: datetime | None) -> Post:
        ident = self._id("p")
        post = Post(
            id=ident,
            author=author,
            text=text,
            posted_at=at or self.clock.at,
            link=f"{HOST}/{ident}",
            reply_to=reply_to.id if reply_to else None,
            reply_to_author=reply_to.author.id if reply_to else None,
            mentions=(self.owner.id,),
        )
        self.posts[ident] = self.written[post.link] = post
        return post

    def change(self, post: Post, **changes: Any) -> None:
        """An edit, unless told otherwise."""
        self.posts[post.id] = replace(post, **{"edition": self._id("e"), **changes})

    def delete(self, post: Post) -> None:
        del self.posts[post.id]

    def block(self, who: str) -> None:
        self.hidden.add(self.account(who).id)

    def says(self, text: str, *, below: Message | None = None) -> Message:
        """The owner writes to the bot: where they share an account, below its newest message."""
        newest = next((each for each in reversed(self.messages) if each.by_bot), None)
        head = below or (newest if self.alone else None)
        return self._message(text, by_bot=False, below=head.id if head else None)

    def _message(self, text: str, *, by_bot: bool, below: str | None) -> Message:
        self.catch_up()
        message = Message(id=self._id("m"), by_bot=by_bot, text=text, at=self.clock.at, below=below)
        self.messages.append(message)
        return message

    def received(self) -> list[str]:
        """What the owner got from the bot, oldest first."""
        self.catch_up()
        return [each.text for each in self.messages if each.by_bot]

    # -- what the bot asks -------------------------------------------------------------------------------------------

    def ask(self, request: str, *args: Any) -> Any:
        self.clock.advance(self.takes)
        self.catch_up()
        self.asked[request] += 1
        fault = self.fault(request)
        answer: Callable[..., Any] = getattr(self, f"_answer_{request}")
        changes = request == "send"
        match fault:
            case "":
                return answer(*args)
            case "throttled":
                raise RateLimited(self.name, "asked to wait", retry_at=self.clock.now() + 5 * MINUTE)
            case "refused":
                raise Unauthorized(self.name, "answered 401")
            case "rejected" if changes:
                self.rejected.append(args[0])
                raise Rejected(self.name, "answered 422")
            case "late" if changes:
                self.late.append((self.clock.at + self.lateness, *args))
            case "answer lost" | "500 after" | "nonsense" if changes:
                answer(*args)
            case "exposed" if changes:
                self.taken_back.append(args[0])
                raise Exposed(self.name, "a message reached others and was deleted at once")
            case "unreached":
                raise Unavailable(self.name, "did not answer (NewConnectionError)")
        raise Unavailable(self.name, f"did not answer ({fault})", maybe_done=changes)

    def catch_up(self) -> None:
        """What was accepted a minute ago is stored now, each at its own time."""
        due = sorted((each for each in self.late if each[0] <= self.clock.at), key=lambda each: each[0])
        self.late = [each for each in self.late if each not in due]
        now = self.clock.at
        for at, text, key, below in due:
            self.clock.at = at
            self._answer_send(text, key, below)
        self.clock.at = now

    def _answer_send(self, text: str, key: str, below: str | None) -> str:
        known, at = self.keys.get(key, ("", self.clock.at))
        if self.keyed and known and self.clock.at - at < KEY_LIVES:
            return known
        message = Message(id=self._id("m"), by_bot=True, text=_formatted(text), at=self.clock.at, below=below)
        self.messages.append(message)
        self.keys[key] = (message.id, self.clock.at)
        return message.id

    def _answer_mark(self, message: str) -> None:
        self.marked.add(message)

    def _answer_sent(self, after: str | None, since: datetime) -> list[SentMessage]:
        own = [each for each in self.messages if each.by_bot or self.alone]
        ids = [each.id for each in own]
        own = own[ids.index(after) + 1 :] if after in ids else [each for each in own if each.at >= since]
        return [SentMessage(id=each.id, text=each.text, sent_at=each.at) for each in own]

    def _answer_heard(self, cursor: Mapping[str, Any], ours: Sequence[str]) -> Heard:
        """What is not an answer is passed by for ever, as by an adapter that keeps its place in a list."""
        thread = {*ours, *cursor.get("answers", ())}
        found = []
        for each in self.messages[cursor.get("read", len(self.messages)) :]:
            if self.alone and (each.id in thread or each.below not in thread):
                continue
            if self.alone or not each.by_bot:
                thread.add(each.id)
                found.append(DirectMessage(id=each.id, text=each.text, sent_at=each.at, reply_to=each.below))
        answers = [*cursor.get("answers", ()), *(each.id for each in found)]
        return Heard(messages=tuple(found), cursor={"read": len(self.messages), "answers": answers})

    def _answer_inbox(self, cursor: Mapping[str, Any], *, deep: bool = False) -> Inbox:
        read = cursor.get("read", 0)
        ids = self.inbox[read : read + self.page]
        there = [self.posts[each] for each in ids if each in self.posts]
        return Inbox(
            notifications=tuple(Notification(id=p.id, kind=NotificationKind.MENTION, post=p) for p in there),
            cursor={"read": read + len(ids)},
            is_complete=read + len(ids) >= len(self.inbox),
        )

    def _answer_thread(self, post: Post) -> Thread:
        if post.id not in self.posts:
            raise NotFound(self.name, "gone")
        root = self.posts[post.id]
        while root.reply_to in self.posts:
            root = self.posts[root.reply_to]
        found = [root]
        for each in self.posts.values():
            if each.reply_to in {one.id for one in found} and each not in found:
                found.append(each)
        return Thread(posts=tuple(found))

    def _answer_posts(self, ids: Sequence[str]) -> dict[str, Post]:
        return {each: self.posts[each] for each in ids if each in self.posts}

    def _answer_own_posts(self) -> list[Post]:
        return [post for post in reversed(self.posts.values()) if post.author.id == self.owner.id]

    def _answer_find(self, link: str) -> Post | None:
        post = self.written.get(link)
        if post and post.id not in self.posts:
            raise NotFound(self.name, "gone")
        return self.posts[post.id] if post else None

    def _answer_relationships(self, accounts: Sequence[str]) -> dict[str, Relationship]:
        return {each: Relationship(is_hidden=each in self.hidden) for each in accounts}

    def _answer_owner(self) -> Account:
        return self.owner

    def _answer_handle(self) -> str:
        return self.bot.handle

    def _answer_limit(self) -> int:
        return self.limit

    def _answer_clock(self) -> datetime | None:
        return self.clock.at if self.tells_time else None


def _formatted(text: str) -> str:
    """As a server shows it: other quotation marks, no empty lines."""
    return re.sub(r"\n+", "\n", text).replace('"', "”")


Ask = Callable[..., Any]


class FakeSource:
    def __init__(self, network: str, ask: Ask) -> None:
        self.network = network
        self._ask = ask

    def owner(self) -> Account:
        return self._ask("owner")

    def inbox(self, cursor: Mapping[str, Any], *, deep: bool = False) -> Inbox:
        return self._ask("inbox", dict(cursor))

    def thread(self, post: Post) -> Thread:
        return self._ask("thread", post)

    def posts(self, ids: Iterable[str]) -> Mapping[str, Post]:
        return self._ask("posts", list(ids))

    def own_posts(self) -> Sequence[Post]:
        return self._ask("own_posts")

    def find(self, link: str) -> Post | None:
        return self._ask("find", link)

    def relationships(self, accounts: Iterable[str]) -> Mapping[str, Relationship]:
        return self._ask("relationships", list(accounts))

    def clock(self) -> datetime | None:
        return self._ask("clock")

    def check(self) -> Iterator[Any]:
        yield from ()


class FakeMessenger:
    has_signs = True

    def __init__(self, network: str, ask: Ask) -> None:
        self.network = network
        self._ask = ask
        self._limit = 0

    def handle(self) -> str:
        return self._ask("handle")

    def fits(self, text: str) -> bool:
        self._limit = self._limit or self._ask("limit")
        return len(text) <= self._limit

    def heard(self, cursor: Mapping[str, Any], ours: Iterable[str]) -> Heard:
        return self._ask("heard", dict(cursor), list(ours))

    def sent(self, after: str | None, since: datetime) -> Sequence[SentMessage]:
        return self._ask("sent", after, since)

    def send(self, text: str, *, key: str, reply_to: str | None) -> str:
        assert self.fits(text), "a message is never larger than the limit"
        return self._ask("send", text, key, reply_to)

    def mark_understood(self, message: str) -> None:
        self._ask("mark", message)

    def check(self, *, fix: bool = False) -> Iterator[Any]:
        yield from ()


def connection(fake: Fake, ask: Ask | None = None) -> Connection:
    return Connection(
        source=FakeSource(fake.name, ask or fake.ask), messenger=FakeMessenger(fake.name, ask or fake.ask)
    )


# -- the bot on it -----------------------------------------------------------------------------------------------------


class Nothing(BaseModel):
    """The settings of a network that has none."""


def settings(folder: Path, fakes: Sequence[Fake], **sections: Any) -> Config:
    table = {"owner": {"timezone": "Europe/Amsterdam"}, "goal": [GOAL], "state": {"dir": str(folder)}, **sections}
    return Config.model_validate({**table, "networks": {fake.name: Nothing() for fake in fakes}})


class World:
    """A folder with the state, a clock, the networks, and whatever process lives at the moment."""

    def __init__(self, folder: Path, *fakes: Fake, clock: Clock | None = None, **sections: Any) -> None:
        self.folder = folder
        self.clock = fakes[0].clock if fakes else clock or Clock()
        self.fakes = list(fakes) or [Fake(self.clock)]
        self.sections = sections

    @property
    def fake(self) -> Fake:
        return self.fakes[0]

    @contextlib.contextmanager
    def opened(self, ask: Callable[[Fake], Ask] | None = None) -> Iterator[Shell]:
        """One process."""
        store = Store.open(self.folder)
        try:
            yield Shell(
                config=settings(self.folder, self.fakes, **self.sections),
                store=store,
                connections=[connection(fake, ask(fake) if ask else None) for fake in self.fakes],
                read=lambda case: blank(case.post.text),
                understands_words=False,
                uptime=self.clock.uptime,
            )
        finally:
            store.close()

    def tick(self, after: timedelta = timedelta(), **how: Any) -> digest.Message | None:
        """A new process, as cron starts one."""
        self.clock.advance(after)
        with self.opened() as shell:
            return app.tick(shell, self.clock.now(), **how)

    def live(self, until: datetime, step: timedelta = 10 * MINUTE) -> None:
        """One process that runs on."""
        with self.opened() as shell:
            while self.clock.at < until:
                self.clock.advance(min(step, until - self.clock.at))
                app.tick(shell, self.clock.now(), read=False)

    def until(self, hours: int, minutes: int = 1) -> datetime:
        """The next time that the owner's clock shows so much."""
        local = self.clock.at.astimezone(settings(self.folder, self.fakes).owner.timezone)
        at = local.replace(hour=hours, minute=minutes, second=0)
        return (at if at > local else at + DAY).astimezone(UTC)

    def mention(self, who: str, text: str, **how: Any) -> Post:
        return self.fake.mention(who, text, **how)

    def says(self, text: str, **how: Any) -> Message:
        return self.fake.says(text, **how)

    def received(self) -> list[str]:
        return self.fake.received()

    def words_on_disk(self) -> str:
        return "\n".join(path.read_text(errors="replace") for path in sorted(self.folder.iterdir()))


# -- plain judgement ---------------------------------------------------------------------------------------------------


def judged(case: Any, _: object = None) -> Judgement | Dismissal:
    """What "asks: ..." is worth a place; nothing else is."""
    if not case.post.text.startswith("asks:"):
        return Dismissal(reason="praise")
    return Judgement(
        kind=Kind.QUESTION,
        verb=Verb.ASKS,
        value=Value.SOCIAL,
        strength=Strength.GOOD,
        goal=next((goal.name for goal in case.goals if goal.name in case.post.text), "book"),
        gist=case.post.text.removeprefix("asks:").strip(),
        signals=(Signal(name="asks_something", weight=4.0, because="it asks you something"),),
    )


@contextlib.contextmanager
def plainly_judged() -> Iterator[None]:
    """The finding has tests of its own: here an item is what says so."""
    with (
        mock.patch.object(gather, "judge", judged),
        mock.patch.object(revisit, "judge", judged),
        mock.patch.object(missed, "judge", judged),
        mock.patch.object(gather, "gate", return_value=None),
    ):
        yield


ORDER = re.compile(r"(?P<tag>say\d+) (?P<verb>done|later|more|list|thanks)(?: (?P<number>\d+))?")


def plainly_answered(message: DirectMessage, view: View) -> Answer:
    """Understands "say7 done 2"; the reply begins with "say7", so that everybody can count."""
    order = ORDER.fullmatch(message.text)
    if order is None:
        return Answer(reply=f"not understood: {message.text}")
    if order["verb"] == "thanks":
        return Answer(reply=None)
    if order["verb"] == "more":
        return _more(order["tag"], message, view)
    open_ones = {n: item for n, item in view.items.items() if item.standing.is_open}
    if order["verb"] == "list":
        return Answer(reply=f"{order['tag']} list {', '.join(map(str, open_ones))}")
    item = open_ones.get(int(order["number"]))
    if item is None:
        return Answer(reply=f"{order['tag']} no {order['number']}")
    event = Event.DONE if order["verb"] == "done" else Event.LATER
    entry = LedgerEntry(
        at=view.now, event=event, cause=message.id, opportunity=item.opportunity.id, until=view.now + 3 * HOUR
    )
    return Answer(reply=f"{order['tag']} {order['verb']} {item.opportunity.link}", entries=(entry,), is_understood=True)


def _more(tag: str, message: DirectMessage, view: View) -> Answer:
    numbered = dict(list(zip(view.free_numbers, view.waiting, strict=False))[:2])
    lines = [line for number, item in numbered.items() for line in digest.lines(number, item, view.now)]
    return Answer(
        reply="\n".join([f"{tag} more", *lines]),
        entries=tuple(
            LedgerEntry(at=view.now, event=Event.SHOWN, cause=message.id, opportunity=i.opportunity.id, number=n)
            for n, i in numbered.items()
        ),
        numbers={number: item.opportunity.id for number, item in numbered.items()},
    )


PRIVATE = Visibility.FOLLOWERS
