"""Holding an inspection: it counts among the branch's visits of the year, in all its projects (R46)."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid5

from fastapi import APIRouter

from services.projects import ids
from services.projects.acting import Asking
from services.projects.api.acts import Act, offer
from services.projects.api.on_project import take_on_project
from services.projects.api.project_acts import limits, right, today
from services.projects.domain.project import PROJECT, supervision
from services.projects.domain.visits import VISITS, CountVisit
from services.projects.papers import whose
from services.projects.parts import Parts
from shared import clock
from shared.decision import Outcome, Submission
from shared.domain import OfficeId, PersonId
from shared.folding import folded
from shared.web import Sent

HOLD = Act(
    supervision.HoldInspection,
    right("inspect"),
    {"today": today, "visits_this_year": lambda it: it.seen, "limits": limits},
    on_paper=True,
)


async def _visits_before(
    parts: Parts, ledger: str, project: UUID, body: Any, person: PersonId, office: OfficeId | None, sent: Sent
) -> int:
    """The branch's visits of the year before this one, which counts once, however often it is sent.

    What would be refused for another reason does not count.
    """
    state = await folded(parts.ledgers, PROJECT, project)

    def prepare(_: None) -> CountVisit:
        day = clock.today(parts.clock, parts.settings.time_zone)
        asking = Asking(person, parts.organisation, day, office, body.why, str(project))
        held = HOLD.command_from(whose(asking, body), state, body.model_copy(update={"paper": None}), 0)
        PROJECT.decide(held, state)
        return CountVisit(held.by, state.unit, body.on.year, str(project), body.inspection)

    outcome = await parts.writer.submit(
        Submission(
            ledger=ledger,
            stream=UUID(ids.derived("visits", state.unit, str(body.on.year))),
            decider=VISITS,
            prepare=prepare,
            command_id=uuid5(project, f"visit/{body.on.year}/{body.inspection}"),
            correlation=sent.correlation,
        )
    )
    return outcome.version - 1


async def _hold(
    parts: Parts, act: Act, project: UUID, body: Any, person: PersonId, office: OfficeId | None, sent: Sent
) -> Outcome:
    async def look(ledger: str) -> int:
        return await _visits_before(parts, ledger, project, body, person, office, sent)

    return await take_on_project(parts, act, project, body, person, office, sent, look)


router = APIRouter(prefix="/projects", tags=["project acts"])
offer(router, HOLD, "/{stream}", _hold)
