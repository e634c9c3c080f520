"""From a command's answer to the score that shows it: ledger, NATS and view, from the front door.

`python -m bench.visible http://localhost:8080` beside a running `./denggao up` with its example: the
secretary 李强 raises problems one after another, and each time asks for the score as of that event.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from uuid import uuid4

import httpx

LOGIN = {"login": "liqiang", "password": "denggao-example"}


def measure(url: str, times: int) -> tuple[list[float], list[float]]:
    """Milliseconds of each command, and from its answer to the answer of the score."""
    with httpx.Client(base_url=f"{url}/api", timeout=30, trust_env=False) as http:
        token = http.post("/projects/session", json=LOGIN).raise_for_status().json()["access_token"]
        http.headers["Authorization"] = f"Bearer {token}"
        mine = http.get("/projects/projects", params={"mine": True, "state": "in_implementation"})
        project = mine.raise_for_status().json()["projects"][0]["id"]
        acts, seen = [], []
        for _ in range(times):
            body = {"problem": str(uuid4()), "text": "托辊备件到货晚两周"}
            began = time.perf_counter()
            done = http.post(
                f"/projects/projects/{project}/raise-problem",
                json=body,
                headers={"Idempotency-Key": str(uuid4())},
            ).raise_for_status()
            answered = time.perf_counter()
            wait = {"wait_for": done.json()["position"]}
            http.get(f"/evaluation/scores/{project}", params=wait).raise_for_status()
            acts.append((answered - began) * 1000)
            seen.append((time.perf_counter() - answered) * 1000)
    return acts, seen


def main(arguments: list[str]) -> int:
    """Print the median and the 99th percentile of both."""
    parser = argparse.ArgumentParser(prog="python -m bench.visible", description=__doc__)
    parser.add_argument("url")
    parser.add_argument("--times", type=int, default=500)
    asked = parser.parse_args(arguments)
    for what, figures in zip(
        ("command", "answer to visible score"), measure(asked.url, asked.times), strict=True
    ):
        p99 = statistics.quantiles(figures, n=100)[98]
        print(f"{what:<24} p50 {statistics.median(figures):6.1f} ms   p99 {p99:6.1f} ms")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
