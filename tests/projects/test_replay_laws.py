"""Laws of the replay, whatever happens to a project and however late it is entered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace as replace_
from datetime import timedelta
from functools import partial
from itertools import pairwise
from typing import Any, get_type_hints

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from services.projects.deciding_again import COMMANDS, decide_again, decision
from services.projects.domain.project import PROJECT
from services.projects.domain.project.succession import MoveLead, Successor
from services.projects.projections.page import Page, page
from services.projects.replay import (
    BESIDE,
    between,
    fields,
    folded,
)
from shared.codec import canonical
from shared.decision import Folded, Read, Stamp, Submission, decide
from shared.domain import Refusal
from shared.envelope import Recorded, micros, written
from shared.moments import Moment, held, in_order, pinned, steps, when
from tests.projects.a_project import (
    ASSESS,
    COMPANY,
    DRAFT,
    FINANCE_AGREES,
    MEET,
    PRECHECK,
    PRECHECKER_REVIEWS,
    QUALITY_AGREES,
    QUALITY_REVIEWS,
    REQUEST_CLOSURE,
    REVISE,
    SUBMIT,
    WORK,
    Project,
    closed,
)
from tests.projects.lived import BEGINS, SCHEMA, STREAM, recorded
from tests.projects.test_dispute import DISPUTE, RECORDED, UPHOLD
from tests.projects.test_page_laws import lives
from tests.projects.test_practice import listed
from tests.projects.test_project_laws import LAW, commands, taken_back
from tests.projects.test_supervision import inspected

LIFE: tuple[Any, ...] = (
    *(DRAFT, REVISE, SUBMIT, PRECHECK, QUALITY_AGREES, FINANCE_AGREES, MEET, *WORK),
    *(REQUEST_CLOSURE, PRECHECKER_REVIEWS, QUALITY_REVIEWS, ASSESS),
)
LATE = st.lists(st.integers(min_value=0, max_value=40), max_size=12)  # hours, from the last event back
HOURS = st.integers(min_value=0, max_value=60)
MOVE = MoveLead(None, Successor(COMPANY, COMPANY, "general_branch", "another"), COMPANY)


def entered_late(events: Sequence[Recorded], hours: Sequence[int]) -> list[Recorded]:
    """The same record, its last events having happened so much earlier than they were entered."""
    late = dict(zip(range(len(events) - 1, 0, -1), hours, strict=False))
    return [
        replace(
            one,
            envelope=replace(
                one.envelope,
                happened_at=written(one.recorded_at - timedelta(hours=late.get(place, 0))),
            ),
        )
        for place, one in enumerate(events)
    ]


disputed = inspected.after(RECORDED, DISPUTE)
upheld, withdrawn = disputed.after(UPHOLD), disputed.after(replace_(UPHOLD, stands=False))
TAKEN_BACK = entered_late(recorded(taken_back.past), [3])  # before the word itself was given

streams = st.builds(lambda life, hours: entered_late(recorded(life.past), hours), lives, LATE)


def as_it_is(page: Page) -> Page:
    return page


@settings(LAW, max_examples=40)  # each folds anew at each position
@given(stream=streams)
def test_at_each_position_the_replay_is_the_page_that_was_live_then(stream: list[Recorded]) -> None:
    live: Page | None = None
    for one in stream:
        live = msgspec.json.decode(msgspec.json.encode(page(live, one)))
        there = held(stream, Moment(known=one.position))
        assert folded(there).page == live
        assert folded(held(stream, Moment("entered", one.recorded_at))).page == live


@LAW
@given(stream=streams)
def test_whatever_happened_first_all_that_happened_is_what_is_now(stream: list[Recorded]) -> None:
    if stream:
        everything = folded(held(stream, Moment("happened", stream[-1].recorded_at)))
        assert everything == folded(stream)
        assert everything.unplaced == ()


@LAW
@example(stream=TAKEN_BACK, hours=len(TAKEN_BACK) - 3)
@given(stream=streams, hours=HOURS)
def test_a_moment_by_happening_holds_what_had_happened_and_nothing_else(
    stream: list[Recorded], hours: int
) -> None:
    moment = Moment("happened", BEGINS + timedelta(hours=hours))
    there = held(stream, moment)
    folded(there)  # acts on what had not happened yet are left out, and nothing else is missing
    assert set(folded(there).unplaced) <= {one.position for one in there}
    for one in stream:
        assert (one in there) == (one.envelope.happened_at <= written(BEGINS + timedelta(hours=hours)))


@pytest.mark.parametrize("lived", [listed, upheld, withdrawn, taken_back, closed], ids=range(5))
def test_whatever_had_not_happened_yet_the_rest_is_shown(lived: Project) -> None:
    stream = recorded(lived.past)
    for left_out in range(1, len(stream)):
        for until in range(left_out + 1, len(stream) + 1):
            there = [one for one in stream[:until] if one is not stream[left_out]]
            assert folded(there).page is not None
    without = [one for one in stream if one.version != len(stream) - 1]
    assert set(folded(without).unplaced) <= {len(stream)}


@LAW
@given(stream=streams, hours=HOURS, by=st.sampled_from(("entered", "happened")))
def test_a_moment_pinned_means_the_same_whatever_is_entered_later(
    stream: list[Recorded], hours: int, by: Any
) -> None:
    moment = Moment(by, BEGINS + timedelta(hours=hours))
    for known in range(1, len(stream) + 1):
        then = stream[:known]
        if held(then, moment):
            assert held(stream, pinned(then, moment)) == held(then, moment)
            assert pinned(stream, pinned(then, moment)) == pinned(then, moment)


@LAW
@given(stream=streams, by=st.sampled_from(("entered", "happened")))
def test_stepping_on_from_the_beginning_and_back_from_the_end_passes_the_same_moments(
    stream: list[Recorded], by: Any
) -> None:
    if not stream:
        return
    first = in_order(stream, by)[0]
    at: Moment | None = pinned(stream, Moment(by, None, first.position if by == "entered" else None))
    if by == "happened":
        at = Moment(by, msgspec.convert(when(first, by), type(BEGINS)), stream[-1].position)
    forth = []
    while at is not None:
        forth.append(held(stream, at))
        at = steps(stream, at)[1]
    back = []
    at = pinned(stream, Moment(by))
    while at is not None:
        back.append(held(stream, at))
        at = steps(stream, at)[0]
    assert forth == back[::-1]
    assert forth[-1] == stream
    assert all(len(one) < len(other) for one, other in pairwise(forth))


@LAW
@given(stream=streams, hours=HOURS, by=st.sampled_from(("entered", "happened")))
def test_a_moment_does_not_differ_from_itself(stream: list[Recorded], hours: int, by: Any) -> None:
    there = held(stream, Moment(by, BEGINS + timedelta(hours=hours)))
    assert between(there, there, as_it_is) == ([], len(fields(folded(there).page)))


@LAW
@given(stream=streams, one=HOURS, other=HOURS, by=st.sampled_from(("entered", "happened")))
def test_the_fields_of_a_moment_with_what_differs_are_those_of_the_other(
    stream: list[Recorded], one: int, other: int, by: Any
) -> None:
    old, new = (held(stream, Moment(by, BEGINS + timedelta(hours=h))) for h in sorted((one, other)))
    changed, unchanged = between(old, new, as_it_is)
    before, after = fields(folded(old).page), fields(folded(new).page)
    assert {c.place: c.before for c in changed if c.before is not None} == {
        place: value for place, value in before.items() if after.get(place) != value
    }
    assert before | {c.place: c.after for c in changed} == after | {
        c.place: None for c in changed if c.after is None
    }
    assert unchanged == len(before.keys() | after.keys()) - len(changed)
    if by == "entered":  # then nothing but what was entered between can have changed anything
        positions = {recorded.position for recorded in new} - {recorded.position for recorded in old}
        assert all(c.positions and positions.issuperset(c.positions) for c in changed)


def test_a_page_without_what_stands_beside_it_is_all_fields() -> None:
    assert get_type_hints(Page).keys() >= set(BESIDE)


# Decided again


def _as_is(command: Any, _state: Any) -> Any:
    return command


def decided(walk: list[Any]) -> tuple[list[Recorded], list[tuple[int, int]]]:
    """What a writer records of these commands, and of each decision its first version and how many events."""
    folded_ = Folded(PROJECT, PROJECT.aggregate, COMPANY, 0, PROJECT.initial)
    stream: list[Recorded] = []
    taken = []
    for command in walk:
        if folded_.left:
            break  # what follows lies in another ledger
        at = BEGINS + timedelta(hours=len(stream))
        submission = Submission(
            ledger=COMPANY, stream=STREAM, decider=PROJECT, prepare=partial(_as_is, command)
        )
        try:
            lines, folded_ = decide(submission, folded_, Read(), Stamp("projects/company", micros(at), {}))
        except Refusal:
            continue
        if lines:
            taken.append((len(stream) + 1, len(lines)))
        for line in lines:
            version, body = line.entry.version, line.entry.body
            event = SCHEMA.read(line.envelope)
            stream.append(Recorded("projects", COMPANY, version, STREAM, version, body, line.envelope, event))
    return stream, taken


@LAW
@example(lived=len(LIFE), walk=[MOVE, REVISE])
@given(lived=st.integers(min_value=0, max_value=len(LIFE)), walk=st.lists(commands, max_size=10))
def test_a_decision_taken_again_by_its_own_rules_comes_out_the_same(lived: int, walk: list[Any]) -> None:
    stream, taken = decided([*LIFE[:lived], *walk])
    for version, count in taken:
        for part in range(version, version + count):
            again = decision(stream, part)
            assert [r.version for r in again.events] == list(range(version, version + count))
            assert decide_again(again).same, again.command


@LAW
@given(command=commands)
def test_every_command_is_read_back_from_what_was_recorded_of_it(command: Any) -> None:
    type_ = COMMANDS[type(command).__name__]
    data = canonical(command)
    assert canonical(msgspec.json.decode(data, type=type_)) == data
