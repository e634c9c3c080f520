"""By which version a running project goes: in some parts by another than at first, never silently (R19)."""

from __future__ import annotations

from dataclasses import dataclass, replace

from services.projects.domain.project.state import NOBODY, State, require
from shared.domain import By, PersonId, Refusal


@dataclass(frozen=True, slots=True)
class PartMoved:
    """A part of the programme, and the versions before and after."""

    part: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class VersionMoved:
    """A running project goes by another version in these parts; by an order, or a request of its own."""

    parts: tuple[PartMoved, ...]
    reason: str  # of an order; that of a request stands with it
    person: PersonId = NOBODY
    demanded_by: str = ""  # of an order: number of the superior document
    change: str = ""  # the request that asked for it


Event = VersionMoved


@dataclass(frozen=True, slots=True)
class OrderVersion:
    """Let a running project go by another version, as a superior document demands. Facts: parts, number."""

    by: By
    programme: str
    reason: str
    parts: tuple[str, ...] = ()  # that it has by order, and the project not yet
    demanded_by: str = ""


Command = OrderVersion


class NothingToMove(Refusal):
    """{programme} has nothing new for this project.

    Look which versions apply to running projects, and by which act."""


class OrderNeedsAReason(Refusal):
    """An order to go by another version says why.

    Say what the superior document demands."""


def decide(command: OrderVersion, state: State) -> list[Event]:
    """Of a project whose closing has not begun: what its two keys have read stays."""
    require(state, "in_implementation", "suspended")
    if not command.reason.strip():
        raise OrderNeedsAReason()
    return [
        VersionMoved(
            moves(state, command.programme, command.parts),
            command.reason,
            command.by.person,
            demanded_by=command.demanded_by,
        )
    ]


def moves(state: State, programme: str, parts: tuple[str, ...]) -> tuple[PartMoved, ...]:
    """What changes where it goes by a version in these parts; NothingToMove."""
    if not parts:
        raise NothingToMove(programme=programme)
    return tuple(PartMoved(part, state.goes_by(part), programme) for part in parts)


def evolve(state: State, event: Event) -> State:
    """The project goes on by what it was moved to."""
    return replace(state, moved={**state.moved, **{moved.part: moved.after for moved in event.parts}})
