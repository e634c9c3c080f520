"""A signed-in session's end: an event, so that every service refuses its tokens at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from shared.domain import By, Decider, PersonId, Refusal

Reason = Literal["signed_out", "refresh_reused", "password_changed", "reset"]

# Events


@dataclass(frozen=True, slots=True)
class SessionEnded:
    session: str  # the token's sid
    person: PersonId
    reason: Reason


# Commands


@dataclass(frozen=True, slots=True)
class EndSession:
    by: By
    session: str
    person: PersonId
    reason: Reason


# Refusals


class SessionEndedAlready(Refusal):
    """This session has ended already.

    Nothing needs to be done."""


# State: whether it has ended


def decide(command: EndSession, ended: bool) -> Sequence[SessionEnded]:
    """What the command causes, or the refusal."""
    if ended:
        raise SessionEndedAlready()
    return [SessionEnded(command.session, command.person, command.reason)]


def evolve(ended: bool, event: SessionEnded) -> bool:
    """The state after the event."""
    return True


SESSION: Decider[EndSession, SessionEnded, bool] = Decider(
    "session", False, decide, evolve, (EndSession,), (SessionEnded,)
)
