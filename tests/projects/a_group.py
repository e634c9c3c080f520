"""A group with two companies and the people around one project, for tests of who may see what."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID, uuid5

from shared import roster
from shared.domain import OfficeId, PersonId, UnitId
from shared.organisation import Organisation
from tests.projects.a_project import BRANCH, COMPANY, GROUP
from tests.support.recorded import recorded

PARTNER, WORKSHOP = UnitId("partner"), UnitId("workshop")
OTHER_COMPANY, OTHER_BRANCH, LABORATORY = (
    UnitId("other company"),
    UnitId("other branch"),
    UnitId("laboratory"),
)
TODAY, NEW_YEAR = date(2026, 9, 1), date(2026, 1, 1)


def person(name: str) -> PersonId:
    """Somebody's id, which says nothing of the name."""
    return PersonId(str(uuid5(UUID(int=0), name)))


def unit(id_: UnitId, parent: UnitId | None, has_ledger: bool = False) -> roster.UnitEstablished:
    return roster.UnitEstablished(
        id_, id_, f"{id_}党组织", parent, "production", "党支部", (), has_ledger, has_ledger, 5
    )


def registered(name: str, branch: UnitId) -> roster.PersonRegistered:
    return roster.PersonRegistered(person(name), branch, "正式党员", "", "")


def appointed(name: str, office: str, where: UnitId, until: date | None = None) -> roster.OfficeAppointed:
    term = OfficeId(f"{name} {office} {where}")
    return roster.OfficeAppointed(
        term, person(name), office, where, NEW_YEAR, until, False, False, person("x")
    )


def no_tie(known: Organisation, *names: str, unit: UnitId = BRANCH, on: date = NEW_YEAR) -> None:
    """These declared to have no tie with a unit (R5)."""
    for name in names:
        known.apply(recorded(known.position + 1, roster.NoTieDeclared(person(name), unit, on)))


UNITS = (
    unit(GROUP, None),
    unit(COMPANY, GROUP, has_ledger=True),
    unit(BRANCH, COMPANY),
    unit(WORKSHOP, BRANCH),
    unit(PARTNER, COMPANY),
    unit(OTHER_COMPANY, GROUP, has_ledger=True),
    unit(OTHER_BRANCH, OTHER_COMPANY),
    unit(LABORATORY, OTHER_COMPANY),
)
OFFICES = (
    ("secretary of the branch", "branch_secretary", BRANCH),
    ("union chair of the branch", "union_chair", BRANCH),
    ("secretary of the partner", "branch_secretary", PARTNER),
    ("party department", "party_department", COMPANY),
    ("committee member", "committee_member", COMPANY),
    ("inspector of the company", "inspector", COMPANY),
    ("headquarters", "headquarters", GROUP),
    ("auditor of the group", "auditor", GROUP),
    ("auditor of the company", "auditor", COMPANY),
    ("discipline of the company", "discipline_officer", COMPANY),
    ("measurer", "source_department", LABORATORY),
    ("other office of the laboratory", "administrative_head", LABORATORY),
    ("operator of the company", "company_operator", COMPANY),
    ("operator of the group", "group_operator", GROUP),
    ("juror", "juror", GROUP),
    ("secretary of the workshop", "branch_secretary", WORKSHOP),
    ("secretary of the other branch", "branch_secretary", OTHER_BRANCH),
    ("auditor of the other company", "auditor", OTHER_COMPANY),
    ("committee member of the other company", "committee_member", OTHER_COMPANY),
)
MEMBERS = (
    ("member of the branch", BRANCH),
    ("member of the partner", PARTNER),
    ("member of the workshop", WORKSHOP),
    ("member of the other branch", OTHER_BRANCH),
    ("deputy from elsewhere", OTHER_BRANCH),
)
FORMER = appointed("secretary before", "branch_secretary", BRANCH, until=date(2026, 3, 31))
EVERYBODY = (
    *(name for name, _, _ in OFFICES),
    *(name for name, _ in MEMBERS),
    "secretary before",
    "stranger",
)


def organisation(*events: Any) -> Organisation:
    """The group, and what happened in it besides."""
    of_offices = [appointed(*office) for office in OFFICES]
    stand_in = roster.DeputyAppointed(of_offices[0].term, person("deputy from elsewhere"), NEW_YEAR, TODAY)
    people = [registered(*member) for member in MEMBERS]
    found = Organisation()
    for position, event in enumerate((*UNITS, *people, *of_offices, FORMER, stand_in, *events), 1):
        found.apply(recorded(position, event))
    return found
