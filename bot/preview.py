"""The digest that would go out now, and what was left out and why: on a copy of the state, nothing is sent."""

from __future__ import annotations

from datetime import datetime

from bot import compose, schedule
from bot.gather import gather
from bot.shell import Shell


def preview(shell: Shell, now: datetime) -> str:
    """For a screen. Reads the networks for real."""
    before = dict(shell.store.tallies.get("digest") or {})
    for messenger in shell.messengers:
        shell.meet_bot(messenger)
    gather(shell, now, before_digest=True)
    local = now.astimezone(shell.config.owner.timezone)
    counted = shell.store.tallies.get("digest") or {}
    message = compose.compose(shell, (schedule.name(local), local), now)
    lines = [message.text if message else "Nothing is worth your time right now: nothing would be sent.", ""]
    left_out = {key: count for key, count in counted.items() if key not in {"read", "found"} and count}
    lines.append(f"Read since the last digest: {counted.get('read', 0)}, of them new: {_new(before, counted)}.")
    lines += [f"  left out, {key}: {count}" for key, count in sorted(left_out.items(), key=lambda item: -item[1])]
    lines += [f"  {health.network}: {health.trouble}" for health in shell.store.health.all().values() if health.trouble]
    return "\n".join(lines)


def _new(before: dict[str, int], after: dict[str, int]) -> int:
    return after.get("read", 0) - before.get("read", 0)
