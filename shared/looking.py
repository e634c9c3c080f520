"""Looks of audit and discipline are on the record before anything is seen, and shown to few (R76)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from fastapi import Request
from prometheus_client import Counter
from pydantic import BaseModel, Field

from shared.decision import Submission
from shared.domain import By, NotAllowed, PersonId, UnitId
from shared.envelope import Recorded
from shared.ids import derived
from shared.ledger import ACCESS, Ledgers
from shared.look import LOOK, LookTaken, TakeLook, What
from shared.offices import rights_of
from shared.organisation import Organisation, Term
from shared.sentences import Language, word
from shared.writer import Writer

AUDIT, DISCIPLINE = "read", "read_restricted"  # rights
LOOKS = Counter("denggao_looks", "Looks of audit and discipline at records")
AT_ONCE = 500


class OnlyAuditSeesWhoLooked(NotAllowed):
    """Who looked at what is shown to audit and discipline alone.

    Ask the audit office above the unit."""


class Look(BaseModel):
    """Somebody's look at a record; `of` is a project, unit or handover, `asked` the query as it was sent."""

    position: int
    at: datetime
    person: PersonId
    name: str | None
    office: str
    office_label: str
    unit: UnitId
    unit_name: str | None
    what: What
    of: str
    asked: str


class Looks(BaseModel):
    """Looks in their order; give `next` as `after` to read on."""

    looks: list[Look]
    next: int | None = Field(description="None where there are no more")


def looking_from(
    organisation: Organisation, person: PersonId, unit: UnitId | None, day: date
) -> Iterable[Term]:
    """The offices of audit and discipline in which somebody looks at a unit on a day, or (None) at all."""
    for term in organisation.offices_of(person, day):
        reaches = unit is None or organisation.reaches(term.unit, unit)
        if rights_of(term.office) & {AUDIT, DISCIPLINE} and reaches:
            yield term


async def take_look(
    request: Request,
    writer: Writer,
    person: PersonId,
    term: Term | None,
    what: What,
    of: str,
    drawn: str = "",
) -> None:
    """Record that somebody looks in this office of audit or discipline; nothing for who has none.

    One request is one look, whatever it reads: an export is not as many looks as it has pages.
    `drawn`: what we chose that the question had left open, as it could have been asked.
    """
    if term is None or getattr(request.state, "looked", False):
        return
    request.state.looked = True
    asked = "&".join(filter(None, (request.url.query, drawn)))
    command = TakeLook(By(person, term.office, term.unit), what, of, asked)
    stream = UUID(derived("looks", person))  # of each person one
    await writer.submit(Submission(ledger=ACCESS, stream=stream, decider=LOOK, prepare=lambda _: command))
    LOOKS.inc()


@dataclass(frozen=True, slots=True)
class Teller:
    """What is needed to say looks in words."""

    organisation: Organisation
    names: Callable[[PersonId], str | None]
    language: Language

    def shown(self, recorded: Recorded, by: By) -> Look:
        """One look."""
        event = recorded.event
        assert isinstance(event, LookTaken)
        unit = self.organisation.units.get(by.unit)
        return Look(
            position=recorded.position,
            at=recorded.recorded_at,
            person=by.person,
            name=self.names(by.person),
            office=by.office,
            office_label=word("office", by.office, self.language),
            unit=by.unit,
            unit_name=unit.name if unit else None,
            what=event.what,
            of=event.of,
            asked=event.asked,
        )


async def looks_behind(
    ledgers: Ledgers, teller: Teller, terms: Sequence[Term], after: int, limit: int
) -> Looks:
    """Looks behind a position of which these offices may know, of all there are at most `limit`."""
    found: list[Look] = []
    while page := await ledgers.read_ledger(ACCESS, after, AT_ONCE):
        for recorded in page:
            after = recorded.position
            by = recorded.envelope.by if isinstance(recorded.event, LookTaken) else None
            if by is not None and _may_know(teller.organisation, terms, by):
                found.append(teller.shown(recorded, by))
            if len(found) == limit:
                return Looks(looks=found, next=after)
    return Looks(looks=found, next=None)


def _may_know(organisation: Organisation, terms: Sequence[Term], by: By) -> bool:
    """Whether one of these offices may know of a look that was taken in another."""
    if DISCIPLINE in rights_of(by.office):
        above = (term.unit for term in terms if DISCIPLINE in rights_of(term.office) and term.unit != by.unit)
        return any(organisation.reaches(unit, by.unit) for unit in above)
    return any(organisation.reaches(term.unit, by.unit) for term in terms)
