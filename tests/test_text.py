"""Words counted as people see them, cut where words end, and without power."""

import html
import re

from hypothesis import given
from hypothesis import strategies as st

from bot.text import clip, graphemes, joined, letters, neutralise, tidy, unlinked

FAMILY = "👨‍👩‍👧‍👦"


def test_a_family_is_one_character() -> None:
    assert len(graphemes(FAMILY * 3 + "e\u0301")) == 4


def test_a_long_text_is_cut_at_a_word() -> None:
    assert clip("would you co-write the seed-library guide?", 30) == "would you co-write the…"


def test_a_text_without_spaces_is_cut_anyway() -> None:
    assert clip("あ" * 50, 10) == "あ" * 9 + "…"


@given(st.text(), st.integers(min_value=1, max_value=60))
def test_a_cut_text_is_never_longer_than_asked_for(text: str, limit: int) -> None:
    assert len(graphemes(clip(text, limit))) <= limit or clip(text, limit) == text


def test_what_cannot_be_seen_is_gone() -> None:
    assert tidy("mi\u200bce \u202eevil\u2069 \x00now\n\nand\tthen") == "mice evil now and then"
    assert tidy(FAMILY) == FAMILY
    assert tidy("e" + "\u0301" * 40) == "e" + "\u0301" * 3


def test_an_address_in_a_quotation_is_no_link() -> None:
    assert unlinked("see https://bank.example/login") == "see bank.example/login"


def test_a_link_still_leads_where_it_led() -> None:
    assert neutralise("https://h.example/@alice/1?a=1&x=2") == "https://h.example/%40alice/1?a=1&x=2"


@given(st.text(alphabet=st.sampled_from("@#&;abcdemtix64/:.＠ \n\u200b\u2060😀")))
def test_no_name_tag_or_entity_survives(text: str) -> None:
    harmless = neutralise(text)
    assert "@" not in harmless
    assert not re.search(r"(?<!\S)#\w", re.sub(r"https?://\S+", "", harmless))
    assert "@" not in html.unescape(html.unescape(harmless))


@given(st.text())
def test_letters_of_what_was_disarmed_are_the_same(text: str) -> None:
    """So that a message is known again on the server."""
    if "http" not in text.lower():
        assert letters(neutralise(text)) == letters(text)


def test_lists_read_like_sentences() -> None:
    assert joined(["a", "b", "c"]) == "a, b and c"
    assert joined(["a"]) == "a"
    assert joined([]) == ""
