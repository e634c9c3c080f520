"""Refusing whoever has not the right to an act, before anything is read, kept or said for it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from services.projects.acting import Asking
from services.projects.api.acts import Act
from services.projects.domain.project import PROJECT
from services.projects.parts import Parts
from services.projects.sight import refuse_unless_seen
from shared.clock import today
from shared.domain import OfficeId, PersonId
from shared.folding import folded


async def refuse_on_project(
    parts: Parts, act: Act, project: UUID, body: Any, person: PersonId, office: OfficeId | None
) -> None:
    """NotKnown to who may not see the project; else what refuses them this act on it."""
    await parts.following.catch_up()
    state = await folded(parts.ledgers, PROJECT, project)
    asking = _asking(parts, project, body, person, office)
    refuse_unless_seen(asking, state)
    act.signature(asking, state, body)


async def refuse_without_right(
    parts: Parts, act: Act, stream: UUID, body: Any, person: PersonId, office: OfficeId | None
) -> None:
    """NotAllowed to who has not the right to an act of the organisation, whatever is there."""
    await parts.following.catch_up()
    act.by(_asking(parts, stream, body, person, office), None, body)


def _asking(parts: Parts, stream: UUID, body: Any, person: PersonId, office: OfficeId | None) -> Asking:
    day = today(parts.clock, parts.settings.time_zone)
    return Asking(person, parts.organisation, day, office, body.why, str(stream))
