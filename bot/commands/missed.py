"""What the owner thinks that the bot missed."""

from __future__ import annotations

import re

from bot import digest
from bot.commands.registry import Asked, Order, Told, command
from bot.fates import Fate, Lookup, told
from bot.language.verbs import Takes
from bot.ledger import Item, Standing, State
from bot.models import Event, LedgerEntry, Opportunity
from bot.text import LINK

HOST = re.compile(r"(?<![\w.@/])(?:[\w-]+\.)+[a-z]{2,}/\S+", re.IGNORECASE)
"""A link as people type it, without what browsers leave out."""
AROUND = ".,;:!?)>]}\"'”’»"


def links_in(text: str) -> list[str]:
    """The links of a text, whole, without the marks that follow them."""
    found = LINK.findall(text) or [f"https://{each}" for each in HOST.findall(text)]
    return list(dict.fromkeys(each.rstrip(AROUND) for each in found))


@command(
    usage="missed LINK",
    help="why something was not shown",
    takes=Takes.TEXT,
    en="you missed, why not shown, why did you miss, what about this",
    de="verpasst, übersehen",
    es="te perdiste",
    fr="raté, manqué",
    ja="見逃した",
)
def missed(order: Order) -> Told | Asked:
    """The look-ups were made before: an answer asks nobody anything."""
    links = links_in(order.clause.argument)
    if not links:
        return Asked("Give me the link of the post that I missed, like: missed https://…")
    lookup = order.view.lookups.get(links[0])
    if len(links) > 1 or lookup is None:
        return Asked("One link at a time, please: missed https://…")
    if not lookup.is_addable or lookup.opportunity is None:
        return Told((told(lookup, order.moment),))
    if not order.is_agreed:
        return Asked(f"{told(lookup, order.moment)} Put it on your list, as missed? Yes or no.", order.clause)
    return _on_the_list(order, lookup, lookup.opportunity)


def _on_the_list(order: Order, lookup: Lookup, opportunity: Opportunity) -> Told:
    before = order.view.filed.get(opportunity.id)
    number = before.standing.number if before and before.standing.number else next(iter(order.view.free_numbers))
    item = Item(opportunity=opportunity, standing=Standing(state=State.SHOWN, since=order.view.now, number=number))
    reason = lookup.reason if lookup.fate is Fate.LEFT_OUT else str(lookup.fate)

    def entry(event: Event, **carries: object) -> LedgerEntry:
        return LedgerEntry(at=order.view.now, event=event, cause=order.cause, opportunity=opportunity.id, **carries)  # type: ignore[arg-type]

    return Told(
        ("On your list, and counted as missed:", *digest.lines(number, item, order.view.now)),
        (entry(Event.FOUND), entry(Event.SHOWN, number=number), entry(Event.MISSED, respect=reason)),
        {number: opportunity.id},
        (opportunity,),
    )
