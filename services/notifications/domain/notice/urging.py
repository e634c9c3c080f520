"""What to tell of a step whose deciders are urged, or late: of a proposal, or of a change."""

from __future__ import annotations

from services.notifications.domain import heard
from services.notifications.domain.known import Known
from services.notifications.domain.notice.words import Notice, day_of


def urged(about: str, step: str, seats: tuple[heard.Seat, ...], known: Known, meets: bool) -> Notice:
    """To those whose word it waits for; where a body meets, to the department that sets its agenda."""
    asks = {heard.Seat("party_department", seat.unit) for seat in seats}
    return Notice(
        about,
        {"title": known.title, "unit": known.unit, "step": step},
        seats={"addressed_office": tuple(asks) if meets else seats},
        barred=frozenset() if meets else known.players,
    )


def overdue(about: str, event: heard.DeadlinePassed | heard.ChangeDeadlinePassed, known: Known) -> Notice:
    """To those whose word it waits for still; members of a body give no single consent (R28)."""
    late = event.late
    if event.decides == "meeting":
        late = tuple(heard.Seat("party_department", seat.unit) for seat in late)
    facts = {"title": known.title, "due": day_of(event.due)}
    return Notice(about, facts, seats={"addressed_office": late}, barred=known.players)
