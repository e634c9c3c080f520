"""From step to step: opinions, meetings, returns with numbered changes, until approved or rejected."""

from __future__ import annotations

from typing import assert_never

from services.projects.domain.project.approval import (
    filing,
    from_above,
    meeting,
    returns,
    signers,
    signing,
    steps,
    waiting,
)
from services.projects.domain.project.approval.filing import (
    AnswerObjection,
    FiledTooLate,
    FilingObjected,
    NoObjectionToAnswer,
    ObjectedAlready,
    ObjectionAnswered,
    ObjectorMayNotAnswer,
    ObjectToFiling,
)
from services.projects.domain.project.approval.from_above import (
    ChangeDecision,
    ChangedInPersonOnly,
    DecisionChangedByHigher,
    NothingToChange,
    OnlyAHigherOffice,
    OwnDecisionNotChanged,
)
from services.projects.domain.project.approval.meeting import (
    MeetingBeforeStep,
    MeetingCannotPass,
    MeetingDecided,
    OnlyAMeetingStepMeets,
    RecordMeetingDecision,
    ReferStepUp,
    StepReferredUp,
    StillAdded,
    came_to,
    refuse_other_meeting,
)
from services.projects.domain.project.approval.returns import (
    AmendProposal,
    ChangesConfirmed,
    ConfirmChanges,
    NoSuchCondition,
    OnlyNumberedPlacesChange,
    OnlyWhoAskedConfirms,
    ProjectRejected,
    ProposalAmended,
    ProposalReturned,
    RejectionNeedsDisagreement,
    RejectProject,
    ReturnNeedsChanges,
    ReturnProposal,
    SecondReturnNeedsGuidance,
)
from services.projects.domain.project.approval.signers import (
    AddSigner,
    AlreadyAddressed,
    DeputyMayNotPassOn,
    NobodyCanSign,
    NoTransferIntoConflict,
    SignerAdded,
    StepTransferred,
    TransferStaysInTheOffice,
    TransferStep,
)
from services.projects.domain.project.approval.signing import (
    AnsweredTwice,
    BatchOnlyAgrees,
    ConditionsAreNumberedChanges,
    DisputedIsDecidedAlone,
    GiveOpinion,
    HandledByAnother,
    MeetingMayNotBeReplacedBySigning,
    MoneyIsDecidedAlone,
    NoOpinionToWithdraw,
    NoSuchQuestion,
    NotInOrderSaysWhy,
    NotOpenedYet,
    NotYourTurn,
    OnlyWhoGaveItWithdraws,
    OpinionAlreadyGiven,
    OpinionGiven,
    OpinionWithdrawn,
    QuestionsAreAnsweredAlone,
    QuestionsUnanswered,
    StepStoppedByDisagreement,
    WithdrawOpinion,
)
from services.projects.domain.project.approval.steps import (
    NoSuchField,
    ProjectApproved,
    StepCompleted,
    StepNotOpen,
    StepOpened,
    numbered,
    refuse_decided,
    refuse_other_step,
    refuse_unless_open,
    steps_from,
)
from services.projects.domain.project.approval.waiting import (
    ContentOpened,
    DeciderUrged,
    OpenContent,
    OpenedAlready,
    UrgedAlready,
    UrgeDecider,
)
from services.projects.domain.project.state import State, require
from services.projects.domain.project.termination import ProjectTerminated

__all__ = [
    "AddSigner",
    "AlreadyAddressed",
    "AmendProposal",
    "AnswerObjection",
    "AnsweredTwice",
    "BatchOnlyAgrees",
    "ChangeDecision",
    "ChangedInPersonOnly",
    "ChangesConfirmed",
    "Command",
    "ConditionsAreNumberedChanges",
    "ConfirmChanges",
    "ContentOpened",
    "DeciderUrged",
    "DecisionChangedByHigher",
    "DeputyMayNotPassOn",
    "DisputedIsDecidedAlone",
    "Event",
    "FiledTooLate",
    "FilingObjected",
    "GiveOpinion",
    "HandledByAnother",
    "MeetingBeforeStep",
    "MeetingCannotPass",
    "MeetingDecided",
    "MeetingMayNotBeReplacedBySigning",
    "MoneyIsDecidedAlone",
    "NoObjectionToAnswer",
    "NoOpinionToWithdraw",
    "NoSuchCondition",
    "NoSuchField",
    "NoSuchQuestion",
    "NoTransferIntoConflict",
    "NobodyCanSign",
    "NotInOrderSaysWhy",
    "NotOpenedYet",
    "NotYourTurn",
    "NothingToChange",
    "ObjectToFiling",
    "ObjectedAlready",
    "ObjectionAnswered",
    "ObjectorMayNotAnswer",
    "OnlyAHigherOffice",
    "OnlyAMeetingStepMeets",
    "OnlyNumberedPlacesChange",
    "OnlyWhoAskedConfirms",
    "OnlyWhoGaveItWithdraws",
    "OpenContent",
    "OpenedAlready",
    "OpinionAlreadyGiven",
    "OpinionGiven",
    "OpinionWithdrawn",
    "OwnDecisionNotChanged",
    "ProjectApproved",
    "ProjectRejected",
    "ProposalAmended",
    "ProposalReturned",
    "QuestionsAreAnsweredAlone",
    "QuestionsUnanswered",
    "RecordMeetingDecision",
    "ReferStepUp",
    "RejectProject",
    "RejectionNeedsDisagreement",
    "ReturnNeedsChanges",
    "ReturnProposal",
    "SecondReturnNeedsGuidance",
    "SignerAdded",
    "StepCompleted",
    "StepNotOpen",
    "StepOpened",
    "StepReferredUp",
    "StepStoppedByDisagreement",
    "StepTransferred",
    "StillAdded",
    "TransferStaysInTheOffice",
    "TransferStep",
    "UrgeDecider",
    "UrgedAlready",
    "WithdrawOpinion",
    "came_to",
    "decide",
    "evolve",
    "numbered",
    "refuse_decided",
    "refuse_other_meeting",
    "refuse_other_step",
    "refuse_unless_open",
    "steps_from",
]

Event = (
    steps.Event
    | signing.Event
    | signers.Event
    | waiting.Event
    | meeting.Event
    | returns.Event
    | from_above.Event
    | filing.Event
)
Command = (
    signing.Command
    | signers.Command
    | waiting.Command
    | meeting.Command
    | returns.Command
    | from_above.Command
    | filing.Command
)


def decide(command: Command, state: State) -> list[Event | ProjectTerminated]:
    """The events of a command on a proposal in approval, or once more on one that was rejected."""
    if isinstance(command, from_above.Command):
        require(state, "in_approval", "rejected")
        return [*from_above.decide(command, state)]
    if isinstance(command, filing.Command):
        return [*filing.decide(command, state)]
    steps.refuse_decided(state)
    if isinstance(command, signing.Command):
        return [*signing.decide(command, state)]
    if isinstance(command, signers.Command):
        return [*signers.decide(command, state)]
    if isinstance(command, waiting.Command):
        return [*waiting.decide(command, state)]
    if isinstance(command, meeting.Command):
        return [*meeting.decide(command, state)]
    if isinstance(command, returns.Command):
        return [*returns.decide(command, state)]
    assert_never(command)


def evolve(state: State, event: Event) -> State:
    """The project after an event of its approval."""
    if isinstance(event, steps.Event):
        return steps.evolve(state, event)
    if isinstance(event, signing.Event):
        return signing.evolve(state, event)
    if isinstance(event, signers.Event):
        return signers.evolve(state, event)
    if isinstance(event, waiting.Event):
        return waiting.evolve(state, event)
    if isinstance(event, meeting.Event):
        return meeting.evolve(state, event)
    if isinstance(event, returns.Event):
        return returns.evolve(state, event)
    if isinstance(event, from_above.Event):
        return from_above.evolve(state, event)
    if isinstance(event, filing.Event):
        return filing.evolve(state, event)
    assert_never(event)
