"""`./denggao dossier PROJECT FILE`: a project's whole record with its proof, as one file to take away."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from cli.backup import new_file
from cli.reader import PASSWORD, Refused, add_who_asks, signed_in
from cli.truth import CannotBeDone
from shared.verifier import NotProved, verify_dossier

HELP = """Write a project's dossier: its events with their proof, what they rest on, and the same to read as
PDF in both languages. What was written is verified at once; verify it again where you take it."""


def main(arguments: list[str]) -> int:
    """0 when the dossier is written and verified, 1 where it does not verify, 2 where there is none."""
    asked = parser().parse_args(arguments)
    query = {"complete": asked.complete, "files": "true" if asked.files else None}
    try:
        with signed_in(asked) as reader, new_file(asked.file) as out:
            project = reader.project(asked.project)
            given = {name: value for name, value in query.items() if value is not None}
            reader.take(f"/projects/{project}/dossier", given, out)
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
