"""Reading projects: the list, one project now or at a past moment, its history."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from functools import partial
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import AwareDatetime
from sqlalchemy.engine import RowMapping

from services.projects.api.answers import History, Line, Lines, Shown, Vacancy
from services.projects.deliberation import Reader, page_for, reader_of
from services.projects.domain.project import PROJECT
from services.projects.domain.project.state import Phase
from services.projects.looking import note_look
from services.projects.parts import Parts, parts_of
from services.projects.projections.history import UnitNames, history
from services.projects.projections.page import Page, colours, open_dates, page_of
from services.projects.projections.projects import (
    COUNT_AT_MOST,
    Filters,
    count_up_to,
    list_projects,
    one,
)
from services.projects.routing import theme_of
from services.projects.sight import circle_of, marks_seen, may_see
from shared.clock import today
from shared.domain import FIRST_OFFICE, By, NotKnown, PersonId, UnitId
from shared.envelope import Recorded, moment, written
from shared.look import What
from shared.moments import refuse_unsettled
from shared.offices import offices
from shared.places import PLACE, After
from shared.signed_in import SignedIn
from shared.wait_for import WaitFor, reached
from shared.web import NO_NUL, etag, language

OVER = ("closed", "archived", "rejected", "terminated")

router = APIRouter(prefix="/projects", tags=["projects"])


async def _complete_to(request: Request, wait_for: WaitFor) -> datetime | None:
    parts = parts_of(request)
    await parts.following.catch_up()  # who lost an office reads nothing by it any more
    return await reached(parts.runner_projects, wait_for)


async def settled(
    request: Request,
    as_of: Annotated[
        AwareDatetime | None,
        Query(description="As recorded up to this moment (RFC 3339), at least 5 s ago"),
    ] = None,
) -> datetime | None:
    """The moment asked for; MomentTooRecent while events of that moment may be on their way."""
    refuse_unsettled(parts_of(request).clock.now(), as_of, "as_of")
    return as_of


CompleteTo = Annotated[datetime | None, Depends(_complete_to)]
AsOf = Annotated[datetime | None, Depends(settled)]


@router.get("")
async def read_projects(
    request: Request,
    person: SignedIn,
    complete_to: CompleteTo,
    state: Annotated[list[Phase], Query(default_factory=list, description="Any of these states")],
    track: Annotated[str | None, Query(pattern="^[a-z_]{1,64}$")] = None,
    unit: UUID | None = None,
    company: UUID | None = None,
    programme: Annotated[
        str | None, Query(max_length=40, pattern=NO_NUL, description="A version that it goes by in some part")
    ] = None,
    q: Annotated[str | None, Query(max_length=100, pattern=NO_NUL)] = None,
    mine: bool = False,
    after: Annotated[str | None, Query(pattern=PLACE)] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> Lines:
    """The projects that the reader may see, newest drafts first.

    `q` finds words of title, numbers, problem, the five clarities and the practice; `mine` what the
    reader leads, proposed or works on.
    """
    parts, day = parts_of(request), _today(request)
    scope = marks_seen(parts.organisation, person, day)
    filters = filters_of(person, state, track, unit, company, programme, q, mine)
    found = await list_projects(parts.views, filters, scope, After.read(after) if after else None, limit)
    count = await count_up_to(parts.views, filters, scope, COUNT_AT_MOST + 1)
    return Lines(
        projects=[_line(parts, row, person, day) for row in found.rows],
        next=str(found.after) if found.after else None,
        count=min(count, COUNT_AT_MOST),
        more_than_counted=count > COUNT_AT_MOST,
        complete_to=complete_to,
    )


def filters_of(
    person: PersonId,
    state: list[Phase],
    track: str | None,
    unit: UUID | None,
    company: UUID | None,
    programme: str | None,
    q: str | None,
    mine: bool,  # as all of these it is named as in the address
) -> Filters:
    """The filters of the list as they are asked for."""
    return Filters(
        states=state,
        track=track,
        unit=str(unit) if unit else None,
        company=str(company) if company else None,
        programme=programme,
        text=q,
        mine=person if mine else None,
    )


@router.get("/{project}")
async def read_project(
    request: Request,
    response: Response,
    project: UUID,
    person: SignedIn,
    complete_to: CompleteTo,
    as_of: AsOf,
) -> Shown:
    """A project as people see it, with its ETag; with `as_of` as it was recorded up to that moment."""
    parts = parts_of(request)
    if as_of is None:
        row = await one(parts.views, str(project))
        page: Page | None = row["page"] if row else None
        reader = reader_in(request, person, page)
    else:
        stream = await project_stream(parts, project)
        reader = reader_in(request, person, page_of(stream))
        page = page_of(_until(stream, as_of))
    if page is None:
        raise NotKnown()
    if as_of is None:
        response.headers["ETag"] = etag(page["version"])
    shown = page_for(page, reader)
    people, units = await names_in(parts, shown, as_of)
    on = (as_of or parts.clock.now()).astimezone(parts.settings.time_zone).date()
    return Shown(
        project=shown,
        theme=theme_of(parts.organisation, page["programme"] or "", on, language(request)),
        vacancy=_vacancy(parts, page, on),
        overdue=[due for due in open_dates(page) if due["due"] < on.isoformat()],
        colours=colours(page, on, parts.settings.time_zone),
        people=people,
        units=units,
        as_of=as_of,
        complete_to=as_of or complete_to,
    )


@router.get("/{project}/history")
async def read_history(request: Request, project: UUID, person: SignedIn, as_of: AsOf) -> History:
    """Every act on a project, from the record itself: who, in which office, for whom, what, why, when."""
    parts = parts_of(request)
    stream, _, reader = await record_of(request, project, person, "history")
    told = stream if as_of is None else _until(stream, as_of)
    if not told:
        raise NotKnown()
    held = partial(held_office, parts)
    entries = await history(parts.ledgers, told, reader, parts.names, language(request), held)
    return History(entries=entries, version=told[-1].version, as_of=as_of)


def _vacancy(parts: Parts, page: Page, on: date) -> Vacancy | None:
    office, unit = FIRST_OFFICE.get(page["leader"], ""), UnitId(page["unit"])
    since = parts.organisation.vacant_since(office, unit, on)
    if since is None or page["state"] in OVER:
        return None
    custodian = parts.organisation.custodian(office, unit, on)
    name = parts.names(custodian) if custodian else None
    return Vacancy(office=office, since=since, custodian=custodian, custodian_name=name)


def held_office(parts: Parts, by: By, at: datetime) -> bool:
    """Whether who signed, or for whom, held the office that day; what is no office, anybody does (R12)."""
    on = at.astimezone(parts.settings.time_zone).date()
    who = by.on_behalf_of or by.person
    return by.office not in offices() or who in parts.organisation.persons(by.office, by.unit, on)


def _today(request: Request) -> date:
    parts = parts_of(request)
    return today(parts.clock, parts.settings.time_zone)


def reader_in(request: Request, person: PersonId, page: Page | None) -> Reader:
    """How much of the project, as it is now, somebody may read; NotKnown where it is nothing at all."""
    organisation, day = parts_of(request).organisation, _today(request)
    if page is None or not may_see(organisation, person, circle_of(page), day):
        raise NotKnown()
    return reader_of(organisation, person, page, day)


async def record_of(
    request: Request, project: UUID, person: PersonId, what: What
) -> tuple[list[Recorded], Page, Reader]:
    """A project's stream and page, for who may see it as it is now, whose look is noted (R76); NotKnown."""
    parts = parts_of(request)
    await parts.following.catch_up()
    stream = await project_stream(parts, project)
    page = page_of(stream)
    reader = reader_in(request, person, page)
    assert page is not None, "who may read it was asked of its page"
    await note_look(request, person, what, str(project), UnitId(page["unit"]))
    return stream, page, reader


async def project_stream(parts: Parts, project: UUID) -> list[Recorded]:
    """A project's whole stream; nothing for a stream of any other kind, whoever asks."""
    stream = await parts.ledgers.read_stream(project)
    return stream if stream and stream[0].envelope.aggregate == PROJECT.aggregate else []


def _until(stream: Sequence[Recorded], as_of: datetime) -> list[Recorded]:
    return [recorded for recorded in stream if recorded.recorded_at <= as_of]


def texts(value: Any) -> Iterator[str]:
    """Every text in a JSON value; those that are ids of people and units get their names."""
    match value:
        case str():
            yield value
        case dict():
            for part in value.values():
                yield from texts(part)
        case list():
            for part in value:
                yield from texts(part)


async def names_in(parts: Parts, shown: Any, as_of: datetime | None) -> tuple[dict[str, str], dict[str, str]]:
    """The people and the units whose ids stand in an answer: those by their names of today, these of then."""
    ids = sorted(set(texts(shown)))
    people = {known: name for known in ids if (name := parts.names(PersonId(known)))}
    known = parts.organisation.units
    units = [unit for unit in map(UnitId, ids) if unit in known]
    if as_of is None:
        return people, {unit: known[unit].name for unit in units}
    then = await UnitNames.read(parts.ledgers, units)
    return people, {unit: then.at(unit, written(as_of)) or known[unit].name for unit in units}


def _line(parts: Parts, row: RowMapping, reader: PersonId, day: date) -> Line:
    """A line of the list; who leads an overseas unit's project is named to its company alone (R75)."""
    known, company, unit = parts.organisation, UnitId(row["company"]), UnitId(row["unit"])
    return Line(
        id=row["project"],
        reference=row["reference"],
        number=row["number"],
        title=row["title"],
        track=row["track"],
        state=row["state"],
        company=row["company"],
        company_name=known.name_for(company, reader, day),
        unit=row["unit"],
        unit_name=known.name_for(unit, reader, day),
        lead=row["lead"],
        lead_name=parts.names(PersonId(row["lead"])) if known.names_to(unit, reader, day) else None,
        waiting_step=row["waiting_step"],
        waiting_seats=row["waiting_seats"],
        due_next=row["due_next"],
        overdue=row["due_next"] is not None and row["due_next"] < day,
        drafted_at=moment(row["drafted_at"]),
        midterm=row["midterm"],
        closed_on=row["closed_on"],
        changed_at=moment(row["recorded_at"]),
        version=row["version"],
    )
