"""The group's review over HTTP: panels, jurors by letter, cards, places, notice, awards (R56 to R65)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any
from urllib.parse import quote
from uuid import UUID

import pytest

from services.evaluation.api.review.cycle_acts import review_id
from services.evaluation.review.witnessed_lot import record_of, redraw
from services.projects.domain.meeting import MEETING
from services.projects.domain.meeting.acts import MeetingConfirmed
from services.projects.domain.meeting.votes import ItemResult
from shared.domain import Decider
from shared.merkle import root_of
from shared.notes import origin
from shared.settings import Settings
from shared.verifier import Checkpoint
from tests.evaluation.review.a_review import (
    BRANCHES,
    EAST,
    GROUP,
    JURORS,
    SOMEBODY,
    WEST,
    Happened,
    Review,
    listed,
    project,
)
from tests.projects import a_project as p
from tests.projects.a_group import person

DAYS = {"closed_from": "2025-10-01", "closed_until": "2026-09-30"}
AT = f"/reviews/{review_id(GROUP, 2026)}"
MEETINGS: Decider[Any, Any, Any] = Decider(
    "meeting", None, lambda command, _: command.events, lambda state, _: state, (), MEETING.events
)
DEPARTMENT = BRANCHES[WEST][0]
NUMBERS = (1, 2, 3, 4)
UNHEARD = "its company holds no review this year"
MEETING_ID = str(UUID(int=7))


async def collected(review: Review) -> None:
    """Four projects of two companies by name, since no company recommends any here."""
    for number, mark in zip(NUMBERS, ("7.5", "6", "8", "5"), strict=True):
        await review.closes(number, EAST if number < 3 else WEST, mark)
    await review.fixes_scores()
    for at, name in enumerate(JURORS):
        await review.does(
            "/juror-pool/list-juror", unit=GROUP, juror=listed(name, "senior" if at < 3 else "middle")
        )
    await review.does("/reviews/open-cycle", unit=GROUP, year=2026, has_notice=True, **DAYS)
    chosen = [{"project": str(project(number)), "exception": UNHEARD} for number in NUMBERS]
    await review.does(f"{AT}/collect-projects", projects=chosen)
    await review.does(f"{AT}/close-collection")


async def test_who_is_not_recommended_needs_a_reason_and_competes_in_one_year(review: Review) -> None:
    """R24, R56: the reason is recorded as the exception; another year's review of the group refuses it."""
    await review.closes(1)
    await review.fixes_scores()
    for year in (2026, 2027):
        await review.does("/reviews/open-cycle", unit=GROUP, year=year, has_notice=True, **DAYS)
    chosen = {"project": str(project(1))}
    await review.is_refused("NobodyRecommendedIt", f"{AT}/collect-projects", projects=[chosen])
    await review.does(f"{AT}/collect-projects", projects=[chosen | {"exception": UNHEARD}])
    (found,) = (await review.reads(f"{AT}/projects"))["projects"]
    assert found["exception"] == UNHEARD
    next_year = f"/reviews/{review_id(GROUP, 2027)}/collect-projects"
    again: dict[str, Any] = {"projects": [chosen | {"exception": UNHEARD}]}
    await review.is_refused("ReviewedInAnotherYear", next_year, **again)
    await review.does(f"{AT}/leave-out", project=str(project(1)), reason="it is of 2027")
    await review.does(next_year, **again)


async def named(review: Review) -> str:
    """The address of a panel that was named for all of them."""
    await review.does(f"{AT}/name-panel", department=DEPARTMENT, tracks=["safety_quality"])
    (panel,) = [one for one in (await review.reads(f"{AT}/board"))["panels"] if one["state"] == "named"]
    return f"/panels/{panel['panel']}"


async def opened(review: Review) -> str:
    """And opened with jurors that were drawn."""
    await collected(review)
    panel = await named(review)
    await review.does(f"{panel}/fix-lot")
    await review.does(f"{panel}/open-panel", due="2026-11-14")
    return panel


async def test_jurors_are_drawn_once_the_lot_stands_fast(review: Review) -> None:
    """R57: five on each of four dossiers, two stand by, and no name is on record."""
    await collected(review)
    panel = await named(review)
    await review.is_refused("NotNamedYet", f"{panel}/open-panel", due="2026-11-14")
    await review.does(f"{panel}/fix-lot")
    await review.does(f"{panel}/open-panel", due="2026-11-14")
    (line,) = (await review.reads(f"{AT}/board"))["panels"]
    assert (line["state"], line["dossiers"], line["assigned"], line["cards"]) == ("open", 4, 20, 0)
    stored = [one.body.decode() for one in await review.desk.own.ledgers.read_ledger("group", 0)]
    of_panel = [body for body in stored if '"aggregate":"panel"' in body]
    assert of_panel
    assert not [name for name in JURORS if any(person(name) in body for body in of_panel)]


async def test_what_stands_on_record_of_a_draw_comes_out_when_it_is_drawn_again(review: Review) -> None:
    """R57: from the panel's events and the ledger's leaves up to the one that fixed its lot, last of two."""
    await collected(review)
    panel = await named(review)
    await review.does(f"{panel}/fix-lot")
    await review.is_refused("LotStands", f"{panel}/fix-lot", reason="once more")
    called: dict[str, Any] = {"called_in": ["external"]}
    await review.is_refused("FixedAnewSaysWhy", f"{panel}/fix-lot", **called)
    await review.does(f"{panel}/fix-lot", reason="few are free", **called)
    ledgers = review.desk.own.ledgers
    fixed = (await ledgers.head("group")).position
    await review.does(f"{panel}/open-panel", due="2026-11-14")
    stream = await ledgers.read_stream(UUID(panel.removeprefix("/panels/")))
    name = origin(Settings(service="evaluation").group, "evaluation", "group")

    async def head(position: int) -> str:
        return str(Checkpoint(name, position, root_of(await ledgers.leaves("group", 0, position))))

    record = record_of(stream, await head(fixed))
    assert len(record.drawn.assigned) == 20
    assert len(record.drawn.substitutes) == 2
    assert redraw(record) == ()
    assert redraw(record_of(stream, await head(fixed - 1))) == ("seed",)
    with pytest.raises(ValueError, match="not drawn"):
        record_of(stream[:2], await head(fixed))


async def busy(review: Review) -> tuple[str, dict[str, Any]]:
    """A juror with dossiers, and their panel."""
    for name in JURORS:
        for own in (await review.reads(f"{AT}/queue", name))["panels"]:
            if own["of"]:
                return name, own
    raise AssertionError("nobody judges")


async def judging(review: Review, panel: str, among: tuple[str, ...] = JURORS) -> dict[str, str]:
    """Who judges, by letter, and has declared that nothing ties them."""
    found: dict[str, str] = {}
    for name in among:
        for own in (await review.reads(f"{AT}/queue", name))["panels"]:
            if f"/panels/{own['panel']}" == panel:
                found[own["letter"]] = name
                if any(not (one["declared"] or one["recused"]) for one in own["dossiers"]):
                    await review.does(f"{panel}/declare-ties", name, ties=[])
    return found


async def marks(review: Review, panel: str, number: int, name: str, share: str) -> list[dict[str, Any]]:
    """Every criterion of a card marked with the same share of its weight."""
    page = await review.reads(f"{panel}/cards/{number}", name)
    given = [(one["code"], Decimal(one["weight"]) * Decimal(share)) for one in page["criteria"]]
    return [{"criterion": code, "points": f"{points:.2f}"} for code, points in given]


async def scored(review: Review, panel: str, among: tuple[str, ...] = JURORS) -> dict[str, str]:
    """Every juror has scored every dossier of their queue, project 3 best."""
    who = await judging(review, panel, among)
    await shown(review, panel)
    for name in who.values():
        (own,) = [one for one in (await review.reads(f"{AT}/queue", name))["panels"] if not one["sealed"]]
        for dossier in (one for one in own["dossiers"] if not one["recused"]):
            share = {"project 3": "0.95", "project 1": "0.85"}.get(dossier["title"], "0.7")
            card = await marks(review, panel, dossier["number"], name, share)
            await review.does(f"{panel}/submit-scorecard", name, number=dossier["number"], marks=card)
    return who


async def shown(review: Review, panel: str) -> None:
    """In the on-site round each has had its turn."""
    (line,) = [one for one in (await review.reads(f"{AT}/board"))["panels"] if one["panel"] in panel]
    if line["round"] != "on_site":
        return
    await review.does(f"{panel}/draw-order")
    for number in (await review.reads(f"{panel}/stage"))["order"]:
        await review.does(f"{panel}/begin-turn", number=number, phase="show")
        await review.does(f"{panel}/end-turn", number=number)


async def sealed(review: Review, panel: str) -> dict[str, str]:
    """Scored, and signed by chair, clerk and supervisor; who its letters are."""
    who = await scored(review, panel)
    await signed(review, panel, await chair_of(review, who))
    return who


async def signed(review: Review, panel: str, chair: str) -> None:
    """By the three, on the cards as they stand."""
    board = await review.reads(panel, chair)
    for signing, name in (("chair", chair), ("clerk", "clerk"), ("supervisor", "discipline")):
        await review.does(f"{panel}/sign-panel", name, signing=signing, seen=board["seen"])


async def chair_of(review: Review, who: dict[str, str]) -> str:
    for name in who.values():
        if any(
            own["chairs"] and not own["sealed"] for own in (await review.reads(f"{AT}/queue", name))["panels"]
        ):
            return name
    raise AssertionError("nobody chairs")


async def test_a_card_opens_after_the_declaration_and_shows_nobody_elses_marks(review: Review) -> None:
    """R5, R59."""
    panel = await opened(review)
    name, own = await busy(review)
    number = own["dossiers"][0]["number"]
    assert (await review.asks(f"{panel}/cards/{number}", name)).json()["code"] == "DeclareFirst"
    await review.does(f"{panel}/declare-ties", name, ties=[])
    page = await review.reads(f"{panel}/cards/{number}", name)
    assert {one["code"] for one in page["criteria"]} >= {"real_problem", "influence"}
    assert page["marks"] == []
    assert page["problem"] == p.CONTENT.problem
    assert page["report"]["data"] == p.REPORT.data
    assert not any(word in str(page) for word in ("sha256", "evidence", "file_name")), "files name people"
    assert (await review.asks(f"{panel}/cards/{number}", "headquarters")).json()["code"] == "NoJurorHere"
    assert (await review.asks(panel, "headquarters")).json()["code"] == "CardsAreThePanels"


async def test_a_tie_declared_takes_the_dossier_away_and_another_is_assigned_by_lot(review: Review) -> None:
    """R5, R57: the line that says why is sealed."""
    panel = await opened(review)
    name, own = await busy(review)
    number = own["dossiers"][0]["number"]
    tie = {"number": number, "kind": "relative", "line": "my cousin leads it"}
    await review.does(f"{panel}/declare-ties", name, ties=[tie])
    (line,) = (await review.reads(f"{AT}/board"))["panels"]
    assert line["few"] == [number]
    await review.does(f"{panel}/assign-juror", number=number)
    (line,) = (await review.reads(f"{AT}/board"))["panels"]
    assert line["few"] == []
    stored = [one.body.decode() for one in await review.desk.own.ledgers.read_ledger("group", 0)]
    assert not [body for body in stored if "my cousin" in body]


async def test_three_sign_what_they_have_read_and_the_round_closes(review: Review) -> None:
    """R58, R59."""
    panel = await opened(review)
    await review.is_refused("PanelsAreOpen", f"{AT}/close-round")
    await sealed(review, panel)
    await review.does(f"{AT}/close-round")
    standing = await review.reads(AT)
    assert (standing["stage"], standing["round"]) == ("judging", "on_site")


async def judged(review: Review) -> list[tuple[str, dict[str, str]]]:
    """Both rounds have their panels sealed; each with who its letters are."""
    return await judged_from(review, await opened(review))


async def judged_from(review: Review, panel: str) -> list[tuple[str, dict[str, str]]]:
    """The same from the first round's panel on."""
    return await judged_after(review, panel, await sealed(review, panel))


async def judged_after(review: Review, panel: str, who: dict[str, str]) -> list[tuple[str, dict[str, str]]]:
    """The same once the first round's panel is sealed."""
    panels = [(panel, who)]
    await review.does(f"{AT}/close-round")
    panel = await named(review)
    await review.does(f"{panel}/fix-lot")
    await review.does(f"{panel}/open-panel", due="2026-11-20")
    panels.append((panel, await sealed(review, panel)))
    await review.does(f"{AT}/close-round")
    return panels


async def confirmed_by_meeting(review: Review, meeting: str, about: str = "run/1") -> None:
    """The minutes of the group's committee about this review, of its first run unless they say otherwise."""
    item = ItemResult(1, f"{AT.removeprefix('/reviews/')}/{about}", "hash", "passed", 7, 7, 0, 7, 0, 0, "")
    event = MeetingConfirmed(meeting, GROUP, "party_committee", date(2026, 12, 14), "〔2026〕14号", (item,))
    happened = Happened(p.SECRETARY, (event,))
    await review.desk.projects.does(happened, decider=MEETINGS, stream=UUID(int=77), ledger="group")


async def test_from_places_through_the_notice_to_awards_that_the_committee_confirms(review: Review) -> None:
    """R62, R64, R65: an objection in real name is answered by somebody else, its author stays sealed."""
    await judged(review)
    await review.does(f"{AT}/run-allocation", reason="")
    assert (await review.asks(f"{AT}/projects", SOMEBODY)).json()["code"] == "ReviewIsPrepared"
    await review.does(f"{AT}/open-notice", "other headquarters", working_days=5)
    whole = (await review.reads(f"{AT}/projects"))["projects"]
    awarded = {one["project"] for one in whole if one["award"]}
    own = {one["project"] for one in whole if one["branch"] == BRANCHES[WEST][0]}
    public = (await review.reads(f"{AT}/projects", "secretary of west 1"))["projects"]
    assert {one["project"] for one in public} == awarded | own
    assert [one["reference"] for one in public] == sorted(one["reference"] for one in public)
    assert {one["project"] for one in public if one["score"] is not None} == own
    assert {one["project"] for one in public if one["place"] is not None} == own
    objection = {"project": str(project(3)), "text": "the figures are last year's"}
    await review.does(f"{AT}/file-objection", SOMEBODY, **objection)
    assert (await review.reads(f"{AT}/objections", "secretary of west 1"))["objections"] == []
    (mine,) = (await review.reads(f"{AT}/objections", SOMEBODY))["objections"]
    assert mine["text"] == objection["text"]
    (seen,) = (await review.reads(f"{AT}/objections"))["objections"]
    assert (seen["number"], seen["in_name"], seen["accepted"]) == (1, True, None)
    stored = [one.body.decode() for one in await review.desk.own.ledgers.read_ledger("group", 0)]
    assert not [body for body in stored if person(SOMEBODY) in body]
    answer: dict[str, Any] = {"number": 1, "accepted": False, "answer": "they are this year's"}
    for hand in ("headquarters", "other headquarters"):
        await review.is_refused("AnsweredByAnother", f"{AT}/answer-objection", hand, **answer)
    await review.does(f"{AT}/answer-objection", "discipline", **answer)
    await review.is_refused("NoticeGoesOn", f"{AT}/close-notice")
    review.at(date(2026, 12, 1))
    await review.does(f"{AT}/close-notice")
    early = await review.desk.post(f"{AT}/confirm-awards", "headquarters", meeting=MEETING_ID)
    assert early.status_code == 404
    await confirmed_by_meeting(review, MEETING_ID)
    await review.does(f"{AT}/confirm-awards", meeting=MEETING_ID)
    standing = await review.reads(AT)
    assert (standing["stage"], standing["decision"]) == ("confirmed", "〔2026〕14号")
    assert await review.fixes_marks() == len(NUMBERS)
    assert await review.fixes_marks() == 0
    fixed = {o.event.project: o.event for o in await review.named("group", "ReviewScoreFixed")}
    best = fixed[str(project(3))]
    assert (best.place, [one.round for one in best.rounds]) == (1, ["dossier_review", "on_site"])
    assert best.rounds[0].before == best.closing
    assert best.score == best.rounds[-1].score
    term = quote(f"secretary of west 2 branch_secretary {BRANCHES[WEST][1]}")
    (led,) = (await review.reads(f"/appraisals/2026/terms/{term}", "headquarters"))["parts"]
    assert [(one["award"], one["revoked"]) for one in led["awards"]] == [(best.award, "")]


async def awarded(review: Review) -> list[tuple[str, dict[str, str]]]:
    """From the list to confirmed awards, with an objection in real name on the way; panels as `judged`."""
    panels = await judged(review)
    await confirmed(review)
    return panels


async def confirmed(review: Review) -> None:
    """From the scores of all rounds to confirmed awards."""
    await review.does(f"{AT}/run-allocation", reason="")
    await review.does(f"{AT}/open-notice", working_days=5)
    await review.does(f"{AT}/file-objection", SOMEBODY, project=str(project(3)), text="last year's figures")
    await review.does(f"{AT}/answer-objection", "discipline", number=1, accepted=False, answer="this year's")
    review.at(date(2026, 12, 1))
    await review.does(f"{AT}/close-notice")
    await confirmed_by_meeting(review, MEETING_ID)
    await review.does(f"{AT}/confirm-awards", meeting=MEETING_ID)
