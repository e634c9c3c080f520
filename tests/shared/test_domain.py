"""What every aggregate is made of."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, dataclass, replace

import pytest

from shared.domain import changed


@dataclass(frozen=True)
class State:
    name: str
    parts: tuple[int, ...] = ()
    total: int = 0


def test_a_changed_state_is_what_replace_gives_and_leaves_the_first_as_it_was() -> None:
    before = State("a", (1,))
    after = changed(before, parts=(1, 2), total=3)
    assert after == replace(before, parts=(1, 2), total=3) == State("a", (1, 2), 3)
    assert before == State("a", (1,))
    with pytest.raises(FrozenInstanceError):
        after.total = 4  # type: ignore[misc]


def test_a_class_with_slots_cannot_be_changed_so() -> None:
    @dataclass(frozen=True, slots=True)
    class Slotted:
        total: int = 0

    with pytest.raises(AttributeError):
        changed(Slotted(), total=1)
