"""Every event that projects decides, by name."""

from __future__ import annotations

from services.projects.domain.account import ACCOUNT
from services.projects.domain.handover import HANDOVER
from services.projects.domain.lead import LEAD
from services.projects.domain.ledger import LEDGER
from services.projects.domain.meeting import MEETING
from services.projects.domain.office import OFFICE
from services.projects.domain.person import PERSON
from services.projects.domain.problems import PROBLEMS
from services.projects.domain.programme import PROGRAMME
from services.projects.domain.project import PROJECT
from services.projects.domain.ratification import RATIFICATION
from services.projects.domain.serial import SERIAL
from services.projects.domain.session import SESSION
from services.projects.domain.supplement import SUPPLEMENT
from services.projects.domain.texts import TEXTS
from services.projects.domain.unit import UNIT
from services.projects.domain.visits import VISITS
from shared.codec import Schema
from shared.look import LOOK

DECIDERS = (
    UNIT,
    PERSON,
    OFFICE,
    PROGRAMME,
    SUPPLEMENT,
    MEETING,
    ACCOUNT,
    SESSION,
    SERIAL,
    VISITS,
    PROBLEMS,
    HANDOVER,
    RATIFICATION,
    LEAD,
    TEXTS,
    LOOK,
    LEDGER,
    PROJECT,
)
SCHEMA = Schema(event for decider in DECIDERS for event in decider.events)
