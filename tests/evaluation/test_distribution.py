"""How points of closed projects lie by criterion, of those that the reader may see."""

from __future__ import annotations

from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from services.evaluation.domain.shares import share, shares
from tests.evaluation.review.a_review import EAST, WEST, Review, a_review
from tests.support.engines import Database


def test_quartiles_are_shares_that_somebody_has_and_the_last_tenth_holds_all_points() -> None:
    lie = shares([(0, 1), (5000, 1), (7500, 1), (10_000, 1)])
    assert lie is not None
    assert [lie.count, lie.least, lie.most] == [4, Decimal(0), Decimal(1)]
    assert lie.quartiles == (Decimal(0), Decimal("0.5"), Decimal("0.75"))
    assert lie.tenths == (1, 0, 0, 0, 0, 1, 0, 1, 0, 1)
    alone = shares([(3333, 1)])
    assert alone is not None
    assert (alone.quartiles, alone.tenths[3]) == ((Decimal("0.3333"),) * 3, 1)
    assert shares([]) is None


def test_many_of_one_share_count_as_many() -> None:
    lie = shares([(0, 1), (10_000, 3)])
    assert lie is not None
    assert lie.count == 4
    assert lie.quartiles == (Decimal(0), Decimal(1), Decimal(1))


def test_a_share_is_cut_and_not_rounded_up_to_all_points() -> None:
    assert (share(Decimal("7.9999"), Decimal(8)), share(Decimal(8), Decimal(8))) == (9999, 10_000)
    assert share(Decimal(0), Decimal(0)) == 0


SEE = {"party department of east": 2, "secretary of east 1": 1, "auditor": 4}


@pytest.fixture
async def review(database: Database, tmp_path: Path) -> AsyncIterator[Review]:
    async with a_review(database, tmp_path) as made:
        for number, company, mark, track in (
            (1, EAST, "8", "safety_quality"),
            (2, EAST, "6", "safety_quality"),
            (3, WEST, "4", "safety_quality"),
            (4, WEST, "2", "reform_innovation"),
        ):
            await made.closes(number, company, mark, track)
        await made.fixes_scores()
        yield made


async def lies(review: Review, name: str = "headquarters", **asked: str) -> dict[str, Any]:
    query = "&".join(f"{key}={value}" for key, value in asked.items())
    found = await review.reads(f"/scores/distribution?{query}", name)
    return {one["criterion"]: one for one in found["criteria"]}


async def test_every_criterion_is_told_of_what_one_may_see(review: Review) -> None:
    """R67: a secretary reads the own branch in it, and nobody else's."""
    everything = await lies(review)
    assert {"real_problem", "attainment", "milestones"} <= everything.keys()
    marks = everything["real_problem"]
    assert (marks["count"], marks["least"], marks["most"]) == (4, "0.2500", "1.0000")
    assert marks["quartiles"] == ["0.2500", "0.5000", "0.7500"]
    assert [one["count"] for one in marks["tenths"]] == [0, 0, 1, 0, 0, 1, 0, 1, 0, 1]
    assert [one["since"] for one in marks["tenths"]][:2] == ["0", "0.1"]
    counts = {name: (await lies(review, name))["real_problem"]["count"] for name in SEE}
    assert counts == SEE


async def test_one_track_and_one_criterion_may_be_asked_for(review: Review) -> None:
    (one,) = (await lies(review, track="safety_quality", criterion="real_problem")).values()
    assert (one["criterion"], one["count"]) == ("real_problem", 3)
    assert await lies(review, criterion="nothing") == {}
    answer = await review.asks("/scores/distribution?track=%00", "headquarters")
    assert answer.status_code == 422


async def test_a_project_that_is_closed_and_not_fixed_yet_is_in_nothing(review: Review) -> None:
    await review.closes(5, EAST, "1")
    assert (await lies(review))["real_problem"]["count"] == 4
