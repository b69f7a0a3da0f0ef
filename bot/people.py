"""Who writes to the owner: when and how often, never what. Numbers about two people, not about an audience.

    a post -> remembered -> is_in_circle -> circle: who is new, who fell silent

The circle is those with whom the owner has a two-way exchange, on several days. It is never ranked.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo

from bot.finding.case import Case
from bot.models import Person, Thread

SEVERAL = 2
"""Days on which each of the two wrote, before they are in the circle."""
NEW_FOR = timedelta(days=30)
GAPS_OF_SILENCE = 3
SHORTEST_SILENCE = timedelta(days=14)


@dataclass(frozen=True, slots=True, kw_only=True)
class Circle:
    """What the owner's config says about it."""

    size: int = 150
    watch: tuple[str, ...] = ()
    """Handles of those who are never to go unanswered."""


# -- what is remembered ------------------------------------------------------------------------------------------------


def remembered(case: Case, *, zone: tzinfo, goal: str | None) -> Person:
    """The person after this post. A day counts once, by the owner's calendar."""
    account, before, at = case.post.author, case.person, case.post.posted_at
    if before is None:
        before = Person(id=account.id, name=account.name, handle=account.handle, first_at=at, latest_at=at)
        is_new_day = True
    else:
        is_new_day = at.astimezone(zone).date() > before.latest_at.astimezone(zone).date()
    person = replace(
        before,
        name=account.name,
        handle=account.handle,
        latest_at=max(at, before.latest_at),
        days=before.days + is_new_day,
        posts=before.posts + 1,
        answered=before.answered + _follows_an_answer(case),
        goals=_counted(before.goals, goal),
    )
    return joined(answered_in(case.thread, account.id, person, case.owners, zone), case.now)


def answered_in(thread: Thread, account: str, person: Person, owners: frozenset[str], zone: tzinfo) -> Person:
    """With what the owner wrote to them in this thread since it was last looked at."""
    authors = {post.id: post.author.id for post in thread.posts}
    times = [
        post.posted_at
        for post in thread.posts
        if post.author.id in owners and account in {post.reply_to_author, authors.get(post.reply_to or "")}
    ]
    latest = person.owner_latest_at
    fresh = [at for at in times if latest is None or at > latest]
    if not fresh:
        return person
    days = {at.astimezone(zone).date() for at in fresh} - ({latest.astimezone(zone).date()} if latest else set())
    return replace(person, owner_days=person.owner_days + len(days), owner_latest_at=max(fresh))


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
