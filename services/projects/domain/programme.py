"""A version of the year's programme: drafted by one person, published by another, never changed again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal, assert_never

from services.projects.domain.project.state import acting
from services.projects.domain.project.work import Evidence
from shared.domain import By, Decider, Incomplete, PersonId, Refusal

Kind = Literal["programme", "corrigendum"]
OF_RUNNING = ("scheme", "deadlines")  # the parts that a running project still goes by


@dataclass(frozen=True, slots=True)
class Changed:
    """A place in which two contents differ, before and after as JSON text; empty where there was nothing."""

    place: str  # routes.routes.ordinary.steps.1.limit, say
    kind: Literal["added", "removed", "changed", "reordered"]
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Applies:
    """To whom a changed part applies (R19); one that is not named applies to new submissions alone."""

    place: str  # of the change, or of what it is a part of
    to: Literal[
        "new",
        "resubmission",  # also to open proposals, when they are submitted again
        "request",  # also to running projects, by a change request of their own
        "order",  # also to running projects, by order, because a superior document demands it
    ]


# Events


@dataclass(frozen=True, slots=True)
class ProgrammeDrafted:
    programme: str
    version: str
    year: int
    kind: Kind
    document: str  # number of the document that publishes it
    meeting: str  # the meeting that decided it: id, or number of its minutes
    in_force: date
    content: str  # JSON text of one object; each section is shaped as its default file
    content_hash: str
    drafted_by: PersonId
    attachment: Evidence | None = None  # the document itself (R17); None of what was drafted without
    corrects: str = ""  # of a corrigendum: the published version that it mends (R21)
    corrected_hash: str = ""  # and what that read like when this was drafted
    changes: tuple[Changed, ...] = ()  # each field that differs from it, else from what was in force then
    applies: tuple[Applies, ...] = ()
    demanded_by: str = ""  # number of the superior document, where a part applies by order


@dataclass(frozen=True, slots=True)
class ProgrammePublished:
    programme: str
    version: str
    year: int
    kind: Kind
    document: str
    meeting: str
    in_force: date  # from this day on until the next one takes over (R16)
    content: str
    content_hash: str
    drafted_by: PersonId
    published_by: PersonId
    attachment: Evidence | None = None
    corrects: str = ""
    changes: tuple[Changed, ...] = ()
    applies: tuple[Applies, ...] = ()
    demanded_by: str = ""


Event = ProgrammeDrafted | ProgrammePublished
EVENTS = (ProgrammeDrafted, ProgrammePublished)

# Commands


@dataclass(frozen=True, slots=True)
class DraftProgramme:
    by: By
    programme: str
    version: str
    year: int
    kind: Kind
    document: str
    meeting: str
    in_force: date
    content: str
    content_hash: str  # fact: SHA-256 of the content's UTF-8 bytes, as hex
    file: str = ""  # the document itself, uploaded before: its SHA-256
    file_name: str = ""
    corrects: str = ""  # of a corrigendum: the published version that it mends (R21)
    applies: tuple[Applies, ...] = ()
    demanded_by: str = ""  # number of the superior document, where a part applies by order
    faults: tuple[str, ...] = ()  # fact: what the readers of its sections found wrong
    attachment: Evidence | None = None  # fact: what the store says of the file
    corrected_hash: str = ""  # fact: of what that version reads like now; empty where nothing can be mended
    changes: tuple[Changed, ...] = ()  # fact: what the content changes of it, or of what is in force then


@dataclass(frozen=True, slots=True)
class PublishProgramme:
    by: By
    programme: str
    content_hash: str  # what the publisher has read
    file: str  # the document that they have read: its SHA-256
    today: date
    corrected_hash: str = ""  # fact: of what a corrected version reads like now


Command = DraftProgramme | PublishProgramme
COMMANDS = (DraftProgramme, PublishProgramme)

# Refusals


class PublicationNeedsASecond(Refusal):
    """Who drafted the programme may not publish it.

    Ask another person of headquarters to check and publish it."""


class PublishedIsFinal(Refusal):
    """This version is published and cannot be changed.

    Draft a new version, or a corrigendum for a clerical error."""


class NothingDrafted(Refusal):
    """Nothing is drafted under this version.

    Draft it first."""


class DraftHasChanged(Refusal):
    """The draft has changed since you read it.

    Read it again and publish what you have read."""


class DocumentNotAttached(Refusal):
    """A programme is published with the document {document} itself.

    Upload its file and draft the programme again with it."""


class InForceInThePast(Refusal):
    """A programme cannot be in force from {in_force}, before it is published.

    Choose today or a later day."""


class CorrectsNothing(Refusal):
    """A corrigendum, and nothing else, names the version that it mends, and changes something in it.

    Name a published version that is no corrigendum itself, and mend its content."""


class AppliesToNoChange(Refusal):
    """To whom it applies is said once, of a part that this version changes; not so of: {sections}.

    Name changed parts only; what a corrigendum mends is mended for all."""

    def __init__(self, places: Sequence[str]) -> None:
        sections = dict.fromkeys(place.partition(".")[0] for place in places)
        super().__init__(places=places, sections=list(sections))


class RunningByWholeParts(Refusal):
    """Running projects can go by another scheme or by other deadlines, each as a whole; not so: {sections}.

    Let other changes apply to new submissions, or to open proposals on resubmission."""

    def __init__(self, places: Sequence[str]) -> None:
        sections = dict.fromkeys(place.partition(".")[0] for place in places)
        super().__init__(places=places, sections=list(sections))


class OrderNeedsADocument(Refusal):
    """A part applies by order only where a superior document demands it, and only then is one named.

    Give its number, or let running projects ask for it themselves."""


class CorrectedMeanwhile(Refusal):
    """Another corrigendum of {programme} has been published since this one was drafted.

    Draft it again on what is in force now."""


class ContentNotReadable(Refusal):
    """The content cannot be used; there are faults in: {sections}.

    Correct what is listed under "faults" and draft it again."""

    def __init__(self, faults: Sequence[str]) -> None:
        sections = dict.fromkeys(fault.partition(":")[0] for fault in faults)
        super().__init__(faults=faults, sections=list(sections))


# State


@dataclass(frozen=True, slots=True)
class Programme:
    draft: ProgrammeDrafted | None = None
    published_by: PersonId | None = None


def decide(command: Command, programme: Programme) -> Sequence[Event]:
    """What the command causes, or the refusal."""
    if programme.published_by is not None:
        raise PublishedIsFinal()
    match command:
        case DraftProgramme():
            return draft(command)
        case PublishProgramme():
            return publish(command, programme.draft)
        case _:
            assert_never(command)


def draft(command: DraftProgramme) -> Sequence[Event]:
    """Readable and with a basis (R17); a new draft replaces the one before."""
    missing = [field for field in ("version", "document", "meeting") if not getattr(command, field).strip()]
    if missing:
        raise Incomplete(missing=missing)
    if command.faults:
        raise ContentNotReadable(command.faults)
    mends = bool(command.corrected_hash and command.changes)
    if mends != (command.kind == "corrigendum") or mends != bool(command.corrects):
        raise CorrectsNothing()
    _refuse_unchanged(command)
    _refuse_for_running(command)
    return [
        ProgrammeDrafted(
            programme=command.programme,
            version=command.version,
            year=command.year,
            kind=command.kind,
            document=command.document,
            meeting=command.meeting,
            in_force=command.in_force,
            content=command.content,
            content_hash=command.content_hash,
            drafted_by=command.by.person,
            attachment=command.attachment,
            corrects=command.corrects,
            corrected_hash=command.corrected_hash,
            changes=command.changes,
            applies=command.applies,
            demanded_by=command.demanded_by,
        )
    ]


def _refuse_unchanged(command: DraftProgramme) -> None:
    """AppliesToNoChange (R19)."""
    named = [applies.place for applies in command.applies]
    changed = [] if command.corrects else [change.place for change in command.changes]
    wrong = [
        place
        for place in dict.fromkeys(named)
        if named.count(place) > 1 or not any(f"{each}.".startswith(f"{place}.") for each in changed)
    ]
    if wrong:
        raise AppliesToNoChange(wrong)


def _refuse_for_running(command: DraftProgramme) -> None:
    """RunningByWholeParts, OrderNeedsADocument (R19)."""
    running = [applies for applies in command.applies if applies.to in ("request", "order")]
    if wrong := [applies.place for applies in running if applies.place not in OF_RUNNING]:
        raise RunningByWholeParts(wrong)
    if any(applies.to == "order" for applies in running) != bool(command.demanded_by.strip()):
        raise OrderNeedsADocument()


def publish(command: PublishProgramme, draft: ProgrammeDrafted | None) -> Sequence[Event]:
    """By another person, who has read what is published (R17); a corrigendum is in force at once (R21)."""
    if draft is None:
        raise NothingDrafted()
    if draft.drafted_by in acting(command.by):
        raise PublicationNeedsASecond()
    if draft.attachment is None:
        raise DocumentNotAttached(document=draft.document)
    if (command.content_hash, command.file) != (draft.content_hash, draft.attachment.sha256):
        raise DraftHasChanged()
    if command.corrected_hash != draft.corrected_hash:
        raise CorrectedMeanwhile(programme=draft.corrects)
    in_force = command.today if draft.corrects else draft.in_force
    if in_force < command.today:
        raise InForceInThePast(in_force=in_force)
    return [
        ProgrammePublished(
            programme=draft.programme,
            version=draft.version,
            year=draft.year,
            kind=draft.kind,
            document=draft.document,
            meeting=draft.meeting,
            in_force=in_force,
            content=draft.content,
            content_hash=draft.content_hash,
            drafted_by=draft.drafted_by,
            published_by=command.by.person,
            attachment=draft.attachment,
            corrects=draft.corrects,
            changes=draft.changes,
            applies=draft.applies,
            demanded_by=draft.demanded_by,
        )
    ]


def evolve(programme: Programme, event: Event) -> Programme:
    """The state after the event."""
    match event:
        case ProgrammeDrafted():
            return Programme(draft=event)
        case ProgrammePublished():
            return replace(programme, published_by=event.published_by)
        case _:
            assert_never(event)


PROGRAMME: Decider[Command, Event, Programme] = Decider(
    "programme", Programme(), decide, evolve, COMMANDS, EVENTS
)
