"""What is open, what of it is the same, and the few that the owner is shown.

judged post -> merged -> one opportunity per person and thread -> open_items -> chosen -> a digest
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from bot import opinion
from bot.digest import is_new_voice
from bot.finding.case import exchange
from bot.finding.gate import alike
from bot.finding.scoring import ALARM, BAR
from bot.ledger import Item, Standing, State
from bot.models import Judgement, Opportunity, Post, Thread, Turn

FADES = 0.25
"""What of its score an item loses each day it was not chosen: yesterday's fair one must not fill a quiet day."""


def same(opportunities: Iterable[Opportunity], post: Post, thread: Thread) -> Opportunity | None:
    """The opportunity that this post belongs to: of the same person, in the same thread."""
    ids = {each.id for each in thread.posts}
    mine = (each for each in opportunities if each.person == post.author.id)
    return next((each for each in mine if each.thread == thread.root.id or each.post in ids), None)


def opportunity(
    post: Post,
    thread: Thread,
    judgement: Judgement,
    *,
    ident: int,
    network: str,
    owners: frozenset[str],
    now: datetime,
    signature: int,
) -> Opportunity:
    return Opportunity(
        id=ident,
        network=network,
        person=post.author.id,
        name=post.author.name,
        thread=thread.root.id,
        post=post.id,
        link=post.link,
        edition=post.edition,
        visibility=post.visibility,
        found_at=now,
        posted_at=post.posted_at,
        judgement=judgement,
        exchange=exchange(thread, post.author.id, owners),
        signature=signature,
    )


def without_words(opportunity: Opportunity) -> Opportunity:
    """As it is kept once it is closed: what they wrote is gone."""
    promise = replace(opportunity.promise, words="") if opportunity.promise else None
    return replace(opportunity, judgement=replace(opportunity.judgement, gist=""), promise=promise)


def words(opportunity: Opportunity) -> frozenset[str]:
    """All that is kept of what was written."""
    promised = opportunity.promise.words if opportunity.promise else ""
    return frozenset({opportunity.judgement.gist, promised}) - {""}


def is_cold(opportunity: Opportunity) -> bool:
    """A promise in it comes back, for nothing has followed."""
    return opportunity.promise is not None and opportunity.promise.is_cold


def worth(item: Item, now: datetime) -> float:
    """Its score, less what it lost by waiting to be chosen."""
    days = max((now - item.opportunity.found_at) / timedelta(days=1) - 1, 0.0)
    return item.opportunity.judgement.score - FADES * days


FOCUSED = 2.0
"""What a goal that the owner wants first counts more in the order; it lowers no bar."""


def waiting(items: Iterable[Item], now: datetime, first_goal: str | None = None) -> list[Item]:
    """What the owner has not been shown since it was found, and what was put off until now; best first.

    Whoever waits for the other one to answer is not among them, unless a promise has gone cold.
    """
    due = (item for item in items if _is_due(item.standing, now) and _waits_for_owner(item.opportunity))

    def place(item: Item) -> tuple[bool, float, int]:
        is_first = first_goal is not None and item.opportunity.judgement.goal == first_goal
        value = worth(item, now) + FOCUSED * is_first
        return (item.standing.state is not State.LATER, -value, item.opportunity.id)

    return sorted(due, key=place)


def _waits_for_owner(opportunity: Opportunity) -> bool:
    return opportunity.exchange.turn is not Turn.THEM or is_cold(opportunity)


def _is_due(standing: Standing, now: datetime) -> bool:
    if standing.state is State.LATER:
        return standing.until is not None and standing.until <= now
    return standing.state is State.FOUND


def chosen(items: Iterable[Item], count: int, *, new_voice: bool, now: datetime) -> list[Item]:
    """The few for one digest: at the bar, one a person, no two of the same; one place is a new voice's.

    None on a quiet day, when nothing is worth a message. What the owner asked to see again is shown whatever it is
    worth, but makes no busy day of a quiet one. `items` come best first, as from `waiting`. Of the promises that have
    gone cold one comes with it, where there is room: they have a bar of their own, which they passed long ago.
    """
    items = list(items)
    alone = {item.opportunity.id: worth(opinion.local(item), now) for item in items}  # an opinion orders, no more
    cold = [item for item in items if _is_only_cold(item)]
    items = [item for item in items if item not in cold]
    is_quiet = not any(alone[item.opportunity.id] >= ALARM for item in items)
    fit: list[Item] = []
    for item in items:
        wanted = item.standing.state is State.LATER or (not is_quiet and alone[item.opportunity.id] >= BAR)
        if wanted and not any(_same_thing(item.opportunity, each.opportunity) for each in fit):
            fit.append(item)
    few = fit[:count]
    voices = [item for item in fit[count:] if is_new_voice(item.opportunity)]
    if new_voice and voices and count > 1 and not any(is_new_voice(item.opportunity) for item in few):
        few[-1] = voices[0]
    others = [item for item in cold if all(item.opportunity.person != each.opportunity.person for each in few)]
    return [*few, *others[:1]][:count]


def _is_only_cold(item: Item) -> bool:
    return is_cold(item.opportunity) and item.standing.state is not State.LATER


def _same_thing(one: Opportunity, other: Opportunity) -> bool:
    return one.person == other.person or alike(one.signature, other.signature)
