"""What notifications reads of others' events: the same names, only the fields that telling needs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from shared.domain import PersonId, UnitId

NOBODY = PersonId("")  # what an event of before this was kept names


@dataclass(frozen=True, slots=True)
class Seat:
    office: str
    unit: UnitId


def name_of(seat: Seat) -> str:
    """A seat as text."""
    return f"{seat.office}@{seat.unit}"


@dataclass(frozen=True, slots=True)
class Member:
    person: PersonId


@dataclass(frozen=True, slots=True)
class Team:
    members: tuple[Member, ...]


@dataclass(frozen=True, slots=True)
class Partner:
    unit: UnitId | None
    name: str = ""

    @property
    def key(self) -> str:
        return self.unit or self.name


@dataclass(frozen=True, slots=True)
class Indicator:
    code: str
    name: str
    unit: str  # of measure


@dataclass(frozen=True, slots=True)
class Proposal:
    title: str
    targets: tuple[Indicator, ...]
    team: Team
    partners: tuple[Partner, ...]


@dataclass(frozen=True, slots=True)
class Step:
    decides: str
    seats: tuple[Seat, ...]
    limit_working_days: int


@dataclass(frozen=True, slots=True)
class RequiredChange:
    number: int
    confirmer: Seat | None


@dataclass(frozen=True, slots=True)
class ProposalDrafted:
    company: UnitId
    unit: UnitId
    leader: str
    lead: PersonId
    proposer: PersonId
    title: str


@dataclass(frozen=True, slots=True)
class ProposalRevised:
    person: PersonId = NOBODY


@dataclass(frozen=True, slots=True)
class ProposalSubmitted:
    round: int
    proposer: PersonId
    proposal: Proposal
    route: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class ProgrammeAdopted:
    programme: str


@dataclass(frozen=True, slots=True)
class ProposalWithdrawn:
    pass


@dataclass(frozen=True, slots=True)
class StepOpened:
    step: int
    name: str
    seats: tuple[Seat, ...]
    decides: str
    due: date | None


@dataclass(frozen=True, slots=True)
class OpinionGiven:
    step: int
    seat: Seat
    opinion: str
    changes: tuple[RequiredChange, ...]


@dataclass(frozen=True, slots=True)
class OpinionWithdrawn:
    step: int
    seat: Seat
    numbers: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class SignerAdded:
    step: int
    signer: Seat


@dataclass(frozen=True, slots=True)
class StepTransferred:
    step: int
    seat: Seat
    to: PersonId


@dataclass(frozen=True, slots=True)
class DeciderUrged:
    step: int
    name: str
    seats: tuple[Seat, ...]


@dataclass(frozen=True, slots=True)
class StepCompleted:
    step: int


@dataclass(frozen=True, slots=True)
class StepReferredUp:
    step: int
    seats: tuple[Seat, ...]
    reason: str
    due: date | None
    stays: tuple[Seat, ...] = ()  # of the seats those whose word stands


@dataclass(frozen=True, slots=True)
class DeadlinePassed:
    step: int
    due: date
    decides: str
    late: tuple[Seat, ...]


@dataclass(frozen=True, slots=True)
class SuspensionOverran:
    until: date


@dataclass(frozen=True, slots=True)
class MeetingDecided:
    step: int
    result: str
    changes: tuple[RequiredChange, ...]


@dataclass(frozen=True, slots=True)
class ProposalReturned:
    step: int
    changes: tuple[RequiredChange, ...]
    rerun: bool


@dataclass(frozen=True, slots=True)
class ProposalAmended:
    proposal: Proposal
    person: PersonId = NOBODY


@dataclass(frozen=True, slots=True)
class ChangesConfirmed:
    numbers: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ProjectApproved:
    number: str
    proposal: Proposal


@dataclass(frozen=True, slots=True)
class ProjectRejected:
    reason: str


@dataclass(frozen=True, slots=True)
class TeamChanged:
    team: Team


@dataclass(frozen=True, slots=True)
class TargetChanged:
    targets: tuple[Indicator, ...]


@dataclass(frozen=True, slots=True)
class LeadHandedOver:
    to_person: PersonId


@dataclass(frozen=True, slots=True)
class TaskAdded:
    task: str
    title: str
    standard: str
    due: date


@dataclass(frozen=True, slots=True)
class TaskAssigned:
    task: str
    person: PersonId


@dataclass(frozen=True, slots=True)
class TaskOffered:
    task: str
    circle: tuple[UnitId, ...]
    window_ends: date


@dataclass(frozen=True, slots=True)
class ClaimGranted:
    task: str
    person: PersonId
    declined: tuple[PersonId, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class ClaimExpired:
    task: str


@dataclass(frozen=True, slots=True)
class TaskReleased:
    task: str
    person: PersonId


@dataclass(frozen=True, slots=True)
class TaskCompleted:
    task: str
    person: PersonId


@dataclass(frozen=True, slots=True)
class TaskAccepted:
    task: str


@dataclass(frozen=True, slots=True)
class TaskSentBack:
    task: str
    person: PersonId
    reason: str


@dataclass(frozen=True, slots=True)
class FigureToConfirm:
    indicator: str
    period: str
    value: Decimal
    source: Seat


@dataclass(frozen=True, slots=True)
class FigureConfirmed:
    indicator: str
    period: str


@dataclass(frozen=True, slots=True)
class FigureDisputed:
    indicator: str
    period: str
    reason: str


@dataclass(frozen=True, slots=True)
class FindingRecorded:
    finding: str
    unit: UnitId
    found_by: PersonId


@dataclass(frozen=True, slots=True)
class RectificationPlanned:
    finding: str


@dataclass(frozen=True, slots=True)
class RectificationReported:
    finding: str


@dataclass(frozen=True, slots=True)
class FindingClosed:
    finding: str


@dataclass(frozen=True, slots=True)
class FindingReopened:
    finding: str


@dataclass(frozen=True, slots=True)
class FindingDisputed:
    finding: str
    reason: str
    of: Seat
    due: date


@dataclass(frozen=True, slots=True)
class FindingUpheld:
    finding: str
    reason: str


@dataclass(frozen=True, slots=True)
class FindingWithdrawn:
    finding: str
    reason: str


@dataclass(frozen=True, slots=True)
class PracticeRecommended:
    of: Seat


@dataclass(frozen=True, slots=True)
class PracticeListed:
    pass


@dataclass(frozen=True, slots=True)
class PartnerInvited:
    partner: Partner
    brings: str
    of: Seat


@dataclass(frozen=True, slots=True)
class PartnerJoined:
    partner: Partner


@dataclass(frozen=True, slots=True)
class PartnerLeft:
    partner: Partner
    reason: str
    answer_by: date | None


@dataclass(frozen=True, slots=True)
class DepartureAnswered:
    partner: str


@dataclass(frozen=True, slots=True)
class PartnersChanged:
    partners: tuple[Partner, ...]


@dataclass(frozen=True, slots=True)
class Paper:
    on: date
    entered_by: PersonId
    confirm_by: date | None


@dataclass(frozen=True, slots=True)
class PaperEntered:
    entry: str
    person: PersonId
    paper: Paper


@dataclass(frozen=True, slots=True)
class LateEntryToAccept:
    entry: str
    on: date
    until: date


@dataclass(frozen=True, slots=True)
class SecrecyReviewed:
    purpose: str


@dataclass(frozen=True, slots=True)
class FileSealed:
    reason: str


@dataclass(frozen=True, slots=True)
class PaperConfirmed:
    entry: str


@dataclass(frozen=True, slots=True)
class PaperDenied:
    entry: str
    reason: str


@dataclass(frozen=True, slots=True)
class PaperLeftUnconfirmed:
    entry: str


@dataclass(frozen=True, slots=True)
class LateEntryAccepted:
    entry: str


@dataclass(frozen=True, slots=True)
class GuidanceGiven:
    pass


@dataclass(frozen=True, slots=True)
class TeamFormed:
    name: str


@dataclass(frozen=True, slots=True)
class TeamStoodDown:
    reason: str


@dataclass(frozen=True, slots=True)
class MidtermChecked:
    result: str
    note: str


@dataclass(frozen=True, slots=True)
class SupportRequested:
    support: str
    matter: str
    of: Seat
    due: date


@dataclass(frozen=True, slots=True)
class FindingTurnedIntoSupport:
    finding: str


@dataclass(frozen=True, slots=True)
class SupportDecided:
    support: str
    granted: bool
    note: str
    finding: str
    finding_due: date | None


@dataclass(frozen=True, slots=True)
class SupportProvided:
    support: str


@dataclass(frozen=True, slots=True)
class Alteration:
    plan: tuple[object, ...] | None
    targets: tuple[object, ...] | None
    team: object | None
    partners: tuple[object, ...] | None = None


@dataclass(frozen=True, slots=True)
class ChangeRequested:
    change: str
    alteration: Alteration
    person: PersonId = NOBODY


@dataclass(frozen=True, slots=True)
class ChangeApproved:
    change: str


@dataclass(frozen=True, slots=True)
class ChangeRejected:
    change: str


@dataclass(frozen=True, slots=True)
class ClosureRequested:
    first_key: tuple[Seat, ...]
    person: PersonId = NOBODY


@dataclass(frozen=True, slots=True)
class ClosureReviewed:
    seat: Seat


@dataclass(frozen=True, slots=True)
class ClosureAssessed:
    pass


@dataclass(frozen=True, slots=True)
class ClosureReturned:
    changes: tuple[RequiredChange, ...]


@dataclass(frozen=True, slots=True)
class ProjectClosed:
    pass


@dataclass(frozen=True, slots=True)
class ProjectTerminated:
    pass


@dataclass(frozen=True, slots=True)
class MeetingConvened:
    meeting: str
    chair: PersonId


@dataclass(frozen=True, slots=True)
class MeetingRecorded:
    meeting: str
    minutes_number: str


@dataclass(frozen=True, slots=True)
class MeetingConfirmed:
    meeting: str


@dataclass(frozen=True, slots=True)
class InspectionPlanned:
    unit: UnitId
    leader: str
    inspection: str
    on: date


@dataclass(frozen=True, slots=True)
class ScoreFixed:
    project: str
    total: Decimal
    losses: int
    appeal_until: date


@dataclass(frozen=True, slots=True)
class Changed:
    place: str


@dataclass(frozen=True, slots=True)
class ProgrammePublished:
    version: str
    in_force: date
    changes: tuple[Changed, ...] = ()


@dataclass(frozen=True, slots=True)
class SupplementPublished:
    company: UnitId
    document: str
    in_force: date
    changes: tuple[Changed, ...] = ()


OfRules = ProgrammePublished | SupplementPublished


@dataclass(frozen=True, slots=True)
class Parties:
    office: str
    unit: UnitId
    company: UnitId
    outgoing: PersonId
    incoming: PersonId


@dataclass(frozen=True, slots=True)
class HandoverOpened:
    parties: Parties
    due: date
    count: int


@dataclass(frozen=True, slots=True)
class HandoverListDrawnUp:
    parties: Parties
    due: date
    count: int


@dataclass(frozen=True, slots=True)
class HandoverSigned:
    parties: Parties
    role: str
    person: PersonId


@dataclass(frozen=True, slots=True)
class HandoverConfirmed:
    parties: Parties


@dataclass(frozen=True, slots=True)
class HandoverOverdue:
    parties: Parties
    due: date


def witness_of(parties: Parties) -> Seat:
    """Where one of the party department is to witness it."""
    return Seat("party_department", parties.company)


@dataclass(frozen=True, slots=True)
class VacancyRecorded:
    office: str
    unit: UnitId


@dataclass(frozen=True, slots=True)
class CustodianNamed:
    office: str
    unit: UnitId


@dataclass(frozen=True, slots=True)
class OfficeAppointed:
    office: str
    unit: UnitId


@dataclass(frozen=True, slots=True)
class Whose:
    office: str
    unit: UnitId
    company: UnitId
    holder: PersonId


@dataclass(frozen=True, slots=True)
class ActsToRatify:
    whose: Whose
    since: date
    until: date
    due: date
    count: int


@dataclass(frozen=True, slots=True)
class ActRatified:
    left: int


@dataclass(frozen=True, slots=True)
class RatificationOverdue:
    whose: Whose
    due: date
    count: int


OfRatification = ActsToRatify | ActRatified | RatificationOverdue
OfVacancy = VacancyRecorded | CustodianNamed | OfficeAppointed
OfHandover = HandoverOpened | HandoverListDrawnUp | HandoverSigned | HandoverConfirmed | HandoverOverdue
OfMeeting = MeetingConvened | MeetingRecorded | MeetingConfirmed
OfVisits = InspectionPlanned
OfEvaluation = ScoreFixed
OfProject = (
    ProposalDrafted
    | ProposalRevised
    | ProposalSubmitted
    | ProposalWithdrawn
    | ProgrammeAdopted
    | StepOpened
    | OpinionGiven
    | OpinionWithdrawn
    | SignerAdded
    | StepTransferred
    | DeciderUrged
    | StepCompleted
    | StepReferredUp
    | MeetingDecided
    | ProposalReturned
    | ProposalAmended
    | ChangesConfirmed
    | ProjectApproved
    | ProjectRejected
    | TeamChanged
    | TargetChanged
    | LeadHandedOver
    | TaskAdded
    | TaskAssigned
    | TaskOffered
    | ClaimGranted
    | ClaimExpired
    | TaskReleased
    | TaskCompleted
    | TaskAccepted
    | TaskSentBack
    | FigureToConfirm
    | FigureConfirmed
    | FigureDisputed
    | FindingRecorded
    | RectificationPlanned
    | RectificationReported
    | FindingClosed
    | FindingReopened
    | FindingDisputed
    | FindingUpheld
    | FindingWithdrawn
    | PracticeRecommended
    | PracticeListed
    | PartnerInvited
    | PartnerJoined
    | PartnerLeft
    | DepartureAnswered
    | PartnersChanged
    | GuidanceGiven
    | TeamFormed
    | TeamStoodDown
    | MidtermChecked
    | SupportRequested
    | FindingTurnedIntoSupport
    | SupportDecided
    | SupportProvided
    | SecrecyReviewed
    | FileSealed
    | PaperEntered
    | LateEntryToAccept
    | PaperConfirmed
    | PaperDenied
    | PaperLeftUnconfirmed
    | LateEntryAccepted
    | ChangeRequested
    | ChangeApproved
    | ChangeRejected
    | ClosureRequested
    | ClosureReviewed
    | ClosureAssessed
    | ClosureReturned
    | ProjectClosed
    | ProjectTerminated
    | DeadlinePassed
    | SuspensionOverran
)
Heard = OfProject | OfRules | OfMeeting | OfVisits | OfHandover | OfVacancy | OfRatification | OfEvaluation
