"""One believable project and its people, from the draft to the archive, for the tests of the aggregate."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from zoneinfo import ZoneInfo

from services.projects.domain.project import PROJECT, Command, Event
from services.projects.domain.project import closing as end
from services.projects.domain.project.approval import GiveOpinion, RecordMeetingDecision
from services.projects.domain.project.archiving import PROPERTIES, ArchiveProject, HandOverToArchive
from services.projects.domain.project.content import (
    Indicator,
    Integration,
    Member,
    Milestone,
    PlannedActivity,
    Proposal,
    Seat,
    Team,
)
from services.projects.domain.project.figures import ConfirmBaseline, ConfirmFigure, ReportReading
from services.projects.domain.project.proposal import (
    DraftProposal,
    Resolution,
    ReviseProposal,
    SubmitProposal,
)
from services.projects.domain.project.route import Onward, Step
from services.projects.domain.project.state import State
from services.projects.domain.project.tasks import AcceptTask, AddTask, AssignTask, CompleteTask
from services.projects.domain.project.work import ReachMilestone
from services.projects.domain.quorum import Numbers
from shared.domain import By, PersonId, UnitId
from tests.support.given import Given, given

COMPANY, BRANCH, GROUP = UnitId("company"), UnitId("branch"), UnitId("group")


def by(person: str, office: str = "member", unit: UnitId = COMPANY, deputising: str | None = None) -> By:
    return By(PersonId(person), office, unit, None if deputising is None else PersonId(deputising))


ZONE = ZoneInfo("Asia/Shanghai")  # where the group is at home
SECRETARY = by("secretary", "branch_secretary", BRANCH)
DEPUTY = by("deputy", "deputy_branch_secretary", BRANCH)
FITTER = by("fitter", "member", BRANCH)  # on the team
WELDER = by("welder", "member", BRANCH)  # of the branch, not on the team
PRECHECKER = by("prechecker", "party_department")
QUALITY = by("quality", "source_department")
ACCOUNTANT = by("accountant", "finance")
CLERK = by("clerk", "clerk")
INSPECTOR = by("inspector", "inspector")
ARCHIVIST = by("archivist", "archivist")
COMMITTEE = (PersonId("chair"), PersonId("second"), PersonId("third"))

PRECHECK_SEAT = Seat("party_department", COMPANY)
QUALITY_SEAT = Seat("source_department", COMPANY)
FINANCE_SEAT = Seat("finance", COMPANY)
COMMITTEE_SEAT = Seat("committee_member", COMPANY)

ROUTE = (
    Step("党委工作部初审", "any", (PRECHECK_SEAT,), 5),
    Step("部门会签", "all", (QUALITY_SEAT, FINANCE_SEAT), 3),
    Step("党委会审议", "meeting", (COMMITTEE_SEAT,), 30),
    Step("集团备案", "filing", (Seat("headquarters", GROUP),), 5),
)
JANUARY, MARCH, MAY, SEPTEMBER = date(2026, 1, 20), date(2026, 3, 2), date(2026, 5, 6), date(2026, 9, 1)
REWORK = Indicator(
    code="rework",
    name="返修率",
    unit="%",
    kind="lower",
    source=QUALITY_SEAT,
    baseline=Decimal("6.8"),
    target=Decimal("3.5"),
)
PAINT = Indicator(
    "paint", "单台涂料消耗", "千克", "keep_at_most", FINANCE_SEAT, target=Decimal(11), money=True
)
CONTENT = Proposal(
    title="面漆返修率减半",
    track="safety_quality",
    problem="面漆颗粒缺陷返修率6.8%，七成出在周末停线后的首班。",
    plan=(Milestone("M1", "首班清洁作业定标", date(2026, 5, 31)), Milestone("M2", "达标", date(2026, 8, 31))),
    targets=(REWORK, PAINT),
    measures=("首班一小时专题行动",),
    working_rules=("每月一次进度碰头",),
    acceptance_standard="返修率连续三个月不高于3.5%",
    integrations=(Integration("safety", "首班清洁纳入岗位安全确认"),),
    business_goal="产品质量提升年度目标",
    team=Team("攻关组", "面漆攻关组", (Member(PersonId("fitter"), "backbone"),)),
    activities=(PlannedActivity("主题党日", "rework"),),
    secrecy_checked=True,
)
RESOLUTION = Resolution("branch_committee", date(2026, 1, 18), Numbers(5, 4, 4))
UNANIMOUS = Numbers(should_attend=7, present=6, votes_for=6)
CRITERIA = (end.Criterion("real_problem", Decimal(8)), end.Criterion("influence", Decimal(6)))
MARKS = (end.Mark("real_problem", Decimal("7.5")), end.Mark("influence", Decimal(5)))
REPORT = end.ClosingReport("返修率降到3.4%", "首班一小时", "清洁先于开线", "形成作业指导书")

DRAFT = DraftProposal(
    SECRETARY,
    BRANCH,
    CONTENT.title,
    CONTENT.track,
    reference="2026-A-0012",
    company=COMPANY,
    leader="branch_with_committee",
    lead=PersonId("secretary"),
)
REVISE = ReviseProposal(SECRETARY, CONTENT)
SUBMIT = SubmitProposal(
    SECRETARY,
    RESOLUTION,
    today=JANUARY,
    content_hash="h1",
    programme="2026.1",
    route_code="ordinary",
    route=ROUTE,
    due=date(2026, 1, 27),
)
PRECHECK = GiveOpinion(PRECHECKER, 0, "agree", "h1", PRECHECK_SEAT)
QUALITY_AGREES = GiveOpinion(QUALITY, 1, "agree", "h1", QUALITY_SEAT)
FINANCE_AGREES = GiveOpinion(ACCOUNTANT, 1, "agree", "h1", FINANCE_SEAT)
MEET = RecordMeetingDecision(
    CLERK,
    2,
    meeting="meeting-3",
    item=1,
    minutes="〔2026〕3号",
    content_hash="h1",
    numbers=UNANIMOUS,
    confirmer=PRECHECK_SEAT,
    kind="party_committee",
    body=COMPANY,
    held_on=MARCH,
    voters=COMMITTEE,
    onward=Onward(number="2026-CH-A-0012"),
)
WORK: tuple[Command, ...] = (
    AddTask(SECRETARY, "T1", "编制首班清洁标准", "班组签认", date(2026, 4, 30), Decimal(30)),
    AssignTask(SECRETARY, "T1", PersonId("fitter")),
    CompleteTask(FITTER, "T1", date(2026, 4, 28), today=MAY),
    AcceptTask(SECRETARY, "T1"),
    ReachMilestone(SECRETARY, "M1", date(2026, 5, 5), today=MAY),
    ReachMilestone(SECRETARY, "M2", date(2026, 8, 30), today=SEPTEMBER),
    ConfirmBaseline(QUALITY, "rework", Decimal("6.8")),
    ReportReading(SECRETARY, "rework", "2026-08", Decimal("3.4"), date(2026, 8, 31), today=SEPTEMBER),
    ConfirmFigure(QUALITY, "rework", "2026-08", Decimal("3.4")),
    ReportReading(SECRETARY, "paint", "2026-08", Decimal("10.6"), date(2026, 8, 31), today=SEPTEMBER),
    ConfirmFigure(ACCOUNTANT, "paint", "2026-08", Decimal("10.6")),
)
REQUEST_CLOSURE = end.RequestClosure(
    SECRETARY,
    REPORT,
    end.SecrecyReview(PersonId("reviewer"), date(2026, 8, 31)),
    today=SEPTEMBER,
    first_key=(PRECHECK_SEAT, QUALITY_SEAT),
    explanation="末次读数八月底才出",
    secrecy_valid=True,
)
PRECHECKER_REVIEWS = end.ReviewClosure(PRECHECKER, PRECHECK_SEAT, today=SEPTEMBER)
QUALITY_REVIEWS = end.ReviewClosure(QUALITY, QUALITY_SEAT, today=SEPTEMBER)
ASSESS = end.AssessClosure(
    CLERK,
    meeting="meeting-9",
    item=2,
    minutes="〔2026〕9号",
    numbers=UNANIMOUS,
    body=COMMITTEE,
    marks=MARKS,
    criteria=CRITERIA,
    today=SEPTEMBER,
    kind="party_committee",
    unit=COMPANY,
    units=(COMPANY,),
    held_on=SEPTEMBER,
    passed=True,
)

HAND_OVER = HandOverToArchive(PRECHECKER, "永久", SEPTEMBER)
ARCHIVE = ArchiveProject(ARCHIVIST, "A-2026-永久-0001", SEPTEMBER, PROPERTIES)

Project = Given[Command, Event, State]
nothing: Project = given(PROJECT)
a_draft = nothing.after(DRAFT, REVISE)
submitted = a_draft.after(SUBMIT)
countersigning = submitted.after(PRECHECK)
before_the_meeting = countersigning.after(QUALITY_AGREES, FINANCE_AGREES)
approved = before_the_meeting.after(MEET)
finished = approved.after(*WORK)
in_closing = finished.after(REQUEST_CLOSURE)
closed = in_closing.after(PRECHECKER_REVIEWS, QUALITY_REVIEWS, ASSESS)


def a_draft_of(content: Proposal) -> Project:
    return nothing.after(DRAFT, replace(REVISE, proposal=content))
