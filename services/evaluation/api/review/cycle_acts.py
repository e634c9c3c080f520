"""What is done on a review cycle: opened, collected, judged round by round, allotted, noticed, confirmed."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID, uuid4

from fastapi import APIRouter

from services.evaluation.api.acts import Situation, ledger_of, take, take_on_stream
from services.evaluation.api.review import cycle_looks as looks
from services.evaluation.api.review import signing_for
from services.evaluation.api.review.cycle_bodies import (
    Collecting,
    MovingUp,
    Naming,
    Noticing,
    Objecting,
    Opening,
    Revoking,
)
from services.evaluation.domain.review.cycle import CYCLE
from services.evaluation.domain.review.cycle.allotting import LeaveVacant, RunAllocation, VoteOnTie
from services.evaluation.domain.review.cycle.beginning import OpenCycle
from services.evaluation.domain.review.cycle.collecting import CloseCollection, CollectProjects, LeaveOut
from services.evaluation.domain.review.cycle.confirming import ConfirmAwards, MoveUp, RevokeAward
from services.evaluation.domain.review.cycle.holding import EndHold, HoldResult
from services.evaluation.domain.review.cycle.judging import (
    CloseRound,
    NamePanel,
)
from services.evaluation.domain.review.cycle.notice import (
    AnswerObjection,
    CloseNotice,
    FileObjection,
    OpenNotice,
)
from services.evaluation.domain.review.cycle.state import Judging, State, going_into
from services.evaluation.parts import Parts
from services.evaluation.review.entering import closings_read, to_collect
from services.evaluation.review.keys import OBJECTOR
from services.evaluation.review.programme import notice_days_of, rules_of
from services.evaluation.review.sight import in_line
from shared.acts import Act, offer, offer_new
from shared.clock import today
from shared.decision import Outcome, Read
from shared.domain import NotKnown, OfficeId, PersonId, UnitId
from shared.ids import derived
from shared.scheme import NOTICE_AT_MOST
from shared.sealing import seal
from shared.web import Sent

router = APIRouter(prefix="/reviews", tags=["review"])

ANSWER_WORKING_DAYS = 10  # R62
MOVES_UP_DAYS = 30  # R63


# Facts


def _programme(it: Situation) -> str:
    if it.body.programme:
        return str(it.body.programme)
    found = it.asking.organisation.programme(it.asking.today)
    return found.version if found else ""


def _rounds(it: Situation) -> tuple[Judging, ...]:
    rules = rules_of(it.asking.organisation, _programme(it))
    if it.body.unit == it.asking.organisation.group:
        return rules.rounds
    return (Judging("first_review", rules.rounds[0].before_share),) if it.body.with_panels else ()


def _moves_up(it: Situation) -> int:
    return MOVES_UP_DAYS if rules_of(it.asking.organisation, _programme(it)).moves_up else 0


def _host(it: Situation) -> UnitId:
    known = it.asking.organisation.people.get(it.asking.person)
    return known.unit if known else it.by.unit


def _projects(it: Situation) -> tuple[str, ...]:
    cycle: State = it.state
    if it.body.projects:
        return tuple(it.body.projects)
    taken = {project for named in cycle.panels for project in named.projects}
    left = going_into(cycle) - taken if cycle.stage == "judging" else frozenset[str]()
    return tuple(sorted(project for project in left if cycle.entrants[project].track in it.body.tracks))


def _able(it: Situation) -> bool:
    return signing_for.runs_in(it.asking.organisation, it.body.department, it.asking.today)


def _quotas(it: Situation) -> Any:
    """Of the group the awards of the version; of a company how many it may recommend (R56)."""
    cycle: State = it.state
    rules = rules_of(it.asking.organisation, cycle.programme)
    if cycle.unit == it.asking.organisation.group:
        return rules.quotas
    return rules.recommendation.quotas(len(cycle.entrants))


def _working_days(it: Situation, count: int) -> date:
    cycle: State = it.state
    at = [cycle.unit] if cycle.unit else []
    return it.asking.organisation.working_day_after(it.asking.today, count, at)


def _least_notice_days(it: Situation) -> int:
    return notice_days_of(it.asking.organisation, it.state.programme)


def _notice_days(it: Situation) -> int:
    return int(it.body.working_days or _least_notice_days(it))


def _objector(it: Situation) -> str:
    return "" if it.body.anonymous else seal(it.seen, OBJECTOR, it.asking.person)


VETOED = {"vetoed": lambda it: it.seen}
VETOED_THEN = {"vetoed": lambda it: it.seen.vetoed}
TODAY = {"on": lambda it: it.asking.today}
BY_MEETING = {
    "committee": lambda it: it.seen.by_meeting.body,
    "decision": lambda it: it.seen.by_meeting.number,
    "passed": lambda it: it.seen.by_meeting.result in ("passed", "passed_with_changes"),
}

OPEN = Act(
    OpenCycle,
    signing_for.opening,
    {
        "department": lambda it: it.by.unit,
        "host": _host,
        "programme": _programme,
        "rounds": _rounds,
        "moves_up_within_days": _moves_up,
        "of_group": lambda it: it.body.unit == it.asking.organisation.group,
    },
    given=frozenset({"programme"}),
    asks=Opening,
)
ACTS = (
    Act(
        CollectProjects,
        signing_for.running,
        {
            "closed": lambda it: to_collect(
                it.seen,
                it.asking.organisation,
                it.state,
                it.asking.today,
                {str(chosen.project): chosen.exception for chosen in it.body.projects},
            )
        },
        looks.candidates,
        asks=Collecting,
    ),
    Act(LeaveOut, signing_for.running),
    Act(CloseCollection, signing_for.running),
    Act(
        NamePanel,
        signing_for.running,
        {"panel": lambda _: str(uuid4()), "projects": _projects, "able": _able},
        given=frozenset({"projects"}),
        asks=Naming,
    ),
    Act(CloseRound, signing_for.running, {"sealed": lambda it: it.seen}, looks.sealed),
    Act(RunAllocation, signing_for.running, {"quotas": _quotas} | VETOED, looks.vetoed),
    Act(LeaveVacant, signing_for.running, VETOED, looks.vetoed),
    Act(
        VoteOnTie,
        signing_for.running,
        {"vetoed": lambda it: it.seen[0], "voters": lambda it: it.seen[1]},
        looks.vetoed_and_voters,
    ),
    Act(
        OpenNotice,
        signing_for.running,
        {
            "since": lambda it: it.asking.today,
            "until": lambda it: _working_days(it, _notice_days(it)),
            "working_days": _notice_days,
            "least": _least_notice_days,
            "most": lambda _: NOTICE_AT_MOST,
        },
        given=frozenset({"working_days"}),
        asks=Noticing,
    ),
    Act(
        FileObjection,
        signing_for.objecting,
        TODAY | {"answer_until": lambda it: _working_days(it, ANSWER_WORKING_DAYS), "objector": _objector},
        looks.key,
        asks=Objecting,
    ),
    Act(
        AnswerObjection,
        signing_for.answering,
        {"had_a_hand": lambda it: it.asking.person in it.seen},
        looks.hands,
    ),
    Act(CloseNotice, signing_for.running, TODAY),
    Act(HoldResult, signing_for.holding, TODAY),
    Act(EndHold, signing_for.holding),
    Act(
        ConfirmAwards,
        signing_for.running,
        TODAY | BY_MEETING | VETOED_THEN | {"run": lambda it: it.seen.run},
        looks.on_run,
    ),
    Act(RevokeAward, signing_for.running, TODAY | BY_MEETING, looks.on_revocation, asks=Revoking),
    Act(MoveUp, signing_for.running, TODAY | BY_MEETING | VETOED_THEN, looks.on_moving_up, asks=MovingUp),
)


def review_id(unit: UnitId, year: int) -> UUID:
    """The stream of a unit's review of a year, of which there is one."""
    return UUID(derived("review", unit, str(year)))


async def _open(
    parts: Parts, act: Act, stream: UUID, body: Any, person: PersonId, office: OfficeId | None, sent: Sent
) -> Outcome:
    organisation = parts.group.organisation
    ledger, day = ledger_of(organisation, body.unit), today(parts.clock, parts.settings.time_zone)
    opens = await parts.ledgers.ledger_of(stream) is None
    if opens and signing_for.may_run(organisation, person, body.unit, day):
        await parts.keys.give(str(stream))  # never for one that has been open: its seals are of another
    return await take(
        parts, act, CYCLE, ledger=ledger, stream=stream, body=body, person=person, office=office, sent=sent
    )


async def _on_cycle(
    parts: Parts, act: Act, stream: UUID, body: Any, person: PersonId, office: OfficeId | None, sent: Sent
) -> Outcome:
    unit = (await parts.streams.now(CYCLE, stream)).state.unit
    known, day = parts.group.organisation, today(parts.clock, parts.settings.time_zone)
    if unit is None or not in_line(known, person, unit, day):
        raise NotKnown()  # as who reads it is told
    reads = closings_read if act.command is CollectProjects else (lambda _: Read())
    return await take_on_stream(parts, act, CYCLE, stream, body, person, office, sent, reads)


offer_new(router, OPEN, "", _open, lambda body, _sent, _person: review_id(body.unit, body.year))
for _act in ACTS:
    offer(router, _act, "/{stream}", _on_cycle)
