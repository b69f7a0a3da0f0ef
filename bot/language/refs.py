"""How the owner names items: by number, place, name, or all at once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Which(StrEnum):
    NUMBER = "number"
    ID = "id"
    """As in "#137"; the number 137 for who writes "#1" for 1."""
    EXACTLY = "exactly"
    """An id for sure: how the bot names an item to itself."""
    PLACE = "place"
    """Counted in the newest list; from its end when negative."""
    NAME = "name"
    RANGE = "range"
    ALL = "all"
    BOTH = "both"
    NONE = "none"
    """All of them, and what is said of them is denied."""
    NEITHER = "neither"
    REST = "rest"
    """Those that no other clause of the message names."""
    LAST = "last"
    """None was named: the one that can be meant."""
    ASKED = "<which>"
    """The one that the owner is asked for."""


DENIED = {Which.NONE: Which.ALL, Which.NEITHER: Which.BOTH}
LOOSE = frozenset({Which.ALL, Which.BOTH})
NO_SUCH_NUMBER = 1_000_000
"""Stands for any that is too long to be the number of anything."""
MAX_RANGE = 20
"""A longer range is kept as it was typed: nobody has so many items."""


@dataclass(frozen=True, slots=True)
class Ref:
    which: Which
    value: int = 0
    last: int = 0
    """Of a range."""
    name: str = ""

    def __str__(self) -> str:
        match self.which:
            case Which.NUMBER | Which.PLACE:
                return str(self.value)
            case Which.ID:
                return f"#{self.value}"
            case Which.EXACTLY:
                return f"##{self.value}"
            case Which.NAME:
                return self.name
            case Which.RANGE:
                return f"{self.value}-{self.last}"
            case _:
                return self.which.value


LAST = Ref(Which.LAST)
ALL = Ref(Which.ALL)
ASKED = Ref(Which.ASKED)


def expanded(refs: Iterable[Ref]) -> tuple[Ref, ...]:
    """Ranges and "the first two" as the items they are; "both 1 and 2" as 1 and 2; each once."""
    found: list[Ref] = []
    for ref in refs:
        if found and _is_an_end(found[-1]) and (ref.which is Which.BOTH or ref.which is Which.NUMBER):
            found[-1:] = _places(found[-1], 2 if ref.which is Which.BOTH else ref.value)
        elif ref.which is Which.RANGE:
            found += _range(ref)
        else:
            found.append(Ref(DENIED[ref.which]) if ref.which in DENIED else ref)
    named = [ref for ref in found if ref.which not in LOOSE]
    return tuple(dict.fromkeys(named or found))


def _is_an_end(ref: Ref) -> bool:
    return ref.which is Which.PLACE and abs(ref.value) == 1


def _places(end: Ref, count: int) -> list[Ref]:
    """As in "the first two", "the last three"."""
    places = range(1, min(count, MAX_RANGE) + 1)
    return [Ref(Which.PLACE, number) for number in (places if end.value > 0 else (-at for at in reversed(places)))]


def _range(ref: Ref) -> list[Ref]:
    first, last = sorted((ref.value, ref.last))
    if last - first >= MAX_RANGE:
        return [Ref(Which.RANGE, first, last)]
    return [Ref(Which.NUMBER, number) for number in range(first, last + 1)]
