"""The assessment scheme as a programme says it: projects has its criteria marked, evaluation scores by it."""

from __future__ import annotations

import json
from decimal import Decimal
from functools import lru_cache
from typing import Annotated, Literal

import msgspec
import yaml
from msgspec import Meta, Struct

from shared.domain import Refusal

NOTICE_AT_LEAST, NOTICE_AT_MOST = 1, 60  # working days that a programme may have its awards shown
NoticeDays = Annotated[int, Meta(ge=NOTICE_AT_LEAST, le=NOTICE_AT_MOST)]
NOTICE_DAYS = 5  # where it says nothing (R62)


class SchemeUnreadable(Refusal):
    """The assessment scheme of this project cannot be used.

    Ask headquarters to correct what is listed under "faults" in a new version of the programme."""


class Criterion(Struct, frozen=True):
    """One line of a scheme; what its formula means, evaluation knows."""

    code: str
    zh: str
    weight: Decimal
    source: Literal["judged", "computed"]
    anchors: dict[str, str] = {}  # band -> what earns it
    formula: str = ""
    version: int = 0
    params: dict[str, str] = {}


class Group(Struct, frozen=True):
    """Criteria that share a weight."""

    code: str
    zh: str
    weight: Decimal
    criteria: tuple[Criterion, ...]


class Scheme(Struct, frozen=True):
    """What projects are assessed by."""

    total: Decimal
    bands: dict[str, Decimal]  # band -> share of a criterion's weight that it begins at
    groups: tuple[Group, ...]


def scheme_section(content: str) -> str:
    """The section `scheme` of a programme's content (JSON) as text; "" where it has none."""
    section = json.loads(content, parse_float=str).get("scheme")  # figures keep their digits
    return "" if section is None else json.dumps(section, ensure_ascii=False)


@lru_cache(maxsize=16)
def read_scheme(text: str) -> Scheme:
    """A scheme from YAML (of which JSON is a part); SchemeUnreadable names what is wrong.

    Every scalar is read as text and becomes a decimal from it, so no float is ever made.
    """
    try:
        scheme = msgspec.convert(yaml.load(text, Loader=yaml.BaseLoader), Scheme, strict=False)
        found = _faults(scheme)
    except (msgspec.ValidationError, ArithmeticError, yaml.YAMLError, RecursionError) as error:
        raise SchemeUnreadable(faults=[str(error)]) from error
    if found:
        raise SchemeUnreadable(faults=found)
    return scheme


def _faults(scheme: Scheme) -> list[str]:
    found = []
    codes = [criterion.code for group in scheme.groups for criterion in group.criteria]
    if len(set(codes)) < len(codes):
        found.append("two criteria have the same code")
    if not 0 < scheme.total <= 100:
        found.append("the total lies above 0 and not above 100")
    if sum(group.weight for group in scheme.groups) != scheme.total:
        found.append(f"the groups' weights do not sum to {scheme.total}")
    if min(scheme.bands.values(), default=None) != 0:
        found.append("no band begins at 0")
    for group in scheme.groups:
        if sum(c.weight for c in group.criteria) != group.weight:
            found.append(f"the criteria of {group.code} do not sum to {group.weight}")
        if not group.criteria or any(c.weight <= 0 for c in group.criteria):
            found.append(f"{group.code} has no criterion, or one without weight")
    return found
