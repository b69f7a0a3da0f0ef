"""What lies around a post, beside its words: who they are to the owner, and how the thread stands.

Whether an owner answers is told by this better than by any words (evals/README.md), but differently for each of them.
So nothing here counts until the owner's own answers give it weight (`learning`). It never counts an audience: who is
seen here is the owner, one person, and one thread.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta

from bot.finding.case import Case, answered_by_another, calls_owner_by_name
from bot.models import Post

_DAY = timedelta(days=1)
_SLOW = timedelta(days=4)
_UNSURE = 2.0
"""Posts that a share is held back by: one answer to one post is no habit yet."""
_MANY = 6.0


def answers_you(case: Case) -> float:
    return float(case.answers_owner)


def is_in_your_thread(case: Case) -> float:
    return float(case.is_of_owners_thread)


def calls_you(case: Case) -> float:
    return float(calls_owner_by_name(case))


def answers_your_question(case: Case) -> float:
    parent = case.parent
    return float(parent is not None and parent.author.id in case.owners and ("?" in parent.text or "？" in parent.text))


def goes_on(case: Case) -> float:
    """They answer a reply that the owner wrote to them."""
    parent = case.parent
    return float(parent is not None and parent.author.id in case.owners and parent.reply_to_author == case.author)


def is_first_word(case: Case) -> float:
    return float(case.person is None)


def is_often_answered(case: Case) -> float:
    """The share of what they wrote that the owner answered."""
    person = case.person
    return min(1.0, person.answered / (person.posts + _UNSURE)) if person else 0.0


def is_never_answered(case: Case) -> float:
    person = case.person
    return min(1.0, person.posts / _MANY) if person and not person.answered else 0.0


def is_of_your_circle(case: Case) -> float:
    return float(case.person is not None and case.person.joined_at is not None)


def is_followed(case: Case) -> float:
    return float(case.relationship.is_followed)


def you_are_at_it(case: Case) -> float:
    """How lately the owner had written in the thread."""
    ours = [each.posted_at for each in _before(case) if each.author.id in case.owners]
    return max(0.0, 1.0 - (case.post.posted_at - max(ours)) / _DAY) if ours else 0.0


def is_late_to_the_thread(case: Case) -> float:
    age = case.post.posted_at - case.thread.root.posted_at
    return min(1.0, max(0.0, age / _SLOW))


def is_between_two(case: Case) -> float:
    """Nobody but the owner and they has written so far."""
    return float(all(each.author.id in case.owners or each.author.id == case.author for each in _before(case)))


def has_an_answer(case: Case) -> float:
    return float(answered_by_another(case))


def _before(case: Case) -> list[Post]:
    return [each for each in case.thread.posts if each.id != case.post.id and each.posted_at <= case.post.posted_at]


TIES: Mapping[str, tuple[Callable[[Case], float], str]] = {
    "answers_you": (answers_you, "it answers you"),
    "is_in_your_thread": (is_in_your_thread, "you had written in the thread above it"),
    "calls_you": (calls_you, "it calls you by name"),
    "answers_your_question": (answers_your_question, "you had asked something"),
    "goes_on": (goes_on, "they go on with a talk with you"),
    "is_first_word": (is_first_word, "they write to you for the first time"),
    "is_often_answered": (is_often_answered, "you often answer them"),
    "is_never_answered": (is_never_answered, "you have not answered them so far"),
    "is_of_your_circle": (is_of_your_circle, "you two have known each other for a while"),
    "is_followed": (is_followed, "you follow them"),
    "you_are_at_it": (you_are_at_it, "you were in the thread just before"),
    "is_late_to_the_thread": (is_late_to_the_thread, "the thread had begun days before"),
    "is_between_two": (is_between_two, "nobody but you two is in the thread"),
    "has_an_answer": (has_an_answer, "somebody else answered it"),
}
"""Each between 0 and 1, with what it says to the owner."""


def ties(case: Case) -> dict[str, float]:
    return {name: measure(case) for name, (measure, _) in TIES.items()}
