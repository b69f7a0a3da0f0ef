"""What the owner tells that came of an item, and how far it is: read from the words, shown back, corrected."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from bot import outcomes
from bot.commands.registry import Asked, Named, Order, command, labels
from bot.commands.registry import Told as Answered
from bot.language import money
from bot.language.verbs import Takes
from bot.ledger import Told
from bot.models import Event, LedgerEntry, Outcome, Stage, Value
from bot.text import joined

UNDER_WAY = frozenset({Stage.WAITING, Stage.TALKING, Stage.WORKING})
CORRECTS = timedelta(days=1)
"""What is told again so soon stands in place of what was told before; later it is something more."""


@command(
    usage="won 1 paid talk, 400 EUR",
    help="what came of it; the words tell the value and the sum",
    takes=Takes.ITEMS | Takes.TEXT,
    en="result, outcome, ~got, earned, gained, landed, led to, turned into, resulted in, became, what came of",
    de="gewonnen, ergebnis",
    es="ganado, gané, resultado",
    fr="gagné, résultat",
    ja="成果, 結果",
    signs="🏆, 💰",
)
def won(order: Order) -> Answered | Asked:
    return _told(order, Stage.WON)


@command(
    usage="nothing 1",
    help="nothing came of it: that is normal",
    takes=Takes.ITEMS,
    en="""nothing came of, came to nothing, went nowhere, led nowhere, lead to nothing, no outcome, ~lost,
        fizzled, fizzled out, fell through, no result, nothing happened with""",
    de="nichts, nichts geworden, daraus wurde nichts",
    es="nada, no salió nada, quedó en nada",
    fr="rien, rien donné, ça n'a rien donné",
    ja="成果なし, 何もなかった",
)
def nothing(order: Order) -> Answered | Asked:
    return _told(order, Stage.NOTHING)


@command(
    usage="talking 1",
    help="on the way: you are in touch",
    takes=Takes.ITEMS | Takes.TEXT,
    en="still talking, in talks, in talks with, talking with, still talking with, still talking to, in touch about",
    de="im gespräch, im gespräch mit, noch im gespräch",
    es="hablando, hablando con, en conversación",
    fr="en discussion, en discussion avec",
    ja="相談中, 話し合い中",
    signs="💬, 🗣",
)
def talking(order: Order) -> Answered | Asked:
    return _told(order, Stage.TALKING)


@command(
    usage="working 2 on the guide",
    help="on the way: you work on it together",
    takes=Takes.ITEMS | Takes.TEXT,
    en="working together, working with, working together with, cooperating, cooperating with, collaborating with",
    de="arbeiten zusammen, in zusammenarbeit",
    es="trabajando, trabajando con",
    fr="on travaille",
    ja="制作中, 共同作業中",
)
def working(order: Order) -> Answered | Asked:
    return _told(order, Stage.WORKING)


def _told(order: Order, said: Stage) -> Answered | Asked:
    """For every item that is named, all or nothing."""
    found = outcomes.read(order.clause.argument, said)
    if isinstance(found, outcomes.Unread):
        return Asked(f"{labels(order.named)}: nothing is entered yet. {found.says}")
    if found.amount and len(order.named) > 1:
        each = money.spoken(found.amount)
        return Asked(f"{each} for {joined((n.label for n in order.named), 'or')}? Tell me one at a time.")
    told = [_told_of(order, named, found) for named in order.named]
    return Answered(tuple(line for line, _ in told), tuple(entry for _, entries in told for entry in entries))


def _told_of(order: Order, named: Named, found: Outcome) -> tuple[str, tuple[LedgerEntry, ...]]:
    before = named.item.standing.outcomes[-1] if named.item.standing.outcomes else None
    outcome = _placed(order, named, found, before)
    if (
        before
        and _is_recent(order, before)
        and replace(outcome, is_correction=before.outcome.is_correction) == before.outcome
    ):
        return f"{named.label}: {outcomes.spoken(outcome)}. I knew that already.", ()
    entries = [order.entry(Event.OUTCOME, named, outcome=outcome)]
    if named.is_open:
        entries.insert(0, order.entry(Event.DONE, named))
    return _line(named, outcome, before), tuple(entries)


def _placed(order: Order, named: Named, found: Outcome, before: Told | None) -> Outcome:
    """As it is entered: in place of what was told just before, or beside it; of no stated value, of the item's."""
    is_settled = before is not None and before.outcome.stage in {Stage.WON, Stage.NOTHING}
    if before and is_settled and _is_recent(order, before) and not outcomes.is_further(found.words):
        value = outcomes.named_value(found.words)
        if value and before.outcome.stage is Stage.WON:
            amount = before.outcome.amount if value is Value.MONEY else None
            return replace(before.outcome, value=value, amount=amount, is_correction=True)
        if found.stage is not before.outcome.stage or _is_said_again(found, before.outcome):
            value = (found.value or before.outcome.value) if found.stage is Stage.WON else None
            return replace(found, value=value or _own_value(named, found), is_correction=True)
    return replace(found, value=found.value or _own_value(named, found))


def _is_recent(order: Order, before: Told) -> bool:
    return order.view.now - before.at < CORRECTS


def _is_said_again(found: Outcome, before: Outcome) -> bool:
    """The same thing in other words: a sum is not taken back by words without one."""
    return found.value in {None, before.value} and (found.amount is not None or before.amount is None)


def _own_value(named: Named, found: Outcome) -> Value | None:
    return named.item.opportunity.judgement.value if found.stage is Stage.WON else None


def _line(named: Named, outcome: Outcome, before: Told | None) -> str:
    said = outcomes.spoken(outcome)
    if outcome.is_correction and before and said != outcomes.spoken(before.outcome):
        return f"{named.label}: {said}; no longer {outcomes.spoken(before.outcome).removeprefix('won, ')}."
    is_further = before is not None and not outcome.is_correction and before.outcome.stage is Stage.WON
    also = "also " if is_further and outcome.stage is Stage.WON else ""
    done = "done; " if named.is_open and outcome.stage in UNDER_WAY else ""
    return f"{named.label}: {done}{also}{said}.{_offers(outcome)}"


def _offers(outcome: Outcome) -> str:
    if outcome.stage is not Stage.WON:
        return ""
    if outcome.value is Value.MONEY and outcome.amount is None:
        return " I read no sum; say it in digits, like 400 EUR."
    return " Say otherwise if wrong."
