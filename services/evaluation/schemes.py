"""Reading schemes: the shipped one and those of published programmes, from text into checked types."""

from __future__ import annotations

import hashlib
import json
from dataclasses import fields
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Literal

import msgspec
import yaml

from services.evaluation.domain.formulas import FORMULAS, Formula
from services.evaluation.domain.scheme import Criterion, Group, Scheme, faults


class SchemeUnreadable(Exception):
    """A text that is no scheme to score by; says what is wrong."""


class _Criterion(msgspec.Struct):
    code: str
    zh: str
    weight: Decimal
    source: Literal["judged", "computed"]
    anchors: dict[str, str] = {}
    formula: str = ""
    version: int = 0
    params: dict[str, str] = {}

    def typed(self) -> Criterion:
        formula = _formula(self.formula, self.version, self.params) if self.source == "computed" else None
        return Criterion(self.code, self.zh, self.weight, formula, self.anchors)


class _Group(msgspec.Struct):
    code: str
    zh: str
    weight: Decimal
    criteria: list[_Criterion]

    def typed(self) -> Group:
        return Group(self.code, self.zh, self.weight, tuple(c.typed() for c in self.criteria))


class _Scheme(msgspec.Struct):
    total: Decimal
    bands: dict[str, Decimal]
    groups: list[_Group]


@cache
def default_scheme() -> Scheme:
    """The scheme shipped as an example, in force where a programme publishes none of its own."""
    return read_scheme((Path(__file__).parent / "default" / "scheme.yaml").read_text(encoding="utf-8"))


def scheme_section(content: str) -> str:
    """The section `scheme` of a programme's content (JSON) as text; "" where it has none."""
    section = json.loads(content, parse_float=str).get("scheme")  # figures keep their digits
    return json.dumps(section, ensure_ascii=False) if section else ""


@cache
def read_section(section: str) -> Scheme:
    """The scheme of such a section; the shipped one for ""."""
    return read_scheme(section) if section else default_scheme()


def read_scheme(text: str) -> Scheme:
    """A scheme from YAML (of which JSON is a part); SchemeUnreadable names what is wrong.

    Every scalar is read as text and becomes a decimal from it, so no float is ever made.
    """
    try:
        raw = msgspec.convert(yaml.load(text, Loader=yaml.BaseLoader), _Scheme, strict=False)
        groups = tuple(group.typed() for group in raw.groups)
        scheme = Scheme(raw.total, raw.bands, groups, hashlib.sha256(text.encode()).hexdigest())
        found = faults(scheme)
    except (msgspec.ValidationError, ValueError, ArithmeticError, yaml.YAMLError) as error:
        raise SchemeUnreadable(str(error)) from error
    if found:
        raise SchemeUnreadable("; ".join(found))
    return scheme


def _formula(name: str, version: int, params: dict[str, str]) -> Formula:
    formula = FORMULAS.get((name, version))
    if formula is None:
        raise ValueError(f"no formula {name} version {version}")
    if unknown := params.keys() - {parameter.name for parameter in fields(formula)}:
        raise ValueError(f"{name} has no parameter {', '.join(sorted(unknown))}")
    return msgspec.convert(params, formula, strict=False)
