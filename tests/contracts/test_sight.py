"""Projects and evaluation show one project to the same people, at every moment of its life."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from itertools import accumulate
from typing import Any, get_args

import pytest
from hypothesis import given

from services.evaluation.domain import heard
from services.evaluation.domain.tally import Tally
from services.evaluation.domain.tallying import evolve
from services.evaluation.sight import circle_of as circle_of_score
from services.notifications.domain import heard as told_of
from services.notifications.domain.known import Known
from services.notifications.domain.notice import notice
from services.notifications.domain.recipients import recipients
from services.projects.domain.project.approval import ReturnProposal
from services.projects.domain.project.change import RequestChange
from services.projects.domain.project.content import Alteration, Member, Partner, Seat, Team
from services.projects.domain.project.leadership import HandOverLead
from services.projects.domain.project.route import Step, Wanted
from services.projects.projections.page import page_of
from services.projects.sight import circle_of, may_see
from shared import offices
from shared.codec import Schema
from shared.domain import PersonId
from shared.sight import BLIND, Circle
from tests.projects import a_project as p
from tests.projects.a_group import (
    EVERYBODY,
    LABORATORY,
    OTHER_BRANCH,
    OTHER_COMPANY,
    PARTNER,
    TODAY,
    appointed,
    organisation,
    person,
)
from tests.projects.lived import recorded
from tests.projects.test_page_laws import lives
from tests.projects.test_project_laws import LAW
from tests.projects.test_succession import MOVE, RECEIVE
from tests.projects.test_tasks import ADD, EXPIRE, OFFER

HEARD = Schema(get_args(heard.OfProject))
TOLD = Schema(get_args(told_of.OfProject))
JOINT = replace(
    p.CONTENT,
    partners=(Partner("联合支部", PARTNER), Partner("某研究院")),
    targets=(replace(p.REWORK, source=Seat("source_department", LABORATORY)), *p.CONTENT.targets[1:]),
    team=Team(members=(Member(person("guest on the team"), "participant"),)),
)
PLACES = (p.GROUP, p.COMPANY, p.BRANCH, PARTNER, OTHER_COMPANY, OTHER_BRANCH, LABORATORY)
joint = p.a_draft_of(JOINT).after(p.SUBMIT)


def scored(past: Iterable[Any]) -> list[Circle]:
    """The circle that evaluation keeps after each event."""
    tallies = accumulate(recorded(past), _heard, initial=Tally())
    return [circle_of_score(tally) for tally in tallies][1:]


def _heard(tally: Tally, line: Any) -> Tally:
    event = HEARD.read(line.envelope)
    return (
        tally if event is None else evolve(tally, event, line.id, line.recorded_at.date(), line.envelope.by)
    )


def paged(past: Iterable[Any]) -> list[Circle]:
    """The circle that projects keeps after each event."""
    stream = recorded(past)
    pages = [page_of(stream[:length]) for length in range(1, len(stream) + 1)]
    return [circle_of(page) for page in pages if page is not None]


CHANGE = RequestChange(
    p.SECRETARY,
    "C1",
    "推迟",
    Alteration(plan=p.CONTENT.plan[:1]),
    route=(Step("", "any", (Seat("party_department", p.COMPANY),), 3),),
)
RETURN = ReturnProposal(p.PRECHECKER, 0, (Wanted("补充数据", "problem"),), rerun=True, seat=p.PRECHECK_SEAT)
offered = p.approved.after(ADD, replace(OFFER, circle=(OTHER_BRANCH, PARTNER)))


@pytest.mark.parametrize(
    "project",
    [
        p.closed,
        joint,
        offered.after(EXPIRE, OFFER),
        p.approved.after(HandOverLead(p.PRECHECKER, PersonId("another"), "调动")),
        p.approved.after(CHANGE, MOVE, RECEIVE),
        p.submitted.after(RETURN, p.SUBMIT, MOVE, RECEIVE),
        p.closed.after(MOVE, RECEIVE),
    ],
    ids=["closed", "joint", "offered", "handed over", "a change asked", "returned", "ended"],
)
def test_a_score_keeps_the_circle_of_its_project(project: p.Project) -> None:
    assert scored(project.past) == paged(project.past)


@LAW
@given(life=lives)
def test_a_score_keeps_the_circle_of_its_project_whatever_happens(life: p.Project) -> None:
    assert scored(life.past) == paged(life.past)


@pytest.mark.parametrize("where", PLACES)
@pytest.mark.parametrize("office", sorted(offices.offices()))
def test_an_office_sees_the_score_where_it_sees_the_project(office: str, where: Any) -> None:
    group = organisation(appointed("somebody", office, where))
    of_score, of_page = scored(joint.past)[-1], paged(joint.past)[-1]
    sees = may_see(group, person("somebody"), of_score, TODAY)
    assert sees == may_see(group, person("somebody"), of_page, TODAY)
    covers = where in (p.GROUP, p.COMPANY, p.BRANCH, PARTNER)
    asked = (office, where) == ("source_department", LABORATORY)
    assert sees == (office not in BLIND and (covers or asked))


def test_whoever_is_told_of_a_climbing_item_sees_its_project() -> None:
    """R39: the circle that notifications tells is the one that projects lets in."""
    event = TOLD.read(recorded(offered.past)[-1].envelope)
    assert event is not None
    told = notice(event, Known(), lambda _days: TODAY)
    assert told is not None
    group = organisation()
    people = [person for person, _ in recipients("circle", told, Known(), group, TODAY)]
    assert people == [
        person("member of the other branch"),
        person("deputy from elsewhere"),
        person("member of the partner"),
    ]
    assert all(may_see(group, who, paged(offered.past)[-1], TODAY) for who in people)


@pytest.mark.parametrize("name", [*EVERYBODY, "guest on the team"])
def test_everybody_sees_the_score_where_they_see_the_project(name: str) -> None:
    of_score, of_page = scored(joint.past)[-1], paged(joint.past)[-1]
    sees = [may_see(organisation(), person(name), circle, TODAY) for circle in (of_score, of_page)]
    assert sees[0] == sees[1]
