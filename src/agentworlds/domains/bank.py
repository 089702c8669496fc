"""A retail bank's branch and app: accounts and what moves on them, cards, payees at home and abroad, travel money, loans."""

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise
from typing import Annotated, Any, Literal

from agentworlds import (
    Answer,
    Do,
    Draw,
    Email,
    Money,
    PersonName,
    Phone,
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
    at_least,
    below,
    containing,
    count,
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
)

world = World("bank", title="Harbour & Vale Bank", now="2026-03-02 08:30", tick=20, currency="GBP")

Amount = Annotated[Money, Range(0.01, 50_000)]
Foreign = Annotated[Decimal, Places(2), Range(0.01, 5_000_000)]
"""An amount in another currency than ours."""
Kind = Literal[
    "opening", "pay", "card", "payment", "standing order", "transfer", "travel money", "loan", "fee", "refund"
]
DISPUTE_DAYS, REVERSAL_DAYS = 60, 30
NOTES = {"EUR": 10, "USD": 10, "JPY": 1000}
"""The currencies that we order, with their smallest note."""
MOST_TRAVEL_MONEY, MOST_EXCHANGED = 1500, 20_000


@world.table(plural="branches")
class Branch(Row):
    name: Title = field(unique=True)
    street: Street
    phone: Phone


@world.table
class Adviser(Row):
    name: PersonName
    email: Email = field(unique=True)
    branch: Branch


@world.table(show=("adviser.email", "adviser.branch.name"))
class Customer(Row):
    name: PersonName
    email: Email = field(unique=True)
    phone: Phone
    street: Street
    postcode: Postcode
    adviser: Adviser


@world.table(owner="customer")
class Account(Row):
    customer: Customer
    name: Title
    number: Reference = field(unique=True)
    kind: Literal["current", "savings"]
    status: Literal["open", "frozen", "closed"] = "open"
    balance: Money = field(default=Decimal(0))
    overdraft_limit: Money = field(default=Decimal(0))
    daily_limit: Money = field(default=Decimal(1000))
    notice_days: Literal[0, 30, 60] = 0


@world.table(owner="account.customer", label="last_four")
class Card(Row):
    account: Account
    last_four: Reference = field(free=True)
    pin: Reference = field(hidden=True)
    status: Literal["active", "blocked", "cancelled"] = "active"
    replaced_for: Literal["lost", "stolen", "damaged"] | None = None


@world.table
class Merchant(Row):
    name: Title = field(unique=True)
    category: Word


@world.table(owner="card.account.customer", label="service")
class Subscription(Row):
    card: Card
    service: Title
    amount: Amount
    next_on: date
    status: Literal["running", "ended"] = "running"


@world.table(owner="customer")
class Payee(Row):
    customer: Customer
    name: Title
    sort_code: Reference
    account_number: Reference
    currency: Literal["GBP", "EUR", "USD", "JPY"] = "GBP"


@world.table(owner="account.customer", label=None)
class StandingOrder(Row):
    account: Account
    payee: Payee
    amount: Amount
    next_on: date
    status: Literal["active", "paused", "cancelled"] = "active"


@world.table(owner="source.customer")
class Transfer(Row):
    source: Account
    target: Account
    amount: Amount
    status: Literal["done", "reversed"] = "done"
    made: datetime = field(default=now)


@world.table(owner="account.customer", label=None, show=("account.name",))
class CurrencyOrder(Row):
    account: Account
    currency: Literal["EUR", "USD", "JPY"]
    amount: Foreign
    cost: Amount
    collect_from: date
    status: Literal["ordered", "collected", "cancelled"] = "ordered"
    made: datetime = field(default=now)


@world.table(owner="account.customer", label="details", show=("merchant.category",))
class Movement(Row):
    account: Account
    kind: Kind
    direction: Literal["in", "out"]
    amount: Amount
    details: Text
    reference: Text | None = field(default=None, wording=True)
    merchant: Merchant | None = None
    card: Card | None = None
    payee: Payee | None = None
    transfer: Transfer | None = None
    posted: datetime = field(default=now)


@world.table(owner="customer", label="product")
class Loan(Row):
    customer: Customer
    account: Account
    product: Title
    principal: Money
    outstanding: Money
    status: Literal["running", "repaid"] = "running"


@world.table(owner="loan.customer", show=("loan.account.name",))
class Instalment(Row):
    loan: Loan
    number: Annotated[int, Range(1, 60)]
    due_on: date
    amount: Amount
    interest: Money
    late_fee: Money = field(default=Decimal(0))
    status: Literal["due", "overdue", "paid", "settled"] = "due"
    paid_on: date | None = field(default=None, clock=True)


@world.table(
    owner="movement.account.customer",
    show=("movement.amount", "movement.posted", "movement.account.name", "movement.details"),
)
class Dispute(Row):
    movement: Movement
    reason: Literal["not recognised", "charged twice", "wrong amount", "goods not received", "cancelled subscription"]
    status: Literal["open", "upheld", "rejected"] = "open"
    opened: datetime = field(default=now)


# Reading ----------------------------------------------------------------------------------------------------


@dataclass
class CardFile:
    """A customer's cards, what is charged to them regularly, and the payments in dispute."""

    cards: list[Card]
    subscriptions: list[Subscription]
    disputes: list[Dispute]


@dataclass
class PaymentFile:
    """Whom a customer pays, what is paid by itself, what was moved between own accounts, and travel money."""

    payees: list[Payee]
    standing_orders: list[StandingOrder]
    transfers: list[Transfer]
    currency_orders: list[CurrencyOrder]


@dataclass
class LoanFile:
    """A customer's loans and their instalments."""

    loans: list[Loan]
    instalments: list[Instalment]


world.reads(Customer, by=("name", "email", "postcode", "adviser", "adviser.name"), sort=("name",))
world.reads(
    Account, by=("customer", "customer.name", "name", "number", "kind", "status", "balance"), sort=("name", "balance")
)


@world.query
def account_statement(
    account: Account,
    kind: Kind | None = None,
    details: Word | None = None,
    since: date | None = None,
    until: date | None = None,
) -> list[Movement]:
    """What moved on an account, oldest first; at most 50 movements, so narrow it where there are more.

    Args:
        account: whose statement
        kind: only this kind; "card" is a card payment, "payment" one to a payee, "pay" a salary or pension
        details: the details (merchant, payee, other account) contain this, in either case
        since: the first day
        until: the last day
    """
    earliest = datetime.combine(since or date(2000, 1, 1), time())
    latest = datetime.combine(until or today(), time(23, 59, 59))
    found = rows(
        Movement, order="posted", account=account, posted=at_least(earliest), details=containing(details or "")
    )
    return [one for one in found if one.posted <= latest and kind in (None, one.kind)]


@world.query
def customer_cards(customer: Customer) -> CardFile:
    """A customer's cards, card subscriptions and disputed card payments."""
    return CardFile(
        cards=rows(Card, account__customer=customer),
        subscriptions=rows(Subscription, card__account__customer=customer),
        disputes=rows(Dispute, movement__account__customer=customer),
    )


@world.query
def customer_payments(customer: Customer) -> PaymentFile:
    """A customer's payees, standing orders, transfers between own accounts and orders of travel money."""
    return PaymentFile(
        payees=rows(Payee, order="name", customer=customer),
        standing_orders=rows(StandingOrder, account__customer=customer),
        transfers=rows(Transfer, order="made", source__customer=customer),
        currency_orders=rows(CurrencyOrder, order="made", account__customer=customer),
    )


@world.query
def customer_loans(customer: Customer, instalments: Literal["unpaid", "all"] = "unpaid") -> LoanFile:
    """A customer's loans and their instalments, the earliest first.

    Args:
        customer: the borrower
        instalments: those that are due or overdue, or all
    """
    wanted = ("due", "overdue") if instalments == "unpaid" else ("due", "overdue", "paid", "settled")
    found = rows(Instalment, order="loan,number", loan__customer=customer, status=one_of(wanted))
    return LoanFile(loans=rows(Loan, customer=customer), instalments=found)


# Moving money -----------------------------------------------------------------------------------------------


def post(
    account: Account,
    kind: Kind,
    direction: Literal["in", "out"],
    amount: Decimal,
    details: str,
    *,
    reference: str | None = None,
    merchant: Merchant | None = None,
    card: Card | None = None,
    payee: Payee | None = None,
    transfer: Transfer | None = None,
    posted: datetime | None = None,
) -> Movement:
    """Book a movement and its effect on the balance: the only way that balances change."""
    account.balance += amount if direction == "in" else -amount
    return insert(
        Movement(
            account=account,
            kind=kind,
            direction=direction,
            amount=amount,
            details=details,
            reference=reference,
            merchant=merchant,
            card=card,
            payee=payee,
            transfer=transfer,
            posted=posted or now(),
        )
    )


def book_transfer(transfer: Transfer, back: bool = False, reference: str | None = None) -> None:
    """Book both sides of a transfer, or of its reversal."""
    source, target = (transfer.target, transfer.source) if back else (transfer.source, transfer.target)
    word, posted = ("Reversed transfer", None) if back else ("Transfer", transfer.made)
    post(
        source,
        "transfer",
        "out",
        transfer.amount,
        f"{word} to {target.name}",
        reference=reference,
        transfer=transfer,
        posted=posted,
    )
    post(
        target,
        "transfer",
        "in",
        transfer.amount,
        f"{word} from {source.name}",
        reference=reference,
        transfer=transfer,
        posted=posted,
    )


def check_usable(account: Account) -> None:
    """Refuse an account that money cannot leave."""
    if account.status == "closed":
        refuse("conflict", f"{account.name} {account.number} is closed.")
    if account.status == "frozen":
        refuse(
            "unavailable",
            f"{account.name} {account.number} is frozen: money may come in but not go out.",
            hint="no tool lifts a freeze",
        )


def check_current(account: Account, customer: Customer) -> None:
    """Refuse to pay from a savings account, or from another customer's."""
    if account.customer != customer:
        refuse("conflict", f"{account.name} {account.number} is not an account of {customer.name}.")
    if account.kind == "savings":
        refuse(
            "conflict",
            f"Nothing is paid from savings such as {account.name}.",
            hint="transfer_money to a current account first",
        )
    check_usable(account)


@world.tool
def transfer_money(source: Account, target: Account, amount: Amount, reference: Text | None = None) -> Transfer:
    """Transfer money between two accounts of one customer. It does not count towards the daily limit.

    Args:
        source: where it comes from
        target: where it goes to
        amount: how much
        reference: a note on both statements
    """
    if source == target:
        refuse("invalid", "The two accounts are the same.", field="target_id")
    if source.customer != target.customer:
        refuse("conflict", "A transfer goes between accounts of one customer.", hint="pay_payee pays others")
    check_usable(source)
    if source.notice_days:
        refuse("unavailable", f"Money leaves {source.name} only on {source.notice_days} days' written notice.")
    transfer = insert(Transfer(source=source, target=target, amount=amount))
    book_transfer(transfer, reference=reference)
    return transfer


@world.tool(roles="teller")
def reverse_transfer(transfer: Transfer) -> Transfer:
    """Take a transfer of the last 30 days back in full, on both accounts."""
    if transfer.status == "reversed":
        refuse("conflict", "That transfer was reversed before.")
    if transfer.made < now() - timedelta(days=REVERSAL_DAYS):
        refuse(
            "unavailable",
            f"That transfer was made on {written(transfer.made)}, more than {REVERSAL_DAYS} days ago.",
            hint="transfer_money sends it back",
        )
    transfer.status = "reversed"
    book_transfer(transfer, back=True)
    return transfer


@world.tool
def pay_payee(account: Account, payee: Payee, amount: Amount, reference: Text | None = None) -> Movement:
    """Pay one of the customer's payees now, from a current account: at most its daily limit in all payments of a day.

    Args:
        account: a current account that is open
        payee: one of the same customer's payees
        amount: how much
        reference: what the payee reads, such as a bill's number
    """
    check_current(account, payee.customer)
    if payee.currency != "GBP":
        refuse("conflict", f"{payee.name} is paid in {payee.currency}.", hint="pay_abroad pays in other currencies")
    return post(account, "payment", "out", amount, payee.name, reference=reference, payee=payee)


@world.tool
def pay_abroad(account: Account, payee: Payee, amount: Foreign, reference: Text | None = None) -> Movement:
    """Pay a payee in another currency now, from a current account, at the latest exchange rate.

    What it comes to in pounds counts towards the daily limit. The fee, our saved value abroad_fee, is booked on its own.

    Args:
        account: a current account that is open
        payee: one of the same customer's payees, in another currency than pounds
        amount: how much, in the payee's currency
        reference: what the payee reads, such as a booking's number
    """
    check_current(account, payee.customer)
    if payee.currency == "GBP":
        refuse("conflict", f"{payee.name} is paid in pounds.", hint="pay_payee pays in pounds")
    cost = in_pounds(amount, payee.currency)
    post(account, "fee", "out", saved("abroad_fee"), f"Fee for a payment abroad, {payee.name}")
    return post(account, "payment", "out", cost, payee.name, reference=reference, payee=payee)


@world.tool
def change_standing_order(
    standing_order: StandingOrder,
    account: Account | None = None,
    amount: Amount | None = None,
    next_on: date | None = None,
    status: Literal["active", "paused", "cancelled"] | None = None,
) -> StandingOrder:
    """Change a monthly standing order: what is given, the rest stays. What is cancelled stays so.

    Args:
        standing_order: the order
        account: the current account that it is paid from
        amount: what is paid each month
        next_on: when it is paid next, after today
        status: paused orders are not paid; cancelled ones cannot come back
    """
    if account is None and amount is None and next_on is None and status is None:
        refuse("invalid", "Nothing to change was given.", hint="give account_id, amount, next_on or status")
    if standing_order.status == "cancelled":
        refuse("conflict", f"The standing order to {standing_order.payee.name} was cancelled.")
    if next_on is not None and next_on <= today():
        refuse("invalid", "A standing order is paid next on a day after today.", field="next_on")
    if account is not None:
        check_current(account, standing_order.payee.customer)
        standing_order.account = account
    standing_order.amount = amount or standing_order.amount
    standing_order.next_on = next_on or standing_order.next_on
    standing_order.status = status or standing_order.status
    return standing_order


# Travel money -----------------------------------------------------------------------------------------------


@world.tool
def order_travel_money(account: Account, currency: Literal["EUR", "USD", "JPY"], amount: Foreign) -> CurrencyOrder:
    """Order banknotes of another currency, paid from a current account at once and collected at the branch.

    They cost what they are worth at the latest exchange rate, and of that as many percent more as our saved value
    travel_margin says. They can be collected from the second working day after today on.

    Args:
        account: a current account that is open
        amount: in that currency: a multiple of 10 for EUR and USD, of 1000 for JPY
    """
    check_current(account, account.customer)
    if amount % NOTES[currency]:
        refuse("invalid", f"Our smallest {currency} note is {NOTES[currency]}.", field="amount")
    worth = in_pounds(amount, currency)
    cost = worth + percent_of(worth, saved("travel_margin"))
    post(account, "travel money", "out", cost, f"Travel money, {currency} {amount:.0f}")
    ready = sums.shift_date(today(), working_days=2).day
    return insert(CurrencyOrder(account=account, currency=currency, amount=amount, cost=cost, collect_from=ready))


@world.tool(roles="teller")
def close_currency_order(currency_order: CurrencyOrder, outcome: Literal["collected", "cancelled"]) -> CurrencyOrder:
    """Record that travel money was collected, or cancel the order and buy it back.

    What is cancelled is credited at what it is worth at the latest exchange rate, without the margin.
    """
    if currency_order.status != "ordered":
        refuse("conflict", f"That travel money was {currency_order.status}.")
    account, currency, amount = currency_order.account, currency_order.currency, currency_order.amount
    if outcome == "collected" and today() < currency_order.collect_from:
        refuse("unavailable", f"That travel money is here from {written(currency_order.collect_from)} on.")
    if outcome == "cancelled":
        post(
            account,
            "travel money",
            "in",
            in_pounds(amount, currency),
            f"Travel money bought back, {currency} {amount:.0f}",
        )
    currency_order.status = outcome
    return currency_order


def in_pounds(amount: Decimal, currency: str) -> Decimal:
    """What an amount in another currency is worth at the latest exchange rate."""
    worth: Decimal = sums.worth(amount, currency, "GBP", today())
    if not 0 < worth <= MOST_EXCHANGED:
        refuse(
            "invalid",
            f"{currency} {amount:,} comes to £{worth:,}; we exchange from a penny to £{MOST_EXCHANGED:,} at once.",
            field="amount",
        )
    return worth


def percent_of(amount: Decimal, percent: Decimal) -> Decimal:
    """So many percent of an amount, to the penny."""
    return (amount * percent / 100).quantize(Decimal("0.01"))


def saved(name: str) -> Decimal:
    """One of the bank's saved values."""
    value: Decimal = rows(sums.SavedValue, name=name)[0].value
    return value


# Cards and disputes -----------------------------------------------------------------------------------------


@world.tool(idempotent=True)
def block_card(card: Card, blocked: bool) -> Card:
    """Block a card for the time being, or unblock it; a card that is so already stays as it is.

    Args:
        card: a card that is not cancelled
        blocked: true blocks it, false makes it active again
    """
    if card.status == "cancelled":
        refuse(
            "conflict",
            f"The card ending {card.last_four} was cancelled for good.",
            hint="use the card that replaced it",
        )
    card.status = "blocked" if blocked else "active"
    return card


@world.tool(destructive=True)
def replace_card(card: Card, reason: Literal["lost", "stolen", "damaged"]) -> Card:
    """Cancel a blocked card for good and issue a new one on the same account, with the same PIN.

    What is charged to the old card stays there until move_subscription moves it.
    """
    if card.status != "blocked":
        refuse(
            "conflict",
            f"The card ending {card.last_four} is {card.status}; only a blocked one is replaced.",
            hint="block_card blocks an active card first",
        )
    card.status = "cancelled"
    card.replaced_for = reason
    return insert(Card(account=card.account, last_four=next_card(), pin=card.pin))


def next_card() -> str:
    """The last four digits of the next card."""
    return f"{1873 * (count(Card) + 1) % 10_000:04d}"


@world.tool
def move_subscription(subscription: Subscription, card: Card) -> Subscription:
    """Have a running subscription charged to another active card of the customer."""
    if subscription.status == "ended":
        refuse("conflict", f"{subscription.service} has ended.")
    if card.account.customer != subscription.card.account.customer:
        refuse("conflict", "That card is another customer's.")
    if card.status != "active":
        refuse("unavailable", f"The card ending {card.last_four} is {card.status}.")
    subscription.card = card
    return subscription


@world.tool
def open_dispute(
    movement: Movement,
    reason: Literal["not recognised", "charged twice", "wrong amount", "goods not received", "cancelled subscription"],
) -> Dispute:
    """Dispute a card payment; the window is 60 days from the day it was posted.

    Args:
        movement: the card payment
        reason: why
    """
    if movement.kind != "card":
        refuse("conflict", f"Only card payments can be disputed; the kind of this movement is '{movement.kind}'.")
    if movement.posted.date() < today() - timedelta(days=DISPUTE_DAYS):
        refuse(
            "unavailable", f"That payment was posted on {written(movement.posted)}, more than {DISPUTE_DAYS} days ago."
        )
    if count(Dispute, movement=movement):
        refuse("conflict", "That payment has been disputed before.")
    return insert(Dispute(movement=movement, reason=reason))


@world.tool(roles="teller")
def close_dispute(dispute: Dispute, outcome: Literal["upheld", "rejected"]) -> Dispute:
    """Decide an open dispute; what is upheld is refunded at once to the account that paid."""
    if dispute.status != "open":
        refuse("conflict", f"That dispute was {dispute.status}.")
    dispute.status = outcome
    paid = dispute.movement
    if outcome == "upheld":
        post(
            paid.account, "refund", "in", paid.amount, f"Refund {paid.details}", merchant=paid.merchant, card=paid.card
        )
    return dispute


# Teller's decisions, loans, closing -------------------------------------------------------------------------


@world.tool
def pay_instalment(instalment: Instalment, account: Account) -> Instalment:
    """Pay a loan's instalment, with its late fee if there is one, from one of the borrower's current accounts.

    Instalments of a loan are paid in order.
    """
    loan = instalment.loan
    if instalment.status in ("paid", "settled"):
        refuse("conflict", f"Instalment {instalment.number} of the {loan.product} is {instalment.status}.")
    check_current(account, loan.customer)
    post(account, "loan", "out", instalment.amount, f"{loan.product}, instalment {instalment.number}")
    if instalment.late_fee:
        post(account, "fee", "out", instalment.late_fee, f"Late fee, {loan.product}, instalment {instalment.number}")
    instalment.status, instalment.paid_on = "paid", today()
    loan.outstanding -= instalment.amount - instalment.interest
    if not count(Instalment, loan=loan, status=one_of(("due", "overdue"))):
        loan.status = "repaid"
    return instalment


@world.tool
def settle_loan(loan: Loan, account: Account) -> Loan:
    """Repay a loan early: what is outstanding, and a fee of 1 % of that. Overdue instalments must be paid before.

    Args:
        loan: the loan
        account: the borrower's current account that pays
    """
    if loan.status == "repaid":
        refuse("conflict", f"The {loan.product} is repaid.")
    overdue = count(Instalment, loan=loan, status="overdue")
    if overdue:
        refuse(
            "conflict",
            f"{counted(overdue, 'instalment', f' of the {loan.product}')} overdue.",
            hint="pay_instalment pays what is overdue",
        )
    check_current(account, loan.customer)
    post(account, "loan", "out", loan.outstanding, f"{loan.product}, settlement")
    post(account, "fee", "out", settlement_fee(loan), f"Early repayment fee, {loan.product}")
    for instalment in rows(Instalment, loan=loan, status="due"):
        instalment.status, instalment.paid_on = "settled", today()
    loan.outstanding, loan.status = Decimal(0), "repaid"
    return loan


def counted(number: int, noun: str, of: str = "") -> str:
    """A number of things with its verb."""
    return f"{number} {noun}{of} is" if number == 1 else f"{number} {noun}s{of} are"


def written(day: date) -> str:
    """A day, or a moment's day, as people write it."""
    return f"{day.day} {day:%B %Y}"


def settlement_fee(loan: Loan) -> Decimal:
    """The fee for repaying a loan early."""
    return percent_of(loan.outstanding, Decimal(1))


@world.tool(roles="teller", idempotent=True)
def set_overdraft(account: Account, limit: Annotated[Money, Range(0, 3000)]) -> Account:
    """Set how far a current account may be overdrawn; nought allows no overdraft.

    Args:
        account: a current account
        limit: in steps of 50
    """
    if account.kind == "savings":
        refuse("conflict", f"{account.name} is a savings account and has no overdraft.")
    if limit % 50:
        refuse("invalid", "Overdraft limits go in steps of £50.", field="limit")
    check_usable(account)
    account.overdraft_limit = limit
    return account


@world.tool(roles="teller", destructive=True)
def close_account(account: Account) -> Account:
    """Close an account for good; its cards are cancelled. It must be empty, with nothing paid from it any more."""
    check_usable(account)
    loan = first(Loan, account=account, status="running")
    if loan is not None:
        refuse("conflict", f"The {loan.product} is paid from {account.name}.")
    charged = count(Subscription, card__account=account, status="running")
    if charged:
        refuse(
            "conflict",
            f"{counted(charged, 'subscription')} still charged to cards of {account.name}.",
            hint="move_subscription moves them to another card",
        )
    for card in rows(Card, account=account, status=other_than("cancelled")):
        card.status = "cancelled"
    account.status = "closed"
    return account


# Rules ------------------------------------------------------------------------------------------------------


@world.rule(
    Account,
    "insufficient",
    "{row.name} {row.number} would fall below its overdraft limit of £{row.overdraft_limit}.",
    hint="transfer_money can bring in more",
)
def overdraft_is_kept(account: Account) -> bool:
    return account.balance >= -account.overdraft_limit


@world.rule(
    Account,
    "limit",
    "At most £{row.daily_limit} a day goes from {row.name} {row.number} to payees.",
    watch=["Movement.account"],
)
def daily_limit_is_kept(account: Account) -> bool:
    midnight = datetime.combine(today(), time())
    paid = total(Movement, "amount", account=account, kind="payment", posted=at_least(midnight))
    return paid <= account.daily_limit


@world.rule(
    Account,
    "conflict",
    "Standing orders are still paid from {row.name} {row.number}, so it cannot be closed.",
    hint="change_standing_order moves or cancels them",
    watch=["StandingOrder.account"],
)
def closed_pays_nothing(account: Account) -> bool:
    return account.status != "closed" or not count(StandingOrder, account=account, status=other_than("cancelled"))


@world.rule(
    Account,
    "conflict",
    "A closed account holds no money: {row.name} {row.number} would have a balance of £{row.balance}.",
    hint="transfer_money moves it to another account",
)
def closed_is_empty(account: Account) -> bool:
    return account.status != "closed" or account.balance == 0


@world.rule(Card, "conflict", "{row.account.name} {row.account.number} already has another active card.")
def one_active_card(card: Card) -> bool:
    return card.status != "active" or count(Card, account=card.account, status="active") == 1


@world.rule(
    Instalment, "conflict", "Instalments are paid in order; an earlier one of the {row.loan.product} is unpaid."
)
def paid_in_order(instalment: Instalment) -> bool:
    earlier = {"number": below(instalment.number), "status": one_of(("due", "overdue"))}
    return instalment.status != "paid" or not count(Instalment, loan=instalment.loan, **earlier)


@world.rule(
    CurrencyOrder,
    "limit",
    f"At most £{MOST_TRAVEL_MONEY:,} of travel money waits for one customer; {{row.account.customer.name}} would have more.",
    hint="close_currency_order records what was collected",
)
def travel_money_is_collected(order: CurrencyOrder) -> bool:
    waiting = total(CurrencyOrder, "cost", account__customer=order.account.customer, status="ordered")
    return order.status != "ordered" or waiting <= MOST_TRAVEL_MONEY


# Roles, modules ---------------------------------------------------------------------------------------------

world.role(
    "teller", about="You are a teller of Harbour & Vale Bank; you serve customers and have the branch's mailbox."
)
world.role("customer", Customer, about="You help a customer of Harbour & Vale Bank in its app.")

BALANCE_LETTERS = (
    (
        "What is in my accounts?",
        "Good morning, could you write to me what is in my accounts? The app has locked me out.",
    ),
    ("Balances for my landlord", "Hello, my new landlord asks for proof of funds. What are my balances at the moment?"),
    ("Not near a cash machine", "Hi, I am travelling with a dead phone. Please e-mail me how much I have left."),
    (
        "Figures before I see the mortgage people",
        "I have to state what I hold with you. Could you send me the figures?",
    ),
    ("Statement did not arrive", "My paper statement never came this month. What do my accounts stand at, please?"),
    ("Doing my budget tonight", "I am doing my budget for March and cannot log in. How much is on my accounts?"),
)
LETTERS = (
    ("Coins", "Do you still take bagged coins at the counter, and on which days?"),
    ("Power of attorney", "My sister will look after my mother's affairs. Which papers do we need to bring?"),
    ("Thank you", "Thank you for sorting out my muddle at the counter so quickly last week."),
    ("Opening hours", "Are you open on the Saturday of the Easter weekend? The door said nothing about it."),
    ("Foreign currency", "How many days ahead must I order Danish kroner, and is there a fee for it?"),
    ("Lost umbrella", "I left a green umbrella at the counter on Thursday. Has anybody handed it in?"),
    ("Account for my niece", "From what age can a child have a savings account with you, and who signs for it?"),
    ("Step at the door", "My neighbour now uses a wheelchair. Is there a way into the branch without the step?"),
    (
        "Strange phone call",
        "Somebody rang saying they were from your security team. Do you ever ask for a PIN by phone?",
    ),
    ("Letters in large print", "Can I have your letters in large print? My eyes are not what they were."),
    ("Certified copy", "Do you certify copies of passports for customers, and does it cost anything?"),
    ("Safe deposit boxes", "Is there still a waiting list for a safe deposit box at the branch?"),
    ("Treasurer's account", "Our choir needs an account with two signatures. What do you offer small clubs?"),
    ("Cheque book", "I am on my last two cheques. Are new books sent automatically, or do I ask for one?"),
    ("Moving abroad", "I may work in Lisbon for a year. Could I keep banking with you while I am away?"),
    ("Parking behind the branch", "Is the yard behind the branch for customers, or shall I get a ticket there?"),
    ("Card reader", "The little card reader has lost its display. Where do I get another?"),
    ("Interest certificate", "When do you send out the interest certificates for the tax year?"),
    ("Talk on fraud", "A poster mentions an evening talk on fraud in April. Do I have to put my name down?"),
    ("Queue at lunchtime", "Could you open a second counter at lunchtime? I stood there for half an hour."),
    ("Old banknotes", "I have found two paper twenties in a book. Can I still pay them in?"),
    ("Gift for a wedding", "Is it possible to pay money in for somebody who banks with you, as a wedding gift?"),
    ("Charity box", "The lifeboat box on your counter is full to the brim. Who empties it?"),
    ("Compliment", "The young man who served me on Friday was patience itself. Please tell him so."),
)
mail = world.include(
    "email",
    intents=False,
    Person=Customer,
    address="branch@harbourvale.example",
    name="Harbour & Vale Bank",
    staff="teller",
    topics=LETTERS,
    firms=(),
    without=("mailbox_overview", "read_thread", "export_message", "save_draft", "send_draft", "label_message"),
)
VALUES = (
    ("abroad_fee", "9.5", "GBP", "our fee for a payment in another currency"),
    ("abroad_fee_2025", "8", "GBP", "our fee for a payment in another currency, until 31 December 2025"),
    ("travel_margin", "2.5", "percent", "what travel money costs on top of its worth at the exchange rate"),
    ("travel_margin_2025", "3", "percent", "what travel money cost on top of its worth, until 31 December 2025"),
    ("easy_saver_rate", "2.9", "percent a year", "Easy Saver; interest is added once a year"),
    ("notice_30_rate", "3.45", "percent a year", "Notice Saver of 30 days; interest is added once a year"),
    ("notice_60_rate", "3.9", "percent a year", "Notice Saver of 60 days; interest is added once a year"),
    ("notice_60_rate_2025", "4.2", "percent a year", "Notice Saver of 60 days, until 31 December 2025"),
    ("leaflets_at_the_counter", "140", "copies", "how to bank by telephone; reordered below 50"),
)
sums = world.include(
    "calculator",
    intents=False,
    staff="teller",
    rates=(),
    values=VALUES,
    fixed=tuple(name for name, *_ in VALUES[:-1]),
    closing_days=(),
    without=(
        "get_exchange_rate",
        "convert_units",
        "shift_date",
        "compare_dates",
        "describe_numbers",
        "forget_value",
    ),
)
diary = world.include(
    "booking",
    Client=Customer,
    Resource=Adviser,
    owner="client",
    staff="teller",
    days=3,
    per_day=3,
    purposes=(
        "mortgage review",
        "pension transfer",
        "savings review",
        "probate",
        "first home",
        "loan review",
        "overdraft review",
        "power of attorney",
        "moving abroad",
        "children's savings",
        "small business account",
        "gift to a grandchild",
    ),
    rename={
        "Booking": "Meeting",
        "book_slot": "book_meeting",
        "move_booking": "move_meeting",
        "booking": "meeting",
        "cancel_booking": "cancel_meeting",
        "client": "customer",
        "resource": "adviser",
    },
)

# Data -------------------------------------------------------------------------------------------------------

MERCHANTS = {
    "groceries": ("Freshlands", "Corner Pantry", "Okoro Foods"),
    "eating out": ("Basil & Rye", "The Copper Kettle", "Noodle Yard"),
    "transport": ("Metro Travel", "Ardley Fuel"),
    "clothes": ("Thread & Co", "Marlow Shoes"),
    "home": ("Timberyard DIY", "Lumen Lighting"),
}
TRAPS = {"FitPlan Trial": 14, "SlimBox Monthly": 0, "PrizeClub Online": 7}
"""What goes on charging after it was cancelled, and every how many days; nought is once a month."""
RATES = {"Car Loan": Decimal("0.0065"), "Home Improvement Loan": Decimal("0.0055"), "Personal Loan": Decimal("0.0095")}
"""The interest a month on what is owed."""
DISTRICTS = {"Harbourside": ("PO1", "PO4", "PO5"), "Valebridge": ("SO14", "SO17", "SO19")}
SERVICES = (
    "Streamly",
    "Streamly Music",
    "Pagewise Audio",
    "Cloudnest Storage",
    "Peak Gym",
    "The Daily Courier",
    "Veg Crate",
)
BILLS = {
    "Northgate Energy": (68, 140),
    "Northgate Estates": (640, 890),
    "Thameside Water": (31, 48),
    "Ferrow Broadband": (28, 42),
    "Larkfield Council": (98, 146),
    "Bright Steps After-School": (62, 118),
    "Hollis Dental Care": (24, 95),
    "Ridgeway Motors": (45, 160),
    "Achebe Piano School": (36, 72),
    "Castle Home Insurance": (17, 39),
    "Castle Motor Insurance": (29, 61),
}
STREETS = ("Quay Street", "Vale Road", "Chandlers Row", "Mill Lane", "Priory Walk", "St Bride's Hill", "Orchard Close")
LETTINGS = {
    "Casa Miradouro": "EUR",
    "Finca Los Olivos": "EUR",
    "Gîte des Tilleuls": "EUR",
    "Lakeview Cabins": "USD",
    "Dune Grass Cottages": "USD",
    "Hoshi Ryokan": "JPY",
    "Minka Farm Stay": "JPY",
}
"""Whom customers pay for their holidays, and in which currency."""
USUAL = {"EUR": Decimal("1.1605"), "USD": Decimal("1.2740"), "JPY": Decimal("191.35")}
"""What a pound buys about the time."""
CLOSED = ((3, 3, "Harbour Fair"), (4, 3, "Good Friday"), (4, 6, "Easter Monday"), (12, 25, "Christmas Day"))
OFFICE, TREASURY = "Treasury", "treasury@harbourvale.example"
OFFERS = (
    ("Two offers for our holiday", "Two houses have made us offers, which I attach. We would be happy with either."),
    ("Which of these costs less?", "I have an offer from each of two places and cannot compare the currencies."),
    ("Our week away, two quotes", "Attached is what two hosts want for the same week. My wife says: the cheaper one."),
    ("Deposit for the summer", "We hesitate between the two places whose offers I enclose; money decides."),
    ("Help with two bookings", "Both offers are attached. I am hopeless at exchange rates, so please help."),
)
RATE_LETTERS = (
    ("Notes for my trip", "I leave soon and shall want some foreign money. What is {amount} {currency} worth today?"),
    ("What is it worth?", "An aunt has promised me {amount} {currency}. What would that be in pounds today?"),
    ("Price of a piano stool", "A shop abroad asks {amount} {currency} for a stool. How much is that in pounds?"),
    ("Prize money", "I have won {amount} {currency} in a crossword abroad. What may I expect in pounds?"),
)
NAMED_ACCOUNTS = ("Everyday Account", "Bills Account", "Easy Saver", "Notice Saver", "Holiday Pot")


@world.data
def fill(draw: Draw) -> None:
    """Branches with advisers, merchants, and customers with all that they have."""
    for category, names in MERCHANTS.items():
        for name in names:
            draw.new(Merchant, name=name, category=category)
    for name in TRAPS:
        draw.new(Merchant, name=name, category="leisure")
    for town in ("Harbourside", "Valebridge"):
        draw.new(Branch, name=town, street=f"{draw.integer(2, 90)} {draw.choice(STREETS)}")
    for number in draw.many(2):
        name = fresh_name(draw)
        address = f"{draw.email_for(name).split('@')[0]}@harbourvale.example"
        draw.new(Adviser, name=name, email=address, branch=rows(Branch)[number % 2])
    for number in draw.many(8):
        alike = draw.pick(Customer).name if number % 3 else ""
        adviser = rows(Adviser)[number // 4]
        customer = draw.new(
            Customer,
            name=fresh_name(draw, alike, number % 2),
            adviser=adviser,
            postcode=postcode(draw, adviser.branch.name),
            street=f"{draw.integer(2, 140)} {draw.choice(STREETS)}",
        )
        open_accounts(draw, customer, number)
        live(draw, customer, number)
        borrow(draw, customer, number)
        balance_up(draw, customer)


@world.data
def letters(draw: Draw) -> None:
    """Customers who ask what they have, and an older letter that was filed."""

    def letter(
        customer: Customer, subject: str, body: str, folder: Literal["inbox", "archive"], sent: datetime
    ) -> None:
        draw.new(
            mail.Message,
            folder=folder,
            sender=customer.email,
            recipient="branch@harbourvale.example",
            subject=subject,
            body=f"{body}\n\n{customer.name}",
            sent=sent,
            read=folder == "archive" or draw.chance(40),
            answers=None,
        )

    thanks = "The standing order is in order again, thank you. That was quick."
    letter(draw.pick(Customer), "All is well again", thanks, "archive", draw.moment(-17, -13))
    for (subject, body), customer in zip(BALANCE_LETTERS, draw.shuffled(rows(Customer)), strict=False):
        letter(customer, subject, body, "inbox", draw.moment(-7, -3))


@world.data
def abroad(draw: Draw) -> None:
    """Exchange rates with treasury's letters about them, offers of lettings, and travel money that waits."""
    day, known = draw.today, dict(USUAL)
    for _ in range(10):
        day -= timedelta(days=3 if day.weekday() == 0 else 1)
        for currency, usual in USUAL.items():
            drift = (usual - known[currency]) / 4 + usual * draw.integer(-60, 60) / 10_000
            known[currency] = (known[currency] + drift).quantize(Decimal("0.0001"))
            draw.new(sums.ExchangeRate, currency=currency, day=day, rate=known[currency])
    treasury_writes(draw)
    for month, number, name in CLOSED:
        draw.new(sums.ClosingDay, name=name, day=date(2026, month, number))
    travellers = draw.shuffled(rows(Customer))
    for customer, (subject, body) in zip(travellers, draw.shuffled(OFFERS), strict=False):
        offer_lettings(draw, customer, subject, body)
    for number, customer in enumerate(draw.shuffled(travellers)[:5]):
        code = draw.choice(tuple(USUAL))
        pounds = draw.integer(1150, 1300) if number < 2 else draw.integer(120, 400)
        amount = NOTES[code] * round(pounds * USUAL[code] / NOTES[code])
        made = draw.moment(-12, -4, (9, 16))
        worth = sums.worth(Decimal(amount), code, "GBP", made.date())
        cost = worth + percent_of(worth, Decimal("2.5"))
        account = rows(Account, customer=customer, name="Everyday Account")[0]
        before = rows(Movement, account=account, kind="opening")[0]
        before.amount, account.balance = before.amount + cost, account.balance + cost
        post(account, "travel money", "out", cost, f"Travel money, {code} {amount}", posted=made)
        draw.new(
            CurrencyOrder,
            account=account,
            currency=code,
            amount=Decimal(amount),
            cost=cost,
            collect_from=sums.shift_date(made.date(), working_days=2).day,
            status="collected" if number == 4 else "ordered",
            made=made,
        )


def treasury_writes(draw: Draw) -> None:
    """Treasury's rates of the last working day and of today, and the one of today's that it has to correct."""
    last = draw.today - timedelta(days=3)
    for day, folder in ((last, "archive"), (draw.today, "inbox")):
        lines = []
        for currency in USUAL:
            rate = rows(sums.ExchangeRate, order="-day", currency=currency)[0].rate
            if day == draw.today:
                rate = (rate * (10_000 + draw.choice((-55, -40, -25, 20, 35, 50))) / 10_000).quantize(Decimal("0.0001"))
            lines.append(f"{currency}: {rate}")
        sent = datetime.combine(day, time(7, 10))
        rates = "\n".join(lines)
        body = f"One pound (GBP) buys, from {written(day)}:\n\n{rates}\n\n{OFFICE}"
        mail.deliver(TREASURY, f"Rates of {written(day)}", body, sent=sent, folder=folder, read=folder == "archive")
    wrong, rate = draw.choice(lines).split(": ")
    right = (Decimal(rate) * (10_000 + draw.choice((-15, 15))) / 10_000).quantize(Decimal("0.0001"))
    body = f"One figure in our mail of this morning was wrong. The right rate of today is\n\n{wrong}: {right}\n\nThe others stand.\n\n{OFFICE}"
    mail.deliver(
        TREASURY, f"Correction to the rates of {written(draw.today)}", body, sent=draw.now - timedelta(minutes=14)
    )
    for customer, (subject, question) in zip(draw.shuffled(rows(Customer)), RATE_LETTERS, strict=False):
        currency = draw.choice(tuple(USUAL))
        amount = draw.integer(12, 80) * (1000 if currency == "JPY" else 10)
        body = f"{question.format(amount=amount, currency=currency)}\n\n{customer.name}"
        mail.deliver(customer.email, subject, body, sent=draw.moment(-3, -2), read=draw.chance(40))


def offer_lettings(draw: Draw, customer: Customer, subject: str, body: str) -> None:
    """A customer with two places to stay among the payees, who sends us both offers."""
    pairs = [(one, other) for one in LETTINGS for other in LETTINGS if LETTINGS[one] != LETTINGS[other]]
    one, other = draw.choice(pairs)
    letter = mail.deliver(
        customer.email,
        subject,
        f"{body} The deposit can go from my Everyday Account.\n\n{customer.name}",
        sent=draw.moment(-4, -3),
        read=draw.chance(40),
    )
    pounds, gap = draw.integer(560, 840), draw.choice((-1, 1)) * draw.integer(25, 60)
    arrives = draw.day(100, 170)
    for name, price in ((one, pounds), (other, pounds + gap)):
        draw.new(
            Payee,
            customer=customer,
            name=name,
            sort_code=f"{draw.integer(10, 99)}-{draw.integer(10, 99)}-{draw.integer(10, 99)}",
            account_number=str(draw.integer(10_000_000, 99_999_999)),
            currency=LETTINGS[name],
        )
        code, unit = LETTINGS[name], (1000 if LETTINGS[name] == "JPY" else 5)
        whole = unit * round(price * USUAL[code] / unit)
        deposit = unit * round(whole * draw.choice((20, 25, 30)) / 100 / unit)
        lines = (
            f"Offer of {name}",
            f"Arrival: {written(arrives)}, seven nights",
            f"For the week: {code} {whole}",
            f"Deposit: {code} {deposit}",
            "The deposit is taken off the price of the week.",
        )
        mail.attach(letter, f"offer-{'-'.join(name.split()).lower()}.txt", "\n".join(lines))


def postcode(draw: Draw, town: str) -> str:
    """A postcode of a town."""
    last = draw.sample("ABDEFGHJLNPQRSTUWXYZ", 2)
    return f"{draw.choice(DISTRICTS[town])} {draw.integer(1, 9)}{''.join(last)}"


def fresh_name(draw: Draw, alike: str = "", part: int = 0) -> str:
    """A name that nobody has yet; where `alike` is given, with that person's first (0) or last name (1)."""
    for _ in range(60):
        words = draw.text("person_name").split(" ", 1)
        if alike:
            words[part] = alike.split(" ", 1)[part]
        name = " ".join(words)
        if not count(Customer, name=containing(name)) and not count(Adviser, name=containing(name)):
            return name
    return draw.text("person_name")


def open_accounts(draw: Draw, customer: Customer, number: int) -> None:
    """Accounts, cards with subscriptions, payees and standing orders."""

    def account(name: str, kind: Literal["current", "savings"], notice: Literal[0, 30, 60] = 0) -> Account:
        overdraft = draw.choice((0, 250, 500, 1000)) if name == "Everyday Account" else 0
        return draw.new(
            Account,
            customer=customer,
            name=name,
            kind=kind,
            notice_days=notice,
            status="open",
            number=f"{31_047_118 + 7_919 * count(Account)}",
            overdraft_limit=Decimal(overdraft),
            daily_limit=Decimal(draw.choice((500, 1000, 2500))),
        )

    def card(on: Account, status: Literal["active", "blocked", "cancelled"] = "active") -> Card:
        pin = f"{draw.integer(0, 9999):04d}"
        return draw.new(Card, account=on, last_four=next_card(), pin=pin, status=status, replaced_for=None)

    everyday, bills = account("Everyday Account", "current"), account("Bills Account", "current")
    account("Easy Saver", "savings")
    if number % 3 == 1:
        account("Notice Saver", "savings", draw.choice((30, 60)))
    if number % 4 == 0:
        account("Holiday Pot", "savings").status = "closed"
    if number % 5 == 2:
        bills.status = "frozen"
    if number % 3 == 2:
        card(everyday, "cancelled" if number % 2 else "blocked")
    for on, least, most in ((card(everyday), 2, 3), (card(bills), 0, 1)):
        for service in draw.sample(SERVICES, draw.integer(least, most)):
            status: Literal["running", "ended"] = "ended" if draw.chance(12) else "running"
            draw.new(
                Subscription,
                card=on,
                service=service,
                amount=draw.money(3.99, 29.99, "1.00") + Decimal("0.99"),
                next_on=draw.day(-80, -20) if status == "ended" else draw.day(2, 27),
                status=status,
            )
    for name in draw.sample(list(BILLS), 4):
        draw.new(
            Payee,
            customer=customer,
            name=name,
            sort_code=f"20-{draw.integer(10, 99)}-{draw.integer(10, 99)}",
            account_number=str(draw.integer(10_000_000, 99_999_999)),
        )


def live(draw: Draw, customer: Customer, number: int) -> None:
    """Two months of salary, shopping, bills and savings, with the slips that get reported."""
    everyday, bills, saver = [first(Account, customer=customer, name=name) for name in NAMED_ACCOUNTS[:3]]
    assert everyday is not None
    assert bills is not None
    assert saver is not None
    card = first(Card, account=everyday, status="active")
    salary = draw.money(980, 1640, "5")
    for day in (datetime(2026, 1, 28, 6), datetime(2026, 2, 27, 6)):
        post(everyday, "pay", "in", salary, "Salary", posted=day)
    shops = rows(Merchant, category=one_of(list(MERCHANTS)))
    for _ in range(6):
        shop = draw.choice(shops)
        post(
            everyday, "card", "out", draw.money(4, 88), shop.name, merchant=shop, card=card, posted=draw.moment(-45, -1)
        )
    if number % 2 == 0:
        trap = draw.choice(rows(Merchant, name=one_of(list(TRAPS))))
        charge = draw.money(12, 39, "1") + Decimal("0.95")
        days, at = trap_days(draw, TRAPS[trap.name]), time(draw.integer(2, 5), draw.integer(1, 58))
        draw.new(Subscription, card=card, service=trap.name, amount=charge, next_on=days[0], status="ended")
        for charged_on in days:
            posted = datetime.combine(charged_on, at)
            post(everyday, "card", "out", charge, trap.name, merchant=trap, card=card, posted=posted)
    order_bills(draw, customer, number)
    save(draw, everyday, saver, number)
    if number % 3 == 2:
        recent = rows(
            Movement, order="-posted", account=everyday, kind="card", posted=at_least(draw.now - timedelta(days=44))
        )
        for movement in recent[: draw.integer(6, 7)]:
            reason: Literal["not recognised", "goods not received", "wrong amount"] = draw.choice(
                ("not recognised", "goods not received", "wrong amount")
            )
            draw.new(Dispute, movement=movement, reason=reason, status="open", opened=draw.now - timedelta(hours=20))
        old = rows(Movement, order="posted", account=everyday, kind="card", merchant__category=one_of(list(MERCHANTS)))[
            0
        ]
        draw.new(
            Dispute, movement=old, reason="charged twice", status="rejected", opened=old.posted + timedelta(days=2)
        )


def trap_days(draw: Draw, every: int) -> list[date]:
    """The days on which a cancelled subscription still charged: some too old to dispute, some not."""
    if not every:
        day = draw.integer(4, 28)
        return [date(2025, 11, day), date(2025, 12, day), date(2026, 1, day), date(2026, 2, day)]
    first = draw.day(-60 - 3 * every, -61 - every)
    return [first + timedelta(days=gone) for gone in range(0, (draw.today - first).days, every)]


def order_bills(draw: Draw, customer: Customer, number: int) -> None:
    """Bills by standing order and by hand; every third customer has an order with a digit too many."""
    everyday, bills = [first(Account, customer=customer, name=name) for name in NAMED_ACCOUNTS[:2]]
    assert everyday is not None
    assert bills is not None
    payees = draw.shuffled(rows(Payee, customer=customer, name=other_than("Northgate Estates")))
    for position, payee in enumerate(payees[: 2 + number % 2]):
        low, high = BILLS[payee.name]
        amount, account = draw.money(low, high, "0.50"), (bills if position else everyday)
        on = draw.integer(3, 27)
        for day in (datetime(2026, 1, on, 2), datetime(2026, 2, on, 2))[position:]:
            post(account, "standing order", "out", amount, payee.name, payee=payee, posted=day)
        slip = number % 3 == 1 and position == 0
        status: Literal["active", "paused"] = "paused" if position == 0 and number % 3 == 0 else "active"
        draw.new(
            StandingOrder,
            account=account,
            payee=payee,
            amount=amount * 10 if slip else amount,
            next_on=date(2026, 3, on),
            status=status,
        )
    for payee in payees[2:]:
        post(
            everyday,
            "payment",
            "out",
            draw.money(*BILLS[payee.name]),
            payee.name,
            payee=payee,
            posted=draw.moment(-30, -2),
        )


def save(draw: Draw, everyday: Account, saver: Account, number: int) -> None:
    """A transfer to savings each month; every third customer's last one was booked twice."""

    def transfer(amount: Decimal, made: datetime) -> Transfer:
        booked = draw.new(Transfer, source=everyday, target=saver, amount=amount, made=made, status="done")
        book_transfer(booked)
        return booked

    if number % 2:
        transfer(draw.money(40, 150, "10"), datetime(2026, 1, 29, draw.integer(9, 18), 20))
    made = datetime.combine(draw.day(-9, -3), time(draw.integer(9, 19), draw.integer(1, 50)))
    last = transfer(draw.money(55, 260, "5"), made)
    if number % 3 == 0:
        transfer(last.amount, made + timedelta(minutes=2))
    if number % 5 == 4:
        last.status = "reversed"
        post(saver, "transfer", "out", last.amount, "Reversed transfer to Everyday Account", transfer=last, posted=made)
        post(everyday, "transfer", "in", last.amount, "Reversed transfer from Easy Saver", transfer=last, posted=made)


def borrow(draw: Draw, customer: Customer, number: int) -> None:
    """A loan for each customer, some of it overdue."""
    account = first(Account, customer=customer, name="Everyday Account")
    assert account
    term, capital = draw.integer(6, 7), draw.money(75, 140, "5")
    product = draw.choice(list(RATES))
    loan = draw.new(
        Loan,
        customer=customer,
        account=account,
        principal=capital * term,
        outstanding=capital * term,
        status="running",
        product=product,
    )
    overdue = (3, 2, 0, 3, 3, 0, 0, 2)[number % 8]
    day = draw.integer(8, 26)
    for step in range(term):
        due = date(2025 + (9 + step) // 12, (9 + step) % 12 + 1, day)  # the fifth falls in February 2026
        paid = step < 5 - overdue
        late = not paid and due < draw.today
        interest = (capital * (term - step) * RATES[product]).quantize(Decimal("0.01"))
        draw.new(
            Instalment,
            loan=loan,
            number=step + 1,
            due_on=due,
            amount=capital + interest,
            interest=interest,
            late_fee=Decimal(12 if late else 0),
            status="paid" if paid else ("overdue" if late else "due"),
            paid_on=due if paid else None,
        )
        if paid:
            loan.outstanding -= capital
            if step > 2:
                post(
                    account,
                    "loan",
                    "out",
                    capital + interest,
                    f"{loan.product}, instalment {step + 1}",
                    posted=datetime.combine(due, time(3)),
                )


def balance_up(draw: Draw, customer: Customer) -> None:
    """What each account had before, so that it ends the year's first two months with a likely balance."""
    wanted = {
        "Everyday Account": (700, 2400),
        "Bills Account": (90, 520),
        "Easy Saver": (900, 5200),
        "Notice Saver": (2000, 9000),
    }
    for account in rows(Account, customer=customer, status=other_than("closed")):
        before = max(draw.money(*wanted[account.name]) - account.balance, draw.money(60, 240))
        post(account, "opening", "in", before, "Balance brought forward", posted=datetime(2025, 11, 24, 1))


# Tasks ------------------------------------------------------------------------------------------------------


def person(do: Do, customer: Customer) -> Any:
    """The customer of exactly that name."""
    return next(one for one in do.search_customers(name=customer.name) if one.name == customer.name)


def write_to(do: Do, address: str, template: str, **facts: object) -> None:
    """Send an e-mail that states some facts."""
    do.send_message(recipient=address, subject=do.compose("From your bank"), body=do.compose(template, **facts))


def everyday_of(customer: Customer) -> Account:
    """A customer's main account."""
    return rows(Account, customer=customer, name="Everyday Account")[0]


@world.intent(
    "Please pay three bills for {customer.name} from the {account.name}: {a} to {one.name}, {b} to {two.name} and "
    "{c} to {three.name}. Then e-mail {customer.name} the total.",
    "{customer.name} is on the phone with a stack of bills. {one.name} wants {a}, {two.name} {b}, {three.name} {c}. "
    "Take all of it out of the {account.name} and confirm the sum by e-mail.",
    "Bills day: {a} goes to {one.name}, {b} to {two.name}, {c} to {three.name}, paid out of {customer.name}'s "
    "{account.name}. Afterwards write an e-mail to the customer with what that came to altogether.",
    "Could you settle these for {customer.name}? {one.name}: {a}. {two.name}: {b}. {three.name}: {c}. Use the "
    "{account.name}, and let {customer.name} know by e-mail how much was paid in all.",
    "I need {one.name} ({a}), {two.name} ({b}) and {three.name} ({c}) paid today, on behalf of {customer.name}, out "
    "of the {account.name}. Send the customer a message stating the overall amount.",
    "A letter from {customer.name} asks us to make three payments off the {account.name} - {two.name} gets {b}, "
    "{three.name} gets {c}, {one.name} gets {a} - and to be told the combined figure by e-mail.",
    "From the {account.name} belonging to {customer.name}, send {c} to {three.name}, then {b} to {two.name}, finally "
    "{a} to {one.name}; when done, mail the customer the grand total.",
    "{customer.name} cannot get into the app. Make today's payments instead, {a} for {one.name}, {b} for {two.name}, "
    "{c} for {three.name}, all charged to the {account.name}, with an e-mail saying what they add up to.",
    kind="write",
    role="teller",
)
def pay_bills(draw: TaskDraw) -> Task:
    return bills_from(draw, draw.choice(rows(Account, kind="current", status="open", balance=at_least(Decimal(450)))))


@world.impossible(pay_bills)
def pay_bills_from_a_frozen_account(draw: TaskDraw) -> Task:
    return bills_from(draw, draw.choice(rows(Account, kind="current", status="frozen")))


def bills_from(draw: TaskDraw, account: Account) -> Task:
    """Three bills to be paid from an account; it cannot be done where that is frozen."""
    customer, impossible = account.customer, account.status == "frozen"
    payees = draw.sample(rows(Payee, customer=customer, currency="GBP", name=other_than("Northgate Estates")), 3)
    amounts = [draw.money(*BILLS[payee.name], "0.05") for payee in payees]

    def solve(do: Do) -> None:
        found = person(do, customer)
        source = do.search_accounts(customer_id=found.id, name=account.name)[0]
        known = {payee.name: payee.id for payee in do.customer_payments(customer_id=found.id).payees}
        for payee, amount in zip(payees, amounts, strict=True):
            if do.attempt("pay_payee", account_id=source.id, payee_id=known[payee.name], amount=amount) is None:
                return
        write_to(do, found.email, "Your three bills are paid, {total} in all.", total=do.sum(amounts))

    return draw.task(
        solve,
        impossible=impossible,
        customer=customer,
        account=account,
        one=payees[0],
        two=payees[1],
        three=payees[2],
        a=amounts[0],
        b=amounts[1],
        c=amounts[2],
    )


@world.intent(
    "I want at least {least} in my Everyday Account and in my Bills Account. If one of them is short, bring it up to "
    "exactly that from the Easy Saver, in one transfer; if neither is, put {spare} from the Everyday Account into the "
    "Easy Saver.",
    "Check both my current accounts against {least}. Whichever holds less gets the difference in one transfer from my "
    "Easy Saver. Only if both hold enough, save {spare} by moving it from the Everyday Account to the Easy Saver.",
    "Before rent week my Everyday Account and Bills Account must each stand at {least} or more. Top up from Easy "
    "Saver to precisely {least} where needed, by a single transfer each. Nothing needed at all? Then shift {spare} out "
    "of Everyday into Easy Saver.",
    "My rule is a floor of {least} on the Everyday Account and on the Bills Account alike. Use the Easy Saver to "
    "lift what is under the floor up to it, with one transfer per account. When none is under, send {spare} from "
    "Everyday the other way, to the Easy Saver.",
    "Could you look whether Everyday or Bills has dropped below {least}? Fill the gap, no more, out of the Easy "
    "Saver and in one go. And if there is no gap, {spare} of my Everyday money should go to the Easy Saver.",
    "Every account I pay from, so Everyday and Bills, should show {least} as a minimum. Missing money comes from the "
    "Easy Saver, to the penny and in one transfer for each account. If no money is missing, {spare} moves from the "
    "Everyday Account to the Easy Saver instead.",
    "Please make good any shortfall under {least} on the two current accounts I have, Everyday and Bills, with Easy "
    "Saver money, transferring once to each that is short. With no shortfall on either, let me save {spare} from "
    "Everyday in Easy Saver.",
    "Do I have {least} on Everyday and the same on Bills? Where not, add exactly what lacks, taken from Easy Saver as "
    "a single transfer. Where both are fine, I would rather have {spare} of the Everyday Account in Easy Saver.",
    kind="conditional",
    role="customer",
)
def keep_a_minimum(draw: TaskDraw) -> Task:
    spare, floors = Decimal(draw.choice((15, 25, 30, 40))), []
    for bills in rows(Account, name="Bills Account", status="open"):
        saver = rows(Account, customer=bills.customer, name="Easy Saver")[0]
        held = (bills.balance, everyday_of(bills.customer).balance)
        for floor in range(40, 2600, 20):
            gaps = [floor - balance for balance in held if balance < floor]
            fits = sum(gaps, Decimal(0)) < min(saver.balance, Decimal(900)) and floor not in held
            if fits and (gaps or held[1] - spare > floor > min(held) - 150):
                floors.append((bills.customer, len(gaps), Decimal(floor)))
    sort = draw.choice(sorted({gaps for _, gaps, _ in floors}))
    customer, _, least = draw.choice([one for one in floors if one[1] == sort])

    def solve(do: Do) -> None:
        mine = {one.name: one for one in do.search_accounts(customer_id=customer.id) if one.name in NAMED_ACCOUNTS[:3]}
        savings, moved = mine.pop("Easy Saver"), False
        for account in mine.values():
            if account.balance < least:
                gap = do.difference(least, account.balance)
                do.transfer_money(source_id=savings.id, target_id=account.id, amount=gap)
                moved = True
        if not moved:
            do.transfer_money(source_id=mine["Everyday Account"].id, target_id=savings.id, amount=spare)

    return draw.task(solve, actor=customer, least=least, spare=spare)


@world.intent(
    "Pay every overdue instalment of the customers whose adviser is {adviser.name}, each from the account that the "
    "loan is paid from. E-mail each of those customers what was taken in all, late fees included, and {adviser.name} "
    "the grand total.",
    "{adviser.name} wants clean books: all the overdue loan instalments among that adviser's customers are to be "
    "taken, with late fees, from the accounts the loans run on. Each one concerned gets a mail with their sum, "
    "{adviser.name} one with the sum over everybody.",
    "Clear the arrears in {adviser.name}'s portfolio. For each customer there with overdue instalments: pay them off "
    "the loan's own account, then e-mail the customer the amount taken including late fees. At the end mail "
    "{adviser.name} the total of all amounts.",
    "Arrears run for adviser {adviser.name}: go through the customers, collect whichever instalments are overdue "
    "from the account of the loan, and write to every affected customer how much left the account, late fees and "
    "all. Then report the overall figure to {adviser.name} by e-mail.",
    "The customers advised by {adviser.name} have agreed that we collect what they are behind with. Take the overdue "
    "instalments (fees come on top) where each loan is paid from, tell each payer their total by e-mail, and tell "
    "{adviser.name} the total for all of them.",
    "For everyone looked after by {adviser.name}, bring loans up to date: overdue instalments are paid now, from the "
    "usual loan account. Separate e-mails go out, to each such customer with what they paid together with late fees, "
    "and to {adviser.name} with the whole lot.",
    "No loan under {adviser.name} may stay overdue. Pay the instalments in question out of the accounts that serve "
    "the loans; confirm by e-mail to each borrower the money taken, counting late fees; and give {adviser.name} one "
    "figure, the sum of these, in an e-mail too.",
    "Please collect late instalments today for {adviser.name}: all customers with that adviser, all overdue "
    "instalments, money from the respective loan account. Mail each of them the sum collected (instalments and late "
    "fees), and {adviser.name} the sum of sums.",
    kind="batch",
    role="teller",
)
def pay_what_is_overdue(draw: TaskDraw) -> Task:
    late = [one for one in rows(Adviser) if count(Instalment, status="overdue", loan__customer__adviser=one) > 1]
    adviser = draw.choice(late)

    def solve(do: Do) -> None:
        totals = []
        for customer in do.every("search_customers", adviser_name=adviser.name):
            file, taken = do.customer_loans(customer_id=customer.id), []
            accounts = {loan.id: loan.account_id for loan in file.loans}
            for one in file.instalments:
                if one.status == "overdue":
                    do.pay_instalment(instalment_id=one.id, account_id=accounts[one.loan_id])
                    taken += [one.amount, one.late_fee]
            if taken:
                totals.append(do.sum(taken))
                write_to(do, customer.email, "We took {sum} for your overdue instalments.", sum=totals[-1])
        write_to(do, customer.adviser_email, "We collected {sum} from your customers.", sum=do.sum(totals))

    return draw.task(solve, adviser=adviser)


@world.intent(
    "{customer.name} moved {amount} from the {source.name} to the {target.name} on {day}, and it was booked twice. "
    "Reverse the later booking and e-mail {customer.name} what is then in the {source.name}.",
    "We doubled a transfer: {customer.name}, {day}, {amount}, {source.name} to {target.name}. Take the second one "
    "back and mail the customer the {source.name}'s balance after that.",
    "A complaint from {customer.name}: only one transfer of {amount} into the {target.name} was wanted on {day}, yet "
    "two left the {source.name}. Undo the later of the pair, then write by e-mail what the {source.name} stands at.",
    "On {day} the app hung and {customer.name} pressed send again, so {amount} went twice out of the {source.name} "
    "into the {target.name}. The repeat should be reversed. Let the customer have the new {source.name} balance by "
    "e-mail.",
    "Please correct a duplicate. Of the two identical transfers of {amount} that {customer.name} has on {day} "
    "({source.name} to {target.name}) the one made last must be undone; the {source.name} balance that results goes "
    "to the customer by mail.",
    "Look at {customer.name}'s {source.name} for {day}: {amount} to the {target.name} stands there two times, which "
    "is our mistake. Cancel out the later entry with a reversal. An e-mail should tell {customer.name} how much the "
    "account holds now.",
    "Back office found that {amount} was sent twice on {day} between {customer.name}'s {source.name} and "
    "{target.name}. Keep the first, reverse the second, and inform {customer.name} of the {source.name}'s balance in "
    "an e-mail.",
    "Twice {amount} instead of once: that is what happened to {customer.name} on {day}, from {source.name} to "
    "{target.name}. Give back the one booked later. Afterwards, e-mail the customer the balance of the {source.name}.",
    kind="repair",
    role="teller",
)
def reverse_a_doubled_transfer(draw: TaskDraw) -> Task:
    doubled = []
    for later in rows(Transfer, status="done", made=at_least(draw.now - timedelta(days=20))):
        same = rows(Transfer, order="made", source=later.source, amount=later.amount, status="done")
        if len(same) == 2 and same[1] == later:
            doubled.append(later)
    transfer = draw.choice(doubled)
    customer, day = transfer.source.customer, transfer.made.date()

    def solve(do: Do) -> None:
        found = person(do, customer)
        source = do.search_accounts(customer_id=found.id, name=transfer.source.name)[0]
        booked = do.account_statement(account_id=source.id, kind="transfer", since=day, until=day)
        later = [one for one in booked if one.amount == transfer.amount and one.direction == "out"][-1]
        do.reverse_transfer(transfer_id=later.transfer_id)
        balance = do.get_account(account_id=source.id).balance
        write_to(do, found.email, "We took the doubled transfer back; your account holds {balance}.", balance=balance)

    return draw.task(
        solve, customer=customer, source=transfer.source, target=transfer.target, amount=transfer.amount, day=day
    )


@world.intent(
    "{customer.name}'s standing order to {payee.name} was keyed with a digit too many. Set it to what was last paid "
    "to them, and e-mail {customer.name} the right amount and the day of the next payment.",
    "Somebody here typed a wrong amount into the standing order that {customer.name} has for {payee.name}. The last "
    "payment there was right, so put the order back to it; then mail the customer that amount and the next payment "
    "date.",
    "Please mend the order in favour of {payee.name} for {customer.name}: it asks for ten times too much. It should "
    "equal the most recent payment made to them. Tell {customer.name} by e-mail how much will go out and when it "
    "does next.",
    "{payee.name} would get far too much from {customer.name} next time. Change the standing order to the sum that "
    "went to them the last time, and confirm sum and next date to the customer in an e-mail.",
    "There is a slip in our books: the monthly order {customer.name} to {payee.name}. Look up what was really paid "
    "last, correct the order accordingly, and send {customer.name} a note by e-mail with the figure and the date it "
    "falls due next.",
    "A decimal point went missing when we set up {customer.name}'s standing order for {payee.name}. Use the latest "
    "payment to {payee.name} as the right amount. Once corrected, let the customer know by e-mail what is paid and "
    "on which day next.",
    "Before it is paid again, fix the amount of the {payee.name} standing order ({customer.name}); the payment "
    "before this mistake shows what it has to be. E-mail the customer the corrected amount together with the date of "
    "the next run.",
    "Can you compare {customer.name}'s standing order to {payee.name} with the last payment they received and set "
    "the order to the same? It was entered wrongly. The customer expects an e-mail with that amount and the next due "
    "date.",
    kind="repair",
    role="teller",
)
def mend_a_standing_order(draw: TaskDraw) -> Task:
    slips = []
    for order in rows(StandingOrder, status="active"):
        past = rows(Movement, order="-posted", account=order.account, payee=order.payee)
        if past and past[0].amount * 10 == order.amount:
            slips.append(order)
    order = draw.choice(slips)
    customer, payee = order.account.customer, order.payee

    def solve(do: Do) -> None:
        found = person(do, customer)
        orders = do.customer_payments(customer_id=found.id).standing_orders
        wrong = next(one for one in orders if one.payee_name == payee.name)
        last = do.account_statement(account_id=wrong.account_id, details=payee.name)[-1]
        mended = do.change_standing_order(standing_order_id=wrong.id, amount=last.amount)
        write_to(
            do,
            found.email,
            "Your standing order pays {amount}, next on {day}.",
            amount=mended.amount,
            day=mended.next_on,
        )

    return draw.task(solve, customer=customer, payee=payee)


@world.intent(
    "I have lost my card ending {card.last_four}. Block it, replace it and move what is still charged to it to the "
    "new card. And the {amount} at {merchant} on {day} was not me: dispute it as not recognised.",
    "My card ({card.last_four} at the end) is gone, lost on the train I think. I need a block on it and a new one, "
    "with all running subscriptions carried over. Dispute {merchant}, {day}, {amount}, too; I do not recognise that "
    "payment.",
    "Somebody paid {amount} at {merchant} on {day} with the card ending {card.last_four}, which I lost. Report that "
    "payment as not recognised, block the card, have it replaced, and let my running subscriptions use the "
    "replacement.",
    "Lost: the card with the last digits {card.last_four}. Please stop it, issue another, and switch each "
    "subscription that still runs on it. One payment on it I don't recognise, {merchant} for {amount} on {day}; open "
    "a dispute.",
    "Could you cancel and replace the card I lost? It ends in {card.last_four}. The subscriptions that keep running "
    "have to follow to the new one. There is also {amount} taken by {merchant} on {day} which I did not recognise, "
    "so challenge that.",
    "The purse with my card {card.last_four} fell in the harbour, so call it lost: block, reorder, and take the live "
    "subscriptions across. Also dispute a payment I do not recognise, to {merchant}, dated {day}, over {amount}.",
    "What I do not recognise on my statement is {merchant} on {day}, {amount}; raise a dispute. The card it went "
    "through, ending {card.last_four}, is lost. Block it first, get me a new card, and put the running subscriptions "
    "onto that.",
    "Please deal with my lost card, number ending {card.last_four}: blocked, replaced, active subscriptions moved "
    "over. Then file a not-recognised dispute about the {amount} that {merchant} took on {day}.",
    kind="write",
    role="customer",
)
def replace_a_lost_card(draw: TaskDraw) -> Task:
    used = [
        one
        for one in rows(Movement, kind="card", posted=at_least(draw.now - timedelta(days=50)))
        if one.card
        and one.card.status == "active"
        and not count(Dispute, movement=one)
        and count(Subscription, card=one.card, status="running")
        and count(Movement, account=one.account, details=one.details, amount=one.amount) == 1
    ]
    payment = draw.choice(used)
    card, day, customer = payment.card, payment.posted.date(), payment.account.customer
    assert card is not None

    def solve(do: Do) -> None:
        file = do.customer_cards(customer_id=customer.id)
        lost = next(one for one in file.cards if one.last_four == card.last_four)
        do.block_card(card_id=lost.id, blocked=True)
        new = do.replace_card(card_id=lost.id, reason="lost")
        for subscription in file.subscriptions:
            if subscription.card_id == lost.id and subscription.status == "running":
                do.move_subscription(subscription_id=subscription.id, card_id=new.id)
        listed = do.account_statement(
            account_id=lost.account_id, kind="card", details=payment.details, since=day, until=day
        )
        do.open_dispute(movement_id=listed[0].id, reason="not recognised")

    return draw.task(solve, actor=customer, card=card, merchant=payment.details, amount=payment.amount, day=day)


@world.intent(
    "How much did {customer.name} spend by card on {one} and {other} together in {month}, over all current accounts?",
    "Add up {customer.name}'s card payments in the categories {one} and {other} for {month}. All current accounts "
    "count.",
    "{customer.name} does a household budget and asks what went on {one} plus {other} by card during {month}; please "
    "look through every current account.",
    "What is the sum of the card spending filed under {one} or {other} on the current accounts of {customer.name}, "
    "{month} only?",
    "In {month}, which amount left {customer.name}'s current accounts through card payments to merchants in {one} "
    "and {other}?",
    "For a budget talk with {customer.name} I need one figure: cards used for {one} or for {other}, current "
    "accounts, {month}.",
    "Take the statements for {month} and tell me what {customer.name} paid with cards, {one} and {other} added "
    "together. There may be more than one current account.",
    "Category check, {customer.name}, {month}: total of {one} and {other}, counting card payments from any current "
    "account.",
    kind="aggregate",
    role="teller",
)
def spent_on_two_categories(draw: TaskDraw) -> Task:
    customer, start = draw.pick(Customer), date(2026, 2, 1)
    paid = [
        one
        for one in rows(Movement, kind="card", account__customer=customer, account__kind="current")
        if one.posted.date() >= start and one.posted.month == 2
    ]
    spent = sorted({one.merchant.category for one in paid if one.merchant})
    draw.need(len(spent) > 1, "bought in one category only")
    pair = draw.sample(spent, 2)
    answer = sum((one.amount for one in paid if one.merchant and one.merchant.category in pair), Decimal(0))

    def solve(do: Do) -> float:
        found, amounts = person(do, customer), []
        for account in do.search_accounts(customer_id=found.id, kind="current"):
            for one in do.account_statement(account_id=account.id, kind="card"):
                if one.posted.startswith("2026-02") and one.merchant_category in pair:
                    amounts.append(one.amount)
        return do.sum(amounts)

    return draw.task(
        solve, answer=Answer.money(answer), customer=customer, one=pair[0], other=pair[1], month="February 2026"
    )


@world.intent(
    "Which of my payees has had the most money from my current accounts since {since}, payments and standing orders "
    "together?",
    "Since {since}, to whom of my payees have I paid the most? Count standing orders as well as single payments, on "
    "all my current accounts.",
    "Name the payee that cost me most. Period: from {since} on. Single payments and standing orders both matter, "
    "whichever current account they left.",
    "Adding my single payments to my standing orders, across the current accounts, who comes top of my payees from "
    "{since} until now?",
    "I wonder who takes the largest share of my money. Look at payees only (payments by hand, standing orders), all "
    "current accounts, {since} to today.",
    "Tell me the payee with the biggest total: every payment or standing order that went out of my current accounts "
    "no earlier than {since}.",
    "If you sort my payees by what they received altogether since {since}, by standing order or otherwise, from any "
    "current account, who is first?",
    "Who has earned the most from me starting {since}? I mean the people and firms on my payee list, paid from my "
    "current accounts by hand or by standing order.",
    kind="question",
    role="customer",
)
def who_got_most(draw: TaskDraw) -> Task:
    customer, since = draw.pick(Customer), draw.choice((date(2026, 1, 1), date(2026, 2, 1)))
    start = datetime.combine(since, time())
    sums = {
        payee.name: total(Movement, "amount", payee=payee, posted=at_least(start))
        for payee in rows(Payee, customer=customer)
    }
    best = max(sums, key=lambda name: (sums[name], name))
    draw.need(list(sums.values()).count(sums[best]) == 1, "two payees got as much")

    def solve(do: Do) -> str:
        got: dict[str, list[float]] = {}
        for account in do.search_accounts(customer_id=customer.id, kind="current"):
            for one in do.account_statement(account_id=account.id, since=since):
                if one.payee_name is not None:
                    got.setdefault(one.payee_name, []).append(one.amount)
        sums = {name: do.sum(amounts) for name, amounts in got.items()}
        return max(sums, key=lambda name: sums[name])

    return draw.task(solve, answer=Answer.text(best), actor=customer, since=since)


@world.intent(
    "Close {customer.name}'s {account.name}. First move its standing orders to the Everyday Account, running "
    "subscriptions on its card to the Everyday Account's card, and the balance to the Everyday Account. E-mail "
    "{customer.name} the sum moved.",
    "{customer.name} no longer wants the {account.name}. Everything on it goes to Everyday: standing orders, "
    "subscriptions that still run on the card, the money itself. Then shut it and mail the customer what was "
    "transferred.",
    "We are to wind up the {account.name} of {customer.name}. Have its standing orders paid from the Everyday "
    "Account instead, switch its running card subscriptions to the active Everyday card, transfer what is left "
    "there, close it, and write the transferred amount to the customer.",
    "Please merge {customer.name}'s {account.name} into the Everyday Account and close the former. That includes "
    "standing orders, live card subscriptions and all of the money; the customer wants an e-mail saying how much "
    "money it was.",
    "An account closure for {customer.name}: the {account.name}. Nothing may be lost - the Everyday Account takes "
    "over the standing orders and the balance, its active card the running subscriptions. Confirm the amount carried "
    "over by e-mail.",
    "After closing, {customer.name} should have all from the {account.name} on Everyday, that is, each standing "
    "order, each running subscription (on the card there) and every penny. Let the customer know by e-mail how many "
    "pounds moved.",
    "{customer.name} signed the form to give up the {account.name}; transfer money, standing orders and "
    "subscriptions still running to Everyday and its card, close the account for good, and e-mail the customer the "
    "transferred sum.",
    "Retire the {account.name} that {customer.name} holds. Orders on it: to the Everyday Account. Running "
    "subscriptions on its card: to Everyday's card. Balance: likewise to Everyday, and report that figure to "
    "{customer.name} in an e-mail.",
    kind="write",
    role="teller",
)
def close_an_account(draw: TaskDraw) -> Task:
    account = draw.choice(rows(Account, name="Bills Account", status="open", balance=above(Decimal(0))))
    customer = account.customer

    def solve(do: Do) -> None:
        found = person(do, customer)
        mine = {one.name: one for one in do.search_accounts(customer_id=found.id, kind="current")}
        old, everyday, file = mine[account.name], mine["Everyday Account"], do.customer_cards(customer_id=found.id)
        card = next(one for one in file.cards if one.account_id == everyday.id and one.status == "active")
        dying = [one.id for one in file.cards if one.account_id == old.id]
        for order in do.customer_payments(customer_id=found.id).standing_orders:
            if order.account_id == old.id and order.status != "cancelled":
                do.change_standing_order(standing_order_id=order.id, account_id=everyday.id)
        for one in file.subscriptions:
            if one.card_id in dying and one.status == "running":
                do.move_subscription(subscription_id=one.id, card_id=card.id)
        do.transfer_money(source_id=old.id, target_id=everyday.id, amount=old.balance)
        do.close_account(account_id=old.id)
        write_to(do, found.email, "Your account is closed and {sum} moved.", sum=old.balance)

    return draw.task(solve, customer=customer, account=account)


@world.intent(
    "{customer.name} cancelled {merchant} long ago, yet it still charges the {account.name}'s card. Dispute every "
    "payment to it that is still within the dispute window, as a cancelled subscription, and e-mail {customer.name} "
    "the disputed total.",
    "Open disputes for {customer.name} against {merchant}: all card payments on the {account.name} that are not too "
    "old for it, reason cancelled subscription. Then mail the customer how much is in dispute.",
    "{merchant} keeps billing {customer.name}'s {account.name} for a cancelled subscription. Whatever can still be "
    "disputed, dispute it. The customer would like the sum of it by e-mail.",
    "Please challenge each {merchant} charge on {customer.name}'s {account.name} for which the dispute period has "
    "not run out; the subscription had been cancelled. Write to {customer.name} with the overall amount challenged.",
    "Go through the {account.name} of {customer.name} for card payments to {merchant}. It is a cancelled "
    "subscription, so raise disputes wherever the time limit still allows, and send the customer an e-mail with the "
    "total of them.",
    "A trap again: {merchant}. The one caught is {customer.name}, account {account.name}, subscription cancelled "
    "before the charges came. All charges still inside the window need a dispute; tell the customer the combined "
    "amount by e-mail.",
    "For {customer.name}, file a dispute on each charge by {merchant} to the {account.name} that the rules on age "
    "still permit. Give cancelled subscription as the reason. Report the sum disputed to the customer by mail.",
    "{customer.name} wants the money from {merchant} back, as far as disputes are possible in time. The reason to "
    "enter is a cancelled subscription, the account the {account.name}. When all are opened, e-mail what they come "
    "to.",
    kind="batch",
    role="teller",
)
def dispute_a_trap(draw: TaskDraw) -> Task:
    charged = [
        one
        for one in rows(Movement, kind="card", merchant__name=one_of(list(TRAPS)), posted=below(draw.now))
        if one.posted.date() >= draw.today - timedelta(days=DISPUTE_DAYS)
        and not count(Dispute, movement__account=one.account, movement__merchant=one.merchant)
    ]
    account, merchant = (payment := draw.choice(charged)).account, payment.details

    def solve(do: Do) -> None:
        found = person(do, account.customer)
        on = do.search_accounts(customer_id=found.id, name=account.name)[0]
        disputed = []
        for one in do.account_statement(account_id=on.id, kind="card", details=merchant):
            if one.posted >= "2026-01-01" and do.attempt(
                "open_dispute", movement_id=one.id, reason="cancelled subscription"
            ):
                disputed.append(one.amount)
        write_to(do, found.email, "We dispute payments of {sum} for you.", sum=do.sum(disputed))

    return draw.task(solve, customer=account.customer, account=account, merchant=merchant)


@world.intent(
    "Can {customer.name} repay the {loan.product} today from the {account.name}, early repayment fee included, and "
    "keep at least {least} there? Then settle it; if not, pay only the next instalment. E-mail {customer.name} what "
    "was taken in all.",
    "{customer.name} would like to be rid of the {loan.product}. Settle it from the {account.name} provided that "
    "{least} or more remains after the fee for repaying early. Otherwise just the next instalment is to be paid. "
    "Mail the amount taken.",
    "If the {account.name} of {customer.name} still shows {least} or more after settling the {loan.product} with its "
    "fee, go ahead and settle. Should it not, take one instalment, the next. Either way e-mail the customer how much "
    "went out.",
    "Early repayment request: {customer.name}, {loan.product}, to be charged to the {account.name}. Condition: the "
    "account may not end under {least}. If that fails, pay the next instalment instead. Report what was charged to "
    "the customer by e-mail.",
    "Work out whether settling {customer.name}'s {loan.product}, fee and all, leaves {least} at least on the "
    "{account.name}. Settle in that case, else pay the instalment that comes next, and write to the customer stating "
    "the sum taken.",
    "{customer.name} says: pay my {loan.product} off from the {account.name} unless that takes it below {least}; in "
    "that event, only pay the upcoming instalment. Remember the fee. An e-mail with the money taken should follow.",
    "Look at the {loan.product} of {customer.name} and at the {account.name}. With {least} to spare after "
    "outstanding debt and early repayment fee, close out the loan. Without that, the next instalment will do. Tell "
    "the customer the sum by e-mail.",
    "Please decide by the balance: the {account.name} must keep {least}. Enough to settle {customer.name}'s "
    "{loan.product} with fee? Do it. Not enough? Next instalment only. Send the customer a mail naming the amount "
    "that we took.",
    kind="conditional",
    role="teller",
)
def settle_or_pay(draw: TaskDraw) -> Task:
    fit = [one for one in rows(Loan, status="running") if not count(Instalment, loan=one, status="overdue")]
    loan = draw.choice(fit)
    account, customer = loan.account, loan.customer
    cost = loan.outstanding + settlement_fee(loan)
    spare, upcoming = account.balance - cost, rows(Instalment, order="number", loan=loan, status="due")[0]
    wide = [Decimal(one) for one in range(50, 1500, 50) if abs(Decimal(one) - spare) > 5]
    enough, lacking = [one for one in wide if one < spare][-4:], [one for one in wide if one > spare][:4]
    least = draw.choice(draw.choice([some for some in (enough, lacking) if some]))

    def solve(do: Do) -> None:
        found = person(do, customer)
        source = do.search_accounts(customer_id=found.id, name=account.name)[0]
        file = do.customer_loans(customer_id=found.id)
        running = next(one for one in file.loans if one.product == loan.product)
        due = do.sum([running.outstanding, do.percent(1, running.outstanding)])
        if do.difference(source.balance, due) >= least:
            do.settle_loan(loan_id=running.id, account_id=source.id)
        else:
            due = file.instalments[0].amount
            do.pay_instalment(instalment_id=file.instalments[0].id, account_id=source.id)
        write_to(do, found.email, "We took {sum} for your loan.", sum=due)

    draw.need(account.balance + account.overdraft_limit >= upcoming.amount, "no money for either")
    return draw.task(solve, customer=customer, loan=loan, account=account, least=least)


@world.intent(
    '{customer.name} has written to us under "{subject}". Reply with the balances of the {one.name} and the '
    "{other.name}, and archive the message.",
    'There is a mail from {customer.name} in the inbox, "{subject}". Answer it: what is on the {one.name}, what on '
    "the {other.name}. File it in the archive afterwards.",
    'Please answer {customer.name}\'s e-mail with the subject "{subject}", stating how much the {one.name} and the '
    "{other.name} hold at present; then put that e-mail into the archive.",
    'In the inbox you find "{subject}" by {customer.name}. The reply should give two figures, {one.name} and '
    "{other.name}, as they stand now. Once replied, the original belongs in the archive.",
    'Deal with "{subject}", sent by {customer.name}: write back what the {one.name} contains and what the '
    "{other.name} contains, and move the customer's mail to the archive.",
    '{customer.name} is waiting for an answer to "{subject}". Quote the current balance of the {other.name} as well '
    "as the {one.name} in a reply, and tidy the letter away to the archive.",
    'Reply to {customer.name} (the message called "{subject}"), naming the balances on {one.name} and {other.name}. '
    "When that is out, archive their message.",
    'Take care of the inbox item "{subject}" from {customer.name}. They need to know the state of the {one.name} and '
    "of the {other.name}, so reply with both amounts, and archive the item.",
    kind="write",
    role="teller",
)
def answer_with_balances(draw: TaskDraw) -> Task:
    asked = [
        (message, customer)
        for message in rows(mail.Message, folder="inbox", subject=one_of([subject for subject, _ in BALANCE_LETTERS]))
        for customer in rows(Customer, email=message.sender)
        if count(mail.Message, sender=customer.email, subject=message.subject) == 1
    ]
    message, customer = draw.choice(asked)
    one, other = draw.sample(rows(Account, customer=customer, status=other_than("closed")), 2)

    def solve(do: Do) -> None:
        found = person(do, customer)
        letter = do.search_messages(folder="inbox", sender=found.email, subject=message.subject)[0]
        balances = [do.search_accounts(customer_id=found.id, name=account.name)[0].balance for account in (one, other)]
        body = do.compose("You have {one} and {other} in these accounts.", one=balances[0], other=balances[1])
        do.reply_to_message(message_id=letter.id, body=body)
        do.move_message(message_id=letter.id, folder="archive")

    return draw.task(solve, customer=customer, subject=message.subject, one=one, other=other)


@world.intent(
    "Decide {customer.name}'s open disputes: uphold those under {limit}, reject the rest, and e-mail {customer.name} "
    "the total that was refunded.",
    "All disputes still open for {customer.name} are to be closed today. Payments below {limit} we refund, so uphold "
    "them; the others are rejected. Mail the customer what the refunds come to.",
    "Small claims of {customer.name} need no inquiry: any open dispute about less than {limit} counts as upheld. "
    "Every other open one is turned down. Then write to the customer how much comes back altogether.",
    "Please clear the open disputes in {customer.name}'s file by size. Under {limit}: in the customer's favour. "
    "Otherwise: against. The refunded sum goes to {customer.name} by e-mail.",
    "Close what {customer.name} has disputed and is undecided. {limit} is the line: smaller payments upheld, all "
    "else rejected. Send a message to the customer with the refunds added up.",
    "Our dispute desk has settled it for {customer.name}: uphold when the payment is smaller than {limit}, reject "
    "when it is not, for each open dispute; and tell them by e-mail the total paid back.",
    "Go through {customer.name}'s undecided disputes. Where less than {limit} was paid, the outcome is upheld; where "
    "it was more, rejected. Afterwards, an e-mail with the overall refund should go to the customer.",
    "For {customer.name}, every open dispute gets an outcome now - rejected, except that amounts lower than {limit} "
    "are upheld. Let the customer know by mail what sum we have given back.",
    kind="conditional",
    role="teller",
)
def decide_disputes(draw: TaskDraw) -> Task:
    customer = draw.choice(
        [one for one in rows(Customer) if count(Dispute, movement__account__customer=one, status="open") > 2]
    )
    amounts = sorted(
        {one.movement.amount for one in rows(Dispute, movement__account__customer=customer, status="open")}
    )
    limits = [Decimal(int(high)) for low, high in pairwise(amounts) if low < int(high) < high]
    draw.need(limits, "no round amount lies between")
    limit = draw.choice(limits)

    def solve(do: Do) -> None:
        found, refunds = person(do, customer), []
        for one in do.customer_cards(customer_id=found.id).disputes:
            if one.status == "open":
                small = one.movement_amount < limit
                do.close_dispute(dispute_id=one.id, outcome="upheld" if small else "rejected")
                refunds += [one.movement_amount] if small else []
        write_to(do, found.email, "We refunded {sum} in all.", sum=do.sum(refunds))

    return draw.task(solve, customer=customer, limit=limit)


@world.intent(
    "Book {customer.name} in with their adviser for a {purpose}, at the adviser's first free slot from {day} on, and "
    "e-mail {customer.name} the day and time.",
    "{customer.name} asks for a {purpose} with the usual adviser, as early as possible but not before {day}. Arrange "
    "the meeting; then mail the customer its date and time.",
    "A {purpose} is due for {customer.name}. Take the earliest slot on or after {day} that the customer's own "
    "adviser has free and confirm date and time by e-mail.",
    "Please set up a meeting, topic {purpose}, between {customer.name} and the adviser in charge. It should be the "
    "first opening from {day} onwards. Write the appointment's date and time to the customer.",
    "When is {customer.name}'s adviser free next, counting from {day}? Book precisely that slot for a {purpose} and "
    "tell the customer by e-mail on which day and at what time to come.",
    "Find {customer.name} a place in their adviser's diary: {purpose}, soonest free slot, {day} at the earliest. The "
    "customer gets date and time by mail.",
    "From {day}, {customer.name} can come in for a {purpose}. Choose the first slot left with the adviser who looks "
    "after them, book it, and send the details (day, time) to the customer's e-mail.",
    "We promised {customer.name} a {purpose}. Their adviser's earliest available slot, {day} or later, will do; "
    "reserve it and let them have the date and the time in an e-mail.",
    kind="write",
    role="teller",
)
def book_a_review(draw: TaskDraw) -> Task:
    fit = []
    for customer in rows(Customer):
        for day in (draw.today + timedelta(days=1), draw.today + timedelta(days=2)):
            start = datetime.combine(day, time())
            free = first(diary.Slot, order="starts", resource=customer.adviser, taken=False, starts=at_least(start))
            if free is not None and not count(
                diary.Booking, client=customer, status="booked", slot__starts=free.starts
            ):
                fit.append((customer, day))
    customer, day = draw.choice(fit)

    def solve(do: Do) -> None:
        found = person(do, customer)
        slot = do.search_slots(adviser_id=found.adviser_id, taken=False, starts_from=day, sort="starts")[0]
        do.book_meeting(customer_id=found.id, slot_id=slot.id, purpose=purpose)
        write_to(do, found.email, "We look forward to seeing you on {when}.", when=datetime.fromisoformat(slot.starts))

    purpose = draw.choice(("mortgage review", "savings review", "pension review", "loan review"))
    return draw.task(solve, customer=customer, purpose=purpose, day=day)


@world.intent(
    '{customer.name} has sent us two offers under "{subject}". Which week costs less in pounds at the latest exchange '
    "rates? Pay the deposit of that offer from the Everyday Account, answer the message with what the deposit came to in "
    "pounds, our fee left out, and archive it.",
    'Two lettings, two currencies: see the attachments to "{subject}" from {customer.name}. Compare the prices for the week '
    "in pounds, by the newest rates, and send the cheaper place its deposit out of the Everyday Account. Reply with the "
    "pounds that the deposit took, without our fee; then the mail goes to the archive.",
    'Please do what {customer.name} asks in "{subject}": find out which attached offer is lower in pounds for the whole week '
    "as rates stand, and pay only its deposit (Everyday Account). Tell them in a reply how many pounds went to the owners, "
    "the fee not counted. File their mail in the archive.",
    'The mail "{subject}" by {customer.name} has two offers in it. Convert what each wants for the week into pounds at the '
    "last known rates; whoever wants less gets the deposit from the Everyday Account. Write back the deposit in pounds "
    "before fees and move the mail to the archive.",
    '{customer.name} wants the cheaper of two holiday places. Both offers hang on the message "{subject}". Judge by the '
    "week's price in pounds, latest exchange rates. The deposit asked by the winner is to be paid from Everyday now; answer "
    "the customer with its amount in pounds, less any fee of ours. Archive the message at the end.",
    'Holiday booking for {customer.name}, message "{subject}": read both attachments, turn the two weekly prices into pounds '
    "with our most recent rates, transfer the deposit of the less expensive one abroad off the Everyday Account, and reply "
    "stating that deposit in pounds (fee excluded). Put the message into the archive after that.",
    'From the files that came with {customer.name}\'s "{subject}", establish where a week is cheaper once everything is in '
    "pounds at current rates. That owner's deposit leaves the Everyday Account today. The reply names the sum in pounds "
    "that the owner was paid, without the bank's fee. Then archive.",
    'Somebody has to choose for {customer.name}: the offers are attached to "{subject}", in different money. Go by pounds '
    "for the week, using the latest rates we hold; pay just the deposit there, out of the Everyday Account. Let them know by "
    "reply what it made in pounds, our fee aside, and clear the mail into the archive.",
    kind="conditional",
    role="teller",
)
def pay_the_cheaper_offer(draw: TaskDraw) -> Task:
    letter = draw.choice(rows(mail.Message, folder="inbox", subject=one_of([subject for subject, _ in OFFERS])))
    customer = rows(Customer, email=letter.sender)[0]

    def solve(do: Do) -> None:
        found = person(do, customer)
        payees = do.customer_payments(customer_id=found.id).payees
        asked = do.search_messages(folder="inbox", sender=found.email, subject=letter.subject)[0]
        weeks, deposits = {}, {}
        for name in asked.attachments.split(", "):
            text = do.read_attachment(message_id=asked.id, name=name).text
            host, (code, week) = after("Offer of ", text), after("For the week: ", text).split()
            weeks[host] = Decimal(do.convert_money(amount=do.sum([week]), currency=code, into="GBP").amount)
            deposits[host] = do.sum([after("Deposit: ", text).split()[1]])
        host = min(weeks, key=lambda name: weeks[name])
        payee = next(one for one in payees if one.name == host)
        everyday = do.search_accounts(customer_id=found.id, name="Everyday Account")[0]
        paid = do.pay_abroad(account_id=everyday.id, payee_id=payee.id, amount=deposits[host])
        body = do.compose("The cheaper place has its deposit, {amount} in pounds.", amount=paid.amount)
        do.reply_to_message(message_id=asked.id, body=body)
        do.move_message(message_id=asked.id, folder="archive")

    return draw.task(solve, customer=customer, subject=letter.subject)


def after(words: str, text: str) -> str:
    """What follows some words on their line of a text."""
    return text.partition(words)[2].partition("\n")[0]


@world.intent(
    "{customer.name} would like {more} {code} in notes, paid from the {account.name}, if they cost no more than {limit} with "
    "our margin; if they cost more, order {fewer} {code} instead. E-mail the cost and from which day the money can be "
    "collected.",
    "Travel money for {customer.name}, out of the {account.name}: {more} {code} as long as the price, margin included, stays "
    "within {limit}, otherwise only {fewer} {code}. Afterwards mail the customer what it cost and the first day for "
    "collecting it.",
    "How dear are {more} {code} today, margin and all? Up to {limit}, order them for {customer.name} on the {account.name}. "
    "Beyond that, {fewer} {code} have to do. The customer wants the price and the earliest day of collection by e-mail.",
    "Please order foreign notes. Who: {customer.name}. Account: {account.name}. How much: {more} {code}, unless that comes to "
    "over {limit} including the margin, in which case {fewer} {code}. Confirm the cost, and when it is ready, in an e-mail.",
    "{limit} is what {customer.name} means to spend on {code}. If {more} of them, margin included, fit into that, get them; if "
    "they do not, get {fewer}. The {account.name} pays. Write to the customer what was taken and when the notes will be here.",
    "Take the price of {more} {code} with our margin on top. Not above {limit}: order that many for {customer.name}. Above "
    "it: order {fewer}. In both cases charge the {account.name} and e-mail cost and first collection day.",
    "{customer.name} flies soon. The wish is {more} {code} from us for {limit} at the very most, margin counted in, or else "
    "{fewer} {code}; the {account.name} is to be charged. Send an e-mail with the exact cost and the day from which the notes "
    "wait at the branch.",
    "Order {code} for {customer.name} against the {account.name}, either {more} or {fewer}: the larger amount provided it "
    "does not exceed {limit} once the margin is added, else the smaller. Then tell the customer by mail the cost and the "
    "collection date.",
    kind="conditional",
    role="teller",
)
def order_notes(draw: TaskDraw) -> Task:
    fit = [one for one in rows(Customer) if waiting_money(one) < 600 and everyday_of(one).balance > 450]
    return notes_for(draw, draw.choice(fit))


@world.impossible(order_notes)
def order_notes_beyond_the_limit(draw: TaskDraw) -> Task:
    fit = [one for one in rows(Customer) if waiting_money(one) > 1100]
    return notes_for(draw, draw.choice(fit), impossible=True)


def waiting_money(customer: Customer) -> Decimal:
    """What the travel money cost that a customer has not collected yet."""
    return total(CurrencyOrder, "cost", account__customer=customer, status="ordered")


def notes_for(draw: TaskDraw, customer: Customer, impossible: bool = False) -> Task:
    """Travel money, more or less of it as its price allows; it cannot be had where too much waits already."""
    code, account = draw.choice(tuple(USUAL)), everyday_of(customer)
    fewer, more = [NOTES[code] * round(one * USUAL[code] / NOTES[code]) for one in (draw.choice((400, 410)), 440)]
    worth = sums.worth(Decimal(more), code, "GBP", draw.today)
    cost = worth + percent_of(worth, saved("travel_margin"))
    limit = 5 * (cost // 5 + draw.choice((-2, -1, 1, 2)))

    def solve(do: Do) -> None:
        found = person(do, customer)
        source = do.search_accounts(customer_id=found.id, name=account.name)[0]
        margin = next(one.value for one in do.list_saved_values() if one.name == "travel_margin")
        plain = do.sum([do.convert_money(amount=more, currency=code, into="GBP").amount])
        price = do.sum([plain, do.percent(margin, plain)])
        wanted = more if price <= limit else fewer
        ordered = do.attempt("order_travel_money", account_id=source.id, currency=code, amount=wanted)
        if ordered is not None:
            template = "It cost {cost} and can be collected from {day} on."
            write_to(do, found.email, template, cost=ordered.cost, day=ordered.collect_from)

    return draw.task(
        solve, impossible=impossible, customer=customer, account=account, code=code, more=more, fewer=fewer, limit=limit
    )


@world.intent(
    "{office} has mailed us the exchange rates of today, and a correction. Enter today's rates as they are right now. Then "
    "answer {customer.name}'s mail \"{subject}\" with what the amount asked about is worth in pounds at today's rate.",
    "Please put today's rates into the table from the mails of {office}, mind that one figure was put right afterwards, and "
    'then reply to "{subject}" from {customer.name}: the worth in pounds today of the sum that is named there.',
    'Before we can answer "{subject}" ({customer.name}) with the value in pounds, the rates of today must be in. All three '
    "are in this morning's mail from {office}, except that {office} has since corrected one. Record them, then write the "
    "answer.",
    "The table of exchange rates lacks today. {office} wrote twice this morning; record the valid rate of each currency. "
    'With these, work out in pounds what {customer.name} asks under "{subject}" and send it as a reply.',
    "Rates first: three currencies, today's date, figures as given by {office}, the later mail overriding the earlier. Reply "
    'second: {customer.name}, "{subject}", the amount mentioned there converted into pounds at the rate of today.',
    '{customer.name} wants to know, see "{subject}", what some foreign money is in pounds today. Key in today\'s rates from '
    "{office}'s messages first (one of them was wrong and was corrected), so that the reply goes by them.",
    "Two jobs. Today's rates have come by mail from {office}, with a correction to follow; set all of them in our table. And "
    'the question of {customer.name} called "{subject}" needs a reply giving the pounds, by today\'s new rate.',
    "From {office}'s two mails of this morning, set the rates that hold today, each currency once and correct. Next, turn the "
    'sum in "{subject}" into pounds with them, and let {customer.name} have the result as an answer to that message.',
    kind="repair",
    role="teller",
)
def enter_the_rates_and_answer(draw: TaskDraw) -> Task:
    letter = draw.choice(rows(mail.Message, folder="inbox", subject=one_of([subject for subject, _ in RATE_LETTERS])))
    customer = rows(Customer, email=letter.sender)[0]

    def solve(do: Do) -> None:
        rates: dict[str, str] = {}
        for one in do.search_messages(folder="inbox", sender=OFFICE, sort="sent"):
            rates.update(re.findall(r"(\w{3}): ([\d.]+)", one.body))
        for code, rate in rates.items():
            do.set_exchange_rate(currency=code, day=draw.today, rate=do.sum([rate]))
        found = person(do, customer)
        asked = do.search_messages(folder="inbox", sender=found.email, subject=letter.subject)[0]
        amount, code = re.findall(r"(\d+) ([A-Z]{3})", asked.body)[0]
        worth = do.convert_money(amount=do.sum([amount]), currency=code, into="GBP")
        body = do.compose("At today's rate that is {worth} in pounds.", worth=do.sum([worth.amount]))
        do.reply_to_message(message_id=asked.id, body=body)

    return draw.task(solve, office=OFFICE, customer=customer, subject=letter.subject)


@world.intent(
    "{customer.name} thinks of leaving what is in the {account.name} there for {years} years, or of putting it all into a Notice "
    "Saver of {days} days. How much more interest would the latter bring, at our present rates? Interest is added once a year "
    "and stays in.",
    "Compare for {customer.name}: the {account.name}'s balance over {years} years at the {account.name} rate, against the same money "
    "in a {days}-day Notice Saver. By how many pounds of interest is the notice account ahead? Yearly interest, nothing taken "
    "out, rates of today.",
    "At the rates we pay now, with interest added each year and kept in, what would {customer.name} gain in {years} years by "
    "having the present {account.name} balance in a Notice Saver with {days} days' notice rather than where it is?",
    "Take the balance of {customer.name}'s {account.name}. Let it grow {years} years in a Notice Saver ({days} days) and, "
    "alternatively, {years} years in the {account.name}, each at its rate of today with yearly interest. What is the difference "
    "in interest?",
    "What is patience worth to {customer.name}? I mean the extra interest after {years} years if all of the {account.name} were "
    "in our Notice Saver of {days} days, both at current rates, interest added to the money every year.",
    "{customer.name} asks at the counter what changing over to {days} days' notice would earn. Use the money in the {account.name}, "
    "{years} years, interest once a year left in the account, today's rates of both, and give the surplus.",
    "Work out two sums of interest for {customer.name}'s {account.name} balance over {years} years, one by the {account.name} rate in "
    "force, one by that of the Notice Saver with {days} days. Interest comes yearly and is not spent. Tell me the gap between "
    "them.",
    "In {years} years, how many pounds of interest more than the {account.name} does the {days}-day Notice Saver yield on what "
    "{customer.name} has in the {account.name} now? Current rates; interest compounds annually.",
    kind="question",
    role="teller",
)
def gain_of_a_notice_account(draw: TaskDraw) -> Task:
    customer, years, days = draw.pick(Customer), draw.integer(2, 8), draw.choice((30, 60))
    saver = rows(Account, customer=customer, name="Easy Saver")[0]

    def grown(rate: str) -> Decimal:
        return (saver.balance * (1 + saved(rate) / 100) ** years).quantize(Decimal("0.01"), ROUND_HALF_UP)

    def solve(do: Do) -> float | int:
        found = person(do, customer)
        balance = do.search_accounts(customer_id=found.id, name=saver.name)[0].balance
        rates = {one.name: one.value for one in do.list_saved_values()}
        least, most = [
            do.sum([do.compound_interest(amount=balance, percent=rates[name], years=years).interest])
            for name in ("easy_saver_rate", f"notice_{days}_rate")
        ]
        return do.difference(most, least)

    answer = Answer.money(grown(f"notice_{days}_rate") - grown("easy_saver_rate"))
    return draw.task(solve, answer=answer, customer=customer, account=saver, years=years, days=days)
