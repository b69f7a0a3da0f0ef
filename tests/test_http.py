"""The door of the house: what may leave it, to whom, and what is let in. Over real sockets."""

import gzip
import socket
import ssl
import threading
import time
from contextlib import contextmanager, suppress

import httpx
import pytest
import requests
from mastodon import Mastodon
from urllib3.exceptions import SSLError

from bot.errors import Exposed, NetworkError, Unavailable
from bot.networks import http
from bot.networks.http import HEALING, Forbidden, LoginSession, ReadingSession, WritingSession, unreached
from bot.networks.mastodon_api import Api, translated

MENTION = "@rosa@home.example\n"
STATUSES = "/api/v1/statuses"
GOOD = {
    "status": f"{MENTION}hello",
    "visibility": "direct",
    "allowed_mentions[]": "1",
    "to[]": "rosa@home.example",
    "language": "en",
    "content_type": "text/plain",
    "in_reply_to_id": "5",
}
OK = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}"


class Peer:
    """Answers every connection with the same bytes, and keeps what it was asked."""

    def __init__(self, *pieces, pause=0.0):
        self.asked = []
        self._pieces, self._pause = pieces, pause
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        with suppress(OSError):
            while True:
                connection, _ = self._socket.accept()
                threading.Thread(target=self._answer, args=(connection,), daemon=True).start()

    def _answer(self, connection):
        with connection, suppress(OSError):
            self.asked.append(connection.recv(65536).decode())
            for piece in self._pieces:
                connection.sendall(piece)
                time.sleep(self._pause)

    def close(self):
        self._socket.close()


@contextmanager
def peer(*pieces, pause=0.0):
    one = Peer(*pieces, pause=pause)
    try:
        yield one
    finally:
        one.close()


@pytest.fixture(autouse=True)
def _impatient(monkeypatch):
    monkeypatch.setattr(http, "HEALING", HEALING.new(backoff_factor=0))
    monkeypatch.setattr(http, "PAUSES", (0, 0))
    monkeypatch.setattr(http, "TIMEOUT", (1, 0.5))


# -- what may leave ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "get", "HEAD"])
def test_a_reading_session_only_reads(method):
    with peer(OK) as home, pytest.raises(Forbidden):
        ReadingSession(home.url).request(method, f"{home.url}{STATUSES}", data=GOOD)
    assert home.asked == []


def test_a_message_to_the_owner_may_leave():
    with peer(OK) as home:
        assert WritingSession(home.url, MENTION).request("POST", f"{home.url}{STATUSES}", data=GOOD).ok
    assert len(home.asked) == 1


@pytest.mark.parametrize(
    "change",
    [
        {"visibility": "public"},
        {"visibility": "unlisted"},
        {"visibility": "Direct"},
        {"visibility": ["direct", "public"]},
        {"visibility": None},
        {"status": "hello"},
        {"status": None},
        {"status": [f"{MENTION}hello"]},
        {"status": f"hello {MENTION}"},
        {"status": f"{MENTION}hello @alice"},
        {"status": f"{MENTION}{MENTION}hello"},
        {"status": "@rosa@home.example"},
        {"status": "@rosa@home.example.evil.example\nhello"},
        {"status": f"{MENTION}hello &#64;alice"},
        {"status": f"{MENTION}hello &commat;alice"},
        {"status": f"{MENTION}hello &amp;#64;alice"},
        {"to[]": "mallory@evil.example"},
        {"to[]": ["rosa@home.example", "mallory@evil.example"]},
        {"spoiler_text": "x"},
        {"media_ids[]": "1"},
        {"poll[options][]": "x"},
        {"scheduled_at": "2030-01-01T00:00:00Z"},
        {"quoted_status_id": "1"},
        {"quote_id": "1"},
    ],
)
def test_any_other_post_stays_in_the_house(change):
    data = {**GOOD, **change}
    with peer(OK) as home:
        with pytest.raises(Forbidden):
            WritingSession(home.url, MENTION).request("POST", f"{home.url}{STATUSES}", data=data)
        for name in change:
            del data[name]
        with suppress(Forbidden):
            WritingSession(home.url, MENTION).request("POST", f"{home.url}{STATUSES}", data=list(change.items()))
    assert home.asked == []


@pytest.mark.parametrize(
    "how",
    [
        {"json": GOOD},
        {"data": list(GOOD.items())},
        {"data": b"status=x"},
        {"data": "status=x"},
        {"data": GOOD, "json": GOOD},
        {"data": GOOD, "params": {"visibility": "public"}},
        {"data": GOOD, "files": {"file": b"x"}},
        {"data": None},
        {},
    ],
)
def test_a_post_whose_words_are_not_plain_to_see_stays_in_the_house(how):
    with peer(OK) as home, pytest.raises(Forbidden):
        WritingSession(home.url, MENTION).request("POST", f"{home.url}{STATUSES}", **how)
    assert home.asked == []


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/api/v1/statuses/"),
        ("POST", "/api/v1/statuses?visibility=public"),
        ("POST", "/api/v1/statuses/1/favourite"),
        ("POST", "/api/v1/statuses/1/reblog"),
        ("POST", "/api/v1/accounts/1/follow"),
        ("POST", "/api/v2/media"),
        ("POST", "/api/v1/apps"),
        ("PUT", "/api/v1/statuses/1"),
        ("PATCH", "/api/v1/accounts/update_credentials"),
        ("DELETE", "/api/v1/statuses/1"),
        ("DELETE", "/api/v1/statuses/7/../1"),
        ("DELETE", "/api/v1/statuses/7?delete_media=true"),
        ("DELETE", "/api/v1/statuses/77"),
    ],
)
def test_a_writing_session_writes_in_one_place(method, path):
    with peer(OK) as home:
        session = WritingSession(home.url, MENTION)
        session.may_delete("7")
        with pytest.raises(Forbidden):
            session.request(method, f"{home.url}{path}", data=GOOD)
    assert home.asked == []


def test_a_writing_session_takes_back_what_it_was_told_is_its_own():
    with peer(OK) as home:
        session = WritingSession(home.url, MENTION)
        session.may_delete("7")
        assert session.request("DELETE", f"{home.url}{STATUSES}/7").ok


def test_a_login_session_asks_for_a_key_and_nothing_else():
    with peer(OK) as home:
        session = LoginSession(home.url)
        assert session.request("POST", f"{home.url}/api/v1/apps", data={"client_name": "x"}).ok
        assert session.request("POST", f"{home.url}/oauth/token", data={"code": "x"}).ok
        with pytest.raises(Forbidden):
            session.request("POST", f"{home.url}/oauth/revoke", data={"token": "x"})
        with pytest.raises(Forbidden):
            session.request("POST", f"{home.url}{STATUSES}", data=GOOD)
    assert len(home.asked) == 2


@pytest.mark.parametrize(
    "act",
    [
        lambda sdk: sdk.status_post("hello"),
        lambda sdk: sdk.status_post(f"{MENTION}hi @alice", visibility="direct"),
        lambda sdk: sdk.toot("hello"),
        lambda sdk: sdk.status_update(1, "x"),
        lambda sdk: sdk.status_delete(1),
        lambda sdk: sdk.status_favourite(1),
        lambda sdk: sdk.status_reblog(1),
        lambda sdk: sdk.status_bookmark(1),
        lambda sdk: sdk.account_follow(1),
        lambda sdk: sdk.account_block(1),
        lambda sdk: sdk.account_update_credentials(note="x"),
        lambda sdk: sdk.account_mute(1),
        lambda sdk: sdk.notifications_clear(),
        lambda sdk: sdk.report(1),
    ],
)
@pytest.mark.parametrize("kind", ["reading", "writing"])
def test_nothing_that_the_sdk_can_do_in_public_gets_out(act, kind):
    """And it is an alarm, not "network trouble, try again", which Mastodon.py makes of every Exception."""
    with peer(OK) as home:
        session = ReadingSession(home.url) if kind == "reading" else WritingSession(home.url, MENTION)
        sdk = Mastodon(api_base_url=home.url, access_token="t", session=session, version_check_mode="none")
        with pytest.raises(Exposed), translated():
            act(sdk)
    assert home.asked == []


# -- to whom ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("ask", ["get", "post", "sdk"])
def test_a_redirect_is_never_followed_and_the_key_goes_nowhere_else(code, ask):
    with peer(OK) as evil:
        away = f"HTTP/1.1 {code} Moved\r\nLocation: {evil.url}/api/v1/x\r\nContent-Length: 2\r\n\r\n{{}}".encode()
        with peer(away) as home:
            api = Api(home.url, "the-key", WritingSession(home.url, MENTION))
            with pytest.raises(NetworkError) as raised:
                _ = {
                    "get": lambda: api.get("/api/v1/notifications"),
                    "post": lambda: api.post(STATUSES, GOOD, key="k"),
                    "sdk": lambda: api.me,
                }[ask]()
        assert isinstance(raised.value, Unavailable)
        assert len(home.asked) == 1
        assert evil.asked == []


def test_a_redirect_within_the_server_is_not_followed_either():
    """A redirected POST becomes a GET, whose answer looks as if something had been posted."""
    with peer(b"HTTP/1.1 301 Moved\r\nLocation: /api/v1/statuses/1\r\nContent-Length: 0\r\n\r\n") as home:
        assert ReadingSession(home.url).request("GET", f"{home.url}/a").status_code == 301
        assert len(home.asked) == 1


@pytest.mark.parametrize(
    "other",
    [
        "https://127.0.0.1:{port}/",
        "http://localhost:{port}/",
        "http://127.0.0.1:1/",
        "http://x@127.0.0.1:{port}/",
        "/a",
    ],
)
def test_the_key_of_one_server_is_for_no_other(other):
    with peer(OK) as home:
        url = other.format(port=home.url.rpartition(":")[2])
        with pytest.raises(Forbidden):
            ReadingSession(home.url).request("GET", url, headers={"Authorization": "Bearer x"})
    assert home.asked == []


def test_arguments_that_are_not_looked_at_are_refused():
    with peer(OK) as home, pytest.raises(Forbidden):
        ReadingSession(home.url).request("GET", f"{home.url}/a", {"visibility": "public"})
    assert home.asked == []


def test_a_password_in_a_netrc_does_not_take_the_place_of_the_key(tmp_path, monkeypatch):
    (tmp_path / "netrc").write_text("default login someone password secret\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    with peer(OK) as home:
        api = Api(home.url, "the-key", WritingSession(home.url, MENTION))
        api.get("/api/v1/notifications")
        api.post(STATUSES, GOOD, key="k")
        with suppress(NetworkError):
            _ = api.me
        LoginSession(home.url).request("POST", f"{home.url}/oauth/token", data={"code": "x"})
    assert ["Bearer the-key" in asked for asked in home.asked] == [True, True, True, False]
    assert "Basic" not in "".join(home.asked)


# -- what is let in ---------------------------------------------------------------------------------------------------


def answer(*body, status="200 OK", **headers):
    named = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
    return (f"HTTP/1.1 {status}\r\nConnection: close\r\n{named}\r\n".encode(), *body)


every_status = pytest.mark.parametrize("status", ["200 OK", "301 Moved", "404 Not Found", "503 Away"])
"""Libraries read some of them by themselves, and to the end."""


@every_status
def test_an_answer_that_drips_is_cut_off(monkeypatch, status):
    """No single read takes long; the whole would take for ever."""
    monkeypatch.setattr(http, "LONGEST_ANSWER", 0.15)
    begun = time.monotonic()
    with (
        peer(*answer(*[b" "] * 1000, status=status, Location="/b"), pause=0.01) as home,
        pytest.raises(requests.ConnectionError, match="too slow"),
    ):
        ReadingSession(home.url).request("GET", f"{home.url}/a")
    assert time.monotonic() - begun < 1


@every_status
def test_an_answer_without_end_is_cut_off(monkeypatch, status):
    monkeypatch.setattr(http, "LARGEST_ANSWER", 100_000)
    with (
        peer(*answer(*[b"x" * 10_000] * 50, status=status, Location="/b")) as home,
        pytest.raises(requests.ConnectionError, match="over"),
    ):
        ReadingSession(home.url).request("GET", f"{home.url}/a")


@pytest.mark.parametrize("packing", ["gzip", "gzip, gzip"])
def test_a_small_answer_that_unpacks_into_a_huge_one_is_cut_off(monkeypatch, packing):
    monkeypatch.setattr(http, "LARGEST_ANSWER", 2**20)
    bomb = gzip.compress(b" " * 2**24)
    assert len(bomb) < 2**15
    if packing == "gzip, gzip":
        bomb = gzip.compress(bomb)
    with (
        peer(*answer(bomb, Content_Encoding=packing, Content_Length=len(bomb))) as home,
        pytest.raises(requests.ConnectionError, match="over"),
    ):
        ReadingSession(home.url).request("GET", f"{home.url}/a")


@pytest.mark.parametrize("packed", [False, True])
def test_a_large_thread_is_let_in(packed):
    """Three thousand posts are twelve megabytes."""
    body = b'"' + b"x" * 12 * 2**20 + b'"'
    sent, headers = (gzip.compress(body, 1), {"Content_Encoding": "gzip"}) if packed else (body, {})
    with peer(*answer(sent, Content_Length=len(sent), **headers)) as home:
        assert len(Api(home.url, "t").get("/a")) == 12 * 2**20


@pytest.mark.parametrize(
    "pieces",
    [
        answer(b'{"id": "1"', Content_Length=100),
        answer(b'a\r\n{"id": "1"\r\n', Transfer_Encoding="chunked"),
        answer(gzip.compress(b'{"id": "1"}')[:-12], Content_Encoding="gzip"),
        answer(b"\x1f\x8bnonsense", Content_Encoding="gzip"),
        answer(b'{"id": "1"}'[:-1], Content_Length=10),
        (b"nonsense\r\n\r\n",),
        (b"HTTP/1.1 200 OK\r\n",),
        (b"",),
        answer(Content_Length=0),
        answer(b"[" * 100_000, Content_Length=100_000),
        answer(b"\xff\xfe\x00", Content_Length=3),
        answer(b"NaN!", Content_Length=4),
    ],
    ids=[
        "shorter than said",
        "chunk cut",
        "gzip cut",
        "no gzip",
        "no json",
        "no http",
        "no end",
        "nothing",
        "empty",
        "deep",
        "bytes",
        "word",
    ],
)
def test_an_answer_that_cannot_be_read_is_one_of_our_errors_and_says_that_it_may_be_done(pieces):
    with peer(*pieces) as home:
        api = Api(home.url, "t", WritingSession(home.url, MENTION))
        with pytest.raises(Unavailable):
            api.get("/api/v1/notifications")
        asked = len(home.asked)
        with pytest.raises(Unavailable) as raised:
            api.post(STATUSES, GOOD, key="k")
        assert raised.value.maybe_done
        assert len(home.asked) == asked + 1  # a POST is never repeated by itself


def test_an_answer_in_chunks_is_whole():
    with peer(*answer(b"4\r\n[1, \r\n2\r\n2]\r\n0\r\n\r\n", Transfer_Encoding="chunked")) as home:
        assert Api(home.url, "t").get("/a") == [1, 2]


def test_no_answer_in_time_is_one_of_our_errors():
    with peer(pause=1) as home:
        with pytest.raises(Unavailable):
            Api(home.url, "t", WritingSession(home.url, MENTION)).post(STATUSES, GOOD, key="k")
        assert len(home.asked) == 1


@pytest.mark.parametrize("error", [SSLError("bad record mac"), SSLError(ssl.SSLError("eof"))])
def test_a_broken_tls_connection_never_repeats_a_post(error):
    """The one failure that urllib3 would repeat whatever the method."""
    with pytest.raises(Exception, match="Max retries exceeded"):
        HEALING.increment("POST", "/api/v1/statuses", error=error)


def test_a_server_nobody_answers_for_is_one_of_our_errors():
    with pytest.raises(Unavailable):
        Api("http://127.0.0.1:1", "t").get("/a")


@pytest.mark.parametrize("get", [lambda url: ReadingSession(url).get(url, timeout=0.2), httpx.get])
@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("http://127.0.0.1:9", "127.0.0.1:9 cannot be reached"),
        ("http://a-name.invalid", "a-name.invalid is not found: look at its name, and at this machine's network"),
    ],
)
def test_why_there_was_no_answer_is_said_in_plain_words(get, url, said):
    with pytest.raises((requests.RequestException, httpx.HTTPError)) as caught:
        get(url)
    assert unreached(caught.value) == said


def test_a_server_that_keeps_silent_is_said_to_be_late():
    with socket.create_server(("127.0.0.1", 0)) as silent:
        host = f"127.0.0.1:{silent.getsockname()[1]}"
        for get, error in ((requests.get, requests.RequestException), (httpx.get, httpx.HTTPError)):
            with pytest.raises(error) as caught:
                get(f"http://{host}/", timeout=0.2)
            assert unreached(caught.value) == f"{host} did not answer in time"


def test_an_error_that_knows_no_request_names_no_server():
    assert unreached(httpx.ReadError("cut")) == "the server did not answer"
    assert unreached(ValueError("what somebody wrote")) == "the server did not answer"
