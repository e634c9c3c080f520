"""Rosters for tests, made as units send them: titles, merged cells, two rows of headings, noise."""

from __future__ import annotations

import io
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from openpyxl import Workbook, load_workbook

from services.projects.ids import term_id, unit_id
from services.projects.roster import workbook
from services.projects.roster.comparing import compare
from services.projects.roster.comparison import Comparison, Options, Standing
from services.projects.roster.identity import Contact
from shared import roster as said
from shared.domain import OfficeId, PersonId, UnitId
from shared.organisation import Organisation
from tests.support.recorded import recorded

GROUP, COMPANY, OTHER = UnitId(unit_id("G")), UnitId(unit_id("C1")), UnitId(unit_id("C2"))
FIRST, SECOND, ELSEWHERE = UnitId(unit_id("B1")), UnitId(unit_id("B2")), UnitId(unit_id("B3"))
UNITS = (
    (GROUP, "G", "华岭集团", None, "集团党委"),
    (COMPANY, "C1", "东川能源有限公司", GROUP, "所属单位党委"),
    (OTHER, "C2", "长河机电有限公司", GROUP, "所属单位党委"),
    (FIRST, "B1", "加工一车间党支部", COMPANY, "党支部"),
    (SECOND, "B2", "加工二车间党支部", COMPANY, "党支部"),
    (ELSEWHERE, "B3", "加工一车间党支部", OTHER, "党支部"),
)
TODAY, LONG_AGO = date(2026, 3, 2), date(2020, 7, 1)
KEEPER = PersonId("00000000-0000-0000-0000-000000000099")
COLUMNS = ("姓名", "单位", "党支部", "党内职务", "任职时间", "入党时间", "手机", "备注")
ROW = {"单位": "东川能源有限公司", "党支部": "加工一车间党支部", "任职时间": "2020-07", "入党时间": "2011-07"}


@dataclass
class Group:
    """A group with two companies, and people of the first, to compare a roster with."""

    events: list[Any] = field(default_factory=list)
    contacts: dict[PersonId, Contact] = field(default_factory=dict)

    def person(
        self, id_: str, name: str, unit: UnitId = FIRST, joined: str = "2011-07", phone: str = ""
    ) -> PersonId:
        """Somebody who is registered."""
        person = PersonId(id_)
        self.events.append(said.PersonRegistered(person, unit, "正式党员", "", ""))
        self.contacts[person] = Contact(name, phone, "", joined)
        return person

    def term(self, person: PersonId, office: str, unit: UnitId = FIRST, since: date = LONG_AGO) -> OfficeId:
        """An office that is held."""
        term = term_id(person, office, unit, since)
        self.events.append(
            said.OfficeAppointed(term, person, office, unit, since, None, False, False, KEEPER)
        )
        return term

    def standing(self, office: str = "party_department", scope: UnitId = COMPANY) -> Standing:
        """As it stands, for who keeps the roster of the company."""
        known = Organisation()
        units = [
            said.UnitEstablished(id_, code, name, parent, "production", kind, (), parent == GROUP, True, 9)
            for id_, code, name, parent, kind in UNITS
        ]
        for position, event in enumerate((*units, *self.events), 1):
            known.apply(recorded(position, event))
        contacts = {p: c for p, c in self.contacts.items() if known.reaches(scope, known.people[p].unit)}
        return Standing(
            organisation=known,
            units=tuple(known.all_below(scope)),
            terms=tuple(known.terms.values()),
            contacts=contacts,
            scope=scope,
            today=TODAY,
            person=KEEPER,
            office=office,
        )

    def compared(
        self, *rows: Mapping[str, Any], options: Options | None = None, **standing: Any
    ) -> Comparison:
        """What comes of a roster with these rows."""
        return self.compared_of(workbook.read(book(*rows)), options, **standing)

    def compared_of(self, read: workbook.Read, options: Options | None = None, **standing: Any) -> Comparison:
        """What comes of a roster that was read."""
        return compare(read.sheets, "workbook", self.standing(**standing), options or Options("1号"))


def row(name: str, office: str = "组织委员", **more: Any) -> dict[str, Any]:
    """A row of the roster."""
    return {**ROW, "姓名": name, "党内职务": office, **more}


def book(*rows: Mapping[str, Any], title: str = "名册", columns: Sequence[str] = COLUMNS) -> bytes:
    """A workbook with one sheet, a title over its headings, a signature below."""
    made = Workbook()
    sheet = made.worksheets[0]
    sheet.title = title
    extra = [name for each in rows for name in each if name not in columns]
    columns = [*columns, *dict.fromkeys(extra)]
    sheet.cell(1, 1, "东川能源有限公司党务干部花名册")
    sheet.merge_cells(start_row=1, start_column=1, end_row=1, end_column=len(columns))
    for at, heading in enumerate(columns, 1):
        sheet.cell(2, at, heading)
    for number, each in enumerate(rows, 3):
        for at, heading in enumerate(columns, 1):
            sheet.cell(number, at, each.get(heading))
    sheet.cell(len(rows) + 3, 1, "填表人：某某")
    return saved(made)


def saved(made: Workbook) -> bytes:
    """Its bytes."""
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def opened(data: bytes) -> Workbook:
    """With its formulas as such, if there are any."""
    return load_workbook(io.BytesIO(data))


def noisy(draw: random.Random, text: str) -> str:
    """The same text as somebody else types it."""
    wide = {ord(sign): ord(sign) + 0xFEE0 for sign in "0123456789"}
    ways = (
        lambda t: t,
        lambda t: t.translate(wide),
        lambda t: f" {t}　",
        lambda t: f"{t}\u200b",
    )
    found: str = draw.choice(ways)(text)
    return found


def large(people: int, branch: str = "加工一车间党支部") -> bytes:
    """A roster of many people with numbers, phones and offices."""
    made = Workbook(write_only=True)
    sheet = made.create_sheet("名册")
    sheet.append(["员工编号", *COLUMNS])
    for n in range(people):
        name = "".join("赵钱孙李周吴郑王冯陈"[int(digit)] for digit in f"{n:05}")
        phone = f"139{n:08}"
        rest = ["东川能源有限公司", branch, "组织委员", "2020-07", "2011-07", phone, ""]
        sheet.append([f"N{n:06}", name, *rest])
    return saved(made)
