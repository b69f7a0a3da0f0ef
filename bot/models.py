"""The vocabulary: what the core talks about. Values only; no behaviour that needs the world.

Ids are opaque outside the adapter that made them: "<network>:<native id>". Times end in `_at`, aware, UTC.
No type here has a field for followers, likes, boosts or any other audience number, and none may get one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

# -- what people wrote --------------------------------------------------------------------------------------------


class Visibility(StrEnum):
    PUBLIC = "public"
    UNLISTED = "unlisted"
    FOLLOWERS = "followers"
    DIRECT = "direct"


class OptOut(StrEnum):
    """Marks that a network carries as settings, not as words in a bio; what they forbid is in `consent`."""

    NO_INDEX = "noindex"
    NO_GUESTS = "no-unauthenticated"


class NotificationKind(StrEnum):
    MENTION = "mention"
    REPLY = "reply"
    QUOTE = "quote"


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    id: str
    handle: str
    """Full and without the leading sign: "ines@kelp.example", "ines.example.com"."""
    name: str
    """The display name as plain text; the handle's first part when there is none."""
    bio: str = ""
    """The bio and the profile's fields, one a line, as plain text."""
    is_bot: bool = False
    opt_outs: frozenset[OptOut] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    id: str
    author: Account
    text: str
    """Plain text without the run of names at its start that only addresses it."""
    posted_at: datetime
    link: str
    """Opens where the owner can answer."""
    uri: str = ""
    """What the post is called all over its network: equal for the same post seen on another server."""
    reply_to: str | None = None
    reply_to_author: str | None = None
    quotes: str | None = None
    mentions: tuple[str, ...] = ()
    """Ids of the accounts that the text names, in its order."""
    visibility: Visibility = Visibility.PUBLIC
    warning: str = ""
    language: str = ""
    """As its author's app stated it ("de", "pt-BR"), often wrong; "" when not stated."""
    edition: str = ""
    """Changes whenever the post is edited."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Thread:
    """The tree of public replies around a post, as far as the network shows it; parents before their replies."""

    posts: tuple[Post, ...]

    @property
    def root(self) -> Post:
        return self.posts[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Notification:
    id: str
    kind: NotificationKind
    post: Post


@dataclass(frozen=True, slots=True, kw_only=True)
class Relationship:
    is_hidden: bool = False
    """The owner blocks or mutes them, or their whole server; or they block the owner."""
    is_followed: bool = False
    """The owner follows them."""


# -- what the owner wants -----------------------------------------------------------------------------------------


class Aim(StrEnum):
    """The `kind` of a goal in the config."""

    COLLABORATE = "collaborate"
    WORK = "work"
    LEARN = "learn"
    FRIENDS = "friends"
    HELP_OTHERS = "help-others"
    COMMUNITY = "community"


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    name: str
    want: str
    kind: Aim
    weight: int = 1
    topics: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    """`not` in the config."""
    until: date | None = None


# -- what was found -----------------------------------------------------------------------------------------------


class Kind(StrEnum):
    COLLABORATION = "collaboration"
    WORK = "work"
    INVITATION = "invitation"
    INTRODUCTION = "introduction"
    QUESTION = "question"
    HELP = "help"
    KNOWLEDGE = "knowledge"
    CONVERSATION = "conversation"
    COLLABORATOR = "collaborator"


class Value(StrEnum):
    SOCIAL = "social"
    LIFE = "life"
    MONEY = "money"


class Strength(StrEnum):
    STRONG = "strong"
    GOOD = "good"
    MAYBE = "maybe"


class Verb(StrEnum):
    """What somebody does in an item, put before the quotation: "Ines asks: …"."""

    ASKS = "asks"
    OFFERS = "offers"
    INVITES = "invites"
    INTRODUCES = "introduces"
    CORRECTS = "corrects"
    REPORTS = "reports"
    SAYS = "says"


class Turn(StrEnum):
    """Who owes the next word."""

    OWNER = "owner"
    THEM = "them"
    NOBODY = "nobody"


@dataclass(frozen=True, slots=True, kw_only=True)
class Signal:
    """One true term of a ranking: `name` is the claim it makes, `because` says it to the owner.

    `because` never holds a word of the post: reasons are kept longer than texts.
    """

    name: str
    weight: float
    because: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """The owner and one person in one thread, counted. Numbers and times only."""

    turns_by_them: int = 0
    turns_by_owner: int = 0
    turn: Turn = Turn.OWNER
    answered_by_others: bool = False
    """Somebody who is neither of the two replied to their latest post."""
    their_latest_at: datetime | None = None
    owner_latest_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What one post is worth to the owner; its score is the sum of its signals' weights and nothing else."""

    kind: Kind
    verb: Verb
    value: Value
    strength: Strength
    goal: str | None
    gist: str
    """A literal span of the post's text; "" when it must not be quoted."""
    signals: tuple[Signal, ...]
    new_voice: bool = False
    heads: Mapping[str, float] = field(default_factory=dict)
    """What each claim came to before its weight, from 0 to 1: what is learnt from, kept when the words are gone."""

    @property
    def score(self) -> float:
        return sum(signal.weight for signal in self.signals)


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """Something that one of the two said they would do, and that nothing has followed yet."""

    by_owner: bool
    post: str
    at: datetime
    on: date
    """By the owner's calendar."""
    is_cold: bool = False
    """Nothing followed for so long that it comes back."""
    returned: int = 0
    """How often it came back."""
    returned_at: datetime | None = None
    words: str = ""
    """A literal span; kept only while the item is open."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Why a person, and not one post of theirs, may be an opportunity: counted over all that there was between them."""

    exchanges: int
    """Days on which they wrote."""
    on_goal: int
    """On how many of these about the goal."""
    since: date
    """By the owner's calendar."""
    given: int = 0
    """How many of their posts held something that one acts on."""
    first_hand: int = 0
    offers: int = 0
    owner_asked: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Other:
    """The second of two who should meet."""

    person: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """The same post again, cross-posted or bridged."""

    network: str
    post: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Opportunity:
    """One person in one thread, or a person. What the owner did about it is not here: that is the ledger's."""

    id: int
    """Counts up for ever: "#137"."""
    network: str
    person: str
    name: str
    thread: str
    """The id of the thread's root."""
    post: str
    """The post it stands on: the one the link opens."""
    link: str
    edition: str
    visibility: Visibility
    found_at: datetime
    posted_at: datetime
    judgement: Judgement
    exchange: Exchange
    signature: int = 0
    """64 bits of the text, one-way, by which a copy of it on another network is known."""
    promise: Promise | None = None
    evidence: Evidence | None = None
    """Of a possible collaborator."""
    other: Other | None = None
    """Of two who should meet."""
    copies: tuple[Copy, ...] = ()

    @property
    def is_about_people(self) -> bool:
        """And not about what somebody wrote in one thread."""
        return self.evidence is not None or self.other is not None

    @property
    def people(self) -> frozenset[str]:
        return frozenset({self.person, self.other.person} if self.other else {self.person})


@dataclass(frozen=True, slots=True, kw_only=True)
class Talk:
    """What was said between the owner and one person about one goal: when, never what."""

    days: int
    since: datetime
    latest_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """What is remembered of somebody who writes to the owner: when and how often, never what."""

    id: str
    name: str
    handle: str
    first_at: datetime
    latest_at: datetime
    days: int = 0
    """On how many days they wrote to the owner."""
    posts: int = 0
    answered: int = 0
    """How many of their posts the owner answered."""
    goals: Mapping[str, int] = field(default_factory=dict)
    """How many of their posts served which goal."""
    owner_days: int = 0
    """On how many days the owner wrote to them."""
    owner_latest_at: datetime | None = None
    joined_at: datetime | None = None
    """Since when both have written on several days: in the circle."""
    network: str = ""
    talks: Mapping[str, Talk] = field(default_factory=dict)
    """By goal."""
    given: int = 0
    """How many of their posts held something that one acts on: told first-hand, offered, or promising."""
    first_hand: int = 0
    """How many told what they saw or did themselves."""
    offers: int = 0
    """How many offered or proposed something."""
    owner_asked: bool = False
    """The owner has asked them something, or proposed something to them."""
    addresses: tuple[str, ...] = ()
    """Accounts that their profile links to."""
    met: tuple[str, ...] = ()
    """Ids of those with whom they were seen to talk, or with whom the owner was told to bring them together."""


# -- what came of it ----------------------------------------------------------------------------------------------


class Stage(StrEnum):
    """How far an opportunity went after the owner had acted on it."""

    NOTHING = "nothing"
    WAITING = "waiting"
    TALKING = "talking"
    WORKING = "working"
    WON = "won"


@dataclass(frozen=True, slots=True, kw_only=True)
class Amount:
    value: Decimal
    currency: str
    """Its code, "EUR"; what the owner wrote where that names several: "kr"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What the owner told that came of an opportunity, or how far it is."""

    stage: Stage
    value: Value | None = None
    """Of what was won."""
    amount: Amount | None = None
    words: str = ""
    """The owner's, in short."""
    is_correction: bool = False
    """It stands in place of what was told before it."""


# -- what was done about it ---------------------------------------------------------------------------------------


class Event(StrEnum):
    FOUND = "found"
    SHOWN = "shown"
    DONE = "done"
    LATER = "later"
    NO = "no"
    YES = "yes"
    NOTE = "note"
    ANSWERED = "answered"
    EXPIRED = "expired"
    MUTE = "mute"
    UNMUTE = "unmute"
    PAUSE = "pause"
    STOP = "stop"
    START = "start"
    HALT = "halt"
    ASKED = "asked"
    FOLLOWED_UP = "followed up"
    OUTCOME = "outcome"
    FOCUS = "focus"
    FORGET = "forget"
    MISSED = "missed"
    UNDO = "undo"


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerEntry:
    """One thing that happened. Entries are only ever added; `ledger` computes from them what is open.

    What each event carries, besides its subject:
    FOUND                the opportunity is open (again); subject = opportunity
    SHOWN                number: the number it bears while it is open
    LATER                until
    NO                   respect: topic, person, kind, late, spam or "" for just this one
    NOTE                 text
    ANSWERED             the owner replied on the network itself
    EXPIRED              too old, deleted, or its author hides now
    MUTE, UNMUTE         subject = a person's id
    PAUSE                until; STOP and START carry nothing; no subject
    HALT                 text: why the bot itself stopped sending; START ends it
    ASKED                text: the command that waits for a yes ("": none any more); until: when the question lapses
    FOLLOWED_UP          the owner was asked what came of it; number: what it is called in that question
    OUTCOME              outcome
    FOCUS                text: the goal that comes first ("": none any more); until
    FORGET               person: a salted one-way mark of whom; cannot be undone
    MISSED               the owner says that it should have been shown; respect: why it was not
    UNDO                 undone: the `cause` whose entries count no more
    """

    at: datetime
    event: Event
    cause: str
    """What brought it about: the id of the owner's message, or the key of the digest or tick."""
    opportunity: int | None = None
    person: str | None = None
    number: int | None = None
    until: datetime | None = None
    respect: str = ""
    text: str = ""
    undone: str = ""
    outcome: Outcome | None = None


# -- how the bot is doing -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """How one network is doing."""

    network: str
    read_at: datetime | None = None
    """When it was last read without trouble."""
    deep_at: datetime | None = None
    """When it was last read deeply."""
    trouble: str = ""
    since: datetime | None = None
    """When the trouble began."""
    retry_at: datetime | None = None
    """Not to be asked before this."""
    is_refused: bool = False
    """The key is no longer accepted; the owner was told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """That somebody wrote something like this: a one-way signature of 64 bits, to know copies by."""

    author: str
    signature: int
    seen_at: datetime
    reason: str = ""
    """In one word why it was left out; "" for an item, and for what was read before reasons were kept."""
    score: float | None = None
    """What it came to, where it came to be judged."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NearMiss:
    """A post that was nearly worth showing: where it is and how near it was, none of its words."""

    network: str
    author: str
    link: str
    score: float
    seen_at: datetime


# -- what is said to the owner, and by the owner ------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectMessage:
    """Something the owner wrote to the bot, and to nobody else."""

    id: str
    text: str
    sent_at: datetime
    reply_to: str | None = None
    """The id of the bot's message that it answers, when the network says so."""
    is_sign: bool = False
    """Put on that message, not written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SentMessage:
    """A message of the bot as the server has it."""

    id: str
    text: str
    sent_at: datetime
