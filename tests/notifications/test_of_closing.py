"""Pauses, closing, its score, and the minutes of a meeting: who is told."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from uuid import UUID

from services.evaluation.domain.project_score import PROJECT_SCORE, FixScore
from services.evaluation.domain.score import score
from services.evaluation.domain.tally import Tally
from services.evaluation.schemes import default_scheme
from services.projects.domain.meeting import MEETING
from services.projects.domain.meeting.acts import ConfirmMeeting, ConveneMeeting, LapseMeeting, RecordMeeting
from services.projects.domain.meeting.votes import Absence, Item, Vote
from services.projects.domain.project.archiving import SendBackFromArchive, TellArchiveDue
from services.projects.domain.project.closing import ReturnClosure
from services.projects.domain.project.deadlines import OverrunSuspension
from services.projects.domain.project.pause import SuspendProject
from services.projects.domain.project.route import Wanted
from services.projects.domain.project.tasks import (
    AcceptTask,
    AddTask,
    AssignTask,
    CompleteTask,
    ReleaseTask,
)
from shared.domain import PersonId
from tests.notifications.an_inbox import APPROVED, TITLE, Office
from tests.projects import a_project as p
from tests.support.living import THE_PROJECT

CLOSING = (p.REQUEST_CLOSURE, p.PRECHECKER_REVIEWS, p.QUALITY_REVIEWS, p.ASSESS)


async def test_a_pause_at_its_longest_is_told_to_who_can_end_it(office: Office) -> None:
    """R43."""
    pause = SuspendProject(p.PRECHECKER, "停产", today=p.MARCH)
    over = OverrunSuspension(None, date(2026, 9, 2), today=date(2026, 9, 3))
    await office.does(*APPROVED, pause, over)
    told = f"《{TITLE}》暂停至2026-09-02已满最长期限，请恢复实施或终止。"
    for person in ("prechecker", "secretary"):
        assert told in await office.says(person, "copied")


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
    again = {"decider": MEETING, "stream": UUID(int=4)}
    await office.does(convene, record, LapseMeeting(None), **again)
    assert await office.says("chair") == [], "R70: its company has ended"


async def test_the_archive_is_asked_of_who_hands_over_then_of_who_receives(office: Office) -> None:
    """R78: each to-do is ended by the act itself, and a package that is sent back is owed again."""
    await office.does(*APPROVED, *p.WORK, *CLOSING, TellArchiveDue(None, date(2027, 6, 30), p.SEPTEMBER))
    due = f"《{TITLE}》待归档移交，请于2027-06-30前移交档案管理员。"
    assert due in await office.says("prechecker")
    await office.does(p.HAND_OVER)
    assert await office.says("prechecker") == []
    assert await office.says("archivist") == [f"《{TITLE}》已移交归档，请查验后接收或退回。"]
    await office.does(SendBackFromArchive(p.ARCHIVIST, ("usable",), "附件为压缩包", p.SEPTEMBER))
    assert await office.says("archivist") == []
    assert await office.says("prechecker") == [f"《{TITLE}》归档移交被退回：附件为压缩包。请补正后重新移交。"]
    await office.does(p.HAND_OVER, p.ARCHIVE)
    assert (await office.says("prechecker"), await office.says("archivist")) == ([], [])
    assert f"《{TITLE}》已归档，档号{p.ARCHIVE.archive_number}。" in await office.says("secretary", "copied")
