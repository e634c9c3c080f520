"""Support, partners and practices: what is asked of others outside the project."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from services.notifications.domain import heard
from services.notifications.domain.known import Known
from services.notifications.domain.obligation import Closing, closing
from services.projects.domain.project.approval import ReturnProposal
from services.projects.domain.project.change import ApproveChange, RequestChange
from services.projects.domain.project.change_deadlines import PassChangeDeadline, RaiseChange
from services.projects.domain.project.change_waiting import (
    AddChangeSigner,
    TransferChangeStep,
    UrgeChangeDecider,
    WithdrawChangeOpinion,
)
from services.projects.domain.project.content import Alteration, Partner, Seat
from services.projects.domain.project.partnership import InvitePartner, JoinProject, LeaveProject
from services.projects.domain.project.practice import (
    DeclinePractice,
    ListPractice,
    PracticeSheet,
    RecommendPractice,
)
from services.projects.domain.project.route import Onward, Step, Wanted
from services.projects.domain.project.secrecy import ReviewSecrecy
from services.projects.domain.project.succession import MoveLead, Successor
from services.projects.domain.project.support import (
    DecideSupport,
    ProvideSupport,
    RequestSupport,
)
from services.projects.domain.project.version import OrderVersion
from shared.domain import PersonId
from tests.notifications.an_inbox import APPROVED, TITLE, Office
from tests.projects import a_project as p

SHEET = PracticeSheet("颗粒缺陷", "清洁先于开线", "签认", "减半", "连续线", "涂装党支部")
CLOSED = (p.REQUEST_CLOSURE, p.PRECHECKER_REVIEWS, p.QUALITY_REVIEWS, p.ASSESS)
RECOMMEND = RecommendPractice(p.SECRETARY, SHEET, p.SEPTEMBER, of=Seat("headquarters", p.GROUP))


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


async def test_an_overdue_change_is_owed_by_the_office_above_and_no_more_by_the_one_below(
    office: Office,
) -> None:
    """R23; whose word stands is not asked again (R29)."""
    both = Step("会签", "all", (p.QUALITY_SEAT, p.FINANCE_SEAT), 3)
    due, next_due = date(2026, 5, 13), date(2026, 5, 20)
    content = Alteration(plan=p.CONTENT.plan[:1])
    onward = Onward(due, on=p.MAY)
    asks = RequestChange(p.SECRETARY, "C1", "停产", content, route=(both,), onward=onward)
    agrees = ApproveChange(p.by("quality", "source_department"), "C1", "h2", seat=p.QUALITY_SEAT)
    await office.does(*APPROVED, asks, agrees)
    assert [entry.rule for entry in await office.entries("accountant", "todo")] == ["n84"]
    above = (p.QUALITY_SEAT, Seat("headquarters", p.GROUP))
    on = date(2026, 5, 15)
    await office.does(PassChangeDeadline(None, "C1", 0, due, date(2026, 5, 14)))
    late = f"《{TITLE}》办理时限2026-05-13已过，请尽快办理；仍未办理的将提级。"
    assert late in await office.says("accountant", "copied")
    assert late not in await office.says("quality", "copied"), "who has spoken is not reminded"
    await office.does(RaiseChange(None, "C1", 0, due, on, above, next_due, stays=(p.QUALITY_SEAT,)))
    assert await office.says("accountant") == await office.says("quality") == []
    (owed,) = await office.entries("hq", "todo")
    assert (owed.rule, owed.due, owed.facts["reason"]) == ("n11", next_due, "overdue")
    await office.does(ApproveChange(p.by("hq", "headquarters", p.GROUP), "C1", "h2", seat=above[1]))
    assert await office.says("hq") == []


async def test_a_running_project_is_told_of_an_order_and_what_it_changes(office: Office) -> None:
    """R19: of what it asked for itself it knows."""
    order = OrderVersion(p.by("hq", "headquarters", p.GROUP), "2026.2", "上级要求", ("scheme",), "9号")
    asked = RequestChange(p.SECRETARY, "C1", "更合实际", Alteration(programme="2026.2"), parts=("deadlines",))
    await office.does(*APPROVED, order)
    said = f"《{TITLE}》按9号要求，scheme改按2026.2执行，请查看前后差异。"
    assert said in await office.says("secretary", "copied")
    await office.does(asked, ApproveChange(p.PRECHECKER, "C1", "h2", parts=("deadlines",)))
    assert [e.rule for e in await office.entries("secretary", "copied")].count("n64") == 1


async def test_who_leads_instead_and_their_department_are_told(office: Office) -> None:
    """R70."""
    to = Successor(p.COMPANY, p.COMPANY, "party_committee", p.COMPANY)
    await office.does(*APPROVED, MoveLead(None, to, p.COMPANY))
    said = f"《{TITLE}》原由“branch”牵头，现由您单位接续实施，未办结的环节由您单位相应岗位办理，请查看。"
    assert said in await office.says("chair", "copied")
    assert said in await office.says("prechecker", "copied")
    assert said not in await office.says("secretary", "copied")
    await office.does(RequestSupport(p.by("chair"), "S1", "送风机", p.FINANCE_SEAT, p.MAY, date(2026, 6, 10)))
    assert await office.says("accountant") == ["company请求支持：送风机，希望2026-06-10前解决。"]


async def test_what_the_leading_secretary_owes_is_their_successors(office: Office) -> None:
    """R70: what a change needs is theirs until it is made."""
    to = Successor(p.COMPANY, p.COMPANY, "party_committee", p.COMPANY)
    wanted = (Wanted("补数据", "problem"),)
    await office.does(
        *APPROVED[:3], ReturnProposal(p.PRECHECKER, 0, wanted, rerun=True, seat=p.PRECHECK_SEAT)
    )
    assert len(owed := await office.says("secretary")) == 1
    await office.does(MoveLead(None, to, p.COMPANY))
    assert [await office.says(who) for who in ("secretary", "chair")] == [[], owed]
    assert await office.says("secretary", "done") == []


async def test_a_recommended_practice_waits_for_headquarters(office: Office) -> None:
    await office.does(*APPROVED, *p.WORK, *CLOSED, RECOMMEND)
    assert await office.says("hq") == [f"branch《{TITLE}》经验做法待审核列入推广。"]
    looked_at = ReviewSecrecy(p.by("reviewer", "secrecy_reviewer"), "spread", "internal", p.SEPTEMBER)
    await office.does(looked_at)
    await office.does(ListPractice(p.by("hq", "headquarters", p.GROUP), ("production",), p.SEPTEMBER))
    assert await office.says("hq") == []
    assert f"《{TITLE}》经验做法已列入推广。" in await office.says("secretary", "copied")


async def test_a_declined_practice_leaves_nothing_to_do_until_it_is_recommended_again(office: Office) -> None:
    """Neither to whoever declined it nor, by n60, to who was to review its secrecy."""
    await office.does(*APPROVED, *p.WORK, *CLOSED, RECOMMEND)
    asked = await office.says("hq")
    assert asked
    await office.does(DeclinePractice(p.by("hq", "headquarters", p.GROUP), "数据太短", p.SEPTEMBER))
    assert await office.says("hq") == []
    said = f"《{TITLE}》经验做法未列入推广：数据太短。可补充后重新推荐。"
    assert said in await office.says("secretary", "copied")
    await office.does(RECOMMEND)
    assert await office.says("hq") == asked
    assert closing(heard.PracticeDeclined(""), Known()) == Closing(frozenset({"n50", "n60"}), "practice")


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


async def test_each_step_of_a_change_is_told_to_whose_word_it_waits_for(office: Office) -> None:
    """The word answers the todo; the next step asks the next seat, and the last one closes all."""
    department, chair = Seat("party_department", p.COMPANY), Seat("party_secretary", p.COMPANY)
    route = (Step("审核", "any", (department,), 3), Step("审批", "any", (chair,), 3))
    earlier = Alteration(plan=p.CONTENT.plan[:1])
    until = Onward(date(2026, 6, 2), on=p.MAY)
    await office.does(*APPROVED, RequestChange(p.SECRETARY, "C1", "提前", earlier, route=route, onward=until))
    assert await office.says("prechecker") == [f"《{TITLE}》变更申请待您审核，请于2026-06-02前办理。"]
    assert await office.says("chair") == []
    await office.does(ApproveChange(p.PRECHECKER, "C1", "h2", seat=department, onward=until))
    assert await office.says("prechecker") == []
    assert await office.says("chair") == [f"《{TITLE}》变更申请待您审批，请于2026-06-02前办理。"]
    await office.does(ApproveChange(p.by("chair", "party_secretary"), "C1", "h2", seat=chair))
    assert await office.says("chair") == []


async def test_a_word_on_a_change_that_is_taken_back_is_asked_for_again(office: Office) -> None:
    """R82: of who gave it, with the step and its day; and answered it is owed no more."""
    due = date(2026, 6, 2)
    both = Step("会签", "all", (p.QUALITY_SEAT, p.FINANCE_SEAT), 3)
    content = Alteration(plan=p.CONTENT.plan[:1])
    asks = RequestChange(p.SECRETARY, "C1", "提前", content, route=(both,), onward=Onward(due, on=p.MAY))
    quality = p.by("quality", "source_department")
    agrees = ApproveChange(quality, "C1", "h2", seat=p.QUALITY_SEAT)
    await office.does(*APPROVED, asks, agrees)
    assert await office.says("quality") == []
    await office.does(WithdrawChangeOpinion(quality, "C1", 0, "误解", p.QUALITY_SEAT))
    (owed,) = await office.entries("quality", "todo")
    assert (owed.rule, owed.due, owed.facts["step"]) == ("n84", due, "会签")
    await office.does(agrees)
    assert await office.says("quality") == []


async def test_a_word_answers_for_a_change_that_went_up_and_is_asked_for_again_when_it_is_taken_back(
    office: Office,
) -> None:
    """R23, R82."""
    both = Step("会签", "all", (p.QUALITY_SEAT, p.FINANCE_SEAT), 3)
    due, next_due = date(2026, 5, 13), date(2026, 5, 20)
    content = Alteration(plan=p.CONTENT.plan[:1])
    asks = RequestChange(p.SECRETARY, "C1", "提前", content, route=(both,), onward=Onward(due, on=p.MAY))
    above = Seat("headquarters", p.GROUP)
    raised = RaiseChange(None, "C1", 0, due, date(2026, 5, 15), (p.QUALITY_SEAT, above), next_due)
    hq = p.by("hq", "headquarters", p.GROUP)
    passed = PassChangeDeadline(None, "C1", 0, due, date(2026, 5, 14))
    await office.does(*APPROVED, asks, passed, raised, ApproveChange(hq, "C1", "h2", seat=above))
    assert await office.says("hq") == [], "the word of the other office is waited for"
    await office.does(WithdrawChangeOpinion(hq, "C1", 0, "误解", above))
    (owed,) = await office.entries("hq", "todo")
    assert (owed.rule, owed.due) == ("n84", next_due)


async def test_a_signer_added_to_a_change_is_asked_as_well(office: Office) -> None:
    """R29: with the step and its day; the others are asked still."""
    due = date(2026, 6, 2)
    one = Step("会签", "any", (p.QUALITY_SEAT,), 3)
    content = Alteration(plan=p.CONTENT.plan[:1])
    asks = RequestChange(p.SECRETARY, "C1", "提前", content, route=(one,), onward=Onward(due, on=p.MAY))
    quality = p.by("quality", "source_department")
    adds = AddChangeSigner(quality, "C1", 0, p.FINANCE_SEAT, "before", p.QUALITY_SEAT, True)
    await office.does(*APPROVED, asks, adds)
    (owed,) = await office.entries("accountant", "todo")
    assert (owed.rule, owed.due, owed.facts["step"]) == ("n84", due, "会签")
    assert len(await office.says("quality")) == 1
    await office.does(ApproveChange(p.by("accountant", "finance"), "C1", "h2", seat=p.FINANCE_SEAT))
    assert (await office.says("accountant"), len(await office.says("quality"))) == ([], 1)


async def test_who_took_a_change_over_is_asked_reminded_and_urged_and_the_other_no_more(
    office: Office,
) -> None:
    """R29: also where it goes up for another office."""
    both, due = (PersonId("quality"), PersonId("inspector")), date(2026, 5, 13)
    two = Step("会签", "all", (p.QUALITY_SEAT, p.FINANCE_SEAT), 3)
    content = Alteration(plan=p.CONTENT.plan[:1])
    asks = RequestChange(p.SECRETARY, "C1", "提前", content, route=(two,), onward=Onward(due, on=p.MAY))
    quality = p.by("quality", "source_department")
    transfer = TransferChangeStep(quality, "C1", 0, both[1], p.QUALITY_SEAT, both)
    await office.does(*APPROVED, asks)
    assert [e.rule for e in await office.entries("quality", "todo")] == ["n84"]
    await office.does(transfer)
    assert await office.says("quality") == []
    (owed,) = await office.entries("inspector", "todo")
    assert (owed.rule, owed.due, owed.facts["step"]) == ("n84", due, "会签")
    assert len(await office.says("accountant")) == 1, "the other office is asked still"
    before = len(await office.says("quality", "copied"))
    urges = UrgeChangeDecider(p.SECRETARY, "C1", 0, p.MAY)
    await office.does(urges, PassChangeDeadline(None, "C1", 0, due, date(2026, 5, 14)))
    rules = {entry.rule for entry in await office.entries("inspector", "copied")}
    assert {"n10", "n51"} <= rules
    assert len(await office.says("quality", "copied")) == before
    seats = (p.QUALITY_SEAT, Seat("headquarters", p.GROUP))
    await office.does(RaiseChange(None, "C1", 0, due, date(2026, 5, 15), seats, date(2026, 5, 20)))
    assert (await office.says("quality"), len(await office.says("inspector"))) == ([], 1)
    await office.does(ApproveChange(p.by("inspector", "source_department"), "C1", "h2", seat=p.QUALITY_SEAT))
    assert await office.says("inspector") == []


async def test_who_is_to_decide_on_a_change_is_urged_and_for_a_meeting_who_sets_its_agenda(
    office: Office,
) -> None:
    """n10: to read, no todo; members of a committee are not urged to vote (R26)."""
    both = Step("会签", "all", (p.QUALITY_SEAT, p.FINANCE_SEAT), 3)
    meets = Step("党委会审议", "meeting", (Seat("committee_member", p.COMPANY),))
    content = Alteration(plan=p.CONTENT.plan[:1])
    asks = RequestChange(p.SECRETARY, "C1", "提前", content, route=(both, meets))
    quality = ApproveChange(p.by("quality", "source_department"), "C1", "h2", seat=p.QUALITY_SEAT)
    money = ApproveChange(p.by("accountant", "finance"), "C1", "h2", seat=p.FINANCE_SEAT)
    await office.does(*APPROVED, asks, quality, UrgeChangeDecider(p.SECRETARY, "C1", 0, p.MAY))
    assert f"branch催办：《{TITLE}》会签。" in await office.says("accountant", "copied")
    assert f"branch催办：《{TITLE}》会签。" not in await office.says("quality", "copied")
    await office.does(money, UrgeChangeDecider(p.SECRETARY, "C1", 1, p.MAY))
    assert f"branch催办：《{TITLE}》党委会审议。" in await office.says("prechecker", "copied")


async def test_of_a_change_before_a_meeting_that_is_late_the_department_is_reminded(office: Office) -> None:
    """R28: its members are not asked for single consent."""
    due = date(2026, 6, 2)
    meets = Step("党委会审议", "meeting", (Seat("committee_member", p.COMPANY),))
    content = Alteration(plan=p.CONTENT.plan[:1])
    asks = RequestChange(p.SECRETARY, "C1", "提前", content, route=(meets,), onward=Onward(due, on=p.MAY))
    await office.does(*APPROVED, asks, PassChangeDeadline(None, "C1", 0, due, date(2026, 6, 3)))
    assert [e.rule for e in await office.entries("prechecker", "copied")] == ["n51"]
    assert await office.says("chair", "copied") == []


async def test_a_change_before_a_meeting_is_told_to_who_puts_it_on_the_agenda(office: Office) -> None:
    """R28: its members give no single consent. R34: an office that is informed owes nothing."""
    filed = Step("备案", "filing", (Seat("party_secretary", p.COMPANY),), 3)
    meets = Step("党委会审议", "meeting", (Seat("committee_member", p.COMPANY),))
    earlier = Alteration(plan=p.CONTENT.plan[:1])
    await office.does(*APPROVED, RequestChange(p.SECRETARY, "C1", "提前", earlier, route=(filed, meets)))
    assert await office.says("prechecker") == [f"《{TITLE}》变更申请待列入company议题。"]
    assert await office.says("chair") == []
