"""Who moves to another branch, or leaves the group, gives back what they have to do."""

from __future__ import annotations

from functools import partial
from uuid import UUID, uuid5

import structlog

from services.projects import ids
from services.projects.domain.person import PersonErased, PersonMoved, PersonRestricted
from services.projects.domain.project import PROJECT, Command
from services.projects.domain.project.tasks import ReleaseWhatTheyHold
from services.projects.parts import Parts
from services.projects.projections.projects import open_with
from services.projects.routing import taken_under
from shared.decision import Submission
from shared.domain import Refusal
from shared.envelope import Recorded
from shared.sentences import Language, word
from shared.sight import Circle

log = structlog.get_logger()

RECORDED_IN: Language = "zh-CN"  # what is recorded is read by everybody, in the words of the group


async def on_person_gone(parts: Parts, recorded: Recorded) -> None:
    """Their open tasks are free for others; of who leaves the group the key is erased after that (R77)."""
    event: PersonMoved | PersonRestricted | PersonErased = recorded.event
    why, to = ("moved", event.unit) if isinstance(event, PersonMoved) else ("left", None)
    command = ReleaseWhatTheyHold(None, event.person, word("released", why, RECORDED_IN), to)
    (mark,) = Circle(frozenset(), frozenset({event.person}), frozenset()).marks()
    for row in await open_with(parts.views, "", mark):
        try:
            await submit_to(parts, recorded, row["project"], command)
        except Refusal as refusal:  # they have a part in it and no open task
            log.info("person.nothing_released", project=row["project"], rule=refusal.code())
    if isinstance(event, PersonErased):
        await parts.keys.erase(event.person)


async def submit_to(parts: Parts, recorded: Recorded, project: str, command: Command) -> None:
    """What an event brings to a project; once, however often it is read."""
    ledger = await parts.ledgers.ledger_of(UUID(project))
    assert ledger is not None, "it stood in the view"
    await parts.writer.submit(
        Submission(
            ledger=ledger,
            stream=UUID(project),
            decider=PROJECT,
            prepare=lambda _state: command,
            command_id=uuid5(ids.DENGGAO, f"{recorded.id}/{project}"),
            request=recorded.id,
            correlation=recorded.envelope.correlation,
            causation=recorded.id,
            programme=partial(taken_under, parts.organisation),
        )
    )
