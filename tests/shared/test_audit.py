"""`./denggao audit` says what is whole and what is not in words, and by its exit code."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
import yaml

from cli import audit
from cli.truth import TABLES, CannotBeDone, engine_of
from services.evaluation.projections import scores_in
from shared import versions
from shared.checkpoints import live_views
from shared.engines import create_engine
from shared.migrations import NotMigrated, migrate
from shared.sentences import ROOT
from shared.settings import Settings
from tests.shared.a_signer import append, change, signer_of
from tests.support.books import Added, Book
from tests.support.engines import Database

SIZE = 300
DAY = date(2026, 9, 30)
CATALOGUE = ROOT / "shared" / "catalogue" / "audit.words.yaml"


@pytest.fixture
async def group(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Book]:
    """An installation without services: a signed ledger of projects, and no view."""
    monkeypatch.setenv("DENGGAO_SECRETS_DIR", str(tmp_path / "secrets"))
    monkeypatch.setenv("LANG", "C.UTF-8")
    for service in TABLES:
        secrets = tmp_path / "secrets" / service
        secrets.mkdir(parents=True)
        for name, url in (("database", database.url(service)), ("views", database.url(f"{service}-views"))):
            (secrets / f"denggao_{name}_url").write_text(url)
        async with engine_of(database.url(service)) as engine:
            await migrate(engine, service)
    engine = create_engine(database.url("projects"), durable=True)
    book = Book(engine)
    signing = await signer_of(book, tmp_path / "data")
    await append(book, SIZE)
    await book.append("access", ("looks", Added(1)), ("looks", Added(2)))
    await signing.round()
    yield book
    await engine.dispose()


async def audits(tmp_path: Path, *more: str) -> int:
    return await asyncio.to_thread(audit.main, ["--data", str(tmp_path / "data"), *more])


async def test_a_whole_installation_is_said_to_be_whole(
    group: Book, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await audits(tmp_path) == 0
    said, complained = capsys.readouterr()
    assert complained == ""
    assert "projects: 2 ledgers, 302 events, 302 of them read now\n  signed: 302 events" in said
    assert "View scores is not compared: it was never made here" in said
    assert said.endswith("is as it was written.\n")
    assert await audits(tmp_path, "--language", "zh-CN") == 0
    assert "projects：账本 2 本，事件 302 条" in capsys.readouterr().out


async def test_what_is_wrong_is_named_and_gives_1(
    group: Book, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    await change(group, "UPDATE events SET name = 'Other' WHERE ledger = 'access' AND position = 2")
    assert await audits(tmp_path) == 1
    said = capsys.readouterr().out
    assert "NOT WHOLE, " in said
    assert "  projects/access, event 2: the column name says Other, its bytes say Added\n" in said
    assert "the trigger events_no_" in said
    assert await audits(tmp_path, "--language", "zh-CN") == 1
    assert "projects/access，第 2 条事件：字段 name 为 Other，而事件内容中为 Added" in capsys.readouterr().out


async def test_why_a_signature_does_not_hold_is_said_in_the_readers_language(
    group: Book, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place = tmp_path / "data" / "signed" / "projects" / "signed.json"
    notes = json.loads(place.read_bytes())
    notes["group"] = notes["group"].replace(f"\n{SIZE}\n", f"\n{SIZE - 1}\n")
    place.write_text(json.dumps(notes))
    for language, sentence in (
        ("en", "its last checkpoint is not signed as it must be: "),
        ("zh-CN", "最近一次检查点的签名不成立："),
    ):
        assert await audits(tmp_path, "--language", language) == 1
        (said,) = [line for line in capsys.readouterr().out.splitlines() if sentence in line]
        assert said.endswith(
            {"en": "'s signature is not one of this text", "zh-CN": "的签名不是对这一正文作出的"}[language]
        )


async def test_a_night_reads_what_the_night_before_did_not(
    group: Book, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    state = ("--state", str(tmp_path / "state"))
    assert await audits(tmp_path, *state) == 0
    assert "302 of them read now" in capsys.readouterr().out
    await append(group, 3)
    assert await audits(tmp_path, *state) == 0
    said = capsys.readouterr().out
    assert "305 events, 49 of them read now" in said  # behind the last whole tile of each
    assert "Read from where the last audit ended" in said
    assert await audits(tmp_path, *state, "--from-start") == 0
    assert "305 of them read now" in capsys.readouterr().out


async def test_a_view_is_compared_with_a_fresh_replay(
    group: Book, database: Database, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    view = scores_in(Settings(service="evaluation").time_zone)
    async with engine_of(database.url("evaluation-views")) as views:
        await versions.create(views, view)
        assert await versions.begin_live(views, view)
        assert await audits(tmp_path) == 0
        assert "View scores: 0 rows in " in capsys.readouterr().out
        assert await audits(tmp_path, "--no-views") == 0
        assert "View scores" not in capsys.readouterr().out
        older = replace(view, version=view.version + 1)
        async with views.begin() as connection:
            await connection.execute(live_views.update().values(live_version=older.version))
        assert await audits(tmp_path) == 0
        assert f"version {older.version} is in use" in capsys.readouterr().out


def test_what_timers_note_in_a_date_is_no_events_and_dates_at_rest_are_counted() -> None:
    dates = audit._Dates()
    afresh = {"act": "remind", "act_on": DAY, "due": DAY, "tried_on": None}
    assert dates.forget("dates", afresh | {"tried_on": DAY}, afresh) == afresh
    assert dates.forget("dates", afresh | {"act": None, "act_on": None}, afresh) == afresh
    assert dates.resting == 1
    for changed in ({"due": None}, {"act": "other"}, {"act_on": None}, {"act": None}):
        assert dates.forget("dates", afresh | changed, afresh) != afresh, changed
    assert dates.forget("projects", {"tried_on": DAY}, {"tried_on": None}) == {"tried_on": DAY}


async def test_where_nothing_can_be_audited_it_gives_2(
    group: Book, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "state").write_text("no state")
    for language in ("en", "zh-CN"):
        assert await audits(tmp_path, "--state", str(tmp_path / "state"), "--language", language) == 2
    monkeypatch.delenv("DENGGAO_SECRETS_DIR")
    assert await audits(tmp_path, "--language", "zh-CN") == 2
    complained = capsys.readouterr().err
    assert (
        f"denggao: The audit could not be made: {tmp_path / 'state'} was not written by an audit."
        in complained
    )
    assert f"denggao：无法核查：{tmp_path / 'state'} 不是核查所写的文件。" in complained
    assert (
        f"denggao：无法核查：{tmp_path / 'data'} 中没有安装本系统，请用 --data 指明数据目录。" in complained
    )
    assert "There is" not in complained


@pytest.mark.parametrize(
    ("error", "chinese"),
    [
        (CannotBeDone("English.", "environment", name="X"), "X 只用于逐个运行的服务。"),
        (NotMigrated("English.", "schema_older", service="projects", schema="1", needed="2"), "需要 2。"),
        (NotMigrated("English.", "schema_newer", service="projects", schema="9"), "不认识。"),
        (OSError(13, "Permission denied", "state"), "文件无法读写，系统原文为：“Permission denied: state”。"),
        (ValueError("odd"), "“odd”"),
    ],
)
def test_why_no_audit_could_be_made_is_said_in_the_readers_language(error: Exception, chinese: str) -> None:
    said = audit.reason(error, "zh-CN")
    assert chinese in said
    assert "English" not in said


def test_every_sentence_has_the_same_facts_in_both_languages() -> None:
    groups = yaml.safe_load(CATALOGUE.read_text("utf-8"))
    for code, said in (groups["audit"] | groups["not_proved"]).items():
        names = {language: set(re.findall(r"{(\w+)}", text)) for language, text in said.items()}
        assert names["en"] == names["zh-CN"], code


def test_every_finding_has_its_sentence() -> None:
    sentences = yaml.safe_load(CATALOGUE.read_text("utf-8"))["audit"]
    files = [ROOT / "shared" / "walking.py", *(ROOT / "cli").glob("audit*.py")]
    call = r'(?:\badd|_add|_opened)\(\s*(?:name, note, )?"(\w+)"(?: if [^"]* else "(\w+)")?'
    found = re.findall(call, "".join(map(_text, files)))
    codes = {code for pair in found for code in pair if code}
    assert {"missing", "unreadable", "changed", "tile", "mark_other", "row_other", "read_beyond"} <= codes
    assert codes <= sentences.keys()


def _text(file: Path) -> str:
    return file.read_text("utf-8")
