"""Who of the owner's people may be more than somebody who writes now and then: a collaborator, or two who should meet.

A person is the opportunity here, over all that there was between them and the owner: counted, never quoted from memory.
Each is said rarely, once, and not again until there is something new. The owner decides; nobody is written to.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime, timedelta, tzinfo

from bot.finding.scoring import BAR
from bot.finding.speech import OPENINGS
from bot.kin import Kin
from bot.ledger import Item, State
from bot.models import Evidence, Judgement, Kind, Opportunity, Person, Signal, Strength, Value, Verb
from bot.text import counted, ordinal

DAYS = 3
"""Posts, and days on which they wrote."""
ON_GOAL = 2
"""Of these days so many on one goal."""
GIVEN = 2
"""How many of their posts held something that one acts on: told first-hand, offered, or promising."""
ONE_A_WEEK = timedelta(days=7)
AGAIN_AFTER = timedelta(days=60)
AGAIN_WITH = 3
"""So many exchanges more, and it is something new."""
MAY_RETURN = frozenset({State.EXPIRED, State.ANSWERED, State.NO})
ALONE_AGAINST = frozenset({"", "late"})
"""What is dismissed in another respect than these does not return."""


def evidence(person: Person, goals: Iterable[str], zone: tzinfo) -> tuple[str, Evidence] | None:
    """For which of the goals they may be a collaborator, and what speaks for it; None when too little does."""
    talks = {goal: person.talks[goal] for goal in goals if goal in person.talks}
    if not talks or not person.owner_days or min(person.days, person.posts) < DAYS:
        return None
    goal = max(talks, key=lambda each: talks[each].days)
    if talks[goal].days < ON_GOAL or person.given < GIVEN:
        return None
    return goal, Evidence(
        exchanges=person.days,
        on_goal=talks[goal].days,
        since=person.first_at.astimezone(zone).date(),
        given=person.given,
        first_hand=person.first_hand,
        offers=person.offers,
        owner_asked=person.owner_asked,
    )


def gives_something(before: Person | None, after: Person) -> bool:
    """Whether the post between the two held something that one acts on: such a one is quoted."""
    return after.given > (before.given if before else 0)


def speaks_for_itself(judged: Judgement) -> bool:
    """A plain offer is shown as what it is; that its author keeps coming back can wait for another day."""
    return judged.score >= BAR and judged.kind in OPENINGS


OTHERWISE = {
    Verb.ASKS: Kind.QUESTION,
    Verb.OFFERS: Kind.COLLABORATION,
    Verb.REPORTS: Kind.KNOWLEDGE,
    Verb.CORRECTS: Kind.KNOWLEDGE,
}


def of_its_own(judged: Judgement) -> Judgement:
    """A post of somebody who keeps coming back, as what it is itself: the person is said once, not with every post."""
    if judged.kind is not Kind.COLLABORATOR:
        return judged
    return replace(judged, kind=OTHERWISE.get(judged.verb, Kind.CONVERSATION))


def place(items: Iterable[Item], who: Kin, person: str, fresh: Evidence, now: datetime) -> Opportunity | bool:
    """Where it may stand: True for an opportunity of its own, an earlier one that may return, False for not now."""
    told = [item for item in items if item.opportunity.evidence]
    mine = [item for item in told if who.are_one(person, item.opportunity.person)]
    if any(now - item.opportunity.found_at < ONE_A_WEEK for item in told):
        return False
    if not mine:
        return True
    last = max(mine, key=lambda item: item.opportunity.found_at)
    return last.opportunity if _is_news(last, fresh, now) else False


def _is_news(last: Item, fresh: Evidence, now: datetime) -> bool:
    before, standing = last.opportunity.evidence, last.standing
    if before is None or standing.state not in MAY_RETURN or standing.respect not in ALONE_AGAINST:
        return False
    is_more = fresh.exchanges - before.exchanges >= AGAIN_WITH
    return is_more and not standing.outcomes and now - last.opportunity.found_at >= AGAIN_AFTER


# -- in words ------------------------------------------------------------------------------------------------------


def judgement(goal: str, found: Evidence, gist: str, today: date) -> Judgement:
    signals = _signals(goal, found, since(found, today))
    return Judgement(
        kind=Kind.COLLABORATOR,
        verb=Verb.SAYS,
        value=Value.SOCIAL,
        strength=Strength.STRONG if found.offers else Strength.GOOD,
        goal=goal,
        gist=gist,
        signals=signals,
    )


MOST = 2
"""What they gave counts so often at most."""


def _signals(goal: str, found: Evidence, month: str) -> tuple[Signal, ...]:
    share = "all" if found.on_goal == found.exchanges else f"{found.on_goal} of them"
    said = f"{counted(found.exchanges, 'exchange')} since {month}, {share} about {goal}"
    terms = [("keeps_coming_back", 1.4, said)]
    if not found.first_hand and not found.offers:
        acted_on = f"{times(found.given)} they wrote the sort of thing that one acts on"
        terms.append(("gives_something", 1.0, acted_on))
    if found.first_hand:
        told = f"they told {times(found.first_hand)} what they know first-hand"
        terms.append(("tells_first_hand", 0.6 * min(found.first_hand, MOST), told))
    if found.offers:
        terms.append(
            ("offers_something", 0.8 * min(found.offers, MOST), f"they offered something {times(found.offers)}")
        )
    if not found.owner_asked:
        terms.append(("was_never_asked", 0.4, "in what I saw you never asked them anything"))
    return tuple(Signal(name=name, weight=weight, because=because) for name, weight, because in terms)


def times(count: int) -> str:
    return {1: "once", 2: "twice"}.get(count, f"{count} times")


def since(found: Evidence, today: date) -> str:
    """Like "October", "October 2025", and "3 Nov" in the month itself."""
    day = found.since
    if (day.year, day.month) == (today.year, today.month):
        return f"{day.day} {day:%b}"
    return f"{day:%B}" if day.year == today.year else f"{day:%B} {day.year}"


def standing(found: Evidence, today: date) -> str:
    """Like "4th exchange since October, you never asked"."""
    asked = "" if found.owner_asked else ", you never asked"
    return f"{ordinal(found.exchanges)} exchange since {since(found, today)}{asked}"


def given(found: Evidence) -> str:
    """Like "told first-hand twice, offered once"."""
    told = f"told first-hand {times(found.first_hand)}" if found.first_hand else ""
    offered = f"offered {times(found.offers)}" if found.offers else ""
    return ", ".join(filter(None, (told, offered))) or f"{times(found.given)} something to act on"


def told(goal: str, found: Evidence, today: date) -> str:
    """In a sentence, for `who`."""
    share = "all" if found.on_goal == found.exchanges else f"{found.on_goal}"
    about = f"{counted(found.exchanges, 'exchange')} since {since(found, today)}, {share} about {goal}"
    asked = "" if found.owner_asked else "; you never asked"
    return f"A possible collaborator: {about}; {given(found)}{asked}."


# -- two who should meet -------------------------------------------------------------------------------------------

ONE_A_MONTH = timedelta(days=30)
LATELY = timedelta(days=60)


def to_introduce(people: Iterable[Person], one: Person, goal: str, who: Kin, now: datetime) -> Person | None:
    """Whom this person should meet: in the circle too, on the same network, about the same goal, and never met."""
    if one.joined_at is None or not _talks(one, goal, now):
        return None
    strange = [each for each in people if _should_meet(each, one, who) and _talks(each, goal, now)]
    return max(strange, key=lambda each: (each.talks[goal].days, each.latest_at, each.id), default=None)


def _should_meet(each: Person, one: Person, who: Kin) -> bool:
    if each.joined_at is None or each.network != one.network or who.are_one(each.id, one.id):
        return False
    return who.of(each.id).isdisjoint(one.met) and who.of(one.id).isdisjoint(each.met)


def _talks(person: Person, goal: str, now: datetime) -> bool:
    talk = person.talks.get(goal)
    return talk is not None and talk.days >= ON_GOAL and now - talk.latest_at < LATELY


def may_introduce(items: Iterable[Item], now: datetime) -> bool:
    return all(now - item.opportunity.found_at >= ONE_A_MONTH for item in items if item.opportunity.other)


def introduction(goal: str) -> Judgement:
    return Judgement(
        kind=Kind.INTRODUCTION,
        verb=Verb.SAYS,
        value=Value.SOCIAL,
        strength=Strength.MAYBE,
        goal=goal,
        gist="",
        signals=(
            Signal(name="talk_about_the_same", weight=0.8, because=f"both talk with you about {goal}"),
            Signal(name="never_met", weight=0.8, because="in what I saw they never spoke with one another"),
        ),
    )
