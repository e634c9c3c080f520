"""The colour of a date (R42): green, yellow when it comes near or was made up late, red when it is over."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Literal

Colour = Literal["green", "yellow", "red"]
Why = Literal["in_time", "comes_near", "over", "done_in_time", "done_late"]
Warned = Literal["nobody", "holder", "leader"]
WARNED_DAYS_AT_MOST = 20


def colour(since: date, due: date, today: date, done_on: date | None = None) -> Colour:
    """As it looks today; what was begun on `since` and done after its date stays yellow, never green."""
    if done_on is not None:
        return "yellow" if done_on > due else "green"
    if today > due:
        return "red"
    return "yellow" if today >= holder_warned_on(since, due) else "green"


def why(since: date, due: date, today: date, done_on: date | None = None) -> Why:
    """For what it has its colour."""
    seen = colour(since, due, today, done_on)
    if done_on is not None:
        return "done_in_time" if seen == "green" else "done_late"
    reasons: dict[Colour, Why] = {"green": "in_time", "yellow": "comes_near", "red": "over"}
    return reasons[seen]


def warned(since: date, due: date, today: date) -> Warned:
    """Who is told that it is still open: its holder once it is yellow, the leader from half of that on."""
    if today >= leader_warned_on(since, due):
        return "leader"
    return "holder" if today >= holder_warned_on(since, due) else "nobody"


def holder_warned_on(since: date, due: date) -> date:
    """From when it is yellow: 20 days before, or the last quarter, so that nothing is born yellow."""
    return due - timedelta(_warned_days(since, due))


def leader_warned_on(since: date, due: date) -> date:
    """From when its leader is told as well: half of that before the date."""
    return due - timedelta(_warned_days(since, due) // 2)


def _warned_days(since: date, due: date) -> int:
    return min(WARNED_DAYS_AT_MOST, max(0, (due - since).days) // 4)
