"""A unit appeals a result once, in time, and the level above answers (R55)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from services.evaluation.domain import appeal as a
from services.evaluation.domain.appeal import APPEAL
from shared.domain import By, PersonId, UnitId
from tests.support.given import given

BRANCH, COMPANY, GROUP = UnitId("branch"), UnitId("company"), UnitId("group")
SECRETARY = By(PersonId("secretary"), "branch_secretary", BRANCH)
ABOVE = By(PersonId("zhao"), "headquarters", GROUP)
UNTIL = date(2026, 9, 8)
FILE = a.FileAppeal(
    SECRETARY, "project", "closing", "a late figure", BRANCH, GROUP, UNTIL, UNTIL, date(2026, 9, 22)
)
ANSWER = a.AnswerAppeal(ABOVE, accepted=True, answer="the figure counts")


def test_it_is_asked_once_and_within_its_days() -> None:
    filed = a.AppealFiled("project", "closing", BRANCH, GROUP, "a late figure", date(2026, 9, 22))
    given(APPEAL).when(FILE).then(filed)
    given(APPEAL, filed).when(FILE).then_refused(a.AppealedAlready)
    late = replace(FILE, on=UNTIL + timedelta(1))
    given(APPEAL).when(late).then_refused(a.AppealIsLate, until=UNTIL)
    given(APPEAL).when(replace(FILE, reason=" ")).then_refused(a.AppealSaysWhy)


def test_the_level_above_answers_once_in_words() -> None:
    filed = given(APPEAL).after(FILE)
    filed.when(ANSWER).then(a.AppealAnswered("project", accepted=True, answer="the figure counts"))
    of_mark = given(APPEAL).after(replace(FILE, about="review", review="cycle"))
    of_mark.when(ANSWER).then(a.AppealAnswered("project", True, "the figure counts", "review", "cycle"))
    filed.when(replace(ANSWER, answer="")).then_refused(a.AppealSaysWhy)
    of_body = replace(ANSWER, by=By(PersonId("chair"), "party_secretary", COMPANY))
    filed.when(of_body).then_refused(a.LevelAboveAnswers)
    filed.after(ANSWER).when(ANSWER).then_refused(a.NoOpenAppeal)
    given(APPEAL).when(ANSWER).then_refused(a.NoOpenAppeal)
