"""Look again at what is open, before it is shown and once a day: edited, deleted, answered, hidden?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bot import cold, collaborators, consent, opportunities, people
from bot.errors import NotFound
from bot.finding.case import exchange
from bot.finding.promises import promise_in
from bot.finding.scoring import BAR, judge
from bot.ledger import Item
from bot.models import (
    Event,
    Exchange,
    Judgement,
    LedgerEntry,
    NotificationKind,
    Opportunity,
    Post,
    Promise,
    Relationship,
    Thread,
    Turn,
)
from bot.networks import Source
from bot.shell import Shell, reading


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """An item as it is now, with its post, which is in memory only."""

    item: Item
    post: Post


def revisit(shell: Shell, items: Sequence[Item], now: datetime) -> list[Looked]:
    """Those of the items that are still to be shown, as they are now; those of a network in trouble are left out."""
    kept: dict[int, Looked] = {}
    for source in shell.sources:
        mine = [item for item in items if item.opportunity.network == source.network]
        if mine and shell.may_ask(reading(source), now):
            with shell.asking(reading(source), now):
                shell.meet_owner(source)
                kept |= {each.item.opportunity.id: each for each in _look(shell, source, mine, now)}
    for item in [each.item for each in kept.values() if each.item.opportunity.copies]:
        if _is_answered_elsewhere(shell, item.opportunity, now):
            with shell.store.transaction():
                _close(shell, item.opportunity, Event.ANSWERED, now)
            del kept[item.opportunity.id]
    return [kept[item.opportunity.id] for item in items if item.opportunity.id in kept]


def _is_answered_elsewhere(shell: Shell, mine: Opportunity, now: datetime) -> bool:
    """Below the same post on the other network: an answer to the one is an answer to both."""
    for source in shell.sources:
        copies = [copy.post for copy in mine.copies if copy.network == source.network]
        if copies and shell.may_ask(reading(source), now):
            with shell.asking(reading(source), now):
                shell.meet_owner(source)
                for post in source.posts(copies).values():
                    if exchange(source.thread(post), post.author.id, shell.owners).turn is Turn.THEM:
                        return True
    return False


def _close(shell: Shell, mine: Opportunity, event: Event, now: datetime) -> None:
    cause = f"look {now:%Y-%m-%d %H:%M:%S}"
    shell.record(LedgerEntry(at=now, event=event, cause=cause, opportunity=mine.id))


def _look(shell: Shell, source: Source, items: Sequence[Item], now: datetime) -> list[Looked]:
    posts = source.posts(item.opportunity.post for item in items)
    relationships = source.relationships(sorted({person for item in items for person in item.opportunity.people}))
    threads: dict[int, Thread] = {}
    seen = []
    for item in items:
        post = posts.get(item.opportunity.post)
        relationship = _between(relationships, item.opportunity)
        thread = _thread(shell, source, post, relationship)
        if thread:
            threads[item.opportunity.id] = thread
        seen.append(_as_it_is(shell, item.opportunity, post=post, thread=thread, relationship=relationship, now=now))
    with shell.store.transaction():
        authors = [post.author for post in posts.values()]
        shell.unlearn(*(each.id for each in authors if not consent.may_keep(each, shell.wishes)))
        for item, what in zip(items, seen, strict=True):
            if item.opportunity.id in threads:
                _remember(shell, item.opportunity.person, threads[item.opportunity.id], now)
            if isinstance(what, Opportunity):
                shell.keep(what)
            else:
                _close(shell, item.opportunity, what, now)
    return [
        Looked(item=replace(item, opportunity=what), post=posts[item.opportunity.post])
        for item, what in zip(items, seen, strict=True)
        if isinstance(what, Opportunity)
    ]


def _between(relationships: Mapping[str, Relationship], mine: Opportunity) -> Relationship:
    """With all whom it is about: of two who should meet, neither is to be shown when one is not."""
    theirs = [relationships.get(person, Relationship()) for person in sorted(mine.people)]
    return Relationship(
        is_hidden=any(each.is_hidden for each in theirs), is_followed=any(each.is_followed for each in theirs)
    )


def _thread(shell: Shell, source: Source, post: Post | None, relationship: Relationship) -> Thread | None:
    """None when the post is gone, or is not to be shown any more."""
    if post is None or relationship.is_hidden or consent.refusal(post, shell.wishes):
        return None
    try:
        return source.thread(post)
    except NotFound:
        return None


def _remember(shell: Shell, account: str, thread: Thread, now: datetime) -> None:
    """That the owner wrote to them."""
    person = shell.store.people.get(account)
    if person:
        zone = shell.config.owner.timezone
        after = people.joined(people.answered_in(thread, account, person, shell.owners, zone), now)
        if after != person:
            shell.store.people.put(person.id, after)


def _as_it_is(
    shell: Shell,
    mine: Opportunity,
    *,
    post: Post | None,
    thread: Thread | None,
    relationship: Relationship,
    now: datetime,
) -> Opportunity | Event:
    """The opportunity, or what closes it."""
    if post is None or thread is None:
        return Event.EXPIRED
    if mine.is_about_people:
        return _of_people(shell, mine, post)
    stands = exchange(thread, mine.person, shell.owners)
    if mine.promise and mine.promise.is_cold:
        return _with_promise(shell, mine, mine.promise, thread, stands)
    if stands.turn is Turn.THEM:
        return Event.ANSWERED
    is_old = now - post.posted_at > shell.config.privacy.keep_open
    may_quote = consent.may_quote(post, shell.wishes) and not is_old
    judgement = mine.judgement
    if post.edition != mine.edition or (may_quote and not judgement.gist):
        judged = _judged(shell, post, thread, relationship, now)
        if judged is None:
            return Event.EXPIRED
        judgement = judged
    if not may_quote:
        judgement = replace(judgement, gist="")
    return replace(
        mine,
        name=post.author.name,
        edition=post.edition,
        visibility=post.visibility,
        judgement=judgement,
        exchange=stands,
    )


def _of_people(shell: Shell, mine: Opportunity, post: Post) -> Opportunity | Event:
    """No answer to the post settles it. A post that was edited is quoted no more."""
    if mine.other and shell.store.people.get(mine.other.person) is None:
        return Event.EXPIRED
    is_as_it_was = post.edition == mine.edition and consent.may_quote(post, shell.wishes)
    gist = mine.judgement.gist if is_as_it_was else ""
    judgement = replace(mine.judgement, gist=gist)
    return replace(mine, name=post.author.name, visibility=post.visibility, judgement=judgement)


def _with_promise(
    shell: Shell, mine: Opportunity, promise: Promise, thread: Thread, stands: Exchange
) -> Opportunity | Event:
    """A promise that has gone cold, in the words in which it was given; closed when it was kept or taken back."""
    given = next((each for each in thread.posts if each.id == promise.post), None)
    if given is None or cold.is_kept(promise, thread, shell.owners, mine.person):
        return Event.ANSWERED
    may_quote = consent.is_open(given) if promise.by_owner else consent.may_quote(given, shell.wishes)
    words = promise_in(given.text) if may_quote else ""
    return replace(mine, link=given.link, exchange=stands, promise=replace(promise, words=words))


def _judged(shell: Shell, post: Post, thread: Thread, relationship: Relationship, now: datetime) -> Judgement | None:
    case = shell.case(post, thread, relationship, kind=NotificationKind.MENTION, copies=0, now=now)
    judged = judge(case, shell.read(case))
    if not isinstance(judged, Judgement):
        return None
    if shell.is_watched(post.author):
        judged = opportunities.lifted(judged)
    else:
        judged = shell.learnt(now).applied(judged, case.author)
    judged = collaborators.of_its_own(judged)
    return judged if judged.score >= BAR else None
