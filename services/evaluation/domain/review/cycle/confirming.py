"""Awards are confirmed by a committee, and may be revoked after; who moves up (R63, R65)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import assert_never

from services.evaluation.domain.review.cycle.notice import TiesAwaitAVote
from services.evaluation.domain.review.cycle.placing import allocation_of
from services.evaluation.domain.review.cycle.state import HasNoAward, State, at_stage
from services.evaluation.domain.review.panel.state import without
from shared.domain import By, NotAllowed, Refusal, UnitId


@dataclass(frozen=True, slots=True)
class Awarded:
    """A project and its award, as they are confirmed."""

    project: str
    award: str


# Events


@dataclass(frozen=True, slots=True)
class AwardsConfirmed:
    """By a committee in a meeting; held results are confirmed once they are free, by another such event."""

    run: int
    meeting: str
    decision: str  # its number
    awards: tuple[Awarded, ...]


@dataclass(frozen=True, slots=True)
class AwardRevoked:
    """The place stays vacant, unless the programme says otherwise."""

    project: str
    award: str
    reason: str
    decision: str
    on: date = date.min


@dataclass(frozen=True, slots=True)
class ProjectMovedUp:
    """Into a place that was vacated, where the programme says so (R63)."""

    project: str
    award: str
    after: str  # the project whose award was revoked
    decision: str


Event = AwardsConfirmed | AwardRevoked | ProjectMovedUp


# Commands


@dataclass(frozen=True, slots=True)
class ConfirmAwards:
    """By a meeting with an item whose matter is `<review>/run/<number of the run>`; each is used once."""

    by: By
    committee: UnitId  # fact: whose meeting it was
    meeting: str
    decision: str
    passed: bool  # fact
    on: date
    run: int  # fact: of the allocation, that the item was about
    vetoed: tuple[str, ...] = ()  # fact: of the projects in it


@dataclass(frozen=True, slots=True)
class RevokeAward:
    """By a meeting with an item whose matter is `<review>/revoke/<project>`."""

    by: By
    committee: UnitId  # fact: as above
    project: str
    reason: str
    decision: str
    passed: bool  # fact
    on: date


@dataclass(frozen=True, slots=True)
class MoveUp:
    """Give a vacated place to the next, by the committee that confirmed, if the programme says so (R63).

    The matter of the meeting's item is `<review>/move-up/<project whose award was revoked>`.
    """

    by: By
    committee: UnitId  # fact: as above
    after: str  # the project whose award was revoked
    decision: str
    passed: bool  # fact
    on: date
    vetoed: tuple[str, ...] = ()  # fact: of the projects in it


Command = ConfirmAwards | RevokeAward | MoveUp


# Refusals


class CommitteeConfirms(NotAllowed):
    """A meeting of the committee whose review it is confirms and revokes awards, with a number and reason.

    Put it on the committee's agenda; headquarters prepares only."""


class DecidedOnAnotherRun(Refusal):
    """The meeting decided on run {number} of the allocation, which holds no more.

    Put the list of the run that holds before the committee."""


class DecisionIsUsed(Refusal):
    """Awards were confirmed by this meeting already; what it did not confirm then, it has not decided.

    Put what was held before the committee again."""


class NobodyMovesUp(Refusal):
    """The place stays vacant: nobody moves up here, or its days are over, or nobody left reaches its floor.

    Leave it vacant."""


class VetoesAwaitARun(Refusal):
    """{count} awards are of projects that are vetoed by now.

    Run the allocation anew; what is held and was vetoed after confirmation, have the committee revoke."""


class NothingToConfirm(Refusal):
    """Nothing is left to be confirmed; {held} results are held.

    Wait until a hold ends."""


def decide(command: Command, cycle: State) -> Sequence[Event]:
    """The events of a command about what stands."""
    match command:
        case ConfirmAwards():
            return confirm_awards(command, cycle)
        case RevokeAward():
            return revoke_award(command, cycle)
        case MoveUp():
            return move_up(command, cycle)
        case _:
            assert_never(command)


def confirm_awards(command: ConfirmAwards, cycle: State) -> Sequence[Event]:
    """All that are not held, after the notice where there is one (R65)."""
    unit = at_stage(cycle, *(("noticed", "confirmed") if cycle.has_notice else ("allocated", "confirmed")))
    if cycle.to_vote:
        raise TiesAwaitAVote(count=len(cycle.to_vote))
    _by_committee(command, unit)
    if command.run != cycle.run:
        raise DecidedOnAnotherRun(number=command.run)
    if command.meeting in cycle.met:
        raise DecisionIsUsed()
    held = {project for project, held in cycle.held.items() if command.on <= held.until}
    free = sorted(cycle.awards.keys() - cycle.confirmed - held)
    if not free:
        raise NothingToConfirm(held=len(held))
    if vetoed := [project for project in free if project in command.vetoed]:
        raise VetoesAwaitARun(count=len(vetoed))
    awards = tuple(Awarded(project, cycle.awards[project]) for project in free)
    return [AwardsConfirmed(cycle.run, command.meeting, command.decision, awards)]


def revoke_award(command: RevokeAward, cycle: State) -> Sequence[Event]:
    """By the committee that confirmed, with the reason; the place stays vacant (R63).

    Of what is held too, which it then never confirms.
    """
    unit = at_stage(cycle, "confirmed")
    _by_committee(command, unit)
    if command.project not in cycle.awards:
        raise HasNoAward()
    if not command.reason.strip():
        raise CommitteeConfirms()
    award = cycle.awards[command.project]
    return [AwardRevoked(command.project, award, command.reason, command.decision, command.on)]


def move_up(command: MoveUp, cycle: State) -> Sequence[Event]:
    """The first by place that got none for want of places, and within the programme's days (R63).

    It reaches the floor of the award, and none was taken from it.
    """
    unit = at_stage(cycle, "confirmed")
    _by_committee(command, unit)
    award, since = cycle.vacated.get(command.after, ("", date.min))
    in_time = bool(award) and command.on <= since + timedelta(cycle.moves_up_within_days)
    places = allocation_of(cycle).placed
    floor = next((one.floor for one in cycle.quotas.awards if one.code == award), Decimal(0))
    out = {*cycle.awards, *cycle.revoked, *command.vetoed}
    next_ = (one.project for one in places if one.why == "no_place_left" and one.project not in out)
    project = next((one for one in next_ if cycle.scores[one] >= floor), None)
    if not cycle.moves_up_within_days or not in_time or project is None:
        raise NobodyMovesUp()
    return [ProjectMovedUp(project, award, command.after, command.decision)]


def _by_committee(command: ConfirmAwards | RevokeAward | MoveUp, unit: UnitId) -> None:
    if not command.passed or command.committee != unit or not command.decision.strip():
        raise CommitteeConfirms()


def evolve(cycle: State, event: Event) -> State:
    """The cycle after something came to stand, or no more."""
    match event:
        case AwardsConfirmed():
            projects = {awarded.project for awarded in event.awards}
            return replace(
                cycle,
                stage="confirmed",
                confirmed=cycle.confirmed | projects,
                met=cycle.met | {event.meeting},
            )
        case AwardRevoked():
            return replace(
                cycle,
                awards=without(cycle.awards, event.project),
                confirmed=cycle.confirmed - {event.project},
                vacated={**cycle.vacated, event.project: (event.award, event.on)},
                revoked=cycle.revoked | {event.project},
            )
        case ProjectMovedUp():
            return replace(
                cycle,
                awards={**cycle.awards, event.project: event.award},
                confirmed=cycle.confirmed | {event.project},
                vacated=without(cycle.vacated, event.after),
            )
        case _:
            assert_never(event)
