"""A project's dossier over HTTP: who is given one, what it holds and proves, and that any change is found."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from hashlib import sha256
from uuid import UUID

import pytest

from shared.dossier import pack, unpack
from shared.verifier import NotProved, verify_dossier
from tests.projects.a_desk import APPROVAL, HERE, Desk
from tests.projects.a_project import REVISE

DOSSIER = f"{HERE}/dossier"
PART = "projects-company.ledger"
ANOTHER = UUID(int=13)


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
    names = ["README.txt", "dossier.en.pdf", "dossier.zh-CN.pdf", "evidence.json", PART, "schemas.json"]
    assert sorted(files) == names
    assert all(files[name].startswith(b"%PDF-") for name in names[1:3])
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


async def test_only_audit_and_discipline_are_given_one(desk: Desk) -> None:
    await lived(desk)
    for name in ("secretary of the branch", "party department", "headquarters"):
        answer = await desk.ask(name, DOSSIER)
        assert (answer.status_code, answer.json()["code"]) == (403, "OnlyAuditTakesDossiers"), name
    for name in ("auditor of the other company", "stranger"):
        assert (await desk.ask(name, DOSSIER)).status_code == 404, name


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
    (without_the_last, "position .*: the event of a project in the file is left out"),
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
