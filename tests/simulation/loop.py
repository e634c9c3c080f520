"""An event loop on a virtual clock: time jumps to the next timer, and a seed says whose turn it is."""

from __future__ import annotations

import asyncio
import contextvars
import hashlib
import heapq
import sys
from collections.abc import Callable, Coroutine, Generator, Iterator
from contextlib import contextmanager
from random import Random
from typing import Any, TypeVar

T = TypeVar("T")
STEPS_AT_MOST = 1_000_000


class Stuck(Exception):
    """Nothing is left that could ever happen, or too much happens without an end."""


class Owner:
    """A process of the simulation: what it has scheduled is run only while it lives and is not paused."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.alive = True
        self.paused: list[Turn | Timer] | None = None  # what came up meanwhile


class Turn(asyncio.Handle):
    """A callback, and the process that it belongs to."""

    __slots__ = ("owner",)
    owner: Owner

    def run(self) -> None:
        """Call it; the loop's exception handler hears of errors."""
        self._run()  # asyncio's own loops have no other way


class Timer(asyncio.TimerHandle):
    """A callback for later."""

    __slots__ = ("owner",)
    owner: Owner

    def run(self) -> None:
        """Call it; the loop's exception handler hears of errors."""
        self._run()


class Loop(asyncio.AbstractEventLoop):
    """What asyncio's coroutines need of a loop, and no more: no sockets, no threads, no signals.

    Whatever is scheduled belongs to the process in whose turn it was scheduled; other processes are
    reached through `later` alone, as if over a wire. Of several callbacks that are ready the seed
    picks one (asyncio itself takes them in order: what is right in any order is right in that one).
    """

    def __init__(self, random: Random, *, shuffled: bool = True) -> None:
        self.random = random
        self.world = Owner("world")
        self.steps = 0
        self.errors: list[str] = []
        self.lines: list[str] = []
        self.tasks: list[tuple[Owner, asyncio.Task[Any]]] = []
        self._owner = self.world
        self._shuffled = shuffled
        self._now = 0.0
        self._ready: list[Turn | Timer] = []
        self._timers: list[tuple[float, int, Timer]] = []
        self._timer_number = 0
        self._grave: list[Turn | Timer] = []  # of dead processes; kept, so that nothing of them is collected
        self._running = False
        self._closing = False

    # -- what happened ------------------------------------------------------------------------

    def note(self, what: str) -> None:
        """One line of the trace."""
        self.lines.append(f"{self._now:11.6f} {self.steps:6} {self._owner.name:14} {what}")

    def trace_hash(self) -> str:
        """Hash of all that was noted, and of the state in which the seed's numbers were left."""
        digest = hashlib.sha256("\n".join(self.lines).encode())
        digest.update(repr((self._now, self.steps, self.random.getstate())).encode())
        return digest.hexdigest()

    # -- processes ----------------------------------------------------------------------------

    @property
    def owner(self) -> Owner:
        """The process whose turn it is."""
        return self._owner

    @contextmanager
    def acting_for(self, owner: Owner) -> Iterator[None]:
        """What is scheduled in this block belongs to that process."""
        before, self._owner = self._owner, owner
        try:
            yield
        finally:
            self._owner = before

    def later(self, owner: Owner, delay: float, callback: Callable[..., Any], *args: Any) -> None:
        """Have a process do something after a while, as if a message had reached it."""
        with self.acting_for(owner):
            self.call_later(delay, callback, *args)

    def resume(self, owner: Owner) -> None:
        """Let a paused process go on."""
        self._ready += owner.paused or ()
        owner.paused = None

    # -- running ------------------------------------------------------------------------------

    def run(self, main: Coroutine[Any, Any, T]) -> T:
        """The coroutine's result; Stuck when it can never come."""
        with self._as_running():
            task = self.create_task(main, name="main")
            while not task.done():
                self._turn()
            return task.result()

    def bury(self) -> None:
        """Let all tasks end that were left, those of dead processes too, after everything was looked at."""
        self._closing = True
        with self._as_running():
            for owner, _ in self.tasks:
                owner.alive = True
                self.resume(owner)
            self._ready += self._grave
            while left := [task for _, task in self.tasks if not task.done()]:
                for task in left:
                    task.cancel()
                while self._ready:
                    self._turn()

    @contextmanager
    def _as_running(self) -> Iterator[None]:
        hooks = sys.get_asyncgen_hooks()
        sys.set_asyncgen_hooks(finalizer=lambda _generator: None)  # what is left open runs no more
        asyncio._set_running_loop(self)
        self._running = True
        try:
            yield
        finally:
            self._running = False
            asyncio._set_running_loop(None)
            sys.set_asyncgen_hooks(*hooks)

    def _turn(self) -> None:
        if not self._ready:
            while self._timers and self._timers[0][2].cancelled():
                heapq.heappop(self._timers)
            if not self._timers:
                raise Stuck("nothing is left that could happen")
            self._now = max(self._now, self._timers[0][0])
        while self._timers and self._timers[0][0] <= self._now:
            self._ready.append(heapq.heappop(self._timers)[2])
        place = int(self.random.random() * len(self._ready)) if self._shuffled else 0
        turn = self._ready.pop(place)
        if turn.cancelled():
            return
        owner = turn.owner
        if not owner.alive:
            self._grave.append(turn)
            return
        if owner.paused is not None:
            owner.paused.append(turn)
            return
        self.steps += 1
        if self.steps > STEPS_AT_MOST:
            raise Stuck(f"no end after {self.steps} steps")
        self._owner = owner
        turn.run()
        self._owner = self.world

    # -- what asyncio asks of a loop ----------------------------------------------------------

    def time(self) -> float:
        """Virtual seconds since the beginning."""
        return self._now

    def call_soon(  # type: ignore[override]  # callbacks take what they take
        self, callback: Callable[..., Any], *args: Any, context: contextvars.Context | None = None
    ) -> asyncio.Handle:
        """In one of the next turns."""
        turn = Turn(callback, args, self, context)
        turn.owner = self._owner
        self._ready.append(turn)
        return turn

    def call_later(  # type: ignore[override]
        self,
        delay: float,
        callback: Callable[..., Any],
        *args: Any,
        context: contextvars.Context | None = None,
    ) -> asyncio.TimerHandle:
        """After some virtual seconds."""
        return self.call_at(self._now + delay, callback, *args, context=context)

    def call_at(  # type: ignore[override]
        self,
        when: float,
        callback: Callable[..., Any],
        *args: Any,
        context: contextvars.Context | None = None,
    ) -> asyncio.TimerHandle:
        """At a virtual time."""
        timer = Timer(when, callback, args, self, context)
        timer.owner = self._owner
        self._timer_number += 1
        heapq.heappush(self._timers, (when, self._timer_number, timer))
        return timer

    def create_future(self) -> asyncio.Future[Any]:
        """A future of this loop."""
        return asyncio.Future(loop=self)

    def create_task(
        self,
        coro: Coroutine[Any, Any, T] | Generator[Any, None, T],
        *,
        name: str | None = None,
        context: contextvars.Context | None = None,
    ) -> asyncio.Task[T]:
        """A task of the process whose turn it is."""
        name = name or f"task {len(self.tasks)}"
        task: asyncio.Task[T] = asyncio.Task(coro, loop=self, name=name, context=context)
        self.tasks.append((self._owner, task))
        return task

    def call_exception_handler(self, context: dict[str, Any]) -> None:
        """Nothing in the kernel may leave an error to the loop."""
        if not self._closing:
            self.errors.append(f"{self._owner.name}: {context.get('message')}: {context.get('exception')!r}")

    def default_exception_handler(self, context: dict[str, Any]) -> None:
        """The same."""
        self.call_exception_handler(context)

    def get_debug(self) -> bool:
        """No."""
        return False

    def is_running(self) -> bool:
        """Whether `run` runs."""
        return self._running

    def is_closed(self) -> bool:
        """Never; it holds nothing."""
        return False

    def _timer_handle_cancelled(self, handle: asyncio.TimerHandle) -> None:
        """Asyncio's handles say it; they are skipped when their turn comes."""
