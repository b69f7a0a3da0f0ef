"""Understand a whole message: of all ways to part its pieces into clauses, the cheapest."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from bot.language import asides, clauses, remarks
from bot.language.clauses import Clause, Guess, Stretch, Unclear
from bot.language.pieces import Lexicon, Piece, Text
from bot.language.refs import DENIED, LAST, Ref, expanded
from bot.language.slips import Spelling
from bot.language.verbs import Verb
from bot.language.words import SEPARATORS, Part

MOST_PIECES = 240
WINDOW = 28
"""How many pieces one clause may have."""
MOST_SLIPS = 24
"""So many unknown words are looked at for slips of the finger; a message with more of them is talk."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a whole message says."""

    clauses: tuple[Clause, ...] = ()
    unclear: tuple[Unclear, ...] = ()
    only_items: tuple[Ref, ...] = ()
    """It does nothing but name items."""
    is_thanks: bool = False
    is_greeting: bool = False
    is_echo: bool = False
    """It is the bot's own words."""
    is_too_long: bool = False
    assents: bool = False
    """It does nothing but agree."""
    agrees_plainly: bool = False
    """And that with a yes in so many words: neither thanks nor praise nor a sign."""
    refuses: bool = False
    """It does nothing but say no."""
    is_a_sign: bool = False
    """It is a bare 👍: politeness, unless there is one item that it can be about."""

    @property
    def offer(self) -> tuple[Clause, ...]:
        """The whole message as it may have been meant; empty when there is no guess at every part."""
        offers = [unclear.offer for unclear in self.unclear]
        return (*self.clauses, *filter(None, offers)) if offers and all(offers) else ()

    @property
    def meaning(self) -> str:
        """In the notation of the tables."""
        if self.unclear:
            offer = self.unclear[0].offer
            return f"unclear {offer.verb}" if offer else "unclear"
        return " ; ".join(map(str, self.clauses)) or ("thanks" if self.is_thanks else "unclear")


@dataclass(frozen=True)
class Grammar:
    verbs: Mapping[str, Verb]
    lexicon: Lexicon = field(init=False)
    spelling: Spelling = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "lexicon", Lexicon(self.verbs))
        object.__setattr__(self, "spelling", Spelling(self.verbs))

    def read(self, text: str, names: Iterable[str] = ()) -> Reading:
        """What a message says, in which `names` may stand for items."""
        said = self.lexicon.read(text, names)
        if said.is_too_long or len(said.pieces) > MOST_PIECES:
            return Reading(is_too_long=True)
        written, rest = remarks.cut(said, self.verbs)
        guesses = sorted((*written, *self._parted(said, asides.without_asides(rest))), key=lambda guess: guess.at)
        return _reading(said, guesses)

    def _parted(self, said: Text, pieces: Sequence[Piece]) -> list[Guess]:
        """The cheapest clauses that these pieces can be parted into."""
        near = self._near(pieces)
        best: list[tuple[float, int, Guess]] = [(0.0, 0, Guess(0.0))]
        for end in range(1, len(pieces) + 1):
            ways = []
            for start in range(max(0, end - WINDOW), end):
                guess = clauses.read(Stretch(self.verbs, said, near, pieces, start, end))
                ways.append((best[start][0] + guess.cost, start, guess))
            best.append(min(ways, key=lambda way: way[0]))
        found: list[Guess] = []
        at = len(pieces)
        while at:
            _, at, guess = best[at]
            found.append(guess)
        return [guess for guess in found if guess.says is not None]

    def _near(self, pieces: Sequence[Piece]) -> dict[str, Verb]:
        unknown = dict.fromkeys(piece.value for piece in pieces if piece.part is Part.UNKNOWN)
        return {word: verb for word in list(unknown)[:MOST_SLIPS] if (verb := self.spelling.near(word))}


# -- the message as a whole ----------------------------------------------------------------------------------------


def _reading(said: Text, guesses: Sequence[Guess]) -> Reading:
    told = _without_interjections(guesses)
    understood = tuple(_merged(guess.says for guess in told if isinstance(guess.says, Clause)))
    unclear = tuple(guess.says for guess in told if isinstance(guess.says, Unclear))
    is_talk = not told and not any(piece.part in {Part.UNKNOWN, Part.DOUBT, Part.NOT} for piece in said.pieces)
    alone = understood[0].verb if len(understood) == 1 and not unclear and understood[0].is_bare else ""
    return Reading(
        clauses=understood,
        unclear=unclear,
        only_items=_only_items(said.pieces),
        is_thanks=is_talk and bool(said.talk & {Part.POLITE, Part.ASSENT}),
        is_greeting=not told and Part.GREETING in said.talk,
        is_echo=said.is_echo,
        assents=(is_talk and Part.ASSENT in said.talk) or alone == "yes",
        agrees_plainly=said.is_plain_yes,
        refuses=alone in {"no", "keep"} or _names_none(said.pieces),
        is_a_sign=alone == "yes" and not any(character.isalnum() for piece in said.pieces for character in piece.text),
    )


def _without_interjections(guesses: Sequence[Guess]) -> list[Guess]:
    """Without the "yes" and "no" beside clauses; but a "no" at the end takes back what was said before."""
    told = _without_exclamations([guess for guess in guesses if not guess.is_interjection])
    if not told:
        return list(guesses[:1])
    last = guesses[-1]
    if last.is_interjection and isinstance(last.says, Clause) and last.says.verb == "no":
        return [*told, Guess(0.0, Unclear("no", last.says))]
    return told


def _without_exclamations(guesses: Sequence[Guess]) -> list[Guess]:
    """Without what is said again with its item, "no more of this! drop 2"; and what lacks an item takes it over."""
    named = {guess.says.verb for guess in guesses if isinstance(guess.says, Clause) and not guess.says.is_bare}
    found: list[Guess] = []
    for guess in guesses:
        says = guess.says.offer if isinstance(guess.says, Unclear) else guess.says
        is_said_again = (
            says is not None and says.is_bare and (says.verb in named or (says.verb == "keep" and len(guesses) > 1))
        )
        if not is_said_again:
            found.append(_completed(found[-1], guess) if found else guess)
    return found


def _completed(before: Guess, guess: Guess) -> Guess:
    """What a clause leaves to the one before it: "1 is great, remind me tomorrow", "1 and 3 done, not 2"."""
    first, says = before.says, guess.says
    if not isinstance(first, Clause) or before.at[0] != guess.at[0]:
        return guess
    if guess.is_denial and isinstance(says, Unclear) and says.offer:
        return replace(guess, says=replace(says.offer, verb="no" if first.verb == "yes" else "keep"))
    if (
        isinstance(says, Clause)
        and says.refs == (LAST,)
        and first.refs not in {(), (LAST,)}
        and first.verb != says.verb
    ):
        return replace(guess, says=replace(says, refs=first.refs, spared=first.spared))
    return guess


def _merged(said: Iterable[Clause]) -> list[Clause]:
    """As in "done 1, done 2" is one."""
    found: list[Clause] = []
    for clause in said:
        if found and replace(found[-1], refs=clause.refs) == clause and LAST not in clause.refs and not clause.spared:
            found[-1] = replace(clause, refs=tuple(dict.fromkeys((*found[-1].refs, *clause.refs))))
        else:
            found.append(clause)
    return list(dict.fromkeys(found))


def _names_none(pieces: Sequence[Piece]) -> bool:
    """As in "none" and nothing else."""
    told = [piece for piece in pieces if piece.part not in SEPARATORS]
    return bool(told) and all(piece.ref and piece.ref.which in DENIED for piece in told)


def _only_items(pieces: Sequence[Piece]) -> tuple[Ref, ...]:
    told = [piece for piece in pieces if piece.part not in SEPARATORS | {Part.RATHER}]
    return expanded(piece.ref for piece in told if piece.ref) if all(piece.ref for piece in told) else ()
