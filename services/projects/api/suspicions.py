"""The auditor's suspicions over HTTP: how many of each kind, which, and a sample by lot."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel, Field

from services.projects.looking import looking_from, note_look
from services.projects.parts import Parts, parts_of
from services.projects.projections.history import labels, office_label
from services.projects.projections.suspicions import (
    COUNT_AT_MOST,
    PLACE,
    Asked,
    Scope,
    after_case,
    cases,
    counting,
    drawn,
    listing,
    name_of,
)
from services.projects.suspicions import CODES, Code
from shared.clock import today
from shared.domain import NotAllowed, NotKnown, PersonId, UnitId
from shared.engines import rows_of
from shared.envelope import micros
from shared.organisation import Organisation, Term
from shared.problems import FieldsWrong
from shared.sentences import Language, word
from shared.signed_in import SignedIn
from shared.wait_for import WaitFor, reached
from shared.web import language

FIRST_DAY, LAST_DAY = date(1970, 1, 1), date(9998, 12, 31)
SAMPLE_AT_MOST = 500
SEED = r"^[0-9A-Za-z-]{1,64}$"
LEFT_OUT = ("score_moved", "juror_far")

router = APIRouter(prefix="/suspicions", tags=["replay"])


class OnlyAuditSeesSuspicions(NotAllowed):
    """What is worth an auditor's question is shown to audit and discipline alone.

    Ask the audit office above the unit."""


class PeriodEndsBeforeItBegins(FieldsWrong):
    """The last day lies before the first: {fields}.

    Name a last day that is not before the first."""


class Kind(BaseModel):
    """One suspicion: what it means, what may be innocent, and how many there are, up to a thousand."""

    code: Code
    label: str
    means: str
    innocent: str
    count: int = Field(description=f"Without those of batches; {COUNT_AT_MOST:,} stands for that or more")
    in_batches: int = Field(description="Done in a batch, and counted apart (R83)")


class LeftOut(BaseModel):
    """A suspicion that the rules name and that is not looked for here."""

    code: str
    label: str
    why: str


class Kinds(BaseModel):
    """All kinds, for a time by days of recording and for a unit with all below it."""

    since: date
    until: date
    unit: str | None = Field(description="None: all that the reader's offices reach")
    unit_name: str | None
    kinds: list[Kind]
    left_out: list[LeftOut]
    complete_to: datetime | None


class Event(BaseModel):
    """An event of the record, and who signed it in which office."""

    ledger: str
    position: int
    hash: str = Field(description="Of its leaf in the ledger's tree")
    event: str
    label: str
    recorded_at: datetime
    happened_at: datetime
    person: str | None = Field(description="None for the system's own, and where nobody here is told (R53)")
    name: str | None
    on_behalf_of: str | None
    on_behalf_of_name: str | None
    office: str | None
    office_label: str | None
    unit: str | None
    unit_name: str | None


class CaseShown(BaseModel):
    """One case: the act, the earlier one beside it where there is one, and what made it suspicious."""

    case: str
    project: str
    reference: str
    title: str
    unit: str
    unit_name: str | None
    batch: str | None
    act: Event
    earlier: Event | None
    facts: dict[str, str]


class Cases(BaseModel):
    """A part of the list, the earliest first; or a sample, with what draws the same one again."""

    cases: list[CaseShown]
    next: str | None
    seed: str | None = Field(description="Of a sample: the lot of a case is SHA-256 of `<seed>/<case>`")
    of: int | None = Field(description="Of a sample: from how many it was drawn")
    complete_to: datetime | None


async def _complete(request: Request, wait_for: WaitFor) -> datetime | None:
    parts = parts_of(request)
    await parts.following.catch_up()
    return await reached(parts.runner_suspicions, wait_for)


class Period(BaseModel):
    """From a day to a day, both included."""

    since: date
    until: date
    unit: str | None


def _period(
    request: Request,
    since: Annotated[date | None, Query(alias="from", description="Recorded from this day on")] = None,
    until: Annotated[date | None, Query(alias="to", description="To this day; else to today")] = None,
    unit: Annotated[UUID | None, Query(description="And all below it")] = None,
) -> Period:
    parts = parts_of(request)
    last = min(until or today(parts.clock, parts.settings.time_zone), LAST_DAY)
    first = max(since or last.replace(month=1, day=1), FIRST_DAY)
    if until is not None and until < first:
        raise PeriodEndsBeforeItBegins(fields=["from", "to"])
    return Period(since=first, until=last, unit=str(unit) if unit else None)


CompleteTo = Annotated[datetime | None, Depends(_complete)]
Asking = Annotated[Period, Depends(_period)]


@router.get("")
async def read_suspicions(
    request: Request, person: SignedIn, complete_to: CompleteTo, period: Asking
) -> Kinds:
    """How many acts are worth a question, by kind; for audit and discipline, and noted as a look (R76)."""
    parts, spoken = parts_of(request), language(request)
    asked = asked_of(parts, person, period)
    await note_look(request, person, "suspicions", period.unit or "", _unit(period))
    found = await rows_of(parts.views, counting(asked))
    counts = {(row["code"], bool(row["batch"])): int(row["found"]) for row in found}
    return Kinds(
        since=period.since,
        until=period.until,
        unit=period.unit,
        unit_name=_named(parts.organisation, period.unit),
        kinds=[
            Kind(
                code=code,
                label=word("suspicion", code, spoken),
                means=word("suspicion_means", code, spoken),
                innocent=word("suspicion_innocent", code, spoken),
                count=counts[code, False],
                in_batches=counts[code, True],
            )
            for code in CODES
        ],
        left_out=[
            LeftOut(
                code=code, label=word("suspicion", code, spoken), why=word("suspicion_left_out", code, spoken)
            )
            for code in LEFT_OUT
        ],
        complete_to=complete_to,
    )


@router.get("/{code}")
async def read_cases(
    request: Request,
    person: SignedIn,
    complete_to: CompleteTo,
    code: Code,
    period: Asking,
    batch: Annotated[bool, Query(description="Those done in a batch, instead of the others")] = False,
    sample: Annotated[int | None, Query(ge=1, le=SAMPLE_AT_MOST, description="So many by lot")] = None,
    seed: Annotated[str | None, Query(pattern=SEED, description="Of the lot; else it is drawn")] = None,
    after: Annotated[str | None, Query(pattern=PLACE)] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> Cases:
    """The acts of one kind, or a sample of them: the same seed draws the same of the same period."""
    parts, spoken = parts_of(request), language(request)
    asked = asked_of(parts, person, period)
    if sample is not None:
        lot = seed or secrets.token_hex(8)
        chosen = "" if seed else f"seed={lot}"
        await note_look(request, person, "suspicions", period.unit or "", _unit(period), chosen)
        rows, of = await drawn(parts.views, code, asked, batch=batch, seed=lot, size=sample)
        shown = [_shown(parts, within(parts, person, row), spoken) for row in rows]
        return Cases(cases=shown, next=None, seed=lot, of=of, complete_to=complete_to)
    await note_look(request, person, "suspicions", period.unit or "", _unit(period))
    place = after_case(after) if after else None
    rows = await cases(parts.views, listing(code, asked, batch=batch, after=place, limit=limit + 1))
    last = rows[limit - 1] if len(rows) > limit else None
    return Cases(
        cases=[_shown(parts, within(parts, person, row), spoken) for row in rows[:limit]],
        next=f"{last['recorded_at']}/{name_of(last)}" if last else None,
        seed=None,
        of=None,
        complete_to=complete_to,
    )


def asked_of(parts: Parts, person: PersonId, period: Period) -> Asked:
    """What is asked for, within what the reader's offices reach; OnlyAuditSeesSuspicions, NotKnown."""
    terms = list(looking_from(parts, person, None))
    if not terms:
        raise OnlyAuditSeesSuspicions()
    zone = parts.settings.time_zone
    begins = datetime.combine(period.since, time(), zone)
    ends = datetime.combine(period.until + timedelta(1), time(), zone)
    known = parts.organisation
    if period.unit is not None:
        if not any(known.reaches(term.unit, UnitId(period.unit)) for term in terms):
            raise NotKnown()
        scope = scope_of(known, [UnitId(period.unit)])
    else:
        scope = _reach(known, terms)
    return Asked(micros(begins), micros(ends), scope)


def _reach(known: Organisation, terms: list[Term]) -> Scope | None:
    return scope_of(known, [term.unit for term in terms])


def scope_of(known: Organisation, units: list[UnitId]) -> Scope | None:
    """All that lies at these units and below: whole companies by their name; None where it is the group."""
    if known.group in units:
        return None
    below = {one for unit in units for one in known.all_below(unit)}
    companies = {unit for unit in below if known.units[unit].has_ledger}
    rest = {unit for unit in below if known.company(unit) not in companies}
    return Scope(tuple(sorted(companies)), tuple(sorted(rest)))


def within(parts: Parts, person: PersonId, row: Mapping[str, Any]) -> Mapping[str, Any]:
    """The row, without what it says of a unit that the reader's offices do not reach."""
    case = row["case"]
    other = case["facts"].get("other_unit")
    if other is None or any(looking_from(parts, person, UnitId(other))):
        return row
    facts = {name: fact for name, fact in case["facts"].items() if not name.startswith("other_")}
    return {**row, "case": {**case, "earlier": None, "facts": facts}}


def _unit(period: Period) -> UnitId | None:
    return UnitId(period.unit) if period.unit else None


def _named(known: Organisation, unit: str | None) -> str | None:
    found = known.units.get(UnitId(unit)) if unit else None
    return found.name if found else None


def names_of(parts: Parts, row: Mapping[str, Any]) -> dict[str, str]:
    """The names of whoever and whatever a case names."""
    case = row["case"]
    ids = {row["unit"], *case["facts"].values()}
    for place in (case["act"], case["earlier"]):
        ids |= {place[key] for key in ("person", "on_behalf_of", "unit") if place[key]} if place else set()
    units = {one: name for one in ids if (name := _named(parts.organisation, one))}
    people = {one: name for one in ids - units.keys() if (name := parts.names(PersonId(one)))}
    return units | people


def _shown(parts: Parts, row: Mapping[str, Any], spoken: Language) -> CaseShown:
    case, names = row["case"], names_of(parts, row)
    return CaseShown(
        case=name_of(row),
        project=row["project"],
        reference=case["reference"],
        title=case["title"],
        unit=row["unit"],
        unit_name=names.get(row["unit"]),
        batch=case["batch"] or None,
        act=_event(case["act"], names, spoken),
        earlier=_event(case["earlier"], names, spoken) if case["earlier"] else None,
        facts=case["facts"],
    )


def _event(place: Mapping[str, Any], names: Mapping[str, str], spoken: Language) -> Event:
    return Event(
        **{name: place[name] for name in ("ledger", "position", "hash", "event", "recorded_at")},
        happened_at=place["happened_at"],
        label=labels(spoken).get(place["event"], place["event"]),
        person=place["person"],
        name=names.get(place["person"]),
        on_behalf_of=place["on_behalf_of"],
        on_behalf_of_name=names.get(place["on_behalf_of"]),
        office=place["office"],
        office_label=office_label(place["office"], spoken) if place["office"] else None,
        unit=place["unit"],
        unit_name=names.get(place["unit"]),
    )
