"""Sealed names are opened by two, for a mandate or discipline, and shown to whoever asked alone (R68)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from services.evaluation.domain.review.unsealing import (
    UNSEALING,
    AgreedAlready,
    AgreeToUnsealing,
    AskerOpensNothing,
    AskUnsealing,
    DeclineUnsealing,
    NoSuchUnsealing,
    NotSealedHere,
    Scope,
    ScopeIsNamed,
    TwoPeopleOpen,
    UnsealedAfterConfirmation,
    UnsealingAgreed,
    UnsealingAsked,
    UnsealingDeclined,
    UnsealingSaysWhy,
    WhoRanItOpensNothing,
)
from shared.domain import By, PersonId, UnitId
from tests.evaluation.review.a_review import AFTER, SOMEBODY, Review
from tests.evaluation.review.test_group_review import (
    AT,
    awarded,
    collected,
    opened,
)
from tests.projects.a_group import person
from tests.support.given import given

OFFICE = UnitId("group")
AUDITOR, DISCIPLINE = By(PersonId("a"), "auditor", OFFICE), By(PersonId("d"), "discipline_officer", OFFICE)
SECRETARY = By(PersonId("s"), "party_secretary", OFFICE)
LETTERS = Scope("panel", ("C",))
ASK = AskUnsealing(AUDITOR, "cycle", LETTERS, "one card is far from the others", "〔2027〕3号", True, True)
AGREES = AgreeToUnsealing(DISCIPLINE, 1, "discipline", ran=False)
AND_SECRETARY = AgreeToUnsealing(SECRETARY, 1, "secretary", ran=False)
NOBODYS = "5a0c1f0e-0000-4000-8000-000000000001"
fresh = given(UNSEALING)
asked = fresh.after(ASK)


def test_it_is_asked_for_with_scope_reason_and_mandate() -> None:
    """R68."""
    fresh.when(ASK).then(
        UnsealingAsked(1, "cycle", LETTERS, ASK.reason, "〔2027〕3号", PersonId("a"), "auditor")
    )
    asked.when(ASK).then_names(UnsealingAsked)
    assert [*asked.after(ASK).state.asked] == [1, 2]


def test_what_is_not_named_or_not_sealed_or_has_no_reason_is_not_asked_for() -> None:
    for scope in (Scope(), Scope("panel"), Scope(letters=("C",))):
        fresh.when(replace(ASK, scope=scope)).then_refused(ScopeIsNamed)
    fresh.when(replace(ASK, sealed=False)).then_refused(NotSealedHere)
    fresh.when(replace(ASK, reason=" ")).then_refused(UnsealingSaysWhy)
    fresh.when(replace(ASK, open_to_them=False)).then_refused(UnsealedAfterConfirmation)


def test_two_agree_in_either_order_and_nothing_is_open_before() -> None:
    """R68."""
    asked.when(AGREES).then(UnsealingAgreed(1, "discipline", PersonId("d")))
    assert not asked.after(AGREES).state.asked[1].opened
    assert asked.after(AGREES, AND_SECRETARY).state.asked[1].opened
    assert asked.after(AND_SECRETARY, AGREES).state.asked[1].opened


def test_neither_of_the_two_asks_nor_ran_the_review_nor_is_both_nor_a_deputy() -> None:
    """R4, R8, R68."""
    asked.when(replace(AGREES, by=replace(DISCIPLINE, person=AUDITOR.person))).then_refused(AskerOpensNothing)
    asked.when(replace(AND_SECRETARY, ran=True)).then_refused(WhoRanItOpensNothing)
    asked.when(replace(AGREES, by=replace(DISCIPLINE, on_behalf_of=PersonId("x")))).then_refused(
        TwoPeopleOpen
    )
    once = asked.after(AGREES)
    once.when(replace(AND_SECRETARY, by=replace(SECRETARY, person=DISCIPLINE.person))).then_refused(
        TwoPeopleOpen
    )
    once.when(replace(AGREES, by=replace(DISCIPLINE, person=PersonId("e")))).then_refused(AgreedAlready)


def test_either_declines_with_a_reason_and_then_it_is_over() -> None:
    decline = DeclineUnsealing(SECRETARY, 1, "secretary", ran=False, reason="the letter is enough")
    asked.when(replace(decline, reason="")).then_refused(UnsealingSaysWhy)
    asked.when(decline).then(UnsealingDeclined(1, "secretary", PersonId("s"), decline.reason))
    asked.after(decline).when(AGREES).then_refused(NoSuchUnsealing)
    asked.after(AGREES, AND_SECRETARY).when(decline).then_refused(NoSuchUnsealing)
    fresh.when(AGREES).then_refused(NoSuchUnsealing)


async def asks(review: Review, name: str, scope: dict[str, Any]) -> None:
    await review.does(f"{AT}/ask-unsealing", name, scope=scope, reason="a card is far from all others")


async def opens(review: Review, number: int, discipline: str = "discipline") -> None:
    for opening, name in (("discipline", discipline), ("secretary", "secretary in charge")):
        await review.does(f"{AT}/agree-to-unsealing", name, number=number, opening=opening)


async def test_names_are_shown_to_the_mandate_that_asked_and_to_nobody_else(review: Review) -> None:
    """R15, R68, R76: after confirmation, opened by two; each reading is a look, and ends with the mandate."""
    panels = await awarded(review)
    who = panels[-1][1]
    letter, name = min(who.items())
    scope = {"panel": panels[-1][0].removeprefix("/panels/"), "letters": [letter], "objections": [1]}
    await asks(review, "outside auditor", scope)
    names = f"{AT}/unsealings/1"
    assert (await review.asks(names, "outside auditor")).json()["code"] == "AskerAloneReads"
    await opens(review, 1)
    shown = await review.reads(names, "outside auditor")
    assert [(one["letter"], one["objection"], one["person"]) for one in shown["people"]] == [
        (letter, None, person(name)),
        ("", 1, person(SOMEBODY)),
    ]
    for other in ("auditor", "discipline", "secretary in charge", "headquarters", name):
        assert (await review.asks(names, other)).json()["code"] == "AskerAloneReads", other
    looks = (await review.reads("/looks", "auditor"))["looks"]
    assert [one["asked"] for one in looks if one["what"] == "unsealing"] == ["number=1"]
    (seen,) = (await review.reads(f"{AT}/unsealings", "secretary in charge"))["unsealings"]
    assert (seen["asked_by"], seen["document"]) == (person("outside auditor"), "审通〔2026〕7号")
    assert seen["agreed"] == {
        "discipline": person("discipline"),
        "secretary": person("secretary in charge"),
    }
    known = review.desk.organisation
    (mandate,) = known.offices_of(person("outside auditor"), AFTER)
    known.terms[mandate.id] = replace(mandate, end=AFTER)
    assert (await review.asks(names, "outside auditor")).json()["code"] == "AskerAloneReads"
    stored = [one.body.decode() for one in await review.desk.own.ledgers.read_ledger("access", 0)]
    assert not [body for body in stored if person(SOMEBODY) in body or person(name) in body]


async def test_before_confirmation_discipline_alone_asks_and_another_of_it_agrees(review: Review) -> None:
    """R68."""
    panel = await opened(review)
    (line,) = (await review.reads(f"{AT}/board"))["panels"]
    letters = [missing["juror"] for missing in line["missing"]]
    scope = {"panel": panel.removeprefix("/panels/"), "letters": letters[:1]}
    body = {"scope": scope, "reason": "a real-name letter"}
    await review.is_refused("UnsealedAfterConfirmation", f"{AT}/ask-unsealing", "outside auditor", **body)
    for name in ("auditor", "headquarters", "secretary in charge"):
        await review.is_refused("MandateAsks", f"{AT}/ask-unsealing", name, **body)
    await asks(review, "discipline", scope)
    agree = {"number": 1, "opening": "discipline"}
    await review.is_refused("AskerOpensNothing", f"{AT}/agree-to-unsealing", "discipline", **agree)
    for name in ("headquarters", "clerk", "outside auditor"):
        await review.is_refused("NotAllowed", f"{AT}/agree-to-unsealing", name, **agree)
    await opens(review, 1, "other discipline")
    (shown,) = (await review.reads(f"{AT}/unsealings/1", "discipline"))["people"]
    assert (shown["letter"], shown["name"]) == (letters[0], None)
    assert (await review.reads(f"{AT}/unsealings", "outside auditor"))["unsealings"] == []
    assert (await review.reads(f"{AT}/unsealings", "headquarters"))["unsealings"] == []


async def test_what_the_review_has_not_sealed_is_not_asked_for(review: Review) -> None:
    await collected(review)
    await review.desk.caught_up()
    nowhere = (
        {"panel": "no panel", "letters": ["A"]},
        {"panel": NOBODYS, "letters": ["A"]},
        {"objections": [3]},
    )
    for scope in nowhere:
        await review.is_refused(
            "NotSealedHere", f"{AT}/ask-unsealing", "discipline", scope=scope, reason="asked"
        )
