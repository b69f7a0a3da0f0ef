"""Whose words may be ranked, quoted and kept."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.consent import Refusal, Wishes, may_keep, may_quote, opts_out, refusal
from bot.models import Account, OptOut, Post, Visibility

INES = Account(id="n:1", handle="ines@kelp.example", name="Ines", bio="Seeds and salt.")
POST = Post(
    id="n:9", author=INES, text="hello", posted_at=datetime(2026, 11, 22, tzinfo=UTC), link="https://h.example/9"
)
DEFAULT = Wishes()


def by(bio: str, **changes: object) -> Post:
    return replace(POST, author=replace(INES, bio=bio, **changes))


@pytest.mark.parametrize(
    "bio",
    [
        "#nobot",
        "I knit. #NoBots please",
        "line\n#noai",
        "#noarchive",
        "＃nobot",
        "#no-bots",
        "#NO_AI",
        "bots?: #nobot",
        "# nobot",
    ],
)
def test_who_opts_out_is_not_ranked(bio: str) -> None:
    assert refusal(by(bio), DEFAULT) is Refusal.OPTED_OUT


ASKED = """
no bots please | No bots. | no bots, no crawlers | NO BOTS ALLOWED | please no bots | No bots/scrapers | no bots or AI
No AI please | no AI training | Robots: no | Bots: no thanks | bots not welcome | 🚫 bots | 🤖🚫 | no 🤖 | NoBots
nobot: yes | noai
keine Bots | Keine Bots bitte! | bitte keine Bots | keinen Bot bitte | Keine KI | Bots unerwünscht
keine Bots und Roboter | pas de robots | Pas de bots, merci | pas d’IA | pas de bots ni d'IA
aucun robot | pas de bots s'il vous plaît
sin bots | sin bots por favor | nada de bots | sin IA | ningún robot
ボットお断り | botお断り | ボットのフォローはお断り | BOT禁止 | AI学習禁止 | 生成AI禁止 | ボットはご遠慮ください
#keineBots | #KeineKI | #sinbots | #pasdebots | #pasdIA | #ボットお断り | #AI学習禁止 | #no bots | #nobotsplease
#noAItraining | #ＮｏＢｏｔ | #𝐧𝐨𝐛𝐨𝐭 | #no\u200bbot | #NO\u00adAI | ♯nobot | ﹟noai
\u202e#nobot | n\u200do bots please
"""
ONLY_SPOKEN_OF = """
no bots here, only beans | #nobotany | #noaim | #robots | I make #bots | kein Bot | ich bin kein Bot | not a bot
no bot | I have no bots in my garden | pas un robot | je ne suis pas un robot | soy una persona, no un bot
no soy un bot
no bot, just me | I research AI | keine Botanikerin | sin botas | ai | no airs and graces | ボットではありません
人間です | bots: mine is @weather@bots.example | Nobotany is my blog | no ai in the title of my book | KI-Forscher | no
"""


def listed(text: str) -> list[str]:
    return [each for line in text.strip().split("\n") for each in line.split(" | ")]


@pytest.mark.parametrize("bio", listed(ASKED), ids=ascii)
@pytest.mark.parametrize("around", ["{}", "I knit.\n{}\nhe/him", "Beans · {} · Ghent", "Bücher, {}"])
def test_who_asks_in_plain_words_or_another_language_has_opted_out(bio: str, around: str) -> None:
    assert refusal(by(around.format(bio)), DEFAULT) is Refusal.OPTED_OUT


@pytest.mark.parametrize("bio", [*listed(ONLY_SPOKEN_OF), ""], ids=ascii)
def test_who_only_speaks_of_bots_has_not_opted_out(bio: str) -> None:
    assert refusal(by(bio), DEFAULT) is None


@given(st.text(max_size=300))
def test_any_bio_is_a_wish_or_none(bio: str) -> None:
    assert opts_out(f"{bio}\n#nobot")
    opts_out(bio)


def test_a_bio_of_megabytes_is_read_to_its_end_and_in_one_pass() -> None:
    """Steps of the matcher grow with the length, not with its square."""
    for endless in ("no ", "#no", "no bots and ", "bitte ", "🚫", " ", "pas de bots et "):
        size = 2**20 // len(endless)
        assert opts_out(endless * size + "\n#nobot")


def test_a_named_friends_opt_out_is_not_meant_for_the_owner() -> None:
    assert refusal(by("#nobot"), Wishes(allow=frozenset({"ines@kelp.example"}))) is None


def test_whom_the_owner_never_wants_to_see_is_refused() -> None:
    assert refusal(POST, Wishes(never=frozenset({"ines@kelp.example"}))) is Refusal.NEVER


@pytest.mark.parametrize("bio", ["#noindex", "#NoSearch", "#nosearching"])
def test_who_does_not_want_to_be_found_is_pointed_at_but_neither_quoted_nor_remembered(bio: str) -> None:
    assert refusal(by(bio), DEFAULT) is None
    assert not may_quote(by(bio), DEFAULT)
    assert not may_keep(by(bio).author, DEFAULT)


def test_the_settings_mark_counts_like_the_word() -> None:
    assert not may_quote(by("", opt_outs=frozenset({OptOut.NO_INDEX})), DEFAULT)


@pytest.mark.parametrize("visibility", [Visibility.FOLLOWERS, Visibility.DIRECT])
def test_what_was_not_said_to_everybody_is_ignored_or_pointed_at_never_quoted(visibility: Visibility) -> None:
    post = replace(POST, visibility=visibility)
    assert refusal(post, DEFAULT) is Refusal.PRIVATE
    pointing = Wishes(points_at_private=True)
    assert refusal(post, pointing) is None
    assert not may_quote(post, pointing)


def test_what_stands_under_a_warning_is_not_quoted() -> None:
    post = replace(POST, warning="grief")
    assert refusal(post, DEFAULT) is Refusal.PRIVATE
    assert not may_quote(post, Wishes(points_at_private=True))


def test_what_was_said_to_everybody_may_be_quoted() -> None:
    assert may_quote(POST, DEFAULT)
    assert may_quote(replace(POST, visibility=Visibility.UNLISTED), DEFAULT)
