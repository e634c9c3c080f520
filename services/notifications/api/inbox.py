"""The four lists of one's inbox."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field

from services.notifications.api.naming import naming
from services.notifications.inbox import (
    Entry,
    List,
    StandIn,
    count_waiting,
    letters_addressed,
    mark_read,
    read_list,
    stand_in,
)
from services.notifications.inboxes import stamp
from services.notifications.parts import Parts, parts_of
from shared.clock import SystemClock, today
from shared.domain import PersonId
from shared.engines import begin
from shared.places import PLACE, After
from shared.signed_in import SignedIn
from shared.wait_for import WaitFor
from shared.web import language

router = APIRouter(prefix="/inbox", tags=["inbox"])
_real = SystemClock()


class EntryShown(BaseModel):
    """One line of the inbox."""

    id: UUID
    text: str
    rule: str
    event: str = Field(description="The event it follows from: <service>/<ledger>/<position>")
    project: str
    due: date | None
    created_at: datetime
    done_at: datetime | None
    read_at: datetime | None


class Inbox(BaseModel):
    """A page of one list, newest first; give `next` as `after` for older ones."""

    entries: list[EntryShown]
    next: str | None
    todo: int = Field(description="How many wait to be done")
    unread: int = Field(description="How many copies wait to be read")
    complete_to: datetime | None


@router.get("/{which}")
async def one_list(
    request: Request,
    which: List,
    person: SignedIn,
    wait_for: WaitFor,
    after: Annotated[str | None, Query(pattern=PLACE)] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> Inbox:
    """To do, done, started by me, or copied to me."""
    parts = parts_of(request)
    complete_to = await parts.group.reached(parts.obliging, wait_for)
    stands_in = await _stands_in(parts, person)
    async with parts.truth.connect() as connection:
        page = await read_list(
            connection,
            person,
            which,
            stands_in=stands_in,
            after=After.read(after) if after else None,
            limit=limit,
        )
        waiting = await count_waiting(connection, person, stands_in)
        await parts.planning.book.know(connection, {entry.rules for entry in page.entries})
    return Inbox(
        entries=await _shown(request, parts, page.entries),
        next=str(page.next) if page.next else None,
        todo=waiting["todo"],
        unread=waiting["unread"],
        complete_to=complete_to,
    )


@router.post("/{entry}/read", status_code=204)
async def read(request: Request, entry: UUID, person: SignedIn) -> None:
    """Note that an entry was read; the first time counts."""
    parts = parts_of(request)
    stands_in = await _stands_in(parts, person)
    async with begin(parts.truth) as connection:
        await mark_read(connection, person, entry, _real.now(), stands_in)
        await stamp(connection, parts.live.changed)


async def _stands_in(parts: Parts, person: PersonId) -> StandIn:
    """What is theirs beside what names them: by offices, and as a juror by letter."""
    on = today(parts.clock, parts.settings.time_zone)
    async with parts.truth.connect() as connection:
        addressed = await letters_addressed(connection)
    letters = await parts.jurors.letters_of(person, addressed)
    return replace(stand_in(parts.group.organisation, person, on), letters=letters)


async def _shown(request: Request, parts: Parts, entries: tuple[Entry, ...]) -> list[EntryShown]:
    """The sentences, with names looked up now: they stand nowhere in between."""
    tongue = language(request)
    named = await naming(parts, {fact for entry in entries for fact in entry.facts.values()}, tongue)
    return [
        EntryShown(
            id=entry.id,
            text=entry.text(parts.planning.book, named, tongue),
            rule=entry.rule,
            event=entry.event,
            project=entry.project,
            due=entry.due,
            created_at=entry.created_at,
            done_at=entry.done_at,
            read_at=entry.read_at,
        )
        for entry in entries
    ]
