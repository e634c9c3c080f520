"""What of each company and year is owed to the archive, waits for it, or was received by it (R78)."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Path, Query, Request
from pydantic import BaseModel, Field

from services.projects.acting import Asking
from services.projects.api.coverage import companies_of
from services.projects.api.reading import CompleteTo
from services.projects.domain.project.archiving import Property
from services.projects.parts import Parts, parts_of
from services.projects.projections.projects import PROJECTS
from services.projects.projections.transfers import Standing, counting, listing, missing, serials, taken
from shared.clock import today
from shared.domain import NotAllowed, NotKnown, PersonId, UnitId
from shared.engines import rows_of
from shared.offices import rights_of
from shared.signed_in import SignedIn

SEES = {"take_over_archive", "precheck", "see_group"}  # who receives, who hands over, who asks for it
GAPS_AT_MOST = 100
AFTER = r"^[^\x00]{1,100}$"
PLACE = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}/[0-9a-f-]{36}$"  # <due>/<project>
Year = Annotated[int | None, Query(ge=1900, le=9998, description="Of the projects' references")]

router = APIRouter(prefix="/archive", tags=["archive"])


class OnlyTheArchiveSeesTransfers(NotAllowed):
    """What is owed to the archive is shown to archivists, party departments and headquarters.

    Ask the archivist of the company; whoever may see a project sees what of it went to the archive."""


class TransferYear(BaseModel):
    """A year of a company: every project that has ended stands in exactly one of the four counts."""

    year: int
    owed: int
    sent_back: int
    handed_over: int = Field(description="Handed over, and waiting for the archivist")
    received: int
    last_serial: int | None = Field(description="Of the numbers that the archive gave")
    missing: list[int] = Field(description="Serials that no project has, the first hundred; none is right")


class TransferLine(BaseModel):
    """A company with its years, the newest first."""

    company: str
    code: str
    name: str
    years: list[TransferYear]


class TransferYears(BaseModel):
    """A part of the companies, by their codes; `next` is where the rest begins."""

    lines: list[TransferLine]
    next: str | None
    complete_to: datetime | None


class Transfer(BaseModel):
    """A project that has ended, as its last package stands; `lacks` and `reason`: why it was sent back."""

    project: str
    reference: str
    title: str
    unit: str
    unit_name: str
    state: str
    standing: Standing
    due: date
    handed_over_on: date | None
    received_on: date | None
    archive_number: str | None
    packages: int
    lacks: list[Property]
    reason: str


class Transfers(BaseModel):
    """A part of the list; `next` is where the rest begins."""

    transfers: list[Transfer]
    next: str | None
    complete_to: datetime | None


@router.get("")
async def read_archive_years(
    request: Request,
    person: SignedIn,
    complete_to: CompleteTo,
    year: Year = None,
    after: Annotated[str | None, Query(pattern=AFTER)] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> TransferYears:
    """How much of each company and year is owed, handed over, received and sent back; numbers left out."""
    parts = parts_of(request)
    known, day = parts.organisation, today(parts.clock, parts.settings.time_zone)
    companies = sorted(companies_of(known, _roots(parts, person)), key=lambda unit: unit.code)
    rest = [unit for unit in companies if after is None or unit.code > after]
    shown, of = rest[:limit], {unit.id for unit in rest[:limit]}
    table = PROJECTS.table("transfers")
    counts: dict[str, dict[int, Counter[str]]] = defaultdict(lambda: defaultdict(Counter))
    for row in await rows_of(parts.views, counting(table, of, year)):
        counts[row["company"]][row["year"]][row["standing"]] = row["count"]
    given = await rows_of(parts.views, serials(table, of, year))
    last = {(row["company"], row["year"]): row["last"] for row in given}
    gaps = {  # read only where there is one
        (row["company"], row["year"]): await _missing(parts, row)
        for row in given
        if row["count"] < row["last"]
    }
    return TransferYears(
        lines=[
            TransferLine(
                company=unit.id,
                code=unit.code,
                name=known.name_for(unit.id, person, day),
                years=[
                    TransferYear(
                        year=each,
                        owed=found["owed"],
                        sent_back=found["sent_back"],
                        handed_over=found["handed_over"],
                        received=found["received"],
                        last_serial=last.get((unit.id, each)),
                        missing=gaps.get((unit.id, each), []),
                    )
                    for each, found in sorted(counts[unit.id].items(), reverse=True)
                ],
            )
            for unit in shown
        ],
        next=shown[-1].code if len(rest) > limit else None,
        complete_to=complete_to,
    )


@router.get("/{company}/{year}")
async def read_transfers(
    request: Request,
    company: UUID,
    year: Annotated[int, Path(ge=1900, le=9998)],
    person: SignedIn,
    complete_to: CompleteTo,
    standing: Standing | None = None,
    after: Annotated[str | None, Query(pattern=PLACE)] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> Transfers:
    """The projects of a company's year that have ended, what is due first at the head."""
    parts, of = parts_of(request), UnitId(str(company))
    known, day = parts.organisation, today(parts.clock, parts.settings.time_zone)
    roots = _roots(parts, person)
    if of not in known.units or not any(known.reaches(root, of) for root in roots):
        raise NotKnown()
    query = listing(PROJECTS.table("transfers"), of, year, standing, _place(after), limit + 1)
    rows = await rows_of(parts.views, query)
    last = rows[limit - 1] if len(rows) > limit else None
    return Transfers(
        transfers=[
            Transfer(
                **{name: row[name] for name in Transfer.model_fields.keys() - {"unit_name", "lacks"}},
                unit_name=known.name_for(UnitId(row["unit"]), person, day),
                lacks=row["lacks"].split(",") if row["lacks"] else [],
            )
            for row in rows[:limit]
        ],
        next=f"{last['due']}/{last['project']}" if last else None,
        complete_to=complete_to,
    )


def _roots(parts: Parts, person: PersonId) -> Sequence[UnitId]:
    """The units below which somebody sees what is owed to the archive; refused where there is none."""
    day = today(parts.clock, parts.settings.time_zone)
    terms = Asking(person, parts.organisation, day).terms()
    found = [term.unit for term in terms if not SEES.isdisjoint(rights_of(term.office))]
    if not found:
        raise OnlyTheArchiveSeesTransfers()
    return found


def _place(after: str | None) -> tuple[date, str] | None:
    if after is None:
        return None
    due, _, project = after.partition("/")
    try:
        return date.fromisoformat(due), project
    except ValueError:
        return date.min, project  # no day of any calendar: from the beginning


async def _missing(parts: Parts, row: Mapping[str, Any]) -> list[int]:
    query = taken(PROJECTS.table("transfers"), row["company"], row["year"])
    return missing((one["serial"] for one in await rows_of(parts.views, query)), GAPS_AT_MOST)
