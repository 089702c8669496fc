"""Spreadsheets: workbooks of sheets whose cells hold values and formulas, which are calculated as soon as something changes.

A cell is a row of the table Cell: what was typed into it, and what it shows. What counts in a goal is what a cell shows,
whether it is a formula, and which cells that formula refers to; so ``=SUM(B2:B4)`` and ``=B2+B3+B4`` are as good as each other.
The host gives the people who own workbooks (Person), and may add workbooks of its own with the setting `workbooks` or `store`.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Annotated, Any, Literal

from agentworlds import (
    Answer,
    Do,
    Document,
    Draw,
    EngineError,
    Module,
    Paragraph,
    PersonName,
    Range,
    Row,
    Task,
    TaskDraw,
    Text,
    Title,
    Word,
    at_most,
    containing,
    count,
    delete,
    field,
    first,
    insert,
    now,
    one_of,
    refuse,
    rows,
)
from agentworlds.engines.sheets import (
    Area,
    Place,
    SheetsEngine,
    Shown,
    cell_name,
    depending,
    needed,
    pack,
    reach,
    read_cell,
    unpack,
)
from agentworlds.types import TextType

Offset = Annotated[int, Range(0, 1_000_000)]
Entry = Annotated[str, TextType("words", 300)]
CellName = Annotated[str, TextType("cell", 4, 2, "[A-Za-z][1-9][0-9]{0,2}")]
AreaName = Annotated[str, TextType("area", 9, 2, "[A-Za-z][1-9][0-9]{0,2}(:[A-Za-z][1-9][0-9]{0,2})?")]
Cells = tuple[tuple[str, ...], ...]
Books = tuple[tuple[str, tuple[tuple[str, Cells], ...]], ...]
Kind = Literal["number", "text", "date", "logical", "error"]
Test = Literal["is", "is not", "contains", "at least", "at most", "is empty"]

sheets = Module("sheets", title="Spreadsheets", wraps="ironcalc, openpyxl")
WORKBOOKS: Books = sheets.setting("workbooks", ())
STAFF = sheets.setting("staff", ())
engine = sheets.engine(SheetsEngine, "ironcalc")


@sheets.placeholder
class Person(Row):
    name: PersonName


@sheets.table
class Workbook(Row):
    title: Title
    owner: Person
    state: Literal["open", "closed"] = "open"
    edited: datetime = field(default=now)


@sheets.table(show=("workbook.title", "workbook.owner.name", "workbook.state"))
class Sheet(Row):
    name: Word
    workbook: Workbook


@sheets.table(unique=[("sheet", "row", "column")], label="value")
class Cell(Row):
    sheet: Sheet
    row: Annotated[int, Range(1, 999)]
    column: Annotated[int, Range(1, 26)]
    entered: Entry = field(free=True)
    value: Entry
    kind: Kind
    formula: bool
    refers: Paragraph = field(default="", hidden=True)


@dataclass
class Line:
    row: int
    cells: list[Entry]


@dataclass
class Grid:
    area: AreaName
    columns: list[Word]
    rows: list[Line]
    more: bool


@dataclass
class Found:
    sheet: Sheet
    cell: CellName
    value: Entry
    entered: Entry


@dataclass
class Matches:
    headings: list[Entry]
    rows: list[Line]
    total: int
    more: bool


@dataclass
class Group:
    group: Entry
    cells: int
    sum: Word
    average: Word
    least: Word
    most: Word


@dataclass
class CellNow:
    cell: Text
    entered: Entry
    value: Entry


@dataclass
class Written:
    written: list[CellNow]
    recalculated: list[CellNow]
    more: bool


@dataclass
class File:
    name: Text
    media_type: Text
    bytes: int
    content: Document


sheets.reads(
    Sheet, by=("name", "workbook", "workbook.title", "workbook.owner", "workbook.owner.name", "workbook.state"),
    sort=("workbook.title", "name"), roles=STAFF,
    about="Find sheets, each with the workbook that it is part of; all sheets of a workbook with workbook_title. A workbook "
    "that is closed can be read but not changed.",
)  # fmt: skip


# Reading -------------------------------------------------------------------------------------------------


@sheets.query(roles=STAFF)
def read_range(sheet: Sheet, area: AreaName | None = None, formulas: bool = False) -> Grid:
    """Read cells of a sheet, at most 40 rows at a time; without an area, from its first filled row on.

    Args:
        area: such as B2:D20, or one cell such as B2
        formulas: show what was typed in, formulas among it, instead of what the cells show
    """
    if area is None:
        filled = rows(Cell, order="row,column", sheet=sheet)
        if not filled:
            return Grid("A1", ["A"], [], False)
        top, left, bottom, right = filled[0].row, 1, filled[-1].row, max(cell.column for cell in filled)
    else:
        top, left, bottom, right = read_area(area)
        filled = rows(Cell, sheet=sheet, row=at_most(bottom), column=at_most(right))
    there = {(cell.row, cell.column): cell.entered if formulas else cell.value for cell in filled}
    last = min(bottom, top + 39)
    columns = range(left, right + 1)
    return Grid(
        area=f"{cell_name(top, left)}:{cell_name(last, right)}",
        columns=[cell_name(1, column)[:-1] for column in columns],
        rows=[Line(row, [there.get((row, column), "") for column in columns]) for row in range(top, last + 1)],
        more=last < bottom,
    )


@sheets.query(roles=STAFF)
def find_cells(
    text: Entry, sheet: Sheet | None = None, workbook: Workbook | None = None, offset: Offset = 0
) -> list[Found]:
    """Find cells that show a text or a number, in a sheet, in a workbook, or everywhere.

    Args:
        text: what the cell contains, in either case; a number is found however it is written
        offset: how many to skip: as many as were shown so far
    """
    if not text.strip():
        refuse("invalid", "An empty text would be found everywhere.", field="text")
    where: dict[str, Any] = {} if workbook is None else {"sheet__workbook": workbook}
    where |= {} if sheet is None else {"sheet": sheet}
    found = rows(Cell, order="sheet,row,column", value=containing(text.strip()), **where)
    typed = engine.enter(text)
    if typed.kind != "text" and typed.value not in text:  # a number that is written in another way
        found += rows(Cell, order="sheet,row,column", value=typed.value, **where)
    return [
        Found(cell.sheet, cell_name(cell.row, cell.column), cell.value, cell.entered)
        for cell in found[offset : offset + 51]
    ]


@sheets.query(roles=STAFF)
def filter_rows(sheet: Sheet, column: Text, test: Test, value: Entry = "", offset: Offset = 0) -> Matches:
    """Find the rows of a sheet's table where a column passes a test, 40 at a time.

    The first filled row holds the headings; a last row that begins with "Total" belongs to no search.

    Args:
        column: its heading, or its letter
        value: what to compare with; numbers and dates (2026-03-02) by size, texts in either case
        offset: how many to skip: as many as were shown so far
    """
    table = table_of(sheet)
    at = table.find(column)
    wanted = engine.enter(value)
    passing = [row for row in table.data if passes(table.cells.get((row, at)), test, wanted)]
    return Matches(
        headings=table.line(table.head), rows=[Line(row, table.line(row)) for row in passing[offset : offset + 40]],
        total=len(passing), more=len(passing) > offset + 40,
    )  # fmt: skip


@sheets.query(roles=STAFF)
def summarise_column(sheet: Sheet, column: Text, by: Text | None = None) -> list[Group]:
    """Count and add up the numbers of a column of a sheet's table, in all or for each value of another column.

    The first filled row holds the headings; a last row that begins with "Total" is not counted.

    Args:
        column: its heading, or its letter
        by: the column whose values make the groups, such as a name or a category
    """
    table = table_of(sheet)
    at, groups = table.find(column), None if by is None else table.find(by)
    numbers: dict[str, list[Decimal]] = {}
    for row in table.data:
        cell = table.cells.get((row, at))
        if cell is not None and cell.kind == "number":
            key = "all" if groups is None else table.shown(row, groups)
            numbers.setdefault(key, []).append(Decimal(cell.value))
    return [
        Group(group, len(some), short(sum(some, Decimal(0))), short(sum(some, Decimal(0)) / len(some)), short(min(some)),
              short(max(some)))
        for group, some in sorted(numbers.items())
    ]  # fmt: skip


@sheets.query(roles=STAFF)
def export_workbook(workbook: Workbook) -> File:
    """A workbook as an .xlsx file, with its formulas and what they show; the content is base64."""
    content = engine.to_xlsx(
        {
            sheet.name: {(cell.row, cell.column): cell.entered for cell in rows(Cell, sheet=sheet)}
            for sheet in rows(Sheet, workbook=workbook)
        }
    )
    packed = pack(content)
    if len(packed) > 20_000:
        refuse("limit", "The file is larger than 15 kB.", hint="read_range shows any part of it")
    return File(f"{workbook.title}.xlsx", MEDIA_TYPE, len(content), packed)


# Writing -------------------------------------------------------------------------------------------------


@sheets.tool(roles=STAFF, idempotent=True)
def write_cells(
    sheet: Sheet, cell: CellName, values: list[Entry], direction: Literal["across", "down"] = "across"
) -> Written:
    """Type values or formulas into cells, from one cell on; what depends on them is calculated at once.

    Args:
        cell: the first cell, such as B7
        values: as typed into a spreadsheet: 12.50, 2026-03-02, yes, =SUM(B2:B6), =October!D9; an empty text clears the cell
        direction: where the second value goes: to the right of the first, or below it
    """
    row, column = read_cell(cell)
    down, right = (1, 0) if direction == "down" else (0, 1)
    contents = {
        Place(sheet.name, row + down * number, column + right * number): value for number, value in enumerate(values)
    }
    return put(sheet.workbook, contents)


@sheets.tool(roles=STAFF)
def add_row(sheet: Sheet, values: list[Entry], row: int | None = None) -> Written:
    """Add a row to a sheet's table.

    It goes below the last filled row, but above a last row that begins with "Total". What stood there moves down, and formulas
    follow it: a range that ended just above the new row takes it in. Where a value is left out or empty and the row above has a
    formula, the formula is carried on.

    Args:
        values: one for each column, from A on; an empty text leaves a cell to that
        row: the row's number, if it shall go elsewhere: what stands there moves down
    """
    table = table_of(sheet)
    at = row if row is not None else (table.total or table.last + 1)
    if not table.head < at <= table.last + 1:
        refuse(
            "invalid",
            f"A new row of {sheet.name} goes between row {table.head + 1} and row {table.last + 1}.",
            field="row",
        )
    if not any(value.strip() for value in values):
        refuse("invalid", "A row needs a value.", field="values")
    if len(values) > max(table.columns):
        refuse(
            "invalid", f"{sheet.name} has {max(table.columns)} columns; there are {len(values)} values.", field="values"
        )
    contents = pushed_down(sheet, table, at)
    for number in range(1, max(table.columns) + 1):
        value = values[number - 1] if number <= len(values) else ""
        above = table.cells.get((at - 1, number))
        if not value.strip() and above is not None and above.formula and at - 1 > table.head:
            value = copied(with_row(above, sheet, at), 1)
        contents[Place(sheet.name, at, number)] = value
    return put(sheet.workbook, contents)


@sheets.tool(roles=STAFF, idempotent=True)
def sort_rows(sheet: Sheet, column: Text, descending: bool = False) -> Grid:
    """Sort the rows of a sheet's table by a column; the headings, and a last row that begins with "Total", stay.

    Numbers come before texts and empty cells last; rows that tie keep their order.

    Args:
        column: its heading, or its letter
        descending: from high to low
    """
    table = table_of(sheet)
    at = table.find(column)
    filled = [row for row in table.data if table.shown(row, at)]
    ordered = sorted(
        filled, key=lambda row: sort_key(table.cells[row, at].kind, table.shown(row, at)), reverse=descending
    )
    ordered += [row for row in table.data if row not in filled]
    contents = {}
    for target, source in zip(table.data, ordered, strict=True):
        for number in table.columns:
            cell = table.cells.get((source, number))
            text = cell.entered if cell is not None else ""
            contents[Place(sheet.name, target, number)] = copied(text, target - source)
    put(sheet.workbook, contents)
    return read_range(sheet)


@sheets.tool(roles=STAFF)
def create_sheet(
    name: Word, headings: list[Entry], workbook: Workbook | None = None, title: Title | None = None,
    owner: Person | None = None,
) -> Sheet:  # fmt: skip
    """Add a sheet to a workbook, or start a new workbook with it, and write its headings into row 1.

    Args:
        name: the sheet's name, which formulas use: =October!D9, or ='Our plan'!D9 where it has a space
        workbook: the workbook that gets the sheet
        title: the title of a new workbook instead
        owner: whose new workbook it is
    """
    if workbook is None:
        if title is None or owner is None:
            refuse("invalid", "Give the workbook, or the title and the owner of a new one.", field="workbook")
        workbook = insert(Workbook(title=title, owner=owner))
    elif title is not None or owner is not None:
        refuse("invalid", "The workbook has a title and an owner already.", field="title")
    sheet = insert(Sheet(name=name, workbook=workbook))
    put(workbook, {Place(name, 1, number): text for number, text in enumerate(headings, 1)})
    return sheet


@sheets.tool(roles=STAFF)
def import_workbook(title: Title, owner: Person, content: Document) -> list[Sheet]:
    """Make a workbook of an .xlsx file.

    Args:
        content: the file as base64, such as export_workbook gives
    """
    try:
        read = engine.from_xlsx(unpack(content))
    except EngineError as problem:
        refuse("invalid", str(problem), field="content")
    return store(title, owner, read)


# What hosts may call, and what the tools share -----------------------------------------------------------


MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def store(
    title: str, owner: Person, content: Mapping[str, Mapping[tuple[int, int], str]], closed: bool = False
) -> list[Sheet]:
    """Keep a new workbook: the texts typed into the cells of its sheets, by sheet, row and column."""
    book = insert(Workbook(title=title, owner=owner))
    made = [insert(Sheet(name=name, workbook=book)) for name in content]
    put(book, {Place(name, *at): text for name, cells in content.items() for at, text in cells.items()})
    if closed:
        book.state = "closed"
    return made


def put(book: Workbook, contents: Mapping[Place, str]) -> Written:
    """Type texts into cells of a workbook, and calculate what depends on them, as one change."""
    if book.state == "closed":
        refuse("conflict", f"{book.title} is closed.", hint="find the workbook that is open, or read from this one")
    try:
        return typed_in(book, contents)
    except EngineError as problem:
        refuse("invalid", str(problem), field="values")


def typed_in(book: Workbook, contents: Mapping[Place, str]) -> Written:
    """See `put`. Raises EngineError for what cannot be typed into a cell."""
    names = {sheet.name: sheet for sheet in rows(Sheet, workbook=book)}
    if any(place.row > 999 or place.column > 26 for place in contents):
        raise EngineError("a sheet ends at column Z and at row 999")
    there = cells_at(names, contents)
    changed: dict[Place, tuple[str, tuple[Area, ...]]] = {}
    for place, text in contents.items():
        cell = there.get(place)
        normal, refers = read_entry(text, place, names)
        if normal != (cell.entered if cell is not None else ""):
            changed[place] = normal, refers
            there[place] = write_entry(cell, names[place.sheet], place, normal, refers)
    if not changed:
        return Written([], [], False)
    book.edited = now()
    formulas = formulas_of(names)
    if not is_referred_to(formulas, changed):
        formulas = {}
    also = [place for place in recalculate(names, formulas, list(changed)) if place not in changed]
    return Written(
        written=[cell_now(place, there[place]) for place in sorted(changed)[:50]],
        recalculated=[cell_now(place, formulas[place]) for place in also[:50]],
        more=len(changed) > 50 or len(also) > 50,
    )


def cells_at(names: Mapping[str, Sheet], places: Mapping[Place, str]) -> dict[Place, Cell | None]:
    """The cells at some places, as far as they are filled: one by one when they are few, else row by row."""
    if len(places) <= 3:
        return {place: first(Cell, sheet=names[place.sheet], row=place.row, column=place.column) for place in places}
    there: dict[Place, Cell | None] = {}
    for name in dict.fromkeys(place.sheet for place in places):
        in_rows = dict.fromkeys(place.row for place in places if place.sheet == name)
        some = rows(Cell, sheet=names[name], row=one_of(in_rows))
        there |= {Place(name, cell.row, cell.column): cell for cell in some}
    return there


def read_entry(text: str, place: Place, names: Mapping[str, Sheet]) -> tuple[str, tuple[Area, ...]]:
    """What is typed, in a normal form, and the cells that a formula refers to. Raises EngineError."""
    text = text.strip()
    if not is_formula(text):
        return text, ()
    text = engine.formula(text)
    areas = engine.areas(text, place.sheet)
    for area in areas:
        if area.sheet not in names:
            raise EngineError(f"there is no sheet {area.sheet!r} beside {', '.join(names)}")
    return text, areas


def is_formula(text: str) -> bool:
    """Whether a text is calculated; an equals sign alone is just that."""
    return text[:1] == "=" and len(text) > 1


def write_entry(cell: Cell | None, sheet: Sheet, place: Place, text: str, refers: tuple[Area, ...]) -> Cell | None:
    """Keep what was typed into a cell; what a formula shows is yet to be calculated."""
    if not text:
        if cell is not None:
            delete(cell)
        return None
    formula = is_formula(text)
    shown = Shown("", "text") if formula else engine.enter(text)
    told = " ".join(area_name(area) for area in refers)
    if cell is None:
        return insert(Cell(sheet=sheet, row=place.row, column=place.column, entered=text, value=shown.value,
                           kind=shown.kind, formula=formula, refers=told))  # fmt: skip
    cell.entered, cell.value, cell.kind, cell.formula, cell.refers = text, shown.value, shown.kind, formula, told
    return cell


def area_name(area: Area) -> str:
    """``Plan!B2:B20``."""
    return f"{area.sheet}!{cell_name(area.top, area.column)}:{cell_name(area.bottom, area.column)}"


def is_referred_to(formulas: Mapping[Place, Cell], changed: Mapping[Place, tuple[str, tuple[Area, ...]]]) -> bool:
    """Whether anything may have to be calculated: formulas that were typed, or refer to the columns of changed cells."""
    columns = dict.fromkeys(area_name(Area(place.sheet, place.column, 1, 1))[:-4] for place in changed)
    return any(place in formulas for place in changed) or any(
        column in cell.refers for cell in formulas.values() for column in columns
    )


def formulas_of(names: Mapping[str, Sheet]) -> dict[Place, Cell]:
    """The formulas of some sheets."""
    titles = {sheet.id: name for name, sheet in names.items()}
    some = rows(Cell, sheet=one_of(names.values()), formula=True)
    return {Place(titles[cell.sheet.id], cell.row, cell.column): cell for cell in some}


def recalculate(names: Mapping[str, Sheet], formulas: Mapping[Place, Cell], changed: list[Place]) -> list[Place]:
    """Calculate the formulas that depend on changed cells, and say which show something else now. Raises EngineError."""
    areas = {place: engine.areas(cell.entered, place.sheet) for place, cell in formulas.items()}
    stale = depending(areas, changed)
    if not stale:
        return []
    wanted = needed(areas, stale)
    cells = {place: formulas[place].entered for place in areas if place in wanted}
    sources = reach(area for place in cells for area in areas[place])
    for name, sheet in names.items():
        columns = [column for title, column in sources if title == name]
        for cell in rows(Cell, sheet=sheet, column=one_of(columns), formula=False) if columns else ():
            if cell.row in sources[name, cell.column]:
                cells[Place(name, cell.row, cell.column)] = cell.entered
    shown = engine.calculate(cells)
    differing = []
    for place in (place for place in areas if place in stale):
        value, cell = shown[place].value, formulas[place]
        if value == "#CIRC!":
            refuse(
                "conflict",
                f"{place.sheet}!{cell_name(place.row, place.column)} would depend on itself.",
                field="values",
            )
        if len(value) > 300:
            raise EngineError(f"{cell.entered} gives more than 300 characters")
        if value != cell.value:
            differing.append(place)
        cell.value, cell.kind = value, shown[place].kind
    return differing


def place_of(cell: Cell) -> Place:
    """Where a cell is."""
    return Place(cell.sheet.name, cell.row, cell.column)


def cell_now(place: Place, cell: Cell | None) -> CellNow:
    """A cell as it is now; None for one that was cleared."""
    name = f"{place.sheet}!{cell_name(place.row, place.column)}"
    return CellNow(name, cell.entered, cell.value) if cell is not None else CellNow(name, "", "")


def read_area(text: str) -> tuple[int, int, int, int]:
    """Top, left, bottom and right of an area."""
    start, _, end = text.partition(":")
    one, other = read_cell(start), read_cell(end or start)
    return min(one[0], other[0]), min(one[1], other[1]), max(one[0], other[0]), max(one[1], other[1])


@dataclass
class Table:
    """A sheet read as a table: headings in the first filled row, data below, perhaps a total."""

    sheet: Sheet
    cells: dict[tuple[int, int], Cell]
    head: int
    last: int
    total: int | None
    columns: range

    @property
    def data(self) -> list[int]:
        """The rows between the headings and the total."""
        filled = dict.fromkeys(row for row, _ in self.cells)
        return [row for row in filled if self.head < row and row != self.total]

    def shown(self, row: int, column: int) -> str:
        """What a cell shows."""
        cell = self.cells.get((row, column))
        return cell.value if cell is not None else ""

    def line(self, row: int) -> list[str]:
        """What the cells of a row show."""
        return [self.shown(row, column) for column in self.columns]

    def find(self, name: str) -> int:
        """The column of a heading or a letter."""
        headings = [one.casefold() for one in self.line(self.head)]
        wanted = name.strip().casefold()
        if wanted in headings:
            return headings.index(wanted) + 1
        if len(wanted) == 1 and ord(wanted) - 96 in self.columns:
            return ord(wanted) - 96
        known = ", ".join(heading for heading in self.line(self.head) if heading)
        refuse(
            "not_found", f"{self.sheet.name} has no column {name}.", hint=f"its headings are {known}", field="column"
        )


def table_of(sheet: Sheet) -> Table:
    """A sheet as a table."""
    cells = {(cell.row, cell.column): cell for cell in rows(Cell, order="row,column", sheet=sheet)}
    if not cells:
        refuse(
            "conflict", f"{sheet.name} is empty.", hint="write_cells writes headings and rows into it", field="sheet_id"
        )
    head, last = next(iter(cells))[0], next(reversed(cells))[0]
    begins = next(cell.value for (row, _), cell in cells.items() if row == last)
    total = last if last > head and begins.casefold().startswith("total") else None
    return Table(sheet, cells, head, last, total, range(1, max(column for _, column in cells) + 1))


def pushed_down(sheet: Sheet, table: Table, at: int) -> dict[Place, str]:
    """What changes when the rows of a sheet from one on move down by one: their cells, and formulas anywhere."""
    contents: dict[Place, str] = {}
    moved = {place: cell for place, cell in table.cells.items() if place[0] >= at}
    for row, column in moved:
        contents[Place(sheet.name, row, column)] = ""
    for (row, column), cell in moved.items():
        contents[Place(sheet.name, row + 1, column)] = with_row(cell, sheet, at) if cell.formula else cell.entered
    for cell in rows(Cell, sheet__workbook=sheet.workbook, formula=True, refers=containing(f"{sheet.name}!")):
        if cell.sheet != sheet or cell.row < at:
            text = with_row(cell, sheet, at)
            if text != cell.entered:
                contents[place_of(cell)] = text
    return contents


def with_row(cell: Cell, sheet: Sheet, at: int) -> str:
    """A formula once a row was inserted into a sheet. Sums above the new row do not grow: they may be running totals."""
    grows = cell.sheet != sheet or cell.row >= at
    return engine.with_row(cell.entered, cell.sheet.name, sheet.name, at, grows)


def copied(text: str, down: int) -> str:
    """What a cell holds after its row was moved: formulas mean the same cells as seen from where they are."""
    if text[:1] != "=" or text == "=" or down == 0:
        return text
    try:
        return engine.copied(text, down)
    except EngineError as problem:
        refuse("conflict", str(problem))


def passes(cell: Cell | None, test: Test, wanted: Shown) -> bool:
    """Whether a cell passes a filter's test."""
    value = cell.value if cell is not None else ""
    if test == "is empty":
        return not value
    if test == "contains":
        return wanted.value.casefold() in value.casefold()
    same = value.casefold() == wanted.value.casefold()
    if test in ("is", "is not"):
        return same == (test == "is")
    if cell is None or cell.kind != wanted.kind:
        return False
    order = compare(cell, wanted)
    return order >= 0 if test == "at least" else order <= 0


def compare(cell: Cell, wanted: Shown) -> int:
    """Below 0, 0 or above 0 as a cell is less, equal or more."""
    mine, other = sort_key(cell.kind, cell.value), sort_key(wanted.kind, wanted.value)
    return (mine > other) - (mine < other)


def sort_key(kind: str, value: str) -> tuple[int, Decimal, str]:
    """Numbers, then dates, then texts, then the rest."""
    rank = {"number": 0, "date": 1, "text": 2}.get(kind, 3)
    return (0, Decimal(value), "") if rank == 0 else (rank, Decimal(0), value.casefold())


def short(number: Decimal) -> str:
    """A number with up to 15 digits."""
    text = f"{number:.15g}"
    plain = f"{Decimal(text).normalize():f}"
    return plain if len(plain) <= 30 else text


# Rules and words -----------------------------------------------------------------------------------------


@sheets.rule(Workbook, "conflict", "There is a workbook called {row.title} already.")
def titles_are_unique(workbook: Workbook) -> bool:
    return count(Workbook, title=workbook.title) == 1


@sheets.rule(Sheet, "conflict", "The workbook has a sheet called {row.name} already.")
def names_are_unique(sheet: Sheet) -> bool:
    others = rows(Sheet, workbook=sheet.workbook)
    return sum(other.name.casefold() == sheet.name.casefold() for other in others) == 1


@sheets.rule(
    Sheet, "invalid", "{row.name} is no name for a sheet.", "use up to 31 characters, none of them one of []:*?/\\!'"
)
def names_are_plain(sheet: Sheet) -> bool:
    return len(sheet.name) <= 31 and sheet.name == sheet.name.strip() and not re.search(r"[\[\]:*?/\\!']", sheet.name)


@sheets.says("search_sheets")
def say_sheets(found: dict[str, Any]) -> str:
    books: dict[str, list[str]] = {}
    for sheet in found["results"]:
        books.setdefault(sheet["workbook_title"], []).append(sheet["name"])
    said = "; ".join(f"{title}: {listed(names)}" for title, names in books.items())
    return f"{said}{'; there are more' if found['more'] else ''}." if said else ""


@sheets.says("read_range")
def say_range(grid: dict[str, Any]) -> str:
    filled = sum(any(line["cells"]) for line in grid["rows"])
    more = f"; the sheet goes on below, from row {grid['rows'][-1]['row'] + 1}" if grid["more"] else ""
    if not filled:
        return f"{grid['area']} is empty{more}."
    return f"{grid['area']}: {filled} filled row{'s' * (filled != 1)}{more}."


@sheets.says("find_cells")
def say_found(found: dict[str, Any]) -> str:
    cells = [f"{one['sheet']['name']}!{one['cell']}" for one in found["results"]]
    return (
        f"It is in {listed(cells[:6])}{' and more' if len(cells) > 6 or found['more'] else ''}."
        if cells
        else "It is nowhere."
    )


@sheets.says("filter_rows")
def say_matches(found: dict[str, Any]) -> str:
    rest = "; raise offset for more" if found["more"] else ""
    return f"{found['total']} row{'s pass' if found['total'] != 1 else ' passes'} the test{rest}."


@sheets.says("summarise_column")
def say_groups(found: dict[str, Any]) -> str:
    groups = found["results"]
    if not groups:
        return "There are no numbers in it."
    if len(groups) == 1:
        return f"{groups[0]['group']}: {groups[0]['sum']} in all."
    ahead = max(groups, key=lambda one: Decimal(one["sum"]))
    return f"{len(groups)}{' and more' * found['more']} groups; {ahead['group']} has the largest sum, {ahead['sum']}."


@sheets.says("export_workbook")
def say_file(file: dict[str, Any]) -> str:
    return f"{file['name']}, {file['bytes']:,} bytes."


@sheets.says("write_cells")
@sheets.says("add_row")
def say_written(done: dict[str, Any]) -> str:
    if not done["written"]:
        return "The cells held that already."
    number, also = len(done["written"]), len(done["recalculated"])
    said = listed([one["cell"] for one in done["written"]]) if number <= 4 else f"{number} cells"
    follows = f"; {also} formula{'s' * (also != 1)} changed with that" if also else ""
    wrong = [one["cell"] for one in [*done["written"], *done["recalculated"]] if one["value"].startswith("#")]
    error = f"; there is an error in {listed(wrong[:4])}" if wrong else ""
    return f"{said} written{follows}{error}{', and more that is not shown' if done['more'] else ''}."


def listed(names: list[str]) -> str:
    """``a, b and c``."""
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


# Data ----------------------------------------------------------------------------------------------------


CENT = Decimal("0.01")
MONTHS = ("October", "November", "December")
SEASONS = (("Autumn", ("September", "October", "November")), ("Winter", ("December", "January", "February")))
RATES: Cells = (("Kind", "Rate"), ("Standard", "0.2"), ("Reduced", "0.05"), ("Factor", "=1+B2"),
                ("How", "'= net times rate, rounded"))  # fmt: skip
BUDGET = (("Rent", 4500), ("Heating", 900), ("Cleaning", 640), ("Printing", 280), ("Training", 750), ("Software", 1200),
          ("Insurance", 510))  # fmt: skip
WORKSHOP = (("Timber", 1800), ("Tools", 640), ("Machine service", 980), ("Glue and paint", 320), ("Work clothes", 450),
            ("Waste collection", 270))  # fmt: skip
TRIPS = (("train to the fair", 35, 120), ("taxi from the station", 9, 32), ("lunch with the auditors", 40, 95),
         ("parking at the airport", 18, 60), ("hotel in Leeds", 85, 190), ("coach to the trial day", 12, 45),
         ("ferry for the site visit", 28, 110), ("petrol for the van", 45, 90), ("train to head office", 25, 130))  # fmt: skip
STOCK = (("Printer paper A4", "A1", 18, 34), ("Printer paper A3", "A1", 28, 52), ("Envelopes C5", "A2", 20, 46),
         ("Envelopes DL", "A2", 15, 40), ("Staples", "B1", 5, 15), ("Toner black", "B3", 30, 60), ("Toner cyan", "B3", 30, 60),
         ("Whiteboard pens", "C1", 12, 38), ("Batteries AA", "C2", 10, 30))  # fmt: skip
"""What is on the shelves, where, and what a box of it costs at least and at most."""
CUSTOMERS = ("Alder & Sons", "Bridge Dental Practice", "Castle Garage", "Dunmore Primary School", "Ember Bistro", "Fenwick Florists",
             "Grange Hotel")  # fmt: skip


def grid(lines: Iterable[Iterable[str]]) -> dict[tuple[int, int], str]:
    """Lines of texts as cells, the first of them row 1."""
    return {(row, column): text for row, line in enumerate(lines, 1) for column, text in enumerate(line, 1) if text}


def totals(last: int, columns: str, width: int) -> list[str]:
    """The line of totals below row `last`."""
    return [
        "Total",
        *(f"=SUM({letter}2:{letter}{last})" if letter in columns else "" for letter in "BCDEFGHI"[: width - 1]),
    ]


def plan(draw: Draw, items: Iterable[tuple[str, int]]) -> dict[tuple[int, int], str]:
    """A budget by quarters."""
    lines = [["Item", "Q1", "Q2", "Q3", "Q4", "Year"]]
    for row, (item, usual) in enumerate(items, 2):
        quarters = [str(usual + 10 * draw.integer(-usual // 80, usual // 40)) for _ in range(4)]
        lines.append([item, *quarters, f"=SUM(B{row}:E{row})"])
    return grid([*lines, totals(len(lines), "BCDEF", 6)])


def expenses(draw: Draw, month: int, people: list[str], number: int) -> dict[tuple[int, int], str]:
    """What people paid on their way in a month."""
    lines = [["Day", "Who", "What for", "Amount"]]
    month_before = [date(draw.today.year - 1, month, day) for day in range(1, 29)]
    working = [day for day in month_before if day.weekday() < 5 and (month, day.day) not in ((12, 25), (12, 26))]
    for day in sorted(draw.choice(working) for _ in range(number)):
        what, low, high = draw.choice(TRIPS)
        lines.append([day.isoformat(), draw.skewed(people), what, short(draw.money(low, high, "0.05"))])
    return grid([*lines, totals(len(lines), "D", 4)])


def stock(draw: Draw, prices: Mapping[tuple[str, str], Decimal]) -> dict[tuple[int, int], str]:
    """What lies on the shelves, of no two things equally much."""
    lines = [["Item", "Shelf", "In stock", "Minimum", "Price", "Value", "Order"]]
    taken: list[int] = []
    for row, ((item, shelf), price) in enumerate(prices.items(), 2):
        least = draw.integer(4, 12)
        some = range(least) if draw.chance(35) else range(least, 40)
        taken.append(draw.choice([number for number in some if number not in taken] or [40 + row]))
        lines.append([item, shelf, str(taken[-1]), str(least), short(price), f"=C{row}*E{row}"])
    return grid([*lines, totals(len(lines), "F", 6)])


def runs_short(cells: dict[tuple[int, int], str]) -> bool:
    """Whether less of something is in stock than its minimum."""
    return any(int(cells[row, 3]) < int(least) for (row, column), least in cells.items() if column == 4 and row > 1)


def invoices(draw: Draw, number: int) -> dict[tuple[int, int], str]:
    """What was invoiced, with its tax from the sheet of rates."""
    lines = [["Number", "Customer", "Issued", "Days", "Due", "Net", "VAT", "Gross", "Paid"]]
    issued = sorted(draw.day(-62, -45) if place < 3 else draw.day(-45, -2) for place in range(number))
    for row, day in enumerate(issued, 2):
        net, paid = short(draw.money(80, 900, "0.50")), "yes" if row % 4 != 2 and draw.chance(50) else "no"
        lines.append([f"INV-{1030 + row}", draw.choice(CUSTOMERS), day.isoformat(), str(draw.choice((14, 14, 30))), f"=C{row}+D{row}", net,
                      f"=ROUND(F{row}*Rates!$B$2,2)", f"=F{row}+G{row}", paid])  # fmt: skip
    return grid([*lines, totals(len(lines), "FGH", 8)])


def hours(draw: Draw, months: tuple[str, ...], people: list[str]) -> dict[tuple[int, int], str]:
    """Who helped how long; the total of one month was not carried on when people joined."""
    lines = [["Who", *months, "Sum"]]
    for row, who in enumerate(people, 2):
        lines.append([who, *(str(draw.integer(2, 26)) for _ in months), f"=SUM(B{row}:D{row})"])
    below, short_one = totals(len(lines), "BCDE", 5), draw.integer(1, 3)
    below[short_one] = below[short_one].replace(str(len(lines)), str(len(lines) - 2))
    return grid([*lines, below])


@sheets.data
def office(draw: Draw) -> None:
    """The workbooks of an ordinary office, this year's and last year's; one budget or two are closed."""
    year, owners = draw.today.year, rows(Person)
    names = [one.name for one in draw.sample(owners, min(4, len(owners))) if count(Person, name=one.name) == 1]
    helpers = list(dict.fromkeys(draw.text("person_name") for _ in range(6)))
    books: dict[str, dict[str, dict[tuple[int, int], str]]] = {
        title: {name: grid(cells) for name, cells in content} for title, content in WORKBOOKS
    }
    books[f"Customer invoices {year}"] = {"Rates": grid(RATES), "Sent": invoices(draw, min(len(draw.many(9)), 300))}
    before, now_on, workshop = f"Office budget {year - 1}", f"Office budget {year}", f"Workshop budget {year}"
    books[before] = {"Plan": plan(draw, BUDGET[:6])}
    books[now_on] = {"Plan": plan(draw, BUDGET), "Plan (first draft)": plan(draw, BUDGET[:4])}
    books[workshop] = {"Plan": plan(draw, WORKSHOP)}
    each = min(len(draw.many(6)), 300)
    books[f"Travel expenses {year - 1}"] = {
        month: expenses(draw, number, names, each + draw.integer(-1, 1)) for number, month in enumerate(MONTHS, 10)
    }
    prices = {(item, shelf): draw.money(low, high, "0.25") for item, shelf, low, high in STOCK}
    some = {one: prices[one] for one in draw.sample(list(prices), 5)}
    shelves, autumn = stock(draw, prices), stock(draw, some)
    if prices and not runs_short(shelves) and not runs_short(autumn):
        shelves[2, 4] = str(int(shelves[2, 3]) + 1)
    books["Stock room"] = {"Shelves": shelves, "Shelves (autumn)": autumn}
    books["Volunteer hours"] = {season: hours(draw, months, helpers) for season, months in SEASONS}
    closed = draw.choice(((before,), (workshop,), (before, workshop)))
    for title, content in books.items():
        if first(Workbook, title=title) is None:
            store(title, draw.choice(owners), content, closed=title in closed)
    for book in rows(Workbook):
        book.edited = draw.moment(-40, -1)


# Tasks ---------------------------------------------------------------------------------------------------


def sheet_called(title: str, name: str) -> Sheet:
    """A sheet of a workbook, as tasks draw it."""
    book = first(Workbook, title=title)
    assert book is not None
    return next(sheet for sheet in rows(Sheet, workbook=book) if sheet.name == name)


def find_sheet(do: Do, title: str, name: str) -> int:
    """The id of a sheet, found as an agent would."""
    return int(next(one for one in do.search_sheets(workbook_title=title) if one.name == name).id)


def budgets(year: int, state: str) -> list[str]:
    """The budgets of this year and the last that are open, or closed."""
    titles = (f"Office budget {year - 1}", f"Office budget {year}", f"Workshop budget {year}")
    return [title for title in titles if count(Workbook, title=title, state=state)]


def number(text: str) -> int | float:
    """A number that a cell shows."""
    value = Decimal(text)
    return int(value) if value == int(value) else float(value)


@sheets.intent(
    "How much did {who} claim in {book}, all months taken together?",
    "What do the amounts of {who} come to over the whole of {book}?",
    "Add up everything that {who} paid according to {book}.",
    "{who} wants to know the sum of their own claims. It is all in {book}, a sheet a month.",
    "Go through every sheet of {book} and tell me what {who} spent.",
    "Total for {who}, please - the workbook is {book} and no month may be forgotten.",
    "By {book}, which sum do we owe {who} for October to December?",
    "I need one figure: {who}'s expenses across the sheets of {book}.",
    kind="aggregate",
)
def claimed_by(draw: TaskDraw) -> Task:
    title = f"Travel expenses {draw.today.year - 1}"
    amounts: dict[str, list[Decimal]] = {}
    for month in MONTHS:
        table = table_of(sheet_called(title, month))
        for row in table.data:
            amounts.setdefault(table.shown(row, 2), []).append(Decimal(table.shown(row, 4)))
    who = draw.choice(sorted(name for name in amounts if len(amounts[name]) > 1))

    def solve(do: Do) -> float | int:
        paid = []
        for sheet in do.search_sheets(workbook_title=title):
            _, name, _, amount = do.read_range(sheet_id=sheet.id).rows[0].cells
            for group in do.summarise_column(sheet_id=sheet.id, column=amount, by=name):
                if group.group == who:
                    paid.append(group.sum)
        return do.sum([number(one) for one in paid])

    return draw.task(solve, answer=Answer.money(sum(amounts[who], Decimal(0))), who=who, book=title)


@sheets.intent(
    "What do the invoices in {book} come to, gross, that are not paid and were due before {day}?",
    "Money overdue: add up the gross amounts in {book} whose due date is earlier than {day} while Paid says no.",
    "In {book}, which gross sum should have reached us before {day} and has not been paid to this day?",
    "How much is outstanding according to {book} of what was due before {day}? I mean gross.",
    "Look at {book}. Take the unpaid ones with a due date earlier than {day} and give me the total of their gross column.",
    "Late payers: what do they owe us all together, tax included? Use {book} and count what is unpaid and was due before {day}.",
    "For the reminder run I need one sum, the gross of all that is unpaid in {book} and fell due before {day}.",
    "Going by {book}, what amount with VAT is overdue as of the morning of {day}? An invoice due on that day is still in time.",
    kind="question",
)
def overdue_invoices(draw: TaskDraw) -> Task:
    title = f"Customer invoices {draw.today.year}"
    table = table_of(sheet_called(title, "Sent"))
    unpaid = [(table.shown(row, 5), Decimal(table.shown(row, 8))) for row in table.data if table.shown(row, 9) == "no"]
    sums: dict[Decimal, list[date]] = {}
    for back in range(-6, 22):
        day = draw.today - timedelta(days=back)
        late = [gross for due, gross in unpaid if due < day.isoformat()]
        if late:
            sums.setdefault(sum(late, Decimal(0)), []).append(day)
    draw.need(sums, "nothing is overdue")
    total = draw.choice(sorted(sums))
    day = draw.choice(sums[total])

    def solve(do: Do) -> float | int:
        sheet = find_sheet(do, title, "Sent")
        lines = do.read_range(sheet_id=sheet).rows
        headings = lines[0].cells
        due, gross, paid = (headings.index(name) for name in ("Due", "Gross", "Paid"))
        no = next(line.cells[paid] for line in lines if line.cells[paid] == "no")
        open_ones = do.filter_rows(sheet_id=sheet, column=headings[paid], test="is", value=no).rows
        return do.sum([number(line.cells[gross]) for line in open_ones if line.cells[due] < day.isoformat()])

    return draw.task(solve, answer=Answer.money(total), book=title, day=day)


@sheets.intent(
    "Move {amount} of {item} from {source} to {target} on the sheet Plan of {book}.",
    "In {book}, sheet Plan: {item} gets {amount} less in {source} and as much more in {target}.",
    "We put off some of {item}. Shift {amount} out of {source} into {target}; the workbook is {book}, the sheet is Plan.",
    "{book}, sheet Plan, line {item}: {source} down by {amount}, {target} up by {amount}.",
    "Please rearrange the budget - {amount} planned for {item} in {source} will be spent in {target}. You find it in {book} under Plan.",
    "Take {amount} off {source} for {item} and add it to {target}. That is the sheet called Plan in {book}.",
    "The {source} figure of {item} is {amount} too high and that of {target} {amount} too low. Put Plan in {book} right.",
    "Could you change the Plan of {book}? Of what {item} has in {source}, {amount} is to be planned for {target} instead.",
    kind="write",
)
def move_budget(draw: TaskDraw) -> Task:
    return moving_budget(draw, draw.choice(budgets(draw.today.year, "open")))


@sheets.impossible(move_budget)
def move_budget_of_a_closed_year(draw: TaskDraw) -> Task:
    return moving_budget(draw, draw.choice(budgets(draw.today.year, "closed")))


def moving_budget(draw: TaskDraw, title: str) -> Task:
    """A budget to rearrange; nothing can be changed in a closed one."""
    table = table_of(sheet_called(title, "Plan"))
    row, (one, other) = draw.choice(table.data), draw.sample((2, 3, 4, 5), 2)
    item, source, target = table.shown(row, 1), table.shown(table.head, one), table.shown(table.head, other)
    amount = 10 * draw.integer(1, int(Decimal(table.shown(row, one))) // 20)

    def solve(do: Do) -> None:
        sheet = find_sheet(do, title, "Plan")
        line = next(one for one in do.read_range(sheet_id=sheet).rows if one.cells[0] == item)
        before, after = "ABCDEF"[one - 1], "ABCDEF"[other - 1]
        less = str(do.difference(number(line.cells[one - 1]), amount))
        more = str(do.sum([number(line.cells[other - 1]), amount]))
        first_cell = do.compose("{column}{row}", column=before, row=line.row)
        if do.attempt("write_cells", sheet_id=sheet, cell=first_cell, values=[less]) is not None:
            second_cell = do.compose("{column}{row}", column=after, row=line.row)
            do.write_cells(sheet_id=sheet, cell=second_cell, values=[more])

    closed = count(Workbook, title=title, state="closed") == 1
    return draw.task(solve, impossible=closed, amount=amount, item=item, source=source, target=target, book=title)


@sheets.intent(
    "Add {item} to the sheet Plan of {book}: {one} in Q1, {two} in Q2, {three} in Q3 and {four} in Q4. What does the whole budget come to for the year then?",
    "{book} needs a new line {item} on the sheet Plan, with {one}, {two}, {three} and {four} for the four quarters. Tell me the new grand total.",
    "We will also spend on {item}. Enter it into Plan of {book} above the total - Q1 {one}, Q2 {two}, Q3 {three}, Q4 {four} - and say what the whole budget for the year comes to.",
    "Please put {item} into the budget (workbook {book}, sheet Plan; by quarter {one}, {two}, {three}, {four}). What is the grand total of the year with it?",
    "Quarters of {item}: {one}, {two}, {three}, {four}. It belongs at the end of the items on Plan in {book}, and I want to hear the grand total for the year afterwards.",
    "One more item for Plan in {book}, called {item}: first quarter {one}, second {two}, third {three}, fourth {four}. What is the sum of everything now?",
    "Extend the sheet Plan ({book}) by {item} at {one} / {two} / {three} / {four} a quarter. Which figure stands under Year in the last row then?",
    "Could {item} go into {book}? The sheet is Plan and the figures are Q1 {one}, Q2 {two}, Q3 {three}, Q4 {four}. Report the grand total for the year that results.",
    kind="write",
)
def add_budget_item(draw: TaskDraw) -> Task:
    title = draw.choice(budgets(draw.today.year, "open"))
    sheet = sheet_called(title, "Plan")
    table = table_of(sheet)
    assert table.total is not None
    item = draw.choice(("Plants", "First aid", "Postage", "Coffee and tea", "Bicycle repairs", "Newspapers"))
    quarters = [10 * draw.integer(3, 60) for _ in range(4)]
    total = Decimal(table.shown(table.total, 6)) + sum(quarters)

    def solve(do: Do) -> str:
        at = find_sheet(do, title, "Plan")
        do.add_row(sheet_id=at, values=[item, *map(str, quarters)])
        return str(do.read_range(sheet_id=at).rows[-1].cells[5])

    one, two, three, four = quarters
    return draw.task(
        solve, answer=Answer.number(total), item=item, one=one, two=two, three=three, four=four, book=title
    )  # fmt: skip


@sheets.intent(
    "On the sheet {sheet} of {book}, write {word} into the column Order for every item of which there is less in stock than its minimum.",
    "{book}, sheet {sheet}: what has fallen below its minimum gets the word {word} under Order.",
    "Please go through {sheet} in {book} and mark the lines where In stock is smaller than Minimum with {word} in the Order column.",
    "We must restock. Put {word} beside each item (column Order, sheet {sheet}, workbook {book}) that is short of its minimum.",
    "Compare In stock with Minimum on {sheet} of {book}; wherever the first is lower, Order should say {word}.",
    "Which items are running out? Note {word} for them in the column called Order - workbook {book}, sheet {sheet} - and leave the others empty.",
    "Fill in Order on the sheet {sheet} in {book}: {word} for items under their minimum, nothing for those at or above it.",
    "The Order column of {sheet} in {book} is still blank. Enter {word} where the stock does not reach the minimum.",
    kind="conditional",
)
def flag_low_stock(draw: TaskDraw) -> Task:
    tables = [table_of(sheet_called("Stock room", name)) for name in ("Shelves", "Shelves (autumn)")]
    short_ones = [
        table.sheet.name for table in tables
        if any(Decimal(table.shown(row, 3)) < Decimal(table.shown(row, 4)) for row in table.data)
    ]  # fmt: skip
    draw.need(short_ones, "nothing is short")
    name = draw.choice(short_ones)
    word = draw.choice(("order", "yes", "urgent", "buy", "reorder"))

    def solve(do: Do) -> None:
        sheet = find_sheet(do, "Stock room", name)
        for line in do.read_range(sheet_id=sheet).rows[1:]:
            if line.cells[2] and Decimal(line.cells[2]) < Decimal(line.cells[3]):
                do.write_cells(sheet_id=sheet, cell=do.compose("G{row}", row=line.row), values=[word])

    return draw.task(solve, sheet=name, book="Stock room", word=word)


@sheets.intent(
    "The money for {numbers} has come in. Set Paid to {word} for these in {book}.",
    "Mark {numbers} as paid in {book}: the column Paid says {word} then.",
    "In {book}, {numbers} are settled; change their no under Paid to {word}.",
    "Bank statement is here and shows payments for {numbers}. Please update Paid in {book} to {word}.",
    "{book}: Paid becomes {word} for {numbers}, the rest stays as it is.",
    "Customers have paid {numbers}. Record it with {word} in the Paid column; the workbook is {book}.",
    "Tick off {numbers} - that is, {word} in column Paid of the sheet Sent in {book}.",
    "Could you enter {word} as Paid next to {numbers}? You find them in {book}.",
    kind="batch",
)
def mark_paid(draw: TaskDraw) -> Task:
    title = f"Customer invoices {draw.today.year}"
    table = table_of(sheet_called(title, "Sent"))
    unpaid = [table.shown(row, 1) for row in table.data if table.shown(row, 9) == "no"]
    draw.need(len(unpaid) >= 2, "nearly everything is paid")
    numbers, word = sorted(draw.sample(unpaid, min(3, len(unpaid)))), "yes"

    def solve(do: Do) -> None:
        sheet = find_sheet(do, title, "Sent")
        for number in numbers:
            found = do.find_cells(text=number, sheet_id=sheet)[0]
            do.write_cells(sheet_id=sheet, cell=do.compose("I{row}", row=found.cell[1:]), values=[word])

    return draw.task(solve, numbers=numbers, word=word, book=title)


@sheets.intent(
    "Make a sheet {name} in {book} with the headings {first} and {second}: below them a row for each month, October first, with a formula that takes over the total of that month's sheet.",
    "{book} should get a sheet called {name}. Row 1 says {first} and {second}; then come October, November and December, each with a formula that shows the cell with its sheet's total.",
    "I would like an overview in {book}. Name the sheet {name}, head it {first} and {second}, list the three months in order, and let each total be a formula that points at the total on the month's own sheet.",
    "Please collect the month totals: new sheet {name} in {book}, headings {first} and {second}, one line a month from October to December, the figure linked by formula to the Total cell of the sheet.",
    "Build {name} inside {book}. Two columns, {first} and {second}. Three rows in calendar order, and the totals must follow their sheets, so link those cells by formulas rather than copy numbers.",
    "Create {name} as a further sheet of {book}; first row {first}, {second}; next rows October, November, December, where {second} refers to the respective sheet's total cell.",
    "Could the workbook {book} show all totals in one place? A sheet {name}, columns {first} and {second}, October to December below one another, every total a reference to that sheet's own total.",
    "For the board: add {name} to {book}, with {first} and {second} as headings and under them each month in turn, its total drawn by formula from the cell where the month is added up.",
    kind="write",
)
def month_overview(draw: TaskDraw) -> Task:
    title = f"Travel expenses {draw.today.year - 1}"
    name = draw.choice(("Overview", "Summary", "First quarter", "All months", "Board"))
    headings = draw.choice((("Month", "Total"), ("Sheet", "Sum"), ("Month", "Spent"), ("Period", "Amount")))

    def solve(do: Do) -> None:
        months = list(do.search_sheets(workbook_title=title))
        lines = [do.read_range(sheet_id=month.id).rows[-1] for month in months]
        new = do.create_sheet(name=name, headings=list(headings), workbook_id=months[0].workbook_id)
        for month, line in zip(months, lines, strict=True):
            formula = do.compose("={sheet}!D{row}", sheet=month.name, row=line.row)
            do.add_row(sheet_id=new.id, values=[month.name, formula])

    return draw.task(solve, name=name, first=headings[0], second=headings[1], book=title)


@sheets.intent(
    "The total of {month} in {book} leaves out the last people on the list. Put the formula right.",
    "Something is wrong at the bottom of {book}: under {month} not everybody is added up. Correct it.",
    "In {book}, the sum below {month} stops too early. Please make it cover all the people above it.",
    "New people joined and {month}'s total in {book} was never carried on to their rows. Repair it.",
    "{book} shows too small a total for {month} because its formula does not reach the end of the list; mend that.",
    "Check the totals in {book}. The figure for {month} has to add up every row of the list, which it does not do at present.",
    "Would you fix {month} in {book}? Its total misses a few rows, the other columns are fine.",
    "The hours of {month} are added up wrongly in {book}: the range is too short. Let the total take in each person.",
    kind="repair",
)
def repair_total(draw: TaskDraw) -> Task:
    table = table_of(sheet_called("Volunteer hours", draw.choice([season for season, _ in SEASONS])))
    assert table.total is not None
    short_one = next(
        column for column in (2, 3, 4)
        if Decimal(table.shown(table.total, column)) != sum(Decimal(table.shown(row, column)) for row in table.data)
    )  # fmt: skip
    month = table.shown(table.head, short_one)

    def solve(do: Do) -> None:
        sheets = [one.id for one in do.search_sheets(workbook_title="Volunteer hours")]
        read = [(sheet, do.read_range(sheet_id=sheet, formulas=True).rows) for sheet in sheets]
        sheet, lines = next((sheet, lines) for sheet, lines in read if month in lines[0].cells)
        column = "ABCDE"[lines[0].cells.index(month)]
        start, end, last = lines[1].row, lines[-2].row, lines[-1].row
        formula = do.compose("=SUM({column}{start}:{column}{end})", column=column, start=start, end=end)
        do.write_cells(sheet_id=sheet, cell=do.compose("{column}{last}", column=column, last=last), values=[formula])

    return draw.task(solve, month=month, book="Volunteer hours")


@sheets.intent(
    "From now on the {kind} rate in {book} is {rate}. Enter it and tell me what all invoices there come to, gross, after that.",
    "Set the rate {kind} to {rate} on the sheet Rates of {book}; which total does Gross show then?",
    "The tax office has changed the {kind} rate to {rate}. Please update {book} and report the new sum of the gross column.",
    "What would we have invoiced, gross, with {rate} as the {kind} rate? Change it in {book} for good and read the total off.",
    "{book}: new {kind} rate, {rate}. I need it put in, and the gross total that the sheet works out from it.",
    "Correct the rate called {kind} in {book}. It should be {rate}. Afterwards, how much is the total under Gross?",
    "Please replace the {kind} rate ({book}, sheet Rates) by {rate} and give me the figure at the foot of Gross.",
    "Rates in {book} are out of date: {kind} must read {rate}. Once that stands there, what does the whole of Gross amount to?",
    kind="write",
)
def change_the_rate(draw: TaskDraw) -> Task:
    title = f"Customer invoices {draw.today.year}"
    table = table_of(sheet_called(title, "Sent"))
    rate = Decimal(draw.choice((15, 16, 17, 18, 19, 21, 22, 23, 24, 25))) / 100
    nets = [Decimal(table.shown(row, 6)) for row in table.data]
    total = sum((net + (net * rate).quantize(CENT, ROUND_HALF_UP) for net in nets), Decimal(0))

    def solve(do: Do) -> str:
        found = list(do.search_sheets(workbook_title=title))
        sent, rates = (next(one.id for one in found if one.name == name) for name in ("Sent", "Rates"))
        line = next(one for one in do.read_range(sheet_id=rates).rows if one.cells[0] == "Standard")
        do.write_cells(sheet_id=rates, cell=do.compose("B{row}", row=line.row), values=[short(rate)])
        return str(do.read_range(sheet_id=sent).rows[-1].cells[7])

    return draw.task(solve, answer=Answer.money(total), kind="Standard", rate=short(rate), book=title)


@sheets.intent(
    "Sort the sheet {sheet} of {book} by {column}, the highest first. Which item is on top then?",
    "In {book}, put the lines of {sheet} into order: {column} from high to low. Name the item of the first line.",
    "Please arrange {sheet} ({book}) so that {column} falls from line to line, and tell me what comes first.",
    "I want {sheet} in {book} sorted in descending order of {column}; what item leads the list?",
    "Reorder the rows of {sheet}, a sheet of {book}. {column} decides, large figures go up. Then say which item heads them.",
    "{book}, sheet {sheet}: largest {column} at the top, smallest at the bottom. And what is the item at the top called?",
    "Could {sheet} in {book} be ranked by {column}, beginning with the greatest? Let me know the item in first place.",
    "Rank what stands on {sheet} of {book} downwards by {column}, in the sheet itself, and report the leader.",
    kind="write",
)
def rank_the_shelves(draw: TaskDraw) -> Task:
    name = draw.choice(("Shelves", "Shelves (autumn)"))
    sheet = sheet_called("Stock room", name)
    table = table_of(sheet)
    columns = [
        column for column in (3, 4, 5, 6)
        if len({table.shown(row, column) for row in table.data}) == len(table.data)
        and ranked(table, column) != table.data
    ]  # fmt: skip
    at = draw.choice(columns)
    leader = table.shown(ranked(table, at)[0], 1)

    def solve(do: Do) -> str:
        wanted = find_sheet(do, "Stock room", name)
        heading = do.read_range(sheet_id=wanted).rows[0].cells[at - 1]
        return str(do.sort_rows(sheet_id=wanted, column=heading, descending=True).rows[1].cells[0])

    column = table.shown(table.head, at)
    return draw.task(solve, answer=Answer.text(leader), sheet=name, column=column, book="Stock room")


def ranked(table: Table, column: int) -> list[int]:
    """The rows of a table, the largest number first."""
    return sorted(table.data, key=lambda row: -Decimal(table.shown(row, column)))


@sheets.intent(
    "{who} paid {right}, not {wrong}, for {what}. Correct the amount on the sheet {month} of {book}.",
    "On {month} in {book}, the {wrong} of {who} for {what} is a slip of the pen: it was {right}.",
    "Please change {who}'s {what} from {wrong} to {right}. It stands in {book} under {month}.",
    "Wrong amount in {book}: {month}, {who}, {what}. Instead of {wrong} there should be {right}.",
    "I have {who}'s receipt for {what} in my hand and it says {right}. {book} has {wrong} on the sheet {month}; put that right.",
    "{book}, sheet {month}: {right} goes where {wrong} is now. That is what {who} spent on {what}.",
    "Could you mend an entry? {who} was down for {wrong} ({what}) in the {month} sheet of {book}; make that {right}.",
    "Make it {right} for {who}'s {what} in {month}; the figure {wrong} in {book} is mistaken.",
    kind="write",
)
def correct_an_expense(draw: TaskDraw) -> Task:
    title, month = f"Travel expenses {draw.today.year - 1}", draw.choice(MONTHS)
    table = table_of(sheet_called(title, month))
    lines = [table.line(row) for row in table.data]
    _, who, what, wrong = draw.choice([one for one in lines if sum(other[1:] == one[1:] for other in lines) == 1])
    right = short(
        Decimal(wrong) + draw.choice((Decimal("1.10"), Decimal("-0.90"), Decimal(9), Decimal("2.70"), Decimal(-3)))
    )

    def solve(do: Do) -> None:
        sheet = find_sheet(do, title, month)
        line = next(one for one in do.read_range(sheet_id=sheet).rows if one.cells[1:] == [who, what, wrong])
        do.write_cells(sheet_id=sheet, cell=do.compose("D{row}", row=line.row), values=[right])

    return draw.task(solve, who=who, what=what, wrong=wrong, right=right, month=month, book=title)
