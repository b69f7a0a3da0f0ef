"""Whatever a server, a file or a person hands in: it is read, or it is refused by an error of ours. Nothing else.

HTML has its own (test_html), so have the entities of Mastodon (test_entities), what the owner types (test_phrases,
test_commands) and what people are called (test_load). Coverage-guided fuzzing is left out: it is at home in parsers in
C, and what is ours is small enough for shapes that are bent around true ones.
"""

import copy
import tomllib
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from test_credentials import TOKEN

from bot import config
from bot.errors import ConfigError
from bot.models import Account, DirectMessage, Notification, Post, SentMessage
from bot.networks import bluesky, mastodon
from bot.networks.bluesky import MALFORMED
from bot.networks.bluesky_entities import (
    facets,
    root_of,
    to_account,
    to_direct_message,
    to_notification,
    to_post,
    to_reaction,
    to_relationship,
    to_sent_message,
)

ANYTHING = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(),
        st.text(max_size=20),
        st.sampled_from(
            ["did:plc:a", "at://did:plc:a/app.bsky.feed.post/1", "at://", "\ud800", "9999-99-99", "2026-11-22"]
        ),
    ),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
PROFILE = {
    "did": "did:plc:alice",
    "handle": "alice.example.com",
    "displayName": "Alice",
    "description": "Seeds. #nobot",
    "labels": [{"src": "did:plc:alice", "val": "bot", "neg": False}],
    "viewer": {"muted": False, "following": "at://did:plc:rosa/app.bsky.graph.follow/1"},
}
REF = {"uri": "at://did:plc:rosa/app.bsky.feed.post/1", "cid": "bafy"}
FACET = {
    "index": {"byteStart": 0, "byteEnd": 5},
    "features": [{"$type": "app.bsky.richtext.facet#mention", "did": "did:plc:a"}],
}
POST = {
    "uri": "at://did:plc:alice/app.bsky.feed.post/2",
    "cid": "bafy2",
    "reason": "reply",
    "author": PROFILE,
    "labels": [{"src": "did:plc:labeler", "val": "spoiler"}],
    "indexedAt": "2026-11-22T07:00:00.000Z",
    "embed": {"record": {"$type": "app.bsky.embed.record#viewRecord"}},
    "record": {
        "text": "@rosa would you?",
        "createdAt": "2026-11-22T07:00:00.000Z",
        "langs": ["en"],
        "facets": [FACET],
        "reply": {"root": REF, "parent": REF},
        "labels": {"values": [{"val": "porn"}]},
        "embed": {"$type": "app.bsky.embed.record", "record": REF},
    },
}
MESSAGE = {
    "$type": "chat.bsky.convo.defs#messageView",
    "id": "3k",
    "rev": "22",
    "text": "done 1",
    "facets": [FACET],
    "embed": {"record": REF},
    "replyTo": {"id": "3j"},
    "sender": {"did": "did:plc:rosa"},
    "sentAt": "2026-11-22T07:00:00.000Z",
    "reactions": [{"value": "👍", "sender": {"did": "did:plc:rosa"}, "createdAt": "2026-11-22T07:00:00.000Z"}],
}
READERS = {
    "account": (PROFILE, to_account, Account),
    "relationship": (PROFILE, to_relationship, object),
    "post": (POST, to_post, Post),
    "notification": (POST, lambda raw: to_notification(raw, "bluesky:did:plc:rosa"), Notification),
    "root": (POST, root_of, str),
    "facets": (POST["record"], facets, list),
    "message": (MESSAGE, to_direct_message, DirectMessage),
    "sent": (MESSAGE, to_sent_message, SentMessage),
    "reaction": (MESSAGE, lambda raw: to_reaction(raw, (raw.get("reactions") or [{}])[0]), DirectMessage),
}


def places(raw, above=()):
    """Every path into a shape."""
    yield from [above] if above else []
    inner = raw.items() if isinstance(raw, dict) else enumerate(raw) if isinstance(raw, list) else ()
    for key, value in inner:
        yield from places(value, (*above, key))


def with_(raw, path, value):
    changed = copy.deepcopy(raw)
    inner = changed
    for key in path[:-1]:
        inner = inner[key]
    if value is Ellipsis:
        del inner[path[-1]]
    else:
        inner[path[-1]] = value
    return changed


@pytest.mark.parametrize("what", READERS)
def test_the_true_shape_is_read(what):
    raw, read, kind = READERS[what]
    assert isinstance(read(raw), kind)


@pytest.mark.parametrize("what", READERS)
@given(data=st.data())
def test_any_place_of_any_shape_may_hold_anything_or_nothing(what, data):
    """What cannot be read costs itself: `_decoded` counts it and goes on with the others."""
    raw, read, kind = READERS[what]
    path = data.draw(st.sampled_from(list(places(raw))))
    changed = with_(raw, path, data.draw(st.just(Ellipsis) | ANYTHING))
    try:
        found = read(changed)
    except MALFORMED:
        return
    assert found is None or isinstance(found, kind)
    if isinstance(found, Post):
        assert found.posted_at.tzinfo is UTC
        assert found.link.startswith("https://bsky.app/profile/did:")


# -- the config --------------------------------------------------------------------------------------------------------

EXAMPLE = Path(__file__).parents[1] / "config.example.toml"


def toml(value):
    """Of anything that TOML can say."""
    match value:
        case bool():
            return str(value).lower()
        case float() | int():
            return repr(value) if abs(value) < 2**62 else "0"
        case datetime():
            return value.isoformat()
        case list():
            return f"[{', '.join(map(toml, value))}]"
        case dict():
            return "{" + ", ".join(f"{toml(str(key))} = {toml(each)}" for key, each in value.items()) + "}"
    text = "".join(f"\\U{ord(char):08x}" for char in str(value) if not 0xD800 <= ord(char) < 0xE000)
    return f'"{text}"'


VALUES = st.recursive(
    st.one_of(
        st.booleans(),
        st.integers(min_value=-(2**40), max_value=2**40),
        st.floats(allow_nan=True),
        st.text(max_size=12),
        st.datetimes(),
        st.sampled_from(
            ["", "08:00", "mon-sun", "99999d", "0m", "Europe/Amsterdam", "../../etc", "env:", "file:/", "sun 99:99"]
        ),
    ),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=2),
    max_leaves=5,
)


@pytest.fixture
def example(monkeypatch):
    for name in ("UNDERHEARD_MASTODON_TOKEN", "UNDERHEARD_MASTODON_BOT_TOKEN"):
        monkeypatch.setenv(name, TOKEN)
    return EXAMPLE.read_text(encoding="utf-8")


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_setting_may_hold_anything_and_is_taken_or_refused_in_one_line(example, tmp_path, data):
    lines = example.splitlines()
    at = data.draw(st.sampled_from([n for n, line in enumerate(lines) if " = " in line.partition("#")[0]]))
    key = lines[at].partition(" = ")[0]
    lines[at] = f"{key} = {toml(data.draw(VALUES))}"
    path = tmp_path / "config.toml"
    path.write_text("\n".join(lines), encoding="utf-8")
    said = str(path)
    try:
        config.load(path)
    except ConfigError as error:
        said = str(error)
    assert "\n" not in said
    assert said.startswith(str(path))
    assert TOKEN not in said


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=200) | st.text(max_size=200).map(lambda text: text.encode(errors="surrogatepass")))
def test_any_file_is_a_config_or_is_refused_in_one_line(tmp_path, blob):
    path = tmp_path / "config.toml"
    path.write_bytes(blob)
    with pytest.raises(ConfigError) as refused:
        config.load(path)
    assert "\n" not in str(refused.value)


def test_the_settings_of_a_network_name_no_secret_when_they_are_refused():
    for model in (mastodon.Settings, bluesky.Settings):
        with pytest.raises(ValidationError) as refused:
            model.model_validate(
                {"token": TOKEN, "password": TOKEN, "server": "https://a.example", "handle": "a.example"}
            )
        assert TOKEN not in str(refused.value)
    assert tomllib.loads(f"a = {toml([1, 'b'])}") == {"a": [1, "b"]}
