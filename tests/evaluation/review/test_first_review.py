"""A company's first review over HTTP: from its list to what its committee has confirmed (R56)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from services.evaluation.api.review.cycle_acts import review_id
from tests.evaluation.review.a_review import EAST, GROUP, WEST, Review, project

DAYS = {"closed_from": "2025-10-01", "closed_until": "2026-09-30"}
OF_EAST = "party department of east"


async def opened(review: Review) -> str:
    """East's review of 2026, with three projects that have closed."""
    for number, mark in ((1, "7.5"), (2, "6"), (3, "8")):
        await review.closes(number, EAST, mark)
    await review.closes(4, WEST)
    await review.fixes_scores()
    await review.does("/reviews/open-cycle", OF_EAST, unit=EAST, year=2026, has_notice=False, **DAYS)
    return f"/reviews/{review_id(EAST, 2026)}"


async def test_what_closed_in_the_year_is_collected_at_once(review: Review) -> None:
    at = await opened(review)
    await review.does(f"{at}/collect-projects", OF_EAST)
    found = (await review.reads(f"{at}/projects", OF_EAST))["projects"]
    assert {one["project"] for one in found} == {str(project(n)) for n in (1, 2, 3)}
    assert all(one["place"] is None and one["award"] is None for one in found)
    await review.is_refused("NothingToCollect", f"{at}/collect-projects", OF_EAST)


async def test_nobody_collects_what_is_not_below_their_unit(review: Review) -> None:
    """R67: East's party department would read the title and score of West's project."""
    at = await opened(review)
    wests = {"project": str(project(4)), "exception": "a late closing body"}
    await review.is_refused("NotKnown", f"{at}/collect-projects", OF_EAST, projects=[wests])
    await review.does(f"{at}/collect-projects", OF_EAST, projects=[{"project": str(project(1))}])


async def test_who_reads_on_from_a_collection_has_read_what_it_follows_from(review: Review) -> None:
    """The closings, each in the ledger of its project: nobody hears of an award before its project."""
    at = await opened(review)
    told = await review.does(f"{at}/collect-projects", OF_EAST)
    head = (await review.desk.projects.ledgers.heads())[EAST].position
    found = await review.desk.own.ledgers.read_ledger(EAST, 0)
    (first, *_) = [one for one in found if one.envelope.name == "ProjectCollected"]
    assert told
    assert first.envelope.after[f"projects/{EAST}"] == head


async def test_a_project_competes_once_in_whatever_days_the_next_review_is_held(review: Review) -> None:
    """R24: in the cycle after its closing; what was left out there has not competed."""
    at = await opened(review)
    await review.does(f"{at}/collect-projects", OF_EAST)
    await review.does(f"{at}/leave-out", OF_EAST, project=str(project(2)), reason="二期并入")
    body = {"unit": EAST, "year": 2027, "has_notice": False, **DAYS}
    await review.does("/reviews/open-cycle", OF_EAST, **body)
    next_ = f"/reviews/{review_id(EAST, 2027)}"
    again = [{"project": str(project(1)), "exception": "请再评一次"}]
    await review.desk.caught_up()
    await review.is_refused("ReviewedInAnotherYear", f"{next_}/collect-projects", OF_EAST, projects=again)
    await review.does(f"{next_}/collect-projects", OF_EAST)
    found = (await review.reads(f"{next_}/projects", OF_EAST))["projects"]
    assert [one["project"] for one in found] == [str(project(2))]


async def test_it_ranks_by_closing_scores_and_recommends_by_quota(review: Review) -> None:
    """R56: of three closed projects one is recommended, the best."""
    at = await opened(review)
    for act in ("collect-projects", "close-collection"):
        await review.does(f"{at}/{act}", OF_EAST)
    await review.does(f"{at}/run-allocation", OF_EAST, reason="")
    found = (await review.reads(f"{at}/projects", OF_EAST))["projects"]
    assert [(one["project"], one["place"], one["award"]) for one in found] == [
        (str(project(3)), 1, "recommended"),
        (str(project(1)), 2, None),
        (str(project(2)), 3, None),
    ]
    assert Decimal(found[0]["score"]) > Decimal(found[1]["score"]) > Decimal(found[2]["score"])


async def test_only_who_runs_a_units_reviews_opens_one_and_sees_its_course(review: Review) -> None:
    at = await opened(review)
    await review.is_refused(
        "NotAllowed",
        "/reviews/open-cycle",
        "secretary of east 1",
        unit=EAST,
        year=2025,
        has_notice=False,
        **DAYS,
    )
    await review.is_refused("NotKnown", f"{at}/collect-projects", "party department of west")
    assert (await review.asks(f"{at}/projects", "secretary of east 1")).json()["code"] == "ReviewIsPrepared"
    assert (await review.asks(at, "secretary of west 1")).status_code == 404


async def test_a_review_has_a_year_and_that_of_the_group_a_notice(review: Review) -> None:
    """R62; and a year beyond what a database counts stands in no view."""
    await review.is_refused("NoSuchYear", "/reviews/open-cycle", unit=GROUP, year=2**40, **DAYS)
    without: dict[str, Any] = {"unit": GROUP, "year": 2026, "has_notice": False}
    await review.is_refused("GroupShowsItsAwards", "/reviews/open-cycle", **without, **DAYS)
    await review.does("/reviews/open-cycle", unit=GROUP, year=2026, **DAYS)
    at = f"/reviews/{review_id(GROUP, 2026)}"
    long = await review.desk.post(f"{at}/open-notice", "headquarters", working_days=10**9)
    assert long.status_code == 422
    assert [one["year"] for one in (await review.reads("/reviews"))["reviews"]] == [2026]


async def test_a_closing_result_is_appealed_to_the_level_above_and_then_adjusted(review: Review) -> None:
    """R54, R55: by the body that fixed it alone, and both figures stay."""
    for number in (1, 2):
        await review.closes(number)
    await review.fixes_scores(on=date(2026, 1, 21))
    at, other, lead = f"/scores/{project(2)}", f"/scores/{project(1)}", "secretary of east 1"
    asked = {"about": "closing", "reason": "a late figure"}
    await review.does(f"{at}/file-appeal", lead, **asked)
    await review.is_refused("AppealedAlready", f"{at}/file-appeal", lead, **asked)
    review.at(date(2026, 1, 28))
    await review.is_refused("AppealIsLate", f"{other}/file-appeal", "secretary of east 2", **asked)
    answer: dict[str, Any] = {"about": "closing", "accepted": True, "answer": "it counts"}
    await review.is_refused("NotAllowed", f"{at}/answer-appeal", OF_EAST, **answer)
    await review.does(f"{at}/answer-appeal", "headquarters", **answer)
    (told,) = (await review.reads(f"{at}/appeals", lead))["appeals"]
    assert (told["accepted"], told["answer"]) == (True, "it counts")
    adjusted = {"total": "60.50", "reason": "a late figure", "document": "〔2026〕31号"}
    await review.is_refused("NotAllowed", f"{at}/adjust-score", "headquarters", **adjusted)
    await review.does(f"{at}/adjust-score", OF_EAST, **adjusted)
    assert (await review.reads(at, lead))["fixed"] == "60.50"


async def test_another_units_project_is_not_found_by_its_id(review: Review) -> None:
    at = await opened(review)
    for strange in (project(4), project(99)):
        named = [{"project": str(strange), "exception": "they asked for it"}]
        await review.is_refused("NotKnown", f"{at}/collect-projects", OF_EAST, projects=named)
    await review.is_refused("FieldsWrong", f"{at}/collect-projects", OF_EAST, projects=[{"project": "x"}])
    await review.is_refused("NotAtThisStage", f"{at}/dissolve-panel", OF_EAST, panel="x", reason="none")
    for after in ("1:" + "-" * 36, "1:", "x"):
        assert (await review.asks(f"{at}/projects?after={after}", OF_EAST)).status_code == 422


async def test_who_stands_in_no_line_with_a_unit_hears_nothing_of_its_review(review: Review) -> None:
    at = await opened(review)
    outside = "secretary of west 1"
    assert (await review.asks(at, outside)).status_code == 404
    objection = {"project": str(project(1)), "text": "the figures are last year's"}
    await review.is_refused("NotKnown", f"{at}/file-objection", outside, **objection)
    appeal = {"about": "closing", "reason": "a late figure"}
    await review.is_refused("NotKnown", f"/scores/{project(1)}/file-appeal", outside, **appeal)
    assert (await review.reads("/reviews", outside))["reviews"] == []
    assert len((await review.reads("/reviews", "secretary of east 1"))["reviews"]) == 1
