"""The list of a handover (交接清单) as it is printed: what passes to whom, and who signed when (R11)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any

from services.projects.domain.handover import ROLES, Entry, Handover, Parties, Role
from services.projects.projections.history import office_label
from shared.dossier import printed
from shared.envelope import Recorded
from shared.printing import Column, Document, Section
from shared.sentences import Language, word


@dataclass(frozen=True, slots=True)
class Sheet:
    """A handover with what is needed to say it in words.

    `entries` are as the reader may see them; `signed` are the events of the signatures under this list;
    `made_on` is the day that the watermark says.
    """

    number: str
    parties: Parties
    state: Handover
    said: str  # how far it is
    entries: tuple[Entry, ...]
    signed: Mapping[Role, Recorded]
    reader_name: str
    names: Mapping[str, str]
    made_on: date


def document(sheet: Sheet, language: Language) -> Document:
    """The list in one language; internal, since it names people (R74)."""
    said, state, parties = partial(_said, language), sheet.state, sheet.parties
    office = f"{_name(sheet, parties.unit)}　{office_label(parties.office, language)}"
    made = {"person": sheet.reader_name, "at": sheet.made_on.isoformat()}
    return Document(
        language=language,
        title=said("title"),
        subtitle=office,
        mark=word("secrecy_mark", "internal", language),
        watermark=said("watermark", **made),
        foot=said("foot", hash=state.list_hash[:16], **made),
        head=(
            (said("number"), sheet.number),
            (said("office"), office),
            *((said(role), _name(sheet, person)) for role, person in _people(sheet)),
            (said("opened"), state.on.isoformat()),
            (said("due"), state.due.isoformat()),
            (said("state"), word("state", sheet.said, language)),
            (said("confirmed"), state.confirmed_on.isoformat() if state.confirmed_on else said("not_yet")),
        ),
        sections=(
            Section(heading=said("counts"), pairs=tuple(_counts(sheet.entries, language))),
            _open(sheet.entries, language),
            _figures(sheet.entries, language),
            Section(heading=said("reservations"), sentences=(_reservations(sheet) or said("none"),)),
            _signatures(sheet, language),
            Section(heading=said("seals"), spaces=(((said("seal"), said("date")), 30),)),
        ),
    )


def _said(language: Language, code: str, **facts: Any) -> str:
    return word("handover_sheet", code, language).format(**facts)


def _name(sheet: Sheet, one: str) -> str:
    return sheet.names.get(one, one)


def _people(sheet: Sheet) -> Iterator[tuple[Role, str]]:
    """Who hands over, who takes over, and the witness once there is one."""
    yield "outgoing", sheet.parties.outgoing
    yield "incoming", sheet.parties.incoming
    if "witness" in sheet.state.signed:
        yield "witness", sheet.state.signed["witness"].person


def _counts(entries: tuple[Entry, ...], language: Language) -> Iterator[tuple[str, str]]:
    said = partial(_said, language)
    led = sum(entry.led for entry in entries)
    yield said("led"), str(led)
    yield said("waiting"), str(len(entries) - led)
    kinds = Counter(one.subject for entry in entries for one in entry.open)
    yield said("open"), str(kinds.total())
    for kind, count in sorted(kinds.items()):
        yield said("open_of", kind=word("subject", kind, language)), str(count)


def _open(entries: tuple[Entry, ...], language: Language) -> Section:
    """What passes on, project by project; one in which nothing is open is listed too."""
    said, show = partial(_said, language), partial(printed, language)
    rows = []
    for entry in entries:
        state = word("state", entry.state, language)
        project = (
            f"{entry.reference}　{show(entry.title)}\n{state}　{said('leads' if entry.led else 'waits')}"
        )
        for one in entry.open:
            what = f"{word('subject', one.subject, language)}　{show(one.title) or one.code}"
            rows.append((project, what.rstrip("　"), one.due.isoformat()))
            project = ""
        if project:
            rows.append((project, said("nothing_open"), ""))
    return Section(
        heading=said("list"),
        sentences=() if rows else (said("none"),),
        columns=(Column(said("project"), 44), Column(said("matter"), 40), Column(said("due"), 16)),
        rows=tuple(rows),
    )


def _figures(entries: tuple[Entry, ...], language: Language) -> Section:
    """The figures as they stood when the list was made."""
    said, show = partial(_said, language), partial(printed, language)
    rows = [
        (
            entry.reference,
            show(figure.name),
            *map(_number, (figure.baseline, figure.target)),
            _read(figure.value, figure.period),
            word("state", figure.status, language) if figure.status else said("not_yet"),
        )
        for entry in entries
        for figure in entry.figures
    ]
    columns = (
        ("project", 24),
        ("figure", 24),
        ("baseline", 12),
        ("target", 12),
        ("value", 16),
        ("status", 12),
    )
    return Section(
        heading=said("figures"),
        sentences=() if rows else (said("none"),),
        columns=tuple(Column(said(code), width) for code, width in columns),
        rows=tuple(rows),
    )


def _number(value: Decimal | None) -> str:
    return "" if value is None else f"{value:f}"


def _read(value: Decimal | None, period: str) -> str:
    return "" if value is None else f"{value:f}\n{period}"


def _reservations(sheet: Sheet) -> str:
    taker = sheet.state.signed.get("incoming")
    return taker.reservations.strip() if taker else ""


def _signatures(sheet: Sheet, language: Language) -> Section:
    """Each of the three with the day and the place in the record; all have signed the list of this hash."""
    said, rows = partial(_said, language), []
    for role in ROLES:
        given, recorded = sheet.state.signed.get(role), sheet.signed.get(role)
        if given is None or recorded is None:
            rows.append((said(role), said("not_signed"), "", ""))
        else:
            place = said("place", ledger=recorded.ledger, position=recorded.position)
            rows.append((said(role), _name(sheet, given.person), given.on.isoformat(), place))
    columns = (("role", 16), ("who", 24), ("signed_on", 16), ("recorded", 44))
    return Section(
        heading=said("signatures"),
        sentences=(said("hash", hash=sheet.state.list_hash),),
        columns=tuple(Column(said(code), width) for code, width in columns),
        rows=tuple(rows),
    )
