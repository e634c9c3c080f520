"""Events stored in the past still load, whoever reads them: `stored/*.jsonl` has one of each and only grows.

A line is canonical: the event's name, the schema version in which it was written, and its data.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, get_args

import msgspec
import pytest
from hypothesis import find, settings
from hypothesis import strategies as st

from services.evaluation.deciders import DECIDERS as EVALUATION
from services.evaluation.projections import EVENTS as READ_BY_EVALUATION
from services.notifications.domain import heard as heard_by_notifications
from services.projects.schema import DECIDERS, SCHEMA
from shared import roster
from shared.codec import Schema, canonical, schema_of
from shared.domain import PersonId, UnitId
from shared.envelope import Envelope
from tests.support.arbitrary import values
from tests.support.recorded import recorded

STORED = Path(__file__).parent / "stored"
EVENTS = {
    "projects": [event for decider in DECIDERS for event in decider.events],
    "evaluation": [event for decider in EVALUATION for event in decider.events],
}
READERS = {
    "projects": SCHEMA,
    "evaluation": Schema(tuple(event for decider in EVALUATION for event in decider.events)),
    "organisation": roster.SCHEMA,
    "evaluation's view": Schema(READ_BY_EVALUATION),
    "obligations": Schema(get_args(heard_by_notifications.Heard)),
}
POOLS: dict[Any, st.SearchStrategy[Any]] = {
    PersonId: st.just("5a0c1f0e-0000-4000-8000-000000000001"),
    UnitId: st.just("5a0c1f0e-0000-4000-8000-000000000002"),
    Decimal: st.just(Decimal("12.50")),
    str: st.just("某事"),
    int: st.just(2),
    date: st.just(date(2026, 11, 24)),
    bytes: st.just(b"sealed"),
}


class Line(msgspec.Struct, frozen=True):
    """One stored event."""

    name: str
    schema: int
    data: msgspec.Raw

    def envelope(self) -> Envelope:
        """As it would come from a ledger."""
        usual = recorded(1, roster.SessionEnded("")).envelope
        return msgspec.structs.replace(usual, name=self.name, schema=self.schema, data=self.data)


def lines(service: str) -> list[Line]:
    text = (STORED / f"{service}.jsonl").read_bytes()
    return [msgspec.json.decode(line, type=Line) for line in text.splitlines()]


def line_of(event: type) -> str:
    """A line for an event that has none, to be looked at and added."""
    made = find(values(event, POOLS), lambda _: True, settings=settings(database=None))
    return canonical({"name": event.__name__, "schema": schema_of(event), "data": made}).decode()


def kept_in(again: Any, written: Any) -> bool:
    """Whether all that was written stands there again, in every part."""
    if isinstance(written, dict):
        return all(name in again and kept_in(again[name], part) for name, part in written.items())
    if isinstance(written, list):
        return len(again) == len(written) and all(map(kept_in, again, written))
    return bool(again == written)


@pytest.mark.parametrize("service", EVENTS)
def test_every_version_of_every_event_is_kept(service: str) -> None:
    kept = {(line.name, line.schema) for line in lines(service)}
    for event in EVENTS[service]:
        missing = [v for v in range(1, schema_of(event) + 1) if (event.__name__, v) not in kept]
        assert not missing, f"add to {STORED / service}.jsonl, and remove nothing:\n{line_of(event)}"


def test_a_name_is_one_events_whoever_says_it() -> None:
    """A view of both services reads by name: one name with two meanings would be read wrongly."""
    said = {service: {event.__name__: event for event in events} for service, events in EVENTS.items()}
    both = said["projects"].keys() & said["evaluation"].keys()
    assert all(said["projects"][name] is said["evaluation"][name] for name in both), both


@pytest.mark.parametrize("service", EVENTS)
def test_what_is_kept_is_canonical(service: str) -> None:
    text = (STORED / f"{service}.jsonl").read_text("utf-8")
    assert text.splitlines() == [canonical(line).decode() for line in lines(service)]


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("service", EVENTS)
def test_every_stored_event_still_loads(service: str, reader: str) -> None:
    read = [READERS[reader].read(line.envelope()) for line in lines(service)]
    known = [line.name for line, event in zip(lines(service), read, strict=True) if event is not None]
    assert known == [line.name for line in lines(service) if line.name in READERS[reader]]


@pytest.mark.parametrize("service", EVENTS)
def test_nothing_of_a_stored_event_is_lost(service: str) -> None:
    """What was written in today's schema version comes back as it was; a new field may be added to it."""
    current = {event.__name__: schema_of(event) for event in EVENTS[service]}
    for line in lines(service):
        if current.get(line.name) == line.schema:
            again = msgspec.json.decode(canonical(READERS[service].read(line.envelope())))
            assert kept_in(again, msgspec.json.decode(line.data)), line.name


def test_what_is_lost_of_a_stored_event_is_found() -> None:
    then = {"route": [{"name": "初审", "seats": []}], "round": 1}
    assert kept_in({"route": [{"name": "初审", "seats": [], "share": None}], "round": 1, "on": None}, then)
    for lost in ([{"name": "初审"}], [], [{"name": "", "seats": []}]):
        assert not kept_in({"route": lost, "round": 1}, then)
