"""People are registered once, sealed, and erased only when nothing holds them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from services.projects.domain.person import PERSON
from services.projects.domain.person.leaving import (
    ContactErased,
    ErasePerson,
    PersonErased,
    PersonRestricted,
    RetentionStillRuns,
    StillInOffice,
)
from services.projects.domain.person.record import (
    ChangeContact,
    ContactChanged,
    MovedNowhere,
    MovePerson,
    NotSealed,
    PersonMoved,
    PersonRegistered,
    RegisteredAlready,
    RegisterPerson,
)
from services.projects.domain.person.state import NotRegistered
from services.projects.domain.person.ties import (
    DeclaredInPerson,
    DeclareNoTie,
    DeclareTie,
    EndTie,
    NoSuchTie,
    NoTieDeclared,
    TieDeclared,
    TieDeclaredAlready,
    TieEnded,
    TieNamesOne,
    TieStands,
)
from services.projects.domain.project.state import NotInTheFuture
from shared.domain import By, Incomplete
from tests.projects.people import BRANCH, COMPANY, LI, TODAY, ZHAO, department
from tests.support.given import given

NAME, PHONE = "sealed.1.bmFtZQ==", "sealed.1.cGhvbmU="
REGISTER = RegisterPerson(department(), LI, "1001", BRANCH, "正式党员", "电工", "高级工", NAME, PHONE, "")
REGISTERED = PersonRegistered(LI, "1001", BRANCH, "正式党员", "电工", "高级工", NAME, PHONE, "")
LEFT = date(2025, 6, 30)
ERASE = ErasePerson(
    department(),
    LI,
    LEFT,
    "本人申请",
    "南屏党〔2026〕12号",
    TODAY,
    in_office=False,
    contact_until=date(2025, 12, 31),
    name_until=None,
)
WHY = ("本人申请", "南屏党〔2026〕12号")
NEXT_YEAR = date(2027, 1, 1)


def test_a_person_is_registered_once() -> None:
    given(PERSON).when(REGISTER).then(REGISTERED)
    given(PERSON, REGISTERED).when(REGISTER).then_refused(RegisteredAlready)


def test_a_clear_name_never_enters_the_record() -> None:
    given(PERSON).when(replace(REGISTER, name="李明")).then_refused(NotSealed)
    given(PERSON, REGISTERED).when(ChangeContact(department(), LI, mail="li@example.com")).then_refused(
        NotSealed
    )


def test_what_is_missing_is_listed() -> None:
    nobody = replace(REGISTER, staff_number="", name="")
    given(PERSON).when(nobody).then_refused(Incomplete, missing=["staff_number", "name"])


def test_a_tie_is_declared_in_person_and_recorded_without_weighing_it() -> None:
    """R5, R8: with one other person or one unit, until it has ended."""
    li = By(LI, "member", BRANCH)
    kin = DeclareTie(li, LI, "kin", other=ZHAO)
    known = given(PERSON, REGISTERED)
    known.when(kin).then(TieDeclared(LI, "kin", ZHAO, None))
    known.when(DeclareTie(li, LI, "paid_adviser", unit=COMPANY)).then(
        TieDeclared(LI, "paid_adviser", None, COMPANY)
    )
    known.after(kin).when(kin).then_refused(TieDeclaredAlready)
    known.when(replace(kin, by=department())).then_refused(DeclaredInPerson)
    known.when(replace(kin, by=replace(li, on_behalf_of=ZHAO))).then_refused(DeclaredInPerson)
    known.when(replace(kin, other=None)).then_refused(TieNamesOne)
    known.when(replace(kin, unit=COMPANY)).then_refused(TieNamesOne)
    known.when(replace(kin, other=LI)).then_refused(TieNamesOne)
    end = EndTie(li, LI, other=ZHAO)
    known.when(end).then_refused(NoSuchTie)
    known.after(kin).when(end).then(TieEnded(LI, ZHAO, None))
    known.after(kin, end).when(kin).then_names(TieDeclared)


def test_that_there_is_no_tie_is_declared_in_person_and_never_against_one_that_stands() -> None:
    """R5, R8."""
    li = By(LI, "member", BRANCH)
    none = DeclareNoTie(li, LI, COMPANY, TODAY)
    known = given(PERSON, REGISTERED)
    known.when(none).then(NoTieDeclared(LI, COMPANY, TODAY))
    known.after(none).when(none).then_names(NoTieDeclared)  # before another visit
    known.when(replace(none, by=department())).then_refused(DeclaredInPerson)
    known.when(replace(none, by=replace(li, on_behalf_of=ZHAO))).then_refused(DeclaredInPerson)
    known.after(DeclareTie(li, LI, "other", unit=COMPANY)).when(none).then_refused(TieStands)


def test_contact_and_branch_change_by_themselves() -> None:
    given(PERSON, REGISTERED).when(ChangeContact(department(), LI, phone=PHONE)).then(
        ContactChanged(LI, None, PHONE, None)
    )
    move = MovePerson(department(), LI, COMPANY, unit_in_force=True)
    given(PERSON, REGISTERED).when(move).then(PersonMoved(LI, COMPANY))
    given(PERSON, REGISTERED).when(replace(move, unit_in_force=False)).then_refused(MovedNowhere)


def test_who_holds_an_office_is_not_erased() -> None:
    given(PERSON, REGISTERED).when(replace(ERASE, in_office=True)).then_refused(StillInOffice)


def test_while_retention_runs_erasing_becomes_restriction() -> None:
    """R77."""
    early = replace(ERASE, contact_until=NEXT_YEAR)
    restricted = PersonRestricted(LI, NEXT_YEAR, LEFT, *WHY)
    given(PERSON, REGISTERED).when(early).then(restricted)
    given(PERSON, REGISTERED, restricted).when(early).then_refused(RetentionStillRuns, until=NEXT_YEAR)


def test_the_name_on_acts_of_office_is_kept_longer_than_contact_data() -> None:
    """R77: contact data are erased after their own period; then again nothing, until that of the name."""
    held = replace(ERASE, name_until=NEXT_YEAR)
    contact, restricted = ContactErased(LI, *WHY), PersonRestricted(LI, NEXT_YEAR, LEFT, *WHY)
    given(PERSON, REGISTERED).when(held).then(contact, restricted)
    later = given(PERSON, REGISTERED, contact, restricted)
    later.when(held).then_refused(RetentionStillRuns, until=NEXT_YEAR)
    later.when(replace(held, today=date(2027, 1, 2))).then(PersonErased(LI, *WHY))


def test_after_retention_a_person_is_erased_and_nothing_more_is_said_of_them() -> None:
    """R77."""
    late = replace(ERASE, today=date(2027, 1, 2), contact_until=NEXT_YEAR)
    given(PERSON, REGISTERED, PersonRestricted(LI, NEXT_YEAR)).when(late).then(PersonErased(LI, *WHY))
    gone = given(PERSON, REGISTERED, PersonErased(LI))
    gone.when(ChangeContact(department(), LI)).then_refused(NotRegistered)
    gone.when(late).then_refused(NotRegistered)


def test_an_erasure_says_why_and_nobody_has_left_in_the_future() -> None:
    known = given(PERSON, REGISTERED)
    known.when(replace(ERASE, reason=" ", document="")).then_refused(
        Incomplete, missing=["reason", "document"]
    )
    known.when(replace(ERASE, left_on=NEXT_YEAR)).then_refused(NotInTheFuture, on=NEXT_YEAR)
