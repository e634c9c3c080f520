"""`./denggao keys`: the keys with which the ledgers of a group are signed, and those of its witnesses."""

from __future__ import annotations

import argparse
import sys

from cli.truth import CannotBeDone, add_place, settings_of, why
from shared.notes import Signer
from shared.signed_state import KEYS, Keys, keys_in, replaced
from shared.verifier import COSIGNS, SIGNS, Key

HELP = """Show the public keys: auditors compare them with what the system says. To rotate: --rotate, tell the
new key to auditors, and when all have it --retire. The system takes up a change within seconds."""


def main(arguments: list[str]) -> int:
    """0 with the public keys as they are now, 1 with one sentence."""
    parser = argparse.ArgumentParser(prog="./denggao keys", description=HELP)
    change = parser.add_mutually_exclusive_group()
    change.add_argument("--rotate", action="store_true", help="a new key signs, beside those that did")
    change.add_argument(
        "--retire", action="store_true", help="only the newest signs; the others still verify"
    )
    change.add_argument("--witness", metavar="KEY", help="keep the cosignatures of this witness")
    add_place(parser)
    asked = parser.parse_args(arguments)
    try:
        settings = settings_of(("projects",), asked.data)["projects"]
        if not settings.signed.is_dir():
            raise CannotBeDone(f"Nothing was ever signed in {settings.signed}. Start the system first.")
        before = keys_in(settings.signed, settings.group)
        keys = _changed(before, rotate=asked.rotate, retire=asked.retire, witness=asked.witness)
        if keys != before:
            replaced(settings.signed / KEYS, keys.written())
    except (CannotBeDone, OSError, ValueError) as error:
        print(f"denggao: {why(error)}", file=sys.stderr)
        return 1
    signing = {signer.key for signer in keys.signers}
    for key in keys.of_log:
        print(f"{'signs   ' if key in signing else 'verifies'}  {key}")
    for key in keys.of_witnesses:
        print(f"witness   {key}")
    return 0


def _changed(keys: Keys, *, rotate: bool, retire: bool, witness: str | None) -> Keys:
    if rotate:
        return Keys((Signer.new(keys.signers[0].name, SIGNS), *keys.signers), keys.others)
    if retire:
        return Keys(keys.signers[:1], (*(signer.key for signer in keys.signers[1:]), *keys.others))
    if witness:
        key = Key.read(witness)
        if key.kind != COSIGNS:
            raise ValueError(f"{key.name} is not the key of a witness")
        return keys if key in keys.others else Keys(keys.signers, (*keys.others, key))
    return keys
