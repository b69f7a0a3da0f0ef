"""The door to the AT network: what may leave it, to whom, and what is let in. Over real sockets."""

import base64
import gzip
import json
import time

import pytest
from atproto.exceptions import AtProtocolError
from pydantic import SecretStr
from test_http import OK, answer, peer

from bot.errors import Exposed, Unavailable
from bot.networks import http
from bot.networks.bluesky_api import Login
from bot.networks.bluesky_http import Door, is_private
from bot.networks.http import Forbidden

PASSWORD = "abcd-efgh-ijkl"
INBOX = "app.bsky.notification.listNotifications"
SEND = "chat.bsky.convo.sendMessage"
CHAT = "did:web:api.bsky.chat#bsky_chat"
HELLO = {"convoId": "1", "message": {"text": "hello", "facets": []}}


def jwt():
    claims = {"scope": "com.atproto.appPass", "exp": 4_000_000_000}
    head, payload = (base64.urlsafe_b64encode(json.dumps(part).encode()).decode() for part in ({}, claims))
    return f"{head.rstrip('=')}.{payload.rstrip('=')}.the-key"


def said(body, status="200 OK", **headers):
    blob = body if isinstance(body, bytes) else json.dumps(body).encode()
    return b"".join(answer(blob, status=status, Content_Length=len(blob), Content_Type="application/json", **headers))


def session(home=None):
    document = {
        "id": "did:plc:rosa",
        "service": [{"id": "#atproto_pds", "type": "AtprotoPersonalDataServer", "serviceEndpoint": home}],
    }
    keys = {"did": "did:plc:rosa", "handle": "rosa.example.com", "accessJwt": jwt(), "refreshJwt": jwt()}
    return said(keys | ({"didDoc": document} if home else {}))


def login(url, folder, *, writes=False, home=None):
    """One that has logged in already, so that what comes is the answer to a request of its own."""
    made = Login(url, "rosa.example.com", SecretStr(PASSWORD), folder / "session", writes=writes)
    made.kept.session = ":::".join(["rosa.example.com", "did:plc:rosa", jwt(), jwt(), home or url])
    return made


# -- what may leave ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("ask", ["log in", "read", "send"])
def test_a_redirect_is_never_followed_and_no_password_key_or_word_goes_elsewhere(code, ask, tmp_path):
    """307 and 308 would carry the body along: the password, or the message."""
    with peer(OK) as evil:
        away = said({}, status=f"{code} Moved", Location=f"{evil.url}/xrpc/x")
        with peer(away) as home:
            made = login(home.url, tmp_path, writes=True)
            if ask == "log in":
                made.kept.session = ""
            with pytest.raises(Unavailable):
                made.send_message(CHAT, "1", HELLO["message"]) if ask == "send" else made.ask(INBOX)
        assert len(home.asked) == 1
        assert evil.asked == []


def test_the_key_goes_to_the_accounts_own_servers_and_to_no_other(tmp_path):
    with peer(OK) as evil, peer(said({"feed": []})) as home:
        made = login(home.url, tmp_path)
        made.ask(INBOX)
        made._client.update_base_url(evil.url)  # whatever leads the SDK astray
        with pytest.raises(Exposed):
            made.ask(INBOX)
    assert "the-key" in home.asked[0]
    assert evil.asked == []


def test_the_home_that_the_log_in_names_is_used(tmp_path):
    with peer(said({"feed": []})) as home, peer(session(home.url)) as entrance:
        made = Login(entrance.url, "rosa.example.com", SecretStr(PASSWORD), tmp_path / "session")
        assert made.ask(INBOX) == {"feed": []}
    assert (len(entrance.asked), len(home.asked)) == (1, 1)


def test_a_home_without_tls_never_gets_the_key(tmp_path):
    with peer(session("http://pds.example")) as entrance:
        made = Login(entrance.url, "rosa.example.com", SecretStr(PASSWORD), tmp_path / "session")
        for _ in range(2):
            with pytest.raises(Unavailable, match="names a server without TLS"):
                made.ask(INBOX)
    assert len(entrance.asked) == 2


def test_a_server_out_there_cannot_send_the_key_to_a_port_of_this_machine():
    door = Door("https://bsky.social", 1, writes=False)
    door.admit("https://morel.us-east.host.bsky.network")
    with pytest.raises(ValueError, match="in the clear"):
        door.admit("http://127.0.0.1:8080")


def test_a_server_named_in_a_kept_session_is_looked_at_as_well(tmp_path):
    """The file may have been written by an older Underheard, or by somebody else."""
    with peer(session()) as entrance:
        made = login(entrance.url, tmp_path, home="http://pds.example")
        made.ask(INBOX)
    assert entrance.asked[0].startswith("POST /xrpc/com.atproto.server.createSession")


def test_the_owners_account_writes_nothing_at_all(tmp_path):
    with peer(OK) as home, pytest.raises(Exposed, match="may not do that"):
        login(home.url, tmp_path).send_message(CHAT, "1", HELLO["message"])
    assert home.asked == []


def test_nothing_that_the_sdk_can_do_in_public_gets_out(tmp_path):
    with peer(OK) as home:
        made = login(home.url, tmp_path, writes=True)
        made._open()
        client = made._client
        for act in (
            lambda: client.send_post("hello", profile_identify="did:plc:rosa"),
            lambda: client.like("at://did:plc:a/app.bsky.feed.post/1", "cid"),
            lambda: client.follow("did:plc:a"),
            lambda: client.upload_blob(b"x"),
            lambda: client.delete_post("at://did:plc:a/app.bsky.feed.post/1"),
        ):
            with pytest.raises((Forbidden, AtProtocolError)):
                act()
    assert home.asked == []


SIGN = {"convoId": "1", "messageId": "2", "value": "✅"}
ITSELF = {
    "repo": "did:plc:bot",
    "collection": "app.bsky.actor.profile",
    "rkey": "self",
    "record": {},
    "swapRecord": None,
}
REACT, PUT = "chat.bsky.convo.addReaction", "com.atproto.repo.putRecord"


@pytest.mark.parametrize(
    ("name", "good", "change"),
    [
        (SEND, HELLO, {"message": {"text": "x", "embed": {"$type": "app.bsky.embed.record"}}}),
        (SEND, HELLO, {"message": {"text": "x", "facets": [{"features": [{"$type": "x#mention"}]}]}}),
        (SEND, HELLO, {"message": {"text": "x", "facets": [{"features": [{}]}]}}),
        (SEND, HELLO, {"message": {"text": "x", "facets": 7}}),
        (SEND, HELLO, {"message": ["x"]}),
        (SEND, HELLO, {"message": None}),
        (SEND, HELLO, {"convoId": ["1", "2"]}),
        (SEND, HELLO, {"more": 1}),
        (REACT, SIGN, {"value": ["✅"]}),
        (REACT, SIGN, {"more": 1}),
        (PUT, ITSELF, {"collection": "app.bsky.feed.post"}),
        (PUT, ITSELF, {"collection": "app.bsky.graph.follow"}),
        (PUT, ITSELF, {"collection": ["app.bsky.actor.profile"]}),
        (PUT, ITSELF, {"rkey": "3k"}),
        (PUT, ITSELF, {"validate": False}),
    ],
    ids=str,
)
def test_what_is_written_is_private_or_about_the_bot_itself_and_nothing_else(name, good, change):
    assert is_private(name, json.dumps(good).encode())
    assert not is_private(name, json.dumps({**good, **change}).encode())
    assert not is_private("com.atproto.repo.createRecord", json.dumps(good).encode())
    assert not is_private(name, b"[]")
    assert not is_private(name, b"{")


def test_what_leaves_is_looked_at_whoever_asks():
    door = Door("https://bsky.social", 1, writes=True)
    for method, url in (
        ("POST", "https://bsky.social/xrpc/com.atproto.repo.createRecord"),
        ("DELETE", "https://bsky.social/xrpc/com.atproto.server.createSession"),
        ("PUT", "https://bsky.social/xrpc/chat.bsky.convo.sendMessage"),
        ("GET", "http://bsky.social/xrpc/app.bsky.feed.getPosts"),
        ("GET", "https://bsky.social:444/xrpc/app.bsky.feed.getPosts"),
        ("GET", "https://bsky.social.evil.example/xrpc/app.bsky.feed.getPosts"),
    ):
        with pytest.raises(Forbidden):
            door._send_request(method, url)


# -- what is let in ---------------------------------------------------------------------------------------------------

every_status = pytest.mark.parametrize("status", ["200 OK", "302 Moved", "400 Bad", "503 Away"])


@every_status
def test_an_answer_that_drips_is_cut_off(monkeypatch, status, tmp_path):
    monkeypatch.setattr(http, "LONGEST_ANSWER", 0.15)
    begun = time.monotonic()
    with (
        peer(*answer(*[b" "] * 1000, status=status, Location="/b"), pause=0.01) as home,
        pytest.raises(Unavailable),
    ):
        login(home.url, tmp_path).ask(INBOX)
    assert time.monotonic() - begun < 2


@every_status
def test_an_answer_without_end_is_cut_off(monkeypatch, status, tmp_path):
    monkeypatch.setattr(http, "LARGEST_ANSWER", 100_000)
    with (
        peer(*answer(*[b"x" * 10_000] * 50, status=status)) as home,
        pytest.raises(Unavailable, match=r"^bluesky: 127\.0\.0\.1:\d+ did not answer$"),
    ):
        login(home.url, tmp_path).ask(INBOX)


@pytest.mark.parametrize("packing", ["gzip", "gzip, gzip", "deflate", "br"])
def test_a_small_answer_that_unpacks_into_a_huge_one_is_cut_off(monkeypatch, packing, tmp_path):
    monkeypatch.setattr(http, "LARGEST_ANSWER", 2**20)
    bomb = gzip.compress(b" " * 2**24)
    if packing == "gzip, gzip":
        bomb = gzip.compress(bomb)
    with peer(said(bomb, Content_Encoding=packing)) as home, pytest.raises(Unavailable):
        login(home.url, tmp_path).ask(INBOX)


def test_an_answer_that_is_packed_is_read(tmp_path):
    with peer(said(gzip.compress(b'{"feed": ["words"]}'), Content_Encoding="gzip")) as home:
        assert login(home.url, tmp_path).ask(INBOX) == {"feed": ["words"]}
    assert "accept-encoding: gzip\r\n" in home.asked[0].lower()


def test_a_large_thread_is_let_in(tmp_path):
    body = json.dumps({"thread": "x" * 12 * 2**20}).encode()
    with peer(said(gzip.compress(body, 1), Content_Encoding="gzip")) as home:
        assert len(login(home.url, tmp_path).ask(INBOX)["thread"]) == 12 * 2**20


@pytest.mark.parametrize(
    "pieces",
    [
        (said(gzip.compress(b'{"feed": 1}')[:-9], Content_Encoding="gzip"),),
        (said(b"nonsense", Content_Encoding="gzip"),),
        answer(b'{"feed": 1', Content_Length=100, Content_Type="application/json"),
        (said(b'{"feed": 1'),),
        (said(b"[" * 100_000),),
        (said(b'{"a":' * 50_000),),
        (said(b"[]"),),
        (said(b"\xff\xfe"),),
        (b"nonsense\r\n\r\n",),
        (b"",),
    ],
    ids=[
        "gzip cut",
        "no gzip",
        "shorter than said",
        "cut",
        "deep list",
        "deep object",
        "list",
        "bytes",
        "no http",
        "-",
    ],
)
def test_an_answer_that_cannot_be_read_is_unavailable_and_a_message_may_be_there(pieces, tmp_path):
    with peer(*pieces) as home:
        made = login(home.url, tmp_path, writes=True)
        with pytest.raises(Unavailable):
            made.ask(INBOX)
        with pytest.raises(Unavailable) as raised:
            made.send_message(CHAT, "1", HELLO["message"])
        assert raised.value.maybe_done
