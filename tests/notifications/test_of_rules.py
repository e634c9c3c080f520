"""The programme and its supplements: who has to know of what is published."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from services.projects.domain.programme import PROGRAMME
from services.projects.domain.supplement import SUPPLEMENT, DraftSupplement, PublishSupplement
from shared.domain import UnitId
from tests.notifications.an_inbox import Office
from tests.projects import a_project as p
from tests.projects import test_programme as of_programme
from tests.projects import test_supplement as of_supplement

TOLD = "2026.1已发布，自2026-04-01起施行，主要变化0处。"


async def test_every_branch_and_party_department_reads_of_a_published_programme(office: Office) -> None:
    """n01: once each, and nobody else; of a corrigendum with the number of its changes."""
    stream = {"decider": PROGRAMME, "ledger": "group"}
    await office.does(of_programme.DRAFT, of_programme.PUBLISH, **stream, stream=UUID(int=1))
    publish = replace(of_programme.PUBLISH, corrected_hash=of_programme.CORRECTED)
    await office.does(of_programme.MENDS, publish, **stream, stream=UUID(int=2))
    mended = "2026.1更1已发布，自2026-03-02起施行，主要变化1处。"
    for person in ("secretary", "prechecker", "colleague"):
        assert await office.says(person, "copied") == [TOLD, mended]
        assert await office.says(person) == []
    for person in ("deputy", "chair", "hq", "fitter"):
        assert await office.says(person, "copied") == []


async def test_of_a_supplement_its_company_reads(office: Office) -> None:
    """n01, R22."""
    draft, publish = of_supplement.DRAFT, of_supplement.PUBLISH
    assert isinstance(draft, DraftSupplement)
    assert isinstance(publish, PublishSupplement)
    group = {"decider": SUPPLEMENT, "ledger": "group"}
    await office.does(replace(draft, company=p.COMPANY), publish, **group, stream=UUID(int=1))
    await office.does(replace(draft, company=UnitId("elsewhere")), publish, **group, stream=UUID(int=2))
    told = ["长河党发〔2026〕5号已发布，自2026-04-01起施行，主要变化1处。"]
    for person in ("secretary", "prechecker", "colleague"):
        assert await office.says(person, "copied") == told
    assert await office.says("hq", "copied") == []
