"""The audit form of cases that projects found: their facts and places in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any

from services.projects.projections.history import labels, office_label
from services.projects.suspicions import CODES, Code
from shared import audit_sheet
from shared.audit_sheet import Case, Form, Place, number_of
from shared.dossier import printed
from shared.ledger_file import Statement
from shared.printing import Document
from shared.sentences import Language, word


@dataclass(frozen=True, slots=True)
class Sheet:
    """Cases of one suspicion with what is needed to say them in words, in their order.

    `unit` answers for all of them; `document` is the audit notice's number or "".
    """

    code: Code
    rows: Sequence[Mapping[str, Any]]
    unit: str
    document: str
    reader_name: str
    names: Mapping[str, str]
    signed: Mapping[str, Statement | None]  # by ledger
    made_at: datetime
    zone: tzinfo

    @property
    def number(self) -> str:
        """The same for the same cases, whoever prints them."""
        return number_of([self._number(row) for row in self.rows])

    def _number(self, row: Mapping[str, Any]) -> str:
        """Project, suspicion, and the act's position."""
        subject = f"-{row['subject']}" if row["subject"].isascii() and row["subject"] else ""
        return f"{row['case']['reference']}-{CODES.index(self.code) + 1:02}-{row['position']}{subject}"


def document(sheet: Sheet, language: Language) -> Document:
    """The form in one language."""
    form = Form(
        code=sheet.code,
        number=sheet.number,
        cases=[_case(sheet, row["case"], language) for row in sheet.rows],
        unit=sheet.names.get(sheet.unit, sheet.unit),
        document=sheet.document,
        reader_name=sheet.reader_name,
        signed=sheet.signed,
        made_at=sheet.made_at,
        zone=sheet.zone,
    )
    return audit_sheet.document(form, language)


def _case(sheet: Sheet, case: Mapping[str, Any], language: Language) -> Case:
    return Case(
        reference=case["reference"],
        title=printed(language, case["title"]),
        facts=[*_facts(sheet, case, language)],
        places=[*_places(sheet, case, language)],
    )


def _facts(sheet: Sheet, case: Mapping[str, Any], language: Language) -> Iterator[tuple[str, str]]:
    facts = case["facts"] | ({"batch": case["batch"]} if case["batch"] else {})
    for name, value in facts.items():
        if name == "other_project":
            continue  # its reference is what people know
        shown = sheet.names.get(value) or word("suspicion_value", printed(language, value), language)
        yield word("suspicion_fact", name, language), shown


def _places(sheet: Sheet, case: Mapping[str, Any], language: Language) -> Iterator[Place]:
    for which, place in (("earlier", case["earlier"]), ("this_act", case["act"])):
        if place:
            yield Place(
                which=word("audit_sheet", which, language),
                label=labels(language).get(place["event"], place["event"]),
                who=_who(sheet, place, language),
                happened_at=place["happened_at"],
                recorded_at=place["recorded_at"],
                ledger=place["ledger"],
                position=place["position"],
                hash=place["hash"],
            )


def _who(sheet: Sheet, place: Mapping[str, Any], language: Language) -> str:
    if not place["office"]:
        return word("audit_sheet", "system", language)
    person, other = (sheet.names.get(place[key], place[key]) for key in ("person", "on_behalf_of"))
    who = word("audit_sheet", "who_for", language).format(person=person, other=other) if other else person
    unit = sheet.names.get(place["unit"], place["unit"])
    return f"{who or ''}\n{unit} {office_label(place['office'], language)}"
