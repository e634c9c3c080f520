"""Refusing what somebody may not know of, before anything about it is read for them."""

from __future__ import annotations

from uuid import UUID

from services.projects.acting import Asking
from services.projects.domain.project import PROJECT
from services.projects.parts import Parts
from services.projects.sight import refuse_unless_seen
from shared.clock import today
from shared.domain import PersonId
from shared.folding import folded


async def refuse_hidden(parts: Parts, project: UUID, person: PersonId) -> None:
    """NotKnown unless this person may see the project."""
    await parts.following.catch_up()
    asking = Asking(person, parts.organisation, today(parts.clock, parts.settings.time_zone))
    refuse_unless_seen(asking, await folded(parts.ledgers, PROJECT, project))
