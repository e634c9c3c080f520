"""`./denggao ledger LEDGER FILE`: a whole ledger with what proves it, as one file for `./denggao verify`."""

from __future__ import annotations

import argparse
import asyncio
import sys
from pathlib import Path
from typing import BinaryIO

from sqlalchemy.exc import SQLAlchemyError

from cli.backup import new_file
from cli.truth import CannotBeDone, add_place, engine_of, settings_of, why
from shared.ledger_file import Statement, whole_ledger
from shared.settings import Settings
from shared.signed_state import SignedState, keys_in, origin_of

SERVICES = ("projects", "evaluation")  # those that decide, and so have ledgers
HELP = """Write one file with a whole ledger up to its last signed checkpoint, with the checkpoints that its
witnesses have cosigned. The system may run meanwhile. The file holds all that the ledger holds: give it to
nobody who may not read that."""


def main(arguments: list[str]) -> int:
    """0 when the file is written, 1 with one sentence when it is not."""
    parser = argparse.ArgumentParser(prog="./denggao ledger", description=HELP)
    parser.add_argument("ledger", metavar="LEDGER", help="as in projects/group, evaluation/ID-OF-A-COMPANY")
    parser.add_argument("file", type=Path, metavar="FILE", help="- for stdout")
    add_place(parser)
    asked = parser.parse_args(arguments)
    try:
        service, _, ledger = asked.ledger.partition("/")
        if service not in SERVICES:
            raise CannotBeDone(
                f"There are ledgers of {' and '.join(SERVICES)} alone, as projects/group is one."
            )
        settings = settings_of((service,), asked.data)[service]
        signed = _signed(settings, ledger)
        with new_file(asked.file) as file:
            asyncio.run(_write(settings, signed, file))
    except (CannotBeDone, SQLAlchemyError, OSError, ValueError) as error:
        print(f"denggao: No file was written: {why(error)}", file=sys.stderr)
        return 1
    out = sys.stderr if str(asked.file) == "-" else sys.stdout
    print(f"{asked.file}: {signed.size:,} events of {origin_of(signed.notes[-1])}", file=out)
    return 0


def _signed(settings: Settings, ledger: str) -> Statement:
    state = SignedState(settings.signed / settings.service)
    signed = Statement.last(state, keys_in(settings.signed, settings.group), ledger)
    if signed is None:
        raise CannotBeDone(f"No ledger {settings.service}/{ledger} was signed in {settings.signed}.")
    return signed


async def _write(settings: Settings, signed: Statement, out: BinaryIO) -> None:
    async with engine_of(settings.database_url) as engine:
        async for block in whole_ledger(engine, signed):
            out.write(block)
