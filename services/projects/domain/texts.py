"""Texts that were said of a unit, an office, a meeting, a handover or a list, and are shown no more (R74)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from services.projects.domain.project.saying import refuse_unsaid
from services.projects.domain.project.secrecy import NoSuchText, TextIsWithdrawn
from shared.domain import By, Decider, PersonId, Refusal

# Events


@dataclass(frozen=True, slots=True)
class RecordTextWithdrawn:
    """A text of this SHA-256 is shown no more of the record, in no act on it, old or new."""

    record: str  # stream of the unit, term, meeting, handover, list …
    sha256: str
    reason: str
    on: date
    person: PersonId


Event = RecordTextWithdrawn

# Commands


@dataclass(frozen=True, slots=True)
class WithdrawRecordText:
    """Take a free text out of all that is shown of a unit, an office, a meeting, a handover or a list.

    It is named by its SHA-256, so as not to be said again. Facts: record; said, the versions of the record
    in which it was said; document, whether it stands in a programme; name, whether a unit goes by it.
    """

    by: By
    record: str
    sha256: str
    reason: str
    today: date
    said: tuple[int, ...] = ()
    document: bool = False
    name: bool = False


Command = WithdrawRecordText

# Refusals


class DocumentsAreNotWithdrawn(Refusal):
    """A programme, or a supplement to it, is a document, and nothing is withdrawn from its text.

    Draft it again; what is published is mended by a corrigendum, or by another version."""


class NamesAreNotWithdrawn(Refusal):
    """A unit goes or went by this name, and by it people find what it did.

    Rename the unit; what was said of it in other words can be withdrawn."""


# State: the hashes of what is withdrawn


def decide(command: Command, withdrawn: frozenset[str]) -> Sequence[Event]:
    """At any time, by who reviews secrecy there; once, and only where it was said."""
    refuse_unsaid(command)
    if command.sha256 in withdrawn:
        raise TextIsWithdrawn()
    if not command.said:
        raise NoSuchText()
    if command.document:
        raise DocumentsAreNotWithdrawn()
    if command.name:
        raise NamesAreNotWithdrawn()
    return [
        RecordTextWithdrawn(command.record, command.sha256, command.reason, command.today, command.by.person)
    ]


def evolve(withdrawn: frozenset[str], event: Event) -> frozenset[str]:
    """One more."""
    return withdrawn | {event.sha256}


TEXTS: Decider[Command, Event, frozenset[str]] = Decider(
    "texts", frozenset(), decide, evolve, (WithdrawRecordText,), (RecordTextWithdrawn,)
)
