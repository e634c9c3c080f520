"""From the submission to the project: the route's steps one after another, with what can come between."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from cli.example.archiving import archive
from cli.example.life import Life, Over, wanted
from cli.example.programme import prechecked
from cli.example.proposing import submit
from services.projects.domain.project.content import Seat

COUNTERSIGNED_BY_FINANCE = Decimal(50_000)
DECIDED_BY_THE_GROUP = Decimal(500_000)
AGREE = ("同意。", "同意，请抓好落实。", "同意，请把握节点、确保安全。", "问题真、切口小，同意。")
RETURNED = (
    ("问题描述偏大，请缩小切口并补充数据。", "problem"),
    ("措施与问题成因对应不上，请逐条说明。", "measures"),
)
WAITS_AT = (9, 0, 1)  # steps after the first check where those in approval wait; 9: for the last one
DOUBT = "照片请直接用作佐证材料，不再另行拍照留痕。"
CONDITION = "措施第三条请写明由谁每周检查。"
ANSWER = "（由支部书记每周检查一次，结果在碰头会上公布）"


@dataclass(frozen=True, slots=True)
class Stop:
    """A step of the route: seats that sign, or the committee that meets."""

    seats: tuple[Seat, ...] = ()
    meets: str = ""  # code of the unit whose committee decides


def route(life: Life) -> Iterator[Stop]:
    """The steps that decide, in the order of the shipped routes."""
    story, group = life.story, life.group.root
    company = story.company
    business = tuple(seat for seat in life.sources() if seat.office == "source_department")
    if story.emergency:
        yield Stop((Seat("party_secretary", company.id), Seat("leader_in_charge", company.id)))
        yield Stop(meets=company.code)
        return
    if story.led_by_committee:
        yield Stop((Seat("headquarters", group.id),))
        yield Stop(meets=group.code)
        return
    if story.partner is not None:
        yield Stop((Seat("branch_secretary", story.partner.id),))
    yield Stop((Seat("party_department", company.id),))
    if story.simple and story.partner is None:
        yield Stop((Seat("leader_in_charge", company.id),))
        return
    if story.budget >= DECIDED_BY_THE_GROUP and story.partner is None:
        yield Stop((*business, Seat("finance", company.id)))
        yield Stop((Seat("leader_in_charge", company.id),))
        yield Stop(meets=company.code)
        yield Stop((Seat("source_department", group.id),))
        yield Stop((Seat("headquarters", group.id),))
        yield Stop(meets=group.code)
        return
    if business:
        yield Stop(business)
    if story.budget >= COUNTERSIGNED_BY_FINANCE:
        yield Stop((Seat("finance", company.id),))
    yield Stop(meets=company.code)


def approve(life: Life) -> None:
    """Through the whole route; ends the life (Over) where the story ends before."""
    story = life.story
    stops = list(route(life))
    first_check = 1 if story.partner is not None else 0
    condition = first_check + 1 if life.has("conditional") and len(stops) > first_check + 2 else -1
    numbered = 0
    for life.step, stop in enumerate(stops):
        is_last = stop is stops[-1]
        if story.fate == "in_approval" and (
            is_last or life.step >= first_check + WAITS_AT[story.number // 4 % 3]
        ):
            raise Over()
        if stop.meets:
            _meeting(life, stop.meets, refuse=story.fate == "rejected")
            continue
        life.some_days(1, 3)
        if life.step == first_check and (story.fate == "returned" or life.has("returned_once")):
            _return(life, stop.seats[0])
            numbered += len(RETURNED)
        if story.fate == "rejected" and is_last:
            _disagree(life, stop.seats[0])
        for seat in stop.seats:
            if life.step == condition and seat == stop.seats[0]:
                numbered += 1
                _on_condition(life, seat, numbered)
            else:
                answers = _answers(life) if life.step == first_check and not story.emergency else []
                _opinion(life, seat, "agree", answers=answers, note=life.random.choice(AGREE))


def _answers(life: Life) -> list[dict[str, Any]]:
    """The pre-check's; in every fifth story something is not as it should be."""
    doubted = "burden" if life.story.number % 5 == 0 else ""
    return [
        {"code": code, "ok": code != doubted, "remark": DOUBT if code == doubted else ""}
        for code in prechecked()
    ]


def _opinion(life: Life, seat: Seat, opinion: str, **more: Any) -> None:
    life.do(
        life.at(seat),
        "give-opinion",
        step=life.step,
        opinion=opinion,
        content_hash=life.seen(),
        **more,
    )


def _return(life: Life, seat: Seat) -> None:
    """Back to the branch with numbered changes; it works them in and submits again."""
    changes = wanted(*RETURNED)
    life.do(life.at(seat), "return-proposal", step=life.step, changes=changes, rerun=False)
    if life.story.fate == "returned":
        raise Over()
    life.some_days(2, 4)
    before = life.proposal
    life.proposal = replace(
        before,
        problem=f"{before.problem}本项目只解决其中最集中的一处。",
        measures=(*before.measures, "每条措施对应一个成因，每月对照检查一次"),
    )
    life.do(life.story.secretary, "revise-proposal", proposal=life.proposal)
    submit(life)
    life.some_days(1, 2)


def _on_condition(life: Life, seat: Seat, number: int) -> None:
    """Agreed if one place is mended; mended, and seen to be (R30)."""
    changes = wanted((CONDITION, "measures"))
    _opinion(life, seat, "agree_with_changes", changes=changes, note="同意，请按编号意见修改。")
    life.some_days(1, 2)
    measures = life.proposal.measures
    mended = (*measures[:2], measures[2] + ANSWER, *measures[3:])
    life.proposal = replace(life.proposal, measures=mended)
    life.do(life.story.secretary, "amend-proposal", proposal=life.proposal)
    life.later(1)
    life.do(life.at(seat), "confirm-changes", numbers=[number], content_hash=life.seen())


def _disagree(life: Life, seat: Seat) -> None:
    """One word against stops a signing step; the same seat refuses it with the reason (R29)."""
    reason = "属日常工作，不宜立项，建议列入年度常规工作安排。"
    _opinion(life, seat, "disagree", note=reason)
    life.later(1)
    life.do(life.at(seat), "reject-project", step=life.step, reason=reason)
    _archive_rejected(life)
    raise Over()


def _meeting(life: Life, body: str, *, refuse: bool) -> None:
    if refuse:
        life.meet(body, "not_passed", "与在办项目重复，建议合并，不予立项。", decides=True)
        _archive_rejected(life)
        raise Over()
    if life.has("deferred") and life.step < 4:
        life.meet(body, "deferred", "请支部补充一季度数据后再议。", decides=True)
    life.meet(body, "passed", "同意立项，请支部抓好落实，业务部门按月确认数据。", decides=True)


def _archive_rejected(life: Life) -> None:
    """One of those refused stands in the archive too (R78)."""
    if life.story.number % 4 == 0:
        life.some_days(10, 20)
        archive(life)
