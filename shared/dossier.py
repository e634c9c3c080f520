"""A dossier: files in one ZIP that the verifier takes; the same files always give the same bytes."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from io import SEEK_END
from typing import IO
from zipfile import ZipFile

from shared.verifier import entry


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
