"""What is told later of a duty: to whom, on which working day, and never of what is done."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import update
from structlog.testing import capture_logs

from services.notifications import tables
from services.notifications.domain.known import Known
from services.notifications.domain.later import NAMES, Count, steps, wrapped
from services.notifications.inbox import StandIn, read_list
from services.notifications.obliged import end
from services.notifications.rulebook import Rulebook
from services.notifications.timers import see_to_due, timed
from shared.domain import PersonId
from shared.engines import begin
from shared.working_days import is_working_day, working_day_after, working_day_before
from tests.notifications.a_duty import (
    DUTY,
    FAR_BRANCH,
    LATE,
    MONDAY,
    READ,
    RULES,
    Desk,
    a_desk,
    moment_at,
)
from tests.projects import a_project as p
from tests.projects.test_project_laws import LAW
from tests.support.engines import Database, SqliteFiles
from tests.support.waiting import eventually

CHINA = Count(working_day_after, working_day_before)
DUE = date(2026, 3, 12)  # a Thursday; the reminder is on Tuesday
SEAT = f"party_department@{p.COMPANY}"


@pytest.fixture
async def desk(database: Database) -> AsyncIterator[Desk]:
    async with a_desk(database, moment_at(MONDAY, 12)) as desk:
        yield desk


def days(due: date | None, made_on: date) -> list[tuple[str, date]]:
    return [(step.name, step.on) for step in steps(LATE, due, made_on, CHINA)]


def test_steps_are_counted_by_working_days_from_the_date() -> None:
    friday = date(2026, 3, 13)
    assert days(DUE, MONDAY) == [
        ("reminder", date(2026, 3, 10)),
        ("escalation", friday),
        ("later", date(2026, 3, 17)),
    ]


def test_without_a_date_nobody_is_reminded_and_escalations_count_from_the_making() -> None:
    assert days(None, MONDAY) == [("escalation", date(2026, 3, 3)), ("later", date(2026, 3, 5))]


def test_nobody_is_reminded_on_the_day_on_which_they_were_told() -> None:
    assert days(date(2026, 3, 4), MONDAY)[0] == ("escalation", date(2026, 3, 5))


def test_nobody_is_late_before_they_were_asked() -> None:
    """R42: what is found late long after its date still gives who owes it the rule's days."""
    assert days(date(2026, 1, 5), MONDAY) == [("escalation", date(2026, 3, 3)), ("later", date(2026, 3, 5))]


def test_what_is_only_read_has_no_steps() -> None:
    assert steps(replace(READ, remind_before=1), DUE, MONDAY, CHINA) == ()


@LAW
@given(day=st.dates(date(2026, 1, 1), date(2026, 12, 31)), count=st.integers(0, 30))
def test_working_days_before_are_those_after_the_other_way_round(day: date, count: int) -> None:
    before = working_day_before(day, count)
    passed = (before + timedelta(days=n) for n in range((day - before).days))
    assert sum(map(is_working_day, passed)) == count
    assert count == 0 or is_working_day(before)


async def test_who_owes_it_is_reminded_in_the_morning_once(desk: Desk) -> None:
    await desk.owes("secretary", due=DUE)
    await desk.at(moment_at(date(2026, 3, 10), 7, 59))
    assert await desk.told() == []
    await desk.at(moment_at(date(2026, 3, 10), 8))
    await desk.at(moment_at(date(2026, 3, 11), 8))
    assert await desk.told() == [("reminder[]", "secretary", True)]


async def test_the_leader_and_then_the_office_above_are_told_who_is_late(desk: Desk) -> None:
    """R3: the same office above, for a party department at last headquarters."""
    await desk.owes("prechecker", "colleague", occurrence=SEAT, due=DUE)
    await desk.at(moment_at(date(2026, 3, 13), 8))
    assert await desk.told() == [(f"escalation[{SEAT}]", "leader", True)]
    await desk.at(moment_at(date(2026, 3, 17), 8))
    assert (f"later[{SEAT}]", "hq", True) in await desk.told()
    assert len(await desk.told()) == 2
    async with desk.engine.connect() as connection:
        page = await read_list(connection, PersonId("leader"), "copied")
    (entry,) = page.entries
    assert (
        entry.text(Rulebook(RULES), lambda _, fact: fact)
        == f"【逐级提醒】{p.COMPANY} 党委工作部逾期未办：《修》待办。"
    )
    assert entry.text(Rulebook(RULES), lambda _, fact: fact, "en").startswith(
        f"Not done in time by {p.COMPANY} party department: "
    )


async def test_of_who_is_asked_without_a_seat_the_name_is_told(desk: Desk) -> None:
    await desk.owes("secretary")
    await desk.at(moment_at(date(2026, 3, 3), 8))
    assert await desk.told() == [("escalation[secretary]", "leader", True)]


async def test_who_has_a_part_in_it_is_not_told_of_it_as_an_office_above(desk: Desk) -> None:
    """R4: where the company's leader in charge leads the project, the group's is told."""
    await desk.knows(Known(company=p.COMPANY, unit=p.BRANCH, lead="leader"))
    await desk.owes("prechecker", occurrence=SEAT)
    await desk.at(moment_at(date(2026, 3, 3), 8))
    assert await desk.told() == [(f"escalation[{SEAT}]", "overseer", True)]


@pytest.mark.parametrize(
    ("word", "late", "occurrence", "told"),
    [
        ("party_department", "secretary", "", ["colleague", "prechecker"]),
        ("party_department", "prechecker", SEAT, ["hq"]),
        ("office_above", "hq", f"headquarters@{p.GROUP}", ["overseer"]),
        ("office_above", "quality", f"source_department@{p.COMPANY}", ["leader"]),
        ("inspector_superior", "quality", "", ["leader"]),
        ("leader_in_charge", "leader", "", ["overseer"]),
        ("leader_in_charge", "juror", "A", []),
    ],
)
async def test_a_rules_word_leads_to_the_nearest_who_is_not_late_themselves(
    database: Database, word: str, late: str, occurrence: str, told: list[str]
) -> None:
    rule = replace(DUTY, escalate_after=(1, word))
    async with a_desk(database, moment_at(MONDAY, 12), [rule]) as desk:
        await desk.owes(late, occurrence=occurrence, rule=rule)
        await desk.at(moment_at(date(2026, 3, 3), 8))
        assert [person for _, person, _ in await desk.told()] == told


async def test_what_is_done_is_told_no_more_and_what_was_told_ends_with_it(desk: Desk) -> None:
    await desk.owes("secretary", due=DUE, subject="task/1")
    await desk.owes("secretary", due=DUE, subject="task/2")
    await desk.at(moment_at(date(2026, 3, 10), 8))
    await desk.done("task/1")
    assert [open_still for _, _, open_still in await desk.told()] == [False, True]
    async with desk.engine.connect() as connection:
        page = await read_list(connection, PersonId("secretary"), "copied")
    assert [entry.subject for entry in page.entries] == ["task/2"]
    await desk.done("task/2")
    await desk.at(moment_at(date(2026, 3, 20), 8))
    assert {occurrence for occurrence, _, _ in await desk.told()} == {"reminder[]"}
    assert all(row.next_at is None for row in await desk.rows(tables.obligations))


async def test_an_escalation_of_a_seat_stands_until_all_who_hold_it_are_done(desk: Desk) -> None:
    o = tables.obligations.c
    await desk.owes("prechecker", "colleague", occurrence=SEAT)
    await desk.at(moment_at(date(2026, 3, 3), 8))
    for person, stands in (("colleague", True), ("prechecker", False)):
        async with begin(desk.engine) as connection:
            await end(connection, "P", [o.recipient == person], "e", desk.clock.now(), True)
        assert await desk.told() == [(f"escalation[{SEAT}]", "leader", stands)]


async def test_after_days_of_rest_what_is_past_is_told_once_and_no_reminder_after_the_date(
    desk: Desk,
) -> None:
    await desk.owes("prechecker", occurrence=SEAT, due=DUE)
    await desk.at(moment_at(date(2026, 4, 20), 8))
    assert await desk.told() == [(f"escalation[{SEAT}]", "leader", True), (f"later[{SEAT}]", "hq", True)]


async def test_a_defect_with_one_duty_holds_no_other(desk: Desk) -> None:
    o = tables.obligations
    await desk.owes("secretary", "fitter", due=DUE)
    async with begin(desk.engine) as connection:
        await connection.execute(update(o).where(o.c.recipient == "fitter").values(facts="no json"))
    with capture_logs() as logs:
        await desk.at(moment_at(date(2026, 3, 10), 8))
    assert await desk.told() == [("reminder[]", "secretary", True)]
    assert [line["event"] for line in logs] == ["reminder.failed"]
    async with begin(desk.engine) as connection:
        await connection.execute(update(o).where(o.c.recipient == "fitter").values(facts="{}"))
    await desk.at(moment_at(date(2026, 3, 11), 8))
    assert ("reminder[]", "fitter", True) in await desk.told()


async def test_a_juror_is_reminded_by_letter(desk: Desk) -> None:
    """R68: who that is stands nowhere; they find it by the letter."""
    await desk.owes("juror", occurrence="A", due=DUE)
    await desk.at(moment_at(date(2026, 3, 10), 8))
    assert await desk.told() == [("reminder[A]", "juror", True)]
    for letter, found in (("A", 1), ("B", 0)):
        async with desk.engine.connect() as connection:
            stands_in = StandIn(letters=frozenset({("P", letter)}))
            page = await read_list(connection, PersonId("somebody"), "copied", stands_in=stands_in)
        assert len(page.entries) == found


async def test_days_are_those_of_who_owes_it(desk: Desk) -> None:
    """R38: in Luanda, which rests on Friday and Saturday, it is told at 08:00 there, 15:00 in China."""
    await desk.owes("far secretary", occurrence=f"branch_secretary@{FAR_BRANCH}", due=DUE)
    await desk.at(moment_at(date(2026, 3, 10), 15))
    await desk.at(moment_at(date(2026, 3, 15), 14))
    assert [name for name, _, _ in await desk.told()] == [f"reminder[branch_secretary@{FAR_BRANCH}]"]
    await desk.at(moment_at(date(2026, 3, 15), 15))
    assert len(await desk.told()) == 2


async def test_a_reminder_goes_out_like_every_message_and_is_a_duty(desk: Desk) -> None:
    await desk.channels("wecom")
    await desk.owes("secretary", due=DUE)
    await desk.at(moment_at(date(2026, 3, 10), 8))
    assert [(row.person, row.state) for row in await desk.rows()] == [("secretary", "waiting")] * 2


async def test_replicas_share_what_is_due_and_tell_each_once(desk: Desk, database: Database) -> None:
    for n in range(30):
        await desk.owes("prechecker", "colleague", occurrence=SEAT, due=DUE, subject=f"task/{n}")
    async with AsyncExitStack() as stack:
        now = moment_at(date(2026, 3, 20), 8)
        replicas = [await stack.enter_async_context(a_desk(database, now)) for _ in range(3)]
        while sum(await asyncio.gather(*(see_to_due(one.engine, one.planning) for one in replicas))):
            pass
    told = [occurrence for occurrence, _, _ in await desk.told()]
    assert sorted(told) == [f"escalation[{SEAT}]"] * 30 + [f"later[{SEAT}]"] * 30


async def test_an_act_done_elsewhere_and_its_reminder_meet_at_the_row(desk: Desk) -> None:
    """Whichever comes first, nothing of what is done stands or is told any more."""
    for n in range(20):
        await desk.owes("secretary", due=DUE, subject=f"task/{n}")
    desk.clock.time = moment_at(date(2026, 3, 10), 8)
    seen_to = (see_to_due(desk.engine, desk.planning) for _ in range(2))
    await asyncio.gather(*seen_to, *(desk.done(f"task/{n}") for n in range(20)))
    await desk.at(moment_at(date(2026, 4, 10), 8))
    assert [told for told in await desk.told() if told[2]] == []
    assert {occurrence for occurrence, _, _ in await desk.told()} <= {"reminder[]"}


async def test_they_are_seen_to_by_themselves_once_it_is_known_who_holds_what(desk: Desk) -> None:
    await desk.owes("secretary", due=DUE)
    desk.clock.time, known = moment_at(date(2026, 3, 10), 8), asyncio.Event()
    async with timed(desk.engine, desk.planning, known, look_seconds=0.01):
        await asyncio.sleep(0)
        assert await desk.told() == []
        known.set()

        async def reminded() -> bool:
            return len(await desk.told()) == 1

        await eventually(reminded, "they are reminded")


ACTS = st.lists(
    st.one_of(
        st.tuples(st.just("owe"), st.integers(0, 15)),
        st.tuples(st.just("wait"), st.integers(0, 72)),
        st.tuples(st.just("done"), st.integers(0, 3)),
    ),
    max_size=14,
)


@settings(LAW, max_examples=40)
@given(acts=ACTS)
def test_whatever_happens_each_step_is_told_once_and_exactly_those_that_the_rule_says(
    acts: list[tuple[str, int]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    asyncio.run(_lived(SqliteFiles(tmp_path_factory.mktemp("law")), acts))


async def _lived(database: Database, acts: list[tuple[str, int]]) -> None:
    async with a_desk(database, moment_at(MONDAY, 12)) as desk:
        open_ones, told = dict[int, date](), set[tuple[str, str]]()
        made = dict[int, date]()
        for act, number in acts:
            today = (desk.clock.time + timedelta(hours=8)).date()
            match act:
                case "owe":
                    due = today + timedelta(days=number)
                    await desk.owes("prechecker", occurrence=SEAT, due=due, subject=f"t/{len(made)}")
                    open_ones[len(made)], made[len(made)] = due, today
                case "done":
                    await desk.done(f"t/{number}")
                    open_ones.pop(number, None)
                case _:
                    await desk.at(desk.clock.time + timedelta(hours=number))
                    for one, due in open_ones.items():
                        told |= {(f"t/{one}", name) for name in _due(desk, due, made[one])}
                        told |= {
                            (f"t/{one}", "reminder")
                            for step in steps(LATE, due, made[one], CHINA)
                            if step.name == "reminder" and _reminds(desk, step.on, due)
                        }
        rows = [row for row in await desk.rows(tables.obligations) if row.kind == "read"]
        found = sorted((row.subject, row.occurrence) for row in rows)
        assert found == sorted((subject, wrapped(name, SEAT)) for subject, name in told)  # type: ignore[arg-type]
        still = {row.subject for row in rows if row.done_at is None}
        assert still <= {f"t/{one}" for one in open_ones}


def _due(desk: Desk, due: date, made_on: date) -> list[str]:
    """The escalations of an open duty whose morning has come."""
    found = steps(LATE, due, made_on, CHINA)
    return [s.name for s in found if s.name in NAMES[1:] and moment_at(s.on, 8) <= desk.clock.time]


def _reminds(desk: Desk, on: date, due: date) -> bool:
    return moment_at(on, 8) <= desk.clock.time and (desk.clock.time + timedelta(hours=8)).date() <= due
