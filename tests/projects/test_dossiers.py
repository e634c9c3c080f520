"""A project's dossier over HTTP: who is given one, what it holds and proves, and that any change is found."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from hashlib import sha256
from uuid import UUID

import pytest

from services.projects.domain.person import PERSON
from services.projects.domain.person.leaving import ErasePerson
from services.projects.domain.person.record import RegisterPerson
from services.projects.domain.project.content import Member, Team
from services.projects.domain.project.proposal import ReviseProposal
from services.projects.domain.project.secrecy import Purpose, ReviewSecrecy
from services.projects.dossier import erased
from services.projects.erasures import Certificate
from services.projects.tables import metadata
from shared.domain import PersonId
from shared.dossier import pack, unpack
from shared.engines import begin
from shared.sentences import Language
from shared.verifier import NotProved, verify_dossier
from tests.projects.a_desk import APPROVAL, HERE, Desk
from tests.projects.a_group import person
from tests.projects.a_project import BRANCH, CONTENT, DRAFT, GROUP, REVISE, SECRETARY, WORK, by

DOSSIER = f"{HERE}/dossier"
PART = "projects-company.ledger"
ANOTHER = UUID(int=13)
REVIEWER = by("reviewer", "secrecy_reviewer")
LEFT, TODAY = date(2020, 1, 1), date(2026, 1, 20)


async def lived(desk: Desk) -> None:
    """Two projects in one ledger, signed."""
    await desk.house.does(*APPROVAL[:2])
    await desk.house.does(*APPROVAL[:2], stream=ANOTHER)
    await desk.house.does(*APPROVAL[2:])
    await desk.signing.round()


async def taken(desk: Desk, **query: str) -> bytes:
    answer = await desk.ask("auditor of the company", DOSSIER, **query)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/zip"
    return answer.content


def said(dossier: bytes) -> list[str]:
    return verify_dossier(io.BytesIO(dossier))


def opened(dossier: bytes) -> dict[str, bytes]:
    return {name: file.read() for name, file in unpack(io.BytesIO(dossier)).items()}


def packed(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    pack({name: io.BytesIO(content) for name, content in files.items()}, out)
    return out.getvalue()


async def test_it_holds_the_record_to_read_and_proves_that_nothing_is_left_out(desk: Desk) -> None:
    await lived(desk)
    dossier = await taken(desk)
    whole = (await desk.house.ledgers.head("company")).position
    first, second, *_ = said(dossier)
    assert first.startswith(f"{PART}: verified: ")
    assert f"/projects/company, {whole - 2} of {whole} events, root " in first
    assert second == f"{PART}: complete: the ledger holds no other event of these projects"
    assert await taken(desk) == dossier

    files = opened(dossier)
    pdfs = ["dossier.en.pdf", "dossier.zh-CN.pdf"]
    names = ["README.txt", "cut-projects.json", *pdfs, "evidence.json", PART, "schemas.json"]
    assert sorted(files) == names
    assert all(files[name].startswith(b"%PDF-") for name in pdfs)
    assert json.loads(files["evidence.json"]) == []
    kinds = {
        json.loads(line.split(b" ", 4)[4])["name"] for line in files[PART].splitlines() if line.count(b"{")
    }
    assert kinds == kinds & json.loads(files["schemas.json"]).keys()
    assert "ProposalSubmitted" in kinds
    assert "./denggao verify" in files["README.txt"].decode()

    smaller = opened(await taken(desk, complete="false"))
    assert len(smaller[PART]) < len(files[PART])
    assert said(packed(smaller))[1].startswith(f"{PART}: complete as claimed, not proven: 2 events ")


async def test_asked_again_with_its_cut_it_is_the_same_bytes_whatever_was_done_since(desk: Desk) -> None:
    await lived(desk)
    first = await taken(desk)
    named = json.loads(opened(first)["cut-projects.json"])
    cut, size = named["cut"], (await desk.house.ledgers.head("company")).position
    assert named["signed_up_to"] == {"company": size}
    assert f"{cut}" in opened(first)["README.txt"].decode()

    await desk.house.does(*WORK[:2])
    await desk.signing.round()
    desk.later(days=40)
    assert await taken(desk) != first
    assert await taken(desk, cut=cut) == first
    for wrong in ("20260101-0000000000000000", f"{cut[:-1]}{'0' if cut[-1] != '0' else '1'}"):
        answer = await desk.ask("auditor of the company", DOSSIER, cut=wrong)
        assert (answer.status_code, answer.json()["code"]) == (404, "NoSuchDossierCut")
    assert (await desk.ask("auditor of the company", DOSSIER, cut="../keys")).status_code == 422
    assert (await desk.ask("secretary of the branch", DOSSIER, cut=cut)).status_code == 403


async def test_a_cut_of_another_dossier_is_none_of_what_it_does_not_hold(desk: Desk) -> None:
    await desk.house.does(*APPROVAL[:2])
    await desk.signing.round()
    cut = json.loads(opened(await taken(desk))["cut-projects.json"])["cut"]
    await desk.house.does(*APPROVAL[:2], stream=ANOTHER)
    await desk.signing.round()
    other = DOSSIER.replace(HERE, HERE.rpartition("/")[0] + f"/{ANOTHER}")
    answer = await desk.ask("auditor of the company", other, cut=cut)
    assert (answer.status_code, answer.json()["code"]) == (404, "NoSuchDossierCut")


async def test_only_audit_and_discipline_are_given_one(desk: Desk) -> None:
    await lived(desk)
    for name in ("secretary of the branch", "party department", "headquarters"):
        answer = await desk.ask(name, DOSSIER)
        assert (answer.status_code, answer.json()["code"]) == (403, "OnlyAuditTakesDossiers"), name
    for name in ("auditor of the other company", "stranger"):
        assert (await desk.ask(name, DOSSIER)).status_code == 404, name


async def test_whoever_is_named_in_it_and_was_erased_has_a_certificate_in_it(desk: Desk) -> None:
    """R77: named is who stands on the page; the other who was erased has no part in this project."""
    async with begin(desk.house.engine) as connection:
        await connection.run_sync(metadata.create_all)
    there, elsewhere = (PersonId(str(UUID(int=at))) for at in (71, 72))
    team = Team("攻关组", "面漆攻关组", (Member(there, "backbone"),))
    await desk.house.does(DRAFT, ReviseProposal(SECRETARY, replace(CONTENT, team=team)))
    await desk.signing.round()
    assert "erasures.json" not in opened(await taken(desk))

    for left, number in ((there, "0071"), (elsewhere, "0072")):
        who = RegisterPerson(SECRETARY, left, number, BRANCH, "masses", "", "", "sealed.a", "sealed.b", "")
        erase = ErasePerson(SECRETARY, left, LEFT, "本人申请", "13号", TODAY, False, LEFT, None)
        await desk.house.does(who, erase, decider=PERSON, stream=UUID(left), ledger="group")
    files = opened(await taken(desk))
    (certificate,) = json.loads(files["erasures.json"])
    assert (certificate["person"], certificate["staff_number"]) == (there, "0071")
    assert certificate["erased"] == ["name", "phone", "mail", "joined"]
    assert [one["fields"] for one in certificate["sealed_in"]] == [["name", "phone"]]


@pytest.mark.parametrize(
    ("language", "said"),
    [("zh-CN", ["0071", "手机号码、邮箱"]), ("en", ["0071", "telephone, mail"])],
)
def test_an_erasure_is_said_to_who_reads_it_printed_and_none_is_not_spoken_of(
    language: Language, said: list[str]
) -> None:
    certificate = Certificate(
        person=str(UUID(int=71)),
        staff_number="0071",
        erased=["phone", "mail"],
        event="projects/group/9",
        at=datetime(2026, 1, 20, 4, tzinfo=UTC),
        by_office="headquarters",
        by_unit="group",
        reason="本人申请",
        document="13号",
        sealed_in=[],
        key_is_gone=True,
    )
    (section,) = erased([certificate], UTC, language)
    ((number, what, act, why),) = section.rows
    assert [number, what] == said
    assert (act, why) == ("2026-01-20 04:00:00\nprojects/group/9", "本人申请\n13号")
    assert not list(erased([], UTC, language))


async def test_who_audits_under_a_mandate_waits_for_a_secrecy_review_of_the_dossier_as_it_stands(
    desk: Desk,
) -> None:
    """R74: own audit does not; a review for another purpose, or before the last act, is none."""
    await lived(desk)
    auditor = person("auditor of the group")
    (own,) = desk.parts.organisation.offices_of(auditor, TODAY)
    desk.parts.organisation.terms[own.id] = replace(own, document="审通〔2026〕7号", opened_in=GROUP)

    async def answered() -> str:
        await desk.signing.round()
        answer = await desk.ask("auditor of the group", DOSSIER)
        return "given" if answer.status_code == 200 else str(answer.json()["code"])

    def reviews(purpose: Purpose) -> ReviewSecrecy:
        return ReviewSecrecy(REVIEWER, purpose, "internal", TODAY)

    assert await answered() == "NotReviewedForOutside"
    assert await taken(desk)
    await desk.house.does(reviews("spread"))
    assert await answered() == "NotReviewedForOutside"
    await desk.house.does(reviews("dossier"), reviews("content"))
    assert await answered() == "given"
    await desk.house.does(WORK[0])
    assert await answered() == "NotReviewedForOutside"


async def test_an_act_that_is_not_signed_yet_is_waited_for(desk: Desk) -> None:
    async def refused() -> bool:
        answer = await desk.ask("auditor of the company", DOSSIER)
        return answer.status_code == 409 and answer.json()["code"] == "NotSignedYet"

    await desk.house.does(*APPROVAL[:1])
    assert await refused()
    await desk.signing.round()
    assert said(await taken(desk))
    await desk.house.does(REVISE)
    assert await refused()


# What is changed in one


def without_the_last(lines: list[bytes]) -> list[bytes]:
    """An act that somebody wants forgotten stands as another project's would: by its hash alone."""
    at = max(at for at, one in enumerate(lines) if one[:1].isdigit() and one.count(b" ") > 3)
    position, stream, version, _, body = lines[at][:-1].split(b" ", 4)
    hashed = sha256(body).hexdigest().encode()
    return [*lines[:at], b" ".join((position, stream, version, hashed)) + b"\n", *lines[at + 1 :]]


def of_another(lines: list[bytes]) -> list[bytes]:
    """The hash of another project's event is some other hash."""
    at = next(at for at, one in enumerate(lines) if one[:1].isdigit() and one.count(b" ") == 3)
    changed = lines[at][:-65] + sha256(b"").hexdigest().encode() + b"\n"
    return [*lines[:at], changed, *lines[at + 1 :]]


FORGED: list[tuple[Callable[[list[bytes]], list[bytes]], str]] = [
    (without_the_last, "position .*: an event of its stream is left out"),
    (lambda lines: lines[:-1], "position .*: the line is not one of an event"),
    (of_another, "position 1 or later: the events up to .* are not those signed"),
]


async def test_whatever_is_changed_is_found_and_its_place_is_named(desk: Desk) -> None:
    await lived(desk)
    files = opened(await taken(desk))
    for change, says in FORGED:
        lines = change(files[PART].splitlines(keepends=True)[:-1])
        forged = b"".join(lines) + f"end {sha256(b''.join(lines)).hexdigest()}\n".encode()
        with pytest.raises(NotProved, match=f"^{PART}: {says}"):
            said(packed(files | {PART: forged}))
    with pytest.raises(NotProved, match="nothing that is proved"):
        said(packed({"README.txt": b""}))

    small = packed({PART: files[PART], "README.txt": files["README.txt"]})
    assert said(small)
    for at in (*range(0, len(small), 97), *range(len(small) - 300, len(small))):
        changed = bytearray(small)
        changed[at] ^= 1 << at % 8
        with pytest.raises((NotProved, ValueError)):
            said(bytes(changed))
    for wrong in (small[:-1], small + b"\n", b"\n" + small):
        with pytest.raises((NotProved, ValueError)):
            said(wrong)
