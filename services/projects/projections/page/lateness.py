"""What a page says of dates that come near or are late, and of what a day asked for."""

from __future__ import annotations

from typing import assert_never

from services.projects.domain.project import asking, lateness
from services.projects.projections.page.shape import Explanation, Page, Reminded


def fold(page: Page, event: lateness.Event, when: str) -> Page:
    """The page after somebody was told of a date, or explained at this moment why it is late."""
    match event:
        case lateness.ItemDueSoon():
            return _reminded(page, f"{event.subject}/{event.code}", event.due.isoformat(), event.told)
        case lateness.ItemOverdue():
            return _reminded(page, f"{event.subject}/{event.code}", event.due.isoformat(), "overdue")
        case lateness.MilestoneMissed():
            missed = page["milestones"][event.milestone] | {"missed": event.due.isoformat()}
            return page | {"milestones": {**page["milestones"], event.milestone: missed}}
        case lateness.ExplanationGiven():
            given = Explanation(
                subject=event.subject,
                code=event.code,
                due=event.due.isoformat(),
                person=event.person,
                reason=event.reason,
                next_steps=event.next_steps,
                at=when,
            )
            return page | {"explanations": [*page["explanations"], given]}
        case _:
            assert_never(event)


def _reminded(page: Page, key: str, due: str, told: str) -> Page:
    return page | {"reminded": {**page["reminded"], key: Reminded(due=due, told=told)}}


def fold_asked(page: Page, event: asking.Event) -> Page:
    """The page after a figure or a look back was asked for, or somebody looked back."""
    if isinstance(event, asking.ReadingDue):
        asked = page["indicators"][event.indicator] | {"asked_to": event.over.isoformat()}
        return page | {"indicators": {**page["indicators"], event.indicator: asked}}
    finding = page["findings"][event.finding]
    match event:
        case asking.LookBackDue():
            after = finding | {"look_back_asked": True}
        case asking.FindingLookedBackAt():
            after = finding | {"look_back_asked": True, "looked_back": event.on.isoformat()}
        case _:
            assert_never(event)
    return page | {"findings": {**page["findings"], event.finding: after}}
