"""Request bodies made from commands: the fields that a person gives, checked strictly, and back again."""

from __future__ import annotations

import dataclasses
import inspect
import types
import typing
from collections.abc import Hashable, Iterator, Mapping, Set
from decimal import Decimal
from functools import cache
from typing import Annotated, Any, Literal, TypeVar
from uuid import UUID

import msgspec
from pydantic import AfterValidator, Field, create_model
from pydantic_core import PydanticCustomError

from shared.domain import PersonId, Track, UnitId, Word
from shared.offices import words
from shared.web import Body

T = TypeVar("T")
# At most 18 digits before the point and 6 after it: more is no figure, and breaks whoever reckons with it.
Figure = Annotated[Decimal, Field(max_digits=24, decimal_places=6)]
NAMES: tuple[Any, ...] = (PersonId, UnitId, Track)  # whoever and whatever is named by id or code


def _an_id(text: str) -> str:
    try:
        if str(UUID(text)) == text:
            return text
    except ValueError:
        pass
    raise PydanticCustomError("not_an_id", "This must be the id of a person or unit, not a name")


Id = Annotated[str, AfterValidator(_an_id), Field(json_schema_extra={"format": "uuid"})]


def body_of(type_: type, without: Set[str] = frozenset()) -> type[Body]:
    """A model of a dataclass's fields except those named, its parts in turn; unknown fields are refused.

    The dataclass's docstring describes it in the API; a field's newtype and literals are kept.
    """
    return _model(type_, frozenset(without))


def made(type_: type[T], body: Body, /, **facts: Any) -> T:
    """The dataclass from a body and the facts that the body does not hold."""
    given = body.model_dump()
    return type_(
        **{
            field.name: msgspec.convert(given[field.name], hint)
            for field, hint in _fields(typing.cast(Hashable, type_))
            if field.name in given and field.name not in facts
        },
        **facts,
    )


def supposed(type_: type, model: type[Body], usual: Mapping[Any, Any], given: Mapping[str, Any]) -> Body:
    """An unchecked body with what is `given`, and of all else that it must hold its type's `usual` value."""
    fields_ = _fields(typing.cast(Hashable, type_))
    owed = [(field, hint) for field, hint in fields_ if field.name in model.model_fields and _owed(field)]
    filled = {field.name: _usual(hint, usual) for field, hint in owed if field.name not in given}
    return model.model_construct(**{name: _as_body(value) for name, value in (filled | {**given}).items()})


def _owed(field: dataclasses.Field[Any]) -> bool:
    return field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING


def _usual(hint: Any, usual: Mapping[Any, Any]) -> Any:
    if hint in usual:
        return usual[hint]
    if isinstance(hint, typing.NewType):
        return _usual(hint.__supertype__, usual)
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        parts = _fields(typing.cast(Hashable, hint))
        return hint(**{field.name: _usual(part, usual) for field, part in parts if _owed(field)})
    origin, options = typing.get_origin(hint), typing.get_args(hint)
    if origin is tuple:
        return (_usual(options[0], usual),)
    if origin is Literal:
        return options[0]
    if origin is Annotated:
        known = words(options[1].of) if isinstance(options[1], Word) else ()
        return next(iter(known), None) or _usual(options[0], usual)
    return None if type(None) in options else _usual(options[0], usual)


def _as_body(value: Any) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        shown = {f.name: _as_body(getattr(value, f.name)) for f in dataclasses.fields(value)}
        return _model(type(value), frozenset()).model_construct(**shown)
    return tuple(map(_as_body, value)) if isinstance(value, tuple) else value


def named_in(type_: type, body: Body) -> Iterator[tuple[Any, str]]:
    """Every id of people and units and every track that a body for this dataclass names, with its type."""
    return _named(type_, body)


def _named(hint: Any, value: Any) -> Iterator[tuple[Any, str]]:
    if not value:
        return
    if hint in NAMES:
        yield hint, value
    elif dataclasses.is_dataclass(hint):
        for name, part in _naming(typing.cast(Hashable, hint)):
            yield from _named(part, getattr(value, name, None))
    elif (origin := typing.get_origin(hint)) is tuple:
        for part in value:
            yield from _named(typing.get_args(hint)[0], part)
    elif origin in (types.UnionType, typing.Union):
        for part in typing.get_args(hint):
            yield from _named(part, value)


@cache
def _naming(type_: Hashable) -> list[tuple[str, Any]]:
    """The fields of a dataclass in which somebody or something may be named."""
    return [(field.name, hint) for field, hint in _fields(type_) if _may_name(hint)]


def _may_name(hint: Any) -> bool:
    if dataclasses.is_dataclass(hint):
        return bool(_naming(typing.cast(Hashable, hint)))
    return hint in NAMES or any(map(_may_name, typing.get_args(hint)))


@cache
def _model(type_: type, without: frozenset[str]) -> type[Body]:
    fields: dict[str, Any] = {}
    for field, hint in _fields(type_):
        if field.name in without:
            continue
        if field.default is not dataclasses.MISSING:
            default = field.default
            if dataclasses.is_dataclass(default) and not isinstance(default, type):
                part = _model(type(default), frozenset())
                fields[field.name] = (_plain(hint), Field(default_factory=part))
                continue
            fields[field.name] = (_plain(hint), default)
        else:
            fields[field.name] = (_plain(hint), ...)
    model: type[Body] = create_model(type_.__name__, __base__=Body, __doc__=inspect.getdoc(type_), **fields)
    return model


@cache
def _fields(type_: Hashable) -> list[tuple[dataclasses.Field[Any], Any]]:
    dataclass: Any = type_
    hints = typing.get_type_hints(dataclass, include_extras=True)
    return [(field, hints[field.name]) for field in dataclasses.fields(dataclass)]


def _plain(hint: Any) -> Any:
    """The annotation with every dataclass replaced by its model; ids and words as what they may be."""
    if hint in (PersonId, UnitId):
        return Id
    if isinstance(hint, typing.NewType):
        return _plain(hint.__supertype__)
    if hint is Decimal:
        return Figure
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        return _model(hint, frozenset())
    origin, parts = typing.get_origin(hint), typing.get_args(hint)
    if origin is Annotated and isinstance(parts[1], Word):
        known = words(parts[1].of)
        return Literal[(*known, *([""] if parts[1].or_none else []))] if known else parts[0]
    if origin is tuple:
        return types.GenericAlias(tuple, tuple(part if part is ... else _plain(part) for part in parts))
    if origin in (types.UnionType, typing.Union):
        return typing.Union[tuple(_plain(part) for part in parts)]  # noqa: UP007 - built, not written
    return hint
