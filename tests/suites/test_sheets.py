"""Spreadsheets: cells and what they show, formulas that follow, rows that move, files, refusals and rules."""

import base64
import io
from collections.abc import Iterator
from datetime import date
from typing import Any

import openpyxl
import pytest

import agentworlds
from agentworlds.engines import EngineError
from agentworlds.engines.sheets import Area, IronCalc, Place, Shown

world = agentworlds.load("suite:sheets")
engine = IronCalc()


@pytest.fixture
def office() -> Iterator[agentworlds.Instance]:
    with world.instance() as instance:
        yield instance


def done(office: agentworlds.Instance, tool: str, **arguments: Any) -> Any:
    step = office.apply(tool, arguments)
    assert step.ok, step.text
    return step.data


def sheet_id(office: agentworlds.Instance, title: str, name: str) -> int:
    found = done(office, "search_sheets", workbook_title=title)["results"]
    return next(sheet["id"] for sheet in found if sheet["name"] == name)


def blank(office: agentworlds.Instance, *lines: list[str]) -> int:
    """A sheet of a new workbook with these lines."""
    id = done(office, "create_sheet", name="Test", headings=lines[0] if lines else [], title="Scratch", owner_id=1)[
        "id"
    ]
    for row, line in enumerate(lines[1:], 2):
        done(office, "write_cells", sheet_id=id, cell=f"A{row}", values=line)
    return int(id)


def shown(office: agentworlds.Instance, id: int, area: str) -> list[list[str]]:
    return [line["cells"] for line in done(office, "read_range", sheet_id=id, area=area)["rows"]]


TYPED = [
    ("12.50", "12.5", "number"), ("1,200", "1200", "number"), ("25%", "0.25", "number"), ("2026-03-02", "2026-03-02", "date"),
    ("'0042", "0042", "text"), ("true", "TRUE", "logical"), ("tea & milk", "tea & milk", "text"), ("=", "=", "text"),
    ("1e20", "1E+20", "number"), ("=0.1+0.2", "0.3", "number"), ("=1/3", "0.333333333333333", "number"),
    ("=1/0", "#DIV/0!", "error"), ('=1+"tea"', "#VALUE!", "error"), ("=DATE(2026,3,2)+30", "2026-04-01", "date"),
    ('=IF(1>2,"more","less")', "less", "text"), ("=NETWORKDAYS(DATE(2026,3,2),DATE(2026,3,8))", "5", "number"),
    ("=ROUND(2.675,2)", "2.68", "number"), ('=TEXT(DATE(2026,3,2),"d mmm")', "2 Mar", "text"),
]  # fmt: skip


@pytest.mark.parametrize(("entered", "value", "kind"), TYPED)
def test_a_cell_shows_what_a_spreadsheet_shows(
    office: agentworlds.Instance, entered: str, value: str, kind: str
) -> None:
    id = blank(office)
    done(office, "write_cells", sheet_id=id, cell="C3", values=[entered])
    row = office.store.execute("SELECT value, kind FROM cell WHERE sheet_id = ?", (id,)).fetchall()
    assert row == [(value, kind)]


def test_what_depends_on_a_cell_is_calculated_at_once_and_nothing_else(office: agentworlds.Instance) -> None:
    id = blank(
        office, ["Item", "Count", "Price", "Value"], ["Tea", "3", "1.50", "=B2*C2"], ["Milk", "4", "2", "=B3*C3"]
    )
    done(office, "write_cells", sheet_id=id, cell="D4", values=["=SUM(D2:D3)"])
    result = done(office, "write_cells", sheet_id=id, cell="B2", values=["5"])
    assert result == {
        "written": [{"cell": "Test!B2", "entered": "5", "value": "5"}],
        "recalculated": [
            {"cell": "Test!D2", "entered": "=B2*C2", "value": "7.5"},
            {"cell": "Test!D4", "entered": "=SUM(D2:D3)", "value": "15.5"},
        ],
        "more": False,
    }


def test_a_date_stays_a_date_whatever_the_order_of_formulas(office: agentworlds.Instance) -> None:
    id = blank(office, ["Issued", "Due", "Reminder"])
    done(office, "write_cells", sheet_id=id, cell="C2", values=["=B2+7"])
    done(office, "write_cells", sheet_id=id, cell="B2", values=["=A2+14"])
    done(office, "write_cells", sheet_id=id, cell="A2", values=["2026-03-02"])
    assert shown(office, id, "A2:C2") == [["2026-03-02", "2026-03-16", "2026-03-23"]]


def test_formulas_reach_other_sheets(office: agentworlds.Instance) -> None:
    rates = sheet_id(office, "Customer invoices", "Rates")
    sent = sheet_id(office, "Customer invoices", "Sent")
    before = done(office, "read_range", sheet_id=sent)["rows"][1]["cells"]
    result = done(office, "write_cells", sheet_id=rates, cell="B2", values=["0"])
    after = done(office, "read_range", sheet_id=sent)["rows"][1]["cells"]
    assert len(result["recalculated"]) == 2 * 9 + 2 + 1
    assert (after[5:8], before[6] != "0") == ([before[5], "0", before[5]], True)


def test_clearing_a_cell_removes_it(office: agentworlds.Instance) -> None:
    id = blank(office, ["A"], ["1"], ["=A2+1"])
    done(office, "write_cells", sheet_id=id, cell="A2", values=[""])
    assert shown(office, id, "A1:A3") == [["A"], [""], ["1"]]


def test_writing_down_and_across(office: agentworlds.Instance) -> None:
    id = blank(office)
    done(office, "write_cells", sheet_id=id, cell="b2", values=["1", "2"], direction="down")
    done(office, "write_cells", sheet_id=id, cell="B4", values=["3", "4"])
    assert shown(office, id, "B2:C4") == [["1", ""], ["2", ""], ["3", "4"]]


def test_a_new_row_goes_above_the_total_which_grows(office: agentworlds.Instance) -> None:
    id = blank(
        office,
        ["Item", "Net", "Twice"],
        ["Tea", "3", "=B2*2"],
        ["Milk", "4", "=B3*2"],
        ["Total", "=SUM(B2:B3)", "=SUM(C2:C3)"],
    )
    done(office, "add_row", sheet_id=id, values=["Bread", "5"])
    assert shown(office, id, "A2:C5") == [
        ["Tea", "3", "6"],
        ["Milk", "4", "8"],
        ["Bread", "5", "10"],
        ["Total", "12", "24"],
    ]
    assert done(office, "read_range", sheet_id=id, area="B4:C5", formulas=True)["rows"][1]["cells"] == [
        "=SUM(B2:B4)",
        "=SUM(C2:C4)",
    ]


def test_a_row_in_between_moves_what_is_below_and_every_formula(office: agentworlds.Instance) -> None:
    id = blank(office, ["Item", "Net"], ["Tea", "3"], ["Milk", "4"])
    book = done(office, "get_sheet", sheet_id=id)["workbook_id"]
    other = done(
        office, "create_sheet", name="Other", headings=["=Test!B3", "=SUM(Test!$B$2:$B$3)", "=B1"], workbook_id=book
    )["id"]
    done(office, "add_row", sheet_id=id, values=["Bread", "5"], row=3)
    assert shown(office, id, "A2:B4") == [["Tea", "3"], ["Bread", "5"], ["Milk", "4"]]
    assert done(office, "read_range", sheet_id=other, formulas=True)["rows"][0]["cells"] == [
        "=Test!B4",
        "=SUM(Test!$B$2:$B$4)",
        "=B1",
    ]
    assert shown(office, other, "A1:C1") == [["4", "12", "12"]]


def test_running_totals_and_sums_within_a_row_do_not_grow(office: agentworlds.Instance) -> None:
    id = blank(office, ["In", "Out", "So far"], ["3", "1", "=SUM(A$2:A2)"], ["4", "1", "=SUM(A$2:A3)"])
    done(office, "write_cells", sheet_id=id, cell="D3", values=["=SUM(A3:B3)"])
    done(office, "add_row", sheet_id=id, values=["5", "2"])
    assert done(office, "read_range", sheet_id=id, area="C2:D4", formulas=True)["rows"] == [
        {"row": 2, "cells": ["=SUM(A$2:A2)", ""]},
        {"row": 3, "cells": ["=SUM(A$2:A3)", "=SUM(A3:B3)"]},
        {"row": 4, "cells": ["=SUM(A$2:A4)", "=SUM(A4:B4)"]},
    ]


def test_sorting_keeps_headings_total_ties_and_what_formulas_mean(office: agentworlds.Instance) -> None:
    id = blank(office, ["Item", "Net", "Twice"], ["Tea", "10", "=B2*2"], ["Milk", "9", "=B3*2"], ["Rice", "", "=B4*2"],
               ["Bread", "10", "=B5*2"], ["Total", "=SUM(B2:B5)"])  # fmt: skip
    done(office, "sort_rows", sheet_id=id, column="net", descending=True)
    assert shown(office, id, "A1:C6") == [
        ["Item", "Net", "Twice"], ["Tea", "10", "20"], ["Bread", "10", "20"], ["Milk", "9", "18"], ["Rice", "", "0"],
        ["Total", "29", ""],
    ]  # fmt: skip
    done(office, "sort_rows", sheet_id=id, column="A")
    assert [line[0] for line in shown(office, id, "A2:A6")] == ["Bread", "Milk", "Rice", "Tea", "Total"]


def test_invoices_keep_their_rate_when_rows_are_added_and_sorted(office: agentworlds.Instance) -> None:
    sent = sheet_id(office, "Customer invoices", "Sent")
    done(office, "add_row", sheet_id=sent, values=["INV-2000", "Bo", "2026-03-01", "14", "", "100"])
    before = done(office, "read_range", sheet_id=sent)["rows"]
    assert before[-2]["cells"] == ["INV-2000", "Bo", "2026-03-01", "14", "2026-03-15", "100", "20", "120", ""]
    done(office, "sort_rows", sheet_id=sent, column="Net", descending=True)
    after = done(office, "read_range", sheet_id=sent)["rows"]
    assert after[-1]["cells"] == before[-1]["cells"]
    assert sorted(line["cells"] for line in after) == sorted(line["cells"] for line in before)


def test_equal_ways_to_write_a_sum_are_the_same_deed(office: agentworlds.Instance) -> None:
    def changes(formula: str) -> list[Any]:
        office.reset()
        id = sheet_id(office, "Office budget 2026", "Plan")
        done(office, "write_cells", sheet_id=id, cell="H2", values=[formula])
        return [
            (c.table, {k: v for k, v in (c.after or {}).items() if k not in ("entered", "edited")})
            for c in office.changes()
        ]

    assert changes("=SUM(B2:D2)") == changes("=b2+C2+D2") != changes("=SUM(B2:D2)+E2-E2")


FILTERS = [
    ("Count", "at least", "4", ["Milk", "Rice"]), ("Count", "at most", "4.0", ["Tea", "Milk"]), ("B", "is", "4", ["Milk"]),
    ("Item", "contains", "I", ["Milk", "Rice"]), ("Item", "is not", "tea", ["Milk", "Rice"]), ("Note", "is empty", "", ["Milk", "Rice"]),
    ("Day", "at least", "2026-03-01", ["Milk"]), ("Note", "at least", "3", []),
]  # fmt: skip


@pytest.mark.parametrize(("column", "test", "value", "items"), FILTERS)
def test_filters(office: agentworlds.Instance, column: str, test: str, value: str, items: list[str]) -> None:
    id = blank(office, ["Item", "Count", "Day", "Note"], ["Tea", "3", "2026-02-03", "cold"], ["Milk", "4", "2026-03-03"],
               ["Rice", "12", "2026-02-09"], ["Total", "=SUM(B2:B4)"])  # fmt: skip
    found = done(office, "filter_rows", sheet_id=id, column=column, test=test, value=value)
    assert ([line["cells"][0] for line in found["rows"]], found["total"], found["more"]) == (items, len(items), False)


def test_sums_by_group(office: agentworlds.Instance) -> None:
    id = blank(
        office,
        ["Who", "Paid"],
        ["Ann", "1.10"],
        ["Bo", "2"],
        ["Ann", "2.20"],
        ["Ann", "none"],
        ["Total", "=SUM(B2:B5)"],
    )
    assert done(office, "summarise_column", sheet_id=id, column="Paid", by="Who")["results"] == [
        {"group": "Ann", "cells": 2, "sum": "3.3", "average": "1.65", "least": "1.1", "most": "2.2"},
        {"group": "Bo", "cells": 1, "sum": "2", "average": "2", "least": "2", "most": "2"},
    ]
    [whole] = done(office, "summarise_column", sheet_id=id, column="Paid")["results"]
    assert (whole["group"], whole["sum"]) == ("all", "5.3")


def test_find_reads_numbers_in_any_form_and_keeps_to_the_place_asked_for(office: agentworlds.Instance) -> None:
    id = blank(office, ["Tea", "1234.5"], ["teapot", "=B1*2"])
    found = done(office, "find_cells", text="TEA", sheet_id=id)["results"]
    assert [(one["cell"], one["value"]) for one in found] == [("A1", "Tea"), ("A2", "teapot")]
    [one] = done(office, "find_cells", text="1,234.50", sheet_id=id)["results"]
    assert (one["cell"], one["sheet"]["workbook_title"]) == ("B1", "Scratch")
    everywhere = done(office, "find_cells", text="Total")["results"]
    assert len({one["sheet"]["id"] for one in everywhere}) > 5


def test_a_long_sheet_is_read_forty_rows_at_a_time(office: agentworlds.Instance) -> None:
    id = blank(office)
    done(office, "write_cells", sheet_id=id, cell="A1", values=[str(n) for n in range(50)], direction="down")
    step = office.apply("read_range", {"sheet_id": id})
    assert step.data is not None and len(step.data["rows"]) == 40 and step.data["more"]
    assert step.text.startswith("A1:A40: 40 filled rows; the sheet goes on below, from row 41.")
    rest = done(office, "read_range", sheet_id=id, area="A41:A50")
    assert (rest["rows"][-1], rest["more"]) == ({"row": 50, "cells": ["49"]}, False)


# Content -------------------------------------------------------------------------------------------------


def lines(office: agentworlds.Instance, title: str, name: str) -> list[list[str]]:
    """A sheet's rows below its headings and above its total."""
    rows = done(office, "read_range", sheet_id=sheet_id(office, title, name))["rows"]
    return [line["cells"] for line in rows[1:-1]]


@pytest.mark.parametrize("seed", range(4))
def test_what_the_workbooks_hold_agrees(seed: int) -> None:
    with world.instance(seed=seed) as office:
        shelves, autumn = (lines(office, "Stock room", name) for name in ("Shelves", "Shelves (autumn)"))
        prices = {line[0]: line[4] for line in shelves}
        assert all(prices[line[0]] == line[4] for line in autumn)
        assert len({line[2] for line in shelves}) == len(shelves)
        claims = [
            line for month in ("October", "November", "December") for line in lines(office, "Travel expenses", month)
        ]
        customers = {line[1] for line in lines(office, "Customer invoices", "Sent")}
        helpers = {line[0] for season in ("Autumn", "Winter") for line in lines(office, "Volunteer hours", season)}
        claimants = {line[1] for line in claims}
        assert not claimants & customers and not claimants & helpers and not customers & helpers
        for day, _, what, amount in claims:
            assert date.fromisoformat(day).weekday() < 5 and day[5:] not in ("12-25", "12-26")
            assert what != "hotel in Leeds" or float(amount) >= 85


def test_a_closed_budget_is_no_sign_of_its_title() -> None:
    titles: dict[str, set[str]] = {"open": set(), "closed": set()}
    for seed in range(12):
        with world.instance(seed=seed) as office:
            for title, state in office.store.execute(
                "SELECT title, state FROM workbook WHERE title LIKE '%budget%'"
            ).fetchall():
                titles[state].add(title)
    assert titles["closed"] == {"Office budget 2025", "Workshop budget 2026"}
    assert titles["open"] == {"Office budget 2025", "Office budget 2026", "Workshop budget 2026"}


def test_questions_that_are_asked_twice_differ() -> None:
    for intent in ("overdue_invoices", "repair_total", "rank_the_shelves"):
        seen = set()
        for seed in range(8):
            for task in world.tasks(seed):
                if task.spec.intent == intent:
                    number = task.spec.index
                    seen.add((seed, world.episode(number, seed).instruction, str(task.spec.answer_given)))
        assert len(seen) >= 14, intent
    leaders = [
        task.spec.answer_given for seed in range(8) for task in world.tasks(seed) if task.spec.intent == "rank_the_shelves"
    ]  # fmt: skip
    assert len(set(leaders)) >= 5


# Files ---------------------------------------------------------------------------------------------------


def test_the_file_is_a_workbook_that_openpyxl_reads_with_formulas_and_values(office: agentworlds.Instance) -> None:
    book = done(office, "get_sheet", sheet_id=sheet_id(office, "Customer invoices", "Sent"))["workbook_id"]
    file = done(office, "export_workbook", workbook_id=book)
    data = base64.b64decode(file["content"])
    assert (file["name"], file["bytes"], len(data)) == ("Customer invoices 2026.xlsx", len(data), file["bytes"])
    assert done(office, "export_workbook", workbook_id=book)["content"] == file["content"]
    formulas, values = (
        openpyxl.load_workbook(io.BytesIO(data)),
        openpyxl.load_workbook(io.BytesIO(data), data_only=True),
    )
    for name, row, column, entered, value, kind in office.store.execute(
        "SELECT s.name, c.row, c.column, c.entered, c.value, c.kind FROM cell c JOIN sheet s ON s.id = c.sheet_id "
        "WHERE s.workbook_id = ?", (book,)
    ).fetchall():  # fmt: skip
        there = values[name].cell(row, column).value
        if entered.startswith("="):
            assert formulas[name].cell(row, column).value == entered
        match kind:
            case "number":
                assert float(value) == pytest.approx(there)
            case "date":
                assert value == there.date().isoformat()
            case _:
                assert value == there


def test_a_file_comes_back_as_it_was(office: agentworlds.Instance) -> None:
    book = done(office, "get_sheet", sheet_id=sheet_id(office, "Customer invoices", "Sent"))["workbook_id"]
    content = done(office, "export_workbook", workbook_id=book)["content"]
    sheets = done(office, "import_workbook", title="Copy", owner_id=1, content=content)["results"]
    query = ("SELECT s.name, c.row, c.column, c.value, c.kind, c.formula FROM cell c JOIN sheet s ON s.id = c.sheet_id "
             "WHERE s.workbook_id = ? ORDER BY 1, 2, 3")  # fmt: skip
    copied = office.store.execute(query, (sheets[0]["workbook_id"],)).fetchall()
    assert copied == office.store.execute(query, (book,)).fetchall() != []


# Refusals and rules --------------------------------------------------------------------------------------

PLAN = "SELECT s.id FROM sheet s JOIN workbook w ON w.id = s.workbook_id WHERE s.name = 'Plan' AND w.title = '{0}'"
OPEN = PLAN.format("Office budget 2026")
CLOSED = PLAN.replace("w.title = '{0}'", "w.state = 'closed' LIMIT 1")
BOOK = "SELECT id FROM workbook WHERE title = 'Stock room'"

REFUSALS = [
    ("write_cells", {"sheet_id": CLOSED, "cell": "B2", "values": ["1"]}, "conflict", " is closed."),
    ("write_cells", {"sheet_id": OPEN, "cell": "B2", "values": ["=SUM("]}, "invalid", "no formula that can be read"),
    ("write_cells", {"sheet_id": OPEN, "cell": "B2", "values": ["=NOW()"]}, "invalid", "the function NOW is not available"),
    ("write_cells", {"sheet_id": OPEN, "cell": "B2", "values": ["=A:A"]}, "invalid", "names no cells from A1 to Z999"),
    ("write_cells", {"sheet_id": OPEN, "cell": "B2", "values": ["=March!A1"]}, "invalid", "there is no sheet 'March'"),
    ("write_cells", {"sheet_id": OPEN, "cell": "H2", "values": ["=B2:B5*2"]}, "invalid", "gives several values"),
    ("write_cells", {"sheet_id": OPEN, "cell": "B2", "values": ["=F2"]}, "conflict", "Plan!B2 would depend on itself."),
    ("write_cells", {"sheet_id": OPEN, "cell": "Z9", "values": ["1", "2"]}, "invalid", "ends at column Z"),
    ("write_cells", {"sheet_id": OPEN, "cell": "AA1", "values": ["1"]}, "invalid", "expected text such as 'B7'"),
    ("read_range", {"sheet_id": OPEN, "area": "B2-D4"}, "invalid", "expected text such as 'B2:D20'"),
    ("find_cells", {"text": " "}, "invalid", "found everywhere"),
    ("find_cells", {"text": "Rent", "offset": -1}, "invalid", "expected a whole number from 0"),
    ("filter_rows", {"sheet_id": OPEN, "column": "Q5", "test": "is"}, "not_found", "Plan has no column Q5."),
    ("filter_rows", {"sheet_id": OPEN, "column": "Q1", "test": "is", "offset": -1}, "invalid", "expected a whole number from 0"),
    ("add_row", {"sheet_id": OPEN, "values": ["Tea"], "row": 1}, "invalid", "goes between row 2 and row 10"),
    ("add_row", {"sheet_id": OPEN, "values": [" "]}, "invalid", "A row needs a value."),
    ("add_row", {"sheet_id": OPEN, "values": ["1"] * 7}, "invalid", "has 6 columns; there are 7 values"),
    ("create_sheet", {"name": "New", "headings": ["A"]}, "invalid", "Give the workbook, or the title and the owner"),
    ("create_sheet", {"name": "New", "headings": [], "workbook_id": BOOK, "title": "Other"}, "invalid", "has a title and an owner already"),
    ("create_sheet", {"name": "shelves", "headings": [], "workbook_id": BOOK}, "conflict", "has a sheet called shelves already"),
    ("create_sheet", {"name": "a/b", "headings": [], "workbook_id": BOOK}, "invalid", "a/b is no name for a sheet."),
    ("create_sheet", {"name": "New", "headings": [], "title": "Stock room", "owner_id": 1}, "conflict", "There is a workbook called Stock room already."),
    ("import_workbook", {"title": "New", "owner_id": 1, "content": "UEsDBA=="}, "invalid", "this is no .xlsx file"),
    ("import_workbook", {"title": "New", "owner_id": 1, "content": "tea"}, "invalid", "this is no base64 text"),
]  # fmt: skip


@pytest.mark.parametrize(("tool", "given", "code", "message"), REFUSALS)
def test_refusals(office: agentworlds.Instance, tool: str, given: dict[str, Any], code: str, message: str) -> None:
    arguments = {
        name: office.store.execute(one).get if str(one).startswith("SELECT") else one for name, one in given.items()
    }
    arguments = {name: one if not isinstance(one, tuple) else one[0] for name, one in arguments.items()}
    step = office.apply(tool, arguments)
    assert step.refusal is not None, step.text
    assert (str(step.refusal.code), message in step.refusal.message) == (code, True), step.text
    assert office.changes() == []


def test_an_empty_sheet_has_no_table(office: agentworlds.Instance) -> None:
    step = office.apply("sort_rows", {"sheet_id": blank(office), "column": "A"})
    assert step.text == "Refused (conflict): Test is empty. Try: write_cells writes headings and rows into it"


def test_a_row_that_refers_above_the_first_cannot_be_sorted_up(office: agentworlds.Instance) -> None:
    id = blank(office, ["Net"], ["5"], ["=A1"], ["1"])
    done(office, "write_cells", sheet_id=id, cell="A3", values=["=IF(ISTEXT(A1),0,A1)"])
    step = office.apply("sort_rows", {"sheet_id": id, "column": "Net"})
    assert step.text == "Refused (conflict): =IF(ISTEXT(A1),0,A1) would refer to a row above the first."


def test_a_workbook_that_is_too_large_is_not_exported(office: agentworlds.Instance) -> None:
    id = blank(office)
    for row in range(1, 120):
        done(
            office,
            "write_cells",
            sheet_id=id,
            cell=f"A{row}",
            values=[f"{row} {column} {row * 7919 % 1009}" for column in range(26)],
        )
    book = done(office, "get_sheet", sheet_id=id)["workbook_id"]
    step = office.apply("export_workbook", {"workbook_id": book})
    assert step.text == "Refused (limit): The file is larger than 15 kB. Try: read_range shows any part of it"


# Words ---------------------------------------------------------------------------------------------------


def test_results_are_summed_up_in_a_sentence(office: agentworlds.Instance) -> None:
    def lead(tool: str, **arguments: Any) -> str:
        return office.apply(tool, arguments).text.splitlines()[0]

    assert lead("search_sheets", workbook_title="Stock room") == "Stock room: Shelves and Shelves (autumn)."
    assert lead("search_sheets", workbook_title="Nowhere") == "No sheets found."
    id = blank(office, ["Who", "Paid"], ["Ann", "1"], ["Bo", "2"])
    assert lead("read_range", sheet_id=id) == "A1:B3: 3 filled rows."
    assert lead("read_range", sheet_id=id, area="A2") == "A2:A2: 1 filled row."
    assert lead("read_range", sheet_id=id, area="C1:D4") == "C1:D4 is empty."
    assert lead("find_cells", text="Ann", sheet_id=id) == "It is in Test!A2."
    assert lead("find_cells", text="nobody", sheet_id=id) == "It is nowhere."
    assert lead("filter_rows", sheet_id=id, column="Paid", test="at least", value="2") == "1 row passes the test."
    assert lead("filter_rows", sheet_id=id, column="Paid", test="at least", value="9") == "0 rows pass the test."
    assert lead("summarise_column", sheet_id=id, column="Paid") == "all: 3 in all."
    assert lead("summarise_column", sheet_id=id, column="Who") == "There are no numbers in it."
    assert lead("summarise_column", sheet_id=id, column="Paid", by="Who") == "2 groups; Bo has the largest sum, 2."
    assert (
        lead("write_cells", sheet_id=id, cell="B4", values=["=SUM(B2:B3)/0"])
        == "Test!B4 written; there is an error in Test!B4."
    )
    assert lead("write_cells", sheet_id=id, cell="C1", values=["a", "b", "c", "d", "=B2"]) == "5 cells written."
    assert lead("write_cells", sheet_id=id, cell="B2", values=["1"]) == "The cells held that already."
    assert lead("write_cells", sheet_id=id, cell="B2", values=["9"]) == "Test!B2 written; 1 formula changed with that."
    row = lead("add_row", sheet_id=id, values=["Cy"])
    assert row == "Test!A5 and Test!B5 written; there is an error in Test!B5."


# The engine ----------------------------------------------------------------------------------------------


def test_the_engine_normalises_formulas_and_knows_what_they_refer_to() -> None:
    assert engine.formula("=sum(b2:b3)+B4") == "=SUM(B2:B3)+B4"
    assert engine.areas("=SUM(B2:B3)+B4+$C$1", "Plan") == (Area("Plan", 2, 2, 4), Area("Plan", 3, 1, 1))
    assert engine.areas("='Our plan'!A1+SUM(D2:B2)", "S") == (
        Area("Our plan", 1, 1, 1), Area("S", 2, 2, 2), Area("S", 3, 2, 2), Area("S", 4, 2, 2)
    )  # fmt: skip
    assert engine.formula("=SUM(A1:A3") == "=SUM(A1:A3)"


@pytest.mark.parametrize(
    "text", ["=A1 B1", "=1;2", "=1+", "={1,2}", "=RAND()", "=INDIRECT(A1)", "=OFFSET(A1,1,1)", "=TODAY()", "=foo(1)"]
)
def test_the_engine_refuses_what_is_no_formula_or_depends_on_more_than_cells(text: str) -> None:
    with pytest.raises(EngineError):
        engine.formula(text)


def test_the_engine_calculates_formulas_only_and_shows_circles() -> None:
    cells = {Place("S", 1, 1): "4", Place("S", 2, 1): "=A1*2", Place("T", 1, 1): "=S!A2+1", Place("T", 2, 1): "=A2"}
    assert engine.calculate(cells) == {
        Place("S", 2, 1): Shown("8", "number"), Place("T", 1, 1): Shown("9", "number"), Place("T", 2, 1): Shown("#CIRC!", "error")
    }  # fmt: skip


def test_text_that_looks_like_a_number_stays_text_in_a_file() -> None:
    cells = {
        "S": {(1, 1): "'0042", (2, 1): "'=1+1", (3, 1): "2026-03-02", (4, 1): "TRUE", (5, 1): "=A3+1", (6, 1): "-0.5"}
    }
    assert engine.from_xlsx(engine.to_xlsx(cells)) == cells


def test_a_packed_bomb_is_refused() -> None:
    import zipfile

    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("xl/workbook.xml", b" " * 5_000_000)
    with pytest.raises(EngineError, match="too large"):
        engine.from_xlsx(packed.getvalue())


# Hosts ---------------------------------------------------------------------------------------------------

HOST = '''
"""A firm with a workbook of its own."""
from agentworlds import Draw, PersonName, Row, World
world = World("firm", title="Firm")
@world.table
class Clerk(Row):
    name: PersonName
book = world.include("sheets", Person=Clerk, intents=False,
                     workbooks=(("Rota", (("Week 1", (("Day", "Hours"), ("Monday", "8"), ("Total", "=SUM(B2:B2)"))),)),))
@world.tool
def keep(clerk: Clerk, hours: int) -> int:
    """Keep a workbook."""
    made = book.store("Hours", clerk, {"All": {(1, 1): str(hours), (2, 1): "=A1*2"}})
    return made[0].id
@world.data
def fill(draw: Draw) -> None:
    for _ in range(3):
        draw.new(Clerk)
'''


def test_a_host_adds_workbooks_by_setting_and_by_calling(tmp_path: Any) -> None:
    path = tmp_path / "firm.py"
    path.write_text(HOST, encoding="utf-8")
    with agentworlds.load(path).instance() as firm:
        assert shown(firm, sheet_id(firm, "Rota", "Week 1"), "A3:B3") == [["Total", "8"]]
        id = done(firm, "keep", clerk_id=1, hours=21)["value"]
        assert shown(firm, id, "A1:A2") == [["21"], ["42"]]
