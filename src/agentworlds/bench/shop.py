"""A shop's back office: the world that speed and memory are measured on, 18 tables and 35 tools."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Annotated, Literal

from agentworlds import (
    Draw,
    Email,
    Money,
    Paragraph,
    PersonName,
    Phone,
    Postcode,
    Range,
    Row,
    Street,
    Text,
    Word,
    World,
    field,
    insert,
    now,
    total,
)  # fmt: skip

world = World("shop_bench", title="Shop", now="2026-03-02 08:00", tick=0)
Count = Annotated[int, Range(0, 1_000_000)]


@world.table
class Customer(Row):
    full_name: PersonName
    email: Email
    phone: Phone
    tier: Literal["standard", "silver", "gold"]
    balance: Money
    joined_on: date
    active: bool


@world.table(plural="addresses")
class Address(Row):
    customer: Customer
    kind: Literal["billing", "shipping"]
    street: Street
    city: Word
    postal_code: Postcode
    country: Literal["GB", "IE", "FR", "DE", "NL"]


@world.table
class Category(Row):
    name: Word
    parent: "Category | None"
    position: Count


@world.table
class Supplier(Row):
    name: Text
    email: Email
    city: Word
    lead_days: Count
    active: bool


@world.table
class Product(Row):
    category: Category
    supplier: Supplier
    sku: Word
    name: Text
    price: Annotated[Money, Range(0, 100_000)]
    weight_grams: Count
    active: bool


@world.table
class Warehouse(Row):
    code: Word
    name: Text
    city: Word
    capacity: Count


@world.table
class StockLevel(Row):
    warehouse: Warehouse
    product: Product
    quantity: Count
    reorder_point: Count
    counted_on: date


@world.table(label="note")
class Order(Row):
    customer: Customer
    address: Address
    status: Literal["pending", "paid", "shipped", "delivered", "cancelled"]
    placed_at: datetime = field(default=now)
    total: Money = field(default=Decimal(0))
    note: Text | None = None


@world.table
class OrderLine(Row):
    order: Order
    product: Product
    quantity: Annotated[int, Range(1, 1000)]
    unit_price: Annotated[Money, Range(0, 100_000)]
    gift_wrap: bool


@world.table
class Payment(Row):
    order: Order
    method: Literal["card", "transfer", "voucher"]
    status: Literal["authorised", "captured", "refunded"]
    amount: Annotated[Money, Range(0, 1_000_000)]
    paid_at: datetime = field(default=now)


@world.table
class Invoice(Row):
    order: Order
    number: Word
    issued_on: date
    due_on: date
    amount: Money
    settled: bool


@world.table
class Shipment(Row):
    order: Order
    warehouse: Warehouse
    carrier: Word
    tracking_code: Word
    status: Literal["packed", "in_transit", "delivered", "lost"]
    updated_at: datetime = field(default=now)


@world.table
class Return(Row):
    order_line: OrderLine
    quantity: Annotated[int, Range(1, 1000)]
    reason: Literal["damaged", "wrong_item", "changed_mind"]
    status: Literal["requested", "approved", "rejected", "refunded"]
    requested_at: datetime = field(default=now)


@world.table
class Review(Row):
    product: Product
    customer: Customer
    rating: Annotated[int, Range(1, 5)]
    title: Text
    body: Paragraph
    written_at: datetime = field(default=now)


@world.table
class Employee(Row):
    full_name: PersonName
    email: Email
    role: Literal["agent", "picker", "driver", "manager"]
    warehouse: Warehouse
    manager: "Employee | None"
    hired_on: date
    hourly_rate: Money


@world.table
class Shift(Row):
    employee: Employee
    warehouse: Warehouse
    starts_at: datetime
    ends_at: datetime
    status: Literal["planned", "worked", "missed"]


@world.table
class Ticket(Row):
    customer: Customer
    order: Order | None
    assignee: Employee | None
    subject: Text
    priority: Literal["low", "normal", "high"]
    status: Literal["open", "in_progress", "resolved", "closed"]
    opened_at: datetime = field(default=now)
    updated_at: datetime = field(default=now)


@world.table
class TicketComment(Row):
    ticket: Ticket
    employee: Employee | None
    body: Paragraph
    internal: bool
    written_at: datetime = field(default=now)


world.reads(Customer, by=("full_name", "email", "tier", "active"))
world.reads(Address, by=("customer", "kind", "city"))
world.reads(Category, by=("name", "parent"))
world.reads(Supplier, by=("name", "city", "active"))
world.reads(Product, by=("name", "category", "supplier", "price"))
world.reads(Warehouse, by=("code", "city"))
world.reads(StockLevel, by=("warehouse", "product", "quantity"))
world.reads(Order, by=("customer", "status", "placed_at"))
world.reads(OrderLine, by=("order", "product", "quantity"))
world.reads(Payment, by=("order", "method", "status"))
world.reads(Ticket, by=("customer", "assignee", "priority", "status"))


@world.tool
def create_order(customer: Customer, address: Address, note: Text | None = None) -> Order:
    """Place an empty order for a customer."""
    return insert(Order(customer=customer, address=address, status="pending", note=note))


@world.tool
def create_order_line(
    order: Order, product: Product, quantity: Annotated[int, Range(1, 1000)],
    unit_price: Annotated[Money, Range(0, 100_000)], gift_wrap: bool,
) -> OrderLine:  # fmt: skip
    """Add a line to an order."""
    return insert(
        OrderLine(order=order, product=product, quantity=quantity, unit_price=unit_price, gift_wrap=gift_wrap)
    )


@world.tool(idempotent=True)
def update_order_status(order: Order, status: Literal["pending", "paid", "shipped", "delivered", "cancelled"]) -> Order:
    """Set the status of an order."""
    order.status = status
    return order


@world.tool
def create_payment(
    order: Order, method: Literal["card", "transfer", "voucher"], amount: Annotated[Money, Range(0, 1_000_000)]
) -> Payment:
    """Record a payment for an order."""
    return insert(Payment(order=order, method=method, status="captured", amount=amount))


@world.tool
def create_shipment(order: Order, warehouse: Warehouse, carrier: Word, tracking_code: Word) -> Shipment:
    """Pack a shipment for an order."""
    return insert(
        Shipment(order=order, warehouse=warehouse, carrier=carrier, tracking_code=tracking_code, status="packed")
    )


@world.tool
def create_return(
    order_line: OrderLine,
    quantity: Annotated[int, Range(1, 1000)],
    reason: Literal["damaged", "wrong_item", "changed_mind"],
) -> Return:
    """Request the return of an order line."""
    return insert(Return(order_line=order_line, quantity=quantity, reason=reason, status="requested"))


@world.tool(idempotent=True)
def update_return_status(item: Return, status: Literal["requested", "approved", "rejected", "refunded"]) -> Return:
    """Set the status of a return."""
    item.status = status
    return item


@world.tool(idempotent=True)
def update_stock_quantity(stock_level: StockLevel, quantity: Count) -> StockLevel:
    """Set the quantity of a product held in a warehouse."""
    stock_level.quantity = quantity
    return stock_level


@world.tool
def create_review(
    product: Product, customer: Customer, rating: Annotated[int, Range(1, 5)], title: Text, body: Paragraph
) -> Review:
    """Write a review of a product."""
    return insert(Review(product=product, customer=customer, rating=rating, title=title, body=body))


@world.tool
def create_ticket(
    customer: Customer, subject: Text, priority: Literal["low", "normal", "high"], order: Order | None = None
) -> Ticket:
    """Open a support ticket for a customer."""
    return insert(
        Ticket(customer=customer, order=order, assignee=None, subject=subject, priority=priority, status="open")
    )


@world.tool(idempotent=True)
def update_ticket_status(ticket: Ticket, status: Literal["open", "in_progress", "resolved", "closed"]) -> Ticket:
    """Set the status of a support ticket."""
    ticket.status = status
    ticket.updated_at = now()
    return ticket


@world.tool
def create_ticket_comment(
    ticket: Ticket, body: Paragraph, internal: bool, employee: Employee | None = None
) -> TicketComment:
    """Comment on a support ticket."""
    return insert(TicketComment(ticket=ticket, employee=employee, body=body, internal=internal))


@world.query
def amount_paid(order: Order) -> Money:
    """What was paid for an order in all."""
    return total(Payment, "amount", order=order)


@world.rule(OrderLine, "conflict", "Lines belong to orders that were placed before.")
def order_was_placed(line: OrderLine) -> bool:
    return line.order.placed_at <= now()


@world.rule(Ticket, "conflict", "A ticket is updated after it was opened.")
def updated_after_opened(ticket: Ticket) -> bool:
    return ticket.updated_at >= ticket.opened_at


SIZES: dict[type[Row], int] = {
    Customer: 20, Address: 20, Category: 8, Supplier: 6, Product: 20, Warehouse: 3, StockLevel: 20, Order: 20,
    Payment: 15, Invoice: 12, Shipment: 10, Review: 12, Employee: 10, Shift: 12, Ticket: 12, TicketComment: 14,
}  # fmt: skip


@world.data
def fill(draw: Draw) -> None:
    for table, number in SIZES.items():
        for _ in draw.many(number):
            if table is Shift:
                starts = draw.moment(-20, 20)
                draw.new(Shift, starts_at=starts, ends_at=starts + timedelta(hours=8))
            elif table is Order:
                draw.new(
                    Order,
                    status=draw.choice(("pending", "paid", "shipped", "delivered")),
                    placed_at=draw.moment(-60, -1),
                )
            else:
                draw.new(table)
    for position in draw.many(1):
        order = draw.pick(Order, id=20 * position + 7)
        for _ in range(24):
            draw.new(OrderLine, order=order)
    for _ in draw.many(6):
        draw.new(Return)
