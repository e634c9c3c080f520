"""What a cell of a real roster says: days in every spelling, names with their noise, offices in one cell."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import date, datetime
from time import process_time
from typing import Any

import pytest

from services.projects.roster import cells, faults
from services.projects.roster.cells import Post
from services.projects.roster.words import folded
from services.projects.roster.workbook import Value
from shared.domain import Refusal
from shared.offices import offices
from tests.projects.a_roster import Group, noisy, row

TODAY = date(2026, 3, 2)
SECRETARY, DEPUTY = Post("branch_secretary", acting=False), Post("deputy_branch_secretary", acting=False)
ACTING = Post("branch_secretary", acting=True)


@pytest.mark.parametrize(
    "written",
    [
        "2020年7月25日",
        "2020-07-25",
        "2020/7/25",
        "2020.7.25",
        "２０２０.７.２５",
        "20200725",
        20200725,
        44037,
        "44037",
        44037.0,
        datetime(2020, 7, 25),  # noqa: DTZ001 - as openpyxl reads a day
        date(2020, 7, 25),
        " 2020 年 7 月 25 日 ",
        "2020-07-25 00:00:00",
    ],
)
def test_a_day_is_read_however_it_is_written(written: Any) -> None:
    assert cells.day(written) == cells.Day(date(2020, 7, 25), by_month=False)


@pytest.mark.parametrize(
    "written", ["2020年7月", "202007", 202007, "2020.07", "2020-7", "２０２０/０７", "2020.7."]
)
def test_a_month_without_its_day_stays_a_month(written: Any) -> None:
    found = cells.day(written)
    assert (found.first, found.last, found.written()) == (date(2020, 7, 1), date(2020, 7, 31), "2020-07")


@pytest.mark.parametrize(
    "written", ["2025.13.1", "2025年2月30日", "去年", "98.7", 2020, 12, True, "2020-", 0.5]
)
def test_what_is_no_day_is_said_to_be_none(written: Any) -> None:
    with pytest.raises(faults.NoSuchDay):
        cells.day(written)


def test_a_number_that_may_be_january_or_october_is_asked_about() -> None:
    with pytest.raises(faults.MonthNotClear):
        cells.day(2003.1)
    assert cells.day(2003.07).written() == "2003-07"
    assert cells.day("2003.1").written() == "2003-01"


def test_nobody_joined_in_the_future() -> None:
    with pytest.raises(faults.DayInTheFuture):
        cells.day("2026-03-03", TODAY)


@pytest.mark.parametrize("written", ["至今", "—", "在任", "", None, "－".replace("－", "—")])
def test_who_is_still_in_office_has_no_last_day(written: Any) -> None:
    assert cells.end(written) is None


def test_a_secondment_lasts_to_the_end_of_the_month_that_is_named() -> None:
    assert cells.last_day_in("挂职锻炼（至2026年6月）") == date(2026, 6, 30)
    assert cells.last_day_in("借调") is None


@pytest.mark.parametrize(
    "written",
    [
        "姜  军",
        "姜　军",
        "姜军",
        "姜军（兼）",
        "姜军(代)",
        "姜军*",
        "姜军（Jiāng Jūn）",
        "姜军 Jiang Jun",
        "姜\u200b军",
        "姜军（女）",
    ],
)
def test_a_name_is_read_without_its_noise(written: str) -> None:
    assert cells.name(written).name == "姜军"


def test_what_stands_behind_a_name_is_heard() -> None:
    assert cells.name("汪佳(代)").acting
    assert cells.name("白建子（兼）").concurrent
    assert cells.name("阿不都•热合曼").name == "阿不都·热合曼"
    assert cells.name("John Smith").name == "John Smith"


@pytest.mark.parametrize("written", ["李伟（大）", "138", "=1+1", "李伟/王芳", "!"])
def test_what_is_more_than_a_name_is_asked_about(written: str) -> None:
    with pytest.raises(faults.NameNotClear):
        cells.name(written)


def test_a_name_in_other_characters_is_the_same_name() -> None:
    assert folded("張偉") == folded("张　伟")
    assert cells.name("張偉").name == "張偉"  # stored as it is written


@pytest.mark.parametrize("written", ["空缺", "待补选", "待定", "/", "—", "无", " 空 缺 "])
def test_a_vacancy_is_a_word_in_the_place_of_a_name(written: str) -> None:
    assert cells.is_vacancy(written)
    assert not cells.is_vacancy("")


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ("党支部书记", (SECRETARY,)),
        ("支部书记", (SECRETARY,)),
        ("书记", (SECRETARY,)),
        ("黨支部書記", (SECRETARY,)),
        ("党支部书记兼工会主席", (SECRETARY, Post("union_chair", acting=False))),
        ("组织委员兼组织委员", (Post("organisation_member", acting=False),)),
        ("副书记、组织委员", (DEPUTY, Post("organisation_member", acting=False))),
        ("副书记（主持工作）", (DEPUTY, ACTING)),
        ("党支部副书记主持党支部工作", (DEPUTY, ACTING)),
        ("书记（主持工作）", (ACTING,)),
        ("代书记", (ACTING,)),
        ("党支部代理书记", (ACTING,)),
        ("党支部书记（兼）", (SECRETARY,)),
        (
            "宣传委员兼行政主任",
            (Post("publicity_member", acting=False), Post("administrative_head", acting=False)),
        ),
    ],
)
def test_the_offices_of_a_cell_are_told_apart(written: str, found: tuple[Post, ...]) -> None:
    """R9: an acting head holds the office in their own name."""
    assert cells.posts(written, "党支部") == found


def test_a_bare_secretary_is_of_the_organisation() -> None:
    assert cells.posts("书记", "所属单位党委") == (Post("party_secretary", acting=False),)
    assert cells.posts("书记", "党总支") == (Post("general_branch_secretary", acting=False),)


def test_every_title_of_the_catalogue_is_known() -> None:
    """R14: titles of real rosters are all known; those without rights are offices too."""
    for office in offices().values():
        assert [post.office for post in cells.posts(office.zh, "党支部")] == [office.code]
    with pytest.raises(faults.OfficeNotKnown):
        cells.posts("车间主任", "党支部")


@pytest.mark.parametrize(
    "written",
    [
        13669074391,
        13669074391.0,
        "136 6907 4391",
        "136-6907-4391",
        "１３６６９０７４３９１",
        "+86 13669074391",
        "8613669074391",
    ],
)
def test_a_number_is_its_digits(written: Any) -> None:
    assert cells.phone(written) == "13669074391"


def test_a_number_of_another_kind_is_not_taken() -> None:
    for written in ("110101199003071234", "12345", "没有"):
        with pytest.raises(faults.NumberNotClear):
            cells.phone(written)


def test_a_long_number_is_not_said_again() -> None:
    assert "110101199003071234" not in cells.shown("身份证110101199003071234")


def test_noise_changes_nothing(seed: int) -> None:
    draw = random.Random(seed)
    for _ in range(300):
        day = date(draw.randrange(1990, 2026), draw.randrange(1, 13), draw.randrange(1, 29))
        written = draw.choice([day.isoformat(), f"{day.year}年{day.month}月{day.day}日", f"{day:%Y%m%d}"])
        assert cells.day(noisy(draw, written)).first == day
        assert cells.name(noisy(draw, "姜军")).name == "姜军"
        assert cells.posts(noisy(draw, "副书记"), "党支部") == (DEPUTY,)


def test_the_status_of_who_joined_long_ago_follows() -> None:
    long_ago = cells.day("2011-07")
    assert cells.status("", long_ago, TODAY) == ("正式党员", True)
    assert cells.status("中共预备党员", long_ago, TODAY) == ("预备党员", False)
    for joined in (None, cells.day("2025-06")):
        with pytest.raises(faults.StatusMissing):
            cells.status("", joined, TODAY)


@pytest.mark.parametrize(
    ("read", "sent", "refusal"),
    [
        (cells.name, "(" * 20_000, faults.NameNotClear),
        (lambda value: cells.posts(value, "党支部"), "代" * 100_000, faults.OfficeNotKnown),
        (cells.mail, f"a@{'.' * 20_000}@", faults.NumberNotClear),
    ],
)
def test_a_cell_of_many_signs_is_not_taken_apart(
    read: Callable[[Value], object], sent: str, refusal: type[Refusal]
) -> None:
    """It took minutes, in which nobody else was answered."""
    begun = process_time()
    with pytest.raises(refusal):
        read(sent)
    assert process_time() - begun < 2


@pytest.mark.parametrize(
    "card", ["11010119900307123X", "110101199003071234", "１１０１０１９００３０７１２３"]
)
def test_an_identity_cards_number_is_nobodys_staff_number(card: str) -> None:
    """It would be stored in clear for ever."""
    with pytest.raises(faults.NumberNotClear):
        cells.staff_number(card)
    found = Group().compared(row("李伟", 工号=card))
    assert ([item.result for item in found.items], found.acts(), card in repr(found)) == (
        ["faulty"],
        [],
        False,
    )
