"""Where a page ends, in an address and back."""

from __future__ import annotations

import pytest

from shared.places import After

ID = "00000000-0000-0000-0000-00000000000c"


def test_a_place_comes_back_as_it_was_told() -> None:
    place = After(1_769_000_000_000_000, ID)
    assert After.read(str(place)) == place


@pytest.mark.parametrize(
    "text", ["", "1", f"x.{ID}", "1.12", f"1_0.{ID}", f"٣.{ID}", f"1{'0' * 30}.{ID}", f"1.{'-' * 36}"]
)
def test_a_place_that_is_none_is_not_read(text: str) -> None:
    assert After.read(text) is None
