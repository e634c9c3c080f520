"""Was the secretary told in time? Of a project who was told what, and what became of it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, tzinfo
from functools import partial
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request
from msgspec.structs import asdict
from pydantic import BaseModel, Field

from services.notifications.api.deliveries import oversees
from services.notifications.api.shown import AttemptShown
from services.notifications.obliged import known_of
from services.notifications.parts import Parts, parts_of
from services.notifications.told import Outside, Told, place_of, told_of
from shared.domain import NotKnown, PersonId, UnitId
from shared.places import PLACE, After
from shared.sentences import Language, word
from shared.signed_in import SignedIn
from shared.web import language

router = APIRouter(prefix="/deliveries", tags=["deliveries"])


class DeliveryTold(BaseModel):
    """One message out of the system."""

    channel: str
    channel_label: str
    person: PersonId = Field(description="The recipient, or who stood in")
    planned_at: datetime
    state: str | None = Field(description="sent, dead or needless; null while it waits")
    state_label: str
    cause: str | None = Field(description="Why it is dead or needless")
    cause_label: str | None
    ended_at: datetime | None
    before_due: bool | None = Field(description="Whether it was sent by the date")
    attempts: list[AttemptShown]


class ToldShown(BaseModel):
    """One entry of one inbox: a notice, or a reminder or an escalation of one, and its deliveries."""

    id: UUID
    event: str = Field(description="From which it follows: <service>/<ledger>/<position>")
    rule: str
    title: str = Field(description="What the rule tells, in a few words")
    kind: str = Field(description="todo, or read")
    told_as: str = Field(description="notice, reminder, escalation, or later: the second escalation")
    told_as_label: str
    person: PersonId
    name: str | None
    office: str = Field(description="In which they were addressed; empty where as who they are")
    office_label: str
    unit: str
    unit_name: str | None
    due: date | None
    told_at: datetime
    told_before_due: bool | None
    read_at: datetime | None
    done_at: datetime | None
    done_by_recipient: bool | None = Field(description="false: by a colleague, or ended otherwise")
    done_by_event: str | None
    done_before_due: bool | None = Field(description="false also where the date is over and it is not done")
    deliveries: list[DeliveryTold]


class ToldPage(BaseModel):
    """A page, newest first; give `next` as `after` for older ones."""

    told: list[ToldShown]
    next: str | None


@router.get("/project/{project}")
async def of_project(
    request: Request,
    project: UUID,
    person: SignedIn,
    after: Annotated[str | None, Query(pattern=PLACE)] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> ToldPage:
    """All that the project told anybody, with reminders and escalations, but for what is sealed."""
    parts, tongue = parts_of(request), language(request)
    await refuse_unseen(parts, person, project)
    page = (After.read(after) if after else None, limit + 1)
    async with parts.truth.connect() as connection:
        found = await told_of(
            connection, project, parts.planning.book, parts.clock.now(), partial(zone_of, parts), page
        )
    names = await parts.group.names(people(found[:limit]))
    return ToldPage(
        told=[_shown(parts, one, names, tongue) for one in found[:limit]],
        next=str(place_of(found[limit - 1])) if len(found) > limit else None,
    )


async def refuse_unseen(parts: Parts, person: PersonId, project: UUID) -> UnitId:
    """The unit that leads it; NotKnown for whoever neither leads nor oversees it."""
    async with parts.truth.connect() as connection:
        known = (await known_of(connection, [str(project)]))[str(project)]
    if not oversees(parts, person, known):
        raise NotKnown()
    return UnitId(known.unit)


def zone_of(parts: Parts, person: PersonId) -> tzinfo:
    """By whose days it is said whether something was in time."""
    return parts.planning.place_of(person).zone


def people(told: Iterable[Told]) -> set[PersonId]:
    """Everybody who is named by these entries."""
    found = set[PersonId]()
    for one in told:
        found.add(one.person)
        for delivery in one.deliveries:
            found.add(delivery.person)
            found.update(tried.by for tried in delivery.attempts if tried.by)
    return found


def _shown(parts: Parts, told: Told, names: dict[PersonId, str], tongue: Language) -> ToldShown:
    rule, unit = (
        parts.planning.book.rule_of(told.rules, told.rule),
        parts.group.organisation.units.get(UnitId(told.unit)),
    )
    said = {
        "title": rule.titled_in(tongue) if rule else "",
        "told_as_label": word("told_as", told.told_as, tongue),
        "name": names.get(told.person),
        "office_label": word("office", told.office, tongue) if told.office else "",
        "unit_name": unit.name if unit else None,
        "deliveries": [_outside(one, tongue) for one in told.deliveries],
    }
    return ToldShown(**asdict(told) | said)


def _outside(one: Outside, tongue: Language) -> DeliveryTold:
    said = {
        "channel_label": word("channel", one.channel, tongue),
        "state_label": word("delivery_state", one.state or "waiting", tongue),
        "cause_label": word("delivery_cause", one.cause, tongue) if one.cause else None,
        "attempts": [AttemptShown(**asdict(tried)) for tried in one.attempts],
    }
    return DeliveryTold(**asdict(one) | said)
