"""The bank: its rules refuse, its writes change exactly what they say, its sums agree with plain SQL."""

from collections.abc import Iterator
from typing import Any

import pytest

import agentworlds
from agentworlds.runtime.instance import Instance
from agentworlds.runtime.step import Step

WORLD = agentworlds.load("bank")


@pytest.fixture
def bank() -> Iterator[Instance]:
    with WORLD.instance() as instance:
        yield instance


def ask(bank: Instance, sql: str) -> Any:
    """The first value, or the first row, that a query gives."""
    row = bank.store.db.execute(sql).fetchone()
    assert row is not None, f"the seed has none: {sql}"
    return row[0] if len(row) == 1 else row


def changed(bank: Instance) -> set[tuple[str, str, Any]]:
    """Each change as (table, column or +, new value), clocks and balances of no interest apart."""
    found: set[tuple[str, str, Any]] = set()
    for change in bank.changes():
        assert change.after is not None
        if change.before is None:
            found.add((change.table, "+", change.after.get("amount")))
        else:
            found |= {
                (change.table, name, value) for name, value in change.after.items() if value != change.before[name]
            }
    return found


def code(step: Step) -> str:
    """The code of a refusal."""
    assert step.refusal is not None
    return step.refusal.code.value


ALONE = """SELECT id FROM card WHERE status = 'active' AND account_id IN
(SELECT account_id FROM card GROUP BY account_id HAVING count(*) = 1)"""
OPEN = "kind = 'current' AND status = 'open'"
BILLS = f"name = 'Bills Account' AND {OPEN}"
EVERYDAY = "name = 'Everyday Account'"
PAYING = """SELECT a.id, p.id, a.balance FROM account a JOIN payee p ON p.customer_id = a.customer_id
WHERE a.name = 'Everyday Account' AND a.balance > a.daily_limit + 100"""


def pay_beyond_the_overdraft(bank: Instance) -> tuple[str, dict[str, Any]]:
    account, payee = ask(bank, f"""SELECT a.id, p.id FROM account a JOIN payee p ON p.customer_id = a.customer_id
        WHERE a.{BILLS.replace("AND ", "AND a.")}""")  # fmt: skip
    return "pay_payee", {"account_id": account, "payee_id": payee, "amount": 40_000}


def pay_beyond_the_daily_limit(bank: Instance) -> tuple[str, dict[str, Any]]:
    account, payee, balance = ask(bank, PAYING)
    return "pay_payee", {"account_id": account, "payee_id": payee, "amount": balance / 100}


def close_an_account_with_orders(bank: Instance) -> tuple[str, dict[str, Any]]:
    return "close_account", {"account_id": ask(bank, CLOSABLE)}


def transfer_into_a_closed_account(bank: Instance) -> tuple[str, dict[str, Any]]:
    account, target = ask(bank, f"""SELECT a.id, b.id FROM account a JOIN account b ON b.customer_id = a.customer_id
        WHERE b.status = 'closed' AND a.{EVERYDAY}""")  # fmt: skip
    return "transfer_money", {"source_id": account, "target_id": target, "amount": 10}


def activate_a_second_card(bank: Instance) -> tuple[str, dict[str, Any]]:
    return "block_card", {"card_id": ask(bank, "SELECT id FROM card WHERE status = 'blocked'"), "blocked": False}


def pay_a_later_instalment(bank: Instance) -> tuple[str, dict[str, Any]]:
    instalment, account = ask(bank, """SELECT max(i.id), l.account_id FROM instalment i JOIN loan l ON l.id = i.loan_id
        GROUP BY l.id HAVING sum(i.status = 'overdue') > 1""")  # fmt: skip
    return "pay_instalment", {"instalment_id": instalment, "account_id": account}


def order_more_travel_money_than_may_wait(bank: Instance) -> tuple[str, dict[str, Any]]:
    account = ask(bank, "SELECT account_id FROM currency_order WHERE status = 'ordered' ORDER BY cost DESC")
    return "order_travel_money", {"account_id": account, "currency": "EUR", "amount": 490}


ABROAD = """SELECT a.id, p.id, p.currency FROM account a JOIN payee p ON p.customer_id = a.customer_id
WHERE a.name = 'Everyday Account' AND p.currency <> 'GBP'"""


def pay_pounds_abroad(bank: Instance) -> tuple[str, dict[str, Any]]:
    account, payee, _ = ask(bank, ABROAD)
    return "pay_payee", {"account_id": account, "payee_id": payee, "amount": 10}


def pay_in_another_currency_at_home(bank: Instance) -> tuple[str, dict[str, Any]]:
    account, payee, *_ = ask(bank, PAYING + " AND p.currency = 'GBP'")
    return "pay_abroad", {"account_id": account, "payee_id": payee, "amount": 10}


def pay_a_fortune_abroad(bank: Instance) -> tuple[str, dict[str, Any]]:
    account, payee, _ = ask(bank, ABROAD)
    return "pay_abroad", {"account_id": account, "payee_id": payee, "amount": 5_000_000}


def order_coins(bank: Instance) -> tuple[str, dict[str, Any]]:
    account = ask(bank, f"SELECT id FROM account WHERE {EVERYDAY}")
    return "order_travel_money", {"account_id": account, "currency": "JPY", "amount": 20_500}


def close_an_order_twice(bank: Instance) -> tuple[str, dict[str, Any]]:
    order = ask(bank, "SELECT id FROM currency_order WHERE status = 'collected'")
    return "close_currency_order", {"currency_order_id": order, "outcome": "cancelled"}


CLOSABLE = f"""SELECT id FROM account a WHERE {BILLS}
AND EXISTS (SELECT 1 FROM standing_order o WHERE o.account_id = a.id AND o.status = 'active') AND NOT EXISTS
(SELECT 1 FROM subscription s JOIN card c ON c.id = s.card_id WHERE c.account_id = a.id AND s.status = 'running')"""


@pytest.mark.parametrize(
    ("attempt", "code", "message"),
    [
        (pay_beyond_the_overdraft, "insufficient", "overdraft limit of £0.00"),
        (pay_beyond_the_daily_limit, "limit", "00 a day goes from"),
        (close_an_account_with_orders, "conflict", "Standing orders are still paid from"),
        (transfer_into_a_closed_account, "conflict", "A closed account holds no money"),
        (activate_a_second_card, "conflict", "already has another active card"),
        (pay_a_later_instalment, "conflict", "Instalments are paid in order"),
        (order_more_travel_money_than_may_wait, "limit", "At most £1,500 of travel money waits for one customer"),
        (pay_pounds_abroad, "conflict", "is paid in "),
        (pay_in_another_currency_at_home, "conflict", "is paid in pounds"),
        (pay_a_fortune_abroad, "invalid", "we exchange from a penny to £20,000 at once"),
        (order_coins, "invalid", "Our smallest JPY note is 1000."),
        (close_an_order_twice, "conflict", "That travel money was collected."),
    ],
)
def test_rule_refuses_and_leaves_nothing(bank: Instance, attempt: Any, code: str, message: str) -> None:
    tool, arguments = attempt(bank)
    step = bank.call(tool, **arguments)
    assert step.refusal is not None
    assert (step.refusal.code.value, message in step.refusal.message) == (code, True)
    assert bank.changes() == []


WRONG_BALANCES = """SELECT a.id, a.balance, sum(iif(m.direction = 'in', m.amount, -m.amount)) AS moved
FROM account a LEFT JOIN movement m ON m.account_id = a.id GROUP BY a.id HAVING a.balance <> coalesce(moved, 0)"""
WRONG_LOANS = """SELECT l.id FROM loan l JOIN instalment i ON i.loan_id = l.id GROUP BY l.id
HAVING l.outstanding <> sum(iif(i.status IN ('due', 'overdue'), i.amount - i.interest, 0))"""
WRITES = [
    ("pay_payee", PAYING, ("account_id", "payee_id"), {"amount": 12.5}, {("movement", "+", 1250)}),
    ("block_card", "SELECT id FROM card WHERE status = 'active'", ("card_id",), {"blocked": True},
     {("card", "status", "blocked")}),
    ("change_standing_order", "SELECT id FROM standing_order WHERE status = 'active'", ("standing_order_id",),
     {"amount": 19.99, "next_on": "2026-04-01"},
     {("standing_order", "amount", 1999), ("standing_order", "next_on", "2026-04-01")}),
    ("set_overdraft", f"SELECT id FROM account WHERE {OPEN}", ("account_id",), {"limit": 1550},
     {("account", "overdraft_limit", 155_000)}),
    ("close_dispute", "SELECT id FROM dispute WHERE status = 'open'", ("dispute_id",), {"outcome": "rejected"},
     {("dispute", "status", "rejected")}),
]  # fmt: skip


@pytest.mark.parametrize(("tool", "sql", "names", "more", "expected"), WRITES, ids=[row[0] for row in WRITES])
def test_write_changes_exactly(
    bank: Instance, tool: str, sql: str, names: tuple[str, ...], more: Any, expected: Any
) -> None:
    found = ask(bank, sql)
    ids = dict(zip(names, found if isinstance(found, tuple) else (found,), strict=False))
    assert bank.call(tool, **ids, **more).ok
    assert {one for one in changed(bank) if one[1] != "balance"} == expected


def test_upheld_dispute_refunds_what_was_paid(bank: Instance) -> None:
    dispute, amount, account = ask(bank, """SELECT d.id, m.amount, a.id FROM dispute d
        JOIN movement m ON m.id = d.movement_id JOIN account a ON a.id = m.account_id
        WHERE d.status = 'open'""")  # fmt: skip
    before = ask(bank, f"SELECT balance FROM account WHERE id = {account}")
    assert bank.call("close_dispute", dispute_id=dispute, outcome="upheld").ok
    assert changed(bank) == {
        ("dispute", "status", "upheld"),
        ("movement", "+", amount),
        ("account", "balance", before + amount),
    }


def test_only_a_blocked_card_is_replaced(bank: Instance) -> None:
    card = ask(bank, ALONE)
    assert code(bank.call("replace_card", card_id=card, reason="stolen")) == "conflict"
    assert bank.call("block_card", card_id=card, blocked=True).ok
    assert bank.call("replace_card", card_id=card, reason="stolen").ok
    assert changed(bank) == {("card", "status", "cancelled"), ("card", "replaced_for", "stolen"), ("card", "+", None)}


def test_transfer_moves_the_amount_on_both_accounts_and_reversal_takes_it_back(bank: Instance) -> None:
    source, target, had, has = ask(bank, f"""SELECT a.id, b.id, a.balance, b.balance FROM account a
        JOIN account b ON b.customer_id = a.customer_id WHERE a.{EVERYDAY} AND b.name = 'Easy Saver'""")  # fmt: skip
    made = bank.call("transfer_money", source_id=source, target_id=target, amount=33.3)
    assert changed(bank) == {("transfer", "+", 3330), ("movement", "+", 3330), ("account", "balance", had - 3330),
                             ("account", "balance", has + 3330)}  # fmt: skip
    assert bank.call("reverse_transfer", transfer_id=made.observation["id"]).ok
    assert {one for one in changed(bank) if one[0] == "account"} == set()
    again = bank.call("reverse_transfer", transfer_id=made.observation["id"])
    assert again.refusal is not None
    assert again.refusal.message == "That transfer was reversed before."


def test_subscription_moves_only_to_an_active_card_of_the_same_customer(bank: Instance) -> None:
    subscription, card, dead = ask(bank, """SELECT s.id, c.id, d.id FROM subscription s
        JOIN card old ON old.id = s.card_id JOIN account a ON a.id = old.account_id
        JOIN account b ON b.customer_id = a.customer_id
        JOIN card c ON c.account_id = b.id AND c.id <> old.id AND c.status = 'active'
        JOIN account e ON e.customer_id = a.customer_id JOIN card d ON d.account_id = e.id AND d.status <> 'active'
        WHERE s.status = 'running'""")  # fmt: skip
    assert code(bank.call("move_subscription", subscription_id=subscription, card_id=dead)) == "unavailable"
    assert bank.call("move_subscription", subscription_id=subscription, card_id=card).ok
    assert changed(bank) == {("subscription", "card_id", card)}


def test_overdue_instalment_is_paid_with_its_late_fee(bank: Instance) -> None:
    instalment, account, amount, left, capital = ask(bank, """SELECT i.id, l.account_id, i.amount, l.outstanding,
        i.amount - i.interest FROM instalment i JOIN loan l ON l.id = i.loan_id
        WHERE i.status = 'overdue' ORDER BY i.id""")  # fmt: skip
    assert bank.call("pay_instalment", instalment_id=instalment, account_id=account).ok
    assert {one for one in changed(bank) if one[1] != "balance"} == {
        ("movement", "+", amount), ("movement", "+", 1200), ("instalment", "status", "paid"),
        ("instalment", "paid_on", "2026-03-02"), ("loan", "outstanding", left - capital)}  # fmt: skip


def test_loan_is_settled_with_one_percent_and_not_while_anything_is_overdue(bank: Instance) -> None:
    late, account = ask(bank, """SELECT l.id, l.account_id FROM instalment i JOIN loan l ON l.id = i.loan_id
        WHERE i.status = 'overdue'""")  # fmt: skip
    refusal = bank.call("settle_loan", loan_id=late, account_id=account).refusal
    assert refusal is not None
    assert (refusal.code.value, refusal.message.endswith("are overdue.")) == ("conflict", True)
    loan, account, left, had = ask(bank, """SELECT l.id, a.id, outstanding, balance FROM loan l
        JOIN account a ON a.id = l.account_id WHERE balance > 2 * outstanding AND NOT EXISTS
        (SELECT 1 FROM instalment i WHERE i.loan_id = l.id AND i.status = 'overdue')""")  # fmt: skip
    assert bank.call("settle_loan", loan_id=loan, account_id=account).ok
    assert ask(bank, f"SELECT balance FROM account WHERE id = {account}") == had - left - left // 100
    assert ("loan", "status", "repaid") in changed(bank)
    assert ("instalment", "status", "settled") in changed(bank)


def test_dispute_window_closes_after_sixty_days(bank: Instance) -> None:
    old = ask(bank, "SELECT id FROM movement WHERE kind = 'card' AND posted < '2026-01-01'")
    late = bank.call("open_dispute", movement_id=old, reason="wrong amount").refusal
    assert late is not None
    assert (late.code.value, " 2025, more than 60 days ago" in late.message) == ("unavailable", True)
    new = ask(bank, """SELECT id FROM movement WHERE kind = 'card' AND posted > '2026-01-02'
        AND id NOT IN (SELECT movement_id FROM dispute)""")  # fmt: skip
    assert bank.call("open_dispute", movement_id=new, reason="wrong amount").ok
    assert changed(bank) == {("dispute", "+", None)}


def test_account_closes_once_it_is_empty_and_quiet(bank: Instance) -> None:
    account = ask(bank, CLOSABLE)
    for order in bank.store.db.execute(f"SELECT id FROM standing_order WHERE account_id = {account}").fetchall():
        assert bank.call("change_standing_order", standing_order_id=order[0], status="cancelled").ok
    everyday, balance = ask(bank, f"""SELECT b.id, a.balance FROM account a
        JOIN account b ON b.customer_id = a.customer_id WHERE a.id = {account} AND b.{EVERYDAY}""")  # fmt: skip
    assert bank.call("transfer_money", source_id=account, target_id=everyday, amount=balance / 100).ok
    assert bank.call("close_account", account_id=account).ok
    assert ("account", "status", "closed") in changed(bank)


def test_customer_sees_and_uses_only_their_own(bank: Instance) -> None:
    customer = WORLD.world.roles["customer"].cls
    assert customer is not None
    bank.act_as("customer", (customer, 1))
    assert {one["customer_id"] for one in bank.call("search_accounts").observation["results"]} == {1}
    assert [one["id"] for one in bank.call("search_customers").observation["results"]] == [1]
    for tool, arguments in (("customer_cards", {"customer_id": 2}), ("close_account", {"account_id": 1})):
        assert code(bank.call(tool, **arguments)) == "forbidden"


@pytest.mark.parametrize("seed", range(3))
def test_every_balance_is_the_sum_of_its_movements_and_every_loan_of_its_instalments(seed: int) -> None:
    with WORLD.instance(seed) as bank:
        for sql in (WRONG_BALANCES, WRONG_LOANS):
            assert bank.store.db.execute(sql).fetchall() == []


def test_statement_agrees_with_sql(bank: Instance) -> None:
    account, spent = ask(bank, """SELECT account_id, sum(amount) FROM movement WHERE kind = 'card' AND posted BETWEEN
        '2026-02-01' AND '2026-02-28T23:59:59' GROUP BY account_id ORDER BY account_id""")  # fmt: skip
    listed = bank.call("account_statement", account_id=account, kind="card", since="2026-02-01", until="2026-02-28")
    assert round(sum(one["amount"] for one in listed.observation["results"]) * 100) == spent


@pytest.mark.parametrize("seed", range(3))
def test_interest_falls_with_the_debt_and_orders_keep_their_day(seed: int) -> None:
    rising = """SELECT a.id FROM instalment a JOIN instalment b ON b.loan_id = a.loan_id AND b.number = a.number + 1
    WHERE b.interest >= a.interest"""
    moved = """SELECT o.id FROM standing_order o JOIN movement m ON m.payee_id = o.payee_id
    WHERE m.kind = 'standing order' AND substr(m.posted, 9, 2) <> substr(o.next_on, 9, 2)"""
    with WORLD.instance(seed) as bank:
        for sql in (rising, moved):
            assert bank.store.db.execute(sql).fetchall() == []


def test_travel_money_costs_its_worth_and_the_margin_and_comes_after_the_fair(bank: Instance) -> None:
    account, had = ask(bank, f"SELECT id, balance FROM account WHERE {EVERYDAY} AND balance > 30000")
    rate = ask(bank, "SELECT rate FROM exchange_rate WHERE currency = 'USD' ORDER BY day DESC") / 10_000
    worth = round(25_000 / rate)
    cost = worth + round(worth * 0.025)
    order = bank.call("order_travel_money", account_id=account, currency="USD", amount=250)
    assert order.data is not None
    assert (round(order.data["cost"] * 100), order.data["collect_from"]) == (cost, "2026-03-05")  # the 3rd is a holiday
    assert ("account", "balance", had - cost) in changed(bank)
    early = bank.call("close_currency_order", currency_order_id=order.data["id"], outcome="collected").refusal
    assert early is not None
    assert (early.code.value, early.message) == ("unavailable", "That travel money is here from 5 March 2026 on.")
    assert bank.call("close_currency_order", currency_order_id=order.data["id"], outcome="cancelled").ok
    assert ("account", "balance", had - cost + worth) in changed(bank)


def test_payment_abroad_takes_its_worth_and_the_fee_at_the_rate_of_today(bank: Instance) -> None:
    account, payee, currency = ask(bank, ABROAD + " AND p.currency = 'EUR' AND a.balance > 20000")
    had = ask(bank, f"SELECT balance FROM account WHERE id = {account}")
    assert bank.call("set_exchange_rate", currency=currency, day="2026-03-02", rate=1.25).ok
    assert bank.call("pay_abroad", account_id=account, payee_id=payee, amount=100).ok
    assert {one for one in changed(bank) if one[0] != "exchange_rate"} == {
        ("movement", "+", 8000), ("movement", "+", 950), ("account", "balance", had - 8950)}  # fmt: skip


def test_payments_abroad_count_towards_the_daily_limit(bank: Instance) -> None:
    account, payee, limit = ask(bank, ABROAD.replace("p.currency FROM", "a.daily_limit FROM")
                                + " AND a.balance + a.overdraft_limit > a.daily_limit + 20000 AND p.currency <> 'JPY'")  # fmt: skip
    refusal = bank.call("pay_abroad", account_id=account, payee_id=payee, amount=limit / 100 * 1.25 + 50).refusal
    assert refusal is not None
    assert refusal.code.value == "limit"


@pytest.mark.parametrize("seed", range(3))
def test_treasury_corrects_one_rate_and_every_letter_has_its_two_offers(seed: int) -> None:
    files = """SELECT m.id FROM message m WHERE m.attachments <> '' AND 2 <> (SELECT count(*) FROM mail_file f
        JOIN customer c ON c.email = m.sender JOIN payee p ON p.customer_id = c.id AND p.currency <> 'GBP'
        WHERE f.message_id = m.id AND f.content LIKE 'Offer of ' || p.name || '%')"""
    with WORLD.instance(seed) as bank:
        bodies = [row[0] for row in bank.store.db.execute(
            "SELECT body FROM message WHERE sender LIKE 'treasury@%' AND folder = 'inbox' ORDER BY sent")]  # fmt: skip
        lines = [[line for line in body.splitlines() if line[3:4] == ":"] for body in bodies]
        assert [len(one) for one in lines] == [3, 1]
        assert lines[1][0] not in lines[0]
        assert bank.store.db.execute(files).fetchall() == []
