"""Who may know of a score: the same people who may know of its project, by the same rule."""

from __future__ import annotations

from services.evaluation.domain.tally import Tally
from shared.domain import UnitId
from shared.sight import Circle


def circle_of(tally: Tally) -> Circle:
    """The circle of a project, as its tally keeps it."""
    around = tally.around
    return Circle(
        frozenset((UnitId(tally.unit), *around.units)),
        around.people,
        frozenset((seat.office, seat.unit) for seat in around.seats),
    )


def same_circle(before: Tally, after: Tally) -> bool:
    """Whether an event left the circle as it was; most do not touch what it is made of."""
    untouched = before.around is after.around and before.unit == after.unit
    return untouched or circle_of(before) == circle_of(after)
