"""What an event is about within its project."""

from __future__ import annotations

from services.notifications.domain import heard
from services.notifications.domain.notice.words import CHANGES

TIES = "ties"  # of a run of the allocation


def subject_of(event: heard.Heard) -> str:
    """What an event is about within its project; "" for the proposal or the project as a whole."""
    match event:
        case (
            heard.StepOpened()
            | heard.OpinionGiven()
            | heard.OpinionWithdrawn()
            | heard.SignerAdded()
            | heard.StepTransferred()
            | heard.DeciderUrged()
            | heard.StepCompleted()
            | heard.StepReferredUp()
            | heard.DeadlinePassed()
            | heard.MeetingDecided()
            | heard.FilingObjected()
            | heard.ObjectionAnswered()
        ):
            return f"step/{event.step}"
        case heard.ProposalAmended() | heard.ChangesConfirmed():
            return CHANGES
        case (
            heard.TaskAdded()
            | heard.TaskAssigned()
            | heard.TaskOffered()
            | heard.ClaimGranted()
            | heard.TaskSplit()
            | heard.ClaimExpired()
            | heard.ClaimLapsed()
            | heard.TaskReleased()
            | heard.TaskCompleted()
            | heard.TaskAccepted()
            | heard.TaskSentBack()
        ):
            return f"task/{event.task}"
        case heard.ItemDueSoon() | heard.ItemOverdue() | heard.ExplanationGiven():
            return f"{event.subject}/{event.code}"
        case heard.MilestoneMissed() | heard.MilestoneReached():
            return f"milestone/{event.milestone}"
        case heard.ReadingDue() | heard.FigureToConfirm() | heard.FigureConfirmed() | heard.FigureDisputed():
            return f"figure/{event.indicator}/{event.period}"
        case (
            heard.FindingRecorded()
            | heard.RectificationPlanned()
            | heard.RectificationReported()
            | heard.FindingClosed()
            | heard.FindingReopened()
            | heard.LookBackDue()
            | heard.FindingLookedBackAt()
            | heard.FindingTurnedIntoSupport()
            | heard.FindingDisputed()
            | heard.FindingUpheld()
            | heard.FindingWithdrawn()
        ):
            return f"finding/{event.finding}"
        case heard.PracticeRecommended() | heard.PracticeListed() | heard.PracticeDeclined():
            return "practice"
        case heard.PartnerInvited() | heard.PartnerJoined() | heard.PartnerLeft():
            return f"partner/{event.partner.key}"
        case heard.DepartureAnswered():
            return f"partner/{event.partner}"
        case (
            heard.PaperEntered()
            | heard.LateEntryToAccept()
            | heard.PaperConfirmed()
            | heard.PaperDenied()
            | heard.PaperLeftUnconfirmed()
            | heard.LateEntryAccepted()
        ):
            return f"paper/{event.entry}"
        case heard.SupportRequested() | heard.SupportDecided() | heard.SupportProvided():
            return f"support/{event.support}"
        case (
            heard.ChangeRequested()
            | heard.ChangeStepOpened()
            | heard.ChangeOpinionGiven()
            | heard.ChangeOpinionWithdrawn()
            | heard.ChangeSignerAdded()
            | heard.ChangeStepTransferred()
            | heard.ChangeDeciderUrged()
            | heard.ChangeDeadlinePassed()
            | heard.ChangeMeetingDecided()
            | heard.ChangeReferredUp()
            | heard.ChangeApproved()
            | heard.ChangeRejected()
        ):
            return f"change/{event.change}"
        case (
            heard.ClosureRequested()
            | heard.ClosureReviewed()
            | heard.ClosureAssessed()
            | heard.ClosureReturned()
        ):
            return "closure"
        case heard.MidtermChecked():
            return "midterm"
        case (
            heard.MeetingConvened()
            | heard.MeetingRecorded()
            | heard.MeetingConfirmed()
            | heard.MeetingLapsed()
        ):
            return f"meeting/{event.meeting}"
        case heard.InspectionPlanned():
            return f"inspection/{event.inspection}"
        case heard.AwardObjectionFiled() | heard.AwardObjectionAnswered():
            return f"objection/{event.number}"
        case heard.AllocationRun() | heard.TieVoted():
            return TIES
        case heard.AppealFiled() | heard.AppealAnswered():
            return f"appeal/{event.about}/{event.review}"
        case heard.UnsealingAsked() | heard.UnsealingAgreed() | heard.UnsealingDeclined():
            return f"unsealing/{event.number}"
        case _:
            return ""
