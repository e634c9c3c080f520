"""What an approval asks of whom, from the submission to the last confirmed change."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from uuid import uuid4

from sqlalchemy import select

from services.notifications import tables
from services.notifications.domain.later import wrapped
from services.projects.domain.project.approval import (
    AddSigner,
    AmendProposal,
    AnswerObjection,
    ConfirmChanges,
    GiveOpinion,
    ObjectToFiling,
    ReturnProposal,
    TransferStep,
    UrgeDecider,
    WithdrawOpinion,
)
from services.projects.domain.project.change import RequestChange
from services.projects.domain.project.content import Alteration, Seat
from services.projects.domain.project.deadlines import PassDeadline, RaiseStep
from services.projects.domain.project.route import Onward, Wanted
from services.projects.domain.project.secrecy import WithdrawText
from shared.domain import PersonId
from shared.engines import begin, is_sqlite
from shared.withdrawn import hash_of
from tests.notifications.an_inbox import APPROVED, SUBMITTED, TITLE, Office, somebody_waits
from tests.projects import a_project as p
from tests.projects.test_emergency import ASKS, HEAD_AGREES, IN_CHARGE_AGREES, RATIFY, ROUTE, SAYS_NO

RUNNING = (p.DRAFT, p.REVISE, replace(p.SUBMIT, route=ROUTE), HEAD_AGREES, IN_CHARGE_AGREES)


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
    filed = f"《{TITLE}》报您备案，如有异议请在备案期内提出。"
    assert await office.says("hq", "copied") == [filed], "R34: and no day that is not theirs"
    assert [entry.rule for entry in await office.entries("hq", "copied")] == ["n71"]


async def test_an_objection_to_a_filing_waits_for_who_decided_and_is_told_to_the_proposer(
    office: Office,
) -> None:
    """R34."""
    hq, chief = Seat("headquarters", p.GROUP), Seat("party_secretary", p.COMPANY)
    head, chair = p.by("hq", "headquarters", p.GROUP), p.by("chair", "party_secretary")
    objects = ObjectToFiling(head, 3, "目标值偏低", hq, today=p.MARCH, until=p.MARCH, to=(chief,))
    await office.does(*APPROVED, objects)
    (todo,) = await office.entries("chair", "todo")
    assert (todo.rule, todo.subject) == ("n83", "step/3")
    assert "n72" in [entry.rule for entry in await office.entries("secretary", "copied")]
    await office.does(AnswerObjection(chair, 3, False, "提高到3.0", chief))
    assert await office.says("chair") == []
    answered = f"《{TITLE}》备案异议已答复：提高到3.0。"
    assert answered in await office.says("hq", "copied")
    assert answered in await office.says("secretary", "copied")
    assert [entry.rule for entry in await office.entries("secretary", "todo")] == ["n74"]
    await office.does(RequestChange(p.SECRETARY, "C1", "提高目标", Alteration(plan=p.CONTENT.plan[:1])))
    assert await office.says("secretary") == []


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


async def test_who_a_step_was_passed_on_to_handles_it_still_when_the_other_office_is_late(
    office: Office,
) -> None:
    """R29: the step goes up for the silent office; above the other there is nobody, so it is asked still."""
    due = date(2026, 2, 3)
    both = (PersonId("quality"), PersonId("inspector"))
    countersigning = replace(p.PRECHECK, onward=Onward(due=due, on=p.JANUARY))
    transfer = TransferStep(p.QUALITY, 1, both[1], p.QUALITY_SEAT, both)
    await office.does(*SUBMITTED, countersigning, transfer)
    await office.does(PassDeadline(None, 1, due, today=date(2026, 2, 4)))
    assert "n51" in {entry.rule for entry in await office.entries("inspector", "copied")}
    assert "n51" not in {entry.rule for entry in await office.entries("quality", "copied")}
    seats = (p.QUALITY_SEAT, Seat("headquarters", p.GROUP))
    await office.does(RaiseStep(None, 1, due, date(2026, 2, 5), seats, date(2026, 2, 10)))
    assert (await office.says("quality"), len(await office.says("inspector"))) == ([], 1)


async def test_a_meeting_is_asked_to_ratify_what_runs_already_and_its_no_is_told(office: Office) -> None:
    """R33."""
    await office.does(*RUNNING)
    assert await office.says("prechecker") == [f"《{TITLE}》待列入company议题。"]
    approved = f"《{TITLE}》已批准立项，编号2026-CH-A-0012。"
    assert approved in await office.says("secretary", "copied")
    await office.does(SAYS_NO)
    ended = f"《{TITLE}》已终止，理由：R33。"
    assert await office.says("prechecker") == []
    for person in ("secretary", "fitter", "prechecker"):
        assert ended in await office.says(person, "copied"), "the word is the reader's"


async def test_what_the_ratifying_meeting_asked_for_is_owed_until_it_is_confirmed(office: Office) -> None:
    await office.does(*RUNNING, replace(RATIFY, changes=ASKS))
    assert await office.says("secretary") == [f"《{TITLE}》同意但须修改：1条，仅限编号内容。"]
    await office.does(ConfirmChanges(p.PRECHECKER, (1,), "h1", p.PRECHECK_SEAT))
    assert await office.says("secretary") == []


async def test_a_withdrawn_text_is_read_no_more_in_what_anybody_was_told(office: Office) -> None:
    """Nor in what they are told later."""
    await office.does(*APPROVED)
    reviewer = p.by("reviewer", "secrecy_reviewer")
    assert any(TITLE in told for told in await office.says("secretary", "copied"))
    await office.does(WithdrawText(reviewer, hash_of(TITLE), "含他人病情", p.MAY, said=(1,)))
    told = await office.says("secretary", "copied")
    assert "《（该文字已撤回）》一处文字已撤回，各处不再显示：含他人病情。" in told
    assert not any(TITLE in line for line in told)


async def test_a_text_that_is_withdrawn_while_a_reminder_is_made_stands_not_in_that_either(
    office: Office,
) -> None:
    """Whoever reminds holds the duty and copies its texts; who withdraws one waits, and looks then."""
    if is_sqlite(office.engine):
        return  # whoever writes is alone
    await office.does(*SUBMITTED)
    await office.reached()
    o = tables.obligations
    duty = select(o).where(o.c.rule == "n02", o.c.recipient == "prechecker")
    async with begin(office.engine) as reminding:
        row = (await reminding.execute(duty.with_for_update())).one()._asdict()
        reviewer = p.by("reviewer", "secrecy_reviewer")
        await office.does(WithdrawText(reviewer, hash_of(TITLE), "含他人病情", p.MAY, said=(1,)))
        await somebody_waits(office.engine)
        reminder = {"id": uuid4(), "kind": "read", "occurrence": wrapped("reminder", row["occurrence"])}
        await reminding.execute(o.insert().values(row | reminder | {"next_at": None}))
    await office.reached()
    async with office.engine.connect() as connection:
        told = (await connection.execute(select(o.c.facts))).scalars().all()
    assert told
    assert not any(TITLE in facts for facts in told)
