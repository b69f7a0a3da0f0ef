"""How much a text says for its length: figures, names, reasons, own experience; never how long it is."""

from __future__ import annotations

import regex

from bot.finding.markers import count, marks

_WORD = regex.compile(r"[\p{L}\p{M}\p{N}][\p{L}\p{M}\p{N}'’-]*")
_LINK = regex.compile(r"https?://\S+")
_FIGURE = regex.compile(
    r"(?<![\p{L}\p{N}#@])\d[\d.,:/]*(?:\s?(?:%|°|[µμ]?m\b|km\b|k?g\b|l\b|ml\b|h\b|min\b|€|\$|£|円|年|月|日|度|人|個))?"
)
_FEW = 3
_LOUD = regex.compile(r"[!！]{1,}|\b\p{Lu}{4,}\b|[?？]{2,}|\.{3,}|…")


def figures(text: str) -> int:
    """Numbers, in digits or words, that are not part of a name."""
    clean = _LINK.sub(" ", text)
    return len(_FIGURE.findall(clean)) + count("numbers", clean)


def specifics(text: str) -> float:
    """Figures and names per word, so that a short post can be as specific as a long one."""
    words = _words(text)
    if len(words) < _FEW:
        return 0.0
    names = sum(word[0].isupper() and not before_is_end for word, before_is_end in words)
    density: float = (figures(text) + 0.5 * names) / (len(words) ** 0.7)
    return min(1.0, density)


def substance(text: str) -> float:
    """Reasons, own experience, long words and figures against noise, as a share, not a sum."""
    words = _words(text)
    if len(words) < _FEW:
        return 0.0
    total = len(words)
    reasons = count("reasons", text) / total
    length = sum(len(word) for word, _ in words) / total
    noise = len(_LOUD.findall(text)) / total
    lived = 0.15 * marks("witnessed", text)
    value = 0.25 + 2.5 * reasons + 0.12 * (length - 4.5) + 1.0 * min(0.2, figures(text) / total) + lived - 3.0 * noise
    return min(1.0, max(0.0, value))


def _words(text: str) -> list[tuple[str, bool]]:
    """Each word, and whether it begins a sentence."""
    clean = _LINK.sub(" ", text)
    found = []
    for hit in _WORD.finditer(clean):
        before = clean[: hit.start()].rstrip()
        found.append((hit.group(), not before or before[-1] in '.!?…:"“„¿¡'))
    return found
