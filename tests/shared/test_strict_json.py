"""Only JSON that comes back from the ledger as it was sent is read."""

from __future__ import annotations

import contextlib
import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.problems import Malformed
from shared.strict_json import (
    INVISIBLE,
    FieldTwice,
    NotJson,
    NumberNotExact,
    SignNotVisible,
    TooDeep,
    read_object,
)

texts = st.text().filter(lambda text: not INVISIBLE.search(text))
whole = st.integers(min_value=-(2**53) + 1, max_value=2**53 - 1)
values = st.recursive(
    st.none() | st.booleans() | whole | texts, lambda inner: st.lists(inner) | st.dictionaries(texts, inner)
)


@given(st.dictionaries(texts, values), st.booleans())
def test_what_json_can_say_is_read_as_it_was_meant(value: dict[str, object], ascii_only: bool) -> None:
    assert read_object(json.dumps(value, ensure_ascii=ascii_only).encode()) == value


@given(st.binary() | st.text().map(str.encode))
def test_whatever_is_sent_is_read_or_refused(body: bytes) -> None:
    with contextlib.suppress(Malformed):  # the only exception that may come
        read_object(body)


@pytest.mark.parametrize(
    ("body", "rule"),
    [
        (b"", NotJson),
        (b"true", NotJson),
        (b"[]", NotJson),
        (b'"text"', NotJson),
        (b"{'a': 1}", NotJson),
        (b'{"a": 1,}', NotJson),
        (b'{"a": 1} {"b": 2}', NotJson),
        (b'{"a": 01}', NotJson),
        (b'{"a": "\xff"}', NotJson),
        (b'{"a": "\xed\xa0\x80"}', NotJson),  # a surrogate in UTF-8
        (b'\xff\xfe{\x00"\x00a\x00"\x00:\x001\x00}\x00', NotJson),  # UTF-16
        (b'\xef\xbb\xbf{"a": 1}', NotJson),  # a byte order mark
        (b'{"a": 1, "a": 1}', FieldTwice),
        (b'{"b": [{"a": 1, "\\u0061": 2}]}', FieldTwice),
        (b'{"a": NaN}', NumberNotExact),
        (b'{"a": Infinity}', NumberNotExact),
        (b'{"a": -Infinity}', NumberNotExact),
        (b'{"a": 1e400}', NumberNotExact),
        (b'{"a": 9007199254740992}', NumberNotExact),
        (b'{"a": -9007199254740992}', NumberNotExact),
        (b'{"a": 9223372036854775808}', NumberNotExact),
        (b'{"a": ' + b"9" * 900_000 + b"}", NumberNotExact),
        (b'{"a": 0.' + b"9" * 900_000 + b"}", NumberNotExact),
        (b'{"a": "\\u0000"}', SignNotVisible),
        (b'{"a": ["x", "\\ud800"]}', SignNotVisible),
        (b'{"a": "\\udc00\\ud800"}', SignNotVisible),
        (b'{"\\u0000": 1}', SignNotVisible),
        ('{"a": "王\u200b明"}'.encode(), SignNotVisible),
        ('{"a": "\u202eevil"}'.encode(), SignNotVisible),
        ('{"a": "\ufeff"}'.encode(), SignNotVisible),
        (b'{"a": "\\u3164"}', SignNotVisible),
        (b'{"a":' * 65 + b"1" + b"}" * 65, TooDeep),
        (b'{"a":' + b"[" * 64 + b"]" * 64 + b"}", TooDeep),
        (b'{"a":' * 10_000 + b"1" + b"}" * 10_000, TooDeep),
        (b'{"a":' + b"[" * 500_000, TooDeep),
    ],
)
def test_what_would_not_come_back_is_refused_by_the_rule_that_says_why(
    body: bytes, rule: type[Malformed]
) -> None:
    with pytest.raises(Malformed) as refused:
        read_object(body)
    assert type(refused.value) is rule


@pytest.mark.parametrize(
    "body",
    [b'{"a":' * 64 + b"1" + b"}" * 64, '{"a": "𠮷野家 é👩 \\n\\t"}'.encode(), b'{"a": 9007199254740991}'],
)
def test_what_just_comes_back_is_read(body: bytes) -> None:
    assert read_object(body) == json.loads(body)


def test_the_refusal_names_the_place() -> None:
    with pytest.raises(SignNotVisible) as refused:
        read_object(b'{"team": [{"name": "ok"}, {"name": "a\\u200bb"}]}')
    assert refused.value.facts == {"field": "team[1].name", "sign": "U+200B"}


def test_a_field_twice_among_many_is_found_as_fast_as_all_are_read() -> None:
    fields = ",".join(f'"{number}":1' for number in range(20_000))
    began = time.perf_counter()
    read_object(f"{{{fields}}}".encode())
    read = time.perf_counter() - began
    with pytest.raises(FieldTwice):
        read_object(f'{{{fields},"19999":1}}'.encode())
    assert time.perf_counter() - began - read < 20 * read
