"""What keeps rules from being followed, or from being understood by those whom they tell."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import get_args

from services.notifications.domain import heard
from services.notifications.domain.above import ABOVE
from services.notifications.domain.gives import Gives, gives
from services.notifications.domain.obligation import CLOSED_BY, CLOSED_ELSEWHERE, OF_PANELS
from services.notifications.domain.recipients import WORDS
from services.notifications.domain.rules import CHANNELS, Rule, placeholders_in

ID_CHARACTERS, TITLE_CHARACTERS, TITLE_CHARACTERS_EN, TEXT_CHARACTERS = 40, 12, 32, 500
CLOSED = frozenset(CLOSED_BY) | frozenset(OF_PANELS.values()) | CLOSED_ELSEWHERE


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong with a rule; the code is a word of the catalogue, `names` say which."""

    rule: str
    code: str
    names: tuple[str, ...] = ()

    def __str__(self) -> str:
        return " ".join(part for part in (self.rule, self.code, ", ".join(self.names)) if part)


@cache
def given() -> dict[tuple[str, str], Gives]:
    """What every event that is heard gives."""
    return gives(frozenset(event.__name__ for event in get_args(heard.OfPanel)))


def faults(rules: Iterable[Rule], shipped: Iterable[Rule] = ()) -> list[Fault]:
    """All that is wrong, in the order of the rules; empty for sound ones.

    `shipped`: those that come with the system. What closes a duty follows from its id, so that a duty of this
    id is told of no other event; and what one of them seals, no other opens.
    """
    rules, shipped = tuple(rules), tuple(shipped)
    duties = {rule.id: rule for rule in shipped if rule.kind == "todo"}
    sealed = {(event, rule.condition) for rule in shipped if rule.sealed for event in rule.events}
    found = [Fault(id_, "twice") for id_, n in Counter(rule.id for rule in rules).items() if n > 1]
    if not rules:
        found.append(Fault("", "no_rules"))
    for rule in rules:
        wrong = (*_of_words(rule), *_of_events(rule), *_of_times(rule), *_of_duties(rule, duties))
        found += [Fault(rule.id, code, tuple(sorted(names))) for code, names in wrong if names]
        opened = {event for event in rule.events if (event, rule.condition) in sealed and not rule.sealed}
        found += [Fault(rule.id, "opens_what_is_sealed", tuple(sorted(opened)))] if opened else []
    return found


def _of_words(rule: Rule) -> Iterator[tuple[str, Iterable[str]]]:
    """Both languages say the same, short, and outside of the system without names (R79)."""
    yield "unknown_recipients", ({*rule.to} - WORDS) | (rule.told_above - ABOVE)
    yield "unknown_channels", {*rule.channels} - CHANNELS
    yield "lacks", {name for name in ("title", "title_en", "en", "to", "events") if not getattr(rule, name)}
    yield "says_otherwise_in_english", rule.placeholders ^ placeholders_in(rule.en or rule.text)
    yield "names_in_title", placeholders_in(rule.title + rule.title_en)
    lengths = {
        "id": (rule.id, ID_CHARACTERS),
        "title": (rule.title, TITLE_CHARACTERS),
        "title_en": (rule.title_en, TITLE_CHARACTERS_EN),
        "text": (rule.text, TEXT_CHARACTERS),
        "en": (rule.en, TEXT_CHARACTERS),
    }
    yield "too_long", {f"{name} > {most}" for name, (text, most) in lengths.items() if len(text) > most}
    yield "braces", {text for text in (rule.text, rule.en) if not _fills(text)}


def _fills(text: str) -> bool:
    """Whether the text can be filled: each brace belongs to a placeholder."""
    left = text
    for name in placeholders_in(text):
        left = left.replace("{" + name + "}", "")
    return "{" not in left and "}" not in left


def _of_events(rule: Rule) -> Iterator[tuple[str, Iterable[str]]]:
    """Each event of a rule fills its text, answers for its recipients and can meet its condition."""
    events = {event for event, _ in given()}
    yield "unknown_events", {*rule.events} - events
    known = [event for event in rule.events if event in events]
    yield "never_so", {f"{event} ({rule.condition or '-'})" for event in known if _at(event, rule) is None}
    met = [one for event in known if (one := _at(event, rule))]
    yield "not_given", {f"{name} ({one.event})" for one in met for name in rule.placeholders - one.facts}
    words = {*rule.to} & WORDS
    yield "cannot_address", {f"{word} ({one.event})" for one in met for word in words - one.to}


def _at(event: str, rule: Rule) -> Gives | None:
    return given().get((event, rule.condition))


def _of_times(rule: Rule) -> Iterator[tuple[str, Iterable[str]]]:
    met = [one for event in rule.events if (one := _at(event, rule))]
    days = [step[0] for step in (rule.escalate_after, rule.then_after) if step]
    yield "reminder_without_day", {one.event for one in met if rule.remind_before is not None and not one.due}
    yield "days_out_of_bounds", {str(n) for n in (*days, rule.remind_before or 1) if not 0 < n <= 250}
    yield "told_later_of_reading", {name for name in _later(rule) if rule.kind == "read"}
    yield "digest_of_duty", {rule.when} if rule.kind == "todo" and rule.when != "now" else ()


def _later(rule: Rule) -> Iterator[str]:
    """The fields that only a duty has: what is read waits for nothing."""
    for name in ("remind_before", "escalate_after", "then_after"):
        if getattr(rule, name) is not None:
            yield name


def _of_duties(rule: Rule, shipped: dict[str, Rule]) -> Iterator[tuple[str, Iterable[str]]]:
    if rule.kind == "todo":
        yield "closed_by_nothing", {rule.id} - CLOSED
        if known := shipped.get(rule.id):
            yield "duty_of_other_events", {*rule.events} - {*known.events}
            yield (
                "duty_of_other_condition",
                {rule.condition or "-"} if rule.condition != known.condition else (),
            )
