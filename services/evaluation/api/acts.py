"""How a command of evaluation is taken: facts and signature are made at the decision."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from services.evaluation.parts import Parts
from shared.acting import Asking
from shared.acts import Act
from shared.clock import today
from shared.decision import Outcome, Read, Submission
from shared.domain import Decider, NotKnown, OfficeId, PersonId, UnitId
from shared.organisation import Organisation
from shared.traces import inject
from shared.web import Sent


@dataclass(frozen=True, slots=True)
class Situation:
    """All that a fact may be made from, at the moment of the decision."""

    asking: Asking
    state: Any
    body: Any
    by: Any  # a By; None where nobody gives a name
    seen: Any  # what `look` read before
    stream: UUID


def ledger_of(organisation: Organisation, unit: UnitId) -> str:
    """The ledger of a unit's company; NotKnown for an unknown unit."""
    ledger = organisation.ledger(unit)
    if ledger is None:
        raise NotKnown()
    return ledger


async def take(
    parts: Parts,
    act: Act,
    decider: Decider[Any, Any, Any],
    *,
    ledger: str,
    stream: UUID,
    body: Any,
    person: PersonId,
    office: OfficeId | None,
    sent: Sent,
    seen: Any = None,
    expected_head: int | None = None,
    reads: Callable[[Any], Read] = lambda _: Read(),
) -> Outcome:
    """Send a command to the writer; its facts are made there from what is then true.

    `seen`: what was read already, where the act itself looks nothing up. `expected_head`: the ledger's
    position before that was read; Stale where it has grown since. `reads`: what of other ledgers the
    decision follows from, made from what was seen.
    """
    organisation = parts.group.organisation
    seen = await act.look(parts, stream, body) if act.look else seen

    def prepare(state: Any) -> Any:
        day = today(parts.clock, parts.settings.time_zone)
        asking = Asking(person, organisation, day, office, body.why, str(stream))
        signed = act.by(asking, state, body, seen)
        act.refuse_unknown(organisation, lambda: (), body)
        return act.command_in(Situation(asking, state, body, signed, seen, stream))

    return await parts.writer.submit(
        Submission(
            ledger=ledger,
            stream=stream,
            decider=decider,
            prepare=prepare,
            command_id=sent.command_id(person),
            request=sent.request,
            correlation=sent.correlation,
            expected_version=sent.expected_version,
            expected_head=expected_head,
            read=reads(seen),
            programme=lambda state: getattr(state, "programme", "") or None,
            traceparent=inject({}).get("traceparent", ""),
        )
    )


async def take_on_stream(
    parts: Parts,
    act: Act,
    decider: Decider[Any, Any, Any],
    stream: UUID,
    body: Any,
    person: PersonId,
    office: OfficeId | None,
    sent: Sent,
    reads: Callable[[Any], Read] = lambda _: Read(),
) -> Outcome:
    """Send a command on what is there; NotKnown where nothing is."""
    ledger = await parts.ledgers.ledger_of(stream)
    if ledger is None:
        raise NotKnown()
    return await take(
        parts,
        act,
        decider,
        ledger=ledger,
        stream=stream,
        body=body,
        person=person,
        office=office,
        sent=sent,
        reads=reads,
    )
