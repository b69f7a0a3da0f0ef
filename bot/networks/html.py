"""HTML as servers send it -> plain text. Never trusts the nesting: any text is read in one pass."""

from __future__ import annotations

import re
from html.parser import HTMLParser

BLOCKS = frozenset({"p", "div", "blockquote", "ul", "ol", "pre", "h1", "h2", "h3", "h4", "h5", "h6"})
UNSEEN = frozenset({"script", "style"})
SPACE = re.compile(r"[ \t\r\n\f]+")
"""What HTML takes for one space; a hard space is none."""
LONGEST = 40_000
"""Characters that are read. Older versions of Python's parser take time with the square of what tags are left open."""
TAG_BEGUN = re.compile(r"<(?=[A-Za-z/!?])")
VOID = frozenset({"br", "img", "hr", "wbr", "input", "meta", "link"})


def plain(html: str, *, without_quote: bool = False) -> str:
    """Paragraphs apart by an empty line, links written out in full.

    `without_quote` leaves out the "RE: https://…" that Mastodon writes for apps that cannot show a quoted post.
    """
    parser = _Plain(hidden="quote-inline" if without_quote else None)
    whole, end, rest = html[:LONGEST].rpartition(">")
    parser.feed(whole + end + TAG_BEGUN.split(rest, maxsplit=1)[0])
    parser.close()
    return parser.text()


class _Plain(HTMLParser):
    def __init__(self, hidden: str | None) -> None:
        super().__init__(convert_charrefs=True)
        self._out: list[str] = []
        self._hidden = hidden
        self._skipping: list[str] = []
        """The tags open since one that is not to be read, itself first."""
        self._is_set = False
        """Inside <pre>, where spaces and line ends count."""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        classes = (dict(attrs).get("class") or "").split()
        if tag in VOID:
            if tag == "br" and not self._skipping:
                self._out.append("\n")
        elif self._skipping or tag in UNSEEN or (self._hidden and self._hidden in classes):
            self._skipping.append(tag)
        elif tag == "li":
            self._break(1)
            self._out.append("- ")
        elif tag in BLOCKS:
            self._is_set = tag == "pre"
            self._break(2)

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID:  # <br/> is read as a start and an end
            return
        if self._skipping:
            while self._skipping and self._skipping.pop() != tag:
                pass
        elif tag in BLOCKS:
            self._is_set = False
            self._break(2)

    def handle_data(self, data: str) -> None:
        if self._skipping:
            return
        if self._is_set:
            self._out.append(data)
            return
        words = SPACE.sub(" ", data)
        is_begun = bool(self._out) and not self._out[-1].endswith((" ", "\n"))
        self._out += [kept] if (kept := words if is_begun else words.removeprefix(" ")) else []

    def text(self) -> str:
        return "\n".join(line.rstrip(" ") for line in "".join(self._out).split("\n")).strip()

    def _break(self, lines: int) -> None:
        """At least so many line ends before what follows, none at the start."""
        last = "".join(self._out[-3:]).replace(" ", "")
        if last.strip("\n"):
            self._out += ["\n"] * (lines - (len(last) - len(last.rstrip("\n"))))
