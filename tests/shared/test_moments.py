"""A moment of a stream is the same for ever, whatever ledgers the stream lies in."""

from __future__ import annotations

from datetime import timedelta

from msgspec import structs

from shared.envelope import Recorded
from shared.moments import Moment, held, pinned, steps
from tests.support.books import Added
from tests.support.recorded import NOON, recorded


def stream() -> list[Recorded]:
    """Three events of a company's ledger, then two of its successor's (R70)."""
    places = [("company", 7), ("company", 8), ("company", 9), ("heir", 1), ("heir", 8)]
    return [
        structs.replace(
            recorded(position, Added(version), NOON + timedelta(minutes=version), ledger), version=version
        )
        for version, (ledger, position) in enumerate(places, 1)
    ]


def test_positions_of_the_successor_leave_out_nothing_of_the_ledger_before() -> None:
    """A moved project's own moment was asked for again, and its page was not there."""
    whole = stream()
    for count in range(1, 6):
        until = Moment("entered", whole[count - 1].recorded_at)
        assert held(whole, pinned(whole, until)) == held(whole, until) == whole[:count]
    assert held(whole, pinned(whole, Moment())) == whole
    assert held(whole, Moment(known=9)) == whole[:3]
    assert held(whole, Moment(known=1)) == whole[:4]
    assert held(whole, Moment(known=5)) == whole[:4], "what lies before it in its ledger"
    assert held(whole[:3], Moment(known=6)) == []


def test_the_way_back_leads_through_both_ledgers() -> None:
    whole, passed = stream(), []
    at: Moment | None = Moment()
    while at is not None:
        passed.append(len(held(whole, at)))
        at, _ = steps(whole, at)
    assert passed == [5, 4, 3, 2, 1]
