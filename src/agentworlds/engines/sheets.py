"""Spreadsheets: what cells show, what formulas refer to, and files in Office Open XML (ECMA-376, .xlsx).

A cell is its sheet, row and column; the text typed into it is either a formula or a value, as in any spreadsheet. The
default engine calculates with IronCalc and reads files with openpyxl.
"""

from __future__ import annotations

import base64
import io
import re
import zipfile
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any, Literal, NamedTuple, Protocol

from agentworlds.engines import Engine, EngineError

Kind = Literal["number", "text", "date", "logical", "error"]

LAST_ROW, LAST_COLUMN = 999, 26
"""What formulas may refer to: the cells A1 to Z999."""


class Place(NamedTuple):
    """A cell of a workbook."""

    sheet: str
    row: int
    column: int


class Area(NamedTuple):
    """Cells below one another; what a formula refers to is a set of these."""

    sheet: str
    column: int
    top: int
    bottom: int


@dataclass(frozen=True)
class Shown:
    """What a cell shows: numbers with up to 15 digits, dates as 2026-03-02, errors as #DIV/0!."""

    value: str
    kind: Kind


class SheetsEngine(Protocol):
    """What the suite needs of a spreadsheet library."""

    def enter(self, text: str) -> Shown:
        """What a cell shows when a text that is no formula is typed into it."""

    def formula(self, text: str) -> str:
        """A formula in its normal form. Raises EngineError when it is none."""

    def areas(self, formula: str, sheet: str) -> tuple[Area, ...]:
        """The cells that a formula of a sheet refers to, by column. Raises EngineError where it is out of reach."""

    def calculate(self, cells: Mapping[Place, str]) -> dict[Place, Shown]:
        """What every formula among some cells shows; a circular one shows #CIRC!. Raises EngineError."""

    def copied(self, formula: str, rows: int) -> str:
        """A formula as it reads so many rows further down."""

    def with_row(self, formula: str, sheet: str, where: str, row: int, grows: bool) -> str:
        """A formula of one sheet once a row was inserted in another; a range that ended just above may grow over it."""

    def to_xlsx(self, sheets: Mapping[str, Mapping[tuple[int, int], str]]) -> bytes:
        """A workbook as a file, formulas and what they show; the same bytes every time."""

    def from_xlsx(self, data: bytes) -> dict[str, dict[tuple[int, int], str]]:
        """What was typed into the cells of a file, by sheet. Raises EngineError."""


class IronCalc(Engine):
    """Calculates with IronCalc, which holds a workbook in memory and needs no other package."""

    wraps = "ironcalc, openpyxl"
    requires = ("ironcalc", "openpyxl")
    formats = ("ECMA-376 (.xlsx)",)

    def enter(self, text: str) -> Shown:
        """See SheetsEngine."""
        model = _model(())
        model.set_user_input(0, 1, 1, text)
        return _shown(model, 0, 1, 1)

    def formula(self, text: str) -> str:
        """See SheetsEngine."""
        model = _model(())
        model.set_user_input(0, LAST_ROW + 1, 1, text)
        model.evaluate()
        normal: str = model.get_cell_content(0, LAST_ROW + 1, 1)
        said = _tokens(text)
        if (
            normal[:1] != "="
            or model.get_cell_value(0, LAST_ROW + 1, 1) == "#ERROR!"
            or _told(said) != _told(_tokens(normal))
        ):
            raise EngineError(f"{text} is no formula that can be read")
        for token in said:
            name = token.value[:-1].upper()
            if token.type == "FUNC" and token.subtype == "OPEN" and name not in FUNCTIONS:
                raise EngineError(f"the function {name} is not available; there are {', '.join(FUNCTIONS)}")
            if token.type == "ARRAY":
                raise EngineError("a list in braces is not available; put its values into cells")
        return normal

    def areas(self, formula: str, sheet: str) -> tuple[Area, ...]:
        """See SheetsEngine."""
        return _areas(formula, sheet)

    def calculate(self, cells: Mapping[Place, str]) -> dict[Place, Shown]:
        """See SheetsEngine."""
        names = list(dict.fromkeys(place.sheet for place in cells))
        numbers = {name: number for number, name in enumerate(names)}
        model = _model(names)
        for place, text in in_order(cells):
            model.set_user_input(numbers[place.sheet], place.row, place.column, text)
        model.evaluate()
        found = {
            place: _shown(model, numbers[place.sheet], place.row, place.column)
            for place, text in cells.items()
            if text.startswith("=")
        }
        if len(model.get_all_cells()) > len(cells):
            raise EngineError("a formula gives several values; a cell holds one")
        return found

    def copied(self, formula: str, rows: int) -> str:
        """See SheetsEngine."""
        from openpyxl.formula.translate import Translator, TranslatorError

        middle = 2 * LAST_ROW
        try:
            moved: str = Translator(formula, origin=f"A{middle}").translate_formula(f"A{middle + rows}")
        except TranslatorError:
            raise EngineError(f"{formula} would refer to a row above the first") from None
        return moved

    def with_row(self, formula: str, sheet: str, where: str, row: int, grows: bool) -> str:
        """See SheetsEngine."""

        def pushed(cell: str, last: bool) -> str:
            match = CELL.fullmatch(cell)
            if match is None:
                return cell
            at = int(match["row"])
            return f"{match['column']}{at + (at >= row or (last and at == row - 1))}"

        parts = ["="]
        for token in _tokens(formula):
            text = token.value
            if token.subtype == "RANGE" and (_sheet_of(text) or sheet) == where:
                before, mark, cells = text.rpartition("!")
                start, colon, end = cells.partition(":")
                down = grows and RANGE_DOWN.fullmatch(cells.replace("$", "")) is not None
                text = f"{before}{mark}{pushed(start, False)}{colon}{pushed(end, down)}"
            parts.append(text)
        return "".join(parts)

    def to_xlsx(self, sheets: Mapping[str, Mapping[tuple[int, int], str]]) -> bytes:
        """See SheetsEngine."""
        model = _model(sheets)
        numbers = {name: number for number, name in enumerate(sheets)}
        typed = {Place(name, *at): text for name, cells in sheets.items() for at, text in sorted(cells.items())}
        for place, text in in_order(typed):
            model.set_user_input(numbers[place.sheet], place.row, place.column, text)
        model.evaluate()
        packed = io.BytesIO()
        with (
            zipfile.ZipFile(io.BytesIO(model.to_xlsx())) as made,
            zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as target,
        ):
            for entry in made.infolist():
                if entry.is_dir():
                    continue
                fixed = zipfile.ZipInfo(entry.filename, (1980, 1, 1, 0, 0, 0))
                fixed.compress_type = zipfile.ZIP_DEFLATED
                content = made.read(entry)
                if entry.filename == "docProps/core.xml":
                    content = STAMP.sub(b"2000-01-01T00:00:00Z", content)
                target.writestr(fixed, content)
        return packed.getvalue()

    def from_xlsx(self, data: bytes) -> dict[str, dict[tuple[int, int], str]]:
        """See SheetsEngine."""
        from openpyxl import load_workbook
        from openpyxl.utils.exceptions import InvalidFileException

        try:
            with zipfile.ZipFile(io.BytesIO(data)) as file:
                if sum(entry.file_size for entry in file.infolist()) > MOST_UNPACKED:
                    raise EngineError("the file is too large")
            book = load_workbook(io.BytesIO(data))
        except (zipfile.BadZipFile, InvalidFileException, KeyError, ValueError, OSError, SyntaxError) as problem:
            raise EngineError(f"this is no .xlsx file: {problem}") from None
        found: dict[str, dict[tuple[int, int], str]] = {}
        for sheet in book.worksheets:
            found[sheet.title] = {
                (cell.row, cell.column): self._typed(cell.value, cell.data_type == "f")
                for row in sheet.iter_rows() for cell in row if cell.value is not None
            }  # fmt: skip
        return found

    def _typed(self, value: object, formula: bool) -> str:
        """What one types to get an openpyxl cell's value."""
        if isinstance(value, bool):
            return "TRUE" if value else "FALSE"
        if isinstance(value, int | float):
            return _number(float(value))
        if isinstance(value, datetime | date):
            return value.isoformat()[:10]
        text = str(getattr(value, "text", value))  # an array formula holds its text
        plain = formula or (text[:1] not in ("=", "'") and self.enter(text).kind == "text")
        return text if plain else f"'{text}"


# Places and areas ----------------------------------------------------------------------------------------


def cell_name(row: int, column: int) -> str:
    """``B7`` for row 7, column 2."""
    return f"{chr(64 + column)}{row}"


def read_cell(name: str) -> tuple[int, int]:
    """Row and column of a cell's name."""
    return int(name[1:]), ord(name[0].upper()) - 64


def pack(data: bytes) -> str:
    """Bytes as base64 text."""
    return base64.b64encode(data).decode()


def unpack(text: str) -> bytes:
    """The bytes of base64 text. Raises EngineError."""
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        raise EngineError("this is no base64 text") from None


Column = tuple[str, int]
"""A sheet and the number of a column."""


def reach(areas: Iterable[Area]) -> dict[Column, set[int]]:
    """The rows that some areas cover, by column."""
    found: dict[Column, set[int]] = {}
    for sheet, column, top, bottom in dict.fromkeys(areas):
        found.setdefault((sheet, column), set()).update(range(top, bottom + 1))
    return found


def depending(formulas: Mapping[Place, tuple[Area, ...]], changed: Collection[Place]) -> set[Place]:
    """The formulas whose value may change when some cells do, and those among the cells."""
    readers: dict[Column, list[tuple[int, int, Place]]] = {}
    for place, areas in formulas.items():
        for sheet, column, top, bottom in areas:
            readers.setdefault((sheet, column), []).append((top, bottom, place))
    found = {place for place in changed if place in formulas}
    waiting = list(changed)
    while waiting:
        sheet, row, column = waiting.pop()
        for top, bottom, reader in readers.get((sheet, column), ()):
            if top <= row <= bottom and reader not in found:
                found.add(reader)
                waiting.append(reader)
    return found


def needed(formulas: Mapping[Place, tuple[Area, ...]], wanted: Collection[Place]) -> set[Place]:
    """The formulas that must be calculated to know some of them."""
    columns = by_column(formulas)
    found = set(wanted)
    waiting = list(wanted)
    while waiting:
        fresh = [one for one in sources(formulas[waiting.pop()], columns) if one not in found]
        found.update(fresh)
        waiting += fresh
    return found


def by_column(places: Iterable[Place]) -> dict[Column, list[Place]]:
    """Cells by the column in which they are."""
    columns: dict[Column, list[Place]] = {}
    for place in places:
        columns.setdefault((place.sheet, place.column), []).append(place)
    return columns


def sources(areas: Iterable[Area], columns: Mapping[Column, list[Place]]) -> list[Place]:
    """Those of some cells that lie in some areas."""
    return [
        place for sheet, column, top, bottom in areas
        for place in columns.get((sheet, column), ()) if top <= place.row <= bottom
    ]  # fmt: skip


def in_order(cells: Mapping[Place, str]) -> Iterator[tuple[Place, str]]:
    """Cells with those that a formula refers to before it, since what it shows may be a date because they are."""
    formulas = {place: text for place, text in cells.items() if text.startswith("=")}
    yield from ((place, text) for place, text in cells.items() if place not in formulas)
    columns = by_column(formulas)
    begun: set[Place] = set()
    done: set[Place] = set()
    for start in formulas:
        waiting = [start]
        while waiting:
            place = waiting[-1]
            if place in begun:
                waiting.pop()
                if place not in done:
                    done.add(place)
                    yield place, formulas[place]
                continue
            begun.add(place)
            before = sources(_areas(formulas[place], place.sheet), columns)
            waiting += [one for one in before if one not in begun]


# IronCalc ------------------------------------------------------------------------------------------------

FUNCTIONS = (
    "ABS", "AND", "AVERAGE", "AVERAGEIF", "AVERAGEIFS", "CEILING", "CONCAT", "CONCATENATE", "COUNT", "COUNTA",
    "COUNTBLANK", "COUNTIF", "COUNTIFS", "DATE", "DAY", "DAYS", "EDATE", "EOMONTH", "EXACT", "FIND", "FLOOR",
    "HLOOKUP", "IF", "IFERROR", "IFS", "INDEX", "INT", "ISBLANK", "ISERROR", "ISNUMBER", "ISTEXT", "LEFT", "LEN",
    "LOWER", "MATCH", "MAX", "MAXIFS", "MEDIAN", "MID", "MIN", "MINIFS", "MOD", "MONTH", "NETWORKDAYS", "NOT", "OR",
    "PMT", "POWER", "PRODUCT", "RIGHT", "ROUND", "ROUNDDOWN", "ROUNDUP", "SIGN", "SQRT", "STDEV.S", "SUBSTITUTE",
    "SUM", "SUMIF", "SUMIFS", "SUMPRODUCT", "TEXT", "TRIM", "TRUNC", "UPPER", "VALUE", "VLOOKUP", "WEEKDAY",
    "WORKDAY", "XLOOKUP", "YEAR",
)  # fmt: skip
"""None of them looks at a clock, draws a number, or reads a cell that the formula does not name."""

ERRORS = ("#CIRC!", "#DIV/0!", "#ERROR!", "#N/A", "#NAME?", "#NULL!", "#NUM!", "#REF!", "#SPILL!", "#VALUE!")

CELL = re.compile(r"(?P<column>\$?[A-Za-z]{1,3}\$?)(?P<row>\d+)")
RANGE = re.compile(r"\$?([A-Z])\$?([1-9]\d{0,2})(?::\$?([A-Z])\$?([1-9]\d{0,2}))?", re.I)
RANGE_DOWN = re.compile(r"(?!([A-Z]+)(\d+):(?!\1)[A-Z]+\2).*:.*", re.I)  # not one that lies within a row
STAMP = re.compile(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
MOST_UNPACKED = 2_000_000
FIRST_DAY, LAST_DAY = 18_264, 73_050  # 1950 to 2099: what a number in a cell with a date's format is a date in
EPOCH = 693_594  # the ordinal of 30 December 1899, day 0 of spreadsheets


def _model(names: Iterable[str]) -> Any:
    import ironcalc

    model = ironcalc.create("workbook", "en", "UTC", "en")
    try:
        for number, name in enumerate(names):
            if number:
                model.add_sheet(name)
            elif name != "Sheet1":
                model.rename_sheet(0, name)
    except ironcalc.WorkbookError as problem:
        raise EngineError(str(problem)) from None
    return model


def _shown(model: Any, sheet: int, row: int, column: int) -> Shown:
    value = model.get_cell_value(sheet, row, column)
    if isinstance(value, bool):
        return Shown("TRUE" if value else "FALSE", "logical")
    if isinstance(value, float):
        if value == int(value) and FIRST_DAY <= value <= LAST_DAY:
            style = model.get_cell_style(sheet, row, column)["num_fmt"]
            if "y" in style:
                return Shown(date.fromordinal(EPOCH + int(value)).isoformat(), "date")
        return Shown(_number(value), "number")
    text = "" if value is None else str(value)
    return Shown(text, "error" if text in ERRORS else "text")


def _number(value: float) -> str:
    """A number with up to 15 digits, as spreadsheets show it."""
    text = f"{value:.15g}"
    if "e" not in text:
        return "0" if text == "-0" else text
    digits, _, power = text.partition("e")
    if -15 <= int(power) < 0:
        return f"{value:.{min(15 - int(power), 30)}f}".rstrip("0")
    return f"{digits}E{int(power):+d}"


@lru_cache(maxsize=4096)
def _tokens(formula: str) -> tuple[Any, ...]:
    from openpyxl.formula import Tokenizer
    from openpyxl.formula.tokenizer import TokenizerError

    try:
        return tuple(Tokenizer(formula).items)
    except (TokenizerError, IndexError) as problem:
        raise EngineError(f"{formula} is no formula that can be read: {problem}") from None


def _told(tokens: Iterable[Any]) -> list[str]:
    """What a formula names, whatever its spaces and brackets."""
    return [
        token.value.upper().replace("'", "")
        for token in tokens
        if token.type in ("OPERAND", "FUNC") and token.value != ")"
    ]


def _sheet_of(text: str) -> str:
    name = text.rpartition("!")[0]
    return name[1:-1].replace("''", "'") if name.startswith("'") else name


@lru_cache(maxsize=4096)
def _areas(formula: str, sheet: str) -> tuple[Area, ...]:
    columns: dict[tuple[str, int], set[int]] = {}
    for token in _tokens(formula):
        if token.type != "OPERAND" or token.subtype != "RANGE":
            continue
        match = RANGE.fullmatch(token.value.rpartition("!")[2])
        if match is None:
            raise EngineError(f"{token.value} names no cells from A1 to Z{LAST_ROW}; a range is written B2:B40")
        left, right = sorted(ord((name or match[1]).upper()) - 64 for name in (match[1], match[3]))
        top, bottom = sorted(int(row or match[2]) for row in (match[2], match[4]))
        for column in range(left, right + 1):
            columns.setdefault((_sheet_of(token.value) or sheet, column), set()).update(range(top, bottom + 1))
    return tuple(Area(*key, *run) for key, rows in sorted(columns.items()) for run in _runs(rows))


def _runs(rows: Collection[int]) -> Iterator[tuple[int, int]]:
    """Numbers as runs from one to another."""
    ordered = sorted(rows)
    start = ordered[0]
    for one, following in zip(ordered, [*ordered[1:], 0], strict=True):
        if following != one + 1:
            yield start, one
            start = following
