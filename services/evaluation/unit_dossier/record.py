"""What evaluation has on record of a unit's calendar year, with what is needed to say it in words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, tzinfo
from itertools import chain
from typing import Any

from services.evaluation import dossier
from services.evaluation.appraisal.appraising import fixed_of
from services.evaluation.appraisal.rules import AppraisalRules
from services.evaluation.domain.appraisal import DAY, Award, Days, Fixed, Led
from services.evaluation.domain.appraisal import UnitYear as Appraisal
from services.evaluation.domain.project_score import ScoreFixed
from services.evaluation.domain.review.cycle.confirming import AwardRevoked, AwardsConfirmed, ProjectMovedUp
from services.evaluation.domain.scheme import Scheme
from shared.domain import By, PersonId
from shared.dossier import printed
from shared.envelope import Recorded
from shared.ledger_file import Statement
from shared.organisation import Organisation
from shared.sentences import Language

AWARDING = (AwardsConfirmed, AwardRevoked, ProjectMovedUp)


def calendar_year(year: int) -> Days:
    """From its first day to the first of the next."""
    return Days(date(year, 1, 1), date(year + 1, 1, 1))


@dataclass(frozen=True, slots=True)
class OfProject:
    """A project whose score is fixed, as it closed, and what was entered of its results until a year's end.

    `awards` stand in the streams of reviews.
    """

    project: str
    reference: str
    title: str
    unit: str
    ran: Days
    scheme: Scheme
    stream: Sequence[Recorded]  # the fixing, and every adjustment after it
    appeals: Sequence[Recorded]
    marks: Sequence[Recorded]
    awards: Sequence[Recorded]

    @property
    def fixed(self) -> ScoreFixed:
        """With the whole derivation."""
        found: ScoreFixed = self.stream[0].event
        return found

    @property
    def acts(self) -> Iterator[Recorded]:
        """All of it."""
        return chain(self.stream, self.appeals, self.marks, self.awards)

    def result(self, zone: tzinfo) -> Fixed:
        """The fixed score with what was adjusted."""
        return fixed_of(self.stream, zone)

    def given(self) -> list[Award]:
        """Its awards; one that was revoked stays."""
        found: list[Award] = []
        for one in self.awards:
            match one.event:
                case AwardsConfirmed(awards=awards):
                    mine = (of.award for of in awards if of.project == self.project)
                    found += [Award(self.project, award, one.id) for award in mine]
                case ProjectMovedUp(award=award):
                    kept = (of for of in found if of.revoked)  # the lower one that it had is left
                    found = [*kept, Award(self.project, award, one.id)]
                case AwardRevoked(award=award, reason=reason):
                    found = [
                        replace(of, revoked=one.id, reason=reason)
                        if of.award == award and not of.revoked
                        else of
                        for of in found
                    ]
        return found

    def led(self, zone: tzinfo) -> Led:
        """As an appraisal counts it."""
        return Led(self.project, self.reference, self.title, self.ran, over=True, fixed=self.result(zone))


@dataclass(frozen=True, slots=True)
class UnitRecord:
    """A unit's year; `appraisal` is None where what the programme says of it cannot be used."""

    unit: str
    code: str
    year: int
    projects: Sequence[OfProject]  # by reference
    appraisal: Appraisal | None
    rules: AppraisalRules | None
    issued: Sequence[Recorded]  # the appraisal as it was given away, and what was adjusted since
    names: Mapping[PersonId, str]  # of secretaries, where they are told
    organisation: Organisation
    reader: By
    statements: Sequence[Statement]
    complete: bool  # whether the hashes of the ledgers' other events go with it
    made_on: date  # the day that its watermark says
    zone: tzinfo

    def name(self, unit: str) -> str:
        """A unit's, as it is called now."""
        return dossier.unit_name(unit, self.organisation)

    def who(self, by: By | None, language: Language) -> str:
        """An office of a unit."""
        return dossier.who(by, self.organisation, language)

    def of(self, *kinds: type[Any]) -> Iterator[tuple[OfProject, Recorded]]:
        """The events of these kinds with their projects, in the order in which they were entered."""
        found = [(of, one) for of in self.projects for one in of.acts if isinstance(one.event, kinds)]
        return iter(sorted(found, key=lambda pair: (pair[1].envelope.recorded_at, pair[1].id)))


def titled(of: OfProject, language: Language) -> str:
    """A project's reference and title."""
    return f"{of.reference}\n{printed(language, of.title)}".strip()


def entered_by(events: Iterable[Recorded], year: Days, zone: tzinfo) -> list[Recorded]:
    """Those that had been entered when a year ended."""
    return [one for one in events if one.recorded_at.astimezone(zone).date() <= year.end - DAY]
