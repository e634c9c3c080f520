"""A programme with a scheme of its own, in the version under which `a_project` is submitted."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

from services.projects.domain.programme import PROGRAMME, Changed, DraftProgramme, PublishProgramme
from services.projects.domain.project.work import Evidence
from shared.domain import By, PersonId
from tests.projects import a_project as p
from tests.support.living import House

IN_FORCE = date(2026, 1, 20)
FILE = Evidence("f" * 64, "〔2026〕1号.pdf", 48_000, "application/pdf")
CHANGED = Changed("scheme.groups.results.criteria.attainment.weight", "changed", "24", "30")
BASIS = ("〔2026〕1号", "meeting-1", IN_FORCE)


async def published(
    projects: House, scheme: object, mended: bool = False, version: str = "2026.1", number: int = 1
) -> None:
    """By two people, whatever its scheme is; or a corrigendum of it."""
    content = json.dumps({"tracks": [], "scheme": scheme, "routes": [], "deadlines": []}, ensure_ascii=False)
    first, second = (By(PersonId(name), "headquarters", p.GROUP) for name in ("hq", "hq2"))
    draft = DraftProgramme(
        first, "programme", version, 2026, "programme", *BASIS, content, "hash", attachment=FILE
    )
    if mended:
        what: dict[str, Any] = {"corrects": "2026.1", "corrected_hash": "hash", "changes": (CHANGED,)}
        draft = replace(draft, version="2026.1更1", kind="corrigendum", **what)
    publish = PublishProgramme(second, "programme", "hash", FILE.sha256, IN_FORCE, "hash" if mended else "")
    stream = UUID(int=2 if mended else number)
    await projects.does(draft, publish, decider=PROGRAMME, stream=stream, ledger="group")
