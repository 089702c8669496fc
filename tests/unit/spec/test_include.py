"""Modules: bindings, other names and settings, and one module twice in one world."""

from __future__ import annotations

from agentworlds.errors import ScriptError
from tests.unit.shelter import LoadedWorld, world_of

SCRIPT = '''"""Two ledgers."""
from decimal import Decimal
from agentworlds import Draw, Money, PersonName, Row, World, bound, insert, total

world = World("shelter", title="Two ledgers")


@world.table
class Owner(Row):
    name: PersonName
    credit: Money


@world.table
class Supplier(Row):
    name: PersonName
    balance: Money


bills = world.include("ledger", Account=bound(Owner, balance="credit"), history=False, credit_limit=Decimal(100))
debts = world.include(
    "ledger", Account=Supplier, history=False, credit_limit=Decimal(50),
    rename={"Entry": "Posting", "search_entries": "search_postings", "amount": "sum", "add_charge": "add_debt", "record_payment": "pay_debt",
            "refund_charge": "forgive_debt", "account_statement": "debt_statement", "account": "supplier"},
)


@world.tool
def charge_both(owner: Owner, supplier: Supplier, owed: Money, due: Money) -> Money:
    """Charge both."""
    bills.post(owner, "charge", owed, "x")
    debts.post(supplier, "charge", due, "y")
    return total(debts.Entry, "amount", account=supplier)


@world.data
def fill(draw: Draw) -> None:
    insert(Owner(name="Ada", credit=Decimal(0)))
    insert(Supplier(name="Bob", balance=Decimal(0)))
'''


def problems(script: str) -> str:
    try:
        world_of(script)
    except ScriptError as error:
        return str(error)
    return ""


def test_a_module_included_twice_gives_two_of_everything_under_their_own_names() -> None:
    world: LoadedWorld = world_of(SCRIPT)
    assert [table.name for table in world.program.tables] == ["owner", "supplier", "entry", "posting"]
    assert list(world.world.tools) == [
        "search_entries", "get_entry", "add_charge", "record_payment", "refund_charge", "account_statement",
        "search_postings", "get_posting", "add_debt", "pay_debt", "forgive_debt", "debt_statement", "charge_both",
    ]  # fmt: skip
    assert [param.name for param in world.world.tools["add_debt"].params] == ["supplier_id", "sum", "memo"]


def test_each_inclusion_uses_its_own_table_column_and_settings() -> None:
    with world_of(SCRIPT).instance() as instance:
        step = instance.call("charge_both", owner_id=1, supplier_id=1, owed=99, due=49.5)
        assert step.data == {"value": 49.5}
        assert instance.store.db.execute('SELECT credit FROM "owner"').get == 9900
        assert instance.store.db.execute('SELECT balance FROM "supplier"').get == 4950
        assert instance.store.db.execute('SELECT supplier_id, sum FROM "posting"').fetchall() == [(1, 4950)]
        assert instance.call("debt_statement", supplier_id=1).data == {
            "account_name": "Bob", "balance": 49.5, "charged": 49.5, "paid": 0.0, "refunded": 0.0,
        }  # fmt: skip


def test_the_rules_of_both_inclusions_hold_in_one_call() -> None:
    with world_of(SCRIPT).instance() as instance:
        for owed, due, limit in ((101, 1, "100.00"), (1, 51, "50.00")):
            refusal = instance.call("charge_both", owner_id=1, supplier_id=1, owed=owed, due=due).refusal
            assert refusal is not None, (owed, due)
            assert refusal.message == f"That would take the balance over the credit limit of £{limit}."
        assert instance.changes() == []


def test_a_binding_that_would_hide_another_column_is_a_mistake() -> None:
    hidden = SCRIPT.replace("    credit: Money\n", "    credit: Money\n    balance: Money\n").replace(
        "credit=Decimal(0)", "credit=Decimal(0), balance=Decimal(0)"
    )
    assert "Account: Owner already calls another column 'balance'" in problems(hidden)
