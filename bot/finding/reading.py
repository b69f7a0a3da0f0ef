"""What the text model saw in a post: numbers by sentence, and where each sentence stands.

    text -> sentences() -> the model (reader.py) -> Reading -> scoring.py

`acts` shares out one sentence among the groups of prototypes.toml: near 1 for a twin of one group, the same little of
each for a stranger. The groups are named after what such a sentence does:

    together joins has work invites introduces helps needs      it may be an opportunity
    asks knows corrects                                         a question; first-hand knowledge
    praises thanks jokes mocks declines past rants lectures     none, though its words may come close to one
    wonders shares chats closes disputes errands
    sells defrauds baits attacks commands                       never shown
    calls                                                       what an owner's own post does: it asks people in

`sense` is what a small network says that was trained on whole posts and what they answer (bot/sense.py): it knows an
offer without a word of offering.

Without the model a reading is `blank`: sentences without numbers, so that rules and the thread decide alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import regex

from bot.models import Kind

_END = regex.compile(
    r"(?<=[.!?…])(?<!\b(?:\p{L}|[zd]\.\s?[BbhH]|[Nn]r|[Dd]r|[Mm]rs?|[Ss]t|ca|bzw|vs|etc|[Ss]ra?|[Pp]rof|[Vv]ol|wk|approx)\.)"
    r"[\"”’»)]*\s+|(?<=[。！？])[」』]?\s*|(?<!\s)\s*\n\s*|(?<=\p{L}{2}):\s+(?=\p{L})"
    r"|(?<!\s)\s+[–—]\s+|(?<=\p{So})\s+(?=\p{L})"  # no look back further than two letters: a post may be one word
)
_SHORT = 2
"""A piece of so few letters belongs to its neighbour: "Hm." says nothing by itself."""


LANGUAGES: Mapping[str, str] = {
    "en": "English",
    "de": "German",
    "es": "Spanish",
    "fr": "French",
    "ja": "Japanese",
}
"""Those with rules and prototypes of their own; others are judged by the vectors alone."""

KINDS = (
    Kind.COLLABORATION,
    Kind.WORK,
    Kind.INVITATION,
    Kind.INTRODUCTION,
    Kind.HELP,
    Kind.QUESTION,
    Kind.KNOWLEDGE,
    Kind.CONVERSATION,
)
"""Those that one sentence can be of, in the order of the trained network."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sense:
    """What the trained network (evals/train.py) makes of a text, however it is worded."""

    worth: float = 0.0
    """Log-odds that somebody would act on it; 0 when it did not read."""
    kinds: tuple[float, ...] = (0.0,) * len(KINDS)
    """How likely each of KINDS; what is missing to 1 is none."""
    quoted: float = 0.0
    """Log-odds, against the other sentences of the post, that a careful person would quote this one."""


NONSENSE = Sense()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    start: int
    end: int
    acts: Mapping[str, float] = field(default_factory=dict)
    goals: tuple[float, ...] = ()
    """Nearness to each goal of the case, above what any sentence has by chance; in the order of the case."""
    nearness: float = 0.0
    """To the post that it answers."""
    sense: Sense = NONSENSE

    def act(self, *groups: str) -> float:
        """The strongest of these resemblances; 0 when the model did not read."""
        return max((self.acts.get(group, 0.0) for group in groups), default=0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    sentences: tuple[Sentence, ...]
    asked: Mapping[str, float] = field(default_factory=dict)
    """The same resemblances, of the post that it answers; empty when there is none."""
    context: tuple[float, ...] = ()
    """Nearness of the thread (its root and the post answered) to each goal."""
    sorts: Mapping[str, float] = field(default_factory=dict)
    """How likely the trained network thinks it of each sort that is never shown; empty when it did not read."""

    @property
    def is_read(self) -> bool:
        """Whether a model did, or only the sentences were found."""
        return any(each.acts for each in self.sentences)


def blank(text: str) -> Reading:
    return Reading(sentences=tuple(Sentence(start=start, end=end) for start, end in sentences(text)))


def sentences(text: str) -> tuple[tuple[int, int], ...]:
    """Where the sentences stand; also the parts before and after a colon or a dash, as people quote those alone."""
    return tuple(_joined(text, _pieces(text)))


def _pieces(text: str) -> Iterator[tuple[int, int]]:
    start = 0
    for gap in _END.finditer(text):
        yield start, gap.start()
        start = gap.end()
    yield start, len(text)


def _joined(text: str, pieces: Iterator[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    begun: int | None = None
    letters = last = 0
    for start, end in pieces:
        piece = text[start:end]
        if not piece.strip():
            continue
        begun, last = start if begun is None else begun, end
        letters += sum(letter.isalnum() for letter in piece)
        if letters > _SHORT:
            yield begun, end
            begun, letters = None, 0
    if begun is not None:
        yield begun, last
