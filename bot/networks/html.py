"""HTML as servers send it -> plain text. Never trusts the nesting: any text is read in one pass."""

from __future__ import annotations

from html.parser import HTMLParser

BLOCKS = frozenset("p div blockquote ul ol pre h1 h2 h3 h4 h5 h6".split())
UNSEEN = frozenset({"script", "style"})
VOID = frozenset({"br", "img", "hr", "wbr", "input", "meta", "link"})


def plain(html: str, *, without_quote: bool = False) -> str:
    """Paragraphs apart by an empty line, links written out in full.

    `without_quote` leaves out the "RE: https://…" that Mastodon writes for apps that cannot show a quoted post.
    """
    parser = _Plain(hidden="quote-inline" if without_quote else None)
    parser.feed(html)
    parser.close()
    return parser.text()


class _Plain(HTMLParser):
    def __init__(self, hidden: str | None) -> None:
        super().__init__(convert_charrefs=True)
        self._out: list[str] = []
        self._hidden = hidden
        self._skipping: list[str] = []
        """The tags open since one that is not to be read, itself first."""

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
            self._break(2)

    def handle_endtag(self, tag: str) -> None:
        if self._skipping:
            while self._skipping and self._skipping.pop() != tag:
                pass
        elif tag in BLOCKS:
            self._break(2)

    def handle_data(self, data: str) -> None:
        if not self._skipping:
            self._out.append(data)

    def text(self) -> str:
        return "".join(self._out).strip()

    def _break(self, lines: int) -> None:
        """At least so many line ends before what follows, none at the start."""
        last = "".join(self._out[-2:])
        self._out.append("\n" * max(lines - (len(last) - len(last.rstrip("\n"))), 0) if last.strip("\n") else "")
