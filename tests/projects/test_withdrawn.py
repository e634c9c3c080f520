"""A text that should not be read is withdrawn by its hash; the record and its proofs stay."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from services.projects.domain.project.secrecy import (
    NoSuchText,
    TextIsWithdrawn,
    TextWithdrawn,
    WithdrawText,
)
from shared.domain import Incomplete
from shared.envelope import written
from shared.withdrawn import hash_of, says, without
from tests.projects import a_project as p
from tests.projects.a_desk import HERE, Desk
from tests.projects.lived import page_after
from tests.projects.some_files import PDF
from tests.projects.test_dossiers import DOSSIER, PART, opened
from tests.projects.test_evidence import CONFIRMED, upload
from tests.projects.test_secrecy import LEADER, SECRECY, reviewed
from tests.support.engines import Database

AUDITS = "auditor of the company"
TEXT = p.REVISE.proposal.problem
WITHDRAW = WithdrawText(p.by("reviewer", "secrecy_reviewer"), hash_of(TEXT), "含他人病情", p.MAY, said=(2, 3))


def test_a_text_is_withdrawn_once_with_a_reason_and_only_where_it_was_said() -> None:
    p.approved.when(WITHDRAW).then(TextWithdrawn(hash_of(TEXT), "含他人病情", p.MAY, WITHDRAW.by.person))
    p.approved.when(replace(WITHDRAW, reason=" ")).then_refused(Incomplete)
    p.approved.when(replace(WITHDRAW, said=())).then_refused(NoSuchText)
    p.approved.after(WITHDRAW).when(WITHDRAW).then_refused(TextIsWithdrawn)


def test_a_page_shows_a_mark_instead_who_put_it_there_and_why_also_when_it_is_said_again() -> None:
    for lived in (
        p.approved.after(WITHDRAW),
        p.submitted.after(WITHDRAW, p.PRECHECK, p.QUALITY_AGREES, p.FINANCE_AGREES, p.MEET),
    ):
        page = page_after(lived)
        assert page["content"]["problem"] == f"withdrawn:{hash_of(TEXT)}"
        assert page["withdrawn"] == {
            hash_of(TEXT): {"reason": "含他人病情", "on": p.MAY.isoformat(), "person": "reviewer"}
        }


def test_codes_ids_dates_and_keys_are_no_free_text() -> None:
    shown = {"state": "draft", "草案": ["draft", "2026-01-20", "a draft"], "n": 3, "none": None}
    assert without(shown, {hash_of(text) for text in ("draft", "2026-01-20", "草案", "3")}) == shown
    assert not says(shown, hash_of("draft"))
    assert without(shown, {hash_of("a draft")})["草案"] == [
        "draft",
        "2026-01-20",
        f"withdrawn:{hash_of('a draft')}",
    ]


@pytest.fixture
async def desk(database: Database, tmp_path: Path) -> AsyncIterator[Desk]:
    """With a secrecy reviewer."""
    async with reviewed(database, tmp_path) as built:
        yield built


async def test_it_is_read_nowhere_of_no_moment_and_by_nobody(desk: Desk) -> None:
    told: list[dict[str, Any]] = [
        {"path": HERE},
        {"path": f"{HERE}/history"},
        {"path": f"{HERE}/replay"},
        {"path": f"{HERE}/replay", "position": "2"},
        {"path": f"{HERE}/replay/difference", "position": "1", "against_position": "7"},
        {"path": f"{HERE}/replay/decisions/2"},
    ]

    async def tellers() -> list[str]:
        answers = [await desk.ask(AUDITS, **ask) for ask in told]
        assert {answer.status_code for answer in answers} == {200}
        return [f"{ask}" for ask, answer in zip(told, answers, strict=True) if TEXT in answer.text]

    async def finds(**wait: str) -> int:
        return len((await desk.read(AUDITS, "/api/projects/projects", q=TEXT[:6], **wait))["projects"])

    assert (await desk.read(AUDITS))["project"]["content"]["problem"] == TEXT
    assert len(await tellers()) == len(told)
    assert await finds() == 1
    body: dict[str, Any] = {"sha256": hash_of(TEXT), "reason": "含他人病情"}
    for who in (LEADER, "party department", AUDITS):
        assert (await desk.post(who, "withdraw-text", **body)).json()["code"] == "NotAllowed"
    unsaid = await desk.post(SECRECY, "withdraw-text", **body | {"sha256": hash_of("没有说过的话")})
    assert unsaid.json()["code"] == "NoSuchText"
    withdrawn = await desk.post(SECRECY, "withdraw-text", **body)
    assert withdrawn.json()["events"] == ["TextWithdrawn"]
    assert await finds(wait_for=withdrawn.json()["position"]) == 0
    assert await tellers() == []
    replayed = await desk.ask(AUDITS, f"{HERE}/replay", position="2")
    assert "（该文字已撤回）" in replayed.text


async def test_why_somebody_acted_is_withdrawn_too(desk: Desk) -> None:
    why = "因李某住院"
    taken = await desk.post(
        LEADER, "add-task", why=why, task="T9", title="巡检", standard="每日", due="2026-06-01", weight="1"
    )
    assert taken.status_code == 200, taken.text
    assert why in (await desk.ask(AUDITS, f"{HERE}/history")).text
    assert (await desk.post(SECRECY, "withdraw-text", sha256=hash_of(why), reason="病情")).status_code == 200
    assert why not in (await desk.ask(AUDITS, f"{HERE}/history")).text


async def test_nor_of_all_projects_at_a_cut_before_it_nor_in_event_logs(desk: Desk) -> None:
    title = (await desk.read(AUDITS))["project"]["title"]  # once the view has it
    desk.later(seconds=6)
    at = written(desk.house.clock.now() - timedelta(seconds=6))
    asked = [f"/api/projects/{path}" for path in ("replay/portfolio", "event-logs/ocel", "event-logs/xes")]
    for path in asked:
        assert title in (await desk.ask(AUDITS, path, at=at)).text, path
    withdrawn = await desk.post(SECRECY, "withdraw-text", sha256=hash_of(title), reason="含姓名")
    assert withdrawn.status_code == 200
    for path in asked:
        told = (await desk.ask(AUDITS, path, at=at)).text
        assert title not in told, path
        assert f"withdrawn:{hash_of(title)}" in told


async def test_nor_in_a_dossier_that_is_made_again_up_to_before_it(desk: Desk) -> None:
    proves = CONFIRMED["proves"]
    await upload(desk, LEADER)
    file: dict[str, Any] = CONFIRMED | {"sha256": sha256(PDF).hexdigest()}
    attached = await desk.post(LEADER, "attach-evidence", **file)
    assert attached.status_code == 200, attached.text
    await desk.signing.round()
    first = await desk.ask(AUDITS, DOSSIER)
    assert proves in opened(first.content)["evidence.json"].decode()
    assert (
        await desk.post(SECRECY, "withdraw-text", sha256=hash_of(proves), reason="病情")
    ).status_code == 200
    again = await desk.ask(AUDITS, DOSSIER, cut=first.headers["denggao-cut"])
    assert proves not in opened(again.content)["evidence.json"].decode()
    assert opened(again.content)[PART] == opened(first.content)[PART], "the record and its proof stay"
