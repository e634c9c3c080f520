"""What a page shows of acts from paper, and of the two days of what is done: done, entered (R35, R36)."""

from __future__ import annotations

from typing import Any, assert_never

from services.projects.domain.project import paper, rectification, tasks, work
from services.projects.projections.page.shape import Page, PaperEntry, plain

DATED = {"task": "tasks", "milestone": "milestones", "finding": "findings"}
DONE_ON = {"task": "completed_on", "milestone": "reached_on", "finding": "reported_on"}


# What says that something was done on a day; old ones do not say when it was entered.
Done = work.MilestoneReached | tasks.TaskCompleted | rectification.RectificationReported


def done(field: str, event: Done, due: str) -> Any:
    """The days of what is done; the later one counts, until a paper of an earlier day is accepted."""
    entered = event.entered_on or event.on
    return {
        field: event.on.isoformat(),
        "entered_on": plain(event.entered_on),
        "entry": None,
        **_counted(max(event.on, entered).isoformat(), due),
    }


def undone(field: str) -> Any:
    """The days of what is to be done again."""
    return {field: None, "entered_on": None, "counted_on": None, "entry": None, "late": False}


def _counted(on: str, due: str) -> dict[str, Any]:
    return {"counted_on": on, "late": on > due}


def fold(page: Page, event: paper.Event) -> Page:
    """The page after an entry from paper, or after something was said of one."""
    match event:
        case paper.PaperEntered():
            entry = _entered(event)
            page = page | {"papers": {**page["papers"], event.entry: entry}}
            about = _dated(page, entry)
            return page if about is None else _with(page, entry, about | {"entry": event.entry})
        case paper.LateEntryToAccept():
            return page
        case paper.PaperConfirmed():
            return _changed(page, event.entry, state="confirmed")
        case paper.PaperDenied():
            denied = _changed(
                page, event.entry, state="denied", denied_because=event.reason, accepted_by=None
            )
            return _recounted(denied, event.entry, page["papers"][event.entry]["entered_on"])
        case paper.PaperLeftUnconfirmed():
            return _changed(page, event.entry, state="unconfirmed")
        case paper.LateEntryAccepted():
            accepted = _changed(page, event.entry, accepted_by=event.person)
            return _recounted(accepted, event.entry, event.on.isoformat())
        case _:
            assert_never(event)


def _entered(event: paper.PaperEntered) -> PaperEntry:
    behind = event.paper
    return PaperEntry(
        act=event.act,
        subject=event.subject,
        code=event.code,
        office=event.office,
        person=event.person,
        on=behind.on.isoformat(),
        entered_by=behind.entered_by,
        entered_on=behind.entered_on.isoformat(),
        scan=plain(behind.scan) and plain(behind.scan) | {"sealed": None},
        call=behind.call,
        confirm_by=plain(behind.confirm_by),
        accept_by=plain(behind.accept_by),
        state="own" if behind.entered_by == event.person else "entered",
        denied_because=None,
        accepted_by=None,
        withheld=None,
    )


def _changed(page: Page, code: str, **changes: Any) -> Page:
    known: Any = page["papers"][code]
    after: Page = page | {"papers": {**page["papers"], code: known | changes}}
    return after


def _recounted(page: Page, code: str, on: str) -> Page:
    """What the entry was about counts from another day, unless it was said anew meanwhile."""
    entry = page["papers"][code]
    about = _dated(page, entry)
    if about is None or about["entry"] != code:
        return page
    return _with(page, entry, about | _counted(max(about[DONE_ON[entry["subject"]]], on), about["due"]))


def _dated(page: Any, entry: PaperEntry) -> Any:
    """The task, milestone or finding that an entry was about; None where it has no date to be counted."""
    about = page[DATED[entry["subject"]]].get(entry["code"]) if entry["subject"] in DATED else None
    return about if about and about["entered_on"] else None


def _with(page: Any, entry: PaperEntry, about: Any) -> Page:
    parts = DATED[entry["subject"]]
    after: Page = page | {parts: {**page[parts], entry["code"]: about}}
    return after
