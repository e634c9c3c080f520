"""Casting: which branch does which project, how it goes, and between which days."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Literal

from cli.example.group import Group, Person, Unit
from cli.example.texts import Sample, Texts, samples, texts

Fate = Literal[
    "draft",
    "in_approval",
    "returned",
    "rejected",
    "in_implementation",
    "suspended",
    "terminated",
    "in_closing",
    "closed",
    "archived",
]
# How sixty go, the first twelve of them one of each kind; more go the same way again.
FATES: tuple[Fate, ...] = (
    *("suspended", "closed", "in_approval", "archived", "draft", "in_closing", "rejected"),
    *("in_implementation", "returned", "in_implementation", "terminated", "closed"),
    *("in_implementation", "closed", "in_implementation", "archived", "in_approval", "in_implementation"),
    *("closed", "in_implementation", "rejected", "in_implementation", "closed", "in_closing"),
    *("in_implementation", "archived", "in_implementation", "closed", "in_approval", "in_implementation"),
    *("closed", "in_implementation", "draft", "in_implementation", "in_closing", "closed"),
    *("in_implementation", "suspended", "in_implementation", "archived", "in_approval", "closed"),
    *("in_implementation", "returned", "in_implementation", "closed", "in_implementation", "archived"),
    *("in_implementation", "closed", "in_approval", "in_implementation", "terminated", "in_implementation"),
    *("rejected", "in_closing", "in_implementation", "closed", "archived", "in_implementation"),
)
BEGUN_DAYS_AGO: dict[Fate, tuple[int, int]] = {  # before the last day
    "draft": (4, 18),
    "returned": (24, 34),
    "in_approval": (16, 30),
    "rejected": (90, 300),
    "in_implementation": (110, 250),
    "suspended": (150, 260),
    "terminated": (170, 280),
    "in_closing": (200, 300),
    "closed": (250, 325),
    "archived": (300, 335),
}
ENDS_DAYS_AGO: dict[Fate, tuple[int, int]] = {  # its last milestone; below zero: after the last day
    "in_implementation": (-120, -20),
    "suspended": (-90, -30),
    "terminated": (-60, -10),
    "in_closing": (12, 16),
    "closed": (45, 110),
    "archived": (120, 150),
}
TRAITS = (  # what else happens; each running or ended project has two of them
    *("contended", "late", "finding", "disputed", "conditional", "changed", "red", "extended"),
    *("unclaimed", "on_the_spot", "deferred", "unmoved", "sent_back", "returned_once", "closing_returned"),
)
SHOWN = 7  # the project of whom most visitors sign in as, and most of what can happen to one
SHOWN_TRAITS = frozenset({"contended", "finding", "disputed", "conditional", "late"})
SHOWN_BEGAN, SHOWN_GOES_ON = timedelta(days=235), timedelta(days=26)
LARGE_BUDGET = 9  # every so manieth project is large enough for the group to decide


@dataclass(frozen=True, slots=True)
class Story:
    """One project, as far as it is settled before it begins."""

    number: int
    turn: int  # which of its company's it is
    texts: Texts
    unit: Unit  # that leads it: a branch, or a company's committee itself
    company: Unit
    partner: Unit | None
    fate: Fate
    traits: frozenset[str]
    begins: date
    ends: date
    budget: Decimal
    emergency: bool
    secretary: Person
    deputy: Person
    members: tuple[Person, ...]
    attainment: int  # how many of a hundred of the promised way it goes

    @property
    def label(self) -> str:
        """Names it among all of the example."""
        return f"project/{self.number:05}"

    @property
    def sample(self) -> Sample:
        """Its texts."""
        return self.texts.filled

    @property
    def led_by_committee(self) -> bool:
        """Whether a company's committee leads it itself."""
        return self.unit == self.company

    @property
    def simple(self) -> bool:
        """Whether it takes the short form of small and far branches (R33)."""
        return bool(self.unit.marks) and set(self.unit.marks) != {"示范支部"} and self.budget < 10_000


def cast(group: Group, count: int, seed: str, begins: date, until: date) -> Iterator[Story]:
    """So many stories, in the order of their numbers; the same for the same seed and last day."""
    busy: dict[str, int] = {}
    used: dict[str, int] = {}
    turns: dict[str, int] = {}
    for number in range(count):
        random = Random(f"{seed}/{until.isoformat()}/story/{number}")
        sample = samples()[(number + number // 12 * 5) % len(samples())]
        fate = FATES[number % len(FATES)]
        variant = used[sample.code] = used.get(sample.code, -1) + 1
        led_by_committee = number % 20 == 13 and not sample.pair
        unit = _unit(group, sample, variant, busy)
        if led_by_committee:
            unit = group.unit[group.company(unit.code)]
        busy[unit.code] = busy.get(unit.code, 0) + 1
        company = group.unit[group.company(unit.code)]
        turns[company.code] = turns.get(company.code, -1) + 1
        partner = _partner(group, sample, variant, company) if sample.pair else None
        start = until - timedelta(days=random.randint(*BEGUN_DAYS_AGO[fate]))
        ends = until - timedelta(days=random.randint(*ENDS_DAYS_AGO.get(fate, (-200, -120))))
        if number == SHOWN:
            start, ends = until - SHOWN_BEGAN, until + SHOWN_GOES_ON
        traits = {TRAITS[number % len(TRAITS)], TRAITS[(number * 7 + 3) % len(TRAITS)]}
        people = _people(group, unit)
        yield Story(
            number=number,
            turn=turns[company.code],
            texts=texts(sample, variant, ends.year, random),
            unit=unit,
            company=company,
            partner=partner,
            fate=fate,
            traits=SHOWN_TRAITS if number == SHOWN else frozenset(traits),
            begins=max(start, begins + timedelta(days=12)),
            ends=ends,
            budget=_budget(number, unit, random),
            emergency=number % 25 == 6 and not sample.pair and not led_by_committee,
            secretary=people[0],
            deputy=people[1],
            members=tuple(people[2:]),
            attainment=random.choice((62, 78, 88, 95, 100, 104, 108)),
        )


def _unit(group: Group, sample: Sample, variant: int, busy: dict[str, int]) -> Unit:
    """The variant's own branch; where there is none, the least busy of those that do such things."""
    if variant < len(sample.units) and (own := group.unit.get(sample.units[variant])):
        return own
    fitting = [
        b for b in group.branches if b.kind in sample.kinds and (b.full_members >= 7 or not sample.pair)
    ]
    return min(fitting or group.branches, key=lambda branch: (busy.get(branch.code, 0), branch.code[::-1]))


def _partner(group: Group, sample: Sample, variant: int, company: Unit) -> Unit:
    """The variant's own; else the smallest branch of the company with which this one is paired."""
    if variant < len(sample.partners) and (own := group.unit.get(sample.partners[variant])):
        return own
    other = group.pairs.get(company.code, company.code)
    return min(group.branches_of[other], key=lambda branch: (branch.full_members, branch.code))


def _people(group: Group, unit: Unit) -> list[Person]:
    """Who works on it: secretary first, deputy, then members of the branch."""
    if unit.has_ledger:  # led by the committee: its secretary, and people of the office branch
        office = group.branches_of[unit.code][0]
        secretary = group.holder("party_secretary", unit.code)
        return [secretary, *_people(group, office)[:4]]
    heads = [group.holder("branch_secretary", unit.code), group.holder("deputy_branch_secretary", unit.code)]
    own = [person for person in group.members(unit.code) if person not in heads]
    return [*heads, *[person for person in own if not group.is_official(person)][:3]]


def _budget(number: int, unit: Unit, random: Random) -> Decimal:
    if unit.marks and "示范支部" not in unit.marks:
        return Decimal(random.randrange(20, 95) * 100)
    if number % LARGE_BUDGET == 4:
        return Decimal(random.randrange(52, 90) * 10_000)
    return Decimal(random.randrange(6, 120) * 1000)
