"""Rules hold after every call, over every row that the call concerns."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from agentworlds.errors import Code, Fault, Refusal
from agentworlds.runtime.instance import Instance
from tests.unit.shelter import dump, state, world_of

SCRIPT = '''"""Orders."""
from agentworlds import Draw, Row, Word, World, count, delete, insert, rows, total

world = World("shelter", title="Orders")


@world.table
class Customer(Row):
    name: Word


@world.table
class Order(Row):
    customer: Customer
    title: Word


@world.table
class Line(Row):
    order: Order
    amount: int


@world.rule(Line, "invalid", "Amounts are positive.")
def positive(line: Line) -> bool:
    return line.amount > 0


@world.rule(Order, "conflict", "{row.title} needs a line.", hint="add one", watch=["Line.order"])
def some_line(order: Order) -> bool:
    return count(Line, order=order) > 0


@world.rule(Customer, "insufficient", "{row.name} needs ten.", watch=["Line.order.customer", "Order.customer"])
def ten(customer: Customer) -> bool:
    return total(Line, "amount", order__customer=customer) >= 10


@world.rule(Customer, "limit", "No name of X.")
def no_meddling(customer: Customer) -> bool:
    if customer.name == "Meddle":
        customer.name = "Changed by a rule"
    return customer.name != "X"


@world.tool
def add(order: Order, amount: int) -> Line:
    """Add."""
    return insert(Line(order=order, amount=amount))


@world.tool
def open_order(customer: Customer, title: Word, amount: int) -> Order:
    """Open."""
    order = insert(Order(customer=customer, title=title))
    if amount:
        insert(Line(order=order, amount=amount))
    return order


@world.tool
def move(line: Line, order: Order) -> Line:
    """Move."""
    line.order = order
    return line


@world.tool
def change(line: Line, amount: int) -> Line:
    """Change."""
    line.amount = amount
    return line


@world.tool
def drop(line: Line) -> None:
    """Drop."""
    delete(line)


@world.tool
def drop_order(order: Order) -> None:
    """Drop."""
    for line in rows(Line, order=order):
        delete(line)
    delete(order)


@world.tool
def hand_over(order: Order, customer: Customer) -> Order:
    """Hand over."""
    order.customer = customer
    return order


@world.tool
def rename(customer: Customer, name: Word) -> Customer:
    """Rename."""
    customer.name = name
    return customer


@world.data
def fill(draw: Draw) -> None:
    for name in ("Ada", "Bob"):
        customer = insert(Customer(name=name))
        for title in ("first", "second"):
            order = insert(Order(customer=customer, title=name[0] + title))
            insert(Line(order=order, amount=9))
'''
WORLD = world_of(SCRIPT)


@pytest.fixture
def instance() -> Iterator[Instance]:
    with WORLD.instance() as instance:
        yield instance


def refused(instance: Instance, tool: str, **arguments: object) -> tuple[str, str, str | None] | None:
    before = state(instance)
    refusal = instance.apply(tool, arguments).refusal
    if refusal is not None:
        assert state(instance) == before
        assert (refusal.site or "").startswith("shelter.py:")
    return None if refusal is None else (str(refusal.code), refusal.message, refusal.hint)


def test_a_touched_row_that_breaks_its_rule_refuses_the_call(instance: Instance) -> None:
    assert refused(instance, "add", order_id=1, amount=0) == ("invalid", "Amounts are positive.", None)
    assert refused(instance, "change", line_id=1, amount=-1) == ("invalid", "Amounts are positive.", None)
    assert refused(instance, "change", line_id=1, amount=1) is None


def test_a_new_row_is_checked_with_its_children_of_the_same_call(instance: Instance) -> None:
    assert refused(instance, "open_order", customer_id=1, title="new", amount=0) == (
        "conflict", "new needs a line.", "add one",
    )  # fmt: skip
    assert refused(instance, "open_order", customer_id=1, title="new", amount=1) is None


def test_a_deleted_child_calls_for_a_check_of_its_parent(instance: Instance) -> None:
    assert refused(instance, "drop", line_id=1) == ("conflict", "Afirst needs a line.", "add one")


def test_a_moved_child_calls_for_a_check_of_the_parent_it_left(instance: Instance) -> None:
    assert refused(instance, "move", line_id=1, order_id=2) == ("conflict", "Afirst needs a line.", "add one")


def test_a_parent_may_go_together_with_its_children(instance: Instance) -> None:
    instance.call("add", order_id=2, amount=9)
    assert refused(instance, "drop_order", order_id=1) is None


def test_a_child_made_by_an_earlier_call_is_watched_like_any_other(instance: Instance) -> None:
    instance.call("open_order", customer_id=1, title="new", amount=5)
    assert refused(instance, "drop", line_id=5) == ("conflict", "new needs a line.", "add one")
    assert refused(instance, "move", line_id=5, order_id=1) == ("conflict", "new needs a line.", "add one")


def test_a_child_moved_by_an_earlier_call_is_watched_where_it_is_now(instance: Instance) -> None:
    instance.call("add", order_id=1, amount=9)
    instance.call("open_order", customer_id=1, title="new", amount=5)
    assert refused(instance, "move", line_id=1, order_id=5) is None
    assert refused(instance, "drop", line_id=6) is None
    assert refused(instance, "move", line_id=1, order_id=2) == ("conflict", "new needs a line.", "add one")


def test_what_is_watched_over_several_references_is_checked_on_both_ends(instance: Instance) -> None:
    assert refused(instance, "change", line_id=1, amount=0) is not None
    instance.call("add", order_id=1, amount=1)
    instance.call("change", line_id=2, amount=1)
    # Ada now has 9 + 1 + 1
    assert refused(instance, "move", line_id=1, order_id=3) == ("insufficient", "Ada needs ten.", None)
    assert refused(instance, "drop", line_id=1) == ("insufficient", "Ada needs ten.", None)
    assert refused(instance, "hand_over", order_id=1, customer_id=2) == ("insufficient", "Ada needs ten.", None)


def test_a_rule_may_change_nothing(instance: Instance) -> None:
    before = state(instance)
    with pytest.raises(Fault, match="a rule"):
        instance.call("rename", customer_id=1, name="Meddle")
    assert state(instance) == before
    instance.call("rename", customer_id=2, name="Bo")
    assert [row[1] for row in dump(instance)["customer"]] == ["Ada", "Bo"]


def test_a_broken_rule_refuses_with_its_code_and_message(instance: Instance) -> None:
    step = instance.call("rename", customer_id=1, name="X")
    rule = next(rule for rule in WORLD.world.rules if rule.name == "no_meddling")
    assert step.refusal == Refusal(Code.LIMIT, "No name of X.", site=f"shelter.py:{rule.line}")
