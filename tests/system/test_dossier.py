"""`./denggao dossier` through the front door: discipline takes a life away, and verifies it elsewhere."""

from __future__ import annotations

import json
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import uuid4
from zipfile import ZipFile

import pytest

from cli.dossier import main
from cli.reader import PASSWORD
from tests.support import front_door
from tests.support.backups import does, run
from tests.support.company import in_days, today
from tests.support.waiting import wait_until
from tests.system.test_one_life import Project


def test_discipline_takes_a_dossier_away_and_verifies_it(
    lived: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(PASSWORD, front_door.PASSWORD)
    company, page = lived.company, lived.page()
    file = tmp_path / "dossier.zip"

    def takes(login: str, named: str = page["number"], to: Path = file, *more: str) -> int:
        who = ["--url", company.door.url, "--login", login, "--language", "en"]
        return main([named, str(to), "--files", *more, *who])

    assert takes(company.liu_yang.login) == 2
    assert "given to audit and discipline" in capsys.readouterr().err
    wait_until(lambda: "n33" in told_of(lived), "what was told of the closing is settled", 60)
    wait_until(lambda: takes(company.qian_hui.login) == 0, "the last act is signed", 60)
    said = capsys.readouterr().out
    assert f"projects-{company.company}.ledger: verified: " in said
    assert "projects-group.ledger: complete: " in said  # the programme under which it lived
    assert f"evaluation-{company.company}.ledger: verified: " in said

    with ZipFile(file) as dossier:
        names = dossier.namelist()
        attached = {name.partition("/")[2] for name in names if name.startswith("files/")}
        assert attached == {one["sha256"] for one in page["evidence"] if not one["link"]}
        schemas = json.loads(dossier.read("schemas.json"))
        fixed = json.loads(dossier.read("score.json"))
        record = dossier.read(f"projects-{company.company}.ledger").decode()
        told = json.loads(dossier.read("told.json"))
        assert dossier.read("told.zh-CN.pdf").startswith(b"%PDF-")
    assert told["project"] == lived.id
    assert {"n02", "n33"} <= {one["rule"] for one in told["told"]}
    assert page["title"] not in json.dumps(told, ensure_ascii=False)
    assert page["title"] in record
    assert fixed["project"] == lived.id
    assert {"ProposalDrafted", "MeetingConvened", "ProgrammePublished"} <= schemas.keys()

    assert "complete" in does("verify", file)
    damaged = tmp_path / "damaged.zip"
    damaged.write_bytes(file.read_bytes().replace(page["title"].encode(), page["title"][::-1].encode(), 1))
    code, said, _ = run("verify", damaged)
    assert (code, ": position " in said) == (1, True)
    assert takes(company.qian_hui.login) == 2  # what is there already stays as it is

    again, year = tmp_path / "again.zip", tmp_path / "year.zip"
    assert takes(company.qian_hui.login, page["number"], again, "--again", str(file)) == 0
    assert again.read_bytes() == file.read_bytes()
    unit, of = page["unit"], ("--year", page["reference"][:4])
    wait_until(lambda: takes(company.qian_hui.login, unit, year, *of) == 0, "all is signed", 60)
    again.unlink()
    assert takes(company.qian_hui.login, unit, again, *of, "--again", str(year)) == 0
    assert again.read_bytes() == year.read_bytes()
    with ZipFile(year) as dossier:
        assert attached < {name.partition("/")[2] for name in dossier.namelist()}
        assert page["reference"] in json.loads(dossier.read("evidence.json"))
        scores = json.loads(dossier.read("scores.json"))["scores"]
        assert page["reference"] in [one["reference"] for one in scores]
        assert {"scores.zh-CN.pdf", "cut-evaluation.json"} <= {*dossier.namelist()}
    assert takes(company.qian_hui.login, "NO-SUCH", tmp_path / "none.zip", *of) == 2

    review_of(lived)
    review, year_of = tmp_path / "review.zip", ("--review", str(today().year))
    takes_review = partial(takes, company.qian_hui.login, company.company, review, *year_of)
    wait_until(lambda: takes_review() == 0, "the review is signed", 60)
    assert f"evaluation-{company.company}.ledger: verified: " in capsys.readouterr().out
    with ZipFile(review) as dossier:
        assert {"review.zh-CN.pdf", "review.en.pdf", "lots.json"} <= {*dossier.namelist()}
    code, _, error = run("redraw", review)
    assert (code, "holds no panel that was drawn" in error) == (2, True)
    none = takes(company.qian_hui.login, company.company, tmp_path / "none.zip", "--review", "2001")
    assert (none, "There is no review of" in capsys.readouterr().err) == (2, True)


def told_of(lived: Project) -> set[str]:
    """The rules that told somebody of it, as notifications' part of its dossier has them now."""
    address = f"/api/notifications/deliveries/project/{lived.id}/dossier"
    answer = lived.company.door.http.get(address, headers=lived.company.qian_hui.headers())
    assert answer.is_success, answer.text
    with ZipFile(BytesIO(answer.content)) as part:
        return {one["rule"] for one in json.loads(part.read("told.json"))["told"]}


def review_of(lived: Project) -> None:
    """The company's first review, by the scores fixed at closing: it has no panels."""
    company, runs = lived.company, lived.company.zhao_gang

    def does(act: str, **body: Any) -> Any:
        headers = runs.headers() | {"Idempotency-Key": str(uuid4())}
        answer = company.door.http.post(f"/api/evaluation/reviews{act}", json=body, headers=headers)
        assert answer.is_success, f"{act}: {answer.text}"
        return answer.json()

    days = {"closed_from": in_days(-30), "closed_until": in_days(1)}
    opened = does("/open-cycle", unit=company.company, year=today().year, has_notice=False, **days)
    for act in ("collect-projects", "close-collection"):
        does(f"/{opened['id']}/{act}")
