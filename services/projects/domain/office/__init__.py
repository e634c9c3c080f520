"""A term of office: who holds which office in which unit from when, who stands in; or that nobody does."""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_never, get_args

from services.projects.domain.office import appointing, standing_in, vacancy
from services.projects.domain.office.state import Term
from shared.domain import Decider

Command = appointing.Command | standing_in.Command | vacancy.Command
Event = appointing.Event | standing_in.Event | vacancy.Event


def decide(command: Command, term: Term) -> Sequence[Event]:
    """What the command causes, or the refusal."""
    if isinstance(command, appointing.Command):
        return appointing.decide(command, term)
    if isinstance(command, standing_in.Command):
        return standing_in.decide(command, term)
    if isinstance(command, vacancy.Command):
        return vacancy.decide(command, term)
    assert_never(command)


def evolve(term: Term, event: Event) -> Term:
    """The state after the event."""
    if isinstance(event, appointing.Event):
        return appointing.evolve(term, event)
    if isinstance(event, standing_in.Event):
        return standing_in.evolve(term, event)
    if isinstance(event, vacancy.Event):
        return vacancy.evolve(term, event)
    assert_never(event)


OFFICE: Decider[Command, Event, Term] = Decider(
    "office", Term(), decide, evolve, get_args(Command), get_args(Event)
)
