"""Two months in the life of an owner, in the owner's own words, through the real tick; every report checked by hand.

Wilma keeps a map of old orchards. She answers, forgets to, changes her mind, takes things back, wins a little, is
away for a week, and asks what came of it all. Whatever she is told must follow from the ledger.
"""

import re
from collections import Counter
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from unittest import mock

import pytest
import snapshots
from fakes import DAY, HOUR, MINUTE, Clock, Fake, World, judged, plainly_judged

from bot import app, gather
from bot.export import rows
from bot.finding.scoring import BAR
from bot.models import Event, Kind, Signal, Stage, Value

GOALS = [
    {"name": "orchards", "want": "Map the old orchards with people who tend one.", "kind": "collaborate"},
    {"name": "cider", "want": "Sell the cider.", "kind": "work"},
    {"name": "choir", "want": "Sing with somebody again.", "kind": "friends"},
]
KINDS = {"pays": Kind.WORK, "invites": Kind.INVITATION, "tells": Kind.KNOWLEDGE, "asks": Kind.QUESTION}
CLAIMS = {"tells": ("knows_first_hand", 3.0), "says": ("knows_first_hand", 1.3)}


def weighed(case, _=None):
    """What "asks: ...", "pays: ...", "invites: ..." and "tells: ..." is worth a place; "says: ..." is nearly."""
    verb, _, text = case.post.text.partition(": ")
    if verb not in {*KINDS, *CLAIMS}:
        return judged(case)
    plain = judged(replace(case, post=replace(case.post, text=f"asks: {text}")))
    name, weight = CLAIMS.get(verb, ("asks_you_something", 4.0))
    goal = next((goal.name for goal in case.goals if goal.name.rstrip("s") in text), None)
    value = Value.MONEY if verb == "pays" else Value.SOCIAL
    signals = [Signal(name=name, weight=weight, because="it says so")]
    if verb == "says":
        signals.append(Signal(name="is_terse", weight=BAR - 0.1 - weight, because="it is short"))
    return replace(plain, kind=KINDS.get(verb, Kind.CONVERSATION), value=value, goal=goal, signals=tuple(signals))


class Life:
    """The world, one process that runs through it, and what was said."""

    def __init__(self, world, shell):
        self.world, self.shell, self.clock = world, shell, world.clock
        self.heard = []
        """How many of the messages were read, and what Wilma said."""

    def tick(self, after=timedelta()):
        self.clock.advance(after)
        app.tick(self.shell, self.clock.now())

    def morning(self, days=1):
        """The newest of what came, of so many mornings; on Sundays the evening passes too."""
        before = len(self.world.received())
        for _ in range(days):
            evening = self.world.until(18, 1)
            if evening < self.world.until(8, 1):
                self.tick(evening - self.clock.at)
            self.tick(self.world.until(8, 1) - self.clock.at)
        return "\n\n".join(self.world.received()[before:])

    def says(self, text):
        before = len(self.world.received())
        self.world.says(text)
        self.tick(MINUTE)
        reply = "\n".join(self.world.received()[before:])
        self.heard.append(f"> {text}\n{reply or '(no answer)'}")
        return reply

    def mention(self, who, text, fake=0, **how):
        return self.world.fakes[fake].mention(who, text, **how)

    def answers(self, post, text="thank you"):
        return self.world.fakes[0].owner_posts(text, reply_to=post)

    # -- the sums, counted anew from the bare ledger ---------------------------------------------------------------

    @property
    def entries(self):
        return self.shell.store.ledger

    def counts(self, days):
        return counted(self.entries, self.clock.now() - timedelta(days=days), self.clock.now())

    def report(self, what, days):
        """What it says, compared with the plain count."""
        text = self.says(what)
        expected = self.counts(days)
        assert said_in(text) == {key: count for key, count in expected.items() if count}, text
        return text


def holds(cause, entries, memo):
    """Whether a cause was not taken back: by nothing that itself was not taken back."""
    if cause not in memo:
        undoings = [entry for entry in entries if entry.event is Event.UNDO and entry.undone == cause]
        memo[cause] = not any(holds(entry.cause, entries, memo) for entry in undoings)
    return memo[cause]


def counted(entries, since, until):
    memo = {}
    true = [entry for entry in entries if entry.event is not Event.UNDO and holds(entry.cause, entries, memo)]
    found = Counter()
    for ident in {entry.opportunity for entry in true if entry.opportunity}:
        mine = [entry for entry in true if entry.opportunity == ident]
        if all(entry.event is not Event.FOUND for entry in mine):
            continue

        def first(*events, mine=mine):
            return min((entry.at for entry in mine if entry.event in events), default=None)

        shown, answered = first(Event.SHOWN), first(Event.ANSWERED)
        acted = [first(Event.DONE, Event.OUTCOME), answered if answered and (not shown or answered >= shown) else None]
        acted = min(filter(None, acted if shown else acted[:1]), default=None)
        told = []
        for entry in mine:
            if entry.outcome:
                told = told[:-1] if entry.outcome.is_correction else told
                told.append(entry)
        wins = [entry for entry in told if entry.outcome.stage is Stage.WON]
        moments = [
            ("found", first(Event.FOUND)),
            ("shown", shown),
            ("acted", acted),
            ("missed", first(Event.MISSED)),
            ("led", min((entry.at for entry in wins), default=None)),
            *((entry.outcome.value.value, entry.at) for entry in wins),
            *((told[-1].outcome.stage.value, told[-1].at) for _ in [0] if told and not wins),
            *(("untold", acted) for _ in [0] if acted and not told),
        ]
        for what, at in moments:
            found[what] += at is not None and since < at <= until
        for entry in wins:
            if entry.outcome.amount and since < entry.at <= until:
                found[entry.outcome.amount.currency] += entry.outcome.amount.value
    return found


PATTERNS = {
    "found": r"Found (\d+), shown",
    "shown": r", shown (\d+), acted",
    "acted": r"acted on (\d+);",
    "led": r"something came of (\d+)\.",
    "social": r"(\d+) social",
    "life": r"(\d+) life",
    "money": r"(\d+) money",
    "talking": r"(\d+) talking",
    "working": r"(\d+) working",
    "waiting": r"(\d+) waiting",
    "nothing": r"nothing came of (\d+)",
    "untold": r"Of (\d+) I do not know yet",
    "missed": r"told me of (\d+) that I missed",
    "EUR": r"([\d,.]+) EUR",
    "CHF": r"([\d,.]+) CHF",
}


def said_in(text):
    hits = {key: re.search(pattern, text) for key, pattern in PATTERNS.items()}
    told = {key: Decimal(hit[1].replace(",", "")) for key, hit in hits.items() if hit}
    return {key: count for key, count in told.items() if count}


@contextmanager
def as_weighed():
    with plainly_judged(), mock.patch.object(gather, "judge", weighed):
        yield


@pytest.fixture
def life(tmp_path):
    clock = Clock()
    fakes = (Fake(clock, limit=1000), Fake(clock, name="kelp"))
    world = World(
        tmp_path / "state",
        *fakes,
        goal=GOALS,
        circle={"watch": ["gran@fake.example"], "same_person": [["june@fake.example", "june@kelp.example"]]},
    )
    with as_weighed(), world.opened() as shell:
        life = Life(world, shell)
        life.tick()
        yield life
        print("\n\n".join(life.heard))


def test_two_months_in_the_owners_own_words(life):  # noqa: PLR0915  a story, told once
    """November and December: what she is told each time is what the ledger says."""
    # the first week: an order, a question, praise; she acts on one and puts one off
    life.mention("hofladen", "pays: would you sell us 40 bottles of cider a month?")
    life.mention("ines", "asks: which rootstock did you take for the orchard in Zwettl?")
    life.mention("fan", "so lovely!")
    morning = life.morning()
    assert morning.count("\n1 ") == morning.count("\n2 ") == 1
    assert "fan" not in morning.casefold()
    life.says("I wrote back to Hofladen, and remind me of Ines on thursday")
    life.mention("ida", "says: our orchard has 31 old pears, I counted them")
    life.morning(3)
    life.report("report", 7)
    assert "Ines" in life.morning()
    life.says("answered Ines")
    # she changes her mind, twice
    life.says("oops, undo")
    life.says("done Ines")
    life.report("how was my week? report", 7)

    # Ida keeps coming back, on the other network too; Wilma answers and never asks
    for text in ("says: I grafted the orchard's last Birnenmost", "says: the orchard wall fell, I built it up in lime"):
        post = life.mention("ida", text)
        life.tick(HOUR)
        life.answers(post)
        morning = life.morning(2)
    assert "Ida, a possible collaborator: ”the orchard wall fell, I built it up in lime” 3rd exchange since" in morning
    life.mention("bea", "asks: would you come and speak about the orchard map in Krems?")
    life.mention("bea.at.home", "asks: would you come and speak about the orchard map in Krems?", fake=1)
    morning = life.morning()
    assert morning.count("Krems") == 1
    life.says("why Ida?")
    life.says("who is Ida")
    life.says("note Ida: has a lime kiln")
    life.says("done Bea; I asked Ida to draw the west side, so that is done too")

    # two weeks later: what came of it?
    questions = life.morning(8)
    assert "What came of" in questions
    life.says("hofladen: 1.200,50 € for 40 bottles")
    life.report("report month", 30)
    life.says("no, it was 1.250 €")
    life.report("report month", 30)
    life.says("undo")
    assert life.counts(30)["EUR"] == Decimal("1200.50")
    life.report("report month", 30)
    life.says("redo")
    assert life.counts(30)["EUR"] == 1250
    life.report("report month", 30)
    life.morning(2)
    life.says("ines: nothing")
    life.report("report month", 30)

    # what was missed
    post = life.mention("oskar", "the meadow at the ford is for sale, ask my aunt")
    life.tick(HOUR)
    life.says(f"you missed {post.link}")
    life.says("yes")
    life.report("report month", 30)
    life.says("undo")
    assert life.counts(30)["missed"] == 0
    life.says("redo")
    life.report("report month", 30)
    life.says("missed https://app.example/profile/oskar.example/post/3kabc")

    # a week away; then nonsense, which changes nothing
    life.says("pause until 3 january")
    life.mention("gran", "says: nothing special")
    assert life.morning(7) == ""
    assert "Gran" in life.says("start again"), "she is watched"
    before = len(life.entries)
    for nonsense in (
        "later Gran 31 april",
        "won 9 400 EUR",
        "won Gran 300 EUR and 200 CHF",
        "won Gran a friend and 400 EUR",
        "won Gran 1,2,3 EUR",
        "focus tulips",
        "report 30 feb",
        "who is Xaver?",
        "mute Xaver",
    ):
        assert life.says(nonsense)
    assert not [entry for entry in life.entries[before:] if entry.event is not Event.ASKED]

    # the new year: outcomes of long ago, more than one, in other words
    life.says("talking to Bea")
    life.says("done Gran")
    life.morning(12)
    life.says("won Bea a talk in Krems, 300 CHF")
    life.says("also won Bea a friend")
    life.says("won Gran she taught me the choir song")
    life.says("still working with Ida")
    life.report("report", 7)
    life.report("report month", 30)
    life.says("undo")
    life.report("report month", 30)
    life.says("goals")
    life.says("circle")
    life.says("focus choir 2w")
    life.says("goals")
    life.says("undo")
    life.says("status")
    life.says("data")

    # forgotten: the numbers stay, the name does not
    sums = life.counts(90)
    life.says("forget Bea")
    life.says("yes")
    assert life.counts(90) == sums
    year = life.report("report year", 365)
    assert "Bea" not in life.world.words_on_disk()
    assert "1 social" in year or "2 social" in year
    snapshots.check("two_months", "\n\n".join(life.heard))

    # what is taken out adds up to the same
    made = rows(life.shell.store, life.shell.config.owner.timezone)
    total = life.counts(365)
    assert len({row.number for row in made}) == total["found"]
    assert len({row.number for row in made if row.shown}) == total["shown"]
    assert sum(Decimal(row.amount or 0) for row in made if row.currency == "EUR") == total["EUR"]
    assert sum(row.value == "social" for row in made if row.outcome == "won") == total["social"]


def test_the_reviews_of_two_months_follow_from_the_ledger(life):
    """Every Sunday evening, in a quiet week too."""
    told_left_out = seen = 0
    for day in range(1, 64):
        if day % 3 == 0:
            life.mention(f"guest{day}", f"asks: have you the orchard of {1600 + day * 7}, the one with {'x' * day}?")
        life.mention(f"fan{day % 5}", "so lovely!")
        life.morning()
        if day % 6 == 0:
            life.says("done with the first")
        if day % 12 == 0:
            life.says("undo")
        reviews = [message for message in life.world.fake.messages if message.text.startswith("Your week to")]
        if len(reviews) > seen:
            seen = len(reviews)
            told_left_out += int(re.search(r"left out: (\d+) praise", reviews[-1].text)[1])
            assert told_left_out == day, "nobody is counted twice, or not at all"
            expected, told = counted(life.entries, reviews[-1].at - 7 * DAY, reviews[-1].at), said_in(reviews[-1].text)
            for key in ("found", "shown", "acted", "untold"):
                assert told.get(key, 0) == expected[key], reviews[-1].text
    assert seen == 9
