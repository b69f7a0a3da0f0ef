"""Read sums of money from the owner's words, in any notation: "400 EUR", "€1.200,50", "1,200 dollars", "£1.2k".

A number without a currency beside it is no money here: "a workshop for 20 people".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

import regex

from bot.language.tokens import fold, listed, spellings
from bot.language.words import NUMERALS
from bot.models import Amount

CODES = listed(
    """aed, ars, aud, bdt, bgn, brl, cad, chf, clp, cny, cop, czk, dkk, egp, eur, gbp, gel, ghs, hkd, huf, idr,
    ils, inr, isk, jpy, kes, krw, lkr, mad, mxn, myr, ngn, nok, nzd, pen, php, pkr, pln, ron, rsd, rub, sar,
    sek, sgd, thb, try, twd, tzs, uah, ugx, usd, uyu, vnd, xaf, xof, zar, btc, eth"""
)
SIGNS = {
    "US$": "USD", "CA$": "CAD", "C$": "CAD", "AU$": "AUD", "A$": "AUD", "NZ$": "NZD", "HK$": "HKD", "S$": "SGD",
    "R$": "BRL", "$": "USD", "€": "EUR", "£": "GBP", "¥": "JPY", "₹": "INR", "₽": "RUB", "₩": "KRW", "₺": "TRY",
    "₴": "UAH", "₪": "ILS", "₫": "VND", "₦": "NGN", "₱": "PHP", "฿": "THB", "₿": "BTC",
}  # fmt: skip
WORDS = {
    "EUR": "euro euros eur ユーロ",
    "USD": "dollar dollars dollars dolar dolares bucks buck ドル",
    "GBP": "pound pounds quid sterling pfund libras livres ポンド",
    "CHF": "franken fr. sfr francs franc francos stutz フラン",
    "JPY": "yen 円",
    "CNY": "yuan rmb renminbi 元",
    "KRW": "ウォン 원",
    "INR": "rupees rupee rupien",
    "PLN": "zł zl zloty zlotys złoty złotych",
    "CZK": "kč kc koruna",
    "HUF": "ft forint",
    "BRL": "reais",
    "RON": "lei",
    "kr": "kr kr. kronor kroner kronen",
    "pesos": "peso pesos",
}
"""What people write for a currency, folded; of crowns and pesos nobody can tell whose."""
TIMES = {"k": 1_000, "tsd": 1_000, "tsd.": 1_000, "thousand": 1_000, "tausend": 1_000, "mil": 1_000, "mille": 1_000,
    "hundred": 100, "hundert": 100, "m": 1_000_000, "mio": 1_000_000, "mio.": 1_000_000, "million": 1_000_000,
    "millions": 1_000_000, "millionen": 1_000_000, "万": 10_000, "千": 1_000}  # fmt: skip

CURRENCY = (
    {sign.casefold(): code for sign, code in SIGNS.items()}
    | {code: code.upper() for code in CODES}
    | {fold(word): code for code, words in WORDS.items() for word in words.split()}
)


def _numerals() -> Iterator[tuple[tuple[str, ...], int]]:
    """Every number in words, folded, as the words it consists of."""
    for number, phrases in NUMERALS.items():
        yield from ((spelt, number) for phrase in listed(phrases) for spelt in spellings(phrase))


def _any_of(words: object) -> str:
    return "|".join(sorted(map(re.escape, words), key=len, reverse=True))  # type: ignore[call-overload]


SPACE = r"[ \u00a0\u202f\u2009]"
FIGURES = rf"\d{{1,3}}(?:{SPACE}\d{{3}})+(?:[.,]\d{{1,2}})?(?!\d)|\d+(?:[.,'’]\d+)*"
TIMES_OVER = rf"{SPACE}?(?P<times>{_any_of(TIMES)})(?!\p{{Latin}})"
NUMBER = rf"(?P<sign>(?<![\w)])[-–−]{SPACE}?)?(?P<figures>{FIGURES})(?:[.,][-–—]+)?(?:{TIMES_OVER})?"
BY_NAME = _any_of(word for word in CURRENCY if word[0].isalpha())
BY_SIGN = _any_of(sign.casefold() for sign in SIGNS)
NAMED = rf"(?:(?<!\p{{Latin}})(?:{BY_NAME})(?!\p{{Latin}})|{BY_SIGN})"
BEFORE = regex.compile(rf"(?P<currency>{NAMED}){SPACE}?{NUMBER}", regex.VERSION1)
AFTER = regex.compile(rf"(?<![\p{{Latin}}\d]){NUMBER}{SPACE}?(?P<currency>{NAMED})(?!{SPACE}?\d)", regex.VERSION1)
BARE = regex.compile(NUMBER, regex.VERSION1)
RANGE = regex.compile(rf"{SPACE}?(?:[-–—]|to|bis|a|à|〜){SPACE}?", regex.VERSION1)
MENTIONS = regex.compile(NAMED, regex.VERSION1)
SPACED = regex.compile(rf"\d{{1,3}}{SPACE}\d", regex.VERSION1)
NAMES = frozenset(fold(word) for words in WORDS.values() for word in words.split()) | {"usd", "gbp", "chf", "jpy"}
COUNTS = frozenset(token for phrase, _ in _numerals() for token in phrase) | frozenset(
    fold(word) for word in TIMES if len(word) > 1 or not word.isascii()
)
BETWEEN = frozenset({"and", "und", "y", "et", "a", "de", "of"})
COMPOUND = re.compile("(?:hundert|tausend|cientos|cientas|zig|hundred|thousand|mil|cents?|ciento?|[百千])$")
MOST_WORDS = 8
LARGEST = Decimal(10) ** 10


@dataclass(frozen=True, slots=True)
class Sum:
    """One sum as it stands in a text."""

    start: int
    end: int
    amount: Amount | None
    """None when the figures cannot be read: "1,2,3 EUR"."""


def sums(text: str) -> list[Sum]:
    """Every sum in a text, in its order; of "300-400 EUR" both ends."""
    said = _plain(text)
    found: list[Sum] = []
    at = 0
    while (match := _next(said, at)) is not None:
        found += _lower_end(said, at, match)
        found.append(Sum(match.start(), match.end(), _amount(match, match["currency"])))
        at = match.end()
        if (upper := _upper_end(said, match)) is not None:
            found.append(Sum(upper.start(), upper.end(), _amount(upper, match["currency"])))
            at = upper.end()
    return found


def sum_at(text: str, start: int, *, may_be_spaced: bool) -> int | None:
    """Where the sum ends that starts there, if one does; "1 400 EUR" may be 400 EUR of item 1."""
    said = _plain(text)
    ends = [match.end() for pattern in (BEFORE, AFTER) if (match := pattern.match(said, start))]
    is_spaced = SPACED.match(said, start) is not None
    return None if is_spaced and not may_be_spaced else max(ends, default=None)


def worded_sum_at(words: Sequence[str], start: int) -> int | None:
    """Where the sum in words ends that starts there: "two hundred euros", "zweihundert Euro"."""
    if not _counts(words[start]):
        return None
    at = start
    while at < min(len(words), start + MOST_WORDS) and (_counts(words[at]) or words[at] in BETWEEN):
        at += 1
    end = next((end for end in (at + 1, at + 2, at + 3) if "".join(words[at:end]) in NAMES), None)
    return end if end is not None and end <= len(words) else None


def _counts(word: str) -> bool:
    return word in COUNTS or COMPOUND.search(word) is not None


def names_a_currency(text: str) -> bool:
    """As "two hundred euros" does, whatever the number."""
    return MENTIONS.search(_plain(text)) is not None


def is_bare_number(text: str) -> bool:
    """Nothing but a number: of what, nobody can tell."""
    return BARE.fullmatch(_plain(text).strip(" .,;!~≈ca")) is not None


def has_number(text: str) -> bool:
    return BARE.search(_plain(text)) is not None


def spoken(amount: Amount) -> str:
    """Like "400 EUR", "1,200.50 EUR"."""
    is_whole = amount.value == amount.value.to_integral_value()
    is_fine = amount.value == round(amount.value, 2)
    figures = f"{amount.value:,.0f}" if is_whole else f"{amount.value:,.2f}" if is_fine else f"{amount.value:f}"
    return f"{figures} {amount.currency}"


@lru_cache(maxsize=16)
def _plain(text: str) -> str:
    """As long as the text, letter for letter: digits of any script as 0 to 9, accents and case gone.

    Kept for a while: at every word of a line it is asked whether a sum begins there.
    """
    return "".join(_letter(character) for character in text)


@lru_cache(maxsize=4096)
def _letter(character: str) -> str:
    if character.isdecimal():
        return str(int(character))
    folded = fold(character)
    return folded if len(folded) == 1 else character.casefold() if len(character.casefold()) == 1 else character


def _next(text: str, at: int) -> regex.Match[str] | None:
    found = [match for pattern in (BEFORE, AFTER) if (match := pattern.search(text, at))]
    return min(found, key=lambda match: (match.start(), -match.end()), default=None)


def _lower_end(text: str, at: int, match: regex.Match[str]) -> Iterator[Sum]:
    """The 300 of "300-400 EUR"; its dash is no minus."""
    if match["sign"]:
        return
    for bare in BARE.finditer(text, at, match.start()):
        if RANGE.fullmatch(text, bare.end(), match.start()):
            yield Sum(bare.start(), bare.end(), _amount(bare, match["currency"]))


def _upper_end(text: str, match: regex.Match[str]) -> regex.Match[str] | None:
    """The 400 of "€300-400"."""
    dash = RANGE.match(text, match.end())
    return BARE.match(text, dash.end()) if dash else None


def _amount(match: regex.Match[str], currency: str) -> Amount | None:
    times = TIMES.get(match["times"] or "", 1)
    value = _value(match["figures"], is_shortened=times >= 1_000)  # noqa: PLR2004  "1.250k" has a decimal point
    if value is None or value * times > LARGEST:
        return None
    return Amount(value=value * times * (-1 if match["sign"] else 1), currency=CURRENCY[currency])


def _value(figures: str, *, is_shortened: bool) -> Decimal | None:
    """A mark before the last three digits parts thousands, but not after a zero alone; before fewer it is a point."""
    marks = [mark for mark in figures if not mark.isdigit()]
    groups = re.split(r"\D", figures)
    if not marks:
        return Decimal(figures)
    is_part = len(groups[-1]) != 3 or is_shortened or groups[0] == "0"  # noqa: PLR2004
    is_decimal = marks[-1] in ".," and marks.count(marks[-1]) == 1 and is_part
    whole, part = (groups[:-1], groups[-1]) if is_decimal else (groups, "0")
    parting = set(marks[:-1] if is_decimal else marks)
    is_grouped = len(whole) == 1 or (
        len(parting) == 1 and len(whole[0]) <= 3 and len(whole[-1]) == 3 and all(2 <= len(g) <= 3 for g in whole[1:])  # noqa: PLR2004
    )
    return Decimal(f"{''.join(whole)}.{part}") if is_grouped else None
