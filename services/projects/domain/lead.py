"""Leads for discipline: handed over outside of the project, in a ledger that only discipline reads (R49)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import assert_never

from services.projects.domain.project.state import NOBODY, NOWHERE, acting
from shared.domain import By, Decider, Incomplete, NotAllowed, NotKnown, PersonId, Refusal, UnitId

# Events


@dataclass(frozen=True, slots=True)
class LeadTransferred:
    """Who inspects came upon what is for discipline; the project says nothing but that they visited."""

    unit: UnitId  # that it concerns
    text: str
    on: date
    person: PersonId


@dataclass(frozen=True, slots=True)
class LeadReceived:
    """Discipline has it."""

    on: date
    person: PersonId
    note: str


Event = LeadTransferred | LeadReceived

# Commands


@dataclass(frozen=True, slots=True)
class TransferLead:
    """Hand a lead over to discipline."""

    by: By
    unit: UnitId
    text: str
    today: date


@dataclass(frozen=True, slots=True)
class ReceiveLead:
    """Say that discipline has it."""

    by: By
    today: date
    note: str = ""


Command = TransferLead | ReceiveLead

# Refusals


class LeadIsReceived(Refusal):
    """Discipline has received this lead.

    Nothing more is needed."""


class WhoHandsOverDoesNotReceive(NotAllowed):
    """Whoever handed a lead over does not receive it.

    Somebody else of discipline does."""


# State


@dataclass(frozen=True, slots=True)
class State:
    """One lead."""

    unit: UnitId = NOWHERE
    text: str = ""
    on: date = date.min
    person: PersonId = NOBODY
    received: LeadReceived | None = None


def decide(command: Command, state: State) -> Sequence[Event]:
    """The events of a command about a lead."""
    match command:
        case TransferLead():
            if not command.text.strip():
                raise Incomplete(missing=["text"])
            return [LeadTransferred(command.unit, command.text, command.today, command.by.person)]
        case ReceiveLead():
            return receive(command, state)
        case _:
            assert_never(command)


def receive(command: ReceiveLead, state: State) -> list[Event]:
    """Once, by another than who handed it over."""
    if state.unit == NOWHERE:
        raise NotKnown()
    if state.person in acting(command.by):
        raise WhoHandsOverDoesNotReceive()
    if state.received is not None:
        raise LeadIsReceived()
    return [LeadReceived(command.today, command.by.person, command.note)]


def evolve(state: State, event: Event) -> State:
    """The lead after an event; never raises."""
    match event:
        case LeadTransferred():
            return State(event.unit, event.text, event.on, event.person)
        case LeadReceived():
            return replace(state, received=event)
        case _:
            assert_never(event)


LEAD: Decider[Command, Event, State] = Decider(
    "lead", State(), decide, evolve, (TransferLead, ReceiveLead), (LeadTransferred, LeadReceived)
)
