"""`./denggao dossier PROJECT FILE`: a project's whole record with its proof, as one file to take away."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

from cli.backup import new_file
from cli.reader import PASSWORD, Reader, Refused, add_who_asks, signed_in
from cli.truth import CannotBeDone
from shared.dossier import pack, unpack
from shared.verifier import NotProved, verify_dossier

NO_SCORE = ("NoScoreFixedYet", "NotKnown")  # of a project that has not closed
HELP = """Write a project's dossier: its events with their proof, what they rest on, its fixed score, and
the same to read as PDF in both languages. What was written is verified at once; verify it again where
you take it."""


def main(arguments: list[str]) -> int:
    """0 when the dossier is written and verified, 1 where it does not verify, 2 where there is none."""
    asked = parser().parse_args(arguments)
    query = {"complete": asked.complete, "files": "true" if asked.files else None}
    try:
        with signed_in(asked) as reader, new_file(asked.file) as out:
            project = reader.project(asked.project)
            given = {name: value for name, value in query.items() if value is not None}
            taken(reader, project, given, out)
        if str(asked.file) == "-":
            return 0  # whoever reads it verifies it
        with asked.file.open("rb") as written:
            print("\n".join(verify_dossier(written)))
    except NotProved as error:
        print(f"NOT VERIFIED: {asked.file}: {error}")
        return 1
    except (Refused, CannotBeDone, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    return 0


def taken(reader: Reader, project: str, query: Mapping[str, str], out: IO[bytes]) -> None:
    """Write the project's dossier, with evaluation's part in it where a score is fixed; raises Refused."""
    with TemporaryFile() as record, TemporaryFile() as score:
        reader.take(f"/projects/{project}/dossier", query, record)
        files = unpack(record)
        of_score = {name: value for name, value in query.items() if name == "complete"}
        try:
            reader.take(f"/scores/{project}/dossier", of_score, score, service="evaluation")
        except Refused as refused:
            if refused.code not in NO_SCORE:
                raise
        else:
            files |= unpack(score)
        pack(files, out)


def parser() -> argparse.ArgumentParser:
    """The options."""
    parser = argparse.ArgumentParser(
        prog="./denggao dossier",
        description=HELP,
        epilog=f"The password is asked for, or taken from {PASSWORD}. Dossiers are for audit and discipline.",
    )
    parser.add_argument("project", metavar="PROJECT", help="its id, reference or number")
    parser.add_argument(
        "file",
        type=Path,
        metavar="FILE",
        help="for instance 2026-BS-G-0012.zip; - for stdout, where you verify it",
    )
    parser.add_argument(
        "--complete",
        choices=("true", "false"),
        help="with the hashes of all other events, or without; default: with them where they are few",
    )
    parser.add_argument("--files", action="store_true", help="with the bytes of its evidence")
    add_who_asks(parser)
    return parser
