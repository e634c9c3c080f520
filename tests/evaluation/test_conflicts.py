"""Conflicts of jurors that the record tells: of the person, at the level that is compared (R5, R7)."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from services.evaluation.domain import heard
from services.evaluation.domain.tally import Tally
from services.evaluation.domain.tallying import evolve
from services.evaluation.review.conflicts import Judged, compared, conflict, judged_of
from shared import roster
from shared.domain import By, OfficeId, PersonId, UnitId
from shared.organisation import Organisation
from tests.support.recorded import recorded

GROUP, WEST, EAST = UnitId("group"), UnitId("west"), UnitId("east")
DEPOT, PLANT, MINE, HQ_BRANCH = map(UnitId, ("depot", "plant", "mine", "headquarters branch"))
TREE = {GROUP: None, WEST: GROUP, EAST: GROUP, DEPOT: WEST, PLANT: WEST, MINE: EAST, HQ_BRANCH: GROUP}
LI, WANG, ZHAO, QIAN, SUN = map(PersonId, ("li", "wang", "zhao", "qian", "sun"))
HOMES = {LI: DEPOT, WANG: PLANT, ZHAO: MINE, QIAN: MINE, SUN: HQ_BRANCH}
NOVEMBER = date(2026, 11, 2)
TWO_YEARS_BEFORE = date(2024, 11, 2)


def folded(*events: Any) -> Organisation:
    units = (
        roster.UnitEstablished(
            id_,
            id_,
            id_,
            parent,
            "production",
            "党支部",
            (),
            parent == GROUP,
            parent == GROUP,
            full_members=5,
        )
        for id_, parent in TREE.items()
    )
    people = (roster.PersonRegistered(id_, home, "正式党员", "", "") for id_, home in HOMES.items())
    found = Organisation()
    for event in (*units, *people, *events):
        found.apply(recorded(found.position + 1, event))
    return found


def office(who: PersonId, where: UnitId, since: date, until: date | None = None) -> roster.OfficeAppointed:
    term = OfficeId(f"{who} {where} {since}")
    return roster.OfficeAppointed(term, who, "committee_member", where, since, until, False, False, SUN)


def of(*units: UnitId, people: tuple[PersonId, ...] = ()) -> Judged:
    return Judged(frozenset(units), frozenset(people))


def found(known: Organisation, juror: PersonId, judged: Judged, review_of: UnitId) -> str | None:
    return conflict(known, juror, judged, review_of, TWO_YEARS_BEFORE, NOVEMBER)


def test_in_a_companys_review_the_own_branch_is_in_conflict_and_no_other() -> None:
    """R7: otherwise no company could judge its own branches."""
    known = folded()
    assert found(known, LI, of(DEPOT), WEST) == "own_unit"
    assert found(known, LI, of(PLANT), WEST) is None


def test_in_the_groups_review_the_whole_second_level_company_is() -> None:
    """R7."""
    known = folded()
    assert found(known, LI, of(PLANT), GROUP) == "own_unit"
    assert found(known, LI, of(MINE), GROUP) is None
    assert found(known, SUN, of(PLANT), GROUP) is None
    assert found(known, SUN, of(HQ_BRANCH), GROUP) == "own_unit"


@pytest.mark.parametrize(
    ("unit", "level"),
    [(DEPOT, WEST), (WEST, WEST), (HQ_BRANCH, HQ_BRANCH), (GROUP, GROUP), (UnitId("?"), "?")],
)
def test_what_is_compared_in_the_group_is_just_below_it(unit: UnitId, level: str) -> None:
    """R7."""
    assert compared(folded(), unit, GROUP) == level
    assert compared(folded(), unit, WEST) == unit


def test_the_partner_of_a_pair_judges_it_as_little_as_who_leads() -> None:
    """R5: users.md 3.6, own company, pair, decided on."""
    known = folded()
    assert found(known, ZHAO, of(DEPOT, MINE), GROUP) == "own_unit"


def test_whoever_had_a_part_or_decided_does_not_judge_wherever_they_are() -> None:
    """R5."""
    assert found(folded(), ZHAO, of(DEPOT, people=(ZHAO,)), GROUP) == "has_a_part"


def test_who_signed_its_approval_does_not_judge_it_nor_whose_deputy_signed() -> None:
    """R4, R5, R7, R8: of another company, whom no unit ties to it."""
    drafted = heard.ProposalDrafted("2026-1", WEST, DEPOT, LI, LI, "题目", "safety_quality")
    tally = evolve(Tally(), drafted, "projects/west/1", NOVEMBER, None)
    assert found(folded(), ZHAO, judged_of(tally), GROUP) is None
    signed = By(ZHAO, "party_secretary", EAST, on_behalf_of=QIAN)
    tally = evolve(tally, heard.OpinionGiven(()), "projects/west/2", NOVEMBER, signed)
    assert found(folded(), ZHAO, judged_of(tally), GROUP) == "has_a_part"
    assert found(folded(), QIAN, judged_of(tally), GROUP) == "has_a_part"
    assert found(folded(), WANG, judged_of(tally), GROUP) == "own_unit"
    assert found(folded(), WANG, judged_of(tally), WEST) is None


def test_a_post_of_the_last_two_years_counts_and_one_before_does_not() -> None:
    """R5."""
    late = folded(office(ZHAO, WEST, date(2020, 1, 1), date(2024, 11, 2)))
    assert found(late, ZHAO, of(DEPOT), GROUP) == "former_unit"
    early = folded(office(ZHAO, WEST, date(2020, 1, 1), date(2024, 11, 1)))
    assert found(early, ZHAO, of(DEPOT), GROUP) is None
    held = folded(office(ZHAO, WEST, date(2026, 1, 1)))
    assert found(held, ZHAO, of(DEPOT), GROUP) == "own_unit"


def test_a_tie_that_either_declared_is_shared_with_who_has_a_part_and_with_a_unit() -> None:
    """R5."""
    lis = of(DEPOT, people=(LI,))
    assert found(folded(), ZHAO, lis, GROUP) is None
    assert found(folded(roster.TieDeclared(ZHAO, LI, None)), ZHAO, lis, GROUP) == "tie"
    assert found(folded(roster.TieDeclared(LI, ZHAO, None)), ZHAO, lis, GROUP) == "tie"
    assert found(folded(roster.TieDeclared(ZHAO, None, PLANT)), ZHAO, of(DEPOT), GROUP) == "tie"
    assert found(folded(roster.TieDeclared(ZHAO, None, PLANT)), ZHAO, of(DEPOT), WEST) is None


def test_a_deputy_shares_the_conflicts_of_the_one_they_stand_in_for() -> None:
    """R5, R8."""
    term = office(LI, DEPOT, date(2026, 1, 1))
    stands_in = roster.DeputyAppointed(term.term, QIAN, date(2026, 10, 20), date(2026, 11, 10))
    known = folded(term, stands_in)
    assert found(known, QIAN, of(MINE, people=(LI,)), WEST) == "own_unit"
    assert found(known, QIAN, of(PLANT, people=(LI,)), WEST) == "tie"
    assert found(known, QIAN, of(PLANT), WEST) is None
