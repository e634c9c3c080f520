"""The end by two keys: asked for, reviewed, assessed with marks, closed; then the archive."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from cli.example.archiving import archive
from cli.example.life import Life, Over, wanted
from cli.example.programme import judged
from services.projects.domain.project.closing import ClosingReport, Mark, SecrecyReview
from services.projects.domain.project.content import Seat

LATE = "最后一个节点因外部条件推迟，实际完成已经业务部门确认；今后把外部条件列入每月碰头会。"
FIRST_KEY = ("资料齐全，按批准内容完成，数据已核对。", "与部门数据一致，同意。", "现场核对过，数据真实。")


def close(life: Life) -> None:
    """Ask for closing, turn both keys, and go to the archive where the story goes so far."""
    story = life.story
    life.some_days(1, 2)
    _request(life)
    if life.has("closing_returned") and story.fate != "in_closing":
        _sent_back(life)
    life.some_days(1, 3)
    seats = _first_key(life)
    if story.fate == "in_closing":  # somebody is still to come: the party department, or the last one
        seats = seats[1:] if story.number % 2 else seats[:-1]
    for number, seat in enumerate(seats):
        life.do(life.at(seat), "review-closure", note=FIRST_KEY[number % len(FIRST_KEY)])
    if story.fate == "in_closing":
        raise Over()
    sitting, item = life.meet(story.company.code, "passed", "同意通过组织评审，评分见评分表。", decides=False)
    others = life.group.holders("party_department", story.company.code)[1:]  # the first turned the first key
    life.do(
        others[0],
        "assess-closure",
        meeting=sitting.meeting,
        item=item,
        marks=marks(life),
    )
    if story.fate == "archived":
        life.some_days(20, 40)
        archive(life)


def _request(life: Life) -> None:
    story = life.story
    late = max(milestone.due for milestone in life.proposal.plan) < life.day
    body: dict[str, Any] = {
        "report": report(life),
        "secrecy": SecrecyReview(life.holder("secrecy_reviewer").id, life.day),
    }
    if late:
        body["explanation"] = LATE
    life.do(story.secretary, "request-closure", **body)


def _first_key(life: Life) -> list[Seat]:
    """The party department, then those who stand for the figures, as the service orders them."""
    department = Seat("party_department", life.story.company.id)
    others = {seat for seat in life.sources() if seat != department}
    return [department, *sorted(others, key=lambda seat: (seat.office, seat.unit))]


def _sent_back(life: Life) -> None:
    """One thing is missing; it goes back into implementation and comes again."""
    life.some_days(1, 3)
    changes = wanted(("经验做法写得笼统，请补充条件和不适用的情形。", "report"))
    life.do(life.at(_first_key(life)[0]), "return-closure", changes=changes)
    life.some_days(2, 4)
    _request(life)


def report(life: Life) -> ClosingReport:
    """The four sections that are written by hand."""
    sample = life.story.sample
    figures = "；".join(
        f"{t.name}由{t.baseline}{t.unit}向目标{t.target}{t.unit}推进"
        if t.measures_change
        else f"{t.name}控制在目标内"
        for t in life.proposal.targets
    )
    measures = "；".join(life.proposal.measures[:3])
    return ClosingReport(
        data=f"{figures}，各项读数均经业务部门确认，明细见指标完成情况表。",
        facts=f"项目组按计划完成{len(life.proposal.plan)}个节点。主要做法：{measures}。",
        experience=sample.experience,
        results=f"{sample.title}达到批准的要求，做法已整理成一页纸，交业务部门固化到日常管理。",
    )


def marks(life: Life) -> list[Mark]:
    """For every judged criterion a share of its weight, better where the figures are better."""
    best = 97 if life.story.attainment >= 95 else 88
    return [
        Mark(
            code,
            (weight * life.random.randint(best - 16, best) / 100).quantize(Decimal("0.1"), ROUND_HALF_UP),
        )
        for code, weight in judged()
    ]
