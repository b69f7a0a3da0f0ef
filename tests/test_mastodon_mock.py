"""A second opinion on the adapter: mastodon-mock, a server that we did not write. It knows no privacy."""

from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import requests
from mastodon_mock.config import SeedAccount, SeedConfig
from mastodon_mock.testing import MockServer
from mastodon_stage import stage
from pydantic import SecretStr

from bot.errors import NetworkError, NotFound, RateLimited, Rejected, Unauthorized, Unavailable
from bot.models import NotificationKind
from bot.networks import http
from bot.networks.mastodon import MastodonMessenger, Settings, connect

INBOX = "/api/v1/notifications"
STATUSES = "/api/v1/statuses"
FAR = datetime(2020, 1, 1, tzinfo=UTC)
PEOPLE = [
    SeedAccount(username="rosa", display_name="Rosa", access_token="rosa_token"),
    SeedAccount(username="ines", display_name="Ines", note="I grow kelp. #nobot", access_token="ines_token"),
    SeedAccount(username="rosasbot", bot=True, access_token="bot_token"),
    SeedAccount(username="rosa", domain="home.example", display_name="Rosa"),
]


@pytest.fixture(scope="module")
def running():
    with MockServer(seed=SeedConfig(accounts=PEOPLE)) as server:
        yield server


@pytest.fixture
def server(running, monkeypatch):
    monkeypatch.setattr(http, "HEALING", http.HEALING.new(backoff_factor=0))
    monkeypatch.setattr(http, "PAUSES", (0, 0))
    requests.post(f"{running.base_url}/api/v1/_mock/reset", timeout=5).raise_for_status()
    return running


@contextmanager
def fault(server, path=None, methods=None, **effect):
    """The mock's own way to ask for one needs a library that it does not bring."""
    url = f"{server.base_url}/api/v1/_mock/faults"
    rule = {"match": {"path": path, "methods": methods}, "effect": {"type": "status", **effect}}
    requests.post(url, json=rule, timeout=5).raise_for_status()
    try:
        yield
    finally:
        requests.delete(url, timeout=5).raise_for_status()


@pytest.fixture
def ines(server):
    return server.client("ines")


@pytest.fixture
def connection(server):
    tokens = {"token": SecretStr("rosa_token"), "bot_token": SecretStr("bot_token")}
    return connect(Settings.model_construct(server=server.base_url, bot_server=None, **tokens), Path())


@pytest.fixture
def source(connection):
    return connection.source


@pytest.fixture
def messenger(connection):
    return connection.messenger


@pytest.fixture
def to_far_owner(server):
    """The owner lives at home.example, the bot on the mock."""
    with stage(domain="home.example") as home:
        yield MastodonMessenger(home.source, server.base_url, SecretStr("bot_token"))


def everything(source, cursor):
    found = []
    while True:
        inbox = source.inbox(cursor)
        found += inbox.notifications
        cursor = inbox.cursor
        if inbox.is_complete:
            return found, cursor


# -- reading ----------------------------------------------------------------------------------------------------------


def test_more_than_a_page_between_two_polls_is_read_once_oldest_first(ines, source):
    ines.status_post("@rosa before")
    _, cursor = everything(source, {})
    for number in range(45):
        ines.status_post(f"@rosa {number}")
    found, cursor = everything(source, cursor)
    assert [each.post.text for each in found] == [str(number) for number in range(45)]
    assert everything(source, cursor)[0] == []


def test_replies_mentions_and_quotes_are_known_for_what_they_are(server, ines, source):
    own = server.client("rosa").status_post("root")
    ines.status_post("@rosa a mention")
    ines.status_post("@rosa a reply", in_reply_to_id=own.id)
    server.client("ines").status_favourite(own.id)
    found, _ = everything(source, {})
    assert [(each.kind, each.post.text) for each in found] == [
        (NotificationKind.MENTION, "a mention"),
        (NotificationKind.REPLY, "a reply"),
    ]
    assert found[0].post.author.bio == "I grow kelp. #nobot"
    assert found[0].post.author.handle == "ines@mock.local"


def test_a_notification_whose_post_is_gone_is_counted_and_no_more(ines, source):
    """The mock leaves it behind with a null for its post."""
    ines.status_delete(ines.status_post("@rosa gone").id)
    ines.status_post("@rosa here")
    inbox = source.inbox({})
    assert [each.post.text for each in inbox.notifications] == ["here"]
    assert inbox.skipped == 1
    assert source.inbox(inbox.cursor).skipped == 0


def test_a_reply_that_dropped_the_name_is_found_by_a_deep_look(server, ines, source):
    own = server.client("rosa").status_post("root")
    inbox = source.inbox({})
    ines.status_post("nameless", in_reply_to_id=own.id)
    found = source.inbox(inbox.cursor, deep=True)
    assert [each.post.text for each in found.notifications] == ["nameless"]
    assert source.inbox(found.cursor, deep=True).notifications == ()


def test_what_a_policy_filters_is_read_too(server, ines, source):
    rosa = server.client("rosa")
    rosa._Mastodon__api_request("PATCH", "/api/v2/notifications/policy", {"for_not_following": "filter"})
    ines.status_post("@rosa from behind the filter")
    assert rosa.notifications() == []
    assert [each.post.text for each in source.inbox({}).notifications] == ["from behind the filter"]


def test_a_thread_is_read_from_its_root(server, ines, source):
    rosa = server.client("rosa")
    root = rosa.status_post("root")
    first = ines.status_post("@rosa first", in_reply_to_id=root.id)
    rosa.status_post("@ines second", in_reply_to_id=first.id)
    (notified,) = source.inbox({}).notifications
    assert [post.text for post in source.thread(notified.post).posts] == ["root", "first", "second"]


def test_posts_are_looked_at_again(ines, source):
    one, two = ines.status_post("@rosa one"), ines.status_post("@rosa two")
    ids = [each.post.id for each in source.inbox({}).notifications]
    ines.status_delete(one.id)
    ines.status_update(two.id, "@rosa two, mended")
    assert [post.text for post in source.posts(ids).values()] == ["two, mended"]


def test_whom_the_owner_mutes_is_hidden(server, ines, source):
    rosa, her = server.client("rosa"), f"mastodon:{ines.me().id}"
    assert not source.relationships([her])[her].is_hidden
    rosa.account_mute(ines.me().id)
    assert source.relationships([her])[her].is_hidden


def test_the_owner_and_the_bot_are_known(source, messenger):
    assert source.owner().handle == "rosa@mock.local"
    assert messenger.handle() == "rosasbot@mock.local"


# -- writing ----------------------------------------------------------------------------------------------------------


def test_an_owner_at_another_server_is_written_to(server, to_far_owner):
    id_ = to_far_owner.send("hello @ines", key="k", reply_to=None)
    bot = server.client("rosasbot")
    status = bot.status(id_.partition(":")[2])
    assert [mention.acct for mention in status.mentions] == ["rosa@home.example"]
    assert status.visibility == "direct"
    assert [message.text for message in to_far_owner.sent(None, FAR)] == ["hello ＠ines"]
    assert to_far_owner.sent(id_, FAR) == []


def test_the_same_key_is_the_same_message(to_far_owner):
    assert to_far_owner.send("hello", key="k", reply_to=None) == to_far_owner.send("hello", key="k", reply_to=None)


def test_a_message_that_named_nobody_is_taken_back(server, messenger):
    """The mock does not know its own people by their full names."""
    with pytest.raises(Rejected, match="deleted at once"):
        messenger.send("hello", key="k", reply_to=None)
    assert server.client("rosasbot").account_statuses(server.client("rosasbot").me().id) == []


def test_an_answer_to_a_message_that_is_gone_is_sent_without_it(server, to_far_owner):
    first = to_far_owner.send("one", key="1", reply_to=None)
    server.client("rosasbot").status_delete(first.partition(":")[2])
    assert to_far_owner.send("two", key="2", reply_to=first)


def test_a_server_that_takes_less_than_it_says_is_believed_the_second_time(to_far_owner):
    """It calls itself Mastodon, and counts the whole name of the owner."""
    room = [size for size in range(600) if to_far_owner.fits("x" * size)][-1]
    with pytest.raises(Rejected, match="too long"):
        to_far_owner.send("x" * room, key="1", reply_to=None)
    less = [size for size in range(600) if to_far_owner.fits("x" * size)][-1]
    assert to_far_owner.send("x" * less, key="2", reply_to=None)
    assert room - less == len("@home.example")


def test_the_owner_is_heard(server, ines, messenger):
    rosa = server.client("rosa")
    rosa.status_post("@rosasbot before", visibility="direct")
    heard = messenger.heard({}, ())
    for text in ("done 1", "later 2 fri"):
        rosa.status_post(f"@rosasbot {text}", visibility="direct")
    rosa.status_post("@rosasbot in public")
    rosa.status_post("@rosasbot @ines three of us", visibility="direct")
    ines.status_post("@rosasbot stop", visibility="direct")
    heard = messenger.heard(heard.cursor, ())
    assert [message.text for message in heard.messages] == ["done 1", "later 2 fri"]
    assert messenger.heard(heard.cursor, ()).messages == ()


# -- faults -----------------------------------------------------------------------------------------------------------

REFUSALS = {
    **dict.fromkeys((401, 403), Unauthorized),
    **dict.fromkeys((404, 410), NotFound),
    **dict.fromkeys((400, 405, 406, 413, 418, 422, 451), Rejected),
    **dict.fromkeys((408, 409, 425, 500, 501, 502, 503, 504, 505, 511, 520, 522, 530), Unavailable),
    429: RateLimited,
}


def test_every_refusal_of_a_read_has_a_name(server, ines, source):
    ines.status_post("@rosa hi")
    for status, error in REFUSALS.items():
        with fault(server, path=INBOX, status=status), pytest.raises(NetworkError) as raised:
            source.inbox({})
        assert (status, type(raised.value)) == (status, error)
    assert len(source.inbox({}).notifications) == 1


def test_every_refusal_of_a_write_says_whether_it_may_be_done(server, to_far_owner):
    for status, error in REFUSALS.items():
        with fault(server, path=STATUSES, methods=["POST"], status=status), pytest.raises(NetworkError) as raised:
            to_far_owner.send("hello", key="k", reply_to=None)
        assert (status, type(raised.value), raised.value.maybe_done) == (status, error, error is Unavailable)
    assert to_far_owner.sent(None, FAR) == []


def test_its_limits_are_seconds_since_1970(server, source):
    with fault(server, path=INBOX, type="ratelimit", headers={"Retry-After": ""}), pytest.raises(RateLimited) as raised:
        source.inbox({})
    assert abs(raised.value.retry_at - datetime.now(UTC) - timedelta(minutes=5)) < timedelta(seconds=30)


@pytest.mark.parametrize("truncate", [True, False])
def test_an_answer_that_is_no_json_is_unavailable(server, source, to_far_owner, truncate):
    with fault(server, type="malformed", truncate=truncate), pytest.raises(Unavailable):
        source.inbox({})
    with fault(server, path=STATUSES, type="malformed", truncate=truncate), pytest.raises(Unavailable) as raised:
        to_far_owner.send("hello", key="k", reply_to=None)
    assert raised.value.maybe_done


def test_an_answer_that_does_not_come_in_time_may_be_done(server, to_far_owner, monkeypatch):
    to_far_owner._recipient  # noqa: B018  asked for before the server gets slow
    monkeypatch.setattr(http, "TIMEOUT", (1, 0.1))
    with fault(server, path=STATUSES, type="latency", delay_ms=300), pytest.raises(Unavailable) as raised:
        to_far_owner.send("hello", key="k", reply_to=None)
    assert raised.value.maybe_done


def test_a_server_that_is_gone_is_unavailable(server):
    with stage() as on:
        on.source.owner()
        url = on.server.url
    settings = Settings.model_construct(server=url, token=SecretStr("x"), bot_server=None, bot_token=None)
    with pytest.raises(Unavailable):
        connect(settings, Path()).source.inbox({})
