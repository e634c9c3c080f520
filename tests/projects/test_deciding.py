"""Deciding over HTTP: batches, what one has seen, the route ahead; and many who decide at once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from services.projects.domain.project import PROJECT
from services.projects.domain.project.approval import OpinionGiven, OpinionWithdrawn, RejectProject
from services.projects.domain.project.proposal import WithdrawProposal
from services.projects.domain.project.route import Answer, Question
from services.projects.domain.project.state import State
from services.projects.facts import content_hash
from services.projects.programme_content import read_content
from services.projects.schema import DECIDERS
from shared.folding import folded
from tests.projects.a_desk import HERE, Desk, reading_of
from tests.projects.a_group import appointed, person, registered
from tests.projects.a_project import (
    BRANCH,
    COMPANY,
    CONTENT,
    DRAFT,
    FINANCE_SEAT,
    PRECHECK,
    PRECHECK_SEAT,
    REVISE,
    ROUTE,
    SECRETARY,
    SUBMIT,
    by,
)
from tests.projects.test_project_acts import PROGRAMME
from tests.support.engines import Database
from tests.support.living import THE_PROJECT, house
from tests.support.recorded import recorded

HASH = content_hash(CONTENT)
SENT = replace(SUBMIT, content_hash=HASH)
ROUTINE, UNREAD, COSTLY, ELSEWHERE = (UUID(int=n) for n in (12, 21, 22, 404))
WORD: dict[str, Any] = {"step": 0, "opinion": "agree", "content_hash": HASH}
COSTS = replace(CONTENT, budget=Decimal(38_000))
ME, COLLEAGUE = "party department", "colleague"


@pytest.fixture
async def desk(database: Database, tmp_path: Path) -> AsyncIterator[Desk]:
    """Two people hold the party department; the secretary of the branch leads."""
    async with (
        house(database, "projects", DECIDERS) as home,
        reading_of(home, database, tmp_path, begun=False) as built,
    ):
        known = built.parts.organisation
        more = (registered(COLLEAGUE, BRANCH), appointed(COLLEAGUE, "party_department", COMPANY), PROGRAMME)
        for position, event in enumerate(more, known.position + 1):
            known.apply(recorded(position, event))
        yield built


async def state_of(desk: Desk, project: UUID = THE_PROJECT) -> State:
    return await folded(desk.house.ledgers, PROJECT, project)


async def said(desk: Desk, kind: type, project: UUID = THE_PROJECT) -> list[Any]:
    stream = await desk.house.ledgers.read_stream(project)
    return [recorded.event for recorded in stream if isinstance(recorded.event, kind)]


# -- batches (R83) ------------------------------------------------------------------------------


async def test_a_batch_is_one_act_each_under_one_id_and_refuses_item_by_item(desk: Desk) -> None:
    """R83, users.md 3.4: not money, not unread, not what one may not see; the others go through."""
    await desk.house.does(DRAFT, REVISE, SENT)
    await desk.house.does(DRAFT, REVISE, SENT, stream=UNREAD)
    costly = content_hash(COSTS)
    revise = replace(REVISE, proposal=COSTS)
    await desk.house.does(DRAFT, revise, replace(SUBMIT, content_hash=costly), stream=COSTLY)
    for project, hash_ in ((ROUTINE, HASH), (COSTLY, costly)):
        opened = await desk.post(ME, "open-content", project=project, step=0, content_hash=hash_)
        assert opened.status_code == 200, opened.text
    items = [
        {"project": str(project), "step": 0, "content_hash": hash_}
        for project, hash_ in ((COSTLY, costly), (UNREAD, HASH), (ELSEWHERE, HASH), (ROUTINE, HASH))
    ]
    answer = await desk.post(ME, "agree-in-batch", project=None, key="b", items=items, note="同意。")
    assert answer.status_code == 200, answer.text
    told = answer.json()
    refused = [line["problem"] and line["problem"]["code"] for line in told["lines"]]
    assert refused == ["MoneyIsDecidedAlone", "NotOpenedYet", "NotKnown", None]
    assert told["lines"][3]["taken"]["events"] == ["OpinionGiven", "StepCompleted", "StepOpened"]
    (word,) = await said(desk, OpinionGiven)
    assert (word.batch, word.note, word.opinion) == (told["batch"], "同意。", "agree")
    again = (await desk.post(ME, "agree-in-batch", project=None, key="b", items=items, note="同意。")).json()
    assert (again["batch"], again["lines"][3]["taken"]["repeated"]) == (told["batch"], True)
    assert len(await said(desk, OpinionGiven)) == 1


async def test_who_is_addressed_twice_agrees_twice_also_in_a_batch(desk: Desk) -> None:
    """R6: nothing is merged or skipped."""
    known = desk.parts.organisation
    known.apply(recorded(known.position + 1, appointed(ME, "finance", COMPANY)))
    both = replace(ROUTE[0], decides="all", seats=(PRECHECK_SEAT, FINANCE_SEAT))
    await desk.house.does(DRAFT, REVISE, replace(SENT, route=(both, *ROUTE[1:])))
    await desk.post(ME, "open-content", step=0, content_hash=HASH)
    item = {"project": str(THE_PROJECT), "step": 0, "content_hash": HASH}
    told = (await desk.post(ME, "agree-in-batch", project=None, items=[item, item])).json()
    assert [line["problem"] for line in told["lines"]] == [None, None]
    assert [word.seat for word in await said(desk, OpinionGiven)] == [PRECHECK_SEAT, FINANCE_SEAT]


async def test_a_batch_holds_one_to_fifty(desk: Desk) -> None:
    item = {"project": str(THE_PROJECT), "step": 0, "content_hash": HASH}
    for items in ([], [item] * 51):
        assert (await desk.post(ME, "agree-in-batch", project=None, items=items)).status_code == 422


async def test_a_single_opinion_names_no_batch_whatever_is_sent(desk: Desk) -> None:
    await desk.house.does(DRAFT, REVISE, SENT)
    assert (await desk.post(ME, "give-opinion", **WORD, batch="b")).status_code == 422
    assert (await desk.post(ME, "give-opinion", **WORD)).status_code == 200
    assert [given.batch for given in await said(desk, OpinionGiven)] == [""]


# -- questions ----------------------------------------------------------------------------------


async def test_who_pre_checks_is_asked_the_programmes_questions_and_is_heard_with_their_answers(
    desk: Desk,
) -> None:
    """Console 3.7: the eight questions as ticks, with a remark where something is not in order."""
    listed = read_content(PROGRAMME.content).forms.of("precheck")
    pinned = replace(ROUTE[0], checklist=tuple(Question(asked.code, asked.zh) for asked in listed))
    await desk.house.does(DRAFT, REVISE, replace(SENT, route=(pinned, *ROUTE[1:])))
    questions = await asked_of(desk, ME)
    assert questions[0] == {
        "code": "zhun",
        "name": "切入准",
        "text": "问题是否真实、聚焦，是否属于常规工作改名？",
    }
    assert (len(questions), await asked_of(desk, "secretary of the branch")) == (8, [])
    (english, *_) = await asked_of(desk, ME, "en")
    assert (english["code"], english["name"]) == ("zhun", "entry well chosen")
    bare = await desk.post(ME, "give-opinion", **WORD)
    assert bare.json()["code"] == "QuestionsUnanswered"
    assert "切入准、目标明" in bare.json()["detail"]
    answers = [{"code": question["code"], "ok": True} for question in questions]
    answers[-1] |= {"ok": False, "remark": "照片可省"}
    heard = await desk.post(ME, "give-opinion", **WORD, answers=answers)
    assert heard.status_code == 200, heard.text
    (word,) = await said(desk, OpinionGiven)
    assert word.answers[-1] == Answer("burden", ok=False, remark="照片可省")
    assert await asked_of(desk, ME) == []


async def asked_of(desk: Desk, who: str, language: str = "zh-CN") -> list[dict[str, Any]]:
    """The questions that somebody is told to answer."""
    actions = (await desk.ask(who, f"{HERE}/actions", language=language)).json()["actions"]
    return [question for action in actions for question in action["questions"]]


# -- many at once -------------------------------------------------------------------------------


async def test_of_many_who_speak_for_one_seat_at_once_one_is_heard(desk: Desk) -> None:
    await desk.house.does(DRAFT, REVISE, SENT)
    answers = await asyncio.gather(*(desk.post(who, "give-opinion", **WORD) for who in [ME, COLLEAGUE] * 4))
    told = sorted(answer.json().get("code", "") for answer in answers)
    assert told == ["", *["StepNotOpen"] * 7]
    assert len(await said(desk, OpinionGiven)) == 1


async def test_a_word_taken_back_while_the_last_one_is_given_is_either_in_time_or_refused(
    desk: Desk,
) -> None:
    """R82: until the step is decided; whichever comes first, nothing is approved on a word withdrawn."""
    known = desk.parts.organisation
    known.apply(recorded(known.position + 1, appointed(COLLEAGUE, "finance", COMPANY)))
    both = replace(ROUTE[0], decides="all", seats=(PRECHECK_SEAT, FINANCE_SEAT))
    for number in range(30, 36):
        project = UUID(int=number)
        await desk.house.does(DRAFT, REVISE, replace(SENT, route=(both, ROUTE[3])), stream=project)
        assert (await desk.post(ME, "give-opinion", project=project, **WORD)).status_code == 200
        back = desk.post(ME, "withdraw-opinion", project=project, step=0, reason="误解")
        last = desk.post(COLLEAGUE, "give-opinion", project=project, **WORD)
        both_answers = await asyncio.gather(*((back, last) if number % 2 else (last, back)))
        withdrawn = bool(await said(desk, OpinionWithdrawn, project))
        approved = (await state_of(desk, project)).phase == "in_implementation"
        assert approved != withdrawn, [answer.text for answer in both_answers]


async def test_a_transfer_and_a_word_at_once_leave_one_who_acts(desk: Desk) -> None:
    """R29: who transferred it acts no more; who spoke first has nothing left to transfer."""
    for number in range(40, 44):
        project = UUID(int=number)
        await desk.house.does(DRAFT, REVISE, SENT, stream=project)
        word = desk.post(ME, "give-opinion", project=project, step=0, opinion="agree", content_hash=HASH)
        transfer = desk.post(ME, "transfer-step", project=project, step=0, to=person(COLLEAGUE))
        answers = await asyncio.gather(*((word, transfer) if number % 2 else (transfer, word)))
        assert sorted(answer.is_success for answer in answers) == [False, True]


# -- what one has seen, and the route ahead -----------------------------------------------------


async def test_what_changed_is_told_since_one_looked_or_between_two_hashes(desk: Desk) -> None:
    await desk.house.does(DRAFT, REVISE, SENT)
    first = (await desk.ask(ME, f"{HERE}/differences")).json()
    assert (first["before"], first["seen_at"], first["changed"]) == (None, None, [])
    assert first["after"]["content_hash"] == HASH
    await desk.post(ME, "open-content", step=0, content_hash=HASH)
    changed = replace(CONTENT, problem="返修率6.8%。")
    second = content_hash(changed)
    withdraw = WithdrawProposal(SECRETARY, "补充数据")
    resubmit = replace(SUBMIT, content_hash=second)
    await desk.house.does(withdraw, replace(REVISE, proposal=changed), resubmit)
    since = (await desk.ask(ME, f"{HERE}/differences")).json()
    assert since["seen_at"] is not None
    problem = {"place": "problem", "kind": "changed", "before": CONTENT.problem, "after": "返修率6.8%。"}
    assert since["changed"] == [problem]
    back = (await desk.ask(ME, f"{HERE}/differences", before=second, after=HASH)).json()
    assert (back["seen_at"], back["changed"][0]["after"]) == (None, CONTENT.problem)
    unknown = await desk.ask(ME, f"{HERE}/differences", before="0" * 64)
    assert (unknown.status_code, unknown.json()["code"]) == (404, "NoSuchContent")
    for path in ("differences", "route-preview"):
        hidden = await desk.ask("secretary of the other branch", f"{HERE}/{path}")
        assert (hidden.status_code, hidden.json()["code"]) == (404, "NotKnown")
        nothing = await desk.ask(ME, f"/api/projects/projects/{ELSEWHERE}/{path}")
        assert nothing.status_code == 404


async def test_the_route_ahead_names_people_and_dates_and_ends_with_the_approval(desk: Desk) -> None:
    """R86."""
    await desk.house.does(DRAFT, REVISE)
    told = (await desk.ask("secretary of the branch", f"{HERE}/route-preview")).json()
    assert told["programme"] == "2026.1"
    (seat,) = told["steps"][0]["asked"]
    assert [holder["id"] for holder in seat["holders"]] == [person(ME), person(COLLEAGUE)]
    assert seat["unit_name"] == "company党组织"
    questions = {one["code"]: (one["name"], one["text"]) for one in told["steps"][0]["questions"]}
    assert len(questions) == 8  # those of the default pre-check
    assert questions["zhun"] == ("切入准", "问题是否真实、聚焦，是否属于常规工作改名？")
    assert not told["steps"][1]["questions"]
    rejected = replace(PRECHECK, by=by("x", "party_department"), content_hash=HASH, opinion="disagree")
    await desk.house.does(SENT, rejected, RejectProject(rejected.by, 0, "重复", PRECHECK_SEAT))
    over = await desk.ask("secretary of the branch", f"{HERE}/route-preview")
    assert (over.status_code, over.json()["code"]) == (409, "NotADraft")


# -- the description of the API -----------------------------------------------------------------


async def test_examples_stand_in_the_description(desk: Desk) -> None:
    paths = (await desk.http.get("/api/projects/openapi.json")).json()["paths"]
    post = paths["/api/projects/projects/{stream}/transfer-step"]["post"]
    content = post["requestBody"]["content"]["application/json"]
    assert content["example"]["step"] == 1
    assert "$ref" in content["schema"]
