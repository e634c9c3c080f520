"""Clocks of which a test disposes."""

from __future__ import annotations

from datetime import datetime


class SetClock:
    """A clock that a test sets as it likes, also back."""

    def __init__(self, now: datetime) -> None:
        self.time = now

    def now(self) -> datetime:
        return self.time
