"""The committees' meetings: each on its regular days, with the items that were ready in time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from random import Random
from typing import Any

from cli.example.group import Group, Person
from cli.example.posts import Post, begun
from services.projects.domain.meeting.votes import Absence, Item, Method, Outcome, Vote
from shared.working_days import is_working_day, working_day_after

PAPERS_WORKING_DAYS = 2  # before the meeting everything is on the table
CONVENES, RECORDS, CONFIRMS = 2, 46, 49  # slots of the day: by then nobody works on the projects any more
REASONS = ("出差", "外出开会", "休假", "在项目现场")


@dataclass(frozen=True, slots=True)
class Matter:
    """An item as somebody puts it on the agenda, and what will come of it."""

    project: str
    title: str
    aside: frozenset[Person]  # of the committee, with a part in the project
    outcome: Outcome
    text: str
    decides: bool  # whether the project moves on by this alone


@dataclass
class Sitting:
    """One meeting of one committee."""

    body: str
    day: date
    label: str
    meeting: str  # id
    minutes: str
    matters: list[Matter] = field(default_factory=list)


@dataclass
class Agenda:
    """All meetings of the example."""

    group: Group
    seed: str
    until: date
    _sittings: dict[tuple[str, date], Sitting] = field(default_factory=dict)

    def put(self, body: str, ready: date, matter: Matter) -> tuple[Sitting, int]:
        """Put a matter on the agenda of the next meeting for which the papers can go out after `ready`.

        Gives the meeting and the item's number; the meeting may lie beyond the example's last day.
        """
        day, number = self._next(body, working_day_after(ready, PAPERS_WORKING_DAYS + 1))
        sitting = self._sittings.get((body, day)) or self._begin(body, day, number)
        sitting.matters.append(matter)
        return sitting, len(sitting.matters)

    def _next(self, body: str, earliest: date) -> tuple[date, int]:
        """A committee meets twice a month, on days of its own; with the meeting's number in its year."""
        first = 3 + sum(map(ord, body)) % 11
        year, month = earliest.year, earliest.month
        while True:
            for half in (0, 1):
                day = date(year, month, first + 14 * half)
                regular = day if is_working_day(day) else working_day_after(day, 1)
                if regular >= earliest:
                    return regular, 2 * month - 1 + half
            year, month = year + month // 12, month % 12 + 1

    def posts(self) -> Iterator[Post]:
        """Convening, recording and confirming of every meeting that took place."""
        for sitting in self._sittings.values():
            if sitting.day <= self.until:
                yield from self._held(sitting)

    def _begin(self, body: str, day: date, number: int) -> Sitting:
        label = f"meeting/{body}/{day.isoformat()}"
        convener = self.group.holder("party_department", body)
        key = Post(day, 0, convener, "", {}, label, "").key(self.seed)
        minutes = f"{self.group.unit[body].name.removesuffix('有限公司')}党委〔{day.year}〕{number:02}号"
        sitting = Sitting(body, day, label, begun(convener.id, key, "meeting"), minutes)
        self._sittings[body, day] = sitting
        return sitting

    def _held(self, sitting: Sitting) -> Iterator[Post]:
        random = Random(f"{self.seed}/{sitting.label}")
        committee = self.group.committee(sitting.body)
        chair, members = committee[0], committee[2:]
        departments = self.group.holders("party_department", sitting.body)
        convener, clerk = departments[0], departments[-1]
        away = {random.choice(members)} if random.randrange(3) == 0 else set()
        present = [person for person in committee if person not in away]
        convene = {
            "body": self.group.unit[sitting.body].id,
            "kind": "party_committee",
            "held_on": sitting.day,
            "place": f"{random.choice('二三四')}楼会议室",
            "chair": chair.id,
            "clerk": clerk.id,
            "items": [
                Item(number, matter.project, matter.title, "")
                for number, matter in enumerate(sitting.matters, 1)
            ],
        }
        record = {
            "present": [person.id for person in present],
            "absent": [
                Absence(person.id, random.choice(REASONS)) for person in sorted(away, key=lambda p: p.id)
            ],
            "guests": [convener.id] if convener != clerk else [],
            "votes": [
                _vote(number, matter, present, len(committee), random)
                for number, matter in enumerate(sitting.matters, 1)
            ],
            "minutes_number": sitting.minutes,
        }
        decides = tuple(matter.project for matter in sitting.matters if matter.decides)
        papers = _working_day_before(sitting.day, PAPERS_WORKING_DAYS)
        on, meeting = f"/meetings/{sitting.meeting}", sitting.meeting

        def post(day: date, slot: int, who: Person, path: str, body: dict[str, Any], act: str) -> Post:
            label = sitting.label if act == "convene" else f"{sitting.label}/{act}"
            return Post(day, slot, who, path, body, label, meeting, decides if act == "confirm" else ())

        yield post(papers, CONVENES, convener, "/meetings/convene-meeting", convene, "convene")
        yield post(sitting.day, RECORDS, clerk, f"{on}/record-meeting", record, "record")
        yield post(sitting.day, CONFIRMS, chair, f"{on}/confirm-meeting", {}, "confirm")


def _vote(number: int, matter: Matter, present: list[Person], should_attend: int, random: Random) -> Vote:
    may_vote = len([person for person in present if person not in matter.aside])
    method: Method = random.choice(("spoken", "show_of_hands"))
    match matter.outcome:
        case "passed" | "passed_with_changes":
            doubts = random.randrange(2) if 2 * (may_vote - 1) > should_attend else 0
            return Vote(number, method, may_vote - doubts, 0, doubts, matter.outcome, matter.text)
        case "not_passed":
            agree = min(2, may_vote)
            return Vote(number, method, agree, may_vote - agree, 0, matter.outcome, matter.text)
        case "deferred":
            return Vote(number, method, 0, 0, 0, matter.outcome, matter.text)


def _working_day_before(day: date, count: int) -> date:
    while count > 0:
        day = date.fromordinal(day.toordinal() - 1)
        count -= is_working_day(day)
    return day
