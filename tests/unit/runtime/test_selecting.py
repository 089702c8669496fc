"""`select`: what it gives, and what it keeps from a statement that wants more."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from apsw import InterruptError

import agentworlds
from agentworlds import EngineError, Fault, select, view_of
from agentworlds.spec.rows import using

SCRIPT = '''"""Accounts."""
from datetime import date
from decimal import Decimal
from typing import Annotated, Literal
from agentworlds import Draw, Money, PersonName, Places, Row, Text, World, field, insert, select
world = World("bank", title="Bank", now="2026-03-02 09:00")
world.role("clerk", about="You are the clerk.")

@world.table
class Client(Row):
    """Somebody with an account."""
    name: PersonName
    pin: Text = field(hidden=True)

world.role("client", Client, about="You act for a client.")

@world.table(owner="client", show=("client.name",))
class Booking(Row):
    client: Client
    day: date
    amount: Money
    rate: Annotated[Decimal, Places(4)]
    open: bool = True
    kind: Literal["in", "out"] = "in"
    remark: Text | None = None

@world.table
class Secret(Row):
    word: Text

world.reads(Booking, by=("kind",))

@world.data
def fill(draw: Draw) -> None:
    ada, bob = draw.new(Client, name="Ada Low", pin="1234"), draw.new(Client, name="Bob Orr", pin="9876")
    draw.new(Booking, client=ada, day=date(2026, 1, 31), amount=Decimal("0.10"), rate=Decimal("0.0125"), remark=None)
    draw.new(Booking, client=ada, day=date(2026, 2, 1), amount=Decimal("0.20"), rate=Decimal("1"), kind="out", remark="Rent")
    draw.new(Booking, client=bob, day=date(2026, 2, 2), amount=Decimal("12"), rate=Decimal("2"), open=False, remark="now")
    draw.new(Secret, word="treasure")

@world.query
def ask(sql: Text) -> list[Text]:
    """Ask."""
    return [str(row) for row in select(sql, [Booking, Client])]

@world.tool
def add_and_ask(client: Client) -> int:
    """Add a booking and count."""
    insert(Booking(client=client, day=date(2026, 3, 1), amount=Decimal(1), rate=Decimal(1)))
    client.name = "Ada Lowe"
    return int(select("SELECT count(*) FROM bookings WHERE client_name = 'Ada Lowe'", [Booking])[0][0] or 0)
'''


@pytest.fixture
def bank(tmp_path: Path) -> Iterator[agentworlds.Instance]:
    script = tmp_path / "bank.py"
    script.write_text(SCRIPT)
    with agentworlds.load(script).instance() as instance:
        yield instance


def table(bank: agentworlds.Instance, name: str) -> Any:
    return next(table.cls for table in bank.program.tables if table.name == name)


def ask(bank: agentworlds.Instance, sql: str, *names: str, limit: int = 50, offset: int = 0) -> list[Any]:
    store = bank.store
    store.begin(writable=False)
    with using(store):
        return select(sql, [table(bank, name) for name in names or ("booking", "client")], limit, offset)


GIVEN = [
    ("SELECT * FROM bookings LIMIT 1", [(1, 1, "Ada Low", "2026-01-31", 0.1, 0.0125, 1, "in", None)]),
    ("SELECT sum(amount), sum(amount) = 12.3 FROM bookings", [(12.3, 1)]),
    ("SELECT 0.1 + 0.2, 9e999, x'00ff', 'a' || 1, 7 / 2", [(0.3, None, "00ff", "a1", 3)]),
    ("SELECT * FROM clients ORDER BY id DESC", [(2, "Bob Orr"), (1, "Ada Low")]),
    ("WITH c AS (SELECT client_id, count(*) AS n FROM bookings GROUP BY 1) SELECT name, n FROM c JOIN clients ON id = client_id",
     [("Ada Low", 2), ("Bob Orr", 1)]),
    ("SELECT strftime('%Y-%m', day), count(*) FROM bookings GROUP BY 1", [("2026-01", 1), ("2026-02", 2)]),
    ("SELECT date(day, '+1 month', 'start of month') FROM bookings LIMIT 1", [("2026-03-01",)]),
    ("SELECT julianday('2026-03-02') - julianday('2026-02-28'), date(NULL)", [(2, None)]),
    ("SELECT name, row_number() OVER (ORDER BY name DESC) FROM clients", [("Bob Orr", 1), ("Ada Low", 2)]),
    ("SELECT count(*) FROM clients a, clients b", [(4,)]),
    ("SELECT id FROM bookings WHERE 0", []),
]  # fmt: skip


@pytest.mark.parametrize(("sql", "expected"), GIVEN, ids=[sql[:50] for sql, _ in GIVEN])
def test_a_select_gives_rows_as_other_tools_show_them(bank: agentworlds.Instance, sql: str, expected: Any) -> None:
    assert ask(bank, sql) == expected


def test_rows_come_in_pages(bank: agentworlds.Instance) -> None:
    assert ask(bank, "SELECT id FROM bookings ORDER BY id", limit=2) == [(1,), (2,)]
    assert ask(bank, "SELECT id FROM bookings ORDER BY id", limit=2, offset=2) == [(3,)]


ATTACKS = [
    "SELECT pin FROM clients", "SELECT clients.pin FROM clients", "SELECT * FROM client", "SELECT * FROM main.client",
    "SELECT (SELECT max(pin) FROM main.client)", "SELECT 1 FROM main.client", "SELECT count(*) FROM main.secret",
    "SELECT exists(SELECT 1 FROM main.secret WHERE word LIKE 't%')", "SELECT * FROM secrets", "SELECT * FROM main.secret",
    "SELECT name FROM clients ORDER BY (SELECT pin FROM main.client)", "SELECT name FROM clients UNION SELECT pin FROM main.client",
    "WITH bookings AS (SELECT * FROM main.secret) SELECT * FROM bookings", "WITH x AS (SELECT * FROM main.client) SELECT * FROM x",
    'WITH "⟦clients⟧" AS (SELECT pin FROM main.client) SELECT * FROM "⟦clients⟧"', "SELECT * FROM temp.sqlite_master",
    "SELECT * FROM sqlite_master", "SELECT * FROM sqlite_schema", "SELECT * FROM pragma_table_info('client')",
    "SELECT * FROM dbstat", "SELECT value FROM json_each('[1]')", "SELECT rowid FROM main.secret",
    "SELECT load_extension('x')", "SELECT random()", "SELECT randomblob(9)", "SELECT hex(zeroblob(9))", "SELECT sqlite_version()",
    "SELECT last_insert_rowid()", "SELECT changes()", "SELECT current_date", "SELECT current_timestamp", "SELECT date('now')",
    "SELECT date('n' || 'ow')", "SELECT date()", "SELECT strftime('%s')", "SELECT datetime('subsec')", "SELECT date(remark) FROM bookings WHERE id = 3",
    "SELECT date('2026-03-02', 'localtime')", "SELECT unixepoch('now')", "SELECT 1; DELETE FROM client", "SELECT 1; PRAGMA user_version = 7",
    "DELETE FROM client", "UPDATE client SET pin = ''", "INSERT INTO client VALUES (9, 'x', 'y')", "DROP TABLE client",
    "CREATE TABLE x (y)", "CREATE TEMP VIEW v AS SELECT * FROM client", "ATTACH ':memory:' AS other", "PRAGMA table_info(client)",
    "PRAGMA writable_schema = 1", "VACUUM", "BEGIN", "ROLLBACK", "SAVEPOINT x", "EXPLAIN SELECT 1", "VALUES (1)", "ANALYZE",
    "WITH x AS (SELECT 1) DELETE FROM client", "SELECT * FROM (WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n)",
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n", "SELECT ?", "SELECT :name", "SELECT",
    "SELECT printf('%200000d', 1)", "SELECT replace(hex(printf('%90000d', 1)), '3', hex(printf('%90000d', 1)))", "",
    "/* SELECT */ DELETE FROM client", "SELECT 'open", "SELECT fts5('x')", "SELECT writefile('x', 'y')", "SELECT readfile('x')", "SELECT edit('x')",
]  # fmt: skip


@pytest.mark.parametrize("sql", ATTACKS, ids=[sql[:60] for sql in ATTACKS])
def test_nothing_but_the_views_can_be_read_and_nothing_written(bank: agentworlds.Instance, sql: str) -> None:
    before = bank.snapshot()
    with pytest.raises(EngineError):
        ask(bank, sql)
    assert bank.snapshot() == before
    assert bank.changes() == []
    assert ask(bank, "SELECT count(*) FROM clients") == [(2,)]
    assert bank.store.execute("SELECT count(*), max(pin) FROM client").get == (2, "9876")  # the guard is down again


def test_no_row_of_other_tables_shows_in_what_a_statement_may_do(bank: agentworlds.Instance) -> None:
    assert ask(bank, "SELECT count(*) FROM clients", "client") == [(2,)]
    with pytest.raises(EngineError, match="no such table: bookings"):
        ask(bank, "SELECT count(*) FROM bookings", "client")
    assert ask(bank, "SELECT client_name FROM bookings WHERE id = 1", "booking") == [("Ada Low",)]


def test_who_acts_for_a_person_reads_that_persons_rows(bank: agentworlds.Instance) -> None:
    bank.act_as("client", (table(bank, "client"), 1))
    assert ask(bank, "SELECT id FROM bookings") == [(1,), (2,)]
    assert ask(bank, "SELECT name FROM clients") == [("Ada Low",)]
    assert ask(bank, "SELECT count(*) FROM bookings b JOIN clients c ON c.id = b.client_id") == [(2,)]
    bank.act_as("clerk")
    assert ask(bank, "SELECT count(*) FROM bookings") == [(3,)]


def test_a_statement_that_takes_too_many_steps_is_refused_and_the_next_one_works(bank: agentworlds.Instance) -> None:
    bomb = "SELECT count(*) FROM " + ", ".join(f"bookings b{n}" for n in range(16))
    step = bank.call("ask", sql=bomb)
    assert step.refusal is not None
    assert str(step.refusal.code) == "limit"
    step = bank.call("ask", sql="SELECT count(*) FROM bookings")
    assert step.data == {"results": ["(3,)"], "more": False}


def test_a_select_sees_what_its_own_call_wrote(bank: agentworlds.Instance) -> None:
    step = bank.call("add_and_ask", client_id=1)
    assert step.data == {"value": 3}
    assert ask(bank, "SELECT count(*) FROM bookings") == [(4,)]
    bank.reset()
    assert ask(bank, "SELECT count(*) FROM bookings") == [(3,)]


def test_a_view_says_what_its_columns_are(bank: agentworlds.Instance) -> None:
    with using(bank.store):
        clients, bookings = view_of(table(bank, "client")), view_of(table(bank, "booking"))
    assert (clients.name, clients.about) == ("clients", "Somebody with an account.")
    assert [(one.name, one.kind, one.options) for one in bookings.columns] == [
        ("id", "whole number", ()), ("client_id", "id in clients", ()), ("client_name", "text", ()), ("day", "date", ()),
        ("amount", "amount", ()), ("rate", "number", ()), ("open", "1 or 0", ()), ("kind", "text", ("in", "out")),
        ("remark", "text", ()),
    ]  # fmt: skip


def test_an_engine_error_that_a_script_lets_pass_is_a_fault_and_not_a_refusal(bank: agentworlds.Instance) -> None:
    with pytest.raises(Fault, match="only the views may be read"):
        bank.call("ask", sql="SELECT * FROM main.secret")


UNCOUNTED = [
    "SELECT count(*) FROM secret", "SELECT 1 FROM secret", "SELECT EXISTS(SELECT 1 FROM secret)", "SELECT count(*) FROM booking",
    "SELECT count(*) FROM sqlite_master", "SELECT count(*) FROM json_each('[1,2]')",
    "SELECT (WITH x AS (SELECT 1) SELECT count(*) FROM x), count(*) FROM secret",
]  # fmt: skip


@pytest.mark.parametrize("sql", UNCOUNTED)
def test_what_is_no_view_cannot_even_be_counted(bank: agentworlds.Instance, sql: str) -> None:
    with pytest.raises(EngineError):
        ask(bank, sql)
    assert ask(bank, "WITH own AS (SELECT 1 FROM bookings) SELECT count(*) FROM own") == [(3,)]


def test_a_value_that_is_no_text_is_refused_and_not_a_fault(bank: agentworlds.Instance) -> None:
    with pytest.raises(EngineError, match="a value that the statement makes is no text"):
        ask(bank, "SELECT CAST(x'ff' AS TEXT)")
    assert ask(bank, "SELECT 1") == [(1,)]


def test_a_selection_may_not_take_too_many_steps(bank: agentworlds.Instance) -> None:
    many = ", ".join(f"bookings b{number}" for number in range(14))
    with pytest.raises(InterruptError):
        ask(bank, f"SELECT count(*) FROM {many}")
    assert ask(bank, "SELECT count(*) FROM bookings") == [(3,)]
