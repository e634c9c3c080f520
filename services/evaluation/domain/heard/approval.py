"""What is read of proposals and of their approval."""

from __future__ import annotations

from dataclasses import dataclass

from services.evaluation.domain.heard.values import NOBODY, Proposal, RequiredChange, Seat, Step
from shared.domain import PersonId, UnitId


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
    body: tuple[PersonId, ...] = ()  # none in old events


@dataclass(frozen=True, slots=True)
class ProposalAmended:
    proposal: Proposal
    person: PersonId = NOBODY


@dataclass(frozen=True, slots=True)
class ProgrammeAdopted:
    programme: str


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
class TextWithdrawn:
    sha256: str


OfApproval = (
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
    | ProgrammeAdopted
    | ProposalWithdrawn
    | ProposalReturned
    | ProjectRejected
    | ProjectApproved
    | TextWithdrawn
)
