"""What was waited for at a moment: of whom, since when, until when; of a project, and of an office."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from uuid import UUID

from services.projects.api.replay_answers import SeatThen, WaitedFor
from services.projects.deliberation import page_for, reader_of
from services.projects.parts import Parts
from services.projects.projections.history import office_label
from services.projects.projections.page import Page, page_of
from services.projects.projections.page.owed import Owed, owed
from services.projects.projections.projects import OPEN, concerned
from services.projects.replay_words import subject
from services.projects.sight import Circle, circle_of, may_see
from shared.clock import today
from shared.domain import PersonId, UnitId
from shared.sentences import Language

AT_ONCE = 50  # projects whose streams are read together


def waited_for(
    parts: Parts,
    page: Page,
    on: date,
    reader: PersonId,
    spoken: Language,
    of: tuple[str, UnitId] | None = None,
) -> Iterator[WaitedFor]:
    """What a page as somebody may see it says is open on a day; `of` whom alone, if named.

    Who held an office that day is told as is known now (R12).
    """
    for one in owed(page, parts.settings.time_zone):
        if of is None or one.by(*of):
            yield _shown(parts, page, one, on, reader, spoken)


async def waited_for_of(
    parts: Parts, seat: tuple[str, UnitId], at: datetime, reader: PersonId, spoken: Language
) -> list[WaitedFor]:
    """What was waited for of an office, in the projects that somebody may see, as entered up to a moment."""
    zone, known = parts.settings.time_zone, parts.organisation
    day, on = today(parts.clock, zone), at.astimezone(zone).date()
    seen = [now for now in await _projects_of(parts, *seat) if may_see(known, reader, circle_of(now), day)]
    found: list[WaitedFor] = []
    for first in range(0, len(seen), AT_ONCE):
        pages = seen[first : first + AT_ONCE]
        streams = await parts.ledgers.read_streams((UUID(now["id"]), "", 0) for now in pages)
        for now in pages:
            then = page_of([one for one in streams[UUID(now["id"])] if one.recorded_at <= at])
            if then is not None and then["state"] in OPEN:
                shown = page_for(then, reader_of(known, reader, now, day))
                found.extend(waited_for(parts, shown, on, reader, spoken, seat))
    return sorted(found, key=lambda one: (one.due, one.project, one.subject, one.code))


async def _projects_of(parts: Parts, office: str, unit: UnitId) -> list[Page]:
    """As they are now: those of the unit or who went on for it, and those that ever asked the office."""
    pages: dict[str, Page] = {}
    for place in {unit, parts.organisation.heir(unit) or unit}:
        (mark,) = Circle(frozenset(), frozenset(), frozenset({(office, place)})).marks()
        pages |= {row["project"]: row["page"] for row in await concerned(parts.views, place, mark)}
    return list(pages.values())


def _shown(parts: Parts, page: Page, one: Owed, on: date, reader: PersonId, spoken: Language) -> WaitedFor:
    known, dated = parts.organisation, one.dated
    day = today(parts.clock, parts.settings.time_zone)  # by which it is known what the reader may be told
    seats = [(seat["office"], UnitId(seat["unit"])) for seat in one.seats]
    held = [
        person
        for office, unit in seats
        if known.names_to(unit, reader, day)
        for person in known.persons(office, unit, on)
    ]
    people = list(dict.fromkeys((*map(PersonId, one.people), *held)))
    return WaitedFor(
        project=page["id"],
        reference=page["reference"],
        project_title=page["title"],
        subject=dated.subject,
        label=subject(dated.subject, spoken),
        code=dated.code,
        title=dated.title,
        since=dated.since,
        due=dated.due,
        seats=[
            SeatThen(
                office=office,
                office_label=office_label(office, spoken),
                unit=unit,
                unit_name=known.name_for(unit, reader, day),
            )
            for office, unit in seats
        ],
        people=people,
        names=[parts.names(person) or person for person in people],
    )
