"""What to tell of tasks and figures."""

from __future__ import annotations

from services.notifications.domain import heard
from services.notifications.domain.known import Indicator, Known
from services.notifications.domain.notice.subject import subject_of
from services.notifications.domain.notice.words import CONFIRM_A_FIGURE, Notice, WorkingDayAfter, day_of


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
        case _:
            return None


def _named(event: heard.OfWork, known: Known) -> dict[str, str]:
    """The task or indicator of an event in words."""
    if isinstance(event, heard.FigureToConfirm | heard.FigureDisputed):
        indicator = known.indicators.get(event.indicator) or Indicator(event.indicator, "")
        return {"indicator": indicator.name, "unit_of_measure": indicator.unit, "period": event.period}
    code = getattr(event, "task", "")
    return {"task": known.tasks[code].title if code in known.tasks else code}
