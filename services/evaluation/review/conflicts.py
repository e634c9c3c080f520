"""Which jurors may not judge a project, as the record tells: units, offices, ties, past decisions (R5)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Literal

from services.evaluation.domain.tally import Tally
from shared.domain import PersonId, UnitId
from shared.organisation import Organisation
from shared.ties import ties_of, units_of

Conflict = Literal["has_a_part", "own_unit", "former_unit", "tie"]


@dataclass(frozen=True, slots=True)
class Judged:
    """A project as conflicts are looked for: who has a part in it or decided on it, and whose it is."""

    units: frozenset[UnitId]  # that lead it, and partners
    people: frozenset[PersonId]


def conflict(
    organisation: Organisation,
    juror: PersonId,
    judged: Judged,
    review_of: UnitId,
    former_since: date,
    on: date,
) -> Conflict | None:
    """The weightiest that the record tells; what it does not tell, the juror declares before the file opens.

    `former_since` is the first day on which a post still counts (R5: two years, by the programme).
    """
    if juror in judged.people:
        return "has_a_part"
    theirs = _levels(organisation, judged.units, review_of)
    tied = {UnitId(one) for one in organisation.declared_ties(juror)}
    now = {*units_of(organisation, juror, on, on)} - tied
    if theirs & _levels(organisation, now, review_of):
        return "own_unit"
    former = {*units_of(organisation, juror, former_since, on)} - tied
    if theirs & _levels(organisation, former, review_of):
        return "former_unit"
    if theirs & _levels(organisation, tied, review_of) or judged.people & {*ties_of(organisation, juror, on)}:
        return "tie"
    return None


def compared(organisation: Organisation, unit: UnitId, review_of: UnitId) -> UnitId:
    """The unit at the level that is compared: in a company's review the branch, in the group's the company.

    Otherwise no company could judge its own branches (R7).
    """
    if review_of != organisation.group:
        return unit
    above = [*organisation.above(unit)]
    return above[-2] if len(above) > 1 and above[-1] == review_of else unit


def _levels(organisation: Organisation, units: Iterable[UnitId], review_of: UnitId) -> set[UnitId]:
    return {compared(organisation, unit, review_of) for unit in units}


def judged_of(tally: Tally) -> Judged:
    """A project with its partners, and all who ever had a part in it or decided on it (R4)."""
    around = tally.around
    units = frozenset((UnitId(tally.unit), *around.partners, *around.acted))
    return Judged(units, frozenset(around.had_a_part))
