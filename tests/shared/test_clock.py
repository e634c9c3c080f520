"""Clocks: the machine's, and the example's that only runs forward."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from shared.clock import ClockRunsForward, ExampleClock, SystemClock, clock_of, today
from shared.settings import Settings

NEW_YEARS_EVE = datetime(2025, 12, 31, 20, tzinfo=UTC)


def test_the_settings_choose_the_clock() -> None:
    assert isinstance(clock_of(Settings(service="projects")), SystemClock)
    assert isinstance(clock_of(Settings(service="projects", clock="example")), ExampleClock)


def test_the_examples_clock_stands_until_it_is_set() -> None:
    clock = ExampleClock(NEW_YEARS_EVE)
    assert clock.now() == NEW_YEARS_EVE

    clock.set(NEW_YEARS_EVE + timedelta(days=1))
    assert clock.now() == NEW_YEARS_EVE + timedelta(days=1)


def test_the_examples_clock_never_goes_back() -> None:
    clock = ExampleClock(NEW_YEARS_EVE)

    with pytest.raises(ClockRunsForward):
        clock.set(NEW_YEARS_EVE - timedelta(microseconds=1))

    assert clock.now() == NEW_YEARS_EVE


def test_the_day_is_that_of_the_place() -> None:
    clock = ExampleClock(NEW_YEARS_EVE)
    assert today(clock, ZoneInfo("Asia/Shanghai")) == date(2026, 1, 1)
    assert today(clock, ZoneInfo("Europe/London")) == date(2025, 12, 31)
