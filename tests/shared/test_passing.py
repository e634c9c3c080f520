"""What passes by itself parks nothing."""

from __future__ import annotations

import pytest
from sqlalchemy.exc import TimeoutError as PoolExhausted

from shared.bus import Unanswered
from shared.passing import Unavailable, is_passing


@pytest.mark.parametrize(
    "error",
    [Unanswered("feed.projects"), Unavailable("stopping"), ConnectionResetError(), PoolExhausted("full")],
)
def test_a_service_that_is_away_holds_no_project(error: Exception) -> None:
    assert is_passing(error)


def test_a_mistake_does_not_pass() -> None:
    assert not is_passing(LookupError("a project that is not here"))
