"""A score as of any moment: the same that was shown then, by the record and nothing else (0087)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import httpx
import yaml
from msgspec import structs

from services.evaluation.domain import heard
from services.evaluation.domain.project_score import PROJECT_SCORE
from services.evaluation.past import read, tally_of
from services.projects.domain.project.secrecy import WithdrawText
from shared.bus import Bus
from shared.decision import Read
from shared.moments import Moment, held
from shared.sources import FeedSource
from shared.withdrawn import MARK, hash_of
from tests.evaluation.a_desk import Desk
from tests.evaluation.a_programme import published
from tests.evaluation.test_project_score import ADJUST, FIX
from tests.evaluation.test_scores_view import SHANGHAI, TO_APPROVAL, TO_CLOSING
from tests.evaluation.test_what_if import SHIPPED, doubled
from tests.projects import a_project as p
from tests.projects.a_group import person
from tests.projects.test_succession import MOVE, NEW_COMPANY, RECEIVE
from tests.support.living import THE_PROJECT
from tests.support.recorded import recorded

SCORE = f"/scores/{THE_PROJECT}"
REPLAY = f"{SCORE}/replay"
AUDITOR = "auditor of the company"


async def answered(desk: Desk, path: str, **query: Any) -> dict[str, Any]:
    answer = await desk.get(f"{path}?{httpx.QueryParams(query)}")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def now(desk: Desk) -> dict[str, Any]:
    """The score as it is shown at this moment, without how far the view has come."""
    return {**await answered(desk, SCORE), "complete_to": None}


def of(replayed: dict[str, Any]) -> dict[str, Any]:
    return {**replayed["score"], "complete_to": None}


async def test_at_every_moment_it_is_the_score_that_was_shown_then_to_the_last_digit(desk: Desk) -> None:
    """R54, R85: over a whole life, and as of now it is the score of now."""
    await desk.projects.does(p.DRAFT)
    shown: list[tuple[datetime, dict[str, Any]]] = []
    for act in (*TO_APPROVAL[1:], *p.WORK, *TO_CLOSING):
        await desk.projects.does(act)
        shown.append((desk.projects.clock.now(), await now(desk)))
    assert of(await answered(desk, REPLAY)) == shown[-1][1]
    desk.projects.clock.set(desk.projects.clock.now() + timedelta(days=40))
    for at, then in shown:
        assert of(await answered(desk, REPLAY, at=at.isoformat())) == then, at
    assert of(await answered(desk, REPLAY)) == await now(desk)


async def test_a_moment_is_answered_the_same_whatever_happens_afterwards(desk: Desk) -> None:
    await desk.projects.does(*TO_APPROVAL, *p.WORK[:4])
    first = await answered(desk, REPLAY)
    pinned = first["moment"]
    assert (pinned["by"], pinned["position"]) == ("entered", first["score"]["position"])
    await desk.projects.does(*p.WORK[4:], *TO_CLOSING)
    desk.projects.clock.set(desk.projects.clock.now() + timedelta(days=1))
    assert of(await answered(desk, REPLAY, **pinned)) == of(first) != of(await answered(desk, REPLAY))


async def test_the_fixed_score_is_the_one_that_stood_then(desk: Desk) -> None:
    """R54: an adjustment is shown from its moment on, and not before."""
    await desk.projects.does(*TO_APPROVAL)
    moments = []
    fixing = replace(FIX, project=str(THE_PROJECT), body=p.COMPANY)
    for act in (fixing, replace(ADJUST, by=replace(ADJUST.by, unit=p.COMPANY))):
        desk.own.clock.set(desk.projects.clock.now() + timedelta(minutes=1))
        await desk.own.does(act, decider=PROJECT_SCORE)
        desk.projects.clock.set(desk.own.clock.now() + timedelta(minutes=1))
        moments.append(desk.projects.clock.now())
    desk.projects.clock.set(desk.projects.clock.now() + timedelta(minutes=1))
    before = desk.own.clock.now() - timedelta(minutes=30)
    found = [(await answered(desk, REPLAY, at=at.isoformat()))["score"] for at in moments]
    assert [(one["kind"], one["fixed"]) for one in found] == [("reference", "0.00"), ("reference", "85.50")]
    assert found[0]["fixed_event"] == found[1]["fixed_event"] == "evaluation/company/1"
    assert (await desk.get(f"{REPLAY}?{httpx.QueryParams(at=before.isoformat())}")).status_code == 404


async def test_the_scheme_is_the_version_as_it_read_then(desk: Desk) -> None:
    """R21: a corrigendum mends what is computed from its day on; what was shown before it stays."""
    await published(desk.projects, yaml.safe_load(SHIPPED))
    await desk.projects.does(*TO_APPROVAL, *p.WORK)
    then, at = await now(desk), desk.projects.clock.now()
    await published(desk.projects, doubled(), mended=True)
    desk.projects.clock.set(desk.projects.clock.now() + timedelta(minutes=1))
    mended = await now(desk)
    assert mended["scheme"] != then["scheme"]
    assert of(await answered(desk, REPLAY, at=at.isoformat())) == then
    assert of(await answered(desk, REPLAY)) == mended


async def test_another_version_is_asked_about_the_past_too(desk: Desk) -> None:
    await published(desk.projects, yaml.safe_load(SHIPPED))
    await desk.projects.does(*TO_APPROVAL)
    at = desk.projects.clock.now()
    await desk.projects.does(*p.WORK, *TO_CLOSING)
    await published(desk.projects, doubled(), version="2027.1", number=3)
    desk.projects.clock.set(desk.projects.clock.now() + timedelta(minutes=1))
    then = await answered(desk, REPLAY, at=at.isoformat(), under="2027.1")
    assert Decimal(then["under"]["open"]) == Decimal(then["score"]["open"]) == 100
    today = await answered(desk, REPLAY, under="2027.1")
    assert today["under"] == (await answered(desk, f"/what-if/2027.1/{THE_PROJECT}"))["under"]
    unknown = await desk.get(f"{REPLAY}?under=1999.1")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "NoSuchVersion")


async def test_by_happening_an_act_entered_late_belongs_to_its_day(desk: Desk) -> None:
    """R36: to what had happened by then, as it is known since."""
    who = person("secretary of the branch")
    drafted = heard.ProposalDrafted("2026-1", p.COMPANY, p.BRANCH, who, who, "返修率", "safety_quality")
    added = heard.TaskAdded("T1", "清洁标准", p.MAY, Decimal(30))
    stream = [
        recorded(place, event, at=datetime(2026, 3, day, tzinfo=UTC))
        for place, (event, day) in enumerate([(drafted, 1), (added, 20)], 1)
    ]
    envelope = stream[1].envelope
    stream[1] = structs.replace(
        stream[1], envelope=structs.replace(envelope, happened_at="2026-03-02T00:00:00.000000Z")
    )
    at = datetime(2026, 3, 10, tzinfo=UTC)
    entered = tally_of(read(held(stream, Moment("entered", at))), SHANGHAI)
    happened = tally_of(read(held(stream, Moment("happened", at))), SHANGHAI)
    assert (list(entered.tasks), list(happened.tasks)) == ([], ["T1"])
    assert list(tally_of(read(held(stream, Moment("happened", at, known=1))), SHANGHAI).tasks) == []


async def test_a_project_that_moved_is_replayed_over_both_ledgers(desk: Desk) -> None:
    """R70: positions of the new ledger say nothing of the old one."""
    await desk.projects.does(*TO_APPROVAL, *p.WORK)
    out = await desk.projects.does(MOVE)
    after = Read({"projects/company": out.position}, out.recorded_at)
    await desk.projects.does(replace(RECEIVE, position=out.position), ledger=NEW_COMPANY, arrives=after)
    first = await answered(desk, REPLAY)
    assert first["moment"]["position"] == 1 < out.position
    assert of(await answered(desk, REPLAY, **first["moment"])) == of(first) == await now(desk)
    there = {**first["moment"], "position": out.position - 3}
    assert (await answered(desk, REPLAY, **there))["score"]["position"] == out.position - 3


async def test_what_was_withdrawn_since_is_shown_of_no_moment_before(desk: Desk) -> None:
    await desk.projects.does(*TO_APPROVAL, *p.WORK[:4])
    at, title = desk.projects.clock.now(), "编制首班清洁标准"
    reviewer = p.by("reviewer", "secrecy_reviewer")
    withdraw = WithdrawText(reviewer, hash_of(title), "误写姓名", p.MAY, said=(9,))
    await desk.projects.does(withdraw)
    desk.projects.clock.set(desk.projects.clock.now() + timedelta(minutes=1))
    answer = await desk.get(f"{REPLAY}?{httpx.QueryParams(at=at.isoformat())}")
    assert title not in answer.text
    assert MARK in answer.text


async def test_who_may_not_know_of_the_project_is_told_nothing_of_its_past(desk: Desk) -> None:
    await desk.projects.does(*TO_APPROVAL)
    for name, status in {"secretary of the branch": 200, "secretary of the other branch": 404}.items():
        assert (await desk.get(REPLAY, name)).status_code == status, name
    early = f"{REPLAY}?{httpx.QueryParams(at=desk.projects.clock.now().isoformat())}"
    answer = await desk.get(early)
    assert (answer.status_code, answer.json()["code"]) == (422, "MomentTooRecent")
    unborn = await desk.get(f"{REPLAY}?{httpx.QueryParams(at='1900-01-01T00:00:00Z')}")
    assert unborn.status_code == 404


async def test_a_look_of_audit_at_the_past_is_on_the_record(desk: Desk) -> None:
    """R76."""
    await desk.projects.does(*TO_APPROVAL)
    for name in (AUDITOR, "headquarters"):
        assert (await desk.get(f"{REPLAY}?by=entered", name)).status_code == 200
    looks = (await desk.get("/looks", "discipline of the company")).json()["looks"]
    assert [(one["person"], one["what"], one["of"], one["asked"]) for one in looks] == [
        (person(AUDITOR), "replay", str(THE_PROJECT), "by=entered")
    ]


async def test_while_projects_is_away_it_says_so_and_what_to_do(desk: Desk) -> None:
    await desk.projects.does(*TO_APPROVAL)
    live = await desk.get(SCORE)
    silent, short = FeedSource(Bus("nats://127.0.0.1:1", "evaluation"), "projects"), _Short()
    for source in (silent, short):
        desk.past.source = source
        answer = await desk.get(REPLAY)
        assert (answer.status_code, answer.json()["code"]) == (503, "PastOutOfReach")
        assert answer.headers["retry-after"]
        assert "Ask for the past again" in answer.json()["advice"]
    assert (await desk.get(SCORE)).json()["groups"] == live.json()["groups"]


class _Short:
    """The record of another installation, or of one that was set back: it ends before what is known here."""

    async def stream(self, stream: UUID) -> list[Any]:
        return []
