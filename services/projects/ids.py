"""The ids of what projects decides on, each following from what it names."""

from __future__ import annotations

from datetime import date

from shared.domain import OfficeId, PersonId, UnitId
from shared.ids import derived


def person_id(staff_number: str) -> PersonId:
    """The person of a staff number, who is therefore registered once (R14)."""
    return PersonId(derived("person", staff_number))


def unit_id(code: str) -> UnitId:
    """The unit of a code, which is therefore established once."""
    return UnitId(derived("unit", code))


def term_id(person: PersonId, office: str, unit: UnitId, since: date) -> OfficeId:
    """The term that these name, which is therefore entered once."""
    return OfficeId(derived("term", person, office, unit, since.isoformat()))


def account_id(person: PersonId) -> str:
    """The stream of a person's account, of which there is one."""
    return derived("account", person)


def vacancy_id(office: str, unit: UnitId) -> OfficeId:
    """The stream that holds the vacancies of one office in one unit."""
    return OfficeId(derived("vacancy", office, unit))


def programme_id(version: str) -> str:
    """The stream of a version (for example "2026.1"), which is therefore published once."""
    return derived("programme", version)


def problems_id(unit: UnitId) -> str:
    """The stream of a branch's problem list."""
    return derived("problems", unit)


def texts_id(record: str) -> str:
    """The stream of what is withdrawn from a record that is no project."""
    return derived("texts", record)


def supplement_id(company: UnitId, version: str) -> str:
    """The stream of a company's version, which is therefore published once."""
    return derived("supplement", company, version)
