"""A roster beside the organisation as it stands: new, moved, ended, unchanged; never guessed (R14)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from services.projects.ids import person_id, term_id, unit_id
from services.projects.roster import faults, workbook
from services.projects.roster.comparison import Comparison, End, Options, Planned
from shared.domain import PersonId
from shared.roster import UnitRenamed
from tests.projects.a_roster import (
    COMPANY,
    ELSEWHERE,
    FIRST,
    GROUP,
    KEEPER,
    LONG_AGO,
    SECOND,
    TODAY,
    Group,
    book,
    row,
)

LI = "00000000-0000-0000-0000-000000000001"
OTHER_LI = "00000000-0000-0000-0000-000000000002"


@pytest.fixture
def group() -> Group:
    return Group()


def results(comparison: Comparison) -> list[str]:
    return [item.result for item in comparison.items]


def acts(comparison: Comparison) -> list[str]:
    return [act.command for act in comparison.acts()]


def the(comparison: Comparison, command: str) -> Planned:
    (found,) = [act for act in comparison.acts() if act.command == command]
    return found


def why(comparison: Comparison) -> list[str]:
    return [fault.why.code() for item in comparison.items for fault in item.faults]


# New


def test_who_is_not_known_is_registered_and_appointed(group: Group) -> None:
    found = group.compared(row("李伟", "副书记", 手机="139 0000 0001"))
    assert (results(found), acts(found)) == (["new"], ["RegisterPerson", "AppointOffice"])
    registered = the(found, "RegisterPerson").given
    assert (registered["unit"], registered["name"], registered["joined"]) == (FIRST, "李伟", "2011-07")
    assert (registered["phone"], registered["political_status"]) == ("13900000001", "正式党员")
    appointed = the(found, "AppointOffice")
    assert appointed.given["since"] == LONG_AGO
    assert appointed.given["document"] == "1号"
    person = PersonId(appointed.given["person"])
    assert appointed.stream == term_id(person, "deputy_branch_secretary", FIRST, LONG_AGO)


def test_the_same_workbook_means_the_same_people(group: Group) -> None:
    """Who has no staff number gets one that follows from workbook and row: a repeat makes none twice."""
    once, again = (group.compared(row("李伟")) for _ in range(2))
    assert once.acts() == again.acts()


def test_a_staff_number_is_the_person(group: Group) -> None:
    found = group.compared(row("李伟", 工号="A7"))
    assert the(found, "RegisterPerson").stream == person_id("A7")


def test_two_offices_of_one_cell_are_two_appointments(group: Group) -> None:
    found = group.compared(row("李伟", "党支部书记兼工会主席"))
    assert acts(found) == ["RegisterPerson", "AppointOffice", "AppointOffice"]


def test_an_office_that_decides_is_said_to_need_a_second(group: Group) -> None:
    """R13."""
    found = group.compared(row("李伟", "党委委员", 党支部=""))
    assert "needs_second" in found.items[0].notes


def test_an_acting_head_holds_the_office_in_their_own_name(group: Group) -> None:
    """R9."""
    found = group.compared(
        row("李伟", "副书记（主持工作）"), row("王芳(代)", "书记", 党支部="加工二车间党支部")
    )
    appointed = [act.given for act in found.acts() if act.command == "AppointOffice"]
    assert [(a["office"], a["acting"]) for a in appointed] == [
        ("deputy_branch_secretary", False),
        ("branch_secretary", True),
        ("branch_secretary", True),
    ]


def test_a_secondment_ends(group: Group) -> None:
    found = group.compared(row("李伟", 备注="挂职锻炼（至2026年6月）"), row("王芳", 备注="借调"))
    assert [act.given["until"] for act in found.acts() if act.command == "AppointOffice"] == [
        date(2026, 6, 30),
        None,
    ]
    assert "secondment_without_end" not in found.items[0].notes
    assert "secondment_without_end" in found.items[1].notes


def test_an_office_that_has_ended_is_not_entered(group: Group) -> None:
    found = group.compared(row("李伟", 离任时间="2024-01"))
    assert acts(found) == ["RegisterPerson"]


# Known


def known(group: Group, **more: Any) -> PersonId:
    li = group.person(LI, "李伟", **more)
    group.term(li, "organisation_member")
    return li


def test_what_stands_in_both_is_unchanged_whatever_the_spelling(group: Group) -> None:
    known(group)
    found = group.compared(row("李 偉", 党支部=" 加工一車間党支部", 入党时间="２０１１年７月"))
    assert (results(found), acts(found)) == (["unchanged"], [])


def test_a_person_of_the_same_name_and_day_elsewhere_has_moved(group: Group) -> None:
    known(group)
    found = group.compared(row("李伟", "宣传委员", 党支部="加工二车间党支部"))
    assert the(found, "MovePerson") == Planned(1001, "MovePerson", LI, {"unit": SECOND})
    assert "RegisterPerson" not in acts(found)
    assert "moved" in found.items[0].results


def test_who_holds_an_office_in_another_branch_besides_does_not_move(group: Group) -> None:
    known(group)
    found = group.compared(row("李伟"), row("李伟（兼）", 党支部="加工二车间党支部"))
    assert (results(found), acts(found)) == (["unchanged", "new"], ["AppointOffice"])


def test_a_new_number_and_a_better_date_are_changes(group: Group) -> None:
    known(group, phone="13900000001")
    found = group.compared(row("李伟", 手机="13900000002", 入党时间="2011-07-05"))
    assert the(found, "ChangeContact").given == {"phone": "13900000002", "joined": "2011-07-05"}
    assert results(found) == ["changed"]
    assert group.compared(row("李伟", 手机="", 入党时间="2011-07")).acts() == []


def test_a_standing_that_is_written_is_taken_and_one_that_follows_is_not(group: Group) -> None:
    known(group)
    assert acts(group.compared(row("李伟", 政治面貌="预备党员"))) == ["ChangeStanding"]
    assert acts(group.compared(row("李伟"))) == []


# Who it is


def test_without_a_date_of_joining_name_and_branch_are_the_person(group: Group) -> None:
    known(group, joined="")
    assert results(group.compared(row("李伟", 入党时间=""))) == ["unchanged"]


def test_another_day_of_joining_is_another_person(group: Group) -> None:
    known(group)
    found = group.compared(row("李伟", 入党时间="1999-01"))
    assert "RegisterPerson" in acts(found)


def test_a_name_in_another_branch_is_asked_about_and_never_guessed(group: Group) -> None:
    known(group, joined="")
    rows = row("李伟", 党支部="加工二车间党支部", 入党时间="")
    found = group.compared(rows)
    assert (results(found), acts(found), found.items[0].candidates) == (["asked"], [], (LI,))
    same, new, later = (
        group.compared(rows | {"政治面貌": "正式党员"}, options=Options("1号", answers={("名册", 3): answer}))
        for answer in (PersonId(LI), "new", "later")
    )
    assert acts(same) == ["MovePerson", "AppointOffice"]
    assert acts(new) == ["RegisterPerson", "AppointOffice"]
    assert (results(later), acts(later)) == (["left"], [])


def test_two_of_one_name_and_day_are_asked_about(group: Group) -> None:
    known(group)
    group.person(OTHER_LI, "李伟", SECOND)
    assert group.compared(row("李伟")).items[0].candidates == (LI, OTHER_LI)


def test_a_number_that_belongs_to_somebody_of_another_name_is_asked_about(group: Group) -> None:
    li = person_id("A7")
    group.person(li, "李伟")
    found = group.compared(row("李玮", 工号="A7"))
    assert (results(found), found.items[0].candidates) == (["asked"], (li,))
    answered = group.compared(row("李玮", 工号="A7"), options=Options("1号", answers={("名册", 3): li}))
    assert the(answered, "ChangeContact").given == {"name": "李玮"}


def test_two_rows_of_one_name_and_branch_with_two_numbers_are_asked_about(group: Group) -> None:
    one, other = (
        row("李伟", office, 入党时间="", 政治面貌="群众", 手机=phone)
        for office, phone in (("组织委员", "13900000001"), ("宣传委员", "13900000002"))
    )
    assert results(group.compared(one, other)) == ["new", "asked"]
    assert results(group.compared(one, other | {"手机": ""})) == ["new", "new"]


@pytest.mark.parametrize("answer", [PersonId(OTHER_LI), PersonId("nobody")])
def test_an_answer_names_one_who_was_asked_about(group: Group, answer: PersonId) -> None:
    known(group, joined="")
    group.person(OTHER_LI, "王芳")
    with pytest.raises(faults.ImportUnanswered):
        group.compared(
            row("李伟", 党支部="加工二车间党支部", 入党时间=""),
            options=Options("1号", answers={("名册", 3): answer}),
        )
    with pytest.raises(faults.ImportUnanswered):
        group.compared(row("李伟"), options=Options("1号", answers={("名册", 9): answer}))


# Ended, and vacant


def test_who_is_no_longer_in_the_list_is_offered_to_end_and_not_ended(group: Group) -> None:
    term = group.term(known(group), "publicity_member")
    found = group.compared(row("王芳", "宣传委员"), row("李伟"))
    (offer,) = found.offered
    assert (offer.term, offer.ticked, offer.ended_on) == (term, False, TODAY)
    assert "EndOffice" not in acts(found)
    assert found.counts()["ended"] == 1


def test_a_ticked_end_is_taken_with_its_day(group: Group) -> None:
    term = group.term(known(group), "publicity_member")
    ticked = Options("2号", ends=(End(term, date(2026, 2, 1)),))
    found = group.compared(row("王芳", "宣传委员"), row("李伟"), options=ticked)
    ended = the(found, "EndOffice")
    assert (ended.stream, ended.given["ended_on"], ended.given["document"]) == (term, date(2026, 2, 1), "2号")


def test_a_row_that_says_it_has_ended_offers_the_end(group: Group) -> None:
    known(group)
    (offer,) = group.compared(row("李伟", 离任时间="2026-01-15")).offered
    assert offer.ended_on == date(2026, 1, 15)


def test_no_end_is_offered_for_what_the_list_does_not_speak_of(group: Group) -> None:
    li = known(group)
    group.term(li, "clerk")  # of another kind of list
    group.term(li, "organisation_member", SECOND)  # of another branch
    group.term(group.person(OTHER_LI, "赵敏", ELSEWHERE), "organisation_member", ELSEWHERE)
    assert group.compared(row("李伟")).offered == []


def test_no_end_is_offered_of_somebody_whose_row_cannot_be_read(group: Group) -> None:
    known(group)
    found = group.compared(row("李伟", 任职时间="去年"), row("王芳"))
    assert (results(found), found.offered) == (["faulty", "new"], [])


def test_a_tick_names_an_end_that_was_offered(group: Group) -> None:
    term = group.term(known(group), "clerk")
    with pytest.raises(faults.EndNotOffered):
        group.compared(row("李伟"), options=Options("1号", ends=(End(term),)))


def test_a_vacancy_is_a_fact_of_its_own_and_the_predecessors_number_is_nobodys(group: Group) -> None:
    """R10."""
    found = group.compared(row("待补选", "书记", 手机="13900000009", 离任时间="2024-07-30", 备注="长期驻外"))
    assert the(found, "RecordVacancy").given == {
        "office": "branch_secretary",
        "unit": FIRST,
        "since": date(2024, 7, 30),
    }
    assert acts(found) == ["RecordVacancy"]
    assert "13900000009" not in repr(found)


def test_what_is_held_is_not_vacant_unless_the_end_is_ticked(group: Group) -> None:
    li = known(group)
    term = group.term(li, "branch_secretary")
    rows = (row("空缺", "书记"), row("李伟"))
    assert why(group.compared(*rows)) == ["HeldByAnother"]
    found = group.compared(*rows, options=Options("1号", ends=(End(term),)))
    assert (acts(found), the(found, "EndOffice").given["vacant"]) == (["EndOffice"], True)


def test_what_another_row_fills_is_not_vacant(group: Group) -> None:
    found = group.compared(row("空缺", "书记"), row("李伟", "书记"))
    assert (results(found), why(found)) == (["faulty", "new"], ["HeldByAnother"])


# Wrong rows


@pytest.mark.parametrize(
    ("wrong", "rule"),
    [
        (row(""), "CellEmpty"),
        (row("李伟", 任职时间=""), "CellEmpty"),
        (row("李伟", 任职时间="2025.13.1"), "NoSuchDay"),
        (row("李伟", 入党时间="2030-01"), "DayInTheFuture"),
        (row("李伟", "车间主任"), "OfficeNotKnown"),
        (row("李伟", 党支部="没有的党支部"), "UnitNotFound"),
        (row("李伟", 单位="", 党支部=""), "CellEmpty"),
        (row("李伟", 手机="12"), "NumberNotClear"),
        (row("李伟", 邮箱="甲"), "NumberNotClear"),
        (row("李伟", 入党时间=""), "StatusMissing"),
        (row("李伟", 政治面貌="民主人士"), "StatusNotKnown"),
        (row("李伟", 备注="借调（至2019年6月）"), "EndedBeforeBegun"),
        (row("李伟", "督导员"), "NotYoursToAppoint"),
        (row("李伟", "审计人员"), "NotYoursToAppoint"),
    ],
)
def test_a_wrong_row_says_why_and_takes_no_act(group: Group, wrong: dict[str, Any], rule: str) -> None:
    """R13 among them: a party department does not appoint discipline, audit, inspectors, headquarters."""
    found = group.compared(wrong)
    assert (why(found), results(found), acts(found)) == ([rule], ["faulty"], [])


def test_a_fault_names_row_column_value_and_reason(group: Group) -> None:
    (fault,) = group.compared(row("李伟", 任职时间="2025.13.1")).items[0].faults
    assert (fault.sheet, fault.row, fault.column, fault.heading, fault.value) == (
        "名册",
        3,
        "E",
        "任职时间",
        "2025.13.1",
    )


def test_nobody_appoints_themselves_by_a_list(group: Group) -> None:
    """R13, F26."""
    group.person(KEEPER, "周敏")
    assert why(group.compared(row("周敏", "党委委员"))) == ["NobodyAppointsThemselves"]


def test_another_companys_rows_are_out_of_reach(group: Group) -> None:
    """R13: a party department keeps the roster of its own company alone."""
    there = row("李伟", 单位="长河机电有限公司")
    assert why(group.compared(there)) == ["UnitNotFound"]
    found = group.compared(there, office="headquarters", scope=GROUP)
    assert the(found, "RegisterPerson").given["unit"] == ELSEWHERE


def test_somebody_of_another_company_is_not_taken_over(group: Group) -> None:
    group.person(person_id("A7"), "李伟", ELSEWHERE)
    assert why(group.compared(row("李伟", 工号="A7"))) == ["OfAnotherCompany"]


def test_a_name_that_several_units_have_is_not_guessed(group: Group) -> None:
    found = group.compared(row("李伟", 单位=""), office="headquarters", scope=GROUP)
    assert why(found) == ["UnitNotClear"]


def test_a_unit_is_found_by_a_former_name_unless_another_is_called_so_now(group: Group) -> None:
    """Users 3.3, step 8: last month's list still has the name of before."""
    group.events.append(UnitRenamed(FIRST, "加工中心党支部"))
    renamed = group.compared(row("李伟"), row("王芳", 党支部="加工中心党支部"))
    assert {item.acts[0].given["unit"] for item in renamed.items} == {FIRST}
    group.events.append(UnitRenamed(SECOND, "加工一车间党支部"))
    assert the(group.compared(row("李伟")), "RegisterPerson").given["unit"] == SECOND


def test_nobody_is_appointed_whose_own_row_is_wrong(group: Group) -> None:
    rows = [row("李伟", office, 工号="A7", 入党时间="") for office in ("组织委员", "宣传委员")]
    found = group.compared(*rows)
    assert (results(found), acts(found)) == (["faulty", "left"], [])


def test_the_same_row_twice_is_one_appointment(group: Group) -> None:
    assert acts(group.compared(row("李伟"), row("李伟"))) == ["RegisterPerson", "AppointOffice"]


# Units


def list_of(*rows: tuple[str, str, str]) -> workbook.Read:
    columns = ("单位编码", "单位名称", "上级单位编码")
    listed = [dict(zip(columns, each, strict=True)) for each in rows]
    return workbook.read(book(*listed, columns=columns, title="单位"))


def of_units(group: Group, *rows: tuple[str, str, str]) -> Comparison:
    return group.compared_of(list_of(*rows))


def test_units_are_established_from_the_top_however_the_list_is_ordered(group: Group) -> None:
    found = of_units(group, ("N2", "新班组党支部", "N1"), ("N1", "新车间", "C1"))
    assert [act.given["code"] for act in found.acts()] == ["N1", "N2"]
    below = found.acts()[1].given
    assert (below["parent"], below["organisation"], below["kind"]) == (unit_id("N1"), "党支部", "production")
    assert "kind_of_parent" in found.items[0].notes


def test_the_mark_of_a_model_branch_is_not_imported_and_the_rest_of_its_row_is(group: Group) -> None:
    row = {"单位编码": "N1", "单位名称": "新车间党支部", "上级单位编码": "C1", "标志": "远、示范支部"}
    found = group.compared_of(workbook.read(book(row, columns=tuple(row), title="单位")))
    assert the(found, "EstablishUnit").given["marks"] == ["远"]
    assert "model_branch_by_act" in found.items[0].notes


def test_a_unit_without_one_above_stands_below_that_of_who_imports(group: Group) -> None:
    found = of_units(group, ("N1", "新车间", ""))
    assert the(found, "EstablishUnit").given["parent"] == COMPANY
    assert "below_own_unit" in found.items[0].notes


def test_a_unit_is_known_by_its_code_and_renamed_or_moved(group: Group) -> None:
    renamed, moved = ("B1", "加工一车间第一党支部", "C1"), ("B2", "加工二车间党支部", "B1")
    found = of_units(group, renamed, moved, ("C1", "东川能源有限公司", ""))
    assert (results(found), acts(found)) == (["changed", "moved", "unchanged"], ["RenameUnit", "MoveUnit"])


@pytest.mark.parametrize(
    ("rows", "rule"),
    [
        ([("N1", "甲", "N2"), ("N2", "乙", "N1")], "AboveItself"),
        ([("N1", "甲", "N1")], "AboveItself"),
        ([("N1", "甲", "C2")], "UnitNotFound"),
        ([("B3", "甲", "C1")], "EstablishedAlready"),
        ([("N1", "", "C1")], "CellEmpty"),
        ([("N1", "甲", "C1"), ("N1", "乙", "C1")], "CodeTwice"),
    ],
)
def test_a_unit_that_cannot_stand_there_is_not_established(
    group: Group, rows: list[tuple[str, str, str]], rule: str
) -> None:
    found = of_units(group, *rows)
    assert set(why(found)) == {rule}


def test_people_belong_to_units_of_the_same_workbook(group: Group) -> None:
    people = workbook.read(book(row("李伟", 党支部="新班组党支部")))
    listed = list_of(("N1", "新班组党支部", "C1"))
    found = group.compared_of(replace(people, sheets=[*people.sheets, *listed.sheets]))
    assert acts(found) == ["EstablishUnit", "RegisterPerson", "AppointOffice"]
    assert the(found, "RegisterPerson").given["unit"] == unit_id("N1")
    assert COMPANY in {act.given.get("parent") for act in found.acts()}
