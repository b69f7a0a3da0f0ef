"""The digest that is due: choose among what is open, look at it once more, number it, put it on its way."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

from bot import consent, digest, ledger, opportunities, schedule
from bot.ledger import Item
from bot.models import Event, LedgerEntry
from bot.revisit import revisit
from bot.shell import Shell, reading

log = logging.getLogger(__name__)

LOOKED_AT = 10
"""Of the best, looked at again before the choice: some will turn out to be answered, edited or gone."""
PATIENCE = timedelta(hours=1)
"""How long a digest waits for a network that fails, before it goes without what cannot be looked at."""


def due(shell: Shell, now: datetime) -> tuple[str, datetime] | None:
    """The slot whose digest is due, unless the owner wants none now."""
    held = ledger.controls(shell.store.ledger)
    if held.is_stopped or held.halted or (held.paused_until and now < held.paused_until):
        return None
    config = shell.config.digest
    return schedule.due_slot(now, config.at, config.days, shell.config.owner.timezone, shell.store.meta.last_slot)


def compose(shell: Shell, slot: tuple[str, datetime], now: datetime) -> digest.Message | None:
    """Write the slot's digest into the outbox; None when nothing is worth sending, or a network is waited for."""
    muted = ledger.controls(shell.store.ledger).muted
    waiting = opportunities.waiting(shell.items(shell.store.ledger).values(), now)
    waiting = [item for item in waiting if item.opportunity.person not in muted]
    seen = revisit(shell, waiting[:LOOKED_AT], now)
    if now - slot[1] < PATIENCE and any(shell.health(reading(source)).trouble for source in shell.sources):
        log.warning("the digest of %s waits for a network", slot[0])
        return None
    few = opportunities.chosen(seen, shell.config.digest.items, new_voice=shell.config.digest.new_voice, now=now)
    rest = len(seen) + len(waiting[LOOKED_AT:]) - len(few)
    with shell.store.transaction():
        message = _put_on_its_way(shell, _numbered(shell, few, now), slot, now, more=rest > 0) if few else None
        shell.store.update_meta(last_slot=max(slot[0], shell.store.meta.last_slot or ""))
    return message


def _numbered(shell: Shell, items: Sequence[Item], now: datetime) -> dict[int, Item]:
    """Each by its number: the one it bears already, or a free one."""
    free = ledger.free_numbers(ledger.standings(shell.store.ledger).values(), now)
    return {item.standing.number or next(free): item for item in items}


def _put_on_its_way(
    shell: Shell, items: dict[int, Item], slot: tuple[str, datetime], now: datetime, *, more: bool
) -> digest.Message:
    """The message and what it shows, together. Inside a transaction."""
    key = f"digest {slot[0]}"
    counted = shell.store.tallies.get("digest") or {}
    tally = digest.Tally(read=counted.get("read", 0), opted_out=counted.get(consent.Refusal.OPTED_OUT, 0))
    message = digest.digest(items, tally, slot_at=slot[1], now=now, more=more, fits=shell.messengers[0].fits)
    shown = {number: items[number].opportunity.id for number in message.numbers}
    shell.write(key, message, now, numbers=shown, begins_thread=True, expires_at=now + schedule.LATEST)
    shell.store.record(
        *(
            LedgerEntry(at=now, event=Event.SHOWN, cause=key, opportunity=ident, number=number)
            for number, ident in shown.items()
        )
    )
    shell.store.tallies.put("digest", {})
    return message
