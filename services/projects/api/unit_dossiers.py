"""The dossier of a unit's year over HTTP: its projects, offices and meetings with proof, and to read."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from itertools import chain
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request
from starlette.responses import FileResponse

from services.projects.api import making_dossiers as making
from services.projects.api.organisation_reading import sees_members
from services.projects.api.reading import held_office, names_in, texts
from services.projects.deliberation import Reader, page_for, reader_of
from services.projects.domain.meeting.acts import MeetingConvened
from services.projects.domain.project.proposal import ProposalDrafted
from services.projects.erasures import certificates_among
from services.projects.ids import problems_id, supplement_id, vacancy_id
from services.projects.looking import note_look
from services.projects.parts import Parts, parts_of
from services.projects.projections.history import history
from services.projects.projections.projects import projects_of
from services.projects.unit_dossier import OfYear, Told, UnitRecord, Year, document, in_year
from services.projects.withdrawing import with_texts, withdrawn_from
from shared.clock import today
from shared.domain import NotKnown, PersonId, UnitId
from shared.dossier import COMPLETE, LANGUAGES, NotSignedYet, OnlyAuditTakesDossiers
from shared.dossier_cut import AskedCut, DossierCut, asked_cut
from shared.envelope import Recorded
from shared.offices import offices
from shared.printing import pdf
from shared.problems import FieldsWrong
from shared.sentences import Language
from shared.signed_in import SignedIn

router = APIRouter(prefix="/units", tags=["replay"])
VIEW_SECONDS = 30.0  # for the view of projects to have what was signed


class YearNotBegun(FieldsWrong):
    """That year has not begun yet.

    Choose this year or an earlier one."""


@router.get("/{unit_id}/dossier", response_class=FileResponse)
async def take_year(
    request: Request,
    unit_id: UUID,
    person: SignedIn,
    year: Annotated[int, Query(ge=2000, le=9998, description="A calendar year, by when acts were entered")],
    complete: Annotated[bool | None, COMPLETE] = None,
    files: Annotated[bool, Query(description="With the bytes of all evidence")] = False,
    cut: AskedCut = None,
) -> FileResponse:
    """A unit's calendar year in one ZIP: its projects, own acts, offices, meetings, with proof and to read.

    A company's are all projects of its units, any other unit's its own. Streams are in it whole, so that
    nothing of them can be left out; what is to read tells the year. Who is given it, and the same bytes
    again, are as for a project's dossier; under a mandate each of the projects has to be reviewed (R74).
    """
    parts, unit = parts_of(request), UnitId(str(unit_id))
    await look_at_year(request, unit_id, person)
    day = today(parts.clock, parts.settings.time_zone)
    if year > day.year:
        raise YearNotBegun(fields=["year"])
    upto, of = asked_cut(request.app.state.signing, day, cut), Year(year, parts.settings.time_zone)
    projects, streams = await _projects(parts, person, unit, of, upto)
    making.refuse_unreviewed(parts, person, unit, streams.values())
    own = await making.read_in(parts, upto, _own_streams(parts, unit))
    meetings = await making.read_in(parts, upto, await _meetings(parts, unit, of, upto))
    beside = chain.from_iterable({**own, **meetings}.values())
    acts = [*chain.from_iterable(one.acts for one in projects), *of.acts(beside)]
    programmes = await making.read_in(parts, upto, making.programme_streams(acts))
    taken = making.taken(upto, {**streams, **own, **meetings, **programmes}, complete)
    if not taken.streams:
        raise NotSignedYet()
    record = await _record(parts, person, unit, of, projects, taken, (own, meetings), acts)
    code = record.code
    evidence = {one.page["reference"]: one.page["evidence"] for one in projects}
    readable = {
        "README.txt": making.readme("year_readme", taken.cut, unit=f"{record.names[unit]} {code}", year=year),
        **making.beside(evidence, record.erasures),
        **await _printed(parts, record),
    }
    wanted = sorted({one["sha256"] for files_of in evidence.values() for one in files_of}) if files else []
    return await making.answered(request, taken, f"{code}-{year}", readable, wanted)


async def look_at_year(request: Request, unit_id: UUID, person: PersonId) -> None:
    """Audit and discipline look at the whole record of a unit (R76); NotKnown, OnlyAuditTakesDossiers."""
    parts, unit = parts_of(request), UnitId(str(unit_id))
    await parts.following.catch_up()
    day, known = today(parts.clock, parts.settings.time_zone), parts.organisation
    if unit not in known.units or not sees_members(known, person, unit, day):
        raise NotKnown()
    await note_look(request, person, "dossier", unit, unit)
    making.refuse_unless_audit(parts, person, unit)


async def _projects(
    parts: Parts, person: PersonId, unit: UnitId, year: Year, upto: DossierCut
) -> tuple[list[OfYear], dict[UUID, list[Recorded]]]:
    """The unit's projects of a year by reference, and their streams; OnlyAuditTakesDossiers where one is kept
    from who asks, as from whoever has a part in it."""
    day, found, streams = today(parts.clock, parts.settings.time_zone), list[OfYear](), {}
    for project, stream in (await making.read_in(parts, upto, await _ids(parts, unit, upto))).items():
        then = in_year(stream, unit, year)
        if then is None:
            continue
        reader = reader_of(parts.organisation, person, then[0], day)
        if not reader.deliberates:
            raise OnlyAuditTakesDossiers()
        streams[project] = stream
        found.append(OfYear(page_for(then[0], reader), year.acts(stream), then[1], reader))
    return sorted(found, key=lambda one: one.page["reference"]), streams


async def _ids(parts: Parts, unit: UnitId, upto: DossierCut) -> list[str]:
    """Projects that may have been the unit's: those drafted for it, and those that it or its heir has now."""
    ledgers = _ledgers(parts, unit, upto)
    for ledger in ledgers:
        size = upto.statements[ledger].size
        if not await parts.runner_projects.wait_for("projects", ledger, size, VIEW_SECONDS):
            raise NotSignedYet()
    drafted = [
        one for ledger in ledgers for one in await parts.ledgers.named(ledger, ProposalDrafted.__name__)
    ]
    of_it = [str(one.stream) for one in drafted if unit in (one.event.unit, one.event.company)]
    there = {unit, parts.organisation.heir(unit) or unit}
    return sorted({*of_it, *await projects_of(parts.views, there)})


def _ledgers(parts: Parts, unit: UnitId, upto: DossierCut) -> list[str]:
    """The ledgers in which a unit's projects are or were written, as far as anything of them is signed."""
    known = parts.organisation
    named = {known.ledger(unit), known.company(unit)} & upto.statements.keys()
    return sorted(str(one) for one in named)


def _own_streams(parts: Parts, unit: UnitId) -> list[str]:
    """Those of the unit itself, of every term of its offices and their vacancies, of its problem list and
    its supplements to the programme."""
    known = parts.organisation
    terms = [term.id for office in offices() for term in known.ever_in(office, unit)]
    vacancies = [vacancy_id(office, unit) for office in offices()]
    supplements = [supplement_id(unit, programme.version) for programme in known.programmes]
    return with_texts([unit, *terms, *vacancies, problems_id(unit), *supplements])


async def _meetings(parts: Parts, unit: UnitId, year: Year, upto: DossierCut) -> list[str]:
    """Those of its bodies that were convened or went on in the year."""
    ledgers = _ledgers(parts, unit, upto)
    convened = [one for name in ledgers for one in await parts.ledgers.named(name, MeetingConvened.__name__)]
    its = [str(one.stream) for one in convened if one.event.body == unit and not year.past(one)]
    streams = await making.read_in(parts, upto, its)
    return with_texts([str(meeting) for meeting, stream in streams.items() if year.acts(stream)])


async def _record(
    parts: Parts,
    person: PersonId,
    unit: UnitId,
    year: Year,
    projects: Sequence[OfYear],
    taken: making.Taken,
    beside: tuple[Mapping[UUID, Sequence[Recorded]], Mapping[UUID, Sequence[Recorded]]],
    acts: Sequence[Recorded],
) -> UnitRecord:
    pages = [one.page for one in projects]
    last = max((one.recorded_at for one in acts), default=None)
    own, meetings = (year.acts(chain.from_iterable(streams.values())) for streams in beside)
    appointed = [str(getattr(one.event, "person", "")) for one in own]
    people, units = await names_in(parts, [unit, *appointed, *pages], last)
    ledger = parts.organisation.ledger(unit) or ""
    gone = await withdrawn_from(parts.ledgers, [str(stream) for streams in beside for stream in streams])
    return UnitRecord(
        unit=unit,
        code=parts.organisation.units[unit].code,
        year=year,
        projects=projects,
        own=own,
        meetings=meetings,
        reader=Reader(person, deliberates=True, chooses=True, withdrawn=gone),  # nothing else is withheld
        reader_name=parts.names(person) or person,
        names=people | units,
        programmes=making.programmes(parts, acts),
        statements=taken.statements(ledger),
        complete=taken.complete,
        made_on=taken.cut.day,
        erasures=await certificates_among(parts, texts([*appointed, *pages])),
    )


async def _printed(parts: Parts, record: UnitRecord) -> dict[str, bytes]:
    made = {}
    for language in LANGUAGES:
        told = await _told(parts, record, language)
        made[f"year.{language}.pdf"] = await asyncio.to_thread(_pdf, record, told, language)
    return made


async def _told(parts: Parts, record: UnitRecord, language: Language) -> Told:
    """What the history says of every act of the year."""

    async def told(acts: Iterable[Recorded], reader: Reader) -> Told:
        held = partial(held_office, parts)
        entries = await history(parts.ledgers, list(acts), reader, parts.names, language, held)
        return {entry["id"]: entry for entry in entries}

    found = dict(await told([*record.own, *record.meetings], record.reader))
    for known in record.projects:
        found |= await told(known.acts, known.reader)
    return found


def _pdf(record: UnitRecord, told: Told, language: Language) -> bytes:
    return pdf(document(record, told, language))
