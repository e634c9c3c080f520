"""R16, R18: what changed in the rules since a draft began or a proposal was pinned, and what it may adopt."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from msgspec import to_builtins

from cli.example.programme import content
from services.projects.domain.project.approval import ReturnProposal
from services.projects.domain.project.proposal import AdoptProgramme
from services.projects.domain.project.route import Wanted
from services.projects.schema import DECIDERS
from shared import roster
from tests.projects.a_desk import HERE, Desk, reading_of
from tests.projects.a_group import appointed, registered
from tests.projects.a_project import BRANCH, COMPANY, DRAFT, PRECHECKER, REVISE, ROUTE, SECRETARY, SUBMIT
from tests.support.engines import Database
from tests.support.living import BEGINS, house
from tests.support.recorded import recorded

BEGAN = BEGINS.date()
TITLES = json.dumps({"titles": {"party_department": "党群工作部"}}, ensure_ascii=False)
RETURN = ReturnProposal(PRECHECKER, 0, (Wanted("补充数据", "problem"),), True, ROUTE[0].seats[0])


def window(days: int) -> str:
    text = content().replace('"claim_window_working_days":3', f'"claim_window_working_days":{days}')
    assert days == 3 or text != content()
    return text


def changed(before: int, after: int) -> list[dict[str, Any]]:
    place = {"place": "deadlines.claim_window_working_days", "kind": "changed"}
    return [place | {"before": before, "after": after}]


@pytest.fixture
async def desk(database: Database, tmp_path: Path) -> AsyncIterator[Desk]:
    """With a version in force from the day on which everything begins."""
    async with (
        house(database, "projects", DECIDERS) as home,
        reading_of(home, database, tmp_path, begun=False) as built,
    ):
        publishes(built, roster.ProgrammePublished("2026.1", 2026, BEGAN, window(3), "one"))
        yield built


def publishes(desk: Desk, *events: Any) -> None:
    known = desk.parts.organisation
    for position, event in enumerate(events, known.position + 1):
        known.apply(recorded(position, event))


async def told(desk: Desk) -> dict[str, Any]:
    answer = await desk.ask("secretary of the branch", f"{HERE}/programme")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def later(days: int) -> date:
    return BEGAN + timedelta(days)


async def test_a_draft_goes_by_what_is_in_force_and_is_told_what_changed_since_it_began(desk: Desk) -> None:
    """R16: there is never a day without rules, and what is not yet in force does not apply."""
    await desk.house.does(DRAFT)
    publishes(desk, roster.ProgrammePublished("2026.2", 2026, later(30), window(5), "two"))
    now = await told(desk)
    assert (now["programme"]["version"], now["pinned"], now["changes"]) == ("2026.1", False, [])
    assert [version["version"] for version in now["not_yet"]] == ["2026.2"]
    desk.later(days=30)
    then = await told(desk)
    assert (then["programme"]["version"], then["since"]) == ("2026.2", BEGAN.isoformat())
    assert (then["changes"], then["not_yet"], then["may_adopt"]) == (changed(3, 5), [], None)


async def test_a_returned_proposal_keeps_its_pair_and_is_shown_what_it_may_adopt(desk: Desk) -> None:
    """R18, R22."""
    await desk.house.does(DRAFT, REVISE, SUBMIT, RETURN)
    same = await told(desk)
    assert (same["programme"]["version"], same["pinned"], same["may_adopt"]) == ("2026.1", True, None)
    publishes(
        desk,
        roster.ProgrammePublished("2026.2", 2026, later(1), window(5), "two"),
        roster.SupplementPublished(COMPANY, "2026-1", "2026.2", later(1), TITLES, "titles"),
    )
    desk.later(days=1)
    newer = await told(desk)
    assert (newer["programme"]["version"], newer["supplement"]) == ("2026.1", "")
    assert (newer["may_adopt"]["version"], newer["may_adopt_supplement"]) == ("2026.2", "2026-1")
    assert newer["changes"] == changed(3, 5)
    assert [difference["place"] for difference in newer["supplement_changes"]] == ["titles"]
    await desk.house.does(AdoptProgramme(SECRETARY, "2026.2", "2026.2", "2026-1", "2026-1"))
    adopted = await told(desk)
    assert (adopted["programme"]["version"], adopted["supplement"]) == ("2026.2", "2026-1")
    assert (adopted["pinned"], adopted["changes"], adopted["may_adopt"]) == (False, [], None)


async def test_a_version_that_applies_on_resubmission_is_adopted_before(desk: Desk) -> None:
    """R19, R18: who leads has seen what it changes, and submits then."""
    await desk.house.does(DRAFT, REVISE, SUBMIT, RETURN)
    applies = (roster.Applies("deadlines", "resubmission"),)
    chief = (registered("chief", BRANCH), appointed("chief", "party_secretary", COMPANY))
    newer = roster.ProgrammePublished("2026.2", 2026, later(1), window(5), "two", applies=applies)
    publishes(desk, *chief, newer)
    leader, resolved = "secretary of the branch", {"resolution": to_builtins(SUBMIT.resolution)}
    assert (await told(desk))["must_adopt"] is False
    desk.later(days=1)
    assert (await told(desk))["must_adopt"] is True
    refused = await desk.post(leader, "submit-proposal", **resolved)
    assert (refused.status_code, refused.json()["code"]) == (409, "NewerVersionApplies")
    adopted = await desk.post(leader, "adopt-programme", seen="2026.2", seen_supplement="")
    assert adopted.status_code == 200, adopted.text
    sent = await desk.post(leader, "submit-proposal", **resolved)
    assert sent.status_code == 200, sent.text
    now = await told(desk)
    assert (now["programme"]["version"], now["must_adopt"]) == ("2026.2", False)


async def test_a_project_that_runs_keeps_its_version_and_is_told_what_a_corrigendum_mended(
    desk: Desk,
) -> None:
    """R18, R21."""
    await desk.house.does(DRAFT, REVISE, replace(SUBMIT, programme="2026.1"))
    publishes(
        desk,
        roster.ProgrammePublished("2026.2", 2026, later(1), window(5), "two"),
        roster.ProgrammePublished("2026.1c", 2026, later(2), window(2), "mended", "2026.1"),
    )
    desk.later(days=1)
    assert (await told(desk))["changes"] == []
    desk.later(days=1)
    mended = await told(desk)
    assert (mended["programme"]["version"], mended["programme"]["corrected_by"]) == ("2026.1", "2026.1c")
    assert (mended["changes"], mended["may_adopt"]) == (changed(3, 2), None)


async def test_nobody_is_told_of_the_rules_of_a_project_that_they_do_not_see(desk: Desk) -> None:
    await desk.house.does(DRAFT)
    hidden = await desk.ask("secretary of the other branch", f"{HERE}/programme")
    assert (hidden.status_code, hidden.json()["code"]) == (404, "NotKnown")
