"""R10 Vacancy: the holder's limits stand still for thirty days at most; a custodian decides nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs

from services.projects.domain.office import OFFICE
from services.projects.domain.office.vacancy import (
    CustodianAlready,
    CustodianNamed,
    NameCustodian,
    OfficeIsNotVacant,
)
from services.projects.domain.project.change import CustodianAsksForTime, RequestChange
from services.projects.domain.project.content import Alteration
from services.projects.domain.project.extension import ExtensionGranted, NewDate
from services.projects.domain.project.state import CUSTODIAN, NotInImplementation
from services.projects.domain.project.tasks import CompleteTask
from services.projects.domain.project.vacancy import (
    LimitsAreNotPaused,
    LimitsArePaused,
    LimitsPaused,
    LimitsResumed,
    PauseLimits,
    ResumeLimits,
)
from services.projects.handing_over import on_appointed, on_vacancy_recorded
from services.projects.schema import DECIDERS
from shared import roster
from shared.sight import Circle, marks_seen, may_see
from tests.projects import a_project as p
from tests.projects.a_desk import APPROVAL, reading_of
from tests.projects.a_group import TODAY, WORKSHOP, appointed, organisation, person
from tests.projects.an_office import Office, founded
from tests.projects.lived import page_after
from tests.projects.people import BRANCH, LI, ZHAO, department
from tests.projects.people import TODAY as MARCH
from tests.projects.test_tasks import ADD, ASSIGN
from tests.support.engines import Database
from tests.support.given import given
from tests.support.living import house
from tests.support.recorded import recorded
from tests.support.waiting import eventually

PAUSE, SINCE = PauseLimits(None, date(2026, 4, 1)), date(2026, 4, 1)
LATER = (
    NewDate("milestone", "M1", date(2026, 6, 30)),
    NewDate("milestone", "M2", date(2026, 9, 30)),
)
paused = p.approved.after(PAUSE)


def test_the_limits_of_the_holder_are_thirty_days_later_at_once() -> None:
    """R10: so that nothing becomes late while nobody leads."""
    p.approved.when(PAUSE).then(LimitsPaused(SINCE, 30, LATER))
    paused.when(PAUSE).then_refused(LimitsArePaused)
    p.submitted.when(PAUSE).then_refused(NotInImplementation)
    assert [m["due"] for m in page_after(paused)["milestones"].values()] == ["2026-06-30", "2026-09-30"]


@pytest.mark.parametrize(("days", "later"), [(-5, 0), (0, 0), (10, 10), (30, 30), (400, 30)])
def test_what_was_not_needed_of_the_thirty_days_is_taken_back(days: int, later: int) -> None:
    """R10."""
    resume = ResumeLimits(None, SINCE + timedelta(days))
    (event,) = paused.when(resume).events
    assert isinstance(event, LimitsResumed)
    assert event.days == min(30, max(0, days))
    expected = date(2026, 5, 31) + timedelta(later)
    after = paused.after(resume)
    assert after.state.proposal.plan[0].due == expected
    assert page_after(after)["milestones"]["M1"]["due"] == expected.isoformat()
    after.when(resume).then_refused(LimitsAreNotPaused)
    assert after.state.began == p.approved.state.began + timedelta(later)  # nor does it run on longer (R24)


def test_what_is_done_or_got_another_date_meanwhile_keeps_it() -> None:
    worked = p.approved.after(ADD, ASSIGN, PAUSE)
    before = worked.state.tasks[ADD.task].due
    done = worked.after(CompleteTask(p.by(ASSIGN.person, unit=p.BRANCH), ADD.task, MARCH, today=MARCH))
    granted = ExtensionGranted("M1", date(2026, 6, 30), date(2026, 7, 15), "停电")
    after = given(done.decider, *done.past, granted).after(ResumeLimits(None, SINCE))
    assert after.state.tasks[ADD.task].due == before
    assert [milestone.due for milestone in after.state.proposal.plan] == [
        date(2026, 7, 15),
        date(2026, 8, 31),
    ]


def test_a_custodian_asks_for_time_and_changes_nothing_else() -> None:
    """R10."""
    custodian = p.by("custodian", CUSTODIAN, p.BRANCH)
    plan = tuple(replace(m, due=m.due + timedelta(20)) for m in p.CONTENT.plan)
    ask = RequestChange(custodian, "C1", "无人", Alteration(plan=plan))
    assert p.approved.when(ask).events
    team = replace(p.CONTENT.team, name="新")
    p.approved.when(replace(ask, alteration=Alteration(plan=plan, team=team))).then_refused(
        CustodianAsksForTime
    )
    assert p.approved.when(RequestChange(p.SECRETARY, "C1", "换人", Alteration(team=team))).events


def test_a_custodian_is_named_for_an_office_that_is_vacant() -> None:
    """R10."""
    name = NameCustodian(department(), "branch_secretary", BRANCH, LI, True, None, MARCH)
    given(OFFICE).when(name).then(CustodianNamed("branch_secretary", BRANCH, LI, MARCH))
    given(OFFICE).when(replace(name, before=ZHAO)).then_names(CustodianNamed)
    given(OFFICE).when(replace(name, before=LI)).then_refused(CustodianAlready)
    given(OFFICE).when(replace(name, vacant=False)).then_refused(OfficeIsNotVacant)


def test_a_custodian_sees_the_projects_until_somebody_holds_the_office() -> None:
    keeper, where = person("keeper"), WORKSHOP
    vacant = roster.VacancyRecorded("general_branch_secretary", where, date(2026, 8, 1))
    named = roster.CustodianNamed("general_branch_secretary", where, keeper, date(2026, 8, 2))
    circle = Circle(frozenset({where}), frozenset(), frozenset())
    known = organisation(vacant, named)
    assert known.custodian("general_branch_secretary", where, TODAY) == keeper
    assert may_see(known, keeper, circle, TODAY)
    assert f"unit:{where}" in (marks_seen(known, keeper, TODAY) or ())
    filled = replace(appointed("next", "general_branch_secretary", where), since=date(2026, 8, 20))
    after = organisation(vacant, named, filled)
    assert after.custodian("general_branch_secretary", where, TODAY) is None
    assert not may_see(after, keeper, circle, TODAY)
    again = organisation(vacant, named, replace(vacant, since=date(2026, 8, 25)))
    assert again.custodian("general_branch_secretary", where, TODAY) is None, "named anew for each vacancy"


# -- through the front door ------------------------------------------------------------------------


@pytest.fixture
async def office(database: Database, tmp_path: Path) -> AsyncIterator[Office]:
    async with founded(database, tmp_path, reacts=True) as built:
        yield built


async def test_a_vacant_secretarys_project_is_kept_going_by_a_custodian(office: Office) -> None:
    """R10: they record and ask for support, they accept and submit nothing, and it ends when it is filled."""
    company = await office.unit("C1", office.group, has_ledger=True)
    branch = await office.unit("B1", company, organisation="党支部", full_members=5)
    await office.person("second", office.group)
    await office.appointed("second", "headquarters", office.group)
    await office.published("second", "2026-01-20")
    for login, where in (("li", branch), ("zhao", branch), ("wang", company), ("keeper", company)):
        await office.person(login, where)
    await office.appointed("keeper", "party_department", company)
    held = await office.appointed("li", "branch_secretary", branch)
    draft = {"unit": branch, "title": "题", "track": "safety_quality"}
    project = await office.does("li", "/projects/draft-proposal", **draft)
    seat = {"office": "branch_secretary", "unit": branch}
    name = seat | {"person": office.people["wang"]}
    await office.is_refused("OfficeIsNotVacant", "keeper", "/offices/name-custodian", **name)

    today = office.parts.clock.now().date()
    ends = {"ended_on": f"{today}", "reason": "调动", "document": "3号", "vacant": True}
    await office.does("keeper", f"/offices/{held}/end-office", **ends)
    await office.is_refused("NotAllowed", "wang", "/offices/name-custodian", **name)
    await office.does("keeper", "/offices/name-custodian", **name)
    await office.is_refused("CustodianAlready", "keeper", "/offices/name-custodian", **name)

    async def is_shown() -> bool:
        return (await office.gets("wang", f"/projects/{project}")).is_success

    await eventually(is_shown, "the custodian sees the project")
    shown = (await office.gets("wang", f"/projects/{project}")).json()
    assert shown["vacancy"] == {
        "office": "branch_secretary",
        "since": f"{today}",
        "custodian": office.people["wang"],
        "custodian_name": None,
    }
    here = f"/projects/{project}"
    submit: dict[str, Any] = {"resolution": None}
    await office.is_refused("NotAllowed", "wang", f"{here}/submit-proposal", **submit)
    await office.is_refused("NotInImplementation", "wang", f"{here}/raise-problem", problem="p1", text="缺料")
    await office.is_refused("NotAllowed", "zhao", f"{here}/raise-problem", problem="p1", text="缺料")

    said = {"person": office.people["zhao"], "office": "branch_secretary", "unit": branch}
    await office.does("keeper", "/offices/appoint-office", **said, since=f"{today}", document="3号")
    assert (await office.gets("zhao", here)).json()["vacancy"] is None
    await office.is_refused("NotKnown", "wang", f"{here}/raise-problem", problem="p1", text="缺料")


async def test_running_projects_follow_a_vacancy_and_its_end(database: Database, tmp_path: Path) -> None:
    """R10: once, however often the events are read."""
    async with house(database, "projects", DECIDERS) as home, reading_of(home, database, tmp_path) as desk:
        await home.does(*APPROVAL)
        await desk.read("headquarters")
        parts, known = desk.parts, desk.parts.organisation
        home.clock.set(datetime(2026, 4, 1, 4, tzinfo=UTC))

        def happens(event: Any, day: int) -> Any:
            line = recorded(known.position + 1, event, datetime(2026, 4, day, 4, tzinfo=UTC))
            known.apply(line)
            return structs.replace(line, event=event)

        seat = ("branch_secretary", p.BRANCH)
        (held,) = known.holders(*seat, SINCE)
        happens(roster.OfficeEnded(held.id, SINCE), 1)
        vacant = happens(roster.VacancyRecorded(*seat, SINCE), 1)
        for _ in range(2):
            await on_vacancy_recorded(parts, vacant)
        page = await desk.read("headquarters")
        assert page["project"]["milestones"]["M1"]["due"] == "2026-06-30"
        assert page["vacancy"]["since"] == "2026-04-01"
        follows = replace(appointed("next", *seat), since=date(2026, 4, 11))
        filled = happens(follows, 11)
        home.clock.set(datetime(2026, 4, 11, 4, tzinfo=UTC))
        for _ in range(2):
            await on_appointed(parts, filled)
        page = await desk.read("headquarters")
        assert page["project"]["milestones"]["M1"]["due"] == "2026-06-10"
        assert page["vacancy"] is None
