"""From step to step: opinions, meetings, returns with numbered changes, until approved or rejected."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import assert_never

from services.projects.domain.body import KINDS_OF, Kind, NotTheDecidingBody
from services.projects.domain.project.clarity import refuse_unclear
from services.projects.domain.project.content import Proposal, Seat, differences
from services.projects.domain.project.route import (
    STAYS,
    Decides,
    MeetingResult,
    Onward,
    Opinion,
    RequiredChange,
    Step,
    Wanted,
)
from services.projects.domain.project.state import (
    NOBODY,
    ContentHasChanged,
    SeatNotAddressed,
    State,
    acting,
    proposed_by,
    refuse_players,
    require,
)
from services.projects.domain.quorum import (
    Numbers,
    TooFewPresent,
    can_pass,
    passes,
    present_is_enough,
    refuse_impossible,
)
from shared.domain import By, NotAllowed, NotKnown, PersonId, Refusal, UnitId


@dataclass(frozen=True, slots=True)
class StepOpened:
    """A step of the route asks its seats; a filing step only informs them (R34)."""

    step: int  # place in the route, from 0
    name: str
    seats: tuple[Seat, ...]
    decides: Decides
    due: date | None
    on: date | None = None


@dataclass(frozen=True, slots=True)
class OpinionGiven:
    """A seat gave its word on exactly this content."""

    step: int
    seat: Seat
    person: PersonId
    opinion: Opinion
    content_hash: str
    changes: tuple[RequiredChange, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class StepCompleted:
    """The step agreed, perhaps on condition."""

    step: int


@dataclass(frozen=True, slots=True)
class StepReferredUp:
    """The step is for other seats now: vacancy, conflict, or a meeting that cannot pass it (R10, R27)."""

    step: int
    seats: tuple[Seat, ...]
    reason: str
    due: date | None
    on: date | None = None  # the day on which its time sent it up; None where nobody had been late
    stays: tuple[Seat, ...] = ()  # of the seats those whose word stands


@dataclass(frozen=True, slots=True)
class MeetingDecided:
    """A committee voted on exactly this content; the result follows from the numbers."""

    step: int
    meeting: str
    item: int
    minutes: str
    numbers: Numbers
    result: MeetingResult
    content_hash: str
    changes: tuple[RequiredChange, ...] = ()


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


@dataclass(frozen=True, slots=True)
class ProjectApproved:
    """It is a project now: this content, under this number and programme version."""

    number: str
    programme: str
    content_hash: str
    company: UnitId
    unit: UnitId
    proposal: Proposal


Event = (
    StepOpened
    | OpinionGiven
    | StepCompleted
    | StepReferredUp
    | MeetingDecided
    | ProposalReturned
    | ProjectRejected
    | ProposalAmended
    | ChangesConfirmed
    | ProjectApproved
)


@dataclass(frozen=True, slots=True)
class GiveOpinion:
    """Say a seat's word in a signing step. Facts: seat, tied_to, onward."""

    by: By
    step: int
    opinion: Opinion
    content_hash: str  # of what was read
    seat: Seat  # the addressed seat that `by` holds or stands in for (R3)
    changes: tuple[Wanted, ...] = ()
    note: str = ""
    tied_to: tuple[PersonId, ...] = ()  # whom `by` is deputy for, kin or adviser of (R4, R5)
    onward: Onward = STAYS


@dataclass(frozen=True, slots=True)
class RecordMeetingDecision:
    """Enter what a confirmed meeting decided. Facts: all but step, meeting and item."""

    by: By
    step: int
    meeting: str
    item: int
    minutes: str
    content_hash: str
    numbers: Numbers
    confirmer: Seat  # who sees to changes that the meeting asks for
    kind: Kind
    body: UnitId  # that met
    held_on: date
    voters: tuple[PersonId, ...] = ()  # those who voted on the item
    deferred: bool = False
    changes: tuple[Wanted, ...] = ()
    onward: Onward = STAYS


@dataclass(frozen=True, slots=True)
class ReturnProposal:
    """Send it back with what must change. Facts: seat, tied_to."""

    by: By
    step: int
    changes: tuple[Wanted, ...]
    rerun: bool
    seat: Seat
    guidance: str = ""  # who talked to the branch about what, from the third return on (R31)
    tied_to: tuple[PersonId, ...] = ()


@dataclass(frozen=True, slots=True)
class RejectProject:
    """Refuse it for good, after a seat of the step disagreed (R29). Facts: seat, tied_to."""

    by: By
    step: int
    reason: str
    seat: Seat
    tied_to: tuple[PersonId, ...] = ()


@dataclass(frozen=True, slots=True)
class ReferStepUp:
    """Pass the open step to the seats above. Facts: seats, due."""

    by: By
    step: int
    reason: str
    seats: tuple[Seat, ...]
    due: date | None = None


@dataclass(frozen=True, slots=True)
class AmendProposal:
    """Make the required changes, and nothing else. Fact: content hash."""

    by: By
    proposal: Proposal
    content_hash: str


@dataclass(frozen=True, slots=True)
class ConfirmChanges:
    """Say that required changes were made. Facts: seat, onward."""

    by: By
    numbers: tuple[int, ...]
    content_hash: str
    seat: Seat
    onward: Onward = STAYS


Command = (
    GiveOpinion
    | RecordMeetingDecision
    | ReturnProposal
    | RejectProject
    | ReferStepUp
    | AmendProposal
    | ConfirmChanges
)


class StepNotOpen(Refusal):
    """This step is not open now.

    Look at the route to see which step decides."""


class MeetingMayNotBeReplacedBySigning(Refusal):
    """What a meeting must decide is not decided by signing, circulating or asking one by one.

    Put it on the agenda of the body's next meeting."""


class OnlyAMeetingStepMeets(Refusal):
    """This step is decided by signing, not by a meeting.

    The offices addressed give their opinions."""


class StepStoppedByDisagreement(Refusal):
    """Somebody disagreed; the step takes no more opinions.

    Return the proposal with required changes, or reject it with the reason."""


class RejectionNeedsDisagreement(Refusal):
    """A proposal is rejected only after somebody in the step disagreed.

    Give the opinion first, with its reason."""


class OpinionAlreadyGiven(Refusal):
    """This office has given its opinion in this step.

    Nothing more is asked of it here."""


class NotYourTurn(Refusal):
    """In this step the offices speak in order, and another one is before you.

    Wait for its opinion."""


class ConditionsAreNumberedChanges(Refusal):
    """Agreeing with changes lists the changes; agreeing or disagreeing lists none.

    Choose the opinion that fits, and write each change on a line of its own."""


class ReturnNeedsChanges(Refusal):
    """A return says what must change.

    Write each required change and the field that it touches."""


class SecondReturnNeedsGuidance(Refusal):
    """The same proposal was returned twice already.

    Talk it over with the branch and note who helped with what before a further return."""


class MeetingBeforeStep(Refusal):
    """The meeting was on {held_on}, before the step opened on {opened_on}.

    Put the matter on the agenda of the body's next meeting."""


class MeetingCannotPass(Refusal):
    """Of {should_attend} who should attend only {may_vote} may vote: the item cannot be passed here.

    It is referred up to the body above."""


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


def decide(command: Command, state: State) -> list[Event]:
    """The events of a command on a proposal in approval."""
    require(state, "in_approval")
    match command:
        case GiveOpinion():
            return give_opinion(command, state)
        case RecordMeetingDecision():
            return record_meeting_decision(command, state)
        case ReturnProposal():
            return return_proposal(command, state)
        case RejectProject():
            return reject(command, state)
        case ReferStepUp():
            return refer_up(command, state)
        case AmendProposal():
            return amend(command, state)
        case ConfirmChanges():
            return confirm_changes(command, state)
        case _:
            assert_never(command)


def give_opinion(command: GiveOpinion, state: State) -> list[Event]:
    """One word for each seat, on the content as it is; any, all or in order make the step (R29)."""
    approval = state.approval
    _refuse_signing(command, state)
    if approval.stopped:
        raise StepStoppedByDisagreement()
    if command.seat in approval.opinions:
        raise OpinionAlreadyGiven()
    waiting = [seat for seat in approval.seats if seat not in approval.opinions]
    if approval.decides == "in_order" and command.seat != waiting[0]:
        raise NotYourTurn()
    if bool(command.changes) != (command.opinion == "agree_with_changes"):
        raise ConditionsAreNumberedChanges()
    _refuse_other_content(command.content_hash, state)
    changes = numbered(state, command.changes, confirmer=command.seat)
    given = OpinionGiven(
        command.step,
        command.seat,
        command.by.person,
        command.opinion,
        command.content_hash,
        changes,
        command.note,
    )
    decided = approval.decides == "any" or waiting == [command.seat]
    if command.opinion == "disagree" or not decided:
        return [given]
    return [given, *_onward(state, changes, command.onward)]


def record_meeting_decision(command: RecordMeetingDecision, state: State) -> list[Event]:
    """Valid by its numbers, and the result follows from them; nobody with a part in it voted (R4, R26)."""
    numbers = command.numbers
    _refuse_unless_open(command.step, state)
    if state.approval.decides != "meeting":
        raise OnlyAMeetingStepMeets()
    refuse_other_meeting(state, command.kind, command.body, command.held_on)
    _refuse_other_content(command.content_hash, state)
    refuse_impossible(numbers)
    two_thirds = state.approval.route[command.step].two_thirds
    if not present_is_enough(numbers.should_attend, numbers.present, two_thirds):
        raise TooFewPresent(present=numbers.present, should_attend=numbers.should_attend)
    if command.deferred:
        return [_meeting_decided(command, "deferred")]
    may_vote = numbers.should_attend - numbers.withdrawn
    if not can_pass(numbers.should_attend, may_vote):
        raise MeetingCannotPass(should_attend=numbers.should_attend, may_vote=may_vote)
    refuse_players(state, command.voters)
    if not passes(numbers.should_attend, numbers.votes_for):
        return [_meeting_decided(command, "not_passed"), ProjectRejected(command.step, command.minutes)]
    changes = numbered(state, command.changes, command.confirmer)
    decided = _meeting_decided(command, "passed_with_changes" if changes else "passed", changes)
    return [decided, *_onward(state, changes, command.onward)]


def refuse_other_meeting(state: State, kind: Kind, body: UnitId, held_on: date) -> None:
    """NotTheDecidingBody unless the open step's seats are those of the body that met (R26, R27).

    MeetingBeforeStep where it met before the step was open.
    """
    if not any(seat.unit == body and kind in KINDS_OF.get(seat.office, ()) for seat in state.approval.seats):
        raise NotTheDecidingBody()
    if held_on < state.approval.opened_on:
        raise MeetingBeforeStep(held_on=held_on, opened_on=state.approval.opened_on)


def _meeting_decided(
    command: RecordMeetingDecision, result: MeetingResult, changes: tuple[RequiredChange, ...] = ()
) -> MeetingDecided:
    return MeetingDecided(
        command.step,
        command.meeting,
        command.item,
        command.minutes,
        command.numbers,
        result,
        command.content_hash,
        changes,
    )


def return_proposal(command: ReturnProposal, state: State) -> list[Event]:
    """With numbered changes, and from the third time on with guidance (R31)."""
    _refuse_signing(command, state)
    if not command.changes:
        raise ReturnNeedsChanges()
    guided = state.guided.get(Seat(command.by.office, command.by.unit)) == state.approval.returns
    if state.approval.returns >= RETURNS_WITHOUT_GUIDANCE and not (guided or command.guidance.strip()):
        raise SecondReturnNeedsGuidance()
    changes = numbered(state, command.changes)
    return [
        ProposalReturned(command.step, command.by.person, changes, command.rerun, command.guidance.strip())
    ]


def reject(command: RejectProject, state: State) -> list[Event]:
    """Only after a disagreement in the step (R29)."""
    _refuse_signing(command, state)
    if not state.approval.stopped:
        raise RejectionNeedsDisagreement()
    return [ProjectRejected(command.step, command.reason)]


def refer_up(command: ReferStepUp, state: State) -> list[Event]:
    """The step stays what it is, a meeting a meeting; only its seats are others."""
    _refuse_unless_open(command.step, state)
    if not command.seats:
        raise SeatNotAddressed()
    return [StepReferredUp(command.step, command.seats, command.reason, command.due)]


def amend(command: AmendProposal, state: State) -> list[Event]:
    """Only where an open numbered change points (R30)."""
    allowed = {change.field for change in state.approval.conditions}
    if beyond := differences(state.proposal, command.proposal) - allowed:
        raise OnlyNumberedPlacesChange(fields=sorted(beyond))
    refuse_unclear(command.proposal)
    return [ProposalAmended(command.proposal, command.content_hash, command.by.person)]


def confirm_changes(command: ConfirmChanges, state: State) -> list[Event]:
    """By the seat that asked; the last one approves, if the route is through."""
    refuse_players(state, acting(command.by))
    _refuse_other_content(command.content_hash, state)
    waiting = {change.number: change for change in state.approval.conditions}
    for number in command.numbers:
        if number not in waiting:
            raise NoSuchCondition(number=number)
        if waiting[number].confirmer != command.seat:
            raise OnlyWhoAskedConfirms(number=number)
    events: list[Event] = [ChangesConfirmed(command.numbers, command.content_hash)]
    if state.approval.open is None and set(command.numbers) == set(waiting):
        events.append(_approved(state, command.onward))
    return events


def numbered(
    state: State, wanted: Sequence[Wanted], confirmer: Seat | None = None
) -> tuple[RequiredChange, ...]:
    """The wanted changes under the proposal's next numbers."""
    first = state.approval.numbered + 1
    return tuple(
        RequiredChange(number, change.text, change.field, confirmer)
        for number, change in enumerate(wanted, first)
    )


def steps_from(route: Sequence[Step], start: int, due: date | None, on: date | None) -> list[StepOpened]:
    """What opens at this place of a route: filing steps only inform, so it runs on to the next decider."""
    opened = []
    for place, step in enumerate(route[start:], start):
        opened.append(StepOpened(place, step.name, step.seats, step.decides, due, on))
        if step.decides != "filing":
            break
    return opened


def _onward(state: State, new_conditions: Sequence[RequiredChange], facts: Onward) -> list[Event]:
    """The open step is through; the next opens, or the project is approved if no condition is left."""
    assert state.approval.open is not None  # a step just decided
    place = state.approval.open
    opened = steps_from(state.approval.route, place + 1, facts.due, facts.on)
    events: list[Event] = [StepCompleted(place), *opened]
    is_through = not opened or opened[-1].decides == "filing"
    if is_through and not new_conditions and not state.approval.conditions:
        events.append(_approved(state, facts))
    return events


def _approved(state: State, facts: Onward) -> ProjectApproved:
    return ProjectApproved(
        facts.number, state.programme, state.content_hash, state.company, state.unit, state.proposal
    )


def _refuse_unless_open(step: int, state: State) -> None:
    if state.approval.open != step:
        raise StepNotOpen()


def _refuse_signing(command: GiveOpinion | ReturnProposal | RejectProject, state: State) -> None:
    """Refuse an act in a signing step by a seat that is not asked, or a person with a part in it."""
    _refuse_unless_open(command.step, state)
    if state.approval.decides == "meeting":
        raise MeetingMayNotBeReplacedBySigning()
    if command.seat not in state.approval.seats:
        raise SeatNotAddressed()
    refuse_players(state, acting(command.by) | set(command.tied_to))


def _refuse_other_content(content_hash: str, state: State) -> None:
    if content_hash != state.content_hash:
        raise ContentHasChanged()


def evolve(state: State, event: Event) -> State:
    """The project after an event of its approval."""
    approval = state.approval
    match event:
        case StepOpened(decides="filing"):
            return state
        case StepOpened():
            opened = replace(
                approval,
                open=event.step,
                opened_on=event.on or date.min,
                due=event.due,
                raised_on=(),
                seats=event.seats,
                decides=event.decides,
                opinions={},
            )
            return replace(state, approval=opened)
        case OpinionGiven():
            opinions = {**approval.opinions, event.seat: event.opinion}
            if event.opinion != "disagree":
                approval = replace(approval, agreed=approval.agreed | {event.seat})
            return _with_conditions(
                replace(state, approval=replace(approval, opinions=opinions)), event.changes
            )
        case MeetingDecided():
            return _with_conditions(state, event.changes)
        case StepCompleted():
            return replace(state, approval=replace(approval, open=None, seats=(), opinions={}))
        case StepReferredUp():
            referred = replace(
                approval,
                seats=event.seats,
                due=event.due,
                raised_on=approval.raised_on + ((event.on,) if event.on else ()),
                opinions={seat: said for seat, said in approval.opinions.items() if seat in event.stays},
            )
            return replace(state, approval=referred)
        case ProposalReturned():
            returned = replace(
                approval,
                returns=approval.returns + 1,
                numbered=approval.numbered + len(event.changes),
                start=0 if event.rerun else event.step,
                returned=state.proposal,
                numbered_fields=frozenset(c.field for c in (*event.changes, *approval.conditions)),
                open=None,
                seats=(),
                opinions={},
                conditions=() if event.rerun else approval.conditions,
            )
            return replace(state, phase="draft", approval=returned)
        case ProjectRejected():
            return replace(state, phase="rejected")
        case ProposalAmended():
            amended = replace(state, proposal=event.proposal, content_hash=event.content_hash)
            return proposed_by(amended, event.person)
        case ChangesConfirmed():
            left = tuple(change for change in approval.conditions if change.number not in event.numbers)
            return replace(state, approval=replace(approval, conditions=left))
        case ProjectApproved():
            return replace(
                state, phase="in_implementation", proposal=event.proposal, content_hash=event.content_hash
            )
        case _:
            assert_never(event)


def _with_conditions(state: State, changes: tuple[RequiredChange, ...]) -> State:
    approval = replace(
        state.approval,
        numbered=state.approval.numbered + len(changes),
        conditions=state.approval.conditions + changes,
    )
    return replace(state, approval=approval)
