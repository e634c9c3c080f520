"""What an appraisal is made of: terms of office, projects of the view, fixed scores, how it stood before."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta, tzinfo
from uuid import UUID

from sqlalchemy import select

from services.evaluation.appraisal.marks import marks_of
from services.evaluation.domain.appraisal import (
    DAY,
    NONE_TAKEN,
    Adjustment,
    Award,
    Days,
    Figure,
    Fixed,
    Led,
    Mark,
    Standing,
    Standings,
    Term,
    UnitYear,
    appraise,
)
from services.evaluation.domain.project_score import ScoreAdjusted, ScoreFixed
from services.evaluation.domain.score import Score
from services.evaluation.domain.tally import Tally
from services.evaluation.parts import Parts
from services.evaluation.past import score_then, stream_of
from services.evaluation.projections import SCORES
from services.evaluation.review.view import REVIEWS
from services.evaluation.scored import withdrawn_in
from services.evaluation.scores_read import Scored, read_scores
from shared.clock import today
from shared.domain import FIRST_OFFICE, NotKnown, UnitId
from shared.envelope import Recorded
from shared.moments import SETTLED_SECONDS, Moment
from shared.organisation import Organisation
from shared.scheme import SchemeUnreadable
from shared.withdrawn import without

AT_ONCE = 500  # units asked for in one query


def units_of(organisation: Organisation, company: UnitId | None, year: Days) -> list[UnitId]:
    """The units whose first office somebody held in the year, by id; of one company or of all.

    One that was dissolved since keeps its year.
    """
    return sorted(
        unit
        for unit in organisation.units
        if (company is None or organisation.company(unit) == company) and terms_in(organisation, unit, year)
    )


def terms_in(organisation: Organisation, unit: UnitId, year: Days) -> list[Term]:
    """Who was secretary of a unit in a year, or acted as one (R9); deputies never are (R8)."""
    found = (
        Term(one.id, one.person, office, Days(one.since, one.end), one.acting, one.document)
        for office in dict.fromkeys(FIRST_OFFICE.values())
        for one in organisation.ever_in(office, unit)
        if one.in_effect
    )
    return [term for term in found if term.days.within(year).count]


async def unit_years(
    parts: Parts, units: Sequence[UnitId], year: Days, *, standings: bool = False
) -> list[UnitYear]:
    """Their years up to today; with `standings`, how each project stood from–to, for which the past is read.

    PastOutOfReach where that is needed and projects is away.
    """
    day = today(parts.clock, parts.settings.time_zone)
    so_far = Days(year.since, min(year.end, day + DAY))
    scored: dict[str, list[Scored]] = {}
    for begin in range(0, len(units), AT_ONCE):
        table = SCORES.table("scores")
        query = select(table).where(table.c.unit.in_(units[begin : begin + AT_ONCE]))
        async with parts.views.connect() as connection:
            for one in await read_scores(connection, query.order_by(table.c.project), day):
                if _concerns(one.tally, so_far, day):
                    scored.setdefault(one.tally.unit, []).append(one)
    fixed = await fixed_scores(parts, (one.project for found in scored.values() for one in found))
    marks = await marks_of(parts, [one for found in scored.values() for one in found])
    awards = await awards_of(parts, [one.project for found in scored.values() for one in found])
    known = parts.group.organisation
    years = []
    for unit in units:
        terms, found = terms_in(known, unit, so_far), scored.get(unit, [])
        taken = await _standings(parts, terms, found, so_far, day) if standings else NONE_TAKEN
        led = [_led(one, fixed.get(one.project), marks.get(one.project, ()), day) for one in found]
        years.append(appraise(unit, so_far, terms, led, taken, awards))
    return years


def _concerns(tally: Tally, year: Days, day: date) -> bool:
    """Whether it ran in the year, or its practice was verified elsewhere in it."""
    of_it = ran(tally, day).within(year).count or any(year.holds(one.on) for one in tally.adoptions)
    return tally.begun_on is not None and bool(of_it)


def ran(tally: Tally, day: date) -> Days:
    """The days from a project's approval to its end, or up to a day."""
    return Days(tally.begun_on or date.max, (tally.over_on or day) + DAY)


def _led(one: Scored, fixed: Fixed | None, marks: tuple[Mark, ...], day: date) -> Led:
    tally = one.tally
    return Led(
        str(one.project),
        tally.reference,
        tally.title,
        ran(tally, day),
        tally.over,
        fixed,
        tally.stages,
        tally.adoptions,
        marks,
    )


async def fixed_scores(parts: Parts, projects: Iterable[UUID]) -> dict[UUID, Fixed]:
    """The fixed scores on record, with all that was adjusted."""
    streams = await parts.ledgers.read_streams((project, "", 0) for project in projects)
    zone = parts.settings.time_zone
    return {
        project: fixed_of(stream, zone)
        for project, stream in streams.items()
        if stream and isinstance(stream[0].event, ScoreFixed)
    }


def fixed_of(stream: Sequence[Recorded], zone: tzinfo) -> Fixed:
    """A score that was fixed, with all that was adjusted; days are those of the zone."""
    first: ScoreFixed = stream[0].event
    adjusted = (_adjustment(one, zone) for one in stream if isinstance(one.event, ScoreAdjusted))
    changes = without(tuple(adjusted), withdrawn_in(stream))
    return Fixed(first.total, stream[0].id, first.at, first.appeal_until, changes)


async def awards_of(parts: Parts, projects: Sequence[UUID]) -> list[Award]:
    """What reviews gave these projects, and took back since, each once it was confirmed (R63, R65)."""
    table = REVIEWS.table("entrants")
    found = []
    for begin in range(0, len(projects), AT_ONCE):
        some = table.c.project.in_(projects[begin : begin + AT_ONCE])
        query = select(table).where(some, table.c.awarded_by != "").order_by(table.c.project, table.c.cycle)
        async with parts.views.connect() as connection:
            found += [
                Award(str(row.project), row.award, row.awarded_by, row.revoked_by, row.revoked_for)
                for row in await connection.execute(query)
            ]
    return found


async def derivations(parts: Parts, projects: Iterable[str]) -> dict[str, Score]:
    """Of scores that are fixed, the derivation as it was written; what was withdrawn since is not shown."""
    wanted, table = [UUID(project) for project in projects], SCORES.table("scores")
    query = select(table.c.project, table.c.tally).where(table.c.project.in_(wanted))
    async with parts.views.connect() as connection:
        withdrawn = {row.project: row.tally.withdrawn for row in await connection.execute(query)}
    streams = await parts.ledgers.read_streams((project, "", 0) for project in wanted)
    return {
        str(project): without(stream[0].event.score, withdrawn.get(project, frozenset()))
        for project, stream in streams.items()
        if stream and isinstance(stream[0].event, ScoreFixed)
    }


def _adjustment(one: Recorded, zone: tzinfo) -> Adjustment:
    event, on = one.event, one.recorded_at.astimezone(zone).date()
    return Adjustment(one.id, on, event.before, event.total, event.reason, event.document)


async def _standings(
    parts: Parts, terms: Sequence[Term], scored: Sequence[Scored], year: Days, day: date
) -> Standings:
    """By term and project, how it stood when the term or the year began and when either ended (R11)."""
    found = {}
    for one in scored:
        past = _Past(parts, one, day)
        days = ran(one.tally, day)
        for term in terms:
            held = term.days.within(year)
            if days.within(held).count:
                before = await past.at(held.since) if days.since < held.since else None
                found[term.term, str(one.project)] = (before, await past.at(held.end))
    return found


class _Past:
    """How one project stood at the beginning of days; its record is read once, and only if it is needed."""

    def __init__(self, parts: Parts, live: Scored, day: date) -> None:
        self._parts = parts
        self._live = live
        self._day = day
        self._stream: list[Recorded] | None = None

    async def at(self, day: date) -> Standing | None:
        """At its first moment; of a day to come, as it stands now. None where no scheme can be used."""
        if day > self._day:
            return _standing(self._live, day)
        moment = datetime.combine(day, time(), self._parts.settings.time_zone)
        settled = self._parts.clock.now() - timedelta(seconds=SETTLED_SECONDS)
        if self._stream is None:
            self._stream = await stream_of(self._parts, self._live)
        try:
            then, _ = await score_then(
                self._parts, self._live, self._stream, Moment("entered", min(moment, settled))
            )
        except NotKnown:  # it was drafted later, and its approval is of an earlier day
            return None
        return _standing(then, day)


def _standing(scored: Scored, day: date) -> Standing | None:
    try:
        score = scored.score
    except SchemeUnreadable:
        return None
    figures = tuple(
        Figure(
            code,
            one.name,
            one.baseline,
            one.target,
            one.latest.value if one.latest else None,
            one.latest.event if one.latest else one.event,
        )
        for code, one in sorted(scored.tally.indicators.items())
    )
    return Standing(day, score.earned, score.open, score.lost, figures, scored.position)
