"""Replay over HTTP: a project at a moment, what differs between two, decisions taken again, for whom."""

from __future__ import annotations

import dataclasses
import typing
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from services.projects.api import actions
from services.projects.api.other_rules import ACTS, OF_THE_PROGRAMME
from services.projects.domain.project import PROJECT
from services.projects.domain.project.content import Alteration, Proposal
from services.projects.domain.project.proposal import Resolution, SubmitProposal
from services.projects.domain.project.tasks import AddTask, AssignTask, CompleteTask, OfferTask
from services.projects.domain.project.work import RaiseProblem
from services.projects.projections.page import Page
from services.projects.replay import BESIDE
from services.projects.replay_words import label
from shared import roster
from shared.decision import Submission
from shared.envelope import written
from shared.sentences import Language, word
from tests.projects.a_desk import APPROVAL, HERE, Desk
from tests.projects.a_project import BRANCH, DRAFT, FITTER, MARCH, MAY, PRECHECK, REVISE, SECRETARY, SUBMIT
from tests.projects.test_going_by import BEGAN, later, publishes, window
from tests.projects.test_reading import COMMITTEE_SIGNS, LEADER_AGREES
from tests.support.living import THE_PROJECT

REPLAY = f"{HERE}/replay"
TASK = (
    AddTask(SECRETARY, "T1", "标准", "签认", MAY, Decimal(40)),
    AssignTask(SECRETARY, "T1", FITTER.person),
)
DONE = CompleteTask(FITTER, "T1", MARCH, MARCH, "")
SEE = ("secretary of the branch", "party department", "headquarters", "auditor of the company")
DO_NOT = (
    "secretary of the other branch",
    "auditor of the other company",
    "operator of the group",
    "stranger",
)


def by_place(answer: dict[str, Any]) -> dict[str, Any]:
    return {field["place"]: field["value"] for field in answer["fields"]}


async def enters(desk: Desk, command: Any, happened: datetime) -> None:
    """A command that is entered now, of something that happened before."""
    desk.later(minutes=1)
    await desk.house.writer.submit(
        Submission(
            ledger="company",
            stream=THE_PROJECT,
            decider=PROJECT,
            prepare=lambda _state: command,
            happened_at=happened,
            correlation="a request",
        )
    )


async def test_a_project_is_shown_as_it_was_with_who_did_what_for_whom_when_and_why(desk: Desk) -> None:
    await desk.house.does(DRAFT, REVISE, correlation="the first request")
    then = desk.house.clock.now()
    desk.later(days=1)
    await desk.house.does(SUBMIT)
    desk.later(seconds=6)
    shown = await desk.read("auditor of the company", REPLAY, at=written(then))
    fields = by_place(shown)
    assert (fields["state"], fields["title"]) == ("draft", "面漆返修率减半")
    assert "submitted_at" not in fields
    assert datetime.fromisoformat(shown["moment"].pop("at")) == then
    assert shown["moment"] == {"by": "entered", "position": 2}
    act = shown["acts"][-1]
    assert (act["event"], act["who"]["office"], act["late"]) == ("ProposalRevised", "branch_secretary", False)
    assert act["correlation"] == "the first request"
    now = await desk.read("auditor of the company", REPLAY)
    assert by_place(now)["state"] == "in_approval"
    assert now["acts"][-1]["programme"] == "2026.1"


async def test_the_fields_are_said_in_the_language_of_the_reader(desk: Desk) -> None:
    await desk.house.does(*APPROVAL)
    chinese = (await desk.ask("headquarters", REPLAY)).json()
    english = (await desk.ask("headquarters", REPLAY, "en")).json()
    said = [{f["place"]: (f["label"], f["text"]) for f in answer["fields"]} for answer in (chinese, english)]
    assert said[0]["state"] == ("状态", "实施中")
    assert said[1]["state"] == ("state", "in implementation")
    assert said[0]["lead"] == ("第一责任人", "李强")
    assert said[1]["route.steps.#1.state"] == ("route of approval steps no. 1 state", "passed")
    assert [f["place"] for f in chinese["fields"]] == [f["place"] for f in english["fields"]]


async def test_one_steps_back_to_the_beginning_and_on_to_now(desk: Desk) -> None:
    await desk.house.does(*APPROVAL)
    at: dict[str, Any] | None = {}
    back = []
    while at is not None:
        shown = await desk.read("headquarters", REPLAY, **{name: str(value) for name, value in at.items()})
        back.append(shown)
        at = shown["previous"]
    assert [len(shown["acts"]) for shown in back] == list(range(len(back), 0, -1))
    assert back[-1]["previous"] is None
    on = back[-1]["next"]
    assert on == back[-2]["moment"]
    assert back[0]["next"] is None


async def test_what_is_entered_late_shows_in_both_times_and_by_either_clock(desk: Desk) -> None:
    await desk.house.does(*APPROVAL)
    await desk.house.does(*TASK)
    happened = desk.house.clock.now() + timedelta(hours=1)
    desk.later(days=7)
    before = desk.house.clock.now()
    await enters(desk, DONE, happened)
    desk.later(seconds=6)
    moment = written(happened + timedelta(hours=1))
    known = await desk.read("headquarters", REPLAY, at=moment)
    was = await desk.read("headquarters", REPLAY, at=moment, by="happened")
    assert by_place(known)["tasks.T1.state"] == "held"
    assert by_place(was)["tasks.T1.state"] == "completed"
    entry = was["acts"][-1]
    assert (entry["late"], entry["happened_at"]) == (True, written(happened))
    assert entry["recorded_at"] > written(before)
    as_known = await desk.read(
        "headquarters", REPLAY, at=moment, by="happened", position=str(was["moment"]["position"] - 1)
    )
    assert by_place(as_known)["tasks.T1.state"] == "held"


async def test_an_act_on_what_had_not_happened_yet_is_named_and_left_out(desk: Desk) -> None:
    await desk.house.does(*APPROVAL)
    happened = desk.house.clock.now() + timedelta(seconds=1)
    desk.later(days=1)
    await desk.house.does(*TASK)
    await enters(desk, DONE, happened)
    desk.later(seconds=6)
    shown = await desk.read("headquarters", REPLAY, at=written(happened), by="happened")
    assert shown["unplaced"] == [shown["acts"][-1]["position"]]
    assert "tasks.T1.state" not in by_place(shown)


async def test_two_moments_differ_in_what_the_acts_between_them_changed(desk: Desk) -> None:
    await desk.house.does(DRAFT, REVISE)
    then = desk.house.clock.now()
    desk.later(days=1)
    await desk.house.does(SUBMIT, PRECHECK)
    desk.later(seconds=6)
    told = await desk.read("auditor of the group", f"{REPLAY}/difference", at=written(then))
    changed = {field["place"]: field for field in told["changed"]}
    state = changed["state"]
    assert (state["before"], state["after"], state["after_text"]) == ("draft", "in_approval", "审批中")
    names = {act["position"]: act["event"] for act in told["acts"]}
    assert [names[position] for position in state["positions"]] == ["ProposalSubmitted"]
    assert "title" not in changed
    assert told["unchanged"] > 20
    assert (told["before"]["position"], told["after"]["position"]) == (2, max(names))
    turned = await desk.read("auditor of the group", f"{REPLAY}/difference", against=written(then))
    assert turned == told
    itself = await desk.read(
        "auditor of the group", f"{REPLAY}/difference", at=written(then), against=written(then)
    )
    assert (itself["changed"], itself["acts"]) == ([], [])


async def test_asked_for_again_it_is_the_same_after_more_was_entered(desk: Desk) -> None:
    await desk.house.does(*APPROVAL)
    happened = desk.house.clock.now()
    for by in ("entered", "happened"):
        first = await desk.read("headquarters", REPLAY, by=by)
        await enters(desk, RaiseProblem(SECRETARY, by, "缺料"), happened)
        again = {name: str(value) for name, value in first["moment"].items()}
        second = await desk.read("headquarters", REPLAY, **again)
        assert (second["fields"], second["acts"]) == (first["fields"], first["acts"])


@pytest.mark.parametrize("path", ["", "/difference", "/decisions/1"])
async def test_the_past_is_seen_by_whom_its_history_is_and_by_nobody_else(desk: Desk, path: str) -> None:
    await desk.house.does(DRAFT, REVISE)
    for name in SEE:
        await desk.read(name, REPLAY + path)
    for name in DO_NOT:
        assert (await desk.ask(name, REPLAY + path)).status_code == 404
    assert (await desk.http.get(REPLAY + path)).status_code == 401


async def test_single_words_of_a_committee_are_no_more_told_of_the_past(desk: Desk) -> None:
    """R67: neither in the state, nor in what changed, nor by deciding again."""
    done = await desk.house.does(DRAFT, REVISE, COMMITTEE_SIGNS, LEADER_AGREES)
    for path, query in (("", {}), ("/difference", {"position": "3"}), (f"/decisions/{done.version}", {})):
        told = [
            (await desk.ask(name, REPLAY + path, **query)).text
            for name in ("secretary of the branch", "headquarters", "auditor of the company")
        ]
        assert ["再议" in text for text in told] == [False, False, True]
        assert ["in charge" in text for text in told] == [False, False, True]
    shown = await desk.read("secretary of the branch", REPLAY)
    assert shown["acts"][-1]["correlation"] == {"withheld": "R67"}


async def test_a_moment_of_which_more_may_come_is_refused_unless_it_is_pinned(desk: Desk) -> None:
    await desk.house.does(DRAFT, REVISE)
    now = written(desk.house.clock.now())
    for path, field in ((REPLAY, "at"), (f"{REPLAY}/difference", "against")):
        answer = await desk.ask("headquarters", path, **{field: now})
        assert (answer.status_code, answer.json()["code"]) == (422, "MomentTooRecent")
    assert (await desk.ask("headquarters", REPLAY, at=now, position="1")).status_code == 200


async def test_before_its_beginning_and_beyond_its_decisions_there_is_nothing(desk: Desk) -> None:
    await desk.house.does(DRAFT)
    for path in (f"{REPLAY}/decisions/9", f"{REPLAY}/decisions/0"):
        assert (await desk.ask("headquarters", path)).status_code == 404
    assert (await desk.ask("headquarters", REPLAY, at="2020-01-01T00:00:00Z")).status_code == 404


# Decided again


async def test_a_decision_taken_again_is_the_same_and_changes_nothing(desk: Desk) -> None:
    await desk.house.does(*APPROVAL)
    heads = await desk.house.ledgers.heads()
    shown = await desk.read("headquarters", REPLAY)
    for act in shown["acts"]:
        again = await desk.read("headquarters", f"{REPLAY}/decisions/{act['version']}")
        assert (again["same"], again["refused"], again["differences"]) == (True, None, [])
        assert again["recorded"] == again["again"]
        assert act["event"] in [said["event"] for said in again["recorded"]]
    assert await desk.house.ledgers.heads() == heads
    assert (await desk.ask("headquarters", f"{REPLAY}/decisions/1", under="1999.1")).status_code == 404


async def test_under_another_version_a_decision_differs_in_what_that_version_says(desk: Desk) -> None:
    publishes(
        desk,
        roster.ProgrammePublished("2026.1", 2026, BEGAN, window(3), "one"),
        roster.ProgrammePublished("2026.2", 2026, later(30), window(5), "two"),
    )
    on = BEGAN + timedelta(days=13)
    offer = OfferTask(SECRETARY, "T1", "90分钟", "50分钟", (BRANCH,), window_ends=on, today=BEGAN)
    taken = await desk.house.does(*APPROVAL, TASK[0], offer)
    path = f"{REPLAY}/decisions/{taken.version}"
    own = await desk.read("headquarters", path)
    as_first = await desk.read("headquarters", path, under="2026.1")
    as_second = await desk.read("headquarters", path, under="2026.2")
    assert (own["same"], own["programme"], own["under"]) == (True, "2026.1", None)
    assert as_first["same"]
    assert not as_second["same"]
    (difference,) = as_second["differences"]
    assert (difference["place"], difference["before"]) == ("1.TaskOffered.window_ends", on.isoformat())
    assert BEGAN.isoformat() < difference["after"] < on.isoformat()


def test_only_what_follows_from_the_programme_gives_way_to_another_version() -> None:
    told = {name for act in actions.ACTS for name in act.facts}
    assert told >= OF_THE_PROGRAMME
    assert OF_THE_PROGRAMME.isdisjoint({"today", "seat", "seats", "tied_to", "programme", "content_hash"})
    assert ACTS[SubmitProposal].facts.keys() >= {"route", "due", "limits"}


# Words


def keys(type_: Any, found: set[Any]) -> set[str]:
    """The names of all fields of a type and of what stands in them."""
    parts = typing.get_args(type_)
    if parts:
        return {key for part in parts for key in keys(part, found)}
    if type_ in found or not (dataclasses.is_dataclass(type_) or hasattr(type_, "__total__")):
        return set()
    found.add(type_)
    hints = typing.get_type_hints(type_)
    own = {name for name in hints if not isinstance(getattr(type_, name, None), property)}
    return own | {key for hint in hints.values() for key in keys(hint, found)}


def test_every_field_of_a_page_has_words_in_both_languages() -> None:
    found: set[Any] = set()
    named = {key for type_ in (Page, Proposal, Resolution, Alteration) for key in keys(type_, found)}
    assert len(named) > 200
    languages: tuple[Language, ...] = ("zh-CN", "en")
    for language in languages:
        assert [key for key in sorted(named.difference(BESIDE)) if not word("page", key, language, "")] == []
    assert label("tasks.T1.due", "zh-CN") == "任务 T1 期限"
