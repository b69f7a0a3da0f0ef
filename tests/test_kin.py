"""One person with two accounts, and one post on two networks: shown once, kept as one, closed as one."""

from dataclasses import replace

import pytest
from fakes import DAY, HOUR, MINUTE, START, Clock, Fake, World, plainly_judged
from test_review import nearly

from bot import gather
from bot.kin import ALONE, addresses, kin
from bot.models import Person

LETTER = "asks: would you come to the abbey at Zwettl in May and speak about the seeds?"


def somebody(id_, handle, *named, network="fake"):
    return Person(id=id_, name="June", handle=handle, first_at=START, latest_at=START, network=network, addresses=named)


# -- who is who ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("bio", "named"),
    [
        ("also https://social.example/@june", ("june@social.example",)),
        ("also https://social.example/users/June.", ("june@social.example",)),
        ("https://app.example/profile/june.example.com", ("june.example.com",)),
        ("there: @june@social.example", ("june@social.example",)),
        ("there: @june.example.com!", ("june.example.com",)),
        ("mail june@social.example", ()),
        ("a.example/@x is not written out", ()),
        ("https://social.example/@june/115 is a post", ("june@social.example",)),
        ("https://app.example/profile/did:plc:abc", ()),
        ("", ()),
    ],
)
def test_a_profile_names_other_accounts(bio, named):
    assert addresses(bio) == named


def test_both_profiles_must_say_so():
    here, there = somebody("a", "june@x.example", "june.example"), somebody("b", "june.example", network="kelp")
    assert not kin([here, there], ()).are_one("a", "b")
    assert kin([here, replace(there, addresses=("june@x.example",))], ()).are_one("a", "b")
    same = replace(there, addresses=("june@x.example",), network="fake")
    assert not kin([here, same], ()).are_one("a", "b"), "two accounts on one network are two"


def test_what_the_owner_states_holds_whatever_the_profiles_say():
    known = [somebody("a", "june@x.example"), somebody("b", "June.Example"), somebody("c", "bo@x.example")]
    who = kin(known, [("june@x.example", "june.example")])
    assert who.of("a") == who.of("b") == {"a", "b"}
    assert who.of("c") == {"c"}
    assert who.once(["b", "c", "a"]) == ["b", "c"]
    assert ALONE.of("a") == {"a"}


def test_three_accounts_are_one_when_the_chain_says_so():
    known = [
        somebody("a", "june@x.example", "june.example"),
        somebody("b", "june.example", "june@x.example", network="kelp"),
        somebody("c", "june@y.example"),
    ]
    assert kin(known, [("june.example", "june@y.example")]).of("a") == {"a", "b", "c"}


# -- a story on two networks -----------------------------------------------------------------------------------------


@pytest.fixture(autouse=True)
def _plainly():
    with plainly_judged():
        yield


@pytest.fixture
def world(tmp_path):
    """June has two accounts, and the owner has said so."""
    clock = Clock()
    same = [["june@fake.example", "june@kelp.example"]]
    world = World(tmp_path / "state", Fake(clock), Fake(clock, name="kelp"), circle={"same_person": same})
    world.tick()
    return world


def morning(world):
    sent = len(world.received())
    world.tick(world.until(8) - world.clock.at)
    return "\n".join(world.received()[sent:])


def said(world, *texts):
    for text in texts:
        world.says(text)
        world.tick(MINUTE)
    return world.received()[-1]


def test_one_person_a_day_whichever_account_they_write_from(world):
    fake, kelp = world.fakes
    fake.mention("june", "asks: would you speak?")
    kelp.mention("june", "asks: have you the rye of 1951?")
    assert morning(world).count("June") == 1
    assert morning(world).count("June") == 1, "the other comes on another day"


def test_who_and_circle_know_one_person(world):
    for fake in world.fakes:
        answered = fake.mention("june", f"asks: would you speak at {fake.name}?")
        world.tick(HOUR)
        fake.owner_posts("yes", reply_to=answered)
        world.tick(world.until(8) - world.clock.at)
    world.tick(DAY)
    reply = said(world, "who June")
    assert "June (june@kelp.example and june@fake.example) wrote to you on 2 days" in reply
    assert "You wrote to them on 2 days" in reply
    assert "Your circle: 1 person" in said(world, "circle")


def test_a_day_on_which_both_accounts_wrote_is_one_day(world):
    for fake in world.fakes:
        fake.mention("june", f"asks: would you speak at {fake.name}?")
    world.tick(HOUR)
    assert "wrote to you on 1 day" in said(world, "who June")


def test_mute_holds_for_both_and_unmute_ends_it(world):
    fake, kelp = world.fakes
    fake.mention("june", "asks: would you speak?")
    morning(world)
    reply = said(world, "mute 1")
    assert "unmute June ends it" in reply
    kelp.mention("june", "asks: and now?")
    assert "June" not in morning(world)
    assert said(world, "mute June") == "June is muted already."
    assert said(world, "unmute") == "June may be shown again."
    kelp.mention("june", "asks: and then?")
    assert "and then?" in morning(world)


def test_undo_ends_the_muting_of_both(world):
    fake, kelp = world.fakes
    fake.mention("june", "asks: would you speak?")
    kelp.mention("june", "asks: have you the rye of 1951?")
    morning(world)
    said(world, "mute 1", "undo")
    kelp.mention("june", "asks: and then?")
    assert "June" in morning(world)


def test_forget_erases_both_and_whoever_was_stated_stays_out(world):
    fake, kelp = world.fakes
    fake.mention("june", "asks: would you speak?")
    morning(world)
    said(world, "forget June", "yes")
    kelp.mention("june", "asks: have you the rye of 1951?")
    world.tick(5 * MINUTE)
    assert "June" not in morning(world)
    assert "June" not in world.words_on_disk()
    assert "rye" not in world.words_on_disk()


def test_links_that_point_both_ways_make_one_person(tmp_path):
    clock = Clock()
    world = World(tmp_path / "state", Fake(clock), Fake(clock, name="kelp"))
    world.tick()
    fake, kelp = world.fakes
    for one, bio in ((fake, "also @bea@kelp.example"), (kelp, "also https://fake.example/@bea")):
        texts = {"fake": "asks: would you speak?", "kelp": "asks: have you the rye of 1951?"}
        post = one.mention("bea", texts[one.name])
        one.change(post, author=replace(post.author, bio=bio))
    assert morning(world).count("Bea") == 1
    assert "Bea (bea@" in said(world, "who Bea")
    assert "and bea@" in world.received()[-1]


# -- one post on two networks ------------------------------------------------------------------------------------------


def test_a_post_that_is_cross_posted_is_one_opportunity(world):
    fake, kelp = world.fakes
    fake.mention("bea", LETTER)
    world.tick(MINUTE)
    kelp.mention("beatrice", LETTER)
    assert morning(world).count("Zwettl") == 1
    said(world, "done 1")
    assert "Zwettl" not in morning(world)
    assert "Nothing is open." in said(world, "list, more")


def test_a_copy_that_a_bridge_brings_late_opens_nothing_again(world):
    fake, _ = world.fakes
    fake.mention("bea", LETTER)
    morning(world)
    said(world, "done 1")
    copy = fake.mention("bea.example", LETTER)
    fake.change(copy, author=replace(copy.author, handle="bea.example@bsky.brid.gy"))
    assert "Zwettl" not in morning(world)


def test_an_answer_to_the_copy_is_an_answer_to_both(world):
    fake, kelp = world.fakes
    fake.mention("bea", LETTER)
    world.tick(MINUTE)
    copy = kelp.mention("beatrice", LETTER)
    world.tick(MINUTE)
    kelp.owner_posts("I would love to", reply_to=copy)
    assert "Zwettl" not in morning(world)


def test_the_same_words_days_later_are_something_new(world):
    fake, kelp = world.fakes
    fake.mention("bea", LETTER)
    morning(world)
    said(world, "done 1")
    world.tick(3 * DAY)
    kelp.mention("beatrice", LETTER)
    assert "Zwettl" in morning(world)


def test_of_a_copy_missed_says_where_it_is(world):
    fake, kelp = world.fakes
    fake.mention("bea", LETTER)
    world.tick(MINUTE)
    copy = kelp.mention("beatrice", LETTER)
    morning(world)
    assert "it is on your list as number 1" in said(world, f"missed {copy.link}")


# -- whom the owner never leaves unanswered --------------------------------------------------------------------------


def test_a_watched_persons_post_comes_up_below_the_bar(tmp_path):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(gather, "judge", nearly)
        world = World(tmp_path / "state", circle={"watch": ["june@fake.example"]})
        world.tick()
        world.mention("june", "nearly nothing")
        world.mention("bo", "nearly nothing too")
        text = morning(world)
        assert "June" in text
        assert "Bo" not in text
        assert "+ you never want to leave them unanswered" in said(world, "why 1")
        world.mention("june", "lovely")
        said(world, "done 1")
        assert "June" not in morning(world), "a kind word asks for no answer"


def test_what_a_watched_person_waits_for_comes_back_a_few_times(tmp_path):
    world = World(tmp_path / "state", circle={"watch": ["june@fake.example"]})
    world.tick()
    world.mention("june", "asks: would you speak at the abbey?")
    world.mention("bo", "asks: have you the rye of 1951?")
    sent = [morning(world) for _ in range(40)]
    assert [day for day, text in enumerate(sent) if "June" in text] == [0, 7, 14]
    assert [day for day, text in enumerate(sent) if "Bo " in text] == [0]
