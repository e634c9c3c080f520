"""What becomes of marks once a group's committee has confirmed its awards (R54, R63 to R65)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import update

from services.evaluation.appraisal.issuing import appeal_id
from services.evaluation.domain.review.mark import ReviewScoreFixed
from services.evaluation.review.view import REVIEWS
from services.evaluation.review.view.tables import NO_PLACE
from shared.engines import begin
from tests.evaluation.review import test_group_review as g
from tests.evaluation.review.a_review import Review, project

BEST, NEXT = project(3), project(1)
REVIEW = g.AT.removeprefix("/reviews/")
ANOTHER = str(UUID(int=8))


async def best_marks(
    review: Review, panel: str, number: int, name: str, _share: str = ""
) -> list[dict[str, Any]]:
    """So that every project reaches a floor."""
    page = await review.reads(f"{panel}/cards/{number}", name)
    return [{"criterion": one["code"], "points": f"{Decimal(one['weight']):.2f}"} for one in page["criteria"]]


async def noticed(review: Review, monkeypatch: pytest.MonkeyPatch, held: str = "") -> None:
    """All four are awarded and were shown to the public; the best one is held where it says until when."""
    monkeypatch.setattr(g, "marks", best_marks)
    await g.judged(review)
    await review.does(f"{g.AT}/run-allocation", reason="")
    await review.does(f"{g.AT}/open-notice", working_days=5)
    if held:
        await review.does(f"{g.AT}/hold-result", "discipline", project=str(BEST), until=held)
    review.at(date(2026, 12, 1))
    await review.does(f"{g.AT}/close-notice")
    await g.confirmed_by_meeting(review, g.MEETING_ID)


async def marks_of(review: Review) -> dict[str, Any]:
    return {one.event.project: one.event for one in await review.named("group", "ReviewScoreFixed")}


async def standings(review: Review) -> dict[str, tuple[str | None, str]]:
    found = (await review.reads(f"{g.AT}/projects"))["projects"]
    return {one["project"]: (one["award"], one["standing"]) for one in found}


async def test_what_was_held_has_its_mark_with_its_award_once_it_is_confirmed_itself(
    review: Review, monkeypatch: pytest.MonkeyPatch
) -> None:
    """R54, R64: not when the hold ends, while nobody has decided on it."""
    await noticed(review, monkeypatch, held="2026-12-30")
    await review.does(f"{g.AT}/confirm-awards", meeting=g.MEETING_ID)
    await review.does(f"{g.AT}/end-hold", "discipline", project=str(BEST))
    await review.fixes_marks()
    assert {*await marks_of(review)} == {str(project(number)) for number in g.NUMBERS} - {str(BEST)}
    await review.is_refused("DecisionIsUsed", f"{g.AT}/confirm-awards", meeting=g.MEETING_ID)
    await g.confirmed_by_meeting(review, ANOTHER)
    await review.does(f"{g.AT}/confirm-awards", meeting=ANOTHER)
    assert await review.fixes_marks() == 1
    award, standing = (await standings(review))[str(BEST)]
    assert ((await marks_of(review))[str(BEST)].award, standing) == (award, "confirmed")
    assert award is not None


async def test_a_hold_that_ran_out_before_confirmation_is_not_ended_after_it(
    review: Review, monkeypatch: pytest.MonkeyPatch
) -> None:
    """R64: the award stands, and goes on standing in the list."""
    await noticed(review, monkeypatch, held="2026-11-30")
    await review.does(f"{g.AT}/confirm-awards", meeting=g.MEETING_ID)
    await review.is_refused("NotHeld", f"{g.AT}/end-hold", "discipline", project=str(BEST))
    assert (await standings(review))[str(BEST)][1] == "confirmed"


async def test_minutes_carry_what_they_are_about_and_nothing_else(
    review: Review, monkeypatch: pytest.MonkeyPatch
) -> None:
    """R63, R65: those that confirmed an award do not revoke it, nor those about another project."""
    await noticed(review, monkeypatch)
    await g.confirmed_by_meeting(review, ANOTHER, "run/2")
    early = {"meeting": ANOTHER}
    await review.desk.caught_up()
    await review.is_refused("NotKnown", f"{g.AT}/confirm-awards", **early)
    await review.does(f"{g.AT}/confirm-awards", meeting=g.MEETING_ID)
    revoke = {"project": str(BEST), "reason": "false figures"}
    await review.is_refused("NotKnown", f"{g.AT}/revoke-award", **revoke, meeting=g.MEETING_ID)
    await g.confirmed_by_meeting(review, ANOTHER, f"revoke/{NEXT}")
    await review.desk.caught_up()
    await review.is_refused("NotKnown", f"{g.AT}/revoke-award", **revoke, meeting=ANOTHER)
    await g.confirmed_by_meeting(review, ANOTHER, f"revoke/{BEST}")
    await review.does(f"{g.AT}/revoke-award", **revoke, meeting=ANOTHER)
    assert (await standings(review))[str(BEST)][1] == "revoked"


async def test_a_mark_that_cannot_be_fixed_holds_up_no_other(
    review: Review, monkeypatch: pytest.MonkeyPatch
) -> None:
    await noticed(review, monkeypatch)
    await review.does(f"{g.AT}/confirm-awards", meeting=g.MEETING_ID)
    await review.desk.caught_up()
    entrants, broken = REVIEWS.table("entrants"), project(1)
    async with begin(review.desk.reviews.engine) as connection:
        await connection.execute(
            update(entrants).where(entrants.c.project == broken).values(score="no number")
        )
    assert await review.fixes_marks() == len(g.NUMBERS) - 1
    assert str(broken) not in await marks_of(review)


async def test_each_reviews_mark_is_appealed_and_the_groups_own_is_answered_by_who_did_not_run_it(
    review: Review, monkeypatch: pytest.MonkeyPatch
) -> None:
    """R55: nobody is above the group, so discipline answers, and headquarters does not."""
    await noticed(review, monkeypatch)
    await review.does(f"{g.AT}/confirm-awards", meeting=g.MEETING_ID)
    await review.fixes_marks()
    at, lead = f"/scores/{BEST}", "secretary of west 2"
    asked = {"about": "review", "reason": "a card that was read wrong"}
    await review.does(f"{at}/file-appeal", lead, **asked)
    await review.is_refused("AppealedAlready", f"{at}/file-appeal", lead, **asked, review=REVIEW)
    answer: dict[str, Any] = {"about": "review", "accepted": True, "answer": "it counts"}
    await review.is_refused("AnsweredByAnother", f"{at}/answer-appeal", "headquarters", **answer)
    await review.does(f"{at}/answer-appeal", "other discipline", **answer)
    (told,) = (await review.reads(f"{at}/appeals", lead))["appeals"]
    assert (told["review"], told["accepted"]) == (REVIEW, True)
    assert appeal_id(BEST, "review", REVIEW) != appeal_id(BEST, "review", str(UUID(int=9)))


async def test_a_mark_follows_what_the_committee_decided_since_and_its_body_adjusts_it(
    review: Review, monkeypatch: pytest.MonkeyPatch
) -> None:
    """R54, R55, R63: what was fixed stays; a revocation and an accepted appeal stand beside it."""
    await noticed(review, monkeypatch)
    await review.does(f"{g.AT}/confirm-awards", meeting=g.MEETING_ID)
    await review.fixes_marks()
    fixed = (await marks_of(review))[str(BEST)]
    await g.confirmed_by_meeting(review, ANOTHER, f"revoke/{BEST}")
    await review.does(f"{g.AT}/revoke-award", project=str(BEST), reason="false figures", meeting=ANOTHER)
    assert await review.fixes_marks() == 1
    assert await review.fixes_marks() == 0
    at, said = f"/scores/{BEST}", {"review": REVIEW, "reason": "misread", "document": "〔2027〕3号"}
    await review.is_refused("NotAllowed", f"{at}/adjust-review-score", "discipline", **said, score="80.5")
    await review.is_refused("ScoreOutOfRange", f"{at}/adjust-review-score", **said, score="80.555")
    await review.does(f"{at}/adjust-review-score", **said, score="80.50")
    follows, adjusted = (one.event for one in await review.named("group", "ReviewScoreAdjusted"))
    assert (follows.award_before, follows.award, follows.reason) == (fixed.award, None, "false figures")
    assert (follows.before, follows.score) == (fixed.score, fixed.score)
    assert (adjusted.before, adjusted.score, adjusted.award) == (fixed.score, Decimal("80.50"), None)
    assert (await marks_of(review))[str(BEST)] == fixed
    assert await review.fixes_marks() == 0
    strange = {**said, "review": str(UUID(int=9))}
    await review.is_refused("ScoreNotFixed", f"{at}/adjust-review-score", **strange, score="80.50")
    await _both_are_read(review, fixed)


async def _both_are_read(review: Review, fixed: ReviewScoreFixed) -> None:
    """Beside each other, by the unit that has the project as by headquarters; by nobody else."""
    for name in ("headquarters", "secretary of west 2"):
        (mark,) = (await review.reads(f"/scores/{BEST}/marks", name))["marks"]
        assert (mark["score"], mark["in_force"], mark["award"]) == (f"{fixed.score}", "80.50", fixed.award)
        changes = [(one["before"], one["score"], one["award"]) for one in mark["adjustments"]]
        assert changes == [(f"{fixed.score}", f"{fixed.score}", None), (f"{fixed.score}", "80.50", None)]
        assert mark["adjustments"][1]["document"] == "〔2027〕3号"
    assert (await review.asks(f"/scores/{BEST}/marks", "secretary of east 1")).status_code == 404


async def test_what_left_a_review_before_its_places_has_a_mark_too(
    review: Review, monkeypatch: pytest.MonkeyPatch
) -> None:
    """R54, R55: of no place and no award, and open to an appeal."""
    await noticed(review, monkeypatch)
    await review.does(f"{g.AT}/confirm-awards", meeting=g.MEETING_ID)
    await review.desk.caught_up()
    entrants = REVIEWS.table("entrants")
    left = {"run": 0, "place": NO_PLACE, "award": None, "standing": "", "out": "not_among_the_best"}
    async with begin(review.desk.reviews.engine) as connection:
        await connection.execute(update(entrants).where(entrants.c.project == NEXT).values(**left))
    assert await review.fixes_marks() == len(g.NUMBERS)
    mark = (await marks_of(review))[str(NEXT)]
    assert (mark.place, mark.award, mark.decision) == (None, None, "〔2026〕14号")
