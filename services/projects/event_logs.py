"""Event logs for process mining: OCEL 2.0 (JSON) and XES (IEEE 1849), written as projects are read.

Personal data is left out: who acted is an office of a unit. Events are named as in the record.
"""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any
from xml.sax.saxutils import quoteattr

import msgspec

from services.projects.domain.project import PROJECT
from services.projects.projections.page import Page, page_of
from shared.domain import UnitId
from shared.envelope import Recorded
from shared.organisation import Organisation

Streams = AsyncIterable[Sequence[Recorded]]
OF_AN_EVENT = {"position": "string", "entered": "time", "office": "string", "acting": "boolean"}
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


async def ocel(streams: Streams, organisation: Organisation) -> AsyncIterator[bytes]:
    """OCEL 2.0 as JSON, in blocks: types, events, then the objects that they are about."""
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
    async for stream in streams:
        for recorded in stream:
            yield comma + msgspec.json.encode(_event(recorded, objects))
            comma = b",\n"
        if page := page_of(stream):
            objects.projects.append(_project(page))
    yield b'],"objects":' + msgspec.json.encode(list(_all(objects, organisation))) + b"}\n"


def _typed(types: dict[str, str]) -> list[dict[str, str]]:
    return [{"name": name, "type": kind} for name, kind in types.items()]


def _event(recorded: Recorded, objects: _Objects) -> dict[str, Any]:
    envelope, by = recorded.envelope, recorded.envelope.by
    about = [{"objectId": str(recorded.stream), "qualifier": "of"}]
    values: dict[str, Any] = {"position": f"{recorded.ledger}:{recorded.position}"}
    values["entered"] = envelope.recorded_at
    if by is not None:
        objects.units[by.unit] = None
        about.append({"objectId": by.unit, "qualifier": "by"})
        values |= {"office": by.office, "acting": by.on_behalf_of is not None}
    if envelope.programme:
        objects.programmes[envelope.programme] = None
        about.append({"objectId": envelope.programme, "qualifier": "under"})
    return {
        "id": recorded.id,
        "type": envelope.name,
        "time": envelope.happened_at,
        "attributes": [{"name": name, "value": value} for name, value in values.items()],
        "relationships": about,
    }


def _project(page: Page) -> dict[str, Any]:
    shown: dict[str, Any] = dict(page)
    return _object(page["id"], "project", page["recorded_at"], {n: shown[n] for n in OF_AN_OBJECT["project"]})


def _object(id_: str, kind: str, at: str, values: dict[str, Any]) -> dict[str, Any]:
    named = [{"name": n, "time": at, "value": str(v)} for n, v in values.items() if v not in (None, "")]
    return {"id": id_, "type": kind, "attributes": named, "relationships": []}


def _all(objects: _Objects, organisation: Organisation) -> Iterator[dict[str, Any]]:
    yield from objects.projects
    for unit in objects.units:
        known = organisation.units.get(UnitId(unit))
        yield _object(unit, "unit", "1970-01-01T00:00:00Z", {"name": known.name if known else unit})
    for version in objects.programmes:
        yield _object(version, "programme", "1970-01-01T00:00:00Z", {})


# XES

XES_HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<log xes.version="1849-2016" xes.features="" xmlns="http://www.xes-standard.org/">
<extension name="Concept" prefix="concept" uri="http://www.xes-standard.org/concept.xesext"/>
<extension name="Time" prefix="time" uri="http://www.xes-standard.org/time.xesext"/>
<extension name="Organizational" prefix="org" uri="http://www.xes-standard.org/org.xesext"/>
<extension name="Identity" prefix="identity" uri="http://www.xes-standard.org/identity.xesext"/>
<global scope="trace">
<string key="concept:name" value=""/>
</global>
<global scope="event">
<string key="concept:name" value=""/>
<date key="time:timestamp" value="1970-01-01T00:00:00Z"/>
</global>
<classifier name="Activity" keys="concept:name"/>
"""


async def xes(streams: Streams, organisation: Organisation) -> AsyncIterator[bytes]:
    """XES as XML, in blocks: a trace for each project."""
    yield XES_HEAD.encode()
    async for stream in streams:
        page = page_of(stream)
        name = str((page and (page["number"] or page["reference"])) or stream[0].stream)
        lines = ["<trace>", _tag("string", "concept:name", name)]
        if page:
            lines += [_tag("string", key, str(page[key])) for key in ("title", "track", "state")]
        lines += [line for recorded in stream for line in _xes_event(recorded, organisation)]
        yield "\n".join([*lines, "</trace>", ""]).encode()
    yield b"</log>\n"


def _xes_event(recorded: Recorded, organisation: Organisation) -> Iterable[str]:
    envelope, by = recorded.envelope, recorded.envelope.by
    yield "<event>"
    yield _tag("string", "concept:name", envelope.name)
    yield _tag("date", "time:timestamp", envelope.happened_at)
    yield _tag("date", "entered", envelope.recorded_at)
    yield _tag("string", "position", f"{recorded.ledger}:{recorded.position}")
    if by is not None:
        known = organisation.units.get(by.unit)
        yield _tag("string", "org:role", by.office)
        yield _tag("string", "org:group", known.name if known else by.unit)
        yield _tag("boolean", "acting", "true" if by.on_behalf_of else "false")
    if envelope.programme:
        yield _tag("string", "programme", envelope.programme)
    yield "</event>"


def _tag(kind: str, key: str, value: str) -> str:
    return f"<{kind} key={quoteattr(key)} value={quoteattr(value)}/>"
