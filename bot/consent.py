"""Whose words may be ranked, quoted and kept: asked before anything else looks at a post.

Opt-outs are read where people write them: hashtags and plain requests in a bio or a profile field, marks that a network
carries as a setting. What a search engine may do (`indexable`, `discoverable`) says nothing about what somebody sends
to the owner.

A request is a clause of its own: "no bots please", "keine Bots", "Bots: no". Whoever tells of themselves in passing
("no bots here, only beans") or says what they are ("kein Bot", "I am no bot") has asked for nothing. In doubt a wish
is taken for one: it costs the owner a line, which `allow` brings back, and the other way round it costs them a promise.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from bot.models import Account, OptOut, Post, Visibility

NOT_RANKED = re.compile(
    r"""[#♯]\s?(?:
        no[-_ ]?(?:bots?|ai|archiv(?:e|ing))(?:[-_ ]?(?:please|pls|training))?
      | kein(?:e|en)?[-_ ]?(?:bots?|roboter|ki) | sin[-_ ]?(?:bots?|ia) | pas[-_ ]?d(?:e[-_ ]?(?:ro)?bots?|['_ ]?ia)
      | (?:bot|ボット|ai(?:学習)?|生成ai)(?:お断り|おことわり|禁止|拒否)
    )(?![\w-])""",
    re.VERBOSE,
)
NOT_QUOTED = re.compile(r"[#♯]\s?no[-_ ]?(?:index(?:ing)?|search(?:ing)?)(?![\w-])")
MACHINES = r"(?:(?:ro)?bots|robots?|crawlers|scrapers|ai|ki|ia|roboter|archiv(?:es|ers|ing))"
PLEASE = (
    r"(?:please|pls|plz|bitte|por\s+favor|porfa|s'il\s+(?:vous|te)\s+pla[iî]t|svp|stp|merci|thanks|thank\s+you|danke)"
)
REQUEST = re.compile(
    rf"""(?:
        (?:{PLEASE}\s*)?
        (?:no|keine[nr]?|sin|nada\s+de|ning[uú]n|pas\s+de|pas\s+d'|aucun)\s*{MACHINES}
        (?:\s*(?:/|&|\+|and|or|und|oder|ni|ou|et|y|o)\s*(?:(?:no|keine|sin|pas\s+de|d')\s*)?{MACHINES})*
        (?:\s+(?:allowed|training|welcome|erlaubt|erw[uü]nscht|autoris[eé]s))?
        (?:\s*{PLEASE})?
      | (?:no\s+bot|kein(?:en)?\s+bot|sin\s+bot|pas\s+de\s+bot)\s*{PLEASE}
      | {PLEASE}\s*(?:no\s+bot|keinen\s+bot|pas\s+de\s+bot)
      | (?:bots?|robots|roboter|ai|ki|ia)\s*(?:[:=]\s*|\s)
        (?:(?:no|nein|non)(?:[\s-]+{PLEASE})?|not\s+(?:allowed|welcome)|unerw[uü]nscht|❌|✗|🚫|⛔)
      | (?:❌|✗|🚫|⛔)\s*(?:bots?|robots|ai|ki|ia|🤖) | 🤖\s*(?:❌|✗|🚫|⛔) | no\s*🤖
      | no[-_]?(?:bots?|ai)(?:\s*:\s*\S{{1,20}})?
      | (?:(?:ro)?bot|ボット|ロボット|ai(?:学習|利用|による学習)?|生成ai|クローラー?)(?:の?フォロー)?
        (?:は|の|を|への利用は?|利用は?|、)?(?:お断り|おことわり|禁止|拒否|ご遠慮|やめて|ng)\w*
    )""",
    re.VERBOSE,
)
"""The whole of a clause, without the signs around it."""
LONGEST_REQUEST = 80
AROUND = re.compile(r"^\W+|\W+$")
CLAUSES = re.compile(r"[\n.!?;,|•·~–—/()\[\]。、！？・｜…]|\s[-*]\s|\s{3,}")
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
    if opts_out(author.bio) and not _is_named(author, wishes.allow):
        return Refusal.OPTED_OUT
    if not is_open(post) and not wishes.points_at_private:
        return Refusal.PRIVATE
    return None


def opts_out(bio: str) -> bool:
    """Whether somebody asks to be left alone by bots, or by machines that read, in the words of their profile."""
    words = _folded(bio)
    clauses = (clause.strip() for clause in CLAUSES.split(words))
    return bool(NOT_RANKED.search(words)) or any(
        REQUEST.fullmatch(clause) or REQUEST.fullmatch(AROUND.sub("", clause))
        for clause in clauses
        if clause and len(clause) <= LONGEST_REQUEST
    )


def _folded(bio: str) -> str:
    """However it is typed: in wide or bold letters, with invisible ones between."""
    plain = unicodedata.normalize("NFKC", bio).casefold().replace("’", "'")
    return "".join(c for c in plain if unicodedata.category(c) not in {"Cf", "Mn"})


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
    is_hidden = OptOut.NO_INDEX in account.opt_outs or NOT_QUOTED.search(_folded(account.bio))
    return not is_hidden and not opts_out(account.bio)


def may_leave(post: Post) -> bool:
    """Whether its words may go to a model that the owner named: never those of anybody who asks bots for anything.

    A friend whom the owner allows is a friend of the owner's, not of a machine elsewhere.
    """
    return is_open(post) and not post.author.opt_outs and may_keep(post.author, Wishes())


def _is_named(account: Account, handles: Collection[str]) -> bool:
    return account.handle.casefold() in handles
