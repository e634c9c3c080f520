"""What an act on a review cycle is given, where it is not its command's own fields."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import Field

from shared.domain import UnitId
from shared.scheme import NOTICE_AT_LEAST, NOTICE_AT_MOST


@dataclass(frozen=True, slots=True)
class Opening:
    """A unit's review of a year: of what closed from one day to another, with a panel's round or without."""

    unit: UnitId
    year: int
    closed_from: date
    closed_until: date
    with_panels: bool = False  # of a company's review; that of the group has the rounds of its programme
    has_notice: bool = True
    programme: str = ""  # the version whose card and quotas hold; "": the one in force


@dataclass(frozen=True, slots=True)
class Chosen:
    """A project that is named; with the reason, where it closed on another day or nobody recommended it."""

    project: UUID
    exception: str = ""


@dataclass(frozen=True, slots=True)
class Collecting:
    """These projects, or all that are eligible where none is named."""

    projects: tuple[Chosen, ...] = ()


@dataclass(frozen=True, slots=True)
class Naming:
    """A panel of these projects, or of all projects of these tracks that have none yet."""

    department: UnitId
    tracks: tuple[str, ...] = ()
    projects: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Noticing:
    """For how many working days the awards are shown to everybody, if for more than the programme says."""

    working_days: Annotated[int, Field(ge=NOTICE_AT_LEAST, le=NOTICE_AT_MOST)] | None = None


@dataclass(frozen=True, slots=True)
class Objecting:
    """What somebody objects; without a name it is answered only where it says what can be checked."""

    project: str
    text: str
    anonymous: bool = False
    has_facts: bool = False


@dataclass(frozen=True, slots=True)
class Revoking:
    """By a meeting of the committee that confirmed the award, with its reason (R63).

    The matter of its item is `<review>/revoke/<project>`.
    """

    project: str
    reason: str
    meeting: str


@dataclass(frozen=True, slots=True)
class MovingUp:
    """Whose vacated place is given to the next, by a meeting of the committee that confirmed (R63).

    The matter of its item is `<review>/move-up/<project whose award was revoked>`.
    """

    after: str
    meeting: str
