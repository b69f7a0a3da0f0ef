"""Hear the owner: each message is answered once and for all, its effect and its answer in one transaction."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime

from bot import ledger, opportunities, schedule
from bot.commands import Status, View, answer
from bot.digest import Message
from bot.models import DirectMessage, SentMessage
from bot.networks import Messenger
from bot.outbox import arrived
from bot.shell import Shell, reading, writing

log = logging.getLogger(__name__)

NUMBERS = 12
"""How many new numbers an answer may hand out: more than any message can list."""


def hear(shell: Shell, now: datetime) -> None:
    for messenger in shell.messengers:
        if shell.may_ask(writing(messenger), now):
            with shell.asking(writing(messenger), now):
                shell.meet_bot(messenger)
                _hear(shell, messenger, now)


def _hear(shell: Shell, messenger: Messenger, now: datetime) -> None:
    name = writing(messenger)
    cursor = shell.store.cursors.get(name) or {}
    ours = [each.id for each in shell.store.delivered.all().values() if each.network == messenger.network]
    heard = messenger.heard(cursor, ours)
    for message in heard.messages:
        if shell.store.heard.get(message.id) is None and not _is_echo(shell, message):
            _answer(shell, messenger, message, now)
    if dict(heard.cursor) != cursor:
        with shell.store.transaction():
            shell.store.cursors.put(name, dict(heard.cursor))


def _is_echo(shell: Shell, message: DirectMessage) -> bool:
    """Our own words, sent just before we died: where bot and owner share an account they look like the owner's."""
    as_sent = SentMessage(id=message.id, text=message.text, sent_at=message.sent_at)
    return any(row.tried and arrived(row, [as_sent]) for row in shell.store.outbox.all().values())


def _answer(shell: Shell, messenger: Messenger, message: DirectMessage, now: datetime) -> None:
    said = answer(message, _view(shell, messenger, message, now))
    with shell.store.transaction():
        shell.record(*said.entries)
        shell.store.heard.put(message.id, now)
        if said.reply is not None:
            numbers = {entry.number: entry.opportunity for entry in said.entries if entry.number and entry.opportunity}
            shell.write(
                f"answer {message.id}",
                Message(text=said.reply, mark=""),
                now,
                network=messenger.network,
                numbers=numbers,
            )


def _view(shell: Shell, messenger: Messenger, message: DirectMessage, now: datetime) -> View:
    entries = shell.store.ledger
    items = shell.items(entries)
    numbered = {item.standing.number: item for item in items.values() if item.standing.number is not None}
    open_ones = {n: item for n, item in numbered.items() if item.standing.is_open}
    free = ledger.free_numbers((item.standing for item in items.values()), now)
    waiting = opportunities.waiting(items.values(), now)
    listed = [row.numbers for row in shell.store.delivered.all().values() if row.numbers]
    listed += [row.numbers for row in shell.store.outbox.all().values() if row.numbers]
    return View(
        now=now,
        zone=shell.config.owner.timezone,
        items={**numbered, **open_ones},
        waiting=[item for item in waiting if item.standing.number is None],
        recent=tuple(listed[-1]) if listed else (),
        replied_to=_replied_to(shell, message),
        free_numbers=[next(free) for _ in range(NUMBERS)],
        goals=shell.config.goals,
        controls=ledger.controls(entries),
        entries=entries,
        people=shell.store.people.all(),
        status=_status(shell, now),
        fits=messenger.fits,
    )


def _replied_to(shell: Shell, message: DirectMessage) -> Mapping[int, int] | None:
    sent = shell.store.delivered.all().values()
    return next((each.numbers for each in sent if each.id == message.reply_to and each.numbers), None)


def _status(shell: Shell, now: datetime) -> Status:
    config, store = shell.config, shell.store
    today = f"{now.astimezone(config.owner.timezone):%Y-%m-%d}"
    items = shell.items(store.ledger).values()
    return Status(
        networks=tuple(shell.health(reading(source)) for source in shell.sources),
        next_digest_at=schedule.next_slot(now, config.digest.at, config.digest.days, config.owner.timezone),
        read_today=(store.tallies.get(today) or {}).get("read", 0),
        kept={
            "open items": sum(item.standing.is_open for item in items),
            "people": len(store.people),
            "ledger entries": len(store.ledger),
        },
        understands_words=shell.understands_words,
    )
