"""What the owner is written to is read: all of it, once, in order, on every kind of server. Over real HTTP."""

import itertools
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import requests
from mastodon_stage import HOUR, INBOX, NEVER, OWNER_SCOPES, SECOND, START, Stage, paths, stage

from bot.errors import NetworkError, NotFound, RateLimited, Unauthorized, Unavailable
from bot.models import NotificationKind, OptOut, Visibility
from bot.networks import http
from bot.networks.mastodon import OWN_POSTS, THREADS_A_LOOK, introduce
from bot.networks.standin import GOTOSOCIAL, MASTODON, PLEROMA, TAKAHE, Clock, Server, faults

NUMBERED = replace(MASTODON, ids="small", notifications_a_page=40)
KINDS = {
    "mastodon": MASTODON,
    "gotosocial": GOTOSOCIAL,
    "takahe": TAKAHE,
    "pleroma": PLEROMA,
    "numbered": NUMBERED,
    "short pages": replace(MASTODON, notifications_a_page=7),
    "pages of one": replace(NUMBERED, notifications_a_page=1),
}
CONTEXT = "GET /api/v1/statuses/*/context"
OWN_LIST = "GET /api/v1/accounts/*/statuses"


@pytest.fixture(autouse=True)
def _impatient(monkeypatch):
    """A request that a server refuses is repeated at once, not after a second."""
    monkeypatch.setattr(http, "HEALING", http.HEALING.new(backoff_factor=0))
    monkeypatch.setattr(http, "PAUSES", (0, 0))


@pytest.fixture
def on(request):
    with stage(getattr(request, "param", MASTODON)) as one:
        yield one


def of(*names):
    return pytest.mark.parametrize("on", [KINDS[name] for name in names], indirect=True, ids=names)


every_server = of(*KINDS)


def inbox_requests(seen):
    return [each for each in paths(seen) if each == INBOX]


# -- all of it, once, in order ----------------------------------------------------------------------------------------


@every_server
@pytest.mark.parametrize("before", [0, 1, 60], ids=lambda count: f"after {count}")
def test_hundreds_between_two_polls_are_all_read_once_oldest_first(on: Stage, before):
    on.mentions(before)
    on.poll()
    written = on.mentions(230 if on.server.software.notifications_a_page > 1 else 60, first=before)
    assert on.texts() == written
    assert on.texts() == []


@of("mastodon", "gotosocial", "takahe", "short pages")
def test_a_few_at_every_poll_are_read_once_each(on: Stage):
    """Pages that overlap, and look-backs, bring nothing twice."""
    on.poll()
    counter = itertools.count()
    for burst in (1, 0, 3, 25, 2, 81, 1, 0, 19, 20, 21, 1):
        written = [str(next(counter)) for _ in range(burst)]
        for text in written:
            on.mention(text)
        assert on.texts() == written


def test_the_first_poll_reads_the_newest_page_only(on: Stage):
    written = on.mentions(200)
    with on.counted() as seen:
        assert on.texts() == written[-80:]
    assert len(inbox_requests(seen)) == 1


@every_server
def test_a_quiet_poll_costs_one_request(on: Stage):
    on.mentions(60)
    on.poll()
    on.poll()  # on the way it is learnt how much a page of this server holds
    on.listen()
    on.listen()
    with on.counted() as reading:
        assert on.texts() == []
    with on.counted() as listening:
        assert on.words() == []
    assert paths(reading) == [INBOX]
    assert paths(listening) == [INBOX]


def test_a_quiet_poll_after_a_restart_costs_what_must_be_asked_anew(on: Stage):
    on.mentions(3)
    on.poll()
    on.restart()
    with on.counted() as seen:
        assert on.texts() == []
    assert paths(seen) == [INBOX]


@of("mastodon", "gotosocial", "takahe", "short pages")
def test_what_was_numbered_low_and_stored_late_is_found(on: Stage):
    on.mentions(30)
    on.poll()
    on.mention("late")
    late = on.server.notifications.pop()
    on.mention("early")
    assert on.texts() == ["early"]
    on.server.notifications.append(late)
    assert on.texts() == ["late"]
    assert on.texts() == []


@of("mastodon", "gotosocial", "takahe")
def test_a_deep_look_goes_back_further(on: Stage):
    on.mentions(60)
    on.poll()
    on.mention("late")
    late = on.server.notifications.pop()
    written = on.mentions(45)
    assert on.texts() == written
    on.server.notifications.append(late)
    assert on.texts(deep=True) == ["late"]


@every_server
@pytest.mark.parametrize("gone", [slice(-1, None), slice(-2, None), slice(1, None), slice(None), slice(None, None, 2)])
@pytest.mark.parametrize("count", [2, 3, 30])
def test_what_was_deleted_is_not_waited_for(on: Stage, gone, count):
    """The id from which the next page is asked may be gone, and the last one, and all of them."""
    posts = [on.mention(str(number)) for number in range(count)]
    on.poll()
    for post in posts[gone]:
        on.server.delete(post)
    with on.counted() as seen:
        assert on.texts() == []
    assert len(seen) <= (2 if on.server.software.notifications_a_page >= 20 else count + 1)
    on.mention("new")
    assert on.texts() == ["new"]
    with on.counted() as seen:
        assert on.texts() == []
    assert len(seen) <= 2


def test_a_page_is_kept_when_the_next_one_fails(on: Stage):
    """What came of a page is stored with its cursor, so a crash between two pages loses and repeats nothing."""
    on.mention("first")
    on.poll()
    written = on.mentions(200)
    page = on.source.inbox(on.cursor)
    on.cursor = page.cursor
    assert not page.is_complete
    on.server.fault(faults.refuses(500), INBOX)
    with pytest.raises(Unavailable):
        on.source.inbox(on.cursor)
    on.restart()
    assert [each.post.text for each in page.notifications] + on.texts() == written


def test_a_server_that_ignores_where_to_go_on_is_not_asked_for_ever(on: Stage):
    """It answers with its newest page whatever it is asked."""
    on.mentions(5)
    on.poll()
    newest = on.server.handle

    def ignoring(server, request):
        query = {name: value for name, value in request.query.items() if name not in {"min_id", "max_id"}}
        return newest(replace(request, query=query))

    on.server.fault(ignoring, INBOX, times=NEVER)
    written = on.mentions(20)
    assert on.texts() == written
    with on.counted() as seen:
        assert on.texts() == []
    assert len(seen) == 1


@of("mastodon", "gotosocial")
def test_mentions_from_behind_the_filter_are_read_as_soon_as_the_server_shows_them(on: Stage):
    on.mentions(3)
    on.poll()
    on.server.software = replace(on.server.software, filters_private_mentions=True)
    on.wait()
    on.server.say_direct(on.ines, "psst", to=on.rosa)
    shows_filtered = on.server.software.knows_include_filtered
    on.mention("later")
    assert on.texts() == (["psst", "later"] if shows_filtered else ["later"])
    on.server.accept_filtered(on.rosa, on.ines)
    assert on.texts() == ([] if shows_filtered else ["psst"])


# -- what is no mention, and what cannot be read ----------------------------------------------------------------------


def test_each_kind_is_known_for_what_it_is(on: Stage):
    own = on.server.post(on.rosa, "root")
    on.mention("a mention")
    on.mention("a reply", reply_to=own)
    on.wait()
    on.server.post(on.ines, "a quote", quotes=own)
    on.server.notify(on.rosa, "favourite", on.ines, own)
    on.server.follow(on.ines, on.rosa)
    kinds = {each.post.text: each.kind for each in on.poll()}
    assert kinds == {
        "a mention": NotificationKind.MENTION,
        "a reply": NotificationKind.REPLY,
        "a quote": NotificationKind.QUOTE,
    }
    assert on.skipped == 0


def test_a_post_that_mentions_and_quotes_is_read_once(on: Stage):
    own = on.server.post(on.rosa, "root")
    on.mention("look", quotes=own)
    assert len(on.server.notifications) == 3  # the owner also follows the bot
    assert on.texts() == ["look"]


def test_what_cannot_be_read_costs_itself_only_and_is_counted(on: Stage):
    on.mention("before")
    on.server.fault(faults.nonsense, INBOX)
    assert on.texts() == ["before"]
    assert on.skipped == 8  # a string, null, {}, [], no id; a post that is null, {} or a string
    on.mention("after")
    assert on.texts() == ["after"]
    assert on.skipped == 8


@pytest.mark.parametrize(
    "poison",
    [
        {"created_at": None},
        {"created_at": "0001-01-01T00:00:00+14:00"},
        {"account": None},
        {"account": {"id": "1", "acct": ""}},
        {"id": {"a": 1}},
        {"id": "../../accounts/1"},
        {"mentions": [{"id": None}]},
        {"reblog": {"id": "1"}},
        {"in_reply_to_id": ["1"]},
    ],
)
def test_one_odd_post_does_not_hide_the_others(on: Stage, poison):
    on.poll()
    on.mention("odd", **poison)
    on.mention("good")
    assert on.texts() == ["good"]
    assert on.skipped == 1
    assert on.texts() == []


@pytest.mark.parametrize(
    "fault",
    [
        faults.changed(lambda _: {"error": "x"}),
        faults.changed(lambda _: None),
        faults.changed(lambda _: "mentions"),
        faults.html_page,
        faults.truncated,
        faults.refuses(500),
        faults.refuses(520),
        faults.refuses(530),
        faults.refuses(403, "x" * 5000),
        faults.redirects("/api/v1/instance"),
    ],
    ids=["object", "null", "word", "page", "truncated", "500", "520", "530", "403", "redirect"],
)
def test_an_answer_that_is_none_loses_nothing(on: Stage, fault):
    on.mention("first")
    on.poll()
    on.mention("second")
    on.server.fault(fault, INBOX)
    with pytest.raises(NetworkError):
        on.poll()
    assert on.texts() == ["second"]


@pytest.mark.parametrize(
    ("code", "error"),
    [
        (401, Unauthorized),
        (403, Unauthorized),
        (404, NotFound),
        (410, NotFound),
        (500, Unavailable),
        (599, Unavailable),
    ],
)
def test_a_refusal_is_called_by_its_name(on: Stage, code, error):
    on.server.fault(faults.refuses(code, "because"), INBOX)
    with pytest.raises(error, match=f"answered {code}: because"):
        on.poll()


def test_a_page_that_stands_before_the_server_does_not_refuse_the_key(on: Stage):
    """A proxy that checks browsers answers 403 too; the owner must not be told to make a new key."""
    shield = faults.Answer(code=403, body=b"<title>One moment</title>", headers={"Content-Type": "text/html"})
    on.server.fault(lambda *_: shield, INBOX)
    with pytest.raises(Unavailable):
        on.poll()


@pytest.mark.parametrize("code", [502, 503, 504])
def test_a_short_absence_of_the_server_heals_by_itself(on: Stage, code):
    on.mention("hello")
    on.server.fault(faults.refuses(code), INBOX, times=2)
    assert on.texts() == ["hello"]


def test_a_broken_connection_heals_by_itself(on: Stage):
    on.mention("hello")
    on.server.fault(faults.lost, INBOX, times=2)
    assert on.texts() == ["hello"]


# -- asked to wait ----------------------------------------------------------------------------------------------------


def in_minutes(at):
    return round((at - datetime.now(UTC)) / timedelta(minutes=1))


@pytest.mark.parametrize(
    "headers",
    [
        {"X_RateLimit_Reset": "2026-11-22T07:05:00.000Z"},
        {"X_RateLimit_Reset": str(int((START + 5 * timedelta(minutes=1)).timestamp()))},
        {"X_RateLimit_Reset": "soon", "Retry_After": "300"},
        {"X_RateLimit_Reset": "", "Retry_After": "Sun, 22 Nov 2026 07:05:00 GMT"},
    ],
    ids=["iso", "epoch", "seconds", "date"],
)
@pytest.mark.parametrize("on_what", [INBOX, "GET /api/v1/accounts/verify_credentials", CONTEXT])
def test_asked_to_wait_it_is_known_until_when(on: Stage, headers, on_what):
    """By the server's own clock, which stands at 07:00 in November."""
    post = on.mention("hello")
    on.server.fault(faults.refuses(429, "Too many requests", **headers), on_what)
    with pytest.raises(RateLimited) as raised:
        on.source.thread(on.poll()[0].post) if on_what == CONTEXT else on.poll()
    assert in_minutes(raised.value.retry_at) == 5
    assert post


@pytest.mark.parametrize(
    "headers",
    [
        {"X_RateLimit_Reset": "soon"},
        {"X_RateLimit_Reset": "²"},
        {"Retry_After": "9" * 400, "X_RateLimit_Reset": ""},
        {"Retry_After": "9" * 14, "X_RateLimit_Reset": ""},
        {"X_RateLimit_Reset": "2026-11-22T07:05:00"},
        {"X_RateLimit_Reset": "9" * 30},
        {"Date": "yesterday"},
    ],
)
def test_a_limit_that_nobody_can_read_is_still_a_limit(on: Stage, headers):
    on.server.fault(faults.refuses(429, **headers), INBOX)
    with pytest.raises(RateLimited) as raised:
        on.poll()
    assert raised.value.retry_at is None


def test_limits_that_nobody_can_read_do_not_spoil_a_good_answer(on: Stage):
    """Mastodon.py would take such an answer for a refusal."""

    def odd(server, request):
        return replace(server.handle(request), headers={"X-RateLimit-Reset": "soon", "X-RateLimit-Remaining": "x"})

    on.server.fault(odd, times=NEVER)
    on.mention("hello")
    assert on.texts() == ["hello"]


# -- replies that dropped the name ------------------------------------------------------------------------------------


def test_a_reply_that_dropped_the_name_is_found_once_by_a_deep_look(on: Stage):
    own = on.server.post(on.rosa, "root")
    on.poll()
    on.wait()
    on.server.post(on.ines, "nice, how did you do it?", reply_to=own)
    assert on.texts() == []
    (found,) = on.poll(deep=True)
    assert (found.kind, found.post.text) == (NotificationKind.REPLY, "nice, how did you do it?")
    assert on.poll(deep=True) == []
    on.server.post(on.ines, "and another thing", reply_to=own)
    assert on.texts(deep=True) == ["and another thing"]


def test_only_what_answers_the_owner_is_taken_from_a_thread(on: Stage):
    """Neither the owner's own words, nor others talking to each other, nor what a notification had brought."""
    own = on.server.post(on.rosa, "root")
    on.poll()
    theirs = on.server.post(on.ines, "without a name", reply_to=own)
    on.mention("with the name", reply_to=own)
    tom = on.server.account("tom@fern.example")
    on.server.post(tom, "@ines@kelp.example I think so too", reply_to=theirs)
    on.server.post(on.rosa, "more", reply_to=own)
    assert on.texts(deep=True) == ["with the name", "without a name"]


def test_a_thread_of_hundreds_that_was_read_is_not_read_out_again(on: Stage):
    own = on.server.post(on.rosa, "root")
    on.poll()
    for number in range(450):
        on.mention(str(number), reply_to=own)
    assert len(on.poll()) == 450
    for _ in range(2):
        on.server.post(on.ines, "more", reply_to=own)
        assert on.texts(deep=True) == ["more"]


def test_a_deep_look_asks_only_for_threads_in_which_something_happened(on: Stage):
    own = [on.server.post(on.rosa, f"root {number}") for number in range(5)]
    for post in own[:3]:
        on.server.post(on.ines, "a reply", reply_to=post)
    on.poll(deep=True)
    on.server.post(on.ines, "another", reply_to=own[1])
    with on.counted() as seen:
        on.poll(deep=True)
    assert len([each for each in paths(seen) if each.endswith("/context")]) == 1
    with on.counted() as seen:
        on.poll(deep=True)
    assert [each for each in paths(seen) if each.endswith("/context")] == []


def test_a_deep_look_stays_within_bounds_and_the_next_one_goes_on(on: Stage):
    own = [on.server.post(on.rosa, f"root {number}") for number in range(OWN_POSTS)]
    on.poll()
    for number, post in enumerate(own):
        on.server.post(on.ines, str(number), reply_to=post)
    found = []
    for _ in range(OWN_POSTS // THREADS_A_LOOK):
        with on.counted() as seen:
            found += on.texts(deep=True)
        assert len([each for each in paths(seen) if each.endswith("/context")]) == THREADS_A_LOOK
    assert sorted(found, key=int) == [str(number) for number in range(OWN_POSTS)]


def test_a_thread_known_before_is_still_due_when_others_came_first(on: Stage):
    own = [on.server.post(on.rosa, f"root {number}") for number in range(15)]
    for post in own:
        on.server.post(on.ines, "old", reply_to=post)
    on.poll(deep=True)
    on.poll(deep=True)
    for number, post in enumerate(own):
        on.server.post(on.ines, str(number), reply_to=post)
    found = on.texts(deep=True) + on.texts(deep=True)
    assert sorted(found, key=int) == [str(number) for number in range(15)]


def test_a_thread_that_cannot_be_read_holds_up_nothing_else(on: Stage):
    first, second = on.server.post(on.rosa, "one"), on.server.post(on.rosa, "two")
    on.poll()
    on.server.post(on.ines, "to one", reply_to=first)
    on.server.post(on.ines, "to two", reply_to=second)
    on.mention("hello")
    broken = f"GET /api/v1/statuses/{second.id}/context"
    on.server.fault(faults.refuses(500), broken, times=NEVER)
    assert on.texts(deep=True) == ["hello"]
    assert on.texts(deep=True) == ["to one"]
    assert on.skipped == 2
    on.server.heal()
    assert on.texts(deep=True) == ["to two"]


@pytest.mark.parametrize("fault", [faults.refuses(500), faults.refuses(404), faults.changed(lambda _: {})])
def test_a_server_without_a_list_of_own_posts_is_read_all_the_same(on: Stage, fault):
    on.mention("hello")
    on.server.fault(fault, OWN_LIST, times=NEVER)
    assert on.texts(deep=True) == ["hello"]


def test_a_thread_that_was_deleted_meanwhile_is_passed_over(on: Stage):
    own = on.server.post(on.rosa, "root")
    on.server.post(on.ines, "reply", reply_to=own)
    on.mention("hello")
    on.server.fault(faults.refuses(404), CONTEXT)
    assert on.texts(deep=True) == ["hello"]


@pytest.mark.parametrize("odd", [{"replies_count": "many"}, {"replies_count": None}, {"id": None}, {"reblog": {}}])
def test_odd_own_posts_do_not_spoil_the_deep_look(on: Stage, odd):
    on.mention("hello")
    own = on.server.post(on.rosa, "root")
    on.server.post(on.ines, "reply", reply_to=own)
    on.server.fault(faults.changed(lambda items: [*items, "x", None, {**items[0], **odd}]), OWN_LIST)
    assert "hello" in on.texts(deep=True)


def test_asked_to_wait_in_a_deep_look_the_bot_waits(on: Stage):
    own = on.server.post(on.rosa, "root")
    on.server.post(on.ines, "reply", reply_to=own)
    on.server.fault(faults.rate_limited, CONTEXT)
    with pytest.raises(RateLimited):
        on.poll(deep=True)


# -- looking again ----------------------------------------------------------------------------------------------------


def test_a_thread_is_one_request_and_parents_come_first(on: Stage):
    root = on.server.post(on.rosa, "root")
    first = on.mention("first", reply_to=root)
    on.server.post(on.rosa, "@ines@kelp.example yes", reply_to=first)
    on.server.post(on.ines, "aside", reply_to=root, visibility="direct")
    (notified,) = on.poll()
    with on.counted() as seen:
        thread = on.source.thread(notified.post)
    assert len(seen) == 1
    assert [post.text for post in thread.posts] == ["root", "first", "yes"]


def test_a_thread_with_odd_posts_in_it_is_the_rest_of_it(on: Stage):
    root = on.server.post(on.rosa, "root")
    on.mention("first", reply_to=root)
    (notified,) = on.poll()
    on.server.fault(
        faults.changed(lambda raw: {"ancestors": [None, "x", *raw["ancestors"]], "descendants": None}), CONTEXT
    )
    assert [post.text for post in on.source.thread(notified.post).posts] == ["root", "first"]


@pytest.mark.parametrize("code", [403, 404, 410])
def test_a_thread_that_is_gone_or_hidden_is_not_found(on: Stage, code):
    on.mention("hello")
    (notified,) = on.poll()
    on.server.fault(faults.refuses(code), CONTEXT)
    with pytest.raises(NotFound):
        on.source.thread(notified.post)


def test_an_edited_post_shows_its_new_words_and_that_it_was_edited(on: Stage):
    post = on.mention("one")
    (notified,) = on.poll()
    on.wait()
    on.server.edit(post, "@rosa two")
    now = on.source.posts([notified.post.id])[notified.post.id]
    assert now.text == "two"
    assert now.edition != notified.post.edition == ""
    assert on.texts() == []


@pytest.mark.parametrize("loss", ["deleted", "hidden", "403", "unreadable"])
def test_a_post_that_is_gone_is_missing_and_the_others_are_not(on: Stage, loss):
    post, other = on.mention("one"), on.mention("two")
    ids = [each.post.id for each in on.poll()]
    if loss == "deleted":
        on.server.delete(post)
    elif loss == "hidden":
        on.server.block(post.author, on.rosa)
        other.author = on.server.account("tom@fern.example")
    else:
        change = faults.changed(lambda _: [1]) if loss == "unreadable" else faults.refuses(403)
        on.server.fault(change, f"GET /api/v1/statuses/{post.id}")
    assert [each.text for each in on.source.posts(ids).values()] == ["two"]


def test_trouble_while_looking_again_is_trouble_and_not_a_deleted_post(on: Stage):
    on.mention("one")
    (notified,) = on.poll()
    on.server.fault(faults.refuses(500), "GET /api/v1/statuses/*")
    with pytest.raises(Unavailable):
        on.source.posts([notified.post.id])


@of("mastodon", "gotosocial", "takahe")
def test_relationships_come_in_batches(on: Stage):
    people = [on.server.account(f"p{number}@fern.example") for number in range(90)]
    on.server.mute(on.rosa, people[3])
    on.server.block(people[44], on.rosa)
    on.server.block_domain(on.rosa, "bad.example")
    bad = on.server.account("x@bad.example")
    on.server.follow(on.rosa, people[80])
    ids = [f"mastodon:{person.id}" for person in (*people, bad)]
    with on.counted() as seen:
        found = on.source.relationships(ids)
    assert len(seen) == 3
    assert {id_ for id_, each in found.items() if each.is_hidden} == {ids[3], ids[44], ids[90]}
    assert {id_ for id_, each in found.items() if each.is_followed} == {ids[80]}


def test_nobody_is_asked_about_when_nobody_wrote(on: Stage):
    with on.counted() as seen:
        assert on.source.relationships([]) == {}
    assert seen == []


@of("takahe")
def test_who_is_gone_does_not_hide_what_is_known_of_the_others(on: Stage):
    """Takahē answers 404 for all when it lacks one."""
    on.server.mute(on.rosa, on.ines)
    found = on.source.relationships(["mastodon:1", f"mastodon:{on.ines.id}"])
    assert {id_: each.is_hidden for id_, each in found.items()} == {f"mastodon:{on.ines.id}": True}


def test_a_key_that_may_not_see_blocks_is_told_to_the_owner(on: Stage):
    """Else people whom the owner blocked would look like anybody else."""
    on.token = on.server.token(on.rosa, "read:accounts read:notifications read:statuses")
    on.restart()
    with pytest.raises(Unauthorized):
        on.source.relationships([f"mastodon:{on.ines.id}"])


# -- who is who -------------------------------------------------------------------------------------------------------


@of("mastodon", "gotosocial", "takahe", "pleroma")
def test_handles_are_full_where_the_server_is_reached_at_another_name(on: Stage):
    """The server is at 127.0.0.1, its people are at social.example; GoToSocial tells so in a field of its own."""
    on.server.account("tom")
    on.mention("hi", by=on.server.find("tom"))
    on.mention("hi")
    assert on.source.owner().handle == "rosa@social.example"
    assert [each.post.author.handle for each in on.poll()] == ["tom@social.example", "ines@kelp.example"]
    assert on.messenger.handle() == "rosasbot@social.example"


@pytest.mark.parametrize("lacking", [{"GET /api/v2/instance"}, {"GET /api/v2/instance", "GET /api/v1/instance"}])
def test_a_server_that_says_little_of_itself_is_read_all_the_same(lacking):
    with stage(replace(MASTODON, lacks=frozenset(lacking))) as on:
        on.mention("hi")
        assert on.texts() == ["hi"]
        host = on.server.url.removeprefix("http://")
        assert on.source.owner().handle == ("rosa@social.example" if len(lacking) == 1 else f"rosa@{host}")
        assert on.messenger.fits("x" * 400)
        assert not on.messenger.fits("x" * 500)


def test_a_server_whose_newer_description_is_broken_is_known_by_the_older(on: Stage):
    on.server.fault(faults.refuses(500), "GET /api/v2/instance", times=NEVER)
    assert on.source.owner().handle == "rosa@social.example"


@pytest.mark.parametrize(
    "fault", [faults.html_page, faults.changed(lambda _: []), faults.changed(lambda _: {}), faults.truncated]
)
def test_a_server_that_does_not_say_whose_key_it_is_is_unavailable(on: Stage, fault):
    on.server.fault(fault, "GET */verify_credentials")
    with pytest.raises(Unavailable):
        on.source.owner()
    assert on.source.owner().name == "Rosa"


def test_people_are_shown_with_what_they_say_of_themselves(on: Stage):
    on.server.account(
        "ines@kelp.example", note="I grow kelp. #nobot", fields={"web": "https://kelp.example"}, bot=True, noindex=True
    )
    on.mention("hi", visibility="private", warning="food")
    (notified,) = on.poll()
    author = notified.post.author
    assert author.bio == "I grow kelp. #nobot\nweb: https://kelp.example"
    assert author.is_bot
    assert author.opt_outs == {OptOut.NO_INDEX}
    assert (notified.post.visibility, notified.post.warning) == (Visibility.FOLLOWERS, "food")


def test_numbers_of_an_audience_change_nothing(on: Stage):
    post = on.mention("hi", favourites_count=1, reblogs_count=2)
    (before,) = on.poll()
    on.server.account("ines@kelp.example", followers_count=10**6, following_count=1, statuses_count=9)
    post.shown |= {"favourites_count": 10**5, "reblogs_count": 10**4, "replies_count": 10**3}
    assert on.source.posts([before.post.id])[before.post.id] == before.post


@of("mastodon", "gotosocial", "takahe", "pleroma")
def test_links_open_where_the_owner_can_answer_and_hold_no_name(on: Stage):
    post = on.mention("hi")
    (notified,) = on.poll()
    if on.server.software is MASTODON:
        assert notified.post.link == f"{on.server.url}/statuses/{post.id}"
    else:
        assert notified.post.link == f"https://kelp.example/users/ines/statuses/{post.id}"


def test_the_clock_of_the_server_is_known(on: Stage):
    on.wait(HOUR)
    assert on.source.clock() == START + HOUR


# -- keys and scopes --------------------------------------------------------------------------------------------------


def test_reading_needs_no_right_to_write(on: Stage):
    """The server denies the owner's key all writing: everything works, and it is never even tried."""
    own = on.server.post(on.rosa, "root")
    on.server.post(on.ines, "nameless", reply_to=own)
    on.mention("hi")
    on.listen()
    on.tell("done 1")
    notified = on.poll(deep=True)
    on.source.thread(notified[0].post)
    on.source.posts([each.post.id for each in notified])
    on.source.relationships({each.post.author.id for each in notified})
    assert on.words() == ["done 1"]
    on.send("hello")
    assert on.delivered == ["hello"]
    assert {request.account for request in on.server.writes} == {on.bot}


def test_a_check_finds_all_good(on: Stage):
    findings = [*on.source.check(), *on.messenger.check()]
    assert [each.says for each in findings if not each.is_good] == []


def test_a_check_warns_of_a_key_that_can_write(on: Stage):
    on.token = on.server.token(on.rosa, f"{OWNER_SCOPES} write:statuses follow")
    on.restart()
    bad = [each.says for each in on.source.check() if not each.is_good]
    assert bad == ["this key can write (write:statuses, follow): make one with read scopes only"]


def test_a_check_does_without_what_the_server_does_not_tell(on: Stage):
    on.server.fault(faults.refuses(404), "GET /api/v1/apps/verify_credentials", times=NEVER)
    assert all(each.is_good for each in on.source.check())


def test_a_check_says_when_the_messages_would_be_filtered(on: Stage):
    on.server.unfollow(on.rosa, on.bot)
    on.server.account("rosasbot", bot=False)
    bad = [each.says for each in on.messenger.check() if not each.is_good]
    assert bad == [
        "rosasbot@social.example is not marked as a bot: do it under Preferences, Public profile",
        "rosa@social.example must follow rosasbot@social.example, or the messages are filtered and nothing rings",
    ]


def browser(server, answers):
    """Asks nobody: says yes at the server, as the owner would in a browser, and pastes the code."""

    def ask(question, *, secret=False):
        if "oauth/authorize" not in question:
            return answers.pop(0)
        name = "rosasbot" if "bot's account" in question else "rosa"
        server.at_the_browser = server.find(name)
        page = requests.get(re.search(r"http\S+", question)[0], timeout=5).text
        return re.search('value="(.*)"', page)[1]

    return ask


@pytest.mark.parametrize(("bots_server", "keys"), [("", {"token", "bot_token"}), ("self", {"token"})])
def test_logging_in_makes_keys_that_can_do_no_more_than_they_must(bots_server, keys):
    with Server(now=Clock(START)) as server:
        server.account("rosa")
        server.account("rosasbot", bot=True)
        made = introduce(browser(server, [server.url, bots_server]))
        assert made.table["server"] == server.url
        assert made.secrets.keys() == keys
        assert not any(secret in repr(made) for secret in made.secrets.values())
        scopes = {key: server.tokens[secret].scopes for key, secret in made.secrets.items()}
        if bots_server != "self":
            assert "write" not in scopes["token"]
            assert server.tokens[made.secrets["bot_token"]].account.username == "rosasbot"


@pytest.mark.parametrize(
    ("fault", "on_what"),
    [
        (faults.changed(lambda _: {"error": "closed"}), "POST /api/v1/apps"),
        (faults.changed(lambda _: []), "POST /api/v1/apps"),
        (faults.html_page, "POST /api/v1/apps"),
        (faults.refuses(500), "POST /api/v1/apps"),
        (faults.refuses(400, "invalid_grant"), "POST /oauth/token"),
        (faults.changed(lambda _: {}), "POST /oauth/token"),
    ],
)
def test_a_failing_log_in_is_one_of_our_errors(fault, on_what):
    with Server(now=Clock(START)) as server:
        server.account("rosa")
        server.fault(fault, on_what)
        with pytest.raises(NetworkError):
            introduce(browser(server, [server.url, "self"]))


def test_no_server_is_no_log_in():
    assert introduce(lambda *_, **__: "") is None


def test_time_passes_between_the_posts_of_this_stage(on: Stage):
    assert on.mention("b").at - on.mention("a").at == -SECOND
