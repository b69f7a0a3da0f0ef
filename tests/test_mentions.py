"""What is sent reaches the owner and nobody else, whatever stands in names, quotations, notes, goals and links."""

import html
import json
import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mastodon_stage import START, Stage, stage

from bot.digest import Tally, digest
from bot.errors import Exposed
from bot.ledger import Item, Standing, State
from bot.models import Exchange, Judgement, Kind, Opportunity, Signal, Strength, Turn, Value, Verb, Visibility
from bot.networks import mastodon
from bot.networks.standin import GOTOSOCIAL, recipients_of
from bot.text import neutralise

FORMS = json.loads((Path(__file__).parent / "data" / "mention_forms.json").read_text(encoding="utf-8"))["forms"]
STRICTEST = replace(GOTOSOCIAL, max_characters=100_000)
"""It reads every form of a name that any server reads, and none of its guards keeps a wrong message from going out."""
LINK = "https://hachyderm.example/statuses/115591234567890123"


@pytest.fixture(scope="module")
def on():
    with stage(STRICTEST) as one:
        one.server.account("alice")
        yield one


@pytest.fixture(autouse=True)
def _sent_to_nobody_else(on: Stage):
    yield
    assert {account for post in on.server.posts_by(on.bot) for account in post.mentions} <= {on.rosa, on.bot}
    assert {post.visibility for post in on.server.posts_by(on.bot)} <= {"direct"}


def item(*, name="Ines", gist="would you?", goal="book", link=LINK, verb=Verb.ASKS):
    judgement = Judgement(
        kind=Kind.QUESTION,
        verb=verb,
        value=Value.SOCIAL,
        strength=Strength.GOOD,
        goal=goal,
        gist=gist,
        signals=(Signal(name="x", weight=3.0, because="it asks"),),
    )
    opportunity = Opportunity(
        id=1,
        network="mastodon",
        person="mastodon:1",
        name=name,
        thread="mastodon:8",
        post="mastodon:9",
        link=link,
        edition="",
        visibility=Visibility.PUBLIC,
        found_at=START,
        posted_at=START,
        judgement=judgement,
        exchange=Exchange(turns_by_them=1, turn=Turn.OWNER, their_latest_at=START),
    )
    return Item(opportunity=opportunity, standing=Standing(state=State.FOUND, since=START))


def worded(on: Stage, *items):
    """As the owner would get them: in the middle of a list."""
    listed = dict(enumerate((item(), *items, item(name="Dee")), 1))
    now = START + timedelta(days=2)
    return digest(listed, Tally(read=9), slot_at=now, now=now, more=True, fits=on.messenger.fits).text


def with_host(on: Stage, text):
    return text.replace("HOST", on.server.url.removeprefix("http://")).replace("BASE", on.server.url)


PLACES = {
    "alone": lambda on, text: text,
    "in a name": lambda on, text: worded(on, item(name=text)),
    "in a quotation": lambda on, text: worded(on, item(gist=text)),
    "in a goal": lambda on, text: worded(on, item(goal=text)),
    "in a link": lambda on, text: worded(on, item(link=text)),
    "after a link": lambda on, text: worded(on, item(link=f"{LINK}/{text}")),
    "in a note": lambda on, text: f'Noted for 1: "{text}"\n{LINK}',
    "after a name and a link": lambda on, text: f"alice{text} ({LINK}{text}",
}


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form["form"])
def test_no_form_of_a_name_gets_through_anywhere(on: Stage, form):
    text = with_host(on, form["text"])
    before = len(on.server.messages_to(on.rosa))
    for number, place in enumerate(PLACES.values()):
        on.send(place(on, text), key=f"{form['form']} {number}".encode().hex())
    assert len(on.server.messages_to(on.rosa)) == before + len(PLACES)
    assert on.server.messages_to(on.server.find("alice")) == []


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form["form"])
def test_were_the_words_left_as_they_are_nothing_live_would_leave_the_house(on: Stage, form, monkeypatch):
    """The guard at the door does not trust the neutraliser."""
    monkeypatch.setattr(mastodon, "neutralise", lambda text: text)
    text = with_host(on, f"you said {form['text']}")
    writes = len(on.server.writes)
    if recipients_of(text):
        with pytest.raises(Exposed):
            on.send(text)
        assert len(on.server.writes) == writes
    else:
        try:
            on.send(text, key=text.encode().hex())
        except Exposed:
            assert len(on.server.writes) == writes


def test_the_forms_are_live_where_nothing_is_done_to_them(on: Stage):
    """Else the tests above would prove nothing."""
    live = [form for form in FORMS if "alice" in {name.partition("@")[0] for name in recipients_of(form["text"])}]
    assert len(live) > 100


# -- any words --------------------------------------------------------------------------------------------------------

HOSTILE = st.sampled_from(
    [
        *(form["text"] for form in FORMS),
        *"@＠﹫#＃﹟&;<>/\\\"'`*_[]()|~.:-=\n\t\r ",
        *("\x00", "\x1f", "\u200b", "\u200d", "\u2060", "\ufeff", "\u202e", "\ud800", "\udfff", "\u0301", "\u2028"),
        *("&#64;", "&#x40;", "&#064", "&commat;", "&amp;", "&AMP", "&amp;amp;#64;", "&lt;", "%40", "\\u0040"),
        *("https://", "HTTP://", "http://x:@", "alice", "@alice", "alice@", "127.0.0.1", "social.example", "😀", "あ"),
    ]
)
ANY = st.lists(HOSTILE | st.characters(codec=None), max_size=12).map("".join)


WORDS = st.fixed_dictionaries({"name": ANY, "gist": ANY, "goal": ANY, "link": ANY, "verb": st.sampled_from(Verb)})


@settings(max_examples=400)
@given(WORDS, ANY)
def test_whatever_people_write_reaches_the_owner_and_nobody_else(on: Stage, words, note):
    text = worded(on, item(**words)) + f"\n{note}"
    before = len(on.server.messages_to(on.rosa))
    on.send(text, key=str(before))
    post = on.server.messages_to(on.rosa)[-1]
    assert len(on.server.messages_to(on.rosa)) == before + 1
    assert post.mentions == (on.rosa,)
    assert post.text.count("@") == 2
    assert post.text.startswith("@rosa@social.example\n")


@settings(max_examples=300)
@given(st.lists(HOSTILE, max_size=30).map("".join), st.integers(0, 200), st.integers(0, 200))
def test_a_text_that_is_cut_anywhere_is_as_harmless_as_the_whole(text, start, end):
    """Before it is disarmed, or after."""
    for piece in (neutralise(text[start:end]), neutralise(text)[start:end], neutralise(neutralise(text))):
        assert recipients_of(piece) == ()
        assert recipients_of(html.unescape(html.unescape(piece))) == ()
        assert not re.search("[\\x00\ud800-\udfff]", piece)


@given(ANY)
def test_disarming_twice_changes_nothing_more(text):
    assert neutralise(neutralise(text)) == neutralise(text)


# -- tags -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("sign", "#＃﹟")
def test_no_tag_is_left_whichever_sign_it_is_written_with(sign):
    """Japanese keyboards type the wide one, and Mastodon takes it for the same."""
    assert not re.search("[#＃﹟]", neutralise(f"{sign}kelp and {sign}salt"))


# -- answers ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", FORMS[:40], ids=lambda form: form["form"])
def test_an_answer_below_a_message_reaches_nobody_else_either(on: Stage, form):
    """The worst of servers adds the author of what is answered: here that is the bot itself."""
    first = on.send("your list", key=f"{form['form']} 1".encode().hex())
    on.send(with_host(on, form["text"]), key=f"{form['form']} 2".encode().hex(), reply_to=first)
    assert set(on.server.messages_to(on.rosa)[-1].mentions) == {on.rosa, on.bot}
