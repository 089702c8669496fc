"""The limit: four tools of the shop written by hand over apsw, giving the same guarantees and the same output.

Each validates its arguments against a schema, refuses unknown ids, runs in a savepoint with foreign keys on,
advances the clock, checks the shop's rules, shows the row with the names of the rows it refers to, from what it has
read already where it can, and renders JSON.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any, Literal

import apsw
import msgspec
import orjson

from agentworlds.runtime.template import Template

Id = Annotated[int, msgspec.Meta(ge=1, le=2**53 - 1)]


class GetOrder(msgspec.Struct, forbid_unknown_fields=True):
    """Arguments of get_order."""

    order_id: Id


class SearchOrderLines(msgspec.Struct, forbid_unknown_fields=True):
    """Arguments of search_order_lines."""

    order_id: Id | None = None
    product_id: Id | None = None
    quantity_min: int | None = None
    quantity_max: int | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=50)] = 20
    offset: Annotated[int, msgspec.Meta(ge=0)] = 0


class CreateOrderLine(msgspec.Struct, forbid_unknown_fields=True):
    """Arguments of create_order_line."""

    order_id: Id
    product_id: Id
    quantity: Annotated[int, msgspec.Meta(ge=1, le=1000)]
    unit_price: Annotated[float, msgspec.Meta(ge=0, le=100_000)]
    gift_wrap: bool


class UpdateTicketStatus(msgspec.Struct, forbid_unknown_fields=True):
    """Arguments of update_ticket_status."""

    ticket_id: Id
    status: Literal["open", "in_progress", "resolved", "closed"]


ORDER = (
    "SELECT t.id, t.customer_id, c.full_name, t.address_id, a.street, t.status, t.placed_at, t.total, t.note "
    'FROM "order" t JOIN customer c ON c.id = t.customer_id JOIN address a ON a.id = t.address_id WHERE t.id = ?'
)
ORDER_KEYS = (
    "id",
    "customer_id",
    "customer_full_name",
    "address_id",
    "address_street",
    "status",
    "placed_at",
    "total",
    "note",
)
LINE = (
    "SELECT t.id, t.order_id, o.note, t.product_id, p.sku, t.quantity, t.unit_price, t.gift_wrap FROM order_line t "
    'JOIN "order" o ON o.id = t.order_id JOIN product p ON p.id = t.product_id WHERE '
)
LINE_KEYS = ("id", "order_id", "order_note", "product_id", "product_sku", "quantity", "unit_price", "gift_wrap")
TICKET_KEYS = ("id", "customer_id", "customer_full_name", "order_id", "order_note", "assignee_id", "assignee_full_name",
               "subject", "priority", "status", "opened_at", "updated_at")  # fmt: skip


class Refused(Exception):
    """A typed refusal."""


class Handwritten:
    """The four tools on a connection of their own."""

    def __init__(self, template: Template) -> None:
        self.db: apsw.Connection = template.connect()
        self.now = template.program.world.now
        self.first_line = template.next_ids[[t.name for t in template.program.tables].index("order_line")]
        self.next_line = self.first_line

    def reset(self) -> None:
        """Back to the template."""
        self.db.execute("ROLLBACK")
        self.db.execute("BEGIN")
        self.next_line = self.first_line

    def get_order(self, arguments: dict[str, Any]) -> str:
        """Read one order."""
        given = msgspec.convert(arguments, GetOrder)
        self.now += timedelta(seconds=0)
        found = self.db.execute(ORDER, (given.order_id,)).fetchall()
        if not found:
            raise Refused("not_found", f"there is no order {given.order_id}")
        row: dict[str, Any] = dict(zip(ORDER_KEYS, found[0], strict=True))
        row["total"] = int(row["total"]) / 100
        return orjson.dumps(row).decode()

    def search_order_lines(self, arguments: dict[str, Any]) -> str:
        """List order lines."""
        given = msgspec.convert(arguments, SearchOrderLines)
        self.now += timedelta(seconds=0)
        where, values = ["1"], []
        for column, value in (("order_id", given.order_id), ("product_id", given.product_id)):
            if value is not None:
                table = column[:-3]
                if not self.db.execute(f'SELECT 1 FROM "{table}" WHERE id = ?', (value,)).fetchall():
                    raise Refused("not_found", f"there is no {table} {value}")
                where.append(f"t.{column} = ?")
                values.append(value)
        for operator, value in ((">=", given.quantity_min), ("<=", given.quantity_max)):
            if value is not None:
                where.append(f"t.quantity {operator} ?")
                values.append(value)
        sql = f"{LINE}{' AND '.join(where)} ORDER BY t.id LIMIT ? OFFSET ?"
        found = self.db.execute(sql, (*values, given.limit + 1, given.offset)).fetchall()
        results = [self._line(one) for one in found[: given.limit]]
        return orjson.dumps({"results": results, "more": len(found) > given.limit}).decode()

    @staticmethod
    def _line(stored: Any) -> dict[str, Any]:
        row: dict[str, Any] = dict(zip(LINE_KEYS, stored, strict=True))
        row["unit_price"] = int(row["unit_price"]) / 100
        row["gift_wrap"] = row["gift_wrap"] == 1
        return row

    def create_order_line(self, arguments: dict[str, Any]) -> str:
        """Insert an order line."""
        given = msgspec.convert(arguments, CreateOrderLine)
        self.now += timedelta(seconds=0)
        db = self.db
        cents = round(given.unit_price * 100)
        if abs(cents / 100 - given.unit_price) > 1e-9:
            raise Refused("invalid", "unit_price: at most two decimal places")
        db.execute("SAVEPOINT call")
        try:
            order = db.execute('SELECT placed_at, note FROM "order" WHERE id = ?', (given.order_id,)).fetchall()
            if not order:
                raise Refused("not_found", f"there is no order {given.order_id}")
            product = db.execute("SELECT sku FROM product WHERE id = ?", (given.product_id,)).fetchall()
            if not product:
                raise Refused("not_found", f"there is no product {given.product_id}")
            id = self.next_line
            db.execute(
                "INSERT INTO order_line VALUES (?, ?, ?, ?, ?, ?)",
                (id, given.order_id, given.product_id, given.quantity, cents, given.gift_wrap),
            )
            if str(order[0][0]) > self.now.isoformat():
                raise Refused("conflict", "Lines belong to orders that were placed before.")
            shown = (id, given.order_id, order[0][1], given.product_id, product[0][0], given.quantity, cents)
            row = self._line((*shown, given.gift_wrap))
        except BaseException:
            db.execute("ROLLBACK TO call")
            db.execute("RELEASE call")
            raise
        db.execute("RELEASE call")
        self.next_line += 1
        return orjson.dumps(row).decode()

    def update_ticket_status(self, arguments: dict[str, Any]) -> str:
        """Change a ticket."""
        given = msgspec.convert(arguments, UpdateTicketStatus)
        self.now += timedelta(seconds=0)
        db = self.db
        db.execute("SAVEPOINT call")
        try:
            found = db.execute("SELECT * FROM ticket WHERE id = ?", (given.ticket_id,)).fetchall()
            if not found:
                raise Refused("not_found", f"there is no ticket {given.ticket_id}")
            now = self.now.isoformat()
            db.execute(
                "UPDATE ticket SET status = ?, updated_at = ? WHERE id = ?", (given.status, now, given.ticket_id)
            )
            id, customer, order, assignee, subject, priority, _, opened, _ = found[0]
            if now < str(opened):
                raise Refused("conflict", "A ticket is updated after it was opened.")
            named = db.execute("SELECT full_name FROM customer WHERE id = ?", (customer,)).get
            note = None if order is None else db.execute('SELECT note FROM "order" WHERE id = ?', (order,)).get
            who = None if assignee is None else self._employee(assignee)
            shown = (id, customer, named, order, note, assignee, who, subject, priority, given.status, opened, now)
            row = dict(zip(TICKET_KEYS, shown, strict=True))
        except BaseException:
            db.execute("ROLLBACK TO call")
            db.execute("RELEASE call")
            raise
        db.execute("RELEASE call")
        return orjson.dumps(row).decode()

    def _employee(self, id: Any) -> Any:
        return self.db.execute("SELECT full_name FROM employee WHERE id = ?", (id,)).get


BARE_SQL = {
    "call_get": 'SELECT * FROM "order" WHERE id = 7',
    "call_list": "SELECT * FROM order_line WHERE order_id = 7 ORDER BY id LIMIT 20",
    "call_insert": "INSERT INTO order_line VALUES (NULL, 3, 5, 2, 1950, 0)",
    "call_update": "UPDATE ticket SET status = CASE status WHEN 'open' THEN 'closed' ELSE 'open' END WHERE id = 3",
}
"""The statement alone, for the figure beside."""
