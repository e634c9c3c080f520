"""A branch's problem list: one line each, from which its projects start; no approval, no score."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from cli.example.programme import content
from services.projects.domain.problems import (
    PROBLEMS,
    NoteProblem,
    ProblemIsOneLine,
    ProblemNoted,
    ProblemStruckOff,
    StrikeOffProblem,
)
from services.projects.domain.project.clarity import NoSuchKindOfProblem
from services.projects.domain.project.content import Listed
from services.projects.domain.project.proposal import NotOnTheList
from services.projects.domain.project.state import CodeTaken
from services.projects.ids import problems_id
from shared import roster
from shared.domain import Incomplete, UnitId
from tests.projects.a_desk import Desk
from tests.projects.a_group import NEW_YEAR, appointed, unit
from tests.projects.a_project import (
    BRANCH,
    COMPANY,
    CONTENT,
    DRAFT,
    JANUARY,
    REVISE,
    SECRETARY,
    a_draft,
    nothing,
)
from tests.projects.lived import page_after
from tests.support.given import given
from tests.support.recorded import recorded

CREW = UnitId(str(UUID(int=7)))

TEXT = "面漆颗粒缺陷返修率6.8%"
NOTE = NoteProblem(SECRETARY, BRANCH, "p1", TEXT, "pain", "production_meeting", JANUARY)
STRIKE_OFF = StrikeOffProblem(SECRETARY, "p1", "已经解决", JANUARY)
LISTED = Listed("p1", TEXT, "pain", "production_meeting")
FROM_LIST = replace(DRAFT, problem="p1", listed=LISTED)
an_empty_list = given(PROBLEMS)
a_list = an_empty_list.after(NOTE)


def test_a_problem_is_noted_in_one_line_under_a_code_of_its_own() -> None:
    an_empty_list.when(replace(NOTE, text=f" {TEXT} ")).then(
        ProblemNoted(BRANCH, "p1", TEXT, "pain", "production_meeting", JANUARY, SECRETARY.person)
    )
    a_list.when(NOTE).then_refused(CodeTaken, code="p1")
    an_empty_list.when(replace(NOTE, text=" ")).then_refused(Incomplete, missing=["problem"])
    for long in ("题" * 201, "一行\n又一行"):
        an_empty_list.when(replace(NOTE, text=long)).then_refused(ProblemIsOneLine, characters=200)


def test_a_problem_is_struck_off_once_and_with_a_reason() -> None:
    a_list.when(STRIKE_OFF).then(ProblemStruckOff(BRANCH, "p1", "已经解决", JANUARY, SECRETARY.person))
    a_list.when(replace(STRIKE_OFF, reason=" ")).then_refused(Incomplete, missing=["reason"])
    a_list.after(STRIKE_OFF).when(STRIKE_OFF).then_refused(NotOnTheList, problem="p1")
    a_list.after(STRIKE_OFF).when(NOTE).then_refused(CodeTaken)  # its history stays under its code
    an_empty_list.when(STRIKE_OFF).then_refused(NotOnTheList)


def test_a_proposal_that_starts_from_a_problem_says_it_its_kind_and_where_it_was_found() -> None:
    drafted = nothing.after(FROM_LIST)
    content = drafted.state.proposal
    assert (content.problem, content.problem_kind, content.found_where) == (
        TEXT,
        "pain",
        "production_meeting",
    )
    page = page_after(drafted)
    assert (page["from_problem"], page["content"]["problem_kind"]) == ("p1", "pain")
    nothing.when(replace(FROM_LIST, listed=None)).then_refused(NotOnTheList, problem="p1")
    assert page_after(a_draft)["from_problem"] is None


def test_kind_and_place_of_a_problem_are_words_of_the_list_or_are_not_said() -> None:
    said = replace(CONTENT, problem_kind="key", found_where="staff")
    a_draft.after(replace(REVISE, proposal=said))
    for other in (replace(said, problem_kind="难题"), replace(said, found_where="座谈")):
        a_draft.when(replace(REVISE, proposal=other)).then_refused(NoSuchKindOfProblem)


@pytest.fixture
async def desk(desk: Desk) -> Desk:
    known = desk.parts.organisation
    for happened in (
        unit(CREW, COMPANY),
        appointed("leader of the crew", "branch_secretary", CREW),
        roster.ProgrammePublished("2026.1", 2026, NEW_YEAR, content(), ""),
    ):
        known.apply(recorded(known.position + 1, happened))
    return desk


async def test_a_secretary_starts_a_project_from_the_list_of_the_branch(desk: Desk) -> None:
    secretary, lists = "leader of the crew", "/api/projects/problems"
    body: dict[str, Any] = {"unit": CREW, "text": TEXT, "kind": "pain", "found_where": "staff"}
    for code in ("p1", "p2", "p3"):
        noted = await desk.to(secretary, f"{lists}/note-problem", problem=code, **body)
        assert noted.status_code == 201, noted.text
    listed = problems_id(CREW)
    gone = await desk.to(secretary, f"{lists}/{listed}/strike-off-problem", problem="p3", reason="重复")
    assert gone.json()["events"] == ["ProblemStruckOff"]
    stranger = await desk.to("fitter", f"{lists}/note-problem", problem="p4", **body)
    assert stranger.json()["code"] == "NotAllowed"

    draft = {"unit": CREW, "title": "面漆返修率减半", "track": "safety_quality"}
    started = await desk.post(secretary, "draft-proposal", project=None, problem="p2", **draft)
    assert started.status_code == 201, started.text
    never = await desk.post(secretary, "draft-proposal", project=None, problem="p3", **draft)
    assert never.json()["code"] == "NotOnTheList"

    seen = await desk.read(secretary, lists, unit=CREW, limit="2")
    assert [line["problem"] for line in seen["problems"]] == ["p3", "p2"]
    assert seen["problems"][0]["struck_off_because"] == "重复"
    assert seen["problems"][1]["projects"] == [started.json()["id"]]
    rest = await desk.read(secretary, lists, unit=CREW, after=str(seen["next"]))
    assert ([line["problem"] for line in rest["problems"]], rest["next"]) == (["p1"], None)
    assert (await desk.ask("auditor of the other company", lists, unit=CREW)).status_code == 404
