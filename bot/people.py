"""Who writes to the owner: when and how often, never what. Numbers about two people, not about an audience."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import tzinfo

from bot.finding.case import Case
from bot.models import Person


def remembered(case: Case, *, zone: tzinfo, goal: str | None) -> Person:
    """The person after this post. A day counts once, by the owner's calendar."""
    account, before, at = case.post.author, case.person, case.post.posted_at
    if before is None:
        before = Person(id=account.id, name=account.name, handle=account.handle, first_at=at, latest_at=at)
        is_new_day = True
    else:
        is_new_day = at.astimezone(zone).date() > before.latest_at.astimezone(zone).date()
    return replace(
        before,
        name=account.name,
        handle=account.handle,
        latest_at=max(at, before.latest_at),
        days=before.days + is_new_day,
        posts=before.posts + 1,
        answered=before.answered + _follows_an_answer(case),
        goals=_counted(before.goals, goal),
    )


def _follows_an_answer(case: Case) -> bool:
    """They came back to a reply that the owner had written to them."""
    parent = case.parent
    return parent is not None and parent.author.id in case.owners and parent.reply_to_author == case.author


def _counted(goals: Mapping[str, int], goal: str | None) -> Mapping[str, int]:
    return goals if goal is None else {**goals, goal: goals.get(goal, 0) + 1}
