"""What holds for every obligation: its text is filled, it is made once, its list is paged and counted."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import func, select, update

from services.notifications import tables
from services.notifications.inbox import (
    List,
    count_waiting,
    mark_read,
    read_list,
    stand_in,
    waiting_in_all,
)
from services.projects.domain.project.tasks import (
    AddTask,
    AssignTask,
)
from shared import roster
from shared.domain import NotKnown, OfficeId, PersonId
from shared.engines import begin
from shared.held import Held
from tests.notifications.an_inbox import APPROVED, OFFICES, SUBMITTED, Office, reaction, the_organisation
from tests.projects import a_project as p
from tests.support.recorded import recorded


async def test_every_text_is_filled_and_holds_no_name(office: Office) -> None:
    await office.does(
        *APPROVED, *p.WORK, p.REQUEST_CLOSURE, p.PRECHECKER_REVIEWS, p.QUALITY_REVIEWS, p.ASSESS
    )
    await office.reached()
    lists: tuple[List, ...] = ("todo", "done", "started", "copied")
    texts = [
        text
        for person, _, _ in (*OFFICES, ("fitter", "", ""))
        for which in lists
        for text in await office.says(person, which)
    ]
    assert len(texts) > 10
    assert not any("{" in text or "None" in text for text in texts)


async def test_events_delivered_again_make_no_second_obligation(office: Office) -> None:
    await office.does(*APPROVED, *p.WORK)
    await office.reached()
    count = select(func.count()).select_from(tables.obligations)
    todos = select(tables.obligations.c.id).where(tables.obligations.c.done_at.is_(None))
    async with office.engine.connect() as connection:
        before = (
            (await connection.execute(count)).scalar_one(),
            set((await connection.execute(todos)).scalars()),
        )
    again = reaction()
    events = await office.projects.ledgers.read_ledger("company", 0, 1000)
    async with begin(office.engine) as connection:
        for line in events:
            if (event := again.schema.read(line.envelope)) is not None:
                held = await Held.load(connection, again)
                await again.take(connection, [replace_event(line, event)], held)
    async with office.engine.connect() as connection:
        after = (
            (await connection.execute(count)).scalar_one(),
            set((await connection.execute(todos)).scalars()),
        )
    assert after == before


def replace_event(line: Any, event: Any) -> Any:
    return type(line)(
        line.service, line.ledger, line.position, line.stream, line.version, line.body, line.envelope, event
    )


async def test_a_list_is_paged_by_key_and_read_marks_are_the_readers_own(office: Office) -> None:
    adds = [
        AddTask(p.SECRETARY, f"T{n}", f"任务{n}", "完成", date(2026, 4, 30), Decimal(1)) for n in range(7)
    ]
    assigns = [AssignTask(p.SECRETARY, f"T{n}", PersonId("fitter")) for n in range(7)]
    await office.does(*APPROVED, *adds, *assigns)
    await office.reached()
    fitter = PersonId("fitter")
    seen: list[str] = []
    async with begin(office.engine) as connection:
        page = await read_list(connection, fitter, "todo", limit=3)
        while True:
            seen += [entry.facts["task"] for entry in page.entries]
            if page.next is None:
                break
            page = await read_list(connection, fitter, "todo", after=page.next, limit=3)
        assert seen == [f"任务{n}" for n in reversed(range(7))]
        assert await count_waiting(connection, fitter) == {"todo": 7, "unread": 1}
        (copied,) = (await read_list(connection, fitter, "copied")).entries
        now = datetime(2026, 3, 1, tzinfo=UTC)
        await mark_read(connection, fitter, copied.id, now)
        await mark_read(connection, fitter, copied.id, now.replace(month=4))
        assert (await read_list(connection, fitter, "copied")).entries[0].read_at == now
        assert await count_waiting(connection, fitter) == {"todo": 7, "unread": 0}
        with pytest.raises(NotKnown):
            await mark_read(connection, PersonId("welder"), copied.id, now)


async def test_what_waits_of_everybody_is_counted_with_the_oldest(office: Office) -> None:
    async with office.engine.connect() as connection:
        assert await waiting_in_all(connection) == (0, None)
    await office.does(*SUBMITTED)
    (entry,) = await office.entries("prechecker", "todo")
    async with office.engine.connect() as connection:
        assert await waiting_in_all(connection) == (2, entry.created_at)  # a colleague is asked too
    await office.does(p.PRECHECK)
    waiting = await office.entries("prechecker", "todo")
    assert waiting == ()
    async with office.engine.connect() as connection:
        assert (await waiting_in_all(connection))[1] != entry.created_at


async def test_a_late_deputy_finds_what_waits_for_the_office_until_the_deputyship_ends(
    office: Office,
) -> None:
    """R8: neither twice where they were told when it began, nor after they stopped standing in."""
    await office.does(*SUBMITTED)
    await office.reached()
    known, deputy, day = the_organisation(), PersonId("fitter"), date(2026, 3, 1)
    appointed = roster.DeputyAppointed(OfficeId("term-prechecker"), deputy, day, date(2026, 3, 31))
    known.apply(recorded(known.position + 1, appointed, datetime(2026, 3, 1, tzinfo=UTC)))
    async with office.engine.connect() as connection:
        (waits,) = (await read_list(connection, PersonId("prechecker"), "todo")).entries
        for on, shown in ((date(2026, 2, 28), []), (day, [waits.id]), (date(2026, 4, 2), [])):
            stands_in = stand_in(known, deputy, on)
            page = await read_list(connection, deputy, "todo", stands_in=stands_in)
            assert [entry.id for entry in page.entries] == shown
            counted = await count_waiting(connection, deputy, stands_in)
            assert counted == {"todo": len(shown), "unread": 0}
        own = update(tables.obligations).values(recipient=deputy)
        await connection.execute(own.where(tables.obligations.c.recipient == "colleague"))
        for on, count in ((day, 1), (date(2026, 4, 2), 0)):
            page = await read_list(connection, deputy, "todo", stands_in=stand_in(known, deputy, on))
            assert len(page.entries) == count
