"""What was asked for as a job, asked again later: as whoever asked would, with what right they have left."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
from fastapi import FastAPI, Request
from pydantic import TypeAdapter
from sqlalchemy import Row
from starlette.responses import Response

from services.projects.acting import Asking
from services.projects.api import archiving, dossiers, event_logs, unit_dossiers
from services.projects.api.export_lists import LISTS, Listed
from services.projects.api.export_reading import one_page
from services.projects.looking import note_look
from services.projects.parts import Parts
from shared.clock import today
from shared.domain import NotAllowed, PersonId

GIVEN_ANEW = ("request", "person", "complete_to")


class RightHasEnded(NotAllowed):
    """This file was read by an office or a branch that is not yours any more.

    Ask for it again: it is made as you may read it today."""


@dataclass(frozen=True, slots=True)
class Whole:
    """What is answered in one piece, at an address; it is made anew where a process was killed at it.

    `look`: who may not read it is refused, and the look of who may is noted.
    """

    path: str
    read: Callable[..., Awaitable[Response]]
    look: Callable[..., Awaitable[object]]
    name: str
    kind: str


WHOLES = (
    Whole("/event-logs/ocel", event_logs.take_ocel, event_logs.look_at_log, "event_logs_ocel", "json"),
    Whole("/event-logs/xes", event_logs.take_xes, event_logs.look_at_log, "event_logs_xes", "xes"),
    Whole("/projects/{project}/dossier", dossiers.take_dossier, dossiers.look_at_dossier, "dossier", "zip"),
    Whole(
        "/units/{unit_id}/dossier", unit_dossiers.take_year, unit_dossiers.look_at_year, "unit_dossier", "zip"
    ),
    Whole(
        "/projects/{project}/archive-package",
        archiving.take_archive_package,
        archiving.look_at_package,
        "archive_package",
        "zip",
    ),
)
BY_NAME: dict[str, Listed | Whole] = {one.name: one for one in (*LISTS, *WHOLES)}


def types_of(wanted: Listed | Whole) -> Mapping[str, Any]:
    """What is asked for at an address, by name, with its type."""
    known = inspect.signature(wanted.read, eval_str=True).parameters
    left = (*GIVEN_ANEW, "after", "limit")
    return {name: part.annotation for name, part in known.items() if name not in left}


def given_of(app: FastAPI, row: Row[Any], *, looked: bool) -> dict[str, Any]:
    """What a job asks with; `looked`: whether the look of who asked was noted when they did (R76)."""
    wanted, asked, parts = BY_NAME[row.list], msgspec.json.decode(row.asked), app.state.parts
    given = {n: TypeAdapter(of).validate_python(asked[n]) for n, of in types_of(wanted).items()}
    state = {"language": row.language, "looked": looked}
    scope = {"type": "http", "method": "GET", "path": "/", "query_string": row.query.encode(), "headers": []}
    scope |= {"server": ("localhost", 80), "app": app, "state": state}
    given |= {"request": Request(scope), "person": PersonId(row.person)}
    if "complete_to" in inspect.signature(wanted.read).parameters:
        given["complete_to"] = parts.clock.now()
    return given


def read_as(parts: Parts, person: PersonId) -> set[str]:
    """By what somebody reads today: offices, own and stood in for, units kept going, and their branch."""
    known, day = parts.organisation, today(parts.clock, parts.settings.time_zone)
    found = {f"{term.office}@{term.unit}" for term in Asking(person, known, day).terms()}
    found |= {f"kept@{unit}" for unit in known.kept_by(person, day)}
    if person in known.people:
        found.add(f"branch@{known.people[person].unit}")
    return found


async def look_again(app: FastAPI, row: Row[Any]) -> None:
    """Before what was made is given out: RightHasEnded, or what the same request would be refused by now.

    Whoever reads it as audit or discipline looks now (R76).
    """
    wanted, given, parts = BY_NAME[row.list], given_of(app, row, looked=False), app.state.parts
    await parts.following.catch_up()  # who lost an office meanwhile is not given what it let them read
    if not read_as(parts, given["person"]) >= set(msgspec.json.decode(row.read_as)):
        raise RightHasEnded()
    if isinstance(wanted, Listed):
        await note_look(given["request"], given["person"], "export", wanted.taken(given, row.kind))
        await one_page(wanted, given, 1)
    else:
        names = inspect.signature(wanted.look).parameters
        await wanted.look(**{name: given[name] for name in names})
