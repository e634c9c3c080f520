"""What to tell of acts that were entered from paper."""

from __future__ import annotations

from services.notifications.domain import heard
from services.notifications.domain.known import Known
from services.notifications.domain.notice.subject import subject_of
from services.notifications.domain.notice.words import Notice, day_of
from shared.domain import UnitId


def told(event: heard.OfPaper, known: Known) -> Notice | None:
    """Whose act was entered from paper confirms it; the party department accepts its day (R35, R36)."""
    about, title = subject_of(event), {"title": known.title}
    match event:
        case heard.PaperEntered():
            paper = event.paper
            facts = title | {
                "name": paper.entered_by,
                "date": day_of(paper.on),
                "due": day_of(paper.confirm_by),
            }
            asked = (event.person,) if paper.confirm_by else ()
            return Notice(about, facts, paper.confirm_by, {"whose_act": asked})
        case heard.LateEntryToAccept():
            facts = title | {"date": day_of(event.on), "due": day_of(event.until)}
            seats = {"addressed_office": (heard.Seat("party_department", UnitId(known.company)),)}
            return Notice(about, facts, event.until, seats=seats, barred=known.players)
        case heard.PaperDenied() | heard.PaperLeftUnconfirmed():
            entry = known.papers[event.entry]
            reason = event.reason if isinstance(event, heard.PaperDenied) else ""
            facts = title | {"date": day_of(entry.on), "reason": reason}
            return Notice(about, facts, people={"who_entered": (entry.entered_by,)})
        case _:
            return None
