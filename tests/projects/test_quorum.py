"""The arithmetic of meetings."""

from __future__ import annotations

import pytest

from services.projects.domain.quorum import (
    Numbers,
    adds_up,
    can_pass,
    half_is_present,
    passes,
    present_is_enough,
)


@pytest.mark.parametrize(
    ("should_attend", "committee", "two_thirds", "branch", "carries"),
    [(1, 1, 1, 1, 1), (5, 3, 4, 3, 3), (6, 4, 4, 3, 4), (7, 4, 5, 4, 4), (9, 5, 6, 5, 5)],
)
def test_the_smallest_number_that_is_enough(
    should_attend: int, committee: int, two_thirds: int, branch: int, carries: int
) -> None:
    people = range(should_attend + 1)
    assert next(n for n in people if present_is_enough(should_attend, n)) == committee
    assert next(n for n in people if present_is_enough(should_attend, n, two_thirds=True)) == two_thirds
    assert next(n for n in people if half_is_present(should_attend, n)) == branch
    assert next(n for n in people if passes(should_attend, n)) == carries
    assert next(n for n in people if can_pass(should_attend, n)) == carries


@pytest.mark.parametrize(
    "numbers",
    [
        Numbers(0, 0, 0),
        Numbers(5, 6, 5),
        Numbers(5, 4, 5),
        Numbers(5, 5, 5, withdrawn=1),
        Numbers(5, 5, 4, votes_against=-1),
        Numbers(5, 4, 2, votes_against=2, abstain=1),
    ],
)
def test_impossible_numbers_are_found(numbers: Numbers) -> None:
    assert not adds_up(numbers)


def test_withdrawn_members_stay_in_the_base_and_do_not_vote() -> None:
    assert adds_up(Numbers(7, 7, 4, votes_against=1, withdrawn=2))
    assert not passes(7, 3)
