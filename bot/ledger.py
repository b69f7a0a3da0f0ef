"""What became of each opportunity, computed from entries that are only ever added.

    found -> shown -> (done | later | no | answered | expired)      an answer of the owner, or the passing of time
      ^                          |
      +------ new activity ------+                                  a closed one is found again

What came of it is told beside that, as often as something comes: talking, working, won, nothing.

Nothing here stores a state: an entry that is undone simply counts no more.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import count

from bot.models import Event, LedgerEntry, Opportunity, Outcome, Stage


class State(StrEnum):
    FOUND = "found"
    SHOWN = "shown"
    LATER = "later"
    DONE = "done"
    NO = "no"
    ANSWERED = "answered"
    EXPIRED = "expired"


OPEN = frozenset({State.FOUND, State.SHOWN, State.LATER})
RESTS = timedelta(days=5)
"""A number is not given to another item for so long after its own closed: an answer may still be on its way."""
ASKED_FOR = timedelta(days=14)
"""So long a question what came of it may still be answered."""

OF_THE_BOT = frozenset({Event.FOUND, Event.SHOWN, Event.ANSWERED, Event.EXPIRED, Event.HALT, Event.FOLLOWED_UP})
"""What happens without a word of the owner."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What the owner told that came of it, and when."""

    at: datetime
    outcome: Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where one opportunity stands now."""

    state: State
    since: datetime
    number: int | None = None
    """What the owner calls it while it is open, and for a while after it closed."""
    shown: tuple[datetime, ...] = ()
    until: datetime | None = None
    """When a postponed one returns."""
    respect: str = ""
    liked: bool = False
    notes: tuple[str, ...] = ()
    outcomes: tuple[Told, ...] = ()
    """In the order in which they were told; what was corrected is not among them."""
    asked_at: datetime | None = None
    """When the owner was asked what came of it, once for ever."""

    @property
    def is_open(self) -> bool:
        return self.state in OPEN

    @property
    def named_at(self) -> datetime:
        """Since when its number rests."""
        return max(self.since, self.asked_at or self.since)

    @property
    def told_at(self) -> datetime | None:
        return self.outcomes[-1].at if self.outcomes else None

    @property
    def is_settled(self) -> bool:
        """What came of it is known, as far as it goes."""
        return bool(self.outcomes) and self.outcomes[-1].outcome.stage in {Stage.WON, Stage.NOTHING}

    def waits_for_outcome(self, now: datetime) -> bool:
        """The owner was asked what came of it, and has not said."""
        if self.asked_at is None or now - self.asked_at >= ASKED_FOR:
            return False
        return self.told_at is None or self.told_at < self.asked_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    opportunity: Opportunity
    standing: Standing


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Something the bot asked back before doing it."""

    text: str
    """The command that a yes carries out."""
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Focus:
    """The goal that the owner wants first for a while."""

    goal: str
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Controls:
    """What the owner told the bot about itself."""

    is_stopped: bool = False
    halted: str = ""
    """Why nothing at all may be sent, until the owner has looked and says `start`."""
    paused_until: datetime | None = None
    muted: frozenset[str] = frozenset()
    asked: Question | None = None
    focus: Focus | None = None

    def first_goal(self, now: datetime) -> str | None:
        """The goal that comes first now."""
        return self.focus.goal if self.focus and now < self.focus.until else None


def counting(entries: Iterable[LedgerEntry]) -> list[LedgerEntry]:
    """The entries that count: neither undone nor themselves an undoing (an undo can be undone)."""
    kept: list[LedgerEntry] = []
    undone: set[str] = set()
    for entry in reversed(list(entries)):
        if entry.cause in undone:
            continue
        if entry.event is Event.UNDO:
            undone.add(entry.undone)
        else:
            kept.append(entry)
    return kept[::-1]


def standings(entries: Iterable[LedgerEntry]) -> dict[int, Standing]:
    """Where each opportunity stands, by id. Takes the whole ledger, or that of some opportunities."""
    found: dict[int, Standing] = {}
    for entry in counting(entries):
        if entry.opportunity is None:
            continue
        before = found.get(entry.opportunity)
        if before is None or entry.event is Event.FOUND:
            found[entry.opportunity] = _found(before, entry)
        if entry.event is not Event.FOUND:
            found[entry.opportunity] = _after(found[entry.opportunity], entry)
    return found


def _found(before: Standing | None, entry: LedgerEntry) -> Standing:
    """For the first time, or again: then it keeps what the owner said of it."""
    if before is None:
        return Standing(state=State.FOUND, since=entry.at)
    keeps_number = before.is_open or entry.at - before.named_at < RESTS
    return Standing(
        state=State.FOUND,
        since=entry.at,
        number=before.number if keeps_number else None,
        notes=before.notes,
        outcomes=before.outcomes,
        asked_at=before.asked_at,
    )


def _after(standing: Standing, entry: LedgerEntry) -> Standing:
    match entry.event:
        case Event.SHOWN:
            return replace(
                standing,
                state=State.SHOWN,
                since=entry.at,
                number=entry.number,
                shown=(*standing.shown, entry.at),
                until=None,
            )
        case Event.LATER:
            return replace(standing, state=State.LATER, since=entry.at, until=entry.until)
        case Event.DONE | Event.ANSWERED | Event.EXPIRED:
            return replace(standing, state=State(entry.event), since=entry.at)
        case Event.NO:
            return replace(standing, state=State.NO, since=entry.at, respect=entry.respect)
        case Event.YES:
            return replace(standing, liked=True)
        case Event.NOTE:
            return replace(standing, notes=(*standing.notes, entry.text))
        case Event.FOLLOWED_UP:
            return replace(standing, number=entry.number, asked_at=entry.at)
        case Event.OUTCOME if entry.outcome:
            stays = standing.outcomes[:-1] if entry.outcome.is_correction else standing.outcomes
            return replace(standing, outcomes=(*stays, Told(at=entry.at, outcome=entry.outcome)))
        case _:
            return standing


def controls(entries: Iterable[LedgerEntry]) -> Controls:
    """What of the owner's orders to the bot holds now. A question stands until the owner next changes anything."""
    held = Controls()
    for entry in counting(entries):
        if entry.event not in OF_THE_BOT:
            held = replace(held, asked=None)
        match entry.event:
            case Event.STOP:
                held = replace(held, is_stopped=True)
            case Event.START:
                held = replace(held, is_stopped=False, paused_until=None, halted="")
            case Event.HALT:
                held = replace(held, halted=entry.text)
            case Event.PAUSE:
                held = replace(held, paused_until=entry.until)
            case Event.MUTE if entry.person:
                held = replace(held, muted=held.muted | {entry.person})
            case Event.UNMUTE if entry.person:
                held = replace(held, muted=held.muted - {entry.person})
            case Event.FOCUS:
                goal = Focus(goal=entry.text, until=entry.until) if entry.text and entry.until else None
                held = replace(held, focus=goal)
            case Event.ASKED if entry.text and entry.until:
                held = replace(held, asked=Question(text=entry.text, until=entry.until))
            case _:
                pass
    return held


def to_follow_up(items: Iterable[Item], after: timedelta, now: datetime) -> list[Item]:
    """Of what the owner acted on so long ago: what came of it is not known and was never asked."""
    due = [item for item in items if _is_to_be_asked(item.standing, after, now)]
    return sorted(due, key=lambda item: (item.standing.since, item.opportunity.id))


def _is_to_be_asked(standing: Standing, after: timedelta, now: datetime) -> bool:
    if standing.state is not State.DONE or standing.asked_at is not None or standing.is_settled:
        return False
    return now - max(standing.since, standing.told_at or standing.since) >= after


def free_numbers(standings: Iterable[Standing], now: datetime) -> Iterator[int]:
    """The numbers that new items may bear, smallest first."""
    taken = {s.number for s in standings if s.number is not None and (s.is_open or now - s.named_at < RESTS)}
    return (number for number in count(1) if number not in taken)
