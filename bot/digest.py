"""Word every message that the owner did not ask for, and the items in all of them. Plain text; a network adds names.

An item is two lines: who does what, in their own words, how it stands, for which goal; then the link.

    1 Ines asks: "would you co-write the seed-library guide?" waiting 2 days [book]
    https://hachyderm.example/statuses/115591234567890123
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta, tzinfo

from bot import collaborators
from bot.ledger import Item
from bot.models import Exchange, Opportunity, Promise, Turn, Verb, Visibility
from bot.text import clip, joined, letters, tidy, unlinked

Fits = Callable[[str], bool]
"""Whether one message of the network that carries it can hold a text."""

NAME_LENGTH = 28
GIST_LENGTHS = (140, 120, 105, 95, 85, 75, 65, 55, 45, 30, 12)
"""Tried from the first: a short quotation of every item beats a long one of some."""

WHY_LENGTH = 80

NOT_QUOTED = {Visibility.DIRECT: "said in private", Visibility.FOLLOWERS: "said to followers"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    text: str
    mark: str
    """How the text begins: by it the message is known on the server. "" where only the whole text tells."""
    numbers: tuple[int, ...] = ()
    """Of the items it shows, in their order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """How many posts to the owner were read since the last digest, and how many were left alone unread."""

    read: int = 0
    opted_out: int = 0


def mark(slot_at: datetime) -> str:
    """How the first line of a slot's digest begins. Takes the owner's local time."""
    return f"{slot_at:%a} {slot_at.day} {slot_at:%b}, {slot_at:%H:%M}:"


def digest(
    items: Mapping[int, Item],
    tally: Tally,
    *,
    slot_at: datetime,
    now: datetime,
    more: bool,
    fits: Fits,
    notice: str = "",
) -> Message:
    """The numbered items in the order of the mapping, as many as fit; the rest waits for `more`.

    `notice` says why another network carries it. A limit that holds no item at all (no known server has one) gets the
    headline alone.
    """
    first = mark(slot_at)
    for count in range(len(items), 0, -1):
        shown = dict(list(items.items())[:count])
        for length in GIST_LENGTHS:
            text = "\n".join(
                (
                    f"{first} {_headline(count, tally)}",
                    "",
                    *(line for number, item in shown.items() for line in lines(number, item, now, length)),
                    "",
                    *([notice] if notice else []),
                    commands(list(shown), more=more or count < len(items)),
                )
            )
            if fits(text):
                return Message(text=text, mark=first, numbers=tuple(shown))
    return Message(text=f"{first} {_headline(len(items), tally)}", mark=first)


def _headline(count: int, tally: Tally) -> str:
    of = f" (of {tally.read})" if tally.read > count else ""
    opted_out = f", +{tally.opted_out} from people who opt out of bots" if tally.opted_out else ""
    return f"{count} worth your time{of}{opted_out}"


def tally_in(text: str) -> Tally:
    """What the headline of a digest counts, where it does."""
    read, opted_out = (re.search(count, text.partition("\n")[0]) for count in (r"\(of (\d+)\)", r"\+(\d+) from"))
    return Tally(read=int(read[1]) if read else 0, opted_out=int(opted_out[1]) if opted_out else 0)


def lines(number: int | None, item: Item, now: datetime, gist_length: int = GIST_LENGTHS[0]) -> list[str]:
    """An item: one line, then its link on a line of its own."""
    opportunity = item.opportunity
    goal = f" [{opportunity.judgement.goal}]" if opportunity.judgement.goal else ""
    label = "" if number is None else f"{number} "
    return [f"{label}{_claim(opportunity, gist_length)} {standing(opportunity, now)}{goal}", opportunity.link]


def _claim(opportunity: Opportunity, gist_length: int) -> str:
    judgement = opportunity.judgement
    who = called(opportunity)
    if opportunity.other:
        return f"{who} should meet:"
    if opportunity.evidence:
        quoted = f'"{quotation(judgement.gist, gist_length)}"' if judgement.gist else ""
        return f"{who}, a possible collaborator: {quoted or collaborators.given(opportunity.evidence)}"
    if opportunity.promise and opportunity.promise.is_cold:
        return _promised(opportunity.promise, who, gist_length)
    if is_new_voice(opportunity):
        who = f"New voice, {who}"
    if judgement.gist:
        says = "" if judgement.verb is Verb.SAYS else f" {judgement.verb}"
        return f'{who}{says}: "{quotation(judgement.gist, gist_length)}"'
    how = ", ".join(filter(None, (NOT_QUOTED.get(opportunity.visibility), "not quoted")))
    return f"{who} {'wrote' if judgement.verb is Verb.SAYS else judgement.verb} ({how})"


def _promised(promise: Promise, who: str, length: int) -> str:
    """Who said when that they would do what."""
    said = f"{who}: you promised" if promise.by_owner else f"{who} promised"
    what = f': "{quotation(promise.words, length)}"' if promise.words else " something (not quoted)"
    return f"{said} on {promise.on.day} {promise.on:%b}{what}"


def called(opportunity: Opportunity) -> str:
    """Whom it is about."""
    who = name(opportunity.name)
    return f"{who} and {name(opportunity.other.name)}" if opportunity.other else who


def name(display_name: str) -> str:
    """A display name that cannot pass for anything but a name."""
    return clip(unlinked(tidy(display_name)).replace('"', "'"), NAME_LENGTH) or "somebody"


def quotation(gist: str, length: int = GIST_LENGTHS[0]) -> str:
    """Their own words, fit to stand between quotation marks."""
    return clip(unlinked(tidy(gist)).replace('"', "'"), length)


def standing(opportunity: Opportunity, now: datetime) -> str:
    """How the exchange stands: the depth where there is one, else who waits and since when."""
    exchange = opportunity.exchange
    if opportunity.other:
        return "both write to you about it, never to each other"
    if opportunity.evidence:
        return collaborators.standing(opportunity.evidence, now.date())
    if opportunity.promise and opportunity.promise.is_cold:
        return "going cold"
    since = ago(now - (exchange.their_latest_at or opportunity.posted_at))
    if exchange.turn is Turn.THEM:
        return f"waits for them, {ago(now - (exchange.owner_latest_at or opportunity.posted_at))}"
    if turns(exchange) >= 3:  # noqa: PLR2004  question, answer, and back: from here on it is an exchange
        return f"{turns(exchange)} turns, waiting {since}"
    if is_new_voice(opportunity):
        return "nobody answered"
    return f"waiting {since}"


def is_new_voice(opportunity: Opportunity) -> bool:
    """Found unanswered, and unanswered still."""
    exchange = opportunity.exchange
    return opportunity.judgement.new_voice and not exchange.turns_by_owner and not exchange.answered_by_others


def turns(exchange: Exchange) -> int:
    return exchange.turns_by_them + exchange.turns_by_owner if exchange.turns_by_owner else 0


def ago(span: timedelta) -> str:
    """Like "2 days", "5 hours", "1 hour": whole units, never zero."""
    hours = max(round(span / timedelta(hours=1)), 1)
    count, unit = (round(hours / 24), "day") if hours >= 36 else (hours, "hour")  # noqa: PLR2004  "2 days" from 36 h
    return f"{count} {unit}{'' if count == 1 else 's'}"


def commands(numbers: Sequence[int], *, more: bool) -> str:
    """The last line: what makes sense to answer now, each on another item where there are several."""
    first, second, third = numbers[0], numbers[min(1, len(numbers) - 1)], numbers[-1]
    said = [f"done {first}", f"later {second} fri", f"no {third}", f"why {first}", *(["more"] if more else []), "help"]
    return " · ".join(said)


def day(at: datetime, zone: tzinfo) -> str:
    """Like "Sun 22 Nov", in the owner's zone."""
    local = at.astimezone(zone)
    return f"{local:%a} {local.day} {local:%b}"


def moment(at: datetime, zone: tzinfo) -> str:
    """Like "Sun 22 Nov, 08:00", in the owner's zone."""
    return f"{day(at, zone)}, {at.astimezone(zone):%H:%M}"


ASKS = "What came of"


def asks_what_came(text: str) -> bool:
    """Whether a message on the server is that question."""
    return letters(text).startswith(letters(ASKS))


def what_came(items: Mapping[int, Item], *, now: datetime, zone: tzinfo, fits: Fits) -> Message:
    """The one question what came of some items, each by its number; as many as fit."""
    first = f"{ASKS} {'it' if len(items) == 1 else 'these'}? ({moment(now, zone)})"
    for count in range(len(items), 0, -1):
        shown = dict(list(items.items())[:count])
        asked = [
            line for number, item in shown.items() for line in (_acted_on(number, item, zone), item.opportunity.link)
        ]
        text = "\n".join((first, "", *asked, "", _example(list(shown))))
        if fits(text):
            return Message(text=text, mark=first, numbers=tuple(shown))
    return Message(text=first, mark=first)


def _acted_on(number: int, item: Item, zone: tzinfo) -> str:
    """Its words are gone: by who, what and when."""
    opportunity = item.opportunity
    goal = f" [{opportunity.judgement.goal}]" if opportunity.judgement.goal else ""
    return f"{number} {called(opportunity)}, {opportunity.judgement.kind}, done {day(item.standing.since, zone)}{goal}"


def _example(numbers: Sequence[int]) -> str:
    if len(numbers) == 1:
        return "In a word or a sentence, like: 400 EUR, a friend, still talking. Nothing is a normal answer."
    return f"Like: {numbers[0]}: 400 EUR, {numbers[1]}: still talking. Nothing is a normal answer."


def hello(at: Sequence[time]) -> Message:
    first = "Hello from Underheard, your bot."
    when = f"at {joined(f'{t:%H:%M}' for t in at)}" if at else "when you ask"
    text = (
        f"{first} I read what people write to you and, {when}, send you the few that are worth your time; "
        "on a quiet day, nothing. I cannot post, like or follow, and I write to nobody but you.\n\n"
        "I keep a short quotation of each open item and when people wrote, never their posts.\n\n"
        "Answer in your own words, or say: help · status · pause 1w · stop"
    )
    return Message(text=text, mark=first)


def refused(name: str, why: str) -> Message:
    first = f"I was locked out of {name}."
    text = f"{first} It no longer takes my key ({why}). Make a new key, put it where the config says, and run check."
    return Message(text=text, mark=first)


# -- when a network takes no messages --------------------------------------------------------------------------------


def instead(network: str, since: datetime, zone: tzinfo, why: str = "") -> str:
    """What a message says that comes by another network than the owner chose."""
    plain = re.sub(r" \([^()]*\)$", "", unlinked(tidy(why.removeprefix(f"{network}: "))))  # not which exception it was
    reason = f": {clip(plain, WHY_LENGTH)}" if plain else ""
    return f"(Sent here because {network} has taken no message since {moment(since, zone)}{reason}.)"


def with_notice(text: str, notice: str, fits: Fits) -> str:
    """What does not fit is cut off from the end of the text, by whole lines as far as possible."""
    whole = text.split("\n")
    shorter = ["\n".join(whole[:count]) for count in range(len(whole), 0, -1)]
    shorter += [clip(text, length) for length in GIST_LENGTHS]
    return next((said for each in shorter if fits(said := f"{each.rstrip()}\n\n{notice}")), notice)


def not_known_to_have_arrived(mark: str, network: str, since: datetime, zone: tzinfo) -> Message:
    """About a message that shows items: the server may have it, and does not say."""
    first = f"I cannot tell whether you have my list of {mark.removesuffix(':')}." if mark else "You may lack a list."
    text = f"{first} I sent it by {network}, which has not answered since {moment(since, zone)}."
    return Message(text=f"{text} I will not send it twice: to see what is open, say list.", mark=first)


def halted(why: str) -> Message:
    first = "I have stopped sending."
    return Message(text=f"{first} {why}. Please look at it; I go on when you say start.", mark=first)
