"""A world file (format: docs of evals/README.md) as the program would see it: people, posts, threads, one clock."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import regex

from bot.models import Account, Aim, Goal, Notification, NotificationKind, Post, Thread, Visibility

DIGEST_AT = timedelta(days=1, hours=7)
"""The digest of a day goes out at 07:00 on the next morning."""

_AIMS: Mapping[str, Aim] = {
    "work": Aim.WORK,
    "job": Aim.WORK,
    "invitation": Aim.WORK,
    "learn": Aim.LEARN,
    "knowledge": Aim.LEARN,
    "saber": Aim.LEARN,
    "friends": Aim.FRIENDS,
    "help-others": Aim.HELP_OTHERS,
    "community": Aim.COMMUNITY,
}
"""Owners of worlds write the kind of a goal loosely; what is not known is a wish to work with others."""

_LEADING = regex.compile(r"^(?:\s*[@＠][\w.@-]+)+\s*")
_NAMED = regex.compile(r"[@＠]([\w-]+(?:[.@][\w-]+)*)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Gold:
    post: str
    person: str
    grade: int
    kind: str | None
    goal: str | None
    gist: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    date: date
    ideal: tuple[str, ...]
    acceptable: frozenset[str]
    never: frozenset[str]


@dataclass(frozen=True)
class World:
    """`numbers` are the audience numbers of the file; they are read to be permuted and have nowhere to go."""

    name: str
    raw: Mapping[str, Any] = field(repr=False)

    @cached_property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.raw["owner"]["timezone"])

    @cached_property
    def goals(self) -> tuple[Goal, ...]:
        return tuple(
            Goal(
                name=goal["name"],
                want=goal["want"],
                kind=_AIMS.get(goal["kind"], Aim.COLLABORATE),
                weight=goal.get("weight", 1),
                topics=tuple(goal.get("topics", ())),
                excluded=tuple(goal.get("not", ())),
                until=date.fromisoformat(goal["until"]) if goal.get("until") else None,
            )
            for goal in self.raw["owner"]["goals"]
        )

    @cached_property
    def accounts(self) -> Mapping[str, Account]:
        """By the file's id of the person; the owner's are "owner@<network>"."""
        people = {each["id"]: _account(each) for each in self.raw["people"]}
        owner = self.raw["owner"]
        for network, handle in owner["handles"].items():
            people[f"owner@{network}"] = Account(
                id=f"{network}:{handle.lstrip('@')}", handle=handle.lstrip("@"), name=owner["name"]
            )
        return people

    @cached_property
    def owners(self) -> frozenset[str]:
        return frozenset(account.id for key, account in self.accounts.items() if key.startswith("owner@"))

    @cached_property
    def names(self) -> tuple[str, ...]:
        own = [account for key, account in self.accounts.items() if key.startswith("owner@")]
        return tuple(
            dict.fromkeys([own[0].name, *(each.handle for each in own), *(_short(each.handle) for each in own)])
        )

    @cached_property
    def opted_out(self) -> frozenset[str]:
        return frozenset(_account(each).id for each in self.raw["people"] if each.get("opt_out"))

    @cached_property
    def posts(self) -> Mapping[str, Post]:
        rows = {row["id"]: row for row in self.raw["posts"]}
        return {ident: self._post(row, rows) for ident, row in rows.items()}

    @cached_property
    def gold(self) -> Mapping[str, Gold]:
        return {row["post"]: Gold(**{**row, "gist": row["gist"] or ""}) for row in self.raw["gold"]}

    @cached_property
    def days(self) -> tuple[Day, ...]:
        return tuple(
            Day(
                date=date.fromisoformat(row["date"]),
                ideal=tuple(row["ideal"]),
                acceptable=frozenset(row["acceptable"]),
                never=frozenset(row["never"]),
            )
            for row in self.raw["days"]
        )

    @cached_property
    def cold(self) -> Mapping[str, str]:
        """The posts with an open promise, and who owes."""
        return {row["post"]: row["who"] for row in self.raw.get("cold", ())}

    def digest_at(self, day: date) -> datetime:
        return datetime(day.year, day.month, day.day, tzinfo=self.zone) + DIGEST_AT

    def digest_after(self, post: Post) -> datetime:
        return next((at for day in self.days if (at := self.digest_at(day.date)) >= post.posted_at), post.posted_at)

    def account(self, row: Mapping[str, Any]) -> Account:
        return self.accounts[f"owner@{row['network']}" if row["author"] == "owner" else row["author"]]

    def thread(self, post: Post, now: datetime) -> Thread:
        """The public tree around a post as it stands at that time; a quoted post is seen above the quoting one."""
        known = {each.id: each for each in self.posts.values() if each.posted_at <= now}
        root = post
        while (above := known.get(root.reply_to or root.quotes or "")) is not None:
            root = above
        return Thread(posts=tuple(_tree(root, sorted(known.values(), key=lambda each: each.posted_at))))

    def notifications(self) -> Iterator[Notification]:
        """What was addressed to the owner: the posts that have a gold entry, oldest first."""
        for post in sorted(self.posts.values(), key=lambda each: each.posted_at):
            if post.id in self.gold:
                yield Notification(id=f"n-{post.id}", kind=self._kind(post), post=post)

    def _kind(self, post: Post) -> NotificationKind:
        if post.quotes and post.quotes in self.posts and self.posts[post.quotes].author.id in self.owners:
            return NotificationKind.QUOTE
        return NotificationKind.REPLY if post.reply_to_author in self.owners else NotificationKind.MENTION

    def _post(self, row: Mapping[str, Any], rows: Mapping[str, Mapping[str, Any]]) -> Post:
        above = rows.get(row["reply_to"] or "")
        network = row["network"]
        text = row["text"]
        return Post(
            id=row["id"],
            author=self.account(row),
            text=_LEADING.sub("", text),
            posted_at=datetime.fromisoformat(row["at"]),
            link=f"https://{network}.example/{row['id']}",
            reply_to=row["reply_to"],
            reply_to_author=self.account(above).id if above else None,
            quotes=row["quotes"],
            mentions=tuple(dict.fromkeys(self._named(name, network) for name in _NAMED.findall(text))),
            visibility=_VISIBILITY[row["visibility"]],
            warning=row["spoiler"] or "",
            language=row["lang"] or "",
        )

    def _named(self, name: str, network: str) -> str:
        """The id of whom an @name means; strangers get one of their own."""
        for account in self.accounts.values():
            if account.id.startswith(network) and name in {account.handle, _short(account.handle)}:
                return account.id
        return f"{network}:{name}"


_VISIBILITY = {
    "public": Visibility.PUBLIC,
    "unlisted": Visibility.UNLISTED,
    "private": Visibility.FOLLOWERS,
    "followers": Visibility.FOLLOWERS,
    "direct": Visibility.DIRECT,
}


def _account(row: Mapping[str, Any]) -> Account:
    return Account(
        id=f"{row['network']}:{row['handle']}",
        handle=row["handle"],
        name=row["name"],
        bio=row["bio"],
        is_bot=row["bot"],
    )


def _short(handle: str) -> str:
    return handle.split("@", maxsplit=1)[0]


def _tree(root: Post, posts: Sequence[Post]) -> Iterable[Post]:
    """The root and all below it, parents before their replies."""
    inside = {root.id}
    yield root
    for each in posts:
        if each.id not in inside and ({each.reply_to, each.quotes} & inside):
            inside.add(each.id)
            yield each


def load(path: Path) -> World:
    return World(name=path.stem, raw=json.loads(path.read_text(encoding="utf-8")))
