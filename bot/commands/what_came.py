"""Take the owner's answer to the question what came of some items: "nothing", "1: a friend, 2: still talking".

Whatever is plainly a command stays one. Other words are an answer when they follow the question, and otherwise when
they can hardly be anything else.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta

import regex

from bot import outcomes
from bot.commands.view import View
from bot.language import money
from bot.language.clauses import Clause
from bot.language.phrases import Reading
from bot.language.refs import LAST, Ref, Which
from bot.language.remarks import AROUND
from bot.language.tokens import fold, listed
from bot.language.words import PLACES
from bot.ledger import OF_THE_BOT, counting
from bot.models import Event
from bot.text import tidy

FOLLOWS = timedelta(days=2)
"""So long the newest list is what the owner speaks of without a word."""
CORRECTS = timedelta(hours=1)
"""So long after an outcome was told, a bare value is meant for it."""
A_SENTENCE = 2
"""From so many words on they say something of their own."""
PLAINLY = frozenset(
    listed(
        "done, did, all, answered, replied, yes, yep, ok, later, remind, snooze, ask, not, tomorrow, next, again, tell"
    )
)
"""What begins so is the command that it looks like."""
PARTED = r"(?:^|[,;.、。]\s*|\b(?:and|und|y|et)\s+|\s(?=\d+\s?(?:[:=)]|\.\s)))"
NUMBERED = r"(?:(?:nr|no)\.?\s+|(?:the|der|die|das|el|la|le)\s+)?#{{0,2}}"
OPENS = rf"\s*{NUMBERED}(?P<name>{{names}})(?:\s*[:=)–—-]+\s*|\.?\s+|(?=[^\w.,'’]))(?=\S)"


def corrected(lines: Sequence[str], view: View) -> list[Clause]:
    """What was told just before, told rightly: "no, social"."""
    text = tidy(" ; ".join(lines))
    changes = [entry for entry in counting(view.entries) if entry.event not in OF_THE_BOT | {Event.ASKED}]
    last = changes[-1] if changes else None
    is_recent = last is not None and last.event is Event.OUTCOME and view.now - last.at < CORRECTS
    if last is None or last.opportunity is None or not is_recent or not outcomes.corrects(text):
        return []
    return [Clause("won", (_exactly(last.opportunity),), text)]


def clauses(lines: Sequence[str], reading: Reading, view: View) -> list[Clause]:
    """The answer, item by item; none when the message is something else."""
    asked = view.asked_about
    text = tidy(" ; ".join(lines))
    if not asked or not text or text.endswith("?") or reading.is_echo:
        return []
    if parts := _parts(text, view):
        are_answers = _are_answers([words for _, words in parts], reading)
        return [Clause("won", (_exactly(ident),), words) for ident, words in parts] if are_answers else []
    is_sum = money.is_bare_number(text) and _follows_the_question(view) and not _begins_with_an_item(text, view)
    if not is_sum and (reading.only_items or not _is_answer(text, reading, view)):
        return []
    return [Clause("won", (_exactly(asked[0].opportunity.id) if len(asked) == 1 else LAST,), text)]


def _exactly(ident: int) -> Ref:
    return Ref(Which.EXACTLY, ident)


def _are_answers(parts: Sequence[str], reading: Reading) -> bool:
    """Words behind a number; those that are a plain command say something of their own, or stay a command."""
    if reading.unclear or not reading.clauses or all(map(outcomes.says_an_outcome, parts)):
        return True
    are_loose = all(clause.verb in {"done", "yes"} for clause in reading.clauses)
    return are_loose and all(len(said.split()) > 1 and PLAINLY.isdisjoint(fold(said).split()) for said in parts)


def _is_answer(text: str, reading: Reading, view: View) -> bool:
    """Of words that begin with no item."""
    if not all(_is_loose(clause) for clause in (*reading.clauses, *reading.offer)) or _begins_with_an_item(text, view):
        return False
    follows, says = _follows_the_question(view), outcomes.says_an_outcome(text)
    if reading.clauses and not reading.unclear:
        return all(_may_answer(clause, text, says=says, follows=follows) for clause in reading.clauses)
    if reading.is_thanks or reading.is_greeting or len(text.split()) < A_SENTENCE:
        return says
    return says or follows


def _may_answer(clause: Clause, text: str, *, says: bool, follows: bool) -> bool:
    """Whether the words that make this command may be meant as an answer; `nothing` alone takes no words with it."""
    words = frozenset(fold(text).split())
    match clause.verb:
        case "nothing":
            return True
        case "won" | "talking" | "working":
            return says and not clause.argument
        case "no" | "keep" | "start":
            return follows and says
        case "later":
            return follows and len(clause.argument) * 2 <= len(text) and PLAINLY.isdisjoint(words)
        case "done" | "yes":
            return follows and len(words) > A_SENTENCE and _first_word(text) not in PLAINLY
        case "help" | "pause" | "more" | "list" | "why" | "who":
            return follows and says and len(words) > A_SENTENCE
        case _:
            return False


def _is_loose(clause: Clause) -> bool:
    return clause.refs in {(), (LAST,)}


def _first_word(text: str) -> str:
    return fold(text.split(maxsplit=1)[0]).strip(",.!;:")


def _follows_the_question(view: View) -> bool:
    """It answers the question itself, or that is the newest list of items."""
    asked = {item.opportunity.id for item in view.asked_about}
    if view.replied_to:
        return asked.issuperset(view.replied_to.values()) or not asked.isdisjoint(view.replied_to.values())
    recent = {view.items[number].opportunity.id for number in view.recent if number in view.items}
    newest = max(item.standing.asked_at or view.now for item in view.asked_about)
    return bool(recent) and not recent.isdisjoint(asked) and view.now - newest < FOLLOWS


def _begins_with_an_item(text: str, view: View) -> bool:
    found = regex.match(r"#{0,2}(\d{1,6})\b", text)
    return found is not None and int(found[1]) in view.items


# -- which words are about which item ------------------------------------------------------------------------------


def _parts(text: str, view: View) -> list[tuple[int, str]] | None:
    """Item by item, when the words begin with one that was asked about, by its number, its id or its person."""
    named = dict(_names(view))
    names = "|".join(sorted(map(regex.escape, named), key=len, reverse=True))
    heads = list(regex.finditer(PARTED + OPENS.format(names=names), text, regex.IGNORECASE))
    if not heads or text[: heads[0].start()].strip(AROUND):
        return None
    ends = [*(head.start() for head in heads[1:]), len(text)]
    words = [text[head.end() : end].strip(AROUND) for head, end in zip(heads, ends, strict=True)]
    parts = [(named[fold(head["name"])], said) for head, said in zip(heads, words, strict=True)]
    asked = {item.opportunity.id for item in view.asked_about}
    is_answer = parts[0][0] in asked and all(ident in asked or outcomes.says_an_outcome(said) for ident, said in parts)
    return parts if is_answer and all(words) else None


def _names(view: View) -> Iterator[tuple[str, int]]:
    """What several of them are called names none of them."""
    called: dict[str, set[int]] = {}
    for item in view.asked_about:
        name = tidy(item.opportunity.name)
        for each in (str(item.opportunity.id), name, name.split(" ")[0]):
            if each:
                called.setdefault(fold(each), set()).add(item.opportunity.id)
    for place, item in enumerate(view.asked_about, 1):
        yield from ((fold(phrase), item.opportunity.id) for phrase in listed(PLACES.get(place, "")))
    yield from ((name, next(iter(ids))) for name, ids in called.items() if len(ids) == 1)
    yield from ((str(number), item.opportunity.id) for number, item in view.items.items())
