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
from bot.language.clauses import Clause
from bot.language.phrases import Reading
from bot.language.refs import LAST, Ref, Which
from bot.language.remarks import AROUND
from bot.language.tokens import fold, listed
from bot.text import tidy

FOLLOWS = timedelta(days=2)
"""So long the newest list is what the owner speaks of without a word."""
A_SENTENCE = 2
"""From so many words on they say something of their own."""
PLAINLY = frozenset(
    listed("done, did, all, answered, replied, yes, yep, ok, later, remind, snooze, ask, not, tomorrow, next, again")
)
"""What begins so is the command that it looks like."""
PARTED = r"(?:^|[,;.、。]\s*|\b(?:and|und|y|et)\s+|\s(?=\d+\s?(?:[:=)]|\.\s)))"
OPENS = r"\s*(?:(?:nr|no)\.?\s*)?#{{0,2}}(?P<name>{names})(?:\s*[:=)–—-]+\s*|\.?\s+|(?=[^\w.,'’]))(?=\S)"


def clauses(lines: Sequence[str], reading: Reading, view: View) -> list[Clause]:
    """The answer, item by item; none when the message is something else."""
    asked = view.asked_about
    text = tidy(" ; ".join(lines))
    if not asked or not text or text.endswith("?") or reading.is_echo:
        return []
    if parts := _parts(text, view):
        return [Clause("won", (_exactly(ident),), words) for ident, words in parts]
    if reading.only_items or not _is_answer(text, reading, view):
        return []
    return [Clause("won", (_exactly(asked[0].opportunity.id) if len(asked) == 1 else LAST,), text)]


def _exactly(ident: int) -> Ref:
    return Ref(Which.EXACTLY, ident)


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
    match clause.verb:
        case "nothing":
            return True
        case "no" | "keep" | "start":
            return follows and says
        case "later":
            return follows and len(clause.argument) * 2 < len(text) and _first_word(text) not in PLAINLY
        case "done" | "yes":
            return follows and len(text.split()) > A_SENTENCE and _first_word(text) not in PLAINLY
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
    yield from ((name, next(iter(ids))) for name, ids in called.items() if len(ids) == 1)
    yield from ((str(number), item.opportunity.id) for number, item in view.items.items())
