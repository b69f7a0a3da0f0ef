"""One stack for the whole run; new people for every story."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from .install import what_is_missing
from .people import Network, Person

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """The stack takes minutes to install: its stories run only where they are asked for by name."""
    asked = [(config.invocation_params.dir / argument.split("::")[0]).resolve() for argument in config.args]
    return None if any(path.is_relative_to(HERE) for path in asked) else True


@pytest.fixture(scope="session")
def network() -> Iterator[Network]:
    if missing := what_is_missing():
        pytest.exit(missing, returncode=2)
    # A process of its own, which ends all it started when we end, however we end.
    command = [sys.executable, "-m", "tests.live.stack"]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as stack:
        try:
            line = stack.stdout.readline() if stack.stdout else ""
            if not line:
                pytest.exit("the stack did not start; what it said is above", returncode=2)
            yield Network(json.loads(line))
        finally:
            stack.communicate(timeout=60)  # closes its input, which is how it is told to stop


@pytest.fixture
def person(network: Network) -> Iterator[Callable[[str], Person]]:
    yield network.person
    network.clear_faults()


@pytest.fixture
def owner(person: Callable[[str], Person]) -> Person:
    return person("owner")


@pytest.fixture
def bot(person: Callable[[str], Person], owner: Person, network: Network) -> Person:
    """The owner follows it, so that it may write to them."""
    made = person("bot")
    owner.follows(made)
    network.settle()
    return made


@pytest.fixture
def alice(person: Callable[[str], Person]) -> Person:
    return person("alice")
