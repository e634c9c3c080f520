"""Who may set rules, and whether what they wrote can be followed."""

from __future__ import annotations

from services.notifications.parts import Parts
from services.notifications.publishing import RulesUnsound
from services.notifications.reading_rules import RulesUnreadable, read_rules
from services.notifications.rulebook import default_rules
from shared.acting import Asking
from shared.clock import today
from shared.domain import NotAllowed, PersonId
from shared.sentences import Language, word

RIGHT = "draft_programme"  # whoever makes the rules of the year: headquarters of the group
FAULTS_AT_MOST = 50


def of_headquarters(parts: Parts, person: PersonId) -> None:
    """NotAllowed for who does not make rules for the whole group."""
    organisation = parts.group.organisation
    if organisation.group is None:
        raise NotAllowed()
    day = today(parts.clock, parts.settings.time_zone)
    Asking(person, organisation, day).with_right(RIGHT, organisation.group)


def checked(text: str, tongue: Language) -> None:
    """RulesUnsound, with each rule and what is wrong with it in words."""
    try:
        read_rules(text, shipped=default_rules().rules)
    except RulesUnreadable as error:
        comma = "、" if tongue == "zh-CN" else ", "
        said = [
            word("rule_fault", fault.code, tongue).format(rule=fault.rule, names=comma.join(fault.names))
            for fault in error.found[:FAULTS_AT_MOST]
        ]
        raise RulesUnsound(faults=said) from error
