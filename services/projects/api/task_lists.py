"""Lists of tasks from a workbook: an empty one, a comparison without any act, and the import of it."""

from __future__ import annotations

import base64
from collections import Counter
from dataclasses import dataclass, replace
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, Field
from starlette.responses import Response

from services.projects.api.hidden import refuse_on_project
from services.projects.api.on_project import take_on_project
from services.projects.api.project_acts import ACTS
from services.projects.api.roster import apart, file_of
from services.projects.api.roster_answers import FaultShown, Packed, said
from services.projects.domain.project import PROJECT
from services.projects.domain.project.state import require
from services.projects.domain.project.tasks import AddTask, AssignTask
from services.projects.parts import Parts, parts_of
from services.projects.projections.page import page_of
from services.projects.roster import giving_back, workbook
from services.projects.roster.comparison import WEIGHT
from services.projects.roster.faults import Fault, RosterHasErrors
from services.projects.roster.tasks_compared import Standing, TaskItem, TasksCompared, compare_tasks
from shared.acts import chosen_office
from shared.codec import canonical
from shared.domain import OfficeId, PersonId, Refusal
from shared.folding import fold
from shared.sentences import Language
from shared.sheets import XLSX
from shared.signed_in import SignedIn
from shared.web import Body, Posted, Sending, Sent, language

OFFERED = {act.command.__name__: (act, act.body()) for act in ACTS if act.command in (AddTask, AssignTask)}
ADD, _ = OFFERED[AddTask.__name__]

router = APIRouter(tags=["project acts"])


class Meant(Body):
    """Whom a row means that may be several people: a candidate's id, or `later`: the row is left out."""

    sheet: str = Field(max_length=100)
    row: int = Field(ge=1)
    person: str = Field(max_length=40)


class TaskList(Body):
    """A workbook with a list of tasks, and what is said along with it."""

    workbook: Packed = Field(description="An .xlsx or a CSV in base64; nothing of it is kept")
    answers: list[Meant] = Field([], max_length=300)
    rows: Literal["all", "right"] = Field(
        "all", description="`all`: nothing unless all rows are right; `right`: those that are"
    )
    why: str = ""


class PersonMeant(BaseModel):
    """Somebody whom a row may mean."""

    person: PersonId
    name: str


class TaskRow(BaseModel):
    """A row, the task that it means, and what becomes of it."""

    sheet: str
    row: int
    code: str
    title: str
    result: str
    differs: list[str] = Field(description="Fields in which it differs from what stands; that stays")
    faults: list[FaultShown]
    candidates: list[PersonMeant]
    acts: list[str]


class TaskListCompared(BaseModel):
    """The list beside the project's tasks, and the workbook with what became of each row and why not."""

    counts: dict[str, int]
    rows: list[TaskRow]
    gone: list[str] = Field(description="Codes of tasks that the list does not name; they stay")
    taken: int = Field(description="Acts that were taken; none by a comparison")
    workbook: str = Field(description="In base64")


@dataclass(frozen=True, slots=True)
class _Looked:
    read: workbook.Read
    standing: Standing
    comparison: TasksCompared


Chosen = Annotated[OfficeId | None, Depends(chosen_office)]


@router.get("/task-list-template", response_class=Response, responses={200: {"content": {XLSX: {}}}})
async def task_list_template(person: SignedIn) -> Response:
    """A clean workbook to fill in."""
    return file_of(await apart(giving_back.task_template), XLSX, "tasks.xlsx")


@router.post("/projects/{project}/compare-task-list")
async def compare_task_list(
    request: Request, project: UUID, body: Posted[TaskList], person: SignedIn, chosen: Chosen
) -> TaskListCompared:
    """What an import would do, row by row: a dry run."""
    looked = await _looked(parts_of(request), project, body, person, chosen)
    return await _told(looked, 0, language(request))


@router.post("/projects/{project}/import-task-list")
async def import_task_list(
    request: Request, project: UUID, body: Posted[TaskList], sent: Sending, person: SignedIn, chosen: Chosen
) -> TaskListCompared:
    """Add the tasks that are new, and give those that are nobody's to whom the list names.

    Nothing is done where `rows` is `all` and a row is faulty or asked about. The same list again finds
    its tasks unchanged.
    """
    parts = parts_of(request)
    looked = await _looked(parts, project, body, person, chosen)
    wrong = [item for item in looked.comparison.items if not item.is_right]
    if wrong and body.rows == "all":
        raise RosterHasErrors(count=len(wrong))
    taken = await _taken(parts, project, looked.comparison, body, person, chosen, sent)
    return await _told(looked, taken, language(request))


async def _looked(
    parts: Parts, project: UUID, body: TaskList, person: PersonId, chosen: OfficeId | None
) -> _Looked:
    await refuse_on_project(parts, ADD, project, body, person, chosen)
    stream = await parts.ledgers.read_stream(project)
    state, page = fold(PROJECT, stream), page_of(stream)
    require(state, "in_implementation")
    assert page is not None, "it is carried out"
    people = {*parts.organisation.members_of(state.unit), *state.team, state.lead}
    names = {known: name for known in sorted(people) if (name := parts.names(known))}
    standing = Standing(page["tasks"], names)
    answers = {(a.sheet, a.row): _meant(a.person) for a in body.answers}
    read = await apart(workbook.read, body.workbook)
    return _Looked(read, standing, await apart(compare_tasks, read.sheets, standing, answers))


def _meant(said_of: str) -> PersonId | Literal["later"]:
    return "later" if said_of == "later" else PersonId(said_of)


async def _taken(
    parts: Parts,
    project: UUID,
    comparison: TasksCompared,
    body: TaskList,
    person: PersonId,
    chosen: OfficeId | None,
    sent: Sent,
) -> int:
    """How many acts were taken; what refuses one is noted at its row, of which no other is tried."""
    taken = 0
    for item, planned in comparison.acts():
        if not item.is_right:
            continue
        act, asks = OFFERED[planned.command]
        given = asks.model_validate_json(canonical(planned.given | {"why": body.why}))
        one = replace(sent, key=f"{sent.key}/{planned.command}/{item.code}", expected_version=None)
        try:
            await take_on_project(parts, act, project, given, person, chosen, one)
            taken += 1
        except Refusal as refusal:
            item.results.add("faulty")
            item.faults.append(Fault(item.sheet, item.row, "", "", "", refusal))
    return taken


async def _told(looked: _Looked, taken: int, said_in: Language) -> TaskListCompared:
    items = looked.comparison.items
    back = await apart(giving_back.given_back, looked.read, items, said_in, ("tasks",))
    counts = Counter(str(item.result) for item in items)
    return TaskListCompared(
        counts={result: counts[result] for result in WEIGHT if counts[result]},
        rows=[_row(item, looked.standing, said_in) for item in items],
        gone=looked.comparison.gone,
        taken=taken,
        workbook=base64.b64encode(back).decode(),
    )


def _row(item: TaskItem, standing: Standing, said_in: Language) -> TaskRow:
    return TaskRow(
        sheet=item.sheet,
        row=item.row,
        code=item.code,
        title=item.name,
        result=item.result,
        differs=item.differs,
        faults=[
            FaultShown(column=f.column, heading=f.heading, value=f.value, **said(f.why, said_in))
            for f in item.faults
        ],
        candidates=[PersonMeant(person=p, name=standing.people[p]) for p in item.candidates],
        acts=[act.command for act in item.acts],
    )
