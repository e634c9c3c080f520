"""A running project goes by another version: on its own request, or by order; never silently (R19)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from services.projects.domain.project import PROJECT
from services.projects.domain.project.change import (
    ApproveChange,
    ChangeApproved,
    ChangeRequested,
    CustodianAsksForTime,
    RequestChange,
)
from services.projects.domain.project.content import Alteration
from services.projects.domain.project.pause import SuspendProject
from services.projects.domain.project.proposal import ProgrammeAdopted
from services.projects.domain.project.state import CUSTODIAN, NotInImplementation
from services.projects.domain.project.version import (
    NothingToMove,
    OrderVersion,
    PartMoved,
    VersionMoved,
)
from services.projects.schema import DECIDERS
from shared import roster
from shared.clock import today
from shared.domain import Incomplete
from tests.projects.a_desk import APPROVAL, HERE, Desk, reading_of
from tests.projects.a_group import appointed, registered
from tests.projects.a_project import (
    BRANCH,
    COMPANY,
    GROUP,
    MAY,
    PRECHECKER,
    SECRETARY,
    approved,
    by,
    in_closing,
    submitted,
)
from tests.projects.lived import page_after
from tests.projects.test_change_route import MEETS
from tests.projects.test_going_by import BEGAN, later, publishes, window
from tests.support.engines import Database
from tests.support.living import house

HEADQUARTERS = by("hq", "headquarters", GROUP)
ASKED = Alteration(programme="2026.2")
REQUEST = RequestChange(SECRETARY, "C1", "新时限更合实际", ASKED, parts=("deadlines",))
APPROVE = ApproveChange(PRECHECKER, "C1", "h1", parts=("deadlines",))
ORDER = OrderVersion(HEADQUARTERS, "2026.2", "上级不再允许该项考评", ("scheme",), "9号")
TO_THE_SECOND = (PartMoved("deadlines", "2026.1", "2026.2"),)


def test_it_keeps_its_version_until_it_asks_for_another_and_that_is_granted() -> None:
    assert approved.state.goes_by("deadlines") == approved.state.goes_by("scheme") == "2026.1"
    approved.when(REQUEST).then(ChangeRequested("C1", REQUEST.reason, ASKED, SECRETARY.person))
    asked = approved.after(REQUEST)
    assert asked.state.goes_by("deadlines") == "2026.1"
    asked.when(APPROVE).then(
        ChangeApproved("C1", "h1"), VersionMoved(TO_THE_SECOND, "", PRECHECKER.person, change="C1")
    )
    moved = asked.after(APPROVE)
    assert (moved.state.goes_by("deadlines"), moved.state.goes_by("scheme")) == ("2026.2", "2026.1")
    assert moved.state.programme == "2026.1"
    (shown,) = page_after(moved)["moves"]
    assert (shown["change"], shown["parts"][0]["before"]) == ("C1", "2026.1")


def test_nothing_is_asked_for_that_does_not_apply_to_running_projects() -> None:
    approved.when(replace(REQUEST, parts=())).then_refused(NothingToMove, programme="2026.2")
    approved.after(REQUEST).when(replace(APPROVE, parts=())).then_refused(NothingToMove)
    keeper = replace(REQUEST, by=replace(SECRETARY, office=CUSTODIAN))
    approved.when(keeper).then_refused(CustodianAsksForTime)


def test_an_order_names_its_document_and_says_why() -> None:
    moved = VersionMoved((PartMoved("scheme", "2026.1", "2026.2"),), ORDER.reason, HEADQUARTERS.person, "9号")
    approved.when(ORDER).then(moved)
    approved.after(SuspendProject(PRECHECKER, "检修", today=MAY)).when(ORDER).then(moved)
    approved.when(replace(ORDER, reason=" ")).then_refused(Incomplete, missing=["reason"])
    approved.when(replace(ORDER, parts=())).then_refused(NothingToMove)
    submitted.when(ORDER).then_refused(NotInImplementation)
    in_closing.when(ORDER).then_refused(NotInImplementation)
    adopted = ProgrammeAdopted("2027.1", "2026.1")  # where the decision was changed, and it returned
    assert PROJECT.evolve(approved.after(ORDER).state, adopted).goes_by("scheme") == "2027.1"
    third = approved.after(ORDER, replace(ORDER, programme="2026.3")).state
    assert (third.goes_by("scheme"), third.goes_by("deadlines")) == ("2026.3", "2026.1")


@pytest.fixture
async def desk(database: Database, tmp_path: Path) -> AsyncIterator[Desk]:
    """A running project, and a second version that applies to it from the next day on."""
    async with (
        house(database, "projects", DECIDERS) as home,
        reading_of(home, database, tmp_path, begun=False) as built,
    ):
        await home.does(*APPROVAL)
        applies = (roster.Applies("deadlines", "request"), roster.Applies("scheme", "order"))
        second = roster.ProgrammePublished(
            "2026.2", 2026, later(1), window(5), "two", applies=applies, demanded_by="9号"
        )
        publishes(
            built,
            registered("chair", BRANCH),
            registered("hq", BRANCH),
            appointed("chair", "party_secretary", COMPANY),
            appointed("hq", "headquarters", GROUP),
            roster.ProgrammePublished("2026.1", 2026, BEGAN, window(3), "one"),
            second,
        )
        yield built


async def test_the_branch_asks_headquarters_orders_and_both_see_what_differs(desk: Desk) -> None:
    leads, chief = "secretary of the branch", "hq"
    request: dict[str, Any] = {
        "change": "C1",
        "reason": "新时限更合实际",
        "alteration": {"programme": "2026.2"},
    }
    order: dict[str, Any] = {"programme": "2026.2", "reason": "上级不再允许该项考评"}
    for name, act, body in ((leads, "request-change", request), (chief, "order-version", order)):
        assert (await desk.post(name, act, **body)).json()["code"] == "NothingToMove"
    desk.later(days=1)
    told = (await desk.ask(leads, f"{HERE}/programme")).json()
    (offer,) = told["may_move"]
    assert (offer["on_request"], offer["by_order"], offer["demanded_by"]) == (
        ["deadlines"],
        ["scheme"],
        "9号",
    )
    assert [(c["place"], c["before"], c["after"]) for c in offer["changes"]] == [
        ("deadlines.claim_window_working_days", 3, 5)
    ]
    assert (await desk.post(leads, "order-version", **order)).json()["code"] == "NotAllowed"
    for name, act, body in ((chief, "order-version", order), (leads, "request-change", request)):
        answer = await desk.post(name, act, **body)
        assert answer.status_code == 200, answer.text
    again = await desk.post(chief, "order-version", **order)
    assert again.json()["code"] == "NothingToMove"
    told = (await desk.ask(leads, f"{HERE}/programme")).json()
    assert (told["programme"]["version"], told["moved"]) == ("2026.1", {"scheme": "2026.2"})
    early = await desk.post("party department", "approve-change", change="C1")
    assert early.json()["code"] == "SeatNotAddressed"  # who decided on it decides by which rules it goes
    alone = await desk.post("committee member", "approve-change", change="C1")
    assert alone.json()["code"] == "MeetingMayNotBeReplacedBySigning"  # R28
    held_on = today(desk.house.clock, desk.parts.settings.time_zone)
    passed = replace(MEETS, hash_now="h1", content_hash="h1", held_on=held_on, parts=("deadlines",))
    await desk.house.does(passed)
    told = (await desk.ask(leads, f"{HERE}/programme")).json()
    assert (told["moved"], told["may_move"]) == ({"scheme": "2026.2", "deadlines": "2026.2"}, [])
