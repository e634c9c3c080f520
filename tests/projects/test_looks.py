"""Who looked at what as audit or discipline is on the record, and shown to few (R76)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from shared.domain import By
from shared.ledger import ACCESS
from shared.look import LOOK, LookTaken, TakeLook
from tests.projects.a_desk import APPROVAL, HERE, Desk
from tests.projects.a_group import appointed, person
from tests.projects.a_project import COMPANY, GROUP
from tests.support.given import given
from tests.support.living import THE_PROJECT
from tests.support.recorded import recorded

LOOKS = "/api/projects/looks"
AUDITS, DISCIPLINES = "auditor of the company", "discipline of the company"
ABOVE = "discipline of the group"


def test_every_look_is_one() -> None:
    take = TakeLook(By(person(AUDITS), "auditor", COMPANY), "history", "P1", "")
    given(LOOK, LookTaken("history", "P1", "")).when(take).then(LookTaken("history", "P1", ""))


async def looks(desk: Desk, who: str, **query: str) -> list[tuple[str, str, str]]:
    answer = (await desk.ask(who, LOOKS, **query)).json()
    return [(look["person"], look["what"], look["of"]) for look in answer["looks"]]


async def test_a_look_of_audit_is_shown_to_audit_and_discipline_of_discipline_to_its_superior_alone(
    desk: Desk,
) -> None:
    known = desk.parts.organisation
    known.apply(recorded(known.position + 1, appointed(ABOVE, "discipline_officer", GROUP)))
    await desk.house.does(*APPROVAL)
    project = str(THE_PROJECT)
    for name in (AUDITS, DISCIPLINES, "secretary of the branch", "headquarters"):
        assert (await desk.ask(name, f"{HERE}/history")).status_code == 200, name
        assert (await desk.ask(name, f"{HERE}/replay", position="3")).status_code == 200, name
    assert (await desk.ask("auditor of the other company", f"{HERE}/history")).status_code == 404

    of_audit = [(person(AUDITS), "history", project), (person(AUDITS), "replay", project)]
    of_discipline = [(person(DISCIPLINES), "history", project), (person(DISCIPLINES), "replay", project)]
    assert await looks(desk, DISCIPLINES) == of_audit
    assert await looks(desk, AUDITS) == [*of_audit, (person(AUDITS), "looks", "")]
    assert (await looks(desk, ABOVE))[:4] == [*of_audit, *of_discipline]
    assert await looks(desk, AUDITS, limit="1") == of_audit[:1]
    assert (await looks(desk, AUDITS, after="1"))[0] == of_audit[1]
    for name in ("secretary of the branch", "party department", "headquarters"):
        assert (await desk.ask(name, LOOKS)).json()["code"] == "OnlyAuditSeesWhoLooked", name


async def test_a_look_lies_where_no_view_and_no_other_service_hears_of_it(desk: Desk) -> None:
    await desk.house.does(*APPROVAL)
    before = await desk.house.ledgers.heads()
    await desk.read(AUDITS, f"{HERE}/replay/difference", position="1", against_position="2")
    after = await desk.house.ledgers.heads()
    assert {name for name in after if after[name] != before.get(name)} == {ACCESS}
    (look,) = await desk.house.ledgers.read_ledger(ACCESS, 0)
    assert isinstance(look.event, LookTaken)
    assert (look.event.asked, look.envelope.by) == (
        "position=1&against_position=2",
        By(person(AUDITS), "auditor", COMPANY),
    )
    shown: dict[str, Any] = (await desk.ask(AUDITS, LOOKS)).json()["looks"][0]
    assert (shown["office_label"], shown["what"], UUID(shown["of"])) == (
        "审计人员",
        "difference",
        THE_PROJECT,
    )
