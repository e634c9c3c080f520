"""From what happens to whose inbox it fills, and what empties it again, on a real ledger and database."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncEngine

from services.evaluation.domain.project_score import PROJECT_SCORE, FixScore
from services.evaluation.domain.score import score
from services.evaluation.domain.tally import Tally
from services.evaluation.schemes import default_scheme
from services.notifications import tables
from services.notifications.inbox import (
    Entry,
    List,
    count_waiting,
    mark_read,
    read_list,
    waiting_in_all,
)
from services.notifications.reactions import obliging
from services.notifications.rulebook import default_rules
from services.projects.domain.meeting import (
    MEETING,
    Absence,
    ConfirmMeeting,
    ConveneMeeting,
    Item,
    RecordMeeting,
    Vote,
)
from services.projects.domain.project.approval import (
    AddSigner,
    AmendProposal,
    ConfirmChanges,
    GiveOpinion,
    ReturnProposal,
    TransferStep,
    UrgeDecider,
    WithdrawOpinion,
)
from services.projects.domain.project.change import ApproveChange, RequestChange, SuspendProject
from services.projects.domain.project.closing import ReturnClosure
from services.projects.domain.project.content import Alteration, Partner, Seat
from services.projects.domain.project.deadlines import OverrunSuspension, PassDeadline, RaiseStep
from services.projects.domain.project.figures import ConfirmFigure, DisputeFigure, ReportReading
from services.projects.domain.project.partnership import InvitePartner, JoinProject, LeaveProject
from services.projects.domain.project.practice import ListPractice, PracticeSheet, RecommendPractice
from services.projects.domain.project.route import Onward, Wanted
from services.projects.domain.project.supervision import (
    CloseFinding,
    HoldInspection,
    RecordFinding,
    ReopenFinding,
    ReportRectification,
)
from services.projects.domain.project.support import (
    DecideSupport,
    ProvideSupport,
    RequestSupport,
    TurnFindingIntoSupport,
)
from services.projects.domain.project.tasks import (
    AcceptTask,
    AddTask,
    AssignTask,
    ClaimTask,
    CompleteTask,
    GrantClaim,
    OfferTask,
    ReleaseTask,
    SendBackTask,
)
from shared import roster
from shared.decision import Read
from shared.domain import NotKnown, OfficeId, PersonId
from shared.engines import begin, create_engine
from shared.organisation import Organisation
from shared.projections import Reaction
from shared.reading import Runner, running
from tests.projects import a_project as p
from tests.support.engines import Database
from tests.support.living import PROJECTS, THE_PROJECT, House, house
from tests.support.recorded import recorded

SHANGHAI = ZoneInfo("Asia/Shanghai")
RULES = default_rules()
NEW_YEAR = date(2026, 1, 1)
UNITS = (
    roster.UnitEstablished(p.GROUP, "G", "集团", None, "", "集团党委", (), True, True, 0),
    roster.UnitEstablished(p.COMPANY, "C", "长河机电", p.GROUP, "", "所属单位党委", (), True, True, 0),
    roster.UnitEstablished(p.BRANCH, "B", "涂装党支部", p.COMPANY, "", "党支部", (), False, True, 9),
)
OFFICES = (
    ("secretary", "branch_secretary", p.BRANCH),
    ("deputy", "deputy_branch_secretary", p.BRANCH),
    ("chair", "party_secretary", p.COMPANY),
    ("prechecker", "party_department", p.COMPANY),
    ("colleague", "party_department", p.COMPANY),
    ("quality", "source_department", p.COMPANY),
    ("accountant", "finance", p.COMPANY),
    ("hq", "headquarters", p.GROUP),
)
MEMBERS = ("secretary", "deputy", "fitter", "welder")


def the_organisation() -> Organisation:
    organisation = Organisation()
    people = [roster.PersonRegistered(PersonId(m), p.BRANCH, "正式党员", "", "") for m in MEMBERS]
    terms = [
        roster.OfficeAppointed(
            OfficeId(f"term-{person}"),
            PersonId(person),
            office,
            unit,
            NEW_YEAR,
            None,
            False,
            False,
            PersonId("hq"),
        )
        for person, office, unit in OFFICES
    ]
    for position, event in enumerate((*UNITS, *people, *terms), 1):
        organisation.apply(recorded(position, event, datetime(2026, 1, 1, tzinfo=UTC)))
    return organisation


ORGANISATION = the_organisation()


async def nothing_to_read() -> Read:
    return Read()


def reaction() -> Reaction:
    return obliging(RULES, ORGANISATION, nothing_to_read, SHANGHAI)


@dataclass
class Office:
    """The house of projects, and notifications that follow it."""

    projects: House
    evaluation: House
    engine: AsyncEngine
    runner: Runner

    async def reached(self) -> None:
        for service in (self.projects, self.evaluation):
            for name, head in (await service.ledgers.heads()).items():
                assert await self.runner.wait_for(service.ledgers.service, name, head.position, 30)

    async def entries(self, person: str, which: List) -> tuple[Entry, ...]:
        await self.reached()
        async with self.engine.connect() as connection:
            return (await read_list(connection, PersonId(person), which)).entries

    async def says(self, person: str, which: List = "todo") -> list[str]:
        """The texts of a list, oldest first."""
        return [e.text(RULES, lambda _, fact: fact) for e in reversed(await self.entries(person, which))]

    async def does(self, *commands: Any, **more: Any) -> None:
        await self.projects.does(*commands, **more)


@pytest.fixture
async def office(database: Database) -> AsyncIterator[Office]:
    async with AsyncExitStack() as stack:
        projects = await stack.enter_async_context(house(database, "projects", PROJECTS))
        evaluation = await stack.enter_async_context(house(database, "evaluation", [PROJECT_SCORE]))
        engine = create_engine(database.url("notifications"), durable=True)
        stack.push_async_callback(engine.dispose)
        async with begin(engine) as connection:
            await connection.run_sync(tables.metadata.create_all)
        runner = Runner(reaction(), engine, [projects.source, evaluation.source])
        await stack.enter_async_context(running(runner))
        yield Office(projects, evaluation, engine, runner)


SUBMITTED = (p.DRAFT, p.REVISE, p.SUBMIT)
APPROVED = (*SUBMITTED, p.PRECHECK, p.QUALITY_AGREES, p.FINANCE_AGREES, p.MEET)
TITLE = p.CONTENT.title


async def test_a_submission_asks_the_party_department_once_and_stands_among_what_its_author_started(
    office: Office,
) -> None:
    await office.does(*SUBMITTED)
    assert await office.says("prechecker") == [f"branch《{TITLE}》立项申请待初审。"]
    assert await office.says("colleague") == [f"branch《{TITLE}》立项申请待初审。"]
    assert await office.says("secretary", "started") == [f"提交立项申请：《{TITLE}》"]


async def test_a_todo_closes_by_the_act_and_is_done_for_who_did_it_alone(office: Office) -> None:
    await office.does(*SUBMITTED, p.PRECHECK)
    assert await office.says("prechecker") == []
    assert await office.says("colleague") == []
    assert len(await office.says("prechecker", "done")) == 1
    assert await office.says("colleague", "done") == []


async def test_a_step_of_all_asks_every_seat_and_each_answer_closes_its_own(office: Office) -> None:
    await office.does(*SUBMITTED, p.PRECHECK)
    asked = await office.says("quality")
    assert asked == [text.replace("quality", "accountant") for text in await office.says("accountant")]
    assert f"《{TITLE}》待您部门会签" in asked[0]
    await office.does(p.QUALITY_AGREES)
    assert (await office.says("quality"), len(await office.says("accountant"))) == ([], 1)


async def test_who_disagrees_still_has_to_return_or_reject(office: Office) -> None:
    await office.does(*SUBMITTED, replace(p.PRECHECK, opinion="disagree"))
    assert len(await office.says("prechecker")) == 1


async def test_who_is_late_is_reminded_and_then_the_office_above_is_asked(office: Office) -> None:
    """Of a countersigned step only those whose word is waited for."""
    due = date(2026, 2, 3)
    countersigning = replace(p.PRECHECK, onward=Onward(due=due, on=p.JANUARY))
    late = f"《{TITLE}》办理时限2026-02-03已过，请尽快办理；仍未办理的将提级。"
    await office.does(*SUBMITTED, countersigning, p.QUALITY_AGREES)
    await office.does(PassDeadline(None, 1, due, today=date(2026, 2, 4)))
    assert (late in await office.says("accountant", "copied"), await office.says("quality", "copied")) == (
        True,
        [],
    )
    above = Seat("headquarters", p.GROUP)
    await office.does(
        RaiseStep(
            None,
            1,
            due,
            date(2026, 2, 5),
            (p.QUALITY_SEAT, above),
            date(2026, 2, 10),
            stays=(p.QUALITY_SEAT,),
        )
    )
    assert await office.says("hq") == [f"《{TITLE}》因overdue提级，由您办理。"], "the word is the reader's"
    assert await office.says("quality") == [], "whose word stands is not asked again"


async def test_of_a_late_meeting_step_is_reminded_who_sets_the_agenda(office: Office) -> None:
    """R28: its members are not asked for single consent."""
    due = date(2026, 3, 16)
    waiting = replace(p.FINANCE_AGREES, onward=Onward(due=due, on=p.JANUARY))
    await office.does(*APPROVED[:-2], waiting, PassDeadline(None, 2, due, today=date(2026, 3, 17)))
    assert [e.rule for e in await office.entries("prechecker", "copied")] == ["n51"]
    assert await office.says("chair", "copied") == []


async def test_a_pause_at_its_longest_is_told_to_who_can_end_it(office: Office) -> None:
    """R43."""
    pause = SuspendProject(p.PRECHECKER, "停产", today=p.MARCH)
    over = OverrunSuspension(None, date(2026, 9, 2), today=date(2026, 9, 3))
    await office.does(*APPROVED, pause, over)
    told = f"《{TITLE}》暂停至2026-09-02已满最长期限，请恢复实施或终止。"
    for person in ("prechecker", "secretary"):
        assert told in await office.says(person, "copied")


async def test_a_meeting_step_asks_for_the_agenda_and_no_single_consent(office: Office) -> None:
    await office.does(*APPROVED[:-1])
    assert await office.says("prechecker") == [f"《{TITLE}》待列入company议题。"]
    await office.does(p.MEET)
    assert await office.says("prechecker") == []


async def test_an_approval_is_told_to_the_secretary_and_the_team_and_filed_with_headquarters(
    office: Office,
) -> None:
    await office.does(*APPROVED)
    approved = f"《{TITLE}》已批准立项，编号2026-CH-A-0012。"
    assert approved in await office.says("secretary", "copied")
    assert approved in await office.says("fitter", "copied")
    assert await office.says("hq") == []
    assert [entry.rule for entry in await office.entries("hq", "copied")] == ["n03"]


async def test_a_return_ends_open_steps_and_waits_for_the_secretary(office: Office) -> None:
    wanted = (Wanted("补充数据", "problem"),)
    await office.does(*SUBMITTED, ReturnProposal(p.PRECHECKER, 0, wanted, rerun=True, seat=p.PRECHECK_SEAT))
    assert await office.says("prechecker") == []
    (todo,) = await office.entries("secretary", "todo")
    assert (todo.rule, todo.facts["n"], todo.due) == ("n06", "1", date(2026, 2, 3))
    await office.does(p.SUBMIT)
    assert await office.says("secretary") == []
    assert len(await office.says("prechecker")) == 1
    assert len(await office.entries("secretary", "started")) == 1


async def test_required_changes_of_an_opinion_wait_for_the_secretary(office: Office) -> None:
    wanted = (Wanted("缩小切口", "problem"),)
    agrees = GiveOpinion(p.PRECHECKER, 0, "agree_with_changes", "h1", p.PRECHECK_SEAT, wanted)
    await office.does(*SUBMITTED, agrees)
    assert await office.says("secretary") == [f"《{TITLE}》同意但须修改：1条，仅限编号内容。"]


async def test_changes_are_told_to_whoever_is_to_confirm_them_once_they_are_made(office: Office) -> None:
    """R30: by a meeting's resolution as by an opinion; each confirmer until their own are confirmed."""
    wanted = (Wanted("缩小切口", "problem"),)
    passed = replace(p.MEET, changes=(Wanted("补充风险", "measures"),), confirmer=p.PRECHECK_SEAT)
    agrees = replace(p.QUALITY_AGREES, opinion="agree_with_changes", changes=wanted)
    await office.does(*SUBMITTED, p.PRECHECK, agrees, p.FINANCE_AGREES, passed)
    assert await office.says("secretary") == [f"《{TITLE}》同意但须修改：1条，仅限编号内容。"] * 2
    assert (await office.says("quality"), await office.says("prechecker")) == ([], [])
    content = replace(p.CONTENT, problem="面漆颗粒缺陷返修率6.8%。", measures=("首班专题行动",))
    amend = AmendProposal(p.SECRETARY, content, "h2")
    await office.does(amend, replace(amend, content_hash="h3"))
    assert await office.says("secretary") == []
    confirm = [f"《{TITLE}》待您confirm_changes，请于2026-01-27前办理。"]
    assert await office.says("quality") == await office.says("prechecker") == confirm
    onward = Onward(number="2026-CH-A-0012")
    await office.does(ConfirmChanges(p.QUALITY, (1,), "h3", p.QUALITY_SEAT, onward))
    assert (await office.says("quality"), await office.says("prechecker")) == ([], confirm)
    await office.does(ConfirmChanges(p.PRECHECKER, (2,), "h3", p.PRECHECK_SEAT, onward))
    assert await office.says("prechecker") == []


async def test_changes_that_are_confirmed_in_part_still_wait_for_their_confirmer(office: Office) -> None:
    wanted = (Wanted("缩小切口", "problem"), Wanted("补充风险", "measures"))
    agrees = replace(p.QUALITY_AGREES, opinion="agree_with_changes", changes=wanted)
    amend = AmendProposal(p.SECRETARY, replace(p.CONTENT, problem="返修率6.8%。"), "h2")
    await office.does(*SUBMITTED, p.PRECHECK, agrees, amend)
    await office.does(ConfirmChanges(p.QUALITY, (1,), "h2", p.QUALITY_SEAT, Onward()))
    assert len(await office.says("quality")) == 1


async def test_an_added_signer_is_asked_and_those_asked_are_asked_still(office: Office) -> None:
    """R29."""
    added = AddSigner(p.QUALITY, 1, p.PRECHECK_SEAT, "before", p.QUALITY_SEAT, can_sign=True)
    await office.does(*SUBMITTED, p.PRECHECK, added)
    assert await office.says("prechecker") == [f"《{TITLE}》待您部门会签，请于前办理。"]
    assert len(await office.says("quality")) == 1
    await office.does(GiveOpinion(p.PRECHECKER, 1, "agree", "h1", p.PRECHECK_SEAT))
    assert await office.says("prechecker") == []


async def test_a_transfer_takes_the_todo_from_all_of_the_office_to_one(office: Office) -> None:
    """R29: 转办后由{name}办理，您不再办理本项。"""
    both = (PersonId("prechecker"), PersonId("colleague"))
    transfer = TransferStep(p.PRECHECKER, 0, both[1], p.PRECHECK_SEAT, both)
    await office.does(*SUBMITTED, transfer)
    assert (await office.says("prechecker"), len(await office.says("colleague"))) == ([], 1)
    word = replace(p.PRECHECK, by=replace(p.PRECHECKER, person=both[1]))
    await office.does(replace(word, opinion="disagree"), WithdrawOpinion(word.by, 0, "误解", p.PRECHECK_SEAT))
    assert (await office.says("prechecker"), len(await office.says("colleague"))) == ([], 1)
    await office.does(word)
    assert await office.says("colleague") == []


async def test_a_word_taken_back_is_asked_for_again_and_its_changes_are_owed_no_more(office: Office) -> None:
    """R82."""
    wanted = (Wanted("缩小切口", "problem"),)
    agrees = replace(p.QUALITY_AGREES, opinion="agree_with_changes", changes=wanted)
    await office.does(*SUBMITTED, p.PRECHECK, agrees)
    assert (await office.says("quality"), len(await office.says("secretary"))) == ([], 1)
    await office.does(WithdrawOpinion(p.QUALITY, 1, "误解", p.QUALITY_SEAT))
    assert (len(await office.says("quality")), await office.says("secretary")) == (1, [])


async def test_who_is_waited_for_is_urged_and_for_a_meeting_who_sets_its_agenda(office: Office) -> None:
    """n10: to read, no todo; members of a committee are not urged to vote (R26)."""
    await office.does(*SUBMITTED, p.PRECHECK, p.QUALITY_AGREES, UrgeDecider(p.SECRETARY, 1, p.MARCH))
    assert await office.says("accountant", "copied") == [f"branch催办：《{TITLE}》部门会签。"]
    assert await office.says("quality", "copied") == []
    await office.does(p.FINANCE_AGREES, UrgeDecider(p.SECRETARY, 2, p.MARCH))
    assert await office.says("prechecker", "copied") == [f"branch催办：《{TITLE}》党委会审议。"]


async def test_a_task_goes_from_who_does_it_to_who_accepts_it_and_back(office: Office) -> None:
    add, assign, complete, accept = p.WORK[:4]
    assert isinstance(accept, AcceptTask)
    await office.does(*APPROVED, add, assign)
    doing = "您承担《面漆返修率减半》任务“编制首班清洁标准”，标准：班组签认；2026-04-30前完成。"
    assert await office.says("fitter") == [doing]
    await office.does(complete)
    assert await office.says("fitter") == []
    assert await office.says("secretary") == ["任务“编制首班清洁标准”待您验收。"]
    await office.does(SendBackTask(p.SECRETARY, "T1", "缺签认"))
    assert await office.says("secretary") == []
    assert await office.says("fitter") == ["任务“编制首班清洁标准”验收退回：缺签认。"]
    await office.does(complete, accept)
    assert (await office.says("fitter"), await office.says("secretary")) == ([], [])
    assert len(await office.says("fitter", "done")) == 2


async def test_nobody_is_asked_to_accept_their_own_task(office: Office) -> None:
    add = AddTask(p.SECRETARY, "T1", "抓总", "完成", date(2026, 4, 30), Decimal(10))
    await office.does(*APPROVED, add, AssignTask(p.SECRETARY, "T1", PersonId("secretary")))
    await office.does(CompleteTask(p.SECRETARY, "T1", date(2026, 4, 28), today=p.MAY))
    assert await office.says("secretary") == []
    assert await office.says("deputy") == ["任务“抓总”待您验收。"]


async def test_an_offered_item_is_told_to_its_circle_and_the_choice_to_all_who_claimed(
    office: Office,
) -> None:
    add = AddTask(p.SECRETARY, "T2", "提速", "31小时到24小时", date(2026, 6, 30), Decimal(10))
    ends = date(2026, 3, 5)
    await office.does(*APPROVED, add, OfferTask(p.SECRETARY, "T2", "31", "24", (p.BRANCH,), ends, p.MARCH))
    assert "登高项“提速”开放认领，截止2026-03-05。" in await office.says("welder", "copied")
    await office.does(
        ClaimTask(p.WELDER, "T2", ends),
        ClaimTask(p.FITTER, "T2", ends),
        GrantClaim(p.SECRETARY, "T2", PersonId("welder"), date(2026, 3, 6), "技能合适"),
    )
    granted = "登高项“提速”确定由welder承担，理由：技能合适。"
    assert granted in await office.says("welder", "copied")
    assert granted in await office.says("fitter", "copied")


async def test_a_figure_is_confirmed_by_its_department_or_comes_back(office: Office) -> None:
    report = ReportReading(p.SECRETARY, "rework", "2026-05", Decimal("5.1"), date(2026, 5, 5), today=p.MAY)
    await office.does(*APPROVED, report)
    assert await office.says("quality") == ["branch返修率填报值5.1%，请核实确认。"]
    await office.does(DisputeFigure(p.QUALITY, "rework", "2026-05", "口径不符"))
    assert await office.says("quality") == []
    assert await office.says("secretary") == ["返修率数据未通过核实：口径不符。"]
    await office.does(replace(report, value=Decimal("5.3")))
    assert await office.says("secretary") == []
    await office.does(ConfirmFigure(p.QUALITY, "rework", "2026-05", Decimal("5.3")))
    assert await office.says("quality") == []
    assert [entry.rule for entry in await office.entries("quality", "done")] == ["n12", "n12", "n03"]


async def test_a_finding_goes_to_who_mends_it_and_back_to_who_found_it(office: Office) -> None:
    found = RecordFinding(
        p.INSPECTOR,
        "W01",
        "I1",
        "标准未上墙",
        "ordinary",
        date(2026, 5, 20),
        p.BRANCH,
        p.MAY,
        units=(p.COMPANY,),
    )
    await office.does(*APPROVED, HoldInspection(p.INSPECTOR, "I1", p.MAY, "日常", p.MAY, 0), found)
    (todo,) = await office.entries("secretary", "todo")
    assert (todo.rule, todo.subject) == ("n25", "finding/W01")
    await office.does(ReportRectification(p.SECRETARY, "W01", "已上墙", p.MAY, p.MAY))
    assert await office.says("secretary") == []
    assert [entry.rule for entry in await office.entries("inspector", "todo")] == ["n26"]
    await office.does(CloseFinding(p.INSPECTOR, "W01", p.MAY, units=(p.COMPANY,)))
    assert await office.says("inspector") == []
    await office.does(ReopenFinding(p.INSPECTOR, "W01", "又有一处", date(2026, 6, 1)))
    (again,) = await office.entries("secretary", "todo")
    assert (again.rule, again.subject) == ("n25", "finding/W01")
    assert await office.says("deputy") == []  # who is not the one that puts it right


async def test_a_finding_in_another_branch_is_told_to_its_secretary_too(office: Office) -> None:
    found = RecordFinding(
        p.INSPECTOR, "W01", "I1", "标准未上墙", "ordinary", date(2026, 5, 20), p.COMPANY, p.MAY
    )
    await office.does(*APPROVED, HoldInspection(p.INSPECTOR, "I1", p.MAY, "日常", p.MAY, 0), found)
    for person in ("secretary", "prechecker"):  # the company has no branch secretary: the nearest (R3)
        assert [entry.rule for entry in await office.entries(person, "todo")] == ["n25"]


async def test_closing_asks_every_seat_of_the_first_key_and_who_calls_the_second(office: Office) -> None:
    await office.does(*APPROVED, *p.WORK, p.REQUEST_CLOSURE)
    for person in ("prechecker", "colleague", "quality", "chair"):
        assert [entry.rule for entry in await office.entries(person, "todo")] == ["n32"]
    assert f"提出结项申请：《{TITLE}》" in await office.says("secretary", "started")
    await office.does(p.PRECHECKER_REVIEWS)
    assert (await office.says("colleague"), len(await office.says("quality"))) == ([], 1)
    await office.does(p.ASSESS)
    assert (await office.says("chair"), len(await office.says("quality"))) == ([], 1)


async def test_a_closing_that_is_sent_back_waits_for_the_secretary(office: Office) -> None:
    back = ReturnClosure(p.PRECHECKER, "first", (Wanted("补充读数", "targets"),))
    await office.does(*APPROVED, *p.WORK, p.REQUEST_CLOSURE, back)
    assert (await office.says("chair"), await office.says("quality")) == ([], [])
    (todo,) = await office.entries("secretary", "todo")
    assert (todo.rule, todo.facts["n"], todo.due) == ("n06", "1", date(2026, 2, 3))
    await office.does(p.REQUEST_CLOSURE)
    assert await office.says("secretary") == []


async def test_who_gave_a_task_back_is_asked_to_close_and_to_confirm_nothing(office: Office) -> None:
    """R4: whom the project bars is not asked, though others of the same office are."""
    add = AddTask(p.SECRETARY, "T9", "推广", "签认", date(2026, 4, 30), Decimal(10))
    give = AssignTask(p.SECRETARY, "T9", PersonId("colleague"))
    back = ReleaseTask(p.by("colleague"), "T9", "调岗")
    again = AssignTask(p.SECRETARY, "T9", PersonId("fitter"))
    done = CompleteTask(p.FITTER, "T9", p.MAY, today=p.MAY)
    await office.does(*APPROVED, *p.WORK, add, give, back, again, done, AcceptTask(p.SECRETARY, "T9"))
    await office.does(p.REQUEST_CLOSURE)
    assert [entry.rule for entry in await office.entries("prechecker", "todo")] == ["n32"]
    assert [entry.rule for entry in await office.entries("colleague", "todo")] == []


async def test_the_fixed_score_is_told_to_the_secretary(office: Office) -> None:
    await office.does(*APPROVED)
    position = (await office.projects.ledgers.heads())["company"].position
    lost = score(Tally(over_on=p.MAY, event="projects/company/1"), default_scheme(), p.MAY)
    fix = FixScore(
        None, str(THE_PROJECT), p.COMPANY, lost, "2026.1", f"projects/company/{position}", p.SEPTEMBER
    )
    await office.reached()
    await office.evaluation.does(fix, decider=PROJECT_SCORE)
    told = f"《{TITLE}》得分0.00，失分12处，2026-09-01前可申请复核。"
    assert told in await office.says("secretary", "copied")


async def test_minutes_wait_for_the_chair(office: Office) -> None:
    chair, clerk = PersonId("chair"), PersonId("clerk")
    convene = ConveneMeeting(
        p.CLERK,
        "meeting-3",
        p.COMPANY,
        "party_committee",
        p.MAY,
        "三楼",
        chair,
        clerk,
        (Item(1, "project", TITLE, "h1"),),
        should_attend=p.COMMITTEE,
        vacancies=(),
    )
    vote = Vote(1, "show_of_hands", 2, 0, 0, "passed")
    absent = (Absence(PersonId("third"), "出差"),)
    record = RecordMeeting(
        p.CLERK, "meeting-3", p.COMMITTEE[:2], absent, (), (vote,), "〔2026〕3号", today=p.MAY
    )
    of_meeting = {"decider": MEETING, "stream": UUID(int=3)}
    await office.does(convene, record, **of_meeting)
    assert await office.says("chair") == ["〔2026〕3号会议记录待您确认。"]
    await office.does(ConfirmMeeting(p.by("chair", "party_secretary"), "meeting-3"), **of_meeting)
    assert await office.says("chair") == []
    assert len(await office.says("chair", "done")) == 1


async def test_every_text_is_filled_and_holds_no_name(office: Office) -> None:
    await office.does(
        *APPROVED, *p.WORK, p.REQUEST_CLOSURE, p.PRECHECKER_REVIEWS, p.QUALITY_REVIEWS, p.ASSESS
    )
    await office.reached()
    lists: tuple[List, ...] = ("todo", "done", "started", "copied")
    texts = [
        text
        for person, _, _ in (*OFFICES, ("fitter", "", ""))
        for which in lists
        for text in await office.says(person, which)
    ]
    assert len(texts) > 10
    assert not any("{" in text or "None" in text for text in texts)


async def test_events_delivered_again_make_no_second_obligation(office: Office) -> None:
    await office.does(*APPROVED, *p.WORK)
    await office.reached()
    count = select(func.count()).select_from(tables.obligations)
    todos = select(tables.obligations.c.id).where(tables.obligations.c.done_at.is_(None))
    async with office.engine.connect() as connection:
        before = (
            (await connection.execute(count)).scalar_one(),
            set((await connection.execute(todos)).scalars()),
        )
    again = reaction()
    events = await office.projects.ledgers.read_ledger("company", 0, 1000)
    async with begin(office.engine) as connection:
        for line in events:
            if (event := again.schema.read(line.envelope)) is not None:
                await again.react(connection, replace_event(line, event))
    async with office.engine.connect() as connection:
        after = (
            (await connection.execute(count)).scalar_one(),
            set((await connection.execute(todos)).scalars()),
        )
    assert after == before


def replace_event(line: Any, event: Any) -> Any:
    return type(line)(
        line.service, line.ledger, line.position, line.stream, line.version, line.body, line.envelope, event
    )


async def test_a_list_is_paged_by_key_and_read_marks_are_the_readers_own(office: Office) -> None:
    adds = [
        AddTask(p.SECRETARY, f"T{n}", f"任务{n}", "完成", date(2026, 4, 30), Decimal(1)) for n in range(7)
    ]
    assigns = [AssignTask(p.SECRETARY, f"T{n}", PersonId("fitter")) for n in range(7)]
    await office.does(*APPROVED, *adds, *assigns)
    await office.reached()
    fitter = PersonId("fitter")
    seen: list[str] = []
    async with begin(office.engine) as connection:
        page = await read_list(connection, fitter, "todo", limit=3)
        while True:
            seen += [entry.facts["task"] for entry in page.entries]
            if page.next is None:
                break
            page = await read_list(connection, fitter, "todo", after=page.next, limit=3)
        assert seen == [f"任务{n}" for n in reversed(range(7))]
        assert await count_waiting(connection, fitter) == {"todo": 7, "unread": 1}
        (copied,) = (await read_list(connection, fitter, "copied")).entries
        now = datetime(2026, 3, 1, tzinfo=UTC)
        await mark_read(connection, fitter, copied.id, now)
        await mark_read(connection, fitter, copied.id, now.replace(month=4))
        assert (await read_list(connection, fitter, "copied")).entries[0].read_at == now
        assert await count_waiting(connection, fitter) == {"todo": 7, "unread": 0}
        with pytest.raises(NotKnown):
            await mark_read(connection, PersonId("welder"), copied.id, now)


async def test_what_waits_of_everybody_is_counted_with_the_oldest(office: Office) -> None:
    async with office.engine.connect() as connection:
        assert await waiting_in_all(connection) == (0, None)
    await office.does(*SUBMITTED)
    (entry,) = await office.entries("prechecker", "todo")
    async with office.engine.connect() as connection:
        assert await waiting_in_all(connection) == (2, entry.created_at)  # a colleague is asked too
    await office.does(p.PRECHECK)
    waiting = await office.entries("prechecker", "todo")
    assert waiting == ()
    async with office.engine.connect() as connection:
        assert (await waiting_in_all(connection))[1] != entry.created_at


async def test_support_is_asked_of_an_office_which_owes_it_until_it_is_there(office: Office) -> None:
    """R45, R51: also when the project is closed meanwhile."""
    ask = RequestSupport(p.SECRETARY, "S1", "更换送风机", p.FINANCE_SEAT, today=p.MAY, due=date(2026, 6, 10))
    grant = DecideSupport(p.by("cfo", "finance"), "S1", True, "列入大修", today=p.MAY)
    await office.does(*APPROVED, ask)
    owed = ["branch请求支持：更换送风机，希望2026-06-10前解决。"]
    assert await office.says("accountant") == owed
    await office.does(grant, *p.WORK, p.REQUEST_CLOSURE, p.PRECHECKER_REVIEWS, p.QUALITY_REVIEWS, p.ASSESS)
    assert f"《{TITLE}》支持事项“更换送风机”将予支持：列入大修。" in await office.says("secretary", "copied")
    assert await office.says("accountant") == owed
    await office.does(ProvideSupport(grant.by, "S1", "已更换", p.SEPTEMBER, today=p.SEPTEMBER))
    assert await office.says("accountant") == []


async def test_a_finding_turned_into_support_waits_for_nobody_of_the_branch(office: Office) -> None:
    """R51."""
    visit = HoldInspection(p.INSPECTOR, "I1", p.MARCH, "例行", today=p.MARCH, visits_this_year=0)
    record = RecordFinding(p.INSPECTOR, "W1", "I1", "缺签认", "ordinary", p.MAY, p.BRANCH, p.MARCH)
    turn = TurnFindingIntoSupport(
        p.INSPECTOR, "W1", "S1", "更换送风机", p.FINANCE_SEAT, today=p.MAY, due=date(2026, 6, 10)
    )
    await office.does(*APPROVED, visit, record)
    assert len(await office.says("secretary")) == 1
    await office.does(turn)
    assert (len(await office.says("secretary")), len(await office.says("accountant"))) == (0, 1)
    decline = DecideSupport(p.by("cfo", "finance"), "S1", False, "无预算", today=p.MAY)
    await office.does(decline)
    assert f"《{TITLE}》支持事项“更换送风机”不能支持：无预算。" in await office.says("secretary", "copied")
    assert await office.says("accountant") == []


async def test_a_partner_is_asked_by_its_own_office_and_the_lead_when_it_left(office: Office) -> None:
    """R69, R72."""
    partner = Partner("质检支部", p.COMPANY)  # any unit with somebody to ask
    content = replace(p.CONTENT, partners=(partner,))
    approval = (p.DRAFT, replace(p.REVISE, proposal=content), *APPROVED[2:])
    invite = InvitePartner(p.SECRETARY, partner, "共用量具", Seat("party_secretary", p.COMPANY), today=p.MAY)
    chair = p.by("chair", "party_secretary")
    await office.does(*approval, invite)
    assert await office.says("chair") == [f"branch邀请共建《{TITLE}》：共用量具，请表明意见。"]
    await office.does(JoinProject(chair, partner.key, today=p.MAY))
    assert await office.says("chair") == []
    june = date(2026, 6, 2)
    await office.does(LeaveProject(chair, partner.key, "划转", today=p.MAY, answer_by=june))
    (todo,) = await office.entries("secretary", "todo")
    assert (todo.rule, todo.facts["unit"], todo.due) == ("n49", "company", june)
    alone = RequestChange(p.SECRETARY, "C1", "单独完成", Alteration(partners=()))
    await office.does(alone, ApproveChange(p.PRECHECKER, "C1", "h2"))
    assert await office.says("secretary") == []


async def test_a_recommended_practice_waits_for_headquarters(office: Office) -> None:
    sheet = PracticeSheet("颗粒缺陷", "清洁先于开线", "签认", "减半", "连续线", "涂装党支部")
    closing = (p.REQUEST_CLOSURE, p.PRECHECKER_REVIEWS, p.QUALITY_REVIEWS, p.ASSESS)
    recommend = RecommendPractice(p.SECRETARY, sheet, p.SEPTEMBER, of=Seat("headquarters", p.GROUP))
    await office.does(*APPROVED, *p.WORK, *closing, recommend)
    assert await office.says("hq") == [f"branch《{TITLE}》经验做法待审核列入推广。"]
    await office.does(ListPractice(p.by("hq", "headquarters", p.GROUP), ("production",), p.SEPTEMBER))
    assert await office.says("hq") == []


async def test_a_finding_whose_support_is_declined_waits_for_who_mends_it_again(office: Office) -> None:
    """R51: it is the branch's again."""
    visit = HoldInspection(p.INSPECTOR, "I1", p.MARCH, "例行", today=p.MARCH, visits_this_year=0)
    record = RecordFinding(p.INSPECTOR, "W1", "I1", "缺签认", "ordinary", p.MAY, p.BRANCH, p.MARCH)
    turn = TurnFindingIntoSupport(
        p.INSPECTOR, "W1", "S1", "更换送风机", p.FINANCE_SEAT, today=p.MAY, due=date(2026, 6, 10)
    )
    decline = DecideSupport(p.by("cfo", "finance"), "S1", False, "无预算", today=p.MAY)
    await office.does(*APPROVED, visit, record, turn, decline)
    (todo,) = await office.entries("secretary", "todo")
    assert (todo.rule, todo.subject) == ("n25", "finding/W1")
    await office.does(ReportRectification(p.SECRETARY, "W1", "已上墙", p.MAY, p.MAY))
    assert await office.says("secretary") == []


async def test_a_partner_that_is_asked_again_and_comes_back_leaves_nothing_to_do(office: Office) -> None:
    """R69: one answer is owed to the last invitation, and none to a departure once it is back."""
    one, other = Partner("质检支部", p.COMPANY), Partner("集团机关", p.GROUP)
    content = replace(p.CONTENT, partners=(one, other))
    approval = (p.DRAFT, replace(p.REVISE, proposal=content), *APPROVED[2:])
    seat = Seat("party_secretary", p.COMPANY)
    chair = p.by("chair", "party_secretary")
    invite = InvitePartner(p.SECRETARY, one, "共用量具", seat, today=p.MAY)
    await office.does(*approval, invite, replace(invite, brings="共用量具和场地"))
    assert await office.says("chair") == [f"branch邀请共建《{TITLE}》：共用量具和场地，请表明意见。"]
    june = date(2026, 6, 2)
    leave = LeaveProject(chair, one.key, "划转", today=p.MAY, answer_by=june)
    both_left = (leave, replace(leave, by=p.by("hq", "headquarters", p.GROUP), partner=other.key))
    await office.does(JoinProject(chair, one.key, today=p.MAY), *both_left)
    back = (replace(invite, instead_of=other.key), JoinProject(chair, one.key, today=p.MAY))
    await office.does(*back)
    assert await office.says("secretary") == []
