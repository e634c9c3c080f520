"""Headquarters: the rules change in March, a company has no projects, and closing bodies are late.

The review of November is not in the product yet, and with it steps 8 and 10 to 13.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from cli.example.programme import content
from tests.projects.an_office import FOUNDER
from tests.projects.walks.a_year import Year

DRAFT, SUPERIOR = "/programmes/draft-programme", "上级〔2026〕9号"
MARCH, JULY = date(2026, 3, 9), date(2026, 7, 6)


async def test_the_officer_of_headquarters(year: Year) -> None:
    project = await year.in_work()
    await offices_that_nobody_holds_are_a_list_and_no_block(year)
    await nobody_publishes_alone_and_by_whose_decision_is_said(year)
    await what_a_superior_forbids_reaches_running_projects_by_order(year, project)
    await a_branch_asks_for_the_new_version_itself(year, project)
    await a_slip_of_the_pen_is_mended_field_by_field(year, project)
    await who_owes_no_project_is_no_gap(year)
    await the_day_on_which_it_was_complete_counts(year, project)


async def offices_that_nobody_holds_are_a_list_and_no_block(year: Year) -> None:
    """F58 (R23): copied from what is in force; of each company what is to settle."""
    in_force = await year.reads(FOUNDER, "/programmes/2026.1")
    await year.office.drafted(year.day(10), "2026.2", json.dumps(in_force["content"], ensure_ascii=False))
    assert (await year.reads(FOUNDER, "/programmes/2026.2/draft"))["changes"] == []
    companies = await year.reads(FOUNDER, "/programmes/2026.2/to-settle", "companies")
    missing = {company["code"]: {each["office"] for each in company["offices"]} for company in companies}
    assert {"committee_member", "finance"} <= missing["XB"]
    assert missing["XB"].isdisjoint({"party_department", "leader_in_charge"})


async def nobody_publishes_alone_and_by_whose_decision_is_said(year: Year) -> None:
    """F59 (R16, R17): two people, the meeting and the number; until its day the one before applies."""
    begins = year.today + timedelta(10)
    decided = {"document": "华岭党〔2026〕8号", "meeting": "党委会〔2026〕2号"}
    await year.office.is_refused("Incomplete", FOUNDER, DRAFT, **a_draft(year, meeting=" "))
    publish, read = await year.office.drafted(f"{begins}", "2026.2", **decided)
    await year.office.is_refused("PublicationNeedsASecond", FOUNDER, publish, **read)
    await year.office.does("second", publish, **read)
    basis = (await year.reads("tian", "/programmes/2026.2"))["basis"]
    assert {field: basis[field] for field in decided} == decided
    assert (basis["drafted_by"], basis["published_by"]) == (
        year.office.people[FOUNDER],
        year.office.people["second"],
    )
    assert "n01" in await year.inbox("tian", "copied")
    waiting = await year.draft()
    goes_by = await year.reads("tian", f"/projects/{waiting}/programme")
    assert goes_by["programme"]["version"] == "2026.1"
    assert [later["version"] for later in goes_by["not_yet"]] == ["2026.2"]


async def what_a_superior_forbids_reaches_running_projects_by_order(year: Year, project: str) -> None:
    """F60 (R19): a criterion goes, another weighs more; said to whom it applies, and never silently."""
    await year.until(MARCH)
    order = {"place": "scheme", "to": "order"}
    ask = {"place": "deadlines", "to": "request"}
    said: dict[str, Any] = {"in_force": f"{MARCH}", "version": "2026.3", "text": changed(forbid_and_lengthen)}
    bare = a_draft(year, said["version"], said["text"], applies=[order])
    await year.office.is_refused("OrderNeedsADocument", FOUNDER, DRAFT, **bare)
    await year.office.published("second", **said, applies=[order, ask], demanded_by=SUPERIOR)
    (offer,) = (await year.reads("tian", f"/projects/{project}/programme"))["may_move"]
    assert (offer["by_order"], offer["on_request"]) == (["scheme"], ["deadlines"])
    assert (await year.reads("tian", f"/projects/{project}/programme"))["moved"] == {}
    told = {"programme": "2026.3", "reason": "上级不再允许该项考评"}
    await year.does(FOUNDER, project, "order-version", **told)
    goes_by = await year.reads("tian", f"/projects/{project}/programme")
    assert (goes_by["programme"]["version"], goes_by["moved"]) == ("2026.1", {"scheme": "2026.3"})
    (sentence,) = [text for rule, text in await year.told("tian", "copied") if rule == "n64"]
    assert SUPERIOR in sentence


async def a_branch_asks_for_the_new_version_itself(year: Year, project: str) -> None:
    """F61 (R19): a change request of its own, decided by who decided on the project."""
    wanted = {"change": "C1", "reason": "认领期限更合实际", "alteration": {"programme": "2026.3"}}
    await year.does("tian", project, "request-change", **wanted)
    await year.does("ren", project, "approve-change", change="C1")
    goes_by = await year.reads("tian", f"/projects/{project}/programme")
    assert goes_by["moved"] == {"scheme": "2026.3", "deadlines": "2026.3"}
    assert goes_by["may_move"] == []


async def a_slip_of_the_pen_is_mended_field_by_field(year: Year, project: str) -> None:
    """F62 (R21): two weights, the sum still 100; every field and project is named before it is published."""
    mends = {"kind": "corrigendum", "corrects": "2026.1"}
    publish, read = await year.office.drafted(year.day(0), "2026.1更1", changed(swap_two_weights), **mends)
    draft = await year.reads("second", "/programmes/2026.1更1/draft")
    assert [(change["before"], change["after"]) for change in draft["changes"]] == [(5, 4), (3, 4)]
    assert draft["touches"] == {"in_implementation": 1}
    listed = await year.reads("second", "/projects?programme=2026.1", "projects")
    assert project in [line["id"] for line in listed]
    await year.office.does("second", publish, **read)
    shown = await year.reads("tian", "/programmes/2026.1")
    assert (shown["corrected_by"], shown["in_force"]) == ("2026.1更1", "2026-01-20")


async def who_owes_no_project_is_no_gap(year: Year) -> None:
    """F63 (R66): July's report names gaps without shares and ranks; retired and just founded are none."""
    await year.until(JULY)
    for code, more in (("LT", {"kind": "retired"}), ("CJ", {})):
        year.units[code] = await year.office.unit(code, year.office.group, has_ledger=True, **more)
    founded = {"year": 2026, "exempt": "成立不满六个月", "reason": "六月成立"}
    lines = {line["code"]: line for line in await year.reads("second", "/coverage", "lines")}
    assert lines["CJ"]["gap"]
    await year.office.does("second", f"/units/{year.units['CJ']}/explain-no-project", **founded)
    lines = {line["code"]: line for line in await year.reads("second", "/coverage", "lines")}
    assert (lines["LT"]["gap"], lines["LT"]["exempt"]) == (False, "离退休")
    assert (lines["CJ"]["gap"], lines["CJ"]["exempt"]) == (False, "成立不满六个月")
    assert {cell["code"] for cell in lines["XB"]["cells"] if cell["gap"]} == {"reform_innovation"}
    assert not [field for field in lines["XB"] if "rank" in field or "share" in field or "percent" in field]


async def the_day_on_which_it_was_complete_counts(year: Year, project: str) -> None:
    """F65 (R37): the branch asks in time, the body reviews weeks after the end, and nobody is late but it."""
    ends = date.fromisoformat((await year.page("tian", project))["milestones"]["M2"]["due"])
    await year.until(ends - timedelta(1))
    await year.done(project)
    complete = year.today
    await year.until(ends + timedelta(30))
    await year.does("he", project, "review-closure", note="资料齐全")
    found = await year.reads("second", f"/projects/{project}")
    assert found["project"]["closing"]["requested_on"] == f"{complete}"
    assert not [due for due in found["overdue"] if due["subject"] in ("milestone", "project", "task")]


def a_draft(year: Year, version: str = "2026.2", text: str = "", **more: Any) -> dict[str, Any]:
    """All that a draft must say."""
    said = {"version": version, "year": 2026, "kind": "programme", "document": "2号", "meeting": "1号"}
    return said | {"in_force": year.day(10), "content": text or content()} | more


def changed(change: Callable[[Any], None]) -> str:
    """The programme in force with a change."""
    found = json.loads(content())
    change(found)
    return json.dumps(found, ensure_ascii=False)


def forbid_and_lengthen(programme: Any) -> None:
    """One criterion of results goes and another has its weight; there is longer to claim."""
    results = next(group for group in programme["scheme"]["groups"] if group["code"] == "results")
    results["criteria"] = [each for each in results["criteria"] if each["code"] != "transferable"]
    criterion(programme, "attainment")["weight"] += 8
    programme["deadlines"]["claim_window_working_days"] = 5


def swap_two_weights(programme: Any) -> None:
    """What was typed 5 and 3 should have been 4 and 4."""
    criterion(programme, "milestones")["weight"] = criterion(programme, "findings")["weight"] = 4


def criterion(programme: Any, code: str) -> Any:
    every = (each for group in programme["scheme"]["groups"] for each in group["criteria"])
    return next(each for each in every if each["code"] == code)
