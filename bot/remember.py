"""Remember who wrote, and whom that makes of them: in the circle, a possible collaborator, one of two who should meet.

    a judged post -> the person's row -> who met whom -> enough for a collaborator? -> somebody whom they should meet?

All inside the transaction that takes the post in; nothing is asked of a network.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bot import collaborators, consent, opportunities, people
from bot.finding.case import Case
from bot.finding.gate import signature
from bot.finding.scoring import Dismissal
from bot.models import Event, Exchange, Judgement, LedgerEntry, Opportunity, Other, Person, Post, Thread, Turn
from bot.shell import Shell

STILL_COUNTS = frozenset({"answered", "answered-by-another"})
"""A post that needs no answer any more says as much of its author."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A judged post, and where and when it was read."""

    shell: Shell
    network: str
    case: Case
    judged: Judgement | Dismissal
    now: datetime


def remember(written: Written) -> Opportunity | None:
    """The author, and what is now to be said of them as a person: the opportunity, if one came of it."""
    shell, case, judged = written.shell, written.case, written.judged
    if not consent.may_keep(case.post.author, shell.wishes):
        return None
    is_of_weight = isinstance(judged, Judgement) or judged.reason in STILL_COUNTS
    before = shell.store.people.get(case.author)
    kin = [row for id_ in shell.kin.of(case.author) - {case.author} if (row := shell.store.people.get(id_))]
    person = people.remembered(
        case,
        before,
        zone=shell.config.owner.timezone,
        goal=judged.goal,
        network=written.network,
        signals=judged.signals if is_of_weight else (),
        kin=kin,
    )
    shell.store.people.put(person.id, person)
    _note_meetings(shell, case)
    if not isinstance(judged, Judgement) or collaborators.speaks_for_itself(judged):
        return None  # what was answered already counts for its author, who is told of with their next one
    whole = people.as_one([person, *kin])
    may_be_quoted = collaborators.gives_something(before, person) and consent.may_quote(case.post, shell.wishes)
    found = _as_collaborator(written, whole, judged.gist if may_be_quoted else "")
    if found is None and judged.goal:
        _introduce(written, whole, judged.goal)
    return found


def _note_meetings(shell: Shell, case: Case) -> None:
    """Of those only who are remembered anyway."""
    for one, other in people.meetings(case.thread, case.owners):
        for id_, met in ((one, other), (other, one)):
            row = shell.store.people.get(id_)
            if row and met not in row.met:
                shell.store.people.put(id_, people.met(row, [met]))


def _as_collaborator(written: Written, person: Person, gist: str) -> Opportunity | None:
    shell, zone = written.shell, written.shell.config.owner.timezone
    found = collaborators.evidence(person, (goal.name for goal in written.case.goals), zone)
    if found is None:
        return None
    goal, evidence = found
    items = shell.items(shell.store.ledger).values()
    place = collaborators.place(items, shell.kin, person.id, evidence, written.now)
    if not place:
        return None
    ident = place.id if isinstance(place, Opportunity) else shell.store.new_opportunity_id()
    judged = collaborators.judgement(goal, evidence, gist, written.now.astimezone(zone).date())
    return _open(written, replace(_about_people(written, judged, ident), evidence=evidence))


def _introduce(written: Written, person: Person, goal: str) -> None:
    """Whom they should meet; it is noted with both, so that this pair never comes again."""
    shell, now = written.shell, written.now
    if not collaborators.may_introduce(shell.items(shell.store.ledger).values(), now):
        return
    muted = shell.muted()
    known = people.united(shell.store.people.all().values(), shell.kin)
    others = [each for id_, each in known.items() if id_ not in muted]
    other = collaborators.to_introduce(others, person, goal, shell.kin, now)
    if other is None:
        return
    made = _about_people(written, collaborators.introduction(goal), shell.store.new_opportunity_id())
    _open(written, replace(made, other=Other(person=other.id, name=other.name)))
    for one, met in ((person.id, other.id), (other.id, person.id)):
        if row := shell.store.people.get(one):
            shell.store.people.put(one, people.met(row, [met]))


def _about_people(written: Written, judged: Judgement, ident: int) -> Opportunity:
    """It stands on this post, but no answer to the post settles it."""
    case = written.case
    made = opportunities.opportunity(
        case.post,
        case.thread,
        judged,
        ident=ident,
        network=written.network,
        owners=case.owners,
        now=max(written.now, case.post.posted_at),
        signature=signature(case.post.text),
    )
    return replace(made, exchange=Exchange(turn=Turn.NOBODY))


def _open(written: Written, opportunity: Opportunity) -> Opportunity:
    written.shell.keep(opportunity)
    cause = f"person {written.now:%Y-%m-%d %H:%M:%S}"
    entry = LedgerEntry(at=written.now, event=Event.FOUND, cause=cause, opportunity=opportunity.id)
    written.shell.store.record(entry)
    return opportunity


def note_answers(shell: Shell, own: Sequence[Post], now: datetime) -> None:
    """To whom the owner wrote, whatever became of the thread. `own`: their newest posts. Inside a transaction."""
    if not own:
        return
    thread, zone = Thread(posts=tuple(own)), shell.config.owner.timezone
    for account in sorted({post.reply_to_author for post in own if post.reply_to_author} - shell.owners):
        if person := shell.store.people.get(account):
            after = people.joined(people.answered_in(thread, account, person, shell.owners, zone), now)
            if after != person:
                shell.store.people.put(account, after)
