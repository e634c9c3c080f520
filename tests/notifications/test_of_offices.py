"""R10 to R12: who owes a signature, a name for a vacant office, a ratification, until it is given."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from services.projects.domain.handover import (
    HANDOVER,
    DrawUpHandoverList,
    LapseHandover,
    OpenHandover,
    OverrunHandover,
    Parties,
    Role,
    SignHandover,
)
from services.projects.domain.office import OFFICE
from services.projects.domain.office.appointing import AppointOffice
from services.projects.domain.office.vacancy import NameCustodian, RecordVacancy
from services.projects.domain.ratification import (
    RATIFICATION,
    Act,
    AskToRatify,
    LapseRatification,
    OverrunRatification,
    RatifyActs,
    Whose,
)
from shared.domain import By, OfficeId, PersonId
from tests.notifications.an_inbox import Office
from tests.projects import a_project as p

DUE = date(2026, 2, 3)
PARTIES = Parties("branch_secretary", p.BRANCH, p.COMPANY, PersonId("secretary"), PersonId("deputy"))
OPEN = OpenHandover(None, PARTIES, OfficeId("T"), (), "h", p.JANUARY, DUE)
ASKED = "branchbranch_secretary交接清单待确认，共0项。"
LATE = "branchbranch_secretary交接超过2026-02-03尚未办结，请督促办理。"


async def does(office: Office, *commands: Any) -> None:
    await office.does(*commands, decider=HANDOVER, stream=UUID(int=40))


def signs(person: str, role: Role, list_hash: str = "h") -> SignHandover:
    held = "party_department" if role == "witness" else "member"
    return SignHandover(By(PersonId(person), held, p.COMPANY), role, list_hash, p.JANUARY)


async def test_each_of_the_three_is_asked_until_they_have_signed(office: Office) -> None:
    await does(office, OPEN)
    for person in ("secretary", "deputy", "prechecker", "colleague"):
        assert await office.says(person) == [ASKED]
    (owed,) = await office.entries("secretary", "todo")
    assert (owed.rule, owed.due) == ("n30", DUE)
    await does(office, signs("secretary", "outgoing"))
    assert [await office.says(who) for who in ("secretary", "deputy", "prechecker")] == [[], [ASKED], [ASKED]]
    await does(office, signs("prechecker", "witness"))
    assert [await office.says(who) for who in ("deputy", "prechecker", "colleague")] == [[ASKED], [], []]
    await does(office, DrawUpHandoverList(By(PersonId("deputy"), "member", p.BRANCH), (), "h2", p.JANUARY))
    for person in ("secretary", "deputy", "prechecker", "colleague"):
        assert await office.says(person) == [ASKED], "and signs the new list"


async def test_an_overdue_handover_is_the_party_departments_until_it_is_done(office: Office) -> None:
    await does(office, OPEN, OverrunHandover(None, DUE, DUE + timedelta(1)))
    assert await office.says("colleague") == [ASKED, LATE]
    await does(office, signs("secretary", "outgoing"), signs("deputy", "incoming"))
    assert await office.says("colleague") == [ASKED, LATE]
    await does(office, signs("colleague", "witness"))
    for person in ("secretary", "deputy", "prechecker", "colleague"):
        assert await office.says(person) == []


async def test_what_lapses_with_its_unit_is_nobodys_any_more(office: Office) -> None:
    """R70."""
    await does(office, OPEN, OverrunHandover(None, DUE, DUE + timedelta(1)))
    await does(office, LapseHandover(None, DUE))
    for person in ("secretary", "deputy", "prechecker", "colleague"):
        assert await office.says(person) == []
    whose = Whose("branch_secretary", p.BRANCH, p.COMPANY, PersonId("secretary"))
    act = Act("e", "P", "题", "TaskAccepted", PersonId("deputy"), p.JANUARY, decides=True)
    ask = AskToRatify(None, whose, p.JANUARY, p.JANUARY, DUE, (act,))
    late = OverrunRatification(None, DUE, DUE + timedelta(1))
    await office.does(ask, late, LapseRatification(None), decider=RATIFICATION, stream=UUID(int=43))
    assert [await office.says(who) for who in ("secretary", "colleague")] == [[], []]


async def test_a_vacant_first_office_is_the_party_departments_until_somebody_is_named(office: Office) -> None:
    """R10."""
    seat = ("branch_secretary", p.BRANCH)
    by = By(PersonId("prechecker"), "party_department", p.COMPANY)
    empty = (RecordVacancy(by, *seat, p.JANUARY, 0), RecordVacancy(by, "union_chair", p.BRANCH, p.JANUARY, 0))
    for number, vacancy in enumerate(empty, 50):
        await office.does(vacancy, decider=OFFICE, stream=UUID(int=number), ledger="group")
    owed = ["branchbranch_secretary空缺，请明确主持工作人员或代管联系人。"]
    assert await office.says("prechecker") == owed
    named = NameCustodian(by, *seat, PersonId("welder"), True, None, p.JANUARY)
    await office.does(named, decider=OFFICE, stream=UUID(int=52), ledger="group")
    assert await office.says("prechecker") == []
    again = replace(empty[0], since=p.MARCH)
    await office.does(again, decider=OFFICE, stream=UUID(int=50), ledger="group")
    assert await office.says("prechecker") == owed
    appoint = AppointOffice(
        by, OfficeId("T2"), PersonId("welder"), *seat, p.MARCH, "3号", rights=(), in_scope=True
    )
    await office.does(appoint, decider=OFFICE, stream=UUID(int=53), ledger="group")
    assert await office.says("prechecker") == []


async def test_acts_to_ratify_are_owed_until_the_last_is_ratified(office: Office) -> None:
    """R12."""
    whose = Whose("branch_secretary", p.BRANCH, p.COMPANY, PersonId("deputy"))
    acts = tuple(
        Act(code, "P", "题", "TaskAccepted", PersonId("secretary"), p.JANUARY, True) for code in ("a", "b")
    )
    asked = AskToRatify(None, whose, p.JANUARY, p.JANUARY, DUE, acts)
    by = By(PersonId("deputy"), "branch_secretary", p.BRANCH)

    async def follows(*commands: Any) -> None:
        await office.does(*commands, decider=RATIFICATION, stream=UUID(int=60))

    await follows(asked, OverrunRatification(None, DUE, DUE + timedelta(1)))
    owed = ["2026-01-20至2026-01-20有2项办理记录待您追认。"]
    told = ["branchbranch_secretary2项办理记录至2026-02-03未追认，请组织重新办理。"]
    assert (await office.says("deputy"), await office.says("colleague")) == (owed, told)
    await follows(RatifyActs(by, ("a",), DUE))
    assert (await office.says("deputy"), await office.says("colleague")) == (owed, told)
    await follows(RatifyActs(by, (), DUE))
    assert (await office.says("deputy"), await office.says("colleague")) == ([], [])
