"""What the stack itself does: the quirks of the real servers that the adapter is built for. No bot here."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from .people import CHAT, Network, Person, Refused, stamp, within


def notifications(owner: Person, **params: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = owner.asks("app.bsky.notification.listNotifications", **params)["notifications"]
    return found


def refusal(act: Callable[[], Any]) -> Refused:
    with pytest.raises(Refused) as refused:
        act()
    return refused.value


def test_a_reply_arrives_as_a_notification_within_seconds(network: Network, owner: Person, alice: Person) -> None:
    root = owner.posts("a root")
    network.settle()
    reply = alice.posts("a reply", to=root)
    within(5, lambda: reply.uri in [item["uri"] for item in notifications(owner)])


def test_before_anything_was_seen_only_the_top_notification_counts_as_unread(
    network: Network, owner: Person, alice: Person
) -> None:
    root = owner.posts("a root")
    network.settle()
    for n in range(3):
        alice.posts(f"reply {n}", to=root)
    network.settle()
    assert sum(not item["isRead"] for item in notifications(owner)) <= 1


def test_a_backdated_reply_arrives_below_older_ones(network: Network, owner: Person, alice: Person) -> None:
    root = owner.posts("a root")
    network.settle()
    for n in range(5):
        alice.posts(f"reply {n}", to=root)
    network.settle()
    late = alice.posts("backdated", to=root, createdAt=stamp(datetime.now(UTC) - timedelta(hours=2)))
    network.settle()
    assert notifications(owner)[-1]["uri"] == late.uri


def test_a_reply_that_mentions_and_quotes_arrives_once_as_a_mention(
    network: Network, owner: Person, alice: Person
) -> None:
    root = owner.posts("a root")
    network.settle()
    all_three = alice.posts("all three", to=root, quoting=root, naming=owner)
    network.settle()
    assert [(item["uri"], item["reason"]) for item in notifications(owner)] == [(all_three.uri, "mention")]


def test_equal_times_are_lost_between_two_pages(network: Network, owner: Person, alice: Person) -> None:
    root = owner.posts("a root")
    network.settle()
    same = stamp(datetime.now(UTC))
    for n in range(5):
        alice.posts(f"reply {n}", to=root, createdAt=same)
    network.settle()
    page = owner.asks("app.bsky.notification.listNotifications", limit=2)
    rest = owner.asks("app.bsky.notification.listNotifications", limit=2, cursor=page["cursor"])
    assert (len(page["notifications"]), len(rest["notifications"])) == (2, 0)


def test_a_deleted_middle_post_cuts_its_subtree_out_of_the_roots_view(
    network: Network, owner: Person, alice: Person
) -> None:
    root = owner.posts("a root")
    middle = alice.posts("middle", to=root)
    leaf = alice.posts("leaf", to=middle)
    alice.deletes(middle)
    network.settle()
    from_root = owner.asks("app.bsky.feed.getPostThread", uri=root.uri, depth=100)["thread"]
    from_leaf = owner.asks("app.bsky.feed.getPostThread", uri=leaf.uri, parentHeight=100)["thread"]
    assert from_root["replies"] == []
    assert from_leaf["parent"]["$type"] == "app.bsky.feed.defs#notFoundPost"


def test_an_edited_post_keeps_its_uri_and_changes_its_cid(network: Network, owner: Person, alice: Person) -> None:
    post = alice.posts("hello", naming=owner)
    network.settle()
    alice.edits(post, "hello, edited")
    network.settle()
    (item,) = notifications(owner)
    assert item["uri"] == post.uri
    assert item["cid"] != post.cid


def test_a_garbage_cursor_is_no_client_error(owner: Person) -> None:
    assert refusal(lambda: notifications(owner, cursor="garbage")).status >= 500


def test_only_who_is_followed_may_write_unless_all_may(
    network: Network, owner: Person, person: Callable[[str], Person]
) -> None:
    bot = person("bot")
    network.settle()
    assert refusal(lambda: bot.convo(owner)).name == "NotFollowedBySender"
    rkey = owner.follows(bot)
    network.settle()
    assert bot.convo(owner)
    owner.unfollows(rkey)
    owner.accepts_messages_from("all")
    network.settle()
    assert bot.convo(owner)


def test_nobody_can_message_themselves(owner: Person) -> None:
    assert refusal(lambda: owner.convo(owner)).status == 400


def test_an_app_password_without_messages_is_refused_by_the_pds(owner: Person) -> None:
    plain = owner.logged_in_with(owner.app_password())
    with_messages = owner.logged_in_with(owner.app_password(with_messages=True))
    assert refusal(lambda: plain.asks("chat.bsky.convo.listConvos", chat=True)).name == "InvalidToken"
    assert "convos" in with_messages.asks("chat.bsky.convo.listConvos", chat=True)


def test_the_log_is_in_order_and_holds_ones_own_messages(owner: Person, bot: Person) -> None:
    convo = bot.convo(owner)
    head = bot.asks("chat.bsky.convo.getLog", chat=True)["cursor"]
    sent = bot.tells(owner, "one for you")
    owner.tells(bot, "done 1", answering=sent)
    logs = bot.asks("chat.bsky.convo.getLog", chat=True, cursor=head)["logs"]
    created = [entry["message"] for entry in logs if entry["$type"].endswith("#logCreateMessage")]
    assert [message["text"] for message in created] == ["one for you", "done 1"]
    assert created[1]["replyTo"]["id"] == sent
    assert {entry["convoId"] for entry in logs} == {convo}


def test_a_reaction_is_idempotent(owner: Person, bot: Person) -> None:
    sent = bot.tells(owner, "one for you")
    for _ in range(2):
        owner.reacts(bot, sent, "✅")
    (message,) = bot.messages(owner)
    assert [reaction["value"] for reaction in message["reactions"]] == ["✅"]


@pytest.mark.parametrize(("mode", "stored"), [("drop-before", 0), ("drop-after", 1)])
def test_a_lost_answer_looks_the_same_whether_stored_or_not(
    network: Network, owner: Person, bot: Person, mode: str, stored: int
) -> None:
    bot.convo(owner)
    network.chat_fault("chat.bsky.convo.sendMessage", bot, mode=mode)
    assert refusal(lambda: bot.tells(owner, "lost")).status == 502
    assert bot.texts(owner).count("lost") == stored


def test_the_pds_gives_up_after_ten_seconds_and_the_message_comes_later(
    network: Network, owner: Person, bot: Person
) -> None:
    bot.convo(owner)
    network.chat_fault("chat.bsky.convo.sendMessage", bot, mode="delay", delayMs=12_000)
    started = time.monotonic()
    assert refusal(lambda: bot.tells(owner, "slow")).status == 502
    assert 9 < time.monotonic() - started < 12
    assert bot.texts(owner) == []
    within(6, lambda: bot.texts(owner) == ["slow"])


def test_a_429_of_the_chat_service_loses_its_headers(network: Network, owner: Person, bot: Person) -> None:
    network.chat_fault(
        "chat.bsky.convo.getLog", bot, status=429, error="RateLimitExceeded", headers={"retry-after": "7"}
    )
    headers = {"authorization": f"Bearer {bot.token}", "atproto-proxy": CHAT}
    answer = httpx.get(f"{network.pds}/xrpc/chat.bsky.convo.getLog", headers=headers, trust_env=False)
    assert (answer.status_code, "retry-after" in answer.headers) == (429, False)


@pytest.mark.parametrize(
    ("text", "fits"),
    [
        ("x" * 1000, True),
        ("x" * 1001, False),
        ("👨‍👩‍👧‍👦" * 400, True),  # 25 bytes each: 10,000 bytes
        ("👨‍👩‍👧‍👦" * 401, False),
        ("e\u0301" * 1000, True),
        ("e\u0301" * 1001, False),
    ],
)
def test_a_message_holds_1000_graphemes_and_10000_bytes(owner: Person, bot: Person, text: str, fits: bool) -> None:
    if fits:
        bot.tells(owner, text)
    else:
        assert refusal(lambda: bot.tells(owner, text)).name == "InvalidRequest"


def test_250_messages_are_paged_without_gaps(owner: Person, bot: Person) -> None:
    convo = bot.convo(owner)
    said = [f"message {n}" for n in range(250)]
    for text in said:
        owner.does("chat.bsky.convo.sendMessage", chat=True, convoId=convo, message={"text": text})
    assert bot.texts(owner) == said


def test_no_service_token_was_ever_wrong(network: Network) -> None:
    assert network.chat_door("stats")["badAuth"] == 0


def test_a_group_and_a_stranger_can_reach_the_bot(network: Network, owner: Person, bot: Person, alice: Person) -> None:
    bot.accepts_messages_from("all")
    network.settle()
    alice.tells(bot, "done 1")
    group = network.chat_door("group", name="seeds", members=[owner.did, bot.did, alice.did])["convoId"]
    owner.does("chat.bsky.convo.sendMessage", chat=True, convoId=group, message={"text": "done 1"})
    kinds = {convo["kind"]["$type"] for convo in bot.asks("chat.bsky.convo.listConvos", chat=True)["convos"]}
    assert kinds == {"chat.bsky.convo.defs#directConvo", "chat.bsky.convo.defs#groupConvo"}
