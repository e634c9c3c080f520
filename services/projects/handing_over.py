"""What a project feels of its first office: that it is vacant, or passes on with a list (R10, R11)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, tzinfo
from hashlib import sha256
from uuid import UUID, uuid5

import structlog

from services.projects.arriving import on_ledger_left
from services.projects.domain.handover import HANDOVER, Entry, HandoverConfirmed, Open, OpenHandover, Parties
from services.projects.domain.office.appointing import AppointmentConfirmed, OfficeAppointed, OfficeEnded
from services.projects.domain.office.vacancy import VacancyRecorded
from services.projects.domain.person.leaving import ContactErased, PersonErased, PersonRestricted
from services.projects.domain.person.record import PersonMoved
from services.projects.domain.project import PROJECT
from services.projects.domain.project.approval import ProjectRejected
from services.projects.domain.project.closing import ProjectClosed
from services.projects.domain.project.figures import figures_now
from services.projects.domain.project.leadership import HandOverLead
from services.projects.domain.project.limits import USUAL
from services.projects.domain.project.proposal import ProposalDrafted
from services.projects.domain.project.state import FIRST_OFFICES
from services.projects.domain.project.succession import LeadMoved, LedgerLeft
from services.projects.domain.project.termination import ProjectTerminated
from services.projects.domain.project.vacancy import PauseLimits, ResumeLimits
from services.projects.domain.unit.ending import UnitCeased
from services.projects.domain.unit.particulars import CalendarSet
from services.projects.domain.unit.tree import UnitMoved
from services.projects.going_away import on_contact_erased, on_person_gone, submit_to
from services.projects.parts import Parts
from services.projects.programme_content import read_content
from services.projects.projections.page import Page, open_ones, page_of
from services.projects.projections.projects import one, open_with
from services.projects.ratifying import on_entered_late
from services.projects.reactions import Follows
from services.projects.succeeding import on_drafted, on_ended, on_lead_moved, on_unit_changed
from services.projects.timers import on_calendar_set
from shared.codec import canonical
from shared.decision import Submission
from shared.domain import FIRST_OFFICE, Refusal, UnitId
from shared.envelope import Recorded
from shared.folding import fold
from shared.ids import DENGGAO, derived
from shared.organisation import Organisation
from shared.sight import Circle
from shared.withdrawn import without

log = structlog.get_logger()

NOT_OWED = ("filing", "claim")  # these end by themselves (R34, R39)


async def list_of(parts: Parts, office: str, unit: UnitId) -> tuple[Entry, ...]:
    """What is open in the projects that the unit leads, and what waits elsewhere for the office."""
    (mark,) = Circle(frozenset(), frozenset(), frozenset({(office, unit)})).marks()
    found = []
    for row in await open_with(parts.views, unit, mark):
        stream = await parts.ledgers.read_stream(UUID(row["project"]))
        page, state = page_of(stream), fold(PROJECT, stream)
        assert page is not None, "it stands in the view"
        led = state.unit == unit
        dates = tuple(_open(page, office, unit, led, parts.settings.time_zone))
        if led or dates:
            figures = figures_now(state) if led else ()
            found.append(
                Entry(page["id"], page["reference"], page["title"], page["state"], led, dates, figures)
            )
    return tuple(found)


def _open(page: Page, office: str, unit: UnitId, led: bool, zone: tzinfo) -> Iterable[Open]:
    """All that is open in a project of the unit; of another the step that waits for the office."""
    opened = page["route"]["open"]
    seats = () if opened is None else page["route"]["steps"][opened]["seats"]
    asked = any((seat["office"], seat["unit"]) == (office, unit) for seat in seats)
    for dated in open_ones(page, zone):
        if dated.subject not in NOT_OWED and (led or (asked and dated.subject == "step")):
            yield Open(dated.subject, dated.code, dated.title, dated.due)


async def shown(parts: Parts, entries: tuple[Entry, ...]) -> tuple[Entry, ...]:
    """A list as it is shown now: without the texts that were withdrawn from its projects since (R74)."""
    rows = [await one(parts.views, entry.project) for entry in entries]
    return tuple(
        without(entry, row["page"]["withdrawn"]) if row else entry
        for entry, row in zip(entries, rows, strict=True)
    )


def hash_of(entries: tuple[Entry, ...]) -> str:
    """SHA-256 of the list's canonical bytes, as hex: what is signed."""
    return sha256(canonical(entries)).hexdigest()


async def on_appointed(parts: Parts, recorded: Recorded) -> None:
    """Where a first office passes to somebody else, its handover opens, once the appointment is in effect."""
    event: OfficeAppointed | AppointmentConfirmed = recorded.event
    if isinstance(event, OfficeAppointed) and event.needs_second:
        return
    known = parts.organisation
    if known.position < recorded.position:
        await parts.following.catch_up()
    term = known.terms[event.term]
    before, company = known.before(term), known.company(term.unit)
    if term.office not in FIRST_OFFICES or not term.in_effect or company is None:
        return
    day = _day(parts, recorded)
    await _in_each(parts, recorded, term.office, term.unit, ResumeLimits(None, max(day, term.since)))
    if before is None or known.units[term.unit].ceased:
        return
    entries = await list_of(parts, term.office, term.unit)
    command = OpenHandover(
        None,
        Parties(term.office, term.unit, company, before.person, term.person),
        term.id,
        entries,
        hash_of(entries),
        day,
        due=known.working_day_after(max(day, term.since), _days(known, day), [term.unit]),
    )
    await parts.writer.submit(
        Submission(
            ledger=known.ledger(term.unit) or company,
            stream=UUID(derived("handover", term.id)),
            decider=HANDOVER,
            prepare=lambda _state: command,
            command_id=uuid5(DENGGAO, f"{recorded.id}/handover"),
            request=recorded.id,
            correlation=recorded.envelope.correlation,
            causation=recorded.id,
        )
    )


def _day(parts: Parts, recorded: Recorded) -> date:
    return recorded.recorded_at.astimezone(parts.settings.time_zone).date()


def _days(organisation: Organisation, on: date) -> int:
    programme = organisation.programme(on)
    limits = read_content(programme.content).deadlines.limits if programme else USUAL
    return limits.handover_working_days


async def on_vacancy_recorded(parts: Parts, recorded: Recorded) -> None:
    """Where nobody leads, the limits of who would stand still in each running project (R10)."""
    event: VacancyRecorded = recorded.event
    if parts.organisation.position < recorded.position:
        await parts.following.catch_up()
    day = max(event.since, _day(parts, recorded))
    if parts.organisation.vacant_since(event.office, event.unit, day) is not None:
        await _in_each(parts, recorded, event.office, event.unit, PauseLimits(None, event.since))


async def _in_each(
    parts: Parts, recorded: Recorded, office: str, unit: UnitId, command: PauseLimits | ResumeLimits
) -> None:
    """In every project that this office of the unit leads."""
    for row in await open_with(parts.views, unit, ""):
        if FIRST_OFFICE.get(row["page"]["leader"]) == office:
            try:
                await submit_to(parts, recorded, row["project"], command)
            except Refusal as refusal:  # it is not carried out now, or its limits stand so already
                log.info("vacancy.not_followed", project=row["project"], rule=refusal.code())


async def on_handover_confirmed(parts: Parts, recorded: Recorded) -> None:
    """Who takes over leads from now on; each project keeps the figures as they stood."""
    event: HandoverConfirmed = recorded.event
    by = recorded.envelope.by
    assert by is not None, "a handover is signed by somebody"
    for project in event.led:
        try:
            command = HandOverLead(by, event.parties.incoming, "R11", handover=str(recorded.stream))
            await submit_to(parts, recorded, project, command)
        except Refusal as refusal:  # it has ended meanwhile, or is led by who takes over already
            log.info("handover.not_led", project=project, rule=refusal.code())


async def on_term(parts: Parts, recorded: Recorded) -> None:
    """A term that is entered, confirmed or ended: what it leaves to hand over, and to ratify."""
    if not isinstance(recorded.event, OfficeEnded):
        await on_appointed(parts, recorded)
    await on_entered_late(parts, recorded)


FOLLOWS: Follows = {
    OfficeAppointed: on_term,
    AppointmentConfirmed: on_term,
    OfficeEnded: on_term,
    VacancyRecorded: on_vacancy_recorded,
    HandoverConfirmed: on_handover_confirmed,
    CalendarSet: on_calendar_set,
    PersonMoved: on_person_gone,
    PersonRestricted: on_person_gone,
    PersonErased: on_person_gone,
    ContactErased: on_contact_erased,
    UnitCeased: on_unit_changed,
    UnitMoved: on_unit_changed,
    ProposalDrafted: on_drafted,
    LedgerLeft: on_ledger_left,
    LeadMoved: on_lead_moved,
    ProjectClosed: on_ended,
    ProjectRejected: on_ended,
    ProjectTerminated: on_ended,
}
