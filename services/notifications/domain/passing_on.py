"""Who owes what is still to be done once another unit leads: the same offices of the successor (R70)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

from services.notifications.domain import heard
from services.notifications.domain.known import Known, Waiting
from services.notifications.domain.notice.seats import rectifier
from services.notifications.domain.notice.words import Notice
from services.notifications.domain.obligation import Obligation
from services.notifications.domain.recipients import Organisation, recipients
from services.notifications.domain.rules import Rule
from shared.domain import PersonId, UnitId

People = tuple[tuple[PersonId, str], ...]


def passed_on(
    owed: Obligation,
    since: date,
    rule: Rule,
    event: heard.LeadMoved,
    known: tuple[Known, Known],
    organisation: Organisation,
    on: date,
) -> list[Obligation]:
    """The same, of everybody who answers for it now; empty where it stays whose it was.

    `since`: the day on which it was made, when the offices that were asked were still held.
    `known`: before the move, and after.
    """
    if owed.occurrence:
        people = _of_seat(owed, {one.before: one.after for one in event.units}, known[1], organisation, on)
    else:
        people = _of_role(owed, since, rule, known, organisation, on)
    new = [replace(owed, recipient=person, occurrence=seat) for person, seat in people]
    return [] if owed in new else new


def _of_seat(
    owed: Obligation, after: Mapping[UnitId, UnitId], known: Known, organisation: Organisation, on: date
) -> People:
    office, _, unit = owed.occurrence.partition("@")
    if UnitId(unit) not in after:
        return ()
    kind, _, code = owed.subject.partition("/")
    of_change = known.changes.get(code, Waiting()).passed_on if kind == "change" else {}
    handlers = known.passed_on if kind == "step" else of_change
    seats = {"addressed_office": (heard.Seat(office, after[UnitId(unit)]),)}
    notice = Notice(owed.subject, seats=seats, barred=known.players, handlers=handlers)
    return recipients("addressed_office", notice, known, organisation, on)


def _of_role(
    owed: Obligation,
    since: date,
    rule: Rule,
    known: tuple[Known, Known],
    organisation: Organisation,
    on: date,
) -> People:
    """Of an office that the rule names without its seat: whoever had it is succeeded by who has it now."""
    before, after = known
    for word in rule.to:
        had = recipients(word, _notice(owed, word, before), before, organisation, since)
        if word == "accepting_person" or owed.recipient in {person for person, _ in had}:
            return recipients(word, _notice(owed, word, after), after, organisation, on)
    return ()


def _notice(owed: Obligation, word: str, known: Known) -> Notice:
    """What the words of the rules need to know again."""
    kind, _, code = owed.subject.partition("/")
    rectifies = kind == "finding" or word == "rectifying_person"
    seats = {"rectifies": (rectifier(code, known),)} if rectifies else {}
    did_it = {"did_it": tuple(map(PersonId, known.doers))}
    return Notice(owed.subject, people=did_it, seats=seats, barred=known.players)
