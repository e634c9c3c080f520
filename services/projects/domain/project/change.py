"""What changes after approval: content by request, dates by extension, the lead, pauses and the early end."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Literal, assert_never

from services.projects.domain.dates import days_after, months_after
from services.projects.domain.project.clarity import refuse_repeats, refuse_unclear
from services.projects.domain.project.content import (
    Alteration,
    Indicator,
    Milestone,
    Partner,
    Team,
    altered,
)
from services.projects.domain.project.figures import FigureThen, figures_now
from services.projects.domain.project.limits import USUAL, Limits
from services.projects.domain.project.partnership import DepartureAnswered
from services.projects.domain.project.proposal import refuse_too_long
from services.projects.domain.project.state import (
    CUSTODIAN,
    NOBODY,
    CodeTaken,
    NoSuchMilestone,
    State,
    acting,
    proposed_by,
    refuse_players,
    require,
)
from shared.domain import By, NotAllowed, NotKnown, PersonId, Refusal


@dataclass(frozen=True, slots=True)
class NewDate:
    """A date that moved."""

    subject: Literal["milestone", "task", "finding", "indicator"]
    code: str
    due: date


@dataclass(frozen=True, slots=True)
class ChangeRequested:
    """The project asks to differ from what was approved."""

    change: str
    reason: str
    alteration: Alteration
    person: PersonId = NOBODY  # who asks for it


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


@dataclass(frozen=True, slots=True)
class ExtensionGranted:
    """A milestone has a later date."""

    milestone: str
    due_before: date
    due: date
    reason: str


@dataclass(frozen=True, slots=True)
class LeadHandedOver:
    """Another person leads from now on; past acts stay with who did them."""

    from_person: PersonId
    to_person: PersonId
    reason: str
    handover: str = ""  # whose third signature brought it about (R11)
    figures: tuple[FigureThen, ...] = ()  # as they stood: what each of the two answers for


@dataclass(frozen=True, slots=True)
class ProjectSuspended:
    """Clocks stand still from this day."""

    on: date
    reason: str
    until: date | None = None  # the last day on which they may (R43)


@dataclass(frozen=True, slots=True)
class ProjectResumed:
    """Work goes on; open dates moved by the days suspended (R43)."""

    on: date
    days: int
    dates: tuple[NewDate, ...]


@dataclass(frozen=True, slots=True)
class ProjectTerminated:
    """It ends before its goal; what was done stays."""

    on: date
    reason: str


Event = (
    ChangeRequested
    | ChangeApproved
    | ChangeRejected
    | PlanChanged
    | TargetChanged
    | TeamChanged
    | PartnersChanged
    | ExtensionGranted
    | LeadHandedOver
    | ProjectSuspended
    | ProjectResumed
    | ProjectTerminated
)


@dataclass(frozen=True, slots=True)
class RequestChange:
    """Ask to differ from what was approved, under a code that is new in the project. Fact: limits."""

    by: By
    change: str
    reason: str
    alteration: Alteration
    limits: Limits = USUAL


@dataclass(frozen=True, slots=True)
class ApproveChange:
    """Let the project differ. Facts: content hash after the change, tied_to."""

    by: By
    change: str
    content_hash: str
    tied_to: tuple[PersonId, ...] = ()


@dataclass(frozen=True, slots=True)
class RejectChange:
    """Do not let it. Fact: tied_to."""

    by: By
    change: str
    reason: str
    tied_to: tuple[PersonId, ...] = ()


@dataclass(frozen=True, slots=True)
class GrantExtension:
    """Move a milestone's date, asked before it and by three months at most. Facts: tied_to, limits."""

    by: By
    milestone: str
    due: date
    reason: str
    today: date
    tied_to: tuple[PersonId, ...] = ()
    limits: Limits = USUAL


@dataclass(frozen=True, slots=True)
class HandOverLead:
    """Let another person lead. Fact: handover."""

    by: By
    to_person: PersonId
    reason: str
    handover: str = ""


@dataclass(frozen=True, slots=True)
class SuspendProject:
    """Let the clocks stand still. Fact: limits."""

    by: By
    reason: str
    today: date
    limits: Limits = USUAL


@dataclass(frozen=True, slots=True)
class ResumeProject:
    """Let work go on."""

    by: By
    today: date


@dataclass(frozen=True, slots=True)
class TerminateProject:
    """End it before its goal."""

    by: By
    reason: str
    today: date


Command = (
    RequestChange
    | ApproveChange
    | RejectChange
    | GrantExtension
    | HandOverLead
    | SuspendProject
    | ResumeProject
    | TerminateProject
)


class CustodianAsksForTime(NotAllowed):
    """Who keeps a vacant office going asks for other dates, and changes nothing else.

    Leave targets, team and partners to who will hold the office."""


class NothingWouldChange(Refusal):
    """This request changes nothing.

    Say what is to be different."""


class NoSuchChange(NotKnown):
    """No open change request has the code {change}.

    Choose from the list of open ones."""


class MilestoneIsReached(Refusal):
    """This milestone is reached.

    Its date does not move any more."""


class ExtensionAskedTooLate(Refusal):
    """An extension is asked for before the date, and this one was {due}.

    Explain in writing why it is late."""


class ExtensionIsNotLater(Refusal):
    """The new date is not after {due}.

    Name a later date."""


class ExtensionTooLong(Refusal):
    """An extension is at most {months} months.

    For more, request a change of the plan."""


class LeadStays(Refusal):
    """This person leads the project already.

    Name another person."""


class AlreadyEnded(Refusal):
    """Only a running project is ended early.

    A proposal is withdrawn or rejected; a closed project stays closed."""


def decide(command: Command, state: State) -> list[Event | DepartureAnswered]:
    """The events of a command that changes what was approved."""
    match command:
        case RequestChange():
            return request(command, state)
        case ApproveChange():
            return approve(command, state)
        case RejectChange():
            return reject(command, state)
        case GrantExtension():
            return extend(command, state)
        case HandOverLead():
            return hand_over(command, state)
        case SuspendProject():
            return suspend(command, state)
        case ResumeProject():
            return resume(command, state)
        case TerminateProject():
            return terminate(command, state)
        case _:
            assert_never(command)


def request(command: RequestChange, state: State) -> list[Event | DepartureAnswered]:
    """What would be changed must be as clear as what was approved."""
    require(state, "in_implementation")
    if command.change in state.changes:
        raise CodeTaken(code=command.change)
    after = altered(state.proposal, command.alteration)
    only_dates = altered(state.proposal, Alteration(plan=command.alteration.plan))
    if command.by.office == CUSTODIAN and after != only_dates:
        raise CustodianAsksForTime()
    if after == state.proposal:
        raise NothingWouldChange()
    refuse_repeats(milestone.code for milestone in after.plan)
    refuse_repeats(indicator.code for indicator in after.targets)
    refuse_unclear(after)
    if after.ends != state.proposal.ends:
        refuse_too_long(after.ends, state.began, command.limits)
    return [ChangeRequested(command.change, command.reason, command.alteration, command.by.person)]


def approve(command: ApproveChange, state: State) -> list[Event | DepartureAnswered]:
    """By nobody with a part in the project; which body, the programme says."""
    alteration = _waiting(command, state)
    events: list[Event | DepartureAnswered] = [ChangeApproved(command.change, command.content_hash)]
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
    return events


def reject(command: RejectChange, state: State) -> list[Event | DepartureAnswered]:
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


def extend(command: GrantExtension, state: State) -> list[Event | DepartureAnswered]:
    """Before the date, to a later one, by three months at most, and no longer than a project may run."""
    require(state, "in_implementation")
    refuse_players(state, acting(command.by) | set(command.tied_to))
    due = {milestone.code: milestone.due for milestone in state.proposal.plan}.get(command.milestone)
    if due is None:
        raise NoSuchMilestone(milestone=command.milestone)
    if command.milestone in state.reached:
        raise MilestoneIsReached()
    if command.today > due:
        raise ExtensionAskedTooLate(due=due)
    if command.due <= due:
        raise ExtensionIsNotLater(due=due)
    if command.due > months_after(due, command.limits.extension_months):
        raise ExtensionTooLong(months=command.limits.extension_months)
    refuse_too_long(command.due, state.began, command.limits)
    return [ExtensionGranted(command.milestone, due, command.due, command.reason)]


def hand_over(command: HandOverLead, state: State) -> list[Event | DepartureAnswered]:
    """To somebody else; what was done stays with who did it."""
    require(state, "in_implementation", "draft", "in_approval", "suspended", "in_closing")
    if command.to_person == state.lead:
        raise LeadStays()
    figures = figures_now(state)
    return [LeadHandedOver(state.lead, command.to_person, command.reason, command.handover, figures)]


def suspend(command: SuspendProject, state: State) -> list[Event | DepartureAnswered]:
    """Clocks stop."""
    require(state, "in_implementation")
    until = months_after(command.today, command.limits.suspension_months)
    return [ProjectSuspended(command.today, command.reason, until)]


def resume(command: ResumeProject, state: State) -> list[Event | DepartureAnswered]:
    """One act with all the new dates (R43)."""
    require(state, "suspended")
    days = max(0, (command.today - state.suspended_on).days)
    return [ProjectResumed(command.today, days, open_dates(state, days))]


def open_dates(state: State, later: int) -> tuple[NewDate, ...]:
    """What is not done yet of all that has a date, so many days later."""
    return (
        *(
            NewDate("milestone", milestone.code, days_after(milestone.due, later))
            for milestone in state.proposal.plan
            if milestone.code not in state.reached
        ),
        *(
            NewDate("task", code, days_after(task.due, later))
            for code, task in state.tasks.items()
            if task.status not in ("completed", "accepted")
        ),
        *(
            NewDate("finding", code, days_after(state.findings[code].due, later))
            for code in state.open_findings()
            if state.findings[code].status != "disputed"  # its clock stands still already
        ),
        *(
            NewDate("indicator", indicator.code, days_after(indicator.due, later))
            for indicator in state.proposal.targets
            if indicator.due and indicator.code not in state.confirmed
        ),
    )


def terminate(command: TerminateProject, state: State) -> list[Event | DepartureAnswered]:
    """A running project only."""
    if state.phase not in ("in_implementation", "suspended", "in_closing"):
        raise AlreadyEnded()
    return [ProjectTerminated(command.today, command.reason)]


def evolve(state: State, event: Event) -> State:
    """The project after a change."""
    match event:
        case ChangeRequested():
            asked = replace(state, changes={**state.changes, event.change: event.alteration})
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
        case ExtensionGranted():
            return with_dates(state, (NewDate("milestone", event.milestone, event.due),))
        case LeadHandedOver():
            before = {state.lead}
            return replace(state, former=state.former | before, led=state.led | before, lead=event.to_person)
        case ProjectSuspended():
            until = event.until or months_after(event.on, USUAL.suspension_months)
            return replace(state, phase="suspended", suspended_on=event.on, suspended_until=until)
        case ProjectResumed():
            began = days_after(state.began, max(0, event.days))
            return with_dates(replace(state, phase="in_implementation", began=began), event.dates)
        case ProjectTerminated():
            return replace(state, phase="terminated")
        case _:
            assert_never(event)


def with_dates(state: State, dates: tuple[NewDate, ...]) -> State:
    """The project with these dates."""
    moved = {(new.subject, new.code): new.due for new in dates}
    plan = tuple(
        replace(milestone, due=moved.get(("milestone", milestone.code), milestone.due))
        for milestone in state.proposal.plan
    )
    targets = tuple(
        replace(indicator, due=moved.get(("indicator", indicator.code), indicator.due))
        for indicator in state.proposal.targets
    )
    return replace(
        state,
        proposal=replace(state.proposal, plan=plan, targets=targets),
        tasks={
            code: replace(task, due=moved.get(("task", code), task.due)) for code, task in state.tasks.items()
        },
        findings={
            code: replace(finding, due=moved.get(("finding", code), finding.due))
            for code, finding in state.findings.items()
        },
    )
