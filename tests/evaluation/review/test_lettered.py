"""Who a letter is follows from the review's key alone (R68)."""

from __future__ import annotations

from datetime import date
from itertools import islice

from services.evaluation.domain.review.pool import Listed
from services.evaluation.review.drawing import lettered
from shared.domain import PersonId

PANEL = "5a0c1f0e-0000-4000-8000-000000000001"
POOL = [
    Listed(PersonId(f"person {n}"), "safety_quality", (), "middle", False, date(2026, 3, 1))
    for n in range(30)
]


def test_letters_are_the_same_whenever_they_are_asked_and_others_under_another_key() -> None:
    """R68: panel and pool are known to more people than may know who judges what."""
    one, again, other = (lettered(key, PANEL, POOL) for key in (b"1" * 32, b"1" * 32, b"2" * 32))
    assert one == again == lettered(b"1" * 32, PANEL, POOL[::-1])
    assert one != other
    assert one != lettered(b"1" * 32, PANEL.replace("1", "2"), POOL)
    assert [*islice(one, 24, 28)] == ["Y", "Z", "AA", "AB"]
    assert {who.person for who in one.values()} == {who.person for who in POOL}
