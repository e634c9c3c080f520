"""Two replicas that take acts at the same moment: what is recorded is as if one had come after the other."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, time
from typing import Any
from uuid import UUID

import pytest

from services.evaluation.api.review.cycle_acts import review_id
from services.evaluation.appraisal.adjusting import AdjustingAppraisals
from services.evaluation.domain.review.panel import PANEL
from services.evaluation.domain.review.panel.sealing import digest
from services.projects.domain.meeting.acts import MeetingConfirmed
from services.projects.domain.meeting.votes import ItemResult
from tests.evaluation.review.a_review import EAST, SOMEBODY, Happened, Review, project
from tests.evaluation.review.test_first_review import OF_EAST
from tests.evaluation.review.test_first_review import opened as first_review_opened
from tests.evaluation.review.test_group_review import (
    AT,
    MEETINGS,
    chair_of,
    collected,
    judging,
    marks,
    named,
    opened,
    scored,
)
from tests.evaluation.review.two_replicas import Replicas, two_replicas
from tests.evaluation.test_issued import BRANCH, ISSUE, adjust_score
from tests.projects import a_project as p
from tests.support.engines import Database

LEAD = "secretary of east 1"
NOTHING: dict[str, Any] = {}


@pytest.fixture
async def two(review: Review, database: Database) -> AsyncIterator[Replicas]:
    async with two_replicas(review, database) as replicas:
        yield replicas


async def test_two_cards_that_come_at_once_both_stand(two: Replicas) -> None:
    """R59."""
    review = two.first
    panel = await opened(review)
    who = sorted((await judging(review, panel)).values())
    queues = {name: (await review.reads(f"{AT}/queue", name))["panels"] for name in who}
    readers = [name for name in who if 1 in {d["number"] for own in queues[name] for d in own["dossiers"]}]
    cards = [
        {"number": 1, "marks": await marks(review, panel, 1, name, share)}
        for name, share in zip(readers, ("0.8", "0.6"), strict=False)
    ]
    one, other = [
        (f"{panel}/submit-scorecard", name, card) for name, card in zip(readers, cards, strict=False)
    ]
    assert await two.at_once(one, other) == ["done", "done"]
    (line,) = (await review.reads(f"{AT}/board"))["panels"]
    assert line["cards"] == 2


async def test_no_panel_is_sealed_over_a_card_that_nobody_saw(two: Replicas) -> None:
    """R59: the card comes first and the signature is refused, or the seal does and the card is refused."""
    review = two.first
    panel = await opened(review)
    who = await scored(review, panel)
    chair = await chair_of(review, who)
    seen = (await review.reads(panel, chair))["seen"]
    for signing, name in (("chair", chair), ("clerk", "clerk")):
        await review.does(f"{panel}/sign-panel", name, signing=signing, seen=seen)
    queues = {name: (await review.reads(f"{AT}/queue", name))["panels"] for name in who.values()}
    name = next(name for name, (own,) in queues.items() if own["of"] and name != chair)  # not a substitute
    number = queues[name][0]["dossiers"][0]["number"]
    card = {"number": number, "marks": await marks(review, panel, number, name, "0.6")}
    told = await two.at_once(
        (f"{panel}/submit-scorecard", name, card),
        (f"{panel}/sign-panel", "discipline", {"signing": "supervisor", "seen": seen}),
    )
    assert told in (["done", "Stale"], ["PanelIsSealed", "done"])
    stands = (await review.desk.parts.streams.now(PANEL, UUID(panel.removeprefix("/panels/")))).state
    assert (stands.sealed, digest(stands) == seen) == ((True, True) if told[1] == "done" else (False, False))


async def test_of_two_who_open_the_same_panel_one_does(two: Replicas) -> None:
    """R57: its jurors are drawn once."""
    review = two.first
    await collected(review)
    panel = await named(review)
    await review.does(f"{panel}/fix-lot")
    act = (f"{panel}/open-panel", "headquarters", {"due": "2026-11-14"})
    assert sorted(await two.at_once(act, act)) == ["PanelIsOpen", "done"]
    assert len(await review.named("group", "PanelOpened")) == 1


async def allocated(review: Review, *, has_notice: bool) -> str:
    """East's own review of three projects, of which the best is recommended."""
    if not has_notice:
        at = await first_review_opened(review)
    else:
        await review.closes(1)
        await review.fixes_scores()
        days = {"closed_from": "2025-10-01", "closed_until": "2026-09-30"}
        await review.does("/reviews/open-cycle", OF_EAST, unit=EAST, year=2026, has_notice=True, **days)
        at = f"/reviews/{review_id(EAST, 2026)}"
    for act in ("collect-projects", "close-collection"):
        await review.does(f"{at}/{act}", OF_EAST)
    await review.does(f"{at}/run-allocation", OF_EAST, reason="")
    return at


async def decided(review: Review, at: str) -> dict[str, str]:
    """East's committee has confirmed it in a meeting."""
    meeting = str(UUID(int=7))
    item = ItemResult(1, f"{at.removeprefix('/reviews/')}/run/1", "hash", "passed", 7, 7, 0, 7, 0, 0, "")
    event = MeetingConfirmed(meeting, EAST, "party_committee", date(2026, 11, 2), "〔2026〕14号", (item,))
    happened = Happened(p.SECRETARY, (event,))
    await review.desk.projects.does(happened, decider=MEETINGS, stream=UUID(int=77), ledger=EAST)
    await review.desk.caught_up()
    return {"meeting": meeting}


async def test_no_notice_is_closed_over_an_objection_that_nobody_answered(two: Replicas) -> None:
    """R62: at midnight, when for one replica the notice is over and for the other it is not."""
    review = two.first
    at = await allocated(review, has_notice=True)
    await review.does(f"{at}/open-notice", OF_EAST, working_days=5)
    last = date.fromisoformat((await review.reads(at, OF_EAST))["notice_until"])
    review.at(date.fromordinal(last.toordinal() + 1))
    objection = {"project": str(project(1)), "text": "the figures are last year's"}
    told = await two.at_once(
        (f"{at}/close-notice", OF_EAST, NOTHING),
        (f"{at}/file-objection", SOMEBODY, objection),
        behind=datetime.combine(last, time(15, 59), UTC),
    )
    assert told in (["done", "NotAtThisStage"], ["ObjectionsAreOpen", "done"])
    closed, filed = [len(await review.named(EAST, name)) for name in ("NoticeClosed", "ObjectionFiled")]
    assert (closed, filed) == ((1, 0) if told[0] == "done" else (0, 1))


async def test_no_award_is_confirmed_that_is_held(two: Replicas) -> None:
    """R64, R65: the hold comes first and nothing is left to confirm, or the award stands and is not held."""
    review = two.first
    at = await allocated(review, has_notice=False)
    meeting = await decided(review, at)
    hold = {"project": str(project(3)), "until": "2026-11-30"}
    told = await two.at_once(
        (f"{at}/hold-result", "discipline", hold), (f"{at}/confirm-awards", OF_EAST, meeting)
    )
    assert told in (["done", "NothingToConfirm"], ["HasNoAward", "done"])
    held, confirmed = [len(await review.named(EAST, name)) for name in ("ResultHeld", "AwardsConfirmed")]
    assert held + confirmed == 1


async def test_the_minutes_of_one_meeting_confirm_awards_once(two: Replicas) -> None:
    """R65."""
    review = two.first
    at = await allocated(review, has_notice=False)
    act = (f"{at}/confirm-awards", OF_EAST, await decided(review, at))
    assert sorted(await two.at_once(act, act)) == ["DecisionIsUsed", "done"]
    assert len(await review.named(EAST, "AwardsConfirmed")) == 1


async def test_of_two_appeals_of_one_result_one_is_filed(two: Replicas) -> None:
    """R55."""
    review = two.first
    await review.closes(2)
    await review.fixes_scores(on=date(2026, 1, 21))
    act = (f"/scores/{project(2)}/file-appeal", LEAD, {"about": "closing", "reason": "一个读数迟到"})
    assert sorted(await two.at_once(act, act)) == ["AppealedAlready", "done"]
    assert len(await review.named(EAST, "AppealFiled")) == 1


async def test_a_units_year_is_issued_once_and_a_change_of_it_is_said_once(two: Replicas) -> None:
    """R63."""
    review = two.first
    await review.closes(2)
    await review.fixes_scores(on=date(2026, 10, 20))
    act = (ISSUE, OF_EAST, {"unit": BRANCH, "year": 2026})
    assert sorted(await two.at_once(act, act)) == ["AppraisalIsIssued", "done"]
    await adjust_score(review)
    await review.desk.caught_up()
    works = [AdjustingAppraisals(one.desk.parts) for one in (two.first, two.second)]
    await asyncio.gather(*(work.adjust_changed() for work in works))
    assert len(await review.named(EAST, "AppraisalAdjusted")) == 1
