"""Pairs and alliances: every side agrees for itself, leaves for itself, and is measured (R69, R71 to R73)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

import pytest

from services.projects.acting import Asking
from services.projects.api.partnering import ACTS
from services.projects.domain.project.approval import StepOpened
from services.projects.domain.project.change import (
    ApproveChange,
    ChangeApproved,
    PartnersChanged,
    RequestChange,
)
from services.projects.domain.project.clarity import ProposalIncomplete
from services.projects.domain.project.closing import ClosureIncomplete
from services.projects.domain.project.content import Agreement, Alteration, Indicator, Partner, Seat
from services.projects.domain.project.figures import ConfirmBaseline, ConfirmFigure, ReportReading
from services.projects.domain.project.partnership import (
    AgreementMissing,
    AgreementNotAttached,
    AlreadyAPartner,
    DepartureAnswered,
    FigureSoFar,
    InvitePartner,
    JoinProject,
    LeadIsNoPartner,
    LeaveProject,
    NotInvited,
    OnePersonSignsForOneSide,
    PartnerInvited,
    PartnerJoined,
    PartnerLeft,
    PartnerNeedsAChange,
)
from services.projects.domain.project.proposal import ProposalSubmitted
from services.projects.domain.project.state import NotInImplementation, NotInTheFuture, SeatNotAddressed
from services.projects.domain.project.termination import TerminateProject
from services.projects.domain.project.work import AttachEvidence, Evidence
from services.projects.facts import strong_side_is_model
from services.projects.projections.page import open_dates
from services.projects.projections.page.shape import Page
from services.projects.sight import circle_of
from shared import roster
from shared.codec import canonical
from shared.domain import PersonId, UnitId
from shared.organisation import Organisation
from tests.projects.a_group import appointed, organisation, person, registered, unit
from tests.projects.a_project import (
    BRANCH,
    COMPANY,
    CONTENT,
    DRAFT,
    FINANCE_AGREES,
    GROUP,
    MAY,
    MEET,
    PRECHECK,
    PRECHECK_SEAT,
    PRECHECKER,
    QUALITY,
    QUALITY_AGREES,
    QUALITY_SEAT,
    REQUEST_CLOSURE,
    REVISE,
    REWORK,
    ROUTE,
    SECRETARY,
    SUBMIT,
    Project,
    a_draft_of,
    by,
    nothing,
    submitted,
)
from tests.projects.lived import page_after

WIND, MINE = UnitId("wind"), UnitId("mine")
WEAK = Partner("戈壁风电场联合党支部", WIND, weak=True)
STRONG, INSTITUTE = Partner("竖井党支部", MINE), Partner("研究院")
WIND_SECRETARY, MINE_SECRETARY = by("wind", "branch_secretary", WIND), by("mine", "branch_secretary", MINE)
WIND_SEAT, MINE_SEAT = Seat("branch_secretary", WIND), Seat("branch_secretary", MINE)
SELF = Indicator(
    "self", "独立办理事项比例", "%", "raise", QUALITY_SEAT, Decimal(38), Decimal(90), of=WEAK.key
)
OURS = replace(CONTENT, partners=(WEAK, STRONG), targets=(*CONTENT.targets, SELF))
PAIR = replace(OURS, partners=(WEAK,), pair=True)
OUTSIDE = replace(CONTENT, partners=(INSTITUTE,))
SCAN = Evidence("c" * 64, "协议.pdf", 9_000, "application/pdf")
AGREEMENT = Agreement("王院长", MAY, SCAN.sha256)
INVITE = InvitePartner(SECRETARY, WEAK, "共用备件库", WIND_SEAT, today=MAY)
JOIN = JoinProject(WIND_SECRETARY, WEAK.key, today=MAY)
ANSWER_BY = date(2026, 6, 2)
LEAVE = LeaveProject(WIND_SECRETARY, WEAK.key, "整建制划转", today=MAY, answer_by=ANSWER_BY)
SUBSTITUTE = InvitePartner(
    SECRETARY,
    Partner("油田党支部", UnitId("oil")),
    "接替",
    Seat("branch_secretary", UnitId("oil")),
    today=MAY,
    instead_of=WEAK.key,
)
SUBSTITUTE_JOINS = JoinProject(by("oil", "branch_secretary", UnitId("oil")), "oil", today=MAY)
ALONE = RequestChange(SECRETARY, "C1", "单独完成", Alteration(partners=(STRONG,)))


def approved_of(content: Any) -> Project:
    agreed = (PRECHECK, QUALITY_AGREES, FINANCE_AGREES, MEET)
    return a_draft_of(content).after(SUBMIT, *agreed)


alliance, outside = approved_of(OURS), approved_of(OUTSIDE)
joined = alliance.after(INVITE, JOIN)
left = joined.after(LEAVE)


# -- joining ------------------------------------------------------------------------------------


def test_each_member_of_an_alliance_joins_by_an_act_of_its_own() -> None:
    """Lead and two or more: one agreement does not bind the others."""
    alliance.when(INVITE).then(PartnerInvited(WEAK, "共用备件库", WIND_SEAT, SECRETARY.person))
    alliance.when(JOIN).then(PartnerJoined(WEAK, MAY, WIND_SECRETARY.person))  # named in what was approved
    joined.when(JOIN).then_refused(AlreadyAPartner)
    joined.when(INVITE).then_refused(AlreadyAPartner)
    shown = page_after(joined)["partnership"]
    assert (shown["form"], shown["joined"]) == ("alliance", [WEAK.key])
    other = JoinProject(MINE_SECRETARY, STRONG.key, today=MAY)
    assert page_after(joined.after(other))["partnership"]["joined"] == [STRONG.key, WEAK.key]


def test_nobody_joins_who_is_neither_named_nor_takes_the_place_of_one_that_left() -> None:
    stranger = Partner("油田党支部", UnitId("oil"))
    alliance.when(replace(INVITE, partner=stranger)).then_refused(PartnerNeedsAChange)
    alliance.when(replace(JOIN, partner="oil")).then_refused(NotInvited)
    alliance.when(replace(INVITE, partner=Partner("自己", BRANCH))).then_refused(LeadIsNoPartner)
    submitted.when(JOIN).then_refused(NotInImplementation)


@pytest.mark.parametrize(
    "command",
    [
        replace(JOIN, by=by("secretary", "branch_secretary", WIND)),
        replace(JOIN, by=by("stranger", "branch_secretary", WIND, deputising="secretary")),
        replace(JOIN, tied_to=(SECRETARY.person,)),
    ],
    ids=["in person", "by a deputy", "as deputy of the lead"],
)
def test_one_person_signs_for_one_side_only(command: JoinProject) -> None:
    """R72."""
    alliance.when(command).then_refused(OnePersonSignsForOneSide)


def test_somebody_of_the_team_may_sign_for_their_own_branch() -> None:
    """R72 is about who signed for the lead, not about who works together."""
    alliance.when(replace(JOIN, by=by("fitter", "branch_secretary", WIND))).then_names(PartnerJoined)


def test_of_a_pair_the_agreement_on_the_way_to_the_approval_is_the_joining() -> None:
    """One entry, many uses: the partner's secretary is not asked twice for the same word."""
    step = replace(ROUTE[0], name="结对方党组织同意", decides="all", seats=(WIND_SEAT,))
    pair = a_draft_of(PAIR).after(
        replace(SUBMIT, route=(step, *ROUTE)),
        replace(PRECHECK, by=WIND_SECRETARY, seat=WIND_SEAT),
        replace(PRECHECK, step=1),
        replace(QUALITY_AGREES, step=2),
        replace(FINANCE_AGREES, step=2),
        replace(MEET, step=3),
    )
    pair.when(JOIN).then_refused(AlreadyAPartner)
    shown = page_after(pair)["partnership"]
    assert (shown["form"], shown["joined"]) == ("pair", [WEAK.key])


def test_a_department_that_countersigns_does_not_join_for_the_company_that_is_a_partner() -> None:
    company = replace(OURS, partners=(Partner("公司", COMPANY),), targets=CONTENT.targets)
    approved_of(company).after(JoinProject(by("chair", "party_secretary"), COMPANY, today=MAY))
    assert page_after(approved_of(company))["partnership"]["joined"] == []


# -- outside partners ---------------------------------------------------------------------------


def test_an_outside_partner_joins_by_what_it_signed_once_the_party_department_confirms_it() -> None:
    """R73: name, representative, scan; it has no account."""
    invite = replace(INVITE, partner=INSTITUTE, of=PRECHECK_SEAT, agreement=AGREEMENT)
    confirm = JoinProject(PRECHECKER, INSTITUTE.key, today=MAY)
    outside.when(confirm).then_refused(AgreementMissing)
    outside.when(replace(invite, agreement=None)).then_refused(AgreementMissing)
    outside.when(invite).then_refused(AgreementNotAttached)
    attached = outside.after(AttachEvidence(SECRETARY, SCAN, "project", "", "协议"))
    late = replace(invite, agreement=replace(AGREEMENT, signed_on=date(2026, 6, 1)))
    attached.when(late).then_refused(NotInTheFuture)
    entered = attached.after(invite)
    entered.when(confirm).then(PartnerJoined(INSTITUTE, MAY, PRECHECKER.person, AGREEMENT))
    shown = page_after(entered.after(confirm))["memberships"]["研究院"]
    assert (shown["state"], shown["agreement"]) == (
        "joined",
        {"representative": "王院长", "signed_on": "2026-05-06", "sha256": SCAN.sha256},
    )


# -- leaving ------------------------------------------------------------------------------------

MEASURED = (
    ConfirmBaseline(QUALITY, "self", Decimal(38)),
    ReportReading(SECRETARY, "self", "2026-04", Decimal(55), date(2026, 4, 30), today=MAY),
    ConfirmFigure(QUALITY, "self", "2026-04", Decimal(55)),
)


def test_a_partner_leaves_with_the_figures_so_far_and_the_lead_owes_an_answer() -> None:
    """R69: the baseline of the weak unit stays in them."""
    read = ReportReading(SECRETARY, "rework", "2026-04", Decimal("5.1"), date(2026, 4, 30), today=MAY)
    joined.after(*MEASURED, read).when(LEAVE).then(
        PartnerLeft(
            WEAK,
            MAY,
            "整建制划转",
            (
                FigureSoFar("rework", None, "2026-04", Decimal("5.1"), confirmed=False),
                FigureSoFar("self", Decimal(38), "2026-04", Decimal(55), confirmed=True),
            ),
            ANSWER_BY,
            WIND_SECRETARY.person,
        )
    )
    left.when(LEAVE).then_refused(NotInvited)
    left.when(JOIN).then_refused(NotInvited)
    assert {"subject": "departure", "code": WEAK.key, "due": "2026-06-02"} in open_dates(page_after(left))


def test_the_lead_brings_another_partner() -> None:
    """R69."""
    waiting = left.after(SUBSTITUTE)
    assert waiting.state.departures == {WEAK.key}
    waiting.when(SUBSTITUTE_JOINS).then(
        PartnerJoined(SUBSTITUTE.partner, MAY, PersonId("oil")), DepartureAnswered(WEAK.key, "another")
    )
    answered = waiting.after(SUBSTITUTE_JOINS)
    assert (answered.state.departures, _owes(page_after(answered))) == (frozenset(), [])
    answered.when(SUBSTITUTE).then_refused(AlreadyAPartner)


def test_who_left_may_be_asked_back_and_its_place_is_open_until_it_joins_again() -> None:
    """R69: an invitation is no answer yet."""
    asked_back = left.after(replace(INVITE, instead_of=WEAK.key))
    assert (asked_back.state.departures, _owes(page_after(asked_back))) == ({WEAK.key}, [WEAK.key])
    back = asked_back.after(JOIN)
    assert back.past[-1] == DepartureAnswered(WEAK.key, "another")
    assert (back.state.departures, _owes(page_after(back))) == (frozenset(), [])


def test_the_lead_goes_on_alone_by_a_change() -> None:
    """R69."""
    left.after(ALONE).when(ApproveChange(PRECHECKER, "C1", "h2")).then(
        ChangeApproved("C1", "h2"), PartnersChanged((STRONG,)), DepartureAnswered(WEAK.key, "alone")
    )
    alone = left.after(ALONE, ApproveChange(PRECHECKER, "C1", "h2"))
    assert (alone.state.departures, alone.state.proposal.partners) == (frozenset(), (STRONG,))
    assert page_after(alone)["memberships"][WEAK.key]["answered"] == "alone"


def test_or_the_lead_ends_the_project() -> None:
    """R69."""
    left.after(TerminateProject(PRECHECKER, "共建无法继续", today=MAY))


def test_closing_waits_for_the_answer_and_the_page_says_so() -> None:
    """R69."""
    with pytest.raises(ClosureIncomplete) as refused:
        left.when(REQUEST_CLOSURE).events  # noqa: B018 - computed when asked for
    assert "departures" in refused.value.facts["missing"]
    assert "departures" in page_after(left)["closing"]["missing"]
    assert "departures" not in page_after(left.after(SUBSTITUTE, SUBSTITUTE_JOINS))["closing"]["missing"]


def test_who_declines_to_take_anothers_place_leaves_that_place_open() -> None:
    """R69: what nobody counted on leaves nothing to answer."""
    declined = left.after(SUBSTITUTE, replace(LEAVE, partner="oil"))
    assert (declined.state.partners["oil"].owes_by, declined.state.departures) == (None, {WEAK.key})
    declined.after(SUBSTITUTE)


def test_who_was_asked_back_and_declines_leaves_its_own_place_open_still() -> None:
    """R69: the lead has not gone on otherwise, also where nothing that was approved names the partner."""
    substituted = left.after(SUBSTITUTE, SUBSTITUTE_JOINS, replace(LEAVE, partner="oil"))
    declined = substituted.after(replace(SUBSTITUTE, instead_of="oil"), replace(LEAVE, partner="oil"))
    assert (declined.state.departures, _owes(page_after(declined))) == ({"oil"}, ["oil"])


def test_who_left_keeps_seeing_the_project_it_was_in() -> None:
    """R69: the leaver keeps its copy."""
    alone = left.after(ALONE, ApproveChange(PRECHECKER, "C1", "h2"))
    assert WIND in circle_of(page_after(alone)).units


def _owes(shown: Page) -> list[str]:
    return [key for key, known in shown["memberships"].items() if known["owes_by"]]


# -- 1 + 1 > 2 ----------------------------------------------------------------------------------


def test_of_a_strong_side_that_is_no_model_branch_is_said_why_it_leads() -> None:
    submit = replace(SUBMIT, strong_side_is_model=False)
    a_draft_of(PAIR).when(submit).then_refused(ProposalIncomplete, missing=["strong_side_reason"])
    said = replace(PAIR, strong_side_reason="专业对口，距离最近")
    a_draft_of(said).when(submit).then_names(ProposalSubmitted, StepOpened)
    a_draft_of(PAIR).when(SUBMIT).then_names(ProposalSubmitted, StepOpened)
    a_draft_of(OURS).when(submit).then_names(ProposalSubmitted, StepOpened)  # no pair


@pytest.mark.parametrize(
    ("partner", "strong"), [(replace(STRONG, weak=True), BRANCH), (STRONG, MINE)], ids=["leads", "helps"]
)
def test_the_strong_side_leads_or_is_the_partner_and_its_mark_lapses(
    partner: Partner, strong: UnitId
) -> None:
    pair = a_draft_of(replace(PAIR, partners=(partner,))).state
    named = roster.ModelBranchNamed(strong, "集团党委", "15号", MAY)
    known = organisation(unit(MINE, COMPANY), named)
    for day, carries in ((MAY, True), (MAY + timedelta(days=1), False)):
        assert strong_side_is_model(Asking(SECRETARY.person, known, day), pair) is carries


def test_a_pair_promises_a_figure_of_its_weak_side() -> None:
    """The weak unit's baseline and result are recorded."""
    without = a_draft_of(replace(PAIR, targets=CONTENT.targets))
    without.when(SUBMIT).then_refused(ProposalIncomplete, missing=["weak_side"])
    unknown = a_draft_of(replace(PAIR, partners=(), pair=False))
    unknown.when(SUBMIT).then_refused(ProposalIncomplete, missing=["targets.self.of"])
    a_draft_of(PAIR).after(SUBMIT)


Told = Literal["nothing", "weak", "both", "weak alone", "weak worse"]


@pytest.mark.parametrize(
    ("told", "more"),
    [("nothing", None), ("weak", True), ("both", True), ("weak alone", False), ("weak worse", False)],
)
def test_one_and_one_are_more_than_two_where_every_side_is_better_than_it_was(
    told: Told, more: bool | None
) -> None:
    """共提高: both sides' confirmed figures, not only the weak one's."""
    of_weak, of_lead = {
        "nothing": (None, None),
        "weak": ("90", None),
        "both": ("90", "3.4"),
        "weak alone": ("90", "7"),
        "weak worse": ("30", None),
    }[told]
    past = approved_of(PAIR)
    for code, baseline, value in (("self", Decimal(38), of_weak), ("rework", REWORK.baseline, of_lead)):
        if value is not None and baseline is not None:
            past = past.after(
                ConfirmBaseline(QUALITY, code, baseline),
                ReportReading(SECRETARY, code, "2026-04", Decimal(value), MAY, today=MAY),
                ConfirmFigure(QUALITY, code, "2026-04", Decimal(value)),
            )
    assert page_after(past)["partnership"]["more_than_two"] is more


# -- who signs, over the edge -------------------------------------------------------------------

JOINT = UnitId(str(UUID(int=21)))


def edge(command: type, name: str, past: Project, group: Organisation, /, **body: Any) -> Any:
    (act,) = (act for act in ACTS if act.command is command)
    taken = act.body().model_validate_json(canonical(body))
    return act.command_from(Asking(person(name), group, MAY), past.state, taken, None)


def joint(*more: Any) -> tuple[Project, Organisation]:
    """A project whose partner is a joint branch below a company of its own."""
    other = UnitId(str(UUID(int=20)))
    branch = roster.UnitEstablished(
        JOINT, "J", "戈壁风电场联合党支部", other, "production", "联合党支部", (), False, False, 5
    )
    group = organisation(
        unit(other, GROUP, has_ledger=True),
        branch,
        registered("member of the joint branch", JOINT),
        appointed("department there", "party_department", other),
        *more,
    )
    partner = replace(OURS, partners=(Partner("联合", JOINT, weak=True),), targets=CONTENT.targets)
    begin = replace(DRAFT, by=by(person("secretary of the branch"), "branch_secretary", BRANCH))
    lead = replace(begin, lead=person("secretary of the branch"))
    agreed = (PRECHECK, QUALITY_AGREES, FINANCE_AGREES, MEET)
    return nothing.after(lead, replace(REVISE, proposal=partner), SUBMIT, *agreed), group


def test_the_partners_secretary_signs_for_it_and_nobody_else_does() -> None:
    past, group = joint(appointed("wind", "branch_secretary", JOINT))
    assert edge(JoinProject, "wind", past, group, partner=JOINT).by.office == "branch_secretary"
    for name in ("member of the joint branch", "department there", "secretary of the branch"):
        with pytest.raises(SeatNotAddressed):
            edge(JoinProject, name, past, group, partner=JOINT)
    with pytest.raises(NotInvited):
        edge(JoinProject, "wind", past, group, partner="oil")


def test_where_one_person_leads_both_sides_the_others_deputy_or_the_department_above_signs() -> None:
    """R72; R71: a joint branch belongs to the party organisation above it."""
    both = appointed("secretary of the branch", "branch_secretary", JOINT)
    past, group = joint(both)
    own = edge(JoinProject, "secretary of the branch", past, group, partner=JOINT)
    past.when(own).then_refused(OnePersonSignsForOneSide)
    past.when(edge(JoinProject, "department there", past, group, partner=JOINT)).then_names(PartnerJoined)
    with pytest.raises(SeatNotAddressed):
        edge(JoinProject, "member of the joint branch", past, group, partner=JOINT)
    past, group = joint(both, appointed("second there", "deputy_branch_secretary", JOINT))
    past.when(edge(JoinProject, "second there", past, group, partner=JOINT)).then_names(PartnerJoined)
    with pytest.raises(SeatNotAddressed):
        edge(JoinProject, "department there", past, group, partner=JOINT)


def test_who_is_asked_to_sign_stands_in_the_invitation() -> None:
    """R72: so that the right person is told."""
    both = appointed("secretary of the branch", "branch_secretary", JOINT)
    past, group = joint(both, appointed("second there", "deputy_branch_secretary", JOINT))
    partner = {"name": "联合", "unit": JOINT, "weak": True}
    invite = edge(InvitePartner, "secretary of the branch", past, group, partner=partner, brings="备件库")
    assert invite.of == Seat("deputy_branch_secretary", JOINT)
    past.after(invite)


def test_a_partner_that_is_no_more_is_let_go_by_the_leads_party_department() -> None:
    """R69: dissolved, it has nobody who could say so; the answer is due after twenty working days."""
    past, group = joint(appointed("wind", "branch_secretary", JOINT))
    said = {"partner": JOINT, "reason": "已撤销"}
    leave = edge(LeaveProject, "party department", past, group, **said)
    assert (leave.by.office, leave.by.unit, leave.answer_by) == ("party_department", COMPANY, ANSWER_BY)
    assert edge(LeaveProject, "wind", past, group, **said).by.unit == JOINT
    with pytest.raises(SeatNotAddressed):
        edge(LeaveProject, "secretary of the branch", past, group, **said)


def test_what_an_outside_partner_signed_is_confirmed_by_the_leads_party_department() -> None:
    """R73."""
    confirmed = edge(JoinProject, "party department", outside, organisation(), partner="研究院")
    assert (confirmed.by.office, confirmed.by.unit) == ("party_department", COMPANY)
