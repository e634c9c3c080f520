"""R22: a company adds to the programme within the group's bounds, and changes no project that runs."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from cli.example.programme import content
from services.projects.acting import Asking
from services.projects.domain.programme import (
    Changed,
    ContentNotReadable,
    DocumentNotAttached,
    DraftHasChanged,
    InForceInThePast,
    NothingDrafted,
    PublicationNeedsASecond,
    PublishedIsFinal,
)
from services.projects.domain.project.proposal import (
    AdoptProgramme,
    AnotherProgrammeIsInForce,
    NothingNewToAdopt,
    ProgrammeAdopted,
    ProposalSubmitted,
)
from services.projects.domain.project.work import Evidence
from services.projects.domain.supplement import (
    SUPPLEMENT,
    DraftSupplement,
    PublishSupplement,
    SupplementDrafted,
    SupplementPublished,
    SupplementsNothing,
)
from services.projects.facts import route_of, supplement_in_force
from services.projects.programme_content import hash_of
from services.projects.supplement_content import faults_of_supplement
from shared import roster
from shared.domain import Incomplete
from shared.organisation import Organisation
from tests.projects.a_group import TODAY, appointed, organisation, person, registered
from tests.projects.a_project import BRANCH, COMPANY, SECRETARY, SUBMIT, a_draft, submitted
from tests.projects.people import COMPANY as HERE
from tests.projects.people import LI, WANG, department
from tests.projects.people import TODAY as DAY
from tests.projects.test_proposal import returned_at_the_second_step
from tests.support.given import given

CHECK = {"zh": "安全部门会签", "office": "source_department", "decides": "any", "limit": 2}
ADDED = {
    "dates": [{"what": "立项申请提交", "by": "03-15"}],
    "limits": [{"route": "ordinary", "step": "党委工作部初审", "limit": 3}],
    "extra_steps": [{"route": "ordinary", "before": "党委会审议", "step": CHECK}],
    "topics": [{"track": "safety_quality", "topics": ["涂装返修"]}],
    "award": "公司党建创新奖",
    "titles": {"party_department": "党群工作部"},
}
CONTENT = json.dumps(ADDED, ensure_ascii=False)
HASH = hash_of(CONTENT)
FILE = Evidence("f" * 64, "实施细则.pdf", 48_000, "application/pdf")
BASIS = ("长河党发〔2026〕5号", "公司党委会2026年第2次会议", date(2026, 4, 1))
CHANGES = (Changed("award", "added", "", '"公司党建创新奖"'),)
DRAFT = DraftSupplement(
    department(),
    HERE,
    "2026-1",
    "2026.1",
    *BASIS,
    CONTENT,
    HASH,
    supplements=True,
    attachment=FILE,
    changes=CHANGES,
)
DRAFTED = SupplementDrafted(HERE, "2026-1", "2026.1", *BASIS, CONTENT, HASH, WANG, FILE, CHANGES)
PUBLISH = PublishSupplement(department(LI), HASH, FILE.sha256, DAY)
PUBLISHED = SupplementPublished(HERE, "2026-1", "2026.1", *BASIS, CONTENT, HASH, WANG, LI, FILE, CHANGES)


def test_one_of_the_company_drafts_and_another_publishes() -> None:
    """R17, R22."""
    given(SUPPLEMENT).when(DRAFT).then(DRAFTED)
    given(SUPPLEMENT, DRAFTED).when(PUBLISH).then(PUBLISHED)


@pytest.mark.parametrize(
    ("command", "rule"),
    [
        (replace(PUBLISH, by=department()), PublicationNeedsASecond),
        (replace(PUBLISH, by=replace(PUBLISH.by, on_behalf_of=department().person)), PublicationNeedsASecond),
        (replace(PUBLISH, content_hash="another"), DraftHasChanged),
        (replace(PUBLISH, file="e" * 64), DraftHasChanged),
        (replace(PUBLISH, today=date(2026, 4, 2)), InForceInThePast),
        (replace(PUBLISH, faults=("dates: later",)), ContentNotReadable),
        (replace(DRAFT, faults=("dates: later",)), ContentNotReadable),
        (replace(DRAFT, supplements=False), SupplementsNothing),
        (replace(DRAFT, document=" "), Incomplete),
    ],
)
def test_a_supplement_is_published_as_a_programme_is(command: Any, rule: type) -> None:
    """R17, R22."""
    given(SUPPLEMENT, DRAFTED).when(command).then_refused(rule)


def test_what_is_published_stands_and_nothing_is_published_that_nobody_drafted() -> None:
    given(SUPPLEMENT).when(PUBLISH).then_refused(NothingDrafted)
    given(SUPPLEMENT, replace(DRAFTED, attachment=None)).when(PUBLISH).then_refused(DocumentNotAttached)
    for command in (DRAFT, PUBLISH):
        given(SUPPLEMENT, DRAFTED, PUBLISHED).when(command).then_refused(PublishedIsFinal)


# What a company may add


def test_earlier_dates_extra_steps_local_topics_an_award_and_titles_are_within_the_bounds() -> None:
    """R22."""
    assert faults_of_supplement(CONTENT, content()) == ()


@pytest.mark.parametrize(
    ("added", "fault"),
    [
        ({"scheme": {}}, "content: Object contains unknown field `scheme`"),
        ({"routes": []}, "content: Object contains unknown field `routes`"),
        ({"dates": [{"what": "立项申请提交", "by": "04-01"}]}, "dates: 立项申请提交 is later than"),
        ({"dates": [{"what": "归档移交", "by": "01-31 (+2)"}]}, "dates: 归档移交 is later than"),
        ({"dates": [{"what": "春游", "by": "03-01"}]}, "dates: the programme has no date for 春游"),
        ({"dates": [{"what": "归档移交", "by": "三月"}]}, "content: Expected `str` matching regex"),
        (
            {"limits": [{"route": "ordinary", "step": "党委工作部初审", "limit": 6}]},
            "limits: 党委工作部初审 has 5 working days",
        ),
        ({"limits": [{"route": "ordinary", "step": "无", "limit": 1}]}, "limits: ordinary has no step 无"),
        ({"limits": [{"route": "x", "step": "党委会审议", "limit": 1}]}, "limits: x has no step 党委会审议"),
        (
            {"limits": [{"route": "ordinary", "step": "党委会审议", "limit": 0}]},
            "content: Expected `int` >= 1",
        ),
        (
            {"extra_steps": [{"route": "ordinary", "before": "集团备案", "step": CHECK}]},
            "extra_steps: ordinary has no step 集团备案 that decides",
        ),
        (
            {
                "extra_steps": [
                    {"route": "ordinary", "before": "党委会审议", "step": CHECK | {"office": "headquarters"}}
                ]
            },
            "extra_steps: 安全部门会签 asks somebody beside",
        ),
        (
            {"extra_steps": [{"route": "ordinary", "before": "党委会审议", "step": CHECK | {"of": "group"}}]},
            "extra_steps: 安全部门会签 asks somebody beside",
        ),
        (
            {"extra_steps": [{"route": "simple", "before": "分管领导审批", "step": CHECK | {"office": []}}]},
            "extra_steps: 安全部门会签 asks somebody beside",
        ),
        (
            {
                "extra_steps": [
                    {"route": "ordinary", "before": "党委会审议", "step": CHECK | {"if_not": "stop"}}
                ]
            },
            "extra_steps: 安全部门会签 may not end",
        ),
        (
            {"extra_steps": [{"route": "ordinary", "before": "党委会审议", "step": CHECK}] * 3},
            "extra_steps: ordinary gets more than 2 steps",
        ),
        ({"topics": [{"track": "x", "topics": []}]}, "topics: there is no track x"),
        ({"titles": {"nobody": "无"}}, "titles: nobody is no office"),
    ],
)
def test_what_lies_beyond_the_bounds_is_named(added: dict[str, Any], fault: str) -> None:
    """R22: nothing later, no other weights, no wider offices; and there is no place to take a step away."""
    found = faults_of_supplement(json.dumps(added, ensure_ascii=False), content())
    assert len(found) == 1, found
    assert found[0].startswith(fault)


def test_the_group_says_what_it_leaves_to_companies() -> None:
    """R22."""
    narrow = json.dumps(
        json.loads(content()) | {"supplements": {"parts": ["dates"], "extra_steps_at_most": 0}}
    )
    assert [fault.partition(":")[0] for fault in faults_of_supplement(CONTENT, narrow)] == [
        *("limits", "extra_steps", "topics", "award", "titles"),
        "extra_steps",
    ]
    silent = {name: section for name, section in json.loads(content()).items() if name != "supplements"}
    assert faults_of_supplement(CONTENT, json.dumps(silent)) == ()


# What it does


def with_supplement(added: Any = ADDED, version: str = "2026-1", programme: str = "2026.1") -> Organisation:
    """The group, whose company has published this."""
    said = json.dumps(added, ensure_ascii=False)
    return organisation(
        roster.ProgrammePublished("2026.1", 2026, date(2026, 1, 1), content(), ""),
        registered("chief", BRANCH),
        appointed("chief", "party_secretary", COMPANY),
        roster.SupplementPublished(COMPANY, version, programme, TODAY, said, ""),
    )


def asking(group: Organisation) -> Asking:
    return Asking(person("secretary of the branch"), group, TODAY)


def test_a_proposal_of_the_company_takes_the_extra_step_and_has_less_time() -> None:
    """R22: pinned as a pair, the group's version and the company's."""
    plain = route_of(asking(with_supplement(programme="2025.1")), a_draft.state)
    route = route_of(asking(with_supplement()), a_draft.state)
    assert (plain.programme, plain.supplement) == ("2026.1", "")
    assert (route.programme, route.supplement) == ("2026.1", "2026-1")
    names = [step.name for step in plain.steps]
    at = names.index("党委会审议")
    assert [step.name for step in route.steps] == [*names[:at], "安全部门会签", *names[at:]]
    assert (plain.steps[0].limit_working_days, route.steps[0].limit_working_days) == (5, 3)
    assert supplement_in_force(asking(with_supplement()), a_draft.state) == "2026-1"
    sent, *_ = a_draft.when(replace(SUBMIT, route=route.steps, supplement=route.supplement)).events
    assert isinstance(sent, ProposalSubmitted)
    assert (sent.programme, sent.supplement) == ("2026.1", "2026-1")


def test_publishing_a_supplement_changes_no_project_that_runs() -> None:
    """R22, R18: neither one in approval nor one that was returned."""
    for project in (submitted, returned_at_the_second_step):
        route = route_of(asking(with_supplement()), project.state)
        assert (route.steps, route.supplement) == (project.state.approval.route, "")
    again, *_ = returned_at_the_second_step.when(replace(SUBMIT, supplement="2026-1")).events
    assert isinstance(again, ProposalSubmitted)
    assert again.supplement == ""


def test_a_returned_proposal_adopts_the_pair_that_it_has_seen() -> None:
    """R18, R22: a company's newer version as well as the group's."""
    both = AdoptProgramme(SECRETARY, "2026.1", "2026.1", "2026-1", "2026-1")
    adopted = ProgrammeAdopted("2026.1", "2026.1", SECRETARY.person, "2026-1", "")
    returned_at_the_second_step.when(both).then(adopted)
    unseen = replace(both, seen_supplement="")
    returned_at_the_second_step.when(unseen).then_refused(AnotherProgrammeIsInForce)
    neither = replace(both, supplement="", seen_supplement="")
    returned_at_the_second_step.when(neither).then_refused(NothingNewToAdopt)


def test_a_supplement_never_takes_a_step_away_whatever_a_corrigendum_has_renamed() -> None:
    """R21, R22."""
    gone: dict[str, Any] = {"extra_steps": [{"route": "ordinary", "before": "原环节", "step": CHECK}]}
    gone["limits"] = [{"route": "ordinary", "step": "党委工作部初审", "limit": 9}]
    plain = route_of(asking(with_supplement({})), a_draft.state).steps
    assert route_of(asking(with_supplement(gone)), a_draft.state).steps[1:] == plain
