"""Commands that are understood but not there yet. Each becomes a function of its own."""

from __future__ import annotations

from bot.commands.registry import Order, Told, command
from bot.language.verbs import Takes


def _not_yet(order: Order) -> Told:
    return Told((f"{order.clause.verb} is not there yet: I understood it, but can do nothing with it so far.",))


@command(
    usage="won 1 …",
    help="what came of it",
    takes=Takes.ITEMS | Takes.TEXT,
    is_built=False,
    en="result, outcome, ~got, earned, gained, landed, led to, turned into, resulted in, became",
    de="gewonnen, ergebnis",
    es="ganado, gané, resultado",
    fr="gagné, résultat",
    ja="成果, 結果",
    signs="🏆, 💰",
)
def won(order: Order) -> Told:
    return _not_yet(order)


@command(
    usage="nothing 1",
    help="nothing came of it",
    takes=Takes.ITEMS,
    is_built=False,
    en="""nothing came of, came to nothing, went nowhere, led nowhere, lead to nothing, no outcome, ~lost,
        fizzled, fizzled out, fell through, no result, nothing happened with""",
    de="nichts, nichts geworden, daraus wurde nichts",
    es="nada, no salió nada, quedó en nada",
    fr="rien, rien donné, ça n'a rien donné",
    ja="成果なし, 何もなかった",
)
def nothing(order: Order) -> Told:
    return _not_yet(order)


@command(
    usage="report month",
    help="what came of it all",
    takes=Takes.TEXT,
    is_built=False,
    en="weekly report, monthly report, yearly report, review, weekly review, reports, statistics",
    de="bericht, monatsbericht, wochenbericht",
    es="informe",
    fr="rapport, bilan",
    ja="レポート, 報告",
    signs="📊, 📈",
)
def report(order: Order) -> Told:
    return _not_yet(order)
