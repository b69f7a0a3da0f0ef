"""What is sent now and then beside the digest, each once: the question what came of it, and the weekly review.

What is due is decided by slots of the owner's wall clock, as for digests; what was asked stands in the ledger.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta

from bot import digest, ledger, report, review, schedule
from bot.compose import Way, is_held, way
from bot.ledger import Item
from bot.models import Event, LedgerEntry, Relationship
from bot.shell import Shell, reading, writing

WITHOUT_DIGESTS = (time(8),)
"""When to ask an owner who wants digests only when asked for."""


def ask_what_came(shell: Shell, now: datetime) -> None:
    """Beside the digest, about all that is due by then, in one message."""
    config, done = shell.config.digest, shell.store.meta.last_question
    slot = schedule.due_slot(now, config.at or WITHOUT_DIGESTS, config.days, shell.config.owner.timezone, done)
    by = way(shell, now)
    if slot is None or is_held(shell, now) or by is None:
        return
    items = _to_ask(shell, now)
    message = _worded(shell, by, items, now) if items else None
    if items and message is None:
        return  # the server does not tell how much a message may hold: the next tick asks again
    with shell.store.transaction():
        if message:
            _put_on_its_way(shell, by, message, items, slot=slot[0], now=now)
        shell.store.update_meta(last_question=schedule.last(slot[0], done, now, shell.config.owner.timezone))


def _to_ask(shell: Shell, now: datetime) -> dict[int, Item]:
    """By the numbers that they get for the answer: theirs went to others long ago."""
    entries = shell.store.ledger
    items, muted = shell.items(entries), shell.muted()
    due = ledger.to_follow_up(items.values(), shell.config.followup.ask_outcome_after, now)
    free = ledger.free_numbers((item.standing for item in items.values()), now)
    return {next(free): item for item in due if muted.isdisjoint(item.opportunity.people)}


def _worded(shell: Shell, by: Way, items: Mapping[int, Item], now: datetime) -> digest.Message | None:
    with shell.asking(writing(by.messenger), now):
        return by.told(digest.what_came(items, now=now, zone=shell.config.owner.timezone, fits=by.fits))
    return None


def _put_on_its_way(
    shell: Shell, by: Way, message: digest.Message, items: Mapping[int, Item], *, slot: str, now: datetime
) -> None:
    """The question, and that it was asked. Inside a transaction."""
    key = f"what came {slot}"
    asked = {number: items[number].opportunity.id for number in message.numbers}
    if asked and not shell.has_written(key):
        shell.write(
            key,
            message,
            now,
            network=by.messenger.network,
            notice=by.notice,
            numbers=asked,
            expires_at=now + schedule.LATEST,
        )
        shell.store.record(
            *(
                LedgerEntry(at=now, event=Event.FOLLOWED_UP, cause=key, opportunity=ident, number=number)
                for number, ident in asked.items()
            )
        )


# -- the weekly review ---------------------------------------------------------------------------------------------


def review_key(slot: str) -> str:
    return f"review {slot}"


def review_week(shell: Shell, now: datetime) -> None:
    """Once in its slot, in a quiet week too; not about a week that had ended before the bot began."""
    weekly, done, zone = shell.config.digest.weekly_review, shell.store.meta.last_review, shell.config.owner.timezone
    slot = schedule.due_slot(now, [weekly[1]], {weekly[0]}, zone, done) if weekly else None
    by = way(shell, now)
    if slot is None or is_held(shell, now) or by is None:
        return
    started_at = shell.store.meta.started_at
    is_ours = started_at is not None and started_at < slot[1].astimezone(UTC)
    message = _week_in_words(shell, by, slot[1], now) if is_ours else None
    if is_ours and message is None:
        return  # the server does not tell how much a message may hold: the next tick tries again
    with shell.store.transaction():
        if message:
            network, expires_at = by.messenger.network, now + schedule.LATEST
            shell.write(review_key(slot[0]), message, now, network=network, notice=by.notice, expires_at=expires_at)
        shell.store.update_meta(last_review=schedule.last(slot[0], done, now, zone))


def _week_in_words(shell: Shell, by: Way, slot_at: datetime, now: datetime) -> digest.Message | None:
    near = _near_misses(shell, now)
    entries = shell.store.ledger
    items = shell.items(entries)
    kept = report.Ledger(items=items, entries=entries, months={})
    until = now + timedelta(microseconds=1)  # with what this very tick has read, as in the count of what was read
    week = review.Week(
        slot_at=slot_at,
        sums=report.summed(kept, until - review.SPAN, until),
        counted=_counted(shell, slot_at),
        near=near,
        starving=report.starving(kept, shell.config.goals, now),
        items=list(items.values()),
        health=[shell.health(reading(source)) for source in shell.sources],
        understands_words=shell.understands_words,
    )
    with shell.asking(writing(by.messenger), now):
        return by.told(review.worded(week, shell.config.owner.timezone, by.fits))
    return None


def _counted(shell: Shell, slot_at: datetime) -> Counter[str]:
    """By the owner's days: today and the six before."""
    counted: Counter[str] = Counter()
    for days in range(review.SPAN.days):
        counted.update(shell.store.tallies.get(f"{slot_at - timedelta(days=days):%Y-%m-%d}") or {})
    return counted


def _near_misses(shell: Shell, now: datetime) -> list[str]:
    """Those that are still there, and whose authors the owner still wants to see."""
    muted = shell.muted()
    near = {ident: miss for ident, miss in shell.store.near.all().items() if miss.author not in muted}
    best = sorted(near, key=lambda ident: -near[ident].score)[: 2 * review.NEAR]
    there: set[str] = set()
    for source in shell.sources:
        if best and shell.may_ask(reading(source), now):
            with shell.asking(reading(source), now):
                mine = [ident for ident in best if near[ident].network == source.network]
                posts = source.posts(mine) if mine else {}
                people = source.relationships(sorted({near[ident].author for ident in posts})) if posts else {}
                there |= {ident for ident in posts if not _is_hidden(people.get(near[ident].author))}
    return [near[ident].link for ident in best if ident in there]


def _is_hidden(relationship: Relationship | None) -> bool:
    return relationship is not None and relationship.is_hidden
