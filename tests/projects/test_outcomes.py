"""What a project leaves behind, a unit's brands with the projects under them, and the year's theme."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

import msgspec
import pytest

from cli.example.programme import content
from services.projects.domain.project.outcome import (
    ForgoRule,
    NameOutcome,
    OutcomeKind,
    OutcomeNamed,
    RuleForgone,
    RuleIsNamed,
)
from services.projects.domain.project.state import NotInClosing, NotInImplementation
from services.projects.programme_content import Tracks, read_content
from shared import roster
from shared.domain import Incomplete, UnitId
from tests.projects.a_desk import APPROVAL, HERE, Desk
from tests.projects.a_group import NEW_YEAR, appointed, unit
from tests.projects.a_project import COMPANY, DRAFT, MAY, SECRETARY, approved, closed, submitted
from tests.projects.lived import page_after
from tests.support.living import THE_PROJECT
from tests.support.recorded import recorded

BRAND = NameOutcome(SECRETARY, "b1", "brand", " 红色首班 ", MAY, meaning="首班清洁从党员做起")
RULE = NameOutcome(SECRETARY, "r1", "rule", "首班清洁作业标准", MAY, document="〔2026〕8号")


def test_a_brand_says_what_it_means_and_what_exists_by_a_document_names_it() -> None:
    approved.when(BRAND).then(
        OutcomeNamed("b1", "brand", "红色首班", "首班清洁从党员做起", "", MAY, SECRETARY.person)
    )
    approved.when(replace(BRAND, meaning=" ")).then_refused(Incomplete, missing=["meaning"])
    on_paper: tuple[OutcomeKind, ...] = ("rule", "standard", "patent")
    others: tuple[OutcomeKind, ...] = ("method", "case")
    for kind in on_paper:
        refused = replace(RULE, kind=kind, document="", name="")
        approved.when(refused).then_refused(Incomplete, missing=["name", "document"])
    for kind in others:
        approved.when(replace(RULE, kind=kind, document="")).then_names(OutcomeNamed)
    submitted.when(BRAND).then_refused(NotInImplementation)


def test_a_closed_project_names_the_rule_that_it_became_and_the_last_word_stands() -> None:
    named = closed.after(BRAND, RULE, replace(RULE, document="〔2026〕9号"))
    outcomes = page_after(named)["outcomes"]
    assert {code: outcome["document"] for code, outcome in outcomes.items()} == {
        "b1": "",
        "r1": "〔2026〕9号",
    }


def test_of_what_became_no_rule_a_project_says_why_and_a_later_rule_takes_its_place() -> None:
    none = ForgoRule(SECRETARY, "已写入作业指导书", MAY)
    closed.when(none).then(RuleForgone("已写入作业指导书", MAY, SECRETARY.person))
    closed.when(replace(none, reason=" ")).then_refused(Incomplete, missing=["reason"])
    approved.when(none).then_refused(NotInClosing)
    closed.after(RULE).when(none).then_refused(RuleIsNamed)
    closed.after(RULE, replace(RULE, kind="method")).when(none).then_names(RuleForgone)
    assert page_after(closed.after(none))["no_rule"] == "已写入作业指导书"
    assert page_after(closed.after(none, BRAND))["no_rule"] == "已写入作业指导书"
    assert page_after(closed.after(none, RULE))["no_rule"] is None


def test_the_theme_of_a_year_is_read_in_both_languages_in_one_text_or_not_at_all() -> None:
    shipped = read_content(content()).tracks
    assert [shipped.theme_in(language) for language in ("zh-CN", "en")] == [
        "基层党建创新拓展",
        "Extending what works in grassroots Party building",
    ]
    for said, read in (({"zh": "拓展年"}, "拓展年"), ("提升年", "提升年"), (None, "")):
        section: dict[str, Any] = {"tracks": []} | ({} if said is None else {"theme": said})
        assert msgspec.convert(section, Tracks).theme_in("en") == read


CREW = UnitId(str(UUID(int=7)))
OTHER = UUID(int=13)


@pytest.fixture
async def desk(desk: Desk) -> Desk:
    known = desk.parts.organisation
    for happened in (
        unit(CREW, COMPANY),
        appointed("leader of the crew", "branch_secretary", CREW),
        roster.ProgrammePublished("2026.1", 2026, NEW_YEAR, content(), ""),
    ):
        known.apply(recorded(known.position + 1, happened))
    for project in (THE_PROJECT, OTHER):
        await desk.house.does(replace(DRAFT, unit=CREW), *APPROVAL[1:], stream=project)
    return desk


async def test_a_brand_of_a_branch_has_its_projects_under_it(desk: Desk) -> None:
    leader, listed = "leader of the crew", "/api/projects/outcomes"
    brand: dict[str, Any] = {"outcome": "b1", "kind": "brand", "name": "红色首班", "meaning": "带头"}
    for project in (THE_PROJECT, OTHER):
        answer = await desk.post(leader, "name-outcome", project=project, **brand)
        assert answer.json()["events"] == ["OutcomeNamed"], answer.text
    rule: dict[str, Any] = {"outcome": "r1", "kind": "rule", "name": "标准"}
    assert (await desk.post(leader, "name-outcome", **rule)).json()["code"] == "Incomplete"
    assert (await desk.post("inspector of the company", "name-outcome", **brand)).status_code == 403

    first = await desk.read(leader, listed, unit=CREW, kind="brand", limit="1")
    rest = await desk.read(leader, listed, unit=CREW, kind="brand", after=first["next"])
    assert [line["project"] for line in (*first["outcomes"], *rest["outcomes"])] == [
        str(THE_PROJECT),
        str(OTHER),
    ]
    assert rest["next"] is None
    assert (await desk.read(leader, listed, unit=CREW, kind="rule"))["outcomes"] == []
    stranger = await desk.ask("auditor of the other company", listed, unit=CREW, kind="brand")
    assert stranger.status_code == 404
    shown = await desk.read(leader, HERE)
    assert (shown["theme"], shown["project"]["outcomes"]["b1"]["name"]) == ("基层党建创新拓展", "红色首班")
