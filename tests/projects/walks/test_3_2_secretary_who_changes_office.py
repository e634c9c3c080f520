"""田书记 goes in June: the decision of the 3rd is entered on the 24th, and her project goes on.

The figures of steps 5 and 8 for a 述职 are not walked, nor the drafts and phrases of step 9.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from tests.projects.an_office import FOUNDER
from tests.projects.walks.a_year import Year
from tests.support.waiting import eventually

DECIDED, ENTERED = date(2026, 6, 3), date(2026, 6, 24)


async def test_the_secretary_who_changes_office(year: Year) -> None:
    project = await year.in_work()
    await her_acts_between_stand_and_are_marked(year, project)
    await somebody_acts_in_their_own_name(year)
    await three_sign_what_the_system_lists(year, project)
    await she_reads_on_what_was_hers(year, project)
    await her_own_project_is_not_hers_to_decide(year, project)


async def her_acts_between_stand_and_are_marked(year: Year, project: str) -> None:
    """F13, F14 (R10, R12): what she did until the paper came stands, and is marked."""
    await year.until(date(2026, 6, 15))
    task = {"task": "T1", "title": "编制点检表", "standard": "三场签认", "due": "2026-07-15", "weight": "30"}
    await year.does("tian", project, "add-task", **task)
    await year.until(ENTERED)
    ended = {"ended_on": f"{DECIDED}", "reason": "调任", "document": "任〔2026〕11号", "vacant": True}
    await year.office.does("he", f"/offices/{year.terms['tian', 'branch_secretary']}/end-office", **ended)
    told = await year.refused("tian", project, "add-task", **task | {"task": "T2"})
    assert (told["code"], told["detail"]) == ("NotAllowed", "您的职务没有这项权限。")
    lines = await year.history("he", project)
    assert [line["event"] for line in lines if line["before_entry"]] == ["TaskAdded"]
    assert (await year.page("he", project))["tasks"]["T1"]["state"] == "open"
    assert "n29" in await year.inbox("he")


async def somebody_acts_in_their_own_name(year: Year) -> None:
    """F15 (R9): 主持工作 is an office of its own, with nobody behind it."""
    acting: dict[str, Any] = {
        "person": year.office.people["ma"],
        "office": "branch_secretary",
        "unit": year.units["branch"],
    }
    acting |= {"since": f"{ENTERED}", "until": "2026-08-31", "document": "任〔2026〕12号", "acting": True}
    await year.office.does("he", "/offices/appoint-office", **acting)
    assert "n29" not in await year.inbox("he")


async def three_sign_what_the_system_lists(year: Year, project: str) -> None:
    """F16 (R11): nobody writes the list; who hands over, who takes over and a witness sign the same."""

    async def listed() -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = await year.reads("ma", "/handovers", "handovers")
        return found

    async def is_open() -> bool:
        return bool(await listed())

    await eventually(is_open, "the handover is open")
    (line,) = await listed()
    for login in ("tian", "ma", "he"):
        assert "n30" in await year.inbox(login), login
    here = f"/handovers/{line['id']}"
    whole = await year.reads("ma", here)
    (entry,) = whole["entries"]
    assert entry["project"] == project
    assert ("task", "T1") in {(one["subject"], one["code"]) for one in entry["open"]}
    sign = {"list_hash": whole["list_hash"], "reservations": ""}
    for login, role in (("tian", "outgoing"), ("ma", "incoming"), ("he", "witness")):
        await year.office.does(login, f"{here}/sign-handover", role=role, **sign)

    async def passed_on() -> bool:
        return bool((await year.page("ma", project))["lead"] == year.office.people["ma"])

    await eventually(passed_on, "the project is led by who took over")
    for login in ("tian", "ma", "he"):
        assert "n30" not in await year.inbox(login), login


async def she_reads_on_what_was_hers(year: Year, project: str) -> None:
    """F17, F18, F20 (R11): by right of her term; she stays proposer, and her figures stop at the handover."""
    await year.office.does(
        FOUNDER, f"/people/{year.office.people['tian']}/move-person", unit=year.units["desk"]
    )
    page = await year.page("tian", project)
    assert year.office.people["tian"] in page["proposers"]
    (handed,) = page["handovers"]
    assert handed["from_person"] == year.office.people["tian"]


async def her_own_project_is_not_hers_to_decide(year: Year, project: str) -> None:
    """F19 (R3, R5): the conflict goes with the person, and another of the department acts."""
    await year.holds("tian", "party_department", "company")
    ends = (await year.page("ma", project))["milestones"]["M2"]["due"]
    plan = [
        {"code": "M1", "title": "三场点检表定稿", "due": ends},
        {"code": "M2", "title": "可利用率达标", "due": ends},
    ]
    asked = {"change": "C1", "reason": "大风期延长", "alteration": {"plan": plan}}
    await year.does("ma", project, "request-change", **asked)
    told = await year.refused("tian", project, "approve-change", change="C1")
    assert told["code"] == "ProposerMayNotApprove"
    assert "n84" not in await year.inbox("tian")
    assert "n84" in await year.inbox("he")
    await year.does("he", project, "approve-change", change="C1")
