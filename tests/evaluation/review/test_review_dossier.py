"""A review is taken away whole: proved, drawn again, read in two languages; what is sealed stays sealed."""

from __future__ import annotations

import base64
import io
import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from cli.redraw import main
from services.evaluation.domain.review.cycle import CYCLE
from services.evaluation.domain.review.panel import PANEL
from services.evaluation.review.dossier import Record, document
from services.evaluation.review.dossier.course import STEPS
from services.evaluation.review.redrawing import redrawn
from services.projects.domain.project.secrecy import SecrecyReviewed
from shared.dossier import unpack
from shared.printing import Document
from shared.sentences import Language, word
from shared.verifier import NotProved, verify_dossier
from tests.evaluation.review.a_review import (
    AFTER,
    EAST,
    JURORS,
    OUTSIDE,
    RAW,
    SOMEBODY,
    WEST,
    Happened,
    Review,
    project,
)
from tests.evaluation.review.test_group_review import AT, NUMBERS, awarded, judged, opened
from tests.projects import a_project as p
from tests.projects.a_group import person

DOSSIER = f"{AT}/dossier"
IN_TABLES = {
    *("ProjectCollected", "ProjectLeftOut", "ProjectScored", "PlaceGiven"),
    *("DossierPlaced", "JurorDeclared", "JurorAssigned", "ScorecardSubmitted", "ScorecardCorrected"),
    *("ScorecardTyped", "TypingDiffered", "TurnBegan", "TurnEnded"),
}


async def taken(review: Review, query: str = "", name: str = "auditor") -> bytes:
    """The dossier, once all is signed."""
    await review.desk.signing.round()
    answer = await review.asks(DOSSIER + query, name)
    assert answer.status_code == 200, answer.text
    return answer.content


def files_of(dossier: bytes) -> dict[str, bytes]:
    return {name: file.read() for name, file in unpack(io.BytesIO(dossier)).items()}


def signed_anew(ledger: bytes) -> bytes:
    """As if an operator had the ledger signed anew, which gives it another origin."""
    head, _, events = ledger.partition(b"\n\n")
    lines = head.split(b"\n")
    note = base64.b64decode(lines[-1].split()[1]).replace(b"/group\n", b"/group@20270101T000000Z\n", 1)
    return b"\n".join([*lines[:-1], b"checkpoint " + base64.b64encode(note)]) + b"\n\n" + events


@pytest.fixture
def printed(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """What was printed last, by language, as text."""
    said: dict[str, str] = {}

    def kept(record: Record, language: Any) -> Document:
        made = document(record, language)
        said[language] = msgspec.json.encode(made).decode()
        return made

    monkeypatch.setattr("services.evaluation.api.review.dossiers.document", kept)
    return said


async def test_it_is_proved_read_with_letters_alone_and_drawn_again(
    review: Review, printed: dict[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """R57, R62, R67, R68: the same bytes for the same record; a changed mark is found."""
    panels = await awarded(review)
    dossier = await taken(review)
    assert await taken(review) == dossier
    told = verify_dossier(io.BytesIO(dossier))
    assert told[0].startswith("evaluation-group.ledger: verified: ")
    assert "evaluation-group.ledger: complete: the ledger holds no other event of these projects" in told
    with pytest.raises(NotProved, match=r"evaluation-group\.ledger: position"):
        verify_dossier(io.BytesIO(dossier.replace(b'"points":"', b'"points":"1', 1)))

    files = files_of(dossier)
    assert all(files[f"review.{language}.pdf"].startswith(b"%PDF-") for language in ("zh-CN", "en"))
    held = {"CycleOpened", "ScorecardSubmitted", "AwardsConfirmed"}
    assert held <= json.loads(files["review-schemas.json"]).keys()
    assert json.loads(files["programme.json"])["rules"]["quotas"]["awards"][0]["code"] == "first"
    lots = json.loads(files["lots.json"])
    assert [f"/panels/{lot['panel']}" for lot in lots] == [panel for panel, _ in panels]

    english = (
        "awards confirmed",
        "first prize",
        "last year's figures",
        "〔2026〕14号",
        "2026-E-0003",
    )
    chinese = (
        "审定奖项",
        "一等奖 8、结对共建奖 5",
        "第1评审组：封存",
        "第1次名额分配",
        "现场评审",
        "异议",
        "project 3",
    )
    assert not [told for told in english if told not in printed["en"]]
    assert not [told for told in chinese if told not in printed["zh-CN"]]
    signers = [letter for letter in panels[0][1] if f"juror {letter}" in printed["en"]]
    assert [letter for letter in signers if f"评委{letter}" in printed["zh-CN"]]
    texts = [*printed.values(), *(file.decode("latin-1") for file in files.values())]
    names = [person(name) for name in (*JURORS, SOMEBODY)]
    assert not [name for name in names for text in texts if name in text]

    file = tmp_path / "review.zip"
    file.write_bytes(dossier)
    assert main([str(file)]) == 0
    assert capsys.readouterr().out.count("drawn again: the same jurors") == 2
    ledger = files["evaluation-group.ledger"].replace(b'"year":2026', b'"year":2027')
    assert [one.differs for one in redrawn(io.BytesIO(ledger))] == [("seed",)] * 2
    anew = signed_anew(files["evaluation-group.ledger"])
    assert [one.differs for one in redrawn(io.BytesIO(anew))] == [()] * 2


async def test_it_goes_outside_once_reviewed_and_is_given_again_by_its_cut(
    review: Review, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """R57, R74: the head behind a lot follows too from subtrees that stand for what is left out."""
    await judged(review)
    first = await taken(review, "?complete=false")
    assert (await review.asks(DOSSIER, OUTSIDE)).json()["code"] == "NotReviewedForOutside"
    by = p.by("reviewer", "secrecy_reviewer")
    reviewed = Happened(by, (SecrecyReviewed("dossier", "internal", "", AFTER, by.person),))
    for number in NUMBERS:
        assert (await review.asks(DOSSIER, OUTSIDE)).json()["code"] == "NotReviewedForOutside"
        ledger = EAST if number < 3 else WEST
        await review.desk.projects.does(reviewed, decider=RAW, stream=project(number), ledger=ledger)
    assert await taken(review, name=OUTSIDE)

    cut = json.loads(files_of(first)["cut-evaluation.json"])["cut"]
    await review.does(f"{AT}/run-allocation", reason="")
    assert await taken(review, "?complete=false") != first
    assert await taken(review, f"?complete=false&cut={cut}") == first
    answer = await review.asks(f"{DOSSIER}?cut=20260101-0000000000000000", "auditor")
    assert answer.json()["code"] == "NoSuchDossierCut"

    file = tmp_path / "review.zip"
    file.write_bytes(first)
    assert main([str(file)]) == 0
    assert "complete as claimed, not proven" in capsys.readouterr().out
    file.write_bytes(first[:-1])
    assert main([str(file)]) == 1
    assert main([str(tmp_path / "none.zip")]) == 2


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_every_event_of_a_review_is_told_in_its_print(language: Language) -> None:
    """As a step in words, or in the table of what it is about."""
    unsaid = [event.__name__ for event in (*CYCLE.events, *PANEL.events) if event not in STEPS]
    assert {*unsaid} == IN_TABLES
    assert not [step for step in STEPS if not word("review_step", step.__name__, language, "")]


async def test_only_audit_and_discipline_are_given_it_and_not_while_a_panel_judges(review: Review) -> None:
    """R61, R67, R76."""
    await opened(review)
    await review.desk.signing.round()
    assert (await review.asks(DOSSIER, "auditor")).json()["code"] == "PanelsStillJudge"
    for name in ("headquarters", "secretary in charge", JURORS[0]):
        answer = await review.asks(DOSSIER, name)
        assert (answer.status_code, answer.json()["code"]) == (403, "OnlyAuditTakesDossiers"), name
    looks = (await review.reads("/looks", "discipline"))["looks"]
    assert ("dossier", AT.removeprefix("/reviews/")) in [(look["what"], look["of"]) for look in looks]
