"""What a command is: a function with its words, its form and its help beside it, in one table."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from bot import digest
from bot.commands.view import View
from bot.language.clauses import Clause
from bot.language.verbs import Takes, Verb
from bot.ledger import Item, State
from bot.models import Event, LedgerEntry, Opportunity
from bot.text import joined


@dataclass(frozen=True, slots=True)
class Named:
    """An item, and what the owner calls it."""

    number: int | None
    item: Item

    @property
    def id(self) -> int:
        return self.item.opportunity.id

    @property
    def is_open(self) -> bool:
        return self.item.standing.is_open

    @property
    def name(self) -> str:
        return digest.called(self.item.opportunity)

    @property
    def label(self) -> str:
        return f"#{self.id} {self.name}" if self.number is None else f"{self.number} {self.name}"


STATES = {
    State.DONE: "done",
    State.NO: "dismissed",
    State.ANSWERED: "answered",
    State.EXPIRED: "gone",
    State.LATER: "postponed",
}


def state(named: Named) -> str:
    return STATES.get(named.item.standing.state, "open")


def labels(named: Iterable[Named]) -> str:
    return joined(each.label for each in named)


@dataclass(frozen=True, slots=True)
class Order:
    """One clause, its items found, ready to be carried out."""

    clause: Clause
    view: View
    cause: str
    named: tuple[Named, ...] = ()
    is_agreed: bool = False
    """The owner was asked whether to do this, and said yes."""

    def entry(self, event: Event, named: Named | None = None, **carries: object) -> LedgerEntry:
        opportunity = named.id if named else None
        return LedgerEntry(at=self.view.now, event=event, cause=self.cause, opportunity=opportunity, **carries)  # type: ignore[arg-type]

    def moment(self, at: datetime) -> str:
        return digest.moment(at, self.view.zone)


@dataclass(frozen=True, slots=True)
class Told:
    """A clause carried out: what the owner is told, and what is entered."""

    lines: tuple[str, ...]
    entries: tuple[LedgerEntry, ...] = ()
    numbers: Mapping[int, int] = field(default_factory=dict)
    """Number -> opportunity of the items that the lines list."""
    opportunities: tuple[Opportunity, ...] = ()
    """To be kept, for the entries to be about."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A clause that cannot be carried out as it stands; nothing of its message is."""

    line: str
    instead: Clause | None = None
    """What a yes carries out, or the name of an item where one is asked for."""


Does = Callable[[Order], Told | Asked]
"""What a command does: nothing yet; it says what is to be told and entered."""


@dataclass(frozen=True, slots=True)
class Command:
    verb: Verb
    usage: str
    help: str
    does: Does


COMMANDS: dict[str, Command] = {}
"""In the order of the help."""


@dataclass(frozen=True, slots=True, kw_only=True)
class command:  # noqa: N801  reads as what it is, above a function
    """Enters a function as the command of its name."""

    usage: str
    help: str
    takes: Takes = Takes.NOTHING
    is_final: bool = False
    needs_care: bool = False
    en: str
    de: str = ""
    es: str = ""
    fr: str = ""
    ja: str = ""
    signs: str = ""
    languages: tuple[str, ...] = field(default=("en", "de", "es", "fr", "ja", "signs"), init=False)

    def __call__(self, does: Does) -> Does:
        name = does.__name__.rstrip("_")
        words = {language: getattr(self, language) for language in self.languages}
        words["en"] = f"{name}, {words['en']}"
        verb = Verb(name=name, takes=self.takes, words=words, is_final=self.is_final, needs_care=self.needs_care)
        COMMANDS[name] = Command(verb, self.usage, self.help, does)
        return does
