"""Tell what each word of the owner's message is: a command, an item, a time, a denial, small talk.

text -> lines, without those that the bot itself wrote -> tokens -> pieces
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from bot.language import money, times
from bot.language.refs import NO_SUCH_NUMBER, Ref, Which
from bot.language.tokens import Phrasebook, Shape, Token, fold, listed, tokens
from bot.language.verbs import WEAK, Takes, Verb
from bot.language.words import (
    ASIDE,
    ASKS_ABOUT,
    ASKS_OF_ONESELF,
    BEFORE_ITEMS,
    COURTESY,
    INDIRECTLY,
    PLAIN_YES,
    PRAISE,
    PRONOUNS,
    SAYING,
    SEPARATORS,
    TALK,
    Part,
    Sense,
    senses,
)
from bot.text import tidy


@dataclass(frozen=True, slots=True)
class Piece:
    part: Part
    text: str
    """As the owner typed it."""
    line: int
    start: int
    end: int
    value: str = ""
    """The command's name, the respect, the unknown word."""
    ref: Ref | None = None
    """Of an item."""
    language: str = ""
    """Of a command's word."""
    talk: int = 0
    """How many words of small talk stand before it."""
    is_doubtful: bool = False
    """The "no. 1" that may be a number or a no."""


@dataclass(frozen=True, slots=True)
class Text:
    """The owner's message in pieces."""

    lines: tuple[str, ...]
    pieces: tuple[Piece, ...] = ()
    """Without small talk; each line ends in a break."""
    talk: frozenset[Part] = frozenset()
    """What small talk there is."""
    is_plain_yes: bool = False
    """A yes in so many words, and nothing else."""
    is_echo: bool = False
    """All of it was written by the bot."""
    is_too_long: bool = False


MAX_LENGTH = 2000
"""Of what is not the bot's own: more than anybody says at once."""


@dataclass(frozen=True)
class Lexicon:
    """All words known: the commands' and the others."""

    verbs: Mapping[str, Verb]
    book: Phrasebook[Sense] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "book", Phrasebook([*senses(), *_words_of(self.verbs.values())]))

    def read(self, text: str, names: Iterable[str] = ()) -> Text:
        """The pieces of a message, in which `names` may stand for items."""
        typed = [tidy(line) for line in re.split(r"[\r\n\u2028\u2029]+", text)]
        lines = tuple(line for line in typed if line and not is_of_the_bot(line))
        if sum(map(len, lines)) > MAX_LENGTH:
            return Text(lines, is_too_long=True)
        called = Phrasebook((name, name) for name in names)
        pieces = [piece for number, line in enumerate(lines) for piece in _Line(self, called, number, line).pieces()]
        talk = frozenset(piece.part for piece in pieces if piece.part in TALK)
        read = tuple(_without_talk(_with_praise(_with_letters(pieces))))
        return Text(lines, read, talk, _is_plain_yes(pieces), is_echo=not lines and any(typed))


def _is_plain_yes(pieces: Iterable[Piece]) -> bool:
    said = [piece for piece in pieces if piece.part not in {Part.BREAK, Part.COMMA, Part.FILLER}]
    return bool(said) and all(fold(piece.text.replace("-", " ")) in PLAIN_YES for piece in said)


def _words_of(verbs: Iterable[Verb]) -> Iterator[tuple[str, Sense]]:
    for verb in verbs:
        for language, phrases in verb.words.items():
            for phrase in listed(phrases):
                part = Part.WEAK_VERB if phrase.startswith(WEAK) else Part.VERB
                for spelt in _contracted(phrase.removeprefix(WEAK)):
                    yield spelt, Sense(part, verb.name, language=language)


def _contracted(phrase: str) -> Iterator[str]:
    """As in "not my thing", "isn't my thing"."""
    yield phrase
    if phrase.startswith("not "):
        yield from (f"{contraction} {phrase[4:]}" for contraction in ("isnt", "arent", "wasnt", "aint"))


def _without_talk(pieces: Iterable[Piece]) -> Iterator[Piece]:
    talk = 0
    for piece in pieces:
        if piece.part in TALK:
            talk += 1
            continue
        yield replace(piece, talk=talk)
        talk = 0


# -- what the bot wrote itself -------------------------------------------------------------------------------------

OF_THE_BOT = re.compile(
    r"""
      >.*                                                       # quoted
    | \w{3}\s\d\d?\s\w{3},\s\d\d:\d\d:\s.*                      # the first line of a digest
    | \d+\s.{1,60}:\s".*"\s(waiting|waits|nobody|\d+\ turns)\b.*  # an item
    | \d+\s.{1,60}\s\(.{0,20}not\ quoted\).*                    # one without its words
    | https?://\S+                                              # its link
    | \w+\s\d+(\s·\s\w+\s[\d\w\ ]+)*(\s·\s\w+){1,2}             # the last line
    """,
    re.VERBOSE,
)


def is_of_the_bot(line: str) -> bool:
    """Whether it is a line that the bot wrote, quoted or pasted back."""
    return OF_THE_BOT.fullmatch(line[:MAX_LENGTH]) is not None


# -- one line ------------------------------------------------------------------------------------------------------

SHORT = {"d": "done", "n": "no", "y": "yes", "l": "later", "w": "why"}
"""Commands by one letter: "1d 2n", "d1", "1 y"."""
RANGE_WORDS = frozenset({"-", "–", "—", "~", "〜", "to", "through", "thru", "bis", "a", "al", "hasta", "till", "から"})
DASHES = frozenset({"-", "–", "—"})
NUMBER_WORDS = frozenset({"no", "nr", "num", "nro"})
BULLETS = frozenset({"-", "*", "•", ","})
QUOTES = {'"': '"', "“": "”", "„": "“", "«": "»", "「": "」"}
STRESSED = 4
"""So many words between quotation marks are only stressed; more are somebody's, and no command."""
MAX_DIGITS = 6
A_SUM = "a sum"
MOST_ASIDES = 4
"""So many greetings and the like may come before a question."""
INDIRECT = "indirect"
OF_A_STRANGER = "of a stranger"
"""Asked of somebody of whom there is no item: "what did Zed say"."""
DEFINITE = frozenset({"the", "that", "this"})
MOST_WORDS = 4
"""So many may stand between the "the" and the "one" of "the offline map one"."""


@dataclass
class _Line:
    lexicon: Lexicon
    names: Phrasebook[str]
    number: int
    text: str
    found: list[Piece] = field(default_factory=list)
    tokens: Sequence[Token] = ()
    words: Sequence[str] = ()

    def pieces(self) -> list[Piece]:
        self.tokens = [token for token in tokens(self.text) if token.word not in COURTESY]
        self.words = [token.word for token in self.tokens]
        at = self._after_address()
        while at < len(self.tokens):
            at = self._read(at)
        end = len(self.text)
        return [*self.found, Piece(Part.BREAK, "\n", self.number, end, end)]

    def _after_address(self) -> int:
        """A message to the bot often begins with its name, and a list with dots."""
        at = 0
        while at < len(self.tokens) and (self.tokens[at].shape is Shape.HANDLE or self.words[at] in BULLETS):
            at += 1
        return at

    def _read(self, at: int) -> int:
        """Add what stands there; where it ends."""
        for rule in (
            self._question,
            self._id,
            self._sum,
            self._number_word,
            self._share,
            self._range,
            self._letter_after,
            self._letter_before,
            self._pronoun,
            self._quotation,
        ):
            if (end := rule(at)) is not None:
                return end
        return self._longest(at)

    def _add(self, part: Part, start: int, end: int, **what: object) -> int:
        first, last = self.tokens[start].start, self.tokens[end - 1].end
        piece = Piece(part, self.text[first:last], self.number, first, last, **what)  # type: ignore[arg-type]
        self.found.append(piece)
        return end

    def _word(self, at: int) -> str:
        return self.words[at] if at < len(self.words) else ""

    def _is_number(self, at: int) -> bool:
        return at < len(self.tokens) and self.tokens[at].shape is Shape.NUMBER and len(self.words[at]) <= MAX_DIGITS

    def _question(self, at: int) -> int | None:
        """What asks about an item: the "what did" of "what did Ines say", the "is" of "is 18 done"."""
        if self.words[at] == "か" and at and self._word(at + 1) in {"", "?", "？", "。"}:
            return self._add(Part.QUESTION, at, at + 1)
        if (end := self._indirectly(at)) is not None:
            return self._add(Part.ASKS, at, end, value=INDIRECT)
        if not self._begins_a_clause():
            return None
        _, end = ASKS_ABOUT.at(self.words, at) or (None, at)
        if end > at and self._is_item(end + (self._word(end) in BEFORE_ITEMS)):
            return self._add(Part.ASKS, at, end)
        if end > at + 1 and self._word(end) in PRONOUNS:
            return self._add(Part.ASKS, at, end)
        if end > at + 1 and self._is_strange(end):
            return self._add(Part.ASKS, at, end, value=OF_A_STRANGER)
        _, end = ASKS_OF_ONESELF.at(self.words, at) or (None, at)
        if end > at:
            return self._add(Part.ASKS, at, end)
        return self._did_they(at)

    def _indirectly(self, at: int) -> int | None:
        """Where the item begins of "what 4 said", "was Ines will"."""
        _, end = INDIRECTLY.at(self.words, at) or (None, at)
        first = end + (self._word(end) in BEFORE_ITEMS)
        name = self.names.at(self.words, first)
        after = name[1] if name else first + 1 if self._is_number(first) else None
        return end if end > at and after is not None and self._word(after) in SAYING else None

    def _did_they(self, at: int) -> int | None:
        """The "did" of "did Ines answer", but not of "did Ines, answered her"."""
        name = self.names.at(self.words, at + 1) if self.words[at] == "did" else None
        following = self.lexicon.book.at(self.words, name[1]) if name else None
        return self._add(Part.ASKS, at, at + 1) if following and following[0].part is Part.INTEND else None

    def _begins_a_clause(self) -> bool:
        """After a greeting or the like, too: "thanks! is 3 done"."""
        for piece in reversed(self.found[-MOST_ASIDES:]):
            if piece.part in SEPARATORS | {Part.QUESTION}:
                return True
            if piece.part not in TALK or (piece.part is not Part.GREETING and fold(piece.text) not in ASIDE | PRAISE):
                return False
        return len(self.found) <= MOST_ASIDES

    def _is_item(self, at: int) -> bool:
        known = self.lexicon.book.at(self.words, at)
        is_called = known is not None and known[0].part is Part.ITEM
        return self._is_number(at) or is_called or self.names.at(self.words, at) is not None

    def _is_strange(self, at: int) -> bool:
        is_word = at < len(self.tokens) and self.tokens[at].shape is Shape.WORD
        return is_word and self.lexicon.book.at(self.words, at) is None and self._time_end(at) == at

    def _id(self, at: int) -> int | None:
        """As in "#137", and "##137" as the bot itself writes."""
        signs = 2 if self.words[at : at + 2] == ["#", "#"] else 1
        if self.words[at] != "#" or not self._is_number(at + signs):
            return None
        which = Which.EXACTLY if signs == 2 else Which.ID  # noqa: PLR2004
        return self._add(Part.ITEM, at, at + signs + 1, ref=Ref(which, int(self.words[at + signs])))

    def _sum(self, at: int) -> int | None:
        """The "400 EUR" that names no item."""
        is_after_item = bool(self.found) and self.found[-1].part is Part.ITEM
        end = money.sum_at(self.text, self.tokens[at].start, may_be_spaced=is_after_item)
        if end is None:
            worded = money.worded_sum_at(self.words, at)
            return None if worded is None else self._add(Part.UNKNOWN, at, worded, value=A_SUM)
        after = next((n for n in range(at, len(self.tokens)) if self.tokens[n].end > end), len(self.tokens))
        return self._add(Part.UNKNOWN, at, max(after, at + 1), value=A_SUM)

    def _number_word(self, at: int) -> int | None:
        """As in "nr. 1", and "no. 1" with a doubt."""
        if self.words[at] not in NUMBER_WORDS or self._word(at + 1) != "." or not self._is_number(at + 2):
            return None
        ref = Ref(Which.NUMBER, int(self.words[at + 2]))
        return self._add(Part.ITEM, at, at + 3, ref=ref, is_doubtful=self.words[at] == "no")

    def _share(self, at: int) -> int | None:
        """The "2 of 3" that names no item."""
        if self._is_number(at) and self._word(at + 1) == "of" and self._is_number(at + 2):
            return self._add(Part.UNKNOWN, at, at + 3, value="of")
        return None

    def _range(self, at: int) -> int | None:
        """As in "1-3", "1 to 3", "1..3"; not "2-3 days"."""
        second = self._after_range_word(at + 1) if self._is_number(at) else None
        if second is None or self._is_minus(at + 1) or not self._is_number(second) or self._time_end(second) > second:
            return None
        ref = Ref(Which.RANGE, int(self.words[at]), int(self.words[second]))
        return self._add(Part.ITEM, at, second + 1, ref=ref)

    def _is_minus(self, at: int) -> bool:
        """The dash of "1 -5"."""
        is_dash = self._word(at) in DASHES and at + 1 < len(self.tokens)
        return is_dash and not self.tokens[at].is_glued and self.tokens[at + 1].is_glued

    def _after_range_word(self, at: int) -> int | None:
        for joins in ([".", "."], [".", ".", "."], ["か", "ら"]):
            if list(self.words[at : at + len(joins)]) == joins and self._is_number(at + len(joins)):
                return at + len(joins)
        return at + 1 if self._word(at) in RANGE_WORDS else None

    def _letter_after(self, at: int) -> int | None:
        """As in "1d 2n"; "1 d" too, but "later 3d" and "2 3d" are times."""
        letter = self._word(at + 1)
        if not self._is_number(at) or letter not in SHORT or letter == "w" or (letter == "d" and self._expects_time()):
            return None
        if not (self.tokens[at + 1].is_glued or letter == "d"):
            return None
        self._add(Part.ITEM, at, at + 1, ref=Ref(Which.NUMBER, int(self.words[at])))
        return self._add(Part.VERB, at + 1, at + 2, value=SHORT[letter])

    def _letter_before(self, at: int) -> int | None:
        """As in "d1 n2"."""
        if self.words[at] in SHORT and self._is_number(at + 1) and self.tokens[at + 1].is_glued:
            return self._add(Part.VERB, at, at + 1, value=SHORT[self.words[at]])
        return None

    def _pronoun(self, at: int) -> int | None:
        """The "one" of "the Ines one", "that map one", which is no number."""
        if self.words[at] != "one" or at == 0 or not self.found:
            return None
        before = self.found[-1]
        is_named = before.ref is not None and before.ref.which is Which.NAME
        is_described = before.part is Part.UNKNOWN and bool(
            DEFINITE & set(self.words[max(at - MOST_WORDS, 0) : at - 1])
        )
        return self._add(Part.FILLER, at, at + 1) if is_named or is_described else None

    def _expects_time(self) -> bool:
        """Whether what was just read lets a time follow: "later 3d", "2 3d", "in 3d"."""
        if not self.found:
            return False
        last = self.found[-1]
        if last.part is Part.VERB:
            return Takes.TIME in self.lexicon.verbs[last.value].takes
        return last.part is Part.ITEM or (last.part is Part.FILLER and fold(last.text) in {"in", "for", "by"})

    def _quotation(self, at: int) -> int | None:
        """Somebody's words between quotation marks are no commands, unless they are all there is."""
        closing = QUOTES.get(self.words[at])
        if closing is None or closing not in self.words[at + 1 :]:
            return None
        end = self.words.index(closing, at + 1) + 1
        is_all = at == 0 and end >= len(self.words) - 1
        return None if is_all or end - at - 2 < STRESSED else end

    def _time_end(self, at: int) -> int:
        return times.read(self.tokens, at)[1]

    def _longest(self, at: int) -> int:
        """The longest of a phrase, a time and a name that starts there."""
        known, known_end = self.lexicon.book.at(self.words, at) or (None, at)
        name, name_end = self.names.at(self.words, at) or (None, at)
        time_end = self._time_end(at)
        if name and name_end >= max(known_end, time_end) and (known is None or self._looks_like_a_name(at)):
            return self._add(Part.ITEM, at, name_end, ref=Ref(Which.NAME, name=name))
        if time_end > at and time_end >= known_end and not self._is_list_of_numbers(at, time_end):
            return self._add(Part.TIME, at, time_end)
        if known:
            return self._known(known, at, known_end)
        return self._unknown(at)

    def _looks_like_a_name(self, at: int) -> bool:
        """The "Will" of "done with Will", but not of "Will do 1"."""
        return bool(self.found) and self.text[self.tokens[at].start].isupper()

    def _is_list_of_numbers(self, at: int, end: int) -> bool:
        """The "1/2" of "1/2 done"."""
        figures = self.tokens[at]
        may_be = "/" in figures.word or (figures.word.count(".") == 1 and not figures.word.endswith("."))
        return end == at + 1 and figures.shape is Shape.FIGURES and may_be and not self._expects_time()

    def _known(self, sense: Sense, at: int, end: int) -> int:
        part = sense.part
        if part is Part.BREAK and self.words[at] == "." and self.tokens[at].is_glued and self._is_number(at - 1):
            part = Part.COMMA  # "1. done"
        if (
            part is Part.AND
            and self.words[at] == "but"
            and self.found
            and self.found[-1].ref in (Ref(Which.ALL), Ref(Which.REST))
        ):
            part = Part.BUT  # "all but 2"
        return self._add(part, at, end, value=sense.value, ref=sense.ref, language=sense.language)

    def _unknown(self, at: int) -> int:
        token = self.tokens[at]
        match token.shape:
            case Shape.NUMBER:
                number = int(token.word) if self._is_number(at) else NO_SUCH_NUMBER
                return self._add(Part.ITEM, at, at + 1, ref=Ref(Which.NUMBER, number))
            case Shape.FIGURES:
                for number in map(int, re.findall(r"\d+", token.word)):
                    self._add(Part.ITEM, at, at + 1, ref=Ref(Which.NUMBER, number))
                return at + 1
            case Shape.HANDLE | Shape.MARK | Shape.PICTURE:
                return self._add(Part.FILLER, at, at + 1)
            case _:
                return self._add(Part.UNKNOWN, at, at + 1, value=token.word)


# -- praise beside an item -----------------------------------------------------------------------------------------


def _with_praise(pieces: Sequence[Piece]) -> list[Piece]:
    """As in "1 great, 2 ok": praise beside an item is about it, and an "ok" after one may mean anything."""
    heard = [piece for piece in pieces if piece.part is not Part.FILLER]
    praise = {id(piece) for at, piece in enumerate(heard) if _praises(piece) and _is_beside_an_item(heard, at)}
    vague = {id(piece) for at, piece in enumerate(heard) if piece.part is Part.ASSENT and _closes_an_item(heard, at)}
    return [
        replace(piece, part=Part.WEAK_VERB, value="yes")
        if id(piece) in praise
        else replace(piece, part=Part.UNKNOWN)
        if id(piece) in vague
        else piece
        for piece in pieces
    ]


def _praises(piece: Piece) -> bool:
    return piece.part is Part.POLITE and fold(piece.text) in PRAISE


def _closes_an_item(pieces: Sequence[Piece], at: int) -> bool:
    return at > 0 and pieces[at - 1].part is Part.ITEM and _is_parted(pieces, at + 1)


def _is_parted(pieces: Sequence[Piece], at: int) -> bool:
    return at < len(pieces) and pieces[at].part in SEPARATORS | {Part.QUESTION}


def _is_beside_an_item(pieces: Sequence[Piece], at: int) -> bool:
    """As in "2 is great", "great: 3"."""
    first = at + 1 + (at + 1 < len(pieces) and pieces[at + 1].part is Part.COMMA)
    leads = first < len(pieces) and pieces[first].part is Part.ITEM and _is_parted(pieces, first + 1)
    return leads or _closes_an_item(pieces, at)


# -- letters that stand alone --------------------------------------------------------------------------------------


def _with_letters(pieces: Sequence[Piece]) -> list[Piece]:
    """As in "d 1", "1 y 2 n": a letter beside a number is a command, unless it is the Spanish "and"."""
    kept = [piece for piece in pieces if piece.part is not Part.FILLER or fold(piece.text) in SHORT]
    letters = [at for at in range(len(kept)) if _stands_for_a_command(kept, at)]
    commands = {id(kept[at]) for at in letters if len(letters) > 1 or not _is_spanish_and(kept, at)}
    return [
        replace(piece, part=Part.VERB, value=SHORT[fold(piece.text)])
        if id(piece) in commands
        else replace(piece, part=Part.AND)
        if fold(piece.text) == "y" and piece.part is not Part.VERB
        else piece
        for piece in pieces
    ]


def _stands_for_a_command(pieces: Sequence[Piece], at: int) -> bool:
    if fold(pieces[at].text) not in SHORT or pieces[at].part is Part.VERB:
        return False
    others = [*pieces[:at], *pieces[at + 1 :]]
    beside = [*pieces[max(at - 1, 0) : at], *pieces[at + 1 : at + 2]]
    is_alone = all(piece.part is Part.BREAK for piece in others)
    return is_alone or any(piece.ref and piece.ref.which is Which.NUMBER for piece in beside)


def _is_spanish_and(pieces: Sequence[Piece], at: int) -> bool:
    return fold(pieces[at].text) == "y" and at > 0 and Part.BREAK not in {pieces[at - 1].part, pieces[at + 1].part}
