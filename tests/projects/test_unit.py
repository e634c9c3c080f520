"""Units stand in one tree, from establishment to dissolution."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from services.projects.domain.body import next_regular
from services.projects.domain.project.deadlines import DayNotOver
from services.projects.domain.unit import UNIT
from services.projects.domain.unit.ending import (
    AboveEndsToo,
    CeaseUnit,
    DissolutionWithdrawn,
    DissolveUnit,
    NoDissolutionAhead,
    UnitCeased,
    UnitDissolved,
    UnitsStillBelow,
    UnitSucceedsItself,
    WithdrawDissolution,
)
from services.projects.domain.unit.particulars import (
    CalendarSet,
    CalendarWithoutWork,
    ExplainNoProject,
    JointUnitsNamed,
    LastDayHasPassed,
    ModelBranchNamed,
    NameJointUnits,
    NameModelBranch,
    NoProjectExplained,
    NoSuchTimeZone,
    NotAJointBranch,
    OnlyABranchIsAModel,
    OnlyThisYearOrLast,
    RhythmSet,
    SetCalendar,
    SetRhythm,
)
from services.projects.domain.unit.state import UnitIsNotInForce
from services.projects.domain.unit.tree import (
    EstablishedAlready,
    EstablishUnit,
    GroupEstablishedAlready,
    MarkUnit,
    ModelBranchIsNamed,
    MoveUnit,
    RenameUnit,
    UnitEstablished,
    UnitMoved,
    UnitRenamed,
    UnitUnderItself,
)
from shared.domain import Calendar, Incomplete, Rhythm
from tests.projects.people import BRANCH, COMPANY, GROUP, TODAY, department, headquarters
from tests.support.given import given

ESTABLISH = EstablishUnit(
    headquarters(),
    COMPANY,
    "C1",
    "第一公司",
    GROUP,
    "production",
    "所属单位党委",
    ("远",),
    True,
    True,
    60,
    GROUP,
    parent_in_force=True,
)
ESTABLISHED = UnitEstablished(
    COMPANY, "C1", "第一公司", GROUP, "production", "所属单位党委", ("远",), True, True, 60
)
DISSOLVE = DissolveUnit(headquarters(), COMPANY, TODAY, GROUP, "集团〔2026〕1号", units_below=0)
DISSOLVED = UnitDissolved(COMPANY, TODAY, GROUP, "集团〔2026〕1号")


def test_a_code_is_established_once_even_after_dissolution() -> None:
    given(UNIT).when(ESTABLISH).then(ESTABLISHED)
    given(UNIT, ESTABLISHED).when(ESTABLISH).then_refused(EstablishedAlready)
    given(UNIT, ESTABLISHED, DISSOLVED).when(ESTABLISH).then_refused(EstablishedAlready)


def test_there_is_one_group() -> None:
    second = replace(ESTABLISH, parent=None)
    given(UNIT).when(second).then_refused(GroupEstablishedAlready)
    given(UNIT).when(replace(second, group=None)).then(replace(ESTABLISHED, parent=None))


def test_a_unit_needs_code_name_and_kind() -> None:
    given(UNIT).when(replace(ESTABLISH, name=" ", kind="")).then_refused(Incomplete, missing=["name", "kind"])
    given(UNIT, ESTABLISHED).when(RenameUnit(department(), COMPANY, " ", "")).then_refused(
        Incomplete, missing=["name"]
    )


def test_a_unit_is_renamed_and_moved_by_a_document() -> None:
    rename = RenameUnit(headquarters(), COMPANY, "第一工程公司", "〔2026〕2号")
    given(UNIT, ESTABLISHED).when(rename).then(UnitRenamed(COMPANY, "第一工程公司", "〔2026〕2号"))
    move = MoveUnit(headquarters(), COMPANY, GROUP, "〔2026〕3号", above_parent=(), parent_in_force=True)
    given(UNIT, ESTABLISHED).when(move).then(UnitMoved(COMPANY, GROUP, "〔2026〕3号"))


def test_a_unit_stands_below_one_that_is_in_force() -> None:
    given(UNIT).when(replace(ESTABLISH, parent_in_force=False)).then_refused(UnitIsNotInForce)
    nowhere = MoveUnit(headquarters(), COMPANY, BRANCH, "", above_parent=(), parent_in_force=False)
    given(UNIT, ESTABLISHED).when(nowhere).then_refused(UnitIsNotInForce)


def test_no_unit_stands_below_itself() -> None:
    below_its_branch = MoveUnit(
        headquarters(), COMPANY, BRANCH, "", above_parent=(COMPANY, GROUP), parent_in_force=True
    )
    given(UNIT, ESTABLISHED).when(below_its_branch).then_refused(UnitUnderItself)
    given(UNIT).when(replace(ESTABLISH, parent=COMPANY)).then_refused(UnitUnderItself)


def test_dissolution_goes_from_the_leaves_up_and_names_a_successor() -> None:
    given(UNIT, ESTABLISHED).when(DISSOLVE).then(DISSOLVED)
    given(UNIT, ESTABLISHED).when(replace(DISSOLVE, units_below=2)).then_refused(UnitsStillBelow, count=2)
    given(UNIT, ESTABLISHED).when(replace(DISSOLVE, successor=COMPANY)).then_refused(UnitSucceedsItself)
    given(UNIT, ESTABLISHED, DISSOLVED).when(DISSOLVE).then_refused(UnitIsNotInForce)


def test_a_dissolution_takes_effect_on_its_day_once() -> None:
    """R70: at once where that day has come."""
    ceased, last = UnitCeased(COMPANY, TODAY), TODAY - timedelta(1)
    established, dissolved = given(UNIT, ESTABLISHED), given(UNIT, ESTABLISHED, DISSOLVED)
    established.when(replace(DISSOLVE, today=last)).then(DISSOLVED)
    established.when(replace(DISSOLVE, today=TODAY)).then(DISSOLVED, ceased)
    dissolved.when(CeaseUnit(None, COMPANY, last, last)).then_refused(DayNotOver, due=last)
    dissolved.when(CeaseUnit(None, COMPANY, last, TODAY)).then(ceased)
    again = given(UNIT, ESTABLISHED, DISSOLVED, ceased)
    again.when(CeaseUnit(None, COMPANY, last, TODAY)).then_refused(UnitIsNotInForce)
    established.when(CeaseUnit(None, COMPANY, last, TODAY)).then_refused(UnitIsNotInForce)


def test_a_dissolution_is_withdrawn_until_its_day_and_the_unit_goes_on() -> None:
    """R70: what has taken effect stands."""
    withdraw = WithdrawDissolution(
        headquarters(), COMPANY, "合并方案撤回", "集团〔2026〕5号", over=False, parent_in_force=True
    )
    withdrawn = DissolutionWithdrawn(COMPANY, "合并方案撤回", "集团〔2026〕5号")
    announced = given(UNIT, ESTABLISHED, DISSOLVED)
    announced.when(withdraw).then(withdrawn)
    announced.when(replace(withdraw, over=True)).then_refused(NoDissolutionAhead)
    announced.when(replace(withdraw, parent_in_force=False)).then_refused(AboveEndsToo)
    announced.when(replace(withdraw, reason=" ", document="")).then_refused(
        Incomplete, missing=["reason", "document"]
    )
    given(UNIT, ESTABLISHED).when(withdraw).then_refused(NoDissolutionAhead)
    ceased = given(UNIT, ESTABLISHED, DISSOLVED, UnitCeased(COMPANY, TODAY))
    ceased.when(withdraw).then_refused(NoDissolutionAhead)
    goes_on = given(UNIT, ESTABLISHED, DISSOLVED, withdrawn)
    goes_on.when(withdraw).then_refused(NoDissolutionAhead)
    goes_on.when(CeaseUnit(None, COMPANY, TODAY - timedelta(1), TODAY)).then_refused(UnitIsNotInForce)
    goes_on.when(DISSOLVE).then(DISSOLVED)


def test_a_year_without_a_project_has_a_reason() -> None:
    """R66."""
    explain = ExplainNoProject(department(), COMPANY, 2026, "", "全员抢修，推迟到明年", TODAY)
    told = NoProjectExplained(COMPANY, 2026, "", "全员抢修，推迟到明年")
    established = given(UNIT, ESTABLISHED)
    established.when(explain).then(told)
    established.when(replace(explain, reason=" ")).then_refused(Incomplete, missing=["reason"])
    exempt = replace(explain, exempt="撤并中", reason="")
    given(UNIT, ESTABLISHED, told).when(exempt).then(NoProjectExplained(COMPANY, 2026, "撤并中", ""))
    given(UNIT, ESTABLISHED, DISSOLVED).when(explain).then_refused(UnitIsNotInForce)


def test_a_reason_is_given_in_its_year_or_the_next() -> None:
    explain = ExplainNoProject(department(), COMPANY, TODAY.year - 1, "", "机组大修", TODAY)
    given(UNIT, ESTABLISHED).when(explain).then(NoProjectExplained(COMPANY, TODAY.year - 1, "", "机组大修"))
    for year in (TODAY.year + 1, TODAY.year - 2, -(10**12)):
        given(UNIT, ESTABLISHED).when(replace(explain, year=year)).then_refused(OnlyThisYearOrLast)


def test_a_successor_is_in_force() -> None:
    """R70."""
    given(UNIT, ESTABLISHED).when(replace(DISSOLVE, successor_in_force=False)).then_refused(UnitIsNotInForce)


def test_a_joint_branch_names_its_administrative_units() -> None:
    """R71."""
    name = NameJointUnits(department(), COMPANY, (BRANCH, GROUP, BRANCH), is_joint=True)
    given(UNIT, ESTABLISHED).when(name).then(JointUnitsNamed(COMPANY, (BRANCH, GROUP)))
    given(UNIT, ESTABLISHED).when(replace(name, is_joint=False)).then_refused(NotAJointBranch)
    none = replace(name, units=(), is_joint=False)
    given(UNIT, ESTABLISHED, JointUnitsNamed(COMPANY, (BRANCH,))).when(none).then(
        JointUnitsNamed(COMPANY, ())
    )


def test_a_model_branch_is_named_by_somebody_by_a_document_until_a_day() -> None:
    name = NameModelBranch(department(), COMPANY, "集团党委", "15号", TODAY, is_branch=True, today=TODAY)
    branch = given(UNIT, ESTABLISHED)
    branch.when(name).then(ModelBranchNamed(COMPANY, "集团党委", "15号", TODAY))
    branch.when(replace(name, is_branch=False)).then_refused(OnlyABranchIsAModel)
    branch.when(replace(name, given_by=" ", document="")).then_refused(
        Incomplete, missing=["given_by", "document"]
    )
    branch.when(replace(name, until=TODAY - timedelta(days=1))).then_refused(LastDayHasPassed)


def test_no_other_act_marks_a_model_branch() -> None:
    marks = ("远", "示范支部")
    given(UNIT).when(replace(ESTABLISH, marks=marks)).then_refused(ModelBranchIsNamed)
    mark = MarkUnit(department(), COMPANY, "production", "党支部", marks, True, 9)
    given(UNIT, ESTABLISHED).when(mark).then_refused(ModelBranchIsNamed)


def test_how_often_a_body_meets_is_said_of_each() -> None:
    """R32."""
    rhythm = Rhythm("two_weeks", date(2026, 1, 13))
    set_it = SetRhythm(department(), COMPANY, "party_committee", rhythm, "8号")
    given(UNIT, ESTABLISHED).when(set_it).then(RhythmSet(COMPANY, "party_committee", rhythm, "8号"))
    given(UNIT).when(set_it).then_refused(UnitIsNotInForce)


@pytest.mark.parametrize(
    ("rhythm", "regular"),
    [
        (Rhythm(), date(2026, 7, 1)),
        (Rhythm("quarter"), date(2026, 9, 1)),
        (Rhythm("week", date(2026, 5, 26)), date(2026, 6, 2)),
        (Rhythm("two_weeks", date(2026, 5, 25)), date(2026, 6, 8)),
        (Rhythm("two_weeks", date(2026, 7, 7)), date(2026, 6, 9)),
        (Rhythm("month", date(2026, 1, 31)), date(2026, 6, 30)),
        (Rhythm("month", date(2026, 1, 1)), date(2026, 7, 1)),
        (Rhythm("quarter", date(2026, 12, 15)), date(2026, 6, 15)),
        (Rhythm("month", date(9999, 12, 31)), date(2026, 6, 30)),
    ],
)
def test_the_next_regular_meeting_follows_from_one_of_them(rhythm: Rhythm, regular: date) -> None:
    """R32: as seen on the first of June 2026."""
    assert next_regular(rhythm, date(2026, 6, 1)) == regular
    assert next_regular(rhythm, date.max) == date.max


def test_a_unit_has_working_days_and_a_time_zone_of_its_own() -> None:
    """R38."""
    luanda = Calendar("Africa/Luanda", chinese=False, off=(date(2026, 11, 11),))
    set_it = SetCalendar(department(), COMPANY, luanda, "12号", zone_known=True)
    established = given(UNIT, ESTABLISHED)
    established.when(set_it).then(CalendarSet(COMPANY, luanda, "12号"))
    established.when(replace(set_it, calendar=None)).then(CalendarSet(COMPANY, None, "12号"))
    established.when(replace(set_it, zone_known=False)).then_refused(NoSuchTimeZone)
    for wrong in ({"rest": tuple(range(7))}, {"rest": (7,)}, {"on": luanda.off}, {"off": luanda.off * 2}):
        calendar = replace(luanda, **wrong)
        established.when(replace(set_it, calendar=calendar)).then_refused(CalendarWithoutWork)
