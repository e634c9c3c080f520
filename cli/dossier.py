"""`./denggao dossier PROJECT FILE`: a project's whole record with its proof, or a unit's year or review."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO
from zipfile import BadZipFile

from cli.backup import new_file
from cli.not_proved import not_verified
from cli.reader import PASSWORD, Reader, Refused, add_who_asks, signed_in, spoken_by
from cli.truth import CannotBeDone
from shared.dossier import pack, unpack
from shared.verifier import NotProved, verify_dossier

# Nothing has closed yet, or notifications have not read the project.
NO_PART = ("NoScoreFixedYet", "NoScoreFixedInYear", "NotKnown")
SERVICES = ("projects", "evaluation", "notifications")
HELP = """Write a project's dossier: its events with their proof, what they rest on, its fixed score and
who was told what, and the same to read as PDF in both languages; with --year that of a unit's calendar year
with the fixed scores, with --review that of its yearly review, from which ./denggao redraw draws the jurors
again. What was written is verified at once; verify it again where you take it."""


def main(arguments: list[str]) -> int:
    """0 when the dossier is written and verified, 1 where it does not verify, 2 where there is none."""
    asked = parser().parse_args(arguments)
    query = {"complete": asked.complete, "files": "true" if asked.files else None}
    given = {name: value for name, value in query.items() if value is not None}
    try:
        cuts = cuts_of(asked.again) if asked.again else None
        with signed_in(asked) as reader, new_file(asked.file) as out:
            if asked.review is not None:
                review = reader.review(asked.named, asked.review)
                of = {**_of("evaluation", given), **_cut(cuts, "evaluation")}
                reader.take(f"/reviews/{review}/dossier", of, out, service="evaluation")
            elif asked.year is None:
                project = reader.project(asked.named)
                parts = {
                    "projects": f"/projects/{project}/dossier",
                    "evaluation": f"/scores/{project}/dossier",
                    "notifications": f"/deliveries/project/{project}/dossier",
                }
                taken(reader, parts, given, out, cuts)
            else:
                of_unit = f"/units/{reader.unit(asked.named)}/dossier"
                year = {"year": str(asked.year), **given}
                taken(reader, {"projects": of_unit, "evaluation": of_unit}, year, out, cuts)
        if str(asked.file) == "-":
            return 0  # whoever reads it verifies it
        with asked.file.open("rb") as written:
            print("\n".join(verify_dossier(written)))
    except NotProved as error:
        print(not_verified(asked.file, error, spoken_by(asked)))
        return 1
    except (Refused, CannotBeDone, OSError, BadZipFile) as error:
        print(error, file=sys.stderr)
        return 2
    return 0


def cuts_of(earlier: Path) -> dict[str, str]:
    """Up to where each service's part of an earlier dossier goes, by the service's name."""
    with earlier.open("rb") as file:
        files = unpack(file)
        parts = {name: files.get(f"cut-{name}.json") for name in SERVICES}
        return {name: json.loads(part.read())["cut"] for name, part in parts.items() if part}


def _cut(cuts: Mapping[str, str] | None, service: str) -> dict[str, str]:
    return {"cut": cuts[service]} if cuts and service in cuts else {}


def _of(service: str, query: Mapping[str, str]) -> dict[str, str]:
    """Of the options those that a service takes: evidence has projects alone, notifications no proof."""
    unknown = {"projects": (), "evaluation": ("files",), "notifications": ("files", "complete")}[service]
    return {name: value for name, value in query.items() if name not in unknown}


def taken(
    reader: Reader,
    parts: Mapping[str, str],
    query: Mapping[str, str],
    out: IO[bytes],
    cuts: Mapping[str, str] | None = None,
) -> None:
    """Write one dossier of these parts, by service: that of projects, and of the others those that there are.

    With the cuts of an earlier one up to where that went, and with the parts that it had; raises Refused.
    """
    with ExitStack() as stack:
        files = dict[str, IO[bytes]]()
        for service, path in parts.items():
            if cuts is not None and service not in cuts:
                continue
            part = stack.enter_context(TemporaryFile())
            try:
                reader.take(path, {**_of(service, query), **_cut(cuts, service)}, part, service=service)
            except Refused as refused:
                if service == "projects" or refused.code not in NO_PART:
                    raise
            else:
                files |= unpack(part)
        pack(files, out)


def parser() -> argparse.ArgumentParser:
    """The options."""
    parser = argparse.ArgumentParser(
        prog="./denggao dossier",
        description=HELP,
        epilog=f"The password is asked for, or taken from {PASSWORD}. Dossiers are for audit and discipline.",
    )
    parser.add_argument(
        "named",
        metavar="PROJECT",
        help="its id, reference or number; with --year or --review a unit's id or code",
    )
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
    of_unit = parser.add_mutually_exclusive_group()
    of_unit.add_argument("--year", type=int, metavar="YEAR", help="of this unit all of a calendar year")
    of_unit.add_argument("--review", type=int, metavar="YEAR", help="of this unit the review of a year")
    parser.add_argument(
        "--again", type=Path, metavar="FILE", help="up to where this dossier goes: the same bytes once more"
    )
    parser.add_argument("--files", action="store_true", help="with the bytes of its evidence")
    add_who_asks(parser)
    return parser
