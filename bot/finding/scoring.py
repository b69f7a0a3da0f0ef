"""What one post is worth to the owner, as a sum of claims that can be told.

    gate -> open, and meant for the owner? -> heads (each between 0 and 1) -> signals -> kind, gist, strength

A head is one claim ("asks you something", "serves your goal") and can be measured alone (`python -m evals items`). Its
weight times its value is a signal; the score is the sum of the signals and nothing else, so what `why` tells is how
it was ranked. What is below BAR is not worth a place on any day, and no day is worth a message without an ALARM.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import regex

from bot.finding import gate as gates
from bot.finding.case import Case, answered_by_another, branch, is_answered_by_owner, is_meant_for_owner
from bot.finding.gist import gist
from bot.finding.goals import Match, comes_near_excluded, excluded_by, matched
from bot.finding.markers import marks
from bot.finding.promises import promise_in
from bot.finding.reading import KINDS, Reading, blank
from bot.finding.speech import OPENINGS, Part, asking, correcting, kind_of, knowing, opening, parts_of, taking_up
from bot.finding.substance import specifics, substance
from bot.finding.ties import ties
from bot.models import Judgement, Kind, Signal, Strength, Value, Verb, Visibility

gate = gates.gate

BAR = 0.5
"""What may take a place in a digest that goes out."""
ALARM = 2.2
"""What a digest goes out for: on a day without such an item nothing is sent. Both set on the worlds of evals."""
_STRONG = ALARM + 1.3


@dataclass(frozen=True, slots=True, kw_only=True)
class Dismissal:
    """Not an item, whatever else it holds. The signals are what it had going for it, for `missed` to tell."""

    reason: str
    signals: tuple[Signal, ...] = ()
    goal: str | None = None
    """The one that it would have served."""


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """A case as the heads look at it: read, cut into sentences, matched with the goals."""

    case: Case
    reading: Reading
    parts: tuple[Part, ...]
    match: Match
    traits: Mapping[str, float]
    """How much of each bad sort it shows, as the gate sees it."""

    @property
    def text(self) -> str:
        return self.case.post.text

    def best(self, measure: Callable[[Part], float]) -> float:
        return max(map(measure, self.parts), default=0.0)

    def share(self, *groups: str) -> float:
        """How much of the post, sentence by sentence, resembles these."""
        return sum(part.share(*groups) for part in self.parts) / max(1, len(self.parts))


def view(case: Case, reading: Reading | None) -> View:
    read = reading if reading is not None else blank(case.post.text)
    return View(
        case=case,
        reading=read,
        parts=parts_of(case.post.text, read),
        match=matched(case, read),
        traits=gates.traits(case, read),
    )


# -- heads -------------------------------------------------------------------------------------------------------------

_WORD = regex.compile(r"[\p{L}\p{M}\p{N}][\p{L}\p{M}\p{N}'’-]*")
_WIDE = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}]")
_LINK = regex.compile(r"https?://\S+")
_CHEER = regex.compile(r"[\p{So}!！]")
_LONG = 40
_LIKELY = 0.5
_DOUBTFUL = 0.3
_FOR_SALE = 0.3
"""So likely to sell something, one word of a `not` is enough: nothing worth reading that had one came above 0.2."""
_SURE = 6.0
"""Log-odds of the trained network beyond which more says no more."""
_FEW = 2


def _ramp(value: float, low: float, high: float) -> float:
    return min(1.0, max(0.0, (value - low) / (high - low)))


def _words(text: str) -> int:
    """Without links. Japanese has no spaces: two letters or so are a word there."""
    return sum(max(1, len(_WIDE.findall(word)) // 2) for word in _WORD.findall(_LINK.sub(" ", text)))


def call(seen: View) -> float:
    """How much the owner's post above asked people in."""
    case, parent = seen.case, seen.case.parent
    if parent is None or parent.author.id not in case.owners:
        return 0.0
    said = 0.5 * marks("seeks", parent.text) + 0.3 * marks("proposes", parent.text)
    return min(1.0, said + 1.5 * seen.reading.asked.get("calls", 0.0))


def opens_something(seen: View) -> float:
    return seen.best(opening)


def answers_call(seen: View) -> float:
    return call(seen) * seen.best(taking_up)


def asks_something(seen: View) -> float:
    return seen.best(asking)


def knows_first_hand(seen: View) -> float:
    return seen.best(knowing)


def corrects_something(seen: View) -> float:
    return seen.best(correcting)


def serves_goal(seen: View) -> float:
    return seen.match.value


def is_deep(seen: View) -> float:
    """A talk between the two: turns of both on this branch; a remark and one answer are none yet."""
    line = branch(seen.case)
    ours = sum(each.author.id in seen.case.owners for each in line[1:])
    theirs = sum(each.author.id == seen.case.author for each in line)
    return _ramp(min(ours, theirs - 1), 0.0, 3.0)


def is_for_owner_alone(seen: View) -> float:
    post = seen.case.post
    if post.visibility is Visibility.DIRECT:
        return 1.0
    return 0.3 if post.reply_to is None and post.quotes is None and len(post.mentions) <= 1 else 0.0


def is_known(seen: View) -> float:
    person = seen.case.person
    answered = min(1.0, person.answered / 3.0) if person else 0.0
    return max(answered, 0.5 * seen.case.relationship.is_followed)


def keeps_contributing(seen: View) -> float:
    """Back for at least the third time on the third day, and the owner has answered: more than a chance remark."""
    case, person = seen.case, seen.case.person
    if person is None:
        return 0.0
    answered = person.answered + any(each.author.id in case.owners for each in branch(case)[1:-1])
    days = person.days + (person.latest_at.date() != case.post.posted_at.date())
    if not answered or days < 3 or person.posts < 2:  # noqa: PLR2004 -- what the kind says: 3 posts on 3 days
        return 0.0
    says = max(knows_first_hand(seen), opens_something(seen), asks_something(seen))
    return _ramp(person.posts + 1, 1.0, 4.0) * _ramp(says, 0.0, 0.3)


def is_specific(seen: View) -> float:
    return specifics(seen.text)


def is_substantive(seen: View) -> float:
    return substance(seen.text)


def is_doubtful(seen: View) -> float:
    """Something of an advertisement or a fraud, though not enough to be gated."""
    return min(1.0, gates.suspicion(seen.traits) / gates.LEVEL)


def is_vague(seen: View) -> float:
    """An offer of anything to anybody: it names nothing of the owner's, no day, no figure, no thing."""
    if not seen.parts:
        return 0.0
    best = max(seen.parts, key=opening)
    said = max(
        seen.match.value,
        specifics(seen.text),
        0.6 * bool(best.marks & {"dated", "holds"}),
        _ramp(_words(seen.text), 8, 30),
    )
    return opening(best) * (1.0 - min(1.0, said))


def _promise(seen: View) -> float:
    """Log-odds of the best sentence; 0 when nothing was read."""
    return max((part.sentence.sense.worth for part in seen.parts), default=0.0) if seen.reading.is_read else 0.0


def is_promising(seen: View) -> float:
    """Unread, the turns of phrase alone must tell it."""
    return _ramp(_promise(seen), 0.0, _SURE) if seen.reading.is_read else min(1.0, 1.5 * opens_something(seen))


def is_idle(seen: View) -> float:
    return _ramp(-_promise(seen), 0.0, _SURE)


def is_only_kind(seen: View) -> float:
    return seen.share("praises", "thanks", "chats", "closes", "shares")


def is_loud(seen: View) -> float:
    """Pictures and exclamation marks instead of words."""
    marks_ = len(_CHEER.findall(seen.text))
    return _ramp(marks_ / max(3, _words(seen.text)), 0.0, 0.25)


def is_terse(seen: View) -> float:
    """So few words that nothing can be done with them, unless they ask."""
    return 0.0 if asks_something(seen) > _LIKELY else 1.0 - _ramp(_words(seen.text), _FEW, 3 * _FEW)


def jests(seen: View) -> float:
    return seen.best(
        lambda part: min(
            1.0,
            part.share("jokes", "mocks", "wonders") + 0.5 * ("mocks" in part.marks) + 0.4 * ("laughs" in part.marks),
        )
    )


def takes_back(seen: View) -> float:
    return seen.best(
        lambda part: min(
            1.0, part.share("declines", "past") + 0.6 * ("cannot" in part.marks) + 0.4 * ("gone" in part.marks)
        )
    )


def holds_forth(seen: View) -> float:
    """A lecture or a rant: long, and it wants an audience rather than an answer."""
    return min(1.0, 2.0 * seen.share("rants", "lectures", "attacks", "disputes")) * _ramp(_words(seen.text), 15, _LONG)


_WAITS_FOR_A_WORD = regex.compile(
    r"(?:say|give me|send me|tell me|write me|let me know|if you|would you|sag|gib mir|schick mir|schreib|lies mir"
    r"|wenn (?:du|sie|ihr)|dime|dame|mándame|avísame|si (?:quieres|quiere|usted|te|tu|vous|ça)|dis-moi|dites|envoie"
    r"|envoyez|écris-moi)\b|[?？]|(?:よければ|よかったら|ください)",
    regex.IGNORECASE,
)


def takes_the_next_step(seen: View) -> float:
    """They do something first ("I'll ask her and let you know"): until then there is nothing to act on.

    Under a call it may be what was asked for ("I'll test it on Saturday"), so it counts half, or less.
    """
    goes_ahead = bool(promise_in(seen.text)) and _WAITS_FOR_A_WORD.search(seen.text) is None
    return goes_ahead * (1.0 - max(0.5 * call(seen), answers_call(seen)))


def is_an_errand(seen: View) -> float:
    return seen.best(lambda part: part.share("errands", "disputes"))


# -- signals -----------------------------------------------------------------------------------------------------------

OPENING_CLAIMS: Mapping[Kind, tuple[str, str]] = {
    Kind.COLLABORATION: ("wants_to_make_something_together", "it offers or asks to do something together"),
    Kind.WORK: ("brings_work", "it is about work, money or a grant"),
    Kind.INVITATION: ("invites_you", "it invites you"),
    Kind.INTRODUCTION: ("introduces_you", "it brings you together with somebody"),
    Kind.HELP: ("offers_or_needs_help", "it offers help or asks for yours"),
}
"""The one of these that the strongest opening in the post comes nearest to."""

HEADS: Mapping[str, tuple[Callable[[View], float], str]] = {
    "is_promising": (is_promising, "it is the sort of thing that one acts on"),
    "is_idle": (is_idle, "it is the sort of thing that asks nothing of you"),
    "answers_your_call": (answers_call, "it takes up what you asked for"),
    "asks_you_something": (asks_something, "it asks you something"),
    "knows_first_hand": (knows_first_hand, "it tells what they saw, did or measured themselves"),
    "corrects_something": (corrects_something, "it corrects something or warns you"),
    "serves_a_goal": (serves_goal, "it is about your goal"),
    "is_a_deep_exchange": (is_deep, "you two are several turns into a talk"),
    "is_for_you_alone": (is_for_owner_alone, "it was written to you alone"),
    "is_known_to_you": (is_known, "you have answered them before"),
    "keeps_contributing": (keeps_contributing, "they keep coming back with something, over several days"),
    "is_specific": (is_specific, "it is specific"),
    "is_substantive": (is_substantive, "it says much for its length"),
    "is_only_kind": (is_only_kind, "most of it is praise, thanks or small talk"),
    "is_terse": (is_terse, "it has hardly a word"),
    "is_loud": (is_loud, "it has more pictures and exclamation marks than words"),
    "jests": (jests, "it sounds like a joke or mockery"),
    "takes_it_back": (takes_back, "it says that it cannot be, or is past"),
    "holds_forth": (holds_forth, "it holds forth rather than talks with you"),
    "takes_the_next_step": (takes_the_next_step, "they do the next thing themselves; nothing waits for you"),
    "is_vague": (is_vague, "it could be said to anybody"),
    "is_doubtful": (is_doubtful, "it has something of an advertisement"),
    "is_an_errand": (is_an_errand, "it is a small errand or a dispute"),
}

WEIGHTS: Mapping[str, float] = {
    "wants_to_make_something_together": 2.5,
    "brings_work": 2.0,
    "invites_you": 2.1,
    "introduces_you": 1.9,
    "offers_or_needs_help": 2.1,
    "is_promising": 3.1,
    "is_idle": -3.1,
    "answers_your_call": 1.8,
    "asks_you_something": 0.7,
    "knows_first_hand": 1.8,
    "corrects_something": 0.8,
    "serves_a_goal": 0.3,
    "is_a_deep_exchange": 1.0,
    "is_for_you_alone": 1.0,
    "is_known_to_you": 0.2,
    "keeps_contributing": 1.0,
    "is_specific": 1.2,
    "is_substantive": 0.0,  # counts for nobody before their own answers say so
    "is_only_kind": -1.4,
    "is_terse": -1.3,
    "is_loud": -0.8,
    "jests": -1.1,
    "takes_it_back": -1.0,
    "holds_forth": -0.4,
    "is_an_errand": -0.5,
    "takes_the_next_step": -0.9,
    "is_vague": -0.4,
    "is_doubtful": -1.0,
}
"""What each claim counts when it is wholly true, before the owner has said anything (`learning` goes on from here)."""

BECAUSE: Mapping[str, str] = {name: reason for name, (_, reason) in HEADS.items()} | dict(OPENING_CLAIMS.values())

_LEAST = 0.02
"""A smaller term is neither told nor counted."""


def judge(case: Case, reading: Reading | None, weights: Mapping[str, float] = WEIGHTS) -> Judgement | Dismissal:
    seen = view(case, reading)
    reason = gates.verdict(seen.traits)
    if reason:
        return Dismissal(reason=reason)
    found = values(seen)
    signals = _signals(seen, found, weights)
    reason = _closed(seen)
    if reason:
        return Dismissal(reason=reason, signals=signals, goal=seen.match.goal)
    return _judgement(seen, found, signals)


def _closed(seen: View) -> str | None:
    """Why it is open no more, or never was for the owner."""
    case = seen.case
    if case.author in case.owners:
        return "own"
    if is_answered_by_owner(case):
        return "answered"
    if not is_meant_for_owner(case):
        return "to-others"
    if excluded_by(case) or (seen.reading.sorts.get("spam", 0.0) >= _FOR_SALE and comes_near_excluded(case)):
        return "excluded"
    if answered_by_another(case) and _only_asks(seen):
        return "answered-by-another"
    return None


def _only_asks(seen: View) -> bool:
    """What it opens it opens as a question, and says no more."""
    rest = [part for part in seen.parts if asking(part) < _LIKELY]
    return len(rest) < len(seen.parts) and max(map(opening, rest), default=0.0) < _LIKELY


def values(seen: View) -> dict[str, float]:
    """Every head's number; of the openings only the one that it is nearest to."""
    found = {name: head(seen) for name, (head, _) in HEADS.items()}
    if seen.parts:
        best = max(seen.parts, key=opening)
        found[OPENING_CLAIMS[kind_of(best)][0]] = opening(best)
    return found


def _signals(seen: View, heads: Mapping[str, float], weights: Mapping[str, float]) -> tuple[Signal, ...]:
    goal = {"serves_a_goal": f"it is about your goal {seen.match.goal}"} if seen.match.goal else {}
    because = {**BECAUSE, **goal}
    found = [
        Signal(name=name, weight=round(weights[name] * value, 3), because=because[name])
        for name, value in heads.items()
    ]
    return tuple(sorted((each for each in found if abs(each.weight) >= _LEAST), key=lambda each: -abs(each.weight)))


# -- the judgement -----------------------------------------------------------------------------------------------------

_VALUES: Mapping[Kind, Value] = {
    Kind.WORK: Value.MONEY,
    Kind.INVITATION: Value.SOCIAL,
    Kind.INTRODUCTION: Value.SOCIAL,
    Kind.CONVERSATION: Value.SOCIAL,
    Kind.COLLABORATOR: Value.SOCIAL,
}


def _judgement(seen: View, found: Mapping[str, float], signals: tuple[Signal, ...]) -> Judgement:
    kind = _kind(seen, found)
    measure = _measure(seen, kind)
    part = max(seen.parts, key=measure, default=None)
    quote = gist(seen.text, seen.parts, _telling)
    told = next((each for each in seen.parts if each.sentence.end > seen.text.find(quote)), part)
    heads = {name: round(value, 3) for name, value in {**found, **ties(seen.case)}.items()}
    return Judgement(
        kind=kind,
        verb=_verb(kind, told),
        value=_value(kind, part),
        strength=strength(sum(each.weight for each in signals)),
        goal=seen.match.goal,
        gist=quote,
        signals=signals,
        new_voice=_is_new_voice(seen.case),
        heads={name: value for name, value in heads.items() if value},
    )


def strength(score: float) -> Strength:
    """Of the item by itself; what breaks this owner's quiet days may lie elsewhere (`learning`)."""
    return Strength.STRONG if score >= _STRONG else Strength.GOOD if score >= ALARM else Strength.MAYBE


_KIND_CLAIMS: Mapping[Kind, tuple[tuple[str, float], ...]] = {
    **{kind: ((name, 1.0),) for kind, (name, _) in OPENING_CLAIMS.items()},
    Kind.QUESTION: (("asks_you_something", 2.2),),
    Kind.KNOWLEDGE: (("knows_first_hand", 2.5), ("corrects_something", 2.5)),
    Kind.CONVERSATION: (("is_a_deep_exchange", 2.8),),
    Kind.COLLABORATOR: (("keeps_contributing", 2.5),),
}
"""How strongly a claim that is wholly true speaks for a kind. What opens something is easily claimed, hence least."""
_SENSED = 2.0
"""What the trained network's word on the kind counts beside them."""


def _kind(seen: View, found: Mapping[str, float]) -> Kind:
    terms = {kind: max(much * found.get(name, 0.0) for name, much in claims) for kind, claims in _KIND_CLAIMS.items()}
    terms[Kind.QUESTION] *= 1.0 - opens_something(seen)  # "would you co-write it?" is no mere question
    if found["answers_your_call"] > 0:
        terms[kind_of(max(seen.parts, key=taking_up))] += found["answers_your_call"]
    for place, kind in enumerate(KINDS):
        senses = [part.sentence.sense.kinds[place] for part in seen.parts]
        terms[kind] += _SENSED * sum(senses) / max(1, len(senses))
    return max(terms, key=lambda kind: terms[kind])


def _measure(seen: View, kind: Kind) -> Callable[[Part], float]:
    """What makes a sentence the one that speaks for this kind."""
    asked = call(seen)
    if kind in OPENINGS:
        return lambda part: part.promise + opening(part) + asked * taking_up(part)
    if kind is Kind.QUESTION:
        return lambda part: part.promise + asking(part)
    if kind is Kind.KNOWLEDGE:
        return lambda part: part.promise + knowing(part) + correcting(part)
    return lambda part: part.promise + opening(part) + asking(part) + knowing(part)


def _telling(part: Part) -> float:
    """Log-odds that this sentence is the one to quote: of two that tell the thing, the one that offers or asks."""
    does = opening(part) + asking(part) + ("offers" in part.marks)
    return part.sentence.sense.quoted + does if part.sentence.acts else 4.0 * (does + knowing(part))


def _verb(kind: Kind, part: Part | None) -> Verb:
    """What the first quoted sentence does."""
    if part is None:
        return Verb.SAYS
    if kind is Kind.INTRODUCTION:
        return Verb.INTRODUCES
    if kind is Kind.INVITATION:
        return Verb.INVITES
    asks = asking(part) > _LIKELY and (part.has_question_mark or kind is Kind.QUESTION)
    if asks or ("seeks" in part.marks and "offers" not in part.marks):
        return Verb.ASKS
    if kind in OPENINGS:
        return Verb.OFFERS
    if kind is Kind.KNOWLEDGE and correcting(part) > max(knowing(part), _DOUBTFUL):
        return Verb.CORRECTS
    return Verb.REPORTS if knowing(part) > _DOUBTFUL else Verb.SAYS


def _value(kind: Kind, part: Part | None) -> Value:
    if part is not None and "pays" in part.marks and kind in {Kind.COLLABORATION, Kind.INVITATION}:
        return Value.MONEY
    return _VALUES.get(kind, Value.LIFE)


def _is_new_voice(case: Case) -> bool:
    """Somebody the owner never answered, and whom nobody answered here."""
    return (case.person is None or case.person.answered == 0) and not answered_by_another(case)
