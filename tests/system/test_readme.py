"""What the README shows works: `up` with its example, the requests by hand, the lines that listen."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.support.listening import Listening, block
from tests.support.running import ROOT, Up
from tests.support.waiting import wait_until

EXAMPLE_SECONDS = 300  # on a machine that does much else


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    up = Up(tmp_path_factory.mktemp("newcomer") / "data")
    wait_until(lambda: up.says("runs at") or not up.running, "the example is there", EXAMPLE_SECONDS)
    yield up.until_ready()
    up.close()


def test_up_tells_who_can_sign_in(example: Up) -> None:
    example.until_said("liqiang")
    answer = httpx.post(
        f"{example.url}/api/projects/session", json={"login": "liqiang", "password": "denggao-example"}
    )
    assert answer.status_code == 200
    assert answer.json()["name"] == "李强"


def test_every_state_and_track_is_in_the_example(example: Up) -> None:
    signed_in = httpx.post(
        f"{example.url}/api/projects/session", json={"login": "songjing", "password": "denggao-example"}
    ).json()
    headers = {"Authorization": f"Bearer {signed_in['access_token']}"}
    page = httpx.get(f"{example.url}/api/projects/projects?limit=200", headers=headers).json()
    assert page["count"] == 60
    assert {line["state"] for line in page["projects"]} == {
        "draft",
        "in_approval",
        "in_implementation",
        "suspended",
        "in_closing",
        "closed",
        "archived",
        "rejected",
        "terminated",
    }
    assert len({line["track"] for line in page["projects"]}) == 4


def test_the_requests_by_hand_answer(example: Up) -> None:
    script = block("sh", "field()").replace("http://localhost:8080", example.url)
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    decoder, answers, text = json.JSONDecoder(), [], done.stdout.strip()
    while text:
        answer, end = decoder.raw_decode(text)
        answers.append(answer)
        text = text[end:].strip()
    inbox, project, actions, history, before, score, act, refused = answers
    assert inbox["entries"]
    assert project["project"]["state"] == "in_implementation"
    assert any(action["enabled"] for action in actions["actions"])
    assert history["entries"][0]["event"] == "ProposalDrafted"
    assert before["project"]["version"] <= project["project"]["version"]
    assert float(score["earned"]) + float(score["open"]) + float(score["lost"]) == 100
    assert act["events"] == ["ProblemRaised"]
    assert refused["status"] == 422
    assert "plan" in refused["missing"]


BY_HAND = """
缺：拟解决问题、达标要求
['ProposalRevised']
['ProposalSubmitted', 'StepOpened']
['OpinionGiven', 'StepCompleted', 'StepOpened']
['OpinionGiven', 'StepCompleted', 'StepOpened']
['MeetingConfirmed']
now in_implementation
任务“编制巡检卡”
['TaskCompleted']
['EvidenceAttached']
['TaskAccepted']
['ProgrammePublished']
['TaskOffered']
['TaskClaimed']
['TaskClaimed', 'ClaimContended']
['ClaimGranted']
['TaskAccepted']
['MilestoneReached']
['BaselineConfirmed']
['IndicatorRead', 'FigureToConfirm']
earned so far
['InspectionHeld']
['FindingRecorded']
结项材料有缺项：发现问题W1的销号。
['RectificationPlanned']
['RectificationReported']
NotAllowed
['FindingClosed']
['ClosureRequested']
['ClosureReviewed']
['ClosureReviewed']
['MeetingConfirmed']
['ClosureAssessed', 'ProjectClosed']
now closed
fixed at
1 起草立项申请
批准立项
确定认领人
确认数据
销号
组织评审通过
结项
then in_approval
""".strip().splitlines()  # what the blocks print, in this order, with other lines between


def test_one_project_goes_its_way_by_hand(example: Up) -> None:
    blocks = re.findall(r"```sh\n(.*?)```", (ROOT / "docs" / "by-hand.md").read_text("utf-8"), re.DOTALL)
    script = "".join(blocks).replace("http://localhost:8080", example.url)
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script], capture_output=True, text=True, check=False, timeout=300
    )
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr, done.stderr
    printed = iter(done.stdout.splitlines())
    for phase in BY_HAND:
        assert any(phase in line for line in printed), f"{phase} does not follow in\n{done.stdout}"
    amounts = dict(re.findall(r"^(earned so far:|fixed at) ([0-9.]+)$", done.stdout, re.MULTILINE))
    assert 0 < float(amounts["earned so far:"]) < float(amounts["fixed at"]) <= 100


def test_ten_lines_listen_to_every_event(example: Up, tmp_path: Path) -> None:
    nats = example.processes()["nats"]
    (port,) = {
        c.laddr.port
        for c in nats.net_connections("tcp")
        if c.status == "LISTEN" and c.laddr.ip == "127.0.0.1"
    }
    with Listening(tmp_path, port) as listening:
        heard = listening.heard

        def of_several_ledgers() -> bool:
            return len(heard()) >= 500 and len({line.partition(" ")[0] for line in heard()}) > 2

        wait_until(of_several_ledgers, lambda: f"many events are heard, not only {heard()[-3:]}", 60)
    assert heard()[0].startswith("ev.projects.group ")
    assert {line[:12] for line in heard()[:-1]} == {"ev.projects."}
