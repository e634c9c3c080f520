"""Duties that wait, made and ended without any event, and a clock that the test moves."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from services.notifications import tables
from services.notifications.domain.known import Known
from services.notifications.domain.obligation import Obligation
from services.notifications.domain.rules import Rule, Rules
from services.notifications.inboxes import Changed, nobody_looks, stamp
from services.notifications.obliged import end, make, row_of, settle
from services.notifications.planning import Planning
from services.notifications.rulebook import Rulebook
from services.notifications.timers import see_to_due
from shared import engines, roster
from shared.domain import Calendar, OfficeId, PersonId, UnitId
from shared.engines import begin, create_engine
from shared.organisation import Organisation
from tests.notifications.an_inbox import MEMBERS, NEW_YEAR, OFFICES, UNITS
from tests.projects import a_project as p
from tests.support.clocks import SetClock
from tests.support.engines import Database
from tests.support.recorded import recorded

Who = Callable[[str], PersonId]  # somebody's id, by what the test calls them
SHANGHAI = ZoneInfo("Asia/Shanghai")
MONDAY = date(2026, 3, 2)
DUTY = Rule("duty", ("X",), ("lead",), "todo", "《{title}》待办。", remind_before=2)
LATE = replace(DUTY, escalate_after=(1, "leader_in_charge"), then_after=(3, "office_above"))
READ = Rule("read", ("X",), ("lead",), "read", "《{title}》待阅。", title="待阅", title_en="to read")
URGENT = replace(DUTY, id="urgent", urgent=True)
DIGEST = replace(READ, id="digest", when="digest")
WEEKLY = replace(READ, id="weekly", when="weekly")
RULES = Rules((LATE, READ, URGENT, DIGEST, WEEKLY))
FAR, FAR_BRANCH = UnitId("far"), UnitId("far branch")
LUANDA = Calendar("Africa/Luanda", chinese=False, rest=(4, 5))
ABOVE = (("leader", "leader_in_charge", p.COMPANY), ("far secretary", "branch_secretary", FAR_BRANCH))


def moment_at(day: date, hour: int, minute: int = 0, zone: ZoneInfo = SHANGHAI) -> datetime:
    return datetime.combine(day, time(hour, minute), zone).astimezone(UTC)


def the_organisation(who: Who) -> Organisation:
    """The one of the inboxes, with a leader, and a branch in Luanda that rests on Fridays and Saturdays."""
    organisation = Organisation()
    offices = (*OFFICES, *ABOVE)
    homes = dict.fromkeys((*MEMBERS, *(name for name, _, _ in offices)), p.BRANCH)
    homes |= {"far secretary": FAR_BRANCH, "far fitter": FAR_BRANCH}
    events = (
        *UNITS,
        replace(UNITS[2], unit=FAR_BRANCH, code="F"),
        roster.CalendarSet(FAR_BRANCH, LUANDA),
        *(roster.PersonRegistered(who(n), unit, "正式党员", "", "") for n, unit in homes.items()),
        *(
            roster.OfficeAppointed(
                OfficeId(f"term-{n}"), who(n), office, unit, NEW_YEAR, None, False, False, who("hq")
            )
            for n, office, unit in offices
        ),
    )
    for position, event in enumerate(events, 1):
        organisation.apply(recorded(position, event, datetime(2026, 1, 1, tzinfo=UTC)))
    return organisation


@dataclass
class Desk:
    """Notifications' truth, and whoever makes and ends duties in it."""

    engine: AsyncEngine
    clock: SetClock
    planning: Planning
    who: Who = PersonId
    made: int = 0
    changed: Changed = nobody_looks

    async def at(self, moment: datetime) -> None:
        """The clock stands there, and all that is due is seen to."""
        self.clock.time = moment
        while await see_to_due(self.engine, self.planning):
            pass

    async def owes(
        self,
        *people: str,
        rule: Rule = LATE,
        occurrence: str = "",
        due: date | None = None,
        at: datetime | None = None,
        kind: Any = None,
        subject: str = "",
    ) -> None:
        """They owe it since now, or since another moment; of one event each time."""
        self.made += 1
        owed = [
            Obligation(rule.id, occurrence, self.who(n), kind or rule.kind, subject, {"title": "修"}, due)
            for n in people
        ]
        rows = [row_of(one, "P", f"e/{self.made}", at or self.clock.now()) for one in owed]
        async with begin(self.engine) as connection:
            new = await make(connection, self.planning, rows)
            await settle(connection, self.planning, new, self.changed)

    async def done(self, subject: str = "", event: str = "done") -> None:
        """The act itself ends all that is owed of it."""
        o = tables.obligations.c
        async with begin(self.engine) as connection:
            await end(connection, "P", [o.subject == subject], event, self.clock.now(), False)
            await stamp(connection, self.changed)

    async def channels(self, *kinds: str, company: UnitId = p.COMPANY) -> None:
        rows = [
            {"company": company, "channel": kind, "settings": "{}", "enabled": True}
            | {"next_free_at": 0, "failures": 0}
            for kind in kinds
        ]
        async with begin(self.engine) as connection:
            await connection.execute(tables.channels.insert(), rows)

    async def rows(self, of: Any = tables.deliveries) -> list[Any]:
        async with self.engine.connect() as connection:
            return list((await connection.execute(select(of))).all())

    async def told(self, kind: str = "read") -> list[tuple[str, str, bool]]:
        """What is told later: the occurrence, whom, and whether it still stands."""
        found = [row for row in await self.rows(tables.obligations) if row.kind == kind]
        return sorted((row.occurrence, row.recipient, row.done_at is None) for row in found)

    async def knows(self, known: Known) -> None:
        row = {"id": "P", "facts": msgspec.json.encode(known).decode()}
        async with begin(self.engine) as connection:
            await connection.execute(engines.upsert(tables.known, connection), row)


@asynccontextmanager
async def a_desk(
    database: Database, at: datetime, rules: Iterable[Rule] = RULES.rules, who: Who = PersonId
) -> AsyncIterator[Desk]:
    engine = create_engine(database.url("notifications"), durable=False)
    async with begin(engine) as connection:
        await connection.run_sync(tables.metadata.create_all)
    clock = SetClock(at)
    planning = Planning(Rulebook(Rules(tuple(rules))), the_organisation(who), clock, SHANGHAI)
    desk = Desk(engine, clock, planning, who)
    await desk.knows(Known(title="修", company=p.COMPANY, unit=p.BRANCH, lead="secretary"))
    yield desk
    await engine.dispose()
