"""A programme is drafted by one, published by another, and then stands."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from cli.example.programme import content
from services.projects.domain.programme import (
    PROGRAMME,
    Applies,
    AppliesToNoChange,
    Changed,
    ContentNotReadable,
    CorrectedMeanwhile,
    CorrectsNothing,
    DocumentNotAttached,
    DraftHasChanged,
    DraftProgramme,
    InForceInThePast,
    NothingDrafted,
    OrderNeedsADocument,
    ProgrammeDrafted,
    ProgrammePublished,
    PublicationNeedsASecond,
    PublishedIsFinal,
    PublishProgramme,
    RunningByWholeParts,
)
from services.projects.domain.project.work import Evidence
from services.projects.ids import programme_id
from services.projects.programme_content import faults_of, hash_of, read_content
from shared.domain import Incomplete
from tests.projects.people import LI, TODAY, ZHAO, headquarters
from tests.support.given import given

ID = programme_id("2026.1")
SECTIONS = {
    "tracks": {"tracks": [{"code": "safety_quality", "zh": "党建+安全质量"}]},
    "scheme": {
        "total": 100,
        "bands": {"优": 0.9, "差": 0},
        "groups": [
            {
                "code": "basis",
                "zh": "立项依据",
                "weight": 100,
                "criteria": [{"code": "real", "zh": "问题真", "weight": 100, "source": "judged"}],
            }
        ],
    },
    "routes": {
        "routes": [
            {
                "code": "ordinary",
                "when": {"always": True},
                "steps": [{"zh": "初审", "office": "party_department", "decides": "any", "limit": 5}],
            }
        ]
    },
    "deadlines": {"claim_window_working_days": 3},
}
CONTENT = json.dumps(SECTIONS)
HASH = hash_of(CONTENT)
BASIS = ("〔2026〕1号", "集团党委会2026年第3次会议", date(2026, 4, 1))
FILE = Evidence("f" * 64, "〔2026〕1号.pdf", 48_000, "application/pdf")
DRAFT = DraftProgramme(
    headquarters(), ID, "2026.1", 2026, "programme", *BASIS, CONTENT, HASH, attachment=FILE
)
DRAFTED = ProgrammeDrafted(ID, "2026.1", 2026, "programme", *BASIS, CONTENT, HASH, ZHAO, FILE)
PUBLISH = PublishProgramme(headquarters(LI), ID, HASH, FILE.sha256, TODAY)
PUBLISHED = ProgrammePublished(ID, "2026.1", 2026, "programme", *BASIS, CONTENT, HASH, ZHAO, LI, FILE)


def test_one_drafts_and_another_publishes() -> None:
    given(PROGRAMME).when(DRAFT).then(DRAFTED)
    given(PROGRAMME, DRAFTED).when(PUBLISH).then(PUBLISHED)
    for same in (headquarters(), replace(headquarters(LI), on_behalf_of=ZHAO)):  # R8: or their deputy
        given(PROGRAMME, DRAFTED).when(replace(PUBLISH, by=same)).then_refused(PublicationNeedsASecond)


def test_publication_has_a_basis() -> None:
    bare = replace(DRAFT, document="", meeting=" ")
    given(PROGRAMME).when(bare).then_refused(Incomplete, missing=["document", "meeting"])


def test_publication_attaches_the_document_itself() -> None:
    """R17: and what was read is what is published, file and content."""
    bare = replace(DRAFTED, attachment=None)
    given(PROGRAMME).when(replace(DRAFT, attachment=None)).then(bare)
    given(PROGRAMME, bare).when(PUBLISH).then_refused(DocumentNotAttached, document="〔2026〕1号")
    given(PROGRAMME, DRAFTED).when(replace(PUBLISH, file="e" * 64)).then_refused(DraftHasChanged)


CORRECTED = hash_of("as it was")
CHANGES = (Changed("deadlines.claim_window_working_days", "changed", "30", "3"),)
MENDS = replace(
    DRAFT,
    version="2026.1更1",
    kind="corrigendum",
    corrects="2026.1",
    corrected_hash=CORRECTED,
    changes=CHANGES,
)
MENDING = replace(
    DRAFTED,
    version="2026.1更1",
    kind="corrigendum",
    corrects="2026.1",
    corrected_hash=CORRECTED,
    changes=CHANGES,
)


def test_a_corrigendum_names_what_it_mends_and_every_field_that_it_changes() -> None:
    """R21: and it is in force from its publication."""
    given(PROGRAMME).when(MENDS).then(MENDING)
    publish = replace(PUBLISH, corrected_hash=CORRECTED, today=date(2026, 5, 6))
    mended = replace(
        PUBLISHED,
        version="2026.1更1",
        kind="corrigendum",
        in_force=date(2026, 5, 6),
        corrects="2026.1",
        changes=CHANGES,
    )
    given(PROGRAMME, MENDING).when(publish).then(mended)


@pytest.mark.parametrize(
    "wrong",
    [
        {"corrects": "", "corrected_hash": ""},
        {"corrects": "2025.9", "corrected_hash": ""},
        {"changes": ()},
        {"kind": "programme"},
    ],
)
def test_a_corrigendum_that_mends_nothing_is_none(wrong: dict[str, Any]) -> None:
    """R21."""
    given(PROGRAMME).when(replace(MENDS, **wrong)).then_refused(CorrectsNothing)


def test_a_corrigendum_takes_nothing_back_that_another_has_mended_meanwhile() -> None:
    """R21."""
    publish = replace(PUBLISH, corrected_hash=hash_of("as another has it"))
    given(PROGRAMME, MENDING).when(publish).then_refused(CorrectedMeanwhile, programme="2026.1")


RESUBMITTED = Applies("deadlines", "resubmission")


def test_each_changed_part_says_to_whom_it_applies() -> None:
    """R19: a part that is not named applies to new submissions alone."""
    said = {"changes": CHANGES, "applies": (RESUBMITTED,)}
    given(PROGRAMME).when(replace(DRAFT, **said)).then(replace(DRAFTED, **said))  # type: ignore[arg-type]
    published = replace(PUBLISHED, changes=CHANGES, applies=(RESUBMITTED,))
    given(PROGRAMME, replace(DRAFTED, **said)).when(PUBLISH).then(published)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("draft", "applies", "wrong"),
    [
        (DRAFT, (RESUBMITTED,), ["deadlines"]),
        (replace(DRAFT, changes=CHANGES), (RESUBMITTED, RESUBMITTED), ["deadlines"]),
        (replace(DRAFT, changes=CHANGES), (RESUBMITTED, Applies("scheme", "new")), ["scheme"]),
        (replace(DRAFT, changes=CHANGES), (Applies("dead", "new"),), ["dead"]),
        (MENDS, (RESUBMITTED,), ["deadlines"]),
    ],
)
def test_nothing_is_said_to_apply_that_does_not_change(
    draft: DraftProgramme, applies: tuple[Applies, ...], wrong: list[str]
) -> None:
    """R19, R21."""
    given(PROGRAMME).when(replace(draft, applies=applies)).then_refused(AppliesToNoChange, places=wrong)


def test_running_projects_go_by_a_whole_part_and_by_order_only_for_a_superior_document() -> None:
    """R19."""
    ordered = replace(DRAFT, changes=CHANGES, applies=(Applies("deadlines", "order"),), demanded_by="9号")
    given(PROGRAMME).when(ordered).then_names(ProgrammeDrafted)
    given(PROGRAMME).when(replace(ordered, demanded_by=" ")).then_refused(OrderNeedsADocument)
    asked = replace(ordered, applies=(Applies("deadlines", "request"),))
    given(PROGRAMME).when(asked).then_refused(OrderNeedsADocument)
    given(PROGRAMME).when(replace(asked, demanded_by="")).then_names(ProgrammeDrafted)
    within = replace(asked, applies=(Applies(CHANGES[0].place, "request"),), demanded_by="")
    given(PROGRAMME).when(within).then_refused(RunningByWholeParts, sections=["deadlines"])


def test_what_cannot_be_read_is_not_drafted() -> None:
    given(PROGRAMME).when(replace(DRAFT, faults=("scheme: weights",))).then_refused(
        ContentNotReadable, sections=["scheme"]
    )
    assert faults_of(CONTENT) == ()
    bare = {name: SECTIONS[name] for name in ("tracks", "scheme")}
    assert faults_of(json.dumps(bare)) == ("routes: missing", "deadlines: missing")
    assert len(faults_of("no json")) == len(faults_of("[" * 100_000)) == len(faults_of("[]")) == 1


@pytest.mark.parametrize("depth", [900, 5000])
def test_what_is_nested_too_deeply_to_be_compared_is_not_drafted(depth: int) -> None:
    """R21: two that differ at the bottom of it could be drafted, and then not be told apart."""
    deep = f'{CONTENT[:-1]}, "x": {"[" * depth}1{"]" * depth}}}'
    (fault,) = faults_of(deep)
    assert fault.startswith("content: ")
    assert faults_of(deep.replace("[" * depth, "[" * 20).replace("]" * depth, "]" * 20)) == ()


def test_the_shipped_defaults_are_a_programme_without_faults() -> None:
    assert faults_of(content()) == ()


def test_what_no_project_could_be_taken_through_by_has_all_its_faults_named() -> None:
    unusable = {"tracks": 1, "scheme": {"x": 1}, "routes": 1, "deadlines": 1}
    assert [fault.partition(":")[0] for fault in faults_of(json.dumps(unusable))] == list(SECTIONS)
    with pytest.raises(ContentNotReadable):
        read_content(json.dumps(unusable))


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ('"safety_quality"', "7", "tracks: Expected `str`"),
        (
            '"weight": 100, "source"',
            '"weight": 99, "source"',
            "scheme: the criteria of basis do not sum to 100",
        ),
        ('"total": 100', '"total": 99', "scheme: the groups' weights do not sum to 99"),
        ('"judged"', '"guessed"', "scheme: Invalid enum value 'guessed'"),
        ('"always"', '"whenever"', "routes: Object contains unknown field `whenever`"),
        ('"when": {"always": true}', '"budget": 1', "routes: ordinary says neither when nor when_any"),
        ('{"always": true}', '{"budget_from": "NaN"}', "routes: Expected `int | null`"),
        ('"steps"', '"then": "another", "steps"', "routes: ordinary has no steps"),
        ('"party_department"', '"party_office"', "routes: ordinary asks party_office, which is no office"),
        ('"party_department"', "[]", "routes: ordinary asks nobody at 初审"),
        ('"any"', '"filing"', "routes: ordinary has no step that decides"),
        ('{"always": true}', '{"track": "safety"}', "routes: ordinary waits for the track safety, which"),
        ('{"always": true}', '{"budget_below": 9}', "routes: no route fits every proposal"),
        ('"ordinary"', '"usual"', "routes: usual is never taken; the codes of routes are emergency, committ"),
        ('"any"', '"somebody"', "routes: Invalid enum value 'somebody'"),
        ('"limit": 5', '"limit": 5000', "routes: Expected `int` <= 366"),
        (
            '"claim_window_working_days": 3',
            '"claim_window_working_days": -1',
            "deadlines: Expected `int` >= 0",
        ),
        *(
            ('"claim_window_working_days": 3', f'"public_notice_working_days": {days}', f"deadlines: {fault}")
            for days, fault in ((0, "Expected `int` >= 1"), (61, "Expected `int` <= 60"))
        ),
    ],
)
def test_a_section_of_another_shape_is_refused_with_its_fault(old: str, new: str, fault: str) -> None:
    assert old in CONTENT
    found = faults_of(CONTENT.replace(old, new))
    assert found[0].startswith(fault)


@pytest.mark.parametrize(
    ("touches", "step", "faults"),
    [
        ("team", {}, []),
        ("target", {}, ["routes: a change of target has no step that decides"]),
        (
            "team",
            {"office": "party_office"},
            ["routes: a change of team asks party_office, which is no office of the catalogue"],
        ),
        (
            "target",
            {"decides": "meeting", "if_not": "stop"},
            ["routes: a change of target ends no project; leave if_not out"],
        ),
    ],
)
def test_a_route_of_a_change_is_refused_where_it_could_not_be_gone(
    touches: str, step: dict[str, str], faults: list[str]
) -> None:
    """What who leads decides may be filed alone; nothing that weighs more."""
    said = {"zh": "备案", "office": "party_department", "decides": "filing", **step}
    found = json.loads(CONTENT)
    found["routes"]["changes"] = [{"touches": [touches], "steps": [said]}]
    assert list(faults_of(json.dumps(found))) == faults


def test_a_programme_that_was_published_with_a_dead_end_stays_readable() -> None:
    """Such a one was never refused before."""
    earlier = CONTENT.replace('"party_department"', '"party_office"')
    assert read_content(earlier).routes.routes[0].steps[0].office == "party_office"


def test_only_what_was_read_is_published() -> None:
    given(PROGRAMME).when(PUBLISH).then_refused(NothingDrafted)
    redrafted = replace(DRAFTED, content_hash="other")
    given(PROGRAMME, DRAFTED, redrafted).when(PUBLISH).then_refused(DraftHasChanged)


def test_a_programme_is_never_in_force_before_it_is_published() -> None:
    given(PROGRAMME, DRAFTED).when(replace(PUBLISH, today=date(2026, 4, 1))).then(PUBLISHED)
    given(PROGRAMME, DRAFTED).when(replace(PUBLISH, today=date(2026, 4, 2))).then_refused(InForceInThePast)


def test_what_is_published_stands() -> None:
    given(PROGRAMME, DRAFTED, PUBLISHED).when(DRAFT).then_refused(PublishedIsFinal)
    given(PROGRAMME, DRAFTED, PUBLISHED).when(PUBLISH).then_refused(PublishedIsFinal)
