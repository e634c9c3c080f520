"""何干事 of the party department: forty workbooks as the branches sent them, and next month again."""

from __future__ import annotations

import base64
from datetime import date, timedelta
from typing import Any

from services.projects.contacts import contacts_of
from services.projects.domain.person.record import PersonRegistered
from shared.domain import UnitId
from tests.projects.a_roster import book, opened
from tests.projects.a_roster import row as a_row
from tests.projects.walks.a_year import Year

FIRST, SECOND, NUMERALS = "一风场党支部", "二风场党支部", "一二三四五六七"


async def test_the_clerk_who_imports_rosters(year: Year) -> None:
    year.units |= {
        "first": await year.office.unit("XB-11", year.units["company"], name=FIRST, organisation="党支部"),
        "second": await year.office.unit("XB-12", year.units["company"], name=SECOND, organisation="党支部"),
    }
    await who_is_meant_is_asked_and_never_guessed(year)
    await every_title_of_a_real_roster_is_known(year)
    await a_cell_says_more_than_an_office(year)
    await three_bad_rows_keep_nobody_else_out(year)
    await next_months_list_is_compared(year)
    await he_does_not_appoint_himself(year)
    await nothing_is_kept_that_is_not_needed(year)
    await a_unit_is_found_by_what_the_list_calls_it(year)
    await status_is_counted_and_nobody_is_asked_for_an_age(year)


async def who_is_meant_is_asked_and_never_guessed(year: Year) -> None:
    """F21 (R14): no staff numbers; namesakes are told apart by the day of joining, or he is asked."""
    two = book(
        row("李伟", 入党时间="2011-07"),
        row("李伟", 入党时间="2015-07"),
        row("赵敏", 入党时间="", 政治面貌="群众"),
    )
    assert (await year.office.imports("he", two))["result"]["counts"]["new"] == 3
    moved = book(
        row("李伟", 党支部=SECOND, 入党时间="2015-07"),
        row("李伟", 党支部=SECOND, 入党时间="", 备注="同名，身份证尾号331X"),
    )
    known, asked = (await compared(year, moved))["rows"]
    assert known["acts"] == ["MovePerson", "AppointOffice"], known
    assert asked["result"] == "asked"
    assert {(one["name"], one["joined"]) for one in asked["candidates"]} == {
        ("李伟", "2011-07"),
        ("李伟", "2015-07"),
    }
    refused = await year.office.roster("he", "import", moved)
    assert (refused.status_code, refused.json()["code"]) == (409, "RosterHasErrors")
    (older,) = [one["person"] for one in asked["candidates"] if one["joined"] == "2011-07"]
    answer = {"sheet": "名册", "row": asked["row"], "person": older}
    done = (await year.office.imports("he", moved, answers=[answer]))["result"]
    assert (done["counts"]["asked"], done["refused"]) == (0, [])
    assert "331X" not in await all_that_is_written(year)


async def every_title_of_a_real_roster_is_known(year: Year) -> None:
    """F22 (R14): offices without rights in the system are offices all the same."""
    titles = ("副书记", "组织委员", "宣传委员", "纪检委员", "党小组组长", "工会主席", "纪律检查委员")
    found = await compared(
        year, book(*(row(f"周{n}", title) for n, title in zip(NUMERALS, titles, strict=True)))
    )
    assert [line["result"] for line in found["rows"]] == ["new"] * len(titles)
    assert [line["faults"] for line in found["rows"]] == [[]] * len(titles)


async def a_cell_says_more_than_an_office(year: Year) -> None:
    """F23: two offices in one cell, a vacancy with a telephone, a secondment, who is posted abroad."""
    ends = year.today + timedelta(100)
    said = book(
        row("孙强", "党支部书记兼工会主席"),
        row("钱进", "组织委员兼组织委员"),
        row("待补选", "宣传委员", 手机="13900000003"),
        row("吴刚", "纪检委员", 备注=f"挂职锻炼（至{ends.year}年{ends.month}月）"),
        row("郑洁", "党小组组长", 备注="长期驻外"),
    )
    notes = {line["name"]: line["notes"] for line in (await compared(year, said))["rows"]}
    assert any("代理人" in note for note in notes["郑洁"]), notes
    done = (await year.office.imports("he", said))["result"]
    assert done["refused"] == []
    held = {name: await offices_of(year, name) for name in ("孙强", "钱进")}
    assert held == {"孙强": ["branch_secretary", "union_chair"], "钱进": ["organisation_member"]}
    known, day = year.office.parts.organisation, year.today
    assert known.vacant_since("publicity_member", UnitId(year.units["first"]), day) == day
    (seconded,) = known.holders("branch_discipline_member", UnitId(year.units["first"]), day)
    assert (seconded.end - timedelta(1)).strftime("%Y-%m") == f"{ends:%Y-%m}"
    assert "13900000003" not in {contact.phone for contact in (await contacts(year)).values()}


async def three_bad_rows_keep_nobody_else_out(year: Year) -> None:
    """F24: all or nothing, or the good ones, and the bad ones back with what is wrong beside them."""
    good = [row(f"冯{n}", "", 手机=f"1390000001{at}") for at, n in enumerate(NUMERALS)]
    bad = [row("陈一", 任职时间="2025.13.1"), row("陈二", "首席代表"), row("陈三", 党支部="三风场党支部")]
    data = book(*good, *bad)
    before = await written(year)
    answer = await year.office.roster("he", "import", data)
    assert (answer.status_code, answer.json()["code"]) == (409, "RosterHasErrors")
    assert await written(year) == before
    last = await year.office.imports("he", data, rows="right")
    counts = last["result"]["counts"]
    assert (counts["new"], counts["faulty"]) == (len(good), len(bad))
    sheet = opened(base64.b64decode(last["workbook"])).worksheets[0]
    heads = [cell.value for cell in sheet[2]]
    said = [sheet.cell(at, heads.index("处理结果") + 1).value for at in range(3, 3 + len(good) + len(bad))]
    assert said == ["新增"] * len(good) + ["未导入"] * len(bad)
    assert all(
        sheet.cell(row=3 + len(good) + at, column=heads.index("错误原因") + 1).value for at in range(3)
    )


async def next_months_list_is_compared(year: Year) -> None:
    """F25: what was there stays once; an office ends only where he ticks it."""
    again = book(row("孙强", "党支部书记兼工会主席"), row("王芳", "组织委员"))
    found = await compared(year, again)
    assert [line["result"] for line in found["rows"]] == ["unchanged", "new"]
    offered = {(end["name"], end["office"]): end for end in found["ends"]}
    assert {("赵敏", "organisation_member"), ("钱进", "organisation_member")} <= offered.keys()
    assert not any(end["ticked"] for end in offered.values())
    gone = offered["钱进", "organisation_member"]
    tick = {"term": gone["term"], "ended_on": year.day(0)}
    assert (await year.office.imports("he", again, ends=[tick]))["result"]["refused"] == []
    held = await holders(year, "organisation_member")
    assert gone["person"] not in held
    assert offered["赵敏", "organisation_member"]["person"] in held


async def he_does_not_appoint_himself(year: Year) -> None:
    """F26 (R13): neither in a list nor without one; who decides is checked by another."""
    mine = {"office": "committee_member", "unit": year.units["company"], "since": year.day(0)}
    appoint = "/offices/appoint-office"
    await year.office.is_refused(
        "NobodyAppointsThemselves", "he", appoint, **mine, person=year.office.people["he"], document="1号"
    )
    other = await year.office.does("he", appoint, **mine, person=year.office.people["qin"], document="1号")
    confirm = f"/offices/{other}/confirm-appointment"
    await year.office.is_refused("AppointmentNeedsASecond", "he", confirm)
    assert year.office.people["qin"] not in await holders(year, "committee_member", "company")
    await year.office.does("second", confirm)
    assert year.office.people["qin"] in await holders(year, "committee_member", "company")


async def nothing_is_kept_that_is_not_needed(year: Year) -> None:
    """Names, telephones, mails and days of joining, sealed; a column of anything else is named and left."""
    more = {"身份证号": "110101199003071234", "出生年月": "1990-03", "家庭住址": "戈壁路1号"}
    data = book(row("卫明", 手机="13900000099", **more))
    assert set((await compared(year, data))["not_stored"]) == set(more)
    await year.office.imports("he", data)
    text = await all_that_is_written(year)
    assert not [said for said in ("卫明", "13900000099", *more.values()) if said in text]
    (registered, *_) = await year.office.events(PersonRegistered)
    assert set(registered.event.__slots__) == {
        "person",
        "staff_number",
        "unit",
        "political_status",
        "trade",
        "skill",
        "name",
        "phone",
        "mail",
        "joined",
    }


async def a_unit_is_found_by_what_the_list_calls_it(year: Year) -> None:
    """One person in two branches (兼), a unit renamed yesterday, a branch that has no code in the list."""
    renamed = {"name": "一风场第一党支部", "document": "5号"}
    await year.office.does("he", f"/units/{year.units['first']}/rename-unit", **renamed)
    both = book(row("褚亮", "组织委员"), row("褚亮（兼）", "宣传委员", 党支部=SECOND))
    done = (await year.office.imports("he", both))["result"]
    assert [line["faults"] for line in done["rows"]] == [[], []]
    assert await offices_of(year, "褚亮") == ["organisation_member", "publicity_member"]
    (there,) = await holders(year, "publicity_member", "second")
    assert year.office.parts.organisation.people[there].unit == year.units["first"]
    for asked in ("XB-11", "一风场第一", FIRST):
        units = (await year.reads("he", f"/units?q={asked}"))["units"]
        assert [unit["id"] for unit in units] == [year.units["first"]], asked


async def status_is_counted_and_nobody_is_asked_for_an_age(year: Year) -> None:
    """December: how many of each political status the company has; of ages there is nothing to count."""
    whole = await year.reads("he", f"/units/{year.units['company']}")
    people = year.office.parts.organisation
    expected = len([p for u in people.all_below(UnitId(year.units["company"])) for p in people.members_of(u)])
    assert sum(whole["by_status"].values()) == expected
    assert list(whole["by_status"]) == [
        "正式党员",
        "预备党员",
        "发展对象",
        "入党积极分子",
        "共青团员",
        "群众",
    ]


def row(name: str, office: str = "组织委员", **more: Any) -> dict[str, Any]:
    """A row of the first branch's list."""
    return a_row(name, office, **{"单位": "西部新能源有限公司", "党支部": FIRST} | more)


async def compared(year: Year, workbook: bytes) -> dict[str, Any]:
    """What an import would do."""
    answer = await year.office.roster("he", "compare", workbook)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def written(year: Year) -> int:
    return (await year.office.parts.ledgers.head("group")).position


async def all_that_is_written(year: Year) -> str:
    """The group's ledger as text."""
    return "".join(r.body.decode() for r in await year.office.parts.ledgers.read_ledger("group", 0))


async def contacts(year: Year) -> dict[Any, Any]:
    """What is sealed of everybody, read with the keys."""
    parts = year.office.parts
    await parts.following.catch_up()
    people = list(parts.organisation.people)
    return await contacts_of(parts.ledgers, parts.keys, people, parts.organisation.position)


async def offices_of(year: Year, name: str) -> list[str]:
    """What somebody holds today, found by their name."""
    (who,) = [person for person, contact in (await contacts(year)).items() if contact.name == name]
    return sorted(term.office for term in year.office.parts.organisation.offices_of(who, year.today))


async def holders(year: Year, office: str, unit: str = "first") -> set[Any]:
    """Who holds an office today."""
    await year.office.parts.following.catch_up()
    on: date = year.today
    return {
        term.person for term in year.office.parts.organisation.holders(office, UnitId(year.units[unit]), on)
    }
