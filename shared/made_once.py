"""Secrets kept in files: made at the first start, whole or not at all, readable by the owner alone."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable
from pathlib import Path


def made_once(path: Path, content: Callable[[], bytes]) -> bytes:
    """The file's bytes, made with mode 600 if there is none; who starts at the same time gets the same.

    The file appears under its name only when it is complete: nobody reads half of a secret.
    """
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
        file = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(file, "wb") as out:
            out.write(content())
            out.flush()
            os.fsync(out.fileno())
        try:
            os.link(fresh, path)  # unlike a rename, it fails if another process was first
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
    return path.read_bytes()
