"""What servers send is read alike, however odd they are. A case is two files in data/mastodon: what came, what it is.

The name of a case begins with the software that sends such things; "nothing" is what is not meant for the owner,
"unreadable" what costs itself and nothing else.
"""

import json
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.models import OptOut, Visibility
from bot.networks.mastodon_entities import Home, ident, link, native, to_account, to_notification, to_post, to_time

CASES = Path(__file__).parent / "data" / "mastodon"
HOME = Home(base_url="https://home.example", domain="home.example", has_status_pages=True)
OTHER = replace(HOME, has_status_pages=False)
OWNERS = {
    "mastodon": "109300000000000001",
    "gotosocial": "01F8MH17FWEB39HZJ76B6VXSKF",
    "pleroma": "9jF6LzP3hJ3K2",
    "takahe": "177120000000000001",
    "friendica": "2",
    "other": "1",
}
MENTION = json.loads((CASES / "mastodon_mention.json").read_text(encoding="utf-8"))
POST = MENTION["status"]


def read(path):
    software = path.name.partition("_")[0]
    raw = json.loads(path.read_text(encoding="utf-8"))
    home = HOME if software == "mastodon" else OTHER
    try:
        found = to_notification(raw, home, ident(OWNERS[software]))
    except ValueError:
        return "unreadable"
    return json.loads(json.dumps(asdict(found), default=shown)) if found else "nothing"


def shown(value):
    return value.isoformat() if isinstance(value, datetime) else sorted(value)


@pytest.mark.parametrize("path", sorted(CASES.glob("*.json")), ids=lambda path: path.stem)
def test_what_a_server_sends_is_what_the_file_beside_it_says(path):
    if not path.stem.endswith("_is"):
        assert read(path) == json.loads((CASES / f"{path.stem}_is.json").read_text(encoding="utf-8"))


def test_every_case_has_both_files():
    stems = {path.stem for path in CASES.glob("*.json")}
    assert {stem for stem in stems if not stem.endswith("_is")} == {stem.removesuffix("_is") for stem in stems}


# -- one by one -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("2026-11-22T08:00:00+01:00", datetime(2026, 11, 22, 7, tzinfo=UTC)),
        ("2026-11-22T07:00:00.000Z", datetime(2026, 11, 22, 7, tzinfo=UTC)),
        ("2026-11-22T07:00:00", datetime(2026, 11, 22, 7, tzinfo=UTC)),
        ("2026-11-22 07:00:00", datetime(2026, 11, 22, 7, tzinfo=UTC)),
        (datetime(2026, 11, 22, 7), datetime(2026, 11, 22, 7, tzinfo=UTC)),  # noqa: DTZ001  as Mastodon.py hands out
    ],
)
def test_every_time_is_utc(said, meant):
    assert to_time(said) == meant
    assert to_time(said).tzinfo is UTC


@pytest.mark.parametrize(
    "said", [None, "", "yesterday", 0, 1.5, [], {}, True, "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"]
)
def test_what_is_no_time_is_a_value_error(said):
    with pytest.raises(ValueError):
        to_time(said)


@pytest.mark.parametrize("said", ["115591234567890123", "01F8MH1H7YV1Z7D2C8K2730QBF", "9jF6LzP3hJ3K1", 42, "a-b_c.d"])
def test_an_id_is_kept_as_it_is(said):
    assert native(ident(said)) == str(said)


@pytest.mark.parametrize(
    "said",
    [None, "", True, False, 1.5, [], {}, "a b", "a/b", "../1", "a?b", "a#b", "a%2fb", "a\nb", "\ud800", "x" * 200],
)
def test_what_is_no_id_is_a_value_error(said):
    with pytest.raises(ValueError):
        ident(said)


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("@rosa would you?", "would you?"),
        ("@rosa, would you?", "would you?"),
        ("@rosa: would you?", "would you?"),
        ("@rosa. Would you?", ". Would you?"),
        ("@rosa@home.example would you?", "would you?"),
        ("@rosa @tom@fern.example would you?", "would you?"),
        ("@rosa\n\nwould you?", "would you?"),
        ("  @rosa would you?", "would you?"),
        ("＠rosa would you?", "would you?"),
        ("@ROSA would you?", "would you?"),
        ("would you, @rosa?", "would you, @rosa?"),
        ("@rosa's guide is good", "@rosa's guide is good"),
        ("@rosa’s guide is good", "@rosa’s guide is good"),
        ("@home I grow beans", "@home I grow beans"),
        ("@rosa @home I grow beans", "@home I grow beans"),
        ("@rosalind would you?", "@rosalind would you?"),
        ("@rosa", ""),
        ("@rosa😀", "😀"),
    ],
)
def test_only_names_that_address_somebody_are_left_out_at_the_start(said, kept):
    mentions = [
        {"id": "1", "username": "rosa", "acct": "rosa"},
        {"id": "2", "username": "tom", "acct": "tom@fern.example"},
    ]
    assert to_post({**POST, "content": said, "mentions": mentions}, HOME).text == kept


@pytest.mark.parametrize(
    ("visibility", "meant"),
    [
        ("public", Visibility.PUBLIC),
        ("unlisted", Visibility.UNLISTED),
        ("private", Visibility.FOLLOWERS),
        ("direct", Visibility.DIRECT),
        ("local", Visibility.FOLLOWERS),
        ("list", Visibility.FOLLOWERS),
        ("mutuals_only", Visibility.FOLLOWERS),
        ("PUBLIC", Visibility.FOLLOWERS),
        (None, Visibility.FOLLOWERS),
        (["public"], Visibility.FOLLOWERS),
    ],
)
def test_what_is_not_known_to_be_public_is_not(visibility, meant):
    assert to_post({**POST, "visibility": visibility}, HOME).visibility is meant


@pytest.mark.parametrize(
    ("said", "opted_out"), [(True, True), (False, False), (None, False), ("true", False), (1, False), ([], False)]
)
def test_only_who_says_noindex_opts_out_by_it(said, opted_out):
    account = to_account({**POST["account"], "noindex": said}, HOME)
    assert (OptOut.NO_INDEX in account.opt_outs) == opted_out
    without = {name: value for name, value in POST["account"].items() if name != "noindex"}
    assert to_account(without, HOME).opt_outs == frozenset()


@pytest.mark.parametrize("field", ["discoverable", "indexable", "followers_count", "following_count", "statuses_count"])
@pytest.mark.parametrize("value", [True, False, None, 10**9])
def test_what_says_nothing_about_the_owner_changes_nothing(field, value):
    assert to_account({**POST["account"], field: value}, HOME) == to_account(POST["account"], HOME)


@pytest.mark.parametrize("field", ["favourites_count", "reblogs_count", "replies_count", "quotes_count", "card"])
def test_how_many_liked_it_changes_nothing(field):
    assert to_post({**POST, field: 10**9}, HOME) == to_post(POST, HOME)


@pytest.mark.parametrize(
    ("uri", "url", "expected"),
    [
        ("https://a.example/objects/1", "https://a.example/@ines/1", "https://a.example/objects/1"),
        ("https://a.example/@ines/1", "https://a.example/@ines/1", "https://a.example/%40ines/1"),
        ("", "https://a.example/notice/1", "https://a.example/notice/1"),
        ("https://home.example/objects/1", "", "https://home.example/objects/1"),
        ("tag:a.example,2026:1", "javascript:alert(1)", "https://home.example"),
        ("http://a.example/1", "http://a.example/1", "https://home.example"),
        ("https://a.example/1 @alice", None, "https://home.example"),
        ("https://a.example/\n@alice", None, "https://home.example"),
        ("https://аlice.example/1", None, "https://home.example"),
        (f"https://a.example/{'x' * 500}", None, "https://home.example"),
        ("https://[", "https://", "https://home.example"),
        (None, None, "https://home.example"),
        (5, ["https://a.example"], "https://home.example"),
        ("https://user:pw@a.example/1", None, "https://home.example"),
    ],
)
def test_a_link_that_a_stranger_chose_is_harmless_or_not_taken(uri, url, expected):
    assert link({"id": "1", "uri": uri, "url": url}, OTHER) == expected


@pytest.mark.parametrize("id_", ["1", 1, "01F8MH1H7YV1Z7D2C8K2730QBF"])
def test_mastodon_opens_every_post_in_the_owners_own_session(id_):
    assert link({"id": id_, "url": "https://evil.example/@ines"}, HOME) == f"https://home.example/statuses/{id_}"


def test_a_server_on_loopback_may_link_to_itself_without_tls():
    home = replace(OTHER, base_url="http://127.0.0.1:3000")
    assert link({"id": "1", "url": "http://127.0.0.1:3000/notice/1"}, home) == "http://127.0.0.1:3000/notice/1"
    assert link({"id": "1", "url": "http://127.0.0.1:30000/notice/1"}, home) == "http://127.0.0.1:3000"


# -- anything ---------------------------------------------------------------------------------------------------------

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@given(st.sampled_from(sorted(POST)), JSON)
def test_any_field_of_a_post_may_be_anything(field, value):
    """It is read, or it is a value error; nothing else can happen."""
    with_it = {**POST, field: value}
    for raw in (with_it, {**POST, "account": {**POST["account"], field: value}}):
        try:
            post = to_post(raw, HOME)
        except ValueError:
            continue
        assert post.id.startswith("mastodon:")
        assert post.posted_at.tzinfo is UTC
        assert "@" not in post.link
        post.text.encode()


@given(st.sampled_from(sorted(POST["account"])), JSON)
def test_any_field_of_an_account_may_be_anything(field, value):
    try:
        account = to_account({**POST["account"], field: value}, HOME)
    except ValueError:
        return
    assert "@" in account.handle
    (account.name + account.bio).encode()


@given(st.sampled_from(sorted(MENTION)), JSON)
def test_any_field_of_a_notification_may_be_anything(field, value):
    try:
        found = to_notification({**MENTION, field: value}, HOME, "mastodon:1")
    except ValueError:
        return
    assert found is None or found.post.text == "would you co-write the guide?"
