"""A roster over HTTP: dry run, import with progress, given back; twice the same does nothing twice."""

from __future__ import annotations

import asyncio
import base64
import csv
import hashlib
import hmac
import io
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from services.projects.api.roster import ADDRESSES
from services.projects.contacts import contacts_of
from services.projects.domain.office import appointing
from services.projects.domain.person.record import PersonRegistered
from services.projects.domain.unit import tree
from services.projects.roster import workbook
from shared.codec import canonical
from shared.domain import UnitId
from shared.sheets import XLSX
from tests.projects.a_roster import book, large, opened, row
from tests.projects.an_office import FOUNDER, Office, founded
from tests.support.engines import Database

KEEPER = "keeper"


@dataclass
class Desk:
    """The party department of a company with two branches."""

    office: Office
    company: str
    branch: UnitId
    other: UnitId

    async def sends(self, address: str, data: bytes, by: str = KEEPER, **more: Any) -> httpx.Response:
        """A workbook with what is said along with it."""
        return await self.office.roster(by, address, data, **more)

    async def compares(self, data: bytes, **more: Any) -> dict[str, Any]:
        answer = await self.sends("compare", data, **more)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def imports(self, data: bytes, **more: Any) -> dict[str, Any]:
        """The last line of an import."""
        return await self.office.imports(KEEPER, data, **more)

    async def names(self) -> set[str]:
        """Of all who are registered."""
        parts = self.office.parts
        await parts.following.catch_up()
        people = list(parts.organisation.people)
        found = await contacts_of(parts.ledgers, parts.keys, people, parts.organisation.position)
        return {contact.name for contact in found.values()}

    async def position(self) -> int:
        return (await self.office.parts.ledgers.head("group")).position


@pytest.fixture
async def desk(database: Database, tmp_path: Path) -> AsyncIterator[Desk]:
    async with founded(database, tmp_path) as built:
        company = await built.unit("C1", built.group, name="东川能源有限公司", has_ledger=True)
        branch = await built.unit("B1", company, name="加工一车间党支部", organisation="党支部")
        other = await built.unit("B2", company, name="加工二车间党支部", organisation="党支部")
        far = await built.unit("C2", built.group, name="长河机电有限公司", has_ledger=True)
        await built.unit("B3", far, name="加工一车间党支部", organisation="党支部")
        for login, where in ((KEEPER, company), ("member", branch)):
            await built.person(login, where)
        await built.appointed(KEEPER, "party_department", company)
        yield Desk(built, company, UnitId(branch), UnitId(other))


ROSTER = book(
    row("李伟", "党支部书记兼工会主席", 手机="１３９ ００００ ０００１"),
    row("王芳", "副书记（主持工作）", 党支部="加工二车间党支部", 备注="同名，身份证尾号3312"),
    row("待补选", "宣传委员", 手机="13900000003"),
)


async def test_a_dry_run_does_nothing(desk: Desk) -> None:
    before = await desk.position()
    found = await desk.compares(ROSTER)
    assert found["counts"]["new"] == 3
    assert [each["result"] for each in found["rows"]] == ["new"] * 3
    assert await desk.position() == before


async def test_an_import_takes_the_acts_of_people_and_a_repeat_none(desk: Desk) -> None:
    """F25: next month's list is compared; nothing is doubled."""
    done = (await desk.imports(ROSTER))["result"]
    assert (done["acts"], done["refused"]) == (7, [])
    assert {"李伟", "王芳"} <= await desk.names()
    organisation, today = desk.office.parts.organisation, desk.office.parts.clock.now().date()
    (secretary,) = organisation.holders("branch_secretary", desk.branch, today)
    (acting,) = organisation.holders("branch_secretary", desk.other, today)
    assert (secretary.acting, acting.acting) == (False, True)
    assert organisation.vacant_since("publicity_member", desk.branch, today) == today
    before = await desk.position()
    again = (await desk.imports(ROSTER))["result"]
    assert (again["acts"], again["counts"]["unchanged"]) == (0, 3)
    saved_anew = book(
        row("李 伟", "工会主席、书记", 手机="13900000001"),
        row("王芳", "副书记（主持工作）", 党支部="加工二车间党支部"),
        row("空缺", "宣传委员"),
    )
    assert (await desk.compares(saved_anew))["counts"]["unchanged"] == 3
    assert await desk.position() == before


async def test_the_same_import_twice_at_once_does_nothing_twice(desk: Desk) -> None:
    one, other = await asyncio.gather(*(desk.imports(ROSTER) for _ in range(2)))
    assert (one["result"]["refused"], other["result"]["refused"]) == ([], [])
    assert len(await desk.office.events(PersonRegistered)) == 1 + 2 + 2
    assert len(await desk.office.events(appointing.OfficeAppointed)) == 2 + 4


async def test_every_act_is_signed_by_who_imports(desk: Desk) -> None:
    await desk.imports(ROSTER)
    registered = (await desk.office.events(PersonRegistered))[-1].envelope
    assert registered.by is not None
    assert (registered.by.person, registered.by.office) == (desk.office.people[KEEPER], "party_department")
    assert registered.by.why == "华岭党组〔2026〕3号"


async def test_nothing_personal_is_kept_in_clear_and_nothing_that_is_never_stored(desk: Desk) -> None:
    data = book(
        row("李伟", 手机="13900000001", 邮箱="li@example.com", 身份证号="110101199003071234", 备注="尾号3312")
    )
    await desk.imports(data)
    for recorded in await desk.office.parts.ledgers.read_ledger("group", 0):
        for clear in ("李伟", "13900000001", "li@example.com", "2011-07", "110101199003071234", "3312"):
            assert clear not in recorded.body.decode()


async def test_a_wrong_row_refuses_all_or_is_given_back(desk: Desk) -> None:
    """F24: all or nothing, or the good rows and the bad ones back as the same workbook."""
    data = book(row("李伟"), row("赵敏", 任职时间="2025.13.1"))
    before = await desk.position()
    refused = await desk.sends("import", data)
    assert (refused.status_code, refused.json()["code"]) == (409, "RosterHasErrors")
    assert await desk.position() == before
    last = await desk.imports(data, rows="right")
    assert (last["result"]["acts"], last["result"]["counts"]["faulty"]) == (2, 1)
    sheet = opened(base64.b64decode(last["workbook"])).worksheets[0]
    assert (sheet["I3"].value, sheet["I4"].value) == ("新增", "未导入")
    assert "没有这一天" in str(sheet["J4"].value)
    assert "赵敏" not in await desk.names()


async def test_what_is_asked_is_answered(desk: Desk) -> None:
    await desk.imports(book(row("李伟", 入党时间="", 政治面貌="群众")))
    data = book(row("李伟", 入党时间="", 政治面貌="群众", 党支部="加工二车间党支部"))
    (asked,) = (await desk.compares(data))["rows"]
    (candidate,) = asked["candidates"]
    assert (asked["result"], candidate["name"], candidate["unit"]) == ("asked", "李伟", "加工一车间党支部")
    answer = {"sheet": "名册", "row": 3, "person": candidate["person"]}
    done = await desk.imports(data, answers=[answer])
    assert done["result"]["acts"] == 2
    await desk.office.parts.following.catch_up()
    assert desk.office.parts.organisation.people[candidate["person"]].unit == desk.other


async def test_an_office_ends_only_where_it_is_ticked(desk: Desk) -> None:
    await desk.imports(ROSTER)
    next_month = book(row("赵敏", "党支部书记"))
    found = await desk.compares(next_month)
    (offered,) = found["ends"]
    assert (offered["name"], offered["office"], offered["ticked"]) == ("李伟", "branch_secretary", False)
    await desk.imports(next_month)
    assert await desk.office.events(appointing.OfficeEnded) == []
    tick = {"term": offered["term"], "ended_on": "2026-01-20"}
    await desk.imports(next_month, ends=[tick])
    (ended,) = await desk.office.events(appointing.OfficeEnded)
    assert ended.event.term == offered["term"]


async def test_the_acts_come_with_their_progress(desk: Desk) -> None:
    answer = await desk.sends("import", large(230))
    lines = [json.loads(line) for line in answer.text.splitlines()]
    assert [line["done"] for line in lines[:-1]] == [0, 100, 200, 300, 400, 460]
    assert {line["of"] for line in lines[:-1]} == {460}
    assert lines[-1]["result"]["acts"] == 460


async def test_what_was_cut_off_is_finished_by_sending_it_again(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts, keys, calls = desk.office.parts, desk.office.parts.keys, 0
    give_all = type(keys).give_all

    async def registered() -> int:
        await parts.following.catch_up()
        return len(parts.organisation.people)

    async def away(self: Any, persons: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == 2:
            raise ConnectionError
        return await give_all(self, persons)

    with monkeypatch.context() as broken:
        broken.setattr(type(keys), "give_all", away)
        last = await desk.imports(large(300))
    assert last["problem"]["code"] == "TryLater"
    assert 0 < await registered() < 300
    done = (await desk.imports(large(300)))["result"]
    assert done["refused"] == []
    assert await registered() == 3 + 300
    assert len(desk.office.parts.organisation.terms) == 2 + 300


async def test_only_who_keeps_a_roster_imports_one(desk: Desk) -> None:
    """R13."""
    for address in ADDRESSES:
        answer = await desk.sends(address, ROSTER, by="member")
        assert (answer.status_code, answer.json()["code"]) == (403, "NotAllowed")


async def test_a_party_department_imports_its_own_company_alone(desk: Desk) -> None:
    """R13; headquarters reaches all."""
    data = book(row("李伟", 单位="长河机电有限公司"))
    (only,) = (await desk.compares(data))["rows"]
    assert [fault["code"] for fault in only["faults"]] == ["UnitNotFound"]
    answer = await desk.sends("compare", data, by=FOUNDER)
    assert answer.json()["counts"]["new"] == 1


async def test_a_csv_goes_back_as_a_csv(desk: Desk) -> None:
    text = "单位编码,单位名称,上级单位编码\r\nN1,=新班组,C1\r\nN2,乙,没有\r\n"
    answer = await desk.sends("give-back", text.encode("gb18030"))
    assert answer.headers["content-type"].startswith("text/csv")
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert rows[0] == ["单位编码", "单位名称", "上级单位编码", "处理结果", "错误原因"]
    assert rows[1][:4] == ["N1", "'=新班组", "C1", "新增"]
    assert rows[2][3] == "未导入"
    assert (await desk.imports(text.encode("gb18030"), rows="right"))["result"]["acts"] == 1
    assert (await desk.office.events(tree.UnitEstablished))[-1].event.code == "N1"


async def test_the_template_can_be_had(desk: Desk) -> None:
    answer = await desk.office.gets("member", "/roster/template")
    assert answer.headers["content-type"] == XLSX
    assert [sheet.title for sheet in workbook.read(answer.content).sheets] == ["名册", "单位", "可选词"]


UNREADABLE: list[tuple[Any, int, str]] = [
    ({}, 422, "FieldsWrong"),
    ({"workbook": "!!", "document": "1号"}, 422, "FieldsWrong"),
    ({"workbook": "", "document": ""}, 422, "FieldsWrong"),
    ({"workbook": "", "document": "1号", "more": 1}, 422, "FieldsWrong"),
    ({"workbook": "AAAA", "document": "1号"}, 415, "NotAWorkbook"),
    ({"workbook": "YQ==", "document": "1号"}, 422, "NoTableFound"),
    ([], 400, "NotJson"),
]


async def test_a_request_that_says_nothing_readable_is_told_so(desk: Desk) -> None:
    headers = desk.office.signed(KEEPER) | {"Content-Type": "application/json"}
    for address in ADDRESSES:
        for body, status, code in UNREADABLE:
            path = f"/api/projects/roster/{address}"
            answer = await desk.office.http.post(path, content=json.dumps(body), headers=headers)
            assert (answer.status_code, answer.json()["code"]) == (status, code), body


async def test_a_name_is_not_guessed_from_what_a_request_leaves_behind(desk: Desk) -> None:
    """The hash that tells a repeat from another request is made under the person's key."""
    await desk.imports(book(row("李伟", 手机="13900000001")))
    recorded = (await desk.office.events(PersonRegistered))[-1]
    said = {"staff_number": recorded.event.staff_number, "unit": desk.branch, "political_status": "正式党员"}
    said |= {
        "trade": "",
        "skill": "",
        "name": "李伟",
        "phone": "13900000001",
        "mail": "",
        "joined": "2011-07",
    }
    guess = canonical(["RegisterPerson", recorded.event.person, said])
    key = await desk.office.parts.keys.give(recorded.event.person)
    assert recorded.envelope.request == hmac.new(key, guess, hashlib.sha256).hexdigest()
    assert recorded.envelope.request != hashlib.sha256(guess).hexdigest()


async def test_what_was_answered_and_ticked_may_be_sent_again(desk: Desk) -> None:
    """Who was cut off does not know how far it came: the same request finishes it."""
    await desk.imports(book(row("李伟", 入党时间="", 政治面貌="群众"), row("王芳", "党支部书记")))
    data = book(
        row("李伟", 入党时间="", 政治面貌="群众", 党支部="加工二车间党支部"),
        row("赵敏", "党支部书记"),
        row("周平", 入党时间="", 政治面貌="群众", 手机="13900000003"),
        row("周平", 入党时间="", 政治面貌="群众", 手机="13900000004"),
    )
    found = await desk.compares(data)
    assert [each["result"] for each in found["rows"]] == ["asked", "new", "new", "asked"]
    (candidate,), ticks = found["rows"][0]["candidates"], [{"term": each["term"]} for each in found["ends"]]
    answers = [
        {"sheet": "名册", "row": 3, "person": candidate["person"]},
        {"sheet": "名册", "row": 6, "person": "later"},
    ]
    first = await desk.imports(data, answers=answers, ends=ticks, rows="right")
    assert (len(ticks), first["result"]["refused"]) == (1, [])
    before = await desk.position()
    again = (await desk.imports(data, answers=answers, ends=ticks, rows="right"))["result"]
    assert (again["acts"], again["counts"]["left"]) == (0, 1)
    assert await desk.position() == before


async def test_somebody_who_was_said_to_be_new_is_the_same_when_sent_again(desk: Desk) -> None:
    data = book(
        row("李伟", 入党时间="", 政治面貌="群众", 手机="13900000001"),
        row("李伟", 入党时间="", 手机="13900000002", 政治面貌="群众"),
    )
    answers = [{"sheet": "名册", "row": 4, "person": "new"}]
    first = (await desk.imports(data, answers=answers))["result"]
    assert first["counts"]["new"] == 2
    again = (await desk.imports(data, answers=answers))["result"]
    assert (again["acts"], again["counts"]["unchanged"]) == (0, 2)


async def test_an_answer_or_tick_about_nothing_is_told_so(desk: Desk) -> None:
    data = book(row("李伟"))
    answer = await desk.sends("compare", data, answers=[{"sheet": "名册", "row": 3, "person": desk.company}])
    assert answer.status_code == 422
    answer = await desk.sends("compare", data, ends=[{"term": desk.company}])
    assert answer.status_code == 422
