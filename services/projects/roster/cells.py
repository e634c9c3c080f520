"""What a cell says: a day, a name, offices, a number. Pure; raises the fault that the cell has."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from openpyxl.utils.datetime import from_excel

from services.projects.roster.faults import (
    CellEmpty,
    DayInTheFuture,
    MonthNotClear,
    NameNotClear,
    NoSuchDay,
    NumberNotClear,
    OfficeNotKnown,
    StatusMissing,
    StatusNotKnown,
    WordNotKnown,
)
from services.projects.roster.words import codes_of, folded, one_of, standings, titles, words
from services.projects.roster.workbook import Value
from services.projects.spelling import plain
from shared.offices import catalogue

SERIALS = range(7_306, 73_051)  # Excel's numbers of the days from 1920 to 2099
PARTED = re.compile(r"(\d{4})[年./\-](\d{1,2})(?:[月./\-](?:(\d{1,2})日?)?)?(?: 0{1,2}:00(?::00)?)?")
JOINED_UP = re.compile(r"(\d{4})(\d{2})(\d{2})?")
UNTIL = re.compile(r"(?:至|到)\s*(\d{4}[年./\-]?\d{1,2}[月./\-]?(?:\d{1,2}日?)?)")
BRACKETS = re.compile(r"[(（\[【]([^)）\]】]*)[)）\]】]")
LATIN = re.compile(r"[A-Za-zÀ-ɏḀ-ỿ'’. -]+")
NAME = re.compile(r"[^\W\d_]+(?:[·. -][^\W\d_]+)*")
BETWEEN_OFFICES = re.compile(r"兼任|兼|[、,;/+&]")
STANDS_IN = re.compile(r"\(?主持(?:党支部|支部|党委|党总支|全面)?工作\)?")
MOBILE, LANDLINE = re.compile(r"1\d{10}"), re.compile(r"0\d{9,11}")
MAIL = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+")
SHOWN_AT_MOST = 40
READ_AT_MOST = 300  # signs of a cell that is taken apart: of many more that alone would take hours
IDENTITY_CARD = re.compile(r"\d{15,}[0-9Xx]?")  # or what may be one


@dataclass(frozen=True, slots=True)
class Day:
    """A day, or a month of which the day is not known."""

    first: date
    by_month: bool

    @property
    def last(self) -> date:
        """The last day that may be meant."""
        if not self.by_month:
            return self.first
        return self.first.replace(day=calendar.monthrange(self.first.year, self.first.month)[1])

    def fits(self, day: date) -> bool:
        """Whether that day may be meant."""
        return self.first <= day <= self.last

    def written(self) -> str:
        """As `2011-07`, or `2011-07-05`."""
        return self.first.isoformat()[: 7 if self.by_month else 10]


@dataclass(frozen=True, slots=True)
class Named:
    """A name as it is stored, and what stood in brackets behind it."""

    name: str
    acting: bool
    concurrent: bool


@dataclass(frozen=True, slots=True)
class Post:
    """An office that a cell names."""

    office: str
    acting: bool


def text(value: Value) -> str:
    """A cell as text: whole numbers without the point that Excel keeps."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime) and not (value.hour or value.minute or value.second):
        return value.date().isoformat()
    return plain(str(value))


def shown(value: Value) -> str:
    """A cell's value for its fault; long numbers may be an identity card's, and are not said again."""
    said = IDENTITY_CARD.sub("…", text(value))
    return said if len(said) <= SHOWN_AT_MOST else f"{said[:SHOWN_AT_MOST]}…"


# Days


def day(value: Value, today: date | None = None) -> Day:
    """The day or month; NoSuchDay, MonthNotClear, and DayInTheFuture for one after `today`."""
    found = _day(value)
    if today is not None and found.first > today:
        raise DayInTheFuture(got=shown(value))
    return found


def _day(value: Value) -> Day:
    if isinstance(value, datetime):
        return Day(value.date(), by_month=False)
    if isinstance(value, date):
        return Day(value, by_month=False)
    if isinstance(value, bool):
        raise NoSuchDay(got=shown(value))
    if isinstance(value, float) and 1900 < value < 2100 and len(f"{value:.10g}".partition(".")[2]) == 1:
        raise MonthNotClear(got=shown(value))  # 2003.1: Excel has dropped a nought, or has not
    said = text(value)
    if said.isdigit() and len(said) < 6 and int(said) in SERIALS:
        serial = from_excel(int(said))
        assert isinstance(serial, datetime)
        return Day(serial.date(), by_month=False)
    match = PARTED.fullmatch(said.replace(" ", "")) or PARTED.fullmatch(said) or JOINED_UP.fullmatch(said)
    if match is None:
        raise NoSuchDay(got=shown(value))
    year, month, of_month = match.groups()
    try:
        return Day(date(int(year), int(month), int(of_month or 1)), by_month=not of_month)
    except ValueError:
        raise NoSuchDay(got=shown(value)) from None


def end(value: Value) -> Day | None:
    """The day from which an office is no longer held; None while it is."""
    return None if one_of(text(value), catalogue().roster_words.still_in_office) else day(value)


def last_day_in(remark: str) -> date | None:
    """Until when a secondment is said to last (挂职锻炼（至2026年6月）)."""
    found = UNTIL.search(plain(remark))
    return _day(found[1]).last if found else None


# People


def is_vacancy(value: Value) -> bool:
    """Whether the cell of the name says that nobody holds the office."""
    return one_of(text(value), catalogue().roster_words.vacancy)


def name(value: Value) -> Named:
    """A name without spaces between its signs, pinyin and remarks; CellEmpty, NameNotClear."""
    said = text(value)
    if not said:
        raise CellEmpty()
    if len(said) > READ_AT_MOST:
        raise NameNotClear(got=shown(value))
    beside = [plain(found) for found in BRACKETS.findall(said)]
    stripped = BRACKETS.sub("", said).strip(" *※★")
    if any(sign >= "\u2e80" for sign in stripped):  # Chinese: what is left of Latin is its pinyin
        stripped = re.sub(r"[A-Za-zÀ-ɏḀ-ỿ'’-]+", "", stripped).replace(" ", "")
    stripped = re.sub("[•・‧．]", "·", stripped)
    acting = False
    for remark in beside:
        if one_of(remark, catalogue().roster_words.acting):
            acting = True
        elif not (LATIN.fullmatch(remark) or remark.endswith("族") or one_of(remark, words().beside_names)):
            raise NameNotClear(got=shown(value))
    if not NAME.fullmatch(stripped) or len(stripped) > 40:
        raise NameNotClear(got=shown(value))
    return Named(stripped, acting, any(one_of(remark, ("兼",)) for remark in beside))


def posts(value: Value, organisation: str, acting: bool = False) -> tuple[Post, ...]:
    """The offices of a cell, each once; a bare 书记 is of the organisation. CellEmpty, OfficeNotKnown."""
    said = plain(text(value)).replace(" ", "").replace("（", "(").replace("）", ")")
    if not said:
        raise CellEmpty()
    if len(said) > READ_AT_MOST:
        raise OfficeNotKnown(got=shown(value))
    found: dict[str, Post] = {}
    for part in BETWEEN_OFFICES.split(re.sub(r"\(兼\)", "", said)):
        if not part:
            continue
        bare = STANDS_IN.sub("", part)
        heading = acting or bare != part
        replaces = re.match(r"(.*?)代理?(书记|.*书记)$", bare)
        office = _office(replaces[1] + replaces[2] if replaces else bare, organisation, value)
        head = words().heads.get(office)
        if replaces or (heading and head == office):
            found.setdefault(office, Post(office, acting=True))
        else:
            found.setdefault(office, Post(office, acting=False))
            if heading and head:
                found.setdefault(head, Post(head, acting=True))
    if not found:
        raise CellEmpty()
    return tuple(found.values())


def _office(title: str, organisation: str, value: Value) -> str:
    known = titles().get(folded(title))
    if known:
        return known
    for kind, code in words().by_organisation.get(title, {}).items():
        if kind in organisation:
            return code
    raise OfficeNotKnown(got=shown(value))


def status(value: Value, joined: Day | None, today: date) -> tuple[str, bool]:
    """The political status, and whether it follows from the date of joining alone.

    Who joined more than a year ago is past the year of probation.
    """
    said = text(value)
    if said:
        found = standings().get(folded(said))
        if found is None:
            raise StatusNotKnown(got=shown(value))
        return found, False
    if joined is None or (today - joined.last).days <= 366:
        raise StatusMissing()
    return "正式党员", True


def staff_number(value: Value) -> str:
    """A number; "" for none. NumberNotClear for an identity card's, which is never stored."""
    said = text(value)
    if len(said) > SHOWN_AT_MOST or IDENTITY_CARD.search(said):
        raise NumberNotClear(got=shown(value))
    return said


def phone(value: Value) -> str:
    """A number's digits, without the lost "+" of 86; "" for none. NumberNotClear."""
    said = text(value)
    if one_of(said, catalogue().roster_words.vacancy) or not said:
        return ""
    first: str = re.split(r"[/、,;]", said)[0]
    digits = re.sub(r"[\s()+.\-—–]", "", first)
    digits = re.sub(r"^(?:00)?86(?=1\d{10}$)", "", digits)
    if not (MOBILE.fullmatch(digits) or LANDLINE.fullmatch(digits)):
        raise NumberNotClear(got=shown(value))
    return digits


def mail(value: Value) -> str:
    """An address; "" for none. NumberNotClear."""
    said = text(value).replace(" ", "")
    if one_of(said, catalogue().roster_words.vacancy):
        return ""
    if len(said) > 254 or (said and not MAIL.fullmatch(said)):
        raise NumberNotClear(got=shown(value))
    return said


# Units


def word(value: Value, known: tuple[tuple[str, str], ...]) -> str:
    """The code of a word of the catalogue; "" for none. WordNotKnown."""
    said = text(value)
    if not said:
        return ""
    if code := codes_of(known).get(folded(said)):
        return code
    raise WordNotKnown(got=shown(value))


def whole(value: Value) -> int:
    """A number of people; 0 for none. NumberNotClear."""
    said = text(value)
    if said and not re.fullmatch(r"\d{1,6}", said):
        raise NumberNotClear(got=shown(value))
    return int(said or 0)


def points(value: Value) -> Decimal:
    """A weight with at most two decimals, with or without 分 behind it; CellEmpty, NumberNotClear."""
    said = text(value).removesuffix("分").strip()
    if not said:
        raise CellEmpty()
    if not re.fullmatch(r"\d{1,3}(\.\d{1,2})?", said):
        raise NumberNotClear(got=shown(value))
    return Decimal(said)


def yes(value: Value) -> bool:
    """Yes or no, an empty cell is no; WordNotKnown."""
    said = text(value)
    if one_of(said, words().affirmed):
        return True
    if one_of(said, words().denied):
        return False
    raise WordNotKnown(got=shown(value))
