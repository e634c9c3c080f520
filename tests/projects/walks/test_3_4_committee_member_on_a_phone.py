"""任副总 on a phone: leader in charge, and for these weeks head of the party department as well.

Signing in, renditions, meetings, withdrawal and batches, steps 1, 2, 4, 5 and 9, are not walked.
"""

from __future__ import annotations

from tests.projects.an_office import FOUNDER
from tests.projects.walks.a_year import Year
from tests.support.company import all_in_order


async def test_the_committee_member_on_a_phone(year: Year) -> None:
    project = await year.draft()
    await year.does("tian", project, "submit-proposal", resolution=year.resolution())
    await two_offices_are_two_acts(year, project)
    await only_the_numbered_places_change(year, project)
    await a_deputy_signs_with_both_names(year)


async def two_offices_are_two_acts(year: Year, project: str) -> None:
    """F28, F29, F34 (R6, R29): the page is enough to decide; to have read it is no word."""
    await year.holds("ren", "party_department", "company")
    page = await year.page("ren", project)
    assert page["content"]["problem"].startswith("三个风场")
    read = await year.reads("ren", f"/projects/{project}/differences")
    assert (read["before"], read["changed"]) == (None, [])
    seen = {"step": 0, "content_hash": page["content_hash"]}
    await year.does("ren", project, "open-content", **seen)
    assert (await year.page("ren", project))["route"]["open"] == 0
    stale = await year.refused("ren", project, "give-opinion", step=0, opinion="agree", content_hash="0" * 64)
    assert stale["code"] == "ContentHasChanged"
    await year.does("ren", project, "give-opinion", **seen, opinion="agree", answers=all_in_order())
    assert (await year.page("ren", project))["route"]["open"] == 1
    assert await year.inbox("he") == []
    assert await year.inbox("ren") == ["n03"]


async def only_the_numbered_places_change(year: Year, project: str) -> None:
    """F33 (R30): 同意,但第3条改为…: nobody signs again, and nothing else may be changed."""
    page = await year.page("ren", project)
    wanted = [{"text": "请写明停机时段", "field": "problem"}]
    agreed = {"step": 1, "opinion": "agree_with_changes", "content_hash": page["content_hash"]}
    await year.does("ren", project, "give-opinion", **agreed, changes=wanted)
    assert await year.inbox("tian") == ["n07"]
    elsewhere = year.proposal(problem="四成停机在夜间等人。", business_goal="另一个目标")
    told = await year.refused("tian", project, "amend-proposal", proposal=elsewhere)
    assert told["code"] == "OnlyNumberedPlacesChange"
    assert told["detail"].startswith("只能修改编号列明的内容")
    await year.does("tian", project, "amend-proposal", proposal=year.proposal(problem="四成停机在夜间等人。"))
    (difference,) = (await year.reads("ren", f"/projects/{project}/differences"))["changed"]
    assert difference["place"] == "problem"
    amended = (await year.page("ren", project))["content_hash"]
    await year.does("ren", project, "confirm-changes", numbers=[1], content_hash=amended)
    page = await year.page("tian", project)
    assert (page["state"], page["content_hash"]) == ("in_implementation", amended)
    assert await year.inbox("tian") == []


async def a_deputy_signs_with_both_names(year: Year) -> None:
    """F32 (R8): abroad for two weeks; no longer than thirty days, and no deputy of a deputy."""
    term = f"/offices/{year.terms['ren', 'leader_in_charge']}/appoint-deputy"
    stands_in = {"deputy": year.office.people["du"], "since": year.day(0)}
    await year.office.is_refused("DeputyTooLong", "ren", term, **stands_in, until=year.day(40))
    await year.office.does("ren", term, **stands_in, until=year.day(14))
    project = await year.draft()
    await year.does("tian", project, "submit-proposal", resolution=year.resolution())
    word = await year.agreeing(project)
    await year.does("he", project, "give-opinion", step=0, answers=all_in_order(), **word)
    assert [await year.inbox(login) for login in ("ren", "du")] == [["n03"], ["n03"]]
    await year.does("du", project, "give-opinion", step=1, **word)
    assert [await year.inbox(login) for login in ("ren", "du")] == [[], []]
    lines = await year.history("ren", project)
    signed = [line["who"] for line in lines if line["event"] == "OpinionGiven"][-1]
    people = (signed["person"]["id"], signed["on_behalf_of"]["id"])
    assert people == (year.office.people["du"], year.office.people["ren"])
    again = {"deputy": year.office.people["qin"], "since": year.day(0), "until": year.day(5)}
    await year.office.is_refused("NotAllowed", "du", term, **again)
    assert (await year.office.gets(FOUNDER, f"/projects/{project}")).status_code == 200
