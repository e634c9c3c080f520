"""The archive package of a project: its properties as an electronic record, and its metadata (R78)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal
from xml.etree import ElementTree

from services.projects.domain.project.archiving import PROPERTIES, Property
from services.projects.projections.page import Page
from services.projects.projections.page.shape import Evidence
from shared.dossier import printed
from shared.sentences import Language, word

LASTING = ("application/pdf", "image/png", "image/jpeg", "text/plain", "text/csv")  # read in decades, too


@dataclass(frozen=True, slots=True)
class Found:
    """Something against a property, by its code; of a file by the file's name."""

    code: Literal["not_signed", "not_there", "not_lasting", "not_reviewed"]
    file: str = ""


@dataclass(frozen=True, slots=True)
class Check:
    """A property of the package, and what is found against it."""

    property: Property
    found: tuple[Found, ...]


def checks(page: Page, signed: bool, size_of: Callable[[str], int | None]) -> list[Check]:
    """What can be looked at by a machine before the package travels; the archivist says the last word.

    `signed`: whether what was signed of its ledgers reaches its last act. `size_of`: of a file, by hash.
    """
    not_lasting = (file for file in _kept(page) if file["media_type"] not in LASTING)
    found: dict[Property, tuple[Found, ...]] = {
        "authentic": () if signed else (Found("not_signed"),),
        "complete": tuple(Found("not_there", file["name"]) for file in _absent(page, size_of)),
        "usable": tuple(Found("not_lasting", file["name"]) for file in not_lasting),
        "safe": () if page["secrecy"] else (Found("not_reviewed"),),
    }
    return [Check(name, found[name]) for name in PROPERTIES]


def _absent(page: Page, size_of: Callable[[str], int | None]) -> Iterator[Evidence]:
    """Files whose bytes are not there as they were recorded."""
    return (file for file in _kept(page) if size_of(file["sha256"]) != file["size_bytes"])


def _kept(page: Page) -> Iterator[Evidence]:
    """Its files; a link has no bytes here, and those of a sealed file are gone (R74)."""
    return (file for file in page["evidence"] if not (file["link"] or file["sealed"]))


def spoken(found: Found, language: Language) -> str:
    """What is found, as a sentence."""
    return word("archive_found", found.code, language).format(file=printed(language, found.file))


def metadata(
    page: Page, *, unit: str, company: str, fonds: str, mark: str, root: str, checked: list[Check]
) -> bytes:
    """What archives ask of an electronic record (as DA/T 46 names it), as XML beside the dossier.

    `root`: of the ledger in which the project goes on, as its dossier proves it.
    """
    package = page["archive"][-1]
    record = ElementTree.Element("record", standard="DA/T 46")
    for name, text in (
        ("fonds", fonds),
        ("archivalNumber", package["number"] or ""),
        ("package", str(len(page["archive"]))),
        ("reference", page["number"] or page["reference"]),
        ("title", printed("zh-CN", page["title"])),
        ("creator", unit),
        ("fondsConstitutingUnit", company),
        ("dateOfCreation", (page["drafted_at"] or "")[:10]),
        ("dateOfEnd", page["over_on"] or ""),
        ("state", page["state"]),
        ("retentionPeriod", package["retention"]),
        ("securityClassification", mark),
        ("handedOverOn", package["handed_over_on"] or ""),
        ("receivedOn", package["received_on"] or ""),
        ("lastEvent", page["position"]),
        ("ledgerRoot", root),
    ):
        ElementTree.SubElement(record, name).text = text
    properties = ElementTree.SubElement(record, "properties")
    for check in checked:
        said = ElementTree.SubElement(properties, check.property, found=str(len(check.found)))
        for one in check.found:
            ElementTree.SubElement(said, "finding", code=one.code).text = spoken(one, "zh-CN")
    files = ElementTree.SubElement(record, "files")
    for file in page["evidence"]:
        known = {"sha256": file["sha256"], "bytes": str(file["size_bytes"]), "format": file["media_type"]}
        ElementTree.SubElement(
            files, "file", known | ({"sealed": "true"} if file["sealed"] else {})
        ).text = printed("zh-CN", file["name"])
    ElementTree.indent(record)
    made: bytes = ElementTree.tostring(record, "utf-8", xml_declaration=True)
    return made + b"\n"
