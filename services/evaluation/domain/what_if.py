"""What another version's rules would have said of a project: nothing is changed by asking."""

from __future__ import annotations

from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from services.evaluation.domain.formulas import INNER
from services.evaluation.domain.scheme import Scheme
from services.evaluation.domain.score import Score, score
from services.evaluation.domain.tally import Tally
from shared.domain import changed


def score_under(tally: Tally, own: Scheme, other: Scheme, on: date) -> Score:
    """The score by another scheme on a local date.

    What people marked keeps its share of the criterion: 7 of 8 points are 14 of 16. A criterion that the
    own scheme does not have, and that nobody marked, is open while the project goes on, and lost afterwards.
    """
    marks, weights = dict(tally.marks), _weights(own)
    for code, weight in _weights(other).items():
        if code in marks and weights.get(code, weight) != weight:
            marks[code] = (marks[code] * weight / weights[code]).quantize(INNER, ROUND_HALF_UP)
    return score(changed(tally, marks=marks), other, on)


def _weights(scheme: Scheme) -> dict[str, Decimal]:
    return {criterion.code: criterion.weight for group in scheme.groups for criterion in group.criteria}
