"""The command line: reads the clock, wires the parts, runs the scheduler. The owner lives in the direct messages."""

from __future__ import annotations

import argparse
import contextlib
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from bot import app, config, preview
from bot.errors import BotError, ConfigError, StoreError
from bot.export import FORMATS, export
from bot.ledger import controls
from bot.outbox import Uptime
from bot.shell import Shell
from bot.store import Store
from bot.wiring import wired

log = logging.getLogger("bot")

TICK_SECONDS = 60
LONGEST_TICK = 15 * 60
"""Seconds after which a tick counts as hung: the watchdog hears nothing more, and the service manager restarts us."""
STOP = {signal.SIGTERM, signal.SIGINT}
DONE, FAULT, MISCONFIGURED = 0, 1, 2
NOTHING = "Nothing is worth your time right now, so nothing was sent."


def main(arguments: Sequence[str] | None = None) -> int:
    os.umask(0o077)
    options = _parser().parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(message)s", stream=sys.stderr)
    for chatty in ("httpx", "apscheduler"):
        logging.getLogger(chatty).setLevel(logging.WARNING)  # httpx logs every address at INFO
    logging.getLogger("urllib3").setLevel(logging.ERROR)  # what it tries again is told once, in our own words
    try:
        return int(options.run(options))
    except ConfigError as error:
        print(f"underheard: {error}", file=sys.stderr)
        return MISCONFIGURED
    except BotError as error:
        print(f"underheard: {error}", file=sys.stderr)
        return FAULT


class _Version(argparse.Action):
    """Looked up only when asked for."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from importlib.metadata import version  # noqa: PLC0415

        print(f"underheard {version('underheard')}")
        parser.exit()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="underheard", description="Finds the opportunities in your mentions.")
    parser.set_defaults(config=None)
    parser.add_argument("--version", action=_Version, nargs=0, help="which one this is")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    with_config = argparse.ArgumentParser(add_help=False)
    with_config.add_argument(
        "--config", type=Path, metavar="PATH", help="default: config.toml, then ~/.config/underheard/config.toml"
    )

    def command(name: str, run: Callable[[argparse.Namespace], int], says: str) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=says, description=says, parents=[with_config])
        added.set_defaults(run=run)
        return added

    command("demo", _demo, "play an invented fortnight on an embedded server, and answer the digest yourself")
    command("init", _init, "ask for the accounts, log in, write the config")
    checking = command("check", _check, "prove that it will work")
    checking.add_argument(
        "--send", action="store_true", help="also send the owner one message by each network, and read it back"
    )
    checking.add_argument(
        "--fix", action="store_true", help="also mend what the bot's own account says of itself, where that is possible"
    )
    command("preview", _preview, "print the digest that would go out now; send and store nothing")
    command("once", _once, "one tick, for cron and timers").add_argument(
        "--digest", action="store_true", help="also compose a digest now, whatever the schedule says"
    )
    command("run", _run, "the scheduler; stops cleanly on SIGTERM")
    exporting = command(
        "export", _export, "the ledger as JSON or CSV, or a picture of the year; no names in any of them"
    )
    exporting.add_argument("--format", choices=FORMATS, default="json", help="default: json")
    exporting.add_argument(
        "--output", type=Path, metavar="PATH", help="default: the terminal; for a picture a file here"
    )
    return parser


# -- wiring ---------------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def _opened(options: argparse.Namespace) -> Iterator[Shell]:
    settings = config.load(config.find(options.config))
    store = Store.open(settings.state.folder)
    if store.recovered:
        log.error(store.recovered)
    try:
        yield wired(settings, store, uptime)
    finally:
        store.close()


def clock() -> datetime:
    return datetime.now(UTC)


def uptime() -> Uptime:
    """Runs on while the machine sleeps, where the system can tell; never jumps."""
    boot = Path("/proc/sys/kernel/random/boot_id")
    which = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
    return Uptime(boot=boot.read_text().strip() if boot.exists() else "", seconds=time.clock_gettime(which))


# -- the commands ---------------------------------------------------------------------------------------------------


def _demo(_: argparse.Namespace) -> int:
    from bot.demo import play  # noqa: PLC0415  the stage is built only when somebody watches

    return play()


def _init(options: argparse.Namespace) -> int:
    from bot.setup import ask  # noqa: PLC0415  only once in a life

    return ask(options.config)


def _check(options: argparse.Namespace) -> int:
    from bot.check import check  # noqa: PLC0415

    settings = config.load(config.find(options.config))
    shell = wired(settings, Store(), uptime)
    return DONE if check(shell, clock(), send=options.send, fix=options.fix) else FAULT


def _preview(options: argparse.Namespace) -> int:
    settings = config.load(config.find(options.config))
    print(preview.preview(wired(settings, Store.copy_of(settings.state.folder), uptime), clock()))
    return DONE


def _once(options: argparse.Namespace) -> int:
    with _opened(options) as shell:
        message = app.tick(shell, clock(), digest_now=options.digest)
        if options.digest and not message:
            print(_why_nothing(shell))
        return _faults(shell)


def _why_nothing(shell: Shell) -> str:
    troubles = [health.trouble for health in shell.store.health.all().values() if health.trouble]
    if shell.clock_trouble or controls(shell.store.ledger).halted:
        return "Nothing was sent."
    return f"Nothing was sent: {'; '.join(troubles)}." if troubles else NOTHING


def _faults(shell: Shell) -> int:
    """What only a person can mend is a fault; a network that is down is tried again by the next tick."""
    if halted := controls(shell.store.ledger).halted:
        print(f"underheard: sending is halted: {halted}; look at it, then send the bot: start", file=sys.stderr)
        return FAULT
    if shell.is_clock_wrong:
        print(f"underheard: nothing was done: {shell.clock_trouble}", file=sys.stderr)
        return FAULT
    refused = [health for health in shell.store.health.all().values() if health.is_refused]
    for health in refused:
        print(f"underheard: {health.trouble}: make a new key for {health.network}", file=sys.stderr)
    return FAULT if refused else DONE


def _run(options: argparse.Namespace) -> int:
    signal.pthread_sigmask(signal.SIG_BLOCK, STOP)  # before any thread exists: they inherit the mask
    with _opened(options) as shell:
        return _Service(shell).run()


def _export(options: argparse.Namespace) -> int:
    """Also while the scheduler runs: it only looks."""
    settings = config.load(config.find(options.config))
    zone = settings.owner.timezone
    today = clock().astimezone(zone).date()
    print(export(Store.copy_of(settings.state.folder), zone, today, to=options.format, output=options.output))
    return DONE


class _Service:
    """APScheduler only wakes us; what is due, the state decides. So no slot is lost or repeated by the scheduler.

    The main thread waits for signals (a handler that stops a scheduler can deadlock) and tells the service manager
    that we are alive, as long as ticks come to an end. When the state cannot be written, the process ends at once:
    what is on the disk is the truth, and the next process starts from it.
    """

    def __init__(self, shell: Shell) -> None:
        self._shell = shell
        self._beat = time.monotonic()
        self._broken = threading.Event()

    def run(self) -> int:
        from apscheduler.executors.pool import ThreadPoolExecutor  # noqa: PLC0415  the other commands need none
        from apscheduler.schedulers.background import BackgroundScheduler  # noqa: PLC0415

        scheduler = BackgroundScheduler(
            timezone=UTC,
            executors={"default": ThreadPoolExecutor(1)},
            job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1},  # 1 s would drop a tick
        )
        scheduler.add_job(self._tick, "interval", seconds=TICK_SECONDS, next_run_time=clock())
        scheduler.start()
        log.info("running; the first tick is now")
        _tell_service_manager("READY=1")
        while not self._broken.is_set():
            if signal.sigtimedwait(STOP, 1) is not None:
                _tell_service_manager("STOPPING=1")
                scheduler.shutdown(wait=True)
                log.info("stopped")
                return DONE
            if time.monotonic() - self._beat < LONGEST_TICK:
                _tell_service_manager("WATCHDOG=1")
        os._exit(FAULT)

    def _tick(self) -> None:
        self._beat = time.monotonic()
        try:
            app.tick(self._shell, clock(), read=False)
        except StoreError as error:
            log.critical(error)
            self._broken.set()
        finally:
            self._beat = time.monotonic()


def _tell_service_manager(message: str) -> None:
    """sd_notify(3); silent where no service manager listens."""
    import socket  # noqa: PLC0415

    if address := os.environ.get("NOTIFY_SOCKET"):
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as channel:
            channel.sendto(message.encode(), "\0" + address[1:] if address.startswith("@") else address)


if __name__ == "__main__":
    sys.exit(main())
