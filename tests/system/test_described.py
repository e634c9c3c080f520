"""What OpenAPI describes is answered to every role, and nothing that fits it makes a service fall over."""

from __future__ import annotations

from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import seed as seeded
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import positive_data_acceptance

from tests.support.company import Company
from tests.support.running import SERVICES

ROLES = ("wang_fang", "zhao_gang", "zhou_jianguo", "lin_feng", "liu_yang", "zhang_wei", "ma_chao", "nobody")
ENDS_WHAT_OTHERS_USE = ("/session/end", "/session/password")
MEANT_TO_BE_STRICTER = [positive_data_acceptance]  # signs that are not visible, and the rules of the domain
OF_EACH_ENDPOINT = 1
OF_EACH_ENDPOINT_LONG = 30


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("service", SERVICES)
def test_it_answers_as_it_is_described(company: Company, service: str, role: str, seed: int) -> None:
    asks(company, service, role, seed, OF_EACH_ENDPOINT)


@pytest.mark.long
@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("service", SERVICES)
def test_however_often_it_answers_as_it_is_described(
    company: Company, service: str, role: str, seed: int
) -> None:
    asks(company, service, role, seed, OF_EACH_ENDPOINT_LONG)


def asks(company: Company, service: str, role: str, seed: int, times: int) -> None:
    """Every endpoint, with what its description allows and what it does not; all checks of schemathesis."""
    someone = getattr(company, role, None)
    described = schemathesis.openapi.from_url(f"{company.door.url}/api/{service}/openapi.json")
    asked = 0
    for found in described.get_all_operations():
        assert isinstance(found, Ok)
        operation = found.ok()
        if operation.path.endswith(ENDS_WHAT_OTHERS_USE):
            continue

        @seeded(seed)
        @settings(
            max_examples=times,
            database=None,
            deadline=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy())
        def ask(case: Any) -> None:
            nonlocal asked
            asked += 1
            headers = someone.headers() if someone else {}
            case.call_and_validate(headers=headers, excluded_checks=MEANT_TO_BE_STRICTER)

        ask()
    assert asked >= times
