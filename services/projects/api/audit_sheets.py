"""The audit form (审计取证单) over HTTP: of one case of a suspicion, or of several with one answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from pydantic import Field

from services.projects.api.suspicions import CompleteTo, OnlyAuditSeesSuspicions, names_of, within
from services.projects.audit_sheet import Sheet, document
from services.projects.looking import looking_from, note_look
from services.projects.parts import parts_of
from services.projects.projections.suspicions import CASE, case_of, these_cases
from services.projects.suspicions import Code
from shared.as_pdf import ANSWERS, as_pdf
from shared.audit_sheet import ON_ONE_FORM_AT_MOST, notice_of, unit_above
from shared.domain import NotKnown, UnitId
from shared.ledger_file import Statement
from shared.signed_in import SignedIn
from shared.web import NO_NUL, language

router = APIRouter(prefix="/suspicions", tags=["replay"])


@router.get("/{code}/sheet", response_class=Response, responses=ANSWERS)
async def print_sheet(
    request: Request,
    person: SignedIn,
    complete_to: CompleteTo,
    code: Code,
    case: Annotated[
        list[Annotated[str, Field(pattern=CASE)]],
        Query(min_length=1, max_length=ON_ONE_FORM_AT_MOST, description="As the list names them"),
    ],
    document_number: Annotated[
        str | None, Query(max_length=100, pattern=NO_NUL, description="Else that of the reader's mandate")
    ] = None,
) -> Response:
    """The audit form of some cases as PDF, for the unit above all of them to answer, sign and seal (R74)."""
    parts, spoken = parts_of(request), language(request)
    wanted = sorted({found for one in case if (found := case_of(one))})
    rows = await these_cases(parts.views, code, wanted)
    units = [UnitId(row["unit"]) for row in rows]
    looks = [list(looking_from(parts, person, unit)) for unit in units]
    if len(rows) < len(wanted) or not all(looks):
        if not any(looking_from(parts, person, None)):
            raise OnlyAuditSeesSuspicions()
        raise NotKnown()
    answers = unit_above(parts.organisation, units)
    projects = {row["project"] for row in rows}
    await note_look(
        request, person, "suspicions", projects.pop() if len(projects) == 1 else answers, units[0]
    )
    rows = [within(parts, person, row) for row in rows]
    sheet = Sheet(
        code=code,
        rows=rows,
        unit=answers,
        document=document_number or notice_of(term for term in looks[0] if all(term in one for one in looks)),
        reader_name=parts.names(person) or person,
        names={name: said for row in rows for name, said in names_of(parts, row).items()}
        | {answers: parts.organisation.units[answers].name},
        signed=_signed(request, rows),
        made_at=parts.clock.now().astimezone(parts.settings.time_zone),
        zone=parts.settings.time_zone,
    )
    return await as_pdf(document(sheet, spoken), sheet.number)


def _signed(request: Request, rows: Sequence[Mapping[str, Any]]) -> dict[str, Statement | None]:
    """What was signed last of the ledgers in which these cases stand."""
    signing = request.app.state.signing
    places = (place for row in rows for place in (row["case"]["act"], row["case"]["earlier"]) if place)
    ledgers = sorted({place["ledger"] for place in places})
    last = Statement.all_last(signing.state, signing.keys)
    return {ledger: last.get(ledger) for ledger in ledgers}
