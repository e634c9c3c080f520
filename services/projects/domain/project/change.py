"""What changes after approval by request: asked for, decided, and then as approved."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import assert_never

from services.projects.domain.project.clarity import refuse_repeats, refuse_unclear
from services.projects.domain.project.content import (
    Alteration,
    Indicator,
    Milestone,
    Partner,
    Seat,
    Team,
    altered,
)
from services.projects.domain.project.limits import USUAL, Limits
from services.projects.domain.project.partnership import DepartureAnswered
from services.projects.domain.project.proposal import refuse_too_long
from services.projects.domain.project.state import (
    CUSTODIAN,
    NOBODY,
    CodeTaken,
    State,
    acting,
    proposed_by,
    refuse_players,
    require,
)
from services.projects.domain.project.version import VersionMoved, moves
from shared.domain import By, NotAllowed, NotKnown, PersonId, Refusal


@dataclass(frozen=True, slots=True)
class ChangeRequested:
    """The project asks to differ from what was approved."""

    change: str
    reason: str
    alteration: Alteration
    person: PersonId = NOBODY  # who asks for it
    deciders: tuple[Seat, ...] = ()  # whose word the programme asks for; none in old events


@dataclass(frozen=True, slots=True)
class ChangeApproved:
    """It may; what changed follows in the same decision."""

    change: str
    content_hash: str


@dataclass(frozen=True, slots=True)
class ChangeRejected:
    """It may not."""

    change: str
    reason: str


@dataclass(frozen=True, slots=True)
class PlanChanged:
    """The plan reads like this now."""

    plan: tuple[Milestone, ...]


@dataclass(frozen=True, slots=True)
class TargetChanged:
    """The indicators read like this now."""

    targets: tuple[Indicator, ...]


@dataclass(frozen=True, slots=True)
class TeamChanged:
    """The team is this now."""

    team: Team


@dataclass(frozen=True, slots=True)
class PartnersChanged:
    """The partners that what was approved names are these now."""

    partners: tuple[Partner, ...]


Event = (
    ChangeRequested
    | ChangeApproved
    | ChangeRejected
    | PlanChanged
    | TargetChanged
    | TeamChanged
    | PartnersChanged
)


@dataclass(frozen=True, slots=True)
class RequestChange:
    """Ask to differ from what was approved, under a code that is new. Facts: limits, parts, deciders."""

    by: By
    change: str
    reason: str
    alteration: Alteration
    limits: Limits = USUAL
    parts: tuple[str, ...] = ()  # fact: what the version that is asked for would change
    deciders: tuple[Seat, ...] = ()


@dataclass(frozen=True, slots=True)
class ApproveChange:
    """Let the project differ. Facts: content hash after the change, tied_to, parts."""

    by: By
    change: str
    content_hash: str
    tied_to: tuple[PersonId, ...] = ()
    parts: tuple[str, ...] = ()  # what the version that was asked for changes now


@dataclass(frozen=True, slots=True)
class RejectChange:
    """Do not let it. Fact: tied_to."""

    by: By
    change: str
    reason: str
    tied_to: tuple[PersonId, ...] = ()


Command = RequestChange | ApproveChange | RejectChange


class CustodianAsksForTime(NotAllowed):
    """Who keeps a vacant office going asks for other dates, and changes nothing else.

    Leave targets, team and partners to who will hold the office."""


class NothingWouldChange(Refusal):
    """This request changes nothing.

    Say what is to be different."""


class NoSuchChange(NotKnown):
    """No open change request has the code {change}.

    Choose from the list of open ones."""


def decide(command: Command, state: State) -> list[Event | DepartureAnswered | VersionMoved]:
    """The events of a command that changes what was approved."""
    match command:
        case RequestChange():
            return request(command, state)
        case ApproveChange():
            return approve(command, state)
        case RejectChange():
            return reject(command, state)
        case _:
            assert_never(command)


def request(command: RequestChange, state: State) -> list[Event | DepartureAnswered | VersionMoved]:
    """What would be changed must be as clear as what was approved."""
    require(state, "in_implementation")
    if command.change in state.changes:
        raise CodeTaken(code=command.change)
    after = altered(state.proposal, command.alteration)
    only_dates = altered(state.proposal, Alteration(plan=command.alteration.plan))
    asked = command.alteration.programme
    if command.by.office == CUSTODIAN and (after != only_dates or asked is not None):
        raise CustodianAsksForTime()
    if asked is not None:
        moves(state, asked, command.parts)
    elif after == state.proposal:
        raise NothingWouldChange()
    refuse_repeats(milestone.code for milestone in after.plan)
    refuse_repeats(indicator.code for indicator in after.targets)
    refuse_unclear(after)
    if after.ends != state.proposal.ends:
        refuse_too_long(after.ends, state.began, command.limits)
    return [
        ChangeRequested(
            command.change, command.reason, command.alteration, command.by.person, command.deciders
        )
    ]


def approve(command: ApproveChange, state: State) -> list[Event | DepartureAnswered | VersionMoved]:
    """By nobody with a part in the project; which body, the programme says."""
    alteration = _waiting(command, state)
    events: list[Event | DepartureAnswered | VersionMoved] = [
        ChangeApproved(command.change, command.content_hash)
    ]
    if alteration.plan is not None:
        events.append(PlanChanged(alteration.plan))
    if alteration.targets is not None:
        events.append(TargetChanged(alteration.targets))
    if alteration.team is not None:
        events.append(TeamChanged(alteration.team))
    if alteration.partners is not None:
        events.append(PartnersChanged(alteration.partners))
        named = {partner.key for partner in alteration.partners}
        events += [DepartureAnswered(key, "alone") for key in sorted(state.departures - named)]
    if alteration.programme is not None:
        moved = moves(state, alteration.programme, command.parts)
        events.append(VersionMoved(moved, "", command.by.person, change=command.change))
    return events


def reject(command: RejectChange, state: State) -> list[Event | DepartureAnswered | VersionMoved]:
    """By nobody with a part in the project."""
    _waiting(command, state)
    return [ChangeRejected(command.change, command.reason)]


def _waiting(command: ApproveChange | RejectChange, state: State) -> Alteration:
    require(state, "in_implementation")
    alteration = state.changes.get(command.change)
    if alteration is None:
        raise NoSuchChange(change=command.change)
    refuse_players(state, acting(command.by) | set(command.tied_to))
    return alteration


def evolve(state: State, event: Event) -> State:
    """The project after a change."""
    match event:
        case ChangeRequested():
            asked = replace(
                state,
                changes={**state.changes, event.change: event.alteration},
                deciders={**state.deciders, event.change: event.deciders},
            )
            return proposed_by(asked, event.person)
        case ChangeApproved():
            decided = {**state.changes, event.change: None}
            return replace(state, changes=decided, content_hash=event.content_hash)
        case ChangeRejected():
            return replace(state, changes={**state.changes, event.change: None})
        case PlanChanged():
            return replace(state, proposal=replace(state.proposal, plan=event.plan))
        case TargetChanged():
            return replace(state, proposal=replace(state.proposal, targets=event.targets))
        case TeamChanged():
            former = state.former | state.team
            return replace(state, former=former, proposal=replace(state.proposal, team=event.team))
        case PartnersChanged():
            return replace(state, proposal=replace(state.proposal, partners=event.partners))
        case _:
            assert_never(event)
