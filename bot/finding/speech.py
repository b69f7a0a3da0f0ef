"""What one sentence does: opens something to act on, takes up a call, asks, tells what was seen, corrects.

Each measure is a table of evidence in log-odds: what the sentence resembles (groups of reading.py), the turns of
phrase it bears (markers.toml), and plain facts about it. The tables come from own probes and request sentences with a
licence that allows it, held near what was set by hand (`python -m evals fit`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import exp

from bot.finding.markers import marks
from bot.finding.reading import Reading, Sentence
from bot.finding.substance import figures
from bot.models import Kind

Table = Mapping[str, float]

OPENING: Table = {
    "base": -2.0,
    "is together": 4.7,
    "is joins": 3.7,
    "is has": 3.5,
    "is work": 5.0,
    "is invites": 4.5,
    "is introduces": 4.8,
    "is helps": 4.2,
    "is needs": 1.7,
    "is asks": -0.9,
    "is errands": -3.2,
    "is disputes": -3.4,
    "is declines": -1.9,
    "is past": -1.1,
    "is mocks": -3.2,
    "is jokes": -2.6,
    "is lectures": -2.2,
    "is rants": -2.0,
    "is praises": -1.6,
    "is chats": -1.5,
    "is closes": -1.7,
    "is wonders": -1.7,
    "is sells": -2.8,
    "is defrauds": -2.7,
    "is baits": -3.0,
    "bears proposes": 1.7,
    "bears together": -0.8,
    "bears offers": 1.1,
    "bears pays": 1.4,
    "bears connects": -0.1,
    "bears seeks": 0.1,
    "bears hosts": 0.5,
    "bears holds": 1.2,
    "bears spares": 0.9,
    "bears dated": 1.6,
    "bears cannot": -2.5,
    "bears gone": -1.8,
    "bears mocks": -2.6,
    "bears laughs": -1.2,
    "near": -0.7,
}

TAKES_UP: Table = {
    "base": -0.7,
    "is has": 3.9,
    "is joins": 4.1,
    "is helps": 4.2,
    "is together": 3.0,
    "is introduces": 4.3,
    "is invites": 2.5,
    "is work": 2.0,
    "is needs": 1.5,
    "is knows": 1.4,
    "is declines": -3.1,
    "is past": -1.4,
    "is mocks": -3.6,
    "is jokes": -2.3,
    "is praises": -3.2,
    "is thanks": -2.1,
    "is wonders": -2.6,
    "is chats": -1.9,
    "is lectures": -2.0,
    "is rants": -2.5,
    "is shares": -1.9,
    "is sells": -3.0,
    "bears self": -0.1,
    "bears offers": 0.8,
    "bears proposes": 0.8,
    "bears connects": 1.6,
    "bears holds": 1.3,
    "bears spares": 1.5,
    "bears dated": 0.7,
    "bears cannot": -2.5,
    "bears gone": -1.4,
    "bears mocks": -2.6,
    "bears laughs": -1.4,
    "figures": 1.0,
    "near": 0.5,
}

ASKING: Table = {
    "base": -2.6,
    "ends in a question mark": 2.6,
    "bears asks": 1.2,
    "bears you": -0.0,
    "is asks": 3.5,
    "is needs": 1.9,
    "is together": 0.9,
    "is invites": 0.9,
    "is work": 1.0,
    "is wonders": -2.7,
    "is jokes": -2.5,
    "is mocks": -2.5,
    "is rants": -2.6,
    "is lectures": -1.5,
    "is baits": -2.0,
    "bears wonders": -1.3,
    "bears mocks": -2.0,
    "bears laughs": -1.0,
    "near": -0.5,
}

KNOWING: Table = {
    "base": -2.1,
    "is knows": 4.9,
    "is corrects": 3.6,
    "is has": 0.9,
    "is praises": -3.1,
    "is thanks": -2.6,
    "is jokes": -2.4,
    "is rants": -2.7,
    "is lectures": -2.0,
    "is mocks": -2.6,
    "is chats": -2.1,
    "is wonders": -2.1,
    "is past": -1.3,
    "is declines": -1.6,
    "bears witnessed": 0.2,
    "bears corrects": 0.6,
    "bears advises": 0.8,
    "bears dated": -0.2,
    "figures": 0.9,
    "bears gone": -1.4,
    "bears laughs": -1.0,
    "bears mocks": -1.6,
    "near": 0.4,
}

CORRECTING: Table = {
    "base": -3.0,
    "is corrects": 5.0,
    "bears corrects": 1.2,
    "bears advises": 0.4,
    "is rants": -3.0,
    "is mocks": -3.0,
    "is praises": -2.0,
    "near": 0.5,
}

_MOST_MARKS = 2.0
"""All turns of phrase together speak for no more than this: one stuffed phrase is not an opportunity."""
_NEAR_LOW, _NEAR_HIGH = 0.15, 0.5
_MARKS = frozenset(
    name.removeprefix("bears ")
    for table in (OPENING, TAKES_UP, ASKING, KNOWING, CORRECTING)
    for name in table
    if name.startswith("bears ")
)

_KINDS: Mapping[Kind, tuple[tuple[str, ...], str]] = {
    Kind.COLLABORATION: (("together", "joins", "has"), "together"),
    Kind.WORK: (("work",), "pays"),
    Kind.INVITATION: (("invites",), "hosts"),
    Kind.INTRODUCTION: (("introduces",), "connects"),
    Kind.HELP: (("helps", "needs"), "offers"),
}
_MARK_COUNTS = 0.6


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One sentence with its words at hand."""

    text: str
    sentence: Sentence
    marks: frozenset[str]
    facts: Mapping[str, float]
    """All that the tables can speak of."""

    def share(self, *groups: str) -> float:
        """How much of it resembles these groups together; 0 when the model did not read."""
        return sum(self.sentence.acts.get(group, 0.0) for group in groups)

    @property
    def promise(self) -> float:
        """How likely somebody would act on it, whatever its words; a half when the model did not read."""
        return likely(self.sentence.sense.worth)

    @property
    def has_question_mark(self) -> bool:
        return _asks(self.text)


def parts_of(text: str, reading: Reading) -> tuple[Part, ...]:
    return tuple(_part(text[each.start : each.end], each) for each in reading.sentences)


def _part(words: str, sentence: Sentence) -> Part:
    borne = frozenset(name for name in _MARKS if marks(name, words))
    return Part(text=words, sentence=sentence, marks=borne, facts=_facts(words, sentence, borne))


def _facts(words: str, sentence: Sentence, borne: frozenset[str]) -> dict[str, float]:
    return {
        "base": 1.0,
        **{f"is {name}": value for name, value in sentence.acts.items()},
        **{f"bears {name}": 1.0 for name in borne},
        "ends in a question mark": float(_asks(words)),
        "figures": min(2.0, figures(words)),
        "near": min(1.0, max(0.0, (sentence.nearness - _NEAR_LOW) / (_NEAR_HIGH - _NEAR_LOW))),
    }


def _asks(words: str) -> bool:
    return "?" in words or "？" in words


def likely(odds: float) -> float:
    return 1.0 / (1.0 + exp(-odds))


def odds(part: Part, table: Table) -> float:
    terms = {name: weight * part.facts.get(name, 0.0) for name, weight in table.items()}
    turns = sum(value for name, value in terms.items() if name.startswith("bears ") and value > 0)
    return sum(terms.values()) - max(0.0, turns - _MOST_MARKS)


def opening(part: Part) -> float:
    """How likely it offers or asks something that can be acted on."""
    return likely(odds(part, OPENING))


def taking_up(part: Part) -> float:
    """How likely it answers a call, given that there was one."""
    return likely(odds(part, TAKES_UP))


def asking(part: Part) -> float:
    """How likely it is a question that wants an answer."""
    return likely(odds(part, ASKING)) if part.has_question_mark or "asks" in part.marks else 0.0


def knowing(part: Part) -> float:
    """How likely it tells what its writer saw, did or measured."""
    return likely(odds(part, KNOWING))


def correcting(part: Part) -> float:
    return likely(odds(part, CORRECTING))


def kind_of(part: Part) -> Kind:
    """The kind whose prototypes and turns of phrase it comes nearest to."""

    def nearness(kind: Kind) -> float:
        groups, turn = _KINDS[kind]
        return part.share(*groups) + _MARK_COUNTS * (turn in part.marks)

    return max(_KINDS, key=nearness)


OPENINGS = frozenset(_KINDS)
