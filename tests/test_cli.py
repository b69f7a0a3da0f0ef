"""The command line, run as an owner or a service manager runs it, against a server over HTTP."""

import os
import re
import signal
import stat
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import requests

from bot.__main__ import main
from bot.networks.standin import Clock, Server

CONFIG = """[owner]
timezone = "UTC"

[mastodon]
server = "{server}"
token = "env:ROSAS_KEY"
bot_token = "env:BOTS_KEY"

[[goal]]
name = "book"
want = "Finish the seed-library guide with people who run one."
kind = "collaborate"
topics = ["seed library"]

[digest]
at = []

[state]
dir = "{folder}/state"
"""


class House:
    """An owner, a bot, a friend, a config; and the program."""

    def __init__(self, server: Server, folder: Path) -> None:
        self.server, self.folder = server, folder
        self.rosa, self.bot = server.account("rosa"), server.account("rosasbot", bot=True)
        self.ines = server.account("ines@kelp.example", display_name="Ines")
        server.follow(self.rosa, self.bot)
        self.keys = {
            "ROSAS_KEY": server.token(self.rosa, "read"),
            "BOTS_KEY": server.token(self.bot, "read write:statuses"),
        }
        self.config = folder / "config.toml"
        self.config.write_text(CONFIG.format(server=server.url, folder=folder), encoding="utf-8")

    def asks(self) -> None:
        self.server.post(self.ines, "@rosa would you like to co-write the seed library guide with me?")

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "bot", arguments[0], "--config", str(self.config), *arguments[1:]]

    def run(self, *arguments: str, said: str = "") -> subprocess.CompletedProcess[str]:
        environment = os.environ | self.keys
        return subprocess.run(
            self.command(*arguments),
            capture_output=True,
            text=True,
            env=environment,
            input=said,
            check=False,
            timeout=120,
        )

    def messages(self) -> list[str]:
        return [each.text for each in self.server.messages_to(self.rosa) if each.author is self.bot]

    @property
    def state(self) -> Path:
        return self.folder / "state" / "state.json"


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with Server(now=Clock(datetime.now(UTC))) as server:
        yield House(server, tmp_path)


def test_once_says_hello_the_first_time_and_nothing_the_second(house: House) -> None:
    assert house.run("once").returncode == 0
    assert house.run("once").returncode == 0
    (hello,) = house.messages()
    assert hello.splitlines()[1].startswith("Hello from Underheard")


def test_a_digest_that_is_asked_for_comes_at_once(house: House) -> None:
    house.run("once")
    house.asks()
    assert house.run("once", "--digest").returncode == 0
    assert "would you like to co-write" in house.messages()[-1]


def test_a_digest_with_nothing_in_it_is_not_sent_but_said(house: House) -> None:
    done = house.run("once", "--digest")
    assert done.returncode == 0
    assert "Nothing is worth your time right now" in done.stdout
    assert len(house.messages()) == 1


def test_preview_shows_the_digest_and_leaves_no_trace(house: House) -> None:
    house.asks()
    house.server.post(house.server.account("oinky"), "@rosa 👍")
    shown = house.run("preview").stdout
    assert "would you like to co-write" in shown
    assert "Read since the last digest: 2" in shown
    assert not house.messages()
    assert not house.state.exists()


def test_check_says_what_is_good_and_what_is_not(house: House) -> None:
    done = house.run("check")
    assert done.returncode == 0, done.stdout
    assert "rosa follows rosasbot" in done.stdout.replace(f"@{house.server.domain}", "")
    house.server.unfollow(house.rosa, house.bot)
    done = house.run("check")
    assert done.returncode == 1
    assert "must follow" in done.stdout
    assert not house.messages()


def test_check_warns_when_the_owners_key_can_write(house: House) -> None:
    house.keys["ROSAS_KEY"] = house.server.token(house.rosa, "read write:statuses")
    assert "this key can write (write:statuses)" in house.run("check").stdout


def test_check_names_a_goal_that_has_ended(house: House) -> None:
    text = house.config.read_text()
    house.config.write_text(text.replace('kind = "collaborate"', 'kind = "collaborate"\nuntil = 2026-03-31'))
    done = house.run("check")
    assert done.returncode == 1
    said = "✗ config: the goal book ended on 31 Mar 2026 and counts no more: give it another until, or take it out"
    assert said in done.stdout.splitlines()


def test_check_warns_of_a_key_that_others_can_read(house: House) -> None:
    key = house.folder / "key"
    key.write_text(house.keys["BOTS_KEY"])
    house.config.write_text(house.config.read_text().replace("env:BOTS_KEY", f"file:{key}"))
    key.chmod(0o644)
    done = house.run("check")
    assert done.returncode == 1
    assert f"✗ config: everybody on this machine can read the key in {key}: chmod 600 {key}" in done.stdout
    key.chmod(0o600)
    done = house.run("check")
    assert done.returncode == 0, done.stdout
    assert house.keys["BOTS_KEY"] not in done.stdout


def test_check_sends_a_test_only_when_asked(house: House) -> None:
    done = house.run("check", "--send")
    assert done.returncode == 0
    assert "A test from Underheard" in house.messages()[0]
    assert "✓ mastodon test: it was read back, word for word" in done.stdout


def test_check_says_what_it_cannot_mend(house: House) -> None:
    house.bot.shown["bot"] = False
    done = house.run("check", "--fix")
    assert done.returncode == 1
    assert "not marked as a bot: do it under Preferences, Public profile" in done.stdout


def test_a_wrong_config_is_one_line_and_exit_code_2(house: House) -> None:
    house.config.write_text(house.config.read_text().replace("topics", "topisc"))
    done = house.run("once")
    assert done.returncode == 2
    assert re.fullmatch(
        r"underheard: \S+config.toml:13: goal 1, topisc: unknown setting; did you mean 'topics'\?\n", done.stderr
    )


def test_a_refused_key_is_told_by_the_way_that_is_left(house: House) -> None:
    house.run("once")
    house.server.revoke(house.keys["ROSAS_KEY"])
    done = house.run("once")
    assert done.returncode == 1
    assert "make a new key" in done.stderr
    assert "Traceback" not in done.stderr
    assert "I was locked out" in house.messages()[-1]
    house.run("once")
    assert len(house.messages()) == 2


def test_a_server_that_is_down_is_no_fault(house: House) -> None:
    house.config.write_text(house.config.read_text().replace(house.server.url, "http://127.0.0.1:9"))
    done = house.run("once")
    assert done.returncode == 0
    (line,) = done.stderr.splitlines()
    told = "no network answers (mastodon: 127.0.0.1:9 cannot be reached); the next tick tries again"
    assert line == f"WARNING nothing is done: {told}"


def test_a_server_that_is_down_is_told_in_one_line(house: House) -> None:
    house.config.write_text(house.config.read_text().replace(house.server.url, "http://127.0.0.1:9"))
    checked = house.run("check")
    assert (checked.returncode, checked.stderr) == (1, "")
    told = [line for line in checked.stdout.splitlines() if line.startswith("✗")]
    assert told[0] == "✗ mastodon: 127.0.0.1:9 cannot be reached"
    assert len(told) == len(set(told))
    shown = house.run("preview")
    assert (shown.returncode, shown.stderr) == (1, "underheard: mastodon: 127.0.0.1:9 cannot be reached\n")
    with subprocess.Popen(house.command("run"), env=os.environ | house.keys, stderr=subprocess.PIPE, text=True) as bot:
        assert bot.stderr is not None
        lines = [bot.stderr.readline() for _ in range(2)]
        bot.send_signal(signal.SIGTERM)
        assert bot.wait(timeout=60) == 0
        lines += bot.stderr.readlines()
    assert len([line for line in lines if "nothing is done: no network answers" in line]) == 1
    assert "Retry" not in "".join(lines)


def test_the_state_is_for_the_owners_eyes_only(house: House) -> None:
    house.run("once")
    assert {stat.S_IMODE(path.stat().st_mode) for path in house.state.parent.iterdir()} == {0o600}
    assert stat.S_IMODE(house.state.parent.stat().st_mode) == 0o700


def test_no_key_is_in_the_state_or_on_the_screen(house: House) -> None:
    done = [house.run("once"), house.run("check"), house.run("preview")]
    everything = "".join(each.stdout + each.stderr for each in done) + house.state.read_text()
    assert not [key for key in house.keys.values() if key in everything]


def test_the_version_is_that_of_the_package(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(["--version"])
    assert left.value.code == 0
    written = tomllib.loads((Path(__file__).parent.parent / "pyproject.toml").read_text(encoding="utf-8"))
    assert capsys.readouterr().out == f"underheard {written['project']['version']}\n"


def test_no_word_of_the_command_line_is_a_secret(capsys: pytest.CaptureFixture[str]) -> None:
    """What stands there can be read by everybody on the machine."""
    for command in ("demo", "init", "check", "preview", "once", "run", "export"):
        with pytest.raises(SystemExit):
            main([command, "--help"])
    assert not re.search(r"--\S*(token|password|key|secret)", capsys.readouterr().out)


def wait_for(condition: object, seconds: float = 30) -> None:
    until = time.monotonic() + seconds
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < until, "it never happened"
        time.sleep(0.05)


def test_run_hears_and_answers_and_stops_when_told(house: House) -> None:
    with subprocess.Popen(house.command("run"), env=os.environ | house.keys, stderr=subprocess.PIPE, text=True) as bot:
        wait_for(house.messages)
        shown = Path(f"/proc/{bot.pid}/cmdline")
        assert not shown.exists() or not [key for key in house.keys.values() if key in shown.read_text()]
        second = house.run("once")
        assert second.returncode == 1
        assert f"in use by process {bot.pid}" in second.stderr
        bot.send_signal(signal.SIGTERM)
        assert bot.wait(timeout=30) == 0
    assert house.run("once").returncode == 0


def test_run_ends_when_the_state_cannot_be_written(house: House) -> None:
    house.run("once")
    house.state.with_name("state.json.tmp").mkdir()
    done = house.run("run")
    assert done.returncode == 1
    assert "Traceback" not in done.stderr


def test_init_logs_in_and_writes_a_config_that_works(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    said = iter([house.server.url, "CODE", "", "CODE", "", "Europe/Amsterdam", "book", "Finish the guide.", ""])
    browser = iter([house.rosa, house.bot])

    def at_the_prompt(question: str) -> str:
        answer = next(said)
        if answer != "CODE":
            return answer
        house.server.at_the_browser = next(browser)
        link = re.search(r"http\S+", question)
        assert link
        page = requests.get(link[0], timeout=5).text
        return re.findall(r'value="([^"]+)"', page)[0]

    monkeypatch.setattr("builtins.input", at_the_prompt)
    house.config = house.folder / "new" / "config.toml"
    assert main(["init", "--config", str(house.config)]) == 0
    assert stat.S_IMODE(house.config.stat().st_mode) == 0o600
    assert house.run("check").returncode == 0
    assert "write" not in house.run("check").stdout.split("messages")[0]


def test_the_demo_plays_to_its_end_without_a_terminal() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "bot", "demo"],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        stdin=subprocess.DEVNULL,
    )
    assert done.returncode == 0, done.stderr
    assert "worth your time" in done.stdout
    assert "a quiet day, nothing was sent" in done.stdout
    assert "you › done" in done.stdout
