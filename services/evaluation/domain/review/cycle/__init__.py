"""A review cycle: what is collected for a unit's year, and what it scores round by round (0079)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_never, get_args

from services.evaluation.domain.review.cycle import collecting, judging
from services.evaluation.domain.review.cycle.state import State
from shared.domain import Decider

Command = collecting.Command | judging.Command
Event = collecting.Event | judging.Event


def decide(command: Command, cycle: State) -> Sequence[Event]:
    """What the command causes, or the refusal."""
    if isinstance(command, collecting.Command):
        return collecting.decide(command, cycle)
    if isinstance(command, judging.Command):
        return judging.decide(command, cycle)
    assert_never(command)


def evolve(cycle: State, event: Event) -> State:
    """The state after the event."""
    if isinstance(event, collecting.Event):
        return collecting.evolve(cycle, event)
    if isinstance(event, judging.Event):
        return judging.evolve(cycle, event)
    assert_never(event)


CYCLE: Decider[Command, Event, State] = Decider(
    "review_cycle", State(), decide, evolve, get_args(Command), get_args(Event)
)
