"""Withdrawing a text of a score's adjustments, by who reviews secrecy over the body that fixed it (R74)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from fastapi import APIRouter

from services.evaluation.api.acts import take_on_stream
from services.evaluation.domain.project_score import PROJECT_SCORE, State, WithdrawScoreText
from services.evaluation.parts import Parts
from shared.acting import Asking
from shared.acts import Act, offer
from shared.decision import Outcome
from shared.domain import By, NotAllowed, NotKnown, OfficeId, PersonId, UnitId
from shared.web import Sent


def seals(asking: Asking, state: State, _body: Any, _seen: Any) -> By:
    """NotKnown for all others: who may know of the score is not told here."""
    try:
        return asking.with_right("seal_file", UnitId(state.body))
    except NotAllowed as error:
        raise NotKnown() from error


WITHDRAW = Act(WithdrawScoreText, seals, {"today": lambda it: it.asking.today})


async def _withdraw(
    parts: Parts, act: Act, project: UUID, body: Any, person: PersonId, office: OfficeId | None, sent: Sent
) -> Outcome:
    return await take_on_stream(parts, act, PROJECT_SCORE, project, body, person, office, sent)


router = APIRouter(tags=["scores"])
offer(router, WITHDRAW, "/scores/{stream}", _withdraw)
