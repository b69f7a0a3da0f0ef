"""One post to the owner with its surroundings, and what its thread says: who was meant, who answered, who is next."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime

import regex

from bot.models import Exchange, Goal, NotificationKind, Person, Post, Relationship, Thread, Turn


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """All that a judgement may depend on. Nothing here counts an audience."""

    post: Post
    kind: NotificationKind
    thread: Thread
    """Holds the post; before the gate it may be nothing but the post."""
    owners: frozenset[str]
    """The owner's account ids on all networks."""
    names: tuple[str, ...] = ()
    """What the owner is called: display names and handles without the leading sign."""
    relationship: Relationship = field(default_factory=Relationship)
    person: Person | None = None
    """As remembered before this post."""
    goals: tuple[Goal, ...] = ()
    now: datetime
    today: date
    """The owner's day, by which goals end."""
    copies: int = 0
    """How many other people sent nearly the same text lately (see `signature` in gate.py)."""

    @property
    def author(self) -> str:
        return self.post.author.id

    @property
    def parent(self) -> Post | None:
        """What it answers or quotes, when the thread shows it."""
        return _by_id(self.thread, self.post.reply_to) or _by_id(self.thread, self.post.quotes)

    @property
    def answers_owner(self) -> bool:
        parent = self.parent
        return self.post.reply_to_author in self.owners or (parent is not None and parent.author.id in self.owners)

    @property
    def is_of_owners_thread(self) -> bool:
        return any(each.author.id in self.owners for each in ancestors(self.thread, self.post))


def _by_id(thread: Thread, wanted: str | None) -> Post | None:
    return next((each for each in thread.posts if each.id == wanted), None) if wanted else None


def ancestors(thread: Thread, post: Post) -> Iterator[Post]:
    """From the post's parent up to the root; a quoted post counts as a parent."""
    posts = {each.id: each for each in thread.posts}
    seen = {post.id}
    above = posts.get(post.reply_to or post.quotes or "")
    while above is not None and above.id not in seen:
        seen.add(above.id)
        yield above
        above = posts.get(above.reply_to or above.quotes or "")


def descendants(thread: Thread, post: Post) -> Iterator[Post]:
    below = {post.id}
    for each in thread.posts:
        if each.reply_to in below and each.id not in below:
            below.add(each.id)
            yield each


def is_answered_by_owner(case: Case) -> bool:
    """The owner wrote below it, or answered later the post that it only continued."""
    if any(each.author.id in case.owners for each in descendants(case.thread, case.post)):
        return True
    parent = case.parent
    return (
        parent is not None
        and parent.author.id == case.author
        and any(
            each.reply_to == parent.id and each.author.id in case.owners and each.posted_at >= case.post.posted_at
            for each in case.thread.posts
        )
    )


def answered_by_another(case: Case) -> bool:
    return any(
        each.reply_to == case.post.id and each.author.id not in case.owners and each.author.id != case.author
        for each in case.thread.posts
    )


def is_meant_for_owner(case: Case) -> bool:
    """False for people who talk to one another with the owner still named."""
    post = case.post
    if post.reply_to is None or case.answers_owner or calls_owner_by_name(case):
        return True
    parent = case.parent
    if post.reply_to_author == case.author or (parent is not None and parent.author.id == case.author):
        above = next((each for each in ancestors(case.thread, post) if each.author.id != case.author), None)
        return above is None or above.author.id in case.owners
    # somebody who brings the owner into a talk that was not theirs means the owner
    return not case.is_of_owners_thread and _names_owner(case) and not _owner_was_named_before(case)


def _names_owner(case: Case) -> bool:
    return any(each in case.owners for each in case.post.mentions)


def _owner_was_named_before(case: Case) -> bool:
    return any(
        named in case.owners for each in ancestors(case.thread, case.post) for named in each.mentions
    ) or not any(ancestors(case.thread, case.post))


def calls_owner_by_name(case: Case) -> bool:
    """Whether it says "Rosa, could you …" or has an @name in the running text: a call, not talk about the owner."""
    text = case.post.text
    for name in case.names:
        called = regex.escape(name)
        first = regex.escape(name.split()[0]) if name.split() else called
        if regex.search(rf"[@＠]{called}(?!\w)", text, regex.IGNORECASE):
            return True
        if regex.match(rf"(?:\w+ )?{first}\s*[,:、!？?]", text, regex.IGNORECASE):
            return True
    return False


def exchange(thread: Thread, person: str, owners: frozenset[str]) -> Exchange:
    """The owner and one person in one thread, counted."""
    theirs = [each for each in thread.posts if each.author.id == person]
    if not theirs:
        return Exchange(turn=Turn.NOBODY)
    latest = max(theirs, key=lambda each: each.posted_at)
    branch = {each.id for each in theirs}
    ours = [
        each
        for each in thread.posts
        if each.author.id in owners and (each.reply_to in branch or each.reply_to_author == person)
    ]
    ours_at = max((each.posted_at for each in ours), default=None)
    return Exchange(
        turns_by_them=len(theirs),
        turns_by_owner=len(ours),
        turn=Turn.THEM if ours_at is not None and ours_at >= latest.posted_at else Turn.OWNER,
        answered_by_others=any(
            each.reply_to == latest.id and each.author.id not in owners and each.author.id != person
            for each in thread.posts
        ),
        their_latest_at=latest.posted_at,
        owner_latest_at=ours_at,
    )


def branch(case: Case) -> tuple[Post, ...]:
    """The line of posts that led to this one, from the top down, and the post itself."""
    return (*reversed(tuple(ancestors(case.thread, case.post))), case.post)
