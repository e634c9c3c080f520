"""Small files of every kind that is taken, and some that only look like one, for tests of evidence."""

from __future__ import annotations

import io
import zipfile
import zlib

from services.projects.media import OFFICE

PDF = b"%PDF-1.7\n1 0 obj << >> endobj\ntrailer << >>\n%%EOF\n"
PNG = b"\x89PNG\r\n\x1a\n" + zlib.compress(b"\x00" * 64)
JPEG = b"\xff\xd8\xff\xe0" + b"\x00" * 64 + b"\xff\xd9"
TEXT = "首班清洁标准，班组签认。\r\n".encode()
TABLE = "\ufeff日期,返修率\r\n2026-03-02,3.4\r\n".encode()
WORD, SHEET, SLIDES = (
    f"{OFFICE}.{kind}"
    for kind in ("wordprocessingml.document", "spreadsheetml.sheet", "presentationml.presentation")
)


def packed(*names: str, comment: bytes = b"") -> bytes:
    """A zip with these entries."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names:
            archive.writestr(name, "<x/>")
        archive.comment = comment
    return held.getvalue()


CONTENT_TYPES = "[Content_Types].xml"
DOCX = packed(CONTENT_TYPES, "_rels/.rels", "word/document.xml", comment=b"saved by an office program")
XLSX = packed("docProps/app.xml", "xl/workbook.xml", CONTENT_TYPES)  # some programs write it last
PPTX = packed(CONTENT_TYPES, "ppt/presentation.xml")

TAKEN = {
    "pdf": (PDF, "application/pdf"),
    "png": (PNG, "image/png"),
    "jpeg": (JPEG, "image/jpeg"),
    "docx": (DOCX, WORD),
    "xlsx": (XLSX, SHEET),
    "pptx": (PPTX, SLIDES),
    "text": (TEXT, "text/plain; charset=utf-8"),
    "table": (TABLE, "Text/CSV"),
}
SOMETHING_ELSE = {
    "a program as PDF": (b"MZ\x90\x00", "application/pdf"),
    "a PDF as text": (PDF, "text/plain"),
    "a document as sheet": (DOCX, SHEET),
    "a zip without content types": (packed("word/document.xml"), WORD),
    "a zip of anything": (packed(CONTENT_TYPES, "run.exe"), WORD),
    "a document with macros": (packed(CONTENT_TYPES, "word/document.xml", "word/vbaProject.bin"), WORD),
    "a zip that was cut off": (DOCX[:-40], WORD),
    "a zip whose directory lies beyond its end": (DOCX[:-60] + b"PK\x05\x06" + b"\xff" * 18, WORD),
    "an end that was cut off": (b"PK\x03\x04PK\x05\x06", WORD),
    "a text in another encoding": ("首班".encode("gb18030"), "text/plain"),
    "a text that ends within a sign": (TEXT[:-3] + "签".encode()[:2], "text/plain"),
    "a text with a NUL": (b"a\x00b", "text/csv"),
}
