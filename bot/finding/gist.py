"""The literal span of a post that is quoted: the sentence that tells it, as short as can be understood."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import regex

from bot.finding.speech import Part

LONGEST = 140
_PAIR = 130
"""Two sentences that fit into this are quoted together: "what would you try" needs what it is about."""
_CLAUSE = regex.compile(r"[,;、，]\s*|\s+[-–—]\s+|\s+(?=\()")
_WIDE = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}]")


def gist(text: str, parts: Sequence[Part], measure: Callable[[Part], float]) -> str:
    if not parts:
        return ""
    values = [measure(part) for part in parts]
    place = max(range(len(parts)), key=lambda each: values[each])
    start, end = _with_neighbour(text, parts, values, place)
    return clipped(text[start:end])


def _length(text: str) -> int:
    return len(text) + len(_WIDE.findall(text))


def _with_neighbour(text: str, parts: Sequence[Part], values: Sequence[float], place: int) -> tuple[int, int]:
    """With the better of the sentences beside it, when both fit."""
    here = parts[place].sentence
    beside = [each for each in (place - 1, place + 1) if 0 <= each < len(parts)]
    for other in sorted(beside, key=lambda each: -values[each]):
        there = parts[other].sentence
        start, end = min(here.start, there.start), max(here.end, there.end)
        if _length(text[start:end]) <= _PAIR:
            return start, end
    return here.start, here.end


def clipped(span: str) -> str:
    """As it stands; of a long sentence its first clauses that fit."""
    span = span.strip()
    if len(span) <= LONGEST:
        return span
    cuts = [cut.start() for cut in _CLAUSE.finditer(span[:LONGEST])] or [
        gap.start() for gap in regex.finditer(r"\s", span[:LONGEST])
    ]
    return span[: cuts[-1]].rstrip(" ,;、，") if cuts else span[:LONGEST]
