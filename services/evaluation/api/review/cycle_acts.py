"""What is done on a review cycle: opened, collected, judged round by round, allotted, noticed, confirmed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any
from uuid import UUID, uuid4

from fastapi import APIRouter
from pydantic import Field
from sqlalchemy import select

from services.evaluation import matters
from services.evaluation.api.acts import Situation, ledger_of, take, take_on_stream
from services.evaluation.api.review import signing_for
from services.evaluation.domain.review.cycle import CYCLE
from services.evaluation.domain.review.cycle.allotting import LeaveVacant, RunAllocation, VoteOnTie
from services.evaluation.domain.review.cycle.collecting import (
    CloseCollection,
    CollectProjects,
    LeaveOut,
    OpenCycle,
)
from services.evaluation.domain.review.cycle.confirming import (
    ConfirmAwards,
    EndHold,
    HoldResult,
    MoveUp,
    RevokeAward,
)
from services.evaluation.domain.review.cycle.judging import (
    CloseRound,
    NamePanel,
    SealedPanel,
)
from services.evaluation.domain.review.cycle.notice import (
    WORKING_DAYS,
    WORKING_DAYS_AT_MOST,
    AnswerObjection,
    CloseNotice,
    FileObjection,
    OpenNotice,
)
from services.evaluation.domain.review.cycle.state import Judging, State, going_into
from services.evaluation.entering import candidates, closings_read, to_collect, vetoed_among
from services.evaluation.hands import hands_in, voters_in
from services.evaluation.parts import Parts
from services.evaluation.programme import rules_of
from services.evaluation.review_keys import OBJECTOR
from services.evaluation.review_sight import in_line
from services.evaluation.reviews import REVIEWS
from services.evaluation.reviews.panels import sealed_panel
from shared.acts import Act, offer, offer_new
from shared.clock import today
from shared.decision import Outcome, Read
from shared.domain import NotKnown, OfficeId, PersonId, UnitId
from shared.ids import derived
from shared.sealing import seal
from shared.web import Sent

router = APIRouter(prefix="/reviews", tags=["review"])

ANSWER_WORKING_DAYS = 10  # R62
MOVES_UP_DAYS = 30  # R63


# What is given where it is not the command's own fields


@dataclass(frozen=True, slots=True)
class Opening:
    """A unit's review of a year: of what closed from one day to another, with a panel's round or without."""

    unit: UnitId
    year: int
    closed_from: date
    closed_until: date
    with_panels: bool = False  # of a company's review; that of the group has the rounds of its programme
    has_notice: bool = True
    programme: str = ""  # the version whose card and quotas hold; "": the one in force


@dataclass(frozen=True, slots=True)
class Chosen:
    """A project that is named; with the reason, where it closed on another day or nobody recommended it."""

    project: UUID
    exception: str = ""


@dataclass(frozen=True, slots=True)
class Collecting:
    """These projects, or all that are eligible where none is named."""

    projects: tuple[Chosen, ...] = ()


@dataclass(frozen=True, slots=True)
class Naming:
    """A panel of these projects, or of all projects of these tracks that have none yet."""

    department: UnitId
    tracks: tuple[str, ...] = ()
    projects: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Noticing:
    """For how many working days the awards are shown to everybody."""

    working_days: Annotated[int, Field(ge=1, le=WORKING_DAYS_AT_MOST)] = WORKING_DAYS


@dataclass(frozen=True, slots=True)
class Objecting:
    """What somebody objects; without a name it is answered only where it says what can be checked."""

    project: str
    text: str
    anonymous: bool = False
    has_facts: bool = False


@dataclass(frozen=True, slots=True)
class Revoking:
    """By a meeting of the committee that confirmed the award, with its reason (R63).

    The matter of its item is `<review>/revoke/<project>`.
    """

    project: str
    reason: str
    meeting: str


@dataclass(frozen=True, slots=True)
class MovingUp:
    """Whose vacated place is given to the next, by a meeting of the committee that confirmed (R63).

    The matter of its item is `<review>/move-up/<project whose award was revoked>`.
    """

    after: str
    meeting: str


# What is read before a decision


async def _candidates(parts: Parts, cycle: UUID, body: Any) -> Any:
    standing = await parts.streams.now(CYCLE, cycle)
    day = today(parts.clock, parts.settings.time_zone)
    named = [str(chosen.project) for chosen in body.projects]
    async with parts.views.connect() as connection:
        return await candidates(connection, parts.group.organisation, standing.state, day, named)


async def _sealed(parts: Parts, cycle: UUID, _body: Any) -> tuple[SealedPanel, ...]:
    """What the sealed panels of the round say."""
    standing = await parts.streams.now(CYCLE, cycle)
    found = [await sealed_panel(parts.ledgers, named.panel) for named in standing.state.panels]
    return tuple(panel for panel in found if panel is not None)


async def _vetoed(parts: Parts, cycle: UUID, _body: Any) -> tuple[str, ...]:
    standing = await parts.streams.now(CYCLE, cycle)
    async with parts.views.connect() as connection:
        return tuple(sorted(await vetoed_among(connection, standing.state.scores)))


async def _vetoed_and_voters(parts: Parts, cycle: UUID, body: Any) -> Any:
    return await _vetoed(parts, cycle, body), await voters_in(parts, cycle)


async def _hands(parts: Parts, cycle: UUID, _body: Any) -> frozenset[PersonId]:
    return await hands_in(parts, cycle)


@dataclass(frozen=True, slots=True)
class Decided:
    """What a meeting decided on this review, and which of its projects are vetoed by now."""

    by_meeting: Any
    vetoed: tuple[str, ...]
    run: int  # where it was about one


async def _on_run(parts: Parts, cycle: UUID, body: Any) -> Decided:
    standing = await parts.streams.now(CYCLE, cycle)
    run = standing.state.run
    return await _decided(parts, cycle, body, matters.of_run(cycle, run), run)


async def _on_revocation(parts: Parts, cycle: UUID, body: Any) -> Decided:
    return await _decided(parts, cycle, body, matters.of_revocation(cycle, body.project))


async def _on_moving_up(parts: Parts, cycle: UUID, body: Any) -> Decided:
    return await _decided(parts, cycle, body, matters.of_moving_up(cycle, body.after))


async def _decided(parts: Parts, cycle: UUID, body: Any, matter: str, run: int = 0) -> Decided:
    """What a meeting decided on this matter; NotKnown where no confirmed minutes say anything of it."""
    table = REVIEWS.table("decisions")
    query = select(table).where(table.c.meeting == body.meeting, table.c.matter == matter)
    async with parts.views.connect() as connection:
        found = (await connection.execute(query)).one_or_none()
    if found is None or found.kind != "party_committee":
        raise NotKnown()
    return Decided(found, await _vetoed(parts, cycle, body), run)


async def _key(parts: Parts, cycle: UUID, _body: Any) -> bytes:
    return await parts.keys.of(str(cycle))


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
        _candidates,
        asks=Collecting,
    ),
    Act(LeaveOut, signing_for.running),
    Act(CloseCollection, signing_for.running),
    Act(
        NamePanel,
        signing_for.running,
        {"panel": lambda _: str(uuid4()), "projects": _projects},
        given=frozenset({"projects"}),
        asks=Naming,
    ),
    Act(CloseRound, signing_for.running, {"sealed": lambda it: it.seen}, _sealed),
    Act(RunAllocation, signing_for.running, {"quotas": _quotas} | VETOED, _vetoed),
    Act(LeaveVacant, signing_for.running, VETOED, _vetoed),
    Act(
        VoteOnTie,
        signing_for.running,
        {"vetoed": lambda it: it.seen[0], "voters": lambda it: it.seen[1]},
        _vetoed_and_voters,
    ),
    Act(
        OpenNotice,
        signing_for.running,
        {
            "since": lambda it: it.asking.today,
            "until": lambda it: _working_days(it, it.body.working_days),
        },
        asks=Noticing,
    ),
    Act(
        FileObjection,
        signing_for.objecting,
        TODAY | {"answer_until": lambda it: _working_days(it, ANSWER_WORKING_DAYS), "objector": _objector},
        _key,
        asks=Objecting,
    ),
    Act(AnswerObjection, signing_for.answering, {"hands": lambda it: it.seen}, _hands),
    Act(CloseNotice, signing_for.running, TODAY),
    Act(HoldResult, signing_for.holding, TODAY),
    Act(EndHold, signing_for.holding),
    Act(
        ConfirmAwards,
        signing_for.running,
        TODAY | BY_MEETING | VETOED_THEN | {"run": lambda it: it.seen.run},
        _on_run,
    ),
    Act(RevokeAward, signing_for.running, TODAY | BY_MEETING, _on_revocation, asks=Revoking),
    Act(MoveUp, signing_for.running, TODAY | BY_MEETING | VETOED_THEN, _on_moving_up, asks=MovingUp),
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
