"""The real system, begun empty, through its one port."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from tests.support.running import SERVICES, Up, still_running


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    up = Up(tmp_path_factory.mktemp("system") / "data", "--empty").until_ready()
    yield up
    programs = list(up.processes().values())
    up.close()
    assert not up.says("did not stop by itself"), "\n".join(up.said)
    assert not still_running(programs)


@pytest.mark.parametrize("service", SERVICES)
def test_every_service_is_well_and_describes_itself(system: Up, service: str) -> None:
    api = f"{system.url}/api/{service}"
    health = httpx.get(f"{api}/health")

    assert health.status_code == 200
    assert health.json()["nats"] == "connected"
    assert health.json()["views"]
    if service == "projects":
        assert health.json()["views"].keys() == {"projects", "suspicions", "reactions"}
    assert httpx.get(f"{api}/openapi.json").json()["paths"]
    assert "swagger-ui" in httpx.get(f"{api}/docs").text
    assert httpx.get(f"{api}/docs/files/swagger-ui-bundle.js").status_code == 200


def test_whoever_installs_it_is_told_how_to_begin(system: Up) -> None:
    system.until_said("founding-code")


def test_a_body_beyond_the_limit_is_refused_even_without_a_length(system: Up) -> None:
    answer = httpx.post(f"{system.url}/api/projects/founding", content=(b" " * 65536 for _ in range(200)))

    assert answer.status_code == 413
    assert answer.json()["code"] == "BodyTooLarge"
