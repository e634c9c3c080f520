"""What the replay answers."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from pydantic import BaseModel, Field

from services.projects.differences import Difference
from services.projects.projections.history import Entry
from shared.moments import MomentShown


class FieldShown(BaseModel):
    """A field in which something stands; `label` and `text` are for people, in the reader's language."""

    place: str
    label: str
    value: Any
    text: str


class ChangedShown(BaseModel):
    """A field that differs between two moments, and the positions of the events that changed it."""

    place: str
    label: str
    before: Any
    before_text: str
    after: Any
    after_text: str
    positions: tuple[int, ...]


class SeatThen(BaseModel):
    """An office of a unit of which something was waited for."""

    office: str
    office_label: str
    unit: str
    unit_name: str | None


class WaitedFor(BaseModel):
    """Something open: since when, until when, and of whom it was waited for.

    `people`: who held these offices on that day, as is known now, or who owed it in their own name.
    """

    project: str
    reference: str
    project_title: str
    subject: str
    label: str = Field(description="The subject in words")
    code: str
    title: str
    since: date
    due: date
    seats: list[SeatThen]
    people: list[str]
    names: list[str] = Field(description="In the order of `people`; the id where no name is known")


class Replayed(BaseModel):
    """A record as it was at a moment, field by field, with its acts up to then in the order of that clock.

    `previous` and `next` are the moments of one act less and one more. `unplaced`: positions of acts that
    are left out since they are about something that had not happened yet.
    """

    id: str
    moment: MomentShown
    previous: MomentShown | None
    next: MomentShown | None
    fields: list[FieldShown]
    waiting: list[WaitedFor] | None = Field(
        default=None, description="Of a project: what was open then, the earliest first"
    )
    acts: list[Entry]
    unplaced: tuple[int, ...]


class Differing(BaseModel):
    """What differs between two moments, the earlier first, and the acts between them.

    `changed` are the fields, in the order of the page; `unchanged` counts the others.
    """

    id: str
    before: MomentShown
    after: MomentShown
    changed: list[ChangedShown]
    unchanged: int
    acts: list[Entry]


class Said(BaseModel):
    """An event that a decision caused; `{"withheld": "R67"}` stands where the reader is not told."""

    event: str
    label: str
    data: dict[str, Any]


class RefusedAgain(BaseModel):
    """Why the decision would not be taken."""

    code: str
    sentence: str
    advice: str


class DecidedAgain(BaseModel):
    """A past decision beside what comes of its recorded command; nothing of it is recorded.

    `same`: the same events come out. `differences` names every place in which they do not.
    """

    id: str
    version: int = Field(description="Of the decision's first event")
    command: str
    programme: str | None = Field(description="The version under which it was decided")
    under: str | None = Field(description="The version that was asked for instead; None: its own")
    same: bool
    recorded: list[Said]
    again: list[Said]
    refused: RefusedAgain | None
    differences: list[Difference]


class HolderThen(BaseModel):
    """A term of office that ran at a moment."""

    term: str
    person: str
    name: str | None
    since: date
    until: date | None = Field(description="The first day without it, as far as was known")
    acting: bool
    document: str
    deputies: list[str]
    deputy_names: list[str] = Field(description="In the order of `deputies`; the id where no name is known")


class OfficeThen(BaseModel):
    """Who held an office of a unit on the day of a moment; with the acts on its terms up to then.

    By entering: as it was known then. By happening: as it is known up to `position` of that day (R12).
    `previous` and `next`: by entering of one act less and one more, by happening the days on which a term
    before and after began or ended.
    """

    unit: str
    office: str
    label: str
    moment: MomentShown
    previous: MomentShown | None
    next: MomentShown | None
    on: date
    holders: list[HolderThen]
    vacant_since: date | None
    custodian: str | None
    custodian_name: str | None
    waiting: list[WaitedFor] | None = Field(
        description="By entering: what was waited for of the office, the earliest first"
    )
    acts: list[Entry]


class VersionThen(BaseModel):
    """A version of the programme that was published at a moment."""

    version: str
    year: int
    in_force: date
    content_hash: str
    corrected_by: str


class ProgrammesThen(BaseModel):
    """The versions that were published at a moment, and which of them was in force on its day.

    `previous` and `next`: by entering of one act less and one more, by happening the days on which the
    version before and after came into force.
    """

    moment: MomentShown
    previous: MomentShown | None
    next: MomentShown | None
    on: date
    in_force: str | None
    versions: list[VersionThen]
    acts: list[Entry]


class ProjectThen(BaseModel):
    """A project as it was at a cut: its state after so many of its events."""

    id: str
    reference: str
    number: str | None
    title: str
    track: str
    state: str
    company: str
    unit: str
    lead: str
    programme: str | None
    approved_at: str | None
    closed_on: str | None
    version: int
    position: str
    recorded_at: str


class Portfolio(BaseModel):
    """Projects as they were at one moment, newest drafts first; give `next` as `after` to read on.

    `cut` names the positions of all ledgers that belong together there. Asked for again by it, whoever
    sees the same projects is answered the same for ever.
    """

    cut: str
    at: datetime
    positions: dict[str, int] = Field(description="By ledger, how far it counts")
    projects: list[ProjectThen]
    next: str | None
