"""Reading over HTTP: what is there for whom, now and at any moment, and until when an answer is complete."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from services.projects.domain.project.approval import (
    AddSigner,
    ChangeDecision,
    GiveOpinion,
    OpenContent,
    RejectProject,
    TransferStep,
    WithdrawOpinion,
)
from services.projects.domain.project.change_waiting import TransferChangeStep
from services.projects.domain.project.content import Seat
from services.projects.domain.project.tasks import AddTask, ClaimTask, OfferTask
from services.projects.domain.unit import UNIT
from services.projects.domain.unit.tree import EstablishUnit, RenameUnit
from services.projects.ids import unit_id
from services.projects.projections.history import labels
from services.projects.schema import DECIDERS, SCHEMA
from shared.domain import PersonId
from shared.envelope import written
from shared.sentences import Language
from tests.projects.a_desk import APPROVAL, HERE, Desk, reading_of
from tests.projects.a_group import person
from tests.projects.a_project import (
    ASSESS,
    BRANCH,
    COMPANY,
    DRAFT,
    FINANCE_AGREES,
    FITTER,
    MARCH,
    MAY,
    MEET,
    PRECHECK,
    PRECHECKER_REVIEWS,
    QUALITY_AGREES,
    QUALITY_REVIEWS,
    REQUEST_CLOSURE,
    REVISE,
    ROUTE,
    SECRETARY,
    SUBMIT,
    WELDER,
    WORK,
    by,
)
from tests.projects.test_change_route import request
from tests.support.engines import Database
from tests.support.living import BEGINS, THE_PROJECT, House, house
from tests.support.waiting import eventually

# Who is told what


async def test_a_project_is_shown_with_its_etag_and_the_names_of_its_ids(desk: Desk) -> None:
    await desk.house.does(*APPROVAL)
    shown = await desk.read("secretary of the branch")
    assert (shown["project"]["state"], shown["project"]["number"]) == ("in_implementation", "2026-CH-A-0012")
    assert shown["people"] == {"secretary": "李强", "fitter": "张伟"}
    assert shown["units"]["branch"] == "branch党组织"
    assert shown["complete_to"] is not None
    answer = await desk.ask("secretary of the branch")
    assert answer.headers["ETag"] == f'"{shown["project"]["version"]}"'


@pytest.mark.parametrize("path", [HERE, f"{HERE}/history"])
async def test_who_may_not_see_it_is_answered_as_if_there_were_nothing(desk: Desk, path: str) -> None:
    await desk.house.does(DRAFT)
    await desk.read("secretary of the branch", path)
    nothing = await desk.ask("secretary of the branch", path.replace(str(THE_PROJECT), str(UUID(int=404))))
    for name in ("secretary of the other branch", "operator of the group", "juror", "stranger"):
        answer = await desk.ask(name, path)
        assert answer.status_code == nothing.status_code == 404
        ours, theirs = answer.json(), nothing.json()
        assert ours | {"correlation": ""} == theirs | {"correlation": ""}


async def test_nobody_reads_without_signing_in(desk: Desk) -> None:
    await desk.house.does(DRAFT)
    for path in ("/api/projects/projects", HERE, f"{HERE}/history"):
        assert (await desk.http.get(path)).status_code == 401


async def test_a_view_that_is_not_built_yet_is_not_taken_for_an_empty_one(
    database: Database, tmp_path: Path
) -> None:
    async with (
        house(database, "projects", DECIDERS) as home,
        reading_of(home, database, tmp_path, begun=False) as desk,
    ):
        await home.does(DRAFT)
        for path in ("/api/projects/projects", HERE):
            assert (await desk.ask("headquarters", path)).status_code == 503


async def test_a_stream_of_another_kind_is_no_project(desk: Desk) -> None:
    await establish(desk.house, "集团")
    unit = f"/api/projects/projects/{unit_id('G')}"
    for path in (unit, f"{unit}/history"):
        assert (await desk.ask("auditor of the group", path)).status_code == 404


async def test_the_list_holds_what_the_reader_may_see(desk: Desk) -> None:
    await desk.house.does(DRAFT, REVISE)
    await desk.house.does(replace(DRAFT, title="另一项"), stream=UUID(int=13))
    listed = await desk.read("party department", "/api/projects/projects", limit="1")
    assert [line["title"] for line in listed["projects"]] == ["另一项"]
    assert (listed["count"], listed["more_than_counted"]) == (2, False)
    rest = await desk.read("party department", "/api/projects/projects", after=listed["next"])
    assert [line["title"] for line in rest["projects"]] == ["面漆返修率减半"]
    assert (rest["next"], rest["projects"][0]["lead_name"]) == (None, "李强")
    assert rest["complete_to"] is not None
    none = await desk.read("secretary of the other branch", "/api/projects/projects")
    assert (none["projects"], none["count"]) == ([], 0)
    mine = await desk.read("party department", "/api/projects/projects", mine="true")
    assert mine["projects"] == []


@pytest.mark.parametrize(
    "query",
    [
        {"limit": "201"},
        {"limit": "0"},
        {"after": "x"},
        {"state": "lost"},
        {"q": "a\x00b"},
        {"unit": "branch"},
    ],
    ids=str,
)
async def test_a_question_that_cannot_be_meant_is_refused(desk: Desk, query: dict[str, str]) -> None:
    assert (await desk.ask("headquarters", "/api/projects/projects", **query)).status_code == 422


# Moments


async def test_a_past_moment_shows_what_was_recorded_then(desk: Desk) -> None:
    await desk.house.does(DRAFT, REVISE, SUBMIT)
    then = desk.house.clock.now()
    desk.later(days=10)
    await desk.house.does(PRECHECK, QUALITY_AGREES, FINANCE_AGREES, MEET)
    desk.later(seconds=6)
    past = await desk.read("headquarters", as_of=then.isoformat())
    assert (past["project"]["state"], past["project"]["version"]) == ("in_approval", 4)
    assert past["overdue"] == []
    assert past["complete_to"] == past["as_of"]
    week_later = await desk.read("headquarters", as_of=(then + timedelta(days=9)).isoformat())
    assert week_later["project"] == past["project"]
    assert week_later["overdue"] == [{"subject": "step", "code": "0", "due": "2026-01-27"}]
    now = await desk.read("headquarters", as_of=(desk.house.clock.now() - timedelta(seconds=5)).isoformat())
    assert now["project"] == (await desk.read("headquarters"))["project"]


async def test_before_its_beginning_there_was_no_project(desk: Desk) -> None:
    await desk.house.does(DRAFT)
    desk.later(hours=1)
    for path in (HERE, f"{HERE}/history"):
        answer = await desk.ask("headquarters", path, as_of=(BEGINS - timedelta(days=1)).isoformat())
        assert answer.status_code == 404


async def test_a_moment_of_which_more_may_come_is_refused(desk: Desk) -> None:
    await desk.house.does(DRAFT)
    for path in (HERE, f"{HERE}/history"):
        answer = await desk.ask("headquarters", path, as_of=written(desk.house.clock.now()))
        assert (answer.status_code, answer.json()["code"]) == (422, "MomentTooRecent")
        assert answer.json()["detail"] == "所选时点太近，请选5秒以前。"
        without_zone = await desk.ask("headquarters", path, as_of="2026-01-20T04:00:00")
        assert without_zone.status_code == 422


async def test_an_answer_waits_for_what_the_reader_has_just_done(desk: Desk) -> None:
    done = await desk.house.does(DRAFT, REVISE)
    answer = await desk.ask("headquarters", wait_for=f"projects/{done.ledger}:{done.position}")
    assert answer.json()["project"]["version"] == done.version


async def test_nobody_waits_for_what_was_never_recorded(desk: Desk) -> None:
    await desk.house.does(DRAFT)
    for position in ("projects/company:99", "projects/nowhere:1", "evaluation/company:1"):
        answer = await desk.ask("headquarters", wait_for=position)
        assert (answer.status_code, answer.json()["code"]) == (422, "BeyondTheEnd")
    await eventually(lambda: desk.parts.runner_projects.lag() == {"projects": 0}, "nothing is waited for")


# History


async def establish(home: House, name: str) -> None:
    """A unit in whose name somebody acts."""
    command = EstablishUnit(
        by=SECRETARY,
        unit=unit_id("G"),
        code="G",
        name=name,
        parent=None,
        kind="functional",
        organisation="党支部",
        marks=(),
        has_ledger=False,
        has_committee=False,
        full_members=9,
        group=None,
        parent_in_force=True,
    )
    await home.does(command, decider=UNIT, stream=UUID(unit_id("G")), ledger="group")


async def entries(desk: Desk, name: str, **query: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await desk.read(name, f"{HERE}/history", **query))["entries"]
    return found


async def test_an_entry_says_who_in_which_office_under_the_units_name_of_that_time(desk: Desk) -> None:
    acting = by("secretary", "branch_secretary", unit_id("G"))
    await establish(desk.house, "运输队党支部")
    await desk.house.does(replace(DRAFT, by=replace(acting, why="年度重点")))
    renamed = RenameUnit(SECRETARY, unit_id("G"), "运输一队党支部", "〔2026〕5号")
    await desk.house.does(renamed, decider=UNIT, stream=UUID(unit_id("G")), ledger="group")
    await desk.house.does(replace(REVISE, by=replace(acting, on_behalf_of=PersonId("fitter"))))
    first, second = await entries(desk, "headquarters")
    assert (first["id"], first["version"], first["event"]) == ("projects/company/1", 1, "ProposalDrafted")
    assert first["label"] == "起草立项申请"
    assert first["who"] == {
        "person": {"id": "secretary", "name": "李强"},
        "office": "branch_secretary",
        "office_label": "党支部书记",
        "unit": unit_id("G"),
        "unit_name": "运输队党支部",
        "entered_by": None,
        "on_behalf_of": None,
        "why": "年度重点",
    }
    assert first["data"]["reference"] == "2026-A-0012"
    assert second["who"]["unit_name"] == "运输一队党支部"
    assert second["who"]["on_behalf_of"] == {"id": "fitter", "name": "张伟"}
    english = (await desk.ask("headquarters", f"{HERE}/history", language="en")).json()["entries"][0]
    assert (english["label"], english["who"]["office_label"]) == ("Proposal drafted", "branch secretary")


async def test_a_history_ends_at_the_moment_asked_for(desk: Desk) -> None:
    await desk.house.does(DRAFT, REVISE)
    then = desk.house.clock.now()
    desk.later(minutes=5)
    await desk.house.does(SUBMIT)
    desk.later(minutes=5)
    told = await entries(desk, "headquarters", as_of=written(then))
    assert [entry["event"] for entry in told] == ["ProposalDrafted", "ProposalRevised"]
    assert len(await entries(desk, "headquarters")) == 4


# Deliberation, and claims to tasks


LEADER = Seat("leader_in_charge", COMPANY)
COMMITTEE_SIGNS = replace(SUBMIT, route=(replace(ROUTE[0], seats=(LEADER,)), *ROUTE[1:]))
LEADER_AGREES = GiveOpinion(by("in charge", "leader_in_charge"), 0, "agree", "h1", LEADER, note="再议")


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("secretary of the branch", False),
        ("party department", False),
        ("headquarters", False),
        ("committee member", True),
        ("discipline of the company", True),
        ("auditor of the group", True),
    ],
)
async def test_single_words_of_a_committee_are_for_the_body_discipline_and_audit(
    desk: Desk, name: str, told: bool
) -> None:
    await desk.house.does(DRAFT, REVISE, COMMITTEE_SIGNS, LEADER_AGREES, QUALITY_AGREES, FINANCE_AGREES, MEET)
    steps = (await desk.read(name))["project"]["route"]["steps"]
    (word,) = steps[0]["opinions"]
    expected = ("in charge", "agree", "再议", None) if told else (None, None, None, "R67")
    assert (word["person"], word["opinion"], word["note"], word["withheld"]) == expected
    assert word["seat"] == {"office": "leader_in_charge", "unit": "company"}
    assert [given["person"] for given in steps[1]["opinions"]] == ["quality", "accountant"]
    numbers = steps[2]["meetings"][0]["numbers"]
    assert (numbers["should_attend"], numbers["present"], numbers["votes_for"]) == (7, 6, 6 if told else None)
    text = (await desk.ask(name, f"{HERE}/history")).text
    assert ('"in charge"' in text) == told
    assert ("再议" in text) == told
    by_event = {entry["event"]: entry for entry in await entries(desk, name)}
    decided = by_event["MeetingDecided"]["data"]
    assert decided["numbers"]["votes_for"] == (6 if told else {"withheld": "R67"})
    assert decided["body"] == ([*MEET.voters] if told else {"withheld": "R67"})
    assert (decided["minutes"], decided["numbers"]["present"]) == ("〔2026〕3号", 6)


@pytest.mark.parametrize(
    ("name", "told"),
    [("secretary of the branch", False), ("committee member", True), ("headquarters", False)],
)
async def test_who_passed_on_added_opened_or_took_back_inside_a_committee_is_its_own(
    desk: Desk, name: str, told: bool
) -> None:
    """R67: what is done before the word says as much as the word."""
    me, other = LEADER_AGREES.by, by("other in charge", "leader_in_charge")
    people = (me.person, other.person)
    await desk.house.does(
        DRAFT,
        REVISE,
        replace(COMMITTEE_SIGNS, route=(replace(ROUTE[0], decides="all", seats=(LEADER, PRECHECK.seat)),)),
        OpenContent(me, 0, "h1", LEADER),
        AddSigner(me, 0, QUALITY_AGREES.seat, "after", LEADER, can_sign=True, reason="拿不准"),
        TransferStep(me, 0, other.person, LEADER, people, reason="出差"),
        replace(LEADER_AGREES, by=other),
        WithdrawOpinion(other, 0, "再看数据", LEADER),
    )
    hidden = ("in charge", "拿不准", "出差", "再看数据", "再议")
    (step,) = (await desk.read(name))["project"]["route"]["steps"]
    page, told_of = (await desk.ask(name)).text, (await desk.ask(name, f"{HERE}/history")).text
    assert [word in told_of for word in hidden] == [told] * 5
    assert all((word in page) == told for word in ("拿不准", "出差", "再看数据", "再议"))
    assert step["seats"][1] == {"office": "source_department", "unit": "company"}
    assert step["opinions"][0]["withdrawn"]["at"]
    assert step["transferred"][0]["seat"] == {"office": "leader_in_charge", "unit": "company"}


@pytest.mark.parametrize(
    ("name", "told"),
    [("secretary of the branch", False), ("committee member", True), ("headquarters", False)],
)
async def test_who_passed_a_change_on_inside_a_committee_is_its_own(
    desk: Desk, name: str, told: bool
) -> None:
    """R67: as of a proposal."""
    me, other = LEADER_AGREES.by, PersonId("other in charge")
    asks = request(replace(ROUTE[0], decides="all", seats=(LEADER, PRECHECK.seat)))
    passed = TransferChangeStep(me, "C1", 0, other, LEADER, (me.person, other), reason="出差")
    await desk.house.does(*APPROVAL, asks, passed)
    (transfer,) = (await desk.read(name))["project"]["changes"]["C1"]["steps"][0]["transferred"]
    assert transfer["seat"] == {"office": "leader_in_charge", "unit": "company"}
    data = {one["event"]: one for one in await entries(desk, name)}["ChangeStepTransferred"]["data"]
    for page_word, word, said in (
        ("from_person", "person", "in charge"),
        ("to_person", "to", "other in charge"),
        ("reason", "reason", "出差"),
    ):
        assert ((transfer[page_word] == said), data[word] == said) == (told, told)


async def test_what_a_higher_office_changed_is_told_to_all_with_its_reason(desk: Desk) -> None:
    """Section 3: an act of its own, with a reason; no word inside a committee."""
    disagree = replace(PRECHECK, opinion="disagree")
    reject = RejectProject(PRECHECK.by, 0, "重复", PRECHECK.seat)
    change = ChangeDecision(LEADER_AGREES.by, 0, "并非重复", "逐月核对", "h1", higher=True)
    await desk.house.does(DRAFT, REVISE, SUBMIT, disagree, reject, change)
    shown = (await desk.read("secretary of the branch"))["project"]
    assert (shown["state"], shown["ended_because"], shown["route"]["open"]) == ("in_approval", None, 1)
    changed = shown["route"]["steps"][0]["changed_by_higher"]
    assert (changed["reason"], changed["what_next"], changed["person"]) == (
        "并非重复",
        "逐月核对",
        "in charge",
    )
    act = next(e for e in await entries(desk, "secretary of the branch") if "ByHigher" in e["event"])
    assert (act["label"], act["who"]["person"]["id"]) == ("上级改变决定", "in charge")


async def test_whoever_gave_a_word_reads_their_own(desk: Desk) -> None:
    own = replace(LEADER_AGREES, by=replace(LEADER_AGREES.by, person=person("union chair of the branch")))
    await desk.house.does(DRAFT, REVISE, COMMITTEE_SIGNS, own)
    (word,) = (await desk.read("union chair of the branch"))["project"]["route"]["steps"][0]["opinions"]
    assert (word["note"], word["withheld"]) == ("再议", None)
    given = (await entries(desk, "union chair of the branch"))[4]
    assert (given["event"], given["data"]["note"]) == ("OpinionGiven", "再议")
    others = (await entries(desk, "secretary of the branch"))[4]
    assert others["data"]["note"] == others["who"]["person"] == others["who"]["why"] == {"withheld": "R67"}


async def test_marks_and_body_of_the_second_key_are_withheld(desk: Desk) -> None:
    await desk.house.does(*APPROVAL, *WORK, REQUEST_CLOSURE, PRECHECKER_REVIEWS, QUALITY_REVIEWS, ASSESS)
    key = (await desk.read("secretary of the branch"))["project"]["closing"]["second_key"]
    assert (key["body"], key["marks"], key["withheld"], key["minutes"]) == ([], {}, "R67", "〔2026〕9号")
    assert key["numbers"]["votes_for"] is None
    full = (await desk.read("auditor of the company"))["project"]["closing"]["second_key"]
    assert (full["body"], full["withheld"]) == (["chair", "second", "third"], None)
    assessed = next(
        entry
        for entry in await entries(desk, "secretary of the branch")
        if entry["event"] == "ClosureAssessed"
    )
    assert assessed["data"]["body"] == assessed["data"]["marks"] == {"withheld": "R67"}


async def test_others_are_told_how_many_claimed_and_the_secretary_who(desk: Desk) -> None:
    task = AddTask(SECRETARY, "T1", "清洁标准", "班组签认", MAY, WORK[0].weight)  # type: ignore[union-attr]
    offer = OfferTask(SECRETARY, "T1", "90分钟", "50分钟", (BRANCH,), window_ends=MARCH, today=MARCH)
    claims = (ClaimTask(FITTER, "T1", MARCH), ClaimTask(WELDER, "T1", MARCH))
    await desk.house.does(*APPROVAL, task, offer, *claims)
    secretary = (await desk.read("secretary of the branch"))["project"]["tasks"]["T1"]
    assert (secretary["claims"], secretary["claimants"]) == (2, ["fitter", "welder"])
    member = (await desk.read("member of the branch"))["project"]["tasks"]["T1"]
    assert (member["claims"], member["claimants"]) == (2, [])
    *_, first, second, contended = await entries(desk, "member of the branch")
    assert first["data"]["person"] == first["who"]["person"] == {"withheld": "R39"}
    assert second["data"]["person"] == contended["who"]["person"] == {"withheld": "R39"}
    *_, told = await entries(desk, "secretary of the branch")
    assert told["who"]["person"]["id"] == "welder"


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_every_event_has_a_name_that_people_read(language: Language) -> None:
    assert labels(language).keys() == SCHEMA.names
    assert all(label.strip() for label in labels(language).values())
