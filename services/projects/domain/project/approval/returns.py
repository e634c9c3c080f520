"""What is asked back: a return with numbered changes, a refusal for good, changes made and confirmed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import assert_never

from services.projects.domain.project.approval import signing, steps
from services.projects.domain.project.clarity import refuse_unclear
from services.projects.domain.project.content import Proposal, Seat, differences
from services.projects.domain.project.route import STAYS, Onward, RequiredChange, Wanted
from services.projects.domain.project.state import NOBODY, State, acting, proposed_by, refuse_players, require
from shared.domain import By, NotAllowed, NotAsItStands, NotKnown, PersonId, Refusal


@dataclass(frozen=True, slots=True)
class ProposalReturned:
    """It went back to the proposer; opinions stay, open votes lapse."""

    step: int
    person: PersonId
    changes: tuple[RequiredChange, ...]
    rerun: bool  # whether the steps already passed run again
    guidance: str = ""


@dataclass(frozen=True, slots=True)
class ProjectRejected:
    """It will not become a project."""

    step: int
    reason: str


@dataclass(frozen=True, slots=True)
class ProposalAmended:
    """The proposer made required changes while the route went on (R30)."""

    proposal: Proposal
    content_hash: str
    person: PersonId = NOBODY  # who wrote it


@dataclass(frozen=True, slots=True)
class ChangesConfirmed:
    """Who asked for these changes has seen them made."""

    numbers: tuple[int, ...]
    content_hash: str


Event = ProposalReturned | ProjectRejected | ProposalAmended | ChangesConfirmed


@dataclass(frozen=True, slots=True)
class ReturnProposal:
    """Send it back with what must change. Facts: seat, tied_to, handler_acts."""

    by: By
    step: int
    changes: tuple[Wanted, ...]
    rerun: bool
    seat: Seat
    guidance: str = ""  # who talked to the branch about what, from the third return on (R31)
    tied_to: tuple[PersonId, ...] = ()
    handler_acts: bool = True


@dataclass(frozen=True, slots=True)
class RejectProject:
    """Refuse it for good, after a seat of the step disagreed (R29). Facts: seat, tied_to, handler_acts."""

    by: By
    step: int
    reason: str
    seat: Seat
    tied_to: tuple[PersonId, ...] = ()
    handler_acts: bool = True


@dataclass(frozen=True, slots=True)
class AmendProposal:
    """Make the required changes, and nothing else. Fact: content hash."""

    by: By
    proposal: Proposal
    content_hash: str


@dataclass(frozen=True, slots=True)
class ConfirmChanges:
    """Say that required changes were made. Facts: seat, onward, tied_to."""

    by: By
    numbers: tuple[int, ...]
    content_hash: str
    seat: Seat
    onward: Onward = STAYS
    tied_to: tuple[PersonId, ...] = ()


Command = ReturnProposal | RejectProject | AmendProposal | ConfirmChanges


class RejectionNeedsDisagreement(NotAsItStands):
    """A proposal is rejected only after somebody in the step disagreed.

    Give the opinion first, with its reason."""


class ReturnNeedsChanges(Refusal):
    """A return says what must change.

    Write each required change and the field that it touches."""


class SecondReturnNeedsGuidance(Refusal):
    """The same proposal was returned twice already.

    Talk it over with the branch and note who helped with what before a further return."""


class OnlyNumberedPlacesChange(Refusal):
    """Only the fields named by the numbered changes may be changed now, not {fields}.

    For other changes withdraw the proposal and submit it again."""


class NoSuchCondition(NotKnown):
    """No open required change has the number {number}.

    Choose from the list of open ones."""


class OnlyWhoAskedConfirms(NotAllowed):
    """Whoever asked for change {number} confirms that it was made.

    Ask the office that is named with it."""


RETURNS_WITHOUT_GUIDANCE = 2


def decide(command: Command, state: State) -> list[Event | steps.Event]:
    """The events of a command that asks for changes, makes or confirms them, or ends the way."""
    match command:
        case ReturnProposal():
            return return_proposal(command, state)
        case RejectProject():
            return reject(command, state)
        case AmendProposal():
            return amend(command, state)
        case ConfirmChanges():
            return confirm_changes(command, state)
        case _:
            assert_never(command)


def return_proposal(command: ReturnProposal, state: State) -> list[Event | steps.Event]:
    """With numbered changes, and from the third time on with guidance (R31)."""
    signing.refuse_signing(command, state)
    if not command.changes:
        raise ReturnNeedsChanges()
    guided = state.guided.get(Seat(command.by.office, command.by.unit)) == state.approval.returns
    if state.approval.returns >= RETURNS_WITHOUT_GUIDANCE and not (guided or command.guidance.strip()):
        raise SecondReturnNeedsGuidance()
    steps.refuse_unanchored(command.changes)
    changes = steps.numbered(state, command.changes)
    return [
        ProposalReturned(command.step, command.by.person, changes, command.rerun, command.guidance.strip())
    ]


def reject(command: RejectProject, state: State) -> list[Event | steps.Event]:
    """Only after a disagreement in the step (R29)."""
    signing.refuse_signing(command, state)
    if not state.approval.stopped:
        raise RejectionNeedsDisagreement()
    return [ProjectRejected(command.step, command.reason)]


def amend(command: AmendProposal, state: State) -> list[Event | steps.Event]:
    """Only where an open numbered change points (R30); what runs is changed by request."""
    require(state, "in_approval")
    allowed = {change.field for change in state.approval.conditions}
    if beyond := differences(state.proposal, command.proposal) - allowed:
        raise OnlyNumberedPlacesChange(fields=sorted(beyond))
    refuse_unclear(command.proposal)
    return [ProposalAmended(command.proposal, command.content_hash, command.by.person)]


def confirm_changes(command: ConfirmChanges, state: State) -> list[Event | steps.Event]:
    """By the seat that asked; the last one approves, if the route is through."""
    refuse_players(state, acting(command.by) | set(command.tied_to))
    steps.refuse_other_content(command.content_hash, state)
    waiting = {change.number: change for change in state.approval.conditions}
    for number in command.numbers:
        if number not in waiting:
            raise NoSuchCondition(number=number)
        if waiting[number].confirmer != command.seat:
            raise OnlyWhoAskedConfirms(number=number)
    events: list[Event | steps.Event] = [ChangesConfirmed(command.numbers, command.content_hash)]
    decided = state.approval.open is None and not state.ratifying
    if decided and set(command.numbers) == set(waiting):
        events += steps.approved(state, command.onward)
    return events


def evolve(state: State, event: Event) -> State:
    """The project after changes were asked for, made or confirmed, or the way ended."""
    approval = state.approval
    match event:
        case ProposalReturned():
            returned = replace(
                approval,
                returns=approval.returns + 1,
                numbered=approval.numbered + len(event.changes),
                start=0 if event.rerun else event.step,
                returned=state.proposal,
                numbered_fields=frozenset(c.field for c in (*event.changes, *approval.conditions)),
                open=None,
                conditions=() if event.rerun else approval.conditions,
            )
            return replace(state, phase="draft", approval=steps.asking(returned))
        case ProjectRejected():
            ended = replace(approval, open=None, rejected=event.step)  # the words stay: it may be changed
            return replace(state, phase="rejected", approval=ended)
        case ProposalAmended():
            amended = replace(state, proposal=event.proposal, content_hash=event.content_hash)
            return proposed_by(amended, event.person)
        case ChangesConfirmed():
            left = tuple(change for change in approval.conditions if change.number not in event.numbers)
            return replace(state, approval=replace(approval, conditions=left))
        case _:
            assert_never(event)
