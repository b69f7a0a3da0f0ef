"""python -m evals RUN PATH…: how good the finding is, and what it is made from; RUNS says which there are."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from evals import answers, fit, items, learning, popularity, prototypes, train, worlds

RUNS: Mapping[str, tuple[Callable[[Sequence[Path]], None], str]] = {
    "items": (items.run, "labelled items: AUC, average precision, p@5, and the same for length alone"),
    "worlds": (worlds.run, "world files, day by day: what was shown against what a careful person picked"),
    "popularity": (popularity.run, "permutes every audience number of a world: nothing may change"),
    "answers": (answers.run, "what owners type: understood, asked back, misunderstood"),
    "learning": (learning.run, "owners with a taste, day by day: what is learnt from what they answer"),
    "train": (train.run, "trains the network that ships, on own texts, and writes it"),
    "prototypes": (prototypes.run, "stores what bot/finding/prototypes.toml comes to, beside it"),
    "fit": (fit.run, "prints weights adjusted to own probes, worlds and labelled requests"),
}


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m evals", description="How good the finding is.")
    runs = parser.add_subparsers(dest="run", required=True)
    for name, (_, about) in RUNS.items():
        runs.add_parser(name, help=about).add_argument("paths", nargs="+", type=Path, metavar="PATH")
    chosen = parser.parse_args(arguments)
    RUNS[chosen.run][0](chosen.paths)


if __name__ == "__main__":
    main()
