"""What nobody can do to a panel over HTTP: join it, see its cards, sign or draw it out of turn."""

from __future__ import annotations

from typing import Any

from tests.evaluation.review.a_review import GROUP, JURORS, Review, listed
from tests.evaluation.review.test_group_review import (
    collected,
    named,
    opened,
)
from tests.projects.a_group import person


async def test_whoever_runs_the_review_is_no_juror_of_it_and_no_stranger_is(review: Review) -> None:
    """R57, R61: headquarters added itself, named itself chair and read all cards."""
    panel = await opened(review)
    itself: dict[str, Any] = {"person": person("headquarters"), "source": "external"}
    await review.is_refused("WhoRunsDoesNotJudge", f"{panel}/add-juror", **itself)
    await review.does("/juror-pool/list-juror", unit=GROUP, juror=listed("headquarters"))
    await review.desk.caught_up()
    await review.is_refused("WhoRunsDoesNotJudge", f"{panel}/add-juror", **itself)
    stranger: dict[str, Any] = {"person": person("source department"), "source": "external"}
    await review.is_refused("NotOfThePool", f"{panel}/add-juror", **stranger)
    await review.does("/juror-pool/list-juror", unit=GROUP, juror=listed("source department"))
    await review.does(f"{panel}/add-juror", **stranger)


async def test_whoever_runs_the_review_is_not_drawn_though_the_pool_names_them(review: Review) -> None:
    """R61."""
    await collected(review)
    for name in JURORS[4:]:
        await review.does("/juror-pool/strike-juror", unit=GROUP, person=person(name), reason="away")
    await review.does("/juror-pool/list-juror", unit=GROUP, juror=listed("headquarters", "senior"))
    panel = await named(review)
    await review.does(f"{panel}/fix-lot")
    await review.is_refused("TooFewJurors", f"{panel}/open-panel", due="2026-11-14")
