"""The literal span of a post that is quoted: the sentence that tells it, as short as can be understood."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import exp

import regex

from bot.finding.speech import Part

LONGEST = 140
_TOGETHER = 130
"""Sentences that fit into this may be quoted together: "what would you try" needs what it is about."""
_MOST = 3
_DOUBT = 3.0
"""By how much less sure one should be of the sentence than the network is; on the worlds of evals."""
_CLAUSE = regex.compile(r"[,;、，]\s*|\s+[-–—]\s+|\s+(?=\()")
_WIDE = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}]")


def gist(text: str, parts: Sequence[Part], measure: Callable[[Part], float]) -> str:
    """Of the sentences, alone or with those beside them, what shares most with the one that ought to be quoted.

    Which one that is nobody knows for sure: `measure` is the log-odds of each. What is looked for is the span whose
    overlap with it, as the harmonic mean of precision and recall, is greatest on the average.
    """
    if not parts:
        return ""
    shares = _shares([measure(part) / _DOUBT for part in parts])
    lengths = [_length(part.text) for part in parts]
    spans = [
        (first, last)
        for first in range(len(parts))
        for last in range(first, min(len(parts), first + _MOST))
        if first == last or _length(_between(text, parts, first, last)) <= _TOGETHER
    ]
    best = max(spans, key=lambda span: _expected(lengths, shares, *span))
    return clipped(_between(text, parts, *best))


def _between(text: str, parts: Sequence[Part], first: int, last: int) -> str:
    return text[parts[first].sentence.start : parts[last].sentence.end]


def _expected(lengths: Sequence[int], shares: Sequence[float], first: int, last: int) -> float:
    whole = sum(lengths[first : last + 1])
    return sum(shares[each] * 2 * lengths[each] / (whole + lengths[each]) for each in range(first, last + 1))


def _shares(odds: Sequence[float]) -> list[float]:
    most = max(odds)
    weights = [exp(each - most) for each in odds]
    total = sum(weights)
    return [weight / total for weight in weights]


def _length(text: str) -> int:
    return len(text) + len(_WIDE.findall(text))


def clipped(span: str) -> str:
    """As it stands; of a long sentence its first clauses that fit."""
    span = span.strip()
    if len(span) <= LONGEST:
        return span
    cuts = [cut.start() for cut in _CLAUSE.finditer(span[:LONGEST])] or [
        gap.start() for gap in regex.finditer(r"\s", span[:LONGEST])
    ]
    return span[: cuts[-1]].rstrip(" ,;、，") if cuts else span[:LONGEST]
