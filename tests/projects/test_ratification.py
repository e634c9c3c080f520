"""R12 RetroactiveAppointment: acts before it was known who holds the office are marked, and ratified."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from services.projects.domain.project.deadlines import DateHasMoved, DayNotOver
from services.projects.domain.project.state import ProposerMayNotApprove
from services.projects.domain.ratification import (
    RATIFICATION,
    Act,
    ActRatified,
    ActsToRatify,
    AskedAlready,
    AskToRatify,
    NothingToRatify,
    OverrunRatification,
    RatificationOverdue,
    RatifiedByTheHolder,
    RatifyActs,
    Whose,
)
from shared.domain import By, NotKnown
from shared.working_days import working_day_after
from tests.projects.an_office import FOUNDER, Office, founded
from tests.projects.people import BRANCH, COMPANY, LI, QIAN, TODAY, ZHAO
from tests.support.engines import Database
from tests.support.given import given
from tests.support.waiting import eventually

SINCE, DUE = date(2026, 2, 20), date(2026, 3, 16)
WHOSE = Whose("branch_secretary", BRANCH, COMPANY, ZHAO)
ACCEPTED = Act("e1", "P1", "题", "TaskAccepted", LI, SINCE, decides=True)
REPORTED = Act("e2", "P1", "题", "MilestoneReached", LI, SINCE, decides=False)
ASK = AskToRatify(None, WHOSE, SINCE, TODAY, DUE, (ACCEPTED, REPORTED))
ASKED = ActsToRatify(WHOSE, SINCE, TODAY, DUE, (ACCEPTED, REPORTED), 2)
HOLDER = By(ZHAO, "branch_secretary", BRANCH)
RATIFY = RatifyActs(HOLDER, (), TODAY)
OVERRUN = OverrunRatification(None, DUE, DUE + timedelta(1))
asked = given(RATIFICATION, ASKED)


def test_acts_are_put_before_their_right_holder_once() -> None:
    given(RATIFICATION).when(ASK).then(ASKED)
    asked.when(ASK).then_refused(AskedAlready)
    more = Act("e3", "P2", "题", "ChangeApproved", LI, SINCE, decides=True)
    again = replace(ASK, acts=(ACCEPTED, more), due=DUE + timedelta(7))
    asked.after(OVERRUN).when(again).then(replace(ASKED, acts=(more,), count=1, due=again.due))
    assert [act.id for act in asked.after(again).state.waiting] == ["e1", "e2", "e3"]
    given(RATIFICATION).when(RATIFY).then_refused(NotKnown)


def test_the_right_holder_ratifies_each_or_the_list() -> None:
    """R12."""
    asked.when(RATIFY).then(ActRatified(("e1", "e2"), ZHAO, TODAY, 0))
    one = RatifyActs(HOLDER, ("e2",), TODAY)
    asked.when(one).then(ActRatified(("e2",), ZHAO, TODAY, 1))
    asked.after(one).when(RATIFY).then(ActRatified(("e1",), ZHAO, TODAY, 0))
    for nothing in (one, RatifyActs(HOLDER, ("e1", "e2"), TODAY), RatifyActs(HOLDER, ("e9",), TODAY)):
        asked.after(one).when(nothing).then_refused(NothingToRatify)


def test_nobody_ratifies_for_another() -> None:
    """Neither who did it, nor a deputy."""
    for by in (By(LI, "branch_secretary", BRANCH), By(QIAN, "branch_secretary", BRANCH, ZHAO)):
        asked.when(RatifyActs(by, (), TODAY)).then_refused(RatifiedByTheHolder)


def test_deciding_acts_that_are_left_go_to_the_party_department_once() -> None:
    """R12."""
    asked.when(OVERRUN).then(RatificationOverdue(WHOSE, DUE, ("e1",), 1))
    asked.when(OverrunRatification(None, DUE, DUE)).then_refused(DayNotOver)
    asked.after(OVERRUN).when(OVERRUN).then_refused(DateHasMoved)
    asked.after(RatifyActs(HOLDER, ("e1",), TODAY)).when(OVERRUN).then()
    asked.after(OVERRUN).when(RATIFY).then_names(ActRatified)


def test_nobody_ratifies_what_they_might_not_have_decided() -> None:
    """R4: a decision on one's own project is left to the party department; the work in it is not."""
    opinion = Act("e3", "P1", "题", "OpinionGiven", LI, SINCE, decides=True)
    listed = given(RATIFICATION, replace(ASKED, acts=(ACCEPTED, REPORTED, opinion), count=3))
    own = replace(RATIFY, own=("P1",))
    listed.when(own).then(ActRatified(("e1", "e2"), ZHAO, TODAY, 1))
    listed.when(replace(own, acts=("e3",))).then_refused(ProposerMayNotApprove)
    listed.after(own).when(own).then_refused(ProposerMayNotApprove)
    listed.after(own).when(OVERRUN).then(RatificationOverdue(WHOSE, DUE, ("e3",), 1))
    listed.when(replace(own, own=("P2",))).then(ActRatified(("e1", "e2", "e3"), ZHAO, TODAY, 0))


async def test_acts_before_an_appointment_was_entered_wait_for_who_held_the_office(
    database: Database, tmp_path: Path
) -> None:
    """R12: they stand and are marked; the list comes when the office of who acted is known to have ended."""
    async with founded(database, tmp_path, reacts=True) as office:
        await office.person("second", office.group)
        await office.appointed("second", "headquarters", office.group)
        await office.published("second", "2026-01-20")
        company = await office.unit("C1", office.group, has_ledger=True)
        branch = await office.unit("B1", company, organisation="党支部", full_members=5)
        for login, where in (("li", branch), ("zhao", branch), ("keeper", company), ("outsider", company)):
            await office.person(login, where)
        await office.appointed("keeper", "party_department", company)
        held = await office.appointed("li", "branch_secretary", branch)
        draft = {"unit": branch, "title": "题", "track": "safety_quality"}
        project = await office.does("li", "/projects/draft-proposal", **draft)

        async def marks(login: str) -> list[bool]:
            answer = await office.gets(login, f"/projects/{project}/history")
            return [entry["before_entry"] for entry in answer.json()["entries"]]

        async def listed(login: str) -> list[dict[str, Any]]:
            found: list[dict[str, Any]] = (await office.gets(login, "/ratifications")).json()["ratifications"]
            return found

        assert await marks("li") == [False]
        began = office.parts.clock.now().date()
        await tomorrow(office, "li", "zhao", "keeper", "outsider", FOUNDER)
        entered = began + timedelta(2)
        said = {"person": office.people["zhao"], "office": "branch_secretary", "unit": branch}
        effect = f"{began - timedelta(1)}"
        await office.does("keeper", "/offices/appoint-office", **said, since=effect, document="3号")
        ends = {"ended_on": effect, "reason": "调动", "document": "3号"}
        await office.does("keeper", f"/offices/{held}/end-office", **ends)

        async def is_asked() -> bool:
            return bool(await listed("zhao"))

        await eventually(is_asked, "zhao is asked")
        assert await marks("zhao") == [True]
        (line,) = await listed("zhao")
        assert [line] == await listed("keeper")
        assert (line["until"], line["left"]) == (f"{entered}", 1)
        assert line["due"] == f"{working_day_after(entered, 10)}"
        here = f"/ratifications/{line['id']}"
        assert await listed("outsider") == []
        assert (await office.gets("outsider", here)).status_code == 404
        await office.is_refused("NotKnown", "outsider", f"{here}/ratify-acts", acts=[])
        (act,) = (await office.gets("keeper", here)).json()["acts"]
        assert (act["event"], act["person"], act["decides"]) == (
            "ProposalDrafted",
            office.people["li"],
            False,
        )
        await office.is_refused("RatifiedByTheHolder", "keeper", f"{here}/ratify-acts", acts=[])
        await office.does("zhao", f"{here}/ratify-acts", acts=[act["id"]])
        assert (await office.gets("zhao", here)).json()["acts"][0]["ratified"]
        assert await marks("zhao") == [True], "what happened stays as it happened"


async def tomorrow(office: Office, *logins: str) -> None:
    """Two days on, everybody signed in again."""
    clock: Any = office.parts.clock
    clock.set(clock.now() + timedelta(2))
    for login in logins:
        assert (await office.signs_in(login)).is_success
