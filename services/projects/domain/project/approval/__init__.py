"""From step to step: opinions, meetings, returns with numbered changes, until approved or rejected."""

from __future__ import annotations

from typing import assert_never

from services.projects.domain.project.approval import meeting, returns, signing, steps
from services.projects.domain.project.approval.meeting import (
    MeetingBeforeStep,
    MeetingCannotPass,
    MeetingDecided,
    OnlyAMeetingStepMeets,
    RecordMeetingDecision,
    ReferStepUp,
    StepReferredUp,
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
from services.projects.domain.project.approval.signing import (
    ConditionsAreNumberedChanges,
    GiveOpinion,
    MeetingMayNotBeReplacedBySigning,
    NotYourTurn,
    OpinionAlreadyGiven,
    OpinionGiven,
    StepStoppedByDisagreement,
)
from services.projects.domain.project.approval.steps import (
    ProjectApproved,
    StepCompleted,
    StepNotOpen,
    StepOpened,
    numbered,
    steps_from,
)
from services.projects.domain.project.state import State, require

__all__ = [
    "AmendProposal",
    "ChangesConfirmed",
    "Command",
    "ConditionsAreNumberedChanges",
    "ConfirmChanges",
    "Event",
    "GiveOpinion",
    "MeetingBeforeStep",
    "MeetingCannotPass",
    "MeetingDecided",
    "MeetingMayNotBeReplacedBySigning",
    "NoSuchCondition",
    "NotYourTurn",
    "OnlyAMeetingStepMeets",
    "OnlyNumberedPlacesChange",
    "OnlyWhoAskedConfirms",
    "OpinionAlreadyGiven",
    "OpinionGiven",
    "ProjectApproved",
    "ProjectRejected",
    "ProposalAmended",
    "ProposalReturned",
    "RecordMeetingDecision",
    "ReferStepUp",
    "RejectProject",
    "RejectionNeedsDisagreement",
    "ReturnNeedsChanges",
    "ReturnProposal",
    "SecondReturnNeedsGuidance",
    "StepCompleted",
    "StepNotOpen",
    "StepOpened",
    "StepReferredUp",
    "StepStoppedByDisagreement",
    "decide",
    "evolve",
    "numbered",
    "refuse_other_meeting",
    "steps_from",
]

Event = steps.Event | signing.Event | meeting.Event | returns.Event
Command = signing.Command | meeting.Command | returns.Command


def decide(command: Command, state: State) -> list[Event]:
    """The events of a command on a proposal in approval."""
    require(state, "in_approval")
    if isinstance(command, signing.Command):
        return [*signing.give_opinion(command, state)]
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
    if isinstance(event, meeting.Event):
        return meeting.evolve(state, event)
    if isinstance(event, returns.Event):
        return returns.evolve(state, event)
    assert_never(event)
