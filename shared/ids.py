"""Ids that follow from what they name, so that a second one of the same kind meets its own stream."""

from __future__ import annotations

from uuid import NAMESPACE_URL, uuid5

DENGGAO = uuid5(NAMESPACE_URL, "urn:denggao")


def derived(kind: str, *parts: str) -> str:
    """The id (uuid as text) of the thing of this kind that these parts name."""
    return str(uuid5(DENGGAO, "\n".join((kind, *parts))))
