"""Which files are taken as evidence: a short table of media types, each known by its content."""

from __future__ import annotations

import codecs
import re
import struct
from collections.abc import Set
from typing import BinaryIO
from urllib.parse import quote

OFFICE = "application/vnd.openxmlformats-officedocument"
EXTENSIONS: dict[str, tuple[str, ...]] = {  # the first is given to a name that has none of them
    "application/pdf": (".pdf",),
    "image/png": (".png",),
    "image/jpeg": (".jpg", ".jpeg"),
    f"{OFFICE}.wordprocessingml.document": (".docx",),
    f"{OFFICE}.spreadsheetml.sheet": (".xlsx",),
    f"{OFFICE}.presentationml.presentation": (".pptx",),
    "text/plain": (".txt",),
    "text/csv": (".csv",),
}
SHOWN = "PDF, PNG, JPEG, DOCX, XLSX, PPTX, TXT, CSV"
BEGINNINGS = {
    b"%PDF-": "application/pdf",
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
}
ZIP = b"PK\x03\x04"
MAIN_PARTS = {
    b"word/document.xml": f"{OFFICE}.wordprocessingml.document",
    b"xl/workbook.xml": f"{OFFICE}.spreadsheetml.sheet",
    b"ppt/presentation.xml": f"{OFFICE}.presentationml.presentation",
}
CONTENT_TYPES, MACROS = b"[Content_Types].xml", b"vbaProject.bin"
TEXTS = frozenset({"text/plain", "text/csv"})
NOTHING: frozenset[str] = frozenset()
NO_NAMES: frozenset[bytes] = frozenset()

READ_AT_ONCE = 1 << 20
DIRECTORY_BYTES_AT_MOST = 1 << 20  # of a zip: some ten thousand entries, where documents have hundreds
END, END_BYTES, COMMENT_AT_MOST = b"PK\x05\x06", 22, 0xFFFF
ENTRY, ENTRY_BYTES = b"PK\x01\x02", 46
NOT_TEXT = re.compile(r"[\x00-\x08\x0b\x0e-\x1f]")
NAME_AT_MOST = 120


def sniffed(file: BinaryIO) -> Set[str]:
    """The media types that a file's content can have; nothing for what is not taken.

    Macros are not taken: a document that holds them has a type of its own, which is not in the table.
    """
    file.seek(0)
    beginning = file.read(16)
    for known, media_type in BEGINNINGS.items():
        if beginning.startswith(known):
            return frozenset({media_type})
    if beginning.startswith(ZIP):
        names = _names_in_zip(file)
        if CONTENT_TYPES not in names or any(name.endswith(MACROS) for name in names):
            return NOTHING
        return frozenset(media_type for part, media_type in MAIN_PARTS.items() if part in names)
    return TEXTS if _is_text(file) else NOTHING


def _names_in_zip(file: BinaryIO) -> Set[bytes]:
    """From its directory alone, bounded, nothing unpacked: the sender chooses what a zip holds."""
    size = file.seek(0, 2)
    file.seek(max(0, size - END_BYTES - COMMENT_AT_MOST))
    tail = file.read()
    at = tail.rfind(END)
    if at < 0 or len(tail) - at < END_BYTES:
        return NO_NAMES
    length, begins = struct.unpack_from("<II", tail, at + 12)
    if length > DIRECTORY_BYTES_AT_MOST:
        return NO_NAMES
    file.seek(begins)
    directory = file.read(length)
    names: set[bytes] = set()
    at = 0
    while directory.startswith(ENTRY, at) and len(directory) - at >= ENTRY_BYTES:
        name, extra, comment = struct.unpack_from("<HHH", directory, at + 28)
        names.add(directory[at + ENTRY_BYTES : at + ENTRY_BYTES + name])
        at += ENTRY_BYTES + name + extra + comment
    return names


def _is_text(file: BinaryIO) -> bool:
    """Whether all of it is UTF-8 without signs that no text has."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    file.seek(0)
    try:
        while piece := file.read(READ_AT_ONCE):
            if NOT_TEXT.search(decoder.decode(piece)):
                return False
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def disposition(name: str, media_type: str, sha256: str) -> str:
    """The header under whose name a browser saves evidence (RFC 6266, RFC 8187).

    Of a name with folders the last part; always with an extension of its type, so that what was taken
    as a text is not opened as a program.
    """
    extensions = EXTENSIONS.get(media_type, (".bin",))
    last = re.split(r"[/\\]", name)[-1].strip(" .") or sha256[:12]
    stem, dot, extension = last.rpartition(".")
    if f".{extension.lower()}" not in extensions or not stem:
        stem, dot, extension = last, "", extensions[0]
    return f"attachment; filename*=UTF-8''{quote(stem[:NAME_AT_MOST] + dot + extension, safe='')}"
