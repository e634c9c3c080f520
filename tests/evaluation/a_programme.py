"""A programme with a scheme of its own, in the version under which `a_project` is submitted."""

from __future__ import annotations

import json
from datetime import date
from uuid import UUID

from services.projects.domain.programme import PROGRAMME, DraftProgramme, PublishProgramme
from services.projects.domain.project.work import Evidence
from shared.domain import By, PersonId
from tests.projects import a_project as p
from tests.support.living import House

IN_FORCE = date(2026, 1, 20)
FILE = Evidence("f" * 64, "〔2026〕1号.pdf", 48_000, "application/pdf")
BASIS = ("〔2026〕1号", "meeting-1", IN_FORCE)


async def published(projects: House, scheme: object) -> None:
    """By two people, whatever its scheme is."""
    content = json.dumps({"tracks": [], "scheme": scheme, "routes": [], "deadlines": []}, ensure_ascii=False)
    first, second = (By(PersonId(name), "headquarters", p.GROUP) for name in ("hq", "hq2"))
    draft = DraftProgramme(
        first, "programme", "2026.1", 2026, "programme", *BASIS, content, "hash", attachment=FILE
    )
    publish = PublishProgramme(second, "programme", "hash", FILE.sha256, IN_FORCE)
    await projects.does(draft, publish, decider=PROGRAMME, stream=UUID(int=1), ledger="group")
