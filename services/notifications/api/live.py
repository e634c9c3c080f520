"""One's inbox as it changes: server-sent events, which tell that something has changed and where."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace
from typing import Annotated

import msgspec
from fastapi import APIRouter, Header, Query, Request
from fastapi.sse import KEEPALIVE_COMMENT, format_sse_event
from starlette.responses import StreamingResponse
from starlette.types import Send

from services.notifications.changes import FORM, News, Seen, boxes_of, news_since
from services.notifications.inbox import StandIn, stand_in
from services.notifications.live import Watch
from services.notifications.parts import Parts, parts_of
from shared.clock import SystemClock, today
from shared.edge import EVENTS, ClientGone
from shared.passing import is_passing
from shared.signed_in import Bearer

HEARTBEAT_SECONDS = 15.0
SLOW_SECONDS = 30.0  # for which a client may take nothing
RETRY_MILLISECONDS = 2000

router = APIRouter(prefix="/inbox", tags=["inbox"])
_real = SystemClock()  # tokens live in real time

AN_EVENT = {
    "type": "object",
    "properties": {
        "event": {"type": "string", "enum": ["state", "changes"]},
        "data": {"type": "string", "description": "JSON: todo, unread; of `changes` also entries"},
        "id": {"type": "string", "pattern": FORM},
        "retry": {"type": "integer", "minimum": 0, "description": "Milliseconds"},
    },
}

Given = Annotated[str | None, Header(alias="Last-Event-ID", pattern=FORM)]
Asked = Annotated[
    str | None, Query(pattern=FORM, description="Last-Event-ID, for clients that cannot send the header")
]


class EventStream(StreamingResponse):
    """Events as they come; who takes nothing for too long is dropped, and nothing is kept for them."""

    media_type = EVENTS
    body_iterator: AsyncGenerator[bytes]  # narrower, so that it can be closed

    async def stream_response(self, send: Send) -> None:
        """Each piece is made when the one before it is out."""
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        async with aclosing(self.body_iterator) as pieces:
            async for piece in pieces:
                try:
                    async with asyncio.timeout(SLOW_SECONDS):
                        await send({"type": "http.response.body", "body": piece, "more_body": True})
                except TimeoutError:
                    raise ClientGone from None
        await send({"type": "http.response.body", "body": b"", "more_body": False})


@router.get("/live", response_class=EventStream, responses={200: {"content": {EVENTS: {"schema": AN_EVENT}}}})
async def follow_inbox(
    request: Request, token: Bearer, last_event_id: Given = None, last: Asked = None
) -> EventStream:
    """`state`: how much waits; read the lists now. `changes`: entries, with the list each stands in now.

    The id of an event is where you are: give it back as Last-Event-ID, and nothing is lost or told twice,
    whichever replica answers. The stream ends with the token; come back with a new one.
    """
    parts = parts_of(request)
    parts.live.refuse_more(token.person)
    given = last_event_id or last
    watch = Watch(token.person, token.session, token.expires_at)
    seen = Seen.read(given) if given else None
    return EventStream(_told(parts, watch, seen), headers={"Cache-Control": "no-store, no-transform"})


async def _told(parts: Parts, watch: Watch, seen: Seen | None) -> AsyncGenerator[bytes]:
    """Events and heartbeats, as long as its token holds; the client asks again where the database is away."""
    live = parts.live
    yield format_sse_event(retry=RETRY_MILLISECONDS)
    with live.watching(watch):
        while not live.is_over(watch, now := _real.now()):
            watch.woken.clear()
            try:
                news = await _news(parts, watch, seen)
            except Exception as error:
                if is_passing(error):
                    return
                raise
            seen = news.seen if isinstance(news, News) else news
            if isinstance(news, News):
                yield _event(news)
            else:
                yield KEEPALIVE_COMMENT
            left = (watch.until - now).total_seconds()
            try:
                async with asyncio.timeout(min(HEARTBEAT_SECONDS, left)):
                    await watch.woken.wait()
            except TimeoutError:
                pass


async def _news(parts: Parts, watch: Watch, seen: Seen | None) -> News | Seen:
    live, person = parts.live, watch.person
    if not watch.versions:
        await live.know_letters()
    stands_in = await _stands_in(parts, watch)
    async with live.reading, parts.truth.connect() as connection:
        news = await news_since(connection, person, stands_in, seen)
    now = news.seen if isinstance(news, News) else news
    watch.versions = dict(zip(boxes_of(person, stands_in), now.versions, strict=True))
    return news


async def _stands_in(parts: Parts, watch: Watch) -> StandIn:
    """What is theirs today beside what names them."""
    on = today(parts.clock, parts.settings.time_zone)
    letters = await parts.jurors.letters_of(watch.person, parts.live.addressed)
    return replace(stand_in(parts.group.organisation, watch.person, on), letters=letters)


def _event(news: News) -> bytes:
    told: dict[str, object] = {"todo": news.todo, "unread": news.unread}
    if news.changes is not None:
        told["entries"] = news.changes
    name = "state" if news.changes is None else "changes"
    return format_sse_event(event=name, data_str=msgspec.json.encode(told).decode(), id=str(news.seen))
