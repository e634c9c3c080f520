"""Whom notifications asks is whom projects lets act: one rule of conflict, one nearest person (R3, R4)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import reduce
from typing import Any, get_args

import pytest
from hypothesis import given

from services.notifications.domain import heard
from services.notifications.domain.known import Known, evolve
from services.notifications.domain.notice import notice
from services.notifications.domain.recipients import recipients
from services.projects.domain.project.content import LeaderKind, Partner
from services.projects.domain.project.proposal import BODY_OF
from services.projects.domain.project.tasks import AcceptTask, AddTask, AssignTask, CompleteTask, TaskAccepted
from shared.codec import Schema
from shared.domain import UnitId
from tests.projects import a_project as p
from tests.projects.a_group import PARTNER, TODAY, appointed, organisation, person, registered
from tests.projects.edge import asked
from tests.projects.lived import recorded
from tests.projects.test_page_laws import lives
from tests.projects.test_project_laws import LAW

HEARD = Schema(get_args(heard.Heard))


def known_of(past: Iterable[Any]) -> Known:
    events = (HEARD.read(line.envelope) for line in recorded(past))
    return reduce(evolve, (event for event in events if event is not None), Known())


@LAW
@given(life=lives)
def test_notifications_knows_the_conflicts_that_projects_enforces_whatever_happens(life: p.Project) -> None:
    known, state = known_of(life.past), life.state
    if state.phase not in ("absent", "draft"):  # a draft is the affair of who writes it
        assert known.players == state.players - {""}
        assert known.workers == state.workers - {""}
        assert [c.number for c in known.conditions] == [c.number for c in state.approval.conditions]


@pytest.mark.parametrize(
    ("leader", "unit", "doer", "accepts"),
    [
        ("branch_with_committee", p.BRANCH, "member of the branch", "secretary of the branch"),
        ("branch_with_committee", p.BRANCH, "secretary of the branch", "member of the branch"),
        ("general_branch", p.BRANCH, "member of the branch", "general secretary"),
        ("general_branch", p.BRANCH, "general secretary", "leader in charge"),
        ("party_committee", p.COMPANY, "member of the branch", "chief"),
        ("party_committee", p.COMPANY, "chief", "leader in charge"),
        ("branch_with_committee", UnitId("no members"), "alone", "secretary of the partner"),
    ],
)
def test_who_is_asked_to_accept_a_task_may_accept_it(
    leader: LeaderKind, unit: UnitId, doer: str, accepts: str
) -> None:
    group = organisation(
        registered("chief", p.COMPANY),
        appointed("general secretary", "general_branch_secretary", p.BRANCH),
        appointed("chief", "party_secretary", p.COMPANY),
        appointed("leader in charge", "leader_in_charge", p.COMPANY),
        appointed("alone", "branch_secretary", UnitId("no members")),
    )
    numbers = replace(p.RESOLUTION.numbers, should_attend=5, present=4, votes_for=4)
    joint = replace(p.CONTENT, partners=(Partner("研究院"), Partner("联合支部", PARTNER)))
    done = p.nothing.after(
        replace(p.DRAFT, unit=unit, leader=leader),
        replace(p.REVISE, proposal=joint),
        replace(p.SUBMIT, resolution=replace(p.RESOLUTION, kind=BODY_OF[leader], numbers=numbers)),
        p.PRECHECK,
        p.QUALITY_AGREES,
        p.FINANCE_AGREES,
        p.MEET,
        AddTask(p.SECRETARY, "T1", "编制标准", "签认", p.MAY, p.WORK[0].weight),  # type: ignore[union-attr]
        AssignTask(p.SECRETARY, "T1", person(doer)),
        CompleteTask(p.by(person(doer)), "T1", on=p.MAY, today=p.MAY),
    )
    known = known_of(done.past)
    event = HEARD.read(recorded(done.past)[-1].envelope)
    assert event is not None
    told = notice(event, known, lambda _days: TODAY)
    assert told is not None
    assert recipients("accepting_person", told, known, group, TODAY) == ((person(accepts), ""),)
    done.when(asked(AcceptTask, accepts, done, group, task="T1")).then_names(TaskAccepted)
