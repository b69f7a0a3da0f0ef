"""What became of a post that the owner asks about, and how that is told: the truth, in a sentence."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.finding.scoring import BAR
from bot.ledger import Item, State
from bot.models import Opportunity, Signal


class Fate(StrEnum):
    FILED = "filed"
    """It is, or was, an item."""
    LEFT_OUT = "left out"
    BELOW = "below the bar"
    UNSEEN = "never seen"
    NOT_YET = "not yet read"
    TOO_OLD = "before my time"
    OPTED_OUT = "opted out"
    NEVER = "never shown"
    PRIVATE = "not public"
    MUTED = "muted"
    FORGOTTEN = "forgotten"
    HIDDEN = "hidden"
    GONE = "gone"
    OWN = "own"
    NOT_ADDRESSED = "not to you"
    UNKNOWN = "unknown"
    DOWN = "network down"


ADDABLE = frozenset({Fate.LEFT_OUT, Fate.BELOW, Fate.UNSEEN, Fate.TOO_OLD})
"""What the owner may put on the list all the same: nobody's wish is against it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lookup:
    """What was found about the post that a link leads to."""

    link: str
    fate: Fate
    name: str = ""
    posted_at: datetime | None = None
    reason: str = ""
    """Of what was left out: the gate's word."""
    score: float | None = None
    signals: tuple[Signal, ...] = ()
    item: Item | None = None
    """The one that it is, or that it belongs to."""
    opportunity: Opportunity | None = None
    """As it goes on the list if the owner wants it."""

    @property
    def is_addable(self) -> bool:
        return self.fate in ADDABLE


LEFT_OUT: Mapping[str, str] = {
    "bot": "its author is marked as a bot",
    "hidden-text": "it hides text",
    "injection": "it gives orders to bots",
    "mass-mention": "it names a crowd of people",
    "scam": "it reads like a fraud",
    "spam": "it reads like an advertisement",
    "bait": "it reads like bait for attention",
    "stuffed": "it is a heap of topics or tags",
    "copy-paste": "others had sent nearly the same words",
    "hostile": "it reads as hostile",
    "answered": "you had answered it already",
    "to-others": "it talks to others, with you only named",
    "excluded": 'it comes under the "not" of a goal of yours',
    "answered-by-another": "somebody else had answered it",
    "cross-posted": "it is the same post as one on your list",
}

TOLD: Mapping[Fate, str] = {
    Fate.UNSEEN: (
        "I never saw it: your server sent me no notification of it. A filter, a mute or a setting there may hold it "
        "back, or it does not name you."
    ),
    Fate.NOT_YET: "I have not read since it was written; it comes with the next look.",
    Fate.TOO_OLD: "it is from before I began to read.",
    Fate.OPTED_OUT: "its author asks bots to keep away, so I may not rank or keep it.",
    Fate.NEVER: "its author is among those whom your config says never to show.",
    Fate.PRIVATE: "it was not said in public, and your config says to leave that alone.",
    Fate.MUTED: "you muted its author: unmute ends it.",
    Fate.FORGOTTEN: "its author is somebody whom you had me forget.",
    Fate.HIDDEN: "you and its author do not see one another: a block or a mute on the network.",
    Fate.OWN: "it is a post of your own.",
    Fate.NOT_ADDRESSED: "it was not written to you, and I read nothing else.",
}

WITHOUT_POST: Mapping[Fate, str] = {
    Fate.GONE: "That post is gone, or your account may not see it.",
    Fate.UNKNOWN: "I find no such post among those written to you. I open no links: I only ask the servers you set up.",
    Fate.DOWN: "I cannot reach that network now: ask again later.",
}

REASONS = 3


def told(lookup: Lookup, moment: Callable[[datetime], str]) -> str:
    """What became of it. `moment` words a time in the owner's zone."""
    if lookup.fate in WITHOUT_POST or lookup.posted_at is None:
        return WITHOUT_POST.get(lookup.fate, WITHOUT_POST[Fate.UNKNOWN])
    what = f"{lookup.name}, {moment(lookup.posted_at)}:"
    if lookup.fate is Fate.FILED and lookup.item:
        return f"{what} {_filed(lookup.item, moment)}"
    if lookup.fate is Fate.LEFT_OUT:
        return f"{what} I read it and left it out: {LEFT_OUT.get(lookup.reason, lookup.reason)}."
    if lookup.fate is Fate.BELOW:
        return f"{what} I read it, and it did not reach the bar{_by(lookup.score)}.{_terms(lookup.signals)}"
    return f"{what} {TOLD[lookup.fate]}"


def _filed(item: Item, moment: Callable[[datetime], str]) -> str:
    standing = item.standing
    called = f"number {standing.number}" if standing.number else f"#{item.opportunity.id}"
    shown = f", shown {moment(standing.shown[-1])}" if standing.shown else ""
    match standing.state:
        case State.FOUND:
            return "it is found and waits its turn: more shows what comes next."
        case State.SHOWN:
            return f"it is on your list as {called}{shown}."
        case State.LATER:
            until = f" until {moment(standing.until)}" if standing.until else ""
            return f"it is {called}, put off{until}."
        case State.EXPIRED:
            return f"it was {called}{shown}, and closed by itself: too old, deleted or hidden since."
        case state:
            return f"it was {called}{shown}, and is {WORDS[state]}."


WORDS = {State.DONE: "done", State.NO: "dismissed", State.ANSWERED: "answered"}


def _by(score: float | None) -> str:
    return "" if score is None or score >= BAR else f", by {BAR - score:.1f} of {BAR:.1f}"


def _terms(signals: Sequence[Signal]) -> str:
    ordered = sorted(signals, key=lambda signal: -abs(signal.weight))
    good = [signal.because for signal in ordered if signal.weight > 0][:REASONS]
    bad = [signal.because for signal in ordered if signal.weight < 0][:REASONS]
    return f"{_listed(' For it: ', good)}{_listed(' Against it: ', bad)}"


def _listed(title: str, reasons: Sequence[str]) -> str:
    return f"{title}{'; '.join(reasons)}." if reasons else ""
