"""A second opinion on the best of the day: who may be asked about, and how far it may move them.

It only puts in another order what clears the bar without it. Whether a message goes out at all, and what may stand in
it, is decided here alone; so nothing that was gated, or lies below the bar, is ever lifted by a machine elsewhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from bot.ledger import Item
from bot.models import Goal, Judgement, Signal

NAME = "second_opinion"
SPREAD = 1.5
"""The standard deviation of the scores of what is found (evals/README.md). Not that of one day: of two or three alike
it would be next to nothing."""
MOST = SPREAD / 2
"""So far a score moves at most, up or down."""
_LEAST = 0.01
_MORE, _LESS = (f"a second opinion, from the model you named, finds it worth {how}" for how in ("more", "less"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Opinion:
    worth: float
    """From 0 to 1."""


class SecondOpinion(Protocol):
    def __call__(self, texts: Sequence[str], goals: Sequence[Goal], /) -> Sequence[Opinion | None]:
        """One a text, in their order; None where what came back cannot be used. Raises OpinionError for all."""


def without(judgement: Judgement) -> Judgement:
    """As it stands by itself."""
    plain = tuple(each for each in judgement.signals if each.name != NAME)
    return judgement if len(plain) == len(judgement.signals) else replace(judgement, signals=plain)


def local(item: Item) -> Item:
    return replace(item, opportunity=replace(item.opportunity, judgement=without(item.opportunity.judgement)))


def moved(items: Sequence[Item], opinions: Sequence[Opinion | None]) -> list[Item]:
    """Each by what was thought of it."""
    return [_moved(item, opinion) for item, opinion in zip(items, opinions, strict=True)]


def _moved(item: Item, opinion: Opinion | None) -> Item:
    weight = 0.0 if opinion is None else round(MOST * (2.0 * opinion.worth - 1.0), 3)
    if abs(weight) < _LEAST:
        return item
    judgement = item.opportunity.judgement
    signal = Signal(name=NAME, weight=weight, because=_MORE if weight > 0 else _LESS)
    changed = replace(judgement, signals=(*judgement.signals, signal))
    return replace(item, opportunity=replace(item.opportunity, judgement=changed))
