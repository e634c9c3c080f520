"""A hint against copying: what a proposal says that others of its company have said."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import pytest

from services.projects.likeness import Alike, alike, share_of
from services.projects.schema import DECIDERS
from tests.projects.a_desk import APPROVAL, HERE, Desk, reading_of
from tests.projects.a_group import OTHER_BRANCH, OTHER_COMPANY, PARTNER
from tests.projects.a_project import CONTENT, DRAFT, REVISE
from tests.support.engines import Database
from tests.support.living import house

LAST_YEAR, OF_ANOTHER, NEW, ELSEWHERE = (UUID(int=n) for n in (41, 42, 43, 44))


@pytest.mark.parametrize(
    ("one", "other", "share"),
    [
        ("班后擦净不签认", "班后擦净不签认", 1.0),
        ("班后擦净，不签认。", "班后 擦净不签认", 1.0),  # what nobody reads is not compared
        ("ABC", "abc", 1.0),
        ("班后擦净不签认", "设备停机时间长", 0.0),
        ("", "", 0.0),
        ("一", "一", 0.0),  # one sign says nothing
    ],
)
def test_texts_are_compared_by_their_pairs_of_signs(one: str, other: str, share: float) -> None:
    assert share_of(one, other) == share
    assert share_of(other, one) == share


def test_a_target_is_alike_only_with_the_same_figures() -> None:
    target = {"code": "rework", "name": "返修率", "kind": "lower", "baseline": "6.8", "target": "3.5"}
    assert list(alike({"targets": [target]}, {"targets": [target | {"code": "r"}]})) == [
        Alike("targets.rework", 1.0)
    ]
    assert list(alike({"targets": [target]}, {"targets": [target | {"target": "3.0"}]})) == []


@pytest.fixture
async def desk(database: Database, tmp_path: Path) -> AsyncIterator[Desk]:
    """This year's project says what last year's said; another branch's says something new."""
    other = replace(
        CONTENT,
        problem="夜班叉车在三号门会车，半年擦碰五次",
        business_goal="会车擦碰为零",
        measures=("划线", "限速"),
        acceptance_standard="连续三个月无擦碰",
        targets=(),
    )
    foreign = replace(DRAFT, unit=OTHER_BRANCH, company=OTHER_COMPANY)
    async with (
        house(database, "projects", DECIDERS) as home,
        reading_of(home, database, tmp_path) as built,
    ):
        await home.does(*APPROVAL, stream=LAST_YEAR)
        await home.does(*APPROVAL)
        await home.does(replace(DRAFT, unit=PARTNER), replace(REVISE, proposal=other), stream=NEW)
        await home.does(replace(DRAFT, unit=PARTNER), REVISE, stream=OF_ANOTHER)
        await home.does(foreign, REVISE, stream=ELSEWHERE, ledger="other company")
        yield built


async def test_who_writes_it_is_told_what_is_as_last_year(desk: Desk) -> None:
    told = await desk.read("secretary of the branch", f"{HERE}/similar")
    assert [(p["project"], p["own"]) for p in told["projects"]] == [(str(LAST_YEAR), True)]
    fields = {known["field"]: known["share"] for known in told["projects"][0]["fields"]}
    assert fields["problem"] == 1.0
    assert {f"targets.{target.code}" for target in CONTENT.targets} <= set(fields)


async def test_who_checks_it_is_told_of_the_whole_company_and_nobody_of_what_they_may_not_see(
    desk: Desk,
) -> None:
    told = await desk.read("party department", f"{HERE}/similar")
    assert {p["project"] for p in told["projects"]} == {str(LAST_YEAR), str(OF_ANOTHER)}
    assert told["compared"] == 3
    assert (await desk.ask("stranger", f"{HERE}/similar")).json()["code"] == "NotKnown"
