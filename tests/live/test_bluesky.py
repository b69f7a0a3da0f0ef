"""The adapter's stories on the real network, and those that only the real one can tell."""

from __future__ import annotations

import time

import pytest

from bot.errors import Unavailable

from .people import Network, Person, Written, within
from .stories import *  # noqa: F403
from .stories import SEND, Bluesky


def test_a_message_that_comes_late_is_found_before_it_is_sent_again(
    network: Network, hearing: Bluesky, owner: Person, bot: Person
) -> None:
    network.chat_fault(SEND, bot, mode="delay", delayMs=12_000)
    started = time.monotonic()
    with pytest.raises(Unavailable) as raised:
        hearing.says("the digest")
    assert time.monotonic() - started < 15
    assert raised.value.maybe_done
    assert "the digest" not in hearing.arrived()
    within(6, lambda: hearing.arrived().count("the digest") == 1)


@pytest.mark.parametrize(("mode", "stored"), [("drop-before", 0), ("drop-after", 1)])
def test_a_message_lost_behind_the_pds_may_be_there(
    network: Network, hearing: Bluesky, bot: Person, mode: str, stored: int
) -> None:
    network.chat_fault(SEND, bot, mode=mode)
    with pytest.raises(Unavailable) as raised:
        hearing.says("the digest")
    assert raised.value.maybe_done
    assert hearing.arrived().count("the digest") == stored


def test_a_quote_that_the_owner_has_detached_quotes_nothing(
    network: Network, reading: Bluesky, owner: Person, alice: Person, root: Written
) -> None:
    quote = alice.posts("look at this", quoting=root)
    network.settle()
    (post,) = reading.reads()
    gate = {"post": root.uri, "detachedEmbeddingUris": [quote.uri]}
    assert reading.source.posts([post.id])[post.id].quotes == f"bluesky:{root.uri}"
    owner.record("app.bsky.feed.postgate", gate, rkey=root.rkey)
    network.settle()
    assert reading.source.posts([post.id])[post.id].quotes is None


def test_who_may_not_reply_is_not_read(
    network: Network, reading: Bluesky, owner: Person, alice: Person, root: Written
) -> None:
    owner.record("app.bsky.feed.threadgate", {"post": root.uri, "allow": []}, rkey=root.rkey)
    network.settle()
    alice.posts("let me in", to=root)
    network.settle()
    assert reading.texts() == []
