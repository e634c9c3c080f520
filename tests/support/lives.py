"""People at work: each takes one project after another from the draft to the fixed score."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from typing import Any

from tests.support.company import Company, all_in_order, in_days, judged_criteria
from tests.support.front_door import Someone
from tests.support.insisting import Insisting
from tests.support.waiting import eventually
from tests.support.whole import Books


async def acts(clients: Insisting, more: int) -> None:
    """Returns when so many more acts are acknowledged."""
    enough = len(clients.acknowledged) + more
    await eventually(lambda: len(clients.acknowledged) >= enough, "people go on working", 90)


def fixed_scores(books: Books) -> list[str]:
    """The projects whose score is fixed, each as often as it was."""
    return [
        event.event.project
        for name, events in books.items()
        for event in events
        if name.startswith("evaluation/") and event.envelope.name == "ScoreFixed"
    ]


async def lives(clients: Insisting, company: Company, done: asyncio.Event) -> list[str]:
    """One project after another, from the draft to the end; their ids."""
    lived = []
    while not done.is_set():
        lived.append(await one_life(clients, company))
    return lived


async def begins(clients: Insisting, company: Company) -> str:
    """A project that is drafted."""
    said = {"unit": company.branch, "title": "首件合格率", "track": "safety_quality"}
    return str((await clients.does(company.liu_yang, "/projects/draft-proposal", **said))["id"])


async def into_work(clients: Insisting, company: Company) -> str:
    """A project from its draft to the work."""
    liu_yang, zhao_gang, chen_jing = company.liu_yang, company.zhao_gang, company.chen_jing
    project = await begins(clients, company)

    async def act(person: Someone, command: str, /, **body: Any) -> None:
        await clients.does(person, f"/projects/{project}/{command}", **body)

    today = in_days(0)
    numbers = {"should_attend": 5, "present": 4, "votes_for": 4}
    await act(liu_yang, "revise-proposal", proposal=company.proposal("首件合格率"))
    await act(
        liu_yang, "submit-proposal", resolution={"kind": "branch_committee", "on": today, "numbers": numbers}
    )
    content_hash = (await clients.page(liu_yang, project, "in_approval"))["content_hash"]
    word = {"opinion": "agree", "content_hash": content_hash}
    await act(zhao_gang, "give-opinion", step=0, answers=all_in_order(), **word)
    await act(chen_jing, "give-opinion", step=1, **word)
    await meets(clients, company, project)
    await clients.page(liu_yang, project, "in_implementation")
    return project


async def one_life(clients: Insisting, company: Company) -> str:
    """A project without an incident."""
    liu_yang, zhao_gang, chen_jing = company.liu_yang, company.zhao_gang, company.chen_jing
    project = await into_work(clients, company)

    async def act(person: Someone, command: str, /, **body: Any) -> None:
        await clients.does(person, f"/projects/{project}/{command}", **body)

    today = in_days(0)
    await act(chen_jing, "confirm-baseline", indicator="rework", value="6.8")
    await act(
        liu_yang, "add-task", task="T1", title="编制标准", standard="签认", due=in_days(20), weight="60"
    )
    await act(liu_yang, "assign-task", task="T1", person=company.zhang_wei.id)
    await act(company.zhang_wei, "complete-task", task="T1", on=today, note="")
    await act(liu_yang, "accept-task", task="T1")
    for milestone in ("M1", "M2"):
        await act(liu_yang, "reach-milestone", milestone=milestone, on=today)
    reading = {"indicator": "rework", "period": today[:7], "value": "3.4"}
    await act(company.zhang_wei, "report-reading", on=today, **reading)
    await act(chen_jing, "confirm-figure", **reading)

    report = dict.fromkeys(("data", "facts", "experience", "results"), "见附件")
    await act(liu_yang, "request-closure", report=report, secrecy={"person": company.sun_li.id, "on": today})
    await act(zhao_gang, "review-closure")
    await act(chen_jing, "review-closure")
    meeting = await meets(clients, company, project)
    marks = [{"criterion": code, "points": str(Decimal(weight) / 2)} for code, weight in judged_criteria()]
    await act(company.he_jie, "assess-closure", meeting=meeting, item=1, marks=marks)
    return project


async def meets(clients: Insisting, company: Company, project: str) -> str:
    """The committee passes one item."""
    item = {"number": 1, "matter": project, "title": "审议", "content_hash": ""}
    convened = await clients.does(
        company.zhao_gang,
        "/meetings/convene-meeting",
        body=company.company,
        kind="party_committee",
        held_on=in_days(0),
        place="会议室",
        chair=company.zhou_jianguo.id,
        clerk=company.he_jie.id,
        items=[item],
    )
    votes = {"number": 1, "method": "named", "votes_for": 4, "against": 0, "abstain": 0, "outcome": "passed"}
    await clients.does(
        company.he_jie,
        f"/meetings/{convened['id']}/record-meeting",
        present=[member.id for member in company.committee],
        absent=[],
        guests=[],
        votes=[votes],
        minutes_number="〔2026〕1号",
    )
    await clients.does(company.zhou_jianguo, f"/meetings/{convened['id']}/confirm-meeting")
    return str(convened["id"])
