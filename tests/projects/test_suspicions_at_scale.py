"""The auditor's lists stay fast beside 2,000,000 events, of which one in ten is suspicious."""

from __future__ import annotations

import random
import re
from collections.abc import AsyncIterator
from functools import partial
from typing import Any

import pytest
from sqlalchemy import event, text
from sqlalchemy.ext.asyncio import AsyncEngine

from services.projects.projections.suspicions import (
    SUSPICIONS,
    Asked,
    Scope,
    cases,
    counting,
    listing,
    these_cases,
)
from services.projects.suspicions import CODES
from shared.audit_sheet import ON_ONE_FORM_AT_MOST
from shared.engines import begin, create_engine, rows_of
from tests.projects.test_lists_at_scale import MILLISECONDS, Ask, Watched, best_of, plan_of
from tests.support.engines import Database

COUNT, COMPANIES, UNITS = 200_000, 100, 1_000
AT_ONCE = 20_000
YEAR = 100_000  # of all moments: the middle half
COMPANY, UNIT = "company 7", "unit 7"


def row(number: int, chance: random.Random) -> dict[str, Any]:
    unit = chance.randrange(UNITS)
    return {
        "code": chance.choice(CODES[:1] * 5 + CODES),
        "ledger": f"company {unit % COMPANIES}",
        "position": number,
        "subject": "",
        "project": f"project {number // 10}",
        "unit": f"unit {unit}",
        "company": f"company {unit % COMPANIES}",
        "recorded_at": number,
        "batch": chance.random() < 0.5,
        "case": {"act": {"hash": "ab" * 32}, "facts": {"call": "通话" * 60}},
    }


@pytest.fixture
async def views(database: Database, seed: int) -> AsyncIterator[AsyncEngine]:
    chance = random.Random(seed)
    engine = create_engine(database.url("views"), durable=False)
    async with begin(engine) as connection:
        await SUSPICIONS.create(connection)
        table = SUSPICIONS.table("suspicions")
        for first in range(0, COUNT, AT_ONCE):
            await connection.execute(
                table.insert(), [row(number, chance) for number in range(first, first + AT_ONCE)]
            )
    yield engine
    await engine.dispose()


def questions() -> dict[str, Ask]:
    scopes = {
        "a unit": Scope((), (UNIT,)),
        "a company": Scope((COMPANY,), ()),
        "several": Scope(tuple(f"company {number}" for number in range(10, 15)), (UNIT, "unit 8")),
        "the group": None,
    }
    found: dict[str, Ask] = {}
    for name, scope in scopes.items():
        asked = Asked(COUNT // 4, COUNT // 4 + YEAR, scope)
        after = (COUNT // 2, "company 7", COUNT // 2, "")
        found[f"counts of {name}"] = partial(rows_of, query=counting(asked))
        for code in (CODES[0], CODES[-1]):
            for batch in (False, True):
                first = listing(code, asked, batch=batch, after=None, limit=51)
                later = listing(code, asked, batch=batch, after=after, limit=51)
                found[f"{code} of {name}, {batch}"] = partial(cases, query=first)
                found[f"{code} of {name}, {batch}, a later part"] = partial(cases, query=later)
    wanted = [(f"company {number}", number, "") for number in range(ON_ONE_FORM_AT_MOST)]
    return found | {"cases of a form": partial(these_cases, code=CODES[0], wanted=wanted)}


async def test_each_list_and_all_counts_find_their_rows_by_an_index_in_time(views: AsyncEngine) -> None:
    async with begin(views) as connection:
        await connection.execute(text("ANALYZE"))
    watched, faults = Watched(), list[str]()
    event.listen(views.sync_engine, "before_cursor_execute", watched.begins)
    event.listen(views.sync_engine, "after_cursor_execute", watched.ends)
    for name, ask in questions().items():
        best = await best_of(views, ask, watched)
        print(f"{views.dialect.name}: {name}: {best:.1f} ms")  # noqa: T201 - with -s
        plan = "\n".join([await plan_of(views, *asked) for asked in [*watched.statements]])
        scans = re.findall(rf"(?:Seq Scan on|SCAN) {SUSPICIONS.name}_v.*", plan)
        if best >= MILLISECONDS or scans:
            faults.append(f"{name}: {best:.1f} ms, scans {scans}\n{plan}")
    assert not faults, "\n\n".join(faults)
