"""Answer one message: understand all of it, find its items, carry out all or nothing; ask back what is left open."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cache

from bot.commands import items, itself, missed, outcomes, people, reports, what_came
from bot.commands.meant import meant, names, open_now
from bot.commands.registry import COMMANDS, Asked, Named, Order, Told, labels
from bot.commands.view import Answer, View
from bot.language.clauses import Clause, Unclear
from bot.language.phrases import Grammar, Reading
from bot.language.refs import ASKED, Ref, Which
from bot.language.verbs import Takes
from bot.ledger import Question
from bot.models import DirectMessage, Event, LedgerEntry
from bot.text import clip, counted

ROOMS = (items, outcomes, people, missed, reports, itself)
"""Where the commands stand; their order is the order of the help."""
LAPSES = timedelta(hours=12)
"""A yes that comes later is not for this question: another list has come meanwhile."""
MOST_LINKS = 2
CLOSING = frozenset({"done", "later", "no"})
"""Of these an item takes one in one message."""
SPARED = "Nobody is forgotten."
"""Of the question whether to do what cannot be undone, when anything but a plain yes follows."""
SHOWN_WORDS = 60
"""So many characters of what was not understood are said back."""


@cache
def grammar() -> Grammar:
    return Grammar({name: command.verb for name, command in COMMANDS.items()})


def answer(message: DirectMessage, view: View) -> Answer:
    """Exactly one answer to anything, all of it carried out or none."""
    turn = _Turn(view, message.id)
    reading = grammar().read(message.text, names(view))
    said = turn.to_question(reading)
    said = said or turn.withdrawn(turn.to_what_came(message.text, reading) or turn.to_reading(reading))
    return _fitted(said, view)


def links_asked_about(text: str, question: Question | None) -> list[str]:
    """Of which an answer must know beforehand what became of them."""
    texts = [text, question.text if question else ""]
    read = ((each, grammar().read(each)) for each in texts if missed.links_in(each))
    about = [each for each, reading in read if any(clause.verb == "missed" for clause in reading.clauses)]
    return [link for each in about for link in missed.links_in(each)][:MOST_LINKS]


@dataclass(frozen=True, slots=True)
class _Turn:
    """The owner has said something, and it is the bot's turn."""

    view: View
    cause: str
    is_agreed: bool = False

    # the answer to what the owner was asked

    @property
    def question(self) -> Question | None:
        """What the owner was asked and has not answered."""
        question = self.view.controls.asked
        return question if question and question.until > self.view.now else None

    def to_question(self, reading: Reading) -> Answer | None:
        question = self.question
        if question is None:
            return None
        if reading.refuses:
            entries = (self._asking_nothing(),)
            return Answer(reply="All right, nothing is changed.", entries=entries, is_understood=True)
        asks_which = str(ASKED) in question.text
        if asks_which and reading.only_items:
            return self._filled_in(question, reading.only_items)
        if reading.assents and not asks_which:
            if _is_final(question.text) and not reading.agrees_plainly:
                return Answer(reply=f"{SPARED} That needs a plain yes.", entries=(self._asking_nothing(),))
            return self._agreed(question.text)
        return None

    def withdrawn(self, said: Answer) -> Answer:
        """What cannot be undone is only done when the yes is the very next thing that the owner says."""
        if self.question is None or not _is_final(self.question.text):
            return said
        if any(entry.event is Event.ASKED for entry in said.entries):
            return said
        reply = f"{said.reply}\n{SPARED}" if said.reply else said.reply
        return replace(said, reply=reply, entries=(*said.entries, self._asking_nothing()))

    def to_what_came(self, text: str, reading: Reading) -> Answer | None:
        """The answer to the question what came of some items, or what was told wrongly just before."""
        if reading.is_too_long:
            return None
        lines = grammar().lexicon.read(text).lines
        told = what_came.corrected(lines, self.view) or what_came.clauses(lines, reading, self.view)
        return self._carried_out(told) if told else None

    def _filled_in(self, question: Question, refs: tuple[Ref, ...]) -> Answer:
        named = meant(Clause("", refs), self.view)
        if isinstance(named, Asked):
            return self._asking(named.line, question.text)
        text = question.text.replace(str(ASKED), ",".join(map(str, _exactly(named))))
        return self._agreed(text, is_agreed=not _is_final(text))

    def _agreed(self, text: str, *, is_agreed: bool = True) -> Answer:
        """The command that was asked about, read again and carried out; to say which one is no yes to it yet."""
        turn = replace(self, view=replace(self.view, replied_to=None), is_agreed=is_agreed)
        answered = turn.to_reading(grammar().read(text, names(self.view)))
        return answered if answered.entries else replace(answered, entries=(self._asking_nothing(),))

    def _asking_nothing(self) -> LedgerEntry:
        return LedgerEntry(at=self.view.now, event=Event.ASKED, cause=self.cause)

    def _asking(self, line: str, text: str) -> Answer:
        """Say what is unclear, and remember what a yes, or the name of an item, will carry out."""
        if text.count(str(ASKED)) > 1:
            return Answer(reply=line)
        lapses_at = self.view.now + LAPSES
        asked = LedgerEntry(at=self.view.now, event=Event.ASKED, cause=self.cause, text=text, until=lapses_at)
        return Answer(reply=line, entries=(asked,))

    # the answer to anything else

    def to_reading(self, reading: Reading) -> Answer:
        if reading.is_thanks or (reading.is_a_sign and isinstance(meant(reading.clauses[0], self.view), Asked)):
            return Answer(reply=None)
        if reading.unclear:
            return self._to_unclear(reading)
        if not reading.clauses:
            return Answer(reply=self._to_nothing(reading))
        return self._carried_out(reading.clauses)

    def _carried_out(self, clauses: Sequence[Clause]) -> Answer:
        """One after the other, each as the one before leaves things; nothing is kept if one cannot be."""
        turn = self
        orders: list[Order | Asked] = []
        told: list[Told] = []
        for clause in clauses:
            order = turn._order(clause, clauses)
            result = order if isinstance(order, Asked) else COMMANDS[clause.verb].does(order)
            orders.append(order)
            if isinstance(result, Asked):
                return self._ask_back(result, clauses, orders)
            told.append(result)
            turn = replace(turn, view=turn.view.after(result.entries))
        if contradiction := _contradiction(orders):
            return self._ask_back(contradiction, clauses, orders)
        return Answer(
            reply="\n".join(line for each in told for line in each.lines),
            entries=tuple(entry for each in told for entry in each.entries),
            numbers={number: id_ for each in told for number, id_ in each.numbers.items()},
            opportunities=tuple(each for one in told for each in one.opportunities),
            is_understood=True,
        )

    def _order(self, clause: Clause, clauses: Sequence[Clause]) -> Order | Asked:
        takes_items = Takes.ITEMS in COMMANDS[clause.verb].verb.takes
        named = meant(clause, self.view, [other for other in clauses if other is not clause]) if takes_items else ()
        return named if isinstance(named, Asked) else Order(clause, self.view, self.cause, named, self.is_agreed)

    def _ask_back(self, asked: Asked, clauses: Sequence[Clause], orders: Sequence[Order | Asked]) -> Answer:
        """About the last of the orders; the clauses after it are still as they were said."""
        is_all = sum(max(len(clause.refs), 1) for clause in clauses) == 1
        line = asked.line if is_all else f"{asked.line} Nothing of your message is done yet."
        if asked.instead is None:
            return Answer(reply=line)
        before = [_settled(clause, order) for clause, order in zip(clauses, orders[:-1], strict=False)]
        after = [_settled(clause, self._order(clause, clauses)) for clause in clauses[len(orders) :]]
        return self._asking(line, "\n".join([*before, asked.instead.typed, *after]))

    # what is not understood

    def _to_unclear(self, reading: Reading) -> Answer:
        line = "" if reading.offer else self._to_items(reading.only_items)
        line = line or self._not_understood(reading.unclear[0])
        if len(reading.unclear) + len(reading.clauses) > 1:
            line += " Nothing of your message is done yet."
        offers = () if any(COMMANDS[offer.verb].verb.is_final for offer in reading.offer) else reading.offer
        orders = [self._order(offer, offers) for offer in offers]
        if not offers or any(isinstance(order, Asked) and order.instead is None for order in orders):
            return Answer(reply=line)
        return self._asking(
            line, "\n".join(_settled(offer, order) for offer, order in zip(offers, orders, strict=True))
        )

    def _to_items(self, refs: tuple[Ref, ...]) -> str:
        """What to say to a number alone."""
        named = meant(Clause("", refs), self.view) if refs else ()
        if isinstance(named, Asked) or not named:
            return named.line if isinstance(named, Asked) else ""
        said = ",".join(str(each.number or f"#{each.id}") for each in named)
        return f"{labels(named)}: what shall I do? done {said}, later {said} fri, no {said}, why {said}."

    def _not_understood(self, unclear: Unclear) -> str:
        said = f'I am not sure about "{clip(unclear.words, SHOWN_WORDS)}".'
        if unclear.is_errand:
            said = "I cannot write to anybody for you."
        if unclear.offer is None:
            return f"{said} Say it like: done 1, later 2 fri, no 3, or help."
        if COMMANDS[unclear.offer.verb].verb.is_final:
            return f"{said} Say it like: {COMMANDS[unclear.offer.verb].usage}."
        order = self._order(unclear.offer, ())
        if isinstance(order, Asked):
            return f"{said} Did you mean {unclear.offer.verb}? {order.line}"
        return f"{said} Did you mean: {_spelt(unclear.offer, order.named)}? Yes or no."

    def _to_nothing(self, reading: Reading) -> str:
        if reading.is_too_long:
            return "That is more than I can follow at once. Give me a few things at a time, one a line."
        if reading.is_echo:
            return f"Those are my own words. Tell me what to do, like: done 1. {open_now(self.view)}"
        if reading.is_greeting:
            return f"Hello. {open_now(self.view)} help tells what you can say."
        return "I see nothing that I could do. help tells what you can say."


def _is_final(text: str) -> bool:
    """Whether a command in it cannot be undone."""
    return any(COMMANDS[clause.verb].verb.is_final for clause in grammar().read(text).clauses)


def _contradiction(orders: Sequence[Order | Asked]) -> Asked | None:
    """The same item is done and dismissed in one message."""
    said: dict[int, str] = {}
    for order in orders:
        if isinstance(order, Order) and order.clause.verb in CLOSING:
            for named in order.named:
                first = said.setdefault(named.id, order.clause.verb)
                if first != order.clause.verb:
                    return Asked(f"{named.label}: {first} or {order.clause.verb}? You said both.")
    return None


def _exactly(named: Sequence[Named]) -> tuple[Ref, ...]:
    return tuple(Ref(Which.EXACTLY, each.id) for each in named)


def _settled(clause: Clause, order: Order | Asked) -> str:
    """The clause as it will mean the same items whenever it is read again."""
    if isinstance(order, Asked):
        return (order.instead or clause).typed
    return replace(clause, refs=_exactly(order.named), spared=()).typed if order.named else clause.typed


def _spelt(offer: Clause, named: Sequence[Named]) -> str:
    return " ".join(part for part in (offer.verb, labels(named) if named else "", offer.argument) if part)


# -- one message ---------------------------------------------------------------------------------------------------

CUTS = (300, 200, 120, 60, 30, 12)


def _fitted(said: Answer, view: View) -> Answer:
    """By whole lines as far as possible."""
    if said.reply is None or view.fits(said.reply):
        return said
    lines = said.reply.split("\n")
    left_out = ((count, len(lines) - count) for count in range(len(lines) - 1, 0, -1))
    shorter = [
        "\n".join([*lines[:count], f"(and {counted(rest, 'more line')}: ask one at a time)"])
        for count, rest in left_out
    ]
    shorter += [clip(said.reply, length) for length in CUTS]
    return replace(said, reply=next(filter(view.fits, shorter), "…"))
