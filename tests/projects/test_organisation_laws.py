"""Laws of the organisation's aggregates: whatever is asked, only refusals escape and every event is kept."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from datetime import date
from decimal import Decimal
from types import NoneType
from typing import Any, Literal, get_args, get_origin, get_type_hints
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.projects.domain.account import ACCOUNT
from services.projects.domain.handover import HANDOVER
from services.projects.domain.meeting import MEETING
from services.projects.domain.office import OFFICE
from services.projects.domain.person import PERSON
from services.projects.domain.programme import PROGRAMME
from services.projects.domain.ratification import RATIFICATION
from services.projects.domain.session import SESSION
from services.projects.domain.supplement import SUPPLEMENT
from services.projects.domain.unit import UNIT
from shared.codec import Schema
from shared.domain import Decider, OfficeId, PersonId, Refusal, UnitId
from shared.organisation import Organisation
from tests.support.recorded import recorded

DECIDERS: list[Decider[Any, Any, Any]] = [
    PERSON,
    UNIT,
    OFFICE,
    PROGRAMME,
    SUPPLEMENT,
    MEETING,
    ACCOUNT,
    SESSION,
    HANDOVER,
    RATIFICATION,
]
SCHEMA = Schema(event for decider in DECIDERS for event in decider.events)
IDS = st.sampled_from([str(UUID(int=n)) for n in range(1, 5)])
LEAVES: dict[Any, st.SearchStrategy[Any]] = {
    PersonId: IDS,
    UnitId: IDS,
    OfficeId: IDS,
    str: st.sampled_from(["", " ", "正式党员", "sealed.1.eA==", "branch_secretary", "party_department"]),
    int: st.integers(-1, 6),
    bool: st.booleans(),
    Decimal: st.decimals(-9, 9, places=2),
    date: st.dates() | st.dates(date(2026, 1, 1), date(2026, 2, 28)),
    NoneType: st.none(),
}


def any_of(type_: Any) -> st.SearchStrategy[Any]:
    """Any value of a command's field, down to its parts."""
    if type_ in LEAVES:
        return LEAVES[type_]
    if is_dataclass(type_):
        hints = get_type_hints(type_)
        return st.builds(type_, **{f.name: any_of(hints[f.name]) for f in fields(type_)})  # type: ignore[arg-type]
    if get_origin(type_) is Literal:
        return st.sampled_from(get_args(type_))
    if get_origin(type_) is tuple:
        return st.lists(any_of(get_args(type_)[0]), max_size=4).map(tuple)
    return st.one_of(*map(any_of, get_args(type_)))


@pytest.mark.parametrize("decider", DECIDERS, ids=lambda decider: decider.aggregate)
@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_whatever_is_asked_only_refusals_escape(decider: Decider[Any, Any, Any], data: st.DataObject) -> None:
    asked = data.draw(st.lists(st.one_of(*map(any_of, decider.commands)), max_size=6))
    state, organisation = decider.initial, Organisation()
    for command in asked:
        try:
            events = decider.decide(command, state)
        except Refusal:
            continue
        for event in events:
            state = decider.evolve(state, event)
            said = recorded(organisation.position + 1, event)
            assert SCHEMA.read(said.envelope) == event
            organisation.apply(said)


@given(st.lists(st.one_of(*(any_of(event) for decider in DECIDERS for event in decider.events)), max_size=12))
@settings(max_examples=150, deadline=None)
def test_the_organisation_takes_in_whatever_happened_in_whatever_order(events: list[Any]) -> None:
    organisation = Organisation()
    for position, event in enumerate(events, 1):
        organisation.apply(recorded(position, event))
    assert organisation.position == len(events)
    for person in organisation.people.values():
        assert person.id in organisation.members_of(person.unit) or person.restricted
    for unit in organisation.units:
        organisation.company(unit)
        organisation.nearest("branch_secretary", unit, date(2026, 2, 1))
