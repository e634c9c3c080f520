"""The lot stands fast before jurors are drawn from it, and is not tried again until it pleases (R57)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from services.evaluation.domain.review.panel.state import PanelIsOpen, State
from shared.domain import By, Refusal

# Events


@dataclass(frozen=True, slots=True)
class LotFixed:
    """What jurors are drawn from stands fast before there is a seed, which follows from this event (R57)."""

    cycle: str
    lot: str  # canonical: dossiers, jurors by letter, conflicts, terms
    sealed: str  # who the letters are, sealed with the review's key (R68)
    reason: str = ""  # why anew


# Commands


@dataclass(frozen=True, slots=True)
class FixLot:
    """Say from whom the jurors of a panel are drawn; anew where that has changed before it was drawn."""

    by: By
    cycle: str
    lot: str  # fact
    sealed: str  # fact
    same: bool  # fact: whether lot and letters are those that stand
    reason: str = ""


# Refusals


class LotStands(Refusal):
    """The lot is fixed, and nothing of what it is drawn from has changed: pool, conflicts, dossiers, resorts.

    Open the panel with it; the seed of a lot is nobody's choice."""


class FixedAnewSaysWhy(Refusal):
    """Something of what the lot is drawn from has changed; whoever fixes it anew says why.

    Give the reason; the lot before stays on record."""


def fix_lot(command: FixLot, panel: State) -> Sequence[LotFixed]:
    """Anybody who has the ledger knows the seed at once: so once, unless what is put in has changed."""
    if panel.terms is not None:
        raise PanelIsOpen()
    if command.same:
        raise LotStands()
    if panel.lot and not command.reason.strip():
        raise FixedAnewSaysWhy()
    return [LotFixed(command.cycle, command.lot, command.sealed, command.reason.strip())]


def evolve(panel: State, event: LotFixed) -> State:
    """The panel with the lot that stands now."""
    return replace(
        panel, cycle=event.cycle, lot=event.lot, sealed_letters=(event.sealed,), fixed=panel.fixed + 1
    )
