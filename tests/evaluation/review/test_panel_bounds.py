"""What nobody can do to a panel over HTTP: join it, see its cards, sign or draw it out of turn."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from services.evaluation.api.review import dissolving_acts, opening_acts
from services.evaluation.domain.review.cycle.judging import SealedPanel
from services.evaluation.domain.review.rules import ReviewRules
from services.evaluation.review.programme import rules_of
from services.evaluation.review.view.panels import sealed_panel
from shared.ledger import Ledgers
from shared.organisation import Organisation
from tests.evaluation.review.a_review import GROUP, JURORS, Review, listed
from tests.evaluation.review.test_group_review import (
    AT,
    chair_of,
    collected,
    judging,
    marks,
    named,
    opened,
    scored,
    sealed,
    signed,
)
from tests.projects.a_group import person


async def test_whoever_runs_the_review_is_no_juror_of_it_and_no_stranger_is(review: Review) -> None:
    """R57, R61: headquarters added itself, named itself chair and read all cards."""
    panel = await opened(review)
    itself: dict[str, Any] = {"person": person("headquarters"), "source": "external"}
    await review.is_refused("WhoRunsDoesNotJudge", f"{panel}/add-juror", **itself)
    await review.does("/juror-pool/list-juror", unit=GROUP, juror=listed("headquarters"))
    await review.desk.caught_up()
    await review.is_refused("WhoRunsDoesNotJudge", f"{panel}/add-juror", **itself)
    stranger: dict[str, Any] = {"person": person("source department"), "source": "external"}
    await review.is_refused("NotOfThePool", f"{panel}/add-juror", **stranger)
    await review.does("/juror-pool/list-juror", unit=GROUP, juror=listed("source department"))
    await review.does(f"{panel}/add-juror", **stranger)


async def test_whoever_runs_the_review_is_not_drawn_though_the_pool_names_them(review: Review) -> None:
    """R61."""
    await collected(review)
    for name in JURORS[4:]:
        await review.does("/juror-pool/strike-juror", unit=GROUP, person=person(name), reason="away")
    await review.does("/juror-pool/list-juror", unit=GROUP, juror=listed("headquarters", "senior"))
    panel = await named(review)
    await review.does(f"{panel}/fix-lot")
    await review.is_refused("TooFewJurors", f"{panel}/open-panel", due="2026-11-14")


async def chaired(review: Review) -> tuple[str, str, str, str, int]:
    """A panel, its chair, another juror by letter and name, and a dossier that both have yet to score."""
    panel = await opened(review)
    who = await judging(review, panel)
    chair = await chair_of(review, who)
    own = await numbers(review, chair)
    for letter, name in who.items():
        if name != chair and (both := own & await numbers(review, name)):
            return panel, chair, letter, name, min(both)
    raise AssertionError("nobody judges with the chair")


async def numbers(review: Review, name: str) -> set[int]:
    """The dossiers of a juror."""
    (own,) = (await review.reads(f"{AT}/queue", name))["panels"]
    return {one["number"] for one in own["dossiers"]}


async def scores(review: Review, panel: str, name: str, number: int, share: str = "0.5") -> None:
    card = await marks(review, panel, number, name, share)
    await review.does(f"{panel}/submit-scorecard", name, number=number, marks=card)


async def test_the_chair_sees_others_cards_once_the_own_one_is_given(review: Review) -> None:
    """Each scores before others' are seen; the chair too."""
    panel, chair, letter, name, number = await chaired(review)
    await scores(review, panel, name, number)

    async def board() -> tuple[dict[str, Any], dict[str, Any]]:
        found = await review.reads(panel, chair)
        return found, next(row for row in found["rows"] if row["number"] == number)

    page, row = await board()
    assert (row["own_first"], row["in_conflict"], row["cards"], row["score"]) == (True, False, [], None)
    assert (page["seen"], page["jurors"]) == ("", [])
    await scores(review, panel, chair, number, "0.7")
    page, row = await board()
    assert not row["own_first"]
    assert letter in {card["juror"] for card in row["cards"]}
    assert letter in {one["juror"] for one in page["jurors"]}
    for other in sorted(await numbers(review, chair) - {number}):
        await scores(review, panel, chair, other)
    assert (await board())[0]["seen"]


async def test_a_chair_who_has_withdrawn_reads_no_cards(review: Review) -> None:
    panel, chair, *_ = await chaired(review)
    await review.does(f"{panel}/withdraw-juror", chair, reason="ill")
    assert (await review.asks(panel, chair)).json()["code"] == "CardsAreThePanels"


async def test_a_juror_signs_as_chair_or_not_at_all_and_types_nothing(review: Review) -> None:
    """R59, R60: a clerk is known by name and a juror by letter, so that one person signed as both."""
    await collected(review)
    for name in ("clerk", "discipline"):
        await review.does("/juror-pool/list-juror", unit=GROUP, juror=listed(name))
    panel = await named(review)
    await review.does(f"{panel}/fix-lot")
    await review.does(f"{panel}/open-panel", due="2026-11-14")
    who = await scored(review, panel, (*JURORS, "clerk", "discipline"))
    for name in {"clerk", "discipline"} - {*who.values()}:
        await review.does(f"{panel}/add-juror", person=person(name), source="substitute")
        (own,) = (await review.reads(f"{AT}/queue", name))["panels"]
        who[own["letter"]] = name
    of = {name: letter for letter, name in who.items()}
    other = next(letter for letter, name in who.items() if name in JURORS)
    await review.does(f"{panel}/name-chairs", chair=of["clerk"], vice_chair=other)
    seen = (await review.reads(panel, "clerk"))["seen"]
    await review.does(f"{panel}/sign-panel", "clerk", signing="chair", seen=seen)
    for signing, name in (("clerk", "clerk"), ("supervisor", "discipline")):
        await review.is_refused("ThreePeopleSign", f"{panel}/sign-panel", name, signing=signing, seen=seen)
    paper: dict[str, Any] = {"number": 1, "juror": other, "marks": [], "scan": "ab", "signed": True}
    await review.is_refused("JurorsAreNoClerks", f"{panel}/type-scorecard", "clerk", **paper)
    await review.does(f"{panel}/sign-panel", "other clerk", signing="clerk", seen=seen)
    await review.does(f"{panel}/sign-panel", "other discipline", signing="supervisor", seen=seen)


async def test_a_panel_that_is_sealed_while_it_is_dissolved_stays(
    review: Review, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last signature came between the look at the panel and the decision, and its cards were lost."""
    panel = await opened(review)
    who = await scored(review, panel)
    chair = await chair_of(review, who)
    looks: list[str] = []

    async def looked(ledgers: Ledgers, name: str) -> SealedPanel | None:
        found = await sealed_panel(ledgers, name)
        if not looks:
            await signed(review, panel, chair)
        looks.append(name)
        return found

    monkeypatch.setattr(dissolving_acts, "sealed_panel", looked)
    name = panel.removeprefix("/panels/")
    await review.is_refused("NoSuchOpenPanel", f"{AT}/dissolve-panel", panel=name, reason="too few jurors")
    assert looks == [name, name]
    (line,) = (await review.reads(f"{AT}/board"))["panels"]
    assert line["state"] == "sealed"


async def test_an_open_panel_is_dissolved_though_its_ledger_grows_meanwhile(
    review: Review, monkeypatch: pytest.MonkeyPatch
) -> None:
    panel, chair, *_, number = await chaired(review)
    looks: list[str] = []

    async def looked(ledgers: Ledgers, name: str) -> SealedPanel | None:
        if not looks:
            await scores(review, panel, chair, number)
        looks.append(name)
        return await sealed_panel(ledgers, name)

    monkeypatch.setattr(dissolving_acts, "sealed_panel", looked)
    name = panel.removeprefix("/panels/")
    await review.does(f"{AT}/dissolve-panel", panel=name, reason="too few jurors")
    assert looks == [name, name]


async def test_the_stage_calls_nobody_who_was_withdrawn(review: Review) -> None:
    await sealed(review, await opened(review))
    await review.does(f"{AT}/close-round")
    panel = await named(review)
    await review.does(f"{panel}/fix-lot")
    await review.does(f"{panel}/open-panel", due="2026-11-20")
    await review.does(f"{panel}/draw-order")
    stage = await review.reads(f"{panel}/stage")
    first, second, *_ = stage["order"]
    assert stage["following"] == first
    gone = {"number": first, "reason": "an accident", "document": "〔2026〕33号"}
    await review.does(f"{panel}/withdraw-dossier", "discipline", **gone)
    assert (await review.reads(f"{panel}/stage"))["following"] == second


async def test_a_lot_of_the_same_shape_is_fixed_anew_for_other_people(review: Review) -> None:
    """R57: who was struck from the pool is not drawn, though a lot names nobody."""
    await collected(review)
    panel = await named(review)
    await review.does(f"{panel}/fix-lot")
    await review.does("/juror-pool/strike-juror", unit=GROUP, person=person(JURORS[-1]), reason="away")
    await review.does("/juror-pool/list-juror", unit=GROUP, juror=listed("source department"))
    await review.does(f"{panel}/fix-lot", reason="one is away")
    await review.is_refused("LotStands", f"{panel}/fix-lot", reason="once more")


async def test_a_card_is_void_for_a_tie_that_is_said_and_a_juror_speaks_for_no_other(review: Review) -> None:
    """R57: by headquarters or discipline, and the line is sealed."""
    panel, chair, letter, name, number = await chaired(review)
    await scores(review, panel, name, number)
    found: dict[str, Any] = {"number": number, "juror": letter, "kind": "own_unit"}
    for by in ("headquarters", "discipline"):
        await review.is_refused("RecusalSaysWhy", f"{panel}/recuse", by, line=" ", **found)
    await review.is_refused("NotAllowed", f"{panel}/recuse", chair, line="posted there", **found)
    await review.does(f"{panel}/recuse", "discipline", line="posted there", **found)
    (recorded,) = await review.named("group", "JurorRecused")
    assert recorded.envelope.by is not None
    assert (recorded.envelope.by.person, recorded.event.voided) == (person("discipline"), True)
    assert b"posted there" not in recorded.body


async def test_a_board_says_by_which_method_its_scores_are_reckoned(
    review: Review, monkeypatch: pytest.MonkeyPatch
) -> None:
    """R58: one for all dossiers, also where the chair does not see the one with the fewest cards."""

    def trimming(organisation: Organisation, version: str) -> ReviewRules:
        return replace(rules_of(organisation, version), method="trimmed_mean", trimmed_from=5)

    monkeypatch.setattr(opening_acts, "rules_of", trimming)
    panel, chair, _, name, number = await chaired(review)

    async def method() -> str:
        return str((await review.reads(panel, chair))["method"])

    await scores(review, panel, name, number)
    assert await method() == "mean"
    await scored(review, panel)
    assert await method() == "trimmed_mean"
    await review.does(f"{panel}/recuse", chair, number=number, kind="own_unit")
    rows = (await review.reads(panel, chair))["rows"]
    assert [row["number"] for row in rows if row["in_conflict"]] == [number]
    assert await method() == "mean"
