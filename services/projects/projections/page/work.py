"""What a page shows beside the tasks: milestones, activities, evidence, problems, figures."""

from __future__ import annotations

from typing import assert_never

from services.projects.domain.project import figures, work
from services.projects.projections.page.paper import done
from services.projects.projections.page.shape import (
    Activity,
    Evidence,
    Indicator,
    Milestone,
    Page,
    Problem,
    Reading,
    at,
)


def fold(page: Page, event: work.Event, when: str) -> Page:
    """The page after an event of the work that happened at this moment."""
    match event:
        case work.MilestoneReached():
            milestone = page["milestones"][event.milestone]
            reached: Milestone = milestone | done("reached_on", event, milestone["due"])
            return page | {"milestones": {**page["milestones"], event.milestone: reached}}
        case work.ActivityHeld():
            held = Activity(
                on=event.on.isoformat(),
                kind=event.kind,
                title=event.title,
                indicator=event.indicator,
                decision=event.decision,
                support=event.support,
            )
            return page | {"activities": [*page["activities"], held]}
        case work.EvidenceAttached():
            attached = Evidence(
                sha256=event.evidence.sha256,
                name=event.evidence.name,
                size_bytes=event.evidence.size_bytes,
                media_type=event.evidence.media_type,
                link=event.evidence.link,
                subject=event.subject,
                code=event.code,
                proves=event.proves,
                at=when,
                sealed=None,
            )
            return page | {"evidence": [*page["evidence"], attached]}
        case work.ProblemRaised():
            raised = Problem(text=event.text, raised_at=when, resolved_at=None, how=None)
            return page | {"problems": {**page["problems"], event.problem: raised}}
        case work.ProblemResolved():
            resolved = page["problems"][event.problem] | {"resolved_at": when, "how": event.how}
            return page | {"problems": {**page["problems"], event.problem: resolved}}
        case _:
            assert_never(event)


def fold_figure(page: Page, event: figures.Event) -> Page:
    """The page after an event of a figure."""
    indicator = page["indicators"][event.indicator]
    match event:
        case figures.BaselineConfirmed():
            return _with(page, event.indicator, indicator | {"confirmed_baseline": str(event.value)})
        case figures.IndicatorRead():
            earlier = [
                reading | {"state": "replaced"}
                if reading["period"] == event.period and reading["state"] != "confirmed"
                else reading
                for reading in indicator["readings"]
            ]
            read = Reading(
                period=event.period,
                value=str(event.value),
                on=event.on.isoformat(),
                person=event.person,
                state="unconfirmed",
                reason=None,
            )
            return _with(page, event.indicator, indicator | {"readings": [*earlier, read]})
        case figures.FigureToConfirm():
            return page
        case figures.FigureConfirmed():
            return _judged(page, event, "confirmed", None)
        case figures.FigureDisputed():
            return _judged(page, event, "disputed", event.reason)
        case _:
            assert_never(event)


def _judged(
    page: Page, event: figures.FigureConfirmed | figures.FigureDisputed, state: str, reason: str | None
) -> Page:
    """The last reading of the period as its source sees it."""
    indicator = page["indicators"][event.indicator]
    readings = indicator["readings"]
    places = [place for place, reading in enumerate(readings) if reading["period"] == event.period]
    last = places[-1]
    if state == "confirmed":  # it takes the place of what was confirmed before
        for place in places[:-1]:
            readings = at(readings, place, readings[place] | {"state": "replaced"})
    judged = readings[last] | {"state": state, "reason": reason}
    return _with(page, event.indicator, indicator | {"readings": at(readings, last, judged)})


def _with(page: Page, code: str, indicator: Indicator) -> Page:
    return page | {"indicators": {**page["indicators"], code: indicator}}
