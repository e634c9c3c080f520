"""What has left one ledger arrives in another (R70); who comes to it on its way lets it arrive first."""

from __future__ import annotations

from functools import partial
from uuid import uuid5

from services.projects.domain.project import PROJECT
from services.projects.domain.project.succession import LedgerLeft, ReceiveLead
from services.projects.facts import goes_on_with
from services.projects.parts import Parts
from services.projects.routing import taken_under
from shared.decision import LedgerIsClosed, OnItsWay, Outcome, Read, Submission
from shared.domain import UnitId
from shared.envelope import Recorded, micros
from shared.ids import DENGGAO
from shared.merkle import leaf_hash


async def submit(parts: Parts, submission: Submission) -> Outcome:
    """Submit a command of the system's own, in the ledger in which its project goes on."""
    try:
        return await parts.writer.submit(submission)
    except OnItsWay:
        last = (await parts.ledgers.read_stream(submission.stream))[-1]
        if isinstance(last.event, LedgerLeft):  # else it has arrived meanwhile
            await on_ledger_left(parts, last)
        return await parts.writer.submit(submission)


async def on_ledger_left(parts: Parts, recorded: Recorded) -> None:
    """The project goes on in the other ledger, after its last event in this one; once.

    Where that one has been closed since, it goes on with who goes on for its company.
    """
    tried = ""
    while True:
        await parts.following.catch_up()
        there = _goes_on_in(parts, recorded.event)
        try:
            await _arrive(parts, recorded, there)
        except LedgerIsClosed:
            if there == tried:
                raise
            tried = there
        else:
            return


def _goes_on_in(parts: Parts, event: LedgerLeft) -> str:
    company = UnitId(event.ledger)
    known = company in parts.organisation.units  # else it is the group's
    return goes_on_with(parts.organisation, company).ledger if known else event.ledger


async def _arrive(parts: Parts, recorded: Recorded, there: str) -> None:
    leaf = leaf_hash(recorded.stream, recorded.version, recorded.body)
    command = ReceiveLead(None, recorded.ledger, recorded.position, leaf.hex(), there, recorded.event)
    read = Read({f"{recorded.service}/{recorded.ledger}": recorded.position}, micros(recorded.recorded_at))
    await parts.writer.submit(
        Submission(
            ledger=there,
            stream=recorded.stream,
            decider=PROJECT,
            prepare=lambda _state: command,
            command_id=uuid5(DENGGAO, f"{recorded.id}/received"),
            request=recorded.id,
            correlation=recorded.envelope.correlation,
            causation=recorded.id,
            programme=partial(taken_under, parts.organisation),
            read=read,
            arrives=True,
        )
    )
