"""Which acts an appointment that is entered late, or an end, leaves to be ratified (R12)."""

from __future__ import annotations

from datetime import date
from uuid import UUID, uuid5

import structlog

from services.projects.domain.office.appointing import AppointmentConfirmed, OfficeAppointed, OfficeEnded
from services.projects.domain.ratification import RATIFICATION, Act, AskedAlready, AskToRatify, Whose
from services.projects.parts import Parts
from services.projects.projections.page import page_of
from services.projects.projections.projects import concerned
from shared.decision import LedgerIsClosed, Submission
from shared.domain import By, PersonId
from shared.envelope import Recorded
from shared.ids import DENGGAO, derived
from shared.organisation import Organisation, Term
from shared.sight import Circle

log = structlog.get_logger()

RATIFIED_WORKING_DAYS = 10  # R12
DECIDES = frozenset(
    {
        "ClaimGranted",
        "TaskAccepted",
        "TaskSentBack",
        "OpinionGiven",
        "OpinionWithdrawn",
        "StepTransferred",
        "SignerAdded",
        "MeetingDecided",
        "ProposalReturned",
        "ProjectRejected",
        "ChangesConfirmed",
        "DecisionChangedByHigher",
        "ObjectionAnswered",
        "BaselineConfirmed",
        "FigureConfirmed",
        "FigureDisputed",
        "FindingClosed",
        "FindingReopened",
        "FindingUpheld",
        "FindingWithdrawn",
        "ChangeOpinionGiven",
        "ChangeOpinionWithdrawn",
        "ChangeSignerAdded",
        "ChangeStepTransferred",
        "ChangeMeetingDecided",
        "ChangeApproved",
        "ChangeRejected",
        "ExtensionGranted",
        "ProjectSuspended",
        "ProjectResumed",
        "ProjectTerminated",
        "ClosureReviewed",
        "ClosureAssessed",
        "ClosureReturned",
        "SupportDecided",
        "PartnerJoined",
        "PracticeListed",
        "PracticeDeclined",
        "AdoptionVerified",
    }
)


def rightly(organisation: Organisation, by: By, on: date) -> PersonId | None:
    """Who as known now held the office of an act that day; None where whoever acted did, or nobody."""
    holders = organisation.persons(by.office, by.unit, on)
    return None if (by.on_behalf_of or by.person) in holders else next(iter(holders), None)


async def on_entered_late(parts: Parts, recorded: Recorded) -> None:
    """Acts since the day of effect in which another acted than is known now to have held the office."""
    event: OfficeAppointed | AppointmentConfirmed | OfficeEnded = recorded.event
    known = parts.organisation
    if known.position < recorded.position:
        await parts.following.catch_up()
    term = known.terms[event.term]
    since = event.ended_on if isinstance(event, OfficeEnded) else term.since
    entered = _day(parts, recorded)
    company, ledger = known.company(term.unit), known.ledger(term.unit)
    if since >= entered or not term.in_effect or company is None or ledger is None:
        return
    acts = await _acts(parts, term, since, recorded)
    for holder, found in acts.items():
        command = AskToRatify(
            None,
            Whose(term.office, term.unit, company, holder),
            since,
            entered,
            known.working_day_after(entered, RATIFIED_WORKING_DAYS, [term.unit]),
            tuple(found),
        )
        try:
            await _submit(parts, recorded, ledger, command)
        except (AskedAlready, LedgerIsClosed) as refusal:
            log.info("ratification.not_followed", rule=refusal.code())


async def _submit(parts: Parts, recorded: Recorded, ledger: str, command: AskToRatify) -> None:
    whose = command.whose
    await parts.writer.submit(
        Submission(
            ledger=ledger,
            stream=UUID(derived("ratification", whose.unit, whose.office, whose.holder)),
            decider=RATIFICATION,
            prepare=lambda _state: command,
            command_id=uuid5(DENGGAO, f"{recorded.id}/ratification/{whose.holder}"),
            request=recorded.id,
            correlation=recorded.envelope.correlation,
            causation=recorded.id,
        )
    )


async def _acts(parts: Parts, term: Term, since: date, entered: Recorded) -> dict[PersonId, list[Act]]:
    """What was done in the office in that time by somebody else, by who holds it rightly."""
    (mark,) = Circle(frozenset(), frozenset(), frozenset({(term.office, term.unit)})).marks()
    found: dict[PersonId, list[Act]] = {}
    for row in await concerned(parts.views, term.unit, mark):
        stream = await parts.ledgers.read_stream(UUID(row["project"]))
        page = page_of(stream)
        assert page is not None, "it stands in the view"
        for line in stream:
            by, on = line.envelope.by, _day(parts, line)
            if by is None or (by.office, by.unit) != (term.office, term.unit):
                continue
            if on < since or line.recorded_at >= entered.recorded_at:
                continue
            if holder := rightly(parts.organisation, by, on):
                name = line.envelope.name
                act = Act(line.id, page["id"], page["title"], name, by.person, on, name in DECIDES)
                found.setdefault(holder, []).append(act)
    return found


def _day(parts: Parts, recorded: Recorded) -> date:
    return recorded.recorded_at.astimezone(parts.settings.time_zone).date()
