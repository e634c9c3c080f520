"""Nothing that is sealed of a person is anywhere in clear, so that erasing the key erases it (R77)."""

from __future__ import annotations

from pathlib import Path

from tests.support.company import Company
from tests.support.running import Up
from tests.support.waiting import wait_until

NAME, PHONE, MAIL = "诸葛不留痕", "13712345670", "no.trace@example.test"
WHO = {"staff_number": "9077", "political_status": "正式党员", "trade": "", "skill": ""}


def test_what_was_sealed_is_nowhere_in_clear(company: Company, installation: tuple[Up, Path]) -> None:
    """Ledgers, views, inboxes, the bus's own files, logs; though the name is shown to who may see it."""
    up, data = installation
    keeper = company.zhao_gang
    person = keeper.does(
        "/people/register-person", unit=company.branch, name=NAME, phone=PHONE, mail=MAIL, **WHO
    )["id"]
    unit = f"/projects/units/{company.branch}"
    wait_until(lambda: NAME in str(keeper.reads(unit)), "the name is shown to who keeps the roster")
    body = {"left_on": "2001-01-01", "reason": "本人申请", "document": "南屏党〔2026〕13号"}
    keeper.does(f"/people/{person}/erase-person", **body)  # restricted: it was registered today
    never = keeper.gets(f"/projects/people/{person}/erasure-certificate")
    assert never.json()["code"] == "NothingErased"

    texts = [text.encode() for text in (NAME, PHONE, MAIL)]
    files = [path for path in data.rglob("*") if path.is_file()]
    assert any("nats" in str(path) for path in files)
    assert any(path.suffix == ".db" for path in files)
    for path in files:
        content = path.read_bytes()
        assert not [text for text in texts if text in content], path
    assert not [line for line in up.said if NAME in line or PHONE in line or MAIL in line]
