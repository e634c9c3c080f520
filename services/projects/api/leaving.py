"""Erasing who has left, as far as retention allows, and the certificate of what was erased (R77)."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request

from services.projects.acting import Asking
from services.projects.api.acts import Act, Situation
from services.projects.api.organisation_acts import KEEPERS, keeps_the_persons_unit, taker, this
from services.projects.domain.person import PERSON, record
from services.projects.domain.person.leaving import ErasePerson
from services.projects.domain.person.record import PersonMoved, PersonRegistered
from services.projects.erasures import Certificate, certificate_of
from services.projects.parts import Parts, parts_of
from services.projects.programme_content import Retention, kept_until, read_content
from shared.acts import offer
from shared.clock import today
from shared.domain import NotAsItStands, NotKnown, PersonId, UnitId
from shared.envelope import Recorded
from shared.signed_in import SignedIn


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


async def last_recorded(parts: Parts, person: UUID, body: Any) -> date:
    """The day on which something was recorded of them last: they had not left before."""
    stream = await parts.ledgers.read_stream(person)
    days = [one.recorded_at for one in stream if isinstance(one.event, record.Event)]
    return max(days).astimezone(parts.settings.time_zone).date() if days else date.min


def contact_until(it: Situation) -> date:
    """The last day on which contact data are kept, from the day they left: as was said first, or later.

    It is no day before their last office ended, or before something was recorded of them last.
    """
    said = (it.state.left_on, it.body.left_on, last_in_office(it), it.seen)
    since = min(it.asking.today, max(day for day in said if day is not None))  # later ones are refused
    return kept_until(since, retention(it).contact_data_after_leaving)


def name_until(it: Situation) -> date | None:
    """The last day on which the name on acts of office is kept; None for who never held one."""
    ended = last_in_office(it)
    if ended is None:
        return None
    return kept_until(min(it.asking.today, ended), retention(it).process_of_closed_projects)


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
    last_recorded,
)


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
    certificate = await certificate_of(parts, stream)
    if certificate is None:
        raise NothingErased()
    return certificate


def _unit_of(stream: list[Recorded]) -> UnitId:
    """Where they belonged last."""
    moved = [one.event.unit for one in stream if isinstance(one.event, PersonRegistered | PersonMoved)]
    return UnitId(moved[-1])
