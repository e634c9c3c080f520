"""Young workers of the branch: one claims a climbing item, another is an applicant, a third is chosen.

Who votes, step 3, and the line for a 民主评议 of step 6 are not walked.
"""

from __future__ import annotations

from datetime import timedelta

from tests.projects.an_office import FOUNDER
from tests.projects.walks.a_year import Year
from tests.support.waiting import eventually

ITEM = "独立完成登塔点检"


async def test_the_member_who_claims(year: Year) -> None:
    project = await year.in_work()
    await nobody_wins_by_being_faster(year, project)
    await everybody_is_told_why(year, project)
    await a_release_says_its_reason_to_few(year, project)
    await one_proof_is_enough(year, project)
    await what_was_done_goes_along_and_what_is_open_stays(year, project)


async def nobody_wins_by_being_faster(year: Year, project: str) -> None:
    """F84, F85 (R39, R14): a window, in which claims are equal, and an applicant claims as well."""
    applicant = {"political_status": "入党积极分子", "trade": "点检", "skill": "中级工"}
    await year.office.does(FOUNDER, f"/people/{year.office.people['yun']}/change-standing", **applicant)
    item = {
        "task": "T1",
        "title": ITEM,
        "standard": "连续十次登塔点检无漏项",
        "due": year.day(90),
        "weight": "30",
    }
    await year.does("tian", project, "add-task", **item)
    offer = {"task": "T1", "from_level": "跟班", "to_level": "独立", "circle": [year.units["branch"]]}
    await year.does("tian", project, "offer-task", **offer)
    assert "n16" in await year.inbox("yun", "copied")
    for login in ("bai", "yun"):
        await year.does(login, project, "claim-task", task="T1")
    twice = await year.refused("yun", project, "claim-task", task="T1")
    assert twice["detail"] == "您已认领该登高项。"
    seen = {login: (await year.page(login, project))["tasks"]["T1"] for login in ("bai", "tian")}
    bai, yun = year.office.people["bai"], year.office.people["yun"]
    assert (seen["bai"]["claims"], seen["bai"]["claimants"]) == (2, [bai])
    assert seen["tian"]["claimants"] == [bai, yun]


async def everybody_is_told_why(year: Year, project: str) -> None:
    """R39: the secretary chooses after the window, with a reason that all claimants hear."""
    grant = {"task": "T1", "person": year.office.people["yun"]}
    early = await year.refused("tian", project, "grant-claim", **grant, reason="经验")
    assert early["code"] == "WindowStillOpen"
    await year.until(year.today + timedelta(7))
    silent = await year.refused("tian", project, "grant-claim", **grant)
    assert silent["code"] == "ChoiceNeedsAReason"
    await year.does("tian", project, "grant-claim", **grant, reason="已跟班登塔二十次")
    for login in ("bai", "yun"):
        told = dict(await year.told(login, "copied"))
        assert told["n17"].endswith("理由：已跟班登塔二十次。")


async def a_release_says_its_reason_to_few(year: Year, project: str) -> None:
    """F87 (R39): why somebody gave it back is for the secretary and auditors; others see that it is open."""
    await year.does("yun", project, "release-task", task="T1", reason="八月起调换班次")
    released: dict[str, str] = {}
    for login in ("tian", "ma", "yun"):
        lines = await year.history(login, project)
        (line,) = [line for line in lines if line["event"] == "TaskReleased"]
        released[login] = str(line)
    assert "八月起调换班次" in released["tian"]
    assert "八月起调换班次" in released["yun"]
    assert "八月起调换班次" not in released["ma"]
    assert (await year.page("ma", project))["tasks"]["T1"]["state"] == "open"


async def one_proof_is_enough(year: Year, project: str) -> None:
    """F88: one photo, one acceptance; then his name stands on the page."""
    bai = year.office.people["bai"]
    await year.does("tian", project, "assign-task", task="T1", person=bai, consent=True)
    assert await year.inbox("bai") == ["n15"]
    proof = {"name": "登塔记录.pdf", "subject": "task", "code": "T1", "proves": "十次无漏项"}
    sha256 = await year.office.document("bai")
    await year.does("bai", project, "attach-evidence", **proof, sha256=sha256)
    await year.does("bai", project, "complete-task", task="T1", on=year.day(0))
    other = await year.refused("yun", project, "accept-task", task="T1")
    assert other["code"] == "SeatNotAddressed"
    await year.does("tian", project, "accept-task", task="T1")
    task = (await year.page("bai", project))["tasks"]["T1"]
    assert (task["state"], task["person"], task["climbing"]) == ("accepted", bai, True)
    assert await year.inbox("bai") == []


async def what_was_done_goes_along_and_what_is_open_stays(year: Year, project: str) -> None:
    """Step 7: in another branch his record is his and he reads it on; what he had not done is free again."""
    bai = year.office.people["bai"]
    item = {"title": "编制点检口诀", "standard": "三场采用", "due": year.day(60), "weight": "10"}
    await year.does("tian", project, "add-task", task="T2", **item)
    await year.does("tian", project, "assign-task", task="T2", person=bai, consent=True)
    await year.office.does(FOUNDER, f"/people/{bai}/move-person", unit=year.units["desk"])

    async def given_back() -> bool:
        return bool((await year.page("tian", project))["tasks"]["T2"]["state"] == "open")

    await eventually(given_back, "the open task is free")
    task = (await year.page("bai", project))["tasks"]["T1"]
    assert (task["state"], task["person"]) == ("accepted", bai)
