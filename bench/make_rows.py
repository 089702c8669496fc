"""Write bench/rows.json: the 250 seed rows of the benchmark world, the same on every run.

    python bench/make_rows.py

Each table draws from its own stream, hashed from (seed, table), so a change to one leaves the others alone.
"""

from __future__ import annotations

import hashlib
import json
import random
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

Row = dict[str, Any]
Rows = list[Row]

SEED = "shop_bench/1"
NOW = datetime(2026, 3, 2, 8)
BULK_ORDER = 7
BULK_LINES = 24
HERE = Path(__file__).resolve().parent

FIRST = ["Ada", "Bram", "Carla", "Dev", "Elin", "Femi", "Greta", "Hugo", "Ines", "Jonas", "Kira", "Liam"]
LAST = [
    "Adler",
    "Brandt",
    "Costa",
    "Doyle",
    "Evans",
    "Fischer",
    "Garcia",
    "Hughes",
    "Ito",
    "Jansen",
    "Kaur",
    "Lind",
]
CITIES = [("Leeds", "GB"), ("Cork", "IE"), ("Lyon", "FR"), ("Bremen", "DE"), ("Utrecht", "NL")]
STREETS = ["Mill Lane", "Station Road", "Harbour Street", "Orchard Way", "Castle Hill"]
NOUNS = ["kettle", "lamp", "blanket", "teapot", "bookend", "planter", "clock", "basket"]
MATERIALS = ["oak", "copper", "wool"]
CARRIERS = ["Northpost", "Swiftline", "Parcelway"]
COMPLAINTS = [
    "Parcel has not arrived",
    "Wrong colour delivered",
    "Please change my address",
    "Invoice is missing",
]


def stream(table: str) -> random.Random:
    """Return the random stream that belongs to one table."""
    return random.Random(hashlib.sha256(f"{SEED}/{table}".encode()).digest())


def day(days_ago: int) -> str:
    """Return the ISO date that lies this many days before the world's now."""
    return (NOW.date() - timedelta(days=days_ago)).isoformat()


def moment(minutes_ago: int) -> str:
    """Return the ISO datetime that lies this many minutes before the world's now."""
    return (NOW - timedelta(minutes=minutes_ago)).isoformat()


def money(draw: random.Random, low: int, high: int) -> float:
    """Return an amount between two whole numbers, with two decimals."""
    return draw.randint(low * 100, high * 100) / 100


def numbered(rows: Rows) -> Rows:
    """Return the rows with ids 1, 2, 3 … as their first column."""
    return [{"id": number, **row} for number, row in enumerate(rows, start=1)]


def person(index: int) -> tuple[str, str]:
    """Return a name and an e-mail address; distinct for every index below 144."""
    first, last = FIRST[index % 12], LAST[(index * 5 + index // 12) % 12]
    return f"{first} {last}", f"{first}.{last}@example.com".lower()


def _customers() -> Rows:
    draw = stream("customers")
    return numbered(
        [
            {
                "full_name": name,
                "email": email,
                "phone": f"+44 20 7946 {draw.randint(0, 999):04d}",
                "tier": draw.choice(["standard", "standard", "silver", "gold"]),
                "balance": money(draw, 0, 120),
                "joined_on": day(draw.randint(60, 900)),
                "active": draw.random() < 0.9,
            }
            for name, email in map(person, range(16))
        ]
    )


def _addresses(customer_rows: Rows) -> Rows:
    draw = stream("addresses")
    owners = [(row["id"], "shipping") for row in customer_rows]
    owners += [(row["id"], "billing") for row in customer_rows[:4]]
    rows: Rows = []
    for owner, kind in owners:
        city, country = draw.choice(CITIES)
        rows.append(
            {
                "customer_id": owner,
                "kind": kind,
                "street": f"{draw.randint(1, 99)} {draw.choice(STREETS)}",
                "city": city,
                "postal_code": str(draw.randint(10000, 99999)),
                "country": country,
            }
        )
    return numbered(rows)


def _categories() -> Rows:
    names = [
        ("Kitchen", None),
        ("Living", None),
        ("Garden", None),
        ("Tea", 1),
        ("Cooking", 1),
        ("Light", 2),
        ("Textiles", 2),
        ("Pots", 3),
    ]
    return numbered([{"name": name, "parent_id": parent, "position": i} for i, (name, parent) in enumerate(names)])


def _suppliers() -> Rows:
    draw = stream("suppliers")
    return numbered(
        [
            {
                "name": f"{last} & Sons",
                "email": f"sales@{last.lower()}.example.com",
                "city": draw.choice(CITIES)[0],
                "lead_days": draw.randint(2, 21),
                "active": True,
            }
            for last in LAST[:6]
        ]
    )


def _products() -> Rows:
    draw = stream("products")
    return numbered(
        [
            {
                "category_id": 1 + index % 8,
                "supplier_id": draw.randint(1, 6),
                "sku": f"SKU-{1000 + index}",
                "name": f"{MATERIALS[index // 8].title()} {NOUNS[index % 8]}",
                "price": money(draw, 4, 140),
                "weight_grams": draw.randint(80, 6000),
                "active": draw.random() < 0.9,
            }
            for index in range(24)
        ]
    )


def _warehouses() -> Rows:
    return numbered(
        [
            {
                "code": f"WH-{city[:3].upper()}",
                "name": f"{city} depot",
                "city": city,
                "capacity": 4000 + 500 * index,
            }
            for index, (city, _) in enumerate(CITIES[:3])
        ]
    )


def _stock_levels() -> Rows:
    draw = stream("stock_levels")
    return numbered(
        [
            {
                "warehouse_id": 1 + index % 3,
                "product_id": 1 + index,
                "quantity": draw.randint(0, 200),
                "reorder_point": draw.choice([10, 20, 40]),
                "counted_on": day(draw.randint(1, 40)),
            }
            for index in range(24)
        ]
    )


def _order_lines(product_rows: Rows) -> Rows:
    draw = stream("order_lines")
    spread = [order for order in range(1, 21) if order != BULK_ORDER] + [2, 11, 15]
    pairs = [(order, draw.choice(product_rows)) for order in sorted(spread)]
    pairs += [(BULK_ORDER, product) for product in product_rows[:BULK_LINES]]
    return numbered(
        [
            {
                "order_id": order,
                "product_id": product["id"],
                "quantity": draw.randint(1, 6),
                "unit_price": product["price"],
                "gift_wrap": draw.random() < 0.2,
            }
            for order, product in sorted(pairs, key=lambda pair: pair[0])
        ]
    )


def _orders(line_rows: Rows) -> Rows:
    draw = stream("orders")
    rows: Rows = []
    for order in range(1, 21):
        total = sum(
            round(line["unit_price"] * 100) * line["quantity"] for line in line_rows if line["order_id"] == order
        )
        customer = 1 + (order * 7) % 16
        rows.append(
            {
                "customer_id": customer,
                "address_id": customer,
                "status": ["pending", "paid", "shipped", "delivered", "delivered", "cancelled"][order % 6],
                "placed_at": moment((21 - order) * 1440 + draw.randint(0, 1200)),
                "total": total / 100,
                "note": "Leave with a neighbour" if order % 4 == 0 else None,
            }
        )
    return numbered(rows)


def in_status(order_rows: Rows, *statuses: str) -> Rows:
    """Return the orders that are in one of these states."""
    return [order for order in order_rows if order["status"] in statuses]


def _payments(order_rows: Rows) -> Rows:
    draw = stream("payments")
    return numbered(
        [
            {
                "order_id": order["id"],
                "method": draw.choice(["card", "card", "transfer", "voucher"]),
                "status": "captured",
                "amount": order["total"],
                "paid_at": order["placed_at"],
            }
            for order in in_status(order_rows, "paid", "shipped", "delivered")[:12]
        ]
    )


def _invoices(order_rows: Rows) -> Rows:
    rows: Rows = []
    for order in in_status(order_rows, "paid", "shipped", "delivered")[:10]:
        issued = date.fromisoformat(order["placed_at"][:10])
        rows.append(
            {
                "order_id": order["id"],
                "number": f"INV-2026-{order['id']:04d}",
                "issued_on": issued.isoformat(),
                "due_on": (issued + timedelta(days=30)).isoformat(),
                "amount": order["total"],
                "settled": True,
            }
        )
    return numbered(rows)


def _shipments(order_rows: Rows) -> Rows:
    draw = stream("shipments")
    return numbered(
        [
            {
                "order_id": order["id"],
                "warehouse_id": draw.randint(1, 3),
                "carrier": draw.choice(CARRIERS),
                "tracking_code": f"TRK{draw.randint(100000, 999999)}",
                "status": "delivered" if order["status"] == "delivered" else "in_transit",
                "updated_at": moment(draw.randint(60, 900)),
            }
            for order in in_status(order_rows, "shipped", "delivered")[:10]
        ]
    )


def _returns(order_rows: Rows, line_rows: Rows) -> Rows:
    draw = stream("returns")
    delivered = {order["id"] for order in in_status(order_rows, "delivered")}
    lines = [line for line in line_rows if line["order_id"] in delivered][:5]
    return numbered(
        [
            {
                "order_line_id": line["id"],
                "quantity": 1,
                "reason": draw.choice(["damaged", "wrong_item", "changed_mind"]),
                "status": draw.choice(["requested", "approved"]),
                "requested_at": moment(draw.randint(30, 900)),
            }
            for line in lines
        ]
    )


def _reviews() -> Rows:
    draw = stream("reviews")
    return numbered(
        [
            {
                "product_id": 1 + index * 2,
                "customer_id": 1 + index,
                "rating": draw.randint(1, 5),
                "title": draw.choice(["Lovely", "As described", "Too small", "Would buy again"]),
                "body": "Bought for the house, used every day since.",
                "written_at": moment(draw.randint(500, 90000)),
            }
            for index in range(10)
        ]
    )


def _employees() -> Rows:
    draw = stream("employees")
    roles = ["manager", "agent", "agent", "agent", "picker", "picker", "driver", "driver"]
    return numbered(
        [
            {
                "full_name": person(index + 20)[0],
                "email": person(index + 20)[1],
                "role": role,
                "warehouse_id": 1 + index % 3,
                "manager_id": 1 if index else None,
                "hired_on": day(draw.randint(100, 2000)),
                "hourly_rate": money(draw, 13, 28),
            }
            for index, role in enumerate(roles)
        ]
    )


def _shifts() -> Rows:
    rows: Rows = []
    for index in range(10):
        start = NOW + timedelta(days=index - 5)
        rows.append(
            {
                "employee_id": 1 + index % 8,
                "warehouse_id": 1 + index % 8 % 3,
                "starts_at": start.isoformat(),
                "ends_at": (start + timedelta(hours=8)).isoformat(),
                "status": "worked" if index < 5 else "planned",
            }
        )
    return numbered(rows)


def _tickets(order_rows: Rows) -> Rows:
    draw = stream("tickets")
    rows: Rows = []
    for index in range(8):
        order = order_rows[index * 2]
        opened = draw.randint(2000, 9000)
        status = ["open", "in_progress", "open", "resolved"][index % 4]
        rows.append(
            {
                "customer_id": order["customer_id"],
                "order_id": order["id"],
                "assignee_id": None if status == "open" else 2 + index % 3,
                "subject": COMPLAINTS[index % 4],
                "priority": draw.choice(["low", "normal", "high"]),
                "status": status,
                "opened_at": moment(opened),
                "updated_at": moment(opened - draw.randint(0, 1500)),
            }
        )
    return numbered(rows)


def _ticket_comments() -> Rows:
    draw = stream("ticket_comments")
    return numbered(
        [
            {
                "ticket_id": 1 + index % 8,
                "employee_id": 2 + index % 3,
                "body": "We have asked the depot and will write again.",
                "internal": draw.random() < 0.3,
                "written_at": moment(draw.randint(10, 400)),
            }
            for index in range(10)
        ]
    )


def all_rows() -> dict[str, Rows]:
    """Return the rows of every table, parents before children."""
    people, goods = _customers(), _products()
    lines = _order_lines(goods)
    sales = _orders(lines)
    return {
        "customers": people,
        "addresses": _addresses(people),
        "categories": _categories(),
        "suppliers": _suppliers(),
        "products": goods,
        "warehouses": _warehouses(),
        "stock_levels": _stock_levels(),
        "orders": sales,
        "order_lines": lines,
        "payments": _payments(sales),
        "invoices": _invoices(sales),
        "shipments": _shipments(sales),
        "returns": _returns(sales, lines),
        "reviews": _reviews(),
        "employees": _employees(),
        "shifts": _shifts(),
        "tickets": _tickets(sales),
        "ticket_comments": _ticket_comments(),
    }


def as_text(tables: dict[str, Rows]) -> str:
    """Return the JSON text with one row a line."""
    blocks = [
        f'  "{table}": [\n' + ",\n".join(f"    {json.dumps(row)}" for row in rows) + "\n  ]"
        for table, rows in tables.items()
    ]
    return "{\n" + ",\n".join(blocks) + "\n}\n"


if __name__ == "__main__":
    (HERE / "rows.json").write_text(as_text(all_rows()), encoding="utf-8")
