"""What a project's dossier says to people: the record in one language, made to be printed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, tzinfo
from functools import partial
from typing import Any

import msgspec

from services.projects.deliberation import Reader, page_for
from services.projects.erasures import Certificate
from services.projects.projections.history import Entry
from services.projects.projections.page import Page
from services.projects.replay import Changed, fields
from services.projects.replay_words import facts_of, label, text
from shared.dossier import local_time, printed, proof, said_in
from shared.envelope import Recorded
from shared.ledger_file import Statement
from shared.organisation import Programme
from shared.printing import Column, Document, Section
from shared.sentences import Language, word
from shared.signed_state import origin_of

CATALOGUE_KEY = {"zh-CN": "zh", "en": "en"}  # of names in a programme
MARKS = ("public", "internal", "work_secret", "commercial_secret")  # each above those before it
UNMARKED = "internal"


def highest(marks: Iterable[str]) -> str:
    """The highest of some secrecy marks; what nobody marked is internal (R74)."""
    return max(marks, key=MARKS.index, default=UNMARKED)


@dataclass(frozen=True, slots=True)
class Record:
    """A project's record as somebody may see it, with what is needed to say it in words.

    `statements` are of the ledgers in which it stands, the one in which it goes on at last; `complete`
    says whether their other events' hashes go with it.
    """

    page: Page
    stream: Sequence[Recorded]
    changes: Sequence[Sequence[Changed]]  # that each of its events made
    reader: Reader
    reader_name: str
    names: Mapping[str, str]
    programmes: Sequence[Programme]
    statements: Sequence[Statement]
    complete: bool
    made_on: date  # the day that its watermark says
    zone: tzinfo
    erasures: Sequence[Certificate] = ()  # of people who are named in it

    @property
    def mark(self) -> str:
        """Who may read it: as a secrecy reviewer said of its dossier, else the highest mark on it (R74)."""
        marked = self.page["secrecy"]
        if "dossier" in marked:
            return marked["dossier"]["mark"]
        return highest(one["mark"] for one in marked.values())


def document(record: Record, acts: Sequence[Entry], language: Language) -> Document:
    """The record with its acts, as `history` tells them in this language."""
    record = replace(record, names=named_by(record.programmes, language) | dict(record.names))
    said, page = partial(said_in, language), record.page
    local = partial(local_time, zone=record.zone)
    last = record.stream[-1]
    head = (
        (said("unit"), record.names.get(page["unit"], page["unit"])),
        (said("company"), record.names.get(page["company"], page["company"])),
        (said("state"), word("state", page["state"], language)),
        (said("until"), local(last.envelope.recorded_at)),
        (said("events"), str(len(record.stream))),
        (said("made_for"), record.reader_name),
    )
    return Document(
        language=language,
        title=said("title", reference=page["number"] or page["reference"]),
        subtitle=printed(language, page["title"]),
        mark=said("mark", mark=word("secrecy_mark", record.mark, language)),
        watermark=said("watermark", person=record.reader_name, at=record.made_on.isoformat()),
        foot=said("foot", group=origin_of(record.statements[-1].notes[-1]), position=last.position),
        head=head,
        sections=(
            Section(heading=said("now"), pairs=tuple(_pairs(record, language))),
            Section(
                heading=said("acts"),
                columns=(
                    Column(said("when"), 17),
                    Column(said("what"), 48),
                    Column(said("who"), 35),
                ),
                rows=tuple(_acts(record, acts, language)),
            ),
            _evidence(page, language),
            *erased(record.erasures, record.zone, language),
            rules(record.programmes, language),
            proof(record.statements, language, complete=record.complete),
        ),
    )


def named_by(programmes: Iterable[Programme], language: Language) -> dict[str, str]:
    """What the programme versions call their codes: tracks, criteria, routes and whatever else has one."""
    found: dict[str, str] = {}

    def look(at: Any) -> None:
        if isinstance(at, dict):
            if names := [at[key] for key in (CATALOGUE_KEY[language], "zh") if at.get(key)]:
                found.setdefault(str(at.get("code")), str(names[0]))
            look(list(at.values()))
        elif isinstance(at, list):
            for part in at:
                look(part)

    for programme in programmes:
        look(msgspec.json.decode(programme.content))
    return found


def _pairs(record: Record, language: Language) -> Iterator[tuple[str, str]]:
    shown = fields(page_for(record.page, record.reader))
    for place, value in shown.items():
        yield label(place, language, record.names), text(place, value, record.names, language)


def _acts(record: Record, acts: Sequence[Entry], language: Language) -> Iterator[tuple[str, ...]]:
    local = partial(local_time, zone=record.zone)
    for act, changes in zip(acts, record.changes, strict=True):
        position = said_in(language, "position")
        when = f"{local(act['happened_at'])}\n{position} {act['position']}"
        what = [act["label"], *(_change(one, record.names, language) for one in changes)]
        yield when, "\n".join(what), "\n".join(facts_of(act, local, language))


def _change(one: Changed, names: Mapping[str, str], language: Language) -> str:
    before, after = (text(one.place, value, names, language) for value in (one.before, one.after))
    said = "set" if one.before is None else "changed"
    return said_in(language, said, label=label(one.place, language, names), before=before, after=after)


def _evidence(page: Page, language: Language) -> Section:
    said = partial(said_in, language)
    files = page["evidence"]
    return Section(
        heading=said("evidence"),
        sentences=() if files else (said("no_evidence"),),
        columns=(Column(said("name"), 40), Column(said("size"), 12), Column(said("sha256"), 48)),
        rows=tuple((file["name"], str(file["size_bytes"]), file["sha256"]) for file in files),
    )


def erased(erasures: Iterable[Certificate], zone: tzinfo, language: Language) -> Iterator[Section]:
    """Whose data are gone, by which act; nothing where nobody named in it was erased (R77)."""
    said, local = partial(said_in, language), partial(local_time, zone=zone)
    rows = [
        (
            one.staff_number,
            said("list_of").join(word("sealed_field", field, language) for field in one.erased),
            f"{local(one.at.isoformat())}\n{one.event}",
            f"{one.reason}\n{one.document}",
        )
        for one in erasures
    ]
    if rows:
        columns = (("staff_number", 15), ("erased", 25), ("erased_at", 30), ("why", 30))
        yield Section(
            heading=said("erasures"),
            columns=tuple(Column(said(code), width) for code, width in columns),
            rows=tuple(rows),
        )


def rules(programmes: Iterable[Programme], language: Language) -> Section:
    """The versions of the programme that applied."""
    said = partial(said_in, language)
    rows = tuple((p.version, p.in_force.isoformat(), p.content_hash) for p in programmes)
    return Section(
        heading=said("rules"),
        sentences=() if rows else (said("none"),),
        columns=(Column(said("version"), 20), Column(said("in_force"), 20), Column(said("sha256"), 60)),
        rows=rows,
    )
