"""What people wrote is read as they wrote it, whatever their server wraps it in. A case is two files in data/html."""

import time
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.networks.html import plain
from bot.networks.standin.texts import to_html

CASES = Path(__file__).parent / "data" / "html"


def cases(pattern):
    found = sorted(CASES.glob(pattern))
    return pytest.mark.parametrize("path", found, ids=[path.name.split(".")[0] for path in found])


@cases("*.html")
def test_html_becomes_the_text_beside_it(path):
    assert plain(path.read_text()) == path.with_suffix(".txt").read_text().rstrip("\n")


@cases("*.without_quote.txt")
def test_the_address_of_what_is_quoted_can_be_left_out(path):
    html = CASES / f"{path.name.split('.')[0]}.html"
    assert plain(html.read_text(), without_quote=True) == path.read_text().rstrip("\n")


def test_every_case_has_both_files():
    assert {path.stem for path in CASES.glob("*.html")} == {path.name.split(".")[0] for path in CASES.glob("*.txt")}


def test_an_unclosed_quotation_takes_no_words_of_the_writer_for_the_server():
    """Where nothing closes it there is no telling; what stood before it is kept."""
    assert plain('<p>mine</p><p class="quote-inline">RE: x', without_quote=True) == "mine"


@given(st.text(st.characters(codec="utf-8", exclude_characters="\x00\r\x0b\x0c\x1c\x1d\x1e\x1f\x85\u2028\u2029")))
@example("a <b> & c &amp; &#64; \n\n\n d https://x.example/a?b=1&c=2 @rosa #kelp")
def test_the_words_come_through_a_server_and_back(text):
    assert plain(to_html(text, base="https://home.example", profiles={})).replace("\ufffd", "").split() == (
        text.replace("\ufffd", "").split()
    )


@given(
    st.text()
    | st.lists(st.sampled_from(["<p>", "</p>", "<br>", "<b", "&", "&#", ";", "<!--", "<script>", "x"])).map("".join)
)
def test_whatever_comes_is_read(html):
    text = plain(html)
    assert text == text.strip()
    assert plain(html, without_quote=True) is not None


@pytest.mark.parametrize(
    "piece",
    ["<", "<a ", "</", "&", "&#", "<!", "<!--", "<div>", "<p>x", "</p>", "<script>", '<a href="', " \n", "<![CDATA["],
)
def test_a_page_made_to_be_slow_is_read_in_no_time(piece):
    """A stranger may send a megabyte; the read must not hold up the bot."""
    begun = time.monotonic()
    for start, end in (("", ""), ("<pre>", ""), ("", '">'), ("", "-->")):
        plain(start + piece * (30_000 // len(piece)) + end)
        plain(start + piece * (300_000 // len(piece)) + end)
    assert time.monotonic() - begun < 5
