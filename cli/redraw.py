"""`./denggao redraw FILE`: the jurors of a review drawn again from its dossier, without any service."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from zipfile import BadZipFile

from cli.not_proved import not_verified
from cli.reader import add_language, spoken_by
from services.evaluation.review.redrawing import redrawn
from shared.dossier import unpack
from shared.verifier import LEDGER, NotProved, verify_dossier

HELP = """Verify a review's dossier, then draw the jurors of each of its panels again: from the lot that was
fixed, and with the seed that follows from the ledger right behind it. What comes out is compared with what
was recorded."""
IN_WORDS = {
    "put_in": "what it was drawn from is not written as it must be",
    "seed": "the seed does not follow from the ledger behind the event that fixed the lot",
    "drawn": "other jurors come out",
}


def main(arguments: list[str]) -> int:
    """0 all drawn the same, 1 one of them differs or the file does not verify, 2 there is none to draw."""
    asked = parser().parse_args(arguments)
    try:
        with asked.file.open("rb") as file:
            print("\n".join(verify_dossier(file)))
            file.seek(0)
            ledgers = [lines for name, lines in unpack(file).items() if name.endswith(LEDGER)]
            found = [one for lines in ledgers for one in redrawn(lines)]
    except NotProved as error:
        print(not_verified(asked.file, error, spoken_by(asked)))
        return 1
    except (OSError, ValueError, BadZipFile) as error:
        print(f"./denggao redraw: {asked.file}: {error}", file=sys.stderr)
        return 2
    for one in found:
        why = "; ".join(IN_WORDS[difference] for difference in one.differs)
        print(f"panel {one.panel}: {f'DRAWN OTHERWISE: {why}' if why else 'drawn again: the same jurors'}")
    if not found:
        print(f"./denggao redraw: {asked.file} holds no panel that was drawn", file=sys.stderr)
        return 2
    return int(any(one.differs for one in found))


def parser() -> argparse.ArgumentParser:
    """The options."""
    parser = argparse.ArgumentParser(prog="./denggao redraw", description=HELP)
    parser.add_argument("file", type=Path, metavar="FILE", help="a review's dossier")
    add_language(parser)
    return parser
