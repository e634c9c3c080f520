"""What an act has to say in words: a reason, what was done, what follows; blank, it says nothing."""

from __future__ import annotations

from dataclasses import MISSING, fields
from typing import Any

from shared.domain import Incomplete

SAID = frozenset({"reason", "next_steps", "what_next", "what", "how", "measures", "text"})


def refuse_unsaid(command: Any) -> None:
    """Incomplete with what a command was to say and does not; a word that has a default may be left out."""
    said = [f.name for f in fields(command) if f.name in SAID and f.default is MISSING]
    if missing := [name for name in said if not getattr(command, name).strip()]:
        raise Incomplete(missing=missing)
