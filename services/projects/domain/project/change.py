"""What changes after approval by request: asked for, decided on its own route, and then as approved."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, Protocol, assert_never

from services.projects.domain.project import change_route
from services.projects.domain.project.approval import signing
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
from services.projects.domain.project.route import STAYS, Onward, Step
from services.projects.domain.project.standing import Standing
from services.projects.domain.project.state import (
    CUSTODIAN,
    NOBODY,
    NOWHERE,
    CodeTaken,
    State,
    acting,
    proposed_by,
    refuse_players,
    require,
)
from services.projects.domain.project.version import VersionMoved, moves
from shared.domain import By, NotAllowed, NotKnown, PersonId, Refusal

NO_SEAT = Seat("", NOWHERE)  # of who decides on a request of before routes were kept


@dataclass(frozen=True, slots=True)
class ChangeRequested:
    """The project asks to differ from what was approved."""

    change: str
    reason: str
    alteration: Alteration
    person: PersonId = NOBODY  # who asks for it
    deciders: tuple[Seat, ...] = ()  # in old events: any one of them decides
    route: tuple[Step, ...] = ()  # that it takes; none in old events


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
    """Ask to differ from what was approved, under a code that is new.

    Facts: limits, parts, route, onward, content hash after the change.
    """

    by: By
    change: str
    reason: str
    alteration: Alteration
    limits: Limits = USUAL
    parts: tuple[str, ...] = ()  # fact: what the version that is asked for would change
    route: tuple[Step, ...] = ()
    onward: Onward = STAYS
    content_hash: str = ""


@dataclass(frozen=True, slots=True)
class ApproveChange:
    """Agree to a change for a seat.

    Facts: content hash after the change, tied_to, parts, seat, handler_acts, onward.
    """

    by: By
    change: str
    content_hash: str
    tied_to: tuple[PersonId, ...] = ()
    parts: tuple[str, ...] = ()  # what the version that was asked for changes now
    seat: Seat = NO_SEAT
    onward: Onward = STAYS
    handler_acts: bool = True


@dataclass(frozen=True, slots=True)
class RejectChange:
    """Disagree with a change for a seat.

    Facts: tied_to, seat, handler_acts, content hash after the change.
    """

    by: By
    change: str
    reason: str
    tied_to: tuple[PersonId, ...] = ()
    seat: Seat = NO_SEAT
    content_hash: str = ""
    handler_acts: bool = True


Command = RequestChange | ApproveChange | RejectChange
Decided = Event | change_route.Event | DepartureAnswered | VersionMoved


class OnItsWay(Protocol):
    """What takes a change past its open step."""

    @property
    def by(self) -> By: ...
    @property
    def parts(self) -> tuple[str, ...]: ...
    @property
    def onward(self) -> Onward: ...


class CustodianAsksForTime(NotAllowed):
    """Who keeps a vacant office going asks for other dates, and changes nothing else.

    Leave targets, team and partners to who will hold the office."""


class NothingWouldChange(Refusal):
    """This request changes nothing.

    Say what is to be different."""


class NoSuchChange(NotKnown):
    """No open change request has the code {change}.

    Choose from the list of open ones."""


def decide(command: Command, state: State) -> list[Decided]:
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


def request(command: RequestChange, state: State) -> list[Decided]:
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
    requested = ChangeRequested(
        command.change, command.reason, command.alteration, command.by.person, route=command.route
    )
    opening = change_route.opened(command.change, command.route, 0, command.onward)
    if not opening or not change_route.is_through(opening):
        return [requested, *opening]
    return [
        requested,
        *opening,
        *applied(command.change, command.alteration, command.content_hash, state, command),
    ]


def approve(command: ApproveChange, state: State) -> list[Decided]:
    """By nobody with a part in the project; whose words, the programme says (R29)."""
    alteration = _waiting(command, state)
    standing = state.deciding[command.change]
    if not standing.route:
        return applied(command.change, alteration, command.content_hash, state, command)
    given = _word(command, "agree", standing)
    if not change_route.with_word(standing, given).carried:
        return [given]
    return [given, *onward(command.change, alteration, command.content_hash, state, command)]


def reject(command: RejectChange, state: State) -> list[Decided]:
    """By nobody with a part in the project; it refuses the change where that cannot be carried any more."""
    _waiting(command, state)
    rejected, standing = ChangeRejected(command.change, command.reason), state.deciding[command.change]
    if not standing.route:
        return [rejected]
    given = _word(command, "disagree", standing, command.reason)
    return [given, rejected] if change_route.with_word(standing, given).stopped else [given]


def _word(
    command: ApproveChange | RejectChange,
    opinion: Literal["agree", "disagree"],
    standing: Standing,
    reason: str = "",
) -> change_route.ChangeOpinionGiven:
    assert standing.open is not None, "a change that waits has an open step"
    signing.refuse_handled(command, standing)
    return change_route.ChangeOpinionGiven(
        command.change,
        standing.open,
        command.seat,
        command.by.person,
        opinion,
        command.content_hash,
        reason,
    )


def onward(
    change: str, alteration: Alteration, content_hash: str, state: State, act: OnItsWay
) -> list[Decided]:
    """The open step is through; the next one opens, or the last one applies the change."""
    standing = state.deciding[change]
    assert standing.open is not None, "a step just decided"
    opening = change_route.opened(change, standing.route, standing.open + 1, act.onward)
    if not change_route.is_through(opening):
        return [*opening]
    return [*opening, *applied(change, alteration, content_hash, state, act)]


def applied(
    change: str, alteration: Alteration, content_hash: str, state: State, act: OnItsWay
) -> list[Decided]:
    """The change is made, each part of it as an event of its own."""
    events: list[Decided] = [ChangeApproved(change, content_hash)]
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
        moved = moves(state, alteration.programme, act.parts)
        events.append(VersionMoved(moved, "", act.by.person, change=change))
    return events


def _waiting(command: ApproveChange | RejectChange, state: State) -> Alteration:
    alteration = waiting(command.change, state)
    refuse_players(state, acting(command.by) | set(command.tied_to))
    return alteration


def waiting(change: str, state: State) -> Alteration:
    """What an open request asks for; NoSuchChange."""
    require(state, "in_implementation")
    alteration = state.changes.get(change)
    if alteration is None:
        raise NoSuchChange(change=change)
    return alteration


def evolve(state: State, event: Event) -> State:
    """The project after a change."""
    match event:
        case ChangeRequested():
            asked = replace(
                state,
                changes={**state.changes, event.change: event.alteration},
                deciding={**state.deciding, event.change: _before_it_opens(event)},
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


def _before_it_opens(event: ChangeRequested) -> Standing:
    """With the route that it takes; one of before any of the pinned deciders decides."""
    return Standing(route=event.route, seats=event.deciders)
