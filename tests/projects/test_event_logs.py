"""Event logs for process mining: as their standards say, of what an auditor reaches, the same for ever."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from xml.etree import ElementTree

import jsonschema_rs

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
OCEL = {  # as the standard's own schema for JSON asks, and no less (ocel-standard.org, 2.0)
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
                "attributes": listed({"name": TEXT, "value": True}),
                "relationships": ABOUT,
            }
        ),
        "objects": listed(
            {
                "id": TEXT,
                "type": TEXT,
                "attributes": listed({"name": TEXT, "time": TIME, "value": True}),
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
    assert {to["objectId"] for event in log["events"] for to in event["relationships"]} == objects.keys()
    assert [one["type"] for one in log["objects"]].count("project") == 3

    cut = answer.headers["content-disposition"].partition("denggao-")[2].partition(".json")[0]
    await lives(desk, 4, 2)
    assert (await desk.ask(AUDITS, f"{LOGS}/ocel", cut=cut)).json() == log


async def test_an_xes_log_has_a_trace_for_each_project(desk: Desk) -> None:
    at = await lived(desk)
    log = ElementTree.fromstring((await desk.ask(AUDITS, f"{LOGS}/xes", at=at)).content)
    xes = {"x": "http://www.xes-standard.org/"}
    traces = log.findall("x:trace", xes)
    acts = [
        [tag.get("value") for tag in trace.findall("x:event/x:string[@key='concept:name']", xes)]
        for trace in traces
    ]
    assert [events[0] for events in acts] == ["ProposalDrafted"] * 3
    assert "ProjectApproved" in acts[-1]
    times = traces[-1].findall("x:event/x:date[@key='time:timestamp']", xes)
    assert len(times) == len(acts[-1])
    assert {extension.get("prefix") for extension in log.findall("x:extension", xes)} >= {"concept", "time"}


async def test_they_are_given_to_audit_and_discipline_and_nobody_else(desk: Desk) -> None:
    at = await lived(desk)
    for who in ("headquarters", "party department", "secretary of the branch"):
        for log in ("ocel", "xes"):
            answer = await desk.ask(who, f"{LOGS}/{log}", at=at)
            assert answer.json()["code"] == "OnlyAuditTakesEventLogs", who
    log = (await desk.ask("auditor of the other company", f"{LOGS}/ocel", at=at)).json()
    assert [one["type"] for one in log["objects"]].count("project") < 3
