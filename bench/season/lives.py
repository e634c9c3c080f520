"""The events of a season's projects, company by company, each at its moment: the same in every run."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from hashlib import sha256
from heapq import merge
from operator import attrgetter
from typing import Any
from uuid import UUID

from bench.season.group import TRACKS, VERSION, branch, company, person
from bench.season.size import AT_THE_PEAK, HEAVY, LASTS, OF_A_TASK, Size
from services.evaluation.domain import heard
from services.evaluation.domain.review.panel.state import Scale
from services.evaluation.schemes import default_scheme
from shared.ids import derived

FIRST_CLOSE, LAST_CLOSE = 0.1, 0.9  # of the fortnight: companies come to their reviews one after another
RUNNING_TASKS = 8
RUNNING_LENGTH = 4 + OF_A_TASK * RUNNING_TASKS
PEAK = AT_THE_PEAK / (1 - AT_THE_PEAK)  # its events, where those of the fortnight are 1


@dataclass(frozen=True, slots=True)
class Happens:
    """An event of a project at a moment: the fortnight lasts from 0 to 1, its peak until 1 + PEAK."""

    at: float
    company: int
    stream: UUID
    version: int
    event: Any


def project(number: int, nth: int) -> UUID:
    """A project of a company that closes."""
    return UUID(derived("bench project", str(number), str(nth)))


def track_of(number: int, nth: int) -> str:
    """The track of a company's project."""
    return TRACKS[(number + nth) % len(TRACKS)]


def quality(of: UUID) -> Decimal:
    """Which share of the points a project earns: 0.80 to 0.99."""
    drawn = int.from_bytes(sha256(of.bytes).digest()[:4])
    return Decimal(80) / 100 + Decimal(drawn % 1900) / 10_000


def marks(of: UUID, scales: list[tuple[str, Decimal]], less: Decimal) -> list[tuple[str, Decimal]]:
    """What a juror gives who is by so much stricter than another; no two projects come out the same."""
    given = []
    for code, weight in scales:
        own = Decimal(sha256(of.bytes + code.encode()).digest()[0] % 8) / 100
        share = (weight * (quality(of) - less)).quantize(Decimal("0.01"))
        given.append((code, min(max(share - own, Decimal(0)), weight)))
    return given


def happenings(size: Size, begins: datetime) -> Iterator[Happens]:
    """All of them in order."""
    every = (_of_company(size, number, begins) for number in range(size.companies))
    return merge(*every, key=attrgetter("at"))


def ends(size: Size) -> dict[int, int]:
    """How many events each company has in the end."""
    return {number: _count(size, number) for number in range(size.companies)}


def recorded(at: float, begins: datetime) -> datetime:
    """The moment that an event bears."""
    return begins + LASTS * at


def _count(size: Size, number: int) -> int:
    lives = sum(1 for _ in closing_life(size, number, 0, date(2026, 1, 1))) * size.closing
    in_fortnight, at_peak = _running(size, number)
    return lives + (in_fortnight + at_peak) * RUNNING_LENGTH


def _running(size: Size, number: int) -> tuple[int, int]:
    """Projects that go on: in the fortnight (the heavy company alone has such), and at the peak."""
    at_peak = max(1, round(size.usual * AT_THE_PEAK / RUNNING_LENGTH))
    if number:
        return 0, at_peak
    return round(size.usual * (1 - AT_THE_PEAK) * HEAVY / RUNNING_LENGTH), at_peak * HEAVY


def _of_company(size: Size, number: int, begins: datetime) -> Iterator[Happens]:
    close = FIRST_CLOSE + (LAST_CLOSE - FIRST_CLOSE) * (number + 1) / size.companies
    closes_on = recorded(close, begins).date()
    in_fortnight, at_peak = _running(size, number)
    lives = [list(closing_life(size, number, nth, closes_on)) for nth in range(size.closing)]
    streams = [project(number, nth) for nth in range(size.closing)]
    running = [list(running_life(number, nth, closes_on)) for nth in range(in_fortnight + at_peak)]
    others = [UUID(derived("bench running", str(number), str(nth))) for nth in range(len(running))]
    return merge(
        _spread(number, streams, lives, 0, close),
        _spread(number, others[:in_fortnight], running[:in_fortnight], 0, 1),
        _spread(number, others[in_fortnight:], running[in_fortnight:], 1, 1 + PEAK),
        key=attrgetter("at"),
    )


def _spread(
    number: int, streams: list[UUID], lives: list[list[Any]], since: float, until: float
) -> Iterator[Happens]:
    """Projects that live beside each other, evenly from one moment to another."""
    if not lives:
        return
    total, done = len(lives) * len(lives[0]), 0
    for version in range(len(lives[0])):
        for stream, life in zip(streams, lives, strict=True):
            at = since + (until - since) * done / total
            yield Happens(at, number, stream, version + 1, life[version])
            done += 1


def closing_life(size: Size, number: int, nth: int, closes: date) -> Iterator[Any]:
    """A project from its draft to its end."""
    of, due = project(number, nth), closes + timedelta(days=60)
    plan = tuple(heard.Milestone(f"M{n}", "托辊更换", due, Decimal(50)) for n in (1, 2))
    source = heard.Seat("source_department", company(number))
    target = heard.Indicator("rework", "返修率", "lower", source, Decimal(7), Decimal(3), due, Decimal(100))
    yield from _approved(number, nth, track_of(number, nth), plan, (target,))
    yield from _tasks(size.tasks, number, closes, due)
    yield from (heard.MilestoneReached(milestone.code, closes) for milestone in plan)
    yield heard.BaselineConfirmed("rework")
    yield heard.FigureConfirmed("rework", "2026", Decimal(3), closes)
    yield heard.ClosureRequested(closes, (source,), person("lead", number, nth))
    given = marks(of, [(scale.criterion, scale.weight) for scale in judged()], Decimal(0))
    yield heard.ClosureAssessed(tuple(heard.Mark(*one) for one in given), company(number))
    yield heard.ProjectClosed(closes)


def judged() -> list[Scale]:
    """The criteria of the shipped scheme that people mark."""
    return [
        Scale(criterion.code, criterion.zh, criterion.weight)
        for group in default_scheme().groups
        for criterion in group.criteria
        if criterion.formula is None
    ]


def running_life(number: int, nth: int, today: date) -> Iterator[Any]:
    """A project that goes on, with RUNNING_LENGTH events."""
    yield from _approved(number, 1000 + nth, TRACKS[nth % len(TRACKS)], (), ())
    yield from _tasks(RUNNING_TASKS, number, today, today + timedelta(days=60))


def _approved(
    number: int,
    nth: int,
    track: str,
    plan: tuple[heard.Milestone, ...],
    targets: tuple[heard.Indicator, ...],
) -> Iterator[Any]:
    lead, unit = person("lead", number, nth), branch(number, nth % 2)
    proposal = heard.Proposal(f"降低返修率 {nth}", track, plan, targets, heard.Team(()), ())
    reference = f"2026-{number:04}-{nth:05}"
    yield heard.ProposalDrafted(reference, company(number), unit, lead, lead, proposal.title, track)
    yield heard.ProposalRevised(proposal, lead)
    yield heard.ProposalSubmitted(VERSION, lead, proposal, ())
    yield heard.ProjectApproved(VERSION, company(number), unit, proposal)


def _tasks(count: int, number: int, on: date, due: date) -> Iterator[Any]:
    for task in map(str, range(count)):
        yield heard.TaskAdded(task, "检修窗口内更换", due, Decimal(1))
        yield heard.TaskAssigned(task, person("worker", number, task))
        yield heard.TaskCompleted(task, on)
        yield heard.TaskAccepted(task)
