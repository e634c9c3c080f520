"""A text of a unit, an office, a meeting, a handover or a list is withdrawn like one of a project (R74)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from services.projects.domain.handover import HANDOVER, OpenHandover
from services.projects.domain.project.secrecy import NoSuchText, TextIsWithdrawn
from services.projects.domain.texts import (
    TEXTS,
    DocumentsAreNotWithdrawn,
    NamesAreNotWithdrawn,
    RecordTextWithdrawn,
    WithdrawRecordText,
)
from services.projects.ids import problems_id, programme_id, vacancy_id
from services.projects.withdrawing import withdrawn_from
from shared.domain import Incomplete, OfficeId, PersonId, UnitId
from shared.withdrawn import MARK, hash_of
from tests.projects import a_project as p
from tests.projects.a_desk import HERE, Desk
from tests.projects.a_group import person
from tests.projects.an_office import FOUNDER, Office, founded
from tests.projects.test_handover import ENTRY, PARTIES
from tests.projects.test_secrecy import LEADER, SECRECY, reviewed
from tests.support.engines import Database
from tests.support.given import given
from tests.support.living import THE_PROJECT
from tests.support.waiting import eventually

TEXT = "李某住院，缺席"
WITHDRAW = WithdrawRecordText(
    p.by("reviewer", "secrecy_reviewer"), "meeting-1", hash_of(TEXT), "含他人病情", p.MAY, said=(2,)
)
WITHDRAWN = RecordTextWithdrawn("meeting-1", hash_of(TEXT), "含他人病情", p.MAY, WITHDRAW.by.person)
nothing = given(TEXTS)


def test_a_text_is_withdrawn_once_with_a_reason_and_only_where_it_was_said() -> None:
    nothing.when(WITHDRAW).then(WITHDRAWN)
    nothing.when(replace(WITHDRAW, reason=" ")).then_refused(Incomplete, missing=["reason"])
    nothing.when(replace(WITHDRAW, said=())).then_refused(NoSuchText)
    nothing.after(WITHDRAW).when(WITHDRAW).then_refused(TextIsWithdrawn)


def test_a_document_is_corrected_and_a_unit_renamed_but_neither_is_withdrawn() -> None:
    nothing.when(replace(WITHDRAW, document=True)).then_refused(DocumentsAreNotWithdrawn)
    nothing.when(replace(WITHDRAW, name=True)).then_refused(NamesAreNotWithdrawn)


@dataclass(frozen=True)
class Company:
    """A company with a branch, a secretary and who reviews secrecy; the group has a programme."""

    office: Office
    company: str
    branch: str

    async def withdraws(self, record: str, text: str, login: str = "reviewer") -> httpx.Response:
        body = {"sha256": hash_of(text), "reason": "含他人病情"}
        return await self.office.asks(login, f"/records/{record}/withdraw-record-text", body)

    async def reads(self, path: str, login: str = "secretary") -> str:
        answer = await self.office.gets(login, path)
        assert answer.status_code == 200, answer.text
        return answer.text

    async def shown_and_withdrawn(
        self, record: str, text: str, *paths: str, login: str = "secretary"
    ) -> None:
        """All of these addresses tell it, and after it is withdrawn none does."""
        for path in paths:

            async def tells(path: str = path) -> bool:
                return text in await self.reads(path, login)

            await eventually(tells, f"{path} tells it")
        withdrawn = await self.withdraws(record, text)
        assert withdrawn.status_code == 200, withdrawn.text
        assert withdrawn.json()["events"] == ["RecordTextWithdrawn"]
        for path in paths:
            told = await self.reads(path, login)
            assert text not in told, path
            assert MARK + hash_of(text) in told, path
        assert (await self.withdraws(record, text)).json()["code"] == "TextIsWithdrawn"


@pytest.fixture
async def here(database: Database, tmp_path: Path) -> AsyncIterator[Company]:
    async with founded(database, tmp_path) as office:
        await office.person("second", office.group)
        await office.appointed("second", "headquarters", office.group)
        await office.published("second", "2026-01-20")
        company = await office.unit("C1", office.group, has_ledger=True)
        branch = await office.unit("B1", company, organisation="党支部", full_members=5)
        for login in ("secretary", "member", "reviewer", "keeper", "elsewhere", "inspector"):
            await office.person(login, branch)
        await office.appointed("secretary", "branch_secretary", branch)
        await office.appointed("member", "organisation_member", branch)
        await office.appointed("reviewer", "secrecy_reviewer", company)
        await office.appointed("keeper", "party_department", company)
        other = await office.unit("C2", office.group, has_ledger=True)
        await office.appointed("elsewhere", "secrecy_reviewer", other)
        yield Company(office, company, branch)


async def test_of_a_meeting_for_whoever_reads_it(here: Company) -> None:
    people = here.office.people
    both = [people["secretary"], people["member"]]
    convene: dict[str, Any] = {
        "body": here.branch,
        "kind": "branch_committee",
        "held_on": "2026-01-20",
        "place": "会议室",
        "chair": both[0],
        "clerk": both[1],
        "items": [{"number": 1, "matter": "公文", "title": "学习李某病中事迹", "content_hash": ""}],
    }
    meeting = await here.office.does("secretary", "/meetings/convene-meeting", **convene)
    for login in ("secretary", "keeper", "elsewhere", FOUNDER):
        refused = await here.withdraws(meeting, "学习李某病中事迹", login)
        assert (refused.status_code, refused.json()["code"]) == (404, "NotKnown"), login
    assert (await here.withdraws(meeting, "没有说过的话")).json()["code"] == "NoSuchText"
    await here.shown_and_withdrawn(meeting, "学习李某病中事迹", f"/meetings/{meeting}")


async def test_of_a_problem_list_and_of_what_starts_from_it(here: Company) -> None:
    said = {"unit": here.branch, "text": TEXT, "kind": "pain", "found_where": "staff"}
    listed = await here.office.does("secretary", "/problems/note-problem", problem="p1", **said)
    assert listed == problems_id(UnitId(here.branch))
    await here.shown_and_withdrawn(listed, TEXT, f"/problems?unit={here.branch}")
    draft = {"unit": here.branch, "title": "题", "track": "safety_quality", "problem": "p1"}
    project = await here.office.does("secretary", "/projects/draft-proposal", **draft)
    told = await here.office.parts.ledgers.read_stream(UUID(project))
    assert MARK + hash_of(TEXT) in bytes(told[0].envelope.data).decode()


async def test_of_a_plan_of_inspections(here: Company) -> None:
    term = await here.office.appointed("inspector", "inspector", here.company)
    await here.office.does("second", f"/offices/{term}/confirm-appointment")
    plan = {"unit": here.branch, "inspection": "i1", "on": "2026-12-01", "kind": "日常督导", "reason": TEXT}
    visits = await here.office.does("inspector", "/inspections/plan-inspection", **plan)
    await here.shown_and_withdrawn(visits, TEXT, f"/inspections?unit={here.branch}&year=2026")


async def test_of_a_unit_in_its_replay_in_coverage_and_said_again(here: Company) -> None:
    explain = {"year": here.office.parts.clock.now().year, "exempt": "", "reason": TEXT}
    path = f"/units/{here.branch}/explain-no-project"
    await here.office.does("keeper", path, **explain, why="按书记所说")
    replay, coverage = f"/replay/units/{here.branch}", f"/coverage?company={here.company}"
    await here.shown_and_withdrawn(here.branch, TEXT, replay, coverage, login="keeper")
    await here.shown_and_withdrawn(here.branch, "按书记所说", replay, login="keeper")
    await here.office.does("keeper", path, **explain)
    for address in (replay, coverage):
        assert TEXT not in await here.reads(address, "keeper")
    told = (await here.office.gets("keeper", replay)).json()["acts"]
    assert [act["event"] for act in told].count("RecordTextWithdrawn") == 2, "who withdrew it stands there"


async def test_but_not_the_name_of_a_unit_nor_the_text_of_a_programme(here: Company) -> None:
    await here.office.does("keeper", f"/units/{here.branch}/rename-unit", name="第 一 支部", document="3号")
    named = await here.withdraws(here.branch, "第 一 支部")
    assert (named.status_code, named.json()["code"]) == (409, "NamesAreNotWithdrawn")
    await here.office.appointed("reviewer", "secrecy_reviewer", here.office.group)
    document = await here.withdraws(programme_id("2026.1"), "2号")
    assert (document.status_code, document.json()["code"]) == (409, "DocumentsAreNotWithdrawn")


async def test_of_an_office_in_its_replay(here: Company) -> None:
    term = await here.office.appointed("elsewhere", "publicity_member", here.branch)
    ended = {"ended_on": "2026-01-20", "reason": TEXT, "document": "因病 免职 1号"}
    await here.office.does("keeper", f"/offices/{term}/end-office", **ended)
    replay = f"/replay/offices?unit={here.branch}&office=publicity_member"
    await here.shown_and_withdrawn(term, TEXT, replay, login="keeper")
    await here.shown_and_withdrawn(term, "因病 免职 1号", replay, login="keeper")


async def test_nothing_is_withdrawn_of_what_is_not_there_or_has_an_act_of_its_own(here: Company) -> None:
    draft = {"unit": here.branch, "title": "题 目", "track": "safety_quality"}
    project = await here.office.does("secretary", "/projects/draft-proposal", **draft)
    vacancy = vacancy_id("clerk", UnitId(here.branch))
    for record in (str(uuid4()), project, here.office.people["member"], vacancy):
        assert (await here.withdraws(record, "题 目")).json()["code"] == "NotKnown"


@pytest.fixture
async def desk(database: Database, tmp_path: Path) -> AsyncIterator[Desk]:
    """With a secrecy reviewer."""
    async with reviewed(database, tmp_path) as built:
        yield built


async def test_a_handover_shows_neither_its_own_nor_what_its_projects_withdrew(desk: Desk) -> None:
    title = "李某 病中"
    stream, incoming = UUID(int=21), person("secretary before")
    parties = replace(
        PARTIES, unit=p.BRANCH, company=p.COMPANY, outgoing=person(LEADER), incoming=PersonId(incoming)
    )
    entry = replace(ENTRY, project=str(THE_PROJECT), title=title)
    opened = OpenHandover(None, parties, OfficeId("term"), (entry,), "h1", p.MAY, p.MAY)
    await desk.house.does(opened, decider=HANDOVER, stream=stream)
    path = f"/api/projects/handovers/{stream}"
    assert title in (await desk.ask(LEADER, path)).text
    body = {"sha256": hash_of(title), "reason": "病情"}
    taken = await desk.to(SECRECY, f"/api/projects/records/{stream}/withdraw-record-text", **body)
    assert taken.status_code == 200, taken.text
    assert title not in (await desk.ask(LEADER, path)).text
    assert await withdrawn_from(desk.parts.ledgers, [str(stream)]) == {hash_of(title)}
    own = (await desk.read(LEADER))["project"]["title"]
    listed = replace(opened, entries=(replace(entry, title=own),))
    await desk.house.does(listed, decider=HANDOVER, stream=UUID(int=22))
    path = f"/api/projects/handovers/{UUID(int=22)}"
    assert own in (await desk.ask(LEADER, path)).text
    withdrawn = await desk.post(SECRECY, "withdraw-text", sha256=hash_of(own), reason="病情")
    assert withdrawn.status_code == 200, withdrawn.text
    await desk.read(LEADER, HERE)  # once the view has it
    assert own not in (await desk.ask(LEADER, path)).text
