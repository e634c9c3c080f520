"""Of every event of projects and evaluation somebody is told, or it stands here why nobody is."""

from __future__ import annotations

from services.notifications.domain.gives import gives
from services.notifications.rulebook import default_rules
from tests.contracts.test_what_is_heard_is_said import SAID

NOBODY_IS_TOLD = {
    "Whoever it concerns is told by the event that opens or ends what it is a part of.": """
        ChangeMeetingDecided ChangeOpinionGiven ChangesConfirmed ClosureAssessed ClosureReviewed
        StepCompleted MeetingConvened MeetingConfirmed MeetingLapsed ItemReferredUp ItemNotApplied
        FilingEnded RuleForgone OutcomeNamed TieVoted ContentOpened BaselineConfirmed IndicatorRead
        InspectionHeld VisitCounted ProjectScored LotFixed RectificationPlanned PlanChanged
        TargetChanged TeamChanged PartnersChanged""",
    "It closes what somebody owed, and its author knows.": """
        ActRatified CustodianNamed DepartureAnswered ExplanationGiven FigureConfirmed
        FindingLookedBackAt FindingTurnedIntoSupport GuidanceGiven HandoverConfirmed HandoverSigned
        LateEntryAccepted PaperConfirmed SecrecyReviewed MilestoneReached TaskAccepted
        UnsealingAgreed UnsealingDeclined RatificationLapsed HandoverLapsed""",
    "It is its author's own work on their own record, and asks nothing of anybody.": """
        ActivityHeld EvidenceAttached ProblemRaised ProblemResolved ProgrammeDrafted
        SupplementDrafted ProposalDrafted ProposalRevised ProposalWithdrawn TaskAdded TaskSplit
        TaskClaimed TaskReleased ShowcaseHeld ExperienceShared ProgrammeAdopted PracticeAdopted
        AdoptionVerified PracticeInstitutionalised StageReviewed""",
    "Of a panel nothing is told but what is left to be done (R59, R68).": """
        JurorAdded JurorListed JurorStruck OrderDrawn PanelNamed PanelDissolved PanelOpened
        PanelSealed PanelSigned PlaceGiven RoundClosed ScorecardTyped TypingDiffered TurnBegan
        TurnEnded CollectionClosed NoticeClosed ProjectCollected ProjectLeftOut""",
    "It follows from something that was told, and moves a date or a figure that is shown beside it.": """
        ChangeDeadlineRecounted DeadlineRecounted LimitsPaused LimitsResumed LedgerLeft
        AdoptionCredited ClaimContended ScoreTextWithdrawn PlannedInspectionDropped""",
    "A look by audit and discipline is never told (never_sent).": "LookTaken",
    "Who holds an office is told by word and document, and stands in the organisation.": """
        OfficeAppointed AppointmentConfirmed OfficeEnded DeputyAppointed DeputyEnded""",
    "Somebody might want to know, and no rule says so yet.": """
        AppraisalAdjusted ChangeApproved ChangeRejected DecisionChangedByHigher ExtensionGranted
        FindingClosed LeadHandedOver PartnerJoined ProjectClosed ProjectResumed ProjectSuspended
        ReviewScoreAdjusted ScoreAdjusted SupportProvided VetoLifted VetoRecorded""",
}
REASONS = {event: reason for reason, events in NOBODY_IS_TOLD.items() for event in events.split()}
TOLD = {event for rule in default_rules().rules for event in rule.events}


def test_of_every_event_somebody_is_told_or_it_stands_why_nobody_is() -> None:
    assert SAID.keys() - TOLD - REASONS.keys() == set()


def test_no_event_is_told_and_has_a_reason_why_it_is_not() -> None:
    assert TOLD & REASONS.keys() == set()
    assert REASONS.keys() <= SAID.keys()


def test_an_event_has_one_reason() -> None:
    assert len(REASONS) == sum(len(events.split()) for events in NOBODY_IS_TOLD.values())


def test_every_event_that_gives_something_is_told_by_a_rule() -> None:
    assert {event for event, _ in gives(frozenset())} <= TOLD
