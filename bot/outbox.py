"""What is on its way to the owner, and when it may be sent: every message arrives once, and in order.

                 compose, answer               try                     the server's answer, or its own list
      (nothing) ----------------> waiting ------------> tried -----------------------> arrived (no row any more)
                                   |  ^                   |  ^
                                   |  +-- surely not -----+  +-- no clear answer, or we died: look, wait, try again
                                   |      stored          |
      an hour without success      |                      |   an hour of tries, and looked for since the last one:
      and not tried since          v                      v   it is not there
                              waiting on the other network, which says so

A server may store a message and lose the answer, and none of them can be trusted to recognise a repeat. So the
intent is on disk before the request, and before every try we look whether the message is already there. For the same
reason what was tried, and cannot be looked for, is never carried to the other network: the owner might have it
already. All that goes there is word that this is not known.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum, auto

from bot.models import SentMessage
from bot.text import LINK, letters

SETTLES = 120.0
"""Seconds after which a request can no longer be on its way to the server; a gateway gives up after 60 to 100."""
PATIENCE = timedelta(hours=1)
"""After so long without success the other network carries it."""
FIRST_LETTERS = 60
ITEM = re.compile(r"^\s*(\d+) .*\n\s*(https?://\S+)", re.MULTILINE)
"""How `digest.lines` sets an item."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Uptime:
    """Seconds since the machine started: unlike the time of day it never jumps, and a new process goes on with it."""

    boot: str
    """Which start of the machine."""
    seconds: float

    def since(self, earlier: Uptime) -> float:
        """Seconds from then to now; since this start of the machine when that was during another.

        Where the system does not tell its starts apart, time that runs back gives a new one away.
        """
        is_same = self.boot == earlier.boot and self.seconds >= earlier.seconds
        return self.seconds - earlier.seconds if is_same else self.seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    key: str
    """Names the message for ever: "digest 2026-11-22 08:00", "answer <id of the owner's message>"."""
    network: str
    text: str
    mark: str
    written_at: datetime
    since: datetime
    """Before this it cannot have been sent."""
    expires_at: datetime | None = None
    """After this it is not worth sending."""
    numbers: Mapping[int, int] = field(default_factory=dict)
    """Number -> opportunity, of the items it shows."""
    begins_thread: bool = False
    """A digest: what follows is hung below it, so that a client shows one exchange."""
    is_alarm: bool = False
    """Sent even when everything else is halted."""
    tried: Uptime | None = None
    after: str | None = None
    """The bot's newest message when this was written: it can only be found behind that."""
    stuck_since: datetime | None = None
    """When it was first held up on this network."""
    notice: str = ""
    """The end of its text, which says why it comes by this network and not by the other."""

    def is_stuck(self, now: datetime) -> bool:
        """For so long that another network may carry it. An alarm is written to the one that it can go by."""
        return not self.is_alarm and self.stuck_since is not None and now - self.stuck_since >= PATIENCE


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered:
    """That a message arrived: without its text, with what its numbers mean."""

    key: str
    network: str
    id: str
    delivered_at: datetime
    numbers: Mapping[int, int] = field(default_factory=dict)
    begins_thread: bool = False
    is_adopted: bool = False
    """Found on the server by a state that knew nothing of it: other messages may have been sent before it."""


class Step(Enum):
    SEND = auto()
    WAIT = auto()
    DROP = auto()
    CARRY = auto()


def arrived(message: Outgoing, sent: Iterable[SentMessage]) -> SentMessage | None:
    """The message as the server has it, among those behind `after` that are not accounted for otherwise.

    By its mark or, without one, by its first letters: servers change spaces, quotation marks and the looks of links.
    """
    return next((each for each in sent if is_copy(message, each.text)), None)


def is_copy(message: Outgoing, text: str) -> bool:
    """Whether a text is this message. All its first letters must agree: "Done." is no copy of "done 2"."""
    if mark := letters(message.mark):
        return letters(text).startswith(mark)
    return _beginning(text) == _beginning(message.text)


def _beginning(text: str) -> str:
    """Up to the first link, unless that leaves nothing to know it by; of a text without letters, its signs."""
    signs = "".join(c for c in unicodedata.normalize("NFKC", text) if c.isprintable() and not c.isspace())
    return letters(LINK.split(text)[0])[:FIRST_LETTERS] or letters(text)[:FIRST_LETTERS] or signs


def items_in(text: str) -> dict[str, int]:
    """The items that a message shows, as it stands on the server: link -> number."""
    return {link: int(number) for number, link in ITEM.findall(text)}


def next_step(message: Outgoing, now: datetime, uptime: Uptime, *, has_other_way: bool = False) -> Step:
    """What to do with a message that was looked for and has not arrived."""
    if message.tried is not None and uptime.since(message.tried) < SETTLES:
        return Step.WAIT
    if message.expires_at is not None and now > message.expires_at:
        return Step.DROP
    return Step.CARRY if has_other_way and message.is_stuck(now) and _failed_lately(message, uptime) else Step.SEND


def _failed_lately(message: Outgoing, uptime: Uptime) -> bool:
    """Else we were away meanwhile, and it may work again."""
    tried = message.tried
    return tried is not None and tried.boot == uptime.boot and uptime.since(tried) < PATIENCE.total_seconds()
