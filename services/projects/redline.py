"""The contents that a proposal had, which of them somebody last saw, and what differs between two."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from services.projects.differences import Difference, differences
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
    return differences(plain(before), plain(after))
