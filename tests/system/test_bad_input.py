"""Whatever is sent to the front door: what cannot be taken is refused in words, and nothing of it is kept."""

from __future__ import annotations

import asyncio
import gzip
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import cycle, islice
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from tests.support.books_of import files_in, heads_of
from tests.support.company import Company, today
from tests.support.front_door import PASSWORD, Someone
from tests.support.running import SERVICES, Up

JSON = {"Content-Type": "application/json"}
LIMIT = 1024 * 1024


@dataclass(frozen=True)
class Place:
    """An endpoint, who may use it, and a body that it would take."""

    path: str
    who: Someone
    body: dict[str, Any]
    has_key: bool = True


@dataclass(frozen=True)
class Bad:
    """A request that is spoiled, and the rule that refuses it."""

    rule: str
    status: int
    content: Callable[[dict[str, Any]], bytes | Iterator[bytes]]
    headers: dict[str, str] = field(default_factory=dict)
    about_key: bool = False  # only where a key is asked for


def text(body: dict[str, Any]) -> bytes:
    return json.dumps(body, ensure_ascii=False).encode()


def with_field(raw: str) -> Callable[[dict[str, Any]], bytes]:
    """The body with one more field, written as it is given."""
    return lambda body: text(body)[:-1] + b', "more": ' + raw.encode("utf-8", "surrogatepass") + b"}"


def in_first_text(raw: bytes) -> Callable[[dict[str, Any]], bytes]:
    """The body with these bytes in the middle of its first text."""

    def spoiled(body: dict[str, Any]) -> bytes:
        name = next(name for name, value in body.items() if isinstance(value, str))
        return text(body | {name: "前@后"}).replace(b"@", raw)

    return spoiled


def twice(body: dict[str, Any]) -> bytes:
    name, value = next(iter(body.items()))
    return text(body)[:-1] + f", {json.dumps(name)}: {json.dumps(value)}}}".encode()


def in_pieces(_body: dict[str, Any]) -> Iterator[bytes]:
    yield b'{"more": "'
    for _ in range(24):
        yield b"x" * (LIMIT // 16)


BAD = {
    "an unknown field": Bad("FieldsWrong", 422, with_field("1")),
    "a field of the server": Bad("FieldsWrong", 422, lambda b: text(b | {"by": {"person": "x"}})),
    "an object for a text": Bad("FieldsWrong", 422, lambda b: text({name: {"x": 1} for name in b})),
    "a number for a text": Bad("FieldsWrong", 422, lambda b: text(dict.fromkeys(b, 7.5))),
    "null for everything": Bad("FieldsWrong", 422, lambda b: text(dict.fromkeys(b))),
    "nothing in it": Bad("FieldsWrong", 422, lambda _: b"{}"),
    "NUL": Bad("SignNotVisible", 400, in_first_text(rb"\u0000")),
    "a naked NUL": Bad("NotJson", 400, in_first_text(b"\x00")),
    "a lone surrogate": Bad("SignNotVisible", 400, in_first_text(rb"\ud83d")),
    "a naked surrogate": Bad("NotJson", 400, in_first_text(b"\xed\xa0\xbd")),
    "a zero-width sign": Bad("SignNotVisible", 400, in_first_text("\u200b".encode())),
    "GBK": Bad("NotJson", 400, in_first_text("党".encode("gbk"))),
    "NaN": Bad("NumberNotExact", 400, with_field("NaN")),
    "infinity": Bad("NumberNotExact", 400, with_field("-Infinity")),
    "a float too large": Bad("NumberNotExact", 400, with_field("1e400")),
    "2 to the 53": Bad("NumberNotExact", 400, with_field(str(2**53))),
    "a million digits": Bad("NumberNotExact", 400, with_field("9" * 1_000_000)),
    "a hundred levels": Bad("TooDeep", 400, with_field("[" * 100 + "]" * 100)),
    "endless levels": Bad("TooDeep", 400, with_field("[" * 200_000 + "]" * 200_000)),
    "a field twice": Bad("FieldTwice", 400, twice),
    "no JSON": Bad("NotJson", 400, lambda _: "立项申请".encode()),
    "half of it": Bad("NotJson", 400, lambda b: text(b)[:-1]),
    "a list": Bad("NotJson", 400, lambda b: b"[" + text(b) + b"]"),
    "more than a MiB": Bad("BodyTooLarge", 413, with_field('"' + "x" * LIMIT + '"')),
    "more than a MiB in pieces": Bad("BodyTooLarge", 413, in_pieces),
    "compressed": Bad("BodyNotJson", 415, lambda b: gzip.compress(text(b)), {"Content-Encoding": "gzip"}),
    "called a text": Bad("BodyNotJson", 415, text, {"Content-Type": "text/plain"}),
    "called a form": Bad("BodyNotJson", 415, text, {"Content-Type": "application/x-www-form-urlencoded"}),
    "called GBK": Bad("BodyNotJson", 415, text, {"Content-Type": "application/json; charset=gbk"}),
    "an empty key": Bad("KeyMissing", 400, text, {"Idempotency-Key": ""}, about_key=True),
    "a long key": Bad("KeyMissing", 400, text, {"Idempotency-Key": "k" * 129}, about_key=True),
    "a key with a space": Bad("KeyMissing", 400, text, {"Idempotency-Key": "a b"}, about_key=True),
    "an ETag without quotes": Bad("NoETag", 400, text, {"If-Match": "3"}, about_key=True),
    "no ETag": Bad("NoETag", 400, text, {"If-Match": '"three"'}, about_key=True),
    "a forged token": Bad("NotSignedIn", 401, text, {"Authorization": "Bearer e30.e30.e30"}, about_key=True),
}


@pytest.fixture(scope="module")
def draft(company: Company) -> str:
    """The id of a project that is a draft."""
    drafted = company.liu_yang.does(
        "/projects/draft-proposal", unit=company.branch, title="首件合格率", track="safety_quality"
    )
    return str(drafted["id"])


@pytest.fixture(scope="module")
def places(company: Company, draft: str) -> list[Place]:
    """Endpoints of every kind."""
    liu_yang, wang_fang = company.liu_yang, company.wang_fang
    unit: dict[str, Any] = {
        "code": "X",
        "name": "新单位",
        "parent": company.company,
        "kind": "production",
        "organisation": "",
    }
    unit |= {"marks": [], "has_ledger": False, "has_committee": False, "full_members": 0}
    person: dict[str, Any] = {
        "staff_number": "X",
        "unit": company.branch,
        "political_status": "群众",
        "trade": "",
        "skill": "",
    }
    person |= {"name": "无名", "phone": "", "mail": ""}
    office: dict[str, Any] = {
        "person": company.zhang_wei.id,
        "office": "publicity_member",
        "unit": company.branch,
    }
    office |= {"since": today().isoformat(), "document": "1号"}
    meeting: dict[str, Any] = {
        "body": company.company,
        "kind": "party_committee",
        "held_on": today().isoformat(),
        "items": [],
    }
    meeting |= {"place": "会议室", "chair": company.zhou_jianguo.id, "clerk": company.he_jie.id}
    task: dict[str, Any] = {
        "task": "T1",
        "title": "任务",
        "standard": "",
        "due": today().isoformat(),
        "weight": "10",
    }
    return [
        Place("/session", liu_yang, {"login": "liuyang", "password": PASSWORD}, has_key=False),
        Place("/units/establish-unit", wang_fang, unit),
        Place("/people/register-person", wang_fang, person),
        Place("/offices/appoint-office", wang_fang, office),
        Place("/meetings/convene-meeting", company.zhao_gang, meeting),
        Place("/projects/draft-proposal", liu_yang, {"unit": company.branch, "title": "题", "track": "x"}),
        Place(f"/projects/{draft}/add-task", liu_yang, task),
    ]


@pytest.mark.parametrize("what", BAD)
@pytest.mark.parametrize("language", ["zh-CN", "en"])
async def test_what_cannot_be_taken_is_refused_in_words(
    company: Company, installation: tuple[Up, Path], places: list[Place], what: str, language: str
) -> None:
    bad, (_, data) = BAD[what], installation
    before = await heads_of(files_in(data))

    for place in places:
        if bad.about_key and not place.has_key:
            continue
        sent = place.who.headers() | JSON | {"Idempotency-Key": str(uuid4()), "Accept-Language": language}
        answer = company.door.http.post(
            f"/api/projects{place.path}", content=bad.content(place.body), headers=sent | bad.headers
        )
        is_a_problem(answer, bad.rule, bad.status, language)

    assert await heads_of(files_in(data)) == before


def is_a_problem(answer: httpx.Response, rule: str, status: int, language: str) -> None:
    """RFC 9457 with a stable code, what is wrong and what to do, in the reader's language."""
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    problem = answer.json()
    assert (problem["code"], problem["status"], answer.status_code) == (rule, status, status), problem
    assert problem["type"] == f"urn:denggao:problem:{rule}"
    assert problem["correlation"] == answer.headers["x-request-id"]
    assert answer.headers["content-language"] == language
    for sentence in (problem["title"], problem["detail"], problem["advice"]):
        assert any("一" <= sign <= "鿿" for sign in sentence) == (language == "zh-CN"), sentence


def test_without_a_key_nothing_is_done(company: Company, places: list[Place]) -> None:
    for place in places:
        if place.has_key:
            sent = place.who.headers() | {"Accept-Language": "en"}
            answer = company.door.http.post(f"/api/projects{place.path}", json=place.body, headers=sent)
            is_a_problem(answer, "KeyMissing", 400, "en")


def test_without_signing_in_nothing_is_done(company: Company, places: list[Place]) -> None:
    for place in places:
        if place.has_key:
            sent = {"Idempotency-Key": str(uuid4()), "Accept-Language": "zh-CN"}
            answer = company.door.http.post(f"/api/projects{place.path}", json=place.body, headers=sent)
            is_a_problem(answer, "NotSignedIn", 401, "zh-CN")
            assert answer.headers["www-authenticate"] == "Bearer"


NASTY = (b'{"zzz": 1}', b'{"why": {"zzz": []}, "zzz": null}', b'{"zzz": "' + b"9" * 100_000 + b'"}')
TOO_MUCH = 429
OF_ONES_OWN = ("/session/refresh", "/session/end", "/read")  # would end what the test goes on with


def askers(company: Company) -> Iterator[Someone]:
    """One after the other, so that nobody asks for more than one person may."""
    return cycle((company.liu_yang, company.huang_lei, company.zhao_gang, company.chen_jing, company.he_jie))


async def test_no_endpoint_of_any_service_falls_over(
    company: Company, installation: tuple[Up, Path], draft: str
) -> None:
    _, data = installation
    before = await heads_of(files_in(data))
    tried, asking = 0, askers(company)
    for service in SERVICES:
        described = company.door.http.get(f"/api/{service}/openapi.json").json()
        for path, methods in described["paths"].items():
            if "post" not in methods or path.endswith(OF_ONES_OWN):
                continue
            reads_it = "requestBody" in methods["post"]  # else it is not looked at
            for known in (draft, str(uuid4()), "no-uuid"):
                for body in NASTY:
                    sent = next(asking).headers() | JSON | {"Idempotency-Key": str(uuid4())}
                    answer = company.door.http.post(
                        re.sub(r"\{\w+\}", known, path), content=body, headers=sent
                    )
                    said = f"{path}: {answer.status_code} {answer.text}"
                    assert (400 if reads_it else 200) <= answer.status_code < 500, said
                    assert answer.status_code != TOO_MUCH, "it was refused for what it is"
                    if not answer.is_success:
                        assert answer.headers["content-type"] == "application/problem+json", path
                    tried += 1
    assert tried > 300
    assert await heads_of(files_in(data)) == before


ID = UUID(int=1)
NO_QUESTION = {  # in any query parameter
    "NUL": "\x00",
    "more than any number": "9" * 40,
    "a place beyond all time": f"1{'0' * 30}.{ID}",
    "a number as Python writes it": f"1_0.{ID}",
    "a digit of another script": f"٣.{ID}",
    "hyphens for an id": f"1.{'-' * 36}",
    "no state": "No-Such",
    "a position of nobody": "projects/group:999999999",
}
NAMES_SOMETHING = ("since", "under", "unit")  # which may not be there
FOR_OTHERS = ("/suspicions/", "/dead-letters/")  # that none of these people may read, whatever they ask
ANY_TEXT = "[^\\\\x00]"  # in the pattern of a parameter that takes all but NUL


def questions(company: Company, draft: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every address that is read with a question, and each parameter of it, as OpenAPI describes it."""
    for service in SERVICES:
        described = company.door.http.get(f"/api/{service}/openapi.json").json()
        for path, methods in described["paths"].items():
            at = re.sub(r"\{\w+\}", draft, path.replace("{which}", "todo").replace("{version}", "2026.1"))
            for parameter in methods.get("get", {}).get("parameters", ()):
                if parameter["in"] == "query":
                    yield at, parameter


@pytest.mark.parametrize("what", NO_QUESTION)
def test_a_question_that_makes_no_sense_is_refused(company: Company, draft: str, what: str) -> None:
    tried, asking = 0, askers(company)
    for path, parameter in questions(company, draft):
        may_be_meant = what != "NUL" and ANY_TEXT in json.dumps(parameter)
        question = {parameter["name"]: NO_QUESTION[what]}
        asked = (
            company.door.http.get(path, params=question, headers=who.headers()) for who in islice(asking, 5)
        )
        answer = next(asked)
        while answer.status_code == 403 and (another := next(asked, None)):
            answer = another  # to somebody who may ask at all
        if answer.status_code == 403 and any(part in path for part in FOR_OTHERS):
            continue
        where = f"{path} {parameter['name']}: {answer.status_code} {answer.text[:200]}"
        refused = (404, 422) if parameter["name"] in NAMES_SOMETHING else (422,)
        assert answer.status_code in ((200, 403, *refused) if may_be_meant else (400, 422)), where
        if answer.status_code != 200:
            assert answer.headers["content-type"] == "application/problem+json", where
            assert answer.json()["advice"], where
        tried += 1
    assert tried > 20


def a_draft(company: Company, title: str) -> dict[str, Any]:
    return {"unit": company.branch, "title": title, "track": "safety_quality"}


def test_the_same_request_again_has_the_same_answer(company: Company) -> None:
    key, path = str(uuid4()), "/projects/draft-proposal"
    first = company.liu_yang.posts(path, a_draft(company, "降本"), key=key).json()
    again = company.liu_yang.posts(path, a_draft(company, "降本"), key=key).json()

    assert not first["repeated"]
    assert again == first | {"repeated": True, "events": []}

    other = company.liu_yang.posts(path, a_draft(company, "增效"), key=key)
    assert (other.status_code, other.json()["code"]) == (422, "KeyUsedForAnother")
    elsewhere = company.liu_yang.posts(f"/projects/{first['id']}/withdraw-proposal", {"reason": "x"}, key=key)
    assert (elsewhere.status_code, elsewhere.json()["code"]) == (422, "KeyUsedForAnother")


def test_a_refusal_is_not_kept_under_its_key(company: Company, draft: str) -> None:
    key, path = str(uuid4()), f"/projects/{draft}/withdraw-proposal"
    for _ in range(2):
        refused = company.liu_yang.posts(path, {"reason": "x"}, key=key)
        assert (refused.status_code, refused.json()["code"]) == (409, "NotInApproval")


def test_two_people_may_have_chosen_the_same_key(company: Company) -> None:
    key = str(uuid4())
    body = {"unit": company.branch, "title": "同一把钥匙", "track": "safety_quality"}
    theirs = company.liu_yang.posts("/projects/draft-proposal", body, key=key).json()
    other = company.zhou_jianguo.posts("/projects/draft-proposal", body, key=key).json()
    assert not theirs["repeated"]
    assert not other["repeated"]
    assert theirs["id"] != other["id"]


async def test_fifty_at_once_are_one_act(company: Company, installation: tuple[Up, Path]) -> None:
    up, data = installation
    before = await heads_of(files_in(data))
    sent = company.liu_yang.headers() | {"Idempotency-Key": str(uuid4())}
    body = a_draft(company, "五十次只算一次")
    async with httpx.AsyncClient(base_url=up.url, timeout=30, trust_env=False) as client:
        answers = await asyncio.gather(
            *(
                client.post("/api/projects/projects/draft-proposal", json=body, headers=sent)
                for _ in range(50)
            )
        )

    assert {answer.status_code for answer in answers} == {201}
    told = [answer.json() for answer in answers]
    assert len({(answer["id"], answer["version"], answer["position"]) for answer in told}) == 1
    after = await heads_of(files_in(data))
    assert {
        name: after[name] - before.get(name, 0) for name in after if after[name] != before.get(name, 0)
    } == {
        company.ledger: 2  # its number, and the draft itself
    }
