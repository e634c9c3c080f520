"""What is told of a season: lines for a terminal, and the backlog of each run over time as a picture."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from statistics import quantiles
from typing import TYPE_CHECKING

from bench.season.projects import ASKED_AT_ONCE

if TYPE_CHECKING:
    from bench.season.season import Run

WIDTH, HEIGHT, LEFT, BOTTOM = 1000, 360, 80, 40
COLOURS = ("#1565c0", "#2e7d32", "#c62828", "#6a1b9a", "#ef6c00")
MILLISECONDS = 1000


def of_run(run: Run) -> Iterator[str]:
    """One season, a fact to a line."""
    told, done, alone = run.told, run.reviews, run.alone
    yield f"\n{_workers(run)}"
    yield (
        f"  reached: {told.events:,} events of projects, {run.acts:,} acts over HTTP, {run.cards:,} of them "
        f"cards ({run.cards_stored:,} stored)"
    )
    yield (
        f"  {done.companies:,} companies' first reviews, {done.recommended:,} recommended, "
        f"{done.on_site} on site, {len(done.awards)} awards"
    )
    yield (
        f"  fortnight {told.fortnight_over_at:.0f} s, the peak's events recorded at "
        f"{told.peak_over_at:.0f} s (late by at most {told.late:.1f} s), all shown and the group's notice "
        f"open at {run.seconds:.0f} s"
    )
    most = max((one.behind for one in run.samples), default=0)
    yield f"  {run.most_a_second:,.0f} events/s shown in the best 5 s; backlog at most {most:,} events"
    for kind, took in told.shown.items():
        yield f"  event to score, {kind:<18} {_cuts(took)}"
    yield f"  (not looked for, since {ASKED_AT_ONCE} were: {told.not_asked:,})"
    yield f"  card over HTTP                     {_cuts(run.card_seconds)}"
    for worker, mib in run.most_mib.items():
        yield f"  {worker}: {mib:.0f} MiB at most, {run.cpu_seconds.get(worker, 0):.0f} s of a core"
    yield f"  load of the machine: {run.load:.1f}, all of its processes"
    if run.missed[0]:
        missed, started, shown = run.missed
        yield f"  {missed:,} events missed: shown in {shown:.1f} s, {started:.1f} of them to start"
    for one in run.disturbed:
        yield f"  {one.what}: made up for in {one.made_up_for:.1f} s"
    yield (
        f"  one reader alone: {alone.built_a_second:,.0f} events/s into the view of scores, "
        f"{alone.read_a_second:,.0f}/s read and decoded ({alone.built_a_second / alone.read_a_second:.2f})"
    )
    yield f"  tables of both views beside that reader's: {_same(not run.differs)}"
    if run.parked or alone.parked:
        yield f"  PARKED: {run.parked} projects, by one reader alone {alone.parked}"
    yield from (f"  DIFFERS: {row}" for row in run.differs[:5])


def of_all(runs: Sequence[Run], same: bool) -> Iterator[str]:
    """The runs beside each other."""
    yield ""
    for run in runs:
        others = run.told.shown["others"] + run.told.shown["others at the peak"]
        yield f"{_workers(run):<10} {run.most_a_second:>7,.0f} events/s at best, over at {run.seconds:,.0f} s"
        yield f"           of companies that are not the heavy one: {_cuts(others)}"
    counts = ", ".join(str(run.workers) for run in runs)
    yield f"scores, reviews and awards with {counts} workers: {_same(same)}"


def _workers(run: Run) -> str:
    return f"{run.workers} worker{'' if run.workers == 1 else 's'}"


def _same(same: bool) -> str:
    return "the same" if same else "NOT THE SAME"


def _cuts(seconds: Sequence[float]) -> str:
    if len(seconds) < 2:
        return "too few to tell"
    cuts = [cut * MILLISECONDS for cut in quantiles(seconds, n=100)]
    return f"p50 {cuts[49]:>7,.0f} ms  p99 {cuts[98]:>7,.0f} ms  of {len(seconds):,}"


def picture(runs: Sequence[Run]) -> str:
    """SVG: events that the view of scores or of reviews has not shown yet, over the seconds of the season."""
    last = max((one.at for run in runs for one in run.samples), default=1.0)
    most = max((one.behind for run in runs for one in run.samples), default=1) or 1
    lines = "\n".join(_line(run, COLOURS[n % len(COLOURS)], n, last, most) for n, run in enumerate(runs))
    return f"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" \
font-family="sans-serif" font-size="12">
<rect width="100%" height="100%" fill="white"/>
<text x="{LEFT}" y="16">events not shown yet</text>
<text x="{LEFT - 8}" y="36" text-anchor="end">{most:,}</text>
<text x="{LEFT - 8}" y="{HEIGHT - BOTTOM}" text-anchor="end">0</text>
<text x="{WIDTH - 20}" y="{HEIGHT - 12}" text-anchor="end">{last:,.0f} s</text>
<path d="M{LEFT} 28V{HEIGHT - BOTTOM}H{WIDTH - 20}" fill="none" stroke="black"/>
{lines}
</svg>
"""


def _line(run: Run, colour: str, nth: int, last: float, most: int) -> str:
    high, wide = HEIGHT - BOTTOM - 28, WIDTH - 20 - LEFT
    points = " ".join(
        f"{LEFT + wide * one.at / last:.1f},{HEIGHT - BOTTOM - high * one.behind / most:.1f}"
        for one in run.samples
    )
    return (
        f'<polyline points="{points}" fill="none" stroke="{colour}"/>'
        f'<text x="{LEFT + 200 + 120 * nth}" y="16" fill="{colour}">{escape(_workers(run))}</text>'
    )
