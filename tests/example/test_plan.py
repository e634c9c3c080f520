"""The example's plan: settled before anything is sent, the same for the same seed, and fit to be sent."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date
from functools import cache
from random import Random
from typing import Any, get_args

import msgspec
import pytest
from pydantic import BaseModel

from cli.example.founding import founded_by
from cli.example.group import Group
from cli.example.plan import Plan, plan
from cli.example.posts import Post, plain, rounds
from cli.example.stories import Fate
from cli.example.texts import samples, texts
from services.projects.api import (
    archiving,
    drafting,
    evidence,
    inspecting,
    meetings,
    organisation_acts,
    programme_acts,
    project_acts,
)
from services.projects.api.accounts import OpenAccount
from services.projects.domain.office.appointing import NEED_A_SECOND
from shared.offices import rights_of
from shared.working_days import is_working_day

UNTIL = date(2026, 11, 20)
PEOPLE_AT_LEAST, PEOPLE_AT_MOST = 280, 340


@cache
def the_plan(seed: str = "1", projects: int = 60) -> Plan:
    return plan(companies=10, projects=projects, seed=seed, until=UNTIL)


def the_group() -> Group:
    return the_plan().group


def test_the_same_seed_gives_the_same_posts() -> None:
    again = plan(companies=10, projects=60, seed="1", until=UNTIL)
    assert again.posts == the_plan().posts
    assert [post.key("1") for post in again.posts] == [post.key("1") for post in the_plan().posts]


def test_another_seed_gives_other_people_and_other_days() -> None:
    other = plan(companies=10, projects=60, seed="2", until=UNTIL)
    assert [p.name for p in other.group.people] != [p.name for p in the_group().people]
    assert [post.at for post in other.posts] != [post.at for post in the_plan().posts]


def test_sixty_projects_end_in_every_way_on_every_track() -> None:
    stories = the_plan().stories
    assert {story.fate for story in stories} == set(get_args(Fate))
    assert {story.sample.track for story in stories} == {sample.track for sample in samples()}
    assert len({sample.track for sample in samples()}) == 4


def test_twelve_projects_are_enough_for_every_state() -> None:
    assert {story.fate for story in the_plan(projects=12).stories} == set(get_args(Fate))


def test_the_group_is_ten_companies_forty_branches_and_about_three_hundred_people() -> None:
    group = the_group()
    assert len(group.companies) == 10
    assert len([unit for unit in group.units if "支部" in unit.organisation]) == 40
    assert PEOPLE_AT_LEAST < len(group.people) < PEOPLE_AT_MOST
    assert all(group.pairs[group.pairs[company.code]] == company.code for company in group.companies)


def test_everybody_whom_a_visitor_can_be_holds_the_office_that_is_told() -> None:
    group = the_group()
    assert len(group.tour) == 9
    for person, office in group.tour:
        assert office == "member" or any((t.person, t.office) == (person, office) for t in group.terms)


@pytest.mark.parametrize("number", range(7))
@pytest.mark.parametrize("code", [sample.code for sample in samples()])
def test_every_text_is_filled(code: str, number: int) -> None:
    sample = next(sample for sample in samples() if sample.code == code)
    filled = texts(sample, number, 2026, Random(number)).filled
    for text in _texts(
        plain({name: getattr(filled, name) for name in filled.__struct_fields__ if name != "variants"})
    ):
        assert not re.search(r"[{}<>]|TODO|xxx|None", text), text
    assert re.search(r"\d", filled.problem), "a problem holds a number"
    assert len(filled.problem) <= 150


def _texts(value: Any) -> Iterator[str]:
    match value:
        case str():
            yield value
        case dict():
            for part in value.values():
                yield from _texts(part)
        case list():
            for part in value:
                yield from _texts(part)


def test_no_two_posts_have_one_label() -> None:
    labels = [post.label for post in the_plan().posts]
    assert len(set(labels)) == len(labels)


def test_time_never_runs_backwards_and_people_act_on_working_days() -> None:
    posts = the_plan().posts
    assert [post.at for post in posts] == sorted(post.at for post in posts)
    assert all(is_working_day(post.day) and post.day <= UNTIL for post in posts)


def test_the_acts_on_one_project_go_one_after_another() -> None:
    for _, together in rounds(the_plan().posts):
        on_projects = [post.stream for post in together if post.path.startswith("/projects")]
        assert len(set(on_projects)) == len(on_projects)


def test_every_body_is_one_that_the_service_takes() -> None:
    models = _models()
    for post in the_plan().posts:
        model = models[post.path.rsplit("/", 1)[1]]
        model.model_validate_json(_json(post))  # raises for what is missing, unknown or of another type


def _json(post: Post) -> bytes:
    return msgspec.json.encode(plain(dict(post.body)))


def _models() -> Mapping[str, type[BaseModel]]:
    acts = [
        *project_acts.ACTS,
        *archiving.ACTS,
        *meetings.ACTS,
        *organisation_acts.UNITS,
        *organisation_acts.PEOPLE,
        *organisation_acts.OFFICES,
        *(
            evidence.ATTACH,
            meetings.CONVENE,
            drafting.DRAFT,
            inspecting.HOLD,
            organisation_acts.ESTABLISH,
            organisation_acts.REGISTER,
        ),
        *(organisation_acts.APPOINT, programme_acts.DRAFT, programme_acts.PUBLISH),
    ]
    return {act.path: act.body() for act in acts} | {"open-account": OpenAccount}


def test_every_appointment_that_decides_is_confirmed_by_another() -> None:
    entered = {post.stream: post for post in the_plan().posts if post.path == "/offices/appoint-office"}
    confirmed = {post.stream: post for post in the_plan().posts if post.path.endswith("/confirm-appointment")}
    waiting = {
        term
        for term, post in entered.items()
        if not NEED_A_SECOND.isdisjoint(rights_of(post.body["office"]))
        and post.body["office"] != "headquarters"
    }
    assert set(confirmed) == waiting
    assert all(confirmed[term].who != entered[term].who for term in waiting)


def test_only_those_act_who_have_an_account() -> None:
    opened = {post.stream for post in the_plan().posts if post.path.endswith("/open-account")}
    opened.add(founded_by(the_group()).id)
    assert {post.who.id for post in the_plan().posts} <= opened
