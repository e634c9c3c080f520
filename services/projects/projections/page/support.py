"""What a page shows of help: guidance that was given, support that was asked for (R45)."""

from __future__ import annotations

from typing import assert_never

from services.projects.domain.project import support
from services.projects.projections.page.shape import Finding, Guidance, Page, Support, plain


def fold(page: Page, event: support.Event, when: str) -> Page:
    """The page after an event about help that happened at this moment."""
    match event:
        case support.GuidanceGiven():
            given = Guidance(
                on=event.on.isoformat(),
                seat=plain(event.seat),
                person=event.person,
                matter=event.matter,
                note=event.note,
            )
            return page | {"guidance": [*page["guidance"], given]}
        case support.SupportRequested():
            requested = Support(
                matter=event.matter,
                of=plain(event.of),
                due=event.due.isoformat(),
                finding=event.finding or None,
                state="requested",
                requested_at=when,
                decided_at=None,
                answer=None,
                provide_by=None,
                provided_on=None,
                provided=None,
            )
            return _with(page, event.support, requested)
        case support.FindingTurnedIntoSupport():
            return _with_finding(
                page, event.finding, page["findings"][event.finding] | {"state": "in_support"}
            )
        case support.SupportDecided():
            decided: Support = page["supports"][event.support] | {
                "state": "granted" if event.granted else "declined",
                "decided_at": when,
                "answer": event.note,
                "provide_by": plain(event.provide_by),
            }
            page = _with(page, event.support, decided)
            if event.finding_due is None:
                return page
            due: str = event.finding_due.isoformat()
            back: Finding = page["findings"][event.finding] | {"state": "open", "due": due}
            return _with_finding(page, event.finding, back)
        case support.SupportProvided():
            provided: Support = page["supports"][event.support] | {
                "state": "provided",
                "provided_on": event.on.isoformat(),
                "provided": event.what,
            }
            return _with(page, event.support, provided)
        case _:
            assert_never(event)


def _with(page: Page, code: str, asked: Support) -> Page:
    return page | {"supports": {**page["supports"], code: asked}}


def _with_finding(page: Page, code: str, finding: Finding) -> Page:
    return page | {"findings": {**page["findings"], code: finding}}
