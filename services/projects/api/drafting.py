"""Beginning a proposal: it gets its readable reference from the first moment (R81)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid5

from fastapi import APIRouter

from services.projects import ids
from services.projects.acting import Asking
from services.projects.api.acts import Act, take
from services.projects.domain.problems import PROBLEMS
from services.projects.domain.project import PROJECT, proposal
from services.projects.domain.project.content import Listed
from services.projects.domain.serial import SERIAL, TakeNumber
from services.projects.facts import lead_of, reference_of
from services.projects.parts import Parts
from services.projects.routing import leader_kind
from services.projects.withdrawing import withdrawn_from
from shared.acts import offer_new
from shared.clock import today
from shared.decision import Outcome, Submission
from shared.domain import By, NotKnown, OfficeId, PersonId, UnitId
from shared.folding import folded
from shared.ids import derived
from shared.web import Sent
from shared.withdrawn import without

LEADS = ("propose", "lead_project")


@dataclass(frozen=True, slots=True)
class Seen:
    """The draft's serial, and the problem of the branch's list that it names."""

    serial: int
    problem: Listed | None


def leads_the_unit(asking: Asking, state: Any, body: Any) -> By:
    """An office that leads projects of the party organisation."""
    if UnitId(body.unit) not in asking.organisation.units:
        raise NotKnown()
    return asking.with_any_right(LEADS, UnitId(body.unit))


def _company(asking: Asking, unit: str) -> UnitId:
    company = asking.organisation.company(UnitId(unit))
    if company is None:
        raise NotKnown()
    return company


DRAFT = Act(
    proposal.DraftProposal,
    leads_the_unit,
    {
        "company": lambda it: _company(it.asking, it.body.unit),
        "leader": lambda it: leader_kind(it.asking.organisation, UnitId(it.body.unit)),
        "lead": lambda it: (
            lead_of(
                it.asking.organisation,
                UnitId(it.body.unit),
                leader_kind(it.asking.organisation, UnitId(it.body.unit)),
                it.asking.today,
            )
            or it.asking.person
        ),
        "reference": lambda it: reference_of(
            it.asking.organisation, _company(it.asking, it.body.unit), it.asking.today.year, it.seen.serial
        ),
        "listed": lambda it: it.seen.problem,
    },
)


async def _take_number(
    parts: Parts, ledger: str, body: Any, person: PersonId, office: OfficeId | None, sent: Sent
) -> int:
    """The draft's serial: taken once for a request, however often it is repeated."""
    year = today(parts.clock, parts.settings.time_zone).year
    company = _company(
        Asking(person, parts.organisation, today(parts.clock, parts.settings.time_zone)), body.unit
    )

    def prepare(state: None) -> TakeNumber:
        day = today(parts.clock, parts.settings.time_zone)
        asking = Asking(person, parts.organisation, day, office, body.why)
        return TakeNumber(leads_the_unit(asking, None, body), company, year)

    outcome = await parts.writer.submit(
        Submission(
            ledger=ledger,
            stream=UUID(derived("serial", company, str(year))),
            decider=SERIAL,
            prepare=prepare,
            command_id=uuid5(sent.command_id(person), "serial"),
            request=sent.request,
            correlation=sent.correlation,
        )
    )
    return outcome.version


async def _draft(
    parts: Parts, act: Act, project: UUID, body: Any, person: PersonId, office: OfficeId | None, sent: Sent
) -> Outcome:
    await parts.following.catch_up()
    ledger = parts.organisation.ledger(UnitId(body.unit))
    if ledger is None:
        raise NotKnown()
    problems = ids.problems_id(UnitId(body.unit))
    known = await folded(parts.ledgers, PROBLEMS, UUID(problems))
    listed = without(known.problems.get(body.problem), await withdrawn_from(parts.ledgers, [problems]))
    serial = await _take_number(parts, ledger, body, person, office, sent)
    return await take(
        parts,
        act,
        PROJECT,
        ledger=ledger,
        stream=project,
        body=body,
        person=person,
        office=office,
        sent=sent,
        seen=Seen(serial, listed),
    )


router = APIRouter(prefix="/projects", tags=["project acts"])
offer_new(router, DRAFT, "", _draft, lambda body, sent, person: uuid5(sent.command_id(person), "project"))
