"""What may be done to words: count them as people see them, cut them, and take every power out of them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

import regex

GRAPHEME = regex.compile(r"\X")
LINK = re.compile(r"https?://\S+", re.IGNORECASE)
SCHEME = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)
ENTITY = re.compile(r"&(?=#|\w+;|amp)", re.IGNORECASE)
STACKED_MARKS = regex.compile(r"(\p{M}{3})\p{M}+")
TAG_SIGN = re.compile("[#＃﹟]")
UNSENDABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")
"""Controls, and halves of characters: no server takes a text with them."""
INVISIBLE = frozenset({"Cf", "Cs", "Co"})
KEPT_FORMATS = frozenset("\u200c\u200d")
"""Zero-width joiners: without them Persian words and family emoji fall apart."""


def graphemes(text: str) -> list[str]:
    """What a reader counts as characters: UAX #29 clusters, as the networks' limits mean them."""
    clusters: list[str] = GRAPHEME.findall(text)
    return clusters


def characters(text: str) -> int:
    """As how many characters a server may count a text: an older Unicode splits what a newer one holds together."""
    letters_in = (sum(unicodedata.category(c).startswith("L") for c in cluster) for cluster in graphemes(text))
    return sum(max(count, 1) for count in letters_in)


def clip(text: str, limit: int) -> str:
    """At most `limit` graphemes, cut at a word where one ends in the last third, with an ellipsis for what is gone."""
    clusters = graphemes(text)
    if len(clusters) <= limit:
        return text
    kept = "".join(clusters[: max(limit - 1, 0)])
    head, space, _ = kept.rpartition(" ")
    if space and len(head) * 3 >= len(kept) * 2:
        kept = head
    return kept.rstrip(" ,;:.–—-") + "…"


def tidy(text: str) -> str:
    """One line of what a reader can see: no controls, right-to-left overrides, tags, zero-width spaces, towers."""
    shown = "".join(c for c in text if c in KEPT_FORMATS or unicodedata.category(c) not in INVISIBLE)
    spaced = "".join(" " if unicodedata.category(c) == "Cc" else c for c in shown)
    return str(STACKED_MARKS.sub(r"\1", " ".join(spaced.split())))


def unlinked(text: str) -> str:
    """The same words, but nothing in them that a server would fetch or a client would open."""
    return SCHEME.sub("", text)


def neutralise(text: str) -> str:
    """The text with no live name, tag or entity in it, for every server known; links still lead where they led.

    A server makes a recipient of whoever a message names, each by rules of its own; what they share is the sign, so
    no U+0040 is left. Zero-width characters beside it do not help, nor does a profile's address: some servers read
    `https://host/@alice` as a name. An entity may be decoded before the names are read. A tag makes a direct message
    findable on some servers, and some read the full-width sign as one too.
    """
    text = UNSENDABLE.sub(" ", text)
    links = LINK.findall(text)
    between = LINK.split(text)
    parts = [_harmless(between[0])]
    for link, words in zip(links, between[1:], strict=True):
        parts += [ENTITY.sub("＆", link.replace("@", "%40")), _harmless(words)]
    return "".join(parts)


def _harmless(words: str) -> str:
    return TAG_SIGN.sub("♯", ENTITY.sub("＆", words.replace("@", "＠")))


def letters(text: str) -> str:
    """What of a text survives any server's formatting: its letters and digits, folded. Compare texts by this."""
    return "".join(c for c in unicodedata.normalize("NFKC", text).casefold() if c.isalnum())


def joined(words: Iterable[str], last: str = "and") -> str:
    """Like "a", "a and b", "a, b and c"."""
    *most, final = list(words) or [""]
    return f"{', '.join(most)} {last} {final}" if most else final


def counted(count: int, what: str) -> str:
    """Like "1 exchange", "4 exchanges"."""
    return f"{count} {what}{'' if count == 1 else 's'}"


def ordinal(count: int) -> str:
    """Like "1st", "12th", "23rd"."""
    last = 0 if count // 10 % 10 == 1 else count % 10
    return f"{count}{('th', 'st', 'nd', 'rd')[last] if last <= 3 else 'th'}"  # noqa: PLR2004
