"""The owner's words to the bot are heard, once and in order; nobody else's are, and none that anybody else can read."""

from datetime import timedelta

import pytest
from mastodon_stage import HOUR, INBOX, POST, SECOND, START, Stage, paths, stage

from bot.errors import NetworkError, Unauthorized
from bot.networks.standin import GOTOSOCIAL, MASTODON, PLEROMA, TAKAHE, faults

SOFTWARE = {"mastodon": MASTODON, "gotosocial": GOTOSOCIAL, "takahe": TAKAHE, "pleroma": PLEROMA}
every_server = pytest.mark.parametrize("on", SOFTWARE.values(), indirect=True, ids=SOFTWARE)


@pytest.fixture
def on(request):
    with stage(getattr(request, "param", MASTODON)) as one:
        one.listen()
        yield one


@pytest.fixture
def alone():
    with stage(alone=True) as one:
        one.listen()
        yield one


# -- the owner --------------------------------------------------------------------------------------------------------


@every_server
def test_a_message_of_the_owner_is_heard_once(on: Stage):
    message = on.tell("done 1")
    (heard,) = on.listen()
    assert (heard.id, heard.text, heard.sent_at) == (f"mastodon:{message.id}", "done 1", START + SECOND)
    assert on.listen() == []


@every_server
def test_two_hundred_answers_in_a_burst_are_each_heard_once_in_their_order(on: Stage):
    """Within one second, even: the order is that of the list, not of the times."""
    on.tell("before")
    on.listen()
    for number in range(200):
        on.server.say_direct(on.rosa, str(number), to=on.bot)
    assert on.words() == [str(number) for number in range(200)]
    assert on.words() == []


def test_an_answer_says_which_message_it_answers(on: Stage):
    listed = on.send("your list")
    message = on.server.statuses[listed.partition(":")[2]]
    on.tell("done 1", reply_to=message)
    (heard,) = on.listen()
    assert heard.reply_to == listed


@pytest.mark.parametrize(
    ("written", "heard"),
    [
        ("@rosasbot done 1", "done 1"),
        ("@rosasbot@social.example done 1", "done 1"),
        ("@rosasbot, done 1", "done 1"),
        ("@rosasbot: done 1", "done 1"),
        ("@rosasbot\n\ndone 1\nlater 2", "done 1\nlater 2"),
        ("done 1 @rosasbot", "done 1 @rosasbot"),
        ("@rosasbot ✅ 1", "✅ 1"),
        ("@rosasbot note 1 see https://kelp.example/a?b=1&c=2", "note 1 see https://kelp.example/a?b=1&c=2"),
        ("@rosasbot <b>done</b> & 1", "<b>done</b> & 1"),
        ("@rosasbot", ""),
    ],
)
def test_the_words_are_heard_without_the_name_and_without_markup(on: Stage, written, heard):
    on.wait()
    on.server.post(on.rosa, written, visibility="direct")
    assert on.words() == [heard]


def test_what_came_before_the_start_is_not_obeyed():
    with stage() as on:
        on.tell("stop")
        assert on.words() == []
        on.tell("start")
        assert on.words() == ["start"]


@pytest.mark.parametrize("earlier", [0, 1, 30])
def test_the_first_message_after_the_start_is_heard(earlier):
    with stage() as on:
        for number in range(earlier):
            on.tell(str(number))
        on.listen()
        on.listen()
        on.tell("done 1")
        assert on.words() == ["done 1"]


def test_a_message_that_is_edited_later_is_heard_as_it_was_and_not_again(on: Stage):
    message = on.tell("done 1")
    assert on.words() == ["done 1"]
    on.wait()
    on.server.edit(message, "@rosasbot stop")
    assert on.words() == []


def test_a_message_edited_before_it_was_heard_is_heard_as_it_is_now(on: Stage):
    message = on.tell("don 1")
    on.server.edit(message, "@rosasbot done 1")
    assert on.words() == ["done 1"]


def test_a_message_deleted_before_it_was_heard_is_not_heard(on: Stage):
    on.tell("done 1")
    on.server.delete(on.tell("stop"))
    assert on.words() == ["done 1"]


def test_deleting_old_messages_makes_nothing_heard_again(on: Stage):
    messages = [on.tell(str(number)) for number in range(25)]
    assert len(on.listen()) == 25
    for message in messages[::3]:
        on.server.delete(message)
    assert on.words() == []
    on.tell("new")
    assert on.words() == ["new"]


def test_a_message_that_the_bots_own_account_filters_is_heard():
    """Mastodon filters private mentions from whom an account does not follow, and a bot follows nobody."""
    with stage() as on:
        on.listen()
        on.tell("done 1")
        assert on.server.notifications[-1].is_filtered
        assert on.words() == ["done 1"]


def test_after_a_crash_before_the_cursor_was_kept_the_same_messages_are_heard_under_the_same_ids(on: Stage):
    on.tell("done 1")
    before = on.heard_cursor
    first = on.listen()
    on.restart()
    on.heard_cursor = before
    assert on.listen() == first


@pytest.mark.parametrize("fault", [faults.refuses(500), faults.html_page, faults.lost, faults.rate_limited])
def test_trouble_while_listening_loses_no_word(on: Stage, fault):
    for number in range(100):
        on.tell(str(number))
    on.server.fault(lambda server, request: server.handle(request), INBOX)
    on.server.fault(fault, INBOX, times=3)
    with pytest.raises(NetworkError):
        on.listen()
    on.server.heal()
    assert on.words() == [str(number) for number in range(100)]


def test_odd_items_among_the_notifications_cost_no_word(on: Stage):
    on.tell("done 1")
    on.server.fault(faults.nonsense, INBOX)
    assert on.words() == ["done 1"]
    on.tell("done 2")
    assert on.words() == ["done 2"]


@pytest.mark.parametrize(
    "odd",
    [{"id": None}, {"created_at": "soon"}, {"mentions": None}, {"mentions": "x"}, {"account": None}, {"content": None}],
)
def test_a_message_that_cannot_be_read_holds_up_no_other(on: Stage, odd):
    on.tell("odd", **odd)
    on.tell("done 1")
    assert on.words()[-1:] == ["done 1"]
    assert on.words() == []


def test_a_refused_key_of_the_bot_is_known_as_such(on: Stage):
    on.server.revoke(on.bot_token)
    with pytest.raises(Unauthorized):
        on.listen()


# -- nobody else ------------------------------------------------------------------------------------------------------


@every_server
def test_nobody_but_the_owner_is_heard(on: Stage):
    """Not by the name either: an account of the same name at another server is a stranger."""
    impostor = on.server.account("rosa@evil.example", display_name="Rosa", url="https://social.example/@rosa")
    near = on.server.account("r0sa", display_name="Rosa")
    for stranger in (on.ines, impostor, near):
        on.tell("stop", by=stranger)
    assert on.words() == []
    on.tell("done 1")
    assert on.words() == ["done 1"]


@every_server
@pytest.mark.parametrize("visibility", ["public", "unlisted", "private"])
def test_what_is_said_where_others_can_read_it_is_no_command(on: Stage, visibility):
    on.wait()
    on.server.post(on.rosa, "@rosasbot stop", visibility=visibility)
    assert on.words() == []


@every_server
def test_what_a_third_person_reads_too_is_no_command(on: Stage):
    on.wait()
    on.server.post(on.rosa, "@rosasbot @ines@kelp.example stop", visibility="direct")
    on.server.post(on.rosa, "@ines@kelp.example @rosasbot stop", visibility="direct")
    assert on.words() == []


def test_a_boost_of_the_bots_words_is_no_command(on: Stage):
    listed = on.send("done 1 · no 3")
    message = on.server.statuses[listed.partition(":")[2]]
    on.server.notify(on.bot, "reblog", on.rosa, message)
    on.server.notify(on.bot, "favourite", on.rosa, message)
    assert on.words() == []


def test_a_quotation_of_the_bots_words_is_not_taken_for_the_owners(on: Stage):
    """Mastodon writes the address of what is quoted above the words; it is not part of them."""
    listed = on.send("done 1 · no 3")
    message = on.server.statuses[listed.partition(":")[2]]
    on.wait()
    on.server.post(on.rosa, "@rosasbot why 2", quotes=message, visibility="direct")
    assert on.words() == ["why 2"]


def test_the_bots_own_words_are_not_heard(on: Stage):
    on.send("done 1")
    assert on.words() == []


def test_a_server_that_ignores_whose_messages_are_asked_for_makes_no_difference(on: Stage):
    """Takahē lists the mentions by everybody."""
    on.server.software = TAKAHE
    for number in range(60):
        on.tell(f"noise {number}", by=on.ines)
        if number % 20 == 0:
            on.tell(str(number))
    assert on.words() == ["0", "20", "40"]


# -- one account for both ---------------------------------------------------------------------------------------------


def below(on: Stage, listed, text, **how):
    return on.tell(text, reply_to=on.server.statuses[listed.partition(":")[2]], **how)


def test_in_a_note_to_self_the_answers_below_the_bots_messages_are_heard(alone: Stage):
    listed = alone.send("your list")
    answer = below(alone, listed, "done 1")
    assert alone.words() == ["done 1"]
    alone.tell("no 2", reply_to=answer)
    assert alone.words() == ["no 2"]
    assert alone.words() == []


def test_in_a_note_to_self_two_hundred_answers_in_a_burst_are_each_heard_once(alone: Stage):
    listed = alone.send("your list")
    for number in range(200):
        below(alone, listed, str(number))
    assert alone.words() == [str(number) for number in range(200)]


def test_other_private_notes_of_the_owner_are_none_of_the_bots_business(alone: Stage):
    alone.send("your list")
    note = alone.tell("stop smoking")
    alone.tell("done 1", reply_to=note)
    alone.wait()
    alone.server.post(alone.rosa, "stop the war")
    alone.server.say_direct(alone.rosa, "stop calling me", to=alone.ines)
    assert alone.words() == []


def test_in_a_note_to_self_the_bots_own_words_are_not_heard(alone: Stage):
    listed = alone.send("done 1 · no 3", key="1")
    alone.send("stop", key="2", reply_to=listed)
    assert alone.words() == []


@pytest.mark.parametrize("visibility", ["public", "unlisted", "private"])
def test_an_answer_below_a_note_that_others_can_read_is_no_command(alone: Stage, visibility):
    listed = alone.send("your list")
    alone.wait()
    message = alone.server.statuses[listed.partition(":")[2]]
    alone.server.post(alone.rosa, "stop", reply_to=message, visibility=visibility)
    assert alone.words() == []


def test_an_answer_below_a_note_that_names_somebody_is_no_command(alone: Stage):
    listed = alone.send("your list")
    below(alone, listed, "@ines@kelp.example stop")
    assert alone.words() == []


def test_what_others_hang_below_a_note_is_no_command(alone: Stage):
    listed = alone.send("your list")
    below(alone, listed, "@rosa stop", by=alone.ines)
    assert alone.words() == []


def test_in_a_note_to_self_what_came_before_the_start_is_not_obeyed():
    with stage(alone=True) as on:
        listed = on.send("your list")
        below(on, listed, "stop")
        assert on.words() == []
        below(on, listed, "start")
        assert on.words() == ["start"]


def test_an_answer_is_heard_however_much_else_the_owner_writes(alone: Stage):
    listed = alone.send("your list")
    for number in range(90):
        alone.wait()
        alone.server.post(alone.rosa, f"public {number}")
    below(alone, listed, "done 1")
    alone.server.post(alone.rosa, "public again")
    assert alone.words() == ["done 1"]


# -- reading and hearing do not disturb each other --------------------------------------------------------------------


def test_the_owners_inbox_shows_the_bots_messages_but_never_as_somebody_elses(on: Stage):
    """They arrive as mentions, by the account whose handle the messenger tells."""
    on.send("your list")
    (notified,) = on.poll()
    assert notified.post.author.handle == on.messenger.handle()


def test_a_day_of_both_is_a_handful_of_requests(on: Stage):
    on.poll()
    with on.counted() as seen:
        for _ in range(24):
            on.clock.advance(HOUR)
            on.poll()
            on.listen()
    assert len(seen) <= 2 * 24 + 5
    assert {each.method for each in seen} == {"GET"}


def test_what_is_true_for_ever_is_asked_once(on: Stage):
    """Who the owner is, who the bot is, what the server can hold."""
    on.mention("hi")
    on.poll()
    on.send("hello")
    on.tell("done 1")
    on.listen()
    on.poll()
    on.clock.advance(timedelta(days=2))
    with on.counted() as seen:
        on.poll()
        on.listen()
        on.send("more", key="2")
    assert paths(seen) == [INBOX, INBOX, POST]
