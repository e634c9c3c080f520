"""A service as it runs everywhere, but for a clock and a reading that can be put wrong from outside.

And passwords are hashed quickly: people sign in again and again here.

`python -m tests.system.faults.service NAME FD`: its socket is inherited. In the directory DENGGAO_FAULTS
the file `clock` holds the seconds by which its clock is wrong, `databases_clock` those of its database's,
and `poison` a stream that no view or reaction of this service can read, as if its code had a fault.
"""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import uvicorn
from argon2 import PasswordHasher

from services.projects import accounts
from shared.clock import SystemClock
from shared.envelope import Recorded
from shared.ledger import Ledgers
from shared.projections import Reaction, View

FAULTS = Path(os.environ["DENGGAO_FAULTS"])


def told(name: str) -> str:
    """What the file of that name says now; nothing where there is none."""
    try:
        return (FAULTS / name).read_text()
    except FileNotFoundError:
        return ""


def wrong_now(_clock: SystemClock) -> datetime:
    """The moment on a machine whose clock is wrong."""
    return datetime.now(UTC) + timedelta(seconds=float(told("clock") or 0))


def wrong_databases(clock: Callable[[Ledgers], Awaitable[int | None]]) -> Any:
    """The moment at a database whose clock is wrong too."""

    async def wrong(ledgers: Ledgers) -> int | None:
        now = await clock(ledgers)
        return None if now is None else now + int(float(told("databases_clock") or 0) * 1_000_000)

    return wrong


class Poisoned(Exception):
    """The fault of this code."""


def poisonable(consumer: type[View | Reaction], name: str) -> None:
    """Let its function of that name fail for the events of the poisoned stream."""
    make = consumer.__init__

    def made(self: Any, *arguments: Any, **named: Any) -> None:
        make(self, *arguments, **named)
        work = getattr(self, name)

        def work_or_fail(place: Any, recorded: Recorded) -> Any:
            if told("poison") == str(recorded.stream):
                raise Poisoned
            return work(place, recorded)

        object.__setattr__(self, name, work_or_fail)

    consumer.__init__ = made  # type: ignore[method-assign]  # of the class itself


def main(service: str, listening: int) -> None:
    """As cli/programs.py starts it."""
    SystemClock.now = wrong_now  # type: ignore[assignment, method-assign]  # this is the fault
    Ledgers.clock = wrong_databases(Ledgers.clock)  # type: ignore[method-assign]  # so that days can go by
    if service == "projects":
        vars(accounts)["PasswordHasher"] = partial(PasswordHasher, time_cost=1, memory_cost=8192)
    poisonable(View, "apply")
    poisonable(Reaction, "react")
    config = uvicorn.Config(
        f"services.{service}.app:app",
        access_log=False,
        server_header=False,
        timeout_keep_alive=130,
        timeout_graceful_shutdown=10,
    )
    uvicorn.Server(config).run([socket.socket(fileno=listening)])


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
