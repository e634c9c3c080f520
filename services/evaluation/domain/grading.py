"""Grades of a year's figures, and whether as many reach one as the programme allows: said, never forced."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import floor


@dataclass(frozen=True, slots=True)
class Grade:
    """From which figure on, and for which share of all at most; None: for any."""

    name: str
    floor: Decimal
    share_at_most: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Reached:
    """How many of all that have a figure reach a grade, and how many may."""

    grade: Grade
    count: int
    of: int
    at_most: int | None

    @property
    def too_many(self) -> int:
        """Beyond the share. Nobody is graded down for it: who appraises decides, and says why."""
        return 0 if self.at_most is None else max(0, self.count - self.at_most)


def grade_of(figure: Decimal, grades: Sequence[Grade]) -> Grade:
    """The highest whose floor it reaches."""
    return max((grade for grade in grades if grade.floor <= figure), key=lambda grade: grade.floor)


def distribution(figures: Iterable[Decimal], grades: Sequence[Grade]) -> tuple[Reached, ...]:
    """All grades as the programme lists them; a share allows whole people only, rounded down."""
    reached = [grade_of(figure, grades) for figure in figures]
    return tuple(
        Reached(
            grade,
            reached.count(grade),
            len(reached),
            None if grade.share_at_most is None else floor(grade.share_at_most * len(reached)),
        )
        for grade in grades
    )


def faults(grades: Sequence[Grade]) -> list[str]:
    """What keeps grades that can be read from being used; empty for sound ones."""
    floors = [grade.floor for grade in grades]
    sound = all(one.is_finite() and 0 <= one <= 100 for one in floors)
    shares = [grade.share_at_most for grade in grades if grade.share_at_most is not None]
    return [
        *([] if sound and floors == sorted(set(floors), reverse=True) else ["grades fall in their order"]),
        *([] if floors and floors[-1] == 0 else ["no grade begins at 0"]),
        *(["a share lies between 0 and 1"] if any(not _a_share(share) for share in shares) else []),
    ]


def _a_share(share: Decimal) -> bool:
    return share.is_finite() and 0 <= share <= 1
