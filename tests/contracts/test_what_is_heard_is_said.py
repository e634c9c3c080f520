"""Every event and field that a service reads of another's exists there, and is read as it is written."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from datetime import date
from decimal import Decimal
from typing import Any, get_args

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.evaluation.deciders import DECIDERS as EVALUATION
from services.evaluation.domain import heard as heard_by_evaluation
from services.evaluation.projections import EVENTS as READ_BY_EVALUATION
from services.notifications.domain import heard as heard_by_notifications
from services.notifications.rulebook import default_rules
from services.projects.domain import meeting, programme, supplement
from services.projects.domain.handover import HANDOVER
from services.projects.domain.office import OFFICE
from services.projects.domain.project import PROJECT
from services.projects.domain.ratification import RATIFICATION
from services.projects.domain.visits import VISITS
from shared.codec import Schema
from shared.domain import PersonId, UnitId
from tests.projects import a_project
from tests.support.arbitrary import texts, values
from tests.support.recorded import recorded

SAID = {
    event.__name__: event
    for event in (
        *PROJECT.events,
        *meeting.MEETING.events,
        *programme.EVENTS,
        *supplement.EVENTS,
        *OFFICE.events,
        *VISITS.events,
        *HANDOVER.events,
        *RATIFICATION.events,
        *(event for decider in EVALUATION for event in decider.events),
    )
}
HEARD = {
    "evaluation": READ_BY_EVALUATION,
    "notifications": get_args(heard_by_notifications.Heard),
}
POOLS: dict[Any, st.SearchStrategy[Any]] = {
    PersonId: texts,
    UnitId: texts,
    Decimal: st.decimals(-100, 100, places=2),
    str: texts,
    int: st.integers(-9, 9),
    date: st.dates(date(2025, 1, 1), date(2028, 12, 31)),
    dict[str, str]: st.dictionaries(texts, texts, max_size=2),
    dict[str, int]: st.dictionaries(texts, st.integers(0, 9), max_size=2),
}
LAW = settings(deadline=None, max_examples=10, suppress_health_check=list(HealthCheck))


def same(heard: Any, said: Any) -> bool:
    """Whether what was heard is a part of what was said."""
    if is_dataclass(heard):
        return all(same(getattr(heard, f.name), getattr(said, f.name)) for f in fields(heard))
    if isinstance(heard, tuple):
        return len(heard) == len(said) and all(map(same, heard, said))
    if isinstance(heard, dict):
        return True  # parts that are only counted
    return bool(heard == said)


EACH = [
    pytest.param(event, id=f"{reader} {event.__name__}")
    for reader, events in HEARD.items()
    for event in events
]


@pytest.mark.parametrize("heard", EACH)
def test_what_is_heard_is_said_under_the_same_names(heard: type) -> None:
    said = SAID[heard.__name__]
    assert {f.name for f in fields(heard)} <= {f.name for f in fields(said)}


@pytest.mark.parametrize("heard", EACH)
def test_what_is_heard_is_read_as_it_was_written(heard: type) -> None:
    schema = Schema([heard])

    @LAW
    @given(values(SAID[heard.__name__], POOLS))
    def holds(said: Any) -> None:
        assert same(schema.read(recorded(1, said).envelope), said)

    holds()


@pytest.mark.parametrize("reader", HEARD)
def test_a_whole_life_is_heard(reader: str) -> None:
    schema = Schema(HEARD[reader])
    past = a_project.closed.past
    assert all(
        same(schema.read(recorded(1, said).envelope), said) for said in past if type(said).__name__ in schema
    )


def test_rules_wait_for_exactly_these_events_that_nobody_hears_yet() -> None:
    awaited = {event for rule in default_rules().rules for event in rule.events}
    heard = {event.__name__ for event in HEARD["notifications"]}
    assert awaited - heard == {"DeliveryFailed"}  # which happens in notifications itself
    assert not (awaited - heard) & SAID.keys()  # what is said already is heard


def test_evaluation_hears_nothing_that_it_does_not_declare() -> None:
    assert set(get_args(heard_by_evaluation.OfProject)) < set(READ_BY_EVALUATION)
