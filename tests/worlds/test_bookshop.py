"""The bookshop: its rules and refusals, what each tool changes, and its sums against SQL."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

import agentworlds

NOBODY_FREE = "SELECT c.id FROM customer c WHERE c.id NOT IN (SELECT customer_id FROM \"order\" WHERE status = 'open')"
OPEN_LINE = "SELECT l.{0} FROM order_line l JOIN \"order\" o ON o.id = l.order_id WHERE o.status = 'open'"
STOCKED = " AND l.edition_id IN (SELECT id FROM edition WHERE stock >= 1)"
SENT_LINE = (
    'SELECT l.id FROM order_line l JOIN "order" o ON o.id = l.order_id JOIN edition e ON e.id = l.edition_id '
    "WHERE o.status = 'dispatched' AND l.quantity = 1 AND l.id NOT IN (SELECT line_id FROM return) AND {0}"
)
SIGNED = "e.format = 'signed'"
LATE = "e.format <> 'signed' AND o.dispatched < '2026-01-31'"
RECENT = "e.format <> 'signed' AND o.dispatched >= '2026-01-31'"
UNSENDABLE = (
    "SELECT o.id, o.delivery FROM \"order\" o WHERE o.status = 'open' AND EXISTS (SELECT 1 FROM order_line l "
    "JOIN edition e ON e.id = l.edition_id JOIN book b ON b.id = e.book_id WHERE l.order_id = o.id "
    "AND b.published > '2026-03-02')"
)
FREE_EDITION = "SELECT id FROM edition WHERE format = 'paperback' AND stock >= 4"

world = agentworlds.load("bookshop")


@pytest.fixture
def shop() -> Iterator[agentworlds.Instance]:
    with world.instance() as instance:
        yield instance


def value(shop: agentworlds.Instance, sql: str) -> Any:
    return shop.store.db.execute(sql + (" LIMIT 1" if sql.startswith("SELECT") else "")).get


def arguments(shop: agentworlds.Instance, given: dict[str, Any]) -> dict[str, Any]:
    return {name: value(shop, one) if str(one).startswith("SELECT") else one for name, one in given.items()}


def changed(shop: agentworlds.Instance) -> list[tuple[str, str, dict[str, Any]]]:
    """Each change as table, kind, and the columns that are new or other than before; times and codes apart."""
    found = []
    for change in shop.changes():
        before, after = change.before or {}, change.after or {}
        new = {name: one for name, one in after.items() if before.get(name) != one}
        clocks = ("placed", "posted", "made", "sent", "dispatched", "tracking", "reference")
        found.append((change.table, change.kind, {k: v for k, v in new.items() if k not in clocks and v is not None}))
    return found


REFUSALS = [
    ("add_line", {"order_id": "SELECT id FROM \"order\" WHERE status = 'open'",
                  "edition_id": "SELECT id FROM edition WHERE stock = 0 AND format <> 'signed'"},
     "insufficient", "There are too few free copies"),
    ("hold_copy", {"customer_id": 1, "edition_id": "SELECT id FROM edition WHERE stock = 0", "until": "2026-03-05"},
     "insufficient", "There are too few free copies"),
    ("open_order", {"customer_id": "SELECT customer_id FROM \"order\" WHERE status = 'open'", "delivery": "post"},
     "conflict", "has an open order already"),
    ("add_line", {"order_id": OPEN_LINE.format("order_id") + STOCKED,
                  "edition_id": OPEN_LINE.format("edition_id") + STOCKED},
     "conflict", "on the order already"),
    ("add_line", {"order_id": "SELECT id FROM \"order\" WHERE status = 'open' ORDER BY id DESC", "quantity": 2,
                  "edition_id": "SELECT id FROM edition WHERE format = 'signed' AND stock >= 2"},
     "limit", "only one copy of a signed edition"),
    ("record_return", {"line_id": SENT_LINE.format(RECENT), "quantity": 2, "condition": "as new"},
     "conflict", "More copies would come back"),
    ("charge_account", {"customer_id": "SELECT id FROM customer WHERE balance >= 0 AND credit_limit = 15000",
                        "amount": 170, "memo": "Catering"}, "insufficient", "over its credit limit of £150"),
    ("reorder", {"edition_id": "SELECT edition_id FROM purchase_order WHERE status = 'sent'", "quantity": 5},
     "conflict", "on order from the publisher already"),
    ("dispatch_order", {"order_id": "SELECT id FROM \"order\" WHERE status = 'cancelled'", "carrier": "DPD"},
     "conflict", "is cancelled"),
    ("dispatch_order", {"order_id": "SELECT id FROM \"order\" WHERE status = 'open' AND delivery = 'post'",
                        "carrier": "in person"}, "invalid", "is posted, so it needs a carrier"),
    ("change_line", {"line_id": OPEN_LINE.format("id")}, "invalid", "Nothing is to be changed"),
    ("record_return", {"line_id": OPEN_LINE.format("id"), "quantity": 1, "condition": "faulty"},
     "conflict", "is open; nothing of it was sent"),
    ("record_return", {"line_id": SENT_LINE.format(SIGNED), "quantity": 1, "condition": "worn"},
     "conflict", "comes back only if it is faulty"),
    ("record_return", {"line_id": SENT_LINE.format(LATE), "quantity": 1, "condition": "worn"},
     "unavailable", "only faulty books come back so late"),
    ("hold_copy", {"customer_id": 1, "edition_id": FREE_EDITION, "until": "2026-03-17"},
     "invalid", "until a day from 2 March 2026 to 16 March 2026"),
    ("release_hold", {"hold_id": "SELECT id FROM hold WHERE status = 'released'"}, "conflict", "That hold is released"),
    ("reorder", {"edition_id": "SELECT id FROM edition WHERE in_print = 0", "quantity": 5},
     "unavailable", "is out of print"),
    ("receive_delivery", {"purchase_order_id": "SELECT id FROM purchase_order WHERE status = 'received'"},
     "conflict", "booked in before"),
    ("change_edition", {"edition_id": 1}, "invalid", "Nothing is to be changed"),
    ("recommend", {"edition_id": 1, "address": "https://orfieldcourier.example/no-such-book"},
     "not_found", "There is no page at"),
    ("recommend", {"edition_id": 1, "address": "https://quilllanebooks.example"}, "invalid", "a page of our own site"),
    ("recommend", {"edition_id": 1, "address": "https://gannetbooks.example/carriage"},
     "conflict", "does not mention The Salt Road"),
    ("end_recommendation", {"edition_id": "SELECT id FROM edition WHERE review IS NULL"},
     "conflict", "We do not recommend"),
]  # fmt: skip


@pytest.mark.parametrize(("tool", "given", "code", "message"), REFUSALS)
def test_refuses_and_leaves_nothing_behind(shop, tool, given, code, message):
    step = shop.call(tool, **arguments(shop, given))
    assert step.refusal is not None
    assert (step.refusal.code, message in step.refusal.message) == (code, True), step.refusal.message
    assert shop.changes() == []


def test_an_order_does_not_go_out_before_publication_day(shop):
    order, delivery = shop.store.db.execute(UNSENDABLE).fetchall()[0]
    step = shop.call("dispatch_order", order_id=order, carrier="DPD" if delivery == "post" else "in person")
    assert "is not published before" in step.refusal.message
    assert "March 2026" in step.refusal.message or "April 2026" in step.refusal.message
    assert shop.changes() == []


def test_an_order_without_books_does_not_go_out(shop):
    order = shop.call("open_order", customer_id=value(shop, NOBODY_FREE), delivery="post").data["id"]
    assert "There are no books on" in shop.call("dispatch_order", order_id=order, carrier="DPD").refusal.message


def test_an_order_over_the_limit_is_refused_with_the_sums(shop):
    customer, edition = value(shop, NOBODY_FREE + " AND c.balance > 0"), value(shop, FREE_EDITION)
    limit, balance = shop.store.db.execute("SELECT credit_limit, balance FROM customer WHERE id = ?",
                                           (customer,)).fetchall()[0]  # fmt: skip
    shop.call("charge_account", customer_id=customer, amount=(limit - balance) / 100 - 1, memo="Catering")
    order = shop.call("open_order", customer_id=customer, delivery="collect").data["id"]
    due = shop.call("add_line", order_id=order, edition_id=edition).data["total"]
    message = shop.call("dispatch_order", order_id=order, carrier="in person").refusal.message
    for amount in (due, limit / 100 - 1, limit / 100):
        assert f"£{amount:.2f}" in message


def test_too_few_copies_are_refused_with_what_is_left(shop):
    edition, stock = shop.store.db.execute(
        "SELECT id, stock FROM edition WHERE stock BETWEEN 1 AND 9 AND format = 'paperback' LIMIT 1"
    ).fetchall()[0]
    order = shop.call("open_order", customer_id=value(shop, NOBODY_FREE), delivery="post").data["id"]
    refusal = shop.call("add_line", order_id=order, edition_id=edition, quantity=stock + 3).refusal
    assert f"only {stock} left, {stock + 3} needed" in refusal.message


@pytest.mark.parametrize("seed", range(4))
def test_the_seeded_past_hangs_together(seed):
    with world.instance(seed) as shop:
        run = shop.store.db.execute
        assert run('SELECT id FROM "order" WHERE id NOT IN (SELECT order_id FROM order_line)').fetchall() == []
        assert run("SELECT id FROM \"order\" WHERE dispatched < '2026-01-05'").fetchall() == []
        sql = "SELECT customer_id, kind, amount FROM account_entry ORDER BY posted, id"
        owed: dict[int, int] = {}
        for customer, kind, amount in run(sql).fetchall():
            if kind == "payment":
                assert amount <= owed[customer]
            owed[customer] = owed.get(customer, 0) + (amount if kind == "charge" else -amount)
        mails = run("SELECT sender, body FROM message WHERE folder = 'inbox'").fetchall()
        texts = [body.rpartition("\n\n")[0] for _, body in mails]
        assert max(texts.count(text) for text in texts) <= 2


def test_a_fourth_hold_is_refused(shop):
    free = [id for (id,) in shop.store.db.execute("SELECT id FROM edition WHERE stock >= 2 LIMIT 4").fetchall()]
    customer = value(shop, "SELECT id FROM customer WHERE id NOT IN (SELECT customer_id FROM hold)")
    steps = [shop.call("hold_copy", customer_id=customer, edition_id=id, until="2026-03-09") for id in free]
    assert [step.ok for step in steps] == [True, True, True, False]
    assert "has three copies on hold already" in steps[3].refusal.message
    assert [kind for kind, _, _ in changed(shop)] == ["edition"] * 3 + ["hold"] * 3


def test_an_order_is_opened_filled_changed_and_cancelled(shop):
    customer, edition = value(shop, NOBODY_FREE + " AND c.member = 1"), value(shop, FREE_EDITION)
    price, stock = shop.store.db.execute("SELECT price, stock FROM edition WHERE id = ?", (edition,)).fetchall()[0]
    order = shop.call("open_order", customer_id=customer, delivery="collect").data
    assert changed(shop) == [("order", "insert", {"customer_id": customer, "status": "open", "delivery": "collect"})]
    added = shop.call("add_line", order_id=order["id"], edition_id=edition, quantity=3).data
    paid = (price * 9 + 5) // 10
    assert changed(shop)[0] == ("edition", "update", {"stock": stock - 3})
    line = {"order_id": order["id"], "edition_id": edition, "quantity": 3, "unit_price": paid, "gift_wrap": 0}
    assert changed(shop)[2] == ("order_line", "insert", line)
    wrapped = shop.call("change_line", line_id=added["lines"][0]["id"], quantity=2, gift_wrap=True).data
    assert wrapped["total"] == round((2 * paid + 500) / 100, 2)
    assert changed(shop)[0] == ("edition", "update", {"stock": stock - 2})
    shop.call("cancel_order", order_id=order["id"])
    assert [kind for kind, _, _ in changed(shop)] == ["order", "order_line"]


def test_a_line_taken_off_puts_its_copies_back(shop):
    line, edition, number = shop.store.db.execute(OPEN_LINE.format("id, l.edition_id, l.quantity")).fetchall()[0]
    stock = value(shop, f"SELECT stock FROM edition WHERE id = {edition}")
    shop.call("change_line", line_id=line, remove=True)
    assert changed(shop) == [("edition", "update", {"stock": stock + number}), ("order_line", "delete", {})]


def test_a_held_copy_is_used_before_the_stock(shop):
    customer = value(shop, NOBODY_FREE + " AND c.id NOT IN (SELECT customer_id FROM hold)")
    edition = value(shop, FREE_EDITION)
    stock = value(shop, f"SELECT stock FROM edition WHERE id = {edition}")
    shop.call("hold_copy", customer_id=customer, edition_id=edition, until="2026-03-16")
    order = shop.call("open_order", customer_id=customer, delivery="post").data
    shop.call("add_line", order_id=order["id"], edition_id=edition, quantity=2)
    assert changed(shop)[:2] == [
        ("edition", "update", {"stock": stock - 2}),
        ("order", "insert", {"customer_id": customer, "status": "open", "delivery": "post"}),
    ]
    assert [new["status"] for table, _, new in changed(shop) if table == "hold"] == ["collected"]


def test_a_dispatch_charges_the_total_with_postage_below_forty_pounds(shop):
    customer = value(shop, NOBODY_FREE + " AND c.member = 0 AND c.balance <= 0 ORDER BY c.balance")
    edition, before = value(shop, FREE_EDITION), value(shop, f"SELECT balance FROM customer WHERE id = {customer}")
    price = value(shop, f"SELECT price FROM edition WHERE id = {edition}")
    order = shop.call("open_order", customer_id=customer, delivery="post").data
    shop.call("add_line", order_id=order["id"], edition_id=edition)
    step = shop.call("dispatch_order", order_id=order["id"], carrier="Evri")
    assert (step.data["carrier"], step.data["tracking"][:2]) == ("Evri", "EV")
    tables = {table: new for table, _, new in changed(shop)}
    due = price + 395
    assert tables["customer"] == {"balance": before + due}
    assert tables["account_entry"] == {
        "customer_id": customer, "kind": "charge", "amount": due, "memo": f"Order {order['reference']}",
    }  # fmt: skip
    assert tables["order"]["status"] == "dispatched"
    assert tables["shipment"] == {"order_id": order["id"], "carrier": "Evri"}


@pytest.mark.parametrize(("condition", "share", "restocked"), [("as new", 1, 1), ("worn", 2, 0), ("faulty", 1, 0)])
def test_a_return_is_refunded_and_restocked_by_its_condition(shop, condition, share, restocked):
    line = value(shop, SENT_LINE.format(RECENT))
    paid = value(shop, f"SELECT unit_price FROM order_line WHERE id = {line}")
    shop.call("record_return", line_id=line, quantity=1, condition=condition)
    refund = paid if share == 1 else (paid + 1) // 2
    tables = {table: new for table, _, new in changed(shop)}
    assert tables["return"] == {"line_id": line, "quantity": 1, "condition": condition, "refund": refund}
    assert (tables["account_entry"]["kind"], tables["account_entry"]["amount"]) == ("refund", refund)
    assert set(tables) == {"return", "account_entry", "customer"} | ({"edition"} if restocked else set())


def test_a_delivery_and_a_released_hold_add_to_the_stock(shop):
    order, edition, number = shop.store.db.execute(
        "SELECT id, edition_id, quantity FROM purchase_order WHERE status = 'sent' LIMIT 1").fetchall()[0]  # fmt: skip
    stock = value(shop, f"SELECT stock FROM edition WHERE id = {edition}")
    shop.call("receive_delivery", purchase_order_id=order)
    assert changed(shop) == [
        ("edition", "update", {"stock": stock + number}),
        ("purchase_order", "update", {"status": "received"}),
    ]
    hold = value(shop, f"SELECT id FROM hold WHERE status = 'active' AND edition_id <> {edition}")
    shop.call("release_hold", hold_id=hold)
    assert ("hold", "update", {"status": "released"}) in changed(shop)


def test_a_reorder_costs_the_price_less_the_trade_discount(shop):
    edition = value(shop, "SELECT id FROM edition WHERE in_print AND id NOT IN (SELECT edition_id FROM purchase_order)")
    price, discount = shop.store.db.execute(
        "SELECT e.price, p.trade_discount FROM edition e JOIN book b ON b.id = e.book_id JOIN publisher p "
        "ON p.id = b.publisher_id WHERE e.id = ?", (edition,)).fetchall()[0]  # fmt: skip
    shop.call("reorder", edition_id=edition, quantity=10)
    cost = (price * 10 * (100 - discount) + 50) // 100
    new = {"edition_id": edition, "quantity": 10, "cost": cost, "status": "sent"}
    assert changed(shop) == [("purchase_order", "insert", new)]


UNRECOMMENDED = (
    "SELECT e.id, p.address FROM edition e JOIN book b ON b.id = e.book_id JOIN author a ON a.id = b.author_id "
    "JOIN web_page p ON p.title = b.title || ' by ' || a.name WHERE e.review IS NULL ORDER BY e.id"
)


def page(shop: agentworlds.Instance, edition: int) -> dict[str, Any] | None:
    """The shop's own page of an edition, as the web shows it."""
    name = value(shop, f"SELECT name FROM edition WHERE id = {edition}")
    found = shop.call("list_site_pages", site="Quill Lane Books").data["pages"]
    address = next((one["address"] for one in found if one["title"] == f"Recommended: {name}"), None)
    return shop.call("open_page", address=address).data if address else None


def test_a_recommendation_is_published_with_its_review_and_taken_off_again(shop):
    edition, review = shop.store.db.execute(UNRECOMMENDED).fetchall()[0]
    price = value(shop, f"SELECT price FROM edition WHERE id = {edition}")
    assert page(shop, edition) is None
    shop.call("recommend", edition_id=edition, address=review.removeprefix("https://"))
    assert [(table, kind) for table, kind, _ in changed(shop)] == [("edition", "update"), ("web_page", "insert")]
    assert changed(shop)[0][2] == {"review": review}
    shown = page(shop, edition)
    assert f"£{price / 100:.2f}" in shown["text"]
    assert [link["address"] for link in shown["links"]] == [review]
    shop.call("end_recommendation", edition_id=edition)
    assert shop.changes() == []
    assert page(shop, edition) is None


def test_a_new_review_or_price_changes_the_page_of_a_recommended_edition(shop):
    edition, old = shop.store.db.execute("SELECT id, review FROM edition WHERE review IS NOT NULL").fetchall()[0]
    title = value(shop, f"SELECT title FROM book WHERE id = (SELECT book_id FROM edition WHERE id = {edition})")
    new = value(shop, "SELECT address FROM web_page WHERE address NOT LIKE '%quilllane%' AND address <> "
                f"'{old}' AND text LIKE '%{title.replace(chr(39), chr(39) * 2)}%'")  # fmt: skip
    shop.call("recommend", edition_id=edition, address=new)
    shop.call("change_edition", edition_id=edition, price=31.5)
    shown = page(shop, edition)
    assert "£31.50" in shown["text"]
    assert [link["address"] for link in shown["links"]] == [new]
    assert [(table, kind) for table, kind, _ in changed(shop)] == [("edition", "update"), ("web_page", "update")]


def test_a_sixth_recommendation_is_refused(shop):
    some = dict(shop.store.db.execute(UNRECOMMENDED).fetchall())
    there = value(shop, "SELECT count(*) FROM edition WHERE review IS NOT NULL")
    steps = [shop.call("recommend", edition_id=edition, address=review) for edition, review in some.items()]
    assert [step.ok for step in steps[: 6 - there]] == [True] * (5 - there) + [False]
    assert steps[5 - there].refusal.message == "We recommend five editions at most."


def test_a_changed_edition_is_ordered_at_its_new_price_once_it_is_in_print(shop):
    edition = value(shop, "SELECT id FROM edition WHERE in_print = 0 AND format <> 'signed'")
    assert "out of print" in shop.call("reorder", edition_id=edition, quantity=4).refusal.message
    shop.call("change_edition", edition_id=edition, price=20, in_print=True, minimum=2)
    cost = shop.call("reorder", edition_id=edition, quantity=4).data["cost"]
    sql = "SELECT p.trade_discount FROM edition e JOIN book b ON b.id = e.book_id JOIN publisher p ON p.id = b.publisher_id "
    assert cost == 0.8 * (100 - value(shop, f"{sql} WHERE e.id = {edition}"))


@pytest.mark.parametrize("seed", range(4))
def test_the_web_hangs_together(seed):
    with world.instance(seed) as shop:
        run = shop.store.db.execute
        ours = dict(run("SELECT name, price FROM edition").fetchall())
        since = "Retail prices from"
        for address, title in run(f"SELECT address, title FROM web_page WHERE title LIKE '{since}%'").fetchall():
            parts = shop.call("open_page", address=address).data["parts"]
            shown = [shop.call("open_page", address=address, part=n + 1).data["text"] for n in range(parts)]
            text = "\n\n".join(shown)
            listed = re.findall(r"- (.+) \(ISBN (\d+)\): £([\d.]+)", text)
            assert title.removeprefix(since) in text
            assert all(isbn == value(shop, f'SELECT isbn FROM edition WHERE name = "{name}"')
                       for name, isbn, _ in listed if name in ours)  # fmt: skip
            if address.endswith("/prices"):
                assert (
                    2 <= sum(name in ours and ours[name] != round(float(price) * 100) for name, _, price in listed) <= 4
                )
        named = {re.search("ISBN (\\d+)", text)[1] for (text,) in run(
            "SELECT text FROM web_page WHERE title LIKE 'Withdrawn: %' AND published > '2026-02-01'").fetchall()}  # fmt: skip
        for isbn in named:
            assert value(shop, f"SELECT count(*) FROM hold h JOIN edition e ON e.id = h.edition_id WHERE e.isbn = '{isbn}' "
                         "AND h.status = 'active'") >= 2  # fmt: skip


def test_order_totals_agree_with_sql(shop):
    sums = shop.store.db.execute(
        'SELECT o.id, o.delivery, sum(l.quantity * l.unit_price), sum(l.gift_wrap * l.quantity * 250) FROM "order" o '
        "JOIN order_line l ON l.order_id = o.id GROUP BY o.id").fetchall()  # fmt: skip
    assert len(sums) > 30
    for id, delivery, books, wrap in sums:
        total = books + wrap + (395 if delivery == "post" and books < 4000 else 0)
        assert round(shop.call("order_details", order_id=id).data["total"] * 100) == total


def test_balances_agree_with_the_entries(shop):
    for id, balance in shop.store.db.execute(
        "SELECT c.id, sum(CASE e.kind WHEN 'charge' THEN e.amount ELSE -e.amount END) FROM customer c "
        "JOIN account_entry e ON e.customer_id = c.id GROUP BY c.id").fetchall():  # fmt: skip
        assert round(shop.call("account_statement", customer_id=id).data["balance"] * 100) == balance


def test_a_customer_sees_and_touches_only_their_own(shop):
    customers = {type_.__name__: type_ for type_ in world.program.views}
    shop.act_as("customer", (customers["Customer"], 1))
    assert [row["id"] for row in shop.call("search_customers").data["results"]] == [1]
    assert {row["customer_id"] for row in shop.call("search_orders", limit=50).data["results"]} <= {1}
    other = value(shop, 'SELECT id FROM "order" WHERE customer_id <> 1')
    assert shop.call("order_details", order_id=other).refusal.code == "forbidden"
    assert shop.call("reorder", edition_id=1, quantity=5).refusal.code == "forbidden"
