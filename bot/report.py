"""What came of it all: sums over the ledger for a week, a month or a year, and how they are told in one message.

    ledger -> what each opportunity was, once: found, shown, acted on, won ... (`facts`) -> summed over a time -> words

An opportunity counts once under each heading, on the day it first came so far; what was undone never was. Sums know
no names: so they outlive the opportunities they are made of, month by month.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from decimal import Decimal
from enum import Enum

from bot import digest
from bot.language import money
from bot.ledger import Item, counting
from bot.models import Amount, Event, Goal, Kind, LedgerEntry, Stage, Value
from bot.text import joined

Sums = Mapping[str, int]
FINE = 1_000_000
"""Sums of money are kept in such parts of their unit."""
STARVES = timedelta(days=30)
"""A goal that found nothing for so long is said."""
MID_MONTH = 15


class Period(Enum):
    WEEK = 7
    MONTH = 30
    YEAR = 365

    @property
    def span(self) -> timedelta:
        return timedelta(days=self.value)

    @property
    def words(self) -> str:
        return "year" if self is Period.YEAR else f"{self.value} days"


@dataclass(frozen=True, slots=True)
class Fact:
    """That something happened once, or so much of it."""

    at: datetime
    what: str
    count: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """All that the reports are made from."""

    items: Mapping[int, Item]
    entries: Sequence[LedgerEntry]
    months: Mapping[str, Sums]
    """What is left of opportunities that were removed: by month, "2025-11"."""

    def facts(self) -> list[Fact]:
        histories = _histories(self.entries)
        return [fact for id_, item in self.items.items() for fact in facts(item, histories.get(id_, ()))]

    @property
    def begins_at(self) -> datetime | None:
        return min((entry.at for entry in self.entries), default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    period: Period
    until: datetime
    now: Sums
    before: Sums | None
    """Of the time before, as long; None when the bot is younger."""
    starving: tuple[str, ...] = ()
    """Goals that found nothing for so long."""


# -- from the ledger to sums ---------------------------------------------------------------------------------------


def facts(item: Item, entries: Iterable[LedgerEntry]) -> Iterator[Fact]:
    """Of one opportunity, from those of its entries that count."""
    first: dict[Event, datetime] = {}
    for entry in entries:
        first.setdefault(entry.event, entry.at)
    for event in (Event.FOUND, Event.SHOWN):
        if event in first:
            yield Fact(first[event], event.value)
    if acted_at := _acted_at(first):
        yield Fact(acted_at, "acted")
        if item.opportunity.judgement.new_voice:
            yield Fact(acted_at, "voices")
        if not item.standing.outcomes:
            yield Fact(acted_at, "untold")
    if Event.MISSED in first:
        yield Fact(first[Event.MISSED], "missed")
    yield from _came_of(item)


def _acted_at(first: Mapping[Event, datetime]) -> datetime | None:
    """An answer on the network counts where the bot had shown the item."""
    answered = first.get(Event.ANSWERED)
    if answered and answered < first.get(Event.SHOWN, answered + timedelta(1)):
        answered = None
    return min(filter(None, (first.get(Event.DONE), answered, first.get(Event.OUTCOME))), default=None)


def _came_of(item: Item) -> Iterator[Fact]:
    told = item.standing.outcomes
    judgement = item.opportunity.judgement
    wins = [each for each in told if each.outcome.stage is Stage.WON]
    if told and not wins:
        yield Fact(told[-1].at, told[-1].outcome.stage.value)
    if wins:
        yield Fact(wins[0].at, "led")
    for each in wins:
        yield Fact(each.at, "won")
        yield Fact(each.at, f"value {each.outcome.value}")
        yield Fact(each.at, f"kind {judgement.kind}")
        yield Fact(each.at, f"from {item.opportunity.network}")
        if judgement.goal:
            yield Fact(each.at, f"goal {judgement.goal}")
        if amount := each.outcome.amount:
            yield Fact(each.at, f"sum {amount.currency}", int(amount.value * FINE))


def _histories(entries: Iterable[LedgerEntry]) -> dict[int, list[LedgerEntry]]:
    found: dict[int, list[LedgerEntry]] = {}
    for entry in counting(entries):
        if entry.opportunity is not None:
            found.setdefault(entry.opportunity, []).append(entry)
    return found


def by_month(found: Iterable[Fact], zone: tzinfo) -> dict[str, Counter[str]]:
    """What is kept of opportunities that go."""
    months: dict[str, Counter[str]] = {}
    for fact in found:
        months.setdefault(f"{fact.at.astimezone(zone):%Y-%m}", Counter())[fact.what] += fact.count
    return months


def summed(ledger: Ledger, since: datetime, until: datetime) -> Counter[str]:
    """From `since` to before `until`; a month that is only left as sums counts whole where its middle falls."""
    sums: Counter[str] = Counter()
    for fact in ledger.facts():
        if since <= fact.at < until:
            sums[fact.what] += fact.count
    for month, counted in ledger.months.items():
        if since.date() <= date.fromisoformat(f"{month}-{MID_MONTH}") < until.date():
            sums.update(counted)
    return sums


def totals(ledger: Ledger) -> Counter[str]:
    """Of all time that is kept."""
    sums: Counter[str] = Counter()
    for fact in ledger.facts():
        sums[fact.what] += fact.count
    return sums


def report(ledger: Ledger, period: Period, goals: Iterable[Goal], now: datetime) -> Report:
    until = now + timedelta(microseconds=1)  # what was done this very moment is done
    since = until - period.span
    begins = ledger.begins_at
    is_comparable = bool(ledger.months) or (begins is not None and begins <= since - period.span / 2)
    return Report(
        period=period,
        until=now,
        now=summed(ledger, since, until),
        before=summed(ledger, since - period.span, since) if is_comparable else None,
        starving=starving(ledger, goals, now),
    )


def starving(ledger: Ledger, goals: Iterable[Goal], now: datetime) -> tuple[str, ...]:
    """Goals that found nothing for long; none before the bot has looked for so long itself."""
    begins = ledger.begins_at
    if begins is None or now - begins < STARVES:
        return ()
    late = {
        item.opportunity.judgement.goal for item in ledger.items.values() if now - item.opportunity.found_at < STARVES
    }
    return tuple(g.name for g in goals if g.name not in late and (g.until is None or g.until >= now.date()))


# -- in words ------------------------------------------------------------------------------------------------------


def worded(told: Report, zone: tzinfo, fits: Callable[[str], bool]) -> str:
    """In one message: what matters least is left out first."""
    lines = _lines(told, zone)
    for dropped in ((), *(DROPPED[: count + 1] for count in range(len(DROPPED))), tuple(lines)[2:]):
        text = "\n".join(line for name, line in lines.items() if line and name not in dropped)
        if fits(text):
            return text
    return lines["head"]


DROPPED = ("voices", "best", "rate", "missed")


def _lines(told: Report, zone: tzinfo) -> dict[str, str]:
    sums = told.now
    voices = sums.get("voices", 0)
    return {
        "head": f"Your last {told.period.words}, to {digest.day(told.until, zone)}",
        "far": how_far(sums),
        "won": came_of_it(sums),
        "rate": _rate(sums),
        "best": _best(sums),
        "voices": f"New voices answered: {voices}." if voices else "",
        "missed": _missed(sums),
        "starving": starved(told.starving),
        "before": _compared(told),
    }


def how_far(sums: Sums) -> str:
    found, shown, acted, led = (sums.get(key, 0) for key in ("found", "shown", "acted", "led"))
    if not (found or shown or acted or led):
        return "Nothing was found or done."
    return f"Found {found}, shown {shown}, acted on {acted}; something came of {led or 'none'}."


def came_of_it(sums: Sums) -> str:
    """Like "Came of it: 2 social and 1 money (520 EUR); on the way: 1 talking; nothing came of 1."."""
    won = [f"{count} {value}" for value in Value if (count := sums.get(f"value {value}", 0))]
    earned = [money.spoken(_amount(key, count)) for key, count in sorted(sums.items()) if key.startswith("sum ")]
    if earned:
        won[-1] += f" ({joined(earned)})"
    stages = ((Stage.WORKING, "working"), (Stage.TALKING, "talking"), (Stage.WAITING, "waiting"))
    on_the_way = [f"{count} {word}" for stage, word in stages if (count := sums.get(stage.value, 0))]
    parts = [
        joined(won) if won else "",
        f"on the way: {joined(on_the_way)}" if on_the_way else "",
        f"nothing came of {sums[Stage.NOTHING.value]}" if sums.get(Stage.NOTHING.value) else "",
    ]
    said = "; ".join(filter(None, parts))
    untold = f"Of {sums['untold']} I do not know yet." if sums.get("untold") else ""
    return " ".join(filter(None, (f"Came of it: {said}." if said else "", untold)))


def _amount(key: str, count: int) -> Amount:
    return Amount(value=Decimal(count) / FINE, currency=key.removeprefix("sum "))


A_RATE = 10
"""Of fewer that were shown a rate says nothing."""


def _rate(sums: Sums) -> str:
    shown, led = sums.get("shown", 0), sums.get("led", 0)
    return f"Of ten shown, {led * 10 / shown:.1f} led to something.".replace(".0 ", " ") if shown >= A_RATE else ""


def _best(sums: Sums) -> str:
    """Like "Most of it came from questions, for orchards, on kelp."."""
    networks = sum(key.startswith("from ") for key in sums)
    kind = _most(sums, "kind")
    begun = f"came from {SEVERAL.get(Kind(kind), f'{kind}s')}" if kind else ""
    best = [begun, _most(sums, "goal", "for "), _most(sums, "from", "on ") if networks > 1 else ""]
    return f"Most of it {'' if kind else 'was '}{', '.join(filter(None, best))}." if any(best) else ""


SEVERAL = {Kind.WORK: "work", Kind.HELP: "help", Kind.KNOWLEDGE: "what people know"}
"""Of what has no plural."""


def _most(sums: Sums, of: str, before: str = "") -> str:
    counted = {key.removeprefix(f"{of} "): count for key, count in sums.items() if key.startswith(f"{of} ")}
    if not counted:
        return ""
    ranked = sorted(counted, key=lambda each: -counted[each])
    is_tied = len(ranked) > 1 and counted[ranked[0]] == counted[ranked[1]]
    return "" if is_tied else f"{before}{ranked[0]}"


def _missed(sums: Sums) -> str:
    """Like "You told me of 2 that I missed; 7 I showed of myself."; what was put on the list is among those shown."""
    missed = sums.get("missed", 0)
    own = max(sums.get("shown", 0) - missed, 0)
    return f"You told me of {missed} that I missed; {own or 'none'} I showed of myself." if missed else ""


def starved(goals: Sequence[str]) -> str:
    return f"Nothing found in 30 days for {joined(goals)}." if goals else ""


def _compared(told: Report) -> str:
    if told.before is None:
        return "There is no time before it to compare with yet."
    before = f"the {told.period.words} before"
    said = [_more_or_less(told.now.get(key, 0), told.before.get(key, 0)) for key in ("shown", "acted", "led")]
    if set(said) == {"as many"}:
        return f"Much as in {before}."
    words = [f"{word} {what}" for word, what in zip(said, ("shown", "acted on", "came to something"), strict=True)]
    return f"Compared with {before}: {', '.join(words)}."


ALIKE = 0.1


def _more_or_less(now: int, before: int) -> str:
    if abs(now - before) <= ALIKE * max(now, before):
        return "as many"
    return "more" if now > before else "fewer"
