"""Starts and stops the network: PostgreSQL, Redis and the AT Protocol servers, each by its own process id.

    python -m tests.live.stack      prints where everything is, as one line of JSON; stops when its input ends

Everything listens on loopback only and keeps its data in one temporary folder.
"""

from __future__ import annotations

import contextlib
import json
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from .install import HERE, Missing, node_in, program, stack_home, what_is_missing

START_SECONDS = 120


class Failed(Exception):
    """What was started ended, or did not come up in time; holds the last lines it said."""


@contextlib.contextmanager
def running() -> Iterator[dict[str, Any]]:
    """The addresses: pds, appview, plc, chat."""
    if missing := what_is_missing():
        raise Missing(missing)
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bluesky-stack-")))
        folder.chmod(0o755)  # PostgreSQL refuses to run as root, so another user has to get in
        postgres_port = stack.enter_context(postgres(folder))
        redis_port = stack.enter_context(redis(folder))
        yield stack.enter_context(network(folder, postgres_port, redis_port))


@contextlib.contextmanager
def postgres(folder: Path) -> Iterator[int]:
    port, user = free_port(), unprivileged_user()
    home = folder / "postgres"
    home.mkdir(mode=0o700)
    if user:
        shutil.chown(home, user)
    log = folder / "postgres.log"
    initdb = [require("initdb"), "-D", home, "-A", "trust", "-U", "stack", "--no-sync", "-E", "UTF8", "--locale=C"]
    with started([*initdb], log, user=user) as process:
        process.wait(START_SECONDS)
    hurried = [f"-c{setting}=off" for setting in ("fsync", "synchronous_commit", "full_page_writes")]
    command = [require("postgres"), "-D", home, "-p", port, "-k", home, "-clisten_addresses=127.0.0.1", *hurried]
    with started([*command, "-cmax_connections=60"], log, user=user, stop=signal.SIGQUIT) as process:
        wait_until(lambda: answers(port), process, log)
        yield port


@contextlib.contextmanager
def redis(folder: Path) -> Iterator[int]:
    port, log = free_port(), folder / "redis.log"
    options = ["--bind", "127.0.0.1", "--port", port, "--save", "", "--appendonly", "no", "--dir", folder]
    with started([require("redis-server"), *options], log) as process:
        wait_until(lambda: answers(port), process, log)
        yield port


@contextlib.contextmanager
def network(folder: Path, postgres_port: int, redis_port: int) -> Iterator[dict[str, Any]]:
    # Node looks for packages beside the file it runs, so the files go where the packages can be linked in.
    for source in HERE.glob("*.mjs"):
        shutil.copy(source, folder)
    shutil.copy(HERE / "package.json", folder)
    (folder / "node_modules").symlink_to(stack_home() / "node_modules")
    (folder / "tmp").mkdir()
    ready, log = folder / "ready.json", folder / "network.log"
    environment = {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": str(folder),
        "TMPDIR": str(folder / "tmp"),
        "NODE_ENV": "test",
        "LOG_ENABLED": os.environ.get("LOG_ENABLED", "false"),
        "DB_POSTGRES_URL": f"postgresql://stack@127.0.0.1:{postgres_port}/postgres",
        "REDIS_HOST": f"127.0.0.1:{redis_port}",
        "READY_FILE": str(ready),
    }
    command = [node_in(stack_home()), "--import", folder / "loopback-only.mjs", folder / "stack.mjs"]
    with started(command, log, environment=environment) as process:
        wait_until(ready.exists, process, log)
        yield json.loads(ready.read_text())
        if process.poll() is not None:
            raise Failed(f"the network ended by itself:\n{log.read_text(errors='replace')[-3000:]}")


@contextlib.contextmanager
def started(
    command: list[Any],
    log: Path,
    *,
    user: str | None = None,
    environment: dict[str, str] | None = None,
    stop: signal.Signals = signal.SIGTERM,
) -> Iterator[subprocess.Popen[bytes]]:
    """Runs until the block ends; its input is a pipe of ours, so that what watches it learns of our death."""
    with log.open("ab") as output:
        process = subprocess.Popen(
            [str(part) for part in command],
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=environment,
            cwd=log.parent,
            user=user,
            group=pwd.getpwnam(user).pw_gid if user else None,
            extra_groups=[] if user else None,
            start_new_session=True,  # else an interrupt at the terminal reaches it before us
        )
    try:
        yield process
    finally:
        if process.stdin:
            with contextlib.suppress(OSError):
                process.stdin.close()
        if process.poll() is None:
            process.send_signal(stop)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def unprivileged_user() -> str | None:
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"


def require(name: str) -> Path:
    found = program(name)
    if found is None:
        raise Missing(f"{name} is not there: run `python -m tests.live.install`")
    return found


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


def wait_until(is_up: Callable[[], bool], process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not is_up():
        if process.poll() is not None or time.monotonic() > deadline:
            what = "ended" if process.poll() is not None else f"was not up after {START_SECONDS} s"
            raise Failed(f"{log.stem} {what}:\n{log.read_text(errors='replace')[-3000:]}")
        time.sleep(0.02)


def main() -> None:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        with running() as addresses:
            print(json.dumps(addresses), flush=True)
            sys.stdin.read()
    except KeyboardInterrupt:
        pass
    except (Missing, Failed) as error:
        sys.exit(f"stack: {error}")


if __name__ == "__main__":
    main()
