"""A juror's own work: what to declare, the queue n of m, a dossier with the card beside it (R5, R57, R59)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Request
from pydantic import BaseModel, Field
from sqlalchemy import select

from services.evaluation.api.review.cycles import seen_cycle
from services.evaluation.api.review.panel_acts import NoJurorHere, own_letter, under_seal
from services.evaluation.domain.heard import ClosingReport
from services.evaluation.domain.review.cycle import CYCLE
from services.evaluation.domain.review.panel import PANEL
from services.evaluation.domain.review.panel.cards import DeclareFirst
from services.evaluation.domain.review.panel.state import State, assigned, chair_of
from services.evaluation.parts import Parts, parts_of
from services.evaluation.projections import SCORES
from services.evaluation.review.programme import card_of
from services.evaluation.review.view import REVIEWS
from services.evaluation.scores_read import Scored, read_scores
from shared.clock import today
from shared.domain import UnitId
from shared.signed_in import SignedIn
from shared.wait_for import WaitFor
from shared.withdrawn import without

router = APIRouter(tags=["review"])
PANELS = REVIEWS.table("panels")


class Queued(BaseModel):
    """A dossier of one's own: what was declared of it, and the own card."""

    number: int
    title: str
    unit: UnitId
    track: str
    declared: bool
    recused: bool = Field(description="In conflict, declared or found: it is not judged by you")
    points: Decimal | None = Field(description="Of the own card; null until it is given")
    check: str = Field(description='Why the chair asks to look again; "" where nobody does')


class OwnPanel(BaseModel):
    """A panel in which one judges, and how far one is: `done` of `of`."""

    panel: UUID
    round: str
    tracks: list[str]
    due: date
    letter: str = Field(description="By which the panel knows you; nobody else is told whose it is")
    chairs: bool
    sealed: bool
    done: int
    of: int
    dossiers: list[Queued]


class Queue(BaseModel):
    """Panels of a review in which one judges; none for who is no juror of it."""

    panels: list[OwnPanel]


class Figure(BaseModel):
    """An indicator of the project with its last confirmed value."""

    name: str
    kind: str
    baseline: Decimal
    target: Decimal
    value: Decimal | None
    on: date | None


class Dated(BaseModel):
    """A milestone or task, and when it was done."""

    title: str
    due: date
    done: date | None


class Report(BaseModel):
    """The four sections of a closing report."""

    data: str
    facts: str
    experience: str
    results: str


class CriterionAsked(BaseModel):
    """A judged criterion with the anchor of each band, and from how many points on it is reached."""

    code: str
    name: str
    weight: Decimal
    bands: dict[str, Decimal]
    anchors: dict[str, str]


class MarkGiven(BaseModel):
    """A mark of one's own card."""

    criterion: str
    points: Decimal
    reason: str


class CardPage(BaseModel):
    """A dossier and the own card; of others' marks none, and no files: their metadata name people."""

    panel: UUID
    number: int
    project: UUID
    title: str
    unit: UnitId
    track: str
    computed: Decimal = Field(description="Points that the system has computed, and nobody changes")
    problem: str
    report: Report = Field(description="What the branch has written at the end")
    figures: list[Figure]
    milestones: list[Dated]
    tasks: list[Dated]
    criteria: list[CriterionAsked]
    marks: list[MarkGiven]
    points: Decimal | None
    check: str


@dataclass(frozen=True, slots=True)
class Written:
    """What is written by hand of a project."""

    problem: str
    report: ClosingReport


@router.get("/reviews/{review}/queue")
async def own_queue(request: Request, review: UUID, person: SignedIn, wait_for: WaitFor) -> Queue:
    """What somebody has to declare and to score in a review; titles and units only."""
    parts = parts_of(request)
    await parts.group.reached(parts.reviews, wait_for)
    query = select(PANELS.c.panel).where(
        PANELS.c.cycle == str(review), PANELS.c.state.in_(("open", "sealed"))
    )
    async with parts.views.connect() as connection:
        panels = (await connection.execute(query.order_by(PANELS.c.panel))).scalars().all()
    found = []
    for panel in map(UUID, panels):
        seen, state = await under_seal(parts, panel), (await parts.streams.now(PANEL, panel)).state
        letter = own_letter(person, state, seen)
        if letter is not None:
            found.append(await _own_panel(parts, panel, state, letter))
    if not found:
        await seen_cycle(parts, person, review)
    return Queue(panels=found)


@router.get("/panels/{panel}/cards/{number}")
async def own_card(
    request: Request, panel: UUID, number: Annotated[int, Path(ge=1, le=100_000)], person: SignedIn
) -> CardPage:
    """A dossier that one judges, beside the own card; only after the declaration (R5)."""
    parts = parts_of(request)
    seen, state = await under_seal(parts, panel), (await parts.streams.now(PANEL, panel)).state
    letter = own_letter(person, state, seen)
    if letter is None:
        raise NoJurorHere()
    seat = (number, letter)
    dossier = assigned(state, seat)
    if seat not in state.declared:
        raise DeclareFirst()
    (scored,) = await _scored(parts, [UUID(dossier.project)])
    tally = scored.at_closing.tally if scored.at_closing else scored.tally
    card, written = state.cards.get(seat), await _written(parts, scored)
    return CardPage(
        panel=panel,
        number=number,
        project=scored.project,
        title=tally.title,
        unit=UnitId(tally.unit),
        track=tally.track,
        computed=dossier.computed,
        problem=written.problem,
        report=Report(
            data=written.report.data,
            facts=written.report.facts,
            experience=written.report.experience,
            results=written.report.results,
        ),
        figures=[
            Figure(
                name=indicator.name,
                kind=indicator.kind,
                baseline=indicator.baseline,
                target=indicator.target,
                value=indicator.latest and indicator.latest.value,
                on=indicator.latest and indicator.latest.on,
            )
            for indicator in tally.indicators.values()
        ],
        milestones=[Dated(title=one.title, due=one.due, done=one.done) for one in tally.milestones.values()],
        tasks=[
            Dated(title=one.title, due=one.due, done=one.done) for one in tally.tasks.values() if one.counts
        ],
        criteria=await _criteria(parts, state),
        marks=[
            MarkGiven(criterion=mark.criterion, points=mark.points, reason=mark.reason)
            for mark in (card.marks if card else ())
        ],
        points=card and card.points,
        check=state.checks.get(seat, ""),
    )


async def _own_panel(parts: Parts, panel: UUID, state: State, letter: str) -> OwnPanel:
    """The seats of one letter; of a panel that is open, so that it has terms."""
    assert state.terms is not None
    numbers = sorted(
        number for number in state.dossiers if {(number, letter)} & (state.assigned | state.recused)
    )
    projects = [UUID(state.dossiers[number].project) for number in numbers]
    scored = {str(one.project): one for one in await _scored(parts, projects)}
    queued = [_queued(state, (n, letter), scored[state.dossiers[n].project]) for n in numbers]
    own = [one for one in queued if not one.recused]
    return OwnPanel(
        panel=panel,
        round=state.terms.round,
        tracks=sorted({one.track for one in queued}),
        due=state.terms.due,
        letter=letter,
        chairs=letter == chair_of(state),
        sealed=state.sealed,
        done=sum(one.points is not None for one in own),
        of=len(own),
        dossiers=queued,
    )


def _queued(state: State, seat: tuple[int, str], scored: Scored) -> Queued:
    card = state.cards.get(seat)
    return Queued(
        number=seat[0],
        title=scored.tally.title,
        unit=UnitId(scored.tally.unit),
        track=scored.tally.track,
        declared=seat in state.declared,
        recused=seat in state.recused,
        points=card and card.points,
        check=state.checks.get(seat, ""),
    )


async def _scored(parts: Parts, projects: list[UUID]) -> list[Scored]:
    table, day = SCORES.table("scores"), today(parts.clock, parts.settings.time_zone)
    async with parts.views.connect() as connection:
        return await read_scores(connection, select(table).where(table.c.project.in_(projects)), day)


async def _written(parts: Parts, scored: Scored) -> Written:
    """The texts of a project, without those that were withdrawn (R74)."""
    table = SCORES.table("sheets")
    query = select(table.c.problem, table.c.report).where(table.c.project == scored.project)
    async with parts.views.connect() as connection:
        found = (await connection.execute(query)).one()
    return Written(*without((found.problem, found.report), scored.tally.withdrawn))


async def _criteria(parts: Parts, state: State) -> list[CriterionAsked]:
    """The card of the review's version (R20)."""
    cycle = await parts.streams.known(CYCLE, UUID(state.cycle))
    card = card_of(parts.group.organisation, cycle.programme)
    return [
        CriterionAsked(
            code=criterion.code,
            name=criterion.zh,
            weight=criterion.weight,
            bands={band: share * criterion.weight for band, share in card.bands.items()},
            anchors=criterion.anchors,
        )
        for group in card.groups
        for criterion in group.criteria
        if criterion.formula is None
    ]
