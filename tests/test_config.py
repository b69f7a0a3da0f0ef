"""A mistake in the config is one line: file, line, key, what is expected, a guess at what was meant."""

import re
from datetime import date, time, timedelta
from pathlib import Path

import pytest

from bot.config import EXAMPLES, Config, _known_keys, find, load
from bot.errors import ConfigError
from bot.models import Aim
from bot.networks import NETWORKS

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


def _without(text: str, head: str) -> str:
    """A config less one of its tables."""
    tables = re.split(r"(?m)^(?=\[)", text)
    return "".join(each for each in tables if head == "[[goal]]" or not each.startswith(head))


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
        "config.toml:22: digest, items: write a whole number from 1 to 5, like items = 3 (it says 9)",
    ),
    "unknown zone": (
        GOOD.replace("Amsterdam", "Amsterdm"),
        "config.toml:2: owner, timezone: name a time zone like \"Europe/Amsterdam\" (it says 'Europe/Amsterdm')",
    ),
    "misspelt table": (
        GOOD.replace("[mastodon]", "[mastodn]"),
        "config.toml:4: mastodn: unknown setting; did you mean 'mastodon'?",
    ),
    "goal without a wish": (
        GOOD.replace('want = "Draw maps"\n', ""),
        (
            "config.toml:15: goal 2, want is missing: write it like "
            'want = "Finish the seed-library guide with people who run one."'
        ),
    ),
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
    "nothing at all": ("", "config.toml: owner is missing: begin it with [owner]"),
    "a goal of no kind": (
        GOOD.replace('kind = "work"\n', ""),
        (
            'config.toml:15: goal 2, kind is missing: write it like kind = "collaborate", '
            'or "work", "learn", "friends", "help-others", "community"'
        ),
    ),
    "a goal of an unknown kind": (
        GOOD.replace('"work"', '"jobs"'),
        (
            "config.toml:18: goal 2, kind: write 'collaborate', 'work', 'learn', 'friends', 'help-others' or "
            "'community' (it says 'jobs')"
        ),
    ),
    "one time instead of a list": (
        GOOD.replace('["08:00", "18:30"]', '"08:00"'),
        "config.toml:21: digest, at: write a list in brackets, like at = [\"08:00\"] (it says '08:00')",
    ),
    "a number in letters": (
        GOOD + 'items = "three"\n',
        "config.toml:22: digest, items: write a whole number from 1 to 5, like items = 3 (it says 'three')",
    ),
    "half a number": (
        GOOD + "items = 2.5\n",
        "config.toml:22: digest, items: write a whole number from 1 to 5, like items = 3 (it says 2.5)",
    ),
    "neither yes nor no": (
        GOOD + 'new_voice = "maybe"\n',
        (
            "config.toml:22: digest, new_voice: write true or false, without quotes, like new_voice = true "
            "(it says 'maybe')"
        ),
    ),
    "a number for a name": (
        GOOD + "via = 3\n",
        'config.toml:22: digest, via: write text in quotes, like via = "mastodon" (it says 3)',
    ),
    "no day": (
        GOOD.replace("2027-03-31", '"spring"'),
        "config.toml:13: goal 1, until: write a day without quotes, like until = 2027-03-31 (it says 'spring')",
    ),
    "one word instead of a list": (
        GOOD.replace('["crypto"]', '"crypto"'),
        (
            'config.toml:12: goal 1, not: write a list in brackets, like not = ["seed round", "crypto"] '
            "(it says 'crypto')"
        ),
    ),
    "an empty wish": (
        GOOD.replace('"Draw maps"', '""'),
        (
            "config.toml:17: goal 2, want: write at least 3 letters, like "
            "want = \"Finish the seed-library guide with people who run one.\" (it says '')"
        ),
    ),
    "one goal that is no list": (
        GOOD.split('[[goal]]\nname = "maps"', maxsplit=1)[0].replace("[[goal]]", "[goal]"),
        "config.toml:8: goal: write it as a table that begins with [[goal]]",
    ),
    "a table that is none": (
        "digest = 3\n" + GOOD.split("[digest]", maxsplit=1)[0],
        "config.toml:1: digest: write it as a table that begins with [digest] (it says 3)",
    ),
    "a network that is no table": (
        'mastodon = "h.example"\n' + GOOD.replace('[mastodon]\nserver = "https://h.example"\ntoken = "env:KEY"\n', ""),
        "config.toml:1: mastodon: write it as a table that begins with [mastodon] (it says 'h.example')",
    ),
    "a network without a key": (
        GOOD.replace('token = "env:KEY"\n', ""),
        'config.toml:4: mastodon, token is missing: write it like token = "env:UNDERHEARD_MASTODON_TOKEN"',
    ),
    "a server that is no text": (
        GOOD.replace('"https://h.example"', "8"),
        'config.toml:5: mastodon, server: write text in quotes, like server = "https://hachyderm.example" (it says 8)',
    ),
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
    said = complaint(tmp_path, GOOD.replace("[owner]", "[owner"))
    assert said.startswith("config.toml:1: this is not TOML: ")
    assert said.endswith('(column 7); write lines like items = 3 or days = "mon-fri"')


@pytest.mark.parametrize("held", [b"\x89PNG\r\n\x1a\n", "[owner]".encode("utf-16"), b"SQLite format 3\0"])
def test_what_is_no_text_is_said_to_be_none(tmp_path: Path, held: bytes) -> None:
    path = tmp_path / "config.toml"
    path.write_bytes(held)
    with pytest.raises(ConfigError) as error:
        load(path)
    expected = f"{path} is no text in UTF-8: name the config, or save it as plain text, like config.example.toml"
    assert str(error.value) == expected


def test_the_mark_that_an_editor_puts_first_is_passed_over(tmp_path: Path) -> None:
    assert loaded(tmp_path, "\ufeff" + GOOD)


def test_a_folder_is_said_to_be_one(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as error:
        find(tmp_path)
    assert str(error.value) == f"{tmp_path} is a folder: name the file in it, like --config {tmp_path}/config.toml"


@pytest.mark.parametrize("table", ["digest", "circle", "followup", "privacy", "state"])
def test_what_a_mistake_shows_as_an_example_is_none(tmp_path: Path, table: str) -> None:
    lines = [f"{key} = {EXAMPLES[key]}" for key in _known_keys([table]) if key in EXAMPLES]
    assert loaded(tmp_path, "\n".join([_without(GOOD, f"[{table}]"), f"[{table}]", *lines]))


@pytest.mark.parametrize("table", [*(name for name in Config.model_fields if name != "networks"), *NETWORKS])
def test_every_setting_that_does_not_tell_its_form_has_an_example(tmp_path: Path, table: str) -> None:
    """Whatever stands there, nothing is said that only a programmer understands."""
    for key in _known_keys([table]):
        for wrong in ("3.5", "[3.5]", "{a = 1}", "1979-05-27", '"?"'):
            head = "[[goal]]" if table == "goal" else f"[{table}]"
            try:
                loaded(tmp_path, f"{head}\n{key} = {wrong}\n" + _without(GOOD, head))
            except ConfigError as error:
                said = str(error)
            else:
                continue
            assert "\n" not in said
            assert not re.search(r"input|valid|tuple|dictionary|instance|pars", said), said


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
