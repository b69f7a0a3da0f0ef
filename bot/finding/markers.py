"""Turns of phrase that mark what a sentence does, in five languages at once; no language has to be known first.

A marker is a hint, never a verdict: `speech` caps what all of them together can add. The phrases stand in markers.toml.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache, lru_cache
from importlib.resources import files

import regex

_UNBOUND = "ja"
"""Japanese has no spaces, so its phrases may stand anywhere; all others match whole words."""


@lru_cache(maxsize=4096)
def marks(name: str, text: str) -> bool:
    """Whether the text bears this marker, in any language."""
    return _pattern(name).search(text) is not None


def count(name: str, text: str) -> int:
    return len(_pattern(name).findall(text))


@cache
def _pattern(name: str) -> regex.Pattern[str]:
    phrases = _table()[name]
    bound = "|".join(f"(?:{each})" for language, own in phrases.items() if language != _UNBOUND for each in own)
    loose = "".join(f"|(?:{each})" for each in phrases.get(_UNBOUND, ()))
    return regex.compile(rf"(?<!\w)(?:{bound})(?!\w){loose}", regex.IGNORECASE)


@cache
def _table() -> Mapping[str, Mapping[str, list[str]]]:
    table: Mapping[str, Mapping[str, list[str]]] = tomllib.loads(
        files(__package__).joinpath("markers.toml").read_text(encoding="utf-8")
    )
    return table


_COUNTED = ("numbers", "reasons", "pledges")
NAMES = tuple(name for name in _table() if name not in _COUNTED)
"""The markers; the order is that of the trained network's inputs."""
