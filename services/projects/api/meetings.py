"""Meetings of party bodies: convened with their items, recorded by the clerk, confirmed by the chair."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID, uuid5

from fastapi import APIRouter

from services.projects.acting import Asking
from services.projects.api.acts import Act, Situation, take
from services.projects.domain import meeting
from services.projects.domain.meeting.acts import ConfirmMeeting, ConveneMeeting, RecordMeeting
from services.projects.domain.meeting.votes import Item
from services.projects.domain.project import PROJECT
from services.projects.domain.project.change import waiting
from services.projects.domain.project.content import altered
from services.projects.domain.project.standing import NOBODY_ASKED
from services.projects.domain.project.state import State
from services.projects.facts import content_hash
from services.projects.parts import Parts
from services.projects.sight import refuse_unless_seen
from shared.acts import offer, offer_new
from shared.bodies import made
from shared.decision import Outcome
from shared.domain import By, NotAllowed, NotKnown, OfficeId, PersonId, UnitId
from shared.folding import folded
from shared.web import Sent


def organises(asking: Asking, state: Any, body: Any) -> By:
    """Who organises the meetings of this body; those of a party committee are its own unit's affair (R26)."""
    unit = UnitId(body.body)
    if body.kind != "party_committee":
        return asking.with_any_right(("organise_meeting", "chair_meeting", "propose"), unit)
    for term in asking.terms():
        if term.unit != unit:
            continue
        try:
            return replace(asking, office=term.id).with_any_right(("organise_meeting", "chair_meeting"), unit)
        except NotAllowed:  # another of their offices there may do
            continue
    raise NotAllowed()


def records(asking: Asking, state: meeting.Meeting, body: Any) -> By:
    """The clerk, in an office or in their own name; that it is the clerk is the domain's rule."""
    try:
        return asking.with_any_right(("enter_meeting", "organise_meeting"), _body_of(state))
    except NotAllowed:
        return asking.as_member()


def confirms(asking: Asking, state: meeting.Meeting, body: Any) -> By:
    """Who chairs meetings of this body, else the chair in their own name."""
    try:
        return asking.with_any_right(("chair_meeting", "propose"), _body_of(state))
    except NotAllowed:
        return asking.as_member()


def _body_of(state: meeting.Meeting) -> UnitId:
    if state.convened is None:
        raise NotKnown()
    return state.convened.body


def should_attend(it: Situation) -> Any:
    """Who has a vote in the body on that day (R26)."""
    return it.asking.organisation.body(it.body.kind, UnitId(it.body.body), it.body.held_on)


def items(it: Situation) -> tuple[Item, ...]:
    """The items as they stand: each project's content as it is now, and who withdraws from it (R4)."""
    attend = set(should_attend(it))
    found = []
    for item in it.body.items:
        state: State | None = it.seen.get(item.matter)
        told = made(Item, item)
        if state is not None:
            aside = state.barred("second") if state.phase == "in_closing" else state.players
            aside = it.asking.organisation.with_ties(aside, it.body.held_on)
            withdrawn = tuple(sorted(aside & attend))
            told = replace(
                told,
                content_hash=_put_before(state, item.change),
                withdrawn=withdrawn,
                two_thirds=told.two_thirds or _asks_two_thirds(state, item.change),
            )
        found.append(told)
    return tuple(found)


def _put_before(state: State, change: str) -> str:
    """The hash of what is voted on: the content as it is, or with a change that waits for this body."""
    if not change:
        return state.content_hash
    return content_hash(altered(state.proposal, waiting(change, state)))


def _asks_two_thirds(state: State, change: str) -> bool:
    """Whether the open step asks for the higher bar, whatever the item says (R26)."""
    standing = state.deciding.get(change, NOBODY_ASKED) if change else state.approval
    return standing.open is not None and standing.route[standing.open].two_thirds


async def look_at_projects(parts: Parts, _meeting: UUID, body: Any) -> dict[str, State]:
    """The state of every project that an item is about."""
    found = {}
    for matter in {item.matter for item in body.items}:
        try:
            stream = UUID(matter)
        except ValueError:  # an item may be about something that is no project: a document, a person
            continue
        state = await folded(parts.ledgers, PROJECT, stream)
        if state.phase != "absent":
            found[matter] = state
    return found


CONVENE = Act(
    ConveneMeeting,
    organises,
    {
        "meeting": lambda it: it.asking.about,
        "items": items,
        "should_attend": should_attend,
        "vacancies": lambda it: it.asking.organisation.vacancies(
            it.body.kind, UnitId(it.body.body), it.body.held_on
        ),
    },
    look_at_projects,
    frozenset({"items"}),
)
ACTS = (
    Act(
        RecordMeeting,
        records,
        {"meeting": lambda it: it.asking.about, "today": lambda it: it.asking.today},
    ),
    Act(ConfirmMeeting, confirms, {"meeting": lambda it: it.asking.about}),
)


def refuse_unless_of_the_body(asking: Asking, state: meeting.Meeting) -> None:
    """A meeting is known to those who attend, record or keep it; to all others it is not found (R67)."""
    convened = state.convened
    if convened is None:
        raise NotKnown()
    people = {*convened.should_attend, convened.chair, convened.clerk}
    if asking.person in people:
        return
    try:
        asking.with_any_right(("organise_meeting", "read", "read_restricted"), convened.body)
    except NotAllowed as error:
        raise NotKnown() from error


async def _convene(
    parts: Parts, act: Act, stream: UUID, body: Any, person: PersonId, office: OfficeId | None, sent: Sent
) -> Outcome:
    await parts.following.catch_up()
    ledger = parts.organisation.ledger(UnitId(body.body))
    if ledger is None:
        raise NotKnown()
    seen = await look_at_projects(parts, stream, body)

    def guard(asking: Asking, _state: Any) -> None:
        for state in seen.values():
            refuse_unless_seen(asking, state)

    return await take(
        parts,
        act,
        meeting.MEETING,
        ledger=ledger,
        stream=stream,
        body=body,
        person=person,
        office=office,
        sent=sent,
        guard=guard,
        seen=seen,
    )


async def _go_on(
    parts: Parts, act: Act, stream: UUID, body: Any, person: PersonId, office: OfficeId | None, sent: Sent
) -> Outcome:
    ledger = await parts.ledgers.ledger_of(stream)
    if ledger is None:
        raise NotKnown()
    return await take(
        parts,
        act,
        meeting.MEETING,
        ledger=ledger,
        stream=stream,
        body=body,
        person=person,
        office=office,
        sent=sent,
        guard=refuse_unless_of_the_body,
    )


router = APIRouter(prefix="/meetings", tags=["meetings"])
offer_new(router, CONVENE, "", _convene, lambda body, sent, person: uuid5(sent.command_id(person), "meeting"))
for _act in ACTS:
    offer(router, _act, "/{stream}", _go_on)
