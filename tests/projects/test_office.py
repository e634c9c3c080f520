"""Offices: who may appoint whom, the second that is needed, deputies, vacancies."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from services.projects.domain.office import OFFICE
from services.projects.domain.office.appointing import (
    AppointedAlready,
    AppointmentConfirmed,
    AppointmentNeedsASecond,
    AppointOffice,
    AuditedUnitOpensNoMandate,
    ClosedByWhoOpenedIt,
    ConfirmAppointment,
    EndOffice,
    NobodyAppointsThemselves,
    NotHeldByMandate,
    NothingToConfirm,
    OfficeAppointed,
    OfficeEnded,
)
from services.projects.domain.office.standing_in import (
    AppointDeputy,
    DeputyAppointed,
    DeputyEnded,
    DeputyOverlaps,
    DeputyTooLong,
    EndDeputy,
    HolderIsNoDeputy,
    MandateHasNoDeputy,
    NoDeputyOfADeputy,
    NoSuchDeputy,
)
from services.projects.domain.office.state import EndsBeforeItBegins, NotYoursToAppoint, TermIsNotInForce
from services.projects.domain.office.vacancy import (
    OfficeIsHeld,
    RecordVacancy,
    VacancyRecorded,
    VacantAlready,
)
from services.projects.ids import term_id
from shared.domain import By, Incomplete
from shared.offices import rights_of
from tests.projects.people import (
    BRANCH,
    COMPANY,
    GROUP,
    LI,
    QIAN,
    SUN,
    TODAY,
    WANG,
    ZHAO,
    department,
    headquarters,
)
from tests.support.given import given

FROM = date(2026, 1, 1)
TERM = term_id(LI, "branch_secretary", BRANCH, FROM)


def appointing(office: str, by: By | None = None, in_scope: bool = True) -> AppointOffice:
    rights = tuple(sorted(rights_of(office)))
    return AppointOffice(by or department(), TERM, LI, office, BRANCH, FROM, "〔2026〕5号", rights, in_scope)


def appointed(office: str, needs_second: bool = False) -> OfficeAppointed:
    return OfficeAppointed(TERM, LI, office, BRANCH, FROM, None, "〔2026〕5号", False, needs_second, WANG)


SECRETARY = appointed("branch_secretary")
LEADER = appointed("leader_in_charge", needs_second=True)


def test_a_party_department_appoints_a_secretary() -> None:
    given(OFFICE).when(appointing("branch_secretary")).then(SECRETARY)
    given(OFFICE, SECRETARY).when(appointing("branch_secretary")).then_refused(AppointedAlready)


def test_nobody_appoints_themselves() -> None:
    """R13; a deputy has the conflicts of whom they stand in for (R8)."""
    for by in (department(LI), department(QIAN, LI)):
        given(OFFICE).when(appointing("branch_secretary", by)).then_refused(NobodyAppointsThemselves)


@pytest.mark.parametrize("office", ["discipline_officer", "auditor", "inspector", "headquarters"])
def test_a_party_department_never_appoints_who_checks_it(office: str) -> None:
    given(OFFICE).when(appointing(office)).then_refused(NotYoursToAppoint, office=office)


def test_a_party_department_appoints_only_in_its_own_company() -> None:
    given(OFFICE).when(appointing("branch_secretary", in_scope=False)).then_refused(NotYoursToAppoint)


def test_auditors_are_appointed_by_discipline_or_audit_only() -> None:
    given(OFFICE).when(appointing("auditor", headquarters())).then_refused(NotYoursToAppoint)
    discipline = By(WANG, "discipline_officer", GROUP)
    given(OFFICE).when(appointing("auditor", discipline)).then(appointed("auditor", needs_second=True))


def test_who_holds_no_appointing_office_appoints_nobody() -> None:
    by = By(WANG, "branch_secretary", BRANCH)
    given(OFFICE).when(appointing("union_chair", by)).then_refused(NotYoursToAppoint)


def test_an_appointment_names_its_document_and_ends_after_it_begins() -> None:
    given(OFFICE).when(replace(appointing("branch_secretary"), document=" ")).then_refused(
        Incomplete, missing=["document"]
    )
    given(OFFICE).when(replace(appointing("branch_secretary"), until=date(2025, 12, 31))).then_refused(
        EndsBeforeItBegins
    )


@pytest.mark.parametrize("office", ["leader_in_charge", "committee_member", "juror", "inspector", "auditor"])
def test_what_decides_inspects_scores_or_audits_waits_for_a_second(office: str) -> None:
    by = By(WANG, "discipline_officer" if office == "auditor" else "headquarters", GROUP)
    [event] = given(OFFICE).when(appointing(office, by)).events
    assert isinstance(event, OfficeAppointed)
    assert event.needs_second


def test_the_second_is_neither_who_entered_it_nor_who_is_appointed() -> None:
    """R13; nor who stands in for one of them (R8)."""
    for by in (department(WANG), department(LI), department(QIAN, WANG), department(QIAN, LI)):
        confirm = ConfirmAppointment(by, TERM, in_scope=True)
        given(OFFICE, LEADER).when(confirm).then_refused(AppointmentNeedsASecond)
    other = ConfirmAppointment(department(QIAN), TERM, in_scope=True)
    given(OFFICE, LEADER).when(other).then(AppointmentConfirmed(TERM, QIAN))
    given(OFFICE, LEADER, AppointmentConfirmed(TERM, QIAN)).when(other).then_refused(NothingToConfirm)


def test_headquarters_may_be_the_second_for_every_office() -> None:
    auditor = replace(appointed("auditor"), needs_second=True)
    given(OFFICE, auditor).when(ConfirmAppointment(headquarters(), TERM, in_scope=True)).then(
        AppointmentConfirmed(TERM, ZHAO)
    )
    given(OFFICE, auditor).when(ConfirmAppointment(department(QIAN), TERM, in_scope=True)).then_refused(
        NotYoursToAppoint
    )


def test_the_first_of_headquarters_needs_no_second_for_there_is_none() -> None:
    first = replace(appointing("headquarters", headquarters(LI)), founding=True)
    given(OFFICE).when(first).then(replace(appointed("headquarters"), appointed_by=LI))


def test_an_office_ends_once_and_may_leave_a_vacancy() -> None:
    end = EndOffice(department(), TERM, TODAY, "调动", "〔2026〕9号", in_scope=True, vacant=True)
    ended = OfficeEnded(TERM, TODAY, "调动", "〔2026〕9号")
    vacancy = VacancyRecorded("branch_secretary", BRANCH, TODAY)
    given(OFFICE, SECRETARY).when(end).then(ended, vacancy)
    given(OFFICE, SECRETARY, ended, vacancy).when(end).then_refused(TermIsNotInForce)
    given(OFFICE).when(end).then_refused(TermIsNotInForce)


def test_an_office_ends_by_who_may_appoint_to_it_or_by_its_holder() -> None:
    end = EndOffice(By(LI, "branch_secretary", BRANCH), TERM, TODAY, "辞职", "", in_scope=False)
    given(OFFICE, SECRETARY).when(end).then(OfficeEnded(TERM, TODAY, "辞职", ""))
    given(OFFICE, SECRETARY).when(replace(end, by=department(), in_scope=False)).then_refused(
        NotYoursToAppoint
    )
    given(OFFICE, SECRETARY).when(replace(end, ended_on=date(2025, 1, 1))).then_refused(EndsBeforeItBegins)


def test_a_vacancy_is_recorded_of_an_office_that_nobody_holds() -> None:
    vacancy = RecordVacancy(department(), "branch_secretary", BRANCH, TODAY, holders=0)
    recorded = VacancyRecorded("branch_secretary", BRANCH, TODAY)
    given(OFFICE).when(vacancy).then(recorded)
    given(OFFICE, recorded).when(vacancy).then_refused(VacantAlready)
    given(OFFICE).when(replace(vacancy, holders=1)).then_refused(OfficeIsHeld)


DEPUTY = AppointDeputy(department(), TERM, QIAN, TODAY, date(2026, 3, 31), in_scope=True)
NAMED = DeputyAppointed(TERM, QIAN, TODAY, date(2026, 3, 31))


def test_a_deputy_stands_in_for_at_most_thirty_days() -> None:
    given(OFFICE, SECRETARY).when(DEPUTY).then(NAMED)
    given(OFFICE, SECRETARY).when(replace(DEPUTY, until=date(2026, 4, 1))).then_refused(DeputyTooLong)
    given(OFFICE, SECRETARY).when(replace(DEPUTY, until=date(2026, 3, 1))).then_refused(EndsBeforeItBegins)


def test_a_deputy_has_no_deputy() -> None:
    chained = replace(DEPUTY, by=By(QIAN, "branch_secretary", BRANCH, on_behalf_of=LI), deputy=SUN)
    given(OFFICE, SECRETARY).when(chained).then_refused(NoDeputyOfADeputy)


def test_the_holder_or_the_roster_names_the_deputy_and_not_the_holder() -> None:
    own = replace(DEPUTY, by=By(LI, "branch_secretary", BRANCH), in_scope=False)
    given(OFFICE, SECRETARY).when(own).then(NAMED)
    given(OFFICE, SECRETARY).when(replace(own, by=By(SUN, "clerk", COMPANY))).then_refused(NotYoursToAppoint)
    given(OFFICE, SECRETARY).when(replace(own, deputy=LI)).then_refused(HolderIsNoDeputy)
    given(OFFICE, LEADER).when(own).then_refused(NotYoursToAppoint)


def test_a_deputy_is_ended_by_who_could_have_named_them() -> None:
    end = EndDeputy(By(SUN, "clerk", COMPANY), TERM, QIAN, date(2026, 3, 20), in_scope=True)
    ended = DeputyEnded(TERM, QIAN, date(2026, 3, 20))
    given(OFFICE, SECRETARY, NAMED).when(end).then_refused(NotYoursToAppoint)
    elsewhere = replace(end, by=department(), in_scope=False)
    given(OFFICE, SECRETARY, NAMED).when(elsewhere).then_refused(NotYoursToAppoint)
    as_deputy = replace(end, by=By(QIAN, "branch_secretary", BRANCH, on_behalf_of=LI))
    given(OFFICE, SECRETARY, NAMED).when(as_deputy).then_refused(NoDeputyOfADeputy)
    given(OFFICE, SECRETARY, NAMED).when(replace(end, by=By(LI, "branch_secretary", BRANCH))).then(ended)


def test_deputies_do_not_overlap_but_an_ended_one_makes_room() -> None:
    second = replace(DEPUTY, deputy=SUN, since=date(2026, 3, 31), until=date(2026, 4, 2))
    given(OFFICE, SECRETARY, NAMED).when(second).then_refused(DeputyOverlaps)
    end = EndDeputy(department(), TERM, QIAN, date(2026, 3, 20), in_scope=True)
    ended = DeputyEnded(TERM, QIAN, date(2026, 3, 20))
    given(OFFICE, SECRETARY, NAMED).when(end).then(ended)
    given(OFFICE, SECRETARY, NAMED, ended).when(end).then_refused(NoSuchDeputy)
    given(OFFICE, SECRETARY, NAMED, ended).when(replace(second, since=date(2026, 3, 20))).then(
        DeputyAppointed(TERM, SUN, date(2026, 3, 20), date(2026, 4, 2))
    )


# Mandates, of R15

UNTIL = date(2026, 6, 30)
DISCIPLINE = By(WANG, "discipline_officer", COMPANY)
OPENED = replace(appointed("auditor", needs_second=True), until=UNTIL, opened_in=COMPANY)
CONFIRMED = AppointmentConfirmed(TERM, QIAN)


def mandated(office: str, by: By = DISCIPLINE) -> AppointOffice:
    return replace(appointing(office, by), until=UNTIL, mandate=True)


def test_an_auditors_mandate_is_opened_by_discipline_or_audit_and_waits_for_a_second() -> None:
    """R15, R13."""
    for office in ("discipline_officer", "auditor"):
        given(OFFICE).when(mandated("auditor", By(WANG, office, COMPANY))).then(OPENED)
    for by in (department(), headquarters()):
        given(OFFICE).when(mandated("auditor", by)).then_refused(NotYoursToAppoint)


def test_the_audited_unit_neither_opens_nor_confirms_the_mandate_to_audit_it() -> None:
    """R15."""
    own = By(WANG, "discipline_officer", BRANCH)
    opening = replace(mandated("auditor", own), of_the_unit=True)
    given(OFFICE).when(opening).then_refused(AuditedUnitOpensNoMandate)
    given(OFFICE).when(replace(opening, mandate=False, until=None)).then(
        appointed("auditor", needs_second=True)
    )
    second = ConfirmAppointment(By(QIAN, "discipline_officer", BRANCH), TERM, True, of_the_unit=True)
    given(OFFICE, OPENED).when(second).then_refused(AuditedUnitOpensNoMandate)
    given(OFFICE, OPENED).when(replace(second, of_the_unit=False)).then(CONFIRMED)


def test_a_mandate_has_a_number_and_a_last_day() -> None:
    """R15: it ends by itself."""
    given(OFFICE).when(replace(mandated("auditor"), until=None)).then_refused(Incomplete, missing=["until"])
    given(OFFICE).when(replace(mandated("auditor"), document=" ")).then_refused(
        Incomplete, missing=["document"]
    )


def test_a_mandate_is_for_who_audits_inspects_or_scores() -> None:
    """R15."""
    for office in ("inspector", "juror"):
        [event] = given(OFFICE).when(mandated(office, headquarters())).events
        assert isinstance(event, OfficeAppointed)
        assert (event.opened_in, event.until) == (GROUP, UNTIL)
    given(OFFICE).when(mandated("branch_secretary", department())).then_refused(
        NotHeldByMandate, office="branch_secretary"
    )


def test_a_mandate_is_closed_early_from_where_it_was_opened() -> None:
    """R15."""
    end = EndOffice(DISCIPLINE, TERM, TODAY, "提前完成", "〔2026〕9号", in_scope=True)
    given(OFFICE, OPENED, CONFIRMED).when(end).then(OfficeEnded(TERM, TODAY, "提前完成", "〔2026〕9号"))
    for by in (
        By(QIAN, "discipline_officer", BRANCH),  # of the audited unit
        By(QIAN, "discipline_officer", GROUP),
        By(LI, "auditor", BRANCH),  # the holder
        By(QIAN, "party_department", COMPANY),
    ):
        given(OFFICE, OPENED, CONFIRMED).when(replace(end, by=by)).then_refused(ClosedByWhoOpenedIt)
    outside = replace(end, in_scope=False)
    given(OFFICE, OPENED, CONFIRMED).when(outside).then_refused(ClosedByWhoOpenedIt)


def test_nobody_stands_in_for_who_is_named_in_a_mandate() -> None:
    """R15."""
    own = replace(DEPUTY, by=By(LI, "auditor", BRANCH))
    given(OFFICE, OPENED, CONFIRMED).when(own).then_refused(MandateHasNoDeputy)
