"""R15 Mandates through the front door: who opens one, who reads of it, what it gives, and that it ends."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

from shared.domain import UnitId
from tests.projects.an_office import FOUNDER, Office, founded
from tests.support.engines import Database


async def confirmed(office: Office, login: str, held: str, where: str) -> None:
    term = await office.appointed(login, held, where)
    await office.does("second", f"/offices/{term}/confirm-appointment")


async def test_an_auditor_from_outside_holds_a_mandate_until_it_ends(
    database: Database, tmp_path: Path
) -> None:
    """R15."""
    async with founded(database, tmp_path) as office:
        await office.person("second", office.group)
        await office.appointed("second", "headquarters", office.group)
        company = await office.unit("C1", office.group, has_ledger=True)
        branch = await office.unit("B1", company)
        for login in ("above", "own", "outside", "another"):
            await office.person(login, company)
        await confirmed(office, "above", "discipline_officer", office.group)
        await confirmed(office, "own", "discipline_officer", company)
        today = office.parts.clock.now().date()
        last = today + timedelta(days=9)
        said: dict[str, Any] = {"person": office.people["outside"], "office": "auditor", "unit": company}
        said |= {"since": f"{today}", "until": f"{last}", "document": "审通〔2026〕1号", "mandate": True}
        opening = "/offices/appoint-office"
        await office.is_refused("AuditedUnitOpensNoMandate", "own", opening, **said)
        await office.is_refused("NotYoursToAppoint", FOUNDER, opening, **said)
        term = await office.does("above", opening, **said)
        confirming = f"/offices/{term}/confirm-appointment"
        await office.is_refused("AuditedUnitOpensNoMandate", "own", confirming)
        await office.does("second", confirming)

        async def holders() -> list[dict[str, Any]]:
            offices = (await office.gets("own", f"/units/{company}")).json()["offices"]
            return [held for held in offices if held["mandate"]]

        [held] = await holders()
        assert (held["person"], held["office"]) == (office.people["outside"], "auditor")
        assert held["mandate"] == {"document": "审通〔2026〕1号", "until": f"{last}"}
        colleague = said | {"person": office.people["another"], "unit": branch}
        await office.is_refused("NotYoursToAppoint", "outside", opening, **colleague)

        known = office.parts.organisation
        assert [t.id for t in known.holders("auditor", UnitId(company), last)] == [term]
        assert not known.holders("auditor", UnitId(company), last + timedelta(days=1))  # by itself
        ending = {"ended_on": f"{today}", "reason": "提前完成", "document": "审通〔2026〕2号"}
        await office.is_refused("ClosedByWhoOpenedIt", "own", f"/offices/{term}/end-office", **ending)
        await office.does("above", f"/offices/{term}/end-office", **ending)
        assert not await holders()
