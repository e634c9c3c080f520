"""`./denggao ledger LEDGER FILE`: a whole ledger with what proves it, as one file for `./denggao verify`."""

from __future__ import annotations

import argparse
import asyncio
import base64
import sys
from collections.abc import AsyncIterator, Sequence
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from cli.backup import new_file
from cli.truth import ROWS_AT_ONCE, CannotBeDone, add_place, engine_of, settings_of, why
from shared.ledger_tables import events
from shared.merkle import leaf_hash
from shared.settings import Settings
from shared.signed_state import SignedState, keys_in, origin_of, size_of
from shared.verifier import FIRST_LINE

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
        keys, notes = _signed(settings, ledger)
        with new_file(asked.file) as file:
            asyncio.run(_write(settings, ledger, keys, notes, file))
    except (CannotBeDone, SQLAlchemyError, OSError, ValueError) as error:
        print(f"denggao: No file was written: {why(error)}", file=sys.stderr)
        return 1
    out = sys.stderr if str(asked.file) == "-" else sys.stdout
    print(f"{asked.file}: {size_of(notes[-1]):,} events of {origin_of(notes[-1])}", file=out)
    return 0


def _signed(settings: Settings, ledger: str) -> tuple[list[str], list[str]]:
    """The keys, and the checkpoints by rising size: those that witnesses have cosigned, the last one."""
    state = SignedState(settings.signed / settings.service)
    note = (state.signed() or {}).get(ledger)
    if note is None:
        raise CannotBeDone(f"No ledger {settings.service}/{ledger} was signed in {settings.signed}.")
    keys = keys_in(settings.signed, settings.group)
    cosigned = [one for one in state.cosigned(ledger).values() if origin_of(one) == origin_of(note)]
    shown = [*keys.of_log, *keys.of_witnesses]
    return list(map(str, shown)), [*sorted(cosigned, key=size_of), note]


async def _write(
    settings: Settings, ledger: str, keys: Sequence[str], notes: Sequence[str], out: BinaryIO
) -> None:
    seen = sha256()

    def put(data: bytes) -> None:
        seen.update(data)
        out.write(data)

    put(FIRST_LINE)
    for key in keys:
        put(f"key {key}\n".encode())
    for note in notes:
        put(b"checkpoint " + base64.b64encode(note.encode()) + b"\n")
    put(b"\n")
    async with engine_of(settings.database_url) as engine:
        async for lines in _lines(engine, ledger, size_of(notes[-1])):
            put(lines)
    out.write(f"end {seen.hexdigest()}\n".encode())


async def _lines(engine: AsyncEngine, ledger: str, size: int) -> AsyncIterator[bytes]:
    """A line for each event, many at once; read by key, so that no transaction is long."""
    columns = (events.c.position, events.c.stream, events.c.version, events.c.body)
    query = select(*columns).where(events.c.ledger == ledger).order_by(events.c.position)
    for after in range(0, size, ROWS_AT_ONCE):
        upto = min(size, after + ROWS_AT_ONCE)
        async with engine.connect() as connection:
            page = query.where(events.c.position > after, events.c.position <= upto)
            rows = (await connection.execute(page)).all()
        yield b"".join(
            b"%d %s %d %s %s\n"
            % (
                row.position,
                row.stream.hex.encode(),
                row.version,
                leaf_hash(row.stream, row.version, row.body).hex().encode(),
                bytes(row.body),
            )
            for row in rows
        )
