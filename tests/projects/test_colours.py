"""The colour of a date (R42), as a table."""

from __future__ import annotations

from datetime import date

import pytest

from services.projects.domain.colours import Colour, colour, holder_warned_on, leader_warned_on, warned

BEGUN, DUE = date(2026, 3, 1), date(2026, 8, 28)  # 180 days: 20 are less than a quarter


@pytest.mark.parametrize(
    ("since", "due", "today", "done_on", "expected"),
    [
        pytest.param(BEGUN, DUE, date(2026, 3, 1), None, "green", id="newly begun"),
        pytest.param(BEGUN, DUE, date(2026, 8, 7), None, "green", id="21 days before"),
        pytest.param(BEGUN, DUE, date(2026, 8, 8), None, "yellow", id="20 days before"),
        pytest.param(BEGUN, DUE, DUE, None, "yellow", id="until its last day is over"),
        pytest.param(BEGUN, DUE, date(2026, 8, 29), None, "red", id="its day is over"),
        pytest.param(BEGUN, DUE, date(2027, 1, 1), DUE, "green", id="done on its last day, for ever"),
        pytest.param(BEGUN, DUE, date(2027, 1, 1), date(2026, 8, 29), "yellow", id="made up late: not green"),
        pytest.param(
            date(2026, 3, 1), date(2026, 3, 16), date(2026, 3, 1), None, "green", id="15 days: born green"
        ),
        pytest.param(
            date(2026, 3, 1), date(2026, 3, 16), date(2026, 3, 12), None, "green", id="15 days: 4 left"
        ),
        pytest.param(
            date(2026, 3, 1), date(2026, 3, 16), date(2026, 3, 13), None, "yellow", id="15 days: 3 left"
        ),
        pytest.param(date(2026, 3, 1), date(2026, 3, 2), date(2026, 3, 1), None, "green", id="one day"),
        pytest.param(
            date(2026, 3, 5), date(2026, 3, 2), date(2026, 3, 1), None, "green", id="added with a past date"
        ),
    ],
)
def test_a_date_has_the_colour_of_the_day(
    since: date, due: date, today: date, done_on: date | None, expected: Colour
) -> None:
    """R42: yellow from min(20 days, a quarter) before, red when over, made up late yellow."""
    assert colour(since, due, today, done_on) == expected


def test_the_leader_is_told_at_half_of_the_holders_time() -> None:
    """R42: the holder 20 days before, the leader 10; of short ones half of the quarter."""
    assert (holder_warned_on(BEGUN, DUE), leader_warned_on(BEGUN, DUE)) == (
        date(2026, 8, 8),
        date(2026, 8, 18),
    )
    short = date(2026, 3, 1), date(2026, 3, 17)  # 16 days, a quarter are 4
    assert (holder_warned_on(*short), leader_warned_on(*short)) == (date(2026, 3, 13), date(2026, 3, 15))
    days = (date(2026, 8, 7), date(2026, 8, 8), date(2026, 8, 17), date(2026, 8, 18), date(2026, 9, 30))
    told = [warned(BEGUN, DUE, day) for day in days]
    assert told == ["nobody", "holder", "holder", "leader", "leader"]
