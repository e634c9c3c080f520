"""What to tell of partners and practices."""

from __future__ import annotations

from services.notifications.domain import heard
from services.notifications.domain.known import Known
from services.notifications.domain.notice.seats import secrecy_reviewer
from services.notifications.domain.notice.subject import subject_of
from services.notifications.domain.notice.words import ALWAYS, NEVER, Notice, day_of


def told(event: heard.OfSpread, known: Known) -> Notice | None:
    about, title = subject_of(event), {"title": known.title}
    match event:
        case heard.PracticeRecommended():
            seats = {"addressed_office": (event.of,), "secrecy_reviewer": (secrecy_reviewer(known),)}
            return Notice(about, title | {"unit": known.unit}, seats=seats, barred=known.players)
        case heard.PracticeListed(kinds=kinds):
            return Notice(about, title | {"kinds": "、".join(kinds)}, kinds=kinds)
        case heard.PracticeDeclined():
            return Notice(about, title | {"reason": event.reason})
        case heard.PartnerInvited():
            facts = {"unit": known.unit, "matter": event.brings}
            return Notice(about, title | facts, seats={"addressed_office": (event.of,)})
        case heard.PartnerLeft():
            facts = {"unit": event.partner.key, "reason": event.reason, "due": day_of(event.answer_by)}
            return Notice(about, title | facts, event.answer_by, holds=ALWAYS if event.answer_by else NEVER)
        case _:
            return None
