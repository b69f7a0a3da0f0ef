"""What a server makes of a text: who is sent it, how long it is, and its HTML.

`recipients_of` is the worst of all servers at once, for what the bot writes: whatever any of them reads as a mention is
one (the table is tests/data/mention_forms.json). `mentions_in` is Mastodon's own rule, for what people write.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping

_NAME = r"[A-Za-z0-9_]+"
_HOST = r"\w+(?:[.:-]+\w+)*"
_HANDLE = re.compile(rf"@({_NAME}(?:[.-]+{_NAME})*)(?:@({_HOST}))?")

# https://github.com/mastodon/mastodon/blob/main/app/models/account.rb: MENTION_RE. Ruby's [[:word:]] has the combining
# marks that Python's \w lacks.
_NO_MENTION_AFTER = r"(?<![=/\w\u0300-\u036f\ufe00-\ufe0f])"
_MENTION = re.compile(_NO_MENTION_AFTER + _HANDLE.pattern)

_URL = re.compile(r"https?://[^\s<>\"]*[^\s<>\".,;:!?)\]'*]")
_HASHTAG = re.compile(r"(?<![\w/&])#(\w*[^\W\d]\w*)")
_ENTITY = re.compile(f"(?P<url>{_URL.pattern})|(?P<mention>{_MENTION.pattern})|(?P<hashtag>{_HASHTAG.pattern})")
_TAG = re.compile(r"<[^>]*>")
_PROFILE_LINK = re.compile(rf"(?<!\S)https?://[^\s@]+/@{_NAME}@{_HOST}")


def recipients_of(text: str) -> tuple[str, ...]:
    """Handles as written, lower-cased: "alice", "alice@kelp.example".

    Of `@alice.b-c` each beginning is one: servers differ in where a name ends.
    """
    found: dict[str, None] = {}
    for reading in _readings(text):
        for name, host in _HANDLE.findall(_PROFILE_LINK.sub(" ", reading)):
            ends = [match.end() for match in re.finditer(_NAME, name)]
            names = [f"{name}@{host}"] if host else [name[:end] for end in ends]
            found.update(dict.fromkeys(name.lower() for name in names))
    return tuple(found)


def _readings(text: str) -> Iterator[str]:
    """As typed, and as servers read it that first decode entities (`&#64;`) or drop tags (`@<b>alice</b>`)."""
    while True:
        yield text
        yield _TAG.sub("", text)
        decoded = html.unescape(text)
        if decoded == text:
            return
        text = decoded


def mentions_in(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(match.group()[1:].lower() for match in _MENTION.finditer(text)))


def hashtags_in(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(tag.lower() for tag in _HASHTAG.findall(_URL.sub(" ", text))))


def mastodon_length(text: str) -> int:
    """https://docs.joinmastodon.org/user/posting/#text"""
    shortened = _MENTION.sub(lambda match: "@" + match[1], _URL.sub("x" * 23, text))
    return _graphemes(shortened)


def _graphemes(text: str) -> int:
    """Unicode's clusters, but for those that `unicodedata` knows nothing of (Hangul jamo, Indic conjuncts)."""
    count, previous, flag_is_open = 0, "", False
    for char in text:
        is_flag = "\U0001f1e6" <= char <= "\U0001f1ff"
        joins = previous == "\u200d" and char >= "\u2190"
        if not (_extends(char) or joins or (is_flag and flag_is_open) or previous + char == "\r\n") or not previous:
            count += 1
        flag_is_open = is_flag and not flag_is_open
        previous = char
    return count


def _extends(char: str) -> bool:
    is_tag_or_skin = "\U0001f3fb" <= char <= "\U0001f3ff" or "\U000e0020" <= char <= "\U000e007f"
    return char in "\u200c\u200d\u0e33\u0eb3" or is_tag_or_skin or unicodedata.category(char) in {"Mn", "Mc", "Me"}


def to_html(text: str, *, base: str, profiles: Mapping[str, str]) -> str:
    """As https://github.com/mastodon/mastodon/blob/main/app/lib/text_formatter.rb. `profiles`: handle -> URL."""

    def entity(match: re.Match[str]) -> str:
        if match["url"]:
            return link(match["url"])
        if match["hashtag"]:
            return _hashtag(match["hashtag"][1:], base)
        return _mention(match["mention"][1:], profiles)

    marked = _replace(_ENTITY, text, entity)
    paragraphs = (part.replace("\n", "<br />") for part in re.split(r"\n{2,}", marked.strip("\n")))
    return "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs if paragraph)


def _replace(pattern: re.Pattern[str], text: str, render: Callable[[re.Match[str]], str]) -> str:
    """`pattern.sub`, with everything that is not matched escaped."""
    pieces, end = [], 0
    for match in pattern.finditer(text):
        pieces += [html.escape(text[end : match.start()]), render(match)]
        end = match.end()
    return "".join([*pieces, html.escape(text[end:])])


def link(url: str) -> str:
    prefix = re.match(r"https?://(?:www\.)?|", url)
    assert prefix
    shown, rest = url[prefix.end() :][:30], url[prefix.end() :][30:]
    return (
        f'<a href="{html.escape(url)}" target="_blank" rel="nofollow noopener" translate="no">'
        f'<span class="invisible">{html.escape(prefix.group())}</span>'
        f'<span class="{"ellipsis" if rest else ""}">{html.escape(shown)}</span>'
        f'<span class="invisible">{html.escape(rest)}</span></a>'
    )


def _hashtag(tag: str, base: str) -> str:
    return f'<a href="{base}/tags/{tag.lower()}" class="mention hashtag" rel="tag">#<span>{tag}</span></a>'


def _mention(handle: str, profiles: Mapping[str, str]) -> str:
    url = profiles.get(handle.lower())
    if url is None:
        return f"@{html.escape(handle)}"
    link_to = f'<a href="{html.escape(url)}" class="u-url mention">@<span>{handle.partition("@")[0]}</span></a>'
    return f'<span class="h-card" translate="no">{link_to}</span>'
