"""R22 through the front door: a company's supplement from its draft to what applies in its branches."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from services.projects.programme_content import hash_of
from tests.projects.an_office import FOUNDER, Office, founded
from tests.projects.some_files import PDF
from tests.projects.test_supplement import ADDED, CONTENT
from tests.support.engines import Database

DRAFT = "/supplements/draft-supplement"


@dataclass(frozen=True)
class Company:
    """A company with two of its party department, and a branch; and one of another company."""

    office: Office
    id: str
    branch: str

    async def said(self, **more: str) -> dict[str, str]:
        """A draft, its document uploaded by who keeps the roster."""
        said = {"company": self.id, "version": "2026-1", "programme": "2026.1", "document": "5号"}
        said |= {"meeting": "2号", "in_force": "2026-01-20", "content": CONTENT, "file_name": "实施细则.pdf"}
        return said | {"file": await self.office.document("keeper")} | more


@pytest.fixture
async def company(database: Database, tmp_path: Path) -> AsyncIterator[Company]:
    async with founded(database, tmp_path) as office:
        await office.person("second", office.group)
        await office.appointed("second", "headquarters", office.group)
        await office.published("second", "2026-01-20")
        here = await office.unit("C1", office.group, has_ledger=True)
        there = await office.unit("C2", office.group, has_ledger=True)
        branch = await office.unit("B1", here, organisation="党支部", full_members=5)
        for login, unit in (("keeper", here), ("colleague", here), ("outsider", there)):
            await office.person(login, unit)
            await office.appointed(login, "party_department", unit)
        yield Company(office, here, branch)


async def test_a_supplement_is_drafted_read_published_and_applies_in_the_company_alone(
    company: Company,
) -> None:
    """R22, R17."""
    office, said = company.office, await company.said()
    id_ = await office.does("keeper", DRAFT, **said)
    here = f"/supplements/{id_}"
    read = (await office.gets("colleague", here)).json()
    assert (read["content"], read["published"], read["version"]) == (ADDED, False, "2026-1")
    for path in (here, f"{here}/document"):
        hidden = await office.gets("outsider", path)
        assert (hidden.status_code, hidden.json()["code"]) == (404, "NotKnown"), "nor that there is one"
    seen = {"content_hash": hash_of(CONTENT), "file": said["file"]}
    await office.is_refused("NotAllowed", "outsider", f"{here}/publish-supplement", **seen)
    await office.is_refused("PublicationNeedsASecond", "keeper", f"{here}/publish-supplement", **seen)
    await office.does("colleague", f"{here}/publish-supplement", **seen)
    assert (await office.gets("outsider", f"{here}/document")).content == PDF

    rules = (await office.gets("keeper", f"/units/{company.branch}/rules")).json()
    pinned = (rules["programme"]["version"], rules["supplement"], rules["supplement_id"])
    assert pinned == ("2026.1", "2026-1", id_)
    sooner = {"what": "立项申请提交", "by": "03-15", "of_the_programme": "03-31"}
    assert [d for d in rules["dates"] if d["by"] != d["of_the_programme"]] == [sooner]
    assert {"track": "safety_quality", "local": ["涂装返修"]} in rules["topics"]
    assert (rules["award"], rules["titles"]) == (ADDED["award"], ADDED["titles"])
    elsewhere = (await office.gets("outsider", f"/units/{office.group}/rules")).json()
    assert (elsewhere["supplement"], elsewhere["supplement_id"], elsewhere["titles"]) == ("", None, {})


async def test_a_supplement_beyond_the_bounds_or_of_nothing_is_not_drafted(company: Company) -> None:
    """R22."""
    office = company.office
    later = json.dumps({"dates": [{"what": "立项申请提交", "by": "04-15"}]})
    for rule, more in (
        ("ContentNotReadable", {"content": later}),
        ("ContentNotReadable", {"content": json.dumps({"scheme": {"total": 90}})}),
        ("SupplementsNothing", {"programme": "2025.1"}),
        ("SupplementsNothing", {"company": company.branch}),
        ("NotAllowed", {"company": office.group}),
    ):
        await office.is_refused(rule, "keeper", DRAFT, **await company.said(**more))
    await office.is_refused("NotAllowed", "outsider", DRAFT, **await company.said())


async def test_what_is_published_for_later_is_named_and_does_not_apply_yet(company: Company) -> None:
    """R16: until then the version in force applies."""
    await company.office.published("second", "2026-06-01", "2026.2")
    rules = (await company.office.gets("keeper", f"/units/{company.branch}/rules")).json()
    assert rules["programme"]["version"] == "2026.1"
    assert [(later["version"], later["in_force"]) for later in rules["not_yet"]] == [("2026.2", "2026-06-01")]
    unknown = await company.office.gets(FOUNDER, f"/units/{'0' * 32}/rules")
    assert unknown.json()["code"] == "NotKnown"
