"""A list of tasks compared with a project's: new, changed, unchanged, gone; nothing is overwritten."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Literal

from services.projects.domain.project.tasks.adding import PROJECT_POINTS, TaskWeightsExceedHundred
from services.projects.ids import person_id
from services.projects.projections.page.shape import Task
from services.projects.roster import cells
from services.projects.roster.cells import text
from services.projects.roster.comparison import Item, Planned
from services.projects.roster.faults import (
    CellEmpty,
    ImportUnanswered,
    NobodyOfTheName,
    TaskTwice,
    WorkbookTooLarge,
)
from services.projects.roster.table import Line, rows, tables
from services.projects.roster.words import folded
from services.projects.roster.workbook import Sheet
from shared.domain import PersonId

ADDED, ASSIGNED = 0, 1
ROWS_AT_MOST = 300  # each may be two acts of one request
FREE = ("open", "expired")  # tasks that can be given to somebody
Answers = Mapping[tuple[str, int], PersonId | Literal["later"]]


@dataclass(frozen=True, slots=True)
class Standing:
    """The project's tasks as its page has them, and the names of all to whom one may be given."""

    tasks: Mapping[str, Task]
    people: Mapping[PersonId, str]


@dataclass(slots=True)
class TaskItem(Item):
    """A row, the task that it means, and the fields in which it differs from what stands."""

    code: str = ""
    differs: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class TasksCompared:
    """A list beside the project's tasks; `gone` are those that it does not name."""

    items: list[TaskItem]
    gone: list[str]

    def acts(self) -> list[tuple[TaskItem, Planned]]:
        """Of the rows that are right, in their order."""
        return [(item, act) for item in self.items if item.is_right for act in item.acts]


def compare_tasks(sheets: list[Sheet], standing: Standing, answers: Answers) -> TasksCompared:
    """The comparison; NoTableFound, WorkbookTooLarge, ImportUnanswered."""
    comparing = _Comparing(standing, answers)
    lines = [line for table in tables(sheets, ("tasks",)) for line in rows(table)]
    if len(lines) > ROWS_AT_MOST:
        raise WorkbookTooLarge(limit=ROWS_AT_MOST)
    items = [comparing.item(line) for line in lines]
    if unasked := answers.keys() - comparing.asked:
        raise ImportUnanswered(fields=[f"{sheet}!{row}" for sheet, row in sorted(unasked)])
    return TasksCompared(items, [code for code in standing.tasks if code not in comparing.named])


class _Comparing:
    """Takes the rows one by one."""

    def __init__(self, standing: Standing, answers: Answers) -> None:
        self._standing, self._answers = standing, answers
        self._titles = {folded(task["title"]): code for code, task in standing.tasks.items()}
        weights = (Decimal(task["weight"]) for task in standing.tasks.values())
        self._left = PROJECT_POINTS - sum(weights, Decimal(0))
        self.named: set[str] = set()
        self.asked: set[tuple[str, int]] = set()

    def item(self, line: Line) -> TaskItem:
        """What becomes of a row."""
        title = line.read("title", _filled, empty="")
        item = TaskItem(line.sheet, line.row, title, "", faults=line.faults)
        standard = line.read("standard", _filled, empty="")
        due = line.read("due", _last_day, empty=None)
        weight = line.read("weight", cells.points, empty=None)
        item.code = self._code(line, title)
        person = self._person(line, item)
        known = self._standing.tasks.get(item.code)
        if due is not None and weight is not None and not line.faults:
            said = {"title": title, "standard": standard, "due": due, "weight": weight}
            if known is None:
                self._add(line, item, said)
            else:
                item.differs = list(_differences(known, said))
                item.results.add("changed" if item.differs else "unchanged")
            if person is not None:
                self._assign(item, known, person)
        if line.faults:
            item.results.add("faulty")
        return item

    def _code(self, line: Line, title: str) -> str:
        """As the row says; else of the task that is called so; else of the place in the list."""
        said = text(line.value("code"))
        code = said or self._titles.get(folded(title), "") or self._free(line.row)
        if code in self.named:
            line.wrong("code" if said else "title", TaskTwice(got=said or title))
        self.named.add(code)
        self._titles.setdefault(folded(title), code)
        return code

    def _free(self, row: int) -> str:
        number = row
        while (code := f"T{number}") in self._standing.tasks or code in self.named:
            number += 1
        return code

    def _add(self, line: Line, item: TaskItem, said: Mapping[str, Any]) -> None:
        if not 0 < said["weight"] <= self._left:
            line.wrong("weight", TaskWeightsExceedHundred(left=self._left))
            return
        self._left -= said["weight"]
        item.results.add("new")
        item.acts.append(Planned(ADDED, "AddTask", "", {"task": item.code, **said}))

    def _assign(self, item: TaskItem, known: Task | None, person: PersonId) -> None:
        if known is None or (known["state"] in FREE and not known["climbing"]):
            item.acts.append(
                Planned(ASSIGNED, "AssignTask", "", {"task": item.code, "person": person, "consent": False})
            )
        elif known["person"] == person:
            return
        if known is not None:
            item.differs.append("person")
            item.results.add("changed")

    def _person(self, line: Line, item: TaskItem) -> PersonId | None:
        """Whom the row means, by staff number or name; several are asked, nobody is guessed."""
        number = line.read("staff_number", cells.staff_number, empty="")
        said = text(line.value("person"))
        if not number and not said:
            return None
        if number:
            found = [person for person in (person_id(number),) if person in self._standing.people]
        else:
            named = line.read("person", cells.name, empty=None)
            if named is None:
                return None
            found = [p for p, name in self._standing.people.items() if folded(name) == folded(named.name)]
        if not found:
            line.wrong(
                "staff_number" if number else "person", NobodyOfTheName(got=cells.shown(number or said))
            )
            return None
        return found[0] if len(found) == 1 else self._answered(line, item, tuple(found))

    def _answered(self, line: Line, item: TaskItem, found: tuple[PersonId, ...]) -> PersonId | None:
        self.asked.add((line.sheet, line.row))
        item.candidates = found
        answer = self._answers.get((line.sheet, line.row))
        if answer in found:
            return PersonId(answer)
        if answer not in (None, "later"):
            raise ImportUnanswered(fields=[f"{line.sheet}!{line.row}"])
        item.results.add("left" if answer else "asked")
        return None


def _filled(value: Any) -> str:
    said = text(value)
    if not said:
        raise CellEmpty()
    return said


def _last_day(value: Any) -> date:
    """Of a month its last day."""
    _filled(value)
    return cells.day(value).last


def _differences(known: Task, said: Mapping[str, Any]) -> Iterable[str]:
    for name in ("title", "standard"):
        if folded(str(known[name])) != folded(said[name]):
            yield name
    if known["due"] != said["due"].isoformat():
        yield "due"
    if Decimal(known["weight"]) != said["weight"]:
        yield "weight"
