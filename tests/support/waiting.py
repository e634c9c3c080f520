"""Waiting for a condition instead of for a time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable


def wait_until(
    condition: Callable[[], bool], what: str | Callable[[], str], timeout_seconds: float = 30
) -> None:
    """Returns once `condition` holds; AssertionError naming `what` (or what it returns) after the timeout."""
    give_up = time.monotonic() + timeout_seconds
    while not condition():
        assert time.monotonic() < give_up, (
            f"waited {timeout_seconds} s in vain until {what if isinstance(what, str) else what()}"
        )
        time.sleep(0.01)


async def eventually(
    condition: Callable[[], Awaitable[bool] | bool], what: str, timeout_seconds: float = 30
) -> None:
    """The same without blocking the event loop; the condition may be a coroutine function."""
    give_up = time.monotonic() + timeout_seconds
    while True:
        answer = condition()
        if answer if isinstance(answer, bool) else await answer:
            return
        assert time.monotonic() < give_up, f"waited {timeout_seconds} s in vain until {what}"
        await asyncio.sleep(0.01)
