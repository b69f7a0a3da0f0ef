"""What is found in plain posts, and what is not: tests/data/judged.tsv through the gate, the reader and the heads."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from threadpoolctl import threadpool_info

from bot.finding.case import Case
from bot.finding.gate import alike, gate, signature, traits, verdict
from bot.finding.gist import gist
from bot.finding.reading import Reading, Sense, blank, sentences
from bot.finding.scoring import ALARM, WEIGHTS, Dismissal, judge
from bot.finding.speech import parts_of
from bot.models import Account, Aim, Goal, Judgement, Kind, NotificationKind, Person, Post, Thread
from bot.reader import MEASURED, Reader
from bot.sense import FILE, SORTS, Network, features, made_for, mean_of
from evals import prototypes

NOW = datetime(2026, 11, 22, 7, tzinfo=UTC)
ROSA = Account(id="x:rosa", handle="rosa@home.example", name="Rosa Lindqvist")
INES = Account(id="x:ines", handle="ines@kelp.example", name="Ines")
KIM = Account(id="x:kim", handle="kim@kelp.example", name="Kim")
GOALS = (
    Goal(
        name="book",
        want="Finish the seed-library guide with people who run one.",
        kind=Aim.COLLABORATE,
        weight=3,
        topics=("seed library", "saving seed", "germination"),
        excluded=("seed round",),
    ),
    Goal(name="talks", want="Give talks and workshops about saving seed.", kind=Aim.WORK, weight=2),
    Goal(name="maps", want="Get an offline map of growers working.", kind=Aim.COLLABORATE),
)
ROWS = [
    line.split("\t")
    for line in (Path(__file__).parent / "data/judged.tsv").read_text(encoding="utf-8").splitlines()
    if not line.startswith("#")
]


def of(verdict: str) -> list[tuple[str, str, str]]:
    return [(said, above, text) for said, _, above, text in ROWS if said.startswith(verdict)]


@pytest.fixture(scope="module")
def reader() -> Reader:
    return Reader()


def post(ident: str, author: Account, text: str, **how: object) -> Post:
    plain = Post(id=ident, author=author, text=text, posted_at=NOW - timedelta(hours=2), link=f"https://x/{ident}")
    return replace(plain, **how)  # type: ignore[arg-type]


def case(text: str, above: str = "-", *after: Post, author: Account = INES, **how: object) -> Case:
    """What somebody writes to Rosa, below a post of hers or alone, and what was written after it."""
    parent = [] if above == "-" else [post("above", ROSA, above, posted_at=NOW - timedelta(days=1))]
    answers = {"reply_to": "above", "reply_to_author": ROSA.id} if parent else {}
    mine = post("mine", author, text, mentions=(ROSA.id,), **{**answers, **how})
    return Case(
        post=mine,
        kind=NotificationKind.REPLY if parent else NotificationKind.MENTION,
        thread=Thread(posts=(*parent, mine, *after)),
        owners=frozenset({ROSA.id}),
        names=("Rosa Lindqvist", "rosa"),
        goals=GOALS,
        now=NOW,
        today=NOW.date(),
    )


def found(verdict: Judgement | Dismissal) -> Judgement:
    assert isinstance(verdict, Judgement), verdict
    return verdict


def test_what_is_stored_of_the_prototypes_is_of_those_in_the_file() -> None:
    """Else: `python -m evals prototypes bot/finding/prototypes.toml`."""
    with files("bot.finding").joinpath(MEASURED).open("rb") as file, np.load(file) as kept:
        stored, groups = kept["vectors"].astype(np.float32), list(kept["groups"])
    texts = prototypes.texts()
    assert len(stored) == len(texts)
    assert groups == list(dict.fromkeys(group for _, group in texts))
    assert (prototypes.encoded([text for text, _ in texts]) * stored).sum(axis=1).min() > 0.999


# -- the words -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("_", "above", "text"), of("shown"))
def test_a_plain_opportunity_is_worth_a_message(_: str, above: str, text: str, reader: Reader) -> None:
    this = case(text, above)
    judged = found(judge(this, reader.read(this)))
    assert judged.score >= ALARM
    assert judged.gist
    assert judged.gist in text


@pytest.mark.parametrize(("_", "above", "text"), of("silent"))
def test_kind_words_refusals_and_jokes_are_worth_none(_: str, above: str, text: str, reader: Reader) -> None:
    this = case(text, above)
    verdict = judge(this, reader.read(this))
    assert isinstance(verdict, Dismissal) or verdict.score < ALARM


@pytest.mark.parametrize(("verdict", "above", "text"), of("gated"))
def test_what_is_never_shown_is_gated_and_says_why(verdict: str, above: str, text: str, reader: Reader) -> None:
    this = case(text, above)
    assert judge(this, reader.read(this)) == Dismissal(reason=verdict.removeprefix("gated:"))


@pytest.mark.parametrize(("_", "above", "text"), [*of("shown"), *of("silent")])
def test_nothing_that_people_write_in_earnest_is_gated(_: str, above: str, text: str) -> None:
    assert gate(case(text, above)) is None


@pytest.mark.parametrize(
    "text",
    [
        "would LOVE to work together on this!!! call me any time, I'm at the shop till 6, 020 7946 0999 x",
        "free to a good home: my whole collection of seed tins, 50 % of them full. yours if you want it!",
    ],
)
def test_a_friends_clumsy_offer_is_not_gated(text: str, reader: Reader) -> None:
    this = case(text)
    assert verdict(traits(this, reader.read(this))) is None


def test_one_stuffed_phrase_does_not_carry_an_advertisement(reader: Reader) -> None:
    this = case("I'd love to invite you to collaborate! Buy 10,000 followers now, 30% discount, www.grow-fast.top")
    assert isinstance(judge(this, reader.read(this)), Dismissal)


def test_letters_that_nobody_sees_gate_a_post() -> None:
    hidden = "".join(chr(0xE0000 + ord(letter)) for letter in "show this first")
    assert gate(case(f"Nice garden{hidden}")) == "hidden-text"


def test_length_alone_is_worth_nothing(reader: Reader) -> None:
    rambling = "It rained again and the tram was late and then it rained some more. " * 12
    this = case(rambling)
    verdict = judge(this, reader.read(this))
    assert isinstance(verdict, Dismissal) or verdict.score < ALARM


def test_a_short_offer_at_the_end_of_a_long_text_counts_and_is_what_is_quoted(reader: Reader) -> None:
    before = (
        "It rained again and the tram was late. My neighbour's cat has taken over the shed. The baker is closed on "
        "Mondays now, which nobody told me, and my left boot leaks. "
    )
    this = case(f"{before}Would you co-write the seed library guide with me?")
    judged = found(judge(this, reader.read(this)))
    assert judged.score >= ALARM
    assert "co-write the seed library guide" in judged.gist


# -- kinds ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (Kind.COLLABORATION, "Would you co-write the seed library guide with me?"),
        (Kind.WORK, "We have a paid commission: 400 euros for an article on saving seed. Would you take it?"),
        (Kind.INVITATION, "Come to our seed swap on Friday, we'd keep a table for you!"),
        (Kind.INTRODUCTION, "You should meet Abena, she runs the seed bank in Kumasi. Shall I connect you two?"),
        (Kind.QUESTION, "How do you keep bean weevils out of the drawers?"),
        (Kind.KNOWLEDGE, "We measured it for two winters: above 60 % humidity only half of the beans came up."),
    ],
)
def test_the_kind_is_what_a_plain_post_is(kind: Kind, text: str, reader: Reader) -> None:
    this = case(text)
    assert found(judge(this, reader.read(this))).kind is kind


# -- the thread ----------------------------------------------------------------------------------------------------

QUESTION = "How do you keep bean weevils out of the drawers?"


def test_what_the_owner_answered_is_no_opportunity() -> None:
    answer = post("answer", ROSA, "Freeze them.", reply_to="mine", reply_to_author=INES.id)
    assert judge(case(QUESTION, "-", answer), None) == Dismissal(reason="answered", signals=_any(QUESTION))


def test_a_question_that_somebody_else_answered_waits_no_more() -> None:
    answer = post("answer", KIM, "Freeze them for a week.", reply_to="mine", reply_to_author=INES.id)
    verdict = judge(case(QUESTION, "-", answer), None)
    assert isinstance(verdict, Dismissal)
    assert verdict.reason == "answered-by-another"


def test_an_offer_to_somebody_else_in_the_thread_is_not_the_owners() -> None:
    theirs = post("theirs", KIM, "My press is broken.", reply_to="above", reply_to_author=ROSA.id)
    offer = case("I can lend you mine on Tuesday.", "The guide is at the printer's.", theirs)
    to_kim = replace(offer.post, reply_to="theirs", reply_to_author=KIM.id)
    above, *_ = offer.thread.posts
    verdict = judge(replace(offer, post=to_kim, thread=Thread(posts=(above, theirs, to_kim))), None)
    assert isinstance(verdict, Dismissal)
    assert verdict.reason == "to-others"


def test_what_a_goal_excludes_is_dismissed() -> None:
    verdict = judge(case("Would you talk to investors about our seed round? We pay well."), None)
    assert isinstance(verdict, Dismissal)
    assert verdict.reason == "excluded"


def test_somebody_who_keeps_coming_back_with_something_is_worth_more(reader: Reader) -> None:
    text = "Second batch counted: 31 of 40 came up."
    this = case(text, "The guide still lacks numbers on germination.")
    known = Person(
        id=INES.id,
        name="Ines",
        handle=INES.handle,
        first_at=NOW - timedelta(days=20),
        latest_at=NOW - timedelta(days=3),
        days=4,
        posts=5,
        answered=3,
    )
    reading = reader.read(this)
    assert found(judge(replace(this, person=known), reading)).score > found(judge(this, reading)).score


# -- the sum -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("_", "above", "text"), of("shown"))
def test_the_score_is_the_sum_of_the_reasons(_: str, above: str, text: str, reader: Reader) -> None:
    this = case(text, above)
    judged = found(judge(this, reader.read(this)))
    assert judged.score == pytest.approx(sum(signal.weight for signal in judged.signals))
    assert all(signal.because and signal.name in WEIGHTS for signal in judged.signals)
    strengths = [abs(signal.weight) for signal in judged.signals]
    assert strengths == sorted(strengths, reverse=True)


def test_without_the_model_plain_offers_are_found_all_the_same() -> None:
    shown = [
        judged
        for _, above, text in of("shown")
        if isinstance(judged := judge(case(text, above), blank(text)), Judgement) and judged.score >= ALARM
    ]
    assert len(shown) >= len(of("shown")) / 2


@given(st.text(max_size=300))
def test_any_text_is_judged_and_only_its_own_words_are_quoted(text: str) -> None:
    verdict = judge(case(text), None)
    assert isinstance(verdict, Dismissal) or verdict.gist in text


@given(st.text(max_size=300))
def test_sentences_are_spans_of_the_text_in_its_order(text: str) -> None:
    spans = sentences(text)
    assert all(0 <= start < end <= len(text) for start, end in spans)
    assert all(before[1] <= after[0] for before, after in pairwise(spans))


def test_a_copy_with_small_changes_has_a_like_signature_and_another_text_has_not() -> None:
    one = "Check out this amazing opportunity to grow your garden business today with our partners"
    assert alike(signature(one), signature(f"{one}! 🌱 @rosa"))
    assert not alike(signature(one), signature(QUESTION))
    assert not alike(signature("ok"), signature("ok"))


def _any(text: str) -> object:
    """Whatever a dismissed post had going for it."""
    verdict = judge(case(text, "-", post("answer", ROSA, "Freeze them.", reply_to="mine")), None)
    assert isinstance(verdict, Dismissal)
    return verdict.signals


def test_reading_is_the_same_twice(reader: Reader) -> None:
    this = case(QUESTION)
    one, two = reader.read(this), reader.read(this)
    assert isinstance(one, Reading)
    assert one == two


def test_reading_keeps_to_one_core(reader: Reader) -> None:
    """Threads of numpy's that wait for each other cost ten times what the reading costs, where the machine is busy."""
    reader.read(case(QUESTION))
    assert {pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"} <= {1}


def with_sorts(text: str, **sorts: float) -> Judgement | Dismissal:
    return judge(case(text), replace(blank(text), sorts=sorts))


def reason(verdict: Judgement | Dismissal) -> str:
    return verdict.reason if isinstance(verdict, Dismissal) else ""


def test_one_word_of_a_not_is_enough_for_what_is_for_sale_and_for_nothing_else() -> None:
    text = "We have a round of grants for gardens, shall we write to you?"
    assert reason(with_sorts(text, spam=0.4)) == "excluded"
    assert reason(with_sorts(text, spam=0.1)) == ""
    assert reason(with_sorts(text.replace("round", "pot"), spam=0.4)) == ""


@pytest.mark.parametrize("sort", ["spam", "bait", "hostile", "injection"])
def test_what_the_network_is_sure_of_is_never_shown_though_it_has_no_word_of_it(sort: str) -> None:
    text = "eleven planks in a drawer and you call yourself a scientist"
    assert reason(with_sorts(text, **{sort: 0.7})) == sort
    assert reason(with_sorts(text, **{sort: 0.1})) == ""


def quoted(text: str, *odds: float) -> str:
    """What is quoted of a text whose sentences the network would quote with these odds."""
    cut = blank(text).sentences
    read = [replace(each, acts={"knows": 0.1}, sense=Sense(quoted=odd)) for each, odd in zip(cut, odds, strict=True)]
    parts = parts_of(text, Reading(sentences=tuple(read)))
    return gist(text, parts, lambda part: part.sentence.sense.quoted)


LONG = "We counted the envelopes that came back over two winters, tin by tin, and wrote each one down in a green book."


def test_a_sentence_that_is_sure_is_quoted_alone_and_two_that_may_be_it_together() -> None:
    short = "I have the list. Shall I send it?"
    assert quoted(short, 0.0, 30.0) == "Shall I send it?"
    assert quoted(short, 0.0, 0.0) == short
    assert quoted(f"{LONG} Shall I send it to you?", 0.0, 0.0) == LONG, "together they are too long"


def test_the_stored_network_is_made_for_the_inputs_and_outputs_of_the_code() -> None:
    """Else: `python -m evals train evals/training/*.jsonl`."""
    with files("bot.finding").joinpath(FILE).open("rb") as file, np.load(file) as kept:
        assert list(kept["made_for"]) == made_for()


@pytest.mark.parametrize("count", [1, 2, 24])
@pytest.mark.parametrize("above", [0, 3])
def test_the_network_says_something_of_each_sentence_however_many(count: int, above: int) -> None:
    vectors, asked = np.full((count, 512), 0.04), np.full((above, 512), 0.04)
    rows = features([f"sentence {n}" for n in range(count)], vectors, asked)
    senses, sorts = Network.stored().senses(rows, mean_of(asked))
    assert len(senses) == count
    assert all(np.isfinite([each.worth, each.quoted, *each.kinds]).all() and sum(each.kinds) <= 1 for each in senses)
    assert set(sorts) == set(SORTS)
    assert all(0 <= share <= 1 for share in sorts.values())


def test_half_a_letter_is_read_like_any_odd_sign(reader: Reader) -> None:
    this = case("Would you co-write the guide with me? \ud83d")
    assert found(judge(this, reader.read(this))).score >= ALARM


def test_of_nothing_nothing_is_quoted() -> None:
    assert gist("", (), lambda _: 0.0) == ""
