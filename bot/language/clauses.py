"""Read one stretch of pieces as one clause, and say what it costs to read it so.

A clause is a command with its items before or after it, its time or its words. What costs: a command without an item,
an item without a command, a word that is not known, a comma that is not where people put it. How a whole message is
parted into stretches is settled in `phrases` by these costs.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from bot.language.pieces import INDIRECT, OF_A_STRANGER, Piece, Text
from bot.language.refs import ALL, DENIED, LAST, Ref, Which, expanded
from bot.language.tokens import fold, tokens
from bot.language.verbs import Takes, Verb
from bot.language.when import is_behind
from bot.language.words import INTERJECTIONS, NAYSAYING, NEVER, SEPARATORS, VAGUE_RESPECTS, Part


@dataclass(frozen=True, slots=True)
class Clause:
    verb: str
    refs: tuple[Ref, ...] = ()
    argument: str = ""
    """The time, the respect, the owner's words, a name, a command."""
    spared: tuple[Ref, ...] = ()
    """As in "all but 2"."""

    def __str__(self) -> str:
        spared = f"but {_joined(self.spared)}" if self.spared else ""
        return " ".join(part for part in (self.verb, _joined(self.refs), spared, self.argument) if part)

    @property
    def is_bare(self) -> bool:
        """Neither an item nor anything else is said with it."""
        return self.refs in {(), (LAST,)} and not self.argument

    @property
    def typed(self) -> str:
        """Reads back as the same clause, but that "don't undo" only keeps: read again, "undo" would undo."""
        refs = tuple(ref for ref in self.refs if ref != LAST)
        return str(replace(self, refs=refs, argument="" if self.verb == "keep" else self.argument))


def _joined(refs: Sequence[Ref]) -> str:
    return ",".join(map(str, refs))


@dataclass(frozen=True, slots=True)
class Unclear:
    words: str
    """The owner's, that were not understood."""
    offer: Clause | None = None
    """What may have been meant."""
    is_errand: bool = False
    """The owner seems to want the bot to write to somebody: "reply to 1: yes"."""


@dataclass(frozen=True, slots=True)
class Guess:
    """One way to read a stretch."""

    cost: float
    says: Clause | Unclear | None = None
    """None for talk."""
    is_interjection: bool = False
    """The "yes" of "yes, done 1"."""
    is_denial: bool = False
    """It denies of its items what was said of others before: "1 and 3 done, not 2"."""
    at: tuple[int, int] = (0, 0)
    """Its line, and where it begins there."""


# -- the price of a reading ----------------------------------------------------------------------------------------

A_CLAUSE = 1.0
UNPARTED = 0.7
"""Nothing stands between it and the clause before."""
NO_ITEM, NO_COMMAND, ONLY_A_TIME, ONLY_ITEMS = 3.0, 0.4, 4.0, 6.0
COMMA_AMID, AND_AMID, BREAK_AMID = 0.4, 0.8, 3.0
TWO_SIDES = 2.0
"""Items on both sides of a command or of a time may belong to two."""
UNSUITED, DOUBTED = 3.0, 1.0
INTERJECTION, SLIP, TALK = 0.2, 1.5, 0.5
A_STRANGER = 1.0
"""A word that is not known."""
STRANGER_ACROSS, STRANGER_BETWEEN = 2.5, 8.0
"""One beyond a comma, and one between two items, may be a command of its own."""
NEVER_SO = math.inf

TOLERATED = 8
"""So many unknown words beside a command and its item do not cast doubt on it."""
TOLERATED_ALONE = 2
"""And so many beside a command that closes nothing and names no item."""
TALK_FROM = 4
"""So many words, most of them everyday ones, are taken for talk; fewer may have been meant as a command."""
SLIP_WITHIN = 3
"""A slip of the finger that names no item is looked for in so few words."""

SWEEPING = frozenset({Which.ALL, Which.BOTH, Which.REST})
ONESELF = frozenset({"me", "myself", "mich", "mir", "moi", "mi"})
AWAY = frozenset({"weg", "fuera", "out", "raus"})
ABOUT_ITEMS = frozenset({"why", "who"})
ABOUT_ONESELF = frozenset({"status", "data", "goals"})
INSTEAD = {"more": "yes", "stop": "no", "pause": "mute", "start": "keep"}
"""What is likely meant by a command that takes no item when one stands beside it; `why` of all others."""
CROSSED = re.compile("i+t+i+t|i+t+i*v+i|t+i+t+i|v+i+v|i+v+i+v")
TWO_TIMES = re.compile("t.*i.*t.*|i.*t.*i.*t")
ORDER = {Part.ITEM: "i", Part.VERB: "v", Part.TIME: "t"}


# -- some neighbouring pieces --------------------------------------------------------------------------------------


@dataclass
class Stretch:
    """Some neighbouring pieces of a message, as the rules look at them."""

    verbs: Mapping[str, Verb]
    said: Text
    near: Mapping[str, Verb]
    """The commands that unknown words are a slip of the finger away from."""
    all: Sequence[Piece]
    start: int
    end: int
    pieces: list[Piece] = field(init=False)
    """Without the separators at both ends."""

    def __post_init__(self) -> None:
        first, last = self.start, self.end
        while first < last and self.all[first].part in SEPARATORS:
            first += 1
        while last > first and self.all[last - 1].part in SEPARATORS:
            last -= 1
        self.pieces = list(self.all[first:last])

    def of(self, part: Part) -> list[Piece]:
        return [piece for piece in self.pieces if piece.part is part]

    def has(self, *parts: Part) -> bool:
        return any(piece.part in parts for piece in self.pieces)

    @cached_property
    def text(self) -> str:
        """The owner's words."""
        first, last = self.pieces[0], self.pieces[-1]
        end = last.end if first.line == last.line else None
        return self.said.lines[first.line][first.start : end]

    @cached_property
    def unknown(self) -> list[Piece]:
        return self.of(Part.UNKNOWN)

    @cached_property
    def _but(self) -> int:
        return next((at for at, piece in enumerate(self.pieces) if piece.part is Part.BUT), len(self.pieces))

    @cached_property
    def items(self) -> list[Piece]:
        return [piece for piece in self.pieces[: self._but] if piece.part is Part.ITEM]

    @cached_property
    def spared(self) -> tuple[Ref, ...]:
        return expanded(piece.ref for piece in self.pieces[self._but :] if piece.ref)

    @cached_property
    def refs(self) -> tuple[Ref, ...]:
        """Its items; the one that can be meant when it names none."""
        return expanded(piece.ref for piece in self.items if piece.ref) or ((ALL,) if self.spared else (LAST,))

    @property
    def _to_the_end(self) -> str:
        """The owner's words, and those of no weight that end the line."""
        return self.said.lines[self.pieces[0].line][self.pieces[0].start :]

    @property
    def is_about_oneself(self) -> bool:
        """As in "forget me"."""
        return not self.unknown and any(token.word in ONESELF for token in tokens(self._to_the_end))

    @property
    def time(self) -> str:
        return " ".join(piece.text for piece in self.of(Part.TIME))

    @cached_property
    def commands(self) -> list[Verb]:
        """Those said in it; "not yet" and the like are a denial where another is said."""
        said = [
            piece.value for piece in self.of(Part.VERB) if not self._is_a_denial(piece) and not self._numbers(piece)
        ]
        names = list(dict.fromkeys(said))
        if len(names) > 1 and "help" not in names:
            names = [name for name in names if name != "keep"]
        if "start" in names and not self.has(*SEPARATORS, Part.TIME):
            names = [name for name in names if name != "pause"]  # "back from holiday"
        return [self.verbs[name] for name in names]

    def _after(self, piece: Piece) -> Piece | None:
        at = self.pieces.index(piece) + 1
        return self.pieces[at] if at < len(self.pieces) else None

    def _numbers(self, piece: Piece) -> bool:
        """The "no" of "done no 1"."""
        at = self.pieces.index(piece)
        after = self._after(piece)
        is_number = after is not None and after.ref is not None and after.ref.which is Which.NUMBER
        return fold(piece.text) in {"no", "nr"} and is_number and at > 0 and self.pieces[at - 1].part is Part.VERB

    def _is_a_denial(self, piece: Piece) -> bool:
        """The "no" of "no borres la 2"."""
        after = self._after(piece)
        return fold(piece.text) == "no" and after is not None and after.part is Part.VERB and after.language == "es"

    def _denies(self, piece: Piece) -> bool:
        """Not the "nicht" of "doch nicht, rückgängig"."""
        after = self._after(piece)
        return after is None or after.part is not Part.COMMA

    @cached_property
    def says_none(self) -> bool:
        return any(piece.ref and piece.ref.which in DENIED for piece in self.items)

    @cached_property
    def is_denied(self) -> bool:
        return (
            any(self._denies(piece) for piece in self.of(Part.NOT))
            or self.says_none
            or any(self._is_a_denial(piece) for piece in self.of(Part.VERB))
            or (self._says_keep and any(verb.name != "keep" and Takes.ITEMS in verb.takes for verb in self.commands))
        )

    @property
    def _says_keep(self) -> bool:
        return any(piece.value == "keep" for piece in self.of(Part.VERB))

    @cached_property
    def asks_about(self) -> bool:
        """As in "why did 2 make the list", "when will you send the next list": whatever else the rest may look like."""
        if len(self.commands) < 2 or self.has(*SEPARATORS, Part.TIME, Part.RESPECT):  # noqa: PLR2004
            return False
        first = self.commands[0].name
        return first in ABOUT_ITEMS or (first in ABOUT_ONESELF and not self.items)

    @property
    def goes_on(self) -> bool:
        """Whether something else is ordered behind a separator that does not join two items."""
        for at, piece in enumerate(self.pieces):
            if piece.part in SEPARATORS:
                around = {each.part for each in self.pieces[at - 1 : at + 2]} - SEPARATORS
                if around != {Part.ITEM} and any(each.part in {Part.VERB, Part.TIME} for each in self.pieces[at:]):
                    return True
        return False

    @property
    def is_beside_a_command(self) -> bool:
        return any(piece.part in {Part.VERB, Part.TIME, Part.RESPECT} for piece in self.all)

    # how its pieces lie

    @property
    def price(self) -> float:
        """What it costs that these pieces are one clause, whatever it says."""
        return A_CLAUSE + self._unparted + self._amid + self._strangers + (0.0 if self.asks_about else self._disorder)

    @property
    def _unparted(self) -> float:
        parting = SEPARATORS | {Part.QUESTION}
        is_parted = self.start == 0 or not parting.isdisjoint(
            each.part for each in self.all[self.start - 1 : self.start + 1]
        )
        return 0.0 if is_parted else UNPARTED

    @property
    def _amid(self) -> float:
        """The separators inside: between two items they are at home."""
        cost = 0.0
        for at, piece in enumerate(self.pieces):
            if piece.part is Part.BREAK:
                cost += BREAK_AMID
            elif piece.part in SEPARATORS:
                cost += self._separator(at)
        return cost

    def _separator(self, at: int) -> float:
        before = next(piece.part for piece in reversed(self.pieces[:at]) if piece.part not in SEPARATORS)
        after = next(piece.part for piece in self.pieces[at:] if piece.part not in SEPARATORS)
        if Part.UNKNOWN in {before, after}:
            return STRANGER_ACROSS
        if before is after is Part.ITEM:
            return 0.0
        return COMMA_AMID if self.pieces[at].part is Part.COMMA else AND_AMID

    @property
    def _strangers(self) -> float:
        items = [at for at, piece in enumerate(self.pieces) if piece.part is Part.ITEM]
        between = self.pieces[items[0] : items[-1]] if items else []
        return A_STRANGER * len(self.unknown) + STRANGER_BETWEEN * sum(piece.part is Part.UNKNOWN for piece in between)

    @property
    def _disorder(self) -> float:
        order = "".join(ORDER.get(piece.part, "") for piece in self.pieces[: self._but])
        if CROSSED.search(order):
            return NEVER_SO if TWO_TIMES.search(order) else TWO_SIDES * 2
        return TWO_SIDES * len(re.findall("i[vt]+i", order))


# -- the rules: the first that has something to say ----------------------------------------------------------------

Rule = Callable[[Stretch], Guess | None]


def read(stretch: Stretch) -> Guess:
    """The clause that a stretch is, at its price."""
    if not stretch.pieces:
        return Guess(0.0)
    guess = next(guess for rule in RULES if (guess := rule(stretch)))
    first = stretch.pieces[0]
    return replace(guess, cost=guess.cost + stretch.price, at=(first.line, first.start))


def _away(stretch: Stretch) -> Guess | None:
    """As in "bin bis Montag weg", "estoy fuera hasta el 3": for a time away, of no item, is the owner."""
    said = [
        piece for piece in stretch.pieces if piece.part in {Part.VERB, Part.WEAK_VERB} and fold(piece.text) != "bin"
    ]
    is_away = any(piece.value == "no" and fold(piece.text) in AWAY for piece in said)
    if not is_away or stretch.items or stretch.is_denied or not stretch.has(Part.TIME) or len(said) > 1:
        return None
    return Guess(0.0, Clause("pause", argument=stretch.time))


def _several_commands(stretch: Stretch) -> Guess | None:
    if len(stretch.commands) < 2:  # noqa: PLR2004
        return None
    if stretch.asks_about:
        verb = stretch.commands[0]
        return Guess(DOUBTED / 2 * len(stretch.commands), Clause(verb.name, _refs_for(stretch, verb)))
    names = [verb.name for verb in stretch.commands]
    if names[0] == "help" and len(names) == 2 and not stretch.has(*SEPARATORS):  # noqa: PLR2004
        return Guess(0.0, Clause("help", argument=names[1]))
    if names[0] == "undo" and not stretch.has(*SEPARATORS):
        return Guess(DOUBTED, Unclear(stretch.text, Clause("undo")))
    return Guess(NEVER_SO)


def _asked(stretch: Stretch) -> Guess | None:
    """As in "what did Ines say", "is 18 done": the item is shown, and nothing changes."""
    if any(piece.value == OF_A_STRANGER for piece in stretch.of(Part.ASKS)):
        return Guess(-A_STRANGER * len(stretch.unknown), Unclear(stretch.text))
    if not stretch.has(Part.ASKS) or not stretch.items:
        return None
    said = [piece for piece in stretch.pieces if piece.part is not Part.QUESTION]
    first = next(at for at, piece in enumerate(said) if piece.part is Part.ASKS)
    may_follow = said[first].value == INDIRECT or not said[first].text.isascii()
    is_parted = any(piece.part in SEPARATORS for piece in said[:first]) or (first and not may_follow)
    if is_parted or len(stretch.of(Part.ASKS)) > 1 or stretch.goes_on:
        return Guess(NEVER_SO)
    return Guess(-A_STRANGER * len(stretch.unknown) / 2, _plain_list(stretch))


def _plain_list(stretch: Stretch) -> Clause:
    return Clause("list", _refs_for(stretch, stretch.verbs["list"]))


def _question_word(stretch: Stretch) -> Guess | None:
    """As in "what's so interesting about 2"."""
    first = stretch.pieces[0]
    is_asked = first.part is Part.WEAK_VERB and first.value in ABOUT_ITEMS and not stretch.has(*SEPARATORS, Part.TIME)
    if is_asked and stretch.items and stretch.commands:
        return Guess(0.0, Clause(first.value, stretch.refs))
    return None


def _taken_back(stretch: Stretch) -> Guess | None:
    """As in "done 1, no wait, 2"."""
    if stretch.has(Part.RATHER) and stretch.pieces[0].part is not Part.RATHER:
        return Guess(DOUBTED, Unclear(stretch.text))
    return None


def _spares_a_stranger(stretch: Stretch) -> Guess | None:
    """As in "everyone except Zed", of whom there is no item: nobody knows who is left."""
    if stretch.has(Part.BUT) and not stretch.spared and stretch.refs != (LAST,):
        return Guess(DOUBTED, Unclear(stretch.text))
    return None


def _with_a_command(stretch: Stretch) -> Guess | None:
    return _said(stretch, stretch.commands[0]) if stretch.commands else None


def _with_a_weak_command(stretch: Stretch) -> Guess | None:
    """As in "show me 2", "2 great"."""
    weak = (stretch.verbs[piece.value] for piece in stretch.of(Part.WEAK_VERB))
    verb = next((verb for verb in weak if _suits(stretch, verb) and Takes.TEXT not in verb.takes), None)
    return _said(stretch, verb) if verb and not stretch.is_denied else None


def _lacking(stretch: Stretch) -> float:
    return 0.0 if stretch.items else NO_ITEM


def _said(stretch: Stretch, verb: Verb) -> Guess:
    if verb.name in {"yes", "no"} and stretch.items and _is_errand(stretch):
        return Guess(DOUBTED, Unclear(stretch.text, Clause("done", stretch.refs), is_errand=True))
    if not _suits(stretch, verb):
        return Guess(UNSUITED, Unclear(stretch.text, _instead(stretch, verb)))
    if verb.name == "keep" and stretch.has(Part.TIME):
        return Guess(_lacking(stretch), Clause("later", stretch.refs, stretch.time))
    if verb.name == "done" and not stretch.is_denied and stretch.has(Part.FUTURE, Part.TIME):
        return _done_some_time(stretch)
    if verb.name == "yes" and (stretch.is_denied or stretch.has(Part.RESPECT)):
        return _plain(stretch, stretch.verbs["no"])
    if stretch.is_denied and _can_be_denied(verb):
        return Guess(0.0, _kept(stretch, verb))
    return _plain(stretch, verb)


def _suits(stretch: Stretch, verb: Verb) -> bool:
    """Whether the command can be said with what stands beside it."""
    return _suits_items(stretch, verb) and _suits_time(stretch, verb) and _suits_respect(stretch, verb)


def _suits_items(stretch: Stretch, verb: Verb) -> bool:
    if verb.name == "more" and _is_how_many(stretch):
        return True
    is_that_last_one = verb.name in {"undo", "redo"} and stretch.refs == (Ref(Which.PLACE, -1),)
    return not stretch.items or bool(verb.takes & (Takes.ITEMS | Takes.NAME)) or is_that_last_one


def _is_how_many(stretch: Stretch) -> bool:
    """As in "3 more" and "the next three", but not "more 3"."""
    said = [*stretch.of(Part.VERB), *stretch.of(Part.WEAK_VERB)]
    refs = [piece.ref.which for piece in stretch.items if piece.ref]
    if not said or refs != [Which.NUMBER]:
        return False
    return stretch.items[0].start < said[0].start or fold(said[0].text).endswith("next")


def _suits_time(stretch: Stretch, verb: Verb) -> bool:
    return not stretch.has(Part.TIME) or Takes.TIME in verb.takes or verb.name in {"done", "keep"}


def _suits_respect(stretch: Stretch, verb: Verb) -> bool:
    is_vague = all(piece.value in VAGUE_RESPECTS for piece in stretch.of(Part.RESPECT))
    return is_vague or Takes.RESPECT in verb.takes or verb.name in {"yes", "help", "keep", "why"}


def _instead(stretch: Stretch, verb: Verb) -> Clause:
    if stretch.items and stretch.has(Part.TIME):
        return Clause("later", stretch.refs, stretch.time)
    if stretch.items:
        return Clause(INSTEAD.get(verb.name, "why"), stretch.refs)
    return Clause(verb.name, (LAST,) if Takes.ITEMS in verb.takes else ())


def _done_some_time(stretch: Stretch) -> Guess:
    """As in "answered 1 yesterday" is done; "I'll answer 1 tomorrow" is not."""
    if not stretch.has(Part.FUTURE) and is_behind(stretch.time):
        return _plain(stretch, stretch.verbs["done"])
    if not stretch.has(Part.TIME):
        return Guess(_lacking(stretch), Clause("keep", stretch.refs))
    later = Clause("later", stretch.refs, stretch.time)
    return (
        Guess(_lacking(stretch), later) if stretch.has(Part.FUTURE) else Guess(UNSUITED, Unclear(stretch.text, later))
    )


def _can_be_denied(verb: Verb) -> bool:
    return verb.needs_care or verb.name in {"later", "keep"} or Takes.ITEMS not in verb.takes


def _kept(stretch: Stretch, verb: Verb) -> Clause:
    if Takes.ITEMS in verb.takes:
        return Clause("keep", stretch.refs if stretch.items else ())
    return Clause("keep", argument=verb.name)


def _plain(stretch: Stretch, verb: Verb) -> Guess:
    clause = Clause(verb.name, _refs_for(stretch, verb), _argument(stretch, verb), stretch.spared)
    if all(fold(piece.text) in INTERJECTIONS or piece.part in {Part.COMMA, Part.QUESTION} for piece in stretch.pieces):
        return Guess(INTERJECTION, clause, is_interjection=True)
    cost = NO_ITEM if clause.refs == (LAST,) else 0.0
    if _names_somebody(stretch, verb):
        return Guess(-A_STRANGER * len(stretch.unknown) / 2, clause)
    return Guess(cost, Unclear(stretch.text, clause) if _is_doubtful(stretch, verb, clause) else clause)


def _is_doubtful(stretch: Stretch, verb: Verb, clause: Clause) -> bool:
    if verb.needs_care and stretch.has(Part.DOUBT, Part.ASKS, Part.QUESTION):
        return True
    if clause.refs in {(), (LAST,)}:
        return len(stretch.unknown) > (0 if verb.needs_care else TOLERATED_ALONE)
    return len(stretch.unknown) > TOLERATED


def _names_somebody(stretch: Stretch, verb: Verb) -> bool:
    """As in "mute Zed", of whom there is no item."""
    return Takes.NAME in verb.takes and not stretch.items and bool(stretch.unknown)


def _refs_for(stretch: Stretch, verb: Verb) -> tuple[Ref, ...]:
    if Takes.ITEMS not in verb.takes or _names_somebody(stretch, verb):
        return ()
    if Takes.ALONE in verb.takes and not stretch.spared and not stretch.items:
        return ()
    if (verb.name == "list" and stretch.refs == (ALL,)) or _is_sweeping(stretch, verb):
        return ()
    return stretch.refs


def _is_sweeping(stretch: Stretch, verb: Verb) -> bool:
    """What cannot be undone is for those named one by one: "everything about me" names nobody."""
    return verb.is_final and (
        any(ref.which in SWEEPING for ref in stretch.refs) or (not stretch.items and stretch.is_about_oneself)
    )


def _argument(stretch: Stretch, verb: Verb) -> str:
    if _is_sweeping(stretch, verb):
        return str(ALL)
    if Takes.TIME in verb.takes:
        return stretch.time
    if Takes.RESPECT in verb.takes and stretch.has(Part.RESPECT):
        return stretch.of(Part.RESPECT)[0].value
    if _names_somebody(stretch, verb):
        first, last = stretch.unknown[0], stretch.unknown[-1]
        return stretch.said.lines[first.line][first.start : last.end]
    return ""


# without a command


def _respect(stretch: Stretch) -> Guess | None:
    """As in "3 is spam" says no; "person 3" may say anything."""
    if not stretch.has(Part.RESPECT) or stretch.has(Part.TIME):
        return None
    if stretch.is_denied:
        return Guess(0.0, Clause("keep", stretch.refs if stretch.items else ()))
    guess = _plain(stretch, stretch.verbs["no"])
    said = stretch.of(Part.RESPECT)[0]
    is_plain = said.value not in VAGUE_RESPECTS or not NAYSAYING.isdisjoint(token.word for token in tokens(said.text))
    return (
        guess
        if is_plain or not isinstance(guess.says, Clause)
        else replace(guess, says=Unclear(stretch.text, guess.says))
    )


def _intention(stretch: Stretch) -> Guess | None:
    """As in "I'll answer 1 tomorrow", "I did reply to 2", "answer 3"."""
    if not stretch.has(Part.INTEND, Part.FUTURE):
        return None
    if stretch.is_denied:
        return Guess(_lacking(stretch), Clause("keep", stretch.refs if stretch.items else ()))
    if stretch.has(Part.TIME) and not (stretch.items and is_behind(stretch.time, today=False)):
        return Guess(NO_COMMAND if stretch.items else ONLY_A_TIME, Clause("later", stretch.refs, stretch.time))
    if not stretch.items:
        return _talk(stretch)
    if stretch.has(Part.FUTURE):
        return Guess(NO_COMMAND, Clause("keep", stretch.refs))
    done = Clause("done", stretch.refs)
    is_report = stretch.has(Part.DID, Part.TIME) and not stretch.has(Part.DOUBT, Part.ASKS, Part.QUESTION)
    return Guess(NO_COMMAND, done if is_report else Unclear(stretch.text, done, is_errand=_is_errand(stretch)))


def _is_errand(stretch: Stretch) -> bool:
    """Something to be done to somebody is the first that is said, and nobody says who does it."""
    return stretch.pieces[0].part is Part.INTEND and not stretch.has(Part.DID, Part.FUTURE, Part.TIME)


def _slip(stretch: Stretch) -> Guess | None:
    """A word that is nearly a command: taken for it where nothing is closed and no other word is strange."""
    verb = next((stretch.near[piece.value] for piece in stretch.unknown if piece.value in stretch.near), None)
    if verb is None or not (stretch.items or len(stretch.pieces) <= SLIP_WITHIN) or not _suits(stretch, verb):
        return None
    is_alone = len(stretch.unknown) == 1
    refs = stretch.refs if Takes.NAME in verb.takes else _refs_for(stretch, verb)
    if refs == (LAST,) and not is_alone:
        return None
    clause = Clause(verb.name, refs, "" if Takes.NAME in verb.takes else _argument(stretch, verb))
    is_sure = is_alone and refs != (LAST,) and not verb.needs_care and not stretch.is_denied
    return Guess(SLIP, clause if is_sure else Unclear(stretch.text, clause))


def _only_a_time(stretch: Stretch) -> Guess | None:
    """A bare time means later."""
    if not stretch.has(Part.TIME):
        return None
    if not stretch.items and (len(stretch.unknown) > TOLERATED_ALONE or len(stretch.of(Part.TIME)) > 1):
        return Guess(ONLY_A_TIME, Unclear(stretch.text))
    return Guess(NO_COMMAND if stretch.items else ONLY_A_TIME, Clause("later", stretch.refs, stretch.time))


def _only_items(stretch: Stretch) -> Guess | None:
    if not stretch.items:
        return None
    if stretch.says_none:
        return Guess(DOUBTED, Clause("no", stretch.refs))
    if stretch.is_denied and not stretch.unknown and all(fold(piece.text) in NEVER for piece in stretch.of(Part.NOT)):
        return Guess(DOUBTED, Clause("mute", stretch.refs))
    if stretch.is_denied or any(piece.is_doubtful for piece in stretch.items):
        return Guess(DOUBTED, Unclear(stretch.text, Clause("no", stretch.refs)), is_denial=not stretch.unknown)
    if stretch.has(Part.QUESTION):
        return Guess(NO_COMMAND + A_STRANGER * len(stretch.unknown), Clause("why", stretch.refs))
    return Guess(ONLY_ITEMS, Unclear(stretch.text))


def _only_a_question_mark(stretch: Stretch) -> Guess | None:
    """A call for help when there is nothing else."""
    if any(piece.part is not Part.QUESTION for piece in stretch.pieces):
        return None
    is_all = all(piece.part in SEPARATORS | {Part.QUESTION} for piece in stretch.all)
    return Guess(0.0, Clause("help") if is_all and stretch.said.talk <= {Part.FILLER} else None)


def _talk(stretch: Stretch) -> Guess:
    """Words without a command: small talk beside one, or something not understood."""
    if not stretch.unknown and not stretch.has(Part.DOUBT, Part.ASKS, Part.BUT):
        return Guess(TALK, Clause("keep") if stretch.has(Part.NOT) else None)
    everyday = sum(piece.talk for piece in stretch.pieces)
    words = everyday + len(stretch.pieces)
    is_talk = words >= TALK_FROM and everyday * 2 >= words and stretch.is_beside_a_command
    return Guess(TALK, None if is_talk else Unclear(stretch.text))


RULES: tuple[Rule, ...] = (
    _asked,
    _question_word,
    _away,
    _several_commands,
    _taken_back,
    _spares_a_stranger,
    _with_a_command,
    _with_a_weak_command,
    _respect,
    _intention,
    _slip,
    _only_a_time,
    _only_items,
    _only_a_question_mark,
    _talk,
)
