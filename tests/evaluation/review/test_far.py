"""A juror far from all others is an auditor's question, by letter, once the panel is sealed."""

from __future__ import annotations

from services.evaluation.api.review.boards import APART
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


async def test_who_is_far_from_the_others_is_listed_by_letter_after_the_seal(review: Review) -> None:
    """R59, R67, R68, R76."""
    panel = await opened(review)
    who = await scored(review, panel)
    chair = await chair_of(review, who)
    rows = (await review.reads(panel, chair))["rows"]
    cards = [(row["number"], card["juror"]) for row in rows for card in row["cards"]]
    number, letter = next(one for one in cards if who[one[1]] != chair)
    name = who[letter]
    low = await marks(review, panel, number, name, "0.1")
    await review.does(f"{panel}/submit-scorecard", name, number=number, marks=low)
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


async def test_it_is_shown_to_audit_and_discipline_alone(review: Review) -> None:
    for name in ("headquarters", "secretary in charge", JURORS[0]):
        assert (await review.asks(FAR, name)).json()["code"] == "OnlyAuditSeesFarJurors"
