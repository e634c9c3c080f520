"""What is said along with a roster, and how a comparison is answered, in the reader's language."""

from __future__ import annotations

import base64
import binascii
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from services.projects.roster.comparison import Comparison, Item, Offered, Standing
from shared.domain import OfficeId, PersonId, Refusal
from shared.sentences import Language, sentences, word
from shared.web import Body


def _unpacked(said: Any) -> Any:
    """Strictly: what is left out without a word would be another workbook."""
    try:
        return base64.b64decode(said, validate=True) if isinstance(said, str) else said
    except binascii.Error:
        raise PydanticCustomError("not_base64", "This is no base64") from None


EXAMPLE = (
    "姓名,单位,党支部,党内职务,任职时间,入党时间\r\n李伟,C1,加工一车间党支部,党支部书记,2026-03,2011-07\r\n"
)
Packed = Annotated[
    bytes, BeforeValidator(_unpacked), WithJsonSchema({"type": "string", "contentEncoding": "base64"})
]


class Answer(Body):
    """Whom a row means that may be several people: a candidate, somebody new, or that it waits."""

    sheet: str = Field(max_length=100)
    row: int = Field(ge=1)
    person: str = Field(max_length=40, description="A candidate's id, `new`, or `later`: the row is left out")


class Tick(Body):
    """A term of office, of those offered, that ends."""

    term: str = Field(max_length=40)
    ended_on: date | None = Field(None, description="The first day without; else as the row says, or today")


class Roster(Body):
    """A workbook and what is said along with it; the same of it again is the same import."""

    workbook: Packed = Field(description="An .xlsx or a CSV in base64; nothing of it is kept")
    document: str = Field(
        min_length=1, max_length=100, description="Number of the document behind rows that name none"
    )
    answers: list[Answer] = Field([], max_length=10_000)
    ends: list[Tick] = Field([], max_length=10_000)
    rows: Literal["all", "right"] = Field(
        "all", description="`all`: nothing unless all rows are right; `right`: those that are"
    )


class FaultShown(BaseModel):
    """What is wrong in which cell, and what to do about it."""

    column: str
    heading: str
    value: str
    code: str
    reason: str
    advice: str


class Candidate(BaseModel):
    """Somebody whom a row may mean; of somebody whom an earlier row brings nothing but the name is known."""

    person: PersonId
    name: str
    unit: str
    joined: str


class RowShown(BaseModel):
    """A row and what becomes of it."""

    sheet: str
    row: int
    name: str
    place: str
    result: str
    notes: list[str]
    faults: list[FaultShown]
    candidates: list[Candidate]
    acts: list[str]


class EndShown(BaseModel):
    """A term whose holder the list no longer names, or says to have left."""

    term: OfficeId
    person: PersonId
    name: str
    office: str
    unit: str
    since: date
    ended_on: date
    vacant: bool
    ticked: bool


class ComparisonShown(BaseModel):
    """The workbook beside the organisation as it stands; nothing has been done yet."""

    import_id: str = Field(description="SHA-256 of the workbook")
    counts: dict[str, int]
    rows: list[RowShown]
    ends: list[EndShown]
    not_stored: list[str] = Field(description="Columns of which nothing is stored")
    without_table: list[str] = Field(description="Sheets in which no table was found")


def described() -> dict[str, Any]:
    """The body in OpenAPI, whole: a definition of its own would not be found there."""
    schema = Roster.model_json_schema()
    parts = schema.pop("$defs")

    def whole(found: Any) -> Any:
        match found:
            case {"$ref": str(ref)}:
                return whole(parts[ref.rpartition("/")[2]])
            case dict():
                return {name: whole(part) for name, part in found.items()}
            case list():
                return [whole(part) for part in found]
            case _:
                return found

    example = {"workbook": base64.b64encode(EXAMPLE.encode()).decode(), "document": "华岭党组〔2026〕3号"}
    content = {"application/json": {"schema": whole(schema), "example": example}}
    return {"requestBody": {"required": True, "content": content}}


def shown(workbook: str, found: Comparison, standing: Standing, said_in: Language) -> ComparisonShown:
    """The whole comparison; `workbook` is the workbook's hash."""
    return ComparisonShown(
        import_id=workbook,
        counts=found.counts(),
        rows=[_row(item, found, standing, said_in) for item in found.items],
        ends=[_end(offer, standing) for offer in found.offered],
        not_stored=found.not_stored,
        without_table=found.without_table,
    )


def _row(item: Item, found: Comparison, standing: Standing, said_in: Language) -> RowShown:
    return RowShown(
        sheet=item.sheet,
        row=item.row,
        name=item.name,
        place=item.place,
        result=item.result,
        notes=[word("roster_note", note, said_in) for note in item.notes],
        faults=[
            FaultShown(column=f.column, heading=f.heading, value=f.value, **said(f.why, said_in))
            for f in item.faults
        ],
        candidates=[_candidate(person, found, standing) for person in item.candidates],
        acts=[act.command for act in item.acts],
    )


def said(refusal: Refusal, said_in: Language) -> dict[str, str]:
    """A refusal's code, sentence and advice."""
    sentence, advice = sentences(refusal, said_in)
    return {"code": refusal.code(), "reason": sentence, "advice": advice}


def _candidate(person: PersonId, found: Comparison, standing: Standing) -> Candidate:
    known, contact = standing.organisation.people.get(person), standing.contacts.get(person)
    if known is None or contact is None:
        registers = (i for i in found.items for a in i.acts if a.stream == person)
        name = next((item.name for item in registers), "")
        return Candidate(person=person, name=name, unit="", joined="")
    unit_name = (
        standing.organisation.units[known.unit].name if known.unit in standing.organisation.units else ""
    )
    return Candidate(person=person, name=contact.name, unit=unit_name, joined=contact.joined)


def _end(offer: Offered, standing: Standing) -> EndShown:
    contact, there = standing.contacts.get(offer.person), standing.organisation.units.get(offer.unit)
    return EndShown(
        term=offer.term,
        person=offer.person,
        name=contact.name if contact else "",
        office=offer.office,
        unit=there.name if there else "",
        since=offer.since,
        ended_on=offer.ended_on,
        vacant=offer.vacant,
        ticked=offer.ticked,
    )
