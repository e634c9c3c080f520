"""杜督导, who was secretary of the branch himself until last year's, and 纪检 as another person.

Without network, looking back, holding an award and the meeting on site, steps 2, 6, 10 and 11, are not
walked.
"""

from __future__ import annotations

from tests.projects.an_office import FOUNDER
from tests.projects.walks.a_year import Year


async def test_the_supervisor_and_the_discipline_officer(year: Year) -> None:
    project = await year.in_work()
    await the_branch_knows_of_the_visit(year, project)
    await what_is_mended_at_once_is_closed_at_once(year, project)
    await the_branch_disputes_and_another_decides(year, project)
    await whoever_was_secretary_there_does_not_inspect(year, project)
    await whoever_declares_a_tie_does_not_inspect(year, project)
    await helping_is_an_act_too(year, project)
    await a_lead_leaves_no_trace_in_the_project(year, project)


async def the_branch_knows_of_the_visit(year: Year, project: str) -> None:
    """F35 (R46): a plan with dates; the branch sees its own."""
    plan = {"unit": year.units["branch"], "inspection": "J1", "on": year.day(0), "kind": "专项督导"}
    await year.office.does("du", "/inspections/plan-inspection", **plan)
    assert "n24" in await year.inbox("tian", "copied")
    shown = await year.reads("tian", "/inspections", "inspections")
    assert [(line["code"], line["state"]) for line in shown] == [("J1", "planned")]
    held = {"inspection": "I1", "on": year.day(0), "kind": "专项督导", "planned": "J1"}
    told = await year.refused("du", project, "hold-inspection", **held)
    assert told["code"] == "TiesAreDeclaredFirst"
    assert told["detail"] == "督导检查前，须先申报与该单位及其人员有无回避关系。"
    await year.untied("du")
    await year.does("du", project, "hold-inspection", **held)


async def what_is_mended_at_once_is_closed_at_once(year: Year, project: str) -> None:
    """F37 (R47): recorded and closed in one visit, with before and after; nothing is owed to anybody."""
    mended = {"before": "机舱平台护栏缺一根", "after": "当场装上并试力"}
    await year.does("du", project, "record-finding", **finding(year, "W1"), on_the_spot=mended)
    assert (await year.page("tian", project))["findings"]["W1"]["state"] == "closed"
    assert await year.inbox("tian") == []


async def the_branch_disputes_and_another_decides(year: Year, project: str) -> None:
    """F38 (R48): who found it does not decide; the finding stands or goes, and both are told."""
    await year.does("du", project, "record-finding", **finding(year, "W2"))
    assert await year.inbox("tian") == ["n25"]
    await year.does("tian", project, "dispute-finding", finding="W2", reason="当日停机检修，未登塔")
    own = await year.refused("du", project, "decide-dispute", finding="W2", stands=True, reason="维持")
    assert own["status"] in (403, 409)
    judges = [login for login in ("he", "ren", "second", FOUNDER) if "n53" in await year.inbox(login)]
    assert judges
    reason = "检修单证明当日停机"
    await year.does(judges[0], project, "decide-dispute", finding="W2", stands=False, reason=reason)
    assert await year.inbox("tian") == []
    for login in ("tian", "du"):
        assert "n55" in await year.inbox(login, "copied")


async def whoever_was_secretary_there_does_not_inspect(year: Year, project: str) -> None:
    """F39 (R5): held an office in the branch within two years."""
    await year.joins("lao", "desk", "deputy_branch_secretary", of="branch")
    ended = {"ended_on": year.day(0), "reason": "调任督导", "document": "5号"}
    await year.office.does(
        FOUNDER, f"/offices/{year.terms['lao', 'deputy_branch_secretary']}/end-office", **ended
    )
    await year.holds("lao", "inspector", "company")
    told = await year.refused(
        "lao", project, "hold-inspection", inspection="I2", on=year.day(0), kind="专项督导"
    )
    assert told["code"] == "InspectsOwnUnit"


async def whoever_declares_a_tie_does_not_inspect(year: Year, project: str) -> None:
    """R5: before the file opens, and it counts at once, whatever was declared before."""
    await year.joins("gu", "desk")
    await year.holds("gu", "inspector", "company")
    visit = {"inspection": "I3", "on": year.day(0), "kind": "专项督导", "reason": "群众反映"}
    await year.untied("gu")
    people = year.office.people
    tie = {"kind": "kin", "other": people["tian"]}
    await year.office.does("gu", f"/people/{people['gu']}/declare-tie", **tie)
    assert (await year.refused("gu", project, "hold-inspection", **visit))["code"] == "InspectsOwnUnit"


async def helping_is_an_act_too(year: Year, project: str) -> None:
    """F41 (R45): he shows how another branch did it; that is guidance and no conflict."""
    given = {"on": year.day(0), "matter": "点检表", "note": "带来兄弟风场的点检表"}
    await year.does("du", project, "give-guidance", **given)
    assert (await year.page("tian", project))["guidance"][-1]["matter"] == "点检表"


async def a_lead_leaves_no_trace_in_the_project(year: Year, project: str) -> None:
    """F42, F43 (R49, R76): her transfer lies in discipline's own ledger; nobody of the branch hears of it."""
    await year.joins("jian", "desk", "discipline_officer", of="company")
    before = await year.history("tian", project)
    assert (await year.page("jian", project))["state"] == "in_implementation"
    lead = {"unit": year.units["branch"], "text": "来信反映读数由他人代填"}
    await year.office.does("du", "/leads/transfer-lead", **lead)
    assert await year.history("tian", project) == before
    leads = (await year.office.gets("jian", "/leads")).json()["leads"]
    assert [shown["text"] for shown in leads] == [lead["text"]]
    assert (await year.office.gets("tian", "/leads")).status_code == 403
    for login in ("tian", "he"):
        assert lead["text"] not in str([await year.told(login, which) for which in ("todo", "copied")])


def finding(year: Year, code: str) -> dict[str, str]:
    """Something found on this visit, to be mended within the usual days."""
    found = {"finding": code, "inspection": "I1", "text": "登塔记录缺一天", "severity": "ordinary"}
    return found | {"due": year.day(15), "unit": year.units["branch"]}
