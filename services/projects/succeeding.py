"""Whose unit has ceased or moved, their projects go on with the successor, in its ledger (R70)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import partial
from typing import Any
from uuid import UUID, uuid5

from services.projects.arriving import submit
from services.projects.domain.handover import HANDOVER, HandoverConfirmed, HandoverLapsed, LapseHandover
from services.projects.domain.ledger import LEDGER, CloseLedger
from services.projects.domain.meeting import MEETING
from services.projects.domain.meeting.acts import (
    ItemNotApplied,
    LapseMeeting,
    MeetingConfirmed,
    MeetingLapsed,
)
from services.projects.domain.project import PROJECT
from services.projects.domain.project.state import State
from services.projects.domain.project.succession import (
    ENDED,
    LeadMoved,
    LedgerLeft,
    MoveLead,
    Successor,
)
from services.projects.domain.ratification import RATIFICATION, LapseRatification, RatificationLapsed
from services.projects.domain.unit.ending import UnitCeased
from services.projects.domain.unit.tree import UnitMoved
from services.projects.facts import goes_on_with, recorded_in, successor_of
from services.projects.parts import Parts
from services.projects.projections.handovers import open_handovers
from services.projects.projections.projects import PROJECTS, open_with
from services.projects.routing import taken_under
from shared.decision import LedgerIsClosed, Submission
from shared.domain import Decider, Stale, UnitId
from shared.envelope import Recorded
from shared.folding import folded
from shared.ids import DENGGAO, derived

LAPSES: dict[str, tuple[Decider[Any, Any, Any], Callable[[date], Any]]] = {
    "handover": (HANDOVER, lambda day: LapseHandover(None, day)),
    "ratification": (RATIFICATION, lambda _day: LapseRatification(None)),
    "meeting": (MEETING, lambda _day: LapseMeeting(None)),
}
ENDINGS = (
    HandoverConfirmed,
    HandoverLapsed,
    RatificationLapsed,
    MeetingConfirmed,
    ItemNotApplied,
    MeetingLapsed,
)


async def on_unit_changed(parts: Parts, recorded: Recorded) -> None:
    """Projects of a unit that has ceased or moved, and of those below it, pass to who goes on for it."""
    event: UnitCeased | UnitMoved = recorded.event
    if parts.organisation.position < recorded.position:
        await parts.following.catch_up()
    for unit in tuple(parts.organisation.all_below(event.unit)):
        for row in await open_with(parts.views, unit, ""):
            await _move(parts, recorded, UUID(row["project"]))
        if isinstance(event, UnitCeased):
            for handover in await open_handovers(PROJECTS, parts.views, unit):
                await _lapse(parts, recorded, "handover", UUID(handover))
    company = parts.organisation.company(event.unit)
    if company is not None:
        await _close(parts, recorded, company)


async def on_drafted(parts: Parts, recorded: Recorded) -> None:
    """One that was drafted while its unit ceased or was moved follows the others."""
    await parts.following.catch_up()
    await _move(parts, recorded, recorded.stream)


async def on_lead_moved(parts: Parts, recorded: Recorded) -> None:
    """The ledger that was left may now be closed; and the successor may have ended on the way."""
    event: LeadMoved = recorded.event
    await parts.following.catch_up()
    await _move(parts, recorded, recorded.stream)
    if event.position:
        await _close(parts, recorded, UnitId(event.ledger))


async def on_ended(parts: Parts, recorded: Recorded) -> None:
    """The last that a company without successor led may have ended."""
    await _close(parts, recorded, UnitId(recorded.ledger))


async def _move(parts: Parts, recorded: Recorded, project: UUID, above: Successor | None = None) -> None:
    """To the successor of the unit that leads; without one it stays, or goes to who is `above`."""
    known = parts.organisation

    def prepare(state: State) -> MoveLead:
        return MoveLead(None, successor_of(known, state.unit) or above, recorded_in(known, state))

    await submit(
        parts,
        Submission(
            ledger=await parts.ledgers.ledger_of(project) or recorded.ledger,
            stream=project,
            decider=PROJECT,
            prepare=prepare,
            command_id=uuid5(DENGGAO, f"{recorded.id}/{project}/moved"),
            request=recorded.id,
            correlation=recorded.envelope.correlation,
            causation=recorded.id,
            programme=partial(taken_under, known),
        ),
    )


async def _close(parts: Parts, recorded: Recorded, company: UnitId) -> None:
    """Close the ledger of a company that has ended as soon as no project is left in it, and the rest ended.

    What has ended goes along with the others; what nobody leads keeps it open until it is reassigned
    or has ended. Who arrives elsewhere asks for this again.
    """
    known, ledger = parts.organisation, str(company)
    unit = known.units.get(company)
    if unit is None or not unit.ceased or not unit.has_ledger:
        return
    to = goes_on_with(known, company)
    while True:
        head = await parts.ledgers.head(ledger)
        ends = [last for last in await parts.ledgers.ends(ledger) if last.envelope.aggregate == "project"]
        here = [last.stream for last in ends if not isinstance(last.event, LedgerLeft)]
        states = [await folded(parts.ledgers, PROJECT, project) for project in here]
        if any(s.phase not in ENDED and successor_of(known, s.unit) is None for s in states):
            return
        for project in here:
            await _move(parts, recorded, project, to)
        if ends:
            return
        if await _lapse_all(parts, recorded, ledger):
            continue
        gone = {left.event.ledger for left in await parts.ledgers.named(ledger, "LedgerLeft") if left.event}
        command = CloseLedger(None, company, tuple(sorted({to.ledger, *gone})))
        try:
            await _submit_close(parts, recorded, ledger, command, head.position)
        except Stale:  # something was appended since it was looked at
            continue
        return


async def _lapse_all(parts: Parts, recorded: Recorded, ledger: str) -> bool:
    """End what nobody can end any more once the ledger is closed; whether anything was left to end."""
    lapsed = [
        await _lapse(parts, recorded, last.envelope.aggregate, last.stream)
        for last in await parts.ledgers.ends(ledger)
        if last.envelope.aggregate in LAPSES and not isinstance(last.event, ENDINGS)
    ]
    return any(lapsed)


async def _lapse(parts: Parts, recorded: Recorded, kind: str, stream: UUID) -> bool:
    decider, command = LAPSES[kind]
    day = recorded.recorded_at.astimezone(parts.settings.time_zone).date()
    lapse = Submission(
        ledger=await parts.ledgers.ledger_of(stream) or recorded.ledger,
        stream=stream,
        decider=decider,
        prepare=lambda _state: command(day),
        command_id=uuid5(DENGGAO, f"{stream}/lapsed"),
        request=str(stream),
        correlation=recorded.envelope.correlation,
        causation=recorded.id,
    )
    try:
        return bool((await parts.writer.submit(lapse)).events)
    except LedgerIsClosed:  # by code that did not know of this yet
        return False


async def _submit_close(
    parts: Parts, recorded: Recorded, ledger: str, command: CloseLedger, head: int
) -> None:
    await parts.writer.submit(
        Submission(
            ledger=ledger,
            stream=UUID(derived("ledger", ledger)),
            decider=LEDGER,
            prepare=lambda _closed: command,
            command_id=uuid5(DENGGAO, f"{ledger}/closed"),
            request=ledger,
            correlation=recorded.envelope.correlation,
            causation=recorded.id,
            expected_head=head,
        )
    )
