"""Word the weekly review: that the bot lives, what came of the week, what was left out, where it is blind.

It is sent in a quiet week too. Its last line is one question whose answer could make the next week better.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from bot import digest, report
from bot.digest import Fits, Message
from bot.ledger import Item, State
from bot.models import Health
from bot.text import joined

SPAN = timedelta(days=7)
REASONS = 4
"""So many reasons are named; the others are one number."""
NEAR = 3
TELLING = 3
"""So many of a sort in one week say something."""
NOT_REASONS = frozenset({"read", "found"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Week:
    """What the review is made from."""

    slot_at: datetime
    """The owner's local time."""
    sums: report.Sums
    counted: Mapping[str, int]
    """How many posts came to what."""
    near: Sequence[str]
    """Links to what was nearly shown, nearest first."""
    starving: Sequence[str]
    items: Sequence[Item]
    health: Sequence[Health]
    understands_words: bool = True


def mark(slot_at: datetime) -> str:
    """How the first line begins; the digest's slot of the same minute is another message."""
    return f"Your week to {digest.mark(slot_at)}"


def worded(week: Week, zone: tzinfo, fits: Fits) -> Message:
    """In one message, by whole lines: what matters least is left out first."""
    first = mark(week.slot_at)
    for links, has_reasons, has_starving in CUTS:
        text = "\n".join((first.removesuffix(":"), *_lines(week, zone, links, has_reasons, has_starving)))
        if fits(text):
            return Message(text=text, mark=first)
    return Message(text=f"{first} I am here.", mark=first)


CUTS = ((3, True, True), (3, True, False), (2, True, False), (1, True, False), (1, False, False), (0, False, False))
"""How many links, and whether the reasons and the starving goals are told."""


def _lines(week: Week, zone: tzinfo, links: int, has_reasons: bool, has_starving: bool) -> Iterable[str]:
    near = week.near[: min(links, NEAR)]
    lines = (
        report.how_far(week.sums),
        report.came_of_it(week.sums),
        _left_out(week.counted, has_reasons=has_reasons),
        *(("Nearly shown:", *near) if near else ()),
        report.starved(week.starving) if has_starving else "",
        *(_blind(health, week.slot_at, zone) for health in week.health),
        "" if week.understands_words else "The text model is missing: only rules judge.",
        _question(week, has_links=bool(near)),
    )
    return filter(None, lines)


SPOKEN = {
    "answered": "answered already",
    "answered-by-another": "answered by somebody else",
    "to-others": "meant for others",
    "bot": "from bots",
    "muted": "from people you muted",
    "hidden": "from people you block or mute",
    "forgotten": "from people you had me forget",
    "opted out": "from people who opt out of bots",
    "never shown": "from people your config rules out",
    "not public": "not said in public",
    "gone": "deleted since",
    "excluded": 'with a word from your "not"',
    "cross-posted": "sent twice",
    "mass-mention": "sent to a crowd",
    "copy-paste": "copied",
    "stuffed": "heaps of tags",
    "hostile": "hostile ones",
    "hidden-text": "with hidden text",
    "injection": "with orders to bots",
    "unreadable": "unreadable",
    "own": "of your own",
}
"""Behind a number."""


def _left_out(counted: Mapping[str, int], *, has_reasons: bool) -> str:
    read = counted.get("read", 0)
    reasons = {reason: count for reason, count in counted.items() if reason not in NOT_REASONS and count > 0}
    posts = f"Read {read} post{'' if read == 1 else 's'} to you"
    if not reasons or not has_reasons:
        return f"{posts}."
    ranked = sorted(reasons, key=lambda reason: (-reasons[reason], reason))
    rest = sum(reasons[reason] for reason in ranked[REASONS:])
    said = [f"{reasons[reason]} {SPOKEN.get(reason, reason.replace('-', ' '))}" for reason in ranked[:REASONS]] + (
        [f"{rest} for other reasons"] if rest else []
    )
    return f"{posts}; left out: {', '.join(said)}."


def _blind(health: Health, slot_at: datetime, zone: tzinfo) -> str:
    """Like "kelp could not be read since Tuesday"."""
    if not health.trouble or health.since is None:
        return ""
    is_recent = slot_at - health.since < timedelta(days=6)
    since = f"{health.since.astimezone(zone):%A}" if is_recent else digest.day(health.since, zone)
    what = "refuses my key" if health.is_refused else "could not be read"
    return f"{health.network} {what} since {since}."


def _question(week: Week, *, has_links: bool) -> str:
    """The first that the week gives a reason for."""
    topics = [item for item in _this_week(week) if item.standing.respect in {"topic", "kind"} and _goal(item)]
    if len(topics) >= TELLING:
        goal = max((str(_goal(item)) for item in topics), key=[_goal(item) for item in topics].count)
        return f"You dismissed {len(topics)} by topic or kind: which words should {goal} not stand for?"
    idle = [item for item in _this_week(week) if item.standing.state is State.SHOWN]
    if len(idle) > TELLING:
        return f"{len(idle)} that I showed still wait: would fewer a day be better?"
    if week.starving:
        return f"What would somebody write who could help with {joined(week.starving[:1])}? Put it into its topics."
    if has_links:
        return "Should I have shown one of these? Then say: missed LINK."
    return "Whom did you hope to hear from this week, and did not?"


def _this_week(week: Week) -> list[Item]:
    return [item for item in week.items if timedelta() <= week.slot_at - item.standing.since < SPAN]


def _goal(item: Item) -> str | None:
    return item.opportunity.judgement.goal
