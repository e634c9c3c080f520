"""Who moves to another branch, or leaves the group, gives back what they have to do and claims no more."""

from __future__ import annotations

from functools import partial
from uuid import UUID, uuid5

import structlog

from services.projects.arriving import submit
from services.projects.domain.person.leaving import ContactErased, PersonErased, PersonRestricted
from services.projects.domain.person.record import PersonMoved, PersonRegistered
from services.projects.domain.project import PROJECT, Command
from services.projects.domain.project.tasks import ReleaseWhatTheyHold
from services.projects.parts import Parts
from services.projects.projections.projects import open_with
from services.projects.routing import taken_under
from shared.decision import Submission
from shared.domain import Refusal, UnitId
from shared.envelope import Recorded
from shared.ids import DENGGAO
from shared.sentences import Language, word
from shared.sight import Circle

log = structlog.get_logger()

RECORDED_IN: Language = "zh-CN"  # what is recorded is read by everybody, in the words of the group


async def on_person_gone(parts: Parts, recorded: Recorded) -> None:
    """Their open tasks are free for others, and their claims lapse (R39).

    Of who leaves the group the key is erased after that (R77).
    """
    event: PersonMoved | PersonRestricted | PersonErased = recorded.event
    why, to = ("moved", event.unit) if isinstance(event, PersonMoved) else ("left", None)
    command = ReleaseWhatTheyHold(None, event.person, word("released", why, RECORDED_IN), to)
    concerned = dict[str, None]()
    for mark in Circle(await _branches_of(parts, recorded), frozenset({event.person}), frozenset()).marks():
        concerned |= dict.fromkeys(row["project"] for row in await open_with(parts.views, "", mark))
    for project in sorted(concerned):
        try:
            await submit_to(parts, recorded, project, command)
        except Refusal as refusal:  # they have a part in it, or might have claimed, and have nothing open
            log.info("person.nothing_released", project=project, rule=refusal.code())
    if isinstance(event, PersonErased):
        await parts.keys.erase(event.person)


async def on_contact_erased(parts: Parts, recorded: Recorded) -> None:
    """Of the key nothing is left but what unseals the name (R77)."""
    event: ContactErased = recorded.event
    await parts.keys.erase_contact(event.person)


async def _branches_of(parts: Parts, recorded: Recorded) -> frozenset[UnitId]:
    """Where they belonged before: what is offered there they may have claimed."""
    past = await parts.ledgers.read_stream(recorded.stream)
    return frozenset(
        one.event.unit
        for one in past
        if isinstance(one.event, PersonRegistered | PersonMoved) and one.id != recorded.id
    )


async def submit_to(parts: Parts, recorded: Recorded, project: str, command: Command) -> None:
    """What an event brings to a project; once, however often it is read."""
    ledger = await parts.ledgers.ledger_of(UUID(project))
    assert ledger is not None, "it stood in the view"
    await submit(
        parts,
        Submission(
            ledger=ledger,
            stream=UUID(project),
            decider=PROJECT,
            prepare=lambda _state: command,
            command_id=uuid5(DENGGAO, f"{recorded.id}/{project}"),
            request=recorded.id,
            correlation=recorded.envelope.correlation,
            causation=recorded.id,
            programme=partial(taken_under, parts.organisation),
        ),
    )
