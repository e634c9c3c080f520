"""A programme is drafted by one, published by another, and then stands."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date

from services.projects.domain.programme import (
    PROGRAMME,
    ContentNotReadable,
    DraftHasChanged,
    DraftProgramme,
    InForceInThePast,
    NothingDrafted,
    ProgrammeDrafted,
    ProgrammePublished,
    PublicationNeedsASecond,
    PublishedIsFinal,
    PublishProgramme,
)
from services.projects.ids import programme_id
from services.projects.programme_content import faults_of, hash_of
from shared.domain import Incomplete
from tests.projects.people import LI, TODAY, ZHAO, headquarters
from tests.support.given import given

ID = programme_id("2026.1")
CONTENT = json.dumps({"tracks": [], "scheme": {}, "routes": [], "deadlines": {}})
HASH = hash_of(CONTENT)
BASIS = ("〔2026〕1号", "集团党委会2026年第3次会议", date(2026, 4, 1))
DRAFT = DraftProgramme(headquarters(), ID, "2026.1", 2026, "programme", *BASIS, CONTENT, HASH)
DRAFTED = ProgrammeDrafted(ID, "2026.1", 2026, "programme", *BASIS, CONTENT, HASH, ZHAO)
PUBLISH = PublishProgramme(headquarters(LI), ID, HASH, TODAY)
PUBLISHED = ProgrammePublished(ID, "2026.1", 2026, "programme", *BASIS, CONTENT, HASH, ZHAO, LI)


def test_one_drafts_and_another_publishes() -> None:
    given(PROGRAMME).when(DRAFT).then(DRAFTED)
    given(PROGRAMME, DRAFTED).when(PUBLISH).then(PUBLISHED)
    given(PROGRAMME, DRAFTED).when(replace(PUBLISH, by=headquarters())).then_refused(PublicationNeedsASecond)


def test_publication_has_a_basis() -> None:
    bare = replace(DRAFT, document="", meeting=" ")
    given(PROGRAMME).when(bare).then_refused(Incomplete, missing=["document", "meeting"])


def test_what_cannot_be_read_is_not_drafted() -> None:
    given(PROGRAMME).when(replace(DRAFT, faults=("scheme: weights",))).then_refused(
        ContentNotReadable, sections=["scheme"]
    )
    assert faults_of(CONTENT) == ()
    assert faults_of('{"tracks": [], "scheme": {}}') == (
        "routes: missing",
        "deadlines: missing",
    )
    assert len(faults_of("no json")) == len(faults_of("[" * 100_000)) == len(faults_of("[]")) == 1


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
