"""Nothing classified: who may read it is looked at again and again, and what slipped in is sealed (R74)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Literal, assert_never

from services.projects.domain.project.state import State, acting
from shared.domain import By, NotAllowed, NotKnown, PersonId, Refusal

Purpose = Literal["content", "spread", "public_notice", "showcase", "dossier"]
Mark = Literal["public", "internal", "work_secret", "commercial_secret"]  # what is above has no place here
SECRET = ("work_secret", "commercial_secret")


@dataclass(frozen=True, slots=True)
class SecrecyReviewed:
    """A secrecy reviewer looked at it for a purpose, and said who may read it."""

    purpose: Purpose
    mark: Mark
    note: str
    on: date
    person: PersonId


@dataclass(frozen=True, slots=True)
class FileSealed:
    """The bytes of a file that should never have come in are gone; its hash and this reason stay."""

    sha256: str
    reason: str
    on: date
    person: PersonId


Event = SecrecyReviewed | FileSealed


@dataclass(frozen=True, slots=True)
class ReviewSecrecy:
    """Look for classified matter, and mark who may read it. Fact: tied_to."""

    by: By
    purpose: Purpose
    mark: Mark
    today: date
    note: str = ""
    tied_to: tuple[PersonId, ...] = ()


@dataclass(frozen=True, slots=True)
class SealFile:
    """Remove the bytes of a file at once; what was proved by its hash stays proved."""

    by: By
    sha256: str
    reason: str
    today: date


Command = ReviewSecrecy | SealFile


class WorkersMayNotReviewSecrecy(NotAllowed):
    """Whoever has a part in the project does not review its secrecy.

    Another secrecy reviewer of the company, or of the group, does."""


class NotLookedAtBeforeSpread(Refusal):
    """A secrecy reviewer has not looked at this practice since it was recommended.

    Ask one; then it can be put before others."""


class SecretsAreNotSpread(Refusal):
    """This is marked as a work secret or a commercial secret, and is not put before others.

    It stays in the project, unless a secrecy reviewer marks it otherwise."""


class FileIsSealed(Refusal):
    """This file was sealed by a secrecy reviewer; its bytes are gone.

    Attach one in its place that holds nothing secret."""


class NoSuchFile(NotKnown):
    """The project has no such file.

    Choose one of its evidence, or a scan of its entries from paper."""


def decide(command: Command, state: State) -> list[Event]:
    """The events of a secrecy reviewer's command."""
    match command:
        case ReviewSecrecy():
            if not state.workers.isdisjoint(acting(command.by) | set(command.tied_to)):
                raise WorkersMayNotReviewSecrecy()
            return [
                SecrecyReviewed(command.purpose, command.mark, command.note, command.today, command.by.person)
            ]
        case SealFile():
            return seal(command, state)
        case _:
            assert_never(command)


def seal(command: SealFile, state: State) -> list[Event]:
    """At any time, and by whoever has the right though they work on it: it is an emergency."""
    if command.sha256 in state.sealed:
        raise FileIsSealed()
    if command.sha256 not in {sha256 for sha256, _, _ in state.evidence}:
        raise NoSuchFile()
    return [FileSealed(command.sha256, command.reason, command.today, command.by.person)]


def refuse_unreviewed_spread(state: State) -> None:
    """Before a practice is put before others, somebody has looked at its sheet."""
    mark = state.marked.get("spread")
    if mark is None:
        raise NotLookedAtBeforeSpread()
    if mark in SECRET:
        raise SecretsAreNotSpread()


def evolve(state: State, event: Event) -> State:
    """The project after a secrecy review, or without a file's bytes."""
    match event:
        case SecrecyReviewed():
            return replace(state, marked={**state.marked, event.purpose: event.mark})
        case FileSealed():
            return replace(state, sealed=state.sealed | {event.sha256})
        case _:
            assert_never(event)
