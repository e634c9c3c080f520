"""Event logs for process mining: OCEL 2.0 (JSON) and XES (IEEE 1849-2016), written as projects are read.

Personal data is left out: who acted is an office of a unit. Events are named as in the record; each says
in which state it left its project, so that the life cycle is found by states as well as by acts.
"""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any
from xml.sax.saxutils import quoteattr

import msgspec

from services.projects.at_cut import Past
from services.projects.domain.project import PROJECT
from services.projects.projections.page import Page
from shared.domain import UnitId
from shared.envelope import Recorded
from shared.organisation import Organisation

Projects = AsyncIterable[Past]
FROM_THE_BEGINNING = "1970-01-01T00:00:00Z"  # how OCEL 2.0 (section 7) marks an attribute's first value
OF_AN_EVENT = {
    "position": "string",
    "entered": "time",
    "state": "string",
    "office": "string",
    "acting": "boolean",
}
OF_AN_OBJECT = {
    "project": ("title", "reference", "number", "track", "state"),
    "unit": ("name",),
    "programme": (),
}


@dataclass(slots=True)
class _Objects:
    """What events are about, as far as it was read."""

    units: dict[str, None] = field(default_factory=dict)
    programmes: dict[str, None] = field(default_factory=dict)
    projects: list[dict[str, Any]] = field(default_factory=list)


# OCEL


async def ocel(projects: Projects, organisation: Organisation) -> AsyncIterator[bytes]:
    """OCEL 2.0 as JSON, in blocks: types, events, then the objects that they are about.

    Every value is a string, as the published schema asks, of the type that is declared for it.
    """
    types = {
        "eventTypes": [
            {"name": event.__name__, "attributes": _typed(OF_AN_EVENT)} for event in PROJECT.events
        ],
        "objectTypes": [
            {"name": name, "attributes": _typed(dict.fromkeys(names, "string"))}
            for name, names in OF_AN_OBJECT.items()
        ],
    }
    objects, comma = _Objects(), b""
    yield msgspec.json.encode(types)[:-1] + b',"events":['
    async for project in projects:
        steps = list(project.steps())
        for recorded, after in steps:
            yield comma + msgspec.json.encode(_event(recorded, after, objects))
            comma = b",\n"
        objects.projects.append(_project(steps, objects))
    yield b'],"objects":' + msgspec.json.encode(list(_all(objects, organisation))) + b"}\n"


def _typed(types: dict[str, str]) -> list[dict[str, str]]:
    return [{"name": name, "type": kind} for name, kind in types.items()]


def _event(recorded: Recorded, after: Page, objects: _Objects) -> dict[str, Any]:
    envelope, by = recorded.envelope, recorded.envelope.by
    about = [_related(str(recorded.stream), "of")]
    values = {
        "position": f"{recorded.ledger}:{recorded.position}",
        "entered": envelope.recorded_at,
        "state": after["state"],
    }
    if by is not None:
        objects.units[by.unit] = None
        about.append(_related(by.unit, "by"))
        values |= {"office": by.office, "acting": _truth(by.on_behalf_of is not None)}
    if envelope.programme:
        objects.programmes[envelope.programme] = None
        about.append(_related(envelope.programme, "under"))
    return {
        "id": recorded.id,
        "type": envelope.name,
        "time": envelope.happened_at,
        "attributes": [{"name": name, "value": value} for name, value in values.items()],
        "relationships": about,
    }


def _project(steps: Sequence[tuple[Recorded, Page]], objects: _Objects) -> dict[str, Any]:
    """A project with each value that its attributes had, from when."""
    known: dict[str, str] = {}
    values: list[dict[str, str]] = []
    for number, (recorded, after) in enumerate(steps):
        at = recorded.envelope.happened_at if number else FROM_THE_BEGINNING
        shown: dict[str, Any] = dict(after)
        for name in OF_AN_OBJECT["project"]:
            value = str(shown[name] or "")
            if value != known.get(name, ""):
                known[name] = value
                values.append({"name": name, "time": at, "value": value})
    branch = str(steps[-1][1]["unit"])
    objects.units[branch] = None
    return {
        "id": str(steps[0][0].stream),
        "type": "project",
        "attributes": values,
        "relationships": [_related(branch, "of")],
    }


def _related(object_id: str, qualifier: str) -> dict[str, str]:
    return {"objectId": object_id, "qualifier": qualifier}


def _truth(true: bool) -> str:
    return "true" if true else "false"


def _all(objects: _Objects, organisation: Organisation) -> Iterator[dict[str, Any]]:
    yield from objects.projects
    for unit in objects.units:
        name = {"name": "name", "time": FROM_THE_BEGINNING, "value": _unit_name(unit, organisation)}
        yield {"id": unit, "type": "unit", "attributes": [name], "relationships": []}
    for version in objects.programmes:
        yield {"id": version, "type": "programme", "attributes": [], "relationships": []}


def _unit_name(unit: str, organisation: Organisation) -> str:
    known = organisation.units.get(UnitId(unit))
    return known.name if known else unit


# XES

XES_HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<log xes.version="1849.2016" xes.features="" xmlns="http://www.xes-standard.org/">
<extension name="Concept" prefix="concept" uri="http://www.xes-standard.org/concept.xesext"/>
<extension name="Identity" prefix="identity" uri="http://www.xes-standard.org/identity.xesext"/>
<extension name="Lifecycle" prefix="lifecycle" uri="http://www.xes-standard.org/lifecycle.xesext"/>
<extension name="Organizational" prefix="org" uri="http://www.xes-standard.org/org.xesext"/>
<extension name="Time" prefix="time" uri="http://www.xes-standard.org/time.xesext"/>
<global scope="trace">
<string key="concept:name" value=""/>
</global>
<global scope="event">
<string key="concept:name" value=""/>
<string key="lifecycle:transition" value="complete"/>
<string key="state" value=""/>
<date key="time:timestamp" value="1970-01-01T00:00:00Z"/>
</global>
<classifier name="Act" scope="event" keys="concept:name"/>
<classifier name="State" scope="event" keys="state"/>
<string key="concept:name" value="Denggao"/>
<string key="lifecycle:model" value="standard"/>
"""


async def xes(projects: Projects, organisation: Organisation) -> AsyncIterator[bytes]:
    """XES as XML, in blocks: a trace for each project, named by its id: references repeat among companies."""
    yield XES_HEAD.encode()
    async for project in projects:
        lines: list[str] = []
        for recorded, after in project.steps():
            lines += _xes_event(recorded, after, organisation)
        shown: dict[str, Any] = dict(after)
        named = after["id"]
        head = ["<trace>", _tag("string", "concept:name", named), _tag("id", "identity:id", named)]
        head += [_tag("string", key, str(shown[key])) for key in OF_AN_OBJECT["project"] if shown[key]]
        yield "\n".join([*head, *lines, "</trace>", ""]).encode()
    yield b"</log>\n"


def _xes_event(recorded: Recorded, after: Page, organisation: Organisation) -> Iterable[str]:
    envelope, by = recorded.envelope, recorded.envelope.by
    yield "<event>"
    yield _tag("string", "concept:name", envelope.name)
    yield _tag("string", "lifecycle:transition", "complete")
    yield _tag("date", "time:timestamp", envelope.happened_at)
    yield _tag("date", "entered", envelope.recorded_at)
    yield _tag("string", "position", f"{recorded.ledger}:{recorded.position}")
    yield _tag("string", "state", after["state"])
    if by is not None:
        yield _tag("string", "org:role", by.office)
        yield _tag("string", "org:group", _unit_name(by.unit, organisation))
        yield _tag("boolean", "acting", _truth(by.on_behalf_of is not None))
    if envelope.programme:
        yield _tag("string", "programme", envelope.programme)
    yield "</event>"


def _tag(kind: str, key: str, value: str) -> str:
    return f"<{kind} key={quoteattr(key)} value={quoteattr(value)}/>"
