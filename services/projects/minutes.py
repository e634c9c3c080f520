"""What confirmed minutes say of one item: its numbers, and who voted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from services.projects.domain.body import Kind
from services.projects.domain.meeting import MEETING, Meeting
from services.projects.domain.meeting.acts import MeetingConfirmed
from services.projects.domain.meeting.votes import ItemResult
from services.projects.domain.quorum import Numbers
from shared.domain import NotKnown, PersonId, Refusal, UnitId
from shared.ledger import Ledgers


class NotConfirmedYet(Refusal):
    """The minutes of this meeting are not confirmed.

    The chair confirms them first."""


class NotOnTheAgenda(Refusal):
    """Item {item} of this meeting is not about this project.

    Choose the item that was."""


@dataclass(frozen=True, slots=True)
class Decided:
    """An item as the minutes have it."""

    numbers: Numbers
    voters: tuple[PersonId, ...]
    minutes: str
    kind: Kind
    unit: UnitId  # whose body met
    held_on: date
    passed: bool


async def decided_on(ledgers: Ledgers, meeting: str, item: int, project: UUID) -> Decided:
    """The item of a confirmed meeting that is about a project; NotKnown, NotConfirmedYet, NotOnTheAgenda."""
    state: Meeting = MEETING.initial
    confirmed: MeetingConfirmed | None = None
    try:
        stream = UUID(meeting)
    except ValueError as error:
        raise NotKnown() from error
    for recorded in await ledgers.read_stream(stream):
        if recorded.envelope.aggregate != MEETING.aggregate:
            raise NotKnown()
        state = MEETING.evolve(state, recorded.event)
        if isinstance(recorded.event, MeetingConfirmed):
            confirmed = recorded.event
    if confirmed is None:
        raise NotConfirmedYet()
    for result in confirmed.results:
        if result.number == item and result.matter == str(project):
            return Decided(
                numbers=numbers_of(result),
                voters=voters_on(state, item),
                minutes=confirmed.minutes_number,
                kind=confirmed.kind,
                unit=confirmed.body,
                held_on=confirmed.held_on,
                passed=result.result == "passed",
            )
    raise NotOnTheAgenda(item=item)


def numbers_of(result: ItemResult) -> Numbers:
    """The numbers that make an item's result valid (R26)."""
    return Numbers(
        should_attend=result.should_attend,
        present=result.present,
        votes_for=result.votes_for,
        votes_against=result.against,
        abstain=result.abstain,
        withdrawn=result.withdrawn,
    )


def voters_on(state: Meeting, item: int) -> tuple[PersonId, ...]:
    """Who was present and did not step aside from an item, before or in the meeting."""
    if state.convened is None or state.recorded is None:
        return ()
    aside = {p for known in state.convened.items if known.number == item for p in known.withdrawn}
    aside |= {p for vote in state.recorded.votes if vote.number == item for p in vote.withdrawn}
    return tuple(p for p in state.recorded.present if p not in aside)
