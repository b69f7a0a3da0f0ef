"""What becomes of a message that one network does not take: the other carries it after an hour, or it is given up.

stuck, surely not stored  ->  on its way by the other network, with a word why
stuck, not known          ->  stays; by the other network only word that it is not known
too late to be worth it   ->  given up, and its items count as not shown
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from bot import digest, ledger, opportunities
from bot.compose import Way, slot_in
from bot.models import Event, LedgerEntry
from bot.networks import Messenger
from bot.outbox import Outgoing, items_in
from bot.shell import Shell, writing

log = logging.getLogger(__name__)

GIVEN_UP = timedelta(days=60)
"""After so long even an answer is not worth sending, and the words in it are too old to keep."""


def carry_over(shell: Shell, asked: Iterable[Outgoing], other: Messenger | None, now: datetime) -> None:
    """Of what a network was just asked to take, all that it did not. `other`: one that takes messages now."""
    rows = [shell.store.outbox.get(row.key) for row in asked]
    held_up = [row for row in rows if row]
    _note_stuck(shell, [row for row in held_up if row.stuck_since is None or now < row.stuck_since], now)
    for row in held_up:
        if other and row.is_stuck(now):
            with shell.asking(writing(other), now):
                if row.tried is None:
                    _carry(shell, row, other, now)
                else:
                    _tell(shell, row, other, now)


def _note_stuck(shell: Shell, rows: list[Outgoing], now: datetime) -> None:
    if rows:
        with shell.store.transaction():
            for row in rows:
                shell.store.outbox.put(row.key, replace(row, stuck_since=now))


def _carry(shell: Shell, row: Outgoing, other: Messenger, now: datetime) -> None:
    """It keeps its key and its place, so it is one message still, by whichever network it comes."""
    carried = _reworded(shell, row, other, now)
    if carried is None:
        give_up(shell, row, now)
        return
    log.warning("%s goes by %s: %s does not take it", row.key, other.network, row.network)
    with shell.store.transaction():
        if dict(carried.numbers) != dict(row.numbers):
            _show_only(shell, carried, now)
        shell.store.outbox.put(row.key, carried)
        shell.store.erase()


def _reworded(shell: Shell, row: Outgoing, other: Messenger, now: datetime) -> Outgoing | None:
    """As the other network can hold it; None for a digest of which nothing is open any more."""
    zone = shell.config.owner.timezone
    trouble = next((shell.health(writing(m)).trouble for m in shell.messengers if m.network == row.network), "")
    notice = digest.instead(row.network, row.stuck_since or now, zone, trouble)
    moved = replace(
        row,
        network=other.network,
        notice=notice,
        since=now,
        after=shell.newest(other.network),
        tried=None,
        stuck_since=None,
    )
    if slot := slot_in(row.key):
        message = _digest(shell, row, slot, Way(messenger=other, notice=notice), now)
        numbers = {number: row.numbers[number] for number in message.numbers} if message else {}
        return replace(moved, text=message.text, numbers=numbers) if message else None
    text = digest.with_notice(row.text.removesuffix(f"\n\n{row.notice}"), notice, other.fits)
    listed = items_in(row.text).values()
    lost = set(listed) - set(items_in(text).values())
    return replace(moved, text=text, numbers={n: i for n, i in row.numbers.items() if n not in lost})


def _digest(shell: Shell, row: Outgoing, slot: datetime, by: Way, now: datetime) -> digest.Message | None:
    """What of it is still open, in the words and the length of now."""
    known = shell.items(shell.store.ledger)
    items = {n: known[i] for n, i in row.numbers.items() if i in known and known[i].standing.is_open}
    more = bool(opportunities.waiting(known.values(), now))
    if not items:
        return None
    return digest.digest(
        items,
        digest.tally_in(row.text),
        slot_at=slot,
        now=now,
        more=more,
        fits=by.messenger.fits,
        notice=by.notice,
    )


def _show_only(shell: Shell, row: Outgoing, now: datetime) -> None:
    """The items that found no room in it come again. Inside a transaction."""
    kept = set(row.numbers.values())
    counting = ledger.counting(shell.store.ledger)
    shown = [entry for entry in counting if entry.cause == row.key and entry.opportunity in kept]
    unshow(shell, row, now)
    shell.store.record(*(replace(entry, at=now) for entry in shown))


def _tell(shell: Shell, row: Outgoing, other: Messenger, now: datetime) -> None:
    if row.numbers:
        zone, since = shell.config.owner.timezone, row.stuck_since or now
        said = digest.not_known_to_have_arrived(row.mark, row.network, since, zone)
        with shell.store.transaction():
            shell.write(f"unclear {row.key}", said, now, network=other.network, expires_at=row.expires_at)


def give_up(shell: Shell, message: Outgoing, now: datetime) -> None:
    log.warning("%s is not sent any more", message.key)
    with shell.store.transaction():
        shell.store.outbox.remove(message.key)
        unshow(shell, message, now)


def unshow(shell: Shell, message: Outgoing, now: datetime) -> None:
    """The items in it were not seen: they come again. Inside a transaction."""
    shell.store.record(LedgerEntry(at=now, event=Event.UNDO, cause=f"lost {message.key}", undone=message.key))


def give_up_stranded(shell: Shell, now: datetime) -> None:
    """What waits for a network that is not in the config any more, or has not taken it for months."""
    reachable = {messenger.network for messenger in shell.messengers}
    if stranded := [each for each, network in shell.store.understood.all().items() if network not in reachable]:
        with shell.store.transaction():
            shell.store.understood.remove(*stranded)
    for row in shell.store.outbox.all().values():
        is_late = row.expires_at is None or now > row.expires_at
        if (row.network not in reachable and is_late) or now - row.written_at > GIVEN_UP:
            give_up(shell, row, now)
