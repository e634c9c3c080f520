"""What must hold after healing, whatever went wrong before."""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid5

import msgspec

from services.projects.domain.unit import UNIT
from shared import following, shelf, sources
from shared.cut import cut_at
from shared.decision import KeyUsedForAnother, Outcome
from shared.domain import Decider, Refusal, Stale
from shared.envelope import Recorded, micros
from shared.ledger import Ledgers
from shared.merkle import leaf_hash
from shared.organisation import Organisation
from shared.passing import Unavailable
from shared.reading import Runner
from tests.simulation import domain
from tests.simulation.clients import Wish, facts_of
from tests.support.counter import COUNTER, Arrived, Closed, Left, whole
from tests.support.counter import Broken as Defect

if TYPE_CHECKING:
    from tests.simulation.world import World

NEVER_SAID = {  # every one of them would be a defect of the kernel, however it heals
    "view.ledger_forked",
    "view.parked",
    "view.source_failed",
    "view.not_resumed",
    "writer.announcing_failed",
    "source.damaged_message",
    "source.wrong_service",
}
CUTS = 4  # of each life, in each service
Place = tuple[str, str]


class Broken(Exception):
    """Something that must hold does not."""


def hold(holds: bool, what: str) -> None:
    """Raise Broken unless it holds."""
    if not holds:
        raise Broken(what)


class Invariants:
    """Watches one life and judges it at the end."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.said_complete: list[tuple[str, int, dict[Place, int]]] = []  # until when, standing where
        self.events: dict[Place, list[Recorded]] = {}

    # -- while it lives -----------------------------------------------------------------------

    async def watch(self) -> None:
        """Look every now and then at what must hold at any time."""
        while True:
            await asyncio.sleep(self.world.random.uniform(0.1, 0.6))
            for process in [p for p in self.world.processes if p.begun and p.alive]:
                for runner in process.runners:
                    self._look_at(process.disk.views, runner)
                waiting = len(process.following._waiting)
                hold(
                    waiting <= following.WAITING_AT_MOST,
                    f"{waiting} events wait for {process.name}'s organisation",
                )

    def _look_at(self, views: Any, runner: Runner) -> None:
        of_runner = runner._shelf._ledgers.values()
        waiting, most = sum(len(ledger.waiting) for ledger in of_runner), shelf.AT_HAND
        page = max(sources.LOCAL_PAGE_EVENTS, 300)
        hold(
            waiting <= most + len(runner.sources) * page, f"{waiting} events wait for {runner.consumer.name}"
        )
        at = runner.complete_to()
        if at is not None and self.world.strict_time and not self.world.rebuilds:
            self.said_complete.append((runner.consumer.name, micros(at), _marks(views, runner)))

    async def healed(self, clients: asyncio.Task[None], within_seconds: float) -> None:
        """Wait until all is quiet; Broken if it never is."""
        give_up = self.world.loop.time() + within_seconds
        while (why := self._unrest(clients)) is not None:
            hold(self.world.loop.time() < give_up, f"not healed: {why}")
            await asyncio.sleep(0.25)

    def _unrest(self, clients: asyncio.Task[None]) -> str | None:
        """What is not as it should be yet."""
        if not clients.done():
            return "clients still wait"
        clients.result()
        if any(process.alive and not task.done() for process, task in self.world.rebuilding):
            return "a view is emptied"
        heads = self._heads()
        for service, count in self.world.wanted.items():
            processes = self.world.begun(service)
            if len(processes) < count:
                return f"{service} does not run"
            for process in processes:
                if process.writer._in_flight:
                    return f"commands wait in {process.name}"
                if process.following.organisation.position != heads.get(("projects", domain.GROUP), 0):
                    return (
                        f"the organisation of {process.name} is at {process.following.organisation.position}"
                    )
                if not process.following.caught_up.is_set():
                    return f"{process.name} has never caught up"
                for runner in process.runners:
                    if why := self._runner_unrest(runner, _marks(process.disk.views, runner), heads):
                        return f"{runner.consumer.name} in {process.name} {why}"
        return None

    def _runner_unrest(self, runner: Runner, marks: dict[Place, int], heads: dict[Place, int]) -> str | None:
        for place, head in heads.items():
            if head and place[0] in runner.consumer.services:
                if marks.get(place, 0) != head:
                    return f"is at {marks.get(place, 0)} of {place}, which ends at {head}"
                if not runner.has(*place, head):
                    return f"does not know that it has reached {place}"
        at = runner.complete_to()
        newest = max((self._newest(service) for service in runner.consumer.services), default=0)
        if self.world.patient and (at is None or micros(at) < newest):
            return f"is complete to {at} only"
        if any(ledger.waiting for ledger in runner._shelf._ledgers.values()):
            return "keeps events that it has applied"
        return None

    def _heads(self) -> dict[Place, int]:
        return {
            (service, ledger): position
            for service, disk in self.world.disks.items()
            for ledger, position in disk.truth.look("SELECT ledger, position FROM ledger_heads")
        }

    def _newest(self, service: str) -> int:
        truth = self.world.disks[service].truth
        return int(truth.look("SELECT coalesce(max(recorded_at), 0) FROM ledger_heads")[0][0])

    # -- when all is quiet --------------------------------------------------------------------

    async def check(self) -> None:
        """Everything; the first thing that does not hold is Broken."""
        for service, disk in self.world.disks.items():
            engine = disk.truth.engine(self.world.loop.world, durable=True)
            ledgers = Ledgers(engine, service, domain.SCHEMA)
            for name in await ledgers.heads():
                try:
                    self.events[service, name] = await whole(ledgers, name)
                except AssertionError as error:
                    raise Broken(f"{service}/{name}: {error}") from error
            await self._check_cuts(ledgers)
            await engine.dispose()
        self._check_decisions()
        for wish in self.world.clients.wishes:
            self._check_answers(wish)
        hold(not self.world.clients.misused, f"a key used for another request: {self.world.clients.misused}")
        hold(not self.world.clients.unread, f"waited for and not to be read: {self.world.clients.unread}")
        self._check_views()
        self._check_reactions()
        self._check_organisations()
        self._check_said_complete()
        said = NEVER_SAID.intersection(self.world.said.events)
        hold(not said, f"said {sorted(said)}")

    def check_the_end(self) -> None:
        """After every process was told to stop."""
        for owner, task in self.world.loop.tasks:
            if owner.alive and owner is not self.world.loop.world:
                hold(task.done(), f"{task.get_name()} of {owner.name} does not end")
            if task.done() and not task.cancelled() and task.exception():
                raise Broken(f"{task.get_name()} of {owner.name} ended with {task.exception()!r}")
        hold(not self.world.loop.errors, f"left to the loop: {self.world.loop.errors}")

    # -- ledgers and answers ------------------------------------------------------------------

    async def _check_cuts(self, ledgers: Ledgers) -> None:
        """At any moment what was recorded belongs together: nothing in it had read what is not."""
        own = [events for (service, _), events in self.events.items() if service == ledgers.service]
        moments = sorted({recorded.recorded_at for events in own for recorded in events})
        for at in moments[:: max(1, len(moments) // CUTS)]:
            cut = await cut_at(ledgers, at)
            inside = [recorded for events in own for recorded in events if recorded.recorded_at <= at]
            hold(all(map(cut.holds, inside)), f"the cut at {at} leaves out what was recorded by then")
            hold(len(inside) == sum(cut.positions.values()), f"the cut at {at} holds what came after it")
            for recorded in inside:
                for place, position in recorded.envelope.after.items():
                    service, _, ledger = place.partition("/")
                    hold(
                        service != ledgers.service or position <= cut.positions.get(ledger, 0),
                        f"{recorded.id} is in the cut at {at}, and what it had read of {place} is not",
                    )

    def _check_decisions(self) -> None:
        """Every decision follows from the state that it stands on, in the ledger as it is."""
        wishes = {str(wish.key): wish for wish in self.world.clients.wishes}
        states = self._states()
        for (service, name), events in self.events.items():
            place = 0
            while place < len(events):
                first = events[place]
                group = events[place : place + first.envelope.count]
                place += len(group)
                wish = wishes.get(first.envelope.command_id or "")
                hold(
                    all(e.stream == first.stream and e.envelope.count == first.envelope.count for e in group),
                    f"{first.id}: a decision is torn",
                )
                if wish:
                    self._check_decision(wish, wish.decider, states[first.id], group)
                else:
                    arrives = isinstance(first.event, Arrived)
                    hold(service == "evaluation" or arrives, f"{first.id}: nobody's command")
            hold(
                service == "projects" or name == domain.SCORES or not events,
                f"a ledger that nobody writes: {service}/{name}",
            )

    def _streams(self, service: str) -> dict[UUID, list[Recorded]]:
        """The events of each stream in their order, in whatever ledgers they lie."""
        streams = defaultdict[UUID, list[Recorded]](list)
        for (of, _), events in self.events.items():
            for recorded in events if of == service else ():
                streams[recorded.stream].append(recorded)
        return {stream: sorted(own, key=lambda r: r.version) for stream, own in streams.items()}

    def _states(self) -> dict[str, Any]:
        """What each event stands on, after checking that its stream goes on from ledger to ledger (R70)."""
        states: dict[str, Any] = {}
        for service in self.world.disks:
            for own in self._streams(service).values():
                decider: Decider[Any, Any, Any] = UNIT if own[0].envelope.aggregate == "unit" else COUNTER
                state = decider.initial
                for version, (before, recorded) in enumerate(zip([None, *own], own, strict=False), 1):
                    hold(recorded.version == version, f"{recorded.id}: a gap or a double in its stream")
                    _check_place(before, recorded)
                    states[recorded.id] = state
                    state = decider.evolve(state, recorded.event)
                hold(not isinstance(own[-1].event, Left), f"{own[-1].id} has left and never arrived")
        return states

    def _check_decision(
        self, wish: Wish, decider: Decider[Any, Any, Any], state: Any, group: Sequence[Recorded]
    ) -> None:
        first = group[0]
        said = msgspec.json.decode(first.envelope.command)
        type_ = next(c for c in decider.commands if c.__name__ == said["name"])
        command: Any = msgspec.convert(said["data"], type_)
        try:
            decided = list(decider.decide(command, state))
        except (Refusal, Defect) as error:
            raise Broken(f"{first.id}: decided on a state that was not: {error!r}") from error
        hold(decided == [r.event for r in group], f"{first.id}: not what was decided")
        hold(wish.expected_version in (None, first.version - 1), f"{first.id}: another version was expected")
        before = wish.heads.get(first.ledger, 0)
        hold(first.position > before, f"{first.id}: before what was there when it was sent")
        if first.ledger != domain.GROUP:
            after, known = first.envelope.after.get("projects/group", 0), wish.heads.get(domain.GROUP, 0)
            hold(after >= known, f"{first.id}: had read the group to {after}, which had come to {known}")
            if after:
                read = self.events["projects", domain.GROUP][after - 1]
                hold(first.recorded_at >= read.recorded_at, f"{first.id}: before what it had read")
        else:
            self._check_facts(wish, said, first)

    def _check_facts(self, wish: Wish, said: Any, first: Recorded) -> None:
        """What a command says of the organisation was true while it was on its way."""
        kind = {"EstablishUnit": "establish", "MoveUnit": "move", "DissolveUnit": "dissolve"}.get(
            said["name"]
        )
        if kind is None:
            return
        organisation = Organisation()
        group = self.events["projects", domain.GROUP]
        for position in range(first.position):
            if position:
                organisation.apply(group[position - 1])
            if position >= wish.heads.get(domain.GROUP, 0):
                data = said["data"]
                facts = msgspec.to_builtins(facts_of(kind, data["unit"], data.get("parent"), organisation))
                if all(data[name] == _plain(value) for name, value in facts.items()):
                    return
        raise Broken(f"{first.id}: facts that were never true: {said}")

    def _check_answers(self, wish: Wish) -> None:
        mine = [
            r
            for (service, _), events in self.events.items()
            for r in events
            if service == "projects" and r.envelope.command_id == str(wish.key)
        ]
        hold(len(mine) <= 1, f"wish {wish.number} is there {len(mine)} times")
        for attempt in wish.attempts:
            answer = attempt.answer
            name = f"wish {wish.number} in {attempt.process.name}"
            if isinstance(answer, Outcome) and (answer.events or answer.repeated):
                hold(bool(mine), f"{name}: acknowledged and not there")
                last = mine[0].position + mine[0].envelope.count - 1
                version = mine[0].version + mine[0].envelope.count - 1
                said = (answer.position, answer.version, answer.recorded_at, answer.stream, answer.ledger)
                true = (last, version, micros(mine[0].recorded_at), wish.stream, mine[0].ledger)
                hold(said == true, f"{name}: acknowledged as {said}, but it is {true}")
            elif isinstance(answer, Outcome):
                hold(not mine or not wish.alone, f"{name}: recorded, though it was said to change nothing")
                hold(
                    attempt.version <= answer.version <= attempt.answered_version, f"{name}: a wrong version"
                )
            elif isinstance(answer, Refusal):
                hold(not isinstance(answer, KeyUsedForAnother), f"{name}: {answer!r}")
                hold(not mine or not wish.alone, f"{name}: refused and yet recorded")
                if wish.decider is COUNTER:
                    hold(
                        self._refusable(wish, answer, attempt), f"{name}: refused without reason: {answer!r}"
                    )
            else:
                known = answer is None or isinstance(answer, Unavailable | Defect)
                hold(known, f"{name}: answered with {answer!r}")

    def _refusable(self, wish: Wish, answer: Refusal, attempt: Any) -> bool:
        """Whether some state of the stream while the command was on its way gives this refusal."""
        events = self._streams("projects").get(wish.stream, [])
        state = COUNTER.initial
        for version in range(attempt.answered_version + 1):
            if version:
                state = COUNTER.evolve(state, events[version - 1].event)
            if version < attempt.version:
                continue
            if isinstance(answer, Stale):
                if version != wish.expected_version:
                    return True
                continue
            try:
                COUNTER.decide(wish.make(Organisation()), state)
            except Refusal as refusal:
                if type(refusal) is type(answer):
                    return True
            except Defect:
                pass
        return False

    # -- what is read from them ---------------------------------------------------------------

    def _check_views(self) -> None:
        for service, name, services in (
            ("projects", "own", ("projects",)),
            ("evaluation", "both", ("projects", "evaluation")),
        ):
            if name != "own" and not self._follows(name):
                continue
            views = self.world.disks[service].views
            sums: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
            unknown: Counter[tuple[str, str, str]] = Counter()
            history = []
            for of in services:
                for r in [r for own in self._streams(of).values() for r in own]:
                    if r.envelope.name not in domain.KNOWN_TO_VIEWS:
                        unknown[of, r.ledger, r.envelope.name] += 1
                        continue
                    row = sums[str(r.stream)]
                    row[0] += r.event.amount
                    row[1] += 1
                    row[2] = (row[2] * 31 + r.position) % 1_000_003
                    history.append(r.id)
            found = views.look(f"SELECT project, total, events, digest FROM {name}_v1_sums")
            hold(
                {r[0]: list(r[1:]) for r in found} == sums,
                f"view {name}: {found} is not the fold {dict(sums)}",
            )
            applied = [r[0] for r in views.look(f"SELECT event FROM {name}_v1_history ORDER BY rowid")]
            hold(sorted(applied) == sorted(history), f"view {name}: not each event once")
            self._check_order(name, applied)
            counted = views.look(
                "SELECT service, ledger, name, count FROM unknown_events WHERE view = ?", name
            )
            hold(
                {(r[0], r[1], r[2]): r[3] for r in counted} == unknown,
                f"view {name}: unknown names {counted}",
            )
            held = views.look("SELECT * FROM parked")
            hold(not held, f"parked: {held}")

    def _check_order(self, name: str, applied: Sequence[str]) -> None:
        """No event before the events of its own ledger, or those that its decision had read."""
        reached: Counter[str] = Counter()
        for event in applied:
            service, ledger, position = event.split("/")
            place = f"{service}/{ledger}"
            hold(reached[place] < int(position), f"{name}: {event} is out of order")
            reached[place] = int(position)

    def _follows(self, name: str) -> bool:
        return bool(self.world.wanted["evaluation"]) and name in self.world.follows

    def _check_reactions(self) -> None:
        views = self.world.disks["evaluation"].views
        every = sorted(r.id for events in self.events.values() for r in events)
        remembered = sorted(r[0] for r in views.look("SELECT event FROM effects"))
        hold(remembered == every * self._follows("remembering"), "remembered: not each event once")
        closed = [
            r
            for (service, _), events in self.events.items()
            for r in events
            if service == "projects" and isinstance(r.event, Closed)
        ]
        expected = sorted((str(uuid5(domain.SPACE, r.id)), r.id) for r in closed)
        scored = self.events.get(("evaluation", domain.SCORES), [])
        given = sorted((r.envelope.command_id or "", r.envelope.causation) for r in scored)
        hold(given == expected * self._follows("scoring"), f"scores: {given} instead of {expected}")

    def _check_organisations(self) -> None:
        fresh = Organisation()
        for recorded in self.events.get(("projects", domain.GROUP), []):
            fresh.apply(recorded)
        for process in self.world.processes:
            if process.begun and process.alive:
                hold(
                    vars(process.following.organisation) == vars(fresh),
                    f"the organisation of {process.name} is not that of the ledger",
                )
                hold(not process.following._waiting, f"{process.name} keeps events that it has taken")

    def _check_said_complete(self) -> None:
        for name, at, marks in self.said_complete:
            services = ("projects",) if name in ("own", "scoring", "moving") else ("projects", "evaluation")
            for place, events in self.events.items():
                for r in events if place[0] in services else ():
                    if micros(r.recorded_at) <= at:
                        mark = marks.get(place, 0)
                        hold(r.position <= mark, f"{name} said complete to {at} at {mark}, without {r.id}")


def _check_place(before: Recorded | None, recorded: Recorded) -> None:
    """A stream changes its ledger by leaving and arriving alone, and what arrives names what left."""
    left = before is not None and isinstance(before.event, Left)
    hold(isinstance(recorded.event, Arrived) == left, f"{recorded.id}: left and arrived do not follow")
    if before is None or not left:
        hold(before is None or before.ledger == recorded.ledger, f"{recorded.id}: in another ledger")
        return
    leaf = leaf_hash(before.stream, before.version, before.body).hex()
    hold(recorded.event == Arrived(before.ledger, before.position, leaf), f"{recorded.id}: names another")
    hold(recorded.ledger == domain.elsewhere(before.ledger), f"{recorded.id}: in the same ledger")
    read = recorded.envelope.after.get(f"projects/{before.ledger}", 0)
    hold(read >= before.position, f"{recorded.id}: had not read what left")


def _marks(views: Any, runner: Runner) -> dict[Place, int]:
    if runner._begun is None:
        return {}
    return {
        (service, ledger): position
        for service, ledger, position in views.look(
            "SELECT service, ledger, position FROM checkpoints WHERE view = ?", runner.consumer.name
        )
    }


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value
