"""What is documented is there, and what is there is documented."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from bot import config, networks
from bot.models import Aim

ROOT = Path(__file__).parent.parent
EXAMPLE = ROOT / "config.example.toml"
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))]


@pytest.fixture
def keys(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in re.findall(r'"env:(\w+)"', EXAMPLE.read_text(encoding="utf-8")):
        monkeypatch.setenv(name, "a-key")


@pytest.mark.usefixtures("keys")
def test_the_example_config_loads() -> None:
    loaded = config.load(EXAMPLE)
    assert [goal.name for goal in loaded.goals] == ["book", "maps"]


@pytest.mark.usefixtures("keys")
def test_the_example_config_shows_every_setting() -> None:
    written = tomllib.loads(EXAMPLE.read_text(encoding="utf-8"))
    sections = {name: written[name] for name in written if name not in networks.NETWORKS}
    for name in networks.NETWORKS:
        assert set(written[name]) == set(networks.module(name).Settings.model_fields)
    for name, table in sections.items():
        shown = table[0] if isinstance(table, list) else table
        assert set(shown) == set(config._known_keys([name]))


@pytest.mark.usefixtures("keys")
def test_what_the_example_config_shows_is_the_default() -> None:
    """For all that has one; what must be filled in has none."""
    written = tomllib.loads(EXAMPLE.read_text(encoding="utf-8"))
    shown = config.load(EXAMPLE)
    for name in ("digest", "followup", "circle", "privacy", "state", "second_opinion"):
        default = type(getattr(shown, name))()
        for key in written[name]:
            if (name, key) != ("digest", "via"):
                assert getattr(getattr(shown, name), key) == getattr(default, key), f"{name}.{key}"


def test_the_example_config_marks_what_has_no_default_and_nothing_else() -> None:
    table = ""
    marked = set()
    for line in EXAMPLE.read_text(encoding="utf-8").splitlines():
        table = found[1] if (found := re.match(r"\[+(\w+)\]", line)) else table
        if found := re.match(r"(\w+) = .*# needed\b", line):
            marked.add((table, found[1]))
    tables = [name for name in config.Config.model_fields if name != "networks"] + list(networks.NETWORKS)
    needed = {
        (name, field.alias or key)
        for name in tables
        for key, field in config._section(name).model_fields.items()
        if field.is_required()
    }
    assert marked == needed


def test_the_readme_says_which_kinds_of_goals_there_are_and_which_answers() -> None:
    page = (ROOT / "README.md").read_text(encoding="utf-8")
    assert all(f"`{kind}`" in page for kind in Aim)
    assert all(re.search(rf"`{name}\b", page) for name in ("won", "report", "circle", "forget", "undo", "missed"))


def test_every_command_of_the_command_line_is_in_the_readme_or_in_running() -> None:
    shown = subprocess.run([sys.executable, "-m", "bot", "--help"], capture_output=True, text=True, check=True).stdout
    commands = re.findall(r"^    (\w+) ", shown, re.MULTILINE)
    pages = "".join(page.read_text(encoding="utf-8") for page in PAGES)
    assert {"demo", "init", "check", "preview", "once", "run"} <= set(commands)
    assert all(f"underheard {name}" in pages for name in commands)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    for link in re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8")):
        assert (page.parent / link).exists(), link


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_files_that_a_page_names_exist(page: Path) -> None:
    for name in re.findall(r"`((?:bot|tests|docs|evals)/[\w./]+)`", page.read_text(encoding="utf-8")):
        assert (ROOT / name).exists(), name
