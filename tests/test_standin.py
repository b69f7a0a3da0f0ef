"""The judge is judged: our own Mastodon-API server, asked by the client that the bot uses."""

import json
import re
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import regex
import requests
from mastodon import (
    Mastodon,
    MastodonAPIError,
    MastodonInternalServerError,
    MastodonNetworkError,
    MastodonNotFoundError,
    MastodonRatelimitError,
    MastodonUnauthorizedError,
)

from bot.networks.standin import GOTOSOCIAL, MASTODON, Clock, Server, faults, load_world, recipients_of
from bot.networks.standin.texts import mastodon_length, mentions_in, to_html

START = datetime(2026, 11, 22, 7, tzinfo=UTC)
HOUR = timedelta(hours=1)
HOST = "127.0.0.1:4000"
FORMS = json.loads((Path(__file__).parent / "data" / "mention_forms.json").read_text())["forms"]
POST = "POST /api/v1/statuses"


@pytest.fixture
def clock():
    return Clock(START)


@pytest.fixture(params=[MASTODON], ids=["mastodon"])
def server(clock, request):
    with Server(now=clock, software=request.param) as running:
        for name in ("rosa", "bot", "alice"):
            running.account(name)
        running.account("ines@kelp.example", display_name="Ines")
        yield running


def like(*kinds):
    return pytest.mark.parametrize("server", kinds, indirect=True, ids=lambda kind: kind.ids)


@pytest.fixture
def rosa(server):
    return server.find("rosa")


@pytest.fixture
def ines(server):
    return server.find("ines@kelp.example")


@pytest.fixture
def bot(server):
    return server.find("bot")


def client(server, name, scopes="read write:statuses"):
    return Mastodon(
        access_token=server.token(server.find(name), scopes),
        api_base_url=server.url,
        ratelimit_method="throw",
        request_timeout=5,
        version_check_mode="none",
    )


def session(server, name, scopes="read write:statuses"):
    asking = requests.Session()
    asking.headers["Authorization"] = f"Bearer {server.token(server.find(name), scopes)}"
    return asking


def handles(accounts):
    return {account.acct for account in accounts}


# -- texts ------------------------------------------------------------------------------------------------------------


def placed(form):
    return form["text"].replace("HOST", HOST).replace("BASE", f"http://{HOST}")


def names(found):
    return {handle.removesuffix(f"@{HOST}") for handle in found}


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form["form"])
def test_whoever_any_server_reads_as_mentioned_is_a_recipient(form):
    is_read = any(value for column, value in form.items() if column not in {"form", "text"})
    assert ("alice" in names(recipients_of(placed(form)))) == is_read


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form["form"])
def test_people_mention_as_mastodon_reads_them(form):
    assert ("alice" in names(mentions_in(placed(form)))) == form["mastodon_4_7a"]


@pytest.mark.parametrize("text", ["&amp;#64;alice", "&amp;amp;commat;alice", "&#64<i>alice", "@alice.b-c"])
def test_hiding_a_mention_deeper_does_not_help(text):
    assert "alice" in recipients_of(text)


def test_the_names_after_an_address_are_whole():
    assert recipients_of("@Rosa@Social.Example\nhi") == ("rosa@social.example",)


def test_html_is_as_mastodon_writes_it():
    text = "@rosa see https://www.example.org/a-rather-long-path/to-a-page?x=1&y=2, it's <b>\n#Kelp\n\nbye @nobody"
    assert to_html(text, base="https://social.example", profiles={"rosa": "https://social.example/@rosa"}) == (
        '<p><span class="h-card" translate="no"><a href="https://social.example/@rosa" class="u-url mention">'
        "@<span>rosa</span></a></span> see "
        '<a href="https://www.example.org/a-rather-long-path/to-a-page?x=1&amp;y=2" target="_blank" '
        'rel="nofollow noopener" translate="no"><span class="invisible">https://www.</span>'
        '<span class="ellipsis">example.org/a-rather-long-path</span>'
        '<span class="invisible">/to-a-page?x=1&amp;y=2</span></a>, it&#x27;s &lt;b&gt;<br />'
        '<a href="https://social.example/tags/kelp" class="mention hashtag" rel="tag">#<span>Kelp</span></a></p>'
        "<p>bye @nobody</p>"
    )


@pytest.mark.parametrize(
    "text", ["plain", "e\u0301", "👨‍👩‍👧‍👦!", "🇩🇪🇫🇷🇧", "👍🏽1️⃣☠️", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "한국어", "กำ", "a\r\nb", ""]
)
def test_length_is_counted_in_graphemes(text):
    assert mastodon_length(text) == len(regex.findall(r"\X", text))


def test_a_link_counts_23_and_a_mention_without_its_server():
    assert mastodon_length(f"https://example.org/{'a' * 90}") == 23
    assert mastodon_length("@rosa@a-very-long-name.example hi") == len("@rosa hi")


# -- who is sent a post -----------------------------------------------------------------------------------------------


def test_a_direct_post_reaches_whom_it_names(server, rosa):
    sent = client(server, "bot").status_post("@rosa@social.example\nhello", visibility="direct")
    assert handles(sent.mentions) == {"rosa"}
    assert [post.text for post in server.messages_to(rosa)] == ["@rosa@social.example\nhello"]
    assert 'class="u-url mention">@<span>rosa</span>' in sent.content


@pytest.mark.parametrize("text", ["x@alice", "&#64;alice", "@<b>alice</b>", "@alice@social.example", "(@ALICE)"])
def test_the_worst_reading_of_a_text_counts(server, text):
    sent = client(server, "bot").status_post(f"@rosa {text}", visibility="direct")
    assert handles(sent.mentions) == {"rosa", "alice"}


def test_whoever_is_named_exists(server):
    sent = client(server, "bot").status_post("@rosa by @never.seen and @some@where.example", visibility="direct")
    assert handles(sent.mentions) == {"rosa", "never", "never.seen", "some@where.example"}


def test_a_content_warning_is_not_scanned(server):
    sent = client(server, "bot").status_post("@rosa hi", spoiler_text="@alice", visibility="direct")
    assert handles(sent.mentions) == {"rosa"}


@like(MASTODON, replace(MASTODON, replies_reach_the_author=False))
def test_an_answer_may_reach_whom_it_answers_without_a_name(server, ines):
    post = server.post(ines, "anybody?")
    sent = client(server, "bot").status_post("@rosa look", in_reply_to_id=post.id, visibility="direct")
    expected = {"rosa", "ines@kelp.example"} if server.software.replies_reach_the_author else {"rosa"}
    assert handles(sent.mentions) == expected


def test_allowed_mentions_bound_the_recipients(server, rosa):
    data = {"status": "@rosa and @alice", "visibility": "direct", "allowed_mentions[]": [rosa.id]}
    answer = session(server, "bot").post(f"{server.url}/api/v1/statuses", data=data)
    assert answer.status_code == 422
    assert answer.json()["error"] == "Post would be sent to unexpected accounts"
    assert [account["acct"] for account in answer.json()["unexpected_accounts"]] == ["alice"]
    assert not server.statuses


@like(GOTOSOCIAL)
def test_not_every_server_knows_allowed_mentions(server, rosa):
    data = {"status": "@rosa and @alice", "visibility": "direct", "allowed_mentions": [rosa.id]}
    assert session(server, "bot").post(f"{server.url}/api/v1/statuses", json=data).ok


# -- posting ----------------------------------------------------------------------------------------------------------


@like(MASTODON, GOTOSOCIAL)
def test_a_key_makes_a_repeat_harmless_for_an_hour_where_it_is_known(server, clock, rosa):
    def post():
        return client(server, "bot").status_post("@rosa hi", visibility="direct", idempotency_key="k").id

    first, again = post(), post()
    assert (first == again) == server.software.is_idempotent
    clock.advance(HOUR)
    assert post() not in {first, again}


def test_length_is_limited_as_the_server_says(server):
    writer = client(server, "bot")
    limit = writer.instance_v2().configuration.statuses.max_characters
    assert writer.status_post("é" * limit).id
    with pytest.raises(MastodonAPIError) as refused:
        writer.status_post("é" * (limit + 1))
    assert refused.value.args[1] == 422
    with pytest.raises(MastodonAPIError):
        writer.status_post("é" * limit, spoiler_text="x")


@like(GOTOSOCIAL)
def test_some_count_code_points(server):
    with pytest.raises(MastodonAPIError):
        client(server, "bot").status_post("👨‍👩‍👧‍👦" * 1000)


@pytest.mark.parametrize(("status", "code"), [({"status": " "}, 422), ({"status": "x", "in_reply_to_id": "1"}, 404)])
def test_what_cannot_be_posted_is_refused(server, status, code):
    assert session(server, "bot").post(f"{server.url}/api/v1/statuses", data=status).status_code == code


def test_only_own_posts_can_be_deleted(server, rosa, ines):
    post = server.post(ines, "@rosa hi")
    with pytest.raises(MastodonNotFoundError):
        client(server, "bot").status_delete(post.id)
    own = client(server, "bot").status_post("@rosa hi", visibility="direct")
    assert client(server, "bot").status_delete(own.id).text == "@rosa hi"
    assert server.messages_to(rosa) == []


# -- who sees a post --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("visibility", "seers"),
    [
        ("public", {"bot", "alice", "rosa", "nobody"}),
        ("unlisted", {"bot", "alice", "rosa", "nobody"}),
        ("private", {"bot", "alice", "rosa"}),
        ("direct", {"bot", "rosa"}),
    ],
)
def test_only_those_it_is_for_see_a_post(server, bot, visibility, seers):
    server.follow(server.find("alice"), bot)
    post = server.post(bot, "@rosa hello", visibility=visibility)
    asking = {name: session(server, name) for name in ("bot", "alice", "rosa")} | {"nobody": requests.Session()}
    seeing = {
        name for name, asks in asking.items() if asks.get(f"{server.url}/api/v1/statuses/{post.id}").status_code == 200
    }
    listed = {
        name for name, asks in asking.items() if asks.get(f"{server.url}/api/v1/accounts/{bot.id}/statuses").json()
    }
    assert seeing == listed == seers


def test_the_blocked_do_not_see_their_blocker(server, ines, rosa):
    post = server.post(ines, "@rosa hello")
    server.block(ines, rosa)
    with pytest.raises(MastodonNotFoundError):
        client(server, "rosa").status(post.id)


def test_a_context_is_the_visible_tree(server, rosa, ines):
    root = server.post(rosa, "root")
    first = server.post(ines, "@rosa first", reply_to=root)
    server.post(ines, "secret", reply_to=root, visibility="direct")
    own = server.post(rosa, "own", reply_to=root)
    below = server.post(ines, "@rosa below", reply_to=first)
    context = client(server, "bot").status_context(root.id)
    assert [post.id for post in context.descendants] == [post.id for post in (own, first, below)]
    assert [post.id for post in client(server, "bot").status_context(below.id).ancestors] == [
        post.id for post in (root, first)
    ]


def test_a_context_leaves_out_whom_the_viewer_mutes(server, rosa, ines):
    root = server.post(rosa, "root")
    server.post(ines, "@rosa hi", reply_to=root)
    server.mute(rosa, ines)
    assert client(server, "rosa").status_context(root.id).descendants == []
    assert client(server, "rosa").account_relationships([ines.id])[0].muting


def test_who_goes_on_talking_to_themselves_still_answers_the_other(server, rosa, ines):
    first = server.post(ines, "@rosa hi", reply_to=server.post(rosa, "root"))
    more = server.post(ines, "and another thing", reply_to=first)
    assert client(server, "rosa").status(more.id).in_reply_to_account_id == rosa.id


def test_several_at_once(server, rosa, ines):
    posts = [server.post(ines, "@rosa 1"), server.post(ines, "secret", visibility="direct")]
    assert len(client(server, "rosa").statuses([post.id for post in posts])) == 1
    assert handles(client(server, "rosa").accounts([rosa.id, ines.id])) == {"rosa", "ines@kelp.example"}


@pytest.mark.parametrize(("path", "most"), [("accounts", 40), ("statuses", 20)])
def test_there_is_a_limit_to_how_many_at_once(server, path, most):
    asking, url = session(server, "rosa"), f"{server.url}/api/v1/{path}"
    assert asking.get(url, params={"id[]": [str(number) for number in range(most)]}).json() == []
    assert asking.get(url, params={"id[]": [str(number) for number in range(most + 1)]}).status_code == 422


# -- notifications ----------------------------------------------------------------------------------------------------


def told(server, name="rosa", **how):
    return client(server, name).notifications(**how)


def test_mentions_and_quotes_are_told_and_replies_without_a_name_are_not(server, rosa, ines):
    own = server.post(rosa, "root")
    server.post(ines, "@rosa hi", reply_to=own)
    server.post(ines, "hi", reply_to=own)
    server.post(ines, "look at this", quotes=own)
    server.follow(ines, rosa)
    assert [each.type for each in told(server)] == ["follow", "quote", "mention"]
    assert [each.type for each in told(server, types=["mention", "quote", "pending.reply"])] == ["quote", "mention"]
    assert [each.type for each in told(server, exclude_types=["quote", "follow"])] == ["mention"]
    assert told(server, types=["pending.reply"]) == []


def test_a_quote_carries_the_quoted_post(server, rosa, ines):
    own = server.post(rosa, "root")
    server.post(ines, "look", quotes=own)
    quoting = told(server)[0].status
    assert quoting.quote.state == "accepted"
    assert quoting.quote.quoted_status.id == own.id
    assert quoting.content.startswith('<p class="quote-inline">RE: <a href="https://social.example/@rosa/')


def test_an_edit_tells_nobody_and_leaves_a_date(server, clock, ines):
    post = server.post(ines, "@rosa one")
    clock.advance(HOUR)
    server.edit(post, "@rosa two")
    (only,) = told(server)
    assert only.status.edited_at == START + HOUR
    assert "two" in only.status.content


def test_a_deleted_post_takes_its_notification_along_and_leaves_its_answers(server, rosa, ines):
    post = server.post(ines, "@rosa one")
    answer = server.post(rosa, "@ines@kelp.example yes", reply_to=post)
    server.delete(post)
    assert told(server) == []
    seen = client(server, "rosa").status(answer.id)
    assert (seen.in_reply_to_id, seen.in_reply_to_account_id) == (None, ines.id)


def test_the_blocked_and_the_muted_are_not_told_of(server, rosa, ines):
    server.post(ines, "@rosa one")
    server.block(rosa, ines)
    server.post(ines, "@rosa two")
    assert told(server) == []


def test_private_mentions_of_strangers_are_filtered(server, rosa, bot):
    server.say_direct(bot, "your list", to=rosa)
    assert told(server) == []
    asking = session(server, "rosa")
    (hidden,) = asking.get(f"{server.url}/api/v1/notifications?include_filtered=true").json()
    assert hidden["filtered"]
    assert asking.get(f"{server.url}/api/v2/notifications/policy").json()["summary"] == {
        "pending_requests_count": 1,
        "pending_notifications_count": 1,
    }


def test_what_is_accepted_late_keeps_its_old_id(server, rosa, bot, ines):
    server.say_direct(bot, "your list", to=rosa)
    newest = server.post(ines, "@rosa hi")
    cursor = told(server)[0].id
    server.accept_filtered(rosa, bot)
    assert told(server, min_id=cursor) == []
    assert told(server)[0].status.id == newest.id
    assert len(told(server)) == 2


def test_private_mentions_of_the_followed_and_of_the_answered_arrive(server, rosa, bot, ines):
    server.follow(rosa, bot)
    message = server.say_direct(bot, "your list", to=rosa)
    server.say_direct(rosa, "done 1", to=bot, reply_to=message)
    server.say_direct(rosa, "done 2", to=bot)
    assert len(told(server)) == 1
    assert ["done 1" in each.status.content for each in told(server, "bot", types=["mention"])] == [True]


@like(MASTODON, GOTOSOCIAL, replace(MASTODON, ids="small"))
def test_min_id_gives_the_next_page_and_since_id_the_newest(server, ines, rosa):
    texts = [f"@rosa {number}" for number in range(7)]
    for text in texts:
        server.post(ines, text)
    asking = session(server, "rosa")

    def page(**how):
        found = asking.get(f"{server.url}/api/v1/notifications", params=how).json()
        return [re.sub("<[^>]*>", "", each["status"]["content"]) for each in found], [each["id"] for each in found]

    shown, ids = page()
    assert shown == texts[::-1]
    assert page(min_id=ids[-1], limit=2)[0] == texts[1:3][::-1]
    assert page(since_id=ids[-1], limit=2)[0] == texts[5:][::-1]
    assert page(max_id=ids[0], limit=2)[0] == texts[4:6][::-1]
    assert page(min_id=ids[0])[0] == []


@like(MASTODON, GOTOSOCIAL)
def test_pages_have_a_cap_and_a_link_to_the_next(server, ines):
    for number in range(90):
        server.post(ines, f"@rosa {number}")
    reader = client(server, "rosa")
    page = reader.notifications(types=["mention"], limit=1000)
    assert len(page) == server.software.notifications_a_page
    assert len(reader.fetch_remaining(page)) == 90


@like(GOTOSOCIAL)
def test_ids_may_have_letters(server, ines):
    assert re.fullmatch(r"[0-9A-HJKMNP-TV-Z]{26}", server.post(ines, "hi").id)


def test_only_those_of_one_account(server, ines):
    server.post(ines, "@rosa hi")
    server.post(server.find("alice"), "@rosa hi")
    assert handles(each.account for each in told(server, account_id=ines.id)) == {"ines@kelp.example"}


def test_posts_appear_when_the_clock_passes_them(server, clock, ines):
    server.post(ines, "@rosa tomorrow", at=START + 24 * HOUR)
    late = server.post(ines, "@rosa slow", at=START, arrives_at=START + HOUR)
    assert told(server) == []
    clock.advance(HOUR)
    (arrived,) = told(server)
    assert (arrived.status.id, arrived.status.created_at, arrived.created_at) == (late.id, START, START + HOUR)
    clock.advance(23 * HOUR)
    assert len(told(server)) == 2


# -- keys, searching, talks, the server itself ------------------------------------------------------------------------


def test_a_reading_key_cannot_write(server):
    with pytest.raises(MastodonAPIError) as refused:
        client(server, "rosa", "read").status_post("hi")
    assert refused.value.args[1:] == (403, "Forbidden", "This action is outside the authorized scopes")


def test_narrow_scopes_open_only_what_they_name(server):
    narrow = client(server, "rosa", "profile read:notifications")
    assert narrow.me().acct == "rosa"
    assert narrow.notifications() == []
    assert narrow.app_verify_credentials().scopes == ["profile", "read:notifications"]
    with pytest.raises(MastodonAPIError):
        narrow.account_relationships([1])


def test_unknown_and_revoked_keys_are_refused(server, rosa):
    token = server.token(rosa)
    server.revoke(token)
    for wrong in (token, "unknown"):
        reader = Mastodon(access_token=wrong, api_base_url=server.url, version_check_mode="none")
        with pytest.raises(MastodonUnauthorizedError):
            reader.me()


def test_logging_in_with_a_code(server, rosa):
    server.at_the_browser = rosa
    id_, secret = Mastodon.create_app("underheard", scopes=["read"], api_base_url=server.url)
    newcomer = Mastodon(client_id=id_, client_secret=secret, api_base_url=server.url, version_check_mode="none")
    page = requests.get(newcomer.auth_request_url(scopes=["read"], allow_http=True), timeout=5).text
    code = re.search('value="(.*)"', page)[1]
    newcomer.log_in(code=code, scopes=["read"], allow_http=True)
    assert newcomer.me().acct == "rosa"
    newcomer.revoke_access_token(allow_http=True)


def test_accounts_and_posts_are_found_by_their_exact_names(server, ines):
    reader, post = client(server, "rosa"), server.post(ines, "@rosa hi")
    assert reader.account_lookup("ines@kelp.example").display_name == "Ines"
    assert handles(reader.search_v2("@ines@kelp.example", result_type="accounts").accounts) == {"ines@kelp.example"}
    assert [found.id for found in reader.search_v2(post.url).statuses] == [post.id]
    with pytest.raises(MastodonNotFoundError):
        reader.account_lookup("nobody")


def test_an_account_shows_what_it_is_given(server):
    server.account("ines@kelp.example", bot=True, note="no #NoBot\n\nplease", fields={"home": "https://a.example"})
    shown = client(server, "rosa").account_lookup("ines@kelp.example")
    assert shown.bot
    assert shown.note == to_html("no #NoBot\n\nplease", base="https://social.example", profiles={})
    assert shown.fields[0].value.startswith('<a href="https://a.example"')


def test_a_conversation_shows_only_its_last_post(server, rosa, bot):
    message = server.say_direct(bot, "your list", to=rosa)
    server.say_direct(rosa, "done 1", to=bot, reply_to=message)
    last = server.say_direct(rosa, "done 2", to=bot, reply_to=message)
    (talk,) = client(server, "bot").conversations()
    assert (handles(talk.accounts), talk.last_status.id) == ({"rosa"}, last.id)


def test_what_the_bot_may_not_use_is_not_there(server):
    asking = session(server, "rosa", "read write")
    for method, path in [("GET", "timelines/public"), ("POST", "statuses/1/favourite"), ("PUT", "statuses/1")]:
        answer = asking.request(method, f"{server.url}/api/v1/{path}", data={"a": "b"})
        assert (answer.status_code, answer.json()) == (404, {"error": "Record not found"})
    assert [request.path for request in server.writes] == ["/api/v1/statuses/1/favourite", "/api/v1/statuses/1"]


@like(replace(MASTODON, lacks=frozenset({"GET /api/v2/instance"})))
def test_an_older_server_lacks_newer_endpoints(server):
    asking = requests.Session()
    assert asking.get(f"{server.url}/api/v2/instance").status_code == 404
    assert asking.get(f"{server.url}/api/v1/instance/").json()["uri"] == "social.example"


def test_every_request_is_logged_with_whose_it_was(server, rosa):
    client(server, "rosa").notifications(types=["mention"], limit=5)
    (request,) = server.requests
    assert (request.method, request.path, request.account) == ("GET", "/api/v1/notifications", rosa)
    assert request.query == {"types": ("mention",), "limit": ("5",)}


def test_limits_end_at_a_time_that_can_be_read(server, clock):
    clock.advance(timedelta(minutes=7))
    answer = requests.get(f"{server.url}/api/v1/instance", timeout=5)
    assert answer.headers["X-RateLimit-Reset"] == "2026-11-22T07:10:00.000Z"
    assert answer.headers["Date"] == "Sun, 22 Nov 2026 07:07:00 GMT"


# -- faults -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "error", "is_done"),
    [
        (faults.lost, MastodonNetworkError, False),
        (faults.answer_lost, MastodonNetworkError, True),
        (faults.refuses(500), MastodonInternalServerError, False),
        (faults.refuses(500, after=True), MastodonInternalServerError, True),
        (faults.refuses(401, "The access token is invalid"), MastodonUnauthorizedError, False),
        (faults.rate_limited, MastodonRatelimitError, False),
        (faults.html_page, MastodonAPIError, True),
        (faults.truncated, MastodonAPIError, True),
    ],
)
def test_a_fault_happens_once(server, rosa, fault, error, is_done):
    server.fault(fault, POST)
    writer = client(server, "bot")
    with pytest.raises(error):
        writer.status_post("@rosa 1", visibility="direct")
    assert len(server.messages_to(rosa)) == is_done
    assert writer.status_post("@rosa 2", visibility="direct").id


def test_a_late_post_is_made_at_its_own_time_and_its_key_counts_then(server, clock, rosa):
    server.fault(faults.late(60), POST)
    writer = client(server, "bot")
    with pytest.raises(MastodonNetworkError):
        writer.status_post("@rosa 1", visibility="direct", idempotency_key="k")
    assert server.messages_to(rosa) == []
    first = writer.status_post("@rosa 1", visibility="direct", idempotency_key="k")
    server.fault(faults.late(60), POST)
    with pytest.raises(MastodonNetworkError):
        writer.status_post("@rosa 2", visibility="direct")
    clock.advance(HOUR)
    assert [(post.text, post.at) for post in server.messages_to(rosa)] == [
        ("@rosa 1", START),
        ("@rosa 2", START + timedelta(minutes=1)),
    ]
    assert server.messages_to(rosa)[0].id == str(first.id)


def test_a_redirect_loses_the_post(server, rosa):
    server.fault(faults.redirects("/api/v1/instance"), POST)
    assert client(server, "bot").status_post("@rosa 1", visibility="direct").id is None
    assert server.messages_to(rosa) == []


def test_nonsense_comes_with_the_true_items(server, ines):
    server.post(ines, "@rosa hi")
    server.fault(faults.nonsense, "GET */notifications")
    items = session(server, "rosa").get(f"{server.url}/api/v1/notifications").json()
    assert {type(item) for item in items} == {str, type(None), dict, list}
    assert items[-1]["status"]["account"]["acct"] == "ines@kelp.example"


def test_an_answer_may_drip_or_be_large(server):
    server.fault(faults.drips(pause=0.01, piece=200), "GET */instance")
    begun = time.monotonic()
    assert requests.get(f"{server.url}/api/v1/instance", timeout=5).ok
    assert time.monotonic() - begun > 0.02
    server.fault(faults.padded(3_000_000))
    assert len(requests.get(f"{server.url}/api/v1/instance", timeout=5).content) > 3_000_000


def test_a_server_may_add_a_recipient(server, rosa):
    server.fault(faults.reaches_also("mallory@evil.example"), POST)
    data = {"status": "@rosa 1", "visibility": "direct", "allowed_mentions[]": [rosa.id]}
    sent = session(server, "bot").post(f"{server.url}/api/v1/statuses", data=data).json()
    assert [each["acct"] for each in sent["mentions"]] == ["rosa", "mallory@evil.example"]


def test_a_server_may_ignore_the_visibility(server):
    server.fault(faults.made("public"), POST)
    assert client(server, "bot").status_post("@rosa 1", visibility="direct").visibility == "public"


def test_faults_can_be_for_ever_until_healed(server):
    server.fault(faults.lost, times=float("inf"))
    for _ in range(3):
        with pytest.raises(requests.ConnectionError):
            requests.get(f"{server.url}/api/v1/instance", timeout=5)
    server.heal()
    assert requests.get(f"{server.url}/api/v1/instance", timeout=5).ok


def test_a_bug_of_the_server_itself_is_raised_where_it_is_left(clock):
    server = Server(now=clock)

    def broken(*_):
        raise ZeroDivisionError

    server.fault(broken)
    with pytest.raises(ZeroDivisionError), server:
        requests.get(f"{server.url}/api/v1/instance", timeout=5)


# -- worlds -----------------------------------------------------------------------------------------------------------


def person(id_, handle, network="mastodon", **more):
    usual = {"name": id_, "bio": "tea", "opt_out": False, "bot": False, "followers": 3}
    return {"id": id_, "network": network, "handle": handle, **usual, **more}


def written(id_, author, text, *, hours, network="mastodon", **more):
    usual = {"reply_to": None, "quotes": None, "visibility": "public", "lang": "en", "spoiler": None}
    at = (START + hours * HOUR).isoformat().replace("+00:00", "Z")
    return {"id": id_, "network": network, "author": author, "at": at, "text": text, **usual, **more}


WORLD = {
    "owner": {"name": "Mira", "handles": {"mastodon": "@mira@ebbe.example", "bluesky": "mira.example"}},
    "people": [
        person("pit", "pit@norden.example", followers=38),
        person("shy", "shy@norden.example", opt_out=True),
        person("sly", "sly@norden.example", opt_out=True),
        person("sky", "sky.bsky.example", network="bluesky"),
    ],
    "posts": [
        written("a1", "owner", "Look", hours=1),
        written("a2", "pit", "@mira and @other, nice", hours=2, reply_to="a1", spoiler="plankton"),
        written("a3", "owner", "@pit thanks", hours=3, reply_to="a2"),
        written("a4", "sky", "hello", hours=4, network="bluesky", reply_to="a1"),
    ],
}


def test_a_world_appears_day_by_day(clock):
    with Server(now=clock) as server:
        world = load_world(server, WORLD)
        reader = client(server, "mira")
        assert reader.notifications() == []
        clock.advance(3 * HOUR)
        (told_of,) = reader.notifications()
        assert told_of.status.spoiler_text == "plankton"
        assert told_of.account.followers_count == 38
        assert handles(told_of.status.mentions) == {"mira", "other@norden.example"}
        answer = reader.status(world.posts["a3"].id)
        assert handles(answer.mentions) == {"pit@norden.example"}
        assert "@<span>pit</span>" in answer.content
        assert "nobot" in world.people["shy"].shown["note"].lower()
        assert "nobot" in world.people["sly"].shown["fields"][0]["value"].lower()


def test_what_stands_on_another_network_can_be_put_here(clock):
    with Server(now=clock) as server:
        world = load_world(server, WORLD, ("mastodon", "bluesky"))
        clock.advance(5 * HOUR)
        assert handles(each.account for each in client(server, "mira").notifications()) == {
            "pit@norden.example",
            "sky@bsky.example",
        }
        assert server.tokens[world.bot_token].scopes == "read write:statuses"
