"""What is read of a proposal on its way to a decision."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from services.notifications.domain.heard.values import NOBODY, Proposal, RequiredChange, Seat
from shared.domain import PersonId, UnitId


@dataclass(frozen=True, slots=True)
class Step:
    decides: str
    seats: tuple[Seat, ...]
    limit_working_days: int


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
class SecrecyReviewed:
    purpose: str


@dataclass(frozen=True, slots=True)
class FileSealed:
    reason: str


@dataclass(frozen=True, slots=True)
class TextWithdrawn:
    sha256: str
    reason: str


@dataclass(frozen=True, slots=True)
class FilingObjected:
    step: int
    seat: Seat
    reason: str
    to: tuple[Seat, ...]


@dataclass(frozen=True, slots=True)
class ObjectionAnswered:
    step: int
    stands: bool
    reason: str
    objectors: tuple[Seat, ...]


OfApproval = (
    ProposalDrafted
    | ProposalRevised
    | ProposalSubmitted
    | ProgrammeAdopted
    | ProposalWithdrawn
    | StepOpened
    | OpinionGiven
    | OpinionWithdrawn
    | SignerAdded
    | StepTransferred
    | DeciderUrged
    | StepCompleted
    | StepReferredUp
    | DeadlinePassed
    | MeetingDecided
    | ProposalReturned
    | ProposalAmended
    | ChangesConfirmed
    | ProjectApproved
    | ProjectRejected
    | FilingObjected
    | ObjectionAnswered
    | SecrecyReviewed
    | FileSealed
    | TextWithdrawn
)
