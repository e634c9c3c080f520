"""审计 from outside, who suspects what was changed: what today's product lets them read.

Replay, cards, unsealing, dossiers, the print of evidence and the ready screens are not in the product yet:
steps 3, 4 and 9, and of 2, 6 and 8 what needs them. Offline proof is walked in `tests/system`, a formula's
version in `tests/evaluation`; erasing has no address that anybody could ask.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from tests.projects.walks.a_year import Year
from tests.support.company import all_in_order

BEFORE, AFTER = date(2026, 11, 28), date(2026, 12, 12)


async def test_the_external_auditor(year: Year) -> None:
    await year.joins("jian", "desk", "discipline_officer", of="group")
    await year.office.person("shen", year.office.group)
    project = await a_suspicious_year(year)
    await a_mandate_opens_the_files_and_no_other(year, project)
    await one_moment_is_laid_beside_another(year, project)
    await who_said_what_is_read_with_names(year, project)
    await what_came_late_and_by_whom_stands_in_the_history(year, project)
    await looking_leaves_no_word_and_changes_nothing(year, project)
    await rights_end_with_the_mandate(year, project)


async def a_suspicious_year(year: Year) -> str:
    """A deputy signs, a milestone is entered late from paper, and a reading is confirmed in December."""
    project = await year.draft()
    await year.does("tian", project, "submit-proposal", resolution=year.resolution())
    word = await year.agreeing(project)
    await year.does("he", project, "give-opinion", step=0, answers=all_in_order(), **word)
    stands_in = {"deputy": year.office.people["du"], "since": year.day(0), "until": year.day(5)}
    term = f"/offices/{year.terms['ren', 'leader_in_charge']}"
    await year.office.does("ren", f"{term}/appoint-deputy", **stands_in)
    await year.does("du", project, "give-opinion", step=1, **word)
    happened = date.fromisoformat((await year.page("tian", project))["milestones"]["M1"]["due"])
    await year.until(happened + timedelta(12))
    paper = {"on": f"{happened}", "name": "签字页.pdf", "sha256": await year.office.document("tian")}
    await year.does("tian", project, "reach-milestone", milestone="M1", on=f"{happened}", paper=paper)
    await year.does("he", project, "accept-late-entry", entry="1")
    await year.until(date(2026, 12, 3))
    reading = {"indicator": "availability", "period": "2026-11", "value": "97.9"}
    await year.does("tian", project, "report-reading", **reading, on="2026-11-20")
    await year.does("qin", project, "confirm-figure", **reading)
    await year.until(AFTER + timedelta(1))
    return project


async def a_mandate_opens_the_files_and_no_other(year: Year, project: str) -> None:
    """F70 (R15): a number, a scope, from and to; never opened by who is audited."""
    assert (await year.office.gets("shen", f"/projects/{project}")).status_code == 404
    said: dict[str, Any] = {"person": year.office.people["shen"], "office": "auditor", "mandate": True}
    said |= {"unit": year.units["company"], "document": "审通〔2026〕1号"}
    said |= {"since": year.day(0), "until": year.day(9)}
    opening = "/offices/appoint-office"
    await year.holds("qin", "discipline_officer", "company")
    await year.office.is_refused("AuditedUnitOpensNoMandate", "qin", opening, **said)
    await year.office.is_refused("NotYoursToAppoint", "second", opening, **said)
    term = await year.office.does("jian", opening, **said)
    await year.office.does("second", f"/offices/{term}/confirm-appointment")
    seen = await year.reads("shen", "/projects", "projects")
    assert [line["id"] for line in seen] == [project]
    other = await year.office.unit("DB", year.office.group, has_ledger=True)
    assert (await year.reads("shen", f"/units/{other}"))["members"] is None
    assert (await year.reads("shen", f"/units/{year.units['branch']}"))["members"] is not None


async def one_moment_is_laid_beside_another(year: Year, project: str) -> None:
    """F71: as recorded on 28 November and on 12 December; between them one reading was confirmed."""
    found = {}
    for day in (BEFORE, AFTER):
        shown = await year.reads("shen", f"/projects/{project}?as_of={day}T20:00:00%2B08:00", "project")
        found[day] = shown["indicators"]["availability"]["readings"]
    assert (found[BEFORE], len(found[AFTER])) == ([], 1)
    lines = await year.history("shen", project)
    (read,) = [line for line in lines if line["event"] == "IndicatorRead"]
    assert (read["data"]["on"], read["recorded_at"][:10]) == ("2026-11-20", "2026-12-03")


async def who_said_what_is_read_with_names(year: Year, project: str) -> None:
    """F72 (R67): of what bodies decided the auditor reads who and what; the branch does not."""
    told: dict[str, list[Any]] = {}
    for login in ("shen", "tian"):
        steps = (await year.page(login, project))["route"]["steps"]
        told[login] = [said["person"] for said in steps[1]["opinions"]]
    assert told == {"shen": [year.office.people["du"]], "tian": [None]}


async def what_came_late_and_by_whom_stands_in_the_history(year: Year, project: str) -> None:
    """F77: late entries with their paper, and acts of deputies with both names, of every project in reach."""
    lines = await year.history("shen", project)
    (entry,) = [line for line in lines if line["event"] == "PaperEntered"]
    assert entry["data"]["paper"]["scan"]["name"] == "签字页.pdf"
    scan = await year.office.gets(
        "shen", f"/projects/{project}/evidence/{entry['data']['paper']['scan']['sha256']}"
    )
    assert scan.status_code == 200
    (late,) = [line for line in lines if line["event"] == "MilestoneReached"]
    assert late["happened_at"] < late["recorded_at"]
    (accepted,) = [line for line in lines if line["event"] == "LateEntryAccepted"]
    assert accepted["who"]["person"]["id"] == year.office.people["he"]
    behalf = [line["who"] for line in lines if line["who"] and line["who"]["on_behalf_of"]]
    assert {(who["person"]["id"], who["on_behalf_of"]["id"]) for who in behalf} == {
        (year.office.people["du"], year.office.people["ren"])
    }
    withheld = [line["who"] for line in await year.history("tian", project) if line["who"]]
    assert {"withheld": "R67"} in [who["on_behalf_of"] for who in withheld]


async def looking_leaves_no_word_and_changes_nothing(year: Year, project: str) -> None:
    """F42 (R76): reading tells nobody, and to audit gives no act on the project."""
    before = await year.history("tian", project)
    boxes = [await year.told(login, which) for login in ("tian", "he") for which in ("todo", "copied")]
    assert "2026-12" in str(await year.history("shen", project))
    assert await year.history("tian", project) == before
    after = [await year.told(login, which) for login in ("tian", "he") for which in ("todo", "copied")]
    assert after == boxes
    refused = await year.refused("shen", project, "suspend-project", reason="查账")
    assert refused["code"] == "NotAllowed"


async def rights_end_with_the_mandate(year: Year, project: str) -> None:
    """F70 (R15): by itself, the day after its last; what was read before is not found any more."""
    await year.until(year.today + timedelta(10))
    for path in (f"/projects/{project}", f"/projects/{project}/history"):
        assert (await year.office.gets("shen", path)).status_code == 404
    assert await year.reads("shen", "/projects", "projects") == []
