"""More of everything than anybody sends: what is asked, kept and computed stays bounded, and what matters is handled.

Nothing here looks at a clock: requests, bytes and calls are counted, so that it holds on a slow machine as well.
"""

import re
from cProfile import Profile
from dataclasses import replace

import pytest
from conversation import Conversation
from fakes import DAY, HOUR, MINUTE, Clock, Fake, World, plainly_judged
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from soak.quarter import ALLOWED, Metered

from bot import app, deliver
from bot.consent import opts_out
from bot.finding.case import exchange
from bot.models import Thread
from bot.networks.html import plain
from bot.text import clip, neutralise, tidy


def calls(act):
    """How many functions are called, of Python and of C: the same on every machine."""
    counted = Profile()
    counted.runcall(act)
    return sum(each.callcount for each in counted.getstats())


def busy_world(folder, **sections):
    return World(folder, Metered(Clock(), "fake"), **sections)


# -- ten thousand mentions in an hour ----------------------------------------------------------------------------------


def mentions_in_an_hour(folder, count):
    """Twenty of them matter."""
    with plainly_judged():
        world = busy_world(folder)
        world.tick()
        every = count // 20
        for number in range(count):
            what = "asks: would you" if number % every == every // 2 else "so lovely"
            world.mention(f"person{number}", f"{what} {number}")
            world.clock.advance(HOUR / count)
        end = world.until(8) + DAY
        with world.opened() as shell:
            while world.clock.at < end:
                world.clock.advance(10 * MINUTE)
                app.tick(shell, world.clock.now(), read=False)
            found = [each.judgement.gist for each in shell.store.opportunities.all().values()]
    assert world.fake.most <= ALLOWED
    assert len(found) == 20
    assert (world.folder / "state.json").stat().st_size < 3 * 2**20 + 700 * count
    digests = [text for text in world.received() if " worth your time (of " in text]
    assert digests
    assert all(len(text) <= 500 and text.count("https://") <= 3 for text in digests)


def test_thousands_of_mentions_in_an_hour_cost_no_more_requests_than_allowed_and_lose_nothing(tmp_path):
    """The long soak does it with ten thousand."""
    mentions_in_an_hour(tmp_path / "state", 2000)


def test_the_busiest_minute_of_all_stays_within_the_limits_of_a_server(tmp_path):
    """The first of a day, at the hour of the digest, after a night without power: everything is done at once."""
    with plainly_judged():
        world = busy_world(tmp_path / "state", digest={"items": 5})
        world.tick()
        for day in range(3):
            for number in range(70):
                world.mention(f"person{day}-{number}", f"asks: {day} {number}?")
            for _ in range(3):
                world.tick(10 * MINUTE)
        world.clock.advance(world.until(8) - world.clock.at - MINUTE)
        for number in range(400):
            post = world.mention(f"night{number}", f"asks: {number}?")
            if number < 40:
                world.fake.owner_posts("I will send you my notes", reply_to=post)
        world.fake.most = 0
        with world.opened() as shell:
            for _ in range(10):
                world.clock.advance(MINUTE)
                app.tick(shell, world.clock.now(), read=False)
        assert 150 < world.fake.most <= ALLOWED


# -- a thread of thousands, a post of a hundred kilobytes --------------------------------------------------------------


def thread_of(count):
    fake = Fake(Clock())
    root = fake.owner_posts("my guide")
    posts = [root]
    for number in range(count):
        posts.append(fake.mention(f"person{number % 50}", f"I think {number}", reply_to=posts[number // 2]))
    return Thread(posts=tuple(posts)), fake.owner.id


def test_a_thread_of_thousands_costs_in_proportion():
    (small, owner), (large, _) = thread_of(300), thread_of(3000)
    cost = [calls(lambda t=t: exchange(t, "fake:person7", frozenset({owner}))) for t in (small, large)]
    assert cost[1] < 12 * cost[0]


def test_a_mention_at_the_end_of_a_thread_of_thousands_is_judged_by_the_real_rules(tmp_path):
    world = World(tmp_path / "state")
    root = world.fake.owner_posts("I write a guide about seed libraries")
    world.tick()
    for number in range(3000):
        world.fake._post(world.fake.account(f"person{number % 50}"), f"I think {number}", root, None)
    world.mention("ines", "would you like to co-write the guide with me?", reply_to=root)
    cost = calls(lambda: world.tick(HOUR))
    assert cost < 3_000_000
    assert "co-write" in world.words_on_disk()


@pytest.mark.parametrize(
    "words",
    [
        "would you co-write it with me? ",
        "a",
        "@x ",
        "https://a.example/",
        "?! ",
        "\u0301",
        "\u202e",
        "👨‍👩‍👧",
        "\n",
        "<b>",
        "&#64;",
    ],
    ids=ascii,
)
def test_a_post_of_a_hundred_kilobytes_is_a_short_line_in_a_short_digest(tmp_path, words):
    world = World(tmp_path / "state")
    world.tick()
    world.mention("ines", words * (100_000 // len(words)) + " would you co-write the guide with me?")
    world.mention("bo", "Would you like to co-write the guide with me?")
    world.tick(world.until(8) - world.clock.at)
    assert (world.folder / "state.json").stat().st_size < 20_000
    assert all(len(text) <= 500 for text in world.received())
    assert "Bo" in "".join(world.received()[1:])


@pytest.mark.parametrize("act", [tidy, neutralise, plain, opts_out, lambda text: clip(text, 80)])
@pytest.mark.parametrize(
    "words", ["a b ", "@", "&#64;", "https://x.example/@a ", "<p>", "#no", "\u0301", "é", "<", "&"], ids=ascii
)
def test_what_is_done_to_words_costs_in_proportion_to_their_length(act, words):
    short, long = (calls(lambda n=n: act(words * n)) for n in (1500, 15_000))
    assert long <= 12 * short + 100


@pytest.mark.parametrize("words", ["so lovely ", "it was 400 EUR, ", "x "])
def test_to_understand_the_owner_costs_in_proportion_to_the_words(words):
    short, long = (calls(lambda n=n: Conversation(shown=3).ask("note 1 " + words * n)) for n in (10, 100))
    assert long <= 12 * short


# -- five hundred answers in a minute ----------------------------------------------------------------------------------


def answers_in_a_minute(folder, count):
    with plainly_judged():
        world = busy_world(folder)
        world.tick()
        world.mention("ines", "asks: would you co-write it?")
        world.tick(world.until(8) - world.clock.at)
        for number in range(count):
            world.says(f"note 1 number {number}")
            world.clock.advance(MINUTE / count)
        world.fake.most = 0
        before = len(world.received())
        with world.opened() as shell:
            for _ in range(count // deliver.MOST_AT_ONCE + 3):
                sent, marked = len(world.received()), len(world.fake.marked)
                world.clock.advance(MINUTE)
                app.tick(shell, world.clock.now(), read=False)
                assert len(world.received()) - sent <= deliver.MOST_AT_ONCE
                assert len(world.fake.marked) - marked <= deliver.MOST_AT_ONCE
            assert not shell.store.outbox.all()
    answers = world.received()[before:]
    assert [re.search(r"number (\d+)", text)[1] for text in answers] == [str(number) for number in range(count)]
    assert world.fake.most <= ALLOWED


def test_a_hundred_answers_in_a_minute_are_each_answered_once_in_order_and_never_in_a_burst(tmp_path):
    """The long soak does it with five hundred."""
    answers_in_a_minute(tmp_path / "state", 100)


# -- odd shapes on their way through everything ------------------------------------------------------------------------

ODD = st.text(
    alphabet=st.one_of(
        st.characters(), st.sampled_from("@＠#＃&;:/\u202e\u200b\u200d\u2066\u0301\ufeff\x00\ud800ﷺ👩🏽\n")
    ),
    max_size=60,
)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.tuples(ODD, ODD, ODD, ODD, ODD, ODD))
def test_whatever_people_are_called_and_write_the_whole_bot_goes_on(tmp_path_factory, odd):
    """From the mention to the digest to the owner's note and what is told of the person."""
    name, handle, said, link, warning, note = odd
    folder = tmp_path_factory.mktemp("odd")
    with plainly_judged():
        world = World(folder / "state", privacy={"non_public": "point"})
        world.tick()
        post = world.mention("ines", f"asks: {said}")
        author = replace(post.author, name=name, handle=handle, bio=note)
        world.fake.posts[post.id] = replace(post, author=author, link=f"https://fake.example/{link}", warning=warning)
        world.mention("bo", "asks: have you the seeds of 1951 still?")
        world.tick(world.until(8) - world.clock.at)
        for words in (f"note 1 {note}", "who 1", "why 1", "list", name, f"mute {handle}", "circle"):
            world.says(words)
            world.tick(MINUTE)
        world.tick(DAY)
    texts = world.received()
    assert "seeds of 1951" in "".join(texts)
    assert all(len(text) <= 500 for text in texts)
    assert len(texts) >= 8
