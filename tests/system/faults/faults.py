"""What breaks: each a function that hurts the installation while people work; `heal` mends what it leaves."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterable

from tests.support.cutting_proxy import CuttingProxy, When
from tests.support.nats_proxy import Weather
from tests.support.waiting import eventually
from tests.system.faults.installation import Process
from tests.system.faults.rounds import Fault, Round

MORTAL = ("projects", "evaluation", "notifications", "nats")
WAYS: tuple[When, ...] = ("before", "while", "after")
APPEND = b'"aggregate":'  # in the bytes of every event that goes to the database
IDLE_SECONDS = 10  # after which PostgreSQL ends a transaction that nobody goes on with


async def killed(this: Round) -> None:
    """SIGKILL for a few processes, one after another or two at once, whoever is there again."""
    for _ in range(this.chance.randint(1, 3)):
        for name in this.chance.sample(MORTAL, this.chance.choice((1, 1, 2))):
            if name == "nats":
                await asyncio.to_thread(this.town.nats.kill)
            else:
                for process in this.town.of(name):
                    process.running.kill()
        await asyncio.sleep(this.chance.random())
        await this.town.heal()
        await this.work()


# NATS


async def jetstream_is_deleted(this: Round) -> None:
    """Its files vanish under the running server; later the server finds that out."""
    this.town.nats.delete_storage()
    await this.work()
    await asyncio.to_thread(this.town.nats.kill)
    await this.work()


async def nats_is_silent(this: Round, seconds: float = 3) -> None:
    """Nothing goes through for a while, and no connection closes."""
    this.town.nats_way.weather = Weather(silent=True)
    await asyncio.sleep(this.chance.uniform(seconds / 2, seconds))
    assert this.town.nats_way.mishaps
    this.town.nats_way.clear_up()


async def nats_loses_messages(this: Round) -> None:
    """One in twenty, of whatever kind: events, heads, questions, answers."""
    await _in_weather(this, Weather(lost=0.05))


async def nats_delivers_twice_and_out_of_order(this: Round) -> None:
    """Some twice, some after the next one."""
    await _in_weather(this, Weather(twice=0.2, overtaken=0.2))


async def _in_weather(this: Round, weather: Weather) -> None:
    before, this.town.nats_way.weather = this.town.nats_way.mishaps, weather
    await this.work(20, 40)
    await eventually(lambda: this.town.nats_way.mishaps > before + 2, "something has gone wrong")


# PostgreSQL


async def postgresql_is_killed(this: Round) -> None:
    """As by a crash of its machine; it comes back by itself."""
    assert this.town.postgres
    await asyncio.to_thread(
        this.town.postgres.sh, f"kill -KILL $(head -1 {this.town.postgres.data}/postmaster.pid)"
    )
    await this.work()


async def connections_are_cut_in_a_transaction(this: Round) -> None:
    """Once it has begun; and all connections at once."""
    for way in this.chance.sample(sorted(this.town.ways), 3):
        this.town.ways[way].cut(b"BEGIN", *this.chance.choices(("while", "after"), k=3))
    await this.work()
    for proxy in this.town.ways.values():
        proxy.cut_all()
    await this.work()


async def connections_are_cut_at_commit(this: Round) -> None:
    """Before, while and after the commit of an append, and of what a view or reaction has done."""
    ways = this.town.ways
    appends = [ways["projects", "ledger"], ways["evaluation", "ledger"]]
    views = [ways["projects", "views"], ways["evaluation", "views"], ways["notifications", "ledger"]]
    before = _cuts(ways.values())
    for proxy in appends:
        proxy.cut(APPEND, *this.chance.choices(WAYS, k=3))
    for proxy in views:
        proxy.cut(b"COMMIT", *this.chance.choices(WAYS, k=3))
    await this.work(12, 24)
    await eventually(lambda: _cuts(ways.values()) > before + 3, "connections are cut")


def _cuts(ways: Iterable[CuttingProxy]) -> int:
    return sum(proxy.cuts for proxy in ways)


# Disks, processes, clients


async def disk_is_full(this: Round) -> None:
    """Not a byte goes to the disk of the databases, until there is room again."""
    with this.town.full_disk() as fill:
        await this.puts_off(fill)  # PostgreSQL makes room: it throws away what its log no longer needs
        await asyncio.sleep(this.chance.random())
    await this.work()


async def worker_is_paused(this: Round, seconds: float = 3) -> None:
    """SIGSTOP, wherever it is just now."""
    victim = this.chance.choice([*this.town.processes, None])
    pause, resume = (
        (victim.running.suspend, victim.running.resume)
        if victim
        else (this.town.nats.pause, this.town.nats.resume)
    )
    pause()
    await asyncio.sleep(this.chance.uniform(seconds / 2, seconds))
    resume()
    await this.work()


async def worker_is_paused_for_minutes(this: Round) -> None:
    """Longer than anybody waits for anything."""
    await worker_is_paused(this, seconds=240)


async def worker_is_stopped_in_a_transaction(this: Round) -> None:
    """One of two workers stops while it holds a view's checkpoints.

    On PostgreSQL the other goes on as soon as the server has ended that transaction. On SQLite
    nobody can take the file from it, and nothing is lost by waiting.
    """
    if this.town.engine == "sqlite":
        stopped = await _stopped_in_a_transaction(this)
        await asyncio.sleep(this.chance.uniform(1, 3))
        stopped.running.resume()
        return
    await this.town.scale(evaluation=2)
    way = this.town.ways["evaluation", "views"]
    way.holds.clear()
    way.let_go.clear()
    way.cut(b"COMMIT", "hold")
    await eventually(way.holds.is_set, "a worker commits")
    (stopped,) = (
        process
        for process in this.town.of("evaluation")
        if way.held_port in [at.laddr.port for at in process.running.net_connections()]
    )
    stopped.running.suspend()
    reached = await this.reached("evaluation")
    await this.work()
    await eventually(
        lambda: this.has_moved("evaluation", reached), "the other worker goes on", IDLE_SECONDS + 20
    )
    stopped.running.resume()
    way.let_go.set()
    await this.work()


async def _stopped_in_a_transaction(this: Round) -> Process:
    """A worker of evaluation, stopped again and again until it holds its file."""
    (worker,) = this.town.of("evaluation")
    file = this.town.database("evaluation", "views")

    async def is_in_it() -> bool:
        worker.running.suspend()
        looking = sqlite3.connect(file, timeout=0, isolation_level=None)
        try:
            looking.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:
            return True
        finally:
            looking.close()
        worker.running.resume()
        await asyncio.sleep(this.chance.uniform(0, 0.05))
        return False

    await eventually(is_in_it, "it is stopped in the middle of a transaction", 60)
    return worker


async def clients_hang_up(this: Round) -> None:
    """Every other one, in the middle of a request; and asks again under the same key."""
    before, chance = this.clients.hung_up, this.chance
    this.clients.patience = lambda: chance.choice((chance.uniform(0, 0.4), 30.0))
    await this.work(10, 20)
    await eventually(lambda: this.clients.hung_up > before + 5, "clients hang up")
    this.clients.patience = lambda: 30.0


async def evaluation_is_scaled(this: Round) -> None:
    """1 → 8 → 3 processes."""
    for count in (8, 3):
        await this.town.scale(evaluation=count)
        await this.work()


async def clock_jumps(this: Round) -> None:
    """An hour at most, forward or back. What knows a better clock refuses until ours is right again."""
    seconds = this.chance.choice((-1, 1)) * this.chance.uniform(10, 3600)
    (this.town.faults / "clock.new").write_text(str(seconds))
    (this.town.faults / "clock.new").rename(this.town.faults / "clock")
    if this.town.postgres:
        await this.puts_off()
    else:
        await this.work()
    (this.town.faults / "clock").unlink()
    await this.work()


async def processes_race(this: Round) -> None:
    """Three of projects append to the same ledgers; one of them is killed."""
    await this.town.scale(projects=3)
    await this.work(20, 40)
    this.chance.choice(this.town.of("projects")).running.kill()
    await this.work()


ON_BOTH = (
    killed,
    jetstream_is_deleted,
    nats_is_silent,
    nats_loses_messages,
    nats_delivers_twice_and_out_of_order,
    disk_is_full,
    worker_is_paused,
    worker_is_stopped_in_a_transaction,
    clients_hang_up,
    evaluation_is_scaled,
    clock_jumps,
    processes_race,
)
ON_POSTGRESQL = (
    postgresql_is_killed,
    connections_are_cut_in_a_transaction,
    connections_are_cut_at_commit,
)
FOR_MINUTES = (worker_is_paused_for_minutes,)
FAULTS: dict[str, tuple[Fault, ...]] = {"sqlite": ON_BOTH, "postgresql": ON_BOTH + ON_POSTGRESQL}
