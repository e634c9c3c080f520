"""What differs between two contents, field by field; things that have a code are compared under it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.projects.domain.project import PROJECT
from services.projects.domain.project.approval import ContentOpened, OpinionGiven
from services.projects.domain.project.content import Proposal
from services.projects.facts import content_hash
from services.projects.projections.page.shape import plain
from shared.domain import NotKnown, PersonId
from shared.envelope import Recorded


class NoSuchContent(NotKnown):
    """This proposal was never submitted or changed with a content of this hash.

    Choose one of those that its history names."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A place in which two contents differ, as JSON; None where there was or is nothing."""

    path: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class Version:
    """A content under its hash, and when it was first recorded."""

    content_hash: str
    at: datetime
    proposal: Proposal


def versions(stream: Sequence[Recorded]) -> dict[str, Version]:
    """Every content that a project had under a hash, in the order of recording."""
    state, found = PROJECT.initial, dict[str, Version]()
    for recorded in stream:
        state = PROJECT.evolve(state, recorded.event)
        hash_ = state.content_hash
        if hash_ and hash_ not in found and content_hash(state.proposal) == hash_:
            found[hash_] = Version(hash_, recorded.recorded_at, state.proposal)
    return found


def version(of: dict[str, Version], hash_: str) -> Version:
    """The content of this hash; NoSuchContent."""
    if hash_ not in of:
        raise NoSuchContent()
    return of[hash_]


def last_seen(stream: Sequence[Recorded], person: PersonId) -> tuple[str, datetime] | None:
    """Which content somebody last had before them, as they opened it or gave a word on it, and when."""
    for recorded in reversed(stream):
        event = recorded.event
        if isinstance(event, ContentOpened | OpinionGiven) and event.person == person:
            return event.content_hash, recorded.recorded_at
    return None


def redline(before: Proposal, after: Proposal) -> list[Difference]:
    """Every place in which they differ, in the order of the content's fields."""
    return list(_between("", plain(before), plain(after)))


def _between(path: str, before: Any, after: Any) -> Iterator[Difference]:
    if before == after:
        return
    parts, others = _named(before), _named(after)
    if parts is None or others is None:
        yield Difference(path, before, after)
        return
    for name in dict.fromkeys((*parts, *others)):
        yield from _between(f"{path}.{name}" if path else name, parts.get(name), others.get(name))
    if before and after and [*parts] != [*others] and parts.keys() == others.keys():
        yield Difference(path, [*parts], [*others])  # only their order differs


def _named(value: Any) -> dict[str, Any] | None:
    """The parts of a value by name, or by their code where it is a list of things that have one."""
    if isinstance(value, dict):
        return value
    if isinstance(value, list) and all(isinstance(part, dict) and "code" in part for part in value):
        parts = {part["code"]: part for part in value}
        return parts if len(parts) == len(value) else None
    return None
