"""What a hostile client sends to the front is refused and costs little; others are served meanwhile."""

from __future__ import annotations

import gzip
import re
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, suppress
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import httpx
import psutil
import pytest

from cli.programs import Ports, Programs
from shared import problems
from shared.auth import load_or_make_key
from shared.sentences import sentences, word
from tests.support.company import Company
from tests.support.hostile_tokens import Forger
from tests.support.running import ROOT, SERVICES, Up, free_ports
from tests.support.waiting import wait_until
from tests.support.wire import HOST, JSON, Wire

MEGABYTE = 1024 * 1024
SERVED_WITHIN_SECONDS = 10.0  # on a busy machine; alone it takes milliseconds
CLOSE = b"Connection: close\r\n"
HEALTH = b"GET /api/projects/health HTTP/1.1\r\n" + HOST
ACT = b"POST /api/projects/session HTTP/1.1\r\n" + HOST + JSON
SECOND = HEALTH + CLOSE + b"\r\n"
EMPTY = b"0\r\n\r\n"

SHAPES: dict[str, tuple[bytes, set[int]]] = {
    # two ways to tell where the body ends, and so where the next request begins
    "two lengths": (ACT + b"Content-Length: 4\r\nContent-Length: 5\r\n\r\nabcde" + SECOND, {400}),
    "a length with a sign": (ACT + b"Content-Length: +4\r\n\r\nabcd" + SECOND, {400}),
    "a space before the colon": (ACT + b"Content-Length : 4\r\n\r\nabcd" + SECOND, {400}),
    "an encoding nearly chunked": (ACT + b"Transfer-Encoding: xchunked\r\n\r\n" + EMPTY + SECOND, {400, 501}),
    "two encodings": (
        ACT + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n" + EMPTY + SECOND,
        {400, 501},
    ),
    "gzip and chunked": (ACT + b"Transfer-Encoding: gzip, chunked\r\n\r\n" + EMPTY + SECOND, {400, 501}),
    "a chunk of no size": (ACT + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n\r\n" + SECOND, {400, 503}),
    # what is no HTTP
    "no host": (b"GET /api/projects/health HTTP/1.1\r\n\r\n", {400}),
    "two hosts": (b"GET /api/projects/health HTTP/1.1\r\n" + HOST + HOST + b"\r\n", {400}),
    "HTTP/0.9": (b"GET /api/projects/health\r\n\r\n", {400}),
    "HTTP/9.9": (b"GET /api/projects/health HTTP/9.9\r\n" + HOST + b"\r\n", {400, 505}),
    "NUL in a header": (HEALTH + b"X-A: a\0b\r\n\r\n", {400}),
    "NUL in the path": (b"GET /api/\0 HTTP/1.1\r\n" + HOST + b"\r\n", {400}),
    "a broken escape": (b"GET /api/%zz HTTP/1.1\r\n" + HOST + b"\r\n", {400}),
    # too much
    "a header of 64 KiB": (HEALTH + b"X-A: " + b"a" * 65536 + b"\r\n\r\n", {431}),
    "ten thousand headers": (HEALTH + b"".join(b"X-%d: 1\r\n" % n for n in range(10_000)) + b"\r\n", {431}),
    "an address of 2 MB": (b"GET /api/" + b"a" * 2_000_000 + b" HTTP/1.1\r\n" + HOST + b"\r\n", {431, 414}),
    # what we have no use for
    "TRACE": (b"TRACE /api/projects/health HTTP/1.1\r\n" + HOST + CLOSE + b"\r\n", {405}),
    "CONNECT": (b"CONNECT evil.example:443 HTTP/1.1\r\nHost: evil.example:443\r\n\r\n", {405}),
    "no method": (b"FROBNICATE /api/projects/health HTTP/1.1\r\n" + HOST + CLOSE + b"\r\n", {405}),
    "an expectation": (ACT + b"Expect: tea\r\nContent-Length: 0\r\n" + CLOSE + b"\r\n", {417}),
    "the way out": (b"GET /api/projects/../../metrics HTTP/1.1\r\n" + HOST + CLOSE + b"\r\n", {404}),
    "the way out, escaped": (
        b"GET /api/projects/%2e%2e/%2e%2e/metrics HTTP/1.1\r\n" + HOST + CLOSE + b"\r\n",
        {404},
    ),
    # what may be, and means the same to front and service
    "HTTP/1.0": (b"GET /api/projects/health HTTP/1.0\r\n" + HOST + b"\r\n", {200}),
    "an address with another host": (
        b"GET http://evil.example/api/projects/health HTTP/1.1\r\n" + HOST + CLOSE + b"\r\n",
        {200},
    ),
    "a folded header": (HEALTH + b"X-A: a\r\n b\r\n" + CLOSE + b"\r\n", {200, 400}),
    "another protocol": (HEALTH + b"Connection: Upgrade\r\nUpgrade: h2c\r\n\r\n", {200}),
}


@pytest.fixture(scope="module")
def wire(installation: tuple[Up, Path]) -> Wire:
    return Wire(installation[0].port)


@pytest.mark.parametrize("what", SHAPES)
def test_what_is_no_decent_request_has_one_answer(wire: Wire, what: str) -> None:
    request, statuses = SHAPES[what]
    answers = wire.says(request)
    assert [status for status, _ in answers if status not in statuses] == [], what
    assert len(answers) == 1, f"{what}: {answers}"
    assert b"\r\nServer:" not in answers[0][1]


def test_a_request_hidden_in_a_body_reaches_nobody(wire: Wire) -> None:
    """Both a length and chunks: the chunks count, and what comes after is a request of this client."""
    hidden = b"GET /api/projects/metrics HTTP/1.1\r\n" + HOST + CLOSE + b"\r\n"
    answers = wire.says(ACT + b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n" + EMPTY + hidden)
    assert [status for status, _ in answers] in ([422], [422, 404], [400])
    for _ in range(8):  # nothing of it was left in a connection to the service
        assert [status for status, _ in wire.says(SECOND)] == [200]


def test_headers_that_come_one_by_one_are_not_waited_for(wire: Wire) -> None:
    began = time.monotonic()
    with closing(wire.connected()) as connection, suppress(OSError):
        for sign in HEALTH + b"X-A: " + b"a" * 1000:
            connection.sendall(bytes((sign,)))
            time.sleep(0.2)
    assert 5 < time.monotonic() - began < 60


def test_a_thousand_idle_connections_keep_nobody_out(wire: Wire, company: Company) -> None:
    openings = (b"", HEALTH, HEALTH + b"X-A: a", ACT + b"Content-Length: 1000\r\n\r\n{")
    with ExitStack() as held:
        for n in range(1000):
            connection = held.enter_context(wire.connected())
            connection.sendall(openings[n % len(openings) if n < 400 else 0])
        for _ in range(5):
            began = time.monotonic()
            company.liu_yang.reads("/projects/session/me")
            assert time.monotonic() - began < SERVED_WITHIN_SECONDS


def test_who_does_not_read_keeps_nobody_out(wire: Wire, company: Company) -> None:
    page = b"GET /api/projects/docs/files/swagger-ui-bundle.js HTTP/1.1\r\n" + HOST + b"\r\n"
    with ExitStack() as held:
        for _ in range(50):
            connection = held.enter_context(socket.socket())
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            connection.connect(("127.0.0.1", wire.port))
            connection.sendall(page * 10)
        began = time.monotonic()
        company.liu_yang.reads("/projects/session/me")
        assert time.monotonic() - began < SERVED_WITHIN_SECONDS


def endless() -> Iterator[bytes]:
    """100 MB in pieces."""
    for _ in range(1600):
        yield b" " * 65536


def answered(
    company: Company, path: str, content: Callable[[], Iterator[bytes] | bytes], sent: dict[str, str]
) -> httpx.Response:
    """The answer, asked for again where it is lost: who hangs up on a body that still comes resets the
    connection, and what was sent before may never be read (RFC 9112, 9.6)."""
    for _ in range(20):
        with suppress(httpx.RemoteProtocolError, httpx.ReadError, httpx.WriteError):
            return company.door.http.post(path, content=content(), headers=sent)
    raise AssertionError("twenty bodies that were too large had no answer")


def test_a_hundred_megabytes_are_refused_and_not_kept(
    company: Company, installation: tuple[Up, Path]
) -> None:
    service = installation[0].processes()["projects"]
    before = service.memory_info().rss
    sent = company.liu_yang.headers() | {"Content-Type": "application/json", "Idempotency-Key": str(uuid4())}
    for content in (endless, lambda: b" " * 100 * MEGABYTE):
        refused = answered(company, "/api/projects/projects/draft-proposal", content, sent)
        assert (refused.status_code, refused.json()["code"]) == (413, "BodyTooLarge")
    assert service.memory_info().rss - before < 32 * MEGABYTE


def test_a_bomb_is_not_unpacked(company: Company, installation: tuple[Up, Path]) -> None:
    service = installation[0].processes()["projects"]
    before = service.memory_info().rss
    bomb = gzip.compress(b" " * 200 * MEGABYTE)
    assert len(bomb) < MEGABYTE
    for encoding in ("gzip", "deflate", "br", "zstd", "gzip, gzip", "GZIP"):
        sent = company.liu_yang.headers() | {"Content-Type": "application/json", "Content-Encoding": encoding}
        refused = company.door.http.post("/api/projects/session", content=bomb, headers=sent)
        assert (refused.status_code, refused.json()["code"]) == (415, "BodyNotJson")
    assert service.memory_info().rss - before < 32 * MEGABYTE


def test_no_forged_token_opens_any_service(company: Company, installation: tuple[Up, Path]) -> None:
    up, data = installation
    me = company.liu_yang.reads("/projects/session/me")
    key = load_or_make_key(data / "projects" / "signing-key.pem")
    forger = Forger(key, up.url, me["person"], str(uuid4()), int(datetime.now(UTC).timestamp()))
    places = ("/projects/session/me", "/evaluation/scores", "/notifications/inbox/todo")

    def asked(place: str, token: str) -> httpx.Response:
        sent = {b"Authorization": f"Bearer {token}".strip().encode()}
        return company.door.http.get(f"/api{place}", headers=sent)

    for place in places:
        assert asked(place, forger.signed()).is_success, place
        for what, token in forger.hostile().items():
            answer = asked(place, token)
            too_long = answer.status_code == 431 and "megabyte" in what  # the front reads no such header
            assert answer.status_code == 401 or too_long, f"{place}: {what}: {answer.status_code}"


EVERY_ANSWER = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-resource-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}


def is_guarded(answer: httpx.Response) -> None:
    """With every header that a browser should have, once, and none that says what we run."""
    for name, value in EVERY_ANSWER.items():
        assert answer.headers.get_list(name) == [value], f"{answer.url}: {name}"
    [policy] = answer.headers.get_list("content-security-policy")
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert not {"server", "via", "x-powered-by", "alt-svc"} & answer.headers.keys()


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/", 302),
        ("GET", "/nothing", 404),
        ("GET", "/api/projects/nothing", 404),
        ("GET", "/api/projects/health", 200),
        ("GET", "/api/evaluation/docs", 200),
        ("GET", "/api/notifications/docs/files/swagger-ui.css", 200),
        ("GET", "/api/projects/openapi.json", 200),
        ("GET", "/api/projects/session/me", 401),
        ("DELETE", "/api/projects/health", 405),
        ("TRACE", "/api/projects/health", 405),
        ("POST", "/api/projects/session", 422),
    ],
)
def test_every_kind_of_answer_is_guarded(company: Company, method: str, path: str, status: int) -> None:
    answer = company.door.http.request(method, path)
    assert answer.status_code == status, answer.text
    is_guarded(answer)
    assert "strict-transport-security" not in answer.headers  # this door is no https


def test_the_refresh_cookie_is_for_the_browser_alone(company: Company) -> None:
    said = {"login": "liuyang", "password": "denggao-example"}
    for forwarded in ({}, {"X-Forwarded-Proto": "https"}):  # the front says itself whether it is https
        answer = company.door.http.post("/api/projects/session", json=said, headers=forwarded)
        cookie = answer.headers["set-cookie"]
        parts = {part.strip().partition("=")[0].lower() for part in cookie.split(";")}
        assert {"httponly", "samesite", "path"} <= parts
        assert "secure" not in parts
        assert "SameSite=strict" in cookie
        assert "Path=/api/projects/session" in cookie
        assert answer.headers["cache-control"] == "no-store"


@pytest.fixture
def https_front(tmp_path: Path) -> Iterator[httpx.Client]:
    """A front alone, with TLS of its own making, that leads to nobody."""
    port = free_ports()
    local = "admin off\n\tskip_install_trust\n\tlocal_certs\n\tauto_https disable_redirects\n"
    config = (ROOT / "Caddyfile").read_text().replace("admin off\n", local)
    (tmp_path / "Caddyfile").write_text(config.replace("lb_try_duration 15s", "lb_try_duration 1s"))
    caddy = Programs(tmp_path, Ports(port, dict.fromkeys(SERVICES, port + 1), port + 2)).caddy()
    command = [str(tmp_path / "Caddyfile") if "Caddyfile" in word else word for word in caddy.command]
    environment = dict(caddy.environment) | {"DENGGAO_FRONT": f"https://localhost:{port}"}
    process = subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL, cwd=tmp_path)
    client = httpx.Client(base_url=f"https://localhost:{port}", verify=False, trust_env=False, timeout=30)

    def answers() -> bool:
        with suppress(httpx.HTTPError):
            return client.get("/nothing").status_code == 404
        return False

    try:
        wait_until(answers, "the front answers", 60)
        yield client
    finally:
        client.close()
        process.terminate()
        process.wait(30)


def test_over_https_browsers_are_told_to_stay_there_whatever_is_answered(https_front: httpx.Client) -> None:
    for path, status, code in (
        ("/nothing", 404, "NoSuchAddress"),
        ("/api/projects/health", 503, "TryLater"),
    ):
        for language, chinese in (("en-GB,en;q=0.9", False), ("zh-CN", True), ("", True)):
            answer = https_front.get(path, headers={"Accept-Language": language})
            problem = answer.json()
            assert (answer.status_code, problem["status"], problem["code"]) == (status, status, code)
            assert answer.headers["content-type"] == "application/problem+json"
            assert answer.headers["strict-transport-security"] == "max-age=31536000"
            assert problem["correlation"] == answer.headers["x-request-id"]
            assert answer.headers["content-language"] == ("zh-CN" if chinese else "en")
            assert any("一" <= sign <= "鿿" for sign in problem["detail"]) == chinese
            assert answer.headers.get("retry-after") == ("2" if status == 503 else None)
            is_guarded(answer)


def test_the_front_says_what_the_services_would_say() -> None:
    config = (ROOT / "Caddyfile").read_text()
    line = r'^\t+(?:"(?:~\^)?(en|zh-CN)(?: \d+)?"|default) (\d+) (\w+) "(.*)" "(.*)" "(.*)"$'
    said = re.findall(line, config, re.MULTILINE)
    assert len(said) == 8
    for named, status, code, title, detail, advice in said:
        language = "en" if named == "en" else "zh-CN"
        facts = {"NoSuchAddress": {"service": "projects"}, "NoSuchMethod": {"method": "{method}"}}
        facts["BodyTooLarge"] = {"limit": str(MEGABYTE)}
        refusal = getattr(problems, code)(**facts.get(code, {}))
        assert problems.status_of(type(refusal)) == int(status)
        assert (detail, advice) == sentences(refusal, language)  # type: ignore[arg-type]
        assert title == word("titles", status, language)  # type: ignore[arg-type]


def test_services_listen_on_this_machine_alone(installation: tuple[Up, Path]) -> None:
    for name, process in installation[0].processes().items():
        heard = {c.laddr.ip for c in process.net_connections("tcp") if c.status == psutil.CONN_LISTEN}
        assert heard == {"127.0.0.1"}, name


def test_an_address_is_who_the_front_says_it_is(tmp_path: Path) -> None:
    """However many addresses a client claims to have, its requests without a token are one client's."""
    up = Up(
        tmp_path / "data", "--empty", environment={"DENGGAO_ADDRESS_REQUESTS_PER_SECOND": "2"}
    ).until_ready()
    try:
        with httpx.Client(base_url=up.url, trust_env=False, timeout=30) as client:
            answers = [
                client.get(
                    "/api/projects/session/me",
                    headers={
                        "X-Forwarded-For": f"10.0.{n}.1",
                        "Forwarded": f"for=10.0.{n}.1",
                        "X-Real-IP": f"10.0.{n}.1",
                    },
                )
                for n in range(200)
            ]
        assert answers[0].status_code == 401
        refused = [answer for answer in answers if answer.status_code == 429]
        assert refused
        assert refused[0].json()["code"] == "TooManyRequests"
        assert int(refused[0].headers["retry-after"]) >= 1
    finally:
        up.close()
