"""What notifications reads of others' events: the same names, only the fields that telling needs."""

from __future__ import annotations

from services.notifications.domain.heard import (
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

# whoever asks says `heard.StepOpened`, whatever its subject
from services.notifications.domain.heard.approval import *  # noqa: F403
from services.notifications.domain.heard.archive import *  # noqa: F403
from services.notifications.domain.heard.beside import *  # noqa: F403
from services.notifications.domain.heard.change import *  # noqa: F403
from services.notifications.domain.heard.offices import *  # noqa: F403
from services.notifications.domain.heard.panel import *  # noqa: F403
from services.notifications.domain.heard.paper import *  # noqa: F403
from services.notifications.domain.heard.review import *  # noqa: F403
from services.notifications.domain.heard.spread import *  # noqa: F403
from services.notifications.domain.heard.supervision import *  # noqa: F403
from services.notifications.domain.heard.values import *  # noqa: F403
from services.notifications.domain.heard.work import *  # noqa: F403

OfProject = (
    approval.OfApproval
    | work.OfWork
    | supervision.OfSupervision
    | spread.OfSpread
    | paper.OfPaper
    | change.OfChange
    | archive.OfArchive
)
Heard = (
    OfProject
    | beside.OfRules
    | beside.OfMeeting
    | beside.OfVisits
    | offices.OfHandover
    | offices.OfVacancy
    | offices.OfRatification
    | beside.OfEvaluation
    | panel.OfPanel
    | review.OfReview
)
