"""Reading schemes: the shipped one and those of published programmes, each formula typed and checked."""

from __future__ import annotations

import hashlib
from dataclasses import fields
from functools import cache
from pathlib import Path

import msgspec

from services.evaluation.domain.formulas import FORMULAS, Formula
from services.evaluation.domain.scheme import Criterion, Group, Scheme, faults
from shared import scheme as said


@cache
def default_scheme() -> Scheme:
    """The scheme shipped as an example, in force where a programme publishes none of its own."""
    return read_scheme(default_text())


@cache
def default_text() -> str:
    """The shipped scheme as it is written."""
    return (Path(__file__).parent / "default" / "scheme.yaml").read_text(encoding="utf-8")


@cache
def read_section(section: str) -> Scheme:
    """The scheme of a programme's section; the shipped one for ""."""
    return read_scheme(section) if section else default_scheme()


def read_scheme(text: str) -> Scheme:
    """A scheme to score by; SchemeUnreadable names what is wrong."""
    read = said.read_scheme(text)
    try:
        groups = tuple(_group(group) for group in read.groups)
    except (msgspec.ValidationError, ValueError, ArithmeticError) as error:
        raise said.SchemeUnreadable(faults=[str(error)]) from error
    scheme = Scheme(read.total, read.bands, groups, hashlib.sha256(text.encode()).hexdigest())
    if found := faults(scheme):
        raise said.SchemeUnreadable(faults=found)
    return scheme


def _group(group: said.Group) -> Group:
    return Group(group.code, group.zh, group.weight, tuple(map(_criterion, group.criteria)))


def _criterion(criterion: said.Criterion) -> Criterion:
    computed = criterion.source == "computed"
    formula = _formula(criterion.formula, criterion.version, criterion.params) if computed else None
    return Criterion(criterion.code, criterion.zh, criterion.weight, formula, criterion.anchors)


def _formula(name: str, version: int, params: dict[str, str]) -> Formula:
    formula = FORMULAS.get((name, version))
    if formula is None:
        raise ValueError(f"no formula {name} version {version}")
    if unknown := params.keys() - {parameter.name for parameter in fields(formula)}:
        raise ValueError(f"{name} has no parameter {', '.join(sorted(unknown))}")
    return msgspec.convert(params, formula, strict=False)
