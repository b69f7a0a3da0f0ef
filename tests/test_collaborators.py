"""A person as an opportunity: who keeps coming back with something, and two who should meet. Said once, and rarely."""

import re
from contextlib import contextmanager
from dataclasses import replace
from unittest import mock

import pytest
from fakes import DAY, HOUR, MINUTE, World, judged, plainly_judged

from bot import gather
from bot.finding.case import is_answered_by_owner
from bot.finding.scoring import Dismissal
from bot.models import Judgement, Kind, Signal

GOALS = [{"name": name, "want": f"{name} for all", "kind": "collaborate"} for name in ("book", "maps")]


def giving(case, _=None):
    """What "tells: ..." tells first-hand and "offers: ..." offers, for the goal that it names; below the bar alone."""
    verb, _, text = case.post.text.partition(": ")
    claims = {"tells": ("knows_first_hand", 1.3), "offers": ("offers_or_needs_help", 1.3), "says": ("is_specific", 0.2)}
    if verb not in claims:
        return judged(case)
    plain = judged(replace(case, post=replace(case.post, text=f"asks: {text}")))
    goal = next((goal.name for goal in case.goals if goal.name in text), None)
    signals = (Signal(name=claims[verb][0], weight=claims[verb][1], because="it tells"),)
    if is_answered_by_owner(case):
        return Dismissal(reason="answered", signals=signals, goal=goal)
    return replace(plain, goal=goal, signals=signals)


@contextmanager
def as_given():
    with plainly_judged(), mock.patch.object(gather, "judge", giving):
        yield


@pytest.fixture
def world(tmp_path):
    with as_given():
        world = World(tmp_path / "state", goal=GOALS, digest={"weekly_review": ""})
        world.tick()
        yield world


def wrote(world, who, *texts, answer="thank you", apart=1):
    """A post a day, answered by the owner the same day; the next morning has come when it returns."""
    sent = len(world.received())
    for text in texts:
        post = world.mention(who, text)
        world.tick(HOUR)
        if answer:
            world.fake.owner_posts(answer, reply_to=post)
        world.tick(world.until(8) - world.clock.at + (apart - 1) * DAY)
    return world.received()[sent:]


def lists(world):
    return [text for text in world.received() if re.match(r"\w{3} \d+ \w{3}, \d\d:\d\d: ", text)]


THREE = (
    "tells: we dried the seed for the book over rice",
    "tells: our shelf for the book is 40 years old",
    "tells: the label of the book has to be in pencil",
)


def test_who_keeps_coming_back_is_told_with_the_evidence(world):
    (text,) = wrote(world, "ines", *THREE)
    assert "1 Ines, a possible collaborator: ”the label of the book has to be in pencil” " in text
    assert "3rd exchange since 22 Nov, you never asked [book]" in text


def test_why_and_who_say_what_speaks_for_them(world):
    wrote(world, "ines", *THREE)
    world.says("why 1")
    world.tick(MINUTE)
    why = world.received()[-1]
    assert "1 Ines: collaborator, for book, good." in why
    assert "+ 3 exchanges since 22 Nov, all about book" in why
    assert "+ they told 3 times what they know first-hand" in why
    assert "+ in what I saw you never asked them anything" in why
    world.says("who 1")
    world.tick(MINUTE)
    assert (
        "A possible collaborator: 3 exchanges since 22 Nov, all about book; told first-hand 3 times; you never asked."
        in world.received()[-1]
    )


def test_an_answer_to_the_post_does_not_settle_it(world):
    wrote(world, "ines", *THREE)
    for post in list(world.fake.posts.values()):
        if "pencil" in post.text:
            world.fake.owner_posts("I see", reply_to=post)
    world.tick(DAY)
    world.says("list")
    world.tick(MINUTE)
    assert "a possible collaborator" in world.received()[-1]
    world.says("done 1")
    world.tick(MINUTE)
    world.says("list")
    world.tick(MINUTE)
    assert "Nothing is open" in world.received()[-1]
    assert "pencil" not in world.words_on_disk()


@pytest.mark.parametrize(
    ("texts", "answer"),
    [
        (THREE[:2], "thank you"),  # two days are a chance
        (THREE, ""),  # the owner never wrote back
        (tuple(each.replace("the book", "the weather") for each in THREE), "thank you"),  # no goal of the owner's
        (("lovely book", "nice book", "great book", "ha, the book"), "thank you"),  # pleasant, and nothing else
    ],
)
def test_less_than_that_makes_no_collaborator(world, texts, answer):
    wrote(world, "ines", *texts, answer=answer)
    assert lists(world) == []


def test_three_posts_on_one_day_are_one_exchange(world):
    for text in THREE:
        world.fake.owner_posts("thank you", reply_to=world.mention("ines", text))
        world.tick(MINUTE)
    wrote(world, "ines", "tells: and one more for the book")
    assert lists(world) == []


def test_it_is_said_once_and_not_again_until_there_is_something_new(world):
    wrote(world, "ines", *THREE)
    world.says("no 1")
    world.tick(MINUTE)
    wrote(world, "ines", *THREE)
    assert len(lists(world)) == 1, "three exchanges more, but within days"
    world.tick(60 * DAY)
    wrote(world, "ines", "tells: the frost came through the book")
    assert len(lists(world)) == 2
    assert "7th exchange since November" in lists(world)[-1] or "7th exchange since 22 Nov" in lists(world)[-1]


@pytest.mark.parametrize("said", ["done 1", "no 1 person", "no 1 topic", "won 1 we write it together"])
def test_what_the_owner_decided_is_not_asked_again(world, said):
    wrote(world, "ines", *THREE)
    world.says(said)
    world.tick(MINUTE)
    world.tick(70 * DAY)
    wrote(world, "ines", *THREE)
    assert len(lists(world)) == 1


def test_one_a_week_and_no_more(world):
    for who in ("ines", "bo"):
        for number, text in enumerate(THREE):
            post = world.mention(who, f"{text} {who}", at=world.clock.at + number * DAY)
            world.fake.owner_posts("thank you", reply_to=post)
    world.tick(4 * DAY)
    wrote(world, "bo", "tells: nothing rots in the book")
    assert sum(text.count("a possible collaborator") for text in lists(world)) == 1


def test_the_owner_who_has_asked_is_not_told_to(world):
    (text,) = wrote(world, "ines", *THREE, answer="would you write it with me?")
    assert "3rd exchange since 22 Nov [book]" in text


def test_the_person_and_an_item_of_theirs_never_come_on_one_day(world):
    wrote(world, "ines", *THREE[:2])
    world.mention("ines", THREE[2])
    (text,) = wrote(world, "ines", "asks: for the book, would you?")
    assert text.count("Ines") == 1


def test_on_a_post_that_was_answered_when_it_was_read_nobody_is_told_of_but_with_the_next_one(world):
    wrote(world, "ines", *THREE[:2])
    world.fake.owner_posts("thank you", reply_to=world.mention("ines", THREE[2]))
    world.tick(world.until(8) - world.clock.at)
    assert not lists(world)
    (text,) = wrote(world, "ines", "tells: and the shelf for the book has a door")
    assert "1 Ines, a possible collaborator" in text
    assert "4th exchange" in text


def test_undo_brings_it_back(world):
    wrote(world, "ines", *THREE)
    for said in ("done 1", "undo", "list"):
        world.says(said)
        world.tick(MINUTE)
    assert "1 Ines, a possible collaborator" in world.received()[-1]


def test_a_post_of_a_collaborator_is_what_it_is_itself(world):
    """The kind says a person; the post of somebody already told of is a question, or what they know."""
    wrote(world, "ines", *THREE)
    world.says("done 1")
    world.tick(MINUTE)

    def often(case, _=None):
        found = giving(case)
        is_one = isinstance(found, Judgement)
        return replace(found, kind=Kind.COLLABORATOR) if is_one else found

    with mock.patch.object(gather, "judge", often):
        (text,) = wrote(world, "ines", "asks: for the book, would you?", answer="")
    assert "collaborator" not in text
    world.says("why Ines")
    world.tick(MINUTE)
    assert "Ines: question, for book" in world.received()[-1]


# -- two who should meet -------------------------------------------------------------------------------------------


def two_in_the_circle(world, *, meet=False):
    """Both talk with the owner about maps, over days; a third asks something, so that a list goes out."""
    for day in range(2):
        posts = [world.mention(who, f"says: {who} draws maps, day {day}") for who in ("ines", "bo")]
        world.tick(HOUR)
        for post in posts:
            world.fake.owner_posts("thank you", reply_to=post)
        if meet and day == 0:
            world.mention("ines", "so you draw too", reply_to=posts[1])
        world.tick(world.until(7) - world.clock.at)
    world.tick(DAY)
    world.mention("ines", "says: maps, still")
    world.tick(HOUR)
    world.mention("dee", "asks: would you?")
    world.tick(world.until(8) - world.clock.at)


INTRODUCED = "2 Ines and Bo should meet: both write to you about it, never to each other [maps]"


def test_two_who_should_meet_are_told_where_there_is_room(world):
    two_in_the_circle(world)
    assert INTRODUCED in lists(world)[-1]
    for said in ("who 2", "mute 2", "forget 2", "why 2", "done 2"):
        world.says(said)
        world.tick(MINUTE)
    who, mute, forget, why, done = world.received()[-5:]
    assert "Ines (ines@fake.example)" in who
    assert "Bo (bo@fake.example)" in who
    assert mute == "2 Ines and Bo: which of the two, Ines or Bo? Say mute and the name."
    assert forget == "2 Ines and Bo: which of the two, Ines or Bo? Say forget and the name."
    assert "+ both talk with you about maps" in why
    assert done == "2 Ines and Bo: done."


def test_who_has_met_needs_no_introduction(world):
    two_in_the_circle(world, meet=True)
    assert "should meet" not in lists(world)[-1]


def test_a_pair_never_comes_again(world):
    two_in_the_circle(world)
    world.says("no 2")
    world.tick(MINUTE)
    world.tick(40 * DAY)
    two_in_the_circle(world)
    assert sum("should meet" in text for text in lists(world)) == 1


@pytest.mark.parametrize("wish", ["mute", "block", "forget", "opt out"])
def test_either_of_the_two_may_be_out_of_it(world, wish):
    two_in_the_circle(world)
    match wish:
        case "mute":
            world.says("mute Bo")
        case "block":
            world.fake.block("bo")
        case "forget":
            world.says("forget Bo")
            world.tick(MINUTE)
            world.says("yes")
        case "opt out":
            post = world.mention("bo", "maps")
            world.fake.change(post, author=replace(post.author, bio="#nobot"))
    world.tick(MINUTE)
    world.tick(DAY)
    world.says("list")
    world.tick(MINUTE)
    assert "should meet" not in world.received()[-1]
    if wish == "forget":
        assert "Bo" not in world.words_on_disk()
        assert "fake:bo" not in world.words_on_disk()


def test_for_an_introduction_alone_no_message_goes_out(world):
    with mock.patch.object(world, "mention", _without_dee(world)):
        two_in_the_circle(world)
    assert lists(world) == []


def _without_dee(world):
    mention = world.mention
    return lambda who, text, **how: None if who == "dee" else mention(who, text, **how)
