"""What is sent reaches the owner and nobody else, once; and whatever went wrong, it is known what may have happened."""

import socket
import time
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from mastodon_stage import HOUR, NEVER, POST, START, Stage, paths, stage
from pydantic import SecretStr

from bot.errors import Exposed, NetworkError, NotFound, RateLimited, Rejected, Unauthorized, Unavailable
from bot.networks import http
from bot.networks.http import WritingSession
from bot.networks.mastodon import MastodonMessenger
from bot.networks.mastodon_api import Api
from bot.networks.standin import GOTOSOCIAL, MASTODON, PLEROMA, TAKAHE, Server, faults
from bot.text import neutralise

SOFTWARE = {"mastodon": MASTODON, "gotosocial": GOTOSOCIAL, "takahe": TAKAHE, "pleroma": PLEROMA}
OWN_LIST = "GET /api/v1/accounts/*/statuses"


@pytest.fixture(autouse=True)
def _impatient(monkeypatch):
    monkeypatch.setattr(http, "HEALING", http.HEALING.new(backoff_factor=0))
    monkeypatch.setattr(http, "PAUSES", (0, 0))


@pytest.fixture(params=[MASTODON], ids=["mastodon"])
def on(request):
    with stage(request.param) as one:
        yield one


@pytest.fixture
def alone():
    with stage(alone=True) as one:
        yield one


every_server = pytest.mark.parametrize("on", SOFTWARE.values(), indirect=True, ids=SOFTWARE)


# -- what goes out ----------------------------------------------------------------------------------------------------


@every_server
def test_a_message_is_a_direct_post_that_names_the_owner_in_full_and_nobody_else(on: Stage):
    on.send("1 Ines asks: hi @alice, see #kelp at https://kelp.example/@ines/1?a=1&b=2 &#64;bob", key="abc")
    (request,) = on.server.writes
    assert dict(request.body) == {
        "status": (
            (
                "@rosa@social.example\n"
                "1 Ines asks: hi ＠alice, see ♯kelp at https://kelp.example/%40ines/1?a=1&b=2 ＆♯64;bob"
            ),
        ),
        "visibility": ("direct",),
        "allowed_mentions": (on.rosa.id,),
        "to": ("rosa@social.example",),
        "language": ("en",),
        "content_type": ("text/plain",),
    }
    assert (request.idempotency_key, request.account) == ("abc", on.bot)
    (post,) = on.server.messages_to(on.rosa)
    assert (post.mentions, post.visibility) == ((on.rosa,), "direct")


def test_an_answer_hangs_below_the_message_it_belongs_to(on: Stage):
    first = on.send("one", key="1")
    on.send("two", key="2", reply_to=first)
    one, two = on.server.messages_to(on.rosa)
    assert two.parent is one
    assert set(two.mentions) == {on.rosa, on.bot}  # the worst of servers adds the author of what is answered: the bot


@every_server
@pytest.mark.parametrize("code", [404, 422, 400])
def test_what_it_should_hang_below_may_be_gone(on: Stage, code):
    """Mastodon answers 404, Pleroma 422: the message itself is as good as before."""
    first = on.send("one", key="1")
    on.server.delete(on.server.statuses[first.partition(":")[2]])
    if code != 404:
        on.server.fault(faults.refuses(code, "Cannot reply to a deleted status"), POST)
    on.send("two", key="2", reply_to=first)
    assert on.delivered == ["two"]


def test_the_same_key_twice_is_one_message_where_the_server_knows_keys(on: Stage):
    assert on.send("one", key="1") == on.send("one", key="1")
    assert on.delivered == ["one"]


def test_a_note_to_self_names_nobody_and_only_its_author_sees_it(alone: Stage):
    alone.send("hello @alice")
    (post,) = alone.server.posts_by(alone.rosa)
    assert (post.text, post.mentions, post.visibility) == ("hello ＠alice", (), "direct")
    assert [name for name in (alone.ines, None) if alone.server.sees(name, post)] == []
    (request,) = alone.server.writes
    assert request.get("allowed_mentions") == alone.rosa.id
    assert request.get("to") == ""


def test_the_owner_at_another_server_is_written_to_by_the_full_name():
    """Owner and bot live on two servers, which number everybody differently."""
    with stage(domain="home.example") as home, stage(GOTOSOCIAL) as away:
        far = away.server.account("rosa@home.example")
        impostor = away.rosa
        messenger = MastodonMessenger(home.source, away.server.url, SecretStr(away.bot_token))
        messenger.send("hello", key="k", reply_to=None)
        assert [post.text for post in away.server.messages_to(far)] == ["@rosa@home.example\nhello"]
        assert away.server.messages_to(impostor) == []
        assert away.server.writes[0].get("allowed_mentions") == far.id
        assert home.server.writes == []


def test_an_owner_unknown_to_the_bots_server_is_written_to_by_nobody():
    with stage(domain="home.example") as home, stage() as away:
        messenger = MastodonMessenger(home.source, away.server.url, SecretStr(away.bot_token))
        with pytest.raises(Unavailable, match=r"does not know rosa@home\.example: follow the owner"):
            messenger.send("hello", key="k", reply_to=None)
        assert away.server.writes == []


def test_an_account_that_only_looks_like_the_owner_is_not_taken_for_her():
    """The right name, by the word of the bot's server, but its page is at another host."""
    with stage(domain="home.example") as home, stage() as away:
        away.server.account("rosa@home.example", url="https://evil.example/@rosa")
        messenger = MastodonMessenger(home.source, away.server.url, SecretStr(away.bot_token))
        with pytest.raises(Unavailable):
            messenger.send("hello", key="k", reply_to=None)


def test_a_server_that_answers_with_somebody_else_is_not_believed():
    """A search may be generous: it finds Rosamund, at the owner's own server."""
    with stage(domain="home.example") as home, stage() as away:
        away.server.account("rosamund@home.example")
        other = {"id": "5", "acct": "rosamund@home.example", "url": "https://home.example/@rosamund"}
        away.server.fault(lambda *_: faults.Answer(body=other), "GET /api/v1/accounts/lookup", times=NEVER)
        messenger = MastodonMessenger(home.source, away.server.url, SecretStr(away.bot_token))
        with pytest.raises(Unavailable):
            messenger.send("hello", key="k", reply_to=None)
        assert away.server.writes == []


def test_the_owner_can_be_told_when_the_owners_own_key_is_refused(on: Stage):
    on.listen()
    on.server.revoke(on.token)
    on.restart()
    on.listen()
    on.send("I was locked out.")
    assert on.delivered == ["I was locked out."]


# -- the answer is looked at ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("on", [GOTOSOCIAL, TAKAHE], indirect=True, ids=["gotosocial", "takahe"])
def test_a_message_that_reached_somebody_else_is_deleted_at_once_and_sending_stops(on: Stage):
    on.server.fault(faults.reaches_also("mallory@evil.example"), POST)
    with pytest.raises(Exposed, match="reached others and was deleted at once"):
        on.send()
    assert on.delivered == []
    assert [request.method for request in on.server.writes] == ["POST", "DELETE"]


@pytest.mark.parametrize("visibility", ["public", "unlisted", "private"])
def test_a_message_that_became_visible_is_deleted_at_once_and_sending_stops(on: Stage, visibility):
    on.server.fault(faults.made(visibility), POST)
    with pytest.raises(Exposed, match="deleted at once"):
        on.send()
    assert on.server.posts_by(on.bot) == []


def test_a_note_to_self_that_named_somebody_is_deleted_at_once(alone: Stage):
    alone.server.fault(faults.reaches_also("mallory@evil.example"), POST)
    with pytest.raises(Exposed, match="deleted at once"):
        alone.send()
    assert alone.server.posts_by(alone.rosa) == []


def test_what_is_not_said_to_be_private_is_not_private(on: Stage):
    on.server.fault(faults.changed(lambda raw: {**raw, "visibility": None}), POST)
    with pytest.raises(Exposed):
        on.send()


@pytest.mark.parametrize("code", [401, 404, 429, 500])
def test_the_owner_is_told_when_it_could_not_be_deleted(on: Stage, code):
    on.server.fault(faults.made("public"), POST)
    on.server.fault(faults.refuses(code), "DELETE *")
    with pytest.raises(Exposed) as raised:
        on.send()
    assert ("NOT deleted" in str(raised.value)) == (code != 404)
    assert ("delete it by hand" in str(raised.value)) == (code != 404)


def test_a_message_that_names_nobody_is_taken_back_and_not_repeated(on: Stage):
    """It rang nowhere: the bot's server did not know the owner by that name."""
    on.server.fault(faults.changed(lambda raw: {**raw, "mentions": []}), POST)
    with pytest.raises(Rejected, match="did not name its owner and was deleted at once"):
        on.send()
    assert on.server.posts_by(on.bot) == []


def test_a_server_that_would_have_shown_it_to_others_and_refused_is_an_alarm(on: Stage):
    """Mastodon's answer to `allowed_mentions[]`. Nothing was stored, but the words were not as harmless as thought."""

    def names_also(server, request):
        worse = (f"{request.get('status')} @mallory@evil.example",)
        return server.handle(replace(request, body={**request.body, "status": worse}))

    on.server.fault(names_also, POST)
    with pytest.raises(Exposed, match="refused it"):
        on.send()
    assert on.server.posts_by(on.bot) == []


@pytest.mark.parametrize(
    "answer", [{}, [], "ok", {"id": None}, {"id": ""}, {"id": True}, {"id": ["1"]}, {"error": "x"}, None]
)
def test_an_answer_that_is_no_post_may_still_have_posted(on: Stage, answer):
    on.server.fault(faults.changed(lambda _: answer), POST)
    with pytest.raises(Unavailable) as raised:
        on.send()
    assert raised.value.maybe_done
    assert on.delivered == ["hello"]


@pytest.mark.parametrize("mentions", [None, "rosa", ["rosa"], [None], [{"id": None}], {}])
def test_an_answer_with_odd_mentions_crashes_nothing(on: Stage, mentions):
    on.server.fault(faults.changed(lambda raw: {**raw, "mentions": mentions}), POST)
    with pytest.raises((Rejected, Exposed)):
        on.send()
    assert on.delivered == []


# -- what is known when it went wrong ---------------------------------------------------------------------------------


def sleeps(server, request):
    server.handle(request)
    time.sleep(0.3)
    return faults.Answer(body={})


def json_redirect(server, request):
    return faults.Answer(code=301, body={"id": "1", "visibility": "direct"}, headers={"Location": "/api/v1/instance"})


ANSWERS = {
    "lost before": (faults.lost, Unavailable, True, 0),
    "answer lost": (faults.answer_lost, Unavailable, True, 1),
    "500 before": (faults.refuses(500), Unavailable, True, 0),
    "500 after": (faults.refuses(500, after=True), Unavailable, True, 1),
    "502 after": (faults.refuses(502, after=True), Unavailable, True, 1),
    "503 with a wait": (faults.refuses(503, Retry_After="30"), Unavailable, True, 0),
    "520": (faults.refuses(520), Unavailable, True, 0),
    "no answer in time": (sleeps, Unavailable, True, 1),
    "a proxy's page": (faults.html_page, Unavailable, True, 1),
    "half an answer": (faults.truncated, Unavailable, True, 1),
    "a redirect": (faults.redirects("https://evil.example/"), Unavailable, True, 0),
    "a redirect with an answer": (json_redirect, Unavailable, True, 0),
    "408": (faults.refuses(408), Unavailable, True, 0),
    "409": (faults.refuses(409), Unavailable, True, 0),
    "425": (faults.refuses(425), Unavailable, True, 0),
    "429": (faults.rate_limited, RateLimited, False, 0),
    "400": (faults.refuses(400, "Status is too long"), Rejected, False, 0),
    "401": (faults.refuses(401), Unauthorized, False, 0),
    "403": (faults.refuses(403), Unauthorized, False, 0),
    "404": (faults.refuses(404), NotFound, False, 0),
    "413": (faults.refuses(413), Rejected, False, 0),
    "422": (faults.refuses(422, "Validation failed"), Rejected, False, 0),
}


@pytest.mark.parametrize("trouble", ANSWERS)
def test_after_trouble_it_is_known_what_may_have_been_done(on: Stage, monkeypatch, trouble):
    fault, error, maybe_done, stored = ANSWERS[trouble]
    monkeypatch.setattr(http, "TIMEOUT", (1, 0.1))
    on.server.fault(fault, POST)
    with pytest.raises(error) as raised:
        on.send()
    assert raised.value.maybe_done == maybe_done
    assert len(on.delivered) == stored
    assert maybe_done or not stored
    assert paths(on.server.writes) == [POST]  # and was never repeated behind our back


def test_a_message_that_never_left_was_surely_not_stored():
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        writer = Api(url, "t", WritingSession(url, ""))
        with pytest.raises(Unavailable) as raised:
            writer.post("/api/v1/statuses", {"status": "x", "visibility": "direct"}, key="k")
    assert not raised.value.maybe_done


def test_limits_that_nobody_can_read_do_not_make_a_sent_message_doubtful(on: Stage):
    def odd(fault):
        headers = {"X-RateLimit-Reset": "soon", "X-RateLimit-Remaining": "x"}
        return lambda server, request: replace(fault(server, request), headers=headers)

    on.server.fault(odd(Server.handle), POST)
    on.send()
    on.server.fault(odd(faults.made("public")), POST)
    on.server.fault(odd(Server.handle), "DELETE *")
    with pytest.raises(Exposed, match="deleted at once"):
        on.send(key="2")


@pytest.mark.parametrize("on", SOFTWARE.values(), indirect=True, ids=SOFTWARE)
@pytest.mark.parametrize("lost", [name for name, (*_, stored) in ANSWERS.items() if stored])
def test_what_was_stored_although_it_went_wrong_is_found_again(on: Stage, monkeypatch, lost):
    monkeypatch.setattr(http, "TIMEOUT", (1, 0.1))
    before = on.send("before", key="1")
    on.wait()
    on.server.fault(ANSWERS[lost][0], POST)
    with suppress(NetworkError):
        on.messenger.send("the message", key="2", reply_to=None)
    on.restart()
    for after in (before, None, "mastodon:999"):
        found = on.messenger.sent(after, START - HOUR)
        assert [each.text for each in found] == ["the message"] if after == before else ["before", "the message"]
    assert found[-1].sent_at == START + timedelta(seconds=1)


@every_server
def test_looking_for_what_was_sent_is_a_request_or_two(on: Stage):
    last = [on.send(str(number), key=str(number)) for number in range(3)][-1]
    with on.counted() as seen:
        assert on.messenger.sent(last, START - HOUR) == []
    assert len(seen) == (1 if on.server.software.lists_direct_posts else 2)


@every_server
def test_what_was_sent_is_found_behind_much_else(on: Stage):
    on.server.follow(on.bot, on.ines)
    first = on.send("first", key="1")
    for number in range(130):
        on.wait()
        on.server.post(on.ines, f"chatter {number}")
        on.server.post(on.bot, f"public {number}")
    on.send("last", key="2")
    assert [each.text for each in on.messenger.sent(first, START - HOUR)] == ["last"]
    assert [each.text for each in on.messenger.sent(None, START - HOUR)] == ["first", "last"]
    assert [each.text for each in on.messenger.sent(None, on.clock.at)] == ["last"]


@every_server
def test_what_is_older_than_asked_for_is_left_out(on: Stage):
    on.send("one", key="1")
    on.wait(HOUR)
    on.send("two", key="2")
    assert [each.text for each in on.messenger.sent(None, on.clock.at)] == ["two"]


def test_a_list_too_long_to_look_through_is_no_proof_that_nothing_was_sent(on: Stage):
    on.send("first", key="1")
    for number in range(401):
        on.server.post(on.bot, f"public {number}")
    with pytest.raises(Unavailable, match="too much in it"):
        on.messenger.sent(None, START - HOUR)


@pytest.mark.parametrize("software", [MASTODON, GOTOSOCIAL, TAKAHE], ids=["mastodon", "gotosocial", "takahe"])
def test_an_owner_who_follows_many_may_still_write_notes_to_self(software):
    """The first look finds nothing of the bot's; the owner's home is too long to look through and need not be."""
    with stage(software, alone=True) as on:
        on.server.follow(on.rosa, on.ines)
        for number in range(500):
            on.server.post(on.ines, f"chatter {number}")
        assert on.messenger.sent(None, START - HOUR) == []


def test_only_messages_to_the_owner_count_as_sent(on: Stage):
    """The account may be used by hand as well, and others may write to it."""
    on.server.post(on.bot, "I am a bot")
    on.server.post(on.bot, "@rosa in public")
    on.server.say_direct(on.bot, "to somebody else", to=on.ines)
    on.server.say_direct(on.rosa, "done 1", to=on.bot)
    on.send("the message")
    assert [each.text for each in on.messenger.sent(None, START - HOUR)] == ["the message"]


def test_in_a_note_to_self_the_owners_own_messages_to_friends_are_not_the_bots(alone: Stage):
    alone.server.say_direct(alone.rosa, "dear Ines", to=alone.ines)
    alone.send("the message")
    assert [each.text for each in alone.messenger.sent(None, START - HOUR)] == ["the message"]


@pytest.mark.parametrize("on", [GOTOSOCIAL, TAKAHE], indirect=True, ids=["gotosocial", "takahe"])
def test_a_message_that_reached_somebody_else_while_its_answer_was_lost_is_found_and_deleted(on: Stage):
    def reaches_and_drops(server, request):
        faults.reaches_also("mallory@evil.example")(server, request)
        return faults.lost(server, request)

    on.server.fault(reaches_and_drops, POST)
    with pytest.raises(Unavailable):
        on.send()
    with pytest.raises(Exposed, match="deleted at once"):
        on.messenger.sent(None, START - HOUR)
    assert on.delivered == []


@pytest.mark.parametrize("fault", [faults.refuses(500), faults.html_page, faults.lost, faults.changed(lambda _: {})])
def test_a_look_that_fails_is_no_proof_that_nothing_was_sent(on: Stage, fault):
    on.send("one")
    on.server.fault(fault, OWN_LIST, times=NEVER)
    with pytest.raises(Unavailable):
        on.messenger.sent(None, START - HOUR)


def test_odd_posts_among_the_own_do_not_hide_what_was_sent(on: Stage):
    on.send("one")
    odd = [None, "x", {}, {"id": "1"}, {"id": "2", "created_at": "soon"}, {"id": "3", "visibility": "direct"}]
    on.server.fault(faults.changed(lambda items: [*odd, *items, *odd] if items else []), OWN_LIST, times=NEVER)
    assert [each.text for each in on.messenger.sent(None, START - HOUR)] == ["one"]


# -- how long a message may be ----------------------------------------------------------------------------------------

LIMIT = 60
SMALL = {name: replace(software, max_characters=LIMIT) for name, software in SOFTWARE.items()}
LINKS = ["https://kelp.example/statuses/115591234567890123", "http://a.bc", "https://a.b/c,d", "https://x.example/),!"]
PIECES = [
    *LINKS,
    "abc ",
    "\n",
    "@ines@kelp.example",
    "#kelp",
    "&#64;",
    "👨‍👩‍👧‍👦",
    "é",
    "e\u0301",
    "क्षि",
    "ssb://a.bc",
    "한",
    "🇩🇪",
    "\u0301",
]


@pytest.fixture(scope="module", params=[*SMALL, "alone"])
def short(request):
    with stage(SMALL.get(request.param, SMALL["mastodon"]), alone=request.param == "alone") as one:
        yield one


@settings(max_examples=150)
@given(st.lists(st.sampled_from(PIECES), max_size=14).map("".join) | st.text(max_size=LIMIT + 5))
@example("x" * LIMIT)
@example(" ".join(LINKS[:2]))
@example("https://a.bc,https://d.ef,https://g.hi")
@example("क्ष" * 20)
@example("👨‍👩‍👧‍👦" * 12)
@example("\n\u0301" * 20)
def test_whatever_fits_is_accepted_by_the_server(short: Stage, text):
    if short.messenger.fits(text) and neutralise(text).strip():
        assert short.send(text, key=text.encode().hex())


def test_a_link_costs_what_the_server_says_and_a_name_without_its_server(on: Stage):
    link = "https://kelp.example/statuses/115591234567890123"
    room = 500 - len("@rosa\n") - 2 * 23 - 1
    assert on.messenger.fits(f"{'x' * (room - 1)} {link}\n{link}")
    assert not on.messenger.fits(f"{'x' * room} {link}\n{link}")
    assert on.messenger.fits("👍" * 494)
    assert not on.messenger.fits("👍" * 495)


@pytest.mark.parametrize(
    "text",
    ["https://a.bc https://d.ef", "https://a.bc,https://d.ef", "see(https://a.bc)", "gemini://a.bc", "https://-a.bc"],
)
def test_a_link_that_servers_may_read_in_two_ways_counts_as_the_longer(text):
    with stage(replace(MASTODON, max_characters=len("@rosa\n") + len(text))) as on:
        assert not on.messenger.fits(text)


def test_a_script_whose_letters_newer_rules_join_counts_as_older_ones_count_it():
    """Ruby, and with it Mastodon, takes up a new Unicode years later."""
    with stage(replace(MASTODON, max_characters=len("@rosa\n") + 10)) as on:
        assert on.messenger.fits("क्ष" * 5)
        assert not on.messenger.fits("क्ष" * 6)


@pytest.mark.parametrize("name", ["gotosocial", "takahe", "pleroma"])
def test_a_server_that_counts_every_code_point_gets_no_more_than_it_takes(name):
    """Takahē states that a link counts 23, and refuses by its full length."""
    mention, link = "@rosa@social.example\n", "https://kelp.example/statuses/115591234567890123"
    with stage(replace(SOFTWARE[name], max_characters=len(mention) + len(link))) as on:
        assert on.messenger.fits(link)
        assert not on.messenger.fits(f"{link}x")


@pytest.mark.parametrize(
    "stated",
    [
        {"configuration": {"statuses": {"max_characters": "many"}}},
        {"configuration": None},
        {"configuration": {"statuses": {"max_characters": 0}}},
        {"configuration": {"statuses": []}},
    ],
)
def test_a_server_that_states_no_limit_takes_500(on: Stage, stated):
    on.server.fault(faults.changed(lambda raw: {**raw, **stated}), "GET */instance", times=NEVER)
    assert on.messenger.fits("x" * 494)
    assert not on.messenger.fits("x" * 495)


def test_a_limit_may_be_stated_in_the_old_way():
    """Pleroma's, before it had a `configuration`."""
    with stage(replace(PLEROMA, lacks=frozenset({"GET /api/v2/instance"}))) as on:
        stated = faults.changed(lambda raw: {**raw, "configuration": {}, "max_toot_chars": 700, "api_versions": {}})
        on.server.fault(stated, "GET */instance", times=NEVER)
        assert on.messenger.fits("x" * 600)
        assert not on.messenger.fits("x" * 700)


def test_a_server_that_calls_itself_compatible_is_not_counted_as_mastodon(on: Stage):
    on.server.fault(
        faults.changed(lambda raw: {**raw, "version": "4.2.1 (compatible; Other 1.0)"}), "GET */instance", times=NEVER
    )
    assert not on.messenger.fits("https://kelp.example/statuses/115591234567890123 " * 10)


def test_a_server_that_refused_what_should_fit_is_counted_in_full_from_then_on(on: Stage):
    """Mastodon takes a host under a new top-level domain for none, and its link for words. The next list arrives."""
    links = "https://kelp.example/statuses/115591234567890123\n" * 12
    assert on.messenger.fits(links)
    on.server.fault(faults.refuses(422, "Validation failed: Text character limit of 500 exceeded"), POST)
    with pytest.raises(Rejected):
        on.send(links)
    assert not on.messenger.fits(links)
    on.listen()
    on.restart()
    on.listen()
    assert not on.messenger.fits(links)


def test_the_limits_are_asked_for_once(on: Stage):
    on.messenger.fits("x")
    with on.counted() as seen:
        on.messenger.fits("y")
    assert seen == []


# -- the key ----------------------------------------------------------------------------------------------------------


def tells_the_token(code):
    return lambda _, request: faults.Answer(code=code, body={"error": f"{request.token} is no good"})


def test_the_token_is_in_no_error_no_log_and_no_repr(caplog, monkeypatch):
    """Through a whole session in which everything fails that can."""
    monkeypatch.setattr(http, "TIMEOUT", (1, 0.1))
    caplog.set_level("DEBUG")
    said = []
    with stage() as on:
        on.mention("hi")
        on.send("before")
        troubles = [fault for fault, *_ in ANSWERS.values()]
        troubles += [tells_the_token(401), tells_the_token(422), tells_the_token(503)]
        troubles += [faults.made("public"), faults.redirects(f"https://evil.example/?{on.token}"), faults.drips(0.001)]
        asked = [
            lambda: on.source.inbox({}, deep=True),
            lambda: on.source.owner().handle,
            lambda: on.messenger.heard({"window": ["1"]}, ()),
            lambda: on.messenger.sent(None, START),
            lambda: on.messenger.send("hello", key="k", reply_to=None),
            lambda: [*on.source.check(), *on.messenger.check()],
        ]
        for trouble in troubles:
            for ask in asked:
                on.restart()
                on.server.fault(trouble, "GET *" if ask is not asked[4] else POST, times=1 if trouble is sleeps else 5)
                try:
                    ask()
                except NetworkError as error:
                    said.append(error)
                on.server.heal()
        owned = [
            on.source,
            on.messenger,
            on.source.api,
            on.source.api.session,
            on.messenger._session,
            on.source.api.sdk,
        ]
        secrets = {on.token, on.bot_token}
    assert len(said) > len(troubles)
    texts = [caplog.text, *map(str, said), *map(repr, said), *map(repr, owned)]
    assert not [text for text in texts for secret in secrets if secret in text]


def test_a_token_is_not_looked_for_as_the_name_of_a_file(tmp_path, monkeypatch):
    """Mastodon.py reads a token that happens to be one."""
    monkeypatch.chdir(tmp_path)
    with Server(now=lambda: START) as server:
        rosa = server.account("rosa")
        (tmp_path / (token := server.token(rosa, "read"))).write_text("other\nhttps://evil.example")
        assert Api(server.url, token).me["acct"] == "rosa"
