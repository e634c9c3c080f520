"""What `./denggao secrets` makes: once, all or none, closed to everybody else on the machine."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli import secrets


def contents(directory: Path) -> dict[str, str]:
    return {file.name: file.read_text() for file in directory.iterdir()}


def test_secrets_are_made_once_behind_a_closed_door(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place = tmp_path / "secrets"
    assert secrets.main(["--into", str(place)]) == 0
    first = contents(place)
    assert capsys.readouterr().out == (
        f"Made {len(first)} secrets in {place}: passwords and addresses of databases, nkeys of services.\n"
    )
    assert place.stat().st_mode & 0o777 == 0o700
    assert {file.stat().st_mode & 0o777 for file in place.iterdir()} == {0o444}

    assert secrets.main(["--into", str(place)]) == 0
    assert capsys.readouterr().out == f"{place} is there already and stays as it is.\n"
    assert contents(place) == first

    assert secrets.main(["--into", str(tmp_path / "others")]) == 0
    others = contents(tmp_path / "others")
    assert first.keys() == others.keys()
    assert not [name for name in first if first[name] == others[name]]


def test_half_a_set_is_never_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fchmod", full)
    assert secrets.main(["--into", str(tmp_path / "secrets")]) == 1
    assert (
        capsys.readouterr().err == f"denggao: {tmp_path}/secrets cannot be made (No space left on device).\n"
    )
    assert not list(tmp_path.iterdir())
