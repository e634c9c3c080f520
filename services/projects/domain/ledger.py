"""A company's ledger: closed when the company has ended and its last project has gone on elsewhere (R70)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from shared.domain import By, Closes, Decider, UnitId

# Events


@dataclass(frozen=True, slots=True)
class LedgerClosed(Closes):
    """Nothing is recorded here any more; what was open goes on in these ledgers."""

    company: UnitId
    successors: tuple[str, ...]  # names of ledgers within the service


Event = LedgerClosed

# Commands


@dataclass(frozen=True, slots=True)
class CloseLedger:
    """Close it; the system's own act. Facts: the ledgers in which its projects go on."""

    by: By | None
    company: UnitId
    successors: tuple[str, ...]


Command = CloseLedger

# State


def decide(command: Command, closed: bool) -> Sequence[Event]:
    """Once."""
    return [] if closed else [LedgerClosed(command.company, command.successors)]


def evolve(closed: bool, event: Event) -> bool:
    """Closed for ever."""
    return True


LEDGER: Decider[Command, Event, bool] = Decider(
    "ledger", False, decide, evolve, (CloseLedger,), (LedgerClosed,)
)
