"""Permutes every audience number of a world and compares every message: they must be the same, byte for byte."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from random import Random

from bot import reader
from bot.reader import Reader
from evals.replay import replay
from evals.world import World, load
from evals.worlds import _files

_ROUNDS = 3


def permuted(world: World, seed: int) -> World:
    """The same world with its audience numbers dealt out anew, and some of them turned upside down."""
    raw = json.loads(json.dumps(world.raw))
    random = Random(seed)
    numbers = [person.get("followers", 0) for person in raw["people"]]
    random.shuffle(numbers)
    for person, number in zip(raw["people"], numbers, strict=True):
        person["followers"] = number if random.random() < 0.5 else 10**9 - number
    return World(name=world.name, raw=raw)


def run(paths: Sequence[Path]) -> None:
    model = Reader() if reader.is_available() else None
    for path in _files(paths):
        world = load(path)
        before = replay(world, model).messages
        same = all(replay(permuted(world, seed), model).messages == before for seed in range(_ROUNDS))
        print(f"{world.name}: {'the same' if same else 'DIFFERENT'} in {_ROUNDS} permutations")
        if not same:
            raise SystemExit(1)
