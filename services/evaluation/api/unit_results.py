"""The results of a unit's calendar year as they were signed: its projects, and streams that prove them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import or_, select

from services.evaluation.appraisal.appraising import AT_ONCE, ran
from services.evaluation.appraisal.issuing import appeals_of
from services.evaluation.domain.appeal import AppealFiled
from services.evaluation.domain.appraisal import Days
from services.evaluation.domain.project_score import ScoreFixed
from services.evaluation.parts import Parts
from services.evaluation.projections import SCORES
from services.evaluation.reactions import mark_id
from services.evaluation.review.view import REVIEWS
from services.evaluation.scored import scheme_of, withdrawn_in
from services.evaluation.scores_read import Scored, read_scores
from services.evaluation.unit_dossier import AWARDING, OfProject, entered_by
from shared.clock import today
from shared.domain import UnitId
from shared.dossier_cut import DossierCut
from shared.envelope import Recorded
from shared.withdrawn import without

READ_AT_ONCE = 50  # streams
Read = Mapping[UUID, Sequence[Recorded]]


@dataclass(frozen=True, slots=True)
class Results:
    """What of a year was signed; `streams` by ledger, whole up to the cut."""

    cut: DossierCut  # also of the ledgers of reviews
    projects: Sequence[OfProject]  # by reference
    scored: Mapping[str, Scored]  # by project, as they stand now
    streams: Mapping[str, set[UUID]]
    signed: bool  # whether any of the scores that were asked for had been
    issued: Sequence[Recorded]  # the year's appraisal and what was adjusted of it

    @property
    def awards(self) -> dict[str, set[int]]:
        """Positions of what prove the awards that are told, by the ledger of the review.

        A review's own streams tell of other units' projects (R67), and stay out.
        """
        found: dict[str, set[int]] = {}
        for one in chain.from_iterable(of.awards for of in self.projects):
            found.setdefault(one.ledger, set()).add(one.position)
        return found


async def fixed_scores(parts: Parts, unit: UnitId) -> list[Scored]:
    """Of the projects that a unit had when they closed, as its own or as its company's; it or its heir may
    have them now."""
    table, day = SCORES.table("scores"), today(parts.clock, parts.settings.time_zone)
    there = {unit, parts.group.organisation.heir(unit) or unit}
    its = or_(table.c.unit.in_(there), table.c.company.in_(there))
    query = select(table).where(its, table.c.fixed.is_not(None)).order_by(table.c.reference, table.c.project)
    async with parts.views.connect() as connection:
        found = await read_scores(connection, query, day)
    return [
        one
        for one in found
        if one.at_closing and unit in (one.at_closing.tally.unit, one.at_closing.tally.company)
    ]


async def results_of(
    parts: Parts, scored: Sequence[Scored], appraisal: UUID, years: tuple[Days, Days], upto: DossierCut
) -> Results:
    """Of projects that ran in either of these years, or of which something was entered in the first; told as
    of its end. The appraisal, which is issued after it, as of now."""
    projects = [one.project for one in scored]
    marks = await _marks(parts, projects)
    beside = await appeals_of(parts, projects)
    wanted = [*projects, *chain(*beside.values()), *chain(*marks.values())]
    read = await _read(parts, wanted)
    awarded = await _awarded(parts, projects, upto)
    found, streams = list[OfProject](), dict[str, set[UUID]]()
    for one in scored:
        its = [one.project, *beside[one.project], *marks.get(one.project, ())]
        signed = {stream: [event for event in read[stream] if upto.holds(event)] for stream in its}
        acts = [*chain(*signed.values())]
        told = await _told(parts, one, signed, read, awarded.get(one.project, []), years[0])
        if told is None or not _in_year(parts, told, acts, years):
            continue
        found.append(told)
        for event in acts:
            streams.setdefault(event.ledger, set()).add(event.stream)
    issued = [event for event in await parts.ledgers.read_stream(appraisal) if upto.holds(event)]
    for event in issued:
        streams.setdefault(event.ledger, set()).add(event.stream)
    ledgers = {*streams, *(event.ledger for of in found for event in of.awards)}
    by_project = {str(one.project): one for one in scored}
    any_signed = any(upto.holds(read[one][0]) for one in projects if read[one])
    return Results(upto.of(ledgers), found, by_project, streams, any_signed, issued)


def _in_year(parts: Parts, of: OfProject, acts: Iterable[Recorded], years: tuple[Days, Days]) -> bool:
    zone = parts.settings.time_zone
    days = (event.recorded_at.astimezone(zone).date() for event in (*acts, *of.awards))
    return any(of.ran.within(year).count for year in years) or any(map(years[0].holds, days))


async def _told(
    parts: Parts, one: Scored, signed: Read, read: Read, awards: Iterable[Recorded], year: Days
) -> OfProject | None:
    """A project as it closed; None where its score was not fixed by the end of the year."""
    zone, closing = parts.settings.time_zone, one.at_closing
    gone = one.tally.withdrawn | withdrawn_in(read[one.project])  # as of now, of whatever cut

    def told(events: Iterable[Recorded]) -> list[Recorded]:
        kept = entered_by(events, year, zone)
        return [msgspec.structs.replace(event, event=without(event.event, gone)) for event in kept]

    stream = told(signed[one.project])
    if closing is None or not stream or not isinstance(stream[0].event, ScoreFixed):
        return None
    fixed, tally = stream[0].event, closing.tally
    async with parts.views.connect() as connection:
        scheme = await scheme_of(connection, SCORES, fixed.scheme_of or fixed.programme)
    appeals = {each for each, acts in signed.items() if acts and isinstance(acts[0].event, AppealFiled)}
    marks = signed.keys() - appeals - {one.project}
    return OfProject(
        project=str(one.project),
        reference=tally.reference,
        title=tally.title,
        unit=tally.unit,
        ran=ran(tally, today(parts.clock, zone)),
        scheme=scheme,
        stream=stream,
        appeals=told(chain(*(signed[each] for each in sorted(appeals)))),
        marks=told(chain(*(signed[each] for each in sorted(marks)))),
        awards=told(awards),
    )


async def _read(parts: Parts, streams: Sequence[UUID]) -> dict[UUID, list[Recorded]]:
    found: dict[UUID, list[Recorded]] = {}
    for begin in range(0, len(streams), READ_AT_ONCE):
        page = [(one, "", 0) for one in streams[begin : begin + READ_AT_ONCE]]  # each to its end
        found |= await parts.ledgers.read_streams(page)
    return found


async def _marks(parts: Parts, projects: Sequence[UUID]) -> dict[UUID, list[UUID]]:
    """The streams in which what reviews gave is fixed, by project."""
    found: dict[UUID, list[UUID]] = {}
    for row in await _entrants(parts, projects):
        found.setdefault(row.project, []).append(mark_id(row.cycle, row.project))
    return found


async def _awarded(parts: Parts, projects: Sequence[UUID], upto: DossierCut) -> dict[UUID, list[Recorded]]:
    """What reviews confirmed, revoked and filled anew, by project, in the order of the reviews' ledgers."""
    given = [row for row in await _entrants(parts, projects) if row.awarded_by]
    wanted = {(row.cycle, row.project) for row in given}
    found: dict[UUID, list[Recorded]] = {}
    for ledger in sorted({row.awarded_by.split("/")[1] for row in given} & upto.statements.keys()):
        events = [one for kind in AWARDING for one in await parts.ledgers.named(ledger, kind.__name__)]
        for one in sorted(filter(upto.holds, events), key=lambda one: one.position):
            for project in _projects(one.event):
                if (str(one.stream), project) in wanted:
                    found.setdefault(project, []).append(one)
    return found


def _projects(event: Any) -> list[UUID]:
    return [UUID(of.project) for of in getattr(event, "awards", (event,))]


async def _entrants(parts: Parts, projects: Sequence[UUID]) -> list[Any]:
    table, found = REVIEWS.table("entrants"), list[Any]()
    for begin in range(0, len(projects), AT_ONCE):
        some = table.c.project.in_(projects[begin : begin + AT_ONCE])
        query = select(table.c.project, table.c.cycle, table.c.awarded_by).where(some)
        async with parts.views.connect() as connection:
            found += await connection.execute(query.order_by(table.c.project, table.c.cycle))
    return found
