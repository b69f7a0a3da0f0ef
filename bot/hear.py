"""Hear the owner: each message is answered once and for all, its effect and its answer in one transaction."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from bot import forget, ledger, missed, opportunities, people, schedule
from bot.commands import Answer, Status, View, answer, links_asked_about
from bot.deliver import recall
from bot.digest import Message
from bot.models import DirectMessage, Event, LedgerEntry
from bot.networks import Messenger
from bot.outbox import is_copy
from bot.shell import Shell, reading, writing

log = logging.getLogger(__name__)

NUMBERS = 12
"""How many new numbers an answer may hand out: more than any message can list."""


def hear(shell: Shell, now: datetime) -> None:
    for messenger in shell.messengers:
        if shell.may_ask(writing(messenger), now):
            with shell.asking(writing(messenger), now):
                shell.meet_bot(messenger)
                recall(shell, messenger, now)
                _hear(shell, messenger, now)


def _hear(shell: Shell, messenger: Messenger, now: datetime) -> None:
    name = writing(messenger)
    cursor = shell.store.cursors.get(name) or {}
    ours = [each.id for each in shell.store.delivered.all().values() if each.network == messenger.network]
    heard = messenger.heard(cursor, ours)
    if heard.messages:
        _meet_owner(shell, messenger, now)
    for message in heard.messages:
        if shell.store.heard.get(message.id) is None and not _is_echo(shell, messenger, message):
            _answer(shell, messenger, message, now)
    if dict(heard.cursor) != shell.store.cursors.get(name):
        with shell.store.transaction():
            shell.store.cursors.put(name, dict(heard.cursor))


def _meet_owner(shell: Shell, messenger: Messenger, now: datetime) -> None:
    """To know whether the bot writes as the owner."""
    for source in shell.sources:
        if source.network == messenger.network and shell.may_ask(reading(source), now):
            with shell.asking(reading(source), now):
                shell.meet_owner(source)


def _is_echo(shell: Shell, messenger: Messenger, message: DirectMessage) -> bool:
    """Our own words: where bot and owner share an account they look like the owner's.

    Sent just before we died, they are still in the outbox; so are those that a restored state has just said again.
    """
    rows = shell.store.outbox.all().values() if shell.may_share_account(messenger) else ()
    return any(is_copy(row, message.text) for row in rows)


def _answer(shell: Shell, messenger: Messenger, message: DirectMessage, now: datetime) -> None:
    view = _view(shell, messenger, message, now)
    said = answer(message, view) if not message.is_sign or _is_about_one_item(view) else Answer(reply=None)
    key = f"answer {message.id}"
    with shell.store.transaction():
        for opportunity in said.opportunities:
            shell.add(opportunity)
        forget.enter(shell, _by_reply(said.entries, key), now)
        shell.store.heard.put(message.id, now)
        if said.reply is not None:
            text = Message(text=said.reply, mark="")
            shell.write(key, text, now, network=messenger.network, numbers=said.numbers or {})
        if said.is_understood and messenger.has_signs and not message.is_sign:
            shell.store.understood.put(message.id, messenger.network)


def _is_about_one_item(view: View) -> bool:
    """A sign on a list does not tell which, and one on a receipt asks for nothing."""
    return view.replied_to is not None and len(view.replied_to) == 1


def _by_reply(entries: Sequence[LedgerEntry], key: str) -> list[LedgerEntry]:
    """What a reply shows is shown by the reply: it is not, if that never arrives, and `undo` does not unsay it."""
    if any(entry.event in {Event.UNDO, Event.MISSED} for entry in entries):
        return list(entries)  # numbers that an undoing gave anew go with it, and what the owner put on the list
    return [replace(entry, cause=key) if entry.event is Event.SHOWN else entry for entry in entries]


def _view(shell: Shell, messenger: Messenger, message: DirectMessage, now: datetime) -> View:
    shell.meet_people()
    entries = shell.store.ledger
    ranked = shell.ranked(entries, now)
    items = {id_: item for id_, item in ranked.items() if item.opportunity.person}  # not the forgotten
    by_age = sorted(items.values(), key=lambda item: (item.standing.is_open, item.standing.named_at))
    numbered = {item.standing.number: item for item in by_age if item.standing.number is not None}
    free = ledger.free_numbers(ledger.standings(entries).values(), now)
    controls = ledger.controls(entries)
    waiting = opportunities.waiting(items.values(), now, controls.first_goal(now))
    listed = [row.numbers for row in shell.store.delivered.all().values() if row.numbers]
    listed += [row.numbers for row in shell.store.outbox.all().values() if row.numbers]
    return View(
        now=now,
        zone=shell.config.owner.timezone,
        items=numbered,
        waiting=[item for item in waiting if item.standing.number is None],
        recent=tuple(listed[-1]) if listed else (),
        replied_to=_replied_to(shell, message),
        free_numbers=[next(free) for _ in range(NUMBERS)],
        goals=shell.config.goals,
        controls=controls,
        entries=entries,
        people=shell.store.people.all(),
        status=_status(shell, now),
        fits=messenger.fits,
        filed=items,
        nameless={id_: item for id_, item in ranked.items() if id_ not in items},
        months=shell.store.months.all(),
        lookups={link: missed.look(shell, link, now) for link in links_asked_about(message.text, controls.asked)},
        circle=people.Circle(
            size=shell.config.circle.size,
            watch=shell.config.circle.watch,
            same_person=shell.config.circle.same_person,
        ),
        kin=shell.kin,
        lists_at=shell.config.digest.at,
        lists_on=shell.config.digest.days,
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
        alarm=shell.learnt(now).alarm,
    )
