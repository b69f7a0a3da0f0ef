"""One tick: hear the owner, read the networks, write the digest that is due, send what is on its way.

    hear      the owner's messages -> commands.answer -> ledger, reply in the outbox
    gather    notifications -> consent, gate -> threads -> judgement -> opportunities, people, ledger FOUND
    compose   a slot is due -> what is open, looked at again -> ledger SHOWN, the digest in the outbox
              now and then beside it: the question what came of things, the weekly review (`occasional`)
    deliver   each message on its way: has it arrived? send, verify, done

Every step ends in transactions that hold together what belongs together, and none spans a request. Whatever dies
between two of them, the next tick goes on: nothing is lost, nothing is said twice. A network that fails sits the tick
out; the next tick is the retry.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import datetime, timedelta

from bot import digest, ledger, occasional, schedule
from bot.compose import compose, due, key, way
from bot.deliver import deliver
from bot.forget import reapply
from bot.gather import gather
from bot.hear import hear
from bot.prune import prune
from bot.shell import Shell, reading

log = logging.getLogger(__name__)


def tick(shell: Shell, now: datetime, *, read: bool = True, digest_now: bool = False) -> digest.Message | None:
    """The digest that this tick wrote, if any. `read=False` leaves the networks unread until `poll_every` is over."""
    before, shell.clock_trouble = shell.clock_trouble, shell.clock_error(now)
    if shell.clock_trouble:
        if shell.clock_trouble != before:
            log.log(
                logging.ERROR if shell.is_clock_wrong else logging.WARNING, "nothing is done: %s", shell.clock_trouble
            )
        return None
    if before:
        log.info("going on")
    if shell.is_new:
        reapply(shell, now)
    _begin(shell, now)
    hear(shell, now)
    slot = due(shell, now)
    if digest_now:
        slot = _slot(shell, now) if way(shell, now) else None
    if not ledger.controls(shell.store.ledger).is_stopped:
        if read or slot or _is_poll_due(shell, now):
            gather(shell, now, before_digest=slot is not None)
        prune(shell, now)
    message = compose(shell, slot, now) if slot else None
    occasional.ask_what_came(shell, now)
    occasional.review_week(shell, now)
    deliver(shell, now)
    return message


def _begin(shell: Shell, now: datetime) -> None:
    """The first tick of all says hello, and draws the line before which nothing is obeyed."""
    if shell.is_new and shell.store.recovered:
        with shell.store.transaction():
            shell.store.update_meta(recovered=shell.uptime())
            for row in shell.store.outbox.all().values():  # the commit that is lost may have said that it was tried
                shell.store.outbox.put(row.key, replace(row, tried=shell.uptime()))
    shell.is_new = False
    if shell.store.meta.started_at is None:
        with shell.store.transaction():
            shell.store.update_meta(started_at=now)
            shell.write("hello", digest.hello(shell.config.digest.at), now, begins_thread=True)


def _slot(shell: Shell, now: datetime) -> tuple[str, datetime]:
    """A slot of its own for a digest that was asked for: this minute, or the next that has none."""
    local = now.astimezone(shell.config.owner.timezone)
    while shell.has_written(key(schedule.name(local))):
        local += timedelta(minutes=1)
    return schedule.name(local), local


def _is_poll_due(shell: Shell, now: datetime) -> bool:
    every = shell.config.state.poll_every
    return any(schedule.is_due(shell.health(reading(source)).read_at, every, now) for source in shell.sources)
