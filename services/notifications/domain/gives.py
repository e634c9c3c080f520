"""What each event gives its rules: facts for texts, whom it can address, whether it names a day.

It is the same as what the notices are made of; a test makes notices of every event and compares.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

# Words of the table for several recipients.
OF_PROJECT = "leading_secretary indicator_holder lead team members partner_secretary party_department holder"
SEVERAL = {
    "PROJECT": OF_PROJECT,  # whatever happens to it
    "ASKED": f"{OF_PROJECT} addressed_office",
    "FOUND": f"{OF_PROJECT} inspector rectifying_person",
    "UNITS": "branch_secretary members party_department party_secretary",  # of all below one
}

# event | the rule's `if` (several where it gives the same) | facts | whom it can address | a day
TABLE = """
ProposalSubmitted |  | title unit | PROJECT secrecy_reviewer | due
StepOpened | , meeting, filing | title step due body | ASKED | due
SignerAdded |  | title step due | ASKED | due
StepTransferred |  | title step due | ASKED | due
OpinionWithdrawn |  | title step due | ASKED | due
DeciderUrged |  | title step unit | ASKED |
OpinionGiven | with_changes | title n | PROJECT |
MeetingDecided | with_changes | title n | PROJECT |
ProposalAmended |  | title step due | ASKED | due
StepReferredUp |  | title reason | PROJECT new_office | due
DeadlinePassed |  | title due | ASKED |
ProposalReturned |  | title n due | PROJECT | due
ProjectApproved |  | title number | PROJECT |
ProjectRejected |  | title reason | PROJECT |
FilingObjected |  | title unit reason due | ASKED | due
ObjectionAnswered | , needs_change | title reason | ASKED |
FileSealed |  | title reason | PROJECT |
TextWithdrawn |  | title reason | PROJECT |
TaskAssigned |  | title task standard due | PROJECT assignee | due
TaskOffered |  | title task due | PROJECT circle | due
ClaimGranted |  | title task name reason | PROJECT claimants |
ClaimExpired |  | title task | PROJECT |
ClaimLapsed |  | title task reason n | PROJECT |
TaskCompleted |  | title task | PROJECT accepting_person |
TaskSentBack |  | title task reason | PROJECT assignee |
FigureToConfirm |  | title indicator period unit unit_of_measure value | PROJECT source_department | due
FigureDisputed |  | title indicator period unit_of_measure reason | PROJECT |
ReadingDue |  | title indicator period unit_of_measure due | PROJECT | due
ItemDueSoon | , leader | title item due | PROJECT | due
ItemOverdue |  | title item due n | PROJECT | due
MilestoneMissed |  | title item due n | PROJECT | due
FindingRecorded |  | title n due | FOUND | due
FindingReopened |  | title n due | FOUND | due
FindingUpheld |  | title n due reason | FOUND | due
FindingDisputed |  | title unit reason due | ASKED | due
FindingWithdrawn |  | title reason | PROJECT inspector |
RectificationReported |  | title unit due | PROJECT inspector | due
LookBackDue |  | title unit finding | PROJECT inspector | due
MidtermChecked | on_plan, needs_help, needs_change | title reason | PROJECT |
SupportRequested |  | title unit matter due | ASKED | due
SupportDecided |  | title matter reason n due | PROJECT rectifying_person | due
SupportDecided | granted, declined | title matter reason | PROJECT |
ArchiveDue |  | title due | PROJECT | due
ArchiveHandedOver |  | title | PROJECT archivist |
ArchiveSentBack |  | title reason | PROJECT |
ProjectArchived |  | title number | PROJECT |
SupplementArchived |  | title number | PROJECT |
ChangeRequested |  | title n | ASKED |
ChangeStepOpened | , meeting, filing | title step due body | ASKED | due
ChangeSignerAdded |  | title step due | ASKED | due
ChangeStepTransferred |  | title step due | ASKED | due
ChangeOpinionWithdrawn |  | title step due | ASKED | due
ChangeDeciderUrged |  | title step unit | ASKED |
ChangeDeadlinePassed |  | title due | ASKED |
ChangeReferredUp |  | title reason | PROJECT new_office | due
VersionMoved | ordered | title document parts programme | PROJECT |
LeadMoved |  | title unit | PROJECT |
TeamFormed |  | title item | PROJECT |
TeamStoodDown |  | title reason | PROJECT |
SuspensionOverran |  | title due | PROJECT |
ProjectTerminated |  | title reason | PROJECT |
ClosureRequested |  | title n | PROJECT closing_bodies | due
ClosureReturned |  | title n due | PROJECT | due
PracticeRecommended |  | title unit | ASKED secrecy_reviewer |
PracticeListed |  | title kinds | PROJECT comparable_units |
PracticeDeclined |  | title reason | PROJECT |
PartnerInvited |  | title unit matter | ASKED |
PartnerLeft |  | title unit reason due | PROJECT | due
PaperEntered |  | title name date due | PROJECT whose_act | due
LateEntryToAccept |  | title date due | ASKED | due
PaperDenied |  | title date reason | PROJECT who_entered |
PaperLeftUnconfirmed |  | title date | PROJECT who_entered |
DetachedActivityFound |  | title n indicator | PROJECT |
ScoreFixed |  | title score n due | PROJECT | due
MeetingRecorded |  | meeting | chair_of_meeting |
InspectionPlanned |  | date unit | leading_secretary |
ProgrammePublished |  | programme in_force n | UNITS |
SupplementPublished |  | programme in_force n | UNITS |
VacancyRecorded |  | unit office | party_department | due
HandoverOpened |  | unit office n due | outgoing incoming witness | due
HandoverListDrawnUp |  | unit office n due | outgoing incoming witness | due
HandoverOverdue |  | unit office due | party_department |
ActsToRatify |  | from to n | right_holder | due
RatificationOverdue |  | unit office n due | party_department |
CycleOpened |  | unit year from to | UNITS |
AllocationRun |  | unit year n | running |
NoticeOpened |  | unit year due | UNITS |
NoticeOpened | awarded | title unit year due award | PROJECT |
AwardObjectionFiled |  | unit year due | discipline_officer | due
AwardObjectionFiled | unnamed | unit year | discipline_officer |
ResultHeld |  | title unit year due | PROJECT |
HoldEnded |  | title unit year | PROJECT |
AwardsConfirmed |  | title unit year award number | PROJECT |
ProjectMovedUp |  | title unit year award number | PROJECT |
AwardRevoked |  | title unit year award number reason | PROJECT |
AwardObjectionAnswered |  | unit year | running |
ReviewScoreFixed |  | title score due | PROJECT | due
AppealFiled |  | title unit due | PROJECT running addressed_office | due
AppealAnswered | granted, declined | title reason | PROJECT |
UnsealingAsked |  | unit | discipline_officer addressed_office |
AppraisalIssued |  | unit year | branch_secretary |
DeliveryFailed |  | name item | office_above |
"""
# Whatever happens in a panel may leave each of these to be done (domain/panel.py).
PANEL_TABLE = """
 |  | track round due n | juror | due
 | lacking | track round due n | running |
 | complete | track round due | chair clerk supervisor |
"""


@dataclass(frozen=True, slots=True)
class Gives:
    """What an event gives under one condition."""

    event: str
    condition: str
    facts: frozenset[str]
    to: frozenset[str]
    due: bool


def _read(table: str) -> list[Gives]:
    found = []
    for line in table.strip("\n").splitlines():
        event, conditions, facts, to, due = (part.strip() for part in line.split("|"))
        for condition in conditions.split(","):
            people = " ".join(SEVERAL.get(word, word) for word in to.split())
            words = frozenset(facts.split()), frozenset(people.split())
            found.append(Gives(event, condition.strip(), *words, due == "due"))
    return found


def gives(panel_events: frozenset[str]) -> dict[tuple[str, str], Gives]:
    """By event and condition; `panel_events` are those of a panel, by name."""
    of_panels = (replace(one, event=event) for event in panel_events for one in _read(PANEL_TABLE))
    return {(one.event, one.condition): one for one in (*_read(TABLE), *of_panels)}
