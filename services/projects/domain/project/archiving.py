"""The archive: handed over by the party department, received or sent back by the archivist (R78)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal, assert_never, get_args

from services.projects.domain.project.deadlines import NotedAlready
from services.projects.domain.project.state import Archive, Phase, State, require
from shared.domain import By, NotAllowed, NotAsItStands, PersonId, Refusal

Property = Literal["authentic", "complete", "usable", "safe"]  # of an electronic record
PROPERTIES: tuple[Property, ...] = get_args(Property)
ENDED: tuple[Phase, ...] = ("closed", "rejected", "terminated")


@dataclass(frozen=True, slots=True)
class ArchiveDue:
    """What has ended is to be handed over to the archive by a day that comes near."""

    due: date
    on: date  # the day on which it was said


@dataclass(frozen=True, slots=True)
class ArchiveHandedOver:
    """A package goes to the archive: the first is the project, a later one what was added since."""

    package: int
    retention: str  # how long it is kept, as the programme's table says
    note: str
    on: date
    person: PersonId


@dataclass(frozen=True, slots=True)
class ArchiveSentBack:
    """The archivist does not take a package, since it lacks a property."""

    package: int
    lacks: tuple[Property, ...]
    reason: str
    on: date


@dataclass(frozen=True, slots=True)
class ProjectArchived:
    """The archive has taken it over (R78); the receipt is this event."""

    archive_number: str
    on: date


@dataclass(frozen=True, slots=True)
class SupplementArchived:
    """The archive has taken over what was added later, under the number of the project."""

    package: int
    archive_number: str
    on: date


Event = ArchiveDue | ArchiveHandedOver | ArchiveSentBack | ProjectArchived | SupplementArchived


@dataclass(frozen=True, slots=True)
class TellArchiveDue:
    """Say that it is to be handed over, once."""

    by: By | None
    due: date
    today: date


@dataclass(frozen=True, slots=True)
class HandOverToArchive:
    """Hand what has ended, or what was added to it since, over to the archive. Fact: retention."""

    by: By
    retention: str
    today: date
    note: str = ""


@dataclass(frozen=True, slots=True)
class ArchiveProject:
    """Receive a package into the archive, having looked at each of its properties. Fact: archive_number."""

    by: By
    archive_number: str
    today: date
    checked: tuple[Property, ...] = ()


@dataclass(frozen=True, slots=True)
class SendBackFromArchive:
    """Send a package back: what it lacks, and why."""

    by: By
    lacks: tuple[Property, ...]
    reason: str
    today: date


Command = TellArchiveDue | HandOverToArchive | ArchiveProject | SendBackFromArchive


class ArchiveWaits(NotAsItStands):
    """A package was handed over, and waits for the archivist.

    The archivist receives it or sends it back; then another one can be handed over."""


class NothingHandedOver(NotAsItStands):
    """Nothing of this project waits for the archive.

    The party department hands it over first."""


class NothingToSupplement(NotAsItStands):
    """No papers were added since the archive took this project over.

    Attach them to the project; then hand them over."""


class ReceiverHandedOver(NotAllowed):
    """Whoever handed it over does not receive it.

    Another archivist of the company, or of the group, does."""


class PropertiesNotChecked(Refusal):
    """It was not said that the package has these properties: {properties}.

    Look at each; what lacks one is sent back with the reason."""


class NothingLacks(Refusal):
    """It is not said what the package lacks.

    Name at least one of its properties, or receive it."""


def decide(command: Command, state: State) -> Sequence[Event]:
    """The events of a command about the archive."""
    match command:
        case TellArchiveDue():
            return tell_due(command, state)
        case HandOverToArchive():
            return hand_over(command, state)
        case ArchiveProject():
            return receive(command, state)
        case SendBackFromArchive():
            return send_back(command, state)
        case _:
            assert_never(command)


def tell_due(command: TellArchiveDue, state: State) -> Sequence[Event]:
    """Of what has ended, unless it was said or handed over already."""
    require(state, *ENDED)
    if state.archive.told or state.archive.waits:
        raise NotedAlready()
    return [ArchiveDue(command.due, command.today)]


def hand_over(command: HandOverToArchive, state: State) -> Sequence[Event]:
    """What has closed, and what was rejected or ended too; later once more for papers that came since."""
    require(state, *ENDED, "archived")
    if state.archive.waits:
        raise ArchiveWaits()
    if state.phase == "archived" and state.evidence <= state.archive.evidence:
        raise NothingToSupplement()
    package = state.archive.received + 1
    return [ArchiveHandedOver(package, command.retention, command.note, command.today, command.by.person)]


def receive(command: ArchiveProject, state: State) -> Sequence[Event]:
    """By somebody else than who handed it over; under one number, whatever is added later."""
    _refuse_unless_waiting(command.by, state)
    if missing := [name for name in PROPERTIES if name not in command.checked]:
        raise PropertiesNotChecked(properties=missing)
    if state.phase == "archived":
        number = state.archive.number
        return [SupplementArchived(state.archive.received + 1, number, command.today)]
    return [ProjectArchived(command.archive_number, command.today)]


def send_back(command: SendBackFromArchive, state: State) -> Sequence[Event]:
    """With what it lacks; it can be handed over again."""
    _refuse_unless_waiting(command.by, state)
    if not command.lacks:
        raise NothingLacks()
    package = state.archive.received + 1
    return [ArchiveSentBack(package, command.lacks, command.reason, command.today)]


def _refuse_unless_waiting(by: By, state: State) -> None:
    require(state, *ENDED, "archived")
    if not state.archive.waits:
        raise NothingHandedOver()
    if by.person == state.archive.handed_over_by:
        raise ReceiverHandedOver()


def evolve(state: State, event: Event) -> State:
    """The project after an event of the archive."""
    known = state.archive
    match event:
        case ArchiveDue():
            return replace(state, archive=replace(known, told=True))
        case ArchiveHandedOver():
            return replace(
                state,
                archive=replace(
                    known,
                    retention=event.retention,
                    waits=True,
                    handed_over_by=event.person,
                    offered=state.evidence,
                ),
            )
        case ArchiveSentBack():
            return replace(state, archive=replace(known, waits=False))
        case ProjectArchived():
            taken = Archive(1, event.archive_number, known.retention, evidence=known.offered)
            return replace(state, phase="archived", archive=taken)
        case SupplementArchived():
            taken = Archive(event.package, known.number, known.retention, evidence=known.offered)
            return replace(state, archive=taken)
        case _:
            assert_never(event)
