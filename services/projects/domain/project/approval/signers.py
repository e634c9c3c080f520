"""Who signs besides or instead: a signer added before or after one, a seat's work transferred (R29)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Protocol, assert_never

from services.projects.domain.project.approval import signing, steps
from services.projects.domain.project.content import Seat
from services.projects.domain.project.route import Place
from services.projects.domain.project.standing import Added, Handler, Standing
from services.projects.domain.project.state import State
from shared.domain import By, NotAllowed, PersonId, Refusal


@dataclass(frozen=True, slots=True)
class SignerAdded:
    """An addressed seat asked another office to sign before or after itself, beside all who are asked."""

    step: int
    signer: Seat
    place: Place
    beside: Seat
    person: PersonId  # who added it
    reason: str = ""


@dataclass(frozen=True, slots=True)
class StepTransferred:
    """Somebody else of the same office acts for this seat in this step."""

    step: int
    seat: Seat
    person: PersonId  # who transferred it
    to: PersonId
    office: Seat  # in which both act: the seat, or the nearest to it without conflict
    reason: str = ""


Event = SignerAdded | StepTransferred


@dataclass(frozen=True, slots=True)
class AddSigner:
    """Ask another office to sign as well. Facts: seat, tied_to, handler_acts, can_sign."""

    by: By
    step: int
    signer: Seat
    place: Place
    seat: Seat
    can_sign: bool  # whether it is of the company or above it, and somebody without conflict acts for it
    reason: str = ""
    tied_to: tuple[PersonId, ...] = ()
    handler_acts: bool = True


@dataclass(frozen=True, slots=True)
class TransferStep:
    """Pass a seat's work to a colleague. Facts: seat, tied_to, handler_acts, colleagues, their_ties."""

    by: By
    step: int
    to: PersonId
    seat: Seat
    colleagues: tuple[PersonId, ...]  # who hold the office in which `by` acts, and their deputies
    their_ties: tuple[PersonId, ...] = ()  # whom `to` is deputy for (R8)
    reason: str = ""
    tied_to: tuple[PersonId, ...] = ()
    handler_acts: bool = True


Command = AddSigner | TransferStep


class AlreadyAddressed(Refusal):
    """This office is asked in this step already.

    An added signer signs besides those who are asked; choose another office."""


class NobodyCanSign(Refusal):
    """Nobody of the company or above it can sign in this office.

    Choose an office of the company, or of a unit above it, that somebody without conflict holds."""


class TransferStaysInTheOffice(Refusal):
    """A transfer goes to somebody else who holds the same office, or stands in for its holder.

    To hear another office add it as a signer."""


class NoTransferIntoConflict(Refusal):
    """Whoever has a part in the project, or is deputy of somebody who has, takes over nothing here.

    Choose somebody without conflict."""


class DeputyMayNotPassOn(NotAllowed):
    """A deputy does not pass on what was entrusted to them.

    Ask the holder of the office."""


class Signs(Protocol):
    """That a signer was added in a step of some route."""

    @property
    def signer(self) -> Seat: ...
    @property
    def place(self) -> Place: ...
    @property
    def beside(self) -> Seat: ...


class Adds(Protocol):
    """A command that adds a signer in a step of some route."""

    @property
    def signer(self) -> Seat: ...
    @property
    def place(self) -> Place: ...
    @property
    def seat(self) -> Seat: ...
    @property
    def can_sign(self) -> bool: ...


class PassesOn(Protocol):
    """A command that passes a seat's work to a colleague in a step of some route."""

    @property
    def by(self) -> By: ...
    @property
    def seat(self) -> Seat: ...
    @property
    def to(self) -> PersonId: ...
    @property
    def colleagues(self) -> tuple[PersonId, ...]: ...
    @property
    def their_ties(self) -> tuple[PersonId, ...]: ...


class PassedOn(Protocol):
    """That a seat's work was transferred in a step of some route."""

    @property
    def seat(self) -> Seat: ...
    @property
    def to(self) -> PersonId: ...
    @property
    def office(self) -> Seat: ...


def decide(command: Command, state: State) -> list[Event]:
    """The events of a command that brings somebody else to sign; never in a meeting (R28)."""
    signing.refuse_signing(command, state)
    signing.refuse_stopped(state)
    match command:
        case AddSigner():
            return add_signer(command, state)
        case TransferStep():
            return transfer(command, state)
        case _:
            assert_never(command)


def add_signer(command: AddSigner, state: State) -> list[Event]:
    """It replaces nobody: all who were asked are asked still, and it must agree as well."""
    refuse_signer(command, state.approval)
    return [
        SignerAdded(
            command.step, command.signer, command.place, command.seat, command.by.person, command.reason
        )
    ]


def refuse_signer(command: Adds, standing: Standing) -> None:
    """Refuse a signer who is asked already, comes too late to be before another, or cannot sign."""
    if command.signer in standing.seats:
        raise AlreadyAddressed()
    if command.place == "before" and command.seat in standing.opinions:
        raise signing.OpinionAlreadyGiven()
    if not command.can_sign:
        raise NobodyCanSign()


def with_signer(standing: steps.S, event: Signs) -> steps.S:
    """With one more seat that is asked, before or after the one that added it."""
    seats = list(standing.seats)
    beside = seats.index(event.beside) if event.beside in seats else len(seats)
    seats.insert(beside + (event.place == "after"), event.signer)
    added = {**standing.added, event.signer: Added(event.place, event.beside)}
    return replace(standing, seats=tuple(seats), added=added)


def transfer(command: TransferStep, state: State) -> list[Event]:
    """Within the same office, in person, to somebody without conflict, of a word not yet given."""
    office = office_to_pass_on(command, state.approval, state)
    return [
        StepTransferred(command.step, command.seat, command.by.person, command.to, office, command.reason)
    ]


def office_to_pass_on(command: PassesOn, standing: Standing, state: State) -> Seat:
    """In which office both act; refused to a deputy, of a word that is given, to others and into conflict."""
    if command.by.on_behalf_of is not None:
        raise DeputyMayNotPassOn()
    if command.seat in standing.opinions:
        raise signing.OpinionAlreadyGiven()
    if command.to == command.by.person or command.to not in command.colleagues:
        raise TransferStaysInTheOffice()
    if not state.players.isdisjoint({command.to, *command.their_ties}):
        raise NoTransferIntoConflict()
    return Seat(command.by.office, command.by.unit)


def with_handler(standing: steps.S, event: PassedOn) -> steps.S:
    """With the work of a seat transferred."""
    handlers = {**standing.handlers, event.seat: Handler(event.to, event.office)}
    return replace(standing, handlers=handlers)


def evolve(state: State, event: Event) -> State:
    """The project with another signer, or another person at a seat."""
    approval = state.approval
    match event:
        case SignerAdded():
            return replace(state, approval=with_signer(approval, event))
        case StepTransferred():
            return replace(state, approval=with_handler(approval, event))
        case _:
            assert_never(event)
