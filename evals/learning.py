"""What is learnt from an owner's answers, in their order: `python -m evals learning evals/training/*.jsonl`.

An invented owner has a taste that the bot does not know: kinds that they like, a goal that they are tired of, people
with whom they talk. Each day some sixteen texts of the training set arrive, from people who come back or do not, and
the owner answers a few. Every ranking is asked for its first five; right is what the owner answers. The learner hears
of what it showed alone: `done`, sometimes `yes`, a `no` with or without what was wrong, and often nothing. Its ledger
is a real one. The figures say no more than this: a taste that can be learnt is learnt, and a strong prior does no harm.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from math import exp
from pathlib import Path
from random import Random
from statistics import pstdev
from typing import Any

from bot import people
from bot.finding.case import Case
from bot.finding.learning import NOTHING, Learnt, learn, lessons
from bot.finding.reading import Reading, blank
from bot.finding.scoring import BAR, judge
from bot.models import (
    Account,
    Aim,
    Event,
    Goal,
    Judgement,
    LedgerEntry,
    NotificationKind,
    Opportunity,
    Person,
    Post,
    Relationship,
    Thread,
    Visibility,
)
from bot.opportunities import opportunity
from bot.reader import Reader, is_available
from evals.metrics import precision_at

DAYS, A_DAY, PEOPLE, OWNERS = 200, 16, 60, 4
SHOWN, FIRST = 3, 5
REFITTED = 5
"""Days; the bot does so each day, which takes a measurement of six thousand posts an hour."""
_BEGINS = datetime(2026, 1, 1, 18, tzinfo=UTC)
_DAY = timedelta(days=1)
_ME = Account(id="x:owner", handle="owner.example", name="Owner")
_TRADES = 4
_SORTS: Mapping[str, str] = {
    "together": "open", "has": "open", "joins": "open", "helps": "open", "needs": "open",
    "work": "work", "invites": "work", "introduces": "open", "asks": "ask", "knows": "know", "corrects": "know",
    "deepens": "know",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """A post that reached the owner, as it was judged cold, and whether the owner answers it."""

    at: datetime
    person: str
    judged: Judgement
    item: Opportunity
    odds: float
    """Of the taste itself, which no ranking sees: how far one could get."""
    wrong: str
    """What the owner would say is wrong with it."""
    is_answered: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _Taste:
    sorts: Mapping[str, float]
    goals: Mapping[str, float]
    people: Mapping[str, float]
    going_on: float

    def odds(self, row: Mapping[str, Any], person: str, *, goes_on: bool) -> float:
        sort = _SORTS.get(row["act"], "chat")
        odds: float = (
            -3.4
            + 0.55 * row["grade"]
            + self.sorts[sort]
            + self.goals.get(row["trade"], 0.0)
            + self.people[person]
            + self.going_on * goes_on
        )
        return odds

    def wrong(self, row: Mapping[str, Any], person: str) -> str:
        """The worst of it, where that is bad enough to be named."""
        bad = {
            "topic": self.goals.get(row["trade"], 0.0),
            "person": self.people[person],
            "kind": self.sorts[_SORTS.get(row["act"], "chat")],
        }
        worst = min(bad, key=lambda name: bad[name])
        return worst if bad[worst] < -0.8 else ""


def run(paths: Sequence[Path]) -> None:
    rows = [json.loads(line) for path in paths for line in path.read_text(encoding="utf-8").splitlines() if line]
    read = _remembering(Reader().read) if is_available() else lambda case, _: blank(case.post.text)
    print(f"{OWNERS} owners, {DAYS} days of {A_DAY} posts; p@{FIRST} of what the owner answers, by fifty days")
    table: dict[str, list[list[float]]] = defaultdict(list)
    everything: list[Arrival] = []
    for seed in range(OWNERS):
        days = list(_life(rows, Random(seed), read))
        everything += [each for events in days for each in events]
        for name, ranking in RANKINGS.items():
            table[name].append(ranking(days, Random(seed)))
    found = [each.judged.score for each in everything if each.judged.score >= BAR]
    print(f"standard deviation of the scores of what is found: {pstdev(found):.2f}")
    for name, runs in table.items():
        quarters = [_mean(value for run_ in runs for value in run_[at : at + 50]) for at in range(0, DAYS, 50)]
        whole = _mean(value for run_ in runs for value in run_)
        print(f"{name:44}{whole:7.3f}   " + "".join(f"{each:7.3f}" for each in quarters))


def _remembering(read: Callable[[Case], Reading]) -> Callable[[Case, str], Reading]:
    """The same text below the same post is read once."""
    known: dict[str, Reading] = {}

    def remembered(case: Case, key: str) -> Reading:
        if key not in known:
            known[key] = read(case)
        return known[key]

    return remembered


# -- the owner and the people ------------------------------------------------------------------------------------------


def _life(
    rows: Sequence[Mapping[str, Any]], luck: Random, read: Callable[[Case, str], Reading]
) -> Iterator[list[Arrival]]:
    trades = luck.sample(sorted({row["trade"] for row in rows if row["lang"] in {"en", "de"}}), _TRADES)
    own = [row for row in rows if row["trade"] in trades]
    goals = tuple(Goal(name=f"g{n}", want=_goal(own, trade), kind=Aim.COLLABORATE) for n, trade in enumerate(trades))
    names = [f"p{n}" for n in range(PEOPLE)]
    often = [luck.paretovariate(1.1) for _ in names]
    taste = _Taste(
        sorts={sort: luck.gauss(0.0, 1.0) for sort in ("open", "work", "ask", "know", "chat")},
        goals=dict(zip(trades, [luck.gauss(0.0, 1.2) for _ in trades], strict=True)),
        people={name: luck.gauss(0.0, 1.2) for name in names},
        going_on=1.5,
    )
    known: dict[str, Person] = {}
    open_talks: dict[str, Post] = {}
    for day in range(DAYS):
        events = []
        for _ in range(A_DAY):
            who = luck.choices(names, often)[0]
            row = luck.choice(own if luck.random() < 0.6 else rows)
            at = _BEGINS + day * _DAY - timedelta(minutes=luck.randrange(1, 1300))
            talk = open_talks.pop(who, None) if luck.random() < 0.5 else None
            case = _case(row, at, _above(row, who, at, talk), known.get(who), goals, who=who)
            goes_on = case.parent is not None and case.parent.reply_to_author == case.author
            odds = taste.odds(row, who, goes_on=goes_on)
            is_answered = luck.random() < 1.0 / (1.0 + exp(-odds))
            event = _event(case, read(case, f"{row['id']} {trades}"), odds, taste.wrong(row, who))
            event = replace(event, is_answered=is_answered) if event else None
            known[who], talk = _after(case, is_answered=is_answered)
            if talk:
                open_talks[who] = talk
            if event:
                events.append(event)
        yield events


def _goal(rows: Sequence[Mapping[str, Any]], trade: str) -> str:
    return str(next(row["goal"] for row in rows if row["trade"] == trade))


def _account(who: str) -> Account:
    return Account(id=f"x:{who}", handle=f"{who}.example", name=who)


def _above(row: Mapping[str, Any], who: str, at: datetime, talk: Post | None) -> list[Post]:
    """The owner's post that the text was written for; in a talk that goes on, as the owner's reply to them."""
    them = _account(who)
    if talk is not None:
        first = Post(id="up", author=them, text="…", posted_at=talk.posted_at - _DAY / 24, link="")
        return [first, replace(talk, id="above", text=row["parent"] or talk.text, reply_to="up")]
    return [Post(id="above", author=_ME, text=row["parent"], posted_at=at - _DAY / 3, link="")] if row["parent"] else []


def _case(
    row: Mapping[str, Any],
    at: datetime,
    before: list[Post],
    person: Person | None,
    goals: tuple[Goal, ...],
    *,
    who: str,
) -> Case:
    them = _account(who)
    post = Post(
        id=f"{who} {at.isoformat()}",
        author=them,
        text=row["text"],
        posted_at=at,
        link="",
        reply_to="above" if before else None,
        reply_to_author=_ME.id if before else None,
        mentions=(_ME.id,),
    )
    return Case(
        post=post,
        kind=NotificationKind.REPLY if before else NotificationKind.MENTION,
        thread=Thread(posts=(*before, post)),
        owners=frozenset({_ME.id}),
        names=("Owner",),
        relationship=Relationship(),
        person=person,
        goals=goals,
        now=at,
        today=at.date(),
    )


def _event(case: Case, reading: Reading, odds: float, wrong: str) -> Arrival | None:
    judged = judge(case, reading)
    if not isinstance(judged, Judgement):
        return None
    item = opportunity(
        case.post, case.thread, judged, ident=0, network="x", owners=case.owners, now=case.now, signature=0
    )
    at = case.post.posted_at
    return Arrival(
        at=at, person=case.author, judged=judged, item=replace(item, visibility=Visibility.PUBLIC),
        odds=odds, wrong=wrong,
    )  # fmt: skip


def _after(case: Case, *, is_answered: bool) -> tuple[Person, Post | None]:
    """What is remembered of them, and the owner's reply."""
    at = case.post.posted_at
    before = people.remembered(case, case.person, zone=UTC, goal=None)
    if not is_answered:
        return before, None
    reply = Post(
        id="r", author=_ME, text="Tell me more.", posted_at=at + _DAY / 12, link="", reply_to=case.post.id,
        reply_to_author=case.author,
    )  # fmt: skip
    thread = Thread(posts=(*case.thread.posts, reply))
    return people.answered_in(thread, case.author, before, case.owners, UTC), reply


# -- rankings ----------------------------------------------------------------------------------------------------------

Days = Sequence[Sequence[Arrival]]


def _first(events: Sequence[Arrival], scores: Sequence[float]) -> float:
    return precision_at(FIRST, scores, [each.is_answered for each in events])


def _by_chance(days: Days, luck: Random) -> list[float]:
    return [_first(events, [luck.random() for _ in events]) for events in days]


def _cold(days: Days, _: Random) -> list[float]:
    return [_first(events, [each.judged.score for each in events]) for events in days]


def _knowing(days: Days, _: Random) -> list[float]:
    return [_first(events, [each.odds for each in events]) for events in days]


def _learning(*, shown: int, silent: float, caution: float = 1.0) -> Callable[[Days, Random], list[float]]:
    """With so many items shown a day, of which the owner leaves that share without a word."""

    def ranked(days: Days, luck: Random) -> list[float]:
        ledger: list[LedgerEntry] = []
        kept: dict[int, Opportunity] = {}
        found = []
        learnt = NOTHING
        for day, events in enumerate(days):
            now = _BEGINS + day * _DAY
            if day % REFITTED == 0:
                learnt = learn(lessons(ledger, kept, now), now, caution)
            scores = [_score(learnt, each) for each in events]
            found.append(_first(events, scores))
            for place in sorted(range(len(events)), key=lambda at: -scores[at])[:shown]:
                if luck.random() >= silent:
                    ident = len(kept) + 1
                    kept[ident] = replace(events[place].item, id=ident)
                    ledger.append(_said(events[place], ident, now, luck))
        return found

    return ranked


def _score(learnt: Learnt, event: Arrival) -> float:
    return learnt.applied(event.judged, event.person).score


def _said(event: Arrival, ident: int, now: datetime, luck: Random) -> LedgerEntry:
    if event.is_answered:
        how = Event.YES if luck.random() < 0.2 else Event.DONE
        return LedgerEntry(at=now, event=how, cause=f"m{ident}", opportunity=ident)
    wrong = event.wrong if luck.random() < 0.6 else ""
    return LedgerEntry(at=now, event=Event.NO, cause=f"m{ident}", opportunity=ident, respect=wrong)


RANKINGS: Mapping[str, Callable[[Days, Random], list[float]]] = {
    "by chance": _by_chance,
    "cold": _cold,
    "learning, 3 shown, a third left in silence": _learning(shown=SHOWN, silent=0.33),
    "learning, 5 shown, a word about each": _learning(shown=FIRST, silent=0.0),
    "the same with a tenth of the prior": _learning(shown=FIRST, silent=0.0, caution=0.1),
    "the same with ten times the prior": _learning(shown=FIRST, silent=0.0, caution=10.0),
    "who knows the taste": _knowing,
}


def _mean(values: Iterator[float]) -> float:
    found = list(values)
    return sum(found) / len(found)
