"""What was waited for at a moment, of whom, since when and until when: of a project and of an office."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import example, given, settings

from services.projects.api.replay_waiting import waited_for_of
from services.projects.domain.office import OFFICE
from services.projects.domain.project import PROJECT
from services.projects.domain.project.secrecy import WithdrawText
from services.projects.domain.project.tasks import AddTask, AssignTask
from services.projects.handing_over import list_of
from services.projects.projections.page import LISTED, page_of
from services.projects.projections.page.owed import Owed, owed
from shared.envelope import written
from shared.withdrawn import MARK, hash_of
from tests.projects import a_project as p
from tests.projects.a_desk import APPROVAL, HERE, Desk
from tests.projects.a_group import person
from tests.projects.lived import page_after, recorded
from tests.projects.test_change_route import WORDS, request, step
from tests.projects.test_page_laws import lives
from tests.projects.test_project_laws import LAW, taken_back
from tests.projects.test_replay_organisation import FIRST, OFFICES, TEAM, appoint, asks, does, established

REPLAY = f"{HERE}/replay"
AUDITOR = "auditor of the company"
TASKS = (
    AddTask(p.SECRETARY, "T1", "编制清洁标准", "签认", p.MAY, Decimal(40)),
    AssignTask(p.SECRETARY, "T1", p.FITTER.person),
    AddTask(p.SECRETARY, "T2", "定标", "签认", date(2026, 6, 3), Decimal(30)),
)


def seats(one: Owed) -> list[tuple[str, str]]:
    return [(seat["office"], seat["unit"]) for seat in one.seats]


@settings(LAW, max_examples=40)  # each folds anew at each position
@example(life=p.closed)
@example(life=taken_back)
@given(life=lives)
def test_those_are_waited_for_whom_the_rules_wait_for(life: p.Project) -> None:
    """Of a step of approval and of a change, after each act of a life."""
    state = PROJECT.initial
    for version, event in enumerate(life.past, 1):
        state = PROJECT.evolve(state, event)
        page = page_of(recorded(life.past[:version]))
        assert page is not None
        for one in owed(page, UTC):
            assert one.seats or one.people
            standing = {"step": state.approval, "change": state.deciding.get(one.dated.code)}
            if known := standing.get(one.dated.subject):
                assert seats(one) == [(seat.office, seat.unit) for seat in known.waiting or known.seats]


def test_of_a_change_too_and_of_a_task_who_has_it_else_who_leads() -> None:
    waiting = p.approved.after(request(step("all")), WORDS[0])
    (change,) = [one for one in owed(page_after(waiting), UTC) if one.dated.subject == "change"]
    assert seats(change) == [(s.office, s.unit) for s in waiting.state.deciding["C1"].waiting]
    tasks = [one for one in owed(page_after(p.approved.after(*TASKS)), UTC) if one.dated.subject == "task"]
    assert [(one.dated.code, one.people, bool(one.seats)) for one in tasks] == [
        ("T1", (p.FITTER.person,), False),
        ("T2", (), True),
    ]


def dated(waiting: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    return [tuple(one[name] for name in ("project", "subject", "code", "title", "due")) for one in waiting]


async def test_as_of_now_a_project_waits_for_what_is_due_in_the_lists(desk: Desk) -> None:
    for lived in (APPROVAL[:3], APPROVAL[3:], TASKS):
        await desk.house.does(*lived)
        live = (await desk.read(AUDITOR, "/api/projects/deadlines"))["deadlines"]
        replayed = (await desk.read(AUDITOR, REPLAY))["waiting"]
        assert dated([one for one in replayed if one["subject"] in LISTED]) == dated(live)
        assert live


async def test_at_a_moment_it_waited_for_others_than_now(desk: Desk) -> None:
    await desk.house.does(*APPROVAL[:3])
    then = desk.house.clock.now()
    desk.later(days=1)
    await desk.house.does(*APPROVAL[3:])
    desk.later(seconds=6)
    (waited,) = (await desk.read(AUDITOR, REPLAY, at=written(then)))["waiting"]
    assert (waited["subject"], waited["label"], waited["code"]) == ("step", "审批环节", "0")
    assert [(seat["office"], seat["unit"]) for seat in waited["seats"]] == [("party_department", "company")]
    assert waited["people"] == [person("party department")]
    assert waited["since"] == then.astimezone(desk.parts.settings.time_zone).date().isoformat()
    assert waited["due"] > waited["since"]
    now = (await desk.read(AUDITOR, REPLAY))["waiting"]
    assert "step" not in {one["subject"] for one in now}
    assert "milestone" in {one["subject"] for one in now}


async def test_as_of_now_an_office_is_waited_for_as_its_list_to_hand_over_says(desk: Desk) -> None:
    for lived in (APPROVAL, TASKS[2:]):
        await desk.house.does(*lived)
        await desk.read(AUDITOR)  # once the view has it
        at = desk.house.clock.now()
        told = await waited_for_of(desk.parts, ("branch_secretary", p.BRANCH), at, person(AUDITOR), "en")
        live = await list_of(desk.parts, "branch_secretary", p.BRANCH)
        assert [(one.project, one.subject, one.code, one.title, one.due) for one in told] == sorted(
            ((entry.project, o.subject, o.code, o.title, o.due) for entry in live for o in entry.open),
            key=lambda one: (one[4], *one[:3]),
        )
        assert told


async def test_at_a_moment_a_step_waited_for_the_office_that_has_passed_it_since(desk: Desk) -> None:
    """And its words that were withdrawn since are not shown of then."""
    await desk.house.does(*APPROVAL[:3])
    then: datetime = desk.house.clock.now()
    desk.later(days=1)
    await desk.house.does(*APPROVAL[3:])
    await desk.read(AUDITOR)
    department = ("party_department", p.COMPANY)

    async def waited(at: datetime, who: str = AUDITOR) -> list[tuple[str, str, str]]:
        found = await waited_for_of(desk.parts, department, at, person(who), "zh-CN")
        return [(one.subject, one.code, one.project_title) for one in found]

    assert await waited(then) == [("step", "0", "面漆返修率减半")]
    assert await waited(then - timedelta(days=1)) == []
    assert await waited(desk.house.clock.now()) == []
    assert await waited(then, "stranger") == [], "nobody is told of what they may not see"
    title = "面漆返修率减半"
    reviewer = p.by("reviewer", "secrecy_reviewer")
    await desk.house.does(WithdrawText(reviewer, hash_of(title), "含姓名", p.MAY, said=(1,)))
    await desk.read(AUDITOR)
    assert await waited(then) == [("step", "0", MARK + hash_of(title))]


async def test_over_http_an_office_is_told_by_entering_alone(desk: Desk) -> None:
    """By happening a position of the group's ledger would not say what was known of projects."""
    await established(desk)
    await does(desk, appoint(FIRST, date(2026, 1, 20)), OFFICE, appoint(FIRST, date(2026, 1, 20)).term)
    ask = {"unit": TEAM, "office": "union_chair"}
    assert (await asks(desk, OFFICES, **ask))["waiting"] == []
    assert (await asks(desk, OFFICES, **ask, by="happened"))["waiting"] is None
