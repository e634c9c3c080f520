"""What has ended goes to the archive: handed over by the party department, received by the archivist."""

from __future__ import annotations

from cli.example.life import Life
from services.projects.domain.project.archiving import PROPERTIES


def archive(life: Life) -> None:
    """Both acts, some days apart (R78)."""
    life.do(life.holder("party_department"), "hand-over-to-archive")
    life.some_days(3, 10)
    life.do(life.holder("archivist"), "archive-project", checked=PROPERTIES)
