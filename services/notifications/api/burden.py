"""How much the people of a unit are told: figures for who runs it, without names and without ranks."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field

from services.notifications.burden import Figures, Period, burden_of
from services.notifications.parts import Parts, parts_of
from shared.clock import today
from shared.domain import NotAllowed, NotKnown, PersonId, UnitId
from shared.offices import rights_of
from shared.problems import Malformed
from shared.signed_in import SignedIn
from shared.web import NO_NUL, language

SEES = {"see_group", "keep_roster"}  # headquarters and party departments, of their units
LEADS = {"propose"}  # secretaries, of their own branch
DAYS_SHOWN, DAYS_AT_MOST = 30, 366

router = APIRouter(prefix="/burden", tags=["burden"])


class FiguresShown(BaseModel):
    """Of a person's day; days on which somebody was told nothing are left out."""

    days: int = Field(description="Days of a person on which there was anything")
    notices: int = Field(description="What there was on them, in all")
    median: int
    p90: int = Field(description="What nine in ten of these days do not exceed")
    most: int


class OfRule(BaseModel):
    """How often one rule told somebody."""

    rule: str
    title: str
    inbox: int
    messages: int


class BurdenShown(BaseModel):
    """Of a unit with all below it; there are no names and no ranks, on purpose."""

    unit: str
    name: str | None
    since: date
    until: date
    people: int
    inbox: FiguresShown
    messages: FiguresShown = Field(description="Out of the system; a summary is one")
    rules: list[OfRule]


@router.get("")
async def read_burden(
    request: Request,
    person: SignedIn,
    unit: Annotated[str, Query(max_length=36, pattern=NO_NUL)],
    since: date | None = None,
    until: date | None = None,
) -> BurdenShown:
    """Notices of a person and day in a unit and those below it, by default of the last thirty days."""
    parts = parts_of(request)
    organisation, day = parts.group.organisation, today(parts.clock, parts.settings.time_zone)
    last = until or day
    first = since or last - timedelta(days=DAYS_SHOWN - 1)
    if not 0 <= (last - first).days < DAYS_AT_MOST:
        raise Malformed()
    if unit not in organisation.units:
        raise NotKnown()
    if not _sees(parts, person, UnitId(unit), day):
        raise NotAllowed()
    below = set(organisation.all_below(UnitId(unit)))
    people = [known.id for known in organisation.people.values() if known.unit in below]
    async with parts.truth.connect() as connection:
        found = await burden_of(connection, people, Period(first, last, parts.settings.time_zone))
    return BurdenShown(
        unit=unit,
        name=organisation.name_for(UnitId(unit), person, day),
        since=first,
        until=last,
        people=len(people),
        inbox=_shown(found.inbox),
        messages=_shown(found.messages),
        rules=[
            OfRule(rule=id_, title=rule.titled_in(language(request)), inbox=entered, messages=sent)
            for id_, (entered, sent) in found.of_rules.items()
            if (rule := parts.planning.book.last(id_))
        ],
    )


def _sees(parts: Parts, person: PersonId, unit: UnitId, day: date) -> bool:
    organisation = parts.group.organisation
    return any(
        (not SEES.isdisjoint(rights_of(term.office)) and organisation.reaches(term.unit, unit))
        or (not LEADS.isdisjoint(rights_of(term.office)) and term.unit == unit)
        for term in (*organisation.offices_of(person, day), *organisation.stood_in(person, day))
    )


def _shown(figures: Figures) -> FiguresShown:
    return FiguresShown(
        days=figures.days,
        notices=figures.notices,
        median=figures.median,
        p90=figures.p90,
        most=figures.most,
    )
