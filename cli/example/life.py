"""What every part of a project's life needs: its people, its day, and a way to say who does what."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from hashlib import sha256
from random import Random
from typing import Any

from cli.example.agenda import Agenda, Matter, Sitting
from cli.example.group import Group, Person
from cli.example.posts import Post, begun
from cli.example.stories import Story
from services.projects.domain.meeting.votes import Outcome
from services.projects.domain.project.content import Proposal, Seat
from services.projects.facts import content_hash
from shared.working_days import is_working_day, working_day_after

DRAFTS_A_DAY = 20
ACTS_A_DAY = 40  # the meetings come after the projects' own acts


class Over(Exception):
    """The example's last day has come; what would follow is the reader's own."""


@dataclass
class Life:
    """A story as it is lived: its posts so far, and where in time it stands."""

    story: Story
    group: Group
    agenda: Agenda
    seed: str
    until: date
    day: date = date.min
    slot: int = 0
    posts: list[Post] = field(default_factory=list)
    proposal: Proposal = field(default_factory=Proposal)
    step: int = 0  # of the route

    def __post_init__(self) -> None:
        """Begins on the story's first working day."""
        self.random = Random(f"{self.seed}/{self.story.label}/{self.until.isoformat()}")
        self.day = self.story.begins
        self.later(0 if is_working_day(self.day) else 1)
        self.slot = self.story.turn % DRAFTS_A_DAY  # a company's references are taken one by one
        label = f"{self.story.label}/draft"
        key = Post(self.day, 0, self.story.secretary, "", {}, label, "").key(self.seed)
        self.project = begun(self.story.secretary.id, key, "project")

    # -- time -----------------------------------------------------------------------------------

    def later(self, working_days: int) -> None:
        """So many working days on; Over beyond the last day."""
        self.on(working_day_after(self.day, working_days))

    def some_days(self, least: int, most: int) -> None:
        """Some working days on."""
        self.later(self.random.randint(least, most))

    def on(self, day: date) -> None:
        """On this day, or on the working day after it; never back."""
        day = day if is_working_day(day) else working_day_after(day, 1)
        if day > self.day:
            self.day, self.slot = day, 0
        if self.day > self.until:
            raise Over()

    def has(self, trait: str) -> bool:
        """Whether this happens in the story."""
        return trait in self.story.traits

    # -- acts -----------------------------------------------------------------------------------

    def do(self, who: Person, act: str, *, label: str = "", **body: Any) -> None:
        """Somebody does something on the project, in the next slot of the day."""
        named = label or f"{act}/{len(self.posts)}"
        self._post(who, f"/projects/{self.project}/{act}", f"{self.story.label}/{named}", body)

    def attach(self, who: Person, page: str, **body: Any) -> None:
        """Somebody uploads a page of text and attaches it as evidence."""
        label = f"{self.story.label}/attach-evidence/{len(self.posts)}"
        digest = sha256(page.encode()).hexdigest()
        path = f"/projects/{self.project}/attach-evidence"
        self._post(who, path, label, body | {"sha256": digest}, file=page)

    def declare_no_tie(self, who: Person) -> None:
        """Before somebody inspects the branch (R5)."""
        label = f"{self.story.label}/declare-no-tie/{len(self.posts)}"
        self._post(who, f"/people/{who.id}/declare-no-tie", label, {"unit": self.story.unit.id}, on=who.id)

    def draft(self, **body: Any) -> None:
        """The secretary begins it."""
        self._post(self.story.secretary, "/projects/draft-proposal", f"{self.story.label}/draft", body)

    def _post(
        self, who: Person, path: str, label: str, body: dict[str, Any], file: str = "", on: str = ""
    ) -> None:
        self.slot += 1
        if self.slot == ACTS_A_DAY:
            self.later(1)
        self.posts.append(Post(self.day, self.slot, who, path, body, label, on or self.project, file=file))

    def meet(self, body: str, outcome: Outcome, text: str, *, decides: bool) -> tuple[Sitting, int]:
        """A committee takes it up at its next meeting; goes on on the day after."""
        committee = self.group.committee(body)
        matter = Matter(
            self.project,
            f"{'审议立项' if decides else '组织评审'}：{self.story.sample.title}",
            frozenset(self.players & set(committee)),
            outcome,
            text,
            decides,
        )
        sitting, item = self.agenda.put(body, self.day, matter)
        self.on(sitting.day)
        self.later(1)
        return sitting, item

    # -- people and places ----------------------------------------------------------------------

    @property
    def players(self) -> set[Person]:
        """Who proposes, leads or works on it."""
        return {self.story.secretary, *self.team}

    @property
    def team(self) -> tuple[Person, ...]:
        """Who is on the team."""
        return (self.story.secretary, self.story.deputy, *self.story.members)

    def holder(self, office: str) -> Person:
        """Who holds an office of the company, and has no part in the project."""
        for at in self.group.above(self.story.company.code):
            for person in self.group.holders(office, at.code):
                if person not in self.players:
                    return person
        raise LookupError(f"nobody without a part in {self.story.label} holds {office}")

    def at(self, seat: Seat) -> Person:
        """Who answers for a seat: the holder."""
        return self.group.holder(seat.office, self.group.code[seat.unit])

    def inspector(self) -> Person:
        """Of the company; the group's where the company's belongs to the unit that would put things right."""
        own = self.holder("inspector")
        if self.story.led_by_committee or own.unit == self.story.unit.code:
            return self.group.holder("inspector", self.group.root.code)
        return own

    def sources(self) -> list[Seat]:
        """The seats that confirm figures, each once, in the order in which the domain asks them."""
        return list(dict.fromkeys(target.source for target in self.proposal.targets))

    def seen(self) -> str:
        """The hash of the content as it is: what an opinion binds to."""
        return content_hash(self.proposal)


def wanted(*changes: tuple[str, str]) -> list[dict[str, str]]:
    """Required changes as a body holds them: what, and the field that it touches."""
    return [{"text": text, "field": field_name} for text, field_name in changes]


def dates_between(first: date, last: date, count: int) -> Iterable[date]:
    """So many days spread evenly, the last one included."""
    days = max(0, (last - first).days)
    return [date.fromordinal(first.toordinal() + days * number // count) for number in range(1, count + 1)]
