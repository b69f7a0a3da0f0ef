"""Find the command that a mistyped word was meant to be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from bot.language.tokens import fold, listed
from bot.language.verbs import WEAK, Verb

SHORTEST, LONGEST = 3, 24
TWO_SLIPS_FROM = 8
"""In so long a word two slips are still unmistakable."""


@dataclass(frozen=True)
class Spelling:
    verbs: Mapping[str, Verb]

    @cached_property
    def known(self) -> Mapping[str, str]:
        """The commands' words of one word; each command by its name before any other word for it."""
        words = {
            fold(word): verb.name
            for verb in reversed(list(self.verbs.values()))
            for phrases in verb.words.values()
            for word in listed(phrases.replace(WEAK, ""))
            if " " not in word and word.isascii() and len(word) >= SHORTEST
        }
        return words | {name: name for name in self.verbs}

    def near(self, word: str) -> Verb | None:
        """The command that a word is a slip of the finger away from."""
        if not SHORTEST <= len(word) <= LONGEST:
            return None
        allowed = 2 if len(word) >= TWO_SLIPS_FROM else 1
        near = {known: slips for known in self.known if (slips := distance(word, known, allowed=allowed)) is not None}
        return self.verbs[self.known[min(sorted(near), key=lambda known: near[known])]] if near else None


def distance(word: str, known: str, *, allowed: int) -> int | None:
    """How many slips (a letter too many, missing, wrong, or two swapped) part two words; None when more than allowed.

    Of a word of three letters nothing is left after a slip, but for two swapped ones.
    """
    if abs(len(word) - len(known)) > allowed or (len(known) <= SHORTEST and sorted(word) != sorted(known)):
        return None
    before: list[int] = []
    row = list(range(len(known) + 1))
    for i, letter in enumerate(word, 1):
        older, before, row = before, row, [i]
        for j, other in enumerate(known, 1):
            is_swap = i > 1 and j > 1 and letter == known[j - 2] and word[i - 2] == other
            least = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != other))
            row.append(min(least, older[j - 2] + 1) if is_swap else least)
    return row[-1] if row[-1] <= allowed else None
