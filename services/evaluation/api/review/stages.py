"""The stage of an on-site meeting, and what clerks have typed from paper: seen in the room (R60)."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field

from services.evaluation.api.review.panel_acts import Sealed, own_letter, under_seal
from services.evaluation.api.review.signing_for import RUN
from services.evaluation.domain.review.panel import PANEL
from services.evaluation.domain.review.panel.stage import TurnBegan
from services.evaluation.domain.review.panel.state import State
from services.evaluation.parts import Parts, parts_of
from shared.clock import today
from shared.domain import NotAllowed, PersonId
from shared.signed_in import SignedIn

router = APIRouter(prefix="/panels/{panel}", tags=["review"])


class SeenInTheRoom(NotAllowed):
    """The stage is shown to the panel's jurors and clerks, and to who runs the review.

    Ask the clerk of the meeting."""


class TypingIsTheClerks(NotAllowed):
    """What was typed from paper is shown to clerks of the review alone, and no marks.

    Ask the clerk of the meeting."""


class Stage(BaseModel):
    """Whose turn it is; `since` and `now` are the server's time, by which everybody's clock runs."""

    order: list[int] = Field(description="Empty until it is drawn")
    seed: str
    number: int | None
    phase: str | None
    minutes: int | None
    since: datetime | None
    now: datetime
    following: int | None
    shown: list[int]


class TypedShown(BaseModel):
    """A paper of which one typing is there, or that two have read differently."""

    number: int
    juror: str
    state: Literal["typed_once", "read_differently"]


class Entry(BaseModel):
    """What is open of the papers; no marks, so that the second typing is blind."""

    typed: list[TypedShown]


@router.get("/stage")
async def stage(request: Request, panel: UUID, person: SignedIn) -> Stage:
    """Order, turn and time of the meeting; no scores and no names."""
    parts = parts_of(request)
    seen, state = await under_seal(parts, panel), (await parts.streams.now(PANEL, panel)).state
    if own_letter(person, state, seen) is None and not _may(
        parts, person, seen, "enter_paper", "witness", *RUN
    ):
        raise SeenInTheRoom()
    stream = await parts.ledgers.read_stream(panel) if state.on_stage is not None else []
    began = next((one for one in reversed(stream) if isinstance(one.event, TurnBegan)), None)
    waiting = [number for number in state.order if number in state.dossiers and number not in state.shown]
    return Stage(
        order=list(state.order),
        seed=state.seed if state.order else "",
        number=state.on_stage,
        phase=began and began.event.phase,
        minutes=began and began.event.minutes,
        since=began and began.recorded_at,
        now=parts.clock.now(),
        following=next(iter(waiting), None),
        shown=sorted(state.shown),
    )


@router.get("/entry")
async def entry(request: Request, panel: UUID, person: SignedIn) -> Entry:
    """Which papers wait for their second typing, or for both anew."""
    parts = parts_of(request)
    seen, state = await under_seal(parts, panel), (await parts.streams.now(PANEL, panel)).state
    if not _may(parts, person, seen, "enter_paper"):
        raise TypingIsTheClerks()
    return Entry(typed=[_typed(state, seat) for seat in sorted(state.typed)])


def _typed(panel: State, seat: tuple[int, str]) -> TypedShown:
    once = panel.typed[seat] is not None
    return TypedShown(number=seat[0], juror=seat[1], state="typed_once" if once else "read_differently")


def _may(parts: Parts, person: PersonId, seen: Sealed, *rights: str) -> bool:
    day = today(parts.clock, parts.settings.time_zone)
    return any(parts.group.organisation.may(person, right, seen.unit, day) for right in rights)
