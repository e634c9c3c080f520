"""Facts of an act that is entered from paper: whose it is, who enters it, the scan, the days (R35, R36)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from services.projects.acting import Asking
from services.projects.domain.project.state import State
from services.projects.evidence import Attachment, evidence_of
from services.projects.files import Stored
from shared.domain import By, Paper, PersonId, Scan

CONFIRM_WORKING_DAYS, ACCEPT_WORKING_DAYS = 10, 20  # R35, R36


@dataclass(frozen=True, slots=True)
class OnPaper:
    """The act was done without the system: on which day, by whom, and what shows it.

    A clerk names whose act it is; without a `person` it is the sender's own late entry. A paper is a
    file that was uploaded, by its hash; of a telephone call there is a note.
    """

    on: date
    person: PersonId | None = None
    sha256: str = ""
    name: str = ""  # of the file
    call: str = ""


def whose(asking: Asking, body: Any) -> Asking:
    """As whom it is looked at who may do the act: whoever did it, as of today, not who enters it."""
    given = getattr(body, "paper", None)
    if given is None or given.person is None:
        return asking
    return replace(asking, person=given.person)


def clerk(asking: Asking, body: Any, by: By) -> None:
    """NotAllowed to who enters an act of somebody over whose office's unit they are no clerk (R35)."""
    given = getattr(body, "paper", None)
    if given is not None and given.person is not None:
        replace(asking, office=None).with_right("enter_paper", by.unit)


def with_paper(asking: Asking, body: Any, by: By, state: State, stored: Stored | None) -> By:
    """The signature with what stands behind it; FileNotHere."""
    given = getattr(body, "paper", None)
    if given is None:
        return by
    scan = None
    if given.sha256:
        file = evidence_of(Attachment(given.name, "project", "", "", given.sha256), state, stored)
        scan = Scan(file.sha256, file.name, file.size_bytes, file.media_type)
    known, day, at = asking.organisation, asking.today, [state.unit]
    late = scan is not None and given.on < asking.today
    paper = Paper(
        given.on,
        asking.person,
        asking.today,
        scan,
        given.call,
        known.working_day_after(day, CONFIRM_WORKING_DAYS, at) if given.person is not None else None,
        known.working_day_after(day, ACCEPT_WORKING_DAYS, at) if late else None,
        asking.stands_in_for(),
    )
    return replace(by, paper=paper)
