"""Cut what somebody typed into words that can be compared, whatever the case, the accents, the width of the digits."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import Generic, TypeVar

import regex

Meaning = TypeVar("Meaning")


class Shape(Enum):
    LINK = auto()
    HANDLE = auto()
    FIGURES = auto()
    """Digits with marks between them, a date or a time of day by the look of it: "24.12.", "2026-12-01", "9:30"."""
    NUMBER = auto()
    WORD = auto()
    PICTURE = auto()
    MARK = auto()


@dataclass(frozen=True, slots=True)
class Token:
    shape: Shape
    word: str
    """Folded: what is compared."""
    start: int
    end: int
    is_glued: bool
    """Nothing stands between it and the token before: the "d" of "3d"."""


# The French "n'" is a word of its own: "n'efface pas" is "efface", denied.
CJK = r"\p{Han}\p{Hiragana}\p{Katakana}ー"
LETTER = rf"(?:(?![{CJK}])[\p{{L}}\p{{M}}])"
PICTURE = r"\p{Extended_Pictographic}[\p{EMod}\uFE0F]*"
TOKEN = regex.compile(
    rf"""
      (?P<LINK>https?://\S+)
    | (?P<HANDLE>(?<![\w.])[@＠][\w.-]*\w(?:[@＠][\w.-]*\w)?)
    | (?P<FIGURES>(?<!\d)(?:\d{{4}}-\d\d?-\d\d?|\d\d?(?:[./]\d\d?){{1,2}}(?:(?<=[./]\d\d)\d\d)?\.?|\d\d?:\d\d)(?!\d))
    | (?P<NUMBER>\d\uFE0F?\u20E3|\d+|[\u2460-\u2473]|🔟)
    | (?P<WORD>n(?=['’][aeiouyhéèêàâîô]) | [{CJK}] | {LETTER}(?:(?:{LETTER}|['’‘`´])*{LETTER})?)
    | (?P<PICTURE>{PICTURE}(?:\u200D{PICTURE})*)
    | (?P<MARK>\S)
    """,
    regex.VERBOSE | regex.IGNORECASE,
)
"""Chinese and Japanese characters are a word each: their words are then phrases like any other."""
HYPHENS = frozenset("-‐‑")


def tokens(line: str) -> list[Token]:
    found: list[Token] = []
    for match in TOKEN.finditer(line):
        glued = bool(found) and found[-1].end == match.start()
        shape = Shape[match.lastgroup or "MARK"]
        found.append(Token(shape, _folded(shape, match.group()), match.start(), match.end(), glued))
    return [token for at, token in enumerate(found) if not _joins_words(found, at)]


def _joins_words(found: Sequence[Token], at: int) -> bool:
    """The hyphen of "week-end"."""
    return (
        found[at].word in HYPHENS
        and 0 < at < len(found) - 1
        and found[at - 1].shape is found[at + 1].shape is Shape.WORD
        and found[at].is_glued
        and found[at + 1].is_glued
    )


def _folded(shape: Shape, text: str) -> str:
    match shape:
        case Shape.NUMBER:
            digits = "10" if text == "🔟" else unicodedata.normalize("NFKC", text).rstrip("\u20e3\ufe0f")
            return "".join(str(unicodedata.digit(digit)) for digit in digits)
        case Shape.PICTURE:
            return text[0]
        case Shape.MARK:
            return text
        case _:
            return fold(text)


APOSTROPHES = str.maketrans("", "", "'’‘`´")
ACCENTS = dict.fromkeys(range(0x300, 0x370))
"""Not those of Japanese, where they tell one letter from another."""


def fold(text: str) -> str:
    plain = unicodedata.normalize("NFKC", text).casefold().translate(APOSTROPHES)
    return unicodedata.normalize("NFC", unicodedata.normalize("NFD", plain).translate(ACCENTS))


UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue"})


def spellings(phrase: str) -> Iterable[tuple[str, ...]]:
    """A phrase as its folded words; German ones also as typed without umlauts."""
    yield tuple(token.word for token in tokens(phrase))
    if any(umlaut in phrase for umlaut in "äöü"):
        yield tuple(token.word for token in tokens(phrase.translate(UMLAUTS)))


def listed(phrases: str) -> list[str]:
    """The phrases of a comma-separated table."""
    return [phrase for phrase in (part.strip() for part in phrases.split(",")) if phrase]


class Phrasebook(Generic[Meaning]):
    """What phrases of one or more words mean; the longest that fits wins."""

    def __init__(self, meanings: Iterable[tuple[str, Meaning]]) -> None:
        self.meanings: Mapping[tuple[str, ...], Meaning] = {
            words: meaning for phrase, meaning in meanings for words in spellings(phrase)
        }
        self._longest = max(map(len, self.meanings), default=0)

    def at(self, words: Sequence[str], start: int) -> tuple[Meaning, int] | None:
        """What the phrase that starts there means, and where it ends."""
        for end in range(min(start + self._longest, len(words)), start, -1):
            if (phrase := tuple(words[start:end])) in self.meanings:
                return self.meanings[phrase], end
        return None
