"""Accounts with a running balance: what people owe, what they were charged and what they paid.

The host gives the table of account holders. A balance is money owed; below zero it is credit.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal

from agentworlds import Draw, Module, Money, PersonName, Range, Row, Text, field, insert, now, refuse, total

ledger = Module("ledger", title="Account ledger")
LIMIT: Decimal = ledger.setting("credit_limit", Decimal(2000))
STAFF = ledger.setting("staff", ())
SYMBOL: str = ledger.setting("symbol", "£")
HISTORY: bool = ledger.setting("history", True)
CHARGES: tuple[str, ...] = ledger.setting("charges", ("Standard service", "Late cancellation", "Copy of documents"))


@ledger.placeholder
class Account(Row):
    name: PersonName
    balance: Money


@ledger.table(plural="entries", label="memo", owner="account")
class Entry(Row):
    account: Account
    kind: Literal["charge", "payment", "refund"]
    amount: Annotated[Money, Range(0.01, 100_000)]
    memo: Text = field(wording=True)
    posted: datetime = field(default=now)
    refunds: "Entry | None" = None


@dataclass
class Statement:
    account_name: str
    balance: Money
    charged: Money
    paid: Money
    refunded: Money


ledger.reads(Entry, by=("account", "kind", "amount", "memo", "posted"), sort=("posted", "amount"))


def post(account: Account, kind: Literal["charge", "payment", "refund"], amount: Decimal, memo: str) -> Entry:
    """Post an entry and move the balance; for the host's own tools and data."""
    account.balance += amount if kind == "charge" else -amount
    return insert(Entry(account=account, kind=kind, amount=amount, memo=memo))


@ledger.tool(roles=STAFF)
def add_charge(account: Account, amount: Annotated[Money, Range(0.01, 100_000)], memo: Text) -> Entry:
    """Charge an account.

    Args:
        memo: what the charge is for
    """
    return post(account, "charge", amount, memo)


@ledger.tool(roles=STAFF)
def record_payment(account: Account, amount: Annotated[Money, Range(0.01, 100_000)], memo: Text = "Payment") -> Entry:
    """Record a payment towards what an account owes; no more than is owed."""
    if account.balance <= 0:
        refuse("conflict", f"{account.name} owes nothing.")
    if amount > account.balance:
        refuse(
            "conflict", f"{account.name} owes only {SYMBOL}{account.balance:,.2f}.", hint="record at most what is owed"
        )
    return post(account, "payment", amount, memo)


@ledger.tool(roles=STAFF)
def refund_charge(entry: Entry) -> Entry:
    """Take a charge back in full."""
    if entry.kind != "charge":
        refuse("conflict", f"Only a charge can be refunded; this is a {entry.kind}.")
    if total(Entry, "amount", refunds=entry):
        refuse("conflict", "That charge was refunded before.")
    entry.account.balance -= entry.amount
    return insert(Entry(account=entry.account, kind="refund", amount=entry.amount, memo=entry.memo, refunds=entry))


@ledger.query
def account_statement(account: Account) -> Statement:
    """An account's balance and the totals of its charges, payments and refunds.

    A balance above zero is owed, one below zero is credit.
    """
    return Statement(
        account_name=account.name,
        balance=account.balance,
        charged=total(Entry, "amount", account=account, kind="charge"),
        paid=total(Entry, "amount", account=account, kind="payment"),
        refunded=total(Entry, "amount", account=account, kind="refund"),
    )


@ledger.rule(Account, "insufficient", f"That would take the balance over the credit limit of {SYMBOL}{LIMIT:,.2f}.")
def within_credit_limit(account: Account) -> bool:
    return account.balance <= LIMIT


@ledger.data
def history(draw: Draw) -> None:
    """Charges and payments of the last months, for hosts that have posted none themselves."""
    if HISTORY:
        for _ in draw.many(40):
            account = draw.pick(Account, skew=True)
            entry = post(account, "charge", draw.money(8, 140, "0.50"), draw.choice(CHARGES))
            entry.posted = draw.moment(-120, -1)
            if draw.chance(60):
                paid = post(account, "payment", entry.amount, "Payment")
                paid.posted = draw.moment(-1, -1)
