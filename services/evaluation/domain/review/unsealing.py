"""Unsealing 启封: who asks for names that a review has sealed, for which, and the two who agree (R68).

No name stands in it: who agreed opens nothing, the names are shown to whoever asked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, assert_never

from shared.domain import By, Decider, NotAllowed, PersonId, Refusal

Opening = Literal["discipline", "secretary"]
OPENINGS: tuple[Opening, ...] = ("discipline", "secretary")


@dataclass(frozen=True, slots=True)
class Scope:
    """What is to be unsealed and nothing beside it: letters of one panel, objections in real name."""

    panel: str = ""
    letters: tuple[str, ...] = ()
    objections: tuple[int, ...] = ()


# Events


@dataclass(frozen=True, slots=True)
class UnsealingAsked:
    number: int  # of the review's requests
    cycle: str
    scope: Scope
    reason: str
    document: str  # of the mandate, or of the appointment to discipline
    asked_by: PersonId
    office: str


@dataclass(frozen=True, slots=True)
class UnsealingAgreed:
    """By one of the two; with the other's the names are open to whoever asked."""

    number: int
    opening: Opening
    agreed_by: PersonId


@dataclass(frozen=True, slots=True)
class UnsealingDeclined:
    number: int
    opening: Opening
    declined_by: PersonId
    reason: str


Event = UnsealingAsked | UnsealingAgreed | UnsealingDeclined


# Commands


@dataclass(frozen=True, slots=True)
class AskUnsealing:
    """Ask for the names behind letters or objections, with the reason."""

    by: By
    cycle: str  # fact
    scope: Scope
    reason: str
    document: str  # fact
    sealed: bool  # fact: whether the review has sealed all that is named
    open_to_them: bool  # fact: the awards are confirmed, or discipline asks


@dataclass(frozen=True, slots=True)
class AgreeToUnsealing:
    """As discipline, or as the secretary in charge of headquarters."""

    by: By
    number: int
    opening: Opening
    ran: bool  # fact: whether they had a hand in the review


@dataclass(frozen=True, slots=True)
class DeclineUnsealing:
    """As one of the two, with the reason; it is asked for anew then, or not at all."""

    by: By
    number: int
    opening: Opening
    ran: bool  # fact: as above
    reason: str


Command = AskUnsealing | AgreeToUnsealing | DeclineUnsealing


# Refusals


class ScopeIsNamed(Refusal):
    """What is to be unsealed is named: letters of one panel, or numbers of objections.

    Name what your reason speaks of, and nothing beside it."""


class NotSealedHere(Refusal):
    """This review has sealed nothing under one of these letters or numbers.

    Take letters from the panel's board, and objections in real name from the list."""


class UnsealingSaysWhy(Refusal):
    """Whoever asks for sealed names, and whoever declines it, says why.

    Give the reason."""


class UnsealedAfterConfirmation(NotAllowed):
    """Names are unsealed once the awards are confirmed; before that for discipline alone.

    Wait for the committee's decision, or turn to discipline."""


class NoSuchUnsealing(Refusal):
    """There is no request {number} to unseal that is still open.

    Choose one of the review's list."""


class AgreedAlready(Refusal):
    """This part of the two has agreed already.

    Wait for the other."""


class AskerOpensNothing(NotAllowed):
    """Whoever asks for names does not decide whether they are unsealed.

    Let another of the same office decide."""


class TwoPeopleOpen(NotAllowed):
    """Discipline and the secretary in charge are two people, and each decides in their own name.

    Let the other one be decided by somebody else."""


class WhoRanItOpensNothing(NotAllowed):
    """Whoever had a hand in the review does not unseal its names.

    Let another of the same office decide."""


# State


@dataclass(frozen=True, slots=True)
class Asked:
    """A request, and who has agreed to it."""

    scope: Scope
    asked_by: PersonId
    agreed: Mapping[Opening, PersonId] = field(default_factory=dict)
    declined: bool = False

    @property
    def opened(self) -> bool:
        """Whether both have agreed."""
        return len(self.agreed) == len(OPENINGS)


@dataclass(frozen=True, slots=True)
class State:
    """The requests of a review, by number."""

    asked: Mapping[int, Asked] = field(default_factory=dict)


def decide(command: Command, state: State) -> Sequence[Event]:
    """The events of a command, or the rule that refuses it."""
    match command:
        case AskUnsealing():
            return ask(command, state)
        case AgreeToUnsealing():
            return agree(command, state)
        case DeclineUnsealing():
            return decline(command, state)
        case _:
            assert_never(command)


def ask(command: AskUnsealing, state: State) -> Sequence[Event]:
    """With scope and reason, after confirmation or for discipline."""
    scope = command.scope
    if bool(scope.panel) != bool(scope.letters) or not (scope.letters or scope.objections):
        raise ScopeIsNamed()
    if not command.reason.strip():
        raise UnsealingSaysWhy()
    if not command.open_to_them:
        raise UnsealedAfterConfirmation()
    if not command.sealed:
        raise NotSealedHere()
    number, by = len(state.asked) + 1, command.by
    return [
        UnsealingAsked(number, command.cycle, scope, command.reason, command.document, by.person, by.office)
    ]


def agree(command: AgreeToUnsealing, state: State) -> Sequence[Event]:
    """By two, neither of whom asks or ran the review."""
    _refuse_wrong(command, state)
    return [UnsealingAgreed(command.number, command.opening, command.by.person)]


def decline(command: DeclineUnsealing, state: State) -> Sequence[Event]:
    """By either of the two, until both have agreed."""
    _refuse_wrong(command, state)
    if not command.reason.strip():
        raise UnsealingSaysWhy()
    return [UnsealingDeclined(command.number, command.opening, command.by.person, command.reason)]


def _refuse_wrong(command: AgreeToUnsealing | DeclineUnsealing, state: State) -> None:
    asked, person = state.asked.get(command.number), command.by.person
    if asked is None or asked.opened or asked.declined:
        raise NoSuchUnsealing(number=command.number)
    if person == asked.asked_by:
        raise AskerOpensNothing()
    if command.by.on_behalf_of is not None or person in asked.agreed.values():
        raise TwoPeopleOpen()
    if command.ran:
        raise WhoRanItOpensNothing()
    if command.opening in asked.agreed:
        raise AgreedAlready()


def evolve(state: State, event: Event) -> State:
    """The requests after one was asked or decided on."""
    match event:
        case UnsealingAsked():
            return State({**state.asked, event.number: Asked(event.scope, event.asked_by)})
        case UnsealingAgreed():
            asked = state.asked[event.number]
            agreed = replace(asked, agreed={**asked.agreed, event.opening: event.agreed_by})
            return State({**state.asked, event.number: agreed})
        case UnsealingDeclined():
            return State({**state.asked, event.number: replace(state.asked[event.number], declined=True)})
        case _:
            assert_never(event)


UNSEALING: Decider[Command, Event, State] = Decider(
    "unsealing",
    State(),
    decide,
    evolve,
    (AskUnsealing, AgreeToUnsealing, DeclineUnsealing),
    (UnsealingAsked, UnsealingAgreed, UnsealingDeclined),
)
