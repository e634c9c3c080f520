"""The audit form of some cases (审计取证单): facts as recorded, and space for the unit's answer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from functools import partial
from hashlib import sha256
from typing import Any

from services.projects.projections.history import labels, office_label
from services.projects.suspicions import CODES, Code
from shared.dossier import printed
from shared.ledger_file import Statement
from shared.printing import Column, Document, Section
from shared.sentences import Language, word
from shared.verifier import NotProved


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
        """The same for the same cases, whoever prints them: of the first, how many, and of which."""
        first, *more = (self._number(row) for row in self.rows)
        if not more:
            return first
        return f"{first}-{len(self.rows)}-{sha256(chr(10).join((first, *more)).encode()).hexdigest()[:8]}"

    def _number(self, row: Mapping[str, Any]) -> str:
        """Project, suspicion, and the act's position."""
        subject = f"-{row['subject']}" if row["subject"].isascii() and row["subject"] else ""
        return f"{row['case']['reference']}-{CODES.index(self.code) + 1:02}-{row['position']}{subject}"


def document(sheet: Sheet, language: Language) -> Document:
    """The form in one language; internal, since it names people (R74)."""
    said = partial(_said, language)
    at = f"{sheet.made_at:%Y-%m-%d %H:%M}"
    cases = [row["case"] for row in sheet.rows]
    projects = dict.fromkeys(f"{case['reference']}　{printed(language, case['title'])}" for case in cases)
    matter = word("suspicion", sheet.code, language)
    head = (
        (said("number"), sheet.number),
        (said("unit"), sheet.names.get(sheet.unit, sheet.unit)),
        (said("matter"), matter),
        (said("document"), sheet.document or said("by_hand")),
        (said("project"), "\n".join(projects)),
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
            *(_case(sheet, number, language) for number in range(len(cases))),
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


def _facts(sheet: Sheet, case: Mapping[str, Any], language: Language) -> Iterator[tuple[str, str]]:
    facts = case["facts"] | ({"batch": case["batch"]} if case["batch"] else {})
    for name, value in facts.items():
        if name == "other_project":
            continue  # its reference is what people know
        shown = sheet.names.get(value) or word("suspicion_value", printed(language, value), language)
        yield word("suspicion_fact", name, language), shown


def _places(case: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    if case["earlier"]:
        yield "earlier", case["earlier"]
    yield "this_act", case["act"]


def _case(sheet: Sheet, number: int, language: Language) -> Section:
    """One case: its facts, and what was done when and by whom."""
    said, case = partial(_said, language), sheet.rows[number]["case"]
    one = {"number": number + 1, "count": len(sheet.rows), "reference": case["reference"]}
    rows = []
    for which, place in _places(case):
        happened, entered = (_local(place[key], sheet.zone) for key in ("happened_at", "recorded_at"))
        both = (said("happened", at=happened), said("entered", at=entered))
        label = labels(language).get(place["event"], place["event"])
        rows.append((f"{said(which)}\n{label}", "\n".join(both), _who(sheet, place, language)))
    return Section(
        heading=said("fact_of", **one) if len(sheet.rows) > 1 else said("fact"),
        pairs=tuple(_facts(sheet, case, language)),
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
        (_numbered(sheet, number, said(which)), place["ledger"], str(place["position"]), place["hash"])
        for number, row in enumerate(sheet.rows)
        for which, place in _places(row["case"])
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


def _numbered(sheet: Sheet, number: int, which: str) -> str:
    return which if len(sheet.rows) == 1 else f"{number + 1}  {which}"


def _signed(sheet: Sheet, ledger: str, language: Language) -> str:
    """What was signed of a ledger and with which keys, if it reaches what is printed."""
    statement = sheet.signed[ledger]
    places = (place for row in sheet.rows for _, place in _places(row["case"]))
    last = max(place["position"] for place in places if place["ledger"] == ledger)
    if statement is None or statement.size < last:
        return _said(language, "not_signed", ledger=ledger)
    try:
        keys = _said(language, "list_of").join(statement.signers())
    except NotProved as error:
        why = word("not_proved", error.code, language).format(**error.facts)
        return _said(language, "not_verified", ledger=ledger, why=why)
    return _said(language, "signed", ledger=ledger, size=statement.size, root=statement.root, keys=keys)


def _local(moment: str, zone: tzinfo) -> str:
    return f"{datetime.fromisoformat(moment).astimezone(zone):%Y-%m-%d %H:%M:%S}"
