"""What docker compose runs signs its ledgers, and keeps what was signed apart from the databases."""

from __future__ import annotations

from typing import Any

import yaml

from cli.ledger import SERVICES
from shared.sentences import ROOT

APART = "/var/lib/denggao-signed"
COMPOSED: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text("utf-8"))["services"]


def volumes(service: str) -> list[str]:
    return [volume.partition(":")[0] for volume in COMPOSED[service]["volumes"]]


def test_whoever_has_ledgers_signs_them_into_a_volume_of_its_own() -> None:
    for service in (*SERVICES, "backup", "restore"):
        assert COMPOSED[service]["environment"]["DENGGAO_SIGNED_DIR"] == APART, service
        assert any(volume.startswith(f"signed:{APART}") for volume in COMPOSED[service]["volumes"]), service
    assert "signed" not in volumes("postgres")


def test_an_audit_reaches_truth_and_views_by_the_roles_of_the_services() -> None:
    reached = {secret["target"]: secret["source"] for secret in COMPOSED["backup"]["secrets"]}
    for service in SERVICES:
        for kind in ("database", "views"):
            assert reached[f"/run/secrets/{service}/denggao_{kind}_url"] == f"{service}-{kind}-url"
    assert all(volume.endswith(":ro") for volume in COMPOSED["backup"]["volumes"])
