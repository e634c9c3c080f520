"""Withdrawing a text of what is no project: a unit, an office, a meeting, a handover, a list (R74)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from fastapi import APIRouter

from services.projects.acting import Asking
from services.projects.api.acts import Act, Situation, take
from services.projects.api.project_facts import today
from services.projects.domain.handover import HandoverOpened
from services.projects.domain.meeting.acts import MeetingConvened
from services.projects.domain.programme import PROGRAMME
from services.projects.domain.supplement import SUPPLEMENT
from services.projects.domain.texts import TEXTS, WithdrawRecordText
from services.projects.domain.unit.tree import UnitEstablished, UnitRenamed
from services.projects.ids import texts_id
from services.projects.parts import Parts
from services.projects.withdrawing import in_data, said_in
from shared import clock
from shared.acts import offer
from shared.decision import Outcome
from shared.domain import By, NotAllowed, NotKnown, OfficeId, PersonId, UnitId
from shared.envelope import Recorded
from shared.organisation import Organisation
from shared.web import Sent
from shared.withdrawn import hash_of

DOCUMENTS = (*PROGRAMME.events, *SUPPLEMENT.events)
KINDS = frozenset(  # aggregates whose texts are withdrawn so; a project's has an act of its own
    {
        "unit",
        "office",
        "meeting",
        "handover",
        "problems",
        "visits",
        PROGRAMME.aggregate,
        SUPPLEMENT.aggregate,
    }
)


@dataclass(frozen=True, slots=True)
class Seen:
    """What a text is to be withdrawn from, and where it was said there."""

    record: UUID
    stream: Sequence[Recorded]


def _document(it: Situation) -> bool:
    sha256 = it.body.sha256
    return any(isinstance(one.event, DOCUMENTS) and in_data(one, sha256) for one in it.seen.stream)


def _name(it: Situation) -> bool:
    named = (one.event.name for one in it.seen.stream if isinstance(one.event, UnitEstablished | UnitRenamed))
    return any(hash_of(name) == it.body.sha256 for name in named)


def seals(asking: Asking, _state: frozenset[str], _body: object) -> By:
    """Who reviews secrecy over the unit that the record is of: found before, by what lies in it."""
    return asking.with_right("seal_file", UnitId(asking.about))


WITHDRAW = Act(
    WithdrawRecordText,
    seals,
    {
        "record": lambda it: str(it.seen.record),
        "today": today,
        "said": lambda it: said_in(it.seen.stream, it.body.sha256),
        "document": _document,
        "name": _name,
    },
)


async def _withdraw(
    parts: Parts, act: Act, record: UUID, body: object, person: PersonId, office: OfficeId | None, sent: Sent
) -> Outcome:
    """NotKnown to all but who reviews secrecy over the unit: here nobody else learns what there is."""
    await parts.following.catch_up()
    stream = await parts.ledgers.read_stream(record)
    unit = _of(parts.organisation, stream)
    if unit is None:
        raise NotKnown()
    day = clock.today(parts.clock, parts.settings.time_zone)

    def by(asking: Asking, state: frozenset[str], body: object) -> By:
        return seals(replace(asking, about=unit), state, body)

    try:
        by(Asking(person, parts.organisation, day, office), frozenset(), body)
    except NotAllowed as error:
        raise NotKnown() from error
    ledger = parts.organisation.ledger(unit)  # a company's own may be closed
    return await take(
        parts,
        replace(act, by=by),
        TEXTS,
        ledger="group" if stream[0].ledger == "group" or ledger is None else ledger,
        stream=UUID(texts_id(str(record))),
        body=body,
        person=person,
        office=office,
        sent=sent,
        seen=Seen(record, stream),
    )


def _of(organisation: Organisation, stream: Sequence[Recorded]) -> UnitId | None:
    """The unit that a record is of; None where its texts are not withdrawn here."""
    if not stream or stream[0].envelope.aggregate not in KINDS:
        return None
    match stream[0].event:
        case MeetingConvened(body=body):
            return body
        case HandoverOpened(parties=parties):
            return parties.unit
        case event if stream[0].envelope.aggregate == PROGRAMME.aggregate:
            return organisation.group
        case event:
            return getattr(event, "company", None) or getattr(event, "unit", None)


router = APIRouter(prefix="/records", tags=["organisation"])
offer(router, WITHDRAW, "/{stream}", _withdraw)
