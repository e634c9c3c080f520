"""Taking an act on a project: where it lies, who may know of it, what must be looked up first."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

from services.projects.api.acts import Act, take
from services.projects.api.hidden import refuse_on_project
from services.projects.domain.project import PROJECT
from services.projects.parts import Parts
from services.projects.sight import refuse_unless_seen
from shared.decision import Outcome
from shared.domain import NotKnown, OfficeId, PersonId
from shared.web import Sent


async def take_on_project(
    parts: Parts,
    act: Act,
    project: UUID,
    body: Any,
    person: PersonId,
    office: OfficeId | None,
    sent: Sent,
    look: Callable[[str], Awaitable[Any]] | None = None,
    seen: Any = None,
) -> Outcome:
    """Send it to the writer; what its facts call `seen` is given, or `look` or the act's own finds it.

    `look` is told the name of the project's ledger. Nothing is looked up, kept or counted for who has not
    the right to the act; the scan of a paper is kept.
    """
    ledger = await parts.ledgers.ledger_of(project)
    if ledger is None:
        raise NotKnown()
    scan = body.paper.sha256 if getattr(body, "paper", None) else ""
    if look or act.look or scan:
        await refuse_on_project(parts, act, project, body, person, office)
    stored = await parts.files.attach(scan, person) if scan else None
    if look:
        seen = await look(ledger)
    elif act.look and seen is None:
        seen = await act.look(parts, project, body)
    return await take(
        parts,
        act,
        PROJECT,
        ledger=ledger,
        stream=project,
        body=body,
        person=person,
        office=office,
        sent=sent,
        guard=refuse_unless_seen,
        seen=seen,
        stored=stored,
    )
