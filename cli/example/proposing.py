"""From the first draft to the submission: the content as a branch writes it, and its own resolution."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from cli.example.life import Life, dates_between
from cli.example.texts import Figure
from services.projects.domain.project.content import (
    Indicator,
    Integration,
    LeaderKind,
    Member,
    Milestone,
    Partner,
    PlannedActivity,
    Proposal,
    ReadingRhythm,
    Seat,
    Team,
    TeamRole,
)
from services.projects.domain.project.proposal import BODY_OF, Resolution
from services.projects.domain.quorum import Numbers
from shared.domain import MODEL_BRANCH

APPROVAL_TAKES = timedelta(days=50)  # from the first draft to the work, as a plan assumes
RULES = (
    "每月一次进度碰头，由书记主持，当场定事",
    "遇到跨部门问题，3个工作日内提出支持事项",
    "数据由业务部门按月确认",
    "责任人变动，5个工作日内完成交接",
)
ROLES: tuple[TeamRole, ...] = ("backbone", "backbone", "participant", "young", "applicant")
NO_MODEL = "与弱方业务对口、距离最近，示范支部创建方案已报公司党委"
BY_THE_QUARTER = ("me_standard", "me_self_running")  # figures about branches
RED_DAYS = 16  # a milestone that a red project has missed lies so long back on the last day


def draft(life: Life) -> None:
    """The secretary begins, sleeps over it, and writes the whole."""
    story, sample = life.story, life.story.sample
    life.draft(unit=story.unit.id, title=sample.title, track=sample.track)
    first = Proposal(
        title=sample.title, track=sample.track, problem=sample.problem, business_goal=sample.goal
    )
    life.do(story.secretary, "revise-proposal", proposal=first)
    life.some_days(1, 3)
    if story.fate == "draft":
        half = replace(first, measures=sample.measures[:2], working_rules=RULES[:2])
        life.do(story.secretary, "revise-proposal", proposal=half)
        life.on(date.max)
    life.proposal = content(life)
    life.do(story.secretary, "revise-proposal", proposal=life.proposal)
    life.some_days(1, 2)
    confirm_baselines(life)


def confirm_baselines(life: Life) -> None:
    """Each department looks the baselines up in its own books (R40)."""
    for indicator in life.proposal.targets:
        if indicator.measures_change:
            life.do(
                life.at(indicator.source),
                "confirm-baseline",
                indicator=indicator.code,
                value=indicator.baseline,
            )


def submit(life: Life) -> None:
    """With the resolution of the day before or of the same day (R2)."""
    life.later(1)
    life.do(life.story.secretary, "submit-proposal", resolution=resolution(life))


def content(life: Life) -> Proposal:
    """The whole content, complete."""
    story, sample = life.story, life.story.sample
    milestones = plan(life)
    figures = sample.indicators[:3] if story.simple or story.emergency else sample.indicators
    targets = tuple(indicator(life, figure, milestones[-1].due) for figure in figures)
    known = {target.code for target in targets}
    standards = [f"{t.name}达到{t.target}{t.unit}" for t in targets if t.measures_change]
    return Proposal(
        title=sample.title,
        track=sample.track,
        problem=sample.problem,
        problem_kind="hard",
        found_where="production_meeting",
        plan=milestones,
        targets=targets,
        measures=sample.measures,
        working_rules=RULES[: life.random.randint(3, 4)],
        acceptance_standard="；".join(standards) + "；数据经业务部门确认。",
        integrations=tuple(Integration(code, how) for code, how in sample.integrations.items()),
        business_goal=sample.goal,
        team=Team(
            sample.form,
            f"{story.unit.name.removesuffix('党支部')}党员{sample.form}",
            tuple(Member(person.id, role) for person, role in zip(life.team, ROLES, strict=False)),
        ),
        partners=tuple(partners(life)),
        activities=tuple(PlannedActivity(a.kind, a.serves) for a in sample.activities if a.serves in known),
        budget=story.budget,
        emergency=story.emergency,
        pair=story.partner is not None,
        strong_side_reason=NO_MODEL if story.partner and MODEL_BRANCH not in story.unit.marks else "",
        secrecy_checked=True,
        simple=story.simple,
    )


def partners(life: Life) -> list[Partner]:
    """The weak side of a pair, or an organisation outside the group."""
    if life.story.partner is not None:
        return [Partner(life.story.partner.name, life.story.partner.id, weak=True)]
    return [Partner(life.story.sample.partner)] if life.story.sample.partner else []


def plan(life: Life) -> tuple[Milestone, ...]:
    """The dated results, spread over the time that is planned."""
    story = life.story
    starts, ends = story.begins + APPROVAL_TAKES, story.ends
    titles = story.sample.milestones
    dates = list(dates_between(starts, ends, len(titles)))
    missed = life.until - timedelta(days=RED_DAYS)
    if story.fate == "in_implementation" and life.has("red") and dates[0] < missed < dates[-1]:
        dates[1] = missed
    weights = (Decimal(1), Decimal(1), Decimal(2))
    return tuple(
        Milestone(f"m{number}", title, due, weight)
        for number, (title, due, weight) in enumerate(zip(titles, dates, weights, strict=True), 1)
    )


def indicator(life: Life, figure: Figure, ends: date) -> Indicator:
    """A figure of the sample as the proposal promises it, with the seat that confirms it."""
    baseline, target = life.story.texts.figures[figure.code]
    rhythm: ReadingRhythm = "month"
    if figure.kind == "by_date":
        rhythm = "once"
    elif figure.code in BY_THE_QUARTER:
        rhythm = "quarter"
    return Indicator(
        code=figure.code,
        name=figure.name,
        unit=figure.unit,
        kind=figure.kind,
        source=source(life, figure.source),
        baseline=baseline,
        target=target,
        due=ends if figure.kind == "by_date" else None,
        money=figure.source == "finance",
        rhythm=rhythm,
        of=life.story.partner.id if life.story.partner else "",  # the samples of pairs measure the weak side
    )


def source(life: Life, name: str) -> Seat:
    """The seat that a sample's word for a department means in this company; small ones have one."""
    company = life.story.company
    if name == "finance":
        return Seat("finance", company.id)
    number = {"quality": 1, "operations": 2}[name]
    department = life.group.unit.get(f"{company.code}-D{number}", company)
    return Seat("source_department", department.id)


def resolution(life: Life) -> Resolution:
    """The decision of the leading organisation's own body."""
    unit = life.story.unit
    leader: LeaderKind = "branch_with_committee"
    if life.story.led_by_committee:
        leader = "party_committee"
        should_attend = len(life.group.committee(unit.code))
    elif unit.has_committee and unit.full_members >= 7:
        should_attend = 3 if unit.full_members < 15 else 5
    else:
        leader, should_attend = "branch_without_committee", unit.full_members
    present = should_attend - life.random.randrange(2)
    numbers = Numbers(should_attend, present, present)
    return Resolution(BODY_OF[leader], life.day, numbers)
