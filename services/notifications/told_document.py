"""Who was told what of a project, made to be printed: notifications' part of its dossier."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from functools import partial
from itertools import groupby

from services.notifications.domain.rules import Rules
from services.notifications.told import Outside, Told, Tried
from shared.domain import By, PersonId, UnitId
from shared.dossier import local_time, said_in
from shared.organisation import Organisation
from shared.printing import Column, Document, Section
from shared.sentences import Language, word

WIDTHS = {"told_whom": 24, "told_inbox": 38, "told_outside": 38}


@dataclass(frozen=True, slots=True)
class Record:
    """What people were told of a project up to a moment, with what is needed to say it in words."""

    project: str
    told: Sequence[Told]  # oldest first
    at: datetime
    rules: Rules
    organisation: Organisation
    names: Mapping[PersonId, str]
    reader: By
    zone: tzinfo

    def person(self, person: PersonId) -> str:
        """Somebody's name; of who was erased, or may not be named here, the id."""
        return self.names.get(person, person)

    def unit(self, unit: str) -> str:
        """A unit's name, as it is called now."""
        known = self.organisation.units.get(UnitId(unit))
        return known.name if known else unit


def document(record: Record, language: Language) -> Document:
    """What is proved of it, what was not done in time, and every entry with its deliveries."""
    tell, reader = partial(said_in, language), _reader(record, language)
    late = [one for one in record.told if one.done_before_due is False]
    of_late = {_order(one) for one in late}
    followed = [
        one for one in record.told if one in late or (one.told_as != "notice" and _order(one) in of_late)
    ]
    dead = [one for told in record.told for one in told.deliveries if one.state == "dead"]
    at = _local(record, record.at)
    return Document(
        language=language,
        title=tell("told_title"),
        subtitle=tell("told_of", project=record.project),
        mark=tell("told_mark"),
        watermark=tell("watermark", person=reader, at=f"{record.at.astimezone(record.zone):%Y-%m-%d}"),
        foot=tell("told_foot", project=record.project, at=at),
        head=(
            (tell("until"), at),
            (tell("told_entries"), str(len(record.told))),
            (tell("told_late"), str(len(late))),
            (tell("told_dead"), str(len(dead))),
            (tell("made_for"), reader),
        ),
        sections=(
            Section(heading=tell("told_proved"), sentences=(tell("told_said"), tell("told_checked"))),
            _table(record, followed, "told_not_in_time", "told_all_in_time", language),
            _table(record, record.told, "told_everything", "told_nobody", language),
            _rules(record, language),
        ),
    )


def _reader(record: Record, language: Language) -> str:
    by = record.reader
    office = f"{word('office', by.office, language)} · {record.unit(by.unit)}"
    return f"{record.names[by.person]} · {office}" if by.person in record.names else office


def _table(record: Record, told: Sequence[Told], heading: str, nothing: str, language: Language) -> Section:
    """Entries under what they were told by, in the order of the events."""
    rows = list[tuple[str, ...]]()
    for _, same in groupby(sorted(told, key=_order), key=_order):
        entries = list(same)
        rows.append((_what(record, entries[0], language),))
        rows += [_row(record, one, language) for one in entries]
    return Section(
        heading=said_in(language, heading),
        sentences=() if rows else (said_in(language, nothing),),
        columns=tuple(Column(said_in(language, code), width) for code, width in WIDTHS.items()),
        rows=tuple(rows),
    )


def _order(told: Told) -> tuple[str, str, int, str]:
    """What was told by one rule of one event stands together, reminders and escalations too."""
    ledger, _, position = told.event.rpartition("/")
    return ledger, position.zfill(20), told.rules, told.rule


def _what(record: Record, told: Told, language: Language) -> str:
    tell, rule = partial(said_in, language), record.rules.get(told.rule)
    parts = [f"{told.rule} {rule.titled_in(language) if rule else ''}".strip()]
    parts.append(word("outside", told.kind, language))
    if told.due is not None:
        parts.append(tell("told_due", due=told.due.isoformat()))
    return " · ".join((*parts, tell("told_from", event=told.event)))


def _row(record: Record, told: Told, language: Language) -> tuple[str, ...]:
    outside = [_outside(record, one, told, language) for one in told.deliveries]
    return (
        _whom(record, told, language),
        "\n".join(_inbox(record, told, language)),
        "\n".join(outside) or said_in(language, "told_inbox_alone"),
    )


def _whom(record: Record, told: Told, language: Language) -> str:
    """The person, and the office in which they were told, or those that they held on that day."""
    if told.office:
        held = [(told.office, told.unit)]
    else:
        terms = record.organisation.offices_of(told.person, told.told_at.astimezone(record.zone).date())
        held = [(term.office, str(term.unit)) for term in terms]
    offices = [f"{word('office', office, language)} · {record.unit(unit)}" for office, unit in held]
    return "\n".join((record.person(told.person), *dict.fromkeys(offices)))


def _inbox(record: Record, told: Told, language: Language) -> Iterator[str]:
    tell, local = partial(said_in, language), partial(_local, record)
    yield tell("told_at", told_as=word("told_as", told.told_as, language), at=local(told.told_at))
    if told.told_before_due is False:
        yield tell("told_after_due")
    yield tell("told_read", at=local(told.read_at)) if told.read_at else tell("told_unread")
    if told.kind != "todo":
        return
    if told.done_at is None:
        yield tell("told_open_late" if told.done_before_due is False else "told_open")
        return
    by = "told_done" if told.done_by_recipient else "told_done_otherwise"
    yield tell(by, at=local(told.done_at), event=told.done_by_event)
    if told.done_before_due is not None:
        yield tell("told_in_time" if told.done_before_due else "told_too_late")


def _outside(record: Record, one: Outside, told: Told, language: Language) -> str:
    tell = partial(said_in, language)
    state = tell("told_waiting") if one.state is None else word("delivery_state", one.state, language)
    if one.ended_at:
        state = f"{state} {_local(record, one.ended_at)}"
    lines = [tell("told_by_channel", channel=word("channel", one.channel, language), state=state)]
    if one.person != told.person:
        lines.append(tell("told_stands_in", person=record.person(one.person)))
    if one.cause:
        lines.append(word("delivery_cause", one.cause, language))
    if one.before_due is False:
        lines.append(tell("told_not_before_due"))
    return "\n".join((*lines, *(_tried(record, attempt, language) for attempt in one.attempts)))


def _tried(record: Record, tried: Tried, language: Language) -> str:
    tell = partial(said_in, language)
    at = _local(record, tried.at)
    if tried.by is not None:
        return tell("told_resent", number=tried.number, at=at, person=record.person(tried.by))
    outcome = tell(f"told_outcome_{tried.outcome}")
    answer = " ".join(filter(None, (tried.code, tried.answer)))
    return tell("told_tried", number=tried.number, at=at, outcome=outcome, answer=answer).rstrip("：: ")


def _rules(record: Record, language: Language) -> Section:
    """What each rule says, in both languages; what filled it stands in the event."""
    used = {one.rule for one in record.told}
    rows = [
        (f"{rule.id} {rule.titled_in(language)}", rule.said_in("zh-CN"), rule.said_in("en"))
        for rule in record.rules.rules
        if rule.id in used
    ]
    widths = {"told_rule": 24, "told_in_chinese": 38, "told_in_english": 38}
    return Section(
        heading=said_in(language, "told_rules"),
        sentences=(said_in(language, "told_filled"),),
        columns=tuple(Column(said_in(language, code), width) for code, width in widths.items()),
        rows=tuple(rows),
    )


def _local(record: Record, at: datetime) -> str:
    return local_time(at.isoformat(), record.zone)
