"""A unit's place in the group's tree: established once under its code, renamed, moved, marked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import assert_never

from services.projects.domain.unit.state import Unit, UnitIsNotInForce, in_force
from shared.domain import MODEL_BRANCH, By, Incomplete, OrganisationKind, Refusal, UnitId, UnitKind, UnitMark


@dataclass(frozen=True, slots=True)
class UnitEstablished:
    unit: UnitId
    code: str
    name: str
    parent: UnitId | None  # None: the group itself
    kind: str  # unit_kinds of offices.yaml
    organisation: str  # organisation_kinds of offices.yaml; "" where no party organisation is
    marks: tuple[str, ...]  # marks of offices.yaml
    has_ledger: bool
    has_committee: bool  # a party committee, or a branch's committee from 7 full members on (R1)
    full_members: int


@dataclass(frozen=True, slots=True)
class UnitRenamed:
    unit: UnitId
    name: str
    document: str


@dataclass(frozen=True, slots=True)
class UnitMoved:
    unit: UnitId
    parent: UnitId
    document: str


@dataclass(frozen=True, slots=True)
class UnitMarked:
    unit: UnitId
    kind: str
    organisation: str
    marks: tuple[str, ...]
    has_committee: bool
    full_members: int


Event = UnitEstablished | UnitRenamed | UnitMoved | UnitMarked


@dataclass(frozen=True, slots=True)
class EstablishUnit:
    by: By
    unit: UnitId
    code: str
    name: str
    parent: UnitId | None
    kind: UnitKind
    organisation: OrganisationKind
    marks: tuple[UnitMark, ...]
    has_ledger: bool
    has_committee: bool
    full_members: int
    group: UnitId | None  # fact: the group, if it is established
    parent_in_force: bool  # fact: the unit above is established and not dissolved, or there is none


@dataclass(frozen=True, slots=True)
class RenameUnit:
    by: By
    unit: UnitId
    name: str
    document: str


@dataclass(frozen=True, slots=True)
class MoveUnit:
    by: By
    unit: UnitId
    parent: UnitId
    document: str
    above_parent: tuple[UnitId, ...]  # fact: the units above the new parent
    parent_in_force: bool  # fact: the new parent is established and not dissolved


@dataclass(frozen=True, slots=True)
class MarkUnit:
    by: By
    unit: UnitId
    kind: UnitKind
    organisation: OrganisationKind
    marks: tuple[UnitMark, ...]
    has_committee: bool
    full_members: int


Command = EstablishUnit | RenameUnit | MoveUnit | MarkUnit


class EstablishedAlready(Refusal):
    """A unit with this code is established already.

    Use another code, or change the existing unit."""


class GroupEstablishedAlready(Refusal):
    """There is one group, and it is established already.

    Name the unit above this one."""


class UnitUnderItself(Refusal):
    """A unit cannot stand below itself.

    Choose a unit above it that is not part of it."""


class ModelBranchIsNamed(Refusal):
    """The mark of a model branch is given by an act that names giver, document and last day.

    Leave it out here, and name the model branch."""


def decide(command: Command, unit: Unit) -> Sequence[Event]:
    """The events of a command about a unit's place, name and kind."""
    if isinstance(command, EstablishUnit):
        return establish(command, unit)
    in_force(unit)
    match command:
        case RenameUnit():
            if not command.name.strip():
                raise Incomplete(missing=["name"])
            return [UnitRenamed(command.unit, command.name, command.document)]
        case MoveUnit():
            if command.unit in (command.parent, *command.above_parent):
                raise UnitUnderItself()
            if not command.parent_in_force:
                raise UnitIsNotInForce()
            return [UnitMoved(command.unit, command.parent, command.document)]
        case MarkUnit():
            _refuse_model_branch(command.marks)
            return [
                UnitMarked(
                    unit=command.unit,
                    kind=command.kind,
                    organisation=command.organisation,
                    marks=command.marks,
                    has_committee=command.has_committee,
                    full_members=command.full_members,
                )
            ]
        case _:
            assert_never(command)


def establish(command: EstablishUnit, unit: Unit) -> Sequence[Event]:
    """A code is used once; only the group has nothing above it."""
    if unit is not Unit.unknown:
        raise EstablishedAlready()
    if command.parent is None and command.group is not None:
        raise GroupEstablishedAlready()
    if command.parent == command.unit:
        raise UnitUnderItself()
    if not command.parent_in_force:
        raise UnitIsNotInForce()
    _refuse_model_branch(command.marks)
    missing = [field for field in ("code", "name", "kind") if not getattr(command, field).strip()]
    if missing:
        raise Incomplete(missing=missing)
    return [
        UnitEstablished(
            unit=command.unit,
            code=command.code,
            name=command.name,
            parent=command.parent,
            kind=command.kind,
            organisation=command.organisation,
            marks=command.marks,
            has_ledger=command.has_ledger,
            has_committee=command.has_committee,
            full_members=command.full_members,
        )
    ]


def _refuse_model_branch(marks: tuple[str, ...]) -> None:
    if MODEL_BRANCH in marks:
        raise ModelBranchIsNamed()


def evolve(unit: Unit, event: Event) -> Unit:
    """Established, it is in force; its name and place do not change that."""
    return Unit.in_force if isinstance(event, UnitEstablished) else unit
