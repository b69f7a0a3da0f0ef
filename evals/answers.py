"""How much of what owners type is understood: python -m evals answers PATH…

Reads tables like tests/data/answers.tsv (text TAB meaning [TAB tags]) and JSON lines {text, expect, accept?, tags?}.
Prints the share understood, what was asked back and what was misunderstood, the share per tag, and every miss.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from bot.commands import grammar
from bot.language import when

TIMED = re.compile(r"(?P<what>later \S+(?: but \S+)?|pause) (?P<time>.+)", re.IGNORECASE)
NAMES = ("ines", "iness", "ines almeida", "tomasz", "tomaszs", "dee", "dees")
"""Whose items are open in the tables."""
NOW, ZONE = datetime(2026, 11, 22, 7, tzinfo=UTC), ZoneInfo("Europe/Amsterdam")


@dataclass(frozen=True)
class Phrase:
    text: str
    accepted: tuple[str, ...]
    tags: tuple[str, ...] = ()


def phrases(path: Path) -> Iterator[Phrase]:
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("{"):
            row = json.loads(line)
            yield Phrase(row["text"], (row["expect"], *row.get("accept", ())), tuple(row.get("tags", ())))
        elif line and not line.startswith("#"):
            text, meaning, *tags = line.split("\t")
            yield Phrase(text.replace("\\n", "\n"), tuple(meaning.split(" | ")), tuple(tags[0].split()) if tags else ())


def meaning(text: str, names: Sequence[str] = NAMES) -> str:
    return grammar().read(text, names).meaning


def is_understood(phrase: Phrase) -> bool:
    found = meaning(phrase.text)
    return any(same(found, accepted) for accepted in phrase.accepted)


def same(found: str, wanted: str) -> bool:
    """Equal, but for the order of the clauses and the wording of a time that comes to the same moment.

    "unclear" alone stands for whatever is asked back.
    """
    if wanted == "unclear":
        return found.startswith("unclear")
    return sorted(map(_settled, found.split(" ; "))) == sorted(map(_settled, wanted.split(" ; ")))


def _settled(clause: str) -> str:
    timed = TIMED.fullmatch(clause)
    if timed is None:
        return clause.casefold()
    try:
        return f"{timed['what']} {when.moment(timed['time'], NOW, ZONE):%Y-%m-%d %H:%M}"
    except when.NoSuchMoment as problem:
        return f"{timed['what']} {problem}"


def run(paths: Sequence[Path]) -> None:
    found = [phrase for path in paths for phrase in phrases(path)]
    missed = [phrase for phrase in found if not is_understood(phrase)]
    _print_share("understood", len(found) - len(missed), len(found))
    asked = sum(meaning(phrase.text).startswith("unclear") for phrase in missed)
    _print_share("asked back", asked, len(found))
    _print_share("misunderstood", len(missed) - asked, len(found))
    by_tag: dict[str, list[bool]] = defaultdict(list)
    for phrase in found:
        for tag in phrase.tags:
            by_tag[tag].append(phrase not in missed)
    for tag, understood in sorted(by_tag.items()):
        _print_share(tag, sum(understood), len(understood))
    for phrase in missed:
        print(f"{phrase.text!r}: {meaning(phrase.text)}, not {' or '.join(phrase.accepted)}")


def _print_share(name: str, understood: int, of: int) -> None:
    print(f"{name:16} {understood / max(of, 1):6.1%}  {understood} of {of}")
