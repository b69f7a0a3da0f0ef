"""What an answer is made from, and what it is made of."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot import schedule
from bot.fates import Lookup
from bot.finding.scoring import ALARM
from bot.kin import ALONE, Kin
from bot.language.when import MORNING
from bot.ledger import Controls, Item, Standing, controls, standings
from bot.models import Goal, Health, LedgerEntry, Opportunity, Person
from bot.people import Circle


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    networks: tuple[Health, ...]
    next_digest_at: datetime | None
    read_today: int
    kept: Mapping[str, int]
    """How many of what are stored: "open items", "people", "ledger entries"."""
    understands_words: bool
    """False when the text model is missing and only rules judge."""
    alarm: float = ALARM
    """What a day needs to be worth a message, by the owner's answers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """All that an answer may depend on."""

    now: datetime
    zone: ZoneInfo
    items: Mapping[int, Item]
    """By number: the open items that bear one, and those that closed so lately that their number still rests."""
    waiting: Sequence[Item]
    """Open, best first, and never shown: what `more` goes on with."""
    recent: Sequence[int]
    """The numbers in the newest message that listed items, in its order: "the second", "all"."""
    replied_to: Mapping[int, int] | None
    """Number -> opportunity in the very message that the owner answers, when the network tells which."""
    free_numbers: Sequence[int]
    """What new items may be called, enough of them."""
    goals: Sequence[Goal]
    controls: Controls
    entries: Sequence[LedgerEntry]
    people: Mapping[str, Person]
    status: Status
    fits: Callable[[str], bool]
    filed: Mapping[int, Item] = field(default_factory=dict)
    """Every opportunity in the state, by id: the closed ones too, which bear no number any more."""
    nameless: Mapping[int, Item] = field(default_factory=dict)
    """Those of people whom the owner had forgotten: only the sums know of them."""
    months: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    """What is left of the opportunities that were removed: numbers, by month."""
    lists_at: Sequence[time] = (MORNING,)
    """When digests go out; none when only asked for."""
    lists_on: Collection[int] = schedule.EVERY_DAY

    @property
    def morning(self) -> time:
        """What a day means for which no hour is said: that of its first list."""
        return min(self.lists_at, default=MORNING)

    def list_from(self, at: datetime) -> datetime:
        """When the first list goes out that knows of what is due then; that moment where none goes out by itself."""
        just_before = at - timedelta(microseconds=1)
        return schedule.next_slot(just_before, self.lists_at, self.lists_on, self.zone) or at

    @property
    def muted(self) -> frozenset[str]:
        """With their other accounts."""
        return self.kin.all_of(self.controls.muted)

    @property
    def asked_about(self) -> Sequence[Item]:
        """What came of these the owner was asked, and has not said."""
        asked = [item for item in self.filed.values() if item.standing.waits_for_outcome(self.now)]
        return sorted(asked, key=lambda item: item.standing.number or 0)

    circle: Circle = field(default_factory=Circle)
    kin: Kin = ALONE
    """Which accounts are one person."""
    lookups: Mapping[str, Lookup] = field(default_factory=dict)
    """What became of the posts that the owner asks about, by link."""

    def after(self, entries: Sequence[LedgerEntry]) -> View:
        """As things will stand when these are entered."""
        if not entries:
            return self
        ledger = (*self.entries, *entries)
        now = standings(ledger)
        return replace(
            self,
            entries=ledger,
            controls=controls(ledger),
            items={number: _as_it_stands(item, now) for number, item in self.items.items()},
            nameless={id_: _as_it_stands(item, now) for id_, item in self.nameless.items()},
            filed={id_: _as_it_stands(item, now) for id_, item in self.filed.items()},
            waiting=[item for each in self.waiting if _waits(item := _as_it_stands(each, now))],
        )


def _waits(item: Item) -> bool:
    return item.standing.is_open and item.standing.number is None


def _as_it_stands(item: Item, now: Mapping[int, Standing]) -> Item:
    return replace(item, standing=now.get(item.opportunity.id, item.standing))


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    reply: str | None
    """None for thanks: they get no answer."""
    entries: tuple[LedgerEntry, ...] = ()
    numbers: Mapping[int, int] = field(default_factory=dict)
    """Number -> opportunity of the items that the reply lists, in its order."""
    opportunities: tuple[Opportunity, ...] = ()
    """To be kept, for the entries to be about."""
    is_understood: bool = False
    """All that was said is carried out."""
