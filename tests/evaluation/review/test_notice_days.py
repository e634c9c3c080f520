"""How long awards are shown before they are confirmed, and what an objection then asks for (R62)."""

from __future__ import annotations

import json
from datetime import date

from shared import roster
from tests.evaluation.review.a_review import GROUP, SOMEBODY, VERSION, Review, project
from tests.evaluation.review.test_group_review import AT, judged
from tests.support.recorded import recorded

LATER = date(2026, 11, 1)


def noticed_for(days: int) -> str:
    return json.dumps({"deadlines": {"public_notice_working_days": days}})


async def test_a_notice_lasts_as_long_as_the_reviews_version_says_and_not_shorter(review: Review) -> None:
    """R20, R21: as the last corrigendum has the pinned version, and not as a later version says."""
    await judged(review)
    await review.does(f"{AT}/run-allocation", reason="")
    known = review.desk.organisation
    for event in (
        roster.ProgrammePublished("2027.1", 2027, LATER, noticed_for(2), "later"),
        roster.ProgrammePublished("2026.1更1", 2026, LATER, noticed_for(7), "mended", corrects=VERSION),
    ):
        known.apply(recorded(known.position + 1, event))
    await review.is_refused("NoticeLasts", f"{AT}/open-notice", working_days=6)
    await review.does(f"{AT}/open-notice")
    (opened,) = [one.event for one in await review.named("group", "NoticeOpened")]
    assert opened.until == known.working_day_after(opened.since, 7, [GROUP])


async def test_an_accepted_objection_is_seen_to_wait_for_a_run_until_it_is_made(review: Review) -> None:
    """R62: by who runs the review; whoever objected reads their own, and no more of its course."""
    await judged(review)
    await review.does(f"{AT}/run-allocation", reason="")
    await review.does(f"{AT}/open-notice")
    await review.does(f"{AT}/file-objection", SOMEBODY, project=str(project(3)), text="last year's figures")
    assert not (await review.reads(f"{AT}/objections"))["awaits_run"]
    await review.does(f"{AT}/answer-objection", "discipline", number=1, accepted=True, answer="so it is")
    assert (await review.reads(f"{AT}/objections"))["awaits_run"]
    assert not (await review.reads(f"{AT}/objections", SOMEBODY))["awaits_run"]
    await review.does(f"{AT}/run-allocation", reason="an objection was accepted")
    assert not (await review.reads(f"{AT}/objections"))["awaits_run"]
