"""Who sends commands: insists, hangs up, repeats, sends twice at once, and remembers every answer."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid5

from services.projects.domain.unit import UNIT
from services.projects.domain.unit.ending import DissolveUnit
from services.projects.domain.unit.tree import EstablishUnit, MoveUnit, RenameUnit
from shared.decision import KeyUsedForAnother, Outcome, Submission
from shared.domain import Refusal, UnitId
from shared.organisation import Organisation
from shared.passing import Unavailable
from tests.simulation import domain
from tests.simulation.service import Process
from tests.support.counter import BY, COUNTER, Add, Broken, Close, KeepOpen, Leave

if TYPE_CHECKING:
    from tests.simulation.world import World

DAY = date(2026, 1, 2)  # on which units are dissolved
UNITS = [UnitId(f"u{n}") for n in range(6)]
STREAMS = 5  # of each company


@dataclass(eq=False)
class Attempt:
    """A command sent to one process once."""

    process: Process
    began: int  # step
    version: int  # of its stream when it was sent
    answered_version: int = 0  # and when the answer was there
    answer: Any = None

    @property
    def over(self) -> bool:
        """Whether nothing can come of it any more."""
        return self.answer is not None or not self.process.alive


@dataclass(eq=False)
class Wish:
    """A command that a client wants to see recorded."""

    number: int
    key: UUID
    ledger: str
    stream: UUID
    decider: Any
    make: Callable[[Organisation], Any]
    expected_version: int | None
    heads: dict[str, int] = field(default_factory=dict)  # of projects, when it was first sent
    attempts: list[Attempt] = field(default_factory=list)
    alone: bool = True  # no two attempts ever overlapped

    @property
    def request(self) -> str:
        """Stands for the hash of its body."""
        return f"body {self.number}"


class Clients:
    """All clients of one life."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.random = world.random
        self.loop = world.loop
        self.wishes: list[Wish] = []
        self.misused: list[Any] = []  # answers to keys that were used for another request
        self.unread: list[str] = []  # what was not to be read though it had been waited for

    async def live(self) -> None:
        """Some clients, each with some wishes, one after the other."""
        await asyncio.gather(*(self._client() for _ in range(self.random.choice([1, 2, 4]))))

    async def _client(self) -> None:
        random = self.random
        for _ in range(random.choice([2, 5])):
            await asyncio.sleep(random.choice([0, 0, 0.01, 0.3, 1]) * random.random())
            wish = self._invent()
            self.wishes.append(wish)
            await self._insist(wish)
            if random.random() < 0.1:
                await self._misuse(wish)
            if random.random() < 0.3:
                await self._read(wish)

    def _invent(self) -> Wish:
        random, number = self.random, len(self.wishes)
        key = uuid5(domain.SPACE, f"wish {number}")
        if random.random() < 0.3:
            unit = random.choice(UNITS)
            return Wish(
                number, key, domain.GROUP, domain.unit_stream(unit), UNIT, self._about_unit(unit), None
            )
        ledger = random.choice(domain.COMPANIES)
        stream = uuid5(domain.SPACE, f"{ledger} {int(random.random() * STREAMS)}")
        moves = [Leave(), Leave()] if self.world.moves else []
        command = random.choice(
            [
                *moves,
                Add(int(random.random() * 5) + 1),
                Add(1, "词", times=int(random.random() * 4)),
                Add(40),
                Close(),
                KeepOpen(),
                Add(1, "broken") if random.random() < 0.2 else Add(2),
            ]
        )
        expected = None
        if random.random() < 0.3:
            expected = self._version(stream) + random.choice([0, 0, 1])
        return Wish(number, key, ledger, stream, COUNTER, lambda _organisation: command, expected)

    def _about_unit(self, unit: UnitId) -> Callable[[Organisation], Any]:
        other = None if unit == UNITS[0] else self.random.choice(UNITS)
        kind = self.random.choice(["establish", "establish", "rename", "move", "dissolve"])
        number = len(self.wishes)

        def make(organisation: Organisation) -> Any:
            match kind:
                case "establish":
                    return EstablishUnit(
                        BY, unit, unit, unit, other, "branch", "", (), False, False, 3, **facts(organisation)
                    )
                case "rename":
                    return RenameUnit(BY, unit, f"名 {number}", "doc")
                case "move":
                    return MoveUnit(BY, unit, other or unit, "doc", **facts(organisation))
                case _:
                    return DissolveUnit(BY, unit, DAY, None, "doc", **facts(organisation), today=DAY)

        def facts(organisation: Organisation) -> dict[str, Any]:
            return facts_of(kind, unit, other, organisation)

        return make

    # -- insisting ----------------------------------------------------------------------------

    async def _insist(self, wish: Wish) -> None:
        random = self.random
        for number in range(random.choice([1, 3, 8])):
            if number:
                await asyncio.sleep(random.uniform(0.01, 0.8))
            processes = self.world.begun("projects")
            if not processes:
                await asyncio.sleep(0.5)
                continue
            if len(processes) > 1 and random.random() < 0.1:
                wish.alone = False
                both = random.sample(processes, 2)
                answers = await asyncio.gather(*(self._send(wish, process) for process in both))
            else:
                answers = [await self._send(wish, random.choice(processes))]
            if any(isinstance(a, Outcome | Refusal | Broken) for a in answers):
                return

    async def _send(self, wish: Wish, process: Process, request: str | None = None) -> Any:
        loop = self.loop
        attempt = Attempt(process, loop.steps, self._version(wish.stream))
        if not wish.attempts:
            wish.heads = self.heads()
        if any(not earlier.over for earlier in wish.attempts):
            wish.alone = False
        wish.attempts.append(attempt)
        submission = Submission(
            ledger=wish.ledger,
            stream=wish.stream,
            decider=wish.decider,
            prepare=lambda _state: wish.make(process.following.organisation),
            by=BY,
            command_id=wish.key,
            request=request or wish.request,
            expected_version=wish.expected_version,
        )

        async def submit() -> Outcome:
            return await process.writer.submit(submission)

        hangs_up = self.random.random() < 0.1
        try:
            async with asyncio.timeout(self.random.uniform(0, 0.05) if hangs_up else 12):
                answer = await self.world.ask(process, submit)
        except TimeoutError:
            loop.note(f"wish {wish.number} is not answered by {process.name}")
            return None
        attempt.answer, attempt.answered_version = answer, self._version(wish.stream)
        loop.note(f"wish {wish.number} is answered by {process.name}: {_short(answer)}")
        return answer

    async def _misuse(self, wish: Wish) -> None:
        """The same key for another request must never record anything, nor hear the first answer."""
        recorded = self.world.disks["projects"].truth.look(
            "SELECT 1 FROM events WHERE command_id = ?", wish.key.hex
        )
        processes = self.world.begun("projects")
        if recorded and processes:
            other = Wish(
                -1, wish.key, wish.ledger, wish.stream, wish.decider, wish.make, wish.expected_version
            )
            answer = await self._send(other, self.random.choice(processes), "another body")
            if not isinstance(answer, KeyUsedForAnother | Unavailable | None):
                self.misused.append(answer)

    async def _read(self, wish: Wish) -> None:
        """What a view was waited for must be in it."""
        outcome = next((a.answer for a in wish.attempts if isinstance(a.answer, Outcome)), None)
        processes = self.world.begun("projects")
        if outcome is None or not outcome.events or not processes or self.world.rebuilds:
            return
        process = self.random.choice(processes)
        runner, place = process.runners[0], ("projects", outcome.ledger, outcome.position)

        async def wait() -> bool:
            return await runner.wait_for(*place, timeout_seconds=3)

        asked = self.loop.create_task(self.world.ask(process, wait), name="reading")
        await asyncio.wait([asked], timeout=10)
        if asked.done() and asked.result() is True and outcome.events[-1] in domain.KNOWN_TO_VIEWS:
            views = self.world.disks["projects"].views
            event = f"projects/{outcome.ledger}/{outcome.position}"
            if not views.look("SELECT 1 FROM own_v1_history WHERE event = ?", event):
                self.unread.append(event)
        asked.cancel()

    def _version(self, stream: UUID) -> int:
        truth = self.world.disks["projects"].truth
        return int(
            truth.look("SELECT coalesce(max(version), 0) FROM events WHERE stream = ?", stream.hex)[0][0]
        )

    def heads(self) -> dict[str, int]:
        """Where the ledgers of projects end at this moment."""
        return dict(self.world.disks["projects"].truth.look("SELECT ledger, position FROM ledger_heads"))


def facts_of(kind: str, unit: UnitId, other: UnitId | None, organisation: Organisation) -> dict[str, Any]:
    """What such a command says of the organisation."""
    known = organisation.units.get(other or unit)
    in_force = known is not None and known.dissolved_on is None
    match kind:
        case "establish":
            return {"group": organisation.group, "parent_in_force": other is None or in_force}
        case "move":
            return {"above_parent": tuple(organisation.above(other or unit)), "parent_in_force": in_force}
        case _:
            return {"units_below": len(organisation.below(unit))}


def _short(answer: Any) -> str:
    if isinstance(answer, Outcome):
        return f"{answer.ledger}:{answer.position} version {answer.version} {'again' * answer.repeated}"
    return repr(answer)
