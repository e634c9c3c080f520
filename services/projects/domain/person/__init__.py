"""A person: who they are, where they belong, the ties that they declare, and what is left of who left."""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_never, get_args

from services.projects.domain.person import leaving, record, ties
from services.projects.domain.person.state import Person
from shared.domain import Decider

Command = record.Command | leaving.Command | ties.Command
Event = record.Event | leaving.Event | ties.Event


def decide(command: Command, person: Person) -> Sequence[Event]:
    """What the command causes, or the refusal."""
    if isinstance(command, record.Command):
        return record.decide(command, person)
    if isinstance(command, leaving.Command):
        return leaving.decide(command, person)
    if isinstance(command, ties.Command):
        return ties.decide(command, person)
    assert_never(command)


def evolve(person: Person, event: Event) -> Person:
    """The state after the event."""
    if isinstance(event, record.Event):
        return record.evolve(person, event)
    if isinstance(event, leaving.Event):
        return leaving.evolve(person, event)
    if isinstance(event, ties.Event):
        return ties.evolve(person, event)
    assert_never(event)


PERSON: Decider[Command, Event, Person] = Decider(
    "person", Person(), decide, evolve, get_args(Command), get_args(Event)
)
