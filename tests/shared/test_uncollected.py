"""The collector rests while much is made at once, and goes on afterwards whatever happened."""

from __future__ import annotations

import gc

import pytest

from shared.uncollected import uncollected


def test_the_collector_rests_and_goes_on_even_after_an_error() -> None:
    resting: list[bool] = []

    def fails() -> None:
        with uncollected():
            resting.append(not gc.isenabled())
            raise LookupError

    with pytest.raises(LookupError):
        fails()
    assert (resting, gc.isenabled()) == ([True], True)


def test_whoever_had_it_rest_before_still_has() -> None:
    gc.disable()
    try:
        with uncollected():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()
