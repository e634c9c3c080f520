"""A list of tasks from a workbook: compared row by row, asked where it is not clear, taken as acts."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest

from services.projects.domain.project.tasks import TaskWeightsExceedHundred
from services.projects.ids import person_id
from services.projects.projections.page.shape import Task
from services.projects.roster import workbook
from services.projects.roster.faults import (
    CellEmpty,
    ImportUnanswered,
    NameNotClear,
    NobodyOfTheName,
    NoSuchDay,
    NoTableFound,
    NumberNotClear,
    TaskTwice,
    WorkbookTooLarge,
)
from services.projects.roster.giving_back import task_template
from services.projects.roster.tasks_compared import Answers, Standing, TasksCompared, compare_tasks
from shared.domain import PersonId, Refusal
from tests.projects.a_desk import APPROVAL, HERE, NAMES, Desk
from tests.projects.a_group import person
from tests.projects.a_roster import book, opened

COLUMNS = ("任务名称", "完成标准", "完成时限", "分值", "责任人")
SECRETARY = "secretary of the branch"
FITTER, WELDER, NAMESAKE = PersonId("fitter"), PersonId("welder"), PersonId("namesake")
PEOPLE = {FITTER: "张伟", WELDER: "王芳", NAMESAKE: "王芳", person_id("1007"): "赵敏"}
ROW = {"任务名称": "编制标准", "完成标准": "班组签认", "完成时限": "2026-04-30", "分值": 30, "责任人": "张伟"}


def a_list(*rows: Mapping[str, Any]) -> bytes:
    return book(*rows, title="任务", columns=COLUMNS)


def compared(
    *rows: Mapping[str, Any], tasks: Mapping[str, Any] | None = None, answers: Answers | None = None
) -> TasksCompared:
    standing = Standing(tasks or {}, PEOPLE)
    return compare_tasks(workbook.read(a_list(*rows)).sheets, standing, answers or {})


def standing(**differently: Any) -> dict[str, Task]:
    task: Any = {"title": "编制标准", "standard": "班组签认", "due": "2026-04-30", "weight": "30"}
    task |= {"state": "open", "person": None, "climbing": False}
    return {"T1": task | differently}


def test_a_new_task_is_added_and_given_to_whom_the_row_names() -> None:
    found = compared(ROW)
    (item,) = found.items
    assert (item.result, item.code, found.gone) == ("new", "T3", [])
    assert [(act.command, act.given["task"]) for act in item.acts] == [
        ("AddTask", "T3"),
        ("AssignTask", "T3"),
    ]
    assert item.acts[0].given["due"] == date(2026, 4, 30)
    assert item.acts[1].given["person"] == FITTER


def test_the_noise_of_real_lists_is_read() -> None:
    noisy = {
        "任务名称": " 編制標準 ",
        "完成标准": "班組簽認",
        "完成时限": "２０２６年４月",
        "分值": "３０分",
        "责任人": "张  伟（组长 Zhang）".replace("组长 ", ""),
    }
    (item,) = compared(noisy, tasks=standing(person=FITTER, state="held")).items
    assert (item.result, item.faults, item.acts, item.differs) == ("unchanged", [], [], [])


def test_what_stands_is_told_and_not_overwritten() -> None:
    found = compared(
        ROW | {"分值": 25, "完成时限": "2026-05-31"}, tasks=standing(person=FITTER, state="held")
    )
    assert (found.items[0].result, found.items[0].differs, found.items[0].acts) == (
        "changed",
        ["due", "weight"],
        [],
    )


def test_a_task_that_is_nobodys_is_given_to_whom_the_row_names() -> None:
    (item,) = compared(ROW, tasks=standing()).items
    assert ([act.command for act in item.acts], item.differs) == (["AssignTask"], ["person"])


@pytest.mark.parametrize("held", [{"state": "held", "person": WELDER}, {"climbing": True}], ids=str)
def test_a_task_of_another_and_a_climbing_item_are_given_to_nobody(held: dict[str, Any]) -> None:
    """R39: nobody is given a climbing item without consent."""
    (item,) = compared(ROW, tasks=standing(**held)).items
    assert (item.result, item.acts, item.differs) == ("changed", [], ["person"])


def test_a_task_that_the_list_does_not_name_is_told_and_stays() -> None:
    found = compared(ROW | {"任务名称": "开线点检"}, tasks=standing())
    assert (found.gone, [act.command for _, act in found.acts()]) == (["T1"], ["AddTask", "AssignTask"])


def test_of_two_with_one_name_it_is_asked_and_nobody_guessed() -> None:
    """R14."""
    row = ROW | {"责任人": "王芳"}
    (item,) = compared(row).items
    assert (item.result, item.candidates, item.is_right) == ("asked", (WELDER, NAMESAKE), False)
    (item,) = compared(row, answers={("任务", 3): NAMESAKE}).items
    assert (item.result, item.acts[1].given["person"]) == ("new", NAMESAKE)
    found = compared(row, answers={("任务", 3): "later"})
    assert (found.items[0].result, found.acts()) == ("left", [])


@pytest.mark.parametrize(("row", "answer"), [(4, NAMESAKE), (3, FITTER)])
def test_an_answer_to_what_is_not_asked_is_refused(row: int, answer: PersonId) -> None:
    with pytest.raises(ImportUnanswered):
        compared(ROW | {"责任人": "王芳"}, answers={("任务", row): answer})


def test_a_staff_number_goes_before_the_name() -> None:
    """R14."""
    (item,) = compared(ROW | {"责任人": "王芳", "员工编号": 1007}).items
    assert item.acts[1].given["person"] == person_id("1007")


@pytest.mark.parametrize(
    ("cell", "column", "why"),
    [
        ({"完成标准": None}, "B", CellEmpty),
        ({"完成时限": "2026.13.1"}, "C", NoSuchDay),
        ({"分值": "较高"}, "D", NumberNotClear),
        ({"分值": None}, "D", CellEmpty),
        ({"分值": 100.5}, "D", TaskWeightsExceedHundred),
        ({"责任人": "孙立"}, "E", NobodyOfTheName),
        ({"责任人": "张伟、王芳"}, "E", NameNotClear),
    ],
    ids=str,
)
def test_a_fault_is_named_by_row_column_and_value(
    cell: dict[str, Any], column: str, why: type[Refusal]
) -> None:
    found = compared(ROW | cell)
    (fault,) = found.items[0].faults
    assert (fault.row, fault.column, type(fault.why)) == (3, column, why)
    assert (found.items[0].result, found.acts()) == ("faulty", [])


def test_a_task_stands_once_and_all_weigh_a_hundred_at_most() -> None:
    found = compared(ROW, ROW, ROW | {"任务名称": "开线点检", "分值": 71})
    assert [item.result for item in found.items] == ["new", "faulty", "faulty"]
    assert [type(item.faults[0].why) for item in found.items[1:]] == [TaskTwice, TaskWeightsExceedHundred]


def test_what_is_no_list_of_tasks_or_too_long_is_refused() -> None:
    with pytest.raises(NoTableFound):
        compare_tasks(workbook.read(book({"姓名": "李伟"})).sheets, Standing({}, {}), {})
    with pytest.raises(WorkbookTooLarge):
        compared(*[ROW | {"任务名称": f"任务{n}", "分值": "0.1"} for n in range(301)])


def test_the_template_is_a_list_without_rows() -> None:
    read = workbook.read(task_template())
    assert compare_tasks(read.sheets, Standing({}, {}), {}).items == []
    assert [sheet.title for sheet in read.sheets] == ["任务清单"]


async def test_a_list_is_tried_imported_given_back_and_changes_nothing_twice(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(NAMES, person("member of the branch"), "王芳")
    good = ROW | {"责任人": "王芳"}
    bad = ROW | {"任务名称": "开线点检", "完成时限": "2026.13.1"}
    body: dict[str, Any] = {"workbook": base64.b64encode(a_list(good, bad)).decode()}
    await desk.house.does(*APPROVAL[:-1])
    early = await desk.post(SECRETARY, "compare-task-list", **body)
    assert (early.status_code, early.json()["code"]) == (409, "NotInImplementation")
    await desk.house.does(APPROVAL[-1])

    tried = (await desk.post(SECRETARY, "compare-task-list", **body)).json()
    assert (tried["counts"], tried["taken"]) == ({"faulty": 1, "new": 1}, 0)
    back = opened(base64.b64decode(tried["workbook"])).worksheets[0]
    assert [back.cell(2, at).value for at in (6, 7)] == ["处理结果", "错误原因"]
    assert "2026.13.1" in str(back.cell(4, 7).value)

    refused = await desk.post(SECRETARY, "import-task-list", **body)
    assert refused.json()["code"] == "RosterHasErrors"
    stranger = await desk.post("member of the branch", "import-task-list", rows="right", **body)
    assert stranger.status_code == 403
    done = (await desk.post(SECRETARY, "import-task-list", rows="right", **body)).json()
    assert done["taken"] == 2
    again = (await desk.post(SECRETARY, "import-task-list", rows="right", **body)).json()
    assert (again["taken"], again["counts"]) == (0, {"faulty": 1, "unchanged": 1})
    tasks = (await desk.read(SECRETARY, HERE))["project"]["tasks"]
    held = ("编制标准", "held", person("member of the branch"))
    assert [(task["title"], task["state"], task["person"]) for task in tasks.values()] == [held]
    template = await desk.ask(SECRETARY, "/api/projects/task-list-template")
    assert opened(template.content).worksheets[0].cell(1, 2).value == "任务*"
