"""What can be set, and how a wrong value is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from shared.settings import load


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DENGGAO_DATA_DIR", str(tmp_path))


def test_without_settings_a_service_keeps_everything_in_its_own_directory(tmp_path: Path) -> None:
    settings = load("projects")

    assert settings.directory == tmp_path / "projects"
    assert settings.database_url == f"sqlite+aiosqlite:///{tmp_path}/projects/ledger.db"
    assert settings.views_url == f"sqlite+aiosqlite:///{tmp_path}/projects/views.db"
    assert settings.time_zone.key == "Asia/Shanghai"


@pytest.mark.parametrize(
    ("given", "understood"),
    [
        ("postgresql://denggao@db/projects", "postgresql+asyncpg://denggao@db/projects"),
        ("postgresql+asyncpg://denggao@db/projects", "postgresql+asyncpg://denggao@db/projects"),
        ("sqlite:////var/lib/denggao/ledger.db", "sqlite+aiosqlite:////var/lib/denggao/ledger.db"),
    ],
)
def test_a_database_is_named_without_its_driver(
    monkeypatch: pytest.MonkeyPatch, given: str, understood: str
) -> None:
    monkeypatch.setenv("DENGGAO_DATABASE_URL", given)
    assert load("projects").database_url == understood


def test_networks_are_named_with_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    assert load("notifications").networks == ()
    monkeypatch.setenv("DENGGAO_CHANNEL_NETWORKS", "10.8.0.0/16, fd00::/8,")
    assert load("notifications").networks == ("10.8.0.0/16", "fd00::/8")


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("DATABASE_URL", "mysql://secret@db/x", "must begin with sqlite:/// or postgresql://"),
        ("DATABASE_URL", "postgresql://secret@/", "must name a host and a database"),
        ("DATABASE_URL", "postgresql://secret@db:port/x", "is no address: "),
        ("VIEWS_URL", "sqlite:///", "must name a file"),
        ("NATS_URL", "http://secret@nats", "must be an address that begins with nats:// or tls://"),
        ("PUBLIC_URL", "example.org", "must be an address that begins with http:// or https://"),
        ("OTLP_ENDPOINT", "localhost:4317", "must be an address"),
        ("ZONE", "Mars/Olympus", "'Mars/Olympus' is no time zone"),
        ("ZONE", "../etc", "is no time zone"),
        ("LOG_LEVEL", "loud", "must be 'DEBUG', 'INFO', 'WARNING' or 'ERROR'"),
        ("FILE_MEGABYTES_AT_MOST", "0", "must be greater than or equal to 1"),
        ("CHANNEL_NETWORKS", "10.8.0.0/16, mail.example", "must be networks with commas"),
        ("CHANNEL_NETWORKS", "10.8.0.1/16", "must be networks with commas"),
        ("CHANNEL_AUTHORITIES", __file__, "must name a file of certificates in PEM"),
        ("CHANNEL_AUTHORITIES", "/nowhere/authorities.pem", "Path does not point to a file"),
        ("SCANNER", "nobodys-scanner --quick", "names a program that is not there"),
        ("SCANNER", "'unclosed", "is no command"),
        ("CLOCK", "cuckoo", "must be 'system' or 'example'"),
    ],
)
def test_a_wrong_value_is_named_in_one_sentence_that_repeats_no_password(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, says: str
) -> None:
    monkeypatch.setenv(f"DENGGAO_{name}", value)

    with pytest.raises(SystemExit) as stop:
        load("projects")

    sentence = str(stop.value)
    assert sentence.startswith(f"denggao: DENGGAO_{name} ")
    assert says in sentence
    assert "\n" not in sentence
    assert "secret" not in sentence


def test_all_wrong_values_are_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DENGGAO_ZONE", "Mars")
    monkeypatch.setenv("DENGGAO_CLOCK", "cuckoo")

    with pytest.raises(SystemExit) as stop:
        load("projects")

    assert [line.split()[1] for line in str(stop.value).splitlines()] == ["DENGGAO_ZONE", "DENGGAO_CLOCK"]


def test_an_empty_value_is_as_good_as_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DENGGAO_OTLP_ENDPOINT", "")
    assert load("projects").otlp_endpoint is None


def test_what_is_secret_may_stand_in_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "denggao_database_url").write_text("postgresql://projects:secret@db/projects\n")
    monkeypatch.setenv("DENGGAO_SECRETS_DIR", str(tmp_path))
    assert load("projects").database_url == "postgresql+asyncpg://projects:secret@db/projects"


def test_the_file_with_the_nkey_is_there(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DENGGAO_NATS_NKEY_SEED_FILE", str(tmp_path / "seed"))
    with pytest.raises(SystemExit, match="DENGGAO_NATS_NKEY_SEED_FILE Path does not point to a file"):
        load("projects")


def test_a_program_for_all_services_finds_the_secrets_of_each(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for service in ("projects", "evaluation"):
        (tmp_path / service).mkdir()
        (tmp_path / service / "denggao_database_url").write_text(f"postgresql://db/{service}")
    monkeypatch.setenv("DENGGAO_SECRETS_DIR", str(tmp_path))
    assert load("evaluation").database_url == "postgresql+asyncpg://db/evaluation"
    assert load("projects", data_dir=tmp_path / "other").directory == tmp_path / "other" / "projects"
