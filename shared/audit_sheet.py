"""The audit form of some cases (审计取证单): facts as recorded, and space for the unit's answer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from functools import partial
from hashlib import sha256
from typing import Any

from shared.domain import UnitId
from shared.dossier import local_time
from shared.ledger_file import Statement
from shared.organisation import Organisation, Term
from shared.printing import Column, Document, Section
from shared.sentences import Language, listed, word
from shared.verifier import NotProved

ON_ONE_FORM_AT_MOST = 30  # cases: as many as a usual sample


@dataclass(frozen=True, slots=True)
class Place:
    """An event of a case in words, and where it stands; moments as the record writes them."""

    which: str
    label: str
    who: str
    happened_at: str
    recorded_at: str
    ledger: str
    position: int
    hash: str


@dataclass(frozen=True, slots=True)
class Case:
    """One case in words: of what, its facts, and its events with the earlier ones first."""

    reference: str
    title: str
    facts: Sequence[tuple[str, str]]
    places: Sequence[Place]


@dataclass(frozen=True, slots=True)
class Form:
    """Cases of one suspicion, in their order, and all that is printed around them.

    `unit` answers for all of them; `document` is the audit notice's number or ""; `about` is what a case is
    of: a project or a review.
    """

    code: str
    number: str
    cases: Sequence[Case]
    unit: str
    document: str
    reader_name: str
    signed: Mapping[str, Statement | None]  # by ledger
    made_at: datetime
    zone: tzinfo
    about: str = "project"


def number_of(cases: Sequence[str]) -> str:
    """The same for the same cases, whoever prints them: of the first, how many, and of which."""
    first, *more = cases
    if not more:
        return first
    return f"{first}-{len(cases)}-{sha256(chr(10).join(cases).encode()).hexdigest()[:8]}"


def document(form: Form, language: Language) -> Document:
    """The form in one language; internal, since it names people (R74)."""
    said = partial(_said, language)
    at = f"{form.made_at:%Y-%m-%d %H:%M}"
    matter = word("suspicion", form.code, language)
    head = (
        (said("number"), form.number),
        (said("unit"), form.unit),
        (said("matter"), matter),
        (said("document"), form.document or said("by_hand")),
        (said(form.about), "\n".join(dict.fromkeys(f"{one.reference}　{one.title}" for one in form.cases))),
        (said("made"), said("made_by", person=form.reader_name, at=at)),
    )
    return Document(
        language=language,
        title=said("title"),
        subtitle=matter,
        mark=word("secrecy_mark", "internal", language),
        watermark=said("watermark", person=form.reader_name, at=f"{form.made_at:%Y-%m-%d}"),
        foot=said("foot", person=form.reader_name, at=at),
        head=head,
        sections=(
            *(_case(form, number, language) for number in range(len(form.cases))),
            Section(
                heading=said("ground"),
                sentences=(
                    word("suspicion_means", form.code, language),
                    said("innocent", said=word("suspicion_innocent", form.code, language)),
                ),
            ),
            _sources(form, language),
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


def _case(form: Form, number: int, language: Language) -> Section:
    """One case: its facts, and what was done when and by whom."""
    said, case = partial(_said, language), form.cases[number]
    one = {"number": number + 1, "count": len(form.cases), "reference": case.reference}
    rows = []
    for place in case.places:
        happened, entered = (local_time(at, form.zone) for at in (place.happened_at, place.recorded_at))
        both = (said("happened", at=happened), said("entered", at=entered))
        rows.append((f"{place.which}\n{place.label}", "\n".join(both), place.who))
    return Section(
        heading=said("fact_of", **one) if len(form.cases) > 1 else said("fact"),
        pairs=tuple(case.facts),
        columns=(Column(said("which"), 28), Column(said("when"), 34), Column(said("who"), 38)),
        rows=tuple(rows),
    )


def _sources(form: Form, language: Language) -> Section:
    said = partial(_said, language)
    rows = [
        (_numbered(form, number, place.which), place.ledger, str(place.position), place.hash)
        for number, case in enumerate(form.cases)
        for place in case.places
    ]
    return Section(
        heading=said("sources"),
        sentences=(said("source"), *(_signed(form, ledger, language) for ledger in form.signed)),
        columns=(
            Column(said("which"), 14),
            Column(said("ledger"), 26),
            Column(said("position"), 10),
            Column(said("hash"), 50),
        ),
        rows=tuple(rows),
    )


def _numbered(form: Form, number: int, which: str) -> str:
    return which if len(form.cases) == 1 else f"{number + 1}  {which}"


def _signed(form: Form, ledger: str, language: Language) -> str:
    """What was signed of a ledger and with which keys, if it reaches what is printed."""
    statement = form.signed[ledger]
    places = (place for case in form.cases for place in case.places)
    last = max(place.position for place in places if place.ledger == ledger)
    if statement is None or statement.size < last:
        return _said(language, "not_signed", ledger=ledger)
    try:
        keys = listed(statement.signers(), language)
    except NotProved as error:
        why = word("not_proved", error.code, language).format(**error.facts)
        return _said(language, "not_verified", ledger=ledger, why=why)
    return _said(language, "signed", ledger=ledger, size=statement.size, root=statement.root, keys=keys)


def notice_of(terms: Iterable[Term]) -> str:
    """The number of the audit notice behind a mandate (R15); an auditor of the house has none by office."""
    return next((term.document for term in terms if term.opened_in is not None), "")


def unit_above(known: Organisation, units: Sequence[UnitId]) -> UnitId:
    """The nearest unit in whose scope all of these are: the unit itself where there is one."""
    return next(above for above in known.above(units[0]) if all(known.reaches(above, one) for one in units))
