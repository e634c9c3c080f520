"""What evaluation reads of the project's events: the same names, only the fields that a score needs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from services.evaluation.domain.heard import (
    approval,
    change,
    spread,
    supervision,
    work,
)

# whoever asks says `heard.StepOpened`, whatever its subject
from services.evaluation.domain.heard.approval import *  # noqa: F403
from services.evaluation.domain.heard.change import *  # noqa: F403
from services.evaluation.domain.heard.spread import *  # noqa: F403
from services.evaluation.domain.heard.supervision import *  # noqa: F403
from services.evaluation.domain.heard.values import *  # noqa: F403
from services.evaluation.domain.heard.work import *  # noqa: F403
from shared.domain import UnitId


@dataclass(frozen=True, slots=True)
class ProgrammePublished:
    version: str
    content: str  # JSON with a section `scheme`
    corrects: str = ""  # of a corrigendum: the version that reads like this from now on (R21)


@dataclass(frozen=True, slots=True)
class SecrecyReviewed:
    """No score depends on it: who audits under a mandate is given its part of a dossier after it (R74)."""

    purpose: str


@dataclass(frozen=True, slots=True)
class ItemResult:
    number: int
    matter: str
    result: str


@dataclass(frozen=True, slots=True)
class MeetingConfirmed:
    """By its items awards of a review are confirmed, or revoked, or a place moves up (R63, R65)."""

    meeting: str
    body: UnitId
    kind: str
    held_on: date
    minutes_number: str
    results: tuple[ItemResult, ...]


OfProject = approval.OfApproval | change.OfChange | spread.OfSpread | supervision.OfSupervision | work.OfWork
