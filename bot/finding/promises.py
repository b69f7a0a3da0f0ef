"""What somebody said that they will do for the other: "let me check", "I'll send it tomorrow", in five languages."""

from __future__ import annotations

import regex

from bot.finding.gist import clipped
from bot.finding.markers import marks
from bot.finding.reading import sentences

_ASKED = ("?", "？")


def promise_in(text: str) -> str:
    """The sentence that promises, the last one of several; "" when there is none."""
    said = [text[start:end].strip() for start, end in sentences(text)]
    made = [each for each in said if not each.endswith(_ASKED) and _promises(each)]
    return clipped(made[-1]) if made else ""


_IF = regex.compile(r"(?:if|wenn|falls|si|s['’]il)\b|もし", regex.IGNORECASE)


def _promises(sentence: str) -> bool:
    if _IF.match(sentence) or marks("cannot", sentence):
        return False
    return marks("promises", sentence) or marks("pledges", sentence)
