"""The whole service over HTTP, just founded: people who are registered, appointed, and ask for themselves."""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
from argon2 import PasswordHasher

from cli.example.programme import content
from services.projects import tables
from services.projects.accounts import Accounts
from services.projects.api.founding import founding_code
from services.projects.files import Files
from services.projects.handing_over import FOLLOWS
from services.projects.keys import ERASED_FILE, SealingKeys
from services.projects.parts import Parts
from services.projects.programme_content import hash_of
from services.projects.projections.projects import PROJECTS
from services.projects.projections.suspicions import SUSPICIONS
from services.projects.reactions import reactions
from services.projects.schema import DECIDERS
from shared.auth import Signer, load_or_make_key
from shared.bus import Bus
from shared.engines import begin, create_engine
from shared.envelope import Recorded
from shared.following import Following
from shared.organisation import Organisation
from shared.reading import Runner, running
from shared.settings import Settings
from shared.sources import LocalSource
from shared.writer import Writer
from tests.projects.a_process import PUBLIC, a_process
from tests.projects.some_files import PDF
from tests.support.engines import Database
from tests.support.living import house

OWN, GIVEN = "known to nobody else", "given by the roster"
CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
FOUNDER, STAFF = "founder", "正式党员"


@dataclass
class Office:
    """The service's identity side, just founded."""

    parts: Parts
    http: httpx.AsyncClient
    source: LocalSource  # of all that is recorded, for whoever follows
    group: str = ""
    people: dict[str, str] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)

    async def asks(
        self, login: str, path: str, body: dict[str, Any], key: str = "", **more: str
    ) -> httpx.Response:
        """A request of somebody who is signed in."""
        headers = self.signed(login) | {"Idempotency-Key": key or str(uuid4())} | more
        return await self.http.post(f"/api/projects{path}", json=body, headers=headers)

    def signed(self, login: str) -> dict[str, str]:
        """The header that proves who it is."""
        return {"Authorization": f"Bearer {self.tokens[login]}"}

    async def gets(self, login: str, path: str, http: httpx.AsyncClient | None = None) -> httpx.Response:
        """What is answered to somebody who reads, by this process or another."""
        return await (http or self.http).get(f"/api/projects{path}", headers=self.signed(login))

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

    async def unit(self, code: str, parent: str, **more: Any) -> str:
        """Established by the founder."""
        return await self.does(FOUNDER, "/units/establish-unit", **unit(code, parent) | more)

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

    async def published(
        self, by: str, in_force: str, version: str = "2026.1", text: str = "", **more: Any
    ) -> None:
        """The shipped programme or another, drafted by the founder, published by somebody else."""
        path, read = await self.drafted(in_force, version, text, **more)
        await self.does(by, path, **read)

    async def drafted(
        self, in_force: str, version: str, text: str = "", **more: Any
    ) -> tuple[str, dict[str, Any]]:
        """The same, not published: where that is done, and what is said to have been read."""
        text = text or content()
        said = {"version": version, "year": 2026, "kind": "programme", "document": "2号", "meeting": "1号"}
        said |= {"in_force": in_force, "content": text, "file": await self.document(FOUNDER)} | more
        programme = await self.does(FOUNDER, "/programmes/draft-programme", **said, file_name="2号.pdf")
        read = {"content_hash": hash_of(text), "file": str(said["file"])}
        return f"/programmes/{programme}/publish-programme", read

    async def document(self, login: str, content: bytes = PDF) -> str:
        """The hash of a file that somebody has uploaded."""
        headers = self.signed(login) | {"Content-Type": "application/pdf"}
        answer = await self.http.post("/api/projects/files", content=content, headers=headers)
        return str(answer.json()["sha256"])

    async def roster(self, login: str, address: str, workbook: bytes, **more: Any) -> httpx.Response:
        """A roster that somebody compares, has given back or imports, with what is said along with it."""
        body = {"workbook": base64.b64encode(workbook).decode(), "document": "华岭党组〔2026〕3号"} | more
        headers = self.signed(login) | {"Accept-Language": "zh-CN"}
        path = f"/api/projects/roster/{address}"
        return await self.http.post(path, json=body, headers=headers, timeout=120)

    async def imports(self, login: str, workbook: bytes, **more: Any) -> dict[str, Any]:
        """The last line of an import, which says all."""
        answer = await self.roster(login, "import", workbook, **more)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = json.loads(answer.text.splitlines()[-1])
        return found

    async def events(self, kind: type) -> list[Recorded]:
        """What the group's ledger holds of a kind."""
        found = await self.parts.ledgers.read_ledger("group", 0)
        return [recorded for recorded in found if isinstance(recorded.event, kind)]


def unit(code: str, parent: str | None) -> dict[str, Any]:
    given: dict[str, Any] = {"code": code, "name": code, "parent": parent, "kind": "production"}
    given |= {"organisation": "", "marks": [], "has_ledger": False, "has_committee": False}
    return given | {"full_members": 0}


@asynccontextmanager
async def founded(database: Database, tmp_path: Path, reacts: bool = False) -> AsyncIterator[Office]:
    """Founded, its founder signed in; what follows from events, follows where it `reacts`."""
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
            keys=SealingKeys(home.engine, tmp_path / ERASED_FILE),
            files=Files(settings, home.engine, home.clock),
            bus=Bus("nats://127.0.0.1:1", "projects"),
            views=views,
            runner_projects=Runner(PROJECTS, views, [home.source]),
            runner_suspicions=Runner(SUSPICIONS, views, [home.source]),
            following=following,
            signer=signer,
            names=lambda _person: None,
        )
        reacting = [Runner(reactions(parts, FOLLOWS, PROJECTS), views, [home.source])] if reacts else []
        async with (
            a_process(parts) as http,
            running(parts.runner_projects, parts.runner_suspicions, *reacting),
        ):
            built = Office(parts, http, home.source)
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
