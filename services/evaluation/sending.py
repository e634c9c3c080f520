"""Working through a list that a view holds: what stands there is sent, and leaves it by what comes of that.

The list is the memory of a reaction: it needs no checkpoint, cannot run ahead of the view, and whoever
else works through the same list sends the same commands under the same ids.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Hashable, Sequence
from contextlib import suppress
from typing import Any, Generic, TypeVar

import structlog

from shared.decision import Submission
from shared.domain import Refusal
from shared.passing import is_passing
from shared.writer import Writer

log = structlog.get_logger()

Key = TypeVar("Key", bound=Hashable)
Page = Callable[[Key | None], Awaitable[Sequence[Any]]]


class Sending(Generic[Key]):
    """Sends what lists hold, page by page.

    What cannot be sent stays on its list and holds up nothing else; the log has it once, not every second.
    `done` are the refusals of what was sent long ago, while the view is being built anew.
    """

    def __init__(
        self, writer: Writer, failed: str, key: Callable[[Any], Key], done: tuple[type[Refusal], ...] = ()
    ) -> None:
        self.writer = writer
        self.failed = failed  # as the log names it
        self.key = key
        self.done = done
        self.stuck: set[Key] = set()  # whose failure the log has

    async def each(self, page: Page[Key], submission: Callable[[Any], Awaitable[Submission]]) -> int:
        """Send what is on the list now, behind each page the next; returns how many it sent."""
        sent, after = 0, None
        while rows := await page(after):
            after = self.key(rows[-1])
            for row in rows:
                sent += await self._sent(row, submission)
        return sent

    async def _sent(self, row: Any, submission: Callable[[Any], Awaitable[Submission]]) -> bool:
        which = self.key(row)
        try:
            made = await submission(row)
            with suppress(*self.done):
                await self.writer.submit(made)  # with no connection in hand: SQLite moves the view
        except Exception as error:
            if is_passing(error):
                raise
            if which not in self.stuck:
                log.error(self.failed, which=str(which), exc_info=True)
            self.stuck.add(which)
            return False
        self.stuck.discard(which)
        return True
