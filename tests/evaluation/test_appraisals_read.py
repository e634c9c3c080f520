"""Appraisals over HTTP: to whom they are told, with what derivation, as a table, a sheet and a document."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

import httpx
import pytest
from openpyxl import load_workbook

from services.evaluation.domain.project_score import PROJECT_SCORE, WithdrawScoreText
from services.evaluation.projections import scores_in
from services.evaluation.reactions import FixingScores
from shared.bus import Bus
from shared.domain import OfficeId
from shared.sources import FeedSource
from shared.withdrawn import MARK, hash_of
from tests.evaluation.a_desk import Desk
from tests.evaluation.test_project_score import ADJUST
from tests.evaluation.test_scores_view import SHANGHAI, TO_APPROVAL, TO_CLOSING
from tests.projects import a_project as p
from tests.projects.a_group import person
from tests.support.living import THE_PROJECT

YEAR = "/appraisals/2026"
TURN = date(2026, 4, 1)  # the secretary before leaves, the one of the branch comes
FIRST, SECOND = "secretary before", "secretary of the branch"
HQ, DEPARTMENT, AUDITOR = "headquarters", "party department", "auditor of the company"


def term(name: str) -> str:
    return f"{name} branch_secretary {p.BRANCH}"


async def at(desk: Desk, day: date) -> None:
    """Noon of a day, by every clock."""
    for house in (desk.projects, desk.own):
        house.clock.set(datetime.combine(day, time(4), UTC))


async def a_year(desk: Desk, today: date = date(2026, 10, 20)) -> None:
    """One project of the branch from January to September, and a handover in between."""
    terms = desk.organisation.terms
    first, second = (terms[OfficeId(term(name))] for name in (FIRST, SECOND))
    terms |= {first.id: replace(first, end=TURN), second.id: replace(second, since=TURN)}
    await desk.projects.does(*TO_APPROVAL)
    await at(desk, date(2026, 3, 10))
    await desk.projects.does(*p.WORK[:4])
    await at(desk, date(2026, 9, 1))
    await desk.projects.does(*p.WORK[4:], *TO_CLOSING)
    await desk.get(f"/scores/{THE_PROJECT}")
    fixing = FixingScores(desk.runner.engine, scores_in(SHANGHAI), desk.own.writer, SHANGHAI)
    assert await fixing.fix_closed() == 1
    await at(desk, today)


async def read(desk: Desk, path: str = YEAR, name: str = HQ, **query: Any) -> dict[str, Any]:
    answer = await desk.get(f"{path}?{httpx.QueryParams(query)}", name)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_a_company_is_read_with_days_figures_and_grades(desk: Desk) -> None:
    """R11, R25: both secretaries of the branch share its one project by the days of their terms."""
    await a_year(desk)
    found = await read(desk, company=p.COMPANY)
    assert (found["since"], found["until"], found["programme"]) == ("2025-10-01", "2026-09-30", "")
    lines = {line["term"]: line for line in found["secretaries"]}
    first, second = lines[term(FIRST)], lines[term(SECOND)]
    fixed = (await read(desk, f"/scores/{THE_PROJECT}"))["fixed"]
    assert first["score"] == second["score"] == first["unit_score"] == fixed
    assert [(one["since"], one["until"], one["projects"]) for one in (first, second)] == [
        ("2026-01-01", "2026-03-31", 1),
        ("2026-04-01", "2026-09-30", 1),
    ]
    assert first["unit_without"] == 92, "October to December"
    assert (first["final"], first["office_label"]) == (True, "branch secretary")
    assert {line["unit"] for line in found["secretaries"]} >= {p.BRANCH, "partner", "workshop"}
    assert [(one["grade"], one["of"]) for one in found["grades"]] == [
        ("优秀", 2),
        ("良好", 2),
        ("合格", 2),
        ("不合格", 2),
    ]
    assert first["grade"] == next(one["grade"] for one in found["grades"] if one["count"])


async def test_shares_of_grades_are_explained_and_nobody_is_moved(desk: Desk) -> None:
    await a_year(desk)
    by = replace(ADJUST.by, unit=p.COMPANY)
    await desk.own.does(replace(ADJUST, by=by, total=Decimal("95.00")), decider=PROJECT_SCORE)
    found = await read(desk, company=p.COMPANY)
    top = found["grades"][0]
    assert (top["grade"], top["count"], top["of"], top["at_most"], top["too_many"]) == ("优秀", 2, 2, 0, 2)
    assert top["says"] == (
        "优秀: 2 of 2, 2 more than the 0 (30 %) that the programme allows. Nobody is graded down for it: "
        "whoever appraises decides, and says why."
    )
    lines = [line for line in found["secretaries"] if line["unit"] == p.BRANCH]
    assert [line["grade"] for line in lines] == ["优秀", "优秀"]


async def test_appraisals_are_read_from_above_and_each_secretary_reads_the_own(desk: Desk) -> None:
    """R11: who has left reads what fell in the own term, by right of the term."""
    await a_year(desk)
    everybody = {line["term"] for line in (await read(desk, company=p.COMPANY))["secretaries"]}
    own = {FIRST: {term(FIRST)}, SECOND: {term(SECOND)}}
    of_all = {HQ: everybody, DEPARTMENT: everybody, AUDITOR: everybody}
    nobody: set[str] = set()
    nothing = {"committee member": nobody, "member of the branch": nobody, "inspector of the company": nobody}
    for name, terms in (own | of_all | nothing).items():
        found = await read(desk, company=p.COMPANY, name=name)
        assert {line["term"] for line in found["secretaries"]} == terms, name
        assert (found["grades"] is None) == (name not in of_all), name
        for one in (FIRST, SECOND):
            answer = await desk.get(f"{YEAR}/terms/{term(one)}", name)
            assert answer.status_code == (200 if term(one) in terms else 404), (name, one)
    other = await read(desk, name="auditor of the other company")
    assert {line["unit"] for line in other["secretaries"]} == {"other branch"}


async def test_a_term_is_shown_from_to_and_stays_as_it_was_at_its_end(desk: Desk) -> None:
    """R11: what the next secretary did is not in it; R54: the fixed score with the events it comes from."""
    await a_year(desk)
    first, second = [(await read(desk, f"{YEAR}/terms/{term(name)}"))["parts"][0] for name in (FIRST, SECOND)]
    assert (first["before"], first["after"]["on"]) == (None, "2026-04-01")
    assert first["after"] == second["before"]
    assert Decimal(first["after"]["earned"]) == 8, "one task of eight points was accepted in March"
    live = await read(desk, f"/scores/{THE_PROJECT}")
    assert (second["after"]["earned"], second["after"]["position"]) == (live["earned"], live["position"])
    values = [[one["value"] for one in part["figures"]] for part in (first["after"], second["after"])]
    assert values[0] == [None, None]
    assert set(values[1]) == {"10.6", "3.4"}
    assert [(part["days"], part["of"]) for part in (first, second)] == [(71, 225), (154, 225)]
    fixed = second["fixed"]
    assert (fixed["total"], fixed["event"]) == (live["fixed"], live["fixed_event"])
    assert fixed["at"] == f"projects/company/{live['position']}"
    assert (fixed["appeal_until"], fixed["may_be_appealed"]) == ("2026-09-08", False)
    items = [item for g in fixed["groups"] for c in g["criteria"] for item in c["items"]]
    assert all(item["event"].startswith("projects/company/") for item in items)
    assert any(item["because"] for item in items)


@pytest.mark.parametrize(("today", "final"), [(date(2026, 9, 8), False), (date(2026, 9, 9), True)])
async def test_a_figure_that_may_still_be_appealed_is_not_final(desk: Desk, today: date, final: bool) -> None:
    """R55: five working days after closing."""
    await a_year(desk, today)
    lines = [line for line in (await read(desk))["secretaries"] if line["unit"] == p.BRANCH]
    assert [line["final"] for line in lines] == [final, final]


async def test_an_adjustment_shows_the_old_figure_beside_the_new(desk: Desk) -> None:
    """R54, R63."""
    await a_year(desk)
    before = (await read(desk, name=SECOND))["secretaries"][0]["score"]
    by = replace(ADJUST.by, unit=p.COMPANY)
    await desk.own.does(replace(ADJUST, by=by), decider=PROJECT_SCORE)
    found = await read(desk, f"{YEAR}/terms/{term(SECOND)}")
    fixed = found["parts"][0]["fixed"]
    assert (fixed["total"], fixed["in_force"], found["line"]["score"]) == (before, "85.50", "85.50")
    (change,) = fixed["adjustments"]
    assert (change["before"], change["total"], change["event"]) == (before, "85.50", "evaluation/company/2")
    assert (change["reason"], change["document"]) == (ADJUST.reason, ADJUST.document)


async def test_a_withdrawn_reason_is_shown_in_no_appraisal(desk: Desk) -> None:
    """R74: the figures stay."""
    await a_year(desk)
    by = replace(ADJUST.by, unit=p.COMPANY)
    await desk.own.does(replace(ADJUST, by=by), decider=PROJECT_SCORE)
    reviewer, today = p.by("reviewer", "secrecy_reviewer"), date(2026, 10, 21)
    await desk.own.does(
        WithdrawScoreText(reviewer, hash_of(ADJUST.reason), "病情", today), decider=PROJECT_SCORE
    )
    answer = await desk.get(f"{YEAR}/terms/{term(SECOND)}")
    assert ADJUST.reason not in answer.text
    (change,) = answer.json()["parts"][0]["fixed"]["adjustments"]
    assert (change["reason"], change["total"]) == (MARK + hash_of(ADJUST.reason), "85.50")


async def test_pages_are_of_units_and_together_they_are_the_whole(desk: Desk) -> None:
    await a_year(desk)
    whole, found, after = (await read(desk))["secretaries"], [], None
    while True:
        page = await read(desk, limit=1, **({"after": after} if after else {}))
        assert len({line["unit"] for line in page["secretaries"]}) == 1
        found += page["secretaries"]
        after = page["next"]
        if after is None:
            break
    assert found == whole
    assert len({line["unit"] for line in whole}) == 4


async def test_without_projects_the_table_is_there_and_a_term_says_what_is_missing(desk: Desk) -> None:
    await a_year(desk)
    desk.past.source = FeedSource(Bus("nats://127.0.0.1:1", "evaluation"), "projects")
    assert (await read(desk, company=p.COMPANY))["secretaries"]
    for path in (f"{YEAR}/terms/{term(SECOND)}", f"{YEAR}.xlsx"):
        answer = await desk.get(path)
        assert (answer.status_code, answer.json()["code"]) == (503, "PastOutOfReach")


async def test_the_sheet_holds_each_project_of_each_secretary_and_no_formula(desk: Desk) -> None:
    """R74: marked, with whose it is and when it was taken."""
    await a_year(desk)
    (stamp, headings, *rows) = await sheet(desk, HQ, company=p.COMPANY)
    assert stamp[0].startswith("internal · taken by ")
    assert len(headings) == len(set(headings)) == 24
    of_branch = [dict(zip(headings, row, strict=True)) for row in rows if row[9]]
    assert [row["days in office"] for row in of_branch] == [71, 154]
    assert [row["earned at the beginning"] for row in of_branch] == [None, 8]
    assert {row["counts"] for row in of_branch} == {of_branch[0]["score as first fixed"]}
    assert len(rows) == 4, "the secretaries of partner and workshop have no project, and a row"
    assert len(await sheet(desk, SECOND)) == 3, "stamp, headings, and the own project"


async def sheet(desk: Desk, name: str, **query: str) -> list[Any]:
    """Its stamp, its headings, its rows."""
    answer = await desk.get(f"{YEAR}.xlsx?{httpx.QueryParams(query)}", name)
    assert answer.status_code == 200, answer.text
    page: Any = load_workbook(io.BytesIO(answer.content)).worksheets[0]
    return list(page.iter_rows(values_only=True))


@pytest.mark.parametrize("tongue", ["zh-CN", "en"])
async def test_a_term_is_printed_in_both_languages(desk: Desk, tongue: str) -> None:
    await a_year(desk)
    path = f"{YEAR}/terms/{term(SECOND)}/document"
    answer = await desk.get(path, SECOND, tongue)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF-")
    assert (await desk.get(path, SECOND, tongue)).content == answer.content


async def test_a_year_that_has_not_begun_and_a_term_of_another_year_are_said(desk: Desk) -> None:
    await a_year(desk)
    early = await desk.get("/appraisals/2028")
    assert (early.status_code, early.json()["code"]) == (422, "AppraisalYearNotBegun")
    for path in (f"/appraisals/2025/terms/{term(SECOND)}", f"{YEAR}/terms/nobody"):
        assert (await desk.get(path)).status_code == 404


async def test_a_look_of_audit_is_on_the_record(desk: Desk) -> None:
    """R76."""
    await a_year(desk)
    await read(desk, name=AUDITOR, company=p.COMPANY)
    await read(desk, f"{YEAR}/terms/{term(SECOND)}", name=AUDITOR)
    looks = (await desk.get("/looks", "discipline of the company")).json()["looks"]
    assert [(one["person"], one["what"], one["of"]) for one in looks] == [
        (person(AUDITOR), "office", p.COMPANY),
        (person(AUDITOR), "office", p.BRANCH),
    ]
