"""Tasks, figures and findings: who does, who accepts, who confirms, who mends."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from uuid import UUID

from services.projects.domain.project.asking import AskForLookBack, AskForReading, LookBackAtFinding
from services.projects.domain.project.change import RequestChange
from services.projects.domain.project.content import Alteration, Seat
from services.projects.domain.project.dispute import DecideDispute, DisputeFinding
from services.projects.domain.project.figures import ConfirmFigure, DisputeFigure, ReportReading
from services.projects.domain.project.lateness import GiveExplanation, Remind
from services.projects.domain.project.midterm import CheckMidterm
from services.projects.domain.project.rectification import CloseFinding, ReopenFinding, ReportRectification
from services.projects.domain.project.supervision import HoldInspection, RecordFinding
from services.projects.domain.project.support import (
    DecideSupport,
    GiveGuidance,
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
    ReleaseWhatTheyHold,
    SendBackTask,
    SplitClaim,
)
from services.projects.domain.project.team import FormTeam, StandDownTeam
from services.projects.domain.project.work import ReachMilestone
from services.projects.domain.visits import VISITS, PlanInspection
from shared.domain import PersonId
from tests.notifications.an_inbox import APPROVED, TITLE, Office
from tests.projects import a_project as p

FOUND = RecordFinding(
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


async def test_who_gets_no_half_of_a_split_item_is_told_who_does_each_and_why(office: Office) -> None:
    """R39."""
    add = AddTask(p.SECRETARY, "T2", "提速", "31小时到24小时", date(2026, 6, 30), Decimal(10))
    ends = date(2026, 3, 5)
    await office.does(*APPROVED, add, OfferTask(p.SECRETARY, "T2", "31", "24", (p.BRANCH,), ends, p.MARCH))
    claims = (ClaimTask(who, "T2", ends) for who in (p.WELDER, p.FITTER, p.SECRETARY))
    welder, fitter = p.WELDER.person, p.FITTER.person
    split = SplitClaim(p.DEPUTY, "T2", "拆装", welder, "T2-2", "调试", fitter, date(2026, 3, 6), "各有所长")
    await office.does(*claims, split)
    halves = [
        "登高项“拆装”确定由welder承担，理由：各有所长。",
        "登高项“调试”确定由fitter承担，理由：各有所长。",
    ]
    assert set(halves) <= set(await office.says("secretary", "copied"))
    for person, half in zip(("welder", "fitter"), halves, strict=True):
        assert set(halves) & set(await office.says(person, "copied")) == {half}


async def test_the_secretary_is_told_that_a_claim_lapsed(office: Office) -> None:
    """R39."""
    add = AddTask(p.SECRETARY, "T2", "提速", "31小时到24小时", date(2026, 6, 30), Decimal(10))
    ends = date(2026, 3, 5)
    offer = OfferTask(p.SECRETARY, "T2", "31", "24", (p.BRANCH,), ends, p.MARCH)
    gone = ReleaseWhatTheyHold(None, PersonId("welder"), "调离")
    await office.does(*APPROVED, add, offer, ClaimTask(p.WELDER, "T2", ends), gone)
    said = "登高项“提速”的一名认领人调离，其认领失效，还有0人认领。"
    assert said in await office.says("secretary", "copied")


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
    await office.does(*APPROVED, HoldInspection(p.INSPECTOR, "I1", p.MAY, "日常", p.MAY), FOUND)
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
    await office.does(*APPROVED, HoldInspection(p.INSPECTOR, "I1", p.MAY, "日常", p.MAY), found)
    for person in ("secretary", "prechecker"):  # the company has no branch secretary: the nearest (R3)
        assert [entry.rule for entry in await office.entries(person, "todo")] == ["n25"]


async def test_a_finding_turned_into_support_waits_for_nobody_of_the_branch(office: Office) -> None:
    """R51."""
    visit = HoldInspection(p.INSPECTOR, "I1", p.MARCH, "例行", today=p.MARCH)
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


async def test_a_planned_inspection_is_told_to_who_leads_the_branch(office: Office) -> None:
    """R46: and asks for nothing."""
    plan = PlanInspection(
        p.INSPECTOR, p.BRANCH, "D1", p.MAY, "半年督导", "branch_with_committee", today=p.MARCH
    )
    await office.does(plan, decider=VISITS, stream=UUID(int=4))
    (told,) = await office.entries("secretary", "copied")
    assert told.rule == "n24"
    (said,) = await office.says("secretary", "copied")
    assert said.startswith("2026-05-06将到")
    assert await office.says("secretary") == []


CHAIR = p.by("chair", "party_secretary")
DISPUTED = (
    HoldInspection(p.INSPECTOR, "I1", p.MARCH, "例行", today=p.MARCH),
    RecordFinding(p.INSPECTOR, "W1", "I1", "缺签认", "ordinary", p.MAY, p.BRANCH, p.MARCH),
    DisputeFinding(
        p.SECRETARY, "W1", "签认在背面", today=p.MARCH, due=p.MAY, of=Seat("party_secretary", p.COMPANY)
    ),
)


async def test_a_disputed_finding_waits_for_who_is_above_its_finder(office: Office) -> None:
    """R48."""
    await office.does(*APPROVED, *DISPUTED)
    assert await office.says("secretary") == []
    (todo,) = await office.entries("chair", "todo")
    assert (todo.rule, todo.subject) == ("n53", "finding/W1")
    await office.does(DecideDispute(CHAIR, "W1", True, "背面也没有", today=p.MAY))
    assert await office.says("chair") == []
    (again,) = await office.entries("secretary", "todo")
    assert (again.rule, again.subject) == ("n25", "finding/W1")
    for person in ("secretary", "inspector"):
        said = f"《{TITLE}》对发现问题的异议不成立，问题维持：背面也没有。"
        assert said in await office.says(person, "copied")


async def test_for_a_finding_that_is_withdrawn_nobody_owes_anything(office: Office) -> None:
    """R48."""
    withdraw = DecideDispute(CHAIR, "W1", False, "背面有签认", today=p.MAY)
    await office.does(*APPROVED, *DISPUTED, withdraw)
    for person in ("secretary", "chair"):
        assert await office.says(person) == []
    for person in ("secretary", "inspector"):
        said = f"《{TITLE}》对发现问题的异议成立，问题撤销：背面有签认。"
        assert said in await office.says(person, "copied")


async def test_a_finding_whose_support_is_declined_waits_for_who_mends_it_again(office: Office) -> None:
    """R51: it is the branch's again."""
    visit = HoldInspection(p.INSPECTOR, "I1", p.MARCH, "例行", today=p.MARCH)
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


async def test_a_team_hears_that_it_is_formed_and_stood_down(office: Office) -> None:
    form = FormTeam(p.SECRETARY, "commando", "首班突击队", p.MARCH, today=p.MARCH)
    await office.does(*APPROVED, form, StandDownTeam(p.SECRETARY, "任务完成", p.MAY, today=p.MAY))
    told = await office.says("fitter", "copied")
    assert f"《{TITLE}》“首班突击队”已组建，您是团队成员。" in told
    assert f"《{TITLE}》攻关团队已撤编：任务完成。" in told


async def test_who_needs_help_by_the_midterm_check_asks_for_it_and_is_then_reminded_no_more(
    office: Office,
) -> None:
    check = CheckMidterm(p.INSPECTOR, "needs_help", "送风机老化", p.MAY)
    ask = RequestSupport(p.SECRETARY, "S1", "更换送风机", p.FINANCE_SEAT, today=p.MAY, due=date(2026, 6, 10))
    await office.does(*APPROVED, check)
    owed = [f"《{TITLE}》中期检查认为需要帮助：送风机老化。请提出支持事项或商请指导。"]
    assert await office.says("secretary") == owed
    await office.does(ask)
    assert await office.says("secretary") == []


async def test_guidance_too_answers_a_midterm_check(office: Office) -> None:
    await office.does(*APPROVED, CheckMidterm(p.INSPECTOR, "needs_help", "方法不对", p.MAY))
    assert len(await office.says("secretary")) == 1
    await office.does(GiveGuidance(p.INSPECTOR, p.MAY, "排查方法", "现场讲解", today=p.MAY))
    assert await office.says("secretary") == []


async def test_who_needs_a_change_by_the_midterm_check_asks_for_it(office: Office) -> None:
    check = CheckMidterm(p.INSPECTOR, "needs_change", "节点过密", p.MAY)
    await office.does(*APPROVED, check)
    assert await office.says("secretary") == [f"《{TITLE}》中期检查认为需要调整：节点过密。请提出变更申请。"]
    await office.does(
        RequestChange(p.SECRETARY, "C1", "换人", Alteration(team=replace(p.CONTENT.team, name="新")))
    )
    assert await office.says("secretary") == []


async def test_what_is_on_plan_by_the_midterm_check_is_only_told(office: Office) -> None:
    await office.does(*APPROVED, CheckMidterm(p.INSPECTOR, "on_plan", "节点均已完成", p.MAY))
    assert await office.says("secretary") == []
    assert f"《{TITLE}》中期检查：按计划推进。节点均已完成" in await office.says("secretary", "copied")


async def test_who_holds_what_is_late_and_their_leader_do_it_or_explain(office: Office) -> None:
    """R42, R44: first to whoever has it, then to the leader, and to nobody else."""
    due, late = date(2026, 4, 30), "“编制首班清洁标准”已逾期1天，请办理或提交情况说明。"
    soon = Remind(None, "task", "T1", "编制首班清洁标准", p.MARCH, due, today=date(2026, 4, 20))
    await office.does(*APPROVED, *p.WORK[:2], soon)
    near = "“编制首班清洁标准”将于2026-04-30到期。"
    assert near in await office.says("fitter", "copied")
    assert near not in await office.says("secretary", "copied")
    await office.does(replace(soon, today=date(2026, 4, 28)))
    assert near in await office.says("secretary", "copied")
    await office.does(replace(soon, today=date(2026, 5, 1)))
    assert late in await office.says("fitter")
    assert late in await office.says("secretary")
    assert late not in await office.says("deputy")
    why = GiveExplanation(p.SECRETARY, "task", "T1", "缺料", "下周补齐", date(2026, 5, 2))
    await office.does(why)
    assert late not in await office.says("fitter") + await office.says("secretary")


async def test_a_missed_milestone_is_the_leaders_until_it_is_reached(office: Office) -> None:
    """R42."""
    missed = Remind(None, "milestone", "M1", "首月", p.MARCH, date(2026, 5, 31), today=date(2026, 6, 3))
    await office.does(*APPROVED, missed)
    assert await office.says("secretary") == ["“首月”已逾期3天，请办理或提交情况说明。"]
    await office.does(ReachMilestone(p.SECRETARY, "M1", p.MAY, today=date(2026, 6, 3)))
    assert await office.says("secretary") == []


async def test_a_figure_is_asked_of_who_leads_until_it_is_reported(office: Office) -> None:
    """R41."""
    await office.does(*APPROVED, AskForReading(None, "rework", date(2026, 4, 30), today=p.MAY))
    assert await office.says("secretary") == ["返修率2026-04数据待填报。"]
    report = ReportReading(p.SECRETARY, "rework", "2026-04", Decimal("5.1"), p.MARCH, today=p.MAY)
    await office.does(report)
    assert await office.says("secretary") == []


async def test_who_found_it_looks_back_at_what_was_closed(office: Office) -> None:
    look_back = date(2026, 8, 6)
    await office.does(
        *APPROVED,
        HoldInspection(p.INSPECTOR, "I1", p.MAY, "日常", p.MAY),
        FOUND,
        ReportRectification(p.SECRETARY, "W01", "已上墙", p.MAY, p.MAY),
        CloseFinding(p.INSPECTOR, "W01", p.MAY, units=(p.COMPANY,), look_back=look_back),
        AskForLookBack(None, "W01", "标准未上墙", look_back, today=look_back),
    )
    assert await office.says("inspector") == ["branch“标准未上墙”回头看到期。"]
    await office.does(LookBackAtFinding(p.INSPECTOR, "W01", "仍在墙上", look_back, units=(p.COMPANY,)))
    assert await office.says("inspector") == []
