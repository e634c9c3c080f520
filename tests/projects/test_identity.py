"""Units, people, offices and accounts over HTTP: who may, what is recorded, what is told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import pytest

from services.projects.api.founding import CODE_FILE, founding_code
from services.projects.domain.account import AccountOpened
from services.projects.domain.session import SessionEnded
from services.projects.ids import person_id
from shared.domain import PersonId
from tests.projects.an_office import FOUNDER, GIVEN, OWN, STAFF, Office, founded, founds, unit
from tests.support.engines import Database


@pytest.fixture
async def office(database: Database, tmp_path: Path) -> AsyncIterator[Office]:
    async with founded(database, tmp_path) as built:
        yield built


# Founding


@pytest.mark.parametrize("code", ["华岭", "wrong", "é"])
async def test_a_wrong_founding_code_is_refused_whatever_it_is_written_in(office: Office, code: str) -> None:
    assert (await founds(office, code)).json()["code"] == "WrongFoundingCode"


async def test_no_code_at_all_founds_nothing_even_while_the_file_is_empty(office: Office) -> None:
    (office.parts.settings.directory / CODE_FILE).write_text("")
    assert (await founds(office, "")).status_code == 422


async def test_all_who_start_at_once_have_the_same_whole_founding_code(tmp_path: Path) -> None:
    codes = await asyncio.gather(*(asyncio.to_thread(founding_code, tmp_path / "new") for _ in range(16)))
    assert len(set(codes)) == 1
    assert len(codes[0]) == 24
    (only,) = (tmp_path / "new").iterdir()
    assert (only.name, only.stat().st_mode & 0o777) == (CODE_FILE, 0o600)


async def test_the_founding_code_opens_no_second_way_in(office: Office) -> None:
    again = await founds(office, founding_code(office.parts.settings.directory), login="other")
    assert again.json()["code"] == "KeyUsedForAnother"
    again = await founds(office, founding_code(office.parts.settings.directory), "other", key="another")
    assert again.json()["code"] == "EstablishedAlready"
    assert (await office.signs_in("other")).status_code == 401


# Accounts


async def test_an_account_is_on_record_without_its_name_and_password(office: Office) -> None:
    await office.person("liming", office.group)
    recorded = await office.events(AccountOpened)
    assert [(r.event.person, r.event.opened_by) for r in recorded] == [
        (office.people[FOUNDER], office.people[FOUNDER]),
        (office.people["liming"], office.people[FOUNDER]),
    ]
    whole = b"".join(r.body for r in await office.parts.ledgers.read_ledger("group", 0))
    assert GIVEN.encode() not in whole
    assert b'"login"' not in whole


async def test_nobody_opens_a_second_way_in_for_somebody(office: Office) -> None:
    await office.person("liming", office.group)
    path = f"/people/{office.people['liming']}/open-account"
    await office.is_refused("PersonHasAccount", FOUNDER, path, login="liming2", password=GIVEN)
    assert (await office.signs_in("liming2", GIVEN, new_password=OWN)).status_code == 401
    assert len(await office.events(AccountOpened)) == 2


async def test_a_repeat_tells_the_first_password_until_its_holder_has_replaced_it(office: Office) -> None:
    await office.person("liming", office.group)
    who = {"staff_number": "2", "unit": office.group, "political_status": STAFF, "trade": "", "skill": ""}
    who |= {"name": "2", "phone": "", "mail": ""}
    path = f"/people/{await office.does(FOUNDER, '/people/register-person', **who)}/open-account"
    first = await office.asks(FOUNDER, path, {"login": "two"}, "key")
    again = await office.asks(FOUNDER, path, {"login": "two"}, "key")
    assert (first.status_code, again.status_code) == (201, 201)
    assert (await office.signs_in("two", first.json()["password"], new_password=OWN)).status_code == 401
    assert (await office.signs_in("two", again.json()["password"], new_password=OWN)).status_code == 200
    assert (await office.asks(FOUNDER, path, {"login": "two"}, "key")).json()["password"] is None
    other = await office.asks(FOUNDER, path, {"login": "two", "password": GIVEN}, "key")
    assert other.json()["code"] == "KeyUsedForAnother"
    assert (await office.signs_in("two")).status_code == 200
    headers = {"Authorization": f"Bearer {office.tokens[FOUNDER]}"}
    without_key = await office.http.post(f"/api/projects{path}", json={"login": "x"}, headers=headers)
    assert without_key.json()["code"] == "KeyMissing"


async def test_the_operator_of_a_company_opens_accounts_there_and_nowhere_else(office: Office) -> None:
    company, other = await office.unit("C1", office.group), await office.unit("C2", office.group)
    await office.person("operator", company)
    await office.appointed("operator", "company_operator", company)
    who = {"political_status": STAFF, "trade": "", "skill": "", "phone": "", "mail": ""}
    for number, where in (("7", company), ("8", other)):
        body = who | {"staff_number": number, "name": number, "unit": where}
        office.people[number] = await office.does(FOUNDER, "/people/register-person", **body)
    path = "/people/{}/open-account"
    await office.does("operator", path.format(office.people["7"]), login="seven", password=GIVEN)
    for nobody_of_theirs in (office.people["8"], person_id("1234")):  # whether 1234 is registered is not told
        await office.is_refused("NotKnown", "operator", path.format(nobody_of_theirs), login="eight")
    assert (await office.events(AccountOpened))[-1].event.opened_by == office.people["operator"]


async def test_a_given_password_opens_nothing_before_it_is_replaced(office: Office) -> None:
    await office.person("liming", office.group)
    await office.parts.accounts.set_password("liming", GIVEN, must_change=True)
    refused = await office.signs_in("liming", GIVEN)
    assert (refused.status_code, refused.json()["code"]) == (403, "MustChangePassword")
    assert "access_token" not in refused.text
    assert "set-cookie" not in refused.headers
    assert (await office.signs_in("liming", GIVEN, new_password=OWN)).is_success
    assert len(await office.events(SessionEnded)) == 1, "the session before, on the password before"


async def test_changing_a_password_begins_and_ends_no_session_of_ones_own(office: Office) -> None:
    change = {"login": FOUNDER, "password": OWN, "new_password": "an entirely new one"}
    assert (await office.asks(FOUNDER, "/session/password", change)).status_code == 204
    assert await office.events(SessionEnded) == []
    assert (await office.signs_in(FOUNDER, "an entirely new one")).is_success


# Nothing is kept or told before the right is known


async def test_who_keeps_no_roster_leaves_no_key_and_learns_nothing(office: Office) -> None:
    await office.person("fitter", office.group)
    gone = PersonId(await office.person("gone", office.group))
    await office.parts.keys.erase(gone)
    stranger = PersonId(person_id("1234"))
    for person in (gone, stranger, PersonId(str(uuid4()))):
        contact = {"name": "x", "phone": "", "mail": ""}
        await office.is_refused("NotAllowed", "fitter", f"/people/{person}/change-contact", **contact)
    who = {"unit": office.group, "political_status": STAFF, "trade": "", "skill": "", "phone": "", "mail": ""}
    for number in ("gone", "1234"):
        body = who | {"staff_number": number, "name": "x"}
        await office.is_refused("NotAllowed", "fitter", "/people/register-person", **body)
    assert await office.parts.keys.read([stranger]) == {}
    body = who | {"staff_number": "gone", "name": "x"}
    await office.is_refused("KeyErased", FOUNDER, "/people/register-person", **body)


# Units and people stay in reach


@pytest.fixture
async def companies(office: Office) -> tuple[str, str, str]:
    """Two companies, a branch of the first; the party department of the first keeps its roster."""
    first, second = await office.unit("C1", office.group), await office.unit("C2", office.group)
    branch = await office.unit("B1", first)
    await office.person("keeper", first)
    await office.appointed("keeper", "party_department", first)
    return first, second, branch


async def test_a_roster_keeper_moves_nothing_out_of_their_company(
    office: Office, companies: tuple[str, str, str]
) -> None:
    first, second, branch = companies
    await office.person("fitter", branch)
    move, person = f"/units/{branch}/move-unit", f"/people/{office.people['fitter']}/move-person"
    await office.is_refused("NotAllowed", "keeper", move, parent=second, document="")
    await office.is_refused("NotAllowed", "keeper", person, unit=second)
    await office.is_refused(
        "NotAllowed", "keeper", f"/units/{first}/move-unit", parent=office.group, document=""
    )
    await office.does("keeper", person, unit=first)
    await office.does(FOUNDER, person, unit=second)
    await office.does(FOUNDER, move, parent=second, document="")


async def test_nothing_moves_to_what_is_unknown_or_dissolved(
    office: Office, companies: tuple[str, str, str]
) -> None:
    first, second, branch = companies
    dissolve = {"dissolved_on": "2026-01-01", "successor": None, "document": ""}
    await office.does(FOUNDER, f"/units/{second}/dissolve-unit", **dissolve)
    move, person = f"/units/{branch}/move-unit", f"/people/{office.people['keeper']}/move-person"
    await office.is_refused("UnitIsNotInForce", FOUNDER, move, parent=second, document="")
    await office.is_refused("MovedNowhere", FOUNDER, person, unit=second)
    await office.is_refused("NotOfTheGroup", FOUNDER, move, parent=str(uuid4()), document="")
    await office.is_refused("NotOfTheGroup", FOUNDER, person, unit=str(uuid4()))
    await office.is_refused("FieldsWrong", FOUNDER, person, unit="喷涂车间")
    await office.is_refused("UnitIsNotInForce", FOUNDER, "/units/establish-unit", **unit("B2", second))
    await office.is_refused("NotAllowed", FOUNDER, "/units/establish-unit", **unit("B3", str(uuid4())))
    assert (
        await office.asks(FOUNDER, f"/units/{branch}/move-unit", {"parent": first, "document": ""})
    ).is_success


# Holders in person


async def test_a_holder_names_and_ends_a_deputy_and_resigns(
    office: Office, companies: tuple[str, str, str]
) -> None:
    _, _, branch = companies
    await office.person("secretary", branch)
    await office.person("friend", branch)
    term = await office.appointed("secretary", "branch_secretary", branch)
    path, friend = f"/offices/{term}", office.people["friend"]
    named = {"deputy": friend, "since": "2026-01-20", "until": "2026-01-30"}
    await office.is_refused("NotAllowed", "friend", f"{path}/appoint-deputy", **named)
    await office.does("secretary", f"{path}/appoint-deputy", **named)
    ends = {"deputy": friend, "ended_on": "2026-01-22"}
    await office.is_refused("NotAllowed", "friend", f"{path}/end-deputy", **ends)
    await office.does("secretary", f"{path}/end-deputy", **ends)
    leaves = {"ended_on": "2026-01-25", "reason": "辞职", "document": ""}
    await office.is_refused("NotAllowed", "friend", f"{path}/end-office", **leaves)
    await office.does("secretary", f"{path}/end-office", **leaves)


# What is read of units


async def test_a_unit_is_found_by_the_name_that_it_had(
    office: Office, companies: tuple[str, str, str]
) -> None:
    """Users 3.3, step 8."""
    *_, branch = companies
    await office.does("keeper", f"/units/{branch}/rename-unit", name="一车间党支部", document="1号")
    for asked in ("B1", "一车间"):
        found = (await office.gets("keeper", f"/units?q={asked}")).json()["units"]
        assert [each["name"] for each in found] == ["一车间党支部"]
    await office.does("keeper", f"/units/{branch}/rename-unit", name="二车间党支部", document="2号")
    found = (await office.gets("keeper", "/units?q=一车间")).json()["units"]
    assert [each["name"] for each in found] == ["二车间党支部"]


async def test_a_model_branch_carries_its_mark_with_giver_document_and_last_day(
    office: Office, companies: tuple[str, str, str]
) -> None:
    first, *_ = companies
    branch = await office.unit("N1", first, organisation="党支部")
    named = {"given_by": "集团党委", "document": "15号", "until": "2026-12-31"}
    await office.does("keeper", f"/units/{branch}/name-model-branch", **named)
    await office.is_refused("OnlyABranchIsAModel", "keeper", f"/units/{first}/name-model-branch", **named)
    shown = (await office.gets("keeper", f"/units/{branch}")).json()["unit"]
    assert (shown["marks"], shown["model_branch"]) == (["示范支部"], named)


async def test_people_are_counted_by_political_status_for_who_may_see_them(
    office: Office, companies: tuple[str, str, str]
) -> None:
    """Users 3.3, step 9: of the unit and all below it; of ages nothing is kept."""
    first, second, branch = companies
    await office.person("fitter", branch)
    applies = {"political_status": "入党积极分子", "trade": "", "skill": ""}
    await office.does("keeper", f"/people/{office.people['fitter']}/change-standing", **applies)
    counted = (await office.gets("keeper", f"/units/{first}")).json()["by_status"]
    assert {status: n for status, n in counted.items() if n} == {STAFF: 1, "入党积极分子": 1}
    assert sum((await office.gets("fitter", f"/units/{branch}")).json()["by_status"].values()) == 1
    for beyond in (first, second):
        assert (await office.gets("fitter", f"/units/{beyond}")).json()["by_status"] is None
