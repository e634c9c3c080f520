"""The registers that `projects/group` fills: units, people, terms of office, programmes, ended sessions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any, assert_never

from shared import roster
from shared.codec import NewerEvent
from shared.domain import MODEL_BRANCH, Calendar, OfficeId, PersonId, Rhythm, UnitId
from shared.envelope import Recorded, micros
from shared.withdrawn import without

ENDED_SESSIONS_KEPT_MICROS = 10 * 60 * 1_000_000  # twice a token's life


NAMING = roster.UnitEstablished | roster.UnitRenamed


class OutOfOrder(Exception):
    """An event was offered that does not follow the position reached: read on from there."""


@dataclass(frozen=True, slots=True)
class Person:
    """What the rules ask of a person: branch and standing; names stay sealed elsewhere."""

    id: PersonId
    unit: UnitId
    political_status: str
    trade: str
    skill: str
    restricted: bool = False


@dataclass(frozen=True, slots=True)
class ModelBranch:
    """By whom and by which document a branch was named a model branch, and its last day as one."""

    given_by: str
    document: str
    until: date


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit as it stands now."""

    id: UnitId
    code: str
    name: str
    parent: UnitId | None
    kind: str
    organisation: str
    marks: tuple[str, ...]  # as they were set; those of a day: `marks_on`
    has_ledger: bool
    has_committee: bool
    full_members: int
    dissolved_on: date | None = None  # the first day without it
    ceased: bool = False  # that day has come
    successor: UnitId | None = None
    joint: tuple[UnitId, ...] = ()  # of a joint branch: the administrative units that it is of (R71)
    excused: Mapping[int, tuple[str, str]] = field(default_factory=dict)  # by year: exempt as, reason (R66)
    calendar: Calendar | None = None  # its own working days and time zone (R38)
    rhythms: Mapping[str, Rhythm] = field(default_factory=dict)  # of its bodies, by kind (R32)
    names_before: tuple[str, ...] = ()  # the first one first
    model_branch: ModelBranch | None = None  # the last naming, perhaps lapsed

    @property
    def is_branch(self) -> bool:
        """Whether its party organisation is a branch, of any sort."""
        return self.organisation.endswith("党支部")

    def marks_on(self, day: date) -> tuple[str, ...]:
        """Its marks on a day: that of a model branch lapses, one from before it was given by an act not."""
        named = self.model_branch
        return (*self.marks, MODEL_BRANCH) if named is not None and day <= named.until else self.marks


@dataclass(frozen=True, slots=True)
class StandIn:
    """A deputy for one term (R8)."""

    deputy: PersonId
    since: date
    end: date  # the first day without


@dataclass(frozen=True, slots=True)
class Term:
    """A person in an office of a unit from a date to a date."""

    id: OfficeId
    person: PersonId
    office: str
    unit: UnitId
    since: date
    end: date  # the first day without it; date.max while open
    acting: bool
    in_effect: bool  # confirmed by a second where one is needed (R13)
    appointed_by: PersonId
    deputies: tuple[StandIn, ...] = ()
    document: str = ""
    opened_in: UnitId | None = None  # of a mandate (R15): where it was opened

    def runs(self, on: date) -> bool:
        """Whether it is confirmed, has begun and has not ended on that day."""
        return self.in_effect and self.since <= on < self.end

    def stood_in_by(self, on: date) -> tuple[PersonId, ...]:
        """Who are its deputies on that day."""
        return tuple(d.deputy for d in self.deputies if d.since <= on < d.end)


@dataclass(frozen=True, slots=True)
class Programme:
    """A published version of the programme; `content` is its JSON text."""

    version: str
    year: int
    in_force: date
    content: str
    content_hash: str
    corrects: str = ""  # of a corrigendum: the version that it mends (R21)
    corrected_by: str = ""  # the corrigendum after which it reads like this
    on_resubmission: tuple[str, ...] = ()  # the parts that open proposals go by as well (R19)
    on_request: tuple[str, ...] = ()  # and running projects, by a change request of their own
    by_order: tuple[str, ...] = ()  # and those by order
    demanded_by: str = ""  # number of the superior document that demands it


@dataclass(frozen=True, slots=True)
class Supplement:
    """A company's published supplement to a version of the programme (R22); `content` is its JSON text."""

    company: UnitId
    version: str
    programme: str
    in_force: date
    content: str
    content_hash: str


class Registers:
    """State and indexes at `position` of `projects/group`, changed by `apply` alone.

    An event about something unknown changes nothing: history happened, and is not argued with here.
    """

    def __init__(self) -> None:
        self.position = 0
        self.recorded_at_micros = 0
        self.outdated = False
        self.calendars: set[Calendar] = set()  # all that there ever were: by which one days may be counted
        self.group: UnitId | None = None
        self.units: dict[UnitId, Unit] = {}
        self.people: dict[PersonId, Person] = {}
        self.terms: dict[OfficeId, Term] = {}
        self.programmes: list[Programme] = []  # in the order of publication
        self.supplements: list[Supplement] = []  # in the same order
        self._below: defaultdict[UnitId | None, dict[UnitId, None]] = defaultdict(dict)
        self._members: defaultdict[UnitId, dict[PersonId, None]] = defaultdict(dict)
        self._terms_of: defaultdict[PersonId, list[OfficeId]] = defaultdict(list)
        self._seats: defaultdict[tuple[UnitId, str], list[OfficeId]] = defaultdict(list)
        self._stood_in: defaultdict[PersonId, dict[OfficeId, None]] = defaultdict(dict)
        self._ties: defaultdict[PersonId, dict[str, None]] = defaultdict(dict)  # to people and units (R5)
        self._tied_to: defaultdict[str, dict[PersonId, None]] = defaultdict(dict)  # the same, by these
        self._untied: defaultdict[PersonId, dict[UnitId, date]] = defaultdict(dict)  # declared to have none
        self._vacant: dict[tuple[UnitId, str], date] = {}
        self._custodians: dict[tuple[UnitId, str], PersonId] = {}  # of what is vacant
        self._withdrawn: defaultdict[str, frozenset[str]] = defaultdict(frozenset)  # hashes by stream
        self._ended_sessions: dict[str, int] = {}  # in the order of ending

    def above(self, unit: UnitId) -> Iterator[UnitId]:
        """The unit itself, then what is above it, up to the group; nothing for an unknown unit."""
        at: UnitId | None = unit
        while at is not None and (found := self.units.get(at)):
            yield at
            at = found.parent

    def apply(self, recorded: Recorded) -> None:
        """Fold the next event in; one already seen is ignored, one that comes too early is OutOfOrder.

        NewerEvent when only newer code can: from then on it is `outdated`, and nobody's rights are known.
        """
        if recorded.position <= self.position:
            return
        if recorded.position != self.position + 1:
            raise OutOfOrder(f"{recorded.position} offered, {self.position} reached")
        try:
            event = roster.SCHEMA.read(recorded.envelope)
        except NewerEvent:
            self.outdated = True
            raise
        self.recorded_at_micros = micros(datetime.fromisoformat(recorded.envelope.recorded_at))
        if event is not None:
            self._fold(self._as_shown(recorded, event))
        self.position = recorded.position

    def _as_shown(self, recorded: Recorded, event: roster.Said) -> roster.Said:
        """An act with a mark for what was withdrawn from its record before; names stay."""
        gone = self._withdrawn.get(str(recorded.stream), frozenset())
        return event if isinstance(event, NAMING) else without(event, gone)

    def _fold(self, event: roster.Said) -> None:
        match event:
            case (
                roster.PersonRegistered()
                | roster.PersonMoved()
                | roster.StandingChanged()
                | roster.PersonRestricted()
                | roster.PersonErased()
                | roster.TieDeclared()
                | roster.TieEnded()
                | roster.NoTieDeclared()
            ):
                self._fold_person(event)
            case (
                roster.UnitEstablished()
                | roster.UnitRenamed()
                | roster.UnitMoved()
                | roster.UnitMarked()
                | roster.ModelBranchNamed()
                | roster.UnitDissolved()
                | roster.DissolutionWithdrawn()
                | roster.UnitCeased()
                | roster.JointUnitsNamed()
                | roster.NoProjectExplained()
                | roster.CalendarSet()
                | roster.RhythmSet()
            ):
                self._fold_unit(event)
            case roster.ProgrammePublished():
                self.programmes.append(
                    Programme(
                        event.version,
                        event.year,
                        event.in_force,
                        event.content,
                        event.content_hash,
                        event.corrects,
                        on_resubmission=_places(event, "resubmission"),
                        on_request=_places(event, "request"),
                        by_order=_places(event, "order"),
                        demanded_by=event.demanded_by,
                    )
                )
            case roster.SupplementPublished():
                self.supplements.append(
                    Supplement(
                        event.company,
                        event.version,
                        event.programme,
                        event.in_force,
                        event.content,
                        event.content_hash,
                    )
                )
            case roster.RecordTextWithdrawn():
                self._withdraw(event.record, event.sha256)
            case roster.SessionEnded():
                self._end_session(event.session)
            case _:
                self._fold_office(event)

    def _fold_person(self, event: roster.AboutPerson) -> None:
        match event:
            case roster.PersonRegistered():
                standing = (event.political_status, event.trade, event.skill)
                self._put(Person(event.person, event.unit, *standing))
            case roster.PersonMoved():
                if person := self.people.get(event.person):
                    self._put(replace(person, unit=event.unit))
            case roster.StandingChanged():
                self._change(
                    self.people,
                    event.person,
                    political_status=event.political_status,
                    trade=event.trade,
                    skill=event.skill,
                )
            case roster.PersonRestricted():
                self._change(self.people, event.person, restricted=True)
            case roster.TieDeclared():
                self._ties[event.person][event.other or event.unit or ""] = None
                self._tied_to[event.other or event.unit or ""][event.person] = None
                self._untied[event.person].pop(event.unit or UnitId(""), None)
            case roster.TieEnded():
                self._ties[event.person].pop(event.other or event.unit or "", None)
                self._tied_to[event.other or event.unit or ""].pop(event.person, None)
            case roster.NoTieDeclared():
                self._untied[event.person][event.unit] = event.on
            case roster.PersonErased():
                if gone := self.people.pop(event.person, None):
                    self._members[gone.unit].pop(gone.id, None)
            case _:
                assert_never(event)

    def _put(self, person: Person) -> None:
        if known := self.people.get(person.id):
            self._members[known.unit].pop(person.id, None)
        self._members[person.unit][person.id] = None
        self.people[person.id] = person

    def _fold_unit(self, event: roster.AboutUnit) -> None:
        match event:
            case roster.UnitEstablished():
                self._establish(event)
            case roster.UnitRenamed():
                if unit := self.units.get(event.unit):
                    before = (*unit.names_before, unit.name)
                    self._change(self.units, event.unit, name=event.name, names_before=before)
            case roster.UnitMoved():
                # two moves decided at once, each right by itself, could close a circle: the later gives way
                if (unit := self.units.get(event.unit)) and unit.id not in self.above(event.parent):
                    self._below[unit.parent].pop(unit.id, None)
                    self._below[event.parent][unit.id] = None
                    self.units[unit.id] = replace(unit, parent=event.parent)
            case roster.UnitMarked():
                self._change(
                    self.units,
                    event.unit,
                    kind=event.kind,
                    organisation=event.organisation,
                    marks=event.marks,
                    has_committee=event.has_committee,
                    full_members=event.full_members,
                )
            case roster.ModelBranchNamed():
                if unit := self.units.get(event.unit):
                    named = ModelBranch(event.given_by, event.document, event.until)
                    marks = tuple(mark for mark in unit.marks if mark != MODEL_BRANCH)
                    self._change(self.units, unit.id, marks=marks, model_branch=named)
            case roster.JointUnitsNamed():
                self._change(self.units, event.unit, joint=event.units)
            case roster.CalendarSet():
                self._change(self.units, event.unit, calendar=event.calendar)
                if event.calendar is not None:
                    self.calendars.add(event.calendar)
            case roster.RhythmSet():
                if unit := self.units.get(event.unit):
                    self._change(self.units, unit.id, rhythms={**unit.rhythms, event.kind: event.rhythm})
            case roster.NoProjectExplained():
                if unit := self.units.get(event.unit):
                    said = (event.exempt, event.reason)
                    self._change(self.units, unit.id, excused={**unit.excused, event.year: said})
            case roster.UnitDissolved():
                self._change(
                    self.units, event.unit, dissolved_on=event.dissolved_on, successor=event.successor
                )
            case roster.DissolutionWithdrawn():
                self._change(self.units, event.unit, dissolved_on=None, successor=None)
            case roster.UnitCeased():
                self._change(self.units, event.unit, ceased=True)
            case _:
                assert_never(event)

    def _establish(self, event: roster.UnitEstablished) -> None:
        if event.unit in self.units or (event.parent is not None and event.parent not in self.units):
            return
        self.units[event.unit] = Unit(
            event.unit,
            event.code,
            event.name,
            event.parent,
            event.kind,
            event.organisation,
            event.marks,
            event.has_ledger,
            event.has_committee,
            event.full_members,
        )
        self._below[event.parent][event.unit] = None
        if self.group is None and event.parent is None:
            self.group = event.unit

    def _fold_office(self, event: roster.AboutOffice) -> None:
        match event:
            case roster.OfficeAppointed():
                self.terms[event.term] = Term(
                    id=event.term,
                    person=event.person,
                    office=event.office,
                    unit=event.unit,
                    since=event.since,
                    end=_day_after(event.until) if event.until else date.max,
                    acting=event.acting,
                    in_effect=not event.needs_second,
                    appointed_by=event.appointed_by,
                    document=event.document,
                    opened_in=event.opened_in,
                )
                self._terms_of[event.person].append(event.term)
                self._seats[event.unit, event.office].append(event.term)
            case roster.AppointmentConfirmed():
                self._change(self.terms, event.term, in_effect=True)
            case roster.OfficeEnded():
                if term := self.terms.get(event.term):
                    self.terms[term.id] = replace(term, end=min(term.end, event.ended_on))
            case roster.VacancyRecorded():
                self._vacant[event.unit, event.office] = event.since
                self._custodians.pop((event.unit, event.office), None)
            case roster.CustodianNamed():
                self._custodians[event.unit, event.office] = event.person
            case roster.DeputyAppointed():
                if term := self.terms.get(event.term):
                    stand_in = StandIn(event.deputy, event.since, _day_after(event.until))
                    self.terms[term.id] = replace(term, deputies=(*term.deputies, stand_in))
                    self._stood_in[event.deputy][term.id] = None
            case roster.DeputyEnded():
                if term := self.terms.get(event.term):
                    shortened = (
                        replace(d, end=min(d.end, event.ended_on)) if d.deputy == event.deputy else d
                        for d in term.deputies
                    )
                    self.terms[term.id] = replace(term, deputies=tuple(shortened))
            case _:
                assert_never(event)

    def _withdraw(self, record: str, sha256: str) -> None:
        """From now on a mark stands for the text, in what was said of a unit or term and will be."""
        self._withdrawn[record] |= {sha256}
        if unit := self.units.get(UnitId(record)):
            said = without({"excused": unit.excused, "model_branch": unit.model_branch}, {sha256})
            self._change(self.units, unit.id, **said)
        if term := self.terms.get(OfficeId(record)):
            self._change(self.terms, term.id, document=without(term.document, {sha256}))

    def _end_session(self, session: str) -> None:
        oldest_kept = self.recorded_at_micros - ENDED_SESSIONS_KEPT_MICROS
        while self._ended_sessions:
            first = next(iter(self._ended_sessions))
            if self._ended_sessions[first] >= oldest_kept:
                break
            del self._ended_sessions[first]
        self._ended_sessions[session] = self.recorded_at_micros

    def _held(self, term: Term, on: date) -> bool:
        """Whether a term gives its rights on a day: it runs, and its unit is not dissolved."""
        unit = self.units.get(term.unit)
        return term.runs(on) and (unit is None or unit.dissolved_on is None or on < unit.dissolved_on)

    def _of(self, terms: Iterable[OfficeId]) -> Iterable[Term]:
        return (self.terms[term] for term in terms)

    @staticmethod
    def _change(register: dict[Any, Any], key: str, **fields: Any) -> None:
        if known := register.get(key):
            register[key] = replace(known, **fields)


def _places(event: roster.ProgrammePublished, to: str) -> tuple[str, ...]:
    return tuple(applies.place for applies in event.applies if applies.to == to)


def _day_after(day: date) -> date:
    return day if day == date.max else day + timedelta(days=1)
