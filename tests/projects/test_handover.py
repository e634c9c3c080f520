"""R11 Handover: three sign a list that the system makes; the lead follows, the past stays readable."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from services.projects.api.project_facts import look_at_handover
from services.projects.domain.handover import (
    HANDOVER,
    DrawUpHandoverList,
    Entry,
    HandoverConfirmed,
    HandoverHasLapsed,
    HandoverIsDone,
    HandoverLapsed,
    HandoverListDrawnUp,
    HandoverOpened,
    HandoverOpenedAlready,
    HandoverOverdue,
    HandoverSigned,
    HandoverSignedInPerson,
    LapseHandover,
    ListHasChanged,
    NotYoursToSign,
    OnlyWhoTakesOverReserves,
    Open,
    OpenHandover,
    OverrunHandover,
    Parties,
    Role,
    SignedAlready,
    SignHandover,
)
from services.projects.domain.project.deadlines import DateHasMoved, DayNotOver
from services.projects.domain.project.figures import FigureThen
from services.projects.domain.project.leadership import HandoverIsOwed, HandOverLead, LeadHandedOver
from services.projects.ids import term_id
from services.projects.sight import circle_of, may_see
from shared.decision import Submission
from shared.domain import By, NotKnown, PersonId
from shared.folding import folded
from shared.ids import derived
from shared.working_days import working_day_after
from tests.projects import a_project as p
from tests.projects.a_group import TODAY as SEPTEMBER
from tests.projects.a_group import organisation
from tests.projects.an_office import FOUNDER, Office, founded
from tests.projects.lived import page_after
from tests.projects.people import BRANCH, COMPANY, LI, QIAN, TODAY, WANG, ZHAO, department
from tests.support.engines import Database
from tests.support.given import given
from tests.support.waiting import eventually

DUE = date(2026, 3, 16)
PARTIES = Parties("branch_secretary", BRANCH, COMPANY, LI, ZHAO)
TERM = term_id(ZHAO, "branch_secretary", BRANCH, TODAY)
ENTRY = Entry(
    "P1", "2026-A-0012", "题", "in_implementation", True, (Open("task", "T1", "定标", date(2026, 4, 1)),), ()
)
OTHERS = replace(ENTRY, project="P2", led=False)
OPEN = OpenHandover(None, PARTIES, TERM, (ENTRY, OTHERS), "h1", TODAY, DUE)
OPENED = HandoverOpened(PARTIES, TERM, TODAY, DUE, (ENTRY, OTHERS), 4, "h1")
handover = given(HANDOVER, OPENED)


def signing(role: Role, by: By, **more: Any) -> SignHandover:
    return replace(SignHandover(by, role, "h1", TODAY), **more)


def signed(role: Role, person: PersonId, reservations: str = "") -> HandoverSigned:
    return HandoverSigned(PARTIES, role, person, "h1", reservations, TODAY)


LEAVES = signing("outgoing", By(LI, "member", BRANCH))
FOLLOWS = signing("incoming", By(ZHAO, "branch_secretary", BRANCH), reservations="台账缺3月")
WITNESSES = signing("witness", department(WANG))


def test_the_handover_of_a_unit_that_has_ended_lapses_unsigned() -> None:
    """R70: once; what all three have signed stays signed."""
    lapse, lapsed = LapseHandover(None, TODAY), HandoverLapsed(PARTIES, TODAY)
    handover.when(lapse).then(lapsed)
    handover.after(lapse).when(lapse).then()
    for late in (LEAVES, OverrunHandover(None, DUE, date(2026, 3, 17))):
        handover.after(lapse).when(late).then_refused(HandoverHasLapsed)
    handover.after(LEAVES, FOLLOWS, WITNESSES).when(lapse).then()


def test_a_handover_opens_once_with_all_that_is_open() -> None:
    given(HANDOVER).when(OPEN).then(OPENED)
    handover.when(OPEN).then_refused(HandoverOpenedAlready)
    given(HANDOVER).when(LEAVES).then_refused(NotKnown)


def test_three_sign_in_any_order_and_the_third_confirms() -> None:
    """R11."""
    two = given(HANDOVER, OPENED, signed("witness", WANG), signed("outgoing", LI))
    confirmed = HandoverConfirmed(PARTIES, "h1", ("P1",), TODAY)
    two.when(FOLLOWS).then(signed("incoming", ZHAO, "台账缺3月"), confirmed)
    handover.after(WITNESSES, FOLLOWS).when(LEAVES).then(signed("outgoing", LI), confirmed)
    for late in (LEAVES, DrawUpHandoverList(department(WANG), (), "h2", TODAY)):
        handover.after(WITNESSES, LEAVES, FOLLOWS).when(late).then_refused(HandoverIsDone)


@pytest.mark.parametrize("role", ["outgoing", "incoming", "witness"])
def test_a_handover_is_never_signed_by_a_deputy(role: Role) -> None:
    """R8."""
    by = {
        "outgoing": By(QIAN, "branch_secretary", BRANCH, LI),
        "incoming": By(QIAN, "branch_secretary", BRANCH, ZHAO),
        "witness": department(QIAN, WANG),
    }[role]
    handover.when(signing(role, by)).then_refused(HandoverSignedInPerson)


def test_each_signs_for_themselves_and_the_witness_is_neither_of_the_two() -> None:
    for wrong in (
        signing("outgoing", FOLLOWS.by),
        signing("incoming", LEAVES.by),
        signing("witness", department(ZHAO)),
        signing("witness", department(LI)),
        signing("witness", By(QIAN, "branch_secretary", BRANCH)),
    ):
        handover.when(wrong).then_refused(NotYoursToSign)
    handover.after(LEAVES).when(LEAVES).then_refused(SignedAlready)
    handover.when(replace(LEAVES, reservations="无")).then_refused(OnlyWhoTakesOverReserves)


def test_what_is_signed_is_the_list_that_was_read() -> None:
    """A list that is made anew is signed anew; one that says the same changes nothing."""
    handover.when(replace(LEAVES, list_hash="h0")).then_refused(ListHasChanged)
    anew = DrawUpHandoverList(FOLLOWS.by, (ENTRY,), "h2", TODAY)
    after = handover.after(LEAVES, WITNESSES)
    after.when(anew).then(HandoverListDrawnUp(PARTIES, TODAY, DUE, (ENTRY,), 2, "h2"))
    after.when(replace(anew, list_hash="h1")).then()
    after.after(anew).when(FOLLOWS).then_refused(ListHasChanged)
    again = after.after(anew, replace(LEAVES, list_hash="h2"), replace(WITNESSES, list_hash="h2"))
    again.when(replace(FOLLOWS, list_hash="h2")).then_names(HandoverSigned, HandoverConfirmed)


def test_an_overdue_handover_is_noted_once() -> None:
    late = OverrunHandover(None, DUE, DUE + timedelta(1))
    after = handover.after(LEAVES)
    after.when(late).then(HandoverOverdue(PARTIES, DUE, ("incoming", "witness")))
    after.when(replace(late, today=DUE)).then_refused(DayNotOver)
    after.after(late).when(late).then_refused(DateHasMoved)
    after.after(late, FOLLOWS, WITNESSES).when(late).then_refused(HandoverIsDone)


# -- the project -----------------------------------------------------------------------------------


def test_the_figures_are_kept_as_they_stood_when_the_lead_passed_on() -> None:
    """R11: whatever is read later, each of the two answers for their own part."""
    worked = p.approved.after(*p.WORK)
    hand_over = HandOverLead(p.PRECHECKER, p.WELDER.person, "R11", "H1")
    (handed,) = worked.when(hand_over).events
    assert isinstance(handed, LeadHandedOver)
    rework, paint = handed.figures
    stood = (Decimal("6.8"), Decimal("3.5"), "2026-08", Decimal("3.4"), date(2026, 8, 31), "confirmed")
    assert rework == FigureThen("rework", "返修率", *stood)
    assert paint.value == Decimal("10.6")
    (first,) = p.approved.when(hand_over).events
    assert isinstance(first, LeadHandedOver)
    assert [figure.value for figure in first.figures] == [None, None]
    (shown,) = page_after(worked.after(hand_over))["handovers"]
    assert (shown["handover"], shown["figures"][0]["value"]) == ("H1", "3.4")


def test_no_lead_is_handed_over_by_hand_while_three_have_to_sign() -> None:
    """R11."""
    by_hand = HandOverLead(p.PRECHECKER, p.WELDER.person, "轮岗", owed=True)
    p.approved.when(by_hand).then_refused(HandoverIsOwed)
    p.approved.when(replace(by_hand, owed=False)).then_names(LeadHandedOver)
    p.approved.when(replace(by_hand, handover="H1", owed=False)).then_names(LeadHandedOver)


async def test_once_a_handover_is_overdue_the_lead_is_handed_over_by_hand(office: Office) -> None:
    """R11: who leaves may never sign; an overdue one is the party department's."""
    await office.person("second", office.group)
    await office.appointed("second", "headquarters", office.group)
    await office.published("second", "2026-01-20")
    company = await office.unit("C1", office.group, has_ledger=True)
    branch = await office.unit("B1", company, organisation="党支部", full_members=5)
    for login in ("li", "zhao"):
        await office.person(login, branch)
    await office.appointed("li", "branch_secretary", branch)
    project = UUID(
        await office.does("li", "/projects/draft-proposal", unit=branch, title="题", track="safety_quality")
    )
    today = office.parts.clock.now().date()
    said = {"person": office.people["zhao"], "office": "branch_secretary", "unit": branch}
    term = await office.does(FOUNDER, "/offices/appoint-office", **said, since=f"{today}", document="3号")
    stream = UUID(derived("handover", term))

    async def is_open() -> bool:
        return (await folded(office.parts.ledgers, HANDOVER, stream)).parties is not None

    await eventually(is_open, "the handover is open")
    assert await look_at_handover(office.parts, project, None)
    due = (await folded(office.parts.ledgers, HANDOVER, stream)).due
    late = OverrunHandover(None, due, due + timedelta(1))
    await office.parts.writer.submit(
        Submission(
            ledger=company, stream=stream, decider=HANDOVER, prepare=lambda _: late, command_id=uuid4()
        )
    )
    assert not await look_at_handover(office.parts, project, None)


def test_who_led_reads_on_by_right_of_the_term() -> None:
    """R11: also one who proposed nothing and holds no office any more."""
    second, third = PersonId("second"), PersonId("third")
    second_leads = p.approved.after(HandOverLead(p.PRECHECKER, second, "调任"))
    for project in (second_leads, second_leads.after(HandOverLead(p.PRECHECKER, third, "调任"))):
        assert may_see(organisation(), second, circle_of(page_after(project)), SEPTEMBER)


# -- through the front door ------------------------------------------------------------------------


@pytest.fixture
async def office(database: Database, tmp_path: Path) -> AsyncIterator[Office]:
    async with founded(database, tmp_path, reacts=True) as built:
        yield built


async def test_an_office_passes_on_with_its_projects(office: Office) -> None:
    """R8, R11: the list is made when the successor is appointed, signed by three, and the projects follow."""
    await office.person("second", office.group)
    await office.appointed("second", "headquarters", office.group)
    await office.published("second", "2026-01-20")
    company = await office.unit("C1", office.group, has_ledger=True)
    branch = await office.unit("B1", company, organisation="党支部", full_members=5)
    for login, where in (("li", branch), ("zhao", branch), ("stands in", branch), ("keeper", company)):
        await office.person(login, where)
    await office.person("outsider", company)
    await office.appointed("keeper", "party_department", company)
    held = await office.appointed("li", "branch_secretary", branch)
    draft = {"unit": branch, "title": "题", "track": "safety_quality"}
    first = await office.does("li", "/projects/draft-proposal", **draft)
    assert (await office.gets("zhao", "/handovers")).json() == {"handovers": []}

    today = office.parts.clock.now().date()
    await office.does(
        FOUNDER, f"/offices/{held}/end-office", ended_on=f"{today}", reason="调动", document="3号"
    )
    said = {"person": office.people["zhao"], "office": "branch_secretary", "unit": branch}
    term = await office.does(FOUNDER, "/offices/appoint-office", **said, since=f"{today}", document="3号")

    async def listed(login: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = (await office.gets(login, "/handovers")).json()["handovers"]
        return found

    async def is_open() -> bool:
        return bool(await listed("zhao"))

    await eventually(is_open, "the handover is open")
    (line,) = await listed("zhao")
    assert line == (await listed("li"))[0] == (await listed("keeper"))[0]
    assert (line["state"], line["due"]) == ("open", f"{working_day_after(today, 10)}")
    assert await listed("outsider") == []
    here = f"/handovers/{line['id']}"
    assert (await office.gets("outsider", here)).status_code == 404
    await office.is_refused("NotKnown", "outsider", f"{here}/sign-handover", role="witness", list_hash="h")
    await office.is_refused("NotKnown", "outsider", f"{here}/draw-up-handover-list")

    second = await office.does("zhao", "/projects/draft-proposal", **draft | {"title": "又一题"})

    async def is_listed() -> bool:
        await office.does("zhao", f"{here}/draw-up-handover-list")
        return len((await office.gets("zhao", here)).json()["entries"]) == 2

    await eventually(is_listed, "the list has both")
    by_hand = f"/projects/{first}/hand-over-lead"
    to_zhao = {"to_person": office.people["zhao"], "reason": "轮岗"}
    await office.is_refused("HandoverIsOwed", "keeper", by_hand, **to_zhao)
    (shown,) = [
        action
        for action in (await office.gets("keeper", f"/projects/{first}/actions")).json()["actions"]
        if action["code"] == "hand-over-lead"
    ]
    assert not shown["enabled"]
    assert shown["sentence"], "withheld as long as three have to sign, and it says so"
    whole = (await office.gets("li", here)).json()
    assert {entry["project"] for entry in whole["entries"]} == {first, second}
    signature = {"list_hash": whole["list_hash"], "reservations": ""}
    stands_in = {"deputy": office.people["stands in"], "since": f"{today}", "until": f"{today}"}
    await office.does("zhao", f"/offices/{term}/appoint-deputy", **stands_in)
    sign = f"{here}/sign-handover"
    await office.is_refused("HandoverSignedInPerson", "stands in", sign, role="incoming", **signature)
    await office.is_refused("ListHasChanged", "li", sign, role="outgoing", list_hash="h", reservations="")
    await office.does("li", sign, role="outgoing", **signature)
    await office.does("zhao", sign, role="incoming", **signature | {"reservations": "缺一本台账"})
    await office.is_refused("NotYoursToSign", "li", sign, role="incoming", **signature)
    await office.does("keeper", sign, role="witness", **signature)
    whole = (await office.gets("keeper", here)).json()
    assert whole["handover"]["state"] == "confirmed"
    assert [s["person"] for s in whole["signatures"]] == [
        office.people[login] for login in ("li", "zhao", "keeper")
    ]
    assert whole["signatures"][1]["reservations"] == "缺一本台账"

    async def passed_on() -> bool:
        page = (await office.gets("li", f"/projects/{first}")).json()["project"]
        return bool(page["lead"] == office.people["zhao"] and page["handovers"][0]["handover"] == line["id"])

    await eventually(passed_on, "the project is led by who took over")
