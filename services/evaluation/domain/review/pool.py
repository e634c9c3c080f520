"""JurorPool: who may be drawn as a juror in a unit's reviews, with what is known of them (R57)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Literal, assert_never

from services.evaluation.domain.review.panel.state import without
from shared.domain import By, Decider, PersonId, Refusal, UnitId

Level = Literal["senior", "middle", "junior"]


@dataclass(frozen=True, slots=True)
class Listed:
    """Somebody in the pool: the tracks they know, how senior they are, whether they come from outside."""

    person: PersonId
    track: str  # whose juror they are
    fields: tuple[str, ...]  # other tracks that they know as well
    level: Level
    external: bool
    pledged_on: date  # on which they signed the pledge of the pool


# Events


@dataclass(frozen=True, slots=True)
class JurorListed:
    unit: UnitId
    juror: Listed


@dataclass(frozen=True, slots=True)
class JurorStruck:
    """Not drawn any more; panels that they sit on stay as they are."""

    unit: UnitId
    person: PersonId
    reason: str


Event = JurorListed | JurorStruck


# Commands


@dataclass(frozen=True, slots=True)
class ListJuror:
    """Put somebody into the pool, or say anew what is known of them."""

    by: By
    unit: UnitId
    juror: Listed
    on: date


@dataclass(frozen=True, slots=True)
class StrikeJuror:
    by: By
    unit: UnitId
    person: PersonId
    reason: str


Command = ListJuror | StrikeJuror


# Refusals


class JurorKnowsATrack(Refusal):
    """Whoever is to judge knows a track.

    Name the track of which they are a juror."""


class PledgeIsSigned(Refusal):
    """Who is in the pool has signed its pledge, today at the latest.

    Have it signed, and give that day."""


class NotInThePool(Refusal):
    """This person is not in the pool.

    Choose one of its list."""


class StrikingNeedsReason(Refusal):
    """Whoever strikes somebody from the pool says why.

    Give the reason."""


# State


@dataclass(frozen=True, slots=True)
class State:
    """Who is in the pool now."""

    listed: Mapping[PersonId, Listed] = field(default_factory=dict)


def decide(command: Command, pool: State) -> list[Event]:
    """The events of a command, or the rule that refuses it."""
    match command:
        case ListJuror():
            return list_juror(command)
        case StrikeJuror():
            return strike_juror(command, pool)
        case _:
            assert_never(command)


def list_juror(command: ListJuror) -> list[Event]:
    """With a pledge; who is there already is there as it is said now."""
    if not command.juror.track:
        raise JurorKnowsATrack()
    if command.juror.pledged_on > command.on:
        raise PledgeIsSigned()
    return [JurorListed(command.unit, command.juror)]


def strike_juror(command: StrikeJuror, pool: State) -> list[Event]:
    """With a reason."""
    if command.person not in pool.listed:
        raise NotInThePool()
    if not command.reason.strip():
        raise StrikingNeedsReason()
    return [JurorStruck(command.unit, command.person, command.reason)]


def evolve(pool: State, event: Event) -> State:
    """The pool after somebody came or went."""
    match event:
        case JurorListed():
            return replace(pool, listed={**pool.listed, event.juror.person: event.juror})
        case JurorStruck():
            return replace(pool, listed=without(pool.listed, event.person))
        case _:
            assert_never(event)


POOL: Decider[Command, Event, State] = Decider(
    "juror_pool", State(), decide, evolve, (ListJuror, StrikeJuror), (JurorListed, JurorStruck)
)
