"""Erase a person for good: name, words, links, the owner's notes on them. Numbers stay, without a name.

the owner's yes -> enter: a mark in the file beside the state -> erased here, in the backup, in what was set aside
a state of long ago -> reapply: whoever bears a mark is erased again
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from bot.forgotten import mark
from bot.models import Event, LedgerEntry, Opportunity
from bot.shell import Shell

NOTHING_MORE = frozenset({Event.NOTE, Event.MUTE, Event.UNMUTE})
"""Entries of which nothing is left without the person."""


def enter(shell: Shell, entries: Iterable[LedgerEntry], now: datetime) -> None:
    """What the owner's message brought about; whom it makes forgotten is erased. Inside a transaction."""
    marked = [
        replace(entry, person=mark(entry.person)) if entry.event is Event.FORGET and entry.person else entry
        for entry in entries
    ]
    fresh = [entry.person for entry in marked if entry.event is Event.FORGET and entry.person]
    shell.record(*marked)
    if fresh:
        shell.store.remember_forgotten(fresh)
        _close(shell, now)
        _erase(shell, now)


def reapply(shell: Shell, now: datetime) -> None:
    """To a state that may have been restored from before they were forgotten; and the other way round."""
    store = shell.store
    store.remember_forgotten(
        entry.person for entry in store.ledger if entry.event is Event.FORGET and entry.person and "$" in entry.person
    )
    if _is_known(shell):
        with store.transaction():
            _close(shell, now)
            _erase(shell, now)


def _is_known(shell: Shell) -> bool:
    gone = shell.store.forgotten.holds
    about = (person for each in shell.store.opportunities.all().values() for person in each.people)
    people = {*shell.store.people.all(), *about}
    return bool(len(shell.store.forgotten)) and any(map(gone, people))


def _close(shell: Shell, now: datetime) -> None:
    """What is open of theirs."""
    theirs = _theirs(shell, shell.store.forgotten.holds)
    shell.record(
        *(
            LedgerEntry(at=now, event=Event.EXPIRED, cause=f"forgotten {now:%Y-%m-%d %H:%M:%S}", opportunity=each)
            for each, item in shell.items(shell.store.ledger).items()
            if item.standing.is_open and each in theirs
        )
    )


def _theirs(shell: Shell, gone: Callable[[str], bool]) -> dict[int, Opportunity]:
    known = {person for each in shell.store.opportunities.all().values() for person in each.people if person}
    lost = {person for person in known if gone(person)}
    return {each.id: each for each in shell.store.opportunities.all().values() if lost & each.people}


def _erase(shell: Shell, now: datetime) -> None:
    store = shell.store
    gone = store.forgotten.holds
    theirs = _theirs(shell, gone)
    for each in theirs.values():
        store.opportunities.put(str(each.id), _nameless(each))
    _erase_row(shell, gone)
    authors = {each.author for each in store.seen.all().values()}
    lost = {author for author in authors if gone(author)}
    store.seen.remove(*(key for key, each in store.seen.all().items() if each.author in lost))
    store.near.remove(*(key for key, each in store.near.all().items() if gone(each.author)))
    store.rewrite_entries(lambda entry: _without_them(entry, theirs.keys(), gone))
    store.clear_damaged(now + timedelta(days=1))
    store.erase()


def _erase_row(shell: Shell, gone: Callable[[str], bool]) -> None:
    """Their own, and that others were seen to talk with them."""
    rows = shell.store.people
    rows.remove(*(key for key in rows.all() if gone(key)))
    lost = {id_ for id_ in {met for row in rows.all().values() for met in row.met} if gone(id_)}
    for key, row in rows.all().items():
        if lost.intersection(row.met):
            rows.put(key, replace(row, met=tuple(each for each in row.met if each not in lost)))


def _nameless(opportunity: Opportunity) -> Opportunity:
    """What the sums of a report need, and no more."""
    judgement = replace(opportunity.judgement, gist="", heads={})
    blank = {
        "person": "",
        "name": "",
        "thread": "",
        "post": "",
        "link": "",
        "edition": "",
        "signature": 0,
        "promise": None,
        "evidence": None,
        "other": None,
        "copies": (),
    }
    return replace(opportunity, judgement=judgement, **blank)  # type: ignore[arg-type]


def _without_them(entry: LedgerEntry, theirs: Iterable[int], gone: Callable[[str], bool]) -> LedgerEntry | None:
    """None: nothing of it is left. A question that was asked back may hold their name."""
    is_about = entry.opportunity in set(theirs) or (entry.event is not Event.FORGET and gone(entry.person or ""))
    if is_about and entry.event in NOTHING_MORE:
        return None
    if (is_about or entry.event is Event.ASKED) and entry.text:
        return replace(entry, text="")
    return entry
