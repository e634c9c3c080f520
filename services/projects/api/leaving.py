"""Erasing who has left, as far as retention allows, and the certificate of what was erased (R77)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field

from services.projects.acting import Asking
from services.projects.api.acts import Act, Situation, offer
from services.projects.api.organisation_acts import KEEPERS, keeps_the_persons_unit, taker, this
from services.projects.domain.person import PERSON
from services.projects.domain.person.leaving import ContactErased, ErasePerson, PersonErased
from services.projects.domain.person.record import ContactChanged, PersonMoved, PersonRegistered
from services.projects.parts import parts_of
from services.projects.programme_content import Retention, kept_until, read_content
from shared.clock import today
from shared.domain import NotAsItStands, NotKnown, PersonId, UnitId
from shared.envelope import Recorded
from shared.merkle import leaf_hash
from shared.sealing import is_of_one
from shared.signed_in import SignedIn

SEALED = ("name", "phone", "mail", "joined")


class NothingErased(NotAsItStands):
    """Nothing of this person has been erased.

    A certificate is given once contact data or all of it are erased."""


def retention(it: Situation) -> Retention:
    """The periods of the programme in force; the usual ones before there is any."""
    programme = it.asking.organisation.programme(it.asking.today)
    return read_content(programme.content).deadlines.retention if programme else Retention()


def last_in_office(it: Situation) -> date | None:
    """The last day of the last office that the person held; None where they never held one."""
    terms = it.asking.organisation.ever_held(PersonId(it.asking.about))
    return max((term.end for term in terms), default=None)


def contact_until(it: Situation) -> date:
    """The last day on which contact data are kept, counted from the day they left, as it was said first."""
    ended = last_in_office(it)
    ended = it.asking.today if ended == date.max else ended
    since = max(day for day in (it.state.left_on, it.body.left_on, ended) if day is not None)
    return kept_until(since, retention(it).contact_data_after_leaving)


def name_until(it: Situation) -> date | None:
    """The last day on which the name on acts of office is kept; None for who never held one."""
    ended = last_in_office(it)
    if ended is None:
        return None
    return date.max if ended == date.max else kept_until(ended, retention(it).process_of_closed_projects)


def in_office(it: Situation) -> bool:
    """Whether the person holds an office today, or will."""
    last = last_in_office(it)
    return last is not None and last > it.asking.today


ERASE = Act(
    ErasePerson,
    keeps_the_persons_unit,
    {
        "person": this,
        "today": lambda it: it.asking.today,
        "in_office": in_office,
        "contact_until": contact_until,
        "name_until": name_until,
    },
)


class SealedEvent(BaseModel):
    """An event in which sealed text of the person stays for ever, and can be read no more."""

    event: str = Field(description="projects/group/<position>")
    fields: list[str] = Field(description="Which of name, phone, mail, joined it holds")
    leaf: str = Field(description="Its leaf in the ledger's tree, as hex: no proof changes by an erasure")


class Certificate(BaseModel):
    """What was erased of somebody: by which act, when, why, and where the sealed text stays."""

    person: str
    staff_number: str
    erased: list[str] = Field(description="The fields that can be read no more")
    event: str = Field(description="The act: projects/group/<position>")
    at: datetime
    by_office: str
    by_unit: str
    reason: str
    document: str
    sealed_in: list[SealedEvent]
    key_is_gone: bool = Field(description="Whether the key was gone when this certificate was asked for")


router = APIRouter(tags=["organisation"])
offer(router, ERASE, "/people/{stream}", taker(PERSON))


@router.get("/people/{person}/erasure-certificate")
async def read_certificate(request: Request, person: UUID, reader: SignedIn) -> Certificate:
    """The certificate of the last erasure; for who keeps the roster, audit and discipline."""
    parts = parts_of(request)
    await parts.following.catch_up()
    stream = await parts.ledgers.read_stream(person)
    if not stream or not isinstance(stream[0].event, PersonRegistered):
        raise NotKnown()
    day = today(parts.clock, parts.settings.time_zone)
    asking = Asking(reader, parts.organisation, day, about=str(person))
    asking.with_any_right((*KEEPERS, "read", "read_restricted"), _unit_of(stream))
    acts = [one for one in stream if isinstance(one.event, ContactErased | PersonErased)]
    if not acts:
        raise NothingErased()
    act, by = acts[-1], acts[-1].envelope.by
    assert by is not None, "somebody erases, never the system"
    event: ContactErased | PersonErased = act.event
    fields = SEALED if isinstance(event, PersonErased) else SEALED[1:]
    key = (await parts.keys.read([PersonId(str(person))])).get(PersonId(str(person)))
    return Certificate(
        person=str(person),
        staff_number=stream[0].event.staff_number,
        erased=list(fields),
        event=act.id,
        at=datetime.fromisoformat(act.envelope.recorded_at),
        by_office=by.office,
        by_unit=by.unit,
        reason=event.reason,
        document=event.document,
        sealed_in=[_sealed(one, fields) for one in stream if _held(one.event, fields)],
        key_is_gone=key is None or (fields != SEALED and is_of_one(key)),
    )


def _unit_of(stream: list[Recorded]) -> UnitId:
    """Where they belonged last."""
    moved = [one.event.unit for one in stream if isinstance(one.event, PersonRegistered | PersonMoved)]
    return UnitId(moved[-1])


def _held(event: Any, fields: tuple[str, ...]) -> list[str]:
    if not isinstance(event, PersonRegistered | ContactChanged):
        return []
    return [field for field in fields if getattr(event, field)]


def _sealed(recorded: Recorded, fields: tuple[str, ...]) -> SealedEvent:
    leaf = leaf_hash(recorded.stream, recorded.version, recorded.body).hex()
    return SealedEvent(event=recorded.id, fields=_held(recorded.event, fields), leaf=leaf)
