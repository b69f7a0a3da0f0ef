"""Whose words may be ranked, quoted and kept: asked before anything else looks at a post.

Opt-outs are read where people write them: hashtags in a bio or a profile field, marks that a network carries as a
setting. What a search engine may do (`indexable`, `discoverable`) says nothing about what somebody sends to the owner.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from bot.models import Account, OptOut, Post, Visibility

NOT_RANKED = re.compile(r"[#＃]\s?(?:no[-_]?bots?|no[-_]?ai|no[-_]?archiv(?:e|ing))(?![\w-])", re.IGNORECASE)
NOT_QUOTED = re.compile(r"[#＃]\s?(?:no[-_]?index(?:ing)?|no[-_]?search(?:ing)?)(?![\w-])", re.IGNORECASE)
PRIVATE = frozenset({Visibility.FOLLOWERS, Visibility.DIRECT})


class Refusal(StrEnum):
    """Why a post is left alone; counted, never more."""

    OPTED_OUT = "opted out"
    NEVER = "never shown"
    PRIVATE = "not public"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What the owner's config says about it."""

    allow: frozenset[str] = frozenset()
    """Handles of friends whose opt-out words are no wish towards the owner."""
    never: frozenset[str] = frozenset()
    points_at_private: bool = False


def refusal(post: Post, wishes: Wishes) -> Refusal | None:
    """Why this post may not be ranked at all; None when it may."""
    author = post.author
    if _is_named(author, wishes.never):
        return Refusal.NEVER
    if NOT_RANKED.search(author.bio) and not _is_named(author, wishes.allow):
        return Refusal.OPTED_OUT
    if not is_open(post) and not wishes.points_at_private:
        return Refusal.PRIVATE
    return None


def is_open(post: Post) -> bool:
    """Said to everybody and without a warning: such words may be quoted to the owner."""
    return post.visibility not in PRIVATE and not post.warning


def may_quote(post: Post, wishes: Wishes) -> bool:
    """Whether words of it may stand in a message and, while the item is open, in the state."""
    return is_open(post) and may_keep(post.author, wishes)


def may_keep(account: Account, wishes: Wishes) -> bool:
    """Whether the person may be remembered beyond the open item."""
    if _is_named(account, wishes.allow):
        return True
    return OptOut.NO_INDEX not in account.opt_outs and not NOT_QUOTED.search(account.bio)


def may_leave(post: Post) -> bool:
    """Whether its words may go to a model that the owner named: never those of anybody who asks bots for anything.

    A friend whom the owner allows is a friend of the owner's, not of a machine elsewhere.
    """
    author = post.author
    asks = NOT_RANKED.search(author.bio) or NOT_QUOTED.search(author.bio)
    return is_open(post) and not author.opt_outs and asks is None


def _is_named(account: Account, handles: Collection[str]) -> bool:
    return account.handle.casefold() in handles
