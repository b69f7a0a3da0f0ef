"""A world through the program itself: the same tick, with a store in memory, and the world's networks and clock.

world file -> networks in memory -> app.tick, every few hours and at breakfast -> what the owner was sent
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cached_property
from types import MappingProxyType

from pydantic import BaseModel

from bot import app, consent
from bot.config import Config
from bot.finding.case import Case
from bot.finding.reading import Reading, blank
from bot.finding.scoring import Dismissal, gate, judge
from bot.models import Account, Event, Judgement, Notification, Opportunity, Post, Relationship, SentMessage, Thread
from bot.networks import Connection, Cursor, Finding, Heard, Inbox
from bot.outbox import Uptime
from bot.reader import Reader
from bot.shell import Shell
from bot.store import Store
from bot.text import LINK
from evals.world import World

WAKES = timedelta(hours=4)
LIMIT, LINK_COUNTS = 500, 23
"""Characters of one message, and of any link in it: the narrowest that owners have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    post: str
    gist: str
    judgement: Judgement
    is_cold: bool = False
    """It is there for a promise that nothing followed; `post` is where it was given."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    shown: Mapping[date, tuple[Shown, ...]]
    """By the day whose digest it is; that goes out on the next morning."""
    verdicts: Mapping[str, Judgement | Dismissal]
    cases: Sequence[Case]
    """All that was read, each with its surroundings as they were."""
    messages: Sequence[str]
    """Everything the owner was sent, as it was worded."""


def replay(world: World, reader: Reader | None) -> Replay:
    stage = _Stage(world, reader)
    shown = {day.date: stage.live_until(world.digest_at(day.date)) for day in world.days}
    return Replay(
        shown=MappingProxyType(shown),
        verdicts=MappingProxyType(_told(world, stage)),
        cases=tuple(stage.cases.values()),
        messages=tuple(each.text for network in stage.networks for each in network.messages),
    )


def _told(world: World, stage: _Stage) -> dict[str, Judgement | Dismissal]:
    """What was decided about every post that was addressed to the owner, also where that took no reading."""
    reader = stage.reader
    told: dict[str, Judgement | Dismissal] = {}
    for notification in world.notifications():
        post = notification.post
        if case := stage.cases.get(post.id):
            told[post.id] = judge(case, reader(case))
        else:
            alone = stage.shell.case(
                post, Thread(posts=(post,)), Relationship(), kind=notification.kind, copies=0, now=post.posted_at
            )
            reason = consent.refusal(post, stage.shell.wishes) or gate(alone) or "not read"
            told[post.id] = Dismissal(reason=str(reason))
    return told


class _Stage:
    """The program with everything around it that is not the program."""

    def __init__(self, world: World, reader: Reader | None) -> None:
        self.now = world.digest_at(world.days[0].date - timedelta(days=1))
        self.cases: dict[str, Case] = {}
        self.networks = [_Network(world=world, stage=self, network=name) for name in world.raw["owner"]["handles"]]
        self.reader = reader.read if reader else lambda case: blank(case.post.text)
        self.shell = Shell(
            config=_config(world),
            store=Store(),
            connections=[Connection(source=each, messenger=each) for each in self.networks],
            read=self._read,
            understands_words=reader is not None,
            uptime=lambda: Uptime(boot="world", seconds=self.now.timestamp()),
        )

    def live_until(self, breakfast: datetime) -> tuple[Shown, ...]:
        """What the digest of that morning shows."""
        while self.now < breakfast:
            app.tick(self.shell, self.now)
            self.now = min(self.now + WAKES, breakfast)
        app.tick(self.shell, self.now)
        entries = (each for each in self.shell.store.ledger if each.event is Event.SHOWN and each.at == breakfast)
        kept = self.shell.store.opportunities.all()
        found = (kept[str(each.opportunity)] for each in entries)
        return tuple(_shown(each) for each in found)

    def _read(self, case: Case) -> Reading:
        self.cases[case.post.id] = case
        return self.reader(case)


def _shown(opportunity: Opportunity) -> Shown:
    if opportunity.promise and opportunity.promise.is_cold:
        promise = opportunity.promise
        return Shown(post=promise.post, gist=promise.words, judgement=opportunity.judgement, is_cold=True)
    return Shown(post=opportunity.post, gist=opportunity.judgement.gist, judgement=opportunity.judgement)


class _Section(BaseModel):
    """A network's table of the config; this one needs no setting."""


def _config(world: World) -> Config:
    goals = [
        {
            "name": goal.name,
            "want": goal.want,
            "kind": goal.kind,
            "weight": goal.weight,
            "topics": goal.topics,
            "not": goal.excluded,
            "until": goal.until,
        }
        for goal in world.goals
    ]
    return Config.model_validate(
        {
            "owner": {"timezone": str(world.zone)},
            "goal": goals,
            "digest": {"at": ["07:00"], "weekly_review": ""},
            "privacy": {"non_public": "point"},
            "networks": {name: _Section() for name in world.raw["owner"]["handles"]},
        }
    )


@dataclass(kw_only=True)
class _Network:
    """Source and Messenger over the posts of one network of the world, as far as its clock has come."""

    world: World
    stage: _Stage
    network: str
    messages: list[SentMessage] = field(default_factory=list)

    @cached_property
    def _addressed(self) -> list[Notification]:
        return [each for each in self.world.notifications() if each.post.author.id.startswith(f"{self.network}:")]

    def owner(self) -> Account:
        return self.world.accounts[f"owner@{self.network}"]

    def inbox(self, cursor: Cursor, *, deep: bool = False) -> Inbox:  # noqa: ARG002 -- nothing is hidden here
        read = int(cursor.get("read", 0))
        new = [each for each in self._addressed[read:] if each.post.posted_at <= self.stage.now]
        return Inbox(notifications=tuple(new), cursor={"read": read + len(new)})

    def thread(self, post: Post) -> Thread:
        return self.world.thread(post, self.stage.now)

    def own_posts(self) -> Sequence[Post]:
        own, now = self.owner().id, self.stage.now
        return [each for each in self.world.posts.values() if each.author.id == own and each.posted_at <= now]

    def posts(self, ids: Iterable[str]) -> Mapping[str, Post]:
        return {ident: self.world.posts[ident] for ident in ids}

    def relationships(self, accounts: Iterable[str]) -> Mapping[str, Relationship]:
        return {account: Relationship() for account in accounts}

    def clock(self) -> datetime | None:
        return self.stage.now

    def check(self) -> Iterator[Finding]:
        yield from ()

    def handle(self) -> str:
        return f"bot.of.{self.owner().handle}"

    def fits(self, text: str) -> bool:
        return len(LINK.sub("x" * LINK_COUNTS, text)) <= LIMIT

    def heard(self, cursor: Cursor, ours: Iterable[str]) -> Heard:  # noqa: ARG002 -- the owner of a world says nothing
        return Heard(messages=(), cursor=cursor)

    def sent(self, after: str | None, since: datetime) -> Sequence[SentMessage]:  # noqa: ARG002 -- all of them will do
        return tuple(self.messages)

    def send(self, text: str, *, key: str, reply_to: str | None) -> str:  # noqa: ARG002 -- nothing fails here
        message = SentMessage(id=f"{self.network}-{len(self.messages)}", text=text, sent_at=self.stage.now)
        self.messages.append(message)
        return message.id
