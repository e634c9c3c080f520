"""What differs between two contents of a proposal: every place, and no other."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given

from services.projects.differences import Difference
from services.projects.domain.project.approval import AmendProposal, OpenContent
from services.projects.domain.project.content import Milestone, Proposal
from services.projects.domain.project.route import Wanted
from services.projects.facts import content_hash
from services.projects.redline import NoSuchContent, last_seen, redline, version, versions
from tests.projects.a_project import (
    CONTENT,
    MAY,
    PRECHECK,
    PRECHECK_SEAT,
    PRECHECKER,
    REWORK,
    SECRETARY,
    SUBMIT,
    a_draft,
)
from tests.projects.lived import recorded
from tests.projects.test_project_laws import LAW, POOLS
from tests.support.arbitrary import values

FIRST = content_hash(CONTENT)
AMENDED = replace(CONTENT, problem="返修率6.8%。")


def test_a_changed_field_is_shown_before_and_after() -> None:
    assert redline(CONTENT, AMENDED) == [Difference("problem", "changed", CONTENT.problem, "返修率6.8%。")]


def test_indicators_and_milestones_are_compared_under_their_codes() -> None:
    harder = replace(REWORK, target=Decimal("3.0"))
    after = replace(
        CONTENT,
        targets=(harder, *CONTENT.targets[1:]),
        plan=(CONTENT.plan[0], Milestone("M3", "推广", MAY)),
    )
    found = {d.place: (d.before, d.after) for d in redline(CONTENT, after)}
    assert found.keys() == {"targets.rework.target", "plan.M2", "plan.M3"}
    assert found["targets.rework.target"] == ("3.5", "3.0")
    assert (found["plan.M2"][1], found["plan.M3"][0]) == (None, None)


def test_another_order_alone_is_a_difference_too() -> None:
    turned = replace(CONTENT, plan=CONTENT.plan[::-1])
    assert redline(CONTENT, turned) == [Difference("plan", "reordered", ["M1", "M2"], ["M2", "M1"])]


def test_a_list_of_sentences_is_compared_whole() -> None:
    """One more at its head changes none of the others."""
    after = replace(CONTENT, measures=("停线后先试喷", *CONTENT.measures))
    changed = Difference("measures", "changed", [*CONTENT.measures], [*after.measures])
    assert redline(CONTENT, after) == [changed]


@LAW
@given(before=values(Proposal, POOLS), after=values(Proposal, POOLS))
def test_contents_differ_in_some_place_exactly_if_they_differ(before: Proposal, after: Proposal) -> None:
    assert bool(redline(before, after)) == (content_hash(before) != content_hash(after))


def test_a_content_is_found_by_its_hash_and_by_no_other() -> None:
    """What a hash was recorded for is what it is the hash of."""
    second = content_hash(AMENDED)
    asks = (Wanted("补充", "problem"),)
    conditional = replace(PRECHECK, opinion="agree_with_changes", content_hash=FIRST, changes=asks)
    past = a_draft.after(
        replace(SUBMIT, content_hash=FIRST), conditional, AmendProposal(SECRETARY, AMENDED, second)
    )
    known = versions(recorded(past.past))
    assert [*known] == [FIRST, second]
    assert version(known, second).proposal == AMENDED
    with pytest.raises(NoSuchContent):
        version(known, "0" * 64)
    assert versions(recorded(a_draft.after(SUBMIT).past)) == {}  # "h1" is the hash of nothing


def test_what_somebody_last_had_before_them_is_what_they_opened_or_spoke_on() -> None:
    opened = a_draft.after(SUBMIT, OpenContent(PRECHECKER, 0, "h1", PRECHECK_SEAT))
    seen = last_seen(recorded(opened.past), PRECHECKER.person)
    assert seen is not None
    assert seen[0] == "h1"
    assert last_seen(recorded(opened.past), SECRETARY.person) is None
    later = last_seen(recorded(opened.after(PRECHECK).past), PRECHECKER.person)
    assert later is not None
    assert later[1] > seen[1]


def test_contents_keep_the_hash_of_before_there_was_more_to_say() -> None:
    assert FIRST == "61c2f5cfbfd9aeae69a252794e157512479458ba078945d8927e5ad53fc2e770"
    assert content_hash(replace(CONTENT, serves="group_key_project")) != FIRST
    assert content_hash(replace(CONTENT, strong_side_reason="距离最近")) != FIRST
