"""The one place where events become bytes and bytes become events."""

from __future__ import annotations

import dataclasses
import typing
import unicodedata
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

import msgspec

from shared.domain import Refusal, Upcaster, Versioned
from shared.envelope import Envelope

EVENT_BYTES_AT_MOST = 256 * 1024

E = TypeVar("E")

_encoder = msgspec.json.Encoder(order="sorted", decimal_format="string")
_envelopes = msgspec.json.Decoder(Envelope)


class EventTooLarge(Refusal):
    """This act would record {size} bytes; at most {limit} are kept in one event.

    Put long texts and tables into a file and attach it."""


class NotText(Refusal):
    """A text holds something that is not a character (a lone surrogate).

    Type the text again instead of pasting it."""


class NewerEvent(Exception):
    """A stored event has a later schema than this code knows: wait for the upgrade."""


def canonical(value: Any) -> bytes:
    """UTF-8, NFC, sorted keys, no spaces, decimals as strings: the bytes that are hashed and kept."""
    data = _encoded(value)
    return data if _is_composed(data) else _encoded(_composed(msgspec.json.decode(data)))


def settled(event: E) -> tuple[bytes, E]:
    """An event's canonical bytes, and the event as they give it back: its texts in NFC like the bytes."""
    data = _encoded(event)
    if _is_composed(data):
        return data, event
    data = _encoded(_composed(msgspec.json.decode(data)))
    return data, msgspec.json.decode(data, type=type(event))


def _encoded(value: Any) -> bytes:
    try:
        return _encoder.encode(value)
    except UnicodeEncodeError as error:
        raise NotText() from error


def _is_composed(data: bytes) -> bool:
    return data.isascii() or unicodedata.is_normalized("NFC", data.decode())


def _composed(value: Any) -> Any:
    """Decoded JSON with its texts in NFC; in the JSON an accent would join the n of an escaped line end."""
    match value:
        case str():
            return unicodedata.normalize("NFC", value)
        case list():
            return [_composed(part) for part in value]
        case dict():
            return {_composed(key): _composed(part) for key, part in value.items()}
        case _:
            return value


def seal(envelope: Envelope) -> bytes:
    """The stored bytes of an envelope; EventTooLarge beyond 256 KiB."""
    body = canonical(envelope)
    if len(body) > EVENT_BYTES_AT_MOST:
        raise EventTooLarge(size=len(body), limit=EVENT_BYTES_AT_MOST)
    return body


def unseal(body: bytes) -> Envelope:
    """The envelope in stored bytes; its data stay bytes until a Schema reads them."""
    return _envelopes.decode(body)


class Schema:
    """The event types that one reader knows, by name; each reader declares its own.

    Refuses types that could not be stored the same for ever (floats).
    """

    def __init__(self, events: Iterable[type]) -> None:
        self._types = {event.__name__: event for event in events}
        self._current: dict[str, tuple[int, Callable[[msgspec.Raw], Any]]] = {
            name: (schema_of(type_), msgspec.json.Decoder(type_).decode)
            for name, type_ in self._types.items()
        }
        for type_ in self._types.values():
            _refuse_floats(type_)

    @property
    def names(self) -> frozenset[str]:
        """The names of all events that it knows."""
        return frozenset(self._types)

    def __contains__(self, name: str) -> bool:
        return name in self._types

    def read(self, envelope: Envelope) -> Any | None:
        """The typed event, upcast where it was stored by older code; None for an unknown name."""
        known = self._current.get(envelope.name)
        if known is None:
            return None
        current, decode = known
        if envelope.schema == current:
            return decode(envelope.data)
        if envelope.schema > current:
            raise NewerEvent(f"{envelope.name} has schema {envelope.schema}, known is {current}")
        type_ = self._types[envelope.name]
        data = msgspec.json.decode(envelope.data)
        for version in range(envelope.schema, current):
            data = upcasters_of(type_)[version](data)
        return msgspec.convert(data, type_)


def schema_of(type_: type) -> int:
    """The schema version in which this code writes an event type; 1 unless it is Versioned."""
    return type_.schema if issubclass(type_, Versioned) else 1


def upcasters_of(type_: type) -> dict[int, Upcaster]:
    """What lifts stored data from one schema version to the next."""
    return type_.upcasters if issubclass(type_, Versioned) else {}


def _refuse_floats(type_: Any, seen: set[Any] | None = None) -> None:
    """Figures in events are decimals: a float would not come back as the bytes that were hashed."""
    seen = set() if seen is None else seen
    if type_ in seen:
        return
    seen.add(type_)
    if type_ is float:
        raise TypeError("a float in an event: use Decimal")
    for part in typing.get_args(type_):
        _refuse_floats(part, seen)
    if dataclasses.is_dataclass(type_):
        hints = typing.get_type_hints(type_)
        for stored in dataclasses.fields(type_):
            _refuse_floats(hints[stored.name], seen)
