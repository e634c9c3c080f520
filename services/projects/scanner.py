"""The hook for a virus scanner: a command of the installation that looks at each file before it is kept."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from shared.domain import Refusal
from shared.problems import TryLater

TIMEOUT_SECONDS = 60.0


class FileNotPassed(Refusal):
    """The virus scanner did not pass this file; nothing of it was kept.

    Check the file on your own machine. If it is clean, tell the operator of your company."""


class ScannerSilent(TryLater):
    """The virus scanner does not answer; nothing of the file was kept.

    Upload it again in a few minutes. If this stays, tell the operator of your company."""


class Scanner:
    """Runs `command <path>`; exit 0 passes the file. Without a command every file passes."""

    def __init__(self, command: Sequence[str] = (), timeout_seconds: float = TIMEOUT_SECONDS) -> None:
        self._command = command
        self._timeout_seconds = timeout_seconds

    async def look_at(self, path: Path) -> None:
        """Returns where the file passes; FileNotPassed, or ScannerSilent."""
        if not self._command:
            return
        try:
            process = await asyncio.create_subprocess_exec(
                *self._command,
                str(path),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.DEVNULL,
                stderr=asyncio.subprocess.DEVNULL,
                env={name: value for name, value in os.environ.items() if not name.startswith("DENGGAO_")},
                start_new_session=True,
            )
        except OSError as error:
            raise ScannerSilent() from error
        try:
            async with asyncio.timeout(self._timeout_seconds):
                code = await process.wait()
        except TimeoutError as error:
            raise ScannerSilent() from error
        finally:
            if process.returncode is None:
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)  # with whatever it has started
                await process.wait()
        if code != 0:
            raise FileNotPassed()
