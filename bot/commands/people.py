"""What the owner can ask and say about people, and about which goal comes first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from bot import collaborators, digest, people
from bot.commands.items import people_meant, unknown_or_several, which_of_two
from bot.commands.registry import Asked, Named, Order, Told, command, state
from bot.digest import name as shown_name
from bot.language import when
from bot.language.refs import ALL, Ref, Which
from bot.language.tokens import fold, tokens
from bot.language.verbs import Takes
from bot.ledger import Item
from bot.models import Event, Goal, LedgerEntry, Person, Turn
from bot.text import clip, joined


@command(
    usage="who 1",
    help="what is kept on the person",
    takes=Takes.ITEMS | Takes.NAME,
    en="""whos, who is, whois, who are, whos that, who is that, who wrote, profile, tell me who, person behind,
        who sent""",
    de="wer, wer ist",
    es="quién, quién es",
    fr="qui est, cest qui, qui est-ce",
    ja="誰, だれ, 誰ですか",
)
def who(order: Order) -> Told | Asked:
    found = people_meant(order)
    if len(found) != 1 and not order.named:
        return Asked(unknown_or_several(order, found, "who"))
    return Told(tuple(line for person, name in found.items() for line in _portrait(order, person, name)))


def _portrait(order: Order, id_: str, name: str) -> list[str]:
    view, ids = order.view, order.view.kin.of(id_)
    rows = sorted((view.people[each] for each in ids if each in view.people), key=_latest_at, reverse=True)
    mine = [item for item in view.filed.values() if not ids.isdisjoint(item.opportunity.people)]
    lines = _known(order, rows) if rows else [f"{name}: nothing is kept of them but what stands below."]
    lines += [_items(mine)] if mine else []
    lines += ["Muted: never shown. unmute ends it."] if id_ in view.muted else []
    lines += [f'Your note: "{clip(note, 120)}"' for item in mine for note in item.standing.notes]
    return lines


def _latest_at(person: Person) -> datetime:
    return person.latest_at


def _known(order: Order, rows: Sequence[Person]) -> list[str]:
    """`rows`: one for each of their accounts."""
    person = people.as_one(rows)
    first = _day(order, person.first_at)
    since = f" between {first} and {_day(order, person.latest_at)}" if person.days > 1 else f", {first}"
    wrote = f"wrote to you on {_days(person.days)}{since}"
    answer = person.owner_latest_at
    yours = f"You wrote to them on {_days(person.owner_days)}, last {_day(order, answer)}." if answer else ""
    about = [goal for goal, _ in sorted(person.goals.items(), key=lambda each: -each[1])]
    called = joined(row.handle for row in rows)
    lines = [f"{shown_name(person.name)} ({called}) {wrote}. {yours}".strip()]
    lines += [f"About: {joined(about)}."] if about else []
    lines += [f"In your circle since {_day(order, person.joined_at)}."] if person.joined_at else []
    today = order.view.now.astimezone(order.view.zone).date()
    found = collaborators.evidence(person, (goal.name for goal in order.view.goals), order.view.zone)
    return lines + ([collaborators.told(*found, today)] if found else [])


def _items(mine: Sequence[Item]) -> str:
    """What there was between the two: the open by number, of the closed only what became of them."""
    by_state: dict[str, list[str]] = {}
    for item in mine:
        standing = item.standing
        called = str(standing.number) if standing.number and standing.is_open else f"#{item.opportunity.id}"
        told = "open" if standing.is_open else state(Named(None, item))
        by_state.setdefault(told, []).append(f"{called} ({item.opportunity.judgement.kind})")
    return "; ".join(f"{told}: {', '.join(called)}" for told, called in by_state.items()).capitalize() + "."


def _days(count: int) -> str:
    return f"{count} {'day' if count == 1 else 'days'}"


def _day(order: Order, at: datetime) -> str:
    """Like "22 Nov", with the year when it is another."""
    local = at.astimezone(order.view.zone)
    year = f" {local.year}" if local.year != order.view.now.astimezone(order.view.zone).year else ""
    return f"{local.day} {local:%b}{year}"


@command(
    usage="forget 1",
    help="erases the person for good",
    takes=Takes.ITEMS | Takes.NAME,
    is_final=True,
    needs_care=True,
    en="erase, wipe, delete for good, delete everything about, purge, delete all data on",
    de="vergiss, vergessen",
    es="olvida, olvidar",
    fr="oublie, oublier",
    ja="忘れて",
)
def forget(order: Order) -> Told | Asked:
    """Under a cause of its own, for whatever else is in the message can be undone."""
    if not order.named and order.clause.argument == ALL.which:
        return Asked("I forget one person at a time: say forget and a number or a name. What I keep on you is in data.")
    if unclear := which_of_two(order, "forget"):
        return unclear
    found = people_meant(order)
    if len(found) != 1 and not order.named:
        return Asked(unknown_or_several(order, found, "forget"))
    if not order.is_agreed:
        exactly = tuple(Ref(Which.EXACTLY, named.id) for named in order.named)
        return Asked(_warning(found), replace(order.clause, refs=exactly, spared=()))
    entries = tuple(
        LedgerEntry(at=order.view.now, event=Event.FORGET, cause=f"{order.cause} forget", person=mark)
        for mark in sorted({mark for id_ in found for mark in _all_of(order, id_)})
    )
    return Told(("Forgotten. What I wrote to you before stays in our chat until you delete it there.",), entries)


def _all_of(order: Order, id_: str) -> frozenset[str]:
    """All their accounts; by address those that the owner stated and that have not written yet."""
    view = order.view
    known = {person.handle.casefold() for person in view.people.values()}
    handles = view.kin.named.get(id_) or _stated(order, id_)
    return view.kin.of(id_) | (handles - known)


def _stated(order: Order, id_: str) -> frozenset[str]:
    person = order.view.people.get(id_)
    groups = [group for group in order.view.circle.same_person if person and person.handle.casefold() in group]
    return frozenset(handle for group in groups for handle in group)


def _warning(found: Mapping[str, str]) -> str:
    names = joined(map(str, found.values()))
    return (
        f"Forget {names} for good? I erase all that I keep, your notes too, and never keep or show them again. "
        "This cannot be undone. Yes or no."
    )


# -- the circle --------------------------------------------------------------------------------------------------------


@command(
    usage="circle",
    help="your people",
    en="my circle, my people, the circle, ~people",
    de="kreis",
    es="círculo",
    fr="cercle",
    ja="サークル",
)
def circle(order: Order) -> Told:
    view = order.view
    everybody = people.united(view.people.values(), view.kin).values()
    members = people.circle(everybody, view.circle.size)
    watched = [person for person in everybody if not view.kin.handles(person).isdisjoint(view.circle.watch)]
    ids = view.kin.all_of(person.id for person in watched)
    owed = _owed(order)
    others = [person for person in members if person.id not in ids]
    silent = [person for person in others if people.is_silent(person, view.now) and person.id not in owed]
    parts = [
        ("Watched", [f"{shown_name(person.name)}, {_how(order, person, owed)}" for person in _by_name(watched)], "; "),
        ("You owe an answer", list(dict.fromkeys(label for id_, label in owed.items() if id_ not in ids)), ", "),
        ("Fell silent", [_silence(order, person) for person in silent], ", "),
        ("New", [shown_name(person.name) for person in others if people.is_new(person, view.now)], ", "),
        ("All", [shown_name(person.name) for person in members], ", "),
    ]
    return Told(_fitting(order, _size(members), [part for part in parts if part[1]]))


def _size(members: Sequence[Person]) -> str:
    if not members:
        return "Nobody is in your circle yet: it is those who wrote to you and to whom you wrote, on several days."
    count = "1 person" if len(members) == 1 else f"{len(members)} people"
    return f"Your circle: {count}; both of you wrote, on several days."


def _by_name(those: Iterable[Person]) -> list[Person]:
    return sorted(those, key=lambda person: person.name.casefold())


def _owed(order: Order) -> dict[str, str]:
    """Who waits for the owner's answer, by id, longest first: open items, by number where they have one."""
    items = [item for item in order.view.filed.values() if item.standing.is_open]
    items = [item for item in items if item.opportunity.exchange.turn is Turn.OWNER]
    found: dict[str, str] = {}
    for item in sorted(items, key=_waits_since):
        number = f"{item.standing.number} " if item.standing.number else ""
        label = f"{number}{shown_name(item.opportunity.name)} (since {_day(order, _waits_since(item))})"
        if item.opportunity.person not in order.view.muted:
            found |= {each: label for each in order.view.kin.of(item.opportunity.person) if each not in found}
    return found


def _waits_since(item: Item) -> datetime:
    return item.opportunity.exchange.their_latest_at or item.opportunity.posted_at


def _how(order: Order, person: Person, owed: dict[str, str]) -> str:
    """How it stands with somebody who is never to go unanswered."""
    if person.id in owed or person.owner_latest_at is None or person.latest_at > person.owner_latest_at:
        return f"wrote last, on {_day(order, person.latest_at)}"
    return f"you wrote last, on {_day(order, person.owner_latest_at)}"


def _silence(order: Order, person: Person) -> str:
    usual = digest.ago(people.usual_gap(person))
    return f"{shown_name(person.name)} (usually every {usual}, last {_day(order, person.latest_at)})"


def _fitting(order: Order, first: str, parts: Sequence[tuple[str, Sequence[str], str]]) -> tuple[str, ...]:
    """Every line with as many as fit; who is left out is counted, and the newest lines go first."""
    for count in (400, 40, 20, 12, 8, 5, 3, 2, 1):
        lines = (first, *(f"{title}: {_some(said, count, between)}." for title, said, between in parts))
        if order.view.fits("\n".join(lines)):
            return lines
    return _fitting(order, first, parts[:-1]) if parts else (first,)


def _some(said: Sequence[str], count: int, between: str) -> str:
    rest = len(said) - count
    return between.join(said[:count]) + (f" and {rest} more" if rest > 0 else "")


# -- which goal comes first --------------------------------------------------------------------------------------------

DEFAULT_FOCUS = "2w"
ENDS = frozenset(map(fold, ("off", "end", "stop", "none", "nothing", "aus", "ende", "fin", "終わり", "オフ")))


@command(
    usage="focus GOAL 2w",
    help="one goal first for a while; focus off ends it",
    takes=Takes.TEXT,
    en="focus on, concentrate on, prioritise, prioritize",
    de="fokus",
    es="enfoque",
    fr="se concentrer sur",
    ja="集中",
)
def focus(order: Order) -> Told | Asked:
    view, said = order.view, order.clause.argument
    now_first = view.controls.first_goal(view.now)
    if not said:
        return _told_focus(order, now_first)
    if fold(said).strip(" .!") in ENDS:
        if now_first is None:
            return Told(("No goal comes first now.",))
        return Told((f"{now_first} no longer comes first.",), (order.entry(Event.FOCUS),))
    goal, rest = _named_goal(said, view.goals)
    if goal is None:
        names = joined((each.name for each in view.goals), "or")
        return Asked(f'I know no goal "{clip(said, 40)}". Say focus {names}, and for how long, like 2w.')
    if goal.until and goal.until < view.now.astimezone(view.zone).date():
        return Asked(f"{goal.name} ended on {goal.until.day} {goal.until:%b %Y}: give it another date in the config.")
    try:
        until = when.moment(rest or DEFAULT_FOCUS, view.now, view.zone, view.morning)
    except when.NoSuchMoment as problem:
        return Asked(f"{problem} Nothing is changed. Say it like: focus {goal.name} 2w.")
    instead = f", instead of {now_first}" if now_first not in {None, goal.name} else ""
    line = f"{goal.name} comes first until {order.moment(until)}{instead}. focus off ends it sooner."
    return Told((line,), (order.entry(Event.FOCUS, text=goal.name, until=until),))


def _told_focus(order: Order, now_first: str | None) -> Told | Asked:
    held = order.view.controls.focus
    if now_first and held:
        return Told((f"{now_first} comes first until {order.moment(held.until)}. focus off ends it.",))
    names = joined((each.name for each in order.view.goals), "or")
    return Asked(f"No goal comes first now. Say focus {names}, and for how long, like 2w.")


def _named_goal(said: str, goals: Sequence[Goal]) -> tuple[Goal | None, str]:
    """The goal that is named, and what is said besides: the time."""
    known = {tuple(token.word for token in tokens(goal.name)): goal for goal in goals}
    words = tokens(said)
    for name, goal in known.items():
        for at in range(len(words) - len(name) + 1):
            if tuple(word.word for word in words[at : at + len(name)]) == name:
                before, after = said[: words[at].start], said[words[at + len(name) - 1].end :]
                return goal, f"{before} {after}".strip(" ,:;")
    return None, said
