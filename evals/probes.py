"""Own short posts with what a careful person would make of them: the tricky sorts, in five languages and six trades."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import regex

from bot.finding.case import Case
from bot.models import Account, Aim, Goal, NotificationKind, Post, Thread

FOLDER = Path(__file__).parent / "probes"
_AT = datetime(2026, 5, 4, 9, tzinfo=UTC)
_QUOTED = regex.compile(r"⟦(.*?)⟧")


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    owner: str
    above: str
    """"call", "know" or "chat": the sort of the owner's post that it answers; "-" for none."""
    grade: int
    sort: str
    """The kind, or why it is none."""
    gist: str
    case: Case


def load(file: Path = FOLDER / "probes.txt") -> list[Probe]:
    owners = tomllib.loads((FOLDER / "owners.toml").read_text(encoding="utf-8"))
    return list(_probes(file.read_text(encoding="utf-8").splitlines(), owners))


def _probes(lines: Sequence[str], owners: Mapping[str, Any]) -> Iterator[Probe]:
    for place, line in enumerate(lines):
        if not line.strip() or line.startswith("#"):
            continue
        owner, above, grade, sort, text = (field.strip() for field in line.split("|", 4))
        quoted = _QUOTED.search(text)
        yield Probe(
            owner=owner,
            above=above,
            grade=int(grade),
            sort=sort,
            gist=quoted.group(1) if quoted else text if int(grade) else "",
            case=_case(owner, owners[owner], above, _QUOTED.sub(r"\1", text), place),
        )


def _case(owner: str, settings: Mapping[str, Any], above: str, text: str, place: int) -> Case:
    me = Account(id=f"x:{owner}", handle=f"{owner}.example", name=settings["name"])
    them = Account(id=f"x:p{place}", handle=f"p{place}.example", name=f"P{place}")
    posts: list[Post] = []
    if above in settings["posts"]:
        posts.append(Post(id="above", author=me, text=settings["posts"][above], posted_at=_AT, link=""))
    post = Post(
        id=f"p{place}",
        author=them,
        text=text,
        posted_at=_AT + timedelta(hours=1),
        link="",
        reply_to="above" if posts else None,
        reply_to_author=me.id if posts else None,
        mentions=(me.id,),
    )
    return Case(
        post=post,
        kind=NotificationKind.REPLY if posts else NotificationKind.MENTION,
        thread=Thread(posts=(*posts, post)),
        owners=frozenset({me.id}),
        names=(settings["name"],),
        goals=tuple(_goal(goal) for goal in settings["goals"]),
        now=_AT,
        today=_AT.date(),
    )


def _goal(row: Mapping[str, Any]) -> Goal:
    return Goal(
        name=row["name"],
        want=row["want"],
        kind=Aim.COLLABORATE,
        weight=row["weight"],
        topics=tuple(row["topics"]),
        excluded=tuple(row["not"]),
    )
