"""The trained network: a post, sentence by sentence, with what it answers -> what each sentence is worth.

    a sentence: its vector, its turns of phrase, a few plain facts  -> inner ─┬─ beside the most and the mean
    what the post answers: the mean of its vectors                  -> above ─┴─ of all its sentences -> middle -> outer

It reads a sentence by what stands around it: "two of them, in two keys" is a joke or an offer by the post above and
the sentence before. evals/train.py makes the file and says from what; reader.py is the only one that asks it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.resources import files
from math import exp, log1p
from typing import Any

import regex

from bot.finding.markers import NAMES, marks
from bot.finding.reading import KINDS, Sense
from bot.finding.speech import likely

FILE = "sense.npz"
SORTS = ("spam", "bait", "hostile", "injection")
"""What is never shown, as the gate names it, in the order of the network."""
_WORTH, _KIND, _QUOTED = 0, 1, 2 + len(KINDS)
OUTPUTS = _QUOTED + 1 + len(SORTS)
"""Worth; each of KINDS and none; whether it is the one to quote; each of SORTS."""

_VECTORS, _MARKS = 4.0, 0.5
"""Scale of the two sorts of input, so that the many small numbers of a vector weigh as much as a mark."""
_LONG, _FULL, _MANY = 120.0, 8, 4.0
_DIGIT, _PICTURE = regex.compile(r"\d"), regex.compile(r"\p{So}")


def features(texts: Sequence[str], vectors: Any, above: Any) -> Any:
    """One row a sentence of one post. `vectors` are theirs; `above` those of the post that it answers, or empty."""
    import numpy as np  # noqa: PLC0415 -- comes with the text model and is missing with it

    count = len(texts)
    near = (vectors @ above.T).max(axis=1) if len(above) else np.zeros(count)
    marked = [[float(marks(name, text)) for name in NAMES] + _facts(text) for text in texts]
    placed = [
        [
            float(near[place]),
            float(len(above) > 0),
            float(place == 0),
            float(place == count - 1),
            float(count == 1),
            min(count, _FULL) / _MANY,
            len(text) / _LONG,
        ]
        for place, text in enumerate(texts)
    ]
    return np.hstack([_VECTORS * vectors, _MARKS * np.array(marked), np.array(placed)]).astype(np.float32)


def made_for() -> list[str]:
    """What its inputs and outputs are, in their order: stored with it, as it is of no use with others."""
    return [*NAMES, *KINDS, *SORTS]


def mean_of(above: Any) -> Any:
    """What the network sees of the post above; zeros when there is none."""
    import numpy as np  # noqa: PLC0415

    return (_VECTORS * above.mean(axis=0) if len(above) else np.zeros(above.shape[1])).astype(np.float32)


class Network:
    def __init__(self, members: Sequence[Mapping[str, Any]]) -> None:
        self._members = members

    @classmethod
    def stored(cls) -> Network:
        """The one that ships: several members trained from other beginnings, whose mean is steadier than any."""
        import numpy as np  # noqa: PLC0415

        with files("bot.finding").joinpath(FILE).open("rb") as file, np.load(file) as kept:
            parts: dict[str, dict[str, Any]] = {}
            for name in kept.files:
                part, _, member = name.partition("@")
                if member:
                    parts.setdefault(member, {})[part] = kept[name].astype(np.float32)
        return cls([parts[member] for member in sorted(parts)])

    def out(self, rows: Any, above: Any) -> Any:
        """OUTPUTS numbers a sentence, as log-odds."""
        return sum(_through(member, rows, above) for member in self._members) / len(self._members)

    def senses(self, rows: Any, above: Any) -> tuple[list[Sense], dict[str, float]]:
        """Of each sentence, and how likely the whole post is of each bad sort."""
        out = [list(map(float, row)) for row in self.out(rows, above)]
        bad = {sort: likely(max(row[place] for row in out)) for place, sort in enumerate(SORTS, start=_QUOTED + 1)}
        return [_sense(row) for row in out], bad


def _through(member: Mapping[str, Any], rows: Any, above: Any) -> Any:
    import numpy as np  # noqa: PLC0415

    def layer(name: str, seen: Any) -> Any:
        return np.maximum(seen @ member[name] + member[f"{name}_bias"], 0)

    inner = layer("inner", rows)
    around = np.concatenate([inner.max(axis=0), inner.mean(axis=0), layer("above", above)])
    middle = layer("middle", np.hstack([inner, np.tile(around, (len(inner), 1))]))
    return middle @ member["outer"] + member["outer_bias"]


def _sense(row: Sequence[float]) -> Sense:
    kinds = [exp(value - max(row[_KIND:_QUOTED])) for value in row[_KIND:_QUOTED]]
    return Sense(worth=row[_WORTH], kinds=tuple(kind / sum(kinds) for kind in kinds[:-1]), quoted=row[_QUOTED])


def _facts(text: str) -> list[float]:
    return [
        float("?" in text or "？" in text),
        log1p(len(text)) / 5.0,
        float("!" in text or "！" in text),
        float(_DIGIT.search(text) is not None),
        float(_PICTURE.search(text) is not None),
        float(text[:1].islower()),
    ]
