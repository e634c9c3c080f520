"""Logs are kept short, also when one of them cannot be."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

import pytest

from cli import supervisor as supervising
from cli.supervisor import Program, Supervisor
from tests.support.waiting import eventually

TALKS = "import time\nwhile True: print('x' * 1000, flush=True); time.sleep(0.001)"


def talking(name: str) -> Program:
    async def ready() -> bool:
        return True

    return Program(name, [sys.executable, "-c", TALKS], dict(os.environ), ready)


async def test_a_log_that_was_removed_or_cannot_be_copied_leaves_the_others_short(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervising, "LOG_BYTES_AT_MOST", 50_000)
    monkeypatch.setattr(supervising, "BOUNDED_EVERY_SECONDS", 0.05)
    said: list[str] = []
    supervisor = Supervisor(tmp_path, said.append)
    (tmp_path / "copyless.log.1").mkdir()
    await supervisor.start(talking("removed"), talking("copyless"), talking("short"))
    (tmp_path / "removed.log").unlink()
    await eventually((tmp_path / "short.log.1").exists, "the third log was kept short")
    await eventually(lambda: any("copyless.log" in line for line in said), "of the second it is said")
    (tmp_path / "short.log.1").unlink()
    await eventually((tmp_path / "short.log.1").exists, "it is kept short again")
    await asyncio.wait_for(supervisor.stop_all(), 30)
