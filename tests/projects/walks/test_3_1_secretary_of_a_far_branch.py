"""田书记 of 戈壁风电场联合党支部: five full members on three sites, and a weak network.

Closing and review, steps 10 to 13, are not walked.
"""

from __future__ import annotations

from datetime import date, timedelta

from tests.projects.walks.a_year import TITLE, Year


async def test_the_secretary_of_a_far_branch(year: Year) -> None:
    project = await he_starts_on_the_short_form(year)
    await nobody_is_waited_for_who_is_not_there(year, project)
    await the_department_knows_the_baseline(year, project)
    await somebody_accepts_although_all_work(year, project)
    await nobody_claims_and_it_is_nobodys_fault(year, project)
    await paper_counts_by_the_day_it_happened(year, project)
    await no_third_inspection_comes(year, project)


async def he_starts_on_the_short_form(year: Year) -> str:
    """F1, F2 (R16, simple form): something is in force, and the short form is enough for his marks."""
    assert [shown["version"] for shown in await year.reads("tian", "/programmes")] == ["2026.1"]
    project = await year.draft()
    ahead = await year.reads("tian", f"/projects/{project}/route-preview")
    assert ahead["route"] == "simple"
    assert [step["name"] for step in ahead["steps"]] == [
        "党委工作部初审",
        "分管领导审批",
        "下次党委会集中通报",
    ]
    assert [
        asked["holders"][0]["id"] for asked in (ahead["steps"][0]["asked"][0], ahead["steps"][1]["asked"][0])
    ] == [
        year.office.people["he"],
        year.office.people["ren"],
    ]
    assert all(date.fromisoformat(step["expected"]) > year.today for step in ahead["steps"][:2])
    return project


async def nobody_is_waited_for_who_is_not_there(year: Year, project: str) -> None:
    """F4, F5 (R1, R2): five have no committee; their meeting's resolution comes with the proposal."""
    wrong = year.resolution() | {"kind": "branch_committee"}
    told = await year.refused("tian", project, "submit-proposal", resolution=wrong)
    assert told["code"] == "ResolutionOfWrongBody"
    assert "党员大会" in told["detail"] + told["advice"]
    few = year.resolution() | {"numbers": {"should_attend": 5, "present": 2, "votes_for": 2}}
    assert (await year.refused("tian", project, "submit-proposal", resolution=few))["code"] == "TooFewPresent"
    await year.does("tian", project, "submit-proposal", resolution=year.resolution())
    assert await year.inbox("tian") == []
    assert await year.inbox("he") == ["n02"]
    word = await year.agreeing(project)
    await year.does("he", project, "give-opinion", step=0, **word)
    assert await year.inbox("ren") == ["n03"]
    await year.does("ren", project, "give-opinion", step=1, **word)
    page = await year.page("tian", project)
    assert page["state"] == "in_implementation"
    assert ("n08", f"《{TITLE}》已批准立项，编号{page['number']}。") in await year.told("tian", "copied")


async def the_department_knows_the_baseline(year: Year, project: str) -> None:
    """F3 (R40): dispatch confirms what he typed from memory."""
    mine = await year.refused("tian", project, "confirm-baseline", indicator="availability", value="96.1")
    assert mine["code"] == "SeatNotAddressed"
    await year.does("qin", project, "confirm-baseline", indicator="availability", value="96.1")
    assert (await year.page("tian", project))["indicators"]["availability"]["confirmed_baseline"] == "96.1"


async def somebody_accepts_although_all_work(year: Year, project: str) -> None:
    """F6 (R3, R4): who did a task does not accept it; the party department accepts that of the secretary."""
    task = {"standard": "三场签认", "due": year.day(60), "weight": "30"}
    for code, doer in (("T1", "tian"), ("T2", "ma")):
        await year.does("tian", project, "add-task", task=code, title="编制点检表", **task)
        await year.does(
            "tian", project, "assign-task", task=code, person=year.office.people[doer], consent=True
        )
        await year.does(doer, project, "complete-task", task=code, on=year.day(0))
    own = await year.refused("tian", project, "accept-task", task="T1")
    assert own["code"] == "DoerMayNotAccept"
    assert await year.inbox("tian") == ["n19"]
    await year.does("tian", project, "accept-task", task="T2")
    others = {login: await year.inbox(login) for login in ("he", "ma", "bai", "yun", "tian")}
    (acceptor,) = [login for login, rules in others.items() if "n19" in rules]
    assert acceptor != "tian"
    await year.does(acceptor, project, "accept-task", task="T1")
    tasks = (await year.page("tian", project))["tasks"]
    assert {tasks[code]["state"] for code in ("T1", "T2")} == {"accepted"}


async def nobody_claims_and_it_is_nobodys_fault(year: Year, project: str) -> None:
    """F7 (R39): an item that nobody claims has no colour; he talks to somebody and assigns with consent."""
    item = {"standard": "独立登塔", "due": year.day(120), "weight": "20"}
    await year.does("tian", project, "add-task", task="T3", title="独立完成登塔点检", **item)
    offer = {"task": "T3", "from_level": "跟班", "to_level": "独立", "circle": [year.units["branch"]]}
    await year.does("tian", project, "offer-task", **offer)
    early = await year.refused("tian", project, "expire-claim", task="T3")
    assert early["code"] == "WindowStillOpen"
    await year.until(year.today + timedelta(14))
    await year.settled()
    page = await year.page("tian", project)
    assert page["tasks"]["T3"]["state"] == "expired"
    coloured = await year.reads("tian", f"/projects/{project}", "colours")
    assert "T3" not in {dated["code"] for dated in coloured}
    assert "n18" in await year.inbox("tian")
    await year.does("tian", project, "assign-task", task="T3", person=year.office.people["bai"], consent=True)
    assert "n18" not in await year.inbox("tian")
    assert await year.inbox("bai") == ["n15"]


async def paper_counts_by_the_day_it_happened(year: Year, project: str) -> None:
    """F8 (R35, R36): three weeks without network; what he kept on paper counts by its own day."""
    happened = date.fromisoformat((await year.page("tian", project))["milestones"]["M1"]["due"]) - timedelta(
        2
    )
    await year.until(happened + timedelta(25))
    bare = {"on": f"{happened}"}
    refused = await year.refused(
        "tian", project, "reach-milestone", milestone="M1", on=f"{happened}", paper=bare
    )
    assert refused["code"] == "OwnLateEntryNeedsPaper"
    scan = await year.office.document("tian")
    paper = bare | {"sha256": scan, "name": "点检表定稿签字页.pdf"}
    await year.does("tian", project, "reach-milestone", milestone="M1", on=f"{happened}", paper=paper)
    assert "n57" in await year.inbox("he")
    page = await year.page("tian", project)
    (entry,) = [
        code for code, paper in page["papers"].items() if paper["person"] == year.office.people["tian"]
    ]
    await year.does("he", project, "accept-late-entry", entry=entry)
    assert "n57" not in await year.inbox("he")
    assert await year.colour("tian", project, "milestone", "M1") == "green"


async def no_third_inspection_comes(year: Year, project: str) -> None:
    """F9 (R46): two a year from all levels together; a third says why."""
    await year.untied("du")
    for number in (1, 2):
        held = {"inspection": f"I{number}", "on": year.day(0), "kind": "专项督导"}
        await year.does("du", project, "hold-inspection", **held)
    third = {"inspection": "I3", "on": year.day(0), "kind": "专项督导"}
    told = await year.refused("du", project, "hold-inspection", **third)
    assert told["code"] == "InspectionLimitReached"
    assert told["detail"].startswith("该支部本年度督导检查已达上限")
