"""What `./denggao COMMAND` runs: a table of commands, each a module with `main(arguments) -> int`."""

from __future__ import annotations

import argparse
import importlib
import sys

COMMANDS = {  # in the order in which somebody new needs them; loaded only when called
    "up": "run the whole system here: one port, an example group to look at",
    "example": "let an invented group of any size live a year in an empty data directory",
    "status": "how the running system is, and what to do about what is not well",
    "test": "run every test (--long: also those that take minutes; the rest goes to pytest)",
    "check": "format, lint, types, import contracts and known weaknesses",
    "replay": "a project, unit, office, programme or all projects as at a moment; what changed between two",
    "bench": "measure the running pieces beside their peers, on this machine",
    "sbom": "list what ships, with its licences (CycloneDX)",
    "secrets": "make the passwords and keys of an installation by docker compose",
    "migrate": "bring the ledgers' databases to this version",
    "backup": "one file with everything that is truth, while the system runs",
    "restore": "put such a file into an empty place, and prove it",
    "audit": "walk every ledger and view, and name what is not as it was written",
    "keys": "the keys that sign ledgers: show, rotate, enter a witness",
    "ledger": "one file with a whole ledger and its proof, for auditors",
    "dossier": "a project's whole record, a unit's year or its review with its proof, as one file",
    "verify": "verify such a file: no service, no database, no network",
    "redraw": "draw the jurors of a review again from such a file, and compare",
    "witness": "for auditors: watch that no ledger is rewritten, and cosign",
}


def parser() -> argparse.ArgumentParser:
    """Knows the command only; everything after it belongs to the command."""
    table = "\n".join(f"  {name:<9} {what}" for name, what in COMMANDS.items())
    parser = argparse.ArgumentParser(
        prog="./denggao",
        usage="./denggao COMMAND [option ...]",
        description="Denggao (登高): party-building projects, from the proposal to the proof.",
        epilog=f"commands:\n{table}\n\n./denggao COMMAND --help says what a command takes.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("command", choices=COMMANDS, metavar="COMMAND", help=argparse.SUPPRESS)
    parser.add_argument("arguments", nargs=argparse.REMAINDER, help=argparse.SUPPRESS)
    return parser


def main(arguments: list[str]) -> int:
    """Runs one command and gives its exit code; without one, prints the help and gives 2."""
    if not arguments:
        parser().print_help(sys.stderr)
        return 2
    asked = parser().parse_args(arguments)
    code = importlib.import_module(f"cli.{asked.command}").main(asked.arguments)
    assert isinstance(code, int), f"cli.{asked.command}.main gave {code!r} instead of an exit code"
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
