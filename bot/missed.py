"""Find out what became of a post that the owner asks about: in the state, and from the owner's own servers.

    a link -> an item? -> the post, as the network's own API knows it -> may it be shown? was it read? what is it worth?

The link itself is never opened. Nothing is written here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from bot import consent, opportunities
from bot.consent import Refusal
from bot.digest import name as shown_name
from bot.errors import NotFound
from bot.fates import Fate, Lookup
from bot.finding.gate import signature
from bot.finding.gist import clipped
from bot.finding.scoring import BAR, Dismissal, judge
from bot.gather import FIRST_LOOK
from bot.ledger import Item
from bot.models import (
    Judgement,
    Kind,
    NotificationKind,
    Post,
    Relationship,
    Signal,
    Strength,
    Thread,
    Value,
    Verb,
)
from bot.networks import Source
from bot.shell import Shell, reading

REFUSED = {Refusal.OPTED_OUT: Fate.OPTED_OUT, Refusal.NEVER: Fate.NEVER, Refusal.PRIVATE: Fate.PRIVATE}
NAMED_BY_OWNER = Signal(name="named_by_you", weight=BAR, because="you said that I missed it")


def look(shell: Shell, link: str, now: datetime) -> Lookup:
    """As the answer to `missed` needs it."""
    fate = Fate.UNKNOWN
    for source in shell.sources:
        answer = Lookup(link=link, fate=Fate.DOWN)
        if shell.may_ask(reading(source), now):
            with shell.asking(reading(source), now):
                shell.meet_owner(source)
                answer = _asked(shell, source, link, now)
        if answer.fate is not Fate.UNKNOWN and answer.fate is not Fate.DOWN:
            return answer
        fate = Fate.DOWN if answer.fate is Fate.DOWN else fate
    return Lookup(link=link, fate=fate)


def _asked(shell: Shell, source: Source, link: str, now: datetime) -> Lookup:
    items = shell.items(shell.store.ledger)
    known = next(
        (i for i in items.values() if i.opportunity.link == link and i.opportunity.network == source.network), None
    )
    try:
        post = source.posts([known.opportunity.post]).get(known.opportunity.post) if known else source.find(link)
    except NotFound:
        return Lookup(link=link, fate=Fate.GONE)
    if post is None and known is None:
        return Lookup(link=link, fate=Fate.UNKNOWN)
    if post is None:
        return Lookup(link=link, fate=Fate.GONE)
    return replace(_of_post(shell, source, post, items, now), link=link, name=shown_name(post.author.name))


def _of_post(shell: Shell, source: Source, post: Post, items: dict[int, Item], now: datetime) -> Lookup:
    def is_(fate: Fate, **more: object) -> Lookup:
        return Lookup(link="", fate=fate, posted_at=post.posted_at, **more)  # type: ignore[arg-type]

    if shell.is_ours(post.author):
        return is_(Fate.OWN)
    if shell.store.forgotten.holds(post.author.id) or shell.store.forgotten.holds(post.author.handle.casefold()):
        return is_(Fate.FORGOTTEN)
    if refused := consent.refusal(post, shell.wishes):
        return is_(REFUSED[refused])
    if post.author.id in shell.muted():
        return is_(Fate.MUTED)
    if filed := _filed(items, post):
        return is_(Fate.FILED, item=filed)
    seen = shell.store.seen.get(post.id)
    if seen is None and not _is_to_owner(shell, source, post):
        return is_(Fate.NOT_ADDRESSED)
    relationship = source.relationships([post.author.id]).get(post.author.id, Relationship())
    if relationship.is_hidden:
        return is_(Fate.HIDDEN)
    thread = source.thread(post)
    judged = _judged(shell, post, thread, relationship, now)
    mine = opportunities.same((item.opportunity for item in items.values()), post, thread)
    ident = mine.id if mine else shell.store.meta.opportunities + 1
    worded = _in_words(post, judged, may_quote=consent.may_quote(post, shell.wishes))
    opportunity = opportunities.opportunity(
        post,
        thread,
        worded,
        ident=ident,
        network=source.network,
        owners=shell.owners,
        now=now,
        signature=signature(post.text),
    )
    terms = {"signals": judged.signals, "opportunity": opportunity}
    if seen is None:
        begun = shell.store.meta.started_at or now
        if post.posted_at >= (shell.health(reading(source)).read_at or begun):
            return is_(Fate.NOT_YET)
        return is_(Fate.TOO_OLD if post.posted_at < begun - FIRST_LOOK else Fate.UNSEEN, **terms)
    if seen.reason and seen.score is None:
        return is_(Fate.LEFT_OUT, reason=seen.reason, **terms)
    if isinstance(judged, Dismissal) and seen.score is None:
        return is_(Fate.LEFT_OUT, reason=judged.reason, **terms)
    score = seen.score if seen.score is not None else judged.score if isinstance(judged, Judgement) else None
    return is_(Fate.BELOW, score=score, **terms)


def _filed(items: Mapping[int, Item], post: Post) -> Item | None:
    """As an item of its own, or as a copy of one; else in what was said of its author."""
    found = [
        item
        for item in items.values()
        if post.id in {item.opportunity.post, *(copy.post for copy in item.opportunity.copies)}
    ]
    return min(found, key=lambda item: item.opportunity.is_about_people, default=None)


def _is_to_owner(shell: Shell, source: Source, post: Post) -> bool:
    """It names the owner, or answers or quotes a post of the owner's."""
    if shell.owners & {*post.mentions, post.reply_to_author}:
        return True
    parents = source.posts(each for each in (post.quotes, post.reply_to) if each)
    return any(parent.author.id in shell.owners for parent in parents.values())


def _judged(
    shell: Shell, post: Post, thread: Thread, relationship: Relationship, now: datetime
) -> Judgement | Dismissal:
    case = shell.case(post, thread, relationship, kind=NotificationKind.MENTION, copies=0, now=now)
    judged = judge(case, shell.read(case))
    return judged if isinstance(judged, Dismissal) else shell.learnt(now).applied(judged, case.author)


def _in_words(post: Post, judged: Judgement | Dismissal, *, may_quote: bool) -> Judgement:
    """As it stands on the list, whatever was thought of it."""
    if isinstance(judged, Dismissal):
        judged = Judgement(
            kind=Kind.CONVERSATION,
            verb=Verb.SAYS,
            value=Value.SOCIAL,
            strength=Strength.MAYBE,
            goal=None,
            gist="",
            signals=judged.signals,
        )
    gist = (judged.gist or clipped(post.text)) if may_quote else ""
    return replace(judged, gist=gist, signals=(NAMED_BY_OWNER, *judged.signals))
