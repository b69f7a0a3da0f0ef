"""The owner says that something was missed: the truth about it, and on the list if the owner wants it there."""

import json
from collections import Counter

import pytest
from fakes import DAY, HOUR, MINUTE, World, plainly_judged
from mastodon_stage import stage

from bot.commands.missed import links_in
from bot.errors import NotFound
from bot.ledger import counting, standings
from bot.models import Event, Visibility


@pytest.fixture(autouse=True)
def _plainly():
    with plainly_judged():
        yield


@pytest.fixture
def world(tmp_path):
    world = World(tmp_path / "state", privacy={"never": ["pest@fake.example"]})
    world.tick()
    return world


def ask(world, link, *more):
    for said in (f"missed {link}", *more):
        world.says(said)
        world.tick(MINUTE)
    return world.received()[-1]


def ledger(world):
    with world.opened() as shell:
        return shell.store.ledger


def kinds(world):
    return Counter(entry.event for entry in counting(ledger(world)))


def test_what_was_left_out_is_told_with_its_reason_and_put_on_the_list_when_the_owner_says_so(world):
    post = world.mention("ines", "so lovely!")
    world.tick(HOUR)
    assert "I read it and left it out: praise. Put it on your list" in ask(world, post.link)
    assert kinds(world)[Event.MISSED] == 0, "nothing is done yet"
    world.says("yes")
    world.tick(MINUTE)
    assert "1 Ines: ”so lovely!”" in world.received()[-1]
    assert kinds(world)[Event.MISSED] == 1
    world.says("done 1")
    world.tick(MINUTE)
    assert "so lovely" not in world.words_on_disk()


def test_undo_takes_it_off_the_list_and_its_words_with_it(world):
    post = world.mention("ines", "so lovely!")
    world.tick(HOUR)
    ask(world, post.link, "yes", "undo")
    assert world.received()[-1].startswith("Taken back: missed")
    assert standings(ledger(world)) == {}
    assert "so lovely" not in world.words_on_disk()
    world.says("list")
    world.tick(MINUTE)
    assert "Nothing is open" in world.received()[-1]


def test_what_was_shown_is_told_with_its_number_and_is_no_miss(world):
    post = world.mention("ines", "asks: would you?")
    world.tick(world.until(8) - world.clock.at)
    assert "it is on your list as number 1, shown Sun 22 Nov, 08:0" in ask(world, post.link)
    assert kinds(world)[Event.MISSED] == 0


def test_what_waits_its_turn_is_told(world):
    post = world.mention("ines", "asks: would you?")
    world.tick(MINUTE)
    assert "waits its turn" in ask(world, post.link)


def test_what_is_closed_is_told(world):
    post = world.mention("ines", "asks: would you?")
    world.tick(world.until(8) - world.clock.at)
    world.says("no 1")
    world.tick(MINUTE)
    assert "and is dismissed" in ask(world, post.link)


def test_what_the_server_never_told_is_said_so(world):
    post = world.mention("ines", "so lovely!")
    world.fake.inbox.remove(post.id)
    world.tick(HOUR)
    assert "I never saw it: your server sent me no notification" in ask(world, post.link)


def test_what_was_written_since_the_last_look_is_said_so(world):
    post = world.mention("ines", "so lovely!")
    assert "it comes with the next look" in ask(world, post.link)
    assert kinds(world)[Event.FOUND] == 0


def test_what_was_written_before_the_bot_began_is_said_so(world):
    post = world.mention("ines", "so lovely!", at=world.clock.at - 30 * DAY)
    world.fake.inbox.remove(post.id)
    assert "from before I began" in ask(world, post.link)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ("delete", "That post is gone"),
        ("block", "you and its author do not see one another"),
        ("opt out", "its author asks bots to keep away"),
        ("never", "among those whom your config says never to show"),
        ("private", "it was not said in public"),
        ("muted", "you muted its author"),
        ("own", "it is a post of your own"),
        ("to others", "it was not written to you"),
    ],
)
def test_a_wish_or_a_setting_is_told_and_is_not_overruled(world, change, says):
    post = world.mention("pest" if change == "never" else "ines", "so lovely!")
    match change:
        case "delete":
            world.fake.delete(post)
        case "block":
            world.fake.block("ines")
        case "opt out":
            author = post.author
            world.fake.change(post, author=type(author)(id=author.id, handle=author.handle, name="Ines", bio="#nobot"))
        case "private":
            world.fake.change(post, visibility=Visibility.FOLLOWERS)
        case "muted":
            world.mention("ines", "asks: would you?")
            world.tick(world.until(8) - world.clock.at)
            world.says("mute 1")
            world.tick(MINUTE)
        case "own":
            post = world.fake.owner_posts("my own")
        case "to others":
            world.fake.inbox.remove(post.id)
            world.fake.change(post, mentions=())
    before = len(ledger(world))
    reply = ask(world, post.link, "yes")
    assert says in "".join(world.received()[-2:])
    assert "On your list" not in reply
    assert not [entry for entry in ledger(world)[before:] if entry.event is Event.MISSED]


@pytest.mark.parametrize(
    "said",
    [
        "missed https://elsewhere.example/@bo/1",
        "missed https://bsky.example/profile/bo.example/post/3kabc",
        "missed https://[bad",
        "missed https://x.example/a https://x.example/b",
        "missed the party",
        "missed",
    ],
)
def test_a_link_that_leads_nowhere_gets_a_plain_answer(world, said):
    world.says(said)
    world.tick(MINUTE)
    assert world.received()[-1].startswith(("I find no such post", "One link at a time", "Give me the link"))
    assert not [entry for entry in ledger(world) if entry.event in {Event.MISSED, Event.FOUND}]


def test_a_network_that_is_down_is_said_so(world):
    post = world.mention("ines", "so lovely!")
    world.tick(HOUR)
    world.fake.fault = lambda request: "500" if request == "find" else ""
    assert "I cannot reach that network now" in ask(world, post.link)


def test_what_is_decided_is_kept_as_numbers_only_and_not_for_ever(world):
    post = world.mention("ines", "so lovely!")
    world.tick(HOUR)
    kept = json.loads((world.folder / "state.json").read_text())["seen"][post.id]["value"]
    assert set(kept) == {"author", "signature", "seen_at", "reason", "score"}
    assert kept["reason"] == "praise"
    world.tick(31 * DAY)
    world.tick(DAY)
    assert post.id not in json.loads((world.folder / "state.json").read_text())["seen"]


@pytest.mark.parametrize(
    ("text", "links"),
    [
        ("see https://a.example/@b/1.", ["https://a.example/@b/1"]),
        ("(https://a.example/@b/1)", ["https://a.example/@b/1"]),
        ("a.example/@b/1 why?", ["https://a.example/@b/1"]),
        ("no link", []),
        ("ines@a.example", []),
    ],
)
def test_links_are_found_as_people_type_them(text, links):
    assert links_in(text) == links


# -- over HTTP, at a strict server -----------------------------------------------------------------------------------


def test_a_post_is_found_by_every_address_it_goes_by():
    with stage() as on:
        status = on.mention("hello there")
        home = on.source.home.base_url
        for link in (f"{home}/statuses/{status.id}", f"{home}/@ines@kelp.example/{status.id}", status.uri, status.url):
            found = on.source.find(link)
            assert found is not None, link
            assert found.id == f"mastodon:{status.id}"
        assert on.source.find("https://kelp.example/@ines/999") is None
        host = home.partition("//")[2]
        for page in (f"/{host}/@ines@kelp.example/{status.id}", f"/#/{host}/s/{status.id}"):
            assert on.source.find(f"https://app.example{page}") == found, "a web client has the owner's server in it"
        assert on.source.find("https://nowhere.example") is None
        with pytest.raises(NotFound):
            on.source.find(f"{home}/statuses/1")


def test_only_the_owners_own_server_is_asked():
    with stage() as on:
        on.mention("hello there")
        with on.counted() as requests:
            on.source.find("http://127.0.0.1:9/@ines/1")
            on.source.find("https://kelp.example/@ines/1")
    assert requests
    assert {request.path.partition("?")[0] for request in requests} <= {"/api/v2/instance", "/api/v1/notifications"}
