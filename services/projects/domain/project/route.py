"""The way of a proposal through its deciders: steps, opinions, numbered changes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from services.projects.domain.project.content import Seat

Decides = Literal["any", "all", "in_order", "share", "meeting", "filing"]
Opinion = Literal["agree", "agree_with_changes", "disagree"]
Place = Literal["before", "after"]
MeetingResult = Literal["passed", "passed_with_changes", "not_passed", "deferred"]

MEETING_WITHIN_WORKING_DAYS = 30  # the longest wait for the next regular meeting (R32)


@dataclass(frozen=True, slots=True)
class Share:
    """How many of those addressed must agree, as a fraction: two of three, one of two (R29)."""

    agree: int
    of: int

    def needed(self, seats: int) -> int:
        """Of so many seats; part of one is a whole one, and nobody is not enough."""
        return max(1, -(-seats * self.agree // max(1, self.of)))


@dataclass(frozen=True, slots=True)
class Question:
    """Something that a step has looked into, by its code in the programme's forms, and its name there."""

    code: str
    name: str


@dataclass(frozen=True, slots=True)
class Answer:
    """Whether what a question asks after is in order; where it is not, the remark says why."""

    code: str  # of the question
    ok: bool
    remark: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a pinned route: whose word is asked and how the words make a decision."""

    name: str
    decides: Decides
    seats: tuple[Seat, ...]  # resolved to units at submission; for a meeting, the body
    limit_working_days: int = 0
    two_thirds: bool = False  # a meeting that asks for two thirds to be present (R26)
    stops: bool = False  # one that has to ratify: not done in time, the project ends (R33)
    share: Share | None = None  # only of a step that a share of its seats decides
    checklist: tuple[Question, ...] = ()  # answered with each word of its own seats

    @property
    def working_days(self) -> int:
        """How long it may take at the most; a meeting waits for its body's next regular one (R32, R33)."""
        days = self.limit_working_days
        if self.decides == "meeting":
            return min(days or MEETING_WITHIN_WORKING_DAYS, MEETING_WITHIN_WORKING_DAYS)
        return days


def ratified_at(route: Sequence[Step]) -> int | None:
    """The place of the meeting that ratifies what the steps before it approved (R33): the last to decide."""
    deciding = [place for place, step in enumerate(route) if step.decides != "filing"]
    last = route[deciding[-1]] if len(deciding) > 1 else None
    return deciding[-1] if last and last.stops and last.decides == "meeting" else None


@dataclass(frozen=True, slots=True)
class Wanted:
    """A change that a decider asks for, and the field of the proposal that it touches."""

    text: str
    field: str


@dataclass(frozen=True, slots=True)
class RequiredChange:
    """A wanted change under its number; numbers run on through all rounds of one proposal (R30)."""

    number: int
    text: str
    field: str
    confirmer: Seat | None = None  # who confirms that it was made; None in a return


@dataclass(frozen=True, slots=True)
class Onward:
    """Facts for the case that an act moves the route on."""

    due: date | None = None  # of the step that opens next
    number: str = ""  # of the project, should it be approved
    on: date | None = None  # the day of the act


STAYS = Onward()
