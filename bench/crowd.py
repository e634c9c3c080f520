"""A group of very many people, and events of projects' lives that oblige some of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, get_args
from uuid import UUID, uuid4

from msgspec import Raw

from services.notifications.domain import heard
from shared import roster
from shared.codec import canonical, schema_of, seal
from shared.domain import Decider, OfficeId, PersonId, UnitId
from shared.envelope import Envelope, Recorded, written
from shared.organisation import Organisation

GROUP = UnitId("group")
COMPANIES = [UnitId(f"c{number}") for number in range(4)]
BRANCHES = 200
BEGAN, DUE = date(2026, 1, 1), date(2027, 1, 29)
TASKS = 5


@dataclass(frozen=True, slots=True)
class Say:
    """Record just this."""

    event: Any


SAYING: Decider[Say, Any, None] = Decider(
    "said", None, lambda command, _: [command.event], lambda state, _: state, (Say,), get_args(heard.Heard)
)


def organisation(people: int) -> Organisation:
    """Four companies with branches of equal size, each with its secretary."""
    built, at = Organisation(), written(datetime(2026, 1, 1, tzinfo=UTC))
    for position, event in enumerate(_founded(people), 1):
        envelope = Envelope(
            aggregate="bench",
            name=type(event).__name__,
            schema=schema_of(type(event)),
            data=Raw(canonical(event)),
            recorded_at=at,
            happened_at=at,
            after={},
            correlation="",
            causation="",
        )
        built.apply(
            Recorded("projects", "group", position, UUID(int=0), position, seal(envelope), envelope, None)
        )
    return built


def _founded(people: int) -> Iterator[Any]:
    yield roster.UnitEstablished(GROUP, "G", "集团", None, "", "集团党委", (), True, True, 0)
    for unit in COMPANIES:
        yield roster.UnitEstablished(unit, unit, unit, GROUP, "", "所属单位党委", (), True, True, 0)
    for number in range(BRANCHES):
        unit, secretary = UnitId(f"b{number}"), PersonId(f"s{number}")
        above = COMPANIES[number % len(COMPANIES)]
        yield roster.UnitEstablished(unit, unit, unit, above, "", "党支部", (), False, True, 9)
        term = OfficeId(f"t{number}")
        yield roster.OfficeAppointed(
            term, secretary, "branch_secretary", unit, BEGAN, None, False, False, secretary
        )
    for number in range(people):
        unit = UnitId(f"b{number % BRANCHES}")
        yield roster.PersonRegistered(PersonId(f"p{number}"), unit, "正式党员", "", "")


def lives(people: int) -> Iterator[tuple[str, UUID, Any]]:
    """Without end: the ledger, the stream and the event of one project after the other.

    Five in six of them oblige somebody or end what somebody owed.
    """
    number = 0
    while True:
        company, stream = COMPANIES[number % len(COMPANIES)], uuid4()
        for event in _life(company, number, people):
            yield company, stream, event
        number += 1


def _life(company: UnitId, number: int, people: int) -> Iterator[Any]:
    lead = PersonId(f"p{number % people}")
    unit = UnitId(f"b{number % BRANCHES}")
    yield heard.ProposalDrafted(company, unit, "党支部", lead, lead, "降低面漆返修率")
    for task in range(TASKS):
        code, person = str(task), PersonId(f"p{(number * TASKS + task) % people}")
        yield heard.TaskAdded(code, "更换托辊", "检修窗口内更换", DUE)
        yield heard.TaskAssigned(code, person)
        yield heard.TaskCompleted(code, person)
        yield heard.TaskAccepted(code)
