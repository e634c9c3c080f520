"""What reading projects answers."""

from __future__ import annotations

from datetime import date, datetime

from pydantic import BaseModel

from services.projects.domain.colours import Colour, Warned
from services.projects.projections.history import Entry
from services.projects.projections.page import Page
from services.projects.projections.page.dated import Coloured
from services.projects.projections.page.shape import OpenDate, Seat


class Line(BaseModel):
    """A project in a list; `due_next` is the earliest date that is open."""

    id: str
    reference: str
    number: str | None
    title: str
    track: str
    state: str
    company: str
    company_name: str | None
    unit: str
    unit_name: str | None
    lead: str
    lead_name: str | None
    waiting_step: str | None
    waiting_seats: list[Seat]
    due_next: date | None
    overdue: bool
    drafted_at: datetime
    midterm: str | None  # result of its check
    closed_on: date | None
    changed_at: datetime
    version: int


class Lines(BaseModel):
    """A part of the list, newest drafts first; give `next` as `after` to read on.

    Counting stops at 1,000: `more_than_counted` then says that there are more.
    """

    projects: list[Line]
    next: str | None
    count: int
    more_than_counted: bool
    complete_to: datetime | None


class Vacancy(BaseModel):
    """That nobody holds the office that leads, since when, and who keeps the project going (R10)."""

    office: str
    since: date
    custodian: str | None
    custodian_name: str | None


class Shown(BaseModel):
    """A project, now or as it was recorded up to `as_of`; what the reader may not know is null.

    `people` and `units` name the ids in it: people by their name of today, units by that of the moment.
    `overdue` is what was due before that day and is still open; `colours` all dates as of that day (R42).
    """

    project: Page
    vacancy: Vacancy | None
    overdue: list[OpenDate]
    colours: list[Coloured]
    people: dict[str, str]
    units: dict[str, str]
    as_of: datetime | None
    complete_to: datetime | None


class Deadline(BaseModel):
    """Something that is due: a step, milestone, task or finding, or the end of a suspension.

    `provisional`: counted through a year whose holidays are not announced yet (R38).
    """

    project: str
    reference: str
    project_title: str
    unit: str
    unit_name: str | None
    subject: str
    code: str
    title: str
    due: date
    colour: Colour
    warned: Warned
    provisional: bool


class Deadlines(BaseModel):
    """A part of the list, the earliest first; give `next` as `after` to read on."""

    deadlines: list[Deadline]
    next: str | None
    complete_to: datetime | None


class History(BaseModel):
    """What happened, in the order of recording; `{"withheld": "R67"}` stands where the reader is not told."""

    entries: list[Entry]
    version: int
    as_of: datetime | None
