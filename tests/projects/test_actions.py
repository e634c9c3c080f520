"""What the reader may do is what the rules take when it is sent, and nothing else is offered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cli.example.programme import content
from services.projects.acting import Asking
from services.projects.api.actions import ACTS, Rehearsed, rehearsals
from services.projects.api.acts import Act, Situation
from services.projects.domain.project import PROJECT, Command
from services.projects.domain.project.approval import NobodyCanSign, StepNotOpen
from services.projects.domain.project.change_waiting import AddChangeSigner
from services.projects.domain.project.content import Seat
from services.projects.domain.project.state import State
from shared import roster
from shared.bodies import supposed
from shared.domain import NotAllowed, NotAsItStands, OfficeId, PersonId, Refusal, UnitId
from shared.organisation import Organisation
from tests.projects import a_project as p
from tests.projects.a_desk import APPROVAL, HERE, Desk
from tests.projects.a_group import TODAY, unit
from tests.projects.test_change_route import WORDS, request, step
from tests.projects.test_project_laws import POOLS
from tests.support.arbitrary import values
from tests.support.recorded import recorded

OFFICES = (
    ("secretary", "branch_secretary", p.BRANCH),
    ("deputy", "deputy_branch_secretary", p.BRANCH),
    ("prechecker", "party_department", p.COMPANY),
    ("quality", "source_department", p.COMPANY),
    ("accountant", "finance", p.COMPANY),
    ("clerk", "clerk", p.COMPANY),
    ("inspector", "inspector", p.COMPANY),
    ("archivist", "archivist", p.COMPANY),
    ("headquarters", "headquarters", p.GROUP),
    ("reviewer", "secrecy_reviewer", p.COMPANY),
)
PEOPLE = (*(name for name, _, _ in OFFICES), "fitter", "welder")
STAGES = (
    p.a_draft,
    p.submitted,
    p.countersigning,
    p.before_the_meeting,
    p.approved,
    *(p.approved.after(*p.WORK[:done]) for done in (1, 2, 3, 8)),
    p.finished,
    p.in_closing,
    p.closed,
)
OF_THE_BODY = ("InspectsOwnUnit", "CustodianAsksForTime")  # another body is not refused so


def _organisation() -> Organisation:
    found = Organisation()
    appointed = [
        roster.OfficeAppointed(
            OfficeId(name), PersonId(name), office, where, date(2026, 1, 1), None, False, False, PersonId("x")
        )
        for name, office, where in OFFICES
    ]
    people = [roster.PersonRegistered(PersonId(name), p.BRANCH, "正式党员", "", "") for name in PEOPLE]
    units = [
        unit(p.GROUP, None),
        unit(p.COMPANY, p.GROUP, has_ledger=True),
        unit(p.BRANCH, p.COMPANY),
    ]
    programme = roster.ProgrammePublished("2026.1", 2026, date(2026, 1, 1), content(), "")
    for position, event in enumerate((*units, *people, *appointed, programme), 1):
        found.apply(recorded(position, event))
    return found


KNOWN = _organisation()
BY_COMMAND = {act.command: act for act in ACTS}


def as_(person: str, today: date = TODAY) -> Asking:
    return Asking(PersonId(person), KNOWN, today, about="this project")


def listed(asking: Asking, state: State, command: Any) -> list[Rehearsed]:
    """What is said of the act and of what it is on."""
    return [
        found
        for found in rehearsals(asking, state, [BY_COMMAND[type(command)]])
        if all(getattr(command, name, value) == value for name, value in found.subject.items())
    ]


def offered(asking: Asking, state: State, command: Any) -> bool:
    return any(found.refusal is None for found in listed(asking, state, command))


def test_every_step_of_a_life_is_offered_to_who_takes_it() -> None:
    state = p.a_draft.state
    life: tuple[Any, ...] = (
        p.SUBMIT, p.PRECHECK, p.QUALITY_AGREES, p.FINANCE_AGREES, p.MEET, *p.WORK,
        p.REQUEST_CLOSURE, p.PRECHECKER_REVIEWS, p.QUALITY_REVIEWS, p.ASSESS,
    )  # fmt: skip
    told = 0
    for command in life:
        if type(command) in BY_COMMAND:
            who = (
                "prechecker" if command is p.ASSESS else command.by.person
            )  # the minutes' clerk enters nothing
            assert offered(as_(who), state, command), command
            told += 1
        for event in PROJECT.decide(command, state):
            state = PROJECT.evolve(state, event)
    assert told == len(life) - 1  # a meeting's decision comes from its minutes


def sent(act: Act, asking: Asking, state: State, command: Any) -> tuple[State, Refusal | None]:
    """What becomes of an act with the body that this command has; who it names is not looked up."""
    model = act.given_body()
    body = supposed(
        act.asks or act.command, model, {}, {name: getattr(command, name) for name in model.model_fields}
    )
    try:
        by = act.by(asking, state, body)
        made = act.command_in(Situation(asking, state, body, by))
        for event in PROJECT.decide(made, state):
            state = PROJECT.evolve(state, event)
    except Refusal as refusal:
        return state, refusal
    return state, None


SENDABLE = [act for act in ACTS if not act.look and not act.asks]
SAYING = {
    **POOLS,
    str: st.just("写明"),
    date: st.sampled_from((TODAY, date(2026, 8, 1), date(2026, 12, 1))),
    "task": st.sampled_from(("T1", "T2")),
    "weight": st.just(Decimal(10)),
}
A_COMMAND = st.one_of(*(values(act.command, SAYING) for act in SENDABLE))


@settings(deadline=None, max_examples=60, suppress_health_check=list(HealthCheck))
@given(st.sampled_from([stage.state for stage in STAGES]), st.lists(A_COMMAND, min_size=8, max_size=16))
def test_what_is_taken_was_offered_and_what_the_rules_refuse_as_it_stands_was_not(
    state: State, life: Sequence[Command]
) -> None:
    for command in life:
        after = state
        for asking in map(as_, PEOPLE):
            then, refusal = sent(BY_COMMAND[type(command)], asking, state, command)
            if refusal is None:
                assert offered(asking, state, command), (asking.person, command)
                after = then
            elif isinstance(refusal, NotAllowed | NotAsItStands) and refusal.code() not in OF_THE_BODY:
                assert not offered(asking, state, command), (asking.person, command, refusal)
        state = after


def said(person: str, stage: p.Project, act: str, **subject: Any) -> list[tuple[str | None, str]]:
    """What refuses each act of this name on a subject, and in whose office it would be; nothing if absent."""
    return [
        (type(found.refusal).__name__ if found.refusal else None, found.by.office)
        for found in rehearsals(as_(person), stage.state)
        if found.act.path == act and subject.items() <= found.subject.items()
    ]


def test_who_has_a_part_sees_who_may_and_who_has_none_sees_nothing_of_it() -> None:
    """R3: the reason stands beside the refusal, for who may know of the act at all."""
    assert said("fitter", p.approved, "add-task") == [("NotAllowed", "branch_secretary")]
    assert said("welder", p.approved, "add-task") == []
    assert said("secretary", p.approved, "add-task") == [(None, "branch_secretary")]
    assert said("secretary", p.submitted, "give-opinion", step=0) == [
        ("SeatNotAddressed", "party_department")
    ]


def test_what_the_state_does_not_admit_is_shown_with_its_rule_to_who_may_do_it() -> None:
    held = p.approved.after(*p.WORK[:2])
    assert said("secretary", held, "accept-task", task="T1") == [("NotCompleted", "branch_secretary")]
    assert said("fitter", held, "complete-task", task="T1") == [(None, "member")]
    assert said("secretary", p.submitted, "request-closure") == [("NotInImplementation", "branch_secretary")]
    assert said("archivist", p.in_closing, "archive-project") == [("NotEnded", "archivist")]


def test_a_text_is_withdrawn_by_who_reviews_secrecy_whatever_was_said_and_whenever() -> None:
    for stage in (p.a_draft, p.submitted, p.closed):
        assert said("reviewer", stage, "withdraw-text") == [(None, "secrecy_reviewer")]
    for other in ("secretary", "fitter", "headquarters", "welder"):
        assert said(other, p.approved, "withdraw-text") == []


def test_a_reading_is_confirmed_by_its_department_under_its_indicator_and_period() -> None:
    read = p.approved.after(p.WORK[7])
    reading = {"indicator": "rework", "period": "2026-08"}
    assert said("quality", read, "confirm-figure", **reading) == [(None, "source_department")]
    assert said("accountant", read, "confirm-figure", **reading) == []


def test_what_may_be_done_on_a_change_that_waits_is_offered_under_it_and_its_step() -> None:
    """R82: taken back by who spoke; urged by who leads; refused with its rule to who is asked."""
    waiting = p.approved.after(request(step("all")))
    on_it = {"change": "C1", "step": 0}
    assert said("prechecker", waiting, "withdraw-change-opinion", **on_it) == [
        ("NoOpinionToWithdraw", "party_department")
    ]
    assert said("prechecker", waiting, "add-change-signer", **on_it) == [(None, "party_department")]
    assert said("clerk", waiting, "add-change-signer", **on_it) == []
    spoken = waiting.after(WORDS[0])
    assert said("prechecker", spoken, "withdraw-change-opinion", **on_it) == [(None, "party_department")]
    assert said("secretary", waiting, "urge-change-decider", **on_it) == [(None, "branch_secretary")]
    assert said("quality", waiting, "urge-change-decider") == []


@pytest.mark.parametrize(
    ("signer", "refused"),
    [(Seat("inspector", p.COMPANY), None), (Seat("inspector", UnitId("elsewhere")), NobodyCanSign)],
)
def test_a_signer_of_a_change_is_of_the_company_or_above_it(
    signer: Seat, refused: type[Refusal] | None
) -> None:
    """R3, R29; and to who comes too late it is said that the change went on."""
    waiting = p.approved.after(request(step("all"), step("any")))
    adds = AddChangeSigner(p.PRECHECKER, "C1", 0, signer, "after", p.PRECHECK_SEAT, can_sign=True)
    act, department = BY_COMMAND[AddChangeSigner], as_("prechecker")
    _, refusal = sent(act, department, waiting.state, adds)
    assert (type(refusal) if refusal else None) is refused
    _, refusal = sent(act, department, waiting.state, replace(adds, step=1))
    assert isinstance(refusal, StepNotOpen)


@pytest.fixture
async def desk(desk: Desk) -> Desk:
    await desk.house.does(*APPROVAL, p.WORK[0])
    return desk


async def test_the_list_begins_with_what_is_due_and_speaks_the_readers_language(desk: Desk) -> None:
    actions = (await desk.read("secretary of the branch", f"{HERE}/actions"))["actions"]
    assert [action["code"] for action in actions[:3]] == ["report-reading"] * 2 + ["reach-milestone"]
    reach = actions[2]
    assert (reach["subject"], reach["enabled"]) == ({"milestone": "M1"}, True)
    assert (reach["by_office"], reach["by_unit"]) == ("branch_secretary", "branch")
    assert reach["due"] == {
        "at": "2026-06-01T00:00:00+08:00",
        "unit": "days",
        "left": 131,
        "provisional": False,
        "colour": "green",
        "colour_reason": "in_time",
    }
    enabled = [action["enabled"] for action in actions]
    assert enabled == sorted(enabled, reverse=True)
    refused = next(action for action in actions if action["code"] == "accept-task")
    assert refused["sentence"] == "该任务尚未报告完成。"
    english = (await desk.ask("secretary of the branch", f"{HERE}/actions", language="en")).json()
    (told,) = (action for action in english["actions"] if action["code"] == "accept-task")
    assert told["sentence"] == "The task is not reported as done."


async def test_what_is_offered_there_is_taken_and_what_is_not_is_refused_so(desk: Desk) -> None:
    who = "secretary of the branch"
    actions = (await desk.read(who, f"{HERE}/actions"))["actions"]
    by_code = {action["code"]: action for action in actions}
    assert by_code["raise-problem"]["enabled"]
    assert (await desk.post(who, "raise-problem", problem="P1", text="备件晚到")).status_code == 200
    refused = await desk.post(who, "accept-task", **by_code["accept-task"]["subject"])
    assert refused.status_code == 409
    assert (await desk.ask("stranger", f"{HERE}/actions")).status_code == 404
    assert not (await desk.read("auditor of the group", f"{HERE}/actions"))["actions"]
