"""Send what is on its way: look whether it has arrived, send it, verify who got it. See `outbox` for the states."""

from __future__ import annotations

import hashlib
import hmac
import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from bot import digest, ledger, opportunities, review
from bot.compose import key, slot_of
from bot.errors import Exposed, NetworkError, RateLimited, Rejected, Unauthorized, Unavailable
from bot.gather import gather
from bot.ledger import Item
from bot.models import Event, LedgerEntry, SentMessage
from bot.networks import Messenger
from bot.occasional import review_key
from bot.outbox import SETTLES, Delivered, Outgoing, Step, arrived, items_in, next_step
from bot.shell import Shell, reading, writing
from bot.undelivered import carry_over, give_up, give_up_stranded, unshow

log = logging.getLogger(__name__)

CLOCKS_DIFFER = timedelta(days=1)
"""How far back to look when nothing was ever sent: server and bot may not agree on the time."""
RECALLS = timedelta(days=7)
"""How far back a state that knows of no message looks for what it said: as far as a first run reads."""
WAITS = timedelta(days=1)
"""For a network that cannot be read, before the owner is heard without what was shown of it."""
ONE_THREAD = timedelta(days=7)
MOST_AT_ONCE = 20
"""Messages that one tick may send by a network, and signs that it may put; the rest waits a minute. Servers allow 300
requests in five."""


def deliver(shell: Shell, now: datetime) -> None:
    """All that is on its way, in the order in which it was written. A message that must wait holds back the next."""
    for messenger in shell.messengers:
        mine = _on_their_way(shell, messenger)
        if mine and _may_send(shell, messenger, now):
            with shell.asking(writing(messenger), now):
                _deliver(shell, messenger, mine, now)
        if mine:
            carry_over(shell, mine, _other_way(shell, messenger, now), now)
    _mark_understood(shell, now)
    give_up_stranded(shell, now)


def _mark_understood(shell: Shell, now: datetime) -> None:
    """After the answers, as many at once. A sign that is put twice is one sign, so there is no look before."""
    waiting = shell.store.understood.all()
    if not waiting or ledger.controls(shell.store.ledger).halted:
        return
    for messenger in shell.messengers:
        mine = [message for message, network in waiting.items() if network == messenger.network]
        if mine and _may_send(shell, messenger, now):
            with shell.asking(writing(messenger), now):
                for message in mine[:MOST_AT_ONCE]:
                    messenger.mark_understood(message)
                    with shell.store.transaction():
                        shell.store.understood.remove(message)


def _other_way(shell: Shell, messenger: Messenger, now: datetime) -> Messenger | None:
    """Another network that takes messages, as far as is known."""
    others = [each for each in shell.messengers if each.network != messenger.network]
    works = (each for each in others if _may_send(shell, each, now) and not shell.health(writing(each)).trouble)
    return next(works, None)


def _on_their_way(shell: Shell, messenger: Messenger) -> list[Outgoing]:
    halted = ledger.controls(shell.store.ledger).halted
    rows = shell.store.outbox.all().values()
    return [row for row in rows if row.network == messenger.network and (row.is_alarm or not halted)]


def _may_send(shell: Shell, messenger: Messenger, now: datetime) -> bool:
    """Not before it is known what was said, and from where on the owner is heard: an answer to it would be lost.

    Nor soon after the backup was taken: it may have forgotten a request that is still on its way to the server.
    """
    recovered = shell.store.meta.recovered
    is_settled = recovered is None or shell.uptime().since(recovered) >= SETTLES
    is_heard = shell.store.cursors.get(writing(messenger)) is not None and messenger.network in shell.recalled
    return is_settled and is_heard and shell.may_ask(writing(messenger), now)


def _deliver(shell: Shell, messenger: Messenger, messages: Sequence[Outgoing], now: datetime) -> None:
    """One look before anything is sent; what comes after is sent by us, in this order."""
    sent = _unaccounted(shell, messenger.sent(messages[0].after, min(each.since for each in messages) - CLOCKS_DIFFER))
    left = MOST_AT_ONCE
    has_other_way = _other_way(shell, messenger, now) is not None
    for message in messages:
        if found := arrived(message, sent):
            sent = [each for each in sent if each is not found]
            _record_found(shell, message, found, now)
            continue
        match next_step(message, now, shell.uptime(), has_other_way=has_other_way):
            case Step.WAIT:
                return
            case Step.CARRY:
                _untry(shell, message)
                return
            case Step.DROP:
                give_up(shell, message, now)
            case Step.SEND if not left:
                return
            case Step.SEND:
                left -= 1
                _send(shell, messenger, replace(message, tried=shell.uptime()), now)


def _unaccounted(shell: Shell, sent: Iterable[SentMessage]) -> list[SentMessage]:
    """Those that may be a message on its way: no earlier one, and no answer of an owner who shares the account."""
    known = {each.id for each in shell.store.delivered.all().values()} | set(shell.store.heard.all())
    return [each for each in sent if each.id not in known]


# -- what was said by a process that died, or by a state that is lost ------------------------------------------------


def recall(shell: Shell, messenger: Messenger, now: datetime) -> None:
    """Before the owner is heard: learn what the owner has seen.

    A message that was tried may have arrived: then answers hang below it. A new process may find messages that its
    state knows nothing of (an older copy was restored, the backup was taken, the state is lost): the items in them
    were shown, under the numbers that stand there.
    """
    is_new = messenger.network not in shell.recalled
    rows = shell.store.outbox.all().values()
    mine = [row for row in rows if row.network == messenger.network and (row.tried or is_new)]
    if not mine and not is_new:
        return
    after = mine[0].after if mine else shell.newest(messenger.network)
    since = min([row.since - CLOCKS_DIFFER for row in mine] + ([now - RECALLS] if is_new else []))
    sent = _unaccounted(shell, messenger.sent(after, since))
    for message in mine:
        if found := arrived(message, sent):
            sent = [each for each in sent if each is not found]
            _record_found(shell, message, found, now)
    if is_new:
        _adopt(shell, messenger, sent, now)
        shell.recalled.add(messenger.network)


def _adopt(shell: Shell, messenger: Messenger, sent: Sequence[SentMessage], now: datetime) -> None:
    """The items of messages that the state knows nothing of."""
    adopted = {entry.cause for entry in shell.store.ledger}
    forgotten = [each for each in sent if items_in(each.text) and _adopting(each) not in adopted]
    if not forgotten:
        return
    gather(shell, now)
    known = {each.link for each in shell.store.opportunities.all().values()}
    down = [source.network for source in shell.sources if _is_waited_for(shell, reading(source), now)]
    if down and not known.issuperset(link for each in forgotten for link in items_in(each.text)):
        raise Unavailable(down[0], "cannot be read, so what was shown before cannot be told")
    log.warning("%d messages are on the server that the state does not know", len(forgotten))
    with shell.store.transaction():
        for each in forgotten:
            _record_shown(shell, each, now)
            if slot := slot_of(each.text, each.sent_at, shell.config.owner.timezone):
                _record_slot(shell, messenger, key(slot), each, now)
            elif slot := slot_of(each.text, each.sent_at, shell.config.owner.timezone, review.mark):
                _record_slot(shell, messenger, review_key(slot), each, now, begins_thread=False)


def _record_slot(
    shell: Shell,
    messenger: Messenger,
    key: str,
    message: SentMessage,
    now: datetime,
    *,
    begins_thread: bool = True,
) -> None:
    """A slot that has had its digest, or its weekly review. Inside a transaction."""
    if not shell.has_written(key):
        shell.store.delivered.put(
            key,
            Delivered(
                key=key,
                network=messenger.network,
                id=message.id,
                delivered_at=now,
                numbers=_shown_in(shell, message),
                begins_thread=begins_thread,
                is_adopted=True,
            ),
        )


def _is_waited_for(shell: Shell, name: str, now: datetime) -> bool:
    """Not for ever: the owner must be heard."""
    health = shell.health(name)
    return bool(health.trouble) and now - (health.since or now) < WAITS


def _adopting(message: SentMessage) -> str:
    return f"found {message.id}"


def _shown_in(shell: Shell, message: SentMessage) -> dict[int, int]:
    """Number -> opportunity, of the items that a message on the server shows."""
    shown = items_in(message.text)
    known = {each.link: each.id for each in shell.store.opportunities.all().values()}
    return {number: known[link] for link, number in shown.items() if link in known}


def _record_shown(shell: Shell, message: SentMessage, now: datetime) -> None:
    """What the state still takes for unseen, or for never asked about. Inside a transaction."""
    items = shell.items(shell.store.ledger)
    asks = digest.asks_what_came(message.text)
    event = Event.FOLLOWED_UP if asks else Event.SHOWN
    shell.store.record(
        *(
            LedgerEntry(at=now, event=event, cause=_adopting(message), opportunity=ident, number=number)
            for number, ident in _shown_in(shell, message).items()
            if ident in items and _is_news(items[ident], message, asks=asks)
        )
    )


def _is_news(item: Item, message: SentMessage, *, asks: bool) -> bool:
    return item.standing.asked_at is None if asks else bool(opportunities.waiting([item], message.sent_at))


# -- one message -----------------------------------------------------------------------------------------------------


def _send(shell: Shell, messenger: Messenger, message: Outgoing, now: datetime) -> None:
    with shell.store.transaction():
        shell.store.outbox.put(message.key, message)
    try:
        ident = messenger.send(message.text, key=_key(shell, message), reply_to=_thread(shell, message, now))
    except Exposed as error:
        _halt(shell, message, error, now)
        raise
    except Rejected as error:
        log.error("%s was refused: %s", message.key, error)  # noqa: TRY400  the line says it all
        give_up(shell, message, now)
        return
    except (RateLimited, Unauthorized):
        _untry(shell, message)
        raise
    except NetworkError as error:
        if not error.maybe_done:
            _untry(shell, message)
        raise
    with shell.store.transaction():
        _record_arrival(shell, message, ident, message.numbers, now)


def _record_arrival(shell: Shell, message: Outgoing, ident: str, numbers: Mapping[int, int], now: datetime) -> None:
    """Its text is needed no more, not even in the backup. Inside a transaction."""
    shell.store.outbox.remove(message.key)
    shell.store.erase()
    shell.store.delivered.put(
        message.key,
        Delivered(
            key=message.key,
            network=message.network,
            id=ident,
            delivered_at=now,
            numbers=numbers,
            begins_thread=message.begins_thread,
        ),
    )
    log.info("%s arrived as %s", message.key, ident)


def _record_found(shell: Shell, message: Outgoing, found: SentMessage, now: datetime) -> None:
    """It is there already. Another state may have written it: what was shown is what stands there."""
    numbers = dict(message.numbers)
    stands = _shown_in(shell, found) if items_in(found.text) else numbers
    with shell.store.transaction():
        if stands != numbers:
            log.warning("%s stands on the server with other items", message.key)
            unshow(shell, message, now)
            _record_shown(shell, found, now)
        _record_arrival(shell, message, found.id, stands, now)


def _untry(shell: Shell, message: Outgoing) -> None:
    """It was surely not stored, or it was looked for and is not there."""
    with shell.store.transaction():
        shell.store.outbox.put(message.key, replace(message, tried=None))


def _halt(shell: Shell, message: Outgoing, error: Exposed, now: datetime) -> None:
    log.critical("%s: nothing more is sent until the owner says start", error)
    with shell.store.transaction():
        shell.store.outbox.remove(message.key)
        unshow(shell, message, now)
        shell.store.record(LedgerEntry(at=now, event=Event.HALT, cause=f"exposed {message.key}", text=str(error)))
        if others := [m.network for m in shell.messengers if m.network != message.network]:
            shell.write(f"exposed {message.key}", digest.halted(str(error)), now, network=others[0], is_alarm=True)


def _key(shell: Shell, message: Outgoing) -> str:
    """The same at every try, and guessable by nobody: some servers keep one set of keys for all their users.

    Of the text as well: a restored state may say something else under an old name, and a server that knows the name
    would answer with the old message.
    """
    secret = shell.store.meta.secret.encode()
    return hmac.new(secret, f"{message.key}\n{message.text}".encode(), hashlib.sha256).hexdigest()[:32]


def _thread(shell: Shell, message: Outgoing, now: datetime) -> str | None:
    """The latest digest, below which answers are hung."""
    if message.begins_thread:
        return None
    all_ = [each for each in shell.store.delivered.all().values() if each.network == message.network]
    heads = [each for each in all_ if each.begins_thread and now - each.delivered_at < ONE_THREAD]
    return heads[-1].id if heads else None
