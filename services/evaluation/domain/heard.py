"""What evaluation reads of the project's events: the same names, only the fields that a score needs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from shared.domain import PersonId, UnitId

NOBODY = PersonId("")  # what an event of before this was kept names


@dataclass(frozen=True, slots=True)
class Seat:
    office: str
    unit: UnitId


@dataclass(frozen=True, slots=True)
class Step:
    seats: tuple[Seat, ...]


@dataclass(frozen=True, slots=True)
class RequiredChange:
    confirmer: Seat | None


@dataclass(frozen=True, slots=True)
class Member:
    person: PersonId


@dataclass(frozen=True, slots=True)
class Team:
    members: tuple[Member, ...]


@dataclass(frozen=True, slots=True)
class Partner:
    unit: UnitId | None


@dataclass(frozen=True, slots=True)
class Milestone:
    code: str
    title: str
    due: date
    weight: Decimal


@dataclass(frozen=True, slots=True)
class Indicator:
    code: str
    name: str
    kind: Literal["raise", "lower", "keep_at_most", "keep_at_least", "by_date"]
    source: Seat
    baseline: Decimal | None
    target: Decimal | None
    due: date | None
    weight: Decimal


@dataclass(frozen=True, slots=True)
class Proposal:
    title: str
    track: str
    plan: tuple[Milestone, ...]
    targets: tuple[Indicator, ...]
    team: Team
    partners: tuple[Partner, ...]


@dataclass(frozen=True, slots=True)
class NewDate:
    subject: Literal["milestone", "task", "finding", "indicator"]
    code: str
    due: date


@dataclass(frozen=True, slots=True)
class Mark:
    criterion: str
    points: Decimal


@dataclass(frozen=True, slots=True)
class ProposalDrafted:
    reference: str
    company: UnitId
    unit: UnitId
    lead: PersonId
    proposer: PersonId
    title: str
    track: str


@dataclass(frozen=True, slots=True)
class ProposalRevised:
    proposal: Proposal
    person: PersonId = NOBODY


@dataclass(frozen=True, slots=True)
class ProposalSubmitted:
    programme: str
    proposer: PersonId
    proposal: Proposal
    route: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class StepOpened:
    step: int
    seats: tuple[Seat, ...]


@dataclass(frozen=True, slots=True)
class StepReferredUp:
    step: int
    seats: tuple[Seat, ...]


@dataclass(frozen=True, slots=True)
class OpinionGiven:
    changes: tuple[RequiredChange, ...]


@dataclass(frozen=True, slots=True)
class SignerAdded:
    step: int
    signer: Seat


@dataclass(frozen=True, slots=True)
class DecisionChangedByHigher:
    step: int


@dataclass(frozen=True, slots=True)
class MeetingDecided:
    changes: tuple[RequiredChange, ...]


@dataclass(frozen=True, slots=True)
class ProposalAmended:
    proposal: Proposal
    person: PersonId = NOBODY


@dataclass(frozen=True, slots=True)
class ChangeRequested:
    person: PersonId = NOBODY
    deciders: tuple[Seat, ...] = ()


@dataclass(frozen=True, slots=True)
class ProgrammeAdopted:
    programme: str


@dataclass(frozen=True, slots=True)
class PartMoved:
    part: str
    after: str


@dataclass(frozen=True, slots=True)
class VersionMoved:
    parts: tuple[PartMoved, ...]


@dataclass(frozen=True, slots=True)
class ProposalWithdrawn:
    pass


@dataclass(frozen=True, slots=True)
class ProposalReturned:
    step: int
    rerun: bool


@dataclass(frozen=True, slots=True)
class ProjectRejected:
    pass


@dataclass(frozen=True, slots=True)
class ProjectApproved:
    programme: str
    company: UnitId
    unit: UnitId
    proposal: Proposal


@dataclass(frozen=True, slots=True)
class PlanChanged:
    plan: tuple[Milestone, ...]


@dataclass(frozen=True, slots=True)
class TargetChanged:
    targets: tuple[Indicator, ...]


@dataclass(frozen=True, slots=True)
class TeamChanged:
    team: Team


@dataclass(frozen=True, slots=True)
class LeadHandedOver:
    from_person: PersonId
    to_person: PersonId


@dataclass(frozen=True, slots=True)
class ExtensionGranted:
    milestone: str
    due: date


@dataclass(frozen=True, slots=True)
class MilestoneReached:
    milestone: str
    on: date


@dataclass(frozen=True, slots=True)
class BaselineConfirmed:
    indicator: str


@dataclass(frozen=True, slots=True)
class IndicatorRead:
    indicator: str


@dataclass(frozen=True, slots=True)
class FigureConfirmed:
    indicator: str
    period: str
    value: Decimal
    on: date


@dataclass(frozen=True, slots=True)
class TaskAdded:
    task: str
    title: str
    due: date
    weight: Decimal


@dataclass(frozen=True, slots=True)
class TaskAssigned:
    task: str
    person: PersonId


@dataclass(frozen=True, slots=True)
class TaskOffered:
    task: str
    circle: tuple[UnitId, ...]


@dataclass(frozen=True, slots=True)
class ClaimGranted:
    task: str
    person: PersonId


@dataclass(frozen=True, slots=True)
class ClaimExpired:
    task: str


@dataclass(frozen=True, slots=True)
class TaskReleased:
    task: str


@dataclass(frozen=True, slots=True)
class TaskCompleted:
    task: str
    on: date


@dataclass(frozen=True, slots=True)
class TaskAccepted:
    task: str


@dataclass(frozen=True, slots=True)
class TaskSentBack:
    task: str


@dataclass(frozen=True, slots=True)
class FindingRecorded:
    finding: str
    text: str
    due: date


@dataclass(frozen=True, slots=True)
class RectificationReported:
    finding: str
    on: date


@dataclass(frozen=True, slots=True)
class FindingClosed:
    finding: str
    on: date


@dataclass(frozen=True, slots=True)
class FindingReopened:
    finding: str
    due: date


@dataclass(frozen=True, slots=True)
class PaperEntered:
    entry: str
    subject: str
    code: str
    person: PersonId


@dataclass(frozen=True, slots=True)
class PaperDenied:
    entry: str


@dataclass(frozen=True, slots=True)
class LateEntryAccepted:
    entry: str
    on: date


@dataclass(frozen=True, slots=True)
class FindingDisputed:
    finding: str
    of: Seat


@dataclass(frozen=True, slots=True)
class FindingUpheld:
    finding: str
    due: date


@dataclass(frozen=True, slots=True)
class FindingWithdrawn:
    finding: str


@dataclass(frozen=True, slots=True)
class PartnersChanged:
    partners: tuple[Partner, ...]


@dataclass(frozen=True, slots=True)
class PartnerInvited:
    partner: Partner


@dataclass(frozen=True, slots=True)
class PartnerJoined:
    partner: Partner


@dataclass(frozen=True, slots=True)
class PartnerLeft:
    partner: Partner


@dataclass(frozen=True, slots=True)
class SupportRequested:
    support: str
    of: Seat


@dataclass(frozen=True, slots=True)
class FindingTurnedIntoSupport:
    finding: str


@dataclass(frozen=True, slots=True)
class SupportDecided:
    finding: str
    finding_due: date | None


@dataclass(frozen=True, slots=True)
class ProjectSuspended:
    on: date


@dataclass(frozen=True, slots=True)
class ProjectResumed:
    dates: tuple[NewDate, ...]


@dataclass(frozen=True, slots=True)
class LimitsPaused:
    dates: tuple[NewDate, ...]


@dataclass(frozen=True, slots=True)
class LimitsResumed:
    dates: tuple[NewDate, ...]


@dataclass(frozen=True, slots=True)
class ProjectTerminated:
    on: date


@dataclass(frozen=True, slots=True)
class ClosureRequested:
    on: date
    first_key: tuple[Seat, ...]
    person: PersonId = NOBODY


@dataclass(frozen=True, slots=True)
class ClosureReturned:
    pass


@dataclass(frozen=True, slots=True)
class ClosureAssessed:
    marks: tuple[Mark, ...]
    unit: str = ""  # none in old events


@dataclass(frozen=True, slots=True)
class ProjectClosed:
    on: date


@dataclass(frozen=True, slots=True)
class ProjectArchived:
    pass


@dataclass(frozen=True, slots=True)
class ProgrammePublished:
    version: str
    content: str  # JSON with a section `scheme`
    corrects: str = ""  # of a corrigendum: the version that reads like this from now on (R21)


OfProject = (
    ProposalDrafted
    | ProposalRevised
    | ProposalSubmitted
    | StepOpened
    | StepReferredUp
    | OpinionGiven
    | SignerAdded
    | DecisionChangedByHigher
    | MeetingDecided
    | ProposalAmended
    | ProposalWithdrawn
    | ProgrammeAdopted
    | VersionMoved
    | ProposalReturned
    | ProjectRejected
    | ProjectApproved
    | ChangeRequested
    | PlanChanged
    | TargetChanged
    | TeamChanged
    | LeadHandedOver
    | ExtensionGranted
    | MilestoneReached
    | BaselineConfirmed
    | IndicatorRead
    | FigureConfirmed
    | TaskAdded
    | TaskAssigned
    | TaskOffered
    | ClaimGranted
    | ClaimExpired
    | TaskReleased
    | TaskCompleted
    | TaskAccepted
    | TaskSentBack
    | FindingRecorded
    | RectificationReported
    | FindingClosed
    | FindingReopened
    | PaperEntered
    | PaperDenied
    | LateEntryAccepted
    | FindingDisputed
    | FindingUpheld
    | FindingWithdrawn
    | PartnersChanged
    | PartnerInvited
    | PartnerJoined
    | PartnerLeft
    | SupportRequested
    | FindingTurnedIntoSupport
    | SupportDecided
    | ProjectSuspended
    | ProjectResumed
    | LimitsPaused
    | LimitsResumed
    | ProjectTerminated
    | ClosureRequested
    | ClosureReturned
    | ClosureAssessed
    | ProjectClosed
    | ProjectArchived
)
