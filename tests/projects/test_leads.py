"""Leads for discipline: out of the project's record, in a ledger that discipline alone reads (R49)."""

from __future__ import annotations

from datetime import date
from uuid import UUID

import httpx
import pytest

from services.projects.domain.lead import (
    LEAD,
    LeadIsReceived,
    LeadReceived,
    LeadTransferred,
    ReceiveLead,
    TransferLead,
    WhoHandsOverDoesNotReceive,
)
from services.projects.projections.projects import PROJECTS
from shared.domain import Incomplete, NotKnown, UnitId
from shared.ledger import DISCIPLINE
from tests.projects import a_project as p
from tests.projects.a_desk import APPROVAL, Desk
from tests.projects.a_group import OTHER_COMPANY, appointed, person, unit
from tests.support.given import given
from tests.support.recorded import recorded

DAY = date(2026, 3, 2)
OFFICER = p.by("officer", "discipline_officer")
TRANSFER = TransferLead(p.INSPECTOR, p.BRANCH, "采购价明显高于市场", DAY)
RECEIVE = ReceiveLead(OFFICER, DAY, "已登记")
nothing = given(LEAD)
handed_over = nothing.after(TRANSFER)


def test_a_lead_is_handed_over_and_received_once_by_somebody_else() -> None:
    nothing.when(TRANSFER).then(LeadTransferred(p.BRANCH, "采购价明显高于市场", DAY, p.INSPECTOR.person))
    nothing.when(TransferLead(p.INSPECTOR, p.BRANCH, " ", DAY)).then_refused(Incomplete)
    nothing.when(RECEIVE).then_refused(NotKnown)
    handed_over.when(RECEIVE).then(LeadReceived(DAY, OFFICER.person, "已登记"))
    own = ReceiveLead(p.by("inspector", "discipline_officer"), DAY)
    handed_over.when(own).then_refused(WhoHandsOverDoesNotReceive)
    handed_over.after(RECEIVE).when(RECEIVE).then_refused(LeadIsReceived)


# -- over HTTP ----------------------------------------------------------------------------------

INSPECTS, DISCIPLINES, ELSEWHERE = (
    "inspector of the company",
    "discipline of the company",
    "discipline of the other company",
)
LEADS, TEAM = "/api/projects/leads", UnitId(str(UUID(int=7)))


@pytest.fixture
async def desk(desk: Desk) -> Desk:
    """With a team of the branch, and discipline of another company."""
    known = desk.parts.organisation
    elsewhere = appointed(ELSEWHERE, "discipline_officer", OTHER_COMPANY)
    for event in (unit(TEAM, p.BRANCH), elsewhere):
        known.apply(recorded(known.position + 1, event))
    await desk.house.does(*APPROVAL)
    return desk


async def handed(desk: Desk, who: str = INSPECTS) -> httpx.Response:
    return await desk.to(who, f"{LEADS}/transfer-lead", "k1", unit=TEAM, text="采购价明显高于市场")


async def test_discipline_alone_reads_of_a_lead_and_the_project_says_nothing_of_it(desk: Desk) -> None:
    before = await desk.house.ledgers.heads()
    assert (await handed(desk, "secretary of the branch")).json()["code"] == "NotAllowed"
    taken, again = await handed(desk), await handed(desk)
    assert (taken.status_code, again.json()["repeated"]) == (201, True)
    lead = taken.json()["id"]
    heads = await desk.house.ledgers.heads()
    assert {name for name in heads if heads[name] != before.get(name)} == {DISCIPLINE}
    for who in (INSPECTS, "auditor of the group", "headquarters", "party department"):
        assert (await desk.ask(who, LEADS)).json()["code"] == "NotAllowed"
        assert (await desk.to(who, f"{LEADS}/{lead}/receive-lead")).json()["code"] == "NotKnown"
        assert (await desk.ask(who, f"/api/projects/projects/{lead}/history")).json()["code"] == "NotKnown"
    assert (await desk.ask(ELSEWHERE, LEADS)).json()["leads"] == []
    assert (await desk.to(ELSEWHERE, f"{LEADS}/{lead}/receive-lead")).json()["code"] == "NotKnown"
    assert (await desk.to(DISCIPLINES, f"{LEADS}/{lead}/receive-lead", note="已登记")).status_code == 200
    (shown,) = (await desk.ask(DISCIPLINES, LEADS)).json()["leads"]
    assert (shown["text"], shown["by"]) == ("采购价明显高于市场", person(INSPECTS))
    assert (shown["received"]["by"], shown["received"]["note"]) == (person(DISCIPLINES), "已登记")


async def test_discipline_has_a_list_of_its_own_of_what_waits(desk: Desk) -> None:
    """R49: the longest waiting first, for discipline over the unit alone, until it is received."""
    first = (await handed(desk)).json()["id"]
    said = {"unit": TEAM, "text": "发票连号"}
    second = (await desk.to(INSPECTS, f"{LEADS}/transfer-lead", "k2", **said)).json()["id"]

    async def waiting(who: str = DISCIPLINES) -> list[str]:
        return [lead["id"] for lead in (await desk.ask(who, LEADS, waiting="true")).json()["leads"]]

    assert await waiting() == [first, second]
    assert await waiting(ELSEWHERE) == []
    for who in (INSPECTS, "auditor of the group", "party department"):
        assert (await desk.ask(who, LEADS, waiting="true")).json()["code"] == "NotAllowed"
    await desk.to(DISCIPLINES, f"{LEADS}/{first}/receive-lead", note="已登记")
    assert await waiting() == [second]
    assert len((await desk.ask(DISCIPLINES, LEADS)).json()["leads"]) == 2


async def test_no_view_follows_the_ledger_of_discipline(desk: Desk) -> None:
    """Whoever waits for what was written does not wait for it."""
    await handed(desk)
    assert not PROJECTS.reads("projects", DISCIPLINE)
    assert PROJECTS.reads("projects", "company")
