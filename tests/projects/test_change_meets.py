"""A change that a meeting decides: its confirmed minutes make the change, refuse it, or refer it up."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from services.projects.acting import Asking
from services.projects.api.meetings import CONVENE
from services.projects.domain.project.change import ApproveChange, NoSuchChange, RequestChange
from services.projects.domain.project.content import Alteration, Seat, altered
from services.projects.domain.project.route import Step
from services.projects.facts import content_hash
from shared.codec import canonical
from tests.projects.a_desk import HERE, Desk
from tests.projects.a_group import TODAY, appointed, organisation, person, registered
from tests.projects.a_project import (
    BRANCH,
    COMMITTEE_SEAT,
    COMPANY,
    CONTENT,
    FINANCE_SEAT,
    GROUP,
    MEET,
    PRECHECK_SEAT,
    PRECHECKER,
    SECRETARY,
    approved,
    by,
)
from tests.projects.test_change import TARGETS
from tests.projects.test_reactions import (
    BEFORE_THE_MEETING,
    DAY,
    MEMBERS,
    about,
    meets,
    noted,
    project_of,
    with_committee_above,
)
from tests.support.living import THE_PROJECT

EASIER = Alteration(targets=TARGETS)
WITH_IT = content_hash(altered(CONTENT, EASIER))
MEETING = Step("党委会审议", "meeting", (COMMITTEE_SEAT,), two_thirds=True)
REQUEST = RequestChange(SECRETARY, "C1", "设备已更新", EASIER, route=(MEETING,))
ITEM = replace(about(content_hash=WITH_IT), change="C1")


@pytest.fixture
async def desk(desk: Desk) -> Desk:
    await desk.house.does(*BEFORE_THE_MEETING, replace(MEET, held_on=DAY), REQUEST)
    return desk


async def test_what_passes_is_made_once_however_often_the_minutes_are_read(desk: Desk) -> None:
    """R26."""
    await meets(desk, ITEM, times=2)
    state = await project_of(desk)
    assert (state.proposal.targets, state.content_hash) == (TARGETS, WITH_IT)
    assert await noted(desk) == []


async def test_a_change_that_too_few_may_vote_on_is_asked_of_the_body_above(desk: Desk) -> None:
    """R27: it is not voted down, and nothing has changed."""
    known = replace(desk, parts=replace(desk.parts, organisation=with_committee_above()))
    await meets(known, replace(ITEM, withdrawn=MEMBERS[1:4]))
    state = await project_of(desk)
    assert state.deciding["C1"].seats == (Seat("committee_member", GROUP),)
    assert state.proposal.targets == CONTENT.targets


@pytest.mark.parametrize(
    ("item", "refusal"),
    [
        (replace(ITEM, content_hash="h0"), "ContentHasChanged"),
        (replace(ITEM, change="C9"), "NoSuchChange"),
    ],
    ids=["another content", "no such change"],
)
async def test_what_was_not_put_before_the_meeting_as_it_is_stays_undecided(
    desk: Desk, item: Any, refusal: str
) -> None:
    await meets(desk, item)
    assert await noted(desk) == [(1, refusal)]
    assert (await project_of(desk)).changes["C1"] == EASIER


def test_the_agenda_holds_a_change_under_the_hash_of_the_content_with_it_and_its_own_bar() -> None:
    """R26."""
    known = organisation(
        *(registered(name, BRANCH) for name in ("party department", "member")),
        appointed("party department", "party_department", COMPANY),
        appointed("member", "committee_member", COMPANY),
    )
    waiting = approved.after(REQUEST)

    def agenda(change: str) -> Any:
        items = [replace(about(content_hash=""), change=change)]
        asked = {"body": THE_PROJECT, "kind": "party_committee", "held_on": TODAY, "place": "会议室"}
        people = {"chair": person("member"), "clerk": person("party department")}
        body = CONVENE.body().model_validate_json(canonical({**asked, **people, "items": items}))
        body = body.model_copy(update={"body": COMPANY})  # the units of these tests have names for ids
        asking = Asking(person("party department"), known, TODAY)
        (item,) = CONVENE.command_from(asking, None, body, {str(THE_PROJECT): waiting.state}).items
        return item.content_hash, item.two_thirds

    assert agenda("C1") == (WITH_IT, True)
    assert agenda("") == (approved.state.content_hash, False)
    with pytest.raises(NoSuchChange):
        agenda("C9")


async def test_of_two_words_at_once_each_counts_and_the_change_is_made_once(desk: Desk) -> None:
    both = Step("会签", "all", (PRECHECK_SEAT, FINANCE_SEAT))
    finance = by("finance", "finance")
    await desk.house.does(replace(REQUEST, change="C2", route=(both,)))
    words = [
        ApproveChange(who, "C2", WITH_IT, seat=seat)
        for who, seat in ((PRECHECKER, PRECHECK_SEAT), (finance, FINANCE_SEAT))
    ]
    await asyncio.gather(*map(desk.house.does, words))
    names = [type(line.event).__name__ for line in await desk.parts.ledgers.read_stream(THE_PROJECT)]
    assert names[-4:] == ["ChangeOpinionGiven", "ChangeOpinionGiven", "ChangeApproved", "TargetChanged"]


async def test_the_way_of_a_change_is_told_before_it_is_asked_for(desk: Desk) -> None:
    """R86."""
    where = f"{HERE}/change-route-preview"
    (step,) = (await desk.read("secretary of the branch", where, touches="target"))["steps"]
    assert (step["decides"], step["asked"]) == ("meeting", [])
    (step,) = (await desk.read("secretary of the branch", where, touches="team"))["steps"]
    assert [asked["office"] for asked in step["asked"]] == ["party_department"]
    assert (await desk.ask("secretary of the branch", where, touches="budget")).status_code == 422
