"""Says how far the example is: one line that is written anew on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import sys
import time
from datetime import date

SPARSE_SECONDS = 10.0


class Progress:
    """Counts acts and shows them on standard error."""

    def __init__(self, total: int) -> None:
        self.total = total
        self.done = 0
        self.began = time.monotonic()
        self._live = sys.stderr.isatty()
        self._next = self.began + (0 if self._live else SPARSE_SECONDS)

    @property
    def seconds(self) -> int:
        """Whole seconds since the beginning, at least one."""
        return max(1, round(time.monotonic() - self.began))

    def count(self, day: date) -> None:
        """One act more, on a day of the example."""
        self.done += 1
        now = time.monotonic()
        if now >= self._next:
            self._next = now + (1.0 if self._live else SPARSE_SECONDS)
            self.say(
                f"Example: {day}  {self.done} of {self.total} acts, {self.done // self.seconds} per second"
            )

    def say(self, line: str) -> None:
        """Show a line in place of the one before, or after it."""
        print(
            f"\r\x1b[2K{line}" if self._live else line,
            end="" if self._live else "\n",
            file=sys.stderr,
            flush=True,
        )

    def end(self) -> None:
        """Leave the line."""
        if self._live:
            print(file=sys.stderr, flush=True)
