"""Laws of the page, whatever happens to the project in whatever order."""

from __future__ import annotations

import copy
from datetime import date
from typing import Any

import msgspec
from hypothesis import example, given
from hypothesis import strategies as st

from services.projects.domain.project import PROJECT, Command
from services.projects.domain.project.change_deadlines import PassChangeDeadline
from services.projects.domain.project.closing import ClosureIncomplete, RequestClosure
from services.projects.domain.project.pause import ResumeProject
from services.projects.projections.page import Page, page, page_of
from services.projects.sight import circle_of, circle_of_state
from shared.domain import Refusal
from tests.projects.a_project import (
    MARCH,
    MAY,
    PRECHECK_SEAT,
    PRECHECKER,
    REPORT,
    SECRETARY,
    Project,
)
from tests.projects.lived import recorded
from tests.projects.test_project_laws import LAW, commands, gone_up, interrupted, late, pasts

NOTHING_WRITTEN = RequestClosure(
    SECRETARY, type(REPORT)(), secrecy=None, today=MARCH, first_key=(PRECHECK_SEAT,)
)


def lived(past: Project, walk: list[Command]) -> Project:
    """The project after those of these commands that are not refused."""
    for command in walk:
        try:
            past = past.after(command)
        except Refusal:
            continue
    return past


lives = st.builds(lived, pasts, st.lists(commands, max_size=10))


@LAW
@given(life=lives)
def test_the_page_at_any_moment_is_the_one_that_the_live_view_showed_then(life: Project) -> None:
    """The view keeps the page as JSON and goes on from there; a past moment is folded from the beginning."""
    stream = recorded(life.past)
    kept: Page | None = None
    for version, event in enumerate(stream, 1):
        kept = msgspec.json.decode(msgspec.json.encode(page(kept, event)))
        assert page_of(stream[:version]) == kept


@LAW
@given(life=lives)
def test_folding_leaves_the_page_before_as_it_was(life: Project) -> None:
    before: Any = None
    for event in recorded(life.past):
        untouched = copy.deepcopy(before)
        after = page(before, event)
        assert before == untouched
        before = after


@LAW
@given(life=lives)
@example(life=late)
@example(life=lived(gone_up, [PassChangeDeadline(None, "C1", 0, date(2026, 5, 21), date(2026, 5, 22))]))
@example(life=lived(interrupted, [ResumeProject(PRECHECKER, today=MAY)]))
def test_page_and_rules_tell_of_the_same_project(life: Project) -> None:
    state, shown = life.state, page_of(recorded(life.past))
    if shown is None:
        assert state.phase == "absent"
        return
    assert shown["state"] == state.phase
    assert shown["lead"] == state.lead
    assert (shown["content_hash"] or "") == state.content_hash
    assert {code: task["state"] for code, task in shown["tasks"].items()} == {
        code: task.status for code, task in state.tasks.items()
    }
    assert {code: found["state"] for code, found in shown["findings"].items()} == {
        code: found.status for code, found in state.findings.items()
    }
    assert {code: m["due"] for code, m in shown["milestones"].items() if not m["dropped"]} == {
        milestone.code: milestone.due.isoformat() for milestone in state.proposal.plan
    }
    assert shown["route"]["open"] == state.approval.open
    if state.phase not in ("absent", "draft", "in_approval"):
        keys = {*state.partners, *(partner.key for partner in state.proposal.partners)}
        members = {key: state.membership(key) for key in keys}
        joined = sorted(key for key, member in members.items() if member and member.status == "joined")
        assert shown["partnership"]["joined"] == joined
    assert len(shown["required_changes"]) == state.approval.numbered
    for code, standing in state.deciding.items():
        if state.changes.get(code) and standing.open is not None and standing.due:
            step = shown["changes"][code]["steps"][standing.open]
            noted = ("change", f"{code}/{standing.open}", standing.due) in state.over
            assert (step["due"], bool(step["overdue_on"])) == (standing.due.isoformat(), noted)


@LAW
@given(life=lives)
def test_what_closing_misses_is_what_the_rule_would_refuse_it_for(life: Project) -> None:
    state, shown = life.state, page_of(recorded(life.past))
    if shown is None or state.phase != "in_implementation":
        return
    try:
        PROJECT.decide(NOTHING_WRITTEN, state)
    except ClosureIncomplete as refusal:
        asked = [code for code in refusal.facts["missing"] if code != "explanation"]
        assert sorted(shown["closing"]["missing"]) == sorted(asked)
    else:
        raise AssertionError("a closing without a word in its report was accepted")


@LAW
@given(life=lives)
def test_page_and_rules_name_the_same_circle(life: Project) -> None:
    shown = page_of(recorded(life.past))
    if shown is None:
        return
    on_page, in_rules = circle_of(shown), circle_of_state(life.state)
    assert (on_page.units, on_page.people) == (in_rules.units, in_rules.people)
    assert on_page.seats >= in_rules.seats
