"""Whom and what an act on a project may name, and who reviewed its secrecy."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest

from cli.example.programme import content as shipped
from services.projects.domain.project.approval import ReturnProposal
from services.projects.domain.project.change import ApproveChange, RequestChange
from services.projects.domain.project.closing import (
    ClosureIncomplete,
    ClosureRequested,
    NotASecrecyReviewer,
    RequestClosure,
)
from services.projects.domain.project.content import Alteration, Member, Partner, Proposal, Seat, Team
from services.projects.domain.project.leadership import HandOverLead
from services.projects.domain.project.proposal import ReviseProposal
from services.projects.domain.project.route import Wanted
from services.projects.domain.project.supervision import RecordFinding
from services.projects.domain.project.tasks import AssignTask, OfferTask
from shared.acts import NotOfTheGroup
from shared.domain import PersonId, UnitId
from shared.organisation import Organisation
from shared.roster import ProgrammePublished
from tests.projects.a_group import (
    NEW_YEAR,
    OTHER_COMPANY,
    TODAY,
    appointed,
    organisation,
    person,
    registered,
    unit,
)
from tests.projects.a_project import (
    BRANCH,
    COMPANY,
    CONTENT,
    FITTER,
    GROUP,
    MAY,
    PRECHECK_SEAT,
    PRECHECKER,
    REPORT,
    REWORK,
    SECRETARY,
    Project,
    a_draft,
    approved,
    finished,
    submitted,
)
from tests.projects.edge import asked

PROGRAMME = ProgrammePublished("2026.1", 2026, NEW_YEAR, shipped(), "")
NOBODY = str(UUID(int=3))
A_STRANGER = {"person": NOBODY, "role": "young"}
FINDING = {
    "finding": "W1",
    "inspection": "I1",
    "text": "",
    "severity": "ordinary",
    "due": MAY.isoformat(),
}


# -- who and what is named ------------------------------------------------------------------------


def test_a_content_names_people_units_and_tracks_that_the_group_has() -> None:
    """What is recorded is there for ever; a unit that nobody is would keep its step waiting for ever."""
    nowhere, somewhere = str(UUID(int=1)), UnitId(str(UUID(int=2)))
    group = organisation(PROGRAMME, unit(somewhere, COMPANY), registered("fitter", BRANCH))
    source = replace(REWORK, source=Seat("source_department", somewhere))
    members = Team(members=(Member(person("fitter"), "backbone"),))
    content = replace(CONTENT, targets=(source,), team=members, partners=(Partner("联合支部", somewhere),))
    revise = asked(ReviseProposal, "secretary of the branch", a_draft, group, proposal=content)
    assert a_draft.after(revise).state.proposal == content

    elsewhere = replace(source, source=Seat("source_department", UnitId(nowhere)))
    wrong: tuple[tuple[Proposal, str], ...] = (
        (replace(content, partners=(Partner("联合支部", UnitId(nowhere)),)), nowhere),
        (replace(content, team=Team(members=(Member(person("nobody"), "young"),))), person("nobody")),
        (replace(content, targets=(elsewhere,)), nowhere),
        (replace(content, track="space_travel"), "space_travel"),
    )
    for proposal, unknown in wrong:
        with pytest.raises(NotOfTheGroup) as refused:
            asked(ReviseProposal, "secretary of the branch", a_draft, group, proposal=proposal)
        assert refused.value.facts == {"unknown": [unknown]}


@pytest.mark.parametrize(
    ("command", "body"),
    [
        (AssignTask, {"task": "T1", "person": NOBODY}),
        (OfferTask, {"task": "T1", "from_level": "1", "to_level": "2", "circle": [NOBODY]}),
        (HandOverLead, {"to_person": NOBODY, "reason": "轮岗"}),
        (RequestChange, {"change": "C1", "reason": "", "alteration": {"team": {"members": [A_STRANGER]}}}),
        (RecordFinding, FINDING | {"unit": NOBODY}),
        (RecordFinding, FINDING | {"unit": NOBODY, "caused_by": NOBODY}),
    ],
)
def test_an_act_names_nobody_whom_the_group_does_not_have(command: type, body: dict[str, Any]) -> None:
    group = organisation(
        appointed("everything", "branch_secretary", BRANCH),
        appointed("everything", "party_department", COMPANY),
        appointed("everything", "inspector", COMPANY),
    )
    with pytest.raises(NotOfTheGroup) as refused:
        asked(command, "everything", approved, group, **body)
    assert refused.value.facts == {"unknown": [NOBODY]}


def test_a_track_is_one_of_the_pinned_version_even_when_a_new_one_has_others() -> None:
    """R18: a returned proposal keeps its version."""
    later = replace(PROGRAMME, version="2026.2", content=PROGRAMME.content.replace("safety_quality", "other"))
    returned = submitted.after(
        ReturnProposal(PRECHECKER, 0, (Wanted("补充数据", "problem"),), True, PRECHECK_SEAT)
    )
    group = organisation(PROGRAMME, later)
    content = Proposal(track="safety_quality")
    asked(ReviseProposal, "secretary of the branch", returned, group, proposal=content)
    with pytest.raises(NotOfTheGroup):
        asked(ReviseProposal, "secretary of the branch", a_draft, group, proposal=content)


# -- the secrecy review -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("office", "unit", "until", "valid"),
    [
        ("secrecy_reviewer", COMPANY, None, True),
        ("secrecy_reviewer", GROUP, None, True),
        ("secrecy_reviewer", OTHER_COMPANY, None, False),
        ("secrecy_reviewer", COMPANY, TODAY - timedelta(7), False),
        ("party_department", COMPANY, None, False),
    ],
)
def test_the_secrecy_review_is_by_who_was_reviewer_there_on_that_day(
    office: str, unit: UnitId, until: date | None, valid: bool
) -> None:
    group = organisation(registered("reviewer", COMPANY), appointed("reviewer", office, unit, until=until))
    request = _closure_reviewed_by(person("reviewer"), finished, group)
    assert request.secrecy_valid is valid
    if valid:
        finished.when(request).then_names(ClosureRequested)
    else:
        finished.when(request).then_refused(NotASecrecyReviewer)


def test_a_reviewer_on_the_team_does_not_review_the_project() -> None:
    on_team = Team("攻关组", "面漆攻关组", (Member(FITTER.person, "backbone"), Member(person("r"), "young")))
    changed = finished.after(RequestChange(SECRETARY, "C1", "增加人员", Alteration(team=on_team)))
    with_reviewer = changed.after(ApproveChange(PRECHECKER, "C1", "h2"))
    group = organisation(registered("r", COMPANY), appointed("r", "secrecy_reviewer", COMPANY))
    request = _closure_reviewed_by(person("r"), with_reviewer, group)
    with_reviewer.when(request).then_refused(NotASecrecyReviewer)


def _closure_reviewed_by(reviewer: PersonId, past: Project, group: Organisation) -> Any:
    return asked(
        RequestClosure,
        "secretary of the branch",
        past,
        group,
        report=REPORT,
        secrecy={"person": reviewer, "on": TODAY},
        explanation="末次读数八月底才出",
    )


def test_closing_without_a_secrecy_review_is_told_what_is_missing() -> None:
    body = {"report": REPORT, "secrecy": None, "explanation": ""}
    request = asked(RequestClosure, "secretary of the branch", finished, organisation(), **body)
    finished.when(request).then_refused(ClosureIncomplete)
