"""What reading needs to know of a command: its name, its words, and what it is said with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Flag, auto


class Takes(Flag):
    """What a command is said with."""

    NOTHING = 0
    ITEMS = auto()
    ALONE = auto()
    """Items may be named, but none is missed."""
    TIME = auto()
    RESPECT = auto()
    TEXT = auto()
    """The rest of the line, in the owner's own words."""
    NAME = auto()
    """A person by name, who need not have an item."""
    COMMAND = auto()


WEAK = "~"
"""Before a word of a command: it is one only where no other command is said, as the "off" of "cross 2 off" is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verb:
    name: str
    takes: Takes
    words: Mapping[str, str]
    """By language, parted by commas."""
    is_final: bool = False
    """It cannot be undone: only a plain yes to its own question carries it out, and only for those named one by one."""
    needs_care: bool = False
    """It closes something or teaches the bot: a doubt is asked back, and so is a slip of the finger."""
