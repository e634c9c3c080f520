"""What to tell of the archive: who hands over, and who receives (R78)."""

from __future__ import annotations

from services.notifications.domain import heard
from services.notifications.domain.known import Known
from services.notifications.domain.notice.words import Notice, day_of
from shared.domain import UnitId


def told(event: heard.OfArchive, known: Known) -> Notice | None:
    title = {"title": known.title}
    match event:
        case heard.ArchiveDue():
            return Notice("", title | {"due": day_of(event.due)}, event.due)
        case heard.ArchiveHandedOver():
            return Notice("", title, seats={"archivist": (heard.Seat("archivist", UnitId(known.company)),)})
        case heard.ArchiveSentBack():
            return Notice("", title | {"reason": event.reason})
        case heard.ProjectArchived() | heard.SupplementArchived():
            return Notice("", title | {"number": event.archive_number})
