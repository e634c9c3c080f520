"""Acts of a secrecy reviewer: marking what may be read by whom, sealing a file, withdrawing a text (R74)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from fastapi import APIRouter

from services.projects.acting import Asking
from services.projects.api.acts import Act
from services.projects.api.on_project import take_on_project
from services.projects.api.project_facts import right, today
from services.projects.api.signing_acts import tied_to
from services.projects.domain.project import PROJECT, secrecy
from services.projects.parts import Parts
from services.projects.withdrawing import said_in
from shared import clock
from shared.acts import offer
from shared.decision import Outcome
from shared.domain import OfficeId, PersonId
from shared.folding import folded
from shared.web import Sent

REVIEW = Act(secrecy.ReviewSecrecy, right("review_secrecy"), {"today": today, "tied_to": tied_to})
SEAL = Act(
    secrecy.SealFile,
    right("seal_file"),
    {"today": today},
)


async def _where_said(parts: Parts, project: UUID, body: Any) -> tuple[int, ...]:
    return said_in(await parts.ledgers.read_stream(project), body.sha256)


WITHDRAW = Act(
    secrecy.WithdrawText,
    right("seal_file"),
    {"today": today, "said": lambda it: it.seen},
    _where_said,
)


async def _seal(
    parts: Parts, act: Act, project: UUID, body: Any, person: PersonId, office: OfficeId | None, sent: Sent
) -> Outcome:
    """The bytes go before the event says so: an act that is cut off between the two is sent again."""

    async def look(_ledger: str) -> None:
        state = await folded(parts.ledgers, PROJECT, project)
        day = clock.today(parts.clock, parts.settings.time_zone)
        asking = Asking(person, parts.organisation, day, office, body.why, str(project))
        command = act.command_from(asking, state, body, None)
        if command.sha256 not in state.sealed:
            PROJECT.decide(command, state)
            await parts.files.seal(command.sha256)

    return await take_on_project(parts, act, project, body, person, office, sent, look)


router = APIRouter(prefix="/projects", tags=["project acts"])
offer(router, REVIEW, "/{stream}", take_on_project)
offer(router, SEAL, "/{stream}", _seal)
offer(router, WITHDRAW, "/{stream}", take_on_project)
