"""From one point to the whole: what worked here is listed, adopted elsewhere, verified there, made a rule.

Origin and adopter each decide in their own stream; that an adoption was verified is credited to the
origin by a reaction, with the adopter's event as its cause.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import assert_never

from services.projects.domain.project.content import Seat
from services.projects.domain.project.secrecy import refuse_unreviewed_spread
from services.projects.domain.project.state import (
    Practice,
    ProjectNotClosed,
    State,
    acting,
    refuse_players,
    require,
)
from shared.domain import By, Incomplete, NotAsItStands, NotKnown, PersonId, Refusal, UnitId, UnitKind


@dataclass(frozen=True, slots=True)
class PracticeSheet:
    """The practice on one page."""

    problem: str
    steps: str
    needs: str  # conditions without which it does not work
    effect: str
    not_for: str  # where it does not fit
    contact: str


@dataclass(frozen=True, slots=True)
class PracticeRecommended:
    """The project has a practice that others may learn from."""

    sheet: PracticeSheet
    on: date
    of: Seat  # who is asked to list it
    person: PersonId


@dataclass(frozen=True, slots=True)
class PracticeListed:
    """Headquarters puts it before others, of these kinds of units."""

    kinds: tuple[str, ...]
    note: str
    on: date
    person: PersonId


@dataclass(frozen=True, slots=True)
class PracticeDeclined:
    """Headquarters does not put it before others, and says why; a better page may be recommended."""

    reason: str
    on: date
    person: PersonId


@dataclass(frozen=True, slots=True)
class PracticeAdopted:
    """A project of another branch works by it and names its origin."""

    origin: str  # project
    origin_unit: UnitId
    how: str
    on: date
    person: PersonId


@dataclass(frozen=True, slots=True)
class AdoptionVerified:
    """It has worked there too, as a confirmed figure of the adopting project shows."""

    origin: str
    indicator: str
    effect: str
    on: date
    person: PersonId


@dataclass(frozen=True, slots=True)
class AdoptionCredited:
    """A verified adoption elsewhere counts for the project from which the practice came."""

    project: str  # that adopted it
    unit: UnitId
    company: UnitId
    indicator: str
    on: date


@dataclass(frozen=True, slots=True)
class PracticeInstitutionalised:
    """It has become a standing rule."""

    document: str
    issued_by: UnitId
    in_force: date
    person: PersonId


Event = (
    PracticeRecommended
    | PracticeListed
    | PracticeDeclined
    | PracticeAdopted
    | AdoptionVerified
    | AdoptionCredited
    | PracticeInstitutionalised
)


@dataclass(frozen=True, slots=True)
class RecommendPractice:
    """Put a closed project's practice on one page. Fact: of."""

    by: By
    sheet: PracticeSheet
    today: date
    of: Seat


@dataclass(frozen=True, slots=True)
class ListPractice:
    """Put it before others. Fact: tied_to."""

    by: By
    kinds: tuple[UnitKind, ...]
    today: date
    note: str = ""
    tied_to: tuple[PersonId, ...] = ()


@dataclass(frozen=True, slots=True)
class DeclinePractice:
    """Leave it where it is, with the reason. Fact: tied_to."""

    by: By
    reason: str
    today: date
    tied_to: tuple[PersonId, ...] = ()


@dataclass(frozen=True, slots=True)
class AdoptPractice:
    """Work by a listed practice. Facts: origin_unit, listed."""

    by: By
    origin: str
    how: str
    today: date
    origin_unit: UnitId
    listed: bool


@dataclass(frozen=True, slots=True)
class VerifyAdoption:
    """Find that it worked here too, by a confirmed figure. Fact: tied_to."""

    by: By
    origin: str
    indicator: str
    effect: str
    today: date
    tied_to: tuple[PersonId, ...] = ()


@dataclass(frozen=True, slots=True)
class CreditAdoption:
    """Count a verified adoption for its origin; the system's own act."""

    by: By | None
    project: str
    unit: UnitId
    company: UnitId
    indicator: str
    on: date


@dataclass(frozen=True, slots=True)
class InstitutionalisePractice:
    """Name the rule that the practice has become."""

    by: By
    document: str
    issued_by: UnitId
    in_force: date


Command = (
    RecommendPractice
    | ListPractice
    | DeclinePractice
    | AdoptPractice
    | VerifyAdoption
    | CreditAdoption
    | InstitutionalisePractice
)


class PracticeIsRecommended(NotAsItStands):
    """The practice of this project is recommended already.

    Headquarters decides whether it is listed."""


class NoPracticeRecommended(NotKnown):
    """This project has no practice that waits to be listed.

    Recommend it first."""


class NoSuchPractice(NotKnown):
    """Nothing of this name is listed for others to adopt.

    Choose from the list of practices."""


class OwnPractice(Refusal):
    """A branch does not adopt its own practice.

    Choose one of another branch."""


class AlreadyAdopted(Refusal):
    """This project names this practice already.

    Nothing more is needed until its effect is verified."""


class NotAdoptedHere(NotKnown):
    """This project has adopted no such practice, or its effect is verified.

    Choose one that it names as its origin."""


class EffectNotConfirmed(Refusal):
    """No figure of {indicator} is confirmed.

    Verify the effect by a figure for which its department stands."""


class AlreadyCredited(NotAsItStands):
    """This adoption counts already.

    Nothing more is needed."""


class NotVerifiedElsewhere(NotAsItStands):
    """The practice has not been verified anywhere else, or is a rule already.

    Wait until another branch has shown that it works there."""


def decide(command: Command, state: State) -> list[Event]:
    """The events of a command about practices."""
    match command:
        case RecommendPractice():
            return recommend(command, state)
        case ListPractice():
            return list_practice(command, state)
        case DeclinePractice():
            return decline(command, state)
        case AdoptPractice():
            return adopt(command, state)
        case VerifyAdoption():
            return verify(command, state)
        case CreditAdoption():
            return credit(command, state)
        case InstitutionalisePractice():
            return institutionalise(command, state)
        case _:
            assert_never(command)


def recommend(command: RecommendPractice, state: State) -> list[Event]:
    """Of a closed project, once; again after it was declined."""
    _require_closed(state)
    if state.practice.status not in ("none", "declined"):
        raise PracticeIsRecommended()
    return [PracticeRecommended(command.sheet, command.today, command.of, command.by.person)]


def list_practice(command: ListPractice, state: State) -> list[Event]:
    """By headquarters, by nobody with a part in the project, after the secrecy of its sheet was reviewed."""
    _refuse_unless_asked(command, state)
    refuse_unreviewed_spread(state)
    return [PracticeListed(command.kinds, command.note, command.today, command.by.person)]


def decline(command: DeclinePractice, state: State) -> list[Event]:
    """By who could list it, with a reason, whether or not its secrecy was reviewed."""
    _refuse_unless_asked(command, state)
    if not command.reason.strip():
        raise Incomplete(missing=["reason"])
    return [PracticeDeclined(command.reason.strip(), command.today, command.by.person)]


def adopt(command: AdoptPractice, state: State) -> list[Event]:
    """From another branch, from the first draft to the closing."""
    require(state, "in_implementation", "draft", "in_approval")
    if not command.listed:
        raise NoSuchPractice()
    if command.origin_unit == state.unit:
        raise OwnPractice()
    if command.origin in state.adoptions:
        raise AlreadyAdopted()
    return [
        PracticeAdopted(command.origin, command.origin_unit, command.how, command.today, command.by.person)
    ]


def verify(command: VerifyAdoption, state: State) -> list[Event]:
    """Where it was adopted, by somebody without a part in it, by a figure that a department confirmed."""
    require(state, "in_implementation", "in_closing", "closed")
    refuse_players(state, acting(command.by) | set(command.tied_to))
    if state.adoptions.get(command.origin, True):
        raise NotAdoptedHere()
    if command.indicator not in state.confirmed:
        raise EffectNotConfirmed(indicator=command.indicator)
    return [
        AdoptionVerified(command.origin, command.indicator, command.effect, command.today, command.by.person)
    ]


def credit(command: CreditAdoption, state: State) -> list[Event]:
    """Once for each adopting project."""
    if state.practice.status != "listed":
        raise NoSuchPractice()
    if command.project in state.practice.credited:
        raise AlreadyCredited()
    return [AdoptionCredited(command.project, command.unit, command.company, command.indicator, command.on)]


def institutionalise(command: InstitutionalisePractice, state: State) -> list[Event]:
    """After it has worked elsewhere, once."""
    _require_closed(state)
    if not state.practice.credited or state.practice.is_rule:
        raise NotVerifiedElsewhere()
    return [
        PracticeInstitutionalised(command.document, command.issued_by, command.in_force, command.by.person)
    ]


def _refuse_unless_asked(command: ListPractice | DeclinePractice, state: State) -> None:
    """Refuse an answer to what nobody recommended, or by somebody with a part in the project (R4)."""
    _require_closed(state)
    refuse_players(state, acting(command.by) | set(command.tied_to))
    if state.practice.status != "recommended":
        raise NoPracticeRecommended()


def _require_closed(state: State) -> None:
    if state.phase not in ("closed", "archived"):
        raise ProjectNotClosed()


def evolve(state: State, event: Event) -> State:
    """The project after an event about a practice."""
    practice = state.practice
    match event:
        case PracticeRecommended():
            marked = {purpose: mark for purpose, mark in state.marked.items() if purpose != "spread"}
            return replace(state, practice=replace(practice, status="recommended"), marked=marked)
        case PracticeListed():
            return _with(state, replace(practice, status="listed"))
        case PracticeDeclined():
            return _with(state, replace(practice, status="declined"))
        case PracticeAdopted():
            return replace(state, adoptions={**state.adoptions, event.origin: False})
        case AdoptionVerified():
            return replace(state, adoptions={**state.adoptions, event.origin: True})
        case AdoptionCredited():
            return _with(state, replace(practice, credited=practice.credited | {event.project}))
        case PracticeInstitutionalised():
            return _with(state, replace(practice, is_rule=True))
        case _:
            assert_never(event)


def _with(state: State, practice: Practice) -> State:
    return replace(state, practice=practice)
