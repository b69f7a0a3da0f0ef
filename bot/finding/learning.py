"""What the owner's answers teach: how much more or less a claim counts for this owner than it does for anybody.

    entries that count -> lessons (one for each word of the owner's) -> learnt: a shift of each term -> signals
                                                                             and what breaks a quiet day

Bayesian logistic regression whose prior is what the bot knew before (`scoring.WEIGHTS`, the shifts being zero): a
lesson moves a term only as far as it surprises, against a prior that is strong. Nothing here is ever stored. It is
computed anew from the ledger, so what is undone was never learnt; a silent owner teaches nothing.

A word acts in what it names and in nothing else: `no topic` on the goal, `no person` on that one person, `no kind` on
the kind, `late` on waiting, `spam` on doubt. A bare `no` acts on what was said of the item, never on the person.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from math import exp

from bot import opinion
from bot.finding.scoring import ALARM, BECAUSE, WEIGHTS, strength
from bot.finding.ties import TIES
from bot.ledger import counting
from bot.models import Event, Judgement, LedgerEntry, Opportunity, Signal, Stage, Strength

Terms = Mapping[str, float]
"""The parts of an item that a lesson acts on: heads by their names, "topic book", "kind question", "person …", "waits",
and what is common to all lessons, ""."""

HALF_LIFE = timedelta(days=180)
"""After so long a lesson counts half: tastes change, and nobody is held to one bad day."""
_EVEN = 3.0
"""So many points of a score are one of log-odds: a score ranks for anybody, and does not know who answers what. To take
it at its word makes every refusal a great surprise, and all that the refused had in common fall."""
_PRIOR, _SPREAD = 60.0, 0.3
"""Precision of the prior on heads, as log-odds, in units of how much they differ between posts. Ten times
as much learns too slowly, a tenth is no better (evals/README.md)."""
_MOST_WAITED = 7.0
_FASTEST_FADE = 0.25
_EASIER, _HARDER = -0.4, 0.8
"""How far the level of a day that is worth a message may move from ALARM."""
_HALFWAY = 30
"""So many answers move it half as far as they say."""
_RAISED, _LOWERED = ALARM + _EASIER - 0.3, -3.0
"""All that is learnt of one item lies between: what is worth next to nothing never becomes an alarm by it."""
_LEAST = 0.02
_SWEEPS, _EXACT = 300, 1e-3
_OF_ANSWERS = 2
"""So many heads are named in the one signal that sums them up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sort:
    """How one sort of terms may move."""

    prior: float
    lowest: float
    highest: float


_HEADS = _Sort(prior=_PRIOR * _SPREAD**2 / _EVEN**2, lowest=-1.5, highest=1.5)
_SORTS: Mapping[str, _Sort] = {
    "topic": _Sort(prior=0.5, lowest=-1.0, highest=1.0),
    "kind": _Sort(prior=0.5, lowest=-1.0, highest=1.0),
    "person": _Sort(prior=0.5, lowest=-1.5, highest=1.5),
    "waits": _Sort(prior=5.0, lowest=-_FASTEST_FADE, highest=0.0),
    "": _Sort(prior=0.01, lowest=-20.0, highest=20.0),
}


def _sort(name: str) -> _Sort:
    """A head may move so far at most, or by half of what it counts where that is more."""
    if found := _SORTS.get(name.partition(" ")[0]):
        return found
    most = max(_HEADS.highest, abs(WEIGHTS.get(name, 0.0)) / 2)
    return replace(_HEADS, lowest=-most, highest=most)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesson:
    """One word of the owner's about one item."""

    at: datetime
    liked: bool
    terms: Terms
    score: float
    """What the item came to before anything was learnt."""
    counts: float = 1.0


# -- words -> lessons --------------------------------------------------------------------------------------------------

_GOOD: Mapping[Event, float] = {Event.DONE: 1.0, Event.YES: 1.0, Event.MISSED: 1.0, Event.OUTCOME: 2.0}
_CLOSING = frozenset({Event.DONE, Event.NO})
"""Of these the owner's last word holds."""

_MEANS: Mapping[str, Callable[[Opportunity, LedgerEntry], Terms]] = {
    "topic": lambda item, _: {_topic(item.judgement): 1.0},
    "person": lambda item, _: {f"person {item.person}": 1.0},
    "kind": lambda item, _: {f"kind {item.judgement.kind}": 1.0},
    "late": lambda item, said: {"waits": _days(item.found_at, said.at)},
    "spam": lambda item, _: {"is_doubtful": item.judgement.heads.get("is_doubtful", 0.0)},
    "": lambda item, _: _said_of(item),
}


def lessons(entries: Iterable[LedgerEntry], opportunities: Mapping[int, Opportunity], until: datetime) -> list[Lesson]:
    """What the owner said before `until`, and has not taken back since."""
    said: dict[tuple[int, str], LedgerEntry] = {}
    for entry in counting(entries):
        item = opportunities.get(entry.opportunity or 0)
        if item is not None and item.person and entry.at < until and _teaches(entry):
            said[item.id, "" if entry.event in _CLOSING else entry.event] = entry
    return [_lesson(entry, opportunities[ident]) for (ident, _), entry in said.items()]


def _teaches(entry: LedgerEntry) -> bool:
    if entry.event is Event.OUTCOME:
        return entry.outcome is not None and entry.outcome.stage is Stage.WON
    return entry.event in _GOOD or entry.event is Event.NO


def _lesson(entry: LedgerEntry, item: Opportunity) -> Lesson:
    liked = entry.event is not Event.NO
    terms = {**_said_of(item), f"person {item.person}": 1.0} if liked else _MEANS[entry.respect](item, entry)
    if entry.at < item.found_at:  # said of an earlier post in this thread, of which no number is left
        terms = {name: value for name, value in terms.items() if name.startswith("person ")}
    own = [each.weight for each in item.judgement.signals if each.name in BECAUSE]
    return Lesson(at=entry.at, liked=liked, terms=terms, score=sum(own), counts=_GOOD.get(entry.event, 1.0))


def _said_of(item: Opportunity) -> Terms:
    judgement = item.judgement
    return {"": 1.0, **judgement.heads, _topic(judgement): 1.0, f"kind {judgement.kind}": 1.0}


def _topic(judgement: Judgement) -> str:
    return f"topic {judgement.goal or ''}"


def _days(since: datetime, now: datetime) -> float:
    return min(_MOST_WAITED, max(0.0, (now - since) / timedelta(days=1)))


# -- lessons -> shifts -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Learnt:
    """What all answers of the owner together have taught until a day; `shifts` are what each term counts more."""

    at: datetime | None = None
    shifts: Mapping[str, float] = field(default_factory=dict)
    lessons: int = 0
    alarm: float = ALARM
    """What makes a day worth a message to this owner: below it the day is quiet."""

    def applied(self, judgement: Judgement, person: str, found_at: datetime | None = None) -> Judgement:
        """With what is learnt now in place of what was learnt before; the score stays the sum of the signals."""
        plain = without(judgement)
        found = self._signals(plain, person, found_at)
        if not found:
            return plain
        signals = (*plain.signals, *found)
        return replace(plain, signals=signals, strength=_strength(signals))

    def _signals(self, judgement: Judgement, person: str, found_at: datetime | None) -> list[Signal]:
        kind, goal = judgement.kind, judgement.goal
        days = _days(found_at, self.at) if found_at and self.at else 0.0
        topic = f"things for {goal}" if goal else "things that serve none of your goals"
        found = [
            self._of("learnt_topic", _topic(judgement), _both(topic)),
            self._of("learnt_kind", f"kind {kind}", _both(f"things of this kind ({kind})")),
            self._of("learnt_person", f"person {person}", _both("what they write", "for now")),
            self._of("learnt_late", "waits", ("", "you said that things came too late: what waits counts less"), days),
            self._of_heads(judgement.heads),
        ]
        told = [each for each in found if abs(each.weight) >= _LEAST]
        total = sum(each.weight for each in told)
        within = min(_RAISED, max(_LOWERED, total)) / total if total else 1.0
        return [replace(each, weight=round(each.weight * within, 3)) for each in told]

    def _of(self, name: str, term: str, because: tuple[str, str], value: float = 1.0) -> Signal:
        weight = self.shifts.get(term, 0.0) * value
        return Signal(name=name, weight=weight, because=because[weight < 0])

    def _of_heads(self, heads: Terms) -> Signal:
        moved = {name: self.shifts.get(name, 0.0) * value for name, value in heads.items()}
        total = sum(moved.values())
        same = [name for name in moved if moved[name] * total > 0]
        largest = sorted(same, key=lambda name: -abs(moved[name]))[:_OF_ANSWERS]
        way = "for" if total > 0 else "against"
        because = f"going by your answers, it speaks {way} it that {' and that '.join(map(_reason, largest))}"
        return Signal(name="learnt_weights", weight=total, because=because)


NOTHING = Learnt()


def without(judgement: Judgement) -> Judgement:
    """As it was judged, before anything learnt."""
    plain = tuple(each for each in judgement.signals if not each.name.startswith("learnt_"))
    if len(plain) == len(judgement.signals):
        return judgement
    return replace(judgement, signals=plain, strength=_strength(plain))


def _strength(signals: Iterable[Signal]) -> Strength:
    """Of what is known here: an opinion from elsewhere orders, no more."""
    return strength(sum(each.weight for each in signals if each.name != opinion.NAME))


def _both(what: str, also: str = "") -> tuple[str, str]:
    """What is said when it was raised, and when it was lowered."""
    end = f" {also}" if also else ""
    it = "it counts" if what.startswith("what") else "they count"
    return f"you took up {what}: {it} more{end}", f"you said no to {what}: {it} less{end}"


def _reason(name: str) -> str:
    return TIES[name][1] if name in TIES else BECAUSE[name]


def learn(lessons: Sequence[Lesson], now: datetime, caution: float = 1.0) -> Learnt:
    """The shifts that make what the owner said the likeliest, paying for every step away from nothing.

    One term after the other by its own Newton step within its bounds, until none moves: the optimum is the only one,
    in whatever order. A lesson counts half as much after HALF_LIFE. `caution` is by how much the prior is stronger.
    """
    columns: dict[str, list[tuple[int, float]]] = defaultdict(list)
    for row, lesson in enumerate(lessons):
        for name, value in lesson.terms.items():
            if value:
                columns[name].append((row, value / _EVEN))
    counts = [lesson.counts * 0.5 ** (max(now - lesson.at, timedelta()) / HALF_LIFE) for lesson in lessons]
    odds = [(lesson.score - ALARM) / _EVEN for lesson in lessons]
    sorts = {name: replace(sort, prior=caution * sort.prior) for name in columns for sort in [_sort(name)]}
    shifts = dict.fromkeys(columns, 0.0)
    for _ in range(_SWEEPS):
        moved = 0.0
        for name, column in columns.items():
            errors = [(counts[row], 1.0 / (1.0 + exp(-odds[row])) - lessons[row].liked, value) for row, value in column]
            step = _step(sorts[name], shifts[name], errors)
            shifts[name] += step
            for row, value in column:
                odds[row] += step * value
            moved = max(moved, abs(step))
        if moved < _EXACT:
            break
    readiness = shifts.pop("", 0.0)
    answers = sum(count for count, lesson in zip(counts, lessons, strict=True) if "" in lesson.terms)
    return Learnt(
        at=now,
        shifts={name: shift for name, shift in shifts.items() if shift},
        lessons=len(lessons),
        alarm=_alarm(readiness, answers),
    )


def _alarm(readiness: float, answers: float) -> float:
    """Where this owner takes things up as often as not: how readily they say yes at all moves no item, but the day.

    Few answers hardly count, and many lose their weight in time like any lesson.
    """
    return ALARM + min(_HARDER, max(_EASIER, -readiness)) * answers / (answers + _HALFWAY)


def _step(sort: _Sort, shift: float, errors: Iterable[tuple[float, float, float]]) -> float:
    """Of one term, given how far off each of its lessons is: (counts, off by, value)."""
    slope, curve = sort.prior * shift, sort.prior
    for counts, off, value in errors:
        slope += counts * off * value
        curve += counts * value * value / 4.0  # the most it can be, so that no step goes too far
    return min(sort.highest, max(sort.lowest, shift - slope / curve)) - shift
