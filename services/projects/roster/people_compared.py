"""People and offices of a roster: who is new, moved, appointed, vacant, and whom the list no longer holds."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from services.projects.domain.office.appointing import NEED_A_SECOND, NobodyAppointsThemselves
from services.projects.domain.office.state import NotYoursToAppoint, may_appoint
from services.projects.ids import term_id, vacancy_id
from services.projects.roster import cells
from services.projects.roster.comparison import (
    APPOINTMENTS,
    CHANGES,
    ENDS,
    PEOPLE,
    VACANCIES,
    Comparison,
    Item,
    Offered,
    Options,
    Planned,
    Standing,
)
from services.projects.roster.faults import (
    CellEmpty,
    EndedBeforeBegun,
    EndNotOffered,
    HeldByAnother,
    ImportUnanswered,
    OfAnotherCompany,
)
from services.projects.roster.identity import Contact, Identity, Registry, joined_better
from services.projects.roster.places import Place, Places
from services.projects.roster.table import PersonLine
from services.projects.roster.words import folded
from shared.domain import OfficeId, PersonId, Refusal, UnitId
from shared.offices import catalogue, rights_of
from shared.organisation import Term

NO_CONTACT = Contact("", "", "", "")


@dataclass(frozen=True, slots=True)
class _Seat:
    """A row's office, and whose it is."""

    person: PersonId
    office: str
    unit: UnitId
    acting: bool


class PeopleCompared:
    """Takes the rows one by one; what needs all of them is done at the end."""

    def __init__(self, workbook: str, standing: Standing, options: Options, places: Places) -> None:
        self._standing, self._options, self._places = standing, options, places
        people = standing.organisation.people
        self._registry = Registry(
            {p: (contact, people[p].unit) for p, contact in standing.contacts.items()}, workbook
        )
        self._open: defaultdict[_Seat, list[Term]] = defaultdict(list)
        for term in standing.terms:
            if term.unit in places.known and term.end > standing.today:
                self._open[_Seat(term.person, term.office, term.unit, term.acting)].append(term)
        self._rows: list[tuple[PersonLine, Item]] = []
        self._of_person: defaultdict[PersonId, list[tuple[PersonLine, Item, Place, Identity]]] = defaultdict(
            list
        )
        self._vacant: list[tuple[PersonLine, Item, Place]] = []
        self._held: set[_Seat] = set()
        self._said_ended: dict[OfficeId, tuple[date, tuple[str, int]]] = {}
        self._offices: set[str] = set()
        self._doubtful: set[str] = set()  # names of rows that cannot be read: of them no end is offered
        self._filled: Counter[tuple[str, UnitId]] = Counter()  # offices to which rows appoint anew
        self._taken: set[_Seat | tuple[str, UnitId]] = (
            set()
        )  # appointed or recorded as vacant by an earlier row
        self._units: set[UnitId] = set()
        self.asked: set[tuple[str, int]] = set()

    # -- each row -------------------------------------------------------------------------------

    def add(self, line: PersonLine) -> None:
        """Take a row: where it belongs and whom it means."""
        item = Item(
            line.sheet, line.row, line.named.name if line.named else "", line.organisation or line.unit
        )
        item.faults = line.faults
        self._rows.append((line, item))
        place = self._place(line)
        if place is None:
            return
        item.place = place.name
        self._units.add(place.id)
        if line.vacant:
            self._vacant.append((line, item, place))
        elif line.named is not None:
            self._identify(line, item, place)

    def _place(self, line: PersonLine) -> Place | None:
        field = "organisation" if line.organisation else "unit"
        try:
            if not (line.unit or line.organisation):
                raise CellEmpty()
            under = None
            if line.unit and line.organisation:
                field = "unit"
                under = self._places.one(line.unit).id
                field = "organisation"
            return self._places.one(line.organisation or line.unit, under)
        except Refusal as why:
            line.wrong(field, why)
            return None

    def _identify(self, line: PersonLine, item: Item, place: Place) -> None:
        identity = self._registry.identify(line, place.id)
        key = (line.sheet, line.row)
        answer = self._options.answers.get(key)
        if identity.candidates or answer == "later" or identity.agrees(answer):
            self.asked.add(key)
        if answer == "later":
            item.candidates = identity.candidates
            item.results.add("left")
            return
        if identity.candidates:
            item.candidates = identity.candidates
            if answer is None:
                item.results.add("asked")
                return
            if answer != "new" and answer not in identity.candidates:
                raise ImportUnanswered(fields=[f"{line.sheet}!{line.row}"])
            identity = self._registry.answered(identity, None if answer == "new" else answer)
        if not identity.known and identity.person in self._standing.organisation.people:
            line.wrong("staff_number", OfAnotherCompany())
        self._registry.take(line, place.id, identity)
        self._of_person[identity.person].append((line, item, place, identity))

    # -- all of them ----------------------------------------------------------------------------

    def finish(self, found: Comparison) -> None:
        """What becomes of each row, and the ends that are offered."""
        for person, rows in self._of_person.items():
            self._compare_person(person, rows)
        ticked = {end.term: end for end in self._options.ends}
        self._note_doubts()
        offered = list(self._offer(ticked))
        over = {term for term in ticked if self._is_over(term)}
        if unknown := ticked.keys() - over - {offer.term for offer in offered}:
            raise EndNotOffered(fields=sorted(unknown))
        for line, item, place in self._vacant:
            self._compare_vacancy(line, item, place, {o.term for o in offered if o.ticked})
        for line, item in self._rows:
            if line.faults:
                item.results.add("faulty")
            item.notes = list(dict.fromkeys([*item.notes, *line.notes]))
            found.items.append(item)
        right = {(item.sheet, item.row): item.is_right for _, item in self._rows}
        found.offered += offered
        found.ends += [
            Planned(
                ENDS,
                "EndOffice",
                offer.term,
                {
                    "ended_on": offer.ended_on,
                    "reason": self._options.document,
                    "document": self._options.document,
                    "vacant": offer.vacant,
                },
            )
            for offer in offered
            if offer.ticked and (offer.row is None or right[offer.row])
        ]

    def _compare_person(self, person: PersonId, rows: list[tuple[PersonLine, Item, Place, Identity]]) -> None:
        line, item, _, identity = next((row for row in rows if not row[0].faults), rows[0])
        if identity.known:
            self._changes(person, rows)
        else:
            self._register(person, line, item, identity, self._home(rows))
            for _, other, _, _ in rows if line.faults else ():
                other.results.add("left")  # nobody is appointed who is not registered
        for line, item, place, _ in rows:
            acting = line.named is not None and line.named.acting
            for post in self._posts(line, place, acting):
                self._compare_office(line, item, _Seat(person, post.office, place.id, post.acting))
            self._notes(line, item)

    @staticmethod
    def _home(rows: list[tuple[PersonLine, Item, Place, Identity]]) -> Place:
        """Where a person belongs: the first row in which they do not hold an office beside another (兼)."""
        return next(
            (place for line, _, place, _ in rows if line.named and not line.named.concurrent), rows[0][2]
        )

    def _register(
        self, person: PersonId, line: PersonLine, item: Item, identity: Identity, home: Place
    ) -> None:
        if line.joined is None and cells.text(line.value("joined")):
            return  # which cannot be read, so nothing is known of what follows from it
        today = self._standing.today
        status, inferred = line.read("political_status", cells.status, line.joined, today, empty=("", False))
        if inferred:
            item.notes.append("status_from_joining")
        assert line.named is not None
        given = {
            "staff_number": identity.staff_number,
            "unit": home.id,
            "political_status": status,
            "trade": line.trade,
            "skill": line.skill,
            "name": line.named.name,
            "phone": line.phone,
            "mail": line.mail,
            "joined": line.joined.written() if line.joined else "",
        }
        item.results.add("new")
        item.acts.append(Planned(PEOPLE, "RegisterPerson", person, given))

    def _changes(self, person: PersonId, rows: list[tuple[PersonLine, Item, Place, Identity]]) -> None:
        known = self._standing.organisation.people[person]
        main = [(place, item) for line, item, place, _ in rows if line.named and not line.named.concurrent]
        if main and all(place.id != known.unit for place, _ in main):
            place, item = main[0]
            item.results.add("moved")
            item.acts.append(Planned(CHANGES, "MovePerson", person, {"unit": place.id}))
            if len({place.id for place, _ in main}) > 1:
                item.notes.append("several_branches")
        contact = self._standing.contacts.get(person, NO_CONTACT)
        for line, item, _, _ in rows:
            assert line.named is not None
            said: dict[str, Any] = {}
            if folded(line.named.name) != folded(contact.name):
                said["name"] = line.named.name
            if line.phone and line.phone != contact.phone:
                said["phone"] = line.phone
            if line.mail and line.mail != contact.mail:
                said["mail"] = line.mail
            if line.joined and joined_better(contact.joined, line.joined.written()):
                said["joined"] = line.joined.written()
            if said:
                item.results.add("changed")
                item.acts.append(Planned(CHANGES, "ChangeContact", person, said))
                contact = Contact(
                    **{f: said.get(f, getattr(contact, f)) for f in ("name", "phone", "mail", "joined")}
                )
            self._standing_changed(person, line, item)

    def _standing_changed(self, person: PersonId, line: PersonLine, item: Item) -> None:
        known = self._standing.organisation.people[person]
        status = known.political_status
        if cells.text(line.value("political_status")):
            status, _ = line.read(
                "political_status", cells.status, None, self._standing.today, empty=(status, False)
            )
        said = (status, line.trade or known.trade, line.skill or known.skill)
        if said != (known.political_status, known.trade, known.skill):
            given = dict(zip(("political_status", "trade", "skill"), said, strict=True))
            item.results.add("changed")
            item.acts.append(Planned(CHANGES, "ChangeStanding", person, given))

    # -- offices --------------------------------------------------------------------------------

    def _posts(self, line: PersonLine, place: Place, acting: bool) -> tuple[cells.Post, ...]:
        """Of both columns of offices; a row without any is of a member."""
        kind = f"{place.organisation}{line.organisation}"
        stands_in = acting or any(
            word in line.remark for word in catalogue().roster_words.acting if len(word) > 1
        )
        found: tuple[cells.Post, ...] = ()
        if cells.text(line.value("office")):
            found = line.read("office", cells.posts, kind, stands_in, empty=())
        return tuple({post.office: post for post in found}.values())

    def _compare_office(self, line: PersonLine, item: Item, seat: _Seat) -> None:
        today = self._standing.today
        self._offices.add(seat.office)
        if line.since is None:
            return
        ended = line.ended.first if line.ended else None
        if held := self._open.get(seat):
            self._held.add(seat)
            term = held[0]
            if ended is not None and ended < term.end:
                self._said_ended[term.id] = (ended, (line.sheet, line.row))
            if not line.since.fits(term.since):
                item.notes.append("since_differs")
            return
        if ended is not None and ended <= today:
            item.notes.append("ended_before")
        elif seat not in self._taken:
            self._taken.add(seat)
            self._filled[seat.office, seat.unit] += 1
            self._appoint(line, item, seat, ended)

    def _appoint(self, line: PersonLine, item: Item, seat: _Seat, ended: date | None) -> None:
        assert line.since is not None
        since = line.since.first
        until = min([d for d in (line.until, ended and ended - timedelta(1)) if d is not None], default=None)
        if until is not None and until < since:
            line.wrong("ended" if ended else "remark", EndedBeforeBegun(until=until))
            return
        by = self._standing
        if by.person == seat.person:
            line.wrong("office", NobodyAppointsThemselves())
        elif not may_appoint(by.office, seat.office):
            line.wrong("office", NotYoursToAppoint(by=by.office, office=seat.office))
        term = term_id(seat.person, seat.office, seat.unit, since)
        if term in by.organisation.terms:  # entered once, and ended since
            item.notes.append("ended_before")
            return
        if not NEED_A_SECOND.isdisjoint(rights_of(seat.office)):
            item.notes.append("needs_second")
        given = {
            "person": seat.person,
            "office": seat.office,
            "unit": seat.unit,
            "since": since,
            "document": line.document or self._options.document,
            "until": until,
            "acting": seat.acting,
        }
        item.results.add("new")
        item.acts.append(Planned(APPOINTMENTS, "AppointOffice", term, given))

    def _notes(self, line: PersonLine, item: Item) -> None:
        said = catalogue().roster_words
        if any(word in line.remark for word in said.absence_needs_deputy):
            item.notes.append("absence_needs_deputy")
        if (
            any(word in line.remark for word in said.office_with_end)
            and line.until is None
            and line.ended is None
        ):
            item.notes.append("secondment_without_end")

    # -- vacancies and ends ---------------------------------------------------------------------

    def _compare_vacancy(self, line: PersonLine, item: Item, place: Place, ticked: set[OfficeId]) -> None:
        organisation, today = self._standing.organisation, self._standing.today
        for post in self._posts(line, place, acting=False):
            holders = organisation.holders(post.office, place.id, today)
            if left := [term for term in holders if term.id not in ticked]:
                line.wrong("name", HeldByAnother(holders=len(left)))
            elif holders or organisation.vacant_since(post.office, place.id, today):
                continue  # the end says that it is vacant; or that is recorded
            elif filled := self._filled[post.office, place.id]:
                line.wrong("name", HeldByAnother(holders=filled))
            elif (post.office, place.id) in self._taken:
                continue
            elif not may_appoint(self._standing.office, post.office):
                line.wrong("office", NotYoursToAppoint(by=self._standing.office, office=post.office))
            else:
                self._taken.add((post.office, place.id))
                since = line.ended.first if line.ended and line.ended.first <= today else today
                given = {"office": post.office, "unit": place.id, "since": since}
                item.results.add("new")
                stream = vacancy_id(post.office, place.id)
                item.acts.append(Planned(VACANCIES, "RecordVacancy", stream, given))

    def _note_doubts(self) -> None:
        for line, item in self._rows:
            if line.faults or item.candidates or "left" in item.results:
                said = cells.text(line.value("name"))
                self._doubtful.add(folded(item.name or said))

    def _vacant_seats(self) -> set[tuple[UnitId, str]]:
        found = set()
        for line, _, place in self._vacant:
            for post in self._posts(line, place, acting=False):
                self._offices.add(post.office)
                found.add((place.id, post.office))
        return found

    def _offer(self, ticked: dict[OfficeId, Any]) -> Iterator[Offered]:
        """Terms of the units and offices that the list speaks of, in which it no longer names the holder."""
        vacant = self._vacant_seats()
        for seat, terms in self._open.items():
            if not may_appoint(self._standing.office, seat.office):
                continue
            for term in terms:
                said = self._said_ended.get(term.id)
                if said is None and (seat in self._held or not self._speaks_of(seat)):
                    continue
                day = said[0] if said else self._standing.today
                tick = ticked.get(term.id)
                yield Offered(
                    term=term.id,
                    person=seat.person,
                    office=seat.office,
                    unit=seat.unit,
                    since=term.since,
                    ended_on=max(term.since, (tick.ended_on if tick else None) or day),
                    vacant=(seat.unit, seat.office) in vacant,
                    ticked=tick is not None,
                    row=said[1] if said else None,
                )

    def _is_over(self, id_: OfficeId) -> bool:
        """Whether a term ended, by this tick when it was sent before or otherwise."""
        term = self._standing.organisation.terms.get(id_)
        return term is not None and term.unit in self._places.known and term.end <= self._standing.today

    def _speaks_of(self, seat: _Seat) -> bool:
        contact = self._standing.contacts.get(seat.person, NO_CONTACT)
        spoken_of = seat.unit in self._units and seat.office in self._offices
        return spoken_of and folded(contact.name) not in self._doubtful
