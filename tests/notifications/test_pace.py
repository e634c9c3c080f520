"""How long is waited, how much goes at once, and when a channel rests."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from services.notifications.pace import (
    BASE,
    CAP,
    FAILURES_IN_A_ROW,
    REST,
    REST_AT_MOST,
    WAITS_AT_MOST,
    Breaker,
    Rate,
    asked,
    back_off,
    free,
    used,
)

NOW = datetime(2026, 3, 2, 4, tzinfo=UTC)
RATES = st.builds(Rate, st.integers(1, 6000), st.integers(1, 100))


@given(st.integers(0, 10_000), st.integers())
def test_a_wait_is_drawn_between_nothing_and_a_limit_that_doubles_up_to_a_cap(tries: int, seed: int) -> None:
    wait = back_off(tries, random.Random(seed).uniform)
    doubled = BASE * 2 ** min(max(tries, 1) - 1, 30)
    assert timedelta(0) <= wait <= min(CAP, doubled)


def test_waits_use_the_whole_of_their_limit() -> None:
    """Full jitter: else what failed together comes together again."""
    chance = random.Random(1)
    waits = [back_off(4, chance.uniform) for _ in range(1000)]
    assert min(waits) < BASE * 8 * 0.05
    assert max(waits) > BASE * 8 * 0.95


@given(st.integers(1, 20), st.floats(allow_nan=True, allow_infinity=True))
def test_a_wait_is_never_shorter_than_asked_and_what_is_asked_has_a_limit(tries: int, seconds: float) -> None:
    wait = back_off(tries, random.Random(0).uniform, seconds)
    assert asked(seconds) <= wait <= WAITS_AT_MOST
    if 0 < seconds <= WAITS_AT_MOST.total_seconds():
        assert asked(seconds) == timedelta(seconds=seconds)


@given(RATES, st.lists(st.tuples(st.integers(0, 90_000), st.integers(0, 200)), max_size=60))
def test_in_no_stretch_of_time_goes_more_than_the_rate_and_one_burst(
    rate: Rate, turns: list[tuple[int, int]]
) -> None:
    now, next_free_at, went = NOW, NOW, list[tuple[datetime, int]]()
    for milliseconds, wanted in turns:
        now += timedelta(milliseconds=milliseconds)
        count = min(wanted, free(rate, next_free_at, now))
        next_free_at = used(rate, next_free_at, now, count)
        went.append((now, count))
    for place, (since, _) in enumerate(went):
        for until in range(place, len(went)):
            stretch = went[until][0] - since
            allowed = rate.burst + (stretch + timedelta(milliseconds=1)) / rate.interval
            assert sum(count for _, count in went[place : until + 1]) <= allowed + 1


@given(RATES)
def test_after_a_rest_a_whole_burst_may_go(rate: Rate) -> None:
    spent = used(rate, NOW, NOW, rate.burst)
    assert free(rate, spent, NOW) == 0
    assert free(rate, spent, NOW + timedelta(days=1)) == rate.burst


def test_a_channel_rests_after_failures_in_a_row_and_longer_each_time() -> None:
    breaker, now, rests = Breaker(), NOW, list[timedelta]()
    for _ in range(FAILURES_IN_A_ROW - 1):
        breaker = breaker.failed(now)
        assert not breaker.rests(now)
    for _ in range(8):
        breaker = breaker.failed(now)
        assert breaker.rests(now)
        assert breaker.probes
        assert breaker.open_until is not None
        rests.append(breaker.open_until - now)
        now = breaker.open_until
        assert not breaker.rests(now)
    assert rests[:3] == [REST, REST * 2, REST * 4]
    assert rests[-1] == REST_AT_MOST
    assert breaker.worked() == Breaker()


def test_failures_that_went_side_by_side_open_it_once() -> None:
    breaker = Breaker()
    for _ in range(20):
        breaker = breaker.failed(NOW)
    assert (breaker.failures, breaker.open_until) == (FAILURES_IN_A_ROW, NOW + REST)


def test_a_channel_that_asks_for_rest_gets_it_at_once() -> None:
    breaker = Breaker().failed(NOW, 600)
    assert breaker.open_until == NOW + timedelta(minutes=10)
    assert not breaker.probes
