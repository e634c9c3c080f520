"""From whom a panel's jurors are drawn, and the draw; its seed follows from what was recorded (R5, R57)."""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from itertools import count, product
from string import ascii_uppercase
from uuid import UUID

import msgspec
from sqlalchemy import select

from services.evaluation.api.review.signing_for import apart_of, may_run
from services.evaluation.domain.review.cycle import CYCLE
from services.evaluation.domain.review.cycle.state import State
from services.evaluation.domain.review.lot import CalledIn, Juror, Lot
from services.evaluation.domain.review.panel.fixing import LotFixed
from services.evaluation.domain.review.panel.state import Seat
from services.evaluation.domain.review.panel.state import State as Panel
from services.evaluation.domain.review.pool import Listed
from services.evaluation.parts import Parts
from services.evaluation.projections import SCORES
from services.evaluation.review.conflicts import conflict, judged_of
from services.evaluation.review.keys import letters_in, seal_letters
from services.evaluation.review.programme import rules_of
from services.evaluation.review.view import REVIEWS
from services.evaluation.review.witnessed_lot import Record, drawn_of, written
from services.evaluation.scores_read import Scored, read_scores
from shared.clock import today
from shared.domain import NotKnown, PersonId, Refusal, UnitId
from shared.envelope import Recorded
from shared.notes import origin
from shared.organisation import Organisation
from shared.proofs import roots
from shared.signed_state import keys_in
from shared.verifier import Checkpoint

FORMER_YEARS = 2  # for so long a post still ties somebody to a unit (R5)


class NotNamedYet(Refusal):
    """This panel is not named in its review, or was dissolved.

    Name it with its projects first."""


@dataclass(frozen=True, slots=True)
class Before:
    """What is known of a panel before its jurors are drawn: its review, its projects by dossier number."""

    cycle: str
    review: State
    projects: Mapping[int, Scored]
    apart: UnitId | None = None  # the department that alone runs it (R61)


@dataclass(frozen=True, slots=True)
class Fixed:
    """A lot as it is to be recorded, with who its letters are."""

    cycle: str
    lot: str
    sealed: str
    key: bytes  # of the review

    def stands(self, panel: Panel) -> bool:
        """Whether it is what the panel is drawn from already, of the same people."""
        now, before = (letters_in(self.key, sealed) for sealed in ((self.sealed,), panel.sealed_letters))
        return self.lot == panel.lot and now == before


async def before(parts: Parts, panel: UUID) -> Before:
    """The review that named a panel, and its dossiers; NotNamedYet."""
    panels = REVIEWS.table("panels")
    async with parts.views.connect() as connection:
        found = await connection.execute(select(panels.c.cycle).where(panels.c.panel == str(panel)))
        cycle = found.scalar_one_or_none()
    if cycle is None:
        raise NotKnown()
    review = (await parts.streams.now(CYCLE, UUID(cycle))).state
    named = next((one for one in review.panels if one.panel == str(panel)), None)
    if named is None:
        raise NotNamedYet()
    numbered = await _numbered(parts, str(panel), named.projects)
    return Before(cycle, review, numbered, apart_of(review, str(panel)))


async def fixed(parts: Parts, panel: UUID, called_in: Iterable[CalledIn]) -> Fixed:
    """What a panel's jurors would be drawn from as of now: its dossiers, the pool, conflicts, terms."""
    known, organisation = await before(parts, panel), parts.group.organisation
    unit = known.review.unit
    assert unit is not None  # it has named a panel
    jurors = REVIEWS.table("jurors")
    async with parts.views.connect() as connection:
        query = select(jurors.c.listed).where(jurors.c.unit == unit)
        listed: Sequence[Listed] = (await connection.execute(query)).scalars().all()
    rules, day = rules_of(organisation, known.review.programme), today(parts.clock, parts.settings.time_zone)
    run_by = (unit, known.apart or unit)
    pool = [
        one for one in listed if not any(may_run(organisation, one.person, at, day) for at in run_by)
    ]  # R61
    key = await parts.keys.of(known.cycle)
    letters = lettered(key, str(panel), pool)
    lot = Lot(
        tracks={number: scored.tally.track for number, scored in known.projects.items()},
        jurors=tuple(
            Juror(letter, one.track, one.fields, one.level == "senior", one.external)
            for letter, one in letters.items()
        ),
        conflicts=await asyncio.to_thread(
            _conflicts,
            organisation,
            {letter: one.person for letter, one in letters.items()},
            known.projects,
            unit,
            day,
        ),
        load=rules.load,
        minimum_cards=rules.minimum_cards,
        lowest_minimum=rules.lowest_minimum,
        called_in=frozenset(called_in),
    )
    sealed = seal_letters(key, {letter: one.person for letter, one in letters.items()})
    return Fixed(known.cycle, written(lot), sealed, key)


async def drawn(parts: Parts, panel: UUID) -> tuple[Lot, Record, int]:
    """The draw from what was fixed last, the same whenever and wherever it is made; and how often it was."""
    stream = await parts.ledgers.read_stream(panel)
    fixings = [one for one in stream if isinstance(one.event, LotFixed)]
    if not fixings:
        raise NotNamedYet()
    last = fixings[-1]
    record = await asyncio.to_thread(drawn_of, str(panel), last.event.lot, await head_at(parts, last))
    return msgspec.json.decode(last.event.lot, type=Lot), record, len(fixings)


async def head_at(parts: Parts, last: Recorded) -> str:
    """The head of a ledger right behind an event, as a checkpoint says it."""
    async with parts.ledgers.engine.connect() as connection:
        (root,) = await roots(connection, last.ledger, [(0, last.position)])
    signer = keys_in(parts.settings.signed, parts.settings.group).signers[0]
    name = origin(signer.name, parts.ledgers.service, last.ledger)  # as its checkpoints say it
    return str(Checkpoint(name, last.position, root))


def conflicting(organisation: Organisation, person: PersonId, scored: Scored, unit: UnitId, on: date) -> bool:
    """Whether the record ties somebody to a project (R5, R7)."""
    former = on.replace(year=on.year - FORMER_YEARS, day=min(on.day, 28))
    return conflict(organisation, person, judged_of(scored.tally), unit, former, on) is not None


def _conflicts(
    organisation: Organisation,
    letters: Mapping[str, PersonId],
    projects: Mapping[int, Scored],
    unit: UnitId,
    on: date,
) -> frozenset[Seat]:
    pairs = product(projects.items(), letters.items())
    return frozenset(
        (number, letter)
        for (number, scored), (letter, person) in pairs
        if conflicting(organisation, person, scored, unit, on)
    )


async def _numbered(parts: Parts, panel: str, projects: Iterable[str]) -> Mapping[int, Scored]:
    """The panel's projects by dossier number, in an order that tells nothing of them."""
    ordered = sorted(projects, key=lambda project: sha256(f"{panel}\n{project}".encode()).digest())
    table, day = SCORES.table("scores"), today(parts.clock, parts.settings.time_zone)
    query = select(table).where(table.c.project.in_(map(UUID, ordered)))
    async with parts.views.connect() as connection:
        found = {str(one.project): one for one in await read_scores(connection, query, day)}
    return {number: found[project] for number, project in enumerate(ordered, 1)}


def lettered(key: bytes, panel: str, pool: Iterable[Listed]) -> Mapping[str, Listed]:
    """By which letter a panel knows whom of a pool, the same whenever it is asked.

    In an order that follows from the review's key: from panel and pool alone anybody could reckon it (R68).
    """

    def place(one: Listed) -> bytes:
        return hmac.digest(key, f"denggao letters\n{panel}\n{one.person}".encode(), "sha256")

    return dict(zip(_letters(), sorted(pool, key=place), strict=False))


def _letters() -> Iterator[str]:
    """A to Z, then AA, AB and so on."""
    for length in count(1):
        yield from ("".join(one) for one in product(ascii_uppercase, repeat=length))
