"""What we print: a document of plain data, as PDF; the same document always gives the same bytes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import noto_cjk_sans_otc
import typst

from shared.sentences import Language

FORM = Path(__file__).with_suffix(".typ")
FONTS = Path(noto_cjk_sans_otc.__file__).parent


class Column(msgspec.Struct, frozen=True):
    """A column of a table; widths are relative to each other."""

    label: str
    width: float


class Section(msgspec.Struct, frozen=True, kw_only=True):
    """A part under a heading: sentences, pairs of label and text, rows of texts, space to write in.

    A row of one text heads the rows below it.
    """

    heading: str
    sentences: tuple[str, ...] = ()
    pairs: tuple[tuple[str, str], ...] = ()
    columns: tuple[Column, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    # Where somebody writes by hand: labels side by side, and the height in millimetres.
    spaces: tuple[tuple[tuple[str, ...], float], ...] = ()


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """What is printed, in one language; `mark` and `watermark` stand on every page (R74)."""

    language: Language
    title: str
    subtitle: str
    mark: str
    watermark: str
    foot: str
    head: tuple[tuple[str, str], ...]
    sections: tuple[Section, ...]


def pdf(document: Document) -> bytes:
    """The document as PDF, on A4."""
    made: bytes = typst.compile(str(FORM), **_given(document))
    return made


def pages(document: Document, dots_per_inch: float) -> list[bytes]:
    """The same pages as pictures (PNG), to be looked at."""
    made = typst.compile(str(FORM), format="png", ppi=dots_per_inch, **_given(document))
    return made if isinstance(made, list) else [made]


def _given(document: Document) -> dict[str, Any]:
    said = msgspec.to_builtins(document) | {"language": document.language.partition("-")[0]}
    return {
        "sys_inputs": {"document": msgspec.json.encode(said).decode()},
        "font_paths": [str(FONTS)],
        "ignore_system_fonts": True,
    }
