"""From one point to the whole: a practice is listed, adopted and verified elsewhere, and made a rule."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from types import SimpleNamespace
from uuid import UUID

import pytest

from services.projects.api.practices import look_at_origin
from services.projects.domain.project.content import Seat
from services.projects.domain.project.figures import ConfirmFigure, ReportReading
from services.projects.domain.project.practice import (
    AdoptionCredited,
    AdoptionVerified,
    AdoptPractice,
    AlreadyAdopted,
    AlreadyCredited,
    CreditAdoption,
    DeclinePractice,
    EffectNotConfirmed,
    InstitutionalisePractice,
    ListPractice,
    NoPracticeRecommended,
    NoSuchPractice,
    NotAdoptedHere,
    NotVerifiedElsewhere,
    OwnPractice,
    PracticeAdopted,
    PracticeDeclined,
    PracticeInstitutionalised,
    PracticeIsRecommended,
    PracticeListed,
    PracticeRecommended,
    PracticeSheet,
    RecommendPractice,
    VerifyAdoption,
)
from services.projects.domain.project.secrecy import ReviewSecrecy
from services.projects.domain.project.state import (
    NotInImplementation,
    ProjectNotClosed,
    ProposerMayNotApprove,
)
from services.projects.reactions import on_adoption_verified
from shared.domain import Incomplete, UnitId
from tests.projects import a_project as p
from tests.projects.a_desk import Desk
from tests.projects.lived import page_after
from tests.support.living import THE_PROJECT

SHEET = PracticeSheet("首班颗粒缺陷", "清洁先于开线", "班组签认", "返修率减半", "连续生产线", "涂装党支部")
HQ_SEAT = Seat("headquarters", p.GROUP)
HQ = p.by("hq", "headquarters", p.GROUP)
RECOMMEND = RecommendPractice(p.SECRETARY, SHEET, today=p.SEPTEMBER, of=HQ_SEAT)
LOOKED_AT = ReviewSecrecy(p.by("reviewer", "secrecy_reviewer"), "spread", "internal", today=p.SEPTEMBER)
LIST = ListPractice(HQ, ("production",), today=p.SEPTEMBER)
DECLINE = DeclinePractice(HQ, "效果数据只有一个月", today=p.SEPTEMBER)
ORIGIN, ELSEWHERE = str(UUID(int=40)), UnitId("elsewhere")
ADOPT = AdoptPractice(p.SECRETARY, ORIGIN, "夜班首件照做", today=p.MARCH, origin_unit=ELSEWHERE, listed=True)
VERIFY = VerifyAdoption(p.PRECHECKER, ORIGIN, "rework", "返修率减半", today=p.MAY)
MEASURED = (
    ReportReading(p.SECRETARY, "rework", "2026-04", Decimal("3.4"), date(2026, 4, 30), today=p.MAY),
    ConfirmFigure(p.QUALITY, "rework", "2026-04", Decimal("3.4")),
)
CREDIT = CreditAdoption(None, "adopter", ELSEWHERE, UnitId("other"), "rework", p.MAY)
RULE = InstitutionalisePractice(p.PRECHECKER, "〔2026〕18号", p.COMPANY, date(2027, 1, 1))

recommended = p.closed.after(RECOMMEND, LOOKED_AT)
listed = recommended.after(LIST)
adopted = p.approved.after(ADOPT)


def test_a_closed_project_recommends_its_practice_on_one_page() -> None:
    p.closed.when(RECOMMEND).then(PracticeRecommended(SHEET, p.SEPTEMBER, HQ_SEAT, p.SECRETARY.person))
    recommended.when(RECOMMEND).then_refused(PracticeIsRecommended)
    p.finished.when(RECOMMEND).then_refused(ProjectNotClosed)
    p.closed.after(p.HAND_OVER, p.ARCHIVE, RECOMMEND)


def test_headquarters_lists_it_and_nobody_who_had_a_part_in_the_project() -> None:
    """R4."""
    recommended.when(LIST).then(PracticeListed(("production",), "", p.SEPTEMBER, HQ.person))
    p.closed.when(LIST).then_refused(NoPracticeRecommended)
    listed.when(LIST).then_refused(NoPracticeRecommended)
    recommended.when(replace(LIST, by=p.by("fitter", "headquarters"))).then_refused(ProposerMayNotApprove)
    recommended.when(replace(LIST, tied_to=(p.FITTER.person,))).then_refused(ProposerMayNotApprove)


def test_headquarters_may_decline_it_with_a_reason_and_it_is_recommended_again_on_a_better_page() -> None:
    """R4."""
    waits = p.closed.after(RECOMMEND)
    waits.when(DECLINE).then(PracticeDeclined(DECLINE.reason, p.SEPTEMBER, HQ.person))
    waits.when(replace(DECLINE, reason=" ")).then_refused(Incomplete, missing=["reason"])
    waits.when(replace(DECLINE, by=p.by("fitter", "headquarters"))).then_refused(ProposerMayNotApprove)
    for other in (p.closed, listed, waits.after(DECLINE)):
        other.when(DECLINE).then_refused(NoPracticeRecommended)
    declined = waits.after(DECLINE)
    declined.when(LIST).then_refused(NoPracticeRecommended)
    page = page_after(declined)["practice"]
    assert page is not None
    assert (page["state"], page["declined_because"]) == ("declined", DECLINE.reason)
    again = page_after(declined.after(RECOMMEND))["practice"]
    assert again is not None
    assert (again["state"], again["declined_because"]) == ("recommended", None)


def test_a_project_of_another_branch_names_the_origin_of_what_it_works_by() -> None:
    p.a_draft.when(ADOPT).then(
        PracticeAdopted(ORIGIN, ELSEWHERE, "夜班首件照做", p.MARCH, p.SECRETARY.person)
    )
    adopted.when(ADOPT).then_refused(AlreadyAdopted)
    p.approved.when(replace(ADOPT, listed=False)).then_refused(NoSuchPractice)
    p.approved.when(replace(ADOPT, origin_unit=p.BRANCH)).then_refused(OwnPractice)
    p.closed.when(ADOPT).then_refused(NotInImplementation)


def test_its_effect_is_verified_there_by_a_confirmed_figure_and_by_somebody_without_a_part() -> None:
    """R4, R40."""
    adopted.when(VERIFY).then_refused(EffectNotConfirmed, indicator="rework")
    measured = adopted.after(*MEASURED)
    measured.when(VERIFY).then(AdoptionVerified(ORIGIN, "rework", "返修率减半", p.MAY, p.PRECHECKER.person))
    measured.when(replace(VERIFY, by=p.SECRETARY)).then_refused(ProposerMayNotApprove)
    measured.when(replace(VERIFY, origin="another")).then_refused(NotAdoptedHere)
    measured.after(VERIFY).when(VERIFY).then_refused(NotAdoptedHere)


def test_a_verified_adoption_counts_once_for_the_origin() -> None:
    listed.when(CREDIT).then(AdoptionCredited("adopter", ELSEWHERE, UnitId("other"), "rework", p.MAY))
    listed.after(CREDIT).when(CREDIT).then_refused(AlreadyCredited)
    p.closed.when(CREDIT).then_refused(NoSuchPractice)


def test_what_has_worked_elsewhere_becomes_a_standing_rule_once() -> None:
    """从成功做法到长效机制: document number, issuing unit, date in force."""
    listed.when(RULE).then_refused(NotVerifiedElsewhere)
    credited = listed.after(CREDIT)
    credited.when(RULE).then(
        PracticeInstitutionalised("〔2026〕18号", p.COMPANY, date(2027, 1, 1), p.PRECHECKER.person)
    )
    credited.after(RULE).when(RULE).then_refused(NotVerifiedElsewhere)


def test_the_pages_of_both_show_it() -> None:
    practice = page_after(listed.after(CREDIT, RULE))["practice"]
    assert practice is not None
    assert (practice["state"], practice["document"], practice["in_force"]) == (
        "rule",
        "〔2026〕18号",
        "2027-01-01",
    )
    assert [credit["project"] for credit in practice["adopted_by"]] == ["adopter"]
    adoption = page_after(adopted.after(*MEASURED, VERIFY))["adoptions"][ORIGIN]
    assert (adoption["origin_unit"], adoption["verified_on"], adoption["indicator"]) == (
        ELSEWHERE,
        "2026-05-06",
        "rework",
    )


# -- over ledgers and HTTP ----------------------------------------------------------------------

ADOPTER = UUID(int=41)
CLOSING = (p.REQUEST_CLOSURE, p.PRECHECKER_REVIEWS, p.QUALITY_REVIEWS, p.ASSESS)


@pytest.fixture
async def desk(desk: Desk) -> Desk:
    approval = (p.DRAFT, p.REVISE, p.SUBMIT, p.PRECHECK, p.QUALITY_AGREES, p.FINANCE_AGREES, p.MEET)
    await desk.house.does(*approval, *p.WORK, *CLOSING, RECOMMEND, LOOKED_AT, LIST)
    mine = replace(ADOPT, origin=str(THE_PROJECT))
    verify = replace(VERIFY, origin=str(THE_PROJECT))
    await desk.house.does(*approval, mine, *MEASURED, verify, stream=ADOPTER)
    return desk


async def test_the_origin_is_credited_once_however_often_the_adopters_event_is_read(desk: Desk) -> None:
    stream = await desk.parts.ledgers.read_stream(ADOPTER)
    (verified,) = (recorded for recorded in stream if isinstance(recorded.event, AdoptionVerified))
    for _ in range(2):
        await on_adoption_verified(desk.parts, verified, verified.event)
    origin = await desk.parts.ledgers.read_stream(THE_PROJECT)
    (credit,) = (recorded for recorded in origin if isinstance(recorded.event, AdoptionCredited))
    assert (credit.event.project, credit.envelope.causation) == (str(ADOPTER), verified.id)


async def test_what_is_listed_is_read_by_everybody_and_its_project_is_not(desk: Desk) -> None:
    path = "/api/projects/practices"
    for reader in ("secretary of the branch", "member of the other branch"):
        (known,) = (await desk.read(reader, path))["practices"]
        assert (known["project"], known["practice"]["sheet"]["steps"]) == (str(THE_PROJECT), "清洁先于开线")
    there = f"/api/projects/projects/{THE_PROJECT}"
    assert (await desk.ask("member of the other branch", there)).status_code == 404


async def test_only_what_is_listed_under_the_id_of_its_project_can_be_adopted(desk: Desk) -> None:
    async def listed_as(origin: str) -> bool:
        return (await look_at_origin(desk.parts, ADOPTER, SimpleNamespace(origin=origin))).listed

    assert await listed_as(str(THE_PROJECT))
    for origin in (f"{{{THE_PROJECT}}}", THE_PROJECT.hex, str(ADOPTER), str(UUID(int=99)), "首班清洁"):
        assert not await listed_as(origin)
