"""What every step of a tick works with, and what becomes of a network that fails: it sits the tick out."""

from __future__ import annotations

import contextlib
import logging
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cached_property

from bot import digest, kin, ledger, opportunities, people
from bot.config import Config
from bot.consent import Wishes
from bot.errors import NetworkError, RateLimited, Unauthorized
from bot.finding import learning
from bot.finding.case import Case
from bot.finding.learning import Learnt
from bot.finding.reading import Reading
from bot.kin import ALONE, Kin
from bot.ledger import Item
from bot.models import (
    Account,
    Event,
    Health,
    LedgerEntry,
    NotificationKind,
    Opportunity,
    Person,
    Post,
    Relationship,
    Thread,
)
from bot.networks import Connection, Messenger, Source
from bot.opinion import SecondOpinion
from bot.outbox import Outgoing, Uptime
from bot.store import Store

log = logging.getLogger(__name__)

SHORTEST_WAIT, LONGEST_WAIT = timedelta(minutes=1), timedelta(hours=1)
CLOCKS_AGREE = timedelta(minutes=15)
"""Further apart, ours is taken for wrong: servers keep theirs by NTP."""
CLOCK_STEP = timedelta(minutes=1)
REFUSED_WAIT = timedelta(hours=6)
"""A refused key is tried again so seldom that it harms nobody, and often enough that a mended one is noticed."""


@dataclass(kw_only=True)
class Shell:
    config: Config
    store: Store
    connections: Sequence[Connection]
    read: Callable[[Case], Reading]
    understands_words: bool
    uptime: Callable[[], Uptime]
    second_opinion: SecondOpinion | None = None
    """Only where the owner named one."""
    is_new: bool = True
    """Before the first tick of this process."""
    recalled: set[str] = field(default_factory=set)
    """The networks where it is known what the bot has said: see `deliver.recall`."""
    compose_at: datetime | None = None
    """Until then a digest that waits for a network is not tried again."""
    clock_trouble: str = ""
    """Why the last tick did nothing."""
    is_clock_wrong: bool = False
    """Not only unknown: only a person can set it."""
    _clock_checked: tuple[datetime, Uptime] | None = None
    kin: Kin = ALONE
    """Which accounts are one person, as `meet_people` last found it."""
    _learnt: tuple[tuple[object, ...], Learnt] | None = None
    _owners: dict[str, Account] = field(default_factory=dict)
    _bots: dict[str, str] = field(default_factory=dict)

    @property
    def sources(self) -> list[Source]:
        return [connection.source for connection in self.connections]

    @property
    def messengers(self) -> list[Messenger]:
        """The one that digests go by first."""
        found = [connection.messenger for connection in self.connections if connection.messenger]
        return sorted(found, key=lambda messenger: messenger.network != self.config.digest.via)

    @property
    def owners(self) -> frozenset[str]:
        """The owner's account ids, as far as the networks have told."""
        return frozenset(account.id for account in self._owners.values())

    def meet_owner(self, source: Source) -> None:
        if source.network not in self._owners:
            self._owners[source.network] = source.owner()

    def meet_bot(self, messenger: Messenger) -> None:
        """Its messages reach the owner's inbox too, and are no opportunity."""
        if messenger.network not in self._bots:
            self._bots[messenger.network] = messenger.handle()

    def may_share_account(self, messenger: Messenger) -> bool:
        """Whether the bot writes as the owner, as far as the networks have told."""
        owner, bot = self._owners.get(messenger.network), self._bots.get(messenger.network)
        return owner is None or bot is None or owner.handle == bot

    def is_ours(self, author: Account) -> bool:
        return author.id in self.owners or author.handle in self._bots.values()

    def meet_people(self, strangers: Iterable[Person] = ()) -> None:
        """Learn who is who; `strangers` have written, and are not remembered yet."""
        rows = {person.id: person for person in strangers} | self.store.people.all()
        self.kin = kin.kin(rows.values(), self.config.circle.same_person)

    def person(self, account: str) -> Person | None:
        """All that there was with them, whichever of their accounts they wrote from."""
        rows = [self.store.people.get(each) for each in (account, *sorted(self.kin.of(account) - {account}))]
        known = [row for row in rows if row]
        return people.as_one(known) if known else None

    def is_watched(self, account: Account) -> bool:
        """By any of their accounts."""
        handles = self.kin.named.get(account.id, frozenset()) | {account.handle.casefold()}
        return not handles.isdisjoint(self.config.circle.watch)

    def muted(self) -> frozenset[str]:
        """With their other accounts."""
        return self.kin.all_of(ledger.controls(self.store.ledger).muted)

    @cached_property
    def wishes(self) -> Wishes:
        return self.config.privacy.wishes()

    def case(
        self,
        post: Post,
        thread: Thread,
        relationship: Relationship,
        *,
        kind: NotificationKind,
        copies: int,
        now: datetime,
    ) -> Case:
        accounts = self._owners.values()
        called = (name for a in accounts for name in (a.name, a.handle, re.split("[@.]", a.handle)[0]))
        return Case(
            post=post,
            kind=kind,
            thread=thread,
            owners=self.owners,
            names=tuple(dict.fromkeys(called)),
            relationship=relationship,
            person=self.person(post.author.id),
            goals=self.config.goals,
            now=now,
            today=now.astimezone(self.config.owner.timezone).date(),
            copies=copies,
        )

    def items(self, entries: Sequence[LedgerEntry]) -> dict[int, Item]:
        """Every opportunity in the state with where it stands, by its id."""
        standings = ledger.standings(entries)
        stored = self.store.opportunities.all().values()
        return {each.id: Item(opportunity=each, standing=standings[each.id]) for each in stored if each.id in standings}

    def ranked(self, entries: Sequence[LedgerEntry], now: datetime) -> dict[int, Item]:
        """The same, judged with what the owner's answers have taught until now."""
        learnt = self.learnt(now)
        return {
            ident: replace(item, opportunity=_as_learnt(item, learnt)) for ident, item in self.items(entries).items()
        }

    def learnt(self, now: datetime) -> Learnt:
        """From all that was said before this day began, less what was undone since: fitted once a day."""
        today = now.astimezone(self.config.owner.timezone).replace(hour=0, minute=0, second=0, microsecond=0)
        undone = tuple(entry.undone for entry in self.store.ledger if entry.event is Event.UNDO)
        key = (today, undone, len(self.store.forgotten))
        if self._learnt is None or self._learnt[0] != key:
            kept = {each.id: each for each in self.store.opportunities.all().values()}
            lessons = learning.lessons(self.store.ledger, kept, today)
            self._learnt = (key, learning.learn(lessons, today))
        return self._learnt[1]

    def write(self, key: str, message: digest.Message, now: datetime, **fields: object) -> None:
        """Put a message into the outbox, once for ever under its key. Inside a transaction."""
        if self.messengers and not self.has_written(key):
            network = str(fields.pop("network", self.messengers[0].network))
            row = Outgoing(
                key=key,
                network=network,
                text=message.text,
                mark=message.mark,
                written_at=now,
                since=now,
                after=self.newest(network),
            )
            self.store.outbox.put(key, replace(row, **fields))  # type: ignore[arg-type]

    def has_written(self, key: str) -> bool:
        return self.store.outbox.get(key) is not None or self.store.delivered.get(key) is not None

    def newest(self, network: str) -> str | None:
        """The bot's newest message there, as far as the state knows."""
        rows = self.store.delivered.all().values()
        known = [each.id for each in rows if each.network == network and not each.is_adopted]
        return known[-1] if known else None

    def record(self, *entries: LedgerEntry) -> None:
        """Into the ledger; the words of what is thereby closed are erased. Inside a transaction."""
        self.store.record(*entries)
        items = self.items(self.store.ledger)
        for each in self.store.opportunities.all().values():
            if opportunities.words(each) and not (each.id in items and items[each.id].standing.is_open):
                self.keep(opportunities.without_words(each))

    def add(self, opportunity: Opportunity) -> None:
        """One that an answer brought, under the id that came next. Inside a transaction, before its entries."""
        self.keep(opportunity)
        self.store.update_meta(opportunities=max(self.store.meta.opportunities, opportunity.id))

    def keep(self, opportunity: Opportunity) -> None:
        """As it is now, without what was learnt; words that it had before are gone for good. Inside a transaction."""
        key = str(opportunity.id)
        opportunity = replace(opportunity, judgement=learning.without(opportunity.judgement))
        before = self.store.opportunities.get(key)
        if before and opportunities.words(before) - opportunities.words(opportunity):
            self.store.erase()
        self.store.opportunities.put(key, opportunity)

    def unlearn(self, *people: str) -> None:
        """Who asks, from now on, not to be remembered: nothing of what was kept beyond open items. In a transaction."""
        known = [person for person in people if self.store.people.get(person)]
        near = [key for key, each in self.store.near.all().items() if each.author in people]
        if known or near:
            self.store.people.remove(*known)
            self.store.near.remove(*near)
            self.store.erase()

    # -- trouble -------------------------------------------------------------------------------------------------

    def health(self, name: str) -> Health:
        return self.store.health.get(name) or Health(network=name)

    def may_ask(self, name: str, now: datetime) -> bool:
        retry_at = self.health(name).retry_at
        return retry_at is None or not now < retry_at <= now + REFUSED_WAIT  # further off: the clock was set back

    def is_down(self, name: str) -> bool:
        """In trouble that may pass. A refused key is not waited for."""
        health = self.health(name)
        return bool(health.trouble) and not health.is_refused

    def clock_error(self, now: datetime) -> str:
        """How far this machine's clock is off, in words, or that nobody can tell; "" when no network says so.

        A digest at the wrong hour, items that age by years, a slot of the year 2038 done: better nothing until the
        clock is set. Asked once, and again whenever the clock has jumped.
        """
        uptime = self.uptime()
        if self._clock_checked:
            then, earlier = self._clock_checked
            if abs(now - then - timedelta(seconds=uptime.since(earlier))) < CLOCK_STEP:
                return ""
        told, troubles = self._times_told(now)
        self.is_clock_wrong = False
        if len(troubles) == len(self.sources):
            return f"no network answers ({'; '.join(troubles)}); the next tick tries again"
        if told and min(map(abs, told)) > CLOCKS_AGREE:
            minutes = round(min(told, key=abs) / timedelta(minutes=1))
            self.is_clock_wrong = True
            return f"this machine's clock is {abs(minutes)} minutes {'ahead' if minutes > 0 else 'behind'}: set it"
        self._clock_checked = (now, uptime)
        return ""

    def _times_told(self, now: datetime) -> tuple[list[timedelta], list[str]]:
        """How far we are ahead of each network that tells, and why the others do not answer."""
        told, troubles = [], []
        for source in self.sources:
            try:
                theirs = source.clock()
            except NetworkError as error:
                troubles.append(str(error))
            else:
                told += [now - theirs] if theirs is not None else []
        return told, troubles

    @contextlib.contextmanager
    def asking(self, name: str, now: datetime) -> Iterator[None]:
        """Whatever the network raises inside ends the block, is remembered, and is over when a later one succeeds."""
        try:
            yield
        except NetworkError as error:
            self._note_trouble(name, error, now)
        else:
            health = self.health(name)
            if health.trouble:
                with self.store.transaction():
                    self.store.health.put(
                        name, replace(health, trouble="", since=None, retry_at=None, is_refused=False)
                    )

    def _note_trouble(self, name: str, error: NetworkError, now: datetime) -> None:
        health = self.health(name)
        is_refused = isinstance(error, Unauthorized)
        since = health.since or now
        if health.trouble != str(error):
            log.warning("%s sits this tick out: %s", name, error)
        with self.store.transaction():
            self.store.health.put(
                name,
                replace(
                    health,
                    trouble=str(error),
                    since=since,
                    retry_at=_retry_at(error, since, now),
                    is_refused=is_refused or health.is_refused,
                ),
            )
            if is_refused and not health.is_refused:
                self._warn(name, error, now)

    def _warn(self, name: str, error: NetworkError, now: datetime) -> None:
        """Tell the owner once, by a way that is left."""
        log.error("%s refuses its key (%s)", name, error)
        left = [m for m in self.messengers if not self.health(writing(m)).is_refused and writing(m) != name]
        if left:
            self.write(f"refused {name} {now:%Y-%m-%d}", digest.refused(name, str(error)), now, network=left[0].network)


def _as_learnt(item: Item, learnt: Learnt) -> Opportunity:
    """Whoever is watched is shown whatever was learnt."""
    opportunity = item.opportunity
    if opportunities.is_watched(opportunity.judgement):
        return opportunity
    judgement = learnt.applied(opportunity.judgement, opportunity.person, opportunity.found_at)
    return replace(opportunity, judgement=judgement)


def reading(source: Source) -> str:
    return source.network


def writing(messenger: Messenger) -> str:
    """Reading and writing are different accounts: one may fail without the other."""
    return f"{messenger.network} messages"


def _retry_at(error: NetworkError, since: datetime, now: datetime) -> datetime | None:
    """None: with the next tick. Without a word of the server a wait is as long as the trouble has lasted."""
    if isinstance(error, Unauthorized):
        return now + REFUSED_WAIT
    if isinstance(error, RateLimited):
        wished = error.retry_at - now if error.retry_at else now - since
        return now + min(max(wished, SHORTEST_WAIT), LONGEST_WAIT)
    return None
