"""`./denggao verify FILE`: what a ledger's file proves. It needs no service, no database, no network."""

from __future__ import annotations

from shared import verifier


def main(arguments: list[str]) -> int:
    """0 verified, 1 not, with the first place that is wrong; 2 where there is nothing to verify."""
    return verifier.main(arguments, "./denggao verify")
