"""Read from the owner's words what came of an opportunity: how far it went, what it is worth, how much it paid.

    words -> stage (nothing, waiting, talking, working, won) -> value (social, life, money) and amount

What the words leave open is not guessed: `Unread` says what to ask.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache

import regex

from bot.language import money, times
from bot.language.tokens import fold, listed, tokens
from bot.models import Outcome, Stage, Value
from bot.text import clip, joined, tidy, unlinked

KEPT_WORDS = 80
"""So many characters of what the owner says are kept as a note."""

STAGES: Mapping[Stage, str] = {
    Stage.WAITING: """not yet, nothing yet, nothing so far, no answer yet, no reply yet, not so far, too early,
        too soon, too early to tell, not sure, dont know, waiting, still waiting, no news yet, no news,
        havent heard, have not heard, still open, noch nichts, noch nicht, weiss noch nicht, zu früh,
        keine antwort, warte noch, todavía nada, aún nada, todavía no, aún no, pas encore, rien pour linstant,
        toujours rien, jattends, まだ, まだです, 待ち""",
    Stage.NOTHING: """nothing, nothing at all, no, nope, nah, none, zero, zip, nil, nada, zilch, naught,
        nothing came, came to nothing, went nowhere, led nowhere, fell through, fizzled, fizzled out, no result,
        no outcome, dead end, declined, rejected, ghosted, never wrote back, never answered, never replied,
        never heard back, didnt answer, did not answer, didnt reply, did not reply, no answer, no reply,
        moved on, no interest, nichts, gar nichts, nix, nein, daraus wurde nichts, nichts geworden,
        nada de nada, no salió nada, quedó en nada, rien, rien du tout, non, sans suite, 何も, なにも, なし,
        成果なし, 何もなかった, だめだった""",
    Stage.TALKING: """talking, still talking, we talk, were talking, we are talking, in talks, talks,
        discussing, were discussing, chatting, emailing, in contact, in touch, in conversation, negotiating,
        im gespräch, wir reden, reden noch, sind im gespräch, wir sprechen, hablando, en conversación,
        estamos hablando, hablamos, en discussion, on discute, on parle, on en parle, on se parle,
        まだ話している, まだ話し中, まだ相談中, 相談中, 話し合い中, 話している, 話し中, やり取り中""",
    Stage.WORKING: """working, still working, were working, we are working, we work, writing, were writing,
        we are writing, we write, building, were building, we are building, making, were making, we are making,
        planning, were planning, we are planning, preparing, drafting, testing, started, we started,
        in progress, in the works, under way, underway, on it, wir arbeiten, arbeiten, wir schreiben, schreiben,
        wir bauen, in arbeit, läuft, wir planen, sind dran, trabajando, estamos trabajando, escribiendo,
        estamos escribiendo, en marcha, en proceso, on travaille, on écrit, nous travaillons, nous écrivons,
        en cours, on prépare, まだ作業中, まだ書いている, 作業中, 進行中, 制作中, 書いている, 作っている, 準備中""",
}
"""How such a message begins."""

FILLERS = """well, he, she, they, unfortunately, leider, malheureusement, hélas, desgraciadamente, there was, it,
    it is, its, its still, we are, were, still, so far, just, only, now, ok, hm, hmm, yes, yeah, sadly"""

NAMES: Mapping[Value, str] = {
    Value.SOCIAL: "social, sozial, friendship, freundschaft, amistad, amitié, 社会, 人間関係",
    Value.LIFE: "life, leben, vida, vie, 生活, 人生",
    Value.MONEY: "money, geld, dinero, argent, お金",
}
"""The values by name: said so, it is so."""

SIGNS: Mapping[Value, str] = {
    Value.SOCIAL: """friend, friends, friendly, pal, buddy, penpal, pen pal, new people, made friends, got married,
        community, freund, freunde, freundin, freundschaft, bekannte, amigo, amiga, amigos, amistad, ami, amie, amis,
        copain, copine, 友達, 友人, 仲間""",
    Value.MONEY: """paid, pays, payment, job, contract, commission, commissioned, gig, grant, sale, sales, sold, client,
        customer, fee, salary, funding, funded, income, invoice, invoiced, prize money, hired, royalties, bezahlt,
        bezahlter, bezahlte, auftrag, honorar, verkauft, vertrag, stelle, förderung, kunde, kundin, rechnung, lohn,
        pagado, pagada, pago, encargo, vendido, vendí, contrato, cliente, beca, sueldo, trabajo, payé, payée, contrat,
        vendu, client, cliente, bourse, salaire, embauché, 仕事, 契約, 報酬, 売れた, 依頼""",
    Value.LIFE: """learned, learnt, learning, taught, knowledge, skill, advice, recipe, cured, healthier, health,
        solved, fixed, it works, works now, moved, a home, a flat, a house, gelernt, gelöst, gesund, wissen,
        wohnung, aprendí, aprendido, resuelto, salud, appris, résolu, santé, 学んだ, 解決, 健康""",
}


@dataclass(frozen=True, slots=True)
class Unread:
    """What the words leave open, said to the owner in one line."""

    says: str


def read(words: str, said: Stage | None = None) -> Outcome | Unread:
    """`said`: the stage that the owner named by a command; the words may tell it better: "outcome 1: nothing"."""
    text = tidy(words)
    stage = _stage(text) if said in {None, Stage.WON} else said
    found = Outcome(stage=stage or Stage.WON, words=clip(unlinked(text), KEPT_WORDS))
    if no_date := _no_such_date(text):
        return Unread(no_date)
    return _worth(found, text) if found.stage is Stage.WON else found


def says_an_outcome(words: str) -> bool:
    """Whether it can hardly be anything else."""
    text = tidy(words)
    return bool(_stage(text) or money.sums(text) or money.names_a_currency(text) or _values(text))


def named_value(words: str) -> Value | None:
    """The value that a correction names, and nothing else: "social", "no, it was money"."""
    left = [word for word in _folded(words).split() if word not in CORRECTING]
    return next((value for value, names in NAMES.items() if " ".join(left) in map(_folded, listed(names))), None)


CORRECTING = frozenset(
    listed("no, nope, not, it, its, was, is, thats, that, rather, sorry, i, mean, meant, just, only, say")
)
MORE = ("also", "another", "again", "more", "too", "besides", "second", "auch", "noch", "también", "otra", "otro",
    "aussi", "encore", "un autre", "une autre", "さらに", "また")  # fmt: skip


def is_further(words: str) -> bool:
    """As in "another 300 EUR": it stands beside what was told before, not in its place."""
    return _has(words, MORE)


SPOKEN = {
    Stage.NOTHING: "nothing came of it",
    Stage.WAITING: "nothing yet",
    Stage.TALKING: "talking",
    Stage.WORKING: "working on it",
}


def spoken(outcome: Outcome) -> str:
    """Like "won, money, 400 EUR"."""
    if outcome.stage is not Stage.WON:
        return SPOKEN[outcome.stage]
    amount = money.spoken(outcome.amount) if outcome.amount else ""
    return ", ".join(filter(None, ("won", outcome.value, amount)))


def corrects(words: str) -> bool:
    """Whether it says no more than what was told just before should be: "no, social", "i meant 300 EUR"."""
    said = _folded(words)
    if named_value(words):
        return True
    is_begun = said.partition(" ")[0] in CORRECTING
    found = money.sums(tidy(words))
    text = tidy(words)
    rest = text[: found[0].start] + text[found[0].end :] if len(found) == 1 else text
    return is_begun and len(found) == 1 and set(_folded(rest).split()) <= CORRECTING


# -- how far -------------------------------------------------------------------------------------------------------


def _stage(text: str) -> Stage | None:
    """By how the words begin, the longest phrase first; a plain no is the whole of what is said."""
    said = _folded(text)
    begun = _beginning().match(said)
    rest = said[begun.end() :] if begun else said
    found = [(phrase, stage) for phrase, stage in _stages() if _begins(rest, phrase)]
    if not found:
        return None
    phrase, stage = max(found, key=lambda each: len(each[0]))
    if stage is Stage.NOTHING and money.sums(text):
        return None  # "no, 300 EUR"
    is_whole = not rest[len(phrase) :].strip()
    return stage if is_whole or stage is not Stage.NOTHING or len(phrase.split()) > 1 else _of_nothing(rest)


def _of_nothing(rest: str) -> Stage | None:
    """The "nothing, they never answered", and not the "no money but a friend"."""
    return None if _has(rest, ("but", "aber", "pero", "mais", "except", "wrong")) else Stage.NOTHING


def _begins(text: str, phrase: str) -> bool:
    return text.startswith(phrase) and (len(text) == len(phrase) or not _is_one_word(text, len(phrase)))


def _is_one_word(text: str, at: int) -> bool:
    return text[at - 1].isascii() and text[at - 1].isalpha() and text[at].isalpha()


@cache
def _stages() -> tuple[tuple[str, Stage], ...]:
    return tuple((_folded(phrase), stage) for stage, phrases in STAGES.items() for phrase in listed(phrases))


@cache
def _beginning() -> regex.Pattern[str]:
    fillers = "|".join(regex.escape(_folded(filler)) for filler in listed(FILLERS))
    return regex.compile(rf"(?:(?:{fillers})\s+)*")


# -- what it is worth ----------------------------------------------------------------------------------------------


def _worth(found: Outcome, text: str) -> Outcome | Unread:
    said = money.sums(text)
    if any(each.amount is None for each in said):
        return Unread("I cannot read that sum. Say it like: 1,200.50 EUR.")
    amounts = tuple(dict.fromkeys(each.amount for each in said if each.amount))
    if len(said) > 1:
        several = joined(money.spoken(amount) for amount in amounts)
        return Unread(f"I read several sums: {several}. Say one at a time, or their total.")
    if amounts and amounts[0].value <= 0:
        return Unread(f"{money.spoken(amounts[0])} is no gain. If nothing came of it, say nothing.")
    values = _values(text) or ({Value.MONEY} if amounts else set())
    if amounts and Value.MONEY not in values:
        values |= {Value.MONEY}
    if len(values) > 1:
        return Unread(f"I read {joined(sorted(values))} in one. Say them one at a time.")
    if not amounts and (money.is_bare_number(text) or (values == {Value.MONEY} and _lacks_a_currency(text))):
        return Unread("Which currency? Say it like: 400 EUR.")
    return replace(found, value=next(iter(values), None), amount=next(iter(amounts), None))


def _values(text: str) -> set[Value]:
    """By name if one is named, else by what such things are called."""
    said = regex.sub(NOT_SO, " ", _folded(text))
    named = {value for value, names in NAMES.items() if _has(said, listed(names))}
    shown = {value for value, signs in SIGNS.items() if _has(said, listed(signs))}
    if money.sums(text) or money.names_a_currency(text):
        shown.add(Value.MONEY)
    return named or shown


NOT_SO = r"(?<!\p{L})(?:no|not|without|un|kein|keine|keinen|ohne|sin|sans|pas de|pas d)(?!\p{L}) \p{L}+"
"""As in "no money but a friend"."""


def _lacks_a_currency(text: str) -> bool:
    """As in "paid 400"; the 20 of "a paid workshop for 20 people" counts people."""
    return regex.search(r"(?:paid|bezahlt|pagado|payé|paye)\s+(?:me\s+)?[\d.,']+$", _folded(text)) is not None


MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
LENGTHS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def _no_such_date(text: str) -> str:
    """The first day named in the words that no calendar has."""
    line = tokens(text)
    for at in range(len(line)):
        for piece in times.read(line, at)[0]:
            if isinstance(piece, times.OnDate) and piece.month is not None and not _exists(piece):
                is_month = 1 <= piece.month <= len(MONTHS)
                return (
                    f"{piece.day} {MONTHS[piece.month - 1]} does not exist."
                    if is_month
                    else f"There is no month {piece.month}."
                )
    return ""


def _exists(day: times.OnDate) -> bool:
    return 1 <= (day.month or 0) <= len(MONTHS) and 1 <= day.day <= LENGTHS[(day.month or 1) - 1]


def _has(text: str, phrases: Iterable[str]) -> bool:
    said = _folded(text)
    return any(_stands_in(said, _folded(phrase)) for phrase in phrases)


def _stands_in(text: str, phrase: str) -> bool:
    if not phrase.isascii():
        return phrase in text
    return f" {phrase} " in f" {text} "


def _folded(text: str) -> str:
    """Its words, with one space between them."""
    return " ".join(regex.sub(r"[^\p{L}\p{M}\p{N}]+", " ", fold(text)).split())
