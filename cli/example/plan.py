"""The whole example as a list of posts, settled before the first is sent: the same for the same seed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from cli.example import founding
from cli.example.agenda import Agenda
from cli.example.approving import approve
from cli.example.ending import close
from cli.example.group import Group, Person
from cli.example.inventing import invent
from cli.example.life import Life, Over
from cli.example.posts import Post, in_order
from cli.example.programme import published
from cli.example.proposing import draft, submit
from cli.example.stories import Story, cast
from cli.example.working import work
from shared.working_days import is_working_day, working_day_after

DAYS = 365


@dataclass(frozen=True, slots=True)
class Plan:
    """What will be sent, and about what."""

    seed: str
    begins: date
    until: date
    group: Group
    stories: tuple[Story, ...]
    posts: tuple[Post, ...]


def plan(*, companies: int, projects: int, seed: str, until: date, group: Group | None = None) -> Plan:
    """A group and the year of its projects up to a day; with `group`, in that one."""
    begins = until - timedelta(days=DAYS)
    begins = begins if is_working_day(begins) else working_day_after(begins, 1)
    group = group or invent(companies, seed, begins)
    agenda = Agenda(group, seed, until)
    stories = tuple(cast(group, projects, seed, begins, until))
    acts: list[Post] = []
    for story in stories:
        life = Life(story, group, agenda, seed, until)
        live(life)
        acts += life.posts
    acts += agenda.posts()
    acts += _next_year(group, begins, until)
    acting: set[Person] = {post.who for post in acts} | {person for person, _ in group.tour}
    acting.add(group.holder("discipline_officer", group.root.code))
    acts += founding.posts(group, begins, acting)
    return Plan(seed, begins, until, group, stories, tuple(in_order(acts)))


def live(life: Life) -> None:
    """A project's life, as far as its story and the days go."""
    try:
        draft(life)
        submit(life)
        approve(life)
        work(life)
        close(life)
    except Over:
        return


def _next_year(group: Group, begins: date, until: date) -> Iterator[Post]:
    """In January headquarters brings the new year's programme into force (R16)."""
    day = working_day_after(date(until.year, 1, 14), 1)
    if begins + timedelta(days=30) < day <= until:
        yield from published(group, day, 1, until.year)
