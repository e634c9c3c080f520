"""What a sealed panel says, read from its own stream: seals do not change (0079)."""

from __future__ import annotations

from uuid import UUID

from services.evaluation.domain.review.cycle.judging import SealedPanel
from services.evaluation.domain.review.panel.changing import DossierWithdrawn
from services.evaluation.domain.review.panel.opening import DossierPlaced
from services.evaluation.domain.review.panel.sealing import PanelSealed
from shared.ledger import Ledgers


async def sealed_panel(ledgers: Ledgers, panel: str) -> SealedPanel | None:
    """The scores of a panel and what was withdrawn from it; None for one that is not sealed."""
    projects: dict[int, str] = {}
    withdrawn: list[str] = []
    for recorded in await ledgers.read_stream(UUID(panel)):
        match recorded.event:
            case DossierPlaced(dossier):
                projects[dossier.number] = dossier.project
            case DossierWithdrawn(number):
                withdrawn.append(projects[number])
            case PanelSealed(_, results):
                scores = tuple((result.project, result.score) for result in results)
                return SealedPanel(panel, scores, tuple(withdrawn))
    return None
