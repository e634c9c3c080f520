"""Acts on a finding that is disputed, and who is above the office that found it (R48)."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from services.projects.acting import Asking
from services.projects.api.acts import Act, Situation
from services.projects.api.on_project import take_on_project
from services.projects.api.project_facts import dispute_days, leads, today, units
from services.projects.api.signing_acts import tied_to
from services.projects.domain.project import dispute
from services.projects.domain.project.content import Seat
from services.projects.domain.project.state import State
from services.projects.escalation import office_above
from shared.acts import offer
from shared.domain import By


def judges(asking: Asking, state: State, body: Any) -> By:
    """Who is above the office that found it, or nearest to that: neither the finder nor a player (R3)."""
    asked = state.findings.get(body.finding)
    known = [asked] if asked else state.findings.values()  # that there is none, the rule tells judges alone
    finders = {finding.found_by for finding in known}
    return asking.in_seat([f.judge for f in known if f.judge], state.players | finders)[0]


def superior(it: Situation) -> Seat | None:
    """The office above the one in which it was found; None at the top."""
    finding = it.state.findings.get(it.body.finding)
    finder = finding.finder if finding else None
    usual = Seat("inspector", it.state.company)  # of findings that do not name their office
    return office_above(it.asking.organisation, finder or usual, it.state, it.asking.today)


ACTS: tuple[Act, ...] = (
    Act(dispute.DisputeFinding, leads, {"today": today, "due": dispute_days, "of": superior}),
    Act(dispute.DecideDispute, judges, {"today": today, "tied_to": tied_to, "units": units}),
)

router = APIRouter(prefix="/projects", tags=["project acts"])
for _act in ACTS:
    offer(router, _act, "/{stream}", take_on_project)
