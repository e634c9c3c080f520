"""Some people and units for tests of the organisation's aggregates."""

from __future__ import annotations

from datetime import date

from services.projects.ids import person_id, unit_id
from shared.domain import By, PersonId

GROUP = unit_id("G")
COMPANY = unit_id("C1")
BRANCH = unit_id("B1")
LI, WANG, ZHAO, QIAN, SUN = (person_id(number) for number in ("1001", "1002", "1003", "1004", "1005"))
TODAY = date(2026, 3, 2)


def department(person: PersonId = WANG, on_behalf_of: PersonId | None = None) -> By:
    return By(person, "party_department", COMPANY, on_behalf_of)


def headquarters(person: PersonId = ZHAO) -> By:
    return By(person, "headquarters", GROUP)
