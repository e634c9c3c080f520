"""What a witness or an auditor reads of a service's signer, without signing in: checkpoints, proofs, keys.

The restricted ledgers are signed and not told here: how long they are is nobody's business.
"""

from __future__ import annotations

import base64
from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field
from starlette.responses import PlainTextResponse

from shared.domain import NotKnown, Refusal
from shared.ledger import RESTRICTED
from shared.problems import FieldsWrong
from shared.signed_state import origin_of, size_of
from shared.signing import Signing
from shared.verifier import NotProved, open_checkpoint
from shared.web import Body, Posted

router = APIRouter(tags=["checkpoints"])


class NotCosigned(Refusal):
    """This is not the last checkpoint of this ledger, or one before it, cosigned by a witness of the group.

    Check that the operator has entered the public key of your witness, and read the checkpoint again."""


class SizesWrong(FieldsWrong):
    """A proof leads from a size to a larger one, at most {size}, up to which the ledger is signed.

    Read the checkpoint again and ask with its size."""


class Checkpoints(BaseModel):
    """Which ledgers have checkpoints, and what verifies them."""

    keys: list[str] = Field(description="Public keys of the group, as C2SP signed-note writes them")
    ledgers: list[str] = Field(description="Those that have been signed")


class Extension(BaseModel):
    """A consistency proof (RFC 6962 2.1.2)."""

    proof: list[str] = Field(description="Hashes in base64")


class Cosigned(Body):
    """A checkpoint with the signature of a witness below."""

    note: Annotated[str, Field(max_length=65536)]

    model_config = Body.model_config | {
        "json_schema_extra": {"example": {"note": "denggao.example/projects/group\n7\n…"}}
    }


@router.get("/checkpoints")
async def list_checkpoints(request: Request) -> Checkpoints:
    """Which ledgers are signed, and by which keys."""
    signing = _signing(request)
    ledgers = sorted((signing.state.signed() or {}).keys() - RESTRICTED)
    return Checkpoints(keys=[str(key) for key in signing.keys.of_log], ledgers=ledgers)


@router.get("/checkpoints/{ledger}", response_class=PlainTextResponse)
async def read_checkpoint(request: Request, ledger: str) -> str:
    """The last checkpoint of a ledger (C2SP tlog-checkpoint), with the cosignatures that it has so far."""
    note = _note(_signing(request), ledger)
    text = note.partition("\n\n")[0]
    cosigned = _signing(request).state.cosigned(ledger).values()
    return note + "".join(
        one.splitlines(keepends=True)[-1] for one in cosigned if one.startswith(f"{text}\n\n")
    )


@router.get("/checkpoints/{ledger}/extension")
async def prove_extension(
    request: Request,
    ledger: str,
    old: Annotated[int, Query(ge=0, le=2**53)],
    size: Annotated[int, Query(ge=0, le=2**53)],
) -> Extension:
    """That the tree of `size` events only adds to the one of `old`."""
    signing = _signing(request)
    signed = size_of(_note(signing, ledger))
    if not old <= size <= signed:
        raise SizesWrong(fields=["old", "size"], size=signed)
    proof = await signing.extension(ledger, old, size)
    return Extension(proof=[base64.b64encode(value).decode() for value in proof])


@router.put("/checkpoints/{ledger}/cosigned", status_code=204)
async def keep_cosigned(request: Request, ledger: str, body: Posted[Cosigned]) -> None:
    """Keep what a witness of the group has cosigned; only those whose public key the operator entered."""
    signing = _signing(request)
    last, keys = _note(signing, ledger), signing.keys
    witnesses = {(key.name, key.id.hex()) for key in keys.of_witnesses}
    note = f"{body.note}\n"  # whose end a body trims
    try:
        checkpoint, signed = open_checkpoint(note.encode(), [*keys.of_log, *keys.of_witnesses])
    except NotProved:
        raise NotCosigned() from None
    *_, last_line = signed
    if (
        (last_line.name, last_line.id) not in witnesses
        or checkpoint.origin != origin_of(last)
        or checkpoint.size > size_of(last)
    ):
        raise NotCosigned()
    signing.state.cosign(ledger, last_line.name, note)


def _signing(request: Request) -> Signing:
    found: Signing = request.app.state.signing
    return found


def _note(signing: Signing, ledger: str) -> str:
    note = (signing.state.signed() or {}).get(ledger)
    if note is None or ledger in RESTRICTED:
        raise NotKnown()
    return note
