"""What differs between two contents, place by place; things that have a code are compared under it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class Difference:
    """A place in which two contents differ, as JSON: `routes.routes.ordinary.steps.1.limit`, say.

    `before` is null for what was added, `after` for what was removed.
    """

    place: str
    kind: Literal["added", "removed", "changed", "reordered"]
    before: Any = None
    after: Any = None


def differences(before: Any, after: Any, place: str = "") -> list[Difference]:
    """All places in which two decoded JSON values differ, in the order of the later one.

    What has a code is compared with its namesake wherever it stands in its list, and a changed order of
    namesakes is a difference of its own; lists of mere values are compared whole, others place by place.
    """
    return list(_differences(before, after, place))


def leaves(value: Any, place: str = "") -> Iterator[tuple[str, Any]]:
    """Every place of a decoded JSON value at which something stands, in its order, with what stands there.

    `tasks.T1.due`, say, or `route.steps.#1.state` of the first in a list of what has no code; lists of
    mere values are one place.
    """
    if value is None or value in ("", [], {}):
        return
    parts: dict[Any, Any] | None = value if isinstance(value, dict) else None
    if isinstance(value, list) and any(isinstance(part, dict | list) for part in value):
        parts = _by_code(value) or {f"#{n}": part for n, part in enumerate(value, 1)}
    if parts is None:
        yield place, value
        return
    for name, part in parts.items():
        yield from leaves(part, f"{place}.{name}" if place else str(name))


def _differences(before: Any, after: Any, place: str) -> Iterator[Difference]:
    if isinstance(before, dict) and isinstance(after, dict):
        yield from _of_parts(before, after, place)
    elif isinstance(before, list) and isinstance(after, list):
        old, new = _by_code(before), _by_code(after)
        if not any(isinstance(part, dict | list) for part in (*before, *after)):
            if len(before) != len(after) or not all(map(_same, before, after)):
                yield Difference(place, "changed", before, after)
            return
        if old is None or new is None:
            yield from _of_parts(dict(enumerate(before)), dict(enumerate(after)), place)
            return
        yield from _of_parts(old, new, place)
        stayed = [code for code in old if code in new], [code for code in new if code in old]
        if stayed[0] != stayed[1]:
            yield Difference(place, "reordered", *stayed)
    elif not _same(before, after):
        yield Difference(place, "changed", before, after)


def _of_parts(before: dict[Any, Any], after: dict[Any, Any], place: str) -> Iterator[Difference]:
    for name, value in after.items():
        there = f"{place}.{name}" if place else str(name)
        if name in before:
            yield from _differences(before[name], value, there)
        else:
            yield Difference(there, "added", after=value)
    for name, value in before.items():
        if name not in after:
            yield Difference(f"{place}.{name}" if place else str(name), "removed", before=value)


def _by_code(parts: list[Any]) -> dict[str, Any] | None:
    """The parts by their codes; None unless each has one of its own."""
    codes = [part.get("code") for part in parts if isinstance(part, dict)]
    named = [code for code in codes if isinstance(code, str)]
    if len(set(named)) < len(parts):
        return None
    return dict(zip(named, parts, strict=True))


def _same(before: Any, after: Any) -> bool:
    return bool(before == after) and isinstance(before, bool) == isinstance(after, bool)  # True == 1
