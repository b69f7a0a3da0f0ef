"""Find the items that the owner means: by number, place, name, link, "the rest", or none named at all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from bot.commands.registry import Asked, Named, labels
from bot.commands.view import View
from bot.language.clauses import Clause
from bot.language.refs import ASKED, NO_SUCH_NUMBER, Ref, Which
from bot.language.tokens import Shape, tokens
from bot.ledger import Item, State
from bot.text import joined

AFTERWARDS = frozenset({"won", "nothing", "talking", "working"})
"""Said of what is closed, as a rule."""
_FEW = 5
"""So many names are told where one is asked for."""
INITIAL = 2
"""So short a part of a name is no way to call anybody, in letters that are no syllables."""


def names(view: View) -> Mapping[str, tuple[Named, ...]]:
    """Every way to name an item by its person: "ines", "ines almeida", "@ines@kelp.example", or by its link."""
    found: dict[str, list[Named]] = {}
    for named in _numbered(view):
        for name in dict.fromkeys(_names(named.item, view)):
            found.setdefault(name, []).append(named)
    return {name: tuple(named) for name, named in found.items()}


def _names(item: Item, view: View) -> Iterable[str]:
    words = [token.word for token in tokens(item.opportunity.name) if token.shape is Shape.WORD]
    called = [" ".join(words), *(word for word in words if len(word) > INITIAL or not word.isascii())]
    yield from (f"{name}{genitive}" for name in called if name for genitive in ("", "s"))
    if item.opportunity.link:
        yield item.opportunity.link.casefold()
    if person := view.people.get(item.opportunity.person):
        yield from (f"@{person.handle}", f"@{person.handle.split('@')[0]}")


def _numbered(view: View) -> list[Named]:
    return [Named(number, item) for number, item in sorted(view.items.items())]


def meant(clause: Clause, view: View, others: Iterable[Clause] = ()) -> tuple[Named, ...] | Asked:
    """The items of a clause, each once. `others` are the clauses of the same message, for "the rest"."""
    search = _Search(view, tuple(others), is_afterwards=clause.verb in AFTERWARDS)
    found: dict[int, Named] = {}
    try:
        spared = {named.id for ref in clause.spared for named in search.of(ref)}
        for ref in clause.refs:
            found |= {named.id: named for named in search.of(ref) if named.id not in spared}
    except _Unmet as unmet:
        if unmet.instead is None:
            return Asked(unmet.line)
        refs = tuple(unmet.instead if each == ref else each for each in clause.refs)
        return Asked(unmet.line, replace(clause, refs=refs))
    return tuple(found.values())


class _Unmet(Exception):
    def __init__(self, line: str, instead: Ref | None = None) -> None:
        self.line = line
        self.instead = instead


@dataclass(frozen=True, slots=True)
class _Search:
    view: View
    others: Sequence[Clause]
    is_afterwards: bool = False

    def of(self, ref: Ref) -> Sequence[Named]:
        match ref.which:
            case Which.NUMBER:
                return [self._by_number(ref.value)]
            case Which.ID:
                return [self._by_id(ref.value)]
            case Which.EXACTLY:
                return [self._found(ref.value) or self._unknown(f"#{ref.value}")]
            case Which.PLACE:
                return [self._by_place(ref.value)]
            case Which.NAME:
                return [self._by_name(ref.name)]
            case Which.RANGE:
                raise _Unmet(f"{ref} is more than there is. {open_now(self.view)}")
            case Which.ALL:
                return self._some(self._listed)
            case Which.BOTH:
                return self._both()
            case Which.REST:
                return self._rest()
            case _:
                return [self._only()]

    def _unknown(self, what: str) -> Named:
        raise _Unmet(f"There is no {what}. {open_now(self.view)}")

    # one

    def _found(self, id_: int) -> Named | None:
        waiting = [Named(None, item) for item in self.view.waiting]
        filed = [Named(None, self.view.filed[id_])] if id_ in self.view.filed else []
        return next((named for named in [*_numbered(self.view), *waiting, *filed] if named.id == id_), None)

    def _by_number(self, number: int) -> Named:
        """In the message that the owner answers a number may mean what it no longer means now."""
        now = Named(number, self.view.items[number]) if number in self.view.items else None
        then_id = (self.view.replied_to or {}).get(number)
        if then_id is None or (now and now.id == then_id):
            return now or self._unknown("such number" if number == NO_SUCH_NUMBER else str(number))
        then = self._found(then_id)
        if then and (then.is_open or self.is_afterwards or now is None or not now.is_open):
            return then
        if now is None:
            raise _Unmet(f"{number} of that message is closed. {open_now(self.view)}")
        line = f"{number} of that message is closed; now {number} is {now.name}. Do you mean {now.name}?"
        raise _Unmet(line, Ref(Which.EXACTLY, now.id))

    def _by_id(self, id_: int) -> Named:
        """As it is typed, "#3" is the item filed under 3, but many write it for number 3."""
        filed = self._found(id_)
        numbered = Named(id_, self.view.items[id_]) if id_ in self.view.items else None
        if filed and numbered and filed.id != numbered.id and filed.is_open and numbered.is_open:
            raise _Unmet(f"#{id_} may be {joined((numbered.label, filed.label), 'or')}. Which one?", ASKED)
        if filed and (filed.is_open or numbered is None):
            return filed
        return numbered or self._unknown(f"#{id_}")

    def _by_place(self, place: int) -> Named:
        listed = list(self.view.replied_to or self.view.recent)
        if not listed or abs(place) > len(listed):
            has = f"The newest list has {len(listed)}." if listed else "No list is there yet."
            raise _Unmet(f"{has} {open_now(self.view)}")
        return self._by_number(listed[place - 1 if place > 0 else place])

    def _by_name(self, name: str) -> Named:
        called = names(self.view).get(name, ())
        open_ones = [named for named in called if named.is_open]
        if len(open_ones) > 1:
            raise _Unmet(f"There are several: {labels(open_ones)}. Which one?", ASKED)
        return (open_ones or list(called) or [self._unknown(name)])[-1]

    def _only(self) -> Named:
        candidates = self._acted_on if self.is_afterwards else []
        candidates = candidates or to_do(self._replied) or to_do(_numbered(self.view))
        if not candidates:
            raise _Unmet(open_now(self.view))
        if len(candidates) > 1:
            raise _Unmet(f"Which one: {self._choices(candidates)}?", ASKED)
        return candidates[0]

    def _choices(self, candidates: Sequence[Named]) -> str:
        """All of a few; of many, those of the newest list, as nobody reads twenty names to answer a question."""
        if len(candidates) <= _FEW:
            return joined((named.label for named in candidates), "or")
        near = [named for named in candidates if named.number in self.view.recent] or list(candidates)
        named = ", ".join(each.label for each in near[:_FEW])
        return f"{named}, or one of the {len(candidates) - len(near[:_FEW])} others that list shows"

    @property
    def _acted_on(self) -> list[Named]:
        """Of what the owner was asked what came of it; else of what is done and still called by its number."""
        done = [named for named in _numbered(self.view) if named.item.standing.state is State.DONE]
        unsettled = [named for named in done if not named.item.standing.is_settled]
        return self._asked or unsettled or done

    @property
    def _asked(self) -> list[Named]:
        found = [self._found(item.opportunity.id) for item in self.view.asked_about]
        return [named for named in found if named]

    # several

    @property
    def _replied(self) -> list[Named]:
        ids = (self.view.replied_to or {}).values()
        return [named for named in _numbered(self.view) if named.id in ids]

    @property
    def _listed(self) -> list[Named]:
        """What "all" is: the open items of the list that the owner looks at, or else all that are open."""
        recent = [Named(number, self.view.items[number]) for number in self.view.recent if number in self.view.items]
        if self.is_afterwards and self._asked:
            return self._asked
        return to_do(self._replied) or to_do(recent) or to_do(_numbered(self.view))

    def _some(self, named: Sequence[Named]) -> Sequence[Named]:
        if not named:
            raise _Unmet(open_now(self.view))
        return named

    def _both(self) -> Sequence[Named]:
        if len(self._listed) != 2:  # noqa: PLR2004
            raise _Unmet(f"Both? {open_now(self.view)} Which ones?", ASKED)
        return self._listed

    def _rest(self) -> Sequence[Named]:
        refs = [ref for clause in self.others for ref in (*clause.refs, *clause.spared)]
        named = [ref for ref in refs if ref.which not in {Which.REST, Which.LAST}]
        said = {named.id for ref in named for named in self.of(ref)}
        return self._some([named for named in self._listed if named.id not in said])


def to_do(named: Iterable[Named]) -> list[Named]:
    """The open ones, without the postponed while others are there."""
    open_ones = [each for each in named if each.is_open]
    return [each for each in open_ones if each.item.standing.state is not State.LATER] or open_ones


def open_now(view: View) -> str:
    open_ones = [named.label for named in _numbered(view) if named.is_open]
    more = f" and {len(open_ones) - _FEW} more, list shows them" if len(open_ones) > _FEW else ""
    return f"Open: {', '.join(open_ones[-_FEW:])}{more}." if open_ones else "Nothing is open now."
