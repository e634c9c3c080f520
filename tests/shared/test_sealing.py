"""Sealed fields open with their own key, field and bytes, and with nothing else."""

from __future__ import annotations

from base64 import b64decode, b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.sealing import PREFIX, CannotUnseal, _seal, new_key, seal, unseal

KEY = bytes(range(32))
# key 00…1f, field "name", nonce 12 zero bytes
VECTOR = "sealed.1.71GxZOQjjKkRgZ7+CblxQBrsZDcjng89PAII8tY0bbgAAAAAAAAAAAAAAAAS7iouAnrQJtdlPqxbGv4MfvdLxwYq"


def test_the_way_of_sealing_never_changes() -> None:
    assert _seal(KEY, "name", "李明", bytes(12)) == VECTOR
    assert unseal(KEY, "name", VECTOR) == "李明"


@given(st.text(st.characters(exclude_categories=["Cs"])), st.sampled_from(["name", "phone", "mail"]))
def test_what_is_sealed_opens_again(plaintext: str, field: str) -> None:
    key = new_key()
    assert unseal(key, field, seal(key, field, plaintext)) == plaintext


def test_the_same_text_is_sealed_differently_each_time() -> None:
    assert seal(KEY, "name", "李明") != seal(KEY, "name", "李明")


def test_another_key_or_field_does_not_open_it() -> None:
    with pytest.raises(CannotUnseal):
        unseal(new_key(), "name", VECTOR)
    with pytest.raises(CannotUnseal):
        unseal(KEY, "phone", VECTOR)


@given(st.integers(0), st.integers(1, 255))
def test_no_byte_of_it_can_be_changed(at: int, by: int) -> None:
    body = bytearray(b64decode(VECTOR.removeprefix(PREFIX)))
    body[at % len(body)] ^= by
    with pytest.raises(CannotUnseal):
        unseal(KEY, "name", PREFIX + b64encode(body).decode())


@pytest.mark.parametrize("text", ["李明", PREFIX, PREFIX + "李", PREFIX + "AAAA", VECTOR[:-4], VECTOR + "\n"])
def test_what_was_never_sealed_does_not_open(text: str) -> None:
    with pytest.raises(CannotUnseal):
        unseal(KEY, "name", text)
