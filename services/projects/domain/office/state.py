"""What the rules of a term of office read of its past, and the refusals that its parts share."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from shared.domain import NotAllowed, PersonId, Refusal, UnitId

NOT_BY_A_PARTY_DEPARTMENT = {"discipline_officer", "auditor", "inspector", "headquarters", "group_operator"}
NOWHERE = UnitId("")  # the unit of a term that was never entered


@dataclass(frozen=True, slots=True)
class StandIn:
    deputy: PersonId
    since: date
    end: date  # the first day without


@dataclass(frozen=True, slots=True)
class Term:
    person: PersonId | None = None
    office: str = ""
    unit: UnitId = NOWHERE
    since: date = date.min
    appointed_by: PersonId | None = None
    awaits_second: bool = False
    ended_on: date | None = None
    deputies: tuple[StandIn, ...] = ()
    vacant_since: date | None = None
    opened_in: UnitId | None = None


class TermIsNotInForce(Refusal):
    """This term of office is not in force.

    Choose a term that is confirmed and has not ended."""


class NotYoursToAppoint(NotAllowed):
    """The office {by} may not appoint the office {office} in this unit.

    A party department appoints in its own company, never discipline, audit, inspectors or headquarters."""


class EndsBeforeItBegins(Refusal):
    """It cannot end before it begins on {since}.

    Correct the dates."""


def may_appoint(appointing: str, office: str) -> bool:
    """Which office may appoint which, within its scope (R13); auditors only by discipline or audit (R15)."""
    match appointing:
        case "party_department":
            return office not in NOT_BY_A_PARTY_DEPARTMENT
        case "headquarters":
            return office != "auditor"
        case "discipline_officer" | "auditor":
            return office in {"auditor", "discipline_officer"}
        case _:
            return False


def in_force(term: Term) -> None:
    """Refuse what is said of a term that was never entered or has ended."""
    if term.person is None or term.ended_on is not None:
        raise TermIsNotInForce()
