"""Which of the owner's goals a post serves: the goal's sentence by meaning, its topics by word, its `not` as a wall."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import regex

from bot.finding.case import Case
from bot.finding.markers import marks
from bot.finding.reading import Reading, sentences
from bot.models import Goal

_LOW, _HIGH = 1.5, 4.0
"""Standard deviations above what any sentence has to a goal: below the first it is chance, at the second a match."""
_OWN, _TOPIC = 0.6, 0.4
"""What the post itself says: its nearness in meaning, and one of the goal's own words."""
_THREAD, _THREAD_TOPIC = 0.4, 0.25
"""A reply in a thread about a goal is about it, if it says nothing else."""
_ENOUGH = 0.3
_HEAVIEST = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    goal: str | None
    value: float
    """0 to 1, with the goal's weight in it."""


def matched(case: Case, reading: Reading) -> Match:
    """The goal that it serves best; none when nothing is above chance or all of them have ended."""
    best = Match(goal=None, value=0.0)
    for place, goal in enumerate(case.goals):
        if goal.until is not None and goal.until < case.today:
            continue
        near = max((each.goals[place] for each in reading.sentences if each.goals), default=0.0)
        around = reading.context[place] if reading.context else 0.0
        value = _OWN * _scaled(near) + _THREAD * _scaled(around)
        value += _TOPIC * _names_topic(case.post.text, goal) + _THREAD_TOPIC * _thread_names(case, goal)
        value = min(1.0, value) * (0.6 + 0.4 * goal.weight / _HEAVIEST)
        if value > best.value:
            best = Match(goal=goal.name, value=value)
    return best if best.value >= _ENOUGH else Match(goal=None, value=best.value)


def _scaled(excess: float) -> float:
    return min(1.0, max(0.0, (excess - _LOW) / (_HIGH - _LOW)))


def _names_topic(text: str, goal: Goal) -> bool:
    return any(_holds(text, topic) for topic in goal.topics)


def _thread_names(case: Case, goal: Goal) -> bool:
    above = [each for each in (case.parent, case.thread.root) if each is not None and each.id != case.post.id]
    return any(_names_topic(each.text, goal) for each in above)


def excluded_by(case: Case) -> str | None:
    """The goal whose `not` the post names; what it says is over, it does not bring."""
    present = [each for each in _sentences(case.post.text) if not marks("gone", each)]
    for goal in case.goals:
        if any(_holds(each, phrase) for phrase in goal.excluded for each in present):
            return goal.name
    return None


def comes_near_excluded(case: Case) -> bool:
    """Whether the post has a single telling word of a goal's `not`; by itself that says little."""
    text = case.post.text.casefold()
    words = {word for goal in case.goals for phrase in goal.excluded for word in _words(phrase)}
    return any(_has_word(text, word) for word in words if len(word) > _STEM or _WIDE.search(word))


def _sentences(text: str) -> list[str]:
    return [text[start:end] for start, end in sentences(text)]


_STEM = 4
_WIDE = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}]")


def _holds(text: str, phrase: str) -> bool:
    """Every word of the phrase stands in the text, whatever its ending ("seed rounds" holds "seed round")."""
    words, folded = _words(phrase), text.casefold()
    return bool(words) and all(_has_word(folded, word) for word in words)


def _words(phrase: str) -> list[str]:
    return regex.findall(r"[\p{L}\p{N}][\p{L}\p{M}\p{N}'’-]*", phrase.casefold())


def _has_word(text: str, word: str) -> bool:
    return _pattern(word).search(text) is not None


@lru_cache(maxsize=1024)
def _pattern(word: str) -> regex.Pattern[str]:
    """The word with any ending; Japanese has no spaces, so its words may stand anywhere."""
    if _WIDE.search(word):
        return regex.compile(regex.escape(word))
    stem = word if len(word) <= _STEM else word[: max(_STEM, len(word) - 2)]
    ending = r"\p{L}{0,2}" if len(word) <= _STEM else r"\p{L}{0,5}"
    return regex.compile(rf"(?<!\p{{L}}){regex.escape(stem)}{ending}(?!\p{{L}})")
