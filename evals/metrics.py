"""Measures of a ranking, in plain Python: small data, no library at run time."""

from __future__ import annotations

from collections.abc import Sequence


def auc(scores: Sequence[float], labels: Sequence[bool]) -> float | None:
    """The chance that a positive stands above a negative, ties half; None without both."""
    order = sorted(range(len(scores)), key=lambda place: scores[place])
    ranks = [0.0] * len(scores)
    start = 0
    while start < len(order):
        end = start
        while end < len(order) and scores[order[end]] == scores[order[start]]:
            end += 1
        for place in order[start:end]:
            ranks[place] = (start + end + 1) / 2
        start = end
    positives = sum(labels)
    negatives = len(labels) - positives
    if not positives or not negatives:
        return None
    above = sum(rank for rank, label in zip(ranks, labels, strict=True) if label)
    return (above - positives * (positives + 1) / 2) / (positives * negatives)


def average_precision(scores: Sequence[float], labels: Sequence[bool]) -> float | None:
    ranked = [label for _, label in sorted(zip(scores, labels, strict=True), key=lambda pair: -pair[0])]
    hits, total = 0, 0.0
    for place, label in enumerate(ranked, start=1):
        if label:
            hits += 1
            total += hits / place
    return total / hits if hits else None


def precision_at(count: int, scores: Sequence[float], labels: Sequence[bool]) -> float:
    ranked = sorted(zip(scores, labels, strict=True), key=lambda pair: -pair[0])
    return sum(label for _, label in ranked[:count]) / count


def length_matched_auc(
    scores: Sequence[float], labels: Sequence[bool], lengths: Sequence[int], tolerance: float = 0.1
) -> float | None:
    """The same chance, over pairs of a positive and a negative whose lengths differ by a tenth (or a word) at most."""
    positives = [place for place, label in enumerate(labels) if label]
    negatives = [place for place, label in enumerate(labels) if not label]
    won = pairs = 0.0
    for one in positives:
        for other in negatives:
            if abs(lengths[one] - lengths[other]) <= max(1.0, tolerance * max(lengths[one], lengths[other])):
                pairs += 1
                won += 1.0 if scores[one] > scores[other] else 0.5 if scores[one] == scores[other] else 0.0
    return won / pairs if pairs else None
