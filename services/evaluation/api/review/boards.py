"""Boards: how far a review's panels are, in numbers; and of one panel its cards, by letter (R59, R61)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field
from sqlalchemy import select

from services.evaluation.api.review.cycles import note_look, seen_cycle
from services.evaluation.api.review.panel_acts import own_letter, under_seal
from services.evaluation.domain.review.aggregation import (
    Cards,
    aggregate,
    markings,
    method_for,
    outliers,
)
from services.evaluation.domain.review.panel import PANEL
from services.evaluation.domain.review.panel.sealing import digest
from services.evaluation.domain.review.panel.state import State
from services.evaluation.parts import parts_of
from services.evaluation.review.sight import ReviewIsPrepared, viewer
from services.evaluation.review.view import REVIEWS
from shared.clock import today
from shared.domain import NotAllowed, NotKnown, UnitId
from shared.looking import looking_from, take_look
from shared.signed_in import SignedIn
from shared.wait_for import WaitFor

router = APIRouter(tags=["review"])
PANELS = REVIEWS.table("panels")
APART = Decimal(15)  # points of 100 from the middle of a dossier's cards: what the chair is shown first


class CardsAreThePanels(NotAllowed):
    """A panel's cards are shown to its chair, and to the clerk and the supervisor who sign them.

    How far the panel is, its review's board shows in numbers."""


class Missing(BaseModel):
    """What a juror has not scored yet."""

    juror: str = Field(description="Letter")
    numbers: list[int]


class PanelLine(BaseModel):
    """A panel's progress."""

    panel: UUID
    round: str
    department: UnitId
    tracks: list[str]
    state: str
    due: date | None
    dossiers: int
    jurors: int
    assigned: int
    cards: int
    checks: int
    missing: list[Missing]
    few: list[int] = Field(description="Dossiers with fewer jurors than the minimum: others are needed")
    signed: list[str]


class Board(BaseModel):
    """All panels of a review."""

    panels: list[PanelLine]


class CardShown(BaseModel):
    """A juror's points for a dossier; a reason where a check is asked for."""

    juror: str
    points: Decimal
    check: str = ""


class Row(BaseModel):
    """A dossier with its cards; nothing of them where the reader is in conflict, or has yet to score it."""

    number: int
    project: UUID
    in_conflict: bool
    own_first: bool = Field(description="The reader's own card comes before others' are seen")
    missing: list[str]
    cards: list[CardShown]
    score: Decimal | None
    normalised: Decimal | None = Field(description="Shown beside, and decides nothing")
    spread: Decimal | None


class Outlying(BaseModel):
    """A card far from the others of its dossier."""

    number: int
    juror: str
    points: Decimal
    others: tuple[Decimal, Decimal]


class Marks(BaseModel):
    """How a juror marks, of all their cards here."""

    juror: str
    cards: int
    mean: Decimal
    spread: Decimal
    lowest: Decimal
    highest: Decimal


class PanelBoard(BaseModel):
    """A panel as its chair sees it."""

    panel: UUID
    review: UUID
    round: str
    method: str = Field(
        description="By which scores are reckoned as the cards stand: the one fixed when the panel opened, "
        "or the plain mean where a dossier has too few for it (R58)"
    )
    due: date
    sealed: bool
    signed: list[str]
    seen: str = Field(
        description="SHA-256 of the cards as they stand, on which a signature is given; "
        '"" to whoever has yet to score'
    )
    rows: list[Row]
    outliers: list[Outlying]
    jurors: list[Marks]


@router.get("/reviews/{review}/board")
async def board(request: Request, review: UUID, person: SignedIn, wait_for: WaitFor) -> Board:
    """How far each panel is, and for whom it waits; no marks."""
    parts = parts_of(request)
    await parts.group.reached(parts.reviews, wait_for)
    cycle = await seen_cycle(parts, person, review)
    day = today(parts.clock, parts.settings.time_zone)
    stands = viewer(parts.group.organisation, person, UnitId(cycle.unit), day)
    if not stands.sees_course:
        raise ReviewIsPrepared()
    await note_look(request, parts, person, cycle, stands)
    query = select(PANELS).where(PANELS.c.cycle == str(review)).order_by(PANELS.c.round, PANELS.c.panel)
    async with parts.views.connect() as connection:
        rows = (await connection.execute(query)).all()
    return Board(panels=[_line(row, (await parts.streams.now(PANEL, UUID(row.panel))).state) for row in rows])


@router.get("/panels/{panel}")
async def panel_board(request: Request, panel: UUID, person: SignedIn) -> PanelBoard:
    """The cards of a panel, by letter, with what its chair looks at first.

    To chair and vice-chair, but for dossiers with which they are in conflict or that they have yet to
    score, and to the clerk and the supervisor who sign; to audit once the panel is sealed.
    """
    parts = parts_of(request)
    seen = await under_seal(parts, panel)
    state = (await parts.streams.now(PANEL, panel)).state
    organisation, day = parts.group.organisation, today(parts.clock, parts.settings.time_zone)
    letter = own_letter(person, state, seen)
    signs = any(organisation.may(person, right, seen.unit, day) for right in ("enter_paper", "witness"))
    term = next(iter(looking_from(organisation, person, seen.unit, day)), None)
    if not _chairs(state, letter) and not (signs and letter is None):
        if term is None or not state.sealed:
            raise CardsAreThePanels()
        await take_look(request, parts.writer, person, term, "review", state.cycle)
    return _board(panel, state, letter)


def _chairs(panel: State, letter: str | None) -> bool:
    terms = panel.terms
    return terms is not None and letter in panel.jurors and letter in (terms.chair, terms.vice_chair)


def _line(row: Any, panel: State) -> PanelLine:
    return PanelLine(
        panel=UUID(row.panel),
        round=row.round,
        department=row.department,
        tracks=list(row.tracks),
        state=row.state,
        due=row.due,
        dossiers=len(panel.dossiers) or row.projects,
        jurors=len(panel.jurors),
        assigned=len(panel.assigned),
        cards=len(panel.cards),
        checks=len(panel.checks),
        missing=[*_missing(panel)],
        few=[*_few(panel)],
        signed=sorted(panel.signed),
    )


def _missing(panel: State) -> Iterator[Missing]:
    late = sorted(seat for seat in panel.assigned - panel.cards.keys() if seat[1] in panel.jurors)
    for letter in sorted({juror for _, juror in late}):
        yield Missing(juror=letter, numbers=[number for number, juror in late if juror == letter])


def _few(panel: State) -> Iterator[int]:
    minimum = panel.terms.minimum_cards if panel.terms else 0
    for number in sorted(panel.dossiers):
        seats = {seat for seat in (*panel.assigned, *panel.cards) if seat[0] == number}
        if len(seats) < minimum:
            yield number


def _board(panel: UUID, state: State, letter: str | None) -> PanelBoard:
    terms = state.terms
    if terms is None:
        raise NotKnown()
    tied = {number for number, juror in state.recused if juror == letter}
    unscored = {number for number, juror in state.assigned - state.cards.keys() if juror == letter}
    cards = cards_of(state, tied | unscored)
    given = {project: points for project, points in cards.items() if points}
    counts = Counter(number for number, _ in state.cards)  # hidden ones too: one method holds for all
    method = method_for(terms.method, min(counts.values(), default=0), terms.trimmed_from)
    found = aggregate(given, method)
    numbers = {dossier.project: number for number, dossier in state.dossiers.items()}
    return PanelBoard(
        panel=panel,
        review=UUID(state.cycle),
        round=terms.round,
        method=method,
        due=terms.due,
        sealed=state.sealed,
        signed=sorted(state.signed),
        seen="" if unscored else digest(state),
        rows=[
            _row(state, number, found, in_conflict=number in tied, own_first=number in unscored)
            for number in sorted(state.dossiers)
        ],
        outliers=[
            Outlying(number=numbers[one.project], juror=one.juror, points=one.points, others=one.others)
            for one in outliers(given, APART)
        ],
        jurors=[
            Marks(
                juror=juror,
                cards=marks.cards,
                mean=marks.mean,
                spread=marks.spread,
                lowest=marks.lowest,
                highest=marks.highest,
            )
            for juror, marks in markings(given).items()
        ],
    )


def cards_of(panel: State, hidden: Collection[int] = ()) -> Cards:
    """The cards of a panel that count, by project, but for some dossiers."""
    return {
        dossier.project: {juror: card.points for (at, juror), card in panel.cards.items() if at == number}
        for number, dossier in sorted(panel.dossiers.items())
        if number not in hidden
    }


def _row(panel: State, number: int, found: Mapping[str, Any], *, in_conflict: bool, own_first: bool) -> Row:
    hidden = in_conflict or own_first
    project = panel.dossiers[number].project
    of = None if hidden else found.get(project)
    seats = sorted(juror for at, juror in panel.assigned - panel.cards.keys() if at == number)
    cards = sorted((juror, card) for (at, juror), card in panel.cards.items() if at == number)
    return Row(
        number=number,
        project=UUID(project),
        in_conflict=in_conflict,
        own_first=own_first,
        missing=[] if hidden else seats,
        cards=[]
        if hidden
        else [
            CardShown(juror=juror, points=card.points, check=panel.checks.get((number, juror), ""))
            for juror, card in cards
        ],
        score=of and of.score,
        normalised=of and of.normalised,
        spread=of and of.spread,
    )
