"""The team's form, the one check in the middle, and what is shown to whom (R4, R5, R74)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from services.projects.domain.project.content import Seat
from services.projects.domain.project.midterm import (
    CheckMidterm,
    MidtermChecked,
    MidtermIsChecked,
    MidtermNeedsANote,
)
from services.projects.domain.project.pause import SuspendProject
from services.projects.domain.project.secrecy import (
    FileIsSealed,
    NoSuchFile,
    ReviewSecrecy,
    SealFile,
    SecretsAreNotSpread,
)
from services.projects.domain.project.showcase import (
    ExperienceShared,
    HoldShowcase,
    NotLookedAtBeforeShowing,
    OnlyPublicIsShown,
    ShareExperience,
    ShowcaseHeld,
)
from services.projects.domain.project.state import NotInImplementation, NotInTheFuture
from services.projects.domain.project.supervision import InspectsOwnUnit, TiesAreDeclaredFirst
from services.projects.domain.project.team import (
    FormedAfterThat,
    FormTeam,
    NoTeamFormed,
    StandDownTeam,
    TeamFormed,
    TeamIsFormed,
    TeamStoodDown,
)
from services.projects.domain.project.work import AttachEvidence, Evidence
from shared.domain import Incomplete
from tests.projects.a_desk import APPROVAL, Desk
from tests.projects.a_group import no_tie
from tests.projects.a_project import (
    BRANCH,
    COMPANY,
    FITTER,
    INSPECTOR,
    MARCH,
    MAY,
    SECRETARY,
    SEPTEMBER,
    approved,
    by,
    closed,
    in_closing,
    submitted,
)
from tests.projects.lived import page_after

FORM = FormTeam(SECRETARY, "commando", "首班清洁党员突击队", MARCH, today=MARCH)
STAND_DOWN = StandDownTeam(SECRETARY, "任务完成", MAY, today=MAY)
formed = approved.after(FORM)


def test_a_team_is_formed_in_one_form_at_a_time_and_stood_down() -> None:
    approved.when(FORM).then(TeamFormed("commando", "首班清洁党员突击队", MARCH, SECRETARY.person))
    formed.when(replace(FORM, form="task_force")).then_refused(TeamIsFormed)
    formed.when(STAND_DOWN).then(TeamStoodDown("任务完成", MAY, SECRETARY.person))
    again = formed.after(STAND_DOWN, replace(FORM, form="model_post", on=MAY, today=MAY))
    assert [(team["form"], team["stood_down_because"]) for team in page_after(again)["formations"]] == [
        ("commando", "任务完成"),
        ("model_post", None),
    ]


def test_what_does_not_stand_is_not_stood_down_and_nothing_happens_before_its_day() -> None:
    approved.when(STAND_DOWN).then_refused(NoTeamFormed)
    formed.after(STAND_DOWN).when(STAND_DOWN).then_refused(NoTeamFormed)
    formed.when(replace(STAND_DOWN, reason=" ")).then_refused(Incomplete, missing=["reason"])
    formed.when(replace(STAND_DOWN, on=date(2026, 2, 1))).then_refused(FormedAfterThat, since=MARCH)
    approved.when(replace(FORM, on=MAY)).then_refused(NotInTheFuture, on=MAY)
    approved.when(replace(FORM, name=" ")).then_refused(Incomplete, missing=["name"])
    submitted.when(FORM).then_refused(NotInImplementation)
    closed.when(FORM).then_refused(NotInImplementation)


CHECK = CheckMidterm(INSPECTOR, "needs_help", "送风机老化", MAY, units=(COMPANY,))


def test_an_inspector_says_once_how_it_stands_in_the_middle() -> None:
    seat = Seat("inspector", COMPANY)
    approved.when(CHECK).then(MidtermChecked("needs_help", "送风机老化", MAY, seat, INSPECTOR.person))
    checked = approved.after(CHECK)
    checked.when(replace(CHECK, result="on_plan")).then_refused(MidtermIsChecked)
    seen = page_after(checked)["midterm"]
    assert seen is not None
    assert (seen["result"], seen["note"]) == ("needs_help", "送风机老化")
    approved.after(SuspendProject(by("prechecker", "party_department"), "检修", today=MARCH), CHECK)
    in_closing.when(CHECK).then_refused(NotInImplementation)
    approved.when(replace(CHECK, note=" ")).then_refused(MidtermNeedsANote)


def test_nobody_checks_their_own_units_project_or_one_that_they_have_a_part_in() -> None:
    """R4, R5."""
    approved.when(replace(CHECK, units=(COMPANY, BRANCH))).then_refused(InspectsOwnUnit)
    approved.when(replace(CHECK, by=by("inspector", "inspector", BRANCH))).then_refused(InspectsOwnUnit)
    approved.when(replace(CHECK, by=by("fitter", "inspector"))).then_refused(InspectsOwnUnit)
    approved.when(replace(CHECK, tied_to=(FITTER.person,))).then_refused(InspectsOwnUnit)
    approved.when(replace(CHECK, says_no_tie=False)).then_refused(TiesAreDeclaredFirst)


REVIEWER = by("reviewer", "secrecy_reviewer")
LOOK = ReviewSecrecy(REVIEWER, "showcase", "public", MAY)
PHOTO = "a" * 64
attached = approved.after(
    AttachEvidence(SECRETARY, Evidence(PHOTO, "对比.png", 9, "image/png"), "project", "", "对比")
)
SHOW = HoldShowcase(SECRETARY, MAY, "各支部书记", MAY, (PHOTO,))
SHARE = ShareExperience(SECRETARY, MAY, "涂装各班组", MAY)


def test_only_what_a_reviewer_marked_as_public_is_shown_and_each_time_anew() -> None:
    """R74: looked at again before a showcase."""
    attached.when(SHOW).then_refused(NotLookedAtBeforeShowing)
    attached.after(replace(LOOK, purpose="spread")).when(SHOW).then_refused(NotLookedAtBeforeShowing)
    looked_at = attached.after(LOOK)
    looked_at.when(SHOW).then(ShowcaseHeld(MAY, "各支部书记", (PHOTO,), SECRETARY.person))
    looked_at.after(SHOW).when(SHOW).then_refused(NotLookedAtBeforeShowing)
    attached.after(replace(LOOK, mark="internal")).when(SHOW).then_refused(OnlyPublicIsShown)
    shown = page_after(looked_at.after(SHOW))
    assert shown["showings"] == [
        {"public": True, "on": "2026-05-06", "audience": "各支部书记", "materials": [PHOTO]}
    ]
    assert "showcase" not in shown["secrecy"]


def test_experience_is_shared_within_the_group_unless_it_is_a_secret() -> None:
    internal = attached.after(replace(LOOK, mark="internal"))
    internal.when(SHARE).then(ExperienceShared(MAY, "涂装各班组", (), SECRETARY.person))
    for mark in ("work_secret", "commercial_secret"):
        attached.after(replace(LOOK, mark=mark)).when(SHARE).then_refused(SecretsAreNotSpread)
    ended = closed.after(replace(LOOK, today=SEPTEMBER))
    ended.after(replace(SHARE, on=SEPTEMBER, today=SEPTEMBER))
    submitted.when(SHARE).then_refused(NotInImplementation)


def test_what_is_shown_is_the_projects_and_its_bytes_are_there() -> None:
    looked_at = attached.after(LOOK)
    looked_at.when(replace(SHOW, materials=("b" * 64,))).then_refused(NoSuchFile)
    looked_at.after(SealFile(REVIEWER, PHOTO, "误传", MAY)).when(SHOW).then_refused(FileIsSealed)
    looked_at.when(replace(SHOW, audience="")).then_refused(Incomplete, missing=["audience"])
    looked_at.when(replace(SHOW, on=SEPTEMBER)).then_refused(NotInTheFuture)


@pytest.fixture
async def desk(desk: Desk) -> Desk:
    await desk.house.does(*APPROVAL)
    return desk


async def test_each_of_these_is_done_by_whose_it_is_and_seen_on_the_page(desk: Desk) -> None:
    secretary, inspector = "secretary of the branch", "inspector of the company"
    form: dict[str, Any] = {"form": "commando", "name": "党员突击队", "on": "2026-01-20"}
    assert (await desk.post("fitter", "form-team", **form)).status_code in (403, 404)
    assert (await desk.post(secretary, "form-team", **form)).json()["events"] == ["TeamFormed"]
    down: dict[str, Any] = {"reason": "任务完成", "on": "2026-01-20"}
    assert (await desk.post(secretary, "stand-down-team", **down)).json()["events"] == ["TeamStoodDown"]
    no_tie(desk.parts.organisation, inspector)
    check: dict[str, Any] = {"result": "on_plan", "note": "按计划"}
    assert (await desk.post(secretary, "check-midterm", **check)).json()["code"] == "NotAllowed"
    assert (await desk.post(inspector, "check-midterm", **check)).json()["events"] == ["MidtermChecked"]
    show: dict[str, Any] = {"on": "2026-01-20", "audience": "各支部书记"}
    for act in ("hold-showcase", "share-experience"):
        unlooked = await desk.post("party department", act, **show)
        assert unlooked.json()["code"] == "NotLookedAtBeforeShowing"
        assert (await desk.post(inspector, act, **show)).json()["code"] == "NotAllowed"
    page = (await desk.read(secretary))["project"]
    assert (page["formations"][0]["name"], page["midterm"]["result"]) == ("党员突击队", "on_plan")
    listed = await desk.read(secretary, "/api/projects/projects")
    assert [line["midterm"] for line in listed["projects"]] == ["on_plan"]
