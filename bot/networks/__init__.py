"""What the bot asks of a network, and the networks it knows. A new one is a file here and a word in NETWORKS.

A network's module offers

    Settings                      a pydantic model: its table in the config
    connect(settings, folder) -> Connection   `folder`: the bot's own, for what a network must remember
    introduce(ask) -> Introduction | None     logs the owner in, asking at a terminal; None when not wanted

and raises only what `errors` names. Nothing in these protocols can act in public: a source reads, a messenger
writes to the owner and to nobody else. What a messenger's account says of itself, `check` may mend when asked to.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from importlib import import_module
from types import ModuleType
from typing import Any, Protocol

from bot.models import Account, DirectMessage, Notification, Post, Relationship, SentMessage, Thread

NETWORKS = ("mastodon", "bluesky")

Cursor = Mapping[str, Any]
"""How far a network was read: JSON that only its adapter understands. Empty before the first time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Inbox:
    notifications: tuple[Notification, ...]
    """Oldest first, none that the cursor has already brought; the owner's own may be among them."""
    cursor: Cursor
    """To be kept in the same transaction as what came of the notifications."""
    is_complete: bool = True
    """False when there is more to read at once, from the cursor."""
    skipped: int = 0
    """Items that could not be read: counted, so that nothing is lost in silence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    messages: tuple[DirectMessage, ...]
    """Oldest first, from the owner and to nobody but the bot; those heard before may be among them."""
    cursor: Cursor


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One line of `check`."""

    is_good: bool
    says: str


class Ask(Protocol):
    def __call__(self, question: str, /, *, secret: bool = False) -> str: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Introduction:
    """What `init` writes for a network: its table, and the secrets, each into a file of its own."""

    table: Mapping[str, str]
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    """By the key of the table that will name the file."""


class Source(Protocol):
    """A network as its owner reads it, with a key that can only read."""

    @property
    def network(self) -> str: ...

    def owner(self) -> Account: ...

    def inbox(self, cursor: Cursor, *, deep: bool = False) -> Inbox:
        """What was written to the owner since, about a page of it. With an empty cursor: the newest page only.

        `deep` also finds what raised no notification, or came out of order; it costs more requests, so the bot asks
        for it once an hour and before a digest.
        """

    def thread(self, post: Post) -> Thread:
        """One request. Raises NotFound when the post is gone."""

    def posts(self, ids: Iterable[str]) -> Mapping[str, Post]:
        """These posts as they are now; who is missing is gone, or hidden from the owner."""

    def own_posts(self) -> Sequence[Post]:
        """The owner's newest, about a page of them, newest first. One request."""

    def find(self, link: str) -> Post | None:
        """The post that an address names, as this network shows it to the owner; None when that is not known here.

        The address is only read, never opened. Raises NotFound when it is a post of this network that is gone.
        """

    def relationships(self, accounts: Iterable[str]) -> Mapping[str, Relationship]: ...

    def clock(self) -> datetime | None:
        """What time the server thinks it is, when it tells."""

    def check(self) -> Iterable[Finding]: ...


class Messenger(Protocol):
    """The one way to the owner. `send` and `mark_understood` are all that writes in the course of a tick."""

    @property
    def network(self) -> str: ...

    @property
    def has_signs(self) -> bool:
        """Whether a private message can bear a sign, so that `mark_understood` does something."""

    def handle(self) -> str:
        """Of the account that writes, full and without the leading sign."""

    def fits(self, text: str) -> bool:
        """Whether one message can hold it, as this server counts."""

    def heard(self, cursor: Cursor, ours: Iterable[str]) -> Heard:
        """With an empty cursor: nothing, and the cursor of now (what came before the start is not obeyed).

        `ours` are the ids of messages that the bot sent lately: where bot and owner share an account, what hangs
        below them is an answer.
        """

    def sent(self, after: str | None, since: datetime) -> Sequence[SentMessage]:
        """The bot's own messages to the owner, oldest first.

        Complete back to the message `after`, or to `since` when that is None or unknown; else it raises.
        """

    def send(self, text: str, *, key: str, reply_to: str | None) -> str:
        """Its id. `key` makes a repeat harmless where the server honours it; `reply_to` is a message of the bot.

        Raises Rejected or RateLimited when it was surely not stored, any other NetworkError with `maybe_done` when
        that is not known, and Exposed when it reached, or would reach, anybody but the owner.
        """

    def mark_understood(self, message: str) -> None:
        """Put a sign on a message of the owner. Done twice it changes nothing; one that is gone is none of ours."""

    def check(self, *, fix: bool = False) -> Iterable[Finding]:
        """`fix`: also mend what is wrong about the bot's own account, where that can be done from here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    source: Source
    messenger: Messenger | None
    """None when this network has no account that writes."""


def module(network: str) -> ModuleType:
    """Imported only when the network is configured: an SDK costs a second and tens of megabytes."""
    return import_module(f"bot.networks.{network}")
