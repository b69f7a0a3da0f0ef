"""Who writes to the owner: when and how often, never what. Numbers about two people, not about an audience.

    a post -> remembered -> is_in_circle -> circle: who is new, who fell silent

The circle is those with whom the owner has a two-way exchange, on several days. It is never ranked.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta, tzinfo

from bot.finding.case import Case
from bot.finding.markers import marks
from bot.finding.scoring import WEIGHTS
from bot.kin import ALONE, Kin, addresses
from bot.models import Account, Person, Post, Signal, Talk, Thread

SEVERAL = 2
"""Days on which each of the two wrote, before they are in the circle."""
NEW_FOR = timedelta(days=30)
GAPS_OF_SILENCE = 3
SHORTEST_SILENCE = timedelta(days=14)
MOST_MET = 100
FIRST_HAND = ("knows_first_hand",)
OFFERS = ("wants_to_make_something_together", "offers_or_needs_help", "answers_your_call", "brings_work")
PROMISES = ("is_promising",)
CLEARLY, PROMISINGLY = 0.3, 0.5
"""So much of what a claim can weigh, before it is remembered of somebody; set on the worlds of evals."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Circle:
    """What the owner's config says about it."""

    size: int = 150
    watch: tuple[str, ...] = ()
    """Handles of those who are never to go unanswered."""
    same_person: tuple[tuple[str, ...], ...] = ()
    """Handles that belong to one person each."""


# -- what is remembered ------------------------------------------------------------------------------------------------


def nobody_yet(account: Account, network: str, at: datetime) -> Person:
    """Before the first post that is remembered."""
    return Person(
        id=account.id,
        name=account.name,
        handle=account.handle,
        first_at=at,
        latest_at=at,
        network=network,
        addresses=addresses(account.bio),
    )


def remembered(
    case: Case,
    before: Person | None,
    *,
    zone: tzinfo,
    goal: str | None,
    network: str = "",
    signals: Sequence[Signal] = (),
    kin: Sequence[Person] = (),
) -> Person:
    """The person after this post. A day counts once, by the owner's calendar, whichever account they wrote from.

    `before`: as they were; `kin`: their other accounts.
    """
    account, at = case.post.author, case.post.posted_at
    own = before or nobody_yet(account, network, at)
    day = _day(at, zone)
    is_new_day = all(day > _day(row.latest_at, zone) for row in (*([before] if before else []), *kin))
    person = replace(
        own,
        name=account.name,
        handle=account.handle,
        network=network or own.network,
        addresses=addresses(account.bio),
        latest_at=max(at, own.latest_at),
        days=own.days + is_new_day,
        posts=own.posts + 1,
        answered=own.answered + _follows_an_answer(case),
        goals=_counted(own.goals, goal),
        talks=_talked(own.talks, goal, at, zone, kin),
        given=own.given + (_claims(signals, (*FIRST_HAND, *OFFERS)) or _claims(signals, PROMISES, PROMISINGLY)),
        first_hand=own.first_hand + _claims(signals, FIRST_HAND),
        offers=own.offers + _claims(signals, OFFERS),
    )
    return joined(answered_in(case.thread, account.id, person, case.owners, zone), case.now)


def _day(at: datetime, zone: tzinfo) -> date:
    return at.astimezone(zone).date()


def _claims(signals: Iterable[Signal], names: Sequence[str], share: float = CLEARLY) -> bool:
    """Whether one of these claims is made clearly."""
    return any(each.name in names and each.weight >= share * WEIGHTS[each.name] for each in signals)


def _talked(
    talks: Mapping[str, Talk], goal: str | None, at: datetime, zone: tzinfo, kin: Sequence[Person]
) -> Mapping[str, Talk]:
    if goal is None:
        return talks
    before = talks.get(goal, Talk(days=0, since=at, latest_at=at))
    counted = [row.talks[goal] for row in kin if goal in row.talks] + ([before] if before.days else [])
    is_new_day = all(_day(at, zone) > _day(talk.latest_at, zone) for talk in counted)
    return {**talks, goal: replace(before, days=before.days + is_new_day, latest_at=max(at, before.latest_at))}


def answered_in(thread: Thread, account: str, person: Person, owners: frozenset[str], zone: tzinfo) -> Person:
    """With what the owner wrote to them in this thread since it was last looked at."""
    authors = {post.id: post.author.id for post in thread.posts}
    latest = person.owner_latest_at
    fresh = [
        post
        for post in thread.posts
        if post.author.id in owners
        and account in {post.reply_to_author, authors.get(post.reply_to or "")}
        and (latest is None or post.posted_at > latest)
    ]
    if not fresh:
        return person
    days = {_day(post.posted_at, zone) for post in fresh} - ({_day(latest, zone)} if latest else set())
    return replace(
        person,
        owner_days=person.owner_days + len(days),
        owner_latest_at=max(post.posted_at for post in fresh),
        owner_asked=person.owner_asked or any(map(_asks, fresh)),
    )


def _asks(post: Post) -> bool:
    """Whether the owner asks them something with it, or proposes something."""
    return any(mark in post.text for mark in "?？") or marks("seeks", post.text) or marks("proposes", post.text)


def joined(person: Person, now: datetime) -> Person:
    """In the circle from now on, if both have written often enough."""
    if person.joined_at is None and min(person.days, person.owner_days) >= SEVERAL:
        return replace(person, joined_at=now)
    return person


def _follows_an_answer(case: Case) -> bool:
    """They came back to a reply that the owner had written to them."""
    parent = case.parent
    return parent is not None and parent.author.id in case.owners and parent.reply_to_author == case.author


def _counted(goals: Mapping[str, int], goal: str | None) -> Mapping[str, int]:
    return goals if goal is None else {**goals, goal: goals.get(goal, 0) + 1}


# -- one person, several accounts -------------------------------------------------------------------------------------


def united(people: Iterable[Person], kin: Kin = ALONE) -> dict[str, Person]:
    """Everybody once, by the account from which they wrote last."""
    rows = {person.id: person for person in people}
    found: dict[str, Person] = {}
    for id_ in sorted(rows, key=lambda each: rows[each].latest_at, reverse=True):
        if not any(each in found for each in kin.of(id_)):
            found[id_] = as_one([rows[id_], *(rows[each] for each in kin.of(id_) - {id_} if each in rows)])
    return found


def as_one(rows: Sequence[Person]) -> Person:
    """What there was with all of somebody's accounts, called as the first is called."""
    first = rows[0]
    if len(rows) == 1:
        return first
    owner_days, days = sum(row.owner_days for row in rows), sum(row.days for row in rows)
    together = min(days, owner_days) >= SEVERAL
    return replace(
        first,
        first_at=min(row.first_at for row in rows),
        latest_at=max(row.latest_at for row in rows),
        days=days,
        posts=sum(row.posts for row in rows),
        answered=sum(row.answered for row in rows),
        goals=dict(sum((Counter(row.goals) for row in rows), Counter())),
        owner_days=owner_days,
        owner_latest_at=max((row.owner_latest_at for row in rows if row.owner_latest_at), default=None),
        joined_at=min(
            (row.joined_at for row in rows if row.joined_at),
            default=max(row.latest_at for row in rows) if together else None,
        ),
        talks=_talks_of(rows),
        given=sum(row.given for row in rows),
        first_hand=sum(row.first_hand for row in rows),
        offers=sum(row.offers for row in rows),
        owner_asked=any(row.owner_asked for row in rows),
        met=tuple(dict.fromkeys(met for row in rows for met in row.met)),
    )


def _talks_of(rows: Sequence[Person]) -> Mapping[str, Talk]:
    found: dict[str, Talk] = {}
    for goal, talk in (pair for row in rows for pair in row.talks.items()):
        other = found.get(goal, talk)
        found[goal] = Talk(
            days=talk.days + (other.days if goal in found else 0),
            since=min(talk.since, other.since),
            latest_at=max(talk.latest_at, other.latest_at),
        )
    return found


def met(person: Person, others: Iterable[str]) -> Person:
    """They were seen to talk with these."""
    return replace(person, met=tuple(dict.fromkeys((*person.met, *sorted(set(others) - {person.id}))))[-MOST_MET:])


def meetings(thread: Thread, owners: frozenset[str]) -> Iterator[tuple[str, str]]:
    """Pairs of whom one answered or named the other, in the owner's sight; the owner is in none."""
    authors = {post.id: post.author.id for post in thread.posts}
    for post in thread.posts:
        spoken_to = {post.reply_to_author, authors.get(post.reply_to or ""), authors.get(post.quotes or "")}
        for other in sorted({each for each in (*spoken_to, *post.mentions) if each} - {post.author.id}):
            if not owners & {post.author.id, other}:
                yield post.author.id, other


# -- the circle --------------------------------------------------------------------------------------------------------


def circle(people: Iterable[Person], size: int) -> list[Person]:
    """Those in it, by name. Of more than it holds, those with whom there was an exchange last."""
    members = sorted((person for person in people if person.joined_at), key=exchanged_at, reverse=True)
    return sorted(members[:size], key=lambda person: (person.name.casefold(), person.id))


def exchanged_at(person: Person) -> datetime:
    """When both had last written."""
    return min(person.latest_at, person.owner_latest_at or person.latest_at)


def usual_gap(person: Person) -> timedelta:
    """Between two days on which they write."""
    return (person.latest_at - person.first_at) / max(person.days - 1, 1)


def is_silent(person: Person, now: datetime) -> bool:
    """Longer than is usual for them."""
    return now - person.latest_at > max(GAPS_OF_SILENCE * usual_gap(person), SHORTEST_SILENCE)


def is_new(person: Person, now: datetime) -> bool:
    return person.joined_at is not None and now - person.joined_at <= NEW_FOR
