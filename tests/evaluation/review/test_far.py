"""A juror far from all others is an auditor's question, by letter, once the panel is sealed."""

from __future__ import annotations

import csv
import io

import pytest
from openpyxl import load_workbook

from services.evaluation.api.review.boards import APART
from shared.audit_sheet import Form, document
from shared.printing import Document
from shared.sentences import Language
from tests.evaluation.review.a_review import JURORS, Review
from tests.evaluation.review.test_group_review import (
    chair_of,
    marks,
    opened,
    scored,
    signed,
)
from tests.projects.a_group import person

FAR = "/suspicions/juror-far"


async def far_from_others(review: Review) -> tuple[str, str, str, int]:
    """A panel whose cards are there, one of them far from the others: its chair, the juror, the dossier."""
    panel = await opened(review)
    who = await scored(review, panel)
    chair = await chair_of(review, who)
    return panel, chair, *await far_off(review, panel, who, chair)


async def far_off(review: Review, panel: str, who: dict[str, str], chair: str) -> tuple[str, int]:
    """One juror who is not the chair gives a dossier a card far from the others."""
    rows = (await review.reads(panel, chair))["rows"]
    cards = [(row["number"], card["juror"]) for row in rows for card in row["cards"]]
    number, letter = next(one for one in cards if who[one[1]] != chair)
    low = await marks(review, panel, number, who[letter], "0.1")
    await review.does(f"{panel}/submit-scorecard", who[letter], number=number, marks=low)
    return letter, number


async def test_who_is_far_from_the_others_is_listed_by_letter_after_the_seal(review: Review) -> None:
    """R59, R67, R68, R76."""
    panel, chair, letter, number = await far_from_others(review)
    assert (await review.reads(FAR, "auditor"))["jurors"] == []
    await signed(review, panel, chair)
    answer = await review.reads(FAR, "auditor")
    (found,) = answer["jurors"]
    assert (found["panel"], found["juror"], found["round"]) == (
        panel.removeprefix("/panels/"),
        letter,
        "dossier_review",
    )
    (card,) = found["far"]
    assert card["number"] == number
    assert float(card["others"][0]) - float(card["points"]) > APART
    assert float(found["mean"]) < float(found["mean_of_all"])
    assert not [juror for juror in JURORS if person(juror) in str(answer)]
    assert (await review.reads(f"{FAR}?limit=1", "discipline"))["jurors"] == [found]
    looks = (await review.reads("/looks", "auditor"))["looks"]
    assert ("suspicions", "juror_far") in [(look["what"], look["of"]) for look in looks]


async def test_the_form_and_the_files_hold_the_juror_by_letter(
    review: Review, monkeypatch: pytest.MonkeyPatch
) -> None:
    """R68, R74, R76: each card of a dossier far off with its earlier one and where they stand; no name."""
    said: list[Document] = []

    def kept(form: Form, language: Language) -> Document:
        said.append(document(form, language))
        return said[-1]

    monkeypatch.setattr("services.evaluation.api.suspicions.forms.document", kept)
    panel, chair, letter, number = await far_from_others(review)
    case = f"{panel.removeprefix('/panels/')}/{letter}"
    assert (await review.asks(f"{FAR}/sheet?case={case}", "auditor")).status_code == 404, "not sealed"
    await signed(review, panel, chair)
    await review.desk.signing.round()
    for tongue in ("zh-CN", "en"):
        answer = await review.desk.get(f"{FAR}/sheet?case={case}", "auditor", tongue)
        assert (answer.status_code, answer.content[:5]) == (200, b"%PDF-"), answer.text
    chinese, english = said
    assert dict(chinese.head)["评审"].startswith(f"2026年复评评委{letter}")
    assert f"-10-{letter}" in dict(english.head)["number"]
    given, changed = english.sections[0].rows
    assert (given[0], changed[0]) == (f"dossier {number}\ncard given", f"dossier {number}\ncard changed")
    assert {given[2], changed[2]} == {f"juror {letter}"}
    leaves = await review.desk.own.ledgers.leaves(
        "group", 0, (await review.desk.own.ledgers.head("group")).position
    )
    for _, ledger, position, hash_ in english.sections[2].rows:
        assert (ledger, hash_) == ("evaluation/group", leaves[int(position) - 1].hex())
    for name, status in (("headquarters", 403), ("secretary in charge", 403)):
        assert (await review.asks(f"{FAR}/sheet?case={case}", name)).status_code == status
    other = case.replace(letter, "A" if letter != "A" else "B")
    assert (await review.asks(f"{FAR}/sheet?case={case}&case={other}", "auditor")).status_code == 404

    content = (await review.asks(f"{FAR}.csv", "auditor")).content.decode("utf-8-sig")
    _, _, line = csv.reader(io.StringIO(content))
    (found,) = (await review.reads(FAR, "auditor"))["jurors"]
    assert [line[4], line[8], line[9][:7]] == [letter, str(number), "2026-E-"]
    sheet = (await review.asks(f"{FAR}.xlsx", "auditor")).content
    page = load_workbook(io.BytesIO(sheet)).worksheets[0]
    assert [page.cell(3, at).value for at in (5, 9)] == [letter, number]
    assert (await review.asks(f"{FAR}.csv", "headquarters")).json()["code"] == "OnlyAuditSeesFarJurors"
    assert not [one for one in JURORS if person(one) in content + str(said)]
    looks = [(one["what"], one["of"]) for one in (await review.reads("/looks", "auditor"))["looks"]]
    assert ("suspicions", found["review"]) in looks
    assert ("export", "suspicions_juror_far.csv") in looks


async def test_it_is_shown_to_audit_and_discipline_alone(review: Review) -> None:
    for name in ("headquarters", "secretary in charge", JURORS[0]):
        assert (await review.asks(FAR, name)).json()["code"] == "OnlyAuditSeesFarJurors"
