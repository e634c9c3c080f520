"""The facts about a programme's content that its draft carries: its hash, and what is wrong with it."""

from __future__ import annotations

from hashlib import sha256

import msgspec

SECTIONS = ("tracks", "scheme", "routes", "deadlines")  # without which no project could be taken through


def hash_of(content: str) -> str:
    """SHA-256 of the content's UTF-8 bytes, as hex."""
    return sha256(content.encode()).hexdigest()


def faults_of(content: str) -> tuple[str, ...]:
    """What keeps a content (JSON text) from being used, as `<section>: <fault>`; empty when in order."""
    try:
        sections = msgspec.json.decode(content, type=dict[str, msgspec.Raw])
    except (msgspec.MsgspecError, RecursionError) as error:
        return (f"content: {error}",)
    return tuple(f"{name}: missing" for name in SECTIONS if name not in sections)
