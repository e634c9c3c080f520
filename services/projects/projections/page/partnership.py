"""What a page shows of a pair or an alliance: who joined and left, and whether 1+1 became more than 2."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, assert_never

from services.projects.domain.project import partnership
from services.projects.domain.project.content import Partner
from services.projects.domain.project.state import FIRST_OFFICES
from services.projects.projections.page.shape import (
    Indicator,
    Membership,
    Page,
    Partnership,
    SideFigure,
    plain,
)

AGREES = ("agree", "agree_with_changes")


def fold(page: Page, event: partnership.Event, when: str) -> Page:
    """The page after an event about a partner that happened at this moment."""
    match event:
        case partnership.PartnerInvited():
            before = page["memberships"].get(event.partner.key)
            invited: Membership = _named(event.partner) | {
                "owes_by": before["owes_by"] if before else None,  # asked back, it has not joined yet
                "state": "invited",
                "brings": event.brings,
                "asked": plain(event.of),
                "invited_at": when,
                "instead_of": event.instead_of or None,
                "agreement": plain(event.agreement),
            }
            return _with(page, event.partner.key, invited)
        case partnership.PartnerJoined():
            joined: Membership = _known(page, event.partner) | {
                "state": "joined",
                "joined_on": event.on.isoformat(),
                "signed_by": event.person,
                "agreement": plain(event.agreement),
                "owes_by": None,
            }
            return _with(page, event.partner.key, joined)
        case partnership.PartnerLeft():
            left: Membership = _known(page, event.partner) | {
                "state": "left",
                "left_on": event.on.isoformat(),
                "left_because": event.reason,
                "figures": plain(event.figures),
                "owes_by": plain(event.answer_by),
                "answered": None,
            }
            return _with(page, event.partner.key, left)
        case partnership.DepartureAnswered():
            left = page["memberships"][event.partner]
            return _with(page, event.partner, left | {"owes_by": None, "answered": event.how})
        case _:
            assert_never(event)


def _with(page: Page, key: str, membership: Membership) -> Page:
    return page | {"memberships": {**page["memberships"], key: membership}}


def _known(page: Page, partner: Partner) -> Membership:
    return page["memberships"].get(partner.key) or _named(partner)


def _named(partner: Partner) -> Membership:
    return Membership(
        name=partner.name,
        unit=partner.unit,
        weak=partner.weak,
        state="named",
        brings=None,
        asked=None,
        invited_at=None,
        instead_of=None,
        joined_on=None,
        signed_by=None,
        agreement=None,
        left_on=None,
        left_because=None,
        figures=[],
        owes_by=None,
        answered=None,
    )


def partnership_of(page: Page) -> Partnership:
    """What the partners are together, and what their figures say of it, from the page itself.

    More than two parts is shown where the weak side and all others moved the right way from their
    confirmed baseline, refuted where one did not, and open while the weak side's figures are missing.
    """
    sides = [side for side in map(_side, page["indicators"].items()) if side is not None]
    weak = {_key(partner) for partner in page["partners"] if partner["weak"]}
    improved = [side["improved"] for side in sides if side["improved"] is not None]
    of_weak = [side["improved"] for side in sides if side["of"] in weak and side["improved"] is not None]
    better = None
    if page["content"].get("pair") and of_weak:
        better = all(improved)
    return Partnership(form=_form(page), joined=_joined(page), figures=sides, more_than_two=better)


def _form(page: Page) -> str | None:
    left = {key for key, known in page["memberships"].items() if known["state"] == "left"}
    together = {_key(partner) for partner in page["partners"]} - left
    together |= {key for key, known in page["memberships"].items() if known["state"] == "joined"}
    if not together:
        return None
    if len(together) > 1:
        return "alliance"
    return "pair" if page["content"].get("pair") else "joint"


def _joined(page: Page) -> list[str]:
    """Also whose first office agreed in a step of the approval: that is an act of the partner's own."""
    agreed = {
        opinion["seat"]["unit"]
        for step in page["route"]["steps"]
        for opinion in step["opinions"]
        if opinion["opinion"] in AGREES and opinion["seat"]["office"] in FIRST_OFFICES
    }
    known = page["memberships"]
    before = [_key(p) for p in page["partners"] if _key(p) not in known and p["unit"] in agreed]
    return sorted([*before, *(key for key, member in known.items() if member["state"] == "joined")])


def _key(partner: dict[str, Any]) -> str:
    return str(partner["unit"] or partner["name"])


def _side(known: tuple[str, Indicator]) -> SideFigure | None:
    """One side's figure then and now; None for what measures no change."""
    code, indicator = known
    if indicator["kind"] not in ("raise", "lower"):
        return None
    baseline = indicator["confirmed_baseline"]
    read = [reading for reading in indicator["readings"] if reading["state"] == "confirmed"]
    last = max(read, key=lambda reading: (reading["on"], reading["period"]), default=None)
    result = last["value"] if last else None
    return SideFigure(
        indicator=code,
        of=indicator["of"],
        baseline=baseline,
        result=result,
        improved=_improved(indicator["kind"], baseline, result),
    )


def _improved(kind: str, baseline: str | None, result: str | None) -> bool | None:
    if baseline is None or result is None:
        return None
    before, after = Decimal(baseline), Decimal(result)
    return after > before if kind == "raise" else after < before
