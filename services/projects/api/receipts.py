"""Receipts as PDF: of a handover with its three signatures, and of a package that the archive received."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from services.projects.api.handovers import handover_of, state_of
from services.projects.api.reading import names_in, record_of
from services.projects.archive_receipt import Receipt, transfer_of
from services.projects.archive_receipt import document as receipt_document
from services.projects.deliberation import page_for
from services.projects.domain.handover import HandoverListDrawnUp, HandoverSigned, Role
from services.projects.handover_sheet import Sheet
from services.projects.handover_sheet import document as sheet_document
from services.projects.parts import parts_of
from shared.as_pdf import ANSWERS, as_pdf
from shared.clock import today
from shared.domain import NotAsItStands
from shared.envelope import Recorded
from shared.signed_in import SignedIn
from shared.web import language

router = APIRouter()


class NothingReceived(NotAsItStands):
    """The archive has received no such package of this project.

    There is a receipt of a package that was handed over and received."""


@router.get("/handovers/{handover}/sheet", tags=["handovers"], response_class=Response, responses=ANSWERS)
async def print_handover(request: Request, handover: UUID, person: SignedIn) -> Response:
    """The list with its numbers, reservations, signatures as they stand, and space for the seal."""
    parts, spoken = parts_of(request), language(request)
    stream, state, parties = await handover_of(request, handover, person)
    signed: dict[Role, Recorded] = {}
    for one in stream:
        match one.event:
            case HandoverListDrawnUp():
                signed = {}
            case HandoverSigned(role=role):
                signed[role] = one
    ids = (parties.unit, parties.outgoing, parties.incoming, *(one.person for one in state.signed.values()))
    people, units = await names_in(parts, list(ids), None)
    unit = parts.organisation.units.get(parties.unit)
    sheet = Sheet(
        number=f"{unit.code if unit else ''}-{state.on:%Y%m%d}-{handover.hex[:8]}",
        parties=parties,
        state=state,
        said=state_of(state),
        entries=state.entries,
        signed=signed,
        reader_name=parts.names(person) or person,
        names=people | units,
        made_on=today(parts.clock, parts.settings.time_zone),
    )
    return await as_pdf(sheet_document(sheet, spoken), f"handover-{sheet.number}")


@router.get(
    "/projects/{project}/archive-receipt", tags=["archive"], response_class=Response, responses=ANSWERS
)
async def print_archive_receipt(
    request: Request,
    project: UUID,
    person: SignedIn,
    package: Annotated[
        int | None, Query(ge=1, le=10_000, description="Else the last that was received")
    ] = None,
) -> Response:
    """What the archive received and under which number: from whom, by whom, when, and which files."""
    parts, spoken = parts_of(request), language(request)
    stream, page, reader = await record_of(request, project, person, "history")
    transfer = transfer_of(stream, package)
    if transfer is None:
        raise NothingReceived()
    signers = [one.envelope.by for one in (transfer.handed_over, transfer.received)]
    ids = [page["unit"], page["company"], *(one for by in signers if by for one in (by.person, by.unit))]
    people, units = await names_in(parts, ids, None)
    receipt = Receipt(
        page=page_for(page, reader),
        transfer=transfer,
        reader_name=parts.names(person) or person,
        names=people | units,
        made_on=today(parts.clock, parts.settings.time_zone),
    )
    return await as_pdf(receipt_document(receipt, spoken), f"receipt-{receipt.number}")
