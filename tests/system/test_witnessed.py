"""What people do in a running system is signed within seconds, witnessed outside, verified without it."""

from __future__ import annotations

from pathlib import Path
from uuid import uuid4

from tests.support.backups import does, run
from tests.support.company import Company
from tests.support.running import Up
from tests.support.waiting import wait_until

SIGNED_WITHIN_SECONDS = 60  # it is ten; the machine may do much else


def size_of(company: Company, ledger: str) -> int:
    """How many events of a ledger of projects are signed."""
    answer = company.door.http.get(f"/api/projects/checkpoints/{ledger}")
    return int(answer.text.split("\n")[1]) if answer.is_success else 0


def test_an_act_is_signed_witnessed_and_verified(
    installation: tuple[Up, Path], company: Company, tmp_path: Path
) -> None:
    up, data = installation

    def acts() -> None:
        act = {"unit": company.branch, "title": f"降本{uuid4()}", "track": "safety_quality"}
        answer = company.liu_yang.does("/projects/draft-proposal", **act)
        ledger, _, position = answer["position"].rpartition(":")
        assert ledger == company.ledger
        wait_until(
            lambda: size_of(company, company.company) >= int(position), "it is signed", SIGNED_WITHIN_SECONDS
        )

    acts()
    witness = ("witness", up.url, "--state", tmp_path / "w", "--name", "audit.example/w1", "--once")
    said = does(*witness)
    key = said.splitlines()[0].rpartition(" ")[2]
    assert f"/{company.ledger} at " in said
    assert key in does("keys", "--data", data, "--witness", key)

    acts()
    wait_until(
        lambda: "did not keep it" not in does(*witness) and cosigned(company), "a cosignature is kept", 60
    )
    file = tmp_path / "company.ledger"
    does("ledger", company.ledger, file, "--data", data)
    log = does("keys", "--data", data).split()[1]
    said = does("verify", file, "--key", log, "--key", key)
    assert "by audit.example/w1, up to " in said

    damaged = tmp_path / "damaged.ledger"
    damaged.write_bytes(file.read_bytes().replace("降本".encode(), "增效".encode(), 1))
    code, said, _ = run("verify", damaged)
    assert (code, "position" in said) == (1, True)
    assert run("verify", tmp_path / "nothing")[0] == 2
    assert run("witness", "http://127.0.0.1:1", "--state", tmp_path / "other", "--once")[0] == 2


def cosigned(company: Company) -> bool:
    note = company.door.http.get(f"/api/projects/checkpoints/{company.company}").text
    return "\N{EM DASH} audit.example/w1 " in note
