"""What an event gives its rules to say: facts for the text, whom it addresses, by when, about what."""

from __future__ import annotations

from collections.abc import Iterable

from services.notifications.domain import heard
from services.notifications.domain.known import Known
from services.notifications.domain.notice import (
    approval,
    archive,
    beside,
    change,
    offices,
    panel,
    paper,
    review,
    spread,
    supervision,
    work,
)
from services.notifications.domain.notice.words import Notice, WorkingDayAfter


def notice(event: heard.Heard, known: Known, after: WorkingDayAfter) -> Notice | None:
    """What to tell about an event, given what is known with it; None where no rule hears it.

    Facts named `unit`, `body` and `name` hold ids: whoever reads them sees today's names.
    """
    if isinstance(event, heard.OfApproval):
        return approval.told(event, known, after)
    if isinstance(event, heard.OfWork):
        return work.told(event, known, after)
    if isinstance(event, heard.OfSupervision):
        return supervision.told(event, known, after)
    if isinstance(event, heard.OfSpread):
        return spread.told(event, known)
    if isinstance(event, heard.OfPaper):
        return paper.told(event, known)
    if isinstance(event, heard.OfChange):
        return change.told(event, known, after)
    if isinstance(event, heard.OfArchive):
        return archive.told(event, known)
    if isinstance(event, heard.OfHandover | heard.OfVacancy | heard.OfRatification):
        return offices.told(event, after)
    if isinstance(event, heard.OfPanel | heard.OfReview):
        return None
    return beside.told(event, known)


def notices(event: heard.Heard, before: Known, known: Known, after: WorkingDayAfter) -> Iterable[Notice]:
    """All that is to be told of an event: of a panel or a review it may be several things, or none."""
    if isinstance(event, heard.OfPanel):
        return panel.told((before, known))
    if isinstance(event, heard.OfReview):
        return review.told(event, known)
    told = notice(event, known, after)
    return (told,) if told else ()
