"""One trace follows a command from the request through the ledger and NATS into every service's view."""

from __future__ import annotations

from uuid import uuid4

import httpx

from tests.support.collector import Collector
from tests.support.company import Company
from tests.support.waiting import wait_until


def test_a_command_leaves_one_trace_through_all_services(company: Company, collector: Collector) -> None:
    for page in ("projects/projects", "evaluation/scores", "notifications/inbox/todo"):
        company.liu_yang.reads(f"/{page}")  # once all have seen what came before
    trace = uuid4().hex
    answer = httpx.post(
        f"{company.door.url}/api/projects/projects/draft-proposal",
        json={"unit": company.branch, "title": "零返工", "track": "safety_quality"},
        headers=company.liu_yang.headers()
        | {"Idempotency-Key": str(uuid4()), "traceparent": f"00-{trace}-{'1' * 16}-01"},
    )
    assert answer.status_code == 201, answer.text

    expected = {
        ("denggao-projects", "POST projects"),
        ("denggao-projects", "append"),
        ("denggao-projects", "view projects"),
        ("denggao-evaluation", "view scores"),
        ("denggao-notifications", "view obligations"),
    }
    wait_until(
        lambda: expected <= collector.of(trace),
        lambda: f"{expected - collector.of(trace)} are among the spans of {trace}",
    )
