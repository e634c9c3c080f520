"""Which party bodies meet, how often, and whose seats they are."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Literal

from services.projects.domain.dates import days_after, months_after
from shared.domain import NotAllowed, Rhythm

Kind = Literal["party_committee", "general_branch_committee", "branch_committee", "member_meeting"]
_COMMITTEES: frozenset[Kind] = frozenset({"general_branch_committee", "branch_committee"})
KINDS_OF: Mapping[str, frozenset[Kind]] = {  # office of a meeting step's seat → what decides for it (R26)
    "party_secretary": frozenset({"party_committee"}),
    "deputy_party_secretary": frozenset({"party_committee"}),
    "committee_member": frozenset({"party_committee"}),
    "general_branch_secretary": frozenset({"general_branch_committee"}),
    "branch_secretary": frozenset({"branch_committee", "member_meeting"}),
    "deputy_branch_secretary": _COMMITTEES,
    "organisation_member": _COMMITTEES,
    "publicity_member": _COMMITTEES,
    "branch_discipline_member": _COMMITTEES,
}

DAYS = {"week": 7, "two_weeks": 14}
MONTHS = {"month": 1, "quarter": 3}


def next_regular(rhythm: Rhythm, after: date) -> date:
    """The next regular meeting after a day (R32), be it a day off."""
    first = rhythm.first or after
    if days := DAYS.get(rhythm.every):
        return days_after(after, days - (after - first).days % days)
    months = MONTHS[rhythm.every]
    begun = ((after.year - first.year) * 12 + after.month - first.month) // months * months
    meetings = (months_after(first, begun + later) for later in (0, months, 2 * months))
    return next((day for day in meetings if day > after), date.max)


class NotTheDecidingBody(NotAllowed):
    """This matter is not for the body that met.

    Put it on the agenda of the body that is asked."""
