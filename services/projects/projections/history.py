"""The history of a project, read from its stream itself: who, in which office, for whom, what, why, when."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import yaml
from typing_extensions import TypedDict  # pydantic cannot read typing's own before Python 3.12

from services.projects.deliberation import Reader, data_for, signer_withheld
from services.projects.domain.unit.tree import UnitEstablished, UnitRenamed
from shared.domain import By, PersonId, UnitId
from shared.envelope import Recorded
from shared.ledger import Ledgers
from shared.sentences import Language, word
from shared.withdrawn import without

CATALOGUES = Path(__file__).parents[1] / "catalogue"
Named = Callable[[PersonId], str | None]
Held = Callable[[By, datetime], bool]  # whether the signer held the office at that moment, as known now


class Person(TypedDict):
    """Somebody, with their name if it can still be read."""

    id: str
    name: str | None


class Withheld(TypedDict):
    """What this reader is not told, and the rule that says so."""

    withheld: str


class Who(TypedDict):
    """Who acted: in which office of which unit, under the unit's name of that time, for whom, and why."""

    person: Person | Withheld
    office: str
    office_label: str
    unit: str
    unit_name: str | None
    on_behalf_of: Person | Withheld | None
    entered_by: Person | Withheld | None  # from paper (R35)
    why: str | Withheld


class Entry(TypedDict):
    """One event. A late entry happened before it was recorded; `who` is null for the system's own acts.

    All that one request caused has its `correlation`.
    """

    id: str
    version: int
    position: int
    recorded_at: str
    happened_at: str
    late: bool
    correlation: str | Withheld
    event: str
    label: str
    who: Who | None
    programme: str | None
    before_entry: bool  # in an office that, as known now, somebody else or nobody held that day (R12)
    data: dict[str, Any]


class UnitNames:
    """The names of units, as they were at any moment."""

    def __init__(self, of: Mapping[UnitId, Sequence[tuple[str, str]]]) -> None:
        self._of = of  # by unit: moments of recording, and the name from then on

    @classmethod
    async def read(cls, ledgers: Ledgers, units: Iterable[UnitId]) -> UnitNames:
        """The names of these units, from the units' own streams."""
        return cls({unit: await _names_of(ledgers, unit) for unit in sorted(set(units))})

    def at(self, unit: UnitId, moment: str) -> str | None:
        """A unit's name at a moment (RFC 3339 as in envelopes); None if it is not known."""
        names = self._of.get(unit, ())
        place = bisect_right(names, moment, key=lambda name: name[0])
        return names[place - 1][1] if place else None


async def _names_of(ledgers: Ledgers, unit: UnitId) -> list[tuple[str, str]]:
    try:
        stream = UUID(unit)
    except ValueError:
        return []
    return [
        (recorded.envelope.recorded_at, recorded.event.name)
        for recorded in await ledgers.read_stream(stream)
        if isinstance(recorded.event, UnitEstablished | UnitRenamed)
    ]


async def history(
    ledgers: Ledgers,
    stream: Sequence[Recorded],
    reader: Reader,
    names: Named,
    language: Language,
    held: Held,
) -> list[Entry]:
    """A stream's events as this reader may see them, in their order."""
    signed = (recorded.envelope.by for recorded in stream)
    units = await UnitNames.read(ledgers, (by.unit for by in signed if by is not None))
    return [_entry(recorded, reader, names, units, language, held) for recorded in stream]


def _entry(
    recorded: Recorded, reader: Reader, names: Named, units: UnitNames, language: Language, held: Held
) -> Entry:
    envelope, event = recorded.envelope, recorded.event
    who, rule = None, None
    if envelope.by is not None:
        rule = signer_withheld(event, envelope.by, reader)
        unit_name = units.at(envelope.by.unit, envelope.recorded_at)
        why = without(envelope.by.why, reader.withdrawn)
        who = _who(envelope.by, why, rule, names, unit_name, language)
    return Entry(
        id=recorded.id,
        version=recorded.version,
        position=recorded.position,
        recorded_at=envelope.recorded_at,
        happened_at=envelope.happened_at,
        late=envelope.happened_at < envelope.recorded_at,
        correlation=envelope.correlation if rule is None else Withheld(withheld=rule),
        event=envelope.name,
        label=labels(language).get(envelope.name, envelope.name),
        who=who,
        programme=envelope.programme,
        before_entry=envelope.by is not None and not held(envelope.by, recorded.recorded_at),
        data=data_for(msgspec.json.decode(envelope.data), event, envelope.by, reader),
    )


def _who(by: By, why: str, rule: str | None, names: Named, unit_name: str | None, language: Language) -> Who:
    def shown(person: PersonId) -> Person | Withheld:
        return Person(id=person, name=names(person)) if rule is None else Withheld(withheld=rule)

    return Who(
        person=shown(by.person),
        office=by.office,
        office_label=office_label(by.office, language),
        unit=by.unit,
        unit_name=unit_name,
        on_behalf_of=None if by.on_behalf_of is None else shown(by.on_behalf_of),
        entered_by=None if by.paper is None else shown(by.paper.entered_by),
        why=why if rule is None else Withheld(withheld=rule),
    )


def office_label(office: str, language: Language) -> str:
    """An office in words; the code itself for one that no catalogue knows."""
    return word("office", office, language)


@cache
def labels(language: Language) -> Mapping[str, str]:
    """What people call each event."""
    entries = yaml.safe_load((CATALOGUES / f"events.{language}.yaml").read_text("utf-8"))
    return {name: entry["label"] for name, entry in entries.items()}
