"""Hypothesis strategies for plain data classes, from their types, with pools of values that can meet."""

from __future__ import annotations

import types
import unicodedata
from collections.abc import Mapping
from dataclasses import is_dataclass
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from hypothesis import strategies as st

Pools = Mapping[Any, st.SearchStrategy[Any]]

# Texts are stored in their composed form (NFC), so only that form comes back unchanged.
texts = st.text(max_size=12).map(lambda text: unicodedata.normalize("NFC", text))


def values(type_: Any, pools: Pools) -> st.SearchStrategy[Any]:
    """Values of a type; `pools` says which for types or for field names, before anything is inferred."""
    if type_ in pools:
        return pools[type_]
    origin, parts = get_origin(type_), get_args(type_)
    if origin is Literal:
        return st.sampled_from(parts)
    if origin in (Union, types.UnionType):
        return st.one_of(*(values(part, pools) for part in parts))
    if origin is tuple:
        return st.lists(values(parts[0], pools), max_size=3).map(tuple)
    if isinstance(type_, type) and is_dataclass(type_):
        hints = get_type_hints(type_)
        fields = {name: pools[name] if name in pools else values(hint, pools) for name, hint in hints.items()}
        return st.builds(type_, **fields)
    return st.from_type(type_)
