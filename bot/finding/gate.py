"""What is never an item, however well it matches: decided from the post alone, without the model, before any request.

    post -> traits (how much of each bad sort it shows, with the reason word) -> the strongest, if it is too much

A trait is a sum of small evidence, so that one clumsy phrase of a friend stays below the level and a text made of
such phrases does not. What is gated is counted, never shown.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from hashlib import blake2b
from importlib.resources import files
from typing import Any

import regex

from bot.finding.case import Case
from bot.finding.reading import Reading
from bot.models import Visibility

LEVEL = 1.0
"""Evidence at which a post is gated."""

_BITS = 64
_ALIKE = 12
"""Of 64 bits: copies with a name, an emoji or a date changed stay below, other texts lie around 32."""
_SHINGLE = 4
_MANY = 6
"""So many people named at once is an address list."""


@cache
def _groups(name: str) -> tuple[tuple[float, regex.Pattern[str]], ...]:
    """The groups of phrases of one sort, each with what it is as evidence."""
    return tuple((group["evidence"], _whole_words(group["phrases"])) for group in _table()[name])


@cache
def _table() -> Mapping[str, Any]:
    return tomllib.loads(files(__package__).joinpath("gate.toml").read_text(encoding="utf-8"))


def _whole_words(phrases: Iterable[str]) -> regex.Pattern[str]:
    return regex.compile(rf"(?<![\p{{Latin}}\p{{N}}])(?:{'|'.join(phrases)})(?![\p{{Latin}}\p{{N}}])", regex.IGNORECASE)


_MODEL: Mapping[str, tuple[tuple[str, ...], float]] = {
    "scam": (("defrauds",), 1.2),
    "spam": (("sells", "defrauds", "baits"), 1.2),
    "bait": (("baits",), 1.2),
    "hostile": (("attacks",), 1.2),
    "injection": (("commands",), 1.2),
}
"""What the text model adds to a trait: the groups of prototypes, and how much a full resemblance counts."""
_FROM = 0.15
"""A resemblance below this says nothing."""
_TRAINED: Mapping[str, float] = {"spam": 1.65, "bait": 2.5, "hostile": 3.0, "injection": 2.5}
"""What the trained network's certainty of a sort comes to as evidence. A friend's offer in the dress of spam reached
0.6 of spam in the worlds of evals; nothing worth reading more than 0.1 of the others."""

_STRUCTURE: tuple[tuple[float, regex.Pattern[str]], ...] = (
    (0.45, regex.compile(r"(?<!\d)(?:\+?\d[\d -]{8,}\d|0[89]\d{2,}[\d -]{4,}|(?<=to |on |to:)\d{5})(?!\d)")),
    (
        0.25,
        regex.compile(r"[£$€] ?\d[\d,.]*|\d[\d,.]* ?(?:€|£|pounds?|dollars?|euros?|usd|円)|\d+p\b", regex.IGNORECASE),
    ),
    (
        0.3,
        regex.compile(
            r"https?://|www\.|\b[\w-]+\.(?:com|net|biz|info|co\.uk|xyz|top|click|shop|online)\b", regex.IGNORECASE
        ),
    ),
    (0.2, regex.compile(r"(?:\b\p{Lu}{3,}\b\W+(?:\w+\W+){0,3}){2,}")),
    (0.15, regex.compile(r"[!！].*[!！]")),
    (0.2, regex.compile(r"(?<!\w)(?:u|ur|2|4|r)(?!\w).*(?<!\w)(?:u|ur|2|4|r)(?!\w)", regex.IGNORECASE)),
)
"""Numbers to call, sums, links, shouting: each may stand in anybody's post; several with a sales phrase may not."""

_HASHTAG = regex.compile(r"[#＃]\p{N}*\p{L}[\p{L}\p{M}\p{N}_]*")
_WORD = regex.compile(r"[\p{L}\p{M}\p{N}][\p{L}\p{M}\p{N}'’_-]*")
_LINK = regex.compile(r"https?://\S+|www\.\S+")
_HIDDEN = regex.compile(r"[\u200b\u2060-\u2064\ufeff\u00ad\u180e]|(?<!\p{Emoji}\ufe0f?)\u200d(?!\p{Emoji})(?!\p{L})")
_OVERRIDE = regex.compile(r"[\u202a-\u202e\u2066-\u2069]")
_TAGGED = regex.compile(r"(?<!\U0001F3F4[\U000E0020-\U000E007F]*)[\U000E0020-\U000E007F]")
_MIXED = regex.compile(r"\b(?=\w*\p{Latin})(?=\w*[\p{Cyrillic}\p{Greek}])\w{3,}\b|[\U0001D400-\U0001D7FF]{3,}")
_BOT_BIO = regex.compile(
    r"\b(?:automated (?:account|feed)|i am a bot|this is a bot|unattended bot|bot account|rss feed of)\b",
    regex.IGNORECASE,
)
_FEW_HIDDEN = 3
_BAITED = 2
"""Strangers called by name: bait wants an audience."""
_TAGS, _MOSTLY_TAGS = 5, 0.34
_TOPICS = 4
"""So many of the owner's own topics in one post were looked up."""
_REPEATING, _REPEATED = 12, 0.4
"""Of so many words, the share that was said before."""
_DOUBTFUL = 0.4


def gate(case: Case) -> str | None:
    """Why it is never shown, as one word; None when it may be judged.

    Unread it costs no more than a few regular expressions, so it decides whether a thread is asked for.
    """
    return verdict(traits(case))


def verdict(found: Mapping[str, float]) -> str | None:
    """The strongest trait, if it is too much."""
    most = max(found, key=lambda name: found[name])
    return most if found[most] >= LEVEL else None


def suspicion(found: Mapping[str, float]) -> float:
    """The strongest trait with a little of the others: for ranking, not for deciding."""
    strongest, *others = sorted(found.values(), reverse=True)
    return strongest + 0.3 * sum(others)


def traits(case: Case, reading: Reading | None = None) -> dict[str, float]:
    """How much evidence there is of each sort; LEVEL and above is gated."""
    text = case.post.text
    seen = {name: _evidence(name, text) for name in _table()}
    for name, (groups, slope) in _MODEL.items():
        seen[name] += slope * max(0.0, _resemblance(reading, groups) - _FROM)
    structure = sum(weight for weight, found in _STRUCTURE if found.search(text))
    doubt = structure * min(1.0, 0.5 + seen["spam"] + seen["scam"])
    found = {
        "bot": float(case.post.author.is_bot or _BOT_BIO.search(case.post.author.bio) is not None),
        "hidden-text": _hidden(text),
        "injection": seen["injection"],
        "mass-mention": _mass_mention(case),
        "scam": seen["scam"] + 0.5 * seen["spam"] + (doubt if seen["scam"] else 0.0),
        "spam": seen["spam"] + 0.5 * seen["scam"] + doubt,
        "bait": seen["bait"] + (0.4 if _strangers_named(case) >= _BAITED else 0.0),
        "stuffed": _stuffed(case),
        "copy-paste": _copied(case, seen),
        "hostile": seen["hostile"],
    }
    trained = {name: slope * reading.sorts.get(name, 0.0) for name, slope in _TRAINED.items()} if reading else {}
    return {name: max(value, trained.get(name, 0.0)) for name, value in found.items()}


def _resemblance(reading: Reading | None, groups: Iterable[str]) -> float:
    if reading is None:
        return 0.0
    return max((sum(each.acts.get(group, 0.0) for group in groups) for each in reading.sentences), default=0.0)


def _evidence(name: str, text: str) -> float:
    """Every pattern counts once, and a third of it again for further hits of other words."""
    total = 0.0
    for weight, found in _groups(name):
        hits = {hit.group().casefold() for hit in found.finditer(text)}
        if hits:
            total += weight * (1.0 + (min(len(hits), 4) - 1) / 3.0)
    return total


def _hidden(text: str) -> float:
    """Letters nobody sees, text that runs backwards, words spelled with the letters of two scripts."""
    unseen = len(_HIDDEN.findall(text)) / _FEW_HIDDEN
    reversed_ = float(_OVERRIDE.search(text) is not None and regex.search(r"[\u202d\u202e]", text) is not None)
    return unseen + reversed_ + len(_TAGGED.findall(text)) + len(_MIXED.findall(text)) / 2.0


def _mass_mention(case: Case) -> float:
    return _strangers_named(case) / _MANY if case.post.reply_to is None else _strangers_named(case) / (2 * _MANY)


def _strangers_named(case: Case) -> int:
    """People named who are neither the owner nor part of the thread."""
    known = {each.author.id for each in case.thread.posts} | case.owners | {case.author}
    known |= {named for each in case.thread.posts if each.id != case.post.id for named in each.mentions}
    return len({each for each in case.post.mentions if each not in known})


def _stuffed(case: Case) -> float:
    """A heap of the owner's own topics, or of hashtags, with hardly a sentence around them."""
    text = _LINK.sub(" ", case.post.text)
    words = _WORD.findall(text)
    tags = len(_HASHTAG.findall(text))
    if not words:
        return 0.0
    topics = {topic for goal in case.goals for topic in goal.topics if topic.casefold() in text.casefold()}
    covered = sum(len(_WORD.findall(topic)) or 1 for topic in topics) / len(words)
    heap = covered * 2.0 if len(topics) >= _TOPICS else 0.0
    repeated = 1.0 - len({word.casefold() for word in words}) / len(words)
    return max(
        heap,
        tags / _TAGS if tags / len(words) > _MOSTLY_TAGS else tags / (3 * _TAGS),
        repeated * 2.0 if len(words) >= _REPEATING and repeated > _REPEATED else 0.0,
    )


def _copied(case: Case, seen: Mapping[str, float]) -> float:
    """Two others with the same words, or one when the words are of a doubtful sort already.

    One alone may be the same person on another network, or a joke that two had.
    """
    if len(_WORD.findall(case.post.text)) < _SHINGLE or (case.post.visibility is Visibility.DIRECT and not case.copies):
        return 0.0
    return case.copies / 2.0 + (0.5 if case.copies and max(seen.values()) >= _DOUBTFUL else 0.0)


# -- one-way signatures ------------------------------------------------------------------------------------------------


def signature(text: str) -> int:
    """64 bits by which a copy is known, with small changes, in any language; the text cannot be had back from it.

    A simhash over runs of letters (Charikar 2002), without names, links, marks and case; 0 for a text too short to be
    told from others.
    """
    letters = "".join(_WORD.findall(regex.sub(r"[@＠]\S+", " ", _LINK.sub(" ", text)).casefold()))
    if len(letters) < 3 * _SHINGLE:
        return 0
    tally = [0] * _BITS
    for shingle in _shingles(letters):
        bits = int.from_bytes(blake2b(shingle.encode(), digest_size=8).digest(), "big")
        for place in range(_BITS):
            tally[place] += 1 if bits >> place & 1 else -1
    return sum(1 << place for place, value in enumerate(tally) if value > 0)


def _shingles(letters: str) -> Iterable[str]:
    return {letters[start : start + _SHINGLE] for start in range(len(letters) - _SHINGLE + 1)}


def alike(one: int, other: int) -> bool:
    """Whether two signatures are of the same words; a 0 is like nothing."""
    return bool(one and other) and (one ^ other).bit_count() <= _ALIKE
