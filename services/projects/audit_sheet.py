"""The audit form of one case (审计取证单): the fact as the record has it, and space for the unit's answer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from functools import partial
from typing import Any

from services.projects.projections.history import labels, office_label
from services.projects.suspicions import CODES, Code
from shared.ledger_file import Statement
from shared.printing import Column, Document, Section
from shared.sentences import Language, word


@dataclass(frozen=True, slots=True)
class Sheet:
    """A case with what is needed to say it in words; `document` is the audit notice's number or ""."""

    code: Code
    row: Mapping[str, Any]
    document: str
    reader_name: str
    names: Mapping[str, str]
    signed: Mapping[str, Statement | None]  # by ledger
    made_at: datetime
    zone: tzinfo

    @property
    def number(self) -> str:
        """The same for the same case, whoever prints it: project, suspicion, and the act's position."""
        subject = f"-{self.row['subject']}" if self.row["subject"].isascii() and self.row["subject"] else ""
        kind = CODES.index(self.code) + 1
        return f"{self.row['case']['reference']}-{kind:02}-{self.row['position']}{subject}"


def document(sheet: Sheet, language: Language) -> Document:
    """The form in one language; internal, since it names people (R74)."""
    said = partial(_said, language)
    case, at = sheet.row["case"], f"{sheet.made_at:%Y-%m-%d %H:%M}"
    matter = word("suspicion", sheet.code, language)
    head = (
        (said("number"), sheet.number),
        (said("unit"), sheet.names.get(sheet.row["unit"], sheet.row["unit"])),
        (said("matter"), matter),
        (said("document"), sheet.document or said("by_hand")),
        (said("project"), f"{case['reference']}　{case['title']}"),
        (said("made"), said("made_by", person=sheet.reader_name, at=at)),
    )
    innocent = word("suspicion_innocent", sheet.code, language)
    return Document(
        language=language,
        title=said("title"),
        subtitle=matter,
        mark=word("secrecy_mark", "internal", language),
        watermark=said("watermark", person=sheet.reader_name, at=f"{sheet.made_at:%Y-%m-%d}"),
        foot=said("foot", person=sheet.reader_name, at=at),
        head=head,
        sections=(
            Section(heading=said("fact"), pairs=tuple(_facts(sheet, language))),
            _acts(sheet, language),
            Section(
                heading=said("ground"),
                sentences=(
                    word("suspicion_means", sheet.code, language),
                    said("innocent", said=innocent),
                ),
            ),
            _sources(sheet, language),
            Section(heading=said("attached"), spaces=(((), 16),)),
            Section(
                heading=said("statement"),
                spaces=(((), 34), ((said("responsible"), said("seal"), said("date")), 20)),
            ),
            Section(
                heading=said("auditors_heading"),
                spaces=(((said("taken_by"), said("checked_by"), said("date")), 16),),
            ),
        ),
    )


def _said(language: Language, code: str, **facts: Any) -> str:
    return word("audit_sheet", code, language).format(**facts)


def _facts(sheet: Sheet, language: Language) -> Iterator[tuple[str, str]]:
    case = sheet.row["case"]
    facts = case["facts"] | ({"batch": case["batch"]} if case["batch"] else {})
    for name, value in facts.items():
        if name == "other_project":
            continue  # its reference is what people know
        shown = sheet.names.get(value) or word("suspicion_value", value, language)
        yield word("suspicion_fact", name, language), shown


def _places(sheet: Sheet) -> Iterator[tuple[str, Mapping[str, Any]]]:
    case = sheet.row["case"]
    if case["earlier"]:
        yield "earlier", case["earlier"]
    yield "this_act", case["act"]


def _acts(sheet: Sheet, language: Language) -> Section:
    said = partial(_said, language)
    rows = []
    for which, place in _places(sheet):
        happened, entered = (_local(place[key], sheet.zone) for key in ("happened_at", "recorded_at"))
        both = (said("happened", at=happened), said("entered", at=entered))
        label = labels(language).get(place["event"], place["event"])
        rows.append((f"{said(which)}\n{label}", "\n".join(both), _who(sheet, place, language)))
    return Section(
        heading=said("acts"),
        columns=(Column(said("which"), 28), Column(said("when"), 34), Column(said("who"), 38)),
        rows=tuple(rows),
    )


def _who(sheet: Sheet, place: Mapping[str, Any], language: Language) -> str:
    if not place["office"]:
        return _said(language, "system")
    person, other = (sheet.names.get(place[key], place[key]) for key in ("person", "on_behalf_of"))
    who = _said(language, "who_for", person=person, other=other) if other else person or ""
    unit = sheet.names.get(place["unit"], place["unit"])
    return f"{who}\n{unit} {office_label(place['office'], language)}"


def _sources(sheet: Sheet, language: Language) -> Section:
    said = partial(_said, language)
    rows = [
        (said(which), place["ledger"], str(place["position"]), place["hash"])
        for which, place in _places(sheet)
    ]
    return Section(
        heading=said("sources"),
        sentences=(said("source"), *(_signed(sheet, ledger, language) for ledger in sheet.signed)),
        columns=(
            Column(said("which"), 14),
            Column(said("ledger"), 26),
            Column(said("position"), 10),
            Column(said("hash"), 50),
        ),
        rows=tuple(rows),
    )


def _signed(sheet: Sheet, ledger: str, language: Language) -> str:
    """What was signed of a ledger, if it reaches what is printed."""
    statement = sheet.signed[ledger]
    last = max(place["position"] for _, place in _places(sheet) if place["ledger"] == ledger)
    if statement is None or statement.size < last:
        return _said(language, "not_signed", ledger=ledger)
    _, size, root = statement.notes[-1].split("\n")[:3]
    return _said(language, "signed", ledger=ledger, size=size, root=root)


def _local(moment: str, zone: tzinfo) -> str:
    return f"{datetime.fromisoformat(moment).astimezone(zone):%Y-%m-%d %H:%M:%S}"
