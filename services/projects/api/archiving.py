"""The archive over HTTP: handing over, receiving, sending back; what waits, and the package (R78)."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID, uuid5

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field
from starlette.responses import FileResponse

from services.projects.acting import Asking
from services.projects.api import dossiers
from services.projects.api.acts import Act
from services.projects.api.on_project import take_on_project
from services.projects.api.project_facts import right, today
from services.projects.api.reading import record_of
from services.projects.archive import Check, checks, metadata, spoken
from services.projects.deliberation import reader_of
from services.projects.domain.project import PROJECT, archiving
from services.projects.domain.project.state import State
from services.projects.domain.serial import SERIAL, TakeNumber
from services.projects.dossier import highest
from services.projects.facts import retention_of
from services.projects.parts import Parts, parts_of
from services.projects.projections.page import Page, archive_due
from services.projects.projections.page.shape import Package
from shared import clock
from shared.acts import offer
from shared.decision import Outcome, Submission
from shared.domain import NotAllowed, OfficeId, PersonId, UnitId
from shared.envelope import Recorded
from shared.folding import folded
from shared.ids import derived
from shared.ledger_file import Statement
from shared.offices import rights_of
from shared.signed_in import SignedIn
from shared.web import Sent, language

TAKES_OVER = "take_over_archive"

HAND_OVER = Act(
    archiving.HandOverToArchive,
    right("precheck"),
    {"today": today, "retention": lambda it: retention_of(it.asking, it.state)},
)
RECEIVE = Act(
    archiving.ArchiveProject,
    right(TAKES_OVER),
    {"today": today, "archive_number": lambda it: it.seen or it.state.archive.number},
)
SEND_BACK = Act(archiving.SendBackFromArchive, right(TAKES_OVER), {"today": today})
ACTS = (HAND_OVER, RECEIVE, SEND_BACK)


class OnlyTheArchiveTakesPackages(NotAllowed):
    """An archive package is given to the archivist to whom the project was handed over.

    Ask the archivist of the company; whoever may see the project reads its history."""


async def _receive(
    parts: Parts, act: Act, project: UUID, body: Any, person: PersonId, office: OfficeId | None, sent: Sent
) -> Outcome:
    """The number is taken when nothing else is in the way, and once: none is left out (R78)."""

    async def look(ledger: str) -> str:
        state = await folded(parts.ledgers, PROJECT, project)
        day = clock.today(parts.clock, parts.settings.time_zone)
        asking = Asking(person, parts.organisation, day, office, body.why, str(project))
        command = act.command_from(asking, state, body, None)
        PROJECT.decide(command, state)
        if state.archive.number:  # what is added goes under the number of the project
            return state.archive.number
        year = int(state.reference[:4])
        taken = await parts.writer.submit(
            Submission(
                ledger=ledger,
                stream=UUID(derived("archive", state.company, str(year))),
                decider=SERIAL,
                prepare=lambda _: TakeNumber(command.by, state.company, year),
                command_id=uuid5(project, "archive"),
                correlation=sent.correlation,
            )
        )
        return number_of(parts, state, year, taken.version)

    return await take_on_project(parts, act, project, body, person, office, sent, look)


def number_of(parts: Parts, state: State, year: int, serial: int) -> str:
    """The archive's number: the company's code, the year of the project, how long it is kept, a serial."""
    code = parts.organisation.units[state.company].code
    return f"{code}-{year}-{state.archive.retention}-{serial:04}"


router = APIRouter(prefix="/projects", tags=["archive"])
offer(router, HAND_OVER, "/{stream}", take_on_project)
offer(router, RECEIVE, "/{stream}", _receive)
offer(router, SEND_BACK, "/{stream}", take_on_project)


class CheckShown(BaseModel):
    """A property of the record; `found`: what is found against it, in sentences."""

    property: archiving.Property
    found: list[str]


class ArchiveOfProject(BaseModel):
    """What of a project went to the archive and when, and what a machine finds before more does."""

    due: date | None = Field(description="Until when it is handed over; None while it goes on")
    packages: list[Package]
    checks: list[CheckShown]


@router.get("/{project}/archive")
async def read_archive(request: Request, project: UUID, person: SignedIn) -> ArchiveOfProject:
    """Packages with their numbers and what was sent back; the four properties of the record."""
    parts = parts_of(request)
    stream, page, _ = await record_of(request, project, person, "history")
    over = page["over_on"]
    return ArchiveOfProject(
        due=archive_due(date.fromisoformat(over)) if over else None,
        packages=page["archive"],
        checks=[
            CheckShown(property=one.property, found=[spoken(found, language(request)) for found in one.found])
            for one in _checks(parts, page, signed=_signed(request, stream[-1]))
        ],
    )


@router.get("/{project}/archive-package", response_class=FileResponse)
async def take_archive_package(request: Request, project: UUID, person: SignedIn) -> FileResponse:
    """The dossier with all files and the metadata that archives ask for, once it was handed over."""
    parts = parts_of(request)
    stream, page = await look_at_package(request, project, person)
    day = clock.today(parts.clock, parts.settings.time_zone)
    known, unit, company = parts.organisation.units, UnitId(page["unit"]), UnitId(page["company"])
    upto = dossiers.cut_of_project(request, stream)
    said = metadata(
        page,
        unit=known[unit].name,
        company=known[company].name,
        fonds=known[company].code,
        mark=highest(one["mark"] for one in page["secrecy"].values()),
        root=upto.statements[stream[-1].ledger].root,
        checked=_checks(parts, page, signed=True),
    )
    reader = reader_of(parts.organisation, person, page, day)
    return await dossiers.packed(
        request,
        stream,
        reader,
        upto,
        complete=None,
        files=True,
        beside={"metadata.xml": said},
    )


async def look_at_package(request: Request, project: UUID, person: PersonId) -> tuple[list[Recorded], Page]:
    """The record that was handed over, for the archivist; NotKnown, OnlyTheArchiveTakesPackages."""
    parts = parts_of(request)
    stream, page, _ = await record_of(request, project, person, "dossier")
    day, unit = clock.today(parts.clock, parts.settings.time_zone), UnitId(page["unit"])
    takes = any(
        TAKES_OVER in rights_of(term.office) and parts.organisation.reaches(term.unit, unit)
        for term in parts.organisation.offices_of(person, day)
    )
    if not takes or not page["archive"] or page["archive"][-1]["handed_over_on"] is None:
        raise OnlyTheArchiveTakesPackages()
    return stream, page


def _signed(request: Request, last: Recorded) -> bool:
    signing = request.app.state.signing
    statement = Statement.last(signing.state, signing.keys, last.ledger)
    return statement is not None and statement.size >= last.position


def _checks(parts: Parts, page: Page, *, signed: bool) -> list[Check]:
    def size_of(sha256: str) -> int | None:
        path = parts.files.path(sha256)
        return path.stat().st_size if path.is_file() else None

    return checks(page, signed, size_of)
