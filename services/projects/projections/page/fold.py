"""The page after each event of a project's stream; each part of its life folds its own events."""

from __future__ import annotations

from collections.abc import Iterable
from typing import assert_never

from services.projects.domain.project import (
    Event,
    approval,
    archiving,
    asking,
    change_route,
    closing,
    deadlines,
    dispute,
    figures,
    lateness,
    midterm,
    outcome,
    paper,
    partnership,
    practice,
    proposal,
    secrecy,
    showcase,
    stage,
    succession,
    supervision,
    support,
    tasks,
    team,
    vacancy,
    work,
)
from services.projects.projections.page import approval as on_approval
from services.projects.projections.page import archiving as on_archiving
from services.projects.projections.page import change as on_change
from services.projects.projections.page import change_route as on_change_route
from services.projects.projections.page import closing as on_closing
from services.projects.projections.page import deadlines as on_deadlines
from services.projects.projections.page import lateness as on_lateness
from services.projects.projections.page import midway as on_midway
from services.projects.projections.page import paper as on_paper
from services.projects.projections.page import partnership as on_partnership
from services.projects.projections.page import practice as on_practice
from services.projects.projections.page import proposal as on_proposal
from services.projects.projections.page import secrecy as on_secrecy
from services.projects.projections.page import succession as on_succession
from services.projects.projections.page import supervision as on_supervision
from services.projects.projections.page import support as on_support
from services.projects.projections.page import tasks as on_tasks
from services.projects.projections.page import work as on_work
from services.projects.projections.page.outlook import missing, open_dates
from services.projects.projections.page.shape import Page, Stage, blank, plain
from shared.decision import WrittenByNewerCode
from shared.envelope import Recorded
from shared.withdrawn import without

NEXT_DATES = 3


def page(document: Page | None, recorded: Recorded) -> Page:
    """The page after the next event of the stream; the page before it stays as it is.

    Raises WrittenByNewerCode for an event that this code cannot read.
    """
    if recorded.event is None:
        raise WrittenByNewerCode(recorded.id)
    before = blank(str(recorded.stream)) if document is None else document
    after = _folded(before, recorded.event, recorded.envelope.happened_at)
    after = without(after, after["withdrawn"])
    return after | {
        "version": recorded.version,
        "position": f"{recorded.service}/{recorded.ledger}:{recorded.position}",
        "recorded_at": recorded.envelope.recorded_at,
        "partnership": on_partnership.partnership_of(after),
        "closing": after["closing"] | {"missing": missing(after)},
        "next": open_dates(after)[:NEXT_DATES],
    }


def page_of(stream: Iterable[Recorded]) -> Page | None:
    """The page at the end of these events from a stream's beginning; None where there are none."""
    document: Page | None = None
    for recorded in stream:
        document = page(document, recorded)
    return document


def _folded(before: Page, event: Event, when: str) -> Page:
    if isinstance(event, proposal.Event):
        return on_proposal.fold(before, event, when)
    if isinstance(event, approval.Event):
        return on_approval.fold(before, event, when)
    if isinstance(event, tasks.Event):
        return on_tasks.fold(before, event, when)
    if isinstance(event, work.Event):
        return on_work.fold(before, event, when)
    if isinstance(event, figures.Event):
        return on_work.fold_figure(before, event)
    if isinstance(event, supervision.Event):
        return on_supervision.fold(before, event)
    if isinstance(event, dispute.Event):
        return on_supervision.fold_dispute(before, event)
    if isinstance(event, support.Event):
        return on_support.fold(before, event, when)
    if isinstance(event, partnership.Event):
        return on_partnership.fold(before, event, when)
    if isinstance(event, practice.Event):
        return on_practice.fold(before, event)
    if isinstance(event, change_route.Event):
        return on_change_route.fold(before, event, when)
    if isinstance(event, on_change.Event):
        return on_change.fold(before, event, when)
    if isinstance(event, succession.Event):
        return on_succession.fold(before, event)
    if isinstance(event, vacancy.Event):
        return on_change.moved(before, event.dates)
    if isinstance(event, closing.Event):
        return on_closing.fold(before, event, when)
    if isinstance(event, archiving.Event):
        return on_archiving.fold(before, event)
    if isinstance(event, stage.Event):
        return _with_stage(before, event)
    if isinstance(event, team.Event | midterm.Event | showcase.Event | outcome.Event):
        return on_midway.fold(before, event)
    if isinstance(event, deadlines.Event):
        return on_deadlines.fold(before, event)
    if isinstance(event, lateness.Event):
        return on_lateness.fold(before, event, when)
    if isinstance(event, asking.Event):
        return on_lateness.fold_asked(before, event)
    if isinstance(event, paper.Event):
        return on_paper.fold(before, event)
    if isinstance(event, secrecy.Event):
        return on_secrecy.fold(before, event)
    assert_never(event)


def _with_stage(page: Page, event: stage.Event) -> Page:
    """The page after a stage was reviewed (R24)."""
    reviewed = Stage(
        year=event.year,
        cut_off=event.cut_off.isoformat(),
        on=event.on.isoformat(),
        seat=plain(event.seat),
        person=event.person,
        note=event.note,
        figures=plain(event.figures),
    )
    after: Page = page | {"stages": [*page["stages"], reviewed]}
    return after
