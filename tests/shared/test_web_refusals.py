"""How a refusal reads at the edge of every service."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest
import structlog

from shared.problems import MEANS, STATUS
from tests.shared.a_service import knocking, says


@pytest.fixture(autouse=True)
def logged() -> Iterator[list[Any]]:
    """Also much faster than the traceback that structlog would draw."""
    with structlog.testing.capture_logs() as lines:
        yield lines


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async with knocking() as client:
        yield client


# Refusals


@pytest.mark.parametrize(
    ("how", "status", "code"),
    [
        ("sunday", 409, "OnlyOnSundays"),
        ("not-allowed", 403, "NotAllowed"),
        ("not-known", 404, "NotKnown"),
        ("incomplete", 422, "Incomplete"),
        ("stale", 412, "Stale"),
        ("used", 422, "KeyUsedForAnother"),
        ("token", 401, "NotSignedIn"),
        ("tries", 429, "TooManyTries"),
        ("away", 503, "TryLater"),
        ("newer", 503, "TryLater"),
        ("refuses-connections", 503, "TryLater"),
        ("recovers", 503, "TryLater"),
        ("full", 503, "TryLater"),
        ("bug", 500, "Unexpected"),
        ("refuses-values", 500, "Unexpected"),
    ],
)
async def test_every_no_is_a_problem_with_its_status(
    client: httpx.AsyncClient, how: str, status: int, code: str
) -> None:
    answer = await client.get(f"/refused/{how}")

    assert says(answer) == (status, code)
    assert "hunter2" not in answer.text


async def test_what_went_wrong_is_in_the_log_and_not_in_the_answer(
    client: httpx.AsyncClient, logged: list[Any]
) -> None:
    await client.get("/refused/bug")

    (line,) = logged
    assert line["event"] == "unexpected"
    assert isinstance(line["exc_info"], RuntimeError)


async def test_the_rule_speaks_its_own_sentence(client: httpx.AsyncClient) -> None:
    told = (await client.get("/refused/sunday")).json()
    assert (told["detail"], told["advice"]) == ("Monday is no Sunday.", "Come on Sunday.")


async def test_what_is_missing_is_listed(client: httpx.AsyncClient) -> None:
    assert (await client.get("/refused/incomplete")).json()["missing"] == ["plan", "targets"]


async def test_chinese_is_spoken_unless_english_is_asked_for(client: httpx.AsyncClient) -> None:
    chinese = await client.get("/refused/stale", headers={"Accept-Language": "fr"})
    assert chinese.json()["detail"] == "您上次读取之后，内容已有变化。"
    assert chinese.headers["content-language"] == "zh-CN"


async def test_who_is_not_signed_in_is_told_how(client: httpx.AsyncClient) -> None:
    assert (await client.get("/refused/token")).headers["www-authenticate"] == "Bearer"


async def test_who_must_wait_is_told_how_long(client: httpx.AsyncClient) -> None:
    assert (await client.get("/refused/tries")).headers["retry-after"] == "30"
    assert (await client.get("/refused/away")).headers["retry-after"] == "2"


def test_every_status_in_the_table_has_a_title_in_both_languages() -> None:
    from shared.sentences import word

    for status in set(STATUS.values()):
        assert word("titles", str(status), "en") != str(status)
        assert word("titles", str(status), "zh-CN") != word("titles", str(status), "en")
    assert set(MEANS.values()) <= STATUS.keys()


async def test_an_unknown_address_and_method_are_problems_too(client: httpx.AsyncClient) -> None:
    assert says(await client.get("/nothing")) == (404, "NoSuchAddress")
    assert says(await client.get("http://front/")) == (404, "NoSuchAddress")
    answer = await client.delete("/drafts")
    assert says(answer) == (405, "NoSuchMethod")
    assert answer.headers["allow"] == "POST"
