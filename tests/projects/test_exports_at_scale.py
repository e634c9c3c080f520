"""An export of thousands of projects takes no more memory than one of a few: rows pass through a file."""

from __future__ import annotations

import random
import tracemalloc

import pytest

from services.projects.projections.projects import PROJECTS
from shared.engines import begin
from tests.projects.a_desk import Desk
from tests.projects.test_exports import HEADQUARTERS
from tests.projects.test_exports import PROJECTS as LIST
from tests.projects.test_lists_at_scale import rows_for

COUNT = 4_000
MORE = 3_000_000  # bytes; all rows at once would take four times as much


async def peak(desk: Desk, kind: str, **query: str) -> tuple[int, int]:
    """The most that was in memory while an export was made, and how long the file is."""
    tracemalloc.start()
    try:
        answer = await desk.ask(HEADQUARTERS, f"{LIST}.{kind}", **query)
        assert answer.status_code == 200, answer.text
        return tracemalloc.get_traced_memory()[1] - len(answer.content), len(answer.content)
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("kind", ["xlsx", "csv"])
async def test_memory_does_not_grow_with_the_list(desk: Desk, kind: str, seed: int) -> None:
    chance = random.Random(seed)
    rows = [rows_for(number, chance)["projects"][0] for number in range(COUNT)]
    async with begin(desk.parts.views) as connection:
        await connection.execute(PROJECTS.table("projects").insert(), rows)
    few = {"track": "cost"}  # some pages all the same
    await peak(desk, kind, **few)  # what is made once
    (small, short), (large, long) = await peak(desk, kind, **few), await peak(desk, kind)
    assert long > 4 * short
    assert large < small + MORE, f"{small} bytes for {short}, {large} for {long}"
