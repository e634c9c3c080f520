"""Acts on a company's supplement to the programme (R22): drafted by one, published by another."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from fastapi import APIRouter

from services.projects import ids
from services.projects.acting import Asking
from services.projects.api.acts import Act, Situation
from services.projects.api.organisation_acts import KEEPERS, keeps, taker
from services.projects.api.programme_acts import attachment, changed, drafter
from services.projects.domain.programme import Changed
from services.projects.domain.supplement import SUPPLEMENT, DraftSupplement, PublishSupplement, Supplement
from services.projects.programme_content import hash_of
from services.projects.supplement_content import faults_of_supplement
from shared.acts import offer, offer_new
from shared.domain import By, NotAllowed, UnitId
from shared.organisation import Organisation, Programme

CHECKERS = (*KEEPERS, "decide")  # a second of the party department, or who decides in the company


def keeps_the_company(asking: Asking, state: Any, body: Any) -> By:
    """The party department of the company that the body names."""
    return keeps(asking, body.company)


def checks_the_company(asking: Asking, state: Supplement | None, body: Any) -> By:
    """Who may be the second in the company whose draft this is."""
    if state is None or state.draft is None:
        raise NotAllowed()
    return asking.with_any_right(CHECKERS, state.draft.company)


def supplements(it: Situation) -> bool:
    """Whether there is such a company and such a version."""
    known = it.asking.organisation
    company = known.units.get(UnitId(it.body.company))
    below = company is not None and company.has_ledger and company.id != known.group
    return below and _base(known, it.body.programme) is not None


def _base(organisation: Organisation, version: str) -> Programme | None:
    found = organisation.version(version)
    return None if found is None or found.corrects else found


def faults(it: Situation) -> tuple[str, ...]:
    """What lies beyond the bounds of the version that is supplemented."""
    base = _base(it.asking.organisation, it.body.programme)
    return faults_of_supplement(it.body.content, base.content) if base else ()


def changes(it: Situation) -> tuple[Changed, ...]:
    """What differs from what the company has beside that version already; all of it, where it has nothing."""
    company, version = UnitId(it.body.company), it.body.programme
    before = it.asking.organisation.supplement(company, version, it.body.in_force)
    return () if faults(it) else changed(before.content if before else "{}", it.body.content)


def faults_by_now(it: Situation) -> tuple[str, ...]:
    """The same at the publication: a corrigendum may have come between."""
    draft = it.state.draft
    base = _base(it.asking.organisation, draft.programme)
    return faults_of_supplement(draft.content, base.content) if base else ()


DRAFT = Act(
    DraftSupplement,
    keeps_the_company,
    {
        "content_hash": lambda it: hash_of(it.body.content),
        "supplements": supplements,
        "faults": faults,
        "attachment": attachment,
        "changes": changes,
    },
)
PUBLISH = Act(
    PublishSupplement, checks_the_company, {"today": lambda it: it.asking.today, "faults": faults_by_now}
)

router = APIRouter(tags=["organisation"])
offer(router, PUBLISH, "/supplements/{stream}", taker(SUPPLEMENT))
offer_new(
    router,
    DRAFT,
    "/supplements",
    drafter(SUPPLEMENT),
    lambda body, sent, by: UUID(ids.supplement_id(UnitId(body.company), body.version)),
)
