"""The vectors of the prototypes and the rule over them: `python -m evals prototypes bot/finding/prototypes.toml`.

Kernel ridge regression of each group on all prototypes: a sentence's neighbours of other groups count against it.
Better than the mean or the best nearness by group, and without labels. Stored beside the file that is given; to be run
when a prototype has changed (a test says so).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from bot.reader import MEASURED, SHARPNESS, Reader, prototypes

_SMOOTHING = 3.0
_BATCH = 32


def texts() -> list[tuple[str, str]]:
    """Every prototype with its group, in the order of the file."""
    return [(text, group) for group, languages in prototypes().items() for each in languages.values() for text in each]


def run(paths: Sequence[Path]) -> None:
    (path,) = paths
    groups = list(prototypes())
    vectors = encoded([text for text, _ in texts()])
    belongs = np.eye(len(groups))[[groups.index(group) for _, group in texts()]]
    kernel = np.exp(SHARPNESS * (vectors @ vectors.T - 1.0)) + _SMOOTHING * np.eye(len(vectors))
    coefficients = np.linalg.solve(kernel, belongs - belongs.mean(axis=0)).astype(np.float32)
    np.savez_compressed(
        path.with_name(MEASURED),
        vectors=vectors.astype(np.float16),
        coefficients=coefficients,
        groups=np.array(groups),
    )
    print(f"{len(vectors)} prototypes in {len(groups)} groups -> {MEASURED}")


def encoded(said: Sequence[str]) -> Any:
    encode = Reader().encode
    return np.vstack([encode(said[at : at + _BATCH]) for at in range(0, len(said), _BATCH)])
