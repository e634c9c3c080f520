"""What is printed of a handover (R11) and of a package that the archive received (R78), and for whom."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest

from services.projects.archive_receipt import Receipt, transfer_of
from services.projects.archive_receipt import document as receipt_document
from services.projects.domain.handover import (
    HANDOVER,
    DrawUpHandoverList,
    Entry,
    Handover,
    Open,
    OpenHandover,
    Parties,
    Signature,
    SignHandover,
)
from services.projects.domain.project.archiving import SendBackFromArchive
from services.projects.domain.project.figures import FigureThen
from services.projects.domain.project.secrecy import SealFile, WithdrawText
from services.projects.domain.project.termination import TerminateProject
from services.projects.domain.project.work import AttachEvidence, Evidence
from services.projects.handover_sheet import Sheet
from services.projects.handover_sheet import document as sheet_document
from services.projects.projections.page import page_of
from shared.domain import By, OfficeId
from shared.dossier import LANGUAGES
from shared.ledger import ACCESS
from shared.merkle import leaf_hash
from shared.printing import Document, pdf
from shared.sentences import Language
from shared.withdrawn import MARK, hash_of
from tests.projects import a_project as p
from tests.projects.a_desk import APPROVAL, HERE, Desk
from tests.projects.a_group import person
from tests.projects.a_project import ARCHIVE, BRANCH, COMPANY, HAND_OVER
from tests.support.living import THE_PROJECT

DAY = date(2026, 3, 2)
LI, ZHAO, WANG = person("secretary of the branch"), person("secretary before"), person("party department")
PARTIES = Parties("branch_secretary", BRANCH, COMPANY, LI, ZHAO)
STOOD = (Decimal("6.8"), Decimal("3.5"), "2026-02", Decimal("3.40"), DAY, "confirmed")
FIGURE = FigureThen("rework", "返修率", *STOOD)
ENTRY = Entry(
    str(THE_PROJECT),
    "2026-A-0012",
    "降低返修率",
    "in_implementation",
    True,
    (Open("task", "T1", "定标", date(2026, 4, 1)), Open("milestone", "M1", "", date(2026, 5, 1))),
    (FIGURE,),
)
WAITS = Entry("P2", "2026-A-0013", "另一题", "in_approval", False, (), ())
SIGNED = {"outgoing": Signature(LI, DAY, ""), "incoming": Signature(ZHAO, DAY, "缺一本台账")}
STATE = Handover(PARTIES, DAY, date(2026, 3, 16), (ENTRY, WAITS), "ab" * 32, SIGNED)  # type: ignore[arg-type]
NAMES = {LI: "李强", ZHAO: "赵敏", BRANCH: "机加工党支部"}
END = TerminateProject(p.PRECHECKER, "迁出", today=p.MAY)


def attached(name: str, sha256: str) -> AttachEvidence:
    return AttachEvidence(p.SECRETARY, Evidence(sha256, name, 10, "application/pdf"), "project", "", "")


FIRST, LATER = attached("验收单.pdf", "9e" * 32), attached("审计意见.pdf", "9f" * 32)


def a_place(position: int) -> Any:
    """Of an event of which only this is printed."""
    return SimpleNamespace(ledger="company", position=position)


SHEET = Sheet(
    number="B1-20260302-00000000",
    parties=PARTIES,
    state=STATE,
    said="open",
    entries=STATE.entries,
    signed={"outgoing": a_place(41), "incoming": a_place(42)},
    reader_name="王审计",
    names=NAMES,
    made_on=DAY,
)


def told(document: Document) -> list[str]:
    """Every text of a document, in its order."""
    found = [document.title, document.subtitle, *(text for pair in document.head for text in pair)]
    for section in document.sections:
        found += [section.heading, *section.sentences, *(text for pair in section.pairs for text in pair)]
        found += [text for row in section.rows for text in row]
    return found


def test_the_list_says_what_passes_from_whom_to_whom_with_numbers_and_who_signed_when() -> None:
    """R11."""
    document = sheet_document(SHEET, "zh-CN")
    head = dict(document.head)
    assert (head["移交人"], head["接收人"], head["交接职务"]) == ("李强", "赵敏", "机加工党支部　党支部书记")
    assert "监交人" not in head
    counts, listed, figures, reservations, signatures, _ = document.sections
    assert dict(counts.pairs) == {
        "主责项目": "1",
        "待本职务办理的其他项目": "1",
        "未办结事项": "2",
        "其中：任务": "1",
        "其中：节点": "1",
    }
    assert listed.rows == (
        ("2026-A-0012　降低返修率\n实施中　本单位主责", "任务　定标", "2026-04-01"),
        ("", "节点　M1", "2026-05-01"),
        ("2026-A-0013　另一题\n审批中　待本职务办理", "无未办结事项", ""),
    )
    assert figures.rows == (("2026-A-0012", "返修率", "6.8", "3.5", "3.40\n2026-02", "已确认"),)
    assert reservations.sentences == ("缺一本台账",)
    assert signatures.rows == (
        ("移交人", "李强", "2026-03-02", "账本company第41条"),
        ("接收人", "赵敏", "2026-03-02", "账本company第42条"),
        ("监交人", "尚未签字", "", ""),
    )
    assert "ab" * 32 in signatures.sentences[0]
    assert (document.mark, document.watermark) == ("内部", "王审计 2026-03-02")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_list_of_nothing_is_printed_and_a_withdrawn_text_is_not(language: Language) -> None:
    """R74."""
    empty = sheet_document(replace(SHEET, entries=(), state=replace(STATE, signed={}), signed={}), language)
    assert pdf(empty).startswith(b"%PDF-")
    gone = replace(ENTRY, title=MARK + "ab" * 32)
    assert MARK not in " ".join(told(sheet_document(replace(SHEET, entries=(gone,)), language)))


def test_the_same_list_gives_the_same_bytes_to_the_same_reader_on_the_same_day() -> None:
    once = pdf(sheet_document(SHEET, "zh-CN"))
    assert pdf(sheet_document(SHEET, "zh-CN")) == once
    others = (replace(SHEET, reader_name="孙"), replace(SHEET, made_on=p.MAY), replace(SHEET, said="overdue"))
    assert once not in [pdf(sheet_document(other, "zh-CN")) for other in others]


# -- over HTTP: a handover -------------------------------------------------------------------------

STREAM = UUID(int=77)
SHEET_OF_IT = f"/api/projects/handovers/{STREAM}/sheet"


def signing(role: Any, who: Any, list_hash: str, office: str = "member") -> SignHandover:
    return SignHandover(By(who, office, COMPANY), role, list_hash, DAY)


async def handed_over(desk: Desk) -> None:
    """A list that is made anew after one had signed, then signed by two."""
    await desk.house.does(*APPROVAL)
    term = OfficeId("term of the successor")
    opened = OpenHandover(None, PARTIES, term, (WAITS,), "h1", DAY, date(2026, 3, 16))
    anew = DrawUpHandoverList(By(LI, "member", BRANCH), (ENTRY,), "h2", DAY)
    await desk.house.does(
        opened,
        signing("outgoing", LI, "h1"),
        anew,
        signing("outgoing", LI, "h2"),
        signing("witness", WANG, "h2", "party_department"),
        decider=HANDOVER,
        stream=STREAM,
    )


async def test_the_list_is_printed_for_the_three_and_for_audit_whose_look_is_noted(desk: Desk) -> None:
    """R11, R76: to everybody else there is no such handover."""
    await handed_over(desk)
    for name in ("secretary of the branch", "secretary before", "party department"):
        for language in LANGUAGES:
            answer = await desk.ask(name, SHEET_OF_IT, language)
            assert (answer.status_code, answer.content[:5]) == (200, b"%PDF-"), answer.text
            assert await again(desk, name, SHEET_OF_IT, language) == answer.content
    assert await desk.house.ledgers.read_ledger(ACCESS, 0, 10) == []
    for name in ("auditor of the other company", "member of the branch"):
        assert (await desk.ask(name, SHEET_OF_IT)).status_code == 404, name
    assert (await desk.ask("auditor of the company", SHEET_OF_IT)).status_code == 200
    await desk.read("auditor of the company", SHEET_OF_IT.removesuffix("/sheet"))
    looks = [one.event for one in await desk.house.ledgers.read_ledger(ACCESS, 0, 10)]
    assert [(look.what, look.of) for look in looks] == [("handover", str(STREAM))] * 2


async def again(desk: Desk, name: str, path: str, language: str, **query: str) -> bytes:
    desk.later(minutes=1)
    return (await desk.ask(name, path, language, **query)).content


async def test_a_text_that_was_withdrawn_from_a_project_is_in_no_handover_list(
    desk: Desk,
) -> None:
    """R74."""
    await handed_over(desk)
    path = SHEET_OF_IT.removesuffix("/sheet")
    listed = (await desk.read("party department", path))["entries"][0]
    assert listed["title"] == ENTRY.title
    by = p.by("reviewer", "secrecy_reviewer")
    await desk.house.does(WithdrawText(by, hash_of(ENTRY.title), "误填", DAY, said=(1,)))
    listed = (await desk.read("party department", path))["entries"][0]
    assert listed["title"] == MARK + hash_of(ENTRY.title)


# -- over HTTP: the archive ------------------------------------------------------------------------

RECEIPT = f"{HERE}/archive-receipt"


async def archived(desk: Desk) -> None:
    back = SendBackFromArchive(p.ARCHIVIST, ("usable",), "附件为压缩包", p.SEPTEMBER)
    await desk.house.does(*APPROVAL, FIRST, END, HAND_OVER, back, HAND_OVER, ARCHIVE)


async def receipt_of(desk: Desk, package: int | None = None) -> Receipt:
    stream: Sequence[Any] = await desk.house.ledgers.read_stream(THE_PROJECT)
    page, transfer = page_of(stream), transfer_of(stream, package)
    assert page is not None
    assert transfer is not None
    return Receipt(page, transfer, "王审计", {p.ARCHIVIST.person: "周档", p.PRECHECKER.person: "吴初"}, DAY)


async def test_the_receipt_says_who_handed_over_what_who_received_it_when_and_under_which_number(
    desk: Desk,
) -> None:
    """R78."""
    await archived(desk)
    receipt = await receipt_of(desk)
    document = receipt_document(receipt, "zh-CN")
    head = dict(document.head)
    assert (head["档号"], head["归档批次"]) == (ARCHIVE.archive_number, "1")
    acts, counts, checked, files, _ = document.sections
    assert [(row[0], row[1].split("\n")[0], row[2]) for row in acts.rows] == [
        ("移交", "吴初", "2026-09-01"),
        ("接收", "周档", "2026-09-01"),
    ]
    received = (await desk.house.ledgers.read_stream(THE_PROJECT))[-1]
    leaf = leaf_hash(received.stream, received.version, received.body).hex()
    assert acts.rows[1][3] == f"账本company第{received.position}条\n{leaf}"
    assert dict(counts.pairs)["文件数"] == "1"
    assert dict(checked.pairs) == dict.fromkeys(("真实", "完整", "可用", "安全"), "已核对")
    assert checked.sentences == ("2026-09-01曾退回，不符合：可用。原因：附件为压缩包",)
    assert files.rows == (("验收单.pdf", "10", "9e" * 32),)


async def test_the_receipt_of_what_was_added_later_lists_that_alone(desk: Desk) -> None:
    await archived(desk)
    await desk.house.does(LATER, HAND_OVER, ARCHIVE)
    for package, name in ((1, "验收单.pdf"), (2, "审计意见.pdf"), (None, "审计意见.pdf")):
        (row,) = receipt_document(await receipt_of(desk, package), "en").sections[3].rows
        assert row[0] == name, package
    assert (await receipt_of(desk)).number == f"{ARCHIVE.archive_number}-2"
    seal = SealFile(p.by("reviewer", "secrecy_reviewer"), FIRST.evidence.sha256, "涉密", p.SEPTEMBER)
    await desk.house.does(seal)
    (row,) = receipt_document(await receipt_of(desk, 1), "zh-CN").sections[3].rows
    assert row == ("（已封存）", "10", "9e" * 32)


async def test_the_receipt_is_given_once_it_was_received_to_who_may_see_the_project(desk: Desk) -> None:
    """R76, R78."""
    await desk.house.does(*APPROVAL, FIRST, END, HAND_OVER)
    waits = await desk.ask("party department", RECEIPT)
    assert (waits.status_code, waits.json()["code"]) == (409, "NothingReceived")
    await desk.house.does(ARCHIVE)
    for name in ("party department", "secretary of the branch"):
        for language in LANGUAGES:
            answer = await desk.ask(name, RECEIPT, language)
            assert (answer.status_code, answer.content[:5]) == (200, b"%PDF-"), answer.text
            assert await again(desk, name, RECEIPT, language, package="1") == answer.content
    assert (await desk.ask("party department", RECEIPT, package="2")).status_code == 409
    assert (await desk.ask("auditor of the other company", RECEIPT)).status_code == 404
    assert await desk.house.ledgers.read_ledger(ACCESS, 0, 10) == []
    assert (await desk.ask("auditor of the company", RECEIPT)).status_code == 200
    (look,) = [one.event for one in await desk.house.ledgers.read_ledger(ACCESS, 0, 10)]
    assert (look.what, look.of) == ("history", str(THE_PROJECT))
