"""A past decision taken again: its recorded command on the state that it met; nothing is recorded of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import msgspec

from services.projects.domain.project import PROJECT, Command, Event
from services.projects.domain.project.state import State
from shared.codec import canonical, settled
from shared.domain import NotKnown, Refusal
from shared.envelope import Recorded
from shared.folding import fold

COMMANDS: Mapping[str, type[Command]] = {command.__name__: command for command in PROJECT.commands}


class CommandNoLongerRead(Refusal):
    """This decision was recorded in a form that cannot be decided again.

    Look at what came of it in the history."""


class _Stored(msgspec.Struct, frozen=True):
    name: str
    data: msgspec.Raw


@dataclass(frozen=True, slots=True)
class Decision:
    """What was decided: the state that the command met, the command, the events that it caused."""

    state: State
    command: Command
    events: tuple[Recorded, ...]


@dataclass(frozen=True, slots=True)
class Again:
    """What comes of it now: events or a refusal, and whether they are those recorded."""

    events: tuple[Event, ...]
    refusal: Refusal | None
    same: bool


def decision(stream: Sequence[Recorded], version: int) -> Decision:
    """The decision of which the event at this version is a part.

    Raises NotKnown where there is none, CommandNoLongerRead for a command that this code does not know.
    """
    if not 0 < version <= len(stream):
        raise NotKnown()
    first = next(r for r in reversed(stream[:version]) if r.envelope.command_id is not None)
    before = stream[: first.version - 1]
    events = stream[len(before) : len(before) + first.envelope.count]
    return Decision(fold(PROJECT, before), read_command(first), tuple(events))


def read_command(first: Recorded) -> Command:
    """The command that a decision's first event carries."""
    try:
        stored = msgspec.json.decode(first.envelope.command, type=_Stored)
        type_ = COMMANDS[stored.name]
        return msgspec.json.decode(stored.data, type=type_)
    except (msgspec.MsgspecError, KeyError) as error:
        raise CommandNoLongerRead() from error


def decide_again(taken: Decision, other: Callable[[Decision], Command] | None = None) -> Again:
    """Decide again: the command as it is recorded, or as `other` makes it; a refusal is an answer too."""
    try:
        command = other(taken) if other else taken.command
        events = tuple(settled(event)[1] for event in PROJECT.decide(command, taken.state))
    except Refusal as refusal:
        return Again((), refusal, same=False)
    old = [(type(r.event).__name__, canonical(r.event)) for r in taken.events]
    new = [(type(event).__name__, canonical(event)) for event in events]
    return Again(events, None, same=old == new)
