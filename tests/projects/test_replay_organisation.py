"""Replay of units, offices and the programme: as it was known at a moment, and as is known of it since."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest

from services.projects.domain.office import OFFICE
from services.projects.domain.office.appointing import AppointOffice, EndOffice
from services.projects.domain.programme import PROGRAMME
from services.projects.domain.unit import UNIT
from services.projects.domain.unit.tree import EstablishUnit, RenameUnit
from services.projects.ids import term_id, unit_id
from shared.domain import PersonId, UnitId
from shared.envelope import written
from tests.projects.a_desk import Desk
from tests.projects.a_group import person, unit
from tests.projects.a_project import BRANCH, PRECHECKER, SECRETARY
from tests.projects.test_programme import DRAFT, ID, PUBLISH
from tests.support.recorded import recorded

TEAM, HALL = UnitId(unit_id("T")), UnitId(unit_id("H"))
OFFICES, UNITS = "/api/projects/replay/offices", "/api/projects/replay/units"
PROGRAMMES = "/api/projects/replay/programmes"
FIRST, SECOND = PersonId(person("first")), PersonId(person("second"))
ESTABLISH = EstablishUnit(
    by=SECRETARY,
    unit=TEAM,
    code="T",
    name="运输队党支部",
    parent=HALL,
    kind="functional",
    organisation="党支部",
    marks=(),
    has_ledger=False,
    has_committee=False,
    full_members=9,
    group=UnitId("group"),
    parent_in_force=True,
)


HALL_STANDS = replace(ESTABLISH, unit=HALL, code="H", name="运输处", parent=None, group=None)


async def established(desk: Desk) -> datetime:
    """The unit, below one that the group of these tests has below its branch; the moment of its beginning."""
    known = desk.parts.organisation
    await desk.house.does(HALL_STANDS, decider=UNIT, stream=UUID(HALL), ledger="group")
    known.apply(recorded(known.position + 1, replace(unit(HALL, BRANCH), name="运输处")))
    return await does(desk, ESTABLISH, UNIT, TEAM)


def appoint(who: PersonId, since: date) -> AppointOffice:
    term = term_id(who, "union_chair", TEAM, since)
    return AppointOffice(PRECHECKER, term, who, "union_chair", TEAM, since, "〔2026〕7号", (), in_scope=True)


async def does(desk: Desk, command: Any, decider: Any, stream: str) -> datetime:
    """An act on the organisation, which the service hears of; the moment after it."""
    await desk.house.does(command, decider=decider, stream=UUID(stream), ledger="group")
    (*_, last) = await desk.house.ledgers.read_stream(UUID(stream))
    known = desk.parts.organisation
    known.apply(msgspec.structs.replace(last, position=known.position + 1))
    desk.later(days=1)
    return last.recorded_at


async def asks(desk: Desk, path: str, who: str = "auditor of the company", **query: str) -> dict[str, Any]:
    answer = await desk.ask(who, path, **query)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_a_unit_is_shown_under_the_name_and_in_the_place_of_the_moment(desk: Desk) -> None:
    first = await established(desk)
    second = await does(desk, RenameUnit(SECRETARY, TEAM, "运输一队党支部", "5号"), UNIT, TEAM)
    shown = [await asks(desk, f"{UNITS}/{TEAM}", at=written(at)) for at in (first, second)]
    fields = [{field["place"]: field["text"] for field in answer["fields"]} for answer in shown]
    assert [each["name"] for each in fields] == ["运输队党支部", "运输一队党支部"]
    assert fields[0]["parent"] == "运输处"
    labels = {field["place"]: field["label"] for field in shown[0]["fields"]}
    assert (labels["parent"], labels["full_members"]) == ("上级单位", "正式党员人数")
    assert fields[0]["kind"] == "职能（机关）型"
    assert all(not label.isascii() for label in labels.values()), "a stranger reads no name of a column"
    assert shown[0]["next"] == shown[1]["moment"]
    assert [act["event"] for act in shown[1]["acts"]] == ["UnitEstablished", "UnitRenamed"]


@pytest.mark.parametrize("path", [f"{UNITS}/{TEAM}", f"{OFFICES}?unit={TEAM}&office=union_chair"])
async def test_the_past_of_a_unit_is_for_its_people_and_the_offices_above_it(desk: Desk, path: str) -> None:
    await established(desk)
    appointed = appoint(FIRST, date(2026, 1, 1))
    await does(desk, appointed, OFFICE, appointed.term)
    path, _, query = path.partition("?")
    named = dict(part.split("=") for part in query.split("&") if part)
    for who in ("secretary of the branch", "headquarters", "auditor of the group"):
        await asks(desk, path, who, **named)
    for who in ("auditor of the other company", "secretary of the other branch", "stranger"):
        assert (await desk.ask(who, path, **named)).status_code == 404


async def test_who_held_an_office_is_told_as_was_known_then_and_as_is_known_since(desk: Desk) -> None:
    """R12: a term that is entered late holds for its days, and does not change what was known on them."""
    await established(desk)
    first, second = appoint(FIRST, date(2026, 1, 1)), appoint(SECOND, date(2026, 2, 1))
    await does(desk, first, OFFICE, first.term)
    desk.house.clock.set(desk.house.clock.now() + timedelta(days=20))
    asked = desk.house.clock.now()
    desk.later(days=10)
    ended = EndOffice(PRECHECKER, first.term, date(2026, 2, 1), "调任", "〔2026〕9号", in_scope=True)
    await does(desk, ended, OFFICE, first.term)
    await does(desk, second, OFFICE, second.term)
    query = {"unit": TEAM, "office": "union_chair", "at": written(asked)}
    then = await asks(desk, OFFICES, by="entered", **query)
    since = await asks(desk, OFFICES, by="happened", **query)
    assert (then["on"], [holder["person"] for holder in then["holders"]]) == ("2026-02-11", [FIRST])
    assert [(held["person"], held["since"]) for held in since["holders"]] == [(SECOND, "2026-02-01")]
    assert len(then["acts"]) == 1
    assert len(since["acts"]) == 3
    again = since["moment"] | {"position": then["moment"]["position"]}
    known = await asks(desk, OFFICES, **query | {name: str(value) for name, value in again.items()})
    assert [holder["person"] for holder in known["holders"]] == [FIRST]


async def test_the_programme_in_force_is_told_for_any_moment(desk: Desk) -> None:
    """R16: what was published later was not known, and what was not in force yet was not."""
    desk.house.clock.set(desk.house.clock.now() + timedelta(days=1))
    await does(desk, DRAFT, PROGRAMME, ID)
    published = await does(desk, replace(PUBLISH, today=date(2026, 1, 23)), PROGRAMME, ID)
    before = await asks(desk, PROGRAMMES, "stranger", at=written(published - timedelta(minutes=1)))
    assert before["versions"] == []
    told = await asks(desk, PROGRAMMES, "stranger", at=written(published))
    assert [version["version"] for version in told["versions"]] == ["2026.1"]
    assert told["in_force"] is None
    desk.later(days=100)
    later = await asks(desk, PROGRAMMES, "stranger", at=written(published + timedelta(days=80)))
    assert later["in_force"] == "2026.1"
    today = await asks(desk, PROGRAMMES, "stranger")
    assert today["in_force"] == "2026.1", "asked of no moment it is today's, not the day of the last act"
    assert [act["event"] for act in today["acts"]] == ["ProgrammeDrafted", "ProgrammePublished"]


async def test_offices_and_programmes_are_stepped_through_by_both_clocks(desk: Desk) -> None:
    await established(desk)
    first, second = appoint(FIRST, date(2026, 1, 1)), appoint(SECOND, date(2026, 2, 1))
    await does(desk, first, OFFICE, first.term)
    ended = EndOffice(PRECHECKER, first.term, date(2026, 2, 1), "调任", "〔2026〕9号", in_scope=True)
    await does(desk, ended, OFFICE, first.term)
    await does(desk, second, OFFICE, second.term)
    query = {"unit": TEAM, "office": "union_chair"}

    async def seen(moment: dict[str, Any]) -> dict[str, Any]:
        return await asks(desk, OFFICES, **query, **{name: str(value) for name, value in moment.items()})

    last = await seen({})
    assert last["next"] is None
    back = await seen(last["previous"])
    assert (len(last["acts"]), len(back["acts"])) == (3, 2)
    assert (await seen(back["next"]))["acts"] == last["acts"]
    desk.later(days=60)
    then = await seen({"by": "happened", "at": "2026-02-20T00:00:00Z"})
    assert [one["person"] for one in then["holders"]] == [SECOND]
    before = await seen(then["previous"])
    assert (before["on"], [one["person"] for one in before["holders"]]) == ("2026-01-01", [FIRST])
    assert before["previous"] is None
    assert before["next"]["at"].startswith("2026-02-01")
