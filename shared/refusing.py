"""Which rules can refuse a request: read from the code that answers it, so that no list can lag behind."""

from __future__ import annotations

import dis
import sys
import typing
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from functools import cache, partial
from types import CodeType, FunctionType, MethodType, ModuleType
from typing import Any

from shared.domain import Decider, Refusal

OURS = ("shared.", "services.")
OF_OTHERS = {"set"}  # names that events, gauges and variables have too


def refusals_of(roots: Iterable[Any], *, changes: bool) -> set[type[Refusal]]:
    """All refusals that the functions name, and those that they call.

    Where something may change, also those of the rules: for the commands that are named, or for all where
    none is. What a function calls is found by its name: rather one too many than one that is not told.
    """
    found, deciders = _named_by(roots, frozenset())
    for decider in deciders if changes else ():
        commands = found.intersection(decider.commands) or set(decider.commands)
        found |= _named_by([decider.decide], frozenset(decider.commands) - commands)[0]
    return {kind for kind in found if issubclass(kind, Refusal) and kind is not Refusal}


def _named_by(
    roots: Iterable[Any], others: frozenset[type]
) -> tuple[set[type], list[Decider[Any, Any, Any]]]:
    """The classes and deciders that can be reached, through no function that takes others' commands alone."""
    found: set[type] = set()
    deciders: list[Decider[Any, Any, Any]] = []
    seen: set[int] = set()
    waiting = list(roots)
    while waiting:
        part = waiting.pop()
        if id(part) in seen:
            continue
        seen.add(id(part))
        if isinstance(part, type):
            found.add(part)
        elif isinstance(part, Decider):
            deciders.append(part)
        elif not isinstance(part, FunctionType):
            waiting += _held_by(part)
        elif part.__module__.startswith(OURS) and not _is_of(others, part):
            waiting += _named_in(part)
    return found, deciders


def _held_by(part: Any) -> Iterator[Any]:
    """The functions that a thing holds, as an act its facts."""
    match part:
        case partial():
            yield part.func
        case MethodType():
            yield part.__func__
        case Mapping():
            yield from part.values()
        case _ if is_dataclass(part) and type(part).__module__.startswith(OURS):
            for field in fields(part):
                held = getattr(part, field.name)
                if callable(held) or isinstance(held, Mapping):
                    yield held


@cache
def _takes(function: FunctionType) -> tuple[type, ...]:
    """The commands that a function of the domain takes, as its first parameter says."""
    if function.__code__.co_varnames[:1] != ("command",):
        return ()
    hint = typing.get_type_hints(function)["command"]
    return tuple(kind for kind in (typing.get_args(hint) or (hint,)) if isinstance(kind, type))


def _is_of(others: frozenset[type], function: FunctionType) -> bool:
    return bool(takes := _takes(function)) and others.issuperset(takes)


@cache
def _named_in(function: FunctionType) -> list[Any]:
    """What a function's code names: globals, parts of modules, methods; and what it closes over."""
    found = [cell.cell_contents for cell in function.__closure__ or ()]
    for code in _codes(function.__code__):
        before, module = "", None  # what the instruction before named
        for instruction in dis.get_instructions(code):
            name, named = instruction.argval, []
            if instruction.opname == "LOAD_GLOBAL":
                named = [function.__globals__.get(name)]
            elif instruction.opname in ("LOAD_ATTR", "LOAD_METHOD"):  # the latter until Python 3.11
                named = [vars(module).get(name)] if module else _called(name, before, function.__module__)
            before = name if instruction.opname.startswith("LOAD_") else ""
            module = named[0] if named and isinstance(named[0], ModuleType) else None
            found += [] if module else named
    return found


def _codes(code: CodeType) -> Iterator[CodeType]:
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _codes(constant)


def _called(name: str, of: str, at: str) -> list[Any]:
    """The method of this name: of what is kept as `of`, of the module where it is called, or our only one."""
    if (method := getattr(_kept().get(of), name, None)) is not None:
        return [method]
    methods = _methods().get(name, [])
    here = [method for method in methods if method.__module__ == at]
    return here or (methods if len(methods) == 1 and name not in OF_OTHERS else [])


@cache
def _kept() -> dict[str, type]:
    """Our classes by the names of the fields in which parts of them are kept, as `files: Files`."""
    return {
        name: kind
        for holder in _classes()
        if is_dataclass(holder)
        for name, kind in typing.get_type_hints(holder).items()
        if isinstance(kind, type) and kind.__module__.startswith(OURS)
    }


def _classes() -> Iterator[type]:
    for name, module in list(sys.modules.items()):
        for kind in vars(module).values() if name.startswith(OURS) else ():
            if isinstance(kind, type) and kind.__module__ == name:
                yield kind


@cache
def _methods() -> dict[str, list[Any]]:
    """The methods of our classes by name."""
    found: dict[str, list[Any]] = {}
    for kind in _classes():
        for name, method in vars(kind).items():
            if isinstance(method, FunctionType):
                found.setdefault(name, []).append(method)
    return found
