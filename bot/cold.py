r"""Promises that nothing followed: found in what the two wrote to each other, and brought back after a while.

So is what a watched person still waits for.

    a reply that promises -> kept with the item, as a date -> the promiser writes again: kept, and gone
                                                          \_ nothing for `going_cold_after`: back in the digest

The words are not kept: they are read again when the item comes back.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta

from bot import consent, ledger, opportunities
from bot.errors import NotFound
from bot.finding.case import Case
from bot.finding.gate import signature
from bot.finding.promises import promise_in
from bot.ledger import Standing, State
from bot.models import (
    Event,
    Judgement,
    Kind,
    LedgerEntry,
    Opportunity,
    Post,
    Promise,
    Signal,
    Strength,
    Thread,
    Turn,
    Value,
    Verb,
)
from bot.networks import Source
from bot.remember import note_answers
from bot.shell import Shell, reading

LOOKS_BACK = timedelta(days=7)
ONE_BREATH = timedelta(hours=1)
"""What follows a promise so soon belongs to it."""
COMES_BACK = frozenset({State.FOUND, State.SHOWN, State.ANSWERED})
"""Not what the owner has done, dismissed or put off."""
PROMISED = Signal(name="is_promised", weight=0.0, because="one of you promised something")


WATCHED = "watched "
"""How the cause begins when something comes back because its author is watched."""


def promised(shell: Shell, post: Post) -> Promise | None:
    """What this post promises."""
    if not promise_in(post.text):
        return None
    on = post.posted_at.astimezone(shell.config.owner.timezone).date()
    return Promise(by_owner=post.author.id in shell.owners, post=post.id, at=post.posted_at, on=on)


def carried_on(shell: Shell, mine: Opportunity | None, case: Case, *, is_worth_it: bool) -> Promise | None:
    """The promise that stands after this post of theirs: their own older one is kept, or lapsed, with it."""
    made = promised(shell, case.post) if is_worth_it and case.answers_owner else None
    if made:
        return made
    before = mine.promise if mine else None
    return replace(before, is_cold=False, words="") if before and before.by_owner else None


def is_kept(promise: Promise, thread: Thread, owners: frozenset[str], person: str) -> bool:
    """Whoever gave it has written again since."""
    authors = owners if promise.by_owner else frozenset({person})
    theirs = (each for each in thread.posts if each.author.id in authors and each.id != promise.post)
    return any(each.posted_at > promise.at + ONE_BREATH for each in theirs)


def filed(
    shell: Shell,
    source: Source,
    promise: Promise,
    *,
    post: Post,
    thread: Thread,
    judgement: Judgement | None,
    now: datetime,
) -> Opportunity:
    """To hold a promise of which there is no item; `post` is theirs. Inside a transaction."""
    judgement = judgement or Judgement(
        kind=Kind.CONVERSATION,
        verb=Verb.SAYS,
        value=Value.SOCIAL,
        strength=Strength.MAYBE,
        goal=None,
        gist="",
        signals=(PROMISED,),
    )
    made = opportunities.opportunity(
        post,
        thread,
        replace(judgement, gist=""),
        ident=shell.store.new_opportunity_id(),
        network=source.network,
        owners=shell.owners,
        now=now,
        signature=signature(post.text),
    )
    return replace(made, promise=promise)


# -- once a day --------------------------------------------------------------------------------------------------------


def look(shell: Shell, now: datetime) -> None:
    """What the owner promised lately, and which promises have gone cold."""
    for source in shell.sources:
        if shell.may_ask(reading(source), now):
            with shell.asking(reading(source), now):
                shell.meet_owner(source)
                _look(shell, source, now)
    with shell.store.transaction():
        _bring_back(shell, now)


def _look(shell: Shell, source: Source, now: datetime) -> None:
    known = {each.promise.post for each in shell.store.opportunities.all().values() if each.promise}
    own = source.own_posts()
    with shell.store.transaction():
        note_answers(shell, own, now)
    lately = [post for post in own if now - post.posted_at < LOOKS_BACK and post.id not in known]
    for post in sorted(lately, key=lambda each: each.posted_at):
        promise = promised(shell, post) if post.reply_to and consent.is_open(post) else None
        if promise:
            _keep(shell, source, post, promise, now)


def _keep(shell: Shell, source: Source, post: Post, promise: Promise, now: datetime) -> None:
    """With the item that it is about, or with one made for it."""
    try:
        thread = source.thread(post)
    except NotFound:
        return
    theirs = next((each for each in thread.posts if each.id == post.reply_to), None)
    if theirs is None or not _may_come_back(shell, theirs) or is_kept(promise, thread, shell.owners, theirs.author.id):
        return
    mine = opportunities.same(shell.store.opportunities.all().values(), theirs, thread)
    with shell.store.transaction():
        shell.keep(
            replace(mine, promise=promise)
            if mine
            else filed(shell, source, promise, post=theirs, thread=thread, judgement=None, now=now)
        )


def _may_come_back(shell: Shell, theirs: Post) -> bool:
    muted = shell.muted()
    author = theirs.author.id
    if shell.is_ours(theirs.author) or author in muted or shell.store.forgotten.holds(author):
        return False
    may_keep = consent.refusal(theirs, shell.wishes) is None and consent.may_keep(theirs.author, shell.wishes)
    return may_keep and not theirs.author.is_bot


def _bring_back(shell: Shell, now: datetime) -> None:
    entries, most = shell.store.ledger, shell.config.followup.resurface_max
    standings = ledger.standings(entries)
    came_back = Counter(entry.opportunity for entry in entries if entry.cause.startswith(WATCHED))
    for each in shell.store.opportunities.all().values():
        standing = standings.get(each.id)
        if standing and came_back[each.id] < most and _is_left_unanswered(shell, each, standing, now):
            cause = f"{WATCHED}{now:%Y-%m-%d %H:%M:%S}"
            shell.record(LedgerEntry(at=now, event=Event.FOUND, cause=cause, opportunity=each.id))
        elif each.promise and _is_due(shell, each.promise, standings.get(each.id), now):
            back = replace(each.promise, is_cold=True, returned=each.promise.returned + 1, returned_at=now)
            shell.keep(replace(each, promise=back))
            cause = f"cold {now:%Y-%m-%d %H:%M:%S}"
            shell.record(LedgerEntry(at=now, event=Event.FOUND, cause=cause, opportunity=each.id))


def _is_left_unanswered(shell: Shell, each: Opportunity, standing: Standing, now: datetime) -> bool:
    """Shown, of somebody whom the owner never wants to leave unanswered, and waiting still."""
    waits = standing.state is State.SHOWN and each.exchange.turn is Turn.OWNER
    is_long = now - standing.since >= shell.config.followup.going_cold_after
    return waits and is_long and opportunities.is_watched(each.judgement)


def _is_due(shell: Shell, promise: Promise, standing: Standing | None, now: datetime) -> bool:
    followup = shell.config.followup
    if promise.returned >= followup.resurface_max or (standing and standing.state not in COMES_BACK):
        return False
    is_fresh = standing is not None and standing.state is State.FOUND and promise.is_cold
    return not is_fresh and now - (promise.returned_at or promise.at) >= followup.going_cold_after
