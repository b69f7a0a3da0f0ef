"""Train the network that ships in bot/finding/sense.npz: `python -m evals train evals/training/*.jsonl`.

All of its data is the project's own: the invented posts of evals/training, the prototypes and the probes. The worlds
are kept out, to measure on. bot/sense.py says how it is built. A few minutes; the same seed gives the same file.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import autograd.numpy as np
import numpy.typing as npt
from autograd import value_and_grad

from bot.finding.reading import KINDS, sentences
from bot.models import Kind
from bot.reader import Reader, prototypes
from bot.sense import FILE, OUTPUTS, SORTS, Network, made_for
from evals import probes
from evals.metrics import auc

Array = npt.NDArray[np.float32]
Parts = dict[str, Array]

INNER, ABOVE, MIDDLE, MEMBERS = 192, 32, 96, 3
EPOCHS, BATCH, RATE, DECAY = 14, 48, 1e-3, 0.02
DROPPED = 0.4
"""Of the units; half as much of what comes in."""
KIND_COUNTS, QUOTE_COUNTS, SORT_COUNTS, SENTENCE_COUNTS = 0.4, 0.4, 0.3, 0.5
"""What the other losses count beside "is the post worth it?"."""
_BORDERLINE = 0.4
_MOST = 24
_NOT_THERE = -30.0

_KINDS: Mapping[str, Kind] = {
    "together": Kind.COLLABORATION,
    "has": Kind.COLLABORATION,
    "joins": Kind.COLLABORATION,
    "work": Kind.WORK,
    "invites": Kind.INVITATION,
    "introduces": Kind.INTRODUCTION,
    "helps": Kind.HELP,
    "needs": Kind.HELP,
    "asks": Kind.QUESTION,
    "knows": Kind.KNOWLEDGE,
    "corrects": Kind.KNOWLEDGE,
    "deepens": Kind.CONVERSATION,
}
"""What the acts of the training texts and the groups of the prototypes come to."""
_SORTS: Mapping[str, str] = {
    **dict.fromkeys(("spam", "scam", "pitch", "slop", "stuffed", "sells", "defrauds"), "spam"),
    **dict.fromkeys(("bait", "baits"), "bait"),
    **dict.fromkeys(("hostile", "attacks"), "hostile"),
    **dict.fromkeys(("injects", "commands"), "injection"),
}
_WALLED_OFF = "excluded"
"""Worth it but for a goal's `not`, which is not the network's business."""
_NONE = len(KINDS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    sentences: tuple[str, ...]
    above: str
    """The post that it answers; "" when there is none."""
    grade: int
    kind: int
    """In KINDS; one more for none."""
    sort: str | None
    quoted: frozenset[int]
    """The sentences that a careful person would quote; empty for grade 0."""
    group: str
    """Trade or owner: what is held out together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Posts side by side, each as long as the longest: (post, sentence, ...)."""

    rows: Array
    above: Array
    there: Array
    """1 where a post has that sentence."""
    quoted: Array
    worth: Array
    weight: Array
    kind: Array
    """One-hot, (post, KINDS and none)."""
    sorts: Array


def run(paths: Sequence[Path]) -> None:
    found = [*_texts(paths), *_prototypes(), *_probes()]
    reader = Reader()
    seen = [reader.features(each.sentences, each.above) for each in found]
    _report(found, seen)
    members = [fit(found, seen, seed) for seed in range(MEMBERS)]
    target = Path(str(files("bot.finding").joinpath(FILE)))
    np.savez_compressed(
        target,
        made_for=np.array(made_for()),
        **{f"{name}@{i}": part.astype("float16") for i, parts in enumerate(members) for name, part in parts.items()},
    )
    print(f"{len(found)} posts -> {target.name}, {target.stat().st_size // 1024} kB")


# -- examples ------------------------------------------------------------------------------------------------------


def _texts(paths: Sequence[Path]) -> Iterator[Example]:
    for path in paths:
        for line in path.read_text(encoding="utf-8").splitlines():
            row: Mapping[str, Any] = json.loads(line)
            if row["act"] != _WALLED_OFF:
                yield _example(
                    row["text"], row["spans"], row["grade"], row["act"], above=row["parent"], group=row["trade"]
                )


def _example(text: str, spans: Sequence[str], grade: int, act: str, *, above: str, group: str) -> Example:
    where = sentences(text)[:_MOST] or ((0, len(text)),)
    kind = _KINDS.get(act) if grade else None
    return Example(
        sentences=tuple(text[start:end] for start, end in where),
        above=above,
        grade=grade,
        kind=KINDS.index(kind) if kind else _NONE,
        sort=_SORTS.get(act),
        quoted=_quoted(text, where, spans) if grade else frozenset(),
        group=group,
    )


def _quoted(text: str, where: Sequence[tuple[int, int]], spans: Sequence[str]) -> frozenset[int]:
    """The sentences that a span covers by half, or that cover half of a span; without spans every one."""
    found = set()
    for span in spans:
        at = text.find(span)
        shared = [min(end, at + len(span)) - max(start, at) for start, end in where]
        halves = [min(len(span), end - start) / 2 for start, end in where]
        found |= {place for place, share in enumerate(shared) if share > halves[place]}
        found.add(max(range(len(where)), key=shared.__getitem__))
    return frozenset(found or range(len(where)))


def _prototypes() -> Iterator[Example]:
    for name, languages in prototypes().items():
        for texts in languages.values() if name != "calls" else ():
            for text in texts:
                yield _example(text, [], 2 if name in _KINDS else 0, name, above="", group="prototypes")


def _probes() -> Iterator[Example]:
    acts = {kind.value: act for act, kind in _KINDS.items()}
    for probe in probes.load():
        spans, parent = [probe.gist] if probe.gist else [], probe.case.parent
        act, above = acts.get(probe.sort, probe.sort), parent.text if parent else ""
        yield _example(probe.case.post.text, spans, probe.grade, act, above=above, group=probe.owner)


def _batch(examples: Sequence[Example], seen: Sequence[tuple[Array, Array]]) -> Batch:
    longest = max(len(each.sentences) for each in examples)
    rows = np.zeros((len(examples), longest, seen[0][0].shape[1]), dtype="float32")
    there, quoted = (np.zeros((len(examples), longest), dtype="float32") for _ in range(2))
    for place, (example, (own, _)) in enumerate(zip(examples, seen, strict=True)):
        rows[place, : len(own)] = own
        there[place, : len(own)] = 1.0
        quoted[place, list(example.quoted)] = 1.0
    grades = np.array([each.grade for each in examples])
    return Batch(
        rows=rows,
        above=np.array([above for _, above in seen]),
        there=there,
        quoted=quoted,
        worth=np.where(grades == 1, 0.5, 1.0 * (grades > 1)).astype("float32"),
        weight=np.where(grades == 1, _BORDERLINE, 1.0).astype("float32"),
        kind=np.eye(_NONE + 1, dtype="float32")[[each.kind for each in examples]],
        sorts=np.array([[each.sort == sort for sort in SORTS] for each in examples], dtype="float32"),
    )


# -- the network -----------------------------------------------------------------------------------------------------


def fit(examples: Sequence[Example], seen: Sequence[tuple[Array, Array]], seed: int) -> Parts:
    """Adam with decoupled decay (Loshchilov and Hutter 2019), the rate falling to nothing."""
    chance = np.random.default_rng(seed)
    parts = _begun(seen[0][0].shape[1], chance)
    first, second = ({name: np.zeros_like(part) for name, part in parts.items()} for _ in range(2))
    slopes = value_and_grad(_loss)
    total, step = EPOCHS * -(-len(examples) // BATCH), 0
    for _ in range(EPOCHS):
        for chosen in _batches(examples, chance):
            step += 1
            batch = _batch([examples[i] for i in chosen], [seen[i] for i in chosen])
            _, slope = slopes(parts, batch, chance)
            rate = float(RATE * (1 - step / (total + 1)))
            for name, part in parts.items():
                first[name] += 0.1 * (slope[name] - first[name])
                second[name] += 0.001 * (slope[name] ** 2 - second[name])
                move = first[name] / (1 - 0.9**step) / (np.sqrt(second[name] / (1 - 0.999**step)) + 1e-8)
                parts[name] = part - rate * (move + DECAY * part)
    return parts


def _begun(width: int, chance: Any) -> Parts:
    sizes = {"inner": (width, INNER), "above": (512, ABOVE), "middle": (3 * INNER + ABOVE, MIDDLE)}
    parts: Parts = {}
    for name, size in (*sizes.items(), ("outer", (MIDDLE, OUTPUTS))):
        parts[name] = (chance.uniform(-1, 1, size) / np.sqrt(size[0])).astype("float32")
        parts[f"{name}_bias"] = np.zeros(size[1], dtype="float32")
    return parts


def _batches(examples: Sequence[Example], chance: Any) -> list[Array]:
    """Posts of about the same length together; the batches in any order."""
    order = chance.permutation(len(examples))
    lengths = np.array([len(each.sentences) for each in examples])
    order = np.concatenate(
        [
            some[np.argsort(lengths[some], kind="stable")]
            for some in np.array_split(order, max(1, len(order) // (30 * BATCH)))
        ]
    )
    cut = [order[at : at + BATCH] for at in range(0, len(order), BATCH)]
    return [cut[place] for place in chance.permutation(len(cut))]


def _loss(parts: Parts, batch: Batch, chance: Any) -> Any:
    count = len(batch.rows)
    out = _out(parts, batch, chance)
    worth, kind, quote, sorts = out[..., 0], out[..., 1 : _NONE + 2], out[..., _NONE + 2], out[..., _NONE + 3 :]
    absent = _NOT_THERE * (1 - batch.there)
    is_none = (batch.worth == 0)[:, None] * batch.there
    whole = np.sum(_surprise(np.max(worth + absent, axis=1), batch.worth) * batch.weight)
    single = np.sum(_surprise(worth, batch.worth[:, None]) * batch.weight[:, None] * batch.quoted)
    kinds = _log_shares(kind, axis=2)
    told = np.sum(kinds * batch.kind[:, None, :], axis=2)
    choice = _log_shares(quote + absent, axis=1)
    chosen = np.log(np.sum(np.exp(choice) * batch.quoted, axis=1) + 1e-9) * batch.quoted.any(axis=1)
    bad = np.max(sorts + absent[..., None], axis=1)
    return (
        whole
        + SENTENCE_COUNTS * single
        - KIND_COUNTS * np.sum(told * (batch.quoted + 0.5 * is_none))
        - QUOTE_COUNTS * np.sum(chosen)
        + SORT_COUNTS * np.sum(_surprise(bad, batch.sorts))
    ) / count


def _out(parts: Parts, batch: Batch, chance: Any = None) -> Any:
    """As bot/sense.py does it, for many posts at once; with a `chance`, some of it left out."""

    def some(values: Any, dropped: float) -> Any:
        if chance is None:
            return values
        kept = chance.random(values.shape, dtype="float32") > dropped
        return values * (kept / (1 - dropped)).astype("float32")

    def layer(name: str, values: Any) -> Any:
        return np.maximum(np.dot(values, parts[name]) + parts[f"{name}_bias"], 0)

    inner = some(layer("inner", some(batch.rows, DROPPED / 2)), DROPPED) * batch.there[..., None]
    mean = np.sum(inner, axis=1) / np.sum(batch.there, axis=1)[:, None]
    above = layer("above", some(batch.above, DROPPED / 2))
    around = np.concatenate([np.max(inner, axis=1), mean, above], axis=1)[:, None, :]
    spread = np.ones((1, inner.shape[1], 1), dtype="float32") * around
    middle = some(layer("middle", np.concatenate([inner, spread], axis=2)), DROPPED / 2)
    return np.dot(middle, parts["outer"]) + parts["outer_bias"]


def _surprise(odds: Any, truth: Any) -> Any:
    return np.logaddexp(0, odds) - truth * odds


def _log_shares(values: Any, axis: int) -> Any:
    away = values - np.max(values, axis=axis, keepdims=True)
    return away - np.log(np.sum(np.exp(away), axis=axis, keepdims=True))


# -- how good it is ----------------------------------------------------------------------------------------------------


def _report(found: Sequence[Example], seen: Sequence[tuple[Array, Array]]) -> None:
    """On trades that it was not trained on."""
    groups = sorted({each.group for each in found} - {"prototypes"})
    held = {place for place, each in enumerate(found) if each.group in groups[::4]}
    known = [place for place in range(len(found)) if place not in held]
    net = Network([fit([found[i] for i in known], [seen[i] for i in known], 0)])
    out = {place: net.out(*seen[place]) for place in held}
    clear = [place for place in held if found[place].grade != 1]
    worth = auc([float(out[i][:, 0].max()) for i in clear], [found[i].grade > 1 for i in clear])
    kinds = [
        int(out[i][out[i][:, 0].argmax(), 1 : _NONE + 1].argmax()) == found[i].kind
        for i in held
        if found[i].kind < _NONE
    ]
    several = [i for i in held if 0 < len(found[i].quoted) < len(found[i].sentences)]
    quotes = [int(out[i][:, _NONE + 2].argmax()) in found[i].quoted for i in several]
    print(
        f"on {len(groups[::4])} owners held out: worth AUC {worth:.3f}, kind right {np.mean(kinds):.2f},"
        f" sentence to quote right {np.mean(quotes):.2f} of {len(quotes)}"
    )
    for place, sort in enumerate(SORTS, start=_NONE + 3):
        reached = auc([float(out[i][:, place].max()) for i in held], [found[i].sort == sort for i in held])
        print(f"  {sort}: AUC {reached:.3f}")
