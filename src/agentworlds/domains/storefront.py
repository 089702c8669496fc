"""An online shop for clothes, home, electronics, pantry and outdoor goods, seen by shoppers, service and its figures."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Annotated, Any, Literal

from agentworlds import (
    Answer,
    City,
    Do,
    Draw,
    Email,
    Money,
    Paragraph,
    PersonName,
    Places,
    Postcode,
    Range,
    Reference,
    Row,
    Street,
    Task,
    TaskDraw,
    Text,
    Title,
    Word,
    World,
    above,
    actor,
    at_least,
    at_most,
    count,
    delete,
    field,
    first,
    insert,
    now,
    one_of,
    other_than,
    refuse,
    rows,
    today,
    total,
)  # fmt: skip

world = World("storefront", title="Lark & Thistle", now="2026-03-02 08:00", tick=15, currency="GBP")

PER_PAGE = 10
RETURN_DAYS = 30
HOLIDAYS = (
    date(2025, 8, 25), date(2025, 12, 25), date(2025, 12, 26), date(2026, 1, 1), date(2026, 4, 3), date(2026, 4, 6),
    date(2026, 5, 4), date(2026, 5, 25), date(2026, 8, 31), date(2026, 12, 25), date(2026, 12, 28),
)  # fmt: skip
Region = Literal["mainland", "Highlands and Islands", "Northern Ireland"]
Place = Literal["cart", "wish_list"]
Status = Literal["processing", "dispatched", "delivered", "cancelled"]
Notice = Literal["none", "comes up small", "comes up large", "under review"]
SIZES = ("S", "M", "L", "XL")
Reason = Literal["too small", "too large", "changed mind", "not as described", "faulty"]


@world.table
class Department(Row):
    name: Word = field(unique=True)


@world.table(plural="categories", show=("department.name",))
class Category(Row):
    name: Word = field(unique=True)
    department: Department


@world.table(show=("category.department.name",))
class Product(Row):
    name: Text
    brand: Word
    category: Category
    description: Text
    price_from: Money
    bulky: bool = False
    returnable: bool = True
    notice: Notice = "none"


@world.table(show=("product.name",))
class Variant(Row):
    sku: Reference = field(unique=True)
    product: Product
    colour: Word | None = None
    size: Word | None = None
    capacity: Word | None = None
    price: Money
    stock: Annotated[int, Range(-1000, 10_000)]


@world.table
class Customer(Row):
    name: PersonName
    email: Email = field(unique=True)
    balance: Money = field(default=Decimal(0))
    credit_limit: Annotated[Money, Range(0, 2000)] = field(default=Decimal(250))


@world.table
class Review(Row):
    product: Product
    customer: Customer
    stars: Annotated[int, Range(1, 5)]
    verified: bool
    text: Text
    written: date


@world.table(owner="customer", plural="addresses", unique=[("customer", "label")])
class Address(Row):
    customer: Customer
    label: Word
    recipient: PersonName
    street: Street
    city: City
    postcode: Postcode
    region: Region


@world.table
class DeliveryMethod(Row):
    name: Word = field(unique=True)
    fee: Money
    free_from: Money | None = None
    working_days: Annotated[int, Range(1, 20)]
    beyond_mainland: bool = True
    takes_bulky: bool = False


@world.table
class Coupon(Row):
    code: Reference = field(unique=True)
    kind: Literal["percent", "amount"]
    value: Annotated[Decimal, Places(2), Range(1, 100)]
    minimum: Money
    department: Department | None = None
    expires: date


LINE = ("variant.product.name", "variant.colour", "variant.size", "variant.capacity")


@world.table(owner="customer", unique=[("customer", "variant")], show=(*LINE, "variant.price", "variant.stock"))
class CartLine(Row):
    customer: Customer
    variant: Variant
    quantity: Annotated[int, Range(1, 10)]
    place: Place = "cart"
    added: datetime = field(default=now)


@world.table(owner="customer", label="number")
class Order(Row):
    number: Reference = field(unique=True)
    customer: Customer
    status: Status = "processing"
    placed: datetime = field(default=now)
    deliver_to: Text
    region: Region
    delivery_method: DeliveryMethod
    arrives: date = field(clock=True)
    goods: Money
    discount: Money = field(default=Decimal(0))
    delivery_fee: Money
    total: Money
    coupon: Coupon | None = None
    payment: Literal["card", "account"]


@world.table(owner="order.customer", show=(*LINE, "variant.product.category.department.name"))
class OrderLine(Row):
    order: Order
    variant: Variant
    quantity: Annotated[int, Range(1, 10)]
    unit_price: Money


@world.table(owner="line.order.customer", show=("line.variant.product.name", "line.order.number"))
class ItemReturn(Row):
    line: OrderLine
    quantity: Annotated[int, Range(1, 10)]
    reason: Reason
    requested: date = field(default=today)
    received: bool = False
    status: Literal["requested", "refunded", "rejected"] = "requested"
    refund: Money = field(default=Decimal(0))


@world.table(owner="customer", transient=True)
class Browsing(Row):
    customer: Customer | None = None
    words: Text | None = None
    department: Department | None = None
    price_max: Money | None = None
    sort: Literal["name", "price", "-price"] = "name"
    page: int = 1


world.role("shopper", Customer, about="You are the shopping assistant of Lark & Thistle, an online shop.")
world.role("support", about="You work in customer service at Lark & Thistle, an online shop, and act for any customer.")

GOODS = (
    "Everyday Crew T-shirt", "Trail Tech T-shirt", "Beacon Rain Jacket", "Shetland Crew Jumper", "Percale Duvet Cover",
    "Washed Linen Duvet Cover", "Enamel Casserole", "Oak Coffee Table", "Aria Lite Headphones", "Portable SSD",
    "Steel Insulated Bottle", "Commuter Backpack", "Quilted Field Jacket", "Brushed Check Duvet Cover", "Cast Iron Casserole",
    "Ash Bedside Table", "Studio Over-ear Headphones", "Rugged SSD", "Flip-top Sports Bottle", "Roll-top Backpack",
)  # fmt: skip
TOPICS = tuple(
    (subject.format(thing), body.format(thing))
    for subject, body in (
        ("Gift receipt", "Hi, I would like to give the {} as a present. Can I have a receipt without the price on it?"),
        ("Question about the {}", "Could you tell me where the {} is made? The page does not say."),
        ("Another {}?", "Do you know whether there will be a new edition of the {} this year? I would like two."),
        ("Price of the {}", "Will the {} be in the spring sale? If so, I would rather wait a few weeks."),
        ("Care of the {}", "How do I look after the {} so that it lasts? Nothing about that came with mine."),
        ("Love the {}", "Just to say that a friend showed me the {} and I was impressed. No need to answer."),
        (
            "Delivery of the {} to Orkney",
            "My aunt lives in Kirkwall. Could you send the {} there, and what would it cost?",
        ),
        ("Guarantee", "How long is the guarantee on the {}, and do I need to keep the box?"),
        ("Picture of the {}", "The second picture of the {} does not load for me. Could you have a look at it?"),
        ("Coupon for the {}", "I have a coupon code from your newsletter. Does it work for the {} too?"),
    )
    for thing in GOODS
)

bills = world.include(
    "ledger", Account=Customer, staff="support", history=False, credit_limit=Decimal(600),
    charges=("Gift wrapping", "Courier surcharge", "Lost parcel not returned"),
    rename={"Entry": "AccountEntry", "search_entries": "search_account_entries", "add_charge": "charge_account",
            "account": "customer", "entry": "account_entry"},
)  # fmt: skip
FIRMS = (
    ("Aire Valley Racking", "orders@aireracking.example"), ("Aire Valley Doors", "service@airedoors.example"),
    ("Kirkstall Fitters", "jobs@kirkstallfitters.example"), ("Holbeck Works", "desk@holbeckworks.example"),
    ("Hunslet Maintenance", "office@hunsletmaint.example"), ("Canal Wharf Builders", "quotes@canalwharf.example"),
    ("Dray and Sons", "hello@drayandsons.example"), ("Northline Interiors", "studio@northline.example"),
    ("Burley Repairs", "repairs@burley.example"), ("Meanwood Joinery", "bench@meanwood.example"),
    ("Armley Site Services", "control@armleysite.example"), ("Otley Contractors", "visits@otleycontract.example"),
)  # fmt: skip
JOBS = (
    "racking in aisle four", "a second packing bench", "the roller door at bay two", "marking the warehouse floor",
    "lamps over the returns desk", "a shelf for oversize parcels", "the draught in the photo room", "a fence by the yard",
)  # fmt: skip
mail = world.include(
    "email", Person=Customer, address="help@larkandthistle.example", name="Lark & Thistle customer service",
    topics=TOPICS, firms=FIRMS, drafts=False, jobs=JOBS, labels=("Suppliers", "Invoices", "Press", "Waiting"), staff="support",
    intents=False,
    without=("mailbox_overview", "read_thread", "export_message", "save_draft", "send_draft", "label_message"),
)  # fmt: skip
figures = world.include(
    "analyst", Person=Customer, views=(Product, Variant, Review, Order, OrderLine, ItemReturn, Customer), sales=False,
    staff="support", intents=False,
    without=("get_saved_query", "delete_saved_query", "get_saved_chart", "export_chart", "delete_chart"),
)  # fmt: skip


# What the shop shows -----------------------------------------------------------------------------------------------


@dataclass
class ResultPage:
    found: int
    page: int
    pages: int
    products: list[Product]


@dataclass
class ProductPage:
    product: Product
    reviews: int
    variants: list[Variant]


@dataclass
class Account:
    customer: Customer
    addresses: list[Address]


@dataclass
class OrderPage:
    found: int
    page: int
    pages: int
    orders: list[Order]


@dataclass
class OrderDetails:
    order: Order
    lines: list[OrderLine]
    returns: list[ItemReturn]


@dataclass
class Cart:
    subtotal: Money
    lines: list[CartLine]
    wish_list: list[CartLine]


@dataclass
class CartSummary:
    items_in_cart: int
    subtotal: Money
    lines_on_wish_list: int


@dataclass
class Quote:
    goods: Money
    discount: Money
    delivery_method: DeliveryMethod
    delivery_fee: Money
    total: Money
    arrives: date
    methods: list[DeliveryMethod]


@world.tool(idempotent=True)
def search_products(
    words: Text | None = None, department: Word | None = None, price_max: Money | None = None,
    sort: Literal["name", "price", "-price"] = "name",
) -> ResultPage:  # fmt: skip
    """Search the shop. Shows the first ten products found; turn_page shows the others.

    Args:
        words: words that must all occur in the name, brand or description
        department: the name of a department
        price_max: only products with a variant at this price or less
        sort: by name, or by the lowest price of a variant
    """
    section = (
        next((one for one in rows(Department) if one.name.casefold() == department.casefold()), None)
        if department
        else None
    )
    if department and section is None:
        names = ", ".join(one.name for one in rows(Department, order="name"))
        refuse("not_found", f"There is no department {department!r}; there are {names}.", field="department")
    browsing = first(Browsing, customer=actor(Customer)) or insert(Browsing(customer=actor(Customer)))
    browsing.words, browsing.department, browsing.price_max = words, section, price_max
    browsing.sort, browsing.page = sort, 1
    return result_page(browsing)


@world.tool
def turn_page(to: Literal["next", "previous"]) -> ResultPage:
    """Show another page of the last product search."""
    browsing = first(Browsing, customer=actor(Customer))
    if browsing is None:
        refuse("conflict", "Nothing has been searched for yet.", hint="search_products shows the first page")
    page = browsing.page + (1 if to == "next" else -1)
    pages = result_page(browsing).pages
    if not 1 <= page <= pages:
        refuse("unavailable", f"There is no {to} page: page {browsing.page} of {pages} is shown.")
    browsing.page = page
    return result_page(browsing)


def result_page(browsing: Browsing) -> ResultPage:
    """The page of results that someone is on."""
    filters: dict[str, Any] = {"category__department": browsing.department} if browsing.department else {}
    if browsing.price_max is not None:
        filters["price_from"] = at_most(browsing.price_max)
    order = {"name": "name", "price": "price_from,name", "-price": "-price_from,name"}[browsing.sort]
    wanted = (browsing.words or "").casefold().split()
    found = [
        product for product in rows(Product, order=order, **filters)
        if all(word in f"{product.name} {product.brand} {product.description}".casefold() for word in wanted)
    ]  # fmt: skip
    start = PER_PAGE * (browsing.page - 1)
    return ResultPage(len(found), browsing.page, pages_of(len(found)), found[start : start + PER_PAGE])


def pages_of(found: int) -> int:
    """How many pages of ten; at least one."""
    return max(1, -(-found // PER_PAGE))


@world.query
def get_product(product: Product) -> ProductPage:
    """A product's page: its description and every variant with options, price and stock."""
    return ProductPage(product, count(Review, product=product), rows(Variant, product=product))


@world.query
def product_reviews(product: Product, verified_only: bool = False) -> list[Review]:
    """What customers wrote about a product, newest first.

    Args:
        product: what they are about
        verified_only: only reviews by people who bought it here
    """
    filters = {"verified": True} if verified_only else {}
    return rows(Review, order="-written", product=product, **filters)


@world.query(roles="support")
def search_customers(name: Word | None = None, email: Word | None = None) -> list[Customer]:
    """Find customers by a part of their name or e-mail address.

    Args:
        name: contained in the name
        email: contained in the address
    """
    if name is None and email is None:
        refuse("invalid", "Give a part of the name or of the e-mail address.", field="name")
    name, email = (name or "").casefold(), (email or "").casefold()
    return [
        one for one in rows(Customer, order="name") if name in one.name.casefold() and email in one.email.casefold()
    ]


@world.query
def get_customer(customer: Customer | None = None) -> Account:
    """A customer's details and address book. The balance is owed on the store account; below zero it is gift-card credit.

    Args:
        customer: who; the acting customer by default
    """
    customer = whose(customer)
    return Account(customer, rows(Address, customer=customer))


@world.query
def search_orders(
    customer: Customer | None = None, number: Reference | None = None, status: Status | None = None,
    placed_from: date | None = None, placed_to: date | None = None, return_open: bool | None = None,
    page: Annotated[int, Range(1, 1000)] = 1,
) -> OrderPage:  # fmt: skip
    """Find orders, newest first, ten a page.

    Args:
        customer: whose orders
        number: the order number, such as LT-20001 or just 20001
        status: processing is not sent yet, dispatched is on its way
        placed_from: placed on this day or later
        placed_to: placed on this day or earlier
        return_open: only orders with (or without) a return that is requested and not settled
        page: which page of ten
    """
    owner = actor(Customer) or customer
    digits = re.sub(r"\D", "", number) if number else ""
    if number and not digits:
        refuse("invalid", f"{number!r} is no order number such as LT-20001.", field="number")
    filters: dict[str, Any] = {"customer": owner, "number": f"LT-{digits}" if digits else None, "status": status}
    filters = {name: value for name, value in filters.items() if value is not None}
    after = datetime.combine(placed_from or date(2000, 1, 1), time.min)
    before = datetime.combine(placed_to or date(2999, 1, 1), time.max)
    found = [one for one in rows(Order, order="-placed", placed=at_least(after), **filters) if one.placed <= before]
    if return_open is not None:
        found = [one for one in found if (count(ItemReturn, line__order=one, status="requested") > 0) == return_open]
    start = PER_PAGE * (page - 1)
    return OrderPage(len(found), page, pages_of(len(found)), found[start : start + PER_PAGE])


@world.query
def get_order(order: Order) -> OrderDetails:
    """An order with its lines and returns."""
    return OrderDetails(order, rows(OrderLine, order=order), rows(ItemReturn, line__order=order))


@world.query
def view_cart(customer: Customer | None = None) -> Cart:
    """A customer's cart and wish list, with today's prices and stock.

    Args:
        customer: whose; the acting customer's by default
    """
    customer = whose(customer)
    lines = cart_lines(customer)
    return Cart(worth(lines), lines, rows(CartLine, customer=customer, place="wish_list"))


@world.query
def list_coupons() -> list[Coupon]:
    """All coupon codes handed out, with percent or pounds off.

    Minimum and discount count the goods of the coupon's department, or all goods where it names none. A code works
    once for each customer, up to its day of expiry, and not together with another.
    """
    return rows(Coupon, order="code")


@world.query
def quote_order(address: Address, coupon: Coupon | None = None, delivery_method: DeliveryMethod | None = None) -> Quote:
    """What a cart would cost today, delivered to an address, and the delivery methods that are offered for it.

    Bulky goods, and everything ordered with them, go by a method that takes bulky goods, other orders by one that does
    not. A method beyond the mainland also serves the Highlands and Islands and Northern Ireland, in two more working
    days. A method that is free from some amount is so by the goods less the discount.

    Args:
        address: an address of the cart's customer
        coupon: the coupon to use
        delivery_method: how it is sent; the cheapest way by default
    """
    lines = filled_cart(address.customer)
    discount = discount_for(coupon, lines, address.customer) if coupon else Decimal(0)
    net = worth(lines) - discount
    methods = offered(lines, address.region)
    if not methods:
        refuse(
            "unavailable",
            f"Nothing that is in the cart can be sent to {address.region}: bulky goods stay on the mainland.",
        )
    method = delivery_method or min(methods, key=lambda one: (fee(one, net), one.id))
    if method not in methods:
        refuse("unavailable", f"{method.name} is not offered for these goods and that address.",
               hint=f"offered: {', '.join(one.name for one in methods)}")  # fmt: skip
    cost = fee(method, net)
    return Quote(worth(lines), discount, method, cost, net + cost, arrival(method, address.region), methods)


def cart_lines(customer: Customer) -> list[CartLine]:
    """What is in the cart."""
    return rows(CartLine, customer=customer, place="cart")


def worth(lines: Sequence[CartLine]) -> Decimal:
    """The price of some lines today."""
    return sum((line.variant.price * line.quantity for line in lines), Decimal(0))


def whose(customer: Customer | None) -> Customer:
    """The customer who is meant: the one given, or the one who acts."""
    customer = customer or actor(Customer)
    if customer is None:
        refuse("invalid", "Say for which customer.", hint="search_customers finds them", field="customer_id")
    return customer


def filled_cart(customer: Customer) -> list[CartLine]:
    """The lines of a cart that is not empty."""
    lines = cart_lines(customer)
    if not lines:
        refuse("conflict", f"{customer.name}'s cart is empty.", hint="add_to_cart puts something in")
    return lines


def eligible(coupon: Coupon, lines: Sequence[CartLine]) -> Decimal:
    """What a coupon counts of the goods in a cart."""
    section = coupon.department
    return worth([line for line in lines if section is None or line.variant.product.category.department == section])


def saving(coupon: Coupon, lines: Sequence[CartLine]) -> Decimal:
    """What a coupon takes off."""
    base = eligible(coupon, lines)
    return pence(base * coupon.value / 100) if coupon.kind == "percent" else min(coupon.value, base)


def discount_for(coupon: Coupon, lines: Sequence[CartLine], customer: Customer) -> Decimal:
    """What a coupon takes off, if it may be used."""
    if coupon.expires < today():
        refuse("unavailable", f"{coupon.code} expired on {spoken(coupon.expires)}.")
    used = first(Order, customer=customer, coupon=coupon, status=other_than("cancelled"))
    if used is not None:
        refuse("conflict", f"{customer.name} used {coupon.code} for order {used.number}; a code works once.")
    if eligible(coupon, lines) < coupon.minimum:
        goods = f"goods from {coupon.department.name}" if coupon.department else "goods"
        refuse(
            "insufficient",
            f"{coupon.code} needs £{coupon.minimum} of {goods}; the cart has £{eligible(coupon, lines)}.",
        )
    return saving(coupon, lines)


def offered(lines: Sequence[CartLine], region: str) -> list[DeliveryMethod]:
    """The delivery methods for some goods and a region."""
    bulky = any(line.variant.product.bulky for line in lines)
    methods = rows(DeliveryMethod, order="working_days", takes_bulky=bulky)
    return [one for one in methods if region == "mainland" or one.beyond_mainland]


def fee(method: DeliveryMethod, goods: Decimal) -> Decimal:
    """What a delivery costs for goods worth so much."""
    return Decimal(0) if method.free_from is not None and goods >= method.free_from else method.fee


def arrival(method: DeliveryMethod, region: str, start: date | None = None) -> date:
    """The day on which an order of today arrives: working days, two more beyond the mainland."""
    day = start or today()
    for _ in range(method.working_days + (0 if region == "mainland" else 2)):
        day = next(one for one in (day + timedelta(days=ahead) for ahead in range(1, 9)) if is_working_day(one))
    return day


def is_working_day(day: date) -> bool:
    """Whether carriers deliver on a day."""
    return day.weekday() < 5 and day not in HOLIDAYS


def pence(amount: Decimal) -> Decimal:
    """An amount to the penny."""
    return amount.quantize(Decimal("0.01"), ROUND_HALF_UP)


def spoken(day: date) -> str:
    """A date as people say it."""
    return f"{day.day} {day:%B %Y}"


def options_of(variant: Variant) -> str:
    """A variant's options in words."""
    said = [variant.colour, f"size {variant.size}" if variant.size else None, variant.capacity]
    return ", ".join(one for one in said if one)


# What people do ----------------------------------------------------------------------------------------------------


@world.tool
def add_to_cart(
    variant: Variant,
    quantity: Annotated[int, Range(1, 10)] = 1,
    place: Place = "cart",
    customer: Customer | None = None,
) -> CartLine:
    """Put a variant of a product into the cart or on the wish list.

    Args:
        variant: what; a product's page lists its variants
        quantity: how many
        place: the cart, or the wish list for later
        customer: whose; the acting customer's by default
    """
    customer = whose(customer)
    line = first(CartLine, customer=customer, variant=variant)
    if line is not None:
        refuse(
            "conflict",
            f"It is in the {line.place.replace('_', ' ')} already.",
            hint=f"change_cart_line changes line {line.id}",
        )
    if place == "cart":
        check_stock(variant, quantity)
    return insert(CartLine(customer=customer, variant=variant, quantity=quantity, place=place))


@world.tool(idempotent=True)
def change_cart_line(
    line: CartLine, quantity: Annotated[int, Range(1, 10)] | None = None, variant: Variant | None = None,
    place: Place | None = None, remove: bool = False,
) -> CartSummary:  # fmt: skip
    """Change a line of the cart or wish list; what is not given stays.

    Args:
        line: the line
        quantity: how many
        variant: another variant of the same product
        place: move it to the cart or to the wish list
        remove: take the line out altogether
    """
    customer = line.customer
    if quantity is None and variant is None and place is None and not remove:
        refuse("invalid", "Say what to change: quantity, variant_id, place or remove.")
    if remove:
        delete(line)
        return summary(customer)
    if variant is not None and variant != line.variant:
        if variant.product != line.variant.product:
            refuse(
                "conflict",
                f"{variant.sku} is not a {line.variant.product.name}.",
                hint="add_to_cart takes other products",
            )
        if count(CartLine, customer=customer, variant=variant):
            refuse(
                "conflict",
                "That variant has a line of its own.",
                hint="change that line's quantity and take this one out",
            )
        line.variant = variant
    line.quantity = quantity or line.quantity
    line.place = place or line.place
    if line.place == "cart":
        check_stock(line.variant, line.quantity)
    return summary(customer)


def summary(customer: Customer) -> CartSummary:
    """A cart in three numbers."""
    lines = cart_lines(customer)
    return CartSummary(
        sum(one.quantity for one in lines), worth(lines), count(CartLine, customer=customer, place="wish_list")
    )


def check_stock(variant: Variant, quantity: int) -> None:
    """Refuse more than there is."""
    if variant.stock < quantity:
        refuse("insufficient", f"{variant.product.name} ({options_of(variant)}): {variant.stock} in stock.",
               hint="take fewer, another variant, or put it on the wish list")  # fmt: skip


@world.tool(idempotent=True)
def save_address(
    label: Word, street: Street, city: City, postcode: Postcode, recipient: PersonName | None = None,
    customer: Customer | None = None,
) -> Address:  # fmt: skip
    """Enter an address into the address book; one with the same label is overwritten. Orders placed before keep theirs.

    Args:
        label: what the customer calls it, such as home or work
        street: house number and street
        city: town
        postcode: a UK postcode such as LS6 2AB
        recipient: whose name is on the parcel; the customer's by default
        customer: whose address book; the acting customer's by default
    """
    customer = whose(customer)
    known = next((one for one in rows(Address, customer=customer) if one.label.casefold() == label.casefold()), None)
    if known is None and count(Address, customer=customer) >= 5:
        refuse("limit", "An address book holds five addresses.", hint="overwrite one by giving its label")
    if not re.fullmatch(r"[A-Z]{1,2}\d[A-Z\d]? \d[A-Z]{2}", postcode):
        refuse("invalid", f"{postcode!r} is no UK postcode such as LS6 2AB.", field="postcode")
    name, region = recipient or customer.name, region_of(postcode)
    if known is None:
        return insert(
            Address(
                customer=customer,
                label=label,
                recipient=name,
                street=street,
                city=city,
                postcode=postcode,
                region=region,
            )
        )
    known.recipient, known.street, known.city, known.postcode, known.region = name, street, city, postcode, region
    return known


def region_of(postcode: str) -> Region:
    """Where a postcode lies, as carriers see it."""
    area = re.sub(r"\d.*", "", postcode)
    return (
        "Northern Ireland"
        if area == "BT"
        else "Highlands and Islands"
        if area in ("IV", "KW", "HS", "ZE")
        else "mainland"
    )


@world.tool
def check_out(
    address: Address, delivery_method: DeliveryMethod, coupon: Coupon | None = None,
    payment: Literal["card", "account"] = "card",
) -> Order:  # fmt: skip
    """Order everything that is in a cart; the cart is then empty.

    Args:
        address: where it goes, an address of the cart's customer
        delivery_method: how; quote_order lists the methods on offer
        coupon: one coupon, if any
        payment: the customer's card, or the store account, within its credit limit
    """
    customer = address.customer
    lines = filled_cart(customer)
    goods, discount = worth(lines), discount_for(coupon, lines, customer) if coupon else Decimal(0)
    cost = fee(delivery_method, goods - discount)
    order = insert(Order(
        number=f"LT-{20_001 + count(Order)}", customer=customer, deliver_to=written(address), region=address.region,
        delivery_method=delivery_method, arrives=arrival(delivery_method, address.region), goods=goods, discount=discount,
        delivery_fee=cost, total=goods - discount + cost, coupon=coupon, payment=payment,
    ))  # fmt: skip
    for line in lines:
        insert(OrderLine(order=order, variant=line.variant, quantity=line.quantity, unit_price=line.variant.price))
        line.variant.stock -= line.quantity
        delete(line)
    if payment == "account" and order.total > 0:
        bills.post(customer, "charge", order.total, f"Order {order.number}")
    return order


def written(address: Address) -> str:
    """An address on one line."""
    return f"{address.recipient}, {address.street}, {address.city} {address.postcode}"


@world.tool(destructive=True)
def cancel_order(order: Order) -> Order:
    """Cancel an order that is not dispatched; the payment goes back the way it came."""
    if order.status != "processing":
        refuse(
            "conflict", f"Order {order.number} is {order.status}.", hint="what was delivered can go back: return_item"
        )
    for line in rows(OrderLine, order=order):
        line.variant.stock += line.quantity
    charge = charge_of(order)
    if charge is not None:
        bills.refund_charge(charge)
    order.status = "cancelled"
    return order


def charge_of(order: Order) -> Any:
    """The account's charge for an order, if it was bought on account."""
    return first(bills.Entry, account=order.customer, kind="charge", memo=f"Order {order.number}")


@world.tool(idempotent=True)
def change_order_line(line: OrderLine, variant: Variant) -> OrderLine:
    """Swap a line of an order that is not dispatched for another variant of the same product at the same price.

    Args:
        line: the line
        variant: what to send instead
    """
    order = line.order
    if order.status != "processing":
        refuse("conflict", f"Order {order.number} is {order.status}.", hint="return_item takes back what was delivered")
    if variant.product != line.variant.product or variant.price != line.unit_price:
        refuse(
            "conflict",
            f"{variant.sku} is a {variant.product.name} at £{variant.price}; a {line.variant.product.name} was ordered "
            f"at £{line.unit_price}.",
            hint="get_product shows variants of the same price; for anything else cancel and order anew",
        )
    line.variant.stock += line.quantity
    variant.stock -= line.quantity
    line.variant = variant
    return line


@world.tool
def return_item(line: OrderLine, quantity: Annotated[int, Range(1, 10)], reason: Reason) -> ItemReturn:
    """Ask to return goods, within 30 days after they arrived; faulty ones at any time. Customer service settles it.

    Args:
        line: the order's line
        quantity: how many go back
        reason: why
    """
    order, product = line.order, line.variant.product
    if order.status != "delivered":
        refuse(
            "conflict",
            f"Order {order.number} is {order.status}, not delivered.",
            hint="cancel_order stops one in processing",
        )
    if reason != "faulty" and today() > order.arrives + timedelta(days=RETURN_DAYS):
        refuse("unavailable", f"It arrived on {spoken(order.arrives)}; {RETURN_DAYS} days have passed.")
    if reason in ("too small", "too large", "changed mind") and not product.returnable:
        refuse(
            "conflict", f"{product.name}: for reasons of hygiene it is taken back only if faulty or not as described."
        )
    return insert(ItemReturn(line=line, quantity=quantity, reason=reason))


@world.tool(roles="support")
def settle_return(item_return: ItemReturn, decision: Literal["refund", "reject"]) -> ItemReturn:
    """Refund a return whose parcel has been received, less its share of any coupon, or reject a return."""
    line, order = item_return.line, item_return.line.order
    if item_return.status != "requested":
        refuse("conflict", f"That return is {item_return.status} already.")
    if decision == "reject":
        item_return.status = "rejected"
        return item_return
    if not item_return.received:
        refuse("conflict", "Its parcel has not been received.", hint="refund it once it is here")
    amount = pence(line.unit_price * item_return.quantity * (order.goods - order.discount) / order.goods)
    item_return.status, item_return.refund = "refunded", amount
    if item_return.reason != "faulty":
        line.variant.stock += item_return.quantity
    charge = charge_of(order)
    if charge is not None:
        charge.account.balance -= amount
        insert(bills.Entry(account=charge.account, kind="refund", amount=amount, memo=charge.memo, refunds=charge))
    return item_return


@world.tool(roles="support", idempotent=True)
def set_notice(product: Product, notice: Notice) -> Product:
    """Put a notice on a product's page for shoppers to see, or take it off with 'none'.

    Args:
        product: the product
        notice: how clothes come up, or that we are looking into what customers say
    """
    if notice in ("comes up small", "comes up large") and not count(Variant, product=product, size=one_of(SIZES)):
        refuse("conflict", f"{product.name} is not sold in sizes {', '.join(SIZES)}.", field="notice")
    product.notice = notice
    return product


@world.tool(roles="support")
def issue_coupon(
    code: Reference, kind: Literal["percent", "amount"], value: Annotated[Decimal, Places(2), Range(1, 100)],
    minimum: Annotated[Money, Range(0, 1000)], expires: date, department: Word | None = None,
) -> Coupon:  # fmt: skip
    """Issue a new coupon code, which list_coupons then shows to everybody.

    Args:
        code: letters and then digits, such as SPRING10
        kind: whether the value is percent or pounds off
        value: how much is taken off
        minimum: the worth of goods from which it can be used
        expires: the last day on which it can be used
        department: the department whose goods it counts; all goods if left out
    """
    if not re.fullmatch(r"[A-Z]{3,10}\d{1,3}", code):
        refuse("invalid", f"{code!r} is no code of capital letters and then digits, such as SPRING10.", field="code")
    if count(Coupon, code=code):
        refuse("conflict", f"The code {code} was issued before.", hint="list_coupons shows the codes", field="code")
    if expires < today():
        refuse("invalid", f"{spoken(expires)} has passed.", field="expires")
    section = first(Department, name=department.strip().capitalize()) if department else None
    if department and section is None:
        names = ", ".join(one.name for one in rows(Department, order="name"))
        refuse("not_found", f"There is no department {department!r}; there are {names}.", field="department")
    return insert(Coupon(code=code, kind=kind, value=value, minimum=minimum, department=section, expires=expires))


@dataclass
class SentReport:
    recipient: Email
    subject: Text
    attachment: Text
    rows: int


@world.tool(roles="support")
def send_report(name: Title, recipient: Email, note: Paragraph) -> SentReport:
    """E-mail what a saved query gives now, as a table in an attached CSV file.

    Args:
        name: the saved query's name
        recipient: the address it goes to
        note: what the e-mail says
    """
    query = first(figures.SavedQuery, name=name.strip())
    if query is None:
        refuse("not_found", f"There is no saved query {name!r}.", hint="search_saved_queries finds them", field="name")
    checked, found = figures.run(query.sql)
    message = mail.send_message(recipient, f"Report: {query.name}", note)
    table_text = "\n".join(",".join(map(quoted, row)) for row in (checked.columns, *found))
    file = mail.attach(message, f"{re.sub(r'[^a-z0-9]+', '-', query.name.lower())}.csv", f"{table_text}\n", "text/csv")
    return SentReport(recipient, message.subject, file.name, len(found))


def quoted(value: Any) -> str:
    """A value as a CSV file has it."""
    text = str(figures.cell(value))
    return '"' + text.replace('"', '""') + '"' if re.search('[",\\n]', text) else text


# What always holds -------------------------------------------------------------------------------------------------


@world.rule(Variant, "insufficient", "{row.product.name} ({row.sku}) is not in stock in that number.",
            "take fewer or another variant")  # fmt: skip
def stock_is_never_negative(variant: Variant) -> bool:
    return variant.stock >= 0


@world.rule(
    Order, "unavailable", "Bulky goods go by two-man delivery, and nothing else does.", watch=["OrderLine.order"]
)
def bulky_goods_go_by_two(order: Order) -> bool:
    bulky = count(OrderLine, order=order, variant__product__bulky=True) > 0
    return order.delivery_method.takes_bulky == bulky


@world.rule(
    Order,
    "unavailable",
    "{row.delivery_method.name} is for addresses on the mainland.",
    "quote_order lists what is offered",
)
def fast_methods_stay_on_the_mainland(order: Order) -> bool:
    return order.region == "mainland" or order.delivery_method.beyond_mainland


@world.rule(
    Customer, "insufficient", "{row.name}'s store account has a credit limit of £{row.credit_limit}.", "pay by card"
)
def account_within_its_limit(customer: Customer) -> bool:
    return customer.balance <= customer.credit_limit


@world.rule(Coupon, "conflict", "{row.code} would take off more than the goods that it needs.", "raise the minimum")
def coupons_leave_something_to_pay(coupon: Coupon) -> bool:
    return coupon.kind == "percent" or coupon.value <= coupon.minimum


@world.rule(OrderLine, "conflict", "More would go back than was bought.", watch=["ItemReturn.line"])
def returns_within_purchase(line: OrderLine) -> bool:
    return total(ItemReturn, "quantity", line=line, status=one_of(["requested", "refunded"])) <= line.quantity


@world.rule(bills.Entry, "conflict", "More would be refunded than was charged.", watch=["Entry.refunds"])
def refunds_within_charge(entry: Any) -> bool:
    return bool(total(bills.Entry, "amount", refunds=entry) <= entry.amount)


# Data --------------------------------------------------------------------------------------------------------------

CATEGORIES = """
T-shirts | Clothing | S M L XL |
Jackets | Clothing | S M L XL |
Jumpers | Clothing | S M L XL |
Bedding | Home | single double king |
Cookware | Home |  | 2 l/4 l
Furniture | Home |  |
Headphones | Electronics |  |
Storage | Electronics |  | 500 GB/1 TB/2 TB
Coffee | Pantry |  | 250 g/500 g/1 kg
Oils | Pantry |  | 500 ml/750 ml/1 l
Bottles | Outdoor |  | 500 ml/750 ml
Backpacks | Outdoor |  | 20 l/26 l
"""
CATALOGUE = """
T-shirts | Everyday Crew T-shirt | Fairhaven | organic cotton, crew neck, regular fit | 16 | navy ecru
T-shirts | Heavyweight Pocket T-shirt | Marlow | organic cotton, chest pocket, boxy fit | 24 | black ecru
T-shirts | Trail Tech T-shirt | Corrie | recycled polyester, quick-drying, regular fit | 22 | moss navy
T-shirts | Breton Long-sleeve T-shirt | Fairhaven | organic cotton, striped, relaxed fit | 28 | navy rust
Jackets | Drizzle Packable Jacket | Corrie | waterproof, packs into its pocket, hooded | 59 | navy moss
Jackets | Beacon Rain Jacket | Marlow | waterproof, taped seams, hooded | 95 | mustard navy
Jackets | Quilted Field Jacket | Fairhaven | water-repellent, corduroy collar, recycled filling | 79 | moss black
Jumpers | Shetland Crew Jumper | Marlow | lambswool, crew neck, fully fashioned | 68 | navy rust
Jumpers | Breton Cotton Jumper | Fairhaven | organic cotton, crew neck, striped | 46 | navy ecru
Bedding | Percale Duvet Cover | Linden House | organic cotton, 200 thread count, button closing | 45 | white
Bedding | Washed Linen Duvet Cover | Linden House | French linen, stonewashed, tie closing | 110 | sage
Bedding | Brushed Check Duvet Cover | Fairhaven | brushed cotton, check pattern, button closing | 38 | grey
Cookware | Enamel Casserole | Hearthside | oven safe, induction, lid included | 42 | white
Cookware | Cast Iron Casserole | Hearthside | oven safe, induction, lifetime guarantee | 85 | black
Furniture | Ash Bedside Table | Linden House | solid ash, one drawer, arrives assembled | 120 | natural black
Furniture | Oak Coffee Table | Linden House | solid oak, lower shelf, arrives assembled | 245 | natural smoked
Headphones | Aria Wireless Headphones | Tonal | noise cancelling, 30-hour battery, folds flat | 129 | black white
Headphones | Aria Lite Headphones | Tonal | 30-hour battery, folds flat, wired option | 59 | black sage
Headphones | Studio Over-ear Headphones | Kestrel | noise cancelling, wired option, replaceable pads | 149 | black grey
Headphones | Sprint Wireless Earbuds | Tonal | sweatproof, 8-hour battery, three tip sizes | 45 | black white
Storage | Portable SSD | Kestrel | USB-C, shock resistant, hardware encryption | 62 |
Storage | Rugged SSD | Tonal | USB-C, shock resistant, waterproof | 78 |
Coffee | House Blend Coffee Beans | Dockside | medium roast, chocolate notes, resealable bag | 7 |
Coffee | Kenya Coffee Beans | Dockside | light roast, single origin, resealable bag | 9 |
Coffee | Swiss Water Decaf Coffee Beans | Dockside | medium roast, decaffeinated, resealable bag | 8 |
Oils | Extra Virgin Olive Oil | Valle Sana | cold pressed, Italian, dark glass | 9 |
Oils | Early Harvest Olive Oil | Monte Rosso | cold pressed, Greek, peppery | 12 |
Oils | Everyday Olive Oil | Valle Sana | for cooking, Spanish, dark glass | 6 |
Bottles | Steel Insulated Bottle | Corrie | keeps cold 24 hours, leakproof, dishwasher safe | 24 | navy moss
Bottles | Flip-top Sports Bottle | Corrie | BPA free, leakproof, dishwasher safe | 11 | grey
Backpacks | Commuter Backpack | Corrie | laptop sleeve, water-repellent, luggage strap | 65 | black navy
Backpacks | Roll-top Backpack | Marlow | laptop sleeve, waterproof, recycled fabric | 88 | mustard
"""
DEARER = {"double": 130, "king": 160, "4 l": 145, "1 TB": 165, "2 TB": 280, "500 g": 188, "1 kg": 355, "26 l": 115,
          "750 ml": 138, "1 l": 176}  # fmt: skip
CONTENT = {"250 g": "0.25", "500 g": "0.5", "1 kg": "1", "500 ml": "0.5", "750 ml": "0.75", "1 l": "1"}
NAMES = """
Priya Emma Tom Emma Callum Grace Tom Aisha Ben Grace Ewan Megan
Shah Clarke Hughes Okafor Fraser Whitfield Clark Byrne Nowak Pemberton Lowe Iqbal Grant
"""
TOWNS = (
    ("Leeds", "LS6 2AB"), ("Bristol", "BS3 1QA"), ("Sheffield", "S11 8TP"), ("Inverness", "IV2 4NB"), ("Exeter", "EX4 6PL"),
    ("Belfast", "BT9 5FG"), ("Norwich", "NR2 3HW"), ("York", "YO31 7DR"), ("Cardiff", "CF11 9LJ"), ("Kirkwall", "KW15 1JF"),
)  # fmt: skip
STREETS = (
    "Mill Lane",
    "Station Road",
    "Albert Terrace",
    "Chapel Street",
    "Orchard Close",
    "Victoria Road",
    "Quay Street",
)
METHODS: tuple[tuple[str, str, int | None, int, bool, bool], ...] = (
    ("Saver", "2.95", 50, 5, True, False), ("Standard", "3.95", None, 3, True, False), ("Tracked 48", "5.95", None, 2, True, False),
    ("Next working day", "7.95", None, 1, False, False), ("Two-man delivery", "29", None, 8, False, True),
)  # fmt: skip
COUPONS: tuple[tuple[str, Literal["percent", "amount"], int, int, str, int], ...] = (
    ("SPRING10", "percent", 10, 30, "", 20), ("LARK6", "amount", 6, 25, "", 61), ("WARM15", "percent", 15, 60, "Clothing", 12),
    ("BREW20", "percent", 20, 20, "Pantry", 9), ("SOUND15", "amount", 15, 100, "Electronics", 30), ("NEST12", "percent", 12, 80, "Home", 15),
    ("TRAIL8", "amount", 8, 45, "Outdoor", 25), ("WINTER25", "percent", 25, 50, "", -2),
)  # fmt: skip
OPINIONS: dict[int, tuple[str, ...]] = {
    5: ("Exactly as described and better than I expected.", "Bought another one for my sister.", "Worth every penny."),
    4: ("Very good, though I have had slightly better.", "Does what it should. Packaging was a bit much."),
    3: ("Fine for the price.", "All right, but I had hoped for more after the other reviews."),
    2: ("Rather disappointing.", "Not what the description led me to expect."),
    1: ("Came damaged, and the replacement took two weeks.", "I would not buy this again."),
}
OPINIONS_ON: dict[str, dict[int, tuple[str, ...]]] = {
    "Clothing": {
        5: ("Fits perfectly and still looks new after ten washes.", "So comfortable that I hardly take it off."),
        4: (
            "Very nice, though the colour is a shade darker than in the picture.",
            "Good cloth, sleeves a little long.",
        ),
        3: ("Comes up a bit wide, but the cloth is decent.",),
        2: ("Lost its shape after the third wash.",),
        1: ("A seam came open on the second day.",),
    },
    "Home": {
        5: ("Looks beautiful in our house and feels solid.", "Just the right shade for our rooms."),
        4: ("Lovely quality, though the colour is a shade darker than in the picture.",),
        3: ("Decent, but I expected a finer finish for the money.",),
        2: ("Shows marks after a month of use.",),
        1: ("Arrived with a flaw right across the front.",),
    },
    "Electronics": {
        5: ("Set up in two minutes and has worked without a hitch since.", "Small, light and faultless."),
        4: ("Very good, only the cable could be longer.",),
        3: ("Works, but the instructions are hard to follow.",),
        2: ("Disappointing after a month of use.",),
        1: ("Stopped working in the second week.",),
    },
    "Pantry": {
        5: ("The best that we have had in years.", "Wonderful smell as soon as you open it."),
        4: ("Very good taste, though a smaller pack would stay fresher.",),
        3: ("Pleasant enough for every day, nothing special.",),
        2: ("Tastes flat compared with what I usually buy.",),
        1: ("The pack had leaked in the parcel.",),
    },
    "Outdoor": {
        5: ("Three weeks in the hills and not a scratch.", "Goes with me every day now."),
        4: ("Sturdy and practical, only a little heavy.",),
        3: ("Does the job, but cleaning it is a nuisance.",),
        2: ("Not as tight against water as I had hoped.",),
        1: ("Broke on the first trip.",),
    },
}
DESK = "figures@larkandthistle.example"
VALID = "WHERE o.status <> 'cancelled' "
SALES = (
    "SELECT l.variant_product_category_department_name AS department, sum(l.quantity) AS pieces, "
    "round(sum(l.quantity * l.unit_price), 2) AS value FROM order_lines l JOIN orders o ON o.id = l.order_id {}GROUP BY department ORDER BY value DESC, department"
)
SPEND = (
    "SELECT c.name AS customer, c.email AS email, l.variant_product_category_department_name AS department, "
    "round(sum(l.quantity * l.unit_price), 2) AS spent FROM order_lines l JOIN orders o ON o.id = l.order_id "
    "JOIN customers c ON c.id = o.customer_id {}GROUP BY c.id, department ORDER BY department, spent DESC, email"
)
STARS = (
    "SELECT p.name AS product, p.category_department_name AS department, round(avg(r.stars), 2) AS stars, "
    "count(*) AS reviews FROM reviews r JOIN products p ON p.id = r.product_id {}GROUP BY p.id ORDER BY product"
)
BRANDS = (
    "SELECT p.brand AS brand, round(avg(r.stars), 2) AS stars FROM reviews r JOIN products p ON p.id = r.product_id {}"
    "GROUP BY p.brand ORDER BY brand"
)
PIECES = "SELECT p.brand AS brand, {} AS pieces FROM order_lines l JOIN variants v ON v.id = l.variant_id {}"
BY_BRAND = "JOIN products p ON p.id = v.product_id GROUP BY p.brand ORDER BY brand"
QUERIES = (
    ("Sales by department", SALES.format(VALID), "Cancelled orders are left out"),
    ("Sales by department, all orders", SALES.format(""), "Cancelled orders count too"),
    ("Spend by customer and department", SPEND.format(VALID), "Goods at the prices charged, cancelled orders left out"),
    ("Spend by customer and department, all orders", SPEND.format(""), "Cancelled orders count too"),
    ("Verified stars by product", STARS.format("WHERE r.verified = 1 "), "Only people who bought it here"),
    ("Stars by product", STARS.format(""), "Whoever wrote them"),
    ("Stars by brand", BRANDS.format(""), "For the buyers"),
    ("Pieces by brand", PIECES.format("count(*)", BY_BRAND), "For the warehouse"),
    ("Low stock", "SELECT sku, product_name AS product, stock FROM variants WHERE stock < 5 ORDER BY stock, sku", None),
)
CHARTS = (
    ("Departments this winter", "Sales by department, all orders", "bar", "department", "value"),
    ("What customers think", "Stars by product", "point", "product", "stars"),
)
CORRECTIONS = (
    ("Stars by brand", BRANDS.format("WHERE r.verified = 0 "), BRANDS.format("WHERE r.verified = 1 ")),
    ("Pieces by brand", PIECES.format("max(l.quantity)", BY_BRAND), PIECES.format("sum(l.quantity)", BY_BRAND)),
)
EXCUSES = ("my statement had a slip in it", "I mixed two things up", "I wrote that one in too much of a hurry")


@world.data
def fill(draw: Draw) -> None:
    """The catalogue, customers with addresses, their orders since November, returns, carts and letters."""
    catalogue(draw)
    for name, cost, free, days, beyond, bulky in METHODS:
        free_from = None if free is None else Decimal(free)
        draw.new(
            DeliveryMethod,
            name=name,
            fee=Decimal(cost),
            free_from=free_from,
            working_days=days,
            beyond_mainland=beyond,
            takes_bulky=bulky,
        )
    for code, kind, value, minimum, section, days in COUPONS:
        department = first(Department, name=section) if section else None
        draw.new(Coupon, code=code, kind=kind, value=Decimal(value), minimum=Decimal(minimum), department=department,
                 expires=draw.today + timedelta(days=days))  # fmt: skip
    people = [person(draw, index % 16) for index in draw.many(16)]
    past_orders(draw, people)
    opinions(draw, people)
    goods_going_back(draw)
    for index, customer in enumerate(people):
        fill_cart(draw, customer, index % 16)
    keep_figures(draw)


def keep_figures(draw: Draw) -> None:
    """Saved queries and charts; two queries are wrong, and the figures desk wrote twice about each."""
    for name, sql, about in QUERIES:
        figures.store_query(name, sql, about).saved = draw.moment(-90, -20)
    for title, name, mark, x, y in CHARTS:
        figures.save_chart(first(figures.SavedQuery, name=name), title, mark, x, y).saved = draw.moment(-19, -8)
    for name, mistake, right in CORRECTIONS:
        wrong_day, told = draw.moment(-6, -4), draw.choice(EXCUSES)
        body = f"Hello, “{name}” is not right as it is. Please put in this statement instead. Noor\n\n{mistake}"
        earlier = mail.deliver(DESK, f"Correction: {name}", body, sent=wrong_day, read=True)
        body = f"Hello again, {told}, so forget what I sent for “{name}”. This is how it must be. Noor\n\n{right}"
        mail.deliver(DESK, f"Correction: {name}", body, sent=wrong_day + timedelta(days=2, minutes=35), answers=earlier)


def table(text: str) -> list[list[str]]:
    """The cells of a text with one row a line."""
    return [[cell.strip() for cell in line.split("|")] for line in text.strip().splitlines()]


def catalogue(draw: Draw) -> None:
    """Departments, categories, products and variants; a larger world has later editions of the same products."""
    options = {}
    for name, section, sizes, capacities in table(CATEGORIES):
        department = first(Department, name=section) or draw.new(Department, name=section)
        draw.new(Category, name=name, department=department)
        options[name] = sizes.split(), capacities.split("/")
    products = table(CATALOGUE)
    for index in draw.many(len(products)):
        category, name, brand, description, price, colours = products[index % len(products)]
        edition = index // len(products)
        product = draw.new(
            Product,
            name=f"{name} {edition + 1}" if edition else name,
            brand=brand,
            category=first(Category, name=category),
            description=description,
            price_from=Decimal(price),
            bulky=category == "Furniture",
            returnable="Earbuds" not in name,
        )
        start = draw.integer(0, 1)
        for position, colour in enumerate(colours.split() or [""]):
            share = 80 if position and draw.chance(35) else 100
            for size in options[category][0][start : start + 3 - position] or [""]:
                for capacity in options[category][1]:
                    dearer = (
                        115 if category == "Bottles" and capacity == "750 ml" else DEARER.get(size or capacity, 100)
                    )
                    amount = Decimal(price) * dearer * share / 10_000
                    variant(draw, product, colour, size, capacity.strip(), amount)
        product.price_from = min(one.price for one in rows(Variant, product=product))
    for name in ("Percale Duvet Cover", "Washed Linen Duvet Cover", "Studio Over-ear Headphones"):
        draw.pick(Variant, product__name=name).stock = 0


def variant(draw: Draw, product: Product, colour: str, size: str, capacity: str, amount: Decimal) -> None:
    """One variant, priced as shops price."""
    if product.category.department.name == "Pantry":
        amount = amount * draw.integer(92, 108) / 100
    price = amount.quantize(Decimal(1), ROUND_HALF_UP) - Decimal("0.05" if amount < 40 else "0.00")
    stock = 0 if draw.chance(14) else draw.integer(2, 5) if draw.chance(15) else draw.integer(6, 60)
    if product.category.department.name == "Pantry":
        others = [one for one in rows(Variant, product__category=product.category) if one.capacity]
        units = [one.price / Decimal(CONTENT[one.capacity or "1 l"]) for one in others]
        prices = [price + Decimal(step) / 2 for step in range(40)]
        price = next(one for one in prices if one / Decimal(CONTENT[capacity]) not in units)
        stock = stock + 6 if stock else 0
    draw.new(Variant, product=product, sku=f"{product.brand[:2].upper()}{1000 + count(Variant)}", colour=colour or None,
             size=size or None, capacity=capacity or None, price=price, stock=stock)  # fmt: skip


def person(draw: Draw, group: int) -> Customer:
    """A customer with one or two addresses; one has the name of another."""
    known = [one.name for one in rows(Customer)]
    firsts, lasts = (list(dict.fromkeys(names.split())) for names in NAMES.strip().splitlines())
    names = [f"{first_name} {last}" for first_name in firsts for last in lasts]
    free = [name for name in names if not any(name in other or other in name for other in known)]
    name = known[-7] if group == 11 else draw.choice(free or names)
    customer = draw.new(Customer, name=name, credit_limit=Decimal(draw.choice((150, 250, 250, 400))))
    labels = ("home", "work", "family", "allotment", "holiday flat")
    for label in labels[: 5 if customer.id % 16 == 15 else draw.integer(1, 3)]:
        city, postcode = TOWNS[-1] if customer.id % 16 == 11 and label == "home" else draw.skewed(TOWNS)
        recipient = (
            customer.name if label != "family" else f"{draw.choice(('Ian', 'Carol', 'Usha', 'Neil'))} {name.split()[1]}"
        )
        draw.new(Address, customer=customer, label=label, recipient=recipient, city=city, postcode=postcode,
                 street=f"{draw.integer(2, 148)} {draw.choice(STREETS)}", region=region_of(postcode))  # fmt: skip
    return customer


def past_orders(draw: Draw, people: Sequence[Customer]) -> None:
    """Orders in the sequence in which they were placed: regulars have many, some customers several unsent ones."""
    plan: list[tuple[datetime, int, str]] = []
    for index in range(len(people)):
        group = index % 16
        for _ in range(draw.integer(4, 5) if group < 4 else 1 if group < 13 else 0):
            plan.append((draw.moment(-110, -4, (7, 23)), index, "any"))
        for _ in range(2 if 4 <= group < 7 else 0):
            plan.append((draw.moment(-2, -1, (7, 23)), index, "any"))
        if 7 <= group < 11:
            plan.append((draw.moment(-2, -1, (7, 23)), index, "wrong size"))
        if group >= 13:
            plan.append((draw.moment(-22, -10, (7, 23)), index, "clothes"))
    for placed, index, what in sorted(plan):
        order = past_order(draw, people[index], placed, what)
        if what == "wrong size":
            wrong_size_letter(draw, order)


def past_order(draw: Draw, customer: Customer, placed: datetime, what: str) -> Order:
    """One order with its lines and what was posted for it."""
    address = draw.pick(Address, customer=customer)
    remote = address.region != "mainland"
    chosen = [] if what == "any" else [draw.choice([one for one in rows(Variant, price=at_least(20)) if siblings(one)])]
    chosen += draw.sample(
        [v for v in rows(Variant, product__bulky=False, product__returnable=True) if v not in chosen],
        draw.integer(1, 2),
    )
    if what == "clothes":
        chosen.append(draw.pick(Variant, product__returnable=False))
    if what == "any" and not remote and draw.chance(8):
        chosen = [draw.pick(Variant, product__bulky=True)]
    quantities = [draw.integer(1, 3) if one.product.category.department.name == "Pantry" else 1 for one in chosen]
    goods = sum((one.price * number for one, number in zip(chosen, quantities, strict=True)), Decimal(0))
    recent = placed >= draw.now - timedelta(days=3)
    names = ["Two-man delivery"] if chosen[0].product.bulky else ["Saver", "Standard", "Tracked 48"]
    method = rows(DeliveryMethod, name=draw.choice(names))[0]
    arrives = arrival(method, address.region, placed.date())
    coupon = first(Coupon, code=draw.choice(("SPRING10", "LARK6"))) if goods > 40 and draw.chance(20) else None
    if coupon and count(Order, customer=customer, coupon=coupon):
        coupon = None
    discount = (
        Decimal(0)
        if coupon is None
        else pence(goods * coupon.value / 100)
        if coupon.kind == "percent"
        else coupon.value
    )
    cost = fee(method, goods - discount)
    cancelled = not recent and what == "any" and draw.chance(8)
    status: Status = (
        "cancelled" if cancelled else "processing" if recent else "delivered" if arrives < draw.today else "dispatched"
    )
    account = not cancelled and customer.balance + goods + cost <= customer.credit_limit and draw.chance(40)
    order = draw.new(
        Order, number=f"LT-{20_001 + count(Order)}", customer=customer, status=status, placed=placed, deliver_to=written(address),
        region=address.region, delivery_method=method, arrives=arrives, goods=goods, discount=discount, delivery_fee=cost,
        total=goods - discount + cost, coupon=coupon, payment="account" if account else "card",
    )  # fmt: skip
    for one, number in zip(chosen, quantities, strict=True):
        draw.new(OrderLine, order=order, variant=one, quantity=number, unit_price=one.price)
    if account:
        bills.post(customer, "charge", order.total, f"Order {order.number}").posted = placed
        if status == "delivered" and draw.chance(50):
            bills.post(customer, "payment", order.total, "Payment by bank transfer").posted = draw.moment(-2, -1)
    return order


def siblings(one: Variant) -> list[Variant]:
    """Other sizes of the same thing, in stock and at the same price."""
    if one.size not in SIZES:
        return []
    return rows(
        Variant, product=one.product, colour=one.colour, price=one.price, stock=at_least(2), size=other_than(one.size)
    )


def wrong_size_letter(draw: Draw, order: Order) -> None:
    """A customer's letter about an order that holds the wrong size."""
    line = next(one for one in rows(OrderLine, order=order) if siblings(one.variant))
    wanted = draw.choice(siblings(line.variant))
    body = (
        f"Hello, I was too quick with order {order.number}: the {line.variant.product.name} should have been size {wanted.size}, "
        f"not size {line.variant.size}. The colour is right. Could you change it before it goes out?\n\n{order.customer.name}"
    )
    draw.new(mail.Message, folder="inbox", sender=order.customer.email, recipient="help@larkandthistle.example",
             subject=f"Wrong size in {order.number}", body=body, sent=draw.moment(-1, -1, (20, 23)), read=False, answers=None)  # fmt: skip


def opinions(draw: Draw, people: Sequence[Customer]) -> None:
    """Reviews, some by buyers in the orders seen here and others from before these begin; each department has a favourite."""
    favourites = [draw.choice(rows(Product, category__department=one)) for one in rows(Department)]
    for product in rows(Product):
        favourite = product in favourites
        stars = (5,) if favourite else (5, 4, 4, 3, 2)
        first_one, *others = draw.sample(people, draw.integer(2, 3))
        review(draw, product, first_one, 5 if favourite else draw.choice((4, 4, 3, 2)), True, draw.day(-300, -130))
        for customer in others:
            verified = draw.chance(65)
            review(draw, product, customer, draw.choice(stars if verified else (5, 5, 4, 2, 1)), verified,
                   draw.day(-300, -130))  # fmt: skip
        lines = rows(OrderLine, order__status="delivered", variant__product=product)
        bought = [one for one in lines if one.order.arrives < draw.today - timedelta(days=3)]
        for line in draw.sample(bought, 1):
            if not count(Review, product=product, customer=line.order.customer):
                written = line.order.arrives + timedelta(days=draw.integer(1, 3))
                review(draw, product, line.order.customer, draw.choice(stars), True, written)
        strangers = [one for one in people if not count(OrderLine, order__customer=one, variant__product=product)
                     and not count(Review, product=product, customer=one)]  # fmt: skip
        if draw.chance(30):
            review(draw, product, draw.choice(strangers), draw.choice((5, 5, 3, 1)), False, draw.day(-100, -3))


def review(draw: Draw, product: Product, customer: Customer, stars: int, verified: bool, written: date) -> None:
    """One review in words that suit the product, and that nobody else used for it."""
    fitting = OPINIONS_ON[product.category.department.name][stars] + OPINIONS[stars]
    used = [one.text for one in rows(Review, product=product)] + [one.text for one in rows(Review, customer=customer)]
    text = draw.choice([one for one in fitting if one not in used] or fitting)
    draw.new(Review, product=product, customer=customer, stars=stars, verified=verified, text=text, written=written)


def goods_going_back(draw: Draw) -> None:
    """Returns, most of them still to be settled, at least one bought on account."""
    lines = [
        one
        for one in rows(OrderLine, order__status="delivered")
        if one.order.arrives >= draw.today - timedelta(days=75)
    ]
    account = [one for one in lines if one.order.payment == "account"][:1]
    others = [
        one for one in draw.shuffled(lines) if one not in account and one.order.customer.id % 16 not in (14, 15, 0)
    ]
    for position, line in enumerate([*account, *others[: len(draw.many(10))]]):
        sized = line.variant.size in SIZES
        reason: Reason = (
            draw.choice(("too small", "too large")) if sized else draw.choice(("faulty", "not as described"))
        )
        requested = max(line.order.arrives + timedelta(days=1), draw.day(-16, -2))
        settled = position > 8 and line.order.payment == "card"
        draw.new(ItemReturn, line=line, quantity=1, reason=reason, requested=requested, received=settled or position % 2 == 0,
                 status="rejected" if settled else "requested")  # fmt: skip


def fill_cart(draw: Draw, customer: Customer, group: int) -> None:
    """Carts of a few lines, some long wish lists, one cart that has waited too long and one with furniture."""
    light = rows(Variant, product__bulky=False, stock=at_least(2))
    if group in (0, 1, 4, 5, 8, 12):
        clothes = [one for one in light if siblings(one)]
        chosen = [draw.choice(clothes)]
        chosen += draw.sample([one for one in light if one.product != chosen[0].product], draw.integer(2, 3))
        for one in chosen:
            quantity = 2 if one.product.category.department.name == "Pantry" else 1
            draw.new(CartLine, customer=customer, variant=one, quantity=quantity)
    elif group in (9, 10):
        held = one_of([one.variant.id for one in rows(CartLine)])
        gone = [one for one in rows(Variant, product__bulky=group == 10) if one not in rows(Variant, id=held)]
        unsent = [one.variant.product for one in rows(OrderLine, order__status="processing")]
        chosen_one = draw.choice([one for one in gone if one.product not in unsent] or gone)
        chosen_one.stock = 0 if group == 9 else max(chosen_one.stock, 3)
        draw.new(CartLine, customer=customer, variant=chosen_one, quantity=1)
    if group in (12, 13):
        bills.post(customer, "payment", Decimal(25 * draw.integer(1, 2)), "Gift card").posted = draw.moment(-30, -3)
    if group in (2, 3, 11):
        sold_out = draw.sample(rows(Variant, product__bulky=False, stock=0), draw.integer(1, 2))
        for one in draw.shuffled([*draw.sample(light, 10), *sold_out]):
            draw.new(CartLine, customer=customer, variant=one, quantity=1, place="wish_list")
    elif group in (8, 13):
        one = draw.choice(
            [v for v in rows(Variant, product__bulky=False) if not count(CartLine, customer=customer, variant=v)]
        )
        draw.new(CartLine, customer=customer, variant=one, quantity=1, place="wish_list")


# Tasks -------------------------------------------------------------------------------------------------------------

NOUNS = {
    "T-shirts": "a T-shirt", "Jackets": "a jacket", "Jumpers": "a jumper", "Bedding": "a duvet cover",
    "Cookware": "a casserole", "Headphones": "a pair of headphones", "Storage": "an SSD", "Coffee": "a bag of coffee beans",
    "Oils": "a bottle of olive oil", "Bottles": "a drinking bottle", "Backpacks": "a backpack",
}  # fmt: skip


def plain(noun: str) -> str:
    """The word of a noun that the shop's names have, as people type it into a search box."""
    return re.sub(r"^(an?|pair of|bag of|bottle of|drinking) ", "", re.sub(r"^an? ", "", noun))


def matching(noun: str, feature: str, options: str, limit: Decimal) -> list[Variant]:
    """The variants that a request describes, in stock or not."""
    found = [
        one for one in rows(Variant, price=at_most(limit)) if plain(noun).casefold() in one.product.name.casefold()
    ]
    return [one for one in found if feature in one.product.description.split(", ") and options_of(one) == options]


def wish(draw: TaskDraw, customer: Customer, stocked: bool) -> dict[str, Any]:
    """A request for a product by what it is, its options and a price, which exactly one variant fits.

    The price matters, as far as there is such a request: something else of the kind, with the feature or in the options, costs more.
    """
    fitting = []
    for one in new_to(customer):
        noun = NOUNS[one.product.category.name]
        if (one.stock > 0) is stocked and plain(noun).casefold() in one.product.name.casefold():
            limit = Decimal(-(-(one.price + 1) // 5) * 5)
            features = one.product.description.split(", ")
            fitting += [
                (noun, f, options_of(one), limit)
                for f in features
                if matching(noun, f, options_of(one), limit) == [one]
            ]
    noun, feature, options, limit = draw.choice([one for one in fitting if too_dear(*one)] or fitting)
    return {"noun": noun, "feature": feature, "options": options, "limit": limit}


def too_dear(noun: str, feature: str, options: str, limit: Decimal) -> bool:
    """Whether something comes close to a request but costs more than its limit."""
    close = [
        one for one in rows(Variant) if plain(noun).casefold() in one.product.name.casefold() and one.price > limit
    ]
    return any(feature in one.product.description.split(", ") or options_of(one) == options for one in close)


def shopper(draw: TaskDraw, full: bool) -> tuple[Customer, Address]:
    """A customer whose cart is empty, or full of goods that can be sent anywhere, and one of their addresses."""
    fitting = []
    for one in rows(Customer):
        lines = cart_lines(one)
        sendable = all(line.variant.stock >= line.quantity and not line.variant.product.bulky for line in lines)
        if (len(lines) > 1 and sendable) if full else not lines:
            fitting.append(one)
    customer = draw.choice(fitting)
    return customer, draw.pick(Address, customer=customer)


def new_to(customer: Customer) -> list[Variant]:
    """What no line of a customer's cart or wish list holds, furniture apart."""
    held = [one.variant for one in rows(CartLine, customer=customer)]
    return [one for one in rows(Variant, product__bulky=False) if one not in held]


def by_name(names: Sequence[str]) -> list[Customer]:
    """Customers whom a search by their full name finds alone, of those named."""
    return [
        one
        for one in rows(Customer)
        if one.name in names and sum(one.name in other.name for other in rows(Customer)) == 1
    ]


def find_variant(do: Do, noun: str, feature: str, options: str, limit: Decimal) -> Any:
    """Search for a product, look at the pages that fit and give the variant with these options."""
    for product in browse(do, words=plain(noun), price_max=limit):
        if plain(noun).casefold() in product.name.casefold() and feature in product.description.split(", "):
            for one in do.get_product(product_id=product.id).variants:
                if said(one) == options and one.price <= limit:
                    return one
    return None


def browse(do: Do, **filters: Any) -> list[Any]:
    """All products that a search finds, page by page."""
    page = do.search_products(**filters)
    found = list(page.products)
    for _ in range(page.pages - 1):
        found += do.turn_page(to="next").products
    return found


def said(one: Any) -> str:
    """The options of a variant that a tool showed, as `options_of` says them."""
    options = [one.colour, f"size {one.size}" if one.size else None, one.capacity]
    return ", ".join(word for word in options if word)


def named_product(do: Do, name: str) -> Any:
    """The page of the product of exactly this name."""
    return do.get_product(product_id=next(one.id for one in browse(do, words=name) if one.name == name))


def address_of(do: Do, label: str) -> int:
    """The id of one of the acting customer's addresses."""
    book = do.get_customer()
    return int(next(one.id for one in book.addresses if one.label == label))


def quotes(do: Do, address: int) -> list[Any]:
    """A quote for every delivery method on offer."""
    quoted = do.quote_order(address_id=address)
    others = [one.id for one in quoted.methods if one.id != quoted.delivery_method.id]
    return [quoted] + [do.quote_order(address_id=address, delivery_method_id=other) for other in others]


def method_named(quote: Any, name: str) -> int:
    """The id of a delivery method on offer."""
    return int(next(one.id for one in quote.methods if one.name == name))


@world.intent(
    "Please order {noun} for at most {limit}: {options}, with '{feature}' in the description, one only. Send it to my {label} address by the "
    "cheapest delivery that is there by {deadline}. My card pays.",
    "I'm after {noun} ('{feature}'), {options}, no dearer than {limit}. Buy a single one on my card; it must reach my {label} address on {deadline} "
    "at the latest, and shipping should cost as little as possible.",
    "Could you find {noun}, {options}? The listing has to mention '{feature}', and my ceiling is {limit}. Order one by card; if you take the lowest "
    "delivery charge that makes {deadline}, my {label} address is where it should go.",
    "Need by {deadline} at my {label} address: {noun}, {options}, quantity 1. Described as: '{feature}'. Budget for the item is {limit}. Card payment, "
    "cheapest carrier that manages the date.",
    "One thing to buy today. What: {noun}. Its listing says: '{feature}'. Which: {options}. How much: up to {limit}. Where: my {label} address. When: not "
    "after {deadline}, with the least expensive delivery that keeps to it. Charge my card.",
    "It is time I got {noun}, and the description should say '{feature}'. I want {options} and won't spend over {limit} on it. Put one through on "
    "the card and ship to my {label} address; pick whatever delivery is lowest in price yet arrives by {deadline}.",
    "Check out {noun} for me, just the one, in exactly this option: {options}, with '{feature}' among its features, at a price not above {limit}. It goes "
    "to my {label} address before the end of {deadline}, spending the minimum on postage, from my card.",
    "I am sure that you stock {noun} for {limit} or less that is described as '{feature}'; get me one, {options}. Use my card and the {label} address. "
    "Among the deliveries arriving no later than {deadline} choose the one with the smallest fee.",
    kind="write", role="shopper",
)  # fmt: skip
def buy_what_fits(draw: TaskDraw) -> Task:
    customer, address = shopper(draw, full=False)
    wanted = wish(draw, customer, stocked=True)
    method = draw.choice(rows(DeliveryMethod, takes_bulky=False, beyond_mainland=True))
    deadline = arrival(method, address.region)

    def solve(do: Do) -> None:
        found = find_variant(do, **wanted)
        do.add_to_cart(variant_id=found.id, quantity=1)
        home = address_of(do, address.label)
        timely = [one for one in quotes(do, home) if one.arrives <= deadline.isoformat()]
        best = min(timely, key=lambda one: one.delivery_fee)
        do.check_out(address_id=home, delivery_method_id=best.delivery_method.id, payment="card")

    return draw.task(solve, actor=customer, label=address.label, deadline=deadline, **wanted)


@world.impossible(buy_what_fits)
def buy_what_is_sold_out(draw: TaskDraw) -> Task:
    customer, address = shopper(draw, full=False)
    wanted = wish(draw, customer, stocked=False)
    deadline = arrival(draw.choice(rows(DeliveryMethod, takes_bulky=False, beyond_mainland=True)), address.region)

    def solve(do: Do) -> None:
        found = find_variant(do, **wanted)
        do.attempt("add_to_cart", variant_id=found.id, quantity=1)

    return draw.task(solve, impossible=True, actor=customer, label=address.label, deadline=deadline, **wanted)


def usable(customer: Customer, lines: Sequence[CartLine]) -> list[Coupon]:
    """The coupons that a customer could use for some lines."""
    used = [one.coupon for one in rows(Order, customer=customer, status=other_than("cancelled"))]
    return [
        one
        for one in rows(Coupon)
        if one.expires >= today() and one not in used and eligible(one, lines) >= one.minimum
    ]


@world.intent(
    "Check out my cart to my {label} address by {method}, paid by card, with whichever coupon saves me most.",
    "Which of the coupon codes takes the most off what I have in the cart? Use that one, ship with {method} to my {label} address and charge my card.",
    "Please place the order for everything in my cart: {method}, {label} address, card. Try the codes first and apply the one worth the most.",
    "I'd like the biggest discount I can get. Go through the coupons, then order the cart's contents on my card, {method} to my {label} address.",
    "Time to buy what is in my basket. Send it to my {label} address ({method}) and, so that I pay as little as possible, pick the best voucher. Payment is by card.",
    "Complete my purchase with the strongest coupon that works for these goods; deliver to my {label} address, service {method}, on the card.",
    "{method} to my {label} address, please, and my card for the money. Before you submit the cart, work out what code lowers the bill furthest and put it in.",
    "Can you order all that I have put in the cart? Destination: my {label} address. Delivery: {method}. Payment: card. Of all promotions choose the most generous.",
    kind="conditional", role="shopper",
)  # fmt: skip
def order_with_best_coupon(draw: TaskDraw) -> Task:
    fitting = []
    for customer in rows(Customer):
        lines = cart_lines(customer)
        savings = sorted((saving(one, lines) for one in usable(customer, lines)), reverse=True)
        whole = all(one.variant.stock >= one.quantity and not one.variant.product.bulky for one in lines)
        if whole and savings and (len(savings) == 1 or savings[0] > savings[1]):
            fitting.append(customer)
    customer = draw.choice(fitting)
    address = draw.pick(Address, customer=customer)
    method = draw.choice([one for one in offered(cart_lines(customer), address.region) if one.free_from is None])

    def solve(do: Do) -> None:
        home = address_of(do, address.label)
        best = None
        for coupon in do.list_coupons():
            if coupon.expires >= world.now.date().isoformat():
                quote = do.attempt("quote_order", address_id=home, coupon_id=coupon.id)
                if quote and (best is None or quote.discount > best[0]):
                    best = quote.discount, coupon.id, method_named(quote, method.name)
        assert best is not None
        do.check_out(address_id=home, delivery_method_id=best[2], coupon_id=best[1], payment="card")

    return draw.task(solve, actor=customer, label=address.label, method=method.name)


@world.intent(
    "If {code} takes at least {least} off my cart, order it all with that coupon: {method} to my {label} address, by card. If it doesn't, buy nothing "
    "and move everything in the cart to my wish list.",
    "Try the code {code}. Worth {least} or more? Then check out with it on my card, {method}, to my {label} address. Otherwise keep the lot for "
    "later on the wish list instead of ordering.",
    "I only want to buy now when {code} saves me no less than {least}. In that case: whole cart, coupon applied, {label} address, {method}, card. Failing "
    "that, shift each line over to the wish list and don't order.",
    "Please see what {code} does for my basket. Anything under {least}, or the code not working, means I'll wait: put all the lines on the "
    "wish list. From {least} upwards, go ahead with the code, {method} delivery to my {label} address and my card.",
    "My cart should go to my {label} address by {method} with coupon {code} and card payment, but just if the discount reaches {least}; else park its contents "
    "on my wish list.",
    "Does {code} bring the goods down by {least} or beyond? Yes: submit the order to my {label} address, {method}, using it, card. No: empty the cart into the "
    "wish list.",
    "Decide for me. A discount of {least} at minimum from {code} and you place my order ({method}, {label} address, card, with the code). "
    "A smaller one or none, and every item moves from cart to wish list.",
    "Order what's in the cart on my card, sent {method} to my {label} address, on one condition: {code} has to knock off {least} or better. When it can't, "
    "save all of it to the wish list.",
    kind="conditional", role="shopper",
)  # fmt: skip
def order_if_coupon_is_worth_it(draw: TaskDraw) -> Task:
    customer, address = shopper(draw, full=True)
    lines = cart_lines(customer)
    good = draw.chance(50) and usable(customer, lines)
    coupon = draw.choice(usable(customer, lines)) if good else draw.pick(Coupon)
    worth_it = saving(coupon, lines) if coupon in usable(customer, lines) else Decimal(0)
    least = Decimal(int(worth_it)) if good else Decimal(max(int(worth_it) + 2, 5))
    method = draw.choice(offered(lines, address.region))

    def solve(do: Do) -> None:
        code = next(one.id for one in do.list_coupons() if one.code == coupon.code)
        home = address_of(do, address.label)
        quote = do.attempt("quote_order", address_id=home, coupon_id=code)
        if quote and quote.discount >= least:
            way = method_named(quote, method.name)
            do.check_out(address_id=home, delivery_method_id=way, coupon_id=code, payment="card")
        else:
            for line in do.view_cart().lines:
                do.change_cart_line(line_id=line.id, place="wish_list")

    return draw.task(solve, actor=customer, code=coupon.code, least=least, label=address.label, method=method.name)


@world.intent(
    "Order {quantity} × {product} ({options}) to my {label} address with {method}. Put it on my store account if I then owe {limit} or less, "
    "otherwise on my card.",
    "I'd like {quantity} of the {product}, {options}, sent by {method} to my {label} address. As long as my account balance stays within {limit} "
    "including this order, use the account; if not, the card.",
    "Please buy {product}: {options}, quantity {quantity}, {method}, {label} address. Which way to pay depends. Would the account afterwards stand at more "
    "than {limit}? Then card. Would it not? Then account.",
    "{quantity} × {product}, {options}, for my {label} address, {method}. My rule is never to owe the shop over {limit}, so charge the account only when the "
    "new balance keeps to that; the card takes it in any other case.",
    "Get me the {product} ({options}) - I need {quantity} - and have it brought to my {label} address by {method}. Pay from the store account provided the "
    "debt after it is {limit} at most. Should it be higher, pay by card.",
    "Check what I owe first. With the cost of {quantity} × {product} ({options}, {method} to my {label} address) added, is it still no more than {limit}? "
    "Account, please. Above that, my card. Place the order either way.",
    "Shopping list: {product}, {options}, {quantity} pc. Destination: my {label} address, using {method}. Settlement on account where the balance, this "
    "included, does not exceed {limit}; by card where it does.",
    "Could you order the {product} for me, {options}, quantity {quantity}? It goes to my {label} address, {method}. I'd rather use my account but refuse to "
    "have a balance beyond {limit} once it is booked - in which event take the card.",
    kind="conditional", role="shopper",
)  # fmt: skip
def order_on_account_or_card(draw: TaskDraw) -> Task:
    customer, address = shopper(draw, full=False)
    one = draw.choice([v for v in new_to(customer) if v.stock > 2 and v.price < 90])
    quantity = draw.integer(1, 2)
    net = one.price * quantity
    method = draw.choice(rows(DeliveryMethod, takes_bulky=False, beyond_mainland=True))
    owed = customer.balance + net + fee(method, net)
    room = owed < 12 or (owed + 30 < customer.credit_limit and draw.chance(50))
    limit = max(Decimal(int(owed) + draw.integer(3, 30) * (1 if room else -1)), Decimal(5))

    def solve(do: Do) -> None:
        page = named_product(do, one.product.name)
        chosen = next(v.id for v in page.variants if said(v) == options_of(one))
        do.add_to_cart(variant_id=chosen, quantity=quantity)
        home = address_of(do, address.label)
        quote = do.quote_order(address_id=home)
        way = method_named(quote, method.name)
        quote = do.quote_order(address_id=home, delivery_method_id=way)
        balance = do.account_statement(customer_id=customer.id).balance
        payment = "account" if do.sum([balance, quote.total]) <= limit else "card"
        do.check_out(address_id=home, delivery_method_id=way, payment=payment)

    return draw.task(solve, actor=customer, product=one.product.name, options=options_of(one), quantity=quantity,
                     label=address.label, method=method.name, limit=limit)  # fmt: skip


@world.intent(
    "The {product} in my cart is size {wrong}; I need {right} in the same colour. Take out the {other} as well, then order the rest to my {label} "
    "address by {method} with my card.",
    "I picked the wrong size of the {product}: {wrong} where it should be {right}, colour as it is. The {other} can go. After that please check out, "
    "{method}, {label} address, card.",
    "Before you place my order, mend the cart: {product} from {wrong} to size {right}, not another colour, and no {other}. Then {method} to my {label} "
    "address, paying by card.",
    "Two corrections. (1) Swap the {product}, size {wrong}, for the same in {right}. (2) Drop the {other}. With that done buy what's left on my card and ship it "
    "{method} to my {label} address.",
    "My cart isn't right. {right} is my size, not {wrong}, for the {product} - keep the colour - and I have changed my mind about the {other}. "
    "Fix both and submit it: {label} address, {method}, card payment.",
    "Please don't let the {product} go out in size {wrong}! It has to be {right}, otherwise identical. Leave off the {other}, and order everything else that "
    "is in the cart by {method} to my {label} address (card).",
    "Could you tidy up and then order? The {other} should not be in the cart at all and the {product} wants changing to {right} (I chose {wrong} by mistake; "
    "same colour). Deliver to my {label} address with {method}, card as usual.",
    "Remove the {other}; exchange the {product}, size {wrong}, for size {right} of that colour; then purchase the cart by card, {method}, to my {label} address.",
    kind="repair", role="shopper",
)  # fmt: skip
def mend_cart_and_order(draw: TaskDraw) -> Task:
    fitting = []
    for customer in rows(Customer):
        lines = cart_lines(customer)
        if len(lines) > 2 and all(one.variant.stock >= one.quantity and not one.variant.product.bulky for one in lines):
            single = [one for one in lines if sum(o.variant.product == one.variant.product for o in lines) == 1]
            wrong = [one for one in single if siblings(one.variant) and len(single) > 1]
            fitting += [(customer, one, right, single) for one in wrong for right in siblings(one.variant)]
    customer, line, right, single = draw.choice(fitting)
    lines = cart_lines(customer)
    other = draw.choice([one for one in single if one != line])
    address = draw.pick(Address, customer=customer)
    method = draw.choice(offered(lines, address.region))

    def solve(do: Do) -> None:
        cart = do.view_cart()
        mine = next(one for one in cart.lines if one.variant_product_name == line.variant.product.name)
        page = named_product(do, line.variant.product.name)
        wanted = next(v.id for v in page.variants if v.size == right.size and v.colour == mine.variant_colour)
        do.change_cart_line(line_id=mine.id, variant_id=wanted)
        gone = next(one.id for one in cart.lines if one.variant_product_name == other.variant.product.name)
        do.change_cart_line(line_id=gone, remove=True)
        home = address_of(do, address.label)
        way = method_named(do.quote_order(address_id=home), method.name)
        do.check_out(address_id=home, delivery_method_id=way, payment="card")

    return draw.task(solve, actor=customer, product=line.variant.product.name, wrong=line.variant.size, right=right.size,
                     other=other.variant.product.name, label=address.label, method=method.name)  # fmt: skip


@world.intent(
    "Move everything on my wish list that costs {limit} or less and is in stock into the cart; leave the others there. What does the cart come to then?",
    "Payday! From the wish list, put each thing priced at most {limit} in my cart, skipping what is sold out, and tell me the cart's subtotal.",
    "Please go through my wish list. In stock and not above {limit} apiece: into the cart. Dearer or unavailable: stays. I'd like to know the goods total afterwards.",
    "Which wishes can I afford? Transfer every available one up to {limit} to the cart and report the value of the cart.",
    "I want to clear the cheaper end of my wish list: items at {limit} or under that you have right now should sit in the cart instead. How much is in it in the end?",
    "Shift to my cart all wish-list lines whose unit price does not exceed {limit}, as far as there is stock, and give me the resulting subtotal.",
    "For each product I have wished for, check the price. No more than {limit}, and available today? Cart. Then say what the cart amounts to; touch nothing else.",
    "Fill my cart from the wish list with whatever is on hand and has a price tag of {limit} or lower. The sum of the goods is what I need from you after that.",
    kind="batch", role="shopper",
)  # fmt: skip
def wishes_into_cart(draw: TaskDraw) -> Task:
    customer = draw.choice(
        [
            one
            for one in rows(Customer)
            if count(CartLine, customer=one, place="wish_list", variant__stock=at_least(1)) > 8
        ]
    )
    lines = sorted(
        rows(CartLine, customer=customer, place="wish_list", variant__stock=at_least(1)),
        key=lambda one: one.variant.price,
    )
    limits = [Decimal(int(one.variant.price) + 2) for one in lines[3:-1]]
    limit = draw.choice([one for one in limits if one < lines[-1].variant.price])
    chosen = [one for one in lines if one.variant.price <= limit]
    sum_after = worth([*cart_lines(customer), *chosen])

    def solve(do: Do) -> Any:
        for line in do.view_cart().wish_list:
            if line.variant_price <= limit and line.variant_stock > 0:
                do.change_cart_line(line_id=line.id, place="cart")
        return do.view_cart().subtotal

    return draw.task(solve, answer=Answer.money(sum_after), actor=customer, limit=limit)


@world.intent(
    "How much has {customer} spent on goods from {department} since {start}? Leave out cancelled orders, delivery and coupons; what was returned counts all the same.",
    "What is the value of all {department} items {customer} ordered from {start} on, at the prices charged, not counting cancelled orders, coupons or postage? Returned goods stay in.",
    "{customer} asks what went on {department} since {start}. Add up quantity times unit price over orders that were not cancelled; no discounts, no delivery, and nothing off for returns.",
    "I need a figure for {customer}: purchases in the {department} department, placed {start} or later, before any coupon and without shipping; cancellations do not count, returns make no difference.",
    "Work out the total that {customer} laid out for {department} in orders dated {start} and after. Ignore delivery fees, coupon discounts and whatever was cancelled; returns do not lower it.",
    "For a loyalty check, sum the {department} lines in the orders of {customer} from {start} until today - only orders still valid, list value before coupons, fees aside, whether or not something came back.",
    "Since {start}, what has {customer} bought from us in {department}, in pounds? Cancelled ones are out, and take goods only, as priced on the lines, sent back or not.",
    "Tell me the turnover with {customer} in {department} starting {start}, disregarding cancelled orders, without carriage and as if there had been no coupons and no returns.",
    kind="aggregate", role="support",
)  # fmt: skip
def spent_on_department(draw: TaskDraw) -> Task:
    start = date(2025, 11, 1) + timedelta(days=draw.integer(10, 40))
    filters: dict[str, Any] = {
        "order__placed": at_least(datetime.combine(start, time.min)),
        "order__status": other_than("cancelled"),
    }
    fitting = [
        (one, section) for one in by_name([c.name for c in rows(Customer) if count(Order, customer=c) > 3]) for section in rows(Department)
        if count(OrderLine, order__customer=one, variant__product__category__department=section, **filters) > 1
    ]  # fmt: skip
    customer, section = draw.choice(fitting)
    lines = rows(OrderLine, order__customer=customer, variant__product__category__department=section, **filters)
    spent = sum((one.unit_price * one.quantity for one in lines), Decimal(0))

    def solve(do: Do) -> Any:
        found = do.search_customers(name=customer.name)[0]
        amounts = []
        for order in do.search_orders(customer_id=found.id, placed_from=start).orders:
            if order.status != "cancelled":
                for line in do.get_order(order_id=order.id).lines:
                    if line.variant_product_category_department_name == section.name:
                        amounts.append(do.product(line.unit_price, line.quantity))
        return do.sum(amounts)

    return draw.task(solve, answer=Answer.money(spent), customer=customer.name, department=section.name, start=start)


@world.intent(
    "Which product in {department} costing {limit} or less has the best average rating by verified buyers?",
    "Going by verified purchases alone, what do people rate highest on average among the {department} products you can get for {limit} at most?",
    "I have {limit} to spend in {department}. Among the products that start at that or less, name the one whose reviews from people who really bought it have the top mean of stars.",
    "Look through everything in {department} that starts at {limit} or less and compare the stars. Only verified reviews count. What comes out on top on average?",
    "Find me the winner in {department}: price from {limit} or below, highest average score, unverified opinions disregarded.",
    "Of all the {department} goods that start at no more than {limit}, tell me the one with the best mean rating if just verified customers are counted.",
    "Before I choose anything from {department}: which article to be had for {limit} or less do genuine (verified) buyers give the most stars on average?",
    "What is the best liked thing under {department} among what starts at {limit} or less? Take the average number of stars, verified reviewers only.",
    kind="question", role="shopper",
)  # fmt: skip
def best_rated(draw: TaskDraw) -> Task:
    fitting = []
    for section in rows(Department):
        for budget in (8, 10, 15, 20, 30, 40, 50, 60, 70, 80, 100, 120, 140):
            products = rows(Product, category__department=section, price_from=at_most(Decimal(budget)))
            means = sorted(((mean_stars(one), -one.id) for one in products), reverse=True)
            dearer = count(Product, category__department=section, price_from=above(Decimal(budget)))
            if len(means) > 3 and dearer and means[0][0] > means[1][0]:
                fitting.append((section, Decimal(budget), rows(Product, id=-means[0][1])[0]))
    section, limit, winner = draw.choice(fitting)

    def solve(do: Do) -> Any:
        best = (Decimal(0), "")
        for product in browse(do, department=section.name, price_max=limit):
            stars = [one.stars for one in do.product_reviews(product_id=product.id, verified_only=True)]
            mean = Decimal(sum(stars)) / max(len(stars), 1)
            best = max(best, (mean, product.name))
        return best[1]

    customer = draw.pick(Customer)
    return draw.task(solve, answer=Answer.row(winner), actor=customer, department=section.name, limit=limit)


def mean_stars(product: Product) -> Decimal:
    """The average of verified ratings; none counts as nothing."""
    stars = [one.stars for one in rows(Review, product=product, verified=True)]
    return Decimal(sum(stars)) / max(len(stars), 1)


@world.intent(
    "Which pack of {noun} works out cheapest per {unit}, of those that you have in stock? Put {quantity} of that pack in my cart.",
    "Compare the price per {unit} of all the {noun} on offer and add {quantity} of the best-value pack to my cart, as long as it isn't sold out (else the next best).",
    "I buy by the {unit}: find the {noun} with the lowest unit price, any kind, any pack that is available, and put {quantity} packs in the cart.",
    "Please cart the pack of {noun} that gives most for the money per {unit}, {quantity} times. Ignore packs you cannot deliver now.",
    "I don't care about the brand. Whatever pack of {noun} comes to the least for one {unit} and is available should be in my cart, {quantity} of them.",
    "Do the sums for me on {noun}: every product, every pack size, price divided by contents in {unit}s. {quantity} of the in-stock winner into the cart, please.",
    "Add {noun} to my cart, {quantity} packs, whichever stocked variant is cheapest when you reckon it per {unit}.",
    "Value for money matters here. Out of the {noun} in stock, pick the pack where a {unit} costs least and give me {quantity} in my cart.",
    kind="write", role="shopper",
)  # fmt: skip
def lowest_unit_price(draw: TaskDraw) -> Task:
    quantity = draw.integer(2, 4)
    fitting = []
    for category, unit in (("Coffee", "kilo"), ("Oils", "litre")):
        packs = rows(Variant, product__category__name=category, stock=at_least(1))
        best, *others = sorted((one.price / Decimal(CONTENT[one.capacity or "1 kg"]), one.id) for one in packs)
        winner = rows(Variant, id=best[1])[0]
        if best[0] < others[0][0] and winner.stock >= quantity:
            buyers = [one for one in rows(Customer) if not count(CartLine, customer=one, variant=winner)]
            fitting += [(one, plain(NOUNS[category]), unit) for one in buyers]
    customer, noun, unit = draw.choice(fitting)

    def solve(do: Do) -> None:
        packs = [
            pack
            for one in browse(do, words=noun)
            for pack in do.get_product(product_id=one.id).variants
            if pack.stock > 0
        ]
        best = min(packs, key=lambda one: Decimal(str(one.price)) / Decimal(CONTENT[one.capacity]))
        do.add_to_cart(variant_id=best.id, quantity=quantity)

    return draw.task(solve, actor=customer, noun=noun, unit=unit, quantity=quantity)


@world.intent(
    "{customer} is going abroad and wants all orders that have not been sent yet cancelled. Do that, and e-mail them the order numbers and the total of all these orders.",
    "Cancel every order of {customer} that is still being processed, then e-mail them which numbers these were and the total of all of them together.",
    "Please stop whatever we have not dispatched for {customer}. They should get an e-mail naming each cancelled order by number and the total of all that goes back.",
    "Call off all unsent orders in the name of {customer}; afterwards send the customer the numbers and the sum of the order totals, the total of all, by mail.",
    "{customer} phoned: nothing that is still in processing should leave the warehouse. Cancel it all and confirm by e-mail, with order numbers and the total of all cancelled orders.",
    "For {customer}, anything in status processing is to be cancelled. Let them know by e-mail: a list of the numbers, and the total of all in one figure.",
    "We have to cancel what {customer} ordered, so far as it is still in processing. Mail a confirmation that states the numbers of the orders and the total of all.",
    "Clear the open (processing) orders of {customer}: cancel one and all. Then a short e-mail to the customer - numbers, and the total of all the cancelled orders added up.",
    kind="batch", role="support",
)  # fmt: skip
def cancel_unsent_orders(draw: TaskDraw) -> Task:
    customer = draw.choice(
        by_name([one.name for one in rows(Customer) if count(Order, customer=one, status="processing") > 1])
    )

    def solve(do: Do) -> None:
        found = do.search_customers(name=customer.name)[0]
        orders = do.search_orders(customer_id=found.id, status="processing").orders
        for order in orders:
            do.cancel_order(order_id=order.id)
        amount = do.sum([one.total for one in orders])
        numbers = {f"number{position}": one.number for position, one in enumerate(orders)}
        listed = ", ".join("{" + name + "}" for name in numbers)
        body = do.compose(
            "Dear customer, we have cancelled " + listed + ". In all £{amount} goes back to you.",
            amount=amount,
            **numbers,
        )
        do.send_message(recipient=found.email, subject=do.compose("Your cancelled orders"), body=body)

    return draw.task(solve, customer=customer.name)


@world.intent(
    "Please clear the open returns: refund every one whose parcel we have received, reject those not received that were requested before {cutoff}, leave the rest open.",
    "Go through all returns not yet settled. Parcel here? Refund. Not here and asked for earlier than {cutoff}? Reject. Everything newer waits.",
    "Returns desk, weekly round: received goods are refunded; requests from before {cutoff} with no parcel are rejected; later ones without a parcel stay as they are.",
    "Settle the returns queue. What has come back gets its money, what was announced before {cutoff} and never came gets turned down, the others remain open.",
    "I'd like no received return left unpaid, and no missing one older than {cutoff} (by date of request) left unrejected. Don't touch missing ones requested on that day or after.",
    "For each requested return across the shop: if the parcel has arrived, refund it; if it hasn't and the request is dated before {cutoff}, decline it; otherwise nothing.",
    "Work off the list of open returns today. Refunds for all received parcels; rejections where nothing arrived and the customer applied prior to {cutoff}; keep any remaining ones waiting.",
    "Customers are asking about their returns. Pay out those that reached us. Reject requests made before {cutoff} that never reached us. Younger requests without a parcel keep their status.",
    kind="batch", role="support",
)  # fmt: skip
def settle_open_returns(draw: TaskDraw) -> Task:
    missing = sorted(one.requested for one in rows(ItemReturn, status="requested", received=False))
    cutoff = draw.choice(missing[1:] or missing)

    def solve(do: Do) -> None:
        page = do.search_orders(return_open=True)
        orders = list(page.orders)
        for number in range(2, page.pages + 1):
            orders += do.search_orders(return_open=True, page=number).orders
        for order in orders:
            for one in do.get_order(order_id=order.id).returns:
                if one.status == "requested" and one.received:
                    do.settle_return(item_return_id=one.id, decision="refund")
                elif one.status == "requested" and one.requested < cutoff.isoformat():
                    do.settle_return(item_return_id=one.id, decision="reject")

    return draw.task(solve, cutoff=cutoff)


@world.intent(
    "{customer} wrote to us about a wrong size. Change the order as they ask and reply to that e-mail with the order number, the new size (written as 'size …') and the day it will arrive.",
    "There is an e-mail from {customer}: an order of theirs has something in the wrong size. Put it right, then reply to that e-mail, naming the order's number, the size they get now (as 'size …') and the date of arrival.",
    "Please take care of {customer}'s letter on the mistaken size. The order needs changing; then reply to that e-mail, and say the order number, which size is coming ('size …') and the date it arrives.",
    "Somebody picked the wrong size - {customer}. Read what they sent us, correct the order accordingly and reply to that e-mail to confirm: order number, size in the form 'size …', day of arrival.",
    "In the inbox {customer} asks for another size in an order not sent yet. Make the swap and reply to that e-mail; state the number of the order, the corrected size, put as 'size …', and the date of delivery.",
    "Could you deal with the size mix-up {customer} mailed about? Amend it first. Then reply to that e-mail with order number, what you changed it to ('size …') and arrival date.",
    "Handle {customer}'s request for a different size: alter the order line, reply to that e-mail. They want to read the order's number, 'size …' for what will be sent and on what day it comes.",
    "A size needs correcting for {customer}; the details are in their message. When it's done, reply to that e-mail and mention the order (number), the right 'size …' and the arrival day.",
    kind="repair", role="support",
)  # fmt: skip
def correct_size_as_written(draw: TaskDraw) -> Task:
    letters = [one for one in rows(mail.Message, folder="inbox") if one.subject.startswith("Wrong size")]
    senders = {one.sender for one in letters}
    customer = draw.choice(by_name([one.name for one in rows(Customer, email=one_of(sorted(senders)))]))

    def solve(do: Do) -> None:
        found = do.search_customers(name=customer.name)[0]
        letter = next(one for one in do.search_messages(sender=found.email, folder="inbox") if "size" in one.subject)
        written_size = re.search(r"been size (\w+), not size (\w+)", letter.body)
        number = re.search(r"LT-\d+", letter.body)
        product = re.search(r": the (.+) should", letter.body)
        assert written_size
        assert number
        assert product
        order = do.search_orders(customer_id=found.id, number=number[0]).orders[0]
        lines = do.get_order(order_id=order.id).lines
        line = next(
            one for one in lines if one.variant_product_name == product[1] and one.variant_size == written_size[2]
        )
        variants = named_product(do, product[1]).variants
        other = next(one for one in variants if one.size == written_size[1] and one.colour == line.variant_colour)
        do.change_order_line(line_id=line.id, variant_id=other.id)
        body = do.compose("Hello, {number} now has {size} and comes on {day}.", number=order.number, size=f"size {other.size}",
                          day=date.fromisoformat(order.arrives))  # fmt: skip
        do.reply_to_message(message_id=letter.id, body=body)

    return draw.task(solve, customer=customer.name)


@world.intent(
    "What is the earliest day on which the goods in my cart could be at my {label} address if delivery may cost up to {most}?",
    "If I ordered my cart right now, paying {most} or less for delivery, when at the soonest would it get to my {label} address?",
    "Tell me the first possible arrival date of my cart at my {label} address. I won't go above {most} for the shipping.",
    "How soon can you bring what is in the cart to my {label} address, given a delivery budget of {most}? A date, please.",
    "Compare the ways of sending my basket to my {label} address: of those that cost {most} at most, on what date does the fastest arrive?",
    "By which day would I have my cart's contents at the {label} address, choosing the quickest service with a fee not over {most}?",
    "Looking for speed: order today, {label} address, postage no higher than {most}. Which day does it come?",
    "I'm willing to pay {most} for delivery, no more. Under that condition, give me the soonest date for my cart to reach my {label} address.",
    kind="question", role="shopper",
)  # fmt: skip
def earliest_arrival(draw: TaskDraw) -> Task:
    customer, address = shopper(draw, full=True)
    lines = cart_lines(customer)
    fees = {fee(one, worth(lines)) for one in offered(lines, address.region)}
    most = Decimal(draw.choice([one for one in ("3.50", "5", "6.50", "7.50") if min(fees) <= Decimal(one) < max(fees)]))
    days = [arrival(one, address.region) for one in offered(lines, address.region) if fee(one, worth(lines)) <= most]

    def solve(do: Do) -> Any:
        home = address_of(do, address.label)
        return min(one.arrives for one in quotes(do, home) if one.delivery_fee <= most)

    return draw.task(solve, answer=Answer.day(min(days)), actor=customer, label=address.label, most=most)


@world.intent(
    "We have moved: my home address is now {street}, {city} {postcode}. Change it, then order my cart to the new home by card, whichever delivery is cheapest.",
    "Please update home in my address book to {street} in {city}, {postcode}, and send what is in the cart there. Lowest delivery fee, card.",
    "New house! {street}, {city}, postcode {postcode} replaces the old home address. After that buy the contents of my cart for delivery to it as cheaply as you can ship, on my card.",
    "Overwrite my address 'home': {street}, {city}, {postcode}. My cart should go to that place with the least expensive delivery; the card pays.",
    "My home is at {street}, {city} {postcode} from today. Correct the entry and check out the cart with it, cheapest shipping, card payment.",
    "Don't send anything to our old home any more. It's {street} now ({city}, {postcode}) - save that, and place the order for my cart to it. Card, and the smallest delivery charge there is.",
    "Could you enter {street}, {city}, {postcode} as home instead of what is there, and then complete the order in my cart? To home, obviously; by card; economical delivery, the cheapest.",
    "Address change first (home: {street}; {city}; {postcode}), order second: all of the cart, to home, for the lowest postage on offer, charged to my card.",
    kind="write", role="shopper",
)  # fmt: skip
def move_house_and_order(draw: TaskDraw) -> Task:
    customer, _ = shopper(draw, full=True)
    street = f"{draw.integer(150, 290)} {draw.choice(STREETS)}"
    city, postcode = draw.choice([town for town in TOWNS if not count(Address, customer=customer, city=town[0])])

    def solve(do: Do) -> None:
        label = next(one.label for one in do.get_customer().addresses if one.label == "home")
        home = do.save_address(label=label, street=street, city=city, postcode=postcode).id
        best = min(quotes(do, home), key=lambda one: one.delivery_fee)
        do.check_out(address_id=home, delivery_method_id=best.delivery_method.id, payment="card")

    return draw.task(solve, actor=customer, street=street, city=city, postcode=postcode)


@world.intent(
    "The {product} from order {number} is too {fault}. Start the return and order the same colour in size {size} to my {label} address by {method}, on my card.",
    "I have to send back the {product} of {number}: too {fault}. Register that, please, then buy it again in {size}, colour unchanged, {method} to my {label} address, card.",
    "{number}: {product}, too {fault}. Can I return it? And get me size {size} of that colour instead - a new order to my {label} address, {method}, by card.",
    "Please exchange a {product}. Return the one in {number} for being too {fault}; then place a fresh card order for size {size} in the colour I had, {label} address, {method}.",
    "My {product} came with {number} and turned out too {fault}. Ask for its return, add a {size} of the same colour to my cart and check that out to my {label} address with {method} and my card.",
    "Wrong fit! Send back the {product} (order {number}, reason: too {fault}) and reorder it one for one as {size}, identical colour. Ship to my {label} address, {method}, paid by card.",
    "Size {size} is what I should have ordered for the {product} in {number}; it's too {fault}. First the return, next the replacement order: same colour, {method}, {label} address, card.",
    "Two steps please: return request on {number} for the {product} because it is too {fault}, and a purchase of the {product} in {size} as colour before, delivered {method} to my {label} address against my card.",
    kind="repair", role="shopper",
)  # fmt: skip
def exchange_what_came(draw: TaskDraw) -> Task:
    fitting = []
    for line in rows(OrderLine, order__status="delivered", quantity=1):
        fresh = line.order.arrives >= draw.today - timedelta(days=RETURN_DAYS) and not count(ItemReturn, line=line)
        alone = count(OrderLine, order=line.order, variant__product=line.variant.product) == 1
        if fresh and alone and not cart_lines(line.order.customer):
            fitting += [
                (line, other)
                for other in siblings(line.variant)
                if not count(CartLine, customer=line.order.customer, variant=other)
            ]
    line, other = draw.choice(fitting)
    customer, sizes = line.order.customer, ("S", "M", "L", "XL")
    reason = "too small" if sizes.index(other.size or "S") > sizes.index(line.variant.size or "S") else "too large"
    address = draw.pick(Address, customer=customer)
    method = draw.choice(rows(DeliveryMethod, takes_bulky=False, beyond_mainland=True))

    def solve(do: Do) -> None:
        order = do.search_orders(number=line.order.number).orders[0]
        bought = next(
            one
            for one in do.get_order(order_id=order.id).lines
            if one.variant_product_name == line.variant.product.name
        )
        do.return_item(line_id=bought.id, quantity=1, reason=reason)
        page = named_product(do, line.variant.product.name)
        wanted = next(one.id for one in page.variants if one.size == other.size and one.colour == bought.variant_colour)
        do.add_to_cart(variant_id=wanted, quantity=1)
        home = address_of(do, address.label)
        way = method_named(do.quote_order(address_id=home), method.name)
        do.check_out(address_id=home, delivery_method_id=way, payment="card")

    return draw.task(solve, actor=customer, product=line.variant.product.name, number=line.order.number, fault=reason.split()[1],
                     size=other.size, label=address.label, method=method.name)  # fmt: skip


# Tasks with figures ------------------------------------------------------------------------------------------------


def saved(do: Do, name: str) -> int:
    """The id of the saved query of a name."""
    return int(next(one.id for one in do.every("search_saved_queries") if one.name == name))


def report(do: Do, query: int) -> list[list[str]]:
    """All that a saved query gives."""
    found: list[list[str]] = []
    for page in range(4):
        shown = do.run_saved_query(saved_query_id=query, limit=50, offset=50 * page or None)
        found += [row["values"] for row in shown.rows]
        if not shown.more:
            break
    return found


@world.intent(
    "The figures desk has mailed us a new statement for the saved query “{query}”, and then another in place of the first. "
    "Put the one that holds into the query, send the report to {address}, and archive both mails.",
    "“{query}” gives wrong figures. In the inbox are two corrections by the figures desk, of which the later counts. Change "
    "the saved query accordingly, archive the two mails, and have the report go to {address}.",
    "Please repair the saved query “{query}” with the statement that the figures desk finally sent (their first one was a "
    "mistake). After that {address} should get its report. Both of their mails belong in the archive.",
    "Noor at the figures desk wrote twice about “{query}”. Take her last word for the statement of that saved query and "
    "move what she wrote on it to the archive; {address} is waiting for the corrected report.",
    "{address} needs the report “{query}”, but not before the saved query has been corrected as the figures desk asked in "
    "the newer of two mails. File these mails, the old and the new, in the archive.",
    "Two mails, one query: “{query}”. See which statement the figures desk stands by, enter it, archive the mails, send "
    "the report that then results to {address}.",
    "Could you bring “{query}” into order? The SQL is in our mail from the figures desk; they took back their first "
    "attempt. Report to {address} afterwards, mails to the archive (there are two).",
    "Clear the corrections to “{query}” from the inbox: apply the valid one to the saved query, archive that mail and the "
    "withdrawn one, and let {address} have the new report.",
    kind="repair", role="support",
)  # fmt: skip
def correct_a_query(draw: TaskDraw) -> Task:
    stored = {one.name: one.sql for one in rows(figures.SavedQuery)}
    telling = [
        name for name, *other in CORRECTIONS if len({figures.outcome(sql) for sql in (stored[name], *other)}) == 3
    ]
    query, address = draw.choice(telling), draw.choice(OFFICES)

    def solve(do: Do) -> None:
        found = do.search_messages(folder="inbox", subject=query)
        latest = max(found, key=lambda one: str(one.sent))
        sql = latest.body[latest.body.index("SELECT") :]
        do.change_saved_query(saved_query_id=saved(do, query), sql=sql)
        do.send_report(name=query, recipient=address, note=do.compose("The corrected figures are attached."))
        for one in found:
            do.move_message(message_id=one.id, folder="archive")

    return draw.task(solve, query=query, address=address)


OFFICES = ("buying@larkandthistle.example", "board@larkandthistle.example", "warehouse@larkandthistle.example")


@world.intent(
    "Thank the three customers who have spent most on {department}, cancelled orders apart and before coupons or returns: "
    "issue the coupon {code}, {value} percent off {department} from {minimum}, valid to {expires}, and e-mail each of "
    "them the code and its last day.",
    "New coupon {code}: {value} percent on {department}, minimum {minimum}, last day {expires}. The three people whose "
    "{department} purchases come to most get an e-mail with code and last day. Count goods at the prices charged, without "
    "cancelled orders; coupons and returns take nothing off.",
    "We want to treat our best three {department} customers by what they bought for on valid orders, that is, not "
    "cancelled; never mind returns and coupons they used. Set up {code} for {department} ({value} percent, needs "
    "{minimum}, expires {expires}) and write to each of the three, stating the code and until when it works.",
    "Who are the top three in {department} by spending? Leave out cancelled orders; what came back counts, and no "
    "discounts come off. They are to receive, by e-mail, a code and the day on which it expires. The code is {code}; "
    "please issue it with {value} percent off {department}, from {minimum} up, to {expires}.",
    "Issue {code} today: it takes {value} percent off goods from {department} worth {minimum} or more and runs until "
    "{expires}. Then tell the three customers with the highest {department} spend (quantity times price of every line in "
    "orders that were not cancelled, returned or not, no coupon deducted), one e-mail each, code and expiry included.",
    "Please make {code} a coupon for {department}. Percent: {value}. Minimum: {minimum}. Expiry: {expires}. Send the code "
    "with its expiry to those three customers whose {department} goods come to the largest sums, cancellations "
    "disregarded, line prices as they stand, returns left in.",
    "A thank-you for {department}: the three biggest spenders there each get mail from us that names the code {code} and "
    "its expiry date, {expires}. Spending is goods on orders not cancelled, before any coupon and any return. The code "
    "gives {value} percent off {department} above a minimum of {minimum}, and has to be issued first.",
    "From our figures, pick the three customers that spent the most in {department}: cancelled orders out, everything "
    "else at the prices of its lines, coupons and returns ignored. They will be mailed a code, {code}, together with the "
    "last day of its validity, {expires}; create it as {value} percent off {department} with {minimum} as the minimum.",
    kind="batch", role="support",
)  # fmt: skip
def thank_the_best(draw: TaskDraw) -> Task:
    fitting = [one for one in rows(Department) if best_spenders(one)]
    department = draw.choice(fitting).name
    code = f"{draw.choice(('THANKS', 'LOYAL', 'FRIEND'))}{draw.integer(11, 99)}"
    value, minimum, expires = draw.choice((8, 12, 18)), Decimal(draw.choice((15, 30, 45))), draw.day(20, 80)

    def solve(do: Do) -> None:
        spent = [row for row in report(do, saved(do, "Spend by customer and department")) if row[2] == department]
        do.issue_coupon(code=code, kind="percent", value=value, minimum=minimum, expires=expires, department=department)
        for _, address, _, _ in spent[:3]:
            body = do.compose("Thank you! {code} is yours until {day}.", code=code, day=expires)
            do.send_message(recipient=address, subject=do.compose("A thank-you"), body=body)

    return draw.task(solve, department=department, code=code, value=value, minimum=minimum, expires=expires)


def best_spenders(department: Department) -> list[Customer]:
    """The three customers who spent most on a department, unless others spent as much."""
    spent: dict[Customer, Decimal] = {}
    for line in rows(
        OrderLine, variant__product__category__department=department, order__status=other_than("cancelled")
    ):
        spent[line.order.customer] = spent.get(line.order.customer, Decimal(0)) + line.unit_price * line.quantity
    ranked = sorted(spent, key=lambda one: -spent[one])
    clear = len(ranked) > 3 and spent[ranked[2]] > spent[ranked[3]]
    return ranked[:3] if clear else []


@world.intent(
    "If the verified reviews of {product.name} average less than {limit} stars, put “under review” on its page and e-mail "
    "{address} the average to two decimals. Otherwise e-mail {address} how many verified reviews there are.",
    "Look at what verified buyers give {product.name}. A mean below {limit}: its page gets the notice “under review” and "
    "{address} an e-mail with the mean, rounded to two decimals. A mean of {limit} or more: only an e-mail to {address}, "
    "with the number of verified reviews.",
    "Is {product.name} in trouble with the people who really bought it? Under {limit} stars on average it is marked as "
    "under review, and the average (two decimals) goes to {address} by e-mail. Failing that, mail {address} the count "
    "of verified reviews.",
    "{address} asks about {product.name}. Should its verified average be lower than {limit}, set the notice “under review” "
    "and answer by a new e-mail with that average to two decimals; should it not be, tell them the number of verified "
    "reviews that it has.",
    "Check the stars of {product.name}, leaving unverified reviews aside. Less than {limit} on average means two things: "
    "notice “under review” on the product, average to two decimals to {address}. Anything else means one: the number of "
    "verified reviews to {address}. Use e-mail.",
    "We mark products as under review when verified customers rate them below {limit} on average. Does that go for "
    "{product.name}? Then do so and mail {address} the figure, rounded to two decimals. If it does not, mail {address} "
    "how many verified reviews we have of it.",
    "Verified reviews of {product.name}: what is their mean? Where it is smaller than {limit}, write it to {address} (two "
    "decimals) and show “under review” on the page. Where it is not, write to {address} how many such reviews exist.",
    "Please see to {product.name}. By verified reviews alone, it either averages under {limit} stars, so it needs the "
    "notice “under review” and {address} needs that average with two decimals, or it does not, and {address} just learns "
    "by e-mail the number of those reviews.",
    kind="conditional", role="support",
)  # fmt: skip
def review_a_product(draw: TaskDraw) -> Task:
    limit, wanted = draw.choice((3, 4)), draw.chance(60)
    reviewed = [one for one in rows(Product) if count(Review, product=one, verified=True)]
    product = draw.choice([one for one in reviewed if (mean_stars(one) < limit) == wanted])
    address = draw.choice(OFFICES)

    def solve(do: Do) -> None:
        row = next(one for one in report(do, saved(do, "Verified stars by product")) if one[0] == product.name)
        stars, reviews = do.sum([row[2]]), do.sum([row[3]])
        if stars < limit:
            do.set_notice(product_id=named_product(do, product.name).product.id, notice="under review")
            body = do.compose("Verified buyers give it {stars} stars on average.", stars=stars)
        else:
            body = do.compose("It has {reviews} verified reviews.", reviews=reviews)
        do.send_message(recipient=address, subject=do.compose("What customers say"), body=body)

    return draw.task(solve, product=product, limit=limit, address=address)


@world.intent(
    "Chart the {measure} of each department, cancelled orders left out, as a {mark} chart called “{title}” from the saved "
    "query that has these figures. Then send that query's report to {address} with the name of the leading department.",
    "For {address}: a {mark} chart “{title}” with departments across and {measure} upwards, drawn from whichever saved query "
    "does not count cancelled orders, and the report of the same query, whose note says which department is ahead.",
    "I need “{title}”, a {mark} chart of {measure} by department without cancelled orders; there is a saved query for it. "
    "Send its report to {address} as well and mention in the note the department that has most.",
    "Make a {mark} chart out of our departments' {measure}, title “{title}”. Mind that one saved query counts cancelled "
    "orders: use the other. {address} gets the report of the right one, with the top department in the note.",
    "Please send {address} the saved report on departments that leaves cancellations out, naming in the note the "
    "department with the highest {measure}, and save a chart of it: {mark}, department against {measure}, “{title}”.",
    "Save a chart named “{title}” (type {mark}; x: department, y: {measure}) of the saved query in which cancelled orders "
    "do not figure. The department that comes first in {measure} is to be named in the note when you send that report to "
    "{address}.",
    "“{title}” is the chart we are missing: {mark}, {measure} per department, nothing cancelled in it. Take the fitting "
    "saved query. Its report goes to {address}, and the note should tell them who leads by {measure}.",
    "Which department leads in {measure}, cancelled orders excluded? Send {address} the report of the saved query that "
    "shows it, with the department's name in the note, and keep a {mark} chart of {measure} by department as “{title}”.",
    kind="write", role="support",
)  # fmt: skip
def chart_the_departments(draw: TaskDraw) -> Task:
    measure, mark = draw.choice(("pieces", "value")), draw.choice(("bar", "line", "point"))
    title, address = draw.choice(("Departments compared", "Spring meeting", "Where we stand")), draw.choice(OFFICES)
    ranked = sorted((sold(one, measure) for one in rows(Department)), reverse=True)
    draw.need(ranked[0] > ranked[1], "two departments lead")

    def solve(do: Do) -> None:
        query = saved(do, "Sales by department")
        found = report(do, query)
        place = {"pieces": 1, "value": 2}[measure]
        best = max(found, key=lambda row: Decimal(row[place]))[0]
        do.save_chart(saved_query_id=query, title=title, mark=mark, x="department", y=measure)
        note = do.compose("The department that leads is {best}.", best=best)
        do.send_report(name="Sales by department", recipient=address, note=note)

    return draw.task(solve, measure=measure, mark=mark, title=title, address=address)


def sold(department: Department, measure: str) -> Decimal:
    """The pieces or the value of a department in orders that were not cancelled."""
    lines = rows(OrderLine, variant__product__category__department=department, order__status=other_than("cancelled"))
    return sum((one.quantity * (one.unit_price if measure == "value" else Decimal(1)) for one in lines), Decimal(0))
