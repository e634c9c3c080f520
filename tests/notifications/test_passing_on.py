"""R70: who owes what is still to be done, once the successor's offices are asked."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from services.notifications.domain import heard
from services.notifications.domain.known import Known, Waiting, evolve
from services.notifications.domain.obligation import Obligation
from services.notifications.domain.passing_on import passed_on
from services.notifications.rulebook import default_rules
from shared import roster
from shared.domain import OfficeId, PersonId, UnitId
from tests.notifications.an_inbox import NEW_YEAR, UNITS, the_organisation
from tests.projects import a_project as p
from tests.support.recorded import recorded

NEW, NEW_COMPANY = UnitId("new"), UnitId("new company")
GONE, DAY = date(2026, 6, 1), date(2026, 6, 2)
HELD = (
    ("new secretary", "branch_secretary", NEW),
    ("treasurer", "finance", NEW_COMPANY),
    ("new department", "party_department", NEW_COMPANY),
)
MOVED = heard.LeadMoved(
    NEW,
    NEW_COMPANY,
    "branch",
    (heard.Succession(p.BRANCH, NEW), heard.Succession(p.COMPANY, NEW_COMPANY)),
    p.BRANCH,
)
KNOWN = Known(
    company=p.COMPANY,
    unit=p.BRANCH,
    leader="branch",
    lead="secretary",
    doers=("fitter",),
    passed_on={f"finance@{p.COMPANY}": PersonId("handler")},
    changes={"C1": Waiting("会签", None, passed_on={f"finance@{p.COMPANY}": PersonId("handler")})},
    rectifiers={"F1": p.BRANCH},
)
ORGANISATION = the_organisation()
for event in (
    replace(UNITS[1], unit=NEW_COMPANY, code="N"),
    replace(UNITS[2], unit=NEW, code="NB", parent=NEW_COMPANY),
    *(
        roster.OfficeAppointed(
            OfficeId(who), PersonId(who), office, unit, NEW_YEAR, None, False, False, PersonId("hq")
        )
        for who, office, unit in HELD
    ),
    roster.UnitDissolved(p.BRANCH, GONE, NEW),
    roster.UnitDissolved(p.COMPANY, GONE, NEW_COMPANY),
):
    ORGANISATION.apply(recorded(ORGANISATION.position + 1, event, datetime(2026, 6, 1, tzinfo=UTC)))


def now(rule: str, recipient: str, occurrence: str = "", subject: str = "") -> list[tuple[str, str]]:
    found = default_rules().get(rule)
    assert found is not None
    owed = Obligation(rule, occurrence, PersonId(recipient), "todo", subject, {})
    known = (KNOWN, evolve(KNOWN, MOVED))
    new = passed_on(owed, p.MAY, found, MOVED, known, ORGANISATION, DAY)
    return [(one.recipient, one.occurrence) for one in new]


@pytest.mark.parametrize(
    ("rule", "recipient", "occurrence", "subject", "passes"),
    [
        ("n12", "accountant", f"finance@{p.COMPANY}", "figure/r/05", ("treasurer", "finance@new company")),
        ("n03", "handler", f"finance@{p.COMPANY}", "step/1", ("handler", "finance@new company")),
        ("n84", "handler", f"finance@{p.COMPANY}", "change/C1", ("handler", "finance@new company")),
        ("n84", "accountant", f"finance@{p.COMPANY}", "change/C2", ("treasurer", "finance@new company")),
        ("n06", "secretary", "", "", ("new secretary", "")),
        ("n13", "secretary", "", "figure/r/05", ("new secretary", "")),
        ("n11", "colleague", "", "step/1", ("new department", "")),
        ("n19", "secretary", "", "task/T1", ("new secretary", "")),
        ("n22", "secretary", "", "milestone/M1", ("new secretary", "")),
        ("n25", "secretary", "", "finding/F1", ("new secretary", "")),
    ],
)  # fmt: skip
def test_an_office_that_was_asked_is_succeeded_by_the_same_of_the_successor(
    rule: str, recipient: str, occurrence: str, subject: str, passes: tuple[str, str]
) -> None:
    assert now(rule, recipient, occurrence, subject) == [passes]


def test_what_is_somebodys_own_or_of_another_unit_stays() -> None:
    assert now("n15", "fitter", subject="task/T1") == []
    assert now("n22", "fitter", subject="task/T1") == []
    assert now("n26", "inspector", subject="finding/F1") == []
    assert now("n50", "hq", f"headquarters@{p.GROUP}", "practice") == []
