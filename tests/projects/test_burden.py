"""What branches are asked to fill in is counted from what happened, and told to who asks and is asked."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import yaml

import services.projects
from services.projects.domain.project.content import Indicator
from services.projects.domain.project.pause import ResumeProject, SuspendProject
from services.projects.domain.project.termination import TerminateProject
from services.projects.projections.burden import EXPLANATION, FULL_FORM, SIMPLE_FORM, asks_of
from services.projects.projections.page import Page
from shared.domain import UnitId
from tests.projects.a_desk import APPROVAL, Desk
from tests.projects.a_group import appointed, registered, unit
from tests.projects.a_project import (
    DRAFT,
    GROUP,
    MAY,
    PRECHECKER,
    REWORK,
    Project,
    a_draft,
    approved,
    finished,
    in_closing,
    nothing,
    submitted,
)
from tests.projects.lived import HOUSE, page_after
from tests.projects.test_approval import RETURN
from tests.projects.test_deadlines import EXPLAIN
from tests.projects.test_supervision import found
from tests.support.recorded import recorded

BURDEN = "/api/projects/burden"
FAR, NEAR, SHOP, LINE = (UnitId(str(UUID(int=n))) for n in range(21, 25))


def asked(project: Project) -> dict[str, dict[int, int]]:
    """Fields by kind and month of the year."""
    return of_page(page_after(project))


def of_page(page: Page) -> dict[str, dict[int, int]]:
    told: dict[str, dict[int, int]] = {}
    for row in asks_of(HOUSE, page).values():
        told.setdefault(row["kind"], {})[row["month"].month] = row["fields"]
    return told


# -- what is asked --------------------------------------------------------------------------------


def test_a_proposal_asks_for_the_fields_of_its_form() -> None:
    forms = Path(services.projects.__path__[0]) / "default" / "forms.yaml"
    shipped = yaml.safe_load(forms.read_text("utf-8"))
    simple = len(shipped["simple_proposal"])
    assert (simple, simple + len(shipped["full_proposal_adds"])) == (SIMPLE_FORM, FULL_FORM)
    assert asked(nothing.after(DRAFT)) == {"proposal": {1: FULL_FORM}}
    page = page_after(a_draft)
    page["content"]["simple"] = True
    assert of_page(page) == {"proposal": {1: SIMPLE_FORM}}


def test_each_change_that_is_asked_for_is_a_field() -> None:
    assert asked(submitted.after(RETURN))["change"] == {1: len(RETURN.changes)}


@pytest.mark.parametrize(
    ("moment", "month"),
    [("2026-01-31T15:59:00.000000Z", 1), ("2026-01-31T16:00:00.000000Z", 2)],
    ids=["before midnight", "at midnight"],
)
def test_what_is_asked_on_the_eve_of_a_month_is_of_the_month_that_the_house_has(
    moment: str, month: int
) -> None:
    """R38: a day ends at midnight of the house, which is not that of UTC."""
    page = page_after(submitted.after(RETURN)) | {"drafted_at": moment}
    page["required_changes"] = [change | {"asked_at": moment} for change in page["required_changes"]]
    explained: Any = {"subject": "milestone", "code": "M1", "due": "2026-05-31", "person": "secretary"}
    page["explanations"] = [explained | {"reason": "雨", "next_steps": "赶工", "at": moment}]
    assert of_page(page) == {
        "proposal": {month: FULL_FORM},
        "change": {month: len(RETURN.changes)},
        "explanation": {month: EXPLANATION},
    }


def test_a_milestone_is_asked_for_once_and_a_figure_each_month_of_the_plan() -> None:
    told = asked(approved)
    assert told["milestone"] == {5: 1, 8: 1}
    assert told["reading"] == dict.fromkeys(range(1, 9), 2)  # two figures, approved in January


@pytest.mark.parametrize(
    ("rhythm", "months"),
    [("quarter", (3, 6, 9)), ("half_year", (6, 12)), ("once", (8,))],
    ids=str,
)
def test_a_figure_is_asked_for_when_its_period_is_over(rhythm: Any, months: tuple[int, ...]) -> None:
    """R41."""
    figure: Indicator = replace(REWORK, rhythm=rhythm)
    page = page_after(approved)
    page["indicators"] = {"rework": page["indicators"]["rework"] | {"rhythm": figure.rhythm}}
    assert of_page(page)["reading"] == dict.fromkeys(months, 1)


def test_a_task_a_finding_an_explanation_and_the_report_are_asked_for() -> None:
    assert asked(finished)["task"] == {4: 1}
    assert asked(found)["finding"] == {3: 4}
    assert asked(approved.after(EXPLAIN))["explanation"] == {1: 2}
    closing = asked(in_closing)
    assert closing["closing_report"] == {9: 4}
    assert closing["reading"] == dict.fromkeys(range(1, 9), 2)


def test_nothing_is_asked_after_the_end_and_no_figure_in_a_pause() -> None:
    """R43."""
    ended = asked(approved.after(TerminateProject(PRECHECKER, "停产", today=MAY)))
    assert (ended["milestone"], ended["reading"]) == ({5: 1}, dict.fromkeys(range(1, 6), 2))
    paused = asked(approved.after(SuspendProject(PRECHECKER, "检修", today=MAY)))
    assert paused["reading"] == dict.fromkeys(range(1, 6), 2)


def test_no_figure_of_a_pause_that_is_over_is_asked_for_after_it() -> None:
    """R41, R43: its whole periods are left out; those in which it began and ended are not."""
    paused = approved.after(SuspendProject(PRECHECKER, "检修", today=date(2026, 2, 10)))
    told = asked(paused.after(ResumeProject(PRECHECKER, today=date(2026, 5, 20))))
    assert not {3, 4} & told["reading"].keys()
    assert {1, 2, 5, 6} <= told["reading"].keys()


# -- who is told ----------------------------------------------------------------------------------


def company(id_: UnitId, code: str) -> Any:
    return replace(unit(id_, GROUP, has_ledger=True), organisation="所属单位党委", code=code)


def branch(id_: UnitId, code: str) -> Any:
    return replace(unit(id_, FAR), code=code)


HAPPENED = (
    company(FAR, "Z1"),
    company(NEAR, "Z2"),
    branch(SHOP, "Z1-1"),
    branch(LINE, "Z1-2"),
    registered("keeper", SHOP),
    registered("leader of the shop", SHOP),
    registered("member of the shop", SHOP),
    appointed("keeper", "party_department", FAR),
    appointed("leader of the shop", "branch_secretary", SHOP),
)


@pytest.fixture
async def desk(desk: Desk) -> Desk:
    known = desk.parts.organisation
    for event in HAPPENED:
        known.apply(recorded(known.position + 1, event))
    return desk


async def test_headquarters_the_department_and_the_branch_are_told_and_nobody_else(desk: Desk) -> None:
    draft = replace(DRAFT, unit=SHOP, company=FAR)
    await desk.house.does(draft, *APPROVAL[1:], stream=UUID(int=31))
    await desk.house.does(replace(draft, reference="2026-A-0099"), stream=UUID(int=32))

    of_group = await desk.read("headquarters", BURDEN, month="2026-05", limit="200")
    lines = {line["code"]: line for line in of_group["lines"]}
    assert lines["Z1"]["kinds"] == {"milestone": 1, "reading": 2}
    assert (lines["Z1"]["fields"], lines["Z2"]["fields"]) == (3, 0)

    first = await desk.read("keeper", BURDEN, company=FAR, month="2026-01", limit="1")
    (line,) = first["lines"]
    assert (line["code"], line["kinds"]["proposal"], first["next"]) == ("Z1-1", 2 * FULL_FORM, "Z1-1")
    rest = await desk.read("keeper", BURDEN, company=FAR, month="2026-01", limit="1", after=first["next"])
    assert ([line["code"] for line in rest["lines"]], rest["next"]) == (["Z1-2"], None)
    assert [line["code"] for line in (await desk.read("keeper", BURDEN))["lines"]] == ["Z1"]
    assert (await desk.ask("keeper", BURDEN, company=NEAR)).status_code == 404

    own = await desk.read("leader of the shop", f"{BURDEN}/{SHOP}", month="2026-05")
    assert [each["month"] for each in own["months"]][::11] == ["2025-06", "2026-05"]
    assert Counter({each["month"]: each["fields"] for each in own["months"]})["2026-05"] == 3
    assert {(ask["project"], ask["kind"]) for ask in own["asks"]} == {
        (str(UUID(int=31)), kind) for kind in ("milestone", "reading")
    }
    assert (await desk.ask("leader of the shop", BURDEN)).status_code == 403
    assert (await desk.ask("leader of the shop", f"{BURDEN}/{LINE}")).status_code == 404
    assert (await desk.ask("member of the shop", f"{BURDEN}/{SHOP}")).status_code == 404
