"""What a proposal says: the content that is drafted, submitted under its hash, approved and later changed."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from datetime import date
from decimal import Decimal
from typing import Literal

from services.projects.domain.dates import months_after
from shared.domain import OfficeCode, PersonId, Track, UnitId

IndicatorKind = Literal["raise", "lower", "keep_at_most", "keep_at_least", "by_date"]
ReadingRhythm = Literal["month", "quarter", "half_year", "once"]
LeaderKind = Literal["branch_with_committee", "branch_without_committee", "general_branch", "party_committee"]
ProblemKind = Literal["key", "hard", "pain"]
FoundWhere = Literal["production_meeting", "inspection", "audit", "staff", "customer"]
Serves = Literal["", "group_key_project"]  # whose key project the business goal is of
TeamRole = Literal["backbone", "applicant", "young", "veteran", "participant"]  # 老党员/师傅: veteran
ActivityKind = Literal["三会一课", "主题党日", "专题行动", "难题会诊", "共建活动"]
CONFIRM_FIGURES = ("source_department", "finance")  # the offices with the right confirm_figure (R40)
CONFIRMS_MONEY = "finance"  # alone (R40)
ANSWER_SUPPORT = (  # the offices with the right answer_support (R45)
    "party_secretary",
    "administrative_head",
    "party_department",
    "source_department",
    "finance",
    "headquarters",
)


@dataclass(frozen=True, slots=True)
class Seat:
    """An office of a unit, whoever holds it."""

    office: OfficeCode
    unit: UnitId


@dataclass(frozen=True, slots=True)
class Listed:
    """A problem of the branch's list."""

    code: str
    text: str
    kind: str
    found_where: str


@dataclass(frozen=True, slots=True)
class Milestone:
    """A dated result of the plan."""

    code: str
    title: str
    due: date
    weight: Decimal = Decimal(1)


@dataclass(frozen=True, slots=True)
class Indicator:
    """A measured business figure with what it was, what is promised, and who confirms it (R40)."""

    code: str
    name: str
    unit: str  # unit of measure
    kind: IndicatorKind
    source: Seat  # the department that confirms; finance for a money figure
    baseline: Decimal | None = None
    target: Decimal | None = None
    climb: Decimal | None = None  # the stretch value beyond the target
    due: date | None = None  # only of kind by_date
    money: bool = False
    weight: Decimal = Decimal(1)
    rhythm: ReadingRhythm = "month"
    of: str = ""  # key of the partner whose figure it is; empty: the lead's, or common

    @property
    def measures_change(self) -> bool:
        """Whether attainment is the way from baseline to target, so that the two must differ."""
        return self.kind in ("raise", "lower")

    @property
    def confirmed_by(self) -> tuple[str, ...]:
        """The offices that can stand for its figures; finance alone for those of money."""
        return (CONFIRMS_MONEY,) if self.money else CONFIRM_FIGURES


@dataclass(frozen=True, slots=True)
class Integration:
    """One of the four integrations, and how it is done."""

    code: str  # safety, operations, basics, culture
    how: str


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody on the team."""

    person: PersonId
    role: TeamRole


@dataclass(frozen=True, slots=True)
class Team:
    """Who works on the project, in which form (突击队, 攻关组, …)."""

    form: str = ""
    name: str = ""
    members: tuple[Member, ...] = ()


@dataclass(frozen=True, slots=True)
class Partner:
    """The other party of a joint project: one of our units, or an outside organisation by name (R73)."""

    name: str
    unit: UnitId | None = None
    weak: bool = False  # the weak side of a pair

    @property
    def key(self) -> str:
        """Its unit's id, or the name of an outside one."""
        return self.unit or self.name


@dataclass(frozen=True, slots=True)
class Agreement:
    """What an outside partner signed: who for it, when, and the scan among the project's evidence (R73)."""

    representative: str
    signed_on: date
    sha256: str


@dataclass(frozen=True, slots=True)
class PlannedActivity:
    """A party activity of the plan and the indicator that it serves."""

    kind: str  # an ActivityKind; old ones in free words
    indicator: str


@dataclass(frozen=True, slots=True)
class Proposal:
    """The whole content; any part may be empty while it is a draft."""

    title: str = ""
    track: Track = ""
    problem: str = ""
    problem_kind: str = ""  # a ProblemKind, a FoundWhere; old ones in free words
    found_where: str = ""
    plan: tuple[Milestone, ...] = ()
    targets: tuple[Indicator, ...] = ()
    measures: tuple[str, ...] = ()
    working_rules: tuple[str, ...] = ()
    acceptance_standard: str = ""
    integrations: tuple[Integration, ...] = ()
    business_goal: str = ""
    team: Team = Team()
    partners: tuple[Partner, ...] = ()
    activities: tuple[PlannedActivity, ...] = ()
    budget: Decimal | None = None
    emergency: bool = False
    pair: bool = False
    secrecy_checked: bool = False
    simple: bool = False
    serves: Serves = ""
    strong_side_reason: str = ""  # why that of a pair is no model branch

    @property
    def ends(self) -> date | None:
        """The day of the last milestone."""
        return max((milestone.due for milestone in self.plan), default=None)


@dataclass(frozen=True, slots=True)
class Alteration:
    """The parts of an approved content as they are to be; None leaves a part as it is."""

    plan: tuple[Milestone, ...] | None = None
    targets: tuple[Indicator, ...] | None = None
    team: Team | None = None
    partners: tuple[Partner, ...] | None = None
    programme: str | None = (
        None  # the version to go by from now on, in what applies to running projects (R19)
    )


LATER_END_MONTHS = 3  # beyond it, another end is for who decided to begin


def touched(proposal: Proposal, alteration: Alteration) -> frozenset[str]:
    """Which parts of what was approved an alteration touches, as a programme's `changes` name them."""
    after = altered(proposal, alteration)
    parts = {"scheme"} if alteration.programme is not None else set[str]()
    parts |= {"team"} if after.team != proposal.team else set()
    parts |= {"partner"} if after.partners != proposal.partners else set()
    parts |= {"target"} if after.targets != proposal.targets else set()
    if after.plan != proposal.plan:
        before, ends = proposal.ends, after.ends
        if before == ends:
            parts.add("milestone_within_end")
        elif before and ends and ends <= months_after(before, LATER_END_MONTHS):
            parts.add("end_date_up_to_3_months")
        else:
            parts.add("end_date_beyond_3_months")
    return frozenset(parts)


def altered(proposal: Proposal, alteration: Alteration) -> Proposal:
    """The content with an alteration made."""
    return replace(
        proposal,
        plan=proposal.plan if alteration.plan is None else alteration.plan,
        targets=proposal.targets if alteration.targets is None else alteration.targets,
        team=proposal.team if alteration.team is None else alteration.team,
        partners=proposal.partners if alteration.partners is None else alteration.partners,
    )


FIELDS = frozenset(field.name for field in fields(Proposal))


def differences(before: Proposal, after: Proposal) -> frozenset[str]:
    """Names of the fields in which two contents differ."""
    return frozenset(name for name in FIELDS if getattr(before, name) != getattr(after, name))
