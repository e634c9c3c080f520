"""A review cycle: what is collected for a unit's year, its scores round by round, its awards (0079)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_never, get_args

from services.evaluation.domain.review.cycle import (
    allotting,
    beginning,
    collecting,
    confirming,
    holding,
    judging,
    notice,
)
from services.evaluation.domain.review.cycle.state import State
from shared.domain import Decider

Command = (
    beginning.OpenCycle
    | collecting.Command
    | judging.Command
    | allotting.Command
    | notice.Command
    | holding.Command
    | confirming.Command
)
Event = (
    beginning.CycleOpened
    | collecting.Event
    | judging.Event
    | allotting.Event
    | notice.Event
    | holding.Event
    | confirming.Event
)


def decide(command: Command, cycle: State) -> Sequence[Event]:
    """What the command causes, or the refusal."""
    if isinstance(command, beginning.OpenCycle):
        return beginning.open_cycle(command, cycle)
    if isinstance(command, collecting.Command):
        return collecting.decide(command, cycle)
    if isinstance(command, judging.Command):
        return judging.decide(command, cycle)
    if isinstance(command, allotting.Command):
        return allotting.decide(command, cycle)
    if isinstance(command, notice.Command):
        return notice.decide(command, cycle)
    if isinstance(command, holding.Command):
        return holding.decide(command, cycle)
    if isinstance(command, confirming.Command):
        return confirming.decide(command, cycle)
    assert_never(command)


def evolve(cycle: State, event: Event) -> State:
    """The state after the event."""
    if isinstance(event, beginning.CycleOpened):
        return beginning.evolve(cycle, event)
    if isinstance(event, collecting.Event):
        return collecting.evolve(cycle, event)
    if isinstance(event, judging.Event):
        return judging.evolve(cycle, event)
    if isinstance(event, allotting.Event):
        return allotting.evolve(cycle, event)
    if isinstance(event, notice.Event):
        return notice.evolve(cycle, event)
    if isinstance(event, holding.Event):
        return holding.evolve(cycle, event)
    if isinstance(event, confirming.Event):
        return confirming.evolve(cycle, event)
    assert_never(event)


CYCLE: Decider[Command, Event, State] = Decider(
    "review_cycle", State(), decide, evolve, get_args(Command), get_args(Event)
)
