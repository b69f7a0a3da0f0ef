"""A mistake in the config is one line: file, line, key, what is expected, a guess at what was meant."""

from datetime import date, time, timedelta
from pathlib import Path

import pytest

from bot.config import Config, find, load
from bot.errors import ConfigError
from bot.models import Aim

GOOD = """[owner]
timezone = "Europe/Amsterdam"

[mastodon]
server = "https://h.example"
token = "env:KEY"

[[goal]]
name = "book"
want = "Finish the guide"
kind = "collaborate"
not = ["crypto"]
until = 2027-03-31

[[goal]]
name = "maps"
want = "Draw maps"
kind = "work"

[digest]
at = ["08:00", "18:30"]
"""


@pytest.fixture(autouse=True)
def _key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEY", "s3cret-s3cret")


def loaded(folder: Path, text: str) -> Config:
    path = folder / "config.toml"
    path.write_text(text, encoding="utf-8")
    return load(path)


def complaint(folder: Path, text: str) -> str:
    with pytest.raises(ConfigError) as error:
        loaded(folder, text)
    said = str(error.value).replace(f"{folder}/", "")
    assert "\n" not in said
    return said


def test_what_is_written_is_what_holds(tmp_path: Path) -> None:
    config = loaded(tmp_path, GOOD)
    book, maps = config.goals
    assert (book.kind, book.excluded, book.until, book.weight) == (Aim.COLLABORATE, ("crypto",), date(2027, 3, 31), 1)
    assert maps.kind is Aim.WORK
    assert config.digest.at == (time(8), time(18, 30))


def test_what_is_left_out_has_its_default(tmp_path: Path) -> None:
    config = loaded(tmp_path, GOOD)
    assert (config.digest.items, config.digest.days) == (3, frozenset(range(7)))
    assert config.privacy.keep_open == timedelta(days=60)
    assert config.state.folder == Path("~/.local/share/underheard").expanduser()


MISTAKES = {
    "misspelt key": (GOOD + "itmes = 3\n", "config.toml:22: digest, itmes: unknown setting; did you mean 'items'?"),
    "unlike any key": (
        GOOD + "colour = 3\n",
        "config.toml:22: digest, colour: unknown setting; known here: at, days, via, items, new_voice, weekly_review",
    ),
    "too many items": (
        GOOD + "items = 9\n",
        "config.toml:22: digest, items: input should be less than or equal to 5 (it says 9)",
    ),
    "unknown zone": (
        GOOD.replace("Amsterdam", "Amsterdm"),
        "config.toml:2: owner, timezone: name a time zone like \"Europe/Amsterdam\" (it says 'Europe/Amsterdm')",
    ),
    "misspelt table": (
        GOOD.replace("[mastodon]", "[mastodn]"),
        "config.toml:4: mastodn: unknown setting; did you mean 'mastodon'?",
    ),
    "goal without a wish": (GOOD.replace('want = "Draw maps"\n', ""), "config.toml:15: goal 2, want is missing"),
    "wrong time": (
        GOOD.replace('"18:30"', '"half six"'),
        "config.toml:21: digest, at 2: write a time of day like \"08:00\" (it says 'half six')",
    ),
    "wrong days": (
        GOOD + 'days = "weekdays"\n',
        'config.toml:22: digest, days: write days like "mon-sun" or "mon,wed,fri" (it says \'weekdays\')',
    ),
    "wrong span": (
        GOOD + '[state]\npoll_every = "soon"\n',
        'config.toml:23: state, poll_every: write a span of time like "10m", "6h", "7d" or "2w" (it says \'soon\')',
    ),
    "plain http": (
        GOOD.replace("https://h", "http://h"),
        "config.toml:5: mastodon, server: the key would travel in the clear: write https:// (it says 'http://h.example')",
    ),
    "no such variable": (
        GOOD.replace("env:KEY", "env:KEI"),
        "config.toml:6: mastodon, token: the environment has no KEI: set it where the bot is started",
    ),
    "the key itself": (
        GOOD.replace("env:KEY", "s3cret-s3cret"),
        'config.toml:6: mastodon, token: say where the secret is: "env:NAME", "file:PATH" or "credential:NAME"',
    ),
    "unconfigured carrier": (
        GOOD + 'via = "pigeon"\n',
        "config.toml:22: digest, via: 'pigeon' is not configured; write \"mastodon\"",
    ),
    "the same goal twice": (
        GOOD.replace('"maps"', '"book"'),
        "config.toml: two goals are called 'book': give each a name of its own",
    ),
    "no account": (
        GOOD.replace('[mastodon]\nserver = "https://h.example"\ntoken = "env:KEY"\n', ""),
        "config.toml: no account to read: fill in [mastodon]",
    ),
    "nothing at all": ("", "config.toml: owner is missing"),
    "a name that would break the line": (
        GOOD.replace('"book"', '"the @book"'),
        "config.toml:9: goal 1, name: name a goal with one short word (up to 24 letters) (it says 'the @book')",
    ),
}


@pytest.mark.parametrize(("text", "said"), MISTAKES.values(), ids=MISTAKES.keys())
def test_a_mistake_is_one_line_that_says_what_to_do(tmp_path: Path, text: str, said: str) -> None:
    got = complaint(tmp_path, text)
    if "no account" in said:
        assert got.startswith(said[:-1])
    else:
        assert got == said


def test_what_is_no_toml_is_named_with_its_place(tmp_path: Path) -> None:
    assert complaint(tmp_path, GOOD.replace("[owner]", "[owner")).startswith("config.toml: this is not TOML: ")


def test_a_key_pasted_into_the_config_is_never_repeated(tmp_path: Path) -> None:
    assert "s3cret" not in complaint(tmp_path, GOOD.replace("env:KEY", "s3cret-s3cret"))
    assert "s3cret" not in repr(loaded(tmp_path, GOOD))


def test_plain_http_is_for_this_machine_only(tmp_path: Path) -> None:
    for server in ("http://127.0.0.1:3000", "http://localhost:3000", "http://[::1]:3000"):
        assert loaded(tmp_path, GOOD.replace("https://h.example", server))


def test_a_span_over_the_end_of_the_week_is_understood(tmp_path: Path) -> None:
    assert loaded(tmp_path, GOOD + 'days = "fri-mon"\n').digest.days == {4, 5, 6, 0}
    assert loaded(tmp_path, GOOD + 'weekly_review = ""\n').digest.weekly_review is None


def test_a_missing_file_names_the_places_and_the_way_out(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"nowhere\.toml: `underheard init` writes one"):
        find(tmp_path / "nowhere.toml")


def test_no_model_is_asked_unless_one_is_named(tmp_path: Path) -> None:
    assert loaded(tmp_path, GOOD).second_opinion.url == ""
    named = loaded(tmp_path, f'{GOOD}\n[second_opinion]\nurl = "http://127.0.0.1:11434/v1"\nmodel = "small"\n')
    assert (named.second_opinion.model, named.second_opinion.token) == ("small", None)


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ('url = "http://model.example/v1"\nmodel = "m"', "config.toml:24: second_opinion, url: people's words would"),
        ('ulr = "https://model.example/v1"', "did you mean 'url'?"),
        ('url = "https://model.example/v1"', "url needs a model beside it"),
    ],
)
def test_a_model_is_named_in_full_and_by_https(tmp_path: Path, table: str, said: str) -> None:
    assert said in complaint(tmp_path, f"{GOOD}\n[second_opinion]\n{table}\n")


def test_a_key_of_a_model_that_was_pasted_is_not_shown_again(tmp_path: Path) -> None:
    said = complaint(tmp_path, f'{GOOD}\n[second_opinion]\ntoken = "sk-s3cret"\n')
    assert "second_opinion, token" in said
    assert "s3cret" not in said
