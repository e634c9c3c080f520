"""The words of the rules for one event, and what all notices are made with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from services.notifications.domain import heard
from shared.domain import PersonId, UnitId

WorkingDayAfter = Callable[[int], date]  # the day so many working days after the event's

ALWAYS, NEVER = frozenset({""}), frozenset[str]()
CHANGES = "changes"  # the subject of those that a decider asked for

# Working days (defaults.md 8.5) where the event itself names no date.
ANSWER_A_RETURN, CONFIRM_A_FIGURE, PLAN_A_RECTIFICATION, VERIFY, REVIEW_A_CLOSURE = 10, 3, 5, 5, 7
NAME_SOMEBODY, REPORT_A_FIGURE = 3, 5

OF_THE_GROUP = UnitId("")  # the group itself, whichever unit it is
DECIDE_CHANGE = "decide_change"  # of a step that no programme names


@dataclass(frozen=True, slots=True)
class Notice:
    """One event in the words of the rules; `holds` are the conditions (a rule's `if`) that it meets.

    `people` and `seats` answer the recipient words that only the event can answer; who is `barred` may
    not act in such a seat (R4), and `handlers` act in one alone.
    """

    subject: str
    facts: dict[str, str] = field(default_factory=dict)
    due: date | None = None
    people: Mapping[str, tuple[PersonId, ...]] = field(default_factory=dict)
    seats: Mapping[str, tuple[heard.Seat, ...]] = field(default_factory=dict)
    barred: frozenset[PersonId] = frozenset()
    handlers: Mapping[str, PersonId] = field(default_factory=dict)  # seat -> who took its work over
    holds: frozenset[str] = ALWAYS
    within: UnitId | None = None  # whoever holds the office there or below it; "" for the whole group
    letters: Mapping[str, str] = field(default_factory=dict)  # jurors, as their panel knows them (R68)
    running: UnitId | None = None  # whose review it is, where its department is addressed
    kinds: tuple[str, ...] = ()  # of units that it may be of use to
    about: str = ""  # the project, where it is another than what the event is kept by

    def titled(self, title: str) -> Notice:
        """The same with the title of the project that it is about, where it is about one."""
        return replace(self, facts={"title": title} | self.facts) if self.about else self


def day_of(day: date | None) -> str:
    return "" if day is None else day.isoformat()
