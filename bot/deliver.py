"""Send what is on its way: look whether it has arrived, send it, verify who got it. See `outbox` for the states."""

from __future__ import annotations

import hashlib
import hmac
import logging
from dataclasses import replace
from datetime import datetime, timedelta
from enum import Enum, auto

from bot import digest, ledger
from bot.errors import Exposed, NetworkError, RateLimited, Rejected, Unauthorized
from bot.models import Event, LedgerEntry, SentMessage
from bot.networks import Messenger
from bot.outbox import Delivered, Outgoing, Step, arrived, next_step
from bot.shell import Shell, writing
from bot.text import letters

log = logging.getLogger(__name__)

CLOCKS_DIFFER = timedelta(days=1)
"""How far back to look when nothing was ever sent: server and bot may not agree on the time."""
ONE_THREAD = timedelta(days=7)


class Fate(Enum):
    SENT = auto()
    """Just now, by us: what comes after it cannot be on the server yet."""
    GONE = auto()
    """Off the list in another way."""
    WAITS = auto()


def deliver(shell: Shell, now: datetime) -> None:
    """All that is on its way, in the order in which it was written. A message that must wait holds back the next."""
    halted = ledger.controls(shell.store.ledger).halted
    waiting = [each for each in shell.store.outbox.all().values() if each.is_alarm or not halted]
    for messenger in shell.messengers:
        mine = [message for message in waiting if message.network == messenger.network]
        if mine and shell.may_ask(writing(messenger), now):
            with shell.asking(writing(messenger), now):
                _deliver(shell, messenger, mine, now)


def _deliver(shell: Shell, messenger: Messenger, messages: list[Outgoing], now: datetime) -> None:
    fate = Fate.GONE
    for message in messages:
        fate = _send_unless_there(shell, messenger, message, now, must_look=fate is not Fate.SENT)
        if fate is Fate.WAITS:
            return


def _send_unless_there(
    shell: Shell, messenger: Messenger, message: Outgoing, now: datetime, *, must_look: bool
) -> Fate:
    after = message.after if message.tried else _newest(shell, messenger.network)
    if must_look:
        sent = messenger.sent(after, message.since - CLOCKS_DIFFER)
        if found := arrived(message, sent):
            _record_found(shell, message, found, now)
            return Fate.GONE
        after = after if message.tried or not sent else sent[-1].id
    match next_step(message, now, shell.uptime()):
        case Step.WAIT:
            return Fate.WAITS
        case Step.DROP:
            _give_up(shell, message, now)
            return Fate.GONE
        case Step.SEND:
            return _send(shell, messenger, replace(message, tried=shell.uptime(), after=after), now)


def _send(shell: Shell, messenger: Messenger, message: Outgoing, now: datetime) -> Fate:
    with shell.store.transaction():
        shell.store.outbox.put(message.key, message)
    try:
        ident = messenger.send(message.text, key=_key(shell, message), reply_to=_thread(shell, message, now))
    except Exposed as error:
        _halt(shell, message, error, now)
        raise
    except Rejected as error:
        log.error("%s was refused: %s", message.key, error)  # noqa: TRY400  the line says it all
        _give_up(shell, message, now)
        return Fate.GONE
    except (RateLimited, Unauthorized):
        _untry(shell, message)
        raise
    except NetworkError as error:
        if not error.maybe_done:
            _untry(shell, message)
        raise
    _record_arrival(shell, message, ident, now)
    return Fate.SENT


def _record_arrival(shell: Shell, message: Outgoing, ident: str, now: datetime) -> None:
    with shell.store.transaction():
        shell.store.outbox.remove(message.key)
        shell.store.delivered.put(
            message.key,
            Delivered(
                key=message.key,
                network=message.network,
                id=ident,
                delivered_at=now,
                numbers=message.numbers,
                begins_thread=message.begins_thread,
            ),
        )
    log.info("%s arrived as %s", message.key, ident)


def _record_found(shell: Shell, message: Outgoing, found: SentMessage, now: datetime) -> None:
    """It was there already. After a lost state another list may stand under the same slot: its numbers are not ours."""
    if letters(found.text) != letters(message.text) and message.numbers:
        log.warning("%s stands on the server with other items", message.key)
        _give_up(shell, message, now)
        message = replace(message, numbers={})
    _record_arrival(shell, message, found.id, now)


def _untry(shell: Shell, message: Outgoing) -> None:
    """It was surely not stored."""
    with shell.store.transaction():
        shell.store.outbox.put(message.key, replace(message, tried=None))


def _give_up(shell: Shell, message: Outgoing, now: datetime) -> None:
    """What it showed was never seen: those items count as not shown."""
    log.warning("%s is not sent any more", message.key)
    with shell.store.transaction():
        shell.store.outbox.remove(message.key)
        shell.store.record(LedgerEntry(at=now, event=Event.UNDO, cause=f"lost {message.key}", undone=message.key))


def _halt(shell: Shell, message: Outgoing, error: Exposed, now: datetime) -> None:
    log.critical("%s: nothing more is sent until the owner says start", error)
    with shell.store.transaction():
        shell.store.outbox.remove(message.key)
        shell.store.record(LedgerEntry(at=now, event=Event.HALT, cause=f"exposed {message.key}", text=str(error)))
        if others := [m.network for m in shell.messengers if m.network != message.network]:
            shell.write(f"exposed {message.key}", digest.halted(str(error)), now, network=others[0], is_alarm=True)


def _key(shell: Shell, message: Outgoing) -> str:
    """The same at every try, and guessable by nobody: some servers keep one set of keys for all their users."""
    secret = shell.store.meta.secret.encode()
    return hmac.new(secret, message.key.encode(), hashlib.sha256).hexdigest()[:32]


def _newest(shell: Shell, network: str) -> str | None:
    known = [each.id for each in shell.store.delivered.all().values() if each.network == network]
    return known[-1] if known else None


def _thread(shell: Shell, message: Outgoing, now: datetime) -> str | None:
    """The latest digest, below which answers are hung."""
    if message.begins_thread:
        return None
    all_ = [each for each in shell.store.delivered.all().values() if each.network == message.network]
    heads = [each for each in all_ if each.begins_thread and now - each.delivered_at < ONE_THREAD]
    return heads[-1].id if heads else None
