"""Inventing the group: names from `group.yaml`, people and offices wherever projects need them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Any

import yaml

from cli.example.group import Group, Person, Term, Unit
from shared.offices import FULL_MEMBER

CONTENT = Path(__file__).with_name("group.yaml")
MEMBER = "member"
APPLICANT = "入党积极分子"
HEADS = ("party_secretary", "deputy_party_secretary")
BRANCH_COMMITTEE = ("branch_secretary", "deputy_branch_secretary", "organisation_member")
PEOPLE_IN_A_BRANCH = 5
PEOPLE_IN_AN_OFFICE_BRANCH = 3  # beside the company's officials, who belong to it too
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
    return Invention(content, Random(f"{seed}/group"), begins).group(companies)


@dataclass
class Invention:
    """The group as it grows."""

    content: dict[str, Any]
    random: Random
    begins: date
    units: list[Unit] = field(default_factory=list)
    people: list[Person] = field(default_factory=list)
    terms: list[Term] = field(default_factory=list)
    shown: list[tuple[Person, str]] = field(default_factory=list)
    _has_committee: dict[str, bool] = field(default_factory=dict)
    _office_branches: set[str] = field(default_factory=set)
    _names: set[str] = field(default_factory=set)
    _numbers: dict[str, int] = field(default_factory=dict)
    _tour: dict[tuple[str, str], dict[str, str]] = field(default_factory=dict)

    def group(self, companies: int) -> Group:
        """Everything, from the group down."""
        root = self.begin()
        chosen = [*self.content["companies"], *self._more(companies - len(self.content["companies"]))][
            :companies
        ]
        for company in chosen:
            self._company(root, company)
        present = {company["code"] for company in chosen}
        return self.made({c["code"]: c["pair"] for c in chosen if c["pair"] in present})

    def begin(self) -> str:
        """The group itself and its own people; gives its code."""
        self._tour = {(told["unit"], told["office"]): told for told in self.content["tour"]}
        self._names = {told["name"] for told in self.content["tour"]}
        told = self.content["group"]
        root = str(told["code"])
        self.units.append(
            Unit(root, told["name"], None, organisation="集团党委", has_ledger=True, has_committee=True)
        )
        self._head(root, told["office_branch"])
        return root

    def show(self, unit: str, offices: Sequence[str]) -> None:
        """Tell visitors of who holds these offices first."""
        for office in offices:
            found = (term.person for term in self.terms if (term.office, term.unit) == (office, unit))
            self.shown.append((next(found), office))

    def made(self, pairs: dict[str, str]) -> Group:
        """What has been invented."""
        place = {told["login"]: number for number, told in enumerate(self.content["tour"])}
        tour = sorted(self.shown, key=lambda shown: place.get(shown[0].login, 0))
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
        self.units.append(
            Unit(code, branch, root, "functional", "党支部", (), has_committee=True, full_members=18)
        )
        members = ["committee_member"] * COMMITTEE_MEMBERS["large"]
        for office in (*GROUP_OFFICES, *HEADS, *members):
            self._term(self._person(code, at=(root, office)), office, root)
        leader = next(term.person for term in self.terms if term.office == "committee_member")
        self._term(leader, "leader_in_charge", root)
        for person, office in zip(self.people, BRANCH_COMMITTEE, strict=False):
            self._term(person, office, code)

    def _company(self, root: str, told: dict[str, Any]) -> None:
        code, size, departments = told["code"], told["size"], told.get("departments", ())
        members = sum(branch["members"] for branch in told["branches"])
        self.units.append(
            Unit(code, told["name"], root, "production", "所属单位党委", (), True, True, members)
        )
        for number, name in enumerate(departments, 1):
            self.units.append(Unit(f"{code}-D{number}", name, code))
        branches = [self._branch(code, number, b) for number, b in enumerate(told["branches"], 1)]
        self.officials(code, size, departments, branches[0])
        for branch in branches:
            self.branch_people(branch)

    def officials(self, code: str, size: str, departments: Sequence[str], office_branch: str) -> None:
        """A company's committee and departments; the people belong to its office branch."""
        self._office_branches.add(office_branch)
        committee = [*HEADS, *["committee_member"] * COMMITTEE_MEMBERS[size]]
        seats = [(office, code) for office in (*committee, *DEPARTMENTS[size])]
        seats += [("source_department", f"{code}-D{number}") for number, _ in enumerate(departments, 1)]
        held: dict[str, list[Person]] = {}
        for office, unit in seats:
            person = self._person(office_branch, at=(unit, office))
            held.setdefault(office, []).append(person)
            self._term(person, office, unit)
            if other := ALSO[size].get(office):
                self._term(person, other, unit)
        self._term(held["committee_member"][0], "leader_in_charge", code)
        if size == "small":  # has nobody for discipline alone
            self._term(held["party_department"][1], "discipline_officer", code)

    def _branch(self, company: str, number: int, told: dict[str, Any]) -> str:
        code = f"{company}-{number}"
        members = told["members"]
        kind, organisation = told["kind"], told.get("organisation", "党支部")
        marks = tuple(told.get("marks", ()))
        self.units.append(
            Unit(code, told["name"], company, kind, organisation, marks, False, members >= 7, members)
        )
        return code

    def branch_people(self, branch: str) -> None:
        """A committee of three where there is one, else secretary and deputy; then members (R1)."""
        for unit in self.units[len(self._has_committee) :]:
            self._has_committee[unit.code] = unit.has_committee
        has_committee = self._has_committee[branch]
        offices = BRANCH_COMMITTEE if has_committee else BRANCH_COMMITTEE[:2]
        count = PEOPLE_IN_AN_OFFICE_BRANCH if branch in self._office_branches else PEOPLE_IN_A_BRANCH
        for number in range(count):
            office = offices[number] if number < len(offices) else MEMBER
            status = APPLICANT if has_committee and number == PEOPLE_IN_A_BRANCH - 1 else FULL_MEMBER
            person = self._person(branch, at=(branch, office), status=status)
            if office != MEMBER:
                self._term(person, office, branch)

    def _person(self, branch: str, at: tuple[str, str], status: str = FULL_MEMBER) -> Person:
        company = branch.partition("-")[0] if "-" in branch else branch[:4]
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
            status,
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
