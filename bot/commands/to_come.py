"""Commands that are understood but not there yet. Each becomes a function of its own."""

from __future__ import annotations

from bot.commands.registry import Order, Told, command
from bot.language.verbs import Takes


def _not_yet(order: Order) -> Told:
    return Told((f"{order.clause.verb} is not there yet: I understood it, but can do nothing with it so far.",))


@command(
    usage="who 1",
    help="what is kept on the person",
    takes=Takes.ITEMS,
    is_built=False,
    en="""whos, who is, whois, who are, whos that, who is that, who wrote, profile, tell me who, person behind,
        who sent""",
    de="wer, wer ist",
    es="quién, quién es",
    fr="qui est, cest qui, qui est-ce",
    ja="誰, だれ, 誰ですか",
)
def who(order: Order) -> Told:
    return _not_yet(order)


@command(
    usage="forget 1",
    help="erases the person for good",
    takes=Takes.ITEMS | Takes.NAME,
    needs_care=True,
    is_built=False,
    en="erase, wipe, delete for good, delete everything about, purge, delete all data on",
    de="vergiss, vergessen",
    es="olvida, olvidar",
    fr="oublie, oublier",
    ja="忘れて",
)
def forget(order: Order) -> Told:
    return _not_yet(order)


@command(
    usage="circle",
    help="your people",
    is_built=False,
    en="my circle, my people, the circle, ~people",
    de="kreis",
    es="círculo",
    fr="cercle",
    ja="サークル",
)
def circle(order: Order) -> Told:
    return _not_yet(order)


@command(
    usage="focus GOAL 2w",
    help="one goal first for a while",
    takes=Takes.TEXT,
    is_built=False,
    en="focus on, concentrate on, prioritise, prioritize",
    de="fokus",
    es="enfoque",
    fr="se concentrer sur",
    ja="集中",
)
def focus(order: Order) -> Told:
    return _not_yet(order)


@command(
    usage="missed LINK",
    help="why something was not shown",
    takes=Takes.TEXT,
    is_built=False,
    en="you missed, why not shown, why did you miss, what about this",
    de="verpasst, übersehen",
    es="te perdiste",
    fr="raté, manqué",
    ja="見逃した",
)
def missed(order: Order) -> Told:
    return _not_yet(order)
