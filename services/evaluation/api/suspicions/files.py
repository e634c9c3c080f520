"""The suspicions that evaluation finds as Excel and CSV: the lists themselves, to their end (R74, R76)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from fastapi import APIRouter, Request
from sqlalchemy import select
from starlette.responses import FileResponse

from services.evaluation.api.as_sheet import as_sheet, sheet_answer
from services.evaluation.api.reading import TABLE
from services.evaluation.api.suspicions.asking import Looking, looking
from services.evaluation.api.suspicions.far import FarJuror, OnlyAuditSeesFarJurors, far_jurors
from services.evaluation.api.suspicions.moved import MovedScore, OnlyAuditSeesMovedScores, moved_scores
from services.evaluation.parts import Parts
from shared.domain import UnitId
from shared.dossier import printed
from shared.sentences import Language, word
from shared.sheets import Lines, Value
from shared.signed_in import SignedIn
from shared.wait_for import WaitFor
from shared.web import language

router = APIRouter(prefix="/suspicions", tags=["scores"])

AT_ONCE = 200
MOVED = (
    *("reference", "title", "company", "unit", "closed_on", "fixed", "at_closing", "now"),
    *("code", "name", "before", "after", "event"),
)
FAR = (
    *("unit", "year", "round", "panel", "juror", "cards", "mean", "mean_of_all"),
    *("number", "reference", "title", "points_given", "lowest", "highest"),
)
Titles = Mapping[UUID, tuple[str, str]]  # reference and title by project
T = TypeVar("T")


async def titles_of(parts: Parts, projects: Sequence[UUID]) -> Titles:
    """Reference and title of each; a text that was withdrawn stands as its hash."""
    found: dict[UUID, tuple[str, str]] = {}
    wanted = sorted({*projects})
    columns = select(TABLE.c.project, TABLE.c.reference, TABLE.c.title)
    async with parts.views.connect() as connection:
        for start in range(0, len(wanted), AT_ONCE):
            query = columns.where(TABLE.c.project.in_(wanted[start : start + AT_ONCE]))
            found |= {row.project: (row.reference, row.title) for row in await connection.execute(query)}
    return found


@router.get("/score-moved.xlsx", response_class=FileResponse, responses=sheet_answer("xlsx"))
async def take_moved_scores_xlsx(request: Request, person: SignedIn, wait_for: WaitFor) -> FileResponse:
    """Projects whose score is another one than when they closed, as Excel: a row for each item that moved."""
    return await _moved(request, looking(request, person, OnlyAuditSeesMovedScores), wait_for, "xlsx")


@router.get("/score-moved.csv", response_class=FileResponse, responses=sheet_answer("csv"))
async def take_moved_scores_csv(request: Request, person: SignedIn, wait_for: WaitFor) -> FileResponse:
    """The same as CSV."""
    return await _moved(request, looking(request, person, OnlyAuditSeesMovedScores), wait_for, "csv")


@router.get("/juror-far.xlsx", response_class=FileResponse, responses=sheet_answer("xlsx"))
async def take_far_jurors_xlsx(request: Request, person: SignedIn, wait_for: WaitFor) -> FileResponse:
    """Jurors far from all others by letter (R68), as Excel: a row for each such card."""
    return await _far(request, looking(request, person, OnlyAuditSeesFarJurors), wait_for, "xlsx")


@router.get("/juror-far.csv", response_class=FileResponse, responses=sheet_answer("csv"))
async def take_far_jurors_csv(request: Request, person: SignedIn, wait_for: WaitFor) -> FileResponse:
    """The same as CSV."""
    return await _far(request, looking(request, person, OnlyAuditSeesFarJurors), wait_for, "csv")


async def _moved(request: Request, asking: Looking, wait_for: WaitFor, kind: str) -> FileResponse:
    until = await asking.parts.group.reached(asking.parts.scores, wait_for)
    await asking.look(request, "export", f"suspicions_score_moved.{kind}")
    said = language(request)
    found = await _whole(lambda after: moved_scores(asking, after, AT_ONCE))
    rows = [row for one in found for row in _moved_rows(asking, one, said)]
    return await _taken(request, asking, "score_moved", MOVED, rows, until, kind)


async def _far(request: Request, asking: Looking, wait_for: WaitFor, kind: str) -> FileResponse:
    until = await asking.parts.group.reached(asking.parts.reviews, wait_for)
    await asking.look(request, "export", f"suspicions_juror_far.{kind}")
    said = language(request)
    found = await _whole(lambda after: far_jurors(asking, after, AT_ONCE))
    titles = await titles_of(asking.parts, [card.project for one in found for card in one.far])
    rows = [row for one in found for row in _far_rows(asking, one, titles, said)]
    return await _taken(request, asking, "juror_far", FAR, rows, until, kind)


async def _whole(page: Callable[[UUID | None], Awaitable[tuple[list[T], UUID | None]]]) -> list[T]:
    found, after = await page(None)
    while after is not None:
        more, after = await page(after)
        found += more
    return found


def _moved_rows(asking: Looking, one: MovedScore, said: Language) -> Iterator[Sequence[Value]]:
    score = (
        one.reference,
        printed(said, one.title),
        _unit(asking, one.company),
        _unit(asking, one.unit),
        one.closed_on,
        one.fixed,
        one.at_closing,
        one.now,
    )
    for item in one.items:
        yield *score, item.code, printed(said, item.name), item.before, item.after, item.event
    if not one.items:
        yield score


def _far_rows(asking: Looking, one: FarJuror, titles: Titles, said: Language) -> Iterator[Sequence[Value]]:
    juror = (
        _unit(asking, one.unit),
        one.year,
        word("review_round", one.round, said),
        str(one.panel),
        one.juror,
        one.cards,
        one.mean,
        one.mean_of_all,
    )
    for card in one.far:
        reference, title = titles.get(card.project, (str(card.project), ""))
        yield *juror, card.number, reference, printed(said, title), card.points, *card.others


def _unit(asking: Looking, unit: str) -> str:
    return asking.known.name_for(UnitId(unit), asking.person, asking.day) or unit


async def _taken(
    request: Request,
    asking: Looking,
    code: str,
    places: Sequence[str],
    rows: Sequence[Sequence[Value]],
    until: datetime | None,
    kind: str,
) -> FileResponse:
    """Stamped with for whom and when; internal, since it names units (R74)."""
    said, parts = language(request), asking.parts
    names = await parts.group.names([asking.person])
    now = parts.clock.now()
    at, complete = (
        f"{one.astimezone(parts.settings.time_zone):%Y-%m-%d %H:%M:%S}" for one in (now, until or now)
    )
    mark = word("secrecy_mark", "internal", said)
    stamp = word("suspicion_sheet", "stamp", said).format(
        mark=mark, person=names.get(asking.person, asking.person), at=at, until=complete
    )
    title = word("suspicion", code, said)

    def lines() -> Iterator[Sequence[Value]]:
        yield [word("suspicion_sheet", place, said) for place in places]
        yield from rows

    return await as_sheet(Lines(title, mark, [stamp], len(places), lines), kind, f"{title} {asking.day}")
