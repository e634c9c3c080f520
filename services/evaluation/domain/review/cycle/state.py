"""What the rules of a review cycle read of its past, and the refusals that its parts share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Literal

from services.evaluation.domain.review.allocation import Quotas
from services.evaluation.domain.review.panel.state import Round
from shared.domain import PersonId, Refusal, UnitId

NO_QUOTAS = Quotas(())
Stage = Literal["collecting", "judging", "judged", "allocated", "notice", "noticed", "confirmed"]


@dataclass(frozen=True, slots=True)
class Judging:
    """A round of a cycle: which share of its score is the one before, and how many go into it at most."""

    round: Round
    before_share: Decimal  # 0 to 1; the rest is what the cards come to
    projects_at_most: int | None = None  # the best so far; equal ones at the edge all go


@dataclass(frozen=True, slots=True)
class Entrant:
    """A project in the review, with what its place will follow from."""

    project: str
    branch: UnitId
    unit: UnitId  # at the level that is compared
    track: str
    score: Decimal  # fixed at closing
    results: Decimal
    attainment: Decimal
    preferred: bool = False  # front line, small, far or new
    frontline: bool = False
    functional: bool = False
    pair: bool = False
    scheme: str = ""  # which criteria and weights it was assessed by
    group: str = ""  # of comparable units (R66): kind and size, or one of all that are small or far


@dataclass(frozen=True, slots=True)
class Apart:
    """A list of its own for what was assessed by another scheme, with places of its own (R20)."""

    scheme: str
    places: dict[str, int]  # by award, out of those of the programme


@dataclass(frozen=True, slots=True)
class Unlike:
    """How projects of one track are ranked although their schemes differ, and who decided so (R20)."""

    document: str
    apart: tuple[Apart, ...] = ()  # these in lists of their own
    conversion: str = ""  # all others together, as is stated here


@dataclass(frozen=True, slots=True)
class Named:
    """A panel of the round that goes on, its projects, and the department under which it works."""

    panel: str
    projects: tuple[str, ...]
    department: UnitId | None = None


@dataclass(frozen=True, slots=True)
class Objection:
    """What somebody said in their name during the notice."""

    answered: bool = False


@dataclass(frozen=True, slots=True)
class Held:
    """A result that discipline or safety holds, or has held (R64)."""

    until: date  # date.min: it ended
    renewed: bool = False


@dataclass(frozen=True, slots=True)
class State:
    """A cycle, from its list to its awards."""

    unit: UnitId | None = None  # whose review it is
    department: UnitId | None = None  # that runs it
    host: UnitId | None = None  # the branch of its people
    year: int = 0
    programme: str = ""  # the version whose panels, card and quotas hold (R20)
    closed_from: date = date.max
    closed_until: date = date.min
    rounds: tuple[Judging, ...] = ()
    stage: Stage = "collecting"
    at: int = 0  # the round that goes on
    entrants: Mapping[str, Entrant] = field(default_factory=dict)
    scores: Mapping[str, Decimal] = field(default_factory=dict)  # of those still in it, as of now
    unlike: Unlike | None = None
    panels: tuple[Named, ...] = ()
    ran: frozenset[PersonId] = frozenset()  # who had a hand in it, and answers no objection
    run: int = 0  # of the allocation; the last one holds
    quotas: Quotas = NO_QUOTAS
    left_vacant: Mapping[str, int] = field(default_factory=dict)  # by award
    votes: tuple[str, ...] = ()  # projects of ties, as votes have ordered them
    vetoed: frozenset[str] = frozenset()
    awards: Mapping[str, str] = field(default_factory=dict)  # by project
    to_vote: tuple[tuple[str, ...], ...] = ()
    has_notice: bool = True
    notice_until: date = date.max
    filed: int = 0  # objections of all kinds
    objections: Mapping[int, Objection] = field(default_factory=dict)  # in real name
    run_is_due: bool = False  # an objection was accepted
    held: Mapping[str, Held] = field(default_factory=dict)
    confirmed: frozenset[str] = frozenset()  # projects whose award stands
    met: frozenset[str] = frozenset()  # meetings by which awards were confirmed
    moves_up_within_days: int = 0  # after a revocation (R63); 0: the place stays vacant
    vacated: Mapping[str, tuple[str, date]] = field(default_factory=dict)  # by revoked project: award, day
    revoked: frozenset[str] = frozenset()  # projects that lost an award, which move up no more


class NoSuchCycle(Refusal):
    """This review has not been opened.

    Open it for a unit and a year first."""


class NotAtThisStage(Refusal):
    """The review stands at another stage: {stage}.

    Its stages follow one another, and none is skipped."""


class HasNoAward(Refusal):
    """This project has no award that stands.

    Choose one of the awards."""


def at_stage(cycle: State, *stages: Stage) -> UnitId:
    """The unit of a cycle that stands at one of these stages."""
    if cycle.unit is None:
        raise NoSuchCycle()
    if cycle.stage not in stages:
        raise NotAtThisStage(stage=cycle.stage)
    return cycle.unit


def going_into(cycle: State) -> frozenset[str]:
    """The projects of the round that goes on: all that are left, or the best with those equal at the edge."""
    at_most = cycle.rounds[cycle.at].projects_at_most
    if at_most is None or len(cycle.scores) <= at_most:
        return frozenset(cycle.scores)
    edge = sorted(cycle.scores.values(), reverse=True)[at_most - 1]
    return frozenset(project for project, score in cycle.scores.items() if score >= edge)
