"""The storefront: its rules, what each tool changes, and its sums."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

import agentworlds
from agentworlds import Instance, LoadedWorld


@pytest.fixture(scope="module")
def world() -> LoadedWorld:
    return agentworlds.load("storefront")


@pytest.fixture
def shop(world: LoadedWorld) -> Iterator[Instance]:
    with world.instance() as instance:
        yield instance


def sql(shop: Instance, query: str, *values: Any) -> list[tuple[Any, ...]]:
    return shop.store.db.execute(query, values).fetchall()


def one(shop: Instance, query: str, *values: Any) -> Any:
    found = sql(shop, query, *values)
    assert found, query
    return found[0] if len(found[0]) > 1 else found[0][0]


def refused(shop: Instance, tool: str, /, **arguments: Any) -> tuple[str, str]:
    before = shop.changes()
    step = shop.call(tool, **arguments)
    assert not step.ok, step.text
    assert shop.changes() == before
    return str(step.refusal.code), step.refusal.message


def done(shop: Instance, tool: str, /, **arguments: Any) -> dict[str, Any]:
    step = shop.call(tool, **arguments)
    assert step.ok, step.text
    return step.observation


def changed(shop: Instance) -> dict[tuple[str, str], dict[str, tuple[Any, Any]]]:
    """What differs from the start, by table and kind, as {column: (before, after)}."""
    result: dict[tuple[str, str], dict[str, tuple[Any, Any]]] = {}
    for change in shop.changes():
        old, new = change.before or {}, change.after or {}
        result[change.table, change.kind] = {
            k: (old.get(k), new.get(k)) for k in {**old, **new} if old.get(k) != new.get(k)
        }
    return result


MAINLAND = "SELECT id FROM address WHERE customer_id = ? AND region = 'mainland'"
EMPTY = """SELECT c.id FROM customer c
    WHERE NOT EXISTS (SELECT 1 FROM cart_line l WHERE l.customer_id = c.id)"""
STOCKED = "SELECT v.id FROM variant v JOIN product p ON p.id = v.product_id WHERE v.stock > 3 AND p.bulky = ?"
METHOD = "SELECT id FROM delivery_method WHERE name = ?"


def filled(shop: Instance, town: tuple[str, str] = ("Leeds", "LS6 2AB"), bulky: bool = False) -> int:
    """Put one thing into an empty cart and give an address of its customer, in a town."""
    customer = one(shop, f"{EMPTY} LIMIT 1")
    variant = one(shop, f"{STOCKED} LIMIT 1", bulky)
    done(shop, "add_to_cart", customer_id=customer, variant_id=variant)
    city, postcode = town
    address = {"label": "home", "street": "2 Mill Lane", "city": city, "postcode": postcode}
    return int(done(shop, "save_address", customer_id=customer, **address)["id"])


def test_an_order_for_what_sold_out_since_is_refused_by_the_stock_rule(shop: Instance) -> None:
    customer = one(
        shop,
        """SELECT l.customer_id FROM cart_line l JOIN variant v ON v.id = l.variant_id
        WHERE place = 'cart' AND stock = 0 LIMIT 1""",
    )
    address = one(shop, "SELECT id FROM address WHERE customer_id = ? LIMIT 1", customer)
    code, message = refused(shop, "check_out", address_id=address, delivery_method_id=one(shop, METHOD, "Standard"))
    assert code == "insufficient"
    assert "not in stock" in message
    assert shop.changes() == []


@pytest.mark.parametrize(
    ("town", "bulky", "method", "says"),
    [
        (("Leeds", "LS6 2AB"), True, "Standard", "Bulky goods go by two-man delivery"),
        (("Leeds", "LS6 2AB"), False, "Two-man delivery", "nothing else does"),
        (("Kirkwall", "KW15 1JF"), False, "Next working day", "is for addresses on the mainland"),
    ],
)
def test_a_delivery_method_that_does_not_fit_is_refused(
    shop: Instance, town: tuple[str, str], bulky: bool, method: str, says: str
) -> None:
    address = filled(shop, town, bulky)
    code, message = refused(shop, "check_out", address_id=address, delivery_method_id=one(shop, METHOD, method))
    assert code == "unavailable"
    assert says in message


def test_a_charge_beyond_the_credit_limit_is_refused(shop: Instance) -> None:
    customer, name = one(shop, "SELECT id, name FROM customer WHERE credit_limit = 25000 AND balance = 0 LIMIT 1")
    refusal = refused(shop, "charge_account", customer_id=customer, amount=251, memo="Gift wrapping")
    assert refusal == ("insufficient", f"{name}'s store account has a credit limit of £250.00.")
    assert shop.changes() == []


def test_more_cannot_go_back_than_was_bought(shop: Instance) -> None:
    line = one(
        shop,
        """SELECT line_id FROM item_return r JOIN order_line l ON l.id = r.line_id
        WHERE r.status = 'requested' AND l.quantity = 1 LIMIT 1""",
    )
    refusal = refused(shop, "return_item", line_id=line, quantity=1, reason="faulty")
    assert refusal == ("conflict", "More would go back than was bought.")
    assert shop.changes() == []


def test_a_return_of_what_was_refunded_by_hand_is_not_paid_again(shop: Instance) -> None:
    item, number = one(
        shop,
        """SELECT r.id, o.number FROM item_return r JOIN order_line l ON l.id = r.line_id
        JOIN "order" o ON o.id = l.order_id
        WHERE o.payment = 'account' AND r.received = 1 AND r.status = 'requested' LIMIT 1""",
    )
    charge = one(shop, "SELECT id FROM account_entry WHERE kind = 'charge' AND memo = ?", f"Order {number}")
    done(shop, "refund_charge", account_entry_id=charge)
    refusal = refused(shop, "settle_return", item_return_id=item, decision="refund")
    assert refusal == ("conflict", "More would be refunded than was charged.")


def test_turning_pages_shows_every_product_once(shop: Instance) -> None:
    page = done(shop, "search_products")
    seen = [product["id"] for product in page["products"]]
    for _ in range(page["pages"] - 1):
        seen += [product["id"] for product in done(shop, "turn_page", to="next")["products"]]
    assert sorted(seen) == [row[0] for row in sql(shop, "SELECT id FROM product ORDER BY id")]
    assert refused(shop, "turn_page", to="next")[0] == "unavailable"


def test_cart_tools_change_exactly_their_line(shop: Instance) -> None:
    customer, variant = one(shop, f"{EMPTY} LIMIT 1"), one(shop, f"{STOCKED} LIMIT 1", False)
    line = done(shop, "add_to_cart", customer_id=customer, variant_id=variant, quantity=2)["id"]
    expected = {
        "customer_id": (None, customer),
        "variant_id": (None, variant),
        "quantity": (None, 2),
        "place": (None, "cart"),
    }
    assert expected.items() <= changed(shop)["cart_line", "insert"].items()
    done(shop, "change_cart_line", line_id=line, quantity=1, place="wish_list")
    assert changed(shop)["cart_line", "insert"]["place"] == (None, "wish_list")
    done(shop, "change_cart_line", line_id=line, remove=True)
    assert shop.changes() == []


def test_saving_an_address_overwrites_the_one_of_that_label(shop: Instance) -> None:
    address, customer, name = one(
        shop,
        """SELECT a.id, c.id, c.name FROM address a JOIN customer c ON c.id = a.customer_id
        WHERE label = 'home' AND region = 'mainland' LIMIT 1""",
    )
    done(
        shop,
        "save_address",
        customer_id=customer,
        label="Home",
        street="7 Harbour View",
        city="Kirkwall",
        postcode="KW15 1AA",
    )
    (change,) = shop.changes()
    assert (change.table, change.id, change.kind) == ("address", address, "update")
    assert (change.after["recipient"], change.after["region"]) == (name, "Highlands and Islands")


def test_checking_out_on_account_orders_and_charges(shop: Instance) -> None:
    address = filled(shop)
    quote = done(shop, "quote_order", address_id=address)
    order = done(
        shop, "check_out", address_id=address, delivery_method_id=quote["delivery_method"]["id"], payment="account"
    )
    assert (order["total"], order["arrives"]) == (quote["total"], quote["arrives"])
    new = {change.table for change in shop.changes() if change.kind == "insert"}
    assert new == {"account_entry", "order", "order_line"}
    assert {change.table for change in shop.changes()} - new == {"address", "customer", "variant"}
    before, after = changed(shop)["customer", "update"]["balance"]
    assert after - before == round(order["total"] * 100)


def test_cancelling_an_order_restocks_and_refunds(shop: Instance) -> None:
    order, variant, quantity = one(
        shop,
        """SELECT o.id, l.variant_id, l.quantity FROM "order" o JOIN order_line l ON l.order_id = o.id
        WHERE o.status = 'processing' AND o.payment = 'card' LIMIT 1""",
    )
    stock = one(shop, "SELECT stock FROM variant WHERE id = ?", variant)
    done(shop, "cancel_order", order_id=order)
    assert one(shop, "SELECT stock FROM variant WHERE id = ?", variant) == stock + quantity
    assert changed(shop)["order", "update"] == {"status": ("processing", "cancelled")}
    assert refused(shop, "cancel_order", order_id=order)[0] == "conflict"


def test_a_line_of_an_unsent_order_changes_size_and_stock(shop: Instance) -> None:
    line, old, new = one(
        shop,
        """SELECT l.id, v.id, w.id FROM order_line l JOIN "order" o ON o.id = l.order_id
        JOIN variant v ON v.id = l.variant_id
        JOIN variant w ON w.product_id = v.product_id AND w.id <> v.id AND w.price = l.unit_price AND w.stock > 0
        WHERE o.status = 'processing' LIMIT 1""",
    )
    done(shop, "change_order_line", line_id=line, variant_id=new)
    assert changed(shop)["order_line", "update"] == {"variant_id": (old, new)}
    assert {change.id for change in shop.changes() if change.table == "variant"} == {old, new}


def test_a_refund_leaves_out_the_share_of_the_coupon(shop: Instance) -> None:
    for item, price, goods, discount in sql(
        shop,
        """SELECT r.id, l.unit_price * r.quantity, o.goods, o.discount FROM item_return r
        JOIN order_line l ON l.id = r.line_id JOIN "order" o ON o.id = l.order_id
        WHERE r.status = 'requested' AND r.received = 1""",
    ):
        expected = (Decimal(price) * (goods - discount) / goods / 100).quantize(Decimal("0.01"), "ROUND_HALF_UP")
        assert Decimal(str(done(shop, "settle_return", item_return_id=item, decision="refund")["refund"])) == expected


def test_returns_are_taken_for_thirty_days_unless_faulty(shop: Instance) -> None:
    line = one(
        shop,
        """SELECT l.id FROM order_line l JOIN "order" o ON o.id = l.order_id WHERE o.status = 'delivered'
        AND o.arrives < '2026-01-25'
        AND NOT EXISTS (SELECT 1 FROM item_return r WHERE r.line_id = l.id) LIMIT 1""",
    )
    assert refused(shop, "return_item", line_id=line, quantity=1, reason="not as described")[0] == "unavailable"
    done(shop, "return_item", line_id=line, quantity=1, reason="faulty")
    assert changed(shop)["item_return", "insert"]["reason"] == (None, "faulty")


def test_a_coupon_works_once_in_time_and_from_its_minimum(shop: Instance) -> None:
    address = filled(shop)
    codes = {row["code"]: row["id"] for row in done(shop, "list_coupons")["results"]}
    assert refused(shop, "quote_order", address_id=address, coupon_id=codes["WINTER25"])[0] == "unavailable"
    assert refused(shop, "quote_order", address_id=address, coupon_id=codes["SOUND15"])[0] == "insufficient"
    customer, coupon = one(
        shop,
        """SELECT o.customer_id, o.coupon_id FROM "order" o
        JOIN cart_line l ON l.customer_id = o.customer_id AND place = 'cart'
        WHERE o.coupon_id IS NOT NULL AND o.status <> 'cancelled' LIMIT 1""",
    )
    theirs = one(shop, f"{MAINLAND} LIMIT 1", customer)
    assert "works once" in refused(shop, "quote_order", address_id=theirs, coupon_id=coupon)[1]


def test_a_shopper_sees_only_their_own(world: LoadedWorld) -> None:
    customer = type(world.task(0).task.actor)
    with world.instance() as shop:
        shop.act_as("shopper", (customer, 1))
        assert {order["customer_id"] for order in done(shop, "search_orders")["orders"]} == {1}
        assert refused(shop, "view_cart", customer_id=2)[0] == "forbidden"
        assert refused(shop, "search_customers", name="a")[0] == "forbidden"


@pytest.mark.parametrize("seed", [0, 1])
def test_cart_subtotals_agree_with_sql(world: LoadedWorld, seed: int) -> None:
    with world.instance(seed) as shop:
        for (customer,) in sql(shop, "SELECT id FROM customer"):
            pence = one(
                shop,
                """SELECT coalesce(sum(l.quantity * v.price), 0) FROM cart_line l JOIN variant v ON v.id = l.variant_id
                WHERE l.customer_id = ? AND l.place = 'cart'""",
                customer,
            )
            assert done(shop, "view_cart", customer_id=customer)["subtotal"] * 100 == pytest.approx(pence)


def test_orders_add_up_and_balances_agree_with_sql(shop: Instance) -> None:
    wrong = sql(
        shop,
        """SELECT id FROM "order" o WHERE total <> goods - discount + delivery_fee
        OR goods <> (SELECT sum(quantity * unit_price) FROM order_line l WHERE l.order_id = o.id)""",
    )
    assert wrong == []
    for customer, pence in sql(
        shop,
        """SELECT c.id, coalesce(sum(CASE kind WHEN 'charge' THEN amount ELSE -amount END), 0)
        FROM customer c LEFT JOIN account_entry e ON e.customer_id = c.id GROUP BY c.id""",
    ):
        assert done(shop, "account_statement", customer_id=customer)["balance"] * 100 == pytest.approx(pence)


@pytest.mark.parametrize("seed", [0, 9, 42])
def test_recent_reviews_are_verified_by_an_order(world: LoadedWorld, seed: int) -> None:
    with world.instance(seed) as shop:
        unproved = sql(
            shop,
            """SELECT * FROM review r WHERE verified = 1 AND written >= '2025-11-12' AND NOT EXISTS
            (SELECT 1 FROM order_line l JOIN "order" o ON o.id = l.order_id JOIN variant v ON v.id = l.variant_id
            WHERE v.product_id = r.product_id AND o.customer_id = r.customer_id AND o.arrives < r.written)""",
        )
        assert unproved == []
        holidays = "('2025-12-25', '2025-12-26', '2026-01-01')"
        assert sql(shop, f"""SELECT * FROM "order" WHERE arrives IN {holidays}""") == []


def test_order_numbers_are_found_however_they_are_written(shop: Instance) -> None:
    for written in ("LT-20012", "lt-20012", "20012", "#20012"):
        assert [order["number"] for order in done(shop, "search_orders", number=written)["orders"]] == ["LT-20012"]
    assert refused(shop, "search_orders", number="the last one")[0] == "invalid"


# Notices, coupons and figures


def test_a_notice_on_size_is_for_goods_with_sizes(shop: Instance) -> None:
    shirt, bottle = (
        one(shop, "SELECT id FROM product WHERE name LIKE ? LIMIT 1", name) for name in ("%T-shirt", "%Bottle")
    )
    assert refused(shop, "set_notice", product_id=bottle, notice="comes up small")[0] == "conflict"
    done(shop, "set_notice", product_id=bottle, notice="under review")
    done(shop, "set_notice", product_id=shirt, notice="comes up small")
    assert done(shop, "get_product", product_id=shirt)["product"]["notice"] == "comes up small"
    done(shop, "set_notice", product_id=shirt, notice="none")
    assert [change.id for change in shop.changes()] == [bottle]


COUPON = {
    "code": "TEA12",
    "kind": "percent",
    "value": 12,
    "minimum": 0,
    "expires": "2026-04-01",
    "department": "pantry",
}


@pytest.mark.parametrize(
    ("given", "code", "says"),
    [
        ({"code": "tea 12"}, "invalid", "is no code of capital letters"),
        ({"code": "SPRING10"}, "conflict", "The code SPRING10 was issued before."),
        ({"expires": "2026-03-01"}, "invalid", "1 March 2026 has passed."),
        ({"department": "Garden"}, "not_found", "there are Clothing, Electronics, Home, Outdoor, Pantry"),
        ({"kind": "amount", "minimum": 11}, "conflict", "TEA12 would take off more than the goods that it needs."),
    ],
)
def test_a_coupon_that_cannot_be_is_not_issued(shop: Instance, given: dict[str, Any], code: str, says: str) -> None:
    refusal = refused(shop, "issue_coupon", **{**COUPON, **given})
    assert refusal[0] == code
    assert says in refusal[1]


def test_a_coupon_that_was_issued_is_listed_and_takes_its_share_off(shop: Instance) -> None:
    issued = done(shop, "issue_coupon", **COUPON)
    assert issued in done(shop, "list_coupons")["results"]
    customer = one(shop, f"{EMPTY} LIMIT 1")
    coffee = one(
        shop,
        "SELECT v.id FROM variant v JOIN product p ON p.id = v.product_id WHERE p.name LIKE '%Coffee Beans%' AND v.stock > 1",
    )
    done(shop, "add_to_cart", customer_id=customer, variant_id=coffee)
    address = done(
        shop, "save_address", customer_id=customer, label="home", street="2 Mill Lane", city="Leeds", postcode="LS6 2AB"
    )
    quote = done(shop, "quote_order", address_id=address["id"], coupon_id=issued["id"])
    assert Decimal(str(quote["discount"])) == (Decimal(str(quote["goods"])) * 12 / 100).quantize(
        Decimal("0.01"), "ROUND_HALF_UP"
    )


def test_a_report_carries_the_figures_as_a_csv_file(shop: Instance) -> None:
    sent = done(
        shop, "send_report", name="Sales by department", recipient="board@larkandthistle.example", note="As agreed."
    )
    assert (sent["attachment"], sent["rows"]) == ("sales-by-department.csv", 5)
    message = done(shop, "search_messages", folder="sent", recipient="board@larkandthistle.example")["results"][0]
    assert (message["subject"], message["body"]) == ("Report: Sales by department", "As agreed.")
    text = done(shop, "read_attachment", message_id=message["id"], name=sent["attachment"])["text"]
    expected = sql(
        shop,
        """SELECT d.name, sum(l.quantity), sum(l.quantity * l.unit_price) FROM order_line l
        JOIN "order" o ON o.id = l.order_id JOIN variant v ON v.id = l.variant_id JOIN product p ON p.id = v.product_id
        JOIN category c ON c.id = p.category_id JOIN department d ON d.id = c.department_id
        WHERE o.status <> 'cancelled' GROUP BY d.id ORDER BY 3 DESC""",
    )
    header, *table = (line.split(",") for line in text.splitlines())
    assert header == ["department", "pieces", "value"]
    assert [(name, int(pieces), round(100 * float(value))) for name, pieces, value in table] == expected
    code, message_text = refused(
        shop, "send_report", name="Profit", recipient="board@larkandthistle.example", note="Here."
    )
    assert (code, message_text) == ("not_found", "There is no saved query 'Profit'.")
    own = refused(shop, "send_report", name="Low stock", recipient="help@larkandthistle.example", note="Here.")
    assert own == ("conflict", "That is our own address.")


@pytest.mark.parametrize("seed", range(3))
def test_the_two_corrections_of_a_query_give_other_figures_than_it_and_each_other(
    world: LoadedWorld, seed: int
) -> None:
    with world.instance(seed) as shop:
        for name in ("Stars by brand", "Pieces by brand"):
            saved = next(row for row in done(shop, "search_saved_queries", name=name)["results"] if row["name"] == name)
            letters = done(shop, "search_messages", folder="inbox", subject=name, sort="sent")["results"]
            statements = [saved["sql"], *(letter["body"][letter["body"].index("SELECT") :] for letter in letters)]
            results = [str(done(shop, "run_query", sql=statement)["rows"]) for statement in statements]
            assert len(set(results)) == len(results) == 3


def test_shoppers_see_no_figures(world: LoadedWorld) -> None:
    customer = type(world.task(0).task.actor)
    with world.instance() as shop:
        shop.act_as("shopper", (customer, 1))
        for tool in ("list_views", "search_saved_queries"):
            assert refused(shop, tool)[0] == "forbidden"
        assert refused(shop, "run_query", sql="SELECT name FROM customers")[0] == "forbidden"
