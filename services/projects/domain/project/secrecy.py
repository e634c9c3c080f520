"""Nothing classified: who may read it is looked at again and again; what slipped in is sealed (R74)."""

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


@dataclass(frozen=True, slots=True)
class TextWithdrawn:
    """A text of this SHA-256 is shown no more, in no act, old or new; the record and its proofs stay."""

    sha256: str
    reason: str
    on: date
    person: PersonId


Event = SecrecyReviewed | FileSealed | TextWithdrawn


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


@dataclass(frozen=True, slots=True)
class WithdrawText:
    """Take a free text out of all that is shown; it is named by its SHA-256, so as not to be said again.

    Fact: said, the versions of the project in which it was said.
    """

    by: By
    sha256: str
    reason: str
    today: date
    said: tuple[int, ...] = ()


Command = ReviewSecrecy | SealFile | WithdrawText


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


class TextIsWithdrawn(Refusal):
    """This text was withdrawn by a secrecy reviewer, and is shown nowhere.

    Nothing is left to do."""


class NoSuchText(NotKnown):
    """Nobody said a text of this hash here.

    Give the SHA-256 of the whole text as it is shown, in UTF-8; a single Latin word is no free text."""


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
        case WithdrawText():
            return withdraw(command, state)
        case _:
            assert_never(command)


def seal(command: SealFile, state: State) -> list[Event]:
    """At any time, and by whoever has the right though they work on it: it is an emergency."""
    if command.sha256 in state.sealed:
        raise FileIsSealed()
    if command.sha256 not in {sha256 for sha256, _, _ in state.evidence}:
        raise NoSuchFile()
    return [FileSealed(command.sha256, command.reason, command.today, command.by.person)]


def withdraw(command: WithdrawText, state: State) -> list[Event]:
    """Like a file: at any time, and by whoever has the right."""
    if command.sha256 in state.withdrawn:
        raise TextIsWithdrawn()
    if not command.said:
        raise NoSuchText()
    return [TextWithdrawn(command.sha256, command.reason, command.today, command.by.person)]


def refuse_unreviewed_spread(state: State) -> None:
    """Before a practice is put before others, somebody has looked at its sheet."""
    mark = state.marked.get("spread")
    if mark is None:
        raise NotLookedAtBeforeSpread()
    if mark in SECRET:
        raise SecretsAreNotSpread()


def evolve(state: State, event: Event) -> State:
    """The project after a secrecy review, or without a file's bytes or a text."""
    match event:
        case SecrecyReviewed():
            return replace(state, marked={**state.marked, event.purpose: event.mark})
        case FileSealed():
            return replace(state, sealed=state.sealed | {event.sha256})
        case TextWithdrawn():
            return replace(state, withdrawn=state.withdrawn | {event.sha256})
        case _:
            assert_never(event)
