"""What the rules are checked by is what the notices are made of: of every event, whatever it holds."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any, get_args

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.notifications.domain import heard
from services.notifications.domain.faults import given as table
from services.notifications.domain.gives import OF_PROJECT, SEVERAL
from services.notifications.domain.known import Known, evolve
from services.notifications.domain.notice import notices
from services.notifications.domain.notice.words import Notice
from services.notifications.domain.recipients import WORDS
from shared.domain import PersonId, UnitId
from tests.contracts.test_what_is_heard_is_said import POOLS
from tests.support.arbitrary import values

SOME = st.sampled_from(["a", "b", "c"])
RESULTS = st.sampled_from(["on_plan", "needs_help", "needs_change"])
GOES = st.sampled_from(["answered", "discipline", ""])
POOL = POOLS | {str: SOME, PersonId: SOME, UnitId: SOME, "goes": GOES, "result": RESULTS}
LAW = settings(deadline=None, max_examples=12, suppress_health_check=list(HealthCheck))
OF_ITSELF = {"rectifies": "rectifying_person", "did_it": "accepting_person"}  # a helper of the notice
OF_WHAT_IT_SAYS = {  # one or the other, or nobody
    "AppealFiled": {"running", "addressed_office"},
    "PracticeListed": {"comparable_units"},
}
DUE_SOMETIMES = {("SupportDecided", answer) for answer in ("granted", "declined")}  # of a finding alone
EVENTS = [event for event in get_args(heard.Heard) if event not in get_args(heard.OfPanel)]


def words_of(notice: Notice, event: str) -> frozenset[str]:
    """Whom the notice can address."""
    own = {OF_ITSELF.get(word, word) for word in (*notice.people, *notice.seats, *notice.letters)}
    if notice.within is not None:
        own |= {*SEVERAL["UNITS"].split()}
    if notice.running is not None:
        own.add("running")
    if notice.kinds:
        own.add("comparable_units")
    if about_a_project(event) or notice.about:
        own |= {*OF_PROJECT.split()}
    return frozenset(own)


def about_a_project(event: str) -> bool:
    beside = (
        heard.ScoreFixed,
        heard.ReviewScoreFixed,
        heard.AppealFiled,
        heard.AppealAnswered,
        heard.DetachedActivityFound,
    )
    return event in {one.__name__ for one in (*get_args(heard.OfProject), *beside)}


def told(event: Any, before: Known) -> Iterator[Notice]:
    """Nothing of what cannot have happened: a step without seats, an entry of nobody, an award of nothing."""
    if before.review and "" in before.review.awards:
        return
    try:
        yield from notices(event, before, evolve(before, event), lambda _: date(2026, 1, 1))
    except (IndexError, KeyError):
        return


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: str(event.__name__))
def test_an_event_gives_what_the_table_says(event: type) -> None:
    @LAW
    @given(values(event, POOL), values(Known, POOL))
    def holds(said: Any, before: Known) -> None:
        for notice in told(said, before):
            for condition in notice.holds:
                gives = table()[event.__name__, condition]
                assert gives.facts <= notice.facts.keys() | ({"title"} if notice.about else set())
                assert gives.to - OF_WHAT_IT_SAYS.get(event.__name__, set()) <= words_of(
                    notice, event.__name__
                )
                if (event.__name__, condition) not in DUE_SOMETIMES:
                    assert gives.due or notice.due is None

    holds()


def test_every_word_is_answered_by_some_event() -> None:
    assert {word for gives in table().values() for word in gives.to} == WORDS


def test_nothing_is_said_of_an_event_that_is_not_heard() -> None:
    heard_ones = {event.__name__ for event in get_args(heard.Heard)}
    assert {event for event, _ in table()} - heard_ones == {"DeliveryFailed"}
