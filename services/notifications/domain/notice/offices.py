"""What to tell of offices: handovers, ratifications, and where nobody is."""

from __future__ import annotations

from services.notifications.domain import heard
from services.notifications.domain.notice.words import NAME_SOMEBODY, Notice, WorkingDayAfter, day_of


def told(
    event: heard.OfHandover | heard.OfVacancy | heard.OfRatification, after: WorkingDayAfter
) -> Notice | None:
    if isinstance(event, heard.OfHandover):
        return _handover(event)
    if isinstance(event, heard.OfRatification):
        return _ratification(event)
    if isinstance(event, heard.VacancyRecorded):
        seats = {"party_department": (heard.Seat("party_department", event.unit),)}
        return Notice("", {"unit": event.unit, "office": event.office}, after(NAME_SOMEBODY), seats=seats)
    return None


def _ratification(event: heard.OfRatification) -> Notice | None:
    match event:
        case heard.ActsToRatify():
            facts = {"from": day_of(event.since), "to": day_of(event.until), "n": str(event.count)}
            return Notice("", facts, event.due, people={"right_holder": (event.whose.holder,)})
        case heard.RatificationOverdue():
            facts = {"unit": event.whose.unit, "office": event.whose.office}
            facts |= {"n": str(event.count), "due": day_of(event.due)}
            seats = {"party_department": (heard.Seat("party_department", event.whose.company),)}
            return Notice("", facts, seats=seats)
        case _:
            return None


def _handover(event: heard.OfHandover) -> Notice | None:
    if isinstance(event, heard.HandoverSigned | heard.HandoverConfirmed | heard.HandoverLapsed):
        return None
    parties = event.parties
    facts = {"unit": parties.unit, "office": parties.office, "due": day_of(event.due)}
    department = heard.witness_of(parties)
    if isinstance(event, heard.HandoverOverdue):
        return Notice("", facts, seats={"party_department": (department,)})
    return Notice(
        "",
        facts | {"n": str(event.count)},
        event.due,
        people={"outgoing": (parties.outgoing,), "incoming": (parties.incoming,)},
        seats={"witness": (department,)},
        barred=frozenset({parties.outgoing, parties.incoming}),
    )
