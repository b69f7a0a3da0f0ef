"""A world day by day through the judgement, as the bot would see it, with the world's clock.

Judges each post in its thread as it stands when the digest goes out, remembers people, and chooses.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from types import MappingProxyType

from bot.finding.case import Case
from bot.finding.gate import alike, signature
from bot.finding.scoring import ALARM, BAR, Dismissal, gate, judge
from bot.models import Judgement, Notification, Person, Thread
from bot.people import remembered
from bot.reader import Reader
from evals.world import World

ITEMS = 3
_WAITS = timedelta(days=2)
"""A candidate that found no place may still take one on the next day."""
_FADES = 0.25


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    post: str
    gist: str
    judgement: Judgement


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    shown: Mapping[date, tuple[Shown, ...]]
    verdicts: Mapping[str, Judgement | Dismissal]


def replay(world: World, reader: Reader | None) -> Replay:
    people: dict[str, Person] = {}
    verdicts: dict[str, Judgement | Dismissal] = {}
    shown: dict[date, tuple[Shown, ...]] = {}
    waiting: list[Notification] = []
    done: list[Notification] = []
    queue = list(world.notifications())
    for day in world.days:
        now = world.digest_at(day.date)
        while queue and queue[0].post.posted_at <= now:
            notification = queue.pop(0)
            case = _case(world, notification, people, now)
            verdict = _verdict(world, case, reader)
            verdicts[notification.post.id] = verdict
            goal = verdict.goal if isinstance(verdict, Judgement) else None
            if not isinstance(verdict, Dismissal) or verdict.reason == "answered":
                people[case.author] = remembered(case, zone=world.zone, goal=goal)
            waiting.append(notification)
        picked = _chosen(waiting, verdicts, done, now)
        shown[day.date] = tuple(_shown(each, verdicts) for each in picked)
        done.extend(picked)
        waiting = [each for each in waiting if each not in picked and now - each.post.posted_at < _WAITS]
    return Replay(shown=MappingProxyType(shown), verdicts=MappingProxyType(verdicts))


def cases(world: World, reader: Reader | None) -> Iterator[Case]:
    """Every post that is judged at all, with its surroundings as they are when its digest goes out."""
    people: dict[str, Person] = {}
    for notification in world.notifications():
        case = _case(world, notification, people, world.digest_after(notification.post))
        verdict = _verdict(world, case, reader)
        goal = verdict.goal if isinstance(verdict, Judgement) else None
        if not isinstance(verdict, Dismissal) or verdict.reason == "answered":
            people[case.author] = remembered(case, zone=world.zone, goal=goal)
        if isinstance(verdict, Judgement):
            yield case


def _case(world: World, notification: Notification, people: Mapping[str, Person], now: datetime) -> Case:
    return Case(
        post=notification.post,
        kind=notification.kind,
        thread=world.thread(notification.post, now),
        owners=world.owners,
        names=world.names,
        person=people.get(notification.post.author.id),
        goals=world.goals,
        now=now,
        today=now.astimezone(world.zone).date(),
        copies=_copies(world, notification, now),
    )


def _copies(world: World, notification: Notification, now: datetime) -> int:
    """How many others, on the same network, wrote nearly the same."""
    mine = notification.post
    return len(
        {
            each.author.id
            for each in world.posts.values()
            if each.posted_at <= now
            and each.author.id not in world.owners | {mine.author.id}
            and each.author.name != mine.author.name
            and alike(signature(each.text), signature(mine.text))
        }
    )


def _verdict(world: World, case: Case, reader: Reader | None) -> Judgement | Dismissal:
    if case.author in world.opted_out:
        return Dismissal(reason="opted-out")
    reason = gate(case)
    if reason:
        return Dismissal(reason=reason)
    return judge(case, reader.read(case) if reader else None)


def _chosen(
    waiting: Sequence[Notification],
    verdicts: Mapping[str, Judgement | Dismissal],
    done: Iterable[Notification],
    now: datetime,
) -> list[Notification]:
    def worth(each: Notification) -> float:
        verdict = verdicts[each.post.id]
        if isinstance(verdict, Dismissal):
            return -1.0
        late = max(0, (now - each.post.posted_at).days)
        return verdict.score - _FADES * late

    picked: list[Notification] = []
    if max(map(worth, waiting), default=-1.0) < ALARM:
        return picked
    for each in sorted(waiting, key=worth, reverse=True):
        if worth(each) < BAR or len(picked) == ITEMS:
            break
        is_new = not any(_says_the_same(each, other) for other in done) and not _is_copy(each, waiting)
        if is_new and all(each.post.author.id != other.post.author.id for other in picked):
            picked.append(each)
    return picked


def _is_copy(one: Notification, waiting: Iterable[Notification]) -> bool:
    """The later of two that say the same."""
    return any(_says_the_same(one, each) and each.post.posted_at < one.post.posted_at for each in waiting)


def _says_the_same(one: Notification, other: Notification) -> bool:
    return one is not other and alike(signature(one.post.text), signature(other.post.text))


def _shown(notification: Notification, verdicts: Mapping[str, Judgement | Dismissal]) -> Shown:
    verdict = verdicts[notification.post.id]
    assert isinstance(verdict, Judgement)
    return Shown(post=notification.post.id, gist=verdict.gist, judgement=verdict)


Replayer = Callable[[World, Reader | None], Replay]
__all__ = ["Replay", "Replayer", "Shown", "Thread", "replay"]
