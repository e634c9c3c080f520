"""Two companies with closed projects, a pool of jurors from a third, and the people around a review."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

import httpx

from services.evaluation.projections import scores_in
from services.evaluation.reactions import FixingMarks, FixingScores
from services.projects.domain.project import PROJECT
from services.projects.domain.project.approval.steps import ProjectApproved
from services.projects.domain.project.closing.keys import ClosureAssessed, Mark
from services.projects.domain.project.proposal import ProposalDrafted, ProposalRevised, ProposalSubmitted
from shared import roster
from shared.domain import By, Decider, UnitId
from shared.envelope import Recorded
from shared.organisation import Organisation
from tests.evaluation.a_desk import Desk, a_desk
from tests.projects import a_project as p
from tests.projects.a_group import NEW_YEAR, appointed, person, registered
from tests.support.engines import Database
from tests.support.given import given
from tests.support.recorded import recorded

AFTER = date(2026, 11, 2)
JURORS = tuple(f"juror {number}" for number in range(1, 10))
VERSION = "2026.1"


def unit(name: str) -> UnitId:
    """A unit's id, as a body may name it."""
    return UnitId(str(uuid5(UUID(int=1), name)))


def project(number: int) -> UUID:
    return UUID(int=1000 + number)


GROUP, EAST, WEST, FAR = unit("group"), unit("east"), unit("west"), unit("far")
BRANCHES = {EAST: (unit("east 1"), unit("east 2")), WEST: (unit("west 1"), unit("west 2"))}
FAR_BRANCH = unit("far branch")
OFFICES = (
    ("headquarters", "headquarters", GROUP),
    ("other headquarters", "headquarters", GROUP),
    ("party department of east", "party_department", EAST),
    ("party department of west", "party_department", WEST),
    ("secretary of east 1", "branch_secretary", BRANCHES[EAST][0]),
    ("secretary of east 2", "branch_secretary", BRANCHES[EAST][1]),
    ("secretary of west 1", "branch_secretary", BRANCHES[WEST][0]),
    ("secretary of west 2", "branch_secretary", BRANCHES[WEST][1]),
    ("discipline", "discipline_officer", GROUP),
    ("other discipline", "discipline_officer", GROUP),
    ("secretary in charge", "party_secretary", GROUP),
    ("source department", "source_department", GROUP),
    ("clerk", "clerk", GROUP),
    ("other clerk", "clerk", GROUP),
    ("auditor", "auditor", GROUP),
)
OUTSIDE = "outside auditor"  # under a mandate
SOMEBODY = "member of east 1"


def organisation() -> Organisation:
    """The group with its programme, in which everything is in force since the new year."""
    kinds = {EAST: "production", WEST: "service", FAR: "functional"}
    units = [_unit(GROUP, None, "functional", has_ledger=True)]
    units += [_unit(company, GROUP, kind, has_ledger=True) for company, kind in kinds.items()]
    units += [_unit(branch, company, kinds[company]) for company in BRANCHES for branch in BRANCHES[company]]
    units.append(_unit(FAR_BRANCH, FAR, "functional"))
    homes = {name: where for name, _, where in OFFICES} | {SOMEBODY: BRANCHES[EAST][0], OUTSIDE: GROUP}
    people = [registered(name, FAR_BRANCH if where == GROUP else where) for name, where in homes.items()]
    people += [registered(name, FAR_BRANCH) for name in JURORS]
    programme = roster.ProgrammePublished(VERSION, 2026, NEW_YEAR, "{}", "hash")
    found = Organisation()
    offices = [appointed(*office) for office in OFFICES]
    mandate = appointed(OUTSIDE, "auditor", GROUP, date(2028, 1, 1))
    offices.append(replace(mandate, document="审通〔2026〕7号", opened_in=GROUP))
    for position, event in enumerate((*units, *people, *offices, programme), 1):
        found.apply(recorded(position, event))
    return found


def _unit(id_: UnitId, parent: UnitId | None, kind: str, has_ledger: bool = False) -> roster.UnitEstablished:
    return roster.UnitEstablished(
        id_, str(id_)[:8], str(id_)[:8], parent, kind, "党支部", (), has_ledger, has_ledger, 5
    )


@dataclass(frozen=True)
class Happened:
    """What happened to a project, as one command that is never refused."""

    by: By
    events: tuple[Any, ...]


RAW: Decider[Any, Any, Any] = Decider(
    "project", None, lambda command, _: command.events, lambda state, _: state, (), PROJECT.events
)
LIFE = given(PROJECT).after(
    p.DRAFT,
    p.REVISE,
    p.SUBMIT,
    p.PRECHECK,
    p.QUALITY_AGREES,
    p.FINANCE_AGREES,
    p.MEET,
    *p.WORK,
    p.REQUEST_CLOSURE,
    p.PRECHECKER_REVIEWS,
    p.QUALITY_REVIEWS,
    p.ASSESS,
)


def life(number: int, company: UnitId, branch: UnitId, track: str, mark: Decimal) -> Sequence[Any]:
    """The same year as every project's, of another unit, and with another mark at its end."""
    return [_own(event, number, company, branch, track, mark) for event in LIFE.past]


def _own(event: Any, number: int, company: UnitId, branch: UnitId, track: str, mark: Decimal) -> Any:
    match event:
        case ProposalDrafted():
            return replace(
                event,
                reference=f"2026-E-{number:04}",
                company=company,
                unit=branch,
                title=f"project {number}",
                track=track,
                lead=person(f"lead {number}"),
                proposer=person(f"lead {number}"),
            )
        case ProjectApproved():
            said = replace(event.proposal, title=f"project {number}", track=track)
            return replace(event, company=company, unit=branch, proposal=said)
        case ProposalRevised() | ProposalSubmitted():
            return replace(event, proposal=replace(event.proposal, title=f"project {number}", track=track))
        case ClosureAssessed():
            return replace(event, marks=(Mark("real_problem", mark), *event.marks[1:]), unit=company)
        case _:
            return event


@dataclass
class Review:
    """A desk with the review's people, and what most tests ask of it."""

    desk: Desk

    async def closes(
        self, number: int, company: UnitId = EAST, mark: str = "7", track: str = "safety_quality"
    ) -> None:
        """One more project has closed."""
        branch = BRANCHES[company][number % 2]
        happened = Happened(p.SECRETARY, tuple(life(number, company, branch, track, Decimal(mark))))
        await self.desk.projects.does(happened, decider=RAW, stream=project(number), ledger=company)

    async def fixes_scores(self, on: date = AFTER) -> None:
        """All scores of what has closed; from then on it is this day."""
        await self.desk.caught_up()
        views, own = self.desk.runner.engine, self.desk.own.writer
        assert await FixingScores(views, scores_in(p.ZONE), own, p.ZONE).fix_closed()
        self.at(on)

    async def fixes_marks(self) -> int:
        """What every project has from a review that is confirmed."""
        await self.desk.caught_up()
        fixing = FixingMarks(self.desk.runner.engine, self.desk.own.writer, p.ZONE)
        found = await fixing.fix_confirmed() + await fixing.follow_awards()
        await self.desk.caught_up()
        return found

    async def named(self, ledger: str, name: str) -> Sequence[Recorded]:
        """The events of a name in a ledger of evaluation."""
        return await self.desk.own.ledgers.named(ledger, name)

    def at(self, day: date) -> None:
        """It is the morning of this day."""
        for house in (self.desk.projects, self.desk.own):
            house.clock.set(datetime.combine(day, time(2), UTC))

    async def does(self, path: str, name: str = "headquarters", **body: Any) -> dict[str, Any]:
        """What may be done is done."""
        await self.desk.caught_up()
        answer = await self.desk.post(path, name, **body)
        assert answer.status_code in (200, 201), answer.text
        told: dict[str, Any] = answer.json()
        return told

    async def is_refused(self, code: str, path: str, name: str = "headquarters", **body: Any) -> None:
        """For this reason."""
        answer = await self.desk.post(path, name, **body)
        assert (answer.json().get("code"), answer.status_code // 100) == (code, 4), answer.text

    async def reads(self, path: str, name: str = "headquarters") -> Any:
        """What somebody may read."""
        answer = await self.desk.get(path, name)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def asks(self, path: str, name: str) -> httpx.Response:
        return await self.desk.get(path, name)


@asynccontextmanager
async def a_review(database: Database, tmp_path: Path) -> AsyncIterator[Review]:
    """Nothing has closed yet."""
    async with a_desk(database, tmp_path, organisation()) as desk:
        yield Review(desk)


def listed(name: str, level: str = "middle", track: str = "safety_quality") -> dict[str, Any]:
    """Somebody as they come into the pool."""
    return {
        "person": person(name),
        "track": track,
        "fields": [],
        "level": level,
        "external": False,
        "pledged_on": "2026-03-01",
    }
