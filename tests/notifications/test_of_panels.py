"""Panels: what jurors owe by letter, who runs the review, and who signs; whose a letter is stands nowhere."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

from sqlalchemy import select

from services.evaluation.domain.review.cycle import CYCLE
from services.evaluation.domain.review.cycle.judging import DissolvePanel
from services.evaluation.domain.review.panel import PANEL, Command
from services.evaluation.domain.review.panel.cards import TypeScorecard
from services.evaluation.domain.review.panel.changing import (
    Lowered,
    LowerMinimum,
    NameChairs,
    WithdrawDossier,
)
from services.evaluation.domain.review.panel.checks import AskCheck, UpholdScorecard
from services.evaluation.domain.review.panel.joining import AddJuror, AssignJuror
from services.evaluation.domain.review.panel.jurors import JurorTie, WithdrawJuror
from services.notifications import tables
from services.notifications.domain.recipients import JUROR
from shared.domain import By, PersonId
from shared.engines import begin
from shared.held import Held
from tests.evaluation.review import a_panel as a
from tests.evaluation.review import test_cycle as of_cycle
from tests.evaluation.review.a_panel import HEADQUARTERS, card, declares
from tests.notifications.an_inbox import THE_PANEL, Office, reaction
from tests.notifications.test_inbox import replace_event
from tests.support.given import given

THE_REVIEW = UUID(int=76)
WHAT = "safety_qualitydossier_review"
INVITED = f"邀请您担任{WHAT}评委，请先申报回避情形；评分截止2026-11-14。"
DUE = f"{WHAT}：您的评分尚未交齐，请于2026-11-14前提交。"
TO_SIGN = f"{WHAT}评分已交齐，请核对后签字。"
FIX = replace(a.FIX, cycle=str(THE_REVIEW))
OPEN = replace(a.OPEN, cycle=str(THE_REVIEW))
JUDGES = ("A", "B", "C", "D", "E")
CARDS = tuple(card(number, juror) for number, juror in OPEN.assigned)
SCORED: tuple[Command, ...] = (*(declares(juror) for juror in JUDGES), *CARDS)


async def on_panel(office: Office, *commands: Any) -> None:
    await office.evaluation.does(*commands, decider=PANEL, stream=THE_PANEL, ledger="group")


async def on_review(office: Office, *commands: Any) -> None:
    await office.evaluation.does(*commands, decider=CYCLE, stream=THE_REVIEW, ledger="group")


async def opened(office: Office, *commands: Any) -> None:
    await on_review(office, of_cycle.OPEN)
    await on_panel(office, FIX, OPEN, *commands)


async def owed(office: Office, letter: str) -> list[str]:
    return await office.says("somebody", letter=letter)


async def rules_of(office: Office, person: str) -> list[str]:
    return [entry.rule for entry in await office.entries(person, "todo")]


async def test_a_juror_is_invited_once_for_all_dossiers_until_they_have_declared(office: Office) -> None:
    """n35: who only stands by is not asked for anything."""
    await opened(office)
    assert [await owed(office, letter) for letter in ("A", "E", a.SPARE)] == [[INVITED], [INVITED], []]
    await on_panel(office, declares("A"))
    assert (await owed(office, "A"), await owed(office, "E")) == ([DUE], [INVITED])


async def test_cards_are_waited_for_until_the_last_of_ones_own_is_in(office: Office) -> None:
    """n36, R59: with the panel's last day; done by whoever owed it."""
    await opened(office, *SCORED[:5], card(1, "A"), card(2, "A"))
    (entry,) = await office.entries("somebody", "todo", "A")
    assert (entry.rule, entry.due, entry.project) == ("n36", a.DUE, str(THE_PANEL))
    by_letter = replace(card(3, "A"), by=By(PersonId("A"), "juror", a.GROUP))
    await on_panel(office, by_letter)
    assert await owed(office, "A") == []
    assert DUE in await office.says("somebody", "done", "A")
    assert len(await owed(office, "B")) == 1


async def test_who_declares_ties_to_all_dossiers_owes_no_card(office: Office) -> None:
    """R5."""
    ties = (JurorTie(number, "relative") for number in (1, 2, 3))
    await opened(office, declares("A", *ties))
    assert await owed(office, "A") == []


async def test_who_gets_another_dossier_declares_again(office: Office) -> None:
    """R5, R57: also who joins the jurors later."""
    assign = AssignJuror(HEADQUARTERS, 1, a.SPARE, conflict=False, seed="s")
    await opened(office, AddJuror(HEADQUARTERS, "Z7", "external", listed=True, runs=False))
    assert await owed(office, "Z7") == []
    await on_panel(office, assign, replace(assign, juror="Z7"))
    assert [await owed(office, letter) for letter in (a.SPARE, "Z7")] == [[INVITED], [INVITED]]
    await on_panel(office, declares("Z7"), card(1, "Z7"), replace(assign, number=2, juror="Z7"))
    assert await owed(office, "Z7") == [INVITED]


async def test_a_check_is_asked_of_the_juror_alone_until_it_is_answered(office: Office) -> None:
    """n38, R59: by a corrected card, or by upholding it."""
    ask = AskCheck(a.as_juror("A"), 2, "C", asking="A", reason="离其他评分较远")
    await opened(office, *SCORED)
    await on_panel(office, ask)
    said = f"{WHAT}：组长请您核对第2号评分，请更正，或维持并说明理由；评分截止2026-11-14。"
    assert (await owed(office, "C"), await owed(office, "B")) == ([said], [])
    await on_panel(office, UpholdScorecard(a.as_juror("C"), 2, "C", "看过了"))
    assert await owed(office, "C") == []
    await on_panel(office, ask, card(2, "C", "6"))
    assert await owed(office, "C") == []


async def test_who_runs_the_review_is_told_which_dossiers_lack_a_juror(office: Office) -> None:
    """n37, R57: until another is assigned, or the committee lowers the minimum."""
    gone = WithdrawJuror(a.as_juror("B"), "B", "生病")
    await opened(office, gone)
    said = f"{WHAT}有评委回避或退出，第1、2、3号材料评委不足，请补充。"
    assert await office.says("hq") == [said]
    assert await owed(office, "B") == []
    assign = AssignJuror(HEADQUARTERS, 1, a.SPARE, conflict=False, seed="s")
    await on_panel(office, *(replace(assign, number=number) for number in (1, 2, 3)))
    assert await office.says("hq") == []
    await on_panel(office, replace(gone, by=a.as_juror("C"), juror="C"))
    assert await office.says("hq") == [said]
    await on_panel(office, LowerMinimum(HEADQUARTERS, Lowered(4, "回避多", "评审委〔2026〕3号")))
    assert await office.says("hq") == []


async def test_a_panel_that_is_complete_waits_for_chair_clerk_and_supervisor(office: Office) -> None:
    """n93, R59: each until they have signed, and again once a card has changed."""
    await opened(office, *SCORED[:-1])
    assert await office.says("minutes") == []
    await on_panel(office, SCORED[-1])
    assert await owed(office, "A") == [TO_SIGN]
    assert [await office.says(person) for person in ("minutes", "discipline")] == [[TO_SIGN], [TO_SIGN]]
    panel = given(PANEL).after(FIX, OPEN, *SCORED)
    await on_panel(office, a.sign(panel.state, "clerk"))
    assert [await office.says(person) for person in ("minutes", "discipline")] == [[], [TO_SIGN]]
    again = card(1, "B", "6")
    await on_panel(office, again)
    assert [await office.says(person) for person in ("minutes", "discipline")] == [[TO_SIGN], [TO_SIGN]]
    await on_panel(office, *a.signs(panel.after(again).state))
    assert await owed(office, "A") == []
    assert [await office.says(person) for person in ("minutes", "discipline")] == [[], []]


async def test_what_is_open_on_a_complete_panel_is_not_signed(office: Office) -> None:
    """R59, R60: a check, a paper that one person typed; the vice-chair signs where the chair left."""
    typed = TypeScorecard(a.CLERK, 1, "B", a.marks(), "scan", signed=True, on=a.DUE)
    first = replace(typed, scan="the first paper")
    others = [one for one in SCORED if one != card(1, "B")]
    assert len(others) < len(SCORED)
    await opened(office, *others, first, replace(first, by=a.OTHER_CLERK))
    assert await owed(office, "A") == [TO_SIGN]
    for opens, closes in (
        (AskCheck(a.as_juror("A"), 2, "C", asking="A", reason="远"), card(2, "C")),
        (typed, replace(typed, by=a.OTHER_CLERK)),
    ):
        await on_panel(office, opens)
        assert await owed(office, "A") == []
        await on_panel(office, closes)
        assert await owed(office, "A") == [TO_SIGN]
    await on_panel(office, NameChairs(HEADQUARTERS, "D", "B"))
    assert (await owed(office, "A"), await owed(office, "D")) == ([], [TO_SIGN])
    await on_panel(office, WithdrawJuror(a.as_juror("D"), "D", "出差"))
    assert (await owed(office, "D"), await owed(office, "B")) == ([], [TO_SIGN])


async def test_a_dossier_that_is_withdrawn_is_waited_for_no_more(office: Office) -> None:
    """R57: neither its cards, nor further jurors."""
    await opened(office, *SCORED[:5], *(card(number, "A") for number in (1, 2)))
    await on_panel(office, WithdrawDossier(HEADQUARTERS, 3, "事故", "〔2026〕3号"))
    assert (await owed(office, "A"), await owed(office, "B")) == ([], [DUE])


async def test_a_panel_that_is_dissolved_asks_nothing_of_anybody(office: Office) -> None:
    """R57: its projects go to others."""
    await opened(office, declares("A"), WithdrawJuror(a.as_juror("B"), "B", "生病"))
    project = "project 1"
    collected = of_cycle.collect(of_cycle.entrant(project))
    named = of_cycle.panel(str(THE_PANEL), project)
    await on_review(office, collected, of_cycle.CLOSE, named)
    assert await office.says("hq") != []
    await on_review(office, DissolvePanel(HEADQUARTERS, str(THE_PANEL), sealed=False, reason="合并"))
    assert [await owed(office, letter) for letter in JUDGES] == [[]] * 5
    assert await office.says("hq") == []


async def test_what_is_owed_by_letter_is_nobodys_who_has_another_or_none(office: Office) -> None:
    """Nor is it everybody's who is called a juror."""
    await opened(office, declares("A"))
    assert [await office.says(person) for person in ("hq", "somebody", "A")] == [[], [], []]
    async with office.engine.connect() as connection:
        of_panel = select(tables.obligations).where(tables.obligations.c.project == str(THE_PANEL))
        rows = (await connection.execute(of_panel)).all()
    assert {row.recipient for row in rows} == {JUROR}
    assert {row.occurrence for row in rows} == {*JUDGES}


async def test_events_of_a_panel_that_come_again_change_nothing(office: Office) -> None:
    ask = AskCheck(a.as_juror("A"), 2, "C", asking="A", reason="远")
    gone = WithdrawJuror(a.as_juror("B"), "B", "生病")
    await opened(office, *SCORED[:-3], gone, ask)
    await office.reached()

    async def kept() -> dict[UUID, Any]:
        async with office.engine.connect() as connection:
            rows = (await connection.execute(select(tables.obligations))).all()
        return {row.id: row.done_by_event for row in rows}

    before, again = await kept(), reaction()
    async with begin(office.engine) as connection:
        for line in await office.evaluation.ledgers.read_ledger("group", 0, 1000):
            if (event := again.schema.read(line.envelope)) is not None:
                held = await Held.load(connection, again)
                await again.take(connection, [replace_event(line, event)], held)
    assert len(before) > 10
    assert await kept() == before
