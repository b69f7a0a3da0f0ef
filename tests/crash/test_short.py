"""The short version of the long harness; `make test-crash` runs the long one."""

import logging
from datetime import timedelta

import pytest
from crash import harness
from crash.harness import GAPS, START, Count, every_death, every_line, killed_tick, plain, random_history
from crash.mutants import MUTANTS, ROOT


@pytest.fixture(autouse=True)
def _plain():
    logging.disable(logging.CRITICAL)
    with plain():
        yield
    logging.disable(logging.NOTSET)


@pytest.mark.parametrize(("server", "gap"), [({"keyed": False}, GAPS[0]), ({"alone": True}, GAPS[2])], ids=str)
def test_whatever_a_dead_process_leaves_is_gone_on_with(tmp_path, server, gap):
    """At every line of four ticks that changed the disk or the server."""
    assert every_death(tmp_path, (gap,), **server).crashes > 150


def test_killed_by_the_system_at_any_line_every_message_arrives_once_and_in_order(tmp_path):
    count = every_line(tmp_path, stride=240)
    assert count.crashes > 35
    assert count.sent > 300


def test_kills_faults_clocks_and_damage_in_any_order(tmp_path):
    count = sum((random_history(tmp_path, seed) for seed in range(40)), Count())
    assert count.crashes > 60
    assert sum(count.faults.values()) > 150


def test_the_harness_kills_where_it_says(tmp_path):
    history = harness._begun(tmp_path, {})
    lines = killed_tick(history, 0)
    assert lines > 1000
    for line in (1, lines // 2, lines):
        history = harness._begun(tmp_path, {})
        assert killed_tick(history, line) is None
    assert killed_tick(harness._begun(tmp_path, {}), lines + 1) == lines


def test_the_harness_sees_what_it_is_there_to_see(tmp_path):
    """A message too many, too few, in the wrong order, an order not carried out."""
    history = harness._begun(tmp_path, {})
    for step in harness.STEPS:
        step(history)
        history.tick(timedelta(minutes=1))
    history.finish()
    harness.verify(history)
    messages = list(history.fake.messages)
    ours = [at for at, message in enumerate(messages) if message.by_bot]
    for at in ours:
        history.fake.messages = [*messages[:at], *messages[at + 1 :]]
        with pytest.raises(AssertionError):
            harness.verify(history)
        history.fake.messages = [*messages, messages[at]]
        with pytest.raises(AssertionError):
            harness.verify(history)
    history.fake.messages = messages
    harness.verify(history)
    assert history.clock.at > START


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.says)
def test_every_mistake_can_still_be_made(mutant):
    """Or the table of the long harness would lie; that it is seen is shown there."""
    for name, right, wrong in mutant.changes:
        code = (ROOT / "bot" / name).read_text(encoding="utf-8")
        compile(mutant.mistaken(code, right, wrong), name, "exec")
