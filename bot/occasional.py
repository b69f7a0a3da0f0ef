"""What is sent now and then beside the digest, each once: the question what came of it, and the weekly review.

What is due is decided by slots of the owner's wall clock, as for digests; what was asked stands in the ledger.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, time

from bot import digest, ledger, schedule
from bot.compose import has_way, is_held
from bot.ledger import Item
from bot.models import Event, LedgerEntry
from bot.shell import Shell, writing

WITHOUT_DIGESTS = (time(8),)
"""When to ask an owner who wants digests only when asked for."""


def ask_what_came(shell: Shell, now: datetime) -> None:
    """Beside the digest, about all that is due by then, in one message."""
    config, done = shell.config.digest, shell.store.meta.last_question
    slot = schedule.due_slot(now, config.at or WITHOUT_DIGESTS, config.days, shell.config.owner.timezone, done)
    if slot is None or is_held(shell, now) or not has_way(shell, now):
        return
    items = _to_ask(shell, now)
    message = _worded(shell, items, now) if items else None
    if items and message is None:
        return  # the server does not tell how much a message may hold: the next tick asks again
    with shell.store.transaction():
        if message:
            _put_on_its_way(shell, message, items, slot[0], now)
        shell.store.update_meta(last_question=schedule.last(slot[0], done, now, shell.config.owner.timezone))


def _to_ask(shell: Shell, now: datetime) -> dict[int, Item]:
    """By the numbers that they get for the answer: theirs went to others long ago."""
    entries = shell.store.ledger
    items, muted = shell.items(entries), ledger.controls(entries).muted
    due = ledger.to_follow_up(items.values(), shell.config.followup.ask_outcome_after, now)
    free = ledger.free_numbers((item.standing for item in items.values()), now)
    return {next(free): item for item in due if item.opportunity.person not in muted}


def _worded(shell: Shell, items: Mapping[int, Item], now: datetime) -> digest.Message | None:
    messenger = shell.messengers[0]
    with shell.asking(writing(messenger), now):
        return digest.what_came(items, now=now, zone=shell.config.owner.timezone, fits=messenger.fits)
    return None


def _put_on_its_way(shell: Shell, message: digest.Message, items: Mapping[int, Item], slot: str, now: datetime) -> None:
    """The question, and that it was asked. Inside a transaction."""
    key = f"what came {slot}"
    asked = {number: items[number].opportunity.id for number in message.numbers}
    if asked and not shell.has_written(key):
        shell.write(key, message, now, numbers=asked, expires_at=now + schedule.LATEST)
        shell.store.record(
            *(
                LedgerEntry(at=now, event=Event.FOLLOWED_UP, cause=key, opportunity=ident, number=number)
                for number, ident in asked.items()
            )
        )
