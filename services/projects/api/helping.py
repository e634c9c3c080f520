"""Acts by which others help a project: guidance, and support that is asked for and answered (R45, R51)."""

from __future__ import annotations

from datetime import date
from typing import Any

from fastapi import APIRouter

from services.projects.acting import Asking
from services.projects.api.acts import Act, Situation
from services.projects.api.on_project import take_on_project
from services.projects.api.project_facts import keeps_going, right, today, units
from services.projects.api.signing_acts import tied_to
from services.projects.domain.project import support
from services.projects.domain.project.content import Seat
from services.projects.domain.project.state import State
from services.projects.facts import limits_of
from shared.acts import offer
from shared.domain import By

GUIDES = ("guide", "precheck", "answer_support", "decide")


def guides(asking: Asking, state: State, body: Any) -> By:
    """An office over the leading organisation that inspects, checks, helps or decides."""
    return asking.with_any_right(GUIDES, state.unit)


def answers(asking: Asking, state: State, body: Any) -> By:
    """Who is asked for support, or is nearest to it without a part in the project (R3)."""
    asked = state.supports.get(body.support)
    return asking.in_seat([asked.of] if asked else _asked(state), state.players)[0]


def _asked(state: State) -> list[Seat]:
    """Everybody who is asked; that nothing has this code, the rule tells them alone."""
    return list(dict.fromkeys(known.of for known in state.supports.values()))


def due(it: Situation) -> date:
    """The day that is wished for, else the usual one (R45)."""
    wanted: date | None = it.body.wanted_by
    asked = [it.body.of.unit] if it.body.of else [it.state.unit]
    days = limits_of(it.asking, it.state).support_working_days
    return wanted or it.asking.organisation.working_day_after(it.asking.today, days, asked)


ACTS: tuple[Act, ...] = (
    Act(support.GiveGuidance, guides, {"today": today}),
    Act(support.RequestSupport, keeps_going, {"today": today, "due": due}),
    Act(
        support.TurnFindingIntoSupport,
        right("verify_finding"),
        {"today": today, "due": due, "units": units, "tied_to": tied_to},
    ),
    Act(support.DecideSupport, answers, {"today": today, "tied_to": tied_to}),
    Act(support.ProvideSupport, answers, {"today": today, "tied_to": tied_to}),
)

router = APIRouter(prefix="/projects", tags=["project acts"])
for _act in ACTS:
    offer(router, _act, "/{stream}", take_on_project)
