"""What came of it all, when the owner asks."""

from __future__ import annotations

from bot.commands.registry import Asked, Order, Told, command
from bot.commands.view import View
from bot.language.tokens import fold, listed, tokens
from bot.language.verbs import Takes
from bot.report import Ledger, Period, report, worded
from bot.text import clip

PERIODS = {
    Period.WEEK: """week, weekly, 7 days, seven days, 7d, 1w, woche, wochen, wöchentlich, semana, semanal, semaine,
        hebdomadaire, 週, 週間, 今週""",
    Period.MONTH: """month, monthly, 30 days, thirty days, 30d, monat, monatlich, mes, mensual, mois, mensuel, 月, 今月,
        月間""",
    Period.YEAR: """year, yearly, annual, 365 days, 12 months, twelve months, 1y, 365d, jahr, jährlich, año, anual, an,
        année, l'année, annuel, 年, 今年, 年間""",
}


@command(
    usage="report month",
    help="what came of it all: week, month or year",
    takes=Takes.TEXT,
    en="review, weekly review, weekly report, reports, statistics",
    de="bericht, wochenbericht",
    es="informe",
    fr="rapport, bilan",
    ja="レポート, 報告",
    signs="📊, 📈",
)
def report_(order: Order) -> Told | Asked:
    period = _period(order.clause.argument)
    if period is None:
        said = clip(order.clause.argument, 40)
        return Asked(f'I can report a week, a month or a year, not "{said}". Say it like: report month.')
    view = order.view
    told = report(ledger(view), period, view.goals, view.now)
    return Told((worded(told, view.zone, view.fits),))


def ledger(view: View) -> Ledger:
    return Ledger(items={**view.filed, **view.nameless}, entries=view.entries, months=view.months)


def _period(said: str) -> Period | None:
    """A week when nothing is said."""
    words = {token.word for token in tokens(said)}
    if not words:
        return Period.WEEK
    text = fold(said)
    for period, phrases in PERIODS.items():
        for phrase in map(fold, listed(phrases)):
            if phrase in words or ((" " in phrase or not phrase.isascii()) and phrase in text):
                return period
    return None
