"""An owner who talks with the bot: the ledger as the store keeps it, and the view that an answer depends on."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from bot import ledger
from bot.commands import Answer, Status, View, answer
from bot.ledger import Item
from bot.models import (
    Aim,
    DirectMessage,
    Event,
    Exchange,
    Goal,
    Health,
    Judgement,
    Kind,
    LedgerEntry,
    Opportunity,
    Person,
    Signal,
    Strength,
    Value,
    Verb,
    Visibility,
)

START = datetime(2026, 11, 22, 7, tzinfo=UTC)
"""A Sunday, 08:00 in Amsterdam."""
ZONE = ZoneInfo("Europe/Amsterdam")
DAY = timedelta(days=1)

PEOPLE = (
    (
        "Ines Almeida",
        "ines@kelp.example",
        "would you co-write the seed-library guide?",
        Verb.ASKS,
        Kind.COLLABORATION,
        "book",
    ),
    ("Tomasz", "tomasz@maps.example", "I built the offline map, want to test it?", Verb.OFFERS, Kind.HELP, "maps"),
    ("Dee", "dee@salt.example", "we measured soil salt for two winters", Verb.SAYS, Kind.KNOWLEDGE, "book"),
    ("田中さくら", "sakura@tane.example", "the workshop in May has a budget", Verb.OFFERS, Kind.WORK, None),
    ("Will", "will@reef.example", "come to our meet-up on Friday", Verb.INVITES, Kind.INVITATION, "maps"),
    ("Ines Pereira", "ines.p@dune.example", "two of your dates are wrong", Verb.CORRECTS, Kind.KNOWLEDGE, "book"),
    ("Bo", "bo@fen.example", "how did you stop the mould?", Verb.ASKS, Kind.QUESTION, None),
    ("Yasmin", "yasmin@oak.example", "my seeds came up after nine years", Verb.REPORTS, Kind.KNOWLEDGE, "book"),
)
GOALS = (
    Goal(name="book", want="Finish the seed-library guide with people who run one.", kind=Aim.COLLABORATE, weight=3),
    Goal(name="maps", want="Learn to make maps that work offline.", kind=Aim.LEARN, until=date(2027, 3, 31)),
)
STATUS = Status(
    networks=(
        Health(network="mastodon", read_at=START - timedelta(minutes=4)),
        Health(network="bluesky", read_at=START - 2 * DAY, trouble="bluesky: the server is down"),
    ),
    next_digest_at=START + DAY,
    read_today=41,
    kept={"open items": 3, "people": 12, "ledger entries": 40},
    understands_words=True,
)


def opportunity(id_: int, at: int) -> Opportunity:
    name, handle, gist, verb, kind, goal = PEOPLE[at % len(PEOPLE)]
    posted_at = START - timedelta(hours=30)
    signals = (
        Signal(name="proposes_something", weight=2.1, because="they propose to make something together"),
        Signal(name="serves_a_goal", weight=1.4, because=f"it serves your goal {goal}"),
        Signal(name="is_long", weight=-0.3, because="it wanders"),
        Signal(name="is_calm", weight=0.0, because="no weight, never shown"),
        Signal(name="answered_before", weight=0.6, because="you answered them before"),
    )
    return Opportunity(
        id=id_,
        network="mastodon",
        person=f"mastodon:{handle}",
        name=name,
        thread=f"mastodon:t{id_}",
        post=f"mastodon:p{id_}",
        link=f"https://hachyderm.example/statuses/{115_591_234_567_890_000 + id_}",
        edition="",
        visibility=Visibility.PUBLIC,
        found_at=START - DAY,
        posted_at=posted_at,
        judgement=Judgement(
            kind=kind, verb=verb, value=Value.SOCIAL, strength=Strength.STRONG, goal=goal, gist=gist, signals=signals
        ),
        exchange=Exchange(turns_by_them=1, their_latest_at=posted_at),
    )


def person(at: int) -> Person:
    """The even ones are old friends, of whom the third has not written for long; the others are new."""
    name, handle, *_, goal = PEOPLE[at]
    known = Person(
        id=f"mastodon:{handle}",
        name=name,
        handle=handle,
        first_at=START - 40 * DAY,
        latest_at=START - (30 if at == 6 else 1) * DAY,
        days=1,
        posts=1,
        goals={goal: 1} if goal else {},
    )
    if at % 2:
        return known
    return replace(known, days=6, posts=9, owner_days=4, owner_latest_at=START - 32 * DAY, joined_at=START - 39 * DAY)


@dataclass
class Conversation:
    """Items 137, 138, … of which the first `shown` stand as 1, 2, … in the newest list; the rest waits."""

    shown: int = 3
    waiting: int = 3
    limit: int = 500
    now: datetime = START
    zone: ZoneInfo = ZONE
    entries: list[LedgerEntry] = field(default_factory=list)
    opportunities: dict[int, Opportunity] = field(default_factory=dict)
    recent: tuple[int, ...] = ()
    status: Status = STATUS
    goals: Sequence[Goal] = GOALS
    first_id: int = 137
    said: int = 0

    def __post_init__(self) -> None:
        ids = range(self.first_id, self.first_id + self.shown + self.waiting)
        self.opportunities = {id_: opportunity(id_, at) for at, id_ in enumerate(ids)}
        self.entries = [self._of_the_bot(Event.FOUND, id_) for id_ in ids]
        self.entries += [self._of_the_bot(Event.SHOWN, id_, n) for n, id_ in enumerate(list(ids)[: self.shown], 1)]
        self.recent = tuple(range(1, self.shown + 1))

    def _of_the_bot(self, event: Event, id_: int, number: int | None = None) -> LedgerEntry:
        return LedgerEntry(at=self.now - DAY, event=event, cause="digest 1", opportunity=id_, number=number)

    def items(self) -> dict[int, Item]:
        standings = ledger.standings(self.entries)
        return {id_: Item(opportunity=self.opportunities[id_], standing=standings[id_]) for id_ in standings}

    def view(self, replied_to: Mapping[int, int] | None = None, fits: Callable[[str], bool] | None = None) -> View:
        items = self.items()
        numbered = {item.standing.number: item for item in items.values() if item.standing.number is not None}
        numbered |= self._open(items)
        free = ledger.free_numbers((item.standing for item in items.values()), self.now)
        return View(
            now=self.now,
            zone=self.zone,
            items=numbered,
            waiting=[item for item in items.values() if item.standing.number is None and item.standing.is_open],
            recent=self.recent,
            replied_to=replied_to,
            free_numbers=[next(free) for _ in range(12)],
            goals=self.goals,
            controls=ledger.controls(self.entries),
            entries=tuple(self.entries),
            people={person(at).id: person(at) for at in range(len(PEOPLE))},
            status=self.status,
            fits=fits or (lambda text: len(text) <= self.limit),
            filed=items,
        )

    def _open(self, items: Mapping[int, Item]) -> dict[int, Item]:
        return {
            item.standing.number: item
            for item in items.values()
            if item.standing.number is not None and item.standing.is_open
        }

    def ask(self, text: str, **view: object) -> Answer:
        """The answer, without its effect."""
        message = DirectMessage(id=f"dm {self.said}", text=text, sent_at=self.now)
        return answer(message, self.view(**view))  # type: ignore[arg-type]

    def say(self, text: str, **view: object) -> str | None:
        """The reply; the effect is kept."""
        answered = self.ask(text, **view)
        self.said += 1
        self.now += timedelta(minutes=1)
        self.entries += answered.entries
        if answered.numbers:
            self.recent = tuple(answered.numbers)
        return answered.reply

    def dialogue(self, *texts: str) -> str:
        """As it reads on the phone."""
        return "\n\n".join(f"> {text}\n{self.say(text) or '(no answer)'}" for text in texts)

    def states(self) -> dict[int, str]:
        """By id."""
        return {id_: item.standing.state.value for id_, item in self.items().items()}

    def open_numbers(self) -> list[int]:
        return sorted(self._open(self.items()))
