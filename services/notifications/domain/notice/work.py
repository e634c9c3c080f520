"""What to tell of tasks and figures."""

from __future__ import annotations

from dataclasses import replace

from services.notifications.domain import heard
from services.notifications.domain.known import Indicator, Known
from services.notifications.domain.notice.seats import rectifier
from services.notifications.domain.notice.subject import subject_of
from services.notifications.domain.notice.words import (
    ALWAYS,
    CONFIRM_A_FIGURE,
    REPORT_A_FIGURE,
    Notice,
    WorkingDayAfter,
    day_of,
)


def told(event: heard.OfWork, known: Known, after: WorkingDayAfter) -> Notice | None:
    about, facts = subject_of(event), {"title": known.title} | _named(event, known)
    match event:
        case heard.TaskAssigned():
            task = known.tasks.get(event.task)
            due = task.due if task else None
            facts |= {"standard": task.standard if task else "", "due": day_of(due)}
            return Notice(about, facts, due, {"assignee": (event.person,)})
        case heard.TaskOffered():
            circle = tuple(heard.Seat("member", unit) for unit in event.circle)
            ends = event.window_ends
            return Notice(about, facts | {"due": day_of(ends)}, ends, seats={"circle": circle})
        case heard.ClaimGranted():
            facts |= {"name": event.person, "reason": event.reason}
            return Notice(about, facts, people={"claimants": (event.person, *event.declined)})
        case heard.ClaimExpired():
            return Notice(about, facts)
        case heard.ClaimLapsed():
            return Notice(about, facts | {"reason": event.reason, "n": str(event.left)})
        case heard.TaskCompleted():
            return Notice(about, facts, people={"did_it": (event.person,)})
        case heard.TaskSentBack():
            return Notice(about, facts | {"reason": event.reason}, people={"assignee": (event.person,)})
        case heard.FigureToConfirm():
            facts |= {"unit": known.unit, "value": str(event.value)}
            seats = {"source_department": (event.source,)}
            return Notice(about, facts, after(CONFIRM_A_FIGURE), seats=seats, barred=known.players)
        case heard.FigureDisputed():
            return Notice(about, facts | {"reason": event.reason})
        case heard.ReadingDue():
            due = after(REPORT_A_FIGURE)
            return Notice(about, facts | {"due": day_of(due)}, due)
        case heard.ItemDueSoon():
            holds = frozenset({"leader"}) if event.told == "leader" else ALWAYS
            says = facts | {"item": event.title, "due": day_of(event.due)}
            return _of_item(Notice(about, says, event.due, holds=holds), event, known)
        case heard.ItemOverdue() | heard.MilestoneMissed():
            days = (event.on - event.due).days if event.on else 1
            title = event.title if isinstance(event, heard.ItemOverdue) else event.title or event.milestone
            says = facts | {"item": title, "due": day_of(event.due), "n": str(days)}
            return _of_item(Notice(about, says, event.due), event, known)
        case _:
            return None


def _of_item(
    notice: Notice, event: heard.ItemDueSoon | heard.ItemOverdue | heard.MilestoneMissed, known: Known
) -> Notice:
    """Who holds it: whoever has the task, or who puts the finding right."""
    if isinstance(event, heard.MilestoneMissed):
        return notice
    if event.subject == "finding":
        return replace(notice, seats={"rectifies": (rectifier(event.code, known),)})
    return replace(notice, people={"holder": (event.holder,)} if event.holder else {})


def _named(event: heard.OfWork, known: Known) -> dict[str, str]:
    """The task or indicator of an event in words."""
    if isinstance(event, heard.FigureToConfirm | heard.FigureDisputed | heard.ReadingDue):
        indicator = known.indicators.get(event.indicator) or Indicator(event.indicator, "")
        return {"indicator": indicator.name, "unit_of_measure": indicator.unit, "period": event.period}
    code = getattr(event, "task", "")
    return {"task": known.tasks[code].title if code in known.tasks else code}
