"""卫工, who runs the accounts of one company, on an intranet without telephones.

Channels, a new password, dead letters, the list for 等保, the freeze and the console are not in the
product yet: steps 2 and 4 to 7, and of 3 the one-time link.
"""

from __future__ import annotations

from datetime import timedelta

from services.projects.domain.account import AccountOpened
from tests.projects.an_office import FOUNDER, GIVEN, OWN, STAFF
from tests.projects.walks.a_year import Year


async def test_the_operator_of_a_subsidiary(year: Year) -> None:
    await year.joins("wei", "desk", "company_operator", of="company")
    await year.joins("lu", "desk", "clerk", of="company")
    project = await year.in_work()
    await he_runs_his_company_and_reads_nothing_of_its_work(year, project)
    await he_lets_people_in_and_cannot_be_one_of_them(year)
    await all_can_be_done_by_paper_and_clerk(year, project)


async def he_runs_his_company_and_reads_nothing_of_its_work(year: Year, project: str) -> None:
    """F78 (R80): accounts of one company; neither its projects nor another's people."""
    assert await year.reads("wei", "/projects", "projects") == []
    for path in (f"/projects/{project}", f"/projects/{project}/history"):
        assert (await year.office.gets("wei", path)).status_code == 404
    for path in ("/coverage", "/leads"):
        assert (await year.office.gets("wei", path)).json()["code"] == "NotAllowed"
    other = await year.office.unit("DB", year.office.group, has_ledger=True)
    here, there = await registered(year, "xin", year.units["branch"]), await registered(year, "wai", other)
    await year.office.does("wei", f"/people/{here}/open-account", login="xin", password=GIVEN)
    await year.office.is_refused("NotKnown", "wei", f"/people/{there}/open-account", login="wai")
    await year.office.is_refused("NotAllowed", "wei", f"/units/{year.units['branch']}/rename-unit", **RENAMED)


async def he_lets_people_in_and_cannot_be_one_of_them(year: Year) -> None:
    """F80: a first password is replaced before there is a session; no account has a second way in."""
    assert (await year.office.signs_in("xin", GIVEN)).status_code != 200
    assert (await year.office.signs_in("xin", GIVEN, new_password=OWN)).status_code == 200
    opened = (await year.office.events(AccountOpened))[-1].event
    assert opened.opened_by == year.office.people["wei"]
    secretary = f"/people/{year.office.people['tian']}/open-account"
    for login in ("tian", "tian2"):
        await year.office.is_refused("PersonHasAccount", "wei", secretary, login=login, password=GIVEN)
        assert (await year.office.signs_in(login, GIVEN)).status_code == 401
    assert (await year.office.signs_in("tian")).status_code == 200


async def all_can_be_done_by_paper_and_clerk(year: Year, project: str) -> None:
    """Step 8 (R35): a clerk enters what was signed; whose it is says so, or else it is marked."""
    task = {"title": "编制点检表", "standard": "三场签认", "due": year.day(60), "weight": "30"}
    ma = year.office.people["ma"]
    for code in ("T1", "T2"):
        await year.does("tian", project, "add-task", task=code, **task)
        await year.does("tian", project, "assign-task", task=code, person=ma, consent=True)
    signed = {"on": year.day(0), "person": ma}
    scan = signed | {"sha256": await year.office.document("lu"), "name": "签字单.pdf"}
    await year.does("lu", project, "complete-task", task="T1", on=year.day(0), paper=scan)
    call = signed | {"call": "马师傅来电：点检表已签认"}
    await year.does("lu", project, "complete-task", task="T2", on=year.day(0), paper=call)
    assert (await year.inbox("ma")).count("n56") == 2
    own = await year.hears("lu", project, "confirm-paper", entry="1")
    assert own["code"] == "OnlyWhoseActItIs"
    await year.does("ma", project, "confirm-paper", entry="1")
    await year.until(year.today + timedelta(21))
    papers = (await year.page("tian", project))["papers"]
    assert [papers[entry]["state"] for entry in ("1", "2")] == ["confirmed", "unconfirmed"]
    assert "n59" in await year.inbox("he", "copied")
    tasks = (await year.page("tian", project))["tasks"]
    assert {tasks[code]["person"] for code in ("T1", "T2")} == {ma}


RENAMED = {"name": "另一个名称", "document": "1号"}


async def registered(year: Year, login: str, unit: str) -> str:
    """Somebody who has no account yet."""
    who = {
        "staff_number": login,
        "unit": year.units.get(unit, unit),
        "political_status": STAFF,
        "name": login,
    }
    who |= {"trade": "", "skill": "", "phone": "", "mail": ""}
    return await year.office.does(FOUNDER, "/people/register-person", **who)
