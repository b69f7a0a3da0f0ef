"""Weights from own probes and own worlds, held near what was set by hand: logistic regression with a prior mean.

    python -m evals fit [PATH of labelled opportunity items whose licence allows it]

Prints the tables to be put into bot/speech.py and bot/scoring.py; changes nothing. The prior is strong (PRIOR): a
hundred labels adjust, they do not lead. Trained heads lose on every other source, tables of evidence hardly do.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bot.finding import scoring, speech
from bot.finding.case import Case
from bot.finding.reading import Reading
from bot.finding.scoring import BAR, view
from bot.finding.speech import OPENINGS, Part
from bot.models import Kind
from bot.reader import Reader
from evals import items as labelled
from evals import probes, replay
from evals.probes import Probe
from evals.world import load as load_world

PRIOR = 0.5
"""Precision of the prior around each weight set by hand: one example of full evidence moves it little."""
_PRIOR_OF_WEIGHTS = 1.0
_CAUTION = 0.15
"""How far above even odds BAR lies, in log-odds: a wrong item costs more than a missed one."""
_REQUESTS_COUNT = 0.1
_CALLED = 0.5
_TIMES = 8
_WORLDS = Path(__file__).parent / "worlds"
_FREE = "free"


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    facts: Mapping[str, float]
    label: float
    weight: float = 1.0
    group: str = _FREE


def adjusted(table: Mapping[str, float], examples: Sequence[Example], prior: float = PRIOR) -> dict[str, float]:
    """The table that explains the examples best, paying `prior` for every step away from the one given (Newton)."""
    names = list(table)
    start = np.array([table[name] for name in names])
    seen = np.array([[example.facts.get(name, 0.0) for name in names] for example in examples])
    labels = np.array([example.label for example in examples])
    counts = np.array([example.weight for example in examples])
    weights = start.copy()
    for _ in range(_TIMES):
        chance = 1.0 / (1.0 + np.exp(-seen @ weights))
        slope = seen.T @ (counts * (chance - labels)) + prior * (weights - start)
        curve = (seen * (counts * chance * (1.0 - chance))[:, None]).T @ seen + prior * np.eye(len(names))
        weights -= np.linalg.solve(curve, slope)
    return {name: round(float(value), 2) for name, value in zip(names, weights, strict=True)}


# -- examples ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Labelled:
    """A case with what a careful person said of it."""

    case: Case
    reading: Reading
    grade: int
    kind: Kind | None
    gist: str
    group: str

    @property
    def parts(self) -> tuple[Part, ...]:
        return speech.parts_of(self.case.post.text, self.reading)


def from_probes(reader: Reader) -> list[Labelled]:
    return [_from_probe(each, reader) for each in probes.load()]


def _from_probe(probe: Probe, reader: Reader) -> Labelled:
    return Labelled(
        case=probe.case,
        reading=reader.read(probe.case),
        grade=probe.grade,
        kind=Kind(probe.sort) if probe.grade else None,
        gist=probe.gist,
        group=probe.owner,
    )


def from_worlds(reader: Reader, files: Iterable[Path]) -> list[Labelled]:
    found = []
    for file in files:
        world = load_world(file)
        for case in replay.replay(world, reader).cases:
            gold = world.gold[case.post.id]
            found.append(
                Labelled(
                    case=case,
                    reading=reader.read(case),
                    grade=gold.grade,
                    kind=Kind(gold.kind) if gold.kind else None,
                    gist=gold.gist,
                    group=world.name,
                )
            )
    return found


_BELONGS: Mapping[str, Callable[[Labelled], bool]] = {
    "OPENING": lambda each: each.kind in OPENINGS and scoring.call(view(each.case, each.reading)) < _CALLED,
    "TAKES_UP": lambda each: scoring.call(view(each.case, each.reading)) >= _CALLED,
    "KNOWING": lambda each: each.kind is Kind.KNOWLEDGE,
    "ASKING": lambda each: each.kind is Kind.QUESTION,
}
"""The tables of speech.py that are fitted, and whose quoted sentence speaks for which."""


_RIVALS: Mapping[str, frozenset[Kind]] = {
    "OPENING": frozenset({Kind.KNOWLEDGE, Kind.QUESTION}),
    "KNOWING": frozenset(OPENINGS),
}


def sentences_for(name: str, data: Iterable[Labelled]) -> list[Example]:
    """The quoted sentence of what belongs to the table counts for it; every sentence of a none counts against."""
    belongs = _BELONGS[name]
    found = []
    for each in data:
        for part in each.parts:
            if name == "ASKING" and not (part.has_question_mark or "asks" in part.marks):
                continue
            if each.grade >= 1 and belongs(each) and _is_quoted(part, each.gist):
                found.append(
                    Example(facts=_capped(part), label=1.0, weight=1.0 if each.grade > 1 else 0.5, group=each.group)
                )
            elif (each.grade >= 1 and _is_quoted(part, each.gist) and each.kind in _RIVALS.get(name, ())) or (
                each.grade == 0 and (name != "TAKES_UP" or belongs(each))
            ):
                found.append(Example(facts=_capped(part), label=0.0, weight=0.5, group=each.group))
    return found


def _capped(part: Part) -> dict[str, float]:
    return part.facts


def _is_quoted(part: Part, gist: str) -> bool:
    return bool(gist) and (part.text.strip() in gist or gist in part.text)


def from_items(path: Path, reader: Reader) -> list[tuple[Labelled, ...]]:
    """Labelled requests: the sentence that opens most stands for the whole."""
    opportunities = (item for item in labelled.load(path) if item.task == "opportunity" and item.label != 1.0)
    return [(_as_example(item, reader),) for item in {item.id: item for item in opportunities}.values()]


def _as_example(item: labelled.Item, reader: Reader) -> Labelled:
    return Labelled(
        case=item.case,
        reading=reader.read(item.case),
        grade=3 if item.label else 0,
        kind=None,
        gist="",
        group="items",
    )


def openings_of(items: Iterable[tuple[Labelled, ...]], table: Mapping[str, float], weight: float) -> list[Example]:
    return [
        Example(
            facts=max(each.parts, key=lambda part: speech.odds(part, table)).facts,
            label=float(each.grade > 0),
            weight=weight * (4.0 if each.grade else 1.0),
        )
        for (each,) in items
        if each.parts
    ]


def whole(data: Iterable[Labelled]) -> list[Example]:
    """Posts as the heads see them: an item of grade 2 and 3 against the rest; a 1 is nearly none."""
    return [
        Example(
            facts={**scoring.values(view(each.case, each.reading)), "": 1.0},
            label=1.0 if each.grade > 1 else 0.3 if each.grade == 1 else 0.0,
            weight=1.0 if each.grade != 1 else 0.5,
            group=each.group,
        )
        for each in data
    ]


def priors() -> Mapping[str, Mapping[str, float]]:
    return tomllib.loads((Path(__file__).parent / "priors.toml").read_text(encoding="utf-8"))


def run(paths: Sequence[Path]) -> None:
    """Sentence tables first; the weights of the heads then follow from the heads as they are in the code."""
    reader = Reader()
    data = [*from_probes(reader), *from_worlds(reader, sorted(_WORLDS.glob("*.json")))]
    requests = [each for path in paths for each in from_items(path, reader)]
    before = priors()
    for name in _BELONGS:
        examples = sentences_for(name, data)
        if name == "OPENING":
            examples += openings_of(requests, before[name], _REQUESTS_COUNT)
        _print(name, before[name], adjusted(before[name], examples))
    weights = adjusted(before["WEIGHTS"], whole(data), _PRIOR_OF_WEIGHTS)
    scale = BAR / -(weights[""] - _CAUTION)
    _print("WEIGHTS", before["WEIGHTS"], {name: round(scale * value, 2) for name, value in weights.items() if name})


def _print(name: str, before: Mapping[str, float], after: Mapping[str, float]) -> None:
    print(f"{name}:")
    for key, value in after.items():
        print(f'    "{key}": {value},  # {before[key]}')
