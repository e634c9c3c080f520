"""Results after a review: what waits for a run, appeals, marks, appraisals, requests to unseal names."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from uuid import UUID

from services.evaluation.domain import appeal as a
from services.evaluation.domain.appeal import APPEAL
from services.evaluation.domain.appraisal import Days
from services.evaluation.domain.detached import DETACHED, DetachedActivityFound, SayDetached
from services.evaluation.domain.issuing import APPRAISAL, Figures, IssueAppraisal, Line
from services.evaluation.domain.review.mark import REVIEW_SCORE, FixReviewScore, ReviewScoreFixed
from services.evaluation.domain.review.unsealing import (
    UNSEALING,
    AgreeToUnsealing,
    AskUnsealing,
    DeclineUnsealing,
    Scope,
)
from shared.domain import By, PersonId
from tests.evaluation.review import test_awarding as awarding
from tests.notifications.an_inbox import APPROVED, TITLE, Office
from tests.notifications.test_of_reviews import DISCIPLINE, OPEN, RUN, THE_REVIEW, noticed, on_review
from tests.projects import a_project as p
from tests.support.living import THE_PROJECT

UNTIL, ANSWER_UNTIL = date(2026, 12, 9), date(2026, 12, 23)
FILE = a.FileAppeal(
    p.SECRETARY, str(THE_PROJECT), "closing", "漏计", p.BRANCH, p.COMPANY, UNTIL, UNTIL, ANSWER_UNTIL
)
ABOVE = p.by("prechecker", "party_department")
OF_CLOSING, OF_MARK = UUID(int=31), UUID(int=32)
ASK = AskUnsealing(
    By(PersonId("auditor"), "auditor", p.GROUP),
    str(THE_REVIEW),
    Scope("panel", ("C",)),
    "one card is far",
    "〔2027〕3号",
    sealed=True,
    open_to_them=True,
)
ASKED_TO_UNSEAL = "group年度评审有1件启封申请，请核对范围和理由后决定。"


async def test_an_accepted_objection_waits_for_a_run_with_whoever_runs_the_review(office: Office) -> None:
    """n101, R62: until the allocation is run; one that was not accepted asks for nothing."""
    await noticed(office)
    await on_review(office, *[awarding.objects(str(THE_PROJECT))] * 2)
    await on_review(office, replace(awarding.answers(1, by=DISCIPLINE), accepted=False))
    assert await office.says("hq") == []
    await on_review(office, replace(awarding.answers(2, by=DISCIPLINE), accepted=True))
    assert await office.says("hq") == ["group2026年度评审采纳了1件异议，请重新确定奖项名额。"]
    await on_review(office, replace(RUN, reason="an objection was accepted"))
    assert await office.says("hq") == []


async def on_appeal(office: Office, *commands: a.Command, stream: UUID = OF_CLOSING) -> None:
    await office.evaluation.does(*commands, decider=APPEAL, stream=stream)


async def test_an_appeal_waits_for_the_level_above_and_its_answer_is_told_to_the_unit(office: Office) -> None:
    """n103, n104, n105, R55: each appeal is ended by its own answer."""
    await office.does(*APPROVED)
    of_mark = replace(FILE, about="review", to=p.COMPANY, review=str(THE_REVIEW))
    await on_appeal(office, FILE)
    await on_appeal(office, of_mark, stream=OF_MARK)
    asked = f"branch对《{TITLE}》的结果申请复核，请于2026-12-23前书面答复。"
    assert [await office.says(person) for person in ("prechecker", "chair")] == [[asked], [asked]]
    assert {entry.due for entry in await office.entries("prechecker", "todo")} == {ANSWER_UNTIL}
    await on_appeal(office, a.AnswerAppeal(ABOVE, accepted=True, answer="应当计入"))
    assert [await office.says(person) for person in ("prechecker", "chair")] == [[], [asked]]
    granted = f"《{TITLE}》的复核申请已采纳：应当计入。结果由原评定单位调整。"
    assert granted in await office.says("secretary", "copied")
    await on_appeal(office, a.AnswerAppeal(ABOVE, accepted=False, answer="无误"), stream=OF_MARK)
    assert await office.says("chair") == []
    assert f"《{TITLE}》的复核申请未采纳：无误。" in await office.says("secretary", "copied")


async def test_the_mark_of_a_review_is_told_to_the_leading_secretary(office: Office) -> None:
    """n106, R54, R55."""
    await office.does(*APPROVED)
    fixed = ReviewScoreFixed(
        str(THE_PROJECT),
        str(THE_REVIEW),
        2026,
        "2026.1",
        Decimal(90),
        (),
        Decimal("88.50"),
        1,
        "first",
        "〔2026〕41号",
        "evaluation/group/7",
        UNTIL,
    )
    await office.evaluation.does(FixReviewScore(None, fixed), decider=REVIEW_SCORE, stream=UUID(int=33))
    assert f"《{TITLE}》年度评审得分88.50，2026-12-09前可申请复核。" in await office.says(
        "secretary", "copied"
    )


async def test_activities_that_moved_nothing_are_told_to_the_leading_secretary_alone(office: Office) -> None:
    """n34: for information; no deputy, department or leader reads it."""
    await office.does(*APPROVED)
    activities = ("projects/company/8", "projects/company/9", "projects/company/10")
    value = Decimal("6.8")
    found = DetachedActivityFound(
        str(THE_PROJECT), "rework", "2026-06", value, value, "projects/company/11", activities
    )
    say = SayDetached(None, found)
    await office.evaluation.does(say, say, decider=DETACHED, stream=UUID(int=36))
    hint = f"《{TITLE}》有3次活动对应的“返修率”没有变化，供您参考。"
    told = [
        person
        for person in ("secretary", "deputy", "fitter", "chair", "prechecker", "colleague", "hq")
        for which in ("todo", "done", "started", "copied")
        for text in await office.says(person, which)
        if text == hint
    ]
    assert told == ["secretary"]


async def test_figures_of_an_appraisal_are_told_to_each_whose_term_they_are_of(office: Office) -> None:
    """n43, R11: nobody else reads that they are there."""
    year = Days(date(2025, 10, 1), date(2026, 10, 1))
    line = Line(
        "term-secretary", PersonId("secretary"), "branch_secretary", False, p.BRANCH, year, None, "", ()
    )
    figures = Figures(None, (), (line,))
    issue = IssueAppraisal(
        By(PersonId("hq"), "headquarters", p.GROUP), p.BRANCH, 2026, year, UNTIL, 0, "2026.1", (), figures, 9
    )
    await office.evaluation.does(issue, decider=APPRAISAL, stream=UUID(int=34))
    assert await office.says("secretary", "copied") == ["2026年度任职期间考核数据已生成。"]
    for person in ("deputy", "chair", "prechecker"):
        assert await office.says(person, "copied") == []


async def on_request(office: Office, *commands: object) -> None:
    await office.evaluation.does(*commands, decider=UNSEALING, stream=UUID(int=35), ledger="group")


async def test_a_request_to_unseal_waits_for_both_who_may_agree_and_for_each_alone(office: Office) -> None:
    """n107, n108, R68: nothing of its scope is told, nor who asks."""
    await on_review(office, OPEN)
    await on_request(office, ASK)
    assert [await office.says(person) for person in ("discipline", "overseer")] == [[ASKED_TO_UNSEAL]] * 2
    (entry,) = await office.entries("overseer", "todo")
    assert set(entry.facts) == {"unit"}
    await on_request(office, AgreeToUnsealing(DISCIPLINE, 1, "discipline", ran=False))
    assert [await office.says(person) for person in ("discipline", "overseer")] == [[], [ASKED_TO_UNSEAL]]
    overseer = By(PersonId("overseer"), "leader_in_charge", p.GROUP)
    await on_request(office, AgreeToUnsealing(overseer, 1, "secretary", ran=False))
    assert await office.says("overseer") == []


async def test_what_one_of_the_two_declines_waits_for_neither(office: Office) -> None:
    """n107, n108, R68."""
    await on_review(office, OPEN)
    await on_request(
        office, ASK, DeclineUnsealing(DISCIPLINE, 1, "discipline", ran=False, reason="no ground")
    )
    assert [await office.says(person) for person in ("discipline", "overseer")] == [[], []]
