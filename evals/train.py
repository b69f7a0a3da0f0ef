"""Train the small network that ships in bot/finding/sense.npz: `python -m evals train evals/training/*.jsonl`.

    sentences of own texts -> vector and marks (bot/reader.py) -> 96 units -> is it worth acting on? which kind?

All of its data is the project's own: the invented posts of evals/training, the prototypes and the probes. The worlds
are kept out, to measure on. Runs on numpy alone in a minute or two; the same seed gives the same file.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from bot.finding.reading import KINDS, sentences
from bot.models import Kind
from bot.reader import SENSE, Reader, prototypes
from evals import probes
from evals.metrics import auc

Array = npt.NDArray[np.float64]

HIDDEN, SEEDS, EPOCHS, BATCH = 96, 3, 20, 128
RATE, DECAY, DROPPED = 2e-3, 0.01, 0.4
KIND_COUNTS = 0.5

_KINDS: Mapping[str, Kind] = {
    "together": Kind.COLLABORATION,
    "has": Kind.COLLABORATION,
    "joins": Kind.COLLABORATION,
    "work": Kind.WORK,
    "invites": Kind.INVITATION,
    "introduces": Kind.INTRODUCTION,
    "helps": Kind.HELP,
    "needs": Kind.HELP,
    "asks": Kind.QUESTION,
    "knows": Kind.KNOWLEDGE,
    "corrects": Kind.KNOWLEDGE,
    "deepens": Kind.CONVERSATION,
}
"""What the acts of the training texts and the groups of the prototypes come to."""
_NONE = len(KINDS)
_BORDERLINE = 0.4


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    text: str
    above: str
    """The post that it answers; "" when there is none."""
    worth: float
    kind: int
    group: str
    """Trade or owner: what is held out together."""
    weight: float = 1.0


def run(paths: Sequence[Path]) -> None:
    found = [*_texts(paths), *_prototypes(), *_probes()]
    reader = Reader()
    features = np.vstack(
        [
            reader.features([each.text for each in batch], above)
            for above, batch in groupby(found, lambda each: each.above)
        ]
    )
    _report(found, features)
    members = [_Network(features.shape[1], seed).fit(features, found) for seed in range(SEEDS)]
    target = Path(str(files("bot.finding").joinpath(SENSE)))
    np.savez_compressed(
        target, **{f"{name}{i}": part for i, net in enumerate(members) for name, part in net.stored().items()}
    )
    print(f"{len(found)} sentences -> {target.name}, {target.stat().st_size // 1024} kB")


# -- examples ------------------------------------------------------------------------------------------------------


def _texts(paths: Sequence[Path]) -> Iterator[Example]:
    for path in paths:
        for line in path.read_text(encoding="utf-8").splitlines():
            row: Mapping[str, Any] = json.loads(line)
            yield from _examples(
                row["text"], row["spans"], row["grade"], row["act"], above=row["parent"], group=row["trade"]
            )


def _examples(text: str, spans: Sequence[str], grade: int, act: str, *, above: str, group: str) -> Iterator[Example]:
    """The quoted sentences of what is worth something, every sentence of what is not; and the whole of both."""
    kind = _KINDS.get(act)
    said = spans if grade else [text[start:end] for start, end in sentences(text)]
    for each in sorted({*said, text}):
        yield Example(
            text=each,
            above=above,
            worth=0.5 if grade == 1 else float(grade > 1),
            kind=KINDS.index(kind) if grade and kind else _NONE,
            group=group,
            weight=_BORDERLINE if grade == 1 else 1.0,
        )


def _prototypes() -> Iterator[Example]:
    for name, languages in prototypes().items():
        for texts in languages.values() if name != "calls" else ():
            for text in texts:
                yield from _examples(text, [], 2 if name in _KINDS else 0, name, above="", group="prototypes")


def _probes() -> Iterator[Example]:
    acts = {kind.value: act for act, kind in _KINDS.items()}
    for probe in probes.load():
        spans, parent = [probe.gist] if probe.gist else [], probe.case.parent
        act, above = acts.get(probe.sort, probe.sort), parent.text if parent else ""
        yield from _examples(probe.case.post.text, spans, probe.grade, act, above=above, group=probe.owner)


# -- the network -----------------------------------------------------------------------------------------------------


class _Network:
    """One hidden layer with dropout, trained by Adam on two losses at once: worth (logistic) and kind (softmax)."""

    def __init__(self, width: int, seed: int) -> None:
        self._chance = np.random.default_rng(seed)
        self._parts: list[Array] = [
            self._chance.normal(0, width**-0.5, (width, HIDDEN)),
            np.zeros(HIDDEN),
            self._chance.normal(0, HIDDEN**-0.5, (HIDDEN, 2 + len(KINDS))),
            np.zeros(2 + len(KINDS)),
        ]

    def stored(self) -> dict[str, npt.NDArray[np.float16]]:
        names = ("inner", "inner_bias", "outer", "outer_bias")
        return {name: part.astype(np.float16) for name, part in zip(names, self._parts, strict=True)}

    def worth(self, features: Array) -> Array:
        inner, inner_bias, outer, outer_bias = self._parts
        worth: Array = (np.maximum(features @ inner + inner_bias, 0) @ outer + outer_bias)[:, 0]
        return worth

    def fit(self, features: Array, examples: Sequence[Example]) -> _Network:
        worth = np.array([each.worth for each in examples])
        kind = np.array([each.kind for each in examples])
        weight = np.array([each.weight for each in examples])
        first, second = [np.zeros_like(part) for part in self._parts], [np.zeros_like(part) for part in self._parts]
        step = 0
        for epoch in range(EPOCHS):
            order = self._chance.permutation(len(examples))
            for start in range(0, len(order), BATCH):
                batch = order[start : start + BATCH]
                step += 1
                rate = RATE * (1 - epoch / EPOCHS)
                slopes = self._slopes(features[batch], worth[batch], kind[batch], weight[batch])
                for i, slope in enumerate(slopes):
                    first[i] += 0.1 * (slope - first[i])
                    second[i] += 0.001 * (slope**2 - second[i])
                    move = first[i] / (1 - 0.9**step) / (np.sqrt(second[i] / (1 - 0.999**step)) + 1e-8)
                    self._parts[i] -= rate * (move + DECAY * self._parts[i] * (slope.ndim > 1))
        return self

    def _slopes(self, features: Array, worth: Array, kind: Array, weight: Array) -> list[Array]:
        inner, inner_bias, outer, outer_bias = self._parts
        seen = features * (self._chance.random(features.shape) > DROPPED / 2) / (1 - DROPPED / 2)
        before = seen @ inner + inner_bias
        kept = (self._chance.random(before.shape) > DROPPED) / (1 - DROPPED)
        hidden = np.maximum(before, 0) * kept
        out = hidden @ outer + outer_bias
        slope = np.empty_like(out)
        slope[:, 0] = (1 / (1 + np.exp(-out[:, 0])) - worth) * weight
        shares = np.exp(out[:, 1:] - out[:, 1:].max(axis=1, keepdims=True))
        shares /= shares.sum(axis=1, keepdims=True)
        shares[np.arange(len(kind)), kind] -= 1
        slope[:, 1:] = shares * weight[:, None] * KIND_COUNTS
        slope /= len(worth)
        back = slope @ outer.T * kept * (before > 0)
        return [seen.T @ back, back.sum(axis=0), hidden.T @ slope, slope.sum(axis=0)]


def _report(found: Sequence[Example], features: Array) -> None:
    """On trades that it was not trained on."""
    groups = sorted({each.group for each in found} - {"prototypes"})
    held = np.array([each.group in groups[::4] for each in found])
    known = [each for each, is_held in zip(found, held, strict=True) if not is_held]
    scores = _Network(features.shape[1], 0).fit(features[~held], known).worth(features)
    told = [place for place, each in enumerate(found) if held[place] and each.weight == 1.0]
    reached = auc([float(scores[place]) for place in told], [found[place].worth == 1.0 for place in told])
    print(f"AUC {reached:.3f} on trades held out")
