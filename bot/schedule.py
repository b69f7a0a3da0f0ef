"""What is due now, given what was last done. There is no timer here: somebody asks every minute.

A slot is named by the owner's wall clock ("2026-11-22 08:00"), so it exists once a day whatever the offset does: a
time in the spring gap comes an hour later, one in the autumn fold comes once, a clock set back repeats nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta, tzinfo

LATEST = timedelta(hours=14)
"""How late a digest may still go out after the bot was down; after that it waits for the next slot."""

SLIP = timedelta(days=1)
"""A clock that is set back by less repeats nothing."""
NAMED = "%Y-%m-%d %H:%M"

EVERY_DAY = frozenset(range(7))


def due_slot(
    now: datetime, at: Sequence[time], days: Collection[int], zone: tzinfo, done: str | None
) -> tuple[str, datetime] | None:
    """The newest slot that has come, is not done and not too old: its name and its local time.

    `done` is the newest slot that was dealt with; none at or before it is due again.
    """
    today = now.astimezone(zone).date()
    done_at = _credible(done, now, zone)
    come = [
        (_moment(local), local)
        for local in _slots(today - timedelta(days=1), 2, at, days, zone)
        if timedelta() <= now - _moment(local) <= LATEST and (done_at is None or _moment(local) > done_at)
    ]
    newest = max(come, default=None)
    return (name(newest[1]), newest[1]) if newest else None


def last(slot: str, done: str | None, now: datetime, zone: tzinfo) -> str:
    """The newest slot that was dealt with, after this one was too."""
    done_at = _credible(done, now, zone)
    return done if done is not None and done_at is not None and done_at > _named(slot, zone) else slot


def _credible(done: str | None, now: datetime, zone: tzinfo) -> datetime | None:
    """When that slot came; None when it lies ahead by more than a slip: then the clock was wrong, and is right now."""
    at = _named(done, zone) if done is not None else None
    return None if at is None or at > now + SLIP else at


def _named(slot: str, zone: tzinfo) -> datetime:
    return _moment(datetime.strptime(slot, NAMED).replace(tzinfo=zone))


def next_slot(now: datetime, at: Sequence[time], days: Collection[int], zone: tzinfo) -> datetime | None:
    """When the next one comes, in UTC; None when digests go out only when asked for."""
    today = now.astimezone(zone).date()
    return min((_moment(s) for s in _slots(today, 9, at, days, zone) if _moment(s) > now), default=None)


def name(local: datetime) -> str:
    return f"{local:{NAMED}}"


def is_due(last: datetime | None, every: timedelta, now: datetime) -> bool:
    """Whether something that is done every so often is to be done now; a clock that was set back makes it due."""
    return last is None or now < last or now - last >= every


def _slots(first: date, count: int, at: Sequence[time], days: Collection[int], zone: tzinfo) -> Iterator[datetime]:
    for day in (first + timedelta(days=n) for n in range(count)):
        if day.weekday() in days:
            yield from (datetime.combine(day, t, zone) for t in at)


def _moment(local: datetime) -> datetime:
    """In UTC; the first of the two in a fold, an hour later on the clock in a gap."""
    return local.astimezone(UTC)
