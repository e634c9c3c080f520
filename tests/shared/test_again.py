"""What waits is seen to again and again: after an error that passes, after a defect, not before it may."""

from __future__ import annotations

import asyncio

from structlog.testing import capture_logs

from shared.again import again
from shared.passing import Unavailable
from tests.support.waiting import eventually


async def test_it_goes_on_after_what_passes_and_after_a_defect_and_says_both() -> None:
    known, fails, done = asyncio.Event(), [Unavailable("away"), ValueError("a defect")], list[int]()

    async def step() -> int:
        if fails:
            raise fails.pop(0)
        done.append(1)
        return 0

    known.set()
    with capture_logs() as logs:
        async with again("sweeping", step, known, 0.001):
            await eventually(lambda: len(done) > 2, "it is looked at again")
    assert [line["event"] for line in logs] == ["sweeping.put_off", "sweeping.failed"]


async def test_nothing_is_done_before_it_is_known_and_then_all_that_waits_at_once() -> None:
    known, left = asyncio.Event(), 3

    async def step() -> int:
        nonlocal left
        left -= left > 0
        return left

    async with again("sweeping", step, known, look_seconds=3600):
        await asyncio.sleep(0)
        assert left == 3
        known.set()
        await eventually(lambda: left == 0, "all of it is done without another look")
