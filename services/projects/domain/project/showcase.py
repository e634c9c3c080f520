"""Results shown and experience shared: what a secrecy reviewer let through, to whom, with which files (R74).

It is not scored.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import assert_never

from services.projects.domain.project.secrecy import SECRET, FileIsSealed, NoSuchFile, SecretsAreNotSpread
from services.projects.domain.project.state import State, refuse_future, require
from shared.domain import By, Incomplete, PersonId, Refusal


@dataclass(frozen=True, slots=True)
class ShowcaseHeld:
    """Its results were shown in public."""

    on: date
    audience: str
    materials: tuple[str, ...]  # evidence, by hash
    person: PersonId


@dataclass(frozen=True, slots=True)
class ExperienceShared:
    """Its experience was passed on within the group."""

    on: date
    audience: str
    materials: tuple[str, ...]
    person: PersonId


Event = ShowcaseHeld | ExperienceShared


@dataclass(frozen=True, slots=True)
class HoldShowcase:
    """Record that results were shown: when, to whom, with which of the project's files. Fact: today."""

    by: By
    on: date
    audience: str
    today: date
    materials: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ShareExperience:
    """Record that experience was passed on within the group. Fact: today."""

    by: By
    on: date
    audience: str
    today: date
    materials: tuple[str, ...] = ()


Command = HoldShowcase | ShareExperience


class NotLookedAtBeforeShowing(Refusal):
    """A secrecy reviewer has not looked at what is to be shown, or not since it was shown last.

    Ask one; then it can be recorded."""


class OnlyPublicIsShown(Refusal):
    """A showcase has public content only, and a secrecy reviewer has not marked this as public.

    Share it within the group, or have it marked otherwise."""


def decide(command: Command, state: State) -> list[Event]:
    """From the work on; each time after somebody looked for classified matter (R74)."""
    require(state, "in_implementation", "in_closing", "closed", "archived")
    refuse_future(command.on, command.today)
    if not command.audience.strip():
        raise Incomplete(missing=["audience"])
    evidence = {sha256 for sha256, _, _ in state.evidence}
    for sha256 in command.materials:
        if sha256 in state.sealed:
            raise FileIsSealed()
        if sha256 not in evidence:
            raise NoSuchFile()
    mark = state.marked.get("showcase")
    if mark is None:
        raise NotLookedAtBeforeShowing()
    materials, person = tuple(dict.fromkeys(command.materials)), command.by.person
    match command:
        case HoldShowcase():
            if mark != "public":
                raise OnlyPublicIsShown()
            return [ShowcaseHeld(command.on, command.audience, materials, person)]
        case ShareExperience():
            if mark in SECRET:
                raise SecretsAreNotSpread()
            return [ExperienceShared(command.on, command.audience, materials, person)]
        case _:
            assert_never(command)


def evolve(state: State, event: Event) -> State:
    """What is shown next is looked at again."""
    marked = {purpose: mark for purpose, mark in state.marked.items() if purpose != "showcase"}
    return replace(state, marked=marked)
