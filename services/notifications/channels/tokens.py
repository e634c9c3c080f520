"""A company's access token: fetched once for all who wait for it, and kept until shortly before it ends."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

from services.notifications.channels import guarded

MARGIN_SECONDS = 300  # so long before its end it is fetched anew, or a quarter of a shorter life


class Tokens:
    """The token of one account, in the memory of this process.

    `fetch` returns a token and how many seconds it lives; what it raises, all who wait get. `now` counts
    seconds.
    """

    def __init__(
        self, fetch: Callable[[], Awaitable[tuple[str, float]]], now: Callable[[], float] = time.monotonic
    ) -> None:
        self._fetch = fetch
        self._now = now
        self._token = ""
        self._until = 0.0
        self._fetching: asyncio.Task[str] | None = None

    async def get(self, refused: str = "") -> str:
        """A token that is not `refused`, the one that the provider did not take a moment ago.

        Of a hundred that were refused at once, the first fetches; the others get what it got.
        """
        if self._token and self._token != refused and self._now() < self._until:
            return self._token
        if self._fetching is None:
            self._fetching = asyncio.create_task(self._fetched())
            self._fetching.add_done_callback(self._ended)
        fetching = self._fetching
        try:
            # whoever gives up waiting must not end what others wait for
            return await asyncio.shield(fetching)
        except asyncio.CancelledError:
            waiting = asyncio.current_task()
            if fetching.cancelled() and waiting is not None and not waiting.cancelling():
                raise guarded.NoReply("closed") from None  # it is not the one who waits that was cancelled
            raise

    def forget(self) -> None:
        """Let the next one fetch: the settings are being checked."""
        self._token = ""

    async def close(self) -> None:
        """End a fetch that is under way; whoever waits for it gets NoReply."""
        if self._fetching is not None:
            self._fetching.cancel()
            await asyncio.wait([self._fetching])

    async def _fetched(self) -> str:
        token, lives_seconds = await self._fetch()
        self._token = token
        self._until = self._now() + lives_seconds - min(MARGIN_SECONDS, lives_seconds / 4)
        return token

    def _ended(self, task: asyncio.Task[str]) -> None:
        self._fetching = None
        if not task.cancelled():
            task.exception()  # looked at, also where all who waited gave up
