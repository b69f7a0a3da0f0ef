"""Leave out what only gives a reason, or is said to be something else: what is denied there denies no command.

As in "no 19, I don't do soil", "17 done because I never heard back", "not 17 but 18 is done".
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bot.language.pieces import Piece
from bot.language.tokens import fold, listed
from bot.language.words import SEPARATORS, Part

CONTRAST = frozenset(listed("but, sondern, sino, pero, aber, mais"))
REASONS = frozenset({"porque"})
"""Of the words for why, those that also give a reason."""
UNDECIDED = frozenset(
    listed("know, think, believe, mean, sure, remember, weiss, glaube, denke, se, creo, sais, crois, pense")
)
"""Words that cast a doubt on what was just said: "done 3, I don't know"."""
DISMISSALS = frozenset({"no", "mute"})
COMMANDS = frozenset({Part.VERB, Part.WEAK_VERB})
STAYS = frozenset({Part.RESPECT, Part.TIME, Part.BREAK})
"""Of a reason, what belongs to the command: "no 3 because it's spam"."""


def without_asides(pieces: Sequence[Piece]) -> list[Piece]:
    left: list[Piece] = []
    order: list[Piece] = []
    """What was ordered in this sentence so far."""
    is_reason = False
    for segment in _segments(_without_contrasts(pieces)):
        is_reason = is_reason and segment[0].part is not Part.BREAK and not _is_order(segment)
        if is_reason or (order and _is_denying_reason(segment, order)):
            left += [piece for piece in segment if piece.part in STAYS]
            continue
        at = _reason_at(segment, is_ordered=bool(order))
        is_reason = at < len(segment)
        left += [*segment[:at], *(piece for piece in segment[at:] if piece.part in STAYS)]
        if segment[0].part is Part.BREAK or _is_order(segment):
            order = segment if _is_order(segment) else []
    return [piece for piece in left if piece.part is not Part.REASON]


def _segments(pieces: Sequence[Piece]) -> Iterator[list[Piece]]:
    """Each with the separator before it."""
    segment: list[Piece] = []
    for piece in pieces:
        if piece.part in SEPARATORS and segment:
            yield segment
            segment = []
        segment.append(piece)
    if segment:
        yield segment


def _has(pieces: Sequence[Piece], *parts: Part) -> bool:
    return any(piece.part in parts for piece in pieces)


def _is_order(segment: Sequence[Piece]) -> bool:
    return _has(segment, *COMMANDS) and _has(segment, Part.ITEM)


def _is_denying_reason(segment: Sequence[Piece], order: Sequence[Piece]) -> bool:
    """As in ", I don't grow anything" behind "no 19"."""
    is_own = _has(segment, Part.ITEM, Part.VERB, Part.TIME, Part.QUESTION, Part.RATHER, Part.RESPECT, Part.DOUBT)
    if segment[0].part is Part.BREAK or is_own or not _has(segment, Part.NOT):
        return False
    strange = {piece.value for piece in segment if piece.part is Part.UNKNOWN}
    if not UNDECIDED.isdisjoint(strange):
        return False
    return bool(strange) or any(piece.part is Part.VERB and piece.value in DISMISSALS for piece in order)


def _reason_at(segment: Sequence[Piece], *, is_ordered: bool) -> int:
    """Where the reason for a command begins in it."""
    for at, piece in enumerate(segment):
        gives_one = piece.part is Part.REASON or (piece.part is Part.VERB and fold(piece.text) in REASONS)
        if gives_one and (is_ordered or _has(segment[:at], *COMMANDS)):
            return at
    return len(segment)


def _without_contrasts(pieces: Sequence[Piece]) -> list[Piece]:
    """Without the "not 17 but" of "not 17 but 18 is done"."""
    left: list[Piece] = []
    at = 0
    while at < len(pieces):
        at = _after_contrast(pieces, at) or at
        left.append(pieces[at])
        at += 1
    return left


def _after_contrast(pieces: Sequence[Piece], at: int) -> int | None:
    """Where what is meant begins, if what is not meant stands there: "not 17 but", "17 isn't but"."""
    denied = [Part.NOT, Part.ITEM]
    if [piece.part for piece in pieces[at : at + 2]] not in (denied, denied[::-1]):
        return None
    end = at + 2
    while _has(pieces[end : end + 1], Part.ITEM, Part.COMMA) or _joins_items(pieces, end):
        end += 1
    is_contrast = end < len(pieces) and pieces[end].part is Part.AND and fold(pieces[end].text) in CONTRAST
    return end + 1 if is_contrast and _has(pieces[end + 1 : end + 2], Part.ITEM) else None


def _joins_items(pieces: Sequence[Piece], at: int) -> bool:
    """The "and" of "not 1 and 2 but 3"."""
    is_and = at < len(pieces) and pieces[at].part is Part.AND and fold(pieces[at].text) not in CONTRAST
    return is_and and _has(pieces[at + 1 : at + 2], Part.ITEM)
