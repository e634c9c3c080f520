"""What is wrong with a workbook, a row or a cell: each a rule with its sentence, as every refusal."""

from __future__ import annotations

from dataclasses import dataclass

from shared.domain import Refusal
from shared.problems import FieldsWrong, FileTooLarge, FileTypeNotTaken

# The workbook as a whole


class NotAWorkbook(FileTypeNotTaken):
    """This is no roster that can be read: .xlsx without macros and password, or CSV in UTF-8 or GB18030.

    Open it in Excel or WPS and save it anew as .xlsx."""


class WorkbookTooLarge(FileTooLarge):
    """The workbook holds more than {limit} rows or filled cells, or unpacks to more than is taken.

    Split it, for example by branches, and remove formats of empty rows."""


class NoTableFound(FieldsWrong):
    """No sheet has a heading row with the columns of a roster ({fields}) or of a list of units.

    Compare the headings with the template's."""


class RosterHasErrors(Refusal):
    """{count} rows are faulty or wait for an answer, so nothing was imported.

    Correct them, or import the rows that are right and take back the others."""


class ImportUnanswered(FieldsWrong):
    """An answer names a row that is not asked about, or none of its candidates: {fields}.

    Compare the workbook anew, and answer what is asked then."""


class EndNotOffered(FieldsWrong):
    """A ticked end names a term of office that the comparison does not offer to end.

    Compare the workbook anew, and tick what is offered then."""


# A cell


class CellEmpty(Refusal):
    """It is empty.

    Fill it in; write “空缺” for an office that nobody holds."""


class NoSuchDay(Refusal):
    """There is no such day: “{got}”.

    Write the day as 2026-03-02, or the month as 2026-03."""


class MonthNotClear(Refusal):
    """“{got}” is a number, and may mean January or October.

    Write the month as text, as 2026-10."""


class DayInTheFuture(Refusal):
    """This day is still to come: “{got}”.

    Correct the date."""


class NameNotClear(Refusal):
    """“{got}” is no name alone.

    Write the name, and what is said of it as a remark."""


class NumberNotClear(Refusal):
    """“{got}” cannot be read.

    Write it as in the template."""


class OfficeNotKnown(Refusal):
    """The catalogue has no office “{got}” in this organisation.

    Write the office as the catalogue calls it."""


class StatusNotKnown(Refusal):
    """“{got}” is no political status of the catalogue.

    Write one of the six, or the date of joining."""


class StatusMissing(Refusal):
    """The political status is not given, and does not follow from the date of joining.

    Fill it in."""


class WordNotKnown(Refusal):
    """“{got}” is no word of the catalogue.

    Choose a word of the template's second sheet."""


# A row


class UnitNotFound(Refusal):
    """There is no such unit within your reach: “{got}”.

    Correct the name, or list the unit on the sheet of units."""


class UnitNotClear(Refusal):
    """{count} units within your reach are called so: “{got}”.

    Write the code, or the name with the unit above it."""


class EndedBeforeBegun(Refusal):
    """It ends on {until}, before it begins.

    Correct the dates."""


class HeldByAnother(Refusal):
    """The row says that the office is vacant, and {holders} hold it.

    Tick the end of their term, or correct the row."""


class OfAnotherCompany(Refusal):
    """This staff number belongs to somebody of another company.

    Ask headquarters to move the person."""


class CodeTwice(Refusal):
    """The code “{got}” stands in another row too.

    Give each unit a code of its own."""


class AboveItself(Refusal):
    """By this list the unit would stand below itself.

    Correct the unit above."""


# A task


class TaskTwice(Refusal):
    """The task “{got}” stands in another row too.

    Leave one of them, or give each a code of its own."""


class NobodyOfTheName(Refusal):
    """Nobody of the branch or the team is called or numbered so: “{got}”.

    Write one name as the roster has it, or the staff number, or leave the cell empty."""


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong, and in which cell; `column` is its letter, "" for the row as a whole."""

    sheet: str
    row: int
    column: str
    heading: str
    value: str
    why: Refusal
