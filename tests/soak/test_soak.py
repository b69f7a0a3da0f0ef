"""Eight days of the quarter, and two days over the wire: `make test-soak` lives all of it."""

import logging

import pytest
from soak import quarter, wire
from soak.quarter import Measured, Quarter
from soak.wire import Wire


@pytest.fixture(autouse=True)
def _quiet():
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


def test_eight_days_of_everything_that_goes_wrong(tmp_path):
    lived = Quarter(tmp_path / "state", seed=1, days=8).live()
    quarter.verify(lived)
    assert lived.faults > 10
    assert all(fake.total > 250 for fake in lived.fakes)


def test_two_days_over_the_wire(tmp_path):
    lived = Wire(tmp_path / "state", days=2).live()
    wire.verify(lived)
    assert sum(lived.asked.values()) > 300


def test_a_burst_would_be_seen(tmp_path):
    lived = Quarter(tmp_path / "state", days=1).live()
    lived.fakes[0].most = 301
    with pytest.raises(AssertionError, match="301 requests in five minutes"):
        quarter.verify(lived)


def test_a_leak_would_be_seen():
    days = [Measured(day=n, memory=1000 * n, file=1, documents=1000) for n in range(1, 91)]
    flat = [Measured(day=n, memory=1000 * n, file=1, documents=10 * n) for n in range(1, 91)]
    assert quarter.grows(_with(days)) > 1.5
    assert quarter.grows(_with(flat)) == pytest.approx(1)


def _with(measures):
    made = Quarter.__new__(Quarter)
    made.measures = measures
    return made
