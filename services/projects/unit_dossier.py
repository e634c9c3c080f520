"""What the dossier of a unit's year says to people: its projects, decisions, late entries, own acts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, tzinfo
from functools import partial
from typing import Any

from services.projects.deliberation import Reader
from services.projects.domain.meeting.acts import MeetingConvened
from services.projects.domain.office import OFFICE
from services.projects.dossier import erased, highest, named_by, rules
from services.projects.erasures import Certificate
from services.projects.projections.history import Entry
from services.projects.projections.page import Page, page
from services.projects.replay_words import facts_of
from shared.dossier import local_time, printed, proof, said_in
from shared.envelope import Recorded
from shared.ledger_file import Statement
from shared.organisation import Programme
from shared.printing import Column, Document, Section
from shared.sentences import Language, word
from shared.signed_state import origin_of

OVER = ("closed", "archived", "rejected", "terminated")


@dataclass(frozen=True, slots=True)
class Year:
    """A calendar year in a zone; what counts is when something was entered."""

    year: int
    zone: tzinfo

    def had_begun_by(self, recorded: Recorded) -> bool:
        """Whether an event was entered in it or later."""
        return recorded.recorded_at >= datetime(self.year, 1, 1, tzinfo=self.zone)

    def past(self, recorded: Recorded) -> bool:
        """Whether an event was entered after it."""
        return recorded.recorded_at >= datetime(self.year + 1, 1, 1, tzinfo=self.zone)

    def acts(self, stream: Iterable[Recorded]) -> list[Recorded]:
        """What was entered in it."""
        return [one for one in stream if self.had_begun_by(one) and not self.past(one)]


@dataclass(frozen=True, slots=True)
class OfYear:
    """A project in a year: as it stood at its end, what was done, and which acts moved it on.

    `decided` has the states before and after by the id of the act.
    """

    page: Page
    acts: Sequence[Recorded]
    decided: Mapping[str, tuple[str, str]]
    reader: Reader


def in_year(
    stream: Sequence[Recorded], unit: str, year: Year
) -> tuple[Page, Mapping[str, tuple[str, str]]] | None:
    """A project's page at the end of a year and what was decided in it.

    None unless it was a unit's, as its own or its company's, while it went on or was acted on in the year.
    """
    known: Page | None = None
    decided: dict[str, tuple[str, str]] = {}
    belonged = False
    for one in stream:
        if year.past(one):
            break
        before, known = known, page(known, one)
        if year.had_begun_by(one):
            belonged |= _lives(before, unit) or unit in (known["unit"], known["company"])
            was = before["state"] if before else ""
            if was != known["state"]:
                decided[one.id] = was, known["state"]
    belonged |= _lives(known, unit)
    return (known, decided) if known is not None and belonged else None


def _lives(known: Page | None, unit: str) -> bool:
    return known is not None and unit in (known["unit"], known["company"]) and known["state"] not in OVER


@dataclass(frozen=True, slots=True)
class UnitRecord:
    """A unit's year, with what is needed to say it in words; `statements` are of the ledgers it stands in."""

    unit: str
    code: str
    year: Year
    projects: Sequence[OfYear]
    own: Sequence[Recorded]  # acts of the year on the unit, its offices, problem list and supplements
    meetings: Sequence[Recorded]  # of its bodies, in the year
    reader: Reader
    reader_name: str
    names: Mapping[str, str]
    programmes: Sequence[Programme]
    statements: Sequence[Statement]
    complete: bool
    made_on: date  # the day that its watermark says
    erasures: Sequence[Certificate] = ()

    @property
    def mark(self) -> str:
        """The highest secrecy mark on any of its projects (R74)."""
        return highest(one["mark"] for known in self.projects for one in known.page["secrecy"].values())


Told = Mapping[str, Entry]  # what the history says of events, by their ids


def document(record: UnitRecord, told: Told, language: Language) -> Document:
    """The year in one language; `told` has every act of it as the history tells it."""
    record = replace(record, names=named_by(record.programmes, language) | dict(record.names))
    said, last = partial(said_in, language), record.statements[-1]
    acts = [one for known in record.projects for one in known.acts]
    everything = [*acts, *record.own, *record.meetings]
    name = record.names.get(record.unit, record.unit)
    late = [one for one in everything if told[one.id]["late"]]
    until = max((one.envelope.recorded_at for one in everything), default=None)
    head = (
        (said("of_unit"), f"{name} {record.code}"),
        (said("year"), str(record.year.year)),
        (said("project_count"), str(len(record.projects))),
        (said("events"), str(len(everything))),
        (said("late_count"), str(len(late))),
        *(((said("until"), local_time(until, record.year.zone)),) if until else ()),
        (said("made_for"), record.reader_name),
    )
    listed = partial(_acts, record, told=told, language=language)
    return Document(
        language=language,
        title=said("year_title", unit=name, year=record.year.year),
        subtitle=said("year_counts"),
        mark=said("mark", mark=word("secrecy_mark", record.mark, language)),
        watermark=said("watermark", person=record.reader_name, at=record.made_on.isoformat()),
        foot=said("foot", group=origin_of(last.notes[-1]), position=last.size),
        head=head,
        sections=(
            _projects(record, told, language),
            listed("decisions", [one for known in record.projects for one in _deciding(known)]),
            listed("late_entries", late),
            listed("own_acts", record.own),
            listed("meetings", record.meetings),
            *erased(record.erasures, record.year.zone, language),
            rules(record.programmes, language),
            proof(record.statements, language, complete=record.complete),
        ),
    )


def _deciding(known: OfYear) -> list[Recorded]:
    return [one for one in known.acts if one.id in known.decided]


def _projects(record: UnitRecord, told: Told, language: Language) -> Section:
    said = partial(said_in, language)
    rows = []
    for known in record.projects:
        late = sum(told[one.id]["late"] for one in known.acts)
        dates = [
            f"{local_time(one.envelope.recorded_at, record.year.zone)[:10]} {_moved(known, one, language)}"
            for one in _deciding(known)
        ]
        title = printed(language, known.page["title"])
        rows.append(
            (
                known.page["number"] or known.page["reference"],
                f"{title}\n{record.names.get(known.page['unit'], known.page['unit'])}",
                word("state", known.page["state"], language),
                "\n".join(dates),
                said("acts_and_late", acts=len(known.acts), late=late),
            )
        )
    columns = (("reference", 17), ("name", 27), ("state_then", 18), ("dates", 26), ("acts_in_it", 12))
    return _section("projects", rows, columns, language)


def _moved(known: OfYear, one: Recorded, language: Language) -> str:
    """To which state an act brought a project."""
    after = known.decided[one.id][1]
    return word("state", after, language) if after else ""


def _acts(
    record: UnitRecord, heading: str, events: Iterable[Recorded], *, told: Told, language: Language
) -> Section:
    """Acts in the order in which they were entered: when and where, on what, by whom."""
    said, local = partial(said_in, language), partial(local_time, zone=record.year.zone)
    of = {one.id: known for known in record.projects for one in known.acts}
    main = record.statements[-1].ledger  # which the foot of each page names

    def rows() -> Iterator[tuple[str, ...]]:
        for one in sorted(events, key=lambda one: (one.envelope.recorded_at, one.ledger, one.position)):
            act: Any = told[one.id]
            what = [act["label"]]
            if known := of.get(one.id):
                what.append(known.page["number"] or known.page["reference"])
                what.append(printed(language, known.page["title"]))
                if one.id in known.decided:
                    what[0] = said("moved", act=act["label"], state=_moved(known, one, language))
            what += _about(record, one, language)
            place = "" if one.ledger == main else f"{one.ledger}/"
            when = f"{local(act['happened_at'])}\n{said('position')} {place}{act['position']}"
            yield when, "\n".join(what), "\n".join(facts_of(act, local, language))

    return _section(heading, rows(), (("when", 24), ("what_act", 38), ("who", 38)), language)


def _about(record: UnitRecord, one: Recorded, language: Language) -> Iterator[str]:
    """Of an act on an office: which, and whose it is; of a meeting: the day on which it is held."""
    office, who = getattr(one.event, "office", None), getattr(one.event, "person", None)
    if isinstance(one.event, MeetingConvened):
        yield one.event.held_on.isoformat()
    elif isinstance(one.event, OFFICE.events) and office:
        yield word("office", office, language)
        if who:
            yield record.names.get(who, who)


def _section(
    heading: str,
    rows: Iterable[tuple[str, ...]],
    columns: Iterable[tuple[str, float]],
    language: Language,
) -> Section:
    """A table under a heading, or the sentence that there is nothing."""
    made = tuple(rows)
    return Section(
        heading=said_in(language, heading),
        sentences=() if made else (said_in(language, "none"),),
        columns=tuple(Column(said_in(language, code), width) for code, width in columns),
        rows=made,
    )
