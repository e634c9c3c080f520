"""What to tell of findings, checks and support."""

from __future__ import annotations

from services.notifications.domain import heard
from services.notifications.domain.known import Known
from services.notifications.domain.notice.seats import inspector, rectifier
from services.notifications.domain.notice.subject import subject_of
from services.notifications.domain.notice.words import (
    PLAN_A_RECTIFICATION,
    VERIFY,
    Notice,
    WorkingDayAfter,
    day_of,
)


def told(event: heard.OfSupervision, known: Known, after: WorkingDayAfter) -> Notice | None:
    about, title = subject_of(event), {"title": known.title}
    match event:
        case heard.FindingRecorded() | heard.FindingReopened() | heard.FindingUpheld():
            due = after(PLAN_A_RECTIFICATION)
            facts = title | {"n": "1", "due": day_of(due)}
            if isinstance(event, heard.FindingUpheld):
                facts |= {"reason": event.reason}
            seats = {"rectifies": (rectifier(event.finding, known),)}
            return Notice(about, facts, due, inspector(event.finding, known), seats=seats)
        case heard.FindingDisputed():
            facts = {"unit": known.unit, "reason": event.reason, "due": day_of(event.due)}
            found_by = inspector(event.finding, known)
            barred = known.players.union(*found_by.values())
            seats = {"addressed_office": (event.of,)}
            return Notice(about, title | facts, event.due, seats=seats, barred=barred)
        case heard.FindingWithdrawn():
            return Notice(about, title | {"reason": event.reason}, people=inspector(event.finding, known))
        case heard.RectificationReported():
            due = after(VERIFY)
            facts = title | {"unit": known.unit, "due": day_of(due)}
            return Notice(about, facts, due, inspector(event.finding, known))
        case heard.MidtermChecked():
            return Notice(about, title | {"reason": event.note}, holds=frozenset({event.result}))
        case heard.LookBackDue():
            due = after(VERIFY)
            facts = {"unit": known.rectifiers.get(event.finding, known.unit), "finding": event.text}
            return Notice(about, title | facts, due, inspector(event.finding, known))
        case heard.SupportRequested():
            facts = {"unit": known.unit, "matter": event.matter, "due": day_of(event.due)}
            seats = {"addressed_office": (event.of,)}
            return Notice(about, title | facts, event.due, seats=seats, barred=known.players)
        case heard.SupportDecided():
            facts = {"matter": known.supports.get(event.support, event.support), "reason": event.note}
            answer = "granted" if event.granted else "declined"
            if event.finding_due is None:
                return Notice(about, title | facts, holds=frozenset({answer}))
            due = after(PLAN_A_RECTIFICATION)
            return Notice(
                f"finding/{event.finding}",  # which is the branch's again (R51)
                title | facts | {"n": "1", "due": day_of(due)},
                due,
                seats={"rectifies": (rectifier(event.finding, known),)},
                holds=frozenset({answer, ""}),
            )
        case _:
            return None
