"""A unit of the group's tree: established once under its code, renamed, moved, marked, dissolved."""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_never, get_args

from services.projects.domain.unit import ending, particulars, tree
from services.projects.domain.unit.state import Unit
from shared.domain import Decider

Command = tree.Command | ending.Command | particulars.Command
Event = tree.Event | ending.Event | particulars.Event


def decide(command: Command, unit: Unit) -> Sequence[Event]:
    """What the command causes, or the refusal."""
    if isinstance(command, tree.Command):
        return tree.decide(command, unit)
    if isinstance(command, ending.Command):
        return ending.decide(command, unit)
    if isinstance(command, particulars.Command):
        return particulars.decide(command, unit)
    assert_never(command)


def evolve(unit: Unit, event: Event) -> Unit:
    """The state after the event."""
    if isinstance(event, tree.Event):
        return tree.evolve(unit, event)
    if isinstance(event, ending.Event):
        return ending.evolve(unit, event)
    if isinstance(event, particulars.Event):
        return unit
    assert_never(event)


UNIT: Decider[Command, Event, Unit] = Decider(
    "unit", Unit.unknown, decide, evolve, get_args(Command), get_args(Event)
)
