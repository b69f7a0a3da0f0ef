"""The adapter's stories on the fast stand-in; `make test-live` tells the same ones on the real servers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from atproto import exceptions
from pydantic import ValidationError

pytest.register_assert_rewrite("live.stories", "live.people")

from live.fake import running  # noqa: E402
from live.people import Network  # noqa: E402
from live.stories import *  # noqa: E402, F403

from bot.errors import Unavailable  # noqa: E402
from bot.networks import bluesky as adapter  # noqa: E402
from bot.networks import bluesky_api  # noqa: E402
from bot.networks.bluesky import Settings, connect  # noqa: E402
from bot.networks.bluesky_api import Login, problem  # noqa: E402
from bot.networks.bluesky_entities import to_account  # noqa: E402


@pytest.fixture(scope="module")
def network() -> Iterator[Network]:
    with running() as addresses:
        yield Network(addresses)


REQUEST = httpx.Request("POST", "https://pds.example/xrpc/x")


def caused_by(cause: Exception) -> Exception:
    """As the SDK wraps what httpx raises."""
    error: Exception = exceptions.NetworkError()
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("error", "maybe_done"),
    [
        (caused_by(httpx.ConnectError("refused")), False),
        (caused_by(httpx.ConnectTimeout("slow")), False),
        (caused_by(httpx.PoolTimeout("busy")), False),
        (caused_by(httpx.ReadTimeout("slow")), True),
        (caused_by(httpx.WriteError("reset")), True),
        (caused_by(httpx.ReadError("reset")), True),
        (httpx.RemoteProtocolError("closed"), True),
        (httpx.TooManyRedirects("round", request=REQUEST), True),
        (httpx.DecodingError("gzip", request=REQUEST), True),
        (httpx.InvalidURL("nonsense"), False),
        (httpx.UnsupportedProtocol("gopher"), False),
        (exceptions.ModelError("words of the server"), True),
        (ValueError("EOF while parsing"), True),
        (OSError("cable"), True),
    ],
)
def test_what_never_left_this_machine_was_surely_not_done(error: Exception, maybe_done: bool) -> None:
    found = problem(error, "chat.bsky.convo.sendMessage", proxied=True, writes=True)
    assert isinstance(found, Unavailable)
    assert found.maybe_done is maybe_done
    assert "words" not in str(found)
    assert not problem(error, "app.bsky.feed.getPosts", proxied=False, writes=False).maybe_done


def test_what_others_say_of_somebody_is_no_mark_of_their_own() -> None:
    alice = {"did": "did:plc:alice", "handle": "alice.test"}
    by_others = [{"src": "did:plc:labeler", "val": "bot"}, {"src": "did:plc:alice", "val": "bot", "neg": True}]
    assert not to_account({**alice, "labels": by_others}).is_bot
    assert to_account({**alice, "labels": [{"src": "did:plc:alice", "val": "bot"}]}).is_bot


@pytest.fixture
def settings(tmp_path: Path) -> dict[str, str]:
    (tmp_path / "secret").write_text("abcd-efgh")
    return {"handle": "rosa.example.com", "password": f"file:{tmp_path / 'secret'}"}


def test_the_bot_needs_no_account_of_its_own_to_read(settings: dict[str, str], tmp_path: Path) -> None:
    connection = connect(Settings.model_validate(settings), tmp_path)
    assert connection.messenger is None
    assert connection.source.network == "bluesky"


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"handle": "rosa"}, "write a handle in full"),
        ({"service": "http://pds.example"}, "travel in the clear"),
        ({"service": "bsky.social"}, "write the address of a server"),
        ({"chat": "api.bsky.chat"}, "write the chat service"),
        ({"bot_handle": "bot.example.com"}, "go together"),
        ({"hanlde": "x"}, "Extra inputs"),
    ],
)
def test_a_wrong_setting_is_refused(settings: dict[str, str], wrong: dict[str, str], says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        Settings.model_validate(settings | wrong)


def test_nobody_can_message_themselves(settings: dict[str, str]) -> None:
    same = {"bot_handle": "@Rosa.example.com", "bot_password": settings["password"]}
    with pytest.raises(ValidationError, match="another account"):
        Settings.model_validate(settings | same)


def test_a_password_shows_nowhere(settings: dict[str, str], tmp_path: Path) -> None:
    made = Settings.model_validate(settings)
    login = Login(made.service, made.handle, made.password, tmp_path / "session")
    assert "abcd" not in f"{made!r} {login!r} {vars(login)!r}"


def test_the_only_writing_is_private_or_about_the_bot_itself() -> None:
    """The owner's account could post with its app password; the program has no way to."""
    sources = [Path(module.__file__ or "").read_text() for module in (adapter, bluesky_api)]
    procedures = {name for source in sources for name in re.findall(r"[a-z]+(?:\.[a-z]+){2,}\.[a-zA-Z]+", source)}
    writing = {name for name in procedures if not name.rpartition(".")[2].startswith(("get", "list", "describe"))}
    assert writing == {
        "com.atproto.server.createSession",
        "com.atproto.server.refreshSession",
        "chat.bsky.convo.sendMessage",
        "chat.bsky.convo.addReaction",
        "com.atproto.repo.putRecord",  # of these two kinds alone, by check --fix
        "chat.bsky.actor.declaration",
        "app.bsky.actor.profile",
        "com.atproto.label.defs",  # of the labels in the latter
    }
