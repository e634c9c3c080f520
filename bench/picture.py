"""A bar for each line, as long as its ratio over the one it must reach, on a logarithmic scale."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from math import log10

ROW = 26
BARS_FROM, WIDTH = 360, 1000
GOAL = 560  # where a line that just reaches its goal ends
DECADE = 200  # ten times the goal is so much longer


def of_bars(bars: Sequence[tuple[str, float, str]]) -> str:
    """SVG of bars, each (what, times the goal, words); one not reached is red and short of the line."""
    height = ROW * (len(bars) + 1)
    rows = "\n".join(_bar(ROW * number, *bar) for number, bar in enumerate(bars, 1))
    return f"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height + ROW // 2}" \
font-family="sans-serif" font-size="12">
<rect width="100%" height="100%" fill="white"/>
<text x="{GOAL}" y="16" text-anchor="middle">goal</text>
{rows}
<line x1="{GOAL}" x2="{GOAL}" y1="22" y2="{height}" stroke="black" stroke-dasharray="4 3"/>
</svg>
"""


def _bar(y: int, what: str, times: float, says: str) -> str:
    end = min(max(GOAL + DECADE * log10(times), BARS_FROM + 4), WIDTH - 240)
    colour = "#2e7d32" if times >= 1 else "#c62828"
    return (
        f'<text x="{BARS_FROM - 8}" y="{y + 16}" text-anchor="end">{escape(what)}</text>'
        f'<rect x="{BARS_FROM}" y="{y + 4}" width="{end - BARS_FROM:.0f}" height="16" fill="{colour}"/>'
        f'<text x="{max(end, GOAL) + 8:.0f}" y="{y + 16}">{escape(says)}</text>'
    )
