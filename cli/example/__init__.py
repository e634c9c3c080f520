"""`./denggao example`: an invented group lives a year in an empty data directory, by HTTP commands alone."""

from __future__ import annotations

import argparse
import asyncio
import sys
from datetime import date, datetime, timedelta
from pathlib import Path

from cli import up
from cli.example import founding, welcome
from cli.example.client import Client, Stopped
from cli.example.plan import Plan, plan
from cli.example.posts import ZONE, rounds
from cli.example.progress import Progress
from cli.example.tree import NotATree, read_tree


def main(arguments: list[str]) -> int:
    """Fills a data directory, or the system at --url; what stands in the way is one sentence and exit 1."""
    asked = _parser().parse_args(arguments)
    yesterday = datetime.now(ZONE).date() - timedelta(days=1)  # today is for whoever comes then
    until = asked.until or yesterday
    try:
        if until > yesterday:
            raise Stopped(f"--until {until} is not over yet; choose {yesterday} or an earlier day.")
        group = read_tree(asked.units, asked.projects, asked.seed, until) if asked.units else None
        if not asked.url:
            return up.fill(asked.data, asked.port, arguments)
        made = plan(
            companies=asked.companies, projects=asked.projects, seed=asked.seed, until=until, group=group
        )
        print(asyncio.run(_fill(made, asked.url, _founding_code(asked.data))), end="")
    except (Stopped, NotATree) as error:
        print(f"denggao example: {error}", file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="./denggao example", description=__doc__)
    parser.add_argument("--companies", type=_count, default=10, metavar="N", help="default: 10")
    parser.add_argument("--projects", type=_count, default=60, metavar="N", help="default: 60")
    parser.add_argument(
        "--seed", default="1", metavar="N", help="the same seed and last day, the same example"
    )
    parser.add_argument(
        "--until",
        type=date.fromisoformat,
        metavar="DATE",
        help="its last day, which is over; default: yesterday",
    )
    units = "live in the tree of this CSV (code, name, parent, level)"
    parser.add_argument("--units", type=Path, metavar="FILE", help=units)
    up.add_place(parser)
    parser.add_argument("--url", default="", help=argparse.SUPPRESS)  # what `up` has started for this
    return parser


def _count(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("at least 1")
    return number


def _founding_code(data: Path) -> str:
    file = data / "projects" / "founding-code"
    try:
        return file.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise Stopped(
            f"The founding code cannot be read ({error.strerror}: {file}). "
            "Name the data directory of the system at --url with --data."
        ) from None


async def _fill(made: Plan, url: str, code: str) -> str:
    """Found the group, send everything in its order, and say what there is now."""
    progress = Progress(len(made.posts))
    client = Client(url, made.seed, progress)
    founder = founding.founded_by(made.group)
    try:
        before = made.posts[0].at - timedelta(minutes=5)
        await client.found(founder, founding.body(made.group, code), before, founding.key(made.seed))
        for _, together in rounds(made.posts):
            await client.send_all(together, founder)
        for person, _ in made.group.tour:
            await client.meet(person)
        progress.end()
        states = {}
        for state in welcome.STATES:
            states[state] = await client.count(founder, state)
        return welcome.text(made, states, sum(client.heads.values()), progress.done, progress.seconds)
    finally:
        await client.close()
