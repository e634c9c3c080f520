"""`python -m tests.simulation SEED`: one life again with its trace; `--seeds FIRST:LAST` for many."""

from __future__ import annotations

import argparse
import sys
import time

from tests.simulation.world import live


def main() -> int:
    """1 if something broke."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("seed", type=int, nargs="?", help="prints its whole trace")
    parser.add_argument("--seeds", metavar="FIRST:LAST", help="one line for each that breaks something")
    arguments = parser.parse_args()
    if arguments.seeds is None:
        life = live(arguments.seed or 0)
        sys.stdout.write("\n".join(life.trace) + "\n")
        sys.stdout.write(f"seed {life.seed}: {life.failure or 'all holds'}\n")
        sys.stdout.write(f"{life.steps} steps, {life.seconds:.1f} virtual s, trace {life.trace_hash}\n")
        return int(life.failure is not None)
    first, last = map(int, arguments.seeds.split(":"))
    began, failed = time.monotonic(), 0
    for seed in range(first, last):
        life = live(seed)
        if life.failure:
            failed += 1
            sys.stdout.write(f"seed {seed}: {life.failure}\n")
            sys.stdout.flush()
    seconds = time.monotonic() - began
    sys.stdout.write(
        f"{last - first} seeds, {failed} failed, {(last - first) / seconds:.1f} seeds a second\n"
    )
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
