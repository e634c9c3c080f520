"""Inventing the group: names from `group.yaml`, people and offices wherever projects need them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Any

import yaml

from cli.example.group import Group, Person, Term, Unit

CONTENT = Path(__file__).with_name("group.yaml")
MEMBER = "member"
HEADS = ("party_secretary", "deputy_party_secretary")
BRANCH_COMMITTEE = ("branch_secretary", "deputy_branch_secretary", "organisation_member")
PEOPLE_IN_A_BRANCH = 5
COMMITTEE_MEMBERS = {"large": 5, "small": 3}  # beside secretary and deputy: committees of 7 and of 5
DEPARTMENTS = {  # offices of a company beside its committee, each held by a person of its own
    "large": (
        *("party_department", "party_department", "finance", "secrecy_reviewer"),
        *("inspector", "discipline_officer", "archivist"),
    ),
    "small": ("party_department", "party_department", "finance", "source_department", "archivist"),
}
ALSO = {  # in a small company one person holds two
    "large": {},
    "small": {"archivist": "secrecy_reviewer", "finance": "inspector"},
}
GROUP_OFFICES = (
    *("headquarters", "headquarters", "party_department", "source_department", "finance"),
    *("secrecy_reviewer", "inspector", "discipline_officer", "archivist", "auditor"),
)


def invent(companies: int, seed: str, begins: date) -> Group:
    """A group of so many companies, the same for the same seed."""
    content = yaml.safe_load(CONTENT.read_text(encoding="utf-8"))
    return _Invention(content, Random(f"{seed}/group"), begins).group(companies)


@dataclass
class _Invention:
    """The group as it grows."""

    content: dict[str, Any]
    random: Random
    begins: date
    units: list[Unit] = field(default_factory=list)
    people: list[Person] = field(default_factory=list)
    terms: list[Term] = field(default_factory=list)
    shown: list[tuple[Person, str]] = field(default_factory=list)
    _names: set[str] = field(default_factory=set)
    _numbers: dict[str, int] = field(default_factory=dict)
    _tour: dict[tuple[str, str], dict[str, str]] = field(default_factory=dict)

    def group(self, companies: int) -> Group:
        """Everything, from the group down."""
        self._tour = {(told["unit"], told["office"]): told for told in self.content["tour"]}
        self._names = {told["name"] for told in self.content["tour"]}
        told = self.content["group"]
        root = told["code"]
        self._unit(
            Unit(root, told["name"], None, organisation="集团党委", has_ledger=True, has_committee=True)
        )
        chosen = [*self.content["companies"], *self._more(companies - len(self.content["companies"]))][
            :companies
        ]
        self._head(root, told["office_branch"])
        for company in chosen:
            self._company(root, company)
        present = {company["code"] for company in chosen}
        pairs = {c["code"]: c["pair"] for c in chosen if c["pair"] in present}
        order = [told["login"] for told in self.content["tour"]]
        tour = sorted(self.shown, key=lambda shown: order.index(shown[0].login))
        return Group(tuple(self.units), tuple(self.people), tuple(self.terms), pairs, tuple(tour))

    def _more(self, count: int) -> Iterator[dict[str, Any]]:
        """Further companies, small and large by turns, each pair of them 1+1."""
        places, trades = self.content["more_places"], self.content["more_trades"]
        patterns = [c for c in self.content["companies"] if c["size"] == "large"]
        for number in range(max(0, count)):
            size = "large" if number % 2 == 0 else "small"
            pattern = patterns[number % len(patterns)]
            branches = [{k: v for k, v in b.items() if k != "marks"} for b in pattern["branches"]]
            yield {
                "code": f"X{number + 1:03}",
                "name": f"{places[number % len(places)]}{trades[number // len(places) % len(trades)]}",
                "size": size,
                "pair": f"X{number + 2 if size == 'large' else number:03}",
                "departments": pattern["departments"] if size == "large" else [],
                "branches": branches
                if size == "large"
                else [b | {"members": 6, "marks": ["小"]} for b in branches[:3]],
            }

    def _head(self, root: str, branch: str) -> None:
        """The group's own: its office branch, committee, headquarters and departments."""
        code = f"{root}-1"
        self._unit(Unit(code, branch, root, "functional", "党支部", (), has_committee=True, full_members=18))
        members = ["committee_member"] * COMMITTEE_MEMBERS["large"]
        for office in (*GROUP_OFFICES, *HEADS, *members):
            self._term(self._person(code, at=(root, office)), office, root)
        leader = next(term.person for term in self.terms if term.office == "committee_member")
        self._term(leader, "leader_in_charge", root)
        for person, office in zip(self.people, BRANCH_COMMITTEE, strict=False):
            self._term(person, office, code)

    def _company(self, root: str, told: dict[str, Any]) -> None:
        code, size = told["code"], told["size"]
        members = sum(branch["members"] for branch in told["branches"])
        self._unit(Unit(code, told["name"], root, "production", "所属单位党委", (), True, True, members))
        for number, name in enumerate(told.get("departments", ()), 1):
            self._unit(Unit(f"{code}-D{number}", name, code))
        branches = [self._branch(code, number, b) for number, b in enumerate(told["branches"], 1)]
        office_branch = branches[0]
        committee = [*HEADS, *["committee_member"] * COMMITTEE_MEMBERS[size]]
        seats = [(office, code) for office in (*committee, *DEPARTMENTS[size])]
        seats += [("source_department", f"{code}-D{n}") for n, _ in enumerate(told.get("departments", ()), 1)]
        for office, unit in seats:
            person = self._person(office_branch, at=(unit, office))
            self._term(person, office, unit)
            if other := ALSO[size].get(office):
                self._term(person, other, unit)
        leader = next(t.person for t in self.terms if t.unit == code and t.office == "committee_member")
        self._term(leader, "leader_in_charge", code)
        if size == "small":  # what only large companies have people of their own for
            second = [t.person for t in self.terms if t.unit == code and t.office == "party_department"][1]
            self._term(second, "discipline_officer", code)
        for branch in branches:
            self._branch_people(branch)

    def _branch(self, company: str, number: int, told: dict[str, Any]) -> str:
        code = f"{company}-{number}"
        members = told["members"]
        kind, organisation = told["kind"], told.get("organisation", "党支部")
        marks = tuple(told.get("marks", ()))
        self._unit(Unit(code, told["name"], company, kind, organisation, marks, False, members >= 7, members))
        return code

    def _branch_people(self, branch: str) -> None:
        """A committee of three where there is one, else secretary and deputy; then members (R1)."""
        has_committee = next(unit for unit in self.units if unit.code == branch).has_committee
        offices = BRANCH_COMMITTEE if has_committee else BRANCH_COMMITTEE[:2]
        for number in range(PEOPLE_IN_A_BRANCH):
            office = offices[number] if number < len(offices) else MEMBER
            person = self._person(branch, at=(branch, office))
            if office != MEMBER:
                self._term(person, office, branch)

    def _unit(self, unit: Unit) -> None:
        self.units.append(unit)

    def _person(self, branch: str, at: tuple[str, str] = ("", "")) -> Person:
        company = branch.partition("-")[0]
        self._numbers[company] = number = self._numbers.get(company, 0) + 1
        staff = f"{company}{number:04}"
        told = self._tour.pop(at, None)
        in_a_workshop = at[0] == branch
        person = Person(
            staff,
            told["name"] if told else self._name(),
            branch,
            self.random.choice(self.content["trades" if in_a_workshop else "posts"]),
            self.random.choice(self.content["skills" if in_a_workshop else "titles"]),
            told["login"] if told else staff.lower(),
        )
        self.people.append(person)
        if told:
            self.shown.append((person, told["office"]))
        return person

    def _name(self) -> str:
        """One that nobody else has; after thousands the same names come again, as they do in life."""
        name = ""
        for _ in range(40):
            name = self.random.choice(self.content["surnames"]) + self.random.choice(self.content["given"])
            if name not in self._names:
                break
        self._names.add(name)
        return name

    def _term(self, person: Person, office: str, unit: str) -> None:
        since = self.begins - timedelta(days=self.random.randrange(120, 1200))
        self.terms.append(Term(person, office, unit, since))
