"""A review: who hears that it collects, who votes on ties and answers objections, who learns of awards."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from uuid import UUID

from services.evaluation.domain.review.allocation import Award, Quotas
from services.evaluation.domain.review.cycle import CYCLE, Command, allotting, confirming, holding
from services.evaluation.domain.review.cycle.state import Entrant
from shared.domain import By, PersonId
from tests.evaluation.review import test_awarding as awarding
from tests.evaluation.review import test_cycle as of_cycle
from tests.evaluation.review.test_cycle import CLOSE, HEADQUARTERS
from tests.notifications.an_inbox import APPROVED, TITLE, Office
from tests.projects import a_project as p
from tests.support.living import THE_PROJECT

THE_REVIEW, ANOTHER = UUID(int=76), UUID(int=13)
OPEN = replace(of_cycle.OPEN, rounds=())
RUN = allotting.RunAllocation(HEADQUARTERS, Quotas((Award("first", 1, Decimal(60)),)), (), "")
DISCIPLINE = By(PersonId("discipline"), "discipline_officer", p.GROUP)
CONFIRM = replace(awarding.CONFIRM, decision="集团党〔2026〕41号")
TOLD = ["secretary", "prechecker", "colleague"]


def entrant(project: UUID, score: str) -> Entrant:
    of = of_cycle.entrant(str(project), score, branch=p.BRANCH)
    return replace(of, unit=p.COMPANY)


def listed(*scores: tuple[UUID, str]) -> tuple[Command, ...]:
    return (OPEN, *(of_cycle.collect(entrant(*one)) for one in scores), CLOSE)


ONE = listed((THE_PROJECT, "90"))


async def on_review(office: Office, *commands: Command) -> None:
    await office.evaluation.does(*commands, decider=CYCLE, stream=THE_REVIEW, ledger="group")


async def noticed(office: Office) -> None:
    """The project is to have an award, and the notice of it goes on."""
    await office.does(*APPROVED)
    await on_review(office, *ONE, RUN, awarding.NOTICE)


async def told_to(office: Office, text: str) -> list[str]:
    """Who read this, of those who lead the project, and of its company."""
    return [person for person in TOLD if text in await office.says(person, "copied")]


async def test_party_departments_read_that_a_review_collects(office: Office) -> None:
    """n99: those of its unit and below; nobody has anything to do."""
    await on_review(office, OPEN)
    said = "group2026年度评审开始收集2025-10-01至2026-09-30结项的项目。"
    assert [await office.says(person, "copied") for person in ("prechecker", "secretary")] == [[said], []]
    assert await office.says("prechecker") == []


async def test_ties_on_which_places_hang_wait_for_who_runs_the_review(office: Office) -> None:
    """n95, R62: until the panel has voted by name."""
    await on_review(office, *listed((THE_PROJECT, "90"), (ANOTHER, "90")), RUN)
    assert await office.says("hq") == ["group2026年度评审有1处并列影响名额，请组织评审组记名表决。"]
    vote = allotting.VoteOnTie(HEADQUARTERS, (allotting.Ballot("A", str(ANOTHER)),), "〔2026〕评9号")
    await on_review(office, vote)
    assert await office.says("hq") == []


async def test_a_companys_review_is_run_by_its_own_party_department(office: Office) -> None:
    """n95: not by the group's."""
    own = replace(OPEN, unit=p.COMPANY)
    await on_review(office, own, *listed((THE_PROJECT, "90"), (ANOTHER, "90"))[1:], RUN)
    assert [len(await office.says(person)) for person in ("prechecker", "colleague", "hq")] == [1, 1, 0]


async def test_of_a_notice_every_branch_reads_and_who_leads_what_is_awarded(office: Office) -> None:
    """n39, n100, R62."""
    await noticed(office)
    for_all = "group2026年度评审结果公示至2026-11-27，异议请实名提出。"
    awarded = f"《{TITLE}》拟获first，公示至2026-11-27。"
    assert {for_all, awarded} <= {*await office.says("secretary", "copied")}
    told = await office.says("prechecker", "copied")
    assert (for_all in told, awarded in told) == (True, False)


async def test_who_gets_no_award_is_not_told_of_one(office: Office) -> None:
    """n100: of the run that holds, not of one before it."""
    await office.does(*APPROVED)
    vacant = allotting.LeaveVacant(HEADQUARTERS, "first", 1, "宁缺毋滥")
    await on_review(office, *ONE, RUN, vacant, awarding.NOTICE)
    assert "n100" not in [entry.rule for entry in await office.entries("secretary", "copied")]


async def test_an_objection_in_real_name_is_answered_by_discipline_in_time(office: Office) -> None:
    """n40, R62: of who objects, and what to, the inbox says nothing (0079)."""
    await noticed(office)
    objects = replace(awarding.objects(str(THE_PROJECT), "数据不实"), objector="sealed")
    await on_review(office, objects, objects)
    said = "group2026年度评审收到实名异议1件，请于2026-12-07前书面答复。"
    assert await office.says("discipline") == [said, said]
    entries = await office.entries("discipline", "todo")
    assert {entry.due for entry in entries} == {date(2026, 12, 7)}
    assert {key for entry in entries for key in entry.facts} == {"unit", "year", "due"}
    await on_review(office, awarding.answers(2, by=DISCIPLINE))
    assert [entry.id for entry in await office.entries("discipline", "todo")] == [entries[1].id]
    assert said in await office.says("discipline", "done")


async def test_an_objection_is_never_answered_by_who_had_a_hand_in_the_review(office: Office) -> None:
    """n40, R62: discipline that ran the allocation is passed over for the nearest without conflict."""
    await office.does(*APPROVED)
    await on_review(office, *ONE, replace(RUN, by=DISCIPLINE), awarding.NOTICE)
    await on_review(office, awarding.objects(str(THE_PROJECT)))
    assert await office.says("discipline") == []


async def test_facts_that_nobody_put_a_name_to_are_told_to_discipline(office: Office) -> None:
    """n94, R62: nothing is owed; what says nothing that can be checked is only filed."""
    await noticed(office)
    unnamed = awarding.objects(str(THE_PROJECT), by=None)
    before = await office.says("discipline", "copied")
    await on_review(office, unnamed, replace(unnamed, has_facts=False))
    told = [*before, "group2026年度评审收到匿名反映1件，附有可核查的事实，请按规定处置。"]
    assert await office.says("discipline", "copied") == told
    assert await office.says("discipline") == []


async def test_a_hold_is_told_without_its_reason_and_so_is_its_end(office: Office) -> None:
    """n96, n97, R64: to who leads the project and to its company."""
    await noticed(office)
    hold = holding.HoldResult(DISCIPLINE, str(THE_PROJECT), date(2026, 11, 24), date(2026, 12, 1))
    await on_review(office, hold)
    assert await told_to(office, f"《{TITLE}》的评审结果暂缓至2026-12-01，其他结果照常办理。") == TOLD
    await on_review(office, holding.EndHold(DISCIPLINE, str(THE_PROJECT)))
    assert await told_to(office, f"《{TITLE}》的评审结果已解除暂缓。") == TOLD


async def test_awards_that_are_confirmed_and_revoked_are_told_with_the_decision(office: Office) -> None:
    """n41, n98, R63, R65."""
    await noticed(office)
    await on_review(office, awarding.CLOSE_NOTICE, CONFIRM)
    said = f"《{TITLE}》获first，group2026年度评审决定（集团党〔2026〕41号）已印发。"
    assert await told_to(office, said) == TOLD
    revoke = confirming.RevokeAward(
        awarding.COMMITTEE,
        p.GROUP,
        str(THE_PROJECT),
        "数据不实",
        "集团党〔2027〕2号",
        passed=True,
        on=awarding.AFTER,
    )
    await on_review(office, revoke)
    said = f"《{TITLE}》的first已撤销（集团党〔2027〕2号），理由：数据不实。"
    assert await told_to(office, said) == TOLD


async def test_who_moves_up_into_a_vacated_place_is_told_as_of_any_award(office: Office) -> None:
    """n41, R63: where the programme says so."""
    for project in (THE_PROJECT, ANOTHER):
        await office.does(*APPROVED, stream=project)
    opens = replace(OPEN, has_notice=False, moves_up_within_days=30)
    both = listed((THE_PROJECT, "90"), (ANOTHER, "95"))[1:]
    revoke = confirming.RevokeAward(
        awarding.COMMITTEE, p.GROUP, str(ANOTHER), "不实", "2号", passed=True, on=awarding.AFTER
    )
    up = confirming.MoveUp(awarding.COMMITTEE, p.GROUP, str(ANOTHER), "3号", passed=True, on=awarding.AFTER)
    await on_review(office, opens, *both, RUN, CONFIRM, revoke, up)
    said = f"《{TITLE}》获first，group2026年度评审决定（3号）已印发。"
    assert await told_to(office, said) == TOLD


async def test_whoever_leads_the_project_is_told_beside_the_secretary(office: Office) -> None:
    """n96: once each, though both hear of it under one rule."""
    another = replace(p.DRAFT, lead=PersonId("fitter"))
    await office.does(another, *APPROVED[1:])
    await on_review(office, *ONE, RUN, awarding.NOTICE)
    for person in ("fitter", "secretary"):
        rules = [entry.rule for entry in await office.entries(person, "copied")]
        assert rules.count("n100") == 1


async def test_what_is_said_of_a_project_that_is_held_waits_until_it_is_read(office: Office) -> None:
    """Nothing is lost: the title, its people and its company stand in another service's ledger."""
    await on_review(office, *ONE, RUN, awarding.NOTICE)
    await office.reached()
    assert await office.runner.holds(str(THE_REVIEW))
    await office.does(*APPROVED)
    await office.reached()
    assert await office.runner.resume(THE_REVIEW)
    assert f"《{TITLE}》拟获first，公示至2026-11-27。" in await office.says("secretary", "copied")
