"""An independent bookshop's back office: shelves, orders with accounts, holds, returns, publishers and their pages."""

import re
from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal
from typing import Annotated, Any, Literal

from agentworlds import (
    Answer,
    City,
    CompanyName,
    Do,
    Draw,
    Email,
    Money,
    PersonName,
    Phone,
    Range,
    Reference,
    Row,
    Street,
    Task,
    TaskDraw,
    Title,
    Url,
    World,
    above,
    at_least,
    at_most,
    below,
    containing,
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

world = World("bookshop", title="Quill Lane Books", now="2026-03-02 09:00", tick=30, currency="GBP")

ADDRESS = "shop@quilllanebooks.example"
OWN_HOST = "quilllanebooks.example"
RETURN_DAYS = 30
HOLD_DAYS = 14
WRAP = Decimal("2.50")
POSTAGE = Decimal("3.95")
FREE_POSTAGE_FROM = Decimal(40)
RECOMMENDED = 5
Copies = Annotated[int, Range(1, 20)]
Condition = Literal["as new", "worn", "faulty"]
Carrier = Literal["Royal Mail", "DPD", "Evri", "in person"]


@world.table
class Publisher(Row):
    name: CompanyName = field(unique=True)
    trade_discount: Literal[35, 40, 45]


@world.table
class Author(Row):
    name: PersonName


@world.table
class Book(Row):
    title: Title
    author: Author
    publisher: Publisher
    genre: Literal["fiction", "crime", "history", "nature", "cookery", "children"]
    published: date


@world.table(
    label="name", unique=[("book", "format")],
    show=("book.author.name", "book.publisher.name", "book.genre", "book.published"),
)  # fmt: skip
class Edition(Row):
    name: Title = field(unique=True)
    book: Book
    format: Literal["paperback", "hardback", "large print", "signed"]
    isbn: Reference = field(unique=True)
    price: Annotated[Money, Range(1, 200)]
    stock: int
    minimum: Annotated[int, Range(0, 50)]
    in_print: bool = True
    review: Url | None = None


@world.table
class Customer(Row):
    name: PersonName
    email: Email = field(unique=True)
    phone: Phone
    street: Street
    town: City
    member: bool
    credit_limit: Money
    balance: Money = field(default=Decimal(0))


@world.table(owner="customer")
class Order(Row):
    reference: Reference = field(unique=True, free=True)
    customer: Customer
    status: Literal["open", "dispatched", "cancelled"] = "open"
    delivery: Literal["post", "collect"]
    placed: datetime = field(default=now)
    dispatched: date | None = field(default=None, clock=True)


@world.table(owner="order.customer", show=("edition.book.author.name",))
class OrderLine(Row):
    edition: Edition
    order: Order
    quantity: Copies
    unit_price: Money
    gift_wrap: bool = False


@world.table(owner="order.customer", label="carrier")
class Shipment(Row):
    order: Order = field(unique=True)
    carrier: Carrier
    tracking: Reference | None = field(default=None, free=True)
    sent: datetime = field(default=now)


@world.table(owner="line.order.customer", show=("line.edition.name",))
class Return(Row):
    line: OrderLine
    quantity: Copies
    condition: Condition
    refund: Money
    made: datetime = field(default=now)


@world.table(owner="customer")
class Hold(Row):
    edition: Edition
    customer: Customer
    until: date
    status: Literal["active", "collected", "released"] = "active"
    made: datetime = field(default=now)


@world.table(show=("edition.book.publisher.name",))
class PurchaseOrder(Row):
    edition: Edition
    quantity: Annotated[int, Range(1, 100)]
    cost: Money
    status: Literal["sent", "received"] = "sent"
    sent: datetime = field(default=now)


# What people write about: a subject, a text, and what may stand in it.
ASKED: tuple[tuple[str, str, tuple[str, ...], tuple[str, ...]], ...] = (
    ("Book club", "Is there still a chair free for the book club on {0}? I am at {1} and want to know how it ends.",
     ("Thursday", "the 12th", "the 26th"),
     ("chapter nine", "page 210", "the last fifty pages", "the second part", "chapter three")),
    ("A present", "My {0} has read everything about {1}. What would you suggest next?",
     ("niece", "nephew", "godson", "granddaughter"),
     ("ponies", "pirates", "the Romans", "beetles", "ballet", "volcanoes")),
    ("Book tokens", "I have {0} tokens from {1}. Do you take them, and may I use them all at once?",
     ("two", "three", "four", "five"),
     ("a shop in Saltby", "my old school", "an aunt in Leith", "my choir", "a raffle")),
    ("Thank you", "Thank you for the parcel. {1}, and my {0} was delighted.",
     ("father", "sister", "neighbour", "old teacher"),
     ("The wrapping was lovely", "It came in good time", "Nothing was bent", "You chose well")),
    ("Opening hours at Easter", "Are you open on {0}? We are coming over {1} that day.",
     ("Good Friday", "Easter Saturday", "Easter Monday"),
     ("from the coast", "by bus", "with the whole family", "by train", "on foot")),
    ("Second-hand books", "I am clearing my {0}'s shelves. Do you buy {1}, or know somebody who does?",
     ("mother", "uncle", "late aunt", "godmother"), ("older hardbacks", "maps", "green Penguins", "cookery books")),
    ("Author evening", "I cannot come to the author evening because of {0}. Will you keep {1} for those who missed it?",
     ("a night shift", "a wedding", "my knee", "choir practice"),
     ("signed copies", "the handout", "posters", "bookmarks")),
    ("School visit", "Could {0} children of ours look round the shop one {1}? They would like to see how you work.",
     ("twelve", "eighteen", "two dozen"), ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday")),
    ("A book I remember", "As a child I had a book with {0} on the cover and a story about {1}. Does that ring a bell?",
     ("a lighthouse", "a red kite", "two owls", "a blue door"),
     ("a lost map", "a stubborn goat", "a winter flood", "twins at sea")),
    ("Left behind", "I think I left {0} in the shop, by the {1}. Has anything been handed in?",
     ("an umbrella", "a grey scarf", "my reading glasses", "a red glove"),
     ("till", "window seat", "cookery shelf", "front door")),
    ("Large print", "My {0} cannot manage small type any more. Which {1} do you have in large print?",
     ("mother", "grandfather", "wife", "landlady"), ("novels", "crime stories", "poems", "memoirs", "histories")),
    ("A talk", "I collect {0} and could give a talk about {1} in the shop. Would that be of interest?",
     ("old maps", "bookplates", "seed catalogues"),
     ("printers", "the canal", "local families", "lost villages", "fakes")),
    ("Gift card", "Can one get a gift card for {0}? It is meant for {1}.",
     ("£15", "£25", "£35", "£60"), ("a colleague", "our postman", "a student", "two cousins", "my doctor")),
    ("Your window", "The window with the {0} is a delight. Who made the {1}?",
     ("sea birds", "Roman coins", "paper boats", "snowdrops"), ("lettering", "little figures", "backdrop", "lamps")),
)  # fmt: skip
# Who works on the shop itself, and at what.
FIRMS = (
    ("Riverside Shopfitters", "orders@riversidefit.example"), ("Riverside Builders", "office@riversidebuild.example"),
    ("Dyers Row Joinery", "bench@dyersrow.example"), ("Abbey Road Carpenters", "visits@abbeycarpenters.example"),
    ("Weir Street Works", "desk@weirworks.example"), ("Saltby Shopfitting", "jobs@saltbyfit.example"),
    ("Merle and Daughter", "hello@merledaughter.example"), ("Owl Building Repairs", "repairs@owlbuild.example"),
    ("Fosse Way Fitters", "quotes@fossefitters.example"), ("Priory Maintenance", "control@priorymaint.example"),
    ("Canal Walk Joiners", "service@canaljoiners.example"), ("Market Denham Builders", "help@denhambuild.example"),
)  # fmt: skip
JOBS = (
    "low shelves for the children's corner", "a lamp over the poetry table", "a new shop bell", "painting the front",
    "a ramp at the door", "a ladder for the tall shelves", "a glass case for first editions", "the damp in the cellar",
)  # fmt: skip
TOPICS = tuple(
    (subject, text.format(one, other))
    for subject, text, some, others in ASKED for one in some for other in others
)  # fmt: skip

world.role("bookseller", about="You are a bookseller at Quill Lane Books and look after its back office.")
world.role("customer", Customer, about="You help a customer of Quill Lane Books with the shop's website.")
bills = world.include(
    "ledger", Account=Customer, staff="bookseller", history=False, credit_limit=Decimal(500),
    rename={"Entry": "AccountEntry", "entry": "account_entry", "search_entries": "search_account_entries",
            "add_charge": "charge_account", "account": "customer"},
)  # fmt: skip
mail = world.include(
    "email", Person=Customer, address=ADDRESS, name="Quill Lane Books", topics=TOPICS, firms=FIRMS, drafts=False, jobs=JOBS,
    labels=("Suppliers", "Invoices", "Events", "Waiting"), staff="bookseller", intents=False,
    without=("mailbox_overview", "read_thread", "export_message", "save_draft", "send_draft", "label_message"),
)  # fmt: skip
web = world.include("search", town=False, staff="bookseller", intents=False,
                    without=("follow_link", "find_in_page", "delete_bookmark"))  # fmt: skip

world.reads(Customer, by=("name", "email", "town", "member", "balance"), sort=("name", "balance"))
world.reads(
    Edition, sort=("price", "stock", "book.title", "book.published"),
    by=("book.title", "book.author.name", "book.publisher.name", "book.genre", "format", "isbn", "price", "stock",
        "in_print", "review"),
    about="Find editions: a book has one for every format. 'stock' counts the copies that are free to sell; copies on "
    "orders and on hold are already taken off it. Below 'minimum' we reorder. Editions with a 'review', the address of "
    "one, are those that we recommend on our own site.",
)  # fmt: skip
world.reads(Order, by=("reference", "customer", "customer.name", "status", "delivery", "placed", "dispatched"),
            sort=("placed", "dispatched"))  # fmt: skip
world.reads(Hold, by=("customer", "edition", "edition.book.title", "status", "until"), sort=("until", "made"),
            about="Find copies that are or were put by for customers. All filters must hold.")  # fmt: skip
world.reads(
    PurchaseOrder, by=("edition", "edition.book.title", "edition.book.publisher.name", "status", "sent"),
    sort=("sent",), roles="bookseller",
    about="Find our orders to publishers; those with status 'sent' have not come in yet.",
)  # fmt: skip


@dataclass
class OrderDetails:
    reference: Reference
    customer_name: PersonName
    status: Literal["open", "dispatched", "cancelled"]
    books: Money
    gift_wrap: Money
    postage: Money
    total: Money
    lines: list[OrderLine]
    shipments: list[Shipment]
    returns: list[Return]


def details(order: Order) -> OrderDetails:
    """An order with what belongs to it and what it comes to."""
    lines = rows(OrderLine, order=order)
    books = sum((line.unit_price * line.quantity for line in lines), Decimal(0))
    wrap = sum((WRAP * line.quantity for line in lines if line.gift_wrap), Decimal(0))
    posted = order.delivery == "post" and bool(lines) and books < FREE_POSTAGE_FROM
    postage = POSTAGE if posted else Decimal(0)
    return OrderDetails(
        reference=order.reference, customer_name=order.customer.name, status=order.status, books=books, gift_wrap=wrap,
        postage=postage, total=books + wrap + postage, lines=lines, returns=rows(Return, line__order=order),
        shipments=rows(Shipment, order=order),
    )  # fmt: skip


def price_for(customer: Customer, edition: Edition) -> Decimal:
    """What a customer pays for a copy: members a tenth less."""
    price = edition.price * 9 / 10 if customer.member else edition.price
    return price.quantize(Decimal("0.01"), ROUND_HALF_UP)


def refund_for(line: OrderLine, quantity: int, condition: str) -> Decimal:
    """What is paid back for returned copies: half for worn ones."""
    paid = line.unit_price * quantity
    return (paid / 2).quantize(Decimal("0.01"), ROUND_HALF_UP) if condition == "worn" else paid


@world.query
def order_details(order: Order) -> OrderDetails:
    """An order's lines, shipments and returns, and what it comes to: books, gift-wrap, postage and the total."""
    return details(order)


def check_open(order: Order) -> None:
    """Refuse an order that is no longer open."""
    if order.status != "open":
        refuse("conflict", f"Order {order.reference} is {order.status}; only open orders can be changed or sent.")


def pounds(amount: Decimal) -> str:
    """An amount as people write it."""
    return f"{'-' if amount < 0 else ''}£{abs(amount):.2f}"


def written(day: date) -> str:
    """A day as people write it."""
    return f"{day.day} {day:%B %Y}"


def take_from_stock(edition: Edition, copies: int) -> None:
    """Take copies off the free ones; fewer than none go back."""
    if copies > max(edition.stock, 0):
        left = f"only {edition.stock} left" if edition.stock else "none left"
        message = f"There are too few free copies of {edition.name}: {left}, {copies} needed."
        refuse("insufficient", message, hint=f"ask for at most {edition.stock}" if edition.stock else None)
    edition.stock -= copies


@world.tool
def open_order(customer: Customer, delivery: Literal["post", "collect"]) -> Order:
    """Open an order for a customer; add_line then puts books on it, and dispatch_order sends it.

    Args:
        delivery: posted orders cost £3.95 unless the books come to £40 or more; collecting is free
    """
    return insert(Order(reference=f"W{1001 + count(Order)}", customer=customer, delivery=delivery))


@world.tool
def add_line(order: Order, edition: Edition, quantity: Copies = 1, gift_wrap: bool = False) -> OrderDetails:
    """Put copies of an edition on an open order and take them off the stock.

    A copy on hold for the customer is used first. Members pay a tenth less than the price.

    Args:
        gift_wrap: wrap every copy of the line, at £2.50 each
    """
    check_open(order)
    hold = first(Hold, order="until", customer=order.customer, edition=edition, status="active")
    if hold is not None:
        hold.status = "collected"
    take_from_stock(edition, quantity - (hold is not None))
    price = price_for(order.customer, edition)
    insert(OrderLine(order=order, edition=edition, quantity=quantity, unit_price=price, gift_wrap=gift_wrap))
    return details(order)


@world.tool
def change_line(
    line: OrderLine, quantity: Copies | None = None, gift_wrap: bool | None = None, remove: bool = False
) -> OrderDetails:
    """Change a line of an open order, or take it off; what is not given stays.

    Copies no longer wanted go back to stock. For another edition, take the line off and add one.

    Args:
        quantity: how many copies the line shall have
        gift_wrap: whether every copy is gift-wrapped, at £2.50 each
        remove: take the whole line off the order
    """
    order = line.order
    check_open(order)
    if remove:
        line.edition.stock += line.quantity
        delete(line)
        return details(order)
    if quantity is None and gift_wrap is None:
        refuse("invalid", "Nothing is to be changed.", hint="give quantity, gift_wrap or remove")
    if quantity is not None:
        take_from_stock(line.edition, quantity - line.quantity)
        line.quantity = quantity
    if gift_wrap is not None:
        line.gift_wrap = gift_wrap
    return details(order)


@world.tool(roles="bookseller")
def dispatch_order(order: Order, carrier: Carrier) -> Shipment:
    """Send an open order out, or hand it over in the shop, and charge its total to the customer's account.

    The account may not go over the customer's credit limit.

    Args:
        carrier: who takes a posted order; 'in person' for one that is collected
    """
    check_open(order)
    if (order.delivery == "collect") != (carrier == "in person"):
        way = "collected, so it goes 'in person'" if order.delivery == "collect" else "posted, so it needs a carrier"
        refuse("invalid", f"Order {order.reference} is {way}.", field="carrier")
    if count(OrderLine, order=order) == 0:
        refuse("conflict", f"There are no books on order {order.reference}.", hint="add_line puts books on it")
    early = first(OrderLine, order=order, edition__book__published=above(today()))
    if early is not None:
        book = early.edition.book
        message = f"{book.title} is not published before {written(book.published)}."
        refuse("unavailable", message, hint="take it off the order with change_line, remove=true")
    customer, due = order.customer, details(order).total
    if customer.balance + due > customer.credit_limit:
        message = (
            f"With the {pounds(due)} of order {order.reference}, the account of {customer.name} (balance now "
            f"{pounds(customer.balance)}) would go over its credit limit of {pounds(customer.credit_limit)}."
        )
        refuse("insufficient", message)
    order.status, order.dispatched = "dispatched", today()
    bills.post(customer, "charge", due, f"Order {order.reference}")
    return insert(Shipment(order=order, carrier=carrier, tracking=tracking_code(order, carrier)))


def tracking_code(order: Order, carrier: Carrier) -> str | None:
    """The code under which a carrier knows an order's parcel."""
    prefix = {"Royal Mail": "RM", "DPD": "DPD", "Evri": "EV", "in person": None}[carrier]
    return f"{prefix}{order.id * 7919 % 90000 + 10000}GB" if prefix else None


@world.tool(destructive=True)
def cancel_order(order: Order) -> OrderDetails:
    """Cancel an open order; its books go back to stock."""
    check_open(order)
    for line in rows(OrderLine, order=order):
        line.edition.stock += line.quantity
    order.status = "cancelled"
    return details(order)


@world.tool(roles="bookseller")
def record_return(line: OrderLine, quantity: Copies, condition: Condition) -> Return:
    """Take copies of a dispatched order back and refund them to the customer's account.

    Books come back within 30 days of dispatch, faulty ones at any time; signed books only if they are faulty. Copies
    as new and faulty ones are refunded in full, worn ones by half. Only copies that are as new go back to stock.
    """
    order, edition = line.order, line.edition
    if order.status != "dispatched" or order.dispatched is None:
        refuse("conflict", f"Order {order.reference} is {order.status}; nothing of it was sent.")
    age = (today() - order.dispatched).days
    if condition != "faulty" and edition.format == "signed":
        refuse("conflict", f"The signed edition of {edition.book.title} comes back only if it is faulty.")
    if condition != "faulty" and age > RETURN_DAYS:
        refuse("unavailable", f"Order {order.reference} went out {age} days ago; only faulty books come back so late.")
    refund = refund_for(line, quantity, condition)
    if condition == "as new":
        edition.stock += quantity
    bills.post(order.customer, "refund", refund, f"Return from order {order.reference}: {edition.book.title}")
    return insert(Return(line=line, quantity=quantity, condition=condition, refund=refund))


@world.tool
def hold_copy(customer: Customer, edition: Edition, until: date) -> Hold:
    """Put one copy by for a customer, for up to 14 days; it is taken off the stock."""
    last = today() + timedelta(days=HOLD_DAYS)
    if not today() <= until <= last:
        refuse("invalid", f"A copy is held until a day from {written(today())} to {written(last)}.", field="until")
    take_from_stock(edition, 1)
    return insert(Hold(customer=customer, edition=edition, until=until))


@world.tool
def release_hold(hold: Hold) -> Hold:
    """End an active hold; the copy goes back to stock."""
    if hold.status != "active":
        refuse("conflict", f"That hold is {hold.status}.")
    hold.status = "released"
    hold.edition.stock += 1
    return hold


@world.tool(roles="bookseller")
def reorder(edition: Edition, quantity: Annotated[int, Range(1, 100)]) -> PurchaseOrder:
    """Order copies from the publisher, at its trade discount."""
    if not edition.in_print:
        refuse("unavailable", f"The {edition.format} edition of {edition.book.title} is out of print.")
    return insert(PurchaseOrder(edition=edition, quantity=quantity, cost=trade_cost(edition, quantity)))


def trade_cost(edition: Edition, quantity: int) -> Decimal:
    """What a publisher charges us for copies."""
    share = 100 - edition.book.publisher.trade_discount
    return (edition.price * quantity * share / 100).quantize(Decimal("0.01"), ROUND_HALF_UP)


@world.tool(roles="bookseller")
def receive_delivery(purchase_order: PurchaseOrder) -> PurchaseOrder:
    """Book in what a publisher delivered; the copies are added to the stock."""
    if purchase_order.status == "received":
        refuse("conflict", "That delivery was booked in before.")
    purchase_order.status = "received"
    purchase_order.edition.stock += purchase_order.quantity
    return purchase_order


@world.tool(roles="bookseller", idempotent=True)
def change_edition(
    edition: Edition,
    price: Annotated[Money, Range(1, 200)] | None = None,
    minimum: Annotated[int, Range(0, 50)] | None = None,
    in_print: bool | None = None,
) -> Edition:
    """Change an edition's price, its minimum stock or whether it is in print; what is not given stays.

    Orders keep the prices that they were taken at. Our page on the web follows where we recommend the edition.
    """
    if price is None and minimum is None and in_print is None:
        refuse("invalid", "Nothing is to be changed.", hint="give price, minimum or in_print")
    if price is not None:
        edition.price = price
        for page in pages_of(edition):
            page.text = recommendation(edition)
    if minimum is not None:
        edition.minimum = minimum
    if in_print is not None:
        edition.in_print = in_print
    return edition


@world.tool(roles="bookseller", idempotent=True)
def recommend(edition: Edition, address: Url) -> Edition:
    """Recommend an edition on a page of our own site that links to a review; we recommend five at most.

    An edition that we recommend already gets the new review in place of the old one.

    Args:
        address: where the review stands on the web
    """
    review, title = web.page_at(address), edition.book.title
    if review.host == OWN_HOST:
        refuse("invalid", "That is a page of our own site, not a review.", field="address")
    if title.casefold() not in f"{review.title} {' '.join(review.parts)}".casefold():
        hint = "search_web finds reviews"
        refuse("conflict", f"{review.title!r} on {review.site} does not mention {title}.", hint, "address")
    edition.review = review.address
    for page in pages_of(edition):
        page.text = recommendation(edition)
        return edition
    put_on_site(edition, today())
    return edition


@world.tool(roles="bookseller", destructive=True)
def end_recommendation(edition: Edition) -> Edition:
    """Take our recommendation of an edition, and its page, off our site."""
    if edition.review is None:
        refuse("conflict", f"We do not recommend {edition.name}.", hint="search_editions shows reviews where we do")
    for page in pages_of(edition):
        delete(page)
    edition.review = None
    return edition


def page_address(edition: Edition) -> str:
    """Where our own page of an edition stands."""
    return f"https://{OWN_HOST}/recommended/{web.slug(edition.name)}"


def pages_of(edition: Edition) -> list[Any]:
    """Our own page of an edition, where we recommend it."""
    return rows(web.WebPage, address=page_address(edition))


def recommendation(edition: Edition) -> str:
    """What our own page says of an edition."""
    return (
        f"{edition.book.title} by {edition.book.author.name}, {edition.format}, {pounds(edition.price)}.\n\n"
        f"We recommend it, and are not alone: [a review]({edition.review})"
    )


def put_on_site(edition: Edition, day: date) -> None:
    """Publish our own page of an edition."""
    title = f"Recommended: {edition.name}"
    web.publish("Quill Lane Books", page_address(edition), title, recommendation(edition), day)


@world.rule(Edition, "limit", "We recommend five editions at most.", hint="end_recommendation makes room")
def few_recommendations(edition: Edition) -> bool:
    return edition.review is None or count(Edition, review=other_than(None)) <= RECOMMENDED


@world.rule(Edition, "insufficient", "There are too few free copies of {row.name}.", hint="ask for fewer")  # fmt: skip
def stock_is_never_negative(edition: Edition) -> bool:
    return edition.stock >= 0


@world.rule(Order, "conflict", "{row.customer.name} has an open order already.", hint="add_line puts books on that one")
def one_open_order_each(order: Order) -> bool:
    return order.status != "open" or count(Order, customer=order.customer, status="open") == 1


@world.rule(OrderLine, "conflict", "That edition is on the order already.", hint="change_line changes how many copies")
def one_line_for_an_edition(line: OrderLine) -> bool:
    return count(OrderLine, order=line.order, edition=line.edition) == 1


@world.rule(OrderLine, "limit", "An order may hold only one copy of a signed edition.")
def one_signed_copy(line: OrderLine) -> bool:
    return line.edition.format != "signed" or line.quantity == 1


@world.rule(OrderLine, "conflict", "More copies would come back than were sent.", watch=["Return.line"])
def returns_within_quantity(line: OrderLine) -> bool:
    return total(Return, "quantity", line=line) <= line.quantity


@world.rule(
    Customer, "insufficient", "The account of {row.name} would go over its credit limit of £{row.credit_limit}.",
)  # fmt: skip
def within_credit_limit(customer: Customer) -> bool:
    return customer.balance <= customer.credit_limit


@world.rule(
    Customer, "limit", "{row.name} has three copies on hold already.", "release_hold ends one", watch=["Hold.customer"]
)
def three_holds_each(customer: Customer) -> bool:
    return count(Hold, customer=customer, status="active") <= 3


@world.rule(PurchaseOrder, "conflict", "Copies of that edition are on order from the publisher already.")
def one_purchase_order_at_a_time(purchase_order: PurchaseOrder) -> bool:
    return purchase_order.status != "sent" or count(PurchaseOrder, edition=purchase_order.edition, status="sent") == 1


PUBLISHERS: tuple[tuple[str, Literal[35, 40, 45]], ...] = (
    ("Tidewrack Press", 40), ("Copperfield & Lowe", 45), ("Longbarrow Books", 40), ("Marram House", 35),
    ("Saltmarsh Editions", 35), ("Three Crowns", 45), ("Paper Lantern", 40),
)  # fmt: skip
BOOKS: tuple[tuple[str, str, str, tuple[str, ...]], ...] = (
    ("Helen Marsh", "Tidewrack Press", "fiction", ("The Salt Road", "The Salt Road Home", "A House Without Clocks")),
    ("Helena Marsh", "Copperfield & Lowe", "crime", ("Death at Low Water", "The Ferryman's Alibi", "Cold Harbour")),
    ("Tomas Okafor", "Copperfield & Lowe", "crime", ("The Seventh Witness", "Flowers for Mr Pym", "The Orfield Train")),
    ("Ruth Pemberton", "Longbarrow Books", "history", ("Hedge: A History", "The Wool Kings", "Bread in Wartime")),
    ("Ruth Penhallow", "Marram House", "nature", ("A Year on the Saltings", "The Curlew Winter", "Owls of the Parish")),
    ("Idris Vaughan", "Tidewrack Press", "fiction", ("The Slate Quarry", "Small Weather")),
    ("Naomi Achterberg", "Saltmarsh Editions", "fiction", ("The Glass Orchard", "Letters from Ostend")),
    ("Callum Birch", "Marram House", "nature", ("Walking the Watershed", "Moss")),
    ("Priya Ramanathan", "Three Crowns", "cookery", ("The Quiet Kitchen", "Pulses", "Sunday Breads")),
    ("Marta Lindqvist", "Three Crowns", "cookery", ("Smoke", "The Preserving Year")),
    ("Dorothy Kemp", "Paper Lantern", "children", ("The Hedgehog Post Office", "Goose Goes to Market", "A Ginger Cat")),
    ("Sam Ellery", "Paper Lantern", "children", ("The Dragon in the Boiler Room", "The Dragon in the Belfry")),
    ("George Attwater", "Longbarrow Books", "history", ("The Drowned Parishes", "Lamplighters", "A History of Tea")),
    ("Yusuf Demir", "Saltmarsh Editions", "fiction", ("The Cartographer's Sister", "Nightboat")),
    ("Bridget Farrow", "Copperfield & Lowe", "crime", ("The Orchard Murders", "A Body at the Regatta")),
    ("Anselm Crewe", "Longbarrow Books", "history", ("The Clockmakers of Leith", "Plague Summer")),
)  # fmt: skip
FORTHCOMING = {"Small Weather": 17, "A Body at the Regatta": 24, "A Ginger Cat": 38}
FIRST_NAMES = (
    "Anne", "Annabel", "Peter", "Margaret", "Joan", "David", "Susan", "Colin", "Farah", "Rosalind", "Tom", "Grace",
    "Huw", "Olive", "Martin", "Shanti", "Beatrice", "Edmund", "Imran", "Judith", "Keith", "Lorna", "Nigel", "Philippa",
    "Ronald", "Sheila", "Winifred", "Zoe",
)  # fmt: skip
SURNAMES = (
    "Hargreaves", "Whitlock", "Oduya", "Bellamy", "Thorne", "Mistry", "Fenwick", "Carlisle", "Doyle", "Applegarth",
    "Rowe", "Lacey", "Kaur", "Sutcliffe", "Moran", "Ingham", "Pascoe", "Underhill", "Brandt", "Cullen",
)  # fmt: skip
ALIKE = ("Leo Nash", "Leo Nashe")
STREETS = (
    "Quill Lane", "Sheep Street", "Abbey Road", "Mill Rise", "Cloth Fair", "Station Road", "Orchard Close", "Dyers Row",
    "Church Hill", "Weir Street", "Canal Walk", "Priory Gardens", "Malt House Lane", "Fosse Way", "Tanners Yard",
)  # fmt: skip
CHASERS = (
    "I ordered some books from you (order {0}) and wonder whether they are on their way. When did they leave you?",
    "Could you tell me what has become of {0}? A neighbour may have taken it in, and I do not know who brings it.",
    "Nothing has come so far for my order, number {0}. Has it been sent, and can I follow it somewhere?",
)
HUNTERS = (
    "I have been looking for {0} by {1} for a year, in {2}. You wrote that it was out of print. Is that still so?",
    "Is there any hope of {0} ({1})? I mean it in {2}, which you told me at Christmas was no longer to be had.",
    "My cousin saw {0} by {1} in a shop in Leith, in {2}, and you say that is out of print. Will the publisher bring it back?",
    "Nobody near Saltby has {0} by {1} in {2}. Out of print, you told me on the telephone. Do you hear anything new?",
    "Please think of me if {0} ({1}, {2}) can be had again. It was out of print when we last spoke.",
)
DISTRIBUTOR, DEPOT = "Gannet Book Distribution", "https://gannetbooks.example"
PRICES, REPRINT, WITHDRAWN, BACK = "Retail prices from ", "Reprint: ", "Withdrawn: ", "Back on sale: "
REASONS = ("the paper has not come", "too few shops ordered it", "the plates were damaged", "the printer has closed")
PAPERS = (("The Orfield Courier", "orfieldcourier.example"), ("The Orfield Reader", "orfieldreader.example"),
          ("Shelf and Lamp", "shelfandlamp.example"))  # fmt: skip
OPINIONS = {
    "fiction": ("Nothing much happens for a hundred pages, and one would not miss a line of it.",
                "A family novel that trusts its readers; the last chapter is the best thing its author has done."),
    "crime": ("The inspector is tired, the weather is worse, and the solution is fair to anybody who paid attention.",
              "The body turns up late. By then one has come to like everybody, which is the trick."),
    "history": ("Two decades in archives have gone into it, and hardly any dust has come out.",
                "One learns a great deal here about who paid for things. The maps could be larger."),
    "nature": ("Mostly mud and birds, looked at so closely that one forgets to be cold.",
               "A quiet year out of doors by somebody who can tell when to be silent."),
    "cookery": ("We cooked eleven of the recipes. Nine worked, and two were our own fault.",
                "It says how long things take and means it. The chapter on leftovers alone is worth the price."),
    "children": ("Read aloud to three of six years, with no complaint but at the end, that it was over.",
                 "The pictures tell one story and the words another, and children notice before we do."),
}  # fmt: skip
ASIDES = (
    "Whoever liked {0} will feel at home.", "It is shorter than {0}, and none the worse for that.",
    "We had just put down {0}, which makes any book look lively.", "It stands next to {0} on our shelf, and may stay there.",
    "Do not read it after {0}: one such book a month is enough.", "The jacket is by whoever drew that of {0}, and as good.",
    "A friend would swap it for {0}. We would not.", "Like {0}, it ends a chapter before one expects it to.",
)  # fmt: skip


@world.data
def fill(draw: Draw) -> None:
    """Shelves of books, account customers, the orders of eight weeks and what came of them."""
    stock_the_shelves(draw)
    firsts, lasts, streets = draw.shuffled(FIRST_NAMES), draw.shuffled(SURNAMES), draw.shuffled(STREETS)
    for step in draw.many(28):
        turn = step // len(firsts)
        name = f"{firsts[step % len(firsts)]} {lasts[(step + turn) % len(lasts)]}"
        street = f"{draw.integer(1, 88)} {streets[step % len(streets)]}"
        draw.new(Customer, name=ALIKE[step] if step < len(ALIKE) else name, street=street, member=draw.chance(45),
                 town=draw.skewed(["Orfield", "Orfield", "Saltby", "Market Denham"]), balance=Decimal(0),
                 credit_limit=Decimal(draw.choice((100, 150, 150, 250))))  # fmt: skip
    take_orders(draw)
    trouble_the_accounts(draw)
    regulars = draw.sample(rows(Customer), 10 * draw.scale)
    for _ in draw.many(20):
        customer, edition = draw.skewed(regulars), draw.pick(Edition)
        active = draw.chance(65) and count(Hold, customer=customer, status="active") < 3
        made = draw.moment(-14, -1) if active else draw.moment(-50, -15)
        until = made.date() + timedelta(days=draw.choice((5, 7, 10, 14)))
        last = max(until, draw.today) if active else until
        draw.new(Hold, customer=customer, edition=edition, made=made, until=last,
                 status="active" if active else draw.choice(("collected", "released")))  # fmt: skip
    for edition in rows(Edition, in_print=True):
        low = edition.stock < edition.minimum
        if draw.chance(30 if low else 18):
            sent = low or draw.chance(35)
            number, when = draw.choice((5, 6, 10, 12)), draw.moment(-12, -2) if sent else draw.moment(-52, -14)
            draw.new(PurchaseOrder, edition=edition, quantity=number, cost=trade_cost(edition, number),
                     status="sent" if sent else "received", sent=when)  # fmt: skip
    spread_price_lists(draw)
    spread_reprints(draw)
    spread_withdrawals(draw)
    spread_reviews(draw)
    spread_the_rest(draw)
    draw.need(days_of_stale_orders(draw.today), "no day until which some open orders were placed")
    draw.need(pairs_running_low(), "no two publishers of whose editions some run low")
    draw.need(asking_after_parcels(), "nobody asks after a parcel")
    draw.need(all(returnable(draw.today, recent) for recent in (True, False)), "no two books to take back, or too late")


def stock_the_shelves(draw: Draw) -> None:
    """Publishers, authors, their books, and each book's editions."""
    for name, discount in PUBLISHERS:
        draw.new(Publisher, name=name, trade_discount=discount)
    for step in draw.many(len(BOOKS)):
        name, house, genre, titles = BOOKS[step % len(BOOKS)]
        volume = step // len(BOOKS) + 1
        author = draw.new(Author, name=name) if volume == 1 else draw.new(Author)
        publisher = rows(Publisher, name=house)[0]
        for title in titles:
            coming = FORTHCOMING.get(title)
            published = draw.today + timedelta(days=coming) if coming else draw.day(-2400, -120)
            called = title if volume == 1 else f"{title}, part {volume}"
            book = draw.new(Book, title=called, author=author, publisher=publisher, genre=genre, published=published)
            shelve(draw, book)


def shelve(draw: Draw, book: Book) -> None:
    """The editions of a book: most have a paperback and a hardback, a few a large-print or a signed one."""
    prices = {"hardback": Decimal(draw.choice(("16.99", "18.99", "20.00", "25.00")))}
    if book.published < draw.today:
        prices["paperback"] = Decimal(draw.choice(("8.99", "9.99", "10.99", "12.50")))
        if draw.chance(12):
            prices["large print"] = Decimal("19.99")
        if draw.chance(14):
            prices["signed"] = prices["hardback"] + 5
        if draw.chance(20):
            del prices["hardback"]
    for form, price in prices.items():
        signed = form == "signed"
        minimum = 0 if signed else draw.choice((2, 3, 3, 4))
        low = draw.choice((0, 1, 4, 6) if signed else (0, 1, 2))
        stock = low if signed or draw.chance(35) else draw.integer(minimum, 9)
        old = book.published < draw.today - timedelta(days=900)
        draw.new(Edition, name=f"{book.title}, {form}", book=book, format=form, isbn=isbn(count(Edition)), price=price,
                 stock=stock, minimum=minimum, in_print=not signed and not (old and draw.chance(14)), review=None)  # fmt: skip


def isbn(number: int) -> str:
    """A thirteen-digit code with its right check digit."""
    digits = f"9781{91230000 + 37 * number:08d}"
    weighed = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(digits))
    return f"{digits}{-weighed % 10}"


def home_of(publisher: Publisher) -> str:
    """Where a publisher's site stands."""
    return f"https://{web.slug(publisher.name).replace('-', '')}.example"


def spread_price_lists(draw: Draw) -> None:
    """Each publisher's prices as they are, which ours lag behind here and there; some as they were or will be."""
    for number, publisher in enumerate(rows(Publisher)):
        editions = rows(Edition, book__publisher=publisher, in_print=True)
        theirs = {one.name: (one.isbn, one.price, one.book.published) for one in editions}
        for edition in draw.sample(editions, draw.integer(2, 4)):
            price = edition.price + draw.choice((Decimal("0.50"), Decimal(1), Decimal(2)))
            theirs[edition.name] = (edition.isbn, price, edition.book.published)
        forms = ("large print", "hardback", "paperback")
        books = draw.shuffled(rows(Book, publisher=publisher, published=below(draw.today)))
        missing = [
            f"{book.title}, {form}" for book in books for form in forms if not count(Edition, book=book, format=form)
        ]
        theirs[missing[0]] = (isbn(4000 + number), Decimal("21.99"), draw.today)
        begun = draw.day(-20, -4)
        lists = [("prices", begun, Decimal(0))]
        if number % 2 == 0:
            lists.append((f"prices/{begun.year - 1}", begun - timedelta(days=371), Decimal("-0.50")))
        if number % 3 == 1:
            lists.append(("prices/next", draw.day(20, 40), Decimal("0.50")))
        for path, start, more in lists:
            listed = [(name, code, price) for name, (code, price, out) in theirs.items() if more >= 0 or out < start]
            lines = "\n".join(f"- {name} (ISBN {code}): {pounds(price + more)}" for name, code, price in listed)
            text = (
                f"{publisher.name} recommends these retail prices from {written(start)} until the next list. Trade "
                f"discount: {publisher.trade_discount} per cent.\n\n{lines}\n\nDelivered by [{DISTRIBUTOR}]({DEPOT}/carriage)."
            )
            published = min(start, draw.today) - timedelta(days=3)
            web.publish(publisher.name, f"{home_of(publisher)}/{path}", PRICES + written(start), text, published)


def spread_reprints(draw: Draw) -> None:
    """What publishers say of editions out of print: reprints, some put off later; customers ask us about them."""
    gone = rows(Edition, in_print=False, format=other_than("signed"))
    spare = [one for one in rows(Edition, in_print=True, book__published=below(draw.today))
             if not count(PurchaseOrder, edition=one)]  # fmt: skip
    for edition in draw.sample(spare, max(5 - len(gone), 0)):
        edition.in_print = False
    asking, letters = draw.sample(unmistakable(), 5), draw.shuffled(HUNTERS)
    gone = draw.sample(rows(Edition, in_print=False, format=other_than("signed")), 5)
    for number, (edition, customer) in enumerate(zip(gone, asking, strict=True)):
        publisher, place = edition.book.publisher, web.slug(edition.name)
        told, ready = draw.day(-40, -20), draw.day(9, 25)
        edition.stock = 0
        if number < 4:
            text = (
                f"{edition.name} (ISBN {edition.isbn}) goes back to press. Copies leave the warehouse from "
                f"{written(ready)}; the price of the reprint is {pounds(edition.price + draw.integer(1, 3))}."
            )
            web.publish(
                publisher.name, f"{home_of(publisher)}/trade/reprint-{place}", REPRINT + edition.name, text, told
            )
        if number in (2, 3):
            text = f"We announced a reprint of {edition.name}. It is off: {draw.choice(REASONS)}, and we plan no other."
            web.publish(publisher.name, f"{home_of(publisher)}/trade/{place}", f"No reprint: {edition.name}", text,
                        draw.day(-12, -2))  # fmt: skip
        mail.deliver(customer.email, draw.choice(("Out of print?", "A reprint?", "Still looking")),
                     f"{hunted(letters[number], edition)}\n\n{customer.name}", sent=draw.moment(-3, -1))  # fmt: skip


def spread_withdrawals(draw: Draw) -> None:
    """Editions that publishers have withdrawn, of which we hold copies for customers; older notices have been lifted."""
    for publisher in draw.sample(rows(Publisher), 3):
        books = draw.sample(rows(Book, publisher=publisher, published=below(draw.today)), 2)
        bad, sound = (draw.choice(rows(Edition, book=book, format=other_than("signed"))) for book in books)
        for edition, holds in ((bad, draw.integer(2, 3)), (sound, 1)):
            room = [one for one in rows(Customer) if count(Hold, customer=one, status="active") < 3]
            for customer in draw.sample(room, max(holds - count(Hold, edition=edition, status="active"), 0)):
                draw.new(Hold, edition=edition, customer=customer, status="active", until=draw.day(3, 12),
                         made=draw.moment(-2, -1))  # fmt: skip
            earlier = edition == sound
            noticed = draw.day(-160, -120) if earlier else draw.day(-10, -1)
            ready = noticed + timedelta(days=draw.integer(20, 34))
            first_page = 16 * draw.integer(2, 14) + 1
            text = (
                f"In some copies of {edition.name} (ISBN {edition.isbn}) the pages {first_page} to {first_page + 15} are "
                "missing. Please stop selling it, and put no copy by for anybody. Sound copies leave the warehouse on "
                f"{written(ready)}."
            )
            address = f"{home_of(publisher)}/trade/{web.slug(edition.name)}-"
            web.publish(publisher.name, f"{address}withdrawn", WITHDRAWN + edition.name, text, noticed)
            if earlier:
                text = f"Our withdrawal of {edition.name} has ended: every copy in the trade has been checked by now."
                web.publish(publisher.name, f"{address}back", BACK + edition.name, text, draw.day(-80, -40))


def spread_reviews(draw: Draw) -> None:
    """What three papers wrote about books, each naming another book too; two that we recommend, and bookmarks."""
    out, written_up = rows(Book, published=below(draw.today)), set[int]()
    opinions, asides = {genre: draw.shuffled(some) for genre, some in OPINIONS.items()}, draw.shuffled(ASIDES)
    for paper, host in PAPERS:
        for book in draw.sample([one for one in out if one.id not in written_up or draw.chance(40)], 3):
            place, new = len(written_up), book.id not in written_up
            ours = new and place % 4 == 0
            other = draw.choice([one for one in out if one != book])
            address = f"https://{host}/{web.slug(book.title)}"
            opinions[book.genre].append(opinions[book.genre].pop(0))
            text = (
                f"{opinions[book.genre][-1]} {asides[place % len(asides)].format(other.title)}\n\n"
                f"Our verdict: {draw.choice((4, 5) if ours else (2, 3, 4, 5))} stars out of 5. "
                f"Published by {book.publisher.name}."
            )
            page = web.publish(paper, address, f"{book.title} by {book.author.name}", text, draw.day(-110, -6))
            if ours:
                edition = draw.choice(rows(Edition, book=book))
                edition.review = address
                put_on_site(edition, page.published + timedelta(days=draw.integer(2, 5)))
                bookmark(draw, "Reviews", page, read=True)
            written_up.add(book.id)


def spread_the_rest(draw: Draw) -> None:
    """The distributor's pages, our own, and what the shop has bookmarked for the trade."""
    text = (
        "We deliver to shops on Tuesdays and Fridays. Orders that reach us by noon go out with the next van.\n\nCarriage "
        "is free from £75 of goods at trade price; below that it is £6.50."
    )
    carriage = web.publish(DISTRIBUTOR, f"{DEPOT}/carriage", "Carriage and delivery days", text, draw.day(-300, -200))
    text = (
        "No vans on Good Friday, 3 April, nor on Easter Monday. What you want on your shelves for Easter should be "
        f"ordered by noon on Monday, 30 March. Otherwise all is as ever: [Carriage and delivery days]({DEPOT}/carriage)"
    )
    easter = web.publish(DISTRIBUTOR, f"{DEPOT}/easter", "Easter deliveries", text, draw.day(-9, -3))
    text = (
        "Quill Lane 4, Orfield. Monday to Saturday, nine to half past five. We post books, wrap them and put them by."
    )
    web.publish("Quill Lane Books", f"https://{OWN_HOST}", "Where to find us", text, draw.day(-500, -300))
    bookmark(draw, "Trade", carriage, read=True)
    bookmark(draw, "Trade", easter)
    for page in rows(web.WebPage, title=containing(PRICES), published=below(draw.today - timedelta(days=200)), limit=3):
        bookmark(draw, "Trade", page, read=True)


def bookmark(draw: Draw, folder: str, page: Any, read: bool = False) -> None:
    """A bookmark of the past."""
    title = f"{page.site.name}: {page.title}"
    saved = min(datetime.combine(page.published + timedelta(days=1), draw.now.time()), draw.now - timedelta(hours=18))
    draw.new(web.Bookmark, title=title, address=page.address, folder=folder, note=None, read=read, saved=saved)


@dataclass
class Event:
    """Something that moved an account; a payment is of all that is owed then."""

    at: datetime
    customer: Customer
    kind: Literal["charge", "payment", "refund"]
    amount: Decimal
    memo: str


def take_orders(draw: Draw) -> None:
    """Orders in the sequence in which they were placed; nobody has two open ones."""
    free = draw.shuffled(rows(Customer))
    happened: list[Event] = []
    for number, placed in enumerate(sorted(draw.moment(-55, -1, hours=(9, 18)) for _ in draw.many(40))):
        age = (draw.today - placed.date()).days
        is_open = age < 36 and len(free) > 8 * draw.scale and draw.chance(90 if age < 4 else 45)
        customer = free.pop() if is_open else draw.pick(Customer, skew=True)
        cancelled = not is_open and (age < 4 or draw.chance(8))
        status = "open" if is_open else "cancelled" if cancelled else "dispatched"
        order = draw.new(Order, reference=f"W{1001 + number}", customer=customer, status=status, placed=placed,
                         delivery=draw.choice(("post", "post", "collect")), dispatched=None)  # fmt: skip
        fill_order(draw, order)
        if order.status == "dispatched":
            sent = placed + timedelta(days=draw.integer(1, 3), minutes=draw.integer(0, 60))
            happened += send_off(draw, order, sent - timedelta(days=1) if sent.weekday() == 6 else sent)
    settle(sorted(happened, key=lambda event: event.at))
    ordered_early = rows(Order, order="-placed", limit=2, status="open")[-1]
    coming = draw.choice(rows(Edition, book__published=above(draw.today)))
    if count(OrderLine, order=ordered_early, edition=coming) == 0:
        draw.new(OrderLine, order=ordered_early, edition=coming, quantity=1,
                 unit_price=price_for(ordered_early.customer, coming))  # fmt: skip


def settle(happened: list[Event]) -> None:
    """Post what happened to the accounts, in its sequence; people pay what they owe before more goes on account."""
    for event in happened:
        customer = event.customer
        if event.kind == "charge":
            fifties = (event.amount / 50).to_integral_value(ROUND_CEILING)
            customer.credit_limit = max(customer.credit_limit, 50 * fifties)
            if customer.balance + event.amount > customer.credit_limit and customer.balance > 0:
                post(customer, "payment", customer.balance, "Payment by card", event.at - timedelta(minutes=40))
        amount = customer.balance if event.kind == "payment" else event.amount
        if amount > 0:
            post(customer, event.kind, amount, event.memo, event.at)


def fill_order(draw: Draw, order: Order) -> None:
    """One to four lines, each of another book; what is to be published can only be on open orders."""
    shelf = rows(Edition) if order.status == "open" else rows(Edition, book__published=below(draw.today))
    for edition in draw.sample(shelf, draw.choice((1, 2, 2, 3, 3, 4))):
        if count(OrderLine, order=order, edition__book=edition.book) == 0:
            number = 1 if edition.format == "signed" else draw.skewed([1, 1, 1, 2, 3])
            draw.new(OrderLine, order=order, edition=edition, quantity=number, gift_wrap=draw.chance(15),
                     unit_price=price_for(order.customer, edition))  # fmt: skip


def send_off(draw: Draw, order: Order, sent: datetime) -> list[Event]:
    """What follows a dispatch: the shipment, the charge, often a payment, now and then a return or a question."""
    order.dispatched, customer = sent.date(), order.customer
    parcel: Carrier = draw.choice(("Royal Mail", "Royal Mail", "DPD", "Evri"))
    carrier = parcel if order.delivery == "post" else "in person"
    draw.new(Shipment, order=order, carrier=carrier, tracking=tracking_code(order, carrier), sent=sent)
    happened = [Event(sent, customer, "charge", details(order).total, f"Order {order.reference}")]
    age = (draw.today - sent.date()).days
    line = draw.choice(rows(OrderLine, order=order))
    if age > 6 and line.edition.format != "signed" and draw.chance(30):
        condition: Condition = draw.choice(("as new", "as new", "worn", "faulty"))
        back = sent + timedelta(days=draw.integer(3, min(age, 20) - 1))
        refund = refund_for(line, 1, condition)
        draw.new(Return, line=line, quantity=1, condition=condition, refund=refund, made=back)
        memo = f"Return from order {order.reference}: {line.edition.book.title}"
        happened.append(Event(back, customer, "refund", refund, memo))
    if draw.chance(70):
        paid = min(sent + timedelta(days=draw.integer(4, 12)), draw.now - timedelta(minutes=draw.integer(30, 900)))
        happened.append(Event(paid, customer, "payment", Decimal(0), "Payment by card"))
    asked = count(mail.Message, sender=customer.email)
    if 2 < age < 30 and carrier != "in person" and not asked and draw.chance(75):
        body = f"{draw.choice(CHASERS).format(order.reference)}\n\n{customer.name}"
        subject = draw.choice(("Where is my order?", "My parcel", f"Order {order.reference}"))
        draw.new(mail.Message, folder="inbox", sender=customer.email, recipient=ADDRESS, subject=subject, body=body,
                 sent=sent + timedelta(days=2), read=False, answers=None)  # fmt: skip
    return happened


def post(customer: Customer, kind: str, amount: Decimal, memo: str, posted: datetime) -> None:
    """An entry of the past on a customer's account."""
    bills.post(customer, kind, amount, memo).posted = posted


def trouble_the_accounts(draw: Draw) -> None:
    """Some accounts near their limit, and some tickets that were charged twice within minutes."""
    for order in rows(Order, status="open"):
        customer, due = order.customer, details(order).total
        room = customer.credit_limit - customer.balance
        if draw.chance(45) and room > 30:
            left = draw.money(2, float(min(due, Decimal(25))), "0.50") if due > 3 else Decimal(5)
            post(customer, "charge", room - left, "Books for the school fair", draw.moment(-20, -2))
    calm = [one for one in rows(Customer) if count(Order, customer=one, status="open") == 0]
    roomy = [one for one in calm if 0 <= one.balance <= one.credit_limit - 40]
    for customer in draw.sample(roomy, 7 * draw.scale):
        memo = draw.choice(TICKETS)
        amount, posted = draw.money(8, 18, "0.50"), draw.moment(-24, -2)
        for later in (0, draw.integer(2, 9)):
            post(customer, "charge", amount, memo, posted + timedelta(minutes=later))


PLAIN = ("paperback", "hardback")


def unmistakable() -> list[Customer]:
    """Customers whose name finds nobody else."""
    return [one for one in rows(Customer) if count(Customer, name=containing(one.name)) == 1]


def asking_after_parcels() -> list[Customer]:
    """The customers whose mail in the inbox names an order."""
    asking = {one.sender for one in rows(mail.Message, folder="inbox", body=containing("W10"))}
    return [one for one in unmistakable() if one.email in asking]


def find_customer(do: Do, customer: Customer) -> Any:
    """Look a customer up by name."""
    return do.search_customers(name=customer.name)[0]


def find_edition(do: Do, edition: Edition) -> Any:
    """Look an edition up by its title and format; other titles may contain its words."""
    found = do.search_editions(book_title=edition.book.title, format=edition.format)
    return next(one for one in found if one.book_title == edition.book.title)


def write_to(do: Do, address: str, body: str, **facts: Any) -> None:
    """Write to a customer what must be said, whatever the words."""
    do.send_message(recipient=address, subject=do.compose("From Quill Lane Books"), body=do.compose(body, **facts))


@world.intent(
    "{customer.name} rang and would like {copies} copies of {main.book.title} in {main.format} plus one copy each of "
    "{others}. Open an order that will be {how}, and gift-wrap {present.book.title} only.",
    "Please set up a new order for {customer.name}, to be {how}. On it go {copies} × {main.book.title} "
    "({main.format}) and a single copy of {others}. Only {present.book.title} is to be gift-wrapped.",
    "I promised {customer.name} we would put these by as an order: one each of {others}, and {copies} of the "
    "{main.format} of {main.book.title}. It will be {how}. {present.book.title} is a present and wants wrapping; "
    "nothing else does.",
    "A new order, please. Customer: {customer.name}. It gets {how}. Books: {main.book.title}, {main.format}, "
    "{copies} copies; then {others}, one of each. Add gift-wrap to {present.book.title} and to no other book.",
    "Could you take down what {customer.name} asked for at the till? {copies} copies of {main.book.title} as a "
    "{main.format}, and {others} once each, with {present.book.title} gift-wrapped and the rest plain. The order is "
    "to be {how}.",
    "Enter an order for {customer.name} which we leave open for now; later it gets {how}. Wrap {present.book.title}, "
    "which is for a birthday. The books are {others} (one copy apiece) and {main.book.title}, {main.format}, "
    "{copies} times.",
    "{customer.name}'s reading group needs {copies} {main.format} copies of {main.book.title}. Put those on a fresh "
    "order to be {how}, together with one copy of each of {others}. Please have just {present.book.title} "
    "gift-wrapped.",
    "Start an order in the name of {customer.name}. Everything is going to be {how}. I noted {others}, a copy of "
    "each, the one of {present.book.title} with gift-wrap, and besides {copies} of {main.book.title} in "
    "{main.format}.",
    kind="write", role="bookseller",
)  # fmt: skip
def place_an_order(draw: TaskDraw) -> Task:
    customer = draw.choice([one for one in unmistakable() if count(Order, customer=one, status="open") == 0])
    main = draw.choice(rows(Edition, stock=at_least(4), format=one_of(PLAIN)))
    by_book = {one.book: one for one in draw.shuffled(rows(Edition, stock=at_least(1), book=other_than(main.book)))}
    others = draw.sample(list(by_book.values()), 3)
    copies, how = draw.integer(2, 4), draw.choice(("posted", "collected"))

    def solve(do: Do) -> None:
        found = find_customer(do, customer)
        order = do.open_order(customer_id=found.id, delivery="post" if how == "posted" else "collect")
        do.add_line(order_id=order.id, edition_id=find_edition(do, main).id, quantity=copies)
        for other in others:
            wrapped = True if other == others[0] else None
            do.add_line(order_id=order.id, edition_id=find_edition(do, other).id, gift_wrap=wrapped)

    return draw.task(solve, customer=customer, main=main, copies=copies, how=how, present=others[0],
                     others=[f"{one.book.title} ({one.format})" for one in draw.shuffled(others)])  # fmt: skip


@world.intent(
    "Orders placed on or before {day} that are still open have waited too long. Cancel each of them and e-mail its "
    "customer, quoting the order's reference.",
    "Please clear out the old open orders: whatever was placed up to and including {day} gets cancelled, and each "
    "customer hears about it by e-mail with the reference of their order.",
    "Nobody has come back to us about the orders from {day} or earlier. Cancel all that are open and write to the "
    "people concerned, one e-mail for each order, naming its reference.",
    "We are tidying the order book. Everything open and dated {day} or before is to be cancelled; let every customer "
    "know which order (the reference) it was in an e-mail.",
    "Could you go through the open orders and cancel any placed no later than {day}? Send each customer an e-mail "
    "that mentions the reference of the cancelled order.",
    "Stock is tied up in open orders nobody is chasing. Take those placed by the end of {day}, cancel them one by "
    "one, and send a message with the order reference to each customer's e-mail address.",
    "The cut-off is {day}: open orders from that day and from earlier days are cancelled today. Every one of these "
    "customers should be told by e-mail, with the reference so that they can find it.",
    "Find what has been open since {day} or longer, counting that day itself, and cancel it. Afterwards each buyer "
    "must have an e-mail from us in which the reference of their order appears.",
    kind="batch", role="bookseller",
)  # fmt: skip
def cancel_stale_orders(draw: TaskDraw) -> Task:
    day = draw.choice(days_of_stale_orders(draw.today))

    def solve(do: Do) -> None:
        for order in do.every("search_orders", status="open", placed_to=day):
            customer = do.get_customer(customer_id=order.customer_id)
            do.cancel_order(order_id=order.id)
            write_to(do, customer.email, "We have cancelled your order {reference}.", reference=order.reference)

    return draw.task(solve, day=day)


def days_of_stale_orders(today: date) -> list[date]:
    """Days until which three to five of the orders that are still open were placed."""
    days = [today - timedelta(days=back) for back in range(5, 36)]
    ends = {day: datetime.combine(day, datetime.max.time().replace(microsecond=0)) for day in days}
    return [day for day in days if 3 <= count(Order, status="open", placed=at_most(ends[day])) <= 5]


def runs_low(edition: Edition) -> bool:
    """Whether an edition is in print, under its minimum and not on order yet."""
    low = edition.in_print and edition.stock < edition.minimum
    return low and count(PurchaseOrder, edition=edition, status="sent") == 0


def pairs_running_low() -> list[tuple[Publisher, Publisher]]:
    """Two publishers each, of whose editions four to nine are to be reordered."""
    low = {one: sum(map(runs_low, rows(Edition, book__publisher=one))) for one in rows(Publisher)}
    pairs = [(a, b) for a in low for b in low if a.id < b.id and low[a] and low[b]]
    return [(a, b) for a, b in pairs if 4 <= low[a] + low[b] <= 9]


@world.intent(
    "Go through the lists of {one.name} and {other.name} and reorder {copies} copies of every edition in print whose "
    "stock is under its minimum, unless copies are on order already.",
    "Time to restock: from {one.name} and from {other.name}, order {copies} of each edition that is below its "
    "minimum stock. Leave out what is out of print or still to be delivered.",
    "Please check what we carry of {one.name} as well as {other.name}. Wherever fewer copies are left than the "
    "minimum, get {copies} more, except where a purchase order is under way or the edition is no longer in print.",
    "The reps of {one.name} and of {other.name} both ring today. Send each publisher an order for {copies} copies "
    "per edition short of its minimum; editions that are out of print or already on their way to us do not count.",
    "Which of our {one.name} and {other.name} books have run down below their minimum? Reorder those that can be "
    "had, {copies} apiece, but nothing we are waiting for anyway.",
    "Do the weekly reorder for two houses, {one.name} and {other.name}: {copies} copies of every low edition (less "
    "stock than its minimum). Skip the out-of-print ones, and the ones for which a purchase order has not come in "
    "yet.",
    "The shelves for {other.name} and {one.name} look thin. For all editions in print with a stock smaller than the "
    "minimum and no delivery outstanding, place a purchase order of {copies}.",
    "I would like {copies} copies ordered of each edition from {one.name} or {other.name} that has slipped under the "
    "minimum. If it is already being delivered, or out of print, let it be.",
    kind="batch", role="bookseller",
)  # fmt: skip
def reorder_what_is_low(draw: TaskDraw) -> Task:
    one, other = draw.choice(pairs_running_low())
    copies = draw.choice((5, 6, 8, 10))

    def solve(do: Do) -> None:
        for publisher in (one, other):
            coming = {order.edition_id for order in do.every(
                "search_purchase_orders", edition_book_publisher_name=publisher.name, status="sent")}  # fmt: skip
            for edition in do.every("search_editions", book_publisher_name=publisher.name, in_print=True):
                if edition.stock < edition.minimum and edition.id not in coming:
                    do.reorder(edition_id=edition.id, quantity=copies)

    return draw.task(solve, one=one, other=other, copies=copies)


@world.intent(
    "{customer.name}'s open order has the {wrong.format} of {wrong.book.title}, but it should be the {right.format}. "
    "Put that right and e-mail the customer the order's new total.",
    "I made a slip on the order that {customer.name} has open: {wrong.book.title} went down as {wrong.format} where "
    "{right.format} was wanted. Please change it, then write to the customer with what the order comes to now.",
    "Please swap {wrong.book.title} from {wrong.format} to {right.format} on {customer.name}'s open order, same "
    "number of copies, and send the customer the corrected total by e-mail.",
    "Wrong edition! {customer.name} asked for {wrong.book.title} as a {right.format}; we entered the {wrong.format}. "
    "Correct the line on the open order and send an e-mail stating the total after the change.",
    "{customer.name} noticed that our confirmation says {wrong.format} for {wrong.book.title}. What was meant "
    "is the {right.format}. Mend the order, which has not gone out, and e-mail back the amount it adds up to.",
    "Could you repair an open order for me? The customer is {customer.name}, the book {wrong.book.title}; replace "
    "the {wrong.format} by the {right.format} without touching the quantity. An e-mail with the new total of the "
    "order is expected.",
    "It says {wrong.format} for {wrong.book.title} on the order still open for {customer.name}, and that is our "
    "mistake: it ought to say {right.format}. Alter it and tell the customer by e-mail the sum that will be charged, "
    "postage and all.",
    "Yesterday's trainee mixed up two editions of {wrong.book.title}. On {customer.name}'s open order the "
    "{wrong.format} has to make way for the {right.format}. When that is done, mail the customer the total.",
    kind="repair", role="bookseller",
)  # fmt: skip
def swap_the_edition(draw: TaskDraw) -> Task:
    known = [one.id for one in unmistakable()]
    lines = rows(OrderLine, order__status="open", order__customer=one_of(known), edition__format=one_of(PLAIN))
    pairs = [(line, one) for line in lines for one in rows(Edition, book=line.edition.book, format=one_of(PLAIN))]
    fitting = [(line, one) for line, one in pairs if line.edition != one and one.stock >= line.quantity]
    line, right = draw.choice(fitting)

    def solve(do: Do) -> None:
        customer = find_customer(do, line.order.customer)
        order = do.search_orders(customer_id=customer.id, status="open")[0]
        found = do.order_details(order_id=order.id).lines
        wrong = next(one for one in found if one.edition_name == line.edition.name)
        do.change_line(line_id=wrong.id, remove=True)
        changed = do.add_line(order_id=order.id, edition_id=find_edition(do, right).id, quantity=wrong.quantity,
                              gift_wrap=wrong.gift_wrap)  # fmt: skip
        write_to(do, customer.email, "Your order now comes to £{total}.", total=changed.total)

    return draw.task(solve, customer=line.order.customer, wrong=line.edition, right=right)


TICKETS = ("Author evening ticket", "Book club supper", "Bookbinding workshop", "Poetry walk")


@world.intent(
    "{entry.account.name} was charged twice for the same thing ({entry.memo}, {entry.amount}). Refund the later of "
    "the two charges and e-mail the customer what the balance is now.",
    "There is a double charge on {entry.account.name}'s account: {entry.memo}, {entry.amount} both times. Please "
    "take the second one back, and write to the customer with the new balance.",
    "We seem to have pressed the button twice when we charged {entry.account.name} {entry.amount} for "
    "\"{entry.memo}\". Undo the later charge and tell the customer by e-mail the balance that is left on the account.",
    "Please repair an account. {entry.memo} stands on it two times at {entry.amount}, minutes apart, though "
    "{entry.account.name} has only had it once. Give the later amount back in full and mail out the balance that "
    "results.",
    "\"{entry.memo}\" appears twice for {entry.account.name}, each at {entry.amount}. Keep the first entry, refund "
    "the one after it, and send an e-mail saying where the balance stands.",
    "{entry.account.name} complains, rightly, about paying {entry.amount} two times over: look for {entry.memo}. The "
    "earlier charge is fine. Refund the other and let the customer know the corrected balance by e-mail.",
    "Look at what we booked to {entry.account.name} under {entry.memo}: two charges of {entry.amount}, only one of "
    "which is owed. Reverse the more recent, then e-mail the account balance to the customer.",
    "My mistake: I put {entry.memo} on the account of {entry.account.name} a second time, another {entry.amount}. "
    "That later charge should be refunded, please, and an e-mail sent which names the balance afterwards.",
    kind="repair", role="bookseller",
)  # fmt: skip
def refund_a_double_charge(draw: TaskDraw) -> Task:
    again: defaultdict[Any, list[Any]] = defaultdict(list)
    known = [one.id for one in unmistakable()]
    for entry in rows(bills.Entry, order="posted", kind="charge", memo=one_of(TICKETS), account=one_of(known)):
        again[entry.account, entry.memo].append(entry)
    charge = draw.choice([entries[1] for entries in again.values() if len(entries) == 2])

    def solve(do: Do) -> None:
        customer = find_customer(do, charge.account)
        found = do.search_account_entries(customer_id=customer.id, kind="charge", memo=charge.memo, sort="-posted")
        do.refund_charge(account_entry_id=found[0].id)
        balance = do.account_statement(customer_id=customer.id).balance
        write_to(do, customer.email, "We took one charge back; your balance is now £{balance}.", balance=balance)

    return draw.task(solve, entry=charge)


@world.intent(
    "Send out order {order.reference} by {carrier} if its total still fits within {order.customer.name}'s credit "
    "limit, and e-mail the customer the tracking code. If it does not fit, leave the order open and e-mail its "
    "total instead.",
    "Can {order.customer.name}'s account bear order {order.reference}? If the balance plus the order stays within "
    "the credit limit, dispatch it with {carrier} and mail the customer the tracking code; otherwise do not send it, "
    "just mail what it comes to.",
    "Order {order.reference} is packed for {carrier}. Let it go only when {order.customer.name} would not exceed the "
    "credit limit. Either way the customer gets an e-mail: the tracking code if it went, the order total if it has "
    "to wait.",
    "Please look at {order.customer.name}'s order {order.reference}. With enough room under the credit limit it goes "
    "out with {carrier} and we e-mail the tracking code to the customer. Without, it stays open and the e-mail asks "
    "for payment, naming the total of the order.",
    "{carrier} collects in half an hour. Dispatch {order.reference} for {order.customer.name} unless that would take "
    "the account above its limit. Then e-mail the tracking code, or, where the limit stops us, the sum that the "
    "order adds up to.",
    "Before {order.reference} leaves the shop, compare what {order.customer.name} owes, with this order on top, with "
    "the credit limit. Not above it: ship by {carrier} and e-mail the tracking code. Above it: keep the order open, "
    "e-mail the total.",
    "{order.customer.name} is asking for {order.reference}. I do not want the account over its limit, so if the "
    "order would do that, write to say how much the order totals and change nothing. If all is well, post it with "
    "{carrier} and write with the tracking code.",
    "What happens with order {order.reference} depends on the credit limit of {order.customer.name}: room enough, "
    "then {carrier} takes it and we mail the customer its tracking code; too little room, then it remains as it is "
    "and we mail its total.",
    kind="conditional", role="bookseller",
)  # fmt: skip
def send_if_the_account_bears_it(draw: TaskDraw) -> Task:
    orders = [one for one in rows(Order, status="open", delivery="post") if rows(OrderLine, order=one)
              and count(OrderLine, order=one, edition__book__published=above(draw.today)) == 0]  # fmt: skip
    fits = {one: one.customer.balance + details(one).total <= one.customer.credit_limit for one in orders}
    wanted = draw.chance(50)
    order = draw.choice([one for one in orders if fits[one] == wanted] or orders)
    carrier = draw.choice(("Royal Mail", "DPD", "Evri"))

    def solve(do: Do) -> None:
        found = do.search_orders(reference=order.reference)[0]
        due = do.order_details(order_id=found.id).total
        customer = do.get_customer(customer_id=found.customer_id)
        if Decimal(str(customer.balance)) + Decimal(str(due)) <= Decimal(str(customer.credit_limit)):
            shipment = do.dispatch_order(order_id=found.id, carrier=carrier)
            write_to(do, customer.email, "Your order is on its way: {code}.", code=shipment.tracking)
        else:
            write_to(do, customer.email, "Your order comes to £{total}; please settle your account first.", total=due)

    return draw.task(solve, order=order, carrier=carrier)


@world.intent(
    "{order.customer.name} has brought back one copy each of two books from order {order.reference}: "
    "{good.edition.book.title} is as new, {bad.edition.book.title} is {condition}. Take both back and e-mail "
    "the customer how much is refunded in all.",
    "Please book in a return for order {order.reference} ({order.customer.name}): a copy of "
    "{good.edition.book.title}, as new, and a copy of {bad.edition.book.title}, {condition}. Then tell the customer "
    "by e-mail the sum of the two refunds.",
    "A parcel with returns came from {order.customer.name}. Inside, from order {order.reference}: a copy of "
    "{bad.edition.book.title}, which is {condition}, and one of {good.edition.book.title} that is as new. Record "
    "both, and e-mail the customer the total of the refunds.",
    "Two books of {order.reference} are back on my desk. I would call {good.edition.book.title} as new and "
    "{bad.edition.book.title} {condition}; it is one copy of each. Do the refunds and let {order.customer.name} have "
    "the combined amount by e-mail.",
    "Returned today by {order.customer.name}: {bad.edition.book.title} (condition: {condition}) and "
    "{good.edition.book.title} (condition: as new), single copies, both bought on {order.reference}. Process it and "
    "mail the customer how much comes back to the account.",
    "{order.customer.name} does not want to keep {bad.edition.book.title}, which is {condition}, nor "
    "{good.edition.book.title}, which was never opened and is as new. Both are from order {order.reference}, "
    "one copy apiece. Accept them, then e-mail the total refund.",
    "Would you see to {order.customer.name}'s return? Order {order.reference}, one as-new copy of "
    "{good.edition.book.title}, one {condition} copy of {bad.edition.book.title}. Send the customer an e-mail that "
    "says what both refunds make together.",
    "From order {order.reference} we are taking back {good.edition.book.title} and {bad.edition.book.title}, one of "
    "each; the first as new, the second {condition}. After recording it, send {order.customer.name} an e-mail with "
    "the whole sum refunded.",
    kind="write", role="bookseller",
)  # fmt: skip
def take_back_two_books(draw: TaskDraw) -> Task:
    order, lines = draw.choice(returnable(draw.today, recent=True))
    good, bad = draw.sample(lines, 2)
    condition: Condition = draw.choice(("worn", "faulty"))

    def solve(do: Do) -> None:
        found = do.search_orders(reference=order.reference)[0]
        lines = {line.edition_name: line.id for line in do.order_details(order_id=found.id).lines}
        kept = do.record_return(line_id=lines[good.edition.name], quantity=1, condition="as new")
        used = do.record_return(line_id=lines[bad.edition.name], quantity=1, condition=condition)
        refund = do.sum([kept.refund, used.refund])
        write_to(do, do.get_customer(customer_id=found.customer_id).email, "We have refunded £{refund}.", refund=refund)

    return draw.task(solve, order=order, good=good, bad=bad, condition=condition)


def returnable(day: date, recent: bool) -> list[tuple[Order, list[OrderLine]]]:
    """Orders that went out in the thirty days to a day, or before that, and those of their lines that may come back."""
    limit = day - timedelta(days=RETURN_DAYS)
    orders = rows(Order, status="dispatched", dispatched=at_least(limit) if recent else below(limit))
    choices = []
    for order in orders:
        found = rows(OrderLine, order=order, edition__format=other_than("signed"))
        lines = [line for line in found if not count(Return, line=line)]
        if len(lines) >= 2:
            choices.append((order, lines))
    return choices


@world.impossible(take_back_two_books)
def take_back_two_books_too_late(draw: TaskDraw) -> Task:
    order, lines = draw.choice(returnable(draw.today, recent=False))
    good, bad = draw.sample(lines, 2)

    def solve(do: Do) -> None:
        found = do.search_orders(reference=order.reference)[0]
        lines = {line.edition_name: line.id for line in do.order_details(order_id=found.id).lines}
        do.attempt("record_return", line_id=lines[good.edition.name], quantity=1, condition="as new")
        do.attempt("record_return", line_id=lines[bad.edition.name], quantity=1, condition="worn")

    return draw.task(solve, impossible=True, order=order, good=good, bad=bad, condition="worn")


@world.intent(
    "On my open order, please take off {gone.edition.book.title}, gift-wrap {kept.edition.book.title}, and add "
    "{copies} copies of {added.book.title} in {added.format}.",
    "I have changed my mind about the order that is still open: no {gone.edition.book.title} after all, but {copies} "
    "times {added.book.title} ({added.format}), and {kept.edition.book.title} is a present, so wrap it.",
    "Can you alter what I ordered? {kept.edition.book.title} should come in gift-wrap, {gone.edition.book.title} I "
    "no longer need, and I want {copies} of the {added.format} of {added.book.title} with it.",
    "My order hasn't gone yet, I hope. Could {gone.edition.book.title} be dropped from it and {added.book.title} put "
    "on, the {added.format}, {copies} copies? And please have {kept.edition.book.title} gift-wrapped.",
    "Three things about my open order. I'd like {copies} {added.format} copies of {added.book.title} added. I'd like "
    "gift-wrap for {kept.edition.book.title}. And {gone.edition.book.title} can go back on your shelf.",
    "A friend has just lent me {gone.edition.book.title}, so remove it from my order, which you have not sent. "
    "Instead I'll have {added.book.title}, {copies} copies, {added.format}. {kept.edition.book.title} is for my "
    "mother: gift-wrap, please.",
    "Please update my current order so that it has {copies} × {added.book.title} in {added.format} and leaves out "
    "{gone.edition.book.title}; what stays, {kept.edition.book.title}, needs to be wrapped as a gift.",
    "Wrap {kept.edition.book.title} for me, would you, and strike out {gone.edition.book.title}. My order (the open "
    "one) should also include {added.book.title} as a {added.format}; make that {copies} copies.",
    kind="write", role="customer",
)  # fmt: skip
def amend_my_order(draw: TaskDraw) -> Task:
    orders = [one for one in rows(Order, status="open") if count(OrderLine, order=one, gift_wrap=False)]
    order = draw.choice([one for one in orders if count(OrderLine, order=one) >= 2])
    kept = draw.choice([line for line in rows(OrderLine, order=order) if not line.gift_wrap])
    gone = draw.choice([line for line in rows(OrderLine, order=order) if line != kept])
    books = [line.edition.book for line in rows(OrderLine, order=order)]
    shelf = rows(Edition, stock=at_least(3), format=one_of(PLAIN))
    added = draw.choice([one for one in shelf if one.book not in books])
    copies = draw.integer(2, 3)

    def solve(do: Do) -> None:
        mine = do.search_orders(status="open")[0]
        lines = {line.edition_name: line.id for line in do.order_details(order_id=mine.id).lines}
        do.change_line(line_id=lines[gone.edition.name], remove=True)
        do.change_line(line_id=lines[kept.edition.name], gift_wrap=True)
        do.add_line(order_id=mine.id, edition_id=find_edition(do, added).id, quantity=copies)

    return draw.task(solve, actor=order.customer, kept=kept, gone=gone, added=added, copies=copies)


@world.intent(
    "{customer.name} has e-mailed to ask what became of an order. Reply with the carrier, the tracking code and the "
    "day it left us, then move their message to the archive.",
    "There is a mail in the inbox from {customer.name}, who is waiting for a parcel. Answer it: who carries the "
    "parcel, under which tracking code, and on what date it was sent. Archive the mail afterwards.",
    "Please deal with {customer.name}'s question in the inbox about an order that has not arrived. Give the "
    "date of dispatch, the carrier and the tracking code in a reply; after that the message belongs in the archive.",
    "Somebody called {customer.name} is chasing an order by e-mail. Look it up, reply to the e-mail saying on which "
    "day it went out, with which carrier and with what tracking code, and file the e-mail in the archive.",
    "Could you answer {customer.name}, who wrote in to find out where some books are? In your reply give the "
    "tracking code, name the carrier, and say which day the order was dispatched. Once answered, the message can be "
    "archived.",
    "I have not got round to {customer.name}'s e-mail about a missing parcel. Find out how the order in it was "
    "shipped and reply with dispatch date, carrier and tracking code. Put the original into the archive then.",
    "An inbox message of {customer.name}'s asks after an order. Our reply should hold three things, the name of the "
    "carrier, the date of sending and the code for tracking; and the message itself should end up archived.",
    "{customer.name} wants news of an order and has sent us a message. Write back with the facts of the shipment "
    "(day, carrier, tracking code) as a reply to that message, and clear it from the inbox to the archive.",
    kind="write", role="bookseller",
)  # fmt: skip
def answer_a_question_about_a_parcel(draw: TaskDraw) -> Task:
    customer = draw.choice(asking_after_parcels())

    def solve(do: Do) -> None:
        address = find_customer(do, customer).email
        for message in do.search_messages(folder="inbox", sender=address):
            named = re.search(r"W\d{4}", message.body)
            if named:
                order = do.search_orders(reference=named.group())[0]
                shipment = do.order_details(order_id=order.id).shipments[0]
                body = do.compose("It left on {day} with {carrier}; the tracking code is {code}.",
                                  day=order.dispatched, carrier=shipment.carrier, code=shipment.tracking)  # fmt: skip
                do.reply_to_message(message_id=message.id, body=body)
                do.move_message(message_id=message.id, folder="archive")

    return draw.task(solve, customer=customer)


@world.intent(
    "The delivery from {publisher.name} is in and complete: book in all that we have on order from them. Then put "
    "one copy of {wanted.book.title} ({wanted.format}) by for {customer.name} until {until}.",
    "Boxes from {publisher.name} have arrived with everything they owed us. Please receive those purchase orders, "
    "and after that hold a {wanted.format} copy of {wanted.book.title} for {customer.name}, who comes in by {until}.",
    "{customer.name} is waiting for {wanted.book.title} in {wanted.format}, which came today along with the rest of "
    "what {publisher.name} had to deliver. Book the whole delivery in and put a copy on hold until {until}.",
    "I have checked the {publisher.name} parcels against our orders and nothing is missing. Mark every outstanding "
    "order as received and reserve a copy of the {wanted.format} of {wanted.book.title} in {customer.name}'s name, "
    "to be held until {until}.",
    "All outstanding purchase orders with {publisher.name} were delivered this morning. Once they are booked in, "
    "there should be a hold on a copy of {wanted.book.title} ({wanted.format}) for {customer.name}, running until "
    "{until}.",
    "Could you see to the boxes by the back door? They are all that was still to come from {publisher.name}, so book "
    "it in; then {customer.name} gets a hold lasting until {until} on {wanted.book.title} as a {wanted.format}.",
    "Today's van brought the lot from {publisher.name}, each purchase order in full. Enter them as received. And "
    "{customer.name} asked us to set aside {wanted.book.title} when it comes, one {wanted.format} copy, up to "
    "{until}.",
    "Receive what {publisher.name} sent us, meaning all orders of ours that they had not delivered before. From the "
    "new stock, lay a copy of {wanted.book.title}, the {wanted.format}, aside until {until}; it is for "
    "{customer.name}.",
    kind="batch", role="bookseller",
)  # fmt: skip
def book_in_a_delivery(draw: TaskDraw) -> Task:
    coming = {one: rows(PurchaseOrder, edition__book__publisher=one, status="sent") for one in rows(Publisher)}
    most = sorted(coming, key=lambda one: (-len(coming[one]), one.id))[:3]
    publisher = draw.choice([one for one in most if coming[one]])
    wanted = draw.choice(coming[publisher]).edition
    customer = draw.choice([one for one in unmistakable() if count(Hold, customer=one, status="active") < 3])
    until = draw.day(4, HOLD_DAYS - 1)

    def solve(do: Do) -> None:
        for order in do.every("search_purchase_orders", edition_book_publisher_name=publisher.name, status="sent"):
            do.receive_delivery(purchase_order_id=order.id)
        edition, reader = find_edition(do, wanted), find_customer(do, customer)
        do.hold_copy(customer_id=reader.id, edition_id=edition.id, until=until)

    return draw.task(solve, publisher=publisher, wanted=wanted, customer=customer, until=until)


@world.intent(
    "How many copies of books by {author.name} are on orders that are still open? Count every format.",
    "{author.name}'s agent wonders about demand. Over all open orders, what is the number of copies of this author's "
    "books?",
    "Before I ring the rep I want to know how many copies by {author.name} our customers have on open orders, "
    "formats and titles all taken together.",
    "Please look through each open order and tell me how many copies of anything written by {author.name} are on it, "
    "summed up.",
    "Add up the copies of {author.name}'s titles that customers ordered and that we have neither sent nor cancelled.",
    "There may be a recall of the books of {author.name}. What number of copies would we have to pull from orders "
    "not yet dispatched or cancelled?",
    "I am planning the window: {author.name}, but how much is promised already? Give me the quantity standing on "
    "open orders, whatever the title or the edition.",
    "Among the orders that are open today, in how many copies does {author.name} appear, paperbacks, hardbacks and "
    "the rest?",
    kind="aggregate", role="bookseller",
)  # fmt: skip
def copies_on_open_orders(draw: TaskDraw) -> Task:
    ordered: defaultdict[Author, int] = defaultdict(int)
    for line in rows(OrderLine, order__status="open"):
        ordered[line.edition.book.author] += line.quantity
    author = draw.choice([one for one in ordered if ordered[one] >= 2])

    def solve(do: Do) -> Any:
        copies = []
        for order in do.every("search_orders", status="open"):
            lines = do.order_details(order_id=order.id).lines
            copies += [line.quantity for line in lines if line.edition_book_author_name == author.name]
        return do.sum(copies)

    return draw.task(solve, answer=Answer.number(ordered[author]), author=author)


@world.intent(
    "Which titles by {authors} do we have in stock in {form} at a price of {limit} or less?",
    "A customer at the desk likes {authors}. Name the titles of theirs with free copies in {form} that cost no more "
    "than {limit}.",
    "For the table by the door I want {form} copies by {authors}, each at most {limit}. Which titles can I take from "
    "stock?",
    "List what is in stock for up to {limit} by {authors}; we are only speaking of the {form} editions, and titles "
    "will do.",
    "Someone wants to give a {form} by one of these: {authors}. With {limit} to spend at our shelf price, which "
    "titles in stock could they choose from?",
    "I am writing a card for the window about {authors}. Please give me the titles we could sell today in {form}, "
    "priced {limit} or below.",
    "Tell me the names of all books by {authors} that are there, free to sell, as {form} for {limit} at the most.",
    "Of everything {authors} have written, which {form} editions stand on our shelves with a price not above "
    "{limit}? I need the titles.",
    kind="question", role="bookseller",
)  # fmt: skip
def titles_in_stock_by_authors(draw: TaskDraw) -> Task:
    form, price = draw.choice((("paperback", "9.99"), ("paperback", "10.99"), ("hardback", "18.99")))
    limit = Decimal(price)
    fitting = rows(Edition, format=form, price=at_most(limit), stock=at_least(1))
    some = {edition.book.author: None for edition in fitting}
    authors = draw.sample(list(some), 3)
    names = [author.name for author in draw.shuffled(authors)]

    def solve(do: Do) -> list[str]:
        found = []
        for name in names:
            found += do.every("search_editions", book_author_name=name, format=form, price_max=limit, stock_min=1)
        return [edition.book_title for edition in found]

    titles = [edition.book.title for edition in fitting if edition.book.author in authors]
    return draw.task(solve, answer=Answer.items(titles), authors=names, form=form, limit=limit)


@world.intent(
    "Our prices for {publisher.name} lag behind. Find the price list on their site that is in force today, bring every "
    "edition of theirs that we carry to the price given there where ours differs, and bookmark that list in the "
    "folder “{folder}”.",
    "{publisher.name} put up new retail prices some days ago. Look up the list that holds now, correct our editions "
    "accordingly wherever the price is another one, and save the list as a bookmark under “{folder}”.",
    "Please bookmark, in “{folder}”, the retail prices of {publisher.name} which are valid at present, and adjust what "
    "we charge for each of their editions to that list. It may name editions that we do not have.",
    "Go through the current retail price list of {publisher.name} on the web. Whatever we sell at some other price gets "
    "the listed one. When that is done, the list belongs in the bookmark folder “{folder}”.",
    "The rep of {publisher.name} says that we sell below their list. Compare our editions of that house with the list "
    "in force, not with an old or a coming one; change the prices that disagree; keep the list in “{folder}” as a "
    "bookmark.",
    "I want our shelf prices and those that {publisher.name} recommends to be the same again, as of today. Alter "
    "those of ours that are not as listed, and put a bookmark to the page you went by into “{folder}”.",
    "New bookmark for “{folder}”: the page with today's retail prices of {publisher.name}. Take from it the price of "
    "each edition we stock from them, and enter it with us if we have a different one.",
    "Check every {publisher.name} edition in our system against what the publisher itself asks as of now, and set ours "
    "to the publisher's price where they are apart. File the publisher's list with the bookmarks in “{folder}”.",
    kind="batch", role="bookseller",
)  # fmt: skip
def follow_the_price_list(draw: TaskDraw) -> Task:
    publisher = draw.pick(Publisher)
    folder = draw.choice(("Price lists", "Prices now", "List prices", "Checked prices"))

    def solve(do: Do) -> None:
        pages = do.list_site_pages(site=publisher.name, limit=50).pages
        begun = {day_in(one.title): one.address for one in pages if one.title.startswith(PRICES)}
        address = begun[max(day for day in begun if day <= draw.today)]
        listed = dict(re.findall(r"- (.+) \(ISBN \d+\): £([\d.]+)", page_text(do, address)))
        assert listed
        for edition in do.every("search_editions", book_publisher_name=publisher.name):
            if edition.name in listed and Decimal(listed[edition.name]) != Decimal(str(edition.price)):
                do.change_edition(edition_id=edition.id, price=do.sum([listed[edition.name]]))
        do.save_bookmark(address=address, folder=folder)

    return draw.task(solve, publisher=publisher, folder=folder)


def page_text(do: Do, address: str) -> str:
    """The whole text of a page, however many parts it has."""
    view = do.open_page(address=address)
    texts = [view.text]
    for _ in range(1, view.parts):
        view = do.open_page(address=address, part=do.sum([view.part, 1]))
        texts.append(view.text)
    return "\n\n".join(texts)


def day_in(text: str) -> date:
    """The last day that a text writes out."""
    return datetime.strptime(re.findall(r"\d+ [A-Z][a-z]+ \d{4}", text)[-1], "%d %B %Y").date()


@world.intent(
    "{customer.name} has mailed us about an edition that is out of print. Go by the latest that its publisher says "
    "on the web. If a reprint is coming, set the edition to in print at the price of the reprint, then reorder {copies} "
    "copies, and reply with the day from which copies leave the warehouse. If not, reply that none is. Archive the "
    "message in either case.",
    "In the inbox is a question by {customer.name}: will an out-of-print book be had again? See the publisher's site for "
    "its last word. With a reprint on the way, mark the edition as in print, give it the new price, and after that order "
    "{copies}; the reply should name the day the warehouse starts to send copies. Without one, simply say so in the "
    "reply. The mail then goes to the archive.",
    "Please see to {customer.name}'s mail about a title that can no longer be got. What does its publisher announce, as "
    "things stand? Reprint: record that the edition is in print and what it will cost, reorder {copies} copies at that "
    "price, reply with the date when copies leave the warehouse. No reprint: a reply to that effect will do. Move the "
    "mail to the archive.",
    "Somebody named {customer.name} keeps hunting for a book out of print and wrote in again. Find out from the "
    "publisher's pages whether the reprint is still on. Yes: the edition is in print from now on, at the reprint's "
    "price; {copies} copies are to be ordered once that is entered; the day on which the warehouse begins to send them "
    "goes into your reply. No: decline in a reply. Afterwards, archive what {customer.name} sent.",
    "Answer {customer.name}, who asks after an edition that we list as out of print. Only if the publisher's newest "
    "notice has it going back to press do we change our record (in print, price as announced), order {copies} copies "
    "afterwards and tell the customer from what day copies leave the warehouse. Otherwise the answer is that it stays "
    "out of print. Use a reply, and file the message in the archive.",
    "Does {customer.name} get the book? It is out of print with us, as our mail shows; the publisher may have announced "
    "a reprint, and may have called it off since. If it is to come: change the edition's price to the new one and its "
    "state to in print, next place a reorder over {copies}, and reply stating when copies start leaving the warehouse. "
    "If it is not: reply with regrets. Then archive the mail.",
    "{customer.name}'s e-mail concerns a book no longer in print. When the publisher, by its most recent word, is "
    "reprinting that edition, three things follow: we mark it in print with the reprint price, we then order {copies} "
    "of it, and we reply with the date from which the warehouse sends copies. When it is not reprinting, one thing "
    "does: a reply saying so. The e-mail ends up archived.",
    "There is mail from {customer.name} on a book which is out of print. Look into whether it is being printed anew, "
    "at the publisher's own site, since shops were told more than once. Being printed: update the edition to in print "
    "and the price announced, follow with a purchase order for {copies} copies, and write back, as a reply, the day "
    "when copies will first leave the warehouse. Not being printed: write back that much. Put the mail in the archive.",
    kind="conditional", role="bookseller",
)  # fmt: skip
def answer_about_a_reprint(draw: TaskDraw) -> Task:
    wanted, copies = draw.chance(60), draw.choice((4, 5, 6, 8))
    asked = []
    for customer in unmistakable():
        for message in rows(
            mail.Message, folder="inbox", sender=customer.email, body=containing("out of print")
        ):  # as all HUNTERS say
            edition = asked_for(message.body)
            latest = trade_word(edition)
            coming = latest is not None and latest.title.startswith(REPRINT)
            asked.append((customer, message, edition, coming))
    customer, message, edition, _ = draw.choice([one for one in asked if one[3] == wanted])

    def solve(do: Do) -> None:
        address = find_customer(do, customer).email
        found = next(one for one in do.search_messages(folder="inbox", sender=address) if one.body == message.body)
        item = find_edition(do, edition)
        hits = do.search_web(query=edition.book.title, site=item.book_publisher_name, limit=20).pages
        news = [one for one in hits if one.title.endswith(f"{'eprint: '}{edition.name}")]
        latest = max(news, key=lambda one: str(one.published), default=None)
        if latest is not None and latest.title.startswith(REPRINT):
            text = page_text(do, latest.address)
            price = do.sum([re.findall(r"£([\d.]+\d)", text)[0]])
            do.change_edition(edition_id=item.id, price=price, in_print=True)
            do.reorder(edition_id=item.id, quantity=copies)
            body = do.compose("There is a reprint; copies leave the warehouse from {day}.", day=day_in(text))
        else:
            body = do.compose("We are sorry to say that no reprint is planned.")
        do.reply_to_message(message_id=found.id, body=body)
        do.move_message(message_id=found.id, folder="archive")

    return draw.task(solve, customer=customer, copies=copies)


def asked_for(body: str) -> Edition:
    """The edition out of print that a message asks for."""
    gone = rows(Edition, in_print=False, format=other_than("signed"))
    return next(one for one in gone if any(hunted(text, one) in body for text in HUNTERS))


def hunted(text: str, edition: Edition) -> str:
    """What a customer writes who hunts for an edition."""
    return text.format(edition.book.title, edition.book.author.name, edition.format)


def trade_word(edition: Edition) -> Any:
    """The last page on which a publisher speaks of a reprint."""
    return first(web.WebPage, order="-published", title=containing(f"eprint: {edition.name}"))


@world.intent(
    "If {paper} has reviewed {wanted.book.title}, recommend the {wanted.format} on our site with that review, and e-mail "
    "{customer.name} how many stars it got. If there is no such review, e-mail {customer.name} just that.",
    "{customer.name} would like to know what {paper} made of {wanted.book.title}. With a review there, e-mail the number of "
    "stars and put the {wanted.format} among the recommendations on our own site, linked to it. Without one, say so in "
    "the e-mail and recommend nothing.",
    "Look for a review of {wanted.book.title} in {paper}. Found: add the {wanted.format} to what we recommend, going by "
    "that review, and let {customer.name} have an e-mail with the stars. Not found, or only named in passing: an e-mail "
    "to {customer.name} saying so is all.",
    "Has {paper} written a review of {wanted.book.title}? Tell {customer.name} by e-mail: the stars it was given if so, and "
    "that there is none if not. Should there be one, our site is to recommend the {wanted.format} with it.",
    "Our site may recommend {wanted.book.title} in {wanted.format}, provided that {paper} reviewed the book itself and the "
    "page links there. {customer.name} gets an e-mail in any case, with the count of stars or with the news that no "
    "review exists.",
    "How many stars did {wanted.book.title} get from {paper}, if any? Write that to {customer.name} by e-mail. Where a "
    "review stands behind it, publish our recommendation of the {wanted.format} with this same review.",
    "I would like a review by {paper} of {wanted.book.title} linked from our site, where we then recommend the "
    "{wanted.format}; it may be that they never wrote one. {customer.name} asked too: an e-mail, please, with the stars "
    "that it got, or else regretting that it was not reviewed.",
    "Check {paper} for {wanted.book.title}. A mention inside some other review does not count. Reviewed: we recommend the "
    "{wanted.format}, on the strength of that review, and mail {customer.name} the number of stars in its verdict. "
    "Unreviewed: we only mail {customer.name} that it is.",
    kind="conditional", role="bookseller",
)  # fmt: skip
def recommend_if_reviewed(draw: TaskDraw) -> Task:
    wanted_review = draw.chance(60)
    some = [(paper, one) for paper, _ in PAPERS for one in rows(Edition, review=None, format=one_of(PLAIN))]
    if wanted_review:
        fitting = [(paper, one) for paper, one in some if review_in(paper, one.book, praise=True)]
    else:
        texts = {paper: " ".join(page.text for page in rows(web.WebPage, site__name=paper)) for paper, _ in PAPERS}
        fitting = [(paper, one) for paper, one in some
                   if one.book.title in texts[paper] and not review_in(paper, one.book)]  # fmt: skip
    paper, wanted = draw.choice(fitting)
    customer = draw.choice(unmistakable())

    def solve(do: Do) -> None:
        hits = do.search_web(query=wanted.book.title, site=paper).pages
        review = next((one for one in hits if one.title.startswith(f"{wanted.book.title} by ")), None)
        address = find_customer(do, customer).email
        if review is None:
            write_to(do, address, "We are sorry, we found no review.")
            return
        stars = re.findall(r"(\d) stars", page_text(do, review.address))[0]
        do.recommend(edition_id=find_edition(do, wanted).id, address=review.address)
        write_to(do, address, "It got {stars} stars.", stars=do.sum([stars]))

    return draw.task(solve, wanted=wanted, paper=paper, customer=customer)


def review_in(paper: str, book: Book, praise: bool = False) -> bool:
    """Whether a paper reviewed a book, or did so with four stars or five."""
    found = rows(web.WebPage, site__name=paper, title=f"{book.title} by {book.author.name}")
    return any(not praise or re.search("[45] stars", page.text) for page in found)


@world.intent(
    "{publisher.name} has withdrawn an edition, as a notice on their site says; an earlier withdrawal is over. Release "
    "the active holds on the edition that is withdrawn now, and e-mail each of those customers the day on which sound "
    "copies leave the warehouse.",
    "There is a withdrawal at {publisher.name} that still stands, unlike one that has ended. Find it on the web. Whoever "
    "has a copy of that edition on hold with us loses the hold and gets an e-mail naming the day when sound copies go "
    "out from the warehouse.",
    "A customer found pages missing in a book from {publisher.name}. See on their site which edition it is that they are "
    "withdrawing at the moment, end all active holds for it, and tell every customer concerned by e-mail from which day "
    "sound copies are sent out.",
    "Please act on the withdrawal notice of {publisher.name} (the one not lifted since): no copy of that edition may "
    "stay on hold, so release those holds that are active, and mail the people who had them the date on which good "
    "copies leave the warehouse.",
    "Look at the trade notices of {publisher.name}. One edition is off sale now; another one is back on sale already and "
    "no concern of ours. Undo our active holds on the first, then send each holder an e-mail with the date that the "
    "notice gives for sound copies.",
    "We must not hand out a faulty book. {publisher.name} says on the web which edition is withdrawn as of today. For "
    "each active hold on it: release the hold, write an e-mail to the customer, state when sound copies leave the "
    "warehouse.",
    "Which edition does {publisher.name} want us to stop selling? Go by what has not been taken back since. Active holds "
    "on it are to be released, and an e-mail is due to everyone who had one, with the day sound copies get under way.",
    "Our holds contain copies of something {publisher.name} has recalled for missing pages. Identify it through their "
    "site, mind that an older recall is closed, let go of the holds in question that are active, and inform each of the "
    "customers by e-mail of the day on which the warehouse sends sound ones.",
    kind="repair", role="bookseller",
)  # fmt: skip
def act_on_a_withdrawal(draw: TaskDraw) -> Task:
    lifted = {page.title.removeprefix(BACK) for page in rows(web.WebPage, title=containing(BACK))}
    notices = rows(web.WebPage, title=containing(WITHDRAWN))
    notice = draw.choice([one for one in notices if one.title.removeprefix(WITHDRAWN) not in lifted])
    publisher = rows(Publisher, name=notice.site.name)[0]

    def solve(do: Do) -> None:
        pages = do.list_site_pages(site=publisher.name, limit=50).pages
        over = [one.title.removeprefix(BACK) for one in pages]
        stopped = next(one for one in pages if one.title.startswith(WITHDRAWN)
                       and one.title.removeprefix(WITHDRAWN) not in over)  # fmt: skip
        text = page_text(do, stopped.address)
        edition = do.search_editions(isbn=re.findall(r"ISBN (\d+)", text)[0])[0]
        for hold in do.every("search_holds", edition_id=edition.id, status="active"):
            customer = do.get_customer(customer_id=hold.customer_id)
            do.release_hold(hold_id=hold.id)
            write_to(do, customer.email, "Your copy had pages missing. Sound ones go out on {day}.", day=day_in(text))

    return draw.task(solve, publisher=publisher)
