"""Event logs for process mining: as their standards say, of what an auditor reaches, the same for ever."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from re import DOTALL, fullmatch
from typing import Any
from uuid import UUID
from xml.etree import ElementTree

import jsonschema_rs
import r4pm
from r4pm import bindings as mining

from shared.envelope import written
from tests.projects.a_desk import Desk
from tests.projects.test_portfolio import lives

LOGS = "/api/projects/event-logs"
AUDITS = "auditor of the group"
TEXT = {"type": "string", "minLength": 1}


def listed(required: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "array",
        "items": {"type": "object", "required": [*required], "properties": required},
    }


KINDS = {"enum": ["string", "time", "integer", "float", "boolean"]}
TYPES = listed({"name": TEXT, "attributes": listed({"name": TEXT, "type": KINDS})})
ABOUT = listed({"objectId": TEXT, "qualifier": {"type": "string"}})
TIME = {"type": "string", "format": "date-time", "pattern": "^[0-9]{4}-.*Z$"}
OCEL = {  # no less than the standard's own schema for JSON asks (ocel-standard.org, 2.0)
    "type": "object",
    "required": ["eventTypes", "objectTypes", "events", "objects"],
    "properties": {
        "eventTypes": TYPES,
        "objectTypes": TYPES,
        "events": listed(
            {
                "id": TEXT,
                "type": TEXT,
                "time": TIME,
                "attributes": listed({"name": TEXT, "value": {"type": "string"}}),
                "relationships": ABOUT,
            }
        ),
        "objects": listed(
            {
                "id": TEXT,
                "type": TEXT,
                "attributes": listed({"name": TEXT, "time": TIME, "value": {"type": "string"}}),
                "relationships": ABOUT,
            }
        ),
    },
    "additionalProperties": False,
}


async def lived(desk: Desk) -> str:
    """Three projects in two ledgers; the moment after it."""
    for number, acts in ((1, 7), (2, 3), (3, 2)):
        await lives(desk, number, acts)
    desk.later(seconds=6)
    at = written(desk.house.clock.now() - timedelta(seconds=6))
    await desk.read(AUDITS, "/api/projects/projects")
    return at


async def test_an_ocel_log_is_as_the_standard_says_and_holds_every_act(desk: Desk) -> None:
    at = await lived(desk)
    answer = await desk.ask(AUDITS, f"{LOGS}/ocel", at=at)
    log = answer.json()
    jsonschema_rs.validate(OCEL, log)
    streams = [await desk.house.ledgers.read_ledger(name, 0) for name in ("company", "other company")]
    assert {event["id"] for event in log["events"]} == {one.id for stream in streams for one in stream}
    types = {kind["name"]: kind["attributes"] for part in ("event", "object") for kind in log[f"{part}Types"]}
    for one in (*log["events"], *log["objects"]):
        named = {attribute["name"] for attribute in types[one["type"]]}
        assert {attribute["name"] for attribute in one["attributes"]} <= named
    objects = {one["id"]: one for one in log["objects"]}
    assert len(objects) == len(log["objects"])
    related = [to for part in ("events", "objects") for one in log[part] for to in one["relationships"]]
    assert {to["objectId"] for to in related} == objects.keys()
    assert [one["type"] for one in log["objects"]].count("project") == 3

    cut = answer.headers["content-disposition"].partition("denggao-")[2].partition(".json")[0]
    await lives(desk, 4, 2)
    assert (await desk.ask(AUDITS, f"{LOGS}/ocel", cut=cut)).json() == log


X = "{http://www.xes-standard.org/}"
SCHEMA = (
    "extension",
    "global",
    "classifier",
    "string",
    "trace",
)  # what follows what in a log (IEEE 1849-2016)
OWN = {  # of each element, its attributes and what they may look like
    "log": {"xes.version": r"[0-9]+\.[0-9]+", "xes.features": ""},
    "extension": {"name": r"\w+", "prefix": r"\w+", "uri": r"http://www\.xes-standard\.org/\w+\.xesext"},
    "global": {"scope": "trace|event"},
    "classifier": {"name": r"\w+", "scope": "event", "keys": r"[\w:]+( [\w:]+)*"},
    "trace": {},
    "event": {},
    "string": {"key": r"[\w:]+", "value": ".*"},
    "date": {"key": r"[\w:]+", "value": r"[0-9]{4}(-[0-9]{2}){2}T([0-9]{2}:){2}[0-9]{2}(\.[0-9]+)?Z"},
    "boolean": {"key": r"[\w:]+", "value": "true|false"},
    "id": {"key": r"[\w:]+", "value": r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"},
}


def found(element: ElementTree.Element, key: str) -> str | None:
    return next((tag.get("value") for tag in element if tag.get("key") == key), None)


async def test_an_xes_log_is_as_its_schema_says(desk: Desk) -> None:
    at = await lived(desk)
    log = ElementTree.fromstring((await desk.ask(AUDITS, f"{LOGS}/xes", at=at)).content)
    for element in log.iter():
        own = OWN[element.tag.removeprefix(X)]
        assert element.attrib.keys() == own.keys(), element.tag
        for name, value in element.attrib.items():
            assert fullmatch(own[name], value, DOTALL), (element.tag, name, value)
    order = [SCHEMA.index(element.tag.removeprefix(X)) for element in log]
    assert order == sorted(order)
    prefixes = {extension.get("prefix") for extension in log.iter(f"{X}extension")}
    for component in (log, *log.iter(f"{X}trace"), *log.iter(f"{X}event")):
        keys = [tag.get("key", "") for tag in component if "key" in tag.attrib]
        assert len(set(keys)) == len(keys)
        assert {key.partition(":")[0] for key in keys if ":" in key} <= prefixes
    for scope in log.iter(f"{X}global"):
        promised = {tag.get("key") for tag in scope}
        for component in log.iter(f"{X}{scope.get('scope')}"):
            assert promised <= {tag.get("key") for tag in component}


async def test_a_trace_is_one_project_though_two_companies_gave_the_same_reference(desk: Desk) -> None:
    at = await lived(desk)
    log = ElementTree.fromstring((await desk.ask(AUDITS, f"{LOGS}/xes", at=at)).content)
    traces = list(log.iter(f"{X}trace"))
    assert len({found(trace, "reference") for trace in traces}) < 3
    assert {found(trace, "concept:name") for trace in traces} == {str(UUID(int=n)) for n in (1, 2, 3)}


async def test_a_mining_tool_finds_the_life_cycle_in_an_xes_log(desk: Desk, tmp_path: Path) -> None:
    at = await lived(desk)
    file = tmp_path / "log.xes"
    file.write_bytes((await desk.ask(AUDITS, f"{LOGS}/xes", at=at)).content)
    log = r4pm.import_item("EventLog", str(file))
    activities = r4pm.convert_item(log, "EventLogActivityProjection")
    assert mining.get_num_cases(activities) == 3
    longest = max((variant["activities"] for variant in mining.get_variants(activities)), key=len)
    assert longest[:3] == ["ProposalDrafted", "ProposalRevised", "ProposalSubmitted"]
    assert longest[-1] == "ProjectApproved"


async def test_a_mining_tool_finds_the_life_cycle_in_an_ocel_log(desk: Desk, tmp_path: Path) -> None:
    at = await lived(desk)
    file = tmp_path / "log.json"
    answer = await desk.ask(AUDITS, f"{LOGS}/ocel", at=at)
    file.write_bytes(answer.content)
    log = r4pm.convert_item(r4pm.import_item("OCEL", str(file)), "SlimLinkedOCEL")
    assert mining.num_events(log) == len(answer.json()["events"])
    assert mining.num_objects(log) == len(answer.json()["objects"])
    lives = {tuple(acts) for acts, _ in mining.get_variants_of_object_type(log, "project")}
    assert max(lives, key=len)[-1] == "ProjectApproved"
    changes = mining.get_object_attribute_changes(log, str(UUID(int=1)))["traces"]
    assert [at["value"] for at in changes["state"]] == ["draft", "in_approval", "in_implementation"]
    assert [at["time"] for at in changes["number"]] == [changes["state"][-1]["time"]]


async def test_they_are_given_to_audit_and_discipline_and_nobody_else(desk: Desk) -> None:
    at = await lived(desk)
    for who in ("headquarters", "party department", "secretary of the branch"):
        for log in ("ocel", "xes"):
            answer = await desk.ask(who, f"{LOGS}/{log}", at=at)
            assert answer.json()["code"] == "OnlyAuditTakesEventLogs", who
    log = (await desk.ask("auditor of the other company", f"{LOGS}/ocel", at=at)).json()
    assert [one["type"] for one in log["objects"]].count("project") < 3
