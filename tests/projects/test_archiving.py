"""Archiving is a transfer: handed over, received by somebody else with a number, or sent back (R78)."""

from __future__ import annotations

import base64
import io
from dataclasses import replace
from datetime import date, timedelta
from typing import Any, get_args, get_type_hints
from uuid import UUID
from xml.etree import ElementTree

import pytest

from cli.example.programme import content
from services.projects.archive import Found, checks, spoken
from services.projects.domain.project.archiving import (
    PROPERTIES,
    ArchiveDue,
    ArchiveHandedOver,
    ArchiveSentBack,
    ArchiveWaits,
    NothingHandedOver,
    NothingLacks,
    NothingToSupplement,
    ProjectArchived,
    PropertiesNotChecked,
    ReceiverHandedOver,
    SendBackFromArchive,
    SupplementArchived,
    TellArchiveDue,
)
from services.projects.domain.project.deadlines import NotedAlready
from services.projects.domain.project.state import NotEnded
from services.projects.domain.project.termination import TerminateProject
from services.projects.domain.project.work import AttachEvidence, Evidence, EvidenceAttached
from services.projects.projections.page import archive_due, open_ones
from shared import roster
from shared.domain import Incomplete
from shared.dossier import LANGUAGES, pack, unpack
from shared.verifier import NotProved, verify_dossier
from tests.projects import a_project as p
from tests.projects.a_desk import APPROVAL, Desk
from tests.projects.a_group import appointed
from tests.projects.a_project import ARCHIVE, HAND_OVER, PRECHECKER, ZONE, Project
from tests.projects.lived import page_after
from tests.support.recorded import recorded

SEND_BACK = SendBackFromArchive(p.ARCHIVIST, ("usable",), "附件为压缩包", p.SEPTEMBER)
LATER = AttachEvidence(
    p.SECRETARY, Evidence("9f" * 32, "审计意见.pdf", 10, "application/pdf"), "project", "", ""
)
END = TerminateProject(PRECHECKER, "迁出", today=p.MAY)
handed_over = p.closed.after(HAND_OVER)
archived = handed_over.after(ARCHIVE)


@pytest.mark.parametrize("ended", [p.closed, p.approved.after(END)])
def test_what_has_ended_is_handed_over_by_one_and_received_by_another(ended: Project) -> None:
    ended.when(HAND_OVER).then(ArchiveHandedOver(1, "永久", "", p.SEPTEMBER, PRECHECKER.person))
    ended.after(HAND_OVER).when(ARCHIVE).then(ProjectArchived(ARCHIVE.archive_number, p.SEPTEMBER))
    itself = replace(ARCHIVE, by=p.by("prechecker", "archivist"))
    ended.after(HAND_OVER).when(itself).then_refused(ReceiverHandedOver)


@pytest.mark.parametrize("running", [p.submitted, p.approved, p.in_closing])
def test_nothing_goes_to_the_archive_while_it_goes_on(running: Project) -> None:
    running.when(HAND_OVER).then_refused(NotEnded)
    running.when(ARCHIVE).then_refused(NotEnded)


def test_that_it_is_due_is_said_once_of_what_has_ended_and_was_not_handed_over() -> None:
    tell = TellArchiveDue(None, date(2027, 6, 30), date(2027, 4, 1))
    p.closed.when(tell).then(ArchiveDue(date(2027, 6, 30), date(2027, 4, 1)))
    p.closed.after(tell).when(tell).then_refused(NotedAlready)
    handed_over.when(tell).then_refused(NotedAlready)
    p.approved.when(tell).then_refused(NotEnded)
    p.closed.after(tell).when(HAND_OVER).then_names(ArchiveHandedOver)


@pytest.mark.parametrize("ended", [p.closed, p.approved.after(END)])
def test_a_quarter_before_it_is_due_the_day_asks_for_it(ended: Project) -> None:
    (one,) = (dated for dated in open_ones(page_after(ended), ZONE) if dated.subject == "archive")
    assert (one.act, one.act_on) == ("ask_archive", one.due - timedelta(days=91))
    said = page_after(ended.after(TellArchiveDue(None, one.due, one.due)))
    (again,) = (dated for dated in open_ones(said, ZONE) if dated.subject == "archive")
    assert (again.act, again.due) == (None, one.due)


def test_nothing_is_received_that_nobody_handed_over_and_nothing_handed_over_twice() -> None:
    p.closed.when(ARCHIVE).then_refused(NothingHandedOver)
    p.closed.when(SEND_BACK).then_refused(NothingHandedOver)
    handed_over.when(HAND_OVER).then_refused(ArchiveWaits)
    archived.when(ARCHIVE).then_refused(NothingHandedOver)


def test_it_is_received_after_each_of_its_four_properties_was_looked_at() -> None:
    partly = replace(ARCHIVE, checked=("authentic", "safe"))
    handed_over.when(partly).then_refused(PropertiesNotChecked, properties=["complete", "usable"])


def test_what_lacks_a_property_is_sent_back_with_the_reason_and_handed_over_again() -> None:
    handed_over.when(SEND_BACK).then(ArchiveSentBack(1, ("usable",), "附件为压缩包", p.SEPTEMBER))
    handed_over.when(replace(SEND_BACK, lacks=())).then_refused(NothingLacks)
    handed_over.when(replace(SEND_BACK, reason=" ")).then_refused(Incomplete)
    again = handed_over.after(SEND_BACK, HAND_OVER)
    (package,) = page_after(again)["archive"]
    assert (package["handed_over_on"], package["received_on"]) == ("2026-09-01", None)
    assert [back["lacks"] for back in package["sent_back"]] == [["usable"]]
    again.when(ARCHIVE).then(ProjectArchived(ARCHIVE.archive_number, p.SEPTEMBER))


def test_later_papers_follow_as_a_supplement_under_the_same_number() -> None:
    archived.when(HAND_OVER).then_refused(NothingToSupplement)
    archived.when(LATER).then_names(EvidenceAttached)
    supplemented = archived.after(LATER, HAND_OVER)
    other = replace(ARCHIVE, archive_number="another")
    supplemented.when(other).then(SupplementArchived(2, ARCHIVE.archive_number, p.SEPTEMBER))
    supplemented.after(other).when(HAND_OVER).then_refused(NothingToSupplement)
    first, second = page_after(supplemented.after(other))["archive"]
    assert (first["number"], second["number"]) == (ARCHIVE.archive_number, ARCHIVE.archive_number)


def test_it_is_due_by_the_end_of_june_of_the_next_year_until_it_is_handed_over() -> None:
    """30 June 2028 is a Friday, 30 June 2029 a Saturday."""
    assert archive_due(date(2027, 12, 31)) == date(2028, 6, 30)
    assert archive_due(date(2028, 1, 1)) == date(2029, 7, 2)

    def due(past: Project) -> list[date]:
        return [dated.due for dated in open_ones(page_after(past), ZONE) if dated.subject == "archive"]

    assert due(p.closed) == [date(2027, 6, 30)]
    assert due(p.approved.after(END)) == [date(2027, 6, 30)]
    assert due(p.approved) == due(handed_over) == due(archived) == []
    assert due(handed_over.after(SEND_BACK)) == [date(2027, 6, 30)]


def test_what_a_machine_can_find_is_found_before_the_package_travels() -> None:
    page = page_after(p.closed.after(LATER))
    (pdf,) = [file for file in page["evidence"] if file["name"] == "审计意见.pdf"]
    clean = page | {"evidence": [pdf], "secrecy": {"content": {}}}
    assert [one.found for one in checks(clean, True, lambda _: 10)] == [()] * len(PROPERTIES)  # type: ignore[arg-type]
    packed = pdf | {"media_type": "application/zip"}
    found = {one.property: one.found for one in checks(page | {"evidence": [packed]}, False, lambda _: None)}
    assert found == {
        "authentic": (Found("not_signed"),),
        "complete": (Found("not_there", "审计意见.pdf"),),
        "usable": (Found("not_lasting", "审计意见.pdf"),),
        "safe": (Found("not_reviewed"),),
    }


@pytest.mark.parametrize("code", get_args(get_type_hints(Found)["code"]))
def test_what_is_found_is_said_in_both_languages_with_the_files_name(code: Any) -> None:
    for language in LANGUAGES:
        said = spoken(Found(code, "审计意见.pdf"), language)
        assert code not in said
        assert ("审计意见.pdf" in said) == (code in ("not_there", "not_lasting"))


# -- over HTTP ----------------------------------------------------------------------------------

DEPARTMENT, ARCHIVIST = "party department", "archivist of the company"


async def ended(desk: Desk, *numbers: int) -> None:
    known = desk.parts.organisation
    published = roster.ProgrammePublished("2026.1", 2026, date(2026, 1, 1), content(), "")
    for event in (published, appointed(ARCHIVIST, "archivist", p.COMPANY)):
        known.apply(recorded(known.position + 1, event))
    for number in numbers:
        draft = replace(p.DRAFT, reference=f"2026-A-{number:04}")
        await desk.house.does(draft, *APPROVAL[1:], END, stream=UUID(int=number))


async def does(desk: Desk, who: str, act: str, number: int, **body: Any) -> None:
    answer = await desk.post(who, act, project=UUID(int=number), **body)
    assert answer.status_code == 200, answer.text


async def archive_of(desk: Desk, number: int, who: str = ARCHIVIST) -> dict[str, Any]:
    return await desk.read(who, f"/api/projects/projects/{UUID(int=number)}/archive")


async def test_numbers_of_a_company_and_year_have_no_gap(desk: Desk) -> None:
    """Whatever is refused on the way, and however often it is sent."""
    await ended(desk, 1, 2, 3)
    refused = await desk.post(ARCHIVIST, "archive-project", project=UUID(int=1), checked=list(PROPERTIES))
    assert refused.json()["code"] == "NothingHandedOver"
    for number in (1, 2, 3):
        await does(desk, DEPARTMENT, "hand-over-to-archive", number)
    unchecked = await desk.post(ARCHIVIST, "archive-project", project=UUID(int=1), checked=["safe"])
    assert unchecked.json()["code"] == "PropertiesNotChecked"
    for number in (2, 1, 3):
        await does(desk, ARCHIVIST, "archive-project", number, checked=list(PROPERTIES))
    numbers = [(await archive_of(desk, number))["packages"][0]["number"] for number in (2, 1, 3)]
    serials = [number.rpartition("-")[2] for number in numbers]
    assert serials == ["0001", "0002", "0003"]
    assert all("-2026-10年-" in number for number in numbers), "it was ended before its goal"


async def test_the_archivist_takes_the_dossier_with_what_archives_ask_for_once_it_was_handed_over(
    desk: Desk,
) -> None:
    await ended(desk, 1)
    path = f"/api/projects/projects/{UUID(int=1)}/archive-package"
    assert (await desk.ask(ARCHIVIST, path)).json()["code"] == "OnlyTheArchiveTakesPackages"
    await does(desk, DEPARTMENT, "hand-over-to-archive", 1)
    assert (await desk.ask(DEPARTMENT, path)).json()["code"] == "OnlyTheArchiveTakesPackages"
    authentic, *_, safe = (await archive_of(desk, 1))["checks"]
    assert authentic["found"] == ["账本签名尚未覆盖最后一项办理。"]
    assert safe["found"] == ["尚未经保密审查。"]
    await desk.signing.round()
    assert (await archive_of(desk, 1))["checks"][0]["found"] == []
    answer = await desk.ask(ARCHIVIST, path)
    assert answer.status_code == 200, answer.text
    files = {name: file.read() for name, file in unpack(io.BytesIO(answer.content)).items()}
    said = ElementTree.fromstring(files["metadata.xml"])
    assert {"metadata.xml", "evidence.json", "dossier.zh-CN.pdf"} <= files.keys()
    assert said.findtext("retentionPeriod") == "10年"
    assert said.findtext("reference") == "2026-CH-A-0012"
    assert [one.tag for one in said.find("properties") or ()] == list(PROPERTIES)
    (unreviewed,) = said.iter("finding")
    assert (unreviewed.get("code"), unreviewed.text) == ("not_reviewed", "尚未经保密审查。")


async def test_a_package_whose_root_is_not_that_of_its_dossier_is_found(desk: Desk) -> None:
    await ended(desk, 1)
    await does(desk, DEPARTMENT, "hand-over-to-archive", 1)
    await desk.signing.round()
    answer = await desk.ask(ARCHIVIST, f"/api/projects/projects/{UUID(int=1)}/archive-package")
    files = {name: file.read() for name, file in unpack(io.BytesIO(answer.content)).items()}
    root = ElementTree.fromstring(files["metadata.xml"]).findtext("ledgerRoot")
    assert root

    def verified(metadata: bytes) -> list[str]:
        out = io.BytesIO()
        pack(
            {name: io.BytesIO(content) for name, content in (files | {"metadata.xml": metadata}).items()}, out
        )
        return verify_dossier(out)

    assert any(line.endswith(f" root {root}") for line in verified(files["metadata.xml"]))
    of_another = base64.b64encode(bytes(32)).decode()
    for claimed in (
        f"<ledgerRoot>{of_another}</ledgerRoot>",
        "<ledgerRoot></ledgerRoot>",
        "<ledgerRoot />",
        "",
    ):
        changed = files["metadata.xml"].replace(f"<ledgerRoot>{root}</ledgerRoot>".encode(), claimed.encode())
        with pytest.raises(NotProved, match=r"^metadata\.xml: its ledgerRoot is of no ledger"):
            verified(changed)


async def test_what_is_due_for_the_archive_stands_on_the_list_of_dates(desk: Desk) -> None:
    await ended(desk, 1)
    listed = await desk.read(DEPARTMENT, "/api/projects/deadlines", subject="archive")
    assert [one["due"] for one in listed["deadlines"]] == ["2027-06-30"]
    assert (await archive_of(desk, 1))["due"] == "2027-06-30"
    await does(desk, DEPARTMENT, "hand-over-to-archive", 1)
    listed = await desk.read(DEPARTMENT, "/api/projects/deadlines", subject="archive")
    assert listed["deadlines"] == []


async def test_what_is_owed_to_the_archive_is_on_the_list_of_acts_with_its_day(desk: Desk) -> None:
    await ended(desk, 1)

    async def acts(who: str) -> dict[str, dict[str, Any]]:
        found = await desk.read(who, f"/api/projects/projects/{UUID(int=1)}/actions")
        return {action["code"]: action for action in found["actions"]}

    owed = (await acts(DEPARTMENT))["hand-over-to-archive"]
    assert (owed["enabled"], owed["due"]["at"][:10]) == (True, "2027-07-01"), "24:00 of 30 June"
    waits = (await acts(ARCHIVIST))["archive-project"]
    assert (waits["enabled"], waits["sentence"]) == (False, "该项目没有等待接收的归档材料。")
    await does(desk, DEPARTMENT, "hand-over-to-archive", 1)
    for act in ("archive-project", "send-back-from-archive"):
        assert (await acts(ARCHIVIST))[act]["enabled"]
    assert not (await acts(DEPARTMENT))["hand-over-to-archive"]["enabled"]
