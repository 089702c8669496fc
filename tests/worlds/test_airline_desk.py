"""The airline desk: its rules refuse, its writes change exactly what they say, its counts agree with plain SQL."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

import agentworlds
from agentworlds.runtime.instance import Instance

WORLD = agentworlds.load("airline_desk")
HOLDING = "('confirmed', 'checked_in', 'flown')"
SEGMENT = """FROM segment s JOIN flight f ON f.id = s.flight_id JOIN reservation r ON r.id = s.reservation_id
    JOIN passenger b ON b.id = r.booker_id JOIN passenger t ON t.id = s.traveller_id
    JOIN fare_family m ON m.id = s.family_id WHERE s.status = 'confirmed' AND f.departs > '2026-03-02T16:00'"""
FLYING = SEGMENT + " AND f.status != 'cancelled'"
LEFT = f"""(SELECT count(*) FROM seat WHERE aircraft_id = n.aircraft_id AND cabin = 'economy') - n.group_seats -
    (SELECT count(*) FROM segment x JOIN fare_family y ON y.id = x.family_id
     WHERE x.flight_id = n.id AND y.cabin = 'economy' AND x.status IN {HOLDING})"""
LATER = """n.origin_id = f.origin_id AND n.destination_id = f.destination_id AND n.departs > f.departs
    AND n.status = 'scheduled' AND NOT EXISTS (SELECT 1 FROM segment q JOIN flight w ON w.id = q.flight_id
    WHERE q.traveller_id = s.traveller_id AND q.id != s.id AND date(w.departs) = date(n.departs))"""
BULKY = "(SELECT count(*) FROM bag JOIN bag_product p ON p.id = product_id WHERE segment_id = s.id AND p.bulky)"


@pytest.fixture
def desk() -> Iterator[Instance]:
    with WORLD.instance() as instance:
        yield instance


def ask(desk: Instance, sql: str) -> Any:
    """The first value, or the first row, that a query gives."""
    row = desk.store.db.execute(sql).fetchone()
    assert row is not None, f"the seed has none: {sql}"
    return row[0] if len(row) == 1 else row


def named(desk: Instance, sql: str, *names: str) -> dict[str, Any]:
    """The first row of a query as arguments."""
    row = ask(desk, sql)
    return dict(zip(names, row if isinstance(row, tuple) else (row,), strict=True))


def changed(desk: Instance) -> set[tuple[str, str, Any]]:
    """Each change as (table, column, new value); new and removed rows as + and - with their amounts."""
    found: set[tuple[str, str, Any]] = set()
    for change in desk.changes():
        before, after = change.before, change.after
        if before is None or after is None:
            row = after or before or {}
            amount = row.get("amount", row.get("fare", row.get("price")))
            found.add((change.table, "-" if after is None else "+", amount))
        else:
            found |= {(change.table, name, value) for name, value in after.items() if value != before[name]}
    return found


def unseated(seat: int | None) -> set[tuple[str, str, Any]]:
    """The change of a segment that gives its seat up, if it had one."""
    return set() if seat is None else {("segment", "seat_id", None)}


SEAT_OF = "SELECT s.id, e.id FROM segment s JOIN flight f ON f.id = s.flight_id JOIN seat e ON "
OPEN_SEGMENT = " WHERE s.status = 'confirmed' AND f.departs > '2026-03-02T16:00' AND f.status = 'scheduled' "
EXIT = SEGMENT.replace(" WHERE", " JOIN seat e ON e.aircraft_id = f.aircraft_id AND e.exit_row WHERE", 1)
NEW_BOOKING = """SELECT p.id, n.id, m.id FROM passenger p, flight n, fare_family m
    WHERE m.name = 'Standard' AND p.born < '2000' """
REFUSED = [
    ("no_cabin_is_oversold", "book_flight", "unavailable", "has no seat left in that cabin",
     NEW_BOOKING + f"AND n.status = 'scheduled' AND n.departs > '2026-03-03' AND {LEFT} = 0",
     ("traveller_id", "flight_id", "family_id")),
    ("seat_is_in_the_cabin", "assign_seat", "invalid", "not on the flight's aircraft",
     SEAT_OF + "e.aircraft_id != f.aircraft_id" + OPEN_SEGMENT, ("segment_id", "seat_id")),
    ("seat_is_given_once", "assign_seat", "conflict", "Somebody else has that seat.",
     SEAT_OF + "e.id = (SELECT max(o.seat_id) FROM segment o JOIN fare_family g ON g.id = o.family_id WHERE "
     f"o.flight_id = f.id AND o.id != s.id AND o.status IN {HOLDING} AND o.family_id = s.family_id)" + OPEN_SEGMENT,
     ("segment_id", "seat_id")),
    ("exits_are_for_adults", "assign_seat", "invalid", "travellers of 16 and over",
     "SELECT s.id, e.id " + EXIT + " AND t.born > '2011' AND e.cabin = m.cabin AND NOT EXISTS "
     "(SELECT 1 FROM segment o WHERE "
     f"o.flight_id = f.id AND o.seat_id = e.id AND o.status IN {HOLDING})", ("segment_id", "seat_id")),
    ("checked_in_means_seated", "check_in", "conflict", "Nobody is checked in without a seat.",
     "SELECT s.id " + FLYING + " AND f.departs < '2026-03-04T09:00' AND s.seat_id IS NULL AND b.balance <= 0",
     ("segment_id",)),
    ("travellers_are_in_one_place", "book_flight", "conflict", "is on another flight at that time",
     f"SELECT t.id, n.id, 2 {SEGMENT.replace(' WHERE', ' JOIN flight n ON n.id = f.id WHERE', 1)} AND t.born < '2000' "
     f"AND f.status = 'scheduled' AND {LEFT} > 0", ("traveller_id", "flight_id", "family_id")),
    ("three_extra_bags_at_most", "add_bag", "limit", "at most three extra bags",
     "SELECT s.id, 1 " + FLYING + " AND (SELECT count(*) FROM bag WHERE segment_id = s.id) = 3",
     ("segment_id", "product_id")),
    ("bulky_items_fit", "add_bag", "unavailable", "no room for another bulky item",
     "SELECT s.id, 4 " + FLYING + " AND (SELECT count(*) FROM bag WHERE segment_id = s.id) < 3 AND "
     f"(SELECT sum({BULKY.replace('s.id', 'o.id')}) FROM segment o WHERE o.flight_id = f.id) = "
     "(SELECT bulky_limit FROM aircraft WHERE id = f.aircraft_id)", ("segment_id", "product_id")),
]  # fmt: skip


@pytest.mark.parametrize(
    ("tool", "code", "message", "sql", "names"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED]
)
def test_rule_refuses_and_nothing_remains(
    desk: Instance, tool: str, code: str, message: str, sql: str, names: tuple[str, ...]
) -> None:
    step = desk.call(tool, **named(desk, sql, *names))
    assert step.refusal is not None
    assert step.refusal.code.value == code
    assert message in step.refusal.message
    assert desk.changes() == []


def test_booking_charges_price_and_supplement(desk: Instance) -> None:
    passenger, flight, family, price, balance = ask(desk, "SELECT p.id, n.id, m.id, n.price + m.supplement, p.balance "
        + NEW_BOOKING.split("m.id ", 1)[1] + f"AND n.status = 'scheduled' AND {LEFT} > 0 AND n.departs > '2026-03-03' "
        "AND NOT EXISTS (SELECT 1 FROM segment WHERE traveller_id = p.id)")  # fmt: skip
    assert desk.call("book_flight", traveller_id=passenger, flight_id=flight, family_id=family).ok
    assert changed(desk) == {("reservation", "+", None), ("segment", "+", price), ("account_entry", "+", price),
                             ("passenger", "balance", balance + price)}  # fmt: skip


DEARER = "max(s.fare, n.price + m.supplement)"
CHANGES = [
    ("Standard", "f.status != 'cancelled'", f"3500 - s.fare + {DEARER}", DEARER),
    ("Flex", "f.status != 'cancelled'", "0", "s.fare"),
    ("Light", "f.status = 'cancelled'", "0", "s.fare"),
]


@pytest.mark.parametrize(("family", "where", "cost", "fare"), CHANGES)
def test_changing_costs_what_the_fare_says(desk: Instance, family: str, where: str, cost: str, fare: str) -> None:
    joined = SEGMENT.replace(" WHERE", f" JOIN flight n ON {LATER} AND {LEFT} > 0 WHERE", 1)
    columns = f"s.id, n.id, {cost}, s.fare, {fare}, b.balance, s.seat_id"
    which = f"m.name = '{family}' AND {where} AND {BULKY} = 0 ORDER BY 3 DESC, 5 DESC"
    segment, target, charged, old, new, balance, seat = ask(desk, f"SELECT {columns} {joined} AND {which}")
    step = desk.call("change_flight", segment_id=segment, flight_id=target)
    assert step.data is not None
    assert step.data["charged"] == charged / 100
    dearer = {("segment", "fare", new)} if new != old else set()
    expected = {("segment", "flight_id", target)} | dearer | unseated(seat)
    paid = {("passenger", "balance", balance + charged), ("account_entry", "+", charged)} if charged else set()
    assert changed(desk) == expected | paid


def test_light_fares_cannot_be_changed(desk: Instance) -> None:
    joined = FLYING.replace(" WHERE", f" JOIN flight n ON {LATER} WHERE", 1)
    segment, later = ask(desk, f"SELECT s.id, n.id {joined} AND m.name = 'Light'")
    step = desk.call("change_flight", segment_id=segment, flight_id=later)
    assert step.refusal is not None
    assert step.refusal.message == "Light fares cannot be changed."
    assert desk.changes() == []


@pytest.mark.parametrize(
    ("where", "share"),
    [("f.status != 'cancelled' AND m.name = 'Standard' AND f.departs > '2026-03-05T10'", 75),
     ("f.status != 'cancelled' AND m.name = 'Standard' AND f.departs < '2026-03-05T09'", 25),
     ("f.status != 'cancelled' AND m.name = 'Flex'", 100), ("f.status = 'cancelled' AND m.name = 'Light'", 100)],
)  # fmt: skip
def test_cancelling_refunds_by_fare_and_time(desk: Instance, where: str, share: int) -> None:
    bags = "coalesce((SELECT sum(price) FROM bag WHERE segment_id = s.id), 0)"
    found = f"SELECT s.id, s.fare * {share} / 100 + {bags}, b.balance, s.seat_id {SEGMENT} AND {where}"
    segment, refund, balance, seat = ask(desk, found)
    step = desk.call("cancel_segment", segment_id=segment)
    assert step.data is not None
    assert step.data["refunded"] == refund / 100
    assert changed(desk) - unseated(seat) == {("segment", "status", "cancelled"), ("account_entry", "+", refund),
                                              ("passenger", "balance", balance - refund)}  # fmt: skip


def test_a_duplicate_is_refunded_in_full_and_only_a_duplicate(desk: Instance) -> None:
    segment, refund, balance = ask(
        desk,
        f"""SELECT s.id, s.fare + (SELECT sum(price) FROM bag WHERE segment_id = s.id),
        b.balance {FLYING} AND f.number = 'SR101' AND EXISTS (SELECT 1 FROM segment o
        JOIN flight g ON g.id = o.flight_id WHERE o.traveller_id = s.traveller_id AND g.number = 'SR103'
        AND date(g.departs) = date(f.departs))""",
    )
    other = ask(desk, f"SELECT s.id {FLYING} AND f.number LIKE 'SR2%'")
    refusal = desk.call("void_duplicate", segment_id=other).refusal
    assert refusal is not None
    assert refusal.code.value == "conflict"
    assert desk.call("void_duplicate", segment_id=segment).ok
    assert changed(desk) == {("segment", "status", "cancelled"), ("account_entry", "+", refund),
                             ("passenger", "balance", balance - refund)}  # fmt: skip


def test_bags_are_charged_and_given_back(desk: Instance) -> None:
    segment, balance = ask(desk, f"SELECT s.id, b.balance {FLYING} AND f.departs > '2026-03-04' AND NOT EXISTS "
                                 "(SELECT 1 FROM bag WHERE segment_id = s.id)")  # fmt: skip
    step = desk.call("add_bag", segment_id=segment, product_id=1)
    assert changed(desk) == {("bag", "+", 2800), ("account_entry", "+", 2800), ("passenger", "balance", balance + 2800)}
    assert step.data is not None
    assert desk.call("remove_bag", bag_id=step.data["id"]).ok
    assert changed(desk) == {("account_entry", "+", 2800)}  # the charge and its refund


def test_a_seat_and_check_in_change_one_segment(desk: Instance) -> None:
    soon = f"{FLYING} AND f.departs < '2026-03-04T09:00' AND b.balance <= 0"
    segment, flight, cabin = ask(desk, f"SELECT s.id, f.id, m.cabin {soon}")
    free = desk.call("free_seats", flight_id=flight, cabin=cabin, place="window").data
    assert free is not None
    seat = next(one["id"] for one in free["results"] if not one["exit_row"])
    assert desk.call("assign_seat", segment_id=segment, seat_id=seat).ok
    assert desk.call("check_in", segment_id=segment).ok
    assert changed(desk) == {("segment", "seat_id", seat), ("segment", "status", "checked_in")}


def test_a_delay_is_recorded(desk: Instance) -> None:
    flight = ask(desk, "SELECT id FROM flight WHERE departs LIKE '2026-03-03%' AND status = 'scheduled'")
    assert desk.call("delay_flight", flight_id=flight, minutes=45).ok
    assert changed(desk) == {("flight", "status", "delayed"), ("flight", "delay_minutes", 45),
                             ("flight", "expected_departure", "2026-03-03T08:00:00")}  # fmt: skip


@pytest.mark.parametrize(
    ("where", "code"),
    [("f.departs > '2026-03-05'", "unavailable"), ("f.departs < '2026-03-04T09' AND b.balance > 0", "insufficient")],
)
def test_check_in_waits_for_its_time_and_the_money(desk: Instance, where: str, code: str) -> None:
    refusal = desk.call("check_in", segment_id=ask(desk, f"SELECT s.id {FLYING} AND {where}")).refusal
    assert refusal is not None
    assert refusal.code.value == code


def test_availability_and_bags_agree_with_sql(desk: Instance) -> None:
    bags_on = f"""(SELECT count(*) FROM bag JOIN segment s ON s.id = segment_id
        WHERE s.flight_id = n.id AND s.status IN {HOLDING})"""
    going = "FROM flight n WHERE n.status IN ('scheduled', 'delayed') AND n.departs > '2026-03-02T12'"
    for flight, left, bags in desk.store.db.execute(f"SELECT n.id, {LEFT}, {bags_on} {going}").fetchall():
        available = desk.call("flight_availability", flight_id=flight).data
        extra = desk.call("extra_bags", flight_id=flight).data
        assert available is not None
        assert extra is not None
        assert (available["economy_left"], len(extra["results"])) == (left, bags)


def test_travel_accounts_agree_with_sql(desk: Instance) -> None:
    sums = "coalesce((SELECT sum(amount) FROM account_entry WHERE passenger_id = p.id AND kind = '{}'), 0)"
    kinds = ", ".join(sums.format(kind) for kind in ("charge", "payment", "refund"))
    for passenger, *expected in desk.store.db.execute(f"SELECT p.id, {kinds} FROM passenger p").fetchall():
        account = desk.call("travel_account", passenger_id=passenger).data
        assert account is not None
        assert [round(account[name] * 100) for name in ("charged", "paid", "refunded")] == expected
        assert round(account["balance"] * 100) == expected[0] - expected[1] - expected[2]


def test_passengers_see_and_use_only_their_own(desk: Instance) -> None:
    last = "SELECT s.id, booker_id FROM segment s JOIN reservation r ON r.id = reservation_id ORDER BY 1 DESC"
    other, owner = ask(desk, last)
    booker, name = ask(desk, f"SELECT b.id, b.name {SEGMENT} AND b.id != {owner}")
    desk.act_as("passenger", (WORLD.world.roles["passenger"].cls, booker))
    found = desk.call("search_segments").data
    assert found is not None
    assert {one["reservation_booker_name"] for one in found["results"]} == {name}
    for tool in ("get_segment", "cancel_segment"):
        refusal = desk.call(tool, segment_id=other).refusal
        assert refusal is not None
        assert refusal.code.value == "forbidden"
    assert desk.changes() == []


@pytest.mark.parametrize("seed", range(3))
def test_only_a_delayed_flight_has_an_expected_departure(seed: int) -> None:
    wrong = "SELECT id FROM flight WHERE (status = 'delayed') <> (expected_departure IS NOT NULL)"
    with WORLD.instance(seed) as desk:
        assert desk.store.db.execute(wrong).fetchall() == []


@pytest.mark.parametrize("seed", range(3))
def test_who_asks_about_parking_comes_back_and_one_list_is_in_force_when_they_leave(seed: int) -> None:
    letters = """SELECT substr(f.content, instr(f.content, 'booking ') + 8, 6), m.sender, m.body FROM message m
        JOIN mail_file f ON f.message_id = m.id WHERE f.name = 'confirmation.txt'"""
    trips = """SELECT b.email, min(f.departs), max(f.departs), count(DISTINCT f.id) FROM reservation r
        JOIN passenger b ON b.id = r.booker_id JOIN segment s ON s.reservation_id = r.id AND s.status = 'confirmed'
        JOIN flight f ON f.id = s.flight_id WHERE r.locator = ?"""
    with WORLD.instance(seed) as desk:
        found = desk.store.db.execute(letters).fetchall()
        assert len(found) >= 2
        for code, sender, body in found:
            address, out, back, flights = desk.store.db.execute(trips, (code,)).fetchone()
            assert (address, flights, out < back) == (sender, 2, True)
            site = body.split(" Airport")[0].split(" at ")[-1].split(" of ")[-1] + " Airport"
            pages = desk.call("list_site_pages", site=site).data
            assert pages is not None
            begins = [page["address"][-10:] for page in pages["pages"] if "/parking/" in page["address"]]
            assert min(begins) <= out[:10]
            assert len(set(begins)) == len(begins)


@pytest.mark.parametrize("seed", range(3))
def test_a_revised_notice_concerns_flights_and_differs_from_the_one_before(seed: int) -> None:
    with WORLD.instance(seed) as desk:
        for city in ("Inverness", "Kirkwall"):
            address = f"https://{city.lower()}-airport.example/airlines/2026-03-03"
            before, now = (desk.call("open_page", address=address + end).data for end in ("", "-revised"))
            assert before is not None
            assert now is not None
            assert now["published"] > before["published"]
            hours, minutes = zip(*(re.findall(r"from (.{5} to .{5}) .* leave (\d+)", one["text"])[0]
                                   for one in (before, now)), strict=True)  # fmt: skip
            assert len({*hours}) == len({*minutes}) == 2
            begins, ends = hours[1].split(" to ")
            concerned = f"""SELECT count(*) FROM flight f JOIN airport a ON a.id = f.origin_id WHERE a.name = '{city}'
                AND f.departs BETWEEN '2026-03-03T{begins}' AND '2026-03-03T{ends}' AND f.status = 'scheduled'"""
            assert ask(desk, concerned) >= 1


@pytest.mark.parametrize("seed", range(3))
def test_of_four_festivals_one_is_moved_and_one_is_put_off(seed: int) -> None:
    latest = "SELECT address FROM web_page p JOIN web_site s ON s.id = p.site_id WHERE s.name LIKE '% Days'"
    newest = " AND published = (SELECT max(published) FROM web_page o WHERE o.site_id = p.site_id)"
    with WORLD.instance(seed) as desk:
        ends = sorted(row[0].rsplit("/", 1)[1] for row in desk.store.db.execute(latest + newest).fetchall())
        assert ends == ["2026", "2026", "new-date", "put-off"]
