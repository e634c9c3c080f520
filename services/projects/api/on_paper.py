"""Entering what was done on paper, and what is said of it afterwards (R35, R36)."""

from __future__ import annotations

from fastapi import APIRouter

from services.projects.api.acts import Act
from services.projects.api.on_project import take_on_project
from services.projects.api.project_facts import department, member, today
from services.projects.api.signing_acts import tied_to
from services.projects.domain.project import paper
from shared.acts import offer

ACTS: tuple[Act, ...] = (
    Act(paper.ConfirmPaper, member),
    Act(paper.DenyPaper, member),
    Act(paper.AcceptLateEntry, department, {"today": today, "tied_to": tied_to}),
)

router = APIRouter(prefix="/projects", tags=["project acts"])
for _act in ACTS:
    offer(router, _act, "/{stream}", take_on_project)
