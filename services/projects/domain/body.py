"""Which party bodies meet, and whose seats they are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from shared.domain import NotAllowed

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


class NotTheDecidingBody(NotAllowed):
    """This matter is not for the body that met.

    Put it on the agenda of the body that is asked."""
