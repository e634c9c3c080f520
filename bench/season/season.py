"""`./denggao bench season`: a review season through real processes of evaluation, one, two and four of them.

Companies come to their first reviews one after another while projects go on; then the group reviews what they
recommend, and at the end everything happens at ten times the peak. After each run both views are compared
with what one reader alone makes of the same ledgers, and all runs with each other. One company has a hundred
times the events of any other.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import statistics
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic

import msgspec
import uvloop

from bench import databases
from bench.apart import apart
from bench.season import report
from bench.season.disturbing import Disturbed, disturb
from bench.season.equality import BY_RUN, Alone, Said, differing, made_alone, parked, said_by
from bench.season.group import company
from bench.season.projects import Told
from bench.season.reviews import Done, Review, company_host, first_review, group_host, group_review
from bench.season.size import FULL, QUICK, Size, begins_before
from bench.season.town import Databases, Town, town
from bench.season.watching import Sample, Watch
from shared.logs import configure

REVIEWS_AT_ONCE = 6
LOOK_SECONDS = 0.5
SIZES = Size.__struct_fields__


class Asked(msgspec.Struct, frozen=True):
    """What is the same in every run."""

    size: Size
    begins: datetime
    missed: int  # events that are recorded while evaluation is away
    disturb: bool


class Run(msgspec.Struct):
    """What came of a season with so many workers."""

    workers: int
    told: Told
    samples: list[Sample]
    most_a_second: float
    most_mib: dict[str, float]
    cpu_seconds: dict[str, float]
    load: float  # of the machine, as a rule
    seconds: float  # until all was recorded and shown, the group's notice too
    acts: int
    cards: int
    cards_stored: int
    card_seconds: list[float]
    reviews: Done
    missed: tuple[
        int, float, float
    ]  # events while evaluation was away, seconds to its start, and to the last
    disturbed: list[Disturbed]
    alone: Alone
    differs: list[str]  # rows that one reader alone made otherwise
    parked: int
    says: Said

    @property
    def whole(self) -> bool:
        """Whether nothing was lost, repeated or held, and the views are what they should be."""
        return not (self.differs or self.parked or self.alone.parked) and self.cards == self.cards_stored


async def lived(place: Path, empty: databases.Empty, asked: Asked, workers: int) -> Run:
    """One season with so many workers, in databases of its own."""
    size = asked.size
    urls = Databases(*await asyncio.to_thread(lambda: [empty() for _ in range(3)]))
    async with town(place, urls, workers, size, asked.begins) as there:
        watch, done = Watch(there), Done()
        await there.season_begins()
        watch.began = monotonic()
        watching = asyncio.create_task(watch.watches())
        disturbing = asyncio.create_task(disturb(there, watch, size)) if asked.disturb else None
        await _reviewed(there, watch, size, done)
        told = await _over(there)
        disturbed = await disturbing if disturbing else []
        await watch.catches_up()
        seconds = monotonic() - watch.began
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
        await there.stop_workers()
        missed = await _missed(there, watch, asked.missed)
        says, said = await said_by(watch.views, BY_RUN), await said_by(watch.views, {})
        stored, waiting = await _cards(watch), await parked(watch.views)
        await watch.close()
        alone = await asyncio.to_thread(apart, made_alone, urls, await asyncio.to_thread(empty))
        acknowledged = there.people.acknowledged
        return Run(
            workers=workers,
            told=told,
            samples=watch.samples,
            most_a_second=watch.most_a_second(),
            most_mib=watch.most_mib,
            cpu_seconds=watch.cpu_seconds,
            load=statistics.median(watch.loads),
            seconds=seconds,
            acts=sum(acknowledged.values()),
            cards=acknowledged["submit-scorecard"],
            cards_stored=stored,
            card_seconds=there.people.card_seconds,
            reviews=done,
            missed=missed,
            disturbed=disturbed,
            alone=alone,
            differs=differing(said, alone.said),
            parked=waiting,
            says=says,
        )


async def _over(there: Town) -> Told:
    """What projects' part tells once its peak is over."""
    while True:
        if (told := await there.told()).peak_over_at:
            return told
        await asyncio.sleep(LOOK_SECONDS)


async def _reviewed(there: Town, watch: Watch, size: Size, done: Done) -> None:
    """Each company as soon as its scores are fixed, a few at once; then the group."""
    waiting, room = set(range(size.companies)), asyncio.Semaphore(REVIEWS_AT_ONCE)

    async def first(number: int) -> None:
        async with room:
            review = Review(there.people, company_host(number, size.closing), size.handed_in, done)
            await first_review(review, there.meets)

    async with asyncio.TaskGroup() as reviews:
        while waiting:
            fixed = await watch.fixed()
            for number in sorted(n for n in waiting if fixed.get(company(n), 0) == size.closing):
                waiting.remove(number)
                reviews.create_task(first(number))
            await asyncio.sleep(LOOK_SECONDS)
    await group_review(Review(there.people, group_host(size), size.handed_in, done))


async def _missed(there: Town, watch: Watch, events: int) -> tuple[int, float, float]:
    """While evaluation is away so much is recorded; how long it takes from the start of its processes."""
    if not events:
        return 0, 0.0, 0.0
    missed = await there.misses(events)
    began = monotonic()
    await there.start_workers(there.workers)
    started = monotonic() - began
    await watch.catches_up()
    seconds = monotonic() - began
    await there.stop_workers()
    return missed, started, seconds


async def _cards(watch: Watch) -> int:
    """Cards in the ledgers, however often each was sent."""
    _, own = watch.truths
    found = 0
    for ledger in await own.heads():
        for name in ("ScorecardSubmitted", "ScorecardCorrected"):
            found += len(await own.named(ledger, name))
    return found


def _brief(runs: Sequence[Run]) -> list[Run]:
    """Without every row's hash."""
    replace = msgspec.structs.replace
    return [replace(run, says={}, alone=replace(run.alone, said={})) for run in runs]


def main(arguments: Sequence[str]) -> int:
    """Exit 0 when every run was equal to one reader's and to the others, and nothing was lost; else 1."""
    parser = argparse.ArgumentParser(prog="./denggao bench season", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="only that it runs: the figures mean little")
    for name in SIZES:
        parser.add_argument(f"--{name}", type=float if name == "minutes" else int)
    parser.add_argument("--workers", default="1,2,4", help="processes of evaluation, run after run")
    parser.add_argument("--missed", type=int, help="events that are recorded while evaluation is away")
    parser.add_argument("--disturb", action="store_true", help="kill, stop, add and remove workers meanwhile")
    parser.add_argument("--postgresql", metavar="URL", help="a server; default: a container of its own")
    parser.add_argument("--json", type=Path, metavar="FILE", help="the same for programs")
    parser.add_argument("--svg", type=Path, metavar="FILE", help="the backlog over time as a picture")
    given = parser.parse_args(arguments)
    sizes = {name: value for name in SIZES if (value := getattr(given, name)) is not None}
    size = msgspec.structs.replace(QUICK if given.quick else FULL, **sizes)
    missed = size.events // 10 if given.missed is None else given.missed
    asked, runs = Asked(size, begins_before(datetime.now(UTC)), missed, given.disturb), list[Run]()
    configure("season", "ERROR")
    print(f"{os.cpu_count()} cores; asked for: {size}", flush=True)
    try:
        with databases.postgresql(given.postgresql) as empty:
            for workers in map(int, given.workers.split(",")):
                with tempfile.TemporaryDirectory(prefix="denggao-bench-") as place:
                    runs.append(uvloop.run(lived(Path(place), empty, asked, workers)))
                print("\n".join(report.of_run(runs[-1])), flush=True)
    except databases.NoDatabase as error:
        print(f"postgresql: not measured. {error}", flush=True)
        return 1
    same = not any(differing(run.says, runs[0].says) for run in runs)
    same = same and all(run.reviews.awards == runs[0].reviews.awards for run in runs)
    print("\n".join(report.of_all(runs, same)), flush=True)
    if given.json:
        given.json.write_bytes(msgspec.json.format(msgspec.json.encode(_brief(runs)), indent=1))
    if given.svg:
        given.svg.write_text(report.picture(runs), "utf-8")
    return 0 if same and all(run.whole for run in runs) else 1
