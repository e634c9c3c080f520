"""From one point to the whole: practices recommended, listed, adopted and verified, and the list of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from pydantic import BaseModel

from services.projects.acting import Asking
from services.projects.api.acts import Act
from services.projects.api.on_project import take_on_project
from services.projects.api.project_facts import LEADS, department, leads, right, today
from services.projects.api.reading import CompleteTo
from services.projects.api.signing_acts import tied_to
from services.projects.domain.project import PROJECT, outcome, practice, showcase
from services.projects.domain.project.content import Seat
from services.projects.domain.project.state import NOWHERE, State
from services.projects.parts import Parts, parts_of
from services.projects.projections.page.shape import Practice, Showing
from services.projects.projections.projects import listed_practices
from shared import clock
from shared.acts import offer
from shared.domain import By, UnitId
from shared.folding import folded
from shared.signed_in import SignedIn


@dataclass(frozen=True, slots=True)
class Origin:
    """The project from which a practice is adopted, as it stands now."""

    unit: UnitId
    listed: bool


async def look_at_origin(parts: Parts, _project: UUID, body: Any) -> Origin:
    """The origin that somebody names; nothing is listed under what is no project."""
    try:
        stream = UUID(body.origin)
    except ValueError:
        return Origin(NOWHERE, listed=False)
    if str(stream) != body.origin:  # an id has one spelling, or one origin would be adopted twice
        return Origin(NOWHERE, listed=False)
    state = await folded(parts.ledgers, PROJECT, stream)
    return Origin(state.unit, state.practice.status == "listed")


def recommends(asking: Asking, state: State, body: Any) -> By:
    """Who leads projects of the organisation, or its party department."""
    return asking.with_any_right((*LEADS, "precheck"), state.unit)


def shows(asking: Asking, state: State, body: Any) -> By:
    """Who leads it, the party department, or headquarters, who call people together."""
    return asking.with_any_right((*LEADS, "precheck", "run_review"), state.unit)


def _headquarters(asking: Asking, state: State) -> Seat:
    return Seat("headquarters", asking.organisation.group or state.company)


def lists(asking: Asking, state: State, body: Any) -> By:
    """Headquarters, by somebody without a part in the project."""
    return asking.in_seat([_headquarters(asking, state)], state.players)[0]


ADOPT = Act(
    practice.AdoptPractice,
    leads,
    {
        "today": today,
        "origin_unit": lambda it: it.seen.unit,
        "listed": lambda it: it.seen.listed,
    },
    look_at_origin,
)
ACTS: tuple[Act, ...] = (
    Act(
        practice.RecommendPractice,
        recommends,
        {"today": today, "of": lambda it: _headquarters(it.asking, it.state)},
    ),
    Act(practice.ListPractice, lists, {"today": today, "tied_to": tied_to}),
    Act(practice.DeclinePractice, lists, {"today": today, "tied_to": tied_to}),
    ADOPT,
    Act(practice.VerifyAdoption, department, {"today": today, "tied_to": tied_to}),
    Act(practice.InstitutionalisePractice, right("precheck")),
    Act(
        outcome.NameOutcome,
        recommends,
        {"today": today},
    ),
    Act(outcome.ForgoRule, recommends, {"today": today}),
    Act(showcase.HoldShowcase, shows, {"today": today}),
    Act(showcase.ShareExperience, shows, {"today": today}),
)


router = APIRouter(tags=["practices"])
acts = APIRouter(prefix="/projects", tags=["project acts"])
for _act in ACTS:
    offer(acts, _act, "/{stream}", take_on_project)


class Listed(BaseModel):
    """A practice that is put before others, and the project from which it comes."""

    project: str
    title: str
    track: str
    unit: str
    unit_name: str | None
    practice: Practice
    showings: list[Showing]


class Practices(BaseModel):
    """What others may learn from, the newest first."""

    practices: list[Listed]


@router.get("/practices")
async def read_practices(request: Request, person: SignedIn, complete_to: CompleteTo) -> Practices:
    """All practices that headquarters has listed; they are for everybody, their projects are not."""
    parts = parts_of(request)
    rows = await listed_practices(parts.views)
    day = clock.today(parts.clock, parts.settings.time_zone)
    return Practices(
        practices=[
            Listed(
                project=row["project"],
                title=row["title"],
                track=row["track"],
                unit=row["unit"],
                unit_name=parts.organisation.name_for(UnitId(row["unit"]), person, day),
                practice=row["practice"],
                showings=row["showings"],
            )
            for row in rows
        ]
    )
