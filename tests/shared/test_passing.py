"""What passes by itself parks nothing."""

from __future__ import annotations

import pytest

from shared.bus import Unanswered
from shared.checkpoints import passing
from shared.decision import Unavailable


@pytest.mark.parametrize(
    "error", [Unanswered("feed.projects"), Unavailable("stopping"), ConnectionResetError()]
)
def test_a_service_that_is_away_holds_no_project(error: Exception) -> None:
    assert passing(error)


def test_a_mistake_does_not_pass() -> None:
    assert not passing(LookupError("a project that is not here"))
