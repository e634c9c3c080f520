"""Who asks for the appraisals of a year, by which rules, and what of them they may read (R11, R75)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated

from fastapi import Depends, Path, Request

from services.evaluation.appraisal.appraising import terms_in, units_of
from services.evaluation.appraisal.document import Told
from services.evaluation.appraisal.rules import AppraisalRules, rules_of
from services.evaluation.domain.appraisal import Appraised, UnitYear
from services.evaluation.parts import Parts, parts_of
from services.evaluation.sight import appraises
from shared.clock import today
from shared.domain import PersonId, UnitId
from shared.look import What
from shared.looking import looking_from, take_look
from shared.organisation import Organisation
from shared.problems import FieldsWrong
from shared.signed_in import SignedIn
from shared.wait_for import WaitFor

Year = Annotated[int, Path(ge=2000, le=9998, description="Of the programme, not of the calendar")]


class AppraisalYearNotBegun(FieldsWrong):
    """The year {year} has not begun yet.

    Choose this year or an earlier one."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Somebody who reads the appraisals of a year today, and what they may read."""

    parts: Parts
    person: PersonId
    number: int
    rules: AppraisalRules
    day: date
    complete_to: datetime | None

    @property
    def known(self) -> Organisation:
        """As this process has it."""
        return self.parts.group.organisation

    def sees(self, unit: UnitId) -> bool:
        """All of a unit's."""
        return appraises(self.known, self.person, unit, self.day)

    def reads(self, unit: UnitId, secretary: Appraised) -> bool:
        """One secretary's: also the own."""
        return secretary.term.person == self.person or self.sees(unit)

    def units(self, company: str | None) -> list[UnitId]:
        """Those of which there is something to read, by id."""
        found = units_of(self.known, UnitId(company) if company else None, self.rules.year)
        return [unit for unit in found if self.sees(unit) or self._own(unit)]

    def _own(self, unit: UnitId) -> bool:
        return any(term.person == self.person for term in terms_in(self.known, unit, self.rules.year))

    async def told(self, years: Iterable[UnitYear]) -> list[Told]:
        """The secretaries in these years that may be read, with names where they are told (R75)."""
        pairs = [(of, one) for of in years for one in of.secretaries if self.reads(of.unit, one)]
        names = await self.parts.group.names([self.person, *(one.term.person for _, one in pairs)])
        return [
            Told(
                year=self.number,
                of=of,
                secretary=one,
                rules=self.rules,
                unit=self.known.name_for(of.unit, self.person, self.day) or of.unit,
                name=names.get(one.term.person, "") if self.named(of.unit) else "",
                reader=names.get(self.person, self.person),
                made_on=self.day,
            )
            for of, one in pairs
        ]

    def named(self, unit: UnitId) -> bool:
        """Whether who serves there is named to this reader (R75)."""
        return self.known.names_to(unit, self.person, self.day)

    async def look(self, request: Request, what: What, of: str, unit: UnitId | None = None) -> None:
        """On the record where it is audit or discipline that reads (R76)."""
        offices = looking_from(self.known, self.person, unit, self.day)
        await take_look(request, self.parts.writer, self.person, next(iter(offices), None), what, of)


async def _asked(request: Request, year: Year, person: SignedIn, wait_for: WaitFor) -> Asked:
    """AppraisalYearNotBegun, AppraisalRulesUnreadable."""
    parts = parts_of(request)
    complete_to = await parts.group.reached(parts.scores, wait_for)
    rules, day = rules_of(parts.group.organisation, year), today(parts.clock, parts.settings.time_zone)
    if rules.year.since > day:
        raise AppraisalYearNotBegun(fields=["year"], year=year)
    return Asked(parts, person, year, rules, day, complete_to)


Reads = Annotated[Asked, Depends(_asked)]
