"""Who holds which office where, and what follows from it: kept in memory by every service."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Set
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from shared.domain import Calendar, PersonId, Rhythm, UnitId
from shared.offices import FULL_MEMBER, PARTY_MEMBERS, rights_of
from shared.registers import OutOfOrder, Person, Programme, Registers, StandIn, Supplement, Term, Unit
from shared.working_days import CHINESE, working_day_after

__all__ = [
    "BODIES",
    "MEMBER",
    "Duty",
    "Organisation",
    "OutOfOrder",
    "Person",
    "Programme",
    "StandIn",
    "Supplement",
    "Term",
    "Unit",
]

IN_PERSON = frozenset(  # never by a deputy (R8)
    {"vote", "chair_meeting", "score", "seal_panel", "ask_check", "change_decision"}
)
USUAL_RHYTHM = Rhythm()
OVERSEAS = "境外"  # the mark of units that are not named outside of their company (R75)
MEMBER = "member"  # the duty of a branch's member as such; not an office of the catalogue
BRANCH_COMMITTEE = (
    "branch_secretary",
    "deputy_branch_secretary",
    "organisation_member",
    "publicity_member",
    "branch_discipline_member",
)
BODIES = {  # the offices whose holders sit in it
    "party_committee": ("party_secretary", "deputy_party_secretary", "committee_member"),
    "general_branch_committee": ("general_branch_secretary", *BRANCH_COMMITTEE[1:]),
    "branch_committee": BRANCH_COMMITTEE,
}


@dataclass(frozen=True, slots=True)
class Duty:
    """Whose turn it is, in which office of which unit (R3)."""

    person: PersonId
    office: str
    unit: UnitId


class Organisation(Registers):
    """The organisation at `position` of `projects/group`.

    Queries answer for any day from what is known now (R12). They are lookups by person, by seat
    (unit and office) and by unit, and walks up the tree, which is a handful of levels deep.
    """

    # -- units ----------------------------------------------------------------------------------

    def below(self, unit: UnitId) -> tuple[UnitId, ...]:
        """The units in force directly below."""
        return tuple(u for u in self._below.get(unit, ()) if not self.units[u].ceased)

    def all_below(self, unit: UnitId) -> Iterator[UnitId]:
        """The unit itself and every unit in force below it, parents first."""
        yield unit
        for child in self.below(unit):
            yield from self.all_below(child)

    def reaches(self, unit: UnitId, other: UnitId) -> bool:
        """Whether the scope of an office in `unit` covers `other`: the same unit, or one below it."""
        return unit in self.above(other)

    def company(self, unit: UnitId) -> UnitId | None:
        """The nearest unit with a ledger, from the unit itself up; None for an unknown unit."""
        return next((u for u in self.above(unit) if self.units[u].has_ledger or u == self.group), None)

    def ledger(self, unit: UnitId) -> str | None:
        """The name of the ledger that the unit's projects are written in: its company's id, or "group".

        Of one that has ceased that of its successor; without one that of its own company (R70).
        """
        company = self.company(self.heir(unit) or unit)
        return "group" if company is not None and company == self.group else company

    def heir(self, unit: UnitId) -> UnitId | None:
        """The unit in force that goes on for this one: itself, or the last of its successors (R70).

        None where one of them ended without a successor: who is above keeps it. A dissolved unit is in
        force until its day has come.
        """
        at, passed = self.units.get(unit), set[UnitId]()
        while at is not None and at.ceased and at.id not in passed:
            passed.add(at.id)
            at = self.units.get(at.successor) if at.successor else None
        return at.id if at is not None and not at.ceased else None

    def is_overseas(self, unit: UnitId) -> bool:
        """Whether the unit, or one above it up to its company, is marked as overseas (R75)."""
        for found in self.above(unit):
            if OVERSEAS in self.units[found].marks:
                return True
            if self.units[found].has_ledger:
                break
        return False

    def names_to(self, unit: UnitId, reader: PersonId, on: date) -> bool:
        """Whether unit and people are named to somebody: if overseas, to those of its company alone (R75)."""
        if not self.is_overseas(unit):
            return True
        home = [self.people[reader].unit] if reader in self.people else []
        places = (*home, *(term.unit for term in self.offices_of(reader, on)))
        return self.company(unit) in map(self.company, places)

    def name_for(self, unit: UnitId, reader: PersonId, on: date) -> str | None:
        """The unit's name, or the code that says nothing where it is not named; None for an unknown unit."""
        known = self.units.get(unit)
        if known is None:
            return None
        return known.name if self.names_to(unit, reader, on) else known.code

    def calendar(self, unit: UnitId) -> Calendar:
        """By which working days it goes: its own, or those of the nearest above that has some (R38)."""
        own = (self.units[u].calendar for u in self.above(unit))
        return next((calendar for calendar in own if calendar), CHINESE)

    def working_day_after(self, day: date, count: int, units: Iterable[UnitId]) -> date:
        """The day on which each of these has had so many working days after `day` (R38)."""
        calendars = {self.calendar(unit) for unit in units} or {CHINESE}
        return max(working_day_after(day, count, calendar) for calendar in calendars)

    def day_ends(self, day: date, units: Iterable[UnitId], usual: ZoneInfo) -> datetime:
        """The moment at which a day is over for each of these: 24:00 of the last of them (R38)."""
        named = {self.calendar(unit).zone for unit in units}
        zones = [ZoneInfo(zone) if zone else usual for zone in named] or [usual]
        return max(datetime.combine(day, time(), zone) + timedelta(days=1) for zone in zones)

    # -- offices --------------------------------------------------------------------------------

    def offices_of(self, person: PersonId, on: date) -> tuple[Term, ...]:
        """The terms that a person holds on a day, in the order of their entry."""
        return tuple(t for t in self._of(self._terms_of.get(person, ())) if self._held(t, on))

    def posts_of(self, person: PersonId, since: date, on: date) -> frozenset[UnitId]:
        """The units in which a person held an office on any day from `since` to `on` (R5)."""
        terms = self._of(self._terms_of.get(person, ()))
        return frozenset(t.unit for t in terms if t.in_effect and t.since <= on and since < t.end)

    def ever_held(self, person: PersonId) -> tuple[Term, ...]:
        """Every term that a person ever held, or will."""
        return tuple(t for t in self._of(self._terms_of.get(person, ())) if t.in_effect)

    def holders(self, office: str, unit: UnitId, on: date) -> tuple[Term, ...]:
        """Who holds an office in exactly this unit on a day; acting holders last."""
        held = [t for t in self._of(self._seats.get((unit, office), ())) if self._held(t, on)]
        return tuple(sorted(held, key=lambda term: term.acting))

    def ever_in(self, office: str, unit: UnitId) -> tuple[Term, ...]:
        """Every term of an office in exactly this unit, whenever it runs, in the order of its entry."""
        return tuple(self._of(self._seats.get((unit, office), ())))

    def before(self, term: Term) -> Term | None:
        """Whose term there was the last before; None for the first, and where it was the same person."""
        earlier = [
            other
            for other in self._of(self._seats.get((term.unit, term.office), ()))
            if other.in_effect and other.since < min(term.since, other.end)
        ]
        last = max(earlier, key=lambda other: other.since, default=None)
        return None if last is None or last.person == term.person else last

    def vacant_since(self, office: str, unit: UnitId, on: date) -> date | None:
        """Since when an office is recorded as vacant (R10); None while it is held or nothing is recorded."""
        since = self._vacant.get((unit, office))
        if since is None or since > on or self.holders(office, unit, on):
            return None
        filled = any(since <= t.since <= on for t in self._of(self._seats.get((unit, office), ())))
        return None if filled else since

    def custodian(self, office: str, unit: UnitId, on: date) -> PersonId | None:
        """Who keeps the projects of a vacant office going on a day, without deciding (R10)."""
        vacant = self.vacant_since(office, unit, on) is not None
        return self._custodians.get((unit, office)) if vacant else None

    def kept_by(self, person: PersonId, on: date) -> tuple[UnitId, ...]:
        """The units whose vacant office this person keeps going on a day."""
        seats = [seat for seat, custodian in self._custodians.items() if custodian == person]
        return tuple(unit for unit, office in seats if self.custodian(office, unit, on) is not None)

    def stood_in(self, person: PersonId, on: date) -> tuple[Term, ...]:
        """The terms of others for which this person is deputy on a day."""
        terms = self.ever_stood_in(person)
        return tuple(t for t in terms if self._held(t, on) and person in t.stood_in_by(on))

    def ever_stood_in(self, person: PersonId) -> tuple[Term, ...]:
        """The terms of others for which this person is, was or will be deputy."""
        return tuple(self._of(self._stood_in.get(person, ())))

    def deputies(self, office: str, unit: UnitId, on: date) -> tuple[PersonId, ...]:
        """All who stand in for holders of an office on a day."""
        return tuple(d for term in self.holders(office, unit, on) for d in sorted(term.stood_in_by(on)))

    def declared_ties(self, person: PersonId) -> tuple[str, ...]:
        """The people and units to which somebody declared a tie (R5)."""
        return tuple(self._ties.get(person, ()))

    def untied(self, person: PersonId, on: date) -> tuple[UnitId, ...]:
        """The units with which somebody declared in the year of this day to have no tie (R5)."""
        return tuple(unit for unit, said in self._untied.get(person, {}).items() if said.year == on.year)

    def tied(self, person: PersonId, on: date) -> frozenset[PersonId]:
        """Whose conflicts somebody shares by a tie that they or the other declared, or one to a unit (R5)."""
        declared = self.declared_ties(person)
        units = [UnitId(one) for one in declared if UnitId(one) in self.units]
        of_units = (p for unit in units for p in (*self._members.get(unit, ()), *self._serving(unit, on)))
        people = (PersonId(one) for one in declared if UnitId(one) not in self.units)
        return frozenset((*people, *of_units, *self._tied_to.get(person, ()))) - {person}

    def _serving(self, unit: UnitId, on: date) -> Iterator[PersonId]:
        """Who hold an office of a unit on a day."""
        offices = (terms for (seat_of, _), terms in self._seats.items() if seat_of == unit)
        return (term.person for terms in offices for term in self._of(terms) if self._held(term, on))

    def with_ties(self, people: Set[PersonId], on: date) -> frozenset[PersonId]:
        """These people and who shares their conflicts by a tie (R5)."""
        return frozenset(people).union(*(self._sharing(person, on) for person in people))

    def with_deputies(self, people: Set[PersonId], on: date) -> frozenset[PersonId]:
        """These people, who has a tie to one (R5), and who stands in for any (R8): they share a conflict."""
        sharing = self.with_ties(people, on)
        terms = (term for person in sharing for term in self.offices_of(person, on))
        return sharing.union(deputy for term in terms for deputy in term.stood_in_by(on))

    def _sharing(self, person: PersonId, on: date) -> Iterator[PersonId]:
        """Who shares the conflicts of somebody by a tie: to them, of theirs, or to a unit of theirs (R5)."""
        yield from self._tied_to.get(person, ())
        yield from (PersonId(one) for one in self.declared_ties(person) if UnitId(one) not in self.units)
        known = self.people.get(person)
        own = {known.unit} if known else set[UnitId]()
        for unit in own.union(term.unit for term in self.offices_of(person, on)):
            yield from self._tied_to.get(unit, ())

    def may(self, person: PersonId, right: str, unit: UnitId, on: date) -> Term | None:
        """The first own term that gives this right over the unit on that day."""
        for term in self.offices_of(person, on):
            if right in rights_of(term.office) and self.reaches(term.unit, unit):
                return term
        return None

    # -- whose turn it is -----------------------------------------------------------------------

    def nearest(
        self,
        office: str,
        unit: UnitId,
        on: date,
        without: Set[PersonId] = frozenset(),
        partner: UnitId | None = None,
    ) -> Duty | None:
        """The first without conflict on R3's list for this office, then upwards; None: it waits (R3).

        A branch secretary's duty goes to the deputy, a member, the pair partner's secretary, the
        party department; a deciding office to its acting holder and the leader in charge at each
        level; every other to the same office above. Who stands in for somebody `without` is passed over too.
        """
        without = self.with_deputies(without, on)
        if office == "branch_secretary":
            own = self._first(("branch_secretary", "deputy_branch_secretary", MEMBER), unit, on, without)
            theirs = partner and self._first(("branch_secretary",), partner, on, without)
            return own or theirs or self.nearest("party_department", unit, on, without)
        offices = (office, "leader_in_charge") if "decide" in rights_of(office) else (office,)
        return next((d for u in self.above(unit) if (d := self._first(offices, u, on, without))), None)

    def _first(self, offices: Iterable[str], unit: UnitId, on: date, without: Set[PersonId]) -> Duty | None:
        for office in offices:
            found = self._party_members(unit) if office == MEMBER else self.persons(office, unit, on)
            for person in found:
                if person not in without:
                    return Duty(person, office, unit)
        return None

    def _party_members(self, unit: UnitId) -> list[PersonId]:
        """Of the branch; participants claim, prove and are on teams, and accept nothing (R14)."""
        return [p for p in self.members_of(unit) if self.people[p].political_status in PARTY_MEMBERS]

    def persons(self, office: str, unit: UnitId, on: date) -> tuple[PersonId, ...]:
        """The holders' persons, each once."""
        return tuple(dict.fromkeys(term.person for term in self.holders(office, unit, on)))

    # -- people and bodies ----------------------------------------------------------------------

    def members_of(self, unit: UnitId, voting: bool = False) -> tuple[PersonId, ...]:
        """Who belongs to a branch; with `voting` only full members (R26). Restricted people are left out."""
        return tuple(
            p
            for p in self._members.get(unit, ())
            if not (person := self.people[p]).restricted
            and (not voting or person.political_status == FULL_MEMBER)
        )

    def body(self, kind: str, unit: UnitId, on: date) -> tuple[PersonId, ...]:
        """Who should attend a body's meeting on a day with a vote (R26): full members only."""
        if kind == "member_meeting":
            return self.members_of(unit, voting=True)
        seats = (person for office in BODIES[kind] for person in self.persons(office, unit, on))
        return tuple(dict.fromkeys(p for p in seats if self._votes(p)))

    def rhythm(self, kind: str, unit: UnitId) -> Rhythm:
        """How often a body meets; each month where nothing is set (R32)."""
        known = self.units.get(unit)
        return (known.rhythms.get(kind) if known else None) or USUAL_RHYTHM

    def vacancies(self, kind: str, unit: UnitId, on: date) -> tuple[str, ...]:
        """The offices of a body that are recorded as vacant on a day (R84)."""
        return tuple(o for o in BODIES.get(kind, ()) if self.vacant_since(o, unit, on) is not None)

    def _votes(self, person: PersonId) -> bool:
        known = self.people.get(person)
        return known is not None and known.political_status == FULL_MEMBER

    # -- programme and sessions -----------------------------------------------------------------

    def programme(self, on: date) -> Programme | None:
        """The version in force on a day: the last that began, of two on one day the later published (R16)."""
        begun = [p for p in self.programmes if p.in_force <= on and not p.corrects]
        found = max(reversed(begun), key=lambda p: p.in_force, default=None)
        return self.version(found.version, on) if found else None

    def version(self, version: str, on: date = date.max) -> Programme | None:
        """A published version by its name, for what is pinned to it: as the last corrigendum has it (R21)."""
        found = next((p for p in self.programmes if p.version == version), None)
        corrigenda = (p for p in reversed(self.programmes) if p.corrects == version and p.in_force <= on)
        mended = next(corrigenda, None)
        if found is None or mended is None:
            return found
        return replace(
            found,
            content=mended.content,
            content_hash=mended.content_hash,
            corrected_by=mended.version,
        )

    def to_adopt(self, pinned: str, on: date) -> Programme | None:
        """The version in force, where one since the pinned applies to open proposals as well (R19)."""
        return self.programme(on) if any(p.on_resubmission for p in self.begun_since(pinned, on)) else None

    def begun_since(self, version: str, on: date) -> tuple[Programme, ...]:
        """The versions that took over after this one, in the order in which they did."""
        begun = sorted(
            (p for p in self.programmes if p.in_force <= on and not p.corrects), key=lambda p: p.in_force
        )
        later = itertools.dropwhile(lambda p: p.version != version, begun)
        return tuple(p for p in later if p.version != version)

    def published_before(self, version: str) -> Programme | None:
        """Beside what a version was published: a corrigendum what it mends, others the one before."""
        known = [p.version for p in self.programmes]
        this = self.programmes[known.index(version)]
        earlier = self.programmes[: known.index(version)]
        if this.corrects:
            return next(p for p in reversed(earlier) if this.corrects in (p.version, p.corrects))
        last = next((p for p in reversed(earlier) if not p.corrects), None)
        return self.version(last.version) if last else None

    def supplement(self, unit: UnitId, programme: str, on: date) -> Supplement | None:
        """What the unit's company adds to a version of the programme on a day (R22)."""
        company = self.company(unit)
        begun = [
            s
            for s in self.supplements
            if (s.company, s.programme) == (company, programme) and s.in_force <= on
        ]
        return max(reversed(begun), key=lambda s: s.in_force, default=None)

    def has_ended(self, session: str) -> bool:
        """Whether a session has ended while its last token might still be valid."""
        return session in self._ended_sessions
