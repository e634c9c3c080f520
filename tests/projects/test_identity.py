"""Units, people, offices and accounts over HTTP: who may, what is recorded, what is told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from argon2 import PasswordHasher

from services.projects import tables
from services.projects.accounts import Accounts
from services.projects.api import accounts, founding, organisation_acts, session
from services.projects.api.founding import CODE_FILE, founding_code
from services.projects.domain.account import AccountOpened
from services.projects.domain.session import SessionEnded
from services.projects.files import Files
from services.projects.keys import SealingKeys
from services.projects.parts import Parts
from services.projects.projections.projects import PROJECTS
from services.projects.schema import DECIDERS
from shared.auth import Signer, Verifier, load_or_make_key
from shared.bus import Bus
from shared.engines import begin, create_engine
from shared.envelope import Recorded
from shared.following import Following
from shared.organisation import Organisation
from shared.reading import Runner
from shared.settings import Settings
from shared.web import create_app
from shared.writer import Writer
from tests.support.engines import Database
from tests.support.living import house

PUBLIC = "http://localhost:8080"
OWN, GIVEN = "known to nobody else", "given by the roster"
CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
FOUNDER, STAFF = "founder", "正式党员"


@dataclass
class Office:
    """The service's identity side, just founded."""

    parts: Parts
    http: httpx.AsyncClient
    group: str = ""
    people: dict[str, str] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)

    async def asks(self, login: str, path: str, body: dict[str, Any], key: str = "") -> httpx.Response:
        """A request of somebody who is signed in."""
        headers = {"Authorization": f"Bearer {self.tokens[login]}", "Idempotency-Key": key or str(uuid4())}
        return await self.http.post(f"/api/projects{path}", json=body, headers=headers)

    async def does(self, login: str, path: str, /, **body: Any) -> str:
        """An act that is taken; the id of what it is on."""
        answer = await self.asks(login, path, body)
        assert answer.is_success, answer.text
        return str(answer.json().get("id", ""))

    async def is_refused(self, rule: str, login: str, path: str, /, **body: Any) -> None:
        """An act that this rule refuses."""
        answer = await self.asks(login, path, body)
        assert answer.json().get("code") == rule, answer.text

    async def signs_in(self, login: str, password: str = OWN, **more: str) -> httpx.Response:
        """A sign-in, whatever comes of it."""
        body = {"login": login, "password": password} | more
        answer = await self.http.post("/api/projects/session", json=body)
        if answer.is_success:
            self.tokens[login] = answer.json()["access_token"]
        return answer

    async def unit(self, code: str, parent: str) -> str:
        """Established by the founder."""
        return await self.does(FOUNDER, "/units/establish-unit", **unit(code, parent))

    async def person(self, login: str, where: str) -> str:
        """Registered by the founder, with an account, signed in."""
        who = {"staff_number": login, "unit": where, "political_status": STAFF, "trade": "", "skill": ""}
        who |= {"name": login, "phone": "", "mail": ""}
        self.people[login] = await self.does(FOUNDER, "/people/register-person", **who)
        await self.opened(login)
        assert (await self.signs_in(login, GIVEN, new_password=OWN)).is_success
        return self.people[login]

    async def opened(self, login: str) -> None:
        """An account, opened by the founder."""
        path = f"/people/{self.people[login]}/open-account"
        answer = await self.asks(FOUNDER, path, {"login": login, "password": GIVEN})
        assert answer.status_code == 201, answer.text

    async def appointed(self, login: str, office: str, where: str) -> str:
        """Appointed by the founder to an office that needs no second; the term."""
        body = {"person": self.people[login], "office": office, "unit": where, "since": "2026-01-01"}
        return await self.does(FOUNDER, "/offices/appoint-office", **body, document="1号")

    async def events(self, kind: type) -> list[Recorded]:
        """What the group's ledger holds of a kind."""
        found = await self.parts.ledgers.read_ledger("group", 0)
        return [recorded for recorded in found if isinstance(recorded.event, kind)]


def unit(code: str, parent: str | None) -> dict[str, Any]:
    given: dict[str, Any] = {"code": code, "name": code, "parent": parent, "kind": "production"}
    given |= {"organisation": "", "marks": [], "has_ledger": False, "has_committee": False}
    return given | {"full_members": 0}


@pytest.fixture
async def office(database: Database, tmp_path: Path) -> AsyncIterator[Office]:
    async with house(database, "projects", DECIDERS) as home:
        async with begin(home.engine) as connection:
            await connection.run_sync(tables.metadata.create_all)
        views = create_engine(database.url("views"), durable=False)
        signer = Signer(load_or_make_key(tmp_path / "key.pem"), PUBLIC)
        settings = Settings(service="projects", data_dir=tmp_path, file_megabytes_at_most=1)
        organisation = Organisation()
        following = Following(home.source, organisation)
        writer = Writer(home.ledgers, home.clock, refresh=following.catch_up, committed=home.source.committed)
        parts = Parts(
            settings=settings,
            clock=home.clock,
            ledgers=home.ledgers,
            writer=writer,
            organisation=organisation,
            accounts=Accounts(home.engine, CHEAP),
            keys=SealingKeys(home.engine),
            files=Files(settings, home.engine, home.clock),
            bus=Bus("nats://127.0.0.1:1", "projects"),
            views=views,
            runner_projects=Runner(PROJECTS, views, [home.source]),
            following=following,
            signer=signer,
            names=lambda _person: None,
        )
        routers = [session.router, founding.router, organisation_acts.router, accounts.router]
        app = create_app("projects", routers=routers)
        app.state.parts, app.state.organisation = parts, organisation
        app.state.verifier = Verifier(signer.jwks(), PUBLIC)
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url=PUBLIC) as http:
            built = Office(parts, http)
            answer = await founds(built, founding_code(settings.directory))
            assert answer.status_code == 201, answer.text
            built.group, built.people[FOUNDER] = answer.json()["group"], answer.json()["person"]
            assert (await built.signs_in(FOUNDER)).is_success
            yield built
        await writer.close()
        await views.dispose()


async def founds(office: Office, code: str, login: str = FOUNDER, key: str = "founding") -> httpx.Response:
    body = {"code": code, "group": {"code": "G", "name": "集团"}, "login": login, "password": OWN}
    body |= {"person": {"staff_number": "1", "name": "王芳"}}
    return await office.http.post("/api/projects/founding", json=body, headers={"Idempotency-Key": key})


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
    await office.is_refused("NotAllowed", "operator", path.format(office.people["8"]), login="seven")
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
