"""Once a day: what is open is looked at again, what is too old is closed, what nobody can ask about is removed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from bot import cold, opportunities, report, schedule
from bot.ledger import Item, State
from bot.models import Event, LedgerEntry
from bot.revisit import revisit
from bot.shell import Shell, reading
from bot.store import Rows

KEEP_CLOSED = timedelta(days=400)
"""A year and a month: what the reports of a year are made of. Numbers and ids; the words went when it closed."""
KEEP_MONTHS = timedelta(days=800)
"""The sums of a year, and of the year before it."""
KEEP_DELIVERED = timedelta(days=60)
KEEP_LIKENESSES = timedelta(days=30)
"""So long `missed` can tell what was decided."""
KEEP_NEAR = timedelta(days=7)
MOST_LIKENESSES = 3000
MOST_REVISITED = 40
LOOKS_AGAIN = timedelta(minutes=10)
"""Between two portions of the day's look, or two tries when a network is down. Each costs up to 80 requests."""


def prune(shell: Shell, now: datetime) -> None:
    today = f"{now.astimezone(shell.config.owner.timezone):%Y-%m-%d}"
    if shell.store.meta.tidied_on != today:
        _expire(shell, now)
        cold.look(shell, now)
        shell.store.clear_damaged(now - shell.config.privacy.keep_open)
        with shell.store.transaction():
            _remove_old(shell, now)
            shell.store.update_meta(tidied_on=today, looked_up_to=0, looked_at=None)
    _look_again(shell, now)


def _look_again(shell: Shell, now: datetime) -> None:
    """At all that is open, once a day: in portions, so that no server is asked for too much at once."""
    meta = shell.store.meta
    if meta.looked_up_to is None or not schedule.is_due(meta.looked_at, LOOKS_AGAIN, now):
        return
    left = sorted(item.opportunity.id for item in _open_ones(shell) if item.opportunity.id > meta.looked_up_to)
    portion = left[:MOST_REVISITED]
    revisit(shell, [item for item in _open_ones(shell) if item.opportunity.id in portion], now)
    if any(shell.is_down(reading(source)) for source in shell.sources):
        up_to: int | None = meta.looked_up_to  # once more, when it is back
    else:
        up_to = portion[-1] if len(portion) < len(left) else None
    with shell.store.transaction():
        shell.store.update_meta(looked_at=now, looked_up_to=up_to)


def _open_ones(shell: Shell) -> list[Item]:
    return [item for item in shell.items(shell.store.ledger).values() if item.standing.is_open]


def _expire(shell: Shell, now: datetime) -> None:
    keep = shell.config.privacy.keep_open
    old = [item for item in _open_ones(shell) if now - item.opportunity.posted_at > keep]
    with shell.store.transaction():
        for item in old:
            shell.keep(opportunities.without_words(item.opportunity))
        shell.record(
            *(
                LedgerEntry(at=now, event=Event.EXPIRED, cause=f"age {now:%Y-%m-%d}", opportunity=item.opportunity.id)
                for item in old
                if now - _wanted_at(item) > keep
            )
        )


def _wanted_at(item: Item) -> datetime:
    """What the owner put off until a day must still be there on that day, and for a while after."""
    standing = item.standing
    if standing.state is State.LATER:
        return standing.until or standing.since
    return standing.since if len(standing.shown) > 1 else item.opportunity.posted_at


def _remove_old(shell: Shell, now: datetime) -> None:
    store = shell.store
    items = shell.items(store.ledger)
    closed = {i: item for i, item in items.items() if not item.standing.is_open and now - _ended_at(item) > KEEP_CLOSED}
    _keep_sums(shell, closed)
    unfiled = [
        each.id
        for each in store.opportunities.all().values()
        if each.id not in items and now - each.posted_at > shell.config.privacy.keep_open
    ]
    store.opportunities.remove(*map(str, [*closed, *unfiled]))
    store.forget_entries(closed)
    store.forget_spent(now - KEEP_CLOSED)
    _remove(store.months, (month for month in store.months.all() if month < f"{now - KEEP_MONTHS:%Y-%m}"))
    _remove(
        store.people, (k for k, p in store.people.all().items() if now - p.latest_at > shell.config.privacy.keep_people)
    )
    _remove(store.delivered, (k for k, d in store.delivered.all().items() if now - d.delivered_at > KEEP_DELIVERED))
    _remove(store.heard, (k for k, at in store.heard.all().items() if now - at > KEEP_DELIVERED))
    _remove(store.tallies, (day for day in store.tallies.all() if day < f"{now - KEEP_CLOSED:%Y-%m-%d}"))
    _remove(store.near, (k for k, near in store.near.all().items() if now - near.seen_at > KEEP_NEAR))
    likenesses = store.seen.all()
    _remove(store.seen, (k for k, seen in likenesses.items() if now - seen.seen_at > KEEP_LIKENESSES))
    _remove(store.seen, list(likenesses)[:-MOST_LIKENESSES])


def _ended_at(item: Item) -> datetime:
    """When something was last heard of it: what came of it may be told long after it closed."""
    return max(item.standing.named_at, item.standing.told_at or item.standing.since)


def _keep_sums(shell: Shell, gone: Mapping[int, Item]) -> None:
    """Of what is removed the reports keep numbers, without names. Inside a transaction."""
    facts = report.Ledger(items=gone, entries=shell.store.ledger, months={}).facts()
    for month, sums in report.by_month(facts, shell.config.owner.timezone).items():
        shell.store.months.put(month, dict(Counter(shell.store.months.get(month) or {}) + sums))


def _remove(rows: Rows[Any], keys: Iterable[str]) -> None:
    rows.remove(*keys)
