"""Events become the same bytes everywhere and for ever, and those bytes become the events again."""

from __future__ import annotations

import json
import unicodedata
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw

from shared.codec import (
    EVENT_BYTES_AT_MOST,
    EventTooLarge,
    NewerEvent,
    NotText,
    Schema,
    canonical,
    seal,
    settled,
    unseal,
)
from shared.domain import By, PersonId, UnitId, Upcaster, Versioned
from shared.envelope import Envelope

MOMENT = "2026-07-01T08:00:00.000000Z"


@dataclass(frozen=True, slots=True)
class Figure:
    code: str
    value: Decimal
    due: date | None = None


@dataclass(frozen=True, slots=True)
class FiguresReported:
    by: By
    count: int
    final: bool
    figures: tuple[Figure, ...] = ()
    notes: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Renamed(Versioned):
    schema: ClassVar[int] = 3
    upcasters: ClassVar[dict[int, Upcaster]] = {
        1: lambda data: {"title": data["name"], "on": data["on"]},
        2: lambda data: data | {"share": "0.5"},
    }

    title: str
    on: date
    share: Decimal


def envelope(event: Any, name: str | None = None, schema: int = 1) -> Envelope:
    return Envelope(
        aggregate="test",
        name=name or type(event).__name__,
        schema=schema,
        data=Raw(canonical(event)),
        recorded_at=MOMENT,
        happened_at=MOMENT,
        after={"projects/group": 3},
        correlation="",
        causation="",
    )


def test_canonical_bytes_are_these_bytes() -> None:
    event = FiguresReported(
        By(PersonId("p"), "secretary", UnitId("u")),
        3,
        True,
        (Figure("返修", Decimal("6.80"), date(2026, 7, 1)),),
    )
    assert canonical(event).decode() == (
        '{"by":{"office":"secretary","on_behalf_of":null,"paper":null,"person":"p","unit":"u","why":""},'
        '"count":3,"figures":[{"code":"返修","due":"2026-07-01","value":"6.80"}],"final":true,"notes":{}}'
    )


def test_sealed_bytes_leave_out_what_is_not_there() -> None:
    body = seal(envelope(Figure("a", Decimal(1))))
    assert body == (
        b'{"after":{"projects/group":3},"aggregate":"test","causation":"","correlation":"",'
        b'"data":{"code":"a","due":null,"value":"1"},'
        b'"happened_at":"2026-07-01T08:00:00.000000Z","name":"Figure",'
        b'"recorded_at":"2026-07-01T08:00:00.000000Z","schema":1}'
    )
    assert seal(unseal(body)) == body


@pytest.mark.parametrize("text", ["e\u0301", "\u1112\u1161\u11ab", "Å\u0323"])
def test_texts_are_composed(text: str) -> None:
    assert json.loads(canonical({text: text})) == {
        unicodedata.normalize("NFC", text): unicodedata.normalize("NFC", text)
    }


@pytest.mark.parametrize("text", ["\n\u0303x", "\x0e\u0301", "\t\u0301", '"\u0338', "\u0301", "a\\\u0301n"])
def test_an_accent_after_an_escaped_sign_does_not_break_the_escape(text: str) -> None:
    assert json.loads(canonical({"text": text})) == {"text": unicodedata.normalize("NFC", text)}


def test_keys_stay_sorted_when_composing_changes_their_order() -> None:
    data = canonical({"e\u0301": 1, "f": 2})
    assert list(json.loads(data)) == sorted(json.loads(data)) == ["f", "é"]


def test_big_integers_and_decimals_survive_composing() -> None:
    data = canonical({"text": "e\u0301", "big": 2**53 - 1, "share": Decimal("0.10"), "less": -(2**53)})
    assert data.decode() == '{"big":9007199254740991,"less":-9007199254740992,"share":"0.10","text":"é"}'


def test_an_event_is_settled_as_it_will_be_read_back() -> None:
    decomposed = Figure("e\u0301", Decimal("1.50"), date(2026, 7, 1))
    data, event = settled(decomposed)
    assert event == Figure("é", Decimal("1.50"), date(2026, 7, 1))
    assert data == canonical(event) == canonical(decomposed)
    assert settled(event)[1] is event


@pytest.mark.parametrize("broken", ["\ud800", "党\udfff建"])
def test_a_lone_surrogate_is_refused(broken: str) -> None:
    with pytest.raises(NotText):
        canonical(Figure(broken, Decimal(1)))
    with pytest.raises(NotText):
        canonical({broken: 1})


def test_an_event_of_256_kib_is_kept_and_one_byte_more_is_refused() -> None:
    empty = len(seal(envelope(Figure("", Decimal(1)))))
    room = EVENT_BYTES_AT_MOST - empty
    assert len(seal(envelope(Figure("x" * room, Decimal(1))))) == EVENT_BYTES_AT_MOST
    with pytest.raises(EventTooLarge) as refused:
        seal(envelope(Figure("x" * (room + 1), Decimal(1))))
    assert refused.value.facts == {"size": EVENT_BYTES_AT_MOST + 1, "limit": EVENT_BYTES_AT_MOST}


def test_floats_are_refused_wherever_they_hide() -> None:
    @dataclass(frozen=True, slots=True)
    class Deep:
        shares: tuple[dict[str, float | None], ...]

    @dataclass(frozen=True, slots=True)
    class Measured:
        deep: Deep | None

    Measured.__annotations__["deep"] = Deep | None
    Deep.__annotations__["shares"] = tuple[dict[str, float | None], ...]
    with pytest.raises(TypeError, match="use Decimal"):
        Schema([Measured])


def test_older_events_are_lifted_step_by_step() -> None:
    schema, now = Schema([Renamed]), Renamed("党建", date(2026, 7, 1), Decimal("0.5"))
    first = envelope({"name": "党建", "on": "2026-07-01"}, "Renamed", 1)
    second = envelope({"title": "党建", "on": "2026-07-01"}, "Renamed", 2)
    third = envelope(now, "Renamed", 3)
    assert [schema.read(stored) for stored in (first, second, third)] == [now, now, now]


def test_events_of_newer_code_and_of_unknown_names() -> None:
    schema = Schema([Renamed])
    assert "Renamed" in schema
    assert "Figure" not in schema
    with pytest.raises(NewerEvent):
        schema.read(envelope({"x": 1}, "Renamed", 4))
    assert schema.read(envelope(Figure("a", Decimal(1)))) is None


def test_each_reader_may_declare_fewer_fields() -> None:
    @dataclass(frozen=True, slots=True)
    class Figure:
        code: str

    stored = unseal(seal(envelope(globals()["Figure"]("a", Decimal(1)))))
    assert Schema([Figure]).read(stored) == Figure("a")


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
figures = st.builds(
    Figure, texts, st.decimals(allow_nan=False, allow_infinity=False), st.none() | st.dates(date(1900, 1, 1))
)
people = st.builds(By, texts, texts, texts, st.none() | texts, texts)
reports = st.builds(
    FiguresReported,
    people,
    st.integers(-(2**53), 2**53),
    st.booleans(),
    st.lists(figures, max_size=3).map(tuple),
    st.dictionaries(texts, texts, max_size=3),
)


@given(reports)
def test_every_event_comes_back_and_gives_the_same_bytes(event: FiguresReported) -> None:
    data, kept = settled(event)
    body = seal(envelope(event))
    read = Schema([FiguresReported]).read(unseal(body))
    assert read == kept
    assert canonical(read) == data == bytes(unseal(body).data)
    assert unicodedata.is_normalized("NFC", str(json.loads(data)["by"]["why"]))
    assert json.dumps(
        json.loads(data), sort_keys=True, separators=(",", ":"), ensure_ascii=False
    ) == json.dumps(json.loads(data), separators=(",", ":"), ensure_ascii=False)
