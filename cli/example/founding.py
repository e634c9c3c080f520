"""How the group comes to be: units, people, offices with their second signatures, sign-in names."""

from __future__ import annotations

from collections.abc import Iterator, Set
from datetime import date
from typing import Any
from uuid import uuid5

from cli.example.group import Group, Person, Term, Unit
from cli.example.posts import SLOTS_A_DAY, Post
from cli.example.programme import published
from services.projects.domain.office.appointing import NEED_A_SECOND
from services.projects.domain.office.state import NOT_BY_A_PARTY_DEPARTMENT
from services.projects.ids import term_id
from shared.domain import MODEL_BRANCH
from shared.ids import DENGGAO
from shared.offices import rights_of
from shared.working_days import working_day_after

AFTER_UNITS = 8  # slots of the first day: each level of the tree takes one
MODEL_YEARS = 2  # for so long after the first a branch is a model branch
PASSWORD = "denggao-example"
FIRST_PASSWORD = "given-with-the-account"  # what an account is opened with; replaced at the first sign-in


def founded_by(group: Group) -> Person:
    """The first person of headquarters, who founds the group."""
    return group.holders("headquarters", group.root.code)[0]


def body(group: Group, code: str) -> dict[str, Any]:
    """What founding asks for; the code lies in the data directory."""
    founder = founded_by(group)
    return {
        "code": code,
        "group": {"code": group.root.code, "name": group.root.name},
        "person": {
            "staff_number": founder.staff_number,
            "name": founder.name,
            "phone": "13900000001",
            "mail": f"{founder.login}@hualing.example",
        },
        "login": founder.login,
        "password": PASSWORD,
    }


def key(seed: str) -> str:
    """The Idempotency-Key of the founding."""
    return str(uuid5(DENGGAO, f"example/{seed}/founding"))


def posts(group: Group, begins: date, acting: Set[Person]) -> Iterator[Post]:
    """Everything after the founding itself, on the first three working days; accounts for who acts."""
    founding = _Founding(group, begins)
    yield from founding.units()
    yield from founding.first_people()
    yield from founding.everybody()
    yield from founding.seconds()
    yield from published(group, founding.third, 8, begins.year + (begins.month == 12))
    yield from founding.accounts(acting)


class _Founding:
    """Headquarters makes the tree and each company's party department; these do the rest."""

    def __init__(self, group: Group, begins: date) -> None:
        self.group = group
        self.first = begins
        self.second = working_day_after(begins, 1)
        self.third = working_day_after(begins, 2)
        self.founder, self.checker = group.holders("headquarters", group.root.code)[:2]
        self.keepers = {  # of a tree from a file, only the companies where projects live have people
            unit.code: held[0]
            for unit in (group.root, *group.companies)
            if (held := group.holders("party_department", unit.code))
        }
        self.early = {self.checker, *self.keepers.values()}

    def keeper(self, unit: str) -> Person:
        """Who keeps the roster of this unit's company."""
        return self.keepers[self.group.company(unit)]

    def units(self) -> Iterator[Post]:
        """Companies before what stands below them."""
        for unit in self.group.units[1:]:
            yield self._establish(unit, len(list(self.group.above(unit.code))) - 1)
            if MODEL_BRANCH in unit.marks:
                yield self._name_model(unit)

    def first_people(self) -> Iterator[Post]:
        """Headquarters' second person and the party departments, who can then go on."""
        for person in self.group.people:
            if person in self.early:
                yield self._register(person, self.first, AFTER_UNITS + 1, self.founder)
                yield self._account(person, self.first, AFTER_UNITS + 3)
        for term in self.group.terms:
            if self._is_first(term) and term.person != self.founder:
                yield self._appoint(term, self.first, AFTER_UNITS + 2, self.founder)
        move = {"unit": self.group.unit[self.founder.unit].id}
        path = f"/people/{self.founder.id}/move-person"
        yield Post(self.first, AFTER_UNITS + 4, self.founder, path, move, "founder/move", self.founder.id)

    def everybody(self) -> Iterator[Post]:
        """Each party department its own company's people and offices, but for those it may not fill (R13)."""
        for person in self.group.people:
            if person not in self.early and person != self.founder:
                yield self._register(person, self.second, 1, self.keeper(person.unit))
        entered: dict[str, int] = {}
        for term in self.group.terms:
            entered[term.unit] = place = entered.get(term.unit, -1) + 1
            if term.office == "auditor":  # only discipline opens an audit (R15)
                discipline = self.group.holder("discipline_officer", self.group.root.code)
                yield self._appoint(term, self.third, 4, discipline)
            elif not self._is_first(term):
                keeper = self.keeper(term.unit)
                if term.office in NOT_BY_A_PARTY_DEPARTMENT or term.person == keeper:
                    keeper = self.founder
                slot = 2 + place % (SLOTS_A_DAY - 2)  # so that a body's members stand in one order
                yield self._appoint(term, self.second, slot, keeper)

    def _is_first(self, term: Term) -> bool:
        """Whether headquarters enters it at once, so that the others can go on."""
        begins = term.person in self.early or term.person == self.founder
        return begins and term.office in ("headquarters", "party_department")

    def seconds(self) -> Iterator[Post]:
        """Headquarters' other person looks at every appointment that needs it."""
        for term in self.group.terms:
            if term.office == "headquarters" or NEED_A_SECOND.isdisjoint(rights_of(term.office)):
                continue
            day, slot = (self.third, 5) if term.office == "auditor" else (self.third, 1)
            path = f"/offices/{self._id(term)}/confirm-appointment"
            yield Post(day, slot, self.checker, path, {}, f"confirm/{self._label(term)}", self._id(term))

    def accounts(self, acting: Set[Person]) -> Iterator[Post]:
        """For all who act, before they do."""
        for person in self.group.people:
            if person in acting and person not in self.early and person != self.founder:
                yield self._account(person, self.third, 2)

    def _establish(self, unit: Unit, slot: int) -> Post:
        assert unit.parent is not None, "only the group has nothing above it"
        body: dict[str, Any] = {
            "code": unit.code,
            "name": unit.name,
            "parent": self.group.unit[unit.parent].id,
            "kind": unit.kind,
            "organisation": unit.organisation,
            "marks": [mark for mark in unit.marks if mark != MODEL_BRANCH],
            "has_ledger": unit.has_ledger,
            "has_committee": unit.has_committee,
            "full_members": unit.full_members,
        }
        return Post(
            self.first, slot, self.founder, "/units/establish-unit", body, f"unit/{unit.code}", unit.id
        )

    def _name_model(self, unit: Unit) -> Post:
        body = {
            "given_by": f"{self.group.root.name}党委",
            "document": f"华岭党〔{self.first.year}〕6号",
            "until": date(self.first.year + MODEL_YEARS, 12, 31),
        }
        path = f"/units/{unit.id}/name-model-branch"
        return Post(self.first, AFTER_UNITS + 1, self.founder, path, body, f"model/{unit.code}", unit.id)

    def _register(self, person: Person, day: date, slot: int, who: Person) -> Post:
        number = int("".join(filter(str.isdigit, person.staff_number)))
        body = {
            "staff_number": person.staff_number,
            "unit": self.group.unit[person.unit].id,
            "political_status": person.political_status,
            "trade": person.trade,
            "skill": person.skill,
            "name": person.name,
            "phone": f"1390000{number % 10_000:04}",
            "mail": f"{person.login}@hualing.example",
        }
        return Post(
            day, slot, who, "/people/register-person", body, f"person/{person.staff_number}", person.id
        )

    def _appoint(self, term: Term, day: date, slot: int, who: Person) -> Post:
        body = {
            "person": term.person.id,
            "office": term.office,
            "unit": self.group.unit[term.unit].id,
            "since": term.since,
            "document": f"华岭党任〔{term.since.year}〕{term.since.timetuple().tm_yday % 60 + 1}号",
        }
        return Post(
            day, slot, who, "/offices/appoint-office", body, f"term/{self._label(term)}", self._id(term)
        )

    def _account(self, person: Person, day: date, slot: int) -> Post:
        who = self.founder if person in self.early else self.keeper(person.unit)
        body = {"login": person.login, "password": FIRST_PASSWORD}
        path = f"/people/{person.id}/open-account"
        return Post(day, slot, who, path, body, f"account/{person.login}", person.id)

    def _id(self, term: Term) -> str:
        return term_id(term.person.id, term.office, self.group.unit[term.unit].id, term.since)

    @staticmethod
    def _label(term: Term) -> str:
        return f"{term.person.staff_number}/{term.office}/{term.unit}"
