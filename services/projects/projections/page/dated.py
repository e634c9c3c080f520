"""What of a project has a date: since when, until when, whether it is done, and what its day brings."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from typing_extensions import TypedDict  # pydantic cannot read typing's own before Python 3.12

from services.projects.domain.colours import Colour, Warned, colour, warned
from services.projects.domain.dates import days_after
from services.projects.domain.project.deadlines import RAISED_AGAIN_AFTER_DAYS, RAISED_AT_MOST
from services.projects.projections.page.shape import Page, Step
from shared.working_days import is_provisional, working_day_after

Act = Literal["pass", "raise", "end_filing", "miss", "expire", "overrun", "unconfirm"]
OWED = ("step", "milestone", "task", "finding", "dispute", "support", "departure")  # by people
LISTED = (*OWED, "suspension")  # filings and claims end by themselves, and are no one's fault (R34, R39)
RAISED_AFTER_WORKING_DAYS = 1
OPEN_TASK = ("open", "offered", "held")


@dataclass(frozen=True, slots=True)
class Dated:
    """One thing with a date. `act` is what follows by itself, from the day `act_on` on."""

    subject: str
    code: str
    title: str
    since: date
    due: date
    done_on: date | None = None
    act: Act | None = None
    act_on: date | None = None
    working_days: int | None = None  # that were counted from `since`

    @property
    def provisional(self) -> bool:
        """Whether its last day was counted through a year whose holidays are not announced (R38)."""
        return self.working_days is not None and is_provisional(self.due)


class Coloured(TypedDict):
    """A date in its colour; `done_on` once it is done."""

    subject: str
    code: str
    due: str
    done_on: str | None
    colour: Colour
    warned: Warned
    provisional: bool


def colours(page: Page, today: date) -> list[Coloured]:
    """The colours of all that people owe, as of a day, the earliest date first (R42)."""
    found = [
        Coloured(
            subject=dated.subject,
            code=dated.code,
            due=dated.due.isoformat(),
            done_on=dated.done_on.isoformat() if dated.done_on else None,
            colour=colour(dated.since, dated.due, today, dated.done_on),
            warned="nobody" if dated.done_on else warned(dated.since, dated.due, today),
            provisional=dated.provisional,
        )
        for dated in dates(page)
        if dated.subject in OWED
    ]
    return sorted(found, key=lambda one: (one["due"], one["subject"], one["code"]))


def open_ones(page: Page) -> Iterator[Dated]:
    """What is not done yet."""
    return (dated for dated in dates(page) if dated.done_on is None)


def dates(page: Page) -> Iterator[Dated]:
    """Everything with a date; while clocks stand still only what is done, and the pause itself (R43)."""
    yield from _steps(page)
    yield from _work(page)
    for code, entry in page["papers"].items():
        if entry["state"] == "entered" and entry["confirm_by"]:  # clocks of the project or not
            since, until = _day(entry["entered_on"]), _day(entry["confirm_by"])
            yield Dated("paper", code, entry["act"], since, until, None, "unconfirm", _following(until))
    if page["state"] == "suspended" and page["suspended_since"] and page["suspended_until"]:
        until = _day(page["suspended_until"])
        overruns = None if page["suspension_overran"] else _following(until)
        act: Act | None = "overrun" if overruns else None
        since = _day(page["suspended_since"])
        yield Dated("suspension", "", page["title"], since, until, act=act, act_on=overruns)


def _steps(page: Page) -> Iterator[Dated]:
    if page["state"] in ("draft", "rejected", "terminated"):
        return
    for place, step in enumerate(page["route"]["steps"]):
        since = step["counted_from"] or (step["opened_at"] or "")[:10]
        if not since:
            continue
        counted = step["working_days"] if step["counted_from"] else None
        if step["state"] == "informed" and step["overdue_on"] is None:
            due = working_day_after(_day(since), step["working_days"])
            ends = _following(due)
            yield Dated(
                "filing", str(place), step["name"], _day(since), due, None, "end_filing", ends, counted
            )
        if place == page["route"]["open"] and step["due"]:
            due = _day(step["due"])
            act, on = _of_step(step, due)
            yield Dated("step", str(place), step["name"], _day(since), due, None, act, on, counted)


def _of_step(step: Step, due: date) -> tuple[Act | None, date | None]:
    """Its last day is noted, then it goes up: twice at most, not twice in a week.

    A working day after the note, so that after a downtime, too, people are reminded first.
    """
    if step["overdue_on"] is None:
        return "pass", _following(due)
    raised = step["raised_on"]
    if len(raised) >= RAISED_AT_MOST:
        return None, None
    before = _day(step["overdue_on"]) - timedelta(days=1)
    reminded = _following(working_day_after(before, RAISED_AFTER_WORKING_DAYS))
    again = days_after(_day(raised[-1]), RAISED_AGAIN_AFTER_DAYS) if raised else reminded
    return "raise", max(reminded, again)


def _work(page: Page) -> Iterator[Dated]:
    works, may_be_mended = (
        page["state"] == "in_implementation",
        page["state"]
        in (
            "in_implementation",
            "in_closing",
        ),
    )
    approved = (page["approved_at"] or "")[:10]
    for code, milestone in page["milestones"].items() if approved else ():
        due, done = _day(milestone["due"]), milestone["counted_on"]
        if milestone["dropped"] or not (done or works):
            continue
        misses = done is None and milestone["missed"] != milestone["due"]
        yield Dated(
            "milestone",
            code,
            milestone["title"],
            _day(approved),
            due,
            _day(done) if done else None,
            "miss" if misses else None,
            _following(due) if misses else None,
        )
    for code, task in page["tasks"].items():
        due, done = _day(task["due"]), task["counted_on"]
        if done or (works and task["state"] in OPEN_TASK):
            yield Dated(
                "task", code, task["title"], _day(task["added_on"]), due, _day(done) if done else None
            )
        if works and task["state"] == "offered" and not task["claims"] and task["window_ends"]:
            ends = _day(task["window_ends"])
            yield Dated("claim", code, task["title"], ends, ends, act="expire", act_on=_following(ends))
    for code, finding in page["findings"].items():
        due, done = _day(finding["due"]), finding["counted_on"] or finding["closed_on"]
        if done or (may_be_mended and finding["state"] == "open"):
            visit = page["inspections"].get(finding["inspection"])
            since = _day(visit["on"]) if visit else due
            yield Dated("finding", code, finding["text"], since, due, _day(done) if done else None)
    yield from _of_others(page, may_be_mended)


def _of_others(page: Page, goes_on: bool) -> Iterator[Dated]:
    """What those above decide, help that was asked for, and an answer to who left (R45, R48, R69)."""
    for code, finding in page["findings"].items():
        if (asked := finding["dispute"]) and (asked["decided_on"] or goes_on):
            done = _day(asked["decided_on"]) if asked["decided_on"] else None
            yield Dated("dispute", code, finding["text"], _day(asked["on"]), _day(asked["due"]), done)
    for code, support in page["supports"].items():
        provided = support["provided_on"]
        if provided or (goes_on and support["state"] in ("requested", "granted")):
            due, since = _day(support["provide_by"] or support["due"]), _day(support["requested_at"][:10])
            done = _day(provided) if provided else None
            yield Dated("support", code, support["matter"], since, due, done)
    for key, known in page["memberships"].items():
        if goes_on and known["owes_by"]:
            due = _day(known["owes_by"])
            since = _day(known["left_on"]) if known["left_on"] else due
            yield Dated("departure", key, known["name"], since, due)


def _day(text: str) -> date:
    return date.fromisoformat(text)


def _following(day: date) -> date:
    return days_after(day, 1)
