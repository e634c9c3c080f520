"""A project's page shows what happened to it, and nothing of it is lost on the way."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from services.projects.domain.project.approval import (
    ConfirmChanges,
    GiveOpinion,
    ReferStepUp,
    RejectProject,
    ReturnProposal,
)
from services.projects.domain.project.change import ApproveChange, RejectChange, RequestChange
from services.projects.domain.project.closing import ReturnClosure
from services.projects.domain.project.content import Alteration
from services.projects.domain.project.extension import GrantExtension
from services.projects.domain.project.figures import ConfirmFigure, DisputeFigure, ReportReading
from services.projects.domain.project.leadership import HandOverLead
from services.projects.domain.project.pause import ResumeProject, SuspendProject
from services.projects.domain.project.proposal import AdoptProgramme, WithdrawProposal
from services.projects.domain.project.rectification import (
    CloseFinding,
    OnTheSpot,
    PlanRectification,
    ReopenFinding,
    ReportRectification,
)
from services.projects.domain.project.route import Wanted
from services.projects.domain.project.supervision import HoldInspection, RecordFinding
from services.projects.domain.project.tasks import (
    AddTask,
    ClaimTask,
    CompleteTask,
    ExpireClaim,
    GrantClaim,
    OfferTask,
    ReleaseTask,
    SendBackTask,
    SplitClaim,
)
from services.projects.domain.project.termination import TerminateProject
from services.projects.domain.project.work import (
    AttachEvidence,
    Evidence,
    HoldActivity,
    RaiseProblem,
    ReachMilestone,
    ResolveProblem,
)
from services.projects.projections.page import open_dates, page
from services.projects.sight import circle_of
from shared.decision import WrittenByNewerCode
from tests.projects.a_project import (
    ARCHIVE,
    BRANCH,
    CONTENT,
    FITTER,
    HAND_OVER,
    INSPECTOR,
    MARCH,
    MAY,
    PRECHECK,
    PRECHECK_SEAT,
    PRECHECKER,
    QUALITY,
    QUALITY_SEAT,
    REVISE,
    SECRETARY,
    SEPTEMBER,
    SUBMIT,
    WELDER,
    a_draft,
    approved,
    closed,
    countersigning,
    finished,
    in_closing,
    submitted,
)
from tests.projects.lived import page_after, recorded

TASK = AddTask(SECRETARY, "T1", "清洁标准", "班组签认", MAY, Decimal(30))
OFFER = OfferTask(SECRETARY, "T1", "90分钟", "50分钟", (BRANCH,), window_ends=MARCH, today=MARCH)
VISIT = HoldInspection(INSPECTOR, "I1", MARCH, "例行", today=MARCH)
FINDING = RecordFinding(INSPECTOR, "W01", "I1", "缺签认", "ordinary", MAY, BRANCH, today=MARCH)


def test_a_draft_shows_what_is_written_so_far() -> None:
    shown = page_after(a_draft)
    assert (shown["state"], shown["reference"], shown["number"]) == ("draft", "2026-A-0012", None)
    assert (shown["company"], shown["unit"], shown["lead"]) == ("company", "branch", "secretary")
    assert shown["title"] == "面漆返修率减半"
    assert shown["content"]["plan"][0] == {
        "code": "M1",
        "title": "首班清洁作业定标",
        "due": "2026-05-31",
        "weight": "1",
    }
    assert shown["indicators"]["rework"]["baseline"] == "6.8"
    assert shown["closing"]["missing"] == []
    assert (shown["version"], shown["position"]) == (2, "projects/company:2")


def test_what_a_returned_proposal_has_adopted_is_shown_and_it_begins_at_the_first_step() -> None:
    """R18."""
    back = ReturnProposal(PRECHECKER, 1, (Wanted("补充成因", "problem"),), False, QUALITY_SEAT)
    returned = submitted.after(PRECHECK, back)
    shown = page_after(returned.after(AdoptProgramme(SECRETARY, "2027.1", "2027.1")))
    assert (page_after(returned)["programme"], shown["programme"]) == ("2026.1", "2027.1")
    assert (page_after(returned)["route"]["goes_on_at"], shown["route"]["goes_on_at"]) == (1, 0)


def test_a_submitted_proposal_shows_its_route_and_whose_word_is_asked() -> None:
    shown = page_after(submitted)
    route = shown["route"]
    assert (shown["state"], shown["programme"], shown["content_hash"]) == ("in_approval", "2026.1", "h1")
    assert [step["state"] for step in route["steps"]] == ["open", "waiting", "waiting", "waiting"]
    assert route["steps"][0]["seats"] == [{"office": "party_department", "unit": "company"}]
    assert shown["next"] == [{"subject": "step", "code": "0", "due": "2026-01-27"}]
    assert shown["resolution"] is not None
    assert shown["resolution"]["numbers"]["votes_for"] == 4


def test_a_closed_project_shows_its_whole_life() -> None:
    shown = page_after(closed)
    assert (shown["state"], shown["number"]) == ("closed", "2026-CH-A-0012")
    assert [step["state"] for step in shown["route"]["steps"]] == ["passed", "passed", "passed", "informed"]
    assert shown["route"]["steps"][2]["meetings"][0]["minutes"] == "〔2026〕3号"
    assert [o["person"] for o in shown["route"]["steps"][1]["opinions"]] == ["quality", "accountant"]
    assert (shown["milestones"]["M1"]["reached_on"], shown["milestones"]["M1"]["late"]) == (
        "2026-05-05",
        False,
    )
    task = shown["tasks"]["T1"]
    assert (task["state"], task["person"], task["accepted_by"]) == ("accepted", "fitter", "secretary")
    rework = shown["indicators"]["rework"]
    assert rework["confirmed_baseline"] == "6.8"
    assert [(r["period"], r["value"], r["state"]) for r in rework["readings"]] == [
        ("2026-08", "3.4", "confirmed")
    ]
    assert [key["person"] for key in shown["closing"]["first_key"]] == ["prechecker", "quality"]
    assert shown["closing"]["second_key"] is not None
    assert shown["closing"]["second_key"]["marks"] == {"real_problem": "7.5", "influence": "5"}
    assert (shown["closed_on"], shown["next"], shown["closing"]["missing"]) == ("2026-09-01", [], [])


def test_an_archived_project_shows_under_which_number() -> None:
    shown = page_after(closed.after(HAND_OVER, ARCHIVE))
    assert (shown["state"], shown["archived"]) == (
        "archived",
        {"number": "A-2026-永久-0001", "on": "2026-09-01"},
    )


# Approval


RETURN = ReturnProposal(QUALITY, 1, (Wanted("写明口径", "targets"),), rerun=True, seat=QUALITY_SEAT)


def test_a_return_keeps_every_opinion_and_numbers_what_must_change() -> None:
    returned = countersigning.after(RETURN)
    shown = page_after(returned)
    assert (shown["state"], shown["route"]["open"], shown["route"]["returns"]) == ("draft", None, 1)
    assert shown["required_changes"] == [
        {
            "number": 1,
            "text": "写明口径",
            "field": "targets",
            "kind": "return",
            "confirmer": None,
            "state": "asked",
            "asked_at": recorded(returned.past)[-1].envelope.happened_at,
        }
    ]
    again = page_after(returned.after(REVISE, SUBMIT))
    assert [step["state"] for step in again["route"]["earlier"][0]] == [
        "passed",
        "returned",
        "waiting",
        "waiting",
    ]
    assert again["route"]["earlier"][0][0]["opinions"][0]["person"] == "prechecker"
    assert (again["route"]["round"], again["route"]["open"]) == (2, 0)
    assert again["route"]["steps"][0]["opinions"] == []


def test_after_a_return_without_rerun_passed_steps_stay_passed() -> None:
    again = page_after(countersigning.after(replace(RETURN, rerun=False), REVISE, SUBMIT))
    assert [step["state"] for step in again["route"]["steps"]] == ["passed", "open", "waiting", "waiting"]
    assert again["route"]["steps"][0]["opinions"][0]["person"] == "prechecker"


def test_after_more_was_changed_than_a_return_numbered_no_step_stays_passed() -> None:
    """R30; the conditions of the steps that run again lapse."""
    condition = replace(PRECHECK, opinion="agree_with_changes", changes=(Wanted("写明时间", "measures"),))
    returned = submitted.after(condition, replace(RETURN, rerun=False))
    again = page_after(returned.after(replace(REVISE, proposal=replace(CONTENT, title="另一个题目")), SUBMIT))
    assert [step["state"] for step in again["route"]["steps"]] == ["open", "waiting", "waiting", "waiting"]
    assert [change["state"] for change in again["required_changes"]] == ["lapsed", "asked"]


def test_conditions_are_shown_until_they_are_confirmed() -> None:
    conditional = replace(PRECHECK, opinion="agree_with_changes", changes=(Wanted("写明口径", "targets"),))
    on_condition = submitted.after(conditional)
    asked = page_after(on_condition)["required_changes"]
    assert [(c["number"], c["kind"], c["confirmer"], c["state"]) for c in asked] == [
        (1, "condition", {"office": "party_department", "unit": "company"}, "asked")
    ]
    confirmed = on_condition.after(ConfirmChanges(PRECHECKER, (1,), "h1", PRECHECK_SEAT))
    assert page_after(confirmed)["required_changes"][0]["state"] == "confirmed"
    withdrawn = on_condition.after(WithdrawProposal(SECRETARY, "再想想"))
    assert page_after(withdrawn)["required_changes"][0]["state"] == "lapsed"


def test_a_withdrawn_proposal_starts_a_new_round_from_the_first_step() -> None:
    withdrawn = countersigning.after(WithdrawProposal(SECRETARY, "再想想"))
    assert page_after(withdrawn)["state"] == "draft"
    again = page_after(withdrawn.after(SUBMIT))
    assert [step["state"] for step in again["route"]["earlier"][0]] == [
        "passed",
        "lapsed",
        "waiting",
        "waiting",
    ]
    assert (again["route"]["round"], again["route"]["open"]) == (2, 0)


def test_a_step_that_went_up_shows_from_whom_and_why() -> None:
    up = ReferStepUp(PRECHECKER, 0, "职务空缺", (QUALITY_SEAT,), due=MARCH)
    shown = page_after(submitted.after(up))
    step = shown["route"]["steps"][0]
    assert (step["seats"][0]["office"], step["due"]) == ("source_department", "2026-03-02")
    assert step["referred_up"] == [
        {"seats": [{"office": "party_department", "unit": "company"}], "reason": "职务空缺"}
    ]
    assert ("party_department", "company") in circle_of(shown).seats  # who passed it on sees it still


def test_a_rejected_proposal_says_why() -> None:
    against = GiveOpinion(QUALITY, 1, "disagree", "h1", QUALITY_SEAT)
    shown = page_after(countersigning.after(against, RejectProject(QUALITY, 1, "不在范围", QUALITY_SEAT)))
    assert (shown["state"], shown["ended_because"], shown["route"]["open"]) == ("rejected", "不在范围", None)
    assert shown["route"]["steps"][1]["state"] == "rejected"


# Work


def test_a_climbing_item_counts_its_claims_until_one_has_it() -> None:
    offered = approved.after(TASK, OFFER, ClaimTask(FITTER, "T1", MARCH), ClaimTask(WELDER, "T1", MARCH))
    task = page_after(offered)["tasks"]["T1"]
    assert (task["state"], task["claims"], task["window_ends"]) == ("offered", 2, "2026-03-02")
    granted = offered.after(GrantClaim(SECRETARY, "T1", FITTER.person, today=MARCH, reason="做过"))
    task = page_after(granted)["tasks"]["T1"]
    assert (task["state"], task["person"], task["claims"]) == ("held", "fitter", 0)
    released = page_after(granted.after(ReleaseTask(FITTER, "T1", "调岗")))["tasks"]["T1"]
    assert (released["state"], released["person"]) == ("open", None)
    nobody = approved.after(TASK, OFFER, ExpireClaim(SECRETARY, "T1", today=MAY))
    assert page_after(nobody)["tasks"]["T1"]["state"] == "expired"


def test_the_halves_of_a_split_item_share_all_but_name_person_and_weight() -> None:
    """R39."""
    claims = (ClaimTask(FITTER, "T1", MARCH), ClaimTask(WELDER, "T1", MARCH))
    split = SplitClaim(
        SECRETARY, "T1", "清洁", FITTER.person, "T1-2", "复检", WELDER.person, MARCH, "各有所长"
    )
    tasks = page_after(approved.after(TASK, OFFER, *claims, split))["tasks"]
    first, second = tasks["T1"], tasks["T1-2"]
    assert (first["title"], first["person"], first["state"]) == ("清洁", "fitter", "held")
    assert second == first | {"title": "复检", "person": "welder"}
    assert Decimal(first["weight"]) * 2 == TASK.weight


def test_a_task_done_after_its_date_is_late_until_it_is_sent_back() -> None:
    late = approved.after(
        TASK,
        OFFER,
        ClaimTask(FITTER, "T1", MARCH),
        GrantClaim(SECRETARY, "T1", FITTER.person, MARCH),
        CompleteTask(FITTER, "T1", on=SEPTEMBER, today=SEPTEMBER),
    )
    assert page_after(late)["tasks"]["T1"]["late"]
    back = page_after(late.after(SendBackTask(SECRETARY, "T1", "缺签认")))["tasks"]["T1"]
    assert (back["state"], back["late"], back["completed_on"]) == ("held", False, None)
    assert back["sent_back"] == "缺签认"


def test_a_milestone_reached_after_its_date_is_late() -> None:
    shown = page_after(approved.after(ReachMilestone(SECRETARY, "M1", SEPTEMBER, today=SEPTEMBER)))
    assert shown["milestones"]["M1"]["late"]
    assert [due["code"] for due in shown["next"]] == ["M2"]


def test_a_figure_reported_again_replaces_the_disputed_one_and_both_stay() -> None:
    first = ReportReading(SECRETARY, "rework", "2026-03", Decimal("5.0"), MARCH, today=MARCH)
    disputed = approved.after(first, DisputeFigure(QUALITY, "rework", "2026-03", "口径不同"))
    readings = page_after(disputed)["indicators"]["rework"]["readings"]
    assert [(r["value"], r["state"], r["reason"]) for r in readings] == [("5.0", "disputed", "口径不同")]
    second = disputed.after(replace(first, value=Decimal("5.4")))
    readings = page_after(second)["indicators"]["rework"]["readings"]
    assert [(r["value"], r["state"]) for r in readings] == [("5.0", "replaced"), ("5.4", "unconfirmed")]
    confirmed = second.after(ConfirmFigure(QUALITY, "rework", "2026-03", Decimal("5.4")))
    readings = page_after(confirmed)["indicators"]["rework"]["readings"]
    assert [r["state"] for r in readings] == ["replaced", "confirmed"]


def test_activities_evidence_and_problems_are_listed() -> None:
    file = Evidence("a" * 64, "照片.jpg", 1024, "image/jpeg")
    shown = page_after(
        approved.after(
            HoldActivity(SECRETARY, MARCH, "难题会诊", "首班行动", "rework", MARCH, decision="换气管"),
            AttachEvidence(FITTER, file, "milestone", "M1", "现场"),
            RaiseProblem(FITTER, "P1", "到货晚"),
            ResolveProblem(SECRETARY, "P1", "已协调"),
        )
    )
    assert shown["activities"] == [
        {
            "on": "2026-03-02",
            "kind": "难题会诊",
            "title": "首班行动",
            "indicator": "rework",
            "decision": "换气管",
            "support": "",
        }
    ]
    assert [(e["sha256"], e["subject"], e["code"]) for e in shown["evidence"]] == [
        ("a" * 64, "milestone", "M1")
    ]
    assert (shown["problems"]["P1"]["text"], shown["problems"]["P1"]["how"]) == ("到货晚", "已协调")


# Supervision


def test_a_finding_is_followed_from_the_visit_to_its_look_back() -> None:
    closed_once = approved.after(
        VISIT,
        FINDING,
        PlanRectification(SECRETARY, "W01", "补签", FITTER.person, MARCH),
        ReportRectification(SECRETARY, "W01", "已补签", SEPTEMBER, today=SEPTEMBER),
        CloseFinding(INSPECTOR, "W01", today=SEPTEMBER, look_back=date(2026, 12, 1)),
    )
    shown = page_after(closed_once)
    finding = shown["findings"]["W01"]
    assert shown["inspections"]["I1"]["on"] == "2026-03-02"
    assert (finding["state"], finding["late"], finding["look_back"]) == ("closed", True, "2026-12-01")
    assert (finding["measures"], finding["responsible"], finding["closed_by"]) == (
        "补签",
        "fitter",
        "inspector",
    )
    reopened = page_after(closed_once.after(ReopenFinding(INSPECTOR, "W01", "又缺", SEPTEMBER)))
    again = reopened["findings"]["W01"]
    assert (again["state"], again["reopened"], again["due"], again["late"]) == (
        "open",
        1,
        "2026-09-01",
        False,
    )


def test_a_finding_mended_on_the_spot_shows_before_and_after() -> None:
    mended = replace(FINDING, on_the_spot=OnTheSpot("缺", "补"))
    finding = page_after(approved.after(VISIT, mended))["findings"]["W01"]
    assert (finding["state"], finding["on_the_spot"]) == ("closed", {"before": "缺", "after": "补"})


# Change


def test_a_moved_date_leaves_the_old_one_behind() -> None:
    extended = approved.after(GrantExtension(PRECHECKER, "M1", date(2026, 7, 1), "等设备", today=MARCH))
    shown = page_after(extended)
    assert shown["milestones"]["M1"]["due"] == "2026-07-01"
    assert shown["milestones"]["M1"]["moved_from"] == ["2026-05-31"]
    assert shown["content"]["plan"][0]["due"] == "2026-07-01"
    assert shown["extensions"][0]["reason"] == "等设备"


def test_while_suspended_nothing_is_due_and_afterwards_dates_have_moved() -> None:
    suspended = approved.after(TASK, SuspendProject(PRECHECKER, "检修", today=MARCH))
    shown = page_after(suspended)
    assert (shown["state"], shown["suspended_since"], shown["next"]) == ("suspended", "2026-03-02", [])
    resumed = page_after(suspended.after(ResumeProject(PRECHECKER, today=date(2026, 3, 12))))
    assert (resumed["state"], resumed["suspended_since"]) == ("in_implementation", None)
    assert resumed["tasks"]["T1"]["due"] == "2026-05-16"
    assert resumed["milestones"]["M1"]["moved_from"] == ["2026-05-31"]


def test_a_change_is_asked_decided_and_made() -> None:
    asked = approved.after(RequestChange(SECRETARY, "C1", "只留一个节点", Alteration(plan=CONTENT.plan[:1])))
    assert page_after(asked)["changes"]["C1"]["state"] == "requested"
    assert "changes.C1" in page_after(asked)["closing"]["missing"]
    made = page_after(asked.after(ApproveChange(PRECHECKER, "C1", "h2")))
    assert (made["changes"]["C1"]["state"], made["content_hash"]) == ("approved", "h2")
    assert list(made["milestones"]) == ["M1"]
    refused = page_after(asked.after(RejectChange(PRECHECKER, "C1", "不合适")))
    assert refused["changes"]["C1"]["rejected_because"] == "不合适"
    assert list(refused["milestones"]) == ["M1", "M2"]


def test_what_happened_stays_when_the_content_names_it_no_more() -> None:
    dropped = page_after(
        finished.after(
            RequestChange(
                SECRETARY,
                "C1",
                "收窄",
                Alteration(plan=CONTENT.plan[1:], targets=CONTENT.targets[:1]),
            ),
            ApproveChange(PRECHECKER, "C1", "h2"),
        )
    )
    assert {code: m["dropped"] for code, m in dropped["milestones"].items()} == {"M1": True, "M2": False}
    assert {code: i["dropped"] for code, i in dropped["indicators"].items()} == {
        "rework": False,
        "paint": True,
    }
    assert dropped["indicators"]["paint"]["readings"][0]["state"] == "confirmed"


def test_the_lead_changes_and_the_early_end_says_why() -> None:
    handed = approved.after(HandOverLead(PRECHECKER, WELDER.person, "调任"))
    assert (page_after(handed)["lead"], page_after(handed)["handovers"][0]["from_person"]) == (
        "welder",
        "secretary",
    )
    ended = page_after(handed.after(TerminateProject(PRECHECKER, "停产", today=MAY)))
    assert (ended["state"], ended["ended_because"], ended["closed_on"]) == (
        "terminated",
        "停产",
        "2026-05-06",
    )


# Closing


def test_a_returned_closing_goes_on_with_numbered_changes_and_both_keys_anew() -> None:
    back = ReturnClosure(PRECHECKER, "first", (Wanted("补数据", "targets"),))
    shown = page_after(in_closing.after(back))
    assert (shown["state"], shown["closing"]["requested_on"]) == ("in_implementation", None)
    assert shown["closing"]["first_key"] == []
    assert [key["key"] for key in shown["closing"]["returned"]] == ["first"]
    assert [(change["kind"], change["number"]) for change in shown["required_changes"]] == [("closing", 1)]


def test_what_is_due_comes_in_the_order_of_its_dates() -> None:
    shown = page_after(approved.after(TASK, VISIT, replace(FINDING, due=date(2026, 4, 1))))
    assert [(due["subject"], due["due"]) for due in open_dates(shown)] == [
        ("finding", "2026-04-01"),
        ("task", "2026-05-06"),
        ("milestone", "2026-05-31"),
        ("milestone", "2026-08-31"),
    ]
    assert shown["next"] == open_dates(shown)[:3]


def test_an_event_of_newer_code_is_not_passed_over() -> None:
    newer = recorded(a_draft.past)[0]
    unread = type(newer)(
        newer.service,
        newer.ledger,
        newer.position,
        newer.stream,
        newer.version,
        newer.body,
        newer.envelope,
        None,
    )
    with pytest.raises(WrittenByNewerCode):
        page(None, unread)
