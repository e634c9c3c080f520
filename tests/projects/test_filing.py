"""What is filed with the level above: it may object, who decided answers, and the approval stands (R34)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from services.projects.domain.project.approval import (
    AnswerObjection,
    FiledTooLate,
    FilingObjected,
    NoObjectionToAnswer,
    ObjectedAlready,
    ObjectionAnswered,
    ObjectorMayNotAnswer,
    ObjectToFiling,
    StepNotOpen,
)
from services.projects.domain.project.content import Seat
from services.projects.domain.project.route import Onward
from services.projects.domain.project.state import NotInImplementation, ProposerMayNotApprove
from services.projects.domain.project.termination import TerminateProject
from shared.domain import Incomplete, PersonId
from tests.projects.a_desk import APPROVAL, Desk
from tests.projects.a_group import TODAY, appointed
from tests.projects.a_project import (
    COMPANY,
    GROUP,
    MARCH,
    PRECHECKER,
    SECRETARY,
    approved,
    by,
    submitted,
)
from tests.support.recorded import recorded

HQ, CHIEF_SEAT = Seat("headquarters", GROUP), Seat("party_secretary", COMPANY)
HEAD = by("hq", "headquarters", GROUP)
CHIEF = by("chair", "party_secretary")
UNTIL = date(2026, 3, 9)
OBJECT = ObjectToFiling(HEAD, 3, "目标值偏低", HQ, today=MARCH, until=UNTIL, to=(CHIEF_SEAT,))
STAND = AnswerObjection(CHIEF, 3, True, "与工艺相符", CHIEF_SEAT)
objected = approved.after(OBJECT)


def test_an_objection_is_on_the_record_and_undoes_no_approval() -> None:
    """R34."""
    approved.when(OBJECT).then(FilingObjected(3, HQ, PersonId("hq"), "目标值偏低", MARCH, (CHIEF_SEAT,)))
    assert objected.state.phase == "in_implementation"
    objected.when(OBJECT).then_refused(ObjectedAlready)
    approved.when(replace(OBJECT, reason=" ")).then_refused(Incomplete)


def test_an_objection_is_made_to_a_filing_and_in_its_time() -> None:
    """R34: within n days; silence is nothing, for the approval is complete."""
    approved.when(replace(OBJECT, today=UNTIL)).then_names(FilingObjected)
    approved.when(replace(OBJECT, today=date(2026, 3, 10))).then_refused(FiledTooLate, until=UNTIL)
    approved.when(replace(OBJECT, step=2)).then_refused(StepNotOpen)
    submitted.when(OBJECT).then_refused(StepNotOpen)
    ended = approved.after(TerminateProject(PRECHECKER, "检修", today=MARCH))
    ended.when(OBJECT).then_refused(NotInImplementation)


def test_who_decided_answers_once_by_standing_by_it_or_asking_for_a_change() -> None:
    """R34."""
    objected.when(STAND).then(
        ObjectionAnswered(3, CHIEF_SEAT, PersonId("chair"), True, "与工艺相符", objectors=(HQ,))
    )
    objected.when(replace(STAND, stands=False)).then_names(ObjectionAnswered)
    objected.after(STAND).when(STAND).then_refused(NoObjectionToAnswer)
    objected.after(STAND).when(OBJECT).then_refused(ObjectedAlready)
    approved.when(STAND).then_refused(NoObjectionToAnswer)
    objected.when(replace(STAND, reason="")).then_refused(Incomplete)


def test_neither_a_player_nor_who_objected_answers() -> None:
    """R4, R34; a deputy has the conflicts of both."""
    objected.when(replace(STAND, by=SECRETARY)).then_refused(ProposerMayNotApprove)
    objected.when(replace(STAND, tied_to=(SECRETARY.person,))).then_refused(ProposerMayNotApprove)
    objected.when(replace(STAND, by=HEAD)).then_refused(ObjectorMayNotAnswer)


async def test_from_the_objection_to_the_answer(desk: Desk) -> None:
    """R34: the page tells both, and the project goes on."""
    await desk.house.does(*APPROVAL[:-1], replace(APPROVAL[-1], onward=Onward(number="N", on=TODAY)))
    known = desk.parts.organisation
    for happened in (appointed("hq", "headquarters", GROUP), appointed("chief", "party_secretary", COMPANY)):
        known.apply(recorded(known.position + 1, happened))
    said: dict[str, Any] = {"step": 3, "reason": "目标值偏低"}
    refused = await desk.post("party department", "object-to-filing", **said)
    assert refused.json()["code"] == "SeatNotAddressed"
    before = await desk.post("chief", "answer-objection", step=3, stands=True, reason="相符")
    assert before.json()["code"] == "NoObjectionToAnswer"
    objected = await desk.post("hq", "object-to-filing", **said)
    assert objected.json()["events"] == ["FilingObjected"], objected.text
    answered = await desk.post("chief", "answer-objection", step=3, stands=False, reason="提高到3.0")
    assert answered.json()["events"] == ["ObjectionAnswered"], answered.text
    page = (await desk.read("secretary of the branch"))["project"]
    (objection,) = page["route"]["steps"][3]["objections"]
    assert (objection["reason"], objection["answer"]["stands"]) == ("目标值偏低", False)
    assert page["state"] == "in_implementation"
