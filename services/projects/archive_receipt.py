"""The receipt of an archive package (归档移交接收回执): what passed to the archive, by whom, when (R78)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any

from services.projects.domain.project.archiving import (
    PROPERTIES,
    ArchiveHandedOver,
    ArchiveSentBack,
    ProjectArchived,
    SupplementArchived,
)
from services.projects.domain.project.work import EvidenceAttached
from services.projects.dossier import highest
from services.projects.projections.history import office_label
from services.projects.projections.page import Page
from services.projects.projections.page.shape import Evidence, Package
from shared.dossier import printed
from shared.envelope import Recorded
from shared.merkle import leaf_hash
from shared.printing import Column, Document, Section
from shared.sentences import Language, word


@dataclass(frozen=True, slots=True)
class Transfer:
    """A package, the acts by which it was handed over and received, and which of the files were in it."""

    package: int
    handed_over: Recorded
    received: Recorded
    files: slice


def transfer_of(stream: Sequence[Recorded], package: int | None) -> Transfer | None:
    """That of a package, or of the last that was received; None where the archive received none so."""
    handed_over: dict[int, Recorded] = {}
    received: dict[int, Recorded] = {}
    files, upto = 0, {0: 0}
    for one in stream:
        match one.event:
            case EvidenceAttached():
                files += 1
            case ArchiveHandedOver(package=number):
                handed_over[number], upto[number] = one, files
            case ProjectArchived():
                received[1] = one
            case SupplementArchived(package=number):
                received[number] = one
            case ArchiveSentBack():
                pass  # it is told by the page
    number = package or max(received, default=0)
    if number not in received or number not in handed_over:  # of old records nobody handed anything over
        return None
    return Transfer(number, handed_over[number], received[number], slice(upto[number - 1], upto[number]))


@dataclass(frozen=True, slots=True)
class Receipt:
    """A transfer with what is needed to say it in words; the page is as the reader may see it."""

    page: Page
    transfer: Transfer
    reader_name: str
    names: Mapping[str, str]
    made_on: date  # the day that its watermark says

    @property
    def package(self) -> Package:
        """It, as the page tells it."""
        return self.page["archive"][self.transfer.package - 1]

    @property
    def number(self) -> str:
        """The archive's number, and which package where there are several."""
        number = self.package["number"] or ""
        return number if self.transfer.package == 1 else f"{number}-{self.transfer.package}"

    @property
    def files(self) -> list[Evidence]:
        """What the package brought: of a later one what was added since the one before."""
        return self.page["evidence"][self.transfer.files]


def document(receipt: Receipt, language: Language) -> Document:
    """The receipt in one language."""
    said, page, package = partial(_said, language), receipt.page, receipt.package
    made = {"person": receipt.reader_name, "at": receipt.made_on.isoformat()}
    title = f"{page['number'] or page['reference']}　{printed(language, page['title'])}"
    return Document(
        language=language,
        title=said("title"),
        subtitle=title,
        mark=word("secrecy_mark", highest(one["mark"] for one in page["secrecy"].values()), language),
        watermark=said("watermark", **made),
        foot=said("foot", hash=_leaf(receipt.transfer.received)[:16], **made),
        head=(
            (said("number"), package["number"] or ""),
            (said("package"), str(receipt.transfer.package)),
            (said("project"), title),
            (said("unit"), receipt.names.get(page["unit"], page["unit"])),
            (said("company"), receipt.names.get(page["company"], page["company"])),
            (said("over_on"), page["over_on"] or ""),
            (said("retention"), package["retention"]),
            (said("note"), printed(language, package["note"]) or said("none")),
        ),
        sections=(
            _acts(receipt, language),
            Section(
                heading=said("counts"),
                pairs=(
                    (said("files_count"), str(len(receipt.files))),
                    (said("bytes"), f"{sum(file['size_bytes'] for file in receipt.files):,}"),
                    (said("events"), str(receipt.transfer.handed_over.version)),
                ),
            ),
            _properties(receipt, language),
            _files(receipt, language),
            Section(
                heading=said("seals"),
                spaces=(((said("giver_seal"), said("date")), 30), ((said("taker_seal"), said("date")), 30)),
            ),
        ),
    )


def _said(language: Language, code: str, **facts: Any) -> str:
    return word("archive_receipt", code, language).format(**facts)


def _leaf(recorded: Recorded) -> str:
    return leaf_hash(recorded.stream, recorded.version, recorded.body).hex()


def _acts(receipt: Receipt, language: Language) -> Section:
    """Handing over and receiving: who in which office, when, and the place in the record with its hash."""
    said, package, transfer = partial(_said, language), receipt.package, receipt.transfer
    acts = (
        ("handed_over", package["handed_over_on"], transfer.handed_over),
        ("received", package["received_on"], transfer.received),
    )
    rows = [
        (
            said(code),
            _who(receipt, recorded, language),
            on or "",
            f"{said('place', ledger=recorded.ledger, position=recorded.position)}\n{_leaf(recorded)}",
        )
        for code, on, recorded in acts
    ]
    columns = (("act", 12), ("who", 30), ("on", 16), ("recorded", 42))
    return Section(
        heading=said("acts"),
        sentences=(said("source"),),
        columns=tuple(Column(said(code), width) for code, width in columns),
        rows=tuple(rows),
    )


def _who(receipt: Receipt, recorded: Recorded, language: Language) -> str:
    by = recorded.envelope.by
    assert by is not None, "the archive is handed to and taken by somebody"
    name, unit = (receipt.names.get(one, one) for one in (by.person, by.unit))
    return f"{name}\n{unit}　{office_label(by.office, language)}"


def _properties(receipt: Receipt, language: Language) -> Section:
    """What the archivist looked at, and what was sent back before."""
    said = partial(_said, language)
    back = [
        said(
            "sent_back",
            on=one["on"],
            lacks=said("list_of").join(word("properties", lacked, language) for lacked in one["lacks"]),
            reason=printed(language, one["reason"]),
        )
        for one in receipt.package["sent_back"]
    ]
    return Section(
        heading=said("properties"),
        sentences=tuple(back),
        pairs=tuple((word("properties", name, language), said("looked_at")) for name in PROPERTIES),
    )


def _files(receipt: Receipt, language: Language) -> Section:
    said = partial(_said, language)
    rows = [
        (
            said("sealed") if file["sealed"] else printed(language, file["name"]),
            str(file["size_bytes"]),
            file["sha256"] or file["link"],
        )
        for file in receipt.files
    ]
    return Section(
        heading=said("files"),
        sentences=() if rows else (said("none"),),
        columns=(Column(said("name"), 40), Column(said("size"), 14), Column(said("sha256"), 46)),
        rows=tuple(rows),
    )
