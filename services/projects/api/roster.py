"""Rosters over HTTP: an empty one, a comparison without any act, and the import with its progress."""

from __future__ import annotations

import asyncio
import base64
import hashlib
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Annotated, Any, Literal, TypeVar
from uuid import UUID

import msgspec
from fastapi import APIRouter, Depends, Request
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from starlette.responses import Response, StreamingResponse

from services.projects.acting import Asking
from services.projects.api import organisation_acts as acts
from services.projects.api.acts import Act, take
from services.projects.api.roster_answers import ComparisonShown, Roster, described, said, shown
from services.projects.contacts import contacts_of
from services.projects.domain import office
from services.projects.domain.person import PERSON
from services.projects.domain.unit import UNIT
from services.projects.importing import carried_out
from services.projects.parts import Parts, parts_of
from services.projects.roster import giving_back, workbook
from services.projects.roster.comparing import compare
from services.projects.roster.comparison import Comparison, End, Options, Planned, Standing
from services.projects.roster.faults import Fault, RosterHasErrors
from shared import problems
from shared.acts import chosen_office
from shared.clock import today
from shared.codec import canonical
from shared.domain import Decider, NotAllowed, OfficeId, PersonId, UnitId
from shared.logs import correlation, log
from shared.offices import rights_of
from shared.organisation import Term
from shared.passing import is_passing
from shared.sentences import Language
from shared.sheets import XLSX
from shared.signed_in import SignedIn
from shared.strict_json import read_object
from shared.web import Body, Sent, language

BODY_MEGABYTES = 12  # a workbook in base64, and what is said along with it
ADDRESSES = ("compare", "give-back", "import")
STREAMED = {f"/api/projects/roster/{address}": BODY_MEGABYTES for address in ADDRESSES}
LINES = "application/x-ndjson"
READING = ThreadPoolExecutor(1, "roster")  # one workbook at a time: each may take some hundred megabytes
T = TypeVar("T")

router = APIRouter(prefix="/roster", tags=["roster"])

OFFERED: dict[str, tuple[Act, Decider[Any, Any, Any], type[Body]]] = {
    act.command.__name__: (act, decider, act.body())
    for decider, known in (
        (UNIT, (acts.ESTABLISH, *acts.UNITS)),
        (PERSON, (acts.REGISTER, *acts.PEOPLE)),
        (office.OFFICE, (acts.APPOINT, acts.VACANCY, *acts.OFFICES)),
    )
    for act in known
}


@dataclass(frozen=True, slots=True)
class Compared:
    """All that an answer or an import needs of one request."""

    body: Roster
    read: workbook.Read
    hash: str
    standing: Standing
    comparison: Comparison
    term: OfficeId  # in which it is imported


Chosen = Annotated[OfficeId | None, Depends(chosen_office)]
BODY = described()
XLSX_ANSWER: dict[int | str, dict[str, Any]] = {200: {"content": {XLSX: {}, "text/csv": {}}}}


@router.get("/template", response_class=Response, responses={200: {"content": {XLSX: {}}}})
async def roster_template(person: SignedIn) -> Response:
    """A clean workbook to fill in: people, units, and the words to choose from."""
    return file_of(await apart(giving_back.template), XLSX, "roster.xlsx")


@router.post("/compare", openapi_extra=BODY)
async def compare_roster(request: Request, person: SignedIn, chosen: Chosen) -> ComparisonShown:
    """What an import would do, row by row: a dry run."""
    compared = await _compared(request, person, chosen)
    return await apart(_told, compared, language(request))


@router.post("/give-back", openapi_extra=BODY, response_class=Response, responses=XLSX_ANSWER)
async def give_roster_back(request: Request, person: SignedIn, chosen: Chosen) -> Response:
    """The same workbook with two more columns, what would become of each row and why not; nothing is done."""
    compared = await _compared(request, person, chosen)
    content = await apart(giving_back.given_back, compared.read, compared.comparison.items, language(request))
    if compared.read.source is None:
        return file_of(content, "text/csv", "roster.csv")
    return file_of(content, XLSX, "roster.xlsx")


@router.post(
    "/import",
    openapi_extra=BODY,
    response_class=StreamingResponse,
    responses={
        200: {"content": {LINES: {}}, "description": "A line of JSON for each step; the last says all"}
    },
)
async def import_roster(request: Request, person: SignedIn, chosen: Chosen) -> StreamingResponse:
    """Take the acts of the comparison; lines `{"done", "of"}` as they are taken, at last the result.

    It begins with nothing where `rows` is `all` and a row is faulty or asked about. What was cut off
    is finished by the same request sent again: an act that was taken is not taken twice.
    """
    compared = await _compared(request, person, chosen)
    wrong = [item for item in compared.comparison.items if not item.is_right]
    if wrong and compared.body.rows == "all":
        raise RosterHasErrors(count=len(wrong))
    lines = _imported(parts_of(request), compared, person, language(request))
    return StreamingResponse(lines, media_type=LINES, headers={"Cache-Control": "no-store, no-transform"})


# The comparison


async def _compared(request: Request, person: PersonId, chosen: OfficeId | None) -> Compared:
    parts = parts_of(request)
    await parts.following.catch_up()
    asking = Asking(person, parts.organisation, today(parts.clock, parts.settings.time_zone), chosen)
    keeper = _keeper(asking)  # before anything is read
    body = _body(read_object(await request.body()))
    standing = await _standing(parts, asking, keeper)
    options = Options(
        document=body.document,
        answers={(a.sheet, a.row): _answer(a.person) for a in body.answers},
        ends=tuple(End(OfficeId(tick.term), tick.ended_on) for tick in body.ends),
    )
    hashed = hashlib.sha256(body.workbook).hexdigest()
    read = await apart(workbook.read, body.workbook)
    comparison = await apart(compare, read.sheets, hashed, standing, options)
    return Compared(body, read, hashed, standing, comparison, keeper.id)


def _keeper(asking: Asking) -> Term:
    """The office in which a roster is kept, of a company or the group; NotAllowed."""
    for term in asking.terms():
        if not rights_of(term.office).isdisjoint(acts.KEEPERS):
            return term
    raise NotAllowed()


def _answer(said: str) -> PersonId | Literal["new", "later"]:
    return said if said in ("new", "later") else PersonId(said)  # type: ignore[return-value] # narrowed


def _body(given: dict[str, Any]) -> Roster:
    try:
        return Roster.model_validate_json(canonical(given))
    except ValidationError as error:
        wrong = [{**found, "loc": ("body", *found["loc"])} for found in error.errors(include_url=False)]
        raise RequestValidationError(wrong) from error


async def _standing(parts: Parts, asking: Asking, keeper: Term) -> Standing:
    organisation = asking.organisation
    units = tuple(organisation.all_below(keeper.unit))
    people = [p for where in units for p in organisation.members_of(where)]
    contacts = await contacts_of(parts.ledgers, parts.keys, people, organisation.position)
    return Standing(
        organisation=organisation,
        units=units,
        terms=tuple(organisation.terms.values()),
        contacts=contacts,
        scope=UnitId(keeper.unit),
        today=asking.today,
        person=asking.person,
        office=keeper.office,
    )


async def apart(work: Callable[..., T], *given: Any) -> T:
    """In the thread of rosters, so that everybody else goes on."""
    return await asyncio.get_running_loop().run_in_executor(READING, work, *given)


# The import


async def _imported(
    parts: Parts, compared: Compared, person: PersonId, said_in: Language
) -> AsyncIterator[bytes]:
    planned = compared.comparison.acts()
    rows = {id(act): item for item in compared.comparison.items for act in item.acts}
    done, refused = 0, []
    try:
        yield _line({"done": 0, "of": len(planned)})
        async for act, refusal in carried_out(
            planned, compared.hash, parts.keys, _taker(parts, compared, person)
        ):
            done += 1
            if refusal is not None:
                refused.append(refusal)
                if item := rows.get(id(act)):
                    item.results.add("faulty")
                    item.faults.append(Fault(item.sheet, item.row, "", "", "", refusal))
            if done % 100 == 0 or done == len(planned):
                yield _line({"done": done, "of": len(planned)})
        back = await apart(giving_back.given_back, compared.read, compared.comparison.items, said_in)
        told = (await apart(_told, compared, said_in)).model_dump(mode="json")
        taken = {"acts": done - len(refused), "refused": [said(refusal, said_in) for refusal in refused]}
        yield _line({"result": taken | told, "workbook": base64.b64encode(back).decode()})
    except Exception as error:  # noqa: BLE001 - the status is out: the last line says what an answer would
        if not is_passing(error):
            log("roster").error("unexpected", exc_info=error)
        passing = is_passing(error)
        refusal = problems.TryLater() if passing else problems.Unexpected(correlation=correlation())
        yield _line({"problem": problems.problem(refusal, said_in)})


def _taker(parts: Parts, compared: Compared, person: PersonId) -> Any:
    """Sends an act as the person would, in the office in which the roster is kept."""

    async def send(act: Planned, key: str, request: str, sealing_key: bytes | None) -> object:
        offered, decider, asks = OFFERED[act.command]
        body = asks.model_validate_json(canonical(act.given | {"why": compared.body.document}))
        return await take(
            parts,
            offered,
            decider,
            ledger=acts.GROUP_LEDGER,
            stream=UUID(act.stream),
            body=body,
            person=person,
            office=compared.term,
            sent=Sent(key, request, correlation(), None),
            seen=sealing_key,
        )

    return send


# Answers


def _told(compared: Compared, said_in: Language) -> ComparisonShown:
    return shown(compared.hash, compared.comparison, compared.standing, said_in)


def _line(said: dict[str, Any]) -> bytes:
    return msgspec.json.encode(said) + b"\n"


def file_of(content: bytes, media_type: str, name: str) -> Response:
    """An answer that is a file, kept by nobody on the way."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return Response(content, media_type=media_type, headers=headers)
