"""A company's supplement 实施细则 to a version of the programme, within the group's bounds (R22)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import assert_never

from services.projects.domain.programme import (
    Changed,
    ContentNotReadable,
    DocumentNotAttached,
    DraftHasChanged,
    InForceInThePast,
    NothingDrafted,
    PublicationNeedsASecond,
    PublishedIsFinal,
)
from services.projects.domain.project.state import acting
from services.projects.domain.project.work import Evidence
from shared.domain import By, Decider, Incomplete, PersonId, Refusal, UnitId

# Events


@dataclass(frozen=True, slots=True)
class SupplementDrafted:
    company: UnitId
    version: str  # the company's own; with the programme's it is what a proposal is pinned to
    programme: str  # the version that it supplements
    document: str
    meeting: str
    in_force: date
    content: str  # JSON text of one object: earlier dates, fewer days, extra steps, topics, award, titles
    content_hash: str
    drafted_by: PersonId
    attachment: Evidence | None
    changes: tuple[Changed, ...] = ()  # each field that differs from what the company had before


@dataclass(frozen=True, slots=True)
class SupplementPublished:
    company: UnitId
    version: str
    programme: str
    document: str
    meeting: str
    in_force: date  # from this day on, for submissions under that version of the programme
    content: str
    content_hash: str
    drafted_by: PersonId
    published_by: PersonId
    attachment: Evidence
    changes: tuple[Changed, ...] = ()


Event = SupplementDrafted | SupplementPublished
EVENTS = (SupplementDrafted, SupplementPublished)

# Commands


@dataclass(frozen=True, slots=True)
class DraftSupplement:
    """Write it, whole; a new draft replaces the one before. Facts: the hash, faults, the file."""

    by: By
    company: UnitId
    version: str
    programme: str
    document: str
    meeting: str
    in_force: date
    content: str
    content_hash: str  # fact: SHA-256 of the content's UTF-8 bytes, as hex
    supplements: bool  # fact: whether that is a company and that a published version
    file: str = ""  # the document itself, uploaded before: its SHA-256
    file_name: str = ""
    faults: tuple[str, ...] = ()  # fact: what lies beyond the group's bounds
    attachment: Evidence | None = None  # fact: what the store says of the file
    changes: tuple[Changed, ...] = ()  # fact: what differs from what the company had before


@dataclass(frozen=True, slots=True)
class PublishSupplement:
    """Check and publish what somebody else has drafted."""

    by: By
    content_hash: str  # what the publisher has read
    file: str  # the document that they have read: its SHA-256
    today: date
    faults: tuple[str, ...] = ()  # fact: what lies beyond the bounds by now


Command = DraftSupplement | PublishSupplement
COMMANDS = (DraftSupplement, PublishSupplement)

# Refusals


class SupplementsNothing(Refusal):
    """A supplement is a company's, to a published version of the programme.

    Name the company and the version that it goes by."""


# State


@dataclass(frozen=True, slots=True)
class Supplement:
    draft: SupplementDrafted | None = None
    published: bool = False


def decide(command: Command, supplement: Supplement) -> Sequence[Event]:
    """What the command causes, or the refusal."""
    if supplement.published:
        raise PublishedIsFinal()
    match command:
        case DraftSupplement():
            return draft(command)
        case PublishSupplement():
            return publish(command, supplement.draft)
        case _:
            assert_never(command)


def draft(command: DraftSupplement) -> Sequence[Event]:
    """With a basis (R17) and within the bounds (R22)."""
    missing = [field for field in ("version", "document", "meeting") if not getattr(command, field).strip()]
    if missing:
        raise Incomplete(missing=missing)
    if not command.supplements:
        raise SupplementsNothing()
    if command.faults:
        raise ContentNotReadable(command.faults)
    return [
        SupplementDrafted(
            company=command.company,
            version=command.version,
            programme=command.programme,
            document=command.document,
            meeting=command.meeting,
            in_force=command.in_force,
            content=command.content,
            content_hash=command.content_hash,
            drafted_by=command.by.person,
            attachment=command.attachment,
            changes=command.changes,
        )
    ]


def publish(command: PublishSupplement, draft: SupplementDrafted | None) -> Sequence[Event]:
    """By another person, who has read what is published (R17)."""
    if draft is None:
        raise NothingDrafted()
    if draft.drafted_by in acting(command.by):
        raise PublicationNeedsASecond()
    if draft.attachment is None:
        raise DocumentNotAttached(document=draft.document)
    if (command.content_hash, command.file) != (draft.content_hash, draft.attachment.sha256):
        raise DraftHasChanged()
    if command.faults:
        raise ContentNotReadable(command.faults)
    if draft.in_force < command.today:
        raise InForceInThePast(in_force=draft.in_force)
    return [
        SupplementPublished(
            company=draft.company,
            version=draft.version,
            programme=draft.programme,
            document=draft.document,
            meeting=draft.meeting,
            in_force=draft.in_force,
            content=draft.content,
            content_hash=draft.content_hash,
            drafted_by=draft.drafted_by,
            published_by=command.by.person,
            attachment=draft.attachment,
            changes=draft.changes,
        )
    ]


def evolve(supplement: Supplement, event: Event) -> Supplement:
    """The state after the event."""
    match event:
        case SupplementDrafted():
            return Supplement(draft=event)
        case SupplementPublished():
            return replace(supplement, published=True)
        case _:
            assert_never(event)


SUPPLEMENT: Decider[Command, Event, Supplement] = Decider(
    "supplement", Supplement(), decide, evolve, COMMANDS, EVENTS
)
