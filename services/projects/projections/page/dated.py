"""What of a project has a date: since when, until when, whether it is done, and what its day brings."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from typing import Literal

from typing_extensions import TypedDict  # pydantic cannot read typing's own before Python 3.12

from services.projects.domain.colours import (
    Colour,
    Warned,
    colour,
    holder_warned_on,
    leader_warned_on,
    warned,
)
from services.projects.domain.dates import days_after, days_before
from services.projects.domain.project.deadlines import RAISED_AGAIN_AFTER_DAYS, RAISED_AT_MOST
from services.projects.domain.project.periods import ONCE, Period, period_of
from services.projects.projections.page.shape import Indicator, Page, Step
from shared.working_days import is_provisional, working_day_after

Act = Literal[
    "pass",
    "raise",
    "end_filing",
    "remind",
    "expire",
    "overrun",
    "unconfirm",
    "ask_reading",
    "ask_look_back",
    "ask_archive",
]
OWED = ("step", "milestone", "task", "finding", "dispute", "support", "departure", "change")  # by people
LISTED = (
    *OWED,
    "suspension",
    "archive",
)  # filings and claims end by themselves, and are no one's fault (R34, R39)
RAISED_AFTER_WORKING_DAYS = 1
ARCHIVED_BY = (6, 30)  # month and day, of the year after the end (R78)
ARCHIVE_ASKED_DAYS_BEFORE = 91
ENDED = ("closed", "rejected", "terminated")
LOOKED_BACK_IN = ("in_implementation", "in_closing", "closed")
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


def colours(page: Page, today: date, zone: tzinfo) -> list[Coloured]:
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
        for dated in dates(page, zone)
        if dated.subject in OWED
    ]
    return sorted(found, key=lambda one: (one["due"], one["subject"], one["code"]))


def open_ones(page: Page, zone: tzinfo) -> Iterator[Dated]:
    """What is not done yet."""
    return (dated for dated in dates(page, zone) if dated.done_on is None)


def dates(page: Page, zone: tzinfo) -> Iterator[Dated]:
    """Everything with a date; while clocks stand still only what is done, and the pause itself (R43)."""
    yield from _steps(page, zone)
    yield from _work(page, zone)
    for code, entry in page["papers"].items():
        if entry["state"] == "entered" and entry["confirm_by"]:  # clocks of the project or not
            since, until = _day(entry["entered_on"]), _day(entry["confirm_by"])
            yield Dated("paper", code, entry["act"], since, until, None, "unconfirm", _following(until))
    if page["state"] in ENDED and page["over_on"] and not _handed_over(page):
        over = _day(page["over_on"])
        due = archive_due(over)
        asks: Act | None = None if "archive/" in page["reminded"] or page["archive"] else "ask_archive"
        on = max(over, days_before(due, ARCHIVE_ASKED_DAYS_BEFORE)) if asks else None
        yield Dated("archive", "", page["title"], over, due, act=asks, act_on=on)
    if page["state"] == "suspended" and page["suspended_since"] and page["suspended_until"]:
        until = _day(page["suspended_until"])
        overruns = None if page["suspension_overran"] else _following(until)
        act: Act | None = "overrun" if overruns else None
        since = _day(page["suspended_since"])
        yield Dated("suspension", "", page["title"], since, until, act=act, act_on=overruns)


def archive_due(over: date) -> date:
    """Until when what ended on a day goes to the archive: the next working day, where that is a day off."""
    return working_day_after(date(over.year + 1, *ARCHIVED_BY) - timedelta(days=1), 1)


def _handed_over(page: Page) -> bool:
    return bool(page["archive"]) and page["archive"][-1]["handed_over_on"] is not None


def _steps(page: Page, zone: tzinfo) -> Iterator[Dated]:
    if page["state"] in ("draft", "rejected", "terminated"):
        return
    for place, step in enumerate(page["route"]["steps"]):
        since = _since(step, zone)
        if since is None:
            continue
        counted = step["working_days"] if step["counted_from"] else None
        if step["state"] == "informed" and step["overdue_on"] is None:
            due = working_day_after(since, step["working_days"])
            ends = _following(due)
            yield Dated("filing", str(place), step["name"], since, due, None, "end_filing", ends, counted)
        if place == page["route"]["open"] and step["due"]:
            due = _day(step["due"])
            act, on = _of_step(step, due)
            yield Dated("step", str(place), step["name"], since, due, None, act, on, counted)


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


def _work(page: Page, zone: tzinfo) -> Iterator[Dated]:
    works = page["state"] == "in_implementation"
    may_be_mended = works or page["state"] == "in_closing"
    approved = _day_of(page["approved_at"], zone) if page["approved_at"] else None
    for code, milestone in page["milestones"].items():
        due, done = _day(milestone["due"]), milestone["counted_on"]
        if approved is None or milestone["dropped"] or not (done or works):
            continue
        missed = milestone["missed"] == milestone["due"]
        yield _item(page, "milestone", code, milestone["title"], approved, due, done, missed)
    for code, task in page["tasks"].items():
        due, done = _day(task["due"]), task["counted_on"]
        if done or (works and task["state"] in OPEN_TASK):
            yield _item(page, "task", code, task["title"], _day_of(task["added_at"], zone), due, done)
        if works and task["state"] == "offered" and not task["claims"] and task["window_ends"]:
            ends = _day(task["window_ends"])
            yield Dated("claim", code, task["title"], ends, ends, act="expire", act_on=_following(ends))
    for code, finding in page["findings"].items():
        due, done = _day(finding["due"]), finding["counted_on"] or finding["closed_on"]
        if done or (may_be_mended and finding["state"] == "open"):
            visit = page["inspections"].get(finding["inspection"])
            since = _day(visit["on"]) if visit else due
            yield _item(page, "finding", code, finding["text"], since, due, done)
    yield from _asked(page, approved if works else None)
    yield from _of_others(page, may_be_mended, zone)


def _item(
    page: Page,
    subject: str,
    code: str,
    title: str,
    since: date,
    due: date,
    done: str | None,
    over: bool = False,
) -> Dated:
    """What somebody is told of: when it is yellow, when its leader is told, when it is over (R42)."""
    known = page["reminded"].get(f"{subject}/{code}")
    told = known["told"] if known and known["due"] == due.isoformat() else "nobody"
    next_one = {
        "nobody": holder_warned_on(since, due),
        "holder": leader_warned_on(since, due),
        "leader": _following(due),
    }
    on = None if done or over else next_one.get(told)
    day = _day(done) if done else None
    return Dated(subject, code, title, since, due, day, "remind" if on else None, on)


def _asked(page: Page, approved: date | None) -> Iterator[Dated]:
    """Figures of the periods as they end, and closed findings on the day of the look back (R41)."""
    for code, indicator in page["indicators"].items():
        ends = _not_read(page, indicator, approved) if approved and not indicator["dropped"] else None
        if ends:
            act_on = _following(ends)
            yield Dated("reading", code, indicator["name"], ends, ends, act="ask_reading", act_on=act_on)
    for code, finding in page["findings"].items() if page["state"] in LOOKED_BACK_IN else ():
        if finding["state"] == "closed" and finding["look_back"] and not finding["look_back_asked"]:
            since, on = _day(finding["closed_on"] or finding["look_back"]), _day(finding["look_back"])
            yield Dated("look_back", code, finding["text"], since, on, act="ask_look_back", act_on=on)


def _not_read(page: Page, indicator: Indicator, approved: date) -> date | None:
    """The last day of the first period that was neither asked for nor read."""
    read = {reading["period"] for reading in indicator["readings"]}
    asked = indicator["asked_to"]
    if indicator["rhythm"] == ONCE:
        planned = [one["due"] for one in page["milestones"].values() if not one["dropped"]]
        last = indicator["due"] or max(planned, default=None)
        return _day(last) if last and not read and not asked else None
    day = _following(_day(asked)) if asked else approved
    while (period := period_of(indicator["rhythm"], day)).name in read or stood_still(page, period):
        day = _following(period.last_day)
    return period.last_day


def stood_still(page: Page, period: Period) -> bool:
    """Whether a pause that is over took up the whole period: nobody is asked for its figure (R43)."""
    first, last = period.first_day.isoformat(), period.last_day.isoformat()
    return any(pause["since"] <= first and last < pause["until"] for pause in page["pauses"])


def _of_others(page: Page, goes_on: bool, zone: tzinfo) -> Iterator[Dated]:
    """What those above decide, help that was asked for, and an answer to who left (R45, R48, R69)."""
    for code, finding in page["findings"].items():
        if (asked := finding["dispute"]) and (asked["decided_on"] or goes_on):
            done = _day(asked["decided_on"]) if asked["decided_on"] else None
            yield Dated("dispute", code, finding["text"], _day(asked["on"]), _day(asked["due"]), done)
    for code, support in page["supports"].items():
        provided = support["provided_on"]
        if provided or (goes_on and support["state"] in ("requested", "granted")):
            due, since = _day(support["provide_by"] or support["due"]), _day_of(support["requested_at"], zone)
            done = _day(provided) if provided else None
            yield Dated("support", code, support["matter"], since, due, done)
    works = page["state"] == "in_implementation"  # while clocks stand still no change is decided (R43)
    for code, change in page["changes"].items():
        for step in change["steps"]:
            if goes_on and step["state"] == "open" and step["due"]:
                due = _day(step["due"])
                since = _day(step["counted_from"]) if step["counted_from"] else due
                counted = step["working_days"] if step["counted_from"] else None
                act, on = _of_step(step, due) if works else (None, None)
                yield Dated("change", code, step["name"], since, due, None, act, on, counted)
    for key, known in page["memberships"].items():
        if goes_on and known["owes_by"]:
            due = _day(known["owes_by"])
            since = _day(known["left_on"]) if known["left_on"] else due
            yield Dated("departure", key, known["name"], since, due)


def _since(step: Step, zone: tzinfo) -> date | None:
    """From when on its days are counted: as was recorded with it, else since it opened."""
    if step["counted_from"]:
        return _day(step["counted_from"])
    return _day_of(step["opened_at"], zone) if step["opened_at"] else None


def _day_of(moment: str, zone: tzinfo) -> date:
    """The day of a recorded moment where the group is at home."""
    return datetime.fromisoformat(moment).astimezone(zone).date()


def _day(text: str) -> date:
    return date.fromisoformat(text)


def _following(day: date) -> date:
    return days_after(day, 1)
