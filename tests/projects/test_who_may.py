"""Who, in which office, for whom: what is recorded of it, and what is refused to everybody else."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from services.projects.acting import Asking
from services.projects.api import (
    disputing,
    evidence,
    helping,
    inspecting,
    meetings,
    organisation_acts,
    partnering,
    practices,
    programme_acts,
    project_acts,
    supplement_acts,
)
from services.projects.api.acts import Act
from services.projects.domain.person.ties import DeclareNoTie, DeclareTie, EndTie
from services.projects.ids import person_id
from shared import roster
from shared.domain import NotAllowed, PersonId, UnitId
from shared.following import Following
from shared.organisation import IN_PERSON, Organisation
from tests.projects.a_group import NEW_YEAR, TODAY, appointed, organisation, person
from tests.projects.a_process import a_process
from tests.projects.a_project import GROUP
from tests.projects.an_office import FOUNDER, Office, founded
from tests.support.engines import Database
from tests.support.waiting import eventually

STRANGER = PersonId(person_id("1234"))


@dataclass(frozen=True)
class Group:
    """A branch in one company with its project, and the party department of another company."""

    office: Office
    company: str
    branch: str
    other: str
    project: str
    secretary: str  # terms
    above: str

    async def drafts(self, login: str, **headers: str) -> dict[str, Any]:
        """The entry of the history for a draft that somebody writes anew."""
        path = f"/projects/{self.project}/revise-proposal"
        answer = await self.office.asks(login, path, {"proposal": {"title": "题"}}, **headers)
        assert answer.is_success, answer.text
        told = (await self.office.gets(FOUNDER, f"/projects/{self.project}/history")).json()
        who: dict[str, Any] = told["entries"][-1]["who"]
        return who


@pytest.fixture
async def group(database: Database, tmp_path: Path) -> AsyncIterator[Group]:
    async with founded(database, tmp_path) as office:
        await office.person("second", office.group)
        await office.appointed("second", "headquarters", office.group)
        await office.published("second", "2026-01-20")
        company = await office.unit("C1", office.group, has_ledger=True)
        branch = await office.unit("B1", company, organisation="党支部", full_members=5)
        other = await office.unit("C2", office.group, has_ledger=True)
        for login, where in (
            ("secretary", branch),
            ("friend", branch),
            ("member", branch),
            ("keeper", other),
        ):
            await office.person(login, where)
        term = await office.appointed("secretary", "branch_secretary", branch)
        above = await office.appointed("secretary", "general_branch_secretary", company)
        await office.does("second", f"/offices/{above}/confirm-appointment")
        await office.appointed("member", "organisation_member", branch)
        await office.appointed("keeper", "party_department", other)
        stands_in = {"deputy": office.people["friend"], "since": "2026-01-20", "until": "2026-01-30"}
        await office.does("secretary", f"/offices/{term}/appoint-deputy", **stands_in)
        draft = {"unit": branch, "title": "题", "track": "safety_quality"}
        project = await office.does("secretary", "/projects/draft-proposal", **draft)
        built = Group(office, company, branch, other, project, term, above)
        page = f"/projects/{project}"

        async def shown() -> bool:
            return (await office.gets("secretary", page)).is_success

        await eventually(shown, "the draft can be read")
        yield built


def convened(group: Group) -> dict[str, Any]:
    people = group.office.people
    said = {"body": group.branch, "kind": "branch_committee", "held_on": "2026-01-20", "place": "活动室"}
    item = {"number": 1, "matter": group.project, "title": "审议", "content_hash": ""}
    return said | {"chair": people["secretary"], "clerk": people["member"], "items": [item]}


# In which office, for whom (R6, R8)


async def test_a_deputys_act_names_both(group: Group) -> None:
    who = await group.drafts("friend")
    assert (who["person"]["id"], who["on_behalf_of"]["id"]) == (
        group.office.people["friend"],
        group.office.people["secretary"],
    )
    assert (who["office"], who["unit"]) == ("branch_secretary", group.branch)
    assert (await group.drafts("secretary"))["on_behalf_of"] is None


async def test_who_holds_two_offices_chooses_in_which_to_act(group: Group) -> None:
    for term, office, unit in (
        (group.secretary, "branch_secretary", group.branch),
        (group.above, "general_branch_secretary", group.company),
    ):
        who = await group.drafts("secretary", **{"Denggao-Office": term})
        assert (who["office"], who["unit"]) == (office, unit)


@pytest.mark.parametrize("term", ["of another", "unknown"])
async def test_nobody_acts_in_an_office_that_is_not_theirs(group: Group, term: str) -> None:
    chosen = {"Denggao-Office": group.above if term == "of another" else term}
    path = f"/projects/{group.project}/revise-proposal"
    answer = await group.office.asks("friend", path, {"proposal": {"title": "题"}}, **chosen)
    assert (answer.status_code, answer.json()["code"]) == (403, "NotAllowed")


async def test_a_deputy_neither_attends_nor_chairs_nor_confirms_a_meeting(group: Group) -> None:
    office, people = group.office, group.office.people
    convene = convened(group) | {
        "items": [{"number": 1, "matter": "公文", "title": "学习", "content_hash": ""}]
    }
    path = "/meetings/convene-meeting"
    await office.is_refused("ChairDoesNotAttend", "friend", path, **convene | {"chair": people["friend"]})
    meeting = await office.does("friend", path, **convene)  # to call people together is no vote
    vote = {"number": 1, "method": "named", "votes_for": 2, "against": 0, "abstain": 0, "outcome": "passed"}
    record = {"absent": [], "guests": [], "minutes_number": "1号", "votes": [vote]}
    both = [people["secretary"], people["member"]]
    recording = f"/meetings/{meeting}/record-meeting"
    for present in ([people["friend"], people["member"]], [*both, people["friend"]]):
        await office.is_refused("AttendanceDoesNotMatch", "member", recording, present=present, **record)
    await office.does("member", recording, present=both, **record)
    confirming = f"/meetings/{meeting}/confirm-meeting"
    await office.is_refused("NotKnown", "friend", confirming)  # nor knows it: of the body are its members
    await office.does("secretary", confirming)


@pytest.mark.parametrize("right", sorted(IN_PERSON))
def test_what_is_done_in_person_no_deputy_does(right: str) -> None:
    held = [appointed("the holder", office, GROUP) for office in ("party_secretary", "panel_chair")]
    stands_in = [roster.DeputyAppointed(term.term, person("friend"), NEW_YEAR, TODAY) for term in held]
    known = organisation(*held, *stands_in)
    assert Asking(person("the holder"), known, TODAY).with_right(right, GROUP).on_behalf_of is None
    with pytest.raises(NotAllowed):
        Asking(person("friend"), known, TODAY).with_right(right, GROUP)


# An office that has ended


@pytest.mark.parametrize("path", ["/projects/{}", "/projects/{}/history", "/projects"])
async def test_an_office_that_ended_elsewhere_reads_nothing_more(group: Group, path: str) -> None:
    office, parts = group.office, group.office.parts
    inspector = await office.appointed("keeper", "source_department", group.company)
    known = Organisation()
    another = replace(parts, organisation=known, following=Following(parts.following._source, known))
    await another.following.catch_up()
    async with a_process(another) as process:
        path = path.format(group.project)
        there = await office.gets("keeper", path, process)
        assert there.status_code == 200
        ended = {"ended_on": "2026-01-20", "reason": "调离", "document": "3号"}
        await office.does(FOUNDER, f"/offices/{inspector}/end-office", **ended)
        gone = await office.gets("keeper", path, process)
    if path == "/projects":
        assert (there.json()["count"], gone.json()["count"]) == (1, 0)
    else:
        assert gone.status_code == 404


# An outsider


def filled(schema: dict[str, Any], definitions: dict[str, Any]) -> Any:
    """Something that the schema takes."""
    if "$ref" in schema:
        return filled(definitions[schema["$ref"].rpartition("/")[2]], definitions)
    if "anyOf" in schema:
        return filled(schema["anyOf"][-1], definitions)  # null, or a figure as text
    if "enum" in schema or "const" in schema:
        return schema.get("const") or schema["enum"][0]
    match schema.get("type"):
        case "object":
            return {
                name: filled(schema["properties"][name], definitions) for name in schema.get("required", ())
            }
        case "array":
            return []
        case "string":
            return {"date": "2026-01-20", "uuid": str(UUID(int=1))}.get(schema.get("format", ""), "1")
        case "integer":
            return 1
        case "boolean":
            return True
        case _:
            return None


def body(act: Act) -> dict[str, Any]:
    schema = act.body().model_json_schema()
    found: dict[str, Any] = filled(schema, schema.get("$defs", {}))
    return found


async def test_to_an_outsider_no_act_on_a_project_or_meeting_is_there(group: Group) -> None:
    office = group.office
    meeting = await office.does("secretary", "/meetings/convene-meeting", **convened(group))
    before = await office.parts.ledgers.heads()
    acts = [
        ("projects", group.project, act)
        for act in (
            *project_acts.ACTS,
            *disputing.ACTS,
            *helping.ACTS,
            *partnering.ACTS,
            *practices.ACTS,
            evidence.ATTACH,
            inspecting.HOLD,
        )
    ]
    acts += [("meetings", meeting, act) for act in meetings.ACTS]
    for kind, there, act in acts:
        answers = [
            (await office.asks("keeper", f"/{kind}/{stream}/{act.path}", body(act))).json()
            for stream in (there, str(uuid4()))
        ]
        assert [answer["code"] for answer in answers] == ["NotKnown", "NotKnown"], (act.path, answers)
        assert answers[0] | {"correlation": ""} == answers[1] | {"correlation": ""}
    assert await office.parts.ledgers.heads() == before
    assert len(acts) > 45


async def test_to_an_outsider_nothing_can_be_read(group: Group) -> None:
    office = group.office
    meeting = await office.does("secretary", "/meetings/convene-meeting", **convened(group))
    here = f"/projects/{group.project}"
    for path in (here, f"{here}/history", f"{here}/evidence/{'0' * 64}", f"/meetings/{meeting}"):
        answer = await office.gets("keeper", path)
        assert (answer.status_code, answer.json()["code"]) == (404, "NotKnown"), path
    assert (await office.gets("keeper", "/projects")).json()["count"] == 0
    unit = (await office.gets("keeper", f"/units/{group.branch}")).json()  # units and offices are public
    assert unit["members"] is None


async def test_an_outsider_changes_nothing_of_another_companys_tree(group: Group) -> None:
    office, acts = group.office, organisation_acts
    people = [PersonId(known) for known in office.people.values()]
    before, keys = await office.parts.ledgers.heads(), await office.parts.keys.read([*people, STRANGER])
    about = {"unit": group.branch, "parent": group.company, "company": group.company, "body": group.branch}
    about |= {"person": office.people["member"], "office": "publicity_member", "staff_number": "1234"}
    there = [(f"/units/{group.branch}", act) for act in acts.UNITS]
    there += [(f"/people/{office.people['member']}", act) for act in acts.PEOPLE]
    there += [(f"/offices/{group.secretary}", act) for act in acts.OFFICES]
    there += [("/units", acts.ESTABLISH), ("/people", acts.REGISTER), ("/offices", acts.APPOINT)]
    there += [
        ("/offices", acts.VACANCY),
        ("/programmes", programme_acts.DRAFT),
        (f"/programmes/{uuid4()}", programme_acts.PUBLISH),
        ("/supplements", supplement_acts.DRAFT),
        (f"/supplements/{uuid4()}", supplement_acts.PUBLISH),
    ]
    there += [("/meetings", meetings.CONVENE)]
    for path, act in there:
        given = body(act)
        given |= {name: value for name, value in about.items() if name in given}
        answer = await office.asks("keeper", f"{path}/{act.path}", given)
        in_person = act.command in (DeclareTie, EndTie, DeclareNoTie)
        rule = "DeclaredInPerson" if in_person else "NotAllowed"
        assert (answer.status_code, answer.json()["code"]) == (403, rule), (act.path, answer.text)
    opened = await office.asks("keeper", f"/people/{office.people['member']}/open-account", {"login": "x"})
    assert (opened.status_code, opened.json()["code"]) == (404, "NotKnown")
    assert await office.parts.ledgers.heads() == before
    assert await office.parts.keys.read([*people, STRANGER]) == keys


async def test_who_may_not_assess_is_not_told_which_meetings_there_are(group: Group) -> None:
    assess = {"meeting": str(uuid4()), "item": 1, "marks": []}
    await group.office.is_refused(
        "NotAllowed", "member", f"/projects/{group.project}/assess-closure", **assess
    )


async def test_a_branch_says_why_it_has_no_project_and_whoever_keeps_the_roster_that_it_is_exempt(
    group: Group,
) -> None:
    """R66."""
    office, path = group.office, f"/units/{group.branch}/explain-no-project"
    own = {"year": 2026, "exempt": "", "reason": "全年停产检修"}
    await office.does("secretary", path, **own)
    await office.is_refused("NotAllowed", "secretary", path, **own | {"exempt": "撤并中"})
    await office.is_refused("NotAllowed", "keeper", path, **own)
    await office.does("second", path, **own | {"exempt": "撤并中"})
    await office.parts.following.catch_up()
    assert office.parts.organisation.units[UnitId(group.branch)].excused == {2026: ("撤并中", "全年停产检修")}


async def test_the_units_of_a_joint_branch_are_named_by_who_keeps_them_all(group: Group) -> None:
    """R71."""
    office = group.office
    joint = await office.unit("B9", group.company, organisation="联合党支部", full_members=5)
    path = f"/units/{joint}/name-joint-units"
    units = {"units": [group.branch, group.other]}
    await office.is_refused("NotAllowed", "keeper", path, **units)
    await office.is_refused("NotAJointBranch", "second", f"/units/{group.branch}/name-joint-units", **units)
    await office.does("second", path, **units)
    await office.parts.following.catch_up()
    assert office.parts.organisation.units[UnitId(joint)].joint == (group.branch, group.other)


async def test_a_calendar_is_set_by_who_keeps_the_unit(group: Group) -> None:
    """R38."""
    office, path = group.office, f"/units/{group.company}/set-calendar"
    body: dict[str, Any] = {"calendar": {"zone": "Africa/Luanda", "chinese": False}, "document": "12号"}
    nowhere = body | {"calendar": {"zone": "Africa/Nowhere"}}
    await office.is_refused("NotAllowed", "secretary", path, **body)
    await office.is_refused("NoSuchTimeZone", "second", path, **nowhere)
    await office.does("second", path, **body)
    await office.parts.following.catch_up()
    assert office.parts.organisation.calendar(UnitId(group.branch)).zone == "Africa/Luanda"
