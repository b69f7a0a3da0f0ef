"""The digest that is due: choose among what is open, look at it once more, number it, put it on its way."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta, tzinfo

from bot import consent, digest, ledger, opinion, opportunities, schedule
from bot.errors import OpinionError
from bot.ledger import Item
from bot.models import Event, LedgerEntry
from bot.networks import Messenger
from bot.outbox import PATIENCE
from bot.revisit import Looked, revisit
from bot.shell import Shell, reading, writing
from bot.text import letters

log = logging.getLogger(__name__)

LOOKED_AT = 10
"""Of the best, looked at again before the choice: some will turn out to be answered, edited or gone."""
CLOCK = re.compile(r", ([01]\d|2[0-3]):([0-5]\d)(?::|$)")
"""In `digest.mark`."""
TRIES_AGAIN = timedelta(minutes=5)
"""While it waits. Each look at what is open costs some twenty requests."""


def key(slot: str) -> str:
    return f"digest {slot}"


def slot_in(key: str) -> datetime | None:
    """What the owner's clock showed, of the key of a digest."""
    kind, _, slot = key.partition(" ")
    return datetime.strptime(slot, schedule.NAMED) if kind == "digest" else None  # noqa: DTZ007  no moment, a clock


def slot_of(text: str, sent_at: datetime, zone: tzinfo, mark: Callable[[datetime], str] = digest.mark) -> str | None:
    """Which slot a message is the digest of; it names no year. None for a message of another kind."""
    if found := CLOCK.search(text.partition("\n")[0]):
        for days in range(-2, 2):
            day = sent_at.astimezone(zone).date() + timedelta(days=days)
            local = datetime.combine(day, time(int(found[1]), int(found[2])), zone)
            if letters(text).startswith(letters(mark(local))):
                return schedule.name(local)
    return None


def due(shell: Shell, now: datetime) -> tuple[str, datetime] | None:
    """The slot whose digest is due, unless the owner wants none now or a network is waited for."""
    if is_held(shell, now):
        return None
    if shell.compose_at and now < shell.compose_at <= now + TRIES_AGAIN:
        return None
    config = shell.config.digest
    slot = schedule.due_slot(now, config.at, config.days, shell.config.owner.timezone, shell.store.meta.last_slot)
    by = way(shell, now)
    if slot and by and by.notice and slot[1] < (shell.store.meta.started_at or now):
        return None  # a state that was lost may have sent it, by the network that does not tell
    return slot if by else None


def is_held(shell: Shell, now: datetime) -> bool:
    """The owner wants no messages now, or nothing may be sent."""
    held = ledger.controls(shell.store.ledger)
    return bool(held.is_stopped or held.halted or (held.paused_until and now < held.paused_until))


def compose(shell: Shell, slot: tuple[str, datetime], now: datetime) -> digest.Message | None:
    """Write the slot's digest into the outbox; None when nothing is worth sending, or a network is waited for."""
    shell.meet_people()
    held = ledger.controls(shell.store.ledger)
    ranked = map(opinion.local, shell.ranked(shell.store.ledger, now).values())
    waiting = opportunities.waiting(ranked, now, held.first_goal(now))
    muted = shell.muted()
    waiting = [item for item in waiting if muted.isdisjoint(item.opportunity.people)]
    looked = revisit(shell, waiting[:LOOKED_AT], now)
    seen = opportunities.waiting(with_opinions(shell, looked), now, held.first_goal(now))
    config = shell.config.digest
    few = opportunities.chosen(
        seen,
        config.items,
        new_voice=config.new_voice,
        now=now,
        who=shell.kin,
        alarm=shell.learnt(now).alarm,
        shown_at=_last_list(shell, now),
    )
    items = _numbered(shell, few, now)
    rest = len(seen) + len(waiting[LOOKED_AT:]) - len(few)
    by = way(shell, now) or Way(messenger=shell.messengers[0])
    message = _worded(shell, by, items, slot[1], now, more=rest > 0) if few else None
    if (few and not message) or _is_worth_waiting(shell, now, is_empty=not few):
        log.warning("the digest of %s waits for a network", slot[0])
        shell.compose_at = now + TRIES_AGAIN
        return None
    if message and shell.has_written(key(slot[0])):
        message = None  # the clock was set back: this one was sent, and what is new waits for the next
    zone = shell.config.owner.timezone
    with shell.store.transaction():
        if message:
            _put_on_its_way(shell, by, message, items, slot=slot[0], now=now)
        shell.store.update_meta(last_slot=schedule.last(slot[0], shell.store.meta.last_slot, now, zone))
    return message


def _last_list(shell: Shell, now: datetime) -> datetime | None:
    """When a list last went out that was not lost; a clock that was ahead then does not count."""
    counting = ledger.counting(shell.store.ledger)
    shown = (entry.at for entry in counting if entry.event is Event.SHOWN and slot_in(entry.cause))
    return max((at for at in shown if at <= now), default=None)


def with_opinions(shell: Shell, looked: Sequence[Looked]) -> list[Item]:
    """The best of the day as a second opinion sees them, where the owner wants one; else as they are."""
    items = [each.item for each in looked]
    if shell.second_opinion is None:
        return items
    asked = [place for place, each in enumerate(looked) if _may_be_asked(shell, each)]
    texts = [looked[place].post.text for place in asked]
    try:
        opinions = shell.second_opinion(texts, shell.config.goals) if texts else []
    except OpinionError as error:
        log.warning("no second opinion today: %s", error)
        opinions = [None] * len(texts)
    for place, item in zip(asked, opinion.moved([items[place] for place in asked], opinions), strict=True):
        items[place] = item
    if unusable := sum(each is None for each in opinions):
        log.info("second opinions that could not be used: %d of %d", unusable, len(opinions))
    with shell.store.transaction():
        for item in items:
            shell.keep(item.opportunity)
    return items


def _may_be_asked(shell: Shell, looked: Looked) -> bool:
    is_kept_away = shell.store.forgotten.holds(looked.post.author.id)
    mine = looked.item.opportunity
    is_of_the_post = not (mine.is_about_people or opportunities.is_cold(mine))
    return is_of_the_post and not is_kept_away and consent.may_leave(looked.post)


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """By which network a message goes now."""

    messenger: Messenger
    notice: str = ""
    """Why it is not the chosen one."""

    def fits(self, text: str) -> bool:
        """With the notice."""
        return self.messenger.fits(self._noticed(text))

    def told(self, message: digest.Message) -> digest.Message:
        return replace(message, text=self._noticed(message.text))

    def _noticed(self, text: str) -> str:
        return f"{text}\n\n{self.notice}" if self.notice else text


def way(shell: Shell, now: datetime) -> Way | None:
    """The chosen network or, when that has taken nothing for an hour, another one. None: wait.

    Only where it is known what was sent before.
    """
    chosen, *others = shell.messengers
    trouble = shell.health(writing(chosen))
    since = trouble.since or now
    if trouble.trouble and now - since >= PATIENCE:
        for messenger in others:
            if _is_open(shell, messenger, now) and not shell.health(writing(messenger)).trouble:
                zone = shell.config.owner.timezone
                return Way(messenger=messenger, notice=digest.instead(chosen.network, since, zone, trouble.trouble))
    return Way(messenger=chosen) if _is_open(shell, chosen, now) else None


def _is_open(shell: Shell, messenger: Messenger, now: datetime) -> bool:
    return messenger.network in shell.recalled and shell.may_ask(writing(messenger), now)


def _is_worth_waiting(shell: Shell, now: datetime, *, is_empty: bool) -> bool:
    """Not long for one that fails, but for as long as the slot lasts when without it there is nothing to say."""
    names = [reading(source) for source in shell.sources]
    since = [shell.health(name).since or now for name in names if shell.is_down(name)]
    return bool(since) and (is_empty or now - max(since) < PATIENCE)  # else without what cannot be looked at


def _worded(
    shell: Shell, by: Way, items: dict[int, Item], slot_at: datetime, now: datetime, *, more: bool
) -> digest.Message | None:
    """None when the server does not tell how much a message may hold."""
    counted = shell.store.tallies.get("digest") or {}
    tally = digest.Tally(read=counted.get("read", 0), opted_out=counted.get(consent.Refusal.OPTED_OUT, 0))
    with shell.asking(writing(by.messenger), now):
        return digest.digest(
            items, tally, slot_at=slot_at, now=now, more=more, fits=by.messenger.fits, notice=by.notice
        )
    return None


def _numbered(shell: Shell, items: Sequence[Item], now: datetime) -> dict[int, Item]:
    """Each by its number: the one it bears already, or a free one."""
    free = ledger.free_numbers(ledger.standings(shell.store.ledger).values(), now)
    return {item.standing.number or next(free): item for item in items}


def _put_on_its_way(
    shell: Shell, by: Way, message: digest.Message, items: dict[int, Item], *, slot: str, now: datetime
) -> None:
    """The message and what it shows, together. Inside a transaction."""
    shown = {number: items[number].opportunity.id for number in message.numbers}
    shell.write(
        key(slot),
        message,
        now,
        network=by.messenger.network,
        numbers=shown,
        begins_thread=True,
        expires_at=now + schedule.LATEST,
    )
    shell.store.record(
        *(
            LedgerEntry(at=now, event=Event.SHOWN, cause=key(slot), opportunity=ident, number=number)
            for number, ident in shown.items()
        )
    )
    shell.store.tallies.put("digest", {})
