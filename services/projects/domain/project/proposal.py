"""From the first draft to the submission with the leading organisation's own resolution."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal, assert_never

from services.projects.domain.dates import months_after
from services.projects.domain.project.approval import StepOpened, steps_from
from services.projects.domain.project.clarity import (
    owed_at_submission,
    refuse_repeats,
    refuse_unclear,
    refuse_unlisted,
)
from services.projects.domain.project.content import LeaderKind, Listed, Proposal
from services.projects.domain.project.limits import USUAL, Limits
from services.projects.domain.project.route import Step
from services.projects.domain.project.standing import Approval
from services.projects.domain.project.state import (
    NOBODY,
    State,
    proposed_by,
    refuse_future,
    require,
)
from services.projects.domain.quorum import (
    Numbers,
    TooFewPresent,
    VotesDoNotCarry,
    half_is_present,
    passes,
    present_is_enough,
    refuse_impossible,
)
from shared.domain import By, NotAsItStands, NotKnown, PersonId, Refusal, Stale, Track, UnitId

ResolutionKind = Literal["branch_committee", "member_meeting", "general_branch_committee", "party_committee"]


@dataclass(frozen=True, slots=True)
class Resolution:
    """The leading organisation's own decision to propose (R2)."""

    kind: ResolutionKind
    on: date
    numbers: Numbers


@dataclass(frozen=True, slots=True)
class ProposalDrafted:
    """A party organisation began a proposal."""

    reference: str
    company: UnitId
    unit: UnitId
    leader: LeaderKind
    lead: PersonId
    proposer: PersonId
    title: str
    track: str
    listed: Listed | None = None  # the problem of the branch's list, from which it started


@dataclass(frozen=True, slots=True)
class ProposalRevised:
    """The draft reads like this now."""

    proposal: Proposal
    person: PersonId = NOBODY  # who wrote it


@dataclass(frozen=True, slots=True)
class ProposalSubmitted:
    """The content went into approval under its hash, with the programme version and route pinned."""

    round: int  # counts submissions from 1
    proposer: PersonId
    resolution: Resolution
    proposal: Proposal
    content_hash: str
    programme: str
    route_code: str
    route: tuple[Step, ...]
    on: date | None = None
    anew: bool = False  # more had changed than the return numbered: the steps passed run again (R30)
    supplement: str = ""  # the company's version beside the programme's (R22)


@dataclass(frozen=True, slots=True)
class ProposalWithdrawn:
    """The proposer took it back; open votes lapse."""

    reason: str


@dataclass(frozen=True, slots=True)
class ProgrammeAdopted:
    """A returned proposal goes by the programme in force; its route will be chosen anew (R18)."""

    programme: str
    before: str  # the version that it was pinned to
    person: PersonId = NOBODY
    supplement: str = ""  # and the company's beside either (R22)
    supplement_before: str = ""


Event = ProposalDrafted | ProposalRevised | ProposalSubmitted | ProposalWithdrawn | ProgrammeAdopted


@dataclass(frozen=True, slots=True)
class DraftProposal:
    """Begin a proposal, perhaps from a problem of the branch's list.

    Facts: reference (R81), company, leader, lead, listed.
    """

    by: By
    unit: UnitId
    title: str
    track: Track
    reference: str
    company: UnitId
    leader: LeaderKind
    lead: PersonId  # holder of the first responsible office
    problem: str = ""  # its code on the list
    listed: Listed | None = None


@dataclass(frozen=True, slots=True)
class ReviseProposal:
    """Write the whole content anew."""

    by: By
    proposal: Proposal


@dataclass(frozen=True, slots=True)
class SubmitProposal:
    """Send it into approval. Facts: content hash, programme, route, the first step's due date, limits.

    A returned proposal keeps the programme and route under which it was submitted (R18).
    """

    by: By
    resolution: Resolution | None
    today: date
    content_hash: str
    programme: str
    route_code: str
    route: tuple[Step, ...]
    due: date | None = None
    limits: Limits = USUAL
    supplement: str = ""
    to_adopt: str = ""  # fact: the version that a returned proposal has to adopt before (R19)
    strong_side_is_model: bool = True  # fact: that of a pair carries the mark 示范支部


@dataclass(frozen=True, slots=True)
class WithdrawProposal:
    """Take it back before it is decided."""

    by: By
    reason: str


@dataclass(frozen=True, slots=True)
class AdoptProgramme:
    """Leave what a returned proposal is pinned to. Facts: the programme in force and its supplement."""

    by: By
    seen: str  # the version whose differences were shown
    programme: str
    seen_supplement: str = ""
    supplement: str = ""


Command = DraftProposal | ReviseProposal | SubmitProposal | WithdrawProposal | AdoptProgramme


class AlreadyDrafted(Refusal):
    """This proposal has been begun already.

    Open it and go on writing."""


class NotOnTheList(NotKnown):
    """The branch's problem list has no open problem {problem}.

    Choose from the list."""


class ResolutionOfWrongBody(Refusal):
    """A {leader} proposes by a resolution of its own deciding body, not by one of {kind}.

    With a branch committee it decides; without one the member meeting does."""


class RouteHasNoBody(Refusal):
    """The route that applies has no body to decide, or a step without one.

    Ask the party department to settle who holds the role in your company."""


class ProjectTooLong(Refusal):
    """A project runs at most {months} months.

    Cut it to what can be reached, or make two projects of it."""


class NewerVersionApplies(NotAsItStands):
    """{programme} applies to proposals that are submitted again.

    Look at what it changes and adopt it, then submit."""


class NothingIsPinned(NotAsItStands):
    """This draft goes by the programme that is in force when it is submitted.

    Submit it; only a returned proposal keeps an earlier version."""


class NothingNewToAdopt(NotAsItStands):
    """The proposal goes by {programme}, and that is in force.

    Submit it as it is."""


class AnotherProgrammeIsInForce(Stale):
    """{programme} is in force, not the version whose differences you have seen.

    Look at the differences again and decide."""


BODY_OF: Mapping[LeaderKind, ResolutionKind] = {
    "branch_with_committee": "branch_committee",
    "branch_without_committee": "member_meeting",
    "general_branch": "general_branch_committee",
    "party_committee": "party_committee",
}


def decide(command: Command, state: State) -> list[Event | StepOpened]:
    """The events of a command on a proposal that is not yet decided on."""
    match command:
        case DraftProposal():
            return draft(command, state)
        case ReviseProposal():
            return revise(command, state)
        case SubmitProposal():
            return submit(command, state)
        case WithdrawProposal():
            return withdraw(command, state)
        case AdoptProgramme():
            return adopt(command, state)
        case _:
            assert_never(command)


def draft(command: DraftProposal, state: State) -> list[Event | StepOpened]:
    """Once."""
    if state.phase != "absent":
        raise AlreadyDrafted()
    if command.problem and command.listed is None:
        raise NotOnTheList(problem=command.problem)
    return [
        ProposalDrafted(
            command.reference,
            command.company,
            command.unit,
            command.leader,
            command.lead,
            command.by.person,
            command.title,
            command.track,
            command.listed,
        )
    ]


def content_of(drafted: ProposalDrafted) -> Proposal:
    """What a draft says at first."""
    content = Proposal(title=drafted.title, track=drafted.track)
    if from_list := drafted.listed:
        return replace(
            content,
            problem=from_list.text,
            problem_kind=from_list.kind,
            found_where=from_list.found_where,
        )
    return content


def revise(command: ReviseProposal, state: State) -> list[Event | StepOpened]:
    """Anything may still be empty; only codes are unique from the beginning."""
    require(state, "draft")
    refuse_repeats(milestone.code for milestone in command.proposal.plan)
    refuse_repeats(indicator.code for indicator in command.proposal.targets)
    refuse_unlisted(command.proposal)
    return [ProposalRevised(command.proposal, command.by.person)]


def submit(command: SubmitProposal, state: State) -> list[Event | StepOpened]:
    """Complete, resolved by the leading organisation, and on a route on which somebody decides."""
    require(state, "draft")
    owed = owed_at_submission(state.proposal, command.strong_side_is_model)
    refuse_unclear(state.proposal, *owed, *([] if command.resolution else ["resolution"]))
    assert command.resolution is not None  # just refused
    _refuse_invalid(command.resolution, state.leader)
    refuse_future(command.resolution.on, command.today)
    refuse_too_long(state.proposal.ends, command.today, command.limits)
    returned = state.approval.route != ()
    if returned and command.to_adopt:
        raise NewerVersionApplies(programme=command.to_adopt)
    route = state.approval.route if returned else command.route
    deciding = [step for step in route if step.decides != "filing"]
    if not deciding or not all(step.seats for step in deciding):
        raise RouteHasNoBody()
    return [
        ProposalSubmitted(
            round=state.approval.round + 1,
            proposer=command.by.person,
            resolution=command.resolution,
            proposal=state.proposal,
            content_hash=command.content_hash,
            programme=state.programme if returned else command.programme,
            supplement=state.supplement if returned else command.supplement,
            route_code=state.approval.route_code if returned else command.route_code,
            route=route,
            on=command.today,
            anew=state.goes_on_at < state.approval.start,
        ),
        *steps_from(route, state.goes_on_at, command.due, command.today),
    ]


def refuse_too_long(ends: date | None, began: date, limits: Limits) -> None:
    """ProjectTooLong where the last milestone is later than the programme lets a project run (R24)."""
    if ends and ends > months_after(began, limits.project_months):
        raise ProjectTooLong(months=limits.project_months)


def _refuse_invalid(resolution: Resolution, leader: LeaderKind) -> None:
    """R2: of the right body, with its quorum, carried by more than half of those who should attend."""
    numbers = resolution.numbers
    if resolution.kind != BODY_OF[leader]:
        raise ResolutionOfWrongBody(leader=leader, kind=resolution.kind)
    refuse_impossible(numbers)
    is_quorate = present_is_enough if resolution.kind == "party_committee" else half_is_present
    if not is_quorate(numbers.should_attend, numbers.present):
        raise TooFewPresent(present=numbers.present, should_attend=numbers.should_attend)
    if not passes(numbers.should_attend, numbers.votes_for):
        raise VotesDoNotCarry(votes_for=numbers.votes_for, should_attend=numbers.should_attend)


def withdraw(command: WithdrawProposal, state: State) -> list[Event | StepOpened]:
    """As long as it is not decided."""
    require(state, "in_approval")
    return [ProposalWithdrawn(command.reason)]


def adopt(command: AdoptProgramme, state: State) -> list[Event | StepOpened]:
    """By who leads, who has seen what differs; never silently (R18)."""
    require(state, "draft")
    if not state.approval.route:
        raise NothingIsPinned()
    now = command.programme, command.supplement
    if now == (state.programme, state.supplement):
        raise NothingNewToAdopt(programme=command.programme)
    if (command.seen, command.seen_supplement) != now:
        raise AnotherProgrammeIsInForce(programme=command.programme)
    return [
        ProgrammeAdopted(
            command.programme, state.programme, command.by.person, command.supplement, state.supplement
        )
    ]


def evolve(state: State, event: Event) -> State:
    """The project after an event of its proposal."""
    match event:
        case ProposalDrafted():
            return replace(
                state,
                phase="draft",
                reference=event.reference,
                company=event.company,
                unit=event.unit,
                leader=event.leader,
                lead=event.lead,
                proposers=frozenset({event.proposer}),
                proposal=content_of(event),
            )
        case ProposalRevised():
            return proposed_by(replace(state, proposal=event.proposal), event.person)
        case ProposalSubmitted():
            return replace(
                state,
                phase="in_approval",
                proposers=state.proposers | {event.proposer},
                proposal=event.proposal,
                content_hash=event.content_hash,
                programme=event.programme,
                supplement=event.supplement,
                began=event.on or event.resolution.on,
                approval=replace(
                    state.approval,
                    round=event.round,
                    route=event.route,
                    route_code=event.route_code,
                    conditions=() if event.anew else state.approval.conditions,
                    objections=frozenset(),
                ),
            )
        case ProposalWithdrawn():
            return replace(state, phase="draft", approval=_unpinned(state.approval))
        case ProgrammeAdopted():
            return replace(
                state,
                programme=event.programme,
                supplement=event.supplement,
                moved={},
                approval=_unpinned(state.approval),
            )
        case _:
            assert_never(event)


def _unpinned(approval: Approval) -> Approval:
    """What stays of a way that is not gone on: its counts, and who has read what."""
    return Approval(approval.round, approval.returns, approval.numbered, read=approval.read)
