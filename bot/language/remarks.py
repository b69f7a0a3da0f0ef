"""Cut out the clauses that end in the owner's own words: "note 2: met at FOSDEM, likes tea"."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.language.clauses import Clause, Guess
from bot.language.pieces import A_SUM, Piece, Text
from bot.language.refs import LAST, Which, expanded
from bot.language.tokens import fold, listed
from bot.language.verbs import Takes, Verb
from bot.language.words import SEPARATORS, Part

NAMED = frozenset({Which.NUMBER, Which.ID, Which.EXACTLY, Which.NAME, Which.PLACE})
"""What an item of such a clause is called by: the other words for items are the owner's own there."""
AROUND = " :,;–—-：、，。"
SOURCES = frozenset(
    listed(
        """for, fur, por, pour,
        from, off, through, via, by, thanks, with, von, durch, dank, aus, mit, bei, de, del, con, gracias, par, avec,
        grace"""
    )
)
"""What leads from a sum to the item that it came from."""
AHEAD = re.compile(rf"^(?:(?!-\d)[{re.escape(AROUND)}])*")
"""A dash before a digit is a minus."""


@dataclass(frozen=True, slots=True)
class _Head:
    """Where a clause begins, and where its words do."""

    first: int
    verb: int
    items: slice
    ends_at: int | None = None
    """Where its words begin when they do not begin after the items."""

    @property
    def end(self) -> int:
        return self.ends_at if self.ends_at is not None else max(self.verb + 1, int(self.items.stop))


def cut(said: Text, verbs: Mapping[str, Verb]) -> tuple[list[Guess], list[Piece]]:
    """Those clauses, and the pieces that are left."""
    found: list[Guess] = []
    left: list[Piece] = []
    for number in range(len(said.lines)):
        line = [piece for piece in said.pieces if piece.line == number]
        while (head := _head(said, line, verbs)) is not None:
            end = next((at for at in range(head.end, len(line)) if _goes_on(line, at)), len(line) - 1)
            found.append(_clause(said, line, head, end, takes_items=Takes.ITEMS in verbs[line[head.verb].value].takes))
            left += line[: head.first]
            line = line[end:]
        left += line
    return found, left


def _head(said: Text, line: Sequence[Piece], verbs: Mapping[str, Verb]) -> _Head | None:
    for at, piece in enumerate(line):
        is_of_a_sum = _is_item_of_a_sum(said, line, at)
        if _calls_for_words(piece, verbs) and (piece.part is Part.VERB or _is_item(line, at + 1) or is_of_a_sum):
            takes_items = Takes.ITEMS in verbs[piece.value].takes
            after = _end_of_items(line, at + 1) if takes_items else at + 1
            first = at
            while takes_items and first and line[first - 1].part is Part.ITEM:
                first -= 1
            if first == 0 or line[first - 1].part in SEPARATORS:
                if takes_items and after == at + 1 == first + 1 and is_of_a_sum:
                    return _Head(first, at, slice(at + 2, at + 3), ends_at=at + 1)
                return _Head(first, at, slice(first, at) if after == at + 1 and first < at else slice(at + 1, after))
    return None


def _calls_for_words(piece: Piece, verbs: Mapping[str, Verb]) -> bool:
    return piece.part in {Part.VERB, Part.WEAK_VERB} and Takes.TEXT in verbs[piece.value].takes


def _is_item(line: Sequence[Piece], at: int) -> bool:
    ref = line[at].ref if at < len(line) else None
    return ref is not None and ref.which in NAMED


def _is_item_of_a_sum(said: Text, line: Sequence[Piece], verb: int) -> bool:
    """The 18 of "won 300 quid from 18", but not the 2 of "won 300 quid from 2 talks"."""
    if not _is_item(line, verb + 2) or line[verb + 1].value != A_SUM:
        return False
    amount, item, after = line[verb + 1 : verb + 4]
    text = said.lines[item.line]
    goes_on = text[item.end : after.start].strip()
    is_whole = item.ref is not None and item.ref.which is not Which.NUMBER
    leads = {fold(word) for word in text[amount.end : item.start].split()}
    return not leads.isdisjoint(SOURCES) and (is_whole or bool(goes_on) or after.part in SEPARATORS)


def _end_of_items(line: Sequence[Piece], at: int) -> int:
    """After the items of "note 1 and 2: …": of two numbers in a row the second is the owner's own."""
    while _is_item(line, at):
        at += 1
        if line[at].part not in {Part.AND, Part.COMMA} or not _is_item(line, at + 1):
            break
        at += 1
    return at


def _goes_on(line: Sequence[Piece], at: int) -> bool:
    """Whether the owner's own words end there, and a command with an item begins."""
    following = {piece.part for piece in line[at + 1 : at + 3]}
    return line[at].part in SEPARATORS and following == {Part.VERB, Part.ITEM}


def _clause(said: Text, line: Sequence[Piece], head: _Head, end: int, *, takes_items: bool) -> Guess:
    verb = line[head.verb]
    written = said.lines[verb.line][line[head.end - 1].end : line[end].start].rstrip(AROUND)
    words = AHEAD.sub("", written)
    refs = expanded(piece.ref for piece in line[head.items] if piece.ref) or (LAST,)
    return Guess(0.0, Clause(verb.value, refs if takes_items else (), words), at=(verb.line, verb.start))
