"""What is told later of a duty that waits: its reminder, its escalation and a second one, by working days."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Literal

from services.notifications.domain.heard import Seat
from services.notifications.domain.rules import Rule
from shared.domain import UnitId

Name = Literal["reminder", "escalation", "later"]
NAMES: tuple[Name, ...] = ("reminder", "escalation", "later")


@dataclass(frozen=True, slots=True)
class Count:
    """Working days of where the duty is owed (R38)."""

    after: Callable[[date, int], date]
    before: Callable[[date, int], date]


@dataclass(frozen=True, slots=True)
class Step:
    """One of the three, by its number; `to` is the rule's word for whom an escalation goes to."""

    number: int
    on: date
    to: str = ""

    @property
    def name(self) -> Name:
        """What it is."""
        return NAMES[self.number - 1]


def steps(rule: Rule, due: date | None, made_on: date, count: Count) -> tuple[Step, ...]:
    """All that a rule has told of one duty, in order.

    Nobody is reminded on the day on which they were told, nor where there is no date. An escalation counts
    from the date, or from the day of making where there is none or it would have been before that.
    """
    if rule.kind != "todo":
        return ()
    found = []
    if due is not None and rule.remind_before is not None:
        on = count.before(due, rule.remind_before)
        if made_on < on:
            found.append(Step(1, on))
    for number, after in ((2, rule.escalate_after), (3, rule.then_after)):
        if after is not None:
            days, to = after
            on = count.after(due or made_on, days)
            found.append(Step(number, on if made_on < on else count.after(made_on, days), to))
    return tuple(found)


def next_step(of: tuple[Step, ...], seen_to: int) -> Step | None:
    """The one that comes after the last that was seen to."""
    return next((step for step in of if step.number > seen_to), None)


def still_said(step: Step, due: date | None, today: date) -> bool:
    """Whether it is still told: after the last day a reminder of it says nothing any more."""
    return step.name != "reminder" or due is None or today <= due


def wrapped(name: Name, of: str) -> str:
    """The occurrence of what is told later: that of the duty, or whose it is, in brackets."""
    return f"{name}[{of}]"


def name_in(occurrence: str) -> Name | None:
    """What is told later, by its occurrence; None for what an event told."""
    return next((name for name in NAMES if occurrence.startswith(f"{name}[")), None)


def duty_of(occurrence: str) -> str:
    """The occurrence of the duty itself, where this is its reminder: of a juror's, the letter."""
    return occurrence[len("reminder[") : -1] if name_in(occurrence) == "reminder" else occurrence


def seat_of(occurrence: str) -> Seat | None:
    """In which seat somebody owes it or is reminded of it; None where they are asked as who they are."""
    of = duty_of(occurrence)
    office, at, unit = of.partition("@")
    return Seat(office, UnitId(unit)) if at and "[" not in office else None
