"""Each head against labelled items: `python -m evals items PATH` prints one table.

PATH is a file of items, a file of batches (the same with a `batch`: simulated days), or a folder with both. The score
of an item is the number that the task is about, made by the same functions as in the bot. A task that is not known
here is scored by the whole judgement.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bot import reader
from bot.finding.case import Case
from bot.finding.gate import LEVEL, suspicion, traits
from bot.finding.reading import Reading
from bot.finding.scoring import Dismissal, asks_something, is_substantive, judge, opens_something, view
from bot.models import Account, NotificationKind, Post, Thread
from bot.reader import Reader
from evals.metrics import auc, average_precision, length_matched_auc, precision_at

_AT = datetime(2026, 1, 1, tzinfo=UTC)
_FIRST = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    task: str
    id: str
    label: float
    case: Case
    words: int
    batch: str = ""


Scorer = Callable[[Case, Reading | None], float]


def _whole(case: Case, reading: Reading | None) -> float:
    judged = judge(case, reading)
    signals = sum(signal.weight for signal in judged.signals)
    return signals - 10.0 * isinstance(judged, Dismissal)


TASKS: Mapping[str, Scorer] = {
    "opportunity": lambda case, reading: opens_something(view(case, reading)),
    "substance": lambda case, reading: is_substantive(view(case, reading)),
    "question": lambda case, reading: asks_something(view(case, reading)),
    "hostility": lambda case, reading: traits(case, reading)["hostile"],
    "gate": lambda case, reading: suspicion(traits(case, reading)),
    "spam": lambda case, reading: suspicion(traits(case, reading)),
    "stuffed": lambda case, reading: suspicion(traits(case, reading)),
    "hostile": lambda case, reading: traits(case, reading)["hostile"],
}
"""By the first word of a task's name: "substance_lengthtrap" is measured as substance."""


def scorer(task: str) -> Scorer:
    return TASKS.get(task) or TASKS.get(task.replace("-", "_").split("_")[0], _whole)


def load(path: Path) -> list[Item]:
    files = sorted(path.glob("*.jsonl")) if path.is_dir() else [path]
    return [_item(json.loads(line)) for file in files for line in file.read_text(encoding="utf-8").splitlines() if line]


def _item(row: Mapping[str, Any]) -> Item:
    text = row["text"]
    before = [
        _post(f"c{place}", "owner" if place % 2 == 0 else "them", said, place) for place, said in enumerate(_said(row))
    ]
    post = _post("p", "them", text, len(before), before[-1] if before else None)
    return Item(
        task=row["task"],
        id=row["id"],
        label=float(row["label"]),
        batch=row.get("batch", ""),
        words=len(text.split()) if " " in text.strip() else len(text),
        case=Case(
            post=post,
            kind=NotificationKind.REPLY if before else NotificationKind.MENTION,
            thread=Thread(posts=(*before, post)),
            owners=frozenset({"owner"}),
            now=_AT,
            today=_AT.date(),
        ),
    )


def _said(row: Mapping[str, Any]) -> Sequence[str]:
    """What stands above an item: texts, or rows with a text."""
    context = row.get("context") or []
    return [each if isinstance(each, str) else str(each.get("text", "")) for each in context]


def _post(ident: str, who: str, text: str, place: int, above: Post | None = None) -> Post:
    return Post(
        id=ident,
        author=Account(id=who, handle=f"{who}@example", name=who),
        text=text,
        posted_at=_AT.replace(minute=min(place, 59)),
        link="",
        reply_to=above.id if above else (f"c{place - 1}" if place else None),
        reply_to_author=above.author.id if above else None,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    task: str
    count: int
    positive: str
    auc: float | None
    ap: float | None
    matched: float | None
    length: float | None
    length_matched: float | None
    first: float | None
    ceiling: float | None
    quiet: str


def measure(items: Sequence[Item], scores: Mapping[str, float]) -> list[Result]:
    by_task: dict[str, list[Item]] = defaultdict(list)
    for item in items:
        by_task[item.task].append(item)
    return [_result(task, rows, scores, split) for task, rows in by_task.items() for split in _splits(rows)]


def _splits(rows: Iterable[Item]) -> list[str]:
    """Graded labels are cut twice: the clear against none, and anything against none."""
    return ["clear", "any"] if {row.label for row in rows} - {0.0, 1.0} else ["any"]


def _result(task: str, rows: Sequence[Item], scores: Mapping[str, float], split: str) -> Result:
    clear = split == "clear"
    unique = list({row.id: row for row in rows if not clear or row.label != 1.0}.values())
    labels = [row.label > (1.0 if clear else 0.0) for row in unique]
    values = [scores[row.id] for row in unique]
    lengths = [row.words for row in unique]
    first, ceiling, quiet = _days(rows, scores, 1.0 if clear else 0.0)
    return Result(
        task=task,
        count=len(unique),
        positive=f"{split} {sum(labels)}",
        auc=auc(values, labels),
        ap=average_precision(values, labels),
        matched=length_matched_auc(values, labels, lengths),
        length=auc(lengths, labels),
        length_matched=length_matched_auc(lengths, labels, lengths),
        first=first,
        ceiling=ceiling,
        quiet=quiet,
    )


def _days(rows: Sequence[Item], scores: Mapping[str, float], above: float) -> tuple[float | None, float | None, str]:
    """Precision among the first five of a day, what it could be at best, and alarms against recall."""
    days: dict[str, list[Item]] = defaultdict(list)
    for row in rows:
        if row.batch:
            days[row.batch].append(row)
    loud = [day for day in days.values() if any(row.label > above for row in day)]
    still = [day for day in days.values() if not any(row.label > above for row in day)]
    if not loud:
        return None, None, ""
    first = [precision_at(_FIRST, [scores[r.id] for r in day], [r.label > above for r in day]) for day in loud]
    best = [min(_FIRST, sum(r.label > above for r in day)) / _FIRST for day in loud]
    quiet = ""
    if still:
        tops = sorted(max(scores[row.id] for row in day) for day in still)
        bar = tops[min(len(tops) - 1, int(0.9 * len(tops)))]
        hits = [scores[row.id] > bar for day in loud for row in day if row.label > above]
        quiet = f"recall {sum(hits) / len(hits):.2f} at 1 alarm in 10 of {len(still)} quiet days"
    return sum(first) / len(first), sum(best) / len(best), quiet


def run(paths: Sequence[Path]) -> None:
    model = Reader() if reader.is_available() else None
    items = [item for path in paths for item in load(path)]
    readings: dict[str, Reading | None] = {}
    scores: dict[str, float] = {}
    gated = 0
    for item in items:
        if item.id in scores:
            continue
        readings[item.id] = model.read(item.case) if model else None
        scores[item.id] = scorer(item.task)(item.case, readings[item.id])
        gated += max(traits(item.case, readings[item.id]).values()) >= LEVEL
    print(f"model: {'yes' if model else 'no, rules only'}; {len(scores)} items, {gated} of them gated")
    print(_row("task", "items", "positive", "AUC", "AP", "matched", "length", "l.match", "p@5", "best", ""))
    for each in measure(items, scores):
        numbers = (each.auc, each.ap, each.matched, each.length, each.length_matched, each.first, each.ceiling)
        print(_row(each.task, each.count, each.positive, *map(_number, numbers), each.quiet))


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def _row(task: object, count: object, positive: object, *rest: object) -> str:
    return f"{task!s:22}{count!s:>6}  {positive!s:10}" + "".join(f"{each!s:>9}" for each in rest[:-1]) + f"  {rest[-1]}"
