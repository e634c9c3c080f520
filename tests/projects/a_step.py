"""A proposal before whoever a test says, and their words."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from services.projects.domain.project.approval import GiveOpinion
from services.projects.domain.project.content import Seat
from services.projects.domain.project.route import Share, Step
from tests.projects.a_project import ROUTE, SUBMIT, Project, a_draft, by


def signed_by(decides: Any, *seats: Seat, share: Share | None = None) -> Project:
    """A proposal whose only deciding step is before these seats."""
    step = Step("会签", decides, seats, 3, share=share)
    return a_draft.after(replace(SUBMIT, route=(step, ROUTE[3])))


def word(seat: Seat, opinion: Any = "agree", person: str = "") -> GiveOpinion:
    return GiveOpinion(by(person or seat.office, seat.office, seat.unit), 0, opinion, "h1", seat)
