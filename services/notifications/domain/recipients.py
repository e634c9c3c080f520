"""From a rule's word to people: whoever holds the office that day, or the nearest without conflict."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import replace
from datetime import date
from typing import Protocol

from services.notifications.domain.heard import Seat, name_of
from services.notifications.domain.known import Known
from services.notifications.domain.notice.seats import first_office
from services.notifications.domain.notice.words import OF_THE_GROUP, Notice
from shared.domain import FIRST_OFFICE, PersonId, UnitId

JUROR = PersonId("juror")  # whoever has this letter in the panel: who that is stands nowhere here (R68, 0085)
RUN_REVIEWS = ("party_department", "headquarters")
SECRETARIES = tuple(dict.fromkeys(FIRST_OFFICE.values()))


def words_in(text: str) -> frozenset[str]:
    """A closed vocabulary, written as one text."""
    return frozenset(text.split())


# Answered here or by the event; `office_above` where a delivery has failed, which happens here.
WORDS = words_in(
    "accepting_person addressed_office archivist assignee branch_secretary chair chair_of_meeting"
    " circle claimants clerk closing_bodies comparable_units discipline_officer holder incoming"
    " indicator_holder inspector juror lead leading_secretary members new_office office_above outgoing"
    " partner_secretary party_department party_secretary rectifying_person right_holder running"
    " secrecy_reviewer source_department supervisor team who_entered whose_act witness"
)


class Duty(Protocol):
    """Whose turn it is."""

    @property
    def person(self) -> PersonId: ...


class UnitOfKind(Protocol):
    """A unit that does something."""

    @property
    def kind(self) -> str: ...


class Organisation(Protocol):
    """What is asked of the organisation."""

    @property
    def units(self) -> Mapping[UnitId, UnitOfKind]: ...

    @property
    def group(self) -> UnitId | None: ...

    def all_below(self, unit: UnitId) -> Iterable[UnitId]: ...

    def persons(self, office: str, unit: UnitId, on: date) -> tuple[PersonId, ...]: ...

    def nearest(
        self, office: str, unit: UnitId, on: date, without: Set[PersonId], partner: UnitId | None
    ) -> Duty | None: ...

    def members_of(self, unit: UnitId) -> tuple[PersonId, ...]: ...

    def deputies(self, office: str, unit: UnitId, on: date) -> tuple[PersonId, ...]: ...

    def with_deputies(self, people: Set[PersonId], on: date) -> frozenset[PersonId]: ...


def recipients(
    word: str, notice: Notice, known: Known, organisation: Organisation, on: date
) -> tuple[tuple[PersonId, str], ...]:
    """People and the seat (`office@unit`, or "") in which each is addressed, in a stable order, each once.

    A person addressed in two seats owes two answers (R6). A juror is addressed by letter, as a seat.
    """
    return tuple(dict.fromkeys(addressed(word, notice, known, organisation, on)))


def addressed(
    word: str, notice: Notice, known: Known, organisation: Organisation, on: date
) -> Iterator[tuple[PersonId, str]]:
    """The same one after the other, since there may be a hundred thousand; somebody may come twice."""
    if word in notice.letters:
        yield JUROR, notice.letters[word]
    elif word in notice.people:
        yield from ((person, "") for person in notice.people[word])
    elif notice.within is not None:
        within = notice.within or organisation.group
        for unit in organisation.all_below(within) if within else ():
            yield from ((person, "") for person in _in_unit(word, unit, organisation, on))
    elif word in notice.seats:
        for seat in _placed(notice.seats[word], organisation):
            yield from ((person, name_of(seat)) for person in _asked(seat, notice, organisation, on))
    else:
        yield from ((person, "") for person in _of_project(word, notice, known, organisation, on))


def _in_unit(word: str, unit: UnitId, organisation: Organisation, on: date) -> tuple[PersonId, ...]:
    """Whoever holds the office there, or belongs there."""
    return organisation.members_of(unit) if word == "members" else organisation.persons(word, unit, on)


def _placed(seats: Iterable[Seat], organisation: Organisation) -> Iterator[Seat]:
    """Those of the group in the unit that it is."""
    for seat in seats:
        unit = organisation.group if seat.unit == OF_THE_GROUP else seat.unit
        if unit is not None:
            yield replace(seat, unit=unit)


def _asked(seat: Seat, notice: Notice, organisation: Organisation, on: date) -> tuple[PersonId, ...]:
    """To whom a seat's work was transferred, else everybody who may answer for it."""
    handler = notice.handlers.get(name_of(seat))
    return (handler,) if handler else _holding(seat, notice.barred, organisation, on)


def _holding(
    seat: Seat, without: Set[PersonId], organisation: Organisation, on: date
) -> tuple[PersonId, ...]:
    """Everybody who may answer for a seat, deputies too (R8); where nobody may, the nearest who can (R3)."""
    if seat.office == "member":
        return organisation.members_of(seat.unit)
    tied = organisation.with_deputies(without, on)
    asked = (seat.office, seat.unit, on)
    able = tuple(p for p in (*organisation.persons(*asked), *organisation.deputies(*asked)) if p not in tied)
    if able:
        return able
    duty = organisation.nearest(seat.office, seat.unit, on, without, None)
    return (duty.person,) if duty else ()


def _of_project(
    word: str, notice: Notice, known: Known, organisation: Organisation, on: date
) -> tuple[PersonId, ...]:
    unit = UnitId(known.unit)
    match word:
        case "holder" if "rectifies" not in notice.seats:  # a task that nobody holds, a milestone
            return _of_project("leading_secretary", notice, known, organisation, on)
        case "leading_secretary" | "indicator_holder":
            return organisation.persons(first_office(known), unit, on) or (
                (PersonId(known.lead),) if known.lead else ()
            )
        case "lead":
            return (PersonId(known.lead),) if known.lead else ()
        case "running" if notice.running is not None:
            return _running(notice.running, organisation, on)
        case "members":
            return organisation.members_of(unit)
        case "team":
            return tuple(map(PersonId, known.team))
        case "partner_secretary":
            partners = map(UnitId, known.partners)
            return tuple(
                p for u in partners for office in SECRETARIES for p in organisation.persons(office, u, on)
            )
        case "party_department":
            return _holding(Seat("party_department", UnitId(known.company)), frozenset(), organisation, on)
        case "comparable_units":  # of the kinds that the practice fits (R66), but its own
            fits = (u for u, one in organisation.units.items() if one.kind in notice.kinds and u != unit)
            return tuple(
                p for u in fits for office in SECRETARIES for p in organisation.persons(office, u, on)
            )
        case "accepting_person":  # anybody but who did the task (R4)
            partner = next(map(UnitId, known.partners), None)
            did_it = frozenset(notice.people["did_it"])
            duty = organisation.nearest(first_office(known), unit, on, did_it, partner)
            return (duty.person,) if duty else ()
        case "rectifying_person" | "holder":  # often the leading secretary, who owes one answer
            return _holding(notice.seats["rectifies"][0], notice.barred, organisation, on)
        case _:
            return ()


def _running(unit: UnitId, organisation: Organisation, on: date) -> tuple[PersonId, ...]:
    """The department that runs the reviews of a unit, under whichever office it has there."""
    held = (person for office in RUN_REVIEWS for person in organisation.persons(office, unit, on))
    return tuple(held) or _holding(Seat(RUN_REVIEWS[0], unit), frozenset(), organisation, on)
