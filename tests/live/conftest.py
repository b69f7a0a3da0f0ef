"""One stack for the whole run; new people for every story."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.register_assert_rewrite(f"{__package__}.people", f"{__package__}.stories")

from .install import what_is_missing  # noqa: E402
from .people import Network  # noqa: E402
from .stories import alice, bot, owner, person  # noqa: E402, F401  fixtures

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
