"""How alike two proposals are in what they say: a hint against copying, never a bar."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

ALIKE_FROM = 0.6  # of all pairs of signs
TEXTS = ("problem", "business_goal", "measures", "acceptance_standard")


@dataclass(frozen=True, slots=True)
class Alike:
    """A field that says much the same in two proposals; `share` is 1 where it says the same."""

    field: str
    share: float


def alike(one: Mapping[str, Any], other: Mapping[str, Any]) -> Iterator[Alike]:
    """The fields of two contents, as JSON, that are alike; a target is alike only with the same figures."""
    for field in TEXTS:
        share = share_of(_text(one.get(field)), _text(other.get(field)))
        if share >= ALIKE_FROM:
            yield Alike(field, round(share, 2))
    targets = {_target(target) for target in other.get("targets", ())}
    for target in one.get("targets", ()):
        if _target(target) in targets:
            yield Alike(f"targets.{target['code']}", 1.0)


def share_of(one: str, other: str) -> float:
    """What two texts have in common of all their pairs of neighbouring signs (Jaccard), 0 to 1."""
    pairs, others = _pairs(one), _pairs(other)
    together = pairs | others
    return len(pairs & others) / len(together) if together else 0.0


def _pairs(text: str) -> frozenset[str]:
    signs = [sign for sign in unicodedata.normalize("NFKC", text).casefold() if sign.isalnum()]
    return frozenset(a + b for a, b in pairwise(signs))


def _text(value: Any) -> str:
    return "\n".join(value) if isinstance(value, list) else str(value or "")


def _target(target: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(target.get(field) for field in ("name", "kind", "baseline", "target"))
