"""What to tell of a panel: to each of its jurors by letter, to who runs the review, to who signs (R59)."""

from __future__ import annotations

from collections.abc import Iterator

from services.notifications.domain import heard
from services.notifications.domain.known import Known
from services.notifications.domain.notice.words import ALWAYS, Notice, day_of
from services.notifications.domain.panel import Owed, Panel, owed
from shared.domain import UnitId

SEVERAL = "several"  # tracks


def told(known: tuple[Known, Known]) -> Iterator[Notice]:
    """What is owed after an event and was not before it, in a stable order.

    `known`: before the event, and after.
    """
    before, after = known
    panel = after.panel
    if panel is not None:
        for new in sorted(owed(panel) - owed(before.panel), key=lambda one: (one.subject, one.by)):
            yield _notice(new, panel, UnitId(after.unit))


def signing_seats(unit: UnitId) -> dict[str, heard.Seat]:
    """Who may sign beside the chair, by what they sign as (R59)."""
    return {"clerk": heard.Seat("clerk", unit), "supervisor": heard.Seat("discipline_officer", unit)}


def _notice(new: Owed, panel: Panel, unit: UnitId) -> Notice:
    track = panel.tracks[0] if len(panel.tracks) == 1 else SEVERAL
    facts = {"track": track, "round": panel.round, "due": day_of(panel.due)}
    match new.duty:
        case "replace":
            said = facts | {"n": "、".join(map(str, new.numbers))}
            return Notice(new.subject, said, running=unit, holds=frozenset({"lacking"}))
        case "sign":
            complete = frozenset({"complete"})
            if seat := signing_seats(unit).get(new.by):
                return Notice(new.subject, facts, seats={new.by: (seat,)}, holds=complete)
            return Notice(new.subject, facts, letters={"chair": new.by}, holds=complete)
        case _:
            said = facts | {"n": "".join(map(str, new.numbers))}
            return Notice(new.subject, said, panel.due, letters={"juror": new.by}, holds=ALWAYS)
