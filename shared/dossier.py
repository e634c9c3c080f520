"""A dossier: files in one ZIP that the verifier takes; the same files always give the same bytes."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from datetime import datetime, tzinfo
from functools import partial
from io import SEEK_END
from typing import IO, Any
from zipfile import ZipFile

import msgspec
from fastapi import Query

from shared.domain import NotAllowed, Refusal
from shared.ledger_file import Statement
from shared.printing import Column, Section
from shared.sentences import Language, word
from shared.signed_state import origin_of
from shared.verifier import entry
from shared.withdrawn import MARK

LANGUAGES: tuple[Language, ...] = ("zh-CN", "en")
HASHES_AT_MOST = 100_000  # of other events that go with a dossier unasked
COMPLETE = Query(
    description="With the hashes of all other events of its ledgers, so that nothing can be left out "
    f"unnoticed; without it, where they are at most {HASHES_AT_MOST:,}"
)


class OnlyAuditTakesDossiers(NotAllowed):
    """A dossier holds the record as it stands, and is given to audit and discipline.

    Ask the audit office above the project; the history is open to all who may see the project."""


class NotSignedYet(Refusal):
    """The last act on this project has not been signed yet.

    Try again in ten seconds; if it stays so, the operator sees why in the health of the service."""


class NotReviewedForOutside(Refusal):
    """A secrecy reviewer has not looked at this dossier since the last act on the project.

    Whoever audits under a mandate asks the company's secrecy reviewer to review it for a dossier first."""


def pack(files: Mapping[str, IO[bytes]], out: IO[bytes]) -> None:
    """Write these files, by their names, into a dossier."""
    with ZipFile(out, "w") as packed:
        for name in sorted(files):
            file = files[name]
            size = file.seek(0, SEEK_END)
            file.seek(0)
            with packed.open(entry(name, size), "w") as place:
                shutil.copyfileobj(file, place)


def unpack(dossier: IO[bytes]) -> dict[str, IO[bytes]]:
    """The files in a dossier; raises zipfile.BadZipFile."""
    packed = ZipFile(dossier)
    return {name: packed.open(name) for name in packed.namelist()}


def json_file(value: Any) -> bytes:
    """Data as a file of a dossier: sorted, indented, ending in a line end."""
    return msgspec.json.format(msgspec.json.encode(value, order="deterministic"), indent=1) + b"\n"


def said_in(language: Language, code: str, **facts: Any) -> str:
    """Words of a dossier, with what they speak of."""
    return word("dossier", code, language).format(**facts)


def printed(language: Language, text: str) -> str:
    """A text as it is printed: of one that was withdrawn, that it was."""
    return said_in(language, "text_withdrawn") if text.startswith(MARK) else text


def local_time(moment: str, zone: tzinfo) -> str:
    """A recorded moment as the house writes it."""
    return f"{datetime.fromisoformat(moment).astimezone(zone):%Y-%m-%d %H:%M:%S}"


def proof(statements: Sequence[Statement], language: Language, *, complete: bool) -> Section:
    """How to verify it, and up to where which ledgers are signed."""
    tell = partial(said_in, language)
    rows = [(origin_of(one.notes[-1]), f"{one.size} {one.root}") for one in statements]
    return Section(
        heading=tell("proof"),
        sentences=(tell("verify"), tell("complete" if complete else "claimed")),
        columns=(Column(tell("ledger"), 45), Column(tell("root"), 55)),
        rows=tuple(rows),
    )
