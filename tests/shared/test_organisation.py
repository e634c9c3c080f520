"""What every service knows of the organisation: tree, offices, deputies, whose turn it is."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
import pytest

from shared import roster
from shared.domain import Calendar, OfficeId, PersonId, UnitId
from shared.offices import catalogue, offices, rights_of
from shared.organisation import Duty, Organisation, OutOfOrder
from shared.registers import ENDED_SESSIONS_KEPT_MICROS, ModelBranch
from shared.withdrawn import MARK, hash_of
from tests.support.recorded import NOON, recorded

G, C, B, B2 = UnitId("group"), UnitId("company"), UnitId("branch"), UnitId("partner")
LI, WANG, ZHAO, QIAN, SUN = map(PersonId, ("li", "wang", "zhao", "qian", "sun"))
NEW_YEAR, MARCH = date(2026, 1, 1), date(2026, 3, 2)


def unit(id: UnitId, parent: UnitId | None, has_ledger: bool = False) -> roster.UnitEstablished:  # noqa: A002
    return roster.UnitEstablished(
        id, id, id, parent, "production", "党支部", (), has_ledger, has_ledger, full_members=5
    )


def person(id: PersonId, branch: UnitId = B, status: str = "正式党员") -> roster.PersonRegistered:  # noqa: A002
    return roster.PersonRegistered(id, branch, status, "", "")


def term(
    who: PersonId,
    office: str,
    where: UnitId,
    *,
    until: date | None = None,
    acting: bool = False,
    needs_second: bool = False,
) -> roster.OfficeAppointed:
    id_ = OfficeId(f"{who} {office} {where}")
    return roster.OfficeAppointed(id_, who, office, where, NEW_YEAR, until, acting, needs_second, SUN)


def organisation(*events: Any) -> Organisation:
    units = (unit(G, None), unit(C, G, has_ledger=True), unit(B, C), unit(B2, C))
    return folded(*units, *(person(p) for p in (LI, WANG, ZHAO)), person(QIAN, B2), *events)


def test_the_mark_of_a_model_branch_lapses_and_one_of_before_it_was_an_act_does_not() -> None:
    until = roster.ModelBranchNamed(B, "集团党委", "15号", MARCH)
    known = organisation(until).units[B]
    assert (known.marks_on(MARCH), known.marks_on(MARCH + timedelta(days=1))) == (("示范支部",), ())
    old = roster.UnitMarked(B, "production", "党支部", ("远", "示范支部"), True, 9)
    assert organisation(old).units[B].marks_on(date.max) == ("远", "示范支部")
    assert organisation(old, until).units[B].marks_on(date.max) == ("远",)


def test_a_text_withdrawn_from_a_unit_is_not_known_of_it_also_when_it_is_said_again() -> None:
    """R74; its name stays, and so does what was said of others."""
    ours, text, document = UnitId(str(UUID(int=7))), "书记 病休", "因病 7号"

    def lived(*events: Any) -> Organisation:
        found = Organisation()
        for position, event in enumerate((unit(G, None), unit(ours, G), unit(B, G), *events), 1):
            of_ours = getattr(event, "unit", "") == ours
            stream = UUID(int=7) if of_ours else UUID(int=0)
            found.apply(msgspec.structs.replace(recorded(position, event), stream=stream))
        return found

    gone = tuple(roster.RecordTextWithdrawn(ours, hash_of(one)) for one in (text, document))
    said = (
        roster.NoProjectExplained(ours, 2026, "", text),
        roster.ModelBranchNamed(ours, "集团党委", document, MARCH),
        roster.NoProjectExplained(B, 2026, "", text),
    )
    for life in ((*said, *gone), (*said, *gone, *said), (*gone, *said)):
        known = lived(*life).units
        assert known[ours].excused[2026] == ("", MARK + hash_of(text))
        assert known[ours].model_branch == ModelBranch("集团党委", MARK + hash_of(document), MARCH)
        assert known[B].excused[2026] == ("", text)
    assert lived(gone[0], roster.UnitRenamed(ours, text)).units[ours].name == text


def test_a_document_withdrawn_from_a_term_is_not_known_of_it() -> None:
    """R74."""
    appointed = replace(term(LI, "clerk", B), document="因病 7号")
    gone = roster.RecordTextWithdrawn(appointed.term, hash_of("因病 7号"))
    assert organisation(appointed, gone).terms[appointed.term].document == MARK + hash_of("因病 7号")


def test_that_there_is_no_tie_holds_for_the_year_and_until_one_is_declared() -> None:
    """R5."""
    none = roster.NoTieDeclared(LI, B, MARCH)
    known = organisation(none)
    assert (known.untied(LI, NEW_YEAR), known.untied(LI, date(2027, 1, 1)), known.untied(WANG, MARCH)) == (
        (B,),
        (),
        (),
    )
    assert organisation(none, roster.TieDeclared(LI, WANG, None)).untied(LI, MARCH) == (B,)
    assert organisation(none, roster.TieDeclared(LI, None, B)).untied(LI, MARCH) == ()


def folded(*events: Any) -> Organisation:
    result = Organisation()
    for position, event in enumerate(events, 1):
        result.apply(recorded(position, event))
    return result


SECRETARY = term(LI, "branch_secretary", B)


# Units


def test_a_unit_belongs_to_the_nearest_company_with_a_ledger() -> None:
    o = organisation(unit(UnitId("workshop"), B))
    assert list(o.above(UnitId("workshop"))) == ["workshop", B, C, G]
    assert o.company(UnitId("workshop")) == o.ledger(B) == C
    assert o.company(G) == G
    assert o.ledger(G) == "group"
    assert o.company(UnitId("nowhere")) is None
    assert set(o.all_below(C)) == {C, B, B2, "workshop"}


def test_a_moved_unit_stands_elsewhere_and_a_circle_is_never_closed() -> None:
    o = organisation(roster.UnitMoved(B2, B), roster.UnitMoved(B, B2))
    assert list(o.above(B2)) == [B2, B, C, G]
    assert o.below(C) == (B,)
    assert o.below(B) == (B2,)


def test_a_dissolved_unit_gives_no_rights_and_stands_below_nothing() -> None:
    o = organisation(SECRETARY, gone := roster.UnitDissolved(B, MARCH, None))
    assert o.may(LI, "propose", B, MARCH - timedelta(days=1))
    assert o.may(LI, "propose", B, MARCH) is None
    assert (o.below(C), o.heir(B)) == ((B, B2), B)
    o = organisation(SECRETARY, gone, roster.UnitCeased(B))
    assert (o.below(C), o.heir(B)) == ((B2,), None)
    o = organisation(SECRETARY, gone, roster.DissolutionWithdrawn(B))
    assert o.may(LI, "propose", B, MARCH)


# Offices


def test_an_office_gives_its_rights_over_its_unit_and_what_is_below() -> None:
    o = organisation(term(LI, "party_department", C), term(WANG, "branch_secretary", B))
    assert o.may(LI, "precheck", B, MARCH)
    assert o.may(LI, "precheck", G, MARCH) is None
    assert o.may(LI, "propose", B, MARCH) is None
    assert o.may(WANG, "propose", B2, MARCH) is None
    assert o.may(SUN, "precheck", B, MARCH) is None


def test_an_office_is_held_from_its_first_day_to_the_day_before_its_end() -> None:
    o = organisation(
        SECRETARY, roster.OfficeEnded(SECRETARY.term, MARCH), term(WANG, "clerk", C, until=date(2026, 2, 1))
    )
    assert [t.office for t in o.offices_of(LI, MARCH - timedelta(days=1))] == ["branch_secretary"]
    assert o.offices_of(LI, MARCH) == o.offices_of(LI, NEW_YEAR - timedelta(days=1)) == ()
    assert o.offices_of(WANG, date(2026, 2, 1))
    assert not o.offices_of(WANG, date(2026, 2, 2))


def test_what_needs_a_second_has_no_effect_before_it() -> None:
    decider = term(LI, "leader_in_charge", C, needs_second=True)
    assert organisation(decider).may(LI, "decide", B, MARCH) is None
    assert organisation(decider, roster.AppointmentConfirmed(decider.term)).may(LI, "decide", B, MARCH)


def test_a_deputy_stands_in_for_the_holder_in_those_days() -> None:
    juror = term(LI, "juror", G)
    of_both = (roster.DeputyAppointed(t, QIAN, MARCH, date(2026, 3, 9)) for t in (SECRETARY.term, juror.term))
    o = organisation(SECRETARY, juror, *of_both)
    for day in (MARCH, date(2026, 3, 9)):
        assert {(t.person, t.office) for t in o.stood_in(QIAN, day)} == {
            (LI, "branch_secretary"),
            (LI, "juror"),
        }
    assert o.stood_in(QIAN, MARCH - timedelta(days=1)) == o.stood_in(QIAN, date(2026, 3, 10)) == ()


def test_a_deputy_ends_with_the_deputyship_and_with_the_office() -> None:
    deputy = roster.DeputyAppointed(SECRETARY.term, QIAN, NEW_YEAR, date(2026, 3, 9))
    ended = organisation(SECRETARY, deputy, roster.DeputyEnded(SECRETARY.term, QIAN, MARCH))
    gone = organisation(SECRETARY, deputy, roster.OfficeEnded(SECRETARY.term, MARCH))
    for o in (ended, gone):
        assert o.stood_in(QIAN, MARCH - timedelta(days=1))
        assert not o.stood_in(QIAN, MARCH)


def test_a_tie_is_shared_by_both_and_by_who_stands_in_for_them() -> None:
    """R5, R8: whichever of the two declared it, until it has ended."""
    kin = roster.TieDeclared(LI, WANG, None)
    deputy = roster.DeputyAppointed(SECRETARY.term, QIAN, NEW_YEAR, date(2026, 3, 9))
    o = organisation(SECRETARY, deputy, kin)
    assert (o.tied(LI, MARCH), o.tied(WANG, MARCH), o.tied(ZHAO, MARCH)) == ({WANG}, {LI}, set())
    assert o.with_ties({WANG}, MARCH) == {LI, WANG}
    assert o.with_deputies({WANG}, MARCH) == {LI, WANG, QIAN}
    assert o.nearest("branch_secretary", B, MARCH, {WANG}) == Duty(ZHAO, "member", B)
    ended = organisation(SECRETARY, deputy, kin, roster.TieEnded(LI, WANG, None))
    assert ended.tied(LI, MARCH) == set()
    assert ended.nearest("branch_secretary", B, MARCH, {WANG}) == Duty(LI, "branch_secretary", B)


def test_a_tie_to_a_unit_is_one_to_everybody_of_it() -> None:
    """R5: its members and who holds an office there; they have none to who advises the unit."""
    o = organisation(SECRETARY, term(SUN, "deputy_branch_secretary", B), roster.TieDeclared(QIAN, None, B))
    assert o.tied(QIAN, MARCH) == {LI, WANG, ZHAO, SUN}
    assert o.tied(LI, MARCH) == set()
    assert QIAN in o.with_deputies({WANG}, MARCH) & o.with_deputies({SUN}, MARCH)
    assert o.declared_ties(QIAN) == (B,)


def test_a_vacancy_lasts_until_somebody_begins() -> None:
    vacancy = roster.VacancyRecorded("branch_secretary", B, NEW_YEAR - timedelta(days=30))
    assert organisation(vacancy).vacant_since("branch_secretary", B, MARCH) == vacancy.since
    ended = roster.OfficeEnded(SECRETARY.term, MARCH)
    o = organisation(vacancy, SECRETARY, ended)
    assert o.vacant_since("branch_secretary", B, MARCH) is None
    again = organisation(vacancy, SECRETARY, ended, roster.VacancyRecorded("branch_secretary", B, MARCH))
    assert again.vacant_since("branch_secretary", B, MARCH) == MARCH
    assert again.vacancies("branch_committee", B, MARCH) == ("branch_secretary",)


def test_an_office_passes_from_the_last_who_held_it_and_never_from_oneself() -> None:
    """R11: a term that is prolonged, or an acting head who stays, hands nothing over."""
    acting = replace(term(WANG, "branch_secretary", B, acting=True), since=date(2026, 2, 1))
    stays = replace(acting, term=OfficeId("stays"), since=MARCH, acting=False)
    unconfirmed = replace(term(ZHAO, "branch_secretary", B, needs_second=True), since=date(2026, 2, 10))
    o = organisation(SECRETARY, acting, unconfirmed, stays)
    before = o.before(o.terms[acting.term])
    assert before is not None
    assert before.person == LI
    assert o.before(o.terms[stays.term]) is None
    assert o.before(o.terms[SECRETARY.term]) is None


# Whose turn it is


def test_acceptance_goes_to_the_nearest_without_conflict() -> None:
    o = organisation(
        SECRETARY,
        term(WANG, "deputy_branch_secretary", B),
        term(QIAN, "branch_secretary", B2),
        term(SUN, "party_department", C),
    )

    def accepts(*without: PersonId) -> Duty | None:
        return o.nearest("branch_secretary", B, MARCH, {*without}, partner=B2)

    assert accepts() == Duty(LI, "branch_secretary", B)
    assert accepts(LI) == Duty(WANG, "deputy_branch_secretary", B)
    assert accepts(LI, WANG) == Duty(ZHAO, "member", B)
    assert accepts(LI, WANG, ZHAO) == Duty(QIAN, "branch_secretary", B2)
    assert accepts(LI, WANG, ZHAO, QIAN) == Duty(SUN, "party_department", C)
    assert accepts(LI, WANG, ZHAO, QIAN, SUN) is None


def test_only_members_of_the_party_accept_as_members_of_the_branch() -> None:
    """R3, R14: others are participants, who claim, prove and are on teams."""
    o = organisation(SECRETARY, person(SUN, B, "群众"), term(QIAN, "party_department", C))
    assert o.nearest("branch_secretary", B, MARCH, {LI, ZHAO, WANG}) == Duty(QIAN, "party_department", C)


def test_a_decision_goes_to_the_acting_holder_the_leader_in_charge_then_up() -> None:
    o = organisation(
        term(ZHAO, "committee_member", C, acting=True),
        term(LI, "committee_member", C),
        term(WANG, "leader_in_charge", C),
        term(QIAN, "committee_member", G),
    )

    def decides(*without: PersonId) -> Duty | None:
        return o.nearest("committee_member", B, MARCH, {*without})

    assert decides() == Duty(LI, "committee_member", C)
    assert decides(LI) == Duty(ZHAO, "committee_member", C)
    assert decides(LI, ZHAO) == Duty(WANG, "leader_in_charge", C)
    assert decides(LI, ZHAO, WANG) == Duty(QIAN, "committee_member", G)
    assert decides(LI, ZHAO, WANG, QIAN) is None


def test_an_office_nobody_holds_is_found_above() -> None:
    o = organisation(term(SUN, "party_department", G))
    assert o.nearest("party_department", B, MARCH) == Duty(SUN, "party_department", G)
    assert o.nearest("finance", B, MARCH) is None


# People and bodies


def test_only_full_members_vote() -> None:
    o = organisation(roster.StandingChanged(WANG, "预备党员", "", ""), person(SUN, B, "群众"))
    assert o.members_of(B) == (LI, WANG, ZHAO, SUN)
    assert o.body("member_meeting", B, MARCH) == (LI, ZHAO), "R26: probationary members have no vote"


def test_a_committee_is_its_offices_each_person_once() -> None:
    o = organisation(
        term(LI, "party_secretary", C),
        term(LI, "committee_member", C),
        term(WANG, "committee_member", C),
        term(SUN, "committee_member", C),
    )
    assert o.body("party_committee", C, MARCH) == (LI, WANG), "nobody votes whose standing is unknown"


def test_people_move_are_restricted_and_erased() -> None:
    o = organisation(roster.PersonMoved(LI, B2), roster.PersonRestricted(WANG), roster.PersonErased(ZHAO))
    assert o.members_of(B) == ()
    assert o.members_of(B2) == (QIAN, LI)
    assert ZHAO not in o.people


# Programme, sessions, positions


def test_the_last_programme_in_force_stays_until_the_next_takes_over() -> None:
    def published(version: str, in_force: date) -> roster.ProgrammePublished:
        return roster.ProgrammePublished(version, 2026, in_force, "{}", "")

    o = organisation(
        published("2026.2", MARCH), published("2026.1", NEW_YEAR), published("2026.1 corrected", NEW_YEAR)
    )
    assert o.programme(NEW_YEAR) == o.version("2026.1 corrected") == o.programmes[2]
    assert o.programme(MARCH) == o.version("2026.2") == o.programmes[0]
    assert o.programme(NEW_YEAR - timedelta(days=1)) is None


def test_a_corrigendum_mends_its_version_and_takes_nothing_over() -> None:
    """R21: of two the later reads on; what was in force stays in force, under its own name."""

    def published(version: str, content: str, corrects: str = "") -> roster.ProgrammePublished:
        return roster.ProgrammePublished(version, 2026, NEW_YEAR, content, f"hash of {content}", corrects)

    o = organisation(
        published("2025.1", "old"),
        published("2026.1", "slip"),
        published("2025.1c", "old, mended", "2025.1"),
        published("2026.1c", "mended", "2026.1"),
        published("2026.1d", "mended again", "2026.1"),
    )
    now = o.programme(NEW_YEAR)
    assert now is not None
    assert now == o.version("2026.1")
    assert (now.version, now.content, now.corrected_by) == ("2026.1", "mended again", "2026.1d")
    before = [(p.version, p.content) if (p := o.published_before(v.version)) else None for v in o.programmes]
    assert before == [
        None,
        ("2025.1", "old, mended"),
        ("2025.1", "old"),
        ("2026.1", "slip"),
        ("2026.1c", "mended"),
    ]


def test_an_open_proposal_adopts_what_is_in_force_when_a_version_since_its_own_applies_to_it() -> None:
    """R19: that one may be followed by another that does not say so again."""

    def published(version: str, in_force: date, *parts: str) -> roster.ProgrammePublished:
        applies = tuple(roster.Applies(part, "resubmission") for part in parts)
        return roster.ProgrammePublished(version, 2026, in_force, "{}", "", applies=applies)

    o = organisation(
        published("2026.1", NEW_YEAR, "routes"),
        published("2026.2", NEW_YEAR + timedelta(1), "deadlines"),
        published("2026.3", NEW_YEAR + timedelta(2)),
    )

    def adopts(pinned: str, days: int) -> str | None:
        found = o.to_adopt(pinned, NEW_YEAR + timedelta(days))
        return found.version if found else None

    assert [adopts("2026.1", days) for days in range(3)] == [None, "2026.2", "2026.3"]
    assert [adopts("2026.2", 2), adopts("2026.3", 2), adopts("unknown", 2)] == [None, None, None]


def test_days_are_counted_by_the_calendar_of_the_nearest_unit_that_has_one() -> None:
    """R38: where several are asked, each has its time."""
    shifts = Calendar("Africa/Luanda", chinese=False, rest=())
    o = organisation(roster.CalendarSet(C, shifts))
    friday, zone = date(2026, 11, 20), ZoneInfo("Asia/Shanghai")
    assert (o.calendar(B), o.calendar(G)) == (shifts, Calendar())
    assert o.working_day_after(friday, 1, [B]) == date(2026, 11, 21)
    assert o.working_day_after(friday, 1, [B, G]) == date(2026, 11, 23)
    assert o.working_day_after(friday, 1, []) == date(2026, 11, 23)
    asked: list[list[UnitId]] = [[G], [B], [B, G], []]
    ends = [o.day_ends(friday, units, zone).astimezone(UTC).hour for units in asked]
    assert ends == [16, 23, 23, 16]
    o.apply(recorded(o.position + 1, roster.CalendarSet(C, None)))
    assert (o.calendar(B), o.calendars) == (Calendar(), {shifts})


def test_an_ended_session_is_remembered_as_long_as_a_token_could_live() -> None:
    o = Organisation()
    o.apply(recorded(1, roster.SessionEnded("one")))
    later = NOON + timedelta(microseconds=ENDED_SESSIONS_KEPT_MICROS)
    o.apply(recorded(2, roster.SessionEnded("two"), later))
    assert o.has_ended("one")
    o.apply(recorded(3, roster.SessionEnded("three"), later + timedelta(microseconds=1)))
    assert not o.has_ended("one")
    assert o.has_ended("two")


def test_events_are_taken_once_and_in_order() -> None:
    o = folded(unit(G, None))
    o.apply(recorded(1, unit(C, None)))
    assert o.group == G
    with pytest.raises(OutOfOrder):
        o.apply(recorded(3, unit(C, G)))
    assert (o.position, o.recorded_at_micros) == (1, 1_772_452_800_000_000)


def test_events_of_later_versions_of_the_software_are_passed_over() -> None:
    class SomethingNew(roster.PersonErased): ...

    o = folded(person(LI), SomethingNew(LI))
    assert o.position == 2
    assert LI in o.people


# The catalogue


def test_the_catalogue_is_complete_and_unknown_offices_have_no_rights() -> None:
    assert len(offices()) == len(catalogue().offices) == 28
    assert rights_of("branch_secretary") == {"propose", "lead_project", "accept_task"}
    assert rights_of("union_chair") == rights_of("emperor") == frozenset()


# Size


def group_of(branches: int) -> Iterable[Any]:
    yield unit(G, None)
    for n in range(branches):
        company = UnitId(f"c{n // 40}")
        if n % 40 == 0:
            yield unit(company, G, has_ledger=True)
        branch = UnitId(f"b{n}")
        yield unit(branch, company)
        yield from (person(PersonId(f"{n}.{k}"), branch) for k in range(10))
        yield term(PersonId(f"{n}.0"), "branch_secretary", branch)


def seconds_to_fold(branches: int) -> float:
    events = [recorded(position, event) for position, event in enumerate(group_of(branches), 1)]
    o, began = Organisation(), time.perf_counter()
    for event in events:
        o.apply(event)
    return time.perf_counter() - began


def test_folding_takes_time_in_proportion_to_the_events() -> None:
    """Eight times the events: quadratic would be 64 times the time."""
    small, large = (min(seconds_to_fold(branches) for _ in range(3)) for branches in (100, 800))
    assert large < 8 * small * 4
