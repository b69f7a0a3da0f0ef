"""Every world of the project keeps the rules of its format; otherwise what is measured on it means nothing."""

import json
import re
from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest

ROOT = Path(__file__).parent.parent
FILES = [ROOT / "bot/demo/world.json", *sorted((ROOT / "evals/worlds").glob("*.json"))]

PERSON = {"id", "name", "network", "handle", "bio", "opt_out", "bot", "followers"}
POST = {"id", "network", "author", "at", "text", "reply_to", "quotes", "visibility", "lang", "spoiler"}
GOLD = {"post", "person", "grade", "kind", "goal", "gist", "why"}
GOAL = {"name", "want", "kind", "weight", "topics", "not"}
KINDS = {
    *("collaboration", "work", "invitation", "introduction", "question", "help", "knowledge", "conversation"),
    "collaborator",
}
NEVER_SHOWN = (  # what a grade 0 that is a hard violation begins with
    *("automated account", "engagement bait", "template spam", "scam", "fake job offer", "keyword-stuffed"),
    *("prompt injection", "mass mention", "hostile", "author opted out", "owner has already answered"),
    "excluded by a goal",
)
LEFT_OUT = (  # and a grade 0 that is merely no item
    *("emoji only", "agreement or praise", "flattery", "boost or shout-out", "joke", "sarcasm", "one-liner", "rant"),
    *("bare link", "reply-guy lecture", "rhetorical question", "echoes the goals", "off-topic", "thanks"),
    *("acknowledgement", "would like to but cannot", "already done or past", "already answered by somebody else"),
    *("people talking to each other", "offer addressed to somebody else", "cross-posted duplicate"),
)
OPT_OUT = re.compile(r"#no(?:bots?|ai|archive)\b", re.IGNORECASE)
LIMIT = {"mastodon": 500, "bluesky": 300}
COLD_AFTER = timedelta(days=7)


def load(path):
    text = path.read_text(encoding="utf-8")
    world = SimpleNamespace(text=text, **json.loads(text))
    world.zone = ZoneInfo(world.owner["timezone"])
    world.person = {p["id"]: p for p in world.people}
    world.post = {p["id"]: p for p in world.posts}
    world.grade = {g["post"]: g["grade"] for g in world.gold}
    world.addressed = [p["id"] for p in world.posts if is_addressed(p, world)]
    return world


@pytest.fixture(params=FILES, ids=lambda path: path.stem)
def world(request):
    return load(request.param)


def at(post):
    return datetime.strptime(post["at"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)


def local_day(post, world):
    return at(post).astimezone(world.zone).date().isoformat()


def above(post, world):
    """What this post hangs under, nearest first."""
    while post["reply_to"]:
        post = world.post[post["reply_to"]]
        yield post


def names_the_owner(post, world):
    handle = world.owner["handles"][post["network"]].lstrip("@")
    name = handle.split("@")[0] if post["network"] == "mastodon" else handle
    return re.search(rf"@{re.escape(name)}(?![\w-])", post["text"]) is not None


def is_addressed(post, world):
    if post["author"] == "owner":
        return False
    hangs_under_the_owner = any(p["author"] == "owner" for p in above(post, world))
    quotes_the_owner = bool(post["quotes"]) and world.post[post["quotes"]]["author"] == "owner"
    return hangs_under_the_owner or quotes_the_owner or names_the_owner(post, world)


def digest_at(day, world):
    return datetime.combine(date.fromisoformat(day) + timedelta(days=1), time(7), world.zone)


def test_the_demo_has_a_world():
    assert FILES[0].exists()


def test_a_world_is_readable_in_a_diff(world):
    raw = json.loads(world.text)
    assert list(raw) == ["owner", "people", "posts", "gold", "days", "cold"]
    assert world.text == json.dumps(raw, indent=1, ensure_ascii=False) + "\n"


def test_every_record_has_exactly_its_keys(world):
    assert set(world.owner) == {"name", "handles", "timezone", "goals"}
    assert set(world.owner["handles"]) == {"mastodon", "bluesky"}
    assert all(set(goal) == GOAL for goal in world.owner["goals"])
    assert all(set(person) == PERSON for person in world.people)
    assert all(set(post) == POST for post in world.posts)
    assert all(set(entry) == GOLD for entry in world.gold)
    assert all(set(day) == {"date", "ideal", "acceptable", "never"} for day in world.days)
    assert all(set(entry) == {"post", "who"} for entry in world.cold)


def test_ids_and_handles_are_unique(world):
    for values in (
        [p["id"] for p in world.people],
        [(p["network"], p["handle"]) for p in world.people],
        [p["id"] for p in world.posts],
        [g["post"] for g in world.gold],
        [g["name"] for g in world.owner["goals"]],
    ):
        assert [value for value, times in Counter(values).items() if times > 1] == []


def test_goals_say_what_they_want(world):
    for goal in world.owner["goals"]:
        assert goal["want"]
        assert goal["kind"]
        assert 1 <= goal["weight"] <= 5
        assert goal["topics"]
        assert goal["not"]


def test_everybody_writes_on_their_own_network(world):
    written = {p["author"] for p in world.posts} - {"owner"}
    assert written == set(world.person)
    for post in world.posts:
        if post["author"] != "owner":
            assert post["network"] == world.person[post["author"]]["network"], post["id"]


def test_only_invented_places(world):
    handles = [*world.owner["handles"].values(), *(p["handle"] for p in world.people)]
    assert [h for h in handles if not h.endswith(".example")] == []
    for person in world.people:
        assert person["handle"].count("@") == (person["network"] == "mastodon"), person["id"]
    texts = [*(p["text"] for p in world.posts), *(p["bio"] for p in world.people)]
    links = [host for text in texts for host in re.findall(r"https?://([^\s/]+)", text)]
    hosts = [host for text in texts for host in re.findall(r"\b[\w-]+\.(?:com|net|org|io|dev|social|app)\b", text)]
    assert [host for host in links if not host.endswith(".example")] == []
    assert hosts == []


def test_a_post_is_as_the_networks_allow(world):
    for post in world.posts:
        assert post["text"].strip() == post["text"] != "", post["id"]
        assert len(post["text"]) <= LIMIT[post["network"]], post["id"]
        assert re.fullmatch("[a-z]{2}", post["lang"]), post["id"]
        assert post["visibility"] in {"public", "unlisted", "followers", "direct"}, post["id"]
        if post["network"] == "bluesky":
            assert (post["visibility"], post["spoiler"]) == ("public", None), post["id"]


def test_posts_stand_in_the_order_of_time(world):
    times = [at(p) for p in world.posts]
    assert times == sorted(times)


def test_a_reply_or_quote_comes_later_and_on_the_same_network(world):
    for post in world.posts:
        for parent in filter(None, (post["reply_to"], post["quotes"])):
            assert at(world.post[parent]) < at(post), post["id"]
            assert world.post[parent]["network"] == post["network"], post["id"]


def test_who_answers_on_mastodon_names_whom(world):
    """A reply there carries the name of whom it answers; the demo's server and the adapter rely on it."""
    for post in world.posts:
        if post["network"] != "mastodon" or not post["reply_to"]:
            continue
        parent = world.post[post["reply_to"]]
        if parent["author"] == post["author"]:
            continue
        if parent["author"] == "owner":
            assert names_the_owner(post, world), post["id"]
        else:
            name = world.person[parent["author"]]["handle"].split("@")[0]
            assert f"@{name}" in post["text"], post["id"]


def test_a_direct_post_names_the_owner(world):
    for post in world.posts:
        if post["visibility"] == "direct" and post["author"] != "owner":
            assert names_the_owner(post, world), post["id"]


def test_every_addressed_post_has_one_gold_entry_and_no_other_post_has(world):
    assert sorted(g["post"] for g in world.gold) == sorted(world.addressed)
    assert all(g["person"] == world.post[g["post"]]["author"] for g in world.gold)


def test_gold_is_filled_as_its_grade_asks(world):
    goals = {goal["name"] for goal in world.owner["goals"]}
    for entry in world.gold:
        assert entry["why"], entry
        if entry["grade"] == 0:
            assert (entry["kind"], entry["goal"], entry["gist"]) == (None, None, ""), entry
            assert entry["why"].startswith((*NEVER_SHOWN, *LEFT_OUT)), entry
        else:
            assert entry["grade"] in {1, 2, 3}, entry
            assert entry["kind"] in KINDS, entry
            assert entry["goal"] in goals | {None}, entry
            assert entry["gist"], entry
            assert entry["gist"] in world.post[entry["post"]]["text"], entry
            assert "@" not in entry["gist"], entry


def test_a_collaborator_is_a_pattern(world):
    """Three posts and more on three days and more, at least one of them answered; the gold stands on the latest."""
    for entry in world.gold:
        if entry["kind"] != "collaborator":
            continue
        theirs = [p for p in world.posts if p["author"] == entry["person"]]
        assert theirs[-1]["id"] == entry["post"], entry
        assert len({local_day(p, world) for p in theirs}) >= 3, entry
        ids = {p["id"] for p in theirs}
        assert any(p["author"] == "owner" and p["reply_to"] in ids for p in world.posts), entry


def test_bots_and_people_who_opt_out_are_never_an_item(world):
    never = {post for day in world.days for post in day["never"]}
    for person in world.people:
        assert person["opt_out"] == bool(OPT_OUT.search(person["bio"])), person["id"]
    for post in world.addressed:
        author = world.person[world.post[post]["author"]]
        if author["opt_out"] or author["bot"]:
            assert world.grade[post] == 0, post
            assert post in never, post


def test_a_fortnight_covers_all_posts_once(world):
    days = [date.fromisoformat(day["date"]) for day in world.days]
    assert days == [days[0] + timedelta(days=n) for n in range(14)]
    assert {local_day(p, world) for p in world.posts} <= {day.isoformat() for day in days}


def test_a_day_lists_its_own_posts(world):
    cold = {entry["post"] for entry in world.cold}
    for day in world.days:
        lists = [day["ideal"], day["acceptable"], day["never"]]
        listed = [post for posts in lists for post in posts]
        assert len(listed) == len(set(listed)), day
        assert all(local_day(world.post[post], world) == day["date"] or post in cold for post in listed), day


def test_the_lists_of_a_day_follow_from_the_grades(world):
    why = {g["post"]: g["why"] for g in world.gold}
    cold = {entry["post"] for entry in world.cold}
    for day in world.days:
        written = [p["id"] for p in world.posts if local_day(p, world) == day["date"]]
        assert sorted(day["ideal"]) == sorted(p for p in written if world.grade.get(p, 0) >= 2), day["date"]
        assert [world.grade[p] for p in day["ideal"]] == sorted((world.grade[p] for p in day["ideal"]), reverse=True)
        weak = {p for p in written if world.grade.get(p) == 1}
        copies = {p for p in written if why.get(p, "").startswith("cross-posted duplicate")}
        assert weak <= set(day["acceptable"]), day["date"]
        assert set(day["acceptable"]) <= weak | copies | cold, day["date"]
        mine = {p for p in written if world.post[p]["author"] == "owner"}
        hard = {p for p in written if why.get(p, "").startswith(NEVER_SHOWN)}
        assert set(day["never"]) == mine | hard, day["date"]


def test_no_more_than_five_are_ideal_and_some_days_are_quiet(world):
    assert max(len(day["ideal"]) for day in world.days) <= 5
    assert 3 <= sum(day["ideal"] == [] for day in world.days) <= 6


def test_nothing_worth_showing_is_answered_before_its_digest(world):
    for entry in world.gold:
        answers = [p for p in world.posts if p["author"] == "owner" and p["reply_to"] == entry["post"]]
        soon = [a for a in answers if at(a) < digest_at(local_day(world.post[entry["post"]], world), world)]
        if entry["grade"]:
            assert soon == [], entry
        if entry["why"].startswith("owner has already answered"):
            assert soon, entry


def test_a_copy_from_the_other_network_repeats_a_graded_post(world):
    for entry in world.gold:
        if entry["why"].startswith("cross-posted duplicate"):
            copy = world.post[entry["post"]]
            others = [p for p in world.posts if p["network"] != copy["network"] and world.grade.get(p["id"], 0) >= 1]
            tail = copy["text"][-30:]
            assert any(p["text"].endswith(tail) and local_day(p, world) == local_day(copy, world) for p in others), (
                entry
            )


def test_an_open_promise_becomes_acceptable_after_seven_days(world):
    assert world.cold
    for entry in world.cold:
        post = world.post[entry["post"]]
        assert entry["who"] in {"owner", "them"}, entry
        assert (post["author"] == "owner") == (entry["who"] == "owner"), entry
        since = date.fromisoformat(local_day(post, world)) + COLD_AFTER
        shown = {
            day["date"] for day in world.days if post["id"] in day["acceptable"] and day["date"] >= since.isoformat()
        }
        assert shown == {day["date"] for day in world.days if day["date"] >= since.isoformat()}, entry


def test_the_same_grade_is_given_whatever_the_audience(world):
    """A world that paired worth with followers would reward what the bot must not look at."""
    worth = [world.person[g["person"]]["followers"] for g in world.gold if g["grade"] >= 2]
    noise = [world.person[g["person"]]["followers"] for g in world.gold if g["grade"] == 0]
    assert min(worth) < 20
    assert max(noise) > 20_000
