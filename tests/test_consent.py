"""Whose words may be ranked, quoted and kept."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.consent import Refusal, Wishes, may_keep, may_quote, refusal
from bot.models import Account, OptOut, Post, Visibility

INES = Account(id="n:1", handle="ines@kelp.example", name="Ines", bio="Seeds and salt.")
POST = Post(
    id="n:9", author=INES, text="hello", posted_at=datetime(2026, 11, 22, tzinfo=UTC), link="https://h.example/9"
)
DEFAULT = Wishes()


def by(bio: str, **changes: object) -> Post:
    return replace(POST, author=replace(INES, bio=bio, **changes))


@pytest.mark.parametrize(
    "bio",
    [
        "#nobot",
        "I knit. #NoBots please",
        "line\n#noai",
        "#noarchive",
        "＃nobot",
        "#no-bots",
        "#NO_AI",
        "bots?: #nobot",
        "# nobot",
    ],
)
def test_who_opts_out_is_not_ranked(bio: str) -> None:
    assert refusal(by(bio), DEFAULT) is Refusal.OPTED_OUT


@pytest.mark.parametrize("bio", ["no bots here, only beans", "#nobotany", "#noaim", "#robots", "I make #bots", ""])
def test_who_only_speaks_of_bots_has_not_opted_out(bio: str) -> None:
    assert refusal(by(bio), DEFAULT) is None


def test_a_named_friends_opt_out_is_not_meant_for_the_owner() -> None:
    assert refusal(by("#nobot"), Wishes(allow=frozenset({"ines@kelp.example"}))) is None


def test_whom_the_owner_never_wants_to_see_is_refused() -> None:
    assert refusal(POST, Wishes(never=frozenset({"ines@kelp.example"}))) is Refusal.NEVER


@pytest.mark.parametrize("bio", ["#noindex", "#NoSearch", "#nosearching"])
def test_who_does_not_want_to_be_found_is_pointed_at_but_neither_quoted_nor_remembered(bio: str) -> None:
    assert refusal(by(bio), DEFAULT) is None
    assert not may_quote(by(bio), DEFAULT)
    assert not may_keep(by(bio).author, DEFAULT)


def test_the_settings_mark_counts_like_the_word() -> None:
    assert not may_quote(by("", opt_outs=frozenset({OptOut.NO_INDEX})), DEFAULT)


@pytest.mark.parametrize("visibility", [Visibility.FOLLOWERS, Visibility.DIRECT])
def test_what_was_not_said_to_everybody_is_ignored_or_pointed_at_never_quoted(visibility: Visibility) -> None:
    post = replace(POST, visibility=visibility)
    assert refusal(post, DEFAULT) is Refusal.PRIVATE
    pointing = Wishes(points_at_private=True)
    assert refusal(post, pointing) is None
    assert not may_quote(post, pointing)


def test_what_stands_under_a_warning_is_not_quoted() -> None:
    post = replace(POST, warning="grief")
    assert refusal(post, DEFAULT) is Refusal.PRIVATE
    assert not may_quote(post, Wishes(points_at_private=True))


def test_what_was_said_to_everybody_may_be_quoted() -> None:
    assert may_quote(POST, DEFAULT)
    assert may_quote(replace(POST, visibility=Visibility.UNLISTED), DEFAULT)
