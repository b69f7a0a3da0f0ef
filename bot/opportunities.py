"""What is open, what of it is the same, and the few that the owner is shown.

judged post -> merged -> one opportunity per person and thread -> open_items -> chosen -> a digest
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from bot import opinion
from bot.digest import is_new_voice
from bot.finding.case import exchange
from bot.finding.gate import alike, signature
from bot.finding.scoring import ALARM, BAR
from bot.kin import ALONE, Kin
from bot.ledger import Item, Standing, State
from bot.models import Copy, Judgement, Opportunity, Post, Signal, Thread, Turn

FADES = 0.25
"""What of its score an item loses each day it was not chosen: yesterday's fair one must not fill a quiet day."""


def same(opportunities: Iterable[Opportunity], post: Post, thread: Thread) -> Opportunity | None:
    """The opportunity that this post belongs to: of the same person, in the same thread."""
    ids = {each.id for each in thread.posts}
    mine = (each for each in opportunities if each.person == post.author.id and not each.is_about_people)
    return next((each for each in mine if each.thread == thread.root.id or each.post in ids), None)


CROSSPOSTED = timedelta(days=1)
"""So far apart the same text on two networks is one post: a bridge may take hours."""


def same_text(opportunities: Iterable[Opportunity], post: Post) -> Iterator[Opportunity]:
    """Those whose text this post has again, at about the same time under another name."""
    own = signature(post.text)
    for each in opportunities:
        is_near = abs(each.posted_at - post.posted_at) <= CROSSPOSTED
        if is_near and each.person != post.author.id and not each.is_about_people and alike(each.signature, own):
            yield each


def with_copy(opportunity: Opportunity, network: str, post: str) -> Opportunity:
    return replace(opportunity, copies=(*opportunity.copies, Copy(network=network, post=post))[:MOST_COPIES])


MOST_COPIES = 3


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
    judgement = item.opportunity.judgement
    days = 0.0 if is_watched(judgement) else max((now - item.opportunity.found_at) / timedelta(days=1) - 1, 0.0)
    return judgement.score - FADES * days


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


COLD_WAITS = timedelta(days=3)
"""For room in a message that goes out anyway. Then it takes the last place, or makes one when nothing was shown for as
long: a week-old promise can wait, a quiet day should be one."""


def chosen(
    items: Iterable[Item],
    count: int,
    *,
    new_voice: bool,
    now: datetime,
    who: Kin = ALONE,
    alarm: float = ALARM,
    shown_at: datetime | None = None,
) -> list[Item]:
    """The few for one digest: at the bar, one a person, no two of the same; one place is a new voice's.

    None on a quiet day, when nothing comes up to the `alarm`, or to the usual one from somebody who is watched. What
    the owner asked to see again is shown whatever it is worth, but makes no busy day of a quiet one. `items` come best
    first, as from `waiting`. Of the promises that have gone cold, which have a bar of their own, one comes with it: the
    best, where there is room; after COLD_WAITS without any, in the place of the last item that may wait; and when
    nothing was shown since `shown_at` for as long, in a message of its own. Two people who should meet never make one.
    """
    items = list(items)
    alone = {item.opportunity.id: worth(opinion.local(item), now) for item in items}  # an opinion orders, no more
    cold = [item for item in items if _is_only_cold(item)]
    meeting = [item for item in items if item.opportunity.other and item.standing.state is not State.LATER]
    items = [item for item in items if item not in (*cold, *meeting)]
    is_quiet = not any(
        alone[item.opportunity.id] >= (ALARM if is_watched(item.opportunity.judgement) else alarm) for item in items
    )
    fit: list[Item] = []
    for item in items:
        wanted = item.standing.state is State.LATER or (not is_quiet and alone[item.opportunity.id] >= BAR)
        if wanted and not any(_same_thing(item.opportunity, each.opportunity, who) for each in fit):
            fit.append(item)
    few = fit[:count]
    voices = [item for item in fit[count:] if is_new_voice(item.opportunity)]
    if new_voice and voices and count > 1 and not any(is_new_voice(item.opportunity) for item in few):
        few[-1] = voices[0]
    cold = [item for item in cold if _is_of_others(item, few, who)]
    due = [item for item in cold if _has_waited(item, now)]
    if due and len(few) == count:
        few = _with_room(few)
    if few and len(few) < count:
        few += (due or cold)[:1]
    elif not few and due and (shown_at is None or now - shown_at >= COLD_WAITS):
        few = due[:1]
    if few:
        few += [item for item in meeting if _is_of_others(item, few, who)][:1]
    return few[:count]


def _with_room(few: Sequence[Item]) -> list[Item]:
    """Without the last that may wait: what was asked for, a watched person's and the only new voice may not."""
    voices = [item for item in few if is_new_voice(item.opportunity)]
    for item in reversed(few[1:]):
        is_asked_for = item.standing.state is State.LATER or is_watched(item.opportunity.judgement)
        if not is_asked_for and voices != [item]:
            return [each for each in few if each is not item]
    return list(few)


def _has_waited(item: Item, now: datetime) -> bool:
    promise = item.opportunity.promise
    return promise is not None and promise.returned_at is not None and now - promise.returned_at >= COLD_WAITS


def _is_of_others(item: Item, few: Iterable[Item], who: Kin) -> bool:
    """No message names a person twice."""
    theirs = who.all_of(item.opportunity.people)
    return all(theirs.isdisjoint(each.opportunity.people) for each in few)


def _is_only_cold(item: Item) -> bool:
    return is_cold(item.opportunity) and item.standing.state is not State.LATER


def _same_thing(one: Opportunity, other: Opportunity, who: Kin) -> bool:
    is_of_one = not who.all_of(one.people).isdisjoint(other.people)
    return is_of_one or alike(one.signature, other.signature)


# -- whom the owner never wants to leave unanswered --------------------------------------------------------------------

WATCHED = "is_watched"
MORE_THAN_CHAT = 0.0
"""What a watched person's post must be worth: a thumb asks for no answer."""


def lifted(judged: Judgement) -> Judgement:
    """A post of somebody who is watched: worth a message, whatever else there is to read."""
    if judged.score < MORE_THAN_CHAT:
        return judged
    lift = Signal(
        name=WATCHED, weight=max(ALARM - judged.score, 0.0), because="you never want to leave them unanswered"
    )
    return replace(judged, signals=(*judged.signals, lift))


def is_watched(judgement: Judgement) -> bool:
    return any(signal.name == WATCHED for signal in judgement.signals)
