"""Who stands in for the holder of a term, for a time (R8)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import assert_never

from services.projects.domain.office.state import (
    EndsBeforeItBegins,
    NotYoursToAppoint,
    StandIn,
    Term,
    in_force,
    may_appoint,
)
from shared.domain import By, OfficeId, PersonId, Refusal

DEPUTY_DAYS_AT_MOST = 30  # R8


@dataclass(frozen=True, slots=True)
class DeputyAppointed:
    term: OfficeId
    deputy: PersonId
    since: date
    until: date  # last day


@dataclass(frozen=True, slots=True)
class DeputyEnded:
    term: OfficeId
    deputy: PersonId
    ended_on: date  # the first day without


Event = DeputyAppointed | DeputyEnded


@dataclass(frozen=True, slots=True)
class AppointDeputy:
    by: By
    term: OfficeId
    deputy: PersonId
    since: date
    until: date
    in_scope: bool  # fact: as above


@dataclass(frozen=True, slots=True)
class EndDeputy:
    by: By
    term: OfficeId
    deputy: PersonId
    ended_on: date
    in_scope: bool  # fact: as above


Command = AppointDeputy | EndDeputy


class NoDeputyOfADeputy(Refusal):
    """A deputy may not appoint a deputy, nor end one.

    Ask the holder of the office."""


class DeputyTooLong(Refusal):
    """A deputy stands in for at most {days} days at a time.

    Choose an earlier last day; a longer absence needs an acting head."""


class HolderIsNoDeputy(Refusal):
    """The holder cannot be the deputy.

    Choose another person."""


class DeputyOverlaps(Refusal):
    """A deputy is named for these days already.

    End that first, or choose other days."""


class NoSuchDeputy(Refusal):
    """This person is not deputy in this term.

    Choose a deputy who is named."""


class MandateHasNoDeputy(Refusal):
    """A mandate is held by who is named in it, and has no deputy.

    Open a mandate for the other person."""


def decide(command: Command, term: Term) -> Sequence[Event]:
    """The events of a command about a deputy."""
    match command:
        case AppointDeputy():
            return appoint_deputy(command, term)
        case EndDeputy():
            return end_deputy(command, term)
        case _:
            assert_never(command)


def appoint_deputy(command: AppointDeputy, term: Term) -> Sequence[Event]:
    """Named by the holder or the roster's keeper, for a time, and no chains (R8)."""
    names_deputies(command, term)
    if term.opened_in is not None:
        raise MandateHasNoDeputy()
    if command.deputy == term.person:
        raise HolderIsNoDeputy()
    if command.until < command.since:
        raise EndsBeforeItBegins(since=command.since)
    if (command.until - command.since).days >= DEPUTY_DAYS_AT_MOST:
        raise DeputyTooLong(days=DEPUTY_DAYS_AT_MOST)
    if any(d.since <= command.until and command.since < d.end for d in term.deputies):
        raise DeputyOverlaps()
    return [DeputyAppointed(command.term, command.deputy, command.since, command.until)]


def names_deputies(command: AppointDeputy | EndDeputy, term: Term) -> None:
    """The holder in person, or who keeps the roster: never a deputy (R8)."""
    in_force(term)
    if command.by.on_behalf_of is not None:
        raise NoDeputyOfADeputy()
    keeps_roster = command.in_scope and may_appoint(command.by.office, term.office)
    if term.awaits_second or (command.by.person != term.person and not keeps_roster):
        raise NotYoursToAppoint(by=command.by.office, office=term.office)


def end_deputy(command: EndDeputy, term: Term) -> Sequence[Event]:
    """Before the day that was set, by who could have named the deputy."""
    names_deputies(command, term)
    if not any(d.deputy == command.deputy and command.ended_on < d.end for d in term.deputies):
        raise NoSuchDeputy()
    return [DeputyEnded(command.term, command.deputy, command.ended_on)]


def evolve(term: Term, event: Event) -> Term:
    """The term after a deputy was named, or ended."""
    match event:
        case DeputyAppointed():
            stand_in = StandIn(event.deputy, event.since, day_after(event.until))
            return replace(term, deputies=(*term.deputies, stand_in))
        case DeputyEnded():
            return replace(term, deputies=tuple(shortened(d, event) for d in term.deputies))
        case _:
            assert_never(event)


def shortened(stand_in: StandIn, ended: DeputyEnded) -> StandIn:
    """The deputy's days up to the end; none are left when it ends before it began."""
    if stand_in.deputy != ended.deputy:
        return stand_in
    return replace(stand_in, end=min(stand_in.end, ended.ended_on))


def day_after(day: date) -> date:
    """The next day; the last day that there is has none."""
    return day if day == date.max else day + timedelta(days=1)
