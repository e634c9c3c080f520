"""What people wish of messages out of the system, and when they are away: each for oneself."""

from __future__ import annotations

from datetime import date, time
from typing import Annotated, Literal

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field

from services.notifications.absences import absences_of, cancel, note
from services.notifications.domain import absence as absent
from services.notifications.domain.absence import Absence
from services.notifications.domain.wishes import OWN_CHANNELS, OwnChannel, Wishes, refuse_unsound
from services.notifications.parts import Parts, parts_of
from services.notifications.wishes import keep, wishes_of
from shared.clock import today
from shared.domain import PersonId
from shared.engines import begin
from shared.sentences import Language
from shared.signed_in import SignedIn
from shared.web import NO_NUL, Body, Posted, Sending, language

router = APIRouter(prefix="/me", tags=["me"])
Hour = Annotated[str, Field(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$", description="As 17:30, local time")]
RuleId = Annotated[str, Field(max_length=40, pattern=NO_NUL)]


class WishNotices(Body):
    """All wishes, in place of those there were."""

    channels: Annotated[list[OwnChannel], Field(max_length=len(OWN_CHANNELS))] | None = Field(
        None, description="null for the first there is; empty for none, so that duties alone go out"
    )
    summary: Literal["none", "daily", "weekly"] = "daily"
    summary_at: Hour = "17:00"
    weekday: int = Field(4, ge=0, le=6, description="Of a weekly summary; Monday is 0")
    language: Language = "zh-CN"
    muted: list[RuleId] = Field(default_factory=list, max_length=200)
    quiet_from: Hour = "19:00"
    quiet_to: Hour = "08:00"


class MayBeMuted(BaseModel):
    """A rule that tells something to read."""

    rule: str
    title: str


class Notices(BaseModel):
    """What somebody wishes, and what can be wished."""

    channels: list[OwnChannel] | None
    summary: Literal["none", "daily", "weekly"]
    summary_at: str
    weekday: int
    language: Language
    muted: list[str]
    quiet_from: str
    quiet_to: str
    offered: list[OwnChannel] = Field(description="The channels of one's company, or else of the group")
    may_be_muted: list[MayBeMuted] = Field(description="All else are duties")


class NoteAbsence(Body):
    """From the first day to the last; messages go meanwhile to whoever stands in."""

    first: date
    last: date


class AbsenceShown(BaseModel):
    """An absence; both days are part of it."""

    first: date
    last: date


class Absences(BaseModel):
    """One's own, the latest first."""

    absences: list[AbsenceShown]


@router.get("/notices")
async def read_notices(request: Request, person: SignedIn) -> Notices:
    """One's wishes, the channels there are, and what can be muted."""
    return await _notices(request, parts_of(request), person)


@router.post("/notices")
async def wish_notices(
    request: Request, body: Posted[WishNotices], _sent: Sending, person: SignedIn
) -> Notices:
    """Say what one wishes; the same again changes nothing. Duties are told in any case."""
    parts = parts_of(request)
    wishes = Wishes(
        None if body.channels is None else tuple(dict.fromkeys(body.channels)),
        body.summary,
        time.fromisoformat(body.summary_at),
        body.weekday,
        body.language,
        tuple(dict.fromkeys(body.muted)),
        time.fromisoformat(body.quiet_from),
        time.fromisoformat(body.quiet_to),
    )
    refuse_unsound(wishes, parts.rules)
    async with begin(parts.truth) as connection:
        await keep(connection, person, wishes, parts.clock.now())
    return await _notices(request, parts, person)


@router.get("/absences")
async def read_absences(request: Request, person: SignedIn) -> Absences:
    """When one is, was or will be away."""
    return await _absences(parts_of(request), person)


@router.post("/absences")
async def note_absence(
    request: Request, body: Posted[NoteAbsence], _sent: Sending, person: SignedIn
) -> Absences:
    """Say when one is away, at most 90 days; another last day for the same first one takes its place."""
    parts, absence = parts_of(request), Absence(body.first, body.last)
    absent.refuse_unsound(absence, today(parts.clock, parts.settings.time_zone))
    async with begin(parts.truth) as connection:
        await note(connection, person, absence, parts.clock.now())
    return await _absences(parts, person)


@router.post("/absences/{first}/cancel")
async def cancel_absence(request: Request, first: date, _sent: Sending, person: SignedIn) -> Absences:
    """One is not away after all, from that first day on; the same again changes nothing."""
    parts = parts_of(request)
    async with begin(parts.truth) as connection:
        await cancel(connection, person, first)
    return await _absences(parts, person)


async def _absences(parts: Parts, person: PersonId) -> Absences:
    async with parts.truth.connect() as connection:
        found = await absences_of(connection, person)
    return Absences(absences=[AbsenceShown(first=one.first, last=one.last) for one in found])


async def _notices(request: Request, parts: Parts, person: PersonId) -> Notices:
    async with parts.truth.connect() as connection:
        wishes = (await wishes_of(connection, [person]))[person]
        offered = await parts.planning.offered(connection, person)
    return Notices(
        channels=None if wishes.channels is None else list(wishes.channels),
        summary=wishes.summary,
        summary_at=wishes.summary_at.isoformat("minutes"),
        weekday=wishes.weekday,
        language=wishes.language,
        muted=list(wishes.muted),
        quiet_from=wishes.quiet_from.isoformat("minutes"),
        quiet_to=wishes.quiet_to.isoformat("minutes"),
        offered=[channel for channel in OWN_CHANNELS if channel in offered],
        may_be_muted=[
            MayBeMuted(rule=rule.id, title=rule.titled_in(language(request)))
            for rule in parts.rules.rules
            if rule.kind == "read"
        ],
    )
