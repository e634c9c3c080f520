"""Which deliveries are planned as obligations are made: to whom, by which channel, from when on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import event as events
from sqlalchemy import select

from services.notifications import tables
from services.notifications.absences import cancel, note
from services.notifications.domain.absence import (
    DAYS_AT_MOST,
    Absence,
    AbsenceRunsBackwards,
    AbsenceTooLong,
    refuse_unsound,
)
from services.notifications.domain.planning import AT_MOST_A_DAY
from services.notifications.domain.wishes import Wishes
from services.notifications.wishes import keep, wishes_of
from shared import roster
from shared.domain import OfficeId, PersonId
from shared.engines import begin
from tests.notifications.a_duty import (
    FAR_BRANCH,
    LATE,
    MONDAY,
    READ,
    URGENT,
    Desk,
    a_desk,
    moment_at,
)
from tests.notifications.an_inbox import SUBMITTED, Office
from tests.projects import a_project as p
from tests.support.engines import Database
from tests.support.recorded import recorded

NOON = moment_at(MONDAY, 12)
SEAT = f"branch_secretary@{p.BRANCH}"


@pytest.fixture
async def desk(database: Database) -> AsyncIterator[Desk]:
    async with a_desk(database, NOON) as desk:
        yield desk


async def to_whom(desk: Desk) -> list[tuple[str, str, str]]:
    return sorted((row.person, row.company, row.channel) for row in await desk.rows())


async def states(desk: Desk, person: str) -> list[str]:
    return sorted(row.state for row in await desk.rows() if row.person == person)


async def test_nothing_is_planned_where_no_channel_is_set_up(desk: Desk) -> None:
    await desk.owes("secretary", "fitter")
    assert await desk.rows() == []
    assert len(await desk.rows(tables.obligations)) == 2


async def test_somebody_is_told_by_a_channel_of_their_company_else_of_the_group(desk: Desk) -> None:
    """R79: each company has an application of its own; a group's robot tells nobody anything of theirs."""
    await desk.channels("mail", "robot", company=p.GROUP)
    await desk.owes("secretary")
    await desk.channels("wecom", "mail", "robot")
    await desk.owes("fitter", "nobody known")
    assert await to_whom(desk) == [
        ("fitter", p.COMPANY, "wecom"),
        ("nobody known", p.GROUP, "mail"),
        ("secretary", p.GROUP, "mail"),
    ]


async def test_a_channel_that_is_switched_off_is_none(desk: Desk) -> None:
    await desk.channels("wecom")
    async with begin(desk.engine) as connection:
        await connection.execute(tables.channels.update().values(enabled=False))
    await desk.owes("secretary")
    assert await desk.rows() == []


async def test_what_somebody_started_and_what_is_a_jurors_stays_in_the_inbox(desk: Desk) -> None:
    """R68: whose a letter is stands nowhere; so there is nobody whose hours could be asked for."""
    await desk.channels("wecom")
    await desk.owes("secretary", kind="started")
    await desk.owes("juror", occurrence="A")
    await desk.owes("secretary", rule=READ)
    assert [row.person for row in await desk.rows()] == ["secretary"]


async def test_the_same_obligation_again_plans_nothing_again(desk: Desk) -> None:
    await desk.channels("wecom")
    await desk.owes("secretary")
    desk.made, desk.clock.time = 0, NOON + timedelta(hours=1)
    await desk.channels("mail")
    await desk.owes("secretary", at=NOON)
    assert len(await desk.rows()) == 1


async def test_wishes_are_kept_and_followed(desk: Desk) -> None:
    await desk.channels("wecom", "mail")
    wishes, secretary = Wishes(("mail",), muted=("read",), language="en"), PersonId("secretary")
    async with begin(desk.engine) as connection:
        await keep(connection, secretary, Wishes(), NOON)
        await keep(connection, secretary, wishes, NOON)
        assert await wishes_of(connection, [secretary]) == {secretary: wishes}
    await desk.owes("secretary", "fitter", rule=READ)
    await desk.owes("secretary")
    assert await to_whom(desk) == [("fitter", p.COMPANY, "wecom"), ("secretary", p.COMPANY, "mail")]


async def test_five_messages_a_day_and_the_others_in_the_summary_however_they_come(desk: Desk) -> None:
    """Evenings and days off count to the morning on which they go out."""
    await desk.channels("wecom")
    for day in range(3):
        desk.clock.time = moment_at(date(2026, 3, 6) + timedelta(days=day), 20)
        for _ in range(3):
            await desk.owes("secretary")
        await desk.owes("secretary", rule=URGENT)
    rows = await desk.rows()
    assert [row.state for row in rows if not row.urgent] == ["waiting"] * 3
    assert await states(desk, "secretary") == ["bundled"] * 4 + ["waiting"] * (AT_MOST_A_DAY + 3)
    assert {row.slot for row in rows} == {None, "2026-03-09"}


async def test_two_who_plan_at_once_tell_nobody_more_than_five_times(desk: Desk, database: Database) -> None:
    await desk.channels("wecom")
    async with AsyncExitStack() as stack:
        others = [await stack.enter_async_context(a_desk(database, NOON)) for _ in range(3)]
        for number, other in enumerate(others, 1):
            other.made = number * 100
        await asyncio.gather(*(one.owes("secretary") for one in others for _ in range(4)))
    assert await states(desk, "secretary") == ["bundled"] * 7 + ["waiting"] * AT_MOST_A_DAY


async def test_a_thousand_obligations_are_planned_by_a_handful_of_statements(desk: Desk) -> None:
    await desk.channels("wecom")
    statements = list[str]()

    def said(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        statements.append(statement.split(maxsplit=1)[0])

    events.listen(desk.engine.sync_engine, "before_cursor_execute", said)
    await desk.owes(*(f"person {n}" for n in range(1000)))
    await desk.channels("mail", company=p.GROUP)
    await desk.owes(*(f"person {n}" for n in range(1000)))
    assert len(await desk.rows()) == 1000
    assert statements.count("SELECT") < 15


async def test_what_events_oblige_to_is_planned_with_it_and_timed_until_the_act(office: Office) -> None:
    """A submission asks two of a department; the pre-check ends what was to be told later."""
    async with begin(office.engine) as connection:
        row = {"company": p.GROUP, "channel": "wecom", "settings": "{}", "enabled": True}
        await connection.execute(tables.channels.insert(), row | {"next_free_at": 0, "failures": 0})
    o, d = tables.obligations.c, tables.deliveries.c
    timed = select(o.recipient).where(o.rule == "n02", o.next_at.is_not(None)).order_by(o.recipient)
    told = select(d.person).join(tables.obligations, o.id == d.obligation).where(o.rule == "n02")
    for acts, waiting in ((SUBMITTED, ["colleague", "prechecker"]), ((p.PRECHECK,), [])):
        await office.does(*acts)
        await office.reached()
        async with office.engine.connect() as connection:
            assert [*(await connection.execute(timed)).scalars()] == waiting
            people = (await connection.execute(told.order_by(d.person))).scalars()
            assert [*people] == ["colleague", "prechecker"]


# Absences


async def away(desk: Desk, person: str, first: date = MONDAY, days: int = 10) -> None:
    async with begin(desk.engine) as connection:
        absence = Absence(first, first + timedelta(days=days - 1))
        await note(connection, PersonId(person), absence, desk.clock.now())


def appoint_deputy(desk: Desk) -> None:
    organisation = desk.planning.organisation
    event = roster.DeputyAppointed(
        OfficeId("term-secretary"), PersonId("fitter"), MONDAY, MONDAY + timedelta(20)
    )
    organisation.apply(recorded(organisation.position + 1, event))


async def told_instead(desk: Desk, occurrence: str = SEAT) -> str:
    await desk.channels("wecom")
    await desk.owes("secretary", occurrence=occurrence)
    (row,) = await desk.rows()
    (owed,) = await desk.rows(tables.obligations)
    assert owed.recipient == "secretary"
    return str(row.person)


async def test_while_somebody_is_away_their_deputy_in_that_seat_is_told(desk: Desk) -> None:
    """R8; the inbox stays as it is: the deputy reads the holder's list (0066)."""
    appoint_deputy(desk)
    await away(desk, "secretary")
    assert await told_instead(desk) == "fitter"


async def test_without_a_deputy_the_nearest_office_is_told(desk: Desk) -> None:
    """R3: of a branch its deputy secretary; where that one is away too, whoever comes next."""
    await away(desk, "secretary")
    assert await told_instead(desk) == "deputy"


async def test_who_is_away_as_well_is_passed_over(desk: Desk) -> None:
    appoint_deputy(desk)
    for person in ("secretary", "fitter", "deputy"):
        await away(desk, person)
    assert await told_instead(desk) == "welder"


@pytest.mark.parametrize("occurrence", ["", f"member@{p.BRANCH}"])
async def test_what_somebody_owes_as_who_they_are_goes_to_nobody_else(desk: Desk, occurrence: str) -> None:
    appoint_deputy(desk)
    await away(desk, "secretary")
    assert await told_instead(desk, occurrence) == "secretary"


async def test_where_another_holds_the_seat_too_nobody_is_told_twice(desk: Desk) -> None:
    await desk.channels("wecom")
    await away(desk, "prechecker")
    await desk.owes("prechecker", "colleague", occurrence=f"party_department@{p.COMPANY}")
    assert {row.person for row in await desk.rows()} == {"prechecker", "colleague"}


async def test_the_day_counts_on_which_the_message_goes(desk: Desk) -> None:
    """Who is away from tomorrow on is not told this evening for tomorrow."""
    await away(desk, "secretary", MONDAY + timedelta(days=1))
    desk.clock.time = moment_at(MONDAY, 20)
    assert await told_instead(desk) == "deputy"


async def test_an_absence_that_is_over_or_was_cancelled_is_none(desk: Desk) -> None:
    await away(desk, "secretary", MONDAY - timedelta(days=9), 9)
    await away(desk, "secretary")
    async with begin(desk.engine) as connection:
        await cancel(connection, PersonId("secretary"), MONDAY)
    assert await told_instead(desk) == "secretary"


def test_an_absence_has_an_end_that_is_to_come_and_is_not_too_long() -> None:
    last = MONDAY + timedelta(days=DAYS_AT_MOST - 1)
    refuse_unsound(Absence(MONDAY, last), MONDAY)
    with pytest.raises(AbsenceTooLong):
        refuse_unsound(Absence(MONDAY, last + timedelta(days=1)), MONDAY)
    for absence in (Absence(MONDAY, MONDAY - timedelta(days=1)), Absence(MONDAY, MONDAY)):
        with pytest.raises(AbsenceRunsBackwards):
            refuse_unsound(absence, MONDAY + timedelta(days=1))


async def test_far_away_a_message_waits_for_their_morning(desk: Desk) -> None:
    """R38, R75: Luanda is seven hours behind; noon in China is five in the morning there."""
    await desk.channels("wecom")
    await desk.owes("far secretary", occurrence=f"branch_secretary@{FAR_BRANCH}", rule=LATE)
    (row,) = await desk.rows()
    assert row.not_before == int(moment_at(MONDAY, 15).timestamp() * 1_000_000)
